"""What a person may ask of us: the notice before anything, what is kept, and to be forgotten, in every channel."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import admission, flood, people, renewing
from bot.conversation import Answer, Incoming, converse, open_desk
from bot.desk import Desk
from bot.extension import Bot, chat
from bot.people import Identity
from bot.private import Private, secret_hash
from bot.telegram_channel import TelegramChannel
from monitor import models, publish
from monitor.models import ReportState, Role
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage
from tests.conftest import ROOT
from tests.conversation_fixtures import COURT, MINISTRY, NOW, TODAY, TOWN, example_plan, hidden, make_settings
from tests.telegram_server import TOKEN, TelegramServer

LIVE = {
    "controller": "Ministerie van Voorbeeldzaken",
    "legal_basis": "een taak van algemeen belang",
    "dpo_contact": "fg@voorbeeld.example",
    "notice": "2",
}
YEAR_LATER = NOW + timedelta(days=366)
WAITING = "1.2 De raad stelde het plan vast, volledig, https://a.example/p"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = make_settings(tmp_path, example_plan())
    write_folder(made, FolderKind.LIVE, LIVE)
    return made


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=NOW)


def join(
    desk: Desk, role: Role, organisation: str | None, channel: str = "telegram", address: str = "70"
) -> models.Person:
    secret = admission.invite(desk, Identity(role, organisation))
    person = admission.redeem(desk, secret, channel=channel, address=address, notice="2")
    assert person
    return person


def visit(desk: Desk, address: str = "71") -> models.Person:
    return desk.private.welcome("telegram", address, now=desk.now, notice="2")


def talk(desk: Desk, person: models.Person, *lines: str) -> Answer:
    """Say these lines, a minute apart; give the last answer."""
    answer = Answer((), 0, "nl")
    for number, line in enumerate(lines):
        known = desk.private.get(models.Person, id=person.id) or person
        answer = converse(replace(desk, now=desk.now + timedelta(minutes=number)), known, Incoming(text=line))
    return answer


def said(answer: Answer) -> str:
    return "\n".join(part for reply in answer.replies for part in (reply.heading, reply.text, reply.question) if part)


# The notice


@pytest.mark.parametrize(("channel", "told"), [("telegram", True), ("web", False), ("terminal", False)])
def test_the_notice_speaks_of_telegram_only_there(settings: Settings, channel: str, told: bool) -> None:
    for language in ("nl", "en"):
        assert ("Telegram" in admission.notice(settings, language, channel).text) is told


def test_the_notice_in_full(settings: Settings) -> None:
    assert admission.notice(settings, "nl", "telegram", "geheim").text.splitlines() == [
        "Lees dit eerst. Daarna kunt u beginnen.",
        "Ministerie van Voorbeeldzaken verwerkt wat u hier typt, om te laten zien hoe het met het plan gaat. Dat mag "
        "op grond van een taak van algemeen belang.",
        "Wij bewaren uw adres in dit kanaal, uw taal, uw rol en organisatie, en wat u meldt. Uw naam vragen wij nooit.",
        "Een concept bewaren wij 180 dagen, een bericht aan u 30 dagen. Bij een geaccepteerde melding staat uw code "
        "nog 1 jaar na het besluit. In het logboek blijft die code langer staan. De hele lijst ziet u met “privacy”.",
        "Uw berichten gaan ook langs de servers van Telegram, een bedrijf buiten de Europese Unie, dat ze zelf ook "
        "bewaart. Wilt u dat niet? Meld dan op de website. Hebt u een rol, vraag dan om een nieuwe uitnodiging. "
        "Telegram stuurt uw naam mee. Die wissen wij als uw bericht is verwerkt; lukt dat niet, dan na 7 dagen.",
        "Wat u typt, kan onder de Wet open overheid (Woo) vallen. Vraagt iemand erom, dan beoordelen wij per stuk "
        "wat openbaar mag worden.",
        "U mag uw gegevens zien, verbeteren, laten wissen of het gebruik laten beperken. Niet alles mogen wij "
        "wissen. Typ “mijn gegevens”, “verbeter” of “vergeet mij”.",
        "Bezwaar maakt u bij de functionaris gegevensbescherming: fg@voorbeeld.example. Daar kunt u ook terecht met "
        "vragen.",
        "Een klacht kan naar de Autoriteit Persoonsgegevens.",
        "Dit is versie 2 van deze uitleg.",
    ]


def test_the_terms_in_the_notice_are_those_of_the_folder(settings: Settings) -> None:
    path = settings.data / "folder.json"
    path.write_text(json.dumps({"kind": "live", **LIVE, "retention": {"drafts": 1}}))
    assert "We keep a draft for 1 day and" in admission.notice(settings, "en", "web").text


def test_a_new_notice_is_read_again_and_costs_nobody_their_role(desk: Desk, settings: Settings) -> None:
    person = join(desk, Role.LEAD, TOWN)
    desk.private.change_person(person.model_copy(update={"notice": "1"}))
    again = admission.take_in(desk, settings, "telegram", "70")
    assert (again.role, again.organisation, again.notice) == (Role.LEAD, TOWN, "2")


# What is kept of a person


def test_privacy_tells_the_notice_and_the_whole_table(desk: Desk) -> None:
    text = talk(desk, visit(desk), "/privacy").replies[0].text
    assert "Dit is versie 2 van deze uitleg." in text
    assert "een bedrijf buiten de Europese Unie" in text
    assert text.splitlines()[-14] == "Een bericht dat wij niet konden lezen: 7 dagen"


def test_all_that_is_kept_is_shown(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN, address="123456789")
    talk(desk, person, "1.2 niets veranderd", "ja", "1.1")
    desk.tell(person, admission.notice(Settings(), "nl", "web"), "x")
    assert talk(desk, person, "/mijngegevens").replies[0].text.splitlines() == [
        "Dit bewaren wij van u in dit kanaal. De hele lijst en de termijnen leest u met “privacy”.",
        "Kanaal: Telegram, met een adres dat eindigt op 789",
        "Rol: een actiehouder, Gemeente Voorbeeldstad",
        "De rol geldt tot 20 oktober 2027",
        "Taal: Nederlands",
        "Wij kennen u sinds 20 oktober 2026",
        "U las versie 2 van de privacyuitleg",
        "Concepten: 1.1 Een lijst van alle overleggen",
        "Meldingen van u: 1",
        "1.2 Plan van aanpak voor openbare agenda's, over 20 oktober 2026: wacht op controle",
        "Berichten die nog op u wachten: 1",
        "Regels in het logboek over wat u deed: 2",
        "Een volledige kopie vraagt u aan fg@voorbeeld.example.",
        "Klopt er iets niet? Typ “verbeter”. Wilt u dat wij uw gegevens wissen? Typ “vergeet mij”.",
    ]


def test_who_changes_a_role_is_told_with_the_officers_address(desk: Desk) -> None:
    text = talk(desk, join(desk, Role.LEAD, TOWN), "/verbeter", "mijn rol of organisatie").replies[0].text
    assert text == (
        "Een rol verandert alleen met een nieuwe uitnodiging. Vraag die aan Ministerie van Voorbeeldzaken, de "
        "coördinator.\nLukt dat niet? Vraag hulp aan de functionaris gegevensbescherming: fg@voorbeeld.example."
    )


# Forgetting


def test_a_lead_is_forgotten_and_the_organisation_keeps_its_reports(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN, address="88776655")
    talk(desk, person, "1.2 niets veranderd", "ja", "1.1", "Wij vroegen alle afdelingen om hun lijst.")
    desk.private.receive(9, json.dumps({"message": {"chat": {"id": 88776655}}}), now=NOW, state="parked")
    answer = talk(desk, person, "/vergeetmij", "ja")
    assert (said(answer), answer.forgotten, answer.stopped) == (
        "Wat wij van u in dit kanaal bewaarden, is gewist, op wat blijft na.\n"
        "Het gesprek zelf staat nog bij Telegram. Wis het daar ook.",
        True,
        True,
    )
    for model in (models.Person, models.Delivery, models.Subscription, models.Invitation):
        assert desk.private.count(model) == 0, model
    assert desk.private.state(person.id) is None
    [report] = desk.private.all(models.Report)
    assert (report.person, report.organisation, report.state) == ("", TOWN, ReportState.WAITING)
    last = desk.private.all(models.AuditEntry)[-1]
    assert (last.actor, last.action, last.about) == (person.id, "forgotten", person.id)
    desk.private.scrub()
    for path in desk.private.path.parent.glob("private.db*"):
        assert b"88776655" not in path.read_bytes()


def test_a_visitors_reports_go_unless_they_were_accepted(desk: Desk) -> None:
    person, reviewer = visit(desk), join(desk, Role.REVIEWER, COURT)
    wrong = "De datum van 1.2 klopt niet, die is verschoven."
    talk(desk, person, wrong, "ja", "De datum van 1.1 klopt niet, die is verschoven.", "ja")
    talk(desk, reviewer, "begin", "1", "1", "accepteren")
    talk(desk, person, "vergeet mij", "1")
    [report] = desk.private.all(models.Report)
    assert (report.state, report.person, report.text) == (ReportState.ACCEPTED, "", wrong)
    assert desk.storage.count(models.Correction) == 1
    assert desk.storage.all(models.Queue) == []


def test_a_reviewer_who_is_forgotten_leaves_a_report_reviewed(desk: Desk) -> None:
    lead, reviewer = join(desk, Role.LEAD, TOWN), join(desk, Role.REVIEWER, COURT, address="72")
    talk(desk, lead, "1.2 niets veranderd", "ja")
    talk(desk, reviewer, "begin", "1", "1", "accepteren", "vergeet mij", "ja")
    [report] = desk.private.all(models.Report)
    assert (report.decided_by, report.state) == ("", ReportState.ACCEPTED)
    assert next(u for u in desk.storage.all(models.Update, way="chat")).reviewed_by_other


@pytest.mark.parametrize("colleagues", [0, 1])
def test_a_shared_draft_stays_only_for_a_colleague(desk: Desk, colleagues: int) -> None:
    person = join(desk, Role.LEAD, TOWN)
    for number in range(colleagues):
        join(desk, Role.LEAD, TOWN, address=f"8{number}")
    talk(desk, person, "1.1 Wij vroegen alle afdelingen om hun lijst.", "vergeet mij", "ja")
    kept = desk.private.db.conn.execute("SELECT person FROM drafts").fetchall()
    assert kept == [("",)] * colleagues


def test_changing_ones_mind_changes_nothing(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    before = talk(desk, person, "1.1")
    after = talk(desk, person, "/vergeetmij", "nee")
    assert after.replies[-1].question == before.replies[-1].question
    assert desk.private.get(models.Person, id=person.id) == person


def test_on_the_web_the_key_is_gone_after_forgetting(settings: Settings) -> None:
    client = TestClient(Starlette(routes=list(Bot().routes(settings))))
    page = client.post("/melden", data={"role": "visitor", "language": "nl", "action": "agree"}).text
    key = hidden(page, "secret")
    for text in ("vergeet mij", "1"):
        fields = {name: hidden(page, name) for name in ("secret", "revision", "language")}
        page = client.post("/melden", data={**fields, "text": text}).text
    assert "Wat wij van u in dit kanaal bewaarden, is gewist, op wat blijft na." in page
    assert "bij Telegram" not in page
    assert key not in page
    with Private(settings.private_database) as private:
        assert private.person("web", secret_hash(key)) is None
    assert "Deze code werkt niet" in client.post("/melden", data={"invitation": key, "action": "agree"}).text


def test_in_the_terminal_the_conversation_ends_with_it(settings: Settings) -> None:
    told = ["--data", str(settings.data), "--today", str(TODAY)]
    result = CliRunner().invoke(chat, told, input="1\nvergeet mij\nja\n1\n", catch_exceptions=False)
    assert result.output.rstrip().endswith("Wat wij van u in dit kanaal bewaarden, is gewist, op wat blijft na.")


def test_on_telegram_the_goodbye_still_arrives(settings: Settings) -> None:
    async def story(server: TelegramServer, channel: TelegramChannel) -> None:
        await channel.start()
        try:
            server.say("hallo")
            await asyncio.to_thread(server.wait_for, lambda: len(server.sent) == 1)
            server.tap(server.sent[0].buttons["1. Ik heb dit gelezen"])
            await asyncio.to_thread(server.wait_for, lambda: len(server.sent) == 2)
            server.say("/vergeetmij")
            await asyncio.to_thread(server.wait_for, lambda: len(server.sent) == 3)
            server.tap(server.sent[2].buttons["1. Ja, wis mijn gegevens"])
            await asyncio.to_thread(server.wait_for, lambda: len(server.sent) == 4)
        finally:
            await channel.stop()

    with TelegramServer() as server:
        known = replace(settings, telegram_token=TOKEN, telegram_api=server.address)
        asyncio.run(story(server, TelegramChannel(known, lambda line: None, first_wait=0.01)))
    assert server.sent[3].text == (
        "Wat wij van u in dit kanaal bewaarden, is gewist, op wat blijft na.\n"
        "Het gesprek zelf staat nog bij Telegram. Wis het daar ook."
    )
    with Private(settings.private_database) as private:
        assert private.count(models.Person) == 0


# Roles are renewed after twelve months


@pytest.mark.parametrize(
    ("renewed", "until"), [("2026-10-20", "2027-10-20"), ("2028-02-29", "2029-02-28"), ("2026-12-31", "2027-12-31")]
)
def test_a_role_holds_twelve_months(renewed: str, until: str) -> None:
    at = datetime.fromisoformat(f"{renewed}T11:00:00").replace(tzinfo=UTC)
    person = models.Person(id="p", channel="web", address="a", role=Role.LEAD, created_at=NOW, renewed_at=at)
    end = date.fromisoformat(until)
    assert people.role_until(person) == end
    assert (people.has_lapsed(person, end - timedelta(days=1)), people.has_lapsed(person, end)) == (False, True)
    soon = [people.ends_soon(person, end - timedelta(days=days)) for days in (31, 30, 1, 0)]
    assert soon == [False, True, True, False]
    assert people.role_until(people.as_visitor(person)) is None


def test_who_held_a_role_a_year_ago_is_a_visitor_and_keeps_the_drafts(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    talk(desk, person, WAITING)
    later = replace(desk, now=YEAR_LATER)
    answer = talk(later, person, "ja")
    assert said(answer).splitlines()[:2] == [
        "Welkom bij de monitor van Voorbeeldplan 2025-2027.",
        "U was een actiehouder, Gemeente Voorbeeldstad. Die rol liep af op 20 oktober 2027, dus nu bent u bezoeker. Uw "
        "concepten zijn bewaard. Verder met uw rol? Vraag Ministerie van Voorbeeldzaken om een nieuwe uitnodiging en "
        "plak de code hier.",
    ]
    assert desk.private.count(models.Report) == 0
    assert not [choice for choice in answer.replies[-1].choices if choice.action.startswith("draft")]
    assert "Concepten: 1.2 Plan van aanpak voor openbare agenda's" in said(talk(later, person, "mijn gegevens"))
    talk(later, person, "1.2 niets veranderd", "ja")
    assert desk.private.count(models.Report) == 0

    code = admission.invite(later, Identity(Role.LEAD, TOWN))
    back = talk(later, person, code)
    assert back.replies[-1].choices[0].words == "Verder met 1.2 Plan van aanpak voor openbare agenda's"
    renewed = desk.private.get(models.Person, id=person.id)
    assert renewed
    assert (renewed.role, people.role_until(renewed)) == (Role.LEAD, date(2028, 10, 21))
    talk(later, renewed, "1", "ja")
    assert [report.organisation for report in desk.private.all(models.Report)] == [TOWN]


def test_a_role_that_lapsed_is_not_written_over(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    talk(replace(desk, now=YEAR_LATER), person, "english")
    known = desk.private.get(models.Person, id=person.id)
    assert known
    assert (known.role, known.organisation, known.language) == (Role.LEAD, TOWN, "en")


def test_an_old_list_of_a_reviewer_whose_role_lapsed_decides_nothing(desk: Desk) -> None:
    lead, reviewer = join(desk, Role.LEAD, TOWN), join(desk, Role.REVIEWER, COURT, address="72")
    talk(desk, lead, "1.2 niets veranderd", "ja")
    asked = talk(desk, reviewer, "begin", "1", "1")
    later = replace(desk, now=YEAR_LATER)
    converse(later, reviewer, Incoming(action="accept", revision=asked.revision))
    assert [report.state for report in desk.private.all(models.Report)] == [ReportState.WAITING]


def test_whose_role_lapsed_is_told_of_no_reports(desk: Desk) -> None:
    join(desk, Role.COORDINATOR, MINISTRY)
    assert len(desk.coordinators()) == 1
    assert replace(desk, now=YEAR_LATER).coordinators() == []


def test_a_month_before_the_person_and_the_coordinator_are_told_once(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    coordinator = join(replace(desk, now=NOW + timedelta(days=200)), Role.COORDINATOR, MINISTRY, address="72")
    assert renewing.remind(replace(desk, now=NOW + timedelta(days=300))) == 0
    later = replace(desk, now=NOW + timedelta(days=340))
    assert (renewing.remind(later), renewing.remind(later)) == (1, 0)
    [told], [other] = desk.private.collect(person.id, NOW), desk.private.collect(coordinator.id, NOW)
    assert told.text == (
        "U bent een actiehouder, Gemeente Voorbeeldstad. Die rol loopt af op 20 oktober 2027. Vraag Ministerie van "
        "Voorbeeldzaken om een nieuwe uitnodiging en plak de code hier."
    )
    assert other.text == (
        "Op 20 oktober 2027 loopt een rol af: een actiehouder, Gemeente Voorbeeldstad. Kies “Iemand uitnodigen” "
        "om een nieuwe uitnodiging te maken."
    )


def test_in_a_folder_for_trying_out_a_role_never_lapses(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    trying = replace(desk, now=YEAR_LATER, told={"kind": "try"})
    assert trying.standing(person) == person
    assert renewing.remind(replace(desk, now=NOW + timedelta(days=340), told={"kind": "try"})) == 0


def test_a_code_that_works_no_more_is_an_answer_like_any_other(desk: Desk) -> None:
    person = visit(desk)
    code = admission.invite(desk, Identity(Role.LEAD, TOWN))
    assert admission.redeem(desk, code, channel="web", address="x", notice="2")
    assert talk(desk, person, "x", code).replies[-1].text.startswith("Dat antwoord ken ik hier niet.")


# Floods


def test_too_many_messages_in_a_minute_wait_and_lose_nothing(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    most = flood.MESSAGES[0][0]
    for number in range(most):
        converse(replace(desk, now=NOW + timedelta(seconds=number)), person, Incoming(text="1.1"))
    state = desk.private.state(person.id)
    desk.private.receive(1, "{}", now=NOW)
    desk.private.receive(2, "{}", now=NOW)
    waiting = desk.private.count(models.Delivery)
    for update in (1, 2):
        held = replace(desk, now=NOW + timedelta(seconds=18 + update))
        answer = converse(held, person, Incoming(text="Wij zijn klaar", update_id=update, queued=True))
    assert said(answer) == (
        "Dat ging erg snel. Wacht 40 seconden en stuur het dan nog eens; wat u eerder stuurde, is bewaard.\n"
        "Typ iets om verder te gaan."
    )
    assert desk.private.state(person.id) == state
    assert desk.private.unhandled() == []
    assert desk.private.count(models.Delivery) == waiting + 1
    after = converse(
        replace(desk, now=NOW + timedelta(seconds=61)), person, Incoming(text="Wij vroegen alle lijsten op.")
    )
    assert after.revision == (state.revision if state else 0) + 1


def test_too_many_messages_in_an_hour_wait_for_minutes() -> None:
    most = flood.MESSAGES[1][0]
    taken = [NOW + timedelta(seconds=5 * number) for number in range(most)]
    assert flood.wait(taken, taken[-1]) == timedelta(hours=1) - timedelta(seconds=5 * (most - 1))
    assert flood.wait(taken, NOW + timedelta(hours=1, seconds=1)) is None


def test_twenty_reports_a_day_are_enough_and_the_draft_is_kept(desk: Desk) -> None:
    person = join(desk, Role.LEAD, TOWN)
    for number in range(flood.REPORTS):
        later = replace(desk, now=NOW + timedelta(minutes=3 * number))
        talk(later, person, "1.2 niets veranderd", "ja")
    later = replace(desk, now=NOW + timedelta(hours=2))
    answer = talk(later, person, "1.2 niets veranderd", "ja")
    assert said(answer).startswith("U verstuurde vandaag al 20 meldingen. Uw concept is bewaard: verstuur het morgen.")
    assert desk.private.count(models.Report) == flood.REPORTS
    talk(replace(desk, now=NOW + timedelta(days=1, hours=1)), person, "ja")
    assert desk.private.count(models.Report) == flood.REPORTS + 1


def test_strangers_on_the_web_are_counted_together(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "STRANGERS", 2)
    client = TestClient(Starlette(routes=list(Bot().routes(settings))))
    begin = {"role": "visitor", "language": "nl", "action": "agree"}
    answers = [client.post("/melden", data=begin) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Er begonnen net erg veel mensen tegelijk. Probeer het over een uur nog eens." in answers[-1].text
    with open_desk(settings) as desk:
        code = admission.invite(desk, Identity(Role.LEAD, TOWN))
    assert client.post("/melden", data={"invitation": code, "action": "agree"}).status_code == 200


# What is private stays private


def test_what_is_typed_reaches_nothing_public_and_no_log(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    secrets = ("06-98765432", "iemand@voorbeeld.example", "Kwartelvleugel", "Zilverpopulier")
    caplog.set_level(logging.DEBUG)
    with open_desk(settings) as opened:
        lead, visitor = join(opened, Role.LEAD, TOWN), visit(opened)
        talk(opened, lead, "1.1", f"Bel {secrets[0]} voor de lijst", f"Mail {secrets[1]} voor de lijst")
        talk(opened, lead, "De Kwartelvleugel telde alle overleggen van dit jaar.", "grotendeels", "1", "ja")
        talk(opened, visitor, "De datum van 1.2 klopt niet volgens de Zilverpopulier.", "ja", "vergeet mij", "nee")
    site = replace(settings, commitments=ROOT / "commitments")
    with Storage(settings.database) as storage:
        publish.publish(site, storage, now=NOW)
    private = {"private.db", "private.db-wal", "private.db-shm", "folder.json"}
    public = [path for path in settings.data.rglob("*") if path.is_file() and path.name not in private]
    assert {"monitor.db", "index.html"} <= {path.name for path in public}
    for secret in secrets:
        assert [path for path in public if secret.encode() in path.read_bytes()] == []
        assert secret not in caplog.text
    with Private(settings.private_database) as kept:
        assert re.findall("Kwartelvleugel|Zilverpopulier", str(kept.all(models.Report)))
        assert not re.search("98765432|iemand@", str(kept.all(models.Report)))
