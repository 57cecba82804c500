"""Photos within documents: the segments and boxes that draw them stay as they are, those that tell of them go. Pure."""

from __future__ import annotations

START, SCAN = b"\xff\xd8", 0xDA
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# JFIF and Adobe's colours are needed to draw; all other application segments and comments are not.
NEEDED = frozenset({0xE0, 0xEE})
TELLING = frozenset({*range(0xE0, 0xF0), 0xFE}) - NEEDED
BOXES_THAT_TELL = frozenset({b"uuid", b"xml ", b"uinf", b"jp2i"})


def bare_jpeg(data: bytes) -> bytes:
    """Give a JPEG without EXIF, XMP, IPTC, profiles, second images and comments; ValueError where it is none."""
    if not data.startswith(START):
        raise ValueError("not a JPEG")
    kept, place = [START], 2
    while place + 4 <= len(data):
        marker = data[place + 1]
        if data[place] != 0xFF:
            raise ValueError("not a segment")
        if marker == 0xFF:
            place += 1
            continue
        end = place + 2 if marker in ALONE else place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker not in TELLING and not _is_thumbnail(data, place):
            kept.append(data[place:end])
        place = end
        if marker == SCAN:
            kept.append(_scans(data[place:]))
            break
    return b"".join(kept)


def _is_thumbnail(data: bytes, place: int) -> bool:
    """Tell whether an APP0 segment is the extension of JFIF that holds a small copy of the picture."""
    return data[place + 1] == 0xE0 and data[place + 4 : place + 9] == b"JFXX\0"


def _scans(data: bytes) -> bytes:
    """Give the drawing itself: to the end of the picture, not what was hung on behind it."""
    kept, place = [], 0
    while (found := data.find(b"\xff", place)) >= 0 and found + 1 < len(data):
        marker = data[found + 1]
        if marker == 0xD9:
            kept.append(data[place : found + 2])
            return b"".join(kept)
        after = found + 2
        if marker in (0x00, 0xFF) or marker in ALONE:
            kept.append(data[place : found + (1 if marker == 0xFF else 2)])
            place = found + (1 if marker == 0xFF else 2)
            continue
        after += int.from_bytes(data[found + 2 : found + 4], "big")
        kept.append(data[place:found] if marker in TELLING else data[place:after])
        place = after
    return b"".join([*kept, data[place:]])


def bare_jpeg2000(data: bytes) -> bytes:
    """Give a JPEG 2000 without the boxes that hold texts about it; a bare codestream stays as it is."""
    if data[4:8] != b"jP  ":
        return data
    kept, place = [], 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if length == 1:
            length = int.from_bytes(data[place + 8 : place + 16], "big")
        end = len(data) if length == 0 else place + length
        if end <= place:
            raise ValueError("not a box")
        if data[place + 4 : place + 8] not in BOXES_THAT_TELL:
            kept.append(data[place:end])
        place = end
    return b"".join(kept)
