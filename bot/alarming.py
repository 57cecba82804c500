"""Tell those who coordinate the plan that something of the monitor is ill, once, and once that it ended."""

from __future__ import annotations

from datetime import timedelta

from bot.desk import Desk
from bot.dialogue import Reply
from bot.messages import say
from monitor import models, words

TOLD, ENDED = "alarm-told", "alarm-ended"
# Where nothing is ill and a plan file is to be changed, it is said in other words.
SUGGESTED = {TOLD: "suggestion-told", ENDED: "suggestion-ended"}
# Who comes later hears of what is still so; of what began long ago, the health page tells.
NEWS_FOR = timedelta(days=7)


def tell(desk: Desk) -> int:
    """Queue what coordinators did not hear yet about alarms; give how many messages."""
    alarms = desk.storage.all(models.Alarm, order="started_at")
    return sum(_tell(desk, person, alarm) for person in desk.coordinators() for alarm in alarms)


def _tell(desk: Desk, person: models.Person, alarm: models.Alarm) -> bool:
    about = f"{alarm.id} {person.id}"
    with desk.private.transaction():
        heard = desk.private.count(models.AuditEntry, action=TOLD, about=about)
        if alarm.ended_at is None and not heard and desk.now - alarm.started_at <= NEWS_FOR:
            return _say(desk, person, alarm, TOLD, about)
        if alarm.ended_at and heard and not desk.private.count(models.AuditEntry, action=ENDED, about=about):
            return _say(desk, person, alarm, ENDED, about)
    return False


def _say(desk: Desk, person: models.Person, alarm: models.Alarm, name: str, about: str) -> bool:
    desk.private.audit(at=desk.now, actor="schedule", action=name, about=about)
    language = desk.language(person)
    message = words.choose(alarm.message, language).words
    text = say(language, SUGGESTED[name] if alarm.is_suggestion else name, message=message, page=desk.health(language))
    desk.tell(person, Reply(text=text), f"{name}:{about}")
    return True
