"""Read feeds with the ``reader`` library and print how long that took; started by ``feeds_poll.py`` in its own venv."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from reader import make_reader

look_up = socket.getaddrinfo


def mapped(host: Any, *others: Any, **more: Any) -> Any:
    """Find every host of the benchmark on this machine."""
    return look_up("127.0.0.1" if str(host).endswith(".example") else host, *others, **more)


def main(folder: str, workers: int, addresses: list[str], rounds: int) -> None:
    """Read the feeds as often as told; print seconds, processor seconds, and how many entries are kept."""
    socket.getaddrinfo = mapped
    told = []
    reader = make_reader(str(Path(folder) / "reader.sqlite"))
    for address in addresses:
        reader.add_feed(address)
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        reader.update_feeds(workers=workers, scheduled=False)
        told.append((time.perf_counter() - wall, time.process_time() - processor))
    failed = sum(feed.last_exception is not None for feed in reader.get_feeds())
    print(json.dumps({"rounds": told, "entries": reader.get_entry_counts().total, "failed": failed}))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    main(given["folder"], given["workers"], given["addresses"], given["rounds"])
