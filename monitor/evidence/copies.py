"""Who may see a kept copy: those of hosts that the plan names, those that a reviewer released, never one taken down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import documents, models, released, words
from monitor.evidence.archive import Archive, Entry, EvidenceError, Kept
from monitor.evidence.cited import Place, place_of, places_of, standing
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.periods import day_of
from monitor.storage import Storage

PLAN = "plan"
# A body that no evidence names: an earlier version of what an address held, or of evidence that was erased or whose
# message was withdrawn.
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
    """Take a copy away for good, also from the store that is not public; its hash and the ground stay.

    Nothing that its address holds is kept from now on, as another version says much the same.
    """
    cited = storage.all(Evidence, sha256=sha256)
    if not cited:
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    if any(row.address is None for row in cited):
        raise EvidenceError(f"{sha256}: is a file that was sent: take it away with monitor erase-file")
    released.remove(data, sha256)
    places = places_of(cited)
    if not keep_private:
        _erase(storage, archive, sha256, places)
    with storage.transaction():
        for row in storage.all(Evidence):
            if row.archive_address and places_of([row]) <= places:
                storage.put(row.model_copy(update={"archive_address": None}))
        stone = models.Tombstone(id=sha256, kind="copy", ground=next(iter(ground.values())), role=role, erased_at=now)
        storage.add(stone)
        return _decide(storage, sha256, CopyState.TAKEN_DOWN, ground=ground, role=role, now=now)


def _erase(storage: Storage, archive: Archive, sha256: str, places: set[Place]) -> None:
    """Erase a body and each version of it; a version that other evidence names is for a reviewer to decide about."""
    others = {row.sha256 for row in storage.all(Evidence)} - {sha256}

    def unwanted(entry: Entry) -> bool:
        is_version = not places.isdisjoint({place_of(entry.asked), place_of(entry.address)})
        return entry.sha256 == sha256 or (is_version and entry.sha256 not in others)

    archive.erase(unwanted)


def settle(storage: Storage, archive: Archive, data: Path, *, now: datetime) -> int:
    """Release the copies of hosts that the plan names, and hold back those it names no more; give how many moved."""
    hosts = {plan.id: {_host(host) for host in plan.publish_copies} for plan in storage.plans()}
    languages = {plan.id: plan.languages for plan in storage.plans()}
    places = {entry.sha256: entry for entry in archive.entries() if entry.kind == "response"}
    current = _by_hash(standing(storage, since=now - UNNAMED_KEPT))
    moved = _let_go(storage, data, _by_hash(storage.all(Evidence)).keys() - current.keys(), now=now)
    for sha256, rows in current.items():
        entry, decided = places.get(sha256), released.decision(storage, sha256)
        by_plan = [row for row in rows if _is_named(row, entry, hosts.get(row.plan, set()))]
        if entry and by_plan and (decided is None or (decided.state is CopyState.HELD and decided.role == PLAN)):
            spoken, host = languages[by_plan[0].plan], _host(entry.address)
            moved += _settle_by_plan(storage, archive, data, sha256, decided, host=host, languages=spoken, now=now)
        elif not by_plan and decided and decided.state is CopyState.RELEASED and decided.role == PLAN:
            released.remove(data, sha256)
            ground = _said("copy.plan_no_more", decided.ground)
            _decide(storage, sha256, CopyState.HELD, ground=ground, role=PLAN, now=now)
            moved += 1
    return moved


def tidy(storage: Storage, archive: Archive, *, now: datetime) -> int:
    """Forget bodies that no evidence of a message that stands names any more; give how many records."""
    current = standing(storage, since=now - UNNAMED_KEPT)
    named = {row.sha256 for row in current}
    cited = {row.address for row in current}

    def unwanted(entry: Entry) -> bool:
        kept = EARLIER_KEPT if entry.asked in cited else UNNAMED_KEPT
        return entry.sha256 not in named and entry.fetched_at < now - kept

    gone = {entry.sha256 for entry in archive.entries() if unwanted(entry)}
    with storage.transaction():
        for row in storage.all(Evidence):
            if row.fetched_at and row.sha256 in gone:
                storage.put(row.model_copy(update={"fetched_at": None}))
    return archive.erase(unwanted) if gone else 0


def _let_go(storage: Storage, data: Path, digests: Iterable[str], *, now: datetime) -> int:
    """Hold back what was released behind messages that were all withdrawn long ago; give how many."""
    let_go = 0
    for sha256 in digests:
        decided = released.decision(storage, sha256)
        if decided and decided.state is CopyState.RELEASED:
            released.remove(data, sha256)
            ground = _said("copy.withdrawn", decided.ground)
            _decide(storage, sha256, CopyState.HELD, ground=ground, role=PLAN, now=now)
            let_go += 1
    return let_go


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
    kept = archive.read(sha256)
    if kept is None:
        return False
    if documents.kind_of(kept.content_type, kept.body):
        release(storage, archive, data, sha256, ground=_said("copy.by_plan", languages, host=host), role=PLAN, now=now)
        return True
    ground = _said("copy.not_shown", languages)
    if decided and decided.ground == ground:
        return False
    _decide(storage, sha256, CopyState.HELD, ground=ground, role=PLAN, now=now)
    return True


def _said(name: str, languages: Iterable[str], **values: str) -> models.Text:
    return {code: words.of(code).text(name, **values) for code in languages}


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
