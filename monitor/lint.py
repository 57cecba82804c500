"""The rules for the files of a plan: every problem at once, with line, rule and repair. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor import models
from monitor.models import Completion

Place = tuple[str | int, ...]
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
TELEPHONE = re.compile(r"(?<![\d/.-])(?:\+31|0031|0)[ -]?(?:\(0\)[ -]?)?[1-9](?:[ -]?\d){8}(?![\d/.-])")
NAME_KEYS = {"contact", "person", "name_of_person", "email", "e-mail", "mail", "phone", "telephone", "telefoon"}


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file: where, which rule, what is wrong and what to write instead."""

    path: Path
    line: int
    column: int
    rule: str
    message: str
    repair: str
    title: str = ""
    warning: bool = False

    def __str__(self) -> str:
        about = f" [{self.title}]" if self.title else ""
        return f"{self.path}:{self.line}:{self.column}:{about} {self.rule}: {self.message}: {self.repair}"


@dataclass
class Document:
    """A file as plain values, with the place of every key and item."""

    path: Path
    values: Any = None
    places: dict[Place, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, where: Place) -> tuple[int, int]:
        """Give line and column of a key, or of the nearest thing around it."""
        while where and where not in self.places:
            where = where[:-1]
        return self.places.get(where, (1, 1))

    def problem(self, where: Place, rule: str, message: str, repair: str, *, warning: bool = False) -> Problem:
        """Make a problem at a place of this file."""
        line, column = self.place(where)
        return Problem(self.path, line, column, rule, message, repair, self.title, warning)

    @property
    def title(self) -> str:
        """Give the first title in the file, for messages."""
        title = self.values.get("title") if isinstance(self.values, dict) else None
        texts = list(title.values()) if isinstance(title, dict) else [title]
        return next((text for text in texts if isinstance(text, str)), "")


@dataclass(frozen=True)
class Loaded:
    """A folder as far as it could be read: the plan where it is whole, every document, every problem."""

    folder: models.PlanFolder | None
    documents: dict[Path, Document]
    problems: list[Problem]


Rule = Iterator[Problem]


def check(loaded: Loaded) -> list[Problem]:
    """List every problem of a plan's folder, in the order of files and lines."""
    found = list(loaded.problems)
    for document in loaded.documents.values():
        found += _private(document, document.values, ())
    if loaded.folder:
        found += _Folder(loaded.folder, loaded.documents).check()
    return sorted(found, key=lambda problem: (str(problem.path), problem.line, problem.column, problem.rule))


def _private(document: Document, value: Any, where: Place) -> Rule:
    if isinstance(value, dict):
        for name, part in value.items():
            if name.lower() in NAME_KEYS:
                message = f"'{name}' asks for a person's data"
                yield document.problem((*where, name), "personal-data", message, "remove it; name the organisation")
            yield from _private(document, part, (*where, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _private(document, part, (*where, index))
    elif isinstance(value, str):
        yield from _personal_text(document, value, where)


def _personal_text(document: Document, text: str, where: Place) -> Rule:
    if match := MAIL.search(text):
        message = f"'{match[0]}' is a mail address"
        yield document.problem(where, "personal-data", message, "remove it; name the organisation")
    if match := TELEPHONE.search(text):
        message = f"'{match[0]}' looks like a telephone number"
        yield document.problem(where, "personal-data", message, "remove it; name the organisation")


class _Folder:
    """The rules that need the whole plan."""

    def __init__(self, folder: models.PlanFolder, documents: dict[Path, Document]) -> None:
        self.folder = folder
        self.languages = folder.plan.languages
        self.documents = {path.name: document for path, document in documents.items()}
        self.organisations = {organisation.id for organisation in folder.organisations}
        self.sources = {source.id for source in folder.sources}

    def check(self) -> Rule:
        yield from self._record("plan.yml", self.folder.plan, ())
        yield from self._lists()
        for commitment in self.folder.commitments:
            yield from self._commitment(commitment)
        for meeting in self.folder.meetings:
            yield from self._record(f"{meeting.slug}.md", meeting, ())
            yield from self._meeting(meeting)
        yield from self._plan()
        yield from self._unique()

    def _lists(self) -> Rule:
        lists: tuple[tuple[str, Iterable[models.Model]], ...] = (
            ("organisations.yml", self.folder.organisations),
            ("sources.yml", self.folder.sources),
            ("feeds.yml", self.folder.feeds),
        )
        for name, records in lists:
            for index, record in enumerate(records):
                yield from self._record(name, record, (index,))

    def _problem(self, name: str, where: Place, rule: str, message: str, repair: str) -> Problem:
        return self.documents[name].problem(where, rule, message, repair)

    def _record(self, name: str, record: models.Model, where: Place) -> Rule:
        yield from self._factual(name, record, where)
        for field_name, value in record:
            place = (*where, field_name)
            if field_name == "sources":
                yield from self._sources(name, value, place)
            elif field_name in ("address", "archive_address") and value:
                yield from self._address(name, value, place)
            elif field_name in ("organisation", "host", "publisher", "coordinator") and self._is_reference(record):
                yield from self._organisation(name, value, place)
            elif isinstance(value, models.Model):
                yield from self._record(name, value, place)
            elif isinstance(value, tuple):
                for index, part in enumerate(value):
                    if isinstance(part, models.Model):
                        yield from self._record(name, part, (*place, index))
                    elif _is_text(part):
                        yield from self._parity(name, part, (*place, index))
            elif _is_text(value) and field_name not in ("official_text", "wording"):
                yield from self._parity(name, value, place)

    def _is_reference(self, record: models.Model) -> bool:
        return not isinstance(record, models.Source)

    def _parity(self, name: str, text: models.Text, where: Place) -> Rule:
        for language in self.languages:
            if not text.get(language):
                message = f"the text in '{language}' is missing"
                yield self._problem(name, where, "parity", message, f"add a line '{language}: …'")
        for language in sorted(text.keys() - set(self.languages)):
            repair = f"write one of {', '.join(self.languages)}"
            message = f"'{language}' is not a language of this plan"
            yield self._problem(name, (*where, language), "language", message, repair)

    def _factual(self, name: str, record: models.Model, where: Place) -> Rule:
        sources = getattr(record, "sources", None)
        if type(record).FACTUAL and isinstance(sources, dict):
            for fact in sorted(type(record).FACTUAL):
                if getattr(record, fact) and not sources.get(fact):
                    repair = f"add '{fact}: [S…]' below 'sources:'"
                    yield self._problem(name, (*where, fact), "source", f"'{fact}' has no source", repair)
        elif isinstance(sources, tuple) and not sources:
            yield self._problem(name, where, "source", "this has no source", "add a line 'sources: [S…]'")

    def _sources(self, name: str, sources: Any, where: Place) -> Rule:
        listed = sources.items() if isinstance(sources, dict) else [(None, sources)]
        for key, citations in listed:
            for index, citation in enumerate(citations):
                place = (*where, index) if key is None else (*where, key, index)
                yield from self._citation(name, citation, place)

    def _citation(self, name: str, citation: models.Citation, place: Place) -> Rule:
        if citation.source not in self.sources:
            message = f"source '{citation.source}' is not in sources.yml"
            yield self._problem(name, place, "reference", message, "add it there, or correct the id")
        if citation.certainty is models.Certainty.DERIVED and not citation.reasoning:
            message = "a derived fact needs its reasoning"
            yield self._problem(name, place, "reasoning", message, "add 'reasoning:' in each language")

    def _address(self, name: str, address: str, where: Place) -> Rule:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or " " in address:
            message = f"'{address}' is not a whole web address"
            yield self._problem(name, where, "link", message, "start with https:// and leave no spaces")

    def _organisation(self, name: str, organisation: str | None, where: Place) -> Rule:
        if organisation and organisation not in self.organisations:
            message = f"organisation '{organisation}' is not in organisations.yml"
            yield self._problem(name, where, "reference", message, "add it there, or correct the id")

    def _commitment(self, commitment: models.Commitment) -> Rule:
        name = self._file_of(commitment)
        yield from self._record(name, commitment, ())
        if not name.startswith(f"{commitment.number:02d}-"):
            repair = f"name the file '{commitment.number:02d}-….yml' or correct the number"
            yield self._problem(name, ("number",), "file-name", "number and file name differ", repair)
        for index, milestone in enumerate(commitment.milestones):
            yield from self._milestone(name, commitment, milestone, ("milestones", index))
        known = {milestone.number for milestone in commitment.milestones}
        for index, update in enumerate(commitment.updates):
            yield from self._update(name, update, known, ("updates", index))

    def _file_of(self, commitment: models.Commitment) -> str:
        names = (n for n, d in self.documents.items() if _number_in(d) == commitment.number)
        return next(names)

    def _milestone(self, name: str, commitment: models.Commitment, milestone: models.Milestone, where: Place) -> Rule:
        if not milestone.number.startswith(f"{commitment.number}."):
            message = f"milestone {milestone.number} stands in commitment {commitment.number}"
            repair = f"number it {commitment.number}.…"
            yield self._problem(name, (*where, "number"), "number", message, repair)
        if not milestone.counted and not milestone.note:
            message = "a milestone that does not count needs a note"
            yield self._problem(name, (*where, "counted"), "note", message, "add 'note:' that says why")
        recurring = milestone.kind is models.MilestoneKind.RECURRING
        if recurring != bool(milestone.slots):
            message = "a rhythm has slots, and nothing else has"
            yield self._problem(name, (*where, "kind"), "slots", message, "add 'slots:' or change the kind")
        if milestone.start and milestone.start.earliest and milestone.start.earliest > milestone.due.last_day:
            yield self._problem(name, (*where, "due"), "dates", "it is due before it starts", "correct one of the two")

    def _update(self, name: str, update: models.PlanUpdate, milestones: set[str], where: Place) -> Rule:
        if update.milestone and update.milestone not in milestones:
            message = f"milestone {update.milestone} is not in this file"
            yield self._problem(name, (*where, "milestone"), "reference", message, "correct the number")
        if update.completion is Completion.COMPLETE and not update.sources:
            message = "complete needs evidence"
            yield self._problem(name, (*where, "completion"), "evidence", message, "add 'sources:'")

    def _meeting(self, meeting: models.Meeting) -> Rule:
        numbers = {m.number for commitment in self.folder.commitments for m in commitment.milestones}
        if meeting.milestone and meeting.milestone not in numbers:
            message = f"milestone {meeting.milestone} does not exist"
            yield self._problem(f"{meeting.slug}.md", ("milestone",), "reference", message, "correct the number")

    def _plan(self) -> Rule:
        plan = self.folder.plan
        for field_name in ("reviewers", "assessors"):
            for index, organisation in enumerate(getattr(plan, field_name)):
                yield from self._organisation("plan.yml", organisation, (field_name, index))

    def _unique(self) -> Rule:
        for name in ("organisations", "sources", "feeds"):
            ids = [(f"{name}.yml", (index,), record.id) for index, record in enumerate(getattr(self.folder, name))]
            yield from self._repeated(ids)
        numbered = ((name, _number_in(document)) for name, document in self.documents.items())
        yield from self._repeated([(name, ("number",), str(number)) for name, number in numbered if number])
        for commitment in self.folder.commitments:
            name = self._file_of(commitment)
            numbers = enumerate(commitment.milestones)
            yield from self._repeated([(name, ("milestones", index), m.number) for index, m in numbers])
            yield from self._repeated([(name, ("updates", index), u.id) for index, u in enumerate(commitment.updates)])

    def _repeated(self, ids: Sequence[tuple[str, Place, str]]) -> Rule:
        counts = Counter(value for _, _, value in ids)
        for name, where, value in ids:
            if counts[value] > 1:
                yield self._problem(name, where, "unique", f"'{value}' stands here more than once", "give each its own")


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(text, str) for text in value.values())


def _number_in(document: Document) -> int | None:
    number = document.values.get("number") if isinstance(document.values, dict) else None
    return int(number) if isinstance(number, str) and number.isdecimal() else None
