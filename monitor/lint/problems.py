"""What lint reads and what it finds: documents with the place of everything in them, and problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from monitor import models
from monitor.canonical import Comments, emit
from monitor.fields import Kind, Place
from monitor.lint.wording import DEFAULT, Said, say

WARNINGS = {"person-name", "reading-level", "not-canonical"}
SCHEMA = "# yaml-language-server: $schema="


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file: where, which rule, and the values for its words; ``paste`` is ready to be used."""

    path: Path
    line: int
    column: int
    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    paste: str = ""

    @property
    def rule(self) -> str:
        """Give the name of the rule."""
        return self.code.partition(".")[0]

    @property
    def warning(self) -> bool:
        """Tell whether this is advice and stops nothing."""
        return self.rule in WARNINGS

    def said(self, language: str = DEFAULT) -> Said:
        """Say in a language what is wrong, and what to write instead."""
        return say(self.code, self.values, language)

    @property
    def message(self) -> str:
        """Say what is wrong, in English."""
        return self.said().message

    @property
    def repair(self) -> str:
        """Say what to write instead, in English."""
        return self.said().repair

    def __str__(self) -> str:
        about = f" [{self.title}]" if self.title else ""
        return f"{self.path}:{self.line}:{self.column}:{about} {self.rule}: {self.message}: {self.repair}"


@dataclass
class Document:
    """A file as plain values, with the place of every key and item.

    ``text`` is its YAML and ``around`` what stands before and behind that in the file; ``body`` is Markdown that
    starts on line ``body_line``; ``plain`` holds every value without quotes that other programs may read otherwise.
    """

    path: Path
    values: Any = None
    kind: Kind | None = None
    text: str = ""
    around: tuple[str, str] = ("", "")
    body: str = ""
    body_line: int = 1
    schema: str = ""
    find_comments: Callable[[], Comments] = Comments
    plain: dict[Place, str] = field(default_factory=dict)
    places: dict[Place, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def comments(self) -> Comments:
        """Give the comments and blank lines; they are looked for only when the canonical form is asked."""
        return self.find_comments()

    def place(self, where: Place) -> tuple[int, int]:
        """Give line and column of a key, or of the nearest thing around it."""
        while where and where not in self.places:
            where = where[:-1]
        return self.places.get(where, (1, 1))

    def problem(self, where: Place, code: str, /, **values: object) -> Problem:
        """Make a problem at a place of this file."""
        return self.problem_at(*self.place(where), code, **values)

    def problem_at(self, line: int, column: int, code: str, /, **values: object) -> Problem:
        """Make a problem at a line and column of this file."""
        told = {name: str(value) for name, value in values.items()}
        return Problem(self.path, line, column, code, told, self.title)

    @property
    def title(self) -> str:
        """Give the first title in the file, for messages."""
        title = self.values.get("title") if isinstance(self.values, dict) else None
        texts = list(title.values()) if isinstance(title, dict) else [title]
        return next((text for text in texts if isinstance(text, str)), "")

    @property
    def whole(self) -> str:
        """Give the text of the whole file."""
        return self.around[0] + self.text + self.around[1]

    def canonical(self, languages: Sequence[str]) -> str:
        """Give the text of the whole file in its canonical form."""
        if self.kind is None or not self.values:
            return self.whole
        text = emit(self.values, self.kind, comments=self.comments, languages=languages)
        named = not self.schema or SCHEMA in text.partition("\n")[0]
        first = "" if named else f"{SCHEMA}../schema/{self.schema}.schema.json\n"
        return self.around[0] + first + text + self.around[1]


@dataclass(frozen=True)
class Loaded:
    """A folder as far as it could be read: the records that are well formed, every document, every problem."""

    readable: models.PlanFolder | None
    documents: dict[Path, Document]
    problems: list[Problem]
    languages: tuple[str, ...] = ()

    @property
    def folder(self) -> models.PlanFolder | None:
        """Give the plan where all of it could be read, else None."""
        return None if self.problems else self.readable
