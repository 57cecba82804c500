"""Where in the plan files something stands, so that a suggestion can name the line to change."""

from __future__ import annotations

from pathlib import Path

from monitor import models
from monitor.commitments import faults
from monitor.commitments.yaml_text import read_document
from monitor.fields import listing
from monitor.lint import Document

FEEDS_FILE = "feeds.yml"


def lines_of_feeds(root: Path, plan: str) -> dict[str, int]:
    """Give the line of each feed's address in the file of a plan, by the feed's id; nothing where it cannot be read."""
    path = root / plan / FEEDS_FILE
    try:
        text = faults.decode(Document(path), path.read_bytes())
    except OSError:
        return {}
    document = read_document(path, text or "", listing(models.Feed))
    found = document.values if isinstance(document.values, list) else []
    places = ((one.get("id"), (index, "address")) for index, one in enumerate(found) if isinstance(one, dict))
    return {str(name): document.places[place][0] for name, place in places if name and place in document.places}
