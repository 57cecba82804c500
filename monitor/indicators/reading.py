"""What a reader is, what it gives, and how an answer of another shape fails: by naming field, find and repair."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from monitor.fetch import FEED_LIMIT

SHOWN = 60
T = TypeVar("T")
KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text", int: "a whole number", bool: "yes or no"}


class ReadingError(Exception):
    """An answer has not the shape it had; the message says which field is odd and what was found there."""


@dataclass(frozen=True)
class Reading:
    """The numbers an answer gives, by the id of their indicator.

    ``speaks_of`` is the day that the answer itself says it speaks of; None where it says none.
    """

    values: Mapping[str, float]
    speaks_of: date | None = None


@dataclass(frozen=True)
class Reader:
    """Knows one source: what to ask, and how to read what it answers about a country (two letters).

    ``gives`` are the ids of the indicators it knows; ``ask`` is sent where the source wants a question (JSON).
    ``limit`` bounds the answer in bytes, ``seconds`` in time. A changed ``read`` gets the next ``version``.
    """

    source: str
    version: int
    address: str
    gives: tuple[str, ...]
    read: Callable[[bytes, str], Reading]
    ask: bytes | None = None
    limit: int = FEED_LIMIT
    seconds: float = 20.0

    @property
    def name(self) -> str:
        """Give the name that measurements keep, with the version: ``eiti/2``."""
        return f"{self.source}/{self.version}"


def json_of(body: bytes) -> Any:
    """Read JSON; raise ReadingError where the answer is empty, cut off or something else."""
    if not body.strip():
        raise ReadingError("the answer: is empty")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReadingError(f"the answer: is not JSON ({error}), it begins with {start_of(body)}") from error


def field(record: object, name: str, kind: type[T], where: str) -> T:
    """Give a field of a record; raise ReadingError that says what is there instead."""
    if not isinstance(record, dict):
        raise ReadingError(f"{where}: is {told(record)}, not an object")
    if name not in record:
        listed = ", ".join(f"'{key}'" for key in list(record)[:8]) or "nothing"
        raise ReadingError(f"field '{name}' of {where}: is not there, but {listed}"[:300])
    value = record[name]
    # JSON's true is an int to Python, not to us.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ReadingError(f"field '{name}' of {where}: is {told(value)}, not {KINDS[kind]}")
    return value


def between(name: str, count: int, least: int, most: int) -> float:
    """Give a count as a number; raise ReadingError where no such number can be true."""
    if not least <= count <= most:
        raise ReadingError(f"count '{name}': is {count}, which cannot be: between {least} and {most} is possible")
    return float(count)


def told(value: object) -> str:
    """Say in a few words what was found in the place of something else."""
    if value is None:
        return "empty"
    kind = KINDS.get(type(value), type(value).__name__)
    return f"{kind} ('{str(value)[:SHOWN]}')" if isinstance(value, str | int | float) else kind


def start_of(body: bytes) -> str:
    """Quote how an answer begins, on one line."""
    return repr(" ".join(body[:SHOWN].decode("utf-8", "replace").split()))
