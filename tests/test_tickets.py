"""A correction or idea: public with a number, closed only with a public answer that says what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import review, tickets
from bot.conversation import open_desk
from bot.desk import Desk
from bot.dialogue import Close, Reply
from monitor import models
from monitor.models import ReportKind, Role, TicketOutcome, TicketState
from monitor.settings import Settings
from tests.conversation_fixtures import COURT, MINISTRY, NOW, SITE, TODAY, example_plan, make_settings
from tests.test_review import person, report

NAME = "2025-2027/01/correction"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=NOW)


def sent_in(desk: Desk, name: str = NAME, kind: ReportKind = ReportKind.CORRECTION) -> models.Person:
    """Let a visitor send something in that is accepted; give the visitor."""
    visitor = desk.private.welcome("web", "visitor", now=NOW)
    about = {"organisation": None, "milestone": None, "completion": None, "evidence_address": None}
    given = report(
        desk, id=name, kind=kind, person=visitor.id, about="2025-2027/01", text="De datum klopt niet.", **about
    )
    review.accept(desk, given, by="somebody")
    return visitor


def close(
    desk: Desk, text: str = "De datum is nu 1 mei.", outcome: TicketOutcome | None = TicketOutcome.CHANGED
) -> None:
    answering = person(desk, Role.REVIEWER, COURT)
    tickets.close(desk, Close(ticket=NAME, text=text, language="nl", outcome=outcome), by=answering)


def test_each_kind_counts_for_itself(desk: Desk) -> None:
    sent_in(desk)
    sent_in(desk, "2025-2027/01/idea", ReportKind.IDEA)
    sent_in(desk, "2025-2027/01/second")
    named = [(type(ticket).__name__, ticket.number, ticket.state) for ticket in tickets.of_plan(desk)]
    assert sorted(named) == [
        ("Correction", 1, TicketState.OPEN),
        ("Correction", 2, TicketState.OPEN),
        ("Idea", 1, TicketState.OPEN),
    ]


def test_the_answer_says_what_was_done_by_whom_and_when(desk: Desk) -> None:
    sent_in(desk)
    close(replace(desk, now=NOW + timedelta(days=3), today=TODAY + timedelta(days=3)))
    ticket = tickets.find(desk, NAME)
    assert ticket
    assert (ticket.state, ticket.outcome, ticket.answered_by) == (TicketState.CLOSED, TicketOutcome.CHANGED, COURT)
    assert ticket.answer == {"nl": "De datum is nu 1 mei."}
    assert (ticket.closed_on, ticket.closed_at) == (TODAY + timedelta(days=3), NOW + timedelta(days=3))


def test_the_sender_hears_number_and_answer_once(desk: Desk) -> None:
    visitor = sent_in(desk)
    for _ in range(2):
        close(desk)
    page = f"{SITE}/2025-2027/01/#verbetermeldingen"
    assert [reply.text for reply in desk.private.collect(visitor.id, NOW)] == [
        f"Verbetermelding 1 is openbaar. U hoort het als er een antwoord is. Uw tekst staat op {page}",
        f"Wat ermee is gedaan: aangepast.\nEr is een antwoord: “De datum is nu 1 mei.” Het staat op {page}",
    ]


def test_without_an_answer_nothing_is_closed(desk: Desk) -> None:
    sent_in(desk)
    with pytest.raises(ValueError, match="has no answer, so it stays open"):
        close(desk, text="  ")
    ticket = tickets.find(desk, NAME)
    assert ticket
    assert ticket.state is TicketState.OPEN


def test_only_who_reviews_answers(desk: Desk) -> None:
    sent_in(desk)
    effect = Close(ticket=NAME, text="Dat klopt.", language="nl")
    for role in (Role.PIONEER, Role.LEAD):
        with pytest.raises(PermissionError, match="only the coordinator or a reviewer answers"):
            tickets.close(desk, effect, by=person(desk, role, MINISTRY))


def test_a_declined_one_tells_the_sender_why(desk: Desk) -> None:
    visitor = desk.private.welcome("web", "visitor", now=NOW)
    given = report(desk, id=NAME, kind=ReportKind.CORRECTION, person=visitor.id, organisation=None, milestone=None)
    decline = review.Decide(report=NAME, state=models.ReportState.DECLINED, ground=models.Ground.UNREADABLE)
    review.decide(desk, given, decline, by=person(desk, Role.REVIEWER, COURT))
    [told] = desk.private.collect(visitor.id, NOW)
    assert isinstance(told, Reply)
    assert told.text == (
        "Uw bericht is afgewezen. De reden: De tekst is niet te begrijpen. U kunt het verbeteren en opnieuw melden."
    )
    assert tickets.of_plan(desk) == []
