"""Replies as Telegram takes them: HTML that is escaped, 4,096 characters, 64 bytes behind a button. Pure."""

from __future__ import annotations

from html import escape

from bot.delivery import split
from bot.dialogue import Reply

MOST_CHARACTERS = 4096
MOST_BYTES = 64
MARGIN = 96
NUMBER = "#"
ALWAYS = "*"


def message_parts(reply: Reply) -> list[str]:
    """Write a reply as messages of at most 4,096 characters, split at sentences."""
    plain = "\n".join(part for part in (reply.text, *(f"┃ {line}" for line in reply.preview), reply.question) if part)
    room = MOST_CHARACTERS - MARGIN - len(escape(reply.heading))
    parts = [escape(part, quote=False) for part in split(plain, room, _escaped_length)]
    if reply.heading:
        heading = f"<b>{escape(reply.heading, quote=False)}</b>"
        parts[0] = f"{heading}\n{parts[0]}" if parts[0] else heading
    return parts


def keyboard(reply: Reply, revision: int) -> list[list[tuple[str, str]]]:
    """Give one row a choice: its number and words, and ``<revision>:<action>`` behind it; doors have no revision."""
    choices = [[(f"{c.number}. {c.words}", _data(revision, c.action, c.number))] for c in reply.choices]
    doors = [(door.words, f"{ALWAYS}:{door.action}") for door in reply.doors]
    return [*choices, *([door] for door in doors if len(door[1].encode()) <= MOST_BYTES)]


def tapped(data: str) -> tuple[int | None, str | None, str]:
    """Read what was behind a button: revision, action, or the number that stands for a long action."""
    revision, _, action = data.partition(":")
    known = int(revision) if revision.isdecimal() else None
    if action.startswith(NUMBER):
        return known, None, action.removeprefix(NUMBER)
    return known, action or None, ""


def _data(revision: int, action: str, number: int) -> str:
    data = f"{revision}:{action}"
    return data if len(data.encode()) <= MOST_BYTES else f"{revision}:{NUMBER}{number}"


def _escaped_length(text: str) -> int:
    return len(escape(text, quote=False))
