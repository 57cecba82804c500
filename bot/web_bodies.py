"""What was sent with a form, in bounds: small where it is text, up to a file's limit where it may hold one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from bot.files.cleaning import LIMIT

MOST_BYTES = 16 * 1024
# A browser shows no answer while it still sends. So somewhat more is let pass, without keeping it.
PASSED_BYTES = 4 * LIMIT
MOST_FIELDS = 20


@dataclass(frozen=True)
class Body:
    """The fields of a form and the file with them; of one that was too large, the fields it began with."""

    fields: dict[str, str] = field(default_factory=dict)
    upload: bytes | None = None
    too_large: bool = False


class _InMemory(MultiPartParser):
    """Keeps a file in memory: nothing is written before the notice was read."""

    spool_max_size = LIMIT + MOST_BYTES

    def close(self) -> None:
        """Let go of every file, of one that was cut off too."""
        for opened in self._files_to_close_on_error:
            opened.close()


async def read(request: Request) -> Body:
    """Read what was sent; a form that cannot be read has no fields."""
    holds_file = request.headers.get("content-type", "").startswith("multipart/form-data")
    most = LIMIT + MOST_BYTES if holds_file else MOST_BYTES
    kept, seen = bytearray(), 0
    async for part in request.stream():
        seen += len(part)
        kept += part[: most - len(kept)]
        if seen > (PASSED_BYTES if holds_file else most):
            break
    if seen <= most:
        return await (_with_file if holds_file else _text_only)(request, bytes(kept))
    return await _with_file(request, bytes(kept[:MOST_BYTES]), too_large=True) if holds_file else Body(too_large=True)


async def _text_only(request: Request, body: bytes) -> Body:
    try:
        return Body(_fields(await FormParser(request.headers, _again(body), max_fields=MOST_FIELDS).parse()))
    except MultiPartException:
        return Body()


async def _with_file(request: Request, body: bytes, *, too_large: bool = False) -> Body:
    parser = _InMemory(request.headers, _again(body), max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES)
    try:
        form = await parser.parse()
        return Body(_fields(form), None if too_large else await _upload(form), too_large)
    except MultiPartException:
        return Body(too_large=too_large)
    finally:
        parser.close()


async def _again(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _fields(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _upload(form: FormData) -> bytes | None:
    """Give the file; a field that was left empty comes as a file without a name."""
    sent = form.get("file")
    return await sent.read() if isinstance(sent, UploadFile) and (sent.filename or sent.size) else None
