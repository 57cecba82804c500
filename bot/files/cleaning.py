"""What a file is by its content, and the same file without what it tells of its maker. Pure.

Run as a program it reads a file from standard input and writes type and cleaned file, within bounds of its own:
what strangers send is taken apart by libraries in C, so that happens beside the program and not in it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from bot.files.refusing import BROKEN, EMPTY, KIND, LARGE, OFFICE, RefusedError

LIMIT = 10 * 1024 * 1024
MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20
REFUSED = 3
HEAD = 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIPPED_OFFICE = (b"[Content_Types].xml", b"application/vnd.oasis.opendocument", b"Index/Document.iwa")


def clean(data: bytes) -> tuple[str, bytes]:
    """Give type and bytes of a file that may be kept; raise RefusedError with the reason for any other."""
    if not data:
        raise RefusedError(EMPTY)
    if len(data) > LIMIT:
        raise RefusedError(LARGE)
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4], data[8:12]) == (b"RIFF", b"WEBP"):
        from bot.files.pictures import redraw  # noqa: PLC0415 - loaded where it is needed, in a short-lived process

        return redraw(data)
    if b"%PDF-" in data[:HEAD]:
        from bot.files.papers import rewrite  # noqa: PLC0415

        return "pdf", rewrite(data)
    raise RefusedError(OFFICE if _is_office(data) else KIND)


def _is_office(data: bytes) -> bool:
    if data.startswith((OLE, b"{\\rtf")):
        return True
    return data.startswith(b"PK\x03\x04") and any(mark in data for mark in ZIPPED_OFFICE)


def run(work: Callable[[bytes], tuple[str, bytes]]) -> int:
    """Do work on standard input within bounds and write its kind and result; or why not, with a code of its own."""
    _bound()
    try:
        kind, cleaned = work(sys.stdin.buffer.read(LIMIT + 1))
    except RefusedError as refused:
        sys.stdout.write(refused.reason)
        return REFUSED
    except MemoryError:
        sys.stdout.write(LARGE)
        return REFUSED
    except RecursionError:
        sys.stdout.write(BROKEN)
        return REFUSED
    sys.stdout.buffer.write(kind.encode() + b"\n" + cleaned)
    return 0


def _bound() -> None:
    """Take no more memory and time than a large photo needs, and write no files."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(run(clean))
