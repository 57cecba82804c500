"""How a conversation goes from one question to the next, and the words that work everywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot import people
from bot.dialogue import (
    asked,
    copies,
    following,
    meetings,
    menu,
    noting,
    places,
    privacy,
    remarks,
    reporting,
    subjects,
    wording,
)
from bot.dialogue.drafts import Draft, Step
from bot.dialogue.effects import Close, Decide, Effect, Forget, JudgeMention, SpeakLanguage
from bot.dialogue.hearing import RESTING, behind, everywhere, language_in
from bot.dialogue.picking import pick, pick_loosely, readable
from bot.dialogue.questions import ANSWER, ASK, DOORS
from bot.dialogue.shapes import Message, Move, Place, Reply, State, Talk, Turn, World, Wrong
from bot.lines import tidy
from bot.messages import TABLES
from monitor.chat_links import FOLLOW
from monitor.models import ReportState

MOST_CHARACTERS = 1000
OPENING_NUMBER = re.compile(r"\W*(?:mijlpaal |milestone )?(\d{1,2}\.\d{1,2})(?![\w/-]|[.,]\d)", re.IGNORECASE)
PLACES_KEPT = 12
MOST_BY_STEP = {Step.NOTES: noting.MOST_CHARACTERS}
# Where a number that is on no button can be an answer.
NUMBERED = (Step.LOOKUP, Step.ATTEND)
READ_BACK = (Step.READBACK, Step.CHECK, Step.SHARE, Step.SAME_CHECK)
TAKES_FILES = (
    *RESTING, Step.COMMITMENT, Step.MILESTONE, Step.COMPLETION, Step.WHAT, Step.DESCRIBE, Step.EVIDENCE, Step.READBACK,
)  # fmt: skip


def respond(state: State, message: Message, world: World) -> Turn:
    """Answer a message; never raises for anything a person may type or tap."""
    text = readable(message.text)
    if message.action and message.action.partition(" ")[0] in DOORS:
        return _through(state, world, message)
    if not message.action and (other := _about_another(state, text, world)):
        return other
    if message.file or message.refused:
        talk = _talk(state, world, message.model_copy(update={"text": text, "action": None}))
        return _follow(state, talk, _answer(state, talk))
    action = message.action if message.action in {c.action for c in state.offered} else None
    action = action or pick(text, state.offered)
    if action is None and (place := places.named(text, state.place.step)):
        return _open(state, world, *place)
    if action is None and (word := everywhere(text, state.place.step)):
        return _WORDS[word](state, world, text)
    if not asked.is_said(text, state.place.step, world):
        action = action or pick_loosely(text, state.offered)
    talk = _talk(state, world, Message(text=text, action=action, whole=tidy(message.text)))
    return _follow(state, talk, _answer(state, talk))


def resume(state: State, world: World, about: str | None = None) -> Turn:
    """Put the open question again, or welcome who has none: for a person who opens a channel.

    ``about`` is the record of the page they came from, empty where it had none: a report on that begins, or following
    it.
    """
    if about is not None:
        return _report_on(state, world, about)
    if state.place.step in RESTING:
        return _begin(state, world, "")
    return _turn(state, world, state.place, _reminded(state, world))


def _reminded(state: State, world: World) -> tuple[Reply, ...]:
    """Say which draft somebody comes back to."""
    talk = _talk(state, world, Message())
    about = wording.draft_heading(world, state.place.draft, state.language)
    return (Reply(text=talk.say("draft.resumed", about=about)),) if about else ()


def stale(state: State, world: World) -> Turn:
    """Answer a button of an older question: say so and put the present one."""
    turn = _begin(state, world, "") if state.place.step in RESTING else _turn(state, world, state.place, ())
    old = Reply(text=_talk(state, world, Message()).say("button.old"))
    return turn.model_copy(update={"replies": (old, *turn.replies)})


def overtaken(state: State, world: World, name: str) -> Turn:
    """Say that a colleague overtook the open draft, and put the question that follows from it."""
    turn = _turn(state, world, state.place, ())
    said = Reply(text=_talk(state, world, Message()).say(name))
    return turn.model_copy(update={"replies": (said, *turn.replies)})


def in_another_role(state: State, role: str) -> State:
    """Leave the open question where somebody comes back in another role than before; what was begun is kept."""
    if state.role in (None, role):
        return state.model_copy(update={"role": role})
    rest = {"place": Place(step=Step.STOPPED), "offered": (), "past": (), "kept": (), "role": role}
    return state.model_copy(update=rest)


def _about_another(state: State, text: str, world: World) -> Turn | None:
    """Take a sentence that opens with another number than the open draft's as something new; the draft is put aside."""
    draft = state.place.draft
    named = OPENING_NUMBER.match(text)
    if draft is None or not draft.milestone or draft.is_remark or named is None or named[1] == draft.milestone:
        return None
    if state.place.step not in (Step.COMPLETION, Step.WHAT, Step.EVIDENCE, Step.OBSTACLE, Step.READBACK):
        return None
    aside = state.model_copy(update={"kept": _set_aside(state), "past": (), "place": Place(step=Step.START)})
    talk = _talk(aside, world, Message(text=text))
    found = menu.choose(talk)
    if isinstance(found, Wrong):
        return _again(state, world, state.place, found.help)
    return _follow(aside, talk, found)


def _through(state: State, world: World, message: Message) -> Turn:
    """Go through a door; what was being written is put aside."""
    aside = state.model_copy(update={"kept": _set_aside(state), "past": (), "place": Place(step=Step.START)})
    talk = _talk(aside, world, message)
    return _follow(aside, talk, DOORS[talk.action](talk))


def _answer(state: State, talk: Talk) -> Move | Wrong:
    text = talk.message.text
    if talk.message.refused:
        return Wrong(help=talk.say(f"file.refused-{talk.message.refused}"))
    if talk.message.file and not _takes_file(talk):
        return Wrong(help=talk.say("file.nobody"))
    most = MOST_BY_STEP.get(talk.place.step, MOST_CHARACTERS)
    length = len(talk.message.whole if talk.place.step in MOST_BY_STEP else text)
    if length > most:
        return Wrong(help=talk.say("text.long", length=length, most=most))
    if talk.message.action is None and state.offered and text.isdecimal() and talk.place.step not in NUMBERED:
        return Wrong(help=talk.say("choice.number", number=text))
    return ANSWER[talk.place.step](talk)


def _takes_file(talk: Talk) -> bool:
    leads = bool(people.led_by(talk.world.folder, talk.world.person.organisation))
    return leads and talk.place.step in TAKES_FILES


def _follow(state: State, talk: Talk, found: Move | Wrong) -> Turn:
    if isinstance(found, Wrong):
        place = talk.place.model_copy(update={"draft": found.draft}) if found.draft else talk.place
        return _again(state, talk.world, place, found.help)
    if any(isinstance(effect, Forget) for effect in found.effects):
        bare = State(language=state.language, revision=state.revision + 1)
        return Turn(state=bare, replies=found.said, effects=found.effects)
    if found.back:
        return _put_back(state, talk.world, found)
    past = () if found.forget else _passed(state, found.place)
    kept = _set_aside(state) if state.place.step in privacy.ASIDE else state.kept
    if found.forget and state.place.draft:
        kept = _without(kept, state.place.draft)
    moved = state.model_copy(update={"past": past, "kept": kept})
    world = _after(talk.world, found.effects)
    return _turn(moved, world, found.place, found.said, found.effects)


def _put_back(state: State, world: World, found: Move) -> Turn:
    place = state.past[-1] if state.past else Place(step=Step.START)
    spoken = next((effect.language for effect in found.effects if isinstance(effect, SpeakLanguage)), state.language)
    before = state.model_copy(update={"past": state.past[:-1], "language": spoken})
    return _turn(before, world, place, found.said, found.effects)


def _turn(state: State, world: World, place: Place, said: tuple[Reply, ...], effects: tuple[Effect, ...] = ()) -> Turn:
    if place.step is Step.STOPPED:
        place = Place(step=Step.START)
    kept = _without(state.kept, place.draft) if place.draft else state.kept
    state = state.model_copy(update={"place": place, "kept": kept})
    question = ASK[place.step](_talk(state, world, Message()))
    following = state.model_copy(update={"offered": question.choices, "revision": state.revision + 1})
    return Turn(state=following, replies=(*said, question), effects=effects)


def _again(state: State, world: World, place: Place, help_: str) -> Turn:
    turn = _turn(state, world, place, ())
    question = turn.replies[-1]
    said = [help_, _talk(state, world, Message()).say("readback.title")] if place.step in READ_BACK else [help_]
    question = question.model_copy(update={"text": "\n".join(said)})
    return turn.model_copy(update={"replies": (question,)})


def _report_on(state: State, world: World, about: str) -> Turn:
    set_aside = state.model_copy(update={"kept": _set_aside(state), "past": (), "place": Place(step=Step.START)})
    talk = _talk(set_aside, world, Message())
    if about.startswith(FOLLOW):
        return _follow(set_aside, talk, following.start(talk, about.removeprefix(FOLLOW)))
    subject = subjects.find(world.folder, about)
    if subject and subject.meeting and subject.joins:
        return _follow(set_aside, talk, meetings.start_sign_up(talk, subject.meeting.id))
    leads = bool(subject and subject.commitment and people.may_report(world.person, subject.commitment))
    if subject is None or subject.commitment is None or subject.unknown or not leads:
        return _follow(set_aside, talk, remarks.start(talk, about))
    if subject.milestone and not subject.milestone.withdrawn:
        return _follow(set_aside, talk, reporting.pick_milestone(talk, subject.milestone.number))
    return _follow(set_aside, talk, reporting.pick_commitment(talk, subject.commitment.number))


def _open(state: State, world: World, place: str, rest: str) -> Turn:
    """Open a place by its word, what was begun set aside; what was typed after a command is the first answer there."""
    place = places.meant(world.folder, world.person, place)
    if not places.may_open(world.folder, world.person, place):
        return _open_question(state, world, "place.other-role")
    at_start = state.model_copy(
        update={"kept": _set_aside(state), "past": (), "place": Place(step=Step.START), "offered": ()}
    )
    if rest and place == "report":
        return respond(at_start, Message(text=rest), world)
    talk = _talk(at_start, world, Message(action=place))
    turn = _follow(at_start, talk, menu.choose(talk))
    if not rest or turn.state.place.step in RESTING:
        return turn
    if place not in places.WITH_WORDS:
        return respond(turn.state, Message(text=rest), world)
    # Whatever is typed behind the word for searching is what is looked for.
    sought = _talk(turn.state, world, Message(text=rest))
    return _follow(turn.state, sought, _answer(turn.state, sought))


def _begin(state: State, world: World, text: str) -> Turn:
    kept = _set_aside(state)
    return _turn(state.model_copy(update={"kept": kept, "past": ()}), world, Place(step=Step.START), ())


def _stop(state: State, world: World, text: str) -> Turn:
    kept = _set_aside(state)
    names = [_stopped(world, kept), *(["stop.follows"] if world.following else [])]
    talk = _talk(state, world, Message())
    said = Reply(text="\n".join(talk.say(name) for name in names))
    rest = {"place": Place(step=Step.STOPPED), "offered": (), "past": (), "kept": kept}
    return Turn(state=state.model_copy(update=rest | {"revision": state.revision + 1}), replies=(said,))


def _stopped(world: World, kept: tuple[Draft, ...]) -> str:
    shared = "stop.kept-shared" if world.person.organisation else "stop.kept"
    return shared if kept else "stop"


def _back(state: State, world: World, text: str) -> Turn:
    if not state.past:
        return _open_question(state, world, "back.none")
    before = state.past[-1]
    # Going back to the menu does not throw away what was written.
    written = state.place.draft is not None and state.place.draft.text is not None
    kept = _set_aside(state) if written and before.step in RESTING else state.kept
    return _turn(state.model_copy(update={"past": state.past[:-1], "kept": kept}), world, before, ())


def _help(state: State, world: World, text: str) -> Turn:
    return _open_question(state, world, "help")


def _open_question(state: State, world: World, name: str) -> Turn:
    return _again(state, world, state.place, _talk(state, world, Message()).say(name))


def _concept(state: State, world: World, text: str) -> Turn:
    drafts = [draft for draft in (state.place.draft, *state.kept) if draft and not draft.notes]
    draft = next(iter(drafts), None)
    if draft is None or draft.text is None:
        return _open_question(state, world, "concept.none")
    talk = _talk(state.model_copy(update={"place": Place(draft=draft)}), world, Message())
    turn = _turn(state, world, state.place, ())
    return turn.model_copy(update={"replies": (reporting.as_concept(talk), *turn.replies)})


def _language(state: State, world: World, text: str) -> Turn:
    named = language_in(text)
    if not named and not text.startswith("/"):
        return _aside(state, world, Step.LANGUAGE)
    wanted = named or next(code for code in TABLES if code != state.language)
    changed = state.model_copy(update={"language": wanted})
    turn = _open_question(changed, world, "language.set")
    return turn.model_copy(update={"effects": (SpeakLanguage(language=wanted),)})


def _privacy(state: State, world: World, text: str) -> Turn:
    return _turn(state, world, state.place, (privacy.tell_privacy(_talk(state, world, Message())),))


def _my_data(state: State, world: World, text: str) -> Turn:
    return _turn(state, world, state.place, (privacy.tell_my_data(_talk(state, world, Message())),))


def _aside(state: State, world: World, step: Step) -> Turn:
    """Ask something in between; what stood open before is asked again after it."""
    place = Place(step=step, draft=state.place.draft)
    past = state.past if state.place.step in privacy.ASIDE else _passed(state, place)
    return _turn(state.model_copy(update={"past": past}), world, place, ())


def _unfollow(state: State, world: World, text: str) -> Turn:
    """Stop following at one word; what stood open stands open again."""
    said, effect = following.stop_by_word(_talk(state, world, Message()), behind(text, "unfollow") or "")
    gone = set(effect.subscriptions) if effect else set()
    left = replace(world, following=tuple(sub for sub in world.following if sub.id not in gone))
    return _turn(state, left, state.place, (said,), (effect,) if effect else ())


_WORDS: dict[str, Callable[[State, World, str], Turn]] = {
    "back": _back,
    "begin": _begin,
    "help": _help,
    "stop": _stop,
    "concept": _concept,
    "privacy": _privacy,
    "mydata": _my_data,
    "correct": lambda state, world, text: _aside(state, world, Step.CORRECT),
    "forget": lambda state, world, text: _aside(state, world, Step.FORGET),
    "language": _language,
    "nl": _language,
    "en": _language,
    "unfollow": _unfollow,
}


def _talk(state: State, world: World, message: Message) -> Talk:
    return Talk(
        place=state.place,
        message=message,
        world=world,
        language=state.language,
        key=world.key or str(state.revision),
        kept=state.kept,
    )


def _passed(state: State, place: Place) -> tuple[Place, ...]:
    if state.place == place or state.place.step is Step.STOPPED:
        return state.past
    return (*state.past, state.place)[-PLACES_KEPT:]


def _set_aside(state: State) -> tuple[Draft, ...]:
    draft = state.place.draft
    if draft is None or not draft.is_begun:
        return state.kept
    return (draft, *_without(state.kept, draft))


def _without(kept: tuple[Draft, ...], draft: Draft) -> tuple[Draft, ...]:
    return tuple(k for k in kept if k.key != draft.key)


def _after(world: World, effects: Sequence[Effect]) -> World:
    if not effects:
        return world
    world = replace(world, copies=copies.after(world.copies, effects))
    done = {effect.report for effect in effects if isinstance(effect, Decide)}
    closed = {effect.ticket for effect in effects if isinstance(effect, Close)}
    # Answers that wait go with the question they are to.
    gone = {e.report for e in effects if isinstance(e, Decide) and e.state is ReportState.DECLINED}
    waiting = tuple(report for report in world.waiting if report.id not in done and report.about not in gone)
    tickets = tuple(t for t in world.tickets if t.id not in closed)
    left = tuple(one for one in world.asked if not any(asked.is_answered_by(effect, *one) for effect in effects))
    judged = {effect.mention for effect in effects if isinstance(effect, JudgeMention)}
    suggested = tuple(known for known in world.suggested if known.mention.id not in judged)
    world = replace(world, waiting=waiting, tickets=tickets, asked=left, suggested=suggested)
    return meetings.after(world, effects)
