"""Read a file of ``tests/data/broken``: one fault in the plan beside it, and what lint has to say of it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "broken"
PLAN = FOLDER / "base" / "2027-2029"
FORM = re.compile(r"((?:[a-z-]+: [^\n]*\n)+)(?:<<<<\n(.*?)====\n(.*?)>>>>\n)?nl: ([^\n]*)\nen: ([^\n]*)\n", re.DOTALL)


@dataclass(frozen=True)
class Broken:
    """A fault: what stands where, what takes its place, and the line about it in each language."""

    name: str
    told: dict[str, str]
    old: str
    new: str
    expected: dict[str, str]

    @property
    def compared(self) -> bool:
        """Tell whether the fault shows only beside the plan as it was."""
        return "compared-with" in self.told

    def spoil(self, folder: Path) -> Path:
        """Copy the plan into a folder with this one fault."""
        plan = Path(shutil.copytree(PLAN, folder / PLAN.name))
        path = plan / self.told["file"]
        if "deleted" in self.told:
            path.unlink()
        elif "renamed" in self.told:
            path.rename(plan / self.told["renamed"])
        else:
            text = path.read_text("utf-8") if path.exists() else ""
            assert self.old in text, f"{self.name}: {self.old!r} is not in {path.name}"
            new = self.new.replace("␉", "\t").replace("␀", "\x00").replace("␇", "\x07")
            path.write_bytes(text.replace(self.old, new, 1).encode(self.told.get("encoding", "utf-8")))
        return plan


def broken() -> list[Broken]:
    """Read every fault."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _read(path: Path) -> Broken:
    match = FORM.fullmatch(path.read_text("utf-8"))
    assert match, f"{path.name} is not in the form of a fault"
    told = dict(line.split(": ", 1) for line in match[1].splitlines())
    return Broken(path.stem, told, (match[2] or ""), (match[3] or ""), {"nl": match[4], "en": match[5]})
