"""A lease on a data folder: one process at a time does a thing; it ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOOK_SECONDS = 0.1


@contextmanager
def lease(path: Path, *, wait_seconds: float = 0) -> Iterator[bool]:
    """Hold a lease while the block runs; False where another holds it for longer than we wait."""
    until = time.monotonic() + wait_seconds
    with path.open("a") as file:
        while not (held := _lock(file)) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        yield held


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return True
