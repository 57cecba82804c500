"""Hands over what waited for somebody who comes back; a question of a round that is over says so instead."""

from __future__ import annotations

from bot import rounds
from bot.desk import Desk
from bot.dialogue import Reply
from bot.messages import say
from monitor import models, words
from monitor.periods import Period, PeriodError


def collect(desk: Desk, person: models.Person, language: str) -> list[Reply]:
    """Hand over the messages that wait for a person, the questions of a round that is over in one line."""
    found: dict[str, Reply] = {}
    with desk.private.transaction():
        waiting = desk.private.all(models.Delivery, person=person.id, state="queued", order="position")
        replies = desk.private.collect(person.id, desk.now)
    for name, reply in zip((known.id for known in waiting), replies, strict=True):
        quarter = _asked_about(name)
        if quarter and _is_over(desk, quarter):
            # The question and its repeat are one line.
            found.setdefault(str(quarter), _told(quarter, language))
        else:
            found[name] = reply
    return list(found.values())


def _told(quarter: Period, language: str) -> Reply:
    return Reply(text=say(language, "round.over", quarter=words.of(language).period(quarter)))


def _asked_about(name: str) -> Period | None:
    """Give the quarter that a message asks about, from the key it was queued under."""
    kind, _, rest = name.partition(":")
    if kind not in (models.ASKED, models.ASKED_AGAIN):
        return None
    try:
        return Period.parse(rest.partition(":")[0])
    except PeriodError:
        return None


def _is_over(desk: Desk, quarter: Period) -> bool:
    one = desk.storage.get(models.Round, id=f"{desk.folder.plan.id}/{quarter}")
    return one is not None and (one.closed_at is not None or desk.today > rounds.deadline(one))
