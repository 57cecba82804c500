"""Answers to what a round asks: report something on a commitment, or say in one go that nothing changed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import reporting, wording
from bot.dialogue.drafts import WHOLE, Draft, Step
from bot.dialogue.effects import Effect, Submit
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from bot.messages import say
from bot.people import may_report
from monitor import models, progress
from monitor.periods import Period, PeriodError

# An action names the quarter and the number of the commitment: "asked 2026-Q3 2".
REPORT, SAME = "asked", "same"
DOOR = "door-"
DOOR_STEP = "door-step"


def answers_to(record: str, quarter: Period, language: str) -> list[tuple[str, str]]:
    """Give the two answers to the question about a commitment, as action and words."""
    number = int(record.rpartition("/")[2])
    return [
        (f"{REPORT} {quarter} {number}", say(language, "round.report", number=number)),
        (f"{SAME} {quarter} {number}", say(language, "menu.unchanged", number=number)),
    ]


def menu_choices(talk: Talk) -> list[tuple[str, str]]:
    """Give the choice that leads to what was asked and not answered, where there is any."""
    if not talk.world.asked:
        return []
    quarter = wording.period(talk.world.asked[0][1], talk.language)
    return [("round", talk.say("menu.round", quarter=quarter, count=len(talk.world.asked)))]


def open_list(talk: Talk) -> Move | Wrong:
    """Open the list of what was asked."""
    return Move(place=Place(step=Step.ASKED)) if talk.world.asked else Wrong(help=talk.say("round.answered"))


def ask_asked(talk: Talk) -> Reply:
    """List for each commitment that was asked about the two answers there are."""
    if not talk.world.asked:
        return Reply(text=talk.say("round.answered"), question=talk.say("anything"))
    listed = [choice for record, quarter in talk.world.asked for choice in answers_to(record, quarter, talk.language)]
    quarter = wording.period(talk.world.asked[0][1], talk.language)
    titles = [wording.titled(talk.world.folder, record, talk.language) for record, _ in talk.world.asked]
    question = talk.say("round.which", quarter=quarter)
    return Reply(text="\n".join(titles), question=question, choices=wording.choices(listed))


def choose_asked(talk: Talk) -> Move | Wrong:
    """Take an answer from the list, or a sentence as a report about the quarter that was asked about."""
    if talk.action in (REPORT, SAME):
        return take(talk)
    quarter = talk.world.asked[0][1] if talk.world.asked else None
    about = talk.draft.model_copy(update={"speaks_of": quarter})
    return reporting.understand(replace(talk, place=talk.place.model_copy(update={"draft": about})))


def take(talk: Talk) -> Move | Wrong:
    """Begin the answer that a choice or a button names; what was answered already says so."""
    action = talk.action.removeprefix(DOOR)
    found = _named(talk)
    if found is None:
        return Wrong(help=talk.say("choice.none"))
    commitment, quarter = found
    is_open = (commitment.id, quarter) in talk.world.asked
    if action == SAME and not is_open:
        return Move(place=Place(), said=(Reply(text=talk.say("round.answered")),))
    draft = Draft(key=talk.key, commitment=commitment.id, speaks_of=quarter if is_open else None)
    return reporting.advance(talk, _same(talk, draft, quarter) if action == SAME else draft)


def is_answered_by(effect: Effect, commitment: str, quarter: Period) -> bool:
    """Tell whether a report that is sent answers the question about a commitment and a quarter."""
    if not isinstance(effect, Submit) or effect.draft.commitment != commitment or effect.draft.is_remark:
        return False
    return effect.draft.speaks_of is not None and progress.answers(quarter, effect.draft.speaks_of)


def take_step(talk: Talk) -> Move | Wrong:
    """Begin a report on the milestone that a button names."""
    known = talk.world.milestones.get(talk.value)
    if known is None or not may_report(talk.world.person, known[0]):
        return Wrong(help=talk.say("choice.none"))
    return reporting.pick_milestone(talk, talk.value)


def _same(talk: Talk, draft: Draft, quarter: Period) -> Draft:
    text = talk.say("public.same", quarter=wording.period(quarter, talk.language))
    return draft.model_copy(update={"milestone": WHOLE, "text": text, "language": talk.language, "unchanged": True})


def _named(talk: Talk) -> tuple[models.Commitment, Period] | None:
    named, _, number = talk.value.partition(" ")
    try:
        quarter = Period.parse(named)
    except PeriodError:
        return None
    record = models.commitment_id(talk.world.plan.id, int(number)) if number.isdecimal() else ""
    commitment = talk.world.commitments.get(record)
    if commitment is None or not may_report(talk.world.person, commitment):
        return None
    return commitment, quarter


ASK: dict[Step, Callable[[Talk], Reply]] = {Step.ASKED: ask_asked}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {Step.ASKED: choose_asked}
DOORS: dict[str, Callable[[Talk], Move | Wrong]] = {
    f"{DOOR}{REPORT}": take,
    f"{DOOR}{SAME}": take,
    DOOR_STEP: take_step,
}
