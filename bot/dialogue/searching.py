"""Searching everything public: what was found, where it stands, and what to do next. Pure."""

from __future__ import annotations

from bot.dialogue import posting, understanding, wording
from bot.dialogue.drafts import Step
from bot.dialogue.network_shapes import Hits
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from monitor import models

OF_COMMITMENT = ("commitment", "milestone")
ENOUGH_LETTERS = 2


def enter(talk: Talk) -> Move:
    """Ask what is looked for."""
    return Move(place=Place(step=Step.SEARCH))


def ask_search(talk: Talk) -> Reply:
    """Ask what is looked for."""
    return Reply(question=talk.say("search.ask"))


def tell_search(talk: Talk) -> Move | Wrong:
    """Look for words or a number."""
    said = talk.message.text
    if not any(len(word) >= ENOUGH_LETTERS or word.isdigit() for word in understanding.WORD.findall(said)):
        return Wrong(help=talk.say("search.short"))
    return _found(said)


def from_question(talk: Talk) -> Move | None:
    """Take the question of a member as a search, with asking the network next; None where it is none."""
    said = talk.message.text
    is_question = understanding.is_question(said) and not understanding.NUMBER.search(said)
    return _found(said) if is_question and posting.may_share(talk) else None


def from_sentence(talk: Talk) -> Move | None:
    """Take words that nothing else understands as a search, where something public holds them all."""
    said = talk.message.text
    if not any(len(word) >= understanding.SHORTEST_WORD for word in understanding.WORD.findall(said)):
        return None
    hits = talk.world.find(said, 0)
    fits = hits.total and (not hits.any_word or understanding.is_question(said))
    return _found(said) if fits else None


def ask_found(talk: Talk) -> Reply:
    """Tell what was found, a few at a time, and offer the next step."""
    hits = _hits(talk)
    sought = wording.cut(talk.place.sought, wording.LONG)
    if not hits.total:
        said = [talk.say("search.none", sought=sought)]
    else:
        count = {"sought": sought, "count": hits.total, "first": talk.place.start + 1, "last": _last(talk, hits)}
        said = [talk.say("search.any" if hits.any_word else "search.count", **count), *posting.hit_lines(talk, hits)]
    listed = _choices(talk, hits)
    return Reply(text="\n".join(said), question=talk.say("search.next"), choices=wording.choices(listed))


def choose_found(talk: Talk) -> Move | Wrong:
    """Take the next step; other words are looked for in their turn."""
    match talk.action:
        case "more":
            return Move(place=talk.place.model_copy(update={"start": _last(talk, _hits(talk))}))
        case "ask":
            return posting.begin(talk)
        case "done":
            return Move(place=Place(), forget=True)
    return tell_search(talk)


def _found(sought: str) -> Move:
    return Move(place=Place(step=Step.FOUND, sought=sought))


def _hits(talk: Talk) -> Hits:
    return talk.world.find(talk.place.sought, talk.place.start)


def _last(talk: Talk, hits: Hits) -> int:
    return talk.place.start + len(hits.shown)


def _choices(talk: Talk, hits: Hits) -> list[tuple[str, str]]:
    listed = [("more", talk.say("search.more"))] if hits.total > _last(talk, hits) else []
    if posting.may_share(talk):
        asks = bool(understanding.question(talk.place.sought))
        listed.append(("ask", talk.say("search.ask-this" if asks else "search.ask-network")))
    if commitment := _commitment(talk, hits):
        number = commitment.number
        listed.append((f"show {number}", talk.say("search.show", number=number)))
        listed.append((f"follow {commitment.id}", talk.say("search.follow", number=number)))
    return [*listed, ("done", talk.say("search.done"))]


def _commitment(talk: Talk, hits: Hits) -> models.Commitment | None:
    """Give the first commitment that was found, by itself or by a milestone."""
    records = (hit.record for hit in hits.shown if hit.kind in OF_COMMITMENT)
    found = (talk.world.commitments.get(models.commitment_of(record)) for record in records)
    return next((commitment for commitment in found if commitment), None)
