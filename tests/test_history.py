from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import history
from monitor.history import Commit, HistoryError

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def git(folder: Path, *arguments: str, at: datetime = START) -> str:
    moment = at.isoformat()
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment},
    )
    return done.stdout.strip()


def commit(folder: Path, at: datetime = START) -> str:
    """Commit everything below a folder at a moment, and give the commit."""
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--message", "x", at=at)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    return tmp_path


@pytest.fixture
def plans(repository: Path) -> Path:
    """Give a folder whose file said 'one', then 'two', with a commit elsewhere before and between."""
    folder = repository / "commitments"
    folder.mkdir()
    (repository / "other").write_text("", "utf-8")
    commit(repository)
    for number, text in enumerate(("one", "two"), start=1):
        (folder / "plan.yml").write_text(f"id: {text}\n", "utf-8")
        commit(repository, START + timedelta(days=number))
        (repository / "other").write_text(text, "utf-8")
        commit(repository, START + timedelta(days=number, hours=1))
    return folder


def test_revision_is_the_commit_of_an_unchanged_folder(repository: Path) -> None:
    (repository / "plan.yml").write_text("id: x\n", "utf-8")
    commit(repository)
    assert history.revision(repository) == git(repository, "rev-parse", "HEAD")
    (repository / "plan.yml").write_text("id: y\n", "utf-8")
    assert history.revision(repository) is None


def test_folder_outside_git_has_no_revision(tmp_path: Path) -> None:
    assert history.revision(tmp_path) is None


def test_commits_are_those_of_the_folder_the_oldest_first(plans: Path) -> None:
    found = history.commits(plans)
    assert [one.at for one in found] == [START + timedelta(days=1), START + timedelta(days=2)]
    assert found[-1].revision == git(plans, "rev-parse", "HEAD~1")


def test_a_merge_counts_once_and_when_it_was_merged(plans: Path) -> None:
    git(plans, "checkout", "--quiet", "-b", "draft", "HEAD~2")
    for number in (1, 2):
        (plans / "extra.yml").write_text(str(number), "utf-8")
        commit(plans, START + timedelta(days=3, hours=number))
    git(plans, "checkout", "--quiet", "main")
    merged = START + timedelta(days=9)
    git(plans, "merge", "--quiet", "--no-ff", "--message", "merge", "draft", at=merged)
    assert history.commits(plans)[-1] == Commit(git(plans, "rev-parse", "HEAD"), merged)
    assert len(history.commits(plans)) == 3


def test_a_clock_that_ran_back_changes_no_order(plans: Path) -> None:
    (plans / "plan.yml").write_text("id: three\n", "utf-8")
    commit(plans, START - timedelta(days=300))
    second = START + timedelta(days=2)
    assert [one.at for one in history.commits(plans)][1:] == [second, second + timedelta(milliseconds=1)]


def test_checkout_gives_the_files_as_they_were(plans: Path) -> None:
    first, last = history.commits(plans)
    for name, text in ((first.revision, "one"), (last.revision, "two"), ("HEAD", "two")):
        with history.checkout(plans, name) as folder:
            assert (folder.name, (folder / "plan.yml").read_text("utf-8")) == ("commitments", f"id: {text}\n")
    assert not folder.exists()


def test_checkout_is_empty_before_there_was_a_folder(plans: Path) -> None:
    with history.checkout(plans, "HEAD~4") as folder:
        assert list(folder.iterdir()) == []


def test_checkout_of_the_whole_repository(repository: Path, plans: Path) -> None:
    with history.checkout(repository, "HEAD") as folder:
        assert sorted(path.name for path in folder.iterdir()) == ["commitments", "other"]


def test_merge_base_is_where_the_lines_parted(plans: Path) -> None:
    git(plans, "checkout", "--quiet", "-b", "draft", "HEAD~2")
    (plans / "extra.yml").write_text("x", "utf-8")
    commit(plans)
    assert history.merge_base(plans, "main") == git(plans, "rev-parse", "main~2")


def test_unknown_revision_says_what_to_do(plans: Path) -> None:
    message = "^nergens: there is no such commit: name a commit or branch that git knows, and fetch the whole history$"
    with pytest.raises(HistoryError, match=message):
        history.resolve(plans, "nergens")


def test_a_revision_is_never_taken_for_an_option(plans: Path) -> None:
    with pytest.raises(HistoryError):
        history.resolve(plans, "--all")


def test_history_of_a_folder_outside_git_says_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="not a git repository"):
        history.commits(tmp_path)
