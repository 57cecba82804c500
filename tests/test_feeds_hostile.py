"""Feeds of a server that means harm: nothing hangs, nothing grows past its bound, and what is told of each is true."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from monitor import feed_facts, listening, models
from monitor.feed_facts import Condition
from monitor.models import Entry, Feed, FeedState
from monitor.storage import Storage
from tests.hostile_server import HostileServer, Reply, gzip_bomb, hostile_server
from tests.poll_alone import RUNNING
from tests.test_apart import NEVER_DONE, TOO_MUCH

ROOT = Path(__file__).parent.parent
SECONDS = 2.0
MEGABYTES, MEGABYTES_APART = 100, 200
PROCESSOR_SECONDS = 10.0
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha' * 10}'>" for n in range(10))

EBCDIC = f"<?xml version='1.0' encoding='cp037'?><rss version='2.0'><channel>{'<a>' * 1_000_000}".encode("cp037")


def rss(*items: str, before: str = "") -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"{before}<rss version='2.0'><channel><title>t</title>{inner}</channel></rss>".encode()


def item(number: object, title: str = "", more: str = "") -> str:
    link = f"<link>https://a.example/{number}</link>"
    return f"<guid isPermaLink='false'>{number}</guid><title>{title or number}</title>{link}{more}"


def changing() -> Iterator[Reply]:
    for number in count():
        yield Reply(rss(f"<guid>{number}</guid><title>Zelfde</title><link>https://a.example/zelfde</link>"))


def hostile_pages(server: HostileServer) -> None:
    ever_new = changing()
    days = (("oud", "Thu, 01 Jan 1795 00:00:00 GMT"), ("later", "Thu, 01 Jan 2099 00:00:00 GMT"))
    server.pages |= {
        "/410": Reply(status=410),
        "/304": Reply(status=304),
        "/429": Reply(status=429, headers={"Retry-After": "Mon, 23 Nov 2026 22:00:00 GMT"}),
        "/500": Reply(b"oh", 500),
        "/binnen": Reply(status=301, headers={"Location": "http://127.0.0.1:1/"}),
        "/auteur": Reply(NEVER_DONE["author"]),
        "/bom": gzip_bomb(60_000_000),
        "/data": Reply(rss(*(item(title, more=f"<pubDate>{day}</pubDate>") for title, day in days))),
        "/diep": Reply(b"<rss version='2.0'><channel><item>" + b"<a>" * 100_000),
        "/druppel": Reply(b"<rss>", drips=True),
        "/dubbel": Reply(rss(item(1, "Een"), item(1, "Een"), item(1, "Een"))),
        "/html": Reply(b"<html><body><p>hallo</body></html>", headers={"Content-Type": "application/rss+xml"}),
        "/ingepakt": Reply(b"x", headers={"Content-Encoding": "gzip, gzip"}),
        "/ebcdic": Reply(EBCDIC, headers={"Content-Type": "application/xml; charset=cp037"}),
        "/lach": Reply(rss(item(1, "&l9;"), before=f"<!DOCTYPE rss [{LAUGHS}]>")),
        "/regels": Reply(NEVER_DONE["blank lines"]),
        "/staart": Reply(gzip.compress(rss(item(1))) + b"x" * 9_000_000, headers={"Content-Encoding": "gzip"}),
        "/tags": Reply(b"<rss version='2.0'><channel><item>" + b"<a>" * 1_700_000),
        "/tekens": Reply(
            rss(item(1, "Financiën")).decode().encode("latin-1"), headers={"Content-Type": "text/xml; charset=utf-8"}
        ),
        "/veel": Reply(rss(*map(item, range(20_000)))),
        "/wisselend": lambda request: next(ever_new),
    }


def with_feeds(storage: Storage, shipped: models.PlanFolder, server: HostileServer) -> models.PlanFolder:
    found = [Feed(id=path[1:], title=path[1:], address=server.url(path)) for path in sorted(server.pages)]
    folder = shipped.model_copy(update={"feeds": tuple(found)})
    storage.replace_folder(folder, [])
    return folder


def poll_alone(storage: Storage, server: HostileServer) -> list[str]:
    """Read the feeds in a process of its own, hold its time and memory to their bounds, and give what it said."""
    command = [sys.executable, "-m", "tests.poll_alone", str(storage.path), server.host, str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kilobytes"] < MEGABYTES * 1024
    assert told["kilobytes_apart"] < MEGABYTES_APART * 1024
    assert told["processor"] < PROCESSOR_SECONDS
    return list(told["said"])


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        hostile_pages(running)
        yield running


def test_a_hostile_server_hangs_nothing_fills_nothing_and_is_told_of_truly(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    folder = with_feeds(storage, shipped, server)
    at = server.url
    errors = {
        "410": f"{at('/410')}: answered 410, gone for good: give its new address",
        "429": f"{at('/429')}: answered 429 and asks to wait 10:00:00: wait for the next try",
        "500": f"{at('/500')}: answered 500: wait for the next try; if this lasts, look at the address in a browser",
        "auteur": f"{at('/auteur')}: {TOO_MUCH}",
        "binnen": "127.0.0.1: is not on the public internet: give a public address",
        "bom": f"{at('/bom')}: is larger than 5242880 bytes: give the address of a smaller part",
        "diep": f"{at('/diep')}: has more than 20000 tags within each other: ask its publisher for a smaller feed",
        "druppel": f"{at('/druppel')}: no whole answer in 2 seconds: wait for the next try",
        "ebcdic": f"{at('/ebcdic')}: has more than 300000 tags: ask its publisher for a smaller feed",
        "html": f"{at('/html')}: is not a feed: look at the address in a browser and give that of the feed",
        "ingepakt": f"{at('/ingepakt')}: is packed as 'gzip, gzip', not as gzip: ask its publisher to repair that",
        "regels": f"{at('/regels')}: {TOO_MUCH}",
        "tags": f"{at('/tags')}: has more than 300000 tags: ask its publisher for a smaller feed",
    }
    news = {
        "304": "0 new entries",
        "data": "2 new entries",
        "dubbel": "1 new entry",
        "lach": "1 new entry",
        "staart": "1 new entry",
        "tekens": "1 new entry",
        "veel": "200 new entries",
        "wisselend": "1 new entry",
    }
    lines = [f"{feed}: {error}" for feed, error in errors.items()]
    assert poll_alone(storage, server) == sorted(
        [*lines, *(f"{feed}: {said}, 0 suggestions" for feed, said in news.items())]
    )
    assert poll_alone(storage, server) == sorted([*lines, *(f"{feed}: 0 new entries, 0 suggestions" for feed in news)])

    kept = storage.all(Entry)
    assert {entry.published_on for entry in kept} == {None}
    assert max(len(entry.title) for entry in kept) < 20
    assert [entry.title for entry in kept if entry.feed == "tekens"] == ["Financiën"]

    facts = feed_facts.of_plan(folder, storage.all(FeedState), RUNNING, fetches=True)
    conditions = (
        dict.fromkeys(news, Condition.READ) | dict.fromkeys(errors, Condition.FAILING) | {"410": Condition.GONE}
    )
    assert {known.feed.id: known.condition for known in facts} == conditions
    told = listening.feeds_text(folder.plan, facts, "nl")
    assert [line for line in told.splitlines() if line.startswith("  ")] == [
        f"  {feed}: lezen mislukt. Melding: {error}" for feed, error in sorted(errors.items())
    ]
