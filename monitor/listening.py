"""The feeds of a plan in words, for a terminal: a table, what is wrong, and what to suggest in a pull request. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from monitor import models
from monitor.feed_facts import Condition, FeedFacts
from monitor.telling import Voice, columns


def feeds_text(
    plan: models.Plan, feeds: Sequence[FeedFacts], language: str, places: Mapping[str, int] = MappingProxyType({})
) -> str:
    """Tell how reading each feed of a plan goes; ``places`` are the lines of their addresses in the plan's file."""
    voice = Voice.of(language, "feeds")
    head = voice.own.text("feeds.head", title=voice.chosen(plan.title))
    if not feeds:
        return f"{head}\n\n{voice.own.text('feeds.none')}"
    parts = [
        [head],
        _off(feeds, voice),
        _table(feeds, voice),
        _wrong(plan, feeds, voice),
        _moved(plan, feeds, voice, places),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _off(feeds: Sequence[FeedFacts], voice: Voice) -> list[str]:
    return [voice.own.text("feeds.off")] if any(facts.condition is Condition.OFF for facts in feeds) else []


def _table(feeds: Sequence[FeedFacts], voice: Voice) -> list[str]:
    names = ("feed", "condition", "success", "entry", "failures", "next")
    return columns([[voice.own.text(f"feeds.{name}") for name in names], *(_row(facts, voice) for facts in feeds)])


def _row(facts: FeedFacts, voice: Voice) -> list[str]:
    state = facts.state
    failures = voice.own.count("feeds.times", state.failures) if state.failures else _moment(None, voice)
    soon = facts.condition is Condition.NOT_YET
    return [
        facts.feed.id,
        voice.own.text(f"feeds.condition-of.{facts.condition}"),
        _moment(state.last_success_at, voice),
        _moment(state.last_entry_at, voice),
        failures,
        voice.own.text("feeds.soon") if soon else _moment(facts.next_at, voice),
    ]


def _moment(moment: datetime | None, voice: Voice) -> str:
    return voice.site.moment(moment) if moment else voice.own.text("feeds.nothing")


def _wrong(plan: models.Plan, feeds: Sequence[FeedFacts], voice: Voice) -> list[str]:
    reasons = ((facts.feed.id, why) for facts in feeds for why in _reasons(plan, facts, voice))
    lines = [f"  {voice.own.text('feeds.line', feed=feed, why=why)}" for feed, why in reasons]
    return [voice.own.text("feeds.why"), *lines] if lines else []


def _reasons(plan: models.Plan, facts: FeedFacts, voice: Voice) -> Iterator[str]:
    if facts.feed.dead:
        yield voice.chosen(facts.feed.dead)
        return
    if facts.state.error and facts.condition in (Condition.FAILING, Condition.GONE):
        # What the program reported is in English.
        yield voice.own.text("feeds.message", error=facts.state.error)
    if facts.state.left_out:
        yield voice.own.text("feeds.left_out", number=facts.state.left_out, file=f"{plan.id}/feeds.yml")
    if facts.state.let_go:
        yield voice.own.text("feeds.let_go", number=facts.state.let_go)


def _moved(plan: models.Plan, feeds: Sequence[FeedFacts], voice: Voice, places: Mapping[str, int]) -> list[str]:
    lines = [
        "  "
        + voice.own.text(
            "feeds.suggestion",
            file=f"{plan.id}/feeds.yml" + (f":{line}" if (line := places.get(facts.feed.id)) else ""),
            feed=facts.feed.id,
            old=facts.feed.address,
            new=facts.moved_to,
        )
        for facts in feeds
        if facts.moved_to
    ]
    return [voice.own.text("feeds.moved"), *lines] if lines else []
