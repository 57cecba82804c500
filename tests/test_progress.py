from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import models, progress
from monitor.models import Completion, DueBasis, Freshness, Origin, Phase
from monitor.periods import Period
from monitor.progress import Shown
from tests.conftest import NOW
from tests.test_storage import an_update

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
ALL = st.sampled_from(list(Completion))
KNOWN = st.sampled_from([value for value in Completion if value is not Completion.UNKNOWN])
NS, LI, SU, CO, UN = (
    Completion.NOT_STARTED,
    Completion.LIMITED,
    Completion.SUBSTANTIAL,
    Completion.COMPLETE,
    Completion.UNKNOWN,
)


def a_plan(**values: object) -> models.Plan:
    given = {
        "id": "2018-2020",
        "country": "XX",
        "languages": ["nl"],
        "title": {"nl": "Plan"},
        "kicker": {"nl": "Plan"},
        "summary": {"nl": "Plan"},
        "period": "2018-07-01/2020-06-30",
        "cycle_end": "2020-08-31",
        "coordinator": "bzk",
        "monitored_from": "2018-07-01",
    }
    return models.Plan.model_validate(given | values)


def a_milestone(number: str = "1.1", **values: object) -> models.Milestone:
    given = {
        "number": number,
        "title": {"nl": "Stap"},
        "origin": Origin.PLAN_TEXT,
        "due": "2019",
        "due_basis": "stated",
    }
    return models.Milestone.model_validate(given | values)


def a_commitment(*milestones: models.Milestone, **values: object) -> models.Commitment:
    given = {
        "plan": "2018-2020",
        "number": 1,
        "title": {"nl": "Belofte"},
        "summary": {"nl": "Belofte"},
        "period": "2018-07-01/2020-06-30",
        "leads": [{"organisation": "schiedam"}],
        "milestones": milestones,
    }
    return models.Commitment.model_validate(given | values)


def about(number: str, completion: Completion | None, speaks_of: str = "2019-01-01", **values: object) -> models.Update:
    day = Period.parse(speaks_of).last_day
    milestone = f"2018-2020/{number}"
    given = {
        "id": f"{number}-{speaks_of}-{completion}",
        "milestone": milestone,
        "completion": completion,
        "speaks_of": speaks_of,
        "published": speaks_of,
        "published_on": day,
    }
    return an_update(**(given | values))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 6, 30), Phase.PREPARATION),
        (date(2018, 7, 1), Phase.RUNNING),
        (date(2020, 6, 30), Phase.RUNNING),
        (date(2020, 7, 1), Phase.CLOSING),
        (date(2020, 8, 31), Phase.CLOSING),
        (date(2020, 9, 1), Phase.CLOSED),
    ],
)
def test_phase(day: date, expected: Phase) -> None:
    assert progress.phase(a_plan(), day) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], UN),
        ([CO, UN], UN),
        ([CO, CO], CO),
        ([NS, NS], NS),
        ([NS, CO], SU),
        ([NS, NS, CO], LI),
        ([LI, LI], LI),
        ([SU, LI], SU),
        ([LI, NS], LI),
        ([SU], SU),
    ],
)
def test_completion_is_combined_by_half_of_the_steps(values: list[Completion], expected: Completion) -> None:
    assert progress.combine(values) is expected


@given(st.lists(ALL, min_size=1), st.randoms())
def test_order_does_not_matter(values: list[Completion], random: object) -> None:
    shuffled = sorted(values, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert progress.combine(shuffled) is progress.combine(values)


@given(st.lists(ALL))
def test_unknown_never_becomes_something(values: list[Completion]) -> None:
    assert progress.combine([*values, UN]) is UN


@given(st.lists(KNOWN, min_size=1), st.data())
def test_a_finished_milestone_never_lowers_it(values: list[Completion], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(values) - 1))
    better = [CO if index == which else value for index, value in enumerate(values)]
    assert progress.STEPS[progress.combine(better)] >= progress.STEPS[progress.combine(values)]


DAYS = st.dates(date(2018, 7, 1), date(2020, 12, 31))


@st.composite
def said(draw: st.DrawFn, number: str | None = None) -> models.Update:
    """Draw an update about one of three milestones: speaks of a day, public then or later, perhaps withdrawn."""
    speaks_of = draw(DAYS)
    published_on = speaks_of + timedelta(days=draw(st.integers(0, 200)))
    withdrawn = draw(st.none() | st.integers(0, 300))
    return about(
        number or draw(st.sampled_from(["1.1", "1.2", "1.3"])),
        draw(st.none() | ALL),
        speaks_of.isoformat(),
        id=f"u-{draw(st.uuids())}",
        published_on=published_on,
        withdrawn_at=None if withdrawn is None else f"{published_on + timedelta(days=withdrawn)}T12:00:00Z",
    )


THREE = a_commitment(a_milestone("1.1"), a_milestone("1.2"), a_milestone("1.3", due="2019-03"))


def state(updates: list[models.Update], day: date) -> progress.Ratings:
    return progress.rate(THREE, plan=a_plan(), updates=updates, today=day)


@given(st.lists(said(), max_size=8), DAYS, st.randoms())
def test_order_of_updates_does_not_matter(updates: list[models.Update], day: date, random: object) -> None:
    shuffled = sorted(updates, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert state(shuffled, day) == state(updates, day)


@given(st.lists(said(), max_size=8), said(), DAYS)
def test_adding_a_later_record_never_changes_an_earlier_day(
    updates: list[models.Update], added: models.Update, day: date
) -> None:
    if added.published_on > day:
        assert state([*updates, added], day) == state(updates, day)


@given(st.lists(said(), max_size=8), DAYS)
def test_as_of_today_equals_now(updates: list[models.Update], day: date) -> None:
    assert state(progress.as_of(updates, day), day) == state(updates, day)


@given(st.lists(said(), max_size=8), DAYS)
def test_withdrawing_a_record_leaves_the_days_before(updates: list[models.Update], day: date) -> None:
    gone = [u if u.withdrawn_at else u.model_copy(update={"withdrawn_at": NOW}) for u in updates]
    assert state(gone, day) == state(updates, day)


@given(st.lists(said("1.1"), max_size=8), st.lists(said("1.2"), max_size=8), DAYS)
def test_unknown_milestone_leaves_the_commitment_unknown(
    one: list[models.Update], other: list[models.Update], day: date
) -> None:
    assert state([*one, *other], day).derived.completion is UN


@given(st.lists(KNOWN, min_size=3, max_size=3), st.lists(said(), max_size=5), st.sampled_from(["1.1", "1.2", "1.3"]))
def test_finishing_a_milestone_never_lowers_a_known_completion(
    first: list[Completion], updates: list[models.Update], number: str
) -> None:
    day = date(2021, 1, 1)
    known = [about(f"1.{index}", value, "2018-07-01", id=f"a-{index}") for index, value in enumerate(first, start=1)]
    done = about(number, CO, day.isoformat(), id="done")
    before, after = (state([*known, *updates, *more], day).derived.completion for more in ([], [done]))
    assert before is UN or progress.STEPS[after] >= progress.STEPS[before]


def test_result_names_its_day_rule_and_what_contradicts_it() -> None:
    updates = [about("1.1", LI, id="a"), about("1.1", CO, id="b"), about("1.1", None, id="c")]
    found = progress.standing(a_milestone(), plan=a_plan(), updates=updates, today=date(2019, 6, 1))
    assert (found.decided_by, found.contradicted_by, found.day, found.rule_version) == (
        "b",
        ("a",),
        date(2019, 6, 1),
        progress.RULE_VERSION,
    )


def test_milestone_without_update_is_unknown_and_nothing_is_shown() -> None:
    found = progress.standing(a_milestone(), plan=a_plan(), updates=[], today=date(2018, 8, 1))
    assert (found.completion, found.shown, found.late_days, found.decided_by) == (UN, Shown.NOTHING, None, None)


def test_message_without_completion_is_shown_as_a_message() -> None:
    found = progress.standing(a_milestone(), plan=a_plan(), updates=[about("1.1", None)], today=date(2020, 1, 1))
    assert (found.completion, found.shown) == (UN, Shown.MESSAGE)


def test_newest_statement_counts() -> None:
    updates = [about("1.1", CO, "2019-05-01"), about("1.1", LI, "2019-06-01"), about("1.2", NS, "2019-07-01")]
    found = progress.standing(a_milestone(), plan=a_plan(), updates=updates, today=date(2019, 12, 1))
    assert (found.completion, found.decided_by) == (LI, "1.1-2019-06-01-limited")


def test_what_was_withdrawn_counts_until_that_day() -> None:
    update = about("1.1", CO, "2019-05-01", withdrawn_at="2019-06-01T00:00:00Z")
    states = [
        progress.standing(a_milestone(), plan=a_plan(), updates=[update], today=day).completion
        for day in (date(2019, 5, 31), date(2019, 6, 1))
    ]
    assert states == [CO, UN]


def test_later_report_changes_no_end_state() -> None:
    late = about("1.1", CO, "2026-01-01", after_plan=True)
    found = progress.standing(a_milestone(), plan=a_plan(), updates=[late], today=date(2026, 11, 23))
    assert (found.completion, found.shown) == (UN, Shown.NOTHING)


@pytest.mark.parametrize("basis", list(DueBasis))
def test_only_a_stated_date_can_be_late(basis: DueBasis) -> None:
    milestone = a_milestone(due="before 2019-03-20", due_basis=basis)
    late = {
        day: progress.standing(milestone, plan=a_plan(), updates=[], today=day).late_days
        for day in (date(2019, 3, 19), date(2019, 3, 20), date(2020, 8, 31), date(2020, 9, 1))
    }
    stated = {date(2019, 3, 19): None, date(2019, 3, 20): 1, date(2020, 8, 31): 531, date(2020, 9, 1): None}
    assert late == (stated if basis is DueBasis.STATED else dict.fromkeys(stated))


def test_what_nobody_watched_is_unknown_and_not_late() -> None:
    plan, day = a_plan(monitored_from="2019-06-01"), date(2019, 5, 31)
    milestone = a_milestone(due="2019-03")
    late = [
        progress.standing(milestone, plan=plan, updates=updates, today=today).late_days
        for updates, today in (([], day), ([about("1.1", LI)], day), ([], date(2019, 6, 1)))
    ]
    assert late == [None, 61, 62]


def test_finished_or_withdrawn_is_never_late() -> None:
    done = progress.standing(a_milestone(), plan=a_plan(), updates=[about("1.1", CO)], today=date(2020, 2, 1))
    gone = progress.standing(
        a_milestone(withdrawn={"nl": "Vervallen."}), plan=a_plan(), updates=[], today=date(2020, 2, 1)
    )
    assert (done.late_days, gone.late_days) == (None, None)


def test_derived_leaves_out_what_does_not_count() -> None:
    milestones = (
        a_milestone("1.1"),
        a_milestone("1.2", counted=False, note={"nl": "Te vaag."}),
        a_milestone("1.3", withdrawn={"nl": "Vervallen."}),
    )
    found = progress.derive(
        a_commitment(*milestones), plan=a_plan(), updates=[about("1.1", CO)], today=date(2019, 6, 1)
    )
    assert (found.completion, found.known, found.counted) == (CO, 1, 1)


def test_adding_a_record_never_changes_an_earlier_day() -> None:
    before, added = [about("1.1", LI, "2019-01-10")], about("1.1", CO, "2019-03-01")
    states = [
        progress.standing(a_milestone(), plan=a_plan(), updates=updates, today=date(2019, 2, 1))
        for updates in (before, [*before, added])
    ]
    assert states[0] == states[1]


def test_ratings_differ_when_known_ones_are_a_step_apart() -> None:
    irm = {"assessor": "irm", "indicator": "Completion", "value": "Limited", "scheme": "IRM", "report": "TRR"}
    commitment = a_commitment(a_milestone(), assessments=[irm])
    claim = an_update(completion=SU, organisation="schiedam")
    other = an_update(id="other", completion=CO, organisation="utrecht")
    found = progress.rate(commitment, plan=a_plan(), updates=[claim, other], today=date(2020, 1, 1))
    assert (found.claimed, found.derived.completion, found.differ) == (claim, UN, True)
    assert found.differences == (progress.Difference("claimed", "assessment", 1),)


def test_each_lead_has_its_own_newest_claim() -> None:
    commitment = a_commitment(leads=[{"organisation": "schiedam"}, {"organisation": "utrecht"}])
    claims = [
        an_update(id="a", completion=LI, organisation="schiedam", speaks_of="2018-Q3"),
        an_update(id="b", completion=SU, organisation="schiedam", speaks_of="2018-Q4"),
        an_update(id="c", completion=CO, organisation="utrecht", speaks_of="2018-Q3"),
    ]
    found = progress.rate(commitment, plan=a_plan(), updates=claims, today=date(2020, 1, 1))
    assert (found.claimed, [claim.id for claim in found.claims]) == (claims[1], ["b", "c"])


@pytest.mark.parametrize(
    ("day", "value"),
    [(date(2019, 12, 31), None), (date(2020, 6, 30), "Limited"), (date(2021, 12, 31), "Substantial")],
)
def test_finding_counts_from_the_day_it_was_public(day: date, value: str | None) -> None:
    irm = {"assessor": "irm", "indicator": "completion", "scheme": "IRM", "report": "R"}
    findings = [
        irm | {"value": "Substantial", "published": "2021"},
        irm | {"value": "Limited", "published": "2020-H1"},
    ]
    found = progress.rate(a_commitment(assessments=findings), plan=a_plan(), updates=[], today=day)
    assert (found.assessment.value if found.assessment else None) == value


def test_undated_finding_counts_from_the_first_day_of_the_monitor() -> None:
    irm = {"assessor": "irm", "indicator": "Completion", "value": "Limited", "scheme": "IRM", "report": "R"}
    plan, commitment = a_plan(monitored_from="2019-04-01"), a_commitment(assessments=[irm])
    found = [progress.assessed(commitment, plan=plan, today=date(2019, month, 1)) for month in (3, 4)]
    assert [bool(assessment) for assessment in found] == [False, True]


def test_one_known_rating_has_nothing_to_differ_from() -> None:
    irm = {"assessor": "irm", "indicator": "Completion", "value": "Limited", "scheme": "IRM", "report": "TRR"}
    found = progress.rate(
        a_commitment(a_milestone(), assessments=[irm]), plan=a_plan(), updates=[], today=date(2020, 1, 1)
    )
    assert (found.claimed, found.differ) == (None, False)


QUARTER = Period.parse("2019-Q1")


ASKED = date(2019, 4, 1)


def cell(
    today: date,
    *,
    updates: tuple[models.Update, ...] = (),
    asked: date | None = None,
    waiting: bool = False,
) -> Freshness:
    given = {"plan": a_plan(), "updates": updates, "today": today, "asked": asked, "waiting": waiting}
    return progress.freshness(a_commitment(), QUARTER, **given).freshness  # type: ignore[arg-type]


def test_freshness_knows_silence_only_where_it_asked() -> None:
    assert cell(date(2019, 4, 15), asked=ASKED) is Freshness.NO_MESSAGE
    assert cell(date(2019, 4, 14), asked=ASKED) is Freshness.OPEN
    assert cell(date(2019, 4, 15)) is Freshness.NOT_TRACKED
    assert cell(date(2019, 2, 1)) is Freshness.OPEN
    assert cell(date(2018, 12, 31)) is Freshness.NOT_TRACKED


def test_freshness_of_what_came_in() -> None:
    news, same = about("1.1", None, "2019-02-01"), about("1.1", None, "2019-02-02", unchanged=True)
    day = date(2019, 6, 1)
    assert cell(day, updates=(news, same)) is Freshness.UPDATED
    assert cell(day, updates=(same,)) is Freshness.UNCHANGED
    assert cell(day, waiting=True) is Freshness.RECEIVED


def test_nothing_is_tracked_before_the_monitor_watched_or_after_the_plan() -> None:
    late_watcher = a_plan(monitored_from="2019-04-01")
    found = progress.freshness(
        a_commitment(), QUARTER, plan=late_watcher, updates=[], asked=None, waiting=False, today=date(2019, 2, 1)
    )
    assert found.freshness is Freshness.NOT_TRACKED


def test_a_co_lead_counts_and_asking_starts_when_a_lead_confirmed() -> None:
    leads = [{"organisation": "schiedam"}, {"organisation": "utrecht", "confirmed_on": "2019-02-01"}]
    commitment = a_commitment(leads=leads)
    earlier, asked = Period.parse("2018-Q4"), a_reminder("utrecht")
    sent = [asked, a_reminder("utrecht", round="2018-Q4")]
    found = [progress.asked_on(commitment, quarter, sent) for quarter in (earlier, QUARTER)]
    assert found == [None, ASKED]
    assert progress.asked_on(commitment, QUARTER, []) is None
    told = about("1.1", None, "2019-02-01", organisation="utrecht")
    assert cell(date(2019, 6, 1), updates=(told,), asked=ASKED) is Freshness.UPDATED


def a_reminder(organisation: str, **known: object) -> models.Reminder:
    facts = {
        "id": "r",
        "plan": "2018-2020",
        "round": "2019-Q1",
        "kind": "round",
        "sent_at": "2019-04-01T08:00Z",
    } | known
    return models.Reminder.model_validate({"organisation": organisation, **facts})


def test_a_round_in_which_no_lead_of_it_was_asked_makes_no_silence() -> None:
    """Another organisation was asked, or only reminded of a date: then nothing is known of this one."""
    commitment = a_commitment(leads=[{"organisation": "utrecht", "confirmed_on": "2019-02-01"}])
    for other in (a_reminder("schiedam"), a_reminder("utrecht", kind="due"), a_reminder("utrecht", kind="missing")):
        assert progress.asked_on(commitment, QUARTER, [other]) is None
    assert cell(date(2019, 6, 1), asked=None) is Freshness.NOT_TRACKED


def test_silence_waits_until_who_was_asked_had_ten_days() -> None:
    late = date(2019, 5, 2)
    days = [date(2019, 4, 20), date(2019, 5, 12), date(2019, 5, 13)]
    assert [cell(day, asked=late) for day in days] == [
        Freshness.NOT_TRACKED, Freshness.OPEN, Freshness.NO_MESSAGE,
    ]  # fmt: skip


def test_what_speaks_of_the_two_weeks_in_which_we_asked_is_an_answer() -> None:
    in_time, too_late = about("1.1", None, "2019-04-14"), about("1.1", None, "2019-04-15")
    day = date(2019, 6, 1)
    assert cell(day, updates=(in_time,), asked=ASKED) is Freshness.UPDATED
    assert cell(day, updates=(too_late,), asked=ASKED) is Freshness.NO_MESSAGE
    assert cell(day, updates=(in_time,)) is Freshness.NOT_TRACKED
    assert cell(day, updates=(about("1.1", None, "2019-Q1"),), asked=ASKED) is Freshness.UPDATED


def test_slots_name_the_meetings_that_fill_them() -> None:
    milestone = a_milestone(kind="recurring", slots=["2018-Q3", "2018-Q4"])
    meeting = models.Meeting.model_validate(
        {
            "plan": "2018-2020",
            "slug": "x",
            "kind": "network",
            "title": {"nl": "Kick-off"},
            "date": "2018-09-18",
            "milestone": "1.1",
            "slot": "2018-Q3",
        }
    )
    found = progress.slots(milestone, [meeting])
    assert found == {Period.parse("2018-Q3"): meeting, Period.parse("2018-Q4"): None}


def test_changes_name_what_moved() -> None:
    def folder(*milestones: models.Milestone) -> models.PlanFolder:
        return models.PlanFolder(plan=a_plan(), organisations=(), sources=(), commitments=(a_commitment(*milestones),))

    moved = progress.changes(folder(a_milestone("1.1")), folder(a_milestone("1.1", due="2020"), a_milestone("1.2")))
    assert [(move.record, move.field, move.old, move.new) for move in moved] == [
        ("2018-2020/1.1", "due", "2019", "2020"),
        ("2018-2020/1.2", "due", None, "2019"),
        ("2018-2020/1.2", "due_basis", None, "stated"),
        ("2018-2020/1.2", "title.nl", None, "Stap"),
    ]
    assert progress.changes(folder(a_milestone()), folder(a_milestone())) == []


def test_overdue_lists_the_longest_first() -> None:
    plan, today = a_plan(), date(2020, 2, 1)
    standings = [
        progress.standing(a_milestone(number, due=due), plan=plan, updates=[], today=today)
        for number, due in (("1.1", "2019-12"), ("1.2", "2019-01"), ("1.3", "2020-12"))
    ]
    assert [s.milestone.number for s in progress.overdue(plan, standings)] == ["1.2", "1.1"]


def test_nothing_in_the_shipped_plan_is_late_today(shipped: models.PlanFolder) -> None:
    today = NOW.date() + timedelta(days=1)
    standings = [
        progress.standing(m, plan=shipped.plan, updates=[], today=today)
        for commitment in shipped.commitments
        for m in commitment.milestones
    ]
    assert progress.overdue(shipped.plan, standings) == []
