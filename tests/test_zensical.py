"""The staged tree under Zensical, which comes after Material: the same pages, without a hook or a plugin in the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from monitor import publish
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import ROOT

pytestmark = pytest.mark.long
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
NAMED = re.compile(r' (?:href|id)="([^"]*)"')
TAG = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def zensical() -> str:
    """Give the way to Zensical, in an environment of its own."""
    done = subprocess.run([ROOT / ".ci" / "zensical", sys.prefix], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_zensical_builds_the_same_pages_in_every_language(
    settings: Settings, synced: Storage, tmp_path: Path, zensical: str
) -> None:
    # Zensical does not see the anchors of HTML in Markdown, so it cannot be strict.
    by_zensical, by_mkdocs = tmp_path / "zensical", tmp_path / "mkdocs"
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file"]
    for folder, command in ((by_zensical, [zensical, "build", "--config-file"]), (by_mkdocs, mkdocs)):
        folder.mkdir()
        for config in publish.stage(settings, synced, folder=folder, home=ROOT):
            subprocess.run([*command, str(config)], check=True, cwd=folder, env=os.environ | publish.QUIET)
    for language in ("nl", "en"):
        mine, theirs = pages(by_mkdocs / "site" / language), pages(by_zensical / "site" / language)
        assert len(theirs) == len(list((by_zensical / "source" / language).rglob("*.md"))) + 1
        assert mine.keys() == theirs.keys()
        assert [name for name in mine if mine[name] != theirs[name]] == []


def pages(site: Path) -> dict[str, tuple[str, list[str]]]:
    """Give what each page says between header and footer, and its links and anchors."""
    return {str(path.relative_to(site)): said(path.read_text("utf-8")) for path in site.rglob("*.html")}


def said(html: str) -> tuple[str, list[str]]:
    found = MAIN.search(html)
    assert found
    return " ".join(unescape(TAG.sub("", found[0])).split()), [unescape(name) for name in NAMED.findall(found[0])]
