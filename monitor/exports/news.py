"""What is new about a plan, as entries of a feed: messages, changes of the promise, findings, meetings, answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from monitor import models
from monitor.exports.reading import Book, lines_of, midnight, text_of
from monitor.pages import addresses
from monitor.pages.parts import change_rows
from monitor.pages.ratings import is_ours
from monitor.pages.steps import update_view
from monitor.pages.tickets import is_answered, kind_of
from monitor.periods import Period


@dataclass(frozen=True)
class Entry:
    """One item of a feed.

    ``id`` is stable within the plan; ``about`` holds the ids of the records and organisations it concerns;
    ``said`` is what somebody else said, in its own language.
    """

    id: str
    title: str
    address: str
    updated: datetime
    about: frozenset[str]
    lines: tuple[str, ...] = ()
    said: models.Text | None = None
    published: date | None = None
    links: tuple[str, ...] = ()


def entries(book: Book) -> list[Entry]:
    """List everything that is new, the newest first."""
    found = chain(_updates(book), _changes(book), _findings(book), _meetings(book), _answers(book))
    return sorted(found, key=lambda entry: (entry.updated, entry.published or date.min, entry.id), reverse=True)


def _updates(book: Book) -> Iterator[Entry]:
    data = book.site.data
    for commitment in data.folder.commitments:
        for update in (*book.site.updates(commitment), *data.withdrawn.get(commitment.id, ())):
            yield _update(book, commitment, update)


def _update(book: Book, commitment: models.Commitment, update: models.Update) -> Entry:
    words, view = book.site.words, update_view(book.pen, update)
    gone = update.withdrawn_at is not None
    kind = "withdrawn" if gone else "later" if update.after_plan else "message"
    title = words.text(f"feed.{kind}", about=_about(book, commitment, update.milestone), when=text_of(view.speaks_of))
    proof = (item.address for item in book.site.data.evidence.get(update.id, ()))
    return Entry(
        id=f"update/{update.id}",
        title=title,
        address=f"{_page(commitment)}#{view.anchor}",
        updated=max(filter(None, (update.recorded_at, update.withdrawn_at))),
        about=frozenset(filter(None, (commitment.id, *_leads(commitment), update.organisation))),
        lines=tuple(lines_of(view.who, view.published, *view.withdrawn, *view.tags, *(() if gone else view.extra))),
        said=None if gone else update.text,
        published=_day(update.published),
        links=() if gone else tuple(address for item in proof if (address := addresses.safe(item))),
    )


def _changes(book: Book) -> Iterator[Entry]:
    known = {commitment.id: commitment for commitment in book.site.data.folder.commitments}
    for change in book.site.changes:
        if change.kind is not models.ChangeKind.PROMISE:
            continue
        commitment = known.get(models.commitment_of(change.record)) if "/" in change.record else None
        milestone = change.record if "." in change.record.partition("/")[2] else None
        page = _page(commitment) if commitment else addresses.home(book.site.plan.id)
        told = change_rows(book.pen, [change], ())[0]
        about = _about(book, commitment, milestone) if commitment else book.title
        decided = (change.decided_by,) if change.decided_by else ()
        yield Entry(
            id=f"change/{change.id}",
            title=book.site.words.text("feed.change", about=about, what=text_of(told["what"])),
            address=f"{page}#wijzigingen" if commitment else page,
            updated=change.recorded_at,
            about=frozenset((change.record, *((commitment.id, *_leads(commitment)) if commitment else ()))),
            lines=tuple(lines_of(*told["moved"], told["reason"] or book.pen.t("change.without_reason"), *decided)),
            published=change.published_on,
        )


def _findings(book: Book) -> Iterator[Entry]:
    plan = book.site.plan
    yield from (_finding(book, "plan", None, assessment) for assessment in plan.assessments)
    for commitment in book.site.data.folder.commitments:
        yield from (_finding(book, "commitment", commitment, assessment) for assessment in commitment.assessments)


def _finding(book: Book, kind: str, commitment: models.Commitment | None, found: models.Assessment) -> Entry:
    words, record = book.site.words, commitment.id if commitment else book.site.plan.id
    about = _about(book, commitment, None) if commitment else book.title
    told = {"indicator": found.indicator, "value": found.value, "about": about}
    key = "\x1f".join((found.assessor, found.indicator, found.scheme, found.report))
    return Entry(
        id=f"finding/{record}/{hashlib.sha256(key.encode()).hexdigest()[:16]}",
        title=words.text("feed.derived" if is_ours(found) else "feed.finding", **told),
        address=f"{_page(commitment)}#oordelen" if commitment else addresses.home(book.site.plan.id),
        updated=book.found_at(kind, record, found.model_dump_json(exclude_defaults=True)),
        about=frozenset((record, found.assessor, *(_leads(commitment) if commitment else ()))),
        lines=tuple(lines_of(found.report, book.pen.say(found.note))),
        published=_day(found.published) if found.published else None,
    )


def _meetings(book: Book) -> Iterator[Entry]:
    owners = {m.number: c.id for c in book.site.data.folder.commitments for m in c.milestones}
    for meeting in book.site.data.folder.meetings:
        when, title = book.site.words.period(meeting.date), book.pen.plain(meeting.title)
        present = book.site.words.listing([text_of(book.pen.name(name)) for name in meeting.organisations])
        named = (meeting.host, owners.get(meeting.milestone or ""), *meeting.organisations)
        yield Entry(
            id=f"meeting/{meeting.id}",
            title=book.site.words.text("feed.meeting", title=title, when=when),
            address=addresses.of_plan(book.site.words, meeting.plan, "meetings", meeting.slug),
            updated=book.changed_at("meeting", meeting.id),
            about=frozenset(filter(None, (meeting.id, *named))),
            lines=tuple(lines_of(meeting.place or "", book.pen.say(meeting.theme), present)),
        )


def _answers(book: Book) -> Iterator[Entry]:
    """Give the corrections and ideas that were closed with an answer."""
    known = {commitment.id: commitment for commitment in book.site.data.folder.commitments}
    for ticket in (*book.site.data.corrections, *book.site.data.ideas):
        if not ticket.closed_on or not is_answered(ticket, book.site.today):
            continue
        kind = kind_of(ticket)
        commitment = known.get(ticket.commitment or "")
        yield Entry(
            id=f"{kind}/{ticket.id}",
            title=book.site.words.text(
                f"feed.{kind}", about=_about(book, commitment, None) if commitment else book.title
            ),
            address=f"{_page(commitment)}#verbetermeldingen" if commitment else addresses.home(ticket.plan),
            updated=max(ticket.recorded_at, ticket.closed_at or midnight(ticket.closed_on)),
            about=frozenset(filter(None, (ticket.about, ticket.commitment, ticket.organisation, ticket.answered_by))),
            lines=tuple(lines_of(book.pen.say(ticket.text))),
            said=ticket.answer,
            published=ticket.closed_on,
        )


def _about(book: Book, commitment: models.Commitment, milestone: str | None) -> str:
    words = book.site.words
    about = words.text("commitment.number", number=commitment.number)
    if not milestone:
        return f"{about}, {book.pen.plain(commitment.short_title or commitment.title)}"
    return f"{about}, {words.text('update.milestone', number=milestone.rpartition('/')[2])}"


def _leads(commitment: models.Commitment) -> Iterator[str]:
    return (lead.organisation for lead in commitment.leads)


def _page(commitment: models.Commitment) -> str:
    return addresses.commitment(commitment.plan, commitment.number)


def _day(period: Period) -> date | None:
    return period.latest if period.precision == "day" else None
