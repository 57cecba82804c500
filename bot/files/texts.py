"""The text of a document: Word, OpenDocument, PDF or plain; lines, headings and lists, nothing else of it. Pure.

Run as a program like `bot.files.cleaning`, within the same bounds: a document is taken apart beside the program.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree as ET

from bot.files.cleaning import HEAD, LIMIT, OLE, run
from bot.files.refusing import BROKEN, EMPTY, LARGE, LOCKED, LONG, TEXT, RefusedError
from bot.lines import tidy

MOST_PAGES = 100
# Far more than the notes of a meeting; what is somewhat too long is answered with how long it is.
MOST_CHARACTERS = 100_000
MOST_UNPACKED = 30 * 1024 * 1024
WORD, OPEN_DOCUMENT = "word/document.xml", "content.xml"
NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
# Deleted text with who deleted it, remarks of others, notes.
LEFT_OUT = ("}tracked-changes", "}annotation", "}note")
BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr"}


def read(data: bytes) -> tuple[str, bytes]:
    """Give the text of a document; raise RefusedError with the reason where there is none."""
    if not data:
        raise RefusedError(EMPTY)
    if len(data) > LIMIT:
        raise RefusedError(LARGE)
    text = tidy(_text(data))
    if not text:
        raise RefusedError(TEXT)
    if len(text) > MOST_CHARACTERS:
        raise RefusedError(LONG)
    return "txt", (text + "\n").encode()


def _text(data: bytes) -> str:
    if data.startswith(OLE):
        raise RefusedError(LOCKED if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in data else TEXT)
    if data.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    if b"%PDF-" in data[:HEAD]:
        return _of_pdf(data)
    return _plain(data)


def _plain(data: bytes) -> str:
    """Decode what seems to be text; a file with zeros in it is something else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise RefusedError(TEXT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _of_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            names = {entry.filename for entry in packed.infolist()}
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise RefusedError(LARGE)
            if WORD in names:
                return _of_word(data)
            if OPEN_DOCUMENT in names and b"opendocument.text" in packed.read("mimetype"):
                return "\n".join(_of_open_document(packed.read(OPEN_DOCUMENT)))
    except RefusedError:
        raise
    except Exception as error:
        # A broken document may be wrong in any way.
        raise RefusedError(BROKEN) from error
    raise RefusedError(TEXT)


def _of_word(data: bytes) -> str:
    import mammoth  # noqa: PLC0415 - loaded where it is needed, in a short-lived process

    lines = _Lines()
    lines.feed(mammoth.convert_to_html(BytesIO(data), convert_image=mammoth.images.img_element(lambda _: {})).value)
    return "\n".join(lines.found)


class _Lines(HTMLParser):
    """Writes the simple HTML of a Word document as lines: a mark before headings and items, an empty line between."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._mark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._mark = "- " if tag == "li" else "## " if tag.startswith("h") else ""
            self.found += [] if tag == "li" and self.found and self.found[-1].startswith("- ") else [""]
            self.found.append(self._mark)
        elif tag == "br":
            self.found.append("")
        elif tag == "td" and self.found:
            self.found[-1] += " "

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1] += data


def _of_open_document(content: bytes) -> Iterator[str]:
    if b"<!ENTITY" in content:
        raise RefusedError(BROKEN)
    # Within bounds of memory and time, and without entities.
    whole = ET.fromstring(content)  # noqa: S314
    _empty_hidden(whole)
    yield from _open_lines(whole, in_list=False)


def _empty_hidden(whole: ET.Element) -> None:
    """Empty what nobody sees who reads the document: what was deleted, remarks, hidden sections and hidden text."""
    styles = whole.iter(f"{STYLE}style")
    hidden = {s.get(f"{STYLE}name") for s in styles if any(p.get(f"{NAMESPACE}display") == "none" for p in s)}
    for part in list(whole.iter()):
        if _is_hidden(part) or part.get(f"{NAMESPACE}style-name", "") in hidden:
            tail = part.tail
            part.clear()
            part.tail = tail


def _is_hidden(part: ET.Element) -> bool:
    if part.tag.endswith(LEFT_OUT):
        return True
    if part.tag in (f"{NAMESPACE}section", f"{NAMESPACE}hidden-text"):
        return part.get(f"{NAMESPACE}display") == "none" or part.get(f"{NAMESPACE}is-hidden") == "true"
    marks = part.findall(f".//{NAMESPACE}hidden-paragraph") if part.tag in (f"{NAMESPACE}p", f"{NAMESPACE}h") else ()
    return any(mark.get(f"{NAMESPACE}is-hidden") == "true" for mark in marks)


def _open_lines(parent: ET.Element, *, in_list: bool) -> Iterator[str]:
    for part in parent:
        if part.tag == f"{NAMESPACE}h":
            yield from ("", f"## {_words(part)}")
        elif part.tag == f"{NAMESPACE}p":
            yield from (f"- {_words(part)}",) if in_list else ("", _words(part))
        else:
            yield from _open_lines(part, in_list=part.tag == f"{NAMESPACE}list-item")


def _words(part: ET.Element) -> str:
    """Give the words of a paragraph."""
    gap = {f"{NAMESPACE}tab": "\t", f"{NAMESPACE}line-break": "\n", f"{NAMESPACE}s": " "}.get(part.tag, "")
    return gap + (part.text or "") + "".join(_words(inner) + (inner.tail or "") for inner in part)


def _of_pdf(data: bytes) -> str:
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise RefusedError(LOCKED)
        if len(reader.pages) > MOST_PAGES:
            raise RefusedError(LARGE)
        return "\n".join(page.extract_text() for page in reader.pages)
    except RefusedError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise RefusedError(BROKEN) from error


if __name__ == "__main__":
    sys.exit(run(read))
