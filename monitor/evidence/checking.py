"""Looks at the addresses that updates cite: soon after they came in, then weekly; what they held is kept by hash."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from monitor import released
from monitor.errors import OutOfTimeError
from monitor.evidence import saving, settling, titles
from monitor.evidence.archive import Archive
from monitor.evidence.cited import closed, place_of, standing
from monitor.evidence.turns import deciding
from monitor.fetch import Answer, FetchError, Guard, fetch
from monitor.lint import privacy
from monitor.models import CopyState, Evidence, EvidenceState
from monitor.settings import Settings
from monitor.storage import Storage

ADDRESSES_A_RUN = 20
ADDRESSES_AT_ONCE = 4
AGAIN_AFTER = timedelta(days=7)
SOON_AGAIN = timedelta(days=1)
GONE_TRIES = 3
GONE_AFTER = timedelta(days=2)
LIMIT = 20 * 1024 * 1024
NOT_THERE = (404, 410)
SUCCESS = range(200, 300)

log = logging.getLogger("monitor.evidence")


def run(settings: Settings, *, within: timedelta | None = None) -> int:
    """Check the addresses whose turn it is, save them elsewhere where asked, release and forget; give how many told.

    What is not looked at ``within`` this time is left for the next run; OutOfTimeError says how many.
    """
    archive, now = Archive(settings.data), settings.clock.now()
    seconds = within.total_seconds() - (saving.SECONDS_A_RUN if settings.save_at else 0) if within else None

    async def visit() -> int:
        async with Guard.of(settings) as guard:
            return await check(storage, guard=guard, archive=archive, now=now, seconds=seconds)

    async def save() -> None:
        async with Guard.of(settings) as guard:
            await saving.save(storage, guard=guard, service=settings.save_at, now=now)

    with Storage(settings.database) as storage:
        late: OutOfTimeError | None = None
        try:
            told = asyncio.run(visit())
        except OutOfTimeError as error:
            late = error
        if settings.save_at:
            asyncio.run(save())
        try:
            settling.settle(storage, archive, settings.data, now=now)
        finally:
            settling.tidy(storage, archive, now=now)
        if late:
            raise late
        return told


async def check(
    storage: Storage, *, guard: Guard, archive: Archive, now: datetime, seconds: float | None = None
) -> int:
    """Fetch what is due, keep the bodies and record what was found; give how many gave an answer that tells.

    Raise OutOfTimeError where not all was looked at in so many ``seconds``; what is left has its turn first.
    """
    places = asyncio.Semaphore(ADDRESSES_AT_ONCE)

    async def one(address: str, cited: list[Evidence]) -> bool:
        async with places:
            answer = await _answer(address, guard=guard, now=now)
            # Waiting for the store and for the disk is for a thread, and never within a transaction: nobody else can
            # write meanwhile. A body of evidence that is erased at this moment ages out.
            kept_at = await asyncio.to_thread(_keep, storage.path, cited, answer, archive) if answer else None
        _record(storage, cited, answer, kept_at=kept_at, now=now)
        return answer is not None and _tells(answer)

    looks = [asyncio.ensure_future(one(*item)) for item in due(standing(storage), now).items()]
    if not looks:
        return 0
    done, late = await asyncio.wait(looks, timeout=seconds)
    for look in late:
        look.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    told = sum(look.result() for look in done)
    if late and seconds:
        raise OutOfTimeError("evidence", left=len(late), within=seconds, done=told)
    return told


def due(evidence: list[Evidence], now: datetime) -> dict[str, list[Evidence]]:
    """Give the addresses to look at now, those never tried first, with all the evidence that cites them."""
    cited = defaultdict(list)
    for record in evidence:
        if record.address:
            cited[record.address].append(record)
    last = {address: min(_tried(record) for record in records) for address, records in cited.items()}
    ready = [address for address, records in cited.items() if last[address] <= now - min(map(_pause, records))]
    return {address: cited[address] for address in sorted(ready, key=last.__getitem__)[:ADDRESSES_A_RUN]}


def judged(evidence: Evidence, answer: Answer | None, now: datetime) -> Evidence:
    """Give evidence with what an answer says of it; a server that fails, refuses or is silent says nothing of it."""
    tried = {"tried_at": now, "status": answer.status if answer else None}
    if answer is None or not _tells(answer):
        return evidence.model_copy(update=tried)
    return evidence.model_copy(update={**tried, "checked_at": now, **_found(evidence, answer, now)})


def _found(evidence: Evidence, answer: Answer, now: datetime) -> dict[str, object]:
    if answer.status not in NOT_THERE:
        state = _state(evidence, answer)
        moved_to = _moved_to(answer) if state is EvidenceState.MOVED else None
        return {"state": state, "moved_to": moved_to, "missing_since": None, "misses": 0}
    since, misses = evidence.missing_since or now, evidence.misses + 1
    gone = misses >= GONE_TRIES and now - since >= GONE_AFTER
    state = EvidenceState.GONE if gone else EvidenceState.MISSING
    return {"state": state, "moved_to": None, "missing_since": since, "misses": misses}


def _state(evidence: Evidence, answer: Answer) -> EvidenceState:
    if answer.permanent_redirect and place_of(answer.permanent_redirect) != place_of(answer.asked):
        return EvidenceState.MOVED
    return EvidenceState.ALIVE if evidence.sha256 in (None, answer.sha256) else EvidenceState.CHANGED


def _moved_to(answer: Answer) -> str | None:
    """Give where an address leads for good, unless that seems to name a person."""
    new = answer.permanent_redirect or ""
    return None if privacy.why_not_public(unquote(new)) else new


async def _answer(address: str, *, guard: Guard, now: datetime) -> Answer | None:
    try:
        answer = await fetch(address, guard=guard, now=now, limit=LIMIT)
    except FetchError as error:
        log.info("evidence not checked: %s", error)
        return None
    if not _tells(answer):
        log.info("evidence not checked: %s: answered %s: look at the address in a browser", address, answer.status)
    return answer


def _keep(database: Path, cited: list[Evidence], answer: Answer, archive: Archive) -> datetime | None:
    """Keep what was found of evidence that was not erased meanwhile; give when it was first kept."""
    if not answer.body:
        return None
    with deciding(archive.folder.parent), Storage(database) as storage:
        is_cited = any(storage.get(Evidence, id=record.id) for record in cited)
        return archive.keep(answer) if is_cited and _may_keep(storage, answer) else None


def _record(
    storage: Storage, cited: list[Evidence], answer: Answer | None, *, kept_at: datetime | None, now: datetime
) -> None:
    """Write what was found of evidence that was not erased meanwhile. The first hash stays: it is what was cited."""
    held = answer if answer and answer.body else None
    with storage.transaction():
        present = [known for record in cited if (known := storage.get(Evidence, id=record.id))]
        # What was taken down since it was kept went with all that was kept of its address.
        is_open = held is not None and _may_keep(storage, held)
        for evidence in present:
            seen = judged(evidence, answer, now)
            if held and seen.sha256 in (None, held.sha256):
                first = seen.fetched_at or (kept_at if is_open else None)
                seen = _named(storage, seen.model_copy(update={"sha256": held.sha256, "fetched_at": first}), held)
            storage.put(seen.model_copy(update={"moved_to": None}) if held and not is_open else seen)


def _named(storage: Storage, evidence: Evidence, answer: Answer) -> Evidence:
    """Add what a page calls itself to evidence that has no title, where everyone may see its copy."""
    if evidence.title or evidence.page_title or not titles.may_stand(storage, evidence.sha256):
        return evidence
    title = titles.public_title(answer.headers.get("content-type", ""), answer.body)
    return evidence.model_copy(update={"page_title": title})


def _may_keep(storage: Storage, answer: Answer) -> bool:
    """Tell whether a body may be kept: not one that was taken down, whoever serves it, nor what its address holds."""
    decided = released.decision(storage, answer.sha256)
    is_down = decided is not None and decided.state is CopyState.TAKEN_DOWN
    return not is_down and closed(storage).isdisjoint({place_of(answer.asked), place_of(answer.address)})


def _tells(answer: Answer) -> bool:
    return answer.status in SUCCESS or answer.status in NOT_THERE


def _tried(record: Evidence) -> datetime:
    return record.tried_at or datetime.min.replace(tzinfo=UTC)


def _pause(record: Evidence) -> timedelta:
    """Give how long to wait before the next look: a day after no answer, and while it seems not to be there."""
    silent = record.tried_at != record.checked_at
    return SOON_AGAIN if silent or record.state is EvidenceState.MISSING else AGAIN_AFTER
