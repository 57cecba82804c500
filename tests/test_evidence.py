"""Evidence: what a check of an address finds, keeps and records."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import evidence
from monitor.evidence import AGAIN_AFTER, EvidenceError, check, due, judge, keep
from monitor.fetch import Answer, Guard
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
            return await check(storage, guard=guard, folder=folder, now=now)

    return asyncio.run(visit())


def found(storage: Storage, name: str) -> tuple[str, str | None, datetime | None]:
    record = storage.get(Evidence, id=name)
    assert record
    return record.state, record.sha256, record.checked_at


def test_a_first_check_keeps_hash_and_body(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    assert run(storage, server, tmp_path / "kept") == 1
    assert found(storage, "1") == (EvidenceState.ALIVE, sha256(b"besluit"), NOW)
    path = tmp_path / "kept" / sha256(b"besluit")[:2] / sha256(b"besluit")
    assert path.read_bytes() == b"besluit"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert len(list(path.parent.iterdir())) == 1


def test_changed_evidence_keeps_the_hash_of_what_was_cited(
    storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)
    server.pages["/stuk"] = Reply(b"ander besluit")
    run(storage, server, tmp_path, now=LATER)
    assert found(storage, "1") == (EvidenceState.CHANGED, sha256(b"besluit"), LATER)
    assert len([path for path in tmp_path.rglob("*") if path.is_file() and len(path.name) == 64]) == 2
    server.pages["/stuk"] = Reply(b"besluit")
    run(storage, server, tmp_path, now=LATER + AGAIN_AFTER)
    assert found(storage, "1")[0] is EvidenceState.ALIVE


@pytest.mark.parametrize("status", [404, 410])
def test_evidence_that_is_not_there_any_more_is_gone(
    status: int, storage: Storage, server: HostileServer, tmp_path: Path
) -> None:
    server.pages["/stuk"] = Reply(status=status)
    storage.add(cited("1", server.url("/stuk"), sha256="abc", state="alive"))
    assert run(storage, server, tmp_path) == 1
    assert found(storage, "1") == (EvidenceState.GONE, "abc", NOW)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_fails_or_refuses_says_nothing_of_evidence(
    status: int, storage: Storage, server: HostileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.pages["/stuk"] = Reply(status=status)
    storage.add(cited("1", server.url("/stuk"), sha256="abc", state="alive"))
    assert run(storage, server, tmp_path) == 0
    assert found(storage, "1") == (EvidenceState.UNCHECKED, "abc", NOW)
    assert caplog.messages == [
        f"evidence not checked: {server.url('/stuk')}: answered {status}: look at the address in a browser"
    ]


def test_an_address_inside_the_network_is_not_visited(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    storage.add(cited("1", "http://127.0.0.1:1/geheim"))
    assert run(storage, server, tmp_path) == 0
    assert found(storage, "1") == (EvidenceState.UNCHECKED, None, NOW)


def test_evidence_that_moved_for_good_says_so(storage: Storage, server: HostileServer, tmp_path: Path) -> None:
    server.pages["/stuk"] = Reply(status=301, headers={"Location": "/elders"})
    server.pages["/elders"] = Reply(b"besluit")
    storage.add(cited("1", server.url("/stuk")))
    run(storage, server, tmp_path)
    assert found(storage, "1") == (EvidenceState.MOVED, sha256(b"besluit"), NOW)


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
    assert judge(cited("1", asked), answer) is state


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

    checked = [cited(str(day), address(day), checked_at=NOW - timedelta(days=day)) for day in range(40)]
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
    run(storage, server, tmp_path / "kept")
    assert storage.all(Evidence) == []
    assert not (tmp_path / "kept").exists()


def test_a_body_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where a folder should be")
    with pytest.raises(EvidenceError, match=r": cannot be kept \(.*\): free space, or make the folder writable$"):
        keep(tmp_path / "kept", Answer("https://a.example/", "https://a.example/", 200, NOW, body=b"x"))


def test_the_job_keeps_bodies_in_the_data_folder(settings: Settings, server: HostileServer) -> None:
    server.pages["/stuk"] = Reply(b"besluit")
    with Storage(settings.database) as storage:
        storage.add(cited("1", server.url("/stuk")))
    assert evidence.run(replace(settings, allow_hosts=(server.host,))) == 1
    assert evidence.run(replace(settings, allow_hosts=(server.host,))) == 0
    assert (settings.data / "evidence" / sha256(b"besluit")[:2] / sha256(b"besluit")).exists()
