"""How the monitor is doing: for machines, for the health page, for those who query, and for who is to be told."""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from monitor import alarms, backup, commitments, feed_facts, indicators, models, publish, timing
from monitor.alarms import JobSeen, Kind, Moved, Numbered, Seen
from monitor.evidence import Archive
from monitor.extension import PACKAGE, Extension, Job
from monitor.feed_facts import Condition, FeedFacts
from monitor.models import HEARTBEAT
from monitor.settings import Settings
from monitor.storage import Storage, StorageError

# With less than this no backup fits any more; the alarm rings long before.
DISK_TOO_LITTLE = 200 * alarms.MEGABYTE
BEATS_WITHIN = timedelta(minutes=5)
# A job that hangs for longer can only be ended with the program, so whoever watches /healthz may start it anew.
HANGS_WITHIN = timedelta(hours=1)
OFF = "not fetched: the operator switched that off, or these are examples"

SILENT = "silent"

log = logging.getLogger("monitor.health")


def watch(settings: Settings, jobs: Sequence[Job]) -> int:
    """Write how everything goes, and let alarms begin and end; give how many did."""
    with Storage(settings.database) as storage:
        seen = look(settings, storage, jobs)
        decided = alarms.decide(seen, storage.all(models.Alarm, ended_at=None))
        found = list(rows(settings, storage, seen))
        with storage.transaction():
            for old in storage.all(models.HealthRow):
                storage.delete(models.HealthRow, topic=old.topic, about=old.about)
            for record in (*found, *decided.begun, *decided.changed, *decided.ended):
                storage.put(record)
    return len(decided.begun) + len(decided.ended)


def look(settings: Settings, storage: Storage, jobs: Sequence[Job]) -> Seen:
    """Look at everything that can be wrong."""
    last = storage.last_runs()
    published, saved_at, unsaved_since = publish.last(settings), *_saved(settings, storage, jobs)
    cited = storage.all(models.Evidence)
    waiting = [queue.oldest_at for queue in storage.all(models.Queue) if queue.waiting and queue.oldest_at]
    return Seen(
        now=settings.clock.now(),
        jobs=tuple(JobSeen(job, last.get(job.name), bool(job.expects and job.expects(settings))) for job in jobs),
        feeds=tuple(facts.state for facts in polled_feeds(settings, storage)),
        indicators=tuple(_numbers(settings, storage)),
        publication_error=published.error if published else "",
        free_bytes=shutil.disk_usage(settings.data).free,
        archive_full=bool(Archive(settings.data).why_full),
        backup_at=saved_at,
        unsaved_since=unsaved_since,
        queue_at=min(waiting, default=None),
        moved=tuple(_moved(settings, storage)),
        links=_tried(cited),
        silent_links=_silent(cited),
    )


def _saved(settings: Settings, storage: Storage, jobs: Sequence[Job]) -> tuple[datetime | None, datetime | None]:
    """Give when the newest backup was made, else since when there is data without one; nothing where none is made."""
    if not any(job.name == "backup" for job in jobs):
        return None, None
    made = backup.made(settings)
    return (backup.made_at(made[0]), None) if made else (None, storage.made_at())


def _numbers(settings: Settings, storage: Storage) -> Iterator[Numbered]:
    """Tell how reading goes of the indicators that are read; what was learnt of another address does not count."""
    for wanted in indicators.automatic(storage, today=settings.clock.today()) if settings.fetches else ():
        state = storage.get(models.IndicatorState, **wanted.key)
        if state and state.address == wanted.address:
            yield Numbered(wanted.id, wanted.indicator.title, state)


def polled_feeds(settings: Settings, storage: Storage) -> list[FeedFacts]:
    """Tell of the feeds that are read: none where nothing is fetched."""
    return [facts for facts in _followed(settings, storage) if facts.condition is not Condition.OFF]


def _moved(settings: Settings, storage: Storage) -> Iterator[Moved]:
    """List the feeds that name another address for good, with the line of the plan files to change."""
    for facts in _followed(settings, storage):
        if facts.moved_to:
            plan, feed = facts.state.plan, facts.feed
            line = commitments.lines_of_feeds(settings.commitments, plan).get(feed.id)
            file = f"{plan}/{commitments.FEEDS_FILE}"
            yield Moved(f"{plan}/{feed.id}", feed.title, facts.moved_to, file, line)


def _followed(settings: Settings, storage: Storage) -> list[FeedFacts]:
    """Tell of the feeds that are followed: not of the dead ones, nor of those that end with a closed plan."""
    states, today, fetches = storage.all(models.FeedState), settings.clock.today(), settings.fetches
    folders = (storage.folder(plan.id) for plan in storage.plans())
    found = (facts for folder in folders for facts in feed_facts.of_plan(folder, states, today, fetches=fetches))
    return [facts for facts in found if facts.condition not in (Condition.DEAD, Condition.ENDED)]


def rows(settings: Settings, storage: Storage, seen: Seen) -> Iterator[models.HealthRow]:
    """Give a row for each thing the monitor depends on."""
    for topic, about, well, known in _facts(settings, storage, seen):
        yield models.HealthRow(topic=topic, about=about, well=well, checked_at=seen.now, **known)


def _facts(settings: Settings, storage: Storage, seen: Seen) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
    yield from (_job(job, seen.now) for job in seen.jobs)
    yield "fetching", "internet", True, {} if settings.fetches else {"note": OFF}
    yield from _feeds(settings, storage)
    yield from _indicators(settings, storage, seen.now)
    yield from _evidence(storage)
    published = publish.last(settings)
    told = {"last_at": published.at, "note": published.error or None} if published else {}
    yield "publication", "site", bool(published and not published.error), told
    yield "disk", "data", seen.free_bytes >= alarms.DISK_AT_LEAST, {"number": seen.free_bytes // alarms.MEGABYTE}
    archive = Archive(settings.data)
    held = {"number": archive.size // alarms.MEGABYTE, "note": archive.why_full or None}
    yield "archive", "data", not seen.archive_full, held
    saved = {"last_at": seen.backup_at, "number": len(backup.made(settings))}
    yield "backup", "data", alarms.of_backup(seen) is None, saved
    yield "version", PACKAGE, True, {"note": version(PACKAGE)}


def _job(seen: JobSeen, now: datetime) -> tuple[str, str, bool, dict[str, Any]]:
    last = seen.last
    start = timing.next_start(seen.job, last)
    told: dict[str, Any] = {"next_at": None if seen.job.mark else start}
    if last:
        told |= {"last_at": last.started_at, "number": None if last.is_open else last.items, "note": last.error}
    return "job", seen.job.name, not (last and last.error) and alarms.of_job(seen, now) is None, told


def _feeds(settings: Settings, storage: Storage) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
    for facts in _followed(settings, storage):
        state = facts.state
        note = OFF if facts.condition is Condition.OFF else state.error or _bounds(state)
        told = {"last_at": state.last_success_at, "next_at": facts.next_at, "note": note}
        well = facts.condition not in (Condition.FAILING, Condition.GONE) and not state.left_out
        kept = storage.count(models.Entry, plan=state.plan, feed=facts.feed.id)
        yield "feed", f"{state.plan}/{facts.feed.id}", well, {"number": kept, **told}


def _bounds(state: models.FeedState) -> str | None:
    """Say that a feed brought more than is kept of it."""
    left_out = f"full: {state.left_out} new entries were not stored: make its words stricter"
    let_go = f"{state.let_go} old entries without a mention made place for new ones"
    told = [text for text, number in ((left_out, state.left_out), (let_go, state.let_go)) if number]
    return "; ".join(told) or None


def _indicators(settings: Settings, storage: Storage, now: datetime) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
    for wanted in indicators.automatic(storage, today=settings.clock.today()):
        state = storage.get(models.IndicatorState, **wanted.key)
        told = {"last_at": state.last_success_at, "next_at": state.next_at, "note": state.error} if state else {}
        if not settings.fetches:
            told |= {"next_at": None, "note": OFF}
        well = state is None or not settings.fetches or not (state.failures or state.is_stale(now))
        yield "indicator", wanted.id, well, told


def _evidence(storage: Storage) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
    records, found = storage.all(models.Evidence), defaultdict(list)
    for record in records:
        found[_stand(record)].append(record)
    for stand, known in sorted(found.items()):
        looked = [at for record in known if (at := record.checked_at or record.tried_at)]
        well = stand != SILENT or not alarms.is_silent(len(known), _tried(records))
        yield "evidence", stand, well, {"number": len(known), "last_at": max(looked, default=None)}


def _tried(records: Sequence[models.Evidence]) -> int:
    """Count the links that were looked at."""
    return sum(bool(record.address and record.tried_at) for record in records)


def _silent(records: Sequence[models.Evidence]) -> int:
    """Count the links that gave an answer before, and none at the last look."""
    return sum(_stand(record) == SILENT for record in records)


def _stand(record: models.Evidence) -> str:
    """Name how evidence stands: what was looked at and gave no usable answer is not what waits for it."""
    if not record.address and not record.file:
        return "no-address"
    if record.tried_at and record.tried_at != record.checked_at:
        return SILENT if record.checked_at else "unanswered"
    return record.state


def report(
    settings: Settings,
    extensions: Sequence[Extension] = (),
    jobs: Sequence[Job] = (),
    *,
    started_at: datetime | None = None,
) -> dict[str, Any]:
    """Tell version, jobs, feeds, publication, disk and backups; ``problems`` stop the service, ``notes`` do not.

    Anybody may ask, as often as they like: it serves what was found at the last look, with its moment, and counts
    nothing that grows. ``started_at`` is when the program started that is to run the jobs, where one does.
    """
    problems: list[str] = []
    notes: list[str] = []
    state: dict[str, Any] = {"version": version(PACKAGE), "folder": settings.kind}
    try:
        with Storage(settings.database) as storage:
            state |= _of_database(settings, storage, jobs, problems, notes, started_at)
    except StorageError as error:
        problems.append(str(error))
    state["publication"] = _publication(settings, problems)
    state["backups"] = [path.name for path in backup.listed(settings)]
    state["free_bytes"] = free = shutil.disk_usage(settings.data).free
    if free < DISK_TOO_LITTLE:
        problems.append(f"disk: only {free // alarms.MEGABYTE} MB are free")
    for extension in extensions:
        told = _of_extension(extension, settings)
        notes += [str(problem) for problem in _list(told.pop("problems", []))]
        state |= told
    return {"ok": not problems, "problems": problems, "notes": notes, **state}


def _of_database(
    settings: Settings,
    storage: Storage,
    jobs: Sequence[Job],
    problems: list[str],
    notes: list[str],
    started_at: datetime | None,
) -> dict[str, Any]:
    plans = [plan.id for plan in storage.all(models.Plan, order="period DESC, id DESC")]
    problems += [] if plans else ["plan: none was loaded"]
    runs, now, known = storage.last_runs(), settings.clock.now(), storage.all(models.HealthRow)
    looked_at = max((row.checked_at for row in known), default=None)
    problems += _of_schedule(runs, looked_at, now, started_at)
    notes += [f"job {run.job}: {run.error}" for run in runs.values() if run.error]
    notes += [] if settings.fetches else [f"fetching: {settings.why_nothing_is_fetched}"]
    notes += _noted(known)
    open_alarms = storage.all(models.Alarm, ended_at=None)
    notes += [f"alarm {alarm.kind} {alarm.about}".strip() for alarm in open_alarms]
    return {
        "looked_at": looked_at.isoformat() if looked_at else None,
        "fetches": settings.fetches,
        "indicators": _told_of_indicators(storage, now, notes),
        "plans": plans,
        "alarms": [alarm.model_dump(mode="json", exclude={"ended_at"}) for alarm in open_alarms],
        "jobs": {name: run.model_dump(mode="json", exclude={"id", "job", "mark"}) for name, run in runs.items()}
        | {job.name: None for job in jobs if job.name not in runs},
        "rows": [row.model_dump(mode="json", exclude={"checked_at"}) for row in known],
    }


def _noted(known: Sequence[models.HealthRow]) -> Iterator[str]:
    """Say what was wrong with feeds and the store of evidence when they were looked at."""
    for row in known:
        if row.topic == "feed" and row.note and row.note != OFF:
            yield f"feed {row.about}: {row.note}"
        if row.topic == "archive" and row.note:
            yield f"archive: {row.note}: what is cited is not kept: free space"


def _of_extension(extension: Extension, settings: Settings) -> dict[str, object]:
    try:
        return extension.health(settings)
    except Exception as error:
        log.exception("an extension could not tell how it goes")
        return {"problems": [f"an extension could not tell how it goes: {type(error).__name__}: see the log"]}


def _of_schedule(
    runs: dict[str, models.Run], looked_at: datetime | None, now: datetime, started_at: datetime | None
) -> Iterator[str]:
    beat = runs[HEARTBEAT].started_at if HEARTBEAT in runs else None
    if since := _silent_since(beat, now, started_at):
        yield f"schedule: nothing runs since {since:%Y-%m-%d %H:%M} UTC"
    elif since := _silent_since(looked_at, now, started_at):
        yield f"health: nobody looked since {since:%Y-%m-%d %H:%M} UTC: see what the job alarms says in the log"
    for run in runs.values():
        if run.ended_at is None and now - run.started_at > HANGS_WITHIN:
            yield f"job {run.job}: {Kind.JOB_HANGS} since {run.started_at:%Y-%m-%d %H:%M} UTC: start the program anew"


def _silent_since(last: datetime | None, now: datetime, started_at: datetime | None) -> datetime | None:
    """Give since when there was no sign where one was due; a program that has just started still has some time."""
    known = [at for at in (last, started_at) if at]
    return (last or started_at) if known and now - max(known) > BEATS_WITHIN else None


def _told_of_indicators(storage: Storage, now: datetime, notes: list[str]) -> dict[str, Any]:
    """Tell how reading each indicator goes; name what failed, what is old and what is kept apart."""
    told = {}
    for state in storage.all(models.IndicatorState):
        name = f"{state.commitment}/{state.indicator}"
        stale = state.is_stale(now)
        told[name] = state.model_dump(
            mode="json", include={"reader", "last_tried_at", "last_success_at", "failures", "next_at"}
        ) | {"stale": stale}
        if state.failures or stale:
            is_old = "old: " if stale and state.last_success_at else ""
            notes.append(f"indicator {name}: {is_old}{state.error or 'not read of late'}")
    return told


def _publication(settings: Settings, problems: list[str]) -> dict[str, Any]:
    published = publish.last(settings)
    if published is None:
        problems.append("publication: nothing was published yet")
        return {}
    if published.error:
        problems.append(f"publication: {published.error}")
    return {"at": published.at.isoformat(), "release": published.release, "error": published.error}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
