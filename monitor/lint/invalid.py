"""What a model refuses, said in words that help an editor. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from monitor.fields import Form, Kind, Place
from monitor.lint.problems import Document, Problem
from monitor.periods import Period, PeriodError

NAME_KEYS = {
    "contact", "contactperson", "contactpersoon", "contact_person", "person", "persoon", "name_of_person", "naam",
    "first_name", "last_name", "surname", "voornaam", "achternaam", "email", "e-mail", "e_mail", "mail", "mailadres",
    "phone", "mobile", "tel", "telephone", "telefoon", "telefoonnummer",
}  # fmt: skip
PERIOD_CASES = (
    ("names no year", "no-year"),
    ("neither a month nor", "fiscal"),
    ("not on the calendar", "calendar"),
    ("no date in it", "open"),
    ("ends before it starts", "order"),
    ("is not a period", "form"),
)
VALUE_CASES = (
    ("int_", "value.whole-number"),
    ("float_", "value.number"),
    ("finite", "value.number"),
    ("bool_", "value.true-false"),
    ("date_", "value.day"),
    ("string_pattern", "value.milestone-number"),
    ("enum", "value.choice"),
    ("string_type", "shape.word"),
    ("tuple_type", "shape.items"),
    ("model_", "shape.record"),
)
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "januari january jan", "februari february feb", "maart march mrt mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "augustus august aug", "september sep sept", "oktober october okt oct",
            "november nov", "december dec",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]+)\.?[-/. ](\d{4})", re.IGNORECASE)
MONTH_FIRST = re.compile(r"(\d{1,2}|[a-z]+)\.?[-/. ](\d{4})", re.IGNORECASE)
QUARTER_FIRST = re.compile(r"q([1-4])[-/ ](\d{4})|(\d{4})[ /]?q([1-4])", re.IGNORECASE)


def invalid(document: Document, where: Place, detail: Any) -> Problem | None:
    """Say what one finding of pydantic means; None where the rule about personal data says it already."""
    place = (*where, *(part for part in detail["loc"] if not str(part).startswith("function-")))
    name = str(place[-1]) if place else ""
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return None if name.lower() in NAME_KEYS else unknown_field(document, place)
    if kind == "missing":
        return document.problem(place, "missing-field.needed", name=name)
    if isinstance(detail.get("ctx", {}).get("error"), PeriodError):
        return period(document, place, str(given), str(detail["ctx"]["error"]))
    code = _case(kind, VALUE_CASES)
    if code == "value.choice":
        choices = str(detail["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        close = get_close_matches(str(given), choices.split(", "), n=1)
        code = "value.near-choice" if close else code
        return document.problem(place, code, name=name, given=given, choices=choices, near="".join(close))
    if code is None and kind == "dict_type":
        code = "shape.languages" if _is_text(document, place) else "shape.record"
    shown = given if isinstance(given, str) else ""
    return document.problem(place, code or "value.other", name=name, given=shown, detail=detail["msg"])


def unknown_field(document: Document, place: Place) -> Problem:
    """Say that a record has no such field, and which one it has that looks like it."""
    name = str(place[-1])
    around = document.kind.at(place[:-1]) if document.kind else None
    known = list(around.model.model_fields) if around and around.model else []
    close = get_close_matches(name, known, n=1)
    if close:
        return document.problem(place, "unknown-field.near", name=name, near=close[0])
    return document.problem(place, "unknown-field.far", name=name, fields=", ".join(known))


def period(document: Document, place: Place, given: str, error: str) -> Problem:
    """Say why a value is not a period, with what was probably meant."""
    case = next(case for words, case in PERIOD_CASES if words in error)
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    if case == "form" and (meant := meant_period(given)):
        return document.problem(place, "period.near", name=name, given=given, near=meant)
    year = given[:4]
    following = f"{(int(year) + 1) % 100:02d}" if case == "fiscal" else ""
    return document.problem(place, f"period.{case}", name=name, given=given, year=year, following=following)


def meant_period(text: str) -> str | None:
    """Give the period that a usual wording means: ``30-06-2019``, ``30 juni 2019``, ``juni 2019``, ``Q3 2018``."""
    text = " ".join(text.split())
    if match := DAY_FIRST.fullmatch(text):
        return _whole(match[3], _month(match[2]), int(match[1]))
    if match := QUARTER_FIRST.fullmatch(text):
        return f"{match[2] or match[3]}-Q{match[1] or match[4]}"
    if match := MONTH_FIRST.fullmatch(text):
        return _whole(match[2], _month(match[1]), None)
    return None


def _whole(year: str, month: int, day: int | None) -> str | None:
    text = f"{year}-{month:02d}" + (f"-{day:02d}" if day else "")
    try:
        return str(Period.parse(text)) if month else None
    except PeriodError:
        return None


def _month(word: str) -> int:
    return int(word) if word.isdecimal() else MONTHS.get(word.lower(), 0)


def _case(kind: str, cases: Sequence[tuple[str, str]]) -> str | None:
    return next((code for start, code in cases if kind.startswith(start)), None)


def _is_text(document: Document, place: Place) -> bool:
    kind: Kind | None = document.kind.at(place) if document.kind else None
    return bool(kind and kind.form is Form.MAP and kind.of and kind.of.form is Form.TEXT)
