"""Telegram through an independent emulator of the Bot API: the same transcripts, the same reports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue import Reply
from bot.files import store
from bot.private import Private
from bot.telegram_channel import TelegramChannel
from bot.terminal_files import heard
from monitor import chat_links, models
from monitor.settings import Settings
from tests.bot_api import TOKEN
from tests.conftest import ROOT
from tests.conversation_fixtures import (
    LAST,
    NOW,
    TOWN,
    TOWNSHIP,
    PureWorld,
    Section,
    Transcript,
    example_plan,
    make_settings,
    network_plan,
    plan_named,
    read_transcript,
    stored,
    transcripts,
)
from tests.make_files import FOLDER
from tests.telegram_emulator import Emulator, Person, emulator, wait_until

__all__ = ["emulator"]


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_transcript_stores_the_same_reports(
    path: Path, tmp_path: Path, shipped: models.PlanFolder, shipped_updates: list[models.Update], emulator: Emulator
) -> None:
    transcript = read_transcript(path)
    folder = plan_named(transcript.plan, shipped)
    made = make_settings(tmp_path / "own", folder)
    settings = replace(made, telegram_token=TOKEN, telegram_api=emulator.address)
    in_telegram(settings, lambda: Talk(settings, emulator).run(transcript))
    assert emulator.limits_broken == []
    assert stored(settings) == PureWorld(folder, shipped_updates).run(transcript)


def in_telegram(settings: Settings, story: Callable[[], None]) -> None:
    """Run the channel while a story is told from another thread."""

    async def both() -> None:
        said: list[str] = []
        channel = TelegramChannel(settings, said.append, first_wait=0.01)
        await channel.start()
        try:
            await asyncio.to_thread(story)
        finally:
            await channel.stop()
        assert said == ["Telegram: talks as @TestNameBot"]

    asyncio.run(both())


class Talk:
    """The people of a transcript, each in a chat of their own; a number that is offered is tapped, the rest typed."""

    def __init__(self, settings: Settings, emulator: Emulator) -> None:
        self.private = settings.private_database
        self.emulator = emulator
        self.persons: dict[str, Person] = {}
        self.said = 0

    def run(self, transcript: Transcript) -> None:
        """Say each line when the one before is answered."""
        for section in transcript.sections:
            if section.role not in self.persons:
                self.persons[section.role] = self.emulator.person(section.language)
            person = self.persons[section.role]
            for opening in openings(section):
                self.say(person, opening)
            for line, offered in zip(section.lines, section.offered, strict=True):
                self.say(person, line, tap=line in offered)

    def say(self, person: Person, line: str, *, tap: bool = False) -> None:
        """Say something, and wait until it is handled and all that the bot has to say is read."""
        sent = heard(line)
        if tap:
            person.tap(person.buttons[line])
        elif sent:
            person.send_file(sent.path.read_bytes(), sent.text)
        else:
            person.say(line)
        self.said += 1
        with Private(self.private) as private:
            wait_until(lambda: self.is_settled(private), private.counts)
        # What is said to whom is not known, or no more, is queued nowhere.
        wait_until(person.look, lambda: "no answer")

    def is_settled(self, private: Private) -> bool:
        """Tell whether everything said was handled and everything to be sent was sent."""
        handled = private.db.conn.execute("SELECT count(*) FROM inbox WHERE state = 'done'").fetchone()[0]
        return handled == self.said and not private.counts()["unsent"]


def test_a_file_travels_both_ways(tmp_path: Path, emulator: Emulator) -> None:
    made = make_settings(tmp_path, example_plan())
    settings = replace(made, telegram_token=TOKEN, telegram_api=emulator.address)
    person = emulator.person()

    def story() -> None:
        talk = Talk(settings, emulator)
        talk.say(person, f"/start lead:{TOWN}")
        talk.say(person, f"bestand {FOLDER / 'plan.pdf'} 1.1 De lijst is af")
        [name] = [path.name for path in (settings.data / store.FOLDER).iterdir()]
        with Private(settings.private_database) as private:
            known = private.person("telegram", str(person.chat))
            assert known
            private.queue(known.id, Reply(text="Bericht", file=name), key="1", revision=1, now=NOW)
        wait_until(lambda: (person.chat, f"{name[:12]}.pdf") in emulator.documents, lambda: emulator.documents)

    in_telegram(settings, story)
    assert person.look()[-1].text == "Bericht"


def test_the_calendar_and_the_notes_come_as_documents(tmp_path: Path, emulator: Emulator) -> None:
    made = make_settings(tmp_path, network_plan())
    settings = replace(made, telegram_token=TOKEN, telegram_api=emulator.address)
    person = emulator.person()

    def story() -> None:
        talk = Talk(settings, emulator)
        talk.say(person, f"/start pioneer:{TOWNSHIP}")
        for line in ("/bijeenkomsten", "1", "/verslag", "verslag insturen"):
            talk.say(person, line)
        talk.say(person, f"bestand {FOLDER / 'verslag.odt'}")
        talk.say(person, "1")
        names = ["agenda.ics", "voorbeeld.html", f"{LAST}.md"]
        wait_until(
            lambda: [name for chat, name in emulator.documents if chat == person.chat] == names,
            lambda: emulator.documents,
        )

    in_telegram(settings, story)
    assert emulator.limits_broken == []


def openings(section: Section) -> list[str]:
    """Give what opens the channel for a role, and for the page it came from."""
    about = [f"/start {chat_links.start_word(section.about)}"] if section.about is not None else []
    return [f"/start {section.role}", *about]


def test_the_adapter_refuses_what_telegram_refuses(emulator: Emulator) -> None:
    long = {"chat_id": "1", "text": "<b>" + "x" * 4097, "reply_markup": buttons("x" * 65)}
    assert emulator.answer("sendMessage", long) == (
        400,
        {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: 65 bytes, 4097 characters, <b> is not closed",
        },
    )
    assert emulator.answer("sendPigeon", {})[0] == 404
    emulator.limits_broken.clear()


def buttons(data: str) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "1. Ja", "callback_data": data}]]})


def test_the_lock_of_npm_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: known for name, known in lock["packages"].items() if name}
    assert packages
    assert [name for name, known in packages.items() if "resolved" in known or "integrity" not in known] == []
