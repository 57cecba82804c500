"""Send what is queued: oldest first for each person, with back-off; who blocked us is not tried again."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot import hours
from bot.dialogue import Reply
from bot.private import Private
from monitor import models
from monitor.settings import Settings

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
# Given up only when both are passed: an outage of days loses nothing, and nothing is tried for ever.
ATTEMPTS = 20
KEPT = timedelta(days=7)
SENTENCE_END = re.compile(r"(?<=[.!?…”])\s+|\n")

log = logging.getLogger("bot.delivery")

Send = Callable[[models.Person, Reply, int], Awaitable[None]]


class BlockedError(Exception):
    """A person cannot be reached any more in this channel."""


class UndeliverableError(Exception):
    """A message cannot be sent, now or later."""


class TryLaterError(Exception):
    """A message could not be sent now; ``wait`` says how long the channel asks to wait."""

    def __init__(self, wait: timedelta | None = None) -> None:
        """Keep how long to wait."""
        self.wait = wait
        super().__init__("try again later")


class UnreachableError(Exception):
    """The channel itself cannot be reached; no message and no person is the cause."""


async def deliver(settings: Settings, channel: str, send: Send, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due in a channel, for as long as ``go_on``; give how many messages went out.

    A message is marked as sent after the channel took it, so one that was taken while the process died, or whose
    answer was lost on the way, goes out once more; none is lost. UnreachableError ends the round: what was not sent
    stays queued, and what failed least is tried first the next time.
    """
    sent = 0
    while go_on():
        claimed = await asyncio.to_thread(_claim, settings, channel)
        if claimed is None:
            break
        sent += await _send_one(settings, send, *claimed)
    return sent


def back_off(attempts: int) -> timedelta:
    """Tell how long to wait after this many attempts: 2, 4, 8 … seconds, at most an hour."""
    return min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 12)), LONGEST_WAIT)


def split(text: str, most: int, size: Callable[[str], int] = len) -> list[str]:
    """Split a text into parts of at most this size: at line ends and sentences, else at words, else anywhere."""
    parts: list[str] = []
    while size(text) > most:
        end = _last_fitting(text, most, size)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*parts, text]


def _last_fitting(text: str, most: int, size: Callable[[str], int]) -> int:
    low, high = 1, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= most else (low, middle - 1)
    ends = [match.end() for match in SENTENCE_END.finditer(text[: low + 1]) if match.start() <= low]
    words = text.rfind(" ", 1, low + 1)
    return next((end for end in (ends[-1] if ends else 0, words) if 0 < end <= low), low)


def _claim(settings: Settings, channel: str) -> tuple[models.Delivery, models.Person] | None:
    with Private(settings.private_database) as private:
        now = settings.clock.now()
        at_rest = [country for country in private.countries() if not hours.may_send(now, country)]
        delivery = private.claim(channel, now, at_rest=at_rest)
        person = private.get(models.Person, id=delivery.person) if delivery else None
        return (delivery, person) if delivery and person else None


async def _send_one(settings: Settings, send: Send, delivery: models.Delivery, person: models.Person) -> int:
    try:
        reply = Reply.model_validate(delivery.payload["reply"])
        await send(person, reply, int(delivery.payload["revision"]))
    except UnreachableError:
        await asyncio.to_thread(_settle, settings, delivery, "queued", timedelta(0))
        raise
    except BlockedError:
        await asyncio.to_thread(_give_up_person, settings, person)
    except UndeliverableError:
        await asyncio.to_thread(_settle, settings, delivery, "given-up", None)
    except TryLaterError as error:
        await asyncio.to_thread(_put_off, settings, delivery, error.wait)
    except Exception:
        log.exception("a message could not be sent")
        await asyncio.to_thread(_put_off, settings, delivery, None)
    else:
        await asyncio.to_thread(_settle, settings, delivery, "sent", None)
        return 1
    return 0


def _put_off(settings: Settings, delivery: models.Delivery, wait: timedelta | None) -> None:
    spent = delivery.attempts >= ATTEMPTS and settings.clock.now() - delivery.created_at > KEPT
    _settle(settings, delivery, "given-up" if spent else "queued", wait or back_off(delivery.attempts))


def _settle(settings: Settings, delivery: models.Delivery, state: str, wait: timedelta | None) -> None:
    now = settings.clock.now()
    with Private(settings.private_database) as private:
        private.settle(delivery.id, state, now=now, next_at=None if wait is None else now + wait)


def _give_up_person(settings: Settings, person: models.Person) -> None:
    with Private(settings.private_database) as private:
        private.unreachable(person.id)
