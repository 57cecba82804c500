"""The commands that Telegram offers: for everyone in each language, and for each person by role."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from telegram import BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.conversation import open_desk
from bot.dialogue import places
from bot.messages import SPOKEN, say
from monitor.models import Role
from monitor.settings import Settings

CHANNEL = "telegram"
WORD = re.compile(r"[a-z0-9_]{1,32}")
FIRST = ("begin",)
LAST = ("unfollow", "back", "stop", "help", "language", "privacy", "mydata", "correct", "forget")

log = logging.getLogger("bot.telegram")
Commands = tuple[tuple[str, str], ...]


def offered(role: Role, *, leads: bool, language: str) -> Commands:
    """List word and description of the commands for a role, in a language; ``leads``: its organisation does."""
    names = (*FIRST, *places.of_role(role, leads=leads), *LAST)
    heard = SPOKEN[language]
    words = [(name, _word(heard[name])) for name in names if name in heard]
    return tuple((word, say(language, f"telegram.commands.{name}")) for name, word in words if word)


class Offers:
    """Keeps the commands of people in step with their role and language; a change that fails is tried again."""

    def __init__(self, settings: Settings) -> None:
        """Know of nobody yet; what was set before a restart is set once more when they write."""
        self.settings = settings
        self._waiting: dict[str, None] = {}
        self._set: dict[str, Commands] = {}
        self._for_all = False

    def look_at(self, address: str) -> None:
        """Take note that somebody wrote, so that role or language may have changed."""
        self._waiting[address] = None

    async def renew(self, bot: ExtBot[Any]) -> None:
        """Set what is not as it should be; raises nothing."""
        try:
            if not self._for_all:
                await self._offer_everyone(bot)
                self._for_all = True
            for address in list(self._waiting):
                await self._offer(bot, address)
                self._waiting.pop(address, None)
        except TelegramError as error:
            log.warning("commands could not be set (%s) and will be", type(error).__name__)
        except Exception:
            # Whatever it is, such as a folder.json that cannot be read: sending goes on.
            log.exception("commands could not be set and will be")

    async def _offer_everyone(self, bot: ExtBot[Any]) -> None:
        first = await asyncio.to_thread(self._first_language)
        for language in SPOKEN:
            listed = offered(Role.VISITOR, leads=False, language=language)
            await bot.set_my_commands(_commands(listed), language_code=language)
            if language == first:
                await bot.set_my_commands(_commands(listed))

    async def _offer(self, bot: ExtBot[Any], address: str) -> None:
        wanted = await asyncio.to_thread(self._wanted, address)
        known = self._set.get(address)
        if wanted == known:
            return
        scope = BotCommandScopeChat(int(address))
        try:
            if wanted:
                await bot.set_my_commands(_commands(wanted), scope=scope)
            else:
                await bot.delete_my_commands(scope=scope)
        except (BadRequest, Forbidden) as error:
            log.info("commands were refused (%s)", type(error).__name__)
        self._set.pop(address, None)
        if wanted:
            self._set[address] = wanted

    def _first_language(self) -> str:
        with open_desk(self.settings) as desk:
            return next((code for code in desk.folder.plan.languages if code in SPOKEN), next(iter(SPOKEN)))

    def _wanted(self, address: str) -> Commands | None:
        """Give what a person should be offered; None for who is not known, or not any more."""
        with open_desk(self.settings) as desk:
            person = desk.private.person(CHANNEL, address)
            if person is None:
                return None
            state = desk.private.state(person.id)
            language = person.language or (state.language if state else desk.folder.plan.languages[0])
            person = desk.standing(person)
            leads = places.leads(desk.folder, person)
        return offered(person.role, leads=leads, language=language) if language in SPOKEN else None


def _word(words: tuple[str, ...]) -> str | None:
    return next((word for word in words if WORD.fullmatch(word)), None)


def _commands(listed: Commands) -> list[BotCommand]:
    return [BotCommand(word, description) for word, description in listed]
