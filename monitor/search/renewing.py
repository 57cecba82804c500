"""Keeps what can be found equal to what the site shows: records of the database, and pages as they were built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from monitor import models, words
from monitor.pages import addresses
from monitor.search import passages
from monitor.storage import PASSAGES, Storage

TAG = re.compile(r"<[^>]*>")
ANCHOR = re.compile(r'\sid="([^"]+)"')


def renew(storage: Storage, *, today: date, release: Path | None = None) -> bool:
    """Put what is public today in the index; tell whether that differs from what could be found until now.

    With a release, the texts of its other pages are found too, and no address leads to a page that it has not.
    """
    plans = storage.plans()
    found: list[models.Passage] = []
    for language in plans[0].languages if plans else ():
        told = [p for plan in plans for p in passages.of_plan(storage, plan.id, language=language, today=today)]
        root = _root(release, language, plans[0]) if release else None
        found += [*_settled(told, root), *_pages(root, language, plans[0].id, told)] if root else told
    return storage.replace_passages(found)


def add(storage: Storage, plan: str, *, today: date) -> None:
    """Let what members of the network shared just now be found at once; the next renewal finds it there."""
    with storage.transaction():
        for language in storage.plans()[0].languages:
            for passage in passages.of_network(passages.writer_of(storage, plan, language=language, today=today)):
                storage.add_passage(passage)


def forget(storage: Storage, records: Iterable[str], plan: str, *, today: date) -> None:
    """Let records that were erased be found no more, and what quoted them only by what else it says."""
    with storage.transaction():
        for record in records:
            storage.delete(models.Passage, record=record)
        # What was deleted would else stay readable in the index's file.
        storage.db.table(PASSAGES).optimize()
        add(storage, plan, today=today)


def _root(release: Path, language: str, plan: models.Plan) -> Path:
    return release if language == plan.languages[0] else release / language


def _settled(told: Iterable[models.Passage], root: Path) -> Iterator[models.Passage]:
    """Leave out what stands on no page, and the anchor where the page has none of that name."""

    @cache
    def anchors(page: str) -> frozenset[str] | None:
        path = root / page / "index.html"
        return frozenset(ANCHOR.findall(path.read_text("utf-8"))) if path.exists() else None

    for passage in told:
        page, _, anchor = passage.address.partition("#")
        known = anchors(page)
        if known is not None:
            yield passage if not anchor or anchor in known else passage.model_copy(update={"address": page})


def _pages(root: Path, language: str, plan: str, told: Iterable[models.Passage]) -> Iterator[models.Passage]:
    """Write passages for the pages that are no record: each section of those about the site, of others the head."""
    index = root / "search" / "search_index.json"
    if not index.exists():
        return
    names = words.of(language)
    about, state = addresses.about(names), addresses.about(names, "health")
    taken = {passage.address for passage in told}
    docs = json.loads(index.read_text("utf-8"))["docs"]
    titles = {doc["location"]: _plain(doc["title"]) for doc in docs}
    for doc in docs:
        page, _, anchor = doc["location"].partition("#")
        if page in taken or (anchor and (not page.startswith(about) or page == state)):
            continue
        yield _page(doc, names, plan, titles.get(page, "") if anchor else "")


def _page(doc: dict[str, Any], names: words.Words, plan: str, of_page: str) -> models.Passage:
    language = names.language
    return passages.make(
        record=doc["location"],
        kind="page",
        plan=plan,
        language=language,
        address=doc["location"],
        label=of_page or names.text("search-kind.page"),
        title=words.Phrase(_plain(doc["title"]), language),
        text=words.Phrase(_plain(doc["text"]), language),
        keys=(),
    )


def _plain(html: str) -> str:
    return " ".join(unescape(TAG.sub(" ", html)).split())
