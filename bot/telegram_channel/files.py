"""Photos and documents on Telegram: fetched in bounds and after the notice was read."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import httpx
from telegram import Message
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.dialogue import Refusal
from bot.files.cleaning import LIMIT

WAITS = (0.5, 2.0)
FETCH_SECONDS = 60

log = logging.getLogger("bot.telegram")


@dataclass(frozen=True)
class SentFile:
    """A file that came in: what Telegram calls it, and how large it says it is."""

    file_id: str
    size: int


def sent_in(message: Message | None) -> SentFile | None:
    """Give the document of a message, or the largest size of its photo."""
    held = message and (message.document or (message.photo[-1] if message.photo else None))
    return SentFile(held.file_id, held.file_size or 0) if held else None


async def fetch(bot: ExtBot[Any] | None, sent: SentFile) -> bytes | Refusal:
    """Fetch a file, no more of it than may be kept; raise TelegramError where that fails after some tries."""
    if sent.size > LIMIT:
        return Refusal.LARGE
    for wait in WAITS:
        try:
            return await _fetch_once(bot, sent)
        except BadRequest as error:
            return _refusal(error)
        except TelegramError:
            await asyncio.sleep(wait)
    return await _fetch_once(bot, sent)


async def _fetch_once(bot: ExtBot[Any] | None, sent: SentFile) -> bytes | Refusal:
    if bot is None:
        raise NetworkError("not connected")
    found = await bot.get_file(sent.file_id)
    try:
        async with asyncio.timeout(FETCH_SECONDS), httpx.AsyncClient() as client:
            return await _read(client, found.file_path or "")
    except (httpx.HTTPError, TimeoutError) as error:
        # Without its words: they hold the address, and that the token.
        raise NetworkError(f"a file could not be fetched ({type(error).__name__})") from None


async def _read(client: httpx.AsyncClient, address: str) -> bytes | Refusal:
    body = bytearray()
    async with client.stream("GET", address) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > LIMIT:
                return Refusal.LARGE
    return bytes(body)


def _refusal(error: BadRequest) -> Refusal:
    log.info("a file was not given (%s)", error.message)
    return Refusal.LARGE if "too big" in error.message.lower() else Refusal.BROKEN
