"""Bytes of a feed to entries as plain text: RSS, RDF, Atom and JSON Feed, however badly written."""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import nh3
from feedparser.encodings import convert_to_utf8

from monitor.entries.bounds import shortened, too_much
from monitor.periods import day_of

ENTRIES_A_POLL = 200
TITLE_LENGTH, SUMMARY_LENGTH, HTML_LENGTH, ADDRESS_LENGTH = 300, 1000, 50_000, 2000
FIRST_YEAR = 1995
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, 1)} | {"maa": 3, "mrt": 3, "mei": 5, "okt": 10}

_BLOCK = re.compile(r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|td|tr|table|blockquote)\b)", re.IGNORECASE)
_TAG_OF_NOTHING = re.compile(r"</?>")
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
# Hours ahead of UTC; feedparser takes these for UTC itself, and so an hour before midnight for the next day.
DUTCH_ZONES = {"CET": 1, "CEST": 2, "MET": 1, "MEST": 2}

_ZONE = re.compile(rf"\d\s*\(?({'|'.join(DUTCH_ZONES)})\)?\s*$", re.IGNORECASE)
_WRITTEN_DAY = re.compile(r"(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{4})", re.IGNORECASE)
_NUMBERED_DAY = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b")
# What feedparser is known to raise on hostile input, besides setting `bozo`.
_PARSER_ERRORS = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class FeedError(Exception):
    """An answer is not a feed that can be read; the message says what it is and what to do."""


@dataclass(frozen=True)
class ParsedEntry:
    """An item as plain text: ``key`` names it within its feed; the day is None where it is odd or missing."""

    key: str
    title: str
    address: str | None
    summary: str
    published_on: date | None


@dataclass(frozen=True)
class _Item:
    """An item as it stands in the feed; each time as written, and as feedparser read it."""

    id: str
    title: str
    link: str
    summary: str
    times: Sequence[tuple[str, Sequence[int] | None]] = ()


def parse(body: bytes, *, now: datetime, address: str = "", content_type: str = "") -> list[ParsedEntry]:
    """Read a feed, at most 200 entries of it; raise FeedError where it is none.

    ``address`` completes relative links. ``content_type`` may name the character set.
    """
    items = _json_items(body) if body.lstrip()[:1] == b"{" else _xml_items(body, content_type)
    entries = (_entry(item, now=now, address=address) for item in items[:ENTRIES_A_POLL])
    return _told_apart([entry for entry in entries if entry])


def plain(text: str, length: int) -> str:
    """Reduce HTML to one line of text without tags, scripts or invisible characters."""
    text = _BLOCK.sub(" <", text[:HTML_LENGTH].encode("utf-8", "ignore").decode("utf-8"))
    for _ in range(3):  # feeds escape once, twice, or not at all
        text = html.unescape(nh3.clean(text, tags=set()))
        if "<" not in text:
            break
    text = _TAG_START.sub("< ", _TAG_OF_NOTHING.sub("", text))
    visible = (char for char in text if char.isspace() or not unicodedata.category(char).startswith("C"))
    line = " ".join("".join(visible).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _xml_items(body: bytes, content_type: str) -> list[_Item]:
    headers = {"content-type": content_type} if content_type else {}
    try:
        # Bounds count tags as ASCII writes them, and a feed may come in a character set that writes them otherwise.
        text = shortened(convert_to_utf8(headers, body, {}), ENTRIES_A_POLL)
        if reason := too_much(text):
            raise FeedError(f"{reason}: ask its publisher for a smaller feed")
        # A file object, always: feedparser opens a string or bytes that look like an address or a path.
        feed = feedparser.parse(io.BytesIO(text), sanitize_html=False, resolve_relative_uris=False)
        items = [_xml_item(entry) for entry in feed.entries[:ENTRIES_A_POLL]]
    except _PARSER_ERRORS as error:
        raise FeedError(f"cannot be read as a feed ({error}): look at the address in a browser") from error
    if not items and not feed.get("version"):
        what = "is empty" if not body.strip() else "is not a feed"
        raise FeedError(f"{what}: look at the address in a browser and give that of the feed")
    return items


def _xml_item(entry: Any) -> _Item:
    content = entry.get("content") or [{}]
    names = [name for name in ("published", "updated", "created") if name in entry]
    times = [(entry[name], entry.get(f"{name}_parsed")) for name in names]
    id_, link = entry.get("id") or "", entry.get("link") or ""
    return _Item(
        id=id_,
        title=entry.get("title") or "",
        link="" if link == id_ and "://" not in link else link,  # a bare id is taken for a link where there is none
        summary=entry.get("summary") or content[0].get("value") or "",
        times=times,
    )


def _json_items(body: bytes) -> list[_Item]:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"is not a feed, and broken JSON ({error}): look at the address in a browser") from error
    items = feed.get("items")
    if not str(feed.get("version", "")).startswith("https://jsonfeed.org/version/") or not isinstance(items, list):
        raise FeedError("is JSON, but not a JSON Feed: look at the address in a browser and give that of the feed")
    return [_json_item(item) for item in items[:ENTRIES_A_POLL] if isinstance(item, dict)]


def _json_item(item: dict[str, Any]) -> _Item:
    text = {name: str(value) for name, value in item.items() if isinstance(value, str | int)}
    times = [(text[name], None) for name in ("date_published", "date_modified") if name in text]
    return _Item(
        id=text.get("id", ""),
        title=text.get("title", ""),
        link=text.get("url") or text.get("external_url", ""),
        summary=text.get("summary") or text.get("content_html") or html.escape(text.get("content_text", "")),
        times=times,
    )


def _entry(item: _Item, *, now: datetime, address: str) -> ParsedEntry | None:
    link = _link(item.link, address)
    summary = plain(item.summary, SUMMARY_LENGTH)
    title = plain(item.title, TITLE_LENGTH) or plain(item.summary, 80) or link
    if not title:
        return None
    days = (_day(written, parsed) for written, parsed in item.times)
    possible = (day for day in days if day and day.year >= FIRST_YEAR and day <= (now + timedelta(days=1)).date())
    return ParsedEntry(item.id or link or title, title, link, summary, next(possible, None))


def _told_apart(entries: list[ParsedEntry]) -> list[ParsedEntry]:
    """Keep an entry a key; where entries share a key but not an address, the address names them."""
    places = defaultdict(set)
    for entry in entries:
        places[entry.key].add(entry.address)
    kept: dict[str, ParsedEntry] = {}
    for entry in entries:
        key = entry.address if entry.address and len(places[entry.key]) > 1 else entry.key
        kept.setdefault(key, replace(entry, key=key))
    return list(kept.values())


def _link(link: str, address: str) -> str | None:
    try:
        whole = urljoin(address, link.strip())
        parts = urlsplit(whole)
    except ValueError:
        return None
    is_web = link and parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
    return whole if is_web and len(whole) <= ADDRESS_LENGTH and whole.isprintable() else None


def _day(written: str, parsed: Sequence[int] | None) -> date | None:
    """Give the day in the monitor's time zone; days in numbers are read here: feedparser takes 05-05-2019 for 2005."""
    if match := _NUMBERED_DAY.search(written):
        return _day_in_numbers(*map(int, match.groups()))
    try:
        at = _in_utc(written, parsed) if parsed else datetime.fromisoformat(written)
        return day_of(at) if at.tzinfo else at.date()
    except (ValueError, OverflowError):
        return _day_in_words(written)


def _in_utc(written: str, parsed: Sequence[int]) -> datetime:
    at = datetime(*parsed[:5], tzinfo=UTC)  # type: ignore[arg-type, misc]
    zone = _ZONE.search(written)
    return at - timedelta(hours=DUTCH_ZONES[zone[1].upper()]) if zone else at


def _day_in_numbers(day: int, month: int, year: int) -> date | None:
    """Read a day that has one reading: 5/11 is May in one country and November in another."""
    return _on_calendar(year, month, day) if day > len(MONTHS) or day == month else None


def _day_in_words(written: str) -> date | None:
    match = _WRITTEN_DAY.search(written)
    return _on_calendar(int(match[3]), MONTH_NUMBERS.get(match[2].lower(), 0), int(match[1])) if match else None


def _on_calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
