"""Send one reply to one chat: as many messages as it takes, and errors in the words of the delivery."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery import BlockedError, TryLaterError, UndeliverableError, UnreachableError
from bot.dialogue import Reply
from bot.files import viewing
from bot.telegram_channel.standing import Standing
from bot.telegram_channel.text import keyboard, message_parts
from monitor.evidence import EvidenceError

GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")

log = logging.getLogger("bot.telegram")


class Sender:
    """Sends through the bot of the moment; without one it asks to try later."""

    def __init__(self, standing: Standing | None, data: Path) -> None:
        """Wait for a bot; ``standing`` takes note of how sending goes, where nothing else does all the time.

        ``data`` is the folder that keeps the files a reply may name.
        """
        self.data = data
        self.bot: ExtBot[Any] | None = None
        self.standing = standing
        self._begun: dict[int, tuple[list[str], int]] = {}

    async def send(self, chat: int, reply: Reply, revision: int) -> None:
        """Send a reply; of a long one that was interrupted, what went out before is not sent again."""
        parts = message_parts(reply)
        begun, first = self._begun.pop(chat, ([], 0))
        # Who is asked to confirm just sent the file, and needs it not again.
        with_file = bool(reply.file) and not reply.files
        last = len(parts) + len(reply.papers)
        for number in range(first if begun == parts else 0, last + with_file):
            rows = keyboard(reply, revision) if number == len(parts) - 1 else []
            try:
                if number == last:
                    await self._send_file(chat, reply.file or "")
                elif number >= len(parts):
                    paper = reply.papers[number - len(parts)]
                    await self._send_document(chat, paper.text.encode(), paper.name)
                else:
                    await self._send_part(chat, parts[number], rows)
            except (TryLaterError, UnreachableError):
                self._begun[chat] = (parts, number)
                raise

    async def _send_part(self, chat: int, text: str, rows: list[list[tuple[str, str]]]) -> None:
        if self.bot is None:
            raise UnreachableError
        buttons = [[InlineKeyboardButton(words, callback_data=data) for words, data in row] for row in rows]
        try:
            await self.bot.send_message(
                chat,
                text,
                parse_mode=ParseMode.HTML,
                reply_markup=InlineKeyboardMarkup(buttons) if buttons else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            raise self._translated(error) from error
        if self.standing:
            self.standing.answered()

    async def _send_file(self, chat: int, name: str) -> None:
        """Send the file a reply is about; one that is gone by now, since it was decided about, is left out."""
        try:
            found = await asyncio.to_thread(viewing.document, self.data, name)
        except EvidenceError as error:
            raise TryLaterError from error
        if found is None:
            return
        await self._send_document(chat, found.body, found.name)

    async def _send_document(self, chat: int, data: bytes, name: str) -> None:
        if self.bot is None:
            raise UnreachableError
        try:
            await self.bot.send_document(chat, data, filename=name)
        except TelegramError as error:
            raise self._translated(error) from error

    def _translated(self, error: TelegramError) -> Exception:
        match error:
            case Forbidden() | ChatMigrated():
                return BlockedError()
            case BadRequest():
                log.error("a message was refused as wrong (%s)", error.message)
                gone = any(words in error.message.lower() for words in GONE)
                return BlockedError() if gone else UndeliverableError()
            case RetryAfter():
                return TryLaterError(_pause(error))
        if self.standing:
            self.standing.failed(error)
        return UnreachableError()


def _pause(error: RetryAfter) -> timedelta:
    asked: int | timedelta = error.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)
