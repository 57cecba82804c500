"""What became public for those who follow: each thing once, and what it moved, from what to what. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain, groupby, pairwise

from monitor import models, progress
from monitor.exports.news import entries
from monitor.exports.reading import Book, text_of
from monitor.models import ChangeKind
from monitor.pages import addresses
from monitor.pages.parts import value_words
from monitor.rows import stamp
from monitor.words import choose

LONGEST_VALUE, LONGEST_QUOTE = 60, 200


@dataclass(frozen=True)
class Happening:
    """Something that became public: ``key`` names it and its moment, ``about`` the records and organisations.

    ``said`` is what somebody said; ``moved`` says from what to what where that is no milestone's completion and no
    field of the promise.
    """

    key: str
    at: datetime
    about: frozenset[str]
    title: str
    address: str
    said: str = ""
    moved: str = ""


@dataclass(frozen=True)
class Told:
    """A plan as read now, with all that became public of it, the oldest first."""

    book: Book

    @cached_property
    def happenings(self) -> list[Happening]:
        """List what became public, the oldest first."""
        found = chain(_of_feed(self.book), _numbers(self.book), _network(self.book))
        return sorted(found, key=lambda happening: (happening.at, happening.key))

    def moves(self, fresh: Collection[Happening], since: datetime) -> list[str]:
        """Say what these moved since a moment, all together: completions, then fields of the promise, then the rest."""
        keys = {happening.key for happening in fresh}
        moved = [happening.moved for happening in fresh if happening.moved]
        return [*_completions(self.book, keys, since), *_fields(self.book, keys), *moved]


def _of_feed(book: Book) -> Iterator[Happening]:
    """Give what the feed holds, but for messages that nothing changed."""
    tickets = {ticket.id: ticket for ticket in (*book.site.data.corrections, *book.site.data.ideas)}
    unchanged = {f"update/{update.id}" for update in book.site.all_updates if update.unchanged}
    for entry in entries(book):
        if entry.id in unchanged:
            continue
        ticket = tickets.get(entry.id.partition("/")[2])
        yield Happening(
            key=_key(entry.id, entry.updated),
            at=entry.updated,
            about=entry.about,
            title=entry.title,
            address=book.root + entry.address,
            said=_cut(choose(entry.said, book.site.words.language).words, LONGEST_QUOTE) if entry.said else "",
            moved=_answered(book, ticket) if ticket else "",
        )


def _answered(book: Book, ticket: models.Correction) -> str:
    """Say that a correction or idea went from waiting to what was done."""
    words = book.site.words
    kind = "idea" if isinstance(ticket, models.Idea) else "correction"
    became = words.text(f"ticket-outcome.{ticket.outcome}" if ticket.outcome else "ticket-state.closed")
    return _arrow(
        words.text(f"ticket-kind.{kind}", number=ticket.number), words.text("ticket-state.open"), became.lower()
    )


def _numbers(book: Book) -> Iterator[Happening]:
    """Give each reading of an indicator that differs from the one of the day before it."""
    for commitment in book.site.data.folder.commitments:
        for indicator in commitment.indicators:
            rows = book.site.data.measurements.get((commitment.id, indicator.id), [])
            changed = (
                (old, new) for old, new in pairwise((None, *rows)) if new and (not old or old.value != new.value)
            )
            yield from (_number(book, commitment, indicator, old, new) for old, new in changed)


def _number(
    book: Book,
    commitment: models.Commitment,
    indicator: models.Indicator,
    old: models.MeasurementRow | None,
    new: models.MeasurementRow,
) -> Happening:
    words, title = book.site.words, book.pen.plain(indicator.title).rstrip(".")
    later = progress.is_after_plan(book.site.plan, new.published_on)
    about, when = words.text("commitment.number", number=commitment.number), words.period(new.speaks_of)
    page = addresses.commitment(commitment.plan, commitment.number)
    named = words.text("feed.number_later" if later else "feed.number", about=about, title=title, when=when)
    was = words.measured(indicator.id, old.value) if old else words.text("completion.unknown")
    return Happening(
        key=_key(f"number/{new.id}/{new.value}", new.recorded_at),
        at=new.recorded_at,
        about=frozenset((commitment.id, *(lead.organisation for lead in commitment.leads))),
        title=named,
        address=f"{book.root}{page}#{'na-afloop' if later else 'cijfers'}",
        moved=_arrow(named, was, words.measured(indicator.id, new.value)),
    )


def _network(book: Book) -> Iterator[Happening]:
    """Give what the network asked, answered and shared."""
    data = book.site.data
    asked = {question.id: question for question in data.questions}
    for question in data.questions:
        yield _post(book, "question", "q", question, question.theme)
    for answer in chain.from_iterable(data.answers.values()):
        if answer.question in asked:
            yield _post(book, "answer", "q", answer, asked[answer.question].theme, on=answer.question)
    for lesson in data.lessons:
        yield _post(book, "lesson", "l", lesson, lesson.theme)


def _post(
    book: Book,
    kind: str,
    mark: str,
    row: models.Question | models.Answer | models.Lesson,
    theme: str | None,
    on: str = "",
) -> Happening:
    words = book.site.words
    page = addresses.of_plan(words, row.plan, "knowledge")
    who = text_of(book.pen.name(row.organisation)) if row.organisation else words.text("ticket.visitor")
    return Happening(
        key=_key(f"{kind}/{row.id}", row.recorded_at),
        at=row.recorded_at,
        about=frozenset(filter(None, (theme, row.organisation))),
        title=words.text(f"feed.{kind}", who=who),
        address=f"{book.root}{page}#{addresses.anchor(on or row.id, mark)}",
        said=_cut(choose(row.text, words.language).words, LONGEST_QUOTE),
    )


def _completions(book: Book, keys: Collection[str], since: datetime) -> Iterator[str]:
    """Say of each commitment and milestone whose updates are fresh how far it was without them, and is with them."""
    site, words = book.site, book.site.words
    for commitment in site.data.folder.commitments:
        now = site.updates(commitment)
        before = _before(now, site.data.withdrawn.get(commitment.id, ()), keys, since)
        if before == now:
            continue
        for milestone in commitment.milestones:
            was, is_ = (
                progress.standing(milestone, plan=site.plan, updates=updates, today=site.today).completion
                for updates in (before, now)
            )
            if was is not is_:
                yield _arrow(milestone.number, *(words.text(f"completion.{state}") for state in (was, is_)))
        was, is_ = (
            progress.derive(commitment, plan=site.plan, updates=updates, today=site.today).completion
            for updates in (before, now)
        )
        if was is not is_:
            name = words.text("commitment.number", number=commitment.number)
            yield _arrow(name, *(words.text(f"completion.{state}") for state in (was, is_)))


def _before(
    now: Sequence[models.Update], withdrawn: Iterable[models.Update], keys: Collection[str], since: datetime
) -> list[models.Update]:
    """Give what was public of a commitment at a moment: without what is fresh, with what was taken back since."""
    old = [update for update in now if _key(f"update/{update.id}", update.recorded_at) not in keys]
    for update in withdrawn:
        gone = max(filter(None, (update.recorded_at, update.withdrawn_at)))
        if _key(f"update/{update.id}", gone) in keys and update.recorded_at <= since:
            old.append(update.model_copy(update={"withdrawn_at": None, "withdrawn": None}))
    return old


def _fields(book: Book, keys: Collection[str]) -> Iterator[str]:
    """Say of each field of the promise that moved what it was before all of it, and is now."""
    fresh = [c for c in book.site.changes if c.field and _key(f"change/{c.id}", c.recorded_at) in keys]
    promise = [change for change in fresh if change.kind is ChangeKind.PROMISE]
    ordered = sorted(promise, key=lambda change: (change.record, change.field, change.recorded_at))
    for (record, field), group in groupby(ordered, key=lambda change: (change.record, change.field)):
        family, _, language = field.partition(".")
        if language and language != book.site.words.language:
            continue
        rows = list(group)
        old, new = rows[0].old, rows[-1].new
        if old != new:
            name = book.site.words.table_of("field").get(family, family)
            values = (_cut(text_of(value_words(book.pen, family, value))) for value in (old, new))
            yield _arrow(f"{_record(book, record)}, {name}", *values)


def _record(book: Book, record: str) -> str:
    number = record.partition("/")[2]
    if not number:
        return book.title
    return number if "." in number else book.site.words.text("commitment.number", number=int(number))


def _arrow(name: str, old: str, new: str) -> str:
    return f"{name}: {old} → {new}"


def _cut(text: str, most: int = LONGEST_VALUE) -> str:
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _key(name: str, at: datetime) -> str:
    return f"{name} {stamp(at)}"
