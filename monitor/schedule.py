"""When each job runs. A tick asks our own tables what is due, so restarts neither skip nor repeat."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler

from monitor import jobs as known_jobs
from monitor import models, publish, runs, timing
from monitor.errors import MonitorError
from monitor.extension import Job
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage, StorageError

TICK_SECONDS = 5
WATCH_SECONDS = 1
# Looks without a further change before the site is renewed; and looks after which it is renewed all the same.
QUIET_LOOKS, PATIENT_LOOKS = 1, 30
LOOK_ANYWAY = 60
LOOK_SECONDS = 0.2
RETRY_SECONDS = 60
STOP_SECONDS = 5
LOCK = "schedule.lock"

NOTED_WITHIN = 600.0

log = logging.getLogger("monitor.schedule")
_noted: dict[tuple[str, str], float] = {}


def due_jobs(settings: Settings, jobs: Sequence[Job], now: datetime) -> list[Job]:
    """List the jobs whose time has come and whose work differs from what they did last."""
    with Storage(settings.database) as storage:
        last = storage.last_runs()
    return [job for job in jobs if timing.is_due(job, last.get(job.name), now) and _differs(settings, job, last)]


def _differs(settings: Settings, job: Job, last: dict[str, models.Run]) -> bool:
    before = last.get(job.name)
    if job.mark is None or before is None or before.mark is None:
        return True
    try:
        return before.mark != job.mark(settings)
    except Exception as error:
        # Its own run records what is wrong, and holds up no other job.
        _note(f"job {job.name}: what it is made of cannot be seen", error)
        return True


def _note(what: str, error: Exception) -> None:
    """Log what nobody foresaw with its trace, and what is known, as a full disk, in a line now and then."""
    if not isinstance(error, MonitorError):
        log.error("%s", what, exc_info=error)
        return
    now = time.monotonic()
    if now - _noted.get((what, str(error)), -NOTED_WITHIN) >= NOTED_WITHIN:
        _noted.clear()
        _noted[what, str(error)] = now
        log.warning("%s: %s", what, error)


class Schedule:
    """Ticks in the background of a server: jobs that are due, and a publication after something changed.

    Jobs run in threads that do not keep the program from ending: each can be broken off, and runs again. A thread
    cannot be ended from outside, so a job that takes longer than it may is left alone: it is recorded as failed,
    holds up no other job, keeps its lease so that it never runs twice at once, and health asks for a restart.
    """

    def __init__(self, settings: Settings, jobs: Sequence[Job], say: Callable[[str], None]) -> None:
        """Prepare to run jobs for a data folder; ``say`` prints a line."""
        self.settings = settings
        self.jobs = [job for job in jobs if job.name != known_jobs.PUBLISH]
        self.publishing = next((job for job in jobs if job.name == known_jobs.PUBLISH), None)
        # What tells how the monitor goes goes on beside a job that takes long.
        self.signs = [job for job in jobs if job.name in (models.HEARTBEAT, known_jobs.ALARMS)]
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
        if self.publishing:
            self.watcher.start()

    def stop(self) -> None:
        """Stop within a few seconds: wait for what is running, and break off what takes longer."""
        self.stopping.set()
        self.scheduler.shutdown(wait=False)
        until = time.monotonic() + STOP_SECONDS
        for thread in (self.watcher, self.runner, *list(self.running.values())):
            if thread and thread.is_alive():
                thread.join(max(0, until - time.monotonic()))
        late = [name for name, thread in self.running.items() if thread.is_alive()]
        if late:
            self.say(f"Broken off: {', '.join(late)}. It runs again after the next start.")

    def tick(self) -> None:
        """Start running what is due, unless that is still going on."""
        if self.runner is None or not self.runner.is_alive():
            self.runner = threading.Thread(target=self._run_guarded, name="jobs", daemon=True)
            self.runner.start()

    def _run_guarded(self) -> None:
        try:
            self.run_due()
        except Exception as error:
            # A full disk or a locked database; the next tick tries again, and health tells that nothing beats.
            _note("the schedule could not look what is due", error)

    def run_due(self) -> None:
        """Run what is due one by one, unless another process of this data folder is the runner."""
        with lease(self.settings.data / LOCK) as held:
            for job in due_jobs(self.settings, self.jobs, self.settings.clock.now()) if held else ():
                if self.stopping.is_set():
                    return
                self._run_bounded(job)

    def _run_bounded(self, job: Job) -> None:
        """Run a job for as long as it may take; one that takes longer is left alone and does not hold up the rest."""
        thread = self._start(job)
        if thread is None:
            return
        until = time.monotonic() + job.limit.total_seconds()
        while thread.is_alive() and time.monotonic() < until and not self.stopping.is_set():
            thread.join(LOOK_SECONDS)
            if not self.stopping.is_set():
                self._beat()
        if thread.is_alive() and not self.stopping.is_set():
            runs.note_overrun(self.settings, job)

    def _start(self, job: Job) -> threading.Thread | None:
        """Start a job in a thread of its own; None where it goes on already."""
        if job.name in self.running and self.running[job.name].is_alive():
            return None
        self.running[job.name] = threading.Thread(target=self._run, args=(job,), name=job.name, daemon=True)
        self.running[job.name].start()
        return self.running[job.name]

    def _run(self, job: Job) -> None:
        try:
            runs.run_job(self.settings, job)
        except Exception as error:
            _note(f"job {job.name} could not be recorded", error)

    def _beat(self) -> None:
        """Let a job that takes long not look like a schedule that is dead, nor hold up alarms."""
        try:
            for job in due_jobs(self.settings, self.signs, self.settings.clock.now()):
                self._start(job)
        except StorageError as error:
            _note("the schedule could not tell that it lives", error)

    def _watch(self) -> None:
        """Look each second whether another connection committed, and publish; a failed look is tried again."""
        while not self.stopping.is_set():
            try:
                with Storage(self.settings.database) as storage:
                    self._look(storage)
            except Exception as error:
                _note("the site could not be renewed", error)
                self.stopping.wait(RETRY_SECONDS)

    def _look(self, storage: Storage) -> None:
        """Publish once changes have come to rest; in any case look each minute, as the day or a file may differ."""
        seen, changed, quiet = storage.data_version(), LOOK_ANYWAY, 0
        while not self.stopping.wait(WATCH_SECONDS):
            version = storage.data_version()
            quiet = 0 if version != seen else quiet + 1
            changed, seen = changed + 1 if changed or version != seen else 0, version
            if (changed and quiet >= QUIET_LOOKS) or changed > PATIENT_LOOKS or quiet >= LOOK_ANYWAY:
                changed = quiet = 0
                self._publish(storage)

    def _publish(self, storage: Storage) -> None:
        job = self.publishing
        if job is None or not publish.is_due(self.settings, storage):
            return
        last = storage.last_runs().get(job.name)
        # What went well may run again at once; what failed waits, as every job does.
        if last and last.failures and not timing.is_due(job, last, self.settings.clock.now()):
            return
        # Whether it is due is known already.
        due = replace(job, run=lambda told: known_jobs.renew_site(told, storage, self.stopping), mark=None)
        run = runs.run_job(self.settings, due)
        if run and (run.items or run.error):
            self.say(run.error or "Site renewed.")
