"""The chain of the audit log: each entry holds the hash of the one before; a prune says where the rest begins. Pure.

An entry ``pruned`` is about ``NUMBER HASH`` of the last entry that was removed before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

FIRST_HASH = "0" * 64
PRUNED = "pruned"
SEPARATOR = "\x1f"


class Row(NamedTuple):
    """An entry as it stands in the file."""

    id: int
    at: str
    actor: str
    action: str
    about: str
    previous_sha256: str
    sha256: str


@dataclass(frozen=True)
class Verdict:
    """What a check found: how many entries, the last hash, and what is wrong; empty where nothing is."""

    count: int
    last: str
    wrong: str = ""


def digest(number: int, at: datetime, actor: str, action: str, about: str, previous: str) -> str:
    """Give the hash of an entry, which holds that of the entry before."""
    told = SEPARATOR.join([previous, str(number), at.isoformat(), actor, action, about])
    return hashlib.sha256(told.encode()).hexdigest()


def boundary(number: int, sha256: str) -> str:
    """Write what an entry ``pruned`` is about."""
    return f"{number} {sha256}"


def verify(rows: Sequence[Row], end: tuple[int, str] | None, expected: str = "") -> Verdict:
    """Check the entries in order against each other, the end that was noted, and a hash that somebody wrote down."""
    last = rows[-1].sha256 if rows else FIRST_HASH
    wrong = _first_wrong(rows) or _wrong_end(rows, end)
    if not wrong and expected and expected not in {row.sha256 for row in rows}:
        wrong = f"no entry has the hash {expected}: the log was cut off or written anew since that was noted"
    return Verdict(len(rows), last, wrong)


def _first_wrong(rows: Iterable[Row]) -> str:
    listed = list(rows)
    if listed and not _begins_well(listed):
        return f"entry {listed[0].id} does not fit: what came before it was removed"
    number, previous = (listed[0].id, listed[0].previous_sha256) if listed else (1, FIRST_HASH)
    for row in listed:
        if row.id != number:
            return f"entry {row.id} does not fit: entry {number} was removed"
        if row.previous_sha256 != previous:
            return f"entry {row.id} does not fit: it does not hold the hash of the entry before it"
        if _digest_of(row) != row.sha256:
            return f"entry {row.id} does not fit: it was changed"
        number, previous = row.id + 1, row.sha256
    return ""


def _begins_well(rows: Sequence[Row]) -> bool:
    first = rows[0]
    if first.id == 1:
        return first.previous_sha256 == FIRST_HASH
    known = boundary(first.id - 1, first.previous_sha256)
    return any(row.action == PRUNED and row.about == known for row in rows)


def _digest_of(row: Row) -> str:
    try:
        at = datetime.fromisoformat(row.at)
    except ValueError:
        return ""
    return digest(row.id, at, row.actor, row.action, row.about, row.previous_sha256)


def _wrong_end(rows: Sequence[Row], end: tuple[int, str] | None) -> str:
    found = (rows[-1].id, rows[-1].sha256) if rows else None
    if found == end:
        return ""
    return f"the log ends at entry {found[0] if found else 0}, and entry {end[0] if end else 0} was noted as the last"
