"""The conversation on Telegram: nothing fetched is lost, nothing is handled twice, and an outage stops nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.error import Conflict, TelegramError
from telegram.ext import Application, ApplicationBuilder, ExtBot

from bot import delivery
from bot.delivery import UnreachableError
from bot.dialogue import Reply
from bot.telegram_channel import webhook
from bot.telegram_channel.answering import CHANNEL, Answering
from bot.telegram_channel.commands import Offers
from bot.telegram_channel.inbox import CarefulBot, Inbox
from bot.telegram_channel.redaction import hide
from bot.telegram_channel.sending import Sender
from bot.telegram_channel.standing import CALM_SECONDS, STOPPED, InboxError, Standing
from monitor import chat_links, models
from monitor.settings import Settings
from monitor.storage import StorageError

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
STOP_SECONDS = 5.0
POLL_SECONDS = 10
SEND_EVERY = 2.0
WATCH_EVERY = 60.0
WANTED = (Update.MESSAGE, Update.CALLBACK_QUERY)

log = logging.getLogger("bot.telegram")
App = Application[Any, Any, Any, Any, Any, Any]


class TelegramChannel:
    """Receiving, answering and sending, with a supervisor that connects again by itself."""

    def __init__(
        self,
        settings: Settings,
        say_line: Callable[[str], None],
        *,
        first_wait: float = FIRST_WAIT,
        watch_every: float = WATCH_EVERY,
        calm_seconds: float = CALM_SECONDS,
    ) -> None:
        """Prepare; nothing is contacted yet."""
        self.settings = settings
        self.first_wait = first_wait
        self.watch_every = watch_every
        self.application: App | None = None
        self.address = ""
        self._standing = Standing(say_line, calm_seconds=calm_seconds)
        self._inbox = Inbox(settings)
        # Polling tells each ten seconds how it goes; two that tell might take turns.
        self._sender = Sender(self._standing if settings.telegram_webhook else None, settings.data)
        self._offers = Offers(settings)
        self._answering = Answering(settings, self._sender, self._answered)
        self._wake = asyncio.Event()
        self._again = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._removing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def state(self) -> str:
        """Tell how it goes, in a word or two."""
        return self._standing.state

    @property
    def mode(self) -> str:
        """Tell whether Telegram calls us or we ask Telegram."""
        return "webhook" if self.settings.telegram_webhook else "polling"

    async def start(self) -> None:
        """Start connecting in the background; returns at once."""
        hide(self.settings.telegram_token)
        hide(webhook.secret(self.settings))
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._supervise(), name="telegram")

    async def stop(self) -> None:
        """Stop within a few seconds; what was not handled is kept and handled at the next start."""
        self._stopping.set()
        self._wake.set()
        self._again.set()
        self._inbox.leave()
        # What is being sent may finish, so that it is not sent again at the next start.
        if self._task and self.application:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
        for task in (self._task, self._removing):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._answering.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._disconnect()
        self._standing.state = STOPPED

    def wake(self) -> None:
        """Ask, from any thread, to send what is queued."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def take(self, body: bytes) -> None:
        """Keep an update that Telegram brought; InboxError where that fails, so that it is brought again."""
        if self._stopping.is_set():
            raise InboxError("the channel stops")
        await self._inbox.take(body, self._sender.bot)

    def _answered(self, address: str) -> None:
        self._offers.look_at(address)
        self._wake.set()

    # Connecting

    async def _supervise(self) -> None:
        wait = self.first_wait
        while self.application is None:
            await self._try_to_connect()
            if self.application is None:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        watching = [self._watch()] if self.settings.telegram_webhook else []
        async with asyncio.TaskGroup() as group:
            for work in (self._send_forever(), *watching):
                group.create_task(work)

    async def _try_to_connect(self) -> None:
        try:
            await self._connect()
        except TelegramError as error:
            self._standing.failed(error)
        except StorageError:
            log.exception("the inbox could not be opened")
            self._standing.failed(InboxError("the inbox cannot be read"))
        except Exception as error:
            log.exception("the connection could not be made")
            self._standing.failed(error)

    async def _connect(self) -> None:
        bot = CarefulBot(self.settings, self._polled)
        application = ApplicationBuilder().bot(bot).update_queue(self._inbox).job_queue(None).build()
        application.add_handlers(self._answering.handlers())
        application.add_error_handler(self._answering.on_error)
        try:
            await application.initialize()
            self._sender.bot = bot
            await application.start()
            await self._receive(application, bot)
        except BaseException:
            self._sender.bot = None
            self._inbox.leave()
            await _shut(application)
            raise
        self.application = application
        self.address = chat_links.address(bot.username)
        self._standing.connected(bot.username)

    async def _receive(self, application: App, bot: ExtBot[Any]) -> None:
        if self.settings.telegram_webhook:
            await self._set_webhook(bot)
        await self._inbox.replay(bot)
        if application.updater and not self.settings.telegram_webhook:
            # Takes a webhook away that was left over.
            await application.updater.start_polling(
                timeout=POLL_SECONDS, allowed_updates=WANTED, error_callback=self._failed
            )

    async def _disconnect(self) -> None:
        application, self.application = self.application, None
        if application:
            await _shut(application)
        self._sender.bot = None

    # The webhook

    async def _set_webhook(self, bot: ExtBot[Any]) -> None:
        # One connection: with more, what a person typed in a row may come in another order.
        await bot.set_webhook(
            webhook.address(self.settings),
            allowed_updates=WANTED,
            secret_token=webhook.secret(self.settings),
            max_connections=1,
        )

    async def _watch(self) -> None:
        """Look now and then whether Telegram still calls us, and put that right."""
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.watch_every):
                    await self._stopping.wait()
                    return
            try:
                await self._look_at_webhook()
            except TelegramError as error:
                self._standing.failed(error)
            except Exception:
                log.exception("the webhook could not be looked at")

    async def _look_at_webhook(self) -> None:
        bot = self._sender.bot
        if bot is None:
            return
        known = await bot.get_webhook_info()
        self._again.set()
        if known.url != webhook.address(self.settings):
            self._standing.webhook_gone()
            await self._set_webhook(bot)
        elif known.pending_update_count and known.last_error_message:
            self._standing.not_called(known.last_error_message)
        else:
            self._standing.answered()

    def _polled(self) -> None:
        self._standing.answered()
        self._again.set()

    def _failed(self, error: TelegramError) -> None:
        """Take note of trouble with polling; a webhook that another program set is taken away."""
        self._standing.failed(error)
        idle = self._removing is None or self._removing.done()
        if isinstance(error, Conflict) and "webhook" in error.message.lower() and idle:
            self._removing = asyncio.get_running_loop().create_task(self._remove_webhook())

    async def _remove_webhook(self) -> None:
        with contextlib.suppress(TelegramError):
            if self._sender.bot:
                await self._sender.bot.delete_webhook()

    # Sending

    async def send(self, person: models.Person, reply: Reply, revision: int) -> None:
        """Send one message to a person; raise what delivery understands."""
        await self._sender.send(int(person.address), reply, revision)

    async def _send_forever(self) -> None:
        wait = SEND_EVERY
        while not self._stopping.is_set():
            self._again.clear()
            wait = SEND_EVERY if await self._send_round() else min(wait * 2, LONGEST_WAIT)
            # Where Telegram cannot be reached, a new message is no reason to try at once; its answer is.
            await self._rest(self._wake if wait == SEND_EVERY else self._again, wait)
            self._wake.clear()

    async def _send_round(self) -> bool:
        """Send what is due, then renew commands; tell whether Telegram could be reached."""
        try:
            await delivery.deliver(self.settings, CHANNEL, self.send, go_on=lambda: not self._stopping.is_set())
        except UnreachableError:
            return False
        except Exception:
            log.exception("queued messages could not be sent")
        if self._sender.bot and not self._stopping.is_set():
            await self._offers.renew(self._sender.bot)
        return True

    async def _rest(self, until: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()


async def _shut(application: App) -> None:
    if application.updater and application.updater.running:
        await application.updater.stop()
    if application.running:
        await application.stop()
    await application.shutdown()
    if isinstance(application.bot, CarefulBot):
        await application.bot.close_connections()
