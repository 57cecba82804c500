"""Which choice a text names: by number, by words, by a synonym, or loosely. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.dialogue.shapes import Choice
from bot.messages import spoken

SHORTEST_PREFIX = 3
# Words that mean a choice without being its words: action -> name in the tables of spoken words.
SYNONYMS = {
    "send": "yes",
    "unchanged": "unchanged",
    "not-public": "not-public",
    "nothing": "nothing",
    "completion not-started": "not-started",
    "completion limited": "limited",
    "completion substantial": "substantial",
    "completion complete": "complete",
    "erase": "yes",
    "keep": "no",
    "yes": "yes",
    "no": "no",
    "at-once": "at-once",
    "weekly": "weekly",
    "helped": "helped",
    "go-on": "no",
    "same-all": "all",
}


def pick(text: str, offered: Iterable[Choice]) -> str | None:
    """Find the choice that a text names: by its number, its words or a synonym."""
    said = plain(text)
    number = re.fullmatch(r"(\d{1,3})[.)]?", said)
    for choice in offered:
        if number and int(number[1]) == choice.number:
            return choice.action
    if number or not said:
        return None
    return _only(said, offered, (_is_words, _is_synonym))


def pick_loosely(text: str, offered: Iterable[Choice]) -> str | None:
    """Find the one choice that begins with a text, or that has it as one of its words."""
    said = plain(text)
    if not said or said.isdecimal():
        return None
    return _only(said, offered, (_is_first_word, _begins, _has_word))


def _only(said: str, offered: Iterable[Choice], tests: Iterable[Callable[[str, Choice], bool]]) -> str | None:
    choices = list(offered)
    for fits in tests:
        found = [choice.action for choice in choices if fits(said, choice)]
        if len(found) == 1:
            return found[0]
    return None


def _is_words(said: str, choice: Choice) -> bool:
    return said == plain(choice.words)


def _is_synonym(said: str, choice: Choice) -> bool:
    return choice.action in SYNONYMS and said in spoken(SYNONYMS[choice.action])


def _is_first_word(said: str, choice: Choice) -> bool:
    return said == plain(choice.words).partition(" ")[0]


def _begins(said: str, choice: Choice) -> bool:
    return len(said) >= SHORTEST_PREFIX and plain(choice.words).startswith(said)


def _has_word(said: str, choice: Choice) -> bool:
    return len(said) > SHORTEST_PREFIX and said in re.findall(r"[\w-]+", plain(choice.words))


def plain(text: str) -> str:
    """Give a text in lower case, without the marks around it."""
    return " ".join(text.casefold().split()).strip(" .!?“”\"'")


def readable(text: str) -> str:
    """Give a text in one line, without what cannot be seen."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())
