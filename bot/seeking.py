"""Looks up what is public for a conversation, and says where on the site it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.dialogue import Hit, Hits
from monitor import search
from monitor.search import Piece, Result
from monitor.storage import Storage

AT_ONCE = 3


def finder(storage: Storage, root: str, language: str) -> Callable[[str, int], Hits]:
    """Give what finds public things in a language, a few at once; ``root`` is where its site begins."""

    def find(query: str, start: int) -> Hits:
        found = search.find(storage, query, language, start=start, limit=AT_ONCE)
        return Hits(found.total, tuple(_hit(result, root) for result in found.results), found.any_word)

    return find


def _hit(result: Result, root: str) -> Hit:
    passage = result.passage
    line = " ".join(_plain(result.excerpt).split())
    return Hit(
        kind=passage.kind,
        record=passage.record,
        label=_plain(result.label),
        title=_plain(result.title),
        line=line,
        page=root + passage.address,
    )


def _plain(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
