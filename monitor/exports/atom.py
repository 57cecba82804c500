"""Atom (RFC 4287): a feed of the plan, of each commitment and of each organisation, as stable as the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as Tree

from monitor.exports.news import Entry, entries
from monitor.exports.reading import NAME, Book, File, midnight
from monitor.pages import addresses
from monitor.words import choose

SPACE = "http://www.w3.org/2005/Atom"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 cannot hold, whatever somebody typed: https://www.w3.org/TR/xml/#charsets
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feeds(book: Book) -> Iterator[File]:
    """Give the feed of the plan, of each commitment and of each organisation."""
    plan, words, folder = book.site.plan.id, book.site.words, book.site.data.folder
    new = entries(book)
    yield _feed(book, addresses.home(plan), book.title, new)
    for commitment in folder.commitments:
        title = f"{book.title}: {words.text('commitment.number', number=commitment.number)}"
        own = [entry for entry in new if commitment.id in entry.about]
        yield _feed(book, addresses.commitment(plan, commitment.number), title, own)
    for organisation in folder.organisations:
        page = addresses.of_plan(words, plan, "organisations", organisation.id)
        own = [entry for entry in new if organisation.id in entry.about]
        yield _feed(book, page, f"{book.title}: {book.pen.plain(organisation.name)}", own)


def _feed(book: Book, page: str, title: str, own: Sequence[Entry]) -> File:
    address = addresses.feed(book.site.words, page)
    root = Tree.Element("feed", {"xmlns": SPACE, LANGUAGE: book.site.words.language})
    _add(root, "id", _tag(book, address))
    _add(root, "title", title)
    _add(root, "subtitle", book.banner or book.unofficial)
    _add(root, "updated", _moment(max((entry.updated for entry in own), default=book.newest_at)))
    _add(_add(root, "author"), "name", NAME)
    _link(root, "self", book.root + address, type="application/atom+xml")
    _link(root, "alternate", book.root + page, type="text/html")
    for entry in own:
        _entry(book, _add(root, "entry"), entry)
    Tree.indent(root)
    return File(address, Tree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _entry(book: Book, at: Tree.Element, entry: Entry) -> None:
    _add(at, "id", _tag(book, f"{book.site.plan.id}/{entry.id}/{book.site.words.language}"))
    _add(at, "title", entry.title)
    _link(at, "alternate", book.root + entry.address, type="text/html")
    for address in dict.fromkeys(entry.links):
        _link(at, "related", address)
    _add(at, "updated", _moment(entry.updated))
    if entry.published:
        _add(at, "published", _moment(midnight(entry.published)))
    _add(at, "summary", "\n".join(entry.lines) or entry.title)
    if entry.said:
        phrase = choose(entry.said, book.site.words.language)
        _add(at, "content", phrase.words, **{LANGUAGE: phrase.language, "type": "text"})


def _tag(book: Book, name: str) -> str:
    """Name a thing for good (RFC 4151), whatever way and port the monitor is served by."""
    host = urlsplit(book.site.context.url).hostname or "localhost"
    authority = host if ":" not in host else "localhost"
    return f"tag:{authority},{book.site.plan.monitored_from.isoformat()}:{name}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _link(at: Tree.Element, kind: str, address: str, **given: str) -> None:
    _add(at, "link", **{"rel": kind, "href": address} | given)


def _add(at: Tree.Element, name: str, /, text: str = "", **given: str) -> Tree.Element:
    made = Tree.SubElement(at, name, given)
    made.text = UNFIT.sub("", text) or None
    return made
