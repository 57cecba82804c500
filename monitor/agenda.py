"""What stands in a calendar: meetings with a day, and in a running plan the due dates that a source states. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor import models, progress
from monitor.models import DueBasis, Phase
from monitor.periods import Period


@dataclass(frozen=True)
class Occasion:
    """A day in the calendar: of a meeting, the last day of a milestone, or that of answering about a quarter."""

    day: date
    meeting: models.Meeting | None = None
    commitment: models.Commitment | None = None
    milestone: models.Milestone | None = None
    quarter: Period | None = None

    @property
    def record(self) -> str:
        """Give the id of the meeting or milestone, or the quarter."""
        if self.meeting:
            return self.meeting.id
        if self.quarter:
            return str(self.quarter)
        return (
            models.milestone_id(self.commitment.plan, self.milestone.number)
            if self.commitment and self.milestone
            else ""
        )


def occasions(folder: models.PlanFolder, today: date) -> list[Occasion]:
    """List what stands in the calendar of a plan; of a closed plan only what has been."""
    phase = progress.phase(folder.plan, today)
    found = [
        Occasion(m.date.last_day, meeting=m)
        for m in folder.meetings
        if has_day(m) and (phase is not Phase.CLOSED or m.date.last_day <= today)
    ]
    if phase in (Phase.RUNNING, Phase.CLOSING):
        found += [
            Occasion(m.due.latest, commitment=c, milestone=m)
            for c in folder.commitments
            for m in c.milestones
            if m.due.latest and m.due_basis is DueBasis.STATED and not m.withdrawn
        ]
    return sorted(found, key=lambda occasion: (occasion.day, occasion.record))


def of_commitment(found: Iterable[Occasion], commitment: models.Commitment) -> list[Occasion]:
    """Keep what belongs to a commitment: the meetings of its milestones, and its own due dates."""
    numbers = {milestone.number for milestone in commitment.milestones}
    return [o for o in found if o.commitment == commitment or (o.meeting and o.meeting.milestone in numbers)]


def of_organisation(folder: models.PlanFolder, organisation: str, today: date) -> list[Occasion]:
    """List the dates of who answers for commitments: what a source states, and until when each round is answered."""
    led = [c for c in folder.commitments if any(lead.organisation == organisation for lead in c.leads)]
    due = [one for one in occasions(folder, today) if one.commitment in led]
    found = [*due, *(_deadlines(folder.plan, today) if led else ())]
    return sorted(found, key=lambda occasion: (occasion.day, occasion.record))


def _deadlines(plan: models.Plan, today: date) -> list[Occasion]:
    """List the last days on which rounds are answered, while the plan is not closed."""
    if plan.rounds is None or progress.phase(plan, today) is Phase.CLOSED:
        return []
    found = [
        Occasion(progress.answer_by(quarter, quarter.last_day), quarter=quarter)
        for quarter in plan.rounds.period.quarters()
        if progress.has_round(plan, quarter)
    ]
    return [one for one in found if one.day <= plan.cycle_end]


def has_day(meeting: models.Meeting) -> bool:
    """Tell whether the day of a meeting is known, so that it can stand in a calendar."""
    return meeting.date.precision == "day"
