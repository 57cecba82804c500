"""The plan as public on each quarter's last day, and what each quarter brought. Pure.

The rules are those of ``monitor.status``; here is only which days are looked at, and what came between two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from monitor import models, progress, status
from monitor.models import ChangeKind, Phase
from monitor.periods import Period, day_of, quarter_of


class Place(StrEnum):
    """Where a quarter stands to the term of its plan."""

    BEFORE = "before"
    TERM = "term"
    AFTER = "after"


@dataclass(frozen=True)
class Moment:
    """A quarter: the plan on its last day, or today where it still runs, and what came since the moment before."""

    quarter: Period
    day: date
    place: Place
    known: status.Known
    since: date
    prior: Moment | None

    @property
    def previous(self) -> Period | None:
        """Give the quarter of the moment before; None for the first."""
        return self.prior.quarter if self.prior else None

    @property
    def name(self) -> str:
        """Name the quarter as it stands in an address, the same in every language."""
        return self.quarter.text.lower()

    @property
    def runs(self) -> bool:
        """Tell whether the quarter is not over yet."""
        return self.day < self.quarter.last_day

    @cached_property
    def stand(self) -> status.Status:
        """Give the plan as it stood on the day."""
        return self.known.on(self.day)

    @cached_property
    def before(self) -> status.Status:
        """Give the plan as it stood at the moment before."""
        return self.prior.stand if self.prior else self.known.on(self.since)

    @cached_property
    def moves(self) -> list[status.Move]:
        """List what differs from the moment before."""
        return status.between(self.before, self.stand)

    @cached_property
    def said(self) -> list[models.Update]:
        """List the updates that were public on the day."""
        return progress.as_of(self.known.updates, self.day)

    @cached_property
    def updates(self) -> list[models.Update]:
        """List the updates that became public in the quarter, also those that were withdrawn since."""
        new = (update for update in self.known.updates if self.holds(update.published_on))
        return sorted(new, key=lambda update: (update.published_on, update.recorded_at, update.id))

    @cached_property
    def withdrawn(self) -> list[models.Update]:
        """List the updates that were withdrawn in the quarter."""
        return [u for u in self.known.updates if u.withdrawn_at and self.holds(day_of(u.withdrawn_at))]

    @cached_property
    def findings(self) -> list[tuple[models.Commitment | None, models.Assessment]]:
        """List the findings of assessors that became public in the quarter; None for those about the whole plan."""
        found = _findings(self.stand.folder)
        return [(owner, a) for owner, a in found if self.holds(progress.public_on(a, self.stand.folder.plan))]

    @cached_property
    def changes(self) -> list[models.Change]:
        """List the changes of the promise that became public in the quarter."""
        return [c for c in self.known.changes if c.kind is ChangeKind.PROMISE and self.holds(c.published_on)]

    def holds(self, day: date) -> bool:
        """Tell whether a day falls in the part of the quarter that is looked at."""
        return self.since < day <= self.day and self.quarter.contains(day)


@dataclass(frozen=True)
class Past:
    """Every quarter that began, and the whole term: from its first day to its last, and until now."""

    moments: tuple[Moment, ...]
    known: status.Known
    start: date
    end: date
    until: date

    @cached_property
    def at_start(self) -> status.Status:
        """Give the plan as it stood on the first day of its term."""
        return self.known.on(self.start)

    @cached_property
    def at_end(self) -> status.Status:
        """Give the plan as it stood on the last day of its term, or now where that is to come."""
        return self.known.on(self.end)

    @cached_property
    def now(self) -> status.Status:
        """Give the plan as it stands now."""
        return self.known.on(self.until)

    def of(self, place: Place) -> list[Moment]:
        """List the quarters before, in or after the term."""
        return [moment for moment in self.moments if moment.place is place]


def past(known: status.Known, *, until: date, readings: Iterable[date] = ()) -> Past | None:
    """Look back at a plan until a day; ``readings`` are the days on which numbers became public.

    Outside the term only quarters in which something became public count. None before the plan began.
    """
    period = known.folder.plan.period
    start = period.earliest or period.last_day
    if progress.phase(known.folder.plan, until) is Phase.PREPARATION:
        return None
    return Past(
        moments=tuple(_moments(known, _quarters(known, start, until, readings), start, until)),
        known=known,
        start=start,
        end=min(period.last_day, until),
        until=until,
    )


def _quarters(known: status.Known, start: date, until: date, readings: Iterable[date]) -> list[Period]:
    plan = known.folder.plan
    term = {q for q in plan.period.quarters() if max(q.earliest or start, start) <= until}
    told = {quarter_of(day) for day in (*_days(known), *readings) if day <= until}
    # A plan that is not closed yet can still change by the day alone: a date passes.
    now = {quarter_of(until)} if progress.phase(plan, until) is not Phase.CLOSED else set()
    return sorted(term | told | now, key=lambda quarter: quarter.last_day)


def _days(known: status.Known) -> Iterator[date]:
    """Give every day on which something of the plan became public or was withdrawn."""
    for update in known.updates:
        yield update.published_on
        if update.withdrawn_at:
            yield day_of(update.withdrawn_at)
    yield from (change.published_on for change in known.changes if change.kind is ChangeKind.PROMISE)
    yield from (progress.public_on(a, known.folder.plan) for _, a in _findings(known.folder))


def _moments(known: status.Known, quarters: Sequence[Period], start: date, until: date) -> Iterator[Moment]:
    previous: Moment | None = None
    for quarter in quarters:
        since = previous.day if previous else (quarter.earliest or start) - timedelta(days=1)
        previous = Moment(
            quarter=quarter,
            day=min(quarter.last_day, until),
            place=_place(quarter, known.folder.plan.period),
            known=known,
            since=since,
            prior=previous,
        )
        yield previous


def _place(quarter: Period, term: Period) -> Place:
    if term.earliest and quarter.last_day < term.earliest:
        return Place.BEFORE
    return Place.AFTER if quarter.earliest and quarter.earliest > term.last_day else Place.TERM


def _findings(folder: models.PlanFolder) -> Iterator[tuple[models.Commitment | None, models.Assessment]]:
    yield from ((None, assessment) for assessment in folder.plan.assessments)
    for commitment in folder.commitments:
        yield from ((commitment, assessment) for assessment in commitment.assessments)
