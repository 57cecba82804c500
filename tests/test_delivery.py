"""What is queued goes out in order, and waits when it must."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import delivery, hours
from bot.delivery import BlockedError, TryLaterError, UndeliverableError, back_off, split
from bot.dialogue import Reply
from bot.private import Private
from monitor import models
from monitor.clock import Clock
from monitor.models import Role
from monitor.settings import Settings
from tests.conversation_fixtures import NOW, TOWN, example_plan, make_settings


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


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 10, 20, 18, 30, tzinfo=UTC), ["answer", "later"]),  # half past eight in the evening
        (datetime(2026, 10, 24, 10, 0, tzinfo=UTC), ["answer", "later"]),  # Saturday
        (datetime(2026, 10, 20, 9, 0, tzinfo=UTC), ["round", "answer", "later"]),
    ],
)
def test_what_nobody_waits_for_goes_out_at_working_hours_only(
    settings: Settings, now: datetime, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram was away until the evening: the question of a round waits for the morning, and holds up no answer."""
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW, role=Role.LEAD, organisation=TOWN)
        private.queue(person.id, Reply(text="round"), key="r", revision=1, now=NOW, country="NL")
        for text in ("answer", "later"):
            private.queue(person.id, Reply(text=text), key=text, revision=1, now=NOW)
        assert private.oldest()[1] == NOW
    sent: list[str] = []
    monkeypatch.setattr(Clock, "now", lambda self: now)
    deliver(settings, sent.append)
    assert sent == expected


def test_a_message_that_waits_for_the_morning_is_no_trouble(settings: Settings) -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW, role=Role.LEAD, organisation=TOWN)
        private.queue(person.id, Reply(text="round"), key="r", revision=1, now=NOW, country="NL")
        assert private.oldest() == (None, None)
        assert private.countries() == ["NL"]


@pytest.mark.parametrize(("hour", "expected"), [(1, []), (6, ["digest"])], ids=["at night", "in the morning"])
def test_news_goes_out_by_day_also_at_weekends(
    settings: Settings, hour: int, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW)
        private.queue(person.id, Reply(text="digest"), key="d", revision=1, now=NOW, country=hours.BY_DAY)
    monkeypatch.setattr(Clock, "now", lambda self: datetime(2026, 10, 24, hour, 0, tzinfo=UTC))
    sent: list[str] = []
    deliver(settings, sent.append)
    assert sent == expected


def test_what_a_crash_left_half_sent_waits_for_the_morning_too(settings: Settings) -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW, role=Role.LEAD, organisation=TOWN)
        private.queue(person.id, Reply(text="round"), key="r", revision=1, now=NOW, country="NL")
        assert private.claim("telegram", datetime(2026, 10, 20, 15, 59, tzinfo=UTC))
        evening = datetime(2026, 10, 20, 18, 30, tzinfo=UTC)
        assert private.countries() == ["NL"]
        assert private.claim("telegram", evening, at_rest=private.countries()) is None
