"""Whether everyone can use the site: axe, a walk with Tab, large text, zoom, forced colours, print, valid HTML."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.axe import SCHEMES, axe_page, violations
from tests.conftest import ROOT
from tests.site_fixtures import Served, browser

__all__ = ["axe_page", "browser"]
WIDTHS = (1280, 360, 320)
CLEAR = 150
LEAST_KINDS = 25
STOPS_OF_A_LIST = 50
# What differs from page to page of one kind: a plan, a number, a day, a name.
NAMES = (
    (re.compile(r"(?<![^/])(?:voorbeeld-)?\d{4}-\d{4}/"), "plan/"),
    (re.compile(r"(?<=/)\d\d/$"), "number/"),
    (re.compile(r"(?<=/)\d{4}-[^/]+/$"), "day/"),
    (re.compile(r"(?<=/organisaties/).+|(?<=/organisations/).+"), "name/"),
)


def kind_of(address: str) -> str:
    """Name the kind of a page: its address without what tells it from others of its kind."""
    for pattern, name in NAMES:
        address = pattern.sub(name, address)
    return address


def kinds(served: Served, language: str = "nl") -> list[str]:
    """Give the fullest page of each kind in a language; the kinds are the same in each."""
    found = (page for page in served.pages if page.startswith("en/") == (language == "en"))
    by_size = sorted(found, key=lambda page: (served.release / page / "index.html").stat().st_size)
    return sorted({kind_of(page): page for page in by_size}.values())


def test_kinds_are_the_same_in_each_language(served: Served) -> None:
    assert len(kinds(served, "en")) == len(kinds(served)) > LEAST_KINDS


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Page]:
    """Give a page on which nothing glides, so that it is not looked at halfway."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_on_any_page(language: str, served: Served, axe_page: Page) -> None:
    wrong = []
    for page in served.pages:
        if page.startswith("en/") != (language == "en"):
            continue
        axe_page.goto(served.address + page)
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=(1280,), schemes=("light",))]
    assert wrong == []


def test_axe_finds_nothing_on_any_kind_of_page_light_and_dark_wide_and_narrow(served: Served, axe_page: Page) -> None:
    wrong = []
    for page in kinds(served):
        axe_page.goto(served.address + page)
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=WIDTHS, schemes=SCHEMES)]
    assert wrong == []


def test_axe_finds_nothing_on_any_kind_of_page_of_a_running_plan(served_demo: Served, axe_page: Page) -> None:
    wrong = []
    for page in kinds(served_demo):
        axe_page.goto(served_demo.address + page)
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=(1280,), schemes=("light",))]
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=(320,), schemes=("dark",))]
        wrong += [f"/{page}: scrolls sideways"] * axe_page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert wrong == []


@pytest.mark.long
def test_axe_finds_nothing_on_any_page_light_and_dark_wide_and_narrow(served: Served, axe_page: Page) -> None:
    wrong = []
    for page in served.pages:
        axe_page.goto(served.address + page)
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=WIDTHS, schemes=SCHEMES)]
    assert wrong == []


STOP = """() => {
    const node = document.activeElement, box = node.getBoundingClientRect();
    const across = box.width > 0 && box.left >= 0 && box.right <= innerWidth + 1;
    const seen = across && box.bottom > 0 && box.top < innerHeight;
    return [node.outerHTML.slice(0, 200), seen, getComputedStyle(node).outlineStyle];
}"""


@pytest.mark.parametrize(("width", "language"), [(360, "nl"), pytest.param(1280, "en", marks=pytest.mark.long)])
def test_every_tab_stop_is_visible_in_view_and_outlined(width: int, language: str, served: Served, still: Page) -> None:
    still.set_viewport_size({"width": width, "height": 800})
    wrong = []
    for address in kinds(served, language):
        still.goto(served.address + address)
        stops = still.locator("a[href]:visible, button:visible, input:visible, summary:visible")
        expected, passed = stops.count(), 0
        while not (stop := tabbed(still))[0].startswith("<body"):
            wrong += [] if stop[1:] == [True, "solid"] else [f"/{address} at {width} px: {stop}"]
            passed += 1
            if passed == STOPS_OF_A_LIST < expected - STOPS_OF_A_LIST:
                # The rows of a long list are alike: go on near its end.
                passed = expected - STOPS_OF_A_LIST // 2
                stops.nth(passed - 1).focus()
        assert passed >= expected > 0, f"/{address}: {passed} of {expected} stops"
    assert wrong == []


def tabbed(page: Page) -> list[object]:
    """Press Tab; tell where it came, whether that can be seen, and how it is outlined."""
    page.keyboard.press("Tab")
    told: list[object] = page.evaluate(STOP)
    return told


OVERFLOW = """() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
    const hidden = (node) => {
        for (let one = node; one; one = one.parentElement) {
            const style = getComputedStyle(one);
            if (style.position === "absolute" && style.clipPath !== "none") return true;
            if (one.scrollWidth > one.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX)) return true;
        }
        return false;
    };
    const cut = [...document.querySelectorAll("main *")].filter((node) => {
        const style = getComputedStyle(node);
        const clips = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
        const small = node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
        return clips && small && node.checkVisibility() && !(node instanceof SVGElement) && !hidden(node);
    });
    return [...wide, ...cut.map((node) => `cut off: ${node.outerHTML.slice(0, 160)}`)];
}"""


@pytest.mark.parametrize(
    ("width", "size"), [(1280, "250%"), (640, "125%"), (320, "125%")], ids=["text 200 %", "zoom 200 %", "zoom 400 %"]
)
def test_large_text_and_zoom_lose_nothing(width: int, size: str, served: Served, still: Page) -> None:
    """The site's text is 125 % of the browser's, so 250 % is twice as large; 320 px is 1280 px at 400 %."""
    still.set_viewport_size({"width": width, "height": 800})
    wrong = []
    for address in kinds(served):
        still.goto(served.address + address)
        still.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        wrong += [f"/{address}: {told}" for told in still.evaluate(OVERFLOW)]
    assert wrong == []


def test_text_spacing_of_the_reader_loses_nothing(served: Served, still: Page) -> None:
    """WCAG 1.4.12: line height 1.5, letters 0.12 em, words 0.16 em, paragraphs 2 em."""
    css = (
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
        "p { margin-bottom: 2em !important; }"
    )
    still.set_viewport_size({"width": 360, "height": 800})
    wrong = []
    for address in kinds(served):
        still.goto(served.address + address)
        still.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", css
        )
        wrong += [f"/{address}: {told}" for told in still.evaluate(OVERFLOW)]
    assert wrong == []


# One of each drawing on a page, since a mark stands there many times.
DRAWINGS = """() => {
    const known = new Set();
    return [...document.querySelectorAll("main svg, header svg")].map((node, at) => [node, at]).filter(([node]) => {
        const name = node.querySelector("use")?.getAttribute("href") ?? node.outerHTML;
        return node.checkVisibility() && !known.has(name) && known.add(name);
    }).map(([, at]) => at);
}"""


def test_forced_colours_keep_every_drawing_and_focus(served: Served, browser: Browser) -> None:
    """What is drawn must follow the colours that the reader chose, as text does by itself."""
    context = browser.new_context(forced_colors="active", reduced_motion="reduce", color_scheme="dark")
    page, wrong = context.new_page(), []
    for address in kinds(served):
        page.goto(served.address + address)
        drawings = page.locator("main svg, header svg")
        for at in page.evaluate(DRAWINGS):
            drawing = drawings.nth(at)
            with Image.open(BytesIO(drawing.screenshot())) as image:
                if contrast(image) < CLEAR:
                    wrong.append(f"/{address}: {drawing.evaluate('node => node.outerHTML')[:160]}")
        page.keyboard.press("Tab")
        assert page.evaluate(STOP)[2] == "solid"
    context.close()
    assert wrong == []


def contrast(image: Image.Image) -> int:
    """Tell how far the darkest and the lightest spot of a picture are apart, of 255."""
    darkest, lightest = image.convert("L").getextrema()
    return int(lightest - darkest)


MOVES = """() => [...document.querySelectorAll("*")].filter((node) => {
    const style = getComputedStyle(node);
    const long = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
    return long(style.transitionDuration) || long(style.animationDuration) || style.scrollBehavior === "smooth";
}).map((node) => node.outerHTML.slice(0, 160))"""


def test_reduced_motion_moves_nothing(served: Served, still: Page) -> None:
    wrong = []
    for address in kinds(served):
        still.goto(served.address + address)
        wrong += [f"/{address}: {told}" for told in still.evaluate(MOVES)]
    assert wrong == []


PRINTED = """() => {
    const shown = (name) => [...document.querySelectorAll(name)].some((node) => node.checkVisibility());
    const closed = [...document.querySelectorAll("main details")].filter((node) => {
        const inside = node.querySelector(":scope > :not(summary)");
        return inside && !inside.checkVisibility({contentVisibilityAuto: true});
    });
    const dark = getComputedStyle(document.body).backgroundColor;
    return [shown("header form, header nav, .skip"), closed.length, dark, shown("h1"), shown("footer time")];
}"""


def test_print_leaves_the_menu_out_and_opens_what_is_folded(served: Served, browser: Browser) -> None:
    context = browser.new_context(color_scheme="dark")
    page, wrong = context.new_page(), []
    page.emulate_media(media="print")
    for address in kinds(served):
        page.goto(served.address + address)
        found = page.evaluate(PRINTED)
        if found != [False, 0, "rgb(255, 255, 255)", True, True]:
            wrong.append((address, found))
    context.close()
    assert wrong == []


def test_html_is_valid(served: Served, served_demo: Served, node: str, tmp_path: Path) -> None:
    found = validated(node, served.release, tmp_path) + validated(node, served_demo.release, tmp_path)
    assert len(found) == 0, "\n".join(found[:20])


def test_invalid_html_is_seen(node: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<!doctype html><html lang="nl"><head><title>x</title></head><body><p><div></div></p></body></html>'
    )
    assert validated(node, tmp_path, tmp_path) != []


def validated(node: str, folder: Path, scratch: Path) -> list[str]:
    """Check every page of a folder; tell what is wrong and where."""
    # Through a file: a pipe loses what is told beyond 64 kB.
    told = scratch / "told.json"
    command = [node, "node_modules/.bin/html-validate", "--config", "tests/data/html-validate.json"]
    subprocess.run([*command, "--ext", "html", "--formatter", f"json={told}", str(folder)], cwd=ROOT, check=False)
    return [
        f"{file['filePath']}:{wrong['line']}:{wrong['column']}: {wrong['ruleId']}: {wrong['message']}"
        for file in json.loads(told.read_text("utf-8"))
        for wrong in file["messages"]
    ]


DATA_PAGES = (
    "data/monitor",
    "data/monitor/milestones?_size=9&_sort=number",
    "data/monitor/updates?_size=9&way__exact=pull-request",
    "data/monitor/evidence?_facet=state&_size=5",
    "data/monitor/claims_without_evidence",
    "data/monitor?sql=select+number,+title+from+commitments",
    "data/monitor?sql=select+nothing+from+nowhere",
    "data/monitor/no_such_table",
)


def test_axe_finds_nothing_on_the_data_pages(served: Served, axe_page: Page) -> None:
    axe_page.goto(f"{served.address}data/monitor/commitments")
    record = axe_page.locator(".data-rows td a").first.get_attribute("href")
    wrong = []
    for page in (*DATA_PAGES, f"{record}".removeprefix("/")):
        axe_page.goto(served.address + page)
        assert axe_page.locator("h1").count() == 1
        wrong += [f"/{page}: {told}" for told in violations(axe_page, widths=(1280, 320), schemes=SCHEMES)]
        wrong += [f"/{page}: scrolls sideways"] * axe_page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert wrong == []


def test_the_data_pages_need_no_script(served: Served) -> None:
    for page in DATA_PAGES:
        answer = httpx.get(served.address + page, timeout=10)
        assert "script" not in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert "<style" not in answer.text
