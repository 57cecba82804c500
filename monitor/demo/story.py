"""What happened in the invented plan beside its files, read from ``story.toml``."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import SerializeAsAny

from monitor import models
from monitor.models import Completion, EvidenceState, MentionState, Model, ReportKind, TicketOutcome
from monitor.periods import Period

PLAN = f"{models.EXAMPLE}2024-2025"
STORY = Path(__file__).parent / "story.toml"
MORNING = time(9, tzinfo=UTC)
# The tables of the story that are rows of the public database as they stand.
ROWS: dict[str, type[Model]] = {
    "agreement_updates": models.AgreementUpdate,
    "themes": models.Theme,
    "questions": models.Question,
    "answers": models.Answer,
    "lessons": models.Lesson,
    "agenda_items": models.AgendaItem,
    "sign_ups": models.SignUp,
    "feed_states": models.FeedState,
}
# Fields that name a record without the plan before it, since every id below belongs to the same plan.
BARE = ("meeting", "question", "theme")


class Before(Model):
    """What the files said of a milestone until a day."""

    on: date
    milestone: str
    due: Period | None = None
    withdrawn: bool = True


class Said(Model):
    """What somebody sent in the conversation, who checked it and what became of it.

    Without ``by`` it waits for review; ``returned`` is the question it came back with, ``answer`` closes a correction
    or idea. ``question`` is the key of the question of the network that it answers.
    """

    key: str
    kind: ReportKind = ReportKind.PROGRESS
    role: str
    at: datetime
    language: str = "nl"
    commitment: str | None = None
    milestone: str | None = None
    about: str | None = None
    question: str | None = None
    completion: Completion | None = None
    unchanged: bool = False
    speaks_of: Period | None = None
    text: str
    evidence: str | None = None
    obstacle: str | None = None
    by: str | None = None
    decided: date | None = None
    returned: str | None = None
    answer: str | None = None
    outcome: TicketOutcome | None = None
    answered: date | None = None


class Item(Model):
    """An entry of a feed; ``said`` is what became of the suggestion that it concerns a commitment."""

    entry: models.Entry
    said: MentionState = MentionState.SUGGESTED


class Checked(Model):
    """What the last check found behind a source."""

    source: str
    state: EvidenceState


class Story(Model):
    """All that the story tells, on the day on which it stands."""

    day: date
    asked: tuple[date, ...]
    closed: tuple[date, ...]
    before: tuple[Before, ...]
    reports: tuple[Said, ...]
    rows: tuple[SerializeAsAny[Model], ...]
    entries: tuple[Item, ...]
    checked: tuple[Checked, ...]


def read_story(path: Path = STORY) -> Story:
    """Read the story."""
    told = tomllib.loads(path.read_text("utf-8"))
    return Story(
        day=told["day"],
        asked=tuple(told["asked"]),
        closed=tuple(told["closed"]),
        before=tuple(Before.model_validate(row) for row in told["before"]),
        reports=tuple(sorted((Said.model_validate(row) for row in told["reports"]), key=lambda said: said.at)),
        rows=tuple(_row(ROWS[name], values) for name in ROWS for values in told[name]),
        entries=tuple(_item(row) for row in told["entries"]),
        checked=tuple(Checked.model_validate(row) for row in told["checked"]),
    )


def at(day: date) -> datetime:
    """Give the moment of a day on which the story's things happen."""
    return datetime.combine(day, MORNING)


def _row(model: type[Model], values: dict[str, Any]) -> Model:
    row = dict(values)
    day = row.pop("at", None) or row.get("published_on")
    if day:
        row["recorded_at"] = at(day)
    if withdrawn := row.pop("withdrawn", None):
        row["withdrawn_at"] = at(withdrawn)
    row |= {field: f"{PLAN}/{row[field]}" for field in BARE if field in row}
    if "id" in model.model_fields:
        row["id"] = f"{PLAN}/{_name(row)}"
    return model.model_validate({"plan": PLAN, **row})


def _name(row: dict[str, Any]) -> str:
    """Name a row that the story gives no id by what it is about."""
    named = [str(row[field]) for field in ("meeting", "agreement", "organisation") if field in row]
    return str(row.get("id") or "/".join(named).removeprefix(f"{PLAN}/"))


def _item(row: dict[str, Any]) -> Item:
    values = {name: value for name, value in row.items() if name != "said"}
    known = {"plan": PLAN, "recorded_at": at(row["published_on"])}
    entry = models.Entry.model_validate(values | known | {"id": f"{PLAN}/{row['feed']}/{row['id']}"})
    return Item(entry=entry, said=row.get("said", MentionState.SUGGESTED))
