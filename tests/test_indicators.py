"""Indicators: what each reader takes from its source, that another shape fails and names itself, what a run stores."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import health, models
from monitor.fetch import Guard
from monitor.indicators import READERS, IndicatorError, Reader, ReadingError, measure, reader_of
from monitor.indicators.plausible import is_jump
from monitor.models import DayFrom, HeldMeasurement, IndicatorState, MeasurementRow
from monitor.periods import Period
from monitor.settings import Settings
from monitor.storage import Storage
from tests.hostile_server import HostileServer, Reply, hostile_server

ANSWERS = Path(__file__).parent / "data" / "answers"
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
LASTING = ": wait for the next try; if this lasts, look at the address in a browser"
FETCHED = date(2026, 11, 24)
RUNNING, CLOSED = date(2019, 6, 30), date(2026, 11, 23)
BY_SOURCE = {reader.source: reader for reader in READERS}
FILES = {
    "open-raadsinformatie": "open-raadsinformatie.json",
    "tweede-kamer": "tweede-kamer.json",
    "organisaties-overheid": "organisaties-overheid.xml",
    "algoritmeregister": "algoritmeregister.json",
    "algoritmeregister-rws": "algoritmeregister-rws.json",
    "eiti": "eiti.json",
    "tenderned": "tenderned.json",
    "tenderned-datasets": "tenderned-datasets.html",
}


def answer(source: str) -> bytes:
    return (ANSWERS / FILES[source]).read_bytes()


def test_each_reader_has_a_recorded_answer() -> None:
    assert set(FILES) == set(BY_SOURCE)
    noted = re.findall(r"^\| `([^`]+)`", (ANSWERS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(noted) == sorted(path.name for path in ANSWERS.iterdir() if path.name != "README.md")


@pytest.mark.parametrize(
    ("source", "values", "day"),
    [
        ("open-raadsinformatie", {"municipalities": 3.0, "provinces": 2.0}, None),
        ("tweede-kamer", {"documents": 1204317.0}, None),
        ("organisaties-overheid", {"organisations": 2.0}, date(2026, 11, 22)),
        ("algoritmeregister", {"registered": 1431.0}, None),
        ("algoritmeregister-rws", {"registered-rijkswaterstaat": 3.0}, None),
        ("eiti", {"eiti-implementing": 1.0}, None),
        ("tenderned", {"tenderned-publications": 214305.0}, None),
        ("tenderned-datasets", {"ocds-newest-year": 2026.0}, date(2026, 6, 30)),
    ],
)
def test_a_reader_reads_its_recorded_answer(source: str, values: dict[str, float], day: date | None) -> None:
    reader = BY_SOURCE[source]
    reading = reader.read(answer(source), "NL")
    assert (reading.values, reading.speaks_of) == (values, day)
    assert tuple(sorted(reading.values)) == tuple(sorted(reader.gives))


def as_html(body: bytes) -> bytes:
    return b"<!doctype html><html><p>Onderhoud</p></html>"


def cut_off(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


def renamed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(old, new)


def bodies(prefix: str, count: int) -> Callable[[bytes], bytes]:
    """Give aliases of as many bodies, beside those that are there."""
    more = {f"{prefix}_{number}_1": {"aliases": {f"{prefix}_{number}": {}}} for number in range(count)}
    return lambda body: json.dumps(json.loads(body) | more).encode()


NOT_JSON = "the answer: is not JSON ("
EMPTY = "the answer: is empty"
WRONG: list[tuple[str, Callable[[bytes], bytes], str]] = [
    *((source, lambda body: b" ", EMPTY) for source in FILES),
    *((source, as_html, NOT_JSON) for source, name in FILES.items() if name.endswith(".json")),
    *((source, cut_off, NOT_JSON) for source, name in FILES.items() if name.endswith(".json")),
    *((source, lambda body: b'{"a":' * 100_000, NOT_JSON) for source, name in FILES.items() if name.endswith(".json")),
    *((source, lambda body: b"[]", "the answer: is") for source, name in FILES.items() if name.endswith(".json")),
    *((source, lambda body: b"null", "the answer: is") for source, name in FILES.items() if name.endswith(".json")),
    # Open Raadsinformatie
    ("open-raadsinformatie", renamed(b"aliases", b"names"), "field 'aliases' of .kibana_1: is not there, but 'names'"),
    ("open-raadsinformatie", lambda body: b'{"ori_a_1": []}', "ori_a_1: is a list, not an object"),
    (
        "open-raadsinformatie",
        renamed(b"ori_", b"gem_"),
        "count 'municipalities': is 0, which cannot be: between 1 and 1000 is possible",
    ),
    (
        "open-raadsinformatie",
        renamed(b"osi_", b"prov_"),
        "count 'provinces': is 0, which cannot be: between 1 and 50 is possible",
    ),
    ("open-raadsinformatie", bodies("ori", 3420), "count 'municipalities': is 3423, which cannot be"),
    ("open-raadsinformatie", bodies("osi", 120), "count 'provinces': is 122, which cannot be"),
    # The House
    ("tweede-kamer", renamed(b"@odata.count", b"odata.count"), "field '@odata.count' of the answer: is not there, but"),
    ("tweede-kamer", renamed(b"1204317", b'"1204317"'), "field '@odata.count' of the answer: is text ('1204317'), not"),
    ("tweede-kamer", renamed(b"1204317", b"true"), "field '@odata.count' of the answer: is yes or no ('True'), not"),
    ("tweede-kamer", renamed(b"1204317", b"1"), "count '@odata.count': is 1, which cannot be: between 2 and"),
    ("tweede-kamer", renamed(b"1204317", b"120431700"), "count '@odata.count': is 120431700, which cannot be"),
    ("tweede-kamer", lambda body: b'{"@odata.count": 0, "value": []}', "field 'value' of the answer: lists no"),
    # Public bodies
    ("organisaties-overheid", as_html, "the answer: is not whole XML ("),
    ("organisaties-overheid", lambda body: b"<html></html>", "element 'organisatie': is not there"),
    ("organisaties-overheid", cut_off, "the answer: is not whole XML ("),
    ("organisaties-overheid", renamed(b"organisatie ", b"body "), "the answer: is not whole XML ("),
    (
        "organisaties-overheid",
        renamed(b"documentLocatie", b"locatie"),
        "element 'wooIndex/documentLocatie/informatiecategorie': is with none of 5 bodies",
    ),
    (
        "organisaties-overheid",
        renamed(b"Woo-verzoeken en", b"Verzoeken en"),
        "element 'informatiecategorie': none is 'woo-verzoeken en -besluiten', but convenanten, verzoeken en -besl",
    ),
    ("organisaties-overheid", renamed(b"2026-11-22T", b"gisteren T"), "attribute 'timestamp': is 'gisteren T03:00:00'"),
    # The Algorithm Register
    ("algoritmeregister", renamed(b"total_count", b"total"), "field 'total_count' of the answer: is not there, but"),
    ("algoritmeregister", renamed(b'"results"', b'"rows"'), "field 'results' of the answer: is not there, but 'rows'"),
    ("algoritmeregister", renamed(b": 1431", b": 4"), "field 'results' of the answer: lists 10 of 4, 10 were asked"),
    ("algoritmeregister", renamed(b": 1431", b": 14310000"), "count 'total_count': is 14310000, which cannot be"),
    ("algoritmeregister", lambda body: b'{"results": [], "total_count": 0}', "count 'total_count': is 0, which cannot"),
    ("algoritmeregister-rws", renamed(b"total_count", b"total"), "field 'total_count' of the answer: is not there"),
    (
        "algoritmeregister-rws",
        renamed(b": 3,", b": 30,"),
        "field 'results' of the answer: lists 3 of 30, 10 were",
    ),
    ("algoritmeregister-rws", renamed(b"org_id", b"org"), "field 'org_id' of an algorithm: is not there, but 'name'"),
    (
        "algoritmeregister-rws",
        lambda body: answer("algoritmeregister"),
        "field 'org_id' of an algorithm: is gm9999, but only oorg10004 was asked for",
    ),
    # EITI
    ("eiti", lambda body: b'{"data": {}}', "field 'data' of the answer: is an object, not a list"),
    ("eiti", lambda body: b'{"data": []}', "field 'data' of the answer: lists 0 countries"),
    (
        "eiti",
        renamed(b'"count": 2', b'"count": 20'),
        "field 'count' of the answer: says 20, but 2 countries",
    ),
    ("eiti", renamed(b"iso2", b"iso"), "field 'iso2' of a country: is not there, but 'id', 'label', 'self', 'iso'"),
    ("eiti", renamed(b"leave_date", b"left"), "field 'leave_date' of a country: is not there"),
    # TenderNed
    (
        "tenderned",
        renamed(b"totalElements", b"total"),
        "field 'totalElements' of the answer: is not there, but 'con",
    ),
    ("tenderned", renamed(b"content", b"items"), "field 'content' of the answer: is not there, but 'items'"),
    ("tenderned", renamed(b"214305", b"1"), "count 'totalElements': is 1, which cannot be: between 2 and"),
    ("tenderned", renamed(b"214305", b"21430500"), "count 'totalElements': is 21430500, which cannot be"),
    ("tenderned", lambda body: b'{"content": [], "totalElements": 0}', "field 'content' of the answer: lists no"),
    ("tenderned-datasets", as_html, "links 'Dataset_Tenderned-….json': are not there"),
    ("tenderned-datasets", lambda body: b'{"error": "x"}', "the answer: is not a whole page"),
    ("tenderned-datasets", cut_off, "the answer: is not a whole page"),
    ("tenderned-datasets", renamed(b"Dataset_", b"Data_"), "links 'Dataset_Tenderned-….json': are not there"),
    ("tenderned-datasets", renamed(b"2026-06-30.json", b"2026-06-31.json"), "link 'Dataset_Tenderned-….json': names"),
    ("tenderned-datasets", renamed(b"2026-06-30.json", b"9026-06-30.json"), "count 'year': is 9026, which cannot be"),
]


@pytest.mark.parametrize(("source", "spoil", "message"), WRONG)
def test_an_answer_of_another_shape_fails_and_says_what_was_found(
    source: str, spoil: Callable[[bytes], bytes], message: str
) -> None:
    spoilt = spoil(answer(source))
    assert spoilt != answer(source)
    with pytest.raises(ReadingError) as caught:
        BY_SOURCE[source].read(spoilt, "NL")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("country", "value"), [("NL", 1.0), ("nl", 1.0), ("XX", 0.0)])
def test_eiti_tells_whether_a_country_implements_it(country: str, value: float) -> None:
    assert BY_SOURCE["eiti"].read(answer("eiti"), country).values == {"eiti-implementing": value}


def test_a_country_that_eiti_does_not_list_is_no_country_that_left() -> None:
    with pytest.raises(ReadingError, match=r"^field 'iso2' of 2 countries: none is YY$"):
        BY_SOURCE["eiti"].read(answer("eiti"), "yy")


def test_eiti_says_nothing_of_a_country_that_may_stand_on_the_next_page() -> None:
    body = answer("eiti").replace(b'"self": {', b'"next": {')
    with pytest.raises(ReadingError, match="field 'next' of the answer: the list goes on elsewhere, before YY"):
        BY_SOURCE["eiti"].read(body, "YY")


def test_public_bodies_without_a_day_leave_the_day_to_the_fetch() -> None:
    body = answer("organisaties-overheid").replace(b' p:timestamp="2026-11-22T03:00:00"', b"")
    assert BY_SOURCE["organisaties-overheid"].read(body, "NL").speaks_of is None


def test_entities_of_a_list_of_public_bodies_cannot_grow() -> None:
    lines = [b'<!DOCTYPE p [<!ENTITY a0 "haha">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    with pytest.raises(ReadingError, match="is not whole XML"):
        BY_SOURCE["organisaties-overheid"].read(b"".join([*lines, b"]><p><organisatie>&a9;</organisatie></p>"]), "NL")


@pytest.mark.parametrize(
    ("value", "before", "jumps"),
    [
        (1431, None, False),
        (1600, 1431, False),
        (14310, 1431, True),
        (143, 1431, True),
        (0, 1431, True),
        (12, 6, False),
        (60, 6, True),
        (9, 1, False),
        (0, 1, False),
        (20, 0, True),
        (2026, 2025, False),
    ],
)
def test_a_jump_is_many_times_and_not_a_few(value: float, before: float | None, jumps: bool) -> None:
    assert is_jump(value, before) is jumps


# The shipped plan


def test_each_automatic_indicator_of_the_shipped_plan_has_its_reader(shipped: models.PlanFolder) -> None:
    found = {
        f"{c.number}/{i.id}": reader_of(i.address, i.id).name
        for c in shipped.commitments
        for i in c.indicators
        if i.automatic and i.address
    }
    assert found == {
        "1/provinces": "open-raadsinformatie/2",
        "1/municipalities": "open-raadsinformatie/2",
        "4/documents": "tweede-kamer/2",
        "5/organisations": "organisaties-overheid/1",
        "6/registered": "algoritmeregister/1",
        "6/registered-rijkswaterstaat": "algoritmeregister-rws/1",
        "9/eiti-implementing": "eiti/3",
        "10/ocds-newest-year": "tenderned-datasets/1",
        "10/tenderned-publications": "tenderned/1",
    }
    assert set(found.values()) == {reader.name for reader in READERS}


# A run


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def with_indicators(storage: Storage, shipped: models.PlanFolder, *found: models.Indicator) -> None:
    """Put a plan in the database whose first commitment has these indicators, and no other has any."""
    first, *others = (known.model_copy(update={"indicators": ()}) for known in shipped.commitments)
    commitments = (first.model_copy(update={"indicators": found}), *others)
    storage.replace_folder(shipped.model_copy(update={"commitments": commitments}), [])


def indicator(name: str, address: str | None, *, automatic: bool = True) -> models.Indicator:
    return models.Indicator.model_validate(
        {"id": name, "title": {"nl": name}, "relation": "direct", "automatic": automatic, "address": address}
    )


def run(storage: Storage, server: HostileServer, *, now: datetime = NOW, today: date = RUNNING) -> int:
    """Measure with the readers, each of the server's own page with the name of its source."""
    readers = tuple(replace(reader, address=server.url(f"/{page_of(reader)}")) for reader in READERS)

    async def visit() -> int:
        async with Guard(allow_hosts=[server.host]) as guard:
            return await measure(storage, guard=guard, readers=readers, now=now, today=today)

    return asyncio.run(visit())


def page_of(reader: Reader) -> str:
    return "algoritmeregister" if reader.ask else reader.source


def state(storage: Storage, name: str) -> IndicatorState:
    found = storage.get(IndicatorState, plan="2018-2020", commitment="2018-2020/01", indicator=name)
    assert found
    return found


def test_a_measurement_keeps_where_and_when_it_was_read(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    body = answer("open-raadsinformatie")
    server.pages["/open-raadsinformatie"] = Reply(body)
    at = server.url("/open-raadsinformatie")
    with_indicators(storage, shipped, indicator("provinces", at), indicator("municipalities", at))
    assert run(storage, server) == 2
    assert len(server.asked("/open-raadsinformatie")) == 1
    provinces, municipalities = storage.all(MeasurementRow)
    assert provinces == MeasurementRow(
        id="2018-2020/01/provinces/open-raadsinformatie/2/2026-11-24/2",
        plan="2018-2020",
        commitment="2018-2020/01",
        indicator="provinces",
        speaks_of=Period.day(FETCHED),
        day_from=DayFrom.FETCH,
        published_on=FETCHED,
        value=2.0,
        address=at,
        status=200,
        sha256=hashlib.sha256(body).hexdigest(),
        reader="open-raadsinformatie/2",
        recorded_at=NOW,
    )
    assert (municipalities.indicator, municipalities.value) == ("municipalities", 3.0)
    assert state(storage, "provinces") == IndicatorState(
        plan="2018-2020",
        commitment="2018-2020/01",
        indicator="provinces",
        address=at,
        reader="open-raadsinformatie/2",
        last_tried_at=NOW,
        last_success_at=NOW,
        next_at=NOW + timedelta(days=7),
    )


def test_a_measurement_speaks_of_the_day_that_the_answer_names(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/organisaties-overheid"] = Reply(answer("organisaties-overheid"))
    with_indicators(storage, shipped, indicator("organisations", server.url("/organisaties-overheid")))
    later = NOW + timedelta(days=7)
    assert (run(storage, server), run(storage, server, now=later)) == (1, 0)
    (row,) = storage.all(MeasurementRow)
    assert (row.speaks_of, row.day_from) == (Period.day(date(2026, 11, 22)), DayFrom.ANSWER)
    assert (row.published_on, row.recorded_at) == (FETCHED, NOW)
    assert state(storage, "organisations").last_success_at == later


def test_what_a_source_corrects_about_a_day_is_another_reading_of_it(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    body = answer("organisaties-overheid")
    server.pages["/organisaties-overheid"] = Reply(body)
    with_indicators(storage, shipped, indicator("organisations", server.url("/organisaties-overheid")))
    run(storage, server)
    server.pages["/organisaties-overheid"] = Reply(body.replace(b"<p:eindDatum>2023-01-01</p:eindDatum>", b""))
    run(storage, server, now=NOW + timedelta(days=7))
    found = [(str(row.speaks_of), row.value) for row in storage.all(MeasurementRow)]
    assert found == [("2026-11-22", 2.0), ("2026-11-22", 3.0)]


def test_a_day_that_is_yet_to_come_fails(storage: Storage, shipped: models.PlanFolder, server: HostileServer) -> None:
    body = answer("organisaties-overheid").replace(b"2026-11-22T", b"2027-11-22T")
    server.pages["/organisaties-overheid"] = Reply(body)
    at = server.url("/organisaties-overheid")
    with_indicators(storage, shipped, indicator("organisations", at))
    with pytest.raises(IndicatorError) as caught:
        run(storage, server)
    told = f"{at}: speaks of 2027-11-22, which is yet to come: look at the address"
    assert str(caught.value) == f"2018-2020/01/organisations: {told}"


def test_a_source_that_wants_a_question_is_asked_each_once(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    asked: list[object] = []

    def page(request: object) -> Reply:
        question = json.loads(getattr(request, "asked"))  # noqa: B009 - the page gets a Seen
        asked.append(question)
        return Reply(answer("algoritmeregister-rws" if "organisation" in question else "algoritmeregister"))

    server.pages["/algoritmeregister"] = page
    at = server.url("/algoritmeregister")
    with_indicators(storage, shipped, indicator("registered", at), indicator("registered-rijkswaterstaat", at))
    assert run(storage, server) == 2
    assert asked == [{"page": 1, "limit": 10}, {"page": 1, "limit": 10, "organisation": "oorg10004"}]
    assert [row.value for row in storage.all(MeasurementRow)] == [1431.0, 3.0]


def test_indicators_are_read_weekly(storage: Storage, shipped: models.PlanFolder, server: HostileServer) -> None:
    server.pages["/eiti"] = Reply(answer("eiti"))
    with_indicators(storage, shipped, indicator("eiti-implementing", server.url("/eiti")))
    assert [run(storage, server, now=NOW + timedelta(days=days)) for days in (0, 0, 6, 7)] == [1, 0, 0, 1]


def test_a_closed_plan_is_measured_and_its_readings_come_after_it(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/open-raadsinformatie"] = Reply(answer("open-raadsinformatie"))
    with_indicators(storage, shipped, indicator("provinces", server.url("/open-raadsinformatie")))
    assert run(storage, server, today=CLOSED) == 1
    (row,) = storage.all(MeasurementRow)
    assert row.published_on > shipped.plan.period.last_day


def test_a_plan_that_has_yet_to_begin_is_not_measured(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_indicators(storage, shipped, indicator("provinces", server.url("/open-raadsinformatie")))
    assert run(storage, server, today=date(2018, 1, 1)) == 0
    assert (server.seen, storage.count(MeasurementRow)) == ([], 0)


def test_indicators_kept_by_hand_are_left_alone(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    by_hand = indicator("provinces", server.url("/open-raadsinformatie"), automatic=False)
    with_indicators(storage, shipped, by_hand, indicator("meetings", None))
    assert run(storage, server) == 0
    assert server.seen == []


def test_what_fails_is_named_and_the_others_are_stored(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    aliases, eiti, unknown = (server.url(f"/{name}") for name in ("open-raadsinformatie", "eiti", "unknown"))
    server.pages["/open-raadsinformatie"] = Reply(answer("open-raadsinformatie"))
    server.pages["/eiti"] = Reply(b"<html>")
    names = (("water-boards", aliases), ("eiti-implementing", eiti), ("algorithms", unknown), ("provinces", aliases))
    with_indicators(storage, shipped, *(indicator(name, at) for name, at in names))
    with pytest.raises(IndicatorError) as caught:
        run(storage, server)
    assert str(caught.value) == (
        f"2018-2020/01/water-boards: {aliases}: gives no 'water-boards': "
        "name the indicator one of municipalities, provinces; "
        f"2018-2020/01/eiti-implementing: {eiti}: eiti/3 cannot read the answer: the answer: "
        "is not JSON (Expecting value: line 1 column 1 (char 0)), it begins with '<html>': "
        "look at the address, then bring the reader up to date; "
        f"2018-2020/01/algorithms: {unknown}: no reader knows it: take out 'automatic', or write a reader"
    )
    assert [row.indicator for row in storage.all(MeasurementRow)] == ["provinces"]
    failed = {name: state(storage, name).failures for name, _ in names}
    assert failed == {"water-boards": 1, "eiti-implementing": 1, "algorithms": 1, "provinces": 0}


def test_a_failure_leaves_the_old_value_with_its_old_day(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    at = server.url("/open-raadsinformatie")
    server.pages["/open-raadsinformatie"] = Reply(answer("open-raadsinformatie"))
    with_indicators(storage, shipped, indicator("provinces", at))
    run(storage, server)
    before = storage.all(MeasurementRow)
    server.pages["/open-raadsinformatie"] = Reply(b"", 503)
    tries = [NOW + timedelta(days=days) for days in (7, 8, 10, 14, 21, 28)]
    for number, moment in enumerate(tries, start=1):
        with pytest.raises(IndicatorError) as caught:
            run(storage, server, now=moment)
        assert str(caught.value) == f"2018-2020/01/provinces: {at}: answered 503{LASTING}"
        assert run(storage, server, now=moment + timedelta(hours=23)) == 0
        found = state(storage, "provinces")
        assert (found.failures, found.last_success_at, found.last_tried_at) == (number, NOW, moment)
    assert storage.all(MeasurementRow) == before
    assert [found.is_stale(moment) for moment in tries] == [False, False, False, False, False, True]


def test_what_is_gone_is_not_asked_again_until_its_address_changes(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/eiti"] = Reply(b"", 410)
    with_indicators(storage, shipped, indicator("eiti-implementing", server.url("/eiti")))
    with pytest.raises(IndicatorError, match="answered 410, gone for good: give its new address"):
        run(storage, server)
    assert state(storage, "eiti-implementing").next_at is None
    assert run(storage, server, now=NOW + timedelta(days=90)) == 0
    server.pages["/tweede-kamer"] = Reply(answer("tweede-kamer"))
    with_indicators(storage, shipped, indicator("eiti-implementing", server.url("/tweede-kamer")))
    with pytest.raises(IndicatorError, match="name the indicator one of documents"):
        run(storage, server, now=NOW + timedelta(days=91))


TEN_TIMES: list[tuple[str, str, bytes, bytes]] = [
    ("tweede-kamer", "documents", b"1204317", b"12043170"),
    ("algoritmeregister", "registered", b": 1431", b": 14310"),
    ("tenderned", "tenderned-publications", b"214305", b"2143050"),
]


@pytest.mark.parametrize(("source", "name", "old", "new"), TEN_TIMES)
def test_ten_times_as_much_is_kept_apart_until_a_person_has_looked(
    source: str, name: str, old: bytes, new: bytes, storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    at = server.url(f"/{source}")
    server.pages[f"/{source}"] = Reply(answer(source))
    with_indicators(storage, shipped, indicator(name, at))
    run(storage, server)
    (known,) = storage.all(MeasurementRow)
    server.pages[f"/{source}"] = Reply(answer(source).replace(old, new))
    later = NOW + timedelta(days=7)
    reader = state(storage, name).reader
    with pytest.raises(IndicatorError) as caught:
        run(storage, server, now=later)
    assert str(caught.value) == (
        f"2018-2020/01/{name}: {at}: {reader} gives {known.value * 10:.12g} after {known.value:.12g}, which is kept "
        "apart: look at the source; write the reading with its source in the plan file, or repair the reader"
    )
    (held,) = storage.all(HeldMeasurement)
    assert (held.value, held.before, held.recorded_at) == (known.value * 10, known.value, later)
    assert storage.all(MeasurementRow) == [known]
    assert state(storage, name).last_success_at == NOW
    assert held.came_last(state(storage, name))
    # The same again is kept apart too; a server that fails gave nothing.
    with pytest.raises(IndicatorError):
        run(storage, server, now=later + timedelta(days=1))
    held = storage.all(HeldMeasurement)[-1]
    assert held.came_last(state(storage, name))
    server.pages[f"/{source}"] = Reply(b"", 500)
    with pytest.raises(IndicatorError):
        run(storage, server, now=later + timedelta(days=3))
    assert not held.came_last(state(storage, name))
    server.pages[f"/{source}"] = Reply(answer(source).replace(old, new))
    later += timedelta(days=3)
    # A person wrote the reading, so the number stands and the next one is held against it.
    by_hand = known.model_copy(
        update={"id": "by-hand", "speaks_of": Period.day(FETCHED + timedelta(days=7)), "value": held.value}
    )
    storage.add(by_hand.model_copy(update={"reader": None, "recorded_at": later + timedelta(hours=1)}))
    assert run(storage, server, now=later + timedelta(days=4)) == 1


def test_ten_times_as_many_bodies_is_kept_apart(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    body = answer("organisaties-overheid")
    server.pages["/organisaties-overheid"] = Reply(body)
    with_indicators(storage, shipped, indicator("organisations", server.url("/organisaties-overheid")))
    run(storage, server)
    first = body[body.index(b"    <p:organisatie ") : body.index(b'    <p:organisatie p:systeemId="9002"')]
    server.pages["/organisaties-overheid"] = Reply(body.replace(first, first * 19))
    with pytest.raises(IndicatorError, match="gives 20 after 2, which is kept apart"):
        run(storage, server, now=NOW + timedelta(days=7))


def test_health_names_what_failed_and_what_is_old(
    settings: Settings, storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_indicators(storage, shipped, indicator("provinces", server.url("/open-raadsinformatie")))
    with pytest.raises(IndicatorError):
        run(storage, server)
    told = health.report(settings)
    assert told["indicators"]["2018-2020/01/provinces"] == {
        "reader": None,
        "last_tried_at": "2026-11-23T23:30:00Z",
        "last_success_at": None,
        "failures": 1,
        "next_at": "2026-11-24T23:30:00Z",
        "stale": True,
    }
    at = server.url("/open-raadsinformatie")
    line = f"indicator 2018-2020/01/provinces: {at}: answered 404: look at the address in a browser"
    assert line in told["notes"]


def test_a_list_of_bodies_that_is_made_to_fill_memory_is_refused_or_let_go() -> None:
    read = next(reader.read for reader in READERS if reader.name.startswith("organisaties-overheid"))
    for body, told in (
        (b"<r><organisatie>" + b"<a/>" * 3000 + b"</organisatie></r>", "has more than 2000 parts"),
        (b"<a>" * 60, "stands more than 50 deep"),
    ):
        with pytest.raises(ReadingError, match=told):
            read(body, "NL")
    tracemalloc.start()
    with pytest.raises(ReadingError, match="element 'organisatie': is not there"):
        read(b"<r>" + b"<a/>" * 100_000 + b"</r>", "NL")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
