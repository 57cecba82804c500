"""Dutch summaries that are hard to read: advice. Pure.

Flesch-Douma as textstat computes it, which a test compares; textstat itself takes most of a second to start, since
it brings an English dictionary. B1 is about 60 and sentences of at most 20 words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pyphen import Pyphen

from monitor.lint.problems import Document, Problem

LANGUAGE = "nl"
EASY = 60
WORDS = 20
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'0-9])")
SENTENCE = re.compile(r"\b[^.!?]+[.!?]*")
# An apostrophe stays in "thema's"; other marks go.
NO_WORD = re.compile(r"'(?![tsd]|ve|ll|re)|[^\w\s']")


def advise(document: Document) -> Iterator[Problem]:
    """List what makes the Dutch summary of a plan or commitment hard."""
    summary = document.values.get("summary") if isinstance(document.values, dict) else None
    text = summary.get(LANGUAGE) if isinstance(summary, dict) else None
    if not isinstance(text, str) or not _words(text):
        return
    place = ("summary", LANGUAGE)
    for sentence in SENTENCE_END.split(text):
        if (count := len(sentence.split())) > WORDS:
            start = " ".join(sentence.split()[:4])
            yield document.problem(place, "reading-level.sentence", start=start, count=count, most=WORDS)
    if (ease := flesch(text)) < EASY:
        yield document.problem(place, "reading-level.words", ease=f"{ease:.0f}", least=EASY)


def flesch(text: str) -> float:
    """Give the reading ease of a Dutch text: 100 is very easy, 0 very hard."""
    words = _words(text)
    sentences = sum(len(_words(sentence)) > 2 for sentence in SENTENCE.findall(text))
    syllables = sum(len(_dictionary().positions(word.lower())) + 1 for word in words)
    return 206.835 - 0.93 * len(words) / max(1, sentences) - 77 * syllables / len(words)


def _words(text: str) -> list[str]:
    return NO_WORD.sub("", text).split()


@cache
def _dictionary() -> Pyphen:
    return Pyphen(lang=LANGUAGE)
