from __future__ import annotations

from datetime import date

import pytest

from monitor import models, punctuality
from monitor.models import Completion
from monitor.punctuality import DueDate, Kept
from tests.test_progress import a_commitment, a_milestone, a_plan, about

CO, LI = Completion.COMPLETE, Completion.LIMITED
DUE = "2019-06-30"


def folder(*commitments: models.Commitment) -> models.PlanFolder:
    return models.PlanFolder(plan=a_plan(), organisations=(), sources=(), commitments=commitments)


def of_one(updates: list[models.Update], today: date, **values: object) -> list[DueDate]:
    """Give the stated dates of the one lead of a plan with one milestone."""
    plan = folder(a_commitment(a_milestone(due=DUE, **values)))
    found = punctuality.punctuality(plan, updates=updates, today=today)
    return [one for organisation in found for one in organisation.dates]


@pytest.mark.parametrize(
    ("updates", "today", "expected"),
    [
        ([], date(2019, 6, 30), (Kept.NOT_YET_DUE, None)),
        ([], date(2019, 7, 10), (Kept.OVERDUE, 10)),
        ([], date(2020, 9, 1), (Kept.NOT_SHOWN, None)),
        ([("2019-06-30", CO)], date(2019, 7, 10), (Kept.ON_TIME, None)),
        ([("2019-07-04", CO)], date(2019, 7, 10), (Kept.SHOWN_LATER, 4)),
        ([("2019", CO)], date(2020, 2, 1), (Kept.UNCERTAIN, None)),
        ([("../2019-08-01", CO)], date(2020, 2, 1), (Kept.UNCERTAIN, None)),
        ([("2019-05-01", CO), ("2019-07-04", CO)], date(2019, 7, 10), (Kept.ON_TIME, None)),
        ([("2019-05-01", CO), ("2019-06-01", LI)], date(2019, 7, 10), (Kept.OVERDUE, 10)),
        ([("2019-05-01", CO), ("2019-06-01", LI), ("2019-07-04", CO)], date(2019, 7, 10), (Kept.SHOWN_LATER, 4)),
    ],
)
def test_what_became_of_a_stated_date(
    updates: list[tuple[str, Completion]], today: date, expected: tuple[Kept, int | None]
) -> None:
    said = [about("1.1", completion, day) for day, completion in updates]
    [found] = of_one(said, today)
    assert (found.kept, found.days) == expected


@pytest.mark.parametrize("basis", ["derived", "period", "plan-end"])
def test_only_stated_dates_are_kept_or_not(basis: str) -> None:
    assert of_one([], date(2019, 7, 10), due_basis=basis) == []


def test_withdrawn_and_uncounted_steps_are_left_out() -> None:
    assert of_one([], date(2019, 7, 10), withdrawn={"nl": "Vervallen."}) == []
    assert of_one([], date(2019, 7, 10), counted=False, note={"nl": "Te vaag."}) == []


def test_what_nobody_watched_is_not_shown_and_not_overdue() -> None:
    plan = folder(a_commitment(a_milestone(due=DUE))).model_copy(update={"plan": a_plan(monitored_from="2020-01-01")})
    [found] = punctuality.punctuality(plan, updates=[], today=date(2019, 7, 10))
    assert [one.kept for one in found.dates] == [Kept.NOT_SHOWN]


def test_message_after_the_plan_keeps_no_date() -> None:
    [found] = of_one([about("1.1", CO, "2019-05-01", after_plan=True)], date(2020, 9, 1))
    assert found.kept is Kept.NOT_SHOWN


def test_co_leads_share_the_dates_and_stand_by_id_not_by_rank() -> None:
    leads = [{"organisation": "utrecht"}, {"organisation": "ede"}]
    shared = a_commitment(a_milestone(due=DUE), leads=leads)
    other = a_commitment(a_milestone("2.1", due="2019-01"), number=2, leads=[{"organisation": "zwolle"}])
    plan = folder(shared, other)
    found = punctuality.punctuality(plan, updates=[about("2.1", CO, "2019-01-01")], today=date(2019, 7, 10))
    assert [(one.organisation, one.count(Kept.OVERDUE), one.count(Kept.ON_TIME)) for one in found] == [
        ("ede", 1, 0),
        ("utrecht", 1, 0),
        ("zwolle", 0, 1),
    ]


def test_result_names_what_it_came_from() -> None:
    sources = [{"source": "S1"}]
    [found] = of_one([about("1.1", CO, "2019-07-04")], date(2019, 7, 10), sources=sources)
    assert found == DueDate("1.1", found.due.parse(DUE), Kept.SHOWN_LATER, 4, "1.1-2019-07-04-complete", ("S1",))
