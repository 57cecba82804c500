"""Re-checks the addresses that updates cite, and keeps what they held, by hash, in a folder that is not public."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.errors import MonitorError
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.models import Evidence, EvidenceState
from monitor.settings import Settings
from monitor.storage import Storage

FOLDER = "evidence"
ADDRESSES_A_RUN = 20
ADDRESSES_AT_ONCE = 4
AGAIN_AFTER = timedelta(days=7)
LIMIT = 20 * 1024 * 1024
NOT_FOUND, GONE = 404, 410

log = logging.getLogger("monitor.evidence")


class EvidenceError(MonitorError):
    """What an address held could not be kept; the message says where and what to do."""


def run(settings: Settings) -> int:
    """Check the addresses that wait longest, none more than weekly; give how many gave an answer."""

    async def visit() -> int:
        async with Guard.of(settings) as guard:
            return await check(storage, guard=guard, folder=settings.data / FOLDER, now=settings.clock.now())

    with Storage(settings.database) as storage:
        return asyncio.run(visit())


async def check(storage: Storage, *, guard: Guard, folder: Path, now: datetime) -> int:
    """Fetch what is due, keep the bodies in ``folder`` and record what was found; give how many gave an answer."""
    places = asyncio.Semaphore(ADDRESSES_AT_ONCE)

    async def one(address: str, cited: list[Evidence]) -> bool:
        async with places:
            answer = await _answer(address, guard=guard, now=now)
        _record(storage, cited, answer, folder=folder, now=now)
        return answer is not None

    return sum(await asyncio.gather(*(one(*item) for item in due(storage.all(Evidence), now).items())))


def due(evidence: list[Evidence], now: datetime) -> dict[str, list[Evidence]]:
    """Give the addresses to check now, those never checked first, with all the evidence that cites them."""
    cited = defaultdict(list)
    for record in evidence:
        if record.address:
            cited[record.address].append(record)
    last = {address: min(_checked(record) for record in records) for address, records in cited.items()}
    waiting = sorted((address for address in cited if last[address] <= now - AGAIN_AFTER), key=last.__getitem__)
    return {address: cited[address] for address in waiting[:ADDRESSES_A_RUN]}


def judge(evidence: Evidence, answer: Answer | None) -> EvidenceState:
    """Tell what an answer says of evidence; a server that fails or refuses says nothing about it."""
    if answer is None:
        return EvidenceState.UNCHECKED
    if answer.status in (NOT_FOUND, GONE):
        return EvidenceState.GONE
    if answer.permanent_redirect and _place(answer.permanent_redirect) != _place(answer.asked):
        return EvidenceState.MOVED
    return EvidenceState.ALIVE if evidence.sha256 in (None, answer.sha256) else EvidenceState.CHANGED


def keep(folder: Path, answer: Answer) -> Path:
    """Keep a body under its hash, once, readable for the program's own user only."""
    path = folder / answer.sha256[:2] / answer.sha256
    try:
        if not path.exists():
            for made in (folder, path.parent):
                made.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_suffix(".part")
            part.touch(mode=0o600)
            part.write_bytes(answer.body)
            part.replace(path)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be kept ({error}): free space, or make the folder writable") from error
    return path


async def _answer(address: str, *, guard: Guard, now: datetime) -> Answer | None:
    try:
        answer = await fetch(address, guard=guard, now=now, limit=LIMIT)
        return answer if answer.status in (NOT_FOUND, GONE) else answer.require_success()
    except FetchError as error:
        log.info("evidence not checked: %s", error)
        return None


def _record(storage: Storage, cited: list[Evidence], answer: Answer | None, *, folder: Path, now: datetime) -> None:
    """Write what was found of evidence that was not erased meanwhile. The first hash stays: it is what was cited."""
    held = answer if answer and answer.body else None
    with storage.transaction():
        present = [known for record in cited if (known := storage.get(Evidence, id=record.id))]
        if held and present:
            keep(folder, held)
        for evidence in present:
            sha256 = evidence.sha256 or (held.sha256 if held else None)
            values = {"state": judge(evidence, answer), "checked_at": now, "sha256": sha256}
            storage.put(evidence.model_copy(update=values))


def _checked(evidence: Evidence) -> datetime:
    return evidence.checked_at or datetime.min.replace(tzinfo=UTC)


def _place(address: str) -> tuple[str, str, str]:
    """Give what makes an address another place: not its scheme, www or a slash at the end."""
    parts = urlsplit(address)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query
