from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor import commitments, models
from monitor.commitments import PlanError
from tests.conftest import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the shipped plan that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "2018-2020"))


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first occurrence, and give its line."""
    path = folder / name
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def first_problem(folder: Path) -> str:
    with pytest.raises(PlanError) as raised:
        commitments.load(folder)
    return str(raised.value.problems[0]).removeprefix(f"{folder}/")


def test_shipped_plan_has_eleven_commitments_and_its_meetings(shipped: models.PlanFolder) -> None:
    assert [commitment.number for commitment in shipped.commitments] == list(range(1, 12))
    assert [meeting.slug for meeting in shipped.meetings] == [
        "2018-09-18-schiedam",
        "2019-07-11-actiehouders",
        "2020-06-09-actiehouders",
    ]


def test_notes_of_a_meeting_come_in_each_language(shipped: models.PlanFolder) -> None:
    assert [sorted(meeting.notes) for meeting in shipped.meetings] == [["en", "nl"]] * 3


@pytest.mark.parametrize(
    ("written", "read"), [("1.10", "1.10"), ("010", "010"), ("no", "no"), ("12:30", "12:30"), ("08", "08"), ("", None)]
)
def test_a_scalar_is_what_it_says(written: str, read: str | None) -> None:
    document = commitments.read_document(Path("x.yml"), f"value: {written}\nother: 1\n")
    assert document.values.get("value") == read


def test_a_quoted_empty_text_is_a_text() -> None:
    assert commitments.read_document(Path("x.yml"), 'value: ""\n').values == {"value": ""}


def test_places_name_line_and_column() -> None:
    document = commitments.read_document(Path("x.yml"), "a: 1\nlist:\n  - b: 2\n    c: 3\n")
    assert (document.place(("list", 0, "c")), document.place(("list", 0, "gone"))) == ((4, 5), (3, 5))


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "03-pioniersnetwerk.yml",
            "summary:",
            "sumary:",
            "03-pioniersnetwerk.yml:2:1: [Pioniersnetwerk Open Overheid voor Nederlandse Gemeenten] "
            "missing-field: 'summary' is missing: add a line 'summary: …'",
        ),
        (
            "03-pioniersnetwerk.yml",
            "ogp_id: NL0037",
            "ogp_ids: NL0037",
            "03-pioniersnetwerk.yml:{line}:1: [Pioniersnetwerk Open Overheid voor Nederlandse Gemeenten] "
            "unknown-field: 'ogp_ids' is not a field here: did you mean 'ogp_id'?",
        ),
        (
            "03-pioniersnetwerk.yml",
            "due: 2020-Q2",
            "due: 2020-13",
            "03-pioniersnetwerk.yml:{line}:5: [Pioniersnetwerk Open Overheid voor Nederlandse Gemeenten] "
            "period: 'due': '2020-13' is neither a month nor a fiscal year: "
            "write 2020-21 for a fiscal year, 2020-01 to 2020-12 for a month",
        ),
        (
            "03-pioniersnetwerk.yml",
            "number: 3\n",
            "number: drie\n",
            "03-pioniersnetwerk.yml:{line}:1: [Pioniersnetwerk Open Overheid voor Nederlandse Gemeenten] "
            "value: 'number' has to be a whole number (it says 'drie'): write digits only, for example 3",
        ),
        (
            "plan.yml",
            "country: NL\n",
            "country: NL\ncountry: BE\n",
            "plan.yml:{next}:1: [Actieplan Open Overheid 2018-2020] "
            "duplicate-key: 'country' stands here a second time, first on line 3: keep one of the two",
        ),
        (
            "plan.yml",
            "country: NL\n",
            "\tcountry: NL\n",
            "plan.yml:{line}:1: yaml: a tab stands here: use spaces in place of the tab",
        ),
        (
            "plan.yml",
            "country: NL\n",
            "country: [NL\n",
            "plan.yml:{line}:10: yaml: the list that starts here has no end: "
            "put ',' between its parts and ']' at its end",
        ),
        (
            "feeds.yml",
            "- id:",
            "feeds: x\nid:",
            "feeds.yml:",
        ),
    ],
)
def test_fault_is_named_with_line_rule_and_repair(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    line = spoil(folder, name, old, new)
    assert first_problem(folder).startswith(expected.format(line=line, next=line + 1))


def test_file_that_is_not_utf8_says_so(folder: Path) -> None:
    (folder / "plan.yml").write_bytes("id: 2018-2020\ncountry: Itali\u00eb\n".encode("latin-1"))
    assert first_problem(folder) == (
        "plan.yml:2:15: encoding: a byte that is not UTF-8 text (0xeb, perhaps 'ë' is meant): save the file as UTF-8"
    )


def test_missing_plan_says_so(folder: Path) -> None:
    (folder / "plan.yml").unlink()
    assert first_problem(folder) == (
        "plan.yml:1:1: file: the file 'plan.yml' is missing: put it back, or make it with 'monitor new-plan'"
    )


def test_meeting_without_facts_says_so(folder: Path) -> None:
    (folder / "meetings" / "2019-07-11-actiehouders.md").write_text("Alleen tekst.\n", "utf-8")
    assert first_problem(folder) == (
        "meetings/2019-07-11-actiehouders.md:1:1: shape: the file has no facts on top: "
        "start the file with a line '---', then the facts, then a line '---'"
    )


def test_every_problem_is_reported_at_once(folder: Path) -> None:
    spoil(folder, "plan.yml", "country: NL\n", "")
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: ooit")
    with pytest.raises(PlanError) as raised:
        commitments.load(folder)
    assert [problem.rule for problem in raised.value.problems] == ["missing-field", "period"]


def test_citations_name_record_and_field(shipped: models.PlanFolder) -> None:
    rows = commitments.citations(shipped)
    keys = [(row.record, row.field, row.position) for row in rows]
    assert len(keys) == len(set(keys))
    assert ("2018-2020/03", "title", 0) in keys
    assert ("2018-2020/03", "milestones.0", 0) in keys
