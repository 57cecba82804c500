"""The page that says how the monitor itself goes: as it was when the site was built, and as it is when it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from monitor import models, progress, words
from monitor.pages import addresses
from monitor.pages.parts import twins
from monitor.pages.rendering import Page, template
from monitor.pages.site import Site
from monitor.storage import Storage
from monitor.words import Words, choose

# What is shown was looked at no longer ago than this; else nothing looks any more.
LOOKED_WITHIN = timedelta(minutes=5)
ENDED_SHOWN = 10
PLACE = re.compile(r"<!-- health:begin -->.*<!-- health:end -->", re.DOTALL)
STATEMENT = re.compile(r'(<p class="statement">).*?(</p>)', re.DOTALL)
LANGUAGE = re.compile(r'<html lang="([^"]+)"')


@dataclass(frozen=True)
class Teller:
    """Says things in the words of a language, escaped."""

    words: Words

    def t(self, name: str, /, **values: Any) -> Markup:
        """Give interface words."""
        return Markup(escape(self.words.text(name))).format(**values) if values else escape(self.words.text(name))  # noqa: S704

    def n(self, name: str, number: int, /) -> Markup:
        """Give interface words for one or several."""
        return escape(self.words.count(name, number))

    def moment(self, moment: datetime) -> Markup:
        """Give a day and time."""
        return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), self.words.moment(moment))

    def day(self, day: date) -> Markup:
        """Give a day."""
        return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), self.words.day(day))

    def known(self, family: str, name: str) -> str:
        """Give the word for a name, else the name itself."""
        return self.words.table_of(family).get(name, name)

    def say(self, text: models.Text) -> Markup:
        """Give a text of the data, marked where it is in another language."""
        phrase = choose(text, self.words.language)
        if phrase.language == self.words.language:
            return escape(phrase.words)
        return Markup('<span lang="{}">{}</span>').format(phrase.language, phrase.words)


def health_page(site: Site) -> Page:
    """Give the page as the site is built."""
    address = addresses.about(site.words, "health")
    return Page(
        address=address,
        twins=twins(site, lambda other: addresses.about(other, "health")),
        template="health.md.jinja",
        title=site.words.text("title.health"),
        values={"content": _content(site.storage, site.words, site.today, site.context.version)},
        head={
            "part": "about",
            "statement_html": Teller(site.words).t(f"health.{_state(site.storage, None)}"),
            "search": {"exclude": True},
        },
        crumbs=((site.words.text("menu.about"), addresses.about(site.words)),),
    )


def fill(page: str, storage: Storage, *, now: datetime, today: date, version: str) -> str:
    """Put how the monitor goes now in the place of how it went when the site was built."""
    names = words.of((LANGUAGE.search(page) or [page, words.FALLBACK])[1])
    content = _content(storage, names, today, version)
    statement = Teller(names).t(f"health.{_state(storage, now)}")
    filled = PLACE.sub(lambda _: content, page, count=1)
    return STATEMENT.sub(lambda found: f"{found[1]}{statement}{found[2]}", filled, count=1)


def _state(storage: Storage, now: datetime | None) -> str:
    rows = storage.all(models.HealthRow)
    if not rows:
        return "unknown"
    if now and now - max(row.checked_at for row in rows) > LOOKED_WITHIN:
        return "dead"
    ringing = storage.count(models.Alarm, ended_at=None)
    return "ill" if ringing or not all(row.well for row in rows) else "well"


def _content(storage: Storage, names: Words, today: date, version: str) -> Markup:
    rows = storage.all(models.HealthRow)
    alarms = storage.all(models.Alarm, order="started_at DESC")
    plan = storage.plans()[0]
    rendered = template("health-now.jinja").render(
        say=Teller(names),
        seen=max((row.checked_at for row in rows), default=None),
        of=lambda topic: [row for row in rows if row.topic == topic],
        ringing=[alarm for alarm in alarms if alarm.ended_at is None],
        over=[alarm for alarm in alarms if alarm.ended_at][:ENDED_SHOWN],
        feeds=_feeds(storage, plan, today),
        titles=_titles(storage, names),
        renewed=storage.newest_day(today),
        version=version,
        waiting=sum(queue.waiting for queue in storage.all(models.Queue)),
        tombstones=storage.count(models.Tombstone),
        root=_way_to_root(names, plan.languages),
    )
    return Markup(rendered)  # noqa: S704 - the template escapes


def _feeds(storage: Storage, plan: models.Plan, today: date) -> list[Mapping[str, Any]]:
    closed = progress.phase(plan, today) is models.Phase.CLOSED
    return [
        {
            "feed": feed,
            "state": storage.get(models.FeedState, plan=plan.id, feed=feed.id),
            "read": not feed.dead and (feed.after_plan or not closed),
            "entries": storage.count(models.Entry, plan=plan.id, feed=feed.id),
            "address": addresses.safe(feed.address),
        }
        for feed in storage.all(models.Feed, plan=plan.id)
    ]


def _titles(storage: Storage, names: Words) -> dict[str, Markup]:
    """Name the indicators that are read by themselves, by their id."""
    say = Teller(names).say
    commitments = (c for plan in storage.plans() for c in storage.folder(plan.id).commitments)
    return {f"{c.id}/{i.id}": say(i.title) for c in commitments for i in c.indicators if i.automatic}


def _way_to_root(names: Words, languages: Sequence[str]) -> Callable[[str], str]:
    up = "" if names.language == languages[0] else "../"
    here = addresses.about(names, "health")
    return lambda path: addresses.relative(up + path, here)
