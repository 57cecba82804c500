"""Write how an agreement stands, public at once; and tell organisations what is open, a week before they meet."""

from __future__ import annotations

from datetime import timedelta

from bot import hours, people, rounds
from bot.desk import Desk
from bot.dialogue import Door, Gathered, Reply, Settle, agreements, wording
from bot.messages import say
from monitor import agenda, models, network
from monitor.models import Phase
from monitor.progress import phase

REMINDED = "agreements"
BEFORE = timedelta(days=7)
MOST_DOORS = 8


def settle(desk: Desk, effect: Settle, *, by: models.Person) -> Reply | None:
    """State in public how an agreement stands; what somebody's organisation said last is not written again.

    Raise PermissionError for who may not speak on it.
    """
    known = next((s for s in standings(desk) if _key(s) == (effect.meeting, effect.agreement)), None)
    if known is None or phase(desk.folder.plan, desk.today) is Phase.CLOSED:
        return None
    if not people.may_settle(by, known.agreement, desk.folder):
        raise PermissionError(f"{effect.meeting}: {effect.agreement}: belongs to others: leave it to them")
    if _write(desk, effect, by.organisation):
        desk.private.audit(at=desk.now, actor=by.id, action=f"agreement-{effect.state}", about=effect.meeting)
    return None


def gathered(desk: Desk) -> Gathered:
    """Read what people said of the plan's meetings, up to the day that is spoken of."""
    plan, today = desk.folder.plan.id, desk.today
    settled = desk.storage.all(models.AgreementUpdate, plan=plan)
    proposed = desk.storage.all(models.AgendaItem, plan=plan)
    return Gathered(
        sign_ups=tuple(desk.storage.all(models.SignUp, plan=plan)),
        agenda=tuple(network.shared(proposed, today)),
        settled=tuple(row for row in settled if row.published_on <= today),
        since=network.written(desk.storage.all(models.Version, plan=plan, kind="meeting")),
    )


def standings(desk: Desk) -> list[network.Standing]:
    """Tell how everything stands that was agreed."""
    return gathered(desk).standings(desk.folder, desk.today)


def remind(desk: Desk) -> int:
    """Tell each organisation once, a week before the next meeting, what it agreed and is open; give how many."""
    meeting = _near(desk)
    if meeting is None or not hours.is_open(desk.moment, desk.folder.plan.country):
        return 0
    found = network.still_open(meeting, standings(desk))
    names = dict.fromkeys(s.agreement.organisation for s in found if s.agreement.organisation)
    return sum(_remind(desk, meeting, name, [s for s in found if s.agreement.organisation == name]) for name in names)


def _near(desk: Desk) -> models.Meeting | None:
    if not rounds.is_asking(desk.folder.plan, desk.today):
        return None
    meeting = next(iter(network.coming(desk.folder.meetings, desk.today)), None)
    if meeting is None or not agenda.has_day(meeting) or meeting.date.last_day - BEFORE > desk.today:
        return None
    return meeting


def _remind(desk: Desk, meeting: models.Meeting, organisation: str, found: list[network.Standing]) -> bool:
    key = f"{REMINDED}:{meeting.slug}:{organisation}"
    name = f"{desk.folder.plan.id}/{key}"
    members = [p for p in desk.reachable() if p.organisation == organisation and people.may_attend(p, desk.folder)]
    if not members or desk.storage.get(models.Reminder, id=name):
        return False
    # Queued first, logged after: a crash between the two queues nothing twice, as the key is the same.
    with desk.private.transaction():
        for person in members:
            desk.tell(person, _reminder(desk, meeting, found, person), f"{key}:{person.id}", at_work=True)
    reminder = models.Reminder(
        id=name, plan=desk.folder.plan.id, organisation=organisation, kind=REMINDED, sent_at=desk.now
    )
    return desk.storage.add(reminder)


def _reminder(desk: Desk, meeting: models.Meeting, found: list[network.Standing], person: models.Person) -> Reply:
    language = desk.language(person)
    title = wording.text_of(meeting.title, language)
    opening = say(
        language,
        "agreement.reminder",
        day=wording.period(meeting.date, language),
        title=title,
        organisation=desk.name(person.organisation, language),
    )
    texts = [wording.text_of(standing.agreement.text, language) for standing in found]
    doors = [
        Door(words=say(language, "door.done", text=wording.shorten(text)), action=f"door-done {agreements.code(s)}")
        for s, text in zip(found, texts, strict=True)
    ]
    every = Door(words=say(language, "door.agreements"), action="door-agreements")
    return Reply(
        text="\n".join([opening, *(f"• {text}" for text in texts), say(language, "agreement.reminder-how")]),
        doors=(*doors[:MOST_DOORS], every),
    )


def _write(desk: Desk, effect: Settle, organisation: str | None) -> bool:
    why = {code: say(code, f"excuse.{effect.excuse}") for code in desk.folder.plan.languages} if effect.excuse else None
    with desk.storage.transaction():
        rows = desk.storage.all(models.AgreementUpdate, meeting=effect.meeting, agreement=effect.agreement)
        own = [row for row in rows if row.organisation == organisation]
        if own and (own[-1].state, own[-1].text) == (effect.state, why):
            return False
        return desk.storage.add(
            models.AgreementUpdate(
                id=f"{effect.meeting}/{effect.agreement}/{len(rows) + 1}",
                plan=desk.folder.plan.id,
                meeting=effect.meeting,
                agreement=effect.agreement,
                organisation=organisation,
                state=effect.state,
                text=why,
                published_on=desk.today,
                recorded_at=desk.now,
            )
        )


def _key(standing: network.Standing) -> network.Key:
    return standing.meeting.id, standing.agreement.id
