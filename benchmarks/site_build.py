"""Measure how long the site takes to build, beside bare `mkdocs build` runs and beside stock Material.

Two questions. Does building the real plan in both languages take at most 1.5 times two bare `mkdocs build` runs on the
same Markdown and theme in sequence? Do some 2,000 pages a language take at most a fifth of stock Material with full
navigation on the same tree? What is measured is what a person starts: a process from its start to its end. Run it with
``python -m benchmarks.site_build`` in the environment of the project; ``--commitments 0`` leaves the second out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.plan_files import generate
from monitor import commitments, publish, sync
from monitor.settings import Settings
from monitor.storage import Storage

ROOT = Path(__file__).parent.parent
MOMENT = sync.Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23))
BARE_TARGET = 1.5
STOCK_TARGET = 0.2
QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}


@dataclass(frozen=True)
class Cost:
    """What a process took: processor seconds of it and its children, and what a person waits."""

    processor: float
    wall: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.processor + other.processor, self.wall + other.wall)


def run(command: Sequence[str]) -> Cost:
    """Run a program to its end and measure it; what it says is shown where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, check=False, cwd=ROOT, env=os.environ | QUIET, capture_output=True, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def mkdocs(config: Path) -> Cost:
    """Measure a bare `mkdocs build`."""
    return run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(config)])


def monitor_publish(settings: Settings) -> Cost:
    """Measure a publication: read the database, write the pages, build, check, compress, swap."""
    options = ["--data", str(settings.data), "--today", MOMENT.today.isoformat()]
    return run([sys.executable, "-m", "monitor", "publish", *options])


def loaded(data: Path, folders: Sequence[Path]) -> Settings:
    """Load plans into a new data folder."""
    settings = Settings(data=data, today=MOMENT.today)
    with Storage(settings.database) as storage:
        for folder in folders:
            plan = commitments.read_folder(folder).folder
            assert plan, folder
            sync.sync(storage, plan, MOMENT)
    return settings


def staged(settings: Settings, folder: Path) -> list[Path]:
    """Write what each language is built from, and keep it."""
    folder.mkdir()
    with Storage(settings.database) as storage:
        return list(publish.stage(settings, storage, folder=folder, home=ROOT))


def stock(config: Path) -> Path:
    """Write a configuration of Material as it comes: without a list, its navigation holds every page."""
    language = config.suffixes[0].removeprefix(".")
    source = config.parent / "source" / language
    told = {
        "site_name": "Stock",
        "site_url": "http://127.0.0.1:8000/",
        "docs_dir": str(source),
        "site_dir": str(config.parent / "stock" / language),
        "theme": {"name": "material", "language": language, "font": False},
        "plugins": ["search"],
        "markdown_extensions": ["attr_list", "tables"],
    }
    path = config.with_name(f"stock.{language}.yml")
    path.write_text(json.dumps(told), "utf-8")
    return path


def pages_of(config: Path) -> int:
    """Count the pages of a staged language."""
    return sum(1 for _ in (config.parent / "source" / config.suffixes[0].removeprefix(".")).rglob("*.md"))


def best(costs: Sequence[Cost]) -> Cost:
    """Give the least that was seen of each: what other programs disturbed least."""
    return Cost(min(cost.processor for cost in costs), min(cost.wall for cost in costs))


def real_plan(root: Path, rounds: int) -> tuple[list[str], list[tuple[str, Cost, Cost]]]:
    """Compare publications of the shipped plan with two bare builds in sequence."""
    settings = loaded(root / "data", [ROOT / "commitments" / "2018-2020"])
    configs = staged(settings, root / "stage")
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(mkdocs(configs[0]) + mkdocs(configs[1]))
        ours.append(monitor_publish(settings))
    told = [f"The real plan: {' + '.join(str(pages_of(config)) for config in configs)} pages, best of {rounds}"]
    return told, [
        ("two bare mkdocs builds", best(bare), best(bare)),
        ("monitor publish, both languages", best(ours), best(bare)),
    ]


def many_pages(root: Path, number: int) -> tuple[list[str], list[tuple[str, Cost, Cost]]]:
    """Compare a site of many pages with stock Material with full navigation on the same Markdown."""
    settings = loaded(root / "data", generate(root / "commitments", number))
    configs = staged(settings, root / "stage")
    plain = mkdocs(stock(configs[0]))
    told = [f"Many pages: {' + '.join(str(pages_of(config)) for config in configs)}, once"]
    return told, [
        ("stock Material, first language", plain, plain),
        ("our theme, first language", mkdocs(configs[0]), plain),
        ("monitor publish, both languages", monitor_publish(settings), plain),
        ("monitor publish once more", monitor_publish(settings), plain),
    ]


def table(told: Sequence[str], rows: Sequence[tuple[str, Cost, Cost]]) -> str:
    """Lay out what was measured, each beside the first row."""
    head = f"{'':<34}{'processor':>12}{'wall':>11}{'x processor':>13}{'x wall':>8}"
    lines = [*told, "", head, "-" * len(head)]
    for name, cost, base in rows:
        ratios = f"{cost.processor / base.processor:>13.2f}{cost.wall / base.wall:>8.2f}"
        lines.append(f"{name:<34}{cost.processor:>10.2f} s{cost.wall:>9.2f} s{ratios}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--commitments", type=int, default=1440, help="how many the second question is asked of")
    asked = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n"
    )
    with TemporaryDirectory(prefix="benchmark-") as folder:
        (Path(folder) / "real").mkdir()
        print(table(*real_plan(Path(folder) / "real", asked.rounds)))
        print(f"Target: publish takes at most {BARE_TARGET} times the bare builds.\n", flush=True)
        if asked.commitments:
            (Path(folder) / "many").mkdir()
            print(table(*many_pages(Path(folder) / "many", asked.commitments)))
            print(f"Target: at most {STOCK_TARGET} times stock Material.")


if __name__ == "__main__":
    main()
