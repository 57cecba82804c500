"""How a value is written: what other programs would read otherwise, and the canonical form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.canonical import inline
from monitor.fields import Form
from monitor.lint.problems import Document, Problem

SURE = (
    ("zero", re.compile(r"[-+]?0\d[\d_]*")),
    ("yes-no", re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)),
    ("nothing", re.compile(r"~|null", re.IGNORECASE)),
    ("clock", re.compile(r"\d+(?::\d+)+")),
    ("number", re.compile(r"[-+]?(?:0[xob][0-9a-f_]+|\d[\d_]*_[\d_]*|[\d.]+e[-+]?\d+|\.inf)|\.nan", re.IGNORECASE)),
)
IN_TEXT = (("decimal", re.compile(r"\d+\.\d*0")), ("true-false", re.compile(r"true|false", re.IGNORECASE)))


def traps(document: Document) -> Iterator[Problem]:
    """List values without quotes that other programs would read as something else."""
    for place, value in document.plain.items():
        kind = document.kind.at(place) if document.kind else None
        is_text = kind is not None and kind.form is Form.TEXT
        cases = SURE + (IN_TEXT if is_text else ())
        case = next((case for case, pattern in cases if pattern.fullmatch(value)), None)
        if case:
            wanted = inline(value, None)
            yield document.problem(place, f"yaml-trap.{case}", given=value, wanted=wanted)


def advise(document: Document, languages: Sequence[str]) -> Iterator[Problem]:
    """Say where a file that can be read leaves its canonical form first."""
    wanted = document.canonical(languages)
    if wanted == document.whole:
        return
    pairs = enumerate(zip(document.whole.split("\n"), wanted.split("\n"), strict=False), 1)
    line, should = next(((n, want) for n, (have, want) in pairs if have != want), (1, ""))
    yield document.problem_at(line, 1, "not-canonical.line", wanted=should.strip() or "—")
