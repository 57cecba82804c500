"""Answers to what a round asks: report something on a commitment, or say in one go that nothing changed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import reporting, understanding, wording
from bot.dialogue.drafts import WHOLE, Draft, Step
from bot.dialogue.effects import Effect, Submit
from bot.dialogue.shapes import Choice, Move, Place, Reply, Talk, World, Wrong
from bot.messages import say
from bot.people import may_report
from monitor import models, progress
from monitor.periods import Period, PeriodError

# An action names the quarter and the number of the commitment: "asked 2026-Q3 2".
REPORT, SAME = "asked", "same"
DOOR = "door-"
DOOR_STEP = "door-step"
ALL = "same-all"
# Where words that say nothing changed answer the round.
HEARD = (Step.STOPPED, Step.START, Step.MORE, Step.ASKED)
NUMBER = re.compile(r"(?<![\w.,])(\d{1,2})(?![\w]|[.,]\d)")


def answers_to(record: str, quarter: Period, language: str) -> list[tuple[str, str]]:
    """Give the two answers to the question about a commitment, as action and words."""
    number = _number(record)
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
    if same := from_sentence(talk):
        return same
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


def is_said(text: str, step: Step, world: World) -> bool:
    """Tell whether a sentence says no more than that nothing changed, while a round waits for that."""
    if not world.asked or step not in HEARD or understanding.NUMBER.search(text):
        return False
    return understanding.says_unchanged(text) and not understanding.says_more(text)


def from_sentence(talk: Talk) -> Move | None:
    """Take the words that nothing changed as an answer to the round; which commitments are meant is asked."""
    text = talk.message.text
    if not is_said(text, talk.place.step, talk.world):
        return None
    named = _numbers(text)
    if len(talk.world.asked) == 1 and not named:
        return _unchanged(talk, [_number(talk.world.asked[0][0])])
    return _unchanged(talk, named) if named else Move(place=Place(step=Step.SAME_WHICH))


def ask_which(talk: Talk) -> Reply:
    """Ask at which of the commitments that were asked about nothing changed."""
    if not talk.world.asked:
        return Reply(text=talk.say("round.answered"), question=talk.say("anything"))
    numbers = [_number(record) for record, _ in talk.world.asked]
    listed = [
        Choice(number=number, words=talk.say("menu.unchanged", number=number), action=f"{SAME} {quarter} {number}")
        for number, (_, quarter) in zip(numbers, talk.world.asked, strict=True)
    ]
    every = Choice(number=max(numbers) + 1, words=talk.say("round.same-all"), action=ALL)
    quarter = wording.period(talk.world.asked[0][1], talk.language)
    question = talk.say("round.same-which", quarter=quarter, numbers=", ".join(map(str, numbers)))
    return Reply(question=question, choices=(*listed, every))


def choose_which(talk: Talk) -> Move | Wrong:
    """Take one of the commitments, some of them by number, or all."""
    if talk.action == SAME:
        return take(talk)
    every = [_number(record) for record, _ in talk.world.asked]
    chosen = every if talk.action == ALL else _numbers(talk.message.text)
    return (_unchanged(talk, chosen) if chosen else None) or Wrong(help=talk.say("choice.none"))


def read_back(talk: Talk) -> Reply:
    """Show what is said of several commitments in one go, as the public will see it."""
    drafts = _drafts(talk)
    if not drafts:
        return Reply(text=talk.say("round.answered"), question=talk.say("anything"))
    owner = talk.world.person.organisation
    lines = [line for draft in drafts for line in wording.preview(talk.world, draft, talk.language, owner=owner)]
    alone = any(wording.is_alone(talk.world, draft) for draft in drafts)
    question = [talk.say("readback.alone")] if alone else []
    listed = [(name, talk.say(f"readback.{name}")) for name in ("send", "cancel")]
    return Reply(
        text=talk.say("readback.title"),
        preview=tuple(lines),
        question="\n".join([*question, talk.say("readback.ask")]),
        choices=wording.choices(listed),
    )


def check(talk: Talk) -> Move | Wrong:
    """Send what is said of several commitments, or throw it away."""
    if talk.action == "cancel":
        return Move(place=Place(), said=(Reply(text=talk.say("cancelled")),), forget=True)
    if talk.action != "send":
        return Wrong(help=talk.say("choice.none"))
    sent = [reporting.submit(talk, draft) for draft in _drafts(talk)]
    said, effects = tuple(reply for reply, _ in sent), tuple(effect for _, effect in sent)
    return Move(place=Place(), said=said, effects=effects, forget=True)


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


def _unchanged(talk: Talk, numbers: list[int]) -> Move | None:
    """Begin the answer that nothing changed at these commitments; None where one was not asked about."""
    known = {_number(record): (record, quarter) for record, quarter in talk.world.asked}
    if not set(numbers) <= known.keys():
        return None
    if len(numbers) > 1:
        return Move(place=Place(step=Step.SAME_CHECK, about=" ".join(map(str, numbers))))
    record, quarter = known[numbers[0]]
    return reporting.advance(talk, _same(talk, Draft(key=talk.key, commitment=record, speaks_of=quarter), quarter))


def _drafts(talk: Talk) -> list[Draft]:
    numbers = {int(number) for number in (talk.place.about or "").split()}
    return [
        _same(talk, Draft(key=f"{talk.key}-{_number(record)}", commitment=record, speaks_of=quarter), quarter)
        for record, quarter in talk.world.asked
        if _number(record) in numbers
    ]


def _numbers(text: str) -> list[int]:
    return list(dict.fromkeys(int(number) for number in NUMBER.findall(text)))


def _number(record: str) -> int:
    return int(record.rpartition("/")[2])


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


ASK: dict[Step, Callable[[Talk], Reply]] = {
    Step.ASKED: ask_asked,
    Step.SAME_WHICH: ask_which,
    Step.SAME_CHECK: read_back,
}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {
    Step.ASKED: choose_asked,
    Step.SAME_WHICH: choose_which,
    Step.SAME_CHECK: check,
}
DOORS: dict[str, Callable[[Talk], Move | Wrong]] = {
    f"{DOOR}{REPORT}": take,
    f"{DOOR}{SAME}": take,
    DOOR_STEP: take_step,
}
