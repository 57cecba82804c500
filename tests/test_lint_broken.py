"""Each file of ``tests/data/broken`` has one fault; lint says exactly one thing about it, in Dutch and in English."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from monitor import commitments, lint
from monitor.lint import wording
from tests.broken_plans import PLAN, Broken, broken

BROKEN = broken()


def said(plan: Path, problem: lint.Problem, language: str) -> str:
    words = problem.said(language)
    place = f"{problem.path.relative_to(plan).as_posix()}:{problem.line}:{problem.column}"
    return f"{place}: {problem.rule}: {words.message}: {words.repair}"


@pytest.fixture(scope="module")
def base() -> lint.Base:
    """Give the plan as it was, a day before anything in it is due."""
    return lint.Base(commitments.load(PLAN), date(2027, 11, 23))


def test_the_plan_without_a_fault_is_clean(base: lint.Base) -> None:
    assert lint.check(commitments.read_folder(PLAN), base) == []


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.name)
def test_one_fault_is_said_in_one_line(fault: Broken, base: lint.Base, tmp_path: Path) -> None:
    plan = fault.spoil(tmp_path)
    found = lint.check(commitments.read_folder(plan), base if fault.compared else None)
    for language, line in fault.expected.items():
        assert [said(plan, problem, language) for problem in found] == [line]


def test_there_are_enough_faults() -> None:
    assert len(BROKEN) >= 60


def test_every_rule_has_a_fault() -> None:
    shown = {fault.expected["en"].split(": ")[1] for fault in BROKEN}
    assert {code.partition(".")[0] for code in wording.table("en")} - shown == set()
