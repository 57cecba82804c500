"""A dossier per commitment, as plain text for reviewers: what its page says, with every hash and source in full."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from monitor import models, released
from monitor.exports.reading import Book, File, lines_of, text_of
from monitor.pages import addresses
from monitor.pages.backing import citation_reasons
from monitor.pages.commitment import edit_address, follow_on_link, is_about, origin_of
from monitor.pages.numbers import target_of
from monitor.pages.parts import change_rows
from monitor.pages.ratings import differ, ratings_view
from monitor.pages.steps import EvidenceView, milestone_view, update_view
from monitor.permanent import public_record

WIDTH = 100


def dossiers(book: Book) -> Iterator[File]:
    """Give the dossier of each commitment."""
    for commitment in book.site.data.folder.commitments:
        page = addresses.commitment(commitment.plan, commitment.number)
        lines = [*_head(book, commitment, page), *_promise(book, commitment), *_ratings(book, commitment)]
        lines += [*_milestones(book, commitment), *_updates(book, commitment), *_numbers(book, commitment)]
        lines += [*_unknowns(book, commitment), *_changes(book, commitment), *_sources(book, commitment)]
        yield File(addresses.dossier(page), ("\n".join(lines).strip() + "\n").encode())


def _head(book: Book, commitment: models.Commitment, page: str) -> Iterator[str]:
    words, pen = book.site.words, book.pen
    title = words.text("dossier.title", number=commitment.number, title=pen.plain(commitment.title))
    yield title
    yield "=" * min(len(title), WIDTH)
    yield ""
    yield from _wrapped(*filter(None, (book.banner, book.unofficial)))
    yield from _wrapped(f"{book.title}. {words.text('dossier.as_of', day=words.day(book.site.context.data_as_of))}")
    yield from _wrapped(f"{words.text('commitment.ogp', id=commitment.ogp_id)}" if commitment.ogp_id else "")
    yield book.root + page
    record = public_record(book.site.storage, commitment.id)
    yield f"SHA-256 {record.sha256} ({words.text('dossier.record')} {addresses.record()})"
    yield from filter(None, (edit_address(book.site, commitment),))


def _promise(book: Book, commitment: models.Commitment) -> Iterator[str]:
    words, pen = book.site.words, book.pen
    yield from _section(book, "title.promise")
    yield from _wrapped(pen.plain(commitment.summary))
    yield ""
    for lead in commitment.leads:
        doubt = f" ({pen.plain(lead.doubt)})" if lead.doubt else ""
        yield from _item(f"{words.text('commitment.lead.one')}: {text_of(pen.name(lead.organisation))}{doubt}")
    for partner in commitment.partners:
        name = text_of(pen.name(partner.organisation)) if partner.organisation else pen.plain(partner.name)
        doubt = f" ({pen.plain(partner.doubt)})" if partner.doubt else ""
        yield from _item(f"{words.text('commitment.partner.one')}: {name}{doubt}")
    yield from _item(f"{words.text('commitment.period')}: {words.period(commitment.period)}")
    for follow in commitment.follow_on:
        yield from _item(f"{words.text('commitment.follow_on')}: {text_of(follow_on_link(pen, follow))}")
    for goal in commitment.goals:
        name = words.text("promise.ultimate" if goal.ultimate else "promise.goal")
        yield from _item(f"{name} {pen.plain(goal.text)} [{_ids(goal.sources)}]")
    if commitment.closing and book.site.phase is models.Phase.CLOSED:
        for part in ("promised", "shown", "unknown"):
            yield from _item(f"{words.text(f'closing.{part}')}: {pen.plain(getattr(commitment.closing, part))}")
    for text in commitment.official_text.values():
        yield ""
        yield f"{words.text('dossier.official')} [{_ids(commitment.sources.get('official_text', ()))}]"
        for paragraph in text.split("\n\n"):
            yield from _wrapped(paragraph, indent="  > ")


def _ratings(book: Book, commitment: models.Commitment) -> Iterator[str]:
    pen = book.pen
    yield from _section(
        book, "commitment.how_far_closed" if book.site.phase is models.Phase.CLOSED else "commitment.how_far"
    )
    for rating in ratings_view(pen, commitment):
        told = ". ".join(lines_of(rating["word"], rating["why"]))
        yield from _item(f"{text_of(rating['title'])} ({text_of(rating['who'])}): {told}")
    yield from _item(f"{book.site.words.text('rating.where_differ')} {text_of(differ(pen, commitment))}")
    for found in commitment.assessments:
        note = f" {pen.plain(found.note)}" if found.note else ""
        yield from _item(
            f"{found.assessor}, {found.indicator}: {found.value} ({found.report}){note} [{_ids(found.sources)}]"
        )
        yield from _wrapped(*_reasons(book, found.sources), indent="    ")


def _milestones(book: Book, commitment: models.Commitment) -> Iterator[str]:
    words = book.site.words
    yield from _section(book, "title.milestones", "" if commitment.milestones else "milestone.none")
    for milestone in commitment.milestones:
        view = milestone_view(book.pen, commitment, milestone)
        yield ""
        yield from _item(f"{milestone.number} {book.pen.plain(milestone.title)}")
        due = "; ".join(lines_of(view.due, *view.due_lines))
        far = "; ".join(lines_of(view.how_far.word, *view.how_far.notes))
        late = words.count("milestone.late", view.late_days) if view.late_days else ""
        told = (
            words.text(f"origin.{origin_of(milestone)}"),
            f"{words.text('table.due')}: {due}",
            f"{words.text('table.completion')}: {far}",
            late,
            *lines_of(*view.tags, *view.lines),
            *(f"“{quote.words}”" for quote in view.quotes),
            f"[{_ids(milestone.sources)}]",
            *_reasons(book, milestone.sources),
        )
        yield from _wrapped(*filter(None, told), indent="    ")


def _updates(book: Book, commitment: models.Commitment) -> Iterator[str]:
    words, data = book.site.words, book.site.data
    told = [*book.site.updates(commitment), *data.withdrawn.get(commitment.id, ())]
    yield from _section(book, "title.updates", "" if told else "update.none")
    for update in told:
        view = update_view(book.pen, update)
        yield ""
        when = words.text("update.about", when=text_of(view.speaks_of))
        tags = [words.text("title.later")] if update.after_plan else []
        yield from _item("; ".join(lines_of(when, view.published, view.who, view.milestone, *view.tags, *tags)))
        withdrawn = bool(update.withdrawn_at)
        said = view.withdrawn if withdrawn else (view.text, *view.extra)
        yield from _wrapped(*lines_of(*said, *view.reasons), indent="    ")
        yield from _wrapped(f"id {update.id} [{_ids(data.cited.get(update.id, ()))}]", indent="    ")
        for item in view.evidence:
            yield from _evidence(book, item, withdrawn=withdrawn)
        if not view.evidence:
            yield from _wrapped(words.text("update.no_evidence"), indent="    ")


def _evidence(book: Book, item: EvidenceView, *, withdrawn: bool) -> Iterator[str]:
    address = item.address or ""
    if item.file and not withdrawn:
        address = f"{book.site.context.url}{released.ADDRESS}/{item.file}"
    yield from _item("; ".join(lines_of(item.title or "", *item.lines)), indent="    ")
    copy = f"{book.site.context.url}{released.ADDRESS}/{item.copy}" if item.copy else ""
    yield from (f"      {line}" for line in (address, copy, f"SHA-256 {item.sha256}" if item.sha256 else "") if line)


def _numbers(book: Book, commitment: models.Commitment) -> Iterator[str]:
    words, pen = book.site.words, book.pen
    if not commitment.indicators:
        return
    yield from _section(book, "title.numbers")
    for indicator in commitment.indicators:
        target = (
            f"; {words.text('indicator.target', number=words.decimal(aim))}" if (aim := target_of(indicator)) else ""
        )
        yield from _item(f"{pen.plain(indicator.title)}{target}; {words.text(f'relation.{indicator.relation}')}")
        for row in book.site.data.measurements.get((commitment.id, indicator.id), ()):
            number = words.measured(row.indicator, row.value)
            value = words.text("indicator.at_least", number=number) if row.at_least else number
            cited = _ids(book.site.data.cited.get(row.id, ()))
            told = words.text("indicator.reading", when=words.period(row.speaks_of), value=value)
            yield from _item(f"{told} [{cited}]", indent="    ")


def _unknowns(book: Book, commitment: models.Commitment) -> Iterator[str]:
    if not commitment.unknowns:
        return
    yield from _section(book, "title.not-found")
    for unknown in commitment.unknowns:
        note = f" {book.pen.plain(unknown.note)}" if unknown.note else ""
        yield from _item(f"{book.pen.plain(unknown.what)}.{note}")
        yield from _wrapped(
            f"{book.site.words.text('not_found.where')}: {book.pen.plain(unknown.where)}", indent="    "
        )


def _changes(book: Book, commitment: models.Commitment) -> Iterator[str]:
    known = [change for change in book.site.changes if is_about(change, commitment)]
    yield from _section(book, "title.changes", "" if known else "change.none")
    for row in change_rows(book.pen, known, ()):
        kind = book.site.words.text(f"change-kind.{row['kind']}")
        yield from _item(
            "; ".join(
                lines_of(
                    row["on"], kind, row["about"], row["what"], *row["moved"], row["reason"], row["decided_by"] or ""
                )
            )
        )


def _sources(book: Book, commitment: models.Commitment) -> Iterator[str]:
    """Name every source that something in the dossier cites."""
    cited = {citation.source for citation in _citations(book, commitment)}
    words = book.site.words
    yield from _section(book, "title.sources")
    for source in book.site.data.folder.sources:
        if source.id in cited:
            published = words.text("sources.published", when=words.period(source.published)) if source.published else ""
            retrieved = words.text("sources.retrieved", day=words.day(source.retrieved))
            where = source.address or book.pen.plain(source.no_address)
            yield from _item(
                f"[{source.id}] " + "; ".join(filter(None, (source.title, source.publisher, published, retrieved)))
            )
            yield from (f"      {line}" for line in (where,) if line)


def _citations(book: Book, commitment: models.Commitment) -> Iterator[models.Citation]:
    parts = (commitment.goals, commitment.milestones, commitment.assessments, commitment.leads, commitment.partners)
    for part in parts:
        yield from (citation for record in part for citation in record.sources)
    for citations in commitment.sources.values():
        yield from citations
    for name, citations in book.site.data.cited.items():
        if name.startswith(f"{commitment.id}/"):
            yield from citations


def _section(book: Book, *names: str) -> Iterator[str]:
    title, *notes = (book.site.words.text(name) for name in names if name)
    yield from ("", "", title, "-" * len(title), *notes)


def _item(text: str, indent: str = "  ") -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"{indent}- ", subsequent_indent=f"{indent}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _wrapped(*paragraphs: str, indent: str = "") -> Iterator[str]:
    for paragraph in paragraphs:
        yield from textwrap.wrap(
            paragraph, WIDTH, initial_indent=indent, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _ids(citations: models.Citations) -> str:
    return ", ".join(dict.fromkeys(citation.source for citation in citations))


def _reasons(book: Book, citations: models.Citations) -> list[str]:
    return list(lines_of(*citation_reasons(book.pen, citations)))
