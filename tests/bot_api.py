"""What the stand-ins for Telegram share: the token, Telegram's own limits, and the HTTP of the Bot API."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs

TOKEN = "123456:AbCdEfGhIjKlMnOpQrStUvWxYz012345678"
MOST_CHARACTERS, MOST_BYTES = 4096, 64
Answered = tuple[int, dict[str, Any]]


@dataclass
class Sent:
    """A message the bot sent: to whom, its text as HTML and as a person reads it, and what is behind its buttons."""

    chat: int
    html: str
    text: str
    buttons: dict[str, str]


class Answers(Protocol):
    """What answers the calls of the Bot API."""

    def answer(self, method: str, fields: Mapping[str, str]) -> Answered:
        """Answer a call with a status and a body."""
        ...

    def fetch(self, path: str) -> bytes | None:
        """Give a file by the path that getFile gave."""
        ...


def read_sent(fields: Mapping[str, str]) -> tuple[Sent, list[str]]:
    """Read what the bot asks to send, and which of Telegram's limits it breaks."""
    reader = _Reader()
    reader.feed(fields["text"])
    reader.close()
    rows = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
    buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
    broken = [f"{len(data.encode())} bytes" for data in buttons.values() if len(data.encode()) > MOST_BYTES]
    broken += [f"{len(reader.text)} characters"] if not 0 < len(reader.text) <= MOST_CHARACTERS else []
    broken += [*reader.broken, *(f"<{tag}> is not closed" for tag in reader.open)]
    return Sent(int(fields["chat_id"]), fields["text"], reader.text, buttons), broken


def ok(result: object) -> Answered:
    """Give an answer as the Bot API does."""
    return 200, {"ok": True, "result": result}


def error(code: int, words: str) -> Answered:
    """Give an error as the Bot API does."""
    return code, {"ok": False, "error_code": code, "description": words}


def listen(answers: Answers, port: int = 0) -> ThreadingHTTPServer:
    """Answer the calls of the Bot API on a port of this machine, in the background."""

    class Handler(_Handler):
        answering = answers

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    answering: ClassVar[Answers]
    protocol_version = "HTTP/1.1"
    # Headers and body go out apart; without this each answer would wait 40 ms for a delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        fields = self._fields(self.rfile.read(int(self.headers.get("content-length", 0))))
        token, _, method = self.path.removeprefix("/bot").partition("/")
        status, answer = self.answering.answer(method, fields) if token == TOKEN else error(401, "Unauthorized")
        payload = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Give a file by the path that getFile gave."""
        data = self.answering.fetch(self.path)
        try:
            self.send_response(502 if data is None else 200)
            self.send_header("content-length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")
        except OSError:
            self.close_connection = True

    def _fields(self, body: bytes) -> dict[str, str]:
        """Read the fields of a call; a file has its bytes as Latin-1, and its name under ``<field>.name``."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        found = {}
        for part in email.message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + body).walk():
            name, held = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if name and isinstance(held, bytes):
                found[str(name)] = held.decode("latin-1")
                found[f"{name}.name"] = part.get_filename() or ""
        return found

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
