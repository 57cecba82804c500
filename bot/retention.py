"""How long each kind of private data is kept, in days: defaults, and what a data folder says instead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor import backup
from monitor.settings import SettingsError

KEY = "retention"
YEAR = 365
DEFAULTS: Mapping[str, int] = {
    "inbox": 7,  # what could not be read, and the numbers of what was handled
    "pace": 1,  # when somebody sent something, to stop floods
    "messages": 30,  # to people, after sending
    "digests": 30,  # what followers were told, so that nothing is told twice
    "invitations": 30,  # used, revoked or expired
    "files": 1,  # sent, and not needed by a draft or a report that is to be decided
    "drafts": 180,  # untouched
    "undecided": 2 * YEAR,  # reports that wait or were returned
    "refused": YEAR,  # reports declined or withdrawn
    "accepted": YEAR,  # after that an accepted report no longer holds who sent or accepted it; the log still does
    "visitors": YEAR,  # without activity
    "roles": YEAR,  # after they lapsed, without activity
    "audit": 10 * YEAR,
    backup.KIND: backup.KEPT_DAYS,  # copies of both databases, in which all of this stands as it was
}


# With less, a weekly digest would tell again what was told at once that week.
LEAST: Mapping[str, int] = {"digests": 8}


def table(folder: Mapping[str, Any]) -> dict[str, int]:
    """Give the days of each kind; raise SettingsError for what a data folder says that is no such number."""
    given = folder.get(KEY, {})
    if not isinstance(given, Mapping):
        raise SettingsError(f'folder.json: {KEY}: is not a table: write it as {{"drafts": 180}}')
    for kind, days in given.items():
        if kind not in DEFAULTS:
            raise SettingsError(f"folder.json: {KEY}: '{kind}' is not kept: choose one of {', '.join(DEFAULTS)}")
        least = LEAST.get(kind, 1)
        if type(days) is not int or days < least:
            raise SettingsError(f"folder.json: {KEY}: {kind}: {days!r} is not a number of days: write {least} or more")
    return {**DEFAULTS, **given}


def shown(folder: Mapping[str, Any]) -> dict[str, int]:
    """Give the days of each kind to tell people: the defaults where a data folder says them wrongly.

    A wrong number stops nobody's message; health says it, and nothing is forgotten until it is right.
    """
    try:
        return table(folder)
    except SettingsError:
        return dict(DEFAULTS)
