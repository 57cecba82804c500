"""How much one person, or all strangers together, may send in a stretch of time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

MESSAGES: tuple[tuple[int, timedelta], ...] = ((40, timedelta(minutes=1)), (400, timedelta(hours=1)))
REPORTS, REPORTS_WITHIN = 20, timedelta(days=1)
FILES, FILES_WITHIN = 40, timedelta(days=1)
# No address of a computer is kept, so strangers on the web page are counted together.
STRANGERS, STRANGERS_WITHIN = 200, timedelta(hours=1)
LONGEST = max(window for _, window in MESSAGES)


def wait(taken: Sequence[datetime], now: datetime) -> timedelta | None:
    """Tell how long to wait after messages taken at these moments, oldest first; None where there is room."""
    waits = []
    for most, window in MESSAGES:
        recent = [at for at in taken if at > now - window]
        if len(recent) >= most:
            waits.append(recent[-most] + window - now)
    return max(waits, default=None)
