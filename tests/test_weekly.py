"""The coordinator's summary: once a week, on the first working morning, and only where there is something to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import suggesting, weekly
from bot.conversation import open_desk
from bot.desk import Desk
from monitor import models
from monitor.models import EvidenceState, ReportState, Role
from monitor.periods import Period
from tests.conversation_fixtures import COURT, MINISTRY, SITE, TOWN, example_plan, make_settings
from tests.two_years import at, bind, local

PLAN = "2025-2027"
MONDAY = "2026-10-19T09:00"
CAME = local("2026-10-05T12:00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    feeds = (models.Feed(id="nieuws", title="Nieuws van Voorbeeldstad", address="https://voorbeeldstad.example/rss"),)
    with open_desk(make_settings(tmp_path, example_plan().model_copy(update={"feeds": feeds}))) as opened:
        bind(Role.COORDINATOR, MINISTRY)(at(opened, local("2025-07-01T10:00")))
        yield at(opened, local(MONDAY))


def told(desk: Desk) -> list[str]:
    """Give the lines that the coordinator got since the last look."""
    person = desk.private.person("web", f"coordinator:{MINISTRY}")
    assert person
    return [line for reply in desk.private.collect(person.id, desk.now) for line in reply.text.splitlines()]


def waiting(desk: Desk, **known: object) -> None:
    """Let a report wait."""
    facts = {
        "id": "w", "plan": PLAN, "person": "p", "organisation": TOWN, "commitment": f"{PLAN}/01", "language": "nl",
        "speaks_of": Period.day(date(2026, 10, 5)), "created_at": CAME,
    }  # fmt: skip
    desk.private.add(models.Report.model_validate(facts | known))


def everything(desk: Desk) -> None:
    """Let there be something to say of each kind."""
    waiting(desk)
    opened = {"id": "r", "plan": PLAN, "quarter": "2026-Q3", "opened_at": local("2026-10-01T09:00")}
    desk.storage.add(models.Round.model_validate(opened | {"closed_at": local("2026-10-15T09:00")}))
    asked = {"plan": PLAN, "round": "2026-Q3", "organisation": MINISTRY, "kind": "round"}
    desk.storage.add(models.Reminder.model_validate(asked | {"id": "a", "sent_at": local("2026-10-01T09:00")}))
    piece = {"id": "e", "plan": PLAN, "update_id": f"{PLAN}/01/earlier", "address": "https://x.example/"}
    desk.storage.add(models.Evidence.model_validate(piece | {"state": EvidenceState.GONE, "recorded_at": CAME}))
    message = {"nl": "Er is weinig ruimte.", "en": "There is little room."}
    desk.storage.add(models.Alarm(id="a", kind="disk", about="data", message=message, started_at=CAME))
    desk.storage.add(models.Alarm(id="b", kind="feed-moved", about="nieuws", message=message, started_at=CAME))
    state = {"feed": "nieuws", "plan": PLAN, "address": "https://voorbeeldstad.example/rss", "last_tried_at": CAME}
    desk.storage.add(models.FeedState.model_validate(state | {"moved_to": "https://voorbeeldstad.example/nieuws.xml"}))
    shared = {"plan": PLAN, "organisation": TOWN, "text": {"nl": "Wie deed dit al?"}, "recorded_at": CAME}
    desk.storage.add(models.Question.model_validate(shared | {"id": "q", "published_on": date(2026, 10, 5)}))
    entry = {"id": "n", "plan": PLAN, "feed": "nieuws", "title": "Agenda's open", "recorded_at": CAME}
    desk.storage.add(models.Entry.model_validate(entry))
    mention = {"id": "m", "plan": PLAN, "entry": "n", "commitment": f"{PLAN}/01", "rule": "words", "recorded_at": CAME}
    desk.storage.add(models.Mention.model_validate(mention))
    desk.private.audit(at=CAME, actor="schedule", action=suggesting.ASKED, about=f"{TOWN} m")


def test_it_says_all_there_is_with_links_and_once(desk: Desk) -> None:
    everything(desk)
    assert [weekly.summarise(desk), weekly.summarise(desk)] == [1, 0]
    page = f"{SITE}/2025-2027"
    assert told(desk) == [
        "Dit wacht deze week op u bij Voorbeeldplan 2025-2027:",
        f"Berichten die op controle wachten: 1, het oudste sinds 5 oktober 2026. {page}/hoe-recent/",
        "Geen openbaar bericht over het derde kwartaal van 2026: Ministerie van Voorbeeldzaken, actiepunt 2. "
        f"{page}/hoe-recent/",
        f"Links die niet meer werken of verhuisden, bij berichten: 1. {page}/bewijs/",
        f"Storingen die nog duren: 1. {SITE}/over/gezondheid/",
        f"Vragen van het netwerk zonder openbaar antwoord na twee weken: 1. {page}/kennis/",
        f"Nieuwsberichten waar een actiehouder al twee weken niet op antwoordt: 1. {page}/nieuws/",
        f"Nieuwsbronnen die verhuisden: Nieuws van Voorbeeldstad. {SITE}/over/gezondheid/",
    ]
    assert [(row.id, row.kind) for row in desk.storage.all(models.Reminder, kind="weekly")] == [
        ("2025-2027/weekly:2026-W43:ministerie-voorbeeldzaken", "weekly")
    ]
    assert [weekly.summarise(at(desk, local(f"2026-10-19T{hour}:00"))) for hour in (10, 17)] == [0, 0]
    assert weekly.summarise(at(desk, local("2026-10-26T09:00"))) == 1


def test_nothing_to_say_says_nothing(desk: Desk) -> None:
    assert weekly.summarise(desk) == 0
    assert told(desk) == []
    assert desk.storage.count(models.Reminder) == 0


def test_what_is_young_answered_or_done_is_nothing_to_say(desk: Desk) -> None:
    everything(desk)
    waiting(desk, id="w2", state=ReportState.RETURNED)
    young = at(desk, local("2026-10-12T09:00"))
    names = [line.name for line in weekly.lines(young, "nl")]
    assert names == ["queue", "links", "alarms", "feeds"]
    answer = {"id": "a", "plan": PLAN, "question": "q", "organisation": COURT, "text": {"nl": "Wij."}}
    desk.storage.add(models.Answer.model_validate(answer | {"published_on": date(2026, 10, 6), "recorded_at": CAME}))
    for model, changed in (
        (models.Mention, {"state": "dismissed"}),
        (models.Evidence, {"state": "alive"}),
        (models.FeedState, {"moved_to": None}),
    ):
        [known] = desk.storage.all(model)
        desk.storage.put(type(known).model_validate(known.model_dump() | changed))
    for alarm in desk.storage.all(models.Alarm):
        desk.storage.put(alarm.model_copy(update={"ended_at": CAME}))
    desk.private.delete(models.Report, plan=PLAN)
    assert [line.name for line in weekly.lines(desk, "nl")] == ["silent"]


def test_news_that_was_put_to_nobody_is_not_counted_as_unanswered(desk: Desk) -> None:
    everything(desk)
    [put] = desk.storage.all(models.Mention)
    desk.storage.add(put.model_copy(update={"id": "never"}))
    assert [line.values for line in weekly.lines(desk, "nl") if line.name == "proposals"] == [{"count": 1}]


def test_silence_alone_is_news_in_the_week_after_the_round(desk: Desk) -> None:
    everything(desk)
    for model in (models.Mention, models.Evidence, models.FeedState, models.Question):
        desk.storage.delete(model, plan=PLAN)
    desk.storage.delete(models.Alarm, id="a")
    desk.private.delete(models.Report, plan=PLAN)
    later = at(desk, desk.now + timedelta(days=7, hours=1))
    assert [weekly.summarise(later), weekly.summarise(desk)] == [0, 1]


def test_evidence_of_what_was_withdrawn_is_no_dead_link(desk: Desk) -> None:
    everything(desk)
    [update] = desk.storage.all(models.Update)
    desk.storage.put(update.model_copy(update={"withdrawn_at": CAME}))
    assert "links" not in [line.name for line in weekly.lines(desk, "nl")]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-19T08:59", 0),
        ("2026-10-19T18:00", 0),
        ("2026-10-20T09:00", 0),
        ("2026-10-18T12:00", 0),
        ("2027-03-29T09:00", 0),  # Easter Monday
        ("2027-03-30T09:00", 1),
        ("2027-08-30T09:00", 1),
        ("2027-09-06T09:00", 0),  # the plan is closed
    ],
)
def test_it_comes_on_the_first_working_morning_of_a_plan_that_is_not_closed(
    desk: Desk, moment: str, expected: int
) -> None:
    everything(desk)
    assert weekly.summarise(at(desk, local(moment))) == expected


def test_only_who_coordinates_this_plan_gets_it(desk: Desk) -> None:
    for role, name in ((Role.COORDINATOR, TOWN), (Role.LEAD, TOWN), (Role.REVIEWER, COURT)):
        bind(role, name)(desk)
    everything(desk)
    assert weekly.summarise(desk) == 1
