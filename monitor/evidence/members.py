"""Finds the whole records in a WARC file, whatever is damaged between them. Knows gzip and how a record begins."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

MAGIC, RECORD = b"\x1f\x8b\x08", b"WARC/"
# The headers of a record, and of the answer in it, fit in this many times over.
START_BYTES = 256 * 1024
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Member:
    """A piece of a file: a whole record and how it begins, or what is damaged, which begins with nothing."""

    offset: int
    length: int
    start: bytes = b""


def scan(path: Path) -> tuple[list[Member], int]:
    """List the pieces of a file in their order, and where its last piece ends; what is behind that is half a record."""
    raw = path.read_bytes()
    found: list[Member] = []
    at = 0
    while at < len(raw):
        member, breaks_off = _member(raw, at)
        if member is None:
            following = _next(raw, at + 1)
            if following is None and breaks_off:
                return found, at
            member = Member(at, (len(raw) if following is None else following) - at)
        found.append(member)
        at += member.length
    return found, at


def _member(raw: bytes, at: int) -> tuple[Member | None, bool]:
    """Give the whole record that begins at a place, or None, and whether it only lacks its end."""
    unpacker, start, place = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", at
    try:
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail
            if not packed:
                packed, place = raw[place : place + CHUNK], place + CHUNK
            if not packed:
                return None, True
            unpacked = unpacker.decompress(packed, CHUNK)
            start += unpacked[: START_BYTES - len(start)]
            if not RECORD.startswith(start[: len(RECORD)]):
                return None, False
    except zlib.error:
        return None, False
    end = min(place, len(raw)) - len(unpacker.unused_data)
    return (Member(at, end - at, start), False) if start.startswith(RECORD) else (None, False)


def _next(raw: bytes, at: int) -> int | None:
    """Give where the next whole record begins."""
    while (at := raw.find(MAGIC, at)) >= 0:
        if _member(raw, at)[0]:
            return at
        at += 1
    return None
