"""The only module that reads the clock; commands, schedule, web and channels pass what it says on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from monitor.periods import day_of


@dataclass(frozen=True)
class Clock:
    """The real time, and the day that rules, pages and conversation speak of (``MONITOR_TODAY`` moves it)."""

    moved_to: date | None = None

    def now(self) -> datetime:
        """Give the real time in UTC, in whole milliseconds."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def today(self) -> date:
        """Give the day the monitor speaks of."""
        return self.moved_to or day_of(datetime.now(UTC))
