"""What goes into the news of a follower, and when it may go out. Pure.

Times are those of the plan's own clock. When to send is decided here, and only for what followers get.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta

from bot.dialogue import Door, Reply
from bot.messages import say
from monitor import models
from monitor.exports.happening import Happening
from monitor.models import Cadence, FollowKind
from monitor.periods import TIME_ZONE

WEEKDAY, MORNING = 0, time(9)
# What comes in shortly after a message is bundled in the next.
BETWEEN = timedelta(hours=1)
# What is recorded with the time at which a job began may become visible a while after that; what was told by then is
# known for longer than a week, which retention sees to.
OVERLAP, REMEMBERED = timedelta(hours=1), timedelta(days=8)
MOST_MOVES, MOST_ITEMS = 8, 6


def last_morning(now: datetime) -> datetime:
    """Give the last moment at which weekly news became due: a Monday, nine o'clock on a local clock."""
    local = now.astimezone(TIME_ZONE)
    monday = local.date() - timedelta(days=(local.weekday() - WEEKDAY) % 7)
    morning = datetime.combine(monday, MORNING, TIME_ZONE)
    return morning if morning <= local else datetime.combine(monday - timedelta(days=7), MORNING, TIME_ZONE)


def due(
    subscriptions: Iterable[models.Subscription], *, now: datetime, last: datetime | None
) -> list[models.Subscription]:
    """List what somebody is told of now; ``last`` is when they were told something last, where that counts."""
    rested = last is None or now - last >= BETWEEN
    morning = last_morning(now)
    return [
        sub
        for sub in subscriptions
        if (rested if sub.cadence is Cadence.AT_ONCE else (sub.told_at or sub.created_at) < morning)
    ]


def fresh(
    happenings: Iterable[Happening],
    subscriptions: Sequence[models.Subscription],
    told: Collection[str],
    *,
    now: datetime,
) -> list[Happening]:
    """List what somebody was not told, of what they follow and from after they began to, the oldest first."""
    return [
        happening
        for happening in happenings
        if happening.key not in told and any(_concerns(sub, happening, now) for sub in subscriptions)
    ]


def named(key: str) -> str:
    """Give the id of the record that what was told is about."""
    return key.rpartition(" ")[0].partition("/")[2]


def _concerns(sub: models.Subscription, happening: Happening, now: datetime) -> bool:
    begun = sub.told_at or sub.created_at
    if sub.told_at and now - sub.told_at < REMEMBERED:
        begun = max(sub.created_at, sub.told_at - OVERLAP)
    return happening.at > begun and (sub.kind is FollowKind.PLAN or sub.about in happening.about)


def digest(
    language: str,
    moves: Sequence[str],
    news: Sequence[Happening],
    subscriptions: Sequence[models.Subscription],
    *,
    page: str,
) -> Reply:
    """Write the news: from what to what in the first line, then where it stands, and how it stops."""
    first, *others = moves or [news[-1].title]
    shown = list(reversed(news))[:MOST_ITEMS]
    lines = [*others[:MOST_MOVES], *(_item(language, happening, first) for happening in shown)]
    left = max(len(others) - MOST_MOVES, 0) + len(news) - len(shown)
    lines += [say(language, "digest.more", count=left, page=page)] if left else []
    lines.append(say(language, "digest.stop"))
    # Several subscriptions have one button, which asks which one.
    meant = subscriptions[0].id if len(subscriptions) == 1 else ""
    door = Door(words=say(language, "door.unfollow"), action=f"door-unfollow {meant}".strip())
    return Reply(heading=first, text="\n".join(lines), doors=(door,))


def _item(language: str, happening: Happening, first: str) -> str:
    title = "" if happening.title == first else happening.title
    said = f"“{happening.said}”" if happening.said else ""
    return say(language, "digest.item", title=" ".join(filter(None, (title, said))), page=happening.address).strip()
