"""A clock that walks through a plan hour by hour, with people who answer or do not; gives what was sent by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from bot import extension
from bot.conversation import Incoming, converse, submit
from bot.desk import Desk
from bot.dialogue import Decide, Draft
from bot.review import decide, refresh_queue
from monitor import models
from monitor.extension import Job
from monitor.models import ReportState, Role
from monitor.periods import TIME_ZONE, day_of
from monitor.settings import Settings

HOUR = timedelta(hours=1)
# What hands over what is queued, and what forgets, tell nobody anything; all other jobs of the bot run in a walk.
SILENT_JOBS = {"delivery", "retention"}
# At night a job runs once, which is enough to see that it leaves people alone.
WAKEFUL = {3, *range(8, 22)}
SAME_EVERYWHERE = ("Uw data voor", "Hoe recent alles is", "U kunt antwoorden")
Happening = tuple[str, Callable[[Desk], object]]


def local(written: str) -> datetime:
    """Read a moment of the local clock."""
    return datetime.fromisoformat(written).replace(tzinfo=TIME_ZONE).astimezone(UTC)


def at(desk: Desk, moment: datetime) -> Desk:
    """Give the desk as it is at a moment."""
    return replace(desk, now=moment, today=day_of(moment))


def bind(role: Role, organisation: str) -> Callable[[Desk], object]:
    """Let somebody come in."""

    def happen(desk: Desk) -> None:
        address = f"{role}:{organisation}"
        desk.private.welcome("web", address, now=desk.now, role=role, organisation=organisation, bound_at=desk.moment)

    return happen


def tap(organisation: str, *doors: str) -> Callable[[Desk], object]:
    """Let the lead of an organisation tap buttons of a round and confirm each; another organisation accepts it."""

    def happen(desk: Desk) -> None:
        lead = next(p for p in desk.private.all(models.Person, organisation=organisation) if p.role is Role.LEAD)
        for door in doors:
            converse(desk, lead, Incoming(action=door))
            converse(desk, lead, Incoming(text="ja"))
        accept_all(desk)

    return happen


def report(organisation: str, commitment: str, **said: object) -> Callable[[Desk], object]:
    """Let the lead of an organisation send a report about today, which waits for review."""

    def happen(desk: Desk) -> None:
        lead = next(p for p in desk.private.all(models.Person, organisation=organisation) if p.role is Role.LEAD)
        facts = {"commitment": commitment, "milestone": "", "text": "Het vordert.", "language": "nl"} | said
        draft = Draft.model_validate({"key": f"{commitment}:{desk.now}", **facts})
        with desk.private.transaction():
            submit(desk, lead, draft)
        refresh_queue(desk)

    return happen


def accept_all(desk: Desk) -> None:
    """Accept what waits, by whoever may."""
    for report in desk.private.all(models.Report, state=ReportState.WAITING):
        by = next(p for p in desk.private.all(models.Person) if p.role is Role.REVIEWER)
        with desk.private.transaction():
            decide(desk, report, Decide(report=report.id, state=ReportState.ACCEPTED), by=by)
    refresh_queue(desk)


@dataclass(frozen=True)
class Walk:
    """From when until when the clock walks, and what people do on the way."""

    start: datetime
    end: datetime
    happenings: Sequence[Happening] = ()

    def run(self, desk: Desk, settings: Settings) -> list[str]:
        """Give what was sent by itself, as lines: moment, to whom, what."""
        jobs = [job for job in extension.Bot().jobs(settings) if job.name not in SILENT_JOBS]
        coming = sorted((local(when), number, do) for number, (when, do) in enumerate(self.happenings))
        sent: list[str] = []
        moment = self.start
        while moment < self.end:
            while coming and coming[0][0] <= moment:
                when, _, do = coming.pop(0)
                do(at(desk, when))
                list(_taken(desk))
            if moment.astimezone(TIME_ZONE).hour in WAKEFUL:
                _run(jobs, at(desk, moment), settings)
                sent += _taken(desk)
            moment += HOUR
        return sent


def _run(jobs: Sequence[Job], desk: Desk, settings: Settings) -> None:
    """Run jobs at the moment of a desk, in the place of that of the clock."""

    @contextmanager
    def opened(_: Settings) -> Iterator[Desk]:
        yield desk

    with patch.object(extension, "open_desk", opened):
        for job in jobs:
            job.run(settings)


def _taken(desk: Desk) -> Iterator[str]:
    """Take the messages that wait, as lines."""
    people = {person.id: person for person in desk.private.all(models.Person)}
    for message in desk.private.all(models.Delivery, state="queued", order="position"):
        local_time = f"{message.created_at.astimezone(TIME_ZONE):%a %Y-%m-%d %H:%M}"
        yield f"{local_time} {people[message.person].address}: {_short(message.id, message.payload['reply'])}"
        desk.private.settle(message.id, "sent", now=message.created_at)


def _short(key: str, reply: dict[str, Any]) -> str:
    """Give kind and subject of a message, and the lines of it that name things."""
    kind, about, *_ = key.split(":")
    if kind == "digest":
        return f"digest: {reply['heading']}"
    if kind.startswith("alarm"):
        return f"{kind}: {reply['text'].splitlines()[0]}"
    named = [re.sub(r" ?https://.*", "", line) for line in reply["text"].splitlines()[1:]]
    told = " / ".join(line for line in named if line and not line.startswith(SAME_EVERYWHERE))
    return f"{kind}: {told}" if kind == "due" else f"{kind} {about}: {told}"
