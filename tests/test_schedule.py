from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import models, schedule, words
from monitor.extension import Job, load_extensions
from monitor.lease import lease
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def a_job(settings: Settings, run: object = None, name: str = "proef") -> Job:
    return Job(name, HOUR, run or (lambda _: 3))  # type: ignore[arg-type]


def fail(settings: Settings) -> int:
    raise ValueError("bron: antwoordt niet\nregel twee")


def runs(settings: Settings) -> list[models.Run]:
    with Storage(settings.database) as storage:
        return storage.all(models.Run, order="started_at")


def test_run_is_recorded(settings: Settings) -> None:
    done = schedule.run_job(settings, a_job(settings))
    assert runs(settings) == [done]
    assert (done.job, done.items, done.failures, done.error) == ("proef", 3, 0, None)
    assert done.ended_at is not None
    assert done.ended_at >= done.started_at


def test_failures_in_a_row_are_counted_and_stop_at_a_success(settings: Settings) -> None:
    failures = [schedule.run_job(settings, a_job(settings, fail)).failures for _ in range(3)]
    assert (failures, schedule.run_job(settings, a_job(settings)).failures) == ([1, 2, 3], 0)


def test_error_is_kept_as_one_line(settings: Settings) -> None:
    assert schedule.run_job(settings, a_job(settings, fail)).error == "bron: antwoordt niet (and 1 more lines)"


def test_runs_that_did_nothing_do_not_pile_up(settings: Settings) -> None:
    for _ in range(3):
        schedule.run_job(settings, a_job(settings, lambda _: 0))
    assert len(runs(settings)) == 1


def test_job_is_due_when_it_never_ran_or_its_time_has_come(settings: Settings) -> None:
    job = a_job(settings)
    assert schedule.due_jobs(settings, [job], NOW) == [job]
    started = schedule.run_job(settings, job).started_at
    assert schedule.due_jobs(settings, [job], started + HOUR - timedelta(seconds=1)) == []
    assert schedule.due_jobs(settings, [job], started + HOUR) == [job]


def test_old_runs_are_forgotten(settings: Settings) -> None:
    with Storage(settings.database) as storage:
        storage.add(models.Run(id="oud", job="proef", started_at=settings.clock.now() - timedelta(days=31), items=1))
        storage.add(models.Run(id="nieuw", job="proef", started_at=settings.clock.now(), items=1))
    assert schedule.run_tidy(settings) == 1
    assert [run.id for run in runs(settings)] == ["nieuw"]


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
    assert [(run.job, run.error is None) for run in runs(settings)] == [("proef", True), ("stuk", False)]


def test_tick_leaves_it_to_the_process_that_holds_the_lease(settings: Settings) -> None:
    ticking = schedule.Schedule(settings, [a_job(settings)], print)
    settings.data.mkdir(parents=True)
    with lease(settings.data / "schedule.lock"):
        ticking.run_due()
    assert runs(settings) == []


def test_schedule_stops_after_the_job_that_is_running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 1)
    monkeypatch.setattr(schedule.publish, "is_due", lambda *_: False)
    begun = threading.Event()
    with Storage(settings.database):
        pass
    ticking = schedule.Schedule(settings, [a_job(settings, lambda _: begun.set() or 1)], print)
    ticking.start()
    assert begun.wait(10)
    ticking.stop()
    assert [run.items for run in runs(settings)] == [1]


def test_names_of_jobs_are_used_once(settings: Settings) -> None:
    names = [job.name for job in schedule.all_jobs(settings, load_extensions())]
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
    assert [(run.job, run.error) for run in runs(settings)] == [
        ("traag", "still running after 0 s"),
        ("proef", None),
    ]
    end.set()
    ticking.running["traag"].join()


def test_stopping_breaks_off_a_job_that_hangs_and_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK_SECONDS", 1)
    monkeypatch.setattr(schedule, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(schedule.publish, "is_due", lambda *_: False)
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
        raise schedule.publish.StoppedError("genoeg")

    monkeypatch.setattr(schedule.publish, "_build", build)
    ticking = schedule.Schedule(settings, [], lambda _: None)
    ticking.watcher.start()
    assert renewed.wait(30)
    ticking.stopping.set()
    ticking.watcher.join()
    published = schedule.publish.last(settings)
    assert published is not None
    assert published.error == "iets onverwachts"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_job_has_a_name_that_people_read(settings: Settings, language: str) -> None:
    jobs = {job.name for job in schedule.all_jobs(settings, load_extensions())}
    assert set(words.of(language).table_of("job")) == jobs
