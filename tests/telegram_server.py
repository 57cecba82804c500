"""A local server that speaks the few methods of the Bot API that the bot uses, and asserts Telegram's own limits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

TOKEN = "123456:AbCdEfGhIjKlMnOpQrStUvWxYz012345678"
MOST_CHARACTERS, MOST_BYTES = 4096, 64
WAIT_SECONDS = 15.0


@dataclass
class Sent:
    """A message the bot sent: to whom, its text as HTML and as a person reads it, and what is behind its buttons."""

    chat: int
    html: str
    text: str
    buttons: dict[str, str]


@dataclass
class TelegramServer:
    """Hands out updates, keeps what is sent, and fails where it is told to."""

    port: int = 0
    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
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
        fake = self

        class Handler(_Handler):
            server_state = fake

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
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

    def answer(self, method: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a call of the Bot API."""
        with self.changed:
            self.calls.append(method)
            self.asked.append((method, fields))
            self.changed.notify_all()
            if self.refuse_token:
                self.refuse_token -= 1
                return _error(401, "Unauthorized")
        found = getattr(self, f"_{method}", None)
        return found(fields) if found else (200, {"ok": True, "result": True})

    def _getMe(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        return _ok({"id": 1, "is_bot": True, "first_name": "Monitor", "username": "monitor_bot"})

    def _setWebhook(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        if self.webhook_error:
            return _error(400, f"Bad Request: bad webhook: {self.webhook_error}")
        self.webhook = fields["url"]
        return _ok(True)

    def _deleteWebhook(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        self.webhook = ""
        return _ok(True)

    def _getWebhookInfo(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        told: dict[str, Any] = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}
        if self.webhook_error:
            told |= {"pending_update_count": 2, "last_error_date": 1_790_000_000}
            told |= {"last_error_message": self.webhook_error}
        return _ok(told)

    def _getUpdates(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        offset, end = int(fields.get("offset", 0)), time.monotonic() + min(float(fields.get("timeout", 0)), 1.0)
        if self.webhook:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        if self.conflicts:
            self.conflicts -= 1
            return _error(409, "Conflict: terminated by other getUpdates request")
        with self.changed:
            self.confirmed = max(self.confirmed, offset)
            while not (ready := [u for u in self.updates if u["update_id"] >= self.confirmed]):
                left = end - time.monotonic()
                if left <= 0 or self.stopping:
                    break
                self.changed.wait(left)
            return _ok(ready[:100])

    def _sendMessage(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:  # noqa: N802
        chat = int(fields["chat_id"])
        if self.slow_sends:
            self.slow_sends.wait(WAIT_SECONDS)
        with self.changed:
            if self.down:
                self.down -= 1
                return _error(502, "Bad Gateway")
            if self.busy.get(chat):
                self.busy[chat] -= 1
                return 429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}}
            if self.poison and self.poison in fields["text"]:
                return _error(400, "Bad Request: message is wrong")
            if chat in self.blocked:
                return _error(403, "Forbidden: bot was blocked by the user")
            if self.too_many:
                self.too_many -= 1
                return 429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 1}}
            self.sent.append(self._checked(chat, fields))
            self.changed.notify_all()
        return _ok({"message_id": len(self.sent), "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}})

    def _checked(self, chat: int, fields: dict[str, str]) -> Sent:
        reader = _Reader()
        reader.feed(fields["text"])
        rows = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
        broken = [f"{len(data.encode())} bytes" for data in buttons.values() if len(data.encode()) > MOST_BYTES]
        broken += [f"{len(reader.text)} characters"] if len(reader.text) > MOST_CHARACTERS else []
        broken += reader.broken
        self.limits_broken += broken
        return Sent(chat, fields["text"], reader.text, buttons)


class _Handler(BaseHTTPRequestHandler):
    server_state: ClassVar[TelegramServer]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        token, _, method = self.path.removeprefix("/bot").partition("/")
        status, answer = self.server_state.answer(method, fields) if token == TOKEN else _error(401, "Unauthorized")
        payload = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Reader(HTMLParser):
    TAGS: ClassVar[set[str]] = {"b", "blockquote", "code", "pre"}

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.broken: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.broken += [f"<{tag}>"] if tag not in self.TAGS or attrs else []

    def handle_endtag(self, tag: str) -> None:
        self.broken += [] if self.open and self.open.pop() == tag else [f"</{tag}>"]

    def handle_data(self, data: str) -> None:
        self.text += data


def _ok(result: object) -> tuple[int, dict[str, Any]]:
    return 200, {"ok": True, "result": result}


def _error(code: int, words: str) -> tuple[int, dict[str, Any]]:
    return code, {"ok": False, "error_code": code, "description": words}
