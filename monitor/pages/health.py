"""The page that says how the monitor itself goes: as it was when the site was built, and as it is when it is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from monitor import feed_facts, models, words
from monitor.pages import addresses
from monitor.pages.parts import twins
from monitor.pages.reading_states import lines_of
from monitor.pages.rendering import Page, Teller, template
from monitor.pages.site import Site, open_held
from monitor.storage import Storage
from monitor.words import Words

# What is shown was looked at no longer ago than this; else nothing looks any more, or runs at all.
LOOKED_WITHIN = timedelta(minutes=5)
ENDED_SHOWN = 10
# Where the page tells of a topic: the words above it, and its anchor.
PARTS = {
    "job": ("jobs", "taken"),
    "feed": ("feeds", "nieuwsbronnen"),
    "indicator": ("numbers", "cijfers"),
    "evidence": ("numbers", "cijfers"),
    "publication": ("publication", "publicatie"),
}
PLACE = re.compile(r"<!-- health:begin -->.*<!-- health:end -->", re.DOTALL)
STATEMENT = re.compile(r'(<p class="statement">).*?(</p>)', re.DOTALL)
LANGUAGE = re.compile(r'<html lang="([^"]+)"')


def health_page(site: Site) -> Page:
    """Give the page as the site is built."""
    address = addresses.about(site.words, "health")
    return Page(
        address=address,
        twins=twins(site, lambda other: addresses.about(other, "health")),
        template="health.md.jinja",
        title=site.words.text("title.health"),
        values={
            "content": _content(
                site.storage, site.words, site.today, site.context.version, fetches=site.context.fetches
            )
        },
        head={
            "part": "about",
            "statement_html": Teller(site.words).t(f"health.{_state(site.storage, None)}"),
            "search": {"exclude": True},
        },
        crumbs=((site.words.text("menu.about"), addresses.about(site.words)),),
    )


def fill(page: str, storage: Storage, *, now: datetime, today: date, version: str, fetches: bool) -> str:
    """Put how the monitor goes now in the place of how it went when the site was built."""
    names = words.of((LANGUAGE.search(page) or [page, words.FALLBACK])[1])
    content = _content(storage, names, today, version, fetches=fetches)
    statement = Teller(names).t(f"health.{_state(storage, now)}")
    filled = PLACE.sub(lambda _: content, page, count=1)
    return STATEMENT.sub(lambda found: f"{found[1]}{statement}{found[2]}", filled, count=1)


def unread(page: str) -> str:
    """Say on the page as it was built that the data cannot be read now."""
    names = words.of((LANGUAGE.search(page) or [page, words.FALLBACK])[1])
    statement = Teller(names).t("health.unread")
    return STATEMENT.sub(lambda found: f"{found[1]}{statement}{found[2]}", page, count=1)


def _state(storage: Storage, now: datetime | None) -> str:
    rows = storage.all(models.HealthRow)
    if not rows or not storage.count(models.Plan):
        return "unknown"
    if now and now - max(row.checked_at for row in rows) > LOOKED_WITHIN:
        beat = storage.last_runs().get(models.HEARTBEAT)
        return "blind" if beat and now - beat.started_at <= LOOKED_WITHIN else "dead"
    ringing = any(not alarm.is_suggestion for alarm in storage.all(models.Alarm, ended_at=None))
    return "ill" if ringing or not all(row.well for row in rows) else "well"


def _content(storage: Storage, names: Words, today: date, version: str, *, fetches: bool) -> Markup:
    rows = storage.all(models.HealthRow)
    every = storage.all(models.Alarm, order="started_at DESC")
    alarms = [alarm for alarm in every if not alarm.is_suggestion]
    plans = storage.plans()
    rendered = template("health-now.jinja").render(
        say=Teller(names),
        plans=[_of_plan(storage, names, plan, today, fetches=fetches) for plan in plans],
        seen=max((row.checked_at for row in rows), default=None),
        of=lambda topic: [row for row in rows if row.topic == topic],
        ill=_ill(rows),
        ringing=[alarm for alarm in alarms if alarm.ended_at is None],
        over=[alarm for alarm in alarms if alarm.ended_at][:ENDED_SHOWN],
        fetches=fetches,
        renewed=storage.newest_day(today),
        version=version,
        waiting=sum(queue.waiting for queue in storage.all(models.Queue)),
        tombstones=storage.count(models.Tombstone),
        root=_way_to_root(names, plans[0].languages if plans else ()),
    )
    return Markup(rendered)  # noqa: S704 - the template escapes


def _ill(rows: Sequence[models.HealthRow]) -> list[tuple[str, str, int]]:
    """Count what is not well by the part of the page that tells of it: its words, its anchor, how many."""
    counts = Counter(PARTS.get(row.topic, PARTS["publication"]) for row in rows if not row.well)
    return [(*part, counts[part]) for part in dict.fromkeys(PARTS.values()) if counts[part]]


def _of_plan(storage: Storage, names: Words, plan: models.Plan, today: date, *, fetches: bool) -> Mapping[str, Any]:
    """Tell of what is read for one plan: its feeds and its numbers."""
    folder = storage.folder(plan.id)
    feeds = _feeds(storage, folder, today, fetches=fetches)
    return {"title": plan.title, "feeds": feeds, "numbers": _numbers(storage, names, folder)}


def _feeds(storage: Storage, folder: models.PlanFolder, today: date, *, fetches: bool) -> list[Mapping[str, Any]]:
    plan = folder.plan
    asked = {alarm.about: alarm.message for alarm in storage.all(models.Alarm, ended_at=None) if alarm.is_suggestion}
    return [
        {
            "feed": facts.feed,
            "state": facts.state,
            "condition": facts.condition,
            "next_at": facts.next_at,
            "moved_to": facts.moved_to,
            "suggestion": asked.get(f"{plan.id}/{facts.feed.id}"),
            "file": f"{plan.id}/feeds.yml",
            "entries": storage.count(models.Entry, plan=plan.id, feed=facts.feed.id),
            "address": addresses.safe(facts.feed.address),
        }
        for facts in feed_facts.of_plan(folder, storage.all(models.FeedState), today, fetches=fetches)
    ]


def _numbers(storage: Storage, names: Words, folder: models.PlanFolder) -> list[Mapping[str, Any]]:
    """Say of each indicator that is read by itself how that goes, with the error where there is one."""
    plan = folder.plan
    voice, found = Teller(names), list[Mapping[str, Any]]()
    states = {(state.commitment, state.indicator): state for state in storage.all(models.IndicatorState, plan=plan.id)}
    held = open_held(storage, plan.id)
    listed = addresses.of_plan(names, plan.id, "indicators")
    here = addresses.about(names, "health")
    for commitment in folder.commitments:
        for indicator in commitment.indicators:
            key = (commitment.id, indicator.id)
            state = states.get(key)
            lines = lines_of(indicator, state, held.get(key), voice)
            lines += [_message(voice, state.error)] if lines and state and state.error else []
            address = f"{addresses.relative(listed, here)}#{commitment.number}-{indicator.id}"
            found += [{"title": voice.say(indicator.title), "address": address, "lines": lines}] if lines else []
    return found


def _message(voice: Teller, error: str) -> Markup:
    """Give what the program reported, which is in English, with a word in the reader's language before it."""
    return Markup('{} <span lang="en">{}</span>').format(voice.t("health.message"), error)


def _way_to_root(names: Words, languages: Sequence[str]) -> Callable[[str], str]:
    # Without a plan nobody knows which language stands at the root; browsers do not go up further than that.
    up = "" if languages and names.language == languages[0] else "../"
    here = addresses.about(names, "health")
    return lambda path: addresses.relative(up + path, here)
