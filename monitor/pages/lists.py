"""The pages that list: commitments, changes, what was not found, sources."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from markupsafe import Markup

from monitor import models
from monitor.models import ChangeKind, Origin, Phase
from monitor.pages import addresses
from monitor.pages.home import closed_row, count_unknowns, official_commitments
from monitor.pages.parts import change_rows, plan_page, plan_pen, unknown_rows
from monitor.pages.past import newest_address
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site


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
        statement=_commitments_statement(pen),
        values={"rows": rows, "closed": site.phase is Phase.CLOSED},
        head={},
    )


def _commitments_statement(pen: Pen) -> Markup:
    """Say how many milestones we count, and which of them are official: the others are our reading."""
    official = official_commitments(pen.site)
    numbers = {"number": pen.words.amount(len(pen.site.ratings)), "milestones": len(pen.site.standings)}
    origins = {standing.milestone.origin for standing in pen.site.standings}
    if origins == {Origin.OFFICIAL}:
        return pen.t("commitments.statement_official", **numbers)
    if not official:
        return pen.t("commitments.statement_ours", **numbers)
    return pen.t("commitments.statement", **numbers, official=pen.numbers(official))


def changes_page(site: Site) -> Page:
    """Give the page of changes: of the promise, and of our own record."""
    pen = plan_pen(site, "changes")
    rows = change_rows(pen, site.changes, site.plan.changes)
    promise = [row for row in rows if row["kind"] == ChangeKind.PROMISE]
    adoption = [row for row in rows if row["kind"] == ChangeKind.ADOPTION]
    record = [row for row in rows if row["kind"] == ChangeKind.RECORD]
    return plan_page(
        site,
        "changes",
        statement=pen.n("changes-page.statement", len(promise)) if promise else pen.t("changes-page.none"),
        values={"promise": promise, "adoption": adoption, "record": record, "since_quarter": newest_address(site)},
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
