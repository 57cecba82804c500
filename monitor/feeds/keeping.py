"""Stores what a feed brought, each entry once, and never more of a feed than its bounds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from monitor import models
from monitor.entries.parsing import ParsedEntry
from monitor.feeds.matching import mentions
from monitor.storage import Storage

# A feed can bring new ids for ever: two hundred at each poll. An entry without a mention is kept so that it is known
# when it comes again, and for that the newest ten polls will do: the oldest go. One with a mention is put to people,
# so it stays for good; a feed that brings more of those than people can look at is itself what is to be looked at,
# so the next are not stored, and the health page says so.
UNMENTIONED_KEPT, MENTIONED_KEPT = 2_000, 2_000


class Recorded(NamedTuple):
    """What storing did: new entries, new suggestions, old entries let go, and new ones that found no place."""

    new: int = 0
    suggested: int = 0
    let_go: int = 0
    left_out: int = 0


@dataclass
class _Shelf:
    """What is kept of a feed, by id, and by each of the names by which an entry is known again."""

    kept: dict[str, models.Entry]
    mentioned: set[str]
    by_name: dict[object, models.Entry] = field(default_factory=dict)
    came: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, storage: Storage, plan: str, feed: str) -> _Shelf:
        kept = {
            entry.id: entry for entry in storage.all(models.Entry, plan=plan, feed=feed, order="recorded_at, rowid")
        }
        mentioned = {mention.entry for mention in storage.all(models.Mention, plan=plan)} & kept.keys()
        return cls(kept, mentioned, {name: entry for entry in kept.values() for name in _names(entry)})

    def find(self, entry: models.Entry) -> models.Entry | None:
        return next((self.by_name[name] for name in _names(entry) if name in self.by_name), None)

    def add(self, entry: models.Entry) -> None:
        self.kept[entry.id] = entry
        self.by_name |= dict.fromkeys(_names(entry), entry)

    def too_old(self) -> list[str]:
        """List the oldest entries without a mention beyond the bound, but none that the feed still holds."""
        unmentioned = [name for name in self.kept if name not in self.mentioned]
        gone = [name for name in unmentioned if name not in self.came]
        return gone[: max(0, len(unmentioned) - UNMENTIONED_KEPT)]


def record(
    storage: Storage, folder: models.PlanFolder, feed: models.Feed, entries: Iterable[ParsedEntry], *, now: datetime
) -> Recorded:
    """Store entries and what they mention, once however often they come; tell how much is new, went or did not fit.

    A known entry keeps its first version, and the time when it was first seen changed.
    """
    if not (entries := list(entries)):
        return Recorded()
    shelf = _Shelf.of(storage, folder.plan.id, feed.id)
    new = suggested = left_out = 0
    for parsed in entries:
        entry = _as_entry(parsed, folder.plan.id, feed, now)
        first = shelf.find(entry)
        seen = (first or entry).model_copy(update={"recorded_at": now})
        found = list(mentions(seen, feed, folder.commitments, folder.organisations))
        if first is None and found and len(shelf.mentioned) >= MENTIONED_KEPT:
            left_out += 1
            continue
        new += _keep(storage, shelf, first, entry)
        suggested += sum(storage.add(mention) for mention in found)
        shelf.came.add(seen.id)
        shelf.mentioned |= {seen.id} if found else set()
    let_go = sum(storage.delete(models.Entry, id=name) for name in shelf.too_old())
    return Recorded(new, suggested, let_go, left_out)


def _keep(storage: Storage, shelf: _Shelf, first: models.Entry | None, entry: models.Entry) -> bool:
    """Store an entry that is new, or note when a known one was first seen changed; tell whether it is new."""
    if first is None:
        shelf.add(entry)
        return storage.add(entry)
    if first.changed_at is None and _differs(first, entry):
        storage.put(first.model_copy(update={"changed_at": entry.recorded_at}))
    return False


def _as_entry(parsed: ParsedEntry, plan: str, feed: models.Feed, now: datetime) -> models.Entry:
    return models.Entry(
        id=f"{plan}/{feed.id}/{hashlib.sha256(parsed.key.encode('utf-8', 'replace')).hexdigest()[:16]}",
        plan=plan,
        feed=feed.id,
        title=parsed.title,
        address=parsed.address,
        summary=parsed.summary,
        published_on=parsed.published_on,
        recorded_at=now,
    )


def _names(entry: models.Entry) -> Iterator[object]:
    """Give what tells an entry apart: its id, and what readers see of it, as some feeds give new ids each time."""
    yield entry.id
    if entry.address:
        yield entry.title, entry.address


def _differs(first: models.Entry, entry: models.Entry) -> bool:
    return (first.title, first.address, first.summary) != (entry.title, entry.address, entry.summary)
