"""Files on the page: a field that works without script, bodies in bounds, and who may open a file that waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from bot import flood, web_bodies, web_channel
from bot.conversation import Answer, Incoming
from bot.dialogue import Choice, Refusal, Reply
from bot.extension import Bot
from bot.files import store
from bot.files.cleaning import LIMIT
from bot.private import Private
from bot.web_bodies import MOST_BYTES
from bot.web_forms import Form, page
from monitor import models, released, web
from monitor.models import ReportState
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage
from tests.conversation_fixtures import COURT, TOWN, example_plan, hidden, make_settings
from tests.make_files import FOLDER
from tests.site_fixtures import browser, serving
from tests.test_files import report
from tests.test_web_channel import LIVE, Checker, begin, fields

__all__ = ["browser"]
ASKED = Reply(question="Waar is dit te zien?", files=True, choices=(Choice(number=1, words="Nergens", action="no"),))
PLAN = FOLDER / "plan.pdf"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=list(Bot().routes(settings)))) as made:
        yield made


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Incoming]:
    """Note what the conversation hears, and let it ask for a file."""
    noted: list[Incoming] = []
    converse = web_channel.converse

    def noting(desk: Any, person: Any, incoming: Incoming, **how: Any) -> Answer:
        noted.append(incoming)
        answer = converse(desk, person, incoming, **how)
        last = answer.replies[-1].model_copy(update={"files": True})
        return Answer((*answer.replies[:-1], last), answer.revision, answer.language, answer.stopped)

    monkeypatch.setattr(web_channel, "converse", noting)
    return noted


def form(reply: Reply, language: str = "nl") -> str:
    return page(Form(language, replies=(reply,), secret="geheim", revision=3), path="/melden")


def send(client: TestClient, known: dict[str, str], data: bytes, name: str = "plan.pdf", text: str = "") -> str:
    return client.post("/melden", data={**known, "text": text}, files={"file": (name, data)}).text


def test_a_question_that_takes_files_has_a_field_for_them() -> None:
    html = form(ASKED)
    Checker().feed(html)
    assert '<form method="post" action="/melden" enctype="multipart/form-data">' in html
    assert '<label for="file">Of een foto of pdf</label>' in html
    assert 'aria-describedby="file-help"' in html
    assert "van hoogstens 10 MB, zonder herkenbare mensen" in html
    assert "at most 10 MB, without recognisable people" in form(ASKED, "en")
    assert html.count("multipart") == 1, "its choices need no file"
    assert html.index('name="secret"') < html.index('name="text"') < html.index('type="file"')


def test_another_question_has_none() -> None:
    html = form(ASKED.model_copy(update={"files": False}))
    assert "file" not in html
    assert "multipart" not in html


def test_a_file_that_waits_is_opened_by_a_form_that_carries_the_secret_in_its_body() -> None:
    name = "a" * 64
    ways = (("jpg", "Bekijk de foto (in een nieuw venster)", ' target="_blank"'), ("pdf", "Haal de pdf op", ""))
    for kind, words, where in ways:
        html = form(Reply(text="Bericht", question="Klopt de vorm?", file=f"{name}.{kind}"))
        Checker().feed(html)
        assert (
            f'<form method="post" action="/melden/bestand"{where}><input type="hidden" name="secret" value="geheim">'
            f'<input type="hidden" name="file" value="{name}.{kind}"><p class="buttons">'
            f'<button class="button-second" type="submit">{words}</button></p></form>'
        ) in html
        last = Form("nl", replies=(Reply(text="x", file=f"{name}.{kind}"),), stopped=True)
        assert words in page(last, path="/melden")


def test_a_file_comes_in_with_the_words_beside_it(
    client: TestClient, settings: Settings, heard: list[Incoming]
) -> None:
    known = begin(client)
    send(client, known, PLAN.read_bytes(), text="Het vastgestelde plan")
    [kept] = (settings.data / store.FOLDER).iterdir()
    assert (heard[-1].text, heard[-1].file, heard[-1].refused) == ("Het vastgestelde plan", kept.name, None)
    assert heard[-1].revision == int(known["revision"])


def test_an_empty_field_is_no_file(client: TestClient, settings: Settings, heard: list[Incoming]) -> None:
    client.post("/melden", data={**begin(client), "text": "1.1"}, files={"file": ("", b"")})
    assert (heard[-1].text, heard[-1].file, heard[-1].refused) == ("1.1", None, None)
    assert not (settings.data / store.FOLDER).exists()


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        ((FOLDER / "plan.docx").read_bytes(), Refusal.OFFICE),
        (b"", Refusal.EMPTY),
        (b"x" * (LIMIT + 1), Refusal.LARGE),
        (b"x" * (LIMIT + 2 * MOST_BYTES), Refusal.LARGE),
    ],
    ids=["office", "empty", "just too large", "larger than a body"],
)
def test_a_refused_file_keeps_the_conversation(
    client: TestClient, settings: Settings, heard: list[Incoming], data: bytes, refused: Refusal
) -> None:
    again = send(client, begin(client), data, text="Het plan")
    assert (heard[-1].file, heard[-1].refused, heard[-1].text) == (None, refused, "Het plan")
    assert fields(again)["secret"]
    assert not (settings.data / store.FOLDER).exists()


def test_far_too_much_is_refused_without_reading_on() -> None:
    read = 0

    async def endless() -> dict[str, object]:
        nonlocal read
        read += 1024 * 1024
        assert read <= web_bodies.PASSED_BYTES + 1024 * 1024, "still reading"
        return {"type": "http.request", "body": bytes(1024 * 1024), "more_body": True}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"multipart/form-data; boundary=x")]}
    assert asyncio.run(web_bodies.read(Request(scope, endless))) == web_bodies.Body(too_large=True)


def test_text_alone_stays_as_small_as_ever(client: TestClient) -> None:
    known = begin(client)
    answer = client.post("/melden", data={**known, "text": "x" * MOST_BYTES})
    assert (answer.status_code, "te veel in één keer" in answer.text) == (413, True)
    long = client.post("/melden", data={**known, "text": "x" * MOST_BYTES * 2}, files={"file": ("", b"")})
    assert "Wie bent u?" in long.text, "a field that is too long spoils the form"


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_form_that_cannot_be_read_begins_again(client: TestClient, kind: str) -> None:
    answer = client.post("/melden", content=b"\0--x\r\n\r\nonzin", headers={"content-type": kind})
    assert (answer.status_code, "Wie bent u?" in answer.text) == (200, True)


def test_of_who_sends_too_much_a_file_is_not_even_looked_at(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = begin(client)
    monkeypatch.setattr(flood, "MESSAGES", ((1, timedelta(hours=1)),))
    page = send(client, known, PLAN.read_bytes())
    assert "Dat ging erg snel." in page
    assert not (settings.data / store.FOLDER).exists()


def test_a_file_of_who_can_send_none_is_not_kept(client: TestClient, settings: Settings) -> None:
    page = send(client, begin(client, "visitor"), PLAN.read_bytes())
    assert "Hier kan geen bestand bij. Staat het online? Stuur dan de link." in page
    assert not (settings.data / store.FOLDER).exists()


def test_a_person_sends_so_many_files_in_a_day(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "FILES", 1)
    page = send(client, begin(client), PLAN.read_bytes())
    assert len(list((settings.data / store.FOLDER).iterdir())) == 1
    again = send(client, fields(page), (FOLDER / "foto.jpg").read_bytes())
    assert "Stuur dit morgen, of zet het online en stuur de link." in again
    assert len(list((settings.data / store.FOLDER).iterdir())) == 1


def test_in_a_live_folder_no_file_is_kept_before_the_notice_was_read(client: TestClient, settings: Settings) -> None:
    known = begin(client)
    write_folder(settings, FolderKind.LIVE, LIVE)
    page = send(client, known, PLAN.read_bytes())
    assert "Ministerie verwerkt wat u hier typt" in page
    assert not (settings.data / store.FOLDER).exists()


def waiting(settings: Settings, secret: str) -> str:
    """Let somebody report with a file; give its name."""
    name = store.take(settings.data, PLAN.read_bytes()).file
    assert name
    with Private(settings.private_database) as private:
        person = private.person("web", web_channel.secret_hash(secret))
        assert person
        private.add(report(person.id, name))
    return name


def test_a_waiting_file_opens_for_its_own_people_and_reviewers_and_is_not_there_for_others(
    client: TestClient, settings: Settings
) -> None:
    keys = {role: begin(client, role)["secret"] for role in (f"lead:{TOWN}", f"reviewer:{COURT}", f"lead:{COURT}")}
    colleague, visitor = begin(client)["secret"], begin(client, "visitor")["secret"]
    name = waiting(settings, keys[f"lead:{TOWN}"])

    def status(secret: str, file: str = name) -> int:
        return client.post("/melden/bestand", data={"secret": secret, "file": file}).status_code

    able = [keys[f"lead:{TOWN}"], colleague, keys[f"reviewer:{COURT}"]]
    assert [status(secret) for secret in able] == [200, 200, 200]
    assert [status(secret) for secret in (keys[f"lead:{COURT}"], visitor, "geraden", "")] == [404] * 4
    assert [status(able[0], file) for file in ("", "../private.db", "b" * 64 + ".pdf")] == [404] * 3
    assert client.get("/melden/bestand", params={"secret": able[0], "file": name}).status_code == 405

    answer = client.post("/melden/bestand", data={"secret": able[0], "file": name})
    assert answer.content.startswith(b"%PDF-")
    assert {header: answer.headers[header] for header in released.HEADERS} == released.HEADERS
    assert (answer.headers["cache-control"], answer.headers["content-type"]) == ("no-store", "application/pdf")


def test_a_decided_file_opens_for_reviewers_no_more(client: TestClient, settings: Settings) -> None:
    lead, reviewer = begin(client)["secret"], begin(client, f"reviewer:{COURT}")["secret"]
    name = waiting(settings, lead)
    with Private(settings.private_database) as private:
        [given] = private.all(models.Report)
        private.put(given.model_copy(update={"state": ReportState.DECLINED}))
    answers = [client.post("/melden/bestand", data={"secret": s, "file": name}).status_code for s in (lead, reviewer)]
    assert answers == [200, 404]


def test_a_browser_sends_a_photo_without_script(settings: Settings, heard: list[Incoming], browser: Browser) -> None:
    with serving(settings) as address, browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"{address}/melden")
        tab.locator("select").select_option(f"lead:{TOWN}")
        tab.locator("section:has(select) button").click()
        tab.get_by_label("Of een foto of pdf").set_input_files(FOLDER / "foto.jpg")
        tab.locator("textarea").fill("Het bord bij het stadhuis")
        tab.get_by_role("button", name="Verder").click()
        tab.wait_for_load_state()
        [kept] = (settings.data / store.FOLDER).iterdir()
        assert (heard[-1].text, heard[-1].file) == ("Het bord bij het stadhuis", kept.name)
        large = {"name": "groot.jpg", "mimeType": "image/jpeg", "buffer": bytes(LIMIT + 2 * MOST_BYTES)}
        tab.get_by_label("Of een foto of pdf").set_input_files(large)
        tab.get_by_role("button", name="Verder").click()
        tab.get_by_label("Of een foto of pdf").wait_for()
        assert heard[-1].refused is Refusal.LARGE


def test_a_browser_opens_a_waiting_photo_beside_the_conversation(
    settings: Settings, client: TestClient, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = begin(client)["secret"]
    name = waiting(settings, secret)
    shown = store.take(settings.data, (FOLDER / "foto.jpg").read_bytes()).file
    with Private(settings.private_database) as private:
        [given] = private.all(models.Report)
        private.put(given.model_copy(update={"evidence_file": shown}))
    assert name != shown

    async def look(self: web_channel.WebChannel, request: Request) -> HTMLResponse:
        reply = Reply(text="Bericht", question="?", file=shown)
        html = page(Form("nl", replies=(reply,), secret=secret), path="/melden")
        return HTMLResponse(html, headers=web_channel.HEADERS)

    monkeypatch.setattr(web_channel.WebChannel, "show", look)
    with serving(settings) as address, browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"{address}/melden")
        with context.expect_page() as opening:
            tab.get_by_role("button", name="Bekijk de foto").click()
        opening.value.wait_for_load_state()
        assert opening.value.locator("img").bounding_box()
        assert hidden(tab.content(), "secret") == secret


def test_from_upload_to_public_page_nothing_of_the_maker_is_left(settings: Settings) -> None:
    with TestClient(web.make_app(settings, [Bot()], say=lambda line: None), base_url="http://127.0.0.1") as whole:
        known = begin(whole)
        page = whole.post("/melden", data={**known, "text": "1.1 De raad stelde de lijst vast, volledig"}).text
        page = send(whole, fields(page), PLAN.read_bytes())
        assert "Wat laat het bestand zien?" in page
        page = whole.post("/melden", data={**fields(page), "text": "De vastgestelde lijst van overleggen"}).text
        assert "Zo ziet iedereen dit" in page
        name = hidden(page, "file")
        assert whole.post("/melden/bestand", data={"secret": known["secret"], "file": name}).status_code == 200
        whole.post("/melden", data={**fields(page), "action": "send"})
        assert whole.get(f"/bestanden/{name}").status_code == 404

        checking = begin(whole, f"reviewer:{COURT}")
        for text in ("1", "1"):
            page = whole.post("/melden", data={**checking, "text": text}).text
            checking = fields(page)
        assert hidden(page, "file") == name
        whole.post("/melden", data={**checking, "text": "1"})
        answer = whole.get(f"/bestanden/{name}")
    assert answer.status_code == 200
    assert b"Voorbeeldstad" not in answer.content
    with Storage(settings.database) as storage:
        [row] = storage.all(models.Evidence)
    assert (row.file, row.title, row.state) == (name, "De vastgestelde lijst van overleggen", models.EvidenceState.KEPT)


def test_a_reviewer_whose_role_ended_or_who_did_not_read_the_notice_opens_no_file(
    client: TestClient, settings: Settings
) -> None:
    lead, reviewer = begin(client)["secret"], begin(client, f"reviewer:{COURT}")["secret"]
    name = waiting(settings, lead)
    write_folder(settings, FolderKind.LIVE, LIVE)

    def become(**known: object) -> int:
        with Private(settings.private_database) as private:
            person = private.person("web", web_channel.secret_hash(reviewer))
            assert person
            private.change_person(person.model_copy(update=known))
        return client.post("/melden/bestand", data={"secret": reviewer, "file": name}).status_code

    assert become(notice="0") == 404
    assert become(notice="1") == 200
    assert become(renewed_at=settings.clock.now() - timedelta(days=800)) == 404
