"""What members share: heard at once, public once, answered by one tap, and finished after a crash in either order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import conversation, forgetting, posts, review, woo
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Decide, Draft, Reply
from bot.people import is_member
from monitor import models, network, search
from monitor.models import Ground, ReportKind, ReportState, Role
from tests.conversation_fixtures import COURT, MINISTRY, NOW, SITE, TODAY, TOWN, example_plan, make_settings

PLAN = "2025-2027"
ASKED = "Wie meldt lobbycontacten per week?"
TOLD = "Wij melden ze elke vrijdag."
GONE = "Rekenkamer Voorbeeld trok dit antwoord in, of het is afgewezen. U kunt er niet meer op rekenen."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(make_settings(tmp_path, example_plan())) as opened:
        yield replace(opened, now=NOW)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    """Give a plan in which nobody else can check what the coordinator sends."""
    with open_desk(make_settings(tmp_path, example_plan(reviewers=()))) as opened:
        yield replace(opened, now=NOW)


def person(desk: Desk, role: Role, organisation: str, channel: str = "web") -> models.Person:
    return desk.private.welcome(
        channel, f"{channel}:{role}:{organisation}", now=NOW, role=role, organisation=organisation
    )


def send(desk: Desk, by: models.Person, kind: ReportKind, text: str, about: str = "", **known: object) -> models.Report:
    draft = Draft.model_validate(
        {"key": f"{by.id}{text}", "kind": kind, "text": text, "about": about, "language": "nl", **known}
    )
    is_alone = by.organisation == MINISTRY and not desk.folder.plan.reviewers
    with desk.private.transaction():
        conversation.submit(desk, by, draft, alone=is_alone)
    found = desk.private.get(models.Report, id=draft.report_id(PLAN))
    assert found
    return found


def heard(desk: Desk, who: models.Person) -> list[Reply]:
    return list(desk.private.collect(who.id, NOW))


def decide(desk: Desk, report: models.Report, state: ReportState, **known: object) -> None:
    reviewer = person(desk, Role.REVIEWER, COURT)
    decision = Decide.model_validate({"report": report.id, "state": state, **known})
    with desk.private.transaction():
        review.decide(desk, conversation._report(desk, report.id), decision, by=reviewer)


def test_members_hear_a_question_at_once_as_not_checked_and_answer_by_one_tap(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    reviewer, lead = person(desk, Role.REVIEWER, COURT), person(desk, Role.LEAD, TOWN)
    question = send(desk, pioneer, ReportKind.QUESTION, ASKED)
    [to_other], [to_coordinator], [to_reviewer] = (heard(desk, who) for who in (other, coordinator, reviewer))
    said = ("Vraag van Gemeente Voorbeeldstad", f"“{ASKED}”\nDit is nog niet gecontroleerd.")
    assert {(reply.heading, reply.text) for reply in (to_other, to_coordinator, to_reviewer)} == {said}
    answer, check = f"door-answer {question.id}", f"door-review {question.id}"
    assert [door.action for door in to_other.doors] == [answer]
    assert [door.action for door in to_coordinator.doors] == [answer, check]
    assert [door.action for door in to_reviewer.doors] == [check]
    assert (heard(desk, pioneer), heard(desk, lead)) == ([], [])
    turn = converse(desk, other, Incoming(action=answer))
    assert (turn.replies[-1].heading, turn.replies[-1].text) == ("Antwoord", f"“{ASKED}”")
    turn = converse(desk, other, Incoming(text=TOLD))
    assert turn.replies[-1].preview == (
        "Antwoord van Rekenkamer Voorbeeld, 20 oktober 2026",
        f"Op de vraag: “{ASKED}”",
        f"“{TOLD}”",
    )
    converse(desk, other, Incoming(text="ja"))
    [told] = heard(desk, pioneer)
    assert (told.heading, told.text) == (
        "Antwoord op uw vraag, van Rekenkamer Voorbeeld",
        f"Op de vraag: “{ASKED}”\n“{TOLD}”\nDit is nog niet gecontroleerd.",
    )
    assert desk.storage.count(models.Question, organisation=TOWN) == desk.storage.count(models.Answer, text=TOLD) == 0


def test_the_asker_hears_an_answer_again_only_where_it_changed(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    question = send(desk, pioneer, ReportKind.QUESTION, ASKED)
    decide(desk, question, ReportState.ACCEPTED)
    answer = send(desk, other, ReportKind.ANSWER, TOLD, question.id)
    heard(desk, pioneer)
    later = replace(desk, now=NOW + timedelta(hours=1))
    send(later, other, ReportKind.ANSWER, TOLD, question.id, revises=answer.id)
    assert heard(desk, pioneer) == []
    send(later, other, ReportKind.ANSWER, "Wij melden ze elke maandag.", question.id, revises=answer.id)
    assert [reply.heading for reply in heard(desk, pioneer)] == ["Antwoord gewijzigd door Rekenkamer Voorbeeld"]
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    changed = desk.private.get(models.Report, id=answer.id)
    assert changed
    review.decide(desk, changed, Decide(report=answer.id, state=ReportState.ACCEPTED), by=coordinator)
    assert heard(desk, pioneer) == []
    review.withdraw(desk, conversation._report(desk, answer.id), None, by=other)
    assert [(reply.heading, reply.text) for reply in heard(desk, pioneer)] == [(f"Antwoord op: {ASKED}", GONE)]


def left(desk: Desk, who: models.Person) -> models.Person:
    """Give a person whose role was taken back."""
    desk.private.change_person(who.model_copy(update={"role": Role.VISITOR, "organisation": None}))
    heard(desk, who)
    return who


def test_who_asked_and_is_no_member_any_more_hears_an_answer_once_it_is_public(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    question = send(desk, pioneer, ReportKind.QUESTION, ASKED)
    decide(desk, question, ReportState.ACCEPTED)
    left(desk, pioneer)
    answer = send(desk, other, ReportKind.ANSWER, TOLD, question.id)
    declined = send(desk, other, ReportKind.ANSWER, f"{TOLD} Nog iets.", question.id)
    later = replace(desk, now=NOW + timedelta(hours=1))
    send(later, other, ReportKind.ANSWER, f"{TOLD} Anders.", question.id, revises=declined.id)
    assert heard(desk, pioneer) == []
    changed = conversation._report(desk, declined.id)
    review.decide(desk, changed, Decide(report=declined.id, state=ReportState.DECLINED), by=coordinator)
    assert heard(desk, pioneer) == []
    review.decide(desk, answer, Decide(report=answer.id, state=ReportState.ACCEPTED), by=coordinator)
    page = f"{SITE}/2025-2027/kennis/#r-{answer.id.rpartition('/')[2]}"
    assert [(reply.heading, reply.text) for reply in heard(desk, pioneer)] == [
        (f"Antwoord op: {ASKED}", f"“{TOLD}”\nDit is nu openbaar: {page}")
    ]
    review.withdraw(desk, conversation._report(desk, answer.id), None, by=other)
    assert [reply.text for reply in heard(desk, pioneer)] == [GONE]


def test_what_a_declined_post_said_is_sent_to_nobody_any_more(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    question = send(desk, pioneer, ReportKind.QUESTION, ASKED)
    decide(desk, question, ReportState.ACCEPTED)
    heard(desk, pioneer)
    answer = send(desk, other, ReportKind.ANSWER, "Onze buurvrouw weet het.", question.id)
    decision = Decide(report=answer.id, state=ReportState.DECLINED, ground=Ground.PERSONAL_DATA)
    review.decide(desk, answer, decision, by=coordinator)
    assert [(reply.heading, reply.text) for reply in heard(desk, pioneer)] == [(f"Antwoord op: {ASKED}", GONE)]
    asked = send(desk, pioneer, ReportKind.QUESTION, "Wie kent onze buurvrouw?")
    reply = send(desk, other, ReportKind.ANSWER, TOLD, asked.id)
    decide(desk, asked, ReportState.DECLINED, ground=Ground.PERSONAL_DATA)
    told = [(each.heading, each.text) for each in heard(desk, other)]
    assert conversation._report(desk, reply.id).state is ReportState.WITHDRAWN
    assert not [each for each in told if "buurvrouw" in "".join(each) and each[0].startswith("Vraag van")]
    assert told[-1] == ("", f"De vraag is weg. Uw antwoord komt daarom niet op de site: “{TOLD}”")


def test_accepted_posts_are_rows_with_the_organisation_and_never_the_person(desk: Desk) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    link = "https://voorbeeldstad.example/les"
    sent = [
        send(desk, pioneer, ReportKind.QUESTION, ASKED, f"{PLAN}/algoritmes"),
        send(desk, pioneer, ReportKind.LESSON, "Begin met één soort stuk.", f"{PLAN}/algoritmes", evidence=link),
        send(desk, pioneer, ReportKind.THEME, "Gewone taal"),
        send(desk, pioneer, ReportKind.AGENDA_ITEM, "Wat kost een register?"),
    ]
    for report in sent:
        decide(desk, report, ReportState.ACCEPTED)
    shared = {"plan": PLAN, "organisation": TOWN, "published_on": TODAY, "recorded_at": NOW}
    assert [posts.find(desk, report) for report in sent] == [
        models.Question(id=sent[0].id, theme=f"{PLAN}/algoritmes", text={"nl": ASKED}, **shared),
        models.Lesson(
            id=sent[1].id,
            theme=f"{PLAN}/algoritmes",
            text={"nl": "Begin met één soort stuk."},
            address=link,
            **shared,
        ),
        models.Theme(id=sent[2].id, plan=PLAN, title={"nl": "Gewone taal"}, recorded_at=NOW),
        models.AgendaItem(id=sent[3].id, text={"nl": "Wat kost een register?"}, **shared),
    ]
    pages = [reply.text for reply in heard(desk, pioneer)]
    assert pages[0] == f"Dit is nu openbaar: {SITE}/2025-2027/kennis/#q-{sent[0].id.rpartition('/')[2]}"
    assert pages[-1] == f"Dit is nu openbaar: {SITE}/2025-2027/bijeenkomsten/#voorstellen"
    assert pioneer.id not in "\n".join(desk.storage.db.conn.iterdump())
    found = search.find(desk.storage, "registers", "nl").results
    assert sent[3].id in [result.passage.record for result in found]


def test_nobody_decides_for_their_own_organisation_and_no_answer_stands_without_its_question(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    question = send(desk, pioneer, ReportKind.QUESTION, ASKED)
    answer = send(desk, other, ReportKind.ANSWER, TOLD, question.id)
    accept = Decide(report=answer.id, state=ReportState.ACCEPTED)
    with pytest.raises(PermissionError, match="nobody decides for their own organisation"):
        review.decide(desk, answer, accept, by=person(desk, Role.REVIEWER, COURT))
    with pytest.raises(PermissionError, match="its question is not public: accept that first"):
        review.decide(desk, answer, accept, by=coordinator)
    decide(desk, question, ReportState.ACCEPTED)
    review.decide(desk, answer, accept, by=coordinator)
    assert posts.find(desk, answer)
    with pytest.raises(PermissionError, match="others share under it"):
        review.withdraw(desk, conversation._report(desk, question.id), None, by=pioneer)


def test_answers_that_wait_go_with_a_question_that_is_declined_or_withdrawn(desk: Desk) -> None:
    pioneer, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    for number, goes in enumerate(("declined", "withdrawn")):
        question = send(desk, pioneer, ReportKind.QUESTION, f"{ASKED} {number}")
        answer = send(desk, other, ReportKind.ANSWER, f"{TOLD} {number}", question.id)
        heard(desk, other)
        if goes == "declined":
            decide(desk, question, ReportState.DECLINED, ground=Ground.UNREADABLE)
        else:
            review.withdraw(desk, question, None, by=pioneer)
        assert conversation._report(desk, answer.id).state is ReportState.WITHDRAWN
        assert [reply.text for reply in heard(desk, other)] == [
            f"De vraag is weg. Uw antwoord komt daarom niet op de site: “{TOLD} {number}”"
        ]
        turn = converse(desk, other, Incoming(action=f"door-answer {question.id}"))
        assert turn.replies[0].text == "Deze vraag is ingetrokken, gesloten of niet meer te vinden."


@pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind.is_post and kind is not ReportKind.ANSWER])
def test_crash_between_the_two_files_is_finished_in_either_order(desk: Desk, kind: ReportKind) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    first = send(desk, pioneer, kind, "Wij begonnen met één soort stuk.")
    posts.make_public(desk, first, by_other=True)
    later = send(desk, pioneer, kind, "Wij begonnen met één soort register.")
    accepted = later.model_copy(update={"state": ReportState.ACCEPTED, "decided_at": NOW, "decided_by": "somebody"})
    desk.private.put(accepted)
    assert review.finish_accepted(desk) == 2
    assert review.finish_accepted(desk) == 0
    assert all(posts.find(desk, report) for report in (first, later))
    assert {report.state for report in desk.private.all(models.Report)} == {ReportState.ACCEPTED}
    assert len(heard(desk, pioneer)) == 1
    for report in (first, later):
        review.make_public(desk, report, by_other=True)
    assert desk.storage.count(type(posts.find(desk, first) or first), plan=PLAN, id=first.id) == 1


def test_a_failed_public_write_confirms_nothing(desk: Desk) -> None:
    question = send(desk, person(desk, Role.PIONEER, TOWN), ReportKind.QUESTION, ASKED)
    desk.storage.db.conn.execute(
        "CREATE TRIGGER full BEFORE INSERT ON questions BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(Exception, match="full"):
        decide(desk, question, ReportState.ACCEPTED)
    assert conversation._report(desk, question.id).state is ReportState.WAITING
    assert posts.find(desk, question) is None


def test_what_nobody_can_check_is_public_as_not_checked_an_answer_once_its_question_is(alone: Desk) -> None:
    coordinator, pioneer = person(alone, Role.COORDINATOR, MINISTRY), person(alone, Role.PIONEER, TOWN)
    lesson = send(alone, coordinator, ReportKind.LESSON, "Begin met één soort stuk.")
    shown = posts.find(alone, lesson)
    assert isinstance(shown, models.Lesson)
    assert not shown.reviewed_by_other
    question = send(alone, pioneer, ReportKind.QUESTION, ASKED)
    answer = send(alone, coordinator, ReportKind.ANSWER, TOLD, question.id)
    assert (posts.find(alone, answer), review.finish_accepted(alone)) == (None, 0)
    review.decide(alone, question, Decide(report=question.id, state=ReportState.ACCEPTED), by=coordinator)
    assert review.finish_accepted(alone) == 1
    assert posts.find(alone, answer)


def test_posts_are_counted_apart_from_what_corrects_the_plan(desk: Desk) -> None:
    send(desk, person(desk, Role.PIONEER, TOWN), ReportKind.QUESTION, ASKED)
    review.refresh_queue(desk)
    assert [(row.commitment, row.organisation, row.waiting) for row in desk.storage.all(models.Queue)] == [
        (f"{PLAN}/network", TOWN, 1)
    ]


def test_posts_are_exported_shown_to_their_author_and_unlinked_when_that_is_asked(desk: Desk, tmp_path: Path) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    send(desk, pioneer, ReportKind.QUESTION, ASKED)
    done = woo.export(desk, PLAN, tmp_path / "woo", "nl")
    assert done.reports == 1
    page = (tmp_path / "woo" / "reports.md").read_text("utf-8")
    assert page.startswith("# Voorbeeldplan 2025-2027: het netwerk, en wat over het hele plan gaat\n")
    assert f"- Over: Vraag: {ASKED}" in page
    turn = converse(desk, pioneer, Incoming(text="mijn gegevens"))
    assert f"Vraag: {ASKED}, over 20 oktober 2026: wacht op controle" in turn.replies[0].text
    assert desk.private.count(models.AuditEntry, actor=pioneer.id, action="submitted") == 1
    forgetting.forget(desk.private, pioneer, now=NOW)
    assert [(report.person, report.text) for report in desk.private.all(models.Report)] == [("", ASKED)]


def test_personal_data_is_refused_and_the_name_of_a_person_warned_of(desk: Desk) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    converse(desk, pioneer, Incoming(text="vraag"))
    for text in ("Wie belt mij op 06-12345678?", "Wie mailt aan iemand@voorbeeld.example?"):
        turn = converse(desk, pioneer, Incoming(text=text))
        assert turn.replies[-1].text.startswith("Er staat een e-mailadres of telefoonnummer in.")
    assert desk.private.drafts(PLAN, pioneer) == []


def test_who_is_a_member(desk: Desk) -> None:
    town_met = desk.folder.meetings[0].model_copy(update={"organisations": (TOWN,)})
    folder = desk.folder.model_copy(update={"meetings": (town_met,)})
    members = [
        person(desk, role, organisation)
        for role, organisation in ((Role.PIONEER, TOWN), (Role.COORDINATOR, MINISTRY), (Role.LEAD, TOWN))
    ]
    others = [person(desk, Role.LEAD, MINISTRY), person(desk, Role.REVIEWER, COURT), person(desk, Role.VISITOR, "")]
    assert [is_member(who, folder) for who in (*members, *others)] == [True, True, True, False, False, False]
    assert not is_member(members[2], desk.folder)


def test_questions_without_an_answer_come_back_after_two_weeks() -> None:
    day = date(2026, 10, 6)
    known = {"plan": PLAN, "text": {"nl": ASKED}, "recorded_at": NOW}
    asked = [
        models.Question(id="late", published_on=day, **known),
        models.Question(id="later", published_on=day - timedelta(days=1), **known),
        models.Question(id="new", published_on=day + timedelta(days=1), **known),
        models.Question(id="answered", published_on=day, **known),
        models.Question(id="gone", published_on=day, withdrawn_at=NOW, **known),
        models.Question(id="closed", published_on=day, state=models.TicketState.CLOSED, **known),
    ]
    answers = [models.Answer(id="a", question="answered", published_on=TODAY, **known)]
    answers.append(models.Answer(id="b", question="late", published_on=TODAY, withdrawn_at=NOW, **known))
    assert [question.id for question in network.unanswered(asked, answers, TODAY)] == ["later", "late"]


def test_a_question_of_a_member_is_searched_for_first_and_asked_by_one_tap(desk: Desk) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    turn = converse(desk, pioneer, Incoming(text="Wie heeft eerder algoritmes gepubliceerd?"))
    assert "Rekenkamer Voorbeeld: “Wij publiceerden in 2025 twaalf algoritmes" in turn.replies[-1].text
    assert f"{SITE}/2025-2027/kennis/#r-rekenkamer-algoritmes" in turn.replies[-1].text
    assert turn.replies[-1].choices[0].words == "Dit aan het netwerk vragen"
    turn = converse(desk, pioneer, Incoming(action="ask", revision=turn.revision))
    assert turn.replies[-1].preview[-1] == "“Wie heeft eerder algoritmes gepubliceerd?”"
    lead = person(desk, Role.LEAD, TOWN)
    turn = converse(desk, lead, Incoming(text="Wie heeft eerder algoritmes gepubliceerd?"))
    assert "ask" not in [choice.action for choice in turn.replies[-1].choices]


def test_what_waits_changes_nothing_public(desk: Desk) -> None:
    before = desk.storage.fingerprint()
    send(desk, person(desk, Role.PIONEER, TOWN), ReportKind.QUESTION, ASKED)
    assert desk.storage.fingerprint() == before
