"""Time lines and charts as SVG: x in percent, y in pixels, so that words keep their size at every width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import models
from monitor.models import Certainty, DueBasis, Origin
from monitor.periods import Period

ROW_HEIGHT = 40
TOP = 30
ANCHOR_END = 55.0
CHART_HEIGHT = 78
CHART_TOP = 40


@dataclass(frozen=True)
class Step:
    """One milestone on a time line; ``start`` is None where only its end is known."""

    number: str
    label: str
    y: int
    start: float | None
    end: float
    mark: str
    anchor: str


@dataclass(frozen=True)
class TimeLine:
    """All a template needs to draw the steps of a commitment."""

    height: int
    bottom: int
    period: tuple[float, float]
    cycle_end: float | None
    today: float | None
    years: tuple[tuple[float, int], ...]
    steps: tuple[Step, ...]

    @property
    def has_bars(self) -> bool:
        """Tell whether any step has a start."""
        return any(step.start is not None for step in self.steps)

    @property
    def kinds(self) -> set[str]:
        """Name the kinds of ends that are drawn."""
        return {step.mark for step in self.steps}


@dataclass(frozen=True)
class Point:
    """One reading on a chart."""

    x: float
    y: float
    label: str
    when: Period
    anchor: str


@dataclass(frozen=True)
class Chart:
    """All a template needs to draw the readings of an indicator."""

    points: tuple[Point, ...]
    target_y: float | None


@dataclass(frozen=True)
class Scale:
    """Days as percentages of the width."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """Give the place of a day, within the scale."""
        whole = max((self.last - self.first).days, 1)
        return round(min(max((day - self.first).days / whole, 0), 1) * 100, 2)


def time_line(
    commitment: models.Commitment, *, labels: dict[str, str], cycle_end: date, today: date | None
) -> TimeLine | None:
    """Lay out the milestones that say more than the end of the period; None where there is nothing to compare."""
    milestones = [m for m in commitment.milestones if m.due.latest and not m.slots]
    ends = {m.due.latest for m in milestones}
    if commitment.period.earliest is None or commitment.period.latest is None or len(ends) < 2:
        return None
    scale = _scale(commitment.period, milestones, cycle_end)
    others_start = any(m.start for m in commitment.milestones)
    bottom = TOP + ROW_HEIGHT * len(milestones)
    return TimeLine(
        height=bottom + 24,
        bottom=bottom,
        period=(scale.at(commitment.period.earliest), scale.at(commitment.period.latest)),
        cycle_end=scale.at(cycle_end) if max(e for e in ends if e) > commitment.period.latest else None,
        today=scale.at(today) if today and scale.first <= today <= scale.last else None,
        years=years_of(scale),
        steps=tuple(
            _step(m, scale, row, labels[m.number], mark_of_date(m, others_start=others_start))
            for row, m in enumerate(milestones)
        ),
    )


def is_derived_in_part(milestone: models.Milestone) -> bool:
    """Tell whether we filled in a part of a due date: a rhythm's last period, or a year read from other sources."""
    derived = any(citation.certainty is Certainty.DERIVED for citation in milestone.sources)
    return bool(milestone.due_note) and (bool(milestone.slots) or derived)


def chart(readings: Sequence[tuple[Period, str, float]], *, target: float | None) -> Chart:
    """Lay out readings (when, words, value) between zero and the target."""
    days = [when.last_day for when, _, _ in readings]
    spread = timedelta(days=max((days[-1] - days[0]).days // 5, 30))
    scale = Scale(days[0] - spread, days[-1] + spread)
    top = max([value for _, _, value in readings] + ([target] if target else []), default=1) or 1
    points = tuple(
        Point(scale.at(when.last_day), _height(value, top), words, when, _anchor(scale.at(when.last_day)))
        for when, words, value in readings
    )
    return Chart(points=points, target_y=_height(target, top) if target else None)


def _height(value: float, top: float) -> float:
    return round(CHART_TOP + (1 - value / top) * CHART_HEIGHT, 1)


def _anchor(x: float) -> str:
    if x < 15:
        return "start"
    return "end" if x > 85 else "middle"


def _scale(period: Period, milestones: Sequence[models.Milestone], cycle_end: date) -> Scale:
    firsts = [m.start.earliest for m in milestones if m.start and m.start.earliest]
    lasts = [m.due.latest for m in milestones if m.due.latest]
    first = min([*firsts, period.earliest or date.max])
    last = max([*lasts, period.last_day])
    return Scale(first - timedelta(days=20), max(last, min(cycle_end, last + timedelta(days=60))) + timedelta(days=45))


def years_of(scale: Scale) -> tuple[tuple[float, int], ...]:
    """Give the place of each new year on a scale."""
    years = range(scale.first.year + 1, scale.last.year + 1)
    return tuple((scale.at(date(year, 1, 1)), year) for year in years)


def _step(milestone: models.Milestone, scale: Scale, row: int, label: str, mark: str) -> Step:
    start = scale.at(milestone.start.earliest) if milestone.start and milestone.start.earliest else None
    end = scale.at(milestone.due.last_day)
    place = end if start is None else start
    return Step(
        number=milestone.number,
        label=label,
        y=TOP + ROW_HEIGHT * row + 16,
        start=start,
        end=end,
        mark=mark,
        anchor="end" if place > ANCHOR_END or (start is not None and end > 75) else "start",
    )


def mark_of_date(milestone: models.Milestone, *, others_start: bool) -> str:
    """Name how a due date is drawn: stated by the source, ours at least in part, or one date of unclear role.

    The role is unclear where an official table gives a start and an end for others, and a single date here.
    """
    if milestone.origin is Origin.OFFICIAL and milestone.start is None and others_start:
        return "ring"
    by_source = milestone.due_basis is DueBasis.STATED and not is_derived_in_part(milestone)
    return "stated" if by_source else "ours"
