"""What is queued goes out in order, waits when it must, and rounds ask only what may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import asking, delivery, rounds
from bot.conversation import open_desk
from bot.delivery import BlockedError, TryLaterError, UndeliverableError, back_off, split
from bot.dialogue import Reply
from bot.private import Private
from bot.rounds import Ask
from monitor import models
from monitor.models import DueBasis, Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conversation_fixtures import MINISTRY, NOW, TODAY, TOWN, earlier_update, example_plan, make_settings

LONG_AGO = {TOWN: date(2026, 1, 1), MINISTRY: date(2026, 1, 1)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


def queue(settings: Settings, *texts: str, address: str = "1") -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", address, now=NOW, role=Role.LEAD, organisation=TOWN)
        for text in texts:
            private.queue(person.id, Reply(text=text), key=text, revision=1, now=NOW)


def states(settings: Settings) -> dict[str, tuple[str, int]]:
    with Private(settings.private_database) as private:
        return {row.id: (row.state, row.attempts) for row in private.all(models.Delivery)}


def send_with(act: Callable[[str], None]) -> Callable[[models.Person, Reply, int], Awaitable[None]]:
    async def send(person: models.Person, reply: Reply, revision: int) -> None:
        act(reply.text)

    return send


def deliver(settings: Settings, act: Callable[[str], None]) -> int:
    return asyncio.run(delivery.deliver(settings, "telegram", send_with(act)))


def test_messages_go_out_in_order(settings: Settings) -> None:
    queue(settings, "a", "b", "c")
    sent: list[str] = []
    assert deliver(settings, sent.append) == 3
    assert sent == ["a", "b", "c"]
    assert deliver(settings, sent.append) == 0


def test_what_cannot_go_out_now_holds_up_only_its_own_person(settings: Settings) -> None:
    queue(settings, "a", "b")
    queue(settings, "c", address="2")

    def act(text: str) -> None:
        if text == "a":
            raise TryLaterError(timedelta(hours=1))

    assert deliver(settings, act) == 1
    assert states(settings) == {"a": ("queued", 1), "b": ("queued", 0), "c": ("sent", 1)}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BlockedError(), {"a": ("given-up", 1), "b": ("given-up", 0)}),
        (UndeliverableError(), {"a": ("given-up", 1), "b": ("sent", 1)}),
        (ValueError("unforeseen"), {"a": ("queued", 1), "b": ("queued", 0)}),
    ],
)
def test_trouble_is_written_down(settings: Settings, error: Exception, expected: dict[str, tuple[str, int]]) -> None:
    queue(settings, "a", "b")

    def act(text: str) -> None:
        if text == "a":
            raise error

    deliver(settings, act)
    assert states(settings) == expected


def test_waiting_doubles_up_to_an_hour() -> None:
    waits = [back_off(attempt).total_seconds() for attempt in (0, 1, 2, 3, 10, 12, 99)]
    assert waits == [2, 2, 4, 8, 1024, 3600, 3600]


def test_text_is_split_at_sentences_then_words_then_anywhere() -> None:
    assert split("Een. Twee. Drie.", 11) == ["Een. Twee.", "Drie."]
    assert split("een twee drie", 9) == ["een twee", "drie"]
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert split("kort", 10) == ["kort"]


# Rounds


def asks(folder: models.PlanFolder, today: date, **known: object) -> list[Ask]:
    facts: dict[str, object] = {"bound": LONG_AGO, "updates": (), "waiting": (), "reminders": ()} | known
    return rounds.due_asks(folder, today=today, **facts)  # type: ignore[arg-type]


def reminder(ask: Ask, day: date) -> models.Reminder:
    sent = NOW.replace(year=day.year, month=day.month, day=day.day)
    return models.Reminder(
        id=ask.key,
        plan="2025-2027",
        round=str(ask.quarter) if ask.quarter else None,
        organisation=ask.organisation,
        kind=ask.kind,
        commitment=ask.about[0] if ask.kind == "due" else None,
        sent_at=sent,
    )


def test_one_question_for_each_organisation_after_the_quarter() -> None:
    quarter = Period.parse("2026-Q3")
    assert asks(example_plan(), TODAY) == [
        Ask(TOWN, "round", ("2025-2027/01",), quarter=quarter),
        Ask(MINISTRY, "round", ("2025-2027/02",), quarter=quarter),
    ]


def test_once_then_once_more_after_a_week() -> None:
    sent = [reminder(ask, TODAY) for ask in asks(example_plan(), TODAY)]
    assert asks(example_plan(), TODAY + timedelta(days=6), reminders=sent) == []
    again = asks(example_plan(), TODAY + timedelta(days=7), reminders=sent)
    assert [(ask.organisation, ask.kind) for ask in again] == [(TOWN, "again"), (MINISTRY, "again")]
    sent += [reminder(ask, TODAY + timedelta(days=7)) for ask in again]
    assert asks(example_plan(), TODAY + timedelta(days=20), reminders=sent) == []


def test_who_told_or_waits_for_review_is_not_asked() -> None:
    told = earlier_update(example_plan())
    assert [ask.organisation for ask in asks(example_plan(), TODAY, updates=[told])] == [MINISTRY]
    waiting = models.Report(
        id="x",
        plan="2025-2027",
        person="p",
        organisation=MINISTRY,
        commitment="2025-2027/02",
        language="nl",
        speaks_of=Period.day(TODAY),
        created_at=NOW,
    )
    assert asks(example_plan(), TODAY, updates=[told], waiting=[waiting]) == []


@pytest.mark.parametrize(
    "today",
    [date(2025, 6, 1), date(2025, 7, 2), date(2027, 9, 1), date(2030, 1, 1)],
    ids=["before the plan", "before a watched quarter is over", "closed", "long closed"],
)
def test_nothing_is_asked_outside_the_plan(today: date) -> None:
    assert asks(example_plan(), today) == []


def test_nothing_is_asked_without_rounds_or_of_who_came_later() -> None:
    assert asks(example_plan(rounds=False), TODAY) == []
    assert asks(example_plan(), TODAY, bound={TOWN: TODAY}) == []
    assert asks(example_plan(), TODAY, bound={}) == []


def test_the_shipped_plan_asks_nothing_ever(shipped: models.PlanFolder) -> None:
    bound = {organisation.id: date(2018, 1, 1) for organisation in shipped.organisations}
    day = date(2018, 1, 1)
    while day < date(2028, 1, 1):
        assert asks(shipped, day, bound=bound) == []
        day += timedelta(days=7)


def test_only_a_stated_date_is_reminded_of_and_once() -> None:
    day = date(2026, 12, 20)
    due = [ask for ask in asks(example_plan(), day) if ask.kind == "due"]
    assert [(ask.organisation, ask.about) for ask in due] == [
        (TOWN, ("2025-2027/1.1",)),
        (TOWN, ("2025-2027/1.2",)),
        (MINISTRY, ("2025-2027/2.1",)),
        (MINISTRY, ("2025-2027/2.2",)),
    ]
    sent = [reminder(ask, day) for ask in due]
    assert [ask for ask in asks(example_plan(), day, reminders=sent) if ask.kind == "due"] == []
    plan = example_plan()
    first = plan.commitments[0]
    derived = tuple(m.model_copy(update={"due_basis": DueBasis.PERIOD}) for m in first.milestones)
    soft = plan.model_copy(update={"commitments": (first.model_copy(update={"milestones": derived}),)})
    assert [ask for ask in asks(soft, day) if ask.kind == "due"] == []


def test_a_round_is_asked_logged_and_not_asked_twice(settings: Settings) -> None:
    with open_desk(settings) as desk:
        early = NOW - timedelta(days=90)
        person = desk.private.welcome("telegram", "1", now=early, role=Role.LEAD, organisation=MINISTRY)
        assert [asking.ask_leads(desk), asking.ask_leads(desk)] == [1, 0]
        [reply] = desk.private.collect(person.id, NOW)
        assert reply.text == (
            "Hoe staat het ervoor in het derde kwartaal van 2026? Wij missen nog een bericht over:\n"
            "2 Register van lobbycontacten"
        )
        assert [r.id for r in desk.storage.all(models.Round)] == ["2025-2027/2026-Q3"]
        assert [r.organisation for r in desk.storage.all(models.Reminder)] == [MINISTRY]
