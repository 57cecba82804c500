"""Which commitment an entry may concern: rules that would rather miss one than suggest a wrong one. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from monitor import models

COMPOUND_LETTERS = 6
ABBREVIATION_LETTERS = 3
TELLING_LETTERS = 12
# A title of fewer words says too little when they stand apart.
TITLE_WORDS = 4
# How far from each other words may stand, for each word looked for; and how often each is looked for in a text.
REACH, HITS = 4, 12
APART = "…"
# What is written to an abbreviation without a hyphen: Wobverzoek, OCDSdata. Other words that begin so are other words.
JOINED = (
    "besluit|bijlage|dashboard|data|document|dossier|informatie|pilot|portaal|procedure|publicatie|rapport|register"
    "|standaard|stuk|verzoek|wet|zaak|zaken"
)
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
    ALSO_CALLED = "also-called"
    FEED_WORDS = "feed-words"
    TITLE_WORDS = "title-words"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class _Text:
    """A text as the words that are written, and the same words without capitals and accents, a space between."""

    written: tuple[str, ...]
    folded: str

    def words(self, found: re.Match[str]) -> tuple[str, ...]:
        """Give the words as written that a search in the folded text found."""
        first = self.folded.count(" ", 0, found.start())
        return self.written[first : first + found[0].count(" ") + 1]


def mentions(
    entry: models.Entry,
    feed: models.Feed,
    commitments: Iterable[models.Commitment],
    organisations: Iterable[models.Organisation] = (),
) -> list[models.Mention]:
    """Suggest the commitments that an entry may concern, each by the strictest rule that matches, with the words.

    An entry must hold one of the feed's words, where the feed names any. They are reason enough for a commitment
    that the feed names, if it names no other or the commitment's own text holds the same words.
    """
    text = _read(f"{entry.title} {entry.summary}")
    looked_for = {phrase: words for phrase in feed.words if (words := _find_apart(text, phrase))}
    if feed.words and not looked_for:
        return []
    concerned = [known for known in commitments if not feed.commitments or known.number in feed.commitments]
    bodies = {body.id: body for body in organisations}
    found = ((known, next(_matches(text, looked_for, feed, known, bodies), None)) for known in concerned)
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
    text: _Text,
    looked_for: Mapping[str, tuple[str, ...]],
    feed: models.Feed,
    commitment: models.Commitment,
    bodies: Mapping[str, models.Organisation],
) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    titles = (*commitment.title.values(), *(commitment.short_title or {}).values())
    if commitment.ogp_id and (words := _find(text, _text(commitment.ogp_id))):
        yield Rule.OGP_ID, words
    for title in titles:
        if _says_enough(_text(title)) and (words := _find_outside(text, _text(title), bodies.values())):
            yield Rule.TITLE, words
    for phrase in commitment.also_called:
        if words := _find_apart(text, phrase):
            yield Rule.ALSO_CALLED, words
    for phrase, words in looked_for.items():
        if feed.commitments == (commitment.number,) or (feed.commitments and _says(commitment, phrase)):
            yield Rule.FEED_WORDS, words
    for title in titles:
        if (telling := _telling(title)) and (words := _find_apart(text, telling)):
            yield Rule.TITLE_WORDS, words
    yield from _beside_an_organisation(text, feed, commitment, bodies)


def _beside_an_organisation(
    text: _Text, feed: models.Feed, commitment: models.Commitment, bodies: Mapping[str, models.Organisation]
) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """Find words that mean the commitment only where a lead or partner is named, or speaks itself."""
    words = next((w for phrase in commitment.with_organisation if (w := _find_apart(text, phrase))), ())
    if not words:
        return
    answering = [lead.organisation for lead in commitment.leads]
    answering += [partner.organisation for partner in commitment.partners if partner.organisation]
    if feed.organisation in answering:
        yield Rule.ORGANISATION, words
    for body in (bodies[known] for known in answering if known in bodies):
        if named := next(filter(None, (_find(text, _text(name)) for name in _names(body))), ()):
            yield Rule.ORGANISATION, (*named, *words)


def _names(body: models.Organisation) -> tuple[str, ...]:
    return *body.name.values(), *(body.short or {}).values()


def _says(commitment: models.Commitment, phrase: str) -> bool:
    """Tell whether a commitment's own text holds a phrase."""
    titled = [commitment.title, commitment.summary, commitment.official_text, *(goal.text for goal in commitment.goals)]
    titled += [milestone.title for milestone in commitment.milestones]
    titled += [indicator.title for indicator in commitment.indicators]
    return any(_find_apart(_text(words), phrase) for text in titled for words in text.values())


def _says_enough(title: _Text) -> bool:
    """Tell whether a title is more than a word that anybody uses."""
    return len(title.written) > 1 or len(title.folded) > TELLING_LETTERS


def _find(text: _Text, phrase: _Text) -> tuple[str, ...]:
    """Find the words of a phrase one after the other."""
    found = next(_search(phrase.folded, text.folded), None) if phrase.folded else None
    return text.words(found) if found else ()


def _find_outside(text: _Text, phrase: _Text, bodies: Iterable[models.Organisation]) -> tuple[str, ...]:
    """Find a phrase that is not part of an organisation's name: the Open Contracting Partnership has many news."""
    hits = list(_search(phrase.folded, text.folded))
    longer = {_text(name).folded for body in bodies for name in _names(body)} if hits else set()
    named = [
        span.span()
        for name in longer
        if phrase.folded in name and phrase.folded != name
        for span in _search(name, text.folded)
    ]
    free = (hit for hit in hits if not any(first <= hit.start() and hit.end() <= last for first, last in named))
    return next((text.words(hit) for hit in free), ())


def _find_apart(text: _Text, phrase: str) -> tuple[str, ...]:
    """Find the parts of a phrase in any order, near each other; none where one is missing or they stand too far apart.

    The parts stand between ellipses.
    """
    parts, stems = _parts(phrase)
    for stem in stems:  # thousands of times a feed: all() takes three times as long
        if stem not in text.folded:
            return ()
    hits = [list(islice(_search(part.folded, text.folded), HITS)) for part in parts]
    if not hits or not all(hits):
        return ()
    nearest = _nearest(hits)
    first, last = min(found.start() for found in nearest), max(found.end() for found in nearest)
    is_near = text.folded.count(" ", first, last) < REACH * sum(len(part.written) for part in parts)
    return tuple(word for found in nearest for word in text.words(found)) if is_near else ()


@lru_cache(maxsize=4096)
def _parts(phrase: str) -> tuple[list[_Text], list[str]]:
    """Read the parts of a phrase, and the stems that a text must hold for all of them, the rarest first."""
    parts = [part for part in map(_read, phrase.split(APART)) if part.folded]
    stems = {stem for part in parts for stem in _pattern(part.folded)[0]}
    return parts, sorted(stems, key=len, reverse=True)


@lru_cache(maxsize=4096)
def _telling(title: str) -> str:
    """Give the words of a title that mean something as a phrase; nothing where they are too few."""
    words = [word for word in title.split() if _text(word).folded not in STOP_WORDS]
    return APART.join(words) if len(words) >= TITLE_WORDS else ""


def _nearest(hits: Sequence[Sequence[re.Match[str]]]) -> list[re.Match[str]]:
    """Give one hit of each, those that stand nearest to a hit of the first."""
    around = (
        [start, *(min(others, key=lambda hit: abs(hit.start() - start.start())) for others in hits[1:])]
        for start in hits[0]
    )
    return min(around, key=lambda found: max(hit.end() for hit in found) - min(hit.start() for hit in found))


@lru_cache(maxsize=4096)
def _text(text: str) -> _Text:
    """Read a text of the plan, once."""
    return _read(text)


def _read(text: str) -> _Text:
    written = tuple(_WORD.findall(text))
    return _Text(written, " ".join(map(_folded, written)))


def _search(phrase: str, text: str) -> Iterator[re.Match[str]]:
    stems, pattern = _pattern(phrase)
    # Nearly all texts lack a stem, and looking for one is a hundred times faster than the search itself.
    for stem in stems:
        if stem not in text:
            return iter(())
    return pattern.finditer(text)


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> tuple[list[str], re.Pattern[str]]:
    """Make the search for folded words; long ones also as an inflection of themselves or within a compound."""
    stems = [word if len(word) < COMPOUND_LETTERS else _ENDING.sub("", word) for word in phrase.split()]
    return stems, re.compile(rf"(?<!\S){' '.join(map(_one, phrase.split()))}(?!\S)")


def _one(word: str) -> str:
    if len(word) >= COMPOUND_LETTERS:
        return rf"(?:{re.escape(_ENDING.sub('', word))}\S*|\S*{re.escape(word)})"
    return rf"{re.escape(word)}(?:(?:{JOINED})\S*)?" if len(word) >= ABBREVIATION_LETTERS else re.escape(word)


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in parts if not (unicodedata.combining(char) or char.isspace()))
