"""Periods: what each form means, what real plans' wordings become, and what is refused with which advice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from monitor.periods import FORMS, Period, PeriodError, day_of, quarter_of


def refusal(value: object) -> str:
    with pytest.raises(PeriodError) as caught:
        Period.parse(value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest"),
    [
        ("2018-10-01", "day", date(2018, 10, 1), date(2018, 10, 1)),
        ("2020-02", "month", date(2020, 2, 1), date(2020, 2, 29)),
        ("2018-12", "month", date(2018, 12, 1), date(2018, 12, 31)),
        ("2018", "year", date(2018, 1, 1), date(2018, 12, 31)),
        ("2018-Q1", "quarter", date(2018, 1, 1), date(2018, 3, 31)),
        ("2018-Q4", "quarter", date(2018, 10, 1), date(2018, 12, 31)),
        ("2018-H2", "half-year", date(2018, 7, 1), date(2018, 12, 31)),
        ("2025-spring", "season", date(2025, 3, 1), date(2025, 5, 31)),
        ("2025-summer", "season", date(2025, 6, 1), date(2025, 8, 31)),
        ("2028-autumn", "season", date(2028, 9, 1), date(2028, 11, 30)),
        ("2027-winter", "season", date(2027, 12, 1), date(2028, 2, 29)),
        ("2026-27", "fiscal-year", date(2026, 4, 1), date(2027, 3, 31)),
        ("1999-00", "fiscal-year", date(1999, 4, 1), date(2000, 3, 31)),
        ("2018-07-01/2020-06-30", "range", date(2018, 7, 1), date(2020, 6, 30)),
        ("2018-Q3/2019", "range", date(2018, 7, 1), date(2019, 12, 31)),
        ("../2028", "range", None, date(2028, 12, 31)),
        ("2025/..", "range", date(2025, 1, 1), None),
        ("before 2019-03-20", "before", None, date(2019, 3, 19)),
        ("before 2019", "before", None, date(2018, 12, 31)),
        ("  before   2019-03 ", "before", None, date(2019, 2, 28)),
    ],
)
def test_each_form_has_a_first_and_a_last_day(
    text: str, precision: str, earliest: date | None, latest: date | None
) -> None:
    period = Period.parse(text)
    assert (period.precision, period.earliest, period.latest) == (precision, earliest, latest)
    assert str(period) == " ".join(text.split())


# What plans say, and what a person writes for it.
WRITTEN = [
    ("By summer 2025", "../2025-summer", None, date(2025, 8, 31)),
    ("By fall 2028", "../2028-autumn", None, date(2028, 11, 30)),
    ("By end of 2028", "../2028", None, date(2028, 12, 31)),
    ("2026-27", "2026-27", date(2026, 4, 1), date(2027, 3, 31)),
    ("By March 2027", "../2027-03", None, date(2027, 3, 31)),
    ("March 2029", "2029-03", date(2029, 3, 1), date(2029, 3, 31)),
    ("2025 to 2028", "2025/2028", date(2025, 1, 1), date(2028, 12, 31)),
    ("By early 2026", "../2026-Q1", None, date(2026, 3, 31)),
    ("Biannually until 2029", "../2029", None, date(2029, 12, 31)),
    ("in december", "2018-12", date(2018, 12, 1), date(2018, 12, 31)),
    ("voor 20 maart 2019", "before 2019-03-20", None, date(2019, 3, 19)),
    ("in 2018", "2018", date(2018, 1, 1), date(2018, 12, 31)),
    ("elk kwartaal", "2018-07-01/2020-06-30", date(2018, 7, 1), date(2020, 6, 30)),
    ("halfjaarlijks", "2018-07-01/2020-06-30", date(2018, 7, 1), date(2020, 6, 30)),
    ("aan het eind van het actieplan", "../2020-06-30", None, date(2020, 6, 30)),
]
WITHOUT_YEAR = ["in december", "elk kwartaal", "halfjaarlijks", "aan het eind van het actieplan", "uiteindelijk"]
WITHOUT_YEAR += ["Ongoing, annually", "Ongoing", ""]
WITH_YEAR = [wording for wording, *_ in WRITTEN if wording not in (*WITHOUT_YEAR, "2026-27")]
WITH_YEAR += ["Feedback will be compiled in March 2027 and at the end of the commitment and published in a report."]


@pytest.mark.parametrize(("wording", "form", "earliest", "latest"), WRITTEN)
def test_what_a_person_writes_for_a_wording(
    wording: str, form: str, earliest: date | None, latest: date | None
) -> None:
    assert (Period.parse(form).earliest, Period.parse(form).latest) == (earliest, latest), wording


@pytest.mark.parametrize("wording", WITH_YEAR)
def test_a_wording_is_refused_with_the_forms_to_write(wording: str) -> None:
    assert refusal(wording) == f"'{wording}' is not a period: write one of {FORMS}"


@pytest.mark.parametrize("wording", WITHOUT_YEAR)
def test_a_wording_without_a_year_may_be_a_goal(wording: str) -> None:
    assert refusal(wording) == f"'{wording}' names no year: write one of {FORMS}; what has no date is a goal"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2018-13",
            "'2018-13' is neither a month nor a fiscal year: "
            "write 2018-19 for a fiscal year, 2018-01 to 2018-12 for a month",
        ),
        (
            "2018-20",
            "'2018-20' is neither a month nor a fiscal year: "
            "write 2018-19 for a fiscal year, 2018-01 to 2018-12 for a month",
        ),
        ("2018-02-30", "'2018-02-30' is not on the calendar: day is out of range for month"),
        ("0000", "'0000' is not on the calendar: year 0 is out of range"),
        ("before 0001", "'before 0001' is not on the calendar: there is no day before 0001-01-01"),
        ("2020/2018", "'2020/2018' ends before it starts: write the earlier date first"),
        ("../..", f"'../..' has no date in it: write one of {FORMS}"),
        ("2018/", f"'' names no year: write one of {FORMS}; what has no date is a goal"),
        ("2018-Q5", f"'2018-Q5' is not a period: write one of {FORMS}"),
        ("2018-fall", f"'2018-fall' is not a period: write one of {FORMS}"),
        ("20-03-2019", f"'20-03-2019' is not a period: write one of {FORMS}"),
        ("٢٠١٨", f"'٢٠١٨' names no year: write one of {FORMS}; what has no date is a goal"),
        (None, f"'None' names no year: write one of {FORMS}; what has no date is a goal"),
        (1.1, f"'1.1' names no year: write one of {FORMS}; what has no date is a goal"),
    ],
)
def test_what_looks_like_a_period_is_refused_with_a_reason(text: object, message: str) -> None:
    assert refusal(text) == message


def test_what_yaml_makes_of_a_date_is_taken() -> None:
    assert Period.parse(2018) == Period.parse("2018")
    assert Period.parse(date(2018, 10, 1)) == Period.day(date(2018, 10, 1)) == Period.parse("2018-10-01")
    assert Period.parse(Period.parse("2018")) == Period.parse("2018")


def test_voor_20_maart_2019_is_over_on_the_20th() -> None:
    period = Period.parse("before 2019-03-20")
    assert [period.is_over(date(2019, 3, day)) for day in (18, 19, 20)] == [False, False, True]
    assert [period.contains(date(2019, 3, day)) for day in (18, 19, 20)] == [True, True, False]


def test_a_period_without_an_end_is_never_over() -> None:
    period = Period.parse("2025/..")
    assert (period.last_day, period.is_over(date(9999, 12, 31)), period.contains(date(2024, 12, 31))) == (
        date.max,
        False,
        False,
    )


def test_the_quarters_of_a_plan() -> None:
    names = [str(quarter) for quarter in Period.parse("2018-07-01/2020-06-30").quarters()]
    assert names == [
        "2018-Q3", "2018-Q4", "2019-Q1", "2019-Q2", "2019-Q3", "2019-Q4", "2020-Q1", "2020-Q2",
    ]  # fmt: skip
    assert [str(quarter) for quarter in Period.parse("2018-12-31/2019-01-01").quarters()] == ["2018-Q4", "2019-Q1"]
    assert Period.parse("../2028").quarters() == Period.parse("2025/..").quarters() == ()


class Record(BaseModel):
    due: Period


def test_a_model_reads_writes_and_describes_a_period() -> None:
    record = Record.model_validate({"due": "before 2019-03-20"})
    assert record.due == Period("before 2019-03-20", None, date(2019, 3, 19))
    assert record.model_dump_json() == '{"due":"before 2019-03-20"}'
    assert Record.model_validate_json(record.model_dump_json()) == record
    assert Record.model_json_schema()["properties"]["due"]["description"] == f"A period: {FORMS}"
    with pytest.raises(ValidationError, match="'Ongoing' names no year"):
        Record.model_validate({"due": "Ongoing"})


days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
simple = st.one_of(
    days.map(date.isoformat),
    days.map(lambda day: f"{day:%Y-%m}"),
    days.map(lambda day: f"{day:%Y}"),
    st.builds("{}-Q{}".format, st.integers(1900, 2100), st.integers(1, 4)),
    st.builds("{}-H{}".format, st.integers(1900, 2100), st.integers(1, 2)),
    st.builds("{}-{}".format, st.integers(1900, 2100), st.sampled_from(["spring", "summer", "autumn", "winter"])),
    st.integers(1912, 1998).map(lambda year: f"{year}-{(year + 1) % 100:02d}"),
)
ranges = st.builds(lambda first, last: f"{min(first, last)}/{max(first, last)}", days, days)
half_open = st.one_of(simple.map("../{}".format), simple.map("{}/..".format), simple.map("before {}".format))
forms = st.one_of(simple, ranges, half_open)


@settings(deadline=None)
@given(forms)
def test_a_period_reads_back_what_it_writes(text: str) -> None:
    assert Period.parse(str(Period.parse(text))) == Period.parse(text)


@settings(deadline=None)
@given(st.one_of(simple, ranges))
def test_a_closed_period_holds_its_ends_and_nothing_beyond(text: str) -> None:
    period, one = Period.parse(text), timedelta(days=1)
    assert period.earliest
    assert period.latest
    assert period.earliest <= period.latest
    held = [period.earliest - one, period.earliest, period.latest, period.latest + one]
    assert [period.contains(day) for day in held] == [False, True, True, False]


@settings(deadline=None)
@given(forms, days)
def test_a_period_is_over_after_its_last_day(text: str, today: date) -> None:
    period = Period.parse(text)
    assert period.is_over(today) == (today > period.last_day)
    assert not (period.is_over(today) and period.contains(today))


@settings(deadline=None)
@given(simple)
def test_before_ends_the_day_before(text: str) -> None:
    first = Period.parse(text).earliest
    assert first
    assert Period.parse(f"before {text}").latest == first - timedelta(days=1)


@settings(deadline=None)
@given(ranges)
def test_quarters_join_and_cover_a_period(text: str) -> None:
    period = Period.parse(text)
    quarters = period.quarters()
    assert (quarters[0].contains(period.earliest or date.max), quarters[-1].contains(period.last_day)) == (True, True)
    for before, after in pairwise(quarters):
        assert after.earliest == before.last_day + timedelta(days=1)


@settings(deadline=None)
@given(days)
def test_a_day_lies_in_its_quarter(day: date) -> None:
    assert quarter_of(day).contains(day)
    assert quarter_of(day).precision == "quarter"


@settings(deadline=None)
@given(
    st.text(max_size=30)
    | st.from_regex(r"(before )?[0-9]{4}(-[0-9QH]{1,3})?(-[0-9]{2})?(/[0-9.-]{2,10})?", fullmatch=True)
)
def test_any_text_is_read_or_refused_with_advice(text: str) -> None:
    try:
        period = Period.parse(text)
    except PeriodError as error:
        message = str(error)
    else:
        message = f"'{period}': {period.precision}"
    assert ": " in message


def test_a_moment_falls_on_the_day_of_the_people_of_the_plan() -> None:
    assert day_of(datetime(2019, 6, 30, 22, 30, tzinfo=UTC)) == date(2019, 7, 1)
    assert day_of(datetime(2019, 1, 1, 22, 30, tzinfo=UTC)) == date(2019, 1, 1)
