"""The canonical form: one text for one meaning, with its comments, whatever the file looked like before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor import commitments, models
from monitor.canonical import WIDTH, Comments, emit
from monitor.commitments import FixError, fixing
from monitor.fields import listing, record
from monitor.lint import Document
from tests.broken_plans import PLAN
from tests.conftest import SHIPPED

FEED = listing(models.Feed)
COMMITMENT = record(models.Commitment)
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=200).filter(lambda text: text.isprintable())
TRICKY = st.sampled_from(
    ["no", "08", "1.10", "12:30", "2019-01-01", "~", "a: b", "a #b", "- a", "'", '"', "", " a ", "a\n\nb", "#", "a\tb"]
)
WORDS = st.one_of(ANYTHING, TRICKY, st.lists(st.text("ab :#-'\"\n", max_size=9), max_size=40).map(" ".join))


def read(text: str, kind: Any = COMMITMENT) -> Document:
    document = commitments.read_document(Path("x.yml"), text, kind)
    assert document.problems == []
    return document


def canonical(text: str, kind: Any = COMMITMENT) -> str:
    return read(text, kind).canonical(("nl", "en"))


@pytest.mark.parametrize("folder", [SHIPPED, PLAN], ids=["shipped", "of the tests"])
def test_plan_files_are_canonical(folder: Path) -> None:
    loaded = commitments.read_folder(folder)
    found = [path.name for path, one in loaded.documents.items() if one.canonical(loaded.languages) != one.whole]
    assert found == []


@given(WORDS, WORDS)
def test_any_text_comes_back_as_it_was(one: str, other: str) -> None:
    values = {"title": {"nl": one, "en": other}, "leads": [{"organisation": one}], "number": "1"}
    text = emit(values, COMMITMENT, comments=Comments(), languages=("nl", "en"))
    assert commitments.read_document(Path("x.yml"), text, COMMITMENT).values == values
    assert emit(values, COMMITMENT, comments=read(text).comments, languages=("nl", "en")) == text


@given(WORDS)
def test_any_text_is_a_text_for_other_programs_too(words: str) -> None:
    values = {"title": {"nl": words}}
    assert yaml.safe_load(emit(values, COMMITMENT, comments=Comments())) == values


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_any_list_comes_back_as_it_was(words: list[str]) -> None:
    text = emit([{"words": words}], FEED, comments=Comments())
    assert yaml.safe_load(text) == [{"words": words}]


def test_fields_stand_in_the_order_of_the_models_and_languages_in_that_of_the_plan() -> None:
    assert canonical("period: 2018\nsummary: {en: B, nl: A}\nnumber: 1\nextra: x\n") == (
        "number: 1\nsummary:\n  nl: A\n  en: B\nperiod: 2018\nextra: x\n"
    )


def test_texts_are_quoted_where_another_program_would_differ() -> None:
    assert canonical('ogp_id: 010\nnumber: 3\ntitle:\n  nl: 1.10\n  en: "plain"\n') == (
        'number: 3\nogp_id: "010"\ntitle:\n  nl: "1.10"\n  en: plain\n'
    )


def test_long_lines_are_folded_and_short_lists_stay_on_one() -> None:
    words = " ".join(["woord"] * 30)
    text = canonical(f'summary:\n  nl: "{words}"\nsources:\n  title:\n    - a\n    - b\n')
    assert text == (
        f"summary:\n  nl: >-\n    {' '.join(['woord'] * 17)}\n    {' '.join(['woord'] * 13)}\n"
        "sources:\n  title: [a, b]\n"
    )
    assert max(map(len, text.splitlines())) <= WIDTH


def test_paragraphs_stay_apart() -> None:
    text = "official_text:\n  nl: >-\n    Een.\n\n\n    Twee.\n"
    assert canonical(text) == text
    assert read(text).values == {"official_text": {"nl": "Een.\n\nTwee."}}


COMMENTED = """\
# yaml-language-server: $schema=x

# boven
period: 2018 # de looptijd
leads: # wie
  # de eerste
  - organisation: a
    # zijn bron
    sources: [x, z] # twee

  - organisation: b # de tweede
title:
  nl: >- # lang
    Een # geen commentaar

    twee
number: 1
# onder
"""


def test_comments_stay_with_what_they_stood_at() -> None:
    assert canonical(COMMENTED) == (
        """\
# yaml-language-server: $schema=x

# boven
number: 1
title:
  nl: >- # lang
    Een # geen commentaar

    twee
period: 2018 # de looptijd
leads: # wie
  # de eerste
  - organisation: a
    # zijn bron
    sources: [x, z] # twee

  - organisation: b # de tweede
# onder
"""
    )


def test_canonical_form_of_the_canonical_form_is_itself() -> None:
    once = canonical(COMMENTED)
    assert canonical(once) == once


def test_comment_within_a_list_keeps_the_list_apart() -> None:
    assert canonical("sources:\n  title: [a, # eerst\n    b]\n") == ("sources:\n  title:\n    - a # eerst\n    - b\n")


def test_more_than_one_blank_line_becomes_one() -> None:
    assert canonical("number: 1\n\n\n\n# nog iets\n\n\nperiod: 2018\n") == "number: 1\n\n# nog iets\n\nperiod: 2018\n"


# monitor fix


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PLAN, tmp_path / PLAN.name))


def test_fix_writes_what_differs_and_then_nothing(plan: Path) -> None:
    path = plan / "01-open-data.yml"
    whole = path.read_text("utf-8")
    path.write_text(
        whole.replace("    kind: recurring\n    origin: plan-text\n", "    origin: plan-text\n    kind: recurring\n")
    )
    assert commitments.fix(commitments.read_folder(plan)) == [path]
    assert path.read_text("utf-8") == whole
    assert commitments.fix(commitments.read_folder(plan)) == []


def test_fix_takes_marks_and_foreign_line_ends_away(plan: Path) -> None:
    path = plan / "feeds.yml"
    whole = path.read_text("utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + whole.replace("\n", "\r\n").encode("utf-8"))
    assert commitments.fix(commitments.read_folder(plan)) == [path]
    assert path.read_bytes() == whole.encode("utf-8")


def test_fix_names_the_schema_where_it_is_missing(plan: Path) -> None:
    path = plan / "sources.yml"
    whole = path.read_text("utf-8")
    path.write_text(whole.partition("\n")[2], "utf-8")
    commitments.fix(commitments.read_folder(plan))
    assert path.read_text("utf-8") == whole


def test_fix_leaves_the_notes_of_a_meeting_alone(plan: Path) -> None:
    path = plan / "meetings" / "2027-03-18-stadhuis.md"
    whole = path.read_text("utf-8")
    path.write_text(
        whole.replace("kind: network\n", "").replace("place:", "kind: network\nplace:", 1) + "  Nog iets.  \n"
    )
    assert commitments.fix(commitments.read_folder(plan)) == [path]
    assert path.read_text("utf-8") == whole + "  Nog iets.  \n"


@pytest.mark.parametrize("spoiled", ["country: NL\ncountry: BE\n", "country: &x NL\nogp_id: *x\n", "country: [NL\n"])
def test_fix_leaves_a_file_alone_that_it_is_not_sure_of(plan: Path, spoiled: str) -> None:
    path = plan / "plan.yml"
    path.write_text(path.read_text("utf-8").replace("country: NL\n", spoiled), "utf-8")
    whole = path.read_text("utf-8")
    assert commitments.fix(commitments.read_folder(plan)) == []
    assert path.read_text("utf-8") == whole


def test_fix_never_writes_another_meaning(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plan / "plan.yml"
    whole = path.read_text("utf-8")
    monkeypatch.setattr(Document, "canonical", lambda self, languages: self.whole.replace("NL", "BE"))
    with pytest.raises(FixError, match=r"plan\.yml: its canonical form would say something else"):
        fixing.fix(commitments.read_folder(plan))
    assert path.read_text("utf-8") == whole


def test_fix_says_when_a_file_cannot_be_written(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plan / "plan.yml"
    path.write_text(path.read_text("utf-8").replace("country: NL", "country: 'NL'"), "utf-8")

    def refuse(self: Path, body: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(FixError, match=r"plan\.yml: cannot be written \(Permission denied\)"):
        commitments.fix(commitments.read_folder(plan))
    assert [one.name for one in plan.glob(".*")] == []
