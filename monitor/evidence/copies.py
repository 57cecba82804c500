"""Who may see a kept copy: those of hosts that the plan names, those that a reviewer released, never one taken down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from monitor import documents, models, released, words
from monitor.evidence import renditions, titles
from monitor.evidence.archive import RESPONSE, Archive, Entry, EvidenceError, Kept
from monitor.evidence.cited import Place, place_of, places_of
from monitor.evidence.turns import deciding
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.periods import day_of
from monitor.storage import Storage

PLAN = "plan"


class TakenDownError(EvidenceError):
    """A copy was taken down, which is for good; the message says when and why."""


def release(
    storage: Storage, archive: Archive, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime
) -> CopyDecision:
    """Let everyone see the copy of a hash; a second time puts back files that are missing.

    Raise EvidenceError where it is not kept, of a kind not shown, or was taken down.
    """
    before = _refuse_down(storage, sha256)
    if before and not missing(data, before) and before.state is CopyState.RELEASED:
        return before
    kept = _cited(storage, archive, sha256)
    name = _name(kept)
    files, title = renditions.files(storage, kept, name), titles.public_title(kept.content_type, kept.body)
    with deciding(data):
        # Another may have decided while we read: what a reviewer decided the plan does not undo.
        before = _refuse_down(storage, sha256)
        if before and before.state is CopyState.HELD and role == PLAN != before.role:
            return before
        for file, body in files.items():
            released.put(data, file, body)
        if before and before.file == name and before.state is CopyState.RELEASED:
            return before
        with storage.transaction():
            titles.give(storage, sha256, title)
            more = {"ground": ground, "role": role, "file": name, "file_bytes": len(kept.body)}
            return _decide(storage, sha256, CopyState.RELEASED, now=now, **more)


def hold(storage: Storage, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime) -> CopyDecision:
    """Keep the copy of a hash from the public, also where the plan names its host.

    Raise EvidenceError where there is none, or it was taken down.
    """
    if not any(row.address for row in storage.all(Evidence, sha256=sha256)):
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    with deciding(data):
        _refuse_down(storage, sha256)
        return _hold(storage, data, sha256, ground=ground, role=role, now=now)


def _hold(storage: Storage, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime) -> CopyDecision:
    with storage.transaction():
        titles.give(storage, sha256, None)
        decided = _decide(storage, sha256, CopyState.HELD, ground=ground, role=role, now=now)
    released.remove(data, sha256)
    return decided


def withhold(
    storage: Storage,
    data: Path,
    sha256: str,
    why: str,
    expected: CopyDecision | None,
    languages: Iterable[str],
    *,
    now: datetime,
) -> bool:
    """Hold a copy back by a rule, unless another decided meanwhile; tell whether it moved."""
    with deciding(data):
        if released.decision(storage, sha256) != expected:
            return False
        _hold(storage, data, sha256, ground=said(why, languages), role=PLAN, now=now)
        return True


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
    places = places_of(cited)
    with deciding(data):
        released.remove(data, sha256)
        if not keep_private:
            _erase(storage, archive, sha256, places)
        with storage.transaction():
            _unlink(storage, places)
            first = next(iter(ground.values()))
            storage.add(models.Tombstone(id=sha256, kind="copy", ground=first, role=role, erased_at=now))
            return _decide(storage, sha256, CopyState.TAKEN_DOWN, ground=ground, role=role, now=now)


def remaining(storage: Storage, archive: Archive, sha256: str) -> list[str]:
    """Name what is kept of the addresses of a hash, itself or as evidence of its own."""
    places = places_of(storage.all(Evidence, sha256=sha256))
    kept = (entry for entry in archive.entries() if entry.kind == RESPONSE)
    return list(dict.fromkeys(e.sha256 for e in kept if e.sha256 == sha256 or _is_of(e, places)))


def _unlink(storage: Storage, places: set[Place]) -> None:
    """Take from the public what leads to another copy of a place, where it moved to, and what it calls itself."""
    unknown = {"archive_address": None, "moved_to": None, "page_title": None}
    for row in storage.all(Evidence):
        if row.address and place_of(row.address) in places:
            storage.put(row.model_copy(update=unknown))


def _erase(storage: Storage, archive: Archive, sha256: str, places: set[Place]) -> None:
    """Erase a body and each version of it; a version that other evidence names is for a reviewer to decide about."""
    others = {row.sha256 for row in storage.all(Evidence)} - {sha256}

    def unwanted(entry: Entry) -> bool:
        return entry.sha256 == sha256 or (_is_of(entry, places) and entry.sha256 not in others)

    archive.erase(unwanted)


def _is_of(entry: Entry, places: set[Place]) -> bool:
    return not places.isdisjoint({place_of(entry.asked), place_of(entry.address)})


def said(name: str, languages: Iterable[str], **values: str) -> models.Text:
    """Give a ground of the program itself in these languages."""
    return {code: words.of(code).text(name, **values) for code in languages}


def _cited(storage: Storage, archive: Archive, sha256: str) -> Kept:
    if not storage.all(Evidence, sha256=sha256):
        raise EvidenceError(f"{sha256}: no evidence has this hash: copy it from its page")
    kept = archive.read(sha256)
    if kept is None:
        raise EvidenceError(f"{sha256}: is not kept here: run monitor run-job evidence")
    return kept


def _refuse_down(storage: Storage, sha256: str) -> CopyDecision | None:
    """Give what was decided last; raise EvidenceError for a copy that was taken down: that is for good."""
    decided = released.decision(storage, sha256)
    if decided and decided.state is CopyState.TAKEN_DOWN:
        raise TakenDownError(f"{sha256}: {why_down(decided)}: refer to its address instead")
    return decided


def why_down(decided: CopyDecision) -> str:
    """Say when and why a copy was taken down."""
    return f"was taken down on {day_of(decided.recorded_at)}, because: {next(iter(decided.ground.values()))}"


def missing(data: Path, decided: CopyDecision) -> list[str]:
    """List the public files of a copy that are not there."""
    return [name for name in released.files_of(decided) if released.path_of(data, name) is None]


def _name(kept: Kept) -> str:
    kind = documents.kind_of(kept.content_type, kept.body)
    if kind is None:
        shown = kept.content_type.partition(";")[0] or "no type"
        raise renditions.NotShownError(
            f"{kept.entry.sha256}: is '{shown}', which is not shown here: refer to its address instead"
        )
    return f"{kept.entry.sha256}.{kind}"


def _decide(storage: Storage, sha256: str, state: CopyState, *, now: datetime, **more: object) -> CopyDecision:
    values = {"id": f"{sha256}/{state}/{now.isoformat()}", "sha256": sha256, "state": state, "recorded_at": now}
    decided = CopyDecision.model_validate({**values, **more})
    storage.add(decided)
    return decided
