"""No personal data in the files: mail addresses, telephone numbers, fields for a name; names are advice. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from monitor.fields import Place
from monitor.lint.invalid import NAME_KEYS
from monitor.lint.problems import Document, Problem

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
# Starts with the two characters a number can start with, which lets the search skip everything else.
TELEPHONE = re.compile(
    r"[+0](?<![\d/.-][+0])(?:(?:(?<=\+)31|(?<=0)(?:031)?)[ -]?(?:\(0\)[ -]?)?[1-9](?:[ -]?\d){8}"
    r"|(?<=\+)(?!31)\d{1,3}(?:[ -]?\d){7,11})(?![\d/-]|\.\d)"
)
TITLES = (
    "dhr|mevr|mw|mr|mrs|ms|drs|ir|ing|dr|prof",
    "de heer|mevrouw|minister|staatssecretaris|burgemeester|wethouder|gedeputeerde|commissaris|kamerlid|raadslid"
    "|secretary of state|mayor|alderman",
)
ALL_TITLES = [*(f"{title}. " for title in TITLES[0].split("|")), *(f"{title} " for title in TITLES[1].split("|"))]
# A title and behind it a surname: initials and words such as "de" may stand between.
NAME = re.compile(
    rf"\b(?i:(?:{TITLES[0]})\.|{TITLES[1]})\s+(?:[A-Z]\.\s?)*"
    r"(?:(?:van|de|den|der|te|ten|ter|’t|'t|el|al|von|du|la)\s+)*[A-Z][a-zà-ÿ]+(?:[- ][A-Z][a-zà-ÿ]+)*"
)
# What may follow "minister" with a capital and is no surname.
OFFICES = re.compile(
    r"(?:van|de|der|den|voor|of|for)\s+(?:de\s+|the\s+)?[A-Z]|"
    r"(?:BZK|OCW|EZK|Binnenlandse|Buitenlandse|Economische|Algemene|Financi|Justitie|Rechtsbescherming|Schiedam)"
)
LINK = re.compile(r"(?:https?://|(?<![\w/.])www\.)[^\s<>\"“”]+", re.IGNORECASE)
HOST = re.compile(r"https?://[^\s/]*", re.IGNORECASE)
# What tells of a person in what a stranger wrote; in our own words a post code is mostly of an office.
POST_CODE = re.compile(r"\b[1-9]\d{3} ?[A-Z]{2}\b")
NINE_DIGITS = re.compile(
    r"(?<!\d)\d{9}(?!\d)|(?<!\d)\d{3}[ .]\d{3}[ .]\d{3}(?!\d)|(?<!\d)\d{4}[ .]\d{2}[ .]\d{3}(?!\d)"
)
INITIALS = re.compile(r"\b(?:[A-Z]\. ?)+(?:(?:van|de|den|der|te|ten|ter|’t|'t|el|al|von|du|la)\s+)*[A-Z][a-zà-ÿ]")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{0,4}\b")
SALUTED = re.compile(r"\b(?i:heer|mevrouw|meneer|familie|mr|mrs|ms)\.? [A-Z]")
QUOTED = {"official_text", "quote"}


def check(document: Document) -> Iterator[Problem]:
    """List personal data, wherever it stands."""
    for place in document.places:
        if place and isinstance(name := place[-1], str) and name.lower() in NAME_KEYS:
            yield document.problem(place, "personal-data.field", name=name)
    if any(_found(_flat(document.text))):
        for place, text in _texts(document.values, ()):
            yield from (document.problem(place, code, given=given) for code, given in _found(text))
    for number, line in enumerate(document.body.split("\n")):
        for code, given in _found(line):
            yield document.problem_at(document.body_line + number, 1, code, given=given)


def advise(document: Document) -> Iterator[Problem]:
    """List what looks like a title with a surname, outside of quoted text and titles of sources."""
    sources = document.path.name == "sources.yml"
    if _has_title(document.text):
        for place, text in _texts(document.values, ()):
            quoted = QUOTED & set(place) or (sources and place[-1] == "title")
            if not quoted and (name := title_and_surname(text)):
                yield document.problem(place, "person-name.title", given=name)
    for number, line in enumerate(document.body.split("\n")):
        if name := title_and_surname(line):
            yield document.problem_at(document.body_line + number, 1, "person-name.title", given=name)


def title_and_surname(text: str) -> str | None:
    """Give what looks like a title with a surname, or None."""
    for match in NAME.finditer(text) if _has_title(text) else ():
        title = re.match(r"(?i)(?:de heer|secretary of state|\S+)\s+", match[0])
        if title and not OFFICES.match(match[0][title.end() :]):
            return match[0]
    return None


def names_person(sentence: str) -> bool:
    """Tell whether a sentence holds an e-mail address, in a link too, or a telephone number."""
    text = unicodedata.normalize("NFKC", sentence)
    # As people write numbers: (020) 123 45 67, 06.12345678 and 06/12345678.
    bare = re.sub(r"(?<=\d)[./](?=\d{6})", " ", re.sub(r"[()]", "", LINK.sub(" ", text)))
    return MAIL.search(HOST.sub(" ", text)) is not None or TELEPHONE.search(" ".join(bare.split())) is not None


def why_not_public(text: str) -> str:
    """Say in English what of a text that somebody wrote may not be public; empty where nothing is found."""
    if names_person(text):
        return "holds a mail address or a telephone number"
    named = title_and_surname(text)
    return f"names “{named}”" if named else ""


def may_name_somebody(text: str) -> bool:
    """Tell whether what a stranger wrote seems to tell of a person, a number or an address of theirs too."""
    flat = _flat(unicodedata.normalize("NFKC", text))
    told = (POST_CODE, INITIALS, ACCOUNT, SALUTED)
    return bool(why_not_public(flat)) or any(known.search(flat) for known in told) or _has_service_number(flat)


def _has_service_number(text: str) -> bool:
    """Tell whether a number fits the check of citizen service numbers: https://nl.wikipedia.org/wiki/Elfproef."""
    for match in NINE_DIGITS.finditer(text):
        digits = [int(digit) for digit in match[0] if digit.isdigit()]
        if sum(digit * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0:
            return True
    return False


def _found(text: str) -> Iterator[tuple[str, str]]:
    if "@" in text and (match := MAIL.search(text)) and "://" not in text[: match.start()].rpartition(" ")[2]:
        yield "personal-data.mail", match[0]
    if match := TELEPHONE.search(text):
        yield "personal-data.telephone", match[0]


def _flat(text: str) -> str:
    """Give a text on one line, as a folded value reads."""
    return " ".join(text.split())


def _has_title(text: str) -> bool:
    """Tell quickly whether there is a title at all, so that most files need no closer look."""
    lower = _flat(text).lower()
    return any(title in lower for title in ALL_TITLES)


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, (*place, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, (*place, index))
    elif isinstance(value, str):
        yield place, value
