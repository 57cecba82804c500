"""The page of OGP's rules and the draft of a self-assessment: every figure is counted, every gap is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from markupsafe import escape

from monitor import catalogue, commitments, models, pages, rule_sets, rules, sync, words
from monitor.pages.site import read_plan
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_pages import CONTEXT, HOSTILE, body, head, html, write
from tests.test_storage import an_update

SECOND = ROOT / "tests" / "data" / "plans" / "2026-2028"
RUNNING_DAY = date(2027, 2, 20)
PAGE, DRAFT = "2018-2020/ogp", "2018-2020/ogp/zelfevaluatie"
RULES = rule_sets.load("ogp")


@pytest.fixture(scope="module")
def shipped_storage(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Give a database that holds the shipped plan, to read only."""
    with Storage(tmp_path_factory.mktemp("ogp") / "monitor.db") as storage:
        sync.sync(storage, shipped, sync.Moment(NOW, TODAY))
        yield storage


@pytest.fixture(scope="module")
def dutch(shipped_storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(shipped_storage, tmp_path_factory.mktemp("nl"))


@pytest.fixture(scope="module")
def english(shipped_storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(shipped_storage, tmp_path_factory.mktemp("en"), language="en")


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Storage]:
    """Give a database with a plan that runs."""
    with Storage(tmp_path / "second.db") as storage:
        sync.sync(storage, commitments.load(SECOND), sync.Moment(NOW, RUNNING_DAY))
        yield storage


def write_second(storage: Storage, target: Path, language: str = "en") -> Path:
    context = pages.SiteContext(
        example=False, url="https://monitor.example/", version="1", data_as_of=RUNNING_DAY, plan="2026-2028"
    )
    pages.write(storage, today=RUNNING_DAY, language=language, target=target, context=context)
    return target


def findings(storage: Storage, plan: str, today: date) -> list[rules.Finding]:
    data = read_plan(storage, plan, today)
    updates = [update for of_one in data.updates.values() for update in of_one]
    return rules.assess(RULES, rules.Known(data.folder, updates, data.evidence, today))


def rule_rows(text: str) -> dict[str, str]:
    return dict(re.findall(r'<tr role="row" id="regel-([^"]*)">(.*?)</tr>', text, re.DOTALL))


def cross_rows(text: str) -> list[list[str]]:
    table = text.split('class="t-stack crosswalk"')[1].split("</table>", maxsplit=1)[0].split("<tbody")[1]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in table.split("<tr ")[1:]]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def test_the_outcomes_are_counted_in_words_and_in_marks(dutch: Path, shipped_storage: Storage) -> None:
    counts = Counter(finding.outcome for finding in findings(shipped_storage, "2018-2020", TODAY))
    amount = words.of("nl").amount
    assert head(dutch, PAGE)["statement_html"] == (
        f"Wij leggen dit plan naast {len(RULES.rules)} regels van OGP: "
        f"aan <strong>{amount(counts[rules.Outcome.MET])}</strong> is voldaan, "
        f"<strong>{amount(counts[rules.Outcome.NOT_ASSESSED])}</strong> kunnen wij niet beoordelen en "
        f"<strong>{amount(counts[rules.Outcome.NOT_APPLICABLE])}</strong> golden niet voor dit plan."
    )
    marks = {"complete": "met", "unknown": "not-assessed", "not-tracked": "not-applicable"}
    picture = head(dutch, PAGE)["picture_html"]
    assert {name: picture.count(f'href="#m-{mark}"') for mark, name in marks.items()} == dict(counts)


def test_every_rule_has_a_row_with_its_outcome_years_and_sources(dutch: Path, shipped_storage: Storage) -> None:
    rows = rule_rows(body(dutch, PAGE))
    told = words.of("nl")
    for finding in findings(shipped_storage, "2018-2020", TODAY):
        row = rows[finding.rule.id]
        closed = "-closed" if finding.outcome is rules.Outcome.NOT_APPLICABLE else ""
        assert f"<span>{told.text(f'outcome.{finding.outcome}{closed}')}</span>" in row
        assert escape(finding.rule.text["nl"]) in row
        assert all(f'href="./#bron-{citation.source}"' in row for citation in finding.rule.sources)
        assert (str(finding.rule.since or finding.rule.until or "")) in row
        if finding.outcome is rules.Outcome.NOT_ASSESSED:
            assert "Waar u kunt zoeken: " in row
    assert len(rows) == len(RULES.rules)


def test_a_rule_of_later_years_says_since_when_and_tells_nothing_of_this_plan(dutch: Path, english: Path) -> None:
    row = rule_rows(body(dutch, PAGE))["forum-half-year"]
    assert "sinds 2022" in row
    assert "gold niet voor dit plan" in row
    assert re.search(r'data-label="Waar dit op rust"></td>', row)
    assert "did not hold for this plan" in rule_rows(body(english, PAGE))["forum-half-year"]


def test_facts_behind_an_outcome_lead_to_their_place(dutch: Path) -> None:
    rows = rule_rows(body(dutch, PAGE))
    assert 'mijlpaal <a href="../04/#m-4-4">4.4</a> en <a href="../04/#m-4-5">4.5</a>' in rows["ends-31-august"]
    assert (
        'actiepunt <a href="../01/">1</a>, <a href="../05/">5</a> en <a href="../07/">7</a>' in rows["commitment-lead"]
    )
    assert '“<span lang="en">Collaborate</span>”' in rows["standards-2016"]


def test_a_year_that_we_reasoned_says_so_and_how(dutch: Path) -> None:
    rows = rule_rows(body(dutch, PAGE))
    derived = {name for name, row in rows.items() if '<span class="tag tag-ours">afgeleid</span>' in row}
    assert derived >= {"two-years", "twenty-months", "ends-31-august", "commitment-dates", "irm-reports"}
    assert [name for name in derived if "Hoe wij aan de jaren komen" not in rows[name]] == []


def test_each_source_of_a_rule_stands_on_the_page(dutch: Path) -> None:
    text = body(dutch, PAGE)
    assert re.findall(r'<li id="bron-([^"]*)">', text) == [source.id for source in RULES.sources]
    cited = set(re.findall(r'href="\./#bron-([^"]*)"', text))
    assert cited == {source.id for source in RULES.sources}


def test_the_crosswalk_equals_the_database(dutch: Path, shipped_storage: Storage) -> None:
    folder = shipped_storage.folder("2018-2020")
    ids = sorted(c.ogp_id or "" for c in folder.commitments)
    expected = [
        [
            str(c.number),
            c.title["nl"].replace("'", "&#39;"),
            c.ogp_id,
            str(ids.index(c.ogp_id or "") + 1),
            c.title["en"].replace("'", "&#39;"),
            ", ".join(m.official_number for m in c.milestones if m.official_number) or "niet gevonden",
            ", ".join(f.ogp_id for f in c.follow_on if f.ogp_id) or "niet gevonden",
        ]
        for c in folder.commitments
    ]
    assert cross_rows(body(dutch, PAGE)) == expected
    assert [row[3] for row in expected] == ["5", "11", "10", "8", "9", "4", "2", "6", "3", "7", "1"]


def test_each_number_leads_to_its_page_at_ogp(dutch: Path, shipped: models.PlanFolder) -> None:
    found = re.findall(r'<a href="([^"]*)" rel="external">(NL\d{4})</a>', body(dutch, PAGE))
    assert [number for _, number in found] == [c.ogp_id for c in shipped.commitments]
    assert [pair for pair in found if not pair[0].lower().rstrip("/").endswith(f"/{pair[1].lower()}")] == []


def test_the_crosswalk_is_a_ready_question(shipped_storage: Storage, dutch: Path) -> None:
    sql = catalogue.QUESTIONS["crosswalk"]["sql"]
    rows = list(shipped_storage.db.query(sql, {"plan": "2018-2020"}))
    shown = [[str(r["number"]), r["ogp_id"], str(r["place_at_ogp"])] for r in rows]
    assert shown == [[row[0], row[2], row[3]] for row in cross_rows(body(dutch, PAGE))]
    assert rows[3]["official_milestones"] == "4.1 / 4.2 / 4.3 / 4.4 / 4.5"
    assert [r["follow_on"] for r in rows if r["follow_on"]] == ["NL0039", "NL0042", "NL0047", "NL0041"]


def test_a_plan_that_names_no_rules_says_so(synced: Storage, shipped: models.PlanFolder, tmp_path: Path) -> None:
    plan = shipped.plan.model_copy(update={"rule_set": None})
    sync.sync(synced, shipped.model_copy(update={"plan": plan}), sync.Moment(NOW, TODAY))
    text = body(write(synced, tmp_path), PAGE)
    assert '<div class="empty">\n<h3>Geen regels genoemd</h3>' in text
    assert "Bron: " in text
    assert "bron-dates" not in text
    assert not (tmp_path / DRAFT).exists()


def test_a_plan_without_numbers_of_ogp_says_so(second: Storage, tmp_path: Path) -> None:
    text = body(write_second(second, tmp_path), "2026-2028/ogp")
    assert "<h3>No numbers of OGP found</h3>" in text
    assert "The order at OGP is another" not in text


def test_a_running_plan_is_told_of_in_the_present(second: Storage, tmp_path: Path) -> None:
    folder = write_second(second, tmp_path)
    text = body(folder, "2026-2028/ogp")
    assert "does not hold for this plan" in text
    assert "did not hold for this plan" not in text
    assert head(folder, "2026-2028/ogp")["statement_html"].endswith("<strong>three</strong> do not hold for this plan.")
    assert 'Days on which something became public here, <time datetime="2026-01-01">' in text


def test_a_language_without_a_table_reads_english(second: Storage, tmp_path: Path) -> None:
    text = body(write_second(second, tmp_path, "fr"), "2026-2028/ogp")
    assert '<span lang="en">A plan runs for two years.</span>' in text


# The draft of a self-assessment


def parts(text: str) -> dict[int, dict[str, str]]:
    found = re.split(r'<h2 id="ap-(\d+)">', text)[1:]
    pairs = zip(found[::2], found[1::2], strict=True)
    boxes = re.compile(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", re.DOTALL)
    return {int(number): dict(boxes.findall(part)) for number, part in pairs}


def test_the_draft_says_whose_it_is_and_counts_its_gaps(dutch: Path) -> None:
    text = body(dutch, DRAFT)
    filled = parts(text)
    gaps = sum('class="gap"' in box for part in filled.values() for box in part.values())
    assert head(dutch, DRAFT)["statement_html"] == (
        "Dit is een concept, gemaakt uit de gegevens op deze site. De monitor maakte het; Ministerie van Binnenlandse "
        f"Zaken en Koninkrijksrelaties stelde het niet vast. In <strong>{gaps}</strong> van de "
        f"{sum(map(len, filled.values()))} vakken moet een actiehouder nog iets invullen."
    )
    assert head(dutch, DRAFT)["kicker_html"] == '<span class="tag tag-ours">Concept</span>'
    assert "Of dit sjabloon gold in de jaren van dit plan, is niet bekend." in text
    assert "breekt hier af" in text


def test_every_commitment_has_every_box_of_the_template(dutch: Path, shipped: models.PlanFolder) -> None:
    filled = parts(body(dutch, DRAFT))
    boxes = [
        "Nummer en naam", "Begin en einde", "Actiehouder", "Welk probleem", "Wat is beloofd", "Hoe het bijdraagt",
        "Waarom het past bij de waarden van OGP", "Meer informatie", "Hoe ver het is", "Wat het opleverde",
    ]  # fmt: skip
    assert list(filled) == [commitment.number for commitment in shipped.commitments]
    assert [number for number, part in filled.items() if list(part) != boxes] == []


def test_what_only_a_lead_can_say_stays_open(dutch: Path, shipped: models.PlanFolder) -> None:
    for commitment in shipped.commitments:
        part = parts(body(dutch, DRAFT))[commitment.number]
        assert part["Welk probleem"].count('<p class="gap">Nog in te vullen door ') == 1
        assert "voor transparantie" in part["Waarom het past bij de waarden van OGP"]
        assert "budget" in part["Meer informatie"]
    fourth = parts(body(dutch, DRAFT))[4]
    assert "Nog in te vullen door Tweede Kamer: Not Started, Limited, Substantial of Completed." in re.sub(
        r"Tweede Kamer der Staten-Generaal", "Tweede Kamer", fourth["Hoe ver het is"]
    )


def test_the_three_judgements_stand_beside_each_other(dutch: Path) -> None:
    box = parts(body(dutch, DRAFT))[4]["Hoe ver het is"]
    assert "Deze monitor: Van geen van de vijf mijlpalen is de afronding bekend." in box
    assert 'schreef: “<span lang="en">Completion: Limited</span>”.' in box
    assert "vertaald door ons: beperkt" in box


def test_what_we_derived_is_not_put_into_the_assessors_mouth(dutch: Path) -> None:
    box = parts(body(dutch, DRAFT))[7]["Waarom het past bij de waarden van OGP"]
    assert "Afgeleid door deze monitor, niet de woorden van" in box
    assert "schreef" not in box


def test_every_statement_has_a_source_or_says_that_it_is_ours(dutch: Path, english: Path) -> None:
    pairs = (
        (dutch, DRAFT, "bronnen", ("Deze monitor", "In het Nederlands")),
        (english, "2018-2020/ogp/self-assessment", "sources", ("This monitor",)),
    )
    for folder, page, list_of_sources, ours in pairs:
        boxes = [box for part in parts(body(folder, page)).values() for box in part.values()]
        said = [text for box in boxes for text in re.findall(r"<p>(.*?)</p>", box, re.DOTALL)]
        assert len(said) > 150
        without = [text for text in said if f'href="../../{list_of_sources}/#' not in text]
        assert [text for text in without if not text.startswith(ours)] == []


def test_updates_of_the_term_and_of_after_it_stand_apart(dutch: Path, shipped_storage: Storage) -> None:
    told = Counter(update.after_plan for update in shipped_storage.all(models.Update))
    text = body(dutch, DRAFT)
    results = "".join(part["Wat het opleverde"] for part in parts(text).values())
    assert results.count("<p>Na afloop van het plan. ") == told[True]
    shown = results.count("<p>Wat te zien is, volgens deze monitor: ")
    unknown = results.count("<p>Niet bekend: ")
    assert results.count("<p>") == told.total() + shown + unknown


def test_the_file_says_the_same_as_the_page(dutch: Path, english: Path, shipped: models.PlanFolder) -> None:
    text = (dutch / DRAFT / "zelfevaluatie.txt").read_text("utf-8")
    assert text.startswith("# Actieplan Open Overheid 2018-2020: Concept van een zelfevaluatie\n\n> Dit is een concept")
    page = body(dutch, DRAFT)
    assert text.count("- **\\[") + text.count("- **[") == page.count('<p class="gap">')
    assert len(re.findall(r"^### ", text, re.MULTILINE)) == 10 * len(shipped.commitments)
    assert "<" not in text
    sources = text.split("\n## Bronnen\n")[1]
    assert sources.count("\n- ") == len(shipped.sources)
    assert (english / "2018-2020/ogp/self-assessment/self-assessment.txt").exists()
    assert '<a class="button button-second" href="zelfevaluatie.txt" download>' in page


def test_a_message_from_the_chat_is_its_own_source_and_nothing_typed_is_markup(second: Storage, tmp_path: Path) -> None:
    told = an_update(plan="2026-2028", commitment="2026-2028/01", id="2026-2028/chat-1", text={"en": HOSTILE})
    second.add(told)
    folder = write_second(second, tmp_path)
    box = parts(body(folder, "2026-2028/ogp/self-assessment"))[1]["What it brought"]
    assert "<script>" not in html(folder, "2026-2028/ogp/self-assessment")
    assert '<a href="../../01/#u-chat-1">' in box
    text = (folder / "2026-2028/ogp/self-assessment/self-assessment.txt").read_text("utf-8")
    assert r"\*\*vet\*\* \[klik\]" in text
    assert "<script>" not in text


def test_the_footer_leads_to_the_page(shipped_storage: Storage) -> None:
    told = pages.settings(shipped_storage, today=TODAY, language="en", context=CONTEXT)
    assert {"word": "By OGP’s rules", "url": "2018-2020/ogp/"} in told["footer"][0]["links"]
