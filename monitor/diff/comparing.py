"""Two versions of a plan laid side by side: every thing that is new, gone or different, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import models, progress
from monitor.progress import Moved


def _first(text: models.Text | None) -> str:
    return next(iter((text or {}).values()), "")


# Lists whose items are things of their own: what one is called, and what tells it from the others.
PARTS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "milestones": ("milestone", lambda part: part.number),
    "leads": ("lead", lambda part: part.organisation),
    "partners": ("partner", lambda part: part.organisation or _first(part.name)),
    "goals": ("goal", lambda part: _first(part.text)),
    "facts": ("fact", lambda part: _first(part.what)),
    "indicators": ("indicator", lambda part: part.id),
    "measurements": ("measurement", lambda part: str(part.speaks_of)),
    "assessments": ("assessment", lambda part: f"{part.assessor} {part.indicator} {part.report}"),
    "updates": ("update", lambda part: part.id),
    "follow_on": ("follow-on", lambda part: f"{part.next_plan} {part.ogp_id or ''}"),
    "conflicts": ("conflict", lambda part: _first(part.about)),
    "unknowns": ("unknown", lambda part: part.id),
    "agreements": ("agreement", lambda part: part.id),
    "end_dates": ("end-date", lambda part: _first(part.what)),
}
# What names a record or explains a change, and is not itself shown as changed.
NAMES = {"id", "plan", "slug", "number", "changes"}
# Records whose parts go unmentioned where they are new or gone as a whole.
WHOLE = {"commitment", "meeting"}


@dataclass(frozen=True)
class Thing:
    """A record or a part of one: its family, the record whose page shows it, and what tells it from its kind."""

    family: str
    owner: str
    key: str


@dataclass(frozen=True)
class Difference:
    """A thing that is new (``old`` is None), gone (``new`` is None) or has ``fields`` that differ, from and to.

    ``promised`` tells that the promise itself moved; ``entry`` is then the ``changes:`` entry that gives the reason.
    """

    thing: Thing
    old: models.Model | None
    new: models.Model | None
    fields: Mapping[str, tuple[str | None, str | None]]
    promised: bool = False
    entry: models.ChangeEntry | None = None


def compare(old: models.PlanFolder, new: models.PlanFolder) -> list[Difference]:
    """List every thing that differs, in the order in which a reader meets it."""
    before, after = dict(things(old)), dict(things(new))
    found = [d for thing in (after | before) if (d := _difference(thing, before.get(thing), after.get(thing)))]
    whole = {d.thing for d in found if d.thing.family in WHOLE and not (d.old and d.new)}
    moves = {(move.record, move.field): move for move in progress.changes(old, new)}
    owners = {thing.owner for thing in whole}
    return [_explained(d, moves, old, new) for d in found if d.thing in whole or d.thing.owner not in owners]


def things(folder: models.PlanFolder) -> Iterator[tuple[Thing, models.Model]]:
    """List the records of a plan and their parts."""
    plan = folder.plan.id
    yield from _with_parts(Thing("plan", plan, plan), folder.plan)
    for commitment in folder.commitments:
        yield from _with_parts(Thing("commitment", commitment.id, commitment.id), commitment)
    for meeting in folder.meetings:
        yield from _with_parts(Thing("meeting", meeting.id, meeting.id), meeting)
    for family, records in (
        ("organisation", folder.organisations),
        ("source", folder.sources),
        ("feed", folder.feeds),
    ):
        for record in records:
            yield Thing(family, plan, record.id), record


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """List what a record says as texts by their path; what is empty or of a family of its own is left out."""
    if isinstance(value, models.Model):
        for name in type(value).model_fields:
            if name not in PARTS and not (name in NAMES and not path):
                yield from leaves(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}")
    elif isinstance(value, tuple):
        yield from _listed(value, path)
    elif value is not None and value != "" and value is not False:
        yield path, "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def _listed(values: Sequence[Any], path: str) -> Iterator[tuple[str, str]]:
    if values and isinstance(values[0], models.Citation):
        yield path, ", ".join(citation.source for citation in values)
        for index, citation in enumerate(values):
            found = citation.certainty is models.Certainty.FOUND
            rest = citation.model_copy(update={"source": None, "certainty": None if found else citation.certainty})
            yield from leaves(rest, f"{path}.{index + 1}")
    elif values and isinstance(values[0], dict | models.Model):
        for index, value in enumerate(values):
            yield from leaves(value, f"{path}.{index + 1}")
    elif values:
        yield path, ", ".join(str(value) for value in values)


def _with_parts(thing: Thing, record: models.Model) -> Iterator[tuple[Thing, models.Model]]:
    yield thing, record
    for name in type(record).model_fields:
        if name in PARTS:
            family, key = PARTS[name]
            within = f"{thing.key}/" if thing.family == "indicator" else ""
            for part in getattr(record, name):
                yield from _with_parts(Thing(family, thing.owner, f"{within}{key(part)}"), part)


def _difference(thing: Thing, old: models.Model | None, new: models.Model | None) -> Difference | None:
    if old is None or new is None:
        return Difference(thing, old, new, {})
    before, after = dict(leaves(old)), dict(leaves(new))
    fields = {
        name: (before.get(name), after.get(name))
        for name in (after | before)
        if _same_words(before.get(name)) != _same_words(after.get(name))
    }
    return Difference(thing, old, new, fields) if fields else None


def _same_words(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def _explained(
    difference: Difference, moves: Mapping[tuple[str, str], Moved], old: models.PlanFolder, new: models.PlanFolder
) -> Difference:
    move = next((moves[name] for name in _promises(difference) if name in moves), None)
    if move is None:
        return difference
    entry = progress.entry_for(move, old, new)
    return Difference(difference.thing, difference.old, difference.new, difference.fields, True, entry)


def _promises(difference: Difference) -> list[tuple[str, str]]:
    """Name the fields of ``progress.changes`` that a difference may stand for."""
    thing, fields = difference.thing, list(difference.fields)
    match thing.family:
        case "commitment":
            return [(thing.owner, name) for name in fields or ["period"]]
        case "milestone":
            record = models.milestone_id(thing.owner.partition("/")[0], thing.key)
            names = ["withdrawn" if name.startswith("withdrawn.") else name for name in fields]
            return [(record, name) for name in names or ["due"]]
        case "lead" | "partner":
            return [(thing.owner, f"{thing.family}s")] if not fields else []
        case "indicator":
            return [(thing.owner, f"target.{thing.key}")] if not fields or "target" in fields else []
    return []
