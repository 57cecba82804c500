"""The freshness ledger: commitments by quarters, in the words of the design."""

from __future__ import annotations

from collections import Counter
from typing import Any

from markupsafe import Markup

from monitor import progress
from monitor.models import Freshness, Phase
from monitor.pages.asking import rounds_of
from monitor.pages.parts import plan_page, plan_pen
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.periods import Period

Ledger = dict[str, dict[Period, progress.Cell]]


def freshness_page(site: Site) -> Page:
    """Give the page with the ledger."""
    pen = plan_pen(site, "freshness")
    quarters = progress.ledger_quarters(site.plan)
    cells = ledger(site)
    last = last_quarter(site)
    return plan_page(
        site,
        "freshness",
        statement=_statement(pen, cells, last),
        values={
            "quarters": quarters,
            "rows": [(c, cells[c.id]) for c in site.data.folder.commitments],
            "last": last,
            "note_name": _note_name(site, last),
            "shown": [kind for kind in Freshness if any(kind is cell.freshness for cell in _all(cells))],
            "kinds": list(Freshness),
            "queue": [row for row in site.data.queue if row.waiting],
            "asked": rounds_of(pen),
        },
        head={},
    )


def ledger(site: Site) -> Ledger:
    """Say how recent each commitment is in each quarter."""
    if "ledger" not in site.worked_out:
        quarters = progress.ledger_quarters(site.plan)
        rows = {c.id: {q: _cell(site, c.id, q) for q in quarters} for c in site.data.folder.commitments}
        site.worked_out["ledger"] = rows
    found: Ledger = site.worked_out["ledger"]
    return found


def last_quarter(site: Site) -> Period | None:
    """Give the last quarter that was asked about, else the one that runs; None in a closed plan."""
    if site.phase is Phase.CLOSED:
        return None
    asked = [round_.quarter for round_ in site.rounds]
    running = [q for q in progress.ledger_quarters(site.plan) if q.contains(site.today)]
    return next(iter(reversed(asked or running)), None)


def _cell(site: Site, record: str, quarter: Period) -> progress.Cell:
    commitment = site.data.commitments[record]
    return progress.freshness(
        commitment,
        quarter,
        plan=site.plan,
        updates=site.updates(commitment),
        asked=progress.asked_on(commitment, quarter, site.data.reminders),
        waiting=any(q.commitment == record and quarter in q.quarters for q in site.data.queue),
        today=site.today,
    )


def _note_name(site: Site, last: Period | None) -> str:
    if last:
        return "framed"
    return "not_asked" if site.plan.monitored_from > site.plan.period.last_day else "no_rounds"


def _all(cells: Ledger) -> list[progress.Cell]:
    return [cell for row in cells.values() for cell in row.values()]


def _statement(pen: Pen, cells: Ledger, last: Period | None) -> Markup:
    found = Counter(cell.freshness for cell in _all(cells))
    if last is None:
        told = sum(any(c.freshness in _TOLD for c in row.values()) for row in cells.values())
        return pen.t("freshness-page.closed", told=_strong(told), all=len(cells), none=found[Freshness.NOT_TRACKED])
    now = Counter(row[last].freshness for row in cells.values() if last in row)
    told = sum(now[kind] for kind in _TOLD)
    parts = [pen.t("freshness-page.running", quarter=pen.words.period(last), told=_strong(told), all=len(cells))]
    if now[Freshness.NO_MESSAGE]:
        parts.append(pen.n("freshness-page.missing", now[Freshness.NO_MESSAGE], which=_silent(pen, cells, last)))
    if now[Freshness.RECEIVED]:
        parts.append(pen.n("freshness-page.received", now[Freshness.RECEIVED]))
    return Markup(" ").join(parts)


def _silent(pen: Pen, cells: Ledger, last: Period) -> Markup:
    """Name the commitments without a message, each a link."""
    silent = [c for c in pen.site.data.folder.commitments if _is_silent(cells[c.id].get(last))]
    return pen.listing([Markup('<a href="{}">{}</a>').format(pen.commitment(c), c.number) for c in silent])


def _is_silent(cell: progress.Cell | None) -> bool:
    return cell is not None and cell.freshness is Freshness.NO_MESSAGE


def _strong(number: Any) -> Markup:
    return Markup("<strong>{}</strong>").format(number)


_TOLD = (Freshness.UPDATED, Freshness.UNCHANGED)
