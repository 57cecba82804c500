"""A folder of plan files -> the plan, its documents and everything that is wrong with reading them."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from pydantic import ValidationError

from monitor import models
from monitor.commitments import faults
from monitor.commitments.yaml_text import read_document
from monitor.errors import MonitorError
from monitor.fields import Kind, listing, record
from monitor.lint import Document, Loaded, Problem, invalid

M = TypeVar("M", bound=models.Model)
PART_FILES: dict[str, type[models.Model]] = {
    "organisations.yml": models.Organisation,
    "sources.yml": models.Source,
    "feeds.yml": models.Feed,
}
NEEDED = ("plan.yml", "organisations.yml", "sources.yml")
COMMITMENT_FILE = re.compile(r"\d\d-[a-z0-9-]+\.yml")
NOTES_FILE = re.compile(r"[a-z0-9-]+\.[a-z]{2,3}\.md")
MEETING_FILE = re.compile(r"\d{4}-\d\d-\d\d-[a-z0-9-]+\.md")
FRONT_MATTER = re.compile(r"\A(---\n)(.*?\n)(---(?:\n.*|\Z))", re.DOTALL)
Files = Mapping[str, bytes]


class PlanError(MonitorError):
    """A plan cannot be read; ``problems`` says where and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems and print them all."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def plan_folders(root: Path) -> list[Path]:
    """List the folders below ``commitments/`` that hold a plan."""
    return sorted(path.parent for path in root.glob("*/plan.yml"))


def load(path: Path) -> models.PlanFolder:
    """Read a plan's folder; raise PlanError with every problem found."""
    loaded = read_folder(path)
    if loaded.folder is None:
        raise PlanError(loaded.problems)
    return loaded.folder


def read_folder(path: Path) -> Loaded:
    """Read a plan's folder as far as it goes; nothing is raised for what is in the files."""
    files: dict[str, bytes] = {}
    unreadable: list[Problem] = []
    for file in _files_below(path):
        try:
            files[file.relative_to(path).as_posix()] = file.read_bytes()
        except OSError as error:
            unreadable.append(Document(file).problem((), "file.unreadable", detail=error.strerror))
    return parse_folder(path, files, unreadable)


def parse_folder(path: Path, files: Files, unreadable: list[Problem] | None = None) -> Loaded:
    """Read a plan from the bytes of its files by their path below the folder, for example from an old revision."""
    with without_collecting():
        return _parse(_Reader(path, files, unreadable or []), path, files)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no garbage meanwhile: nearly all that is made stays, and looking would take a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _parse(reader: _Reader, path: Path, files: Files) -> Loaded:
    plan = reader.one("plan.yml", models.Plan, "plan")
    reader.languages = _languages(reader.documents.get(path / "plan.yml"))
    parts: dict[str, list[Any]] = {name: reader.many(name, model) for name, model in PART_FILES.items()}
    names = sorted(name for name in files if COMMITMENT_FILE.fullmatch(name))
    commitments = [
        reader.one(name, models.Commitment, "commitment", plan=path.name, slug=PurePosixPath(name).stem)
        for name in names
    ]
    meetings = [reader.meeting(name) for name in sorted(files) if _is_meeting(name)]
    reader.stray(files)
    readable = None
    if plan:
        readable = models.PlanFolder(
            plan=plan,
            organisations=tuple(parts["organisations.yml"]),
            sources=tuple(parts["sources.yml"]),
            feeds=tuple(parts["feeds.yml"]),
            commitments=tuple(sorted((c for c in commitments if c), key=lambda c: c.number)),
            meetings=tuple(m for m in meetings if m),
        )
    return Loaded(readable, reader.documents, reader.problems, reader.languages)


class _Reader:
    """Reads the files of one plan, gathering documents and problems."""

    def __init__(self, path: Path, files: Files, problems: list[Problem]) -> None:
        self.path = path
        self.files = files
        self.problems = problems
        self.languages: tuple[str, ...] = ()
        self.documents: dict[Path, Document] = {}
        broken = {problem.path for problem in problems}
        missing = [name for name in NEEDED if name not in files and path / name not in broken]
        self.problems += [Document(path / name).problem((), "file.missing", name=name) for name in missing]

    def one(self, name: str, model: type[M], schema: str, **given: object) -> M | None:
        document = self._open(name, record(model), schema)
        return self._record(document, model, given) if document else None

    def many(self, name: str, model: type[M]) -> list[M]:
        document = self._open(name, listing(model), name.partition(".")[0])
        if document is None or document.values is None:
            return []
        if not isinstance(document.values, list):
            self.problems.append(document.problem((), "shape.list"))
            return []
        items = range(len(document.values))
        records = [self._validate(document, model, document.values[index], (index,), {}) for index in items]
        return [one for one in records if one is not None]

    def meeting(self, name: str) -> models.Meeting | None:
        path = self.path / name
        document = Document(path)
        text = faults.decode(document, self.files[name])
        match = FRONT_MATTER.match(text) if text is not None else None
        if not match:
            self.problems += document.problems or [document.problem((), "shape.facts")]
            return None
        found = read_document(path, match[2], record(models.Meeting))
        found = _moved_down(found, (match[1], match[3]))
        found.problems = document.problems + found.problems
        self._keep(found)
        slug = PurePosixPath(name).stem
        return self._record(found, models.Meeting, {"plan": self.path.name, "slug": slug, "notes": self._notes(found)})

    def stray(self, files: Files) -> None:
        """Name the files that look as if they belong to the plan and are not read."""
        for name in sorted(files):
            known = name == "plan.yml" or name in PART_FILES or COMMITMENT_FILE.fullmatch(name)
            if not known and not _is_meeting(name) and not _is_notes(name, files):
                case = "meeting" if name.startswith("meetings/") else "commitment"
                self.problems.append(Document(self.path / name).problem((), f"file-name.{case}", name=name))

    def _open(self, name: str, kind: Kind, schema: str) -> Document | None:
        if name not in self.files:
            return None
        document = Document(self.path / name)
        text = faults.decode(document, self.files[name])
        if text is not None:
            found = read_document(self.path / name, text, kind, schema)
            found.problems = document.problems + found.problems
            document = found
        self._keep(document)
        return document

    def _keep(self, document: Document) -> None:
        self.documents[document.path] = document
        self.problems += document.problems

    def _notes(self, document: Document) -> dict[str, str]:
        """Gather the notes of a meeting by language, and keep each as a document."""
        notes = {self.languages[0]: document.body.strip()} if document.body.strip() and self.languages else {}
        stem = f"meetings/{document.path.stem}."
        for name in sorted(name for name in self.files if name.startswith(stem) and _is_notes(name, self.files)):
            other = Document(self.path / name)
            text = faults.decode(other, self.files[name])
            other.body = text or ""
            self._keep(other)
            notes[name.removeprefix(stem).removesuffix(".md")] = other.body.strip()
        return notes

    def _record(self, document: Document, model: type[M], given: Mapping[str, object]) -> M | None:
        return None if document.values is None else self._validate(document, model, document.values, (), given)

    def _validate(
        self, document: Document, model: type[M], values: object, where: tuple[int, ...], given: Mapping[str, object]
    ) -> M | None:
        if not isinstance(values, dict):
            self.problems.append(document.problem(where, "shape.record", name=""))
            return None
        try:
            return model.model_validate({**values, **given})
        except ValidationError as error:
            found = (invalid(document, where, detail) for detail in error.errors())
            self.problems += [problem for problem in found if problem]
            return None


def _files_below(path: Path) -> Iterator[Path]:
    yield from sorted(file for file in path.glob("*.y*ml") if file.suffix in (".yml", ".yaml"))
    yield from sorted(file for file in (path / "meetings").glob("*") if not file.name.startswith("."))


def _is_meeting(name: str) -> bool:
    return name.startswith("meetings/") and bool(MEETING_FILE.fullmatch(name.removeprefix("meetings/")))


def _is_notes(name: str, files: Files) -> bool:
    found = name.startswith("meetings/") and NOTES_FILE.fullmatch(name.removeprefix("meetings/"))
    return bool(found) and f"{name.rpartition('.')[0].rpartition('.')[0]}.md" in files


def _languages(document: Document | None) -> tuple[str, ...]:
    values = document.values if document else None
    languages = values.get("languages") if isinstance(values, dict) else None
    return tuple(str(language) for language in languages) if isinstance(languages, list) else ()


def _moved_down(document: Document, around: tuple[str, str]) -> Document:
    """Count lines from the top of the file, which starts with a line of three dashes."""
    document.around = around
    document.places = {place: (line + 1, column) for place, (line, column) in document.places.items()}
    for number, problem in enumerate(document.problems):
        document.problems[number] = _lower(problem)
    document.body = around[1].partition("\n")[2]
    document.body_line = document.text.count("\n") + 3
    return document


def _lower(problem: Problem) -> Problem:
    return Problem(problem.path, problem.line + 1, problem.column, problem.code, problem.values, problem.title)
