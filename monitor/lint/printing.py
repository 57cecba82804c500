"""Problems as text for people, as JSON for programs, and as annotations on a pull request. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from monitor.lint.problems import Problem
from monitor.lint.wording import phrase

FORMATS = ("text", "json", "github")


def text(problems: Sequence[Problem], language: str) -> str:
    """Write a line for each problem, with what can be pasted below it."""
    return "".join(f"{_line(problem, language)}\n{_paste(problem)}" for problem in problems)


def short(problem: Problem, language: str) -> str:
    """Write a problem in one line for who has the file before them: its name, the line, what is wrong, the repair."""
    said = problem.said(language)
    return f"{problem.path.name}:{problem.line} {said.message}: {said.repair}"


def summary(problems: Sequence[Problem], folders: int, language: str) -> str:
    """Say how much was found."""
    errors = sum(not problem.warning for problem in problems)
    told = {
        "folders": _count("plan", folders, language),
        "errors": _count("error", errors, language),
        "warnings": _count("advice", len(problems) - errors, language),
    }
    return phrase("summary", language, **told)


def as_json(problems: Sequence[Problem], language: str) -> str:
    """Write a list of objects."""
    return json.dumps([_object(problem, language) for problem in problems], indent=2, ensure_ascii=False) + "\n"


def github(problems: Sequence[Problem], language: str) -> str:
    """Write workflow commands that GitHub shows beside the line of a pull request."""
    return "".join(_annotation(problem, language) + "\n" for problem in problems)


def _line(problem: Problem, language: str) -> str:
    said = problem.said(language)
    about = f" [{problem.title}]" if problem.title else ""
    rule = f"{problem.rule} ({phrase('warning', language)})" if problem.warning else problem.rule
    place = f"{problem.path}:{problem.line}:{problem.column}"
    return f"{place}:{about} {rule}: {said.message}: {said.repair}"


def _paste(problem: Problem) -> str:
    return "".join(f"    {line}\n" for line in problem.paste.splitlines())


def _object(problem: Problem, language: str) -> dict[str, object]:
    said = problem.said(language)
    return {
        "file": str(problem.path),
        "line": problem.line,
        "column": problem.column,
        "title": problem.title,
        "rule": problem.rule,
        "severity": "warning" if problem.warning else "error",
        "message": said.message,
        "repair": said.repair,
        "paste": problem.paste,
    }


def _annotation(problem: Problem, language: str) -> str:
    """Write one command: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    said = problem.said(language)
    kind = "warning" if problem.warning else "error"
    title = f"{problem.rule} · {problem.title}" if problem.title else problem.rule
    values = {"file": problem.path, "line": problem.line, "col": problem.column, "title": title}
    told = ",".join(f"{name}={_property(str(value))}" for name, value in values.items())
    body = f"{said.message}: {said.repair}" + (f"\n{problem.paste}" if problem.paste else "")
    return f"::{kind} {told}::{_data(body)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _count(name: str, number: int, language: str) -> str:
    return phrase(f"{name}-one" if number == 1 else f"{name}-other", language, number=number)
