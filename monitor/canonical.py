"""The one form of a plan file: order of the models, two spaces, lines of at most 110, quotes where needed. Pure.

Comments and single blank lines stay with what they stood at. Written by hand, since a general
round trip is 25 times slower than reading and lint needs this for every file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.fields import Form, Kind, Place

WIDTH = 110
# What YAML 1.1 or 1.2 takes for something else than a text: https://yaml.org/type/
OTHER_THAN_TEXT = re.compile(
    r"""(?ix) ~ | null | y | n | yes | no | on | off | true | false | = | <<
    | [-+]?[0-9][0-9_]* | [-+]?0[xob][0-9a-f_]+
    | [-+]?[0-9][0-9_]*\.[0-9_]*(?:e[-+]?[0-9]+)? | [-+]?\.[0-9][0-9_]*(?:e[-+]?[0-9]+)? | [-+]?[0-9]+e[-+]?[0-9]+
    | [-+]?\.inf | \.nan
    | [-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t ].*)?""",
)
CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}\b.*")
UNSAFE_START = re.compile(r"[,\[\]{}#&*!|>'\"%@`]|[-?:](?:\s|$)|---|\.\.\.")
UNSAFE_INSIDE = re.compile(r":(?:\s|$)|\s#|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
UNSAFE_IN_FLOW = re.compile(r"[,\[\]{}:?]")
UNSAFE_TO_FOLD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|^\s|\s$|\n[ \t]|[ \t]\n")
CONTROL = re.compile(r"[\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
SINGLE_SPACE = re.compile(r"(?<! ) (?! )")


@dataclass(frozen=True)
class Comments:
    """What stands in a file beside its values: lines before a place, at the end of its line, at the end."""

    before: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    beside: Mapping[Place, str] = field(default_factory=dict)
    after: Sequence[str] = ()

    def inside(self, place: Place) -> bool:
        """Tell whether there is a comment within a place."""
        return any(key[: len(place)] == place and key != place for key in (*self.before, *self.beside))


def emit(values: Any, kind: Kind, *, comments: Comments, languages: Sequence[str] = ()) -> str:
    """Write values as the text of a file; ``languages`` gives the order of the words in a text."""
    writer = _Writer(comments, languages)
    lines = [*_calm(comments.before.get((), ())), *writer.block(values, kind, (), 0), *_calm(comments.after)]
    return "\n".join(lines).strip("\n") + "\n"


def _calm(remarks: Iterable[str]) -> Iterator[str]:
    """Give comments with at most one blank line between them."""
    previous = None
    for remark in remarks:
        if remark or previous != "":
            yield remark
        previous = remark


class _Writer:
    def __init__(self, comments: Comments, languages: Sequence[str]) -> None:
        self.comments = comments
        self.bare = not comments.inside(())
        self.languages = languages

    def block(self, value: Any, kind: Kind | None, place: Place, indent: int) -> Iterator[str]:
        if isinstance(value, dict):
            for name in self._order(value, kind):
                part = kind.part(name) if kind else None
                yield from self._before((*place, name), indent)
                yield from self._entry(f"{self._key(name, kind)}:", value[name], part, (*place, name), indent)
        elif isinstance(value, list):
            part = kind.part(0) if kind else None
            for index, item in enumerate(value):
                yield from self._before((*place, index), indent)
                yield from self._item(item, part, (*place, index), indent)
        else:
            yield inline(str(value), kind)

    def _order(self, value: dict[str, Any], kind: Kind | None) -> list[str]:
        wanted: Iterable[str] = ()
        if kind and kind.form is Form.RECORD and kind.model:
            wanted = kind.model.model_fields
        elif kind and kind.form is Form.MAP:
            wanted = self.languages
        known = [name for name in wanted if name in value]
        return [*known, *(name for name in value if name not in known)]

    def _key(self, name: str, kind: Kind | None) -> str:
        """Write a field as the models name it, ``on`` too; quote a language such as ``no``."""
        return name if kind and kind.form is Form.RECORD and kind.part(name) else key(name)

    def _item(self, item: Any, kind: Kind | None, place: Place, indent: int) -> Iterator[str]:
        if isinstance(item, dict | list) and item:
            lines = list(self.block(item, kind, place, indent + 2))
            first = next((n for n, line in enumerate(lines) if line and not line.lstrip().startswith("#")), 0)
            yield from (line[2:] if line else line for line in lines[:first])
            yield f"{' ' * indent}- {lines[first][indent + 2 :]}"
            yield from lines[first + 1 :]
        else:
            yield from self._entry("-", item, kind, place, indent)

    def _entry(self, start: str, value: Any, kind: Kind | None, place: Place, indent: int) -> Iterator[str]:
        head = " " * indent + start
        beside = f" {self.comments.beside[place]}" if place in self.comments.beside else ""
        if isinstance(value, str) or value is None:
            yield from _scalar(head, value, kind, beside, indent + 2)
        elif flow := self._flow(value, kind, place, len(head)):
            yield f"{head} {flow}{beside}"
        else:
            yield head + beside
            yield from self.block(value, kind, place, indent + 2)

    def _flow(self, value: Any, kind: Kind | None, place: Place, used: int) -> str | None:
        """Give a short list of words on one line, or None where it has to be a block."""
        if not value:
            return "[]" if isinstance(value, list) else "{}"
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return None
        part = kind.part(0) if kind else None
        text = f"[{', '.join(inline(item, part, flow=True) for item in value)}]"
        fits = used + 1 + len(text) <= WIDTH
        return text if fits and (self.bare or not self.comments.inside(place)) else None

    def _before(self, place: Place, indent: int) -> Iterator[str]:
        for line in _calm(self.comments.before.get(place, ())):
            yield f"{' ' * indent}{line}" if line else ""


def key(name: str) -> str:
    """Write the name of a field or language, quoted where it would be taken for something else."""
    return _quoted(name) if _needs_quotes(name, flow=True) or OTHER_THAN_TEXT.fullmatch(name) else name


def inline(text: str, kind: Kind | None, *, flow: bool = False) -> str:
    """Write a value on one line, quoted where needed: always where a text looks like a number, day or yes."""
    is_text = kind is None or kind.form is not Form.PLAIN
    other = is_text and (OTHER_THAN_TEXT.fullmatch(text) or CLOCK.fullmatch(text))
    return _quoted(text) if other or _needs_quotes(text, flow=flow) else text


def _needs_quotes(text: str, *, flow: bool) -> bool:
    return bool(
        not text
        or text != text.strip()
        or UNSAFE_START.match(text)
        or UNSAFE_INSIDE.search(text)
        or (flow and UNSAFE_IN_FLOW.search(text))
    )


def _quoted(text: str) -> str:
    return f'"{CONTROL.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    number = ord(match[0])
    return ESCAPES.get(match[0]) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")


def _scalar(head: str, text: str | None, kind: Kind | None, beside: str, indent: int) -> Iterator[str]:
    if text is None:
        yield head + beside
        return
    line = f"{head} {inline(text, kind)}"
    several = "\n" in text or (len(line) > WIDTH and " " in text)
    if several and not UNSAFE_TO_FOLD.search(text):
        yield f"{head} >-{beside}"
        yield from _folded(text, indent)
    else:
        yield line + beside


def _folded(text: str, indent: int) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n")):
        if number:
            yield ""
        yield from _wrapped(paragraph, " " * indent)


def _wrapped(paragraph: str, start: str) -> Iterator[str]:
    line = ""
    for word in SINGLE_SPACE.split(paragraph):
        if line and len(start) + len(line) + 1 + len(word) > WIDTH:
            yield start + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield start + line
