"""Who is to be asked what today, and who gave no answer. Pure: nothing outside a plan that runs or closes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

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
class Queued:
    """A message to somebody of an organisation as the sender has it: kind, subject, and when it went out."""

    kind: str
    about: str
    organisation: str
    sent_at: datetime | None = None

    @classmethod
    def of(cls, key: str, sent_at: datetime | None) -> Queued:
        """Read it from the key of the message, which is that of the ask and the person's id."""
        kind, about, organisation, _ = key.split(":", 3)
        return cls(kind, about, organisation, sent_at)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the records that a reminder of due dates is about."""
        return tuple(self.about.split("+")) if self.kind == DUE else ()


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
    ``reminders`` tell what reached somebody, ``queued`` also what did not go out yet.
    """

    folder: models.PlanFolder
    today: date
    bound: Mapping[str, date] = field(default_factory=dict)
    updates: Sequence[models.Update] = ()
    reports: Sequence[models.Report] = ()
    rounds: Sequence[models.Round] = ()
    reminders: Sequence[models.Reminder] = ()
    queued: Sequence[Queued] = ()

    @property
    def plan(self) -> models.Plan:
        """Give the plan."""
        return self.folder.plan

    def asked(self, organisation: str, quarter: Period) -> dict[str, date]:
        """Give the day of each kind of message that an organisation got about a quarter."""
        sent = (r for r in self.reminders if r.organisation == organisation and r.round == str(quarter))
        return {row.kind: day_of(row.sent_at) for row in sent}

    def waits(self, kind: str, organisation: str, quarter: Period) -> bool:
        """Tell whether a message about a quarter was queued for an organisation already."""
        return any((q.kind, q.about, q.organisation) == (kind, str(quarter), organisation) for q in self.queued)


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
        if one.closed_at is None
        and (facts.asked(organisation, one.quarter) or facts.waits(ASKED, organisation, one.quarter))
        for commitment in _unanswered(facts, organisation, one.quarter)
    )


def silent(facts: Facts, quarter: Period) -> dict[str, tuple[str, ...]]:
    """Give the commitments without an answer of each organisation whose time to answer about a quarter is over."""
    reached = sorted({r.organisation for r in facts.reminders if r.round == str(quarter)})
    asked = {organisation: facts.asked(organisation, quarter).get(ASKED) for organisation in reached}
    late = [name for name, day in asked.items() if day and facts.today > progress.answer_by(quarter, day)]
    missing = {organisation: _unanswered(facts, organisation, quarter) for organisation in late}
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
    kind = ASKED_AGAIN if ASKED in sent else ASKED
    is_time = kind == ASKED or facts.today >= sent[ASKED] + AGAIN_AFTER
    return kind if is_time and kind not in sent and not facts.waits(kind, organisation, quarter) else None


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
    told |= {(queued.organisation, name) for queued in facts.queued for name in queued.names}
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
