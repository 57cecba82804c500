"""Why a file is not taken. Imports nothing, so that the process that reads strangers' files starts at once."""

from __future__ import annotations

EMPTY, LARGE, KIND, OFFICE, LOCKED, BROKEN = "empty", "large", "kind", "office", "locked", "broken"
LONG, TEXT = "long", "text"


class RefusedError(Exception):
    """A file is not taken; ``reason`` is the value of a ``Refusal``."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)
