"""The self-assessment as a draft: OGP's template filled with what is known, and its gaps; as a page and as a file.

The template is the one the rule set names as found. What a lead would have to say stays a gap; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Completion, Phase
from monitor.pages import addresses
from monitor.pages.commitment import origin_of
from monitor.pages.ogp import cite_rule, rule_set_of
from monitor.pages.parts import twins
from monitor.pages.ratings import is_ours, translation
from monitor.pages.rendering import Page, Pen, is_derived
from monitor.pages.site import Site
from monitor.pages.steps import basis_of
from monitor.words import Words, choose

TEMPLATE = "self-assessment"
RELEVANT = "relevant to ogp values"
# MkDocs takes .md and .markdown for pages of the site; a file to take along is none.
ENDING = "txt"
MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#"})


@dataclass(frozen=True)
class Statement:
    """Something the data say, with its sources; ``gap`` where only a lead can say it.

    ``link`` is the way to a message that is its own source; ``prose`` is a long text and its language; ``derived``
    tells that it is our reasoning from its sources.
    """

    text: Markup
    cited: models.Citations = ()
    link: Markup | None = None
    gap: bool = False
    derived: bool = False
    prose: tuple[str, str] | None = None


@dataclass(frozen=True)
class Box:
    """A box of the template, as it is filled for one commitment."""

    title: Markup
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Part:
    """The template for one commitment."""

    commitment: models.Commitment
    title: Markup
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class TextFile:
    """A file to take along: where it stands, and its text."""

    address: str
    text: str


def self_assessment_pages(site: Site) -> Iterator[Page]:
    """Give the draft as a page; none for a plan without rules, since the template comes with them."""
    if rule_set_of(site.plan):
        yield _page(site)


def self_assessment_files(site: Site) -> Iterator[TextFile]:
    """Give the draft as Markdown to take along."""
    if rule_set_of(site.plan):
        pen = Pen(site, _address(site.words, site.plan.id))
        yield TextFile(pen.here + file_name(site.words), _as_text(pen, parts_of(pen)))


def file_name(words: Words) -> str:
    """Name the file beside the page."""
    return f"{words.slug(TEMPLATE)}.{ENDING}"


def _address(words: Words, plan: str) -> str:
    return addresses.of_plan(words, plan, "ogp", words.slug(TEMPLATE))


def _page(site: Site) -> Page:
    pen = Pen(site, _address(site.words, site.plan.id))
    parts = parts_of(pen)
    return Page(
        address=pen.here,
        twins=twins(site, lambda other: _address(other, site.plan.id)),
        template="self-assessment.md.jinja",
        title=site.words.text("title.self-assessment"),
        values={"parts": parts, "template_source": _template_source(pen), "file": file_name(site.words)},
        head={
            "part": "ogp",
            "phase": str(site.phase),
            "kicker_html": Markup('<span class="tag tag-ours">{}</span>').format(pen.t("draft.tag")),
            "statement_html": _statement(pen, parts),
        },
        crumbs=(
            (site.words.text("plan.name", plan=site.plan.id), addresses.home(site.plan.id)),
            (site.words.text("title.ogp"), addresses.of_plan(site.words, site.plan.id, "ogp")),
        ),
    )


def _statement(pen: Pen, parts: Sequence[Part]) -> Markup:
    coordinator = pen.name(pen.site.plan.coordinator)
    gaps = Markup("<strong>{}</strong>").format(_gaps(parts))
    return pen.t("draft.statement", coordinator=coordinator, gaps=gaps, all=_boxes(parts))


def _gaps(parts: Sequence[Part]) -> int:
    return sum(any(said.gap for said in box.statements) for part in parts for box in part.boxes)


def _boxes(parts: Sequence[Part]) -> int:
    return sum(len(part.boxes) for part in parts)


def _template_source(pen: Pen) -> Markup:
    rule_set = rule_set_of(pen.site.plan)
    return cite_rule(pen, rule_set, (models.Citation(source=TEMPLATE),)) if rule_set else Markup("")


def parts_of(pen: Pen) -> list[Part]:
    """Fill the template for every commitment."""
    return [_part(pen, commitment) for commitment in pen.site.data.folder.commitments]


def _part(pen: Pen, commitment: models.Commitment) -> Part:
    filled = {
        "name": _name(pen, commitment),
        "dates": [_say(pen.period(commitment.period), commitment.sources.get("period", ()))],
        "lead": [_lead(pen, lead) for lead in commitment.leads],
        "problem": [],
        "commitment": _promise(pen, commitment),
        "contribution": [_goal(pen, goal) for goal in commitment.goals],
        "relevance": _relevance(pen, commitment),
        "additional": [_fact(pen, fact) for fact in commitment.facts],
        "completion": _completion(pen, commitment),
        "results": _results(pen, commitment),
    }
    boxes = tuple(_box(pen, commitment, name, said) for name, said in filled.items())
    return Part(commitment, pen.say(commitment.title), boxes)


# What only the lead can say, also where the data say something else about it.
OPEN = {
    "problem": "draft.gap",
    "relevance": "draft.gap_relevance",
    "additional": "draft.gap_additional",
}


def _say(text: Markup, cited: models.Citations) -> Statement:
    return Statement(text, cited, derived=is_derived(cited))


def _box(pen: Pen, commitment: models.Commitment, name: str, said: Sequence[Statement]) -> Box:
    missing = OPEN.get(name) or (None if said else "draft.gap")
    gap = [Statement(pen.t(missing, lead=_leads(pen, commitment)), gap=True)] if missing else []
    return Box(pen.t(f"draft-box.{name}"), (*said, *gap))


def _leads(pen: Pen, commitment: models.Commitment) -> Markup:
    return pen.listing([pen.name(lead.organisation) for lead in commitment.leads]) or pen.t("draft.a_lead")


def _name(pen: Pen, commitment: models.Commitment) -> list[Statement]:
    cited = commitment.sources.get("title", ())
    said = [_say(pen.t("draft.name", number=commitment.number, title=pen.say(commitment.title)), cited)]
    if commitment.ogp_id:
        text = pen.t("draft.ogp_id", id=commitment.ogp_id)
        said.append(_say(text, commitment.sources.get("ogp_id", ())))
    return said


def _lead(pen: Pen, lead: models.Lead) -> Statement:
    name = pen.organisation(lead.organisation)
    text = Markup("{}. {}").format(name, pen.say(lead.doubt)) if lead.doubt else name
    return _say(text, lead.sources)


def _promise(pen: Pen, commitment: models.Commitment) -> list[Statement]:
    said = []
    if commitment.official_text:
        printed = choose(commitment.official_text, pen.words.language)
        cited = commitment.sources.get("official_text", ())
        said.append(Statement(pen.t("draft.official"), cited, prose=(printed.words, printed.language)))
    counted = (milestone for milestone in commitment.milestones if milestone.counted and not milestone.withdrawn)
    return [*said, *(_milestone(pen, milestone) for milestone in counted)]


def _milestone(pen: Pen, milestone: models.Milestone) -> Statement:
    values = {"number": milestone.number, "title": pen.say(milestone.title), "due": pen.period(milestone.due)}
    basis, origin = pen.t(f"due-basis.{basis_of(milestone)}"), pen.t(f"origin.{origin_of(milestone)}")
    text = pen.t("draft.milestone", **values, basis=basis, origin=origin)
    return _say(text, milestone.sources)


def _goal(pen: Pen, goal: models.Goal) -> Statement:
    name = "draft.ultimate" if goal.ultimate else "draft.goal"
    return _say(pen.t(name, text=pen.say(goal.text)), goal.sources)


def _relevance(pen: Pen, commitment: models.Commitment) -> list[Statement]:
    return [_assessed(pen, a) for a in commitment.assessments if a.indicator.lower() == RELEVANT]


def _assessed(pen: Pen, found: models.Assessment) -> Statement:
    """Give a finding as printed; what we derived says so and is not put into the assessor's mouth."""
    printed = Markup('<span lang="en">{}: {}</span>').format(found.indicator, found.value)
    name = "draft.derived" if is_ours(found) else "draft.assessed"
    text = pen.t(name, assessor=pen.name(found.assessor, short=True), value=printed)
    if found.note:
        text += " " + pen.say(found.note)
    return Statement(text, found.sources, derived=is_ours(found))


def _fact(pen: Pen, fact: models.Fact) -> Statement:
    return _say(pen.t("draft.fact", what=pen.say(fact.what), value=pen.say(fact.value)), fact.sources)


def _completion(pen: Pen, commitment: models.Commitment) -> list[Statement]:
    """Put the three judgements side by side, never merged; a gap where the lead gave none."""
    ratings = pen.site.ratings[commitment.id]
    said = [_claim(pen, claim) for claim in ratings.claims if claim.completion]
    if not said:
        said.append(Statement(pen.t("draft.gap_completion", lead=_leads(pen, commitment)), gap=True))
    said.append(Statement(_derived(pen, ratings.derived)))
    if ratings.assessment:
        said.append(_assessed(pen, ratings.assessment))
        if ours := translation(pen, ratings.assessment.value):
            said.append(Statement(pen.t("draft.translation", text=ours)))
    return said


def _derived(pen: Pen, derived: progress.Derived) -> Markup:
    number = pen.words.amount(derived.counted)
    if not derived.counted:
        return pen.t("draft.ours", text=pen.t("rating.derived_nothing"))
    if derived.completion is Completion.UNKNOWN:
        form = "one" if derived.counted == 1 else "other"
        known = pen.words.amount(derived.known)
        return pen.t("draft.ours", text=pen.t(f"rating.derived_unknown.{form}", number=number, known=known))
    completion = pen.t(f"completion.{derived.completion}")
    return pen.n("draft.we_derive", derived.counted, amount=number, completion=completion)


def _claim(pen: Pen, claim: models.Update) -> Statement:
    text = pen.t("draft.claim", who=_who(pen, claim), completion=pen.t(f"completion.{claim.completion}"))
    return _with_source(pen, text, claim)


def _results(pen: Pen, commitment: models.Commitment) -> list[Statement]:
    updates = sorted(pen.site.updates(commitment), key=lambda update: (update.speaks_of.last_day, update.id))
    said = [_update(pen, update, "draft.update") for update in updates if not update.after_plan]
    closing = commitment.closing if pen.site.phase is Phase.CLOSED else None
    if closing:
        said.append(Statement(pen.t("draft.shown", text=pen.say(closing.shown)), closing.sources))
        said.append(Statement(pen.t("draft.unknown", text=pen.say(closing.unknown)), closing.sources))
    return said + [_update(pen, update, "draft.update_later") for update in updates if update.after_plan]


def _update(pen: Pen, update: models.Update, name: str) -> Statement:
    text = pen.t(name, who=_who(pen, update), when=pen.period(update.speaks_of), text=pen.say(update.text))
    if update.obstacle and update.obstacle != update.text:
        text += " " + pen.t("update.obstacle", text=pen.say(update.obstacle))
    return _with_source(pen, text, update)


def _who(pen: Pen, update: models.Update) -> Markup:
    if update.organisation:
        return pen.organisation(update.organisation)
    return pen.say(update.said_by) or pen.t("update.who_unknown")


def _with_source(pen: Pen, text: Markup, update: models.Update) -> Statement:
    """Put the sources of a message behind it; one that no file of the plan cites is itself the source."""
    if cited := pen.site.data.cited.get(update.id, ()):
        return _say(text, cited)
    number = int(update.commitment.rpartition("/")[2])
    where = f"{addresses.commitment(update.plan, number)}#{addresses.anchor(update.id)}"
    return Statement(text, link=pen.link(where, pen.t("rating.read")))


def _as_text(pen: Pen, parts: Sequence[Part]) -> str:
    """Write the draft as Markdown, with the addresses of the sources in full at its end."""
    lines = [f"# {_plain(pen.say(pen.site.plan.title))}: {_plain(pen.t('title.self-assessment'))}", ""]
    lines += [f"> {_plain(_statement(pen, parts))}", ">", f"> {_plain(pen.t('draft.rules'))}", ""]
    for part in parts:
        lines += [f"## {part.commitment.number}. {_plain(part.title)}", ""]
        for box in part.boxes:
            lines += [f"### {_plain(box.title)}", "", *_as_items(pen, box.statements), ""]
    lines += [_plain(pen.t("draft.breaks_off")), "", f"## {_plain(pen.t('title.sources'))}", ""]
    return "\n".join([*lines, *_source_lines(pen), ""])


def _as_items(pen: Pen, statements: Iterable[Statement]) -> Iterator[str]:
    for said in statements:
        text = f"**[{_plain(said.text)}]**" if said.gap else _plain(said.text)
        ours = f" ({_plain(pen.t('certainty.derived'))})" if said.derived else ""
        yield f"- {text}{ours}{_sources(pen, said)}"
        if said.prose:
            yield from (f"  > {line}".rstrip() for line in said.prose[0].translate(MARKDOWN_SIGNS).splitlines())


def _sources(pen: Pen, said: Statement) -> str:
    """Name the sources as the list at the end does; a message without any is on the page of its commitment."""
    names = [_source_name(pen, name) for name in dict.fromkeys(citation.source for citation in said.cited)]
    if not names:
        return ""
    return f" ({_plain(pen.t('milestone.sources', sources='; '.join(names)))})"


def _source_name(pen: Pen, name: str) -> str:
    known = pen.site.data.sources.get(name)
    return (pen.plain(known.short) if known else "") or name


def _source_lines(pen: Pen) -> Iterator[str]:
    for source in pen.site.data.folder.sources:
        name = _source_name(pen, source.id)
        where = addresses.safe(source.address) or pen.plain(source.no_address)
        yield f"- {name.translate(MARKDOWN_SIGNS)}: {source.title.translate(MARKDOWN_SIGNS)}. {where}"


def _plain(text: Markup) -> str:
    """Give the words of a piece of a page as Markdown that says just them."""
    return text.striptags().translate(MARKDOWN_SIGNS)
