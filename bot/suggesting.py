"""Put what the news may say of a commitment to its leads: at most one message a day, and each entry once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import hours, leads, people, rounds
from bot.desk import Desk
from bot.dialogue import Door, JudgeMention, Suggested
from bot.dialogue.news import ANSWERS, code, shown
from bot.messages import say
from monitor import models
from monitor.models import MentionState

ASKED_TODAY, ASKED = "news-asked", "news-asked-about"


def suggested(desk: Desk, organisation: str | None) -> list[Suggested]:
    """List what the news may say of an organisation's commitments, the oldest first.

    Nothing where the plan does not ask, and nothing from before who is asked was bound.
    """
    led = {commitment.id for commitment in people.led_by(desk.folder, organisation)}
    asked = leads.of(desk, organisation) if led and rounds.is_asking(desk.folder.plan, desk.today) else []
    if not asked:
        return []
    since = leads.bound_at(asked)
    waiting = desk.storage.all(models.Mention, plan=desk.folder.plan.id, state=MentionState.SUGGESTED)
    feeds = {feed.id: feed.title for feed in desk.folder.feeds}
    mentions = [mention for mention in waiting if mention.commitment in led and mention.recorded_at > since]
    entries = [(mention, desk.storage.get(models.Entry, id=mention.entry)) for mention in mentions]
    found = [Suggested(mention, entry, feeds.get(entry.feed, entry.feed)) for mention, entry in entries if entry]
    return sorted(found, key=lambda known: (known.mention.recorded_at, known.mention.id))


def shown_to(desk: Desk, person: models.Person) -> list[Suggested]:
    """List what the news may say, to somebody who may answer it."""
    return suggested(desk, person.organisation) if person.role in people.ASKED else []


def judge(desk: Desk, effect: JudgeMention, *, by: models.Person) -> None:
    """Note what a lead says of an entry; PermissionError for the commitment of another organisation.

    It becomes public by `settle`, once what was noted is written for good.
    """
    mention = desk.storage.get(models.Mention, id=effect.mention)
    if mention is None or mention.state is not MentionState.SUGGESTED or _judged(desk, mention):
        return
    commitment = next((known for known in desk.folder.commitments if known.id == mention.commitment), None)
    if commitment is None or not people.may_judge(by, commitment):
        raise PermissionError(f"{mention.id}: is about a commitment of another organisation: leave it to its lead")
    desk.private.audit(at=desk.now, actor=by.id, action=f"news-{effect.state}", about=mention.id)


def settle(desk: Desk) -> int:
    """Write in public what leads said of entries; also what a crash left undone. Give how many."""
    waiting = desk.storage.all(models.Mention, plan=desk.folder.plan.id, state=MentionState.SUGGESTED)
    judged = [(mention, state) for mention in waiting if (state := _judged(desk, mention))]
    if judged:
        with desk.storage.transaction():
            for mention, state in judged:
                desk.storage.put(mention.model_copy(update={"state": state}))
    return len(judged)


def put_at(desk: Desk, mention: models.Mention) -> datetime | None:
    """Give when an entry was first put to somebody who leads its commitment; None where it never was."""
    commitment = next((known for known in desk.folder.commitments if known.id == mention.commitment), None)
    names = [lead.organisation for lead in commitment.leads] if commitment else []
    asked = [desk.private.all(models.AuditEntry, action=ASKED, about=f"{name} {mention.id}") for name in names]
    return min((entry.at for entries in asked for entry in entries), default=None)


def ask(desk: Desk) -> int:
    """Queue today's questions about news; give how many organisations were asked."""
    plan = desk.folder.plan
    if not hours.is_open(desk.moment, plan.country) or not rounds.is_asking(plan, desk.today):
        return 0
    if not desk.storage.count(models.Mention, plan=plan.id, state=MentionState.SUGGESTED):
        return 0
    readers = leads.of_each(desk)
    leading = dict.fromkeys(lead.organisation for c in desk.folder.commitments for lead in c.leads)
    return sum(_ask(desk, name, readers[name]) for name in leading if name in readers)


def _ask(desk: Desk, organisation: str, readers: Sequence[models.Person]) -> bool:
    today = f"{organisation} {desk.today}"
    with desk.private.transaction():
        if _is_noted(desk, ASKED_TODAY, today):
            return False
        waiting = suggested(desk, organisation)
        fresh = [known for known in waiting if not _is_noted(desk, ASKED, f"{organisation} {known.mention.id}")]
        if not fresh:
            return False
        for known in fresh:
            about = f"{organisation} {known.mention.id}"
            desk.private.audit(at=desk.now, actor="schedule", action=ASKED, about=about)
        desk.private.audit(at=desk.now, actor="schedule", action=ASKED_TODAY, about=today)
        for person in readers:
            _tell(desk, person, fresh, f"{ASKED_TODAY}:{today}:{person.id}")
    return True


def _tell(desk: Desk, person: models.Person, fresh: list[Suggested], key: str) -> None:
    language = desk.language(person)
    reply = shown(desk.folder, fresh[0], language)
    lines = [say(language, "news.found"), reply.text]
    if len(fresh) > 1:
        lines.append(say(language, "news.others", count=len(fresh) - 1))
    name = code(fresh[0].mention.id)
    doors = [Door(words=say(language, f"news.{answer}"), action=f"door-news-{answer} {name}") for answer in ANSWERS]
    desk.tell(person, reply.model_copy(update={"text": "\n".join(lines), "doors": tuple(doors)}), key, at_work=True)


def _judged(desk: Desk, mention: models.Mention) -> MentionState | None:
    said = (MentionState.CONFIRMED, MentionState.DISMISSED)
    return next((state for state in said if _is_noted(desk, f"news-{state}", mention.id)), None)


def _is_noted(desk: Desk, action: str, about: str) -> bool:
    return desk.private.count(models.AuditEntry, action=action, about=about) > 0
