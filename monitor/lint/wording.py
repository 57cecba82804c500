"""What lint says, in each of its languages: tables ``templates/lint/<language>.toml``, by rule and case."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent.parent / "templates" / "lint"
LANGUAGES = ("nl", "en")
DEFAULT = "en"


@dataclass(frozen=True)
class Said:
    """What is wrong, and what to write instead."""

    message: str
    repair: str


def say(code: str, values: Mapping[str, str], language: str = DEFAULT) -> Said:
    """Say a problem in a language, with the values in their places."""
    words = table(language)[code]
    return Said(words.message.format_map(values), words.repair.format_map(values))


def phrase(name: str, language: str, /, **values: object) -> str:
    """Give one of the other phrases, such as the last line of a run."""
    return _read(language)["phrases"][name].format_map(values)  # type: ignore[no-any-return]


@cache
def table(language: str) -> dict[str, Said]:
    """Read the words of a language by ``rule.case``."""
    rules = _read(language)["rules"]
    cases = {f"{rule}.{case}": words for rule, named in rules.items() for case, words in named.items()}
    return {code: Said(words["message"], words["repair"]) for code, words in cases.items()}


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / f"{language}.toml").read_text("utf-8"))
