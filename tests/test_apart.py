"""Feeds parsed in a process apart: one that would never be done ends that process, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import TypeVar

import pytest

from monitor.entries import apart
from monitor.entries.apart import Parser, UnforeseenError
from monitor.entries.parsing import FeedError, ParsedEntry

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ITEM = "<item><title>Parlement</title><pubDate>Mon, 23 Nov 2026 10:00:00 +0100</pubDate></item>"
TAIL = f"{ITEM}</channel></rss>"
HEALTHY = f"<rss version='2.0'><channel>{TAIL}".encode()
ENTRY = ParsedEntry("Parlement", "Parlement", None, "", date(2026, 11, 23))
# Each takes feedparser minutes, in a regular expression that lets no other thread have its turn.
NEVER_DONE = {
    "author": f"<rss version='2.0'><channel><item><author>{'a' * 200_000}</author></item>{TAIL}".encode(),
    "blank lines": b"\n" * 200_000 + HEALTHY,
    "declaration": b"<?xml " + b"encoding='' " * 20_000 + HEALTHY,
}
TOO_MUCH = "takes too much time or memory to read: ask its publisher for a smaller feed"


SMALL = 150
# A parser that fails over every feed without a word of the plan.
BREAKING = (
    "-c",
    "import sys; from monitor.entries import child, parsing; whole = parsing.parse\n"
    "parsing.parse = lambda body, **more: whole(body, **more) if b'Parlement' in body else 1 / 0\n"
    "child.main(float(sys.argv[1]), int(sys.argv[2]))",
)
Found = TypeVar("Found")


async def parse(parser: Parser, body: bytes) -> list[ParsedEntry] | str:
    """Parse a feed; give its entries, or what is wrong with it."""
    try:
        return await parser.parse(body, now=NOW, address="https://a.example/", content_type="text/xml; charset=utf-8")
    except FeedError as error:
        return str(error)


def run(work: Callable[[Parser], Awaitable[Found]], **bounds: float) -> Found:
    async def within() -> Found:
        async with Parser(**bounds) as parser:  # type: ignore[arg-type]
            return await work(parser)

    return asyncio.run(within())


@pytest.mark.parametrize("shape", NEVER_DONE)
def test_a_feed_that_is_never_done_is_ended_while_others_go_on(shape: str) -> None:
    order: list[object] = []

    async def work(parser: Parser) -> None:
        async def beat() -> None:
            for _ in range(20):
                await asyncio.sleep(0.01)
            order.append("beat")

        async def read(body: bytes) -> None:
            order.append(await parse(parser, body))

        await asyncio.gather(read(NEVER_DONE[shape]), beat(), read(HEALTHY))

    run(work, seconds=0.5)
    assert order == ["beat", TOO_MUCH, [ENTRY]]


def test_a_feed_that_takes_more_memory_than_is_given_is_ended() -> None:
    large = b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b'{"":0},' * 700_000 + b"{}]}"

    async def work(parser: Parser) -> list[object]:
        return [await parse(parser, body) for body in (HEALTHY, large, HEALTHY)]

    assert run(work, megabytes=SMALL) == [[ENTRY], TOO_MUCH, [ENTRY]]


def test_an_answer_nobody_waits_for_is_not_taken_for_that_to_the_next_feed() -> None:
    async def work(parser: Parser) -> list[object]:
        await parse(parser, HEALTHY)
        first = asyncio.ensure_future(parse(parser, NEVER_DONE["author"]))
        await asyncio.sleep(0.1)
        first.cancel()
        return [await parse(parser, HEALTHY), first.cancelled()]

    assert run(work) == [[ENTRY], True]


def test_a_process_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(apart, "CHILD", ("-c", "import sys; sys.stdin.read()"))

    async def work(parser: Parser) -> tuple[object, bool]:
        return await parse(parser, HEALTHY), parser._process is None

    assert run(work) == (TOO_MUCH, True)


@pytest.mark.parametrize(
    "child", ["raise SystemExit(7)", "import sys; sys.stdin.buffer.readline(); raise SystemExit(7)"]
)
def test_a_process_that_fails_blames_no_feed(child: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CHILD", ("-c", child))
    with pytest.raises(UnforeseenError, match=r"^the process that parses feeds ended with 7$") as caught:
        run(lambda parser: parse(parser, HEALTHY * 10_000))
    assert caught.value.kind == "ChildProcessError"


def test_what_nobody_foresaw_is_told_with_where_it_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CHILD", BREAKING)
    with pytest.raises(UnforeseenError, match=r"(?s)^Traceback .*ZeroDivisionError: division by zero") as caught:
        run(lambda parser: parse(parser, b"<rss/>"))
    assert caught.value.kind == "ZeroDivisionError"


def test_no_process_stays_behind() -> None:
    async def work(parser: Parser) -> int:
        await parse(parser, HEALTHY)
        assert parser._process
        return parser._process.pid

    with pytest.raises(ProcessLookupError):
        os.kill(run(work), 0)
