"""Reads the body of an answer, counted as it comes in and as it is unpacked."""

from __future__ import annotations

import zlib

import httpx

from monitor.fetch.answers import FetchError

# What gzip may add to what cannot be packed; an answer that is longer says nothing for a long time.
PACKING = 64 * 1024


async def read_body(url: httpx.URL, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
    """Read at most ``limit`` bytes; raise FetchError where there are more, or with ``cut`` leave the rest."""
    unpacker = _unpacker(url, response.headers.get("content-encoding", ""))
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        body += _unpacked(url, chunk, unpacker, limit + 1 - len(body)) if unpacker else chunk
        if len(body) > limit or received > limit + PACKING:
            if cut:
                return bytes(body[:limit])
            raise FetchError(f"{url}: is larger than {limit} bytes: give the address of a smaller part")
        if unpacker and unpacker.eof:
            return bytes(body)  # what comes after the end is not read: it would be kept, and might never end
    if unpacker and received:
        raise FetchError(f"{url}: its gzip breaks off: wait for the next try")
    return bytes(body)


def _unpacker(url: httpx.URL, packing: str) -> zlib._Decompress | None:
    packing = packing.strip().lower()
    if packing in ("", "identity"):
        return None
    if packing not in ("gzip", "x-gzip"):
        raise FetchError(f"{url}: is packed as '{packing[:20]}', not as gzip: ask its publisher to repair that")
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _unpacked(url: httpx.URL, chunk: bytes, unpacker: zlib._Decompress, room: int) -> bytes:
    try:
        return unpacker.decompress(chunk, room)
    except zlib.error as error:
        raise FetchError(f"{url}: its gzip is broken ({error}): ask its publisher to repair that") from error
