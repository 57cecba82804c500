"""What stands in the notes of a meeting: decisions, agreements with organisation and day, the rest as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from bot.messages import spoken
from monitor import models
from monitor.lint.privacy import MAIL, TELEPHONE, title_and_surname
from monitor.periods import Period, PeriodError

TEXT, DECISIONS, AGREEMENTS = "text", "decisions", "agreements"
SECTIONS = (DECISIONS, AGREEMENTS, TEXT)
HEADING = re.compile(r"#{1,6}\s+(.+?)[:\s#]*|(\S.{0,60}?)\s*:|\*\*(.+?):?\*\*:?")
ITEM = re.compile(r"\s*(?:[-*•–▪o]|\d{1,2}[.)])\s+(.*)")
INLINE = re.compile(r"([^\W\d_]+)\s*:\s+(.+)")
ISO_DAY = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
SHORT_DAY = re.compile(r"\b(\d{1,2})[-/](\d{1,2})[-/](\d{4})\b")
MOST_WORDS = 6


@dataclass(frozen=True)
class Notes:
    """The notes of a meeting by their parts; ``headings`` are those that name no part we know."""

    text: str = ""
    decisions: tuple[str, ...] = ()
    agreements: tuple[models.Agreement, ...] = ()
    headings: tuple[str, ...] = ()


@dataclass
class _Parts:
    """The lines of each part while notes are read."""

    text: list[str] = field(default_factory=list)
    items: dict[str, list[str]] = field(default_factory=lambda: {DECISIONS: [], AGREEMENTS: []})
    headings: list[str] = field(default_factory=list)


def read(notes: str, *, organisations: Iterable[models.Organisation], language: str, held: date) -> Notes:
    """Part the notes of a meeting; a day without a year is the first one after the meeting."""
    parts = _parts(notes)
    names = _names(organisations)
    found = (
        _agreement(number, line, names, language, held) for number, line in enumerate(parts.items[AGREEMENTS], start=1)
    )
    decided = (line[:1].upper() + line[1:] for line in parts.items[DECISIONS])
    return Notes(_paragraphs(parts.text), tuple(decided), tuple(found), tuple(parts.headings))


def persons(notes: str) -> list[str]:
    """List what looks like the name of a person, an e-mail address or a telephone number."""
    found: list[str] = []
    for line in notes.splitlines():
        rest = line
        while name := title_and_surname(rest):
            found.append(name)
            rest = rest.replace(name, " ", 1)
        found += [match[0] for pattern in (MAIL, TELEPHONE) for match in pattern.finditer(line)]
    return list(dict.fromkeys(found))


def without_persons(notes: str, mark: str) -> str:
    """Give the notes with a mark where the name, address or number of a person stood."""
    while found := persons(notes):
        for name in sorted(found, key=len, reverse=True):
            notes = notes.replace(name, mark)
    return notes


def speaks_of_either(notes: str) -> bool:
    """Tell whether decisions or agreements are named somewhere in a line, where nobody can part them."""
    words = (word for name in (DECISIONS, AGREEMENTS) for word in spoken(f"notes-{name}"))
    return any(re.search(rf"\b{re.escape(word)}\s*:", notes, re.IGNORECASE) for word in words)


def _parts(notes: str) -> _Parts:
    parts, section, listed = _Parts(), TEXT, False
    for line in notes.splitlines():
        bare = line.strip()
        if heading := _heading(bare):
            section, listed = _section(heading) or TEXT, False
            # What opens the notes is their title, which the page has already.
            if not _section(heading) and any(parts.text):
                parts.headings.append(heading)
                parts.text += ["", heading, ""]
        elif (inline := INLINE.fullmatch(bare)) and (named := _section(inline[1])) in parts.items:
            parts.items[str(named)].append(inline[2])
        elif section == TEXT:
            parts.text.append(bare)
        elif item := ITEM.fullmatch(bare):
            parts.items[section].append(item[1].strip())
            listed = True
        elif bare and listed and line[:1].isspace():
            parts.items[section][-1] += f" {bare}"
        elif bare:
            parts.items[section].append(bare)
    return parts


def _heading(line: str) -> str | None:
    match = HEADING.fullmatch(line)
    found = next((part for part in match.groups() if part), None) if match else None
    if found is None:
        return line if _section(line) else None
    return found if len(found.split()) <= MOST_WORDS and not ITEM.fullmatch(line) else None


def _section(heading: str) -> str | None:
    plain = re.sub(r"^[\d.)\s]+", "", heading).casefold().strip(" :.*#")
    return next((name for name in SECTIONS if plain in spoken(f"notes-{name}")), None)


def _paragraphs(lines: Iterable[str]) -> str:
    """Give text as the pages read it: paragraphs with an empty line between, and lists that begin with a dash."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        item = ITEM.fullmatch(line)
        shown = f"- {item[1]}" if item else line
        if not shown or (blocks[-1] and blocks[-1][-1].startswith("- ") != bool(item)):
            blocks.append([])
        if shown:
            blocks[-1].append(shown)
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _agreement(number: int, line: str, names: list[tuple[str, str]], language: str, held: date) -> models.Agreement:
    organisation, rest = _organisation(line, names)
    return models.Agreement(
        id=f"afspraak-{number}",
        text={language: rest[:1].upper() + rest[1:]},
        organisation=organisation,
        due=_due(line, held),
    )


def _names(organisations: Iterable[models.Organisation]) -> list[tuple[str, str]]:
    """List how each organisation may be called, the longest names first."""
    named = [
        (name, known.id)
        for known in organisations
        for text in (known.name, known.short or {})
        for name in text.values()
    ]
    return sorted(dict.fromkeys(named), key=lambda pair: -len(pair[0]))


def _organisation(line: str, names: list[tuple[str, str]]) -> tuple[str | None, str]:
    """Give the organisation that a line names first, and the line without its name where that only opens it."""
    places = [(match.start(), -len(name), match, known) for name, known in names if (match := _named(name, line))]
    if not places:
        return None, line
    _, _, match, known = min(places, key=lambda place: place[:2])
    opening = re.match(r"\s*[:–-]\s+(.+)", line[match.end() :])
    return known, opening[1] if opening and match.start() == 0 else line


def _named(name: str, line: str) -> re.Match[str] | None:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line, re.IGNORECASE)


def _due(line: str, held: date) -> Period | None:
    if match := ISO_DAY.search(line):
        return _period(int(match[1]), int(match[2]), int(match[3]))
    if match := SHORT_DAY.search(line):
        return _period(int(match[3]), int(match[2]), int(match[1]))
    return next(_days_in_words(line.casefold(), held), None)


def _days_in_words(text: str, held: date) -> Iterator[Period]:
    for position, name in enumerate(spoken("months")):
        month = position % 12 + 1
        match = re.search(rf"\b(?:(\d{{1,2}}) )?{name}(?: (\d{{1,2}})(?!\d))?(?:,? (\d{{4}}))?\b", text)
        if match is None:
            continue
        day = int(match[1] or match[2] or 0)
        year = int(match[3]) if match[3] else _coming_year(held, month, day)
        # "Mei" and "may" are words too, so a month alone needs its year.
        if (day or match[3]) and (found := _period(year, month, day)):
            yield found


def _coming_year(held: date, month: int, day: int) -> int:
    return held.year if (month, day or 31) >= (held.month, held.day) else held.year + 1


def _period(year: int, month: int, day: int) -> Period | None:
    text = f"{year}-{month:02d}-{day:02d}" if day else f"{year}-{month:02d}"
    try:
        return Period.parse(text)
    except (PeriodError, ValueError):
        return None
