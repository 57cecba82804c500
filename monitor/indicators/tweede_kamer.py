"""The open data of the House of Representatives: how many documents it holds, without those that were deleted."""

from __future__ import annotations

from monitor.indicators.reading import Reader, Reading, ReadingError, between, field, json_of

COUNT = "@odata.count"
MOST = 50_000_000


def read(body: bytes, country: str = "") -> Reading:
    """Give the count that OData adds to the first page; it can never be below what that page lists."""
    answer = json_of(body)
    count = field(answer, COUNT, int, "the answer")
    listed = field(answer, "value", list, "the answer")
    if not listed:
        raise ReadingError("field 'value' of the answer: lists no documents")
    return Reading({"documents": between(COUNT, count, len(listed), MOST)})


READER = Reader(
    "tweede-kamer",
    2,
    "https://gegevensmagazijn.tweedekamer.nl/OData/v4/2.0/Document?$filter=Verwijderd%20eq%20false&$count=true",
    ("documents",),
    read,
)
