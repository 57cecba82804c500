"""How heavy the site is over the wire, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.conftest import MEASURED
from tests.site_fixtures import Served, browser

__all__ = ["browser"]
BYTES_AT_MOST = 200_000


@pytest.mark.parametrize("path", ["", "en/", "2018-2020/04/"])
def test_first_load_is_light(served: Served, browser: Browser, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sent: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto(served.address + path, wait_until="networkidle")
    context.close()
    MEASURED.append(f"First load of /{path}: {sum(sent) / 1000:.0f} kB over the wire in {len(sent)} requests")
    assert len(sent) >= 5
    assert sum(sent) <= BYTES_AT_MOST


def test_what_the_browser_has_is_not_sent_again(served: Served, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.address, wait_until="networkidle")
    wire = context.new_cdp_session(page)
    kept: list[str] = []
    wire.on("Network.requestServedFromCache", lambda event: kept.append(event["requestId"]))
    wire.send("Network.enable")
    page.goto(served.address + "2018-2020/", wait_until="networkidle")
    context.close()
    assert len(kept) >= 4
