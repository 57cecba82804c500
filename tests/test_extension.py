"""What the bot brings to the monitor."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dialogue import Reply
from bot.extension import Bot, forget, keep_in_step
from bot.private import Private
from bot.telegram_channel import TelegramChannel
from monitor import models
from monitor.extension import load_extensions
from monitor.models import Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conversation_fixtures import NOW, TODAY, TOWN, example_plan, make_settings
from tests.telegram_server import TOKEN, TelegramServer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


def wait_one(settings: Settings, **known: object) -> None:
    with Private(settings.private_database) as private:
        person = private.welcome("terminal", "x", now=NOW, role=Role.LEAD, organisation=TOWN)
        facts = {
            "id": "2025-2027/01/0123456789ab",
            "plan": "2025-2027",
            "person": person.id,
            "organisation": TOWN,
            "commitment": "2025-2027/01",
            "text": "De lijst staat online.",
            "language": "nl",
            "speaks_of": Period.day(TODAY),
            "created_at": NOW,
        }
        private.add(models.Report.model_validate(facts | known))


def test_it_is_found_by_entry_point() -> None:
    assert any(isinstance(extension, Bot) for extension in load_extensions())


def test_it_brings_commands_jobs_and_routes(settings: Settings) -> None:
    bot = Bot()
    assert [command.name for command in bot.commands()] == [
        "chat",
        "invite",
        "audit",
        "woo-export",
        "erase-file",
        "erase-post",
    ]
    assert [job.name for job in bot.jobs(settings)] == [
        "reports",
        "delivery",
        "rounds",
        "roles",
        "retention",
        "alarm-messages",
        "weekly",
        "digests",
        "feed-questions",
        "agreements",
    ]
    assert {route.path for route in bot.routes(settings)} == {"/melden", "/melden/bestand"}  # type: ignore[attr-defined]


def test_every_job_runs_by_itself_and_twice(settings: Settings) -> None:
    for job in Bot().jobs(settings):
        assert job.run(settings) >= 0
        assert job.run(settings) == 0


def test_start_finishes_what_a_crash_left(settings: Settings) -> None:
    wait_one(settings, state=models.ReportState.ACCEPTED, decided_at=NOW, decided_by="x")
    said: list[str] = []
    bot = Bot()
    asyncio.run(bot.start(settings, said.append))
    assert said == []
    assert keep_in_step(settings) == 0


def test_start_without_a_plan_says_so_and_does_not_fail(tmp_path: Path) -> None:
    said: list[str] = []
    asyncio.run(Bot().start(Settings(data=tmp_path / "empty"), said.append))
    assert [line.startswith("Chat: ") and "has no plan yet" in line for line in said] == [True]


def test_health_tells_the_queue_and_telegram(settings: Settings) -> None:
    wait_one(settings)
    keep_in_step(settings)
    assert Bot().health(settings) == {
        "queue": {"waiting": 1, "oldest_at": NOW.isoformat()},
        "telegram": {
            "mode": "off",
            "state": "off",
            "unhandled": 0,
            "parked": 0,
            "unsent": 0,
            "oldest_unsent_seconds": None,
        },
        "problems": [],
    }


def test_telegram_starts_with_a_token_and_stops(settings: Settings) -> None:
    async def story(known: Settings, server: TelegramServer) -> dict[str, object]:
        bot = Bot()
        await bot.start(known, lambda line: None)
        await asyncio.to_thread(server.wait_for, lambda: bot.telegram and bot.telegram.state == "connected")
        health = bot.health(known)
        assert await asyncio.to_thread(bot.jobs(known)[1].run, known) == 0
        await bot.stop()
        return health

    with TelegramServer() as server:
        known = replace(settings, telegram_token=TOKEN, telegram_api=server.address)
        health = asyncio.run(story(known, server))
    assert health["telegram"] == {
        "mode": "polling",
        "state": "connected",
        "unhandled": 0,
        "parked": 0,
        "unsent": 0,
        "oldest_unsent_seconds": None,
    }


def test_health_is_ill_when_messages_are_stuck(settings: Settings) -> None:
    bot = Bot()
    bot.telegram = TelegramChannel(settings, lambda line: None)
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "1", now=NOW)
        private.queue(person.id, Reply(text="a"), key="a", revision=1, now=settings.clock.now())
        private.receive(1, "{}", now=settings.clock.now())
        assert bot.health(settings)["problems"] == []
        stamp = (settings.clock.now() - timedelta(minutes=61)).isoformat()
        for statement in ("UPDATE deliveries SET created_at = ?", "UPDATE inbox SET received_at = ?"):
            private.db.conn.execute("UPDATE deliveries SET state = 'queued'")
            private.db.conn.execute(statement, [stamp])
            health = bot.health(settings)
            assert health["problems"] == ["telegram: messages wait for more than an hour"]
        told = health["telegram"]
        assert isinstance(told, dict)
        assert (told["unsent"], told["unhandled"]) == (1, 1)
        assert told["oldest_unsent_seconds"] >= 3660
        private.unreachable(person.id)
        private.mark_handled(1)
        assert bot.health(settings)["problems"] == []


def test_retention_is_a_job(settings: Settings) -> None:
    assert forget(settings) == 0
