"""What tests share: the shipped plan read once, fresh databases, a fixed moment, a browser."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from monitor import commitments, models, sync
from monitor.settings import Settings
from monitor.storage import Storage
from tests.site_fixtures import published_data, served, served_demo

__all__ = ["published_data", "served", "served_demo"]
ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "commitments" / "2018-2020"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WITHOUT: set[str] = set()
MEASURED: list[str] = []
# No test depends on the network: whatever program a test starts fetches from this machine only.
os.environ["MONITOR_REACH_OUT"] = "no"


@pytest.fixture(scope="session")
def shipped() -> models.PlanFolder:
    """Give the plan 2018-2020 as it stands in git."""
    return commitments.load(SHIPPED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings with a data folder of their own."""
    return Settings(data=tmp_path / "data", commitments=ROOT / "commitments", today=TODAY, reach_out=False)


@pytest.fixture
def storage(settings: Settings) -> Iterator[Storage]:
    """Give an empty public database."""
    with Storage(settings.database) as opened:
        yield opened


@pytest.fixture
def synced(storage: Storage, shipped: models.PlanFolder) -> Storage:
    """Give a public database that holds the shipped plan."""
    sync.sync(storage, shipped, sync.Moment(NOW, TODAY))
    return storage


@pytest.fixture(scope="session")
def shipped_updates(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> list[models.Update]:
    """Give what is public of the shipped plan once it is synced."""
    with Storage(tmp_path_factory.mktemp("shipped") / "monitor.db") as storage:
        sync.sync(storage, shipped, sync.Moment(NOW, TODAY))
        return storage.all(models.Update)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of a Chromium; without one the test is skipped, and the run says so or fails in CI."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return _without("BROWSER TESTS: there is no Chromium. Install it with: make browser")


@pytest.fixture(scope="session")
def node() -> str:
    """Give the path of Node, with the npm packages of the tests installed; else as without Chromium."""
    # Node of PyPI stands beside Python where the machine had none.
    path = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if path and (ROOT / "node_modules" / "telegram-test-api").is_dir():
        return path
    return _without("TESTS WITH NODE: its packages are not installed. Install them with: make node")


def _without(what: str) -> NoReturn:
    WITHOUT.add(what)
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was measured, where this is one of several processes that share the tests."""
    if output := getattr(session.config, "workeroutput", None):
        output |= {"measured": MEASURED, "without": sorted(WITHOUT)}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what one of several processes measured."""
    told = getattr(node, "workeroutput", {})
    MEASURED.extend(told.get("measured", ()))
    WITHOUT.update(told.get("without", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what was measured, and which tests did not run for want of a tool."""
    for line in MEASURED:
        terminalreporter.write_line(line)
    for line in sorted(WITHOUT):
        terminalreporter.write_line(f"WITHOUT {line}", red=True)
