"""JSON: a whole plan with its sources and all that was recorded, and each commitment's public record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from monitor import models, progress
from monitor.exports.reading import NAME, Book, File
from monitor.exports.tables import told
from monitor.pages import addresses
from monitor.permanent import public_record

FORMAT = "1"
LICENCE = "CC0-1.0 for our own words and the arrangement; quoted official text keeps its publisher's terms"


def whole_plan(book: Book) -> File:
    """Give a plan as one file: what its files say, then what was recorded, then what follows from both."""
    address = f"{addresses.home(book.site.plan.id)}plan.json"
    whole = {
        "about": _about(book, address),
        **book.site.data.folder.model_dump(mode="json", exclude_defaults=True),
        "recorded": _recorded(book),
        "derived": {c.id: _derived(book, c) for c in book.site.data.folder.commitments},
    }
    return File(address, (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode())


def records(book: Book) -> Iterator[File]:
    """Give the record of each commitment, whose hash stands on its page."""
    for commitment in book.site.data.folder.commitments:
        page = addresses.commitment(commitment.plan, commitment.number)
        yield File(addresses.record(page), public_record(book.site.storage, commitment.id).text.encode())


def _about(book: Book, address: str) -> dict[str, Any]:
    told = {
        "name": NAME,
        "format": FORMAT,
        "address": book.root + address,
        "data_as_of": book.site.context.data_as_of.isoformat(),
        "phase": book.site.phase,
        "rules": progress.RULE_VERSION,
        "licence": LICENCE,
        "unofficial": book.unofficial,
        "example": book.banner,
    }
    return {name: value for name, value in told.items() if value}


def _recorded(book: Book) -> dict[str, Any]:
    """List the recorded rows as the tables of the database hold them; feed items stay there."""
    data = book.site.data
    updates = [update for _, update in told(book)]
    evidence = [item for update in updates for item in data.evidence.get(update.id, ())]
    rows: dict[str, Iterable[models.Model]] = {
        "updates": updates,
        "evidence": evidence,
        "copies": [copy for name, copy in data.copies.items() if name in {item.sha256 for item in evidence}],
        "measurements": [row for rows in data.measurements.values() for row in rows],
        "changes": data.changes,
        "corrections": data.corrections,
        "ideas": data.ideas,
        "agreement_updates": data.agreement_updates,
    }
    cited = {name: [c.model_dump(mode="json", exclude_defaults=True) for c in row] for name, row in data.cited.items()}
    listed = {name: [row.model_dump(mode="json", exclude_defaults=True) for row in row_] for name, row_ in rows.items()}
    return {**listed, "citations": cited}


def _derived(book: Book, commitment: models.Commitment) -> dict[str, Any]:
    """Give what the rules make of a commitment, as its page shows it."""
    ratings = book.site.ratings[commitment.id]
    return {
        "completion": ratings.derived.completion,
        "known": ratings.derived.known,
        "counted": ratings.derived.counted,
        "claimed": ratings.claimed.completion if ratings.claimed else None,
        "assessed": ratings.assessment.value if ratings.assessment else None,
        "differ": ratings.differ,
        "milestones": {
            milestone.number: _standing(book.site.standing(commitment, milestone))
            for milestone in commitment.milestones
        },
    }


def _standing(standing: progress.Standing) -> dict[str, Any]:
    return {
        "completion": standing.completion,
        "shown": standing.shown,
        "late_days": standing.late_days,
        "decided_by": standing.decided_by,
    }
