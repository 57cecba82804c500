"""Every indicator of the plan: what it measures, its target, each reading with its source, or what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from monitor import models
from monitor.models import Phase, Relation
from monitor.pages.numbers import is_read_now, readings_of, target_of, view_of
from monitor.pages.parts import fact_list, plan_page, plan_pen
from monitor.pages.reading_states import state_lines
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site


@dataclass(frozen=True)
class IndicatorView:
    """An indicator as it reads on a page.

    ``kind`` tells what there is of it: readings of the plan's own time, a count of our own, only later readings, or
    nothing.
    """

    indicator: models.Indicator
    anchor: str
    kind: str
    number: dict[str, Any] | None
    later: Sequence[dict[str, Any]]
    target: str
    states: Sequence[Markup]
    read_now: bool
    later_note: Markup
    missing: Markup
    sources: Markup


def indicators_page(site: Site) -> Page:
    """Give the page of indicators."""
    pen = plan_pen(site, "indicators")
    groups = [(c, [indicator_view(pen, c, i) for i in c.indicators]) for c in site.data.folder.commitments]
    groups = [(c, views) for c, views in groups if views]
    kinds = Counter(view.kind for _, views in groups for view in views)
    return plan_page(
        site,
        "indicators",
        statement=_statement(pen, len(groups), kinds),
        values={"groups": groups},
        head={"part": "", "facts_html": _facts(pen, kinds)},
    )


def indicator_view(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> IndicatorView:
    """Say all that is known of an indicator, and what is missing where nothing is."""
    during, later = readings_of(pen, commitment, indicator)
    number = view_of(pen, commitment, indicator)
    kind = _kind(during=bool(during), later=bool(later), counted=bool(number and number["counted"]))
    return IndicatorView(
        indicator=indicator,
        anchor=f"{commitment.number}-{indicator.id}",
        kind=kind,
        number=number if kind in ("measured", "counted") else None,
        later=later,
        target=pen.words.decimal(aim) if (aim := target_of(indicator)) is not None else "",
        states=state_lines(pen, commitment, indicator),
        read_now=is_read_now(pen, indicator),
        later_note=pen.say(indicator.reading_note),
        missing=_missing(pen, commitment, indicator),
        sources=pen.cite(indicator.sources),
    )


def _kind(*, during: bool, later: bool, counted: bool) -> str:
    if during:
        return "measured"
    if counted:
        return "counted"
    return "later" if later else "empty"


def _missing(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> Markup:
    """Say what is missing and who could fill it in."""
    leads = pen.listing([pen.name(lead.organisation) for lead in commitment.leads])
    is_read = bool(indicator.automatic and indicator.address)
    if pen.site.phase is Phase.CLOSED and indicator.relation is Relation.DIRECT:
        told = [pen.t("indicators-page.missing_closed", who=leads)]
        return Markup(" ").join([*told, pen.t("indicators-page.read_apart")] if is_read else told)
    # What happened around the promise need not be of its time.
    return pen.t(f"indicators-page.{'missing_automatic' if is_read else 'missing'}", who=leads)


def _statement(pen: Pen, commitments: int, kinds: Counter[str]) -> Markup:
    total = sum(kinds.values())
    if not total:
        return pen.t("indicators-page.none")
    told = [pen.n("indicators-page.statement", total, commitments=pen.n("count.commitments", commitments))]
    strong = Markup("<strong>{}</strong>").format(kinds["measured"])
    told.append(pen.t(f"indicators-page.{'known_closed' if pen.site.phase is Phase.CLOSED else 'known'}", known=strong))
    if kinds["counted"]:
        told.append(pen.n("indicators-page.counted", kinds["counted"]))
    return Markup(" ").join(told)


def _facts(pen: Pen, kinds: Counter[str]) -> Markup | None:
    rows = [(pen.t(f"indicator-kind.{kind}"), [escape(kinds[kind])]) for kind in _KINDS if kinds[kind]]
    return fact_list(pen, rows) if rows else None


_KINDS = ("measured", "counted", "later", "empty")
