"""How agreements stand, which meeting comes next, who signed up: pure rules on whole values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor import models, network
from monitor.models import AgreementState
from monitor.network import Statement

TODAY = date(2027, 2, 20)
THEN = datetime(2027, 1, 5, 9, tzinfo=UTC)


def a_meeting(day: str, *agreements: str, **values: Any) -> models.Meeting:
    given = {"plan": "p", "slug": day, "kind": "network", "title": {"nl": day}, "date": day}
    agreed = [{"id": name, "text": {"nl": name}} for name in agreements]
    return models.Meeting.model_validate(given | {"agreements": agreed} | values)


def said(state: str, day: date, **values: Any) -> models.AgreementUpdate:
    given = {"id": f"{state}-{day}", "plan": "p", "meeting": "p/2026-11-20", "agreement": "a", "state": state}
    return models.AgreementUpdate.model_validate(given | {"published_on": day, "recorded_at": THEN} | values)


def stand(*updates: models.AgreementUpdate, since: dict[network.Key, datetime] | None = None, **values: Any) -> Any:
    meeting = a_meeting("2026-11-20", "a")
    agreement = meeting.agreements[0].model_copy(update=values)
    meeting = meeting.model_copy(update={"agreements": (agreement,)})
    [standing] = network.standings([meeting], updates, since=since or {}, today=TODAY)
    return standing


def test_an_agreement_nobody_spoke_of_is_open() -> None:
    standing = stand()
    assert (standing.states, standing.is_open, standing.statements) == ((AgreementState.OPEN,), True, ())


def test_the_newest_statement_counts_and_the_older_one_stays() -> None:
    early, late = date(2026, 12, 1), date(2027, 1, 3)
    standing = stand(said("done", late, organisation="o"), said("open", early, text={"nl": "Half."}))
    assert standing.states == (AgreementState.DONE,)
    assert not standing.is_open
    assert standing.statements == (
        Statement(AgreementState.DONE, late, "o"),
        Statement(AgreementState.OPEN, early, None, {"nl": "Half."}),
    )


def test_statements_of_one_day_that_contradict_each_other_both_count() -> None:
    day = date(2027, 1, 3)
    later = said("open", day, recorded_at=THEN.replace(hour=10))
    standing = stand(said("done", day), later, said("dropped", date(2026, 12, 1)))
    assert standing.states == (AgreementState.OPEN, AgreementState.DONE)
    assert standing.is_open


def test_open_in_the_file_says_nothing_against_what_was_said_later() -> None:
    since = {("p/2026-11-20", "a"): THEN.replace(year=2028)}
    assert stand(said("done", date(2027, 1, 3)), since=since).states == (AgreementState.DONE,)


@pytest.mark.parametrize(("day", "states"), [(date(2027, 1, 4), ["done"]), (date(2027, 1, 6), ["open"])])
def test_what_the_file_says_counts_from_the_day_it_says_so(day: date, states: list[str]) -> None:
    since = {("p/2026-11-20", "a"): THEN}
    standing = stand(said("open", day), since=since, state=AgreementState.DONE)
    assert [str(state) for state in standing.states] == states
    assert [one.from_file for one in standing.statements] == ([True, False] if states == ["done"] else [False, True])


def test_versions_tell_since_when_the_file_says_so() -> None:
    first = a_meeting("2026-11-20", "a", "b")
    done = first.agreements[0].model_copy(update={"state": AgreementState.DONE})
    second = first.model_copy(update={"agreements": (done, first.agreements[1])})
    third = second.model_copy(update={"place": "Voorbeeldstad"})
    versions = [
        models.Version(
            id=str(number),
            plan="p",
            kind="meeting",
            record=first.id,
            content=meeting.model_dump_json(exclude_defaults=True) if meeting else None,
            role="coordinator",
            recorded_at=THEN.replace(day=number),
        )
        for number, meeting in enumerate((first, second, None, third), start=1)
    ]
    assert network.written(versions) == {
        (first.id, "a"): THEN.replace(day=2),
        (first.id, "b"): THEN.replace(day=1),
    }


def test_open_ones_come_first_then_the_newest_meeting() -> None:
    meetings = [a_meeting("2026-05-12", "old"), a_meeting("2026-11-20", "a", "b"), a_meeting("2027-03-18", "to-come")]
    found = network.standings(meetings, [said("done", TODAY)], since={}, today=TODAY)
    assert [standing.agreement.id for standing in found] == ["b", "old", "a"]


def test_open_ones_come_back_at_the_next_meetings_of_their_kind() -> None:
    first, second = a_meeting("2026-11-20", "a"), a_meeting("2027-03-18")
    other = a_meeting("2027-03-19", kind="owners")
    found = network.standings([first], [], since={}, today=TODAY)
    assert [s.agreement.id for s in network.still_open(second, found)] == ["a"]
    assert network.still_open(first, found) == network.still_open(other, found) == []
    done = network.standings([first], [said("done", TODAY)], since={}, today=TODAY)
    assert network.still_open(second, done) == []


def test_a_meeting_of_today_is_coming_and_held() -> None:
    past, now, next_year = a_meeting("2026-11-20"), a_meeting(str(TODAY)), a_meeting("2028")
    meetings = [next_year, past, now]
    assert network.coming(meetings, TODAY) == [now, next_year]
    assert network.held(meetings, TODAY) == [now, past]


def test_what_was_agreed_last_is_of_the_last_meeting_that_agreed_or_decided() -> None:
    agreed, decided = a_meeting("2026-05-12", "a"), a_meeting("2026-11-20", decisions=[{"nl": "Ja."}])
    silent, to_come = a_meeting("2027-01-10"), a_meeting("2027-03-18", "b")
    assert network.agreed_last([agreed, decided, silent, to_come], TODAY) == decided
    assert network.agreed_last([silent, to_come], TODAY) is None


def test_the_newest_sign_up_of_an_organisation_counts() -> None:
    def sign_up(organisation: str, people: int, hour: int, gone: datetime | None = None) -> models.SignUp:
        return models.SignUp(
            id=f"{organisation}{hour}",
            plan="p",
            meeting="m",
            organisation=organisation,
            people=people,
            withdrawn_at=gone,
            recorded_at=THEN.replace(hour=hour),
        )

    rows = [sign_up("a", 1, 1), sign_up("b", 2, 2), sign_up("a", 3, 3), sign_up("b", 2, 4, gone=THEN)]
    rows.append(sign_up("c", 4, 5, gone=THEN.replace(month=6)))
    assert network.signed_up(rows, TODAY) == {"a": 3, "c": 4}
    assert network.signed_up([], TODAY) == {}
