"""One at a time: who decides about a copy, or keeps what an address holds, waits for who is at it, in any process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.evidence.archive import EvidenceError
from monitor.lease import lease

LOCK = "copies.lock"
WAIT_SECONDS = 60


@contextmanager
def deciding(data: Path) -> Iterator[None]:
    """Hold the only turn of a data folder; what was decided must be read within it, as it may have changed before."""
    try:
        with lease(data / LOCK, wait_seconds=WAIT_SECONDS) as held:
            if not held:
                raise EvidenceError(f"{data / LOCK}: another program decides about copies: try again in a minute")
            yield
    except OSError as error:
        raise EvidenceError(f"{data / LOCK}: cannot be used ({error}): free space, or make it writable") from error
