"""Copies of what is cited: kept where the public does not come, seen by all when released, and taken down for good."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser
from sqlite_utils import Database
from starlette.testclient import TestClient
from warcio.archiveiterator import ArchiveIterator

from bot import review
from bot.conversation import open_desk
from bot.dialogue import Decide
from monitor import documents, evidence, migrations, models, pages, released, sync, web, words
from monitor.cli import main
from monitor.evidence import Archive, EvidenceError
from monitor.evidence.archive import INDEX, Entry
from monitor.fetch import Answer
from monitor.lease import lease
from monitor.models import CopyDecision, CopyState, Evidence, ReportState, Role
from monitor.periods import day_of
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, TODAY
from tests.conversation_fixtures import COURT, SITE, TOWN, example_plan, make_settings
from tests.hostile_server import HostileServer, Reply, hostile_server
from tests.site_fixtures import browser, serving
from tests.test_files import report

__all__ = ["browser"]

CONTEXT = pages.SiteContext(example=False, url=f"{SITE}/", version="1", data_as_of=TODAY, plan="2025-2027")
UPDATE = "2025-2027/01/earlier"
SEEN = {"sha256": "ab" * 32}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
GROUND = {"nl": "Nagelezen: er staat niemand in.", "en": "Read: nobody is in it."}
DOWN = {"nl": "Er stond toch een naam in.", "en": "There was a name in it after all."}
PAGE = """<html><head><title>Besluit</title>
<link rel="stylesheet" href="{base}/stijl.css"><link rel="preconnect" href="{base}">
<meta http-equiv="refresh" content="0;url={base}/weg"><style>@import "{base}/meer.css";</style></head>
<body onload="document.title='gekaapt'"><h1>Besluit over agenda's</h1>
<p>Wij maken <a href="/agenda">agenda's</a> openbaar.
<a href="javascript:document.title='gekaapt'">hier</a></p>
<img src="{base}/pixel.png" onerror="document.title='gekaapt'"><iframe src="{base}/kader"></iframe>
<form action="{base}/vang"><input name="x"></form><svg><image href="{base}/beeld.svg"/></svg>
<script>document.title='gekaapt'; fetch('{base}/lek')</script></body></html>"""


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def answer(name: str, body: bytes, **headers: str) -> Answer:
    return Answer(f"https://a.example/{name}", f"https://b.example/{name}", 200, NOW, headers, body)


# The store


def test_a_store_is_for_its_own_program_only(tmp_path: Path) -> None:
    Archive(tmp_path).keep(answer("1", b"besluit"))
    folder = tmp_path / "archive"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folder.iterdir() if path.suffix != ".lock"} <= {
        0,
        0o44,
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.warc.gz")} == {0o600}


def test_a_body_is_kept_once_with_every_address_that_held_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, later = answer("1", b"besluit"), replace(answer("2", b"besluit"), fetched_at=NOW + timedelta(days=1))
    assert [archive.keep(given) for given in (first, first, later, later)] == [NOW] * 4
    assert [(e.kind, e.asked, e.address) for e in archive.entries()] == [
        ("response", "https://a.example/1", "https://b.example/1"),
        ("revisit", "https://a.example/2", "https://b.example/2"),
    ]


def test_any_reader_of_warc_finds_body_headers_time_and_digest(tmp_path: Path) -> None:
    headers = {"content-type": "text/plain", "content-encoding": "gzip", "set-cookie": "wie=u"}
    Archive(tmp_path).keep(answer("1", b"besluit", **headers))
    Archive(tmp_path).keep(answer("2", b"besluit"))
    [path] = (tmp_path / "archive").glob("*.warc.gz")
    told = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            body = record.content_stream().read()
            told.append((record.rec_type, record.rec_headers.get_header("WARC-Date"), body[:7]))
            if record.rec_type == "response":
                assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{sha256(b'besluit')}"
                assert record.http_headers.headers == [
                    ("content-type", "text/plain"),
                    ("X-Archive-Orig-content-encoding", "gzip"),
                    ("content-length", "7"),
                ]
    at = NOW.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    assert told == [("warcinfo", at, b"softwar"), ("response", at, b"besluit"), ("revisit", at, b"")]


def test_a_file_that_would_grow_too_large_is_followed_by_another(tmp_path: Path) -> None:
    archive = Archive(tmp_path, rotate=1500)
    for number in range(6):
        archive.keep(answer(str(number), f"besluit {number}".encode()))
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(files) > 1
    assert all(path.stat().st_size <= 1500 for path in files)
    for number in range(6):
        held = archive.read(sha256(f"besluit {number}".encode()))
        assert held
        assert held.body == f"besluit {number}".encode()


@pytest.mark.parametrize("index", ["", "geen json\n", '{"file": "x"}\n'])
def test_a_lost_index_is_read_from_the_files(index: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path, rotate=1500)
    for number in range(6):
        archive.keep(answer(str(number), f"besluit {number % 4}".encode()))
    before = archive.entries()
    (tmp_path / "archive" / INDEX).write_text(index)
    assert archive.entries() == before


def test_what_a_crash_left_half_written_is_cut_off_and_kept_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.keep(answer("1", b"eerste"))
    archive.keep(answer("2", b"tweede"))
    [path] = (tmp_path / "archive").glob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:-9])
    assert [entry.sha256 for entry in archive.entries()] == [sha256(b"eerste")]
    archive.keep(answer("2", b"tweede"))
    held = archive.read(sha256(b"tweede"))
    assert held
    assert held.body == b"tweede"


def kept_number(*numbers: int) -> list[str]:
    return [sha256(f"besluit {number}".encode() * 50) for number in numbers]


def keep_numbers(folder: Path, count: int) -> tuple[Archive, list[Entry], Path]:
    archive = Archive(folder)
    for number in range(count):
        archive.keep(answer(str(number), f"besluit {number}".encode() * 50))
    [path] = (folder / "archive").glob("*.warc.gz")
    return archive, archive.entries(), path


@pytest.mark.parametrize("place", [1, 20, 200, -5])
def test_damage_in_the_middle_takes_no_other_record_along(
    place: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive, before, path = keep_numbers(tmp_path, 5)
    raw = bytearray(path.read_bytes())
    at = before[1].offset + place if place > 0 else before[1].end + place
    raw[at : at + 4] = b"\0\0\0\0"
    path.write_bytes(raw)
    (tmp_path / "archive" / INDEX).unlink()
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 2, 3, 4)
    assert path.read_bytes() == raw, "nothing is cut off"
    [told] = caplog.messages
    assert told.startswith(f"{path}: {before[1].length} bytes from byte {before[1].offset} on are damaged: put that")
    archive.keep(answer("5", b"besluit 5" * 50))
    for known in kept_number(0, 2, 3, 4, 5):
        assert archive.read(known)
    assert len(caplog.messages) == 1, "told once, not at each look"
    assert archive.erase(lambda entry: entry.sha256 == kept_number(3)[0]) == 1
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 2, 4, 5)
    assert bytes(raw[before[1].offset + 210 : before[1].end - 6]) not in path.read_bytes(), "nobody knows what it held"


def test_damage_and_a_half_written_end_are_told_apart(tmp_path: Path) -> None:
    archive, before, path = keep_numbers(tmp_path, 5)
    raw = bytearray(path.read_bytes())
    raw[before[1].offset + 200 : before[1].offset + 204] = b"\0\0\0\0"
    path.write_bytes(raw[:-9])
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 2, 3)
    assert path.stat().st_size == before[3].end, "what a crash left half written goes, what is damaged stays"
    archive.keep(answer("4", b"besluit 4" * 50))
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 2, 3, 4)


def test_a_last_record_that_is_damaged_is_not_cut_off(tmp_path: Path) -> None:
    archive, before, path = keep_numbers(tmp_path, 3)
    raw = bytearray(path.read_bytes())
    raw[-6:-2] = b"\0\0\0\0"
    path.write_bytes(raw)
    (tmp_path / "archive" / INDEX).unlink()
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 1)
    assert path.stat().st_size == before[2].end
    archive.keep(answer("3", b"besluit 3" * 50))
    assert [entry.sha256 for entry in archive.entries()] == kept_number(0, 1, 3)


def test_a_damaged_body_is_an_error_and_never_shown(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    body = bytes(range(256))
    archive.keep(answer("1", body))
    [path] = (tmp_path / "archive").glob("*.warc.gz")
    raw = bytearray(path.read_bytes())
    raw[-100] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(EvidenceError, match=r"damaged: put that file back from a copy of this folder, "):
        archive.read(sha256(body))


def test_erased_bytes_stand_in_no_file_any_more(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for number in range(4):
        archive.keep(answer(str(number), f"besluit {number % 2}".encode() * 20))
    gone = sha256(b"besluit 1" * 20)
    assert archive.erase(lambda entry: entry.sha256 == gone) == 2
    assert {entry.sha256 for entry in archive.entries()} == {sha256(b"besluit 0" * 20)}
    assert archive.read(gone) is None
    held = archive.read(sha256(b"besluit 0" * 20))
    assert held
    assert held.body == b"besluit 0" * 20
    [path] = (tmp_path / "archive").glob("*.gz")
    with path.open("rb") as file:
        told = [record.rec_type for record in ArchiveIterator(file)]
    assert told == ["warcinfo", "response", "revisit"]
    assert archive.erase(lambda entry: True) == 2
    assert list((tmp_path / "archive").glob("*.gz")) == []


def test_a_store_that_cannot_be_used_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be")
    with pytest.raises(EvidenceError, match=r": cannot be used \(.*\): free space, or make the folder writable$"):
        Archive(tmp_path).keep(answer("1", b"x"))
    monkeypatch.setattr("monitor.evidence.archive.WAIT_SECONDS", 0)
    (tmp_path / "b" / "archive").mkdir(parents=True)
    with (
        lease(tmp_path / "b" / "archive" / ".lock"),
        pytest.raises(EvidenceError, match=r"another program is at it: try again in a minute$"),
    ):
        Archive(tmp_path / "b").entries()


# Copies


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, server: HostileServer) -> Settings:
    """Give a data folder with two links behind an update, both fetched."""
    server.pages["/besluit"] = Reply(PAGE.format(base=server.url("")).encode(), headers={"Content-Type": "text/html"})
    server.pages["/notitie"] = Reply(b"Notitie", headers={"Content-Type": "text/plain"})
    settings = replace(make_settings(tmp_path, example_plan()), allow_hosts=(server.host,))
    with Storage(settings.database) as storage:
        for name in ("besluit", "notitie"):
            storage.add(
                Evidence(id=name, plan="2025-2027", update_id=UPDATE, address=server.url(f"/{name}"), recorded_at=NOW)
            )
    assert look(settings) == 2
    return settings


@pytest.fixture
def client(town: Settings) -> Iterator[TestClient]:
    with TestClient(web.make_app(town, []), base_url="http://127.0.0.1") as opened:
        yield opened


def look(settings: Settings) -> int:
    """Run the job as the schedule does, in a thread of its own."""
    with ThreadPoolExecutor() as threads:
        return threads.submit(evidence.run, settings).result()


def fetched_on(settings: Settings, language: str = "nl") -> str:
    """Say the day on which the copies were fetched, by the real clock, as pages do."""
    with Storage(settings.database) as storage:
        moments = [row.fetched_at for row in storage.all(Evidence) if row.fetched_at]
    return words.of(language).day(day_of(moments[0]))


def digest(settings: Settings, name: str) -> str:
    with Storage(settings.database) as storage:
        row = storage.get(Evidence, id=name)
    assert row
    assert row.sha256
    return row.sha256


def command(settings: Settings, *asked: str) -> Result:
    return CliRunner().invoke(main, [*asked, "--data", str(settings.data), "--url", SITE])


def released_(settings: Settings, name: str) -> str:
    given = ["--ground", GROUND["nl"], "--ground-en", GROUND["en"]]
    done = command(settings, "release-copy", digest(settings, name), *given)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()[0].rpartition("/")[2]


def page(settings: Settings, target: Path, language: str = "nl") -> str:
    with Storage(settings.database) as storage:
        pages.write(storage, today=TODAY, language=language, target=target, context=CONTEXT)
    return re.sub(r"</?time[^>]*>", "", (target / "2025-2027" / "01" / "index.md").read_text("utf-8"))


def test_a_copy_is_not_public_until_it_is_released_and_then_outlives_its_server(
    town: Settings, client: TestClient, server: HostileServer, tmp_path: Path
) -> None:
    note, text = digest(town, "notitie"), digest(town, "besluit")
    for name in (f"{note}.txt", f"{text}.html", f"{text}.html.txt"):
        assert client.get(f"/bestanden/{name}").status_code == 404
    name = released_(town, "notitie")
    server.close()
    later = replace(town, today=None)
    assert look(later) == 0
    shown = client.get(f"/bestanden/{name}")
    assert (name, shown.status_code, shown.content) == (f"{note}.txt", 200, b"Notitie")
    written = page(town, tmp_path / "nl")
    assert f'<a href="../../bestanden/{name}">kopie van {fetched_on(town)}</a>' in written
    assert "openbaar, want: Nagelezen: er staat niemand in." in written
    assert (
        f"onze kopie van {fetched_on(town)} is niet openbaar: "
        f'daarover is nog niet besloten</span><span class="quiet-line">SHA-256 '
        f'<span class="hash">{text}</span>'
    ) in written
    english = page(town, tmp_path / "en", "en")
    assert f'<a href="../../../bestanden/{name}">copy of {fetched_on(town, "en")}</a>' in english
    assert f"our copy of {fetched_on(town, 'en')} is not public: that has not been decided yet" in english


def test_a_link_of_an_accepted_report_is_fetched_at_the_next_run(tmp_path: Path, server: HostileServer) -> None:
    server.pages["/plan"] = Reply(b"<title>Plan van aanpak</title>", headers={"Content-Type": "text/html"})
    settings = replace(make_settings(tmp_path, example_plan()), allow_hosts=(server.host,))
    with open_desk(settings) as opened:
        lead, reviewer = (
            opened.private.welcome("web", role, now=NOW, role=role, organisation=organisation)
            for role, organisation in ((Role.LEAD, TOWN), (Role.REVIEWER, COURT))
        )
        given = report(lead.id, "", evidence_file=None, evidence_title=None, evidence_address=server.url("/plan"))
        opened.private.add(given)
        review.decide(opened, given, Decide(report=given.id, state=ReportState.ACCEPTED), by=reviewer)
    assert look(settings) == 1
    with Storage(settings.database) as storage:
        [row] = storage.all(Evidence)
    assert (row.id, row.page_title, row.status, row.state) == (f"{given.id}/1", None, 200, "alive")
    held = Archive(settings.data).read(row.sha256 or "")
    assert held
    assert held.body == b"<title>Plan van aanpak</title>"
    assert "Plan van aanpak</a>" not in page(settings, tmp_path / "a"), "nobody looked at what the page calls itself"
    released_(settings, row.id)
    assert "Plan van aanpak</a>" in page(settings, tmp_path / "b")


def test_an_older_folder_learns_that_an_attempt_was_no_check(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    db = Database(path)
    migrations.public.apply(db, stop_before="keep_copies")
    given = {"plan": "p", "update_id": "u", "address": "https://a.example/", "recorded_at": NOW.isoformat()}
    states = {"silent": "unchecked", "gone": "gone", "well": "alive"}
    db["evidence"].insert_all(
        {"id": name, "state": state, "checked_at": NOW.isoformat(), **given} for name, state in states.items()
    )
    db.close()
    with Storage(path) as storage:
        found = {row.id: (row.tried_at, row.checked_at, row.missing_since, row.misses) for row in storage.all(Evidence)}
    assert found == {"silent": (NOW, None, None, 0), "gone": (NOW, NOW, NOW, 0), "well": (NOW, NOW, None, 0)}


def test_a_release_is_a_recorded_decision_of_a_role_with_a_ground(town: Settings) -> None:
    name = released_(town, "notitie")
    assert released_(town, "notitie") == name, "a second time changes nothing"
    with Storage(town.database) as storage:
        [row] = storage.all(CopyDecision)
    assert row.model_dump(exclude={"id", "recorded_at"}) == {
        "sha256": digest(town, "notitie"),
        "state": CopyState.RELEASED,
        "role": "reviewer",
        "ground": GROUND,
        "file": name,
        "file_bytes": 7,
    }


def test_a_web_page_is_served_as_text_that_reaches_nothing(
    town: Settings, client: TestClient, server: HostileServer
) -> None:
    name = released_(town, "besluit")
    shown, raw = client.get(f"/bestanden/{name}"), client.get(f"/bestanden/{name}.txt")
    for reply in (shown, raw):
        assert {header: reply.headers[header] for header in released.HEADERS} == released.HEADERS
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert sha256(raw.content) == digest(town, "besluit")
    assert raw.headers["content-type"].startswith("text/plain")
    assert raw.headers["content-disposition"].startswith("attachment; filename=")
    assert "<h1>Besluit over agenda's</h1>" in shown.text
    assert f'<a href="{server.url("/agenda")}" rel="noopener noreferrer nofollow">agenda\'s</a>' in shown.text
    assert f"Kopie van {server.url('/besluit')}, opgehaald op {fetched_on(town)}." in shown.text
    for harm in ("<script", "<style", "<img", "<iframe", "<form", "<svg", "<link", "refresh", "onload", "javascript:"):
        assert harm not in shown.text, harm


def test_in_a_browser_no_script_of_a_copy_runs_and_nothing_is_fetched(
    town: Settings, server: HostileServer, browser: Browser
) -> None:
    name = released_(town, "besluit")
    # What the headers alone hold back: the very bytes as a page.
    raw = f"{digest(town, 'notitie')}.html"
    with Storage(town.database) as storage:
        decided = CopyDecision(
            id="x", sha256=raw[:64], state="released", role="reviewer", ground=GROUND, file=raw, recorded_at=NOW
        )
        storage.add(decided)
    released.put(town.data, raw, PAGE.format(base=server.url("")).replace("preconnect", "x").encode())
    server.seen.clear()
    with serving(town) as address, browser.new_context() as context:
        for file, title in ((name, server.url("/besluit")), (raw, "Besluit")):
            tab = context.new_page()
            tab.goto(f"{address}/bestanden/{file}", wait_until="networkidle")
            assert tab.title() == title
            assert tab.url == f"{address}/bestanden/{file}"
            assert tab.locator("h1").inner_text() == "Besluit over agenda's"
    assert server.seen == []


def test_what_is_taken_down_leaves_hash_and_ground_and_is_kept_no_more(
    town: Settings, client: TestClient, server: HostileServer, tmp_path: Path
) -> None:
    name, sha = released_(town, "besluit"), digest(town, "besluit")
    done = command(town, "take-down", sha, "--ground", DOWN["nl"], "--ground-en", DOWN["en"], "--role", "coordinator")
    assert done.output.startswith(f"Took {sha} down. It is not kept any more. Backups and bundles made before")
    assert [client.get(f"/bestanden/{file}").status_code for file in (name, f"{name}.txt")] == [410, 410]
    assert Archive(town.data).read(sha) is None
    assert list((town.data / "released").iterdir()) == []
    with Storage(town.database) as storage:
        [stone] = storage.all(models.Tombstone)
        assert (stone.id, stone.kind, stone.ground, stone.role) == (sha, "copy", DOWN["nl"], "coordinator")
        row = storage.get(Evidence, id="besluit")
        assert row
        storage.put(row.model_copy(update={"tried_at": NOW - timedelta(days=8), "checked_at": NOW - timedelta(days=8)}))
    written = page(town, tmp_path / "nl")
    assert "kopie weggehaald op" in written
    assert DOWN["nl"] in written
    assert sha in written
    server.seen.clear()
    look(town)
    assert [request.path for request in server.seen] == ["/besluit"]
    assert Archive(town.data).read(sha) is None, "not kept again, though it is served again"
    again = command(town, "release-copy", sha, "--ground", "x")
    assert (again.exit_code, again.output) == (
        1,
        f"Error: {sha}: was taken down on {stone.erased_at:%Y-%m-%d}, because: {DOWN['nl']}: "
        "refer to its address instead\n",
    )


def test_after_a_take_down_no_version_of_the_page_is_kept_saved_or_linked(
    town: Settings, server: HostileServer, tmp_path: Path
) -> None:
    sha, address = digest(town, "besluit"), server.url("/besluit")
    archive = Archive(town.data)
    archive.keep(Answer(address, address, 200, NOW, {}, b"eerdere versie"))
    again = {"plan": "2025-2027", "update_id": UPDATE, "recorded_at": NOW, "state": "alive"}
    with Storage(town.database) as storage:
        row = storage.get(Evidence, id="besluit")
        assert row
        storage.put(row.model_copy(update={"archive_address": "https://archief.example/1", "tried_at": LONG_AGO}))
        # The same page, cited again and spelled otherwise.
        storage.add(Evidence(id="later", address=f"{address}/", archive_address="https://archief.example/2", **again))
    command(town, "take-down", sha, "--ground", DOWN["nl"])
    assert [entry.asked for entry in archive.entries()] == [server.url("/notitie")]
    assert "archief.example" not in page(town, tmp_path / "nl")
    server.pages["/besluit"] = server.pages["/besluit/"] = Reply(b"een byte anders")
    server.pages[f"/save/{address}"] = Reply(b"bewaard", headers={"Content-Location": f"/web/1/{address}"})
    look(replace(town, save_at=server.url("/save")))
    assert [entry.asked for entry in archive.entries()] == [server.url("/notitie")]
    assert not any(request.path.startswith(f"/save/{address}") for request in server.seen)
    with Storage(town.database) as storage:
        rows = {row.id: (row.state, row.archive_address, row.fetched_at is None) for row in storage.all(Evidence)}
    assert rows["besluit"] == ("changed", None, False)
    assert rows["later"] == ("alive", None, True), "nothing of it was kept"


def test_a_version_that_other_evidence_names_is_decided_about_apart(town: Settings, server: HostileServer) -> None:
    address = server.url("/besluit")
    other = Answer(address, address, 200, NOW, {}, b"eerdere versie")
    Archive(town.data).keep(other)
    with Storage(town.database) as storage:
        row = storage.get(Evidence, id="besluit")
        assert row
        storage.add(row.model_copy(update={"id": "eerder", "sha256": other.sha256}))
    command(town, "take-down", digest(town, "besluit"), "--ground", DOWN["nl"])
    assert Archive(town.data).read(other.sha256)


def test_a_copy_behind_a_withdrawn_message_is_looked_at_no_more_and_goes(
    town: Settings, server: HostileServer, tmp_path: Path
) -> None:
    name, sha = released_(town, "notitie"), digest(town, "notitie")
    withdrawn = datetime.now(UTC)

    def withdraw(moment: datetime | None) -> None:
        with Storage(town.database) as storage:
            update = storage.get(models.Update, id=UPDATE)
            assert update
            storage.put(update.model_copy(update={"withdrawn_at": moment}))

    def after(days: int) -> None:
        with Storage(town.database) as storage:
            moment = withdrawn + timedelta(days=days)
            evidence.settle(storage, Archive(town.data), town.data, now=moment)
            evidence.tidy(storage, Archive(town.data), now=moment)

    withdraw(withdrawn)
    with Storage(town.database) as storage:
        for row in storage.all(Evidence):
            storage.put(row.model_copy(update={"tried_at": LONG_AGO}))
    server.seen.clear()
    assert look(town) == 0
    assert server.seen == []
    after(29)
    assert Archive(town.data).read(sha)
    assert released.path_of(town.data, name)
    after(31)
    assert Archive(town.data).entries() == []
    assert released.path_of(town.data, name) is None
    assert "onze kopie" not in page(town, tmp_path / "nl")
    withdraw(None)
    assert look(town) == 2, "it stands again"
    assert Archive(town.data).read(sha)
    assert "onze kopie van" in page(town, tmp_path / "again")
    assert released_(town, "notitie") == name


def test_a_copy_can_be_taken_from_the_public_only(town: Settings, client: TestClient) -> None:
    name, sha = released_(town, "notitie"), digest(town, "notitie")
    assert "still kept" in command(town, "take-down", sha, "--ground", DOWN["nl"], "--keep-private").output
    assert client.get(f"/bestanden/{name}").status_code == 410
    assert Archive(town.data).read(sha)
    for way in ("release-copy", "hold-copy"):
        done = command(town, way, sha, "--ground", GROUND["nl"])
        assert done.output.startswith(f"Error: {sha}: was taken down on "), "what is down stays so"
    assert client.get(f"/bestanden/{name}").status_code == 410
    command(town, "take-down", sha, "--ground", DOWN["nl"])
    assert Archive(town.data).read(sha) is None


def test_a_copy_goes_with_the_update_that_it_stands_behind(town: Settings, client: TestClient, tmp_path: Path) -> None:
    name = released_(town, "notitie")
    with Storage(town.database) as storage:
        update = storage.get(models.Update, id=UPDATE)
        assert update
        storage.put(update.model_copy(update={"withdrawn_at": NOW}))
    assert client.get(f"/bestanden/{name}").status_code == 404
    written = page(town, tmp_path / "nl")
    assert "bestanden" not in written
    assert "is niet openbaar: het bericht is ingetrokken" in written


def test_copies_of_hosts_that_the_plan_names_are_public_as_long_as_it_does(
    town: Settings, client: TestClient, tmp_path: Path
) -> None:
    name = f"{digest(town, 'notitie')}.txt"
    folder = example_plan()

    def told(*hosts: str) -> int:
        plan = folder.plan.model_copy(update={"publish_copies": hosts})
        with Storage(town.database) as storage:
            sync.sync(storage, folder.model_copy(update={"plan": plan}), sync.Moment(NOW, TODAY))
        look(town)
        return client.get(f"/bestanden/{name}").status_code

    assert told("127.0.0.2") == 404
    assert told("WWW.127.0.0.1") == 200
    assert "openbaar, want: het plan staat kopieën van 127.0.0.1 toe" in page(town, tmp_path / "a")
    assert told("https://127.0.0.1/pad") == 200, "an address says its host too"
    assert told() == 404
    assert "bestanden/" not in page(town, tmp_path / "b")
    assert told("127.0.0.1") == 200
    command(town, "take-down", name[:64], "--ground", "x")
    assert told("127.0.0.1") == 410, "what a reviewer took down the plan does not bring back"


def test_what_a_reviewer_held_back_stays_so_also_where_the_plan_names_its_host(
    town: Settings, client: TestClient, tmp_path: Path
) -> None:
    name, folder = f"{digest(town, 'notitie')}.txt", example_plan()
    plan = folder.plan.model_copy(update={"publish_copies": ("127.0.0.1",)})
    with Storage(town.database) as storage:
        sync.sync(storage, folder.model_copy(update={"plan": plan}), sync.Moment(NOW, TODAY))
    look(town)
    assert client.get(f"/bestanden/{name}").status_code == 200
    done = command(town, "hold-copy", name[:64], "--ground", DOWN["nl"], "--ground-en", DOWN["en"])
    assert done.output.startswith(f"Held {name[:64]} back. Release it with monitor release-copy.")
    look(town)
    assert client.get(f"/bestanden/{name}").status_code == 404
    assert f"is niet openbaar: {DOWN['nl']}" in page(town, tmp_path / "nl")
    assert Archive(town.data).read(name[:64])
    assert released_(town, "notitie") == name
    unknown = command(town, "hold-copy", "0" * 64, "--ground", "x")
    assert (unknown.exit_code, unknown.output) == (
        1,
        f"Error: {'0' * 64}: no evidence has this hash: copy it from its page\n",
    )


def test_only_short_listed_types_are_shown(tmp_path: Path, server: HostileServer) -> None:
    kinds = {
        "text/html; charset=utf-8": "html",
        "application/xhtml+xml": "html",
        "text/plain": "txt",
        "text/csv": "txt",
        "application/json": "txt",
        "image/svg+xml": None,
        "application/javascript": None,
        "text/xml": None,
        "application/pdf": None,
        "": None,
    }
    assert {kind: documents.kind_of(kind, b"x") for kind in kinds} == kinds
    assert documents.kind_of("text/html", b"%PDF-1.7") == "pdf"
    server.pages["/beeld"] = Reply(b"<svg/>", headers={"Content-Type": "image/svg+xml"})
    settings = replace(make_settings(tmp_path, example_plan()), allow_hosts=(server.host,))
    with Storage(settings.database) as storage:
        storage.add(Evidence(id="1", plan="2025-2027", update_id=UPDATE, address=server.url("/beeld"), recorded_at=NOW))
    look(settings)
    done = command(settings, "release-copy", digest(settings, "1"), "--ground", "x")
    assert "is 'image/svg+xml', which is not shown here: refer to its address instead" in done.output
    assert "is niet openbaar: daarover is nog niet besloten" in page(settings, tmp_path / "nl")
    folder = example_plan()
    plan = folder.plan.model_copy(update={"publish_copies": ("127.0.0.1",)})
    with Storage(settings.database) as storage:
        sync.sync(storage, folder.model_copy(update={"plan": plan}), sync.Moment(NOW, TODAY))
    look(settings)
    look(settings)
    with Storage(settings.database) as storage:
        assert [(row.state, row.role) for row in storage.all(CopyDecision)] == [(CopyState.HELD, "plan")], "said once"
    assert "is niet openbaar: dit soort bestand laten wij hier niet zien" in page(settings, tmp_path / "by-plan")


def test_a_reviewer_reads_a_copy_in_private_first(town: Settings, tmp_path: Path) -> None:
    target = tmp_path / "kopie.txt"
    done = command(town, "show-copy", digest(town, "notitie"), "--to", str(target))
    assert done.output.startswith(f"Wrote {target}: text/plain, 7 bytes, from http://127.0.0.1:")
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"Notitie", 0o600)
    again = command(town, "show-copy", digest(town, "notitie"), "--to", str(target))
    assert again.output == f"Error: {target}: exists already: name a new file with --to\n"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["release-copy", "abc", "--ground", "x"], "is no SHA-256: copy the 64 letters and digits from the page"),
        (["release-copy", "a" * 64, "--ground", " "], "is empty: write why; everyone may read this"),
        (["release-copy", "a" * 64, "--ground", "x"], "no evidence has this hash: copy it from its page"),
        (["take-down", "a" * 64, "--ground", "x"], "no evidence has this hash: copy it from its page"),
        (["show-copy", "a" * 64, "--to", "x"], "is not kept here: copy the hash from its page"),
    ],
)
def test_commands_say_what_is_wrong(asked: list[str], said: str, town: Settings) -> None:
    done = command(town, *asked)
    assert done.exit_code != 0
    assert said in done.output


def test_bodies_that_no_evidence_names_are_forgotten(town: Settings) -> None:
    archive = Archive(town.data)
    sha = digest(town, "notitie")
    with Storage(town.database) as storage:
        row = storage.get(Evidence, id="notitie")
        assert row
        archive.keep(Answer(str(row.address), str(row.address), 200, NOW, {}, b"latere versie"))
        for days, left in ((29, 3), (366, 2), (9999, 2)):
            evidence.tidy(storage, archive, now=NOW + timedelta(days=days))
            assert len(archive.entries()) == left, "an earlier or later version for a year"
        storage.delete(Evidence, id="notitie")
        kept_at = {entry.sha256: entry.fetched_at for entry in archive.entries()}[sha]
        evidence.tidy(storage, archive, now=kept_at + timedelta(days=29))
        assert archive.read(sha)
        assert evidence.tidy(storage, archive, now=kept_at + timedelta(days=31)) == 1
        assert archive.read(sha) is None
        assert archive.read(digest(town, "besluit"))


# What the page says of the original


@pytest.mark.parametrize(
    ("known", "dutch", "english"),
    [
        ({}, "nog niet nagekeken", "not checked yet"),
        (
            {"tried_at": NOW},
            "op 23 november 2026 konden of mochten wij de pagina niet lezen",
            "on 23 November 2026 we could not, or may not, read the page",
        ),
        (
            {"tried_at": NOW, "status": 403},
            "op 23 november 2026 kregen wij geen bruikbaar antwoord (code 403)",
            "on 23 November 2026 we got no usable answer (code 403)",
        ),
        (
            {"state": "alive", "checked_at": NOW - timedelta(days=7), "tried_at": NOW},
            "opent, bekeken op 16 november 2026 · op 23 november 2026 konden of mochten wij de pagina niet lezen",
            "opens, checked on 16 November 2026 · on 23 November 2026 we could not, or may not, read the page",
        ),
        (
            {"state": "missing", "checked_at": NOW, "tried_at": NOW, "missing_since": NOW},
            "niet gevonden, wij kijken nog een paar keer, bekeken op 23 november 2026",
            "not found, we look a few more times, checked on 23 November 2026",
        ),
        (
            {"state": "gone", "checked_at": NOW, "tried_at": NOW, "missing_since": NOW - timedelta(days=9)},
            "deze pagina zagen wij nooit; niet gevonden sinds 14 november 2026, bekeken op 23 november 2026",
            "we never saw this page; not found since 14 November 2026, checked on 23 November 2026",
        ),
        (
            SEEN | {"state": "gone", "checked_at": NOW, "tried_at": NOW, "missing_since": NOW - timedelta(days=9)},
            "oorspronkelijke pagina weg sinds 14 november 2026, bekeken op 23 november 2026",
            "original page gone since 14 November 2026, checked on 23 November 2026",
        ),
    ],
)
def test_the_page_tells_an_attempt_from_a_look(
    known: dict[str, object], dutch: str, english: str, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, example_plan())
    values = {"id": "1", "plan": "2025-2027", "update_id": UPDATE, "address": "https://a.example/", "recorded_at": NOW}
    with Storage(settings.database) as storage:
        storage.add(Evidence.model_validate(values | known))
    for language, said in (("nl", dutch), ("en", english)):
        since = "hier sinds 23 november 2026" if language == "nl" else "here since 23 November 2026"
        assert f'<span class="quiet-line">{since} · {said}</span>' in page(settings, tmp_path / language, language)
