"""Run a job once and record it: one at a time for a data folder, whoever starts it."""

from __future__ import annotations

import logging
from datetime import datetime

from monitor import models
from monitor.errors import MonitorError
from monitor.extension import Job
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage

LOCKS = "locks"
BROKEN_OFF = "broken off: the program ended while it ran"

log = logging.getLogger("monitor.runs")


class JobError(MonitorError):
    """There is no such job, or it failed; the message says which."""


def run_job(settings: Settings, job: Job) -> models.Run | None:
    """Run a job once and record it: started, ended, items, error, failures in a row; None where it runs already.

    Its start is recorded first, so that a run that was broken off is known as one.
    """
    folder = settings.data / LOCKS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lease(folder / job.name) as held:
        if not held:
            return None
        before, begun = _begin(settings, job)
        items, error = _outcome(settings, job)
        run = _ended(begun, before, items, error, settings.clock.now())
        _record(settings, run, before)
        return run


def note_overrun(settings: Settings, job: Job) -> models.Run | None:
    """Record that the run of a job takes longer than it may; None where it ended meanwhile."""
    with Storage(settings.database) as storage, storage.transaction():
        last = storage.last_runs().get(job.name)
        if last is None or not last.is_open:
            return None
        known = {"error": f"still running after {job.limit.total_seconds():.0f} s", "failures": last.failures + 1}
        late = last.model_copy(update=known | {"failing_since_at": last.failing_since_at or last.started_at})
        storage.put(late)
    log.warning("job %s: %s", job.name, late.error)
    return late


def _begin(settings: Settings, job: Job) -> tuple[models.Run | None, models.Run]:
    """Record the start of a run; give the run before and this one."""
    now = settings.clock.now()
    with Storage(settings.database) as storage, storage.transaction():
        before = storage.last_runs().get(job.name)
        if before and before.is_open:
            since = before.failing_since_at or before.started_at
            known = {"error": BROKEN_OFF, "failures": before.failures + 1, "failing_since_at": since}
            before = before.model_copy(update=known)
            storage.put(before)
        begun = models.Run(id=f"{job.name}-{now.isoformat()}", job=job.name, started_at=now)
        if before:
            kept = {"failures": before.failures, "failing_since_at": before.failing_since_at}
            begun = begun.model_copy(update=kept | {"quiet_since_at": before.quiet_since_at})
        storage.put(begun)
    return before, begun


def _outcome(settings: Settings, job: Job) -> tuple[tuple[int, str | None], str | None]:
    """Give items and mark of the run, and what went wrong."""
    try:
        mark = job.mark(settings) if job.mark else None
        return (job.run(settings), mark), None
    except MonitorError as failure:
        log.warning("job %s: %s", job.name, _one_line(failure))
        return (failure.done, None), _one_line(failure)
    except Exception as failure:
        # What it says may hold what somebody typed, and runs are public.
        log.exception("job %s failed", job.name)
        return (0, None), f"unexpected {type(failure).__name__}: see the log"


def _ended(
    begun: models.Run, before: models.Run | None, done: tuple[int, str | None], error: str | None, now: datetime
) -> models.Run:
    items, mark = done
    known = {
        "ended_at": now,
        "items": items,
        "mark": mark,
        "error": error,
        "failures": (before.failures if before else 0) + 1 if error else 0,
        "failing_since_at": (begun.failing_since_at or begun.started_at) if error else None,
        "quiet_since_at": None if items else begun.quiet_since_at or begun.started_at,
    }
    return begun.model_copy(update=known)


def _record(settings: Settings, run: models.Run, before: models.Run | None) -> None:
    """Keep a run; one that gave nothing takes the place of the one before that gave as little, for the same reason."""
    with Storage(settings.database) as storage, storage.transaction():
        if before and not (before.items or run.items) and before.error == run.error:
            storage.delete(models.Run, id=before.id)
        storage.put(run)


def _one_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines() or [type(failure).__name__]
    more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
    return lines[0] + more
