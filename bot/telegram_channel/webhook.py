"""Telegram calls us: one route of the web app that keeps each update before it answers 200.

The library's own webhook server answers 200 before the update is kept, so it is not used.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.telegram_channel.standing import InboxError
from monitor.settings import Settings

PATH = "/telegram"
HEADER = "x-telegram-bot-api-secret-token"
MOST_BYTES = 1024 * 1024

log = logging.getLogger("bot.telegram")

Take = Callable[[bytes], Awaitable[None]]


def address(settings: Settings) -> str:
    """Give the address that Telegram is asked to call."""
    return f"{settings.telegram_webhook}{PATH}"


def secret(settings: Settings) -> str:
    """Give the secret that Telegram sends along: as set, else made from the token, which cannot be read from it."""
    made = hmac.new(settings.telegram_token.encode(), b"webhook", hashlib.sha256).hexdigest()
    return settings.telegram_secret or made


class Webhook:
    """The route that Telegram calls; ``taker`` gives what keeps an update, None while the channel does not run."""

    def __init__(self, settings: Settings, taker: Callable[[], Take | None]) -> None:
        """Serve one bot."""
        self.taker = taker
        self._secret = secret(settings).encode()

    def route(self) -> Route:
        """Give the route."""
        return Route(PATH, self.respond, methods=["POST"])

    async def respond(self, request: Request) -> Response:
        """Keep an update, then answer 200; anything but 200 makes Telegram bring it again."""
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            return Response(status_code=403)
        take = self.taker()
        if take is None:
            return Response(status_code=503)
        body = await _bounded(request)
        if body is None:
            log.error("an update of more than %s bytes was not read", MOST_BYTES)
            return Response(status_code=413)
        try:
            await take(body)
        except InboxError:
            log.exception("an update could not be kept")
            return Response(status_code=503)
        return Response(status_code=200)


async def _bounded(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
