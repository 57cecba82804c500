"""How words are made alike before they are compared: case, accents, apostrophes, plural and inflection."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

# A number with its dots, dashes and strokes is one word: 1.2, 2018-2020/04.
TOKEN = re.compile(r"\d+(?:[.\-/]\d+)+|[^\W_]+")
WRITTEN = re.compile(r"\d+(?:[.\-/]\d+)+|[^\W_]+(?:['’][^\W_]+)*")
HYPHENED = re.compile(r"[^\W\d_]+(?:-[^\W_]+)+")
APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
SHORTEST_STEM = 4
VOWELS = "aeiouy"


def fold(text: str) -> str:
    """Give a text without capitals, accents and apostrophes."""
    parts = unicodedata.normalize("NFKD", text.translate(APOSTROPHES))
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).casefold()


def tokens(text: str) -> list[str]:
    """List the folded words of a text."""
    return TOKEN.findall(fold(text))


def padded(words: list[str]) -> str:
    """Join words with a space around each, so that a whole word and the start of one can be looked for."""
    return f" {' '.join(words)} "


def stems(text: str, language: str) -> list[str]:
    """List the stem of each word once; words with a hyphen also as one: wob-verzoek is wobverzoek too."""
    folded = fold(text)
    joined = (found.replace("-", "") for found in HYPHENED.findall(folded))
    return sorted({stem(word, language) for word in (*TOKEN.findall(folded), *joined)})


@cache
def _rule(language: str) -> Callable[[str], str]:
    return {"nl": _dutch, "en": _english}.get(language, lambda word: word)


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Take the ending of a plural or an inflected form off a folded word; other words stay as they are.

    Both sides are stemmed, so that a stem need not be a word. The Snowball stemmers also take off what makes another
    word ("overheid" becomes "over", "gemeente" becomes "meen"), which finds too much.
    """
    return word if word[:1].isdigit() or len(word) < SHORTEST_STEM else _rule(language)(word)


def _dutch(word: str) -> str:
    # Again and again, so that huis and huiz-en, keuze-s and keuze end alike.
    while ending := next((end for end in ("en", "e", "s") if _leaves_enough(word, end)), ""):
        word = _closed(word.removesuffix(ending), by=ending)
    return _single(f"{word[:-3]}heid" if word.endswith("hed") else word)


def _leaves_enough(word: str, ending: str) -> bool:
    rest = word.removesuffix(ending)
    return rest != word and len(rest) >= SHORTEST_STEM - 1 and any(letter in VOWELS for letter in rest)


def _closed(word: str, *, by: str) -> str:
    """Write the end of a word as it is without its ending: plann- is plan, briev- is brief, huiz- is huis."""
    if by == "s":
        return word
    if word[-1] == word[-2] and word[-1] not in VOWELS:
        return word[:-1]
    return word[:-1] + {"v": "f", "z": "s"}.get(word[-1], word[-1])


def _single(word: str) -> str:
    """Write a long vowel once before a last consonant: vraag and vrag-en are alike."""
    if len(word) > 3 and word[-1] not in VOWELS and word[-2] == word[-3] and word[-2] in "aeou":
        return word[:-2] + word[-1]
    return word


def _english(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
