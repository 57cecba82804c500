"""What is an alarm, that each begins and ends once, and that coordinators hear of it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import alarming
from bot.desk import Desk
from bot.private import Private
from monitor import alarms, health, models
from monitor.alarms import MEGABYTE, JobSeen, Kind, Moved, Numbered, Seen, Trouble
from monitor.extension import Job
from monitor.models import Alarm, FeedState, IndicatorState, Role, Run
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, TODAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
JOB = Job("feeds", 2 * HOUR, lambda _: 0, delivers_within=60 * DAY, limit=timedelta(minutes=5))


MOVED = Moved("2018-2020/vng", "VNG, nieuws", "https://nieuw.example/rss", "2018-2020/feeds.yml", 56)


def a_run(started: datetime = NOW, **known: object) -> Run:
    facts = {"id": "x", "job": "feeds", "started_at": started, "ended_at": started}
    return Run.model_validate(facts | known)


def of_job(run: Run | None, *, expects: bool = True, job: Job = JOB) -> Trouble | None:
    return alarms.of_job(JobSeen(job, run, expects), NOW)


def test_a_job_that_goes_well_or_never_ran_is_no_trouble() -> None:
    assert (of_job(a_run()), of_job(None)) == (None, None)


def test_a_job_that_fails_is_trouble_after_three_times_and_an_hour() -> None:
    since = NOW - HOUR
    failing = a_run(failures=3, failing_since_at=since, error="stuk")
    assert of_job(failing) == Trouble(Kind.JOB_FAILING, "feeds", since)
    assert of_job(failing.model_copy(update={"failures": 2})) is None
    assert of_job(failing.model_copy(update={"failing_since_at": since + SECOND})) is None


def test_a_job_that_does_not_run_is_trouble_an_hour_after_its_time() -> None:
    assert of_job(a_run(NOW - 3 * HOUR)) is None
    late = NOW - 3 * HOUR - SECOND
    assert of_job(a_run(late)) == Trouble(Kind.JOB_MISSED, "feeds", late)
    assert of_job(a_run(late), job=replace(JOB, mark=lambda _: "a")) is None


def test_a_job_that_does_not_end_is_trouble() -> None:
    started = NOW - timedelta(minutes=5)
    assert of_job(a_run(started, ended_at=None)) is None
    hanging = a_run(started - SECOND, ended_at=None, error="still running after 300 s", failures=1)
    assert of_job(hanging) == Trouble(Kind.JOB_HANGS, "feeds", started - SECOND)


def test_a_job_that_runs_and_gives_nothing_is_trouble_where_there_is_work_for_it() -> None:
    since = NOW - 60 * DAY
    assert of_job(a_run(quiet_since_at=since)) is None
    quiet = a_run(quiet_since_at=since - SECOND)
    assert of_job(quiet) == Trouble(Kind.JOB_QUIET, "feeds", since - SECOND)
    assert (of_job(quiet, expects=False), of_job(quiet, job=replace(JOB, delivers_within=None))) == (None, None)


def kinds(seen: Seen, *ringing: Kind) -> list[Kind]:
    return [trouble.kind for trouble in alarms.troubles(seen, ringing)]


def test_feeds_are_trouble_when_none_can_be_read() -> None:
    ill = FeedState(feed="a", plan="p", failures=3, error="stuk", next_at=NOW)
    assert kinds(Seen(NOW, feeds=[ill, ill])) == [Kind.FEEDS]
    for well in (None, FeedState(feed="b", plan="p"), ill.model_copy(update={"failures": 2})):
        assert kinds(Seen(NOW, feeds=[ill, well])) == []
    gone = FeedState(feed="c", plan="p", failures=1, error="410")
    assert kinds(Seen(NOW, feeds=[ill, gone])) == [Kind.FEEDS]
    assert kinds(Seen(NOW)) == []


def test_a_number_is_trouble_when_it_failed_for_a_while_is_gone_or_is_old() -> None:
    well = IndicatorState(plan="p", commitment="p/01", indicator="a", last_success_at=NOW, next_at=NOW)
    title = {"nl": "Gemeenten", "en": "Municipalities"}

    def rings(**known: object) -> bool:
        one = Numbered("p/01/a", title, well.model_copy(update=known))
        found = list(alarms.troubles(Seen(NOW, indicators=[one])))
        assert found in ([], [Trouble(Kind.INDICATOR, "p/01/a", title=title)])
        return bool(found)

    assert (rings(), rings(failures=2), rings(failures=3)) == (False, False, True)
    assert (rings(failures=1, next_at=None), rings(next_at=None)) == (True, False)
    assert (rings(last_success_at=NOW - 21 * DAY), rings(last_success_at=NOW - 21 * DAY - SECOND)) == (False, True)
    assert (rings(last_success_at=None, failures=1), rings(last_success_at=None, failures=3)) == (False, True)


def test_space_backup_queue_and_publication_have_their_bounds() -> None:
    assert kinds(Seen(NOW, free_bytes=500 * MEGABYTE)) == []
    assert kinds(Seen(NOW, free_bytes=500 * MEGABYTE - 1)) == [Kind.DISK]
    assert kinds(Seen(NOW, backup_at=NOW - 2 * DAY)) == []
    assert kinds(Seen(NOW, backup_at=NOW - 2 * DAY - SECOND)) == [Kind.BACKUP]
    assert kinds(Seen(NOW, unsaved_since=NOW - 2 * DAY)) == []
    assert kinds(Seen(NOW, unsaved_since=NOW - 2 * DAY - SECOND)) == [Kind.NO_BACKUP]
    assert kinds(Seen(NOW, queue_at=NOW - 14 * DAY)) == []
    assert kinds(Seen(NOW, queue_at=NOW - 14 * DAY - SECOND)) == [Kind.QUEUE]
    assert kinds(Seen(NOW, publication_error="stuk")) == [Kind.PUBLICATION]


def test_an_alarm_about_space_does_not_come_and_go() -> None:
    between = Seen(NOW, free_bytes=600 * MEGABYTE)
    assert (kinds(between), kinds(between, Kind.DISK)) == ([], [Kind.DISK])
    assert kinds(replace(between, free_bytes=700 * MEGABYTE), Kind.DISK) == []
    full = Seen(NOW, free_bytes=1100 * MEGABYTE)
    assert (kinds(full), kinds(replace(full, archive_full=True))) == ([], [Kind.ARCHIVE])
    assert kinds(full, Kind.ARCHIVE) == [Kind.ARCHIVE]
    assert kinds(replace(full, free_bytes=1200 * MEGABYTE), Kind.ARCHIVE) == []


def test_an_alarm_begins_once_and_ends_once() -> None:
    ill, well = Seen(NOW, publication_error="stuk"), Seen(NOW + DAY)
    begun = alarms.decide(ill, []).begun
    assert begun == (
        Alarm(
            id="publication/2026-11-23T12:00:00.000000Z",
            kind="publication",
            about="",
            message={
                "en": "The site is not being renewed: building it fails.",
                "nl": "De site wordt niet vernieuwd: het maken mislukt.",
            },
            started_at=NOW,
        ),
    )
    assert alarms.decide(replace(ill, now=NOW + HOUR), begun) == alarms.Decision()
    ended = alarms.decide(well, begun).ended
    assert ended == (begun[0].model_copy(update={"ended_at": NOW + DAY}),)
    assert alarms.decide(well, ended) == alarms.Decision()
    again = alarms.decide(replace(ill, now=NOW + 2 * DAY), ended).begun
    assert [alarm.id for alarm in again] == ["publication/2026-11-25T12:00:00.000000Z"]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_words(kind: Kind) -> None:
    message = alarms._message(Trouble(kind, "feeds", NOW, MOVED if kind is Kind.FEED_MOVED else None))
    assert set(message) == {"nl", "en"}
    assert "{" not in "".join(message.values())


def test_words_name_the_job_and_since_when() -> None:
    assert alarms._message(Trouble(Kind.JOB_QUIET, "feeds", NOW)) == {
        "nl": "De taak “nieuwsbronnen lezen” werkt, maar leverde sinds 23 november 2026, 13:00 uur niets op.",
        "en": "The job “reading news sources” runs, but has given nothing since 23 November 2026, 13:00 CET.",
    }


def test_a_feed_that_moved_is_asked_for_once_and_names_file_and_line() -> None:
    seen = Seen(NOW, moved=[MOVED])
    (begun,) = alarms.decide(seen, []).begun
    assert (begun.kind, begun.about, begun.is_suggestion) == ("feed-moved", "2018-2020/vng", True)
    assert begun.message == {
        "nl": "De nieuwsbron “VNG, nieuws” is verhuisd naar https://nieuw.example/rss en dat is voorgoed. "
        "Verander het adres in 2018-2020/feeds.yml, regel 56.",
        "en": "The news source “VNG, nieuws” has moved to https://nieuw.example/rss and that is for good. "
        "Change the address in 2018-2020/feeds.yml, line 56.",
    }
    assert alarms.decide(replace(seen, now=NOW + DAY), [begun]) == alarms.Decision()
    ended = alarms.decide(Seen(NOW + DAY), [begun]).ended
    assert ended == (begun.model_copy(update={"ended_at": NOW + DAY}),)


def test_a_suggestion_whose_line_moved_says_the_new_line_and_stays_the_same_one() -> None:
    (begun,) = alarms.decide(Seen(NOW, moved=[MOVED]), []).begun
    later = alarms.decide(Seen(NOW + DAY, moved=[replace(MOVED, line=None)]), [begun])
    assert (later.begun, later.ended) == ((), ())
    (changed,) = later.changed
    assert (changed.id, changed.started_at) == (begun.id, begun.started_at)
    assert changed.message["en"].endswith("Change the address in 2018-2020/feeds.yml.")


def failing_publication(settings: Settings) -> None:
    (settings.data / "published.json").write_text(
        '{"at": "2026-11-23T12:00:00+00:00", "release": "1", "fingerprint": "x", "error": "stuk"}', "utf-8"
    )


def test_watching_keeps_alarms_and_rows(settings: Settings, synced: Storage) -> None:
    failing_publication(settings)
    assert health.watch(settings, [JOB]) == 1
    assert health.watch(settings, [JOB]) == 0
    [alarm] = synced.all(Alarm)
    assert (alarm.kind, alarm.ended_at) == ("publication", None)
    (settings.data / "published.json").unlink()
    assert health.watch(settings, [JOB]) == 1
    [alarm] = synced.all(Alarm)
    assert alarm.ended_at is not None


# Who hears of it


@pytest.fixture
def desk(tmp_path: Path, synced: Storage) -> Iterator[Desk]:
    with Private(tmp_path / "private.db") as private:
        folder = synced.folder("2018-2020")
        yield Desk(private, synced, folder, NOW, TODAY, "https://monitor.example")


def a_coordinator(desk: Desk, channel: str = "web", language: str | None = None) -> models.Person:
    coordinator = desk.folder.plan.coordinator
    person = desk.private.welcome(channel, f"{channel}1", now=NOW, role=Role.COORDINATOR, organisation=coordinator)
    person = person.model_copy(update={"language": language})
    desk.private.change_person(person)
    return person


def an_alarm(desk: Desk, **known: object) -> Alarm:
    begun = alarms.decide(Seen(NOW, publication_error="stuk"), []).begun[0].model_copy(update=known)
    desk.storage.put(begun)
    return begun


def heard(desk: Desk, person: models.Person) -> list[str]:
    return [reply.text for reply in desk.private.collect(person.id, desk.now)]


def test_coordinators_hear_of_an_alarm_once_and_of_its_end_once(desk: Desk) -> None:
    dutch, english = a_coordinator(desk), a_coordinator(desk, "terminal", "en")
    lead = desk.private.welcome("web", "2", now=NOW, role=Role.LEAD, organisation="gemeente-schiedam")
    an_alarm(desk)
    assert (alarming.tell(desk), alarming.tell(desk)) == (2, 0)
    assert heard(desk, dutch) == [
        "Er is iets mis met de monitor. De site wordt niet vernieuwd: het maken mislukt. "
        "Meer staat op https://monitor.example/over/gezondheid/"
    ]
    assert heard(desk, english) == [
        "Something is wrong with the monitor. The site is not being renewed: building it fails. "
        "Read more on https://monitor.example/en/about/health/"
    ]
    an_alarm(desk, ended_at=NOW + HOUR)
    assert (alarming.tell(desk), alarming.tell(desk)) == (2, 0)
    assert heard(desk, dutch) == [
        "Dit is voorbij: De site wordt niet vernieuwd: het maken mislukt. "
        "Meer staat op https://monitor.example/over/gezondheid/"
    ]
    assert heard(desk, lead) == []


def test_nobody_hears_again_after_messages_were_forgotten(desk: Desk) -> None:
    person = a_coordinator(desk)
    an_alarm(desk)
    alarming.tell(desk)
    desk.private.delete(models.Delivery, person=person.id)
    assert alarming.tell(desk) == 0


def test_who_did_not_hear_of_the_begin_does_not_hear_of_the_end(desk: Desk) -> None:
    a_coordinator(desk)
    an_alarm(desk, ended_at=NOW)
    an_alarm(desk, id="oud", started_at=NOW - 8 * DAY)
    assert alarming.tell(desk) == 0


def test_a_suggestion_is_told_in_words_of_its_own_and_not_as_an_illness(desk: Desk) -> None:
    dutch, english = a_coordinator(desk), a_coordinator(desk, "terminal", "en")
    (begun,) = alarms.decide(Seen(NOW, moved=[MOVED]), []).begun
    desk.storage.put(begun)
    assert (alarming.tell(desk), alarming.tell(desk)) == (2, 0)
    desk.storage.put(begun.model_copy(update={"ended_at": NOW + HOUR}))
    assert (alarming.tell(desk), alarming.tell(desk)) == (2, 0)
    assert heard(desk, dutch) == [
        f"De monitor werkt, maar het plan kan beter. {begun.message['nl']} "
        "Meer staat op https://monitor.example/over/gezondheid/",
        f"Dit is niet meer nodig: {begun.message['nl']} Meer staat op https://monitor.example/over/gezondheid/",
    ]
    assert heard(desk, english) == [
        f"The monitor works, but the plan can be better. {begun.message['en']} "
        "Read more on https://monitor.example/en/about/health/",
        f"This is no longer needed: {begun.message['en']} Read more on https://monitor.example/en/about/health/",
    ]
