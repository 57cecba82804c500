"""Reads the feeds of all plans over HTTP; an entry is stored once, an error stays with its feed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor import models
from monitor.entries.apart import Parser, UnforeseenError
from monitor.entries.parsing import FeedError, ParsedEntry
from monitor.errors import OutOfTimeError
from monitor.feeds.keeping import Recorded, record
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.progress import phase
from monitor.settings import Settings
from monitor.storage import Storage

FEEDS_AT_ONCE = 16
LONGEST_BACK_OFF = timedelta(hours=24)
LONGEST_MARK = 500
LEFT = "left for the next run"

log = logging.getLogger("monitor.feeds")

Say = Callable[[str], object]


@dataclass(frozen=True)
class Polled:
    """How reading one feed went; ``waits`` says why it was not read."""

    feed: models.Feed
    new: int = 0
    suggested: int = 0
    error: str | None = None
    waits: str | None = None
    left_out: int = 0

    def __str__(self) -> str:
        if self.waits or self.error:
            return f"{self.feed.title}: {self.waits or self.error}"
        entries = "1 new entry" if self.new == 1 else f"{self.new} new entries"
        suggestions = "1 suggestion" if self.suggested == 1 else f"{self.suggested} suggestions"
        full = f"; full, {self.left_out} not stored: make its words in feeds.yml stricter" if self.left_out else ""
        return f"{self.feed.title}: {entries}, {suggestions}{full}"


@dataclass(frozen=True)
class _Reading:
    """What came of reading a feed, before anything of it is stored: why it was not read, an error, or an answer."""

    folder: models.PlanFolder
    feed: models.Feed
    state: models.FeedState
    found: str | FetchError | Answer
    entries: Sequence[ParsedEntry] = ()


def run(settings: Settings, *, within: timedelta | None = None) -> int:
    """Read the feeds that are due; give the number of new entries. Raise OutOfTimeError where time was up before."""
    return poll(settings, force=False, say=lambda line: None, within=within)


def poll(settings: Settings, *, force: bool, say: Say, within: timedelta | None = None) -> int:
    """Read the feeds that are due, or all with ``force``; say a line for each; give the number of new entries.

    What is not read ``within`` this time is left for the next run; OutOfTimeError says how many.
    """
    clock, seconds = settings.clock, within.total_seconds() if within else None

    async def visit() -> list[Polled]:
        async with Guard.of(settings) as guard:
            return await read_feeds(
                storage, guard=guard, now=clock.now(), today=clock.today(), force=force, say=say, seconds=seconds
            )

    with Storage(settings.database) as storage:
        polled = asyncio.run(visit())
    new, left = sum(one.new for one in polled), sum(one.waits == LEFT for one in polled)
    if left and seconds:
        raise OutOfTimeError("feeds", left=left, within=seconds, done=new)
    return new


async def read_feeds(
    storage: Storage,
    *,
    guard: Guard,
    now: datetime,
    today: date,
    force: bool,
    say: Say,
    seconds: float | None = None,
) -> list[Polled]:
    """Read the feeds of all plans, sixteen at once; one that fails is recorded and stops no other.

    What came in meanwhile is stored together: each transaction waits for the disk. Those tried longest ago go first,
    so that what is left after ``seconds`` has its turn at the next run.
    """
    places = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def one(folder: models.PlanFolder, feed: models.Feed, state: models.FeedState) -> _Reading:
        if waits := _why_not(folder.plan, feed, state, now=now, today=today, force=force):
            return _Reading(folder, feed, state, waits)
        async with places:
            return await _read(folder, feed, state, guard=guard, parser=parser, now=now)

    wanted = _oldest_first(storage)
    polled: list[Polled] = []
    async with Parser() as parser:
        async for readings in _as_they_come([one(*feed) for feed in wanted], seconds):
            with storage.transaction():
                stored = [_store(storage, reading, now=now) for reading in readings]
            polled += stored
            for line in stored:
                say(str(line))
    seen = {id(done.feed) for done in polled}
    left = [Polled(feed, waits=LEFT) for _, feed, _ in wanted if id(feed) not in seen]
    for line in left:
        say(str(line))
    return polled + left


def _oldest_first(storage: Storage) -> list[tuple[models.PlanFolder, models.Feed, models.FeedState]]:
    """List the feeds of all plans: those never tried, then those tried longest ago."""
    folders = [storage.folder(plan.id) for plan in storage.plans()]
    wanted = [(folder, feed, _state(storage, folder.plan.id, feed)) for folder in folders for feed in folder.feeds]
    return sorted(wanted, key=lambda feed: feed[2].last_tried_at or datetime.min.replace(tzinfo=UTC))


async def _as_they_come(work: Sequence[Awaitable[_Reading]], seconds: float | None) -> AsyncIterator[list[_Reading]]:
    """Give what is ready, again and again until all is or time is up; then break off the rest."""
    ready: asyncio.Queue[asyncio.Future[_Reading]] = asyncio.Queue()
    tasks = [asyncio.ensure_future(one) for one in work]
    for task in tasks:
        task.add_done_callback(ready.put_nowait)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds if seconds else None
    try:
        left = len(tasks)
        while left:
            done = await _ready(ready, until)
            if not done:
                return
            left -= len(done)
            yield [task.result() for task in done]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ready(ready: asyncio.Queue[asyncio.Future[_Reading]], until: float | None) -> list[asyncio.Future[_Reading]]:
    """Wait for what is done, and take all of it; nothing where time is up before."""
    try:
        async with asyncio.timeout_at(until):
            done = [await ready.get()]
    except TimeoutError:
        done = []
    while not ready.empty():
        done.append(ready.get_nowait())
    return done


def succeeded(
    state: models.FeedState, answer: Answer, *, feed: models.Feed, stored: Recorded, now: datetime
) -> models.FeedState:
    """Give the state of a feed after it was read."""
    marks = {"etag": _mark(answer, "etag"), "modified": _mark(answer, "last-modified")}
    outcome = {
        "last_tried_at": now,
        "last_success_at": now,
        "last_entry_at": now if stored.new else state.last_entry_at,
        "failures": 0,
        "error": None,
        "next_at": now + timedelta(hours=feed.interval_hours),
        "moved_to": answer.permanent_redirect,
    }
    bounds = {"let_go": state.let_go + stored.let_go, "left_out": stored.left_out}
    return state.model_copy(update=outcome if answer.is_unchanged else outcome | marks | bounds)


def failed(state: models.FeedState, error: FetchError, *, now: datetime) -> models.FeedState:
    """Give the state after a failure: tried again in 2, 4, 8, 16, 24 hours, or when asked; never where gone."""
    failures = state.failures + 1
    back_off = min(timedelta(hours=2 ** min(failures, 5)), LONGEST_BACK_OFF)
    next_at = None if error.gone else now + max(back_off, error.retry_after or back_off)
    return state.model_copy(
        update={"last_tried_at": now, "failures": failures, "error": str(error), "next_at": next_at}
    )


def _mark(answer: Answer, name: str) -> str | None:
    """Give what a server wants to hear next time; one that is long is left out, and the feed read as a whole."""
    mark = answer.headers.get(name)
    return mark if mark and len(mark) <= LONGEST_MARK else None


def _why_not(
    plan: models.Plan, feed: models.Feed, state: models.FeedState, *, now: datetime, today: date, force: bool
) -> str | None:
    if feed.dead:
        return "dead, not read"
    if phase(plan, today) is models.Phase.CLOSED and not feed.after_plan:
        return "the plan is closed, not read"
    if force or state.last_tried_at is None or (state.next_at and state.next_at <= now):
        return None
    return f"not read before {state.next_at:%Y-%m-%d %H:%M} UTC" if state.next_at else state.error


def _state(storage: Storage, plan: str, feed: models.Feed) -> models.FeedState:
    """Give what is known of reading a feed; of a new address nothing is, but when the feed last had news."""
    known = storage.get(models.FeedState, plan=plan, feed=feed.id)
    if known and known.address == feed.address:
        return known
    last = known.last_entry_at if known else None
    return models.FeedState(plan=plan, feed=feed.id, address=feed.address, last_entry_at=last)


async def _read(
    folder: models.PlanFolder,
    feed: models.Feed,
    state: models.FeedState,
    *,
    guard: Guard,
    parser: Parser,
    now: datetime,
) -> _Reading:
    try:
        if not (state.etag or state.modified):
            await parser.expect()  # nothing is known by which the server could say that nothing changed
        answer = await fetch(feed.address, guard=guard, now=now, etag=state.etag, modified=state.modified)
        entries = [] if answer.is_unchanged else await _entries(answer, parser, now)
    except FetchError as error:
        return _Reading(folder, feed, state, error)
    except Exception as error:
        # A feed is written by others: what nobody foresaw is told of this feed, and stops no other.
        log.exception("feed %s of %s", feed.id, folder.plan.id)
        kind = error.kind if isinstance(error, UnforeseenError) else type(error).__name__
        unforeseen = FetchError(f"{feed.address}: cannot be read ({kind}): report this with the log")
        return _Reading(folder, feed, state, unforeseen)
    return _Reading(folder, feed, state, answer, entries)


def _store(storage: Storage, reading: _Reading, *, now: datetime) -> Polled:
    """Keep what a feed answered, within a transaction."""
    feed, state, found = reading.feed, reading.state, reading.found
    if isinstance(found, str):
        return Polled(feed, waits=found)
    if isinstance(found, FetchError):
        storage.put(failed(state, found, now=now))
        return Polled(feed, error=str(found))
    stored = record(storage, reading.folder, feed, reading.entries, now=now)
    storage.put(succeeded(state, found, feed=feed, stored=stored, now=now))
    return Polled(feed, stored.new, stored.suggested, left_out=stored.left_out)


async def _entries(answer: Answer, parser: Parser, now: datetime) -> list[ParsedEntry]:
    body, content_type = answer.require_success().body, answer.headers.get("content-type", "")
    try:
        return await parser.parse(body, now=now, address=answer.address, content_type=content_type)
    except FeedError as error:
        raise FetchError(f"{answer.asked}: {error}") from error
