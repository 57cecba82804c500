"""Carry out what a round asks: one message for each organisation, at working hours, logged in public, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot import hours, leads, rounds
from bot.desk import Desk, agenda_page, pages
from bot.dialogue import Door, Reply, asked, wording
from bot.messages import say
from bot.rounds import Ask, Closing, Facts, Queued
from monitor import models, progress, words
from monitor.periods import Period, day_of


def ask_leads(desk: Desk) -> int:
    """Close what is over, and queue today's questions and reminders; give how many messages to organisations."""
    log_sent(desk)
    if not hours.is_open(desk.moment, desk.folder.plan.country) or not _has_work(desk):
        return 0
    people = leads.of_each(desk)
    facts = facts_of(desk, people)
    closings = rounds.due_closings(facts)
    for closing in closings:
        _close(desk, closing)
    asks = rounds.due_asks(facts)
    for ask in asks:
        _send(desk, ask, people[ask.organisation])
    return len(asks) + sum(bool(closing.silent) for closing in closings)


def log_sent(desk: Desk) -> int:
    """Log in public which messages reached somebody, so that silence counts from then; give how many.

    What was queued and did not go out asked nobody; what went out after its round closed does not count either.
    """
    if not _has_work(desk):
        return 0
    facts = facts_of(desk)
    last = rounds.quarter_before(desk.today)
    with desk.storage.transaction():
        if any(q.about == str(last) for q in facts.queued) and not any(one.quarter == last for one in facts.rounds):
            _open(desk, last)
        return sum(desk.storage.add(row) for row in _reached(desk, facts))


def _reached(desk: Desk, facts: Facts) -> Iterator[models.Reminder]:
    """Give what there is to log, of the one who was reached first."""
    known = {row.id for row in facts.reminders}
    counting = {str(one.quarter) for one in facts.rounds if one.closed_at is None}
    for queued in sorted((q for q in facts.queued if q.sent_at), key=lambda q: str(q.sent_at)):
        for row in _reminders(desk, queued, queued.sent_at):
            if row.id not in known and (row.kind == rounds.DUE or row.round in counting):
                known.add(row.id)
                yield row


def facts_of(desk: Desk, people: dict[str, list[models.Person]] | None = None) -> Facts:
    """Read what is known today of who was asked and who answered: of rounds that are open, and of the last one."""
    plan, last = desk.folder.plan.id, rounds.quarter_before(desk.today)
    known = {one.id: one for one in desk.storage.all(models.Round, plan=plan, closed_at=None)}
    known |= {one.id: one for one in desk.storage.all(models.Round, plan=plan, quarter=str(last))}
    reminders = desk.storage.all(models.Reminder, plan=plan, kind=rounds.DUE)
    for one in known.values():
        reminders += desk.storage.all(models.Reminder, plan=plan, round=str(one.quarter))
    return Facts(
        folder=desk.folder,
        today=desk.today,
        bound={organisation: day_of(leads.bound_at(found)) for organisation, found in (people or {}).items()},
        updates=progress.as_of(desk.storage.all(models.Update, plan=plan), desk.today),
        reports=[r for state in rounds.PENDING for r in desk.private.all(models.Report, plan=plan, state=state)],
        rounds=sorted(known.values(), key=lambda one: one.quarter.last_day),
        reminders=reminders,
        queued=[
            rounds.Queued.of(*found)
            for kind in (models.ASKED, models.ASKED_AGAIN, rounds.DUE)
            for found in desk.private.queued(kind)
        ],
    )


def _has_work(desk: Desk) -> bool:
    """Tell whether anything can be asked or closed, without reading all that is known."""
    plan = desk.folder.plan
    return rounds.is_asking(plan, desk.today) or bool(desk.storage.count(models.Round, plan=plan.id, closed_at=None))


def _send(desk: Desk, ask: Ask, people: Iterable[models.Person]) -> None:
    # Queued now and logged by ``log_sent``, once somebody got it.
    with desk.private.transaction():
        for person in people:
            question = _question(desk, ask, desk.language(person))
            desk.tell(person, question, f"{ask.key}:{person.id}", at_work=True)
    if ask.quarter:
        with desk.storage.transaction():
            _open(desk, ask.quarter)


def _open(desk: Desk, quarter: Period) -> None:
    plan = desk.folder.plan.id
    desk.storage.add(models.Round(id=f"{plan}/{quarter}", plan=plan, quarter=quarter, opened_at=desk.moment))


def _close(desk: Desk, closing: Closing) -> None:
    """Tell the coordinator once who gave no message, and close the round."""
    plan, quarter = desk.folder.plan, closing.round.quarter
    told = desk.coordinators() if closing.silent else []
    with desk.private.transaction():
        for person in told:
            key = f"{rounds.MISSING}:{quarter}:{person.id}"
            desk.tell(person, _told_silent(desk, closing, desk.language(person)), key, at_work=True)
    with desk.storage.transaction():
        if told:
            desk.storage.add(reminder(desk, rounds.MISSING, plan.coordinator, str(quarter), round_=str(quarter)))
        desk.storage.put(closing.round.model_copy(update={"closed_at": desk.moment}))


def reminder(
    desk: Desk,
    kind: str,
    organisation: str,
    about: str,
    *,
    round_: str | None = None,
    record: str | None = None,
    sent_at: datetime | None = None,
) -> models.Reminder:
    """Log in public that an organisation was asked or told something."""
    plan = desk.folder.plan.id
    return models.Reminder(
        id=f"{plan}/{kind}:{about}:{organisation}",
        plan=plan,
        round=round_,
        organisation=organisation,
        kind=kind,
        commitment=record,
        # Where the day is moved, the clock by which messages go out says nothing of it.
        sent_at=sent_at if sent_at and desk.moment == desk.now else desk.moment,
    )


def _reminders(desk: Desk, queued: Queued, sent_at: datetime | None) -> list[models.Reminder]:
    kind, organisation = queued.kind, queued.organisation
    if not queued.names:
        return [reminder(desk, kind, organisation, queued.about, round_=queued.about, sent_at=sent_at)]
    return [reminder(desk, kind, organisation, name, record=name, sent_at=sent_at) for name in queued.names]


def _question(desk: Desk, ask: Ask, language: str) -> Reply:
    lines = _of_quarter(desk, ask, ask.quarter, language) if ask.quarter else _of_due_dates(desk, ask, language)
    if page := agenda_page(desk.folder, desk.site, language, organisation=ask.organisation, today=desk.today):
        lines.append(say(language, "round.agenda", page=page))
    doors = _doors(ask, language)
    return Reply(text="\n".join(lines), question=say(language, "round.how"), doors=doors)


def _of_quarter(desk: Desk, ask: Ask, quarter: Period, language: str) -> list[str]:
    said = words.of(language)
    name = "round.again" if ask.kind == models.ASKED_AGAIN else "round.ask"
    opened = desk.storage.get(models.Round, id=f"{desk.folder.plan.id}/{quarter}")
    until = rounds.deadline(opened) if opened else progress.answer_by(quarter, desk.today)
    listed = [wording.titled(desk.folder, record, language) for record in ask.about]
    last = say(language, "round.until", day=said.period(Period.day(until)))
    return [say(language, name, quarter=said.period(quarter)), *listed, last]


def _of_due_dates(desk: Desk, ask: Ask, language: str) -> list[str]:
    due = {models.milestone_id(c.plan, m.number): m.due for c in desk.folder.commitments for m in c.milestones}
    said = words.of(language)
    listed = [
        say(
            language,
            "round.due-line",
            about=wording.titled(desk.folder, name, language),
            day=said.period(Period.day(due[name].last_day)),
        )
        for name in ask.about
    ]
    return [say(language, "round.due"), *listed]


def _doors(ask: Ask, language: str) -> tuple[Door, ...]:
    if ask.quarter is None:
        numbers = [name.rpartition("/")[2] for name in ask.about]
        return tuple(
            Door(words=say(language, "round.report", number=number), action=f"{asked.DOOR_STEP} {number}")
            for number in numbers
        )
    return tuple(
        Door(words=text, action=f"{asked.DOOR}{action}")
        for record in ask.about
        for action, text in asked.answers_to(record, ask.quarter, language)
    )


def silent_line(desk: Desk, organisation: str, records: Iterable[str], language: str) -> str:
    """Name an organisation and its commitments of which no message came."""
    numbers = ", ".join(str(int(record.rpartition("/")[2])) for record in records)
    return say(language, "round.silent-line", organisation=desk.name(organisation, language), numbers=numbers)


def _told_silent(desk: Desk, closing: Closing, language: str) -> Reply:
    quarter = words.of(language).period(closing.round.quarter)
    listed = [silent_line(desk, organisation, records, language) for organisation, records in closing.silent.items()]
    page = pages(desk.folder, desk.site, language)["freshness"]
    last = say(language, "round.silent-page", page=page)
    return Reply(text="\n".join([say(language, "round.silent", quarter=quarter), *listed, last]))
