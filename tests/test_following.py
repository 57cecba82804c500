"""Followers hear what became public: old and new first, each thing once, and nothing where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import conversation, digests, following, forgetting, hours, renewing, review
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Draft, Follow, Reason, Reply, Unfollow
from bot.private import Private
from monitor import models, sync
from monitor.models import Cadence, Completion, FollowKind, ReportKind, ReportState, Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conversation_fixtures import COURT, MINISTRY, SITE, TODAY, TOWN, example_plan, make_settings, milestone
from tests.test_review import person, report

# A Tuesday morning; NOW of the plan is the same day, so that everything comes after it.
MORNING = datetime(2026, 10, 20, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN, FIRST, SECOND = "2025-2027", "2025-2027/01", "2025-2027/02"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=MORNING)


def later(desk: Desk, **step: float) -> Desk:
    """Give the desk a while later; the plan as it is by then."""
    now = desk.now + timedelta(**step)
    return replace(desk, now=now, today=max(now.date(), TODAY), folder=desk.storage.folder(PLAN))


def reader(desk: Desk, channel: str = "telegram", name: str = "1") -> models.Person:
    return desk.private.welcome(channel, name, now=desk.now)


def follow(
    desk: Desk,
    who: models.Person,
    about: str = PLAN,
    kind: FollowKind = FollowKind.PLAN,
    cadence: Cadence = Cadence.AT_ONCE,
) -> None:
    following.follow(desk, who, Follow(kind=kind, about=about, cadence=cadence))


def publish(desk: Desk, name: str = "1", **known: object) -> models.Report:
    """Publish a report as a reviewer does."""
    given = report(desk, **{"id": f"{FIRST}/{name}", "created_at": desk.now} | known)
    review.accept(desk, given, by="somebody")
    return given


def queued(desk: Desk, who: models.Person) -> list[Reply]:
    """Take the digests that wait for somebody."""
    waiting = desk.private.all(models.Delivery, person=who.id, state="queued", order="position")
    for delivery in waiting:
        desk.private.settle(delivery.id, "sent", now=desk.now)
    return [Reply.model_validate(row.payload["reply"]) for row in waiting if row.id.startswith("digest:")]


def test_a_digest_says_old_and_new_first_then_where_it_stands_and_how_it_stops(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    assert following.send(later(desk, minutes=2)) == 1
    [told] = queued(desk, who)
    assert told.heading == "1.2: grotendeels → volledig"
    assert told.text.splitlines() == [
        "Actiepunt 1, mijlpaal 1.2: bericht over 20 oktober 2026 “De raad stelde het plan vast.” "
        f"{SITE}/2025-2027/01/#u-1",
        "U volgt dit. Stoppen? Typ “stopvolgen”.",
    ]
    [sub] = following.subscriptions(desk, who)
    assert [(door.words, door.action) for door in told.doors] == [("Niet meer volgen", f"door-unfollow {sub.id}")]


def test_it_is_told_in_the_language_of_the_reader(desk: Desk) -> None:
    who = reader(desk)
    desk.private.change_person(who.model_copy(update={"language": "en"}))
    follow(desk, who)
    publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    [told] = queued(desk, who)
    assert told.heading == "1.2: substantial → complete"
    assert f"{SITE}/en/2025-2027/01/#u-1" in told.text
    assert told.text.endswith("You follow this. Want to stop? Type “unfollow”.")


def test_nothing_is_sent_where_nothing_changed_nor_of_before(desk: Desk) -> None:
    publish(desk, "0")
    who = reader(desk)
    follow(desk, who)
    for hour in range(1, 24 * 14):
        assert following.send(later(desk, hours=hour)) == 0
    given = later(desk, days=15)
    publish(given, "same", unchanged=True, completion=None, text="Niets veranderd sinds het bericht.")
    assert following.send(later(given, hours=1)) == 0
    assert desk.private.count(models.Digest) == 0


def test_what_is_told_is_told_once_whoever_runs_and_however_often(desk: Desk, settings: Settings) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    with open_desk(settings) as opened:
        other = replace(opened, now=later(desk, minutes=3).now)
        assert [following.send(each) for each in (later(desk, minutes=2), other, later(desk, hours=3))] == [1, 0, 0]
    assert len(queued(desk, who)) == 1


def test_a_crash_before_the_end_tells_nothing_and_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "tell", crash)
        with pytest.raises(RuntimeError):
            following.send(later(desk, minutes=2))
    assert desk.private.count(models.Digest) == 0
    assert following.send(later(desk, minutes=3)) == 1
    assert [told.heading for told in queued(desk, who)] == ["1.2: grotendeels → volledig"]


def test_one_sync_is_one_message(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    given = later(desk, minutes=1)
    first, second = example_plan().commitments
    numbers = range(3, 43)
    more = tuple(milestone(f"1.{n}", f"Stap {n}", f"Step {n}") for n in numbers)
    told = tuple(
        models.PlanUpdate(
            id=f"u{n}",
            milestone=f"1.{n}",
            organisation=TOWN,
            text={"nl": "Klaar."},
            completion=Completion.COMPLETE,
            speaks_of=Period.day(TODAY),
            published=Period.day(TODAY),
        )
        for n in numbers
    )
    changed = first.model_copy(update={"milestones": (*first.milestones, *more), "updates": told})
    folder = desk.folder.model_copy(update={"commitments": (changed, second)})
    sync.sync(desk.storage, folder, sync.Moment(given.now, TODAY))
    assert [following.send(later(given, minutes=minutes)) for minutes in (1, 2, 90)] == [1, 0, 0]
    [digest] = queued(desk, who)
    assert digest.heading == "1.3: nog niet bekend → volledig"
    lines = digest.text.splitlines()
    assert len(lines) == digests.MOST_MOVES + digests.MOST_ITEMS + 2
    assert lines[-2].startswith("Er veranderde nog meer (")
    assert lines[-2].endswith(f"): {SITE}/2025-2027/wijzigingen/")


def test_within_an_hour_of_a_message_the_rest_is_bundled(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1), completion="limited", obstacle="Er is te weinig tijd.")
    assert following.send(later(desk, minutes=2)) == 1
    publish(later(desk, minutes=3), "2", completion="substantial")
    publish(later(desk, minutes=10), "3")
    assert [following.send(later(desk, minutes=minutes)) for minutes in (11, 40, 63)] == [0, 0, 1]
    assert [told.heading for told in queued(desk, who)] == ["1.2: grotendeels → beperkt", "1.2: beperkt → volledig"]


def test_quiet_hours_wait_for_the_morning(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    night = later(desk, hours=11)
    publish(night)
    assert [following.send(later(night, hours=hour)) for hour in (0.1, 4, 8)] == [0, 0, 0]
    assert following.send(later(night, hours=9.5)) == 1


def test_a_digest_that_an_outage_held_up_waits_for_the_morning_too(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    assert following.send(later(desk, minutes=2)) == 1
    [waiting] = desk.private.all(models.Delivery, person=who.id)
    assert waiting.country == hours.BY_DAY
    moments = {"2026-10-21T03:00+02:00": False, "2026-10-24T08:00+02:00": True, "2026-10-24T21:00+02:00": False}
    assert {each: hours.may_send(datetime.fromisoformat(each), hours.BY_DAY) for each in moments} == moments


@pytest.mark.parametrize(
    ("now", "awake", "morning"),
    [
        ("2026-10-20T06:59+02:00", False, "2026-10-19T09:00+02:00"),
        ("2026-10-20T08:00+02:00", True, "2026-10-19T09:00+02:00"),
        ("2026-10-20T21:00+02:00", False, "2026-10-19T09:00+02:00"),
        # The clocks go back on the 25th, forward on 28 March.
        ("2026-10-26T08:59+01:00", True, "2026-10-19T09:00+02:00"),
        ("2026-10-26T09:00+01:00", True, "2026-10-26T09:00+01:00"),
        ("2027-03-29T09:00+02:00", True, "2027-03-29T09:00+02:00"),
    ],
)
def test_hours_are_those_of_the_plan(now: str, awake: bool, morning: str) -> None:
    moment = datetime.fromisoformat(now)
    assert hours.is_awake(moment) is awake
    assert digests.last_morning(moment) == datetime.fromisoformat(morning)


def test_weekly_news_comes_on_monday_with_the_whole_week(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who, cadence=Cadence.WEEKLY)
    publish(later(desk, minutes=1), completion="limited", obstacle="Er is te weinig tijd.")
    publish(later(desk, days=2), "2")
    sent = [hour for hour in range(24 * 14) if following.send(later(desk, hours=hour))]
    # Tuesday noon in Voorbeeldstad; six days less three hours, and one more hour as clocks go back in between.
    assert [later(desk, hours=hour).now for hour in sent] == [datetime(2026, 10, 26, 8, 0, tzinfo=UTC)]
    [told] = queued(desk, who)
    assert told.heading == "1.2: grotendeels → volledig"


def test_a_week_without_news_is_not_made_up_for_on_another_day(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who, cadence=Cadence.WEEKLY)
    assert following.send(later(desk, days=6)) == 0
    wednesday = later(desk, days=8)
    publish(wednesday)
    assert [following.send(later(wednesday, hours=hour)) for hour in (1, 24, 72)] == [0, 0, 0]
    assert following.send(later(wednesday, days=5)) == 1


def test_what_was_told_at_once_does_not_come_again_in_the_week(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who, cadence=Cadence.WEEKLY)
    follow(desk, who, FIRST, FollowKind.COMMITMENT)
    publish(later(desk, minutes=1))
    assert following.send(later(desk, minutes=2)) == 1
    assert following.send(later(desk, days=6)) == 0
    assert len(queued(desk, who)) == 1


def test_each_hears_of_what_they_follow_only(desk: Desk) -> None:
    followed = {
        "plan": (PLAN, FollowKind.PLAN),
        "first": (FIRST, FollowKind.COMMITMENT),
        "second": (SECOND, FollowKind.COMMITMENT),
        "town": (TOWN, FollowKind.ORGANISATION),
        "court": (COURT, FollowKind.ORGANISATION),
        "theme": (f"{PLAN}/algoritmes", FollowKind.THEME),
    }
    people = {name: reader(desk, name=name) for name in followed}
    for name, (about, kind) in followed.items():
        follow(desk, people[name], about, kind)
    given = later(desk, minutes=1)
    publish(given)
    row = {"plan": PLAN, "published_on": TODAY, "recorded_at": given.now}
    theme = f"{PLAN}/algoritmes"
    question = models.Question(
        id=f"{PLAN}/q1", organisation=MINISTRY, theme=theme, text={"nl": "Wie deed dit al?"}, **row
    )
    desk.storage.add(question)
    assert following.send(later(desk, minutes=2)) == 4
    assert {name: [told.heading for told in queued(desk, who)] for name, who in people.items()} == {
        "plan": ["1.2: grotendeels → volledig"],
        "first": ["1.2: grotendeels → volledig"],
        "second": [],
        "town": ["1.2: grotendeels → volledig"],
        "court": [],
        "theme": ["Vraag van Ministerie van Voorbeeldzaken aan het netwerk"],
    }


def test_what_is_withdrawn_moves_back_and_what_nobody_heard_of_does_not(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    given = publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    gone = replace(later(desk, hours=2), today=TODAY)
    review.retract(gone, given.id, Reason.WRONG, organisation=TOWN)
    assert following.send(later(desk, hours=3)) == 1
    brief = publish(later(desk, hours=5), "brief")
    review.retract(later(desk, hours=5.5), brief.id, Reason.MISTAKE, organisation=TOWN)
    following.send(later(desk, hours=7))
    told = queued(desk, who)
    assert [one.heading for one in told] == [
        "1.2: grotendeels → volledig",
        "1.2: volledig → grotendeels",
        "Actiepunt 1, mijlpaal 1.2: ingetrokken bericht over 20 oktober 2026",
    ]


def test_a_changed_promise_says_from_what_to_what(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who, FIRST, FollowKind.COMMITMENT)
    for minutes, due in ((1, "2027-02-28"), (2, "2027-03-31")):
        first, second = desk.folder.commitments
        moved = [m.model_copy(update={"due": Period.parse(due)}) if m.number == "1.2" else m for m in first.milestones]
        commitments = (first.model_copy(update={"milestones": tuple(moved)}), second)
        folder = desk.folder.model_copy(update={"commitments": commitments})
        sync.sync(desk.storage, folder, sync.Moment(later(desk, minutes=minutes).now, TODAY))
    following.send(later(desk, minutes=3))
    [told] = queued(desk, who)
    assert told.heading == "1.2, uiterste datum: 31 december 2026 → 31 maart 2027"


def test_a_number_is_news_where_it_differs(desk: Desk) -> None:
    first, second = desk.folder.commitments
    indicator = models.Indicator(id="lists", title={"nl": "Lijsten", "en": "Lists"}, relation=models.Relation.DIRECT)
    with_number = (first.model_copy(update={"indicators": (indicator,)}), second)
    folder = desk.folder.model_copy(update={"commitments": with_number})
    sync.sync(desk.storage, folder, sync.Moment(desk.now, TODAY))
    who = reader(desk)
    follow(later(desk, minutes=1), who, FIRST, FollowKind.COMMITMENT)
    for day, value in ((0, 41), (1, 41), (2, 57)):
        given = later(desk, days=day, minutes=2)
        desk.storage.add(
            models.MeasurementRow(
                id=f"{FIRST}/lists/{day}",
                plan=PLAN,
                commitment=FIRST,
                indicator="lists",
                speaks_of=Period.day(given.today),
                published_on=given.today,
                value=value,
                recorded_at=given.now,
            )
        )
        following.send(later(given, minutes=5))
    assert [told.heading for told in queued(desk, who)] == [
        "Actiepunt 1, Lijsten (20 oktober 2026): nog niet bekend → 41",
        "Actiepunt 1, Lijsten (22 oktober 2026): 41 → 57",
    ]


def test_where_nothing_can_be_sent_it_waits_and_is_net(desk: Desk) -> None:
    who = reader(desk, channel="web")
    follow(desk, who)
    publish(later(desk, minutes=1), completion="limited", obstacle="Er is te weinig tijd.")
    publish(later(desk, days=40), "2")
    assert following.send(later(desk, days=41)) == 0
    assert following.bring(later(desk, days=41), who)
    assert not following.bring(later(desk, days=42), who)
    assert [told.heading for told in queued(desk, who)] == ["1.2: grotendeels → volledig"]


def test_one_word_stops_all_and_a_name_stops_one(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    follow(desk, who, FIRST, FollowKind.COMMITMENT)
    answer = converse(desk, who, Incoming(text="stopvolgen 1"))
    assert answer.replies[0].text == "Gestopt. U krijgt geen bericht meer over: 1 Openbare agenda's."
    assert [sub.about for sub in following.subscriptions(desk, who)] == [PLAN]
    publish(later(desk, minutes=1))
    answer = converse(desk, who, Incoming(text="/stopvolgen"))
    assert answer.replies[0].text == "Gestopt. U krijgt geen bericht meer over: Voorbeeldplan 2025-2027."
    assert following.send(later(desk, minutes=2)) == 0


def test_the_button_below_a_message_stops_it_at_any_time(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    [sub] = following.subscriptions(desk, who)
    converse(desk, who, Incoming(text="opmerking"))
    answer = converse(desk, who, Incoming(action=f"door-unfollow {sub.id}"))
    assert answer.replies[0].text == "Gestopt. U krijgt geen bericht meer over: Voorbeeldplan 2025-2027."
    assert following.subscriptions(desk, who) == []
    again = converse(desk, who, Incoming(action=f"door-unfollow {sub.id}"))
    assert again.replies[0].text == "Dat volgt u niet meer."


def test_the_button_of_several_asks_which(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    follow(desk, who, FIRST, FollowKind.COMMITMENT, Cadence.WEEKLY)
    answer = converse(desk, who, Incoming(action="door-unfollow"))
    assert [choice.words for choice in answer.replies[-1].choices] == [
        "Voorbeeldplan 2025-2027 (meteen)",
        "1 Openbare agenda's (eens per week)",
        "Met alles",
        "Niet stoppen",
    ]


def test_nobody_stops_what_another_follows(desk: Desk) -> None:
    who, other = reader(desk), reader(desk, name="2")
    follow(desk, who)
    [sub] = following.subscriptions(desk, who)
    following.unfollow(desk, other, Unfollow(subscriptions=(sub.id,)))
    assert following.subscriptions(desk, who) == [sub]


def test_changing_how_often_keeps_since_when(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    follow(later(desk, days=1), who, cadence=Cadence.WEEKLY)
    [sub] = following.subscriptions(desk, who)
    assert (sub.cadence, sub.created_at) == (Cadence.WEEKLY, MORNING)


def test_too_much_at_once_is_said(desk: Desk) -> None:
    who = reader(desk)
    for number in range(40):
        follow(desk, who, f"organisation-{number}", FollowKind.ORGANISATION)
    answer = converse(desk, who, Incoming(text="volg 1"))
    answer = converse(desk, who, Incoming(text="meteen", revision=answer.revision))
    assert answer.replies[0].text == "U volgt al 40 dingen. Stop er eerst met een, of volg het hele plan."


def test_a_theme_is_followed_by_its_title(desk: Desk) -> None:
    theme = models.Theme(
        id=f"{PLAN}/t1", plan=PLAN, title={"nl": "Begrijpelijke taal", "en": "Plain language"}, recorded_at=MORNING
    )
    desk.storage.add(theme)
    who = reader(desk)
    for line in ("volg", "een thema van het netwerk", "begrijpelijke taal", "wekelijks"):
        answer = converse(desk, who, Incoming(text=line))
    assert [reply.text for reply in answer.replies[:1]] == [
        "U volgt dit. Op maandagochtend krijgt u bericht, als er iets is veranderd.\n"
        "Stoppen kan altijd: typ “stopvolgen”."
    ]
    [sub] = following.subscriptions(desk, who)
    assert (sub.kind, sub.about) == (FollowKind.THEME, theme.id)


def test_forgetting_takes_what_was_followed_and_told(desk: Desk, settings: Settings) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    with Private(settings.private_database) as private:
        private.remove(who)
        assert (private.count(models.Subscription), private.count(models.Digest)) == (0, 0)


def test_my_data_counts_what_was_told(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    assert "vertelden wat er nieuw was" not in converse(desk, who, Incoming(text="mijn gegevens")).replies[0].text
    publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    told = converse(later(desk, minutes=3), who, Incoming(text="mijn gegevens")).replies[0].text
    assert "Keren dat wij u vertelden wat er nieuw was: 1\n" in told


def test_who_only_reads_is_told_a_month_before_they_are_forgotten(desk: Desk) -> None:
    who, browsing, quiet = reader(desk), reader(desk, "web"), reader(desk, name="2")
    for one in (who, browsing):
        follow(desk, one)
    year, night = later(desk, days=340), later(desk, days=340, hours=13)
    assert [renewing.remind_readers(at) for at in (later(desk, days=334), night, year, year)] == [0, 0, 1, 0]
    told = [Reply.model_validate(row.payload["reply"]).text for row in desk.private.all(models.Delivery)]
    assert told == [
        "U volgt nieuws, maar stuurde ons al lang niets. Op 20 oktober 2027 wissen wij wat wij van u weten. Daarna "
        "krijgt u geen nieuws meer. Wilt u blijven volgen? Stuur ons dan één woord, zoals “begin”."
    ]
    converse(later(desk, days=341), who, Incoming(text="begin"))
    after = later(desk, days=366)
    assert renewing.remind_readers(after) == 0
    assert forgetting.tidy(desk.private, now=after.now, days=desk.days)["visitors"] == 2
    assert (desk.private.all(models.Person), quiet.id == who.id) == ([who], False)


def test_what_was_told_is_forgotten_after_its_days(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    kept = dict(desk.days)
    assert desk.private.tidy(later(desk, days=29).now, kept)["digests"] == 0
    assert desk.private.tidy(later(desk, days=31).now, kept)["digests"] == 1
    assert following.send(later(desk, days=32)) == 0


def test_what_somebody_follows_reaches_nothing_public(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who)
    publish(later(desk, minutes=1))
    following.send(later(desk, minutes=2))
    dump = "\n".join(desk.storage.db.conn.iterdump())
    assert who.id not in dump
    assert "digest" not in json.dumps(list(desk.storage.db.table_names()))


def test_nothing_is_sent_of_the_closed_plan(shipped: models.PlanFolder, tmp_path: Path) -> None:
    with open_desk(make_settings(tmp_path, shipped)) as opened:
        desk = replace(opened, now=MORNING)
        who = reader(desk)
        following.follow(desk, who, Follow(kind=FollowKind.PLAN, about="2018-2020", cadence=Cadence.AT_ONCE))
        moments = (MORNING + timedelta(days=day) for day in range(0, 90, 9))
        assert sum(following.send(replace(desk, now=now, today=now.date())) for now in moments) == 0
        assert desk.private.count(models.Delivery) == 0


def test_following_a_closed_plan_says_so(shipped: models.PlanFolder, tmp_path: Path) -> None:
    with open_desk(make_settings(tmp_path, shipped)) as desk:
        who = reader(desk)
        for line in ("volg plan", "meteen"):
            answer = converse(desk, who, Incoming(text=line))
        assert answer.replies[0].text.splitlines()[1] == "Dit plan is afgesloten. U hoort alleen wat er nog bij komt."


def test_a_lead_hears_of_what_a_colleague_sent(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    follow(desk, lead)
    given = publish(later(desk, minutes=1), person="a colleague")
    assert desk.private.get(models.Report, id=given.id).state is ReportState.ACCEPTED  # type: ignore[union-attr]
    assert following.bring(later(desk, minutes=2), lead)


def test_members_do_not_hear_twice_of_a_post_nor_of_what_they_sent(desk: Desk) -> None:
    author, member = (
        desk.private.welcome("telegram", name, now=desk.now, role=Role.PIONEER, organisation=name)
        for name in (TOWN, COURT)
    )
    stranger = reader(desk)
    for who in (author, member, stranger):
        follow(desk, who)
    given = later(desk, minutes=1)
    question = posted(given, author, "Wie meldt lobbycontacten per week?")
    publish(given, person=author.id)
    assert following.send(later(desk, minutes=2)) == 2
    assert queued(desk, author) == []
    assert [told.text.splitlines()[0][:24] for told in queued(desk, member)] == ["Actiepunt 1, mijlpaal 1."]
    [told] = queued(desk, stranger)
    assert question.text in told.text
    assert following.send(later(desk, hours=2)) == 0


def posted(desk: Desk, by: models.Person, text: str) -> models.Report:
    """Share a question as a member does, and publish it as a reviewer does."""
    draft = Draft(key=by.id, kind=ReportKind.QUESTION, text=text, language="nl")
    conversation.submit(desk, by, draft, alone=False)
    sent = conversation._report(desk, draft.report_id(PLAN))
    review.accept(desk, sent, by="somebody")
    return sent


def test_who_stops_gets_nothing_that_waits_and_the_rest_is_told_anew(desk: Desk) -> None:
    who, other = reader(desk), reader(desk, name="2")
    for one in (who, other):
        follow(desk, one)
    follow(desk, who, FIRST, FollowKind.COMMITMENT)
    follow(desk, who, SECOND, FollowKind.COMMITMENT)
    given = later(desk, minutes=1)
    publish(given)
    assert following.send(later(desk, minutes=2)) == 2
    subs = {sub.about: sub.id for sub in following.subscriptions(desk, who)}
    following.unfollow(later(desk, minutes=3), who, Unfollow(subscriptions=(subs[PLAN],)))
    assert (queued(desk, who), len(queued(desk, other))) == ([], 1)
    assert following.send(later(desk, minutes=4)) == 1
    following.unfollow(later(desk, minutes=5), who, Unfollow(subscriptions=(subs[FIRST],)))
    assert following.send(later(desk, hours=6)) == 0
    assert queued(desk, who) == []


def test_news_that_waits_is_not_sent_of_what_was_withdrawn(desk: Desk) -> None:
    who = reader(desk)
    member = person(desk, Role.PIONEER, TOWN)
    follow(desk, who)
    given = later(desk, minutes=1)
    question = posted(given, member, "Wie meldt lobbycontacten per week?")
    publish(given)
    assert following.send(later(desk, minutes=2)) == 1
    review.withdraw(later(desk, minutes=3), conversation._report(desk, question.id), None, by=member)
    assert queued(desk, who) == []
    assert following.send(later(desk, minutes=4)) == 1
    [told] = queued(desk, who)
    assert told.heading == "1.2: grotendeels → volledig"
    assert "lobbycontacten" not in told.text


def test_the_same_thing_of_two_plans_is_followed_twice(desk: Desk) -> None:
    who = reader(desk)
    follow(desk, who, TOWN, FollowKind.ORGANISATION)
    plan = desk.folder.plan.model_copy(update={"id": "2028-2030"})
    follow(
        replace(desk, folder=desk.folder.model_copy(update={"plan": plan})),
        who,
        TOWN,
        FollowKind.ORGANISATION,
    )
    follow(later(desk, days=1), who, TOWN, FollowKind.ORGANISATION, Cadence.WEEKLY)
    assert {(sub.plan, sub.cadence) for sub in following.subscriptions(desk, who)} == {
        (PLAN, Cadence.WEEKLY),
        ("2028-2030", Cadence.AT_ONCE),
    }


def test_days_that_were_moved_do_not_hide_what_is_new(desk: Desk) -> None:
    moved = replace(desk, today=date(2026, 12, 1))
    who = reader(moved)
    follow(moved, who)
    given = replace(moved, now=moved.now + MINUTE)
    publish(given)
    assert following.send(replace(moved, now=moved.now + 2 * MINUTE)) == 1
