"""YAML and Markdown -> models, with line numbers. The only module that knows YAML.

Every scalar is read as text, so that ``010``, ``no``, ``1.10`` and ``12:30`` mean what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from monitor import models
from monitor.lint import Document, Loaded, Place, Problem
from monitor.periods import PeriodError

M = TypeVar("M", bound=models.Model)
PART_FILES: dict[str, type[models.Model]] = {
    "organisations.yml": models.Organisation,
    "sources.yml": models.Source,
    "feeds.yml": models.Feed,
}
COMMITMENT_FILE = re.compile(r"\d\d-[a-z0-9-]+\.yml")
FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---\n?(.*)\Z", re.DOTALL)


class PlanError(Exception):
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
    reader = _Reader(path.name)
    plan = reader.one(path / "plan.yml", models.Plan, {})
    reader.language = plan.languages[0] if plan else ""
    parts = {name: reader.many(path / name, model) for name, model in PART_FILES.items()}
    commitments = [reader.one(file, models.Commitment, {"plan": path.name}) for file in _commitment_files(path)]
    meetings = [reader.meeting(file) for file in sorted((path / "meetings").glob("*.md")) if file.suffixes == [".md"]]
    folder = None
    if plan and not reader.problems:
        folder = models.PlanFolder(
            plan=plan,
            organisations=tuple(parts["organisations.yml"]),  # type: ignore[arg-type]
            sources=tuple(parts["sources.yml"]),  # type: ignore[arg-type]
            feeds=tuple(parts["feeds.yml"]),  # type: ignore[arg-type]
            commitments=tuple(sorted((c for c in commitments if c), key=lambda c: c.number)),
            meetings=tuple(m for m in meetings if m),
        )
    return Loaded(folder, reader.documents, reader.problems)


def read_document(path: Path, text: str | None = None) -> Document:
    """Read one YAML file, or the given text as if it stood there."""
    document = Document(path)
    try:
        source = path.read_text("utf-8") if text is None else text
        node = yaml.compose(source, Loader=yaml.CBaseLoader)
    except UnicodeDecodeError as error:
        document.problems.append(_unreadable(document, error))
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})"
        document.problems.append(document.problem((), "file", message, "check that it exists and may be read"))
    except yaml.MarkedYAMLError as error:
        document.problems.append(_not_yaml(path, error))
    except yaml.YAMLError as error:
        document.problems.append(document.problem((), "yaml", str(error), "remove the character that is not text"))
    else:
        document.values = _values(node, (), document) if node else {}
        document.problems = [replace(problem, title=document.title) for problem in document.problems]
    return document


def citations(folder: models.PlanFolder) -> list[models.CitationRow]:
    """List every citation of a plan with the record and field that it carries."""
    plan = folder.plan.id
    records: list[tuple[str, models.Model]] = [(plan, folder.plan)]
    records += [(record.id, record) for record in folder.commitments]
    records += [(record.id, record) for record in folder.meetings]
    records += [(f"{plan}/organisation/{record.id}", record) for record in folder.organisations]
    records += [(f"{plan}/feed/{record.id}", record) for record in folder.feeds]
    return [
        models.CitationRow(**dict(citation), plan=plan, record=record, field=where, position=position)
        for record, model in records
        for where, position, citation in _cited(model, "")
    ]


def _cited(model: models.Model, prefix: str) -> Iterator[tuple[str, int, models.Citation]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name == "sources":
            by_field = value.items() if isinstance(value, Mapping) else [("", value)]
            for where, listed in by_field:
                for position, citation in enumerate(listed):
                    yield f"{prefix}{where}".rstrip("."), position, citation
        elif isinstance(value, models.Model):
            yield from _cited(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, models.Model):
                    yield from _cited(part, f"{prefix}{name}.{index}.")


class _Reader:
    """Reads the files of one plan, gathering documents and problems."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        self.language = ""
        self.documents: dict[Path, Document] = {}
        self.problems: list[Problem] = []

    def one(self, path: Path, model: type[M], given: Mapping[str, object]) -> M | None:
        document = self._open(path)
        return None if document.problems else self._validate(document, model, document.values, (), given)

    def many(self, path: Path, model: type[M]) -> list[M]:
        document = self._open(path) if path.exists() else Document(path, [])
        if not isinstance(document.values, list):
            if not document.problems:
                message = "the file is not a list"
                self.problems.append(document.problem((), "shape", message, "start each record with '- id: …'"))
            return []
        items = enumerate(document.values)
        records = (self._validate(document, model, item, (index,), {}) for index, item in items)
        return [record for record in records if record is not None]

    def meeting(self, path: Path) -> models.Meeting | None:
        text = path.read_text("utf-8")
        match = FRONT_MATTER.match(text)
        if not match:
            document = Document(path)
            repair = "start the file with a line '---', then the facts, then a line '---'"
            self.problems.append(document.problem((), "shape", "the file has no facts on top", repair))
            return None
        document = read_document(path, "\n" + match[1])
        self._keep(document)
        if document.problems:
            return None
        given = {"plan": self.plan, "slug": path.stem, "notes": _notes(path, match[2], self.language)}
        return self._validate(document, models.Meeting, document.values, (), given)

    def _open(self, path: Path) -> Document:
        document = read_document(path)
        self._keep(document)
        return document

    def _keep(self, document: Document) -> None:
        self.documents[document.path] = document
        self.problems += document.problems

    def _validate(
        self, document: Document, model: type[M], values: object, where: Place, given: Mapping[str, object]
    ) -> M | None:
        if not isinstance(values, dict):
            message = "a record is expected here"
            self.problems.append(document.problem(where, "shape", message, "write 'field: value' lines"))
            return None
        try:
            return model.model_validate({**values, **given})
        except ValidationError as error:
            self.problems += [_invalid(document, model, where, detail) for detail in error.errors()]
            return None


def _commitment_files(path: Path) -> list[Path]:
    return sorted(file for file in path.glob("*.yml") if COMMITMENT_FILE.fullmatch(file.name))


def _notes(path: Path, body: str, language: str) -> dict[str, str]:
    notes = {language: body.strip()} if body.strip() else {}
    for other in sorted(path.parent.glob(f"{path.stem}.*.md")):
        notes[other.suffixes[0].lstrip(".")] = other.read_text("utf-8").strip()
    return notes


def _values(node: yaml.Node, where: Place, document: Document) -> Any:
    document.places.setdefault(where, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, document)
    if isinstance(node, yaml.SequenceNode):
        return [_values(item, (*where, index), document) for index, item in enumerate(node.value)]
    quoted = getattr(node, "style", None) in ("'", '"')
    return node.value if node.value or quoted else None


def _mapping(node: yaml.MappingNode, where: Place, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        place = (*where, name)
        if name in values:
            line = document.place(place)[0]
            document.places[place] = (key.start_mark.line + 1, key.start_mark.column + 1)
            message = f"'{name}' stands here a second time, first on line {line}"
            document.problems.append(document.problem(place, "duplicate-key", message, "keep one of the two"))
        document.places[place] = (key.start_mark.line + 1, key.start_mark.column + 1)
        values[name] = _values(value, place, document)
    return {name: value for name, value in values.items() if value is not None}


def _invalid(document: Document, model: type[models.Model], where: Place, detail: Any) -> Problem:
    place = (*where, *(part for part in detail["loc"] if not str(part).startswith("function-")))
    name = str(place[-1]) if place else ""
    if detail["type"] == "extra_forbidden":
        return document.problem(place, "unknown-field", f"'{name}' is not a field here", _did_you_mean(name, model))
    if detail["type"] == "missing":
        return document.problem(place, "missing-field", f"'{name}' is missing", f"add a line '{name}: …'")
    if isinstance(error := detail.get("ctx", {}).get("error"), PeriodError):
        message, _, repair = str(error).rpartition(": ")
        return document.problem(place, "period", f"'{name}': {message}", repair)
    given = f" (it says '{detail['input']}')" if isinstance(detail["input"], str) else ""
    return document.problem(place, "value", f"'{name}': {detail['msg']}{given}", "correct the value")


def _did_you_mean(name: str, model: type[models.Model]) -> str:
    close = get_close_matches(name, _all_fields(model), n=1)
    return f"did you mean '{close[0]}'?" if close else "remove it, or look in commitments/README.md for the fields"


def _all_fields(model: type[models.Model]) -> set[str]:
    known = set(model.model_fields)
    for part in vars(models).values():
        if isinstance(part, type) and issubclass(part, models.Model):
            known |= set(part.model_fields)
    return known


def _unreadable(document: Document, error: UnicodeDecodeError) -> Problem:
    line = error.object[: error.start].count(b"\n") + 1
    message = f"a byte that is not UTF-8 text ({error.object[error.start]:#04x})"
    return Problem(document.path, line, 1, "encoding", message, "save the file as UTF-8")


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = error.problem or error.context or "this is not YAML"
    repair = (
        "use spaces in place of the tab"
        if "tab" in what or "\\t" in what
        else "check indentation, colons and quotes here"
    )
    return Problem(path, line, column, "yaml", what, repair)
