"""Files behind updates: public when a report is accepted and not before, served so that they can do no harm."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from bot import review
from bot.conversation import open_desk
from bot.desk import Desk
from bot.dialogue import Decide
from bot.files import store
from monitor import evidence, models, pages, released, web
from monitor.cli import main
from monitor.models import Evidence, EvidenceState, Ground, ReportState, Role
from monitor.settings import Settings
from monitor.storage import Storage, StorageError
from tests.conftest import TODAY
from tests.conversation_fixtures import COURT, NOW, SITE, TOWN, example_plan, make_settings
from tests.make_files import FOLDER
from tests.site_fixtures import browser, serving
from tests.test_files import report

__all__ = ["browser"]

CONTEXT = pages.SiteContext(example=False, url=f"{SITE}/", version="1", data_as_of=TODAY, plan="2025-2027")
GROUND = {"nl": "Op de foto was iemand te herkennen.", "en": "Somebody could be recognised in the photo."}


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(folder_settings: Settings) -> Iterator[Desk]:
    with open_desk(folder_settings) as opened:
        yield replace(opened, now=NOW)


@pytest.fixture
def client(folder_settings: Settings) -> Iterator[TestClient]:
    with TestClient(web.make_app(folder_settings, []), base_url="http://127.0.0.1") as opened:
        yield opened


def person(desk: Desk, role: Role, organisation: str) -> models.Person:
    return desk.private.welcome("web", f"{role}:{organisation}", now=NOW, role=role, organisation=organisation)


def waiting(desk: Desk, file: str = "plan.pdf", **known: object) -> models.Report:
    """Let a lead report with a file."""
    name = store.take(desk.data, (FOLDER / file).read_bytes()).file
    assert name
    given = report(person(desk, Role.LEAD, TOWN).id, name, **known)
    desk.private.add(given)
    return given


def decide(desk: Desk, given: models.Report, state: ReportState, ground: Ground | None = None) -> None:
    decision = Decide(report=given.id, state=state, ground=ground)
    review.decide(desk, given, decision, by=person(desk, Role.REVIEWER, COURT))


def accepted(desk: Desk, file: str = "plan.pdf", **known: object) -> str:
    given = waiting(desk, file, **known)
    decide(desk, given, ReportState.ACCEPTED)
    assert given.evidence_file
    return given.evidence_file


def test_an_accepted_file_is_public_evidence_with_its_hash(desk: Desk) -> None:
    name = accepted(desk)
    [row] = desk.storage.all(Evidence)
    path = released.path_of(desk.data, name)
    assert path
    assert row == Evidence(
        id="2025-2027/01/0123456789ab/file",
        plan="2025-2027",
        update_id="2025-2027/01/0123456789ab",
        title="Het vastgestelde plan",
        file=name,
        file_bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        state=EvidenceState.KEPT,
        recorded_at=NOW,
    )
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444


def test_a_link_and_a_file_stand_side_by_side_and_the_title_is_of_the_file(desk: Desk) -> None:
    name = accepted(desk, evidence_address="https://voorbeeldstad.example/plan")
    found = [(row.id[-4:], row.title, row.address, row.file) for row in desk.storage.all(Evidence)]
    assert found == [
        ("ab/1", None, "https://voorbeeldstad.example/plan", None),
        ("file", "Het vastgestelde plan", None, name),
    ]


@pytest.mark.parametrize("state", [ReportState.DECLINED, ReportState.RETURNED])
def test_a_file_of_a_report_that_is_not_accepted_stays_private(desk: Desk, state: ReportState) -> None:
    given = waiting(desk)
    decide(desk, given, state, Ground.UNREADABLE)
    assert not (desk.data / released.FOLDER).exists()
    assert desk.storage.all(Evidence) == []
    gone = store.forget_unused(desk.private, desk.data, desk.now + timedelta(days=3650))
    assert gone == (1 if state is ReportState.DECLINED else 0)


def test_a_crash_between_file_and_row_is_finished(desk: Desk) -> None:
    given = waiting(desk)
    assert given.evidence_file
    store.release(desk.data, given.evidence_file)
    assert review.finish_accepted(desk) == 0, "a file alone is no acceptance"
    decide(desk, given, ReportState.ACCEPTED)
    assert [row.state for row in desk.storage.all(Evidence)] == [EvidenceState.KEPT]


def test_a_crash_before_the_file_is_finished_too(desk: Desk) -> None:
    given = waiting(desk, state=ReportState.ACCEPTED, decided_at=NOW, decided_by="somebody")
    assert given.evidence_file
    assert review.finish_accepted(desk) == 1
    assert released.path_of(desk.data, given.evidence_file)
    assert review.finish_accepted(desk) == 0


def test_without_room_for_the_file_nothing_is_accepted(desk: Desk) -> None:
    given = waiting(desk)
    (desk.data / released.FOLDER).write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"cannot be written \(.*\): free space, or make the folder writable$"):
        decide(desk, given, ReportState.ACCEPTED)
    assert desk.storage.get(models.Update, id=given.id) is None
    found = desk.private.get(models.Report, id=given.id)
    assert found
    assert found.state is ReportState.WAITING


def test_a_file_that_is_nowhere_any_more_is_said_to_be_gone(desk: Desk) -> None:
    given = waiting(desk)
    assert given.evidence_file
    store.forget(desk.data, given.evidence_file)
    decide(desk, given, ReportState.ACCEPTED)
    [row] = desk.storage.all(Evidence)
    assert (row.file, row.sha256, row.state) == (None, given.evidence_file[:64], EvidenceState.GONE)


def test_a_file_that_changed_on_the_disk_is_not_published(desk: Desk) -> None:
    given = waiting(desk)
    path = store.path_of(desk.data, given.evidence_file or "")
    assert path
    path.write_bytes(b"iets anders")
    with pytest.raises(StorageError, match=r"is not what was sent: restore it from the backup$"):
        decide(desk, given, ReportState.ACCEPTED)


def test_the_snippet_for_the_plan_names_the_file(desk: Desk) -> None:
    coordinator = person(desk, Role.COORDINATOR, "ministerie-voorbeeldzaken")
    name = accepted(desk)
    [told] = [reply.text for reply in desk.private.collect(coordinator.id, NOW)]
    assert f'  address: "{SITE}/bestanden/{name}"' in told
    assert '  sources: ["monitor-0123456789ab", "monitor-0123456789ab-file"]' in told


def test_a_check_of_addresses_leaves_files_alone(desk: Desk) -> None:
    accepted(desk)
    assert evidence.due(desk.storage.all(Evidence), NOW + timedelta(days=365)) == {}


def test_the_file_is_served_so_that_it_does_no_harm(desk: Desk, client: TestClient) -> None:
    for file, kind, shown in (("plan.pdf", "application/pdf", "attachment"), ("foto.jpg", "image/jpeg", "inline")):
        name = accepted(desk, file, id=f"2025-2027/01/{file}")
        path = released.path_of(desk.data, name)
        assert path
        answer = client.get(f"/bestanden/{name}")
        assert (answer.status_code, answer.content) == (200, path.read_bytes())
        assert {header: answer.headers[header] for header in (*released.HEADERS, "content-type", "cache-control")} == {
            **released.HEADERS,
            "content-type": kind,
            "cache-control": "no-cache",
        }
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["content-disposition"].startswith(f"{shown}; filename=")
        assert "set-cookie" not in answer.headers
        head = client.head(f"/bestanden/{name}")
        assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", kind)
        assert client.post(f"/bestanden/{name}").status_code == 405


def test_a_copy_of_a_file_is_shown_again_only_while_the_file_is_public(desk: Desk, client: TestClient) -> None:
    name = accepted(desk)
    had = {"if-none-match": client.get(f"/bestanden/{name}").headers["etag"]}
    same = client.get(f"/bestanden/{name}", headers=had)
    assert (same.status_code, same.content, same.headers["cache-control"]) == (304, b"", "no-cache")
    released.take_down(desk.storage, desk.data, name, ground={"nl": "Onrechtmatig."}, role="coordinator", now=NOW)
    assert client.get(f"/bestanden/{name}", headers=had).status_code == 404


def test_only_a_file_that_evidence_names_is_served(desk: Desk, client: TestClient) -> None:
    given = waiting(desk)
    name = given.evidence_file or ""
    for path in (name, "a" * 64 + ".pdf", "..%2Fprivate.db", "%2e%2e/private.db", "x.pdf", f"{name}/", f"{name}%00"):
        assert client.get(f"/bestanden/{path}").status_code != 200, path
    store.release(desk.data, name)
    assert client.get(f"/bestanden/{name}").status_code == 404, "not before its row is there"
    decide(desk, given, ReportState.ACCEPTED)
    assert client.get(f"/bestanden/{name}").status_code == 200


def test_a_withdrawn_update_takes_its_file_from_the_public(desk: Desk, client: TestClient, tmp_path: Path) -> None:
    name = accepted(desk)
    assert f'href="../../bestanden/{name}"' in page(desk.storage, tmp_path / "before")
    update = desk.storage.get(models.Update, id="2025-2027/01/0123456789ab")
    assert update
    desk.storage.put(update.model_copy(update={"withdrawn_at": NOW}))
    assert client.get(f"/bestanden/{name}").status_code == 404
    assert "bestanden" not in page(desk.storage, tmp_path / "after")


def page(storage: Storage, target: Path, language: str = "nl") -> str:
    pages.write(storage, today=TODAY, language=language, target=target, context=CONTEXT)
    return (target / "2025-2027" / "01" / "index.md").read_text("utf-8")


def test_the_page_says_what_the_file_is_and_that_it_was_cleaned(desk: Desk, tmp_path: Path) -> None:
    name = accepted(desk, "foto.jpg")
    dutch, english = page(desk.storage, tmp_path / "nl"), page(desk.storage, tmp_path / "en", "en")
    assert f'<a href="../../bestanden/{name}">Het vastgestelde plan</a>' in dutch
    assert (
        "foto, 2 kB · een kopie staat hier · verborgen gegevens over maker, plaats en camera zijn weg</span>"
        f'<span class="quiet-line">SHA-256 <span class="hash">{name[:64]}</span>'
    ) in dutch
    assert f'<a href="../../../bestanden/{name}">' in english
    assert "photo, 2 kB · a copy is kept here · hidden data about maker, place and camera is gone" in english


def test_sizes_read_as_people_write_them(desk: Desk, tmp_path: Path) -> None:
    accepted(desk)
    [row] = desk.storage.all(Evidence)
    for size, said in ((1, "pdf, 1 kB"), (119_600, "pdf, 120 kB"), (2_340_000, "pdf, 2,3 MB")):
        desk.storage.put(row.model_copy(update={"file_bytes": size}))
        assert said in page(desk.storage, tmp_path / str(size))


def test_a_file_counts_as_evidence(desk: Desk, client: TestClient) -> None:
    def unproven() -> list[str]:
        asked = {"plan": "2025-2027", "day": "2026-12-31", "_shape": "objects"}
        return [
            row["id"] for row in client.get("/data/monitor/claims_without_evidence.json", params=asked).json()["rows"]
        ]

    accepted(desk)
    assert unproven() == ["2025-2027/01/earlier"]
    assert "Een foto of pdf die hier staat, op /bestanden/ en deze naam." in client.get("/data/monitor/evidence").text


def test_what_is_taken_down_leaves_hash_and_ground(desk: Desk, client: TestClient, tmp_path: Path) -> None:
    name = accepted(desk, "foto.jpg")
    asked = {"ground": GROUND, "role": "coordinator", "now": NOW}
    assert store.erase(desk.storage, desk.data, name, **asked) == 1
    assert store.find(desk.data, name) is None
    assert client.get(f"/bestanden/{name}").status_code == 404
    [row] = desk.storage.all(Evidence)
    assert (row.file, row.sha256, row.state, row.no_address) == (None, name[:64], EvidenceState.ERASED, GROUND)
    [stone] = desk.storage.all(models.Tombstone)
    assert (stone.id, stone.kind, stone.ground, stone.role) == (row.id, "file", GROUND["nl"], "coordinator")
    written = page(desk.storage, tmp_path / "nl")
    assert "Op de foto was iemand te herkennen. · de kopie is weggehaald" in written
    assert f"{name[:64]}</span>" in written
    assert review.finish_accepted(desk) == 0
    assert store.erase(desk.storage, desk.data, name, **asked) == 0


def test_a_browser_shows_a_photo_and_saves_a_document(desk: Desk, folder_settings: Settings, browser: Browser) -> None:
    photo, paper = (accepted(desk, file, id=f"2025-2027/01/{file}") for file in ("foto.jpg", "plan.pdf"))
    with serving(folder_settings) as address, browser.new_context(accept_downloads=True) as context:
        tab = context.new_page()
        tab.goto(f"{address}/bestanden/{photo}")
        assert tab.evaluate("document.images[0].naturalWidth") == 200
        tab.goto(f"{address}/melden")
        with tab.expect_download() as saving:
            tab.evaluate(f"location.href = '/bestanden/{paper}'")
        assert saving.value.suggested_filename == f"{paper[:12]}.pdf"
        assert Path(saving.value.path()).read_bytes() == (desk.data / released.FOLDER / paper).read_bytes()


def test_a_file_is_erased_by_a_command_and_only_once(desk: Desk, folder_settings: Settings) -> None:
    name = accepted(desk, "foto.jpg")
    asked = ["erase-file", name, "--ground", GROUND["nl"], "--ground-en", GROUND["en"]]
    data = ["--data", str(folder_settings.data)]
    done = CliRunner().invoke(main, [*asked, *data])
    assert done.output == (
        f"Erased {name}. Rows of evidence that now say why: 1.\n"
        "The pages say so after the next 'monitor publish'. Backups still hold the file.\n"
    )
    assert store.find(desk.data, name) is None
    [row] = desk.storage.all(Evidence)
    assert (row.file, row.sha256, row.state, row.no_address) == (None, name[:64], EvidenceState.ERASED, GROUND)
    entry = desk.private.all(models.AuditEntry)[-1]
    assert (entry.actor, entry.action, entry.about) == ("command", "erased-file", name)
    again = CliRunner().invoke(main, [*asked, *data])
    assert (again.exit_code, again.output) == (1, f"Error: {name}: is not kept here: check the name\n")
    wrong = CliRunner().invoke(main, ["erase-file", "plan.pdf", "--ground", "x", *data])
    assert "plan.pdf: is no name of a file: write it as it stands in its address" in wrong.output
