"""The home page of a plan: one sentence, one picture, then the list; by phase."""

from __future__ import annotations

from collections import Counter
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Phase
from monitor.pages import addresses, running
from monitor.pages.backing import Backing, citation_reasons, field_backing, follow_on_backing
from monitor.pages.commitment import follow_on_link
from monitor.pages.following import following
from monitor.pages.parts import fact_list, feed_heads, phase_tag, twins, unknown_rows
from monitor.pages.ratings import is_ours, translation
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.pages.steps import SHOWN_MARKS, mark_of
from monitor.progress import Shown

UNKNOWNS_SHOWN = 5
ASSESSED_COLUMNS = ("completion", "early results")


def home_page(site: Site, address: str) -> Page:
    """Give the home page of a plan, for its own address or for the root of the site."""
    pen = Pen(site, address)
    kind = {Phase.CLOSED: "closed", Phase.PREPARATION: "preparation"}.get(site.phase, "running")
    values: dict[str, Any] = {
        "reasons": lambda citations: citation_reasons(pen, citations),
        "motto": _motto(pen),
        "backing": plan_backing(pen),
        **following(site),
        # The head of a running plan has no room for these.
        "plan_facts": fact_list(pen, _plan_facts(pen)) if kind == "running" else "",
    }
    values |= {"closed": _closed, "preparation": _preparation, "running": running.values}[kind](pen)
    return Page(
        address=address,
        twins=twins(site, lambda words: address),
        template=f"home-{kind}.md.jinja",
        title=pen.plain(site.plan.title),
        values=values,
        head=_head(pen, kind, values),
    )


def _head(pen: Pen, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    picture = template(f"home-{kind}-picture.jinja").render(pen=pen, **values).strip()
    return {
        "home": True,
        "search": None if pen.here else {"exclude": True},
        "phase": str(pen.site.phase),
        "kicker_html": Markup("{} {}").format(phase_tag(pen), _kicker(pen)),
        "title_html": _title(pen),
        "statement_html": values["statement"],
        "description": values["statement"].striptags(),
        "picture_html": picture,
        "facts_html": fact_list(pen, values["facts"]),
        "feeds": feed_heads(pen, addresses.home(pen.site.plan.id), pen.t("plan.name", plan=pen.site.plan.id)),
    }


def _motto(pen: Pen) -> Markup:
    """Quote the plan's motto as printed, with our translation beside it on a page in another language."""
    motto, first = pen.site.plan.motto, pen.site.languages[0]
    if not motto:
        return Markup("")
    if first == pen.words.language or first not in motto or pen.plain(motto) == motto[first]:
        return pen.t("home.motto", motto=pen.say(motto))
    printed = Markup('<span lang="{}">{}</span>').format(first, motto[first])
    return pen.t("home.motto_ours", motto=printed, ours=pen.say(motto))


def plan_backing(pen: Pen) -> list[Backing]:
    """Give what carries the statements about the plan as a whole."""
    return field_backing(pen, pen.site.plan.sources) + follow_on_backing(pen, pen.site.plan.follow_on)


def _kicker(pen: Pen) -> Markup:
    plan = pen.site.plan
    told = [pen.say(plan.kicker)]
    if pen.site.phase in (Phase.RUNNING, Phase.CLOSING):
        told.append(running.place_in_time(pen))
    parts = [Markup(" · ").join(told)]
    if pen.site.is_unofficial:
        parts.append(Markup('<span class="tag tag-ours">{}</span>').format(pen.t("plan.unofficial")))
    return Markup(" ").join(Markup("<span>{}</span>").format(part) for part in parts)


def _title(pen: Pen) -> Markup:
    title = pen.say(pen.site.plan.title)
    for together in ("Open Overheid", "Open Government", pen.site.plan.id.removeprefix(models.EXAMPLE)):
        title = title.replace(together, Markup('<span class="keep">{}</span>').format(together), 1)
    return title


def _closed(pen: Pen) -> dict[str, Any]:
    site = pen.site
    shown = Counter(standing.shown for standing in site.standings)
    return {
        "statement": pen.t(
            "home.closed_statement",
            commitments=pen.words.amount(len(site.ratings)),
            milestones=len(site.standings),
            outcome=_amount(pen, shown[Shown.OUTCOME]),
            message=_amount(pen, shown[Shown.MESSAGE]),
            nothing=_amount(pen, shown[Shown.NOTHING]),
        ),
        "facts": _plan_facts(pen),
        "stand": [(shown[kind], pen.t(f"shown.{kind}"), [SHOWN_MARKS[kind]] * shown[kind]) for kind in Shown],
        "rows": [closed_row(pen, c) for c in site.data.folder.commitments],
        "official": official_commitments(site),
        "findings": site.plan.assessments,
        "found_values": _found_values(pen),
        "unknowns": _unknowns(pen),
        "unknown_count": count_unknowns(site),
        "follow_on": [(c, [follow_on_link(pen, f) for f in c.follow_on]) for c in _followed(site)],
        "plan_follow_on": [follow_on_link(pen, f) for f in site.plan.follow_on],
    }


def _amount(pen: Pen, number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(pen.words.amount(number))


def _plan_facts(pen: Pen) -> list[tuple[Markup, list[Markup]]]:
    plan = pen.site.plan
    differ = any(end.period.latest != plan.period.latest for end in plan.end_dates)
    ends = [pen.link("#over-het-plan", pen.t("home.sources_differ"))] if differ else []
    name = "home.ran" if pen.site.phase in (Phase.CLOSED, Phase.CLOSING) else "home.runs"
    rows = [(pen.t(name), [pen.period(plan.period), *ends])]
    rows.append((pen.t("home.coordinator"), [pen.organisation(plan.coordinator)]))
    if plan.assessors:
        rows.append((pen.t("home.assessor"), [Markup(", ").join(pen.organisation(name) for name in plan.assessors)]))
    if plan.follow_on:
        rows.append((pen.t("home.follow_on"), [Markup(", ").join(follow_on_link(pen, f) for f in plan.follow_on)]))
    return rows


def closed_row(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    """Say of a commitment of a closed plan what was shown and what the assessor found."""
    standings = pen.site.ratings[commitment.id].derived.standings
    counts = Counter(standing.shown for standing in standings)
    best = next((kind for kind in Shown if counts[kind]), Shown.NOTHING)
    return {
        "commitment": commitment,
        "leads": Markup(", ").join(pen.name(lead.organisation) for lead in commitment.leads),
        "marks": [mark_of(standing, pen.site.phase) for standing in standings],
        "sentence": pen.t("home.of", number=counts[best], all=len(standings), state=pen.t(f"shown.{best}")),
        "assessed": [_assessed(pen, commitment, name) for name in ASSESSED_COLUMNS],
    }


def _assessed(pen: Pen, commitment: models.Commitment, indicator: str) -> dict[str, Any] | None:
    found = next((a for a in commitment.assessments if a.indicator.lower() == indicator and not is_ours(a)), None)
    if found is None:
        return None
    completion = progress.ASSESSED.get(found.value) if indicator == "completion" else None
    return {"value": found.value, "mark": completion, "translated": translation(pen, found.value)}


def official_commitments(site: Site) -> list[int]:
    """Name the commitments that have milestones from an official table."""
    return [c.number for c in site.data.folder.commitments if any(m.origin == "official" for m in c.milestones)]


def _found_values(pen: Pen) -> list[dict[str, Any]]:
    return [
        {"commitment": commitment, "assessment": assessment}
        for commitment in pen.site.data.folder.commitments
        for assessment in commitment.assessments
        if assessment.indicator.lower() in ASSESSED_COLUMNS and not assessment.value.lower().startswith("no ")
    ]


def _unknowns(pen: Pen) -> list[dict[str, Any]]:
    return unknown_rows(pen, pen.site.plan.unknowns, pen.site.plan.id)[:UNKNOWNS_SHOWN]


def count_unknowns(site: Site) -> int:
    """Count what was looked for and not found."""
    folder = site.data.folder
    in_parts = sum(len(c.unknowns) for c in folder.commitments) + sum(len(m.unknowns) for m in folder.meetings)
    return len(folder.plan.unknowns) + in_parts


def _followed(site: Site) -> list[models.Commitment]:
    return [c for c in site.data.folder.commitments if c.follow_on]


def _preparation(pen: Pen) -> dict[str, Any]:
    site = pen.site
    return {
        "statement": pen.t(
            "home.preparation_statement",
            start=pen.period(site.plan.period),
            commitments=pen.words.amount(len(site.ratings)),
        ),
        "facts": _plan_facts(pen),
        "cards": [running.card(pen, c, None) for c in site.data.folder.commitments],
        "next": running.coming(pen),
    }


def root_page(site: Site) -> Page:
    """Give the page at the root of a language: the home of the current plan."""
    return home_page(site, "")


def plan_home(site: Site) -> Page:
    """Give the home page at the plan's own address."""
    return home_page(site, addresses.home(site.plan.id))
