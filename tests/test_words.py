"""The interface words: the same in every language, and the way each says days and periods."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest

from monitor import words
from monitor.periods import Period
from monitor.words import Phrase, WordsError

MONITOR = Path(words.__file__).parent
NL, EN = words.of("nl"), words.of("en")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_word_has_a_twin_with_the_same_placeholders() -> None:
    dutch, english = words.read("nl"), words.read("en")
    assert sorted(dutch) == sorted(english)
    assert [name for name in dutch if placeholders(dutch[name]) != placeholders(english[name])] == []
    assert [name for name in dutch if not dutch[name].strip() or not english[name].strip()] == []


def test_every_word_is_used() -> None:
    rooms = [
        path for room in ("pages", "exports", "search", "evidence", "cli") for path in (MONITOR / room).rglob("*.py")
    ]
    sources = [*rooms, *(MONITOR / "templates").glob("*.jinja"), MONITOR / "words.py", MONITOR / "alarms.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources).replace("'", '"')
    theme = "\n".join(path.read_text("utf-8") for path in (MONITOR.parent / "site" / "overrides").rglob("*.html"))
    unused = [name for name in words.read("nl") if not is_used(name, text, theme)]
    assert unused == []


def is_used(name: str, text: str, theme: str) -> bool:
    family, _, last = name.rpartition(".")
    if family == "theme":
        return f"words.{last}" in theme
    if last in ("one", "other") and is_used(family, text, theme):
        return True
    if family in ("slug", "title", "menu", "about-page"):
        return f'"{last}"' in text or f'"{name}"' in text
    computed = re.search(rf'"{re.escape(family)}\.("|{{)', text) or f'_stand(pen, "{family}"' in text
    listed = f'table_of("{family}")' in text or f'known("{family}"' in text
    return bool(f'"{name}"' in text or f'"{name}.{{' in text or computed or listed or f'"{family}.{{' in text)


def test_words_take_their_values() -> None:
    assert NL.text("commitment.number", number=4) == "Actiepunt 4"
    assert EN.text("commitment.number", number=4) == "Commitment 4"
    assert NL.count("count.milestones", 1) == "1 mijlpaal"
    assert NL.count("count.milestones", 34) == "34 mijlpalen"
    assert (NL.amount(11), EN.amount(11), NL.amount(34)) == ("elf", "eleven", "34")


def test_a_missing_word_names_the_table() -> None:
    with pytest.raises(WordsError, match=r"words/nl\.toml: has no 'no\.such\.word': add it in every language"):
        NL.text("no.such.word")


@pytest.mark.parametrize(
    ("text", "dutch", "english"),
    [
        ("2019-03-14", "14 maart 2019", "14 March 2019"),
        ("2018-12", "december 2018", "December 2018"),
        ("2018", "2018", "2018"),
        ("2018-Q3", "derde kwartaal van 2018", "third quarter of 2018"),
        ("2018-H2", "tweede helft van 2018", "second half of 2018"),
        ("2025-summer", "zomer 2025", "summer 2025"),
        ("2026-27", "boekjaar 2026-27", "fiscal year 2026-27"),
        ("2018-07-01/2020-06-30", "1 juli 2018 tot en met 30 juni 2020", "1 July 2018 to 30 June 2020"),
        ("../2028", "tot en met 2028", "until 2028"),
        ("2025/..", "vanaf 2025", "from 2025"),
        ("before 2019-03-20", "vóór 20 maart 2019", "before 20 March 2019"),
    ],
)
def test_periods_read_in_the_precision_they_have(text: str, dutch: str, english: str) -> None:
    period = Period.parse(text)
    assert (NL.period(period), EN.period(period)) == (dutch, english)


def test_days_moments_numbers_and_lists() -> None:
    assert NL.day(date(2019, 3, 14)) == "14 maart 2019"
    assert EN.moment(datetime(2026, 11, 23, 9, 5, tzinfo=UTC)) == "23 November 2026, 10:05 CET"
    assert (NL.decimal(1431.5), EN.decimal(1431.5)) == ("1.431,5", "1,431.5")
    assert NL.listing(["a", "b", "c"]) == "a, b en c"
    assert (NL.listing(["a"]), EN.listing([])) == ("a", "")
    assert NL.short_quarter(Period.parse("2018-Q3")) == ("K3", "2018")
    assert NL.months(Period.parse("2018-Q3")) == "juli tot en met september"


def test_a_language_without_a_table_reads_english_with_its_own_dates() -> None:
    french = words.of("fr")
    assert french.text("menu.commitments") == "Commitments"
    assert french.day(date(2019, 3, 14)) == "14 mars 2019"
    assert words.languages() == ["en", "nl"]


def test_a_text_is_chosen_in_the_language_or_the_first_it_has() -> None:
    assert words.choose({"nl": "ja", "en": "yes"}, "en") == Phrase("yes", "en")
    assert words.choose({"nl": "ja"}, "en") == Phrase("ja", "nl")
    assert words.choose({}, "en") == Phrase("", "en")
