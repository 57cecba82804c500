"""The pages about the monitor itself: its health, and the shell that the web form is shown in."""

from __future__ import annotations

from typing import Any

from monitor import models
from monitor.pages import addresses
from monitor.pages.parts import twins
from monitor.pages.reading_states import health_rows, is_well
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site

SHELL = "melden-shell/"


def health_page(site: Site) -> Page:
    """Give the page that says how the monitor is doing."""
    address = addresses.about(site.words, "health")
    pen = Pen(site, address)
    feeds = [_feed(site, feed) for feed in site.data.folder.feeds]
    ill = [feed for feed in feeds if feed["state"] and feed["state"].failures and not feed["feed"].dead]
    runs = _last_runs(site)
    failed = [run for run in runs if run.error]
    return Page(
        address=address,
        twins=twins(site, lambda words: addresses.about(words, "health")),
        template="health.md.jinja",
        title=site.words.text("title.health"),
        values={
            "runs": runs,
            "feeds": feeds,
            "indicator_rows": health_rows(pen),
            "alarms": [alarm for alarm in site.storage.all(models.Alarm) if alarm.ended_at is None],
            "tombstones": site.storage.count(models.Tombstone),
            "waiting": sum(queue.waiting for queue in site.data.queue),
        },
        head={
            "part": "about",
            "statement_html": pen.t("health.ill" if ill or failed or not is_well(site) else "health.well"),
            "search": {"exclude": True},
        },
        crumbs=((site.words.text("menu.about"), addresses.about(site.words)),),
    )


def _last_runs(site: Site) -> list[models.Run]:
    newest = {run.job: run for run in site.storage.all(models.Run, order="started_at")}
    return [newest[job] for job in sorted(newest)]


def _feed(site: Site, feed: models.Feed) -> dict[str, Any]:
    state = site.data.feed_states.get(feed.id)
    entries = sum(entry.feed == feed.id for entry in site.data.entries.values())
    return {"feed": feed, "state": state, "entries": entries, "address": addresses.safe(feed.address)}


def shell_page(site: Site) -> Page:
    """Give the page whose body the web channel fills in: the look of the site around a form."""
    return Page(
        address=SHELL,
        twins=twins(site, lambda words: SHELL),
        template="shell.md.jinja",
        title=site.words.text("title.report"),
        head={"shell": True, "phase": str(site.phase), "search": {"exclude": True}},
    )
