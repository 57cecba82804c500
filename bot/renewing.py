"""Tell people a month before that their role ends, or that we forget what they follow; once."""

from __future__ import annotations

from datetime import datetime

from bot import forgetting, hours, people
from bot.desk import Desk
from bot.dialogue import Reply
from bot.dialogue.drafts import SENT_BY_ITSELF
from bot.messages import say
from monitor import models, words
from monitor.periods import Period, day_of

REMINDED, READS_ONLY = "role-ends", "follow-ends"


def remind(desk: Desk) -> int:
    """Tell whose role ends within a month, and how it is renewed; give how many people were told."""
    if not desk.is_live:
        return 0
    soon = [person for person in desk.private.all(models.Person) if people.ends_soon(person, day_of(desk.now))]
    return sum(_remind(desk, person) for person in soon)


def remind_readers(desk: Desk) -> int:
    """Tell who follows something and only reads that they are about to be forgotten; give how many were told."""
    if not hours.is_awake(desk.now):
        return 0
    following = {sub.person for sub in desk.private.all(models.Subscription)}
    active = desk.private.last_active()
    readers = [person for person in desk.reachable() if person.id in following and person.channel in SENT_BY_ITSELF]
    return sum(_remind_reader(desk, person, active[person.id]) for person in readers)


def _remind_reader(desk: Desk, person: models.Person, active: datetime) -> int:
    goes = forgetting.forgotten_at(person, active, desk.days)
    if not goes - min(people.TOLD_BEFORE, (goes - active) / 2) <= desk.now < goes:
        return 0
    about, language = f"{person.id} {day_of(goes)}", desk.language(person)
    with desk.private.transaction():
        if desk.private.count(models.AuditEntry, action=READS_ONLY, about=about):
            return 0
        desk.private.audit(at=desk.now, actor="schedule", action=READS_ONLY, about=about)
        text = say(language, READS_ONLY, day=words.of(language).period(Period.day(day_of(goes))))
        desk.tell(person, Reply(text=text), f"{READS_ONLY}:{about}")
    return 1


def _remind(desk: Desk, person: models.Person) -> int:
    about = f"{person.id} {people.role_until(person)}"
    with desk.private.transaction():
        if desk.private.count(models.AuditEntry, action=REMINDED, about=about):
            return 0
        desk.private.audit(at=desk.now, actor="schedule", action=REMINDED, about=about)
        if person.reachable:
            desk.tell(person, Reply(text=_words(desk, person, "role-ends", person)), f"{REMINDED}:{about}")
        for other in desk.coordinators():
            if other.id != person.id:
                reply = Reply(text=_words(desk, person, "role-ends-other", other))
                desk.tell(other, reply, f"{REMINDED}:{about}:{other.id}")
    return 1


def _words(desk: Desk, person: models.Person, name: str, reader: models.Person) -> str:
    language, until = desk.language(reader), people.role_until(person)
    return say(
        language,
        name,
        role=say(language, f"role.{person.role}", organisation=desk.name(person.organisation, language)),
        day=words.of(language).period(Period.day(until)) if until else "",
        coordinator=desk.name(desk.folder.plan.coordinator, language),
        menu=say(language, "menu.invite"),
    )
