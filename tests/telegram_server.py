"""A local server that speaks the few methods of the Bot API that the bot uses, and asserts Telegram's own limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bot_api import MOST_CHARACTERS, TOKEN, Answered, Sent, error, listen, ok, read_sent

__all__ = ["MOST_CHARACTERS", "TOKEN", "Sent", "TelegramServer"]
MOST_FILE_BYTES = 20 * 1024 * 1024
WAIT_SECONDS = 15.0


@dataclass
class SentDocument:
    """A file the bot sent."""

    chat: int
    name: str
    data: bytes
    after: int


@dataclass
class TelegramServer:
    """Hands out updates, keeps what is sent, and fails where it is told to."""

    port: int = 0
    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    documents: list[SentDocument] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    unfetchable: int = 0
    busy_with_files: int = 0
    calls: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    confirmed: int = 0
    refuse_token: int = 0
    too_many: int = 0
    busy: dict[int, int] = field(default_factory=dict)
    down: int = 0
    conflicts: int = 0
    poison: str = ""
    webhook: str = ""
    webhook_error: str = ""
    slow_sends: threading.Event | None = None
    blocked: set[int] = field(default_factory=set)
    limits_broken: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    stopping: bool = False

    def __enter__(self) -> TelegramServer:
        self.server = listen(self, self.port)
        self.port = self.server.server_address[1]
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()
        assert self.limits_broken == []

    @property
    def address(self) -> str:
        """Give the address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def say(self, text: str, *, chat: int = 7, kind: str = "private", language: str = "nl") -> int:
        """Let a person type something; give the number of the update."""
        message = {
            "message_id": len(self.updates) + 1,
            "date": 1_790_000_000,
            "chat": {"id": chat, "type": kind, "first_name": "Jan", "last_name": "Geheim"},
            "from": {"id": chat, "is_bot": False, "first_name": "Jan", "language_code": language},
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self.give({"message": message})

    def send_file(self, name: str, data: bytes, caption: str = "", *, chat: int = 7, **known: Any) -> int:
        """Let a person send a photo (its name ends with .jpg) or a document."""
        self.files[name] = data
        held: dict[str, Any] = {"file_id": name, "file_unique_id": name, "file_size": len(data)}
        small = {"file_id": "small", "file_unique_id": "small", "file_size": 9, "width": 9, "height": 9}
        is_photo = name.endswith(".jpg")
        sent = {"photo": [small, {**held, "width": 90, "height": 90}]} if is_photo else {"document": held}
        message = {
            "message_id": len(self.updates) + 1,
            "date": 1_790_000_000,
            "chat": {"id": chat, "type": "private", "first_name": "Jan"},
            "from": {"id": chat, "is_bot": False, "first_name": "Jan", "language_code": "nl"},
            **sent,
            **({"caption": caption} if caption else {}),
            **known,
        }
        return self.give({"message": message})

    def tap(self, data: str, *, chat: int = 7) -> int:
        """Let a person tap a button."""
        person = {"id": chat, "is_bot": False, "first_name": "Jan", "language_code": "nl"}
        message = {"message_id": 1, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}, "text": "x"}
        query = {"id": "1", "from": person, "chat_instance": "1", "data": data, "message": message}
        return self.give({"callback_query": query})

    def give(self, content: dict[str, Any]) -> int:
        """Queue an update for the bot."""
        with self.changed:
            number = 1000 + len(self.updates)
            self.updates.append({"update_id": number, **content})
            self.changed.notify_all()
        return number

    def wait_for(self, ready: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        """Wait until something holds; fail loudly when it does not."""
        end = time.monotonic() + seconds
        with self.changed:
            while not ready():
                left = end - time.monotonic()
                assert left > 0, (
                    f"waited {seconds} s; sent: {[sent.text for sent in self.sent]}, calls: {self.calls[-9:]}"
                )
                self.changed.wait(min(left, 0.05))

    def answer(self, method: str, fields: Mapping[str, str]) -> Answered:
        """Answer a call of the Bot API."""
        with self.changed:
            self.calls.append(method)
            self.asked.append((method, dict(fields)))
            self.changed.notify_all()
            if self.refuse_token:
                self.refuse_token -= 1
                return error(401, "Unauthorized")
        found = getattr(self, f"_{method}", None)
        return found(fields) if found else (200, {"ok": True, "result": True})

    def _getMe(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        return ok({"id": 1, "is_bot": True, "first_name": "Monitor", "username": "monitor_bot"})

    def _getFile(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        name = fields["file_id"]
        if name not in self.files:
            return error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[name]) > MOST_FILE_BYTES:
            return error(400, "Bad Request: file is too big")
        return ok({"file_id": name, "file_unique_id": name, "file_path": f"documents/{name}"})

    def fetch(self, path: str) -> bytes | None:
        """Give a file by the path that getFile gave."""
        name = path.removeprefix(f"/file/bot{TOKEN}/documents/")
        with self.changed:
            self.fetched.append(name)
            if self.unfetchable:
                self.unfetchable -= 1
                return None
        return self.files.get(name)

    def _sendDocument(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        chat = int(fields["chat_id"])
        with self.changed:
            if self.busy_with_files:
                self.busy_with_files -= 1
                return 429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}}
            data = fields["document"].encode("latin-1")
            self.documents.append(SentDocument(chat, fields["document.name"], data, len(self.sent)))
            self.changed.notify_all()
        return ok({"message_id": 1, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}})

    def _setWebhook(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        if self.webhook_error:
            return error(400, f"Bad Request: bad webhook: {self.webhook_error}")
        self.webhook = fields["url"]
        return ok(result=True)

    def _deleteWebhook(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        self.webhook = ""
        return ok(result=True)

    def _getWebhookInfo(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        told: dict[str, Any] = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}
        if self.webhook_error:
            told |= {"pending_update_count": 2, "last_error_date": 1_790_000_000}
            told |= {"last_error_message": self.webhook_error}
        return ok(told)

    def _getUpdates(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        offset, end = int(fields.get("offset", 0)), time.monotonic() + min(float(fields.get("timeout", 0)), 1.0)
        if self.webhook:
            return error(409, "Conflict: can't use getUpdates method while webhook is active")
        if self.conflicts:
            self.conflicts -= 1
            return error(409, "Conflict: terminated by other getUpdates request")
        with self.changed:
            self.confirmed = max(self.confirmed, offset)
            while not (ready := [u for u in self.updates if u["update_id"] >= self.confirmed]):
                left = end - time.monotonic()
                if left <= 0 or self.stopping:
                    break
                self.changed.wait(left)
            return ok(ready[:100])

    def _sendMessage(self, fields: Mapping[str, str]) -> Answered:  # noqa: N802
        chat = int(fields["chat_id"])
        if self.slow_sends:
            self.slow_sends.wait(WAIT_SECONDS)
        with self.changed:
            if self.down:
                self.down -= 1
                return error(502, "Bad Gateway")
            if self.busy.get(chat):
                self.busy[chat] -= 1
                return 429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}}
            if self.poison and self.poison in fields["text"]:
                return error(400, "Bad Request: message is wrong")
            if chat in self.blocked:
                return error(403, "Forbidden: bot was blocked by the user")
            if self.too_many:
                self.too_many -= 1
                return 429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}}
            sent, broken = read_sent(fields)
            self.limits_broken += broken
            self.sent.append(sent)
            self.changed.notify_all()
        return ok({"message_id": len(self.sent), "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}})
