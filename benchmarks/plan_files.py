"""Measure lint and sync of many commitments beside a bare read of the same files by libyaml.

The files are the shipped commitments, copied and renumbered: 99 to a plan, with the shipped organisations and sources.
Each step is measured on its own, in processor seconds, which other programs on the machine disturb little; ``wall`` is
what a person waits. Run it with ``python benchmarks/plan_files.py``; it needs about 100 MB in the temporary folder.
"""

from __future__ import annotations

import argparse
import gc
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from monitor import commitments, history, lint, sync
from monitor.lint import form, privacy, readability
from monitor.storage import Storage

SHIPPED = Path(__file__).parent.parent / "commitments" / "2018-2020"
IN_A_PLAN = 99
TARGET = 2.5
MOMENT = sync.Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23))


@dataclass
class Meter:
    """Processor and wall seconds by what was measured, summed over plans."""

    processor: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add what happens within to a name."""
        processor, wall = time.process_time(), time.perf_counter()
        yield
        self.processor[name] = self.processor.get(name, 0) + time.process_time() - processor
        self.wall[name] = self.wall.get(name, 0) + time.perf_counter() - wall


def generate(root: Path, number: int) -> list[Path]:
    """Write plans that together hold so many commitments; give their folders."""
    templates = [path.read_text("utf-8") for path in sorted(SHIPPED.glob("[0-9][0-9]-*.yml"))]
    folders = []
    for first in range(0, number, IN_A_PLAN):
        folder = root / f"plan-{first // IN_A_PLAN:02d}"
        folder.mkdir(parents=True)
        for name in ("organisations.yml", "sources.yml"):
            shutil.copy(SHIPPED / name, folder)
        plan = (SHIPPED / "plan.yml").read_text("utf-8")
        (folder / "plan.yml").write_text(re.sub(r"(?m)^id: .*$", f"id: {folder.name}", plan), "utf-8")
        for position in range(min(IN_A_PLAN, number - first)):
            text = renumbered(templates[position % len(templates)], position + 1)
            (folder / f"{position + 1:02d}-example.yml").write_text(text, "utf-8")
        folders.append(folder)
    return folders


def renumbered(text: str, number: int) -> str:
    """Give a commitment's file another number, its milestones included."""
    old = re.search(r"(?m)^number: (\d+)$", text)
    assert old
    text = text.replace(old[0], f"number: {number}", 1)
    return re.sub(rf'"{old[1]}\.(\d+)"', rf'"{number}.\1"', text)


def bare_read(folder: Path, loader: type) -> None:
    """Read the files of a plan with libyaml and throw the values away."""
    for path in sorted(folder.glob("*.yml")):
        yaml.load(path.read_text("utf-8"), Loader=loader)


def measure_plan(folder: Path, storage: Storage, meter: Meter) -> tuple[int, int]:
    """Measure everything about one plan; give how many problems and warnings it has."""
    with meter.measure("bare: CSafeLoader"):
        bare_read(folder, yaml.CSafeLoader)
    with meter.measure("bare: CBaseLoader, all text"):
        bare_read(folder, yaml.CBaseLoader)
    with meter.measure("read into models"):
        loaded = commitments.read_folder(folder)
    with meter.measure("rules"):
        problems = lint.check(loaded, advice=False)
    advice = measure_advice(loaded, meter)
    assert loaded.folder, "\n".join(map(str, loaded.problems[:3]))
    with meter.measure("write, first time"):
        sync.sync(storage, loaded.folder, MOMENT)
    with meter.measure("write, nothing changed"):
        assert sync.sync(storage, loaded.folder, MOMENT) == 0
    return len(problems), advice


def measure_advice(loaded: lint.Loaded, meter: Meter) -> int:
    """Measure the kinds of advice apart; give how much there is."""
    kinds: dict[str, Callable[[lint.Document], object]] = {
        "advice: canonical form": lambda document: list(form.advise(document, loaded.languages)),
        "advice: reading level": lambda document: list(readability.advise(document)),
        "advice: names": lambda document: list(privacy.advise(document)),
    }
    found = 0
    for name, kind in kinds.items():
        with meter.measure(name):
            found += sum(len(kind(document)) for document in loaded.documents.values())  # type: ignore[arg-type]
    return found


def measure_git(root: Path, meter: Meter) -> None:
    """Measure what git is asked: the state of the files, and all of them at a revision."""
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*git, *command], check=True)
    with meter.measure("git: which revision"):
        assert history.revision(root)
    with meter.measure("git: files at a revision"), history.checkout(root, "HEAD") as files:
        assert len(list(files.iterdir())) == len(list(root.glob("plan-*")))


def table(meter: Meter, baseline: str) -> list[str]:
    """Lay out what was measured, beside the bare read."""
    sums = {
        "LINT without advice and git": ["read into models", "rules"],
        "LINT with advice": ["read into models", "rules", *(name for name in meter.wall if name.startswith("advice"))],
        "SYNC into an empty database": ["read into models", "rules", "write, first time"],
        "SYNC where nothing changed": ["read into models", "rules", "write, nothing changed"],
    }
    rows = {name: (meter.processor[name], meter.wall[name]) for name in meter.wall}
    for name, parts in sums.items():
        rows[name] = (sum(meter.processor[part] for part in parts), sum(meter.wall[part] for part in parts))
    base = meter.processor[baseline]
    lines = [f"{'':<34}{'processor':>11}{'wall':>11}{'x bare':>9}", "-" * 65]
    lines += [f"{name:<34}{cpu:>9.2f} s{wall:>9.2f} s{cpu / base:>9.2f}" for name, (cpu, wall) in rows.items()]
    return lines


def main() -> None:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commitments", type=int, default=5000)
    number = parser.parse_args().commitments
    meter = Meter()
    with TemporaryDirectory(prefix="benchmark-") as temporary:
        root = Path(temporary) / "commitments"
        folders = generate(root, number)
        size = sum(path.stat().st_size for path in root.rglob("*.yml"))
        with Storage(Path(temporary) / "data" / "monitor.db") as storage:
            found = []
            for folder in folders:
                found.append(measure_plan(folder, storage, meter))
                gc.collect()
        measure_git(root, meter)
    problems, advice = (sum(column) for column in zip(*found, strict=True))
    print(
        f"{number} commitments in {len(folders)} plans, {size / 1e6:.1f} MB of YAML; Python {platform.python_version()}"
    )
    print(f"{problems} problem(s), {advice} piece(s) of advice\n")
    print("\n".join(table(meter, "bare: CSafeLoader")))
    print(f"\nTarget: LINT without advice and git, and each SYNC, at most {TARGET} times the bare CSafeLoader read.")


if __name__ == "__main__":
    main()
