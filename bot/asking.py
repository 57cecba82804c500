"""Carry out what a round asks: one message to each person of the organisation, logged in public, once."""

from __future__ import annotations

from datetime import date

from bot import rounds
from bot.desk import Desk
from bot.dialogue import Reply, wording
from bot.messages import say
from bot.rounds import Ask
from monitor import models, progress, words
from monitor.periods import Period

ASKED = (models.Role.LEAD, models.Role.PIONEER, models.Role.COORDINATOR)


def ask_leads(desk: Desk) -> int:
    """Queue today's questions and reminders; give how many organisations were asked."""
    people = [p for p in desk.reachable() if p.role in ASKED and p.organisation]
    plan = desk.folder.plan.id
    asks = rounds.due_asks(
        desk.folder,
        today=desk.today,
        bound=_bound(people),
        updates=progress.as_of(desk.storage.all(models.Update, plan=plan), desk.today),
        waiting=desk.private.all(models.Report, plan=plan, state=models.ReportState.WAITING),
        reminders=desk.storage.all(models.Reminder, plan=plan),
    )
    for ask in asks:
        _send(desk, ask, [person for person in people if person.organisation == ask.organisation])
    return len(asks)


def _bound(people: list[models.Person]) -> dict[str, date]:
    found: dict[str, date] = {}
    for person in people:
        day = person.created_at.date()
        name = str(person.organisation)
        found[name] = min(found.get(name, day), day)
    return found


def _send(desk: Desk, ask: Ask, people: list[models.Person]) -> None:
    # Queued first, logged after: a crash between the two queues nothing twice, as the key is the same.
    with desk.private.transaction():
        for person in people:
            reply = _question(desk, ask, person.language or desk.folder.plan.languages[0])
            desk.private.queue(person.id, reply, key=f"{ask.key}:{person.id}", revision=0, now=desk.now)
    with desk.storage.transaction():
        if ask.quarter:
            opened = models.Round(
                id=f"{desk.folder.plan.id}/{ask.quarter}",
                plan=desk.folder.plan.id,
                quarter=ask.quarter,
                opened_at=desk.now,
            )
            desk.storage.add(opened)
        desk.storage.add(_reminder(desk, ask))


def _reminder(desk: Desk, ask: Ask) -> models.Reminder:
    return models.Reminder(
        id=f"{desk.folder.plan.id}/{ask.key}",
        plan=desk.folder.plan.id,
        round=str(ask.quarter) if ask.quarter else None,
        organisation=ask.organisation,
        kind=ask.kind,
        commitment=ask.about[0] if ask.kind == rounds.DUE else None,
        sent_at=desk.now,
    )


def _question(desk: Desk, ask: Ask, language: str) -> Reply:
    said = words.of(language)
    if ask.due:
        opening = say(language, "round.due", day=said.period(Period.day(ask.due)))
    else:
        name = "round.again" if ask.kind == rounds.AGAIN else "round.ask"
        opening = say(language, name, quarter=said.period(ask.quarter) if ask.quarter else "")
    listed = [wording.titled(desk.folder, name, language) for name in ask.about]
    return Reply(text="\n".join([opening, *listed]), question=say(language, "round.how"))
