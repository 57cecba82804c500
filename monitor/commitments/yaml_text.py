"""One YAML file -> plain values with the place of everything in it. Every scalar is read as text.

So ``010``, ``no``, ``1.10`` and ``12:30`` mean what they say; lint tells where another program would differ.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from monitor.canonical import CLOCK, OTHER_THAN_TEXT, Comments
from monitor.commitments import faults
from monitor.fields import Kind, Place
from monitor.lint import Document, Problem

# What may be an anchor, alias, tag, merge key, directive or second document, and needs a closer look.
SPECIAL = ("&", "*", "!", "<<", "\n%", "\n---", "\n...")
HASH = re.compile(r"(?m)(?:^|(?<=[ \t]))#.*$")
BLANK = re.compile(r"(?m)^[ \t]*$")


class _Loader(yaml.CBaseLoader):
    """Gives nodes as they are written: guessing what YAML makes of a word takes a third of the time."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Take everything for text."""
        return "tag:yaml.org,2002:str"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Keep no path, since nothing depends on it."""

    def ascend_resolver(self) -> None:
        """Keep no path, since nothing depends on it."""


def read_document(path: Path, text: str, kind: Kind | None = None, schema: str = "") -> Document:
    """Read the text of one YAML file; what is wrong with it stands in the document's problems."""
    document = Document(path, kind=kind, text=text, schema=schema)
    try:
        node = yaml.compose(text, Loader=_Loader)
        document.problems += _special(document) if any(sign in f"\n{text}" for sign in SPECIAL) else []
    except yaml.MarkedYAMLError as error:
        document.problems.append(faults.not_yaml(document, error))
    except yaml.reader.ReaderError as error:
        document.problems.append(faults.not_text(document, error))
    else:
        document.values = _values(node, (), document) if node else {}
        document.find_comments = partial(_comments, node, text)
        document.problems = [replace(problem, title=document.title) for problem in document.problems]
    return document


def _values(node: yaml.Node, where: Place, document: Document) -> Any:
    document.places.setdefault(where, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, document)
    if isinstance(node, yaml.SequenceNode):
        return [_values(item, (*where, index), document) for index, item in enumerate(node.value)]
    if not node.style:  # type: ignore[attr-defined]
        if OTHER_THAN_TEXT.fullmatch(node.value) or CLOCK.fullmatch(node.value):
            document.plain[where] = node.value
        return node.value or None
    return node.value


def _mapping(node: yaml.MappingNode, where: Place, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        place = (*where, name)
        twice = document.places.get(place) if name in values else None
        document.places[place] = (key.start_mark.line + 1, key.start_mark.column + 1)
        if twice:
            document.problems.append(document.problem(place, "duplicate-key.same", name=name, line=twice[0]))
        values[name] = _values(value, place, document)
    return {name: value for name, value in values.items() if value is not None}


def _special(document: Document) -> list[Problem]:
    """List anchors, aliases, tags and merge keys; they hide what a record says."""
    found = []
    for event in yaml.parse(document.text, Loader=yaml.CBaseLoader):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        found += [document.problem_at(*place, f"yaml.{case}", name=name) for case, name in _hidden(event)]
    return found


def _hidden(event: Any) -> Iterator[tuple[str, str]]:
    if isinstance(event, yaml.AliasEvent):
        yield "alias", str(event.anchor)
    elif getattr(event, "anchor", None):
        yield "anchor", event.anchor
    if getattr(event, "tag", None):
        yield "tag", event.tag
    if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style:
        yield "merge", "<<"
    if isinstance(event, yaml.DocumentStartEvent) and event.explicit:
        yield "document-mark", "---"


def _comments(node: yaml.Node | None, text: str) -> Comments:
    """Find comments and blank lines, and what each stands at."""
    hashes, blanks = list(HASH.finditer(text)), list(BLANK.finditer(text.rstrip("\n")))
    if node is None or not (hashes or blanks):
        return Comments()
    walk = _Walk(text)
    if len(hashes) > 1 or blanks or hashes[0].start() > 0:
        walk.visit(node, ())
    else:
        walk.anchors.append((node.start_mark.line, ()))
    return walk.attach([*hashes, *blanks])


class _Walk:
    """Knows where scalars stand, since no comment is in them, and which place begins on which line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.anchors: list[tuple[int, Place]] = []
        self.spans: list[tuple[int, int]] = []

    def visit(self, node: yaml.Node, place: Place) -> None:
        self._anchor(node.start_mark.line, place)
        inline = node.start_mark.line == node.end_mark.line
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if not inline and not _is_empty(value):
                    self._anchor(key.start_mark.line, (*place, str(key.value)))
                self._span(key)
                self._part(value, (*place, str(key.value)), inline)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._part(item, (*place, index), inline)
        else:
            self._span(node)

    def _part(self, node: yaml.Node, place: Place, inline: bool) -> None:
        """Visit a part; what stands within one line of a list shares the line's comment with its key."""
        if isinstance(node, yaml.ScalarNode):
            self._span(node)
            if not inline:
                self._anchor(node.start_mark.line, place)
            return
        before = len(self.anchors)
        self.visit(node, place)
        if inline:
            del self.anchors[before:]

    def _anchor(self, line: int, place: Place) -> None:
        if not self.anchors or self.anchors[-1][1] != place:
            self.anchors.append((line, place))

    def _span(self, node: yaml.Node) -> None:
        start, end = node.start_mark.index, node.end_mark.index
        if getattr(node, "style", None) in ("|", ">"):
            start = self.text.index("\n", start) if "\n" in self.text[start:end] else end
            end = start + len(self.text[start:end].rstrip())
        if end > start:
            self.spans.append((start, end))

    def attach(self, found: list[re.Match[str]]) -> Comments:
        before: dict[Place, list[str]] = {}
        beside: dict[Place, str] = {}
        after: list[str] = []
        self.spans.sort()
        starts = [start for start, _ in self.spans]
        for match in sorted(found, key=lambda one: one.start()):
            index = bisect_right(starts, match.start()) - 1
            if index >= 0 and self.spans[index][0] <= match.start() < self.spans[index][1]:
                continue
            line = bisect_right(self.lines, match.start()) - 1
            own = not self.text[self.lines[line] : match.start()].strip()
            here = [place for at, place in self.anchors if at == line]
            if not own and here and here[-1] not in beside:
                beside[here[-1]] = match[0].rstrip()
            else:
                following = next((place for at, place in self.anchors if at > line or (at == line and not own)), None)
                (after if following is None else before.setdefault(following, [])).append(match[0].strip())
        return Comments(before, beside, after)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and not node.value
