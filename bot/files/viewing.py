"""What a reviewer gets to see of a kept copy: plain text of a web page with its source below, else the file itself.

Nothing of it becomes public by looking, and nothing in it can run or reach out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.evidence_copies import COPY_FILE, SHORT_HASH
from bot.files import store
from monitor import apart, documents, evidence, released
from monitor.storage import StorageError

NAME = re.compile(rf"[0-9a-f]{{64}}{re.escape(COPY_FILE)}")
# Not among those that people send: the same bytes may be both, and each goes when its own time comes.
LAID_OUT = "copy-"
BELOW = "\n\n" + "=" * 72 + "\n\n"
UNKNOWN = "bin"


@dataclass(frozen=True)
class Document:
    """A file to look at: the name it is given, and its bytes."""

    name: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers it is sent with: text and pictures are shown where nothing runs, the rest is saved."""
        kind = self.name.rpartition(".")[2]
        types = {**released.TYPES, documents.TEXT: "text/plain; charset=utf-8"}
        how = "inline" if kind in types and kind != "pdf" else "attachment"
        return released.HEADERS | {
            "content-type": types.get(kind, "application/octet-stream"),
            "content-disposition": f'{how}; filename="{self.name}"',
            "x-robots-tag": "noindex",
        }


def find(data: Path, name: str) -> Document | None:
    """Give a kept copy to look at; None where it is not kept any more."""
    kept = evidence.Archive(data).read(name.removesuffix(COPY_FILE))
    if kept is None:
        return None
    kind = documents.kind_of(kept.content_type, kept.body)
    start = name[:SHORT_HASH]
    if kind not in (documents.HTML, documents.TEXT):
        return Document(f"{start}.{kind or UNKNOWN}", kept.body)
    source = documents.text_of(kept.content_type, kept.body)
    # A page that takes too much to read is still to be judged by: its source is all that becomes public of it.
    words = apart.words_of(source) if kind == documents.HTML else None
    read = source if words is None else f"{words}{BELOW}{source}"
    return Document(f"{start}.{documents.TEXT}", read.encode("utf-8", "replace"))


def document(data: Path, name: str) -> Document | None:
    """Give any file that a reply names, sent by people or kept, to send it on."""
    if NAME.fullmatch(name):
        return find(data, name)
    path = store.find(data, name)
    return Document(f"{name[:SHORT_HASH]}{path.suffix}", path.read_bytes()) if path else None


def path_of(data: Path, name: str) -> Path | None:
    """Give where a file that a reply names stands on this machine; a kept copy is laid out there for a day."""
    if not NAME.fullmatch(name):
        return store.find(data, name)
    found = find(data, name)
    if found is None:
        return None
    path = data / store.FOLDER / f"{LAID_OUT}{found.name}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        released.write(path, found.body, mode=0o600)
    except OSError as error:
        raise StorageError(f"{path}: cannot be kept ({error}): free space, or make the folder writable") from error
    return path


def forget(data: Path, sha256: str) -> None:
    """Delete what was laid out of a copy to look at."""
    for path in (data / store.FOLDER).glob(f"{LAID_OUT}{sha256[:SHORT_HASH]}.*"):
        path.unlink(missing_ok=True)
