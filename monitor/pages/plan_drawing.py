"""The time line of a whole plan as SVG: a band for each commitment, a lane for each date; x in percent, y in pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from monitor import models
from monitor.pages.drawing import Scale, mark_of_date, years_of
from monitor.periods import Period

HEAD = 30
LANE = 38
GAP = 14
TOP = 42
ROW = 26
ANCHOR_END = 55.0


@dataclass(frozen=True)
class Segment:
    """One period of a rhythm: found, not found, or to come."""

    start: float
    width: float
    kind: str


@dataclass(frozen=True)
class Lane:
    """The milestones of one due date: their numbers, and where their bar and end stand."""

    numbers: tuple[str, ...]
    y: int
    start: float | None
    end: float
    mark: str
    anchor: str
    segments: tuple[Segment, ...] = ()

    @property
    def place(self) -> float:
        """Give where the label stands."""
        return self.end if self.anchor == "end" or self.start is None else self.start


@dataclass(frozen=True)
class _Step:
    """A dated milestone, and how its end is drawn."""

    milestone: models.Milestone
    mark: str


@dataclass(frozen=True)
class Band:
    """A commitment: where its name stands, its own period, and its lanes."""

    commitment: models.Commitment
    y: int
    height: int
    period: tuple[float, float] | None
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class Round:
    """A quarter that leads were asked about."""

    quarter: Period
    start: float
    width: float


@dataclass(frozen=True)
class PlanLine:
    """All a template needs to draw the time line of a plan."""

    height: int
    bottom: int
    years: tuple[tuple[float, int], ...]
    cycle_end: float
    today: float | None
    rounds_y: int | None
    rounds: tuple[Round, ...]
    meetings_y: int | None
    meetings: tuple[float, ...]
    bands: tuple[Band, ...]

    @property
    def kinds(self) -> set[str]:
        """Name what is drawn, for the key."""
        lanes = [lane for band in self.bands for lane in band.lanes]
        segments = {segment.kind for lane in lanes for segment in lane.segments}
        return {lane.mark for lane in lanes} | segments | {"bar" for lane in lanes if lane.start is not None}


def plan_line(
    folder: models.PlanFolder,
    *,
    rounds: Sequence[models.Round],
    found: Callable[[models.Milestone], Mapping[Period, models.Meeting | None]],
    today: date,
    is_closed: bool,
) -> PlanLine | None:
    """Lay out every dated milestone of a plan; None where there is none. A closed plan has no line for today."""
    dated = [c for c in folder.commitments if any(m.due.latest for m in c.milestones)]
    if not dated or folder.plan.period.earliest is None:
        return None
    scale = _scale(folder)
    meetings = [m.date.latest or m.date.earliest for m in folder.meetings]
    rounds_y = TOP if rounds else None
    meetings_y = TOP + ROW * bool(rounds) if folder.meetings else None
    bands = tuple(_bands(dated, scale, TOP + ROW * (bool(rounds) + bool(folder.meetings)), found, today))
    bottom = bands[-1].y + bands[-1].height + GAP
    return PlanLine(
        height=bottom + 46,
        bottom=bottom,
        years=years_of(scale),
        cycle_end=scale.at(folder.plan.cycle_end),
        today=scale.at(today) if not is_closed and scale.first <= today <= scale.last else None,
        rounds_y=rounds_y,
        rounds=tuple(_round(one.quarter, scale) for one in rounds),
        meetings_y=meetings_y,
        meetings=tuple(scale.at(day) for day in meetings if day),
        bands=bands,
    )


def _bands(
    commitments: Iterable[models.Commitment],
    scale: Scale,
    y: int,
    found: Callable[[models.Milestone], Mapping[Period, models.Meeting | None]],
    today: date,
) -> Iterable[Band]:
    for commitment in commitments:
        groups = _groups(commitment)
        lanes = [_lane(group, scale, y + HEAD + LANE * row, found, today) for row, group in enumerate(groups)]
        height = HEAD + LANE * len(lanes)
        yield Band(commitment, y, height, _own_period(commitment.period, scale), tuple(lanes))
        y += height + GAP


def _groups(commitment: models.Commitment) -> list[list[_Step]]:
    """Put milestones together that have the same end, the same basis and no bar; the earliest first."""
    others_start = any(m.start for m in commitment.milestones)
    steps = [_Step(m, mark_of_date(m, others_start=others_start)) for m in commitment.milestones if m.due.latest]
    return [list(group) for _, group in groupby(sorted(steps, key=_order), key=_same)]


def _same(step: _Step) -> tuple[date, int, str]:
    milestone = step.milestone
    alone = milestone.number if milestone.start or milestone.slots or milestone.withdrawn else ""
    return milestone.due.last_day, ("stated", "ring", "ours").index(step.mark), alone


def _order(step: _Step) -> tuple[date, int, str, tuple[int, ...]]:
    return *_same(step), tuple(int(part) for part in step.milestone.number.split("."))


def _lane(
    steps: Sequence[_Step],
    scale: Scale,
    y: int,
    found: Callable[[models.Milestone], Mapping[Period, models.Meeting | None]],
    today: date,
) -> Lane:
    first = steps[0].milestone
    segments = tuple(_segment(slot, meeting, scale, today) for slot, meeting in found(first).items())
    start = scale.at(first.start.earliest) if first.start and first.start.earliest else None
    end = scale.at(first.due.last_day)
    place = segments[0].start if segments else end if start is None else start
    bar_from = segments[0].start if segments else start
    late = place > ANCHOR_END or (bar_from is not None and bar_from > ANCHOR_END)
    return Lane(
        numbers=tuple(step.milestone.number for step in steps),
        y=y + 14,
        start=bar_from,
        end=end,
        mark=steps[0].mark,
        anchor="end" if late else "start",
        segments=segments,
    )


def _segment(slot: Period, meeting: models.Meeting | None, scale: Scale, today: date) -> Segment:
    start, end = scale.at(slot.earliest or scale.first), scale.at(slot.last_day)
    kind = "found" if meeting else "missing" if slot.is_over(today) else "to-come"
    return Segment(start, round(max(end - start - 0.4, 0.2), 2), kind)


def _round(quarter: Period, scale: Scale) -> Round:
    start = scale.at(quarter.earliest or scale.first)
    return Round(quarter, start, round(scale.at(quarter.last_day) - start, 2))


def _own_period(period: Period, scale: Scale) -> tuple[float, float] | None:
    if period.earliest is None or period.latest is None:
        return None
    start = scale.at(period.earliest)
    return start, round(scale.at(period.latest) - start, 2)


def _scale(folder: models.PlanFolder) -> Scale:
    milestones = [m for c in folder.commitments for m in c.milestones]
    firsts = [m.start.earliest for m in milestones if m.start and m.start.earliest]
    firsts += [c.period.earliest for c in folder.commitments if c.period.earliest]
    lasts = [m.due.latest for m in milestones if m.due.latest] + [folder.plan.cycle_end, folder.plan.period.last_day]
    first = min([*firsts, folder.plan.period.earliest or date.max])
    return Scale(first - timedelta(days=20), max(lasts) + timedelta(days=45))
