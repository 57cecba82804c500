"""Whether everyone can use ``/melden``: axe on each kind of page in the site's own look, and a walk with Tab."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import admission
from bot.conversation import open_desk
from bot.extension import Bot
from bot.people import Identity
from bot.web_bodies import MOST_BYTES
from monitor import models, publish
from monitor.models import Role
from monitor.settings import FolderKind, Settings, write_folder
from tests.axe import WIDTHS, axe_page, violations
from tests.conversation_fixtures import (
    TOWN,
    example_plan,
    in_web,
    make_settings,
    plan_named,
    read_transcript,
    transcripts,
)
from tests.site_fixtures import Served, browser

__all__ = ["axe_page", "browser"]
LIVE = {"controller": "Ministerie", "legal_basis": "wet", "dpo_contact": "fg@voorbeeld.example", "notice": "1"}
LEAST_KINDS = 12


class Kind(HTMLParser):
    """What a page is made of, whatever its words: the language, and which elements stand in it."""

    TOLD: ClassVar[tuple[str, ...]] = ("class", "name", "type", "role", "id")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = (given.get("lang") or "") if tag == "html" else ""
        self.found.add((tag, language, *(given.get(name) or "" for name in self.TOLD)))


def kinds(pages: Iterable[str]) -> list[str]:
    """Keep one page of each kind."""
    return list({frozenset(Kind(page).found): page for page in pages}.values())


def dressed(path: Path, folder: models.PlanFolder, served: Served) -> Settings:
    """Make a data folder whose pages look as the site does."""
    settings = make_settings(path, folder)
    publish.Folders(settings.data).pointer.symlink_to(served.release)
    return settings


def talked(path: Path, shipped: models.PlanFolder, served: Served) -> Iterator[str]:
    """Give every page of each fourth transcript: nearly all kinds of pages are among them."""
    for file in transcripts()[::4]:
        transcript = read_transcript(file)
        yield from in_web(transcript, dressed(path / file.stem, plan_named(transcript.plan, shipped), served))


def others(path: Path, served: Served) -> Iterator[str]:
    """Give the pages that no transcript comes to: where to begin, the notice, what went wrong."""
    settings = dressed(path / "others", example_plan(), served)
    client = TestClient(Starlette(routes=list(Bot().routes(settings))))
    for kind in (FolderKind.TRY, FolderKind.LIVE):
        if kind is FolderKind.LIVE:
            write_folder(settings, kind, LIVE)
        with open_desk(settings) as desk:
            invitation = admission.invite(desk, Identity(Role.LEAD, TOWN))
        for language in ("nl", "en"):
            yield client.get("/melden", params={"lang": language}).text
            yield client.get("/melden", params={"lang": language, "about": "2025-2027/1.2"}).text
            for fields in ({"invitation": invitation}, {"invitation": "x", "action": "agree"}, {"role": "visitor"}):
                yield client.post("/melden", data={**fields, "language": language}).text
            yield client.post("/melden", params={"lang": language}, data={"text": "x" * MOST_BYTES}).text


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, shipped: models.PlanFolder, served: Served) -> list[str]:
    """Give one page of each kind there is in the conversation."""
    path = tmp_path_factory.mktemp("pages")
    found = kinds(itertools.chain(talked(path, shipped, served), others(path, served)))
    assert len(found) >= LEAST_KINDS
    return found


def show(page: Page, served: Served, html: str) -> None:
    """Open a page that was answered, with the styles and scripts of the site."""
    page.route("**/melden", lambda route: route.fulfill(body=html, content_type="text/html"), times=1)
    page.goto(f"{served.address}melden")
    assert page.locator("link[rel=stylesheet]").count() > 0


def test_axe_finds_nothing_on_any_kind_of_page(pages: list[str], served: Served, axe_page: Page) -> None:
    wrong = []
    for html in pages:
        show(axe_page, served, html)
        wrong += [f"{axe_page.locator('main').inner_text()}\n{told}" for told in violations(axe_page)]
    assert wrong == []


def test_axe_does_see_what_is_wrong(pages: list[str], served: Served, axe_page: Page) -> None:
    html = next(page for page in pages if '<label for="answer">' in page)
    show(axe_page, served, html.replace('<label for="answer">', "<label>"))
    assert len(violations(axe_page)) == len(WIDTHS)
    assert "textarea" in violations(axe_page)[0]


STOP = """() => {
    const node = document.activeElement, box = node.getBoundingClientRect();
    const across = box.width > 0 && box.left >= 0 && box.right <= innerWidth + 1;
    return [node.outerHTML, across && box.bottom > 0 && box.top < innerHeight, getComputedStyle(node).outlineStyle];
}"""
STOPS = ", ".join(f"{tag}:visible" for tag in ("a[href]", "button", "input", "select", "textarea", "summary"))


@pytest.mark.parametrize("width", [pytest.param(WIDTHS[0], marks=pytest.mark.long), WIDTHS[1]])
def test_every_tab_stop_is_visible_in_view_and_outlined(
    width: int, pages: list[str], served: Served, browser: Browser
) -> None:
    # Else the page glides to what has focus, and is looked at halfway.
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    language = '<html lang="nl"' if width == WIDTHS[0] else '<html lang="en"'
    for html in (page for page in pages if language in page):
        show(page, served, html)
        expected, passed = page.locator(STOPS).count(), 0
        while not (stop := tabbed(page))[0].startswith("<body"):
            assert stop[1:] == [True, "solid"], f"{width} px: {stop}"
            passed += 1
        assert passed >= expected > 0
    context.close()


def tabbed(page: Page) -> list[object]:
    """Press Tab; tell where it came, whether that can be seen, and how it is outlined."""
    page.keyboard.press("Tab")
    told: list[object] = page.evaluate(STOP)
    return told
