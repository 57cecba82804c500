"""The plan on any day: completion, ratings, lateness and freshness, each with what it came from; and what moved.

*As of* a day is what the public could know then: it goes by the day on which a record was published. *Known at* a day
goes by the day on which we recorded it. Days of recording are days in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor import models, progress, punctuality, versions
from monitor.models import MilestoneKind, Phase
from monitor.periods import Period, day_of
from monitor.progress import Cell, Ratings, Standing
from monitor.punctuality import Punctuality
from monitor.storage import Storage


@dataclass(frozen=True)
class Line:
    """How one commitment stands: ratings, every milestone, and how recent each quarter is."""

    commitment: models.Commitment
    ratings: Ratings
    standings: tuple[Standing, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Status:
    """How a plan stands ``as_of`` a day, by what was known at another; ``evidence`` is by update."""

    folder: models.PlanFolder
    as_of: date
    known_at: date | None
    phase: Phase
    lines: tuple[Line, ...]
    punctuality: tuple[Punctuality, ...]
    evidence: Mapping[str, tuple[models.Citation, ...]]
    changes: tuple[models.Change, ...]

    @property
    def overdue(self) -> list[Standing]:
        """List what is late, the longest first."""
        counted = [standing for line in self.lines for standing in line.ratings.derived.standings]
        return progress.overdue(self.folder.plan, counted)


@dataclass(frozen=True)
class Move:
    """What differs between two days: the record, what of it, and both values as they are in the data."""

    record: str
    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Known:
    """All that is known of a plan, read once, for the status of any number of days.

    ``folder`` is the plan as it is promised now; ``known_at`` a day after which nothing was taken in.
    """

    folder: models.PlanFolder
    texts: Sequence[models.Version]
    updates: Sequence[models.Update]
    changes: Sequence[models.Change]
    reminders: Sequence[models.Reminder]
    queue: Sequence[models.Queue]
    known_at: date | None = None

    def on(self, day: date) -> Status:
        """Compute how the plan stands as of a day."""
        return compute(
            versions.promise_on(day, self.folder, changes=self.changes, known=self.texts),
            self.updates,
            as_of=day,
            known_at=self.known_at,
            reminders=[r for r in self.reminders if day_of(r.sent_at) <= min(day, self.known_at or date.max)],
            waiting={(row.commitment, q) for row in self.queue if self._waits(row, day) for q in row.quarters},
            changes=self.changes,
        )

    def _waits(self, row: models.Queue, day: date) -> bool:
        """Tell whether what is not decided now came in by a day already."""
        came = row.oldest_at is None or day_of(row.oldest_at) <= day
        return came and self.known_at is None


def read(storage: Storage, plan: str, *, as_of: date, known_at: date | None = None) -> Status | None:
    """Read how a plan stands on a day; None where nothing of it was known by then."""
    known = load(storage, plan, known_at=known_at)
    return known.on(as_of) if known else None


def load(storage: Storage, plan: str, *, known_at: date | None = None) -> Known | None:
    """Read what is known of a plan, or was on a day; None where that is nothing."""
    last = known_at or date.max
    texts = versions.until(storage.all(models.Version, plan=plan), last)
    newest = versions.folder_of(texts)
    if newest is None:
        return None
    written = {update.id: update for update in versions.updates_of(texts, newest.plan)}
    return Known(
        folder=newest,
        texts=texts,
        updates=list((written | _recorded(storage, plan, last)).values()),
        changes=[c for c in storage.all(models.Change, plan=plan) if day_of(c.recorded_at) <= last],
        reminders=storage.all(models.Reminder, plan=plan),
        queue=storage.all(models.Queue, plan=plan),
        known_at=known_at,
    )


def compute(
    folder: models.PlanFolder,
    updates: Sequence[models.Update],
    *,
    as_of: date,
    known_at: date | None = None,
    reminders: Sequence[models.Reminder] = (),
    waiting: Iterable[tuple[str, Period]] = (),
    changes: Sequence[models.Change] = (),
) -> Status:
    """Compute how a plan stands; ``waiting``: commitments and quarters under review now. Pure."""
    return Status(
        folder=folder,
        as_of=as_of,
        known_at=known_at,
        phase=progress.phase(folder.plan, as_of),
        lines=tuple(_line(c, folder.plan, updates, as_of, reminders, set(waiting)) for c in folder.commitments),
        punctuality=punctuality.punctuality(folder, updates=updates, today=as_of),
        evidence={f"{c.id}/{u.id}": u.sources for c in folder.commitments for u in c.updates},
        changes=tuple(change for change in changes if change.published_on <= as_of),
    )


def between(before: Status, after: Status) -> list[Move]:
    """List what moved from one day to another: the promise, completions, ratings, and what became late."""
    old, new = _facts(before), _facts(after)
    moves = [Move(*key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
    promise = [Move(*moved) for moved in _promise_moves(before, after)]
    return promise + [move for move in moves if move.old != move.new]


def as_data(status: Status) -> dict[str, Any]:
    """Give a status as plain data that explains itself: milestones, dates, sources, updates and rule version."""
    return {
        "plan": status.folder.plan.id,
        "as_of": status.as_of.isoformat(),
        "known_at": status.known_at and status.known_at.isoformat(),
        "phase": status.phase.value,
        "rule_version": progress.RULE_VERSION,
        "commitments": [_line_data(line, status) for line in status.lines],
        "overdue": [_milestone_id(status, standing) for standing in status.overdue],
        "punctuality": [_punctuality_data(one) for one in status.punctuality],
    }


def moves_as_data(moves: Iterable[Move]) -> list[dict[str, str | None]]:
    """Give what moved as plain data."""
    return [{"record": move.record, "what": move.what, "old": move.old, "new": move.new} for move in moves]


def _recorded(storage: Storage, plan: str, last: date) -> dict[str, models.Update]:
    """Give what did not come from the files; a snippet of it that was pasted into one has the same id."""
    rows = (row for row in storage.all(models.Update, plan=plan) if row.way is not models.Way.PULL_REQUEST)
    return {row.id: _unwithdrawn(row, last) for row in rows if day_of(row.recorded_at) <= last}


def _unwithdrawn(update: models.Update, last: date) -> models.Update:
    later = update.withdrawn_at is not None and day_of(update.withdrawn_at) > last
    return update.model_copy(update={"withdrawn_at": None, "withdrawn": None}) if later else update


def _line(
    commitment: models.Commitment,
    plan: models.Plan,
    updates: Sequence[models.Update],
    day: date,
    reminders: Sequence[models.Reminder],
    waiting: set[tuple[str, Period]],
) -> Line:
    own = [update for update in updates if update.commitment == commitment.id]
    begun = [q for q in progress.ledger_quarters(plan) if (q.earliest or date.min) <= day]
    cells = (
        progress.freshness(
            commitment,
            quarter,
            plan=plan,
            updates=own,
            asked=progress.asked_on(commitment, quarter, reminders),
            waiting=(commitment.id, quarter) in waiting,
            today=day,
        )
        for quarter in begun
    )
    return Line(
        commitment=commitment,
        ratings=progress.rate(commitment, plan=plan, updates=own, today=day),
        standings=tuple(progress.standing(m, plan=plan, updates=own, today=day) for m in commitment.milestones),
        cells=tuple(cells),
    )


def _promise_moves(before: Status, after: Status) -> list[tuple[str, str, str | None, str | None]]:
    return [(m.record, m.field, m.old, m.new) for m in progress.changes(before.folder, after.folder)]


def _facts(status: Status) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for line in status.lines:
        ratings, name = line.ratings, line.commitment.id
        found[name, "derived"] = ratings.derived.completion.value
        if ratings.claimed and ratings.claimed.completion:
            found[name, "claimed"] = ratings.claimed.completion.value
        if ratings.assessment:
            found[name, "assessment"] = ratings.assessment.value
        for standing in line.standings:
            record = _milestone_id(status, standing)
            found[record, "completion"] = standing.completion.value
            found[record, "late"] = "yes" if standing.late_days else "no"
    return found


def _milestone_id(status: Status, standing: Standing) -> str:
    return models.milestone_id(status.folder.plan.id, standing.milestone.number)


def _line_data(line: Line, status: Status) -> dict[str, Any]:
    ratings, derived = line.ratings, line.ratings.derived
    return {
        "id": line.commitment.id,
        "title": line.commitment.title,
        "leads": [lead.organisation for lead in line.commitment.leads],
        "derived": {"completion": derived.completion.value, "known": derived.known, "counted": derived.counted},
        "claims": [
            {"organisation": claim.organisation, "completion": claim.completion, "update": claim.id}
            for claim in ratings.claims
        ],
        "assessment": ratings.assessment and ratings.assessment.model_dump(mode="json", exclude_none=True),
        "differences": [{"one": d.one, "other": d.other, "steps": d.steps} for d in ratings.differences],
        "milestones": [_standing_data(standing, status) for standing in line.standings],
        "freshness": [
            {"quarter": str(cell.quarter), "freshness": cell.freshness.value, "updates": list(cell.updates)}
            for cell in line.cells
        ],
    }


def _standing_data(standing: Standing, status: Status) -> dict[str, Any]:
    step = standing.milestone
    data: dict[str, Any] = {
        "id": _milestone_id(status, standing),
        "title": step.title,
        "counted": step.counted and not step.withdrawn,
        "origin": step.origin.value,
        "due": str(step.due),
        "due_latest": step.due.latest and step.due.latest.isoformat(),
        "due_basis": step.due_basis.value,
        "due_sources": [citation.source for citation in step.sources],
        "completion": standing.completion.value,
        "shown": standing.shown.value,
        "late_days": standing.late_days,
        "decided_by": standing.decided_by,
        "contradicted_by": list(standing.contradicted_by),
        "updates": [
            {"id": name, "sources": [citation.source for citation in status.evidence.get(name, ())]}
            for name in standing.updates
        ],
    }
    if step.kind is MilestoneKind.RECURRING:
        data["slots"] = _slots_data(step, status)
    return data


def _slots_data(step: models.Milestone, status: Status) -> list[dict[str, str | None]]:
    held = [meeting for meeting in status.folder.meetings if meeting.date.last_day <= status.as_of]
    filled: dict[Period, models.Meeting | None] = progress.slots(step, held)
    return [{"slot": str(slot), "meeting": meeting.id if meeting else None} for slot, meeting in filled.items()]


def _punctuality_data(one: Punctuality) -> dict[str, Any]:
    return {
        "organisation": one.organisation,
        "dates": [
            {
                "milestone": due.milestone,
                "due": str(due.due),
                "kept": due.kept.value,
                "days": due.days,
                "decided_by": due.decided_by,
                "due_sources": list(due.sources),
            }
            for due in one.dates
        ],
    }
