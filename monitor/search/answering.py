"""The search page as it was built, filled in with what was found; without this it fills itself in by script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from monitor import words
from monitor.pages import addresses
from monitor.pages.rendering import template
from monitor.search.asking import LETTERS_AT_MOST
from monitor.search.finding import Found, Piece, find
from monitor.storage import Storage
from monitor.words import Words

PER_PAGE = 20
LANGUAGE = re.compile(r'<html lang="([^"]+)"')
PLACE = re.compile(r"<!-- search:begin -->.*<!-- search:end -->", re.DOTALL)
SWITCH = re.compile(r'(<a href="[^"?#]+)(" lang="[^"]+" hreflang="[^"]+">)')
LOST = 'value="" data-lost'


def fill(page: str, storage: Storage, query: str, number: str) -> str:
    """Fill the built page in with one page of what a query finds; ``number`` is that page, as it was typed."""
    names = words.of((LANGUAGE.search(page) or [page, words.FALLBACK])[1])
    query = " ".join(query[:LETTERS_AT_MOST].split())
    wanted = int(number) if number.isdecimal() and len(number) < 4 else 1
    start = PER_PAGE * (max(wanted, 1) - 1)
    found = find(storage, query, names.language, start=start, limit=PER_PAGE)
    if start >= found.total:
        start, found = 0, find(storage, query, names.language, limit=PER_PAGE)
    content = Markup(template("search-results.jinja").render(_values(storage, names, query, found, start)))  # noqa: S704
    filled = PLACE.sub(lambda _: content, page, count=1)
    return _with_query(filled, found, query)


def fill_lost(page: str, path: str) -> str:
    """Put the words of an address that leads nowhere into the search field of the page that says so."""
    said = " ".join(re.findall(r"[^\W\d_]+", path))[:LETTERS_AT_MOST]
    return page.replace(LOST, f'value="{escape(said)}"')


def _with_query(page: str, found: Found, query: str) -> str:
    """Name the query in the title, and let it go along to the other languages."""
    if not query:
        return page
    titled = page.replace("<title>", f"<title>{escape(found.asked.shown or query)} · ", 1)
    asked = urlencode({"q": query})
    return SWITCH.sub(lambda link: f"{link[1]}?{asked}{link[2]}", titled)


def _values(storage: Storage, names: Words, query: str, found: Found, start: int) -> dict[str, Any]:
    plans = storage.plans()
    plan = plans[0].id if plans else ""
    return {
        "t": names.text,
        "language": names.language,
        "query": query,
        "found": found,
        "status": _status(names, query, found, start),
        "first": start + 1,
        "before": _turn(query, start - PER_PAGE) if start else "",
        "after": _turn(query, start + PER_PAGE) if start + PER_PAGE < found.total else "",
        "marked": _marked,
        "of_plan": {p.id: names.text("plan.name", plan=p.id) for p in plans} if len(plans) > 1 else {},
        "elsewhere": [] if found.total or not found.asked.words else _elsewhere(storage, names, query),
        "not_found": addresses.of_plan(names, plan, "not-found"),
    }


def _status(names: Words, query: str, found: Found, start: int) -> str:
    if not query:
        return ""
    if not found.asked.words:
        return names.text("search.no_words")
    told = {"query": found.asked.shown, "first": start + 1, "last": start + len(found.results)}
    if not found.total:
        return names.text("search.none", query=told["query"])
    said = names.count("search.more" if found.more else "search.count", found.total, query=told["query"])
    parts = [said, names.text("search.any_word") if found.any_word else ""]
    parts += [names.text("search.part", **told)] if found.total > PER_PAGE else []
    return " ".join(part for part in parts if part)


def _elsewhere(storage: Storage, names: Words, query: str) -> Sequence[Mapping[str, Any]]:
    """Count what the query finds in the other languages of the site."""
    languages = storage.plans()[0].languages
    up = "../" if names.language == languages[0] else "../../"
    told = []
    for language in languages:
        total = find(storage, query, language, limit=0).total if language != names.language else 0
        other = words.of(language)
        way = (
            f"{up}{'' if language == languages[0] else f'{language}/'}{other.slug('search')}/?{urlencode({'q': query})}"
        )
        if total:
            told.append({"language": language, "way": way, "words": other.count("search.here", total)})
    return told


def _turn(query: str, start: int) -> str:
    number = start // PER_PAGE + 1
    return f"?{urlencode({'q': query} | ({'p': number} if number > 1 else {}))}"


def _marked(pieces: Sequence[Piece]) -> Markup:
    return Markup("").join(Markup("<mark>{}</mark>").format(p.text) if p.hit else escape(p.text) for p in pieces)
