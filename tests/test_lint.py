from __future__ import annotations

import inspect
import json
import re
import time
import tomllib
from pathlib import Path
from string import Formatter

import pytest
import textstat

from monitor import commitments, lint, models, periods
from monitor.lint import printing, wording
from monitor.lint.invalid import PERIOD_CASES, meant_period
from monitor.lint.privacy import TELEPHONE, title_and_surname
from monitor.lint.readability import flesch
from tests.conftest import ROOT, SHIPPED, TODAY
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


# What lint says


def test_both_languages_say_the_same_things() -> None:
    dutch, english = wording.table("nl"), wording.table("en")
    assert list(dutch) == list(english)
    different = [
        code
        for code, words in english.items()
        if _names(words.message, words.repair) != _names(dutch[code].message, dutch[code].repair)
    ]
    assert different == []


def test_both_languages_have_the_same_phrases() -> None:
    tables = [tomllib.loads((wording.TABLES / f"{one}.toml").read_text("utf-8"))["phrases"] for one in ("nl", "en")]
    assert [{name: _names(words) for name, words in table.items()} for table in tables[:1]] == [
        {name: _names(words) for name, words in table.items()} for table in tables[1:]
    ]


def test_every_problem_that_the_code_makes_has_words() -> None:
    rooms = ("lint", "commitments")
    code = "".join(path.read_text("utf-8") for room in rooms for path in (ROOT / "monitor" / room).glob("*.py"))
    code += (ROOT / "monitor" / "sync.py").read_text("utf-8")
    known = set(wording.table("en"))
    rules = "|".join(sorted({name.partition(".")[0] for name in known}))
    written = set(re.findall(rf'"((?:{rules})\.[a-z0-9-]+)"', code))
    assert written <= known
    in_cases = {name for name in known - written if f'"{name.partition(".")[2]}"' in code}
    put_together = {name for name in known if name.startswith(("reference.near-", "reused.", "dropped."))}
    assert known - written - in_cases - put_together == set()


def _names(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_dutch_speaks_to_u_and_never_shortens_actiepunt() -> None:
    text = (wording.TABLES / "nl.toml").read_text("utf-8")
    assert re.findall(r"\b(?:je|jij|jouw|AP)\b", text) == []


def test_every_refusal_of_a_period_has_words() -> None:
    source = inspect.getsource(periods)
    refusals = re.findall(r'PeriodError\(\s*f"([^"]*)"', source)
    assert refusals
    assert [text for text in refusals if not any(words in text for words, _ in PERIOD_CASES)] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30-06-2019", "2019-06-30"),
        ("30 juni 2019", "2019-06-30"),
        ("1 maart 2020", "2020-03-01"),
        ("June 2019", "2019-06"),
        ("okt. 2018", "2018-10"),
        ("Q3 2018", "2018-Q3"),
        ("2018 Q3", "2018-Q3"),
        ("06/2019", "2019-06"),
        ("31 februari 2019", None),
        ("ooit 2019", None),
        ("eind van het plan", None),
    ],
)
def test_usual_wordings_of_a_date_are_understood(written: str, meant: str | None) -> None:
    assert meant_period(written) == meant


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dat zei mevr. Jansen in de raad.", "mevr. Jansen"),
        ("Volgens drs. A. de Vries", "drs. A. de Vries"),
        ("De heer Van Dam komt", "De heer Van Dam"),
        ("de heer Pietersen komt", "de heer Pietersen"),
        ("minister Jansen", "minister Jansen"),
        ("de minister van Binnenlandse Zaken", None),
        ("de staatssecretaris BZK", None),
        ("Minister of the Interior", None),
        ("Het ministerie van BZK", None),
        ("burgemeester en wethouders", None),
    ],
)
def test_title_with_a_surname_is_seen(text: str, name: str | None) -> None:
    assert title_and_surname(text) == name


@pytest.mark.parametrize(
    "text", ["van 2018-10-01 tot 2020-06-30", "00000001002306608000", "2018-2020/03", "380 gemeenten"]
)
def test_dates_and_identifiers_are_no_telephone_numbers(text: str) -> None:
    assert TELEPHONE.search(text) is None


def test_reading_ease_is_that_of_textstat(shipped: models.PlanFolder) -> None:
    textstat.set_lang("nl")
    texts = [commitment.summary["nl"] for commitment in shipped.commitments]
    texts += [commitment.official_text["nl"] for commitment in shipped.commitments]
    assert [flesch(text) for text in texts] == [pytest.approx(textstat.flesch_reading_ease(text)) for text in texts]


def test_shipped_summaries_get_advice_only() -> None:
    found = lint.check(commitments.read_folder(SHIPPED))
    assert {problem.rule for problem in found} == {"reading-level"}


def test_real_plan_is_checked_within_two_seconds() -> None:
    started = time.perf_counter()
    lint.check(commitments.read_folder(SHIPPED))
    assert time.perf_counter() - started < 2


def test_faults_in_several_files_come_at_once(folder: Path) -> None:
    spoil(folder, "plan.yml", "country: NL\n", "")
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: ooit")
    spoil(folder, "05-open-wob.yml", "sources: [seed]", "sources: [S999]")
    spoil(folder, "meetings/2018-09-18-schiedam.md", "host: gemeente-schiedam", "host: gemeente-schiedan")
    assert sorted(line.split(": ")[1] for line in problems(folder)) == [
        "missing-field",
        "period",
        "reference",
        "reference",
    ]


# What changed


@pytest.fixture
def before() -> lint.Base:
    return lint.Base(commitments.load(SHIPPED), TODAY)


def changes(folder: Path, base: lint.Base) -> list[lint.Problem]:
    return lint.check(commitments.read_folder(folder), base, advice=False)


PASTE = """\
# als de belofte echt is gewijzigd:
  - on: 2026-11-23
    kind: promise
    what:
      nl: "De datum van mijlpaal 1.4: was before 2019-03-20, is ../2019-06-30."
      en: "The date of milestone 1.4: was before 2019-03-20, is ../2019-06-30."
    reason:
      nl: …
      en: …
    decided_by: …
    milestone: "1.4"
    sources: […]
# als alleen onze weergave is verbeterd:
  - on: 2026-11-23
    kind: record
    what:
      nl: "De datum van mijlpaal 1.4: was before 2019-03-20, is ../2019-06-30."
      en: "The date of milestone 1.4: was before 2019-03-20, is ../2019-06-30."
    reason:
      nl: …
      en: …
    milestone: "1.4"
    sources: […]
"""


def test_silent_change_comes_with_the_entry_to_paste(folder: Path, before: lint.Base) -> None:
    spoil(folder, "01-open-besluitvorming.yml", "due: before 2019-03-20", "due: ../2019-06-30")
    [problem] = changes(folder, before)
    assert problem.said("nl").message == (
        "mijlpaal 1.4 is gewijzigd (due: before 2019-03-20 → ../2019-06-30) en 'changes:' zegt niet waarom"
    )
    assert problem.paste == PASTE


def test_pasted_entry_says_what_to_fill_in_and_then_covers_the_change(folder: Path, before: lint.Base) -> None:
    path = folder / "01-open-besluitvorming.yml"
    spoil(folder, path.name, "due: before 2019-03-20", "due: ../2019-06-30")
    [problem] = changes(folder, before)
    promise = problem.paste.partition("# als alleen")[0].partition("\n")[2]
    text = path.read_text("utf-8")
    path.write_text(text.replace("changes:\n", f"changes:\n{promise}"), "utf-8")
    assert [found.rule for found in changes(folder, before)] == ["placeholder"] * 4
    filled = path.read_text("utf-8").replace("[…]", "[seed]").replace("…", "De stuurgroep.")
    path.write_text(filled, "utf-8")
    assert changes(folder, before) == []
    assert [found.rule for found in lint.check(commitments.read_folder(folder), before)].count("not-canonical") == 0


def test_entry_for_another_milestone_covers_nothing(folder: Path, before: lint.Base) -> None:
    spoil(folder, "01-open-besluitvorming.yml", "due: before 2019-03-20", "due: ../2019-06-30")
    entry = "changes:\n  - on: 2026-11-23\n    kind: record\n    what: {nl: x, en: x}\n    reason: {nl: x, en: x}\n"
    spoil(folder, "01-open-besluitvorming.yml", "changes:\n", f'{entry}    milestone: "1.2"\n    sources: [seed]\n')
    assert [problem.rule for problem in changes(folder, before)] == ["undeclared-change"]


def test_one_entry_of_the_plan_covers_every_moved_date_and_nothing_else(folder: Path, before: lint.Base) -> None:
    spoil(folder, "01-open-besluitvorming.yml", "due: before 2019-03-20", "due: ../2019-06-30")
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: 2020-Q3")
    spoil(folder, "03-pioniersnetwerk.yml", "  nl: Pioniersnetwerk Open", "  nl: Netwerk Open")
    entry = "changes:\n  - on: 2026-11-23\n    kind: promise\n    what: {nl: x, en: x}\n    reason: {nl: x, en: x}\n"
    spoil(folder, "plan.yml", "changes:\n", f"{entry}    decided_by: Stuurgroep\n    sources: [seed]\n")
    assert [(p.code, p.values["given"]) for p in changes(folder, before)] == [("undeclared-change.commitment", "3")]


def test_correction_of_what_is_no_promise_needs_no_entry(folder: Path, before: lint.Base) -> None:
    spoil(folder, "03-pioniersnetwerk.yml", "De plaatsen zouden verschillen.", "De plaatsen verschillen.")
    assert changes(folder, before) == []


# How it is written


def lines(folder: Path, form: str, language: str = "nl") -> str:
    write = {"text": printing.text, "json": printing.as_json, "github": printing.github}[form]
    return write(lint.check(commitments.read_folder(folder), advice=False), language)


def test_json_is_a_list_of_objects(folder: Path) -> None:
    line = spoil(folder, "plan.yml", "assessors: [irm]", "assessors: [irn]")
    assert json.loads(lines(folder, "json", "en")) == [
        {
            "file": str(folder / "plan.yml"),
            "line": line,
            "column": 13,
            "title": "Actieplan Open Overheid 2018-2020",
            "rule": "reference",
            "severity": "error",
            "message": "organisation 'irn' is not in organisations.yml",
            "repair": "add it there, or correct the id",
            "paste": "",
        }
    ]


def test_annotations_are_escaped(tmp_path: Path) -> None:
    problem = lint.Problem(
        tmp_path / "a,b:c.yml", 3, 5, "placeholder.text", {"given": "100%"}, "Open: data, 50%", "- on: 1\n  kind: x\n"
    )
    assert printing.github([problem], "en") == (
        f"::error file={tmp_path}/a%2Cb%3Ac.yml,line=3,col=5,title=placeholder · Open%3A data%2C 50%25::"
        "'100%25' still stands here: fill the text in, or remove this part%0A- on: 1%0A  kind: x%0A\n"
    )


def test_warnings_are_annotated_as_such(tmp_path: Path) -> None:
    problem = lint.Problem(tmp_path / "x.yml", 1, 1, "not-canonical.line", {"wanted": "x"})
    assert printing.github([problem], "nl").startswith("::warning file=")


def test_text_names_file_line_title_rule_fault_and_repair(folder: Path) -> None:
    line = spoil(folder, "plan.yml", "assessors: [irm]", "assessors: [irn]")
    assert lines(folder, "text") == (
        f"{folder}/plan.yml:{line}:13: [Actieplan Open Overheid 2018-2020] reference: organisatie 'irn' staat niet in "
        "organisations.yml: voeg de organisatie daar toe, of verbeter het id\n"
    )


@pytest.mark.parametrize(
    ("counts", "language", "said"),
    [
        ((1, 1, 0), "nl", "1 plan: 1 fout, 0 adviezen."),
        ((2, 0, 1), "nl", "2 plannen: 0 fouten, 1 advies."),
        ((2, 2, 2), "en", "2 plans: 2 problems, 2 warnings."),
    ],
)
def test_last_line_counts(counts: tuple[int, int, int], language: str, said: str) -> None:
    plans, errors, warnings = counts
    found = [lint.Problem(Path("x"), 1, 1, "note.missing")] * errors
    found += [lint.Problem(Path("x"), 1, 1, "not-canonical.line")] * warnings
    assert printing.summary(found, plans, language) == said


def test_dates_are_checked_also_while_another_file_is_broken(folder: Path) -> None:
    spoil(folder, "05-open-wob.yml", "kind: target", "kind: doel")
    line = spoil(folder, "04-open-parlement.yml", "due: 2018-10-01", "due: 2018-05-01")
    rules = {problem.partition(": ")[0]: problem.split(": ")[1] for problem in problems(folder)}
    assert rules[f"04-open-parlement.yml:{line}"] == "dates"
    assert any(place.startswith("05-open-wob.yml:") for place in rules)
