"""What may stand at a place of a plan file, read from the models: records, lists, texts, plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from monitor.models import Model

Place = tuple[str | int, ...]


class Form(StrEnum):
    """How a value is built."""

    RECORD = "record"
    LIST = "list"
    MAP = "map"
    TEXT = "text"
    PLAIN = "plain"


@dataclass(frozen=True)
class Kind:
    """What a value is: its form, the model of a record, and the kind of what a list or map holds."""

    form: Form
    model: type[Model] | None = None
    of: Kind | None = None

    def part(self, name: str | int) -> Kind | None:
        """Give the kind of a part by its name or index; None where there is no such part."""
        if self.form is Form.RECORD and self.model:
            return fields(self.model).get(str(name))
        return self.of

    def at(self, place: Place) -> Kind | None:
        """Give the kind at a place below; None where nothing is known there."""
        found: Kind | None = self
        for name in place:
            found = found.part(name) if found else None
        return found


def record(model: type[Model]) -> Kind:
    """Give the kind of a record."""
    return Kind(Form.RECORD, model)


def listing(model: type[Model]) -> Kind:
    """Give the kind of a list of records."""
    return Kind(Form.LIST, of=record(model))


@cache
def fields(model: type[Model]) -> dict[str, Kind]:
    """Give the kind of every field of a model, in the order of the model."""
    return {name: _kind(info.annotation) for name, info in model.model_fields.items()}


def _kind(annotation: Any) -> Kind:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0])
    if origin in (Union, UnionType):
        return _kind(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        return Kind(Form.LIST, of=_kind(parts[0]))
    if origin is dict:
        return Kind(Form.MAP, of=_kind(parts[1]))
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return record(annotation)
    return Kind(Form.TEXT if annotation is str else Form.PLAIN)
