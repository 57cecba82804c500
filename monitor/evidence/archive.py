"""The store that is not public: what addresses held, as WARC records (ISO 28500), each body once by its SHA-256."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.errors import MonitorError
from monitor.evidence import members
from monitor.evidence.members import Member
from monitor.fetch import Answer
from monitor.lease import lease
from monitor.released import write

FOLDER = "archive"
INDEX, LOCK = "index.jsonl", ".lock"
ROTATE_BYTES = 64 * 1024 * 1024
# A page that differs at each look would fill the disk in the end, and then nothing works. So no body is added to a
# store that is larger than all that a plan cites could reasonably be, nor long before the alarm about space.
LARGEST_BYTES, SPARE_BYTES = 20 * 1024**3, 1024**3
WAIT_SECONDS = 60
RESPONSE, REVISIT, INFO, DAMAGED = "response", "revisit", "warcinfo", "damaged"
PUT_BACK = "put that file back from a copy of this folder, no backup of the monitor holds it"
ASKED, ORIGINAL = "Monitor-Asked-URI", "X-Archive-Orig-"
# They speak of the bytes as they were sent; kept are the bytes as they read. Cookies are nobody's evidence.
OF_TRANSPORT = {"content-encoding", "transfer-encoding", "content-length"}
LEFT_OUT = {"set-cookie", "set-cookie2"}


log = logging.getLogger("monitor.evidence")


class EvidenceError(MonitorError):
    """What an address held could not be kept or read; the message says where and what to do."""


@dataclass(frozen=True)
class Entry:
    """Where a record stands: its file and place in it, what it is, and of which address, moment and hash."""

    file: str
    offset: int
    length: int
    kind: str
    sha256: str = ""
    asked: str = ""
    address: str = ""
    at: str = ""

    @property
    def end(self) -> int:
        """Give where the next record starts."""
        return self.offset + self.length

    @property
    def fetched_at(self) -> datetime:
        """Give when the server answered."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Kept:
    """What the store holds of a hash: where it came from and when, its headers, and its bytes."""

    entry: Entry
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """Give the type that the server named."""
        return self.headers.get("content-type", "")


class Archive:
    """The WARC files of a data folder; each call holds the store's lease, so that processes take turns."""

    def __init__(
        self,
        data: Path,
        *,
        rotate: int = ROTATE_BYTES,
        largest: int = LARGEST_BYTES,
        spare: int = SPARE_BYTES,
    ) -> None:
        """Use the store of a data folder; a file that would outgrow ``rotate`` bytes is followed by a new one.

        Nothing is added to a store of ``largest`` bytes, nor where the disk has fewer than ``spare`` bytes free.
        """
        self.folder = data / FOLDER
        self.rotate = rotate
        self.largest, self.spare = largest, spare

    @property
    def size(self) -> int:
        """Give how many bytes the store takes."""
        return sum(path.stat().st_size for path in self.folder.glob("*.warc.gz"))

    @property
    def why_full(self) -> str:
        """Say why nothing is added, or nothing where there is room."""
        if self.size >= self.largest:
            return f"the store holds {self.largest // 1024**2} MB, as much as it may"
        free = shutil.disk_usage(next(path for path in (self.folder, *self.folder.parents) if path.exists())).free
        return f"less than {self.spare // 1024**2} MB of the disk is free" if free < self.spare else ""

    def keep(self, answer: Answer) -> datetime | None:
        """Keep a body by its hash with headers and time, once for each address; give when it was first kept.

        None where it is not kept, as the store is full: then it is kept at a later look, once there is room.
        """
        with self._held() as entries:
            known = next((e for e in entries if e.sha256 == answer.sha256 and e.kind == RESPONSE), None)
            if known and any(e.sha256 == answer.sha256 and e.asked == answer.asked for e in entries):
                return known.fetched_at
            if full := self.why_full:
                log.warning("%s: %s: what %s holds is not kept: free space", self.folder, full, answer.asked)
            else:
                self._append(entries, answer, known)
                return known.fetched_at if known else answer.fetched_at
        return known.fetched_at if known else None

    def read(self, sha256: str) -> Kept | None:
        """Give what was kept under a hash, or None; EvidenceError where it is damaged."""
        if not self.folder.exists():
            return None
        with self._held() as entries:
            entry = next((e for e in entries if e.sha256 == sha256 and e.kind == RESPONSE), None)
            return self._kept(entry) if entry else None

    def entries(self) -> list[Entry]:
        """List the records of addresses, those that were kept first at the head."""
        if not self.folder.exists():
            return []
        with self._held() as entries:
            return [entry for entry in entries if entry.kind not in (INFO, DAMAGED)]

    def erase(self, unwanted: Callable[[Entry], bool]) -> int:
        """Erase the records that are unwanted, by writing their files anew without them; give how many.

        What is damaged in those files goes too: nobody can tell whether it was among what had to go.
        """
        if not self.folder.exists():
            return 0
        with self._held() as entries:
            gone = [entry for entry in entries if entry.kind not in (INFO, DAMAGED) and unwanted(entry)]
            left = entries
            for file in sorted({entry.file for entry in gone}):
                left = [e for e in left if e.file != file] + self._rewrite(
                    file, [e for e in entries if e.file == file and e.kind != DAMAGED and e not in gone]
                )
            if gone:
                self._write_index(sorted(left, key=lambda entry: (entry.file, entry.offset)))
        return len(gone)

    @contextmanager
    def _held(self) -> Iterator[list[Entry]]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            with lease(self.folder / LOCK, wait_seconds=WAIT_SECONDS) as held:
                if not held:
                    raise EvidenceError(f"{self.folder}: another program is at it: try again in a minute")
                yield self._load()
        except OSError as error:
            raise EvidenceError(
                f"{self.folder}: cannot be used ({error}): free space, or make the folder writable"
            ) from error

    def _load(self) -> list[Entry]:
        """Read the index; a file that it does not tell of to the last byte is read itself."""
        known = self._index()
        found: list[Entry] = []
        for path in sorted(self.folder.glob("*.warc.gz")):
            told = [entry for entry in known if entry.file == path.name]
            whole = max((entry.end for entry in told), default=0) == path.stat().st_size
            found += told if whole else self._scan(path)
        if found != known:
            self._write_index(found)
        return found

    def _index(self) -> list[Entry]:
        path = self.folder / INDEX
        try:
            return [Entry(**json.loads(line)) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        except (ValueError, TypeError):
            return []

    def _write_index(self, entries: Sequence[Entry]) -> None:
        lines = "".join(f"{json.dumps(asdict(entry))}\n" for entry in entries)
        write(self.folder / INDEX, lines.encode(), mode=0o600)

    def _scan(self, path: Path) -> list[Entry]:
        """List the records of a file, and what is damaged between them; a half-written end is cut off.

        What is damaged stays where it is: others may still read it, or put back what stood there.
        """
        found, end = members.scan(path)
        if end < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(end)
        entries = [_entry(path.name, member) for member in found]
        for entry in entries:
            if entry.kind == DAMAGED:
                log.error("%s: %d bytes from byte %d on are damaged: %s", path, entry.length, entry.offset, PUT_BACK)
        return entries

    def _append(self, entries: list[Entry], answer: Answer, known: Entry | None) -> None:
        record, kind = (_revisit(answer, known), REVISIT) if known else (_response(answer), RESPONSE)
        file, start = self._room(entries, len(record))
        path = self.folder / file
        if start == 0:
            info = _info(file, answer.fetched_at)
            write(path, info, mode=0o600)
            entries.append(Entry(file, 0, len(info), INFO))
            start = len(info)
        _add(path, record)
        made = Entry(
            file, start, len(record), kind, answer.sha256, answer.asked, answer.address, answer.fetched_at.isoformat()
        )
        self._write_index([*entries, made])

    def _room(self, entries: Sequence[Entry], length: int) -> tuple[str, int]:
        last = max((entry.file for entry in entries), default="")
        size = (self.folder / last).stat().st_size if last else 0
        if last and size + length <= self.rotate:
            return last, size
        number = int(last.partition("-")[2].partition(".")[0]) + 1 if last else 1
        return f"evidence-{number:05}.warc.gz", 0

    def _kept(self, entry: Entry) -> Kept:
        with (self.folder / entry.file).open("rb") as file:
            file.seek(entry.offset)
            raw = file.read(entry.length)
        try:
            record = next(iter(ArchiveIterator(BytesIO(raw))))
            body: bytes = record.content_stream().read()
        except (ArchiveLoadFailed, StopIteration, EOFError, OSError) as error:
            raise EvidenceError(f"{self.folder / entry.file}: is damaged: {PUT_BACK}") from error
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            raise EvidenceError(f"{self.folder / entry.file}: {entry.sha256} is damaged: {PUT_BACK}")
        headers = {name.lower(): value for name, value in record.http_headers.headers}
        return Kept(entry, headers, body)

    def _rewrite(self, file: str, left: Sequence[Entry]) -> list[Entry]:
        path = self.folder / file
        if all(entry.kind == INFO for entry in left):
            path.unlink()
            return []
        old, fresh, moved = path.read_bytes(), bytearray(), []
        for entry in left:
            moved.append(Entry(**(asdict(entry) | {"offset": len(fresh)})))
            fresh += old[entry.offset : entry.end]
        write(path, bytes(fresh), mode=0o600)
        return moved


def _response(answer: Answer) -> bytes:
    made = {"WARC-Payload-Digest": f"sha256:{answer.sha256}", **_made(answer)}
    length = len(answer.body)
    headers = [*_headers(answer), ("content-length", str(length))]
    http = StatusAndHeaders(f"{answer.status} OK", headers, protocol="HTTP/1.1")
    return _record(RESPONSE, answer.address, made, payload=BytesIO(answer.body), length=length, http_headers=http)


def _revisit(answer: Answer, known: Entry) -> bytes:
    """Write that an address held what is known already, with its headers and time and without the body again."""
    headers = StatusAndHeaders(f"{answer.status} OK", _headers(answer), protocol="HTTP/1.1")
    made = {
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Refers-To-Target-URI": known.address,
        "WARC-Refers-To-Date": _utc(known.fetched_at),
        "WARC-Payload-Digest": f"sha256:{answer.sha256}",
        **_made(answer),
    }
    return _record(REVISIT, answer.address, made, http_headers=headers)


def _info(file: str, now: datetime) -> bytes:
    told = b"software: OpenOverheidMonitor\r\nformat: WARC File Format 1.1\r\nconformsTo: ISO 28500:2017\r\n"
    made = {"WARC-Filename": file, "WARC-Date": _utc(now)}
    return _record(INFO, "", made, payload=BytesIO(told), length=len(told), warc_content_type="application/warc-fields")


def _record(kind: str, address: str, made: Mapping[str, str], **more: Any) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    writer.write_record(writer.create_warc_record(address, kind, warc_headers_dict=dict(made), **more))
    return out.getvalue()


def _made(answer: Answer) -> dict[str, str]:
    return {"WARC-Date": _utc(answer.fetched_at), ASKED: answer.asked}


def _headers(answer: Answer) -> list[tuple[str, str]]:
    named = ((name.lower(), value) for name, value in answer.headers.items())
    kept = [(name, value) for name, value in named if name not in LEFT_OUT]
    return [(f"{ORIGINAL}{name}" if name in OF_TRANSPORT else name, value) for name, value in kept]


def _entry(file: str, member: Member) -> Entry:
    place = (file, member.offset, member.length)
    try:
        headers = next(iter(ArchiveIterator(BytesIO(member.start), no_record_parse=True))).rec_headers
        kind = headers.get_header("WARC-Type")
        if kind == INFO:
            return Entry(*place, INFO)
        digest = headers.get_header("WARC-Payload-Digest").partition(":")[2]
        at = datetime.fromisoformat(headers.get_header("WARC-Date")).isoformat()
        return Entry(*place, kind, digest, headers.get_header(ASKED), headers.get_header("WARC-Target-URI"), at)
    except (ArchiveLoadFailed, StopIteration, AttributeError, TypeError, ValueError):
        return Entry(*place, DAMAGED)


def _add(path: Path, record: bytes) -> None:
    """Append a record whole, or leave the file as it was."""
    with path.open("ab") as file:
        before = file.tell()
        try:
            file.write(record)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
