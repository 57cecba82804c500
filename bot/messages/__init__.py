"""Every word the bot says, in each language. Knows no chat library.

A table per language with the same names and the same placeholders; a language without a table reads the English one.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages import en, nl

TABLES: Mapping[str, Mapping[str, str]] = {"nl": nl.WORDS, "en": en.WORDS}
SPOKEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {"nl": nl.SPOKEN, "en": en.SPOKEN}
FALLBACK = "en"


def say(language: str, name: str, /, **values: object) -> str:
    """Give the words by their name, with values in their places; raise KeyError for a name that is not there."""
    return table(language)[name].format(**values)


def table(language: str) -> Mapping[str, str]:
    """Give all words of a language."""
    return TABLES.get(language, TABLES[FALLBACK])


def spoken(name: str) -> tuple[str, ...]:
    """Give the words by which people say something, of all languages together."""
    return tuple(word for words in SPOKEN.values() for word in words[name])
