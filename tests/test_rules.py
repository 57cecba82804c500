"""The rules of a rule set: their sources, their years, and what turns each computed one from met to not met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from monitor import commitments, models, rule_sets, rules, sync
from monitor.models import Certainty, MeetingKind, Way
from monitor.periods import Period
from monitor.rules import Finding, Known, Outcome, Years
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY

RULES = rule_sets.load("ogp")
RUNNING_DAY = date(2027, 2, 20)
SECOND = ROOT / "tests" / "data" / "plans" / "2026-2028"


def known(storage: Storage, folder: models.PlanFolder, today: date) -> Known:
    sync.sync(storage, folder, sync.Moment(NOW, today))
    evidence: dict[str, list[models.Evidence]] = {}
    for item in storage.all(models.Evidence):
        evidence.setdefault(item.update_id, []).append(item)
    return Known(storage.folder(folder.plan.id), storage.all(models.Update), evidence, today)


@pytest.fixture(scope="module")
def closed(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """Give what is public of the shipped plan."""
    with Storage(tmp_path_factory.mktemp("closed") / "monitor.db") as storage:
        yield known(storage, shipped, TODAY)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """Give what is public of a plan that runs and that its own ministry publishes."""
    with Storage(tmp_path_factory.mktemp("running") / "monitor.db") as storage:
        yield known(storage, commitments.load(SECOND), RUNNING_DAY)


def of_plan(told: Known, **values: object) -> Known:
    plan = told.plan.model_copy(update=values)
    return Known(told.folder.model_copy(update={"plan": plan}), told.updates, told.evidence, told.today)


def of_folder(told: Known, **values: object) -> Known:
    return Known(told.folder.model_copy(update=values), told.updates, told.evidence, told.today)


def of_commitment(told: Known, number: int, **values: object) -> Known:
    changed = (c.model_copy(update=values) if c.number == number else c for c in told.folder.commitments)
    return of_folder(told, commitments=tuple(changed))


def found(told: Known, rule: str) -> Finding:
    return next(finding for finding in rules.assess(RULES, told) if finding.rule.id == rule)


def outcomes(told: Known) -> dict[str, Outcome]:
    return {finding.rule.id: finding.outcome for finding in rules.assess(RULES, told)}


def basis(finding: Finding) -> dict[str, tuple[dict[str, object], tuple[str, ...]]]:
    return {one.name: (dict(one.values), one.records) for one in finding.basis}


def a_forum(folder: models.PlanFolder, day: str) -> models.Meeting:
    meeting = next(m for m in folder.meetings if m.kind is MeetingKind.FORUM)
    return meeting.model_copy(update={"slug": f"{day}-forum", "date": Period.parse(day)})


# The set itself


def test_both_plans_name_a_set_that_is_here(closed: Known, running: Known) -> None:
    assert {closed.plan.rule_set, running.plan.rule_set} <= set(rule_sets.names())


def test_every_rule_has_a_source_of_the_set_and_every_source_carries_a_rule() -> None:
    cited = {citation.source for rule in RULES.rules for citation in rule.sources}
    assert [rule.id for rule in RULES.rules if not rule.sources] == []
    assert cited == {source.id for source in RULES.sources}
    assert [source.id for source in RULES.sources if not (source.address and source.publisher)] == []


def test_what_is_derived_says_how_and_what_is_not_assessed_says_why_and_where() -> None:
    derived = [(r.id, c) for r in RULES.rules for c in r.sources if c.certainty is Certainty.DERIVED]
    assert [name for name, citation in derived if not citation.reasoning] == []
    unchecked = [rule for rule in RULES.rules if not rule.check or not rule.text_found]
    assert [rule.id for rule in unchecked if not (rule.why and rule.where)] == []
    assert [rule.id for rule in RULES.rules if not rule.where] == []
    assert [r.id for r in RULES.rules if r.check and r.text_found and r.seen and not r.years_note] == []


def test_every_text_is_in_both_languages_and_english_comes_first() -> None:
    texts = [RULES.title, *RULES.groups.values()]
    for rule in RULES.rules:
        texts += [text for text in (rule.text, rule.years_note, rule.why, rule.where) if text]
        texts += [c.reasoning for c in rule.sources if c.reasoning]
    texts += [text for source in RULES.sources for text in (source.short, source.note) if text]
    assert [text for text in texts if list(text) != ["en", "nl"] or not all(t.strip() for t in text.values())] == []


def test_every_check_is_used_and_every_rule_stands_in_a_group() -> None:
    assert {rule.check for rule in RULES.rules if rule.check} == set(rules.CHECKS)
    assert {rule.group for rule in RULES.rules} == set(RULES.groups)
    assert len({rule.id for rule in RULES.rules}) == len(RULES.rules)


# Both plans


def test_the_closed_plan(closed: Known) -> None:
    assert outcomes(closed) == {
        "two-years": Outcome.MET,
        "twenty-months": Outcome.MET,
        "ends-31-august": Outcome.NOT_ASSESSED,
        "due-31-august": Outcome.NOT_ASSESSED,
        "covid": Outcome.NOT_ASSESSED,
        "commitment-dates": Outcome.MET,
        "commitment-lead": Outcome.MET,
        "commitment-text": Outcome.MET,
        "commitment-milestones": Outcome.NOT_ASSESSED,
        "commitment-reasons": Outcome.NOT_ASSESSED,
        "commitment-contact": Outcome.NOT_ASSESSED,
        "commitment-template-2020": Outcome.NOT_ASSESSED,
        "standards-2016": Outcome.NOT_ASSESSED,
        "forum-half-year": Outcome.NOT_APPLICABLE,
        "website": Outcome.NOT_APPLICABLE,
        "repository-2019": Outcome.NOT_ASSESSED,
        "repository-interval-before-2022": Outcome.NOT_ASSESSED,
        "repository": Outcome.NOT_APPLICABLE,
        "repository-twice-a-year": Outcome.NOT_APPLICABLE,
        "self-assessment": Outcome.NOT_ASSESSED,
        "irm-reports": Outcome.MET,
        "irm-four-months": Outcome.NOT_ASSESSED,
    }


def test_a_running_plan_of_an_invented_country(running: Known) -> None:
    told = Counter(outcomes(running).values())
    assert told == {Outcome.MET: 2, Outcome.NOT_ASSESSED: 17, Outcome.NOT_APPLICABLE: 3}
    assert found(running, "repository").outcome is Outcome.MET
    assert found(running, "repository-twice-a-year").outcome is Outcome.MET


def test_a_rule_of_other_years_never_judges_a_plan(closed: Known, running: Known) -> None:
    later = [f for f in rules.assess(RULES, closed) if f.years is Years.LATER]
    earlier = [f for f in rules.assess(RULES, running) if f.years is Years.EARLIER]
    assert {f.rule.since for f in later} == {2022}
    assert {f.rule.until for f in earlier} == {2020, 2021}
    assert [f.rule.id for f in (*later, *earlier) if f.basis or f.outcome is not Outcome.NOT_APPLICABLE] == []


def test_a_text_that_is_not_known_to_hold_in_the_years_of_a_plan_judges_nothing(running: Known) -> None:
    finding = found(running, "two-years")
    assert (finding.outcome, finding.years) == (Outcome.NOT_ASSESSED, Years.NOT_KNOWN)
    assert basis(finding)["term"][0]["number"] == 24


@pytest.mark.parametrize(
    ("since", "until", "seen", "years"),
    [
        (2022, None, "2022/..", Years.LATER),
        (2016, 2017, None, Years.EARLIER),
        (2019, None, "2019/..", Years.NOT_KNOWN),
        (None, None, "2018/2020", Years.IN_FORCE),
        (None, None, "2018/2019", Years.NOT_KNOWN),
        (None, None, None, Years.NOT_KNOWN),
    ],
)
def test_years_of_a_rule_beside_those_of_the_plan(
    closed: Known, since: int | None, until: int | None, seen: str | None, years: Years
) -> None:
    values = {"since": since, "until": until, "seen": Period.parse(seen) if seen else None}
    assert rules.years_of(RULES.rules[0].model_copy(update=values), closed.plan) is years


# From met to not met, rule by rule


@pytest.mark.parametrize(
    ("period", "two_years", "twenty_months"),
    [
        ("2018-07-01/2020-06-30", Outcome.MET, Outcome.MET),
        ("2018-07-01/2020-06-29", Outcome.NOT_MET, Outcome.MET),
        ("2018-07-01/2020-02-29", Outcome.NOT_MET, Outcome.MET),
        ("2018-07-01/2020-02-28", Outcome.NOT_MET, Outcome.NOT_MET),
        ("2018-07-01/2020-07-31", Outcome.NOT_MET, Outcome.MET),
    ],
)
def test_the_term_is_counted_in_whole_months(
    closed: Known, period: str, two_years: Outcome, twenty_months: Outcome
) -> None:
    told = of_plan(closed, period=Period.parse(period))
    assert (found(told, "two-years").outcome, found(told, "twenty-months").outcome) == (two_years, twenty_months)


def test_a_term_without_an_end_is_not_judged(closed: Known) -> None:
    told = of_plan(closed, period=Period.parse("2018-07-01/.."))
    assert rules.two_years(told) == rules.twenty_months(told) == (Outcome.NOT_ASSESSED, ())


def test_the_end_is_judged_only_where_the_sources_agree_on_it(closed: Known) -> None:
    finding = found(closed, "ends-31-august")
    assert basis(finding) == {
        "cycle-end": ({"day": date(2020, 8, 31)}, ()),
        "ends-differ": ({"count": 3}, ("2018-2020",)),
        "due-after": ({"count": 2}, ("2018-2020/4.4", "2018-2020/4.5")),
    }
    assert finding.outcome is Outcome.NOT_ASSESSED
    agreed = of_plan(closed, end_dates=closed.plan.end_dates[:1])
    assert found(agreed, "ends-31-august").outcome is Outcome.MET
    other = of_plan(agreed, cycle_end=date(2020, 8, 30))
    assert found(other, "ends-31-august").outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("commitment-dates", {"period": Period.parse("2018-07-01/..")}),
        ("commitment-lead", {"leads": ()}),
        ("commitment-text", {"official_text": {}}),
    ],
)
def test_what_one_commitment_lacks_is_named_and_judged_only_in_the_publishers_own_edition(
    closed: Known, rule: str, values: dict[str, object]
) -> None:
    lacking = of_commitment(closed, 7, **values)
    unofficial, official = found(lacking, rule), found(of_plan(lacking, publisher="ministerie-bzk"), rule)
    assert (unofficial.outcome, official.outcome) == (Outcome.NOT_ASSESSED, Outcome.NOT_MET)
    assert basis(official)["without"] == ({"count": 1}, ("2018-2020/07",))


def test_a_plan_without_commitments_is_not_judged_on_them(closed: Known) -> None:
    told = outcomes(of_folder(closed, commitments=()))
    named = ("commitment-dates", "commitment-lead", "commitment-text", "commitment-milestones")
    assert {told[name] for name in named} == {Outcome.NOT_ASSESSED}


def test_doubts_about_a_lead_are_named(closed: Known) -> None:
    doubted = basis(found(closed, "commitment-lead"))["lead-doubted"]
    assert doubted == ({"count": 3}, ("2018-2020/01", "2018-2020/05", "2018-2020/07"))


def test_official_milestones_are_judged_only_where_every_table_was_found(closed: Known) -> None:
    finding = found(closed, "commitment-milestones")
    assert basis(finding) == {
        "official-found": ({"count": 1, "all": 11}, ("2018-2020/04",)),
        "one-date": ({"count": 1}, ("2018-2020/4.5",)),
    }
    fourth = next(c for c in closed.folder.commitments if c.number == 4)
    alone = of_folder(closed, commitments=(fourth,))
    assert found(alone, "commitment-milestones").outcome is Outcome.NOT_MET
    dated = tuple(m for m in fourth.milestones if m.start)
    assert found(of_commitment(alone, 4, milestones=dated), "commitment-milestones").outcome is Outcome.MET
    none = of_commitment(alone, 4, milestones=())
    assert basis(found(none, "commitment-milestones")) == {"official-none": ({"count": 0, "all": 1}, ())}


def test_what_the_assessor_printed_of_the_process_is_shown_and_not_judged(closed: Known) -> None:
    finding = found(closed, "standards-2016")
    printed = [(one.values["indicator"], one.values["value"]) for one in finding.basis]
    assert printed == [
        ("Multi-stakeholder forum", "yes"),
        ("Level of public influence", "Collaborate"),
        ("Acted contrary to process", "no"),
    ]


def test_a_report_from_before_and_one_from_after_the_end(closed: Known) -> None:
    finding = found(closed, "irm-reports")
    reports = [(one.values["report"], str(one.values["period"])) for one in finding.basis]
    assert reports == [("Design Report 2018-2020", "2020"), ("Transitional Results Report 2018-2020", "2021")]
    only_design = tuple(
        c.model_copy(update={"assessments": tuple(a for a in c.assessments if a.report.startswith("Design"))})
        for c in closed.folder.commitments
    )
    assert found(of_folder(closed, commitments=only_design), "irm-reports").outcome is Outcome.NOT_ASSESSED
    nobody = of_plan(closed, assessors=())
    assert basis(found(nobody, "irm-reports")) == {"no-report": ({}, ())}


def test_a_forum_in_each_half_year_is_met_and_what_we_do_not_know_is_not_not_met(running: Known) -> None:
    finding = found(running, "forum-half-year")
    assert finding.outcome is Outcome.NOT_ASSESSED
    assert str(basis(finding)["no-forum-known"][0]["period"]) == "2026-05-12/2027-02-20"
    second = a_forum(running.folder, "2026-11-12")
    assert (
        found(of_folder(running, meetings=(*running.folder.meetings, second)), "forum-half-year").outcome is Outcome.MET
    )
    late = a_forum(running.folder, "2026-11-13")
    told = found(of_folder(running, meetings=(*running.folder.meetings, late)), "forum-half-year")
    assert (told.outcome, str(basis(told)["no-forum-known"][0]["period"])) == (
        Outcome.NOT_ASSESSED,
        "2026-05-12/2026-11-13",
    )


def test_no_forum_known_in_a_young_plan_is_not_judged(running: Known) -> None:
    young = Known(running.folder.model_copy(update={"meetings": ()}), [], {}, date(2026, 3, 1))
    assert found(young, "forum-half-year").outcome is Outcome.NOT_ASSESSED


def test_a_place_for_evidence_is_judged_only_on_the_publishers_own_site(running: Known) -> None:
    without = Known(running.folder, running.updates, {}, running.today)
    assert found(without, "repository").outcome is Outcome.NOT_MET
    assert len(basis(found(without, "repository"))["no-evidence"][1]) == 6
    assert found(of_plan(running, publisher=None), "repository").outcome is Outcome.NOT_ASSESSED
    silent = Known(running.folder, [], {}, running.today)
    assert found(silent, "repository").outcome is Outcome.NOT_ASSESSED


def test_twice_a_year_is_counted_in_days_on_which_something_became_public(running: Known) -> None:
    rule = "repository-twice-a-year"
    told = basis(found(running, rule))
    assert (told["year"][0]["days"], told["year-so-far"][0]["days"]) == ("5", "0")
    first = min(running.updates, key=lambda update: update.published_on)
    once = Known(running.folder, [first], {}, running.today)
    assert found(once, rule).outcome is Outcome.NOT_MET
    again = first.model_copy(update={"id": "again"})
    assert found(Known(running.folder, [first, again], {}, running.today), rule).outcome is Outcome.NOT_MET
    other_day = again.model_copy(update={"published": Period.parse("2026-11-01")})
    assert found(Known(running.folder, [first, other_day], {}, running.today), rule).outcome is Outcome.MET
    vague = again.model_copy(update={"published": Period.parse("2026-04-01/2026-11-01")})
    assert found(Known(running.folder, [first, vague], {}, running.today), rule).outcome is Outcome.NOT_MET
    assert found(of_plan(once, publisher=None), rule).outcome is Outcome.NOT_ASSESSED


def test_a_first_year_that_is_not_over_is_not_called_short(running: Known) -> None:
    first = min(running.updates, key=lambda update: update.published_on)
    young = Known(running.folder, [first], {}, date(2026, 6, 1))
    assert found(young, "repository-twice-a-year").outcome is Outcome.NOT_ASSESSED


def test_what_came_after_the_plan_or_was_withdrawn_counts_for_nothing(closed: Known) -> None:
    later = [update.model_copy(update={"after_plan": True}) for update in closed.updates]
    told = Known(closed.folder, later, closed.evidence, closed.today)
    assert basis(found(told, "repository-2019")) == {"no-messages": ({}, ())}
    withdrawn = [update.model_copy(update={"withdrawn_at": NOW}) for update in closed.updates]
    told = Known(closed.folder, withdrawn, closed.evidence, closed.today)
    assert basis(found(told, "repository-interval-before-2022")) == {"no-messages": ({}, ())}


def test_the_last_message_is_one_of_which_the_day_is_known(closed: Known) -> None:
    during = [u for u in closed.updates if not u.after_plan]
    vague = [u for u in during if u.published.precision == "range"]
    told = basis(found(closed, "repository-interval-before-2022"))
    assert told["undated"] == ({"count": len(vague)}, ())
    newest = next(u for u in during if (u.id,) == told["last"][1])
    assert newest.published.last_day == max(u.published.last_day for u in during if u not in vague)
    only_vague = Known(closed.folder, vague, closed.evidence, closed.today)
    assert set(basis(found(only_vague, "repository-interval-before-2022"))) == {"nothing-public", "undated"}


def test_a_set_that_is_not_here_is_refused(tmp_path: Path) -> None:
    assert "huisregels" not in rule_sets.names()
    with pytest.raises(FileNotFoundError):
        rule_sets.load("huisregels")


def test_months_are_whole() -> None:
    assert rules.months_between(date(2018, 7, 1), date(2020, 6, 30)) == 24
    assert rules.months_between(date(2018, 10, 15), date(2020, 6, 13)) == 19
    assert rules.months_between(date(2018, 10, 15), date(2020, 6, 14)) == 20


def test_way_of_a_message_makes_no_difference(running: Known) -> None:
    by_chat = [update.model_copy(update={"way": Way.CHAT}) for update in running.updates]
    assert outcomes(Known(running.folder, by_chat, running.evidence, running.today)) == outcomes(running)
