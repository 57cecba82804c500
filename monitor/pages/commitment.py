"""The page of a commitment: what was promised, what is shown, what nobody knows, and where it says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from monitor import agenda, chat_links, models, permanent, progress
from monitor.models import Origin, Phase, Wording
from monitor.pages import addresses, drawing, tickets
from monitor.pages.adopted import moved_since_adoption
from monitor.pages.backing import Backing, citation_reasons, promise_backing
from monitor.pages.news import news_of
from monitor.pages.numbers import later_numbers, number_backing, number_views
from monitor.pages.parts import change_rows, fact_list, feed_heads, phase_tag, twins, unknown_rows
from monitor.pages.ratings import differ, findings_view, ratings_view
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.pages.slots import slot_views, slots_anchor
from monitor.pages.steps import milestone_view, update_view

LABEL_LENGTH = 52


def commitment_page(site: Site, commitment: models.Commitment) -> Page:
    """Give the page of a commitment."""
    address = addresses.commitment(commitment.plan, commitment.number)
    pen = Pen(site, address)
    return Page(
        address=address,
        twins=twins(site, lambda words: addresses.commitment(commitment.plan, commitment.number)),
        template="commitment.md.jinja",
        title=pen.plain(commitment.title),
        values=_values(pen, commitment),
        head=_head(pen, commitment),
        crumbs=(
            (pen.words.text("plan.name", plan=site.plan.id), addresses.home(site.plan.id)),
            (pen.words.text("menu.commitments"), addresses.of_plan(pen.words, site.plan.id, "commitments")),
        ),
    )


def _head(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    kicker = [pen.t("commitment.number", number=commitment.number), phase_tag(pen)]
    if commitment.ogp_id:
        kicker.append(Markup('<span class="quiet">{}</span>').format(pen.t("commitment.ogp", id=commitment.ogp_id)))
    return {
        "part": "commitments",
        "phase": str(pen.site.phase),
        "kicker_html": Markup(" ").join(kicker),
        "title_html": pen.say(commitment.title),
        "statement_html": pen.say(commitment.summary),
        "description": pen.plain(commitment.summary),
        "facts_html": fact_list(pen, _facts(pen, commitment)),
        "edit": edit_address(pen.site, commitment),
        "feeds": feed_heads(pen, pen.here, pen.t("commitment.number", number=commitment.number)),
    }


def edit_address(site: Site, commitment: models.Commitment) -> str | None:
    """Give the address where the very file of a commitment is edited; None where the files have no address."""
    base = site.context.edit_address
    if not base:
        return None
    folder = f"{base}/commitments/{commitment.plan}"
    return f"{folder}/{commitment.slug}.yml" if commitment.slug else folder


def _facts(pen: Pen, commitment: models.Commitment) -> list[tuple[Markup, list[Markup]]]:
    leads = [(pen.organisation(lead.organisation), lead.doubt) for lead in commitment.leads]
    rows = [(pen.n("commitment.lead", len(leads)), [_names(pen, leads, is_list=False)])]
    if commitment.partners:
        partners = [(_partner(pen, partner), partner.doubt) for partner in commitment.partners]
        printed = any(partner.organisation is None for partner in commitment.partners)
        rows.append((pen.n("commitment.partner", len(partners)), [_names(pen, partners, is_list=printed)]))
    rows.append((pen.t("commitment.period"), [pen.period(commitment.period)]))
    if pen.site.phase is Phase.CLOSED:
        rows.append((pen.t("commitment.follow_on"), [_follow_on(pen, commitment)]))
    return rows


def _names(pen: Pen, named: Sequence[tuple[Markup, models.Text | None]], *, is_list: bool) -> Markup:
    """Join names in a sentence; as a list where one is a phrase or in doubt, each doubt behind its name."""
    if not is_list and not any(doubt for _, doubt in named):
        return pen.listing([name for name, _ in named])
    rows = (_doubted(pen, [name for name, _ in group], doubt) for doubt, group in groupby(named, itemgetter(1)))
    return Markup('<ul class="names">{}</ul>').format(Markup("").join(rows))


def _doubted(pen: Pen, names: Sequence[Markup], doubt: models.Text | None) -> Markup:
    """Put a doubt behind the name it is about; where several share it, say that it holds for each."""
    joined = Markup(" · ").join(names)
    if not doubt:
        return Markup("<li>{}</li>").format(joined)
    text = pen.say(doubt)
    if len(names) > 1:
        text = pen.t("commitment.doubt_of_each", number=pen.words.amount(len(names)), text=text)
    return Markup('<li>{}<span class="quiet-line">{}</span></li>').format(joined, text)


def _partner(pen: Pen, partner: models.Partner) -> Markup:
    return pen.organisation(partner.organisation) if partner.organisation else pen.say(partner.name)


def _follow_on(pen: Pen, commitment: models.Commitment) -> Markup:
    if not commitment.follow_on:
        return pen.t("commitment.no_follow_on")
    return Markup(", ").join(follow_on_link(pen, follow) for follow in commitment.follow_on)


def follow_on_link(pen: Pen, follow: models.FollowOn) -> Markup:
    """Name a later commitment or plan, linked where its address is known."""
    words = pen.say(follow.title) or pen.t("plan.name", plan=follow.next_plan)
    label = Markup("{} ({})").format(words, follow.ogp_id) if follow.title and follow.ogp_id else follow.ogp_id or words
    address = addresses.safe(follow.address)
    return pen.link(address, label) if address else Markup("{}").format(label)


def _values(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    site = pen.site
    updates = site.updates(commitment)
    return {
        "commitment": commitment,
        "ratings": ratings_view(pen, commitment),
        "findings": findings_view(pen, commitment),
        "origins": sorted({origin_of(m) for m in commitment.milestones}),
        "origin_of": origin_of,
        "wording": wording_lines(pen, commitment),
        "milestones": [milestone_view(pen, commitment, m) for m in commitment.milestones],
        "slots": {m.number: slot_views(pen, m) for m in commitment.milestones if m.slots},
        "slots_anchor": slots_anchor,
        "line": _time_line(pen, commitment),
        "updates": [update_view(pen, u) for u in updates if not u.after_plan],
        "withdrawn": [update_view(pen, u) for u in site.data.withdrawn.get(commitment.id, ())],
        "later": [update_view(pen, u) for u in updates if u.after_plan],
        "charts": number_views(pen, commitment),
        "later_numbers": later_numbers(pen, commitment),
        "backing": _backing(pen, commitment),
        "meetings": _meetings(site, commitment),
        "news": news_of(pen, commitment),
        "unknowns": unknown_rows(pen, commitment.unknowns, commitment.id),
        "changes": change_rows(pen, [c for c in site.changes if is_about(c, commitment)], commitment.changes),
        "adopted": moved_since_adoption(pen, commitment),
        "tickets": tickets.of_commitment(pen, commitment),
        "differ": differ(pen, commitment),
        "has_starts": any(m.start for m in commitment.milestones),
        "rule_version": progress.RULE_VERSION,
        "reasons": lambda citations: citation_reasons(pen, citations),
        "edit": edit_address(site, commitment),
        "has_agenda": bool(agenda.of_commitment(agenda.occasions(site.data.folder, site.today), commitment)),
        "chat": _chat(site, commitment.id),
        "follow": pen.report(chat_links.FOLLOW + commitment.id),
        "follow_chat": _chat(site, chat_links.FOLLOW + commitment.id),
        "cited": _cited(site, commitment),
    }


def _chat(site: Site, about: str) -> str | None:
    return chat_links.address(site.context.telegram_bot, about) if site.context.telegram_bot else None


def _cited(site: Site, commitment: models.Commitment) -> dict[str, str]:
    """Give where the day's state and the record can be had later, below the root of the site, and the record's hash."""
    day, data = site.context.data_as_of.isoformat(), site.context.data_path
    record = permanent.public_record(site.storage, commitment.id)
    state = permanent.question(permanent.STATE, plan=commitment.plan, commitment=commitment.id, day=day)
    return {"state": data + state, "record": data + record.question, "sha256": record.sha256}


def _backing(pen: Pen, commitment: models.Commitment) -> dict[str, list[Backing]]:
    return {"promise": promise_backing(pen, commitment), "numbers": number_backing(pen, commitment)}


def is_about(change: models.Change, commitment: models.Commitment) -> bool:
    """Tell whether a change is of a commitment or one of its milestones."""
    return change.record == commitment.id or change.record.startswith(f"{commitment.plan}/{commitment.number}.")


def wording_lines(pen: Pen, commitment: models.Commitment) -> list[Markup]:
    """Say whose words the milestones are in; by number where they differ."""
    by_wording: dict[str, list[str]] = {}
    for milestone in commitment.milestones:
        if wording := milestone.wording.get(pen.words.language):
            by_wording.setdefault(str(wording), []).append(milestone.number)
    if len(by_wording) == 1:
        return [pen.t(f"wording.{next(iter(by_wording))}")]
    return [pen.t(f"wording-of.{name}", numbers=pen.words.listing(n)) for name, n in by_wording.items()]


def origin_of(milestone: models.Milestone) -> str:
    """Name where a milestone comes from: official, the plan's text, or OGP's text as we read it."""
    by_ogp = Wording.OGP in milestone.wording.values()
    return "ogp-text" if milestone.origin is Origin.PLAN_TEXT and by_ogp else str(milestone.origin)


def _time_line(pen: Pen, commitment: models.Commitment) -> drawing.TimeLine | None:
    labels = {m.number: _short(pen.plain(m.title)) for m in commitment.milestones}
    today = None if pen.site.phase is Phase.CLOSED else pen.site.today
    return drawing.time_line(commitment, labels=labels, cycle_end=pen.site.plan.cycle_end, today=today)


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= LABEL_LENGTH else text[:LABEL_LENGTH].rsplit(" ", 1)[0] + " …"


def _meetings(site: Site, commitment: models.Commitment) -> list[models.Meeting]:
    numbers = {m.number for m in commitment.milestones}
    return [m for m in site.data.folder.meetings if m.milestone in numbers]
