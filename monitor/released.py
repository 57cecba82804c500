"""Files and copies behind updates that everyone may open: kept by hash in a public folder, named by a row."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from monitor import models
from monitor.models import CopyDecision, CopyState, Evidence, EvidenceState
from monitor.storage import Storage, StorageError

FOLDER = "released"
ADDRESS = "bestanden"
# Those that people send, and those that copies of what was cited may have besides.
TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
COPY_TYPES = {"html": "text/html; charset=utf-8", "txt": "text/plain"}
SENT = {"pdf": "attachment", "txt": "attachment"}
NAME = re.compile(rf"[0-9a-f]{{64}}\.(?:{'|'.join(TYPES)})")
PUBLIC_NAME = re.compile(rf"[0-9a-f]{{64}}\.(?:html\.txt|{'|'.join([*TYPES, *COPY_TYPES])})")
# Whatever a file holds, a browser that opens it here runs nothing and reaches nothing.
HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-dns-prefetch-control": "off",
}


def content_headers(name: str) -> dict[str, str]:
    """Give the headers a file is sent with; a PDF is saved, since viewers do not open it where scripts may not run."""
    digest, _, end = name.partition(".")
    kind = end.rpartition(".")[2]
    told = f'{SENT.get(kind, "inline")}; filename="{digest[:12]}.{end}"'
    return HEADERS | {
        "content-type": (TYPES | COPY_TYPES)[kind],
        "content-disposition": told,
        "x-robots-tag": "noindex",
    }


def path_of(data: Path, name: str) -> Path | None:
    """Give where a public file lies; None for what is not there or no name of a file."""
    path = data / FOLDER / name
    return path if PUBLIC_NAME.fullmatch(name) and path.is_file() else None


def release(data: Path, name: str, source: Path) -> Path:
    """Copy a file into the public folder under its own name; a second time changes nothing."""
    path = data / FOLDER / name
    try:
        body = source.read_bytes()
        if hashlib.sha256(body).hexdigest() != name.partition(".")[0]:
            raise StorageError(f"{source}: is not what was sent: restore it from the backup")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write(path, body, mode=0o644)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error}): free space, or make the folder writable") from error
    return path


def put(data: Path, name: str, body: bytes) -> None:
    """Write a copy into the public folder under its name."""
    path = data / FOLDER / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, body, mode=0o644)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error}): free space, or make the folder writable") from error


def remove(data: Path, sha256: str) -> None:
    """Delete what is public under a hash."""
    for path in (data / FOLDER).glob(f"{sha256}.*"):
        path.unlink(missing_ok=True)


def decision(storage: Storage, sha256: str) -> CopyDecision | None:
    """Give what was decided last about the copy of a hash, or None."""
    return next(iter(storage.all(CopyDecision, sha256=sha256, order="recorded_at DESC, rowid DESC")), None)


def files_of(decided: CopyDecision | None) -> tuple[str, ...]:
    """Name the public files of a copy: of a web page what is looked at, and the bytes as text; none where not shown."""
    if decided is None or decided.state is not CopyState.RELEASED or decided.file is None:
        return ()
    return (decided.file, f"{decided.file}.txt") if decided.file.endswith(".html") else (decided.file,)


def write(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file whole or not at all: under another name first, and on the disk before it gets its own."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def is_public(storage: Storage, name: str) -> bool:
    """Tell whether evidence behind an update that stands names a file, or a copy that was released."""
    digest = name.partition(".")[0]
    rows = storage.all(Evidence, sha256=digest) if name in files_of(decision(storage, digest)) else []
    for row in (*rows, *storage.all(Evidence, file=name)):
        update = storage.get(models.Update, id=row.update_id)
        if update and not update.withdrawn_at:
            return True
    return False


def take_down(storage: Storage, data: Path, name: str, *, ground: models.Text, role: str, now: datetime) -> int:
    """Delete a public file, with a tombstone; its rows stay with hash and ground. Give how many rows."""
    rows = storage.all(Evidence, file=name)
    if path := path_of(data, name):
        path.unlink(missing_ok=True)
    with storage.transaction():
        for row in rows:
            storage.put(row.model_copy(update={"file": None, "state": EvidenceState.ERASED, "no_address": ground}))
            storage.add(
                models.Tombstone(id=row.id, kind="file", ground=next(iter(ground.values())), role=role, erased_at=now)
            )
    return len(rows)
