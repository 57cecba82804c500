"""Parses feeds in a process apart, which is ended where one takes too much time or memory.

No limit within our own process can end a regular expression that never ends, and feedparser has such: meanwhile no
other thread runs, so that the site, the conversation and every limit of time would stand still.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self, cast

from monitor.entries.parsing import FeedError, ParsedEntry

# The processor's time for a feed, and the clock's for one that waits or is stopped.
SECONDS, WAIT_SECONDS = 20.0, 120.0
MEGABYTES = 512
CHILD = ("-m", "monitor.entries.child")
HOME = Path(__file__).parent.parent.parent
# By its timer, by us, by a machine that has no memory left, or by itself for want of memory.
OUT_OF_MEMORY = 3
TOO_MUCH = (-signal.SIGPROF, -signal.SIGKILL, OUT_OF_MEMORY)


class UnforeseenError(Exception):
    """Parsing failed in a way that nobody foresaw; ``kind`` names the error, the message is where it happened."""

    def __init__(self, message: str, kind: str) -> None:
        """Take the trace, and the name of the error."""
        super().__init__(message)
        self.kind = kind


class Parser:
    """Parses one feed at a time in a process apart, which is started when one comes or is expected."""

    def __init__(self, *, seconds: float | None = None, megabytes: int | None = None) -> None:
        """Take the processor seconds for each feed, and the megabytes for all that the process holds."""
        self._bounds = (str(seconds or SECONDS), str(megabytes or MEGABYTES))
        self._process: Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._end()

    async def expect(self) -> None:
        """Start the process, so that it is ready when a feed comes."""
        if self._process is None:
            async with self._one_at_a_time:
                self._process = self._process or await self._start()

    async def parse(self, body: bytes, *, now: datetime, address: str, content_type: str) -> list[ParsedEntry]:
        """Read a feed as ``parsing.parse`` does; raise FeedError also where that takes too much time or memory."""
        given = {"size": len(body), "now": now.isoformat(), "address": address, "content_type": content_type}
        async with self._one_at_a_time:
            told = await self._told(json.dumps(given).encode() + b"\n" + body)
        if "wrong" in told:
            raise FeedError(told["wrong"])
        if "kind" in told:
            raise UnforeseenError(told["trace"], told["kind"])
        return [_entry(values) for values in told["entries"]]

    async def _told(self, asked: bytes) -> dict[str, Any]:
        process = self._process = self._process or await self._start()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await _exchange(process, asked)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self._process = None
            raise _why_ended(await process.wait()) from error
        except BaseException as error:
            # An answer that comes when nobody waits for it any more would pass for that to the next feed.
            await self._end()
            if isinstance(error, TimeoutError):
                raise _why_ended(-signal.SIGKILL) from error
            raise

    async def _start(self) -> Process:
        # In a session of its own: what is typed at the terminal is for us, and we end it.
        return await asyncio.create_subprocess_exec(
            sys.executable, *CHILD, *self._bounds, stdin=PIPE, stdout=PIPE, cwd=HOME, start_new_session=True
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _exchange(process: Process, asked: bytes) -> dict[str, Any]:
    to, of = cast("asyncio.StreamWriter", process.stdin), cast("asyncio.StreamReader", process.stdout)
    to.write(asked)
    await to.drain()
    size = await of.readuntil(b"\n")
    told: dict[str, Any] = json.loads(await of.readexactly(int(size)))
    return told


def _why_ended(code: int) -> Exception:
    if code in TOO_MUCH:
        return FeedError("takes too much time or memory to read: ask its publisher for a smaller feed")
    return UnforeseenError(f"the process that parses feeds ended with {code}", ChildProcessError.__name__)


def _entry(values: dict[str, Any]) -> ParsedEntry:
    day = values["published_on"]
    return ParsedEntry(**{**values, "published_on": date.fromisoformat(day) if day else None})
