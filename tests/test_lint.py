from __future__ import annotations

from pathlib import Path

import pytest

from monitor import commitments, lint
from tests.conftest import SHIPPED
from tests.test_commitments import folder, spoil

__all__ = ["folder"]


def problems(folder: Path) -> list[str]:
    found = lint.check(commitments.read_folder(folder), advice=False)
    return [f"{p.path.name}:{p.line}: {p.rule}: {p.message}: {p.repair}" for p in found]


def test_shipped_plan_has_no_problem() -> None:
    assert problems(SHIPPED) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "03-pioniersnetwerk.yml",
            "  en: Pioneering Network for an Open Government for Municipalities\n",
            "",
            "03-pioniersnetwerk.yml:{above}: parity: the text in 'en' is missing: add a line 'en: …'",
        ),
        (
            "03-pioniersnetwerk.yml",
            "  en: Pioneering Network for an Open",
            "  fr: Le réseau\n  en: Pioneering Network for an Open",
            "03-pioniersnetwerk.yml:{line}: language: 'fr' is not a language of this plan: write one of nl, en",
        ),
        (
            "03-pioniersnetwerk.yml",
            "organisation: gemeente-schiedam",
            "organisation: gemeente-schiedan",
            "03-pioniersnetwerk.yml:{line}: reference: organisation 'gemeente-schiedan' is not in organisations.yml: "
            "did you mean 'gemeente-schiedam'? Else add it there",
        ),
        (
            "03-pioniersnetwerk.yml",
            "    sources: [seed, S5-NL0037]\n",
            "    sources: [seed, S999]\n",
            "03-pioniersnetwerk.yml:{line}: reference: source 'S999' is not in sources.yml: "
            "add it there, or correct the id",
        ),
        (
            "03-pioniersnetwerk.yml",
            "    sources: [seed, S5-NL0037]\n",
            "",
            "03-pioniersnetwerk.yml:{before}: source: this has no source: add a line 'sources: [S…]'",
        ),
        (
            "03-pioniersnetwerk.yml",
            'number: "3.1"',
            'number: "4.1"',
            "03-pioniersnetwerk.yml:{line}: number: milestone 4.1 stands in commitment 3: start its number with 3.",
        ),
        (
            "03-pioniersnetwerk.yml",
            "kind: recurring",
            "kind: deliverable",
            "03-pioniersnetwerk.yml:{line_of_slots}: slots: only a recurring milestone has 'slots': "
            "write 'kind: recurring', or remove 'slots'",
        ),
        (
            "03-pioniersnetwerk.yml",
            "Gemeente Schiedam beloofde",
            "Bel 010 219 11 11 of 06-12345678. Gemeente Schiedam beloofde",
            "03-pioniersnetwerk.yml:{before}: personal-data: '010 219 11 11' looks like a telephone number: "
            "remove it; name the organisation",
        ),
        (
            "03-pioniersnetwerk.yml",
            "Gemeente Schiedam beloofde",
            "Mail jan@schiedam.example. Gemeente Schiedam beloofde",
            "03-pioniersnetwerk.yml:{before}: personal-data: 'jan@schiedam.example' is a mail address: "
            "remove it; name the organisation",
        ),
        (
            "plan.yml",
            "country: NL\n",
            "country: NL\ncontact: iemand\n",
            "plan.yml:{next}: personal-data: 'contact' asks for a person's data: remove it; name the organisation",
        ),
        (
            "plan.yml",
            "assessors: [irm]",
            "assessors: [irn]",
            "plan.yml:{line}: reference: organisation 'irn' is not in organisations.yml: "
            "add it there, or correct the id",
        ),
        (
            "plan.yml",
            "address: https://www.open",
            "address: www.open",
            "plan.yml:{line}: link: 'www.open-overheid.nl/actieplan-open-overheid-2020-2022/' is not a whole web "
            "address: start with https://",
        ),
        (
            "meetings/2018-09-18-schiedam.md",
            'milestone: "3.1"',
            'milestone: "3.9"',
            "2018-09-18-schiedam.md:{line}: reference: milestone 3.9 does not exist: correct the number",
        ),
    ],
)
def test_rule_names_line_fault_and_repair(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    line = spoil(folder, name, old, new)
    assert expected.format(
        line=line, next=line + 1, before=line - 1, above=line - 2, line_of_slots=line + 7
    ) in problems(folder)


def test_file_name_and_number_agree(folder: Path) -> None:
    (folder / "03-pioniersnetwerk.yml").rename(folder / "12-pioniersnetwerk.yml")
    assert problems(folder) == [
        "12-pioniersnetwerk.yml:2: file-name: number and file name differ: "
        "name the file '03-….yml' or correct the number"
    ]


def test_number_is_used_once(folder: Path) -> None:
    text = (folder / "03-pioniersnetwerk.yml").read_text("utf-8")
    (folder / "03-nog-eens.yml").write_text(text, "utf-8")
    assert [p for p in problems(folder) if ": unique: " in p] == [
        "03-pioniersnetwerk.yml:2: unique: '3' stands already at 03-nog-eens.yml:2: give each its own id or number",
    ]


def test_factual_field_without_source_is_named(folder: Path) -> None:
    path = folder / "03-pioniersnetwerk.yml"
    kept = path.read_text("utf-8").rpartition("\nsources:\n")[0]
    path.write_text(kept + "\nsources:\n  title: [seed]\n", "utf-8")
    assert [p.partition(": source: ")[2] for p in problems(folder)] == [
        "'ogp_id' has no source: add 'ogp_id: [S…]' below 'sources:'",
        "'official_text' has no source: add 'official_text: [S…]' below 'sources:'",
        "'period' has no source: add 'period: [S…]' below 'sources:'",
    ]


def test_derived_fact_needs_its_reasoning(folder: Path) -> None:
    line = spoil(
        folder, "03-pioniersnetwerk.yml", "sources: [seed, S5-NL0037]", "sources: [{source: seed, certainty: derived}]"
    )
    assert problems(folder) == [
        f"03-pioniersnetwerk.yml:{line}: reasoning: a derived fact needs its reasoning: "
        "add 'reasoning:' in each language"
    ]
