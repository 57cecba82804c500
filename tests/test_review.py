"""From report to update: once, whole, and finished after a crash in either order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import admission, review
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Decide, Invite, Reason
from monitor import commitments, models
from monitor.models import Completion, EvidenceState, Ground, ReportState, Role, Way
from monitor.periods import Period
from monitor.settings import Settings
from monitor.storage import StorageError
from tests.conversation_fixtures import COURT, MINISTRY, NOW, SITE, TODAY, TOWN, example_plan, make_settings


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(folder_settings: Settings) -> Iterator[Desk]:
    with open_desk(folder_settings) as opened:
        yield replace(opened, now=NOW)


def person(desk: Desk, role: Role, organisation: str) -> models.Person:
    return desk.private.welcome("terminal", f"{role}:{organisation}", now=NOW, role=role, organisation=organisation)


def report(desk: Desk, organisation: str = TOWN, **known: object) -> models.Report:
    facts: dict[str, object] = {
        "id": "2025-2027/01/0123456789ab",
        "plan": "2025-2027",
        "person": person(desk, Role.LEAD, organisation).id,
        "organisation": organisation,
        "commitment": "2025-2027/01",
        "milestone": "2025-2027/1.2",
        "completion": "complete",
        "text": "De raad stelde het plan vast.",
        "language": "nl",
        "evidence_address": "https://voorbeeldstad.example/plan",
        "speaks_of": Period.day(TODAY),
        "created_at": NOW,
    }
    made = models.Report.model_validate(facts | known)
    desk.private.add(made)
    return made


def state(desk: Desk, name: str) -> ReportState:
    found = desk.private.get(models.Report, id=name)
    assert found
    return found.state


ACCEPT = Decide(report="2025-2027/01/0123456789ab", state=ReportState.ACCEPTED)


def test_accepted_report_is_a_public_update_with_its_evidence(desk: Desk) -> None:
    given = report(desk)
    review.decide(desk, given, ACCEPT, by=person(desk, Role.COORDINATOR, MINISTRY))
    assert desk.storage.get(models.Update, id=given.id) == models.Update(
        id=given.id,
        plan="2025-2027",
        commitment="2025-2027/01",
        milestone="2025-2027/1.2",
        organisation=TOWN,
        text={"nl": "De raad stelde het plan vast."},
        completion=Completion.COMPLETE,
        speaks_of=Period.day(TODAY),
        published=Period.day(TODAY),
        published_on=TODAY,
        recorded_at=NOW,
        way=Way.CHAT,
        reviewed_on=TODAY,
        reviewed_by_other=True,
    )
    [evidence] = desk.storage.all(models.Evidence, update_id=given.id)
    assert (evidence.address, evidence.state) == ("https://voorbeeldstad.example/plan", EvidenceState.UNCHECKED)
    assert state(desk, given.id) is ReportState.ACCEPTED


def test_nothing_public_names_the_person(desk: Desk) -> None:
    given = report(desk)
    review.decide(desk, given, ACCEPT, by=person(desk, Role.COORDINATOR, MINISTRY))
    dump = "\n".join(desk.storage.db.conn.iterdump())
    for known in desk.private.all(models.Person):
        assert known.id not in dump


def test_accepting_twice_makes_one_update(desk: Desk) -> None:
    given = report(desk)
    for _ in range(2):
        review.accept(desk, given, by="somebody")
    assert desk.storage.count(models.Update, way=Way.CHAT) == 1
    assert desk.storage.count(models.Evidence) == 1
    assert len(desk.private.collect(given.person, NOW)) == 1


def test_own_report_is_refused_whatever_the_dialogue_says(desk: Desk) -> None:
    given = report(desk, MINISTRY)
    for role in (Role.COORDINATOR, Role.REVIEWER):
        with pytest.raises(PermissionError, match="nobody decides for their own organisation"):
            review.decide(desk, given, ACCEPT, by=person(desk, role, MINISTRY))
    assert state(desk, given.id) is ReportState.WAITING
    review.decide(desk, given, ACCEPT, by=person(desk, Role.REVIEWER, COURT))
    assert state(desk, given.id) is ReportState.ACCEPTED


def test_crash_after_the_public_write_is_finished(desk: Desk) -> None:
    given = report(desk)
    review.make_public(desk, given, by_other=True)
    assert review.finish_accepted(desk) == 1
    assert state(desk, given.id) is ReportState.ACCEPTED
    assert [reply.text for reply in desk.private.collect(given.person, NOW)] == [
        f"Uw bericht is openbaar: {SITE}/2025-2027/01/#u-0123456789ab"
    ]
    assert review.finish_accepted(desk) == 0


def test_crash_before_the_public_write_is_finished(desk: Desk) -> None:
    given = report(desk, state=ReportState.ACCEPTED, decided_at=NOW, decided_by="somebody")
    assert review.finish_accepted(desk) == 1
    update = desk.storage.get(models.Update, id=given.id)
    assert update
    assert update.reviewed_by_other
    assert review.finish_accepted(desk) == 0


def test_what_was_erased_stays_erased(desk: Desk) -> None:
    given = report(desk, state=ReportState.ACCEPTED, decided_at=NOW)
    desk.storage.add(
        models.Tombstone(id=given.id, kind="update", ground="personal-data", role="coordinator", erased_at=NOW)
    )
    assert review.finish_accepted(desk) == 0
    assert desk.storage.get(models.Update, id=given.id) is None


def test_a_failed_public_write_confirms_nothing(desk: Desk) -> None:
    given = report(desk)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    converse(desk, coordinator, Incoming(opening=True))
    for text in ("1", "1"):
        converse(desk, coordinator, Incoming(text=text))
    desk.storage.db.conn.execute("CREATE TRIGGER full BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(StorageError, match="full"):
        converse(desk, coordinator, Incoming(text="1"))
    assert state(desk, given.id) is ReportState.WAITING
    assert desk.storage.get(models.Update, id=given.id) is None
    desk.storage.db.conn.execute("DROP TRIGGER full")
    converse(desk, coordinator, Incoming(text="1"))
    assert state(desk, given.id) is ReportState.ACCEPTED


def test_declined_and_returned_reports_stay_private_and_say_why(desk: Desk) -> None:
    given = report(desk)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    returned = Decide(report=given.id, state=ReportState.RETURNED, question="Welke raad was dat?")
    review.decide(desk, given, returned, by=coordinator)
    declined = Decide(report=given.id, state=ReportState.DECLINED, ground=Ground.UNREADABLE)
    review.decide(replace(desk, now=NOW + timedelta(hours=1)), given, declined, by=coordinator)
    assert [reply.text for reply in desk.private.collect(given.person, NOW)] == [
        "Een vraag over uw bericht: “Welke raad was dat?” Antwoord bij “Berichten van mijn organisatie”.",
        "Uw bericht is afgewezen. De reden: De tekst is niet te begrijpen. U kunt het verbeteren en opnieuw melden.",
    ]
    assert desk.storage.count(models.Update, way=Way.CHAT) == 0


def test_a_report_of_a_closed_plan_stands_apart(desk: Desk) -> None:
    late = replace(desk, today=date(2027, 9, 1))
    assert review.as_update(late, report(desk), by_other=True).after_plan
    assert not review.as_update(desk, report(desk), by_other=True).after_plan


def test_the_queue_is_counted_in_public(desk: Desk) -> None:
    given = report(desk)
    report(desk, id="2025-2027/01/other", created_at=NOW - timedelta(days=2))
    assert review.refresh_queue(desk) == 1
    assert desk.storage.all(models.Queue) == [
        models.Queue(
            plan="2025-2027",
            commitment="2025-2027/01",
            organisation=TOWN,
            waiting=2,
            oldest_at=NOW - timedelta(days=2),
            quarters=(Period.parse("2026-Q4"),),
        )
    ]
    assert review.refresh_queue(desk) == 0
    for name in (given.id, "2025-2027/01/other"):
        found = desk.private.get(models.Report, id=name)
        assert found
        review.accept(desk, found, by="somebody")
    assert review.refresh_queue(desk) == 1
    assert desk.storage.all(models.Queue) == []


def test_the_coordinators_snippet_fits_into_the_plan_files(desk: Desk, tmp_path: Path) -> None:
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    given = report(desk, text='Zij zei: "klaar" & <b>vlot</b>: 100%', obstacle="Regen: # veel")
    review.accept(desk, given, by=coordinator.id)
    [reply] = desk.private.collect(coordinator.id, NOW)
    before, _, rest = reply.text.partition("- id: ")
    update_text, _, sources_text = rest.partition("sources.yml:\n")
    update_text = "- id: " + update_text.rpartition("\n")[0].rpartition("\n")[0]
    assert "updates:" in before
    [update] = commitments.read_document(tmp_path / "x.yml", update_text + "\n").values
    written = models.PlanUpdate.model_validate(update)
    assert written.text["nl"] == given.text
    assert written.text["en"] == f"Not translated yet: {given.text}"
    assert (written.completion, written.milestone, written.id) == (Completion.COMPLETE, "1.2", "0123456789ab")
    sources = commitments.read_document(tmp_path / "x.yml", sources_text).values
    known = {models.Source.model_validate(source).id for source in sources}
    assert {citation.source for citation in written.sources} == known


def test_a_double_confirmation_makes_one_report(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    answer = converse(desk, lead, Incoming(text="1.2 niets veranderd"))
    for _ in range(2):
        converse(desk, lead, Incoming(action="send", revision=answer.revision))
    assert desk.private.count(models.Report) == 1


def test_question_and_answer_stay_with_the_report_and_stay_private(desk: Desk) -> None:
    original = report(desk)
    court, lead = person(desk, Role.REVIEWER, COURT), person(desk, Role.LEAD, TOWN)
    asked = Decide(report=original.id, state=ReportState.RETURNED, question="Welke raad was dat?")
    review.decide(desk, original, asked, by=court)
    returned = desk.private.get(models.Report, id=original.id)
    assert returned
    review.respond(desk, returned, "De raad van onze gemeente.", by=lead)
    waiting = desk.private.get(models.Report, id=original.id)
    assert waiting
    assert (waiting.state, waiting.question) == (ReportState.WAITING, None)
    assert waiting.thread == (models.Exchange(question="Welke raad was dat?", answer="De raad van onze gemeente."),)
    review.respond(desk, waiting, "Een tweede antwoord.", by=lead)
    assert desk.private.get(models.Report, id=original.id) == waiting
    review.accept(desk, waiting, by=court.id)
    public = " ".join(str(tuple(row)) for row in desk.storage.db.execute("SELECT * FROM updates").fetchall())
    assert "onze gemeente" not in public
    assert "Welke raad" not in public


def test_withdrawn_message_stays_to_be_seen_with_a_reason_from_the_list(desk: Desk) -> None:
    original = report(desk)
    lead = person(desk, Role.LEAD, TOWN)
    review.accept(desk, original, by=person(desk, Role.REVIEWER, COURT).id)
    accepted = desk.private.get(models.Report, id=original.id)
    assert accepted
    review.withdraw(desk, accepted, Reason.MISTAKE, by=lead)
    update = desk.storage.get(models.Update, id=original.id)
    assert update
    assert (update.withdrawn_at, update.withdrawn) == (
        desk.moment,
        {"nl": "Het was per ongeluk verstuurd.", "en": "It was sent by mistake."},
    )
    review.retract(desk, original.id, Reason.WRONG, organisation=TOWN)
    assert desk.storage.get(models.Update, id=original.id) == update
    assert review.finish_accepted(desk) == 0


def test_corrected_message_takes_the_place_of_the_first_once_it_is_accepted(desk: Desk) -> None:
    first = report(desk)
    court = person(desk, Role.REVIEWER, COURT)
    review.accept(desk, first, by=court.id)
    better = report(
        desk, id="2025-2027/01/ba9876543210", text="De raad stelde het plan gewijzigd vast.", replaces=first.id
    )
    old = desk.storage.get(models.Update, id=first.id)
    assert old
    assert old.withdrawn_at is None
    review.accept(desk, better, by=court.id)
    old, new = desk.storage.get(models.Update, id=first.id), desk.storage.get(models.Update, id=better.id)
    assert old
    assert new
    assert old.withdrawn == {
        "nl": "Er kwam een verbeterd bericht voor in de plaats.",
        "en": "A corrected message took its place.",
    }
    assert (new.replaces, new.withdrawn_at) == (first.id, None)


def test_nobody_takes_the_place_of_what_another_organisation_said(desk: Desk) -> None:
    first = report(desk)
    court = person(desk, Role.REVIEWER, COURT)
    review.accept(desk, first, by=court.id)
    other = report(desk, MINISTRY, id="2025-2027/02/ba9876543210", commitment="2025-2027/02", replaces=first.id)
    review.accept(desk, other, by=court.id)
    kept = desk.storage.get(models.Update, id=first.id)
    assert kept
    assert kept.withdrawn_at is None


def test_only_the_coordinator_invites_and_the_code_works_once(desk: Desk) -> None:
    effect = Invite(role=Role.LEAD, organisation=TOWN)
    with pytest.raises(PermissionError):
        admission.invited(desk, effect, by=person(desk, Role.LEAD, TOWN), language="nl")
    told = admission.invited(desk, effect, by=person(desk, Role.COORDINATOR, MINISTRY), language="nl")
    secret = re.search(r"De code: (\S{24})\nGeef", told.text)
    assert secret
    joined = admission.redeem(desk, secret[1], channel="web", address="x")
    assert joined
    assert (joined.role, joined.organisation) == (Role.LEAD, TOWN)
    assert admission.redeem(desk, secret[1], channel="web", address="y") is None
    assert secret[1] not in " ".join(entry.model_dump_json() for entry in desk.private.all(models.AuditEntry))


def test_correction_of_what_was_corrected_already_takes_the_place_of_the_last(desk: Desk) -> None:
    court = person(desk, Role.REVIEWER, COURT)
    first = report(desk)
    review.accept(desk, first, by=court.id)
    for number in (1, 2):
        better = report(desk, id=f"2025-2027/01/ba987654321{number}", text=f"Verbeterd, {number}.", replaces=first.id)
        review.accept(desk, better, by=court.id)
    standing = [u.text["nl"] for u in desk.storage.all(models.Update, way=Way.CHAT) if u.withdrawn_at is None]
    assert standing == ["Verbeterd, 2."]


def test_half_done_acceptance_is_finished_before_anything_else_happens_with_it(desk: Desk) -> None:
    original = report(desk)
    review.make_public(desk, original, by_other=True)
    known = review.finish_half_done(desk, original)
    assert known.state is ReportState.ACCEPTED
    review.withdraw(desk, known, None, by=person(desk, Role.LEAD, TOWN))
    update = desk.storage.get(models.Update, id=original.id)
    assert update
    assert update.withdrawn_at is not None
    assert state(desk, original.id) is ReportState.WITHDRAWN


def test_nobody_withdraws_or_answers_for_somebody_else(desk: Desk) -> None:
    original = report(desk)
    stranger = person(desk, Role.LEAD, MINISTRY)
    with pytest.raises(PermissionError):
        review.withdraw(desk, original, None, by=stranger)
    with pytest.raises(PermissionError):
        review.respond(desk, original, "Een antwoord.", by=stranger)
    assert state(desk, original.id) is ReportState.WAITING
