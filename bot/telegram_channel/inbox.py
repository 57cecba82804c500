"""What Telegram hands over only once: kept before anything else happens with it, parsed one by one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, NetworkError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.private import Private
from monitor.settings import Settings
from monitor.storage import StorageError

RETRIES = 5
REFUSED = "the token was refused"

log = logging.getLogger("bot.telegram")


class Inbox(asyncio.Queue[object]):
    """A queue that keeps each update in private.db before anything else happens with it."""

    def __init__(self, settings: Settings) -> None:
        """Keep updates in a data folder."""
        super().__init__()
        self.settings = settings

    async def put(self, item: object) -> None:
        """Keep an update, and hand it on if it is new; a full disk is retried like trouble of the network."""
        try:
            new = not isinstance(item, Update) or await asyncio.to_thread(self._keep, item)
        except StorageError as error:
            raise NetworkError("the inbox cannot be written") from error
        if new:
            await super().put(item)

    async def replay(self, bot: ExtBot[Any]) -> int:
        """Hand on what was kept and not handled before a stop or crash; give how many."""
        kept = await asyncio.to_thread(self._unhandled)
        for payload in kept:
            await super().put(Update.de_json(json.loads(payload), bot))
        return len(kept)

    def _keep(self, update: Update) -> bool:
        with Private(self.settings.private_database) as private:
            return private.receive(update.update_id, update.to_json(), now=self.settings.clock.now())

    def _unhandled(self) -> list[str]:
        with Private(self.settings.private_database) as private:
            return [payload for _, payload in private.unhandled()]


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
            rate_limiter=AIORateLimiter(max_retries=RETRIES),
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
            raise NetworkError(REFUSED) from error
        if endpoint == "getUpdates":
            self._answered()
            return [await self._readable(raw) for raw in result if "update_id" in raw]
        return result

    async def _readable(self, raw: dict[str, Any]) -> dict[str, Any]:
        try:
            Update.de_json(raw, self)
        except Exception as error:
            log.error("update %s cannot be read (%s) and is parked", raw["update_id"], type(error).__name__)
            await asyncio.to_thread(self._park, raw)
            return {"update_id": raw["update_id"]}
        return raw

    def _park(self, raw: dict[str, Any]) -> None:
        with Private(self._settings.private_database) as private:
            now = self._settings.clock.now()
            private.receive(raw["update_id"], json.dumps(raw), now=now, state="parked")
