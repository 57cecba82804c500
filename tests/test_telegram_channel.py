"""The real Telegram application; only the network is replaced, by a local server."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from telegram import Update

from bot import admission
from bot.conversation import open_desk
from bot.dialogue import Choice, Reply
from bot.people import Identity
from bot.private import Private
from bot.telegram_channel import TelegramChannel
from bot.telegram_channel.inbox import Inbox
from bot.telegram_channel.redaction import hide
from bot.telegram_channel.text import keyboard, message_parts, tapped
from monitor import models
from monitor.models import Role
from monitor.settings import FolderKind, Settings, write_folder
from tests.conversation_fixtures import TOWN, example_plan, make_settings
from tests.telegram_server import MOST_CHARACTERS, TOKEN, TelegramServer

LIVE = {"controller": "Ministerie", "legal_basis": "wet", "dpo_contact": "fg@voorbeeld.example", "notice": "1"}


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: TelegramServer) -> Settings:
    made = make_settings(tmp_path, example_plan())
    return replace(made, telegram_token=TOKEN, telegram_api=server.address)


def run(settings: Settings, story: Callable[[], None], said: list[str] | None = None) -> None:
    """Run the channel while a story is told from another thread."""
    lines = [] if said is None else said

    async def both() -> None:
        channel = TelegramChannel(settings, lines.append, first_wait=0.01)
        await channel.start()
        try:
            await asyncio.to_thread(story)
        finally:
            await channel.stop()

    asyncio.run(both())


def reports(settings: Settings) -> list[models.Report]:
    with Private(settings.private_database) as private:
        return private.all(models.Report)


def inbox(settings: Settings) -> dict[str, int]:
    with Private(settings.private_database) as private:
        return dict(private.db.conn.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall())


def test_a_report_by_buttons_and_words(settings: Settings, server: TelegramServer) -> None:
    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.wait_for(lambda: server.sent)
        assert server.sent[-1].text.startswith("Welkom. U meldt namens Gemeente Voorbeeldstad")
        server.tap(server.sent[-1].buttons["2. 1.2 Plan van aanpak voor openbare agenda's"])
        server.wait_for(lambda: len(server.sent) == 2)
        server.tap(server.sent[-1].buttons["5. Niets veranderd"])
        server.wait_for(lambda: len(server.sent) == 3)
        assert "┃ “Niets veranderd sinds het bericht over 7 juli 2026.”" in server.sent[-1].text
        server.tap(server.sent[-1].buttons["1. Ja, versturen"])
        server.wait_for(lambda: len(server.sent) == 5)

    said: list[str] = []
    run(settings, story, said)
    [report] = reports(settings)
    assert (report.milestone, report.unchanged, report.organisation) == ("2025-2027/1.2", True, TOWN)
    assert said == ["Telegram: talks as @monitor_bot"]
    assert server.calls.count("answerCallbackQuery") == 3


def test_a_double_tap_makes_one_report_and_says_the_button_is_old(settings: Settings, server: TelegramServer) -> None:
    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.say("1.2 niets veranderd")
        server.wait_for(lambda: len(server.sent) == 2)
        for _ in range(2):
            server.tap(server.sent[1].buttons["1. Ja, versturen"])
        server.wait_for(lambda: len(server.sent) == 6)

    run(settings, story)
    assert len(reports(settings)) == 1
    assert server.sent[4].text.startswith("Deze knop hoort bij een oudere vraag.")


def test_a_message_that_comes_twice_is_handled_once(settings: Settings, server: TelegramServer) -> None:
    def story() -> None:
        server.say("help")
        server.wait_for(lambda: server.sent)
        server.updates.append(server.updates[0])
        server.confirmed = 0
        server.say("help", chat=8)
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    assert [sent.chat for sent in server.sent] == [7, 8]


def test_what_was_kept_before_a_crash_is_handled_after_it(settings: Settings, server: TelegramServer) -> None:
    server.say("help")
    server.say("help", chat=8)

    async def fetch_and_die() -> None:
        for raw in server.updates:
            await Inbox(settings).put(Update.de_json(raw))

    asyncio.run(fetch_and_die())
    server.confirmed = 2000  # Telegram has seen them fetched and will not hand them over again.
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 2))
    assert inbox(settings) == {"done": 2}
    assert {sent.chat for sent in server.sent} == {7, 8}


def test_an_update_that_cannot_be_read_is_parked(settings: Settings, server: TelegramServer) -> None:
    server.give({"message": {"message_id": "?", "chat": 5}})
    server.say("help")
    run(settings, lambda: server.wait_for(lambda: server.sent and inbox(settings) == {"done": 1, "parked": 1}))


def test_a_wrong_token_is_one_line_and_it_recovers(settings: Settings, server: TelegramServer) -> None:
    server.refuse_token = 3
    server.say("help")
    said: list[str] = []
    run(settings, lambda: server.wait_for(lambda: server.sent), said)
    assert said == [
        "Telegram: the token was refused: check MONITOR_TELEGRAM_TOKEN. Trying again by itself.",
        "Telegram: talks as @monitor_bot",
    ]


def test_no_network_is_one_line_and_it_recovers(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = make_settings(tmp_path, example_plan())
    settings = replace(made, telegram_token=TOKEN, telegram_api=f"http://127.0.0.1:{port}")
    said: list[str] = []

    def story() -> None:
        waiting = TelegramServer()
        waiting.wait_for(lambda: said)
        with TelegramServer(port=port) as server:
            server.say("help")
            server.wait_for(lambda: server.sent)

    run(settings, story, said)
    assert said[0] == "Telegram: cannot be reached; everything else runs. Trying again by itself."
    assert said[1] == "Telegram: talks as @monitor_bot"


def test_who_blocked_the_bot_is_marked_and_others_go_on(settings: Settings, server: TelegramServer) -> None:
    server.blocked.add(7)
    server.say("help")
    server.say("help", chat=8)
    run(settings, lambda: server.wait_for(lambda: server.sent and not reachable(settings, "7")))
    assert [sent.chat for sent in server.sent] == [8]


def reachable(settings: Settings, address: str) -> bool:
    with Private(settings.private_database) as private:
        person = private.person("telegram", address)
        return person is None or person.reachable


def test_too_many_requests_are_tried_again_in_order(settings: Settings, server: TelegramServer) -> None:
    server.too_many = 2
    for word in ("help", "begin", "help"):
        server.say(word)
    run(settings, lambda: server.wait_for(lambda: len(server.sent) == 3))
    starts = [sent.text[:8] for sent in server.sent]
    assert starts == ["Antwoord", "Welkom b", "Antwoord"]


def test_what_a_person_types_is_escaped(settings: Settings, server: TelegramServer) -> None:
    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.say("1.2 De raad <b>stelde</b> het plan & de lijst vast, volledig, https://a.example/?x=1&y=2")
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    assert "“De raad <b>stelde</b> het plan & de lijst vast.”" in server.sent[-1].text
    assert "&lt;b&gt;stelde&lt;/b&gt;" in server.sent[-1].html


def test_groups_and_spoken_messages_get_a_line(settings: Settings, server: TelegramServer) -> None:
    server.say("/help", chat=-5, kind="group")
    server.say("zomaar", chat=-5, kind="group")
    server.give(
        {
            "message": {
                "message_id": 9,
                "date": 1_790_000_000,
                "chat": {"id": 7, "type": "private"},
                "from": {"id": 7, "is_bot": False, "first_name": "Jan", "language_code": "en"},
                "voice": {"file_id": "a", "file_unique_id": "a", "duration": 1},
            }
        }
    )
    run(settings, lambda: server.wait_for(lambda: inbox(settings) == {"done": 3}))
    assert [(sent.chat, sent.text) for sent in server.sent] == [
        (-5, "Ik praat alleen één op één. Stuur mij een privébericht."),
        (7, "I can only read text, photos and PDFs. Is it online? Then send the link."),
    ]


def test_live_folder_keeps_nothing_before_the_notice_is_read(settings: Settings, server: TelegramServer) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)

    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.wait_for(lambda: server.sent)
        assert "Ministerie verwerkt wat u hier typt" in server.sent[0].text
        with Private(settings.private_database) as private:
            assert private.count(models.Person) == 0
        server.tap(server.sent[0].buttons["1. Ik heb dit gelezen"])
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)
    with Private(settings.private_database) as private:
        [person] = private.all(models.Person)
    assert (person.role, person.notice, person.organisation) == (Role.VISITOR, "1", None)


def test_the_token_is_never_logged(settings: Settings, server: TelegramServer) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        server.refuse_token = 1
        server.say("geheim verhaal")
        run(settings, lambda: server.wait_for(lambda: server.sent))
        hide(TOKEN)
        logging.getLogger("x").error("at %s", f"https://api.telegram.org/bot{TOKEN}/getMe")
        try:
            raise ValueError(TOKEN)
        except ValueError:
            logging.getLogger("x").exception("failed")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "bot<token>/getMe" in written.getvalue()
    assert TOKEN not in written.getvalue()
    assert "geheim verhaal" not in written.getvalue()


def test_long_text_is_split_at_sentences_within_the_limits() -> None:
    reply = Reply(heading="1.2 <Plan>", text="Een zin met & en <b>. " * 600, question="Klopt dit?")
    parts = message_parts(reply)
    assert len(parts) > 1
    assert all(len(part) <= MOST_CHARACTERS for part in parts)
    assert all(part.endswith(".") for part in parts[:-1])
    assert parts[0].startswith("<b>1.2 &lt;Plan&gt;</b>\n")
    assert message_parts(Reply(text="x" * 9000))[0] == "x" * 4000


def test_buttons_fit_and_a_long_action_becomes_its_number() -> None:
    choices = (Choice(number=1, words="A", action="send"), Choice(number=2, words="B", action="review " + "x" * 80))
    [[first], [second]] = keyboard(Reply(choices=choices), 12)
    assert (first, second) == (("1. A", "12:send"), ("2. B", "12:#2"))
    assert tapped(first[1]) == (12, "send", "")
    assert tapped(second[1]) == (12, None, "2")
    assert tapped("rommel") == (None, None, "")


@pytest.mark.parametrize("agreed", ["1", "ja"])
def test_an_invitation_holds_when_the_notice_is_answered_by_typing(
    settings: Settings, server: TelegramServer, agreed: str
) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)
    with open_desk(settings) as desk:
        secret = admission.invite(desk, Identity(Role.LEAD, TOWN))

    def story() -> None:
        for number, words in enumerate((f"/start {secret}", "wat is dit?", agreed), start=1):
            server.say(words)
            server.wait_for(lambda n=number: len(server.sent) == n)

    run(settings, story)
    with Private(settings.private_database) as private:
        [person] = private.all(models.Person)
    assert (person.role, person.notice, person.organisation) == (Role.LEAD, "1", TOWN)
