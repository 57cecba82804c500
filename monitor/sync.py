"""From the plan files to the public database: one transaction; twice changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from monitor import commitments, history, lint, models, progress, versions
from monitor.errors import MonitorError
from monitor.models import ChangeKind
from monitor.periods import day_of
from monitor.storage import Storage
from monitor.versions import Moment

__all__ = ["MixingError", "Moment", "read_all", "refuse_mixing", "replay", "sync", "sync_all", "without_recorded"]
# What an earlier commit must be free of to be laid out in tables; newer rules of style do not count against it.
BREAKING = {"reference", "unique"}
INVENTED_AMONG_REAL = (
    "dit plan is verzonnen en mag niet tussen echte gegevens: typ 'monitor demo'. "
    "This plan is invented and may not come among real data: type 'monitor demo'"
)
REAL_AMONG_INVENTED = (
    "dit is een echt plan en deze map is voor verzonnen voorbeelden: kies een andere map met --data. "
    "This is a real plan and this folder is for invented examples: choose another folder with --data"
)
R = TypeVar("R", models.Update, models.Evidence, models.MeasurementRow, models.Change)


class MixingError(MonitorError):
    """Invented and real plans would come together; the message says which, in Dutch and English."""


def sync_all(storage: Storage, root: Path, *, now: datetime, today: date, example: bool = False) -> int:
    """Bring every plan below a folder into the database; give how many records are new, differ or are gone.

    Raises PlanError with every problem of every plan, and MixingError for an invented plan unless ``example``, or a
    real one with it; then nothing is changed.
    """
    moment = Moment(now, today, history.revision(root))
    folders = read_all(root)
    refuse_mixing((folder.plan.id for folder in folders), storage, example=example)
    with storage.transaction():
        return sum(sync(storage, folder, moment) for folder in folders)


def refuse_mixing(plans: Iterable[str], storage: Storage, *, example: bool) -> None:
    """Raise MixingError where a plan is invented and the data folder is not one of examples, or the other way round."""
    known = [plan.id for plan in storage.plans()]
    for plan in (*plans, *known):
        if models.is_example(plan) and not example:
            raise MixingError(f"{storage.path.parent}: {plan}: {INVENTED_AMONG_REAL}")
        if example and not models.is_example(plan):
            raise MixingError(f"{storage.path.parent}: {plan}: {REAL_AMONG_INVENTED}")


def replay(storage: Storage, root: Path, *, say: Callable[[str], object], example: bool = False) -> int:
    """Bring in what the files said at each commit, at the time of that commit; give how many records moved.

    Commits from before a plan's first or newest known version are left out, so that twice changes nothing. What
    cannot be read with today's rules is left out and said. Raises HistoryError outside a git checkout, and MixingError
    as ``sync_all`` does.
    """
    refuse_mixing((path.name for path in commitments.plan_folders(root)), storage, example=example)
    since = {plan.id: _newest_at(storage, plan.id) for plan in storage.plans()}
    adopted = {plan: _adopted_at(storage, plan) for plan in since}
    changed = 0
    left_out: Counter[str] = Counter()
    for commit in history.commits(root):
        moment = Moment(commit.at, day_of(commit.at), commit.revision)
        with history.checkout(root, commit.revision) as files:
            for path in commitments.plan_folders(files):
                if path.name in since and commit.at <= since[path.name]:
                    left_out[path.name] += commit.at < adopted[path.name]
                else:
                    changed += _replay_folder(storage, path, moment, say)
    for plan, number in left_out.items():
        if number:
            say(
                f"{plan}: this database knows the plan since {adopted[plan]:%Y-%m-%d %H:%M} UTC; {number} earlier "
                "commit(s) left out: use a new data folder to know them"
            )
    return changed


def read_all(root: Path) -> list[models.PlanFolder]:
    """Read and check every plan below a folder; raise PlanError with every problem."""
    paths = commitments.plan_folders(root)
    if not paths:
        problem = lint.Document(root).problem((), "file.no-plan")
        raise commitments.PlanError([problem])
    loaded = [commitments.read_folder(path) for path in paths]
    problems = [problem for one in loaded for problem in lint.check(one, advice=False)]
    if problems:
        raise commitments.PlanError(problems)
    return [one.folder for one in loaded if one.folder]


def sync(storage: Storage, folder: models.PlanFolder, moment: Moment) -> int:
    """Bring one plan into the database; give how many records are new, differ or are gone."""
    with commitments.without_collecting(), storage.transaction():
        known = storage.all(models.Version, plan=folder.plan.id)
        fresh = versions.fresh(known, folder, moment)
        if not fresh:
            return 0
        for version in fresh:
            storage.add(version)
        if any(version.kind != "update" for version in fresh):
            storage.replace_folder(folder, commitments.citations(folder))
        _record_changes(storage, versions.folder_of(known), folder, moment)
        _record_updates(storage, versions.updates_of([*known, *fresh], folder.plan))
        _record_evidence(storage, folder, moment)
        _record_measurements(storage, folder, moment)
    return len(fresh)


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


def _replay_folder(storage: Storage, path: Path, moment: Moment, say: Callable[[str], object]) -> int:
    loaded = commitments.read_folder(path)
    problems = loaded.problems or [problem for problem in lint.check(loaded, advice=False) if problem.rule in BREAKING]
    if loaded.folder and not problems:
        return sync(storage, loaded.folder, moment)
    first = problems[0]
    say(
        f"{(moment.revision or '')[:12]} of {moment.now:%Y-%m-%d %H:%M} UTC left out, {len(problems)} problem(s): "
        f"{path.name}/{first.path.relative_to(path)}:{first.line}: {first.rule}: {first.message}"
    )
    return 0


def _newest_at(storage: Storage, plan: str) -> datetime:
    return max(version.recorded_at for version in storage.all(models.Version, plan=plan))


def _adopted_at(storage: Storage, plan: str) -> datetime:
    return min(version.recorded_at for version in storage.all(models.Version, plan=plan))


def _put(storage: Storage, known: Mapping[str, R], rows: Iterable[R]) -> None:
    """Write the rows that are new or differ from what is known of them."""
    for row in rows:
        if known.get(row.id) != row:
            storage.put(row)


def _record_updates(storage: Storage, updates: Sequence[models.Update]) -> None:
    plans = {update.plan for update in updates}
    known = {row.id: row for plan in plans for row in storage.all(models.Update, plan=plan)}
    _put(storage, known, (_as_it_came(update, known.get(update.id)) for update in updates))


def _as_it_came(update: models.Update, known: models.Update | None) -> models.Update:
    """Keep what came by chat as it came, also where its snippet was pasted into a file; it can still be withdrawn."""
    if known is None or known.way is models.Way.PULL_REQUEST:
        return update
    return known.model_copy(update={"withdrawn_at": update.withdrawn_at, "withdrawn": update.withdrawn})


def _record_changes(storage: Storage, old: models.PlanFolder | None, new: models.PlanFolder, moment: Moment) -> None:
    known = {row.id: row for row in storage.all(models.Change, plan=new.plan.id)}
    _put(storage, known, (_since(entry, known) for entry in _entries(new, moment)))
    for move in _moved(old, new, moment) if old else []:
        storage.add(move)


def _since(entry: models.Change, known: Mapping[str, models.Change]) -> models.Change:
    before = known.get(entry.id)
    kept = {"recorded_at": before.recorded_at, "revision": before.revision} if before else {}
    return entry.model_copy(update=kept)


def _entries(folder: models.PlanFolder, moment: Moment) -> Iterator[models.Change]:
    records = [(folder.plan.id, folder.plan.changes), *((c.id, c.changes) for c in folder.commitments)]
    met: Counter[str] = Counter()
    for record, entries in records:
        for entry in entries:
            about = models.milestone_id(folder.plan.id, entry.milestone) if entry.milestone else record
            name = f"{about} {entry.on} {entry.kind}"
            met[name] += 1
            yield models.Change(
                id=_digest("entry", name, str(met[name])),
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
    return [
        models.Change(
            id=_digest("moved", move.record, move.field, move.old or "", move.new or "", moment.now.isoformat()),
            plan=new.plan.id,
            record=move.record,
            field=move.field,
            old=move.old,
            new=move.new,
            kind=entry.kind if entry else ChangeKind.PROMISE,
            what=entry.what if entry else None,
            reason=entry.reason if entry else None,
            decided_by=entry.decided_by if entry else None,
            role=moment.role,
            revision=moment.revision,
            published_on=moment.today,
            recorded_at=moment.now,
        )
        for move in progress.changes(old, new)
        for entry in [progress.entry_for(move, old, new)]
    ]


def _record_evidence(storage: Storage, folder: models.PlanFolder, moment: Moment) -> None:
    known = {row.id: row for row in storage.all(models.Evidence, plan=folder.plan.id) if row.source}
    rows = {row.id: _as_checked(row, known.get(row.id)) for row in _evidence(folder, moment)}
    _put(storage, known, rows.values())
    for row in known.values():
        if row.id not in rows and _is_ours(storage, row):
            storage.delete(models.Evidence, id=row.id)


def _as_checked(row: models.Evidence, before: models.Evidence | None) -> models.Evidence:
    """Keep when we first knew it and, for the same address, what checks found."""
    if before is None:
        return row
    if before.address != row.address:
        return row.model_copy(update={"recorded_at": before.recorded_at})
    return before.model_copy(update={"source": row.source, "title": row.title, "no_address": row.no_address})


def _is_ours(storage: Storage, evidence: models.Evidence) -> bool:
    update = storage.get(models.Update, id=evidence.update_id)
    return update is not None and update.way is models.Way.PULL_REQUEST and update.withdrawn_at is None


def _evidence(folder: models.PlanFolder, moment: Moment) -> Iterator[models.Evidence]:
    sources = {source.id: source for source in folder.sources}
    for commitment in folder.commitments:
        for update in commitment.updates:
            for name in dict.fromkeys(citation.source for citation in update.sources):
                source = sources[name]
                yield models.Evidence(
                    id=f"{commitment.id}/{update.id}/{source.id}",
                    plan=folder.plan.id,
                    update_id=f"{commitment.id}/{update.id}",
                    title=source.title,
                    address=source.address,
                    no_address=source.no_address,
                    source=source.id,
                    recorded_at=moment.now,
                )


def _record_measurements(storage: Storage, folder: models.PlanFolder, moment: Moment) -> None:
    known = {row.id: row for row in storage.all(models.MeasurementRow, plan=folder.plan.id, reader=None)}
    since = {name: row.recorded_at for name, row in known.items()}
    rows = {row.id: row for row in _measurements(folder, since, moment)}
    _put(storage, known, rows.values())
    for name in known.keys() - rows.keys():
        storage.delete(models.MeasurementRow, id=name)


def _measurements(
    folder: models.PlanFolder, since: Mapping[str, datetime], moment: Moment
) -> Iterator[models.MeasurementRow]:
    """Give the readings of the files; one without a day of publication was public from when we knew it."""
    for commitment in folder.commitments:
        for indicator in commitment.indicators:
            for reading in indicator.measurements:
                name = f"{commitment.id}/{indicator.id}/{reading.speaks_of}"
                recorded_at = since.get(name, moment.now)
                yield models.MeasurementRow(
                    id=name,
                    plan=commitment.plan,
                    commitment=commitment.id,
                    indicator=indicator.id,
                    speaks_of=reading.speaks_of,
                    published_on=reading.published.last_day if reading.published else day_of(recorded_at),
                    value=reading.value,
                    at_least=reading.at_least,
                    note=reading.note,
                    recorded_at=recorded_at,
                )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
