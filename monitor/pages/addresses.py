"""Where each page stands, in each language: the same page differs only in its words."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from urllib.parse import urlsplit

from monitor.words import Words


def home(plan: str) -> str:
    """Give the address of a plan."""
    return f"{plan}/"


def commitment(plan: str, number: int) -> str:
    """Give the address of a commitment, the same in every language."""
    return f"{plan}/{number:02d}/"


def of_plan(words: Words, plan: str, page: str, name: str = "") -> str:
    """Give the address of a page below a plan, or of one thing below that page."""
    return "/".join(part for part in (plan, words.slug(page), name) if part) + "/"


def about(words: Words, page: str = "") -> str:
    """Give the address of a page about the monitor itself."""
    return "/".join(part for part in (words.slug("about"), words.slug(page) if page else "") if part) + "/"


def feed(words: Words, page: str = "") -> str:
    """Give the address of the Atom feed beside a page, or its bare name."""
    return f"{page}{words.slug('follow')}.atom"


def calendar(page: str = "") -> str:
    """Give the address of the calendar file beside a page, or its bare name."""
    return f"{page}agenda.ics"


def dossier(page: str = "") -> str:
    """Give the address of the dossier beside the page of a commitment, or its bare name."""
    return f"{page}dossier.txt"


def record(page: str = "") -> str:
    """Give the address of the public record beside the page of a commitment, or its bare name."""
    return f"{page}record.json"


@lru_cache(maxsize=10_000)
def relative(target: str, here: str) -> str:
    """Give the way from one address to another; addresses elsewhere stay as they are."""
    if "://" in target or target.startswith(("#", "mailto:")):
        return target
    path, mark, anchor = target.partition("#")
    way = posixpath.relpath(path or ".", here or ".")
    return ("./" if way == "." else f"{way}/" if path.endswith("/") or not path else way) + mark + anchor


def meeting(words: Words, record: str) -> str:
    """Give the address of a meeting by its id."""
    plan, _, slug = record.partition("/")
    return of_plan(words, plan, "meetings", slug)


def anchor(record: str, kind: str = "u") -> str:
    """Make the id of a record usable as an anchor of a page: an update, or ``q`` a question, ``l`` a lesson."""
    return f"{kind}-" + "".join(c if c.isalnum() else "-" for c in record.rpartition("/")[2])


def step(number: str) -> str:
    """Give the anchor of a milestone on the page of its commitment."""
    return f"m-{number.replace('.', '-')}"


def safe(address: str | None) -> str | None:
    """Give an address only where a browser may open it."""
    return address if address and urlsplit(address).scheme in ("http", "https") else None
