"""A web server on 127.0.0.1 that answers as told, also badly; what it was asked is in ``seen``."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Reply:
    """What to answer; ``drips`` sends the body again and again, a little at a time, without an end."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drips: bool = False


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    path: str
    headers: Mapping[str, str]
    asked: bytes | None = None


class HostileServer:
    """Answers paths from ``pages``, with 404 for all others; a page may be a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[Seen], Reply]] = {}
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def host(self) -> str:
        """Give the host and port, as an allow-list names them."""
        return f"127.0.0.1:{self.server.server_port}"

    def url(self, path: str) -> str:
        """Give the address of a path."""
        return f"http://{self.host}{path}"

    def asked(self, path: str) -> list[Seen]:
        """List the requests for a path."""
        return [request for request in self.seen if request.path == path]

    def reply(self, request: Seen) -> Reply:
        """Remember a request and give its answer."""
        self.seen.append(request)
        page = self.pages.get(request.path, Reply(b"not here", 404))
        return page(request) if callable(page) else page

    def close(self) -> None:
        """Stop answering and wait for the threads."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Run a server for a while."""
    server = HostileServer()
    server.thread.start()
    try:
        yield server
    finally:
        server.close()


def gzip_bomb(size: int) -> Reply:
    """Give an answer of a few bytes that unpacks to ``size`` bytes."""
    return Reply(gzip.compress(b"\0" * size), headers={"Content-Encoding": "gzip"})


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is what the tests are about."""


def _handler(owner: HostileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self.answer(None)

        def answer(self, asked: bytes | None) -> None:
            reply = owner.reply(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, asked))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.drips:
                self.send_header("Content-Length", reply.headers.get("Content-Length", str(len(reply.body))))
            self.end_headers()
            self.wfile.write(reply.body)
            while reply.drips and not owner.closing.wait(DRIP_SECONDS):
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    return Handler
