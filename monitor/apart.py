"""Reads web pages of strangers in a process apart, which is ended where one takes too much time or memory.

The parser slows down with the square of how deep a page is nested, and nothing within our own process can end it:
meanwhile the site and the conversation would stand still.
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from monitor import documents
from monitor.errors import MonitorError

# The processor's time for a page, and the clock's on a machine that is busy.
SECONDS, WAIT_SECONDS = 8, 60.0
MEGABYTES = 1024
LETTERS = 5_000_000
HOME = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "monitor.apart")

log = logging.getLogger("monitor.apart")


class ApartError(MonitorError):
    """No process can be started here; the message says what to do."""


def words_of(text: str) -> str | None:
    """Give the words of a web page as ``documents.words_of`` does; None where it takes too much."""
    told = _told({"text": text})
    return None if told is None else told.decode()


def harmless(text: str, address: str, *, heading: Mapping[str, str]) -> bytes | None:
    """Give a web page as ``documents.harmless`` does; None where it takes too much."""
    return _told({"text": text, "address": address, "heading": dict(heading)})


def _told(given: dict[str, object]) -> bytes | None:
    if len(str(given["text"])) > LETTERS:
        return None
    asked = json.dumps(given).encode()
    try:
        done = subprocess.run(COMMAND, input=asked, capture_output=True, timeout=WAIT_SECONDS, check=False, cwd=HOME)
    except subprocess.TimeoutExpired:
        return None
    except OSError as error:
        raise ApartError(f"{COMMAND[0]}: cannot be started ({error}): free memory, or restart") from error
    if done.returncode > 0:
        # Not ended by the system for its bounds: for want of memory, or something that nobody foresaw.
        log.warning("a web page could not be read: %s", done.stderr.decode(errors="replace").strip()[-500:])
    return done.stdout if done.returncode == 0 else None


def main() -> None:
    """Answer what is asked on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1024**2, MEGABYTES * 1024**2))
    given = json.loads(sys.stdin.buffer.read())
    text = given.pop("text")
    told = documents.harmless(text, **given) if given else documents.words_of(text).encode("utf-8", "replace")
    sys.stdout.buffer.write(told)


if __name__ == "__main__":
    main()
