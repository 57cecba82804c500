"""CSV (RFC 4180): commitments, milestones, updates and evidence of a plan, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from monitor import models
from monitor.exports.reading import Book, File
from monitor.pages import addresses

# The columns of each table; one that ends with a star holds a text, and becomes a column for each language of the plan.
COLUMNS = {
    "commitments": (
        "id", "plan", "number", "ogp_id", "title*", "summary*", "period", "leads", "partners", "milestones",
        "milestones_counted", "claimed", "derived", "assessed", "promised*", "shown*", "unknown*", "address",
    ),
    "milestones": (
        "id", "commitment", "number", "title*", "kind", "origin", "official_number", "counted", "start", "due",
        "due_latest", "due_basis", "completion", "shown", "late_days", "withdrawn*", "quote", "sources", "address",
    ),
    "updates": (
        "id", "commitment", "milestone", "organisation", "said_by*", "text*", "completion", "unchanged", "obstacle*",
        "speaks_of", "published", "published_on", "recorded_at", "way", "reviewed_by_other", "after_plan", "replaces",
        "withdrawn_at", "withdrawn*", "sources", "address",
    ),
    "evidence": (
        "id", "update", "commitment", "title", "address", "no_address*", "source", "file", "sha256", "state",
        "checked_at", "archive_address", "recorded_at", "page_title", "status", "tried_at", "fetched_at",
        "missing_since", "moved_to", "copy", "copy_ground*",
    ),
}  # fmt: skip
# What a spreadsheet would take for a formula: https://owasp.org/www-community/attacks/CSV_Injection. One that parts
# cells at a semicolon, as in Dutch, or at a tab, lets a cell begin in the middle of ours, and a row after a line break.
ACTIVE = re.compile(
    r"^(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])|(?<=[;\t\r\n])(?=[\"' ]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
)
TIMES = ("checked_at", "recorded_at", "tried_at", "fetched_at", "missing_since")
Row = Mapping[str, object]


def tables(book: Book) -> Iterator[File]:
    """Give the four tables of a plan."""
    rows = {
        "commitments": _commitments(book),
        "milestones": _milestones(book),
        "updates": _updates(book),
        "evidence": _evidence(book),
    }
    for name, listed in rows.items():
        yield File(f"{addresses.home(book.site.plan.id)}{name}.csv", _csv(book, name, listed))


def cell(value: object) -> str:
    """Write a value so that a spreadsheet shows it and runs nothing: a quote before what looks like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list | tuple):
        value = " ".join(str(part) for part in value)
    return ACTIVE.sub("'", str(value))


def _csv(book: Book, name: str, rows: Iterable[Row]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    marked = ("example",) if book.banner else ()
    columns = [part for column in COLUMNS[name] for part in _parts(book, column)]
    writer.writerow([*(label for label, _, _ in columns), *marked])
    for row in rows:
        writer.writerow([*(cell(_value(row, *names)) for _, *names in columns), *(cell(book.banner) for _ in marked)])
    return file.getvalue().encode()


def _parts(book: Book, column: str) -> Iterator[tuple[str, str, str]]:
    """Give the label of each column, the name in the row and the language."""
    name = column.removesuffix("*")
    if name == column:
        yield name, name, ""
    else:
        yield from ((f"{name}_{language}", name, language) for language in book.site.languages)


def _value(row: Row, name: str, language: str) -> object:
    value = row.get(name)
    return value.get(language) if language and isinstance(value, dict) else value


def _commitments(book: Book) -> Iterator[Row]:
    for commitment in book.site.data.folder.commitments:
        ratings, closing = book.site.ratings[commitment.id], commitment.closing
        yield {
            **dict(commitment),
            "id": commitment.id,
            "leads": [lead.organisation for lead in commitment.leads],
            "partners": [partner.organisation for partner in commitment.partners if partner.organisation],
            "milestones": len(commitment.milestones),
            "milestones_counted": sum(m.counted and not m.withdrawn for m in commitment.milestones),
            "claimed": ratings.claimed.completion if ratings.claimed else None,
            "derived": ratings.derived.completion,
            "assessed": ratings.assessment.value if ratings.assessment else None,
            "promised": closing.promised if closing else None,
            "shown": closing.shown if closing else None,
            "unknown": closing.unknown if closing else None,
            "address": _page(book, commitment),
        }


def _milestones(book: Book) -> Iterator[Row]:
    for commitment in book.site.data.folder.commitments:
        for milestone in commitment.milestones:
            standing = book.site.standing(commitment, milestone)
            yield {
                **dict(milestone),
                "id": models.milestone_id(commitment.plan, milestone.number),
                "commitment": commitment.id,
                "due_latest": milestone.due.latest,
                "completion": standing.completion,
                "shown": standing.shown,
                "late_days": standing.late_days,
                "sources": _sources(milestone.sources),
                "address": f"{_page(book, commitment)}#{addresses.step(milestone.number)}",
            }


def _updates(book: Book) -> Iterator[Row]:
    for commitment, update in told(book):
        yield {
            **dict(update),
            "recorded_at": update.recorded_at.isoformat(),
            "withdrawn_at": update.withdrawn_at.isoformat() if update.withdrawn_at else None,
            "text": None if update.withdrawn_at else update.text,
            "obstacle": None if update.withdrawn_at else update.obstacle,
            "sources": _sources(book.site.data.cited.get(update.id, ())),
            "address": f"{_page(book, commitment)}#{addresses.anchor(update.id)}",
        }


def _evidence(book: Book) -> Iterator[Row]:
    for commitment, update in told(book):
        for item in book.site.data.evidence.get(update.id, ()):
            yield {
                **dict(item),
                "update": item.update_id,
                "commitment": commitment.id,
                **{name: _moment(getattr(item, name)) for name in TIMES},
                **_copy(book, item),
            }


def _copy(book: Book, item: models.Evidence) -> Row:
    """Tell what was decided about the copy of what a link held, and why."""
    decided = book.site.data.copies.get(item.sha256 or "")
    return {"copy": decided.file or decided.state, "copy_ground": decided.ground} if decided else {}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def told(book: Book) -> Iterator[tuple[models.Commitment, models.Update]]:
    """List every update that is public, withdrawn ones after the others, with its commitment."""
    for commitment in book.site.data.folder.commitments:
        for update in (*book.site.updates(commitment), *book.site.data.withdrawn.get(commitment.id, ())):
            yield commitment, update


def _sources(citations: models.Citations) -> list[str]:
    return list(dict.fromkeys(citation.source for citation in citations))


def _page(book: Book, commitment: models.Commitment) -> str:
    return book.root + addresses.commitment(commitment.plan, commitment.number)
