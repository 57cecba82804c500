"""Poll 100 healthy feeds of 20 entries beside the ``reader`` library, which has no guard and asks no robots.txt.

Each feed has a host name of its own, found on 127.0.0.1: by the resolver and the allow-list that tests use too, so
that the check of addresses, robots.txt, the pause for a host and the limits all count. Both read into a fresh SQLite
file in a fresh process, first everything, then again what did not change. ``reader`` gets the number of workers with
which it is fastest. It is installed once, in an environment of its own below ``--cache``.

Run it with ``python benchmarks/feeds_poll.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor import commitments, feeds, models
from monitor.fetch import Guard
from monitor.fetch.guard import Robots
from monitor.storage import Storage

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "open-overheid-monitor"
# reader asks for sgmllib without naming a package that brings it.
PACKAGES = ("reader==3.26", "sgmllib3k==1.0.0")
FEEDS, ENTRIES, ROUNDS = 100, 20, 2
WORKERS = (1, 8, 20)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUNNING = date(2019, 6, 30)
NAMES = ("everything new", "nothing changed")


@dataclass(frozen=True)
class Timed:
    """Seconds, and processor seconds, of each round of one program."""

    wall: list[float]
    processor: list[float]


def ours(folder: str, addresses: Sequence[str], rounds: int) -> dict[str, Any]:
    """Read feeds as the monitor does, politely and guarded; give the seconds and how many entries are kept."""
    port = addresses[0].rsplit(":", 1)[1].partition("/")[0]
    plan = commitments.load(HERE.parent / "commitments" / "2018-2020")
    read = [models.Feed(id=f"f{number}", title=f"f{number}", address=name) for number, name in enumerate(addresses)]
    told, robots = [], Robots()

    async def resolve(host: str, number: int) -> list[str]:
        return ["127.0.0.1"]

    async def poll(storage: Storage, now: datetime) -> None:
        opened = [f"127.0.0.1:{port}"]
        async with Guard(contact="monitor@example.nl", allow_hosts=opened, resolve=resolve, robots=robots) as guard:
            await feeds.read_feeds(storage, guard=guard, now=now, today=RUNNING, force=False, say=lambda line: None)

    with Storage(Path(folder) / "monitor.db") as storage:
        storage.replace_folder(plan.model_copy(update={"feeds": tuple(read)}), [])
        for number in range(rounds):
            wall, before = time.perf_counter(), processor()
            asyncio.run(poll(storage, NOW + timedelta(hours=6 * number)))
            told.append((time.perf_counter() - wall, processor() - before))
        failed = sum(bool(state.failures) for state in storage.all(models.FeedState))
        return {"rounds": told, "entries": storage.count(models.Entry), "failed": failed}


def processor() -> float:
    """Give the processor seconds of this process and of the one that it had parse feeds."""
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def served() -> Iterator[int]:
    """Run the server in a process of its own; give its port."""
    command = [sys.executable, str(HERE / "feeds_server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        yield int(server.stdout.readline())
        server.stdin.close()


def reader_python(cache: Path) -> str:
    """Give the Python of the environment that holds reader; make it where it is missing."""
    folder = cache / "reader"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (folder / "ready").touch()
    return str(python)


def measure(command: Sequence[str], port: int, **more: object) -> Timed:
    """Run a program in a fresh process and folder; check that it read everything, and give its seconds."""
    addresses = [f"http://nieuws-{number:03d}.example:{port}/feed" for number in range(FEEDS)]
    with TemporaryDirectory() as folder:
        given = json.dumps({"folder": folder, "addresses": addresses, "rounds": ROUNDS, **more})
        done = subprocess.run([*command, given], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    if (told["entries"], told["failed"]) != (FEEDS * ENTRIES, 0):
        raise SystemExit(f"{command}: kept {told['entries']} entries, and {told['failed']} feeds failed: no comparison")
    return Timed([wall for wall, _ in told["rounds"]], [processor for _, processor in told["rounds"]])


def main() -> None:
    """Measure both by turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where reader is installed (default %(default)s)")
    parser.add_argument("--times", type=int, default=7, help="how often each is measured (default %(default)s)")
    given = parser.parse_args()
    python = reader_python(given.cache)
    us = [sys.executable, str(Path(__file__)), "--ours"]
    them = [python, str(HERE / "feeds_reader.py")]
    found: dict[str, list[Timed]] = {}
    with served() as port:
        for _ in range(given.times):
            found.setdefault("monitor", []).append(measure(us, port))
            for workers in WORKERS:
                timed = measure(them, port, workers=workers)
                found.setdefault(f"reader, {workers} worker{'s' if workers > 1 else ''}", []).append(timed)
    report(found, given.times)


def report(found: dict[str, list[Timed]], times: int) -> None:
    """Print the medians of every program and round, and how both compare."""
    print(f"{FEEDS} feeds of {ENTRIES} entries, median of {times}; Python {platform.python_version()}\n")
    middle = {
        name: [statistics.median(run.wall[number] for run in runs) for number in range(ROUNDS)]
        for name, runs in found.items()
    }
    for number, name in enumerate(NAMES):
        print(f"{name:<20} {'wall':>10} {'processor':>12}")
        for program, runs in found.items():
            processor = statistics.median(run.processor[number] for run in runs)
            print(f"  {program:<18} {middle[program][number]:8.2f} s {processor:10.2f} s")
        best = min(seconds[number] for program, seconds in middle.items() if program != "monitor")
        print(f"  monitor takes {middle['monitor'][number] / best:.2f} times as long as reader at its fastest\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ours"]:
        asked = json.loads(sys.argv[2])
        print(json.dumps(ours(asked["folder"], asked["addresses"], asked["rounds"])))
    else:
        main()
