"""What a query asks for: its words, how each may occur, and the number of a record where it names one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from monitor.search import folding

LETTERS_AT_MOST = 200
WORDS_AT_MOST = 12
# A shorter word must be a whole word, one of this length at least begin one.
SHORT = 3
# A shorter stem must be that of a whole word: "rad" is the stem of raad, and a part of radio.
STEM_ANYWHERE = 5
# A part of a compound has at least this many letters.
SHORTEST_PART = 4
RECORD = re.compile(r"(?:(?P<plan>\d{4}-\d{4})/)?0*(?P<number>\d{1,3}(?:\.\d{1,3})?)")
OGP_ID = re.compile(r"[a-z]{2}\d{4,}")


@dataclass(frozen=True)
class Word:
    """A folded word of a query, and its stem; ``halves`` are the two words that a compound is made of."""

    text: str
    stem: str
    halves: tuple[Word, ...] = ()

    def is_in(self, token: str, stem: str) -> bool:
        """Tell whether a folded word of a text, with its stem, is a hit."""
        whole = self.is_whole(token, stem) or self.needle.strip() in self._room(token) or self._stem_within(stem)
        return whole or any(half.is_whole(token, stem) for half in self.halves)

    def is_whole(self, token: str, stem: str) -> bool:
        """Tell whether a folded word is this word, but for its ending."""
        return token == self.text or (len(self.text) >= SHORT and stem == self.stem)

    def _room(self, token: str) -> str:
        if self.text[0].isdigit() or len(self.text) <= SHORT:
            return token if token.startswith(self.text) and len(self.text) >= SHORT else ""
        return token

    def _stem_within(self, stem: str) -> bool:
        return len(self.stem) >= STEM_ANYWHERE and self.stem in stem

    @property
    def needle(self) -> str:
        """Give what must occur in padded words: a whole word, the start of one, or letters anywhere."""
        if len(self.text) < SHORT:
            return f" {self.text} "
        return f" {self.text}" if len(self.text) == SHORT or self.text[0].isdigit() else self.text

    @property
    def stem_needle(self) -> str:
        """Give what must occur in padded stems; empty for words too short to have one."""
        if len(self.text) < SHORT:
            return ""
        return self.stem if len(self.stem) >= STEM_ANYWHERE else f" {self.stem} "

    @property
    def match(self) -> str:
        """Give the expression of FTS5 that finds this word; it holds letters, digits and their signs only."""
        found = [f'words : "{self.needle}"']
        found += [f'stems : "{self.stem_needle}"'] if self.stem_needle else []
        found += [self.apart] if self.halves else []
        return f"({' OR '.join(found)})"

    @property
    def apart(self) -> str:
        """Give the expression that finds the two words of a compound in one text."""
        return "(" + " AND ".join(f'stems : " {half.stem} "' for half in self.halves) + ")"

    def cuts(self, language: str) -> Iterator[Word]:
        """Take a long word for a compound at each place where it may be one: lobbycontacten, lobby and contacten."""
        for cut in range(SHORTEST_PART, len(self.text) - SHORTEST_PART + 1):
            parts = (self.text[:cut], self.text[cut:])
            yield replace(self, halves=tuple(Word(part, folding.stem(part, language)) for part in parts))


@dataclass(frozen=True)
class Asked:
    """A query as it is understood. ``key`` is what the record that it names is kept under; ``shown`` can be shown."""

    shown: str
    words: tuple[Word, ...]
    key: str = ""

    @property
    def all(self) -> str:
        """Give the expression that every word must occur."""
        return " AND ".join(word.match for word in self.words)

    @property
    def any(self) -> str:
        """Give the expression that one word must occur."""
        return " OR ".join(word.match for word in self.words)

    @property
    def by_key(self) -> str:
        """Give the expression for the record that the query names."""
        return f'keys : " {self.key} "'


def understand(query: str, language: str, *, little: frozenset[str], kinds: Mapping[str, str]) -> Asked:
    """Take a query apart; ``little`` are words that say nothing, ``kinds`` what kind a word before a number names."""
    shown = " ".join(re.sub(r"[^\w\s.,/'’&+-]", " ", query[:LETTERS_AT_MOST]).split())
    folded = folding.tokens(query[:LETTERS_AT_MOST])[:WORDS_AT_MOST]
    telling = [word for word in folded if word not in little] or folded
    words = tuple(Word(word, folding.stem(word, language)) for word in dict.fromkeys(telling))
    return Asked(shown, words, _key(folded, kinds))


def _key(words: list[str], kinds: Mapping[str, str]) -> str:
    kind = kinds.get(words[0], "") if len(words) == 2 else ""
    if not (len(words) == 1 or kind):
        return ""
    if OGP_ID.fullmatch(words[-1]):
        return words[-1]
    found = RECORD.fullmatch(words[-1])
    if found is None:
        return ""
    if found["plan"]:
        return f"{found['plan']}/{found['number']}"
    return f"{kind}/{found['number']}" if kind else found["number"]
