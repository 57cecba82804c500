"""Reads the feeds of a data folder in a process of its own, and prints what that said and took."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from monitor import feeds
from monitor.entries import apart
from monitor.fetch import Guard
from monitor.storage import Storage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PARSING_SECONDS = 1.0
RUNNING = date(2019, 6, 30)


def kilobytes() -> int:
    """Give the most memory that this process ever had; Linux counts that of its parent in the other number."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))


def processor() -> float:
    """Give the processor seconds of this process and of those that it had parse feeds."""
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used)


async def poll(database: Path, host: str, seconds: float) -> dict[str, object]:
    """Read the feeds; give the lines said, processor seconds, and the memory it took on top of what it had."""
    said: list[str] = []
    apart.SECONDS = PARSING_SECONDS
    with Storage(database) as storage:
        before, started = kilobytes(), processor()
        async with Guard(allow_hosts=[host], seconds=seconds) as guard:
            await feeds.read_feeds(storage, guard=guard, now=NOW, today=RUNNING, force=True, say=said.append)
        took = processor() - started
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"said": sorted(said), "processor": took, "kilobytes": kilobytes() - before, "kilobytes_apart": children}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(poll(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))))
