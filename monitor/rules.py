"""A plan held against a rule set: what is met, what is not, what nobody here can judge, and why. Pure.

A check never says "not met" of what a source may show elsewhere: what we do not know is not assessed.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from monitor import models
from monitor.models import MeetingKind, Origin
from monitor.periods import Period

TWO_YEARS, LEAST_MONTHS, HALF_YEAR = 24, 20, 6
UPDATES_A_YEAR = 2
# What an assessor of OGP prints about the process, as the Design Report of 2018-2020 names it.
PROCESS = ("Multi-stakeholder forum", "Level of public influence", "Acted contrary to process")

Value = int | date | Period | str


class Outcome(StrEnum):
    """What a plan is to a rule."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_ASSESSED = "not-assessed"
    NOT_APPLICABLE = "not-applicable"


class Years(StrEnum):
    """Whether a rule was in force in the years of a plan."""

    IN_FORCE = "in-force"
    LATER = "later"
    EARLIER = "earlier"
    NOT_KNOWN = "not-known"


@dataclass(frozen=True)
class Basis:
    """One fact that an outcome rests on: its name, the values for its words, the records and sources behind it."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    sources: models.Citations = ()


@dataclass(frozen=True)
class Finding:
    """A rule, its outcome for a plan, whether it was in force, and the facts the outcome rests on."""

    rule: models.Rule
    outcome: Outcome
    years: Years
    basis: tuple[Basis, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is public about a plan on a day: its files, what was said, and the evidence by update."""

    folder: models.PlanFolder
    updates: Sequence[models.Update]
    evidence: Mapping[str, Sequence[models.Evidence]]
    today: date

    @property
    def plan(self) -> models.Plan:
        """Give the plan."""
        return self.folder.plan


Judged = tuple[Outcome, tuple[Basis, ...]]
Check = Callable[[Known], Judged]


def assess(rules: models.RuleSet, known: Known) -> list[Finding]:
    """Hold a plan against every rule of a set, in its order."""
    return [_assess(rule, known) for rule in rules.rules]


def years_of(rule: models.Rule, plan: models.Plan) -> Years:
    """Tell whether a rule was in force in all the years of a plan; unknown where no source shows it."""
    first, last = _first_day(plan), max(plan.period.last_day, plan.cycle_end)
    if rule.since and first and last.year < rule.since:
        return Years.LATER
    if rule.until and first and first.year > rule.until:
        return Years.EARLIER
    whole = first is not None and rule.seen is not None and rule.seen.holds(Period("", first, last))
    return Years.IN_FORCE if whole else Years.NOT_KNOWN


def _assess(rule: models.Rule, known: Known) -> Finding:
    years = years_of(rule, known.plan)
    if years in (Years.LATER, Years.EARLIER):
        return Finding(rule, Outcome.NOT_APPLICABLE, years)
    outcome, basis = CHECKS[rule.check](known) if rule.check else (Outcome.NOT_ASSESSED, ())
    judged = rule.text_found and years is Years.IN_FORCE
    return Finding(rule, outcome if judged else Outcome.NOT_ASSESSED, years, basis)


def _first_day(plan: models.Plan) -> date | None:
    return plan.period.earliest


def months_between(first: date, last: date) -> int:
    """Count the whole months from a first to a last day, both included."""
    end = last + timedelta(days=1)
    return (end.year - first.year) * 12 + end.month - first.month - (end.day < first.day)


def _later(day: date, months: int) -> date:
    """Give the day some months later, or the last day of that month where it is shorter."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


# The cycle


def two_years(known: Known) -> Judged:
    """Tell whether the plan runs for exactly two years."""
    return _term(known.plan, lambda months: months == TWO_YEARS)


def twenty_months(known: Known) -> Judged:
    """Tell whether the plan runs for at least twenty months."""
    return _term(known.plan, lambda months: months >= LEAST_MONTHS)


def _term(plan: models.Plan, fits: Callable[[int], bool]) -> Judged:
    first, last = plan.period.earliest, plan.period.latest
    if first is None or last is None:
        return Outcome.NOT_ASSESSED, ()
    months = months_between(first, last)
    told = Basis("term", {"period": plan.period, "number": months}, (), plan.sources.get("period", ()))
    return _met(fits(months)), (told,)


def ends_31_august(known: Known) -> Judged:
    """Tell whether a plan ends on 31 August of the second year; not judged where sources name different ends."""
    plan, first = known.plan, known.plan.period.earliest
    if first is None:
        return Outcome.NOT_ASSESSED, ()
    basis = [Basis("cycle-end", {"day": plan.cycle_end}, (), plan.sources.get("cycle_end", ()))]
    if len(plan.end_dates) > 1:
        basis.append(Basis("ends-differ", {"count": len(plan.end_dates)}, (plan.id,)))
    after = tuple(m for m in _milestones(known) if m.due.latest and m.due.latest > plan.cycle_end)
    if after:
        basis.append(Basis("due-after", {"count": len(after)}, _ids(plan, after), _sources(after)))
    met = _met(plan.cycle_end == date(first.year + 2, 8, 31))
    return Outcome.NOT_ASSESSED if len(plan.end_dates) > 1 else met, tuple(basis)


# The template of a commitment


def commitments_dated(known: Known) -> Judged:
    """Tell whether every commitment has a first and a last day."""
    return _each(known, "dated", lambda c: bool(c.period.earliest and c.period.latest))


def commitments_led(known: Known) -> Judged:
    """Tell whether every commitment names a lead, and where a source doubts who it is."""
    outcome, basis = _each(known, "led", lambda c: bool(c.leads))
    doubted = [c.id for c in known.folder.commitments if any(lead.doubt for lead in c.leads)]
    doubt = (Basis("lead-doubted", {"count": len(doubted)}, tuple(doubted)),) if doubted else ()
    return outcome, basis + doubt


def commitments_described(known: Known) -> Judged:
    """Tell whether the official text of every commitment is here."""
    return _each(known, "described", lambda c: any(c.official_text.values()))


def milestones_official(known: Known) -> Judged:
    """Tell whether every official milestone has a start and an end; not where an official table was not found."""
    plan, commitments = known.plan, known.folder.commitments
    found = [c for c in commitments if any(m.origin is Origin.OFFICIAL for m in c.milestones)]
    official = [m for c in found for m in c.milestones if m.origin is Origin.OFFICIAL]
    counts = {"count": len(found), "all": len(commitments)}
    basis = [Basis("official-found" if found else "official-none", counts, tuple(c.id for c in found))]
    half = [m for m in official if m.start is None or m.due.latest is None]
    if half:
        basis.append(Basis("one-date", {"count": len(half)}, _ids(plan, half), _sources(half)))
    if not commitments or len(found) < len(commitments):
        return Outcome.NOT_ASSESSED, tuple(basis)
    return _met(not half), tuple(basis)


def _each(known: Known, name: str, has: Callable[[models.Commitment], bool]) -> Judged:
    commitments = known.folder.commitments
    without = tuple(c.id for c in commitments if not has(c))
    told = [Basis(name, {"count": len(commitments) - len(without), "all": len(commitments)})]
    if without:
        told.append(Basis("without", {"count": len(without)}, without))
    # What an unofficial edition lacks may stand in the plan itself.
    if not commitments or (without and not known.plan.publisher):
        return Outcome.NOT_ASSESSED, tuple(told)
    return _met(not without), tuple(told)


# Taking part


def process_findings(known: Known) -> Judged:
    """Give what an assessor printed about the process; that is their judgement, so none is made here."""
    found = [a for a in known.plan.assessments if a.indicator in PROCESS]
    return Outcome.NOT_ASSESSED, tuple(
        Basis("assessor", {"indicator": a.indicator, "value": a.value, "report": a.report}, (), a.sources)
        for a in found
    )


def forum_half_yearly(known: Known) -> Judged:
    """Tell whether no six months went by without a forum we know of; what we do not know is not "not met"."""
    first, until = known.plan.period.earliest, min(known.today, known.plan.period.last_day)
    forums = sorted(
        (m for m in known.folder.meetings if m.kind is MeetingKind.FORUM and m.date.last_day <= known.today),
        key=lambda meeting: meeting.date.last_day,
    )
    basis = [Basis("forums", {"count": len(forums)}, tuple(m.id for m in forums))]
    if first is None or until < first:
        return Outcome.NOT_ASSESSED, tuple(basis)
    gap = _gap([first, *(m.date.last_day for m in forums), until])
    if gap is None and forums:
        return Outcome.MET, tuple(basis)
    if gap:
        basis.append(Basis("no-forum-known", {"period": gap}))
    return Outcome.NOT_ASSESSED, tuple(basis)


def _gap(days: Sequence[date]) -> Period | None:
    """Give the first stretch of over six months between two days that follow each other."""
    for one, other in pairwise(days):
        if other > _later(one, HALF_YEAR):
            return Period.parse(f"{one}/{other}")
    return None


# A public place for evidence


def evidence_linked(known: Known) -> Judged:
    """Tell behind how many messages there is evidence here; whether a government keeps its own is not known."""
    return Outcome.NOT_ASSESSED, tuple(_evidence(known))


def last_public(known: Known) -> Judged:
    """Tell when the last message of the plan became public, as far as we know."""
    return Outcome.NOT_ASSESSED, tuple(_last(known))


def repository(known: Known) -> Judged:
    """Tell whether evidence stands here, where the plan's own publisher publishes it on this site."""
    basis = (*_publisher(known), *_evidence(known))
    if not known.plan.publisher or not _during(known):
        return Outcome.NOT_ASSESSED, basis
    return _met(any(_shown(known, update) for update in _during(known))), basis


def repository_twice_a_year(known: Known) -> Judged:
    """Tell whether something became public here on two days in each year of the plan that is over.

    A first year that is not over is met from the second day on; before that it is not assessed.
    """
    basis = [*_publisher(known), *_last(known)]
    if not known.plan.publisher:
        return Outcome.NOT_ASSESSED, tuple(basis)
    years = list(_plan_years(known))
    short = [year for year, over in years if over and _days(known, year) < UPDATES_A_YEAR]
    for year, over in years:
        told: dict[str, Value] = {"period": year, "days": str(_days(known, year))}
        basis.append(Basis("year" if over else "year-so-far", told))
    if short:
        return Outcome.NOT_MET, tuple(basis)
    settled = any(over or _days(known, year) >= UPDATES_A_YEAR for year, over in years)
    return (Outcome.MET if settled else Outcome.NOT_ASSESSED), tuple(basis)


def _plan_years(known: Known) -> Iterator[tuple[Period, bool]]:
    """List the stretches of twelve months since the plan is followed here, and whether each is over in full."""
    begin = max(known.plan.period.earliest or known.plan.monitored_from, known.plan.monitored_from)
    end = min(known.today, known.plan.period.last_day)
    while begin <= end:
        following = _later(begin, 12)
        last = following - timedelta(days=1)
        yield Period.parse(f"{begin}/{last}"), last < known.today and last <= known.plan.period.last_day
        begin = following


def _days(known: Known, year: Period) -> int:
    dated = (update.published for update in _during(known) if update.published.precision == "day")
    return len({period for period in dated if year.holds(period)})


def _publisher(known: Known) -> Iterable[Basis]:
    publisher = known.plan.publisher
    yield Basis("published-here", {"publisher": publisher}) if publisher else Basis("unofficial")


def _evidence(known: Known) -> Iterator[Basis]:
    said = _during(known)
    if not said:
        yield Basis("no-messages")
        return
    without = tuple(update.id for update in said if not _shown(known, update))
    yield Basis("evidence", {"count": len(said) - len(without), "all": len(said)})
    if without:
        yield Basis("no-evidence", {"count": len(without)}, without)


def _last(known: Known) -> Iterator[Basis]:
    said = _during(known)
    if not said:
        yield Basis("no-messages")
        return
    dated = [update for update in said if update.published.precision != "range"]
    newest = max(dated, key=lambda update: (update.published.last_day, update.id), default=None)
    yield Basis("last", {"day": newest.published}, (newest.id,)) if newest else Basis("nothing-public")
    if len(dated) < len(said):
        yield Basis("undated", {"count": len(said) - len(dated)})


def _during(known: Known) -> list[models.Update]:
    """List what was said while the plan ran; what came later changes nothing of then."""
    return [update for update in known.updates if not update.after_plan and not update.withdrawn_at]


def _shown(known: Known, update: models.Update) -> bool:
    found = known.evidence.get(update.id, ())
    return any(item.address or item.file or item.no_address for item in found)


# Looking back


def reports(known: Known) -> Judged:
    """Tell whether a report of an assessor is known from before the end, and another from after it."""
    rows = [*known.plan.assessments, *(a for c in known.folder.commitments for a in c.assessments)]
    dated = {a.report: a for a in rows if a.assessor in known.plan.assessors and a.published}
    days = {name: a.published.earliest for name, a in dated.items() if a.published and a.published.earliest}
    basis = tuple(
        Basis("report", {"report": name, "period": dated[name].published or ""}, (), _cited(rows, name))
        for name in sorted(days, key=lambda name: days[name])
    )
    before = any(day <= known.plan.cycle_end for day in days.values())
    after = any(day > known.plan.cycle_end for day in days.values())
    if before and after:
        return Outcome.MET, basis
    return Outcome.NOT_ASSESSED, basis or (Basis("no-report"),)


def _cited(rows: Iterable[models.Assessment], report: str) -> models.Citations:
    first = next(a for a in rows if a.report == report and a.published)
    return first.sources


def _met(fits: bool) -> Outcome:
    return Outcome.MET if fits else Outcome.NOT_MET


def _milestones(known: Known) -> list[models.Milestone]:
    return [m for c in known.folder.commitments for m in c.milestones if m.counted and not m.withdrawn]


def _ids(plan: models.Plan, milestones: Iterable[models.Milestone]) -> tuple[str, ...]:
    return tuple(models.milestone_id(plan.id, milestone.number) for milestone in milestones)


def _sources(milestones: Iterable[models.Milestone]) -> models.Citations:
    return tuple(citation for milestone in milestones for citation in milestone.sources)


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        two_years, twenty_months, ends_31_august, commitments_dated, commitments_led, commitments_described,
        milestones_official, process_findings, forum_half_yearly, evidence_linked, last_public, repository,
        repository_twice_a_year, reports,
    )
}  # fmt: skip
