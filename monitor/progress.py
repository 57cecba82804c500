"""The rules: phase, completion, lateness, freshness, ratings, and what moved between two versions of a plan.

Pure: no files, no clock, no database. Every result names what it was computed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from monitor import models
from monitor.models import Completion, DueBasis, Freshness, Phase
from monitor.periods import Period, day_of

RULE_VERSION = "1"
STEPS = {Completion.NOT_STARTED: 0, Completion.LIMITED: 1, Completion.SUBSTANTIAL: 2, Completion.COMPLETE: 3}
ASSESSED = {
    "Not Started": Completion.NOT_STARTED,
    "Limited": Completion.LIMITED,
    "Substantial": Completion.SUBSTANTIAL,
    "Complete": Completion.COMPLETE,
    "Completed": Completion.COMPLETE,
}
# Silence begins two weeks after a quarter, and never before who was asked had ten days to answer.
DAYS_TO_ANSWER, DAYS_AFTER_ASKING = 14, 10


class Shown(StrEnum):
    """What there is to see of a milestone: its outcome, only a message, or nothing."""

    OUTCOME = "outcome"
    MESSAGE = "message"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Standing:
    """How far a milestone is on a day, and the updates that say so.

    ``contradicted_by`` names updates that speak of the same day as the deciding one and say otherwise.
    """

    milestone: models.Milestone
    completion: Completion
    shown: Shown
    late_days: int | None
    decided_by: str | None
    updates: tuple[str, ...]
    contradicted_by: tuple[str, ...] = ()
    day: date | None = None
    rule_version: str = RULE_VERSION


@dataclass(frozen=True)
class Derived:
    """A commitment's completion computed from its counted milestones."""

    completion: Completion
    known: int
    counted: int
    standings: tuple[Standing, ...]
    rule_version: str = RULE_VERSION
    day: date | None = None


@dataclass(frozen=True)
class Difference:
    """Two judgements that are steps apart: ``claimed``, ``derived`` or ``assessment``, and how many steps."""

    one: str
    other: str
    steps: int


@dataclass(frozen=True)
class Ratings:
    """Three judgements side by side, never merged; ``differ`` tells whether two known ones are a step apart.

    ``claims`` holds the newest claim of each lead, for leads that contradict each other.
    """

    claimed: models.Update | None
    derived: Derived
    assessment: models.Assessment | None
    differ: bool
    claims: tuple[models.Update, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Cell:
    """How recent a commitment's news is in a quarter, and the updates that say so."""

    quarter: Period
    freshness: Freshness
    updates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moved:
    """A field that differs between two versions: the record's id, the field, and both values as text."""

    record: str
    field: str
    old: str | None
    new: str | None


def phase(plan: models.Plan, today: date) -> Phase:
    """Tell where a plan stands on a day."""
    if plan.period.earliest and today < plan.period.earliest:
        return Phase.PREPARATION
    if today <= plan.period.last_day:
        return Phase.RUNNING
    return Phase.CLOSING if today <= plan.cycle_end else Phase.CLOSED


def as_of(updates: Iterable[models.Update], day: date) -> list[models.Update]:
    """Keep what was public on a day and not withdrawn by then, the newest first."""
    seen = (
        update
        for update in updates
        if update.published_on <= day and not (update.withdrawn_at and day_of(update.withdrawn_at) <= day)
    )
    return sorted(seen, key=_newest_first, reverse=True)


def standing(
    milestone: models.Milestone, *, plan: models.Plan, updates: Iterable[models.Update], today: date
) -> Standing:
    """Tell how far a milestone is; what came in after the plan changes no end state."""
    own = [u for u in as_of(updates, today) if _about(u, plan, milestone) and not u.after_plan]
    deciding = next((u for u in own if u.completion), None)
    completion = deciding.completion if deciding and deciding.completion else Completion.UNKNOWN
    others = [u for u in own if deciding and u.completion and u.speaks_of == deciding.speaks_of]
    return Standing(
        milestone=milestone,
        completion=completion,
        shown=_shown(completion, own),
        late_days=_late_days(milestone, completion, plan, today),
        decided_by=deciding.id if deciding else None,
        updates=tuple(u.id for u in own),
        contradicted_by=tuple(u.id for u in others if u.completion is not completion),
        day=today,
    )


def derive(
    commitment: models.Commitment, *, plan: models.Plan, updates: Sequence[models.Update], today: date
) -> Derived:
    """Compute a commitment's completion from its counted milestones that are not withdrawn."""
    counted = [m for m in commitment.milestones if m.counted and not m.withdrawn]
    standings = tuple(standing(m, plan=plan, updates=updates, today=today) for m in counted)
    values = [s.completion for s in standings]
    known = sum(value is not Completion.UNKNOWN for value in values)
    return Derived(combine(values), known, len(counted), standings, day=today)


def combine(values: Sequence[Completion]) -> Completion:
    """Combine completions of milestones: unknown while any is unknown; substantial from half of the steps."""
    if not values or Completion.UNKNOWN in values:
        return Completion.UNKNOWN
    steps = [STEPS[value] for value in values]
    if min(steps) == STEPS[Completion.COMPLETE]:
        return Completion.COMPLETE
    if max(steps) == STEPS[Completion.NOT_STARTED]:
        return Completion.NOT_STARTED
    half = sum(steps) * 2 >= len(steps) * STEPS[Completion.COMPLETE]
    return Completion.SUBSTANTIAL if half else Completion.LIMITED


def rate(commitment: models.Commitment, *, plan: models.Plan, updates: Sequence[models.Update], today: date) -> Ratings:
    """Put what the lead claims, what follows from the milestones and what an assessor found side by side."""
    derived = derive(commitment, plan=plan, updates=updates, today=today)
    claims: dict[str | None, models.Update] = {}
    for update in as_of(updates, today):
        if _is_claim(update, commitment):
            claims.setdefault(update.organisation, update)
    claimed = next(iter(claims.values()), None)
    assessment = assessed(commitment, plan=plan, today=today)
    differences = _differences(derived, claimed, assessment)
    return Ratings(claimed, derived, assessment, bool(differences), tuple(claims.values()), differences)


def assessed(commitment: models.Commitment, *, plan: models.Plan, today: date) -> models.Assessment | None:
    """Give the newest finding about completion that was public on a day; an undated one counts from our first day."""
    found = [a for a in commitment.assessments if a.indicator.lower() == "completion" and public_on(a, plan) <= today]
    return max(found, key=lambda assessment: public_on(assessment, plan), default=None)


def public_on(assessment: models.Assessment, plan: models.Plan) -> date:
    """Give the day from which a finding counts as public: the last day of when it came out, else our first day."""
    return assessment.published.last_day if assessment.published else plan.monitored_from


def slots(milestone: models.Milestone, meetings: Iterable[models.Meeting]) -> dict[Period, models.Meeting | None]:
    """Give each slot of a recurring milestone the meeting that fills it, or None where none was found."""
    filled = {m.slot: m for m in meetings if m.milestone == milestone.number and m.slot}
    return {slot: filled.get(slot) for slot in milestone.slots}


def ledger_quarters(plan: models.Plan) -> tuple[Period, ...]:
    """List the quarters of a plan's own period."""
    return plan.period.quarters()


def freshness(
    commitment: models.Commitment,
    quarter: Period,
    *,
    plan: models.Plan,
    updates: Iterable[models.Update],
    asked: date | None,
    waiting: bool,
    today: date,
) -> Cell:
    """Tell how recent a commitment is in a quarter.

    ``asked``: the day on which the monitor asked a lead that had confirmed, see ``asked_on``; ``waiting``: a report
    awaits its check. Silence exists only where it asked, from 14 days after the quarter; what speaks of a day in
    those two weeks is an answer too.
    """
    asked = asked if asked and asked <= today else None
    own = [u for u in as_of(updates, today) if u.commitment == commitment.id and not u.after_plan]
    told = [u for u in own if (answers(quarter, u.speaks_of) if asked else quarter.holds(u.speaks_of))]
    ids = tuple(u.id for u in told)
    if told:
        return Cell(quarter, Freshness.UNCHANGED if all(u.unchanged for u in told) else Freshness.UPDATED, ids)
    if waiting:
        return Cell(quarter, Freshness.RECEIVED)
    return Cell(quarter, _without_message(quarter, plan, asked=asked, today=today))


def asked_on(commitment: models.Commitment, quarter: Period, reminders: Iterable[models.Reminder]) -> date | None:
    """Give the day on which the monitor first asked a lead about a quarter; None where it asked none.

    Only a lead that had confirmed by the end of the quarter counts.
    """
    confirmed = {
        lead.organisation for lead in commitment.leads if lead.confirmed_on and lead.confirmed_on <= quarter.last_day
    }
    sent = (
        day_of(row.sent_at)
        for row in reminders
        if row.kind in models.ASKING and row.round == str(quarter) and row.organisation in confirmed
    )
    return min(sent, default=None)


def has_round(plan: models.Plan, quarter: Period) -> bool:
    """Tell whether a plan asks about a quarter: it lies in its rounds, and the monitor watched its end."""
    within = plan.rounds is not None and plan.rounds.period.contains(quarter.last_day)
    return within and quarter.last_day >= plan.monitored_from


def answer_by(quarter: Period, asked: date) -> date:
    """Give the last day on which a quarter can be answered that was asked about on a day."""
    usual = quarter.last_day + timedelta(days=DAYS_TO_ANSWER)
    return max(usual, asked + timedelta(days=DAYS_AFTER_ASKING))


def answers(quarter: Period, speaks_of: Period) -> bool:
    """Tell whether what speaks of a period answers the question about a quarter: it lies in it, or soon after."""
    until = quarter.last_day + timedelta(days=DAYS_TO_ANSWER)
    return quarter.holds(speaks_of) or quarter.last_day < speaks_of.last_day <= until


def is_after_plan(plan: models.Plan, published_on: date) -> bool:
    """Tell whether something became public after the plan was closed."""
    return published_on > plan.cycle_end


def is_answerable(plan: models.Plan, completion: Completion, today: date) -> bool:
    """Tell whether an unfinished step can be called late: not in a closed plan, nor unknown before we watched."""
    watched = today >= plan.monitored_from or completion is not Completion.UNKNOWN
    return watched and phase(plan, today) is not Phase.CLOSED


def changes(old: models.PlanFolder, new: models.PlanFolder) -> list[Moved]:
    """List every field of the promise that differs between two versions of a plan."""
    before, after = _promise(old), _promise(new)
    moved = (Moved(*key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys()))
    return [move for move in moved if move.old != move.new]


def entry_for(move: Moved, old: models.PlanFolder, new: models.PlanFolder) -> models.ChangeEntry | None:
    """Find the new ``changes:`` entry that explains a move: of the milestone, its commitment, or the whole plan."""
    owner = models.commitment_of(move.record)
    number = move.record.rpartition("/")[2]
    own = [e for e in _fresh_entries(_changes_of(old, owner), _changes_of(new, owner)) if e.milestone in (None, number)]
    own.sort(key=lambda entry: entry.milestone is None)
    return next(iter([*own, *_fresh_entries(old.plan.changes, new.plan.changes)]), None)


def overdue(plan: models.Plan, standings: Iterable[Standing]) -> list[Standing]:
    """List what is late, the longest first; a closed plan has none."""
    late = [s for s in standings if s.late_days]
    return sorted(late, key=lambda s: s.late_days or 0, reverse=True)


def _newest_first(update: models.Update) -> tuple[date, date, str]:
    return update.speaks_of.last_day, update.published_on, f"{update.recorded_at.isoformat()} {update.id}"


def _about(update: models.Update, plan: models.Plan, milestone: models.Milestone) -> bool:
    return update.milestone == models.milestone_id(plan.id, milestone.number)


def _is_claim(update: models.Update, commitment: models.Commitment) -> bool:
    leads = {lead.organisation for lead in commitment.leads}
    own = update.commitment == commitment.id and update.milestone is None and not update.after_plan
    return own and update.completion is not None and update.organisation in leads


def _differences(
    derived: Derived, claimed: models.Update | None, assessment: models.Assessment | None
) -> tuple[Difference, ...]:
    said = {
        "claimed": claimed.completion if claimed else None,
        "derived": derived.completion,
        "assessment": ASSESSED.get(assessment.value) if assessment else None,
    }
    steps = {name: STEPS[value] for name, value in said.items() if value in STEPS}
    apart = ((one, other, abs(steps[one] - steps[other])) for one, other in combinations(steps, 2))
    return tuple(Difference(*difference) for difference in apart if difference[2])


def _shown(completion: Completion, updates: Sequence[models.Update]) -> Shown:
    if completion is Completion.COMPLETE:
        return Shown.OUTCOME
    return Shown.MESSAGE if updates else Shown.NOTHING


def _late_days(milestone: models.Milestone, completion: Completion, plan: models.Plan, today: date) -> int | None:
    finished = completion is Completion.COMPLETE or milestone.withdrawn
    if finished or milestone.due_basis is not DueBasis.STATED or not is_answerable(plan, completion, today):
        return None
    return (today - milestone.due.last_day).days if milestone.due.is_over(today) else None


def _without_message(quarter: Period, plan: models.Plan, *, asked: date | None, today: date) -> Freshness:
    if asked:
        return Freshness.NO_MESSAGE if today > answer_by(quarter, asked) else Freshness.OPEN
    watched = quarter.last_day >= plan.monitored_from and phase(plan, today) is not Phase.CLOSED
    until = quarter.last_day + timedelta(days=DAYS_TO_ANSWER)
    if watched and (quarter.earliest or date.min) <= today <= until:
        return Freshness.OPEN
    return Freshness.NOT_TRACKED


def _changes_of(folder: models.PlanFolder, commitment: str) -> tuple[models.ChangeEntry, ...]:
    return next((known.changes for known in folder.commitments if known.id == commitment), ())


def _fresh_entries(
    old: tuple[models.ChangeEntry, ...], new: tuple[models.ChangeEntry, ...]
) -> list[models.ChangeEntry]:
    return [entry for entry in new if entry not in old and entry.kind is not models.ChangeKind.ADOPTION]


def _promise(folder: models.PlanFolder) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for commitment in folder.commitments:
        found |= _promise_of(commitment)
        for milestone in commitment.milestones:
            found |= _promise_of_milestone(folder.plan, milestone)
    return found


def _promise_of(commitment: models.Commitment) -> dict[tuple[str, str], str]:
    values = {
        "leads": ", ".join(lead.organisation for lead in commitment.leads),
        "partners": ", ".join(_partner_name(partner) for partner in commitment.partners),
        "period": str(commitment.period),
    }
    values |= {f"title.{language}": text for language, text in commitment.title.items()}
    values |= {f"official_text.{language}": text for language, text in commitment.official_text.items()}
    values |= {f"target.{i.id}": f"{i.target:g}" for i in commitment.indicators if i.target is not None}
    return {(commitment.id, field): value for field, value in values.items()}


def _partner_name(partner: models.Partner) -> str:
    return partner.organisation or next(iter((partner.name or {"": ""}).values()))


def _promise_of_milestone(plan: models.Plan, milestone: models.Milestone) -> dict[tuple[str, str], str]:
    record = models.milestone_id(plan.id, milestone.number)
    values = {"due": str(milestone.due), "due_basis": str(milestone.due_basis)}
    values |= {f"title.{language}": text for language, text in milestone.title.items()}
    if milestone.withdrawn:
        values["withdrawn"] = "yes"
    return {(record, field): value for field, value in values.items()}
