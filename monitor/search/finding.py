"""Finds passages for a query, the best first, each with the piece of text that holds the hits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from monitor import models, words
from monitor.search import folding
from monitor.search.asking import Asked, Word, understand
from monitor.storage import Storage

PASSAGES_AT_MOST = 1000
EXCERPT_LETTERS = 220
LEAD_LETTERS = 60
# What a hit is worth in the title and in the text: the whole word, the start of a word, letters within one.
IN_TITLE = (12.0, 7.0, 4.0)
IN_TEXT = (3.0, 2.0, 1.0)
WHOLE_TITLE, PHRASE_IN_TITLE, PHRASE_IN_TEXT = 6.0, 10.0, 4.0
# Where hits are alike, what a reader most likely wants comes first.
KINDS = {
    "commitment": 6.0, "plan": 3.0, "milestone": 2.5, "meeting": 2.5, "organisation": 2.5, "page": 2.0,
    "agreement": 2.0, "question": 1.5, "lesson": 1.5, "update": 1.5, "indicator": 1.0, "answer": 1.0, "agenda": 1.0,
    "unknown": 0.5, "entry": 0.5, "correction": 0.5, "idea": 0.5, "change": 0.0, "source": -3.0,
}  # fmt: skip


class Piece(NamedTuple):
    """A stretch of text, and whether it is a hit."""

    text: str
    hit: bool = False


@dataclass(frozen=True)
class Result:
    """A passage that was found: what and where it is, its title and a piece of its text, hits marked."""

    passage: models.Passage
    rank: float
    label: tuple[Piece, ...]
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """What a query found. ``any_word`` where nothing holds all its words; ``more`` where there is more than is told."""

    asked: Asked
    total: int
    results: tuple[Result, ...] = ()
    any_word: bool = False
    more: bool = False


def find(storage: Storage, query: str, language: str, *, start: int = 0, limit: int = 20) -> Found:
    """Find what is public in a language; of all that is found, ``limit`` results from ``start`` on are told."""
    asked = _understand(query, language)
    if not asked.words:
        return Found(asked, 0)
    asked = _compounds(storage, asked, language)
    found, any_word = _passages(storage, asked, language)
    ranked = _once(sorted(((_rank(p, asked), p) for p in found), key=lambda pair: (-pair[0], pair[1].address)))
    told = tuple(_result(rank, passage, asked) for rank, passage in ranked[start : start + limit])
    return Found(asked, len(ranked), told, any_word, len(found) >= PASSAGES_AT_MOST)


def _understand(query: str, language: str) -> Asked:
    names = words.of(language)
    kinds = {name: kind for kind, known in names.table_of("search-number").items() for name in known.split()}
    return understand(query, language, little=frozenset(names.text("search.little").split()), kinds=kinds)


def _passages(storage: Storage, asked: Asked, language: str) -> tuple[list[models.Passage], bool]:
    named = storage.find_passages(asked.by_key, language, limit=PASSAGES_AT_MOST) if asked.key else []
    told = storage.find_passages(asked.all, language, limit=PASSAGES_AT_MOST)
    if named or told or len(asked.words) == 1:
        return [*named, *(passage for passage in told if passage not in named)], False
    return storage.find_passages(asked.any, language, limit=PASSAGES_AT_MOST), True


def _compounds(storage: Storage, asked: Asked, language: str) -> Asked:
    """Let a long word also find its two parts, where some text has both."""
    words = (word if word.text[0].isdigit() else _compound(storage, word, language) for word in asked.words)
    return replace(asked, words=tuple(words))


def _compound(storage: Storage, word: Word, language: str) -> Word:
    cuts = (cut for cut in word.cuts(language) if storage.find_passages(cut.apart, language, limit=1))
    return next(cuts, word)


def _once(ranked: Iterable[tuple[float, models.Passage]]) -> list[tuple[float, models.Passage]]:
    """Keep the best passage of each record: its texts may be in several languages."""
    best: dict[tuple[str, str], tuple[float, models.Passage]] = {}
    for rank, passage in ranked:
        best.setdefault((passage.kind, passage.record), (rank, passage))
    return list(best.values())


def _rank(passage: models.Passage, asked: Asked) -> float:
    title = folding.tokens(passage.title)
    stems = [folding.stem(token, passage.language) for token in title]
    score = KINDS.get(passage.kind, 0.0)
    for word in asked.words:
        score += _in_title(word, title, stems) or _in_text(word, passage)
    hits = sum(any(word.is_whole(*pair) for word in asked.words) for pair in zip(title, stems, strict=True))
    score += WHOLE_TITLE * hits / max(len(title), 1)
    if len(asked.words) > 1:
        phrase = folding.padded([word.text for word in asked.words])
        score += PHRASE_IN_TITLE * (phrase in folding.padded(title)) or PHRASE_IN_TEXT * (phrase in passage.words)
    return score + 1000 * bool(asked.key and f" {asked.key} " in passage.keys)


def _in_title(word: Word, title: list[str], stems: list[str]) -> float:
    pairs = list(zip(title, stems, strict=True))
    if any(word.is_whole(*pair) for pair in pairs):
        return IN_TITLE[0]
    hits = [token for token, stem in pairs if word.is_in(token, stem)]
    return (IN_TITLE[1] if any(hit.startswith(word.text) for hit in hits) else IN_TITLE[2]) if hits else 0.0


def _in_text(word: Word, passage: models.Passage) -> float:
    if f" {word.text} " in passage.words or (word.stem_needle and f" {word.stem} " in passage.stems):
        return IN_TEXT[0]
    if f" {word.text}" in passage.words:
        return IN_TEXT[1]
    within = word.needle in passage.words or (word.stem_needle and word.stem_needle in passage.stems)
    return IN_TEXT[2] if within else 0.0


def _result(rank: float, passage: models.Passage, asked: Asked) -> Result:
    return Result(
        passage=passage,
        rank=rank,
        label=_pieces(passage.label, _hits(passage.label, asked, passage.language)),
        title=_pieces(passage.title, _hits(passage.title, asked, passage.language)),
        excerpt=_excerpt(passage.text, _hits(passage.text, asked, passage.language)),
    )


def _hits(text: str, asked: Asked, language: str) -> list[tuple[int, int]]:
    return [found.span() for found in folding.WRITTEN.finditer(text) if _is_hit(found.group(), asked, language)]


def _is_hit(written: str, asked: Asked, language: str) -> bool:
    token = folding.fold(written)
    stem = folding.stem(token, language)
    return any(word.is_in(token, stem) for word in asked.words)


def _excerpt(text: str, hits: list[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut out the stretch with the most hits, at the ends of words."""
    begins = [max(0, start - LEAD_LETTERS) for start, _ in hits] or [0]
    begin = max(begins, key=lambda at: sum(at <= start and end <= at + EXCERPT_LETTERS for start, end in hits))
    begin = text.find(" ", begin) + 1 if begin else 0
    end = begin + EXCERPT_LETTERS
    end = len(text) if end >= len(text) else max(text.rfind(" ", begin, end), begin + 1)
    within = [(start - begin, stop - begin) for start, stop in hits if begin <= start and stop <= end]
    return (
        *([Piece("… ")] if begin else []),
        *_pieces(text[begin:end], within),
        *([Piece(" …")] if end < len(text) else []),
    )


def _pieces(text: str, hits: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for start, end in hits:
        pieces += [Piece(text[at:start]), Piece(text[start:end], hit=True)]
        at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)
