"""JSON Schema of the plan files, made from the models, for editors that check while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from monitor import models

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CITATION = {"$ref": "#/$defs/Citation"}
# File name of the schema -> model, whether the file is a list, and the fields that the folder gives.
FILES: dict[str, tuple[type[models.Model], bool, tuple[str, ...]]] = {
    "plan": (models.Plan, False, ()),
    "commitment": (models.Commitment, False, ("plan", "slug")),
    "organisations": (models.Organisation, True, ()),
    "sources": (models.Source, True, ()),
    "feeds": (models.Feed, True, ()),
}


def schemas() -> dict[str, str]:
    """Give the text of every schema file by its name."""
    return {f"{name}.schema.json": _text(*told) for name, told in FILES.items()}


def write(folder: Path) -> list[Path]:
    """Write the schemas into a folder; give the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / name: text for name, text in schemas().items()}
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(wanted[path], "utf-8")
    return changed


def _text(model: type[models.Model], is_list: bool, given: tuple[str, ...]) -> str:
    schema = _with_short_citations(model.model_json_schema())
    for name in given:
        schema["properties"].pop(name)
    schema["required"] = [name for name in schema["required"] if name not in given]
    if is_list:
        definitions = schema.pop("$defs", {})
        schema = {"type": "array", "items": schema, "$defs": definitions}
    return json.dumps({"$schema": DIALECT, **schema}, indent=2, ensure_ascii=False) + "\n"


def _with_short_citations(part: Any) -> Any:
    """Let a citation also be written as just the id of its source."""
    if isinstance(part, list):
        return [_with_short_citations(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part == CITATION:
        return {"anyOf": [{"type": "string", "description": "The id of a source."}, CITATION]}
    return {name: _with_short_citations(value) for name, value in part.items()}
