"""Indicators: what each reader takes from its source, that another shape fails, and what a run stores."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import indicators, models
from monitor.fetch import Guard
from monitor.indicators import (
    IndicatorError,
    Reader,
    ReadingError,
    measure,
    read_eiti,
    read_open_raadsinformatie,
)
from monitor.models import MeasurementRow
from monitor.periods import Period
from monitor.settings import Settings
from monitor.storage import Storage
from tests.hostile_server import HostileServer, Reply, hostile_server

ANSWERS = Path(__file__).parent / "data" / "answers"
ALIASES = (ANSWERS / "open-raadsinformatie.json").read_bytes()
EITI = (ANSWERS / "eiti.json").read_bytes()
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
RUNNING, CLOSED = date(2019, 6, 30), date(2026, 11, 23)


def test_open_raadsinformatie_counts_each_body_once() -> None:
    assert read_open_raadsinformatie(ALIASES).values == {"municipalities": 3.0, "provinces": 2.0}


def bodies(prefix: str, count: int) -> bytes:
    """Give aliases of as many bodies, beside those that are there."""
    more = {f"{prefix}_{number}_1": {"aliases": {f"{prefix}_{number}": {}}} for number in range(count)}
    return json.dumps(json.loads(ALIASES) | more).encode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"<html><p>Onderhoud</html>", "is not JSON (Expecting value: line 1 column 1 (char 0))"),
        (b'{"a":' * 100_000, "is not JSON (maximum recursion depth exceeded while decoding"),
        (b"{}", "is not an object of indexes"),
        (b"[]", "is not an object of indexes"),
        (b"null", "is not an object of indexes"),
        (ALIASES[:-40], "is not JSON ("),
        (ALIASES.replace(b"aliases", b"names"), "has no 'aliases' in .kibana_1"),
        (b'{"ori_a_1": []}', "has no 'aliases' in ori_a_1"),
        (ALIASES.replace(b"ori_", b"gem_"), "counts 0 municipalities, which is not between 1 and 1000"),
        (ALIASES.replace(b"osi_", b"prov_"), "counts 0 provinces, which is not between 1 and 50"),
        (bodies("ori", 3420), "counts 3423 municipalities, which is not between 1 and 1000"),
        (bodies("osi", 120), "counts 122 provinces, which is not between 1 and 50"),
    ],
)
def test_open_raadsinformatie_of_another_shape_fails(body: bytes, message: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_open_raadsinformatie(body)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("country", "value"), [("NL", 1.0), ("nl", 1.0), ("XX", 0.0), ("YY", 0.0)])
def test_eiti_tells_whether_a_country_implements_it(country: str, value: float) -> None:
    assert read_eiti(EITI, country).values == {"eiti-implementing": value}


@pytest.mark.parametrize(
    ("body", "country", "message"),
    [
        (b" ", "NL", "is empty"),
        (b"<!doctype html>", "NL", "is not JSON ("),
        (EITI[:-3], "NL", "is not JSON ("),
        (b"[]", "NL", "has no 'data' in the answer"),
        (b'{"data": {}}', "NL", "has no 'data' in the answer"),
        (b'{"data": []}', "NL", "lists no countries"),
        (EITI.replace(b"iso2", b"iso"), "NL", "has no 'iso2' in a country"),
        (EITI.replace(b"leave_date", b"left"), "NL", "has no 'leave_date' in a country"),
        (EITI.replace(b'"self": {', b'"next": {'), "YY", "breaks off before YY: it has a next page"),
    ],
)
def test_eiti_of_another_shape_fails(body: bytes, country: str, message: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_eiti(body, country)
    assert str(caught.value).startswith(message)


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
    """Measure with readers of the server's own pages."""
    readers = (
        Reader("aliases/1", server.url("/aliases"), read_open_raadsinformatie),
        Reader("eiti/1", server.url("/eiti"), read_eiti),
    )

    async def visit() -> int:
        async with Guard(allow_hosts=[server.host]) as guard:
            return await measure(storage, guard=guard, readers=readers, now=now, today=today)

    return asyncio.run(visit())


def test_a_measurement_keeps_where_and_when_it_was_read(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/aliases"] = Reply(ALIASES)
    at = server.url("/aliases")
    with_indicators(storage, shipped, indicator("provinces", at), indicator("municipalities", at))
    assert run(storage, server) == 2
    assert len(server.asked("/aliases")) == 1
    provinces, municipalities = storage.all(MeasurementRow)
    assert provinces == MeasurementRow(
        id="2018-2020/01/provinces/aliases/1/2026-11-24",
        plan="2018-2020",
        commitment="2018-2020/01",
        indicator="provinces",
        speaks_of=Period.day(date(2026, 11, 24)),
        published_on=date(2026, 11, 24),
        value=2.0,
        address=at,
        status=200,
        sha256=hashlib.sha256(ALIASES).hexdigest(),
        reader="aliases/1",
        recorded_at=NOW,
    )
    assert (municipalities.indicator, municipalities.value) == ("municipalities", 3.0)


def test_indicators_are_read_weekly(storage: Storage, shipped: models.PlanFolder, server: HostileServer) -> None:
    server.pages["/eiti"] = Reply(EITI)
    with_indicators(storage, shipped, indicator("eiti-implementing", server.url("/eiti")))
    assert [run(storage, server, now=NOW + timedelta(days=days)) for days in (0, 0, 6, 7)] == [1, 0, 0, 1]


def test_a_closed_plan_is_not_measured_any_more(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_indicators(storage, shipped, indicator("provinces", server.url("/aliases")))
    assert run(storage, server, today=CLOSED) == 0
    assert (server.seen, storage.count(MeasurementRow)) == ([], 0)


def test_indicators_kept_by_hand_are_left_alone(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    by_hand = indicator("provinces", server.url("/aliases"), automatic=False)
    with_indicators(storage, shipped, by_hand, indicator("meetings", None))
    assert run(storage, server) == 0
    assert server.seen == []


def test_what_fails_is_named_and_the_others_are_stored(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    aliases, eiti, unknown = server.url("/aliases"), server.url("/eiti"), server.url("/unknown")
    server.pages["/aliases"] = Reply(ALIASES)
    server.pages["/eiti"] = Reply(b"<html>")
    with_indicators(
        storage,
        shipped,
        indicator("water-boards", aliases),
        indicator("eiti-implementing", eiti),
        indicator("algorithms", unknown),
        indicator("provinces", aliases),
    )
    with pytest.raises(IndicatorError) as caught:
        run(storage, server)
    assert str(caught.value) == (
        f"2018-2020/01/water-boards: {aliases}: gives no 'water-boards': "
        "name the indicator one of municipalities, provinces; "
        f"2018-2020/01/eiti-implementing: {eiti}: "
        "is not JSON (Expecting value: line 1 column 1 (char 0)): bring eiti/1 up to date; "
        f"2018-2020/01/algorithms: {unknown}: no reader knows it: take out 'automatic', or write a reader"
    )
    assert [row.indicator for row in storage.all(MeasurementRow)] == ["provinces"]


def test_a_source_that_does_not_answer_is_named(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_indicators(storage, shipped, indicator("provinces", server.url("/aliases")))
    server.pages["/aliases"] = Reply(b"", 503)
    with pytest.raises(IndicatorError) as caught:
        run(storage, server)
    at = server.url("/aliases")
    assert str(caught.value) == f"2018-2020/01/provinces: {at}: answered 503: look at the address in a browser"


def test_the_job_reads_nothing_of_the_shipped_plan_as_it_is_closed(settings: Settings, synced: Storage) -> None:
    before = synced.count(MeasurementRow)
    assert indicators.run(replace(settings, today=CLOSED)) == 0
    assert synced.count(MeasurementRow) == before
