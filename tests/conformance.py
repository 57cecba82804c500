"""Reads what the feeds of feedparser's own tests expect, and says which of it concerns what we take of a feed.

The rule is told in tests/data/conformance/README.md.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from monitor.periods import day_of

CORPUS = Path(__file__).parent / "data" / "conformance"
# Where the feeds were served from when they were written; `base` feeds expect addresses below it.
SERVED_FROM = "http://127.0.0.1:8097/tests/"
OURS = {
    "title": "title",
    "title_detail": "title",
    "summary": "summary",
    "summary_detail": "summary",
    "description": "summary",
    "content": "summary",
    "link": "address",
    "links": "address",
    "id": "key",
    "guid": "key",
    **dict.fromkeys(("published", "updated", "created"), "published_on"),
    **dict.fromkeys(("published_parsed", "updated_parsed", "created_parsed"), "published_on"),
}
WRITTEN_IN = ("utf-8", "utf-16", "utf-32", "utf-16-be", "utf-16-le", "utf-32-be", "utf-32-le", "cp037", "latin-1")
# Letters that tell character sets apart, for feeds that say only which one they are in.
TELLING = "é中я한"

_ENTRY = re.compile(
    r"Expect:\s*(?:not bozo and |bozo and )?entries\[0\]"
    r"(?:\['(?P<name>\w+)'\](?:\['value'\]|\[0\]\['(?:value|href)'\])?|\.(?P<attribute>\w+)) == (?P<value>.+?)\s*$",
    re.MULTILINE,
)
_FEED_TITLE = re.compile(
    r"Expect:\s*(?:not bozo and |bozo and )?feed(?:\['title'\]|\.title) == (?P<value>.+?)\s*$", re.MULTILINE
)
_ENCODING = re.compile(r"Expect:\s*(?:not bozo and |bozo and )?encoding == (?P<value>.+?)\s*$", re.MULTILINE)
_CONTENT_TYPE = re.compile(r"Header:\s*Content-type:\s*(.*?)\s*$", re.MULTILINE | re.IGNORECASE)
_ITEM = re.compile(rb"(<(?:atom:)?(?:entry|item)\b[^>]*>)", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z/!?]")
_BLOCKS = frozenset(
    ["p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "td", "tr", "table", "blockquote"]
)


@dataclass(frozen=True)
class Expectation:
    """What a feed expects of one field of its first entry."""

    body: bytes
    content_type: str
    field: str
    value: str | date


def read(path: Path, name: str) -> Expectation | None:
    """Read what a feed expects, where it concerns what we take; else give None."""
    body = path.read_bytes()
    codec, text = _decoded(body)
    if "Content-Location" in text:  # a header that the monitor does not use
        return None
    told = _CONTENT_TYPE.search(text)
    content_type = told[1] if told else ""
    if match := _ENTRY.search(text):
        return _of_entry(body, content_type, match["name"] or match["attribute"], match["value"])
    if not name.startswith("encoding/"):
        return None
    if match := _FEED_TITLE.search(text):
        return _in_an_entry(body, content_type, _named(text) or codec, _literal(match["value"]))
    if match := _ENCODING.search(text):
        codec = str(_literal(match["value"]))
        return _in_an_entry(body, content_type, codec, next((char for char in TELLING if _has(codec, char)), None))
    return None


def _of_entry(body: bytes, content_type: str, name: str, written: str) -> Expectation | None:
    field, value = OURS.get(name), _literal(written)
    if field is None or value is None:
        return None
    expected = _expected(field, value)
    if expected is None:
        return None
    if field in ("key", "published_on"):  # an entry of which nothing can be shown is not taken: give it a title
        body = _ITEM.sub(rb"\1<title>x</title>", body)
    return Expectation(body, content_type, field, expected)


def _expected(field: str, value: object) -> str | date | None:
    if field == "published_on":
        return _day(value)
    if field == "key" and str(value).startswith(SERVED_FROM.removesuffix("tests/")):
        return None  # an id is a name: ours is not completed to an address
    if field in ("key", "address"):
        return str(value)
    text = _text(str(value))
    # A text that speaks of a tag: ours loses the tag, since feeds escape once, twice or not at all. Words within
    # formulas and drawings are not taken.
    return None if _TAG.search(text) or re.search("<(svg|math)", str(value)) else text


def _day(value: object) -> date | None:
    if isinstance(value, tuple):
        return day_of(datetime(*value[:6], tzinfo=UTC))
    try:
        return day_of(datetime.fromisoformat(str(value)))
    except ValueError:
        return day_of(parsedate_to_datetime(str(value)))


def _in_an_entry(body: bytes, content_type: str, codec: str, value: object) -> Expectation | None:
    """Put a title in an entry of the feed, in the feed's own character set."""
    try:
        text = body.decode(codec)
        if not isinstance(value, str) or not value.strip() or text.encode(codec) != body:
            return None
        at = text.rfind("</channel>") if "</channel>" in text else text.rfind("</")
        element = "entry" if "<feed" in text else "item"
        whole = f"{text[:at]}<{element}><title>{value}</title></{element}>{text[at:]}".encode(codec)
    except (LookupError, UnicodeError):
        return None
    return Expectation(whole, content_type, "title", _visible(value))


def _literal(written: str) -> object:
    try:
        return ast.literal_eval(written)
    except (SyntaxError, ValueError):
        return None


def _decoded(body: bytes) -> tuple[str, str]:
    for codec in WRITTEN_IN:
        try:
            text = body.decode(codec)
        except UnicodeError:
            continue
        if "Expect:" in text:
            return codec, text
    return "latin-1", ""


def _named(text: str) -> str | None:
    found = re.search(r"encoding=[\"']([^\"']+)", text.partition("?>")[0])
    return found[1] if found else None


def _has(codec: str, char: str) -> bool:
    try:
        return bool(char.encode(codec))
    except (LookupError, UnicodeError):
        return False


class _Text(HTMLParser):
    """Gathers the text of HTML, a space where a block begins or ends; apart from the library that we use."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append(" " if tag in _BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(" " if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text(value: str) -> str:
    reader = _Text()
    reader.feed(value)
    reader.close()
    return _visible("".join(reader.parts))


def _visible(text: str) -> str:
    kept = "".join(char for char in text if char.isspace() or not unicodedata.category(char).startswith("C"))
    return " ".join(kept.split())


def corpus() -> Iterator[tuple[str, Path]]:
    """Give the feeds that are kept here, each with its place in feedparser's tests."""
    root = CORPUS / "feeds"
    yield from ((path.relative_to(root).as_posix(), path) for path in sorted(root.rglob("*.xml")))
