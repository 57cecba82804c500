"""Photos and documents on Telegram: fetched in bounds, after the notice, cleaned; and sent to who reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import Answer, Incoming
from bot.dialogue import Refusal, Reply
from bot.files import store
from bot.files.cleaning import LIMIT
from bot.private import Private
from bot.telegram_channel import answering, files
from monitor import models
from monitor.settings import FolderKind, Settings, write_folder
from tests.conversation_fixtures import NOW, TOWN, example_plan, make_settings
from tests.make_files import FOLDER
from tests.telegram_server import MOST_FILE_BYTES, TOKEN, TelegramServer
from tests.test_telegram_channel import inbox, run
from tests.test_web_channel import LIVE

PHOTO, PLAN = (FOLDER / "foto.jpg").read_bytes(), (FOLDER / "plan.pdf").read_bytes()


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: TelegramServer) -> Settings:
    made = make_settings(tmp_path, example_plan())
    return replace(made, telegram_token=TOKEN, telegram_api=server.address)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Incoming]:
    """Note what the conversation hears of files."""
    noted: list[Incoming] = []
    converse = answering.converse

    def noting(desk: Any, person: Any, incoming: Incoming, **how: Any) -> Answer:
        noted.append(incoming)
        return converse(desk, person, incoming, **how)

    monkeypatch.setattr(answering, "converse", noting)
    return noted


def kept(settings: Settings) -> list[str]:
    folder = settings.data / store.FOLDER
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def told(server: TelegramServer, heard: list[Incoming], count: int, *sends: Callable[[], object]) -> Callable[[], None]:
    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        for send in sends:
            send()
        server.wait_for(lambda: len(heard) == count + 1 and len(server.sent) >= count + 1)

    return story


def test_a_photo_comes_in_with_its_caption_and_in_its_largest_size(
    settings: Settings, server: TelegramServer, heard: list[Incoming]
) -> None:
    run(settings, told(server, heard, 1, lambda: server.send_file("groot.jpg", PHOTO, "Het bord")))
    assert [(i.text, i.file, i.refused) for i in heard[1:]] == [("Het bord", kept(settings)[0], None)]
    assert server.fetched == ["groot.jpg"]
    assert inbox(settings) == {"done": 2}


def test_an_album_is_handled_one_after_the_other(
    settings: Settings, server: TelegramServer, heard: list[Incoming]
) -> None:
    sends = [
        lambda: server.send_file("a.jpg", PHOTO, "Het plan", media_group_id="9"),
        lambda: server.send_file("b.pdf", PLAN, media_group_id="9"),
    ]
    run(settings, told(server, heard, 2, *sends))
    assert [(i.text, str(i.file)[-4:]) for i in heard[1:]] == [("Het plan", ".jpg"), ("", ".pdf")]
    assert len(kept(settings)) == 2


@pytest.mark.parametrize(
    ("data", "size", "refused", "fetched"),
    [
        ((FOLDER / "plan.docx").read_bytes(), None, Refusal.OFFICE, 1),
        (b"", None, Refusal.EMPTY, 1),
        (bytes(LIMIT + 1), None, Refusal.LARGE, 0),
        (bytes(LIMIT + 1), 5, Refusal.LARGE, 1),
        (bytes(MOST_FILE_BYTES + 1), 5, Refusal.LARGE, 0),
    ],
    ids=["office", "empty", "says it is large", "says it is small", "larger than Telegram gives"],
)
def test_a_file_that_is_not_taken_is_said_to_the_conversation(
    settings: Settings,
    server: TelegramServer,
    heard: list[Incoming],
    data: bytes,
    size: int | None,
    refused: Refusal,
    fetched: int,
) -> None:
    known = {} if size is None else {"document": {"file_id": "x.pdf", "file_unique_id": "x", "file_size": size}}
    run(settings, told(server, heard, 1, lambda: server.send_file("x.pdf", data, "Het plan", **known)))
    assert [(i.text, i.file, i.refused) for i in heard[1:]] == [("Het plan", None, refused)]
    assert (len(server.fetched), kept(settings)) == (fetched, [])


def test_a_fetch_that_fails_is_tried_again(
    settings: Settings, server: TelegramServer, heard: list[Incoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "WAITS", (0.01, 0.01))
    server.unfetchable = 2
    run(settings, told(server, heard, 1, lambda: server.send_file("a.jpg", PHOTO)))
    assert heard[1].file == kept(settings)[0]


def test_a_file_that_cannot_be_fetched_is_said_and_the_token_is_in_no_log(
    settings: Settings, server: TelegramServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "WAITS", (0.01, 0.01))
    server.unfetchable = 9

    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.wait_for(lambda: server.sent)
        server.send_file("a.jpg", PHOTO)
        server.wait_for(lambda: len(server.sent) == 2)
        assert server.sent[-1].text.startswith("Er ging iets mis.")

    run(settings, story)
    assert inbox(settings) == {"done": 1, "parked": 1}
    assert "a file could not be fetched (HTTPStatusError)" in caplog.text
    assert TOKEN not in caplog.text


def test_in_a_live_folder_nothing_is_fetched_before_the_notice_was_read(
    settings: Settings, server: TelegramServer
) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)

    def story() -> None:
        server.send_file("a.jpg", PHOTO, "Het bord")
        server.wait_for(lambda: server.sent)
        assert "Ministerie verwerkt wat u hier typt" in server.sent[-1].text

    run(settings, story)
    assert (server.calls.count("getFile"), server.fetched, kept(settings)) == (0, [], [])


def test_what_is_neither_text_nor_file_is_said_to_be_unreadable(settings: Settings, server: TelegramServer) -> None:
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 1}

    def story() -> None:
        server.send_file("v.ogg", b"x", voice=voice, document=None)
        server.wait_for(lambda: server.sent)

    run(settings, story)
    assert server.sent[-1].text == "Ik kan alleen tekst, foto's en pdf's lezen. Staat het online? Stuur dan de link."
    assert server.fetched == []


def queued(settings: Settings, file: str | None) -> None:
    asked = Reply(text="Bericht", question="Klopt de vorm?", file=file)
    with Private(settings.private_database) as private:
        person = private.welcome("telegram", "7", now=NOW, role=models.Role.LEAD, organisation=TOWN)
        private.queue(person.id, asked, key="1", revision=1, now=NOW)


def test_who_reviews_gets_the_file_after_the_message_and_once(settings: Settings, server: TelegramServer) -> None:
    name = store.take(settings.data, PLAN).file
    assert name
    queued(settings, name)
    server.busy_with_files = 1

    def story() -> None:
        server.wait_for(lambda: server.documents)

    run(settings, story)
    [document] = server.documents
    path = store.path_of(settings.data, name)
    assert path
    assert (document.chat, document.name, document.after) == (7, f"{name[:12]}.pdf", 1)
    assert document.data == path.read_bytes()
    assert [sent.text for sent in server.sent] == ["Bericht\nKlopt de vorm?"]


def test_a_file_that_is_gone_by_then_is_left_out(settings: Settings, server: TelegramServer) -> None:
    queued(settings, "a" * 64 + ".pdf")
    run(settings, lambda: server.wait_for(lambda: server.sent))
    assert server.documents == []
    with Private(settings.private_database) as private:
        assert [delivery.state for delivery in private.all(models.Delivery)] == ["sent"]


def test_a_file_of_who_can_send_none_is_not_fetched(
    settings: Settings, server: TelegramServer, heard: list[Incoming]
) -> None:
    def story() -> None:
        server.send_file("a.jpg", PHOTO, "Het bord")
        server.wait_for(lambda: server.sent)

    run(settings, story)
    assert server.sent[-1].text.startswith("Hier kan geen bestand bij. Staat het online? Stuur dan de link.")
    assert (server.calls.count("getFile"), kept(settings)) == (0, [])
