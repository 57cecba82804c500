"""Files behind updates that everyone may open: kept by hash in a public folder, named by a row of evidence."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from monitor import models
from monitor.models import Evidence, EvidenceState
from monitor.storage import Storage, StorageError

FOLDER = "released"
ADDRESS = "bestanden"
TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
NAME = re.compile(rf"[0-9a-f]{{64}}\.(?:{'|'.join(TYPES)})")
# Whatever a file holds, a browser that opens it here runs nothing and reaches nothing.
HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def content_headers(name: str) -> dict[str, str]:
    """Give the headers a file is sent with; a PDF is saved, since viewers do not open it where scripts may not run."""
    kind = name.rpartition(".")[2]
    shown = "attachment" if kind == "pdf" else "inline"
    return HEADERS | {"content-type": TYPES[kind], "content-disposition": f'{shown}; filename="{name[:12]}.{kind}"'}


def path_of(data: Path, name: str) -> Path | None:
    """Give where a public file lies; None for what is not there or no name of a file."""
    path = data / FOLDER / name
    return path if NAME.fullmatch(name) and path.is_file() else None


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
    """Tell whether evidence behind an update that stands names a file."""
    for row in storage.all(Evidence, file=name):
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
