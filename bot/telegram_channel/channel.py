"""The conversation on Telegram: nothing fetched is lost, nothing is handled twice, and an outage stops nothing else.

In this package the bare name ``Update`` is Telegram's; ours is ``models.Update``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from telegram import (
    BotCommand,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import admission, delivery, people
from bot.conversation import Incoming, converse, open_desk
from bot.delivery import BlockedError, TryLaterError, UndeliverableError
from bot.dialogue import Reply
from bot.messages import SPOKEN, say
from bot.people import RoleError
from bot.private import Private
from bot.telegram_channel.inbox import CarefulBot, Inbox
from bot.telegram_channel.redaction import hide
from bot.telegram_channel.text import keyboard, message_parts, tapped
from monitor import models
from monitor.settings import FolderKind, Settings
from monitor.storage import StorageError

CHANNEL = "telegram"
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
STOP_SECONDS = 5.0
POLL_SECONDS = 10
SEND_EVERY = 2.0

log = logging.getLogger("bot.telegram")
Context = ContextTypes.DEFAULT_TYPE


class TelegramChannel:
    """Polling, answering and sending, with a supervisor that connects again by itself."""

    def __init__(self, settings: Settings, say_line: Callable[[str], None], *, first_wait: float = FIRST_WAIT) -> None:
        """Prepare; nothing is contacted yet."""
        self.settings = settings
        self.say_line = say_line
        self.first_wait = first_wait
        self.state = "connecting"
        self.application: Application[Any, Any, Any, Any, Any, Any] | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Start connecting in the background; returns at once."""
        hide(self.settings.telegram_token)
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._supervise(), name="telegram")]

    async def stop(self) -> None:
        """Stop within a few seconds; what was not handled is kept and handled at the next start."""
        self._stopping = True
        self._wake.set()
        # What is being sent may finish, so that it is not sent again at the next start.
        if self._tasks and self.application:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._disconnect()
        self.state = "stopped"

    def wake(self) -> None:
        """Ask, from any thread, to send what is queued."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        """List the handlers in the order in which they are asked."""
        private = filters.ChatType.PRIVATE
        return [
            MessageHandler(filters.TEXT & private & filters.UpdateType.MESSAGE, self.on_text),
            CallbackQueryHandler(self.on_tap),
            MessageHandler(private & filters.UpdateType.MESSAGE, self.on_other),
            MessageHandler(filters.COMMAND & filters.ChatType.GROUPS, self.on_group),
            TypeHandler(Update, self.on_rest),
        ]

    async def on_text(self, update: Update, context: Context) -> None:
        """Answer what a person typed; a word after /start is an invitation, or a role in a folder for trying out."""
        message = update.effective_message
        if message is None or update.effective_chat is None:
            return
        text = message.text or ""
        word, _, given = text.partition(" ")
        if word.partition("@")[0] == "/start" and given.strip():
            await self._converse(update, Incoming(opening=True), given.strip())
        else:
            await self._converse(update, Incoming(text=text, opening=word.partition("@")[0] == "/start"))

    async def on_tap(self, update: Update, context: Context) -> None:
        """Answer a button; one of an older question is told so."""
        query = update.callback_query
        if query is None or update.effective_chat is None:
            return
        await _stop_waiting(query)
        revision, action, text = tapped(query.data or "")
        await self._converse(update, Incoming(text=text, action=action, revision=revision))

    async def on_other(self, update: Update, context: Context) -> None:
        """Say that only text can be read."""
        await self._plain(update, "text.only")

    async def on_group(self, update: Update, context: Context) -> None:
        """Say in a group that the conversation is a private one."""
        await self._plain(update, "telegram.private")

    async def on_rest(self, update: Update, context: Context) -> None:
        """Let anything else pass: talk among others in a group, edits, what could not be read."""
        await asyncio.to_thread(self._mark, update)

    async def on_error(self, update: object, context: Context) -> None:
        """Log first, never what was typed; then tell the person and put the update aside."""
        log.error("an update could not be handled", exc_info=context.error)
        if not isinstance(update, Update):
            return
        if not isinstance(context.error, StorageError | TelegramError):
            await asyncio.to_thread(self._park, update)
        with contextlib.suppress(TelegramError):
            if update.effective_chat:
                await context.bot.send_message(update.effective_chat.id, say(_spoken(update), "telegram.trouble"))

    async def send(self, person: models.Person, reply: Reply, revision: int) -> None:
        """Send one message to a person; raise what delivery understands."""
        await self._send(int(person.address), reply, revision)

    async def _supervise(self) -> None:
        wait = self.first_wait
        while self.application is None:
            try:
                await self._connect()
            except InvalidToken:
                self._tell("token refused", "the token was refused: check MONITOR_TELEGRAM_TOKEN")
            except TelegramError:
                self._tell("unreachable", "cannot be reached; everything else runs")
            if self.application is None:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        await self._send_forever()

    async def _connect(self) -> None:
        inbox = Inbox(self.settings)
        bot = CarefulBot(self.settings, self._answered)
        application = ApplicationBuilder().bot(bot).update_queue(inbox).job_queue(None).build()
        application.add_handlers(self.handlers())
        application.add_error_handler(self.on_error)
        try:
            await application.initialize()
            await _offer_commands(bot)
            await application.start()
            await inbox.replay(bot)
            if application.updater:
                await application.updater.start_polling(
                    timeout=POLL_SECONDS,
                    allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY],
                    error_callback=self._failed,
                )
        except BaseException:
            await _shut(application)
            raise
        self.application = application
        self._tell("connected", f"talks as @{bot.username}")

    async def _disconnect(self) -> None:
        application, self.application = self.application, None
        if application:
            await _shut(application)

    async def _send_forever(self) -> None:
        while not self._stopping:
            try:
                await delivery.deliver(self.settings, CHANNEL, self.send, go_on=lambda: not self._stopping)
            except StorageError:
                log.exception("queued messages could not be read")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SEND_EVERY):
                    await self._wake.wait()
            self._wake.clear()

    def _answered(self) -> None:
        if self.state == "unreachable" and self.application:
            self._tell("connected", "can be reached again")

    def _failed(self, error: TelegramError) -> None:
        if self.state == "connected":
            self._tell("unreachable", f"cannot be reached ({type(error).__name__}); everything else runs")

    def _tell(self, state: str, words: str) -> None:
        if state != self.state:
            again = "" if state == "connected" else ". Trying again by itself."
            self.say_line(f"Telegram: {words}{again}")
        self.state = state

    async def _converse(self, update: Update, incoming: Incoming, given: str = "") -> None:
        unsaved = await asyncio.to_thread(self._answer, update, incoming, given)
        if unsaved and update.effective_chat:
            await self._send(update.effective_chat.id, unsaved, 0)
        self._wake.set()

    def _answer(self, update: Update, incoming: Incoming, given: str) -> Reply | None:
        """Answer within one transaction; what may not be kept yet, the notice, is handed back to send at once."""
        address, language = str(update.effective_chat.id if update.effective_chat else ""), _spoken(update)
        with open_desk(self.settings) as desk:
            person = desk.private.person(CHANNEL, address)
            secret = given or (incoming.action or "").removeprefix(admission.AGREE).strip()
            version = admission.notice_version(self.settings)
            if not admission.has_read(person, self.settings):
                if not admission.agrees(incoming.text, incoming.action, language):
                    desk.private.mark_handled(update.update_id)
                    return admission.notice(self.settings.folder, language, given)
                incoming = Incoming(opening=True)
            if person is None or not admission.has_read(person, self.settings):
                person = desk.private.welcome(CHANNEL, address, now=desk.now, notice=version)
            if secret and incoming.opening:
                person = self._admit(desk, person, secret, version)
            converse(desk, person, _kept(incoming, update), language=language)
        return None

    def _admit(self, desk: Any, person: models.Person, given: str, version: str | None) -> models.Person:
        if self.settings.kind is not FolderKind.LIVE:
            with contextlib.suppress(RoleError):
                identity = people.parse_identity(given, desk.folder)
                return admission.play(desk, self.settings, CHANNEL, person.address, identity)
        bound = admission.redeem(desk, given, channel=CHANNEL, address=person.address, notice=version)
        return bound or person

    async def _plain(self, update: Update, name: str) -> None:
        if update.effective_chat:
            await self._send(update.effective_chat.id, Reply(text=say(_spoken(update), name)), 0)
        await asyncio.to_thread(self._mark, update)

    async def _send(self, chat: int, reply: Reply, revision: int) -> None:
        if self.application is None:
            raise TryLaterError
        parts = message_parts(reply)
        for number, text in enumerate(parts, start=1):
            markup = keyboard(reply, revision) if number == len(parts) else None
            await self._send_part(chat, text, markup)

    async def _send_part(self, chat: int, text: str, rows: list[list[tuple[str, str]]] | None) -> None:
        buttons = [[InlineKeyboardButton(words, callback_data=data) for words, data in row] for row in rows or []]
        bot = self.application.bot if self.application else None
        if bot is None:
            raise TryLaterError
        try:
            await bot.send_message(
                chat,
                text,
                parse_mode=ParseMode.HTML,
                reply_markup=InlineKeyboardMarkup(buttons) if buttons else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except Forbidden as error:
            raise BlockedError from error
        except BadRequest as error:
            log.error("a message was refused as wrong (%s)", error.message)
            raise (BlockedError if "chat not found" in error.message.lower() else UndeliverableError) from error
        except RetryAfter as error:
            raise TryLaterError(_pause(error)) from error
        except TelegramError as error:
            raise TryLaterError from error

    def _mark(self, update: Update) -> None:
        with Private(self.settings.private_database) as private:
            private.mark_handled(update.update_id)

    def _park(self, update: Update) -> None:
        with Private(self.settings.private_database) as private:
            private.park(update.update_id)


def _pause(error: RetryAfter) -> timedelta:
    asked: int | timedelta = error.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


def _kept(incoming: Incoming, update: Update) -> Incoming:
    return Incoming(
        text=incoming.text,
        action=incoming.action,
        revision=incoming.revision,
        opening=incoming.opening,
        update_id=update.update_id,
        queued=True,
    )


def _spoken(update: Update) -> str:
    code = (update.effective_user.language_code or "") if update.effective_user else ""
    return code.partition("-")[0] if code.partition("-")[0] in SPOKEN else "nl"


async def _stop_waiting(query: CallbackQuery) -> None:
    # The spinner on the button; an old tap can no longer be answered, which is no trouble.
    with contextlib.suppress(TelegramError):
        await query.answer()


async def _offer_commands(bot: ExtBot[Any]) -> None:
    for language, words in SPOKEN.items():
        listed = [
            BotCommand(words[name][0], say(language, f"telegram.commands.{name}"))
            for name in ("begin", "back", "stop", "help")
        ]
        await bot.set_my_commands(listed, language_code=language)
    first = next(iter(SPOKEN))
    await bot.set_my_commands(
        [
            BotCommand(SPOKEN[first][name][0], say(first, f"telegram.commands.{name}"))
            for name in ("begin", "back", "stop", "help")
        ]
    )


async def _shut(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    if application.updater and application.updater.running:
        await application.updater.stop()
    if application.running:
        await application.stop()
    await application.shutdown()
    if isinstance(application.bot, CarefulBot):
        await application.bot.close_connections()
