"""Makes what is public of copies agree with what was decided and with the plan, and forgets what nobody needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import released
from monitor.evidence import titles
from monitor.evidence.archive import RESPONSE, Archive, Entry, EvidenceError
from monitor.evidence.cited import standing
from monitor.evidence.copies import PLAN, TakenDownError, missing, release, said, withhold
from monitor.evidence.renditions import NotShownError
from monitor.evidence.turns import deciding
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.storage import Storage

# A body that no evidence names: an earlier version of what an address held, or of evidence that was erased or whose
# message was withdrawn.
EARLIER_KEPT = timedelta(days=365)
UNNAMED_KEPT = timedelta(days=30)
VERSIONS_KEPT = 4


def settle(storage: Storage, archive: Archive, data: Path, *, now: datetime) -> int:
    """Release the copies of hosts that the plan names, and hold back those it names no more; give how many moved.

    What is public is made to agree with what was decided: titles, and files that are missing or left behind. Raise
    EvidenceError where a copy is damaged, when all others had their turn.
    """
    titles.clear(storage)
    _sweep(storage, data)
    hosts = {plan.id: {_host(host) for host in plan.publish_copies} for plan in storage.plans()}
    languages = {plan.id: plan.languages for plan in storage.plans()}
    places = {entry.sha256: entry for entry in archive.entries() if entry.kind == RESPONSE}
    current = _by_hash(standing(storage, since=now - UNNAMED_KEPT))
    moved = _let_go(storage, data, _by_hash(storage.all(Evidence)).keys() - current.keys(), now=now)
    damaged: EvidenceError | None = None
    for sha256, rows in current.items():
        entry, decided = places.get(sha256), released.decision(storage, sha256)
        by_plan = [row for row in rows if _is_named(row, entry, hosts.get(row.plan, set()))]
        try:
            if entry and by_plan and (decided is None or (decided.state is CopyState.HELD and decided.role == PLAN)):
                spoken, host = languages[by_plan[0].plan], _host(entry.address)
                moved += _settle_by_plan(storage, archive, data, sha256, decided, host=host, languages=spoken, now=now)
            elif not by_plan and decided and decided.state is CopyState.RELEASED and decided.role == PLAN:
                moved += withhold(storage, data, sha256, "copy.plan_no_more", decided, decided.ground, now=now)
            elif decided and decided.state is CopyState.RELEASED and missing(data, decided):
                moved += _put_back(storage, archive, data, decided, now=now)
        except TakenDownError:
            continue  # By somebody, a moment ago.
        except EvidenceError as error:
            damaged = damaged or error
    if damaged:
        raise damaged
    return moved


def tidy(storage: Storage, archive: Archive, *, now: datetime) -> int:
    """Forget bodies that no evidence of a message that stands names any more; give how many records.

    Of what an address held besides, the newest few stay for a year: a page that differs at each look fills no disk.
    """
    current = standing(storage, since=now - UNNAMED_KEPT)
    entries = archive.entries()
    spared = {row.sha256 for row in current} | _versions(entries, {row.address for row in current}, now)
    gone = {entry.sha256 for entry in entries if entry.sha256 not in spared}
    with storage.transaction():
        for row in storage.all(Evidence):
            if row.fetched_at and row.sha256 in gone:
                storage.put(row.model_copy(update={"fetched_at": None}))
    return archive.erase(lambda entry: entry.sha256 in gone) if gone else 0


def _versions(entries: Sequence[Entry], cited: Collection[str | None], now: datetime) -> set[str]:
    """Give the hashes of the versions to keep: of each address that is cited the newest few, of others for a month."""
    found: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.fetched_at, reverse=True):
        if entry.fetched_at >= now - (EARLIER_KEPT if entry.asked in cited else UNNAMED_KEPT):
            found.setdefault(entry.asked, []).append(entry.sha256)
    return {sha256 for versions in found.values() for sha256 in versions[:VERSIONS_KEPT]}


def _let_go(storage: Storage, data: Path, digests: Iterable[str], *, now: datetime) -> int:
    """Hold back what was released behind messages that were all withdrawn long ago; give how many."""
    decided = (released.decision(storage, sha256) for sha256 in digests)
    public = [known for known in decided if known and known.state is CopyState.RELEASED]
    return sum(
        withhold(storage, data, known.sha256, "copy.withdrawn", known, known.ground, now=now) for known in public
    )


def _settle_by_plan(
    storage: Storage,
    archive: Archive,
    data: Path,
    sha256: str,
    decided: CopyDecision | None,
    *,
    host: str,
    languages: Sequence[str],
    now: datetime,
) -> bool:
    """Release a copy of a host that the plan names, or say once that its kind is not shown; tell whether it moved."""
    refused = said("copy.not_shown", languages)
    if decided and decided.ground == refused:
        return False
    ground = said("copy.by_plan", languages, host=host)
    try:
        made = release(storage, archive, data, sha256, ground=ground, role=PLAN, now=now)
    except NotShownError:
        return withhold(storage, data, sha256, "copy.not_shown", decided, languages, now=now)
    return made.state is CopyState.RELEASED


def _put_back(storage: Storage, archive: Archive, data: Path, decided: CopyDecision, *, now: datetime) -> bool:
    """Put files back that should be there; hold back what is nowhere any more, until its page is kept again."""
    sha256 = decided.sha256
    if archive.read(sha256):
        try:
            release(storage, archive, data, sha256, ground=decided.ground, role=decided.role, now=now)
        except NotShownError:
            return withhold(storage, data, sha256, "copy.not_shown", decided, decided.ground, now=now)
        return True
    if not withhold(storage, data, sha256, "copy.lost", decided, decided.ground, now=now):
        return False
    with storage.transaction():
        for row in storage.all(Evidence, sha256=sha256):
            storage.put(row.model_copy(update={"fetched_at": None}))
    return True


def _sweep(storage: Storage, data: Path) -> None:
    """Delete files of copies that are not public any more, where whoever decided it was cut off."""
    for sha256 in {path.name.partition(".")[0] for path in (data / released.FOLDER).glob("[0-9a-f]*.*")}:
        if _is_left(storage, sha256):
            with deciding(data):
                if _is_left(storage, sha256):
                    released.remove(data, sha256)


def _is_left(storage: Storage, sha256: str) -> bool:
    decided = released.decision(storage, sha256)
    is_sent = any(row.file for row in storage.all(Evidence, sha256=sha256))
    return decided is not None and decided.state is not CopyState.RELEASED and not is_sent


def _by_hash(rows: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for row in rows:
        if row.sha256 and row.address:
            found.setdefault(row.sha256, []).append(row)
    return found


def _is_named(row: Evidence, entry: Entry | None, hosts: set[str]) -> bool:
    """Tell whether the plan names the host that was cited, and the one that a redirect led to."""
    return {_host(row.address or ""), _host(entry.address if entry else row.address or "")} <= hosts


def _host(address: str) -> str:
    """Give the host of an address, or of a host that stands alone, without www."""
    whole = address if "://" in address else f"//{address}"
    return (urlsplit(whole.strip()).hostname or "").removeprefix("www.")
