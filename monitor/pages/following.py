"""How a plan is followed and taken away: its feed, its calendar, and its data as files."""

from __future__ import annotations

from typing import Any

from monitor import agenda
from monitor.pages import addresses
from monitor.pages.site import Site

TABLES = ("commitments", "milestones", "updates", "evidence")


def following(site: Site) -> dict[str, Any]:
    """Give what ``follow-plan.jinja`` shows."""
    return {
        "has_agenda": bool(agenda.occasions(site.data.folder, site.today)),
        "downloads": downloads(site, site.plan.id),
    }


def downloads(site: Site, plan: str) -> list[dict[str, str]]:
    """List the data files of a plan: words, and the address below the root of the site."""
    home, text = addresses.home(plan), site.words.text
    tables = [
        {"word": text("follow.plan_table", table=text(f"export-table.{name}")), "url": f"{home}{name}.csv"}
        for name in TABLES
    ]
    return [{"word": text("follow.plan_json"), "url": f"{home}plan.json"}, *tables]
