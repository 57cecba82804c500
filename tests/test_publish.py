from __future__ import annotations

import dataclasses
import shutil
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor import models, publish
from monitor.lease import lease
from monitor.publish import PublishError
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, ROOT
from tests.test_storage import an_update


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a copy of mkdocs.yml and site/ that a test may spoil."""
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    shutil.copytree(ROOT / "site", tmp_path / "site")
    return tmp_path


def test_release_holds_every_language_and_the_pointer_leads_to_it(settings: Settings, synced: Storage) -> None:
    release = publish.publish(settings, synced, now=NOW, home=ROOT)
    assert publish.current(settings) == release.resolve()
    for page in ("index.html", "404.html", "en/index.html", "2018-2020/01/index.html", "en/2018-2020/11/index.html"):
        assert (release / page).is_file(), page
    assert not publish.is_due(settings, synced, ROOT)
    published = publish.last(settings)
    assert published is not None
    assert (published.release, published.error, published.at) == (release.name, "", NOW)


def test_it_is_due_when_data_or_day_move(settings: Settings, synced: Storage) -> None:
    synced.add(models.Run(id="q", job="feeds", started_at=NOW))
    before = publish.fingerprint(settings, synced, ROOT)
    tomorrow = dataclasses.replace(settings, today=date(2026, 11, 24))
    assert publish.fingerprint(tomorrow, synced, ROOT) != before
    synced.add(models.Run(id="r", job="feeds", started_at=NOW))
    assert publish.fingerprint(settings, synced, ROOT) == before
    synced.add(an_update())
    assert publish.fingerprint(settings, synced, ROOT) != before


def test_failed_build_leaves_the_old_release_and_says_so(settings: Settings, synced: Storage, home: Path) -> None:
    old = publish.publish(settings, synced, now=NOW, home=home)
    (home / "site" / "overrides" / "main.html").write_text("{% broken %}", "utf-8")
    with pytest.raises(PublishError, match="the site was not renewed, the old one stays"):
        publish.publish(settings, synced, now=NOW + timedelta(minutes=1), home=home)
    published = publish.last(settings)
    assert publish.current(settings) == old.resolve()
    assert published is not None
    assert published.release == old.name
    assert published.error.startswith("the site was not renewed")
    assert publish.is_due(settings, synced, home)


def test_three_releases_stay(settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_build", built_by_hand)
    monkeypatch.setattr(publish, "_check", lambda *_: None)
    made = [publish.publish(settings, synced, now=NOW + timedelta(minutes=n), home=ROOT) for n in range(5)]
    kept = sorted(path.name for path in (settings.data / "releases").iterdir())
    assert kept == sorted(release.name for release in made[-3:])


def built_by_hand(configs: list[Path], stopping: object) -> None:
    for config in configs:
        folder = config.parent / "site" / config.name.split(".")[1]
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<script>1</script>", "utf-8")


def test_missing_page_is_noticed(settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_build", built_by_hand)
    with pytest.raises(PublishError, match=r"the site was not renewed: \d+ pages are missing in 'nl'"):
        publish.publish(settings, synced, now=NOW, home=ROOT)
    assert publish.current(settings) is None


def test_inline_scripts_are_named_by_their_hash(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<script>alert(1)</script><script src=x></script>", "utf-8")
    assert publish._inline_scripts(tmp_path) == ["'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"]


def test_one_publisher_at_a_time(settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "WAIT_SECONDS", 0.2)
    with lease(settings.data / "publish.lock"), pytest.raises(publish.StoppedError, match="another program"):
        publish.publish(settings, synced, now=NOW, home=ROOT)
    assert publish.last(settings) is None


def test_stopping_ends_a_build_and_leaves_no_failure_behind(settings: Settings, synced: Storage) -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(publish.StoppedError, match="the program stops"):
        publish.publish(settings, synced, now=NOW, home=ROOT, stopping=stopping)
    assert publish.last(settings) is None
    assert publish.is_due(settings, synced, ROOT)


def test_spoiled_note_of_the_last_publication_makes_a_new_one_due(settings: Settings, synced: Storage) -> None:
    (settings.data / publish.PUBLISHED).write_text("{", "utf-8")
    assert publish.last(settings) is None
    assert publish.is_due(settings, synced, ROOT)
