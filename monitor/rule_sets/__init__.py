"""The rule sets: which rules a plan is held against, as data with sources. A plan names one in ``rule_set``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from monitor.models import RuleSet

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """List the rule sets there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load(name: str) -> RuleSet:
    """Read a rule set by its name."""
    return RuleSet.model_validate({"id": name, **tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))})
