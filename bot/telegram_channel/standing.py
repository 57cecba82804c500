"""How the connection with Telegram goes: one clear line at each change, not one at each failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError

CONNECTED, STOPPED = "connected", "stopped"
ILL = ("unreachable", "token refused", "conflict", "webhook refused", "not called", "inbox closed")
CALM_SECONDS = 60.0


class TokenError(NetworkError):
    """Telegram refused the token; a kind of trouble that the polling loop goes on after."""


class InboxError(NetworkError):
    """What came in cannot be kept, so that it must be handed over again; the polling loop goes on after it."""


class Standing:
    """The state of the channel, and who is told when it changes."""

    def __init__(self, say_line: Callable[[str], None], *, calm_seconds: float = CALM_SECONDS) -> None:
        """Begin as connecting."""
        self.state = "connecting"
        self.was_connected = False
        self._say_line = say_line
        self._calm_seconds = calm_seconds
        self._calm_at = 0.0

    def connected(self, name: str) -> None:
        """Tell that the channel talks."""
        self.was_connected = True
        self._change(CONNECTED, f"talks as @{name}")

    def failed(self, error: BaseException) -> None:
        """Tell what is wrong, in words that say what to do."""
        self._ill(*_described(error))

    def webhook_gone(self) -> None:
        """Tell that another program took the webhook away."""
        self._ill("conflict", "another program took the webhook of this bot away; it is set again: stop that program")

    def not_called(self, reason: str) -> None:
        """Tell that Telegram says it cannot call us."""
        self._ill("not called", f"cannot call this monitor ({reason}): check MONITOR_TELEGRAM_WEBHOOK from outside")

    def answered(self) -> None:
        """Take note that Telegram answered; two programs that take turns are not told of at each turn."""
        if self.was_connected and self.state in ILL and asyncio.get_running_loop().time() >= self._calm_at:
            self._change(CONNECTED, "can be reached again")

    def _ill(self, state: str, words: str) -> None:
        if state == "conflict":
            self._calm_at = asyncio.get_running_loop().time() + self._calm_seconds
        self._change(state, f"{words}. Trying again by itself.")

    def _change(self, state: str, words: str) -> None:
        if state != self.state:
            self._say_line(f"Telegram: {words}")
        self.state = state


def _described(error: BaseException) -> tuple[str, str]:
    match error:
        case TokenError() | InvalidToken():
            return "token refused", "the token was refused: check MONITOR_TELEGRAM_TOKEN"
        case InboxError():
            return "inbox closed", "what comes in cannot be kept: check the space in the data folder"
        case Conflict() if "webhook" in error.message.lower():
            return "conflict", "another program set a webhook for this bot; it is taken away: stop that program"
        case Conflict():
            return "conflict", "another program reads with the same token: stop one of the two"
        case BadRequest():
            return "webhook refused", f"the webhook was refused ({error.message}): check MONITOR_TELEGRAM_WEBHOOK"
        case TelegramError():
            return "unreachable", "cannot be reached; everything else runs"
    return "unreachable", f"cannot be started ({type(error).__name__}), see the log; everything else runs"
