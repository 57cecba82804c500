"""What an address answered, and why it gave no answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

import httpx

LONGEST_WAIT = timedelta(hours=24)
LASTING = frozenset({301, 308})
REDIRECTING = LASTING | {302, 303, 307}


class FetchError(Exception):
    """An address gave no answer that may be used; the message says where, what and what to do.

    ``retry_after`` is how long the server asks to wait, at most 24 hours; ``gone`` says that waiting is of no use.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None, gone: bool = False) -> None:
        """Take the message, and what the server said of a next try."""
        super().__init__(message)
        self.retry_after = retry_after
        self.gone = gone


@dataclass(frozen=True)
class Answer:
    """What an address answered. The body is read for successes only; ``sha256`` is that of the body.

    ``permanent_redirect`` is the address to use from now on, where the server said so. ``retry_after`` is at most
    24 hours.
    """

    asked: str
    address: str
    status: int
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    permanent_redirect: str | None = None
    retry_after: timedelta | None = None

    @property
    def sha256(self) -> str:
        """Give the hash of the body in hexadecimals."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def is_gone(self) -> bool:
        """Tell whether the server said that the address is gone for good."""
        return self.status == httpx.codes.GONE

    @property
    def is_unchanged(self) -> bool:
        """Tell whether the server said that nothing changed since the last answer."""
        return self.status == httpx.codes.NOT_MODIFIED

    @property
    def redirect(self) -> str | None:
        """Give where the server sends us on to, or None."""
        return self.headers.get("location") if self.status in REDIRECTING else None

    def require_success(self) -> Self:
        """Give this answer back; raise FetchError where it is not a success."""
        if httpx.codes.is_success(self.status):
            return self
        if self.is_gone:
            raise FetchError(f"{self.asked}: answered 410, gone for good: give its new address", gone=True)
        message = f"{self.asked}: answered {self.status}{self._advice()}"
        raise FetchError(message, retry_after=self.retry_after)

    def _advice(self) -> str:
        if wait := self.retry_after:
            return f" and asks to wait {wait}: wait for the next try"
        if self.status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(self.status):
            return ": wait for the next try; if this lasts, look at the address in a browser"
        return ": look at the address in a browser"


def retry_after(text: str, now: datetime) -> timedelta | None:
    """Read how long a server asks to wait, as seconds or as a moment; at most 24 hours."""
    if text.isdecimal():
        return timedelta(seconds=min(float(text), LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
