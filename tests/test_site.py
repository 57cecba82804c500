"""The built site in a real browser: every page opens, nothing leaves it, every link leads somewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from starlette.staticfiles import StaticFiles

from tests.axe import axe_page, violations
from tests.site_fixtures import ROOT, Served, browser, listening

__all__ = ["axe_page", "browser"]
OUTSIDE_THE_BUILD = ("/data/", "/melden", "/healthz")
NARROW = 320
FORBIDDEN = ("rijkshuisstijl", "rijksoverheidsans", "rijkssymbool", "utrecht-design-tokens", "--rhc-", "--utrecht-")


class Document(HTMLParser):
    """The links, anchors and headings of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[str] = []
        self.switch: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.anchors.add(values["id"])
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
            if "hreflang" in values:
                self.switch[values["hreflang"]] = values["href"]


def document(served: Served, page: str) -> Document:
    return Document((served.release / page / "index.html").read_text("utf-8"))


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 900}).new_page()


def test_each_page_opens_in_both_languages_without_error_or_outside_request(served: Served, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": NARROW, "height": 700}).new_page()
    wrong: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{page.url}: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((served.address, "data:")):
            wrong.append(f"{page.url}: asks {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("request", on_request)
    for name in served.pages:
        answer = page.goto(served.address + name)
        if answer is None or answer.status != 200:
            wrong.append(f"{name}: {answer and answer.status}")
        language = "en" if name.startswith("en/") else "nl"
        if page.locator("html").get_attribute("lang") != language or page.locator("h1").count() != 1:
            wrong.append(f"{name}: wrong language or not one h1")
        if page.evaluate("document.documentElement.scrollWidth") > NARROW:
            wrong.append(f"{name}: is wider than a screen of {NARROW} px")
    assert wrong == []


def test_every_internal_link_leads_somewhere(served: Served) -> None:
    documents = {page: document(served, page) for page in served.pages}
    wrong = []
    outside: set[str] = set()
    for page, found in documents.items():
        for link in found.links:
            target, anchor = urldefrag(urljoin(served.address + page, link))
            if not target.startswith(served.address):
                continue
            path = urlsplit(target).path
            if path.startswith(OUTSIDE_THE_BUILD):
                outside.add(target.partition("?")[0])
                continue
            if not path.endswith("/") and not anchor and (served.release / path.lstrip("/")).is_file():
                continue
            known = documents.get(path.lstrip("/"))
            if known is None or (anchor and anchor not in known.anchors):
                wrong.append(f"/{page}: {link}")
    answers = {target: httpx.get(target, timeout=10, follow_redirects=True).status_code for target in sorted(outside)}
    # /healthz answers too where it finds that nothing runs here.
    well = {target: (200, 503) if target.endswith("/healthz") else (200,) for target in answers}
    wrong += [target for target, status in answers.items() if status not in well[target]]
    assert wrong == []


def test_the_language_switch_lands_on_the_same_page_and_back(served: Served) -> None:
    wrong = []
    for page in served.pages:
        other = "nl" if page.startswith("en/") else "en"
        there = urljoin("/" + page, document(served, page).switch[other]).lstrip("/")
        if there not in served.pages:
            wrong.append(f"{page}: switches to {there}, which does not exist")
            continue
        back = urljoin("/" + there, document(served, there).switch["en" if other == "nl" else "nl"]).lstrip("/")
        if back != page:
            wrong.append(f"{page}: switches to {there}, which switches back to {back}")
    assert wrong == []


def test_headings_skip_no_level(served: Served) -> None:
    wrong = []
    for page in served.pages:
        levels = [int(tag[1]) for tag in document(served, page).headings if tag]
        main = levels[levels.index(1) :]
        wrong += [page for first, second in pairwise(main) if second > first + 1]
    assert wrong == []


def test_the_menu_opens_by_keyboard_on_a_phone(served: Served, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(served.address + "2018-2020/04/")
    button = page.get_by_role("button", name="Menu")
    button.focus()
    assert button.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    link = page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link", name="Hoe recent")
    assert button.get_attribute("aria-expanded") == "true"
    assert link.is_visible()
    link.focus()
    page.keyboard.press("Escape")
    assert not link.is_visible()
    assert button.evaluate("node => node === document.activeElement")


def test_the_menu_opens_without_script(served: Served, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False).new_page()
    page.goto(served.address)
    page.get_by_role("link", name="Menu", exact=True).click()
    assert page.get_by_role("link", name="Wijzigingen", exact=True).is_visible()


def test_every_tab_stop_is_visible_and_outlined(served: Served, browser: Browser) -> None:
    for width in (360, 1280):
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.goto(served.address + "2018-2020/03/")
        stops = page.locator("a:visible, button:visible, input:visible, summary:visible").count()
        for stop in range(stops + 1):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => {
                    const node = document.activeElement, box = node.getBoundingClientRect();
                    const outline = getComputedStyle(node).outlineStyle;
                    return [box.width > 0 && box.right > 0 && box.left < innerWidth, outline, node.outerHTML];
                }"""
            )
            if seen[2].startswith("<body"):
                break
            assert seen[:2] == [True, "solid"], f"{width} px, stop {stop}: {seen}"


def test_searching_needs_no_script(served: Served, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False).new_page()
    page.goto(served.address)
    page.get_by_role("searchbox", name="Zoek op deze site").fill("Dilemmalogica")
    page.keyboard.press("Enter")
    page.wait_for_url(served.address + "zoeken/?q=Dilemmalogica")
    assert page.get_by_role("status").inner_text().endswith("resultaten voor ‘Dilemmalogica’.")
    page.get_by_role("link", name="Project 'Dilemmalogica'").first.click()
    page.wait_for_url(served.address + "2018-2020/07/")


def test_the_script_leaves_alone_what_the_server_found(served: Served, page: Page) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "search_index" in request.url else None)
    page.goto(served.address + "en/search/?q=zeppelin")
    expect(page.get_by_role("status")).to_have_text("Nothing found for ‘zeppelin’.")
    assert wrong == []


def test_a_copy_of_the_site_searches_by_script(served: Served, page: Page) -> None:
    with listening(StaticFiles(directory=served.release, html=True)) as address:
        page.goto(f"{address}/2018-2020/")
        page.get_by_role("searchbox", name="Zoek op deze site").fill("Dilemmalogica")
        page.keyboard.press("Enter")
        page.wait_for_selector("#search-results a")
        assert page.locator("#search-results a").first.inner_text() == "Project 'Dilemmalogica'"
        assert page.title() == "Dilemmalogica · Zoeken · Open Overheid Monitor"
        page.get_by_role("link", name="English").first.click()
        page.wait_for_selector("#search-results a")
        assert page.url == f"{address}/en/search/?q=Dilemmalogica"
        page.goto(f"{address}/en/search/?q=xyzzy")
        expect(page.locator("#search-status")).to_have_text("Nothing found. Try another word.")


@pytest.mark.parametrize("query", ["zoeken/?q=open&p=2", "zoeken/?q=zeppelin", "en/search/", "weg/open-algoritmen/"])
def test_everyone_can_use_what_a_search_shows(served: Served, axe_page: Page, query: str) -> None:
    axe_page.goto(served.address + query)
    assert violations(axe_page) == []


def test_an_unknown_address_shows_the_404_page_in_its_language(served: Served, page: Page) -> None:
    answer = page.goto(served.address + "en/2018-2020/99/nothing/")
    assert answer is not None
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "This page does not exist"
    page.get_by_role("main").get_by_role("link", name="Meetings").click()
    assert page.url == served.address + "en/2018-2020/meetings/"


def test_the_example_banner_comes_before_everything_else_on_the_page() -> None:
    template = (ROOT / "site" / "overrides" / "main.html").read_text("utf-8")
    assert template.index('class="banner"') < template.index("partials/header.html")


def test_theme_has_no_inline_style_or_script_and_no_borrowed_house_style() -> None:
    files = [p for p in (ROOT / "site").rglob("*") if p.suffix in (".html", ".css", ".js", ".md", ".svg")]
    text = {path: path.read_text("utf-8") for path in files}
    assert [str(p) for p, words in text.items() if " style=" in words or "<script>" in words] == []
    assert [(str(p), word) for p, words in text.items() for word in FORBIDDEN if word in words.lower()] == []


def test_the_face_is_shipped_with_its_licence() -> None:
    fonts = ROOT / "site" / "assets" / "fonts"
    assert sorted(p.name for p in fonts.iterdir()) == [
        "source-sans-3-LICENSE.txt",
        "source-sans-3-latin-wght-normal.woff2",
    ]
    assert (fonts / "source-sans-3-latin-wght-normal.woff2").stat().st_size == 28740
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts / "source-sans-3-LICENSE.txt").read_text("utf-8")


def test_first_load_of_home_is_light(served: Served, page: Page) -> None:
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(served.address, wait_until="networkidle")
    assert sum(sizes) < 200_000


def test_pages_carry_no_path_of_the_machine_that_built_them(served: Served) -> None:
    text = {page: (served.release / page / "index.html").read_text("utf-8") for page in served.pages}
    assert [page for page, html in text.items() if str(ROOT) in html or str(Path.home()) + "/" in html] == []
