"""What stands in a calendar: meetings with a day, and in a running plan the due dates that a source states. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor import models, progress
from monitor.models import DueBasis, Phase


@dataclass(frozen=True)
class Occasion:
    """A day in the calendar: of a meeting, or the last day of a milestone of a commitment."""

    day: date
    meeting: models.Meeting | None = None
    commitment: models.Commitment | None = None
    milestone: models.Milestone | None = None

    @property
    def record(self) -> str:
        """Give the id of the meeting or milestone."""
        if self.meeting:
            return self.meeting.id
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


def has_day(meeting: models.Meeting) -> bool:
    """Tell whether the day of a meeting is known, so that it can stand in a calendar."""
    return meeting.date.precision == "day"
