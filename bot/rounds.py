"""Who is to be asked what today. Pure: nothing for a closed plan, a plan without rounds, or days nobody watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import models, progress
from monitor.models import DueBasis, Phase
from monitor.periods import Period, quarter_of

AGAIN_AFTER = timedelta(days=7)
BEFORE_DUE = timedelta(days=14)
ROUND, AGAIN, DUE = "round", "again", "due"
ASKING = (Phase.RUNNING, Phase.CLOSING)


@dataclass(frozen=True)
class Ask:
    """One message to one organisation: about a quarter, or about a due date, with what it concerns."""

    organisation: str
    kind: str
    about: tuple[str, ...]
    quarter: Period | None = None
    due: date | None = None

    @property
    def key(self) -> str:
        """Name this message, so that it is sent once."""
        return f"{self.kind}:{self.quarter or self.due}:{self.organisation}"


def due_asks(
    folder: models.PlanFolder,
    *,
    today: date,
    bound: Mapping[str, date],
    updates: Sequence[models.Update],
    waiting: Iterable[models.Report],
    reminders: Sequence[models.Reminder],
) -> list[Ask]:
    """List the messages to send today.

    ``bound`` gives for each organisation the day its first person joined; ``waiting`` are reports under review.
    """
    plan = folder.plan
    if plan.rounds is None or progress.phase(plan, today) not in ASKING or today < plan.monitored_from:
        return []
    told = (report for report in waiting if report.kind is models.ReportKind.PROGRESS)
    quiet = {report.commitment for report in told if report.commitment}
    asks = _of_quarter(folder, today, bound, updates, quiet, reminders)
    return [*asks, *_of_due_dates(folder, today, bound, updates, reminders)]


def quarter_before(today: date) -> Period:
    """Give the last quarter that is over."""
    first = quarter_of(today).earliest or today
    return quarter_of(first - timedelta(days=1))


def _of_quarter(
    folder: models.PlanFolder,
    today: date,
    bound: Mapping[str, date],
    updates: Sequence[models.Update],
    quiet: set[str],
    reminders: Sequence[models.Reminder],
) -> list[Ask]:
    quarter = quarter_before(today)
    if not _is_asked_about(folder.plan, quarter):
        return []
    found: list[Ask] = []
    for organisation, since in sorted(bound.items()):
        missing = [
            c.id
            for c in _led(folder, organisation)
            if c.id not in quiet and since <= quarter.last_day and not _told(c.id, quarter, updates)
        ]
        kind = _kind(organisation, quarter, today, reminders)
        if missing and kind:
            found.append(Ask(organisation, kind, tuple(missing), quarter=quarter))
    return found


def _is_asked_about(plan: models.Plan, quarter: Period) -> bool:
    within = plan.rounds is not None and plan.rounds.period.contains(quarter.last_day)
    return within and quarter.last_day >= plan.monitored_from


def _kind(organisation: str, quarter: Period, today: date, reminders: Sequence[models.Reminder]) -> str | None:
    sent = {r.kind: r.sent_at.date() for r in reminders if r.organisation == organisation and r.round == str(quarter)}
    if ROUND not in sent:
        return ROUND
    return AGAIN if AGAIN not in sent and today >= sent[ROUND] + AGAIN_AFTER else None


def _of_due_dates(
    folder: models.PlanFolder,
    today: date,
    bound: Mapping[str, date],
    updates: Sequence[models.Update],
    reminders: Sequence[models.Reminder],
) -> list[Ask]:
    found: list[Ask] = []
    for commitment in folder.commitments:
        for milestone in commitment.milestones:
            name = models.milestone_id(folder.plan.id, milestone.number)
            if not _comes_due(folder.plan, milestone, updates, today):
                continue
            found += [
                Ask(lead.organisation, DUE, (name,), due=milestone.due.last_day)
                for lead in commitment.leads
                if bound.get(lead.organisation, date.max) <= today
                and not any(r.kind == DUE and r.commitment == name for r in reminders)
            ]
    return found


def _comes_due(plan: models.Plan, milestone: models.Milestone, updates: Sequence[models.Update], today: date) -> bool:
    if milestone.due_basis is not DueBasis.STATED or milestone.withdrawn:
        return False
    standing = progress.standing(milestone, plan=plan, updates=updates, today=today)
    done = standing.completion is models.Completion.COMPLETE
    return not done and today <= milestone.due.last_day <= today + BEFORE_DUE


def _led(folder: models.PlanFolder, organisation: str) -> list[models.Commitment]:
    return [c for c in folder.commitments if any(lead.organisation == organisation for lead in c.leads)]


def _told(commitment: str, quarter: Period, updates: Sequence[models.Update]) -> bool:
    return any(u.commitment == commitment and quarter.contains(u.speaks_of.last_day) for u in updates)
