"""What is answered on Telegram: text, buttons, and a line for whatever else comes in.

In this package the bare name ``Update`` is Telegram's; ours is ``models.Update``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from telegram import CallbackQuery, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import admission, deep_links, delivery, people, receiving
from bot.conversation import Incoming, converse, open_desk
from bot.delivery import BlockedError, TryLaterError, UndeliverableError, UnreachableError
from bot.desk import Desk
from bot.dialogue import Refusal, Reply
from bot.files.store import Taken
from bot.messages import SPOKEN, say
from bot.people import RoleError
from bot.private import Private, StaleStateError
from bot.telegram_channel import files
from bot.telegram_channel.sending import Sender
from bot.telegram_channel.text import tapped
from monitor import models
from monitor.errors import MonitorError
from monitor.settings import FolderKind, Settings
from monitor.storage import StorageError

CHANNEL = "telegram"
WAITS = (0.1, 1.0, 3.0)
UNSAVED_TRIES = 8
UNSAVED_AT_MOST = 200

log = logging.getLogger("bot.telegram")
Context = ContextTypes.DEFAULT_TYPE
T = TypeVar("T")


class Answering:
    """Answers updates one by one; what is said to a known person is queued with the mark that it was handled."""

    def __init__(self, settings: Settings, sender: Sender, answered: Callable[[str], None]) -> None:
        """Answer with a data folder; ``answered`` is told the chat for which something may be queued."""
        self.settings = settings
        self.sender = sender
        self.answered = answered
        self._unsaved: set[asyncio.Task[None]] = set()
        # The word after /start by chat, until the notice is agreed to; the button of the notice carries it too.
        self._given: dict[str, str] = {}

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        """List the handlers in the order in which they are asked."""
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        return [
            MessageHandler(filters.TEXT & private, self.on_text),
            CallbackQueryHandler(self.on_tap),
            MessageHandler((filters.PHOTO | filters.Document.ALL) & private, self.on_file),
            MessageHandler(private, self.on_other),
            MessageHandler(filters.COMMAND & filters.ChatType.GROUPS & filters.UpdateType.MESSAGE, self.on_group),
            TypeHandler(Update, self.on_rest),
        ]

    async def stop(self) -> None:
        """Leave what could not be said yet; its updates are kept."""
        for task in self._unsaved:
            task.cancel()
        await asyncio.gather(*self._unsaved, return_exceptions=True)

    async def on_text(self, update: Update, context: Context) -> None:
        """Answer what a person typed; a word after /start is an invitation, a record, or a role for trying out."""
        text = (update.effective_message.text if update.effective_message else None) or ""
        word, _, given = text.partition(" ")
        opening = word.partition("@")[0] == "/start"
        given = given.strip() if opening else ""
        await self._converse(update, Incoming(text="" if given else text, opening=opening), given)

    async def on_tap(self, update: Update, context: Context) -> None:
        """Answer a button of a private chat; one of an older question is told so."""
        query = update.callback_query
        chat = update.effective_chat
        if query is None or (chat and chat.type != ChatType.PRIVATE) or query.inline_message_id:
            await self.on_rest(update, context)
            return
        await _stop_waiting(query)
        revision, action, text = tapped(query.data or "")
        await self._converse(update, Incoming(text=text, action=action, revision=revision))

    async def on_file(self, update: Update, context: Context) -> None:
        """Take a photo or document with the words beside it; before the notice was read nothing is fetched."""
        message = update.effective_message
        sent = files.sent_in(message)
        if message is None or sent is None:
            await self.on_other(update, context)
            return
        taken = await self._patiently(lambda: self._turn_away(update))
        if taken is None:
            fetched = await files.fetch(self.sender.bot, sent)
            if isinstance(fetched, Refusal):
                taken = Taken(refused=fetched)
            else:
                taken = await self._patiently(lambda: self._take(update, fetched))
        said = taken.text or message.caption or ""
        await self._converse(update, Incoming(text=said, file=taken.file, refused=taken.refused))

    def _turn_away(self, update: Update) -> Taken | None:
        with open_desk(self.settings) as desk:
            person = desk.private.person(CHANNEL, _address(update))
            if not admission.has_read(person, self.settings) or desk.private.is_handled(update.update_id):
                return Taken()
            return receiving.turn_away(desk, person)

    def _take(self, update: Update, data: bytes) -> Taken:
        with open_desk(self.settings) as desk:
            return receiving.take(desk, desk.private.person(CHANNEL, _address(update)), data)

    async def on_other(self, update: Update, context: Context) -> None:
        """Say that only text, photos and documents can be read."""
        await self._tell(update, "text.only")

    async def on_group(self, update: Update, context: Context) -> None:
        """Say in a group that the conversation is a private one."""
        await self._tell(update, "telegram.private")

    async def on_rest(self, update: Update, context: Context) -> None:
        """Let anything else pass: talk among others in a group, edits, what is no message."""
        await self._patiently(lambda: self._mark(update))

    async def on_error(self, update: object, context: Context) -> None:
        """Log first, never what was typed; then put the update aside and tell the person.

        What fails by the machine or its settings is no fault of the update: it is handled after the repair.
        """
        log.error("an update could not be handled", exc_info=context.error)
        if not isinstance(update, Update):
            return
        if not isinstance(context.error, MonitorError):
            with contextlib.suppress(StorageError):
                await asyncio.to_thread(self._park, update)
        self._say_unsaved(update, Reply(text=say(_spoken(update), "telegram.trouble")), mark=False)

    async def _converse(self, update: Update, incoming: Incoming, given: str = "") -> None:
        unsaved = await self._patiently(lambda: self._answer(update, incoming, given))
        if unsaved:
            self._say_unsaved(update, unsaved)
        self.answered(_address(update))

    async def _patiently(self, work: Callable[[], T]) -> T:
        """Do work with the databases; a lock or full disk may pass, and later messages would meet it as well."""
        for wait in WAITS:
            try:
                return await asyncio.to_thread(work)
            except (MonitorError, StaleStateError):
                await asyncio.sleep(wait)
        return await asyncio.to_thread(work)

    def _answer(self, update: Update, incoming: Incoming, given: str) -> Reply | None:
        """Answer within one transaction; what may not be kept yet, the notice, is handed back to send at once."""
        address = _address(update)
        with open_desk(self.settings) as desk:
            if desk.private.is_handled(update.update_id):
                return None
            language = _spoken(update) or desk.folder.plan.languages[0]
            person = self._reachable(desk, desk.private.person(CHANNEL, address))
            given = given or (incoming.action or "").removeprefix(admission.AGREE).strip()
            version = admission.notice_version(self.settings)
            if not admission.has_read(person, self.settings):
                given = self._remembered(address, given)
                if not admission.agrees(incoming.text, incoming.action, language):
                    return admission.notice(self.settings, language, CHANNEL, given)
                incoming = Incoming(opening=True)
            person = admission.take_in(desk, self.settings, CHANNEL, address)
            if given and incoming.opening:
                incoming = replace(incoming, about=deep_links.record(given))
                person = person if incoming.about is not None else self._admit(desk, person, given, version)
            taken = replace(incoming, update_id=update.update_id, queued=True)
            answer = converse(desk, person, taken, language=language)
        self._given.pop(address, None)
        return answer.replies[0] if answer.forgotten else None

    def _remembered(self, address: str, given: str) -> str:
        """Remember in memory what somebody came with, since nothing may be kept before they agree."""
        if given:
            self._given.pop(address, None)
            self._given[address] = given
            while len(self._given) > UNSAVED_AT_MOST:
                del self._given[next(iter(self._given))]
        return self._given.get(address, "")

    def _reachable(self, desk: Desk, person: models.Person | None) -> models.Person | None:
        """Take who writes again as reachable: what was given up stays so, what comes is sent."""
        if person is None or person.reachable:
            return person
        person = person.model_copy(update={"reachable": True})
        desk.private.change_person(person)
        return person

    def _admit(self, desk: Desk, person: models.Person, given: str, version: str | None) -> models.Person:
        if self.settings.kind is not FolderKind.LIVE:
            with contextlib.suppress(RoleError):
                identity = people.parse_identity(given, desk.folder)
                return admission.play(desk, self.settings, CHANNEL, person.address, identity)
        bound = admission.redeem(desk, given, channel=CHANNEL, address=person.address, notice=version)
        return bound or person

    async def _tell(self, update: Update, name: str) -> None:
        """Say one line: queued behind what a known person is still to hear, else at once."""
        unsaved = await self._patiently(lambda: self._queue_line(update, name))
        if unsaved:
            self._say_unsaved(update, unsaved)
        self.answered(_address(update))

    def _queue_line(self, update: Update, name: str) -> Reply | None:
        with open_desk(self.settings) as desk:
            person = self._reachable(desk, desk.private.person(CHANNEL, _address(update)))
            state = desk.private.state(person.id) if person else None
            spoken = _spoken(update) or desk.folder.plan.languages[0]
            reply = Reply(text=say((state.language if state else None) or spoken, name))
            if person is None:
                return None if desk.private.is_handled(update.update_id) else reply
            with desk.private.transaction():
                desk.tell(person, reply, f"{person.id}:line:{update.update_id}")
                desk.private.mark_handled(update.update_id)
        return None

    def _say_unsaved(self, update: Update, reply: Reply, *, mark: bool = True) -> None:
        """Say in the background what is kept nowhere; until it is said, the update counts as not handled."""
        if len(self._unsaved) >= UNSAVED_AT_MOST:
            log.error("too many strangers at once: an update is left for the next start")
            return
        task = asyncio.create_task(self._keep_saying(update, reply, mark=mark))
        self._unsaved.add(task)
        task.add_done_callback(self._unsaved.discard)

    async def _keep_saying(self, update: Update, reply: Reply, *, mark: bool) -> None:
        for attempt in range(1, UNSAVED_TRIES + 1):
            try:
                await self.sender.send(int(_address(update)), reply, 0)
                break
            except (BlockedError, UndeliverableError):
                break
            except TryLaterError as error:
                wait = error.wait or delivery.back_off(attempt)
            except UnreachableError:
                wait = delivery.back_off(attempt)
            await asyncio.sleep(wait.total_seconds())
        if mark:
            with contextlib.suppress(StorageError):
                await self._patiently(lambda: self._mark(update))

    def _mark(self, update: Update) -> None:
        with Private(self.settings.private_database) as private:
            private.mark_handled(update.update_id)

    def _park(self, update: Update) -> None:
        with Private(self.settings.private_database) as private:
            private.park(update.update_id)


def _address(update: Update) -> str:
    """Give the chat to answer in; the button of a message too old to be named belongs to the chat with its tapper."""
    if update.effective_chat:
        return str(update.effective_chat.id)
    return str(update.effective_user.id if update.effective_user else 0)


def _spoken(update: Update) -> str:
    """Give the language a person's Telegram speaks; empty where the bot does not."""
    code = (update.effective_user.language_code or "") if update.effective_user else ""
    return code.partition("-")[0] if code.partition("-")[0] in SPOKEN else ""


async def _stop_waiting(query: CallbackQuery) -> None:
    # The spinner on the button; an old tap can no longer be answered, which is no trouble.
    with contextlib.suppress(TelegramError):
        await query.answer()
