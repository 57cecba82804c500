"""Which commitment an entry may concern: rules that would rather miss one than suggest a wrong one. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from monitor import models

COMPOUND_LETTERS = 6
TELLING_LETTERS = 12
TITLE_WORDS = 3
STOP_WORDS = frozenset(
    {"aan", "bij", "de", "den", "der", "een", "en", "het", "is", "met", "naar", "of", "om", "op", "over", "te", "tot"}
    | {"uit", "van", "voor", "a", "an", "and", "at", "by", "for", "from", "in", "on", "or", "the", "to", "with"}
)

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?<=\w{5})(?:en|n|s)$")


class Rule(StrEnum):
    """Why a mention is suggested, the strictest first."""

    OGP_ID = "ogp-id"
    TITLE = "title"
    FEED_WORDS = "feed-words"
    TITLE_WORDS = "title-words"


@dataclass(frozen=True)
class _Text:
    """A text as the words that are written, and the same words without capitals and accents, a space between."""

    written: tuple[str, ...]
    folded: str

    def words(self, found: re.Match[str]) -> tuple[str, ...]:
        """Give the words as written that a search in the folded text found."""
        first = self.folded.count(" ", 0, found.start())
        return self.written[first : first + found[0].count(" ") + 1]


def mentions(entry: models.Entry, feed: models.Feed, commitments: Iterable[models.Commitment]) -> list[models.Mention]:
    """Suggest the commitments that an entry may concern, each by the strictest rule that matches, with the words.

    An entry must hold one of the feed's words, where the feed names any. They are reason enough for a commitment
    that the feed names, if it names no other or the commitment's own text holds the same words.
    """
    text = _read(f"{entry.title} {entry.summary}")
    looked_for = {phrase: words for phrase in feed.words if (words := _find(text, _text(phrase)))}
    if feed.words and not looked_for:
        return []
    concerned = [known for known in commitments if not feed.commitments or known.number in feed.commitments]
    found = ((known, next(_matches(text, looked_for, feed, known), None)) for known in concerned)
    return [_mention(entry, commitment, *match) for commitment, match in found if match]


def _mention(entry: models.Entry, commitment: models.Commitment, rule: Rule, words: Iterable[str]) -> models.Mention:
    return models.Mention(
        id=f"{entry.id}/{commitment.number:02d}",
        plan=entry.plan,
        entry=entry.id,
        commitment=commitment.id,
        rule=rule,
        words=tuple(dict.fromkeys(words)),
        recorded_at=entry.recorded_at,
    )


def _matches(
    text: _Text, looked_for: Mapping[str, tuple[str, ...]], feed: models.Feed, commitment: models.Commitment
) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    titles = [_text(title) for title in (*commitment.title.values(), *(commitment.short_title or {}).values())]
    if commitment.ogp_id and (words := _find(text, _text(commitment.ogp_id))):
        yield Rule.OGP_ID, words
    for title in titles:
        if _says_enough(title) and (words := _find(text, title)):
            yield Rule.TITLE, words
    for phrase, words in looked_for.items():
        if feed.commitments == (commitment.number,) or (feed.commitments and _says(commitment, phrase)):
            yield Rule.FEED_WORDS, words
    for title in titles:
        if words := _find_all(text, title):
            yield Rule.TITLE_WORDS, words


def _says(commitment: models.Commitment, phrase: str) -> bool:
    """Tell whether a commitment's own text holds a phrase."""
    titled = [commitment.title, commitment.summary, commitment.official_text, *(goal.text for goal in commitment.goals)]
    titled += [milestone.title for milestone in commitment.milestones]
    titled += [indicator.title for indicator in commitment.indicators]
    return any(_find(_text(words), _text(phrase)) for text in titled for words in text.values())


def _says_enough(title: _Text) -> bool:
    """Tell whether a title is more than a word that anybody uses."""
    return len(title.written) > 1 or len(title.folded) > TELLING_LETTERS


def _find(text: _Text, phrase: _Text) -> tuple[str, ...]:
    """Find the words of a phrase one after the other."""
    found = _search(phrase.folded, text.folded) if phrase.folded else None
    return text.words(found) if found else ()


def _find_all(text: _Text, title: _Text) -> tuple[str, ...]:
    """Find all words of a title that mean something, wherever they stand; none where there are too few."""
    telling = [word for word in title.folded.split() if word not in STOP_WORDS]
    found: list[str] = []
    for word in telling if len(telling) >= TITLE_WORDS else ():
        match = _search(word, text.folded)
        if match is None:
            return ()
        found += text.words(match)
    return tuple(found)


@lru_cache(maxsize=4096)
def _text(text: str) -> _Text:
    """Read a text of the plan, once."""
    return _read(text)


def _read(text: str) -> _Text:
    written = tuple(_WORD.findall(text))
    return _Text(written, " ".join(map(_folded, written)))


def _search(phrase: str, text: str) -> re.Match[str] | None:
    stems, pattern = _pattern(phrase)
    # Nearly all texts lack a stem, and looking for one is a hundred times faster than the search itself.
    return pattern.search(text) if all(stem in text for stem in stems) else None


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> tuple[list[str], re.Pattern[str]]:
    """Make the search for folded words; long ones also as an inflection of themselves or within a compound."""
    stems = [word if len(word) < COMPOUND_LETTERS else _ENDING.sub("", word) for word in phrase.split()]
    words = (re.escape(word) if len(word) < COMPOUND_LETTERS else _compound(word) for word in phrase.split())
    return stems, re.compile(rf"(?<!\S){' '.join(words)}(?!\S)")


def _compound(word: str) -> str:
    return rf"(?:{re.escape(_ENDING.sub('', word))}\S*|\S*{re.escape(word)})"


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in parts if not (unicodedata.combining(char) or char.isspace()))
