"""How the monitor says how it goes: each line is true, in /healthz, on the page, and as rows."""

from __future__ import annotations

import json
import re
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from monitor import backup, commitments, health, indicators, models, publish, sync, web
from monitor.extension import Job
from monitor.models import Alarm, FeedState, HealthRow, Run
from monitor.pages.health import fill
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_pages import body, head, write

HOUR = timedelta(hours=1)
JOBS = [
    Job("heartbeat", timedelta(minutes=1), lambda _: 0),
    Job("feeds", timedelta(minutes=15), lambda _: 0),
    Job("sync", timedelta(seconds=30), lambda _: 0, mark=lambda _: "a"),
]


def ran(storage: Storage, job: str, at: datetime, **known: Any) -> None:
    storage.put(Run.model_validate({"id": f"{job}{at}", "job": job, "started_at": at, "ended_at": at} | known))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Give settings as a monitor has them that fetches; nothing is fetched here."""
    return replace(settings, reach_out=True)


def published(settings: Settings, error: str = "") -> None:
    told = {"at": NOW.isoformat(), "release": "1", "fingerprint": "x", "error": error}
    (settings.data / publish.PUBLISHED).write_text(json.dumps(told), "utf-8")


def problems(settings: Settings) -> list[str]:
    return list(health.report(settings, (), JOBS)["problems"])


def test_a_schedule_that_does_not_beat_is_a_problem(settings: Settings, synced: Storage) -> None:
    published(settings)
    assert problems(settings) == []
    ran(synced, "heartbeat", settings.clock.now())
    assert problems(settings) == []
    synced.delete(Run, job="heartbeat")
    ran(synced, "heartbeat", datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert problems(settings) == ["schedule: nothing runs since 2026-01-02 03:04 UTC"]


def test_a_program_that_never_beats_is_a_problem_five_minutes_after_its_start(
    settings: Settings, synced: Storage
) -> None:
    published(settings)
    now, old = settings.clock.now(), datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

    def told(minutes: int) -> list[str]:
        started = now - timedelta(minutes=minutes)
        return list(health.report(settings, (), JOBS, started_at=started)["problems"])

    assert told(4) == []
    assert told(6) == [f"schedule: nothing runs since {now - timedelta(minutes=6):%Y-%m-%d %H:%M} UTC"]
    ran(synced, "heartbeat", old)
    assert told(4) == []
    assert told(6) == ["schedule: nothing runs since 2026-01-02 03:04 UTC"]
    ran(synced, "heartbeat", now)
    assert told(6) == [
        f"health: nobody looked since {now - timedelta(minutes=6):%Y-%m-%d %H:%M} UTC: "
        "see what the job alarms says in the log"
    ]
    health.watch(settings, JOBS)
    assert told(6) == []


def test_healthz_knows_when_its_program_started(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(settings)
    now = settings.clock.now()
    monkeypatch.setattr("monitor.clock.Clock.now", lambda _: now)
    with TestClient(web.make_app(settings, [])) as opened:
        assert opened.get("/healthz").json()["problems"] == []
        monkeypatch.setattr("monitor.clock.Clock.now", lambda _: now + timedelta(minutes=6))
        answer = opened.get("/healthz")
    assert (answer.status_code, answer.json()["problems"]) == (
        503,
        [f"schedule: nothing runs since {now:%Y-%m-%d %H:%M} UTC"],
    )


def test_healthz_serves_the_last_look_with_its_moment_and_reads_nothing_that_grows(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(settings)
    assert (health.report(settings)["looked_at"], health.report(settings)["rows"]) == (None, [])
    health.watch(settings, JOBS)
    asked: list[str] = []
    read = Storage._read

    def listen(storage: Storage, sql: str, values: Any = ()) -> list[dict[str, Any]]:
        asked.append(sql.partition(" FROM ")[2].partition(" ")[0])
        return read(storage, sql, values)

    monkeypatch.setattr(Storage, "_read", listen)
    told = health.report(settings, (), JOBS)
    assert set(asked) == {"plans", "runs", "health", "alarms", "indicator_states"}
    stored = synced.all(HealthRow)
    assert told["looked_at"] == stored[0].checked_at.isoformat()
    assert told["rows"] == [row.model_dump(mode="json", exclude={"checked_at"}) for row in stored]


def test_a_job_that_hangs_for_an_hour_asks_for_a_new_start(settings: Settings, synced: Storage) -> None:
    published(settings)
    ran(synced, "feeds", settings.clock.now() - HOUR + timedelta(minutes=1), ended_at=None)
    assert problems(settings) == []
    synced.delete(Run, job="feeds")
    ran(synced, "feeds", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), ended_at=None, error="still running after 300 s")
    assert problems(settings) == ["job feeds: job-hangs since 2026-01-02 03:04 UTC: start the program anew"]


def test_a_failed_publication_and_a_full_disk_are_problems(
    settings: Settings, synced: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(settings, "2 pages are missing")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: usage(0, 0, 150 * 1024 * 1024))
    assert problems(settings) == ["publication: 2 pages are missing", "disk: only 150 MB are free"]


def test_a_database_that_cannot_be_read_is_a_problem_and_nothing_more(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    published(settings)
    settings.database.write_bytes(b"geen database" * 100)
    [problem] = problems(settings)
    assert problem.startswith(f"{settings.database}: cannot be opened as a database")


def test_what_is_ill_but_stops_nothing_is_noted(settings: Settings, synced: Storage) -> None:
    published(settings)
    ran(synced, "feeds", settings.clock.now(), error="stuk", failures=1)
    read = health.polled_feeds(settings, synced)[0].feed
    ill = {"feed": read.id, "plan": "2018-2020", "address": read.address, "failures": 2, "error": "timeout"}
    synced.put(FeedState.model_validate(ill | {"last_tried_at": NOW, "next_at": NOW}))
    synced.put(FeedState.model_validate(ill | {"feed": "van-vroeger"}))
    health.watch(settings, JOBS)
    synced.put(Alarm(id="disk", kind="disk", about="", message={"nl": "Vol."}, started_at=NOW))
    told = health.report(settings, (), JOBS)
    noted = ["job feeds: stuk", f"feed 2018-2020/{read.id}: timeout", "alarm disk"]
    assert (told["ok"], told["notes"]) == (True, noted)
    assert told["jobs"]["heartbeat"] is None
    assert [alarm["id"] for alarm in told["alarms"]] == ["disk"]


def rows(storage: Storage, topic: str) -> list[dict[str, object]]:
    found = storage.all(HealthRow, topic=topic)
    return [row.model_dump(exclude={"topic", "checked_at"}, exclude_none=True) for row in found]


def test_rows_tell_of_every_part(settings: Settings, synced: Storage) -> None:
    published(settings)
    (settings.data / "backups" / NOW.strftime(backup.STAMP)).mkdir(parents=True)
    at = settings.clock.now()
    ran(synced, "feeds", at, items=4)
    ran(synced, "sync", at, error="plan.yml: kapot", failures=1, failing_since_at=at)
    health.watch(settings, JOBS)
    assert rows(synced, "job") == [
        {"about": "heartbeat", "well": True},
        {"about": "feeds", "well": True, "last_at": at, "next_at": at + timedelta(minutes=15), "number": 4},
        {"about": "sync", "well": False, "last_at": at, "number": 0, "note": "plan.yml: kapot"},
    ]
    assert rows(synced, "publication") == [{"about": "site", "well": True, "last_at": NOW}]
    [disk] = rows(synced, "disk")
    assert (disk["about"], disk["well"]) == ("data", True)
    assert rows(synced, "backup") == [{"about": "data", "well": True, "number": 1}]
    assert rows(synced, "version") == [{"about": health.PACKAGE, "well": True, "note": health.version(health.PACKAGE)}]
    # The shipped plan is closed: few feeds of it are read, but numbers are asked for what came later.
    waiting = [f"2018-2020/{facts.feed.id}" for facts in health.polled_feeds(settings, synced)]
    assert rows(synced, "feed") == [{"about": name, "well": True, "number": 0} for name in waiting]
    asked = [wanted.id for wanted in indicators.automatic(synced, today=TODAY)]
    assert len(asked) > 3
    assert rows(synced, "indicator") == [{"about": name, "well": True} for name in asked]


SAVES = [*JOBS, Job("backup", timedelta(days=1), lambda _: 0)]


def saved(settings: Settings, at: datetime, ending: str = "") -> None:
    (settings.data / "backups" / f"{at.strftime(backup.STAMP)}{ending}").mkdir(parents=True)


def made_long_ago(storage: Storage, at: datetime) -> None:
    storage.db.conn.execute("UPDATE _sqlite_migrations SET applied_at = ?", [str(at)])


def test_what_a_restore_replaced_is_no_backup(settings: Settings, synced: Storage) -> None:
    now = settings.clock.now()
    saved(settings, now - timedelta(days=3))
    saved(settings, now, "-replaced")
    health.watch(settings, SAVES)
    [row] = rows(synced, "backup")
    assert row == {"about": "data", "well": False, "last_at": now - timedelta(days=3), "number": 1}
    assert [alarm.kind for alarm in synced.all(Alarm)] == ["backup"]


def test_no_backup_at_all_rings_when_the_data_is_older_than_two_days(settings: Settings, synced: Storage) -> None:
    now = settings.clock.now()
    saved(settings, now, "-replaced")
    made_long_ago(synced, now - timedelta(days=2) + timedelta(minutes=1))
    health.watch(settings, SAVES)
    assert (rows(synced, "backup"), synced.all(Alarm)) == ([{"about": "data", "well": True, "number": 0}], [])
    made_long_ago(synced, now - timedelta(days=2))
    health.watch(settings, JOBS)
    assert synced.all(Alarm) == []
    health.watch(settings, SAVES)
    assert rows(synced, "backup") == [{"about": "data", "well": False, "number": 0}]
    assert [(alarm.kind, alarm.message["nl"]) for alarm in synced.all(Alarm)] == [
        ("no-backup", "Er is geen reservekopie van de gegevens.")
    ]


def test_a_number_that_keeps_failing_rings_though_its_job_goes_well(settings: Settings, synced: Storage) -> None:
    now = settings.clock.now()
    first, second, third, fourth, *_ = indicators.automatic(synced, today=TODAY)

    def state(wanted: indicators.Wanted, **known: object) -> None:
        facts = {"address": wanted.address, "last_tried_at": now, "last_success_at": now, "next_at": now + HOUR}
        synced.put(models.IndicatorState.model_validate(wanted.key | facts | known))

    state(first, failures=3, error="leeg antwoord")
    state(second, failures=2, error="leeg antwoord")
    state(third, last_success_at=now - timedelta(days=22))
    state(fourth, failures=3, error="weg", address="https://vroeger.example/")
    health.watch(settings, JOBS)
    title = first.indicator.title["nl"]
    assert [(alarm.kind, alarm.about) for alarm in synced.all(Alarm)] == [
        ("indicator", first.id),
        ("indicator", third.id),
    ]
    assert synced.all(Alarm)[0].message["nl"] == f"Het lukt niet om het cijfer “{title}” bij te werken."
    health.watch(replace(settings, reach_out=False), JOBS)
    assert [alarm for alarm in synced.all(Alarm) if alarm.ended_at is None] == []


def test_rows_tell_of_numbers_that_failed_or_are_old(settings: Settings, synced: Storage) -> None:
    now = settings.clock.now()
    first, second, third, *_ = indicators.automatic(synced, today=TODAY)
    well = {"last_tried_at": now, "last_success_at": now, "next_at": now + HOUR}
    synced.put(models.IndicatorState.model_validate(first.key | well))
    synced.put(models.IndicatorState.model_validate(second.key | well | {"failures": 1, "error": "leeg antwoord"}))
    old = now - timedelta(days=60)
    synced.put(models.IndicatorState.model_validate(third.key | well | {"last_success_at": old}))
    health.watch(settings, JOBS)
    told = [(row["about"], row["well"], row.get("note"), row.get("last_at")) for row in rows(synced, "indicator")]
    assert told[:3] == [
        (first.id, True, None, now),
        (second.id, False, "leeg antwoord", now),
        (third.id, False, None, old),
    ]


def test_evidence_that_was_looked_at_does_not_count_as_waiting(settings: Settings, synced: Storage) -> None:
    known = {"plan": "2018-2020", "update_id": "u", "recorded_at": NOW, "address": "https://voorbeeld.example/"}
    for record in synced.all(models.Evidence):
        synced.delete(models.Evidence, id=record.id)
    facts: list[dict[str, object]] = [
        {"checked_at": NOW, "state": "alive"},
        {"checked_at": NOW + HOUR, "state": "alive"},
        {"tried_at": NOW},
        {},
        {"address": None},
    ]
    for number, fact in enumerate(facts):
        synced.add(models.Evidence.model_validate({"id": str(number), **known, **fact}))
    health.watch(settings, JOBS)
    assert rows(synced, "evidence") == [
        {"about": "alive", "well": True, "last_at": NOW + HOUR, "number": 2},
        {"about": "no-address", "well": True, "number": 1},
        {"about": "unanswered", "well": True, "last_at": NOW, "number": 1},
        {"about": "unchecked", "well": True, "number": 1},
    ]


def test_where_nothing_is_fetched_every_place_says_so(settings: Settings, synced: Storage) -> None:
    published(settings)
    off = replace(settings, reach_out=False)
    first = next(iter(indicators.automatic(synced, today=TODAY)))
    ill = {"last_tried_at": NOW, "next_at": NOW, "failures": 4, "error": "leeg antwoord"}
    synced.put(models.IndicatorState.model_validate(first.key | ill))
    for feed in synced.all(models.Feed):
        known = {"feed": feed.id, "plan": "2018-2020", "address": feed.address, **ill}
        synced.put(FeedState.model_validate(known))
    health.watch(off, JOBS)
    note = "not fetched: the operator switched that off, or these are examples"
    assert rows(synced, "fetching") == [{"about": "internet", "well": True, "note": note}]
    followed = [row["about"] for row in rows(synced, "feed")]
    assert followed == ["2018-2020/ogp"]
    assert rows(synced, "feed") == [{"about": name, "well": True, "number": 0, "note": note} for name in followed]
    assert {(row["well"], row["note"], row.get("next_at")) for row in rows(synced, "indicator")} == {(True, note, None)}
    assert synced.all(Alarm) == []
    told = health.report(off, (), JOBS)
    assert (told["ok"], told["fetches"]) == (True, False)
    assert [note for note in told["notes"] if note.startswith("feed ")] == []
    assert told["notes"][0] == "fetching: MONITOR_REACH_OUT: is no, so nothing is fetched: leave it out, or write yes"
    health.watch(settings, JOBS)
    assert rows(synced, "fetching") == [{"about": "internet", "well": True}]
    assert [alarm.kind for alarm in synced.all(Alarm)] == ["feeds"]
    assert health.report(settings, (), JOBS)["fetches"] is True


@pytest.mark.parametrize(
    ("language", "told", "of_feed", "waiting"),
    [
        (
            "nl",
            "Deze monitor haalt niets van internet: geen nieuws, geen cijfers en geen bewijs. Zo is hij ingesteld.",
            "wordt niet gelezen: dat staat uit",
            "nog niet gelezen",
        ),
        (
            "en",
            "This monitor fetches nothing from the internet: no news, no numbers and no evidence. "
            "It was set up like that.",
            "not read: this is switched off",
            "not read yet",
        ),
    ],
)
def test_the_page_says_that_nothing_is_fetched(
    synced: Storage, settings: Settings, language: str, told: str, of_feed: str, waiting: str
) -> None:
    health.watch(settings, JOBS)
    off, on = (filled(synced, settings.clock.now(), language, fetches=fetches) for fetches in (False, True))
    assert (told in off, of_feed in off, waiting in off) == (True, True, False)
    assert (told in on, of_feed in on, waiting in on) == (False, False, True)


def test_rows_of_what_is_gone_go(settings: Settings, synced: Storage) -> None:
    health.watch(settings, JOBS)
    health.watch(settings, JOBS[:1])
    assert [row["about"] for row in rows(synced, "job")] == ["heartbeat"]


def test_rows_can_be_asked_with_sql(settings: Settings, synced: Storage) -> None:
    health.watch(settings, JOBS)
    with TestClient(web.make_app(settings, [])) as opened:
        answer = opened.get("/data/monitor/how_it_goes.json", params={"_shape": "array"}).json()
    assert [row["about"] for row in answer if row["topic"] == "job"] == ["feeds", "heartbeat", "sync"]


# The page


def test_the_page_says_what_is_wrong_and_what_was(settings: Settings, synced: Storage, tmp_path: Path) -> None:
    published(settings)
    at = settings.clock.now()
    ran(synced, "feeds", at, error="netwerk <weg>", failures=1, failing_since_at=at)
    ran(synced, "sync", at)
    feed = synced.all(models.Feed)[0]
    synced.put(FeedState(feed=feed.id, plan="2018-2020", failures=2, error="timeout"))
    synced.put(Alarm(id="a", kind="disk", about="", message={"nl": "De schijf is bijna vol."}, started_at=NOW))
    over = {"started_at": NOW, "ended_at": NOW + HOUR, "message": {"nl": "Dat was er."}}
    synced.put(Alarm.model_validate({"id": "b", "kind": "backup", "about": ""} | over))
    health.watch(settings, JOBS)
    text = body(write(synced, tmp_path), "over/gezondheid")
    assert head(write(synced, tmp_path), "over/gezondheid")["statement_html"] == (
        "Er gaat iets niet goed. Hieronder staat wat."
    )
    for told in (
        "nieuwsbronnen lezen",
        'mislukt: <span class="quiet" lang="en">netwerk &lt;weg&gt;</span>',
        "Dat was er.",
        "van <time",
        "laten zien dat de monitor draait",
        "als er iets verandert",
    ):
        assert told in text, told


def test_a_page_without_a_look_says_that_nothing_is_known(synced: Storage, tmp_path: Path) -> None:
    assert head(write(synced, tmp_path), "over/gezondheid")["statement_html"] == (
        "De monitor keek nog niet na hoe het gaat."
    )


def served(statement: str, language: str = "nl") -> str:
    page = '<html lang="{}"><p class="statement">{}</p><!-- health:begin -->toen<!-- health:end --></html>'
    return page.format(language, statement)


def filled(storage: Storage, now: datetime, language: str = "nl", *, fetches: bool = True) -> str:
    return fill(served("toen", language), storage, now=now, today=TODAY, version="1", fetches=fetches)


def test_the_served_page_tells_of_now_and_says_when_nothing_looks_any_more(settings: Settings, synced: Storage) -> None:
    published(settings)
    health.watch(settings, JOBS)
    now = settings.clock.now()
    page = filled(synced, now)
    assert '<p class="statement">De monitor werkt. Hieronder staat wat er het laatst gebeurde.</p>' in page
    assert "toen" not in page
    dead = filled(synced, now + timedelta(minutes=6), "en")
    assert "The monitor stands still. Below is how it was when it still ran." in dead
    assert "This is how it was on" in dead


def test_the_page_does_not_call_a_monitor_dead_that_only_stopped_looking(settings: Settings, synced: Storage) -> None:
    published(settings)
    health.watch(settings, JOBS)
    later = settings.clock.now() + timedelta(minutes=6)
    ran(synced, "heartbeat", later - timedelta(minutes=1))
    page = filled(synced, later)
    assert "De monitor werkt, maar keek al even niet na hoe het gaat. Hieronder staat hoe het was." in page
    assert "De monitor staat stil." in filled(synced, later + timedelta(minutes=5))


def test_the_page_of_an_empty_database_says_that_nothing_is_known(settings: Settings, storage: Storage) -> None:
    health.watch(settings, JOBS)
    page = filled(storage, settings.clock.now())
    assert '<p class="statement">De monitor keek nog niet na hoe het gaat.</p>' in page
    assert "Dit plan noemt geen nieuwsbronnen." not in page


def test_the_page_tells_of_every_plan_the_newest_first(
    settings: Settings, synced: Storage, shipped: models.PlanFolder
) -> None:
    assert "<h3>" not in filled(synced, settings.clock.now())
    newer = commitments.load(ROOT / "tests" / "data" / "plans" / "2026-2028")
    sync.sync(synced, newer, sync.Moment(NOW, TODAY))
    for folder in (shipped, newer):
        feed = models.Feed(id="bron", title=f"Bron van {folder.plan.id}", address="https://bron.example/rss")
        synced.replace_folder(folder.model_copy(update={"feeds": (feed,)}), ())
    page = filled(synced, settings.clock.now(), "en")
    titles = [folder.plan.title["en"] for folder in (newer, shipped)]
    assert re.findall(r"<h3>(.*?)</h3>", page) == [*titles, *titles]
    order = [titles[0], "Bron van 2026-2028", titles[1], "Bron van 2018-2020"]
    assert sorted(order, key=page.index) == order


def test_the_web_fills_the_page_in_both_languages(settings: Settings, synced: Storage) -> None:
    published(settings)
    health.watch(settings, JOBS)
    for language, path in (("nl", "over/gezondheid"), ("en", "en/about/health")):
        page = settings.data / "releases" / "1" / path / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(served("toen", language), "utf-8")
    (settings.data / "site").symlink_to("releases/1")
    with TestClient(web.make_app(settings, [])) as opened:
        assert "De monitor werkt." in opened.get("/over/gezondheid/").text
        english = opened.get("/en/about/health/")
        assert "The monitor works." in english.text
        assert "default-src 'none'" in english.headers["content-security-policy"]
        assert opened.get("/about/health/").status_code == 404
        assert opened.get("/over/gezondheid").status_code == 200


def test_links_that_all_fall_silent_are_our_trouble_and_not_theirs(settings: Settings, synced: Storage) -> None:
    published(settings)
    known = {"plan": "2018-2020", "update_id": "u", "recorded_at": NOW, "state": "alive", "checked_at": NOW}
    for record in synced.all(models.Evidence):
        synced.delete(models.Evidence, id=record.id)
    for number in range(3):
        told = {"id": str(number), "address": f"https://voorbeeld.example/{number}", "tried_at": NOW + HOUR}
        synced.put(models.Evidence.model_validate(known | told))
    health.watch(settings, JOBS)
    assert rows(synced, "evidence") == [{"about": "silent", "well": False, "last_at": NOW, "number": 3}]
    assert [alarm.kind for alarm in synced.all(Alarm, ended_at=None) if alarm.kind == "evidence"] == ["evidence"]
    one = synced.get(models.Evidence, id="0")
    assert one
    synced.put(one.model_copy(update={"checked_at": NOW + HOUR}))
    health.watch(settings, JOBS)
    assert [row["well"] for row in rows(synced, "evidence")] == [True, True]
    assert [alarm.kind for alarm in synced.all(Alarm, ended_at=None) if alarm.kind == "evidence"] == []


def test_the_page_leads_to_what_is_not_well(settings: Settings, synced: Storage) -> None:
    published(settings, "2 pages are missing")
    ran(synced, "feeds", settings.clock.now(), error="stuk", failures=1, failing_since_at=NOW)
    health.watch(settings, JOBS)
    page = filled(synced, settings.clock.now())
    assert '<h2 id="niet-goed">Wat nu niet goed gaat</h2>' in page
    assert '<li><span><a href="#taken">Taken</a></span><span>1</span></li>' in page
    assert '<li><span><a href="#publicatie">Deze uitgave</a></span><span>1</span></li>' in page


def test_the_page_says_where_the_data_cannot_be_read(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    settings.database.write_bytes(b"geen database" * 100)
    page = settings.data / "releases" / "1" / "over" / "gezondheid" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(served("toen"), "utf-8")
    (settings.data / "site").symlink_to("releases/1")
    with TestClient(web.make_app(settings, [])) as opened:
        assert "De gegevens zijn nu niet te lezen." in opened.get("/over/gezondheid/").text


def test_a_long_error_of_a_job_is_cut_and_a_job_without_items_claims_no_more(
    settings: Settings, synced: Storage
) -> None:
    published(settings)
    told = "; ".join(f"2018-2020/01/cijfer-{number}: bron antwoordt niet" for number in range(20))
    ran(synced, "feeds", settings.clock.now(), error=told, failures=1, failing_since_at=NOW)
    ran(synced, "sync", settings.clock.now(), items=0)
    health.watch(settings, JOBS)
    page = filled(synced, settings.clock.now())
    jobs = page.split('id="taken"')[1].split("<h2")[0]
    assert "cijfer-0" in jobs
    assert "cijfer-19" not in jobs
    assert " …</span>" in jobs
    assert "klaar, niets nieuws" in jobs
    assert [row["note"] for row in rows(synced, "job") if row["about"] == "feeds"] == [told]
