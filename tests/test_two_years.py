"""Two years of a running plan, hour by hour: exactly these messages go out, and for a closed plan none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import following
from bot.conversation import open_desk
from bot.desk import Desk
from bot.dialogue import Follow
from bot.dialogue.news import code
from monitor import models, status
from monitor.models import Cadence, Completion, DueBasis, EvidenceState, FollowKind, Role
from monitor.periods import day_of
from monitor.settings import Settings
from tests.conversation_fixtures import (
    COURT,
    MINISTRY,
    NOW,
    TOWN,
    TOWNSHIP,
    commitment,
    example_plan,
    make_settings,
    milestone,
    network_plan,
    organisation,
)
from tests.two_years import Happening, Walk, accept_all, bind, local, report, tap

WATER = "waterschap-voorbeeld"
PLAN = "2025-2027"


def running_plan() -> models.PlanFolder:
    """Make a plan in which a town leads 1 and 3 and a water board 2; the date of 2.2 is no source's."""
    plan = example_plan()
    listed = (
        plan.commitments[0],
        commitment(
            2,
            "Register van lobbycontacten",
            "Lobby register",
            WATER,
            milestone("2.1", "Test met vijf afdelingen", "Test with five departments"),
            milestone("2.2", "Het register staat online", "The register is online", due_basis=DueBasis.PERIOD),
        ),
        commitment(
            3,
            "Besluiten op één plek",
            "Decisions in one place",
            TOWN,
            milestone("3.1", "Alle besluiten staan online", "All decisions are online", due="2026-05-11"),
        ),
    )
    listed = tuple(one.model_copy(update={"leads": _confirmed(one)}) for one in listed)
    board = organisation(WATER, "Waterschap Voorbeeld", "Example Water Board")
    network = network_plan()
    others = (*network.organisations, board)
    feed = models.Feed(id="stad", title="Nieuws", address="https://voorbeeldstad.example/rss")
    changed = {"commitments": listed, "organisations": others, "meetings": network.meetings, "feeds": (feed,)}
    return plan.model_copy(update=changed)


def _confirmed(known: models.Commitment) -> tuple[models.Lead, ...]:
    return tuple(lead.model_copy(update={"confirmed_on": date(2025, 7, 1)}) for lead in known.leads)


def alarm(desk: Desk) -> None:
    """Let an alarm begin."""
    told = {"nl": "Er is weinig ruimte.", "en": "There is little room."}
    desk.storage.add(models.Alarm(id="a", kind="disk", about="data", message=told, started_at=desk.now))


def alarm_ends(desk: Desk) -> None:
    """Let the alarm end."""
    known = desk.storage.all(models.Alarm)[0]
    desk.storage.put(known.model_copy(update={"ended_at": desk.now}))


def alarm_again(desk: Desk) -> None:
    """Let the alarm go on."""
    known = desk.storage.all(models.Alarm)[0]
    desk.storage.put(known.model_copy(update={"ended_at": None}))


def link(state: EvidenceState) -> Callable[[Desk], object]:
    """Let the check of the link behind 1.1 find this."""

    def happen(desk: Desk) -> None:
        [piece] = desk.storage.all(models.Evidence, plan=PLAN)
        desk.storage.put(piece.model_copy(update={"state": state}))

    return happen


def news_comes(plan: str, commitment_: str) -> Callable[[Desk], object]:
    """Let an entry of a feed come in that may concern a commitment."""

    def happen(desk: Desk) -> None:
        entry = models.Entry(id=f"{plan}/stad/1", plan=plan, feed="stad", title="Agenda's", recorded_at=desk.now)
        desk.storage.add(entry)
        known = {"id": f"{entry.id}/m", "plan": plan, "entry": entry.id, "commitment": commitment_, "rule": "title"}
        desk.storage.add(models.Mention.model_validate(known | {"recorded_at": desk.now}))

    return happen


def no_progress(desk: Desk) -> None:
    """Let the lead say that the news is no progress."""
    [mention] = desk.storage.all(models.Mention, plan=PLAN)
    tap(TOWN, f"door-news-no {code(mention.id)}")(desk)


def follow(plan: str) -> Callable[[Desk], object]:
    """Let somebody follow a plan, in a channel that sends by itself."""

    def happen(desk: Desk) -> None:
        reader = desk.private.welcome("telegram", "follower", now=desk.now)
        following.follow(desk, reader, Follow(kind=FollowKind.PLAN, about=plan, cadence=Cadence.AT_ONCE))

    return happen


def unfollow(desk: Desk) -> None:
    """Let that person stop."""
    [known] = desk.private.all(models.Subscription)
    desk.private.delete(models.Subscription, id=known.id)


HAPPENINGS: list[Happening] = [
    ("2025-07-01T10:00", bind(Role.COORDINATOR, MINISTRY)),
    ("2025-07-01T10:00", bind(Role.REVIEWER, COURT)),
    ("2025-07-01T10:00", bind(Role.LEAD, TOWN)),
    # The town answers one of two commitments, and the other after the second message.
    ("2025-10-02T11:30", tap(TOWN, "door-same 2025-Q3 1")),
    ("2025-10-09T16:00", tap(TOWN, "door-same 2025-Q3 3")),
    ("2026-01-05T10:00", tap(TOWN, "door-same 2025-Q4 1", "door-same 2025-Q4 3")),
    ("2026-02-10T10:00", bind(Role.LEAD, WATER)),
    # The water board answers after the second message, the town never does.
    ("2026-03-06T19:00", news_comes(PLAN, f"{PLAN}/01")),
    ("2026-03-10T10:00", no_progress),
    ("2026-04-13T10:00", tap(WATER, "door-same 2026-Q1 2")),
    # Reports about a day within the quarter: one is accepted, one waits until after the round opened.
    ("2026-06-18T10:00", report(TOWN, f"{PLAN}/01", completion=Completion.LIMITED)),
    ("2026-06-19T10:00", accept_all),
    ("2026-06-25T10:00", report(WATER, f"{PLAN}/02", completion=Completion.LIMITED)),
    ("2026-07-02T10:00", tap(TOWN, "door-same 2026-Q2 3")),
    ("2026-09-01T10:00", bind(Role.PIONEER, TOWNSHIP)),
    ("2026-10-01T19:00", tap(TOWN, "door-same 2026-Q3 1", "door-same 2026-Q3 3")),
    ("2026-10-22T03:00", alarm),
    ("2026-10-27T03:00", alarm_ends),
    ("2026-11-19T10:00", follow(PLAN)),
    ("2026-11-23T10:00", unfollow),
    (
        "2026-11-20T10:00",
        report(
            TOWN,
            f"{PLAN}/01",
            milestone="1.1",
            completion=Completion.COMPLETE,
            evidence="https://voorbeeldstad.example/overleggen",
        ),
    ),
    ("2026-11-20T11:00", accept_all),
    ("2027-01-04T12:00", tap(TOWN, "door-same 2026-Q4 3")),
    ("2027-01-04T12:00", tap(WATER, "door-same 2026-Q4 2")),
    ("2027-03-24T03:00", link(EvidenceState.GONE)),
    ("2027-03-31T03:00", link(EvidenceState.ALIVE)),
    ("2027-04-01T12:00", tap(TOWN, "door-same 2027-Q1 1", "door-same 2027-Q1 3")),
    ("2027-04-01T12:00", tap(WATER, "door-same 2027-Q1 2")),
    ("2027-07-01T12:00", tap(TOWN, "door-same 2027-Q2 1", "door-same 2027-Q2 3")),
    # The plan is closed since the first of September.
    ("2027-09-02T10:00", report(TOWN, f"{PLAN}/01", completion=Completion.LIMITED)),
    ("2027-09-03T10:00", alarm_again),
]
EXPECTED = """
Wed 2025-10-01 09:00 lead:gemeente-voorbeeldstad: round 2025-Q3: 1 Openbare agenda's / 3 Besluiten op één plek
Wed 2025-10-08 09:00 lead:gemeente-voorbeeldstad: again 2025-Q3: 3 Besluiten op één plek
Fri 2026-01-02 09:00 lead:gemeente-voorbeeldstad: round 2025-Q4: 1 Openbare agenda's / 3 Besluiten op één plek
Mon 2026-03-09 09:00 lead:gemeente-voorbeeldstad: news-asked gemeente-voorbeeldstad 2026-03-09: “Agenda's” / Nieuws
Wed 2026-04-01 09:00 lead:gemeente-voorbeeldstad: round 2026-Q1: 1 Openbare agenda's / 3 Besluiten op één plek
Wed 2026-04-01 09:00 lead:waterschap-voorbeeld: round 2026-Q1: 2 Register van lobbycontacten
Wed 2026-04-08 09:00 lead:gemeente-voorbeeldstad: again 2026-Q1: 1 Openbare agenda's / 3 Besluiten op één plek
Wed 2026-04-08 09:00 lead:waterschap-voorbeeld: again 2026-Q1: 2 Register van lobbycontacten
Wed 2026-04-15 09:00 coordinator:ministerie-voorbeeldzaken: missing 2026-Q1: Gemeente Voorbeeldstad, actiepunt 1, 3
Mon 2026-04-20 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2026-W17: Geen openbaar bericht over het eerste kwartaal van 2026: Gemeente Voorbeeldstad, actiepunt 1, 3.
Tue 2026-04-28 09:00 lead:gemeente-voorbeeldstad: due: 3.1 Alle besluiten staan online, uiterlijk 11 mei 2026
Mon 2026-06-29 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2026-W27: Berichten die op controle wachten: 1, het oudste sinds 25 juni 2026. / Geen openbaar bericht over het eerste kwartaal van 2026: Gemeente Voorbeeldstad, actiepunt 1, 3.
Wed 2026-07-01 09:00 lead:gemeente-voorbeeldstad: round 2026-Q2: 3 Besluiten op één plek
Thu 2026-09-03 09:00 coordinator:ministerie-voorbeeldzaken: agreements 2026-09-10-modeldam: • Zoekt drie gemeenten voor een proef. / Is een afspraak gedaan? Dan is één knop genoeg. Anders typt u “afspraken”.
Thu 2026-10-01 09:00 lead:gemeente-voorbeeldstad: round 2026-Q3: 1 Openbare agenda's / 3 Besluiten op één plek
Thu 2026-10-01 09:00 lead:waterschap-voorbeeld: round 2026-Q3: 2 Register van lobbycontacten
Thu 2026-10-08 09:00 lead:waterschap-voorbeeld: again 2026-Q3: 2 Register van lobbycontacten
Thu 2026-10-15 09:00 coordinator:ministerie-voorbeeldzaken: missing 2026-Q3: Waterschap Voorbeeld, actiepunt 2
Mon 2026-10-19 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2026-W43: Geen openbaar bericht over het derde kwartaal van 2026: Waterschap Voorbeeld, actiepunt 2.
Thu 2026-10-22 03:00 coordinator:ministerie-voorbeeldzaken: alarm-told: Er is iets mis met de monitor. Er is weinig ruimte. Meer staat op https://monitor.example/over/gezondheid/
Mon 2026-10-26 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2026-W44: Geen openbaar bericht over het derde kwartaal van 2026: Waterschap Voorbeeld, actiepunt 2. / Storingen die nog duren: 1.
Tue 2026-10-27 03:00 coordinator:ministerie-voorbeeldzaken: alarm-ended: Dit is voorbij: Er is weinig ruimte. Meer staat op https://monitor.example/over/gezondheid/
Thu 2026-11-05 09:00 lead:gemeente-voorbeeldstad: agreements 2026-11-12-voorbeeldstad: • Deelt de handreiking agenda's. / Is een afspraak gedaan? Dan is één knop genoeg. Anders typt u “afspraken”.
Thu 2026-11-05 09:00 pioneer:gemeente-modeldam: agreements 2026-11-12-voorbeeldstad: • Maakt een lijst van registers. / Is een afspraak gedaan? Dan is één knop genoeg. Anders typt u “afspraken”.
Thu 2026-11-05 09:00 coordinator:ministerie-voorbeeldzaken: agreements 2026-11-12-voorbeeldstad: • Zoekt drie gemeenten voor een proef. / Is een afspraak gedaan? Dan is één knop genoeg. Anders typt u “afspraken”.
Fri 2026-11-20 11:00 follower: digest: 1.1: nog niet bekend → volledig
Thu 2026-12-17 09:00 lead:gemeente-voorbeeldstad: due: 1.2 Plan van aanpak voor openbare agenda's, uiterlijk 31 december 2026
Thu 2026-12-17 09:00 lead:waterschap-voorbeeld: due: 2.1 Test met vijf afdelingen, uiterlijk 31 december 2026
Mon 2027-01-04 09:00 lead:gemeente-voorbeeldstad: round 2026-Q4: 3 Besluiten op één plek
Mon 2027-01-04 09:00 lead:waterschap-voorbeeld: round 2026-Q4: 2 Register van lobbycontacten
Tue 2027-03-30 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2027-W13: Links die niet meer werken of verhuisden, bij berichten: 1.
Thu 2027-04-01 09:00 lead:gemeente-voorbeeldstad: round 2027-Q1: 1 Openbare agenda's / 3 Besluiten op één plek
Thu 2027-04-01 09:00 lead:waterschap-voorbeeld: round 2027-Q1: 2 Register van lobbycontacten
Thu 2027-07-01 09:00 lead:gemeente-voorbeeldstad: round 2027-Q2: 1 Openbare agenda's / 3 Besluiten op één plek
Thu 2027-07-01 09:00 lead:waterschap-voorbeeld: round 2027-Q2: 2 Register van lobbycontacten
Thu 2027-07-08 09:00 lead:waterschap-voorbeeld: again 2027-Q2: 2 Register van lobbycontacten
Thu 2027-07-15 09:00 coordinator:ministerie-voorbeeldzaken: missing 2027-Q2: Waterschap Voorbeeld, actiepunt 2
Mon 2027-07-19 09:00 coordinator:ministerie-voorbeeldzaken: weekly 2027-W29: Geen openbaar bericht over het tweede kwartaal van 2027: Waterschap Voorbeeld, actiepunt 2.
"""  # noqa: E501 - a message a line


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, running_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        opened.storage.delete(models.Reminder, plan=PLAN)
        opened.storage.delete(models.Round, plan=PLAN)
        opened.storage.delete(models.Update, plan=PLAN)
        yield opened


def test_two_years_of_a_running_plan_send_exactly_this(desk: Desk, settings: Settings) -> None:
    sent = Walk(local("2025-07-01T00:00"), local("2027-10-15T00:00"), HAPPENINGS).run(desk, settings)
    assert sent == EXPECTED.strip().splitlines()
    assert {row.quarter.text: day_of(row.opened_at).isoformat() for row in desk.storage.all(models.Round)} == {
        "2025-Q3": "2025-10-01",
        "2025-Q4": "2026-01-02",
        "2026-Q1": "2026-04-01",
        "2026-Q2": "2026-07-01",
        "2026-Q3": "2026-10-01",
        "2026-Q4": "2027-01-04",
        "2027-Q1": "2027-04-01",
        "2027-Q2": "2027-07-01",
    }
    assert all(row.closed_at and row.closed_at > row.opened_at for row in desk.storage.all(models.Round))
    assert ledger(desk) == {
        1: ["unchanged", "unchanged", "no-message", "updated", "unchanged", "updated", "unchanged", "unchanged"],
        2: ["not-tracked", "not-tracked", "unchanged", "updated", "no-message", "unchanged", "unchanged", "no-message"],
        3: ["unchanged", "unchanged", "no-message", "unchanged", "unchanged", "unchanged", "unchanged", "unchanged"],
    }


def ledger(desk: Desk) -> dict[int, list[str]]:
    """Give how recent each commitment was in each quarter, as the public could know when the plan ended."""
    known = status.read(desk.storage, PLAN, as_of=date(2027, 8, 31))
    assert known
    return {line.commitment.number: [cell.freshness.value for cell in line.cells][:8] for line in known.lines}


@pytest.mark.parametrize(
    ("start", "days"),
    [
        pytest.param("2018-07-01T00:00", 2 * 366, id="its own two years", marks=pytest.mark.long),
        pytest.param("2026-11-01T00:00", 2 * 366, id="two years from today", marks=pytest.mark.long),
        # Over the end of a quarter, and the weeks in which a running plan asks, follows up and sums up.
        pytest.param("2026-12-01T00:00", 60, id="the next round"),
    ],
)
def test_the_same_walk_over_the_closed_plan_sends_nothing(
    tmp_path: Path, shipped: models.PlanFolder, start: str, days: int
) -> None:
    """Everybody is there, a report waits, an alarm lasts and a date comes near: nothing is sent by itself."""
    began = local(start)
    leads = sorted({lead.organisation for c in shipped.commitments for lead in c.leads})
    settings = make_settings(tmp_path, shipped)
    with open_desk(settings) as desk:
        early = replace(desk, now=began - timedelta(days=90), today=day_of(began) - timedelta(days=90))
        for role, name in [(Role.COORDINATOR, shipped.plan.coordinator), *((Role.LEAD, name) for name in leads)]:
            bind(role, name)(early)
        commitment = shipped.commitments[0]
        report(commitment.leads[0].organisation, commitment.id, completion=Completion.LIMITED)(early)
        alarm(early)
        for message in desk.private.all(models.Delivery):
            desk.private.settle(message.id, "sent", now=early.now)
        news_comes(shipped.plan.id, commitment.id)(early)
        bind(Role.PIONEER, leads[0])(early)
        day = day_of(began)
        # The plan was taken in before today only, so that before then all of it is news to who follows.
        followed = [
            (f"{day + timedelta(days=1)}T10:00", follow(shipped.plan.id)),
            (f"{day + timedelta(days=4)}T10:00", unfollow),
        ]
        followed = followed if began > NOW else []
        assert Walk(began, began + timedelta(days=days), followed).run(desk, settings) == []
        assert [desk.storage.count(model) for model in (models.Round, models.Reminder)] == [0, 0]
