"""Whether a page can be used by everyone: axe-core in the browser, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
Scheme = Literal["light", "dark"]
WIDTHS: tuple[int, ...] = (1280, 360)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 900
# The size of targets is of WCAG 2.2, and not looked at unless asked for.
# Without fetching the style sheets once more: no rule that is on needs them.
RUN = """tags => axe.run(document, {
    preload: false, runOnly: {type: "tag", values: tags}, rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"],
})"""
# The second scheme at a width differs from the first in its colours only.
COLOURS = """() => axe.run(document, {
    preload: false, runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]},
    resultTypes: ["violations"],
})"""


@pytest.fixture(scope="module")
def axe_page(browser: Browser, node: str) -> Page:
    """Give a page in which axe can look, whatever scripts the page itself allows."""
    context = browser.new_context()
    context.add_init_script(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    return context.new_page()


def violations(page: Page, *, widths: Sequence[int] = WIDTHS, schemes: Sequence[Scheme] = SCHEMES) -> list[str]:
    """Look at the page as it stands, in each width and colour scheme; tell what is wrong and where."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            look = (RUN, list(TAGS)) if scheme == schemes[0] else (COLOURS,)
            result: dict[str, Any] = page.evaluate(*look)
            found += [
                f"{width} px, {scheme}: {wrong['id']}: {node['html'][:200]}: {node['failureSummary']}"
                for wrong in result["violations"]
                for node in wrong["nodes"]
            ]
    return found
