"""Hold back a flood: of one person, or of strangers on the web page together. Nothing is lost by it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import flood
from bot.desk import Desk
from bot.messages import say
from bot.private import Private
from monitor import models

# Who types in the terminal already has the machine, and reads whole transcripts in.
EXEMPT = ("terminal",)
STEP_SECONDS = 5
MINUTE = 60


def hold_back(desk: Desk, person: models.Person, language: str) -> str:
    """Say how long to wait where somebody sends too much; else note that they sent something and say nothing."""
    if person.channel in EXEMPT:
        return ""
    wait = flood.wait(desk.private.paces(person.id), desk.now)
    if wait:
        return say(language, "flood.wait", wait=_in_words(wait, language))
    desk.private.pace(person.id, now=desk.now, forget=desk.now - flood.LONGEST)
    return ""


def is_held_back(private: Private, person: models.Person, now: datetime) -> bool:
    """Tell whether somebody sends too much by now, so that a file of theirs is not even looked at."""
    return person.channel not in EXEMPT and flood.wait(private.paces(person.id), now) is not None


def note_file(desk: Desk, person: models.Person) -> bool:
    """Note that somebody sent a file; tell whether it is not one too many within a day."""
    if person.channel in EXEMPT:
        return True
    return desk.private.note_file(person.id, now=desk.now, since=desk.now - flood.FILES_WITHIN, most=flood.FILES)


def too_many_reports(desk: Desk, person: models.Person) -> bool:
    """Tell whether somebody sent as many reports in a day as may be."""
    since = desk.now - flood.REPORTS_WITHIN
    return person.channel not in EXEMPT and desk.private.reports_since(person.id, since) >= flood.REPORTS


def too_many_strangers(desk: Desk, channel: str) -> bool:
    """Tell whether as many people without an invitation came in by a channel within the hour as may be."""
    return desk.private.people_since(channel, desk.now - flood.STRANGERS_WITHIN) >= flood.STRANGERS


def _in_words(wait: timedelta, language: str) -> str:
    seconds = -(-wait.total_seconds() // STEP_SECONDS) * STEP_SECONDS
    if seconds <= MINUTE:
        return say(language, "time.seconds", count=int(seconds))
    return say(language, "time.minutes", count=int(-(-seconds // MINUTE)))
