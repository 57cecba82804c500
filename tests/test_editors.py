"""What editors are given: snippets that can be typed as they stand, a new plan that lacks only what it asks for."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import TypeAdapter

from monitor import cli, commitments, lint, models
from monitor.fields import Kind, listing, record
from tests.conftest import ROOT

GUIDE = (ROOT / "commitments" / "README.md").read_text("utf-8")
TEMPLATE = ROOT / "commitments" / "templates" / "new-plan"
DUTCH, ENGLISH = GUIDE.split("\n# The plan files\n")
FENCED = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
SNIPPETS = [textwrap.dedent(text) for text in FENCED.findall(GUIDE)]


def kind_of(values: Any) -> Kind:
    """Tell which file a snippet is for: the sources, a meeting, or a commitment."""
    if isinstance(values, list):
        return listing(models.Source)
    return record(models.Meeting if "date" in values else models.Commitment)


def monitor(*arguments: str, plans: Path) -> Result:
    shared = ["--commitments", str(plans), "--today", "2026-11-23"]
    return CliRunner().invoke(cli.main, [*arguments, *shared])


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    """Give a folder of plans that holds the templates alone."""
    folder = tmp_path / "commitments"
    for path in TEMPLATE.rglob("*"):
        if path.is_file():
            target = folder / "templates" / path.relative_to(TEMPLATE.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text("utf-8"), "utf-8")
    return folder


# The guide


def test_both_halves_of_the_guide_give_the_same_snippets() -> None:
    assert len(SNIPPETS) == 16
    assert SNIPPETS[:8] == SNIPPETS[8:]


@pytest.mark.parametrize("text", SNIPPETS[:8], ids=lambda text: text.split(":")[0].strip("- \n"))
def test_snippet_can_be_typed_as_it_stands(text: str) -> None:
    yaml_text = text.removeprefix("---\n").partition("\n---\n")[0].rstrip() + "\n"
    values = commitments.read_document(Path("x.yml"), yaml_text).values
    kind = kind_of(values)
    document = commitments.read_document(Path("x.yml"), yaml_text, kind)
    assert document.problems == []
    if "due" in values:
        TypeAdapter(models.Milestone.model_fields["due"].annotation).validate_python(values["due"])
    elif isinstance(values, list):
        [models.Source.model_validate(value) for value in values]
    elif "date" in values:
        models.Meeting.model_validate({**values, "plan": "x", "slug": "x"})
    elif "also_called" in values:
        for name, phrases in values.items():
            TypeAdapter(models.Commitment.model_fields[name].annotation).validate_python(phrases)
    else:
        [(name, records)] = values.items()
        part = kind.at((name, 0))
        assert part
        assert part.model
        [part.model.model_validate(value) for value in records]
    assert "due" in values or document.canonical(("nl", "en")) == yaml_text


@pytest.mark.parametrize(("half", "count"), [(DUTCH, 8), (ENGLISH, 8)])
def test_each_job_takes_five_lines(half: str, count: int) -> None:
    jobs = [part for part in half.split("\n## ")[1:] if "\n1. " in part]
    assert [re.findall(r"(?m)^\d", job) for job in jobs] == [["1", "2", "3", "4", "5"]] * count


def test_examples_are_said_to_be_invented() -> None:
    assert "De voorbeelden hieronder zijn verzonnen." in DUTCH
    assert "The examples below are invented." in ENGLISH


# A new plan


def test_template_lacks_only_what_it_asks_to_fill_in() -> None:
    found = lint.check(commitments.read_folder(TEMPLATE))
    assert {problem.rule for problem in found} == {"placeholder"}
    asked = sum(path.read_text("utf-8").count(": …\n") for path in TEMPLATE.rglob("*.*"))
    assert len(found) == asked


def test_template_explains_itself_in_both_languages() -> None:
    for path in TEMPLATE.rglob("*.*"):
        comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("# ")]
        words = set(re.findall(r"\w+", " ".join(comments).lower()))
        assert words & {"de", "het", "een", "wie", "elke"}, path
        assert words & {"the", "who", "every"}, path


def test_new_plan_writes_a_skeleton_with_its_id(plans: Path) -> None:
    result = monitor("new-plan", "2027-2029", plans=plans)
    folder = plans / "2027-2029"
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        0,
        f"Next: fill the files in, and type: monitor lint {folder}",
    )
    assert sorted(path.relative_to(folder) for path in folder.rglob("*.*")) == sorted(
        path.relative_to(TEMPLATE) for path in TEMPLATE.rglob("*.*")
    )
    loaded = commitments.read_folder(folder)
    assert {problem.rule for problem in lint.check(loaded)} == {"placeholder"}
    assert loaded.folder
    assert loaded.folder.plan.id == "2027-2029"


def test_new_plan_filled_in_is_clean(plans: Path) -> None:
    monitor("new-plan", "2027-2029", plans=plans)
    for path in (plans / "2027-2029").rglob("*.*"):
        path.write_text(path.read_text("utf-8").replace(": …\n", ": Ja.\n"), "utf-8")
    result = monitor("lint", plans=plans)
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "1 plan: 0 fouten, 0 adviezen.")


@pytest.mark.parametrize("name", ["Plan 2027", "../x", "2027_2029", "2027-", ""])
def test_new_plan_refuses_what_cannot_be_an_id(plans: Path, name: str) -> None:
    result = monitor("new-plan", name, plans=plans)
    assert result.exit_code == 2
    assert "cannot be the id of a plan: use small letters, digits and dashes, such as 2027-2029" in result.output


def test_new_plan_leaves_a_plan_alone_that_is_there(plans: Path) -> None:
    monitor("new-plan", "2027-2029", plans=plans)
    result = monitor("new-plan", "2027-2029", plans=plans)
    assert (result.exit_code, result.output) == (
        2,
        f"{plans / '2027-2029'}: exists already: choose another id, or edit its files\n",
    )


def test_new_plan_says_where_the_templates_are_missing(tmp_path: Path) -> None:
    result = monitor("new-plan", "2027-2029", plans=tmp_path)
    assert result.exit_code == 2
    assert "new-plan: the templates are missing: give the folder that holds them with --commitments" in result.output
