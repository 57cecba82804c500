"""The list of all public bodies: how many say where they publish their Woo decisions.

The list also names officials. Nothing of it is kept but two counts and the hash of the answer.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO
from xml.etree import ElementTree

from monitor.indicators.reading import Reader, Reading, ReadingError, between, start_of

CATEGORY = "woo-verzoeken en -besluiten"
BODY, ENDED, PLACE, KIND = "organisatie", "eindDatum", "wooIndex/documentLocatie", "informatiecategorie"
LIMIT = 80 * 1024 * 1024
MOST = 10_000
MOST_PARTS, DEEPEST = 2000, 50


def read(body: bytes, country: str = "") -> Reading:
    """Count the bodies without an end date that name a place of their Woo requests and decisions."""
    if not body.strip():
        raise ReadingError("the answer: is empty")
    bodies, publishing, kinds, day = 0, 0, set[str](), None
    open_elements: list[ElementTree.Element] = []
    try:
        # Expat bounds what entities may grow to, and opens none from outside.
        for event, element in ElementTree.iterparse(BytesIO(body), events=("start", "end")):  # noqa: S314
            name = _local(element.tag)
            if event == "start":
                day = day or (_day(element) if name == "overheidsorganisaties" else None)
                open_elements.append(element)
                _refuse_deep(open_elements)
                continue
            open_elements.pop()
            if name == BODY:
                bodies += 1
                found = _kinds(element)
                kinds |= found
                publishing += CATEGORY in found and not _has_ended(element)
            if open_elements and not any(_local(outer.tag) == BODY for outer in open_elements):
                open_elements[-1].remove(element)  # so that memory does not grow with the list
            elif open_elements and len(open_elements[-1]) > MOST_PARTS:
                raise ReadingError(f"element '{BODY}': has more than {MOST_PARTS} parts")
    except ElementTree.ParseError as error:
        raise ReadingError(f"the answer: is not whole XML ({error}), it begins with {start_of(body)}") from error
    if not bodies:
        raise ReadingError(f"element '{BODY}': is not there")
    if not kinds:
        raise ReadingError(f"element '{PLACE}/{KIND}': is with none of {bodies} bodies")
    if CATEGORY not in kinds:
        raise ReadingError(f"element '{KIND}': none is '{CATEGORY}', but {', '.join(sorted(kinds))}"[:300])
    return Reading({"organisations": between("organisations", publishing, 1, MOST)}, day)


def _refuse_deep(open_elements: list[ElementTree.Element]) -> None:
    if len(open_elements) > DEEPEST:
        raise ReadingError(f"element '{_local(open_elements[-1].tag)}': stands more than {DEEPEST} deep")


def _kinds(body: ElementTree.Element) -> set[str]:
    """List the kinds of documents that a body names a place of, in small letters."""
    places = (place for index in body.iter() if _local(index.tag) == "wooIndex" for place in index)
    return {
        " ".join((part.text or "").split()).casefold()
        for place in places
        if _local(place.tag) == "documentLocatie"
        for part in place
        if _local(part.tag) == KIND
    }


def _has_ended(body: ElementTree.Element) -> bool:
    return any(_local(part.tag) == ENDED and (part.text or "").strip() for part in body)


def _day(root: ElementTree.Element) -> date | None:
    """Give the day that the list says it was made on, where it says one."""
    for name, text in root.attrib.items():
        if _local(name) == "timestamp":
            try:
                return date.fromisoformat(text[:10])
            except ValueError as error:
                raise ReadingError(f"attribute 'timestamp': is '{text[:30]}', not a day") from error
    return None


def _local(name: str) -> str:
    """Leave out the namespace: its number changes with each version of the list."""
    return name.rpartition("}")[2]


READER = Reader(
    "organisaties-overheid",
    1,
    "https://organisaties.overheid.nl/archive/exportOO.xml",
    ("organisations",),
    read,
    limit=LIMIT,
    seconds=180,
)
