"""TenderNed: how many notices it holds, and the newest year whose data it gives in OCDS."""

from __future__ import annotations

import re
from datetime import date

from monitor.indicators.reading import Reader, Reading, ReadingError, between, field, json_of

MOST = 10_000_000
FIRST_YEAR, LAST_YEAR = 2010, 2100
FILES = re.compile(rb"Dataset_Tenderned-(\d{4}-\d{2}-\d{2})-(\d{4}-\d{2}-\d{2})\.json\"")


def read_notices(body: bytes, country: str = "") -> Reading:
    """Give the total that goes with a page of notices; it can never be below what that page lists."""
    answer = json_of(body)
    total = field(answer, "totalElements", int, "the answer")
    listed = field(answer, "content", list, "the answer")
    if not listed:
        raise ReadingError("field 'content' of the answer: lists no notices")
    return Reading({"tenderned-publications": between("totalElements", total, len(listed), MOST)})


def read_files(body: bytes, country: str = "") -> Reading:
    """Give the newest year that the page links a JSON file of; it speaks of the last day of that file's period."""
    if not body.strip():
        raise ReadingError("the answer: is empty")
    if not body.rstrip().lower().endswith(b"</html>"):
        raise ReadingError("the answer: is not a whole page, it has no </html> at its end")
    ends = [_day(end) for _, end in FILES.findall(body)]
    if not ends:
        raise ReadingError("links 'Dataset_Tenderned-….json': are not there")
    newest = max(ends)
    return Reading({"ocds-newest-year": between("year", newest.year, FIRST_YEAR, LAST_YEAR)}, newest)


def _day(text: bytes) -> date:
    try:
        return date.fromisoformat(text.decode())
    except ValueError as error:
        raise ReadingError(f"link 'Dataset_Tenderned-….json': names '{text.decode()}', which is no day") from error


NOTICES = Reader(
    "tenderned",
    1,
    "https://www.tenderned.nl/papi/tenderned-rs-tns/v2/publicaties?page=0&size=100",
    ("tenderned-publications",),
    read_notices,
)
DATA_FILES = Reader(
    "tenderned-datasets",
    1,
    "https://www.tenderned.nl/cms/nl/aanbesteden-in-cijfers/datasets-aanbestedingen",
    ("ocds-newest-year",),
    read_files,
)
