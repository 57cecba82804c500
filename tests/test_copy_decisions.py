"""Decisions about copies: one at a time in any process, for good once taken down, and the public files agree."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from bot.files import viewing
from monitor import apart, documents, evidence, models, released
from monitor.cli import main
from monitor.evidence import Archive, EvidenceError, NotShownError, TakenDownError, renditions
from monitor.fetch import Answer
from monitor.lease import lease
from monitor.models import CopyDecision, CopyState, Evidence, EvidenceState
from monitor.periods import day_of
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, TODAY
from tests.hostile_server import HostileServer, Reply
from tests.test_archive import (
    DOWN,
    GROUND,
    LONG_AGO,
    UPDATE,
    client,
    command,
    digest,
    look,
    page,
    released_,
    server,
    town,
)

__all__ = ["client", "server", "town"]

DEEP = "<div>" * 200_000


def decided(settings: Settings, sha256: str) -> CopyDecision:
    with Storage(settings.database) as storage:
        found = released.decision(storage, sha256)
    assert found
    return found


def down(settings: Settings, sha256: str) -> None:
    with Storage(settings.database) as storage:
        given = {"ground": DOWN, "role": "reviewer", "now": NOW}
        evidence.take_down(storage, Archive(settings.data), settings.data, sha256, **given)


def public(settings: Settings) -> list[str]:
    folder = settings.data / "released"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# One at a time


def test_a_copy_taken_down_during_its_release_does_not_become_public(
    town: Settings, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha, real = digest(town, "notitie"), renditions.files

    def meanwhile(*given: object) -> dict[str, bytes]:
        down(town, sha)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(renditions, "files", meanwhile)
    given = {"ground": GROUND, "role": "reviewer", "now": NOW + timedelta(seconds=1)}
    with Storage(town.database) as storage, pytest.raises(TakenDownError, match=r"was taken down on .*, because: Er "):
        evidence.release(storage, Archive(town.data), town.data, sha, **given)
    assert (decided(town, sha).state, public(town)) == (CopyState.TAKEN_DOWN, [])
    assert client.get(f"/bestanden/{sha}.txt").status_code == 410


def test_the_plan_does_not_release_what_a_reviewer_held_back_meanwhile(
    town: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha, real = digest(town, "notitie"), renditions.files

    def meanwhile(*given: object) -> dict[str, bytes]:
        with Storage(town.database) as storage:
            evidence.hold(storage, town.data, sha, ground=DOWN, role="reviewer", now=NOW)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(renditions, "files", meanwhile)
    with Storage(town.database) as storage:
        given = {"ground": GROUND, "role": evidence.PLAN, "now": NOW + timedelta(seconds=1)}
        assert evidence.release(storage, Archive(town.data), town.data, sha, **given).state is CopyState.HELD
    assert (decided(town, sha).ground, public(town)) == (DOWN, [])


@pytest.mark.parametrize("way", ["release", "hold", "take_down"])
def test_who_decides_waits_for_who_is_at_it(way: str, town: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.evidence.turns.WAIT_SECONDS", 0)
    sha, given = digest(town, "notitie"), {"ground": GROUND, "role": "reviewer", "now": NOW}
    ways: dict[str, Callable[[Storage], object]] = {
        "release": lambda storage: evidence.release(storage, Archive(town.data), town.data, sha, **given),
        "hold": lambda storage: evidence.hold(storage, town.data, sha, **given),
        "take_down": lambda storage: evidence.take_down(storage, Archive(town.data), town.data, sha, **given),
    }
    with (
        Storage(town.database) as storage,
        lease(town.data / "copies.lock"),
        pytest.raises(
            EvidenceError, match=r"copies\.lock: another program decides about copies: try again in a minute$"
        ),
    ):
        ways[way](storage)
    with Storage(town.database) as storage:
        assert storage.all(CopyDecision) == []
    assert public(town) == []
    assert Archive(town.data).read(sha)


def test_two_processes_that_release_and_take_down_leave_it_down(town: Settings) -> None:
    sha = digest(town, "notitie")
    asked = [("release-copy", GROUND["nl"]), ("take-down", DOWN["nl"]), ("release-copy", GROUND["nl"])]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "monitor", way, sha, "--ground", why, "--data", str(town.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for way, why in asked
    ]
    told = [process.communicate(timeout=120)[0].decode() for process in started]
    assert f"Took {sha} down." in told[1], told
    assert (decided(town, sha).state, public(town)) == (CopyState.TAKEN_DOWN, []), told
    assert Archive(town.data).read(sha) is None


# Files that are missing, or left behind


def test_a_released_file_that_is_missing_is_put_back(town: Settings, client: TestClient) -> None:
    name, page_name = released_(town, "notitie"), released_(town, "besluit")
    before = (public(town), decided(town, name[:64]))
    for path in (town.data / "released").iterdir():
        path.unlink()
    assert released_(town, "notitie") == name, "by who releases it again"
    assert public(town) == [name]
    look(town)
    assert (public(town), decided(town, name[:64])) == before, "and at the next run"
    assert client.get(f"/bestanden/{page_name}").status_code == 200


def test_a_released_copy_that_is_nowhere_any_more_is_held_back_until_it_is_kept_again(
    town: Settings, client: TestClient, tmp_path: Path
) -> None:
    name = released_(town, "notitie")
    (town.data / "released" / name).unlink()
    Archive(town.data).erase(lambda entry: True)
    look(town)
    assert f"bestanden/{name}" not in page(town, tmp_path / "a")
    assert (decided(town, name[:64]).state, decided(town, name[:64]).role) == (CopyState.HELD, evidence.PLAN)
    with Storage(town.database) as storage:
        for row in storage.all(Evidence):
            storage.put(row.model_copy(update={"tried_at": LONG_AGO, "checked_at": LONG_AGO}))
    look(town)
    assert "is niet openbaar: de kopie was hier niet meer" in page(town, tmp_path / "b")
    assert released_(town, "notitie") == name
    assert client.get(f"/bestanden/{name}").status_code == 200


def test_a_file_that_a_crash_left_behind_goes_at_the_next_run(town: Settings) -> None:
    name = released_(town, "notitie")
    body = (town.data / "released" / name).read_bytes()
    command(town, "hold-copy", name[:64], "--ground", DOWN["nl"])
    released.put(town.data, name, body)
    look(town)
    assert public(town) == []


def test_a_damaged_copy_holds_up_no_other_and_no_tidying(town: Settings) -> None:
    names = [released_(town, "besluit"), released_(town, "notitie")]
    [path] = (town.data / "archive").glob("*.warc.gz")
    raw, sha = bytearray(path.read_bytes()), names[0][:64]
    at = next(entry for entry in Archive(town.data).entries() if entry.sha256 == sha)
    middle = at.offset + at.length // 2
    raw[middle : middle + 40] = bytes(40)
    path.write_bytes(raw)
    for name in public(town):
        (town.data / "released" / name).unlink()
    old = Answer("https://weg.example/", "https://weg.example/", 200, LONG_AGO, {}, b"oud")
    Archive(town.data).keep(old)
    with pytest.raises(EvidenceError, match="damaged: put that file back from a copy of this folder"):
        look(town)
    assert public(town) == [names[1]]
    assert Archive(town.data).read(old.sha256) is None


# For good


def test_what_is_down_says_when_and_why_in_public_and_to_who_asks_for_it(town: Settings, client: TestClient) -> None:
    name = released_(town, "besluit")
    other = client.get(f"/bestanden/{'0' * 64}.html")
    assert (other.status_code, other.text) == (404, "Not found")
    given = ["--ground", "Er stond <b>toch</b> een naam in.", "--ground-en", DOWN["en"]]
    command(town, "take-down", name[:64], *given)
    shown, day = client.get(f"/bestanden/{name}"), decided(town, name[:64]).recorded_at
    assert shown.status_code == 410
    assert shown.headers["content-security-policy"] == "default-src 'none'"
    assert shown.headers["x-robots-tag"] == "noindex"
    assert "Deze kopie is weggehaald op " in shown.text
    assert '<q lang="nl">Er stond &lt;b&gt;toch&lt;/b&gt; een naam in.</q>' in shown.text
    assert f'because: <q lang="en">{DOWN["en"]}</q>' in shown.text
    assert client.head(f"/bestanden/{name}").status_code == 410
    told = command(town, "show-copy", name[:64], "--to", str(town.data / "x"))
    said = f"{name[:64]}: was taken down on {day_of(day)}, because: Er stond <b>toch</b> een naam in."
    assert (told.exit_code, told.output) == (1, f"Error: {said}\n")


def test_a_take_down_clears_the_title_and_says_what_remains(town: Settings, server: HostileServer) -> None:
    name, address = released_(town, "besluit"), server.url("/besluit")
    other = Answer(address, address, 200, NOW, {}, b"eerdere versie")
    Archive(town.data).keep(other)
    with Storage(town.database) as storage:
        row = storage.get(Evidence, id="besluit")
        assert row
        assert row.page_title == "Besluit"
        storage.put(row.model_copy(update={"moved_to": f"{address}/nieuw"}))
        storage.add(row.model_copy(update={"id": "eerder", "sha256": other.sha256}))
    done = command(town, "take-down", name[:64], "--ground", DOWN["nl"])
    line = f"Still kept: {other.sha256}, another version of the page. Look: monitor show-copy {other.sha256} --to "
    assert line in done.output
    with Storage(town.database) as storage:
        rows = [storage.get(Evidence, id=name) for name in ("besluit", "eerder")]
    assert [(row.page_title, row.moved_to) for row in rows if row] == [(None, None), (None, None)]
    again = command(town, "take-down", other.sha256, "--ground", DOWN["nl"])
    assert "Still kept" not in again.output


@pytest.mark.parametrize(("way", "more"), [("take-down", []), ("hold-copy", []), ("release-copy", [])])
def test_a_decision_on_the_command_line_takes_away_what_a_reviewer_looked_at(
    way: str, more: list[str], town: Settings
) -> None:
    sha = digest(town, "besluit")
    path = viewing.path_of(town.data, f"{sha}.copy")
    assert path
    assert path.exists()
    assert command(town, way, sha, "--ground", GROUND["nl"], *more).exit_code == 0
    assert not path.exists()


@pytest.mark.parametrize("way", ["take-down", "hold-copy", "release-copy", "erase-file"])
@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--ground", "Mail iemand@voorbeeld.example", "holds a mail address or a telephone number"),
        ("--ground", "Bel (020) 123 45 67", "holds a mail address or a telephone number"),
        ("--ground", "Wethouder Voorbeeld vroeg erom", "names “Wethouder Voorbeeld”"),
        ("--ground-en", "Call (020) 123 45 67", "holds a mail address or a telephone number"),
    ],
)
def test_a_ground_with_personal_data_is_refused(way: str, option: str, text: str, said: str, town: Settings) -> None:
    first = [] if option == "--ground" else ["--ground", "Waarom niet"]
    name = digest(town, "notitie") if way != "erase-file" else f"{'0' * 64}.pdf"
    done = command(town, way, name, *first, option, text)
    assert done.exit_code == 2
    assert f"{said}: write it without; everyone may read this" in done.output
    with Storage(town.database) as storage:
        assert storage.all(CopyDecision) == []


def test_after_a_restore_the_line_to_paste_takes_it_down_again(town: Settings, tmp_path: Path) -> None:
    sha, note = digest(town, "besluit"), digest(town, "notitie")
    made = command(town, "backup").output.split()[1].removesuffix(".")
    why = "Er stond toch 'een naam' in."
    command(town, "take-down", sha, "--ground", why, "--role", "coordinator")
    with Storage(town.database) as storage:
        stone = models.Tombstone(id="0" * 64, kind="copy", ground="x", role="reviewer", erased_at=NOW)
        storage.add(stone)
    told = command(town, "restore", made).output.splitlines()
    at = next(number for number, line in enumerate(told) if line.startswith(f"Erase again: copy {sha}"))
    line = told[at + 1].strip()
    assert line == shlex.join(
        ["monitor", "take-down", sha, "--role", "coordinator", "--ground", why, "--data", str(town.data)]
    )
    assert "  Nothing that was put back names it. Look again after the next sync." in told
    done = CliRunner().invoke(main, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output
    assert (decided(town, sha).state, decided(town, sha).role) == (CopyState.TAKEN_DOWN, "coordinator")
    assert Archive(town.data).read(note)


# Pages that nobody can read


def test_a_page_that_takes_too_long_is_read_and_released_by_nobody(
    town: Settings, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "WAIT_SECONDS", 1)
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    server.pages["/diep"] = Reply(DEEP.encode(), headers={"Content-Type": "text/html"})
    with Storage(town.database) as storage:
        given = {"plan": "2025-2027", "update_id": UPDATE, "recorded_at": NOW}
        storage.add(Evidence(id="diep", address=server.url("/diep"), **given))
    look(town)
    sha = digest(town, "diep")
    seen = viewing.find(town.data, f"{sha}.copy")
    assert seen
    assert seen.body.decode() == DEEP, "a reviewer gets its source"
    given = {"ground": GROUND, "role": "reviewer", "now": NOW}
    with Storage(town.database) as storage, pytest.raises(NotShownError, match="takes too much time or memory"):
        evidence.release(storage, Archive(town.data), town.data, sha, **given)
    assert public(town) == []


def test_a_page_is_read_apart_as_it_is_read_here() -> None:
    text = "<h1>Besluit “één”</h1><script>weg()</script><p>Tekst <a href='/x'>meer</a>"
    assert apart.words_of(text) == documents.words_of(text)
    asked = {"heading": {"nl": "Kopie"}}
    assert apart.harmless(text, "https://a.example/", **asked) == documents.harmless(
        text, "https://a.example/", **asked
    )
    assert apart.words_of("x" * (apart.LETTERS + 1)) is None


def test_where_no_process_can_be_started_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", ("/geen/python",))
    with pytest.raises(apart.ApartError, match=r"^/geen/python: cannot be started \(.*\): free memory, or restart$"):
        apart.words_of("<p>x")


# Versions of one address


def test_of_an_address_that_differs_at_each_look_the_first_and_the_newest_few_are_kept(
    town: Settings, server: HostileServer
) -> None:
    archive, address = Archive(town.data), server.url("/notitie")
    versions = [
        Answer(address, address, 200, NOW + timedelta(days=7 * week), {}, f"versie {week}".encode())
        for week in range(1, 20)
    ]
    for version in versions:
        archive.keep(version)
    with Storage(town.database) as storage:
        evidence.tidy(storage, archive, now=NOW + timedelta(days=7 * 20))
    kept = {entry.sha256 for entry in archive.entries()}
    assert kept == {digest(town, "notitie"), digest(town, "besluit"), *(known.sha256 for known in versions[-4:])}


def test_the_page_says_where_evidence_moved_to(town: Settings, tmp_path: Path) -> None:
    new = "https://voorbeeldstad.example/nieuw?a=1&b=2"
    with Storage(town.database) as storage:
        row = storage.get(Evidence, id="notitie")
        assert row
        storage.put(row.model_copy(update={"state": EvidenceState.MOVED, "moved_to": new}))
        bad = {"id": "x", "state": EvidenceState.MOVED, "moved_to": "javascript:alert(1)"}
        storage.put(row.model_copy(update=bad))
    link = (
        '<a href="https://voorbeeldstad.example/nieuw?a=1&amp;b=2">https://voorbeeldstad.example/nieuw?a=1&amp;b=2</a>'
    )
    assert f"is verplaatst naar {link}" in page(town, tmp_path / "nl")
    assert f"has moved to {link}" in page(town, tmp_path / "en", "en")
    assert "javascript" not in page(town, tmp_path / "nl2")


def test_a_bundle_never_takes_the_place_of_a_file(town: Settings, tmp_path: Path) -> None:
    path = tmp_path / "alles.tar.gz"
    path.write_text("van iemand")
    done = command(replace(town, today=TODAY), "bundle", "--out", str(path))
    assert (done.exit_code, done.output) == (1, f"Error: {path}: exists already: name a new file with --out\n")
    assert path.read_text() == "van iemand"
