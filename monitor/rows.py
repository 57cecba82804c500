"""Frozen models as rows of a table and back, and the SQL that names their columns; knows no database."""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

from monitor import models

M = TypeVar("M", bound=models.Model)
# Columns that SQL readers need and cannot compute from a period's text.
DERIVED: dict[type[models.Model], dict[str, tuple[str, str]]] = {
    models.Milestone: {"due_latest": ("due", "latest")},
    models.Update: {
        "speaks_of_earliest": ("speaks_of", "earliest"),
        "speaks_of_latest": ("speaks_of", "latest"),
    },
}


def row_of(record: models.Model, leave: set[str] | None = None) -> dict[str, object]:
    """Turn a record into column values; mappings and lists become JSON."""
    values = record.model_dump(mode="json", exclude=leave or set())
    for column, (period, end) in DERIVED.get(type(record), {}).items():
        day = getattr(getattr(record, period), end)
        values[column] = day.isoformat() if day else None
    values |= {name: stamp(value) for name, value in record if isinstance(value, datetime) and name in values}
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        for name, value in values.items()
    }


def stamp(value: datetime) -> str:
    """Write a moment so that text sorts as time does: always with its fraction, always in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record_of(model: type[M], row: Mapping[str, Any]) -> M:
    """Turn a row back into its record."""
    return model.model_validate(values_of(model, row))


def values_of(model: type[models.Model], row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a row that the model knows; empty columns are left to its defaults."""
    nested = nested_fields(model)
    known = ((name, row[name]) for name in model.model_fields if name in row and row[name] is not None)
    return {name: json.loads(value) if name in nested else value for name, value in known}


@cache
def nested_fields(model: type[models.Model]) -> frozenset[str]:
    """Name the fields of a model that are kept as JSON."""
    return frozenset(name for name, field in model.model_fields.items() if _is_nested(field.annotation))


def _is_nested(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (dict, tuple, list):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_is_nested(part) for part in typing.get_args(annotation))


@cache
def insertion(conflict: str, table: str, columns: tuple[str, ...]) -> str:
    """Give the SQL that adds a row."""
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    return f"INSERT {conflict}INTO {table} ({names}) VALUES ({marks})"


def condition_of(where: Mapping[str, object]) -> tuple[str, list[object]]:
    """Give the SQL that compares columns with values, and the values; None means empty."""
    if not where:
        return "", []
    parts = [f'"{name}" IS ?' for name in where]
    return " WHERE " + " AND ".join(parts), [_plain(value) for value in where.values()]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else str(value)
