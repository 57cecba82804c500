"""What a person was thanked for is kept, also where somebody else decided meanwhile."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import conversation
from bot.conversation import Incoming, converse
from bot.desk import Desk
from bot.dialogue.drafts import Draft
from monitor import models
from monitor.models import ReportState, Role
from tests.conversation_fixtures import COURT, MINISTRY, NOW, TOWN
from tests.test_review import desk, folder_settings, person, report

__all__ = ["desk", "folder_settings"]


def changed(desk: Desk, original: models.Report, text: str) -> None:
    draft = Draft(
        key=original.id,
        commitment=original.commitment,
        milestone="1.2",
        text=text,
        language="nl",
        completion=original.completion,
        evidence=original.evidence_address,
        revises=original.id,
    )
    lead = person(desk, Role.LEAD, TOWN)
    with desk.private.transaction():
        conversation.submit(desk, lead, draft)


@pytest.mark.parametrize("decided", [ReportState.ACCEPTED, ReportState.DECLINED, ReportState.WITHDRAWN])
def test_change_of_a_report_that_was_decided_meanwhile_becomes_a_report_of_its_own(
    desk: Desk, decided: ReportState
) -> None:
    original = report(desk)
    desk.private.put(original.model_copy(update={"state": decided, "decided_at": NOW}))
    changed(desk, original, "De raad stelde het plan gewijzigd vast.")
    waiting = desk.private.all(models.Report, state=ReportState.WAITING)
    assert [kept.text for kept in waiting] == ["De raad stelde het plan gewijzigd vast."]
    desk.private.put(waiting[0].model_copy(update={"state": ReportState.DECLINED, "decided_at": NOW}))
    changed(desk, original, "De raad stelde het plan opnieuw vast.")
    waiting = desk.private.all(models.Report, state=ReportState.WAITING)
    assert [kept.text for kept in waiting] == ["De raad stelde het plan opnieuw vast."]
    assert desk.private.count(models.Report) == 3


def test_change_of_a_waiting_report_takes_its_place(desk: Desk) -> None:
    original = report(desk)
    changed(desk, original, "De raad stelde het plan gewijzigd vast.")
    assert [kept.text for kept in desk.private.all(models.Report)] == ["De raad stelde het plan gewijzigd vast."]


REFUSED = {
    "nl": "Dat kunt u nu niet doen: het hoort bij anderen, of het plan is net veranderd. Er is niets gewijzigd.",
    "en": "You cannot do that now: it belongs to others, or the plan has just changed. Nothing was changed.",
}


def inviting(desk: Desk, language: str) -> tuple[models.Person, Desk]:
    """Begin an invitation as the coordinator, and hand the plan over to another coordinator meanwhile."""
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    converse(desk, coordinator, Incoming(opening=True), language=language)
    for action in ("invite", "invite pioneer"):
        answer = converse(desk, coordinator, Incoming(action=action), language=language)
    assert f"for {TOWN}" in [choice.action for choice in answer.replies[-1].choices]
    plan = desk.folder.plan.model_copy(update={"coordinator": COURT})
    return coordinator, replace(desk, folder=desk.folder.model_copy(update={"plan": plan}))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_somebody_may_not_do_is_answered_and_changes_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    coordinator, changed = inviting(desk, language)
    before = "\n".join(desk.private.db.conn.iterdump())
    with caplog.at_level(logging.WARNING):
        answer = converse(changed, coordinator, Incoming(action=f"for {TOWN}"), language=language)
    assert [reply.text for reply in answer.replies] == [REFUSED[language]]
    assert "\n".join(desk.private.db.conn.iterdump()) == before
    assert [(r.name, r.exc_info, r.getMessage()) for r in caplog.records] == [
        (
            "bot.conversation",
            None,
            "what a conversation asked for was refused: only the coordinator of the plan invites people",
        )
    ]


def test_what_somebody_may_not_do_is_told_once_by_a_channel_that_queues(desk: Desk) -> None:
    coordinator, changed = inviting(desk, "nl")
    state = desk.private.state(coordinator.id)
    desk.private.receive(7, "{}", now=NOW)
    for minutes in (0, 1):
        again = replace(changed, now=NOW + timedelta(minutes=minutes))
        converse(again, coordinator, Incoming(action=f"for {TOWN}", update_id=7, queued=True), language="nl")
    queued = desk.private.all(models.Delivery, person=coordinator.id)
    assert [row.payload["reply"]["text"] for row in queued] == [REFUSED["nl"]]
    assert (desk.private.unhandled(), desk.private.state(coordinator.id)) == ([], state)
    assert desk.private.count(models.Invitation) == 0


def test_a_file_that_may_not_be_written_is_no_answer_to_a_person(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    coordinator, _ = inviting(desk, "nl")

    def denied(*args: object, **known: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(conversation.admission, "invited", denied)
    with pytest.raises(PermissionError, match="Permission denied"):
        converse(desk, coordinator, Incoming(action=f"for {TOWN}"), language="nl")
