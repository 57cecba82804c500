"""A stranger's web page as markup of bounded depth and length, well nested, before anything builds a tree of it. Pure.

How long a tree takes grows with the square of its depth, and of elements such as <b> that are left open. What is
written here has little of either, and means the same to every parser: of attributes only those known are left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

LONGEST = 4_000_000
DEPTH, TAGS = 100, 50_000
CUT = " …"
VOID = frozenset({"br", "col", "hr", "wbr"})
# What ends where another begins, as HTML lets it: https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
_ENDED_BY = {
    "dd": {"dd", "dt"},
    "dt": {"dd", "dt"},
    "li": {"li"},
    "p": {"p"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"td", "th", "tr"},
}
# No other attribute: elements that differ in one are all opened again by every parser, in each passage that follows.
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_ATTRIBUTE = re.compile(r"""\s([a-z]{1,10})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))""", re.IGNORECASE)
# A tag never goes beyond the next "<", so that each letter is looked at once for one of them.
_TAG = r"""<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<rest>(?:[^<>"']|"[^"<]*"|'[^'<]*')*+(?=>)|[^<>]*)>"""


def pieces(text: str, dropped: Collection[str] = ()) -> Iterator[str | re.Match[str]]:
    """Give the text of a page and its tags by turns, without comments and the elements that are dropped whole."""
    whole = rf"<(?P<raw>{'|'.join(sorted(dropped))})\b[^<>]*>.*?(?:</(?P=raw)\b[^<>]*>|\Z)|" if dropped else ""
    token = re.compile(rf"<!--.*?(?:-->|\Z)|<[!?][^<>]*>|{whole}{_TAG}", re.IGNORECASE | re.DOTALL)
    at = 0
    for found in token.finditer(text[:LONGEST]):
        if found.start() > at:
            yield text[at : found.start()]
        if found["name"]:
            yield found
        at = found.end()
    yield text[at:LONGEST]
    if len(text) > LONGEST:
        yield CUT


def words(text: str, dropped: Collection[str] = ()) -> str:
    """Give a page without its tags, its entities as they stand."""
    return "".join(piece for piece in pieces(text, dropped) if isinstance(piece, str))


def bounded(text: str, tags: Collection[str], dropped: Collection[str] = ()) -> str:
    """Write a page again with these tags only; where they are too many or too deep they are left out, words never."""
    page = _Page(tags)
    for piece in pieces(text, dropped):
        if isinstance(piece, str):
            page.written.append(piece.replace("<", "&lt;"))
        elif piece["end"]:
            page.close(piece["name"].lower())
        else:
            page.open(piece["name"].lower(), piece["rest"])
    page.close_all()
    return "".join(page.written)


class _Page:
    def __init__(self, tags: Collection[str]) -> None:
        self.tags = tags
        self.left = TAGS
        self.opened: list[str] = []
        self.written: list[str] = []

    def open(self, name: str, rest: str) -> None:
        while self.opened and self.opened[-1] in _ENDED_BY.get(name, ()):
            self.end_last()
        if name not in self.tags or not self.left or len(self.opened) >= DEPTH:
            return
        self.left -= 1
        self.written.append(f"<{name}{_attributes(name, rest)}>")
        if name not in VOID:
            self.opened.append(name)

    def close(self, name: str) -> None:
        if name in self.opened:
            while self.end_last() != name:
                pass

    def close_all(self) -> None:
        while self.opened:
            self.end_last()

    def end_last(self) -> str:
        name = self.opened.pop()
        self.written.append(f"</{name}>")
        return name


def _attributes(name: str, rest: str) -> str:
    known = _ATTRIBUTES.get(name)
    found = (match.groups() for match in _ATTRIBUTE.finditer(rest)) if known else ()
    kept = {key.lower(): one or two or bare or "" for key, one, two, bare in found if known and key.lower() in known}
    return "".join(f' {key}="{value.replace(chr(34), "&quot;")}"' for key, value in kept.items())
