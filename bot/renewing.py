"""Tell people a month before that their role ends, and those who coordinate the plan too; once."""

from __future__ import annotations

from bot import people
from bot.desk import Desk
from bot.dialogue import Reply
from bot.messages import say
from monitor import models, words
from monitor.periods import Period, day_of

REMINDED = "role-ends"


def remind(desk: Desk) -> int:
    """Tell whose role ends within a month, and how it is renewed; give how many people were told."""
    if not desk.is_live:
        return 0
    soon = [person for person in desk.private.all(models.Person) if people.ends_soon(person, day_of(desk.now))]
    return sum(_remind(desk, person) for person in soon)


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
