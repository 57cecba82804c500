"""When messages that nobody waits for may be sent. Pure.

What people are asked goes out on working days of the plan's country, from nine to six; what they follow by day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

from monitor.periods import TIME_ZONE

OPENS, CLOSES = time(9), time(18)
FIRST_HOUR, LAST_HOUR = time(8), time(21)
# In the place of a country: what goes out every day, only not at night.
BY_DAY = "by-day"
WEEKEND = (5, 6)


def may_send(moment: datetime, kept_for: str) -> bool:
    """Tell whether a message that is kept for the working hours of a country, or for the day, may go out."""
    return is_awake(moment) if kept_for == BY_DAY else is_open(moment, kept_for)


def is_awake(moment: datetime) -> bool:
    """Tell whether it is no quiet hour for what is not urgent."""
    return FIRST_HOUR <= moment.astimezone(TIME_ZONE).time() < LAST_HOUR


def is_open(moment: datetime, country: str) -> bool:
    """Tell whether a message may go out at a moment: by the local clock, also where that was put forward or back."""
    local = moment.astimezone(TIME_ZONE)
    return OPENS <= local.time() < CLOSES and is_working_day(local.date(), country)


def is_working_day(day: date, country: str) -> bool:
    """Tell whether people of a country work on a day; of one that the library does not know only weekends are free."""
    known = _calendar(country, day.year)
    return known.is_working_day(day) if known is not None else day.weekday() not in WEEKEND


def first_working_day(day: date, country: str) -> date | None:
    """Give the first working day of the week that a day is in: Monday, unless that is a holiday."""
    monday = day - timedelta(days=day.weekday())
    days = (monday + timedelta(days=number) for number in range(7))
    return next((one for one in days if is_working_day(one, country)), None)


@lru_cache
def _calendar(country: str, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
