"""The history of the plan files: the only module that calls git.

Every path must exist in the working tree; revisions are whatever git takes: a commit, a branch, ``HEAD~1``.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.errors import MonitorError

TIMEOUT_S = 60
TICK = timedelta(milliseconds=1)


class HistoryError(MonitorError):
    """Git could not answer; the message says about what, why and what to do."""


@dataclass(frozen=True)
class Commit:
    """A commit of the branch that is published, and when it came onto it."""

    revision: str
    at: datetime


def revision(path: Path) -> str | None:
    """Give the commit that a folder stands at; None outside a git checkout or where its files were changed."""
    try:
        head = resolve(path, "HEAD")
        return None if _git(path, "status", "--porcelain", "--", ".") else head
    except HistoryError:
        return None


def resolve(path: Path, name: str) -> str:
    """Give the commit that a name stands for; raise HistoryError where there is none."""
    return _text(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", about=name)


def merge_base(path: Path, one: str, other: str = "HEAD") -> str:
    """Give the commit where two lines of work parted; raise HistoryError where they never met."""
    return _text(path, "merge-base", resolve(path, one), resolve(path, other), about=f"{one} and {other}")


def commits(path: Path) -> list[Commit]:
    """List the commits that changed a folder as they came onto the present branch, the oldest first.

    A merge counts as one commit, at the moment of merging. Each comes after the one before, also where clocks differ.
    """
    lines = _text(path, "log", "--first-parent", "--reverse", "--format=%H %ct", "--", ".", about="HEAD").splitlines()
    found: list[Commit] = []
    for name, seconds in (line.split() for line in lines):
        at = datetime.fromtimestamp(int(seconds), UTC)
        found.append(Commit(name, max(at, found[-1].at + TICK) if found else at))
    return found


@contextmanager
def checkout(path: Path, name: str) -> Iterator[Path]:
    """Give a folder of the same name that holds the files as they were at a revision; it is empty where none were."""
    with TemporaryDirectory(prefix="monitor-") as temporary:
        folder = Path(temporary) / path.resolve().name
        folder.mkdir()
        commit = resolve(path, name)
        if _exists(path, commit):
            packed = _git(path, "archive", "--format=zip", commit)
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                archive.extractall(folder)
        yield folder


def _exists(path: Path, commit: str) -> bool:
    inside = _git(path, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
    return not inside or bool(_git(path, "ls-tree", "--full-tree", commit, "--", inside))


def _text(path: Path, *arguments: str, about: str) -> str:
    try:
        return _git(path, *arguments).decode().strip()
    except HistoryError as error:
        raise HistoryError(f"{about}: {error}") from error


def _git(path: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(path), *arguments], capture_output=True, check=False, timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HistoryError(f"git could not be asked ({error}): install git, or do without a revision") from error
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip() or "there is no such commit"
        raise HistoryError(f"{why}: name a commit or branch that git knows, and fetch the whole history")
    return done.stdout
