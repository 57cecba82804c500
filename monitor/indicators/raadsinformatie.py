"""Open Raadsinformatie: which municipalities and provinces have open council information."""

from __future__ import annotations

from monitor.indicators.reading import Reader, Reading, ReadingError, between, field, json_of

# The beginning of an alias by the kind of body, and how many bodies of a kind there can be at most.
KINDS = {"municipalities": ("ori_", 1000), "provinces": ("osi_", 50)}


def read(body: bytes, country: str = "") -> Reading:
    """Count the bodies with an alias: an index that is replaced by a newer one has none, so each counts once."""
    indexes = json_of(body)
    if not isinstance(indexes, dict) or not indexes:
        raise ReadingError("the answer: is not an object of indexes")
    aliases = {alias for name, index in indexes.items() for alias in field(index, "aliases", dict, name)}
    counts = {kind: sum(alias.startswith(start) for alias in aliases) for kind, (start, _) in KINDS.items()}
    return Reading({kind: between(kind, counts[kind], 1, most) for kind, (_, most) in KINDS.items()})


READER = Reader(
    "open-raadsinformatie",
    2,
    "https://api.openraadsinformatie.nl/v1/elastic/_aliases",
    ("municipalities", "provinces"),
    read,
)
