"""What comes in for ever stays within its bounds, keeps what matters, and says when a bound is reached."""

from __future__ import annotations

import asyncio
from collections import namedtuple
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from monitor import evidence, feed_facts, feeds, health, jobs, listening, models
from monitor.entries.parsing import ParsedEntry
from monitor.evidence import Archive
from monitor.feeds import keeping
from monitor.fetch import Answer, Guard
from monitor.models import Entry, Evidence, Feed, FeedState, HealthRow, Mention
from monitor.pages.health import fill
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW
from tests.hostile_server import HostileServer, Reply, Seen, hostile_server

RUNNING = date(2019, 6, 30)
HOUR = timedelta(hours=1)
FEED = Feed(id="bron", title="Bron", address="https://bron.example/rss")
MENTIONING = "Open Parlement"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few entries fill a feed."""
    monkeypatch.setattr(keeping, "UNMENTIONED_KEPT", 10)
    monkeypatch.setattr(keeping, "MENTIONED_KEPT", 3)


def entry(number: object, title: str = "") -> ParsedEntry:
    address = f"https://bron.example/{number}"
    return ParsedEntry(
        key=str(number), title=title or f"Bericht {number}", address=address, summary="", published_on=None
    )


def record(storage: Storage, folder: models.PlanFolder, *entries: ParsedEntry, hours: int = 0) -> feeds.Recorded:
    return feeds.record(storage, folder, FEED, entries, now=NOW + hours * HOUR)


def titles(storage: Storage) -> list[str]:
    return [kept.title for kept in storage.all(Entry, order="recorded_at, rowid")]


@pytest.mark.usefixtures("small")
def test_the_oldest_entries_without_a_mention_make_place(storage: Storage, shipped: models.PlanFolder) -> None:
    assert record(storage, shipped, entry("a", MENTIONING), entry("b")) == (2, 1, 0, 0)
    told = [record(storage, shipped, *(entry(f"{hours}-{n}") for n in range(4)), hours=hours) for hours in range(1, 6)]
    assert [known.let_go for known in told] == [0, 0, 3, 4, 4]
    assert len(titles(storage)) == 11
    assert titles(storage)[:2] == [MENTIONING, "Bericht 3-2"]
    (mention,) = storage.all(Mention)
    assert storage.get(Entry, id=mention.entry)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("state", ["suggested", "confirmed", "dismissed"])
def test_an_entry_that_was_put_to_people_stays_whatever_they_said(
    storage: Storage, shipped: models.PlanFolder, state: str
) -> None:
    record(storage, shipped, entry("a", MENTIONING))
    (mention,) = storage.all(Mention)
    storage.put(mention.model_copy(update={"state": models.MentionState(state)}))
    for hours in range(1, 5):
        record(storage, shipped, *(entry(f"{hours}-{n}") for n in range(9)), hours=hours)
    assert len(titles(storage)) == 11
    assert storage.get(Entry, id=mention.entry)


@pytest.mark.usefixtures("small")
def test_what_a_feed_still_holds_does_not_go_and_come_back(storage: Storage, shipped: models.PlanFolder) -> None:
    always = entry("altijd")
    record(storage, shipped, always)
    for hours in range(1, 6):
        told = record(storage, shipped, always, *(entry(f"{hours}-{n}") for n in range(5)), hours=hours)
        assert told.new == 5
    first = next(kept for kept in storage.all(Entry) if kept.title == "Bericht altijd")
    assert first.recorded_at == NOW


@pytest.mark.usefixtures("small")
def test_mentions_beyond_what_people_can_look_at_are_not_stored(storage: Storage, shipped: models.PlanFolder) -> None:
    many = [entry(n, f"{MENTIONING} {n}") for n in range(5)]
    assert record(storage, shipped, *many) == (3, 3, 0, 2)
    assert record(storage, shipped, *many, entry("gewoon"), hours=1) == (1, 0, 0, 2)
    assert titles(storage) == [f"{MENTIONING} 0", f"{MENTIONING} 1", f"{MENTIONING} 2", "Bericht gewoon"]


def test_what_went_cannot_be_found_any_more(
    storage: Storage, shipped: models.PlanFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "UNMENTIONED_KEPT", 1)
    record(storage, shipped, entry("oud"))
    (old,) = storage.all(Entry)
    known = {"record": old.id, "kind": "entry", "plan": "2018-2020", "language": "nl", "address": "", "label": "l"}
    said = {
        "title": "t",
        "title_language": "nl",
        "text": "x",
        "text_language": "nl",
        "keys": "",
        "words": "",
        "stems": "",
    }
    storage.add(models.Passage.model_validate(known | said))
    record(storage, shipped, entry("nieuw"), hours=1)
    assert storage.all(models.Passage) == []


# Where it is said


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def ever_new(words: str) -> Iterator[Reply]:
    """Give a feed with new ids and new titles each time."""
    for time in count():
        items = "".join(f"<item><guid>{time}-{n}</guid><title>{words} {time} {n}</title></item>" for n in range(5))
        yield Reply(f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode())


@pytest.mark.usefixtures("small")
def test_a_feed_without_an_end_is_bounded_and_each_place_says_so(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer, settings: Settings
) -> None:
    plain, full = ever_new("Bericht"), ever_new(MENTIONING)

    def page(pages: Iterator[Reply], request: Seen) -> Reply:
        return next(pages)

    server.pages |= {"/eindeloos": lambda seen: page(plain, seen), "/vol": lambda seen: page(full, seen)}
    found = tuple(Feed(id=name, title=name, address=server.url(f"/{name}")) for name in ("eindeloos", "vol"))
    folder = shipped.model_copy(update={"feeds": found})
    storage.replace_folder(folder, [])
    said: list[str] = []

    async def visit(hours: int) -> None:
        async with Guard(allow_hosts=[server.host]) as guard:
            now = NOW + hours * HOUR
            await feeds.read_feeds(storage, guard=guard, now=now, today=RUNNING, force=True, say=said.append)

    for hours in range(6):
        asyncio.run(visit(hours))
    assert storage.count(Entry, feed="eindeloos") == 10
    assert storage.count(Entry, feed="vol") == 3
    states = {state.feed: (state.let_go, state.left_out) for state in storage.all(FeedState)}
    assert states == {"eindeloos": (20, 0), "vol": (0, 5)}
    assert (
        sorted(said)[-6:-4]
        == ["vol: 0 new entries, 0 suggestions; full, 5 not stored: make its words in feeds.yml stricter"] * 2
    )

    told = Settings(data=settings.data, today=RUNNING)
    health.watch(told, [])
    rows = {row.about: (row.well, row.number, row.note) for row in storage.all(HealthRow, topic="feed")}
    assert rows == {
        "2018-2020/eindeloos": (True, 10, "20 old entries without a mention made place for new ones"),
        "2018-2020/vol": (False, 3, "full: 5 new entries were not stored: make its words stricter"),
    }
    notes = health.report(told)["notes"]
    assert "feed 2018-2020/vol: full: 5 new entries were not stored: make its words stricter" in notes
    page_now = filled(storage, told)
    assert "20 oude berichten gewist die over geen actiepunt gingen" in page_now
    assert "5 nieuwe berichten niet bewaard: deze bron is vol. Maak de woorden van de bron strenger." in page_now
    facts = feed_facts.of_plan(folder, storage.all(FeedState), RUNNING, fetches=True)
    lines = listening.feeds_text(shipped.plan, facts, "en").splitlines()
    assert "  vol: full. Not kept when it was last read: 5. Make the words in 2018-2020/feeds.yml stricter." in lines
    assert "  eindeloos: deleted because it was old and concerned no commitment: 20" in lines


def filled(storage: Storage, settings: Settings) -> str:
    page = '<html lang="nl"><p class="statement">toen</p><!-- health:begin -->toen<!-- health:end --></html>'
    now = settings.clock.now()
    return fill(page, storage, now=now, today=RUNNING, version="1", fetches=True)


# The store of what is cited


def cited(name: str, address: str) -> Evidence:
    return Evidence(id=name, plan="p", update_id="u", address=address, recorded_at=NOW)


def look(storage: Storage, server: HostileServer, archive: Archive, now: datetime) -> int:
    async def visit() -> int:
        async with Guard(allow_hosts=[server.host]) as guard:
            return await evidence.check(storage, guard=guard, archive=archive, now=now)

    return asyncio.run(visit())


def answer(address: str, body: bytes) -> Answer:
    return Answer(address, address, 200, NOW, {"content-type": "text/plain"}, body)


def test_a_full_store_keeps_no_body_until_there_is_room_again(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    storage.add(cited("stuk", server.url("/stuk")))
    server.pages["/stuk"] = Reply(b"besluit")
    first = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert look(storage, server, Archive(tmp_path, largest=0), first) == 1
    (found,) = storage.all(Evidence)
    assert (found.state, found.sha256, found.checked_at) == ("alive", answer("x", b"besluit").sha256, first)
    assert Archive(tmp_path).entries() == []
    assert look(storage, server, Archive(tmp_path), first + timedelta(days=7)) == 1
    assert [entry.sha256 for entry in Archive(tmp_path).entries()] == [found.sha256]


def test_a_body_that_differs_at_each_look_does_not_fill_the_disk(tmp_path: Path) -> None:
    archive = Archive(tmp_path, largest=20_000)
    kept = [archive.keep(answer("https://a.example/", f"{n}".encode() * 3)) for n in range(200)]
    assert kept[0] == NOW
    assert kept[-1] is None
    assert 20_000 <= archive.size < 22_000
    assert archive.why_full == "the store holds 0 MB, as much as it may"
    assert archive.keep(answer("https://a.example/", b"000")) == NOW
    assert archive.keep(answer("https://b.example/", b"000")) == NOW
    assert archive.size < 22_000


def test_a_store_that_would_fill_the_disk_says_so_before_it_is_full(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, 900 * 1024 * 1024))
    assert Archive(settings.data).why_full == "less than 1024 MB of the disk is free"
    assert Archive(settings.data).keep(answer("https://a.example/", b"x")) is None
    health.watch(settings, [])
    rows = {row.topic: (row.well, row.note) for row in synced.all(HealthRow) if row.topic in ("archive", "disk")}
    assert rows == {"disk": (True, None), "archive": (False, "less than 1024 MB of the disk is free")}
    assert [alarm.kind for alarm in synced.all(models.Alarm)] == ["archive"]
    assert "Er is te weinig ruimte. Nieuwe kopieën bewaren wij niet, tot er weer plaats is." in filled(synced, settings)
    notes = health.report(settings)["notes"]
    assert "archive: less than 1024 MB of the disk is free: what is cited is not kept: free space" in notes


def test_alarms_that_ended_long_ago_are_forgotten_and_open_ones_are_not(settings: Settings, synced: Storage) -> None:
    now = settings.clock.now()
    old, young = now - timedelta(days=366), now - timedelta(days=364)
    for name, ended in (("oud", old), ("jong", young), ("open", None)):
        known = {"id": name, "kind": "disk", "about": name, "message": {"nl": "Vol."}, "started_at": old}
        synced.put(models.Alarm.model_validate(known | {"ended_at": ended}))
    assert jobs.run_tidy(settings) == 1
    assert {alarm.id for alarm in synced.all(models.Alarm)} == {"jong", "open"}
