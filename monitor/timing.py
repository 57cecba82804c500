"""When a job is to start again: after its interval or at its local hour; sooner after a failure. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from monitor.extension import Job
from monitor.models import Run
from monitor.periods import TIME_ZONE

FIRST_WAIT = timedelta(minutes=1)
GROWTH = 4
LONGEST_WAIT = timedelta(hours=24)


def is_due(job: Job, last: Run | None, now: datetime) -> bool:
    """Tell whether a job is to start now."""
    start = next_start(job, last)
    # A run of later than now is of a clock that was set back, as that of an example folder is each midnight.
    return last is None or start is None or last.started_at > now or start <= now


def next_start(job: Job, last: Run | None) -> datetime | None:
    """Give when a job is to start; None for at once, as it never ran.

    One that failed, or was broken off, is tried again after 1, 4, 16 … minutes, at most as late as always.
    """
    if last is None:
        return None
    regular = _next_hour(job.at, last.started_at) if job.at else last.started_at + job.every
    failures = last.failures + 1 if last.is_open else last.failures
    return min(regular, last.started_at + back_off(failures)) if failures else regular


def back_off(failures: int) -> timedelta:
    """Tell how long to wait after this many failures in a row."""
    growth: int = GROWTH ** min(max(failures - 1, 0), 10)
    return min(FIRST_WAIT * growth, LONGEST_WAIT)


def _next_hour(at: time, after: datetime) -> datetime:
    """Give the next moment a local clock shows this time: once a day, also where it is put forward or back.

    A time that is left out that night counts as the one an hour later; of one that comes twice, the first counts.
    """
    day = after.astimezone(TIME_ZONE).date()
    while (moment := datetime.combine(day, at, TIME_ZONE).astimezone(UTC)) <= after:
        day += timedelta(days=1)
    return moment
