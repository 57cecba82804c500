"""What was asked, told in public: for each round how many organisations were asked, when, and how many answered."""

from __future__ import annotations

from typing import Any

from monitor import models, progress
from monitor.pages.rendering import Pen
from monitor.pages.site import Site
from monitor.periods import Period, day_of


def rounds_of(pen: Pen) -> list[dict[str, Any]]:
    """Give a row for each round that was opened by today, the newest first."""
    return [_row(pen, one) for one in reversed(pen.site.rounds) if day_of(one.opened_at) <= pen.site.today]


def _row(pen: Pen, one: models.Round) -> dict[str, Any]:
    site = pen.site
    asked = asked_about(site, one.quarter)
    closed = day_of(one.closed_at) if one.closed_at else None
    return {
        "quarter": pen.period(one.quarter),
        "opened": pen.day(day_of(one.opened_at)),
        "asked": len(asked),
        "again": len(asked_about(site, one.quarter, models.ASKED_AGAIN)),
        "answered": sum(has_answered(site, organisation, one.quarter) for organisation in asked),
        "closed": pen.day(closed) if closed and closed <= site.today else pen.t("asked.open"),
    }


def asked_about(site: Site, quarter: Period, kind: str = models.ASKED) -> list[str]:
    """List the organisations that were asked about a quarter."""
    rows = site.data.reminders
    return sorted({row.organisation for row in rows if row.round == str(quarter) and row.kind == kind})


def has_answered(site: Site, organisation: str, quarter: Period) -> bool:
    """Tell whether something came in about each commitment that an organisation answers for."""
    led = (c for c in site.data.folder.commitments if any(lead.organisation == organisation for lead in c.leads))
    return all(_is_answered(site, commitment, quarter) for commitment in led)


def _is_answered(site: Site, commitment: models.Commitment, quarter: Period) -> bool:
    told = any(progress.answers(quarter, u.speaks_of) for u in site.updates(commitment) if not u.after_plan)
    rows = (row for row in site.data.queue if row.commitment == commitment.id)
    return told or any(quarter in row.quarters for row in rows)
