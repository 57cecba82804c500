"""Carry out what somebody asked about a meeting: come, keep it in a calendar, settle an agreement, see its page."""

from __future__ import annotations

from bot import attending, noting, settling
from bot.desk import Desk
from bot.dialogue import Attend, GiveCalendar, Reply, Settle, ShowPage
from monitor import models

AboutMeeting = Attend | GiveCalendar | Settle | ShowPage


def carry_out(desk: Desk, effect: AboutMeeting, *, by: models.Person, language: str) -> Reply | None:
    """Do what an effect asks; give what is to be said of it beside the answer, if anything."""
    match effect:
        case Attend():
            return attending.attend(desk, effect, by=by, language=language)
        case GiveCalendar():
            return attending.calendar(desk, attending.find(desk, effect.meeting), language)
        case Settle():
            return settling.settle(desk, effect, by=by)
        case ShowPage():
            return noting.show(desk, effect.draft, by=by, language=language)
