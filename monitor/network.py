"""What the network agreed and how that stands, what it shares, which meeting comes next, who signed up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from monitor import models
from monitor.models import AgreementState, TicketState
from monitor.periods import day_of

# An agreement is known by its meeting's id and its own id within that meeting.
Key = tuple[str, str]
S = TypeVar("S", bound=models.Shared)
# After this long a question that nobody answered is put to the coordinator.
ANSWERED_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Statement:
    """What was said of an agreement's state, since when; by the plan's file where ``from_file``."""

    state: AgreementState
    on: date
    organisation: str | None = None
    text: models.Text | None = None
    from_file: bool = False


@dataclass(frozen=True)
class Standing:
    """How an agreement stands: what was said of it, the newest first. Nothing said means open."""

    meeting: models.Meeting
    agreement: models.Agreement
    statements: tuple[Statement, ...] = ()

    @property
    def states(self) -> tuple[AgreementState, ...]:
        """Give its state; several where statements of the newest day contradict each other.

        What an organisation said later that day takes the place of what it said before.
        """
        newest: list[AgreementState] = []
        spoke: set[str] = set()
        for said in self.statements:
            if said.on == self.statements[0].on and said.organisation not in spoke:
                newest.append(said.state)
                spoke |= {said.organisation} if said.organisation else set()
        return tuple(dict.fromkeys(newest)) or (AgreementState.OPEN,)

    @property
    def is_open(self) -> bool:
        """Tell whether it comes back: one statement that it is done does not close what another leaves open."""
        return AgreementState.OPEN in self.states


def coming(meetings: Iterable[models.Meeting], today: date) -> list[models.Meeting]:
    """List the meetings that are not over, the next one first; today's is among them."""
    return sorted((m for m in meetings if not m.date.is_over(today)), key=_day)


def held(meetings: Iterable[models.Meeting], today: date) -> list[models.Meeting]:
    """List the meetings whose last day came, the last one first; today's is among them."""
    return sorted((m for m in meetings if m.date.last_day <= today), key=_day, reverse=True)


def standings(
    meetings: Iterable[models.Meeting],
    updates: Iterable[models.AgreementUpdate],
    *,
    since: Mapping[Key, datetime],
    today: date,
) -> list[Standing]:
    """Tell how everything stands that was agreed up to a day: the open ones first, then the newest meeting's.

    ``since`` tells from when the files say of an agreement what they say now; see ``written``.
    """
    said: dict[Key, list[tuple[date, datetime, Statement]]] = {}
    for row in updates:
        statement = Statement(row.state, row.published_on, row.organisation, row.text)
        said.setdefault((row.meeting, row.agreement), []).append((row.published_on, row.recorded_at, statement))
    found = []
    for meeting in held(meetings, today):
        for agreement in meeting.agreements:
            key = (meeting.id, agreement.id)
            rows = [*said.get(key, ()), *_of_file(agreement, since.get(key))]
            newest = sorted(rows, key=lambda row: row[:2], reverse=True)
            found.append(Standing(meeting, agreement, tuple(statement for *_, statement in newest)))
    return sorted(found, key=lambda standing: not standing.is_open)


def written(versions: Iterable[models.Version]) -> dict[Key, datetime]:
    """Tell from when the files say of each agreement what they say now, from every version of the meetings."""
    states: dict[Key, AgreementState] = {}
    since: dict[Key, datetime] = {}
    for version in versions:
        if version.kind != "meeting" or version.content is None:
            continue
        for agreement in models.Meeting.model_validate_json(version.content).agreements:
            key = (version.record, agreement.id)
            if states.get(key) is not agreement.state:
                states[key], since[key] = agreement.state, version.recorded_at
    return since


def still_open(meeting: models.Meeting, found: Iterable[Standing]) -> list[Standing]:
    """List what earlier meetings of the same kind agreed and is open."""
    earlier = (s for s in found if s.meeting.kind is meeting.kind and _day(s.meeting) < _day(meeting))
    return [standing for standing in earlier if standing.is_open]


def agreed_last(meetings: Iterable[models.Meeting], today: date) -> models.Meeting | None:
    """Give the last meeting that agreed or decided something, None where none did."""
    return next((m for m in held(meetings, today) if m.agreements or m.decisions), None)


def signed_up(rows: Sequence[models.SignUp], today: date) -> dict[str, int]:
    """Tell how many people each organisation brings; its newest sign-up counts, and not once it is withdrawn."""
    newest = {row.organisation: row for row in sorted(rows, key=lambda row: row.recorded_at)}
    gone = {name for name, row in newest.items() if row.withdrawn_at and day_of(row.withdrawn_at) <= today}
    return {name: row.people for name, row in newest.items() if name not in gone}


def shared(rows: Iterable[S], today: date) -> list[S]:
    """Keep what members shared up to a day and did not withdraw by then."""
    return [row for row in rows if row.published_on <= today and not _is_withdrawn(row, today)]


def unanswered(
    questions: Iterable[models.Question], answers: Iterable[models.Answer], today: date
) -> list[models.Question]:
    """List the open questions that nobody answered within two weeks, the oldest first."""
    answered = {answer.question for answer in shared(answers, today)}
    left = [q for q in shared(questions, today) if q.id not in answered and q.state is TicketState.OPEN]
    late = [question for question in left if question.published_on + ANSWERED_WITHIN <= today]
    return sorted(late, key=lambda question: (question.published_on, question.id))


def _is_withdrawn(row: models.Shared, today: date) -> bool:
    return row.withdrawn_at is not None and day_of(row.withdrawn_at) <= today


def _of_file(agreement: models.Agreement, since: datetime | None) -> list[tuple[date, datetime, Statement]]:
    # "open" in a file is how an agreement begins: it contradicts nothing that was said of it later.
    if agreement.state is AgreementState.OPEN or since is None:
        return []
    day = day_of(since)
    return [(day, since, Statement(agreement.state, day, from_file=True))]


def _day(meeting: models.Meeting) -> tuple[date, str]:
    return meeting.date.last_day, meeting.slug
