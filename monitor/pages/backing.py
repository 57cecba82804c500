"""What carries the statements of a page: for each its sources, how it follows from them, and the words as printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitor import models
from monitor.models import Certainty, Wording
from monitor.pages.rendering import Pen

OPENING = 30


@dataclass(frozen=True)
class Quote:
    """Words as printed, and the language they are in."""

    words: str
    language: str


@dataclass(frozen=True)
class Backing:
    """One statement: what it is about, its sources, and how it follows from them where it is derived."""

    what: Markup
    sources: Markup
    reasons: tuple[Markup, ...]


def backing(pen: Pen, what: Markup, citations: models.Citations) -> Iterator[Backing]:
    """Give what carries a statement; nothing where it has no source."""
    if citations:
        yield Backing(what, pen.cite(citations), tuple(citation_reasons(pen, citations)))


def field_backing(pen: Pen, sources: Mapping[str, models.Citations], but: Sequence[str] = ()) -> list[Backing]:
    """Give what carries each field of a record, by the field's public name."""
    return [
        row
        for name, citations in sources.items()
        if name not in but
        for row in backing(pen, Markup.escape(pen.known("field", name)), citations)
    ]


def promise_backing(pen: Pen, commitment: models.Commitment) -> list[Backing]:
    """Give what carries the head of a commitment: its fields, leads, partners, closing and follow-on."""
    rows = field_backing(pen, commitment.sources, but=("official_text",))
    for lead in commitment.leads:
        rows += backing(pen, pen.t("field.lead", name=pen.name(lead.organisation)), lead.sources)
    for partner in commitment.partners:
        name = pen.name(partner.organisation) if partner.organisation else pen.say(partner.name)
        rows += backing(pen, pen.t("field.partner", name=name), partner.sources)
    if commitment.closing:
        rows += backing(pen, pen.t("field.closing"), commitment.closing.sources)
    return rows + follow_on_backing(pen, commitment.follow_on)


def follow_on_backing(pen: Pen, follow_ons: Iterable[models.FollowOn]) -> list[Backing]:
    """Give what carries each later commitment or plan."""
    rows: list[Backing] = []
    for follow in follow_ons:
        name = follow.ogp_id or pen.say(follow.title) or follow.next_plan
        rows += backing(pen, pen.t("field.follow_on", name=name), follow.sources)
    return rows


def citation_reasons(pen: Pen, citations: Iterable[models.Citation]) -> list[Markup]:
    """Say how a derived fact follows from its sources, each reasoning once."""
    derived = (c for c in citations if c.certainty is Certainty.DERIVED and c.reasoning)
    return list(dict.fromkeys(pen.t("source.derived", text=pen.say(c.reasoning)) for c in derived))


def quotes(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> tuple[Quote, ...]:
    """Give the sentences a milestone was read from, as printed, each once."""
    printed = [milestone.quote, *(citation.quote for citation in milestone.sources)]
    return tuple(
        Quote(words, quote_language(commitment, milestone, words, first=pen.site.languages[0]))
        for words in dict.fromkeys(filter(None, printed))
    )


def quote_language(commitment: models.Commitment, milestone: models.Milestone, words: str, *, first: str) -> str:
    """Tell the language of a sentence as printed: that of the text it stands in, else of who worded the milestone."""
    start = _bare(words)[:OPENING]
    for language, text in commitment.official_text.items():
        if start in _bare(text):
            return language
    by_ogp = [language for language, wording in milestone.wording.items() if wording is Wording.OGP]
    return next(iter(by_ogp), first)


def _bare(text: str) -> str:
    return " ".join(text.replace("[sic]", "").lower().split())
