"""What is an alarm: what gives nothing, does not run or runs full; each begins once and ends once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor import timing, words
from monitor.extension import Job
from monitor.models import FEED_MOVED, Alarm, FeedState, IndicatorState, Run, Text
from monitor.rows import stamp
from monitor.words import Words

GRACE = timedelta(hours=1)
FAILURES = 3
MEGABYTE = 1024 * 1024
# An alarm about space ends only when there is clearly more of it, so that it does not come and go.
DISK_AT_LEAST, DISK_ENOUGH = 500 * MEGABYTE, 700 * MEGABYTE
ARCHIVE_ENOUGH = 1200 * MEGABYTE
BACKUP_WITHIN = timedelta(days=2)
QUEUE_WITHIN = timedelta(days=14)


class Kind(StrEnum):
    """What can be wrong."""

    JOB_FAILING = "job-failing"
    JOB_HANGS = "job-hangs"
    JOB_MISSED = "job-missed"
    JOB_QUIET = "job-quiet"
    FEEDS = "feeds"
    PUBLICATION = "publication"
    DISK = "disk"
    ARCHIVE = "archive"
    BACKUP = "backup"
    NO_BACKUP = "no-backup"
    INDICATOR = "indicator"
    EVIDENCE = "evidence"
    QUEUE = "queue"
    FEED_MOVED = FEED_MOVED


@dataclass(frozen=True)
class JobSeen:
    """A job, its last run, and whether there is work for it."""

    job: Job
    last: Run | None
    expects: bool = False


@dataclass(frozen=True)
class Moved:
    """A feed that names another address for good, and where in the plan files its present one stands."""

    feed: str
    title: str
    new: str
    file: str
    line: int | None = None


@dataclass(frozen=True)
class Numbered:
    """An indicator that is read by itself: its id, its title, and how reading it goes."""

    indicator: str
    title: Text
    state: IndicatorState


@dataclass(frozen=True)
class Seen:
    """What was looked at: jobs, feeds and indicators that are read, publication, space, backup, oldest report.

    ``links`` are those of evidence that were looked at, ``silent_links`` those of them that answered before, and not at
    the last look. ``archive_full`` tells that what is cited is not kept any more, for want of space; ``backup_at`` is
    when the newest backup was made, and ``unsaved_since`` since when there is data without any, where backups are to be
    made.
    """

    now: datetime
    jobs: Sequence[JobSeen] = ()
    feeds: Sequence[FeedState | None] = ()
    publication_error: str = ""
    free_bytes: int = ARCHIVE_ENOUGH
    archive_full: bool = False
    backup_at: datetime | None = None
    unsaved_since: datetime | None = None
    indicators: Sequence[Numbered] = ()
    queue_at: datetime | None = None
    moved: Sequence[Moved] = ()
    links: int = 0
    silent_links: int = 0


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong now, about what, and since when."""

    kind: Kind
    about: str = ""
    since: datetime | None = None
    moved: Moved | None = None
    title: Text | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Name it, so that an alarm about it begins once."""
        return self.kind, self.about


@dataclass(frozen=True)
class Decision:
    """The alarms that begin, those that end, and those that go on with something else to say."""

    begun: Sequence[Alarm] = field(default=())
    ended: Sequence[Alarm] = field(default=())
    changed: Sequence[Alarm] = field(default=())


def decide(seen: Seen, known: Sequence[Alarm]) -> Decision:
    """Tell which alarms begin and which end, of what is seen and the alarms that are open."""
    ringing = {(alarm.kind, alarm.about): alarm for alarm in known if alarm.ended_at is None}
    wrong = {trouble.key: trouble for trouble in troubles(seen, {kind for kind, _ in ringing})}
    begun = tuple(_alarm(trouble, seen.now) for key, trouble in wrong.items() if key not in ringing)
    over = (alarm for key, alarm in ringing.items() if key not in wrong)
    ended = tuple(alarm.model_copy(update={"ended_at": seen.now}) for alarm in over)
    still = ((alarm, _message(wrong[key])) for key, alarm in ringing.items() if key in wrong)
    changed = tuple(alarm.model_copy(update={"message": said}) for alarm, said in still if said != alarm.message)
    return Decision(begun, ended, changed)


def troubles(seen: Seen, ringing: Collection[str] = ()) -> Iterator[Trouble]:
    """List what is wrong; ``ringing`` are the kinds of the alarms that are open already."""
    for job in seen.jobs:
        if trouble := of_job(job, seen.now):
            yield trouble
    yield from _outside(seen)
    if seen.publication_error:
        yield Trouble(Kind.PUBLICATION)
    if seen.free_bytes < (DISK_ENOUGH if Kind.DISK in ringing else DISK_AT_LEAST):
        yield Trouble(Kind.DISK)
    if seen.archive_full or (Kind.ARCHIVE in ringing and seen.free_bytes < ARCHIVE_ENOUGH):
        yield Trouble(Kind.ARCHIVE)
    if trouble := of_backup(seen):
        yield trouble
    for one in seen.indicators:
        if is_unread(one.state, seen.now):
            yield Trouble(Kind.INDICATOR, one.indicator, title=one.title)
    if seen.queue_at and seen.now - seen.queue_at > QUEUE_WITHIN:
        yield Trouble(Kind.QUEUE, since=seen.queue_at)
    for moved in seen.moved:
        yield Trouble(Kind.FEED_MOVED, moved.feed, moved=moved)


def of_job(seen: JobSeen, now: datetime) -> Trouble | None:
    """Tell what is wrong with a job: that it hangs, fails, does not run or gives nothing; None when it goes well."""
    job, last = seen.job, seen.last
    if last is None:
        return None
    if last.ended_at is None and now - last.started_at > job.limit:
        return Trouble(Kind.JOB_HANGS, job.name, last.started_at)
    if last.failing_since_at and last.failures >= FAILURES and now - last.failing_since_at >= GRACE:
        return Trouble(Kind.JOB_FAILING, job.name, last.failing_since_at)
    start = timing.next_start(job, last)
    # What runs only when something changed may rightly not run for long.
    if job.mark is None and start and now - start > GRACE and now > last.started_at:
        return Trouble(Kind.JOB_MISSED, job.name, last.started_at)
    quiet = last.quiet_since_at
    if job.delivers_within and quiet and seen.expects and now - quiet > job.delivers_within:
        return Trouble(Kind.JOB_QUIET, job.name, quiet)
    return None


def of_backup(seen: Seen) -> Trouble | None:
    """Tell that the newest backup is old, or that there is none of data that is old enough to have one."""
    if seen.backup_at and seen.now - seen.backup_at > BACKUP_WITHIN:
        return Trouble(Kind.BACKUP, since=seen.backup_at)
    if seen.unsaved_since and seen.now - seen.unsaved_since > BACKUP_WITHIN:
        return Trouble(Kind.NO_BACKUP, since=seen.unsaved_since)
    return None


def is_unread(state: IndicatorState, now: datetime) -> bool:
    """Tell whether a number failed for a while, is gone and not tried any more, or was not read for too long."""
    return _is_unread(state) or bool(state.last_success_at and state.is_stale(now))


def _outside(seen: Seen) -> Iterator[Trouble]:
    """List what is wrong where not one but all that is asked outside gives no answer."""
    if seen.feeds and all(_is_unread(state) for state in seen.feeds):
        yield Trouble(Kind.FEEDS)
    if is_silent(seen.silent_links, seen.links):
        yield Trouble(Kind.EVIDENCE)


def is_silent(silent: int, looked_at: int) -> bool:
    """Tell whether no link of evidence answers any more: that is us, not each of them."""
    return silent >= FAILURES and silent == looked_at


def _is_unread(state: FeedState | IndicatorState | None) -> bool:
    """Tell whether what is read failed for a while, or is gone and not tried any more."""
    return bool(state and state.failures and (state.failures >= FAILURES or state.next_at is None))


def _alarm(trouble: Trouble, now: datetime) -> Alarm:
    name = "/".join(part for part in (trouble.kind, trouble.about, stamp(now)) if part)
    return Alarm(id=name, kind=trouble.kind, about=trouble.about, message=_message(trouble), started_at=now)


def _message(trouble: Trouble) -> Text:
    return {language: _said(words.of(language), trouble) for language in sorted(words.languages())}


def _said(names: Words, trouble: Trouble) -> str:
    told: Mapping[str, str] = {
        "job": names.table_of("job").get(trouble.about, trouble.about),
        "since": names.moment(trouble.since) if trouble.since else "",
        "indicator": words.choose(trouble.title, names.language).words if trouble.title else "",
        **(_said_of_move(names, trouble.moved) if trouble.moved else {}),
    }
    return names.text(f"alarm.{trouble.kind}", **told)


def _said_of_move(names: Words, moved: Moved) -> Mapping[str, str]:
    place = names.text("alarm.place", file=moved.file, line=moved.line) if moved.line else moved.file
    return {"feed": moved.title, "place": place, "new": moved.new}
