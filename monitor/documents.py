"""What a fetched document is: its type, its own title, its text, and a rendition that does no harm. Pure."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import nh3
from markupsafe import Markup

from monitor import markup

HTML, TEXT = "html", "txt"
SIGNATURES = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
# Types as servers name them; what carries a signature is known by that alone.
NAMED = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/plain": TEXT,
    "text/csv": TEXT,
    "application/json": TEXT,
}
# Those that pages are written in: others are no text, such as hex, or take for ever, such as punycode.
CHARSETS = frozenset(
    ["ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "koi8-r", "koi8-u", "mac-roman"]
    + [f"cp{number}" for number in (437, 850, 852, 858, 866, 874, 932, 949, *range(1250, 1259))]
    + [f"iso8859-{number}" for number in range(1, 17) if number != 12]
    + ["big5", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp", "shift_jis"]
)
LOOK_AT = 256 * 1024
LONGEST_TITLE = 300
CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
HTML_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{1,2000})</title", re.IGNORECASE)
XMP_TITLE = re.compile(rb"<dc:title>\s*<rdf:Alt>\s*<rdf:li[^>]{0,100}>([^<]{1,2000})</rdf:li>")
# What would be fetched or shown as part of a page, or stand in it unseen.
TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
BREAKS = re.compile(r"(?=<(?:p|br|div|li|tr|h[1-6]|section|article|table|title|/title)[\s/>])", re.IGNORECASE)
DROPPED = {"script", "style", "title", "template", "noscript"}


def kind_of(content_type: str, body: bytes) -> str | None:
    """Name the type of a document as the end of its file's name; None for what is never shown."""
    for signature, kind in SIGNATURES.items():
        if body.startswith(signature):
            return kind
    return NAMED.get(content_type.partition(";")[0].strip().lower())


def title_of(content_type: str, body: bytes) -> str | None:
    """Give what a web page or PDF calls itself, on one line; None where it does not say."""
    kind = kind_of(content_type, body)
    if kind == HTML:
        found = HTML_TITLE.search(text_of(content_type, body[:LOOK_AT]))
        return _line(html.unescape(found[1])) if found else None
    if kind == "pdf":
        # Only what stands there unpacked: unpacking a stranger's PDF is for a process that may die of it.
        packet = XMP_TITLE.search(body)
        return _line(html.unescape(packet[1].decode("utf-8", "replace"))) if packet else None
    return None


def text_of(content_type: str, body: bytes) -> str:
    """Read bytes in the character set that they or their server name, else as UTF-8 or what Windows wrote."""
    named = re.search(r"charset\s*=\s*[\"']?([\w-]{1,40})", content_type, re.IGNORECASE)
    inside = CHARSET.search(body[:4096])
    asked = [named[1] if named else "", inside[1].decode("ascii") if inside else "", "utf-8-sig", "cp1252"]
    for charset in (name for name in asked if _is_charset(name)):
        try:
            return body.decode(charset)
        except UnicodeError:
            continue
    return body.decode("utf-8", "replace")


def words_of(text: str) -> str:
    """Give the words of a web page without its tags, each passage on a line of its own."""
    broken = BREAKS.sub("\n", text)
    bare = html.unescape(markup.words(broken, DROPPED - {"title"}))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


def harmless(text: str, address: str, *, heading: Mapping[str, str]) -> bytes:
    """Give a web page as text with links: no scripts, pictures, style, forms, or anything that is fetched.

    ``heading`` says above it in each language what it is.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        return _absolute(address, value) if name in ("href", "cite") else value

    cleaned = nh3.clean(
        markup.bounded(text, TAGS, DROPPED),
        tags=TAGS,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    head = Markup("").join(Markup('<p lang="{}">{}</p>\n').format(*told) for told in heading.items())
    page = (
        '<!doctype html>\n<html>\n<head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        '<meta name="robots" content="noindex"><title>{address}</title></head>\n<body>\n{head}<hr>\n{body}\n</body>\n'
        "</html>\n"
    )
    return Markup(page).format(address=address, head=head, body=Markup(cleaned)).encode()  # noqa: S704


def _absolute(address: str, link: str) -> str | None:
    try:
        found = urljoin(address, link.strip())
        return found if urlsplit(found).scheme in ("http", "https", "mailto") else None
    except ValueError:
        return None


def _is_charset(name: str) -> bool:
    try:
        return bool(name) and codecs.lookup(name).name in CHARSETS
    except LookupError:
        return False


def _line(text: str) -> str | None:
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return (clean if len(clean) <= LONGEST_TITLE else f"{clean[: LONGEST_TITLE - 1]}…") or None
