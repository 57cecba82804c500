"""Who may see a kept copy: those of hosts that the plan names, those that a reviewer released, never one taken down."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import documents, models, released, words
from monitor.evidence.archive import Archive, Entry, EvidenceError, Kept
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.periods import day_of
from monitor.storage import Storage

PLAN = "plan"
# A body that no evidence names: an earlier version of what an address held, or of evidence that was erased.
EARLIER_KEPT = timedelta(days=365)
UNNAMED_KEPT = timedelta(days=30)


def release(
    storage: Storage, archive: Archive, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime
) -> CopyDecision:
    """Let everyone see the copy of a hash; raise EvidenceError where it is not kept, or of a kind not shown."""
    before = released.decision(storage, sha256)
    if before and before.state is CopyState.RELEASED:
        return before
    kept = _cited(storage, archive, sha256)
    kind = documents.kind_of(kept.content_type, kept.body)
    if kind is None:
        shown = kept.content_type.partition(";")[0] or "no type"
        raise EvidenceError(f"{sha256}: is '{shown}', which is not shown here: refer to its address instead")
    name = f"{sha256}.{kind}"
    for file, body in _files(storage, kept, name).items():
        released.put(data, file, body)
    return _decide(
        storage, sha256, CopyState.RELEASED, ground=ground, role=role, now=now, file=name, file_bytes=len(kept.body)
    )


def hold(storage: Storage, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime) -> CopyDecision:
    """Keep the copy of a hash from the public, also where the plan names its host; raise EvidenceError for no copy."""
    if not any(row.address for row in storage.all(Evidence, sha256=sha256)):
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    released.remove(data, sha256)
    return _decide(storage, sha256, CopyState.HELD, ground=ground, role=role, now=now)


def take_down(
    storage: Storage,
    archive: Archive,
    data: Path,
    sha256: str,
    *,
    ground: models.Text,
    role: str,
    now: datetime,
    keep_private: bool = False,
) -> CopyDecision:
    """Take a copy away for good, also from the store that is not public; its hash and the ground stay."""
    if not storage.all(Evidence, sha256=sha256):
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    if storage.all(Evidence, sha256=sha256, address=None):
        raise EvidenceError(f"{sha256}: is a file that was sent: take it away with monitor erase-file")
    released.remove(data, sha256)
    if not keep_private:
        archive.erase(lambda entry: entry.sha256 == sha256)
    with storage.transaction():
        stone = models.Tombstone(id=sha256, kind="copy", ground=next(iter(ground.values())), role=role, erased_at=now)
        storage.add(stone)
        return _decide(storage, sha256, CopyState.TAKEN_DOWN, ground=ground, role=role, now=now)


def settle(storage: Storage, archive: Archive, data: Path, *, now: datetime) -> int:
    """Release the copies of hosts that the plan names, and hold back those it names no more; give how many moved."""
    hosts = {plan.id: {_host(host) for host in plan.publish_copies} for plan in storage.plans()}
    languages = {plan.id: plan.languages for plan in storage.plans()}
    places = {entry.sha256: entry for entry in archive.entries() if entry.kind == "response"}
    moved = 0
    for sha256, rows in _by_hash(storage).items():
        entry, decided = places.get(sha256), released.decision(storage, sha256)
        by_plan = [row for row in rows if _is_named(row, entry, hosts.get(row.plan, set()))]
        if entry and by_plan and (decided is None or (decided.state is CopyState.HELD and decided.role == PLAN)):
            spoken, host = languages[by_plan[0].plan], _host(entry.address)
            ground = {code: words.of(code).text("copy.by_plan", host=host) for code in spoken}
            moved += _released_by_plan(storage, archive, data, sha256, ground=ground, now=now)
        elif not by_plan and decided and decided.state is CopyState.RELEASED and decided.role == PLAN:
            released.remove(data, sha256)
            ground = {code: words.of(code).text("copy.plan_no_more") for code in decided.ground}
            _decide(storage, sha256, CopyState.HELD, ground=ground, role=PLAN, now=now)
            moved += 1
    return moved


def tidy(storage: Storage, archive: Archive, *, now: datetime) -> int:
    """Forget bodies that no evidence names any more; give how many records."""
    evidence = storage.all(Evidence)
    named = {row.sha256 for row in evidence}
    cited = {row.address for row in evidence}

    def unwanted(entry: Entry) -> bool:
        kept = EARLIER_KEPT if entry.asked in cited else UNNAMED_KEPT
        return entry.sha256 not in named and entry.fetched_at < now - kept

    return archive.erase(unwanted) if any(unwanted(entry) for entry in archive.entries()) else 0


def _released_by_plan(
    storage: Storage, archive: Archive, data: Path, sha256: str, *, ground: models.Text, now: datetime
) -> bool:
    kept = archive.read(sha256)
    if kept is None or documents.kind_of(kept.content_type, kept.body) is None:
        return False
    release(storage, archive, data, sha256, ground=ground, role=PLAN, now=now)
    return True


def _cited(storage: Storage, archive: Archive, sha256: str) -> Kept:
    if not storage.all(Evidence, sha256=sha256):
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    kept = archive.read(sha256)
    if kept is None:
        raise EvidenceError(f"{sha256}: is not kept here: run monitor run-job evidence, or it was taken down")
    return kept


def _files(storage: Storage, kept: Kept, name: str) -> dict[str, bytes]:
    """Give what becomes public: the bytes as they are; of a web page those as text, and a rendition to look at."""
    if not name.endswith(f".{documents.HTML}"):
        return {name: kept.body}
    address, raw, fetched = kept.entry.address, f"{name}.{documents.TEXT}", day_of(kept.entry.fetched_at)
    told = {
        code: words.of(code).text("copy.heading", address=address, day=words.of(code).day(fetched), file=raw)
        for code in dict.fromkeys(language for plan in storage.plans() for language in plan.languages)
    }
    text = documents.text_of(kept.content_type, kept.body)
    return {raw: kept.body, name: documents.harmless(text, address, heading=told)}


def _decide(storage: Storage, sha256: str, state: CopyState, *, now: datetime, **more: object) -> CopyDecision:
    values = {"id": f"{sha256}/{state}/{now.isoformat()}", "sha256": sha256, "state": state, "recorded_at": now}
    decided = CopyDecision.model_validate({**values, **more})
    storage.add(decided)
    return decided


def _by_hash(storage: Storage) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = {}
    for row in storage.all(Evidence):
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
