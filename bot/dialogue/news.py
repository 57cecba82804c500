"""News that may say something of the own commitments: one entry at a time, and a yes begins a report. Pure."""

from __future__ import annotations

import hashlib

from bot.dialogue import reporting, understanding, wording
from bot.dialogue.drafts import Draft, Step
from bot.dialogue.effects import JudgeMention
from bot.dialogue.shapes import Move, Place, Reply, Suggested, Talk, Wrong
from bot.messages import say
from monitor import models, words
from monitor.models import MentionState
from monitor.periods import Period

ID_LENGTH = 12
ANSWERS = ("yes", "no", "later")


def code(mention: str) -> str:
    """Give the short name of a mention that fits behind a button."""
    return hashlib.sha256(mention.encode()).hexdigest()[:ID_LENGTH]


def waiting(talk: Talk) -> list[Suggested]:
    """List the entries that wait for an answer: not those with which a report was begun that is not sent yet."""
    begun = {draft.news for draft in (talk.place.draft, *talk.kept) if draft}
    return [known for known in talk.world.suggested if known.mention.id not in begun]


def ask_news(talk: Talk) -> Reply:
    """Show the entry that is looked at, and ask whether it is progress."""
    known = _known(talk, talk.place.about)
    if known is None:
        return Reply(text=talk.say("news.gone"), question=talk.say("anything"))
    choices = wording.choices([(name, talk.say(f"news.{name}")) for name in ANSWERS])
    told = shown(talk.world.folder, known, talk.language)
    return told.model_copy(update={"choices": choices})


def shown(folder: models.PlanFolder, known: Suggested, language: str) -> Reply:
    """Show an entry of a feed, and ask whether it is progress on the milestone, or on the commitment."""
    entry, mention = known.entry, known.mention
    day = words.of(language).period(Period.day(entry.published_on)) if entry.published_on else ""
    where = say(language, "news.from", feed=known.feed, day=day) if day else known.feed
    number = _milestone(folder, mention) or str(int(mention.commitment.rpartition("/")[2]))
    name = "news.ask" if "." in number else "news.ask-commitment"
    return Reply(
        heading=wording.titled(folder, mention.milestone or mention.commitment, language),
        text="\n".join(line for line in (f"“{entry.title}”", where, entry.address or "") if line),
        question=say(language, name, number=number),
    )


def choose_news(talk: Talk) -> Move | Wrong:
    """Answer whether an entry is progress."""
    known = _known(talk, talk.place.about)
    if known is None or talk.action == "later":
        return Move(place=Place(), forget=True)
    match talk.action:
        case "yes":
            return _begin(talk, known)
        case "no":
            return _decline(talk, known)
    return Wrong(help=talk.say("choice.none"))


def start(talk: Talk) -> Move:
    """Look at the oldest entry that waits."""
    found = waiting(talk)
    if not found:
        return Move(place=Place(), said=(Reply(text=talk.say("news.none")),))
    return Move(place=_at(found[0]))


def enter_yes(talk: Talk) -> Move | Wrong:
    """Say yes by the button below a message; a report that was begun with it goes on."""
    known = _coded(talk)
    begun = next((draft for draft in talk.kept if draft.news and code(draft.news) == talk.value), None)
    if begun:
        return reporting.advance(talk, begun)
    return _begin(talk, known) if known else _gone(talk)


def enter_no(talk: Talk) -> Move | Wrong:
    """Say no by the button below a message."""
    known = _coded(talk)
    return _decline(talk, known) if known else _gone(talk)


def enter_later(talk: Talk) -> Move | Wrong:
    """Leave an entry by the button below a message; it stays where it can be found."""
    return Move(place=Place(), said=(Reply(text=talk.say("news.left", menu=talk.say("menu.news", count=1))),))


def _begin(talk: Talk, known: Suggested) -> Move:
    """Begin a report with what the entry tells: where it stands, and the day it is of."""
    entry, today = known.entry, talk.world.today
    address = entry.address if entry.address and understanding.is_public_address(entry.address) else None
    day = entry.published_on if entry.published_on and entry.published_on <= today else None
    draft = Draft(
        key=talk.key,
        commitment=known.mention.commitment,
        milestone=_milestone(talk.world.folder, known.mention),
        evidence=address,
        speaks_of=Period.day(day) if day else None,
        news=known.mention.id,
    )
    said = Reply(text=talk.say("news.begun"))
    return reporting.advance(talk, draft, (said,)).model_copy(update={"forget": True})


def _decline(talk: Talk, known: Suggested) -> Move:
    judged = JudgeMention(mention=known.mention.id, state=MentionState.DISMISSED)
    left = [other for other in waiting(talk) if other.mention.id != known.mention.id]
    place = _at(left[0]) if left else Place()
    return Move(place=place, said=(Reply(text=talk.say("news.declined")),), effects=(judged,), forget=True)


def _milestone(folder: models.PlanFolder, mention: models.Mention) -> str | None:
    """Give the number of the milestone that is meant: the one named, or the only one there is."""
    if mention.milestone:
        return mention.milestone.rpartition("/")[2]
    commitment = next((known for known in folder.commitments if known.id == mention.commitment), None)
    numbers = [m.number for m in commitment.milestones if not m.withdrawn] if commitment else []
    return numbers[0] if len(numbers) == 1 else None


def _at(known: Suggested) -> Place:
    return Place(step=Step.NEWS, about=known.mention.id)


def _known(talk: Talk, name: str | None) -> Suggested | None:
    return next((known for known in waiting(talk) if known.mention.id == name), None)


def _coded(talk: Talk) -> Suggested | None:
    return next((known for known in waiting(talk) if code(known.mention.id) == talk.value), None)


def _gone(talk: Talk) -> Move:
    return Move(place=Place(), said=(Reply(text=talk.say("news.gone")),))


ASK = {Step.NEWS: ask_news}
ANSWER = {Step.NEWS: choose_news}
