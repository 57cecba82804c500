"""What a reader can follow and take away: Atom, iCalendar, JSON, CSV and dossiers, beside the pages they belong to.

Everything is written from the same reading of the database as the pages, so that no figure can differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from monitor import models, pages, words
from monitor.exports.atom import feeds
from monitor.exports.calendar import calendars, of_meeting
from monitor.exports.dossier import dossiers
from monitor.exports.reading import Book, File
from monitor.exports.tables import tables
from monitor.exports.whole import records, whole_plan
from monitor.pages.site import PlanData, Site, SiteContext, read_plan
from monitor.storage import Storage

__all__ = ["meeting_calendar", "write"]


def write(
    storage: Storage,
    *,
    today: date,
    language: str,
    target: Path,
    context: SiteContext,
    plans: Mapping[str, PlanData] | None = None,
) -> list[Path]:
    """Write every file of a language below a folder; give their paths. ``plans`` spares reading them."""
    read, known = plans or pages.read(storage, today), tuple(storage.plans())
    return [
        _put(target, file)
        for plan in known
        for file in _files(Book.of(Site(storage, context, read[plan.id], known, today, words.of(language))))
    ]


def meeting_calendar(
    storage: Storage, meeting: models.Meeting, *, today: date, language: str, context: SiteContext
) -> bytes | None:
    """Give the calendar file of one meeting, as it stands beside its page; None where its day is not known."""
    data = read_plan(storage, meeting.plan, today)
    site = Site(storage, context, data, tuple(storage.plans()), today, words.of(language))
    return next((file.body for file in of_meeting(Book.of(site), meeting)), None)


def _files(book: Book) -> Iterator[File]:
    yield from feeds(book)
    yield from calendars(book)
    yield from dossiers(book)
    if book.site.words.language == book.site.languages[0]:
        yield from tables(book)
        yield from records(book)
        yield whole_plan(book)


def _put(target: Path, file: File) -> Path:
    path = target / file.address
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.body)
    return path
