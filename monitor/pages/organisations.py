"""The pages about organisations: what each answered for or helped with, with doubts beside it; never a ranking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from monitor import agenda, models
from monitor.models import Phase
from monitor.pages import addresses
from monitor.pages.backing import backing, field_backing
from monitor.pages.organisation_views import agreements_of, kept_of, ledger_of, said_of, states, tickets_of
from monitor.pages.parts import fact_list, feed_heads, plan_page, plan_pen, twins
from monitor.pages.rendering import Page, Pen, is_derived
from monitor.pages.site import Site
from monitor.pages.steps import published
from monitor.words import choose


@dataclass(frozen=True)
class Part:
    """The part of an organisation in a commitment: what casts doubt on it, and whether it is our reading."""

    commitment: models.Commitment
    doubt: models.Text | None
    derived: bool
    citations: models.Citations


def organisations_page(site: Site) -> Page:
    """Give the list of organisations."""
    pen = plan_pen(site, "organisations")
    rows = [{"organisation": o, "leads": led(site, o.id), "helps": helped(site, o.id)} for o in _sorted(site)]
    leads = sum(bool(row["leads"]) for row in rows)
    return plan_page(
        site,
        "organisations",
        statement=pen.t("organisations.statement", number=len(rows), leads=leads),
        values={"rows": rows, "tense": _tense(site)},
        head={"part": ""},
    )


def organisation_pages(site: Site) -> list[Page]:
    """Give a page for each organisation."""
    return [_organisation_page(site, organisation) for organisation in site.data.folder.organisations]


def led(site: Site, name: str) -> list[Part]:
    """List what an organisation answers for."""
    return [
        Part(commitment, lead.doubt, is_derived(lead.sources), lead.sources)
        for commitment in site.data.folder.commitments
        for lead in commitment.leads
        if lead.organisation == name
    ]


def helped(site: Site, name: str) -> list[Part]:
    """List what an organisation helps with."""
    return [
        Part(commitment, partner.doubt, is_derived(partner.sources), partner.sources)
        for commitment in site.data.folder.commitments
        for partner in commitment.partners
        if partner.organisation == name
    ]


def _tense(site: Site) -> str:
    return "_closed" if site.phase is Phase.CLOSED else ""


def _sorted(site: Site) -> list[models.Organisation]:
    return sorted(site.data.folder.organisations, key=lambda o: choose(o.name, site.words.language).words.lower())


def _organisation_page(site: Site, organisation: models.Organisation) -> Page:
    pen = plan_pen(site, "organisations", organisation.id)
    plan = site.plan.id
    return Page(
        address=pen.here,
        twins=twins(site, lambda words: addresses.of_plan(words, plan, "organisations", organisation.id)),
        template="organisation.md.jinja",
        title=choose(organisation.name, site.words.language).words,
        values=_values(pen, organisation),
        head=_head(pen, organisation),
        crumbs=(
            (pen.words.text("plan.name", plan=plan), addresses.home(plan)),
            (pen.words.text("title.organisations"), addresses.of_plan(pen.words, plan, "organisations")),
        ),
    )


def _values(pen: Pen, organisation: models.Organisation) -> dict[str, Any]:
    site, name = pen.site, organisation.id
    leads, helps = led(site, name), helped(site, name)
    rows = field_backing(pen, organisation.sources)
    for part in (*leads, *helps):
        rows += backing(pen, pen.t("commitment.number", number=part.commitment.number), part.citations)
    return {
        "organisation": organisation,
        "leads": leads,
        "helps": helps,
        "tense": _tense(site),
        "updates": _newest_first(u for u in site.all_updates if u.organisation == name),
        "present": [m for m in site.data.folder.meetings if name in m.organisations or name == m.host],
        "published": lambda period: published(pen, period),
        "states": states(pen, [part.commitment for part in (*leads, *helps)]),
        "recent": ledger_of(site, [part.commitment for part in leads]),
        "kept": kept_of(pen, name),
        "agreements": agreements_of(pen, name),
        "said": said_of(pen, name),
        "tickets": tickets_of(pen, name),
        "backing": rows,
        "has_agenda": bool(agenda.of_organisation(site.data.folder, name, site.today)),
    }


def _newest_first(updates: Iterable[models.Update]) -> list[models.Update]:
    return sorted(updates, key=lambda update: (update.speaks_of.last_day, update.id), reverse=True)


def _head(pen: Pen, organisation: models.Organisation) -> dict[str, Any]:
    return {
        "phase": str(pen.site.phase),
        "kicker_html": escape(pen.known("organisation-kind", organisation.kind).capitalize()),
        "title_html": pen.say(organisation.name),
        "statement_html": _statement(pen, organisation),
        "facts_html": fact_list(pen, facts) if (facts := _facts(pen, organisation)) else None,
        "feeds": feed_heads(pen, pen.here, pen.name(organisation.id).striptags()),
    }


def _statement(pen: Pen, organisation: models.Organisation) -> Markup:
    leads, helps = led(pen.site, organisation.id), helped(pen.site, organisation.id)
    tense = _tense(pen.site)
    told = [pen.n(f"organisation.leads{tense}", len(leads))] if leads else []
    if helps and not leads:
        told.append(pen.n(f"organisation.helps{tense}", len(helps)))
    if any(part.doubt or part.derived for part in leads or helps):
        told.append(pen.t("organisation.doubt"))
    return Markup(" ").join(told) or pen.t("organisation.named")


def _facts(pen: Pen, organisation: models.Organisation) -> list[tuple[Markup, list[Markup]]]:
    rows = [(pen.t("organisation.other_name"), [name])] if (name := _dutch_name(pen, organisation)) else []
    codes = {"tooi": organisation.tooi, "cbs": organisation.cbs, "oin": organisation.oin}
    rows += [(pen.t(f"organisation.{name}"), [escape(code)]) for name, code in codes.items() if code]
    if organisation.valid_until:
        rows.append((pen.t("organisation.until"), [pen.day(organisation.valid_until)]))
    if organisation.successor:
        rows.append((pen.t("organisation.successor"), [pen.organisation(organisation.successor)]))
    return rows


def _dutch_name(pen: Pen, organisation: models.Organisation) -> Markup | None:
    """Give the name in the plan's own language, on a page in another one where the names differ."""
    first = pen.site.languages[0]
    own = organisation.name.get(first)
    if own is None or own == pen.plain(organisation.name):
        return None
    return Markup('<span lang="{}">{}</span>').format(first, own)
