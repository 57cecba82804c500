"""What reads from outside ends by itself in its time: what came in is kept, the rest goes first at the next run."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor import evidence, feeds, indicators, jobs, models, runs
from monitor.errors import OutOfTimeError
from monitor.extension import Job
from monitor.fetch import Guard
from monitor.indicators import IndicatorError
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW
from tests.hostile_server import HostileServer, Reply, Seen, hostile_server

RUNNING = date(2019, 6, 30)
WITHIN = timedelta(seconds=2)
# Far less than all of these would take one after the other.
ENDS_WITHIN = 8.0
# So many slow ones first that something else fits beside them; and more slow ones behind.
BESIDE = {"feeds": 10, "evidence": 2}
LASTING = ": wait for the next try; if this lasts, look at the address in a browser"


class Slow:
    """Pages that give no answer until they may."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def page(self, reply: Reply) -> Reply:
        self.opened.wait(30)
        return reply


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[HostileServer]:
    with hostile_server() as running:
        try:
            yield running
        finally:
            slow.opened.set()


def serve(server: HostileServer, slow: Slow, path: str, reply: Reply) -> None:
    def late(request: Seen) -> Reply:
        return slow.page(reply)

    server.pages[path] = late if path.startswith("/traag") else reply


def open_to(settings: Settings, server: HostileServer) -> Settings:
    return replace(settings, allow_hosts=(server.host,), today=RUNNING)


def ended_in_time(run: Job, settings: Settings) -> models.Run:
    """Run a job and see that it ended by itself."""
    started = time.monotonic()
    done = runs.run_job(settings, run)
    assert time.monotonic() - started < ENDS_WITHIN
    assert done
    return done


def asked(server: HostileServer) -> list[str]:
    return [request.path for request in server.seen if request.path != "/robots.txt"]


def rss(name: str) -> bytes:
    item = f"<item><guid isPermaLink='false'>{name}</guid><title>Bericht {name}</title></item>"
    return f"<rss version='2.0'><channel><title>t</title>{item}</channel></rss>".encode()


def test_reading_feeds_ends_in_time_and_goes_on_with_what_was_left(
    settings: Settings, shipped: models.PlanFolder, server: HostileServer, slow: Slow
) -> None:
    beside = BESIDE["feeds"]
    names = [*(f"traag-{n}" for n in range(beside)), *(f"vlot-{n}" for n in range(20))]
    names += [f"traag-{n}" for n in range(beside, beside + 20)]
    for name in names:
        serve(server, slow, f"/{name}", Reply(rss(name)))
    found = tuple(models.Feed(id=name, title=name, address=server.url(f"/{name}")) for name in names)
    told = open_to(settings, server)
    job = Job("feeds", timedelta(minutes=15), lambda known: feeds.run(known, within=2 * WITHIN))
    with Storage(settings.database) as storage:
        storage.replace_folder(shipped.model_copy(update={"feeds": found}), [])
        done = ended_in_time(job, told)
        left = [name for name in names if name.startswith("traag")]
        assert done.error == ("feeds: time was up after 4 seconds with 30 left: wait, those go first at the next run")
        assert (done.items, done.failures) == (20, 1)
        assert {entry.feed for entry in storage.all(models.Entry)} == set(names) - set(left)
        assert {state.feed for state in storage.all(models.FeedState)} == set(names) - set(left)
        slow.opened.set()
        server.seen.clear()
        done = ended_in_time(job, told)
        assert (done.items, done.error) == (30, None)
        assert sorted(asked(server)) == sorted(f"/{name}" for name in left)
        assert {entry.feed for entry in storage.all(models.Entry)} == set(names)


def test_feeds_that_were_left_go_before_those_that_were_read(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    names = [f"bron-{n:02}" for n in range(40)]
    for name in names:
        server.pages[f"/{name}"] = Reply(rss(name))
    found = tuple(models.Feed(id=name, title=name, address=server.url(f"/{name}")) for name in names)
    storage.replace_folder(shipped.model_copy(update={"feeds": found}), [])
    for name in names[:20]:
        known = {"feed": name, "plan": "2018-2020", "address": server.url(f"/{name}"), "last_tried_at": NOW}
        storage.put(models.FeedState.model_validate(known))

    async def visit() -> None:
        async with Guard(allow_hosts=[server.host]) as guard:
            await feeds.read_feeds(storage, guard=guard, now=NOW, today=RUNNING, force=True, say=lambda line: None)

    asyncio.run(visit())
    # Sixteen are read at once, so the order is exact but for that many.
    last = max(asked(server).index(f"/{name}") for name in names[20:])
    assert last < 20 + feeds.FEEDS_AT_ONCE
    assert set(asked(server)[:4]) <= {f"/{name}" for name in names[20:]}


def test_looking_at_evidence_ends_in_time_and_goes_on_with_what_was_left(
    settings: Settings, server: HostileServer, slow: Slow
) -> None:
    beside = BESIDE["evidence"]
    names = [*(f"traag-{n}" for n in range(beside)), *(f"vlot-{n}" for n in range(8))]
    names += [f"traag-{n}" for n in range(beside, beside + 8)]
    told = open_to(settings, server)
    job = Job("evidence", timedelta(minutes=5), lambda known: evidence.run(known, within=WITHIN))
    with Storage(settings.database) as storage:
        for name in names:
            serve(server, slow, f"/{name}", Reply(name.encode()))
            known = {"id": name, "plan": "p", "update_id": "u", "address": server.url(f"/{name}"), "recorded_at": NOW}
            storage.add(models.Evidence.model_validate(known))
        done = ended_in_time(job, told)
        assert done.error == (
            "evidence: time was up after 2 seconds with 10 left: wait, those go first at the next run"
        )
        assert done.items == 8
        looked = {record.id for record in storage.all(models.Evidence) if record.sha256}
        assert looked == {name for name in names if name.startswith("vlot")}
        assert len(evidence.Archive(told.data).entries()) == 8
        slow.opened.set()
        server.seen.clear()
        done = ended_in_time(job, told)
        assert (done.items, done.error) == (10, None)
        assert sorted(asked(server)) == sorted(f"/{name}" for name in names if name.startswith("traag"))
        assert all(record.sha256 for record in storage.all(models.Evidence))


def readers_of(server: HostileServer, names: list[str]) -> tuple[indicators.Reader, ...]:
    def read(name: str) -> indicators.Reader:
        return indicators.Reader(
            source=name,
            version=1,
            address=server.url(f"/{name}"),
            gives=(name,),
            read=lambda body, country: indicators.Reading({name: float(body)}),
        )

    return tuple(read(name) for name in names)


def test_reading_numbers_ends_in_time_and_goes_on_with_what_was_left(
    settings: Settings,
    shipped: models.PlanFolder,
    server: HostileServer,
    slow: Slow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["vlot-1", "kapot", "vlot-2", "traag-1", "traag-2", "traag-3"]
    for number, name in enumerate(names):
        serve(server, slow, f"/{name}", Reply(str(number).encode(), 500 if name == "kapot" else 200))
    monkeypatch.setattr("monitor.indicators.measuring.READERS", readers_of(server, names))
    found = tuple(
        models.Indicator.model_validate(
            {"id": n, "title": {"nl": n}, "relation": "direct", "automatic": True, "address": server.url(f"/{n}")}
        )
        for n in names
    )
    first, *others = (known.model_copy(update={"indicators": ()}) for known in shipped.commitments)
    commitments = (first.model_copy(update={"indicators": found}), *others)
    told = open_to(settings, server)
    job = Job("indicators", timedelta(days=1), lambda known: indicators.run(known, within=WITHIN))
    with Storage(settings.database) as storage:
        storage.replace_folder(shipped.model_copy(update={"commitments": commitments}), [])
        done = ended_in_time(job, told)
        assert done.error == (
            f"2018-2020/01/kapot: {server.url('/kapot')}: answered 500{LASTING}; "
            "indicators: time was up after 2 seconds with 3 left: wait, those go first at the next run"
        )
        assert done.items == 2
        assert {row.indicator for row in storage.all(models.MeasurementRow)} == {"vlot-1", "vlot-2"}
        slow.opened.set()
        server.seen.clear()
        done = ended_in_time(job, told)
        assert (done.items, done.error) == (3, None)
        assert asked(server) == ["/traag-1", "/traag-2", "/traag-3"]


def test_numbers_that_were_left_go_before_those_that_failed(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    names = ["eerder", "nooit"]
    found = tuple(
        models.Indicator.model_validate(
            {"id": n, "title": {"nl": n}, "relation": "direct", "automatic": True, "address": server.url(f"/{n}")}
        )
        for n in names
    )
    first, *others = (known.model_copy(update={"indicators": ()}) for known in shipped.commitments)
    commitments = (first.model_copy(update={"indicators": found}), *others)
    storage.replace_folder(shipped.model_copy(update={"commitments": commitments}), [])
    known = {"plan": "2018-2020", "commitment": "2018-2020/01", "indicator": "eerder", "last_tried_at": NOW}
    storage.put(models.IndicatorState.model_validate(known | {"address": server.url("/eerder"), "next_at": NOW}))

    async def visit() -> None:
        async with Guard(allow_hosts=[server.host]) as guard:
            readers = readers_of(server, names)
            await indicators.measure(storage, guard=guard, readers=readers, now=NOW, today=RUNNING)

    with pytest.raises(IndicatorError):
        asyncio.run(visit())
    assert asked(server) == ["/nooit", "/eerder"]


def test_what_reads_from_outside_ends_a_minute_before_its_limit() -> None:
    known = {job.name: job for job in jobs.core_jobs() if job.name in jobs.REACHING_OUT}
    assert set(known) == jobs.REACHING_OUT
    for job in known.values():
        assert job.limit == timedelta(minutes=5)
        assert job.run.keywords == {"within": timedelta(minutes=4)}  # type: ignore[attr-defined]


def test_time_that_is_up_is_told_in_one_line() -> None:
    told = OutOfTimeError("feeds", left=3, within=240, done=2)
    assert (str(told), told.done) == (
        "feeds: time was up after 240 seconds with 3 left: wait, those go first at the next run",
        2,
    )
