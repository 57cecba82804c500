"""Who may do what for whom."""

from __future__ import annotations

import pytest

from bot import people
from bot.people import Identity, RoleError
from monitor import models
from monitor.models import ReportKind, Role
from monitor.periods import Period
from tests.conversation_fixtures import COURT, MINISTRY, NOW, TODAY, TOWN, example_plan

PLAN = example_plan()
ALONE = example_plan(reviewers=())
PROGRESS = ReportKind.PROGRESS


def person(role: Role, organisation: str | None) -> models.Person:
    return models.Person(id="p", channel="test", address="p", role=role, organisation=organisation, created_at=NOW)


def test_who_coordinated_before_does_no_more_than_others() -> None:
    known = {"text": {"nl": "x"}, "organisation": TOWN}
    agreement, meeting = models.Agreement(id="a", **known), PLAN.meetings[0]
    meeting = meeting.model_copy(update={"host": TOWN})
    now, before = person(Role.COORDINATOR, MINISTRY), person(Role.COORDINATOR, COURT)
    allowed = [
        (
            people.may_attend(who, PLAN),
            people.may_settle(who, agreement, PLAN),
            people.may_write_notes(who, meeting, PLAN),
            people.hears(who, PLAN),
            people.may_invite(who, PLAN),
        )
        for who in (now, before)
    ]
    assert allowed == [(True,) * 5, (False,) * 5]


def report(organisation: str) -> models.Report:
    return models.Report(
        id="2025-2027/01/x",
        plan="2025-2027",
        person="somebody",
        organisation=organisation,
        commitment="2025-2027/01",
        language="nl",
        speaks_of=Period.day(TODAY),
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"lead:{TOWN}", Identity(Role.LEAD, TOWN)),
        ("coordinator", Identity(Role.COORDINATOR, MINISTRY)),
        ("reviewer", Identity(Role.REVIEWER, COURT)),
        (f"reviewer:{TOWN}", Identity(Role.REVIEWER, TOWN)),
        (f"pioneer:{TOWN}", Identity(Role.PIONEER, TOWN)),
        ("visitor", Identity(Role.VISITOR)),
    ],
)
def test_identity_is_read(text: str, expected: Identity) -> None:
    assert people.parse_identity(text, PLAN) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("king", "--as king: 'king' is not a role: write one of visitor, lead, pioneer, reviewer, coordinator"),
        ("lead", "--as lead: lead needs an organisation: write lead: and one of "),
        ("lead:x", "--as lead:x: 'x' is not one of this plan's organisations: write lead: and one of "),
        (f"coordinator:{TOWN}", f"is not one of this plan's organisations: write coordinator: and one of {MINISTRY}"),
    ],
)
def test_wrong_identity_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(RoleError) as error:
        people.parse_identity(text, PLAN)
    assert message in str(error.value)


def test_nobody_decides_for_their_own_organisation() -> None:
    for role in Role:
        for organisation in (TOWN, MINISTRY, COURT, None):
            who = person(role, organisation)
            allowed = role in (Role.REVIEWER, Role.COORDINATOR) and organisation not in (None, TOWN)
            assert people.may_review(who, report(TOWN), PLAN) is allowed


def test_the_coordinators_own_commitment_needs_a_second_reviewer() -> None:
    assert not people.may_review(person(Role.COORDINATOR, MINISTRY), report(MINISTRY), PLAN)
    assert people.may_review(person(Role.REVIEWER, COURT), report(MINISTRY), PLAN)
    assert people.reviewers(PLAN, MINISTRY, PROGRESS, None) == {COURT}
    assert people.reviewers(PLAN, TOWN, PROGRESS, None) == {MINISTRY, COURT}


def test_only_where_nobody_else_can_a_report_goes_unchecked() -> None:
    assert not people.is_alone(PLAN, MINISTRY, PROGRESS, None)
    assert not people.is_alone(ALONE, TOWN, PROGRESS, None)
    assert people.is_alone(ALONE, MINISTRY, PROGRESS, None)


def test_the_shipped_plan_has_no_second_reviewer(shipped: models.PlanFolder) -> None:
    assert people.is_alone(shipped, "ministerie-bzk", PROGRESS, None)
    assert people.reviewers(shipped, "gemeente-schiedam", PROGRESS, None) == {"ministerie-bzk"}


def test_only_a_lead_reports_on_its_commitment() -> None:
    first, second = PLAN.commitments
    assert people.may_report(person(Role.LEAD, TOWN), first)
    assert not people.may_report(person(Role.LEAD, TOWN), second)
    assert not people.may_report(person(Role.VISITOR, None), first)


def test_roles_to_try_are_the_plans_own() -> None:
    assert [str(identity) for identity in people.playable(PLAN)] == [
        f"lead:{TOWN}",
        f"lead:{MINISTRY}",
        f"coordinator:{MINISTRY}",
        f"reviewer:{COURT}",
        f"pioneer:{TOWN}",
        f"pioneer:{MINISTRY}",
        "visitor",
    ]


def test_correction_is_not_accepted_by_who_leads_the_commitment_it_is_about() -> None:
    about = PLAN.commitments[0].id
    assert people.reviewers(PLAN, None, ReportKind.CORRECTION, about) == {MINISTRY, COURT} - {TOWN}
    assert TOWN not in people.reviewers(PLAN, MINISTRY, ReportKind.CORRECTION, about)


def test_words_of_a_stranger_are_never_published_unchecked() -> None:
    assert not people.is_alone(ALONE, None, ReportKind.CORRECTION, ALONE.commitments[1].id)
