"""News about commitments: what was confirmed, how much is only suggested, and the feeds that are followed or dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from monitor import models, progress
from monitor.models import MentionState, Phase
from monitor.pages import addresses
from monitor.pages.parts import plan_page, plan_pen
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site


@dataclass(frozen=True)
class Item:
    """A confirmed item of news: when it appeared, its title and address, the feed it came from."""

    entry: models.Entry
    when: Markup
    address: str | None
    feed: Markup
    milestone: Markup
    after_plan: bool


def news_page(site: Site) -> Page:
    """Give the page of news."""
    pen = plan_pen(site, "news")
    groups = [(c, items) for c in site.data.folder.commitments if (items := news_of(pen, c))]
    count = {state: sum(m.state is state for m in site.data.mentions) for state in MentionState}
    feeds = [_feed(pen, feed) for feed in site.data.folder.feeds]
    return plan_page(
        site,
        "news",
        statement=_statement(pen, groups, count[MentionState.SUGGESTED]),
        values={
            "groups": groups,
            "suggested": count[MentionState.SUGGESTED],
            "dismissed": count[MentionState.DISMISSED],
            "followed": [view for view in feeds if not view["feed"].dead],
            "dead": [view for view in feeds if view["feed"].dead],
        },
        head={"part": ""},
    )


def news_of(pen: Pen, commitment: models.Commitment) -> list[Item]:
    """List the items that were confirmed to concern a commitment, the newest first; each once."""
    entries = pen.site.data.entries
    confirmed: dict[str, models.Mention] = {}
    for mention in pen.site.data.mentions:
        if mention.commitment == commitment.id and mention.state is MentionState.CONFIRMED:
            confirmed.setdefault(mention.entry, mention)
    items = [_item(pen, entries[name], mention) for name, mention in confirmed.items()]
    return sorted(items, key=_newest_first, reverse=True)


def _newest_first(item: Item) -> tuple[str, str]:
    return str(item.entry.published_on or ""), item.entry.id


def _item(pen: Pen, entry: models.Entry, mention: models.Mention) -> Item:
    feed = next((feed for feed in pen.site.data.folder.feeds if feed.id == entry.feed), None)
    day = entry.published_on
    return Item(
        entry=entry,
        when=pen.day(day) if day else pen.t("news-page.undated"),
        address=addresses.safe(entry.address),
        feed=escape(feed.title if feed else entry.feed),
        milestone=pen.t("update.milestone", number=mention.milestone.rpartition("/")[2])
        if mention.milestone
        else Markup(""),
        after_plan=bool(day and progress.is_after_plan(pen.site.plan, day)),
    )


def _statement(pen: Pen, groups: Sequence[tuple[models.Commitment, Sequence[Item]]], suggested: int) -> Markup:
    number = sum(len(items) for _, items in groups)
    told = pen.n("news-page.confirmed", number) if number else pen.t("news-page.none")
    waiting = pen.n("news-page.suggested", suggested) if suggested else Markup("")
    return Markup(" ").join(filter(None, (told, waiting)))


def _feed(pen: Pen, feed: models.Feed) -> dict[str, Any]:
    site = pen.site
    state = site.data.feed_states.get(feed.id)
    return {
        "feed": feed,
        "address": addresses.safe(feed.address),
        "organisation": pen.organisation(feed.organisation) if feed.organisation else Markup(""),
        "commitments": [c for c in site.data.folder.commitments if c.number in feed.commitments],
        "health": _health(pen, feed, state),
        "is_ill": bool(state and state.failures and site.context.fetches),
        "entries": sum(entry.feed == feed.id for entry in site.data.entries.values()),
        "sources": pen.cite(feed.sources),
    }


def _health(pen: Pen, feed: models.Feed, state: models.FeedState | None) -> Markup:
    """Say how reading goes, without the hour: the page of health tells that."""
    if feed.dead:
        return pen.say(feed.dead)
    if pen.site.phase is Phase.CLOSED and not feed.after_plan:
        return pen.t("feed-health.closed")
    if not pen.site.context.fetches:
        return pen.t("feed-health.off")
    if state is None or not (state.failures or state.last_success_at):
        return pen.t("feed-health.never")
    return pen.t("feed-health.ill" if state.failures else "feed-health.well")
