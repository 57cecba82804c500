"""Who may see a kept copy: those of hosts that the plan names, those that a reviewer released, never one taken down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor import documents, models, released, words
from monitor.evidence import renditions, titles
from monitor.evidence.archive import RESPONSE, Archive, Entry, EvidenceError, Kept
from monitor.evidence.cited import Place, place_of, places_of, standing
from monitor.evidence.turns import deciding
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.periods import day_of
from monitor.storage import Storage

PLAN = "plan"
# A body that no evidence names: an earlier version of what an address held, or of evidence that was erased or whose
# message was withdrawn.
EARLIER_KEPT = timedelta(days=365)
UNNAMED_KEPT = timedelta(days=30)
VERSIONS_KEPT = 4


class TakenDownError(EvidenceError):
    """A copy was taken down, which is for good; the message says when and why."""


def release(
    storage: Storage, archive: Archive, data: Path, sha256: str, *, ground: models.Text, role: str, now: datetime
) -> CopyDecision:
    """Let everyone see the copy of a hash; a second time puts back files that are missing.

    Raise EvidenceError where it is not kept, of a kind not shown, or was taken down.
    """
    before = _refuse_down(storage, sha256)
    if before and not _missing(data, before) and before.state is CopyState.RELEASED:
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


def settle(storage: Storage, archive: Archive, data: Path, *, now: datetime) -> int:
    """Release the copies of hosts that the plan names, and hold back those it names no more; give how many moved.

    What is public is made to agree with what was decided: titles, and files that are missing or left behind.
    """
    hosts = {plan.id: {_host(host) for host in plan.publish_copies} for plan in storage.plans()}
    languages = {plan.id: plan.languages for plan in storage.plans()}
    places = {entry.sha256: entry for entry in archive.entries() if entry.kind == RESPONSE}
    current = _by_hash(standing(storage, since=now - UNNAMED_KEPT))
    moved = _let_go(storage, data, _by_hash(storage.all(Evidence)).keys() - current.keys(), now=now)
    for sha256, rows in current.items():
        entry, decided = places.get(sha256), released.decision(storage, sha256)
        by_plan = [row for row in rows if _is_named(row, entry, hosts.get(row.plan, set()))]
        if entry and by_plan and (decided is None or (decided.state is CopyState.HELD and decided.role == PLAN)):
            spoken, host = languages[by_plan[0].plan], _host(entry.address)
            moved += _settle_by_plan(storage, archive, data, sha256, decided, host=host, languages=spoken, now=now)
        elif not by_plan and decided and decided.state is CopyState.RELEASED and decided.role == PLAN:
            moved += _withhold(storage, data, sha256, "copy.plan_no_more", decided, decided.ground, now=now)
        elif decided and decided.state is CopyState.RELEASED and _missing(data, decided):
            moved += _put_back(storage, archive, data, decided, now=now)
    titles.clear(storage)
    _sweep(storage, data)
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
        _withhold(storage, data, known.sha256, "copy.withdrawn", known, known.ground, now=now) for known in public
    )


def _withhold(
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
        _hold(storage, data, sha256, ground=_said(why, languages), role=PLAN, now=now)
        return True


def _put_back(storage: Storage, archive: Archive, data: Path, decided: CopyDecision, *, now: datetime) -> bool:
    """Put files back that should be there; hold back what is nowhere any more, until its page is kept again."""
    sha256 = decided.sha256
    if archive.read(sha256):
        release(storage, archive, data, sha256, ground=decided.ground, role=decided.role, now=now)
        return True
    if not _withhold(storage, data, sha256, "copy.lost", decided, decided.ground, now=now):
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
    refused = _said("copy.not_shown", languages)
    if decided and decided.ground == refused:
        return False
    ground = _said("copy.by_plan", languages, host=host)
    try:
        made = release(storage, archive, data, sha256, ground=ground, role=PLAN, now=now)
    except renditions.NotShownError:
        return _withhold(storage, data, sha256, "copy.not_shown", decided, languages, now=now)
    return made.state is CopyState.RELEASED


def _said(name: str, languages: Iterable[str], **values: str) -> models.Text:
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


def _missing(data: Path, decided: CopyDecision) -> list[str]:
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
