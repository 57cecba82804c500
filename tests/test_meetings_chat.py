"""Signing up, closing agreements and being reminded of them: rows that are public at once, each written once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from bot import attending, settling
from bot.conversation import Answer, Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Attend, Door, Reply, Settle, State
from bot.dialogue.drafts import Excuse
from monitor import models
from monitor.models import AgreementState, Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conversation_fixtures import (
    COURT,
    LAST,
    MINISTRY,
    NEXT,
    NOW,
    SITE,
    TODAY,
    TOWN,
    TOWNSHIP,
    PureWorld,
    Section,
    make_settings,
    network_plan,
)
from tests.make_files import FOLDER

PLAN = "2025-2027"
MEETING, HELD = f"{PLAN}/{NEXT}", f"{PLAN}/{LAST}"
WEEK_BEFORE = date(2026, 11, 5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, network_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=NOW)


def member(desk: Desk, role: Role, organisation: str | None) -> models.Person:
    return desk.private.welcome("terminal", f"{role}:{organisation}", now=NOW, role=role, organisation=organisation)


def sign_up(desk: Desk, people: int, organisation: str = TOWNSHIP, meeting: str = MEETING) -> Reply | None:
    by = member(desk, Role.PIONEER, organisation)
    return attending.attend(desk, Attend(meeting=meeting, people=people), by=by, language="nl")


def rows(desk: Desk) -> list[tuple[str, str, int, bool]]:
    return [(r.id, r.organisation, r.people, r.withdrawn_at is not None) for r in desk.storage.all(models.SignUp)]


def at(desk: Desk, day: date) -> Desk:
    return replace(desk, today=day, now=NOW + (day - TODAY))


def test_an_agenda_item_that_was_withdrawn_is_told_no_more(desk: Desk) -> None:
    known = {"plan": PLAN, "organisation": TOWN, "meeting": MEETING, "published_on": TODAY, "recorded_at": NOW}
    for name, gone in (("stays", None), ("goes", NOW)):
        desk.storage.add(models.AgendaItem(id=name, text={"nl": f"Punt {name}."}, withdrawn_at=gone, **known))
    assert [item.id for item in settling.gathered(desk).agenda] == ["stays"]
    turn = converse(desk, member(desk, Role.VISITOR, None), Incoming(text="/bijeenkomst"))
    assert "Punt stays." in turn.replies[0].text
    assert "Punt goes." not in turn.replies[0].text


def closed(desk: Desk) -> Desk:
    ended = {"period": Period.parse("2025-07-01/2026-06-30"), "cycle_end": date(2026, 8, 31)}
    plan = desk.folder.plan.model_copy(update=ended)
    return replace(desk, folder=desk.folder.model_copy(update={"plan": plan}))


def say(desk: Desk, person: models.Person, *lines: str) -> Answer:
    answer = converse(desk, person, Incoming(opening=True))
    for line in lines:
        answer = converse(desk, person, Incoming(text=line))
    return answer


# Signing up


def test_a_sign_up_is_public_at_once_with_an_organisation_and_a_number_only(desk: Desk) -> None:
    sign_up(desk, 2)
    assert [row.model_dump(mode="json") for row in desk.storage.all(models.SignUp)] == [
        {
            "id": f"{MEETING}/{TOWNSHIP}/1",
            "plan": PLAN,
            "meeting": MEETING,
            "organisation": TOWNSHIP,
            "people": 2,
            "withdrawn_at": None,
            "recorded_at": "2026-10-20T09:00:00Z",
        }
    ]


def test_each_change_is_a_row_and_the_newest_counts(desk: Desk) -> None:
    for people in (1, 1, 3, 0, 0, 2):
        sign_up(desk, people)
    name = f"{MEETING}/{TOWNSHIP}"
    assert rows(desk) == [
        (f"{name}/1", TOWNSHIP, 1, False),
        (f"{name}/2", TOWNSHIP, 3, True),
        (f"{name}/3", TOWNSHIP, 2, False),
    ]
    assert settling.gathered(desk).signed_up(MEETING, TODAY) == {TOWNSHIP: 2}


def test_taking_back_what_was_never_said_writes_nothing(desk: Desk) -> None:
    sign_up(desk, 0)
    assert rows(desk) == []


@pytest.mark.parametrize(
    ("role", "organisation"), [(Role.VISITOR, None), (Role.REVIEWER, COURT), (Role.LEAD, TOWNSHIP)]
)
def test_only_members_sign_up(desk: Desk, role: Role, organisation: str | None) -> None:
    with pytest.raises(PermissionError):
        attending.attend(desk, Attend(meeting=MEETING, people=1), by=member(desk, role, organisation), language="nl")
    assert rows(desk) == []


def test_nobody_signs_up_for_what_was_held_or_once_the_plan_is_closed(desk: Desk) -> None:
    sign_up(desk, 1, meeting=HELD)
    sign_up(desk, 1, meeting=f"{PLAN}/2030-01-01-nergens")
    sign_up(at(desk, date(2026, 11, 13)), 1)
    sign_up(closed(desk), 1)
    assert rows(desk) == []


def test_who_comes_gets_the_calendar_file_once(desk: Desk) -> None:
    reply = sign_up(desk, 1)
    assert reply
    assert reply.text == f"Zet het in uw agenda: {SITE}/{PLAN}/bijeenkomsten/{NEXT}/agenda.ics"
    [paper] = reply.papers
    assert paper.name == "agenda.ics"
    assert "SUMMARY:Bijeenkomst over algoritmen\r\n" in paper.text
    assert "DTSTART:20261112T120000Z\r\n" in paper.text
    assert f"URL:{SITE}/{PLAN}/bijeenkomsten/{NEXT}/\r\n" in paper.text.replace("\r\n ", "")
    assert sign_up(desk, 3) is None


def test_a_meeting_without_a_known_day_has_no_calendar_file(desk: Desk) -> None:
    coming = desk.folder.meetings[-1].model_copy(update={"date": Period.parse("2026-11")})
    folder = desk.folder.model_copy(update={"meetings": (*desk.folder.meetings[:-1], coming)})
    assert attending.calendar(replace(desk, folder=folder), coming, "nl") is None


def test_a_pioneer_signs_up_with_two_taps(desk: Desk) -> None:
    answer = say(desk, member(desk, Role.PIONEER, TOWNSHIP), "1", "1")
    assert answer.replies[0].text == "Gemeente Modeldam is aangemeld met 1 persoon. Dat staat nu op de site."
    assert [choice.words for choice in answer.replies[-1].choices][:2] == [
        "Het aantal wijzigen (nu 1 persoon)",
        "Afmelden",
    ]


# Agreements


def settle(desk: Desk, state: AgreementState, by: models.Person, agreement: str = "lijst", **how: Excuse) -> None:
    settling.settle(desk, Settle(meeting=HELD, agreement=agreement, state=state, **how), by=by)


def told(desk: Desk) -> list[tuple[str, str, str | None, str]]:
    found = desk.storage.all(models.AgreementUpdate)
    return [(r.agreement, r.state, r.organisation, (r.text or {}).get("nl", "")) for r in found]


def test_an_organisation_closes_its_own_agreement_and_the_plan_stays_as_it_is(desk: Desk) -> None:
    by = member(desk, Role.PIONEER, TOWNSHIP)
    settle(desk, AgreementState.DONE, by)
    settle(desk, AgreementState.DONE, by)
    [row] = desk.storage.all(models.AgreementUpdate)
    assert row.model_dump(mode="json") == {
        "id": f"{HELD}/lijst/1",
        "plan": PLAN,
        "meeting": HELD,
        "agreement": "lijst",
        "organisation": TOWNSHIP,
        "state": "done",
        "text": None,
        "published_on": "2026-10-20",
        "recorded_at": "2026-10-20T09:00:00Z",
    }
    assert desk.storage.folder(PLAN) == desk.folder


def test_no_longer_needed_says_why_in_words_of_ours_and_in_every_language(desk: Desk) -> None:
    by = member(desk, Role.PIONEER, TOWNSHIP)
    settle(desk, AgreementState.DROPPED, by, excuse=Excuse.OTHERS)
    [row] = desk.storage.all(models.AgreementUpdate)
    assert row.text == {"nl": "Een ander deed het al.", "en": "Somebody else did it already."}


def test_nobody_closes_what_others_agreed_but_the_coordinator(desk: Desk) -> None:
    for role, organisation in ((Role.PIONEER, TOWN), (Role.VISITOR, None), (Role.REVIEWER, COURT)):
        with pytest.raises(PermissionError):
            settle(desk, AgreementState.DONE, member(desk, role, organisation))
    settle(desk, AgreementState.DONE, member(desk, Role.COORDINATOR, MINISTRY))
    settle(desk, AgreementState.DONE, member(desk, Role.COORDINATOR, MINISTRY), agreement="onbekend")
    assert told(desk) == [("lijst", "done", MINISTRY, "")]


def test_statements_of_one_day_that_contradict_each_other_are_both_shown(desk: Desk) -> None:
    settle(desk, AgreementState.DONE, member(desk, Role.PIONEER, TOWNSHIP))
    later = replace(desk, now=NOW + timedelta(hours=1))
    settle(later, AgreementState.OPEN, member(desk, Role.COORDINATOR, MINISTRY))
    shown = say(later, member(desk, Role.PIONEER, TOWNSHIP), "afspraken").replies[-1].text
    assert "• Gemeente Modeldam: Maakt een lijst van registers. Nu: open, maar ook gedaan." in shown


def test_who_takes_back_what_it_said_the_same_day_does_not_contradict_itself(desk: Desk) -> None:
    by = member(desk, Role.PIONEER, TOWNSHIP)
    settle(desk, AgreementState.DONE, by)
    settle(replace(desk, now=NOW + timedelta(hours=1)), AgreementState.OPEN, by)
    [standing] = [s for s in settling.standings(desk) if s.agreement.id == "lijst"]
    assert standing.states == (AgreementState.OPEN,)


def test_a_pioneer_closes_an_agreement_with_a_word_and_two_taps(desk: Desk) -> None:
    answer = say(desk, member(desk, Role.PIONEER, TOWNSHIP), "afspraken", "1", "1")
    assert answer.replies[0].text == (
        f"Dank u. Iedereen ziet nu dat dit is gedaan.\nMeer op {SITE}/{PLAN}/bijeenkomsten/{LAST}/"
    )
    assert told(desk) == [("lijst", "done", TOWNSHIP, "")]


# Reminding


def messages(desk: Desk, person: models.Person) -> list[Reply]:
    return [Reply.model_validate(d.payload["reply"]) for d in desk.private.all(models.Delivery, person=person.id)]


def test_an_organisation_hears_once_a_week_before_the_meeting_of_what_is_open(desk: Desk) -> None:
    pioneer, other = member(desk, Role.PIONEER, TOWNSHIP), member(desk, Role.REVIEWER, TOWNSHIP)
    counts = [settling.remind(at(desk, WEEK_BEFORE + timedelta(days=n))) for n in (-1, 0, 0, 3, 8)]
    assert counts == [0, 1, 0, 0, 0]
    [reply] = messages(desk, pioneer)
    assert reply.text.splitlines() == [
        "Op 12 november 2026 is de volgende bijeenkomst: Bijeenkomst over algoritmen. Deze afspraken van Gemeente "
        "Modeldam staan open:",
        "• Maakt een lijst van registers.",
        "Is een afspraak gedaan? Dan is één knop genoeg. Anders typt u “afspraken”.",
    ]
    assert messages(desk, other) == []
    assert [row.country for row in desk.private.all(models.Delivery)] == ["NL"]
    [logged] = desk.storage.all(models.Reminder)
    assert (logged.id, logged.kind, logged.organisation, logged.round) == (
        f"{PLAN}/agreements:{NEXT}:{TOWNSHIP}",
        "agreements",
        TOWNSHIP,
        None,
    )


def test_one_button_of_the_reminder_closes_an_agreement(desk: Desk) -> None:
    pioneer = member(desk, Role.PIONEER, TOWNSHIP)
    settling.remind(at(desk, WEEK_BEFORE))
    done, every = messages(desk, pioneer)[0].doors
    assert (done.words, every) == (
        "Gedaan: Maakt een lijst van registers",
        Door(words="Alle afspraken bekijken", action="door-agreements"),
    )
    answer = converse(desk, pioneer, Incoming(action=done.action))
    assert answer.replies[0].text.startswith("Dank u. Iedereen ziet nu dat dit is gedaan.")
    again = converse(desk, pioneer, Incoming(action=done.action))
    assert again.replies[0].text == "Deze afspraak is al gedaan of vervallen."
    assert told(desk) == [("lijst", "done", TOWNSHIP, "")]
    assert settling.remind(at(desk, WEEK_BEFORE + timedelta(days=1))) == 0


def test_a_button_of_another_organisation_closes_nothing(desk: Desk) -> None:
    pioneer, stranger = member(desk, Role.PIONEER, TOWNSHIP), member(desk, Role.PIONEER, TOWN)
    settling.remind(at(desk, WEEK_BEFORE))
    [reply] = messages(desk, pioneer)
    converse(desk, stranger, Incoming(action=reply.doors[0].action))
    assert told(desk) == []


def test_nothing_is_sent_once_the_plan_is_closed_or_where_nobody_can_be_reached(desk: Desk) -> None:
    assert settling.remind(at(desk, WEEK_BEFORE)) == 0
    member(desk, Role.PIONEER, TOWNSHIP)
    assert settling.remind(closed(at(desk, WEEK_BEFORE))) == 0
    assert desk.storage.all(models.Reminder) == []


def test_nothing_is_sent_before_the_monitor_watches_the_plan(desk: Desk) -> None:
    member(desk, Role.PIONEER, TOWNSHIP)
    watched = WEEK_BEFORE + timedelta(days=1)
    plan = desk.folder.plan.model_copy(update={"monitored_from": watched})
    new = replace(desk, folder=desk.folder.model_copy(update={"plan": plan}))
    assert [settling.remind(at(new, day)) for day in (WEEK_BEFORE, watched)] == [0, 1]


def test_what_is_done_is_not_asked_again(desk: Desk) -> None:
    by = member(desk, Role.PIONEER, TOWNSHIP)
    settle(desk, AgreementState.DONE, by)
    assert settling.remind(at(desk, WEEK_BEFORE)) == 0


# Whatever somebody types

LINES = st.sampled_from(
    [
        "bijeenkomsten", "aanmelden", "/signup 3", "afspraken", "verslag", "verslag insturen", "1", "2", "3", "4", "0",
        "99", "100", "afmelden", "terug", "begin", "stop", "english", "klaar", "in mijn agenda zetten", "x" * 13000,
        "Verslag\nWij waren er allemaal en spraken lang.\nAfspraken:\n- Gemeente Modeldam: doet iets op 31-31-2026",
        "De heer Voorbeeld was er ook, en hij bleef tot het einde van de middag.", "concept", "mijn gegevens",
        f"bestand {FOLDER / 'verslag.txt'}", "--- # : -", "\x00\u202e", "{}%s<b>",
    ]
)  # fmt: skip
WHO = st.sampled_from([f"pioneer:{TOWNSHIP}", f"lead:{TOWN}", "coordinator", "visitor", f"reviewer:{COURT}"])


@hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
@hypothesis.given(st.lists(st.tuples(WHO, LINES | st.text(max_size=60)), max_size=25))
def test_it_never_raises_and_only_members_are_written_down(said: list[tuple[str, str]]) -> None:
    world = PureWorld(network_plan())
    for role, line in said:
        turn = world.say(Section(role, "nl", ""), line)
        assert turn.replies
        assert turn.state == State.model_validate_json(turn.state.model_dump_json())
    members = {TOWNSHIP, TOWN, MINISTRY}
    assert {row.organisation for row in world.gathered.sign_ups} <= members
    assert {row.organisation for row in world.gathered.settled} <= members
    settled = {(row.organisation, row.agreement) for row in world.gathered.settled if row.organisation != MINISTRY}
    assert settled <= {(TOWN, "handreiking"), (TOWNSHIP, "lijst")}
