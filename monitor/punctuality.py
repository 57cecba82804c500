"""Whether steps with a stated date were done by then, per organisation that answers for them. Never a ranking. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor import models, progress
from monitor.models import Completion, DueBasis, Phase
from monitor.periods import Period


class Kept(StrEnum):
    """What is known of a stated date.

    ``shown-later``: the first message that says so speaks of a day after the due date, which does not prove that the
    work was late. ``uncertain``: that message speaks of a stretch of days that holds the due date. ``not-shown``: the
    plan is closed, or nothing is known from before the monitor watched.
    """

    ON_TIME = "on-time"
    UNCERTAIN = "uncertain"
    SHOWN_LATER = "shown-later"
    OVERDUE = "overdue"
    NOT_YET_DUE = "not-yet-due"
    NOT_SHOWN = "not-shown"


@dataclass(frozen=True)
class DueDate:
    """One stated date: what became of it, by how many days, and the update that says so."""

    milestone: str
    due: Period
    kept: Kept
    days: int | None
    decided_by: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Punctuality:
    """The stated dates of one organisation as a lead, by number."""

    organisation: str
    dates: tuple[DueDate, ...]
    day: date
    rule_version: str = progress.RULE_VERSION

    def count(self, kept: Kept) -> int:
        """Count the dates of which this is known."""
        return sum(one.kept is kept for one in self.dates)


def punctuality(folder: models.PlanFolder, *, updates: Sequence[models.Update], today: date) -> tuple[Punctuality, ...]:
    """Tell what became of each lead's stated dates, in the order of the organisations' ids; co-leads share them."""
    public = [update for update in progress.as_of(updates, today) if not update.after_plan]
    dates: dict[str, list[DueDate]] = {}
    for commitment in folder.commitments:
        stated = [m for m in commitment.milestones if m.due_basis is DueBasis.STATED and m.counted and not m.withdrawn]
        found = [_due_date(folder.plan, milestone, public, today) for milestone in stated]
        for lead in commitment.leads if found else ():
            dates.setdefault(lead.organisation, []).extend(found)
    return tuple(Punctuality(name, tuple(listed), today) for name, listed in sorted(dates.items()))


def _due_date(plan: models.Plan, milestone: models.Milestone, public: Sequence[models.Update], today: date) -> DueDate:
    name = models.milestone_id(plan.id, milestone.number)
    said = [update for update in public if update.milestone == name and update.completion]
    first = _finished(said)
    newest = next((update.completion for update in said if update.completion), Completion.UNKNOWN)
    kept, days = _shown(milestone.due, first) if first else _open(milestone.due, plan, newest, today)
    sources = tuple(citation.source for citation in milestone.sources)
    return DueDate(milestone.number, milestone.due, kept, days, first.id if first else None, sources)


def _finished(newest_first: Sequence[models.Update]) -> models.Update | None:
    """Give the earliest update since which every one says complete."""
    found = None
    for update in newest_first:
        if update.completion is not Completion.COMPLETE:
            break
        found = update
    return found


def _shown(due: Period, first: models.Update) -> tuple[Kept, int | None]:
    if first.speaks_of.last_day <= due.last_day:
        return Kept.ON_TIME, None
    earliest = first.speaks_of.earliest
    if earliest is None or earliest <= due.last_day:
        return Kept.UNCERTAIN, None
    return Kept.SHOWN_LATER, (earliest - due.last_day).days


def _open(due: Period, plan: models.Plan, newest: Completion, today: date) -> tuple[Kept, int | None]:
    if not due.is_over(today) and progress.phase(plan, today) is not Phase.CLOSED:
        return Kept.NOT_YET_DUE, None
    answerable = progress.is_answerable(plan, newest, today)
    return (Kept.OVERDUE, (today - due.last_day).days) if answerable else (Kept.NOT_SHOWN, None)
