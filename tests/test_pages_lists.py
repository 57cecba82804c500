"""The pages that list, and the page of an organisation: each figure against the database, each empty state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from monitor import models, pages, progress, search, sync, words
from monitor.models import EvidenceState, MentionState
from monitor.pages.drawing import mark_of_date
from monitor.pages.plan_drawing import plan_line
from monitor.pages.site import read_plan
from monitor.periods import Period
from monitor.storage import Storage
from tests.conftest import NOW, TODAY
from tests.test_pages import CONTEXT, body, head, write
from tests.test_storage import an_update

PLAN = "2018-2020"
DURING = date(2019, 5, 1)
CHECKED = datetime(2019, 4, 20, 12, 0, tzinfo=UTC)
PARTS = {
    "nl": ("tijdlijn", "bewijs", "nieuws", "cijfers", "inbreng"),
    "en": ("time-line", "evidence", "news", "indicators", "input"),
}


@pytest.fixture(scope="module")
def closed(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Give a database that holds the shipped plan, to read only."""
    with Storage(tmp_path_factory.mktemp("closed") / "monitor.db") as storage:
        sync.sync(storage, shipped, sync.Moment(NOW, TODAY))
        yield storage


@pytest.fixture(scope="module")
def dutch(closed: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(closed, tmp_path_factory.mktemp("nl"))


@pytest.fixture(scope="module")
def english(closed: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(closed, tmp_path_factory.mktemp("en"), language="en")


@pytest.fixture(scope="module")
def running(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Give a database of the plan in mid-term, with messages, evidence, news, a round, agreements and input."""
    plan = shipped.plan.model_copy(update={"monitored_from": date(2018, 7, 1)})
    agreement = {"organisation": "tweede-kamer", "text": {"nl": "De Kamer deelt haar aanpak."}, "due": "2019-09-01"}
    agreements = (models.Agreement.model_validate(agreement | {"id": "a"}),)
    agreements += (models.Agreement.model_validate(agreement | {"id": "b", "text": {"nl": "De Kamer belt."}}),)
    meetings = (shipped.meetings[0].model_copy(update={"agreements": agreements}), *shipped.meetings[1:])
    folder = shipped.model_copy(update={"plan": plan, "meetings": meetings})
    with Storage(tmp_path_factory.mktemp("running") / "monitor.db") as storage:
        sync.sync(storage, folder, sync.Moment(CHECKED, DURING))
        for row in (*_messages(), *_news(), *_input(), *_network(meetings[0].id)):
            storage.add(row)
        yield storage


@pytest.fixture(scope="module")
def mid_term(running: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(running, tmp_path_factory.mktemp("mid"), today=DURING)


def _messages() -> Iterator[models.Model]:
    said = {"commitment": f"{PLAN}/04", "organisation": "tweede-kamer", "published": "2019-04-02"}
    said |= {"speaks_of": "2019-04-01", "published_on": date(2019, 4, 2)}
    yield an_update(**said, id=f"{PLAN}/04/rapport", milestone=f"{PLAN}/4.1", completion="complete")
    behind = {"milestone": f"{PLAN}/4.2", "completion": "limited", "reviewed_by_other": True}
    yield an_update(**said, id=f"{PLAN}/04/plan", **behind, reviewed_on=date(2019, 4, 2))
    yield an_update(**said, id=f"{PLAN}/04/kaal", text={"nl": "Zonder meer."})
    given = {"plan": PLAN, "update_id": f"{PLAN}/04/rapport", "recorded_at": CHECKED}
    for name, state, checked in (
        ("alive", EvidenceState.ALIVE, CHECKED),
        ("gone", EvidenceState.GONE, CHECKED),
        ("moved", EvidenceState.MOVED, CHECKED),
        ("fresh", EvidenceState.UNCHECKED, None),
        ("silent", EvidenceState.UNCHECKED, None),
    ):
        found = {"title": f"Stuk {name}", "address": f"https://voorbeeldstad.example/{name}", "sha256": "ab" * 32}
        archive = {"archive_address": "https://archief.example/1"} if name == "gone" else {}
        looked = {"checked_at": checked, "tried_at": None if name == "fresh" else CHECKED}
        yield models.Evidence(id=name, state=state, **looked, **found, **archive, **given)
    file = {"file": f"{'cd' * 32}.pdf", "file_bytes": 4000, "sha256": "cd" * 32, "state": EvidenceState.KEPT}
    yield models.Evidence(id="file", title="Rapport", **file, **given)


def _news() -> Iterator[models.Model]:
    for number, state in enumerate((*[MentionState.SUGGESTED] * 2, MentionState.CONFIRMED, MentionState.DISMISSED)):
        name = f"{PLAN}/vng/{number}"
        given = {"plan": PLAN, "recorded_at": CHECKED}
        address = f"https://nieuws.example/{number}"
        entry = {"feed": "vng", "title": f"Nieuws {number}", "published_on": date(2019, 4, number + 1)}
        yield models.Entry(id=name, address=address, changed_at=CHECKED, **entry, **given)
        yield models.Mention(id=name, entry=name, commitment=f"{PLAN}/05", rule="title", state=state, **given)
    yield models.FeedState(feed="vng", plan=PLAN, last_tried_at=CHECKED, last_success_at=CHECKED)
    yield models.FeedState(feed="ogp", plan=PLAN, last_tried_at=CHECKED, failures=2, error="timeout")


def _input() -> Iterator[models.Model]:
    given = {"plan": PLAN, "recorded_at": CHECKED, "published_on": date(2019, 3, 1)}
    answer = {"answer": {"nl": "Klopt, verbeterd."}, "answered_by": "ministerie-bzk", "closed_on": date(2019, 3, 5)}
    answer["outcome"] = "changed"
    first = {"commitment": f"{PLAN}/04", "about": f"{PLAN}/4.1", "text": {"nl": "De datum klopt niet."}}
    yield models.Correction(id="c1", number=1, state="closed", reviewed_by_other=True, **first, **answer, **given)
    second = {"about": f"{PLAN}/{_MEETING}", "organisation": "tweede-kamer", "text": {"nl": "Wij waren er ook."}}
    yield models.Correction(id="c2", number=2, **second, **given)
    yield models.Idea(id="i1", number=1, commitment=f"{PLAN}/04", text={"nl": "Maak een app."}, **given)
    yield models.Queue(plan=PLAN, commitment=PLAN, organisation="", waiting=3)


def _network(meeting: str) -> Iterator[models.Model]:
    given = {"plan": PLAN, "recorded_at": CHECKED, "published_on": date(2019, 3, 1)}
    yield models.Question(id="q", organisation="vng", text={"nl": "Wie deed dit al?"}, **given)
    yield models.Answer(id="a", question="q", organisation="tweede-kamer", text={"nl": "Wij, in mei."}, **given)
    yield models.Lesson(id="l", organisation="tweede-kamer", text={"nl": "Begin klein."}, **given)
    yield models.Lesson(id="m", organisation="tweede-kamer", text={"nl": "Nog niet openbaar."}, **given | _LATER)
    yield models.AgreementUpdate(id="u", meeting=meeting, agreement="a", state="done", **given)
    yield models.Round(id="r", plan=PLAN, quarter="2019-Q1", opened_at=datetime(2019, 4, 1, 8, 0, tzinfo=UTC))


_MEETING = "2018-09-18-schiedam"
_LATER = {"published_on": date(2019, 6, 1)}


def plain(text: str) -> str:
    """Give what a reader sees of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def statement(folder: Path, page: str) -> str:
    return plain(head(folder, f"{PLAN}/{page}")["statement_html"])


def facts(folder: Path, page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", head(folder, f"{PLAN}/{page}")["facts_html"]))


def section(folder: Path, page: str, anchor: str) -> str:
    return body(folder, f"{PLAN}/{page}").split(f"{{: #{anchor} }}")[1].split("\n## ")[0]


def test_each_page_stands_in_both_languages_and_names_its_twin(dutch: Path, english: Path) -> None:
    for here, there in zip(PARTS["nl"], PARTS["en"], strict=True):
        assert head(dutch, f"{PLAN}/{here}")["twins"] == {"en": f"{PLAN}/{there}/"}
        assert head(english, f"{PLAN}/{there}")["twins"] == {"nl": f"{PLAN}/{here}/"}


def test_the_footer_leads_to_each_page(closed: Storage) -> None:
    told = pages.settings(closed, today=TODAY, language="nl", context=CONTEXT)
    links = {link["url"] for group in told["footer"] for link in group["links"]}
    assert links >= {f"{PLAN}/{page}/" for page in PARTS["nl"]}


# Time line


def test_the_time_line_counts_every_milestone_and_its_basis(dutch: Path, shipped: models.PlanFolder) -> None:
    milestones = [m for c in shipped.commitments for m in c.milestones]
    stated = sum(m.due_basis == "stated" for m in milestones)
    assert statement(dutch, "tijdlijn") == (
        f"Op deze lijn staan {len(milestones)} mijlpalen van {len(shipped.commitments)} actiepunten; "
        f"{sum(m.counted for m in milestones)} daarvan tellen mee. "
        f"Bij {stated} noemt de bron zelf de uiterste datum. Bij 3 daarvan vulden wij een deel zelf in. "
        "Bij de andere is de datum door ons afgeleid, of het einde van de looptijd."
    )
    rows = re.findall(r'class="is-milestone">.*?">(\d+\.\d+)</a>', section(dutch, "tijdlijn", "volgorde"), re.DOTALL)
    assert sorted(rows) == sorted(m.number for m in milestones)


def test_the_picture_and_the_table_hold_the_same_milestones(dutch: Path, shipped: models.PlanFolder) -> None:
    svg = section(dutch, "tijdlijn", "beeld").split("</svg>\n<ul")[0]
    drawn = re.findall(r'class="small-only[^"]*" x="[^"]*" y="\d+" text-anchor="\w+">([^<]*)<', svg)
    numbers = [number for label in drawn for number in label.split(", ")]
    assert sorted(numbers) == sorted(m.number for c in shipped.commitments for m in c.milestones)
    assert svg.count('class="pin"') == len(shipped.meetings)


def test_only_dates_of_the_source_alone_are_solid(shipped: models.PlanFolder) -> None:
    line = plan_line(shipped, rounds=(), found=lambda milestone: {}, today=TODAY, is_closed=True)
    assert line
    marks = {number: lane.mark for band in line.bands for lane in band.lanes for number in lane.numbers}
    assert {n for n, mark in marks.items() if mark == "stated"} == {
        "1.4", "4.1", "4.2", "4.3", "4.4", "5.1", "10.2",
    }  # fmt: skip
    assert [n for n, mark in marks.items() if mark == "ring"] == ["4.5"]
    assert all(marks[m.number] == "ours" for c in shipped.commitments for m in c.milestones if m.due_basis != "stated")


def test_a_date_beside_no_other_starts_is_no_ring() -> None:
    given = {"number": "1.1", "title": {"en": "A"}, "origin": "official", "due": "2026-03", "due_basis": "stated"}
    milestone = models.Milestone.model_validate(given)
    assert mark_of_date(milestone, others_start=False) == "stated"
    assert mark_of_date(milestone, others_start=True) == "ring"


def test_a_closed_plan_has_no_line_of_today(dutch: Path, mid_term: Path) -> None:
    assert 'class="today"' not in body(dutch, f"{PLAN}/tijdlijn")
    assert "Vandaag" not in body(dutch, f"{PLAN}/tijdlijn")
    assert '<tr role="row" class="is-today"><td role="cell"><time datetime="2019-05-01">' in body(
        mid_term, f"{PLAN}/tijdlijn"
    )


def test_a_running_plan_says_on_its_time_line_what_is_late_and_to_come(mid_term: Path, running: Storage) -> None:
    data = read_plan(running, PLAN, DURING)
    found = [
        progress.standing(m, plan=data.plan, updates=data.updates.get(c.id, []), today=DURING)
        for c in data.folder.commitments
        for m in c.milestones
        if m.counted
    ]
    late = [s.milestone.number for s in found if s.late_days]
    assert late == ["1.3", "1.4", "4.2", "5.1", "10.2"]
    assert "Vijf zijn te laat. Vijf genoemde data komen nog." in statement(mid_term, "tijdlijn")
    text = body(mid_term, f"{PLAN}/tijdlijn")
    assert len(re.findall(r'<text class="wide now"[^>]*>[^<]*, te laat</text>', text)) == len(late)
    assert text.count('class="tag tag-late"') == len(late)
    assert "Ronde geopend over het eerste kwartaal van 2019</a>" in text
    assert text.count('class="round"') == 3


def test_periods_of_a_rhythm_are_found_missing_or_to_come(mid_term: Path) -> None:
    svg = section(mid_term, "tijdlijn", "beeld").split("</svg>\n<ul")[0]
    lane = svg.split("3.1 Elk kwartaal")[1].split("<text")[1]
    kinds = re.findall(r'<rect class="([\w-]+)"', lane)
    assert kinds == ["bar", "bar-ours", "bar-ours", *["bar-open"] * 5]


# Evidence


def test_evidence_is_counted_as_the_database_does(dutch: Path, closed: Storage) -> None:
    updates, evidence = closed.count(models.Update), closed.all(models.Evidence)
    assert statement(dutch, "bewijs") == (
        f"Bij {updates} van de {updates} berichten staat bewijs, samen {len(evidence)} stukken. "
        "Nog geen link is nagekeken."
    )
    addressed = sum(bool(piece.address) for piece in evidence)
    assert facts(dutch, "bewijs") == {
        "Stukken bewijs": str(len(evidence)),
        "Nog niet nagekeken": str(addressed),
        "Zonder adres om na te kijken": str(len(evidence) - addressed),
    }
    assert section(dutch, "bewijs", "met-bewijs").count("<li>") == len(evidence)
    assert "Bij elk bericht staat bewijs." in section(dutch, "bewijs", "zonder-bewijs")


def test_links_that_died_or_moved_are_apart_with_the_claim_they_stand_behind(mid_term: Path) -> None:
    text = section(mid_term, "bewijs", "links")
    assert re.findall(r">(Stuk \w+)<", text) == ["Stuk gone", "Stuk moved"]
    assert 'href="../04/#u-rapport">Staat achter een bericht bij actiepunt 4</a>' in text
    assert (
        "niet gevonden, ook niet na een paar keer kijken, bekeken op 20 april 2019 · kopie in een webarchief"
        in plain(text)
    )


def test_a_link_that_gave_no_answer_is_neither_dead_nor_unchecked(mid_term: Path) -> None:
    text = plain(section(mid_term, "bewijs", "met-bewijs"))
    assert "Stuk silent · voorbeeldstad.example" in text
    assert "op 20 april 2019 konden of mochten wij de pagina niet lezen" in text
    assert statement(mid_term, "bewijs").endswith(
        "2 links kloppen niet: de pagina is verplaatst, of wij vonden haar niet. Eén link opent."
    )


def test_links_are_counted_by_address_and_another_byte_breaks_none(running: Storage, tmp_path: Path) -> None:
    given = {"plan": PLAN, "update_id": f"{PLAN}/04/rapport", "recorded_at": CHECKED, "checked_at": CHECKED}
    states = {"x1": "gone", "x2": "gone", "x3": "changed", "x4": "missing", "x5": "missing"}
    with running.transaction():
        for name, state in states.items():
            address = f"https://voorbeeldstad.example/{'gone' if state == 'gone' else name}"
            running.add(models.Evidence(id=name, address=address, state=EvidenceState(state), **given))
    try:
        site = write(running, tmp_path, today=DURING)
    finally:
        for name in states:
            running.delete(models.Evidence, id=name)
    assert statement(site, "bewijs").endswith(
        "2 links kloppen niet: de pagina is verplaatst, of wij vonden haar niet. 2 links openen. "
        "2 links vonden wij nog niet."
    )
    assert "voorbeeldstad.example/x3" not in section(site, "bewijs", "links")
    assert facts(site, "bewijs")["Geopend, maar niet precies gelijk"] == "1"


def test_evidence_shows_its_hash_its_copy_and_its_check(mid_term: Path) -> None:
    text = section(mid_term, "bewijs", "met-bewijs")
    assert f'<a href="../../bestanden/{"cd" * 32}.pdf">Rapport</a>' in text
    assert f'SHA-256 <span class="hash">{"ab" * 32}</span>' in text
    assert "opent, bekeken op 20 april 2019" in plain(text)


def test_a_claim_without_evidence_is_named(mid_term: Path) -> None:
    text = section(mid_term, "bewijs", "zonder-bewijs")
    assert re.findall(r'id="(4-u-\w+)"', text) == ["4-u-plan", "4-u-kaal"]
    assert "Zonder meer." in text


def test_a_plan_without_messages_has_nothing_to_prove(closed: Storage, tmp_path: Path) -> None:
    early = write(closed, tmp_path, today=date(2018, 6, 1))
    assert statement(early, "bewijs") == "Er is nog geen bericht openbaar. Er valt dus nog niets te bewijzen."
    assert "<h3>Nog geen bewijs</h3>" in section(early, "bewijs", "met-bewijs")
    assert "Er zijn geen links om na te kijken." in section(early, "bewijs", "links")


# News


def test_only_confirmed_news_is_shown(mid_term: Path, running: Storage) -> None:
    count = Counter(mention.state for mention in running.all(models.Mention))
    assert statement(mid_term, "nieuws") == (
        "Eén nieuwsbericht is bevestigd. 2 berichten zijn alleen voorgesteld, en staan hier niet als feit."
    )
    assert (count["confirmed"], count["suggested"], count["dismissed"]) == (1, 2, 1)
    text = body(mid_term, f"{PLAN}/nieuws")
    assert re.findall(r">(Nieuws \d)<", text) == ["Nieuws 2"]
    assert "In 2 nieuwsberichten vond de monitor woorden van een actiepunt." in text
    assert "Eén voorstel is afgewezen" in text
    changed = "later veranderd door de bron, gezien op 20 april 2019, 14:00 uur; hier staat de eerste versie"
    assert changed in plain(text)
    assert re.findall(r">(Nieuws \d)<", section(mid_term, "05", "nieuws")) == ["Nieuws 2"]


def test_feeds_are_all_there_with_their_health(mid_term: Path, dutch: Path, shipped: models.PlanFolder) -> None:
    dead = [feed for feed in shipped.feeds if feed.dead]
    assert section(mid_term, "nieuws", "bronnen").count('role="rowheader"') == len(shipped.feeds) - len(dead)
    assert section(mid_term, "nieuws", "dood").count('role="rowheader"') == len(dead)
    told = plain(section(mid_term, "nieuws", "bronnen"))
    assert (told.count("nog niet gelezen"), told.count("wordt gelezen"), told.count("lezen mislukt")) == (8, 1, 1)
    assert plain(section(dutch, "nieuws", "bronnen")).count("wordt niet gelezen: het plan is afgesloten") == 9
    for feed in dead:
        assert str(feed.dead and feed.dead["nl"]) in plain(section(dutch, "nieuws", "dood"))


def test_news_is_there_from_its_day_on(synced: Storage, tmp_path: Path) -> None:
    given = {"plan": PLAN, "recorded_at": NOW}
    for name, day in (("vandaag", TODAY), ("morgen", TODAY + timedelta(days=1)), ("ooit", None)):
        synced.add(models.Entry(id=name, feed="vng", title=f"Nieuws {name}", published_on=day, **given))
        said = {"commitment": f"{PLAN}/05", "rule": "title", "state": MentionState.CONFIRMED}
        synced.add(models.Mention(id=name, entry=name, **said, **given))
    shown = {}
    for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
        search.renew(synced, today=day)
        found = {result.passage.record for result in search.find(synced, "nieuws", "nl").results}
        text = body(write(synced, tmp_path / str(day), today=day), f"{PLAN}/nieuws")
        shown[day] = set(re.findall(r"Nieuws (vandaag|morgen|ooit)", text))
        assert found & {"vandaag", "morgen", "ooit"} == shown[day]
    assert list(shown.values()) == [set(), {"vandaag", "ooit"}, {"vandaag", "ooit", "morgen"}]


def test_a_plan_without_news_says_so_and_names_no_suggestion(dutch: Path) -> None:
    assert statement(dutch, "nieuws") == "Nog geen nieuwsbericht is bevestigd."
    assert "<h3>Geen bevestigd nieuws</h3>" in section(dutch, "nieuws", "bevestigd")
    assert "Er wacht geen voorstel." in section(dutch, "nieuws", "voorgesteld")


# Indicators


def test_every_indicator_is_there_once_with_its_readings(dutch: Path, closed: Storage) -> None:
    data = read_plan(closed, PLAN, TODAY)
    indicators = [(c, i) for c in data.folder.commitments for i in c.indicators]
    text = body(dutch, f"{PLAN}/cijfers")
    anchors = re.findall(r'<div class="indicator" id="([^"]+)">', text)
    assert anchors == [f"{c.number}-{i.id}" for c, i in indicators]
    assert statement(dutch, "cijfers") == (
        f"Bij dit plan horen {len(indicators)} cijfers, bij {len(data.folder.commitments)} actiepunten. "
        "Van 3 is er een meting uit de tijd van het plan of van ervoor. 3 tellen wij zelf."
    )
    assert facts(dutch, "cijfers") == {
        "Gemeten": "3",
        "Door de monitor geteld": "3",
        "Alleen later gemeten": "2",
        "Geen meting gevonden": str(len(indicators) - 8),
    }
    assert text.count('<th role="rowheader"') == closed.count(models.MeasurementRow)
    assert text.count('<div class="empty">') == len(indicators) - 8


def test_a_later_reading_stands_apart_and_an_empty_indicator_says_who_could_fill_it(dutch: Path) -> None:
    text = body(dutch, f"{PLAN}/cijfers")
    later = text.split('id="9-eiti-validation"')[1].split("</div>")[0]
    assert "Uit de tijd van het plan vonden wij geen meting." in later
    assert "<strong>56</strong>" in later.split("Wat er later gebeurde")[1]
    empty = plain(text.split('id="4-wcag-share"')[1].split("Meld een meting")[0])
    assert "Wie dit kan aanvullen: Tweede Kamer, of een lezer met een bron." in empty
    assert "achtergrond" in empty


def test_a_running_plan_says_what_the_monitor_asks_for_itself(mid_term: Path) -> None:
    text = plain(body(mid_term, f"{PLAN}/cijfers").split('id="4-documents"')[1].split("</div>")[0])
    assert "De monitor vraagt dit cijfer zelf op" in text


# Corrections and ideas


def test_what_was_sent_in_is_counted_and_answered(mid_term: Path) -> None:
    assert statement(mid_term, "inbreng") == "Dit is ingestuurd: 2 verbetermeldingen en 1 idee. Beantwoord: 1."
    counts = re.findall(r"<dd>(\d+)</dd>", section(mid_term, "inbreng", "gedaan"))
    assert counts == ["1", "2", "3"]
    text = section(mid_term, "inbreng", "verbetermeldingen")
    assert re.findall(r'id="([\w-]+)"', text) == ["correction-2", "correction-1"]
    told = plain(text)
    assert "Verbetermelding 1 · 1 maart 2019 beantwoord Van een bezoeker · Mijlpaal 4.1" in told
    assert "Ministerie van Binnenlandse Zaken en Koninkrijksrelaties, na 4 dagen Aangepast" in told
    assert "Klopt, verbeterd." in told
    assert "Van Tweede Kamer · Kick-off in Schiedam · niet door een ander gecontroleerd" in told
    assert "Wacht sinds 1 maart 2019 op antwoord." in told
    assert 'href="../bijeenkomsten/2018-09-18-schiedam/"' in text


def test_the_page_of_a_commitment_shows_its_own_input(mid_term: Path) -> None:
    text = section(mid_term, "04", "verbetermeldingen")
    assert re.findall(r'id="([\w-]+)"', text) == ["correction-1", "idea-1"]
    assert 'href="../inbreng/">Alle verbeteringen en ideeën over dit plan</a>' in text
    assert "#verbetermeldingen" not in body(mid_term, f"{PLAN}/05")
    assert "Wat er met de inbreng is gedaan" in body(mid_term, f"{PLAN}/04")
    assert '<span class="tag">Aangepast</span>' in text


def test_an_answer_of_later_is_not_known_yet(running: Storage, tmp_path: Path) -> None:
    before = write(running, tmp_path, today=date(2019, 3, 2))
    assert "Beantwoord: 0." in statement(before, "inbreng")
    assert "Klopt, verbeterd." not in body(before, f"{PLAN}/inbreng")


def test_a_plan_without_input_invites_it(dutch: Path, english: Path) -> None:
    assert statement(dutch, "inbreng").startswith("Er staat nog geen verbetermelding en geen idee.")
    assert body(dutch, f"{PLAN}/inbreng").count('<div class="empty">') == 2
    assert 'href="../../../melden?lang=en"' in body(english, f"{PLAN}/input")


# Organisation


def test_an_organisation_shows_state_ledger_dates_agreements_and_input(mid_term: Path) -> None:
    page = "organisaties/tweede-kamer"
    assert "2 van 5: aangetoond" not in body(mid_term, f"{PLAN}/{page}")
    assert "1 van 5 mijlpalen volledig" in plain(section(mid_term, page, "actiepunten"))
    ledger = section(mid_term, page, "hoe-recent")
    assert (ledger.count('<th scope="row"'), ledger.count("<td class=")) == (1, 9)
    kept = plain(section(mid_term, page, "data"))
    assert "Bronnen noemen 5 data voor stappen van deze organisatie. Wat te zien is:" in kept
    assert "Een bericht over een latere dag zegt dat het klaar is1 Te laat1 Nog niet aan de beurt3" in kept
    assert "121 dagen na de genoemde datum" in kept
    assert "Dit is regelset 1." in kept
    agreed = plain(section(mid_term, page, "afspraken"))
    assert agreed.index("De Kamer belt.") < agreed.index("De Kamer deelt haar aanpak.")
    assert agreed.endswith("18 september 2018gedaan")
    said = plain(section(mid_term, page, "netwerk"))
    assert said == "1 maart 2019Les: Begin klein. 1 maart 2019Antwoord: Wij, in mei.Op de vraag: Wie deed dit al?"
    assert re.findall(r'id="([\w-]+)"', section(mid_term, page, "inbreng")) == ["correction-2"]


def test_the_ledger_of_an_organisation_is_a_part_of_the_whole(dutch: Path, shipped: models.PlanFolder) -> None:
    whole = body(dutch, f"{PLAN}/hoe-recent")
    for organisation in shipped.organisations:
        led = [c for c in shipped.commitments if any(lead.organisation == organisation.id for lead in c.leads)]
        text = body(dutch, f"{PLAN}/organisaties/{organisation.id}")
        assert text.count('<th scope="row" class="who">') == len(led)
        rows = [plain(row) for row in re.findall(r'<tr><th scope="row".*?</tr>', text, re.DOTALL)]
        assert [row for row in rows if row not in plain(whole)] == []


# Commitment


def test_an_update_says_how_it_came_in_and_what_is_missing(mid_term: Path) -> None:
    text = body(mid_term, f"{PLAN}/04")
    told = plain(text.split('id="u-plan"')[1].split("</article>")[0])
    assert "Belemmering: niet genoemd." in told
    assert "Gemeld in de chat. Een ander keek op 2 april 2019 naar de vorm, niet of het waar is." in told
    bare = plain(text.split('id="u-kaal"')[1].split("</article>")[0])
    assert "niet door een ander gecontroleerd" in bare
    assert "Belemmering" not in bare
    assert "Overgenomen uit een openbare bron." in body(mid_term, f"{PLAN}/01")


def test_the_adopted_text_is_kept_beside_the_changed_one(
    synced: Storage, shipped: models.PlanFolder, tmp_path: Path
) -> None:
    assert "#vastgesteld" not in body(write(synced, tmp_path / "before"), f"{PLAN}/03")
    third = next(c for c in shipped.commitments if c.number == 3)
    step = third.milestones[0].model_copy(update={"due": Period.parse("2020-Q4")})
    moved = third.model_copy(update={"milestones": (step, *third.milestones[1:])})
    commitments = tuple(moved if c.number == 3 else c for c in shipped.commitments)
    later = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    folder = shipped.model_copy(update={"commitments": commitments})
    sync.sync(synced, folder, sync.Moment(later, later.date()))
    text = body(write(synced, tmp_path / "after", today=later.date()), f"{PLAN}/03")
    row = plain(text.split('<h3 id="vastgesteld">')[1].split("<tbody")[1].split("</tbody>")[0])
    assert row.endswith("Mijlpaal 3.1uiterste datumtweede kwartaal van 2020vierde kwartaal van 2020")


@pytest.mark.parametrize("page", PARTS["nl"])
def test_pages_that_belong_together_lead_to_each_other(dutch: Path, page: str) -> None:
    ways = {
        "tijdlijn": ("hoe-recent", "wijzigingen", "04", "bijeenkomsten/2018-09-18-schiedam"),
        "bewijs": ("04", "bronnen"),
        "nieuws": ("05", "organisaties/vng", "bronnen"),
        "cijfers": ("01", "bronnen"),
        "inbreng": ("wijzigingen",),
    }
    text = body(dutch, f"{PLAN}/{page}")
    assert [way for way in ways[page] if f'href="../{way}/' not in text and way != "04"] == []


def test_the_ledger_and_the_changes_lead_to_the_time_line(dutch: Path) -> None:
    for page in ("hoe-recent", "wijzigingen"):
        assert 'href="../tijdlijn/"' in body(dutch, f"{PLAN}/{page}")
    assert 'href="../bewijs/"' in body(dutch, f"{PLAN}/01")
    assert 'href="../cijfers/"' in body(dutch, f"{PLAN}/01")


def test_words_read_in_one_and_in_several() -> None:
    assert words.of("nl").count("tickets-page.ideas", 1) == "1 idee"
    assert words.of("en").count("evidence-page.broken", 2).startswith("2 links are not right")
