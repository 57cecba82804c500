"""The forms of ``/melden`` in a real browser without script: the same transcripts, the same reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bot.extension import Bot
from monitor import models
from tests.conversation_fixtures import PureWorld, make_settings, plan_named, read_transcript, stored, transcripts
from tests.site_fixtures import browser, listening
from tests.web_person import WebPerson

__all__ = ["browser"]


class Forms:
    """The forms of one data folder after another, at one address."""

    def __init__(self) -> None:
        self.app = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def forms() -> Forms:
    return Forms()


@pytest.fixture(scope="module")
def address(forms: Forms) -> Iterator[str]:
    with listening(forms) as found:
        yield found


@pytest.fixture(scope="module")
def without_script(browser: Browser) -> Page:
    return browser.new_context(java_script_enabled=False).new_page()


# Each sixth one; the others with `make test-long`. All of them pass through the same forms in test_web_channel.
PATHS = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.long] * bool(number % 6))
    for number, path in enumerate(transcripts())
]


@pytest.mark.parametrize("path", PATHS)
def test_transcript_stores_the_same_reports(
    path: Path,
    tmp_path: Path,
    shipped: models.PlanFolder,
    shipped_updates: list[models.Update],
    forms: Forms,
    address: str,
    without_script: Page,
) -> None:
    transcript = read_transcript(path)
    folder = plan_named(transcript.plan, shipped)
    settings = make_settings(tmp_path / "own", folder)
    forms.app = Starlette(routes=list(Bot().routes(settings)))
    WebPerson(without_script, address, folder).run(transcript)
    assert stored(settings) == PureWorld(folder, shipped_updates).run(transcript)
