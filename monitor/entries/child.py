"""The process in which feeds are parsed: it ends where one takes too much time or memory, and nothing else does.

It is started by apart with the processor seconds for each feed and the megabytes for all that it holds. It reads a line
of JSON with a body behind it, and answers with a length and JSON, until there is no more.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from dataclasses import asdict
from datetime import datetime
from traceback import format_exc
from typing import Any

from monitor.entries import parsing
from monitor.entries.apart import OUT_OF_MEMORY


def main(seconds: float, megabytes: int) -> None:
    """Answer until nothing more is asked."""
    memory = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    while line := asked.readline():
        given = json.loads(line)
        body = asked.read(given.pop("size"))
        # Time of the processor, so that a busy machine ends no healthy feed. The signal ends this process wherever it
        # is, also within a regular expression, where no other thread has its turn.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = json.dumps(outcome(body, **given)).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        told.write(b"%d\n%b" % (len(answer), answer))
        told.flush()


def outcome(body: bytes, *, now: str, address: str, content_type: str) -> dict[str, Any]:
    """Parse a feed; give its entries, what is wrong with it, or an error of ours with its kind."""
    try:
        at = datetime.fromisoformat(now)
        entries = parsing.parse(body, now=at, address=address, content_type=content_type)
    except parsing.FeedError as error:
        return {"wrong": str(error)}
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    except Exception as error:
        return {"kind": type(error).__name__, "trace": format_exc()}
    return {"entries": [_values(entry) for entry in entries]}


def _values(entry: parsing.ParsedEntry) -> dict[str, Any]:
    return asdict(entry) | {"published_on": entry.published_on and entry.published_on.isoformat()}


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
