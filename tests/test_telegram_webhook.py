"""Telegram calls us: kept before 200 is answered, refused without the secret, handled once, set again when gone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.extension import Bot
from bot.private import Private
from bot.telegram_channel import TelegramChannel, Webhook
from bot.telegram_channel.webhook import HEADER, MOST_BYTES, address, secret
from monitor.settings import Settings
from tests.conversation_fixtures import example_plan, make_settings
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_telegram_channel import inbox, server

__all__ = ["server"]

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def settings(tmp_path: Path, server: TelegramServer) -> Settings:
    made = make_settings(tmp_path, example_plan())
    known = {"telegram_token": TOKEN, "telegram_api": server.address, "telegram_webhook": "https://monitor.example"}
    return replace(made, **known)


def text(number: int, words: str, chat: int = 7) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "X", "language_code": "nl"}
    chat_of = {"id": chat, "type": "private"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat_of, "from": person, "text": words}
    return {"update_id": number, "message": message}


def run(
    settings: Settings,
    story: Callable[[Post, list[str]], Awaitable[None]],
    *,
    channel: bool = True,
    watch_every: float = 60.0,
) -> list[str]:
    """Run the route, with the channel beside it unless told not to; give the lines it said."""
    said: list[str] = []

    async def both() -> None:
        talks = TelegramChannel(settings, said.append, first_wait=0.01, watch_every=watch_every, calm_seconds=0.0)
        app = Starlette(routes=[Webhook(settings, lambda: talks.take).route()])
        transport = httpx.ASGITransport(app=app)
        if channel:
            await talks.start()
        try:
            async with httpx.AsyncClient(transport=transport, base_url="https://monitor.example") as client:

                async def post(body: object, given: str | None = secret(settings)) -> httpx.Response:
                    content = body if isinstance(body, bytes) else json.dumps(body).encode()
                    headers = {} if given is None else {HEADER: given}
                    return await client.post("/telegram", content=content, headers=headers)

                await story(post, said)
        finally:
            await talks.stop()

    asyncio.run(both())
    return said


def waiting(server: TelegramServer, ready: Callable[[], object]) -> Awaitable[None]:
    return asyncio.to_thread(server.wait_for, ready)


def test_it_asks_telegram_to_call_with_a_secret_and_answers_what_comes(
    settings: Settings, server: TelegramServer
) -> None:
    async def story(post: Post, said: list[str]) -> None:
        await waiting(server, lambda: said)
        assert (await post(text(5, "help"))).status_code == 200
        await waiting(server, lambda: server.sent)

    assert run(settings, story) == ["Telegram: talks as @monitor_bot"]
    [asked] = [fields for method, fields in server.asked if method == "setWebhook"]
    assert asked == {
        "url": "https://monitor.example/telegram",
        "allowed_updates": '["message", "callback_query"]',
        "secret_token": secret(settings),
        "max_connections": "1",
    }
    assert "getUpdates" not in server.calls
    assert [sent.text[:8] for sent in server.sent] == ["Antwoord"]
    assert inbox(settings) == {"done": 1}


def test_who_does_not_know_the_secret_is_refused_and_nothing_is_read(
    settings: Settings, server: TelegramServer
) -> None:
    async def story(post: Post, said: list[str]) -> None:
        for given in (None, "", "wrong", "é", secret(settings)[:-1], TOKEN):
            shown = given.encode() if given else given
            assert (await post(text(5, "help"), shown)).status_code == 403  # type: ignore[arg-type]
        assert (await post(b"x" * (MOST_BYTES + 1), "wrong")).status_code == 403

    run(settings, story, channel=False)
    assert inbox(settings) == {}


def test_the_secret_is_as_set_or_made_from_the_token_and_tells_nothing_of_it(settings: Settings) -> None:
    assert secret(replace(settings, telegram_secret="a-secret-of-our-own")) == "a-secret-of-our-own"
    made = secret(settings)
    assert len(made) == 64
    assert made == secret(settings)
    assert made != secret(replace(settings, telegram_token="1:other"))
    assert TOKEN not in made
    assert address(settings) == "https://monitor.example/telegram"


def test_what_comes_before_the_channel_is_connected_is_kept_and_answered_once(
    settings: Settings, server: TelegramServer
) -> None:
    async def before(post: Post, said: list[str]) -> None:
        assert (await post(text(5, "help"))).status_code == 200
        assert inbox(settings) == {"new": 1}

    run(settings, before, channel=False)

    async def after(post: Post, said: list[str]) -> None:
        for _ in range(3):
            assert (await post(text(5, "help"))).status_code == 200
        await waiting(server, lambda: server.sent)
        assert (await post(text(5, "help"))).status_code == 200
        assert (await post(text(6, "help", chat=8))).status_code == 200
        await waiting(server, lambda: inbox(settings) == {"done": 2} and len(server.sent) == 2)

    run(settings, after)
    assert [sent.chat for sent in server.sent] == [7, 8]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b"[" * 100_000,
        b'"\xff"',
        b'{"update_id": "5"}',
        b'{"update_id": 99999999999999999999999}',
        b'{"update_id": 5, "message": {"message_id": "?", "chat": 5}}',
        b'{"update_id": 5, "message": "\\ud800"}',
    ],
)
def test_what_cannot_be_read_is_parked_once_and_answered_200(settings: Settings, body: bytes) -> None:
    async def story(post: Post, said: list[str]) -> None:
        for _ in range(2):
            assert (await post(body)).status_code == 200

    run(settings, story, channel=False)
    assert inbox(settings) == {"parked": 1}


def test_a_body_that_is_too_large_is_not_kept(settings: Settings) -> None:
    async def story(post: Post, said: list[str]) -> None:
        assert (await post(b"x" * (MOST_BYTES + 1))).status_code == 413

    run(settings, story, channel=False)
    assert inbox(settings) == {}


def test_a_locked_database_makes_telegram_bring_it_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.BUSY_TIMEOUT_MS", 20)
    with Private(settings.private_database):
        pass

    async def story(post: Post, said: list[str]) -> None:
        holder = sqlite3.connect(settings.private_database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert (await post(text(5, "help"))).status_code == 503
        holder.execute("ROLLBACK")
        holder.close()
        assert (await post(text(5, "help"))).status_code == 200

    run(settings, story, channel=False)
    assert inbox(settings) == {"new": 1}


def test_a_refused_webhook_is_one_line_and_it_recovers(settings: Settings, server: TelegramServer) -> None:
    server.webhook_error = "an HTTPS url must be provided"

    async def story(post: Post, said: list[str]) -> None:
        await waiting(server, lambda: server.calls.count("setWebhook") > 2)
        server.webhook_error = ""
        await waiting(server, lambda: len(said) == 2)

    assert run(settings, story) == [
        "Telegram: the webhook was refused (Bad webhook: an https url must be provided): "
        "check MONITOR_TELEGRAM_WEBHOOK. Trying again by itself.",
        "Telegram: talks as @monitor_bot",
    ]


def test_a_webhook_that_was_taken_away_or_does_not_work_is_one_line_and_put_right(
    settings: Settings, server: TelegramServer
) -> None:
    async def story(post: Post, said: list[str]) -> None:
        await waiting(server, lambda: said)
        server.webhook = ""
        await waiting(server, lambda: server.webhook and len(said) == 3)
        server.webhook_error = "SSL error"
        looks = server.calls.count("getWebhookInfo")
        await waiting(server, lambda: server.calls.count("getWebhookInfo") > looks + 2)
        server.webhook_error = ""
        await waiting(server, lambda: len(said) == 5)

    assert run(settings, story, watch_every=0.02) == [
        "Telegram: talks as @monitor_bot",
        "Telegram: another program took the webhook of this bot away; it is set again: stop that program. "
        "Trying again by itself.",
        "Telegram: can be reached again",
        "Telegram: cannot call this monitor (SSL error): check MONITOR_TELEGRAM_WEBHOOK from outside. "
        "Trying again by itself.",
        "Telegram: can be reached again",
    ]


def test_the_extension_brings_the_route_and_tells_the_mode(settings: Settings, server: TelegramServer) -> None:
    bot = Bot()
    app = Starlette(routes=list(bot.routes(settings)))
    headers = {HEADER: secret(settings)}

    async def story() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://x.example") as client:
            early = await client.post("/telegram", json=text(5, "help"), headers=headers)
            assert early.status_code == 503
            await bot.start(settings, lambda line: None)
            try:
                assert (await client.post("/telegram", json=text(5, "help"), headers=headers)).status_code == 200
                await asyncio.to_thread(server.wait_for, lambda: server.sent)
                told = bot.health(settings)["telegram"]
                assert isinstance(told, dict)
                assert (told["mode"], told["state"]) == ("webhook", "connected")
            finally:
                await bot.stop()

    asyncio.run(story())
    assert [route.path for route in Bot().routes(replace(settings, telegram_webhook=""))] == [
        "/melden",
        "/melden",
        "/melden/bestand",
    ]  # type: ignore[attr-defined]
