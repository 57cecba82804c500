from __future__ import annotations

import dataclasses
import re
import shutil
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import commitments, models, publish, sync
from monitor.extension import PACKAGE
from monitor.health import report
from monitor.lease import lease
from monitor.publish import PublishError
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_storage import an_update

RUNNING = ROOT / "tests" / "data" / "plans" / "2026-2028"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a copy of mkdocs.yml and site/ that a test may spoil."""
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    shutil.copytree(ROOT / "site", tmp_path / "site")
    return tmp_path


@pytest.fixture
def built(settings: Settings, published_data: Path) -> Path:
    """Give the release that is served from the data folder of a test which was published before."""
    shutil.copytree(published_data, settings.data, symlinks=True, dirs_exist_ok=True)
    release = publish.current(settings)
    assert release
    return release


def test_release_holds_every_language_and_the_pointer_leads_to_it(built: Path, settings: Settings) -> None:
    release = settings.data / "releases" / NOW.strftime("%Y%m%dT%H%M%S%f")
    assert built == release.resolve()
    for page in ("index.html", "404.html", "en/index.html", "2018-2020/01/index.html", "en/2018-2020/11/index.html"):
        assert (release / page).is_file(), page
    with Storage(settings.database) as storage:
        assert not publish.is_due(settings, storage, ROOT)
    last = publish.last(settings)
    assert last is not None
    assert (last.release, last.error, last.at) == (release.name, "", NOW)


def test_it_is_due_when_data_move(settings: Settings, synced: Storage) -> None:
    synced.add(models.Run(id="q", job="feeds", started_at=NOW))
    before = publish.fingerprint(settings, synced, ROOT)
    synced.add(models.Run(id="r", job="feeds", started_at=NOW))
    assert publish.fingerprint(settings, synced, ROOT) == before
    synced.add(an_update())
    assert publish.fingerprint(settings, synced, ROOT) != before


@pytest.mark.parametrize("shown", ["url", "edit_url", "telegram_bot"])
def test_it_is_due_when_a_setting_that_pages_show_moves(settings: Settings, synced: Storage, shown: str) -> None:
    moved = dataclasses.replace(settings, **{shown: "voorbeeld_bot"})
    assert publish.fingerprint(moved, synced, ROOT) != publish.fingerprint(settings, synced, ROOT)


def test_a_closed_plan_is_not_built_anew_at_midnight(settings: Settings, synced: Storage) -> None:
    before = publish.fingerprint(dataclasses.replace(settings, today=date(2026, 11, 25)), synced, ROOT)
    for day in (date(2026, 11, 26), date(2026, 12, 24), date(2036, 1, 1)):
        assert publish.fingerprint(dataclasses.replace(settings, today=day), synced, ROOT) == before


def test_a_closed_plan_is_built_anew_on_the_day_a_record_becomes_public(settings: Settings, synced: Storage) -> None:
    synced.add(an_update(published_on=date(2026, 12, 1)))
    days = [date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]
    told = [publish.fingerprint(dataclasses.replace(settings, today=day), synced, ROOT) for day in days]
    assert [before == after for before, after in pairwise(told)] == [True, False, True]


def test_a_running_plan_is_built_anew_each_day(settings: Settings, storage: Storage) -> None:
    sync.sync(storage, commitments.load(RUNNING), sync.Moment(NOW, TODAY))
    days = (date(2027, 2, 20), date(2027, 2, 21))
    one, other = (publish.fingerprint(dataclasses.replace(settings, today=day), storage, ROOT) for day in days)
    assert one != other


def test_a_closed_plan_is_the_same_site_to_the_byte_on_any_day(settings: Settings, synced: Storage) -> None:
    november, december = (built_on(settings, synced, day) for day in (date(2026, 11, 25), date(2026, 12, 24)))
    assert contents(november) == contents(december)
    pages = {"index.html", "en/2018-2020/04/index.html", "sitemap.xml", "sitemap.xml.gz", "search/search_index.json"}
    assert pages | {"en/search/search_index.json.gz"} <= contents(november).keys()


def test_only_the_health_page_tells_times_of_jobs(settings: Settings, synced: Storage, published_data: Path) -> None:
    quiet = contents(published_data / "site")
    synced.add(models.Run(id="feeds-1", job="feeds", started_at=NOW, ended_at=NOW))
    synced.add(models.HealthRow(topic="job", about="feeds", well=True, last_at=NOW, checked_at=NOW))
    busy = contents(publish.publish(settings, synced, now=NOW + timedelta(minutes=1), home=ROOT))
    moved = {name.removesuffix(".gz") for name in quiet.keys() | busy.keys() if quiet.get(name) != busy.get(name)}
    assert moved == {"over/gezondheid/index.html", "en/about/health/index.html"}


def test_a_running_plan_changes_by_a_day_only_where_it_says_so(settings: Settings, storage: Storage) -> None:
    sync.sync(storage, commitments.load(RUNNING), sync.Moment(NOW, TODAY))
    before, after = (contents(built_on(settings, storage, date(2027, 2, day))) for day in (20, 21))
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name] and name.endswith(".html")}
    lines = {
        line
        for name in changed
        for pair in zip(before[name].splitlines(), after[name].splitlines(), strict=True)
        if pair[0] != pair[1]
        for line in pair
    }
    saying = re.compile(rb'class="(today|now|tag tag-late)"|2027-02-2[01]|in \d+ days<')
    assert changed
    assert [line for line in lines if not saying.search(line)] == []


def built_on(settings: Settings, storage: Storage, day: date) -> Path:
    """Build the site of the same data on a day, in a folder of its own."""
    moved = dataclasses.replace(settings, data=settings.data / day.isoformat(), today=day)
    moved.data.mkdir(parents=True)
    return publish.publish(moved, storage, now=datetime.combine(day, time(12), UTC), home=ROOT)


def contents(release: Path) -> dict[str, bytes]:
    return {str(path.relative_to(release)): path.read_bytes() for path in release.rglob("*") if path.is_file()}


def test_failed_build_leaves_the_old_release_and_says_so(built: Path, settings: Settings, home: Path) -> None:
    (home / "site" / "overrides" / "main.html").write_text("{% broken %}", "utf-8")
    with Storage(settings.database) as storage:
        with pytest.raises(PublishError, match="the site was not renewed, the old one stays"):
            publish.publish(settings, storage, now=NOW + timedelta(minutes=1), home=home)
        assert publish.is_due(settings, storage, home)
    last = publish.last(settings)
    assert publish.current(settings) == built
    assert last is not None
    assert last.release == built.name
    assert last.error.startswith("the site was not renewed")


def built_by_hand(configs: Iterable[Path], stopping: object) -> None:
    for config in configs:
        folder = config.parent / "site" / config.name.split(".")[1]
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<script>1</script>", "utf-8")


def test_missing_page_is_noticed(settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_build", built_by_hand)
    with pytest.raises(PublishError, match=r"the site was not renewed: \d+ pages are missing in 'nl'"):
        publish.publish(settings, synced, now=NOW, home=ROOT)
    assert publish.current(settings) is None


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (KeyError("2018-2020/12"), "unexpected KeyError: see the log"),
        (ValueError(), "unexpected ValueError: see the log"),
        (publish.PublishError("2 bladzijden ontbreken"), "2 bladzijden ontbreken"),
    ],
)
def test_whatever_stops_a_publication_is_told(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(publish.pages, "write", broken)
    with pytest.raises(type(failure)):
        publish.publish(settings, synced, now=NOW, home=ROOT)
    assert f"publication: {told}" in report(settings)["problems"]
    assert publish.is_due(settings, synced, ROOT)


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


def test_the_changelog_tells_of_this_version_first_and_the_same_in_every_language() -> None:
    pages = [(ROOT / "site" / path).read_text("utf-8") for path in ("nl/over/versies.md", "en/about/changelog.md")]
    versions = [re.findall(r"^## Versi(?:e|on) ([\d.]+), .*\{: #v([\d-]+) \}$", page, re.MULTILINE) for page in pages]
    assert versions[0] == versions[1]
    assert versions[0][0] == (version(PACKAGE), version(PACKAGE).replace(".", "-"))
    assert len({page.count("\n- ") for page in pages}) == 1


def test_a_build_that_a_crash_left_writing_is_in_nobodys_way(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = shutil.rmtree

    def remove_while_another_writes(path: Path, ignore_errors: bool = False) -> None:
        remove(path, ignore_errors=ignore_errors)
        if path == settings.data / "build":
            (path / "orphan").mkdir(parents=True)
            (path / "orphan" / "old.html").write_text("old", "utf-8")

    monkeypatch.setattr(shutil, "rmtree", remove_while_another_writes)
    release = publish.publish(settings, synced, now=NOW, home=ROOT)
    assert publish.current(settings) == release.resolve()
    assert not list(release.rglob("old.html"))


def test_a_release_that_may_hold_what_was_erased_goes_with_the_next_publication(tmp_path: Path) -> None:
    made = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    with Storage(tmp_path / "monitor.db") as storage:
        assert publish._kept(storage, None) == 3
        served = tmp_path / made.strftime(publish.NAMED)
        gone = models.Tombstone(id="t", kind="file", ground="persoonsgegevens", role="coordinator", erased_at=made)
        storage.add(gone.model_copy(update={"id": "before", "erased_at": made - timedelta(hours=1)}))
        assert publish._kept(storage, served) == 3
        storage.add(gone.model_copy(update={"erased_at": made + timedelta(hours=1)}))
        assert publish._kept(storage, served) == 1
