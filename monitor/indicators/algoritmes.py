"""The Algorithm Register: how many algorithms it lists, of all bodies and of one."""

from __future__ import annotations

import json
from functools import partial

from monitor.indicators.reading import Reader, Reading, ReadingError, between, field, json_of

ADDRESS = "https://algoritmes.overheid.nl/api/algoritme/NLD"
# Rijkswaterstaat, by its identifier in the register of public bodies (TOOI).
RIJKSWATERSTAAT = "oorg10004"
ROWS = 10
MOST = 1_000_000


def read(body: bytes, country: str = "", *, gives: str = "registered", body_id: str | None = None) -> Reading:
    """Give the total; where one body was asked for, each listed algorithm must be its own."""
    answer = json_of(body)
    total = field(answer, "total_count", int, "the answer")
    rows = field(answer, "results", list, "the answer")
    if len(rows) != min(total, ROWS):
        raise ReadingError(f"field 'results' of the answer: lists {len(rows)} of {total}, {ROWS} were asked for")
    for row in rows if body_id else ():
        if (found := field(row, "org_id", str, "an algorithm")) != body_id:
            raise ReadingError(f"field 'org_id' of an algorithm: is {found}, but only {body_id} was asked for")
    return Reading({gives: between("total_count", total, 0 if body_id else 1, MOST)})


def _question(**more: str) -> bytes:
    return json.dumps({"page": 1, "limit": ROWS, **more}).encode()


READER = Reader("algoritmeregister", 1, ADDRESS, ("registered",), read, ask=_question())
OF_RIJKSWATERSTAAT = Reader(
    "algoritmeregister-rws",
    1,
    ADDRESS,
    ("registered-rijkswaterstaat",),
    partial(read, gives="registered-rijkswaterstaat", body_id=RIJKSWATERSTAAT),
    ask=_question(organisation=RIJKSWATERSTAAT),
)
