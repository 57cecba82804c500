"""The history of the plan files: the only module that calls git."""

from __future__ import annotations

import subprocess
from pathlib import Path


def revision(path: Path) -> str | None:
    """Give the commit that a folder stands at; None outside a git checkout or where its files were changed."""
    head = _git(path, "rev-parse", "HEAD")
    if head is None or _git(path, "status", "--porcelain", "--", "."):
        return None
    return head


def _git(path: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(path), *arguments], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
