from __future__ import annotations

import subprocess
from pathlib import Path

from monitor import history


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_revision_is_the_commit_of_an_unchanged_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "plan.yml").write_text("id: x\n", "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "x")
    assert history.revision(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "plan.yml").write_text("id: y\n", "utf-8")
    assert history.revision(tmp_path) is None


def test_folder_outside_git_has_no_revision(tmp_path: Path) -> None:
    assert history.revision(tmp_path) is None
