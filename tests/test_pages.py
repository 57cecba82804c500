"""From the database to Markdown: every figure is counted, every text escaped, and the phase decides the words."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import pytest
from markdown import Markdown

from monitor import models, pages, progress, words
from monitor.pages import addresses, drawing
from monitor.pages.site import read_plan
from monitor.periods import Period
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_storage import an_update

CONTEXT = pages.SiteContext(
    example=False, url="https://monitor.example/", version="0.1.0", data_as_of=TODAY, plan="2018-2020"
)
HOSTILE = '<script>alert(1)</script> **vet** [klik](javascript:alert(1)) {{ 7*7 }} # kop & "citaat" _x_'
AFTERWARDS = ("2020-Q3", "2020-Q4", "2021-Q4", "2026-Q2", "2026-Q4")
PREPARATION, RUNNING = date(2018, 1, 1), date(2019, 5, 1)


@pytest.fixture
def written(synced: Storage, tmp_path: Path) -> Path:
    """Write the Dutch pages of the shipped plan."""
    return write(synced, tmp_path / "nl")


def write(storage: Storage, target: Path, *, language: str = "nl", today: date = TODAY) -> Path:
    pages.write(storage, today=today, language=language, target=target, context=CONTEXT)
    return target


def body(folder: Path, page: str) -> str:
    return (folder / page / "index.md").read_text("utf-8").split("\n---\n", 1)[1]


def head(folder: Path, page: str) -> dict[str, Any]:
    lines = (folder / page / "index.md").read_text("utf-8").split("\n---\n", 1)[0].splitlines()[1:]
    return {name: json.loads(value) for name, _, value in (line.partition(": ") for line in lines)}


def html(folder: Path, page: str) -> str:
    return Markdown(extensions=["attr_list", "tables", "toc"]).convert(body(folder, page))


def test_every_record_of_the_plan_has_its_page(synced: Storage, tmp_path: Path, shipped: models.PlanFolder) -> None:
    paths = pages.write(synced, today=TODAY, language="nl", target=tmp_path, context=CONTEXT)
    found = {path.relative_to(tmp_path).parent.as_posix() for path in paths}
    expected = {".", "2018-2020", "melden-shell", "over/gezondheid"}
    expected |= {f"2018-2020/{commitment.number:02d}" for commitment in shipped.commitments}
    expected |= {f"2018-2020/bijeenkomsten/{meeting.slug}" for meeting in shipped.meetings}
    expected |= {f"2018-2020/organisaties/{organisation.id}" for organisation in shipped.organisations}
    expected |= {"2018-2020/ogp", "2018-2020/ogp/zelfevaluatie"}
    expected |= {"2018-2020/kennis"}
    lists: tuple[str, ...] = (
        "actiepunten",
        "bijeenkomsten",
        "bronnen",
        "hoe-recent",
        "niet-gevonden",
        "organisaties",
        "wijzigingen",
    )
    lists += ("tijdlijn", "bewijs", "nieuws", "cijfers", "inbreng")
    quarters = [*shipped.plan.period.quarters(), *map(Period.parse, AFTERWARDS)]
    expected |= {"2018-2020/terugblik", *(f"2018-2020/terugblik/{quarter.text.lower()}" for quarter in quarters)}
    assert found == expected | {f"2018-2020/{name}" for name in lists}


def test_writing_twice_gives_the_same_bytes(synced: Storage, tmp_path: Path) -> None:
    one, two = write(synced, tmp_path / "1"), write(synced, tmp_path / "2")
    files = [path.relative_to(one) for path in one.rglob("*.md")]
    assert [str(f) for f in files if (one / f).read_bytes() != (two / f).read_bytes()] == []


def test_home_counts_what_the_database_holds(written: Path, synced: Storage) -> None:
    data = read_plan(synced, "2018-2020", TODAY)
    shown: Counter[str] = Counter()
    amount = words.of("nl").amount
    for commitment in data.folder.commitments:
        updates = data.updates.get(commitment.id, [])
        derived = progress.derive(commitment, plan=data.plan, updates=updates, today=TODAY)
        shown.update(standing.shown for standing in derived.standings)
    assert sum(shown.values()) == 34
    assert head(written, "")["statement_html"] == (
        "Dit plan beloofde elf actiepunten. Wij tellen daarin 34 mijlpalen. "
        f"Van <strong>{amount(shown['outcome'])}</strong> is de uitkomst aangetoond, "
        f"van <strong>{amount(shown['message'])}</strong> is er alleen een bericht, "
        f"van <strong>{amount(shown['nothing'])}</strong> vonden wij niets."
    )
    picture = head(written, "")["picture_html"]
    marks = {"complete": shown["outcome"], "message": shown["message"], "unknown": shown["nothing"]}
    assert {mark: picture.count(f'href="#m-{mark}"') for mark in marks} == marks


def test_root_shows_the_current_plan_with_its_own_links(written: Path) -> None:
    assert 'href="2018-2020/04/"' in body(written, "").replace("./2018", "2018")
    assert 'href="../2018-2020/04/"' in body(written, "2018-2020").replace('"04/', '"../2018-2020/04/')
    assert head(written, "")["title"] == head(written, "2018-2020")["title"] == "Actieplan Open Overheid 2018-2020"


def test_an_unpublished_plan_says_that_it_is_unofficial(written: Path, synced: Storage) -> None:
    assert "Onofficiële uitgave, niet van het ministerie" in head(written, "")["kicker_html"]
    told = pages.settings(synced, today=TODAY, language="nl", context=CONTEXT)
    assert told["unofficial"] == "Onofficiële uitgave, niet van het ministerie."


def test_in_a_closed_plan_nothing_is_late(written: Path) -> None:
    texts = [path.read_text("utf-8") for path in written.rglob("*.md")]
    assert not any("tag-late" in text or "dagen te laat" in text for text in texts)
    assert "niet aangetoond" in body(written, "2018-2020/04")
    assert "bij het einde van het plan" in body(written, "2018-2020/04")


def test_milestones_read_from_the_plan_text_say_so(written: Path, shipped: models.PlanFolder) -> None:
    label = "door de monitor uit de plantekst afgeleid"
    for commitment in shipped.commitments:
        read_by_us = any(m.origin == "plan-text" for m in commitment.milestones)
        assert (label in body(written, f"2018-2020/{commitment.number:02d}")) is read_by_us


def test_ratings_stand_side_by_side_in_the_same_order(written: Path) -> None:
    text = body(written, "2018-2020/04")
    places = [text.index(words) for words in ("De actiehouder zegt", "Deze monitor leidt af", "De beoordelaar vond")]
    assert places == sorted(places)
    assert '“<span lang="en">Limited</span>”, zoals gedrukt. “Beperkt” is onze vertaling.' in text
    assert text.count('<div class="rating is-open">') == 2


def test_unknowns_are_all_on_one_page(written: Path, shipped: models.PlanFolder) -> None:
    records = (shipped.plan, *shipped.commitments, *shipped.meetings)
    unknowns = [unknown for record in records for unknown in record.unknowns]
    text = body(written, "2018-2020/niet-gevonden")
    assert text.count('role="rowheader"') == len(unknowns)
    assert [u.id for u in unknowns if escape(u.what["nl"], quote=False).replace("'", "&#39;") not in text] == []
    assert f"<strong>{len(unknowns)}</strong>" in head(written, "2018-2020/niet-gevonden")["statement_html"]


def test_periods_of_the_network_are_found_and_not_found(written: Path) -> None:
    picture = head(written, "2018-2020/bijeenkomsten")["picture_html"]
    assert (picture.count(">gevonden<"), picture.count(">niet gevonden<")) == (1, 7)
    assert head(written, "2018-2020/bijeenkomsten")["statement_html"] == (
        "De belofte, in onze woorden: Elk kwartaal is er een bijeenkomst van het netwerk. "
        "Voor <strong>één</strong> van de acht kwartalen vonden wij een bijeenkomst."
    )


def test_no_quarter_before_the_monitor_is_called_silent(written: Path) -> None:
    table = body(written, "2018-2020/hoe-recent").split("</table>")[0]
    assert "hier niet gevolgd" in table
    assert "geen bericht ontvangen" not in table


def test_what_people_typed_is_escaped_and_never_markdown(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update(text={"nl": HOSTILE}, obstacle={"nl": f"{HOSTILE} ook"}, said_by={"nl": HOSTILE}))
    text = html(write(synced, tmp_path), "2018-2020/01")
    assert text.count(escape(HOSTILE, quote=False).replace('"', "&#34;")) == 3
    assert "<script>" not in text
    assert 'href="javascript:' not in text


def test_evidence_with_an_unsafe_address_is_not_a_link(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update())
    synced.add(
        models.Evidence(
            id="e1",
            plan="2018-2020",
            update_id="2018-2020/01/x",
            title="<b>verslag</b>",
            address="javascript:alert(1)",
            sha256="ab" * 32,
            recorded_at=NOW,
        )
    )
    text = body(write(synced, tmp_path), "2018-2020/01")
    assert "javascript" not in text
    assert "&lt;b&gt;verslag&lt;/b&gt;" in text
    assert "ab" * 32 in text


def test_an_update_names_both_days_the_organisation_and_how_it_was_checked(synced: Storage, tmp_path: Path) -> None:
    synced.add(
        an_update(
            organisation="provincie-zuid-holland",
            milestone="2018-2020/1.2",
            completion="limited",
            speaks_of="2019-03-14",
            published="2019-04-01",
            published_on=date(2019, 4, 1),
        )
    )
    text = body(write(synced, tmp_path), "2018-2020/01")
    assert '<b>Over <time datetime="2019-03-14">14 maart 2019</time></b>' in text
    assert 'openbaar sinds <time datetime="2019-04-01">1 april 2019</time>' in text
    assert "niet door een ander gecontroleerd" in text
    assert 'href="../organisaties/provincie-zuid-holland/">Provincie Zuid-Holland</a> · mijlpaal 1.2' in text
    assert "Afronding volgens dit bericht: beperkt." in text
    assert "laatste bericht: beperkt" in text


def test_what_came_later_stands_apart_and_changes_no_end_state(synced: Storage, tmp_path: Path) -> None:
    before = head(write(synced, tmp_path / "before"), "")["statement_html"]
    later = {"speaks_of": "2022-01-01", "published": "2022-02-01", "published_on": date(2022, 2, 1)}
    synced.add(an_update(milestone="2018-2020/1.2", completion="complete", after_plan=True, **later))
    after = write(synced, tmp_path / "after")
    assert head(after, "")["statement_html"] == before
    assert "Het plan is er." in body(after, "2018-2020/01").split("## Wat er later gebeurde")[1]


def test_a_report_of_tomorrow_is_not_public_today(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update(text={"nl": "Pas morgen."}, published_on=date(2026, 11, 24)))
    assert "Pas morgen." not in body(write(synced, tmp_path), "2018-2020/01")


def test_a_withdrawn_update_is_struck_with_its_reason_and_decides_nothing(synced: Storage, tmp_path: Path) -> None:
    reason = {"nl": "Verkeerd actiepunt."}
    told = an_update(milestone="2018-2020/1.2", completion="complete", text={"nl": "Vergissing."})
    synced.add(told.model_copy(update={"withdrawn_at": NOW, "withdrawn": reason}))
    text = body(write(synced, tmp_path), "2018-2020/01")
    assert '<p class="said"><s>Vergissing.</s></p>' in text
    assert "Ingetrokken op" in text
    assert "Reden: Verkeerd actiepunt." in text
    assert text.count("Vergissing.") == 1
    assert "laatste bericht: volledig" not in text


def test_a_running_plan_shows_what_is_late_on_stated_dates(synced: Storage, tmp_path: Path) -> None:
    synced.add(
        an_update(
            commitment="2018-2020/04",
            milestone="2018-2020/4.1",
            completion="limited",
            published_on=date(2018, 12, 1),
        )
    )
    running = write(synced, tmp_path, today=RUNNING)
    assert head(running, "")["phase"] == "running"
    assert "212 dagen te laat" in body(running, "")
    assert '<text class="now"' in body(running, "2018-2020/04")
    assert "Limited" not in body(running, "2018-2020/04")
    assert 'class="three"' not in body(running, "2018-2020/04")


def test_messages_that_contradict_each_other_are_both_shown(synced: Storage, tmp_path: Path) -> None:
    about = {"commitment": "2018-2020/04", "milestone": "2018-2020/4.1", "speaks_of": "2018-10-01"}
    synced.add(an_update(id="2018-2020/04/a", completion="limited", text={"nl": "Half af."}, **about))
    synced.add(an_update(id="2018-2020/04/b", completion="complete", text={"nl": "Klaar."}, **about))
    text = body(write(synced, tmp_path), "2018-2020/04")
    assert "berichten over dezelfde dag spreken elkaar tegen" in text
    assert "Half af." in text
    assert "Klaar." in text


def test_leads_that_judge_differently_are_all_named(synced: Storage, tmp_path: Path) -> None:
    for lead, completion in (("provincie-zuid-holland", "complete"), ("vng", "limited")):
        synced.add(an_update(id=f"2018-2020/01/{lead}", organisation=lead, completion=completion))
    text = body(write(synced, tmp_path), "2018-2020/01")
    assert "Provincie Zuid-Holland zegt: volledig." in text
    assert "Vereniging Nederlandse Gemeenten zegt: beperkt." in text


def test_a_plan_in_preparation_promises_nothing_yet(synced: Storage, tmp_path: Path) -> None:
    early = write(synced, tmp_path, today=PREPARATION)
    assert head(early, "")["phase"] == "preparation"
    assert "Er is nog niets beloofd." in body(early, "")
    assert not any("te laat</span>" in path.read_text("utf-8") for path in early.rglob("*.md"))


def test_english_pages_mark_what_is_dutch(synced: Storage, tmp_path: Path) -> None:
    synced.add(an_update())
    english = write(synced, tmp_path, language="en")
    text = body(english, "2018-2020/01")
    assert '<span lang="nl">Het plan is er.</span>' in text
    assert "derived by the monitor from the plan text" in text
    assert head(english, "2018-2020/01")["twins"] == {"nl": "2018-2020/01/"}
    assert head(english, "2018-2020/freshness")["twins"] == {"nl": "2018-2020/hoe-recent/"}


def test_the_shell_keeps_out_of_search_and_of_the_way(written: Path) -> None:
    assert head(written, "melden-shell")["shell"] is True
    assert head(written, "melden-shell")["search"] == {"exclude": True}
    theme = (ROOT / "site" / "overrides" / "main.html").read_text("utf-8")
    assert (theme.count("<!-- monitor:title -->"), theme.count("<!-- monitor:content -->")) == (1, 1)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_menu_and_footer_lead_to_pages_that_exist(synced: Storage, tmp_path: Path, language: str) -> None:
    written = write(synced, tmp_path, language=language)
    told = pages.settings(synced, today=TODAY, language=language, context=CONTEXT)
    links = [*told["menu"], *(link for group in told["footer"] for link in group["links"] if not link.get("root"))]
    links += [{"url": told["plan"]["url"]}, {"url": told["search"]}]
    by_hand = ROOT / "site" / language
    missing = [
        link["url"]
        for link in links
        if not (written / link["url"] / "index.md").exists()
        and not (by_hand / link["url"] / "index.md").exists()
        and not (by_hand / f"{link['url'].rstrip('/')}.md").exists()
    ]
    assert missing == []


def test_example_data_are_marked(synced: Storage) -> None:
    context = pages.SiteContext(**{**vars(CONTEXT), "example": True})
    told = pages.settings(synced, today=TODAY, language="nl", context=context)
    assert told["example"]["text"] == "Alles op deze site is verzonnen: organisaties, berichten en data."
    assert told["unofficial"] == ""


def test_settings_are_plain_values(synced: Storage) -> None:
    told = pages.settings(synced, today=TODAY, language="en", context=CONTEXT)
    assert json.loads(json.dumps(told)) == told
    assert (told["path"], told["up"], told["absolute"], told["report"]) == ("en/", "../", "/en", "melden?lang=en")


@pytest.mark.parametrize(
    ("target", "here", "way"),
    [
        ("2018-2020/04/", "", "2018-2020/04/"),
        ("2018-2020/04/#m-4-1", "2018-2020/hoe-recent/", "../04/#m-4-1"),
        ("2018-2020/", "2018-2020/04/", "../"),
        ("../data/", "over/gezondheid/", "../../../data/"),
        ("melden", "2018-2020/04/", "../../melden"),
        ("", "over/", "../"),
        ("2018-2020/04/", "2018-2020/04/", "./"),
        ("https://example.org/a", "over/", "https://example.org/a"),
    ],
)
def test_ways_between_pages_are_relative(target: str, here: str, way: str) -> None:
    assert addresses.relative(target, here) == way


def test_addresses_that_a_browser_may_open() -> None:
    assert addresses.safe("https://example.org/") == "https://example.org/"
    assert [addresses.safe(a) for a in ("javascript:alert(1)", "data:text/html,x", "", None)] == [None] * 4


def test_a_time_line_says_which_dates_are_stated(shipped: models.PlanFolder) -> None:
    commitment = next(c for c in shipped.commitments if c.number == 4)
    labels = {m.number: m.number for m in commitment.milestones}
    line = drawing.time_line(commitment, labels=labels, cycle_end=shipped.plan.cycle_end, today=None)
    assert line is not None
    assert [(step.number, step.mark) for step in line.steps] == [
        ("4.1", "stated"),
        ("4.2", "stated"),
        ("4.3", "stated"),
        ("4.4", "stated"),
        ("4.5", "ring"),
    ]
    assert line.steps[0].start is not None
    assert line.steps[0].start < line.period[0] < line.period[1] < line.steps[3].end
    assert line.today is None


def test_a_chart_puts_the_target_on_top() -> None:
    readings = [(Period.parse("2018-10"), "5", 5.0), (Period.parse("2020-summer"), "6", 6.0)]
    drawn = drawing.chart(readings, target=12)
    assert drawn.target_y == drawing.CHART_TOP
    assert [point.y for point in drawn.points] == [85.5, 79.0]
    assert drawn.points[0].x < drawn.points[1].x


def test_hand_written_pages_stand_in_every_language_with_their_twins() -> None:
    found = {code: _by_hand(code) for code in ("nl", "en")}
    assert {twin for twins in found["nl"].values() for twin in twins} == set(found["en"])
    assert {twin for twins in found["en"].values() for twin in twins} == set(found["nl"])
    assert words.languages() == sorted(found)


def _by_hand(language: str) -> dict[str, list[str]]:
    root = ROOT / "site" / language
    other = "en" if language == "nl" else "nl"
    pages_found = {}
    for path in root.rglob("*.md"):
        address = path.relative_to(root).with_suffix("").as_posix().removesuffix("index").rstrip("/") + "/"
        lines = path.read_text("utf-8").splitlines()
        twin = next(line for line in lines if line.startswith(f"twins: {{{other}: "))
        pages_found[address] = [twin.partition(f"{other}: ")[2].rstrip("}")]
    return pages_found


def test_changed_date_is_told_in_words_and_says_that_a_reason_is_missing(
    synced: Storage, shipped: models.PlanFolder, tmp_path: Path
) -> None:
    synced.add(
        models.Change(
            id="c",
            plan="2018-2020",
            record="2018-2020/3.1",
            field="due",
            old="2020-Q2",
            new="before 2020-03-20",
            kind="promise",
            role="coordinator",
            published_on=TODAY,
            recorded_at=NOW,
        )
    )
    pages.write(synced, today=TODAY, language="nl", target=tmp_path, context=CONTEXT)
    [page] = tmp_path.rglob("wijzigingen*/index.md")
    text = page.read_text("utf-8")
    told = re.sub(r"<[^>]+>", "", text)
    assert "uiterste datum: van “tweede kwartaal van 2020” naar “vóór 20 maart 2020”." in told
    assert "Zonder reden: die is niet opgegeven." in told
