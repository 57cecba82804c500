"""What people told in the invented plan of the demo, played with the bot's own code at the times of its story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot import asking, conversation, people, review, tickets
from bot.desk import Desk
from bot.dialogue import Close, Decide, Draft
from bot.terminal_channel import CHANNEL
from monitor import models
from monitor.demo import PLAN, Said, at, read_story
from monitor.models import ReportState, Role
from monitor.periods import day_of
from monitor.settings import Settings

Scene = tuple[datetime, Callable[[Desk], object]]


def play(settings: Settings) -> None:
    """Play the story in a new example folder: leads are asked, people report, others check and answer."""
    story = read_story()
    # One transaction: a demo that is half made is thrown away, and a commit for each scene takes most of the time.
    with conversation.open_desk(settings) as desk, desk.private.transaction(), desk.storage.transaction():
        _let_in(desk)
        scenes: list[Scene] = [(at(day), _ask) for day in story.asked]
        scenes += [(at(day), asking.ask_leads) for day in story.closed]
        for said in story.reports:
            scenes += _scenes(said)
        for moment, happen in sorted(scenes, key=lambda scene: scene[0]):
            happen(replace(desk, now=moment, today=day_of(moment)))
        review.refresh_queue(desk)


def _let_in(desk: Desk) -> None:
    """Let a lead of each organisation that confirmed its commitments in, on the day it did."""
    for commitment in desk.folder.commitments:
        for lead in commitment.leads:
            if lead.confirmed_on:
                _person(replace(desk, now=at(lead.confirmed_on)), f"{Role.LEAD}:{lead.organisation}")


def _ask(desk: Desk) -> None:
    """Ask leads on a day; what was told them before was read by then.

    They read it the same day, as only that counts as asked; whoever plays a lead finds the last question again.
    """
    for person in desk.reachable():
        desk.private.collect(person.id, desk.now)
    asking.ask_leads(desk)
    told = desk.private.all(models.Delivery, state="queued")
    for message in told:
        desk.private.settle(message.id, "sent", now=desk.now)
    asking.log_sent(desk)
    for message in told:
        desk.private.settle(message.id, "queued", now=desk.now)


def _scenes(said: Said) -> list[Scene]:
    scenes: list[Scene] = [(said.at, partial(_send, said=said))]
    if said.by and said.decided:
        scenes.append((at(said.decided), partial(_decide, said=said, by=said.by)))
    if said.by and said.answer and said.answered:
        scenes.append((at(said.answered), partial(_answer, said=said, by=said.by)))
    return scenes


def _send(desk: Desk, said: Said) -> None:
    person = _person(desk, said.role)
    # Whoever comes to report reads what waited for them.
    desk.private.collect(person.id, desk.now)
    conversation.submit(desk, person, draft_of(said))


def _decide(desk: Desk, said: Said, by: str) -> None:
    state = ReportState.RETURNED if said.returned else ReportState.ACCEPTED
    name = draft_of(said).report_id(PLAN)
    report = desk.private.get(models.Report, id=name)
    reviewer = _person(desk, by)
    desk.private.collect(reviewer.id, desk.now)
    if report:
        review.decide(desk, report, Decide(report=name, state=state, question=said.returned), by=reviewer)


def _answer(desk: Desk, said: Said, by: str) -> None:
    name = draft_of(said).report_id(PLAN)
    closing = Close(ticket=name, text=said.answer or "", language=said.language, outcome=said.outcome)
    tickets.close(desk, closing, by=_person(desk, by))


def draft_of(said: Said) -> Draft:
    """Give what somebody said as the draft that the conversation would have made of it."""
    commitment = f"{PLAN}/{said.commitment}" if said.commitment else None
    if said.milestone:
        commitment = models.commitment_of(f"{PLAN}/{said.milestone}")
    about = None if said.about is None else f"{PLAN}/{said.about}".rstrip("/")
    return Draft(
        key=said.key,
        kind=said.kind,
        about=Draft(key=said.question).report_id(PLAN) if said.question else about,
        commitment=commitment,
        milestone=said.milestone,
        text=said.text,
        language=said.language,
        unchanged=said.unchanged,
        completion=said.completion,
        obstacle=said.obstacle,
        evidence=said.evidence,
        speaks_of=said.speaks_of,
    )


def _person(desk: Desk, role: str) -> models.Person:
    """Give the one who plays a role in the terminal, so that `make chat AS=…` goes on where the story ends."""
    identity = people.parse_identity(role, desk.folder)
    return desk.private.welcome(
        CHANNEL, str(identity), now=desk.now, role=identity.role, organisation=identity.organisation
    )
