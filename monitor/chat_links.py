"""Addresses that open the conversation on Telegram, on a record of the plan where one is named. Pure."""

from __future__ import annotations

import re

ABOUT = "about_"
# Before a record's id, where somebody comes to follow it and not to report on it.
FOLLOW = "follow:"
MOST_CHARACTERS = 64
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


def address(bot: str, about: str | None = None) -> str:
    """Give the address that opens the bot on a record, to report on it or to follow it; empty asks which.

    ``about`` is the record's id, with ``FOLLOW`` before it to follow it; None just begins.
    Telegram takes 64 characters, so of what does not fit only the record itself stays, or nothing of it.
    """
    if about is None:
        return f"https://t.me/{bot}"
    fitting = (start_word(part) for part in (about, re.split(r"[?#]", about)[0], ""))
    return f"https://t.me/{bot}?start={next(word for word in fitting if len(word) <= MOST_CHARACTERS)}"


def start_word(about: str) -> str:
    """Write a record's id with the characters that Telegram allows after /start."""
    return ABOUT + "".join(chr(byte) if byte in PLAIN else f"_{byte:02x}" for byte in about.encode())
