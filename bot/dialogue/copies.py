"""Copies of evidence: a reviewer looks at what was kept, and decides whether everyone may see it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot import people
from bot.dialogue import understanding, wording
from bot.dialogue.drafts import Step
from bot.dialogue.effects import DecideCopy, Effect
from bot.dialogue.evidence_copies import Copy
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from bot.messages import say
from monitor.models import CopyState, Text
from monitor.periods import Period

LISTED = 10
ENOUGH_WORDS = 2
LEAST_OF_HASH = 6
DECIDED = "decided"
OFFERED: dict[CopyState | None, tuple[CopyState, ...]] = {
    None: (CopyState.RELEASED, CopyState.HELD),
    CopyState.HELD: (CopyState.RELEASED, CopyState.TAKEN_DOWN),
    CopyState.RELEASED: (CopyState.TAKEN_DOWN,),
}
STEPS = {
    CopyState.RELEASED: Step.RELEASE_COPY,
    CopyState.HELD: Step.HOLD_COPY,
    CopyState.TAKEN_DOWN: Step.TAKE_DOWN_COPY,
}
GROUNDS = {
    CopyState.RELEASED: ("read",),
    CopyState.HELD: ("personal-data", "rights", "not-the-page"),
    CopyState.TAKEN_DOWN: ("personal-data", "rights", "unlawful"),
}


def undecided(listed: Iterable[Copy]) -> tuple[Copy, ...]:
    """Give the copies that nobody decided about."""
    return tuple(copy for copy in listed if copy.state is None)


def after(listed: tuple[Copy, ...], effects: Iterable[Effect]) -> tuple[Copy, ...]:
    """Give the copies as they stand when this was done."""
    done = {effect.sha256: effect for effect in effects if isinstance(effect, DecideCopy)}
    moved = (_decided(copy, done[copy.sha256]) if copy.sha256 in done else copy for copy in listed)
    return tuple(copy for copy in moved if copy.state is not CopyState.TAKEN_DOWN)


def ask_copies(talk: Talk) -> Reply:
    """List the copies that wait for a decision, the oldest first, or those that were decided about."""
    waiting = undecided(talk.world.copies)
    others = [copy for copy in talk.world.copies if copy.state]
    if talk.place.about == DECIDED:
        lines = wording.choices(_lines(talk, others[-LISTED:]))
        return Reply(text=_more(talk, len(others)), question=talk.say("copies.ask-decided"), choices=lines)
    more = [(DECIDED, talk.say("copies.decided", count=len(others)))] if others else []
    name = "copies.ask" if waiting else "copies.ask-none"
    lines = wording.choices([*_lines(talk, waiting[:LISTED]), *more])
    return Reply(text=_more(talk, len(waiting)), question=talk.say(name), choices=lines)


def choose_copy(talk: Talk) -> Move | Wrong:
    """Open a copy from the list, or by the beginning of its hash; one of the own organisation is refused."""
    if talk.action == DECIDED:
        return Move(place=Place(step=Step.COPIES, about=DECIDED))
    found = _named(talk, talk.value if talk.action == "copy" else talk.message.text)
    if found is None:
        return Wrong(help=talk.say("copies.gone" if talk.action else "copies.unknown"))
    return _opened(talk, found)


def ask_copy(talk: Talk) -> Reply:
    """Show where a copy comes from and how it stands, and ask what is to be done with it."""
    copy = _spoken_of(talk)
    if copy is None:
        return Reply(text=talk.say("copies.gone"), question=talk.say("anything"))
    listed = [(f"copy-{state}", talk.say(f"copies.do-{state}")) for state in OFFERED[copy.state]]
    return Reply(
        heading=_title(copy),
        text="\n".join([*_facts(talk, copy), talk.say("copies.look")]),
        question=talk.say("copies.ask-released" if copy.state is CopyState.RELEASED else "copies.ask-one"),
        choices=wording.choices([*listed, ("later", talk.say("review.later"))]),
        file=copy.file,
    )


def choose_decision(talk: Talk) -> Move | Wrong:
    """Answer what is to be done with a copy; why is asked next."""
    copy = _spoken_of(talk)
    if copy is None or talk.place.seen != _seen(copy):
        return _look_again(talk, copy)
    if talk.action == "later":
        return Move(place=Place(), forget=True)
    wanted = next((state for state in OFFERED[copy.state] if talk.action == f"copy-{state}"), None)
    return Move(place=_at(STEPS[wanted], copy)) if wanted else Wrong(help=talk.say("choice.none"))


def ask_ground(talk: Talk) -> Reply:
    """Ask why, in words that everyone may read."""
    copy, wanted = _spoken_of(talk), _wanted(talk)
    listed = [(f"because {name}", talk.say(f"copies.ground-{name}")) for name in GROUNDS[wanted]]
    question = talk.say(f"copies.why-{wanted}")
    return Reply(heading=_title(copy) if copy else "", question=question, choices=wording.choices(listed))


def give_ground(talk: Talk) -> Move | Wrong:
    """Decide on a ground from the list, or one that was typed."""
    copy = _spoken_of(talk)
    if copy is None or talk.place.seen != _seen(copy):
        return _look_again(talk, copy)
    if talk.action == "because":
        spoken = talk.world.plan.languages
        return _decide(talk, copy, {code: say(code, f"copies.ground-{talk.value}") for code in spoken})
    text = " ".join(talk.message.text.split())
    if understanding.names_person(text):
        return Wrong(help=talk.say("what.person"))
    if named := understanding.named_person(text):
        return Wrong(help=talk.say("readback.person", name=named))
    if len(text.split()) < ENOUGH_WORDS:
        return Wrong(help=talk.say("copies.short"))
    return _decide(talk, copy, {talk.language: text})


def told(effect: DecideCopy, language: str, *, page: str) -> Reply:
    """Say what was done; ``page`` is the public address of a copy that was released."""
    return Reply(text=say(language, f"copies.done-{effect.state}", page=page))


ASK = {
    Step.COPIES: ask_copies,
    Step.COPY: ask_copy,
    **dict.fromkeys(STEPS.values(), ask_ground),
}
ANSWER = {
    Step.COPIES: choose_copy,
    Step.COPY: choose_decision,
    **dict.fromkeys(STEPS.values(), give_ground),
}


def _decide(talk: Talk, copy: Copy, ground: Text) -> Move:
    effect = DecideCopy(sha256=copy.sha256, state=_wanted(talk), before=copy.state, ground=ground)
    left = [other for other in undecided(talk.world.copies) if other != copy and _may_decide(talk, other)]
    return Move(place=Place(step=Step.COPIES) if left else Place(), effects=(effect,), forget=True)


def _decided(copy: Copy, effect: DecideCopy) -> Copy:
    return replace(copy, state=effect.state, ground=effect.ground)


def _opened(talk: Talk, copy: Copy) -> Move | Wrong:
    if _may_decide(talk, copy):
        return Move(place=_at(Step.COPY, copy))
    able = sorted(people.copy_deciders(talk.world.folder, copy.citing))
    named = ", ".join(wording.organisation(talk.world, name, talk.language) for name in able)
    return Wrong(help=talk.say("copies.own", reviewers=named or talk.say("review.nobody")))


def _look_again(talk: Talk, copy: Copy | None) -> Move:
    """Show a copy again that another decided about meanwhile; one that was taken down is gone."""
    if copy is None:
        return Move(place=Place(), said=(Reply(text=talk.say("copies.gone")),), forget=True)
    return Move(place=_at(Step.COPY, copy), said=(Reply(text=talk.say("copies.changed")),))


def _more(talk: Talk, count: int) -> str:
    """Say that there are more than the list shows, and how to come by those."""
    return talk.say("copies.more", shown=LISTED, all=count) if count > LISTED else ""


def _lines(talk: Talk, listed: Iterable[Copy]) -> list[tuple[str, str]]:
    return [(f"copy {copy.short}", _line(talk, copy)) for copy in listed]


def _line(talk: Talk, copy: Copy) -> str:
    state = [talk.say(f"copies.is-{copy.state}")] if copy.state else []
    where = ", ".join(name.rpartition("/")[2].lstrip("0") for name in copy.about)
    place = wording.shorten(copy.address.partition("://")[2])
    return " · ".join([_title(copy), where, place, _day(talk, copy), copy.short, *state])


def _facts(talk: Talk, copy: Copy) -> list[str]:
    headings = (wording.titled(talk.world.folder, name, talk.language) for name in copy.about)
    citing = [wording.organisation(talk.world, name, talk.language) for name in sorted(copy.citing)]
    said = dict.fromkeys(wording.text_of(text, talk.language).removesuffix(".") for text in copy.said_by)
    about = "; ".join(headings)
    ground = wording.text_of(copy.ground, talk.language)
    return [
        talk.say("copies.address", address=copy.address),
        talk.say("copies.kept", day=_day(talk, copy), hash=copy.sha256),
        talk.say("copies.cited", about=about, organisations=", ".join(citing))
        if citing
        else talk.say("copies.cited-unsaid", about=about),
        *([talk.say("copies.said", said="; ".join(said))] if said else []),
        talk.say(f"copies.stands-{copy.state or 'undecided'}", ground=ground),
    ]


def _title(copy: Copy) -> str:
    return wording.shorten(copy.title) if copy.title else copy.address


def _day(talk: Talk, copy: Copy) -> str:
    return wording.period(Period.day(copy.day), talk.language)


def _named(talk: Talk, start: str) -> Copy | None:
    """Find the one copy whose hash begins so."""
    wanted = start.strip().casefold()
    fitting = [copy for copy in talk.world.copies if copy.sha256.startswith(wanted)]
    return fitting[0] if len(fitting) == 1 and len(wanted) >= LEAST_OF_HASH else None


def _spoken_of(talk: Talk) -> Copy | None:
    """Give the copy that is looked at, to who may decide about it."""
    found = next((copy for copy in talk.world.copies if copy.sha256 == talk.place.about), None)
    return found if found and _may_decide(talk, found) else None


def _may_decide(talk: Talk, copy: Copy) -> bool:
    return people.may_decide_copy(talk.world.person, copy.citing)


def _wanted(talk: Talk) -> CopyState:
    return next(state for state, step in STEPS.items() if step is talk.place.step)


def _seen(copy: Copy) -> str:
    return str(copy.state or "")


def _at(step: Step, copy: Copy) -> Place:
    return Place(step=step, about=copy.sha256, seen=_seen(copy))
