"""News that may be progress is put to the lead: once, at most one message a day, never for a closed plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import admission, suggesting
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import JudgeMention, Reply, Step
from bot.dialogue.news import code
from bot.people import Identity
from bot.private import Private
from monitor import models
from monitor.models import MentionState, ReportState, Role
from monitor.periods import Period, day_of
from tests.conversation_fixtures import COURT, MINISTRY, TOWN, example_plan, make_settings
from tests.test_review import person

MORNING = datetime(2026, 10, 20, 10, 0, tzinfo=UTC)
PLAN = "2025-2027"
FEED = models.Feed(id="stad", title="Nieuws van Voorbeeldstad", address="https://voorbeeldstad.example/rss")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = example_plan().model_copy(update={"feeds": (FEED,)})
    with open_desk(make_settings(tmp_path, folder)) as opened:
        yield replace(opened, now=MORNING, today=date(2026, 10, 20))


def later(desk: Desk, **step: float) -> Desk:
    now = desk.now + timedelta(**step)
    return replace(desk, now=now, today=day_of(now))


def came(desk: Desk, number: int, milestone: str | None = "1.2", commitment: str = "01", **known: object) -> str:
    """Let an entry of the feed come in that may concern a commitment; give the mention's id."""
    entry = models.Entry(
        id=f"{PLAN}/stad/{number}",
        plan=PLAN,
        feed="stad",
        title=f"Nieuws {number}",
        **{"address": f"https://voorbeeldstad.example/{number}", "published_on": date(2026, 10, 19)} | known,
        recorded_at=desk.now,
    )
    mention = models.Mention(
        id=f"{entry.id}/{commitment}",
        plan=PLAN,
        entry=entry.id,
        commitment=f"{PLAN}/{commitment}",
        milestone=f"{PLAN}/{milestone}" if milestone else None,
        rule="title",
        recorded_at=desk.now,
    )
    desk.storage.add(entry)
    desk.storage.add(mention)
    return mention.id


def asked(desk: Desk, who: models.Person) -> list[Reply]:
    waiting = desk.private.all(models.Delivery, person=who.id, state="queued", order="position")
    for delivery in waiting:
        desk.private.settle(delivery.id, "sent", now=desk.now)
    return [Reply.model_validate(row.payload["reply"]) for row in waiting]


def state(desk: Desk, name: str) -> MentionState:
    found = desk.storage.get(models.Mention, id=name)
    assert found
    return found.state


def test_the_lead_is_asked_once_with_the_buttons_that_answer_it(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    first = came(later(desk, minutes=1), 1)
    came(later(desk, minutes=2), 2, None)
    assert [suggesting.ask(later(desk, minutes=minutes)) for minutes in (3, 4)] == [1, 0]
    assert [row.country for row in desk.private.all(models.Delivery)] == ["NL"]
    [told] = asked(desk, lead)
    assert told.heading == "1.2 Plan van aanpak voor openbare agenda's"
    assert told.text.splitlines() == [
        "Dit stond in een nieuwsbron:",
        "“Nieuws 1”",
        "Nieuws van Voorbeeldstad, 19 oktober 2026",
        "https://voorbeeldstad.example/1",
        "Er wachten er nog meer: 1. Die komen na uw antwoord.",
    ]
    assert told.question == "Is dit voortgang op 1.2?"
    assert [(door.words, door.action) for door in told.doors] == [
        ("Ja, ik maak er een bericht van", f"door-news-yes {code(first)}"),
        ("Nee", f"door-news-no {code(first)}"),
        ("Later", f"door-news-later {code(first)}"),
    ]


def test_never_more_than_one_message_a_day_and_never_the_same_again(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    came(later(desk, minutes=1), 1)
    assert suggesting.ask(later(desk, minutes=2)) == 1
    came(later(desk, minutes=3), 2)
    hours = [hour for hour in range(1, 72) if suggesting.ask(later(desk, hours=hour))]
    assert [later(desk, hours=hour).now for hour in hours] == [datetime(2026, 10, 21, 7, 0, tzinfo=UTC)]
    assert [told.text.splitlines()[1] for told in asked(desk, lead)] == ["“Nieuws 1”", "“Nieuws 2”"]


def test_yes_begins_a_filled_in_report_which_the_lead_finishes(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    name = came(later(desk, minutes=1), 1)
    answer = converse(desk, lead, Incoming(action=f"door-news-yes {code(name)}"))
    assert answer.replies[-1].question == "Hoe ver is het nu?"
    for line in ("volledig", "De raad stelde het plan vast."):
        converse(desk, lead, Incoming(text=line))
    assert state(desk, name) is MentionState.SUGGESTED
    converse(desk, lead, Incoming(text="ja"))
    assert state(desk, name) is MentionState.CONFIRMED
    [report] = desk.private.all(models.Report)
    assert (report.commitment, report.milestone, report.state) == (f"{PLAN}/01", f"{PLAN}/1.2", ReportState.WAITING)
    assert report.evidence_address == "https://voorbeeldstad.example/1"
    assert report.speaks_of == Period.day(date(2026, 10, 19))


def test_a_report_that_was_begun_goes_on_and_one_thrown_away_leaves_the_news(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    name = came(later(desk, minutes=1), 1)
    yes = Incoming(action=f"door-news-yes {code(name)}")
    converse(desk, lead, yes)
    menu = converse(desk, lead, Incoming(text="begin")).replies[-1]
    assert not any("Nieuws" in choice.words for choice in menu.choices)
    assert converse(desk, lead, yes).replies[-1].question == "Hoe ver is het nu?"
    assert len(desk.private.drafts(PLAN, lead)) == 1
    for line in ("volledig", "De raad stelde het plan vast.", "weggooien"):
        menu = converse(desk, lead, Incoming(text=line)).replies[-1]
    assert menu.choices[0].words == "Nieuws over uw actiepunten (1)"
    assert state(desk, name) is MentionState.SUGGESTED


def test_what_fails_halfway_says_nothing_in_public(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    name = came(later(desk, minutes=1), 1)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    no = Incoming(action=f"door-news-no {code(name)}")
    with monkeypatch.context() as patched:
        patched.setattr(Private, "keep_state", crash)
        with pytest.raises(RuntimeError):
            converse(desk, lead, no)
    assert state(desk, name) is MentionState.SUGGESTED
    with monkeypatch.context() as patched:
        patched.setattr(suggesting, "settle", crash)
        with pytest.raises(RuntimeError):
            converse(desk, lead, no)
    assert (suggesting.settle(desk), state(desk, name)) == (1, MentionState.DISMISSED)


def test_a_reviewer_of_the_same_organisation_does_not_answer_for_its_lead(desk: Desk) -> None:
    person(desk, Role.LEAD, TOWN)
    reviewer = person(desk, Role.REVIEWER, TOWN)
    name = came(later(desk, minutes=1), 1)
    answer = converse(desk, reviewer, Incoming(action=f"door-news-yes {code(name)}"))
    assert answer.replies[0].text == "Iemand antwoordde hier al op."
    with pytest.raises(PermissionError, match="leave it to its lead"):
        suggesting.judge(desk, JudgeMention(mention=name, state=MentionState.CONFIRMED), by=reviewer)


def test_where_no_milestone_is_named_it_is_asked(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    name = came(later(desk, minutes=1), 1, None)
    answer = converse(desk, lead, Incoming(action=f"door-news-yes {code(name)}"))
    assert answer.replies[-1].question.startswith("Om welke mijlpaal gaat het?")


def test_an_address_that_is_not_for_everyone_and_a_day_to_come_are_left_out(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    hidden = {"address": "https://geheim.intranet/1", "published_on": date(2026, 12, 1)}
    name = came(later(desk, minutes=1), 1, **hidden)
    converse(desk, lead, Incoming(action=f"door-news-yes {code(name)}"))
    known = desk.private.state(lead.id)
    assert known
    assert known.place.step is Step.COMPLETION
    assert known.place.draft
    assert (known.place.draft.evidence, known.place.draft.speaks_of) == (None, None)


def test_no_is_recorded_once_and_the_next_is_asked(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    first, second = came(later(desk, minutes=1), 1), came(later(desk, minutes=2), 2)
    answer = converse(desk, lead, Incoming(action=f"door-news-no {code(first)}"))
    assert answer.replies[0].text == "Goed. Op de site telt dit mee bij de afgewezen voorstellen."
    assert "“Nieuws 2”" in answer.replies[-1].text
    assert (state(desk, first), state(desk, second)) == (MentionState.DISMISSED, MentionState.SUGGESTED)
    again = converse(desk, lead, Incoming(action=f"door-news-yes {code(first)}"))
    assert again.replies[0].text == "Iemand antwoordde hier al op."
    assert state(desk, first) is MentionState.DISMISSED
    assert desk.private.count(models.AuditEntry, action="news-dismissed", about=first) == 1


def test_later_leaves_it(desk: Desk) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    name = came(later(desk, minutes=1), 1)
    answer = converse(desk, lead, Incoming(action=f"door-news-later {code(name)}"))
    assert answer.replies[0].text == "Goed. U vindt het bij “Nieuws over uw actiepunten (1)” in het begin."
    assert state(desk, name) is MentionState.SUGGESTED
    assert answer.replies[-1].choices[0].words == "Nieuws over uw actiepunten (1)"


def test_only_the_own_lead_is_asked_and_may_say(desk: Desk) -> None:
    people = [
        person(desk, Role.LEAD, TOWN),
        person(desk, Role.COORDINATOR, MINISTRY),
        person(desk, Role.REVIEWER, COURT),
    ]
    name = came(later(desk, minutes=1), 1)
    suggesting.ask(later(desk, minutes=2))
    assert [len(asked(desk, who)) for who in people] == [1, 0, 0]
    assert [len(suggesting.suggested(desk, who.organisation)) for who in people] == [1, 0, 0]
    with pytest.raises(PermissionError, match="leave it to its lead"):
        suggesting.judge(desk, JudgeMention(mention=name, state=MentionState.CONFIRMED), by=people[1])
    assert state(desk, name) is MentionState.SUGGESTED


def test_what_came_before_the_lead_did_is_not_asked(desk: Desk) -> None:
    came(desk, 1)
    person(replace(desk, now=MORNING), Role.VISITOR, TOWN)
    secret = admission.invite(desk, Identity(Role.LEAD, TOWN))
    admission.redeem(later(desk, minutes=1), secret, channel="terminal", address=f"{Role.VISITOR}:{TOWN}")
    assert suggesting.ask(later(desk, minutes=1)) == 0
    assert suggesting.suggested(desk, TOWN) == []


def test_leads_are_asked_before_others_and_only_about_what_came_since_they_were_bound(desk: Desk) -> None:
    pioneer = person(desk, Role.PIONEER, TOWN)
    came(later(desk, minutes=1), 1)
    lead = desk.private.welcome("web", "1", now=later(desk, minutes=2).now, role=Role.LEAD, organisation=TOWN)
    assert suggesting.ask(later(desk, minutes=3)) == 0
    came(later(desk, minutes=4), 2)
    assert suggesting.ask(later(desk, minutes=5)) == 1
    assert [told.text.splitlines()[1] for told in asked(desk, lead)] == ["“Nieuws 2”"]
    assert asked(desk, pioneer) == []


def test_who_was_lead_elsewhere_before_is_bound_since_now(desk: Desk) -> None:
    """The first role of somebody says nothing about the one they have."""
    for organisation, minutes in ((COURT, 0), (TOWN, 2)):
        came(later(desk, minutes=minutes + 1), minutes)
        role = Role.REVIEWER if organisation == COURT else Role.LEAD
        secret = admission.invite(desk, Identity(role, organisation))
        admission.redeem(later(desk, minutes=minutes + 1.5), secret, channel="terminal", address="1")
    assert [known.mention.entry for known in suggesting.suggested(later(desk, minutes=5), TOWN)] == []


def test_somebody_whose_role_ended_binds_nobody(desk: Desk) -> None:
    desk.private.welcome("web", "1", now=desk.now - timedelta(days=400), role=Role.LEAD, organisation=TOWN)
    came(later(desk, minutes=1), 1)
    live = replace(later(desk, minutes=2), told={"kind": "live"})
    assert suggesting.suggested(live, TOWN) == []
    person(live, Role.LEAD, TOWN)
    came(later(desk, minutes=3), 2)
    assert suggesting.ask(later(live, minutes=4)) == 1


def test_nothing_is_asked_at_night_nor_of_a_plan_that_is_closed(desk: Desk) -> None:
    person(desk, Role.LEAD, TOWN)
    came(later(desk, minutes=1), 1)
    assert suggesting.ask(later(desk, hours=12)) == 0
    closed = replace(later(desk, hours=1), today=date(2027, 9, 1))
    assert suggesting.ask(closed) == 0
    assert suggesting.suggested(closed, TOWN) == []


def test_nothing_is_asked_before_the_monitor_watches_the_plan(desk: Desk) -> None:
    person(desk, Role.LEAD, TOWN)
    came(later(desk, minutes=1), 1)
    plan = desk.folder.plan.model_copy(update={"monitored_from": date(2026, 10, 21)})
    new = replace(later(desk, minutes=2), folder=desk.folder.model_copy(update={"plan": plan}))
    assert (suggesting.ask(new), suggesting.suggested(new, TOWN)) == (0, [])
    assert suggesting.ask(later(new, days=1)) == 1


def test_a_crash_halfway_asks_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = person(desk, Role.LEAD, TOWN)
    came(later(desk, minutes=1), 1)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "tell", crash)
        with pytest.raises(RuntimeError):
            suggesting.ask(later(desk, minutes=2))
    assert suggesting.ask(later(desk, minutes=3)) == 1
    assert len(asked(desk, lead)) == 1
