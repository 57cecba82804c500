"""From the plan files to the public database: one transaction; twice changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from monitor import commitments, history, lint, models, progress
from monitor.models import ChangeKind
from monitor.storage import Storage


@dataclass(frozen=True)
class Moment:
    """When a sync happens, on which day it speaks, and from which commit."""

    now: datetime
    today: date
    revision: str | None = None
    role: str = "coordinator"


def sync_all(storage: Storage, root: Path, *, now: datetime, today: date) -> int:
    """Bring every plan below a folder into the database; give how many things changed.

    Raises PlanError with every problem of every plan; then nothing is changed.
    """
    moment = Moment(now, today, history.revision(root))
    folders = read_all(root)
    with storage.transaction():
        return sum(sync(storage, folder, moment) for folder in folders)


def read_all(root: Path) -> list[models.PlanFolder]:
    """Read and check every plan below a folder; raise PlanError with every problem."""
    paths = commitments.plan_folders(root)
    if not paths:
        problem = lint.Document(root).problem((), "file", "there is no plan here", "add a folder with a plan.yml")
        raise commitments.PlanError([problem])
    loaded = [commitments.read_folder(path) for path in paths]
    problems = [problem for one in loaded for problem in lint.check(one) if not problem.warning]
    if problems:
        raise commitments.PlanError(problems)
    return [one.folder for one in loaded if one.folder]


def sync(storage: Storage, folder: models.PlanFolder, moment: Moment) -> int:
    """Bring one plan into the database; give how many things changed."""
    old = _known(storage, folder.plan.id)
    changed = 0
    with storage.transaction():
        if old != without_recorded(folder):
            storage.replace_folder(folder, commitments.citations(folder))
            changed += 1
        changed += _record_changes(storage, old, folder, moment)
        for commitment in folder.commitments:
            changed += _record_updates(storage, folder, commitment, moment)
            changed += _record_measurements(storage, commitment, moment)
    return changed


def without_recorded(folder: models.PlanFolder) -> models.PlanFolder:
    """Give the plan as the synced tables hold it: without updates and measurements."""
    bare = tuple(
        commitment.model_copy(
            update={
                "updates": (),
                "indicators": tuple(i.model_copy(update={"measurements": ()}) for i in commitment.indicators),
            }
        )
        for commitment in folder.commitments
    )
    return folder.model_copy(update={"commitments": bare})


def _known(storage: Storage, plan: str) -> models.PlanFolder | None:
    return storage.folder(plan) if any(known.id == plan for known in storage.plans()) else None


def _record_changes(storage: Storage, old: models.PlanFolder | None, new: models.PlanFolder, moment: Moment) -> int:
    found = list(_entries(new, moment))
    found += _moved(old, new, moment) if old else []
    return sum(storage.add(change) for change in found)


def _entries(folder: models.PlanFolder, moment: Moment) -> Iterator[models.Change]:
    records = [(folder.plan.id, folder.plan.changes), *((c.id, c.changes) for c in folder.commitments)]
    for record, entries in records:
        for entry in entries:
            about = models.milestone_id(folder.plan.id, entry.milestone) if entry.milestone else record
            yield models.Change(
                id=_digest("entry", about, entry.on.isoformat(), entry.kind, *entry.what.values()),
                plan=folder.plan.id,
                record=about,
                field="",
                kind=entry.kind,
                what=entry.what,
                reason=entry.reason,
                decided_by=entry.decided_by,
                role=moment.role,
                revision=moment.revision,
                published_on=entry.on,
                recorded_at=moment.now,
            )


def _moved(old: models.PlanFolder, new: models.PlanFolder, moment: Moment) -> list[models.Change]:
    fresh = {commitment.id: _fresh_entries(old, commitment) for commitment in new.commitments}
    return [
        models.Change(
            id=_digest("moved", move.record, move.field, move.old or "", move.new or "", moment.now.isoformat()),
            plan=new.plan.id,
            record=move.record,
            field=move.field,
            old=move.old,
            new=move.new,
            kind=entry.kind if entry else ChangeKind.PROMISE,
            reason=entry.reason if entry else None,
            decided_by=entry.decided_by if entry else None,
            role=moment.role,
            revision=moment.revision,
            published_on=moment.today,
            recorded_at=moment.now,
        )
        for move in progress.changes(old, new)
        for entry in [_entry_for(move, fresh)]
    ]


def _fresh_entries(old: models.PlanFolder, commitment: models.Commitment) -> list[models.ChangeEntry]:
    known = next((c.changes for c in old.commitments if c.id == commitment.id), ())
    return [entry for entry in commitment.changes if entry not in known]


def _entry_for(move: progress.Moved, fresh: dict[str, list[models.ChangeEntry]]) -> models.ChangeEntry | None:
    plan, _, number = move.record.partition("/")
    commitment = models.commitment_id(plan, int(number.partition(".")[0]))
    about = [e for e in fresh.get(commitment, []) if e.milestone in (None, number)]
    return next(iter(about), None)


def _record_updates(storage: Storage, folder: models.PlanFolder, commitment: models.Commitment, moment: Moment) -> int:
    known = {u.id: u for u in storage.all(models.Update, commitment=commitment.id, way=models.Way.PULL_REQUEST)}
    changed = 0
    for given in commitment.updates:
        update = _update(folder, commitment, given, moment)
        changed += _record_update(storage, known.pop(update.id, None), update)
        changed += sum(storage.add(evidence) for evidence in _evidence(folder, update, given, moment))
    return changed + sum(_withdraw(storage, update, moment) for update in known.values())


def _record_update(storage: Storage, old: models.Update | None, new: models.Update) -> int:
    fresh = new if old is None else new.model_copy(update={"recorded_at": old.recorded_at})
    if fresh == old:
        return 0
    storage.put(fresh)
    return 1


def _withdraw(storage: Storage, update: models.Update, moment: Moment) -> int:
    if update.withdrawn_at:
        return 0
    storage.put(update.model_copy(update={"withdrawn_at": moment.now}))
    return 1


def _update(
    folder: models.PlanFolder, commitment: models.Commitment, given: models.PlanUpdate, moment: Moment
) -> models.Update:
    plan = folder.plan
    shared = given.model_dump(exclude={"id", "milestone", "sources"})
    return models.Update(
        **shared,
        id=f"{commitment.id}/{given.id}",
        plan=plan.id,
        commitment=commitment.id,
        milestone=models.milestone_id(plan.id, given.milestone) if given.milestone else None,
        published_on=given.published.last_day,
        recorded_at=moment.now,
        way=models.Way.PULL_REQUEST,
        reviewed_by_other=True,
        after_plan=progress.is_after_plan(plan, given.published.earliest or given.published.last_day),
    )


def _evidence(
    folder: models.PlanFolder, update: models.Update, given: models.PlanUpdate, moment: Moment
) -> Iterator[models.Evidence]:
    sources = {source.id: source for source in folder.sources}
    for citation in given.sources:
        source = sources[citation.source]
        yield models.Evidence(
            id=f"{update.id}/{source.id}",
            plan=update.plan,
            update_id=update.id,
            title=source.title,
            address=source.address,
            no_address=source.no_address,
            source=source.id,
            recorded_at=moment.now,
        )


def _record_measurements(storage: Storage, commitment: models.Commitment, moment: Moment) -> int:
    rows = (
        models.MeasurementRow(
            id=f"{commitment.id}/{indicator.id}/{reading.speaks_of}",
            plan=commitment.plan,
            commitment=commitment.id,
            indicator=indicator.id,
            speaks_of=reading.speaks_of,
            published_on=(reading.published or reading.speaks_of).last_day,
            value=reading.value,
            at_least=reading.at_least,
            note=reading.note,
            recorded_at=moment.now,
        )
        for indicator in commitment.indicators
        for reading in indicator.measurements
    )
    return sum(storage.add(row) for row in rows)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
