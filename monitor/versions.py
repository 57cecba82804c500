"""Every version of what the plan files said, and the plan of any day put together from them. Pure.

One version per record (plan, organisation, source, feed, commitment, meeting, update), written where it differs from
the one before. They are what earlier days are read from; the synced tables are the newest of them, laid out for SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from monitor import models, progress
from monitor.periods import day_of

M = TypeVar("M", bound=models.Model)
Key = tuple[str, str]
KINDS: dict[str, type[models.Model]] = {
    "plan": models.Plan,
    "organisation": models.Organisation,
    "source": models.Source,
    "feed": models.Feed,
    "commitment": models.Commitment,
    "meeting": models.Meeting,
    "update": models.PlanUpdate,
}


@dataclass(frozen=True)
class Moment:
    """When a sync happens, on which day it speaks, and from which commit."""

    now: datetime
    today: date
    revision: str | None = None
    role: str = "coordinator"


def records(folder: models.PlanFolder) -> Iterator[tuple[Key, models.Model]]:
    """List every record of a plan that has versions of its own; a commitment comes without its updates."""
    plan = folder.plan.id
    yield ("plan", plan), folder.plan
    for kind, listed in (("organisation", folder.organisations), ("source", folder.sources), ("feed", folder.feeds)):
        for record in listed:
            yield (kind, f"{plan}/{kind}/{record.id}"), record
    for commitment in folder.commitments:
        yield ("commitment", commitment.id), commitment.model_copy(update={"updates": ()})
        for update in commitment.updates:
            yield ("update", f"{commitment.id}/{update.id}"), update
    for meeting in folder.meetings:
        yield ("meeting", meeting.id), meeting


def fresh(known: Iterable[models.Version], folder: models.PlanFolder, moment: Moment) -> list[models.Version]:
    """List the versions that a folder adds to what is known: what is new, differs or is gone."""
    before = {key: version.content for key, version in newest(known).items()}
    now: dict[Key, str | None] = {key: record.model_dump_json(exclude_defaults=True) for key, record in records(folder)}
    gone = {key: None for key, content in before.items() if content is not None and key not in now}
    differing = {key: content for key, content in (now | gone).items() if before.get(key) != content}
    return [_version(folder.plan.id, key, content, moment) for key, content in differing.items()]


def newest(known: Iterable[models.Version]) -> dict[Key, models.Version]:
    """Give the newest version of each record, in the order in which records first came."""
    return {(version.kind, version.record): version for version in known}


def until(known: Iterable[models.Version], day: date) -> list[models.Version]:
    """Keep the versions that were recorded up to and including a day."""
    return [version for version in known if day_of(version.recorded_at) <= day]


def folder_of(known: Iterable[models.Version]) -> models.PlanFolder | None:
    """Put a plan together from its newest versions; None where there is none."""
    there = {key: version.content for key, version in newest(known).items() if version.content is not None}
    plans = _of_kind(there, models.Plan)
    if not plans:
        return None
    updates: dict[str, list[models.PlanUpdate]] = {}
    for (kind, record), content in there.items():
        if kind == "update":
            updates.setdefault(record.rpartition("/")[0], []).append(models.PlanUpdate.model_validate_json(content))
    told = (
        commitment.model_copy(update={"updates": tuple(updates.get(commitment.id, ()))})
        for commitment in _of_kind(there, models.Commitment)
    )
    return models.PlanFolder(
        plan=plans[0],
        organisations=tuple(_of_kind(there, models.Organisation)),
        sources=tuple(_of_kind(there, models.Source)),
        feeds=tuple(_of_kind(there, models.Feed)),
        commitments=tuple(sorted(told, key=lambda commitment: commitment.number)),
        meetings=tuple(sorted(_of_kind(there, models.Meeting), key=lambda meeting: (str(meeting.date), meeting.id))),
    )


def updates_of(known: Iterable[models.Version], plan: models.Plan) -> list[models.Update]:
    """Give the updates of the files as rows: known since their first version, withdrawn when marked so or gone."""
    rows: dict[str, models.Update] = {}
    for version in known:
        if version.kind != "update":
            continue
        before = rows.get(version.record)
        row = before if version.content is None else _row(plan, version, before)
        if row:
            gone = version.content is None or row.withdrawn is not None
            since = (before.withdrawn_at if before else None) or version.recorded_at
            rows[version.record] = row.model_copy(update={"withdrawn_at": since if gone else None})
    return list(rows.values())


def promise_on(
    day: date, folder: models.PlanFolder, *, changes: Iterable[models.Change], known: Sequence[models.Version]
) -> models.PlanFolder:
    """Give a plan as it was promised on a day: changes of the promise that became public later are taken back.

    A change of our record (a typo, a better source) stays: it tells better what was promised all along.
    """
    commitments = {commitment.id: commitment for commitment in folder.commitments}
    later = [c for c in changes if c.field and c.kind is models.ChangeKind.PROMISE and c.published_on > day]
    for change in sorted(later, key=lambda change: change.recorded_at, reverse=True):
        owner = models.commitment_of(change.record)
        was = _before(change, owner, known)
        now = commitments.pop(owner, None)
        restored = _restored(now, was, change)
        if restored:
            commitments[owner] = restored
    listed = sorted(commitments.values(), key=lambda commitment: commitment.number)
    return folder.model_copy(update={"commitments": tuple(listed)})


def _row(plan: models.Plan, version: models.Version, before: models.Update | None) -> models.Update:
    given = models.PlanUpdate.model_validate_json(version.content or "")
    commitment = version.record.rpartition("/")[0]
    return models.Update(
        **given.model_dump(exclude={"id", "milestone", "sources"}),
        id=version.record,
        plan=plan.id,
        commitment=commitment,
        milestone=models.milestone_id(plan.id, given.milestone) if given.milestone else None,
        published_on=given.published.last_day,
        recorded_at=before.recorded_at if before else version.recorded_at,
        way=models.Way.PULL_REQUEST,
        reviewed_by_other=True,
        after_plan=progress.is_after_plan(plan, given.published.earliest or given.published.last_day),
    )


def _before(change: models.Change, owner: str, known: Sequence[models.Version]) -> models.Commitment | None:
    earlier = [v for v in known if v.record == owner and v.kind == "commitment" and v.recorded_at < change.recorded_at]
    content = earlier[-1].content if earlier else None
    return models.Commitment.model_validate_json(content) if content else None


def _restored(
    now: models.Commitment | None, was: models.Commitment | None, change: models.Change
) -> models.Commitment | None:
    if was is None or now is None:
        return was
    if change.record == now.id:
        return _field_back(now, was, change.field)
    steps = {milestone.number: milestone for milestone in now.milestones}
    number = change.record.rpartition("/")[2]
    before = next((milestone for milestone in was.milestones if milestone.number == number), None)
    step = steps.pop(number, None)
    if before:
        steps[number] = _field_back(step, before, change.field) if step else before
    return now.model_copy(update={"milestones": tuple(sorted(steps.values(), key=_by_number))})


def _field_back(now: M, was: M, field: str) -> M:
    name, _, part = field.partition(".")
    if name == "target":
        return now.model_copy(update={"indicators": getattr(was, "indicators", ())})
    if not part:
        with_note = {"due_note": getattr(was, "due_note", None)} if name == "due" else {}
        return now.model_copy(update={name: getattr(was, name), **with_note})
    texts = {**getattr(now, name), part: getattr(was, name).get(part)}
    return now.model_copy(update={name: {language: text for language, text in texts.items() if text is not None}})


def _by_number(milestone: models.Milestone) -> tuple[int, ...]:
    return tuple(int(part) for part in milestone.number.split("."))


def _of_kind(there: Mapping[Key, str], model: type[M]) -> list[M]:
    return [model.model_validate_json(content) for (kind, _), content in there.items() if KINDS[kind] is model]


def _version(plan: str, key: Key, content: str | None, moment: Moment) -> models.Version:
    kind, record = key
    told = "\x1f".join((kind, record, moment.now.isoformat(), moment.revision or "", content or ""))
    return models.Version(
        id=hashlib.sha256(told.encode()).hexdigest()[:16],
        plan=plan,
        kind=kind,
        record=record,
        content=content,
        role=moment.role,
        revision=moment.revision,
        recorded_at=moment.now,
    )
