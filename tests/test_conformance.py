"""Our parser held against what the feeds of feedparser's own tests expect."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.feeds import parse
from tests import conformance
from tests.conformance import Expectation
from tests.conftest import MEASURED

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FEEDS = list(conformance.corpus())
FIELDS = {"title": 266, "summary": 271, "published_on": 23, "address": 21, "key": 16}


def taken(expected: Expectation, name: str) -> object:
    """Give what our parser takes of the field that is expected; nothing where it takes no entry."""
    address = conformance.SERVED_FROM + name
    entries = parse(expected.body, now=NOW, address=address, content_type=expected.content_type)
    return getattr(entries[0], expected.field) if entries else ""


@pytest.mark.parametrize(("name", "path"), FEEDS, ids=[name for name, _ in FEEDS])
def test_a_feed_is_read_as_it_expects(name: str, path: Path) -> None:
    expected = conformance.read(path, name)
    assert expected, "expects nothing that concerns us: take it out, or mend the rule"
    assert taken(expected, name) == expected.value


def test_the_number_of_feeds_is_the_one_stated() -> None:
    fields = Counter(expected.field for name, path in FEEDS if (expected := conformance.read(path, name)))
    assert fields == FIELDS
    assert f"{len(FEEDS)} feeds of the tests of" in (conformance.CORPUS / "README.md").read_text(encoding="utf-8")
    told = ", ".join(f"{name} {number}" for name, number in FIELDS.items())
    MEASURED.append(f"Feeds of feedparser's tests read as they expect: {len(FEEDS)} ({told}).")


def test_a_feed_that_is_read_otherwise_fails() -> None:
    name = "encoding/x80_866.xml"
    expected = conformance.read(conformance.CORPUS / "feeds" / name, name)
    assert expected
    assert (taken(expected, name), expected.value) == ("А", "А")
    misled = Expectation(expected.body, "text/xml; charset=iso-8859-15", "title", expected.value)
    assert taken(misled, name) != expected.value
