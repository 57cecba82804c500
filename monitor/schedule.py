"""When each job runs. A tick asks our own tables what is due, so restarts neither skip nor repeat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import evidence, feeds, indicators, models, publish, sync
from monitor.errors import MonitorError
from monitor.extension import Extension, Job
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage

TICK_SECONDS = 5
WATCH_SECONDS = 1
LOOK_ANYWAY = 60
LOOK_SECONDS = 0.2
RETRY_SECONDS = 60
STOP_SECONDS = 5
RUNS_KEPT_DAYS = 30
REACHING_OUT = {"feeds", "evidence", "indicators"}

log = logging.getLogger("monitor.schedule")


class JobError(MonitorError):
    """There is no such job, or it failed; the message says which."""


def core_jobs() -> list[Job]:
    """List the monitor's own jobs."""
    return [
        Job("sync", timedelta(seconds=30), run_sync),
        Job("feeds", timedelta(minutes=15), feeds.run),
        Job("evidence", timedelta(minutes=5), evidence.run),
        Job("indicators", timedelta(days=1), indicators.run),
        Job("tidy", timedelta(days=1), run_tidy),
    ]


def all_jobs(settings: Settings, extensions: Sequence[Extension]) -> list[Job]:
    """List the jobs of the monitor and of its extensions; among example data those that reach outside are left out."""
    core = [job for job in core_jobs() if not (settings.is_example and job.name in REACHING_OUT)]
    return [*core, *(job for extension in extensions for job in extension.jobs(settings))]


def run_sync(settings: Settings) -> int:
    """Bring changed plan files into the database."""
    with Storage(settings.database) as storage:
        clock = settings.clock
        return sync.sync_all(
            storage, settings.commitments, now=clock.now(), today=clock.today(), example=settings.is_example
        )


def run_tidy(settings: Settings) -> int:
    """Forget runs older than a month."""
    until = settings.clock.now() - timedelta(days=RUNS_KEPT_DAYS)
    with Storage(settings.database) as storage, storage.transaction():
        old = [run for run in storage.all(models.Run) if run.started_at < until]
        return sum(storage.delete(models.Run, id=run.id) for run in old)


def run_job(settings: Settings, job: Job) -> models.Run:
    """Run a job once and record it: started, ended, items, error, failures in a row."""
    clock = settings.clock
    started = clock.now()
    before = _last_run(settings, job)
    try:
        items, error = job.run(settings), None
    except MonitorError as failure:
        log.warning("job %s: %s", job.name, _one_line(failure))
        items, error = 0, _one_line(failure)
    except Exception as failure:
        log.exception("job %s failed", job.name)
        items, error = 0, _one_line(failure)
    run = models.Run(
        id=f"{job.name}-{started.isoformat()}",
        job=job.name,
        started_at=started,
        ended_at=clock.now(),
        items=items,
        failures=(before.failures + 1 if before else 1) if error else 0,
        error=error,
    )
    _record(settings, run, before)
    return run


def due_jobs(settings: Settings, jobs: Sequence[Job], now: datetime) -> list[Job]:
    """List the jobs whose time has come: never run, or last started longer ago than their interval."""
    return [job for job in jobs if _is_due(_last_run(settings, job), job, now)]


def _is_due(before: models.Run | None, job: Job, now: datetime) -> bool:
    # A run of later than now is of a clock that was set back, as that of an example folder is each midnight.
    return before is None or before.started_at > now or before.started_at + job.every <= now


def _last_run(settings: Settings, job: Job) -> models.Run | None:
    with Storage(settings.database) as storage:
        runs = storage.all(models.Run, order="started_at", job=job.name)
    return runs[-1] if runs else None


def _record(settings: Settings, run: models.Run, before: models.Run | None) -> None:
    """Keep a run; one that did nothing takes the place of the one before that did nothing either."""
    with Storage(settings.database) as storage, storage.transaction():
        if before and not (before.items or before.error or run.items or run.error):
            storage.delete(models.Run, id=before.id)
        storage.add(run)


def _one_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines() or [type(failure).__name__]
    more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
    return lines[0] + more


class Schedule:
    """Ticks in the background of a server: jobs that are due, and a publication after something changed.

    Jobs run in threads that do not keep the program from ending: each can be broken off, and runs again.
    """

    def __init__(self, settings: Settings, jobs: Sequence[Job], say: Callable[[str], None]) -> None:
        """Prepare to run jobs for a data folder; ``say`` prints a line."""
        self.settings = settings
        self.jobs = jobs
        self.say = say
        self.stopping = threading.Event()
        self.running: dict[str, threading.Thread] = {}
        self.runner: threading.Thread | None = None
        self.watcher = threading.Thread(target=self._watch, name="publish", daemon=True)
        self.scheduler = BackgroundScheduler(timezone="UTC")
        self.scheduler.add_job(
            self.tick, "interval", seconds=TICK_SECONDS, coalesce=True, max_instances=1, misfire_grace_time=None
        )

    def start(self) -> None:
        """Start ticking and watching."""
        self.scheduler.start()
        self.watcher.start()

    def stop(self) -> None:
        """Stop within a few seconds: wait for what is running, and break off what takes longer."""
        self.stopping.set()
        self.scheduler.shutdown(wait=False)
        for thread in (self.watcher, self.runner, *self.running.values()):
            if thread and thread.is_alive():
                thread.join(STOP_SECONDS)
        late = [name for name, thread in self.running.items() if thread.is_alive()]
        if late:
            self.say(f"Broken off: {', '.join(late)}. It runs again after the next start.")

    def tick(self) -> None:
        """Start running what is due, unless that is still going on."""
        if self.runner is None or not self.runner.is_alive():
            self.runner = threading.Thread(target=self.run_due, name="jobs", daemon=True)
            self.runner.start()

    def run_due(self) -> None:
        """Run what is due one by one, unless another process of this data folder is the runner."""
        with lease(self.settings.data / "schedule.lock") as held:
            for job in due_jobs(self.settings, self.jobs, self.settings.clock.now()) if held else ():
                if self.stopping.is_set():
                    return
                self._run_bounded(job)

    def _run_bounded(self, job: Job) -> None:
        """Run a job for as long as it may take; one that takes longer is left alone and does not hold up the rest."""
        if job.name in self.running and self.running[job.name].is_alive():
            return
        thread = threading.Thread(target=run_job, args=(self.settings, job), name=job.name, daemon=True)
        self.running[job.name] = thread
        thread.start()
        until = time.monotonic() + job.limit.total_seconds()
        while thread.is_alive() and time.monotonic() < until and not self.stopping.is_set():
            thread.join(LOOK_SECONDS)
        if thread.is_alive() and not self.stopping.is_set():
            self._note_overrun(job)

    def _note_overrun(self, job: Job) -> None:
        now, before = self.settings.clock.now(), _last_run(self.settings, job)
        error = f"still running after {job.limit.total_seconds():.0f} s"
        failures = before.failures + 1 if before else 1
        run = models.Run(
            id=f"{job.name}-{now.isoformat()}", job=job.name, started_at=now, failures=failures, error=error
        )
        _record(self.settings, run, before)
        log.warning("job %s: %s", job.name, error)

    def _watch(self) -> None:
        """Look each second whether another connection committed, and publish; a failed look is tried again."""
        while not self.stopping.is_set():
            try:
                with Storage(self.settings.database) as storage:
                    self._look(storage)
            except Exception:
                log.exception("the site could not be renewed")
                self.stopping.wait(RETRY_SECONDS)

    def _look(self, storage: Storage) -> None:
        seen, looks = -1, 0
        while not self.stopping.wait(WATCH_SECONDS):
            version, looks = storage.data_version(), looks + 1
            if (version != seen or looks % LOOK_ANYWAY == 0) and publish.is_due(self.settings, storage):
                self._publish(storage)
            seen = version

    def _publish(self, storage: Storage) -> None:
        known = publish.last(self.settings)
        same = known and known.error and known.fingerprint == publish.fingerprint(self.settings, storage)
        if known and same and self.settings.clock.now() < known.at + timedelta(seconds=RETRY_SECONDS):
            return
        try:
            publish.publish(self.settings, storage, now=self.settings.clock.now(), stopping=self.stopping)
            self.say("Site renewed.")
        except publish.StoppedError:
            return
        except publish.PublishError as error:
            log.error("%s", error)
            self.say(str(error).splitlines()[0])
