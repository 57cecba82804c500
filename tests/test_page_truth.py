"""What the pages say against what the database holds: figures, origins, sources, doubts, nothing late in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from markupsafe import escape

from monitor import models, words
from monitor.pages.meetings import note_blocks
from monitor.pages.site import read_plan
from monitor.storage import Storage
from tests.conftest import NOW, TODAY
from tests.test_pages import RUNNING, body, head, html, write
from tests.test_storage import an_update

ROW = re.compile(r'<tr role="row" id="m-.*?</tr>', re.DOTALL)
LATE = {"nl": ("te laat", "achterstallig", "verlopen"), "en": (" late", "overdue", "missed")}
# The closed plan itself says that nothing is late any more.
SAID_OF_LATE = {"nl": "niets is nu nog “te laat”", "en": "nothing is “late” now"}


@pytest.fixture
def dutch(synced: Storage, tmp_path: Path) -> Path:
    return write(synced, tmp_path / "nl")


@pytest.fixture
def english(synced: Storage, tmp_path: Path) -> Path:
    return write(synced, tmp_path / "en", language="en")


def page(commitment: models.Commitment) -> str:
    return f"2018-2020/{commitment.number:02d}"


def rows(folder: Path, commitment: models.Commitment) -> dict[str, str]:
    found = ROW.findall(body(folder, page(commitment)))
    return {row.split('class="num">')[1].split("<")[0]: row for row in found}


def quoted(milestone: models.Milestone) -> Iterator[str]:
    yield from filter(None, [milestone.quote, *(citation.quote for citation in milestone.sources)])


def test_figures_on_the_pages_are_those_of_the_database(dutch: Path, synced: Storage) -> None:
    data, nl = read_plan(synced, "2018-2020", TODAY), words.of("nl")
    folder = data.folder
    counted = [m for c in folder.commitments for m in c.milestones if m.counted and not m.withdrawn]
    leads = {lead.organisation for c in folder.commitments for lead in c.leads}
    assert head(dutch, "2018-2020/actiepunten")["statement_html"] == (
        f"Het plan telt {nl.amount(len(folder.commitments))} actiepunten. Wij tellen daarin {len(counted)} mijlpalen; "
        "alleen die van actiepunt 4 zijn officieel."
    )
    assert head(dutch, "2018-2020/organisaties")["statement_html"] == (
        f"Wij noemen {len(folder.organisations)} organisaties. {len(leads)} daarvan zijn genoemd als actiehouder."
    )
    assert f"op {len(folder.sources)} bronnen." in head(dutch, "2018-2020/bronnen")["statement_html"]
    assert [len(rows(dutch, c)) for c in folder.commitments] == [len(c.milestones) for c in folder.commitments]


def test_every_reading_of_a_number_stands_with_its_source_and_note(dutch: Path, synced: Storage) -> None:
    data, nl = read_plan(synced, "2018-2020", TODAY), words.of("nl")
    missing = []
    for (commitment, _), readings in data.measurements.items():
        text = html(dutch, commitment)
        for row in readings:
            line = f"</time>: {'meer dan ' if row.at_least else ''}{nl.decimal(row.value)}"
            note = str(escape(row.note["nl"])) if row.note else ""
            if line not in text or note not in text or not data.cited[row.id]:
                missing.append(row.id)
    assert missing == []


def test_numbers_from_after_the_plan_stand_apart(dutch: Path, shipped: models.PlanFolder) -> None:
    text = body(dutch, "2018-2020/09")
    then = text.split("## In cijfers")[1].split("## ")[0]
    assert "56" not in then
    assert "28 juni 2018" in then, "what was so before the commitment began is no later number"
    assert "Openbaar uiterlijk op" in then
    assert "28 juni 2018" not in text.split("## Wat er later gebeurde")[1].split("## ")[0]
    assert "56" in text.split("## Wat er later gebeurde")[1].split("## ")[0]
    assert "1.431" not in body(dutch, "2018-2020/06").split("## Wat er later gebeurde")[0]


def test_own_counts_follow_from_the_meetings(dutch: Path) -> None:
    network, sessions = body(dutch, "2018-2020/03"), body(dutch, "2018-2020/08")
    assert "Voor <strong>één</strong> van de acht kwartalen vonden wij een bijeenkomst." in network
    assert "Voor <strong>geen</strong> van de vier halve jaren vonden wij een bijeenkomst." in sessions
    assert "Het doel is" not in network + sessions


def test_every_milestone_shows_its_origin_its_sentence_and_its_source(dutch: Path, shipped: models.PlanFolder) -> None:
    wrong = []
    for commitment in shipped.commitments:
        note = body(dutch, page(commitment)).split("## Mijlpalen")[1].split("<!-- /note -->")[0]
        found = rows(dutch, commitment)
        for milestone in commitment.milestones:
            row = found[milestone.number]
            label = 'class="tag tag-official"' if milestone.origin == "official" else "afgeleid</span>"
            if label not in row and (label not in note or note.count('class="tag') > 1):
                wrong.append(f"{milestone.number}: origin")
            if any(str(escape(quote)) not in row for quote in quoted(milestone)):
                wrong.append(f"{milestone.number}: quote")
            if any(f"bronnen/#{c.source.lower()}" not in row for c in milestone.sources):
                wrong.append(f"{milestone.number}: source")
    assert wrong == []


def test_sentences_of_ogp_are_called_so_and_are_in_english(dutch: Path, shipped: models.PlanFolder) -> None:
    commitment = next(c for c in shipped.commitments if c.number == 6)
    found = rows(dutch, commitment)
    assert "door de monitor uit de tekst van OGP afgeleid" in found["6.4"]
    assert '<blockquote lang="en">A decision tree' in found["6.4"]
    assert "door de monitor uit de plantekst afgeleid" in found["6.1"]
    assert '<blockquote lang="nl">In dit actiepunt' in found["6.1"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_is_late_in_the_closed_plan(synced: Storage, tmp_path: Path, language: str) -> None:
    written = write(synced, tmp_path, language=language)
    said = []
    for path in sorted(written.rglob("*.md")):
        text = path.read_text("utf-8").lower().replace(SAID_OF_LATE[language], "")
        said += [f"{path.parent.name}: {word}" for word in LATE[language] if re.search(rf"{word}\b", text)]
    assert said == []


def test_a_message_of_the_lead_without_a_completion_is_shown_as_said(dutch: Path) -> None:
    box = body(dutch, "2018-2020/02").split('<div class="rating')[2]
    assert "Dit actiepunt is klaar." in box
    assert "geen oordeel over het geheel" in box
    assert 'href="#u-klaar-gemeld"' in box
    assert "nog niet bekend" not in box
    assert "Geen van de drie oordelen is bekend" not in body(dutch, "2018-2020/02")
    assert "Dit actiepunt is klaar." in body(dutch, "2018-2020/organisaties/ministerie-bzk")


def test_a_doubt_stands_behind_the_name_it_is_about(dutch: Path, shipped: models.PlanFolder) -> None:
    for commitment in shipped.commitments:
        facts = head(dutch, page(commitment))["facts_html"]
        items = re.findall(r"<li>(.*?)</li>", facts)
        for named in (*commitment.leads, *commitment.partners):
            if named.doubt:
                name = named.organisation or escape(getattr(named, "name")["nl"])  # noqa: B009
                assert any(name in item and str(escape(named.doubt["nl"])) in item for item in items)


def test_organisation_pages_keep_the_doubts(dutch: Path, shipped: models.PlanFolder) -> None:
    listed = body(dutch, "2018-2020/organisaties")
    for commitment in shipped.commitments:
        for named in (*commitment.leads, *commitment.partners):
            if named.organisation and named.doubt:
                doubt = str(escape(named.doubt["nl"]))
                assert doubt in body(dutch, f"2018-2020/organisaties/{named.organisation}")
                assert doubt in listed
    assert head(dutch, "2018-2020/organisaties/provincie-noord-holland")["statement_html"] == (
        "Deze organisatie was actiehouder van 1 actiepunt. Niet alles daarvan is zeker: zie hieronder."
    )


def test_what_we_derive_from_an_assessor_has_a_place_of_its_own(dutch: Path) -> None:
    found, ours = body(dutch, "2018-2020/02").split("Wat wij daaruit afleiden")
    assert "Moderate or Transformative" not in found.split("Wat de beoordelaar nog meer vond")[1]
    assert "Moderate or Transformative" in ours.split("## Mijlpalen")[0]
    assert "Dit zijn niet de woorden van de beoordelaar." in ours


def test_a_date_of_which_only_a_part_is_named_says_so(dutch: Path, shipped: models.PlanFolder) -> None:
    by_number = {c.number: rows(dutch, c) for c in shipped.commitments}
    assert "deels genoemd, deels afgeleid" in by_number[1]["1.3"]
    assert "deels genoemd, deels afgeleid" in by_number[3]["3.1"]
    assert "genoemd door de bron" in by_number[4]["4.1"]


def test_an_update_of_an_unknown_day_became_public_between_two(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update(published="2018-12-10/2026-11-23", published_on=date(2026, 11, 23)))
    text = body(write(synced, tmp_path), "2018-2020/01")
    assert re.search(
        r"openbaar geworden tussen <time[^>]*>10 december 2018</time> en <time[^>]*>23 november 2026<", text
    )


def test_a_running_plan_says_what_became_of_named_dates(synced: Storage, tmp_path: Path) -> None:
    given = {"milestone": "2018-2020/4.1", "completion": "complete", "organisation": "tweede-kamer"}
    said = {"speaks_of": "2018-09-01", "published_on": date(2018, 9, 2)}
    synced.add(an_update(commitment="2018-2020/04", **given, **said))
    text = body(write(synced, tmp_path, today=RUNNING), "2018-2020/organisaties/tweede-kamer")
    assert "op tijd gemeld als klaar" in text
    assert "Dit is geen ranglijst." in text
    assert "nog niet aan de beurt" in text
    assert '<abbr title="derde kwartaal van 2018">K3</abbr>' in text
    assert '<a href="../../04/#u-x"><svg class="mark" aria-hidden="true"><use href="#m-updated"/></svg>' in text


def test_a_closed_plan_without_known_dates_says_only_that(dutch: Path) -> None:
    section = body(dutch, "2018-2020/organisaties/tweede-kamer").split("## Genoemde data")[1].split("\n## ")[0]
    assert "Bronnen noemen 5 data voor stappen van deze organisatie." in section
    assert "Dat zegt niet dat zij niet klaar waren." in section
    assert "<table" not in section


def test_a_report_of_a_meeting_keeps_its_lists(dutch: Path) -> None:
    assert note_blocks("Een.\n\n- a\n- b\n\nTwee\nregels.") == [
        ("text", ["Een."]),
        ("list", ["a", "b"]),
        ("text", ["Twee regels."]),
    ]
    text = body(dutch, "2018-2020/bijeenkomsten/2020-06-09-actiehouders")
    assert "<li>Actiepunt 2 was klaar." in text
    assert ">- Actiepunt" not in text


def test_the_motto_is_quoted_as_printed_and_our_translation_says_so(english: Path) -> None:
    motto = '“<span lang="nl">Open moet het zijn!</span>” (our translation: Open is how it should be!).'
    assert motto in body(english, "2018-2020")
    assert '<span lang="nl">Leer- en Expertisepunt' in head(english, "2018-2020/organisations/leoo")["facts_html"]


def test_our_translation_of_a_finding_is_labelled(dutch: Path) -> None:
    assert '“<span lang="en">Limited</span>”, onze vertaling: beperkt' in body(dutch, "")
    assert re.search(r'>Major</span><span class="quiet-line">onze vertaling: groot', body(dutch, "2018-2020/08"))


def test_a_withdrawn_message_shows_in_no_other_place(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update(text={"nl": "Vergissing."}, organisation="vng", withdrawn_at=NOW))
    written = write(synced, tmp_path)
    assert [p for p in written.rglob("*.md") if "Vergissing." in p.read_text("utf-8")] == [
        written / "2018-2020/01/index.md"
    ]
