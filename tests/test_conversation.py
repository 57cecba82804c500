"""What a person was thanked for is kept, also where somebody else decided meanwhile."""

from __future__ import annotations

import pytest

from bot import conversation
from bot.desk import Desk
from bot.dialogue.drafts import Draft
from monitor import models
from monitor.models import ReportState, Role
from tests.conversation_fixtures import NOW, TOWN
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
