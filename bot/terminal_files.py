"""A line of the terminal that sends a file: ``bestand PAD omschrijving``, or a path that was dropped there."""

from __future__ import annotations

import contextlib
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from bot.messages import spoken

QUOTED = re.compile(r"""\s*("[^"]*"|'[^']*')\s*(.*)""", re.DOTALL)
LIKE_A_PATH = re.compile(r"[\\/]|\.\w{2,5}$")
ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Heard:
    """A file that a line sends, and the words with it; ``path`` need not be there."""

    path: Path
    text: str = ""

    def read(self, most: int) -> bytes | None:
        """Read the file, one byte beyond the most that is taken at the furthest; None where that fails."""
        try:
            with self.path.open("rb") as opened:
                return opened.read(most + 1)
        except (OSError, ValueError):
            return None


def heard(line: str) -> Heard | None:
    """Understand a line that sends a file; None for any other."""
    word, _, rest = line.strip().partition(" ")
    if word.lower() in spoken("file") and rest.strip():
        found = _path_and_words(rest.strip())
        # "Bestand met afspraken is openbaar" is a sentence.
        is_meant = _is_file(found.path) or LIKE_A_PATH.search(str(found.path)) or rest.strip()[0] in "'\""
        return found if is_meant else None
    if line.strip().startswith(("/", "~/", "'/", '"/', "'~/", '"~/')):
        dropped = _path_and_words(line.strip())
        return dropped if _is_file(dropped.path) else None
    return None


def _path_and_words(text: str) -> Heard:
    """Take a quoted path, else the longest beginning that is a file, else the first word."""
    if quoted := QUOTED.fullmatch(text):
        return Heard(_path(shlex.split(quoted[1])[0]), quoted[2].strip())
    ends = [match.start() for match in re.finditer(r"(?<!\\) |$", text)]
    for end in reversed(ends):
        path = _path(ESCAPED.sub(r"\1", text[:end]))
        if _is_file(path):
            return Heard(path, text[end:].strip())
    return Heard(_path(ESCAPED.sub(r"\1", text[: ends[0]])), text[ends[0] :].strip())


def _path(text: str) -> Path:
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # ~ of nobody here
        path = path.expanduser()
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than a path may be, or with a zero in it
        return False
