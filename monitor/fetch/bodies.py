"""Reads the body of an answer, counted as it comes in and as it is unpacked."""

from __future__ import annotations

import zlib

import httpx

from monitor.fetch.answers import FetchError

# What gzip may add to what cannot be packed; an answer that is longer says nothing for a long time.
PACKING = 64 * 1024
GZIP, MEMBERS = b"\x1f\x8b", 1000


async def read_body(url: httpx.URL, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
    """Read at most ``limit`` bytes; raise FetchError where there are more, or with ``cut`` leave the rest."""
    unpacker = _unpacker(url, response.headers.get("content-encoding", ""))
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        body += unpacker.unpacked(chunk, limit + 1 - len(body)) if unpacker else chunk
        if len(body) > limit or received > limit + PACKING:
            if cut:
                return bytes(body[:limit])
            raise FetchError(f"{url}: is larger than {limit} bytes: give the address of a smaller part")
        if unpacker and unpacker.ended:
            return bytes(body)  # what comes after the end is not read: it would be kept, and might never end
    if unpacker and received:
        unpacker.require_end()
    return bytes(body)


class _Unpacker:
    """Unpacks gzip, also where it consists of several members one behind the other (RFC 1952, 2.2)."""

    def __init__(self, url: httpx.URL) -> None:
        self.url = url
        self.ended = False
        self.members = 0
        self.behind = b""
        self.member = self.next_member()

    def next_member(self) -> zlib._Decompress:
        self.members += 1
        if self.members > MEMBERS:
            raise FetchError(f"{self.url}: its gzip has more than {MEMBERS} parts: ask its publisher to repair that")
        return zlib.decompressobj(zlib.MAX_WBITS | 16)

    def unpacked(self, chunk: bytes, room: int) -> bytes:
        """Unpack what came in, at most so many bytes; ``ended`` tells that the rest is no gzip."""
        packed, out = self.behind + chunk, b""
        try:
            while packed and len(out) < room and not self.ended:
                if self.member.eof:
                    if len(packed) < len(GZIP) and GZIP.startswith(packed):
                        break
                    self.ended = not packed.startswith(GZIP)
                    self.member = self.member if self.ended else self.next_member()
                else:
                    out += self.member.decompress(packed, room - len(out))
                    packed = self.member.unused_data
        except zlib.error as error:
            raise FetchError(f"{self.url}: its gzip is broken ({error}): ask its publisher to repair that") from error
        self.behind = packed
        return out

    def require_end(self) -> None:
        """Raise FetchError where something is still to come."""
        if not self.member.eof:
            raise FetchError(f"{self.url}: its gzip breaks off: wait for the next try")


def _unpacker(url: httpx.URL, packing: str) -> _Unpacker | None:
    packing = packing.strip().lower()
    if packing in ("", "identity"):
        return None
    if packing not in ("gzip", "x-gzip"):
        raise FetchError(f"{url}: is packed as '{packing[:20]}', not as gzip: ask its publisher to repair that")
    return _Unpacker(url)
