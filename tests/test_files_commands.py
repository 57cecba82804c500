"""The commands for the plan files as a person types them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import cli
from tests.broken_plans import PLAN

NOTE = "Niet gecontroleerd: of een belofte is gewijzigd"


def monitor(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli.main, [*arguments, "--today", "2027-11-23"], env=environment)


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    """Give a folder with one plan, under git."""
    root = tmp_path / "commitments"
    shutil.copytree(PLAN, root / PLAN.name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Adopt")
    return root


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_without_a_base_lint_says_what_did_not_run(plans: Path) -> None:
    result = monitor("lint", str(plans))
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "1 plan: 0 fouten, 0 adviezen."
    assert result.output.splitlines()[1].startswith(NOTE)


def test_with_a_base_nothing_is_left_out(plans: Path) -> None:
    result = monitor("lint", str(plans), "--changed-since", "HEAD")
    assert (result.exit_code, result.output) == (0, "1 plan: 0 fouten, 0 adviezen.\n")


def test_silent_change_is_found_beside_a_revision_with_the_entry_to_paste(plans: Path) -> None:
    path = plans / PLAN.name / "01-open-data.yml"
    replace(path, "due: 2027-12\n", "due: 2028-03\n")
    result = monitor("lint", str(plans), "--changed-since", "main")
    assert result.exit_code == 1
    first, *rest = result.output.splitlines()
    assert first == (
        f"{path}:29:5: [Open data] undeclared-change: mijlpaal 1.1 is gewijzigd (due: 2027-12 → 2028-03) en 'changes:' "
        "zegt niet waarom: voeg een van deze twee toe onder 'changes:' en vul hem in"
    )
    assert rest[:3] == ["    # als de belofte echt is gewijzigd:", "      - on: 2027-11-23", "        kind: promise"]
    assert rest[-1] == "1 plan: 1 fout, 0 adviezen."


def test_plan_that_was_not_there_yet_has_nothing_to_compare(plans: Path) -> None:
    shutil.copytree(plans / PLAN.name, plans / "2030-2031")
    replace(plans / "2030-2031" / "plan.yml", "id: 2027-2029", "id: 2030-2031")
    result = monitor("lint", str(plans / "2030-2031"), "--changed-since", "HEAD")
    assert (result.exit_code, result.output) == (0, "1 plan: 0 fouten, 0 adviezen.\n")


def test_unknown_revision_ends_with_2(plans: Path) -> None:
    result = monitor("lint", str(plans), "--changed-since", "nergens")
    assert result.exit_code == 2
    assert "nergens" in result.output


def test_revision_that_cannot_be_read_ends_with_2(plans: Path) -> None:
    path = plans / PLAN.name / "plan.yml"
    whole = path.read_text("utf-8")
    path.write_text("country: [", "utf-8")
    git(plans, "commit", "--quiet", "--all", "--message", "Spoil")
    path.write_text(whole, "utf-8")
    result = monitor("lint", str(plans), "--changed-since", "HEAD", "--language", "en")
    assert (result.exit_code, result.output) == (
        2,
        f"{plans / PLAN.name}: revision HEAD cannot be read well enough to compare with. "
        "Choose another with --changed-since.\n",
    )


def test_json_alone_stands_on_standard_output(plans: Path) -> None:
    replace(plans / PLAN.name / "plan.yml", "reviewers: [raad]", "reviewers: [rad]")
    result = monitor("lint", str(plans), "--format", "json")
    assert [found["rule"] for found in json.loads(result.stdout)] == ["reference"]
    assert result.stderr.startswith(NOTE)


def test_annotations_name_the_file_as_it_was_given(plans: Path) -> None:
    replace(plans / PLAN.name / "plan.yml", "reviewers: [raad]", "reviewers: [rad]")
    result = monitor("lint", str(plans), "--format", "github", "--language", "en")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        f"::error file={plans}/{PLAN.name}/plan.yml,line=17,col=13,title=reference · Plan van Voorbeeldstad::"
        "organisation 'rad' is not in organisations.yml: did you mean 'raad'? Else add it there"
    )


def test_advice_alone_ends_with_0(plans: Path) -> None:
    replace(plans / PLAN.name / "plan.yml", "country: NL", "country: 'NL'")
    result = monitor("lint", str(plans))
    assert result.exit_code == 0
    assert "not-canonical (advies): " in result.output


def test_language_comes_from_the_environment_too(plans: Path) -> None:
    result = monitor("lint", str(plans), environment={"MONITOR_LANGUAGE": "en"})
    assert result.output.splitlines()[0] == "1 plan: 0 problems, 0 warnings."


def test_a_single_file_may_be_named(plans: Path) -> None:
    folder = plans / PLAN.name
    replace(folder / "plan.yml", "reviewers: [raad]", "reviewers: [rad]")
    replace(folder / "meetings" / "2027-03-18-stadhuis.md", "host: stad", "host: stat")
    result = monitor("lint", str(folder / "meetings" / "2027-03-18-stadhuis.md"), "--language", "en")
    assert [line.split(":")[0] for line in result.output.splitlines()[:-2]] == [
        str(folder / "meetings" / "2027-03-18-stadhuis.md")
    ]


def test_fix_names_what_it_wrote(plans: Path) -> None:
    path = plans / PLAN.name / "plan.yml"
    whole = path.read_text("utf-8")
    replace(path, "country: NL", "country: 'NL'")
    assert monitor("fix", str(plans / PLAN.name / "sources.yml")).output == "Every file is in its canonical form.\n"
    assert monitor("fix", str(path)).output == f"Wrote {path}.\n"
    assert path.read_text("utf-8") == whole
    assert monitor("fix", str(plans)).output == "Every file is in its canonical form.\n"
