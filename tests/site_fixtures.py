"""The site as it is built and served, and a browser to look at it; shared by the tests that need them."""

from __future__ import annotations

import functools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.types import ASGIApp

from monitor import commitments, demo, publish, sync, web
from monitor.extension import load_extensions
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Served:
    """A built release and the address it is served at."""

    release: Path
    address: str

    @functools.cached_property
    def pages(self) -> list[str]:
        """List the addresses of all pages, below the root of the site."""
        found = (path.relative_to(self.release).as_posix() for path in self.release.rglob("index.html"))
        return sorted(page.removesuffix("index.html") for page in found if "melden-shell" not in page)


@pytest.fixture(scope="session")
def published_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with a publication of the shipped plan, to copy."""

    def make(data: Path) -> None:
        settings = Settings(data=data, commitments=ROOT / "commitments", today=TODAY, reach_out=False)
        with Storage(settings.database) as storage:
            sync.sync(storage, commitments.load(settings.commitments / "2018-2020"), sync.Moment(NOW, TODAY))
            publish.publish(settings, storage, now=NOW, home=ROOT)

    return once(tmp_path_factory, "published", make)


@pytest.fixture(scope="session")
def served(published_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the shipped plan, as the program built it, with the real app."""
    data = shutil.copytree(published_data, tmp_path_factory.mktemp("site") / "data", symlinks=True)
    with serving_published(
        Settings(data=data, commitments=ROOT / "commitments", today=TODAY, reach_out=False)
    ) as found:
        yield found


@pytest.fixture(scope="session")
def served_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the invented plan, which runs, as ``monitor demo`` makes and builds it, with the real app."""

    def make(data: Path) -> None:
        shown = demo.demo_settings(Settings(data=data))
        demo.make(shown, load_extensions())
        with Storage(shown.database) as storage:
            publish.publish(shown, storage, now=shown.clock.now(), home=ROOT)

    made = once(tmp_path_factory, "published-demo", make)
    data = shutil.copytree(made, tmp_path_factory.mktemp("demo") / "data", symlinks=True)
    with serving_published(demo.demo_settings(Settings(data=data))) as found:
        yield found


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Make a published data folder once, however many processes share the tests; give its path."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with lease(shared / f"{name}.lock", wait_seconds=publish.BUILD_SECONDS) as held:
        assert held
        if publish.current(Settings(data=shared / name)) is None:
            make(shared / name)
    return shared / name


@contextmanager
def serving_published(settings: Settings) -> Iterator[Served]:
    """Serve a data folder that was published."""
    release = publish.current(settings)
    assert release
    with serving(settings) as address:
        yield Served(release, f"{address}/")


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve a data folder with the real app; give the address."""
    with listening(web.make_app(settings, load_extensions(), say=lambda line: None)) as address:
        yield address


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Let an app answer on a port of this machine; give the address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start the Chromium of the machine."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()
