"""What still counts of what is cited: evidence of messages that stand, and where no copy was taken down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from monitor import models, released
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.storage import Storage

Place = tuple[str, str, str]


def place_of(address: str) -> Place:
    """Give what makes an address another place: not its scheme, www or a slash at the end."""
    parts = urlsplit(address)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def places_of(rows: Iterable[Evidence]) -> set[Place]:
    """Give the places that evidence cites."""
    return {place_of(row.address) for row in rows if row.address}


def standing(storage: Storage, *, since: datetime | None = None) -> list[Evidence]:
    """List the evidence behind messages that were not withdrawn; with ``since`` also what was withdrawn after it."""
    withdrawn = {
        update.id
        for update in storage.all(models.Update)
        if update.withdrawn_at and (since is None or update.withdrawn_at <= since)
    }
    return [row for row in storage.all(Evidence) if row.update_id not in withdrawn]


def closed(storage: Storage) -> set[Place]:
    """Give the places of which a copy was taken down: what they hold is not kept again, nor in a changed form."""
    down = {row.sha256 for row in storage.all(CopyDecision, state=CopyState.TAKEN_DOWN)}
    decided = {sha256: released.decision(storage, sha256) for sha256 in down}
    shut = {sha256 for sha256, newest in decided.items() if newest and newest.state is CopyState.TAKEN_DOWN}
    return places_of(row for row in storage.all(Evidence) if row.sha256 in shut)
