"""Pages of what readers gave: context apart and without a target, and reading that failed, grew old or was held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import cli, models, sync
from monitor.pages.site import open_held
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_pages import body, write

PLAN = "2018-2020"
READ = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
OLD = READ - timedelta(days=30)
DURING = date(2019, 6, 30)


def measured(commitment: str, name: str, value: float, **more: object) -> models.MeasurementRow:
    return models.MeasurementRow.model_validate(
        {
            "id": f"{PLAN}/{commitment}/{name}/read",
            "plan": PLAN,
            "commitment": f"{PLAN}/{commitment}",
            "indicator": name,
            "speaks_of": "2026-11-20",
            "day_from": "fetch",
            "published_on": date(2026, 11, 20),
            "value": value,
            "address": "https://bron.example/cijfer",
            "status": 200,
            "sha256": "ab" * 32,
            "reader": "bron/1",
            "recorded_at": READ,
        }
        | more
    )


def state(commitment: str, name: str, **more: object) -> models.IndicatorState:
    given = {"plan": PLAN, "commitment": f"{PLAN}/{commitment}", "indicator": name, "last_tried_at": READ}
    return models.IndicatorState.model_validate(given | more)


ERROR = "https://bron.example/cijfer: answered 503: look at the address in a browser"


def rows() -> Iterator[models.Model]:
    """Give what readers left: one that works, one that failed once, one grown old, one held, one that never worked."""
    yield measured("01", "provinces", 12)
    yield state("01", "provinces", last_success_at=READ)
    yield measured("04", "documents", 1204317)
    yield state("04", "documents", last_success_at=READ - timedelta(days=7), failures=1, error=ERROR)
    yield measured("05", "organisations", 800, speaks_of="2026-10-20", day_from="answer")
    yield state("05", "organisations", last_success_at=OLD, failures=5, error=ERROR)
    yield state("06", "registered", last_success_at=READ, failures=1, error="bron/1 gives 14310 after 1431")
    held = measured("06", "registered", 14310)
    yield models.HeldMeasurement(**dict(held), before=1431)
    yield state("10", "tenderned-publications", failures=2, error=ERROR)


@pytest.fixture(scope="module")
def read(shipped: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("read") / "monitor.db") as storage:
        sync.sync(storage, shipped, sync.Moment(NOW - timedelta(days=10), TODAY))
        for row in rows():
            storage.add(row)
        yield storage


@pytest.fixture(scope="module")
def dutch(read: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(read, tmp_path_factory.mktemp("nl"))


@pytest.fixture(scope="module")
def english(read: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(read, tmp_path_factory.mktemp("en"), language="en")


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def later(site: Path, number: str, title: str = "Wat er later gebeurde") -> str:
    return plain(body(site, f"{PLAN}/{number}").split(f"## {title}")[1].split("\n## ")[0])


def entry(site: Path, anchor: str, page: str = "cijfers") -> str:
    return plain(body(site, f"{PLAN}/{page}").split(f'id="{anchor}"')[1].split('<div class="indicator"')[0])


def test_context_stands_apart_with_its_day_and_without_a_target(dutch: Path) -> None:
    text = later(dutch, "04")
    assert "Documenten van de Tweede Kamer in het open gegevensbestand" in text
    assert "20 november 2026 : 1.204.317. De bron noemt geen dag. Dit is de dag waarop wij haar vroegen." in text
    assert "Dit cijfer is achtergrond. Het meet de belofte niet." in text
    before = body(dutch, f"{PLAN}/04").split("## Wat er later gebeurde")[0]
    assert "1.204.317" not in before
    for number in ("04", "05", "06", "10"):
        told = later(dutch, number)
        assert not re.search(r"\bdoel\b|%|procent", told), told


@pytest.mark.parametrize("anchor", ["4-documents", "5-organisations", "6-registered", "10-tenderned-publications"])
def test_the_page_of_indicators_shows_no_target_for_context(dutch: Path, anchor: str) -> None:
    told = entry(dutch, anchor)
    assert "achtergrond" in told
    assert "Het doel is" not in told
    assert "doel van" not in told


def test_a_direct_number_of_now_stands_apart_from_the_readings_of_then(dutch: Path) -> None:
    page = body(dutch, f"{PLAN}/01")
    then = page.split("## In cijfers")[1].split("\n## ")[0]
    assert "Provincies met open Stateninformatie: 6 van 12, over juni 2020 tot en met augustus 2020." in then
    assert "20 november 2026" not in plain(then)
    now = later(dutch, "01")
    assert "20 november 2026 : 12." in now
    assert "12 provincies" not in now
    assert "van 12" not in now
    assert now.count("Het laatst opgevraagd op 20 november 2026") == 1
    assert '<svg class="chart"' in page.split("## Wat er later gebeurde")[0]
    assert '<svg class="chart"' not in page.split("## Wat er later gebeurde")[1]
    told = "Wij tellen de namen in Open Raadsinformatie. Dat is anders geteld dan in 2018 en 2020."
    assert told in now
    assert told not in plain(then)
    apart = plain(body(dutch, f"{PLAN}/cijfers").split('id="1-provinces"')[1].split('<div class="later">')[1])
    assert apart.startswith(f"Wat er later gebeurde {told} Het laatst opgevraagd op 20 november 2026")
    assert "Het doel is" not in apart.split("Cijfers van na het einde staan apart.")[0]


def test_a_number_of_others_says_what_it_counts(dutch: Path) -> None:
    told = later(dutch, "05")
    assert "Organisaties die in de lijst van de overheid zeggen waar hun Woo-besluiten staan" in told
    assert "Of de besluiten daar ook staan, keken wij niet na." in told
    assert entry(dutch, "5-organisations").count("achtergrond") == 2, "the tag, and one sentence"


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("1-provinces", "Het laatst opgevraagd op 20 november 2026."),
        ("1-municipalities", "Wij vroegen dit cijfer nog niet op."),
        (
            "4-documents",
            "Het opvragen lukte niet op 20 november 2026 . De laatste keer dat het lukte, was 13 november 2026 .",
        ),
        (
            "5-organisations",
            "Dit cijfer is oud. De laatste keer dat het opvragen lukte, was 21 oktober 2026 . "
            "Het laatst probeerden wij het op 20 november 2026 .",
        ),
        ("5-organisations", "De dag staat in het antwoord van de bron."),
        (
            "6-registered",
            "Opgevraagd op 20 november 2026. Het getal dat wij kregen, staat apart. "
            "De bron gaf over 20 november 2026 ineens 14.310. Eerder was het 1.431. "
            "Dat scheelt zo veel dat eerst een mens kijkt. Wij tellen het niet mee.",
        ),
        (
            "10-tenderned-publications",
            "Het opvragen lukte nog niet. Het laatst probeerden wij het op 20 november 2026 .",
        ),
    ],
)
def test_how_reading_goes_is_said(dutch: Path, anchor: str, words: str) -> None:
    assert words.replace(" .", ".") in entry(dutch, anchor).replace(" .", ".")


def test_english_says_the_same(english: Path) -> None:
    told = entry(english, "6-registered", "indicators").replace(" .", ".")
    assert (
        "The source suddenly gave 14,310 for 20 November 2026. Before, it was 1,431. "
        "That differs so much that a person looks first. We do not count it."
    ) in told
    old = later(english, "05", "What happened later").replace(" .", ".")
    assert "This number is old. The last time asking for it worked was 21 October 2026." in old


def test_a_held_number_stands_in_no_list_of_readings(dutch: Path) -> None:
    readings = re.findall(r"<li>.*?</li>|<tr.*?</tr>", body(dutch, f"{PLAN}/06"), re.DOTALL)
    readings += re.findall(r"<tr.*?</tr>", body(dutch, f"{PLAN}/cijfers"), re.DOTALL)
    assert [row for row in readings if "14.310" in row] == []


def test_health_tells_of_each_number_and_its_error(dutch: Path) -> None:
    page = body(dutch, "over/gezondheid")
    told = plain(page.split('id="cijfers"')[1].split("<h2")[0])
    assert told.count(f"Melding van het programma: {ERROR}") == 3
    assert page.count(f'<span lang="en">{ERROR}</span>') == 3
    assert "Nederland voert de standaard van EITI uit (1 is ja, 0 is nee) Wij vroegen dit cijfer nog niet op." in told


def test_a_running_plan_holds_no_later_numbers(read: Storage, tmp_path: Path) -> None:
    page = body(write(read, tmp_path, today=DURING), f"{PLAN}/04")
    assert "Wat er later gebeurde" not in page
    assert "1.204.317" not in page


# The command


def told(storage: Storage, language: str) -> str:
    folder = storage.path.parent
    shared = ["--data", str(folder), "--commitments", str(ROOT / "commitments"), "--today", "2026-11-23"]
    result = CliRunner().invoke(cli.main, ["indicators", "--language", language, *shared])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_tells_what_each_reader_last_read_and_how_it_went(read: Storage) -> None:
    lines = told(read, "nl").splitlines()
    assert lines[0] == "open-raadsinformatie/2  https://api.openraadsinformatie.nl/v1/elastic/_aliases"
    assert lines[1] == (
        f"  {PLAN}/01/provinces: 12, over 20 november 2026; opgevraagd op 20 november 2026, 07:00 uur, gelukt"
    )
    assert lines[2] == f"  {PLAN}/01/municipalities: nog niet opgevraagd"
    assert (
        f"  {PLAN}/04/documents: mislukt op 20 november 2026, 07:00 uur; "
        f"de laatste keer gelukt: 13 november 2026, 07:00 uur. Melding: {ERROR}"
    ) in lines
    assert (
        f"  {PLAN}/06/registered: opgevraagd op 20 november 2026, 07:00 uur; het getal staat apart. "
        "Melding: bron/1 gives 14310 after 1431"
    ) in lines


def test_the_command_speaks_english_too(read: Storage) -> None:
    assert (
        f"  {PLAN}/10/tenderned-publications: failed on 20 November 2026, 07:00 CET, 2 times in a row; "
        f"last time it worked: never yet. Message: {ERROR}"
    ) in told(read, "en").splitlines()


def test_a_reader_that_no_plan_asks_for_says_so(tmp_path: Path) -> None:
    with Storage(tmp_path / "monitor.db") as storage:
        assert told(storage, "nl").count("  geen plan vraagt hiernaar") == 8


def test_a_number_that_a_person_wrote_since_ends_the_holding(tmp_path: Path) -> None:
    with Storage(tmp_path / "monitor.db") as storage:
        for row in rows():
            storage.add(row)
        assert list(open_held(storage, PLAN)) == [(f"{PLAN}/06", "registered")]
        since = {"id": "hand", "reader": None, "recorded_at": READ + timedelta(days=1), "speaks_of": "2026-11-21"}
        storage.add(measured("06", "registered", 14310, **since))
        assert open_held(storage, PLAN) == {}
