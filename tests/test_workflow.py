"""The steps of the workflow for pull requests, run as the runner runs them, on a branch with one changed date."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.test_commitments import spoil
from tests.test_history import commit, git

WORKFLOW = ROOT / ".github" / "workflows" / "pull-request.yml"
LINE = "- Mijlpaal 1.4 — vóór 20 maart 2019 wordt uiterlijk 30 juni 2019 (+103 dagen). Zonder reden.\n"


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return dict(jobs["plan"])


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """Give a repository on a branch that moved a date, while the main branch went on."""
    for name in ("commitments", "site"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / ".gitignore").write_text(".venv\nvar/\npreview/\nsummary\nenv\n", "utf-8")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "-b", "draft")
    spoil(tmp_path / "commitments" / "2018-2020", "01-open-besluitvorming.yml", "before 2019-03-20", "../2019-06-30")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "main")
    (tmp_path / "elders").write_text("", "utf-8")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "draft")
    return tmp_path


def run(job: dict[str, Any], name: str, branch: Path) -> subprocess.CompletedProcess[str]:
    """Run a step with what earlier steps wrote to the runner's environment file."""
    step = next(step for step in job["steps"] if step.get("name") == name)
    told = branch / "env"
    given = dict(line.split("=", 1) for line in told.read_text("utf-8").splitlines()) if told.exists() else {}
    files = {"GITHUB_ENV": str(told), "GITHUB_STEP_SUMMARY": str(branch / "summary")}
    environment = os.environ | files | {"TARGET": git(branch, "rev-parse", "main")} | given
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=branch,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_steps_annotate_tell_and_build_a_preview(job: dict[str, Any], branch: Path) -> None:
    assert run(job, "Where the work began", branch).returncode == 0
    assert (branch / "env").read_text("utf-8") == f"SINCE={git(branch, 'rev-parse', 'HEAD~1')}\n"
    lint = run(job, "Problems, on their lines", branch)
    assert lint.returncode == 1
    assert "::error file=commitments/2018-2020/01-open-besluitvorming.yml,line=" in lint.stdout
    assert run(job, "What the public will see change", branch).returncode == 0
    summary = (branch / "summary").read_text("utf-8")
    assert LINE in summary
    assert "- Milestone 1.4 — before 20 March 2019 becomes by 30 June 2019 (+103 days). Without a reason.\n" in summary


def test_preview_holds_both_languages(job: dict[str, Any], branch: Path) -> None:
    git(branch, "checkout", "--quiet", "main")
    done = run(job, "Preview", branch)
    assert done.returncode == 0, done.stderr
    assert (branch / "preview" / "index.html").exists()
    assert (branch / "preview" / "en" / "index.html").exists()
    assert not any(path.is_symlink() for path in (branch / "preview").rglob("*"))


def test_what_cannot_be_compared_is_said_in_the_summary(job: dict[str, Any], branch: Path) -> None:
    run(job, "Where the work began", branch)
    spoil(branch / "commitments" / "2018-2020", "plan.yml", "country: NL\n", "country: [NL\n")
    assert run(job, "What the public will see change", branch).returncode == 2
    assert "plan.yml:3:10: yaml: " in (branch / "summary").read_text("utf-8")


def test_only_actions_of_the_platform_itself_are_used() -> None:
    for path in WORKFLOW.parent.glob("*.yml"):
        used = [
            step["uses"]
            for part in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
            for step in part["steps"]
            if "uses" in step
        ]
        assert [name for name in used if not name.startswith("actions/")] == []


def test_it_runs_for_the_plan_files_and_may_only_read() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert workflow[True] == {"pull_request": {"paths": ["commitments/**"]}}
    assert workflow["permissions"] == {"contents": "read"}


def test_no_file_names_where_packages_come_from() -> None:
    hosts = [
        f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    texts = {name: (ROOT / name).read_bytes() for name in listed.split("\0") if name and (ROOT / name).is_file()}
    assert len(texts) > 500
    assert [name for name, body in texts.items() if any(host.encode() in body for host in hosts)] == []
