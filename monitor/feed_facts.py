"""How reading each feed of a plan goes, for the health page, the command and the coordinator. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from monitor import models
from monitor.progress import phase


class Condition(StrEnum):
    """Whether a feed is read: what its publisher or plan says goes before how the last try went."""

    DEAD = "dead"
    ENDED = "ended"
    OFF = "off"
    NOT_YET = "not-yet"
    GONE = "gone"
    FAILING = "failing"
    READ = "read"


@dataclass(frozen=True)
class FeedFacts:
    """What is known of reading one feed; ``next_at`` is None where it is not tried again by itself.

    ``moved_to`` is the address to suggest in a pull request: the feed itself says to use it from now on.
    """

    feed: models.Feed
    condition: Condition
    state: models.FeedState
    next_at: datetime | None = None
    moved_to: str | None = None


def of_plan(
    folder: models.PlanFolder, states: Iterable[models.FeedState], today: date, *, fetches: bool
) -> list[FeedFacts]:
    """Tell how each feed of a plan does, in the order of the plan's file; ``fetches`` tells whether any is read.

    What was learnt of an address that the file no longer names does not count.
    """
    known = {(state.plan, state.feed): state for state in states}
    ended = phase(folder.plan, today) is models.Phase.CLOSED
    return [
        _facts(feed, known.get((folder.plan.id, feed.id)), folder.plan.id, ended=ended, fetches=fetches)
        for feed in folder.feeds
    ]


def _facts(feed: models.Feed, state: models.FeedState | None, plan: str, *, ended: bool, fetches: bool) -> FeedFacts:
    if state is None or state.address != feed.address:
        last = state.last_entry_at if state else None
        state = models.FeedState(plan=plan, feed=feed.id, address=feed.address, last_entry_at=last)
    condition = _condition(feed, state, ended=ended, fetches=fetches)
    is_tried = condition in (Condition.FAILING, Condition.READ)
    is_known = condition in (Condition.READ, Condition.OFF)
    moved_to = state.moved_to if is_known and state.moved_to != feed.address else None
    return FeedFacts(feed, condition, state, state.next_at if is_tried else None, moved_to)


def _condition(feed: models.Feed, state: models.FeedState, *, ended: bool, fetches: bool) -> Condition:
    if feed.dead:
        return Condition.DEAD
    if ended and not feed.after_plan:
        return Condition.ENDED
    if not fetches:
        return Condition.OFF
    if state.last_tried_at is None:
        return Condition.NOT_YET
    if state.failures:
        return Condition.FAILING if state.next_at else Condition.GONE
    return Condition.READ
