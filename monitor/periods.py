"""Dates with precision, written as ISO 8601 and EDTF where those have a form.

Forms: ``2018-10-01`` · ``2018-12`` · ``2018`` · ``2018-Q3`` · ``2018-H2`` · ``2025-summer`` ·
``2026-27`` (fiscal year) · ``2018-07-01/2020-06-30`` · ``../2028`` (until and including) ·
``2025/..`` (from, no end) · ``before 2019-03-20`` (latest day is the day before).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

TIME_ZONE = ZoneInfo("Europe/Amsterdam")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
FISCAL_YEAR_STARTS = 4
FORMS = (
    "2018-10-01, 2018-12, 2018, 2018-Q3, 2018-H2, 2025-summer, 2026-27 (fiscal year), "
    "2018-07-01/2020-06-30, ../2028, 2025/.. or before 2019-03-20"
)


class PeriodError(ValueError):
    """A text is not a period; the message says what to write."""


@dataclass(frozen=True)
class Period:
    """A stretch of days: ``text`` as written, ``earliest`` and ``latest`` day, None where open."""

    text: str
    earliest: date | None
    latest: date | None

    @classmethod
    def parse(cls, value: object) -> Period:
        """Read a period; raise PeriodError with the forms that are taken."""
        if isinstance(value, Period):
            return value
        text = " ".join(str(value).split())
        if text.startswith("before "):
            return cls(text, None, _day_before(text, _simple(text.removeprefix("before "))[0]))
        if "/" in text:
            return cls(text, *_range(text))
        return cls(text, *_simple(text))

    @classmethod
    def day(cls, day: date) -> Period:
        """Make the period of one day."""
        return cls(day.isoformat(), day, day)

    @property
    def precision(self) -> str:
        """Name the form: day, month, quarter, half-year, season, year, fiscal-year, range or before."""
        if self.text.startswith("before "):
            return "before"
        if "/" in self.text:
            return "range"
        return next(name for name, pattern, _ in _SIMPLE_FORMS if pattern.fullmatch(self.text))

    @property
    def last_day(self) -> date:
        """Give the latest day, or the far future for a period without an end."""
        return self.latest or date.max

    def is_over(self, today: date) -> bool:
        """Tell whether the latest day lies before today."""
        return self.last_day < today

    def contains(self, day: date) -> bool:
        """Tell whether a day lies within the period."""
        return (self.earliest or date.min) <= day <= self.last_day

    def holds(self, other: Period) -> bool:
        """Tell whether another period lies wholly within this one."""
        return other.earliest is not None and self.contains(other.earliest) and self.contains(other.last_day)

    def quarters(self) -> tuple[Period, ...]:
        """List the quarters that the period touches; empty where an end is open."""
        if self.earliest is None or self.latest is None:
            return ()
        found = [quarter_of(self.earliest)]
        while found[-1].last_day < self.latest:
            found.append(quarter_of(found[-1].last_day + timedelta(days=1)))
        return tuple(found)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": ["string", "integer"], "description": f"A period: {FORMS}"}


def day_of(moment: datetime) -> date:
    """Give the day on which a moment falls for the people of the plan."""
    return moment.astimezone(TIME_ZONE).date()


def day_starts(day: date) -> datetime:
    """Give the moment at which a day begins for the people of the plan."""
    return datetime.combine(day, time.min, TIME_ZONE)


def quarter_of(day: date) -> Period:
    """Give the quarter that holds a day."""
    return Period.parse(f"{day.year}-Q{(day.month + 2) // 3}")


def _months(first: date, count: int) -> tuple[date, date]:
    month = first.month + count - 1
    year, month = first.year + (month - 1) // 12, (month - 1) % 12 + 1
    return first, date(year, month, monthrange(year, month)[1])


def _day(match: re.Match[str]) -> tuple[date, date]:
    day = date(*map(int, match.groups()))
    return day, day


def _fiscal(match: re.Match[str]) -> tuple[date, date]:
    year, following = int(match[1]), int(match[2])
    if following != (year + 1) % 100:
        raise PeriodError(
            f"'{match[0]}' is neither a month nor a fiscal year: "
            f"write {match[1]}-{(year + 1) % 100:02d} for a fiscal year, {match[1]}-01 to {match[1]}-12 for a month"
        )
    return _months(date(year, FISCAL_YEAR_STARTS, 1), 12)


_SIMPLE_FORMS = (
    ("day", re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), _day),
    ("month", re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])"), lambda m: _months(date(int(m[1]), int(m[2]), 1), 1)),
    ("quarter", re.compile(r"([0-9]{4})-Q([1-4])"), lambda m: _months(date(int(m[1]), int(m[2]) * 3 - 2, 1), 3)),
    ("half-year", re.compile(r"([0-9]{4})-H([12])"), lambda m: _months(date(int(m[1]), int(m[2]) * 6 - 5, 1), 6)),
    (
        "season",
        re.compile(rf"([0-9]{{4}})-({'|'.join(SEASONS)})"),
        lambda m: _months(date(int(m[1]), SEASONS[m[2]], 1), 3),
    ),
    ("year", re.compile(r"([0-9]{4})"), lambda m: _months(date(int(m[1]), 1, 1), 12)),
    ("fiscal-year", re.compile(r"([0-9]{4})-([0-9]{2})"), _fiscal),
)


def _simple(text: str) -> tuple[date, date]:
    for _, pattern, days in _SIMPLE_FORMS:
        if match := pattern.fullmatch(text):
            return _calendar(text, days, match)
    if not re.search(r"[0-9]{4}", text):
        raise PeriodError(f"'{text}' names no year: write one of {FORMS}; what has no date is a goal")
    raise PeriodError(f"'{text}' is not a period: write one of {FORMS}")


def _calendar(text: str, days: Any, match: re.Match[str]) -> tuple[date, date]:
    try:
        found: tuple[date, date] = days(match)
    except PeriodError:
        raise
    except ValueError as error:
        raise PeriodError(f"'{text}' is not on the calendar: {error}") from error
    return found


def _day_before(text: str, day: date) -> date:
    if day == date.min:
        raise PeriodError(f"'{text}' is not on the calendar: there is no day before {day}")
    return day - timedelta(days=1)


def _range(text: str) -> tuple[date | None, date | None]:
    start, _, end = text.partition("/")
    if start == end == "..":
        raise PeriodError(f"'{text}' has no date in it: write one of {FORMS}")
    earliest = None if start == ".." else _simple(start)[0]
    latest = None if end == ".." else _simple(end)[1]
    if earliest and latest and latest < earliest:
        raise PeriodError(f"'{text}' ends before it starts: write the earlier date first")
    return earliest, latest
