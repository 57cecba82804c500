"""Checks and cleans a file in a process of its own, with bounded memory and time, one or two at once."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue import Refusal
from bot.files import cleaning, texts
from bot.files.cleaning import LIMIT, MOST_SECONDS, REFUSED
from monitor.errors import MonitorError

AT_ONCE = 2
PLACE_SECONDS = 5.0
WAIT_SECONDS = MOST_SECONDS + 10
HOME = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-m", cleaning.__name__)
READ_COMMAND = (sys.executable, "-m", texts.__name__)

log = logging.getLogger("bot.files")
_places = threading.BoundedSemaphore(AT_ONCE)


class CheckError(MonitorError):
    """Files cannot be checked here; the message says what is wrong."""


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: its name is ``<sha256>.<type>``."""

    name: str
    data: bytes


def check(data: bytes) -> Checked | Refusal:
    """Clean a file, or tell why it cannot be taken; CheckError where no file can be checked at all."""
    found = _taken_apart(COMMAND, data)
    if isinstance(found, Refusal):
        return found
    kind, cleaned = found
    return Checked(f"{hashlib.sha256(cleaned).hexdigest()}.{kind}", cleaned)


def read_text(data: bytes) -> str | Refusal:
    """Give the text of a document, or tell why it has none for us; CheckError where nothing can be read at all."""
    found = _taken_apart(READ_COMMAND, data)
    return found if isinstance(found, Refusal) else found[1].decode()


def _taken_apart(command: tuple[str, ...], data: bytes) -> tuple[str, bytes] | Refusal:
    if not data or len(data) > LIMIT:
        return Refusal.LARGE if data else Refusal.EMPTY
    # Who waits holds a thread of the site.
    if not _places.acquire(timeout=PLACE_SECONDS):
        raise CheckError("bot.files: is busy with other files: send the file again in a minute")
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WAIT_SECONDS, check=False, cwd=HOME)
    except subprocess.TimeoutExpired:
        return Refusal.BROKEN
    except OSError as error:
        raise CheckError(f"{command[0]}: cannot be started ({error}): free memory, or restart") from error
    finally:
        _places.release()
    return _outcome(done)


def _outcome(done: subprocess.CompletedProcess[bytes]) -> tuple[str, bytes] | Refusal:
    if done.returncode == REFUSED:
        return Refusal(done.stdout.decode())
    if done.returncode < 0:
        # Ended by the system: over its bounds, or a library that fell over this file.
        return Refusal.BROKEN
    if done.returncode:
        log.error("a file could not be checked: %s", done.stderr.decode(errors="replace").strip()[-500:])
        raise CheckError("bot.files: cannot check files: run 'make setup' again")
    kind, _, made = done.stdout.partition(b"\n")
    return kind.decode(), made
