"""A feed that moved for good: every place names the file and the line to change, until that was done."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import commitments, feeds, health, jobs, models
from monitor.cli import main
from monitor.fetch import Guard
from monitor.pages.health import fill
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.hostile_server import HostileServer, Reply, hostile_server

EMPTY = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
NAME = "verhuisd"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        running.pages |= {"/oud": Reply(status=301, headers={"Location": "/nieuw"}), "/nieuw": Reply(EMPTY)}
        yield running


@pytest.fixture
def told(settings: Settings, server: HostileServer, tmp_path: Path) -> Settings:
    """Give settings of a plan with one feed, whose address has moved, and read it."""
    plans = Path(shutil.copytree(ROOT / "commitments", tmp_path / "commitments"))
    file = plans / "2018-2020" / "feeds.yml"
    lines = ["# Nieuws", f"- id: {NAME}", "  title: Voorbeeldstad", "", f"  address: {server.url('/oud')}"]
    file.write_text("\n".join([*lines, "  after_plan: true", "  sources: [S56]", ""]), "utf-8")
    return replace(settings, commitments=plans, allow_hosts=(server.host,))


def read(settings: Settings, storage: Storage, *, hours: int = 0) -> None:
    jobs.run_sync(settings)

    async def visit() -> None:
        async with Guard.of(settings) as guard:
            now = NOW + timedelta(hours=hours)
            await feeds.read_feeds(storage, guard=guard, now=now, today=TODAY, force=True, say=lambda line: None)

    asyncio.run(visit())
    health.watch(settings, [])


def page(settings: Settings, storage: Storage, language: str) -> str:
    shown = f'<html lang="{language}"><p class="statement">toen</p><!-- health:begin --><!-- health:end --></html>'
    return fill(shown, storage, now=settings.clock.now(), today=TODAY, version="1", fetches=True)


def command(settings: Settings) -> str:
    asked = ["feeds", "--data", str(settings.data), "--commitments", str(settings.commitments), "--language", "en"]
    return CliRunner().invoke(main, [*asked, "--today", "2026-11-23", "--reach-out", "yes"]).output


def alarms_of(storage: Storage) -> list[tuple[str, str, bool]]:
    return [(alarm.kind, alarm.about, alarm.ended_at is None) for alarm in storage.all(models.Alarm)]


def test_a_move_for_good_is_told_with_file_and_line_until_the_file_names_the_new_address(
    told: Settings, storage: Storage, server: HostileServer
) -> None:
    read(told, storage)
    old, new = server.url("/oud"), server.url("/nieuw")
    assert alarms_of(storage) == [("feed-moved", f"2018-2020/{NAME}", True)]
    assert f"is verhuisd naar {new} en dat is voorgoed. Verander het adres in 2018-2020/feeds.yml, regel 5." in page(
        told, storage, "nl"
    )
    english = page(told, storage, "en")
    assert f"has moved to {new} and that is for good. Change the address in 2018-2020/feeds.yml, line 5." in english
    assert "What is wrong" not in english
    assert "What was wrong" not in english
    assert f"  2018-2020/feeds.yml:5, at {NAME}: replace {old} by {new}" in command(told).splitlines()
    read(told, storage, hours=1)
    assert len(alarms_of(storage)) == 1

    file = told.commitments / "2018-2020" / "feeds.yml"
    file.write_text(file.read_text("utf-8").replace("/oud", "/nieuw"), "utf-8")
    read(told, storage, hours=2)
    assert alarms_of(storage) == [("feed-moved", f"2018-2020/{NAME}", False)]
    assert "verhuisd naar" not in page(told, storage, "nl")
    assert "Moved" not in command(told)


def test_a_suggestion_makes_nothing_ill(told: Settings, storage: Storage) -> None:
    read(told, storage)
    for row in storage.all(models.HealthRow):
        storage.put(row.model_copy(update={"well": True}))
    assert "De monitor werkt. Hieronder staat wat er het laatst gebeurde." in page(told, storage, "nl")


def test_lines_are_those_of_the_addresses_and_a_file_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    plan = tmp_path / "2018-2020"
    plan.mkdir()
    assert commitments.lines_of_feeds(tmp_path, "2018-2020") == {}
    file = plan / "feeds.yml"
    file.write_text("- id: a\n  address: x\n- address: y\n  id: b\n- id: c\n- geen\n", "utf-8")
    assert commitments.lines_of_feeds(tmp_path, "2018-2020") == {"a": 2, "b": 3}
    for broken in (b"- id: [", b"\xff\xfea", b"id: a\n", b""):
        file.write_bytes(broken)
        assert commitments.lines_of_feeds(tmp_path, "2018-2020") == {}
