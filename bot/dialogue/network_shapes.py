"""What a conversation may know of what members share, and of what is found."""

from __future__ import annotations

from dataclasses import dataclass

from monitor import models


@dataclass(frozen=True)
class Network:
    """What members share: what is public, their themes, and what was sent and is not decided on, the oldest first."""

    rows: tuple[models.Shared, ...] = ()
    themes: tuple[models.Theme, ...] = ()
    waiting: tuple[models.Report, ...] = ()

    @property
    def questions(self) -> tuple[models.Question, ...]:
        """Give the public questions."""
        return tuple(row for row in self.rows if isinstance(row, models.Question))

    @property
    def answers(self) -> tuple[models.Answer, ...]:
        """Give the public answers."""
        return tuple(row for row in self.rows if isinstance(row, models.Answer))

    def row(self, name: str | None) -> models.Shared | None:
        """Give what is public under an id."""
        return next((row for row in self.rows if row.id == name), None)


@dataclass(frozen=True)
class Hit:
    """Something public that was found: of which kind, its record, what it is called, a line of it, and its page."""

    kind: str
    record: str
    label: str
    title: str
    line: str
    page: str


@dataclass(frozen=True)
class Hits:
    """What was found: how much in all, and some of it; ``any_word`` where nothing holds all the words."""

    total: int = 0
    shown: tuple[Hit, ...] = ()
    any_word: bool = False
