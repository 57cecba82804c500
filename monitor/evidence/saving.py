"""Asks a web archive to save what updates cite, where the operator switched that on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from monitor.evidence.cited import closed, place_of, standing
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.models import Evidence, EvidenceState
from monitor.storage import Storage

# Saving takes the archive up to a minute; what does not fit in a run has its turn after the next look.
SECONDS, SECONDS_A_RUN = 60.0, 150.0
LIMIT = 20 * 1024 * 1024

log = logging.getLogger("monitor.evidence")


async def save(storage: Storage, *, guard: Guard, service: str, now: datetime) -> None:
    """Let a service such as ``https://web.archive.org/save/`` save what opened just now."""
    guard.seconds = max(guard.seconds, SECONDS)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS_A_RUN):
            for address in _waiting(storage, now):
                found = await _saved(f"{service.rstrip('/')}/{address}", address, guard=guard, now=now)
                if found:
                    _note(storage, address, found)


def _note(storage: Storage, address: str, found: str) -> None:
    with storage.transaction():
        for record in storage.all(Evidence, address=address):
            storage.put(record.model_copy(update={"archive_address": found}))


def _waiting(storage: Storage, now: datetime) -> list[str]:
    """List addresses that opened just now and are saved nowhere; what the service refuses comes again in a week."""
    down = closed(storage)
    open_now = (row for row in standing(storage) if row.state is EvidenceState.ALIVE and row.checked_at == now)
    waiting = (row.address for row in open_now if row.address and not row.archive_address)
    return [address for address in dict.fromkeys(waiting) if place_of(address) not in down]


async def _saved(request: str, address: str, *, guard: Guard, now: datetime) -> str | None:
    try:
        answer = (await fetch(request, guard=guard, now=now, limit=LIMIT)).require_success()
    except FetchError as error:
        log.info("evidence not saved: %s", error)
        return None
    found = _copy_in(answer, address)
    if found is None:
        log.info("evidence not saved: %s: the answer names no copy: look at it in a browser", request)
    return found


def _copy_in(answer: Answer, address: str) -> str | None:
    """Give the address of the copy: where the service led us, or what it names; only at the service itself."""
    for named in (answer.address, urljoin(answer.address, answer.headers.get("content-location", ""))):
        same_host = urlsplit(named).netloc == urlsplit(answer.asked).netloc
        if same_host and named != answer.asked and named.partition("://")[2].endswith(address):
            return named
    return None
