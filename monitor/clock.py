"""The only module that reads the clock; commands, schedule, web and channels pass what it says on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from monitor.periods import day_of


@dataclass(frozen=True)
class Clock:
    """The real time, and the day that rules, pages and conversation speak of (``MONITOR_TODAY`` moves it).

    ``moves_time``: the time is of that day too, as among example data, where nothing happens really.
    """

    moved_to: date | None = None
    moves_time: bool = False

    def now(self) -> datetime:
        """Give the real time in UTC, in whole milliseconds."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return datetime.combine(self.moved_to, now.timetz()) if self.moved_to and self.moves_time else now

    def today(self) -> date:
        """Give the day the monitor speaks of."""
        return self.moved_to or day_of(datetime.now(UTC))
