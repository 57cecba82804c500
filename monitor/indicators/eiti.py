"""EITI: whether a country implements its standard. The score of a validation is not in this answer."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.indicators.reading import Reader, Reading, ReadingError, field, json_of

MOST_COUNTRIES = 250


def read(body: bytes, country: str) -> Reading:
    """Tell whether EITI lists a country (two letters) as implementing, 1, or says that it left, 0.

    That a country is not listed says nothing: EITI may name it otherwise.
    """
    answer = json_of(body)
    rows = field(answer, "data", list, "the answer")
    if not 1 <= len(rows) <= MOST_COUNTRIES:
        raise ReadingError(f"field 'data' of the answer: lists {len(rows)} countries")
    if (said := field(answer, "count", int, "the answer")) != len(rows) and not answer.get("next"):
        raise ReadingError(f"field 'count' of the answer: says {said}, but {len(rows)} countries are listed")
    found = [row for row in rows if field(row, "iso2", str, "a country").upper() == country.upper()]
    if not found and answer.get("next"):
        raise ReadingError(f"field 'next' of the answer: the list goes on elsewhere, before {country}")
    if not found:
        raise ReadingError(f"field 'iso2' of {len(rows)} countries: none is {country.upper()}")
    return Reading({"eiti-implementing": float(any(not _has_left(row) for row in found))})


def _has_left(row: Mapping[str, object]) -> bool:
    if "leave_date" not in row:
        raise ReadingError("field 'leave_date' of a country: is not there")
    return bool(row["leave_date"])


READER = Reader("eiti", 3, "https://eiti.org/api/v2.0/implementing_country", ("eiti-implementing",), read)
