"""Rounds ask only what may be asked, once, at working hours; what they sent is logged and counted in public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot import asking, hours, review, rounds
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Reply
from bot.rounds import Ask, Closing, Facts
from monitor import agenda, models, status
from monitor.models import Completion, DueBasis, Freshness, ReportState, Role
from monitor.periods import Period, day_of
from monitor.settings import Settings
from tests.conversation_fixtures import (
    MINISTRY,
    NOW,
    SITE,
    TODAY,
    TOWN,
    asked_plan,
    asked_rows,
    earlier_update,
    example_plan,
    make_settings,
)
from tests.two_years import at, bind, local

LONG_AGO = {TOWN: date(2026, 1, 1), MINISTRY: date(2026, 1, 1)}
QUARTER = Period.parse("2026-Q3")
FIRST = date(2026, 10, 1)


def asks(folder: models.PlanFolder, today: date, **known: object) -> list[Ask]:
    return rounds.due_asks(Facts(folder, today, **{"bound": LONG_AGO} | known))  # type: ignore[arg-type]


def reminders(ask: Ask, day: date) -> list[models.Reminder]:
    facts = {"plan": "2025-2027", "organisation": ask.organisation, "kind": ask.kind, "sent_at": at_noon(day)}
    if ask.quarter:
        return [models.Reminder.model_validate(facts | {"id": ask.key, "round": str(ask.quarter)})]
    return [models.Reminder.model_validate(facts | {"id": name, "commitment": name}) for name in ask.about]


def at_noon(day: date) -> datetime:
    return local(f"{day}T12:00")


def a_round(opened: date = FIRST, **known: object) -> models.Round:
    facts = {"id": "r", "plan": "2025-2027", "quarter": QUARTER, "opened_at": at_noon(opened)} | known
    return models.Round.model_validate(facts)


def a_report(**known: object) -> models.Report:
    facts = {
        "id": "x",
        "plan": "2025-2027",
        "person": "p",
        "organisation": MINISTRY,
        "commitment": "2025-2027/02",
        "language": "nl",
        "speaks_of": "2026-09-01",
        "created_at": NOW,
    }
    return models.Report.model_validate(facts | known)


def test_one_question_for_each_organisation_after_the_quarter() -> None:
    assert asks(example_plan(), FIRST) == [
        Ask(TOWN, "round", ("2025-2027/01",), quarter=QUARTER),
        Ask(MINISTRY, "round", ("2025-2027/02",), quarter=QUARTER),
    ]


def test_once_then_once_more_after_a_week_and_never_after_the_time_to_answer() -> None:
    known = {
        "rounds": [a_round()],
        "reminders": [r for ask in asks(example_plan(), FIRST) for r in reminders(ask, FIRST)],
    }
    assert asks(example_plan(), FIRST + timedelta(days=6), **known) == []
    again = asks(example_plan(), FIRST + timedelta(days=7), **known)
    assert [(ask.organisation, ask.kind) for ask in again] == [(TOWN, "again"), (MINISTRY, "again")]
    assert asks(example_plan(), date(2026, 10, 14), **known) == again
    assert asks(example_plan(), date(2026, 10, 15), **known) == []
    known["reminders"] += [r for ask in again for r in reminders(ask, FIRST + timedelta(days=7))]  # type: ignore[operator]
    assert asks(example_plan(), date(2026, 10, 14), **known) == []


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, []),
        ({"speaks_of": "2026-Q3"}, []),
        ({"speaks_of": "2026-10-14"}, []),
        ({"state": "returned"}, []),
        ({"speaks_of": "2026-10-15"}, [MINISTRY]),
        ({"speaks_of": "2026-06-30"}, [MINISTRY]),
        ({"state": "declined"}, [MINISTRY]),
        ({"state": "withdrawn"}, [MINISTRY]),
        ({"kind": "correction"}, [MINISTRY]),
        ({"commitment": "2025-2027/01"}, [MINISTRY]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_who_told_or_waits_for_review_is_not_asked(known: dict[str, object], expected: list[str]) -> None:
    told = earlier_update(example_plan())
    found = asks(example_plan(), FIRST, updates=[told], reports=[a_report(**known)])
    assert [ask.organisation for ask in found] == expected


@pytest.mark.parametrize(
    "today",
    [date(2025, 6, 1), date(2025, 7, 2), date(2027, 9, 1), date(2030, 1, 1)],
    ids=["before the plan", "before a watched quarter is over", "closed", "long closed"],
)
def test_nothing_is_asked_outside_the_plan(today: date) -> None:
    assert asks(example_plan(), today) == []


def test_nothing_is_asked_without_rounds_or_of_who_came_later() -> None:
    assert asks(example_plan(rounds=False), FIRST) == []
    assert asks(example_plan(), FIRST, bound={TOWN: FIRST}) == []
    assert [ask.organisation for ask in asks(example_plan(), FIRST, bound={TOWN: date(2026, 9, 30)})] == [TOWN]
    assert asks(example_plan(), FIRST, bound={}) == []


def test_the_shipped_plan_asks_nothing_ever(shipped: models.PlanFolder) -> None:
    bound = {organisation.id: date(2018, 1, 1) for organisation in shipped.organisations}
    day = date(2018, 1, 1)
    while day < date(2028, 1, 1):
        assert asks(shipped, day, bound=bound) == []
        day += timedelta(days=7)


def test_only_a_stated_date_is_reminded_of_once_in_one_message() -> None:
    day = date(2026, 12, 20)
    due = [ask for ask in asks(example_plan(), day) if ask.kind == "due"]
    assert [(ask.organisation, ask.about) for ask in due] == [
        (TOWN, ("2025-2027/1.1", "2025-2027/1.2")),
        (MINISTRY, ("2025-2027/2.1", "2025-2027/2.2")),
    ]
    sent = [row for ask in due for row in reminders(ask, day)]
    assert [ask for ask in asks(example_plan(), day, reminders=sent) if ask.kind == "due"] == []
    plan = example_plan()
    first = plan.commitments[0]
    derived = tuple(m.model_copy(update={"due_basis": DueBasis.PERIOD}) for m in first.milestones)
    soft = plan.model_copy(update={"commitments": (first.model_copy(update={"milestones": derived}),)})
    assert [ask for ask in asks(soft, day) if ask.kind == "due"] == []


def test_a_second_lead_is_reminded_too_and_what_is_sent_in_as_complete_is_not() -> None:
    day = date(2026, 12, 20)
    sent = reminders(Ask(TOWN, "due", ("2025-2027/2.1",)), day)
    shared = asked_plan()
    reported = a_report(milestone="2025-2027/2.2", completion=Completion.COMPLETE, speaks_of="2026-12-19")
    due = [ask for ask in asks(shared, day, reminders=sent, reports=[reported]) if ask.kind == "due"]
    assert [(ask.organisation, ask.about) for ask in due] == [
        (TOWN, ("2025-2027/1.1", "2025-2027/1.2", "2025-2027/3.1")),
        (MINISTRY, ("2025-2027/2.1",)),
    ]


def test_a_round_ends_two_weeks_after_the_quarter_and_names_who_was_silent() -> None:
    opened, sent = a_round(), reminders(Ask(MINISTRY, "round", ("2025-2027/02",), QUARTER), FIRST)
    facts = Facts(example_plan(), date(2026, 10, 14), rounds=[opened], reminders=sent)
    assert rounds.due_closings(facts) == []
    over = replace(facts, today=date(2026, 10, 15))
    assert rounds.due_closings(over) == [Closing(opened, {MINISTRY: ("2025-2027/02",)})]
    answered = replace(over, reports=[a_report(speaks_of="2026-Q3")])
    assert rounds.due_closings(answered) == [Closing(opened, {})]
    assert rounds.due_closings(replace(over, today=date(2027, 9, 1))) == [Closing(opened, {})]
    closed = replace(over, rounds=[a_round(closed_at=at_noon(date(2026, 10, 15)))])
    assert rounds.due_closings(closed) == []


def test_who_was_asked_late_has_ten_days() -> None:
    late = a_round(date(2026, 10, 20))
    assert rounds.deadline(late) == date(2026, 10, 30)
    assert rounds.deadline(a_round(date(2026, 10, 4))) == date(2026, 10, 14)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-01T09:00", True),
        ("2026-10-01T08:59", False),
        ("2026-10-01T17:59", True),
        ("2026-10-01T18:00", False),
        ("2026-10-03T12:00", False),
        ("2026-04-27T12:00", False),
        ("2027-01-01T12:00", False),
        ("2026-03-30T09:00", True),
        ("2026-03-30T08:59", False),
        ("2026-10-26T09:00", True),
        ("2026-10-26T08:59", False),
    ],
)
def test_nobody_is_written_to_at_night_at_weekends_and_on_holidays(moment: str, expected: bool) -> None:
    assert hours.is_open(local(moment), "NL") is expected


def test_holidays_are_those_of_the_country_of_the_plan() -> None:
    kings_day, labour_day = date(2026, 4, 27), date(2026, 5, 1)
    found = {code: [hours.is_working_day(day, code) for day in (kings_day, labour_day)] for code in ("NL", "FR", "ZZ")}
    assert found == {"NL": [False, True], "FR": [True, False], "ZZ": [True, True]}
    assert hours.first_working_day(date(2026, 4, 30), "NL") == date(2026, 4, 28)
    assert hours.first_working_day(date(2026, 4, 30), "FR") == date(2026, 4, 27)


# With real databases


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield opened


def texts(desk: Desk, address: str) -> list[Reply]:
    person = desk.private.person("web", address)
    return desk.private.collect(person.id, desk.now) if person else []


def test_a_round_is_asked_logged_and_not_asked_twice(desk: Desk) -> None:
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-08-01T10:00")))
    day = at(desk, local("2026-10-01T09:00"))
    assert [asking.ask_leads(day), asking.ask_leads(day)] == [1, 0]
    [reply] = texts(desk, f"lead:{MINISTRY}")
    assert reply.text == (
        "Hoe staat het ervoor in het derde kwartaal van 2026? Wij missen nog een bericht over:\n"
        "2 Register van lobbycontacten\n"
        "U kunt antwoorden tot en met 14 oktober 2026.\n"
        f"Uw data voor in uw agenda: {SITE}/2025-2027/organisaties/ministerie-voorbeeldzaken/agenda.ics"
    )
    assert reply.question == "Tik op een knop, of typ “menu”."
    assert [(door.words, door.action) for door in reply.doors] == [
        ("Iets melden over 2", "door-asked 2026-Q3 2"),
        ("Niets veranderd bij 2", "door-same 2026-Q3 2"),
    ]
    assert [r.id for r in desk.storage.all(models.Round)] == ["2025-2027/2026-Q3"]
    assert [asking.log_sent(day), asking.log_sent(day)] == [1, 0]
    assert [(r.id, r.organisation) for r in desk.storage.all(models.Reminder)] == [
        ("2025-2027/round:2026-Q3:ministerie-voorbeeldzaken", MINISTRY)
    ]


def test_buttons_of_a_round_fit_telegram(desk: Desk) -> None:
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-08-01T10:00")))
    asking.ask_leads(at(desk, local("2026-10-01T09:00")))
    [reply] = texts(desk, f"lead:{MINISTRY}")
    assert all(len(f"*:{door.action}".encode()) <= 64 for door in reply.doors)


def test_leads_are_asked_and_where_there_is_none_who_else_may_report(desk: Desk) -> None:
    early = at(desk, local("2026-06-01T10:00"))
    for role in (Role.PIONEER, Role.LEAD, Role.REVIEWER):
        bind(role, MINISTRY)(early)
    bind(Role.PIONEER, TOWN)(early)
    desk.storage.delete(models.Update, plan="2025-2027")
    assert asking.ask_leads(at(desk, local("2026-10-01T09:00"))) == 2
    asked = [f"{role}:{name}" for role in Role for name in (TOWN, MINISTRY) if texts(desk, f"{role}:{name}")]
    assert asked == [f"lead:{MINISTRY}", f"pioneer:{TOWN}"]


def test_who_became_lead_later_is_not_asked_about_before_though_known_longer(desk: Desk) -> None:
    visited = at(desk, local("2026-05-01T10:00"))
    desk.private.welcome("web", f"lead:{MINISTRY}", now=visited.now)
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-10-01T08:00")))
    assert asking.ask_leads(at(desk, local("2026-10-01T09:00"))) == 0
    assert asking.ask_leads(at(desk, local("2027-01-04T09:00"))) == 1


def test_a_tap_says_that_nothing_changed_in_the_quarter(desk: Desk) -> None:
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-08-01T10:00")))
    day = at(desk, local("2026-10-02T10:00"))
    asking.ask_leads(day)
    lead = desk.private.all(models.Person)[0]
    answer = converse(day, lead, Incoming(action="door-same 2026-Q3 2"))
    assert answer.replies[-1].preview == (
        "Ministerie van Voorbeeldzaken, over het derde kwartaal van 2026",
        "2 Register van lobbycontacten",
        "“Niets veranderd in het derde kwartaal van 2026.”",
    )
    converse(day, lead, Incoming(text="ja"))
    [sent] = desk.private.all(models.Report)
    assert (sent.unchanged, sent.speaks_of, sent.milestone, sent.state) == (True, QUARTER, None, ReportState.WAITING)
    twice = converse(day, lead, Incoming(action="door-same 2026-Q3 2"))
    assert twice.replies[0].text == "Daarover hebben wij uw bericht al, of de tijd om te antwoorden is voorbij."
    assert asking.ask_leads(at(desk, local("2026-10-09T10:00"))) == 0
    assert desk.storage.all(models.Queue)[0].quarters == (QUARTER,)


@pytest.mark.parametrize("action", ["door-asked", "door-same x 2", "door-same 2026-Q3 1", "door-step 1.1", "door-step"])
def test_a_button_of_somebody_else_or_of_nothing_is_refused_kindly(desk: Desk, action: str) -> None:
    bind(Role.LEAD, MINISTRY)(desk)
    lead = desk.private.all(models.Person)[0]
    answer = converse(desk, lead, Incoming(action=action))
    assert answer.replies[-1].text.startswith("Dat antwoord ken ik hier niet.")
    assert desk.private.count(models.Report) == 0


def test_the_coordinator_hears_once_who_was_silent(desk: Desk) -> None:
    bind(Role.COORDINATOR, MINISTRY)(at(desk, local("2026-10-01T08:00")))
    bind(Role.LEAD, TOWN)(at(desk, local("2026-06-01T10:00")))
    desk.storage.delete(models.Update, plan="2025-2027")
    day = at(desk, local("2026-10-01T09:00"))
    asking.ask_leads(day)
    texts(day, f"lead:{TOWN}")
    over = at(desk, local("2026-10-15T09:00"))
    assert [asking.ask_leads(over), asking.ask_leads(over)] == [1, 0]
    [told] = texts(desk, f"coordinator:{MINISTRY}")
    assert told.text == (
        "Over het derde kwartaal van 2026 is er geen openbaar bericht over deze actiepunten:\n"
        "Gemeente Voorbeeldstad, actiepunt 1\n"
        f"Hoe recent alles is, staat op {SITE}/2025-2027/hoe-recent/"
    )
    [one] = desk.storage.all(models.Round)
    assert one.closed_at == over.now
    assert [row.kind for row in desk.storage.all(models.Reminder)] == ["round", "missing"]


def test_what_reached_nobody_asked_nobody(desk: Desk) -> None:
    """A question waits for a lead who did not come to read it: no silence, and it can be answered all the same."""
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-06-01T10:00")))
    day = at(desk, local("2026-10-01T09:00"))
    assert [asking.ask_leads(day), asking.ask_leads(day)] == [1, 0]
    assert asking.ask_leads(at(desk, local("2026-10-09T09:00"))) == 0
    assert desk.storage.all(models.Reminder) == []
    assert rounds.open_questions(asking.facts_of(day), MINISTRY) == (("2025-2027/02", QUARTER),)
    over = at(desk, local("2026-10-15T09:00"))
    asking.ask_leads(over)
    assert desk.storage.all(models.Round)[0].closed_at == over.now
    texts(over, f"lead:{MINISTRY}")
    assert asking.log_sent(at(desk, local("2026-10-16T09:00"))) == 0


def test_who_read_it_late_has_ten_days_from_then(desk: Desk) -> None:
    bind(Role.COORDINATOR, MINISTRY)(at(desk, local("2026-10-01T08:00")))
    bind(Role.LEAD, TOWN)(at(desk, local("2026-06-01T10:00")))
    desk.storage.delete(models.Update, plan="2025-2027")
    asking.ask_leads(at(desk, local("2026-10-01T09:00")))
    texts(at(desk, local("2026-10-12T20:00")), f"lead:{TOWN}")
    over = at(desk, local("2026-10-15T09:00"))
    assert asking.ask_leads(over) == 0
    assert [(r.kind, day_of(r.sent_at)) for r in desk.storage.all(models.Reminder)] == [("round", date(2026, 10, 12))]
    silent = [rounds.silent(asking.facts_of(at(over, local(f"2026-10-{n}T09:00"))), QUARTER) for n in (22, 23)]
    assert silent == [{}, {TOWN: ("2025-2027/01",)}]


def test_who_is_asked_something_back_is_not_shown_as_silent(desk: Desk) -> None:
    bind(Role.LEAD, MINISTRY)(at(desk, local("2026-06-01T10:00")))
    asking.ask_leads(at(desk, local("2026-10-01T09:00")))
    lead = desk.private.all(models.Person)[0]
    desk.private.add(a_report(person=lead.id, state=ReportState.RETURNED))
    review.refresh_queue(desk)
    [row] = desk.storage.all(models.Queue)
    assert (row.commitment, row.waiting, row.quarters) == ("2025-2027/02", 0, (QUARTER,))
    known = status.read(desk.storage, "2025-2027", as_of=date(2026, 11, 1))
    assert known
    [line] = [line for line in known.lines if line.commitment.number == 2]
    [cell] = [cell for cell in line.cells if cell.quarter == QUARTER]
    assert cell.freshness is Freshness.RECEIVED


def test_a_crash_between_the_two_databases_sends_nothing_twice(desk: Desk) -> None:
    bind(Role.LEAD, TOWN)(at(desk, local("2026-06-01T10:00")))
    desk.storage.delete(models.Update, plan="2025-2027")
    day = at(desk, local("2026-10-01T09:00"))
    asking.ask_leads(day)
    for row in (*desk.storage.all(models.Reminder), *desk.storage.all(models.Round)):
        desk.storage.delete(type(row), id=row.id)
    asking.ask_leads(day)
    assert len(texts(desk, f"lead:{TOWN}")) == 1


def test_a_due_date_that_was_queued_is_not_queued_again_with_another(desk: Desk) -> None:
    """The log of what was sent is not written yet, after a crash or as nobody read it: each date is told once."""
    first, *others = desk.folder.commitments
    dates = {"1.1": "2026-12-31", "1.2": "2027-01-01"}
    moved = tuple(m.model_copy(update={"due": Period.parse(dates[m.number])}) for m in first.milestones)
    listed = (first.model_copy(update={"milestones": moved}), *others)
    desk = replace(desk, folder=desk.folder.model_copy(update={"commitments": listed}))
    bind(Role.LEAD, TOWN)(at(desk, local("2026-12-01T10:00")))
    assert [asking.ask_leads(at(desk, local(f"2026-12-{day}T09:00"))) for day in (17, 18)] == [1, 1]
    told = [reply.text.splitlines()[1] for reply in texts(desk, f"lead:{TOWN}")]
    assert told == [
        "1.1 Een lijst van alle overleggen, uiterlijk 31 december 2026",
        "1.2 Plan van aanpak voor openbare agenda's, uiterlijk 1 januari 2027",
    ]


def test_with_a_moved_day_everything_is_of_that_day(settings: Settings, tmp_path: Path) -> None:
    """Somebody comes in on a moved day, and is asked on another: the real clock says neither."""
    began = replace(settings, today=date(2026, 8, 3))
    with open_desk(began) as desk:
        desk.private.welcome(
            "web", f"lead:{MINISTRY}", now=desk.now, role=Role.LEAD, organisation=MINISTRY, bound_at=desk.moment
        )
    for today, sent in [
        (date(2026, 10, 1), 1),
        (date(2026, 10, 7), 0),
        (date(2026, 10, 8), 1),
        (date(2026, 10, 10), 0),
    ]:
        with open_desk(replace(settings, today=today)) as desk:
            assert asking.ask_leads(desk) == sent, today
            assert len(texts(desk, f"lead:{MINISTRY}")) == sent, today
            assert asking.log_sent(desk) == sent, today
    with open_desk(settings) as desk:
        sent_on = {row.kind: day_of(row.sent_at) for row in desk.storage.all(models.Reminder)}
        assert sent_on == {"round": date(2026, 10, 1), "again": date(2026, 10, 8)}
        assert day_of(desk.storage.all(models.Round)[0].opened_at) == date(2026, 10, 1)


def test_the_dates_of_an_organisation() -> None:
    found = agenda.of_organisation(asked_plan(), TOWN, TODAY)
    assert [(one.day.isoformat(), one.record) for one in found] == [
        ("2025-10-14", "2025-Q3"),
        ("2026-01-14", "2025-Q4"),
        ("2026-04-14", "2026-Q1"),
        ("2026-07-14", "2026-Q2"),
        ("2026-10-14", "2026-Q3"),
        ("2026-12-31", "2025-2027/1.1"),
        ("2026-12-31", "2025-2027/1.2"),
        ("2026-12-31", "2025-2027/2.1"),
        ("2026-12-31", "2025-2027/2.2"),
        ("2026-12-31", "2025-2027/3.1"),
        ("2027-01-14", "2026-Q4"),
        ("2027-04-14", "2027-Q1"),
        ("2027-07-14", "2027-Q2"),
    ]
    assert agenda.of_organisation(asked_plan(), "rekenkamer-voorbeeld", TODAY) == []
    assert agenda.of_organisation(asked_plan(), TOWN, date(2027, 9, 1)) == []


def test_what_is_open_is_what_was_asked_and_not_answered() -> None:
    opened, sent = asked_rows(asked_plan())
    facts = Facts(asked_plan(), TODAY, rounds=opened, reminders=sent, updates=[earlier_update(asked_plan())])
    assert rounds.open_questions(facts, TOWN) == (("2025-2027/02", QUARTER), ("2025-2027/03", QUARTER))
    assert rounds.open_questions(facts, MINISTRY) == (("2025-2027/02", QUARTER),)
    for other in (None, "rekenkamer-voorbeeld"):
        assert rounds.open_questions(facts, other) == ()
    assert rounds.open_questions(replace(facts, today=date(2027, 9, 1)), TOWN) == ()
