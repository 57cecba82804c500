"""`monitor publish` as a person starts it, while things go wrong: killed, twice at once, full disk, broken theme."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor import publish
from monitor.health import report
from monitor.settings import Settings
from tests.conftest import ROOT, TODAY
from tests.test_publish import contents

WAIT_SECONDS = 180
LOOK_SECONDS = 0.002


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a copy of what a publication reads, to spoil."""
    for name in ("site", "commitments"):
        shutil.copytree(ROOT / name, tmp_path / "house" / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "house" / "mkdocs.yml")
    return tmp_path / "house"


@pytest.fixture
def data(tmp_path: Path, published_data: Path) -> Path:
    """Give a data folder with one publication, to spoil."""
    return shutil.copytree(published_data, tmp_path / "data", symlinks=True)


def monitor(house: Path, data: Path, *, blocks_at_most: str = "unlimited") -> subprocess.Popen[str]:
    """Start a publication that can write files of so many blocks of 1,024 bytes."""
    command = [sys.executable, "-m", "monitor", "publish", "--data", str(data), "--today", TODAY.isoformat()]
    return subprocess.Popen(
        ["bash", "-c", f'ulimit -f {blocks_at_most}; exec "$@"', "-", *command],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait until it ends; give how, what it said, and what went wrong."""
    said, wrong = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, said, wrong


def settings_of(data: Path) -> Settings:
    return Settings(data=data, commitments=ROOT / "commitments", today=TODAY)


def served(data: Path) -> Path:
    release = publish.current(settings_of(data))
    assert release
    return release


@pytest.mark.parametrize(
    "at",
    [
        pytest.param("build/*/source", marks=pytest.mark.long),
        pytest.param("build/*/mkdocs.en.yml", marks=pytest.mark.long),
        "build/*/site/nl/2018-2020",
        "releases/.next",
    ],
)
def test_killed_in_the_middle_it_leaves_the_old_site_and_the_next_one_is_whole(
    house: Path, data: Path, at: str
) -> None:
    old, whole = served(data), contents(served(data))
    process = monitor(house, data)
    until = time.monotonic() + WAIT_SECONDS
    while not list(data.glob(at)) and process.poll() is None and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    process.send_signal(signal.SIGKILL)
    ended(process)
    assert contents(served(data)) == whole
    assert contents(old) == whole
    assert ended(monitor(house, data))[0] == 0
    assert contents(served(data)) == whole
    assert not (data / "releases" / ".next").exists()


def test_two_at_once_wait_for_each_other(house: Path, data: Path) -> None:
    whole = contents(served(data))
    both = [ended(process) for process in [monitor(house, data), monitor(house, data)]]
    assert [(code, said.startswith("Published"), wrong) for code, said, wrong in both] == [(0, True, "")] * 2
    assert contents(served(data)) == whole
    assert len(list((data / "releases").iterdir())) == 3


def test_broken_theme_leaves_the_old_site_and_says_so(house: Path, data: Path) -> None:
    old, whole = served(data), contents(served(data))
    (house / "site" / "overrides" / "main.html").write_text("{% broken %}", "utf-8")
    code, said, wrong = ended(monitor(house, data))
    assert (code, said) == (1, "")
    assert "the site was not renewed, the old one stays: mkdocs.nl.yml" in wrong
    assert (served(data), contents(old)) == (old, whole)
    assert any("the site was not renewed" in problem for problem in report(settings_of(data))["problems"])
    assert not (data / "build").exists()


def test_full_disk_leaves_the_old_site_and_says_so(house: Path, data: Path) -> None:
    old, whole = served(data), contents(served(data))
    (house / "site" / "nl" / "over" / "index.md").write_text("# Lang\n\n" + "Een zin. " * 40_000, "utf-8")
    code, said, wrong = ended(monitor(house, data, blocks_at_most="200"))
    assert (code, said) == (1, "")
    assert re.search(r"the site was not renewed.*File too large", wrong, re.DOTALL)
    assert (served(data), contents(old)) == (old, whole)
    assert not (data / "build").exists()
    assert ended(monitor(house, data))[0] == 0
    assert served(data) != old
