"""Which jobs there are; each is a few lines and can be run by hand."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import time, timedelta
from functools import partial
from importlib.metadata import version

from monitor import backup, evidence, feeds, health, indicators, models, publish, sync
from monitor.extension import PACKAGE, Extension, Job
from monitor.settings import Settings
from monitor.storage import Storage

RUNS_KEPT_DAYS, ALARMS_KEPT_DAYS = 30, 365
DAY = timedelta(days=1)
# The small hours, in which nobody waits for the machine; each its own time, and none in the hour that clocks change.
BACKUP_AT, TIDY_AT = time(3, 30), time(4, 0)
# Among example data nothing reaches outside, and nothing is worth keeping twice.
REACHING_OUT = {"feeds", "evidence", "indicators"}
NOT_OF_EXAMPLES = {*REACHING_OUT, "backup"}
PUBLISH, ALARMS = "publish", "alarms"
# What reads from outside stops by itself this long before its time is up: to store what came in, and for the look-ups
# of names that nobody can break off.
LIMIT, TO_END = timedelta(minutes=5), timedelta(minutes=1)


def core_jobs(extensions: Sequence[Extension] = ()) -> list[Job]:
    """List the monitor's own jobs, in the order they run in."""
    return [
        Job("sync", timedelta(seconds=30), run_sync, mark=files_mark),
        _reading("feeds", timedelta(minutes=15), feeds.run, delivers_within=60 * DAY, expects=has_feeds),
        _reading("evidence", timedelta(minutes=5), evidence.run, delivers_within=21 * DAY, expects=has_addresses),
        _reading("indicators", DAY, indicators.run, delivers_within=21 * DAY, expects=has_indicators),
        Job(PUBLISH, timedelta(minutes=1), run_publish, limit=timedelta(minutes=10), mark=site_mark),
        Job("backup", DAY, partial(backup.run, extensions=extensions), at=BACKUP_AT, limit=timedelta(minutes=15)),
        Job("tidy", DAY, run_tidy, at=TIDY_AT),
        Job(models.HEARTBEAT, timedelta(minutes=1), beat),
    ]


def _reading(
    name: str,
    every: timedelta,
    run: Callable[..., int],
    *,
    delivers_within: timedelta,
    expects: Callable[[Settings], bool],
) -> Job:
    """Make a job that reads from outside and ends by itself within its limit."""
    bounded = partial(run, within=LIMIT - TO_END)
    return Job(name, every, bounded, limit=LIMIT, delivers_within=delivers_within, expects=expects)


def all_jobs(settings: Settings, extensions: Sequence[Extension]) -> list[Job]:
    """List the jobs of the monitor and of its extensions, those that raise alarms last."""
    core = [job for job in core_jobs(extensions) if job.name not in _left_out(settings)]
    jobs = [*core, *(job for extension in extensions for job in extension.jobs(settings))]
    return [*jobs, Job(ALARMS, timedelta(minutes=1), partial(health.watch, jobs=jobs))]


def _left_out(settings: Settings) -> set[str]:
    if settings.is_example:
        return NOT_OF_EXAMPLES
    return set() if settings.fetches else REACHING_OUT


def why_not(settings: Settings, name: str) -> str | None:
    """Say why a job that exists does not run for these settings, or None."""
    if name in REACHING_OUT and name in _left_out(settings):
        return settings.why_nothing_is_fetched
    return None


def run_sync(settings: Settings) -> int:
    """Bring changed plan files into the database."""
    with Storage(settings.database) as storage:
        clock = settings.clock
        return sync.sync_all(
            storage, settings.commitments, now=clock.now(), today=clock.today(), example=settings.is_example
        )


def files_mark(settings: Settings) -> str:
    """Give a text that differs when a plan file, the day or the program does."""
    stats = []
    for path in settings.commitments.rglob("*"):
        # A file that git takes away meanwhile is gone, and the mark differs by that.
        with suppress(FileNotFoundError):
            if path.is_file():
                stats.append((str(path), (known := path.stat()).st_mtime_ns, known.st_size))
    return hashlib.sha256(repr((sorted(stats), settings.clock.today(), version(PACKAGE))).encode()).hexdigest()


def run_publish(settings: Settings) -> int:
    """Renew the site where it differs from the data."""
    with Storage(settings.database) as storage:
        return renew_site(settings, storage) if publish.is_due(settings, storage) else 0


def renew_site(settings: Settings, storage: Storage, stopping: threading.Event | None = None) -> int:
    """Renew the site; where another program is at it, or this one stops, it waits."""
    try:
        publish.publish(settings, storage, now=settings.clock.now(), stopping=stopping)
    except publish.StoppedError:
        return 0
    return 1


def site_mark(settings: Settings) -> str:
    """Give a text that differs when a page could."""
    with Storage(settings.database) as storage:
        return publish.fingerprint(settings, storage)


def run_tidy(settings: Settings) -> int:
    """Forget runs older than a month, but not the last one of a job, and alarms that ended more than a year ago."""
    now = settings.clock.now()
    until, year = now - timedelta(days=RUNS_KEPT_DAYS), now - timedelta(days=ALARMS_KEPT_DAYS)
    with Storage(settings.database) as storage, storage.transaction():
        last = {run.id for run in storage.last_runs().values()}
        old = [run for run in storage.all(models.Run) if run.started_at < until and run.id not in last]
        over = [alarm for alarm in storage.all(models.Alarm) if alarm.ended_at and alarm.ended_at < year]
        forgotten = sum(storage.delete(models.Run, id=run.id) for run in old)
        return forgotten + sum(storage.delete(models.Alarm, id=alarm.id) for alarm in over)


def beat(settings: Settings) -> int:
    """Do nothing: that it ran tells that the schedule lives."""
    return 0


def has_feeds(settings: Settings) -> bool:
    """Tell whether there are feeds that are read."""
    with Storage(settings.database) as storage:
        return bool(health.polled_feeds(settings, storage))


def has_addresses(settings: Settings) -> bool:
    """Tell whether evidence has addresses to check."""
    with Storage(settings.database) as storage:
        return any(record.address for record in storage.all(models.Evidence))


def has_indicators(settings: Settings) -> bool:
    """Tell whether there are indicators that are read by themselves."""
    with Storage(settings.database) as storage:
        return any(indicators.automatic(storage, today=settings.clock.today()))
