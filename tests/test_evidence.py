"""Evidence: what a check of an address finds, keeps and records."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import evidence
from monitor.evidence import AGAIN_AFTER, GONE_AFTER, GONE_TRIES, SOON_AGAIN, Archive, check, due, judged, titles
from monitor.fetch import Answer, Guard
from monitor.lease import lease
from monitor.models import Evidence, EvidenceState
from monitor.settings import Settings
from monitor.storage import Storage
from tests.hostile_server import HostileServer, Reply, hostile_server

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOW + AGAIN_AFTER


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def cited(name: str, address: str | None, **more: object) -> Evidence:
    values = {"id": name, "plan": "p", "update_id": "u", "address": address, "recorded_at": NOW, **more}
    return Evidence.model_validate(values)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def run(storage: Storage, server: HostileServer, folder: Path, *, now: datetime = NOW) -> int:
    async def visit() -> int:
        async with Guard(allow_hosts=[server.host], seconds=5) as guard:
            return await check(storage, guard=guard, archive=Archive(folder), now=now)

    return asyncio.run(visit())


def found(storage: Storage, name: str) -> tuple[str, str | None, datetime | None]:
    record = storage.get(Evidence, id=name)
    assert record
    return record.state, record.sha256, record.checked_at


def kept(folder: Path) -> list[str]:
    return [entry.sha256 for entry in Archive(folder).entries()]


def test_a_first_check_keeps_hash_and_body(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    server.pages["/stuk"] = Reply(b"besluit", headers={"Content-Type": "text/plain"})
    storage.add(cited("1", server.url("/stuk")))
    assert run(storage, server, tmp_path) == 1
    assert storage.get(Evidence, id="1") == cited(
        "1",
        server.url("/stuk"),
        state="alive",
        status=200,
        checked_at=NOW,
        tried_at=NOW,
        fetched_at=NOW,
        sha256=sha256(b"besluit"),
    )
    held = Archive(tmp_path).read(sha256(b"besluit"))
    assert held
    assert (held.body, held.content_type, held.entry.fetched_at) == (b"besluit", "text/plain", NOW)


def test_changed_evidence_keeps_the_hash_of_what_was_cited(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)
    server.pages["/stuk"] = Reply(b"ander besluit")
    run(storage, server, tmp_path, now=LATER)
    assert found(storage, "1") == (EvidenceState.CHANGED, sha256(b"besluit"), LATER)
    assert kept(tmp_path) == [sha256(b"besluit"), sha256(b"ander besluit")]
    server.pages["/stuk"] = Reply(b"besluit")
    run(storage, server, tmp_path, now=LATER + AGAIN_AFTER)
    assert found(storage, "1")[0] is EvidenceState.ALIVE
    assert len(kept(tmp_path)) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_evidence_is_gone_after_several_tries_and_back_at_once(
    status: int, storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(status=status)
    storage.add(cited("1", server.url("/stuk"), sha256=sha256(b"besluit"), state="alive"))
    states = []
    for day in range(GONE_TRIES):
        assert run(storage, server, tmp_path, now=NOW + day * SOON_AGAIN) == 1
        assert run(storage, server, tmp_path, now=NOW + day * SOON_AGAIN + timedelta(hours=1)) == 0, "a day between"
        states.append(found(storage, "1")[0])
    assert states == [EvidenceState.MISSING] * (GONE_TRIES - 1) + [EvidenceState.GONE]
    record = storage.get(Evidence, id="1")
    assert record
    assert (record.missing_since, record.misses, record.status) == (NOW, GONE_TRIES, status)
    server.pages["/stuk"] = Reply(b"besluit")
    assert run(storage, server, tmp_path, now=NOW + timedelta(days=30)) == 1
    back = storage.get(Evidence, id="1")
    assert back
    assert (back.state, back.missing_since, back.misses) == (EvidenceState.ALIVE, None, 0)


def test_many_tries_within_a_day_make_nothing_gone() -> None:
    record = cited("1", "https://a.example/")
    for hour in range(10):
        record = judged(
            record, Answer("https://a.example/", "https://a.example/", 404, NOW), NOW + timedelta(hours=hour)
        )
    assert record.state is EvidenceState.MISSING
    assert judged(record, Answer("x", "x", 404, NOW), NOW + GONE_AFTER).state is EvidenceState.GONE


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_fails_or_refuses_says_nothing_of_evidence(
    status: int, storage: Storage, server: HostileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.pages["/stuk"] = Reply(status=status)
    before = cited("1", server.url("/stuk"), sha256="abc", state="alive", checked_at=NOW, tried_at=NOW)
    storage.add(before)
    assert run(storage, server, tmp_path, now=LATER) == 0
    assert storage.get(Evidence, id="1") == before.model_copy(update={"tried_at": LATER, "status": status})
    assert caplog.messages == [
        f"evidence not checked: {server.url('/stuk')}: answered {status}: look at the address in a browser"
    ]


def test_an_address_inside_the_network_is_not_visited(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    storage.add(cited("1", "http://127.0.0.1:1/geheim"))
    assert run(storage, server, tmp_path) == 0
    assert found(storage, "1") == (EvidenceState.UNCHECKED, None, None)
    assert kept(tmp_path) == []


def test_a_first_attempt_without_an_answer_is_no_check_and_soon_made_again(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    storage.add(cited("1", "http://127.0.0.1:1/stil"))
    run(storage, server, tmp_path)
    record = storage.get(Evidence, id="1")
    assert record
    assert (record.state, record.tried_at, record.checked_at, record.status) == ("unchecked", NOW, None, None)
    assert list(due([record], NOW + timedelta(hours=23))) == []
    assert list(due([record], NOW + SOON_AGAIN)) == [record.address]


def test_evidence_that_moved_for_good_says_so(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    server.pages["/stuk"] = Reply(status=301, headers={"Location": "/elders"})
    server.pages["/elders"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)
    assert found(storage, "1") == (EvidenceState.MOVED, sha256(b"besluit"), NOW)
    record = storage.get(Evidence, id="1")
    assert record
    assert record.moved_to == server.url("/elders")
    server.pages["/stuk"] = Reply(b"besluit")
    run(storage, server, tmp_path, now=LATER)
    back = storage.get(Evidence, id="1")
    assert back
    assert (back.state, back.moved_to) == (EvidenceState.ALIVE, None)


def test_a_new_address_that_names_a_person_is_not_kept() -> None:
    lands = "https://a.example/stuk?van=iemand%40voorbeeld.example"
    answer = Answer("https://a.example/stuk", lands, 200, NOW, body=b"x", permanent_redirect=lands)
    seen = judged(cited("1", "https://a.example/stuk"), answer, NOW)
    assert (seen.state, seen.moved_to) == (EvidenceState.MOVED, None)


@pytest.mark.parametrize(
    ("asked", "lands", "state"),
    [
        ("http://a.example/stuk", "https://www.a.example/stuk/", EvidenceState.ALIVE),
        ("https://a.example/stuk", "https://a.example/stuk?v=2", EvidenceState.MOVED),
        ("https://a.example/stuk", "https://b.example/stuk", EvidenceState.MOVED),
    ],
)
def test_a_safer_spelling_of_an_address_is_no_move(asked: str, lands: str, state: EvidenceState) -> None:
    answer = Answer(asked, lands, 200, NOW, body=b"x", permanent_redirect=lands)
    assert judged(cited("1", asked), answer, NOW).state is state


def test_an_address_that_is_cited_twice_is_visited_once(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    for name in ("1", "2"):
        storage.add(cited(name, server.url("/stuk")))
    storage.add(cited("3", None, no_address={"nl": "Op papier."}))
    assert run(storage, server, tmp_path) == 1
    assert len(server.asked("/stuk")) == 1
    assert [found(storage, name)[2] for name in ("1", "2", "3")] == [NOW, NOW, None]


def test_the_longest_waiting_go_first_and_none_more_than_weekly() -> None:
    def address(day: int) -> str:
        return f"https://a.example/{day}"

    def known(day: int) -> Evidence:
        moment = NOW - timedelta(days=day)
        return cited(str(day), address(day), checked_at=moment, tried_at=moment, state="alive")

    checked = [known(day) for day in range(40)]
    waiting = list(due([*checked, cited("new", "https://a.example/new"), cited("none", None)], NOW))
    assert waiting == ["https://a.example/new", *(address(day) for day in range(39, 20, -1))]
    assert list(due(checked[:8], NOW)) == [address(7)]


def test_evidence_erased_during_a_check_stays_erased(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    def page(request: object) -> Reply:
        with Storage(storage.path) as other:
            other.delete(Evidence, id="1")
        return Reply(b"besluit")

    server.pages["/stuk"] = page
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)
    assert storage.all(Evidence) == []
    assert kept(tmp_path) == []


PDF = b"%PDF-1.7 <dc:title> <rdf:Alt><rdf:li xml:lang='x-default'>Plan &amp; aanpak</rdf:li></rdf:Alt></dc:title>"


@pytest.mark.parametrize(
    ("kind", "body", "title"),
    [
        ("text/html", b"<title>\n Besluit  &amp; bijlage </title>", "Besluit & bijlage"),
        ("text/html", "<meta charset=iso-8859-1><title>Café</title>".encode("latin-1"), "Café"),
        ("text/html; charset=utf-8", "<title>Café</title>".encode(), "Café"),
        ("text/html", "<title>Café “x”</title>".encode("cp1252"), "Café “x”"),
        ("text/html; charset=hex", b"<title>Besluit</title>", "Besluit"),
        ("text/html", b"<title>Vraag het jan@voorbeeld.example</title>", None),
        ("text/html", b"<title>Brief van minister Voorbeeld</title>", None),
        ("text/html", b"<title>Klacht over mevrouw Voorbeeld</title>", None),
        ("text/html", b"<title>Bezwaarschrift van J. Voorbeeld</title>", None),
        ("text/html", b"<title>Brief aan Dorpsstraat 1, 1234 AB Voorbeeldstad</title>", None),
        ("text/html", b"<title>Nummer 123456782 in de lijst</title>", None),
        ("text/html", b"<title>Nummer 123456789 in de lijst</title>", "Nummer 123456789 in de lijst"),
        ("text/html", b"<title>Rekening NL91ABNA0417164300</title>", None),
        ("text/html", b"<title " * 50_000, None),
        ("text/plain", b"<title>geen pagina</title>", None),
        ("application/octet-stream", PDF, "Plan & aanpak"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_a_page_calls_itself_is_its_title_unless_it_names_somebody(
    kind: str, body: bytes, title: str | None
) -> None:
    assert titles.public_title(kind, body) == title


def test_a_title_is_public_only_with_the_copy(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    def shown() -> list[tuple[str | None, str | None]]:
        return [(row.title, row.page_title) for row in storage.all(Evidence, order="id")]

    server.pages["/stuk"] = Reply(b"<title>Besluit</title>", headers={"Content-Type": "text/html"})
    storage.add(cited("1", server.url("/stuk"), page_title="Van een eerdere versie van dit programma"))
    storage.add(cited("2", server.url("/stuk"), title="Zo genoemd"))
    run(storage, server, tmp_path)
    evidence.settle(storage, Archive(tmp_path), tmp_path, now=NOW)
    assert shown() == [(None, None), ("Zo genoemd", None)]
    name = sha256(b"<title>Besluit</title>")
    given = {"ground": {"nl": "Nagelezen."}, "role": "reviewer"}
    evidence.release(storage, Archive(tmp_path), tmp_path, name, now=NOW, **given)
    storage.add(cited("3", server.url("/stuk")))
    run(storage, server, tmp_path, now=LATER)
    evidence.settle(storage, Archive(tmp_path), tmp_path, now=LATER)
    assert shown() == [(None, "Besluit"), ("Zo genoemd", None), (None, "Besluit")], "also where it is cited later"
    evidence.hold(storage, tmp_path, name, now=LATER, **given)
    assert shown() == [(None, None), ("Zo genoemd", None), (None, None)]


def test_the_store_is_waited_for_in_a_thread_while_others_write(
    storage: Storage, server: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    waits = threading.Event()

    @contextmanager
    def told(path: Path, *, wait_seconds: float = 0) -> Iterator[bool]:
        waits.set()
        with lease(path, wait_seconds=wait_seconds) as held:
            yield held

    def look() -> int:
        with Storage(storage.path) as own:
            return run(own, server, tmp_path)

    Archive(tmp_path).keep(Answer("https://a.example/", "https://a.example/", 200, NOW, body=b"x"))
    monkeypatch.setattr("monitor.evidence.archive.lease", told)
    with ThreadPoolExecutor() as threads:
        with lease(tmp_path / "archive" / ".lock"):
            looking = threads.submit(look)
            assert waits.wait(60)
            # A report that is accepted at this moment does not wait for the store, not even for a moment.
            storage.db.execute("PRAGMA busy_timeout = 0")
            for number in range(20):
                storage.add(cited(f"accepted-{number}", None))
        assert looking.result() == 1
    assert found(storage, "1")[0] is EvidenceState.ALIVE


def test_evidence_taken_down_while_it_is_looked_at_is_not_kept(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)

    def page(request: object) -> Reply:
        with Storage(storage.path) as other:
            given = {"ground": {"nl": "Er staat een naam in."}, "role": "reviewer", "now": NOW}
            evidence.take_down(other, Archive(tmp_path), tmp_path, sha256(b"besluit"), **given)
        return Reply(b"later besluit")

    server.pages["/stuk"] = page
    run(storage, server, tmp_path, now=LATER)
    assert kept(tmp_path) == []


def test_the_job_keeps_bodies_where_the_public_does_not_come(settings: Settings, server: HostileServer) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    with Storage(settings.database) as storage:
        storage.add(cited("1", server.url("/stuk")))
    assert evidence.run(replace(settings, allow_hosts=(server.host,))) == 1
    assert evidence.run(replace(settings, allow_hosts=(server.host,))) == 0
    assert kept(settings.data) == [sha256(b"besluit")]
    assert [request.path for request in server.seen] == ["/robots.txt", "/stuk"], "saved nowhere unless asked"


@pytest.mark.parametrize("way", ["redirect", "content-location"])
def test_a_web_archive_is_asked_to_save_where_that_is_switched_on(
    way: str, settings: Settings, server: HostileServer
) -> None:
    address = server.url("/stuk")
    copy = f"/web/20261123120000/{address}"
    server.pages["/stuk"] = Reply(b"besluit")
    server.pages[copy] = Reply(b"kopie")
    server.pages[f"/save/{address}"] = (
        Reply(status=302, headers={"Location": copy})
        if way == "redirect"
        else Reply(b"bewaard", headers={"Content-Location": copy})
    )
    with Storage(settings.database) as storage:
        storage.add(cited("1", address))
        on = replace(settings, allow_hosts=(server.host,), save_at=server.url("/save/"))
        evidence.run(on)
        evidence.run(on)
        [record] = storage.all(Evidence)
    assert record.archive_address == server.url(copy)
    assert len(server.asked(f"/save/{address}")) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429),
        Reply(b"geen kopie"),
        Reply(b"elders", headers={"Content-Location": "https://elders.example/web/1/x"}),
        Reply(status=302, headers={"Location": "http://127.0.0.1:1/web/x"}),
    ],
)
def test_a_web_archive_that_saves_nothing_changes_nothing(
    reply: Reply, settings: Settings, server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.pages["/stuk"] = Reply(b"besluit")
    server.pages[f"/save/{server.url('/stuk')}"] = reply
    with Storage(settings.database) as storage:
        storage.add(cited("1", server.url("/stuk")))
        assert evidence.run(replace(settings, allow_hosts=(server.host,), save_at=server.url("/save"))) == 1
        assert [record.archive_address for record in storage.all(Evidence)] == [None]
    assert caplog.messages[-1].startswith("evidence not saved: ")
