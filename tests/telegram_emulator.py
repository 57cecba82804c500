"""An independent emulator of Telegram's Bot API over HTTP, an adapter before it, and persons who talk through it.

The emulator is npm's ``telegram-test-api``. The adapter mends where it differs from Telegram: it says who is a bot,
gives dates in seconds, hands an update out until its offset is confirmed, waits for new ones, answers true where the
emulator answers null, knows the commands of a bot, carries files, and refuses what Telegram refuses.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.bot_api import TOKEN, Answered, Sent, error, listen, ok, read_sent
from tests.conftest import ROOT

# Ends with the test run, also where that is killed: standard input then closes.
PROGRAM = """
const TelegramServer = require('telegram-test-api');
(async () => {
  const emulator = new TelegramServer({host: '127.0.0.1', storeTimeout: 3600});
  emulator.config.port = 0;
  await emulator.start();
  console.log(emulator.server.address().port);
  process.stdin.on('end', () => process.exit()).resume();
})();
"""
PASSED_ON = ("getMe", "deleteWebhook", "answerCallbackQuery")
WAIT_SECONDS, LOOK_EVERY = 15.0, 0.005


@dataclass
class Emulator:
    """The adapter: what the bot calls, and what persons type and read."""

    address_behind: str
    offered: list[dict[str, Any]] = field(default_factory=list)
    limits_broken: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    documents: list[tuple[int, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    stopping: bool = False
    chats: int = 1000

    def __enter__(self) -> Emulator:
        self.http = httpx.Client(base_url=self.address_behind, trust_env=False)
        self.server = listen(self)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()
        self.http.close()

    def person(self, language: str = "nl") -> Person:
        """Give somebody who talks with the bot in a chat of their own."""
        self.chats += 1
        return Person(self, self.chats, language)

    def give(self, path: str, content: Mapping[str, object]) -> Any:
        """Do what a person does, and let a bot that waits know."""
        answer = self.http.post(path, json=content).raise_for_status().json()
        assert answer["ok"], answer
        with self.changed:
            self.changed.notify_all()
        return answer["result"]

    def answer(self, method: str, fields: Mapping[str, str]) -> Answered:
        """Answer a call of the Bot API."""
        self.calls.append(method)
        if method in PASSED_ON:
            return ok(_mended(self._behind(method, fields)))
        known: dict[str, Callable[[Mapping[str, str]], Answered]] = {
            "getUpdates": self._updates,
            "sendMessage": self._sent,
            "setMyCommands": lambda fields: ok(result=True),
            "getFile": self._file,
            "sendDocument": self._document,
        }
        return known[method](fields) if method in known else error(404, "Not Found: method not found")

    def _behind(self, method: str, fields: Mapping[str, str]) -> Any:
        return self.http.post(f"/bot{TOKEN}/{method}", data=dict(fields)).raise_for_status().json()["result"]

    def _updates(self, fields: Mapping[str, str]) -> Answered:
        offset, end = int(fields.get("offset", 0)), time.monotonic() + float(fields.get("timeout", 0))
        with self.changed:
            while True:
                # The emulator hands each update out once, whether it arrives or not.
                self.offered += [_mended(update) for update in self._behind("getUpdates", {})]
                self.offered = [update for update in self.offered if update["update_id"] >= offset]
                left = end - time.monotonic()
                if self.offered or left <= 0 or self.stopping:
                    return ok(self.offered[:100])
                self.changed.wait(left)

    def fetch(self, path: str) -> bytes | None:
        """Give a file by the path that getFile gave."""
        return self.files.get(path.removeprefix(f"/file/bot{TOKEN}/"))

    def _file(self, fields: Mapping[str, str]) -> Answered:
        name = fields["file_id"]
        return ok({"file_id": name, "file_unique_id": name, "file_path": name})

    def _document(self, fields: Mapping[str, str]) -> Answered:
        chat = int(fields["chat_id"])
        self.documents.append((chat, fields["document.name"]))
        return ok({"message_id": 1, "date": _now(), "chat": {"id": chat, "type": "private"}})

    def _sent(self, fields: Mapping[str, str]) -> Answered:
        _, broken = read_sent(fields)
        self.limits_broken += broken
        if broken:
            return error(400, f"Bad Request: {', '.join(broken)}")
        made = _mended(self._behind("sendMessage", fields))
        return ok({name: made[name] for name in ("message_id", "date", "chat", "text")})


@dataclass
class Person:
    """Somebody who types, reads and taps in one chat."""

    emulator: Emulator
    chat: int
    language: str
    read: list[Sent] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def buttons(self) -> dict[str, str]:
        """Give what stands behind the buttons of the newest message, by their number."""
        shown = self.read[-1].buttons if self.read else {}
        return {words.partition(".")[0]: data for words, data in shown.items()}

    def say(self, text: str) -> None:
        """Type something; a command is marked as one, as Telegram's own programs do."""
        message = {"botToken": TOKEN, "date": _now(), "from": self._self(), "chat": self._chat(), "text": text}
        if not text.startswith("/"):
            self.emulator.give("/sendMessage", message)
            return
        length = len(text.partition(" ")[0])
        entities = [{"type": "bot_command", "offset": 0, "length": length}]
        self.emulator.give("/sendCommand", {**message, "entities": entities})

    def send_file(self, data: bytes, caption: str) -> None:
        """Send a document with words."""
        name = f"file-{len(self.emulator.files)}"
        self.emulator.files[name] = data
        message = {"botToken": TOKEN, "date": _now(), "from": self._self(), "chat": self._chat(), "caption": caption}
        held = {"file_id": name, "file_unique_id": name, "file_size": len(data)}
        self.emulator.give("/sendMessage", {**message, "document": held})

    def tap(self, data: str) -> None:
        """Tap a button of the newest message."""
        asked = {"botToken": TOKEN, "date": _now(), "from": self._self(), "message": self.last, "data": data}
        self.emulator.give("/sendCallback", asked)

    def look(self) -> list[Sent]:
        """Read the messages that came since the last look."""
        answer = self.emulator.give("/getUpdates", {"token": TOKEN, "chatId": self.chat})
        for kept in answer:
            raw = kept["message"]
            markup = raw.get("reply_markup") or {}
            buttons = {b["text"]: b["callback_data"] for row in markup.get("inline_keyboard", ()) for b in row}
            sent, _ = read_sent({"chat_id": raw["chat_id"], "text": raw["text"]})
            self.read.append(Sent(sent.chat, sent.html, sent.text, buttons))
            self.last = {"message_id": kept["messageId"], "date": _now(), "chat": self._chat(), "text": sent.text}
        return self.read[len(self.read) - len(answer) :]

    def _self(self) -> dict[str, object]:
        return {"id": self.chat, "is_bot": False, "first_name": "Iemand", "language_code": self.language}

    def _chat(self) -> dict[str, object]:
        return {"id": self.chat, "type": "private", "first_name": "Iemand"}


@pytest.fixture(scope="session")
def emulator(node: str) -> Iterator[Emulator]:
    """Start the emulator once, for as long as the tests run."""
    started = subprocess.Popen(
        [node, "-e", PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdin
    assert started.stdout
    with started:
        port = started.stdout.readline().strip()
        assert port, "the emulator did not start: run npm ci"
        with Emulator(f"http://127.0.0.1:{port}") as adapter:
            yield adapter
        started.stdin.close()


def wait_until(ready: Callable[[], object], what: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    """Wait until something holds; fail loudly, with what there is, when it does not."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"waited {seconds} s; there is {what()}"
        time.sleep(LOOK_EVERY)


def _now() -> int:
    return 1_790_000_000


def _mended(given: Any) -> Any:
    """Give what the emulator answers as Telegram would."""
    if given is None:
        return True
    if not isinstance(given, dict):
        return given
    mended = {name: _mended(value) if isinstance(value, dict) else value for name, value in given.items()}
    if "first_name" in mended and "type" not in mended:
        mended.setdefault("is_bot", True)
    if mended.get("date", 0) > 10**11:
        mended["date"] //= 1000
    if "data" in mended and "message" in mended:
        mended["chat_instance"] = str(mended["message"]["chat"]["id"])
    return mended
