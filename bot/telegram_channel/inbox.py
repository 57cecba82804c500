"""What Telegram hands over only once: kept before anything else happens with it, parsed one by one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

from telegram import Bot, Update
from telegram.error import InvalidToken
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.private import Private
from bot.telegram_channel.standing import InboxError, TokenError
from monitor.settings import Settings
from monitor.storage import StorageError

NEW, PARKED = "new", "parked"
LARGEST_ID = 2**63 - 1

log = logging.getLogger("bot.telegram")


class Inbox(asyncio.Queue[object]):
    """A queue that keeps each update in private.db before anything else happens with it.

    Until ``replay`` and after ``leave`` updates are kept only, not handed on: the next replay does that.
    """

    def __init__(self, settings: Settings) -> None:
        """Keep updates in a data folder."""
        super().__init__()
        self.settings = settings
        self._handing_on = False
        # A replay must not come between keeping an update and handing it on, which would hand it on twice.
        self._turn = asyncio.Lock()

    async def put(self, item: object) -> None:
        """Keep an update, and hand it on if it is new; InboxError where it cannot be kept."""
        if isinstance(item, Update):
            await self._take(item.update_id, item.to_json(), item)
        else:
            await super().put(item)

    async def take(self, body: bytes, bot: Bot | None) -> None:
        """Keep what a webhook was sent, and hand it on if it is new; what cannot be read is parked."""
        raw = _decoded(body)
        if raw is None:
            # Without a number of its own it gets one below zero that it will have again when it is sent again.
            number = -int.from_bytes(hashlib.sha256(body).digest()[:7], "big")
            log.error("something that is not an update was sent (%s bytes) and is parked", len(body))
            await self._take(number, body.decode("utf-8", "replace"), None)
            return
        await self._take(raw["update_id"], json.dumps(raw), parse(raw, bot))

    async def replay(self, bot: Bot) -> int:
        """Hand on what was kept and not handled before a stop or crash; give how many."""
        async with self._turn:
            kept = await asyncio.to_thread(self._unhandled)
            updates = [(number, parse(json.loads(payload), bot)) for number, payload in kept]
            for number, update in updates:
                if update:
                    await super().put(update)
                else:
                    await asyncio.to_thread(self._park, number)
            self._handing_on = True
        return len(kept)

    def leave(self) -> None:
        """Hand on nothing more; what waits is kept, and comes back with the next replay."""
        self._handing_on = False
        while not self.empty():
            self.get_nowait()
            self.task_done()

    async def _take(self, number: int, payload: str, update: Update | None) -> None:
        async with self._turn:
            try:
                new = await asyncio.to_thread(keep, self.settings, number, payload, NEW if update else PARKED)
            except StorageError as error:
                raise InboxError("the inbox cannot be written") from error
            if new and update and self._handing_on:
                await super().put(update)

    def _unhandled(self) -> list[tuple[int, str]]:
        with Private(self.settings.private_database) as private:
            return private.unhandled()

    def _park(self, number: int) -> None:
        with Private(self.settings.private_database) as private:
            private.park(number)


def keep(settings: Settings, number: int, payload: str, state: str) -> bool:
    """Keep something in the inbox; tell whether it is new."""
    with Private(settings.private_database) as private:
        return private.receive(number, payload, now=settings.clock.now(), state=state)


def parse(raw: dict[str, Any], bot: Bot | None) -> Update | None:
    """Read an update; None where it cannot be read."""
    try:
        return Update.de_json(raw, bot)
    except Exception as error:
        # Whatever the library trips over, the updates behind it must come through.
        log.error("update %s cannot be read (%s) and is parked", raw.get("update_id"), type(error).__name__)
        return None


class CarefulBot(ExtBot[int]):
    """A bot that parses updates one by one, parks what it cannot parse, and tells when polling works again."""

    __slots__ = ("_answered", "_connections", "_settings")

    def __init__(self, settings: Settings, answered: Callable[[], None]) -> None:
        """Talk to the Bot API that the settings name."""
        connections = (HTTPXRequest(connection_pool_size=8), HTTPXRequest(connection_pool_size=1))
        super().__init__(
            settings.telegram_token,
            base_url=f"{settings.telegram_api}/bot",
            base_file_url=f"{settings.telegram_api}/file/bot",
            request=connections[0],
            get_updates_request=connections[1],
            # Paces only: retried by the library, one chat that must wait would hold up all others.
            rate_limiter=AIORateLimiter(max_retries=0),
        )
        with self._unfrozen():
            self._settings = settings
            self._answered = answered
            self._connections = connections

    async def close_connections(self) -> None:
        """Close what is open even where initializing failed, which shutdown() then leaves open."""
        for connection in self._connections:
            await connection.shutdown()

    async def _post(self, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        # get_updates() parses the whole list at once, so one bad update would stop all that come after it.
        try:
            result = await super()._post(endpoint, *args, **kwargs)
        except InvalidToken as error:
            if endpoint != "getUpdates":
                raise
            # The polling loop ends for good at this error; a token may be put right without a restart here.
            raise TokenError("the token was refused") from error
        if endpoint == "getUpdates":
            self._answered()
            return [await self._readable(raw) for raw in result if "update_id" in raw]
        return result

    async def _readable(self, raw: dict[str, Any]) -> dict[str, Any]:
        if parse(raw, self):
            return raw
        try:
            await asyncio.to_thread(keep, self._settings, raw["update_id"], json.dumps(raw), PARKED)
        except StorageError as error:
            raise InboxError("the inbox cannot be written") from error
        return {"update_id": raw["update_id"]}


def _decoded(body: bytes) -> dict[str, Any] | None:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return raw if isinstance(number, int) and 0 <= number <= LARGEST_ID else None
