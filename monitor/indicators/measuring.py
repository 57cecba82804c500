"""The edge: fetches what is due, has it read, and records what came of it; an old value is never dated anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from monitor import models
from monitor.errors import MonitorError, OutOfTimeError
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.indicators.plausible import is_jump
from monitor.indicators.reading import Reader, Reading, ReadingError
from monitor.indicators.registry import READERS, reader_of
from monitor.periods import Period, day_of
from monitor.progress import phase
from monitor.settings import Settings
from monitor.storage import Storage

AGAIN_AFTER = timedelta(days=7)
LONGEST_BACK_OFF = timedelta(days=7)
INDICATORS_A_RUN = 20


class IndicatorError(MonitorError):
    """Some indicators could not be read; the message names each, with what to do. The others were stored."""


@dataclass(frozen=True)
class Outcome:
    """What came of reading an indicator: how it goes now, and the measurement, where there is one."""

    state: models.IndicatorState
    row: models.MeasurementRow | None = None


@dataclass(frozen=True)
class Wanted:
    """An indicator that is read automatically, and where it belongs."""

    plan: models.Plan
    commitment: models.Commitment
    indicator: models.Indicator

    @property
    def id(self) -> str:
        """Give the id, for example ``2018-2020/01/provinces``."""
        return f"{self.commitment.id}/{self.indicator.id}"

    @property
    def address(self) -> str:
        """Give the address it is read from."""
        return self.indicator.address or ""

    @property
    def key(self) -> dict[str, str]:
        """Give the columns that name it."""
        return {"plan": self.plan.id, "commitment": self.commitment.id, "indicator": self.indicator.id}


@dataclass
class Visit:
    """One run: what was answered in it, so that a source is asked each question once."""

    guard: Guard
    readers: Sequence[Reader]
    now: datetime
    said: dict[str, Answer] = field(default_factory=dict)

    async def answer(self, reader: Reader) -> Answer:
        """Ask a source; an answer that did for one indicator does for the others."""
        if reader.name not in self.said:
            answer = await fetch(
                reader.address,
                guard=self.guard,
                now=self.now,
                ask=reader.ask,
                limit=reader.limit,
                seconds=reader.seconds,
            )
            self.said[reader.name] = answer.require_success()
        return self.said[reader.name]


def run(settings: Settings, *, within: timedelta | None = None) -> int:
    """Read what is due, none more than weekly; give how many measurements are new.

    What is not read ``within`` this time is left for the next run; the error says how many.
    """
    clock, seconds = settings.clock, within.total_seconds() if within else None

    async def visit() -> int:
        async with Guard.of(settings) as guard:
            return await measure(
                storage, guard=guard, readers=READERS, now=clock.now(), today=clock.today(), seconds=seconds
            )

    with Storage(settings.database) as storage:
        return asyncio.run(visit())


async def measure(
    storage: Storage,
    *,
    guard: Guard,
    readers: Sequence[Reader],
    now: datetime,
    today: date,
    seconds: float | None = None,
) -> int:
    """Read what is due and record how each went; raise IndicatorError at the end where some did not go well.

    What is left after ``seconds`` goes first at the next run; without other failures OutOfTimeError says so.
    """
    visit = Visit(guard, readers, now)
    wanted = due(storage, readers=readers, now=now, today=today)[:INDICATORS_A_RUN]
    found: list[Outcome] = []
    # What is being read when time is up has no outcome: it counts as not tried, and its turn comes first.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _read_all(storage, wanted, visit, found)
    # All at once, so that the site is renewed once and not for each number.
    with storage.transaction():
        stored = sum(_record(storage, outcome) for outcome in found)
    _complain(wanted, found, seconds=seconds or 0, done=stored)
    return stored


async def _read_all(storage: Storage, wanted: Sequence[Wanted], visit: Visit, found: list[Outcome]) -> None:
    """Add what came of each to ``found`` as it comes, so that what was read stays when time is up."""
    for one in wanted:
        try:
            outcome = await _one(storage, one, visit)
        except (FetchError, ReadingError) as error:
            outcome = Outcome(failed(_state(storage, one), error, wanted=one, now=visit.now))
        found.append(outcome)


def _complain(wanted: Sequence[Wanted], found: Sequence[Outcome], *, seconds: float, done: int) -> None:
    """Raise an error that names what did not go well and tells how many were left; nothing where all went well."""
    failures = [
        f"{one.id}: {outcome.state.error}" for one, outcome in zip(wanted, found, strict=False) if outcome.state.error
    ]
    left = len(wanted) - len(found)
    late = OutOfTimeError("indicators", left=left, within=seconds, done=done) if left else None
    if failures:
        raise IndicatorError("; ".join([*failures, *([str(late)] if late else [])]), done=done)
    if late:
        raise late


def due(storage: Storage, *, readers: Sequence[Reader], now: datetime, today: date) -> list[Wanted]:
    """List the indicators to read now, those tried longest ago first; one with a newer reader or address at once."""
    found = []
    for wanted in automatic(storage, today=today):
        state = storage.get(models.IndicatorState, **wanted.key)
        if state is None or _is_other(state, wanted, readers) or (state.next_at and state.next_at <= now):
            found.append(((state and state.last_tried_at) or datetime.min.replace(tzinfo=UTC), wanted))
    return [wanted for _, wanted in sorted(found, key=lambda each: each[0])]


def automatic(storage: Storage, *, today: date) -> Iterator[Wanted]:
    """List what has a source to be read, also after the plan: pages show those readings apart, without a target."""
    for plan in storage.plans():
        if phase(plan, today) is not models.Phase.PREPARATION:
            for commitment in storage.folder(plan.id).commitments:
                for indicator in commitment.indicators:
                    if indicator.automatic and indicator.address:
                        yield Wanted(plan, commitment, indicator)


def failed(
    state: models.IndicatorState, error: FetchError | ReadingError, *, wanted: Wanted, now: datetime
) -> models.IndicatorState:
    """Give the state after a failure: tried again in 1, 2, 4 days, then weekly; never where gone."""
    failures = state.failures + 1
    back_off = min(timedelta(days=2 ** min(failures - 1, 3)), LONGEST_BACK_OFF)
    gone = isinstance(error, FetchError) and error.gone
    outcome = {
        "address": wanted.address,
        "last_tried_at": now,
        "failures": failures,
        "error": str(error),
        "next_at": None if gone else now + back_off,
    }
    return state.model_copy(update=outcome)


async def _one(storage: Storage, wanted: Wanted, visit: Visit) -> Outcome:
    """Read one indicator; a number that jumps is an outcome of its own, kept apart."""
    reader = reader_of(wanted.address, wanted.indicator.id, visit.readers)
    answer = await visit.answer(reader)
    row = row_of(wanted, reader, answer, read_by(reader, answer, wanted.plan.country))
    before = _before(storage, wanted)
    state = _state(storage, wanted)
    if before and is_jump(row.value, before.value):
        error = ReadingError(
            f"{reader.address}: {reader.name} gives {row.value:.12g} after {before.value:.12g}, which is kept apart: "
            "look at the source; write the reading with its source in the plan file, or repair the reader"
        )
        held = models.HeldMeasurement(**dict(row), before=before.value)
        return Outcome(failed(state, error, wanted=wanted, now=visit.now), held)
    return Outcome(succeeded(state, reader, answer), row)


def _record(storage: Storage, outcome: Outcome) -> bool:
    """Write an outcome down; tell whether it is a measurement that is new. One kept apart is none."""
    storage.put(outcome.state)
    if isinstance(outcome.row, models.HeldMeasurement):
        # Its time is that of the last answer that gave it.
        storage.put(outcome.row)
        return False
    return bool(outcome.row and storage.add(outcome.row))


def read_by(reader: Reader, answer: Answer, country: str) -> Reading:
    """Have an answer read; raise ReadingError that names the source, the reader and what to do."""
    try:
        return reader.read(answer.body, country)
    except ReadingError as error:
        raise ReadingError(
            f"{reader.address}: {reader.name} cannot read the answer: {error}: look at the address, "
            "then bring the reader up to date"
        ) from error


def row_of(wanted: Wanted, reader: Reader, answer: Answer, reading: Reading) -> models.MeasurementRow:
    """Make the record of a reading; it speaks of the day the answer names, else of the day the answer was given."""
    # Never the day that pages speak of: a reading is not dated anew.
    fetched = day_of(answer.fetched_at)
    value = reading.values[wanted.indicator.id]
    day = reading.speaks_of or fetched
    if day > fetched:
        raise ReadingError(f"{reader.address}: speaks of {day}, which is yet to come: look at the address")
    return models.MeasurementRow(
        # The value belongs to the id: what a source corrects about a day is another reading of that day.
        id=f"{wanted.id}/{reader.name}/{day}/{value:.12g}",
        plan=wanted.plan.id,
        commitment=wanted.commitment.id,
        indicator=wanted.indicator.id,
        speaks_of=Period.day(day),
        day_from=models.DayFrom.ANSWER if reading.speaks_of else models.DayFrom.FETCH,
        published_on=fetched,
        value=value,
        address=answer.address,
        status=answer.status,
        sha256=answer.sha256,
        reader=reader.name,
        recorded_at=answer.fetched_at,
    )


def succeeded(state: models.IndicatorState, reader: Reader, answer: Answer) -> models.IndicatorState:
    """Give the state after a reading."""
    now = answer.fetched_at
    outcome = {
        "address": reader.address,
        "reader": reader.name,
        "last_tried_at": now,
        "last_success_at": now,
        "failures": 0,
        "error": None,
        "next_at": now + AGAIN_AFTER,
    }
    return state.model_copy(update=outcome)


def _state(storage: Storage, wanted: Wanted) -> models.IndicatorState:
    fresh = models.IndicatorState(plan=wanted.plan.id, commitment=wanted.commitment.id, indicator=wanted.indicator.id)
    return storage.get(models.IndicatorState, **wanted.key) or fresh


def _is_other(state: models.IndicatorState, wanted: Wanted, readers: Sequence[Reader]) -> bool:
    try:
        name = reader_of(wanted.address, wanted.indicator.id, readers).name
    except ReadingError:
        name = state.reader or ""
    return state.address != wanted.address or (state.reader or name) != name


def _before(storage: Storage, wanted: Wanted) -> models.MeasurementRow | None:
    """Give the newest measurement, by a person's hand too: what a new one is held against."""
    rows = storage.all(models.MeasurementRow, commitment=wanted.commitment.id, indicator=wanted.indicator.id)
    return max(rows, key=lambda row: (row.speaks_of.last_day, row.recorded_at), default=None)
