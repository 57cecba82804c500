"""Reads indicators from their sources, one small reader a source; an answer of another shape fails and names itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from monitor import models
from monitor.errors import MonitorError
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.periods import Period, day_of
from monitor.progress import phase
from monitor.settings import Settings
from monitor.storage import Storage

AGAIN_AFTER = timedelta(days=7)
INDICATORS_A_RUN = 20
T = TypeVar("T")


class ReadingError(Exception):
    """An answer has not the shape it had; the message says what is missing or odd."""


class IndicatorError(MonitorError):
    """Some indicators could not be read; the message names each, with what to do. The others were stored."""


@dataclass(frozen=True)
class Reading:
    """The numbers an answer gives, by the id of their indicator."""

    values: Mapping[str, float]


@dataclass(frozen=True)
class Reader:
    """Knows one source: its name and version, its address, and how to read what it answers about a country."""

    name: str
    address: str
    read: Callable[[bytes, str], Reading]


@dataclass(frozen=True)
class Wanted:
    """An indicator to read now, and where it belongs."""

    plan: models.Plan
    commitment: models.Commitment
    indicator: models.Indicator

    @property
    def id(self) -> str:
        """Give the id, for example ``2018-2020/01/provinces``."""
        return f"{self.commitment.id}/{self.indicator.id}"


def read_open_raadsinformatie(body: bytes, country: str = "") -> Reading:
    """Count the bodies with an alias in Open Raadsinformatie: ``ori_`` municipalities, ``osi_`` provinces."""
    indexes = _json(body)
    if not isinstance(indexes, dict) or not indexes:
        raise ReadingError("is not an object of indexes")
    aliases = {alias for name, index in indexes.items() for alias in _field(index, "aliases", dict, name)}
    counts = {
        "municipalities": sum(alias.startswith("ori_") for alias in aliases),
        "provinces": sum(alias.startswith("osi_") for alias in aliases),
    }
    return Reading({name: _between(name, counts[name], 1, most) for name, most in _MOST_BODIES.items()})


def read_eiti(body: bytes, country: str) -> Reading:
    """Tell whether EITI lists a country (two letters) as implementing, 1, or not, 0."""
    answer = _json(body)
    rows = _field(answer, "data", list, "the answer")
    if not rows:
        raise ReadingError("lists no countries")
    found = [row for row in rows if _field(row, "iso2", str, "a country").upper() == country.upper()]
    if not found and answer.get("next"):
        raise ReadingError(f"breaks off before {country}: it has a next page")
    return Reading({"eiti-implementing": float(any(not _leaves(row) for row in found))})


_MOST_BODIES = {"municipalities": 1000, "provinces": 50}
READERS = (
    Reader(
        "open-raadsinformatie/1",
        "https://api.openraadsinformatie.nl/v1/elastic/_aliases",
        read_open_raadsinformatie,
    ),
    Reader("eiti/1", "https://eiti.org/api/v2.0/implementing_country", read_eiti),
)


def run(settings: Settings) -> int:
    """Read what is due, none more than weekly; give how many measurements are new."""
    clock = settings.clock

    async def visit() -> int:
        async with Guard.of(settings) as guard:
            return await measure(storage, guard=guard, readers=READERS, now=clock.now(), today=clock.today())

    with Storage(settings.database) as storage:
        return asyncio.run(visit())


async def measure(storage: Storage, *, guard: Guard, readers: tuple[Reader, ...], now: datetime, today: date) -> int:
    """Read the automatic indicators of running plans; raise IndicatorError at the end where some failed."""
    answers: dict[str, Answer] = {}
    failures: list[str] = []
    stored = 0
    for wanted in list(due(storage, now=now, today=today))[:INDICATORS_A_RUN]:
        try:
            reader = _reader_of(wanted, readers)
            if reader.address not in answers:
                answer = await fetch(reader.address, guard=guard, now=now)
                answers[reader.address] = answer.require_success()
            stored += storage.add(_row(wanted, reader, answers[reader.address]))
        except (FetchError, ReadingError) as error:
            failures.append(f"{wanted.id}: {error}")
    if failures:
        raise IndicatorError("; ".join(failures))
    return stored


def due(storage: Storage, *, now: datetime, today: date) -> Iterator[Wanted]:
    """List the indicators to read now: a closed plan's are not read any more, for later is not then."""
    for plan in storage.plans():
        if phase(plan, today) is models.Phase.RUNNING:
            for commitment in storage.folder(plan.id).commitments:
                for indicator in commitment.indicators:
                    wanted = Wanted(plan, commitment, indicator)
                    if indicator.automatic and indicator.address and not _read_lately(storage, wanted, now):
                        yield wanted


def _reader_of(wanted: Wanted, readers: tuple[Reader, ...]) -> Reader:
    address = wanted.indicator.address
    for reader in readers:
        if reader.address == address:
            return reader
    raise ReadingError(f"{address}: no reader knows it: take out 'automatic', or write a reader")


def _row(wanted: Wanted, reader: Reader, answer: Answer) -> models.MeasurementRow:
    name = wanted.indicator.id
    try:
        reading = reader.read(answer.body, wanted.plan.country)
    except ReadingError as error:
        raise ReadingError(f"{reader.address}: {error}: bring {reader.name} up to date") from error
    if name not in reading.values:
        known = ", ".join(reading.values)
        raise ReadingError(f"{reader.address}: gives no '{name}': name the indicator one of {known}")
    # The day the answer was given, not the day that pages speak of: a reading is never re-dated.
    day = day_of(answer.fetched_at)
    return models.MeasurementRow(
        id=f"{wanted.id}/{reader.name}/{day}",
        plan=wanted.plan.id,
        commitment=wanted.commitment.id,
        indicator=name,
        speaks_of=Period.day(day),
        published_on=day,
        value=reading.values[name],
        address=answer.address,
        status=answer.status,
        sha256=answer.sha256,
        reader=reader.name,
        recorded_at=answer.fetched_at,
    )


def _read_lately(storage: Storage, wanted: Wanted, now: datetime) -> bool:
    rows = storage.all(models.MeasurementRow, commitment=wanted.commitment.id, indicator=wanted.indicator.id)
    return any(row.reader and row.recorded_at > now - AGAIN_AFTER for row in rows)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        what = "is empty" if not body.strip() else f"is not JSON ({error})"
        raise ReadingError(what) from error


def _field(record: object, name: str, kind: type[T], where: str) -> T:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, kind):
        raise ReadingError(f"has no '{name}' in {where}")
    return value


def _leaves(row: Mapping[str, object]) -> bool:
    if "leave_date" not in row:
        raise ReadingError("has no 'leave_date' in a country")
    return bool(row["leave_date"])


def _between(name: str, count: int, least: int, most: int) -> float:
    if not least <= count <= most:
        raise ReadingError(f"counts {count} {name}, which is not between {least} and {most}")
    return float(count)
