"""Who is to be asked what today, and who gave no answer. Pure: nothing outside a plan that runs or closes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot import people
from monitor import models, progress
from monitor.models import ASKED, ASKED_AGAIN, Completion, DueBasis, Phase, ReportKind, ReportState
from monitor.periods import Period, day_of, quarter_of

AGAIN_AFTER = timedelta(days=7)
BEFORE_DUE = timedelta(days=14)
DUE, MISSING = "due", "missing"
AT_WORK = (Phase.RUNNING, Phase.CLOSING)
# A report that came back with a question is no silence either.
PENDING = (ReportState.WAITING, ReportState.RETURNED)


@dataclass(frozen=True)
class Ask:
    """One message to one organisation: about a quarter, or about due dates, with the records it concerns."""

    organisation: str
    kind: str
    about: tuple[str, ...]
    quarter: Period | None = None

    @property
    def key(self) -> str:
        """Name this message, so that it is sent once."""
        return f"{self.kind}:{self.quarter or '+'.join(self.about)}:{self.organisation}"


@dataclass(frozen=True)
class Closing:
    """A round whose time is over, with the commitments of each organisation that was asked and gave no message."""

    round: models.Round
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is known on a day.

    ``bound`` gives for each organisation the day its first person got a role there; ``updates`` are public;
    ``reports`` are private; ``rounds`` hold at least those that are open and that about the last quarter.
    """

    folder: models.PlanFolder
    today: date
    bound: Mapping[str, date] = field(default_factory=dict)
    updates: Sequence[models.Update] = ()
    reports: Sequence[models.Report] = ()
    rounds: Sequence[models.Round] = ()
    reminders: Sequence[models.Reminder] = ()

    @property
    def plan(self) -> models.Plan:
        """Give the plan."""
        return self.folder.plan

    def asked(self, organisation: str, quarter: Period) -> dict[str, date]:
        """Give the day of each kind of message that an organisation got about a quarter."""
        sent = (r for r in self.reminders if r.organisation == organisation and r.round == str(quarter))
        return {row.kind: day_of(row.sent_at) for row in sent}


def is_asking(plan: models.Plan, today: date) -> bool:
    """Tell whether anything is asked or told of a plan by itself: it runs or closes, and is watched."""
    return progress.phase(plan, today) in AT_WORK and today >= plan.monitored_from


def due_asks(facts: Facts) -> list[Ask]:
    """List the messages to send today."""
    if facts.plan.rounds is None or not is_asking(facts.plan, facts.today):
        return []
    return [*_of_quarter(facts), *_of_due_dates(facts)]


def due_closings(facts: Facts) -> list[Closing]:
    """List the rounds to close today; who was silent counts only while the plan is not closed."""
    still = is_asking(facts.plan, facts.today)
    return [
        Closing(one, silent(facts, one.quarter) if still else {})
        for one in facts.rounds
        if one.closed_at is None and (not still or facts.today > deadline(one))
    ]


def open_questions(facts: Facts, organisation: str | None) -> tuple[tuple[str, Period], ...]:
    """List the commitments and quarters about which an organisation was asked, may answer, and did not yet."""
    if organisation is None or not is_asking(facts.plan, facts.today):
        return ()
    return tuple(
        (commitment, one.quarter)
        for one in facts.rounds
        if one.closed_at is None and facts.asked(organisation, one.quarter)
        for commitment in _unanswered(facts, organisation, one.quarter)
    )


def silent(facts: Facts, quarter: Period) -> dict[str, tuple[str, ...]]:
    """Give the commitments without an answer of each organisation that was asked about a quarter."""
    asked = sorted({r.organisation for r in facts.reminders if r.round == str(quarter) and r.kind == ASKED})
    missing = {organisation: _unanswered(facts, organisation, quarter) for organisation in asked}
    return {organisation: commitments for organisation, commitments in missing.items() if commitments}


def quarter_before(today: date) -> Period:
    """Give the last quarter that is over."""
    first = quarter_of(today).earliest or today
    return quarter_of(first - timedelta(days=1))


def deadline(one: models.Round) -> date:
    """Give the last day on which a round can be answered."""
    return progress.answer_by(one.quarter, day_of(one.opened_at))


def _of_quarter(facts: Facts) -> Iterator[Ask]:
    quarter = quarter_before(facts.today)
    opened = next((one for one in facts.rounds if one.quarter == quarter), None)
    is_over = opened is not None and (opened.closed_at is not None or facts.today > deadline(opened))
    if is_over or not progress.has_round(facts.plan, quarter):
        return
    for organisation, since in sorted(facts.bound.items()):
        kind = _kind(facts, organisation, quarter)
        missing = _unanswered(facts, organisation, quarter) if kind and since <= quarter.last_day else ()
        if kind and missing:
            yield Ask(organisation, kind, missing, quarter)


def _kind(facts: Facts, organisation: str, quarter: Period) -> str | None:
    sent = facts.asked(organisation, quarter)
    if ASKED not in sent:
        return ASKED
    return ASKED_AGAIN if ASKED_AGAIN not in sent and facts.today >= sent[ASKED] + AGAIN_AFTER else None


def _unanswered(facts: Facts, organisation: str, quarter: Period) -> tuple[str, ...]:
    led = people.led_by(facts.folder, organisation)
    return tuple(commitment.id for commitment in led if not _is_answered(facts, commitment.id, quarter))


def _is_answered(facts: Facts, commitment: str, quarter: Period) -> bool:
    told = (u.speaks_of for u in facts.updates if u.commitment == commitment)
    sent = (r.speaks_of for r in _pending(facts) if r.commitment == commitment)
    return any(progress.answers(quarter, speaks_of) for speaks_of in (*told, *sent))


def _pending(facts: Facts) -> Iterator[models.Report]:
    return (r for r in facts.reports if r.kind is ReportKind.PROGRESS and r.state in PENDING)


def _of_due_dates(facts: Facts) -> Iterator[Ask]:
    near = {
        models.milestone_id(facts.plan.id, milestone.number): commitment
        for commitment in facts.folder.commitments
        for milestone in commitment.milestones
        if _comes_due(facts, milestone)
    }
    told = {(row.organisation, row.commitment) for row in facts.reminders if row.kind == DUE}
    for organisation, since in sorted(facts.bound.items()):
        led = people.led_by(facts.folder, organisation)
        names = tuple(name for name, c in near.items() if c in led and (organisation, name) not in told)
        if names and since <= facts.today:
            yield Ask(organisation, DUE, names)


def _comes_due(facts: Facts, milestone: models.Milestone) -> bool:
    """Tell whether a date that the source states comes near of what nobody showed, or sent in, as complete."""
    near = facts.today <= milestone.due.last_day <= facts.today + BEFORE_DUE
    if not near or milestone.due_basis is not DueBasis.STATED or milestone.withdrawn:
        return False
    name = models.milestone_id(facts.plan.id, milestone.number)
    if any(r.milestone == name and r.completion is Completion.COMPLETE for r in _pending(facts)):
        return False
    standing = progress.standing(milestone, plan=facts.plan, updates=facts.updates, today=facts.today)
    return standing.completion is not Completion.COMPLETE
