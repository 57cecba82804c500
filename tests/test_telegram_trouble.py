"""Telegram in trouble: what waits, what is given up, what is said once, and that nothing is lost."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import deep_links, delivery
from bot.delivery import TryLaterError, UnreachableError
from bot.dialogue import Reply
from bot.extension import Bot
from bot.private import Private
from bot.telegram_channel import TelegramChannel
from bot.telegram_channel.channel import STOP_SECONDS
from monitor import chat_links, models
from monitor.models import Role
from monitor.settings import FolderKind, Settings, SettingsError, write_folder
from monitor.storage import StorageError
from tests.conversation_fixtures import NOW, TOWN, example_plan, make_settings
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_delivery import queue, send_with, states
from tests.test_telegram_channel import LIVE, inbox, reachable, run, server

__all__ = ["server"]


@pytest.fixture
def settings(tmp_path: Path, server: TelegramServer) -> Settings:
    made = make_settings(tmp_path, example_plan())
    return replace(made, telegram_token=TOKEN, telegram_api=server.address)


def person_in(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "X", "language_code": "nl"}


def texts(server: TelegramServer, chat: int = 7) -> list[str]:
    return [sent.text for sent in server.sent if sent.chat == chat]


# Sending


def test_a_chat_that_must_wait_holds_up_no_other_and_keeps_its_order(
    settings: Settings, server: TelegramServer
) -> None:
    queue(settings, "a", "b", address="7")
    queue(settings, "c", "d", address="8")
    server.busy[7] = 1
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 4))
    assert [sent.text for sent in server.sent] == ["c", "d", "a", "b"]


def test_order_is_kept_while_telegram_fails(settings: Settings, server: TelegramServer) -> None:
    queue(settings, *"abcde", address="7")
    server.down = 3
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 5))
    assert texts(server) == list("abcde")
    assert {state for state, _ in states(settings).values()} == {"sent"}


def test_a_message_that_telegram_refuses_is_given_up_and_later_ones_go_on(
    settings: Settings, server: TelegramServer
) -> None:
    queue(settings, "a", "poison", "b", address="7")
    server.poison = "poison"
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 2))
    assert texts(server) == ["a", "b"]
    assert states(settings)["poison"] == ("given-up", 1)


def test_a_queued_row_of_another_version_is_tried_later_and_stops_nothing(settings: Settings) -> None:
    queue(settings, "a")
    queue(settings, "b", address="2")
    with Private(settings.private_database) as private:
        row = private.get(models.Delivery, id="a")
        assert row
        private.put(row.model_copy(update={"payload": {"reply": {"gone": 1}, "revision": 1}}))
    assert asyncio.run(delivery.deliver(settings, "telegram", send_with(lambda text: None))) == 1
    assert states(settings) == {"a": ("queued", 1), "b": ("sent", 1)}


def test_an_outage_costs_no_message_and_what_failed_goes_last(settings: Settings) -> None:
    queue(settings, "a")
    queue(settings, "b", address="2")
    sent: list[str] = []

    def act(text: str) -> None:
        if text == "a":
            raise UnreachableError
        sent.append(text)

    for _ in range(2):
        with pytest.raises(UnreachableError):
            asyncio.run(delivery.deliver(settings, "telegram", send_with(act)))
    assert sent == ["b"]
    assert states(settings) == {"a": ("queued", 2), "b": ("sent", 1)}


@pytest.mark.parametrize(("age", "state"), [(timedelta(hours=1), "queued"), (timedelta(days=8), "given-up")])
def test_a_message_is_given_up_after_many_attempts_and_a_week(settings: Settings, age: timedelta, state: str) -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW)
        created = settings.clock.now() - age
        private.queue(person.id, Reply(text="a"), key="a", revision=1, now=created)
        private.db.conn.execute("UPDATE deliveries SET attempts = 19")

    def act(text: str) -> None:
        raise TryLaterError

    asyncio.run(delivery.deliver(settings, "telegram", send_with(act)))
    assert states(settings) == {"a": (state, 20)}


def test_the_parts_that_went_out_of_a_long_message_are_not_sent_again(
    settings: Settings, server: TelegramServer
) -> None:
    queue(settings, "Een zin. " * 900, address="7")
    hold = threading.Event()
    server.slow_sends = hold

    def story() -> None:
        server.wait_for(lambda: "sendMessage" in server.calls)
        hold.set()
        server.wait_for(lambda: server.sent)
        server.busy[7] = 1
        server.wait_for(lambda: len(server.sent) == 3)

    run(settings, story)
    assert "".join(texts(server)).count("Een zin.") == 900


def test_stopping_with_a_full_queue_is_quick_and_loses_nothing(settings: Settings, server: TelegramServer) -> None:
    queue(settings, *(f"{number:03}" for number in range(40)), address="9")
    people = 60
    for number in range(people):
        server.say("help", chat=100 + number)

    async def story() -> float:
        channel = TelegramChannel(settings, lambda line: None, first_wait=0.01)
        await channel.start()
        await asyncio.to_thread(server.wait_for, lambda: inbox(settings).get("done", 0) >= 3)
        began = asyncio.get_running_loop().time()
        await channel.stop()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(story()) < STOP_SECONDS
    kept = inbox(settings)
    assert kept.get("done", 0) < people
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == people + 40, 60))
    assert inbox(settings) == {"done": people}
    assert texts(server, 9) == [f"{number:03}" for number in range(40)]
    assert len({sent.chat for sent in server.sent}) == people + 1


def test_who_blocked_the_bot_and_writes_again_is_reachable(settings: Settings, server: TelegramServer) -> None:
    server.blocked.add(7)

    def story() -> None:
        server.say("help")
        server.wait_for(lambda: not reachable(settings, "7"))
        server.blocked.clear()
        server.say("begin")
        server.wait_for(lambda: server.sent)

    run(settings, story)
    assert reachable(settings, "7")
    assert [text[:9] for text in texts(server)] == ["Welkom bi"]


# Two programs, one token


def test_a_webhook_left_over_is_taken_away(settings: Settings, server: TelegramServer) -> None:
    server.webhook = "https://other.example/hook"
    server.say("help")
    said: list[str] = []
    run(settings, lambda: server.wait_for(lambda: server.sent), said)
    assert said == ["Telegram: talks as @monitor_bot"]


def told(settings: Settings, story: Any, **options: float) -> list[str]:
    """Run a story with a channel of these options; give the lines it said."""
    said: list[str] = []

    async def both() -> None:
        channel = TelegramChannel(settings, said.append, first_wait=0.01, **options)
        await channel.start()
        try:
            await asyncio.to_thread(story, said)
        finally:
            await channel.stop()

    asyncio.run(both())
    return said


def test_a_webhook_set_by_another_program_is_taken_away_with_one_line(
    settings: Settings, server: TelegramServer
) -> None:
    def story(said: list[str]) -> None:
        server.wait_for(lambda: said)
        server.webhook = "https://other.example/hook"
        server.say("help")
        server.wait_for(lambda: server.sent and len(said) == 3)

    assert told(settings, story, calm_seconds=0.0) == [
        "Telegram: talks as @monitor_bot",
        "Telegram: another program set a webhook for this bot; it is taken away: stop that program. "
        "Trying again by itself.",
        "Telegram: can be reached again",
    ]


def test_another_program_with_the_same_token_is_one_line(settings: Settings, server: TelegramServer) -> None:
    def story(said: list[str]) -> None:
        server.wait_for(lambda: said)
        for number in (1, 2):
            server.conflicts = 1
            server.wait_for(lambda: not server.conflicts)
            server.say("help")
            server.wait_for(lambda n=number: len(server.sent) == n)

    assert told(settings, story) == [
        "Telegram: talks as @monitor_bot",
        "Telegram: another program reads with the same token: stop one of the two. Trying again by itself.",
    ]


# What comes in


def test_updates_that_are_no_conversation_pass_without_trouble(settings: Settings, server: TelegramServer) -> None:
    group = {"id": -1001, "type": "supergroup", "title": "x"}
    message = {"message_id": 1, "date": 1_790_000_000, "chat": group, "from": person_in(7), "text": "x"}
    server.give({"message": message | {"new_chat_members": [person_in(1)]}})
    server.give({"channel_post": {"message_id": 2, "date": 1_790_000_000, "chat": group | {"type": "channel"}}})
    server.give({"edited_message": message | {"chat": {"id": 7, "type": "private"}, "edit_date": 1_790_000_001}})
    tap = {"id": "1", "from": person_in(7), "chat_instance": "1", "data": "1:begin"}
    server.give({"callback_query": tap | {"message": message}})
    server.give({"callback_query": tap | {"inline_message_id": "1"}})
    server.give({"my_chat_member": {"chat": group}})
    server.say("help", chat=8)
    run(settings, lambda: server.wait_for(lambda: server.sent and inbox(settings) == {"done": 7}))
    assert [sent.chat for sent in server.sent] == [8]


def test_buttons_of_very_old_messages_are_answered(settings: Settings, server: TelegramServer) -> None:
    tap = {"id": "1", "from": person_in(7), "chat_instance": "1", "data": "99:begin"}
    server.give({"callback_query": tap})
    gone = {"chat": {"id": 7, "type": "private"}, "message_id": 1, "date": 0}
    server.give({"callback_query": tap | {"message": gone}})
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 4))
    starts = [text[:30] for text in texts(server)]
    assert starts[::2] == ["Deze knop hoort bij een oudere"] * 2
    assert inbox(settings) == {"done": 2}


def test_a_message_of_five_thousand_characters_gets_a_helpful_line(settings: Settings, server: TelegramServer) -> None:
    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.say("1.2 " + "x" * 5000)
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    assert texts(server)[1].startswith("Dat is te lang: 5004 tekens.")


def test_a_language_the_bot_does_not_speak_gets_that_of_the_plan(settings: Settings, server: TelegramServer) -> None:
    server.say("/help", chat=-5, kind="group", language="fr")
    server.say("help", language="fr")
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 2))
    assert texts(server, -5) == ["Ik praat alleen één op één. Stuur mij een privébericht."]
    assert texts(server)[0].startswith("Antwoord met een nummer")


def test_a_lock_that_passes_is_not_noticed(
    settings: Settings, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [StorageError("locked")]
    real = Private.is_handled

    def sometimes(self: Private, update_id: int) -> bool:
        if failures:
            raise failures.pop()
        return real(self, update_id)

    monkeypatch.setattr(Private, "is_handled", sometimes)
    server.say("help")
    run(settings, lambda: server.wait_for(lambda: server.sent))
    assert texts(server)[0].startswith("Antwoord met een nummer")
    assert inbox(settings) == {"done": 1}


def test_what_cannot_be_handled_is_parked_and_the_person_is_told(
    settings: Settings, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **known: object) -> None:
        raise ValueError("unforeseen")

    monkeypatch.setattr("bot.telegram_channel.answering.converse", broken)
    server.say("help", language="en")
    run(settings, lambda: server.wait_for(lambda: server.sent and inbox(settings) == {"parked": 1}))
    assert texts(server)[0].startswith("Something went wrong.")


def test_the_notice_is_said_again_when_the_first_try_failed(settings: Settings, server: TelegramServer) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)
    server.busy[7] = 1
    server.say("hallo")
    run(settings, lambda: server.wait_for(lambda: server.sent and inbox(settings) == {"done": 1}))
    assert "Ministerie verwerkt" in texts(server)[0]


# Links that open a record


@pytest.mark.parametrize(
    "about", ["", "2025-2027", "2025-2027/1.2", "2018-2020/3.1?slot=2018-Q3", "2018-2020/04#budget", "a_b/é"]
)
def test_a_record_survives_the_link(about: str) -> None:
    word = chat_links.address("monitor_bot", about).removeprefix("https://t.me/monitor_bot?start=")
    assert deep_links.record(word) == about


def test_a_link_fits_and_what_is_no_record_is_told_apart() -> None:
    assert chat_links.address("monitor_bot") == "https://t.me/monitor_bot"
    assert chat_links.address("b", "2025-2027/1.2") == "https://t.me/b?start=about_2025-2027_2f1_2e2"
    assert chat_links.address("b", "2025-2027/1.2#" + "x" * 60) == chat_links.address("b", "2025-2027/1.2")
    assert chat_links.address("b", "x" * 90) == "https://t.me/b?start=about_"
    for word in ("lead:x", "about_2_", "about_2_zz", "about_ü", "ABOUT_2"):
        assert deep_links.record(word) is None


def test_a_link_on_a_page_opens_the_report_on_that_record(settings: Settings, server: TelegramServer) -> None:
    with Private(settings.private_database) as private:
        private.welcome("telegram", "8", now=NOW, role=Role.LEAD, organisation=TOWN)
    word = chat_links.start_word("2025-2027/1.2")
    server.say(f"/start {word}")
    server.say(f"/start {word}", chat=8)
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 2))
    assert texts(server)[0].startswith("mijlpaal 1.2") or "Wat wilt u melden?" in texts(server)[0]
    assert texts(server, 8)[0].startswith("1.2 Plan van aanpak voor openbare agenda's")


def test_a_link_on_a_page_opens_following_it(settings: Settings, server: TelegramServer) -> None:
    address = chat_links.address("monitor_bot", chat_links.FOLLOW + "2025-2027/01")
    server.say(f"/start {address.removeprefix('https://t.me/monitor_bot?start=')}")
    run(settings, lambda: server.wait_for(lambda: server.sent))
    assert texts(server)[0].startswith("1 Openbare agenda's\nHoe vaak wilt u bericht?")


def test_a_link_waits_for_the_notice_in_a_live_folder(settings: Settings, server: TelegramServer) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)

    def story() -> None:
        server.say(f"/start {chat_links.start_word('2025-2027/1.2')}")
        server.wait_for(lambda: server.sent)
        server.tap(server.sent[0].buttons["1. Ik heb dit gelezen"])
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    assert "Wat wilt u melden?" in texts(server)[1]


def test_a_folder_that_cannot_be_read_loses_no_update(
    settings: Settings, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_channel.answering.WAITS", (0.01,))

    def broken(*args: object, **known: object) -> None:
        raise SettingsError("folder.json: is wrong: repair it")

    with monkeypatch.context() as failing:
        failing.setattr("bot.telegram_channel.answering.converse", broken)
        server.say("help")
        run(settings, lambda: server.wait_for(lambda: server.sent))
    assert texts(server)[0].startswith("Er ging iets mis.")
    assert inbox(settings) == {"new": 1}
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 2 and inbox(settings) == {"done": 1}))


def test_a_wrong_number_in_the_retention_table_stops_no_message(settings: Settings, server: TelegramServer) -> None:
    write_folder(settings, FolderKind.LIVE, {**LIVE, "retention": {"drafts": "veel"}})

    def story() -> None:
        server.say("hallo")
        server.wait_for(lambda: server.sent)
        server.say("ja")
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    assert "Ministerie verwerkt" in texts(server)[0]
    assert inbox(settings) == {"done": 2}
    [problem] = Bot().health(settings)["problems"]  # type: ignore[misc]
    assert problem.startswith("folder.json: retention: drafts: 'veel' is not a number of days")
