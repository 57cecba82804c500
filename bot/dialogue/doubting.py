"""A sentence of somebody who leads, with the words of a correction: which of the two it is, is asked. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import remarks, reporting, understanding, wording
from bot.dialogue.drafts import Step
from bot.dialogue.shapes import Message, Move, Place, Reply, Talk, Wrong

CORRECTION, PROGRESS = "is-correction", "is-progress"


def understand(talk: Talk) -> Move | Wrong:
    """Take a free sentence as a report; where it may be a correction, ask that first."""
    found = reporting.understand(talk)
    text = talk.message.text
    doubtful = understanding.may_be_correction(text) and bool(understanding.remark(text))
    if isinstance(found, Wrong) or not doubtful or talk.message.file:
        return found
    return Move(place=Place(step=Step.DOUBT, sought=text))


def ask(talk: Talk) -> Reply:
    """Ask whether a sentence is a correction or tells of progress."""
    listed = [(CORRECTION, talk.say("doubt.correction")), (PROGRESS, talk.say("doubt.progress"))]
    return Reply(text=f"“{talk.place.sought}”", question=talk.say("doubt.ask"), choices=wording.choices(listed))


def choose(talk: Talk) -> Move | Wrong:
    """Take the sentence as what it is."""
    if talk.action not in (CORRECTION, PROGRESS):
        return Wrong(help=talk.say("choice.none"))
    said = replace(talk, place=Place(step=Step.START), message=Message(text=talk.place.sought))
    if talk.action == CORRECTION:
        return remarks.from_sentence(said) or remarks.start(said)
    return reporting.understand(said)


ASK: dict[Step, Callable[[Talk], Reply]] = {Step.DOUBT: ask}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {Step.DOUBT: choose}
