"""The pages that list: commitments, changes, what was not found, organisations, sources."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from monitor import models
from monitor.models import ChangeKind, Phase
from monitor.pages import addresses
from monitor.pages.home import closed_row, count_unknowns
from monitor.pages.parts import change_rows, fact_list, plan_page, plan_pen, twins, unknown_rows
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.words import choose


def commitments_page(site: Site) -> Page:
    """Give the list of commitments."""
    pen = plan_pen(site, "commitments")
    rows = [closed_row(pen, commitment) for commitment in site.data.folder.commitments]
    for row in rows:
        derived = site.ratings[row["commitment"].id].derived
        row["completion"] = derived.completion
    return plan_page(
        site,
        "commitments",
        statement=pen.t("commitments.statement", number=len(rows), milestones=len(site.standings)),
        values={"rows": rows, "closed": site.phase is Phase.CLOSED},
        head={},
    )


def changes_page(site: Site) -> Page:
    """Give the page of changes: of the promise, and of our own record."""
    pen = plan_pen(site, "changes")
    rows = change_rows(pen, site.data.changes, site.plan.changes)
    promise = [row for row in rows if row["kind"] == ChangeKind.PROMISE]
    adoption = [row for row in rows if row["kind"] == ChangeKind.ADOPTION]
    record = [row for row in rows if row["kind"] == ChangeKind.RECORD]
    return plan_page(
        site,
        "changes",
        statement=pen.n("changes-page.statement", len(promise)) if promise else pen.t("changes-page.none"),
        values={"promise": promise, "adoption": adoption, "record": record},
        head={},
    )


def not_found_page(site: Site) -> Page:
    """Give the page with every unknown, and where a person could look."""
    pen = plan_pen(site, "not-found")
    groups = [_group(pen, site.plan.id, pen.t("not_found.of_plan"), site.plan.unknowns)]
    groups += [_of_commitment(pen, commitment) for commitment in site.data.folder.commitments]
    groups += [_group(pen, m.id, pen.say(m.title), m.unknowns) for m in site.data.folder.meetings]
    known = [group for group in groups if group["rows"]]
    return plan_page(
        site,
        "not-found",
        statement=pen.t("not_found.statement", number=Markup("<strong>{}</strong>").format(count_unknowns(site))),
        values={"groups": known},
        head={"picture_html": Markup(template("groups.jinja").render(groups=known).strip())},  # noqa: S704
    )


def _of_commitment(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    title = pen.say(commitment.short_title or commitment.title)
    heading = pen.t("not_found.of_commitment", number=commitment.number, title=title)
    return _group(pen, commitment.id, heading, commitment.unknowns, pen.commitment(commitment))


def _group(
    pen: Pen, record: str, title: Markup, unknowns: tuple[models.Unknown, ...], address: str = ""
) -> dict[str, Any]:
    anchor = record.replace("/", "-").lower()
    return {"title": title, "anchor": f"g-{anchor}", "rows": unknown_rows(pen, unknowns, record), "address": address}


def organisations_page(site: Site) -> Page:
    """Give the list of organisations."""
    pen = plan_pen(site, "organisations")
    rows = [{"organisation": o, "leads": _led(site, o.id), "helps": _helped(site, o.id)} for o in _sorted(site)]
    return plan_page(
        site,
        "organisations",
        statement=pen.t("organisations.statement", number=len(rows), leads=sum(bool(row["leads"]) for row in rows)),
        values={"rows": rows},
        head={"part": ""},
    )


def organisation_pages(site: Site) -> list[Page]:
    """Give a page for each organisation."""
    return [_organisation_page(site, organisation) for organisation in site.data.folder.organisations]


def _organisation_page(site: Site, organisation: models.Organisation) -> Page:
    pen = plan_pen(site, "organisations", organisation.id)
    plan = site.plan.id
    led, helped = _led(site, organisation.id), _helped(site, organisation.id)
    return Page(
        address=pen.here,
        twins=twins(site, lambda words: addresses.of_plan(words, plan, "organisations", organisation.id)),
        template="organisation.md.jinja",
        title=choose(organisation.name, site.words.language).words,
        values={
            "organisation": organisation,
            "leads": led,
            "helps": helped,
            "updates": [u for u in site.all_updates if u.organisation == organisation.id],
            "present": [m for m in site.data.folder.meetings if _is_at(m, organisation.id)],
        },
        head={
            "phase": str(site.phase),
            "kicker_html": escape(pen.known("organisation-kind", organisation.kind).capitalize()),
            "title_html": pen.say(organisation.name),
            "statement_html": _organisation_statement(pen, led, helped),
            "facts_html": fact_list(pen, facts) if (facts := _organisation_facts(pen, organisation)) else None,
        },
        crumbs=(
            (pen.words.text("plan.name", plan=plan), addresses.home(plan)),
            (pen.words.text("title.organisations"), addresses.of_plan(pen.words, plan, "organisations")),
        ),
    )


def _organisation_statement(pen: Pen, led: list[models.Commitment], helped: list[models.Commitment]) -> Markup:
    if led:
        return pen.n("organisation.leads", len(led))
    return pen.n("organisation.helps", len(helped)) if helped else pen.t("organisation.named")


def _organisation_facts(pen: Pen, organisation: models.Organisation) -> list[tuple[Markup, list[Markup]]]:
    codes = {"tooi": organisation.tooi, "cbs": organisation.cbs, "oin": organisation.oin}
    rows = [(pen.t(f"organisation.{name}"), [escape(code)]) for name, code in codes.items() if code]
    if organisation.valid_until:
        rows.append((pen.t("organisation.until"), [pen.day(organisation.valid_until)]))
    if organisation.successor:
        rows.append((pen.t("organisation.successor"), [pen.organisation(organisation.successor)]))
    return rows


def _is_at(meeting: models.Meeting, organisation: str) -> bool:
    return organisation in meeting.organisations or organisation == meeting.host


def _led(site: Site, name: str) -> list[models.Commitment]:
    return [c for c in site.data.folder.commitments if any(lead.organisation == name for lead in c.leads)]


def _helped(site: Site, name: str) -> list[models.Commitment]:
    return [c for c in site.data.folder.commitments if any(partner.organisation == name for partner in c.partners)]


def _sorted(site: Site) -> list[models.Organisation]:
    return sorted(site.data.folder.organisations, key=lambda o: choose(o.name, site.words.language).words.lower())


def sources_page(site: Site) -> Page:
    """Give the list of sources."""
    pen = plan_pen(site, "sources")
    sources = sorted(site.data.folder.sources, key=_source_order)
    return plan_page(
        site,
        "sources",
        statement=pen.t("sources.statement", number=len(sources)),
        values={"sources": [_source_view(source) for source in sources]},
        head={"part": ""},
    )


def _source_view(source: models.Source) -> dict[str, Any]:
    return {"source": source, "address": addresses.safe(source.address), "anchor": source.id.lower()}


def _source_order(source: models.Source) -> tuple[tuple[bool, int, str], ...]:
    parts = ("".join(group) for _, group in groupby(source.id, str.isdigit))
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
