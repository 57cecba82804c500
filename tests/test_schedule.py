from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis.strategies import integers, sampled_from, times

from monitor import health, jobs, models, publish, schedule, timing, words
from monitor import runs as running
from monitor.errors import MonitorError
from monitor.extension import Job, load_extensions
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def a_job(settings: Settings, run: object = None, name: str = "proef") -> Job:
    return Job(name, HOUR, run or (lambda _: 3))  # type: ignore[arg-type]


def fail(settings: Settings) -> int:
    raise MonitorError("bron: antwoordt niet\nregel twee")


def recorded(settings: Settings) -> list[models.Run]:
    with Storage(settings.database) as storage:
        return storage.all(models.Run)


def ran(settings: Settings, job: Job) -> models.Run:
    done = running.run_job(settings, job)
    assert done is not None
    return done


def test_run_is_recorded(settings: Settings) -> None:
    done = ran(settings, a_job(settings))
    assert recorded(settings) == [done]
    assert (done.job, done.items, done.failures, done.error) == ("proef", 3, 0, None)
    assert done.ended_at is not None
    assert done.ended_at >= done.started_at


def test_failures_in_a_row_are_counted_and_stop_at_a_success(settings: Settings) -> None:
    failures = [ran(settings, a_job(settings, fail)).failures for _ in range(3)]
    assert (failures, ran(settings, a_job(settings)).failures) == ([1, 2, 3], 0)


def test_error_is_kept_as_one_line(settings: Settings) -> None:
    assert ran(settings, a_job(settings, fail)).error == "bron: antwoordt niet (and 1 more lines)"


def test_runs_that_did_nothing_do_not_pile_up(settings: Settings) -> None:
    for _ in range(3):
        ran(settings, a_job(settings, lambda _: 0))
    assert len(recorded(settings)) == 1


def test_job_is_due_when_it_never_ran_or_its_time_has_come(settings: Settings) -> None:
    job = a_job(settings)
    assert schedule.due_jobs(settings, [job], NOW) == [job]
    started = ran(settings, job).started_at
    assert schedule.due_jobs(settings, [job], started + HOUR - timedelta(seconds=1)) == []
    assert schedule.due_jobs(settings, [job], started + HOUR) == [job]


def test_old_runs_are_forgotten(settings: Settings) -> None:
    with Storage(settings.database) as storage:
        storage.add(models.Run(id="oud", job="proef", started_at=settings.clock.now() - timedelta(days=31), items=1))
        storage.add(models.Run(id="nieuw", job="proef", started_at=settings.clock.now(), items=1))
    assert jobs.run_tidy(settings) == 1
    assert [run.id for run in recorded(settings)] == ["nieuw"]


def test_lease_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lease(path) as first, lease(path) as second:
        assert (first, second) == (True, False)
    with lease(path) as again:
        assert again


def test_tick_runs_what_is_due_once(settings: Settings) -> None:
    ticking = schedule.Schedule(settings, [a_job(settings), a_job(settings, fail, "stuk")], print)
    ticking.settings.data.mkdir(parents=True)
    ticking.run_due()
    ticking.run_due()
    assert [(run.job, run.error is None) for run in recorded(settings)] == [("proef", True), ("stuk", False)]


def test_tick_leaves_it_to_the_process_that_holds_the_lease(settings: Settings) -> None:
    ticking = schedule.Schedule(settings, [a_job(settings)], print)
    settings.data.mkdir(parents=True)
    with lease(settings.data / "schedule.lock"):
        ticking.run_due()
    assert recorded(settings) == []


def test_schedule_stops_after_the_job_that_is_running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 1)
    begun = threading.Event()
    with Storage(settings.database):
        pass
    ticking = schedule.Schedule(settings, [a_job(settings, lambda _: begun.set() or 1)], print)
    ticking.start()
    assert begun.wait(10)
    ticking.stop()
    assert [run.items for run in recorded(settings)] == [1]


def test_names_of_jobs_are_used_once(settings: Settings) -> None:
    names = [job.name for job in jobs.all_jobs(settings, load_extensions())]
    assert len(names) == len(set(names))


def test_job_that_takes_too_long_is_noted_and_does_not_hold_up_the_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.01)
    end = threading.Event()
    slow = Job("traag", HOUR, lambda _: end.wait(30) or 0, limit=timedelta(seconds=0.1))
    ticking = schedule.Schedule(settings, [slow, a_job(settings)], print)
    settings.data.mkdir(parents=True)
    ticking.run_due()
    assert [(run.job, run.error) for run in recorded(settings)] == [
        ("traag", "still running after 0 s"),
        ("proef", None),
    ]
    end.set()
    ticking.running["traag"].join()


def test_stopping_breaks_off_a_job_that_hangs_and_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 1)
    monkeypatch.setattr(schedule, "STOP_SECONDS", 0.1)
    with Storage(settings.database):
        pass
    begun, end, said = threading.Event(), threading.Event(), list[str]()

    def hang(settings: Settings) -> int:
        begun.set()
        end.wait(30)
        return 0

    hanging = Job("hangt", HOUR, hang)
    ticking = schedule.Schedule(settings, [hanging], said.append)
    ticking.start()
    assert begun.wait(10)
    ticking.stop()
    assert said == ["Broken off: hangt. It runs again after the next start."]
    end.set()
    ticking.running["hangt"].join()


def test_what_an_unexpected_failure_says_is_not_made_public(settings: Settings) -> None:
    def fail_with_a_secret(settings: Settings) -> int:
        raise KeyError("iets dat iemand typte")

    assert ran(settings, a_job(settings, fail_with_a_secret)).error == "unexpected KeyError: see the log"


def test_runs_that_fail_alike_do_not_pile_up_and_tell_since_when(settings: Settings) -> None:
    first = ran(settings, a_job(settings, fail))
    ran(settings, a_job(settings, fail))
    [last] = recorded(settings)
    assert (last.failures, last.failing_since_at) == (2, first.started_at)


def test_a_run_tells_since_when_nothing_came(settings: Settings) -> None:
    empty = [ran(settings, a_job(settings, lambda _: 0)) for _ in range(2)]
    assert [run.quiet_since_at for run in empty] == [empty[0].started_at] * 2
    assert ran(settings, a_job(settings)).quiet_since_at is None


def test_a_job_that_goes_on_is_not_started_again_by_anybody(settings: Settings) -> None:
    seen: list[models.Run | None] = []
    inner = a_job(settings)
    ran(settings, a_job(settings, lambda told: seen.append(running.run_job(told, inner)) or 1))
    assert seen == [None]
    assert len(recorded(settings)) == 1


def test_a_run_that_was_broken_off_is_told_and_tried_again(settings: Settings) -> None:
    with Storage(settings.database) as storage:
        storage.add(models.Run(id="x", job="proef", started_at=NOW))
    job = a_job(settings)
    assert schedule.due_jobs(settings, [job], NOW + timedelta(seconds=59)) == []
    assert schedule.due_jobs(settings, [job], NOW + timedelta(seconds=60)) == [job]
    ran(settings, job)
    broken, whole = recorded(settings)
    assert (broken.error, broken.failures, whole.error, whole.failures) == (running.BROKEN_OFF, 1, None, 0)


def test_a_job_whose_work_did_not_change_is_not_due(settings: Settings) -> None:
    marks = ["a"]
    job = Job("proef", HOUR, lambda _: 0, mark=lambda _: marks[-1])
    later = ran(settings, job).started_at + 2 * HOUR
    assert schedule.due_jobs(settings, [job], later) == []
    marks.append("b")
    assert schedule.due_jobs(settings, [job], later) == [job]


def test_a_file_that_changed_makes_sync_due(settings: Settings, tmp_path: Path) -> None:
    told = replace(settings, commitments=tmp_path / "plans")
    told.commitments.mkdir()
    file = told.commitments / "plan.yml"
    file.write_text("a: 1")
    before = jobs.files_mark(told)
    assert jobs.files_mark(told) == before
    file.write_text("a: 12")
    assert jobs.files_mark(told) != before


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 4), (3, 16), (4, 64), (9, 24 * 60)])
def test_a_daily_job_that_failed_is_tried_sooner_and_ever_more_slowly(failures: int, minutes: int) -> None:
    failed = models.Run(id="x", job="dag", started_at=NOW, ended_at=NOW, failures=failures, error="stuk")
    assert timing.next_start(Job("dag", timedelta(days=1), fail), failed) == NOW + timedelta(minutes=minutes)


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def daily(at: time) -> Job:
    return Job("dag", timedelta(days=1), lambda _: 0, at=at)


def starts(job: Job, first: datetime, last: datetime, every: timedelta) -> list[datetime]:
    """Tick through a stretch of time as the schedule does; give when the job started."""
    found: list[datetime] = []
    run, now = models.Run(id="0", job="dag", started_at=first, ended_at=first), first
    while now <= last:
        if timing.is_due(job, run, now):
            found.append(now)
            run = models.Run(id="1", job="dag", started_at=now, ended_at=now)
        now += every
    return found


@given(
    at=times().map(lambda moment: moment.replace(microsecond=0, tzinfo=None)),
    change=sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
    tick=integers(min_value=1, max_value=40),
)
@bounds(max_examples=80, deadline=None, derandomize=True)
def test_a_daily_job_runs_once_each_local_day_also_when_clocks_change(at: time, change: date, tick: int) -> None:
    first = datetime.combine(change - timedelta(days=3), time(0), AMSTERDAM).astimezone(UTC)
    last = datetime.combine(change + timedelta(days=4), time(0), AMSTERDAM).astimezone(UTC) - timedelta(seconds=1)
    every = timedelta(minutes=tick)
    found = starts(daily(at), first - timedelta(seconds=1), last + every, every)
    meant = [datetime.combine(change + timedelta(days=day), at, AMSTERDAM).astimezone(UTC) for day in range(-3, 4)]
    assert len(found) in (7, 8)  # the last tick may lie after the next day's moment
    assert all(timedelta(0) <= start - moment < every for start, moment in zip(found, meant, strict=False))


def test_an_hour_that_is_left_out_or_comes_twice_counts_once() -> None:
    half_past_two = daily(time(2, 30))
    spring = starts(half_past_two, datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC), MINUTE)
    autumn = starts(
        half_past_two, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC), MINUTE
    )
    assert [at.astimezone(AMSTERDAM).isoformat() for at in (*spring, *autumn)] == [
        "2026-03-29T03:30:00+02:00",
        "2026-10-25T02:30:00+02:00",
    ]


def test_restarts_neither_skip_nor_repeat_a_daily_job() -> None:
    """A server that was down at its hour runs it once when it is back, and then at its hour again."""
    job, before = daily(time(3, 30)), datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    run = models.Run(id="1", job="dag", started_at=before, ended_at=before)
    back = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert timing.is_due(job, run, back)
    again = run.model_copy(update={"started_at": back})
    assert not timing.is_due(job, again, back + timedelta(seconds=5))
    assert timing.next_start(job, again) == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


TWO_RUNNERS = """
import sys, time
from datetime import timedelta
from pathlib import Path
from monitor.extension import Job
from monitor.schedule import Schedule
from monitor import schedule
from monitor.settings import Settings

data = Path(sys.argv[1])
schedule.TICK_SECONDS = 1
schedule.LOOK_SECONDS = 0.01

def alone(settings):
    mine = data / "busy"
    mine.touch(exist_ok=False)
    time.sleep(0.05)
    mine.unlink()
    return 1

jobs = [Job("eens", timedelta(hours=1), alone), Job("vaak", timedelta(milliseconds=1), alone)]
ticking = Schedule(Settings(data=data), jobs, print)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(12):
    ticking.run_due()
"""


def test_two_processes_on_one_folder_run_a_job_once(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    with Storage(settings.database):
        pass
    command = [sys.executable, "-c", TWO_RUNNERS, str(settings.data)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [str(process.stdout.readline()) for process in started if process.stdout] == ["ready\n"] * 2
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in started] == ["", ""]
    done = recorded(settings)
    assert [run.error for run in done] == [None] * len(done)
    assert sum(run.job == "eens" for run in done) == 1
    assert sum(run.job == "vaak" for run in done) >= 5


def test_a_job_that_takes_long_does_not_look_like_a_dead_schedule(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.01)
    beaten = threading.Event()
    beat = Job("heartbeat", timedelta(milliseconds=1), lambda _: beaten.set() or 0)
    settings.data.mkdir(parents=True)
    schedule.Schedule(settings, [Job("traag", HOUR, lambda _: int(beaten.wait(30))), beat], print).run_due()
    assert [(run.job, run.items) for run in recorded(settings) if run.job == "traag"] == [("traag", 1)]


def test_alarms_are_looked_for_while_a_job_takes_long(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.01)
    looked = threading.Event()

    def watch(told: Settings) -> int:
        found = health.watch(told, [])
        looked.set()
        return found

    slow = Job("traag", HOUR, lambda _: int(looked.wait(30)))
    ticking = schedule.Schedule(settings, [slow, Job("alarms", MINUTE, watch)], print)
    ticking.run_due()
    ticking.running["alarms"].join()
    assert [run.items for run in recorded(settings) if run.job == "traag"] == [1]
    assert synced.count(models.HealthRow)


def test_a_mark_that_cannot_be_seen_is_recorded_and_stops_no_other_job(settings: Settings) -> None:
    marks = iter(["a"])
    settings.data.mkdir(parents=True)

    def mark(told: Settings) -> str:
        try:
            return next(marks)
        except StopIteration:
            raise FileNotFoundError("plan.yml") from None

    broken = Job("stuk", timedelta(0), lambda _: 1, mark=mark)
    ticking = schedule.Schedule(settings, [broken, a_job(settings)], print)
    running.run_job(settings, broken)
    ticking.run_due()
    assert [(run.job, run.error) for run in recorded(settings)] == [
        ("stuk", None),
        ("stuk", "unexpected FileNotFoundError: see the log"),
        ("proef", None),
    ]


def test_a_plan_file_that_goes_while_it_is_looked_at_is_no_failure(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = replace(settings, commitments=tmp_path / "plans")
    told.commitments.mkdir()
    for name in ("a.yml", "b.yml"):
        (told.commitments / name).write_text(name)
    stays = [told.commitments / "a.yml"]
    listed = [*stays, told.commitments / "b.yml"]
    look = Path.is_file

    def look_and_lose(path: Path) -> bool:
        found = look(path)
        if path.name == "b.yml":
            path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "rglob", lambda *_: listed)
    monkeypatch.setattr(Path, "is_file", look_and_lose)
    mark = jobs.files_mark(told)
    monkeypatch.setattr(Path, "rglob", lambda *_: stays)
    assert jobs.files_mark(told) == mark


def test_stopping_waits_once_for_all_that_hangs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "STOP_SECONDS", 0.2)
    waited: list[float] = []
    now = [100.0]

    class Hanging:
        def is_alive(self) -> bool:
            return True

        def join(self, seconds: float) -> None:
            waited.append(round(seconds, 3))
            now[0] += seconds

    said: list[str] = []
    ticking = schedule.Schedule(settings, [], said.append)
    ticking.scheduler.start()
    ticking.running = {name: Hanging() for name in ("een", "twee", "drie")}  # type: ignore[misc]
    monkeypatch.setattr(schedule.time, "monotonic", lambda: now[0])
    ticking.stop()
    monkeypatch.undo()
    assert waited == [0.2, 0, 0]
    assert said == ["Broken off: een, twee, drie. It runs again after the next start."]


def test_a_database_that_cannot_be_read_leaves_the_schedule_ticking(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    settings.database.write_bytes(b"geen database" * 100)
    ticking = schedule.Schedule(settings, [a_job(settings)], print)
    ticking.tick()
    assert ticking.runner
    ticking.runner.join(30)
    settings.database.unlink()
    ticking.tick()
    ticking.runner.join(30)
    assert [run.items for run in recorded(settings)] == [3]


def test_what_goes_wrong_at_the_edge_stays_there_and_shows(
    settings: Settings, synced: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken plan file, a dead feed and a full disk: each job says what is wrong, all others go on."""
    plans = tmp_path / "plans"
    shutil.copytree(settings.commitments / "2018-2020", plans / "2018-2020")
    (plans / "2018-2020" / "plan.yml").write_text("country: [NL\n", "utf-8")
    told = replace(settings, commitments=plans, allow_hosts=("127.0.0.1:9",))
    for record in synced.all(models.Evidence):
        synced.delete(models.Evidence, id=record.id)
    folder = synced.folder("2018-2020")
    dead = models.Feed(id="dood", title="Dood", address="http://127.0.0.1:9/feed", after_plan=True)
    synced.replace_folder(folder.model_copy(update={"feeds": (dead,)}), ())
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 150 * 1024 * 1024))
    schedule.Schedule(told, jobs.all_jobs(told, load_extensions()), print).run_due()
    failed = {run.job: run.error for run in recorded(told) if run.error}
    assert failed.keys() == {"sync", "backup", "indicators"}
    assert "nothing is fetched, as MONITOR_REACH_OUT is no" in str(failed["indicators"])
    assert "plan.yml:1:10: yaml: the list that starts here has no end" in str(failed["sync"])
    assert "150 MB are free" in str(failed["backup"])
    assert {run.job for run in recorded(told)} == {job.name for job in jobs.all_jobs(told, load_extensions())} - {
        "publish"
    }
    [state] = synced.all(models.FeedState, feed="dood")
    assert (state.failures, state.last_success_at) == (1, None)
    assert [(alarm.kind, alarm.ended_at) for alarm in synced.all(models.Alarm)] == [("disk", None), ("archive", None)]
    ill = {(row.topic, row.about) for row in synced.all(models.HealthRow) if not row.well and row.topic != "indicator"}
    # Nothing was published here yet.
    assert ill == {
        ("job", "sync"),
        ("job", "backup"),
        ("job", "indicators"),
        ("feed", "2018-2020/dood"),
        ("disk", "data"),
        ("archive", "data"),
        ("publication", "site"),
    }


def publisher(settings: Settings) -> tuple[schedule.Schedule, list[str]]:
    said: list[str] = []
    publish_job = Job("publish", timedelta(seconds=0), jobs.run_publish)
    return schedule.Schedule(settings, [publish_job], said.append), said


def test_failed_publication_is_tried_again(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(schedule, "RETRY_SECONDS", 0)
    monkeypatch.setattr(schedule, "LOOK_ANYWAY", 2)
    renewed, tries = threading.Event(), list[str]()

    def build(*_: object) -> None:
        tries.append("build")
        if len(tries) == 1:
            raise OSError("geen ruimte")
        if len(tries) == 2:
            raise RuntimeError("iets onverwachts")
        renewed.set()
        raise publish.StoppedError("genoeg")

    monkeypatch.setattr(publish, "_publish", build)
    ticking, said = publisher(settings)
    ticking.watcher.start()
    assert renewed.wait(30)
    ticking.stopping.set()
    ticking.watcher.join()
    published = publish.last(settings)
    assert published is not None
    assert published.error == "unexpected RuntimeError: see the log"
    assert "geen ruimte" in said[0]
    assert said[1] == "unexpected RuntimeError: see the log"


def test_nothing_is_fetched_where_the_operator_wants_it_so(settings: Settings) -> None:
    reaching = {"feeds", "evidence", "indicators"}
    for told, expected in (
        (replace(settings, reach_out=True), reaching),
        (settings, set()),
        (replace(settings, allow_hosts=("127.0.0.1:9",)), reaching),
    ):
        assert {job.name for job in jobs.all_jobs(told, ())} & reaching == expected


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_job_has_a_name_that_people_read(settings: Settings, language: str) -> None:
    known = {job.name for job in jobs.all_jobs(replace(settings, reach_out=True), load_extensions())}
    assert set(words.of(language).table_of("job")) == known


def test_changes_in_a_row_make_one_publication(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "WATCH_SECONDS", 0.02)
    built: list[int] = []
    monkeypatch.setattr(publish, "is_due", lambda *_: True)
    monkeypatch.setattr(jobs, "renew_site", lambda *_: built.append(1) or 0)
    ticking, _ = publisher(settings)
    versions, looks = iter([1, 1, 1, 2, 3, 4, 5, 5, 5, 5]), list[int]()

    class Changing:
        def data_version(self) -> int:
            looks.append(len(built))
            try:
                return next(versions)
            except StopIteration:
                ticking.stopping.set()
                return 5

        def last_runs(self) -> dict[str, models.Run]:
            return {}

    ticking._look(Changing())  # type: ignore[arg-type]
    # At once after the start, and once when the changes came to rest.
    assert looks == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2]
