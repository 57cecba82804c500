"""A copy of what messages cite, as a conversation knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from monitor import models
from monitor.models import CopyState

SHORT_HASH = 12
COPY_FILE = ".copy"


@dataclass(frozen=True)
class Copy:
    """A copy of what messages cite, kept by its hash: where it came from, who cites it, and what was decided of it.

    ``about`` are the ids of the commitments and milestones it stands at, ``citing`` the organisations whose evidence it
    is, ``said_by`` in words who else said it; ``state`` is None as long as nobody decided, ``ground`` why it was.
    """

    sha256: str
    address: str
    title: str
    day: date
    about: tuple[str, ...]
    citing: frozenset[str]
    said_by: tuple[models.Text, ...] = ()
    state: CopyState | None = None
    ground: models.Text = field(default_factory=dict)

    @property
    def short(self) -> str:
        """Give the beginning of the hash, which names it."""
        return self.sha256[:SHORT_HASH]

    @property
    def file(self) -> str:
        """Name it as a file to open; what kind it is tells only the store."""
        return f"{self.sha256}{COPY_FILE}"
