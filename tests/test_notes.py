"""Notes of a meeting: read from any document, cleared of persons, checked as the plan's files are, never public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import noting, settling
from bot.conversation import Answer, Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Draft, Refusal
from bot.dialogue import noting as questions
from bot.extension import Bot
from bot.files.checking import read_text
from bot.files.cleaning import OLE
from bot.notes import filing, sections
from monitor import commitments, models
from monitor.lint import printing
from monitor.models import AgreementState, Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conftest import ROOT
from tests.conversation_fixtures import (
    LAST,
    MINISTRY,
    NOW,
    SITE,
    TOWN,
    TOWNSHIP,
    hidden,
    make_settings,
    network_plan,
)
from tests.make_files import FOLDER, notes_text, open_document, packed

HELD = f"2025-2027/{LAST}"
NOTES = (FOLDER / "verslag.txt").read_text("utf-8").replace("Mevrouw Voorbeeld", "Iemand")
AGREED = [
    ("gemeente-modeldam", "Schrijft de handleiding, voor 1 december 2026.", "2026-12-01"),
    ("gemeente-voorbeeldstad", "Gemeente Voorbeeldstad zoekt drie gemeenten voor een proef.", None),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, network_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=NOW)


def member(desk: Desk, role: Role, organisation: str) -> models.Person:
    return desk.private.welcome("terminal", f"{role}:{organisation}", now=NOW, role=role, organisation=organisation)


def read(notes: str, held: date = date(2026, 9, 10)) -> sections.Notes:
    return sections.read(notes, organisations=network_plan().organisations, language="nl", held=held)


def agreed(notes: sections.Notes) -> list[tuple[str | None, str, str | None]]:
    return [(a.organisation, a.text["nl"], str(a.due) if a.due else None) for a in notes.agreements]


# The text of a document


@pytest.mark.parametrize("name", ["verslag.docx", "verslag.odt", "verslag.txt"])
def test_every_kind_of_document_holds_the_same_notes(name: str) -> None:
    text = read_text((FOLDER / name).read_bytes())
    assert isinstance(text, str)
    found = read(text)
    assert found.text == (
        "Wij bespraken hoe gemeenten hun algoritmen publiceren.\n\nRondvraag\n\n"
        "Mevrouw Voorbeeld vroeg naar de planning."
    )
    assert found.decisions == ("Het register krijgt een gezamenlijke handleiding.",)
    assert agreed(found) == AGREED
    assert found.headings == ("Rondvraag",)


def test_a_pdf_gives_its_text() -> None:
    assert read_text((FOLDER / "plan.pdf").read_bytes()) == "Het vastgestelde plan\n"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"x" * (10 * 1024 * 1024 + 1), Refusal.LARGE),
        ((FOLDER / "op-slot.pdf").read_bytes(), Refusal.LOCKED),
        ((FOLDER / "foto.jpg").read_bytes(), Refusal.TEXT),
        ((FOLDER / "plan.docx").read_bytes(), Refusal.BROKEN),
        (b"%PDF-1.7 and no more", Refusal.BROKEN),
        (OLE + b"old Word", Refusal.TEXT),
        (b"PK\x03\x04 and no more", Refusal.BROKEN),
        (packed({"a.txt": "x"}), Refusal.TEXT),
        (packed({"word/document.xml": "x" * (31 * 1024 * 1024)}), Refusal.LARGE),
        (
            packed(
                {
                    "mimetype": "application/vnd.oasis.opendocument.text",
                    "content.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
                }
            ),
            Refusal.BROKEN,
        ),
        (b"  \n ", Refusal.TEXT),
        (b"Een woord.\n" * 10_000, Refusal.LONG),
    ],
    ids=[
        "empty", "large", "locked", "photo", "no-word", "no-pdf", "old-word", "no-zip", "zip", "bomb", "entity", "bare",
        "long",
    ],
)  # fmt: skip
def test_what_gives_no_text_says_why(data: bytes, refusal: Refusal) -> None:
    assert read_text(data) is refusal


def test_text_of_windows_is_read() -> None:
    assert read_text("Besluit: één\r\n".encode("cp1252")) == "Besluit: één\n"
    assert read_text("Besluit: één".encode("utf-16")) == "Besluit: één\n"


HIDDEN = (
    '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info>'
    "<text:p>Weg, zei iemand.</text:p></office:change-info><text:p>Geschrapt.</text:p></text:deletion>"
    "</text:changed-region></text:tracked-changes>"
    '<text:p>Wij <text:change text:change-id="c1"/>spraken<office:annotation><text:p>Klopt dit?</text:p>'
    '</office:annotation> over <text:span text:style-name="T1">geheime </text:span>algoritmen.</text:p>'
    "<office:annotation><text:p>Los commentaar.</text:p></office:annotation>"
    '<text:section text:name="a" text:display="none"><text:p>Verborgen deel.</text:p></text:section>'
    '<text:section text:name="b" text:display="condition" text:is-hidden="true"><text:list><text:list-item>'
    "<text:p>Soms verborgen deel.</text:p></text:list-item></text:list></text:section>"
    '<text:p><text:hidden-paragraph text:is-hidden="true"/>Verborgen alinea.</text:p>'
    '<text:p>Tot <text:hidden-text text:is-hidden="true">nooit </text:hidden-text>ziens.</text:p>'
    '<text:section text:name="c"><text:p>Gewoon deel.</text:p></text:section>'
)
STYLES = (
    '<office:automatic-styles><style:style style:name="T1" style:family="text">'
    '<style:text-properties text:display="none"/></style:style></office:automatic-styles>'
)


def test_what_is_deleted_or_hidden_in_a_document_does_not_come_into_the_notes() -> None:
    text = read_text(open_document(HIDDEN, STYLES))
    assert text == "Wij spraken over algoritmen.\n\nTot ziens.\n\nGewoon deel.\n"


def test_blank_lines_of_a_document_count_as_one() -> None:
    assert read_text(b"Wij waren er." + b" \t\n" * 1_000_000 + b"Meer niet.") == "Wij waren er.\n\nMeer niet.\n"


# What stands in the notes


def test_headings_are_known_in_every_spelling_people_use() -> None:
    for heading in ("## Besluiten", "BESLUITEN", "Besluiten:", "**Besluiten**", "3. Besluiten", "Decisions"):
        assert read(f"Wij waren er.\n{heading}\n- Het gaat door.").decisions == ("Het gaat door.",), heading


def test_decisions_and_agreements_between_the_text_are_found() -> None:
    found = read("Het register is besproken.\nBesluit: we gaan door.\nAfspraak: Gemeente Modeldam deelt een lijst.")
    assert (found.text, found.decisions) == ("Het register is besproken.", ("We gaan door.",))
    assert agreed(found) == [("gemeente-modeldam", "Gemeente Modeldam deelt een lijst.", None)]


def test_items_of_several_lines_and_without_marks_are_each_one() -> None:
    assert read("Besluiten\n1. Het register\n   gaat door.\n2. Meer niet.").decisions == (
        "Het register gaat door.",
        "Meer niet.",
    )
    assert read("Besluiten\nHet register gaat door.\n\nMeer niet.").decisions == (
        "Het register gaat door.",
        "Meer niet.",
    )


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("Iemand doet dit voor 1 december 2026.", "2026-12-01"),
        ("Iemand doet dit uiterlijk 2026-12-01", "2026-12-01"),
        ("Iemand doet dit (1-12-2026)", "2026-12-01"),
        ("Iemand doet dit in december 2026", "2026-12"),
        ("Somebody does this by December 1, 2026", "2026-12-01"),
        ("Iemand doet dit voor 1 december", "2026-12-01"),
        ("Iemand doet dit voor 1 maart", "2027-03-01"),
        ("Iemand doet dit op 31 februari 2027", None),
        ("Iemand doet dit in mei", None),
        ("Iemand doet dit", None),
    ],
)
def test_the_day_of_an_agreement_is_found(line: str, due: str | None) -> None:
    [(_, _, found)] = agreed(read(f"Afspraken\n- {line}"))
    assert found == due


def test_the_organisation_named_first_is_the_one_that_does_it() -> None:
    lines = "- Gemeente Modeldam helpt Gemeente Voorbeeldstad\n- Wij vragen het aan iemand"
    assert [who for who, _, _ in agreed(read(f"Afspraken\n{lines}"))] == ["gemeente-modeldam", None]


def test_persons_are_found_and_taken_out() -> None:
    notes = "De heer Voorbeeld belt mevrouw Test.\nMail test@voorbeeld.nl of bel 020 123 45 67."
    assert sections.persons(notes) == ["De heer Voorbeeld", "mevrouw Test", "test@voorbeeld.nl", "020 123 45 67"]
    assert sections.without_persons(notes, "[weg]") == "[weg] belt [weg].\nMail [weg] of bel [weg]."
    assert sections.persons(sections.without_persons(notes, "[weg]")) == []


# The file of the plan


@pytest.mark.parametrize(
    "path", [ROOT / "commitments" / "2018-2020", *sorted((ROOT / "monitor" / "demo" / "plans").glob("*/"))],
    ids=lambda path: path.name,
)  # fmt: skip
def test_a_file_that_nothing_changes_in_is_written_as_it_stands(path: Path) -> None:
    folder = commitments.load(path)
    assert folder.meetings
    for meeting in folder.meetings:
        for name, text in filing.files(folder, meeting).items():
            assert text == (path / "meetings" / name).read_text("utf-8"), name
        assert filing.check(folder, meeting) == []


def test_the_check_is_that_of_the_plan_in_dutch_with_lines() -> None:
    folder = network_plan()
    meeting = filing.with_notes(folder, folder.meetings[1], NOTES, "nl")
    problems = [printing.short(problem, "nl") for problem in filing.check(folder, meeting)]
    lines = filing.files(folder, meeting)[f"{LAST}.md"].splitlines()
    # What has to be translated says so, as in the lines for a report, so that the file can be taken in.
    assert [problem for problem in problems if "ontbreekt" in problem] == []
    assert lines[11:13] == [
        "  - nl: Het register krijgt een gezamenlijke handleiding.",
        '    en: "Not translated yet: Het register krijgt een gezamenlijke handleiding."',
    ]
    assert f"{LAST}.md:6 'date' heeft geen bron: voeg 'date: [S…]' toe onder 'sources:'" in problems


def test_names_and_addresses_in_the_notes_would_be_named_by_the_check() -> None:
    folder = network_plan()
    meeting = filing.with_notes(folder, folder.meetings[1], "Verslag\nMail test@voorbeeld.nl voor meer.", "nl")
    assert "personal-data" in {problem.rule for problem in filing.check(folder, meeting)}


def test_notes_sent_twice_say_the_same() -> None:
    folder = network_plan()
    once = filing.with_notes(folder, folder.meetings[1], NOTES, "nl")
    assert filing.with_notes(folder, once, NOTES, "nl") == once
    assert [a.id for a in once.agreements] == ["handreiking", "lijst", "afspraak-1", "afspraak-2"]


def test_an_agreement_that_is_known_keeps_its_id_and_state_and_a_new_one_gets_an_id_that_was_never_used() -> None:
    folder = network_plan()
    done = models.Agreement(id="afspraak-1", text={"nl": "Iemand schrijft A."}, state=AgreementState.DONE)
    open_ = models.Agreement(id="afspraak-2", text={"nl": "Iemand schrijft B."}, due=Period.parse("2027-01-01"))
    meeting = folder.meetings[1].model_copy(update={"agreements": (done, open_)})
    notes = "Afspraken\n- Iemand schrijft C.\n- Iemand schrijft B.\n- Iemand schrijft A.\n- Iemand schrijft C."
    made = filing.with_notes(folder, meeting, notes, "nl", {"afspraak-3"})
    text = {"nl": "Iemand schrijft C.", "en": "Not translated yet: Iemand schrijft C."}
    fresh = models.Agreement(id="afspraak-4", text=text)
    assert made.agreements == (done, open_, fresh)


def test_the_file_gives_no_agreement_an_id_that_recorded_rows_speak_of(desk: Desk) -> None:
    for name in ("afspraak-1", "afspraak-2"):
        row = models.AgreementUpdate(
            id=name,
            plan="2025-2027",
            meeting=HELD,
            agreement=name,
            organisation=TOWN,
            state=AgreementState.DONE,
            published_on=NOW.date(),
            recorded_at=NOW,
        )
        desk.storage.add(row)
    [paper] = questions.papers(desk.folder, draft(), settling.gathered(desk))
    assert re.findall(r"id: (\S+)", paper.text) == ["handreiking", "lijst", "afspraak-3", "afspraak-4"]


def test_notes_in_another_language_than_the_plans_first_get_a_file_of_their_own() -> None:
    folder = network_plan()
    made = filing.files(folder, filing.with_notes(folder, folder.meetings[1], "Notes\nWe met again.", "en"))
    assert made[f"{LAST}.en.md"] == "We discussed the register.\n\nWe met again.\n"
    assert made[f"{LAST}.md"].endswith("---\n\nWij bespraken het register.\n")


def test_words_on_one_line_and_notes_that_stand_already_are_told() -> None:
    folder = network_plan()
    assert sections.speaks_of_either("Besluiten: wij gaan door. Afspraken: Modeldam maakt een lijst.")
    assert not sections.speaks_of_either("Wij besloten niets.")
    meeting = folder.meetings[1]
    assert filing.replaces_nothing(meeting, filing.read(folder, meeting, "Wij bespraken het register.", "nl"), "nl")
    assert not filing.replaces_nothing(meeting, filing.read(folder, meeting, "Wij spraken af.", "nl"), "nl")


# The page


def draft(text: str = NOTES) -> Draft:
    return Draft(key="x", kind=None, about=HELD, notes=True, text=text, language="nl")


def test_the_page_is_made_by_the_templates_of_the_site(desk: Desk) -> None:
    reply = noting.show(desk, draft(), by=member(desk, Role.COORDINATOR, MINISTRY), language="nl")
    assert reply
    [paper] = reply.papers
    assert paper.name == "voorbeeld.html"
    assert "<title>Bijeenkomst in Modeldam</title>" in paper.text
    assert '<p class="wrap">Zo ziet de pagina eruit. Er is nog niets openbaar.</p>' in paper.text
    assert '<section class="section" aria-labelledby="afspraken">' in paper.text
    assert "<li>Het register krijgt een gezamenlijke handleiding.</li>" in paper.text
    assert "Schrijft de handleiding, voor 1 december 2026." in paper.text
    links = re.findall(r' href="([^"#][^"]*)"', paper.text)
    assert links
    assert {link for link in links if not link.startswith(f"{SITE}/")} == set()


def test_what_is_typed_is_escaped_on_the_page(desk: Desk) -> None:
    notes = "Verslag\n<script>alert(1)</script> en {{ site }} en [x](javascript:y).\n"
    page = noting.preview(desk, draft(notes), by=member(desk, Role.COORDINATOR, MINISTRY), language="nl")
    assert page
    assert "<script" not in page.content
    assert "javascript:y" not in re.findall(r'href="([^"]*)"', page.content)


def test_only_the_host_and_the_coordinator_send_notes(desk: Desk) -> None:
    assert noting.preview(desk, draft(), by=member(desk, Role.PIONEER, TOWNSHIP), language="nl")
    with pytest.raises(PermissionError):
        noting.preview(desk, draft(), by=member(desk, Role.PIONEER, TOWN), language="nl")


def test_nothing_becomes_public_and_nothing_is_kept_once_it_is_done(desk: Desk) -> None:
    host, before = member(desk, Role.PIONEER, TOWNSHIP), desk.storage.folder("2025-2027")
    converse(desk, host, Incoming(opening=True))
    for line in ("verslag", "verslag insturen", NOTES):
        answer = converse(desk, host, Incoming(text=line))
    assert [paper.name for paper in answer.replies[-1].papers] == [f"{LAST}.md"]
    assert [paper.name for paper in answer.replies[0].papers] == ["voorbeeld.html"]
    assert "".join(desk.private.spoken_of()).count("gezamenlijke handleiding") > 0
    answer = converse(desk, host, Incoming(text="1"))
    assert answer.replies[0].text.startswith("Zet het bestand in de map commitments/2025-2027/meetings/")
    assert desk.storage.folder("2025-2027") == before
    assert desk.private.drafts("2025-2027", host) == []
    assert "gezamenlijke handleiding" not in "".join(desk.private.spoken_of())


def test_an_empty_beginning_of_notes_is_no_draft_to_come_back_to(desk: Desk) -> None:
    host = member(desk, Role.PIONEER, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    for line in ("verslag", "verslag insturen", "begin"):
        answer = converse(desk, host, Incoming(text=line))
    assert answer.replies[-1].choices[0].words == "Bijeenkomsten"


def test_the_text_to_share_is_never_that_of_notes(desk: Desk) -> None:
    host = member(desk, Role.PIONEER, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    for line in ("verslag", "verslag insturen", NOTES, "concept"):
        answer = converse(desk, host, Incoming(text=line))
    assert answer.replies[-1].text.startswith("U hebt nu geen concept.")


def test_long_notes_are_refused_with_how_long_they_may_be(desk: Desk) -> None:
    host = member(desk, Role.PIONEER, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    for line in ("verslag", "verslag insturen", "Een woord. " * 2000):
        answer = converse(desk, host, Incoming(text=line))
    most = questions.MOST_CHARACTERS
    assert answer.replies[-1].text.startswith(f"Dat is te lang: 21999 tekens. Houd het onder de {most} tekens")


def test_of_many_agreements_the_first_are_shown_and_the_file_has_them_all(desk: Desk) -> None:
    host = member(desk, Role.PIONEER, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    many = "".join(f"- Iemand schrijft deel {number}.\n" for number in range(1, 31))
    for line in ("verslag", "verslag insturen", f"Afspraken\n{many}"):
        answer = converse(desk, host, Incoming(text=line))
    ready = answer.replies[-1]
    assert "schrijft deel 20 (" in ready.text
    assert "• Nog 10: zie het bestand." in ready.text.splitlines()
    assert "schrijft deel 21 (" not in ready.text
    assert ready.papers[0].text.count("nl: Iemand schrijft deel ") == 30


def test_notes_are_measured_with_their_lines(desk: Desk) -> None:
    host = member(desk, Role.PIONEER, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    # Invisible signs make the readable text short, and the one that is kept long.
    for line in ("verslag", "verslag insturen", "Wij waren er." + "\n\u200b" * 6000 + "Dat was het verslag van ons."):
        answer = converse(desk, host, Incoming(text=line))
    assert answer.replies[-1].text.startswith("Dat is te lang: 12041 tekens.")
    converse(desk, host, Incoming(text="Wij waren er samen." + " \n" * 6000 + "Dat was het verslag van ons."))
    [kept] = desk.private.drafts("2025-2027", host)
    assert kept.text == "Wij waren er samen.\n\nDat was het verslag van ons."


def told(answer: Answer) -> str:
    return "\n".join(
        [*(f"{r.heading} {r.text}" for r in answer.replies), *(c.words for c in answer.replies[-1].choices)]
    )


@pytest.mark.parametrize("role", [Role.LEAD, Role.REVIEWER])
def test_notes_are_only_for_colleagues_who_may_send_them(desk: Desk, role: Role) -> None:
    host, colleague = member(desk, Role.PIONEER, TOWNSHIP), member(desk, role, TOWNSHIP)
    converse(desk, host, Incoming(opening=True))
    for line in ("verslag", "verslag insturen", f"{NOTES}\nMevrouw Voorbeeld sprak.", "begin"):
        answer = converse(desk, host, Incoming(text=line))
    [draft] = desk.private.drafts("2025-2027", host)
    assert "Verder met Bijeenkomst van 10 september 2026" in told(answer)
    for incoming in (
        Incoming(opening=True),
        Incoming(action=f"draft {draft.key}"),
        Incoming(text="mijn gegevens"),
        Incoming(action="strip"),
    ):
        answer = converse(desk, colleague, incoming)
        assert "10 september 2026" not in told(answer)
        assert "Voorbeeld sprak" not in told(answer)
        assert [paper for reply in answer.replies for paper in reply.papers] == []
    assert desk.private.drafts("2025-2027", host) == [draft]


def test_who_may_no_longer_send_notes_does_not_see_them_either() -> None:
    folder = network_plan()
    meetings = [m.model_copy(update={"host": TOWN}) if m.id == HELD else m for m in folder.meetings]
    folder = folder.model_copy(update={"meetings": tuple(meetings)})
    person = models.Person(
        id="p", channel="web", address="a", role=Role.PIONEER, organisation=TOWNSHIP, created_at=NOW, language="nl"
    )
    notes = draft("Mevrouw Voorbeeld sprak lang over het register van algoritmen.")
    assert not questions.may_open(notes, person, folder)
    assert questions.may_open(notes, person, network_plan())


# On the web


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=list(Bot().routes(settings)))) as made:
        yield made


def fields(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("secret", "revision", "language")}


def sent(client: TestClient, role: str = f"pioneer:{TOWNSHIP}") -> tuple[str, dict[str, str]]:
    page = client.post("/melden", data={"role": role, "language": "nl"}).text
    for word in ("verslag", "verslag insturen"):
        page = client.post("/melden", data={**fields(page), "text": word}).text
    assert 'accept=".docx,.odt,.pdf,.txt,.md"' in page
    assert 'maxlength="12000"' in page
    file = {"file": ("verslag.docx", (FOLDER / "verslag.docx").read_bytes())}
    page = client.post("/melden", data={**fields(page), "text": ""}, files=file).text
    page = client.post("/melden", data={**fields(page), "action": "strip"}).text
    return page, fields(page)


def test_the_web_gives_the_file_and_shows_the_page(client: TestClient, settings: Settings) -> None:
    page, known = sent(client)
    assert f'value="{LAST}.md"><p class="buttons"><button class="button-second" type="submit">Haal {LAST}.md op' in page
    assert "Bekijk de pagina (in een nieuw venster)" in page
    file = client.post("/melden/bestand", data={**known, "paper": f"{LAST}.md"})
    assert file.headers["content-type"] == "text/markdown; charset=utf-8"
    assert file.headers["content-disposition"] == f'attachment; filename="{LAST}.md"'
    assert file.text.endswith("[weggelaten] vroeg naar de planning.\n")
    shown = client.post("/melden/bestand", data={**known, "paper": "voorbeeld.html"})
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "<li>Het register krijgt een gezamenlijke handleiding.</li>" in shown.text
    assert not (settings.data / "private-files").exists()


def test_the_file_is_not_there_for_anyone_else_or_under_another_name(client: TestClient) -> None:
    _, known = sent(client)
    other = client.post("/melden", data={"role": "coordinator", "language": "nl"}).text
    for tried in (
        {**known, "paper": "../../etc/passwd"},
        {**fields(other), "paper": f"{LAST}.md"},
        {"secret": "x" * 32, "paper": f"{LAST}.md"},
        {"paper": "voorbeeld.html"},
    ):
        assert client.post("/melden/bestand", data=tried).status_code == 404


def test_the_file_is_not_there_for_who_may_no_longer_send_the_notes(client: TestClient, settings: Settings) -> None:
    _, known = sent(client)
    with open_desk(settings) as desk:
        [host] = desk.private.all(models.Person)
        desk.private.change_person(host.model_copy(update={"role": Role.REVIEWER}))
    for paper in (f"{LAST}.md", "voorbeeld.html"):
        assert client.post("/melden/bestand", data={**known, "paper": paper}).status_code == 404


def test_the_button_of_the_site_leads_to_signing_up(client: TestClient) -> None:
    about = "2025-2027/2026-11-12-voorbeeldstad?join"
    entry = client.get("/melden", params={"about": about}).text
    assert "Over: aanmelden voor de bijeenkomst van 12 november 2026, Bijeenkomst over algoritmen" in entry
    page = client.post("/melden", data={"role": f"pioneer:{TOWNSHIP}", "language": "nl", "about": about}).text
    assert "Met hoeveel mensen komt Gemeente Modeldam?" in page
    page = client.post("/melden", data={**fields(page), "action": "people 2"}).text
    assert "Gemeente Modeldam is aangemeld met 2 personen." in page


def test_the_files_are_those_the_script_makes() -> None:
    assert notes_text() == (FOLDER / "verslag.txt").read_text("utf-8")
    assert Period.parse("2026-12-01") == read(notes_text()).agreements[0].due
