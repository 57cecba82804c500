"""PDFs written anew: the pages, and nothing that tells of makers, runs by itself or hides behind them. Pure.

What a catalogue, page or link may keep is listed; everything else goes. Forms, stamps and marks become part of the page
they stand on, without the names of who placed them. Old revisions are gone, since only what is reachable is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bot.files.pieces import bare_jpeg, bare_jpeg2000
from bot.files.refusing import BROKEN, LARGE, LOCKED, RefusedError

MOST_PAGES = 2000
DEEPEST = 40
TRAILER = {"/Root", "/Size"}
CATALOGUE = {
    "/Type", "/Version", "/Pages", "/PageLabels", "/Dests", "/Outlines", "/StructTreeRoot", "/MarkInfo", "/Lang",
    "/OCProperties", "/PageMode", "/PageLayout", "/ViewerPreferences",
}  # fmt: skip
PAGE = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Contents",
    "/Rotate", "/Group", "/Annots", "/StructParents", "/UserUnit", "/Tabs",
}  # fmt: skip
LINK = {"/Type", "/Subtype", "/Rect", "/Border", "/BS", "/C", "/H", "/QuadPoints", "/StructParent", "/A", "/Dest", "/F"}
MARK = {"/Type", "/Subtype"}
NOWHERE = {
    "/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/AA", "/OpenAction", "/JS", "/JavaScript", "/AF", "/EF",
    "/RF", "/Usage", "/Creator", "/PA", "/PresSteps", "/OPI", "/Ref", "/Measure", "/PtData", "/SpiderInfo",
}  # fmt: skip
DRAWN = {
    "/Widget", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline",
    "/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink", "/Link",
}  # fmt: skip
PHOTOS = (Name.DCTDecode, Name.JPXDecode)
ACTIONS = {"/URI", "/GoTo"}


def rewrite(data: bytes) -> bytes:
    """Give the same pages without the rest; raise RefusedError for what is locked, broken or endless."""
    try:
        # A file that was cut off would be mended to one that says less than was sent.
        with pikepdf.open(BytesIO(data), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise RefusedError(LOCKED)
            if not len(pdf.pages) > 0:
                raise RefusedError(BROKEN)
            if len(pdf.pages) > MOST_PAGES:
                raise RefusedError(LARGE)
            _strip(pdf)
            target = BytesIO()
            pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return target.getvalue()
    except RefusedError:
        raise
    except pikepdf.PasswordError as error:
        raise RefusedError(LOCKED) from error
    except MemoryError as error:
        raise RefusedError(LARGE) from error
    except Exception as error:
        # A broken file may be wrong in any way: a number where a dictionary should be, a loop, a missing page.
        raise RefusedError(BROKEN) from error


def _strip(pdf: Pdf) -> None:
    _flatten(pdf)
    destinations = _destinations(pdf.Root)
    _keep(pdf.Root, CATALOGUE)
    if destinations is not None:
        pdf.Root.Names = Dictionary(Dests=destinations)
    for page in pdf.pages:
        _keep(page.obj, PAGE)
    for held in list(pdf.objects):
        if isinstance(held, Stream):
            _clean_stream(pdf, held)
        _clean(held, DEEPEST)
    _keep(pdf.trailer, TRAILER)


def _flatten(pdf: Pdf) -> None:
    """Draw what forms and marks show on their pages; of all that lies on top only links stay."""
    for page in pdf.pages:
        _leave(page.obj, [a for a in _annotations(page.obj) if _kind(a) in DRAWN])
    pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")
    for page in pdf.pages:
        links = [link for link in _annotations(page.obj) if _kind(link) == "/Link"]
        for link in links:
            _keep(link, LINK)
        _leave(page.obj, links)


def _annotations(page: Object) -> list[Object]:
    listed = page.get("/Annots")
    return [item for item in listed.as_list() if isinstance(item, Dictionary)] if isinstance(listed, Array) else []


def _leave(page: Object, annotations: list[Object]) -> None:
    if annotations:
        page.Annots = Array(annotations)
    elif "/Annots" in page:
        del page.Annots


def _kind(annotation: Object) -> str:
    return str(annotation.get("/Subtype", ""))


def _destinations(root: Object) -> Object | None:
    names = root.get("/Names")
    return names.get("/Dests") if isinstance(names, Dictionary) else None


def _keep(holder: Object, names: set[str]) -> None:
    for name in [name for name in holder.keys() if name not in names]:  # noqa: SIM118 - no mapping
        del holder[name]


def _clean(held: Object, depth: int) -> None:
    """Take out of a value, and of all that stands in it directly, what may be nowhere."""
    if depth < 0:
        raise RefusedError(BROKEN)
    if isinstance(held, Dictionary | Stream):
        if "/Rect" in held and "/Subtype" in held:
            # A mark may hang from the outline of headings too, not only from its page.
            _keep(held, LINK if _kind(held) == "/Link" else MARK)
        for name in [name for name in held.keys() if _is_banned(held, name)]:  # noqa: SIM118 - no mapping
            del held[name]
    for value in _direct(held):
        _clean(value, depth - 1)


def _direct(held: Object) -> Iterator[Object]:
    values: Iterable[object] = ()
    if isinstance(held, Dictionary | Stream):
        values = [value for _, value in held.items()]
    elif isinstance(held, Array):
        values = held.as_list()
    for value in values:
        if isinstance(value, Dictionary | Array) and not value.is_indirect:
            yield value


def _is_banned(held: Object, name: str) -> bool:
    if name in NOWHERE:
        return True
    if name == "/Next":
        return "/S" in held
    action = held.get(name) if name == "/A" else None
    return isinstance(action, Dictionary) and "/S" in action and str(action.S) not in ACTIONS


def _clean_stream(pdf: Pdf, stream: Stream) -> None:
    """Take camera, place and owner out of a photo that stands in the document as its camera wrote it."""
    if stream.get("/Type") == Name.EmbeddedFile:
        stream.write(b"")
        return
    filters, parameters = _listed(stream.get("/Filter")), _listed(stream.get("/DecodeParms"))
    if not filters or filters[-1] not in PHOTOS:
        return
    raw = Stream(pdf, stream.read_raw_bytes())
    if filters[1:]:
        raw.Filter = Array(filters[:-1])
        if parameters:
            raw.DecodeParms = Array(parameters[:-1])
    bare = bare_jpeg if filters[-1] == Name.DCTDecode else bare_jpeg2000
    stream.write(bare(raw.read_bytes()), filter=filters[-1], decode_parms=parameters[-1] if parameters else None)


def _listed(value: object) -> list[Any]:
    return list(value.as_list()) if isinstance(value, Array) else [] if value is None else [value]
