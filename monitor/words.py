"""The words of the interface in each language, and how a language says days and periods.

The tables are ``templates/words/<language>.toml``. A language without a table reads the English one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, get_month_names
from babel.numbers import format_decimal

from monitor.periods import TIME_ZONE, Period

TABLES = Path(__file__).parent / "templates" / "words"
FALLBACK = "en"


class WordsError(Exception):
    """A word is missing; the message names the table and the word."""


@dataclass(frozen=True)
class Phrase:
    """Words with the language they are in."""

    words: str
    language: str


@dataclass(frozen=True)
class Words:
    """The interface words of one language."""

    language: str
    table: str

    def text(self, name: str, /, **values: object) -> str:
        """Give the words by their name, with values put in their places."""
        words = read(self.table).get(name)
        if words is None:
            raise WordsError(f"{TABLES / self.table}.toml: has no '{name}': add it in every language")
        return words.format(**values) if values else words

    def count(self, name: str, number: int, /, **values: object) -> str:
        """Give the words for one or for several, with ``number`` in its place."""
        form = "one" if number == 1 else "other"
        return self.text(f"{name}.{form}", number=number, **values)

    def table_of(self, family: str) -> dict[str, str]:
        """Give all words of a family, by the last part of their name."""
        return dict(_family(self.table, family))

    def slug(self, page: str) -> str:
        """Give the name of a page as it stands in its address."""
        return self.text(f"slug.{page}")

    def amount(self, number: int) -> str:
        """Spell small numbers out as running text does, write others in digits."""
        return read(self.table).get(f"amount.{number}", str(number))

    def decimal(self, number: float) -> str:
        """Write a number as the language does."""
        return format_decimal(number, locale=self._locale)

    def measured(self, indicator: str, value: float) -> str:
        """Write what an indicator gives; one whose id ends in ``year`` gives a year, which is no quantity."""
        return str(int(value)) if indicator.endswith("year") else self.decimal(value)

    def listing(self, parts: list[str]) -> str:
        """Join parts as the language does: a, b and c."""
        if len(parts) < 2:
            return "".join(parts)
        return self.text("join.last", first=", ".join(parts[:-1]), last=parts[-1])

    def day(self, day: date) -> str:
        """Write a day: 14 maart 2019."""
        return _date(day, "d MMMM y", self.language)

    def moment(self, moment: datetime) -> str:
        """Write a day and time by the clock of the plan's country: 23 november 2026, 13:00 uur."""
        local = moment.astimezone(TIME_ZONE)
        told = format_datetime(local, "d MMMM y, HH:mm", locale=self._locale)
        return f"{told} {self.text('moment.summer' if local.dst() else 'moment.winter')}"

    def period(self, period: Period) -> str:
        """Write a period in the precision it has."""
        match period.precision:
            case "day":
                return self.day(_known(period.earliest))
            case "month":
                return _date(_known(period.earliest), "MMMM y", self.language)
            case "year":
                return period.text
            case "quarter" | "half-year" | "season":
                year, part = period.text.split("-")
                return self.text(f"period.{part.lower()}", year=year)
            case "before":
                return self.text("period.before", day=self._before(period.text.removeprefix("before ")))
            case "range":
                return self._range(period)
            case _:
                return self.text("period.fiscal-year", years=period.text)

    def short_quarter(self, quarter: Period) -> tuple[str, str]:
        """Give the mark of a quarter or other part of a year, and its year."""
        year, _, part = quarter.text.partition("-")
        return (self.text(f"period-short.{part.lower()}") if part else year), year

    def part_of_year(self, period: Period) -> tuple[str, str]:
        """Give the part of a year a period is, short but in words, and its year: 3e kwartaal, 2018."""
        year, _, part = period.text.partition("-")
        name = f"period-part.{part.lower()}"
        return (self.text(name), year) if name in read(self.table) else (self.period(period), "")

    def months(self, period: Period) -> str:
        """Name the first and last month of a period: juli tot en met september."""
        names = get_month_names("wide", locale=self._locale)
        first, last = _known(period.earliest).month, _known(period.latest).month
        return self.text("period.months", first=names[first], last=names[last])

    def _before(self, text: str) -> str:
        return self.period(Period.parse(text))

    def _range(self, period: Period) -> str:
        first, _, last = period.text.partition("/")
        if first == "..":
            return self.text("period.until", last=self.period(Period.parse(last)))
        if last == "..":
            return self.text("period.from", first=self.period(Period.parse(first)))
        return self.text("period.range", first=self.period(Period.parse(first)), last=self.period(Period.parse(last)))

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)


def of(language: str) -> Words:
    """Give the words of a language; where it has no table, those of English."""
    table = language if (TABLES / f"{language}.toml").exists() else FALLBACK
    return Words(language=language, table=table)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@lru_cache(maxsize=10_000)
def _date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=_locale(language))


@cache
def _family(table: str, family: str) -> dict[str, str]:
    start = f"{family}."
    return {name.removeprefix(start): words for name, words in read(table).items() if name.startswith(start)}


@cache
def read(table: str) -> dict[str, str]:
    """Read a table as a flat mapping of dotted names to words."""
    return dict(_flat(tomllib.loads((TABLES / f"{table}.toml").read_text(encoding="utf-8"))))


def languages() -> list[str]:
    """List the languages that have a table."""
    return sorted(path.stem for path in TABLES.glob("*.toml"))


def choose(text: dict[str, str], language: str) -> Phrase:
    """Choose the words of a text in a language, else in the first language it has."""
    if language in text:
        return Phrase(text[language], language)
    other, words = next(iter(text.items()), (language, ""))
    return Phrase(words, other)


def _known(day: date | None) -> date:
    if day is None:
        raise WordsError("a period without that end cannot be written so: use period() instead")
    return day


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, str(value))]
    return found
