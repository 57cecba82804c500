"""What the last meeting decided and agreed, what is open from before, and saying that an agreement is done. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

from bot import people
from bot.dialogue import noting, wording
from bot.dialogue.drafts import Excuse, Step
from bot.dialogue.effects import Settle
from bot.dialogue.meetings import TOLD
from bot.dialogue.shapes import Move, Place, Reply, Talk, World, Wrong
from monitor import models, network
from monitor.models import AgreementState, Phase
from monitor.network import Standing
from monitor.periods import Period

CODE_LENGTH = 12
LISTED = 8
SHOWN_NOTES = 400
LISTING = re.compile(r"^- ", re.MULTILINE)
SHOWN_TEXT = 200


def code(standing: Standing) -> str:
    """Name an agreement in few characters, for what stands behind a button."""
    name = f"{standing.meeting.id}/{standing.agreement.id}"
    return hashlib.sha256(name.encode()).hexdigest()[:CODE_LENGTH]


def last_meeting(world: World) -> models.Meeting | None:
    """Give the last meeting that agreed or decided something, else the last one that was held."""
    held = network.held(world.folder.meetings, world.today)
    return network.agreed_last(world.folder.meetings, world.today) or next(iter(held), None)


def mine(talk: Talk, standings: Iterable[Standing]) -> list[Standing]:
    """Keep the open agreements on which a person may speak; nothing is asked once the plan is closed."""
    if talk.world.phase is Phase.CLOSED:
        return []
    return [s for s in standings if s.is_open and people.may_settle(talk.world.person, s.agreement, talk.world.folder)]


def start(talk: Talk) -> Move:
    """Show the last meeting with what is open."""
    return Move(place=Place(step=Step.AGREEMENTS))


def ask_agreements(talk: Talk) -> Reply:
    """Say what the last meeting decided and agreed, and what earlier ones left open; ask which agreement is done."""
    meeting, found = last_meeting(talk.world), _standings(talk)
    listed = [(f"agreement {code(s)}", _short(talk, s)) for s in mine(talk, found)[:LISTED]]
    name = "agreement.which" if listed else "start.what"
    listed += list(_ways(talk))
    if meeting is None:
        text = "\n".join((talk.say("agreement.no-meeting"), _page(talk, "meetings")))
        return Reply(text=text, question=talk.say(name), choices=wording.choices(listed))
    return Reply(
        heading=talk.say(
            "agreement.last", title=wording.text_of(meeting.title, talk.language), day=_day(talk, meeting)
        ),
        text="\n".join(_lines(talk, meeting, found)),
        question=talk.say(name),
        choices=wording.choices(listed),
    )


def choose_agreement(talk: Talk) -> Move | Wrong:
    """Open an agreement, or go elsewhere."""
    match talk.action:
        case "agreement" if _find(talk, talk.value):
            return Move(place=Place(step=Step.AGREEMENT, about=talk.value))
        case "write-notes":
            return noting.start(talk)
        case "next":
            return Move(place=Place(step=Step.MEETING))
        case "menu":
            return Move(place=Place())
    return Wrong(help=talk.say("choice.none"))


def enter(talk: Talk) -> Move | Wrong:
    """Say that the agreement is done which a button below a reminder names."""
    standing = _find(talk, talk.value)
    if standing is None or not mine(talk, [standing]):
        return Move(place=Place(step=Step.AGREEMENTS), said=(Reply(text=talk.say("agreement.gone")),))
    return _settle(talk, standing, AgreementState.DONE)


def ask_agreement(talk: Talk) -> Reply:
    """Show an agreement with all that was said of it, and ask how it stands."""
    standing = _find(talk, talk.place.about)
    if standing is None:
        return Reply(text=talk.say("agreement.gone"), question=talk.say("anything"))
    listed = [*_states(talk, standing), ("list", talk.say("agreement.list")), ("menu", talk.say("meeting.menu"))]
    if talk.place.seen == TOLD:
        return Reply(question=talk.say("sent.more"), choices=wording.choices(listed))
    said = [_line(talk, standing), *_statements(talk, standing)]
    text = "\n".join(
        [*said, talk.say("agreement.from", title=_title(talk, standing), day=_day(talk, standing.meeting))]
    )
    return Reply(text=text, question=talk.say("agreement.ask"), choices=wording.choices(listed))


def tell_agreement(talk: Talk) -> Move | Wrong:
    """Say that an agreement is done, no longer needed, or open after all."""
    standing = _find(talk, talk.place.about)
    match talk.action:
        case "list":
            return Move(place=Place(step=Step.AGREEMENTS))
        case "menu":
            return Move(place=Place())
    if standing is None or talk.action not in dict(_states(talk, standing)):
        return Wrong(help=talk.say("choice.none"))
    if talk.action == "dropped":
        return Move(place=Place(step=Step.EXCUSE, about=talk.place.about))
    return _settle(talk, standing, AgreementState(talk.action))


def ask_excuse(talk: Talk) -> Reply:
    """Ask why an agreement is no longer needed; one of a few reasons, so that nothing unchecked gets public."""
    standing = _find(talk, talk.place.about)
    listed = [(f"excuse {excuse}", talk.say(f"agreement.{excuse}")) for excuse in Excuse]
    choices = wording.choices([*listed, ("keep-open", talk.say("agreement.keep"))])
    text = _line(talk, standing) if standing else ""
    return Reply(text=text, question=talk.say("agreement.why"), choices=choices)


def tell_excuse(talk: Talk) -> Move | Wrong:
    """State that an agreement is no longer needed, and why."""
    standing = _find(talk, talk.place.about)
    if standing is None or talk.action == "keep-open":
        return Move(place=Place(step=Step.AGREEMENTS))
    if talk.action != "excuse":
        return Wrong(help=talk.say("choice.none"))
    return _settle(talk, standing, AgreementState.DROPPED, Excuse(talk.value))


def _settle(talk: Talk, standing: Standing, state: AgreementState, excuse: Excuse | None = None) -> Move:
    page = _page(talk, standing.meeting.id)
    said = Reply(heading=_short(talk, standing), text=f"{talk.say(f'agreement.said-{state}')}\n{page}")
    effect = Settle(meeting=standing.meeting.id, agreement=standing.agreement.id, state=state, excuse=excuse)
    return Move(place=Place(step=Step.AGREEMENT, about=code(standing), seen=TOLD), said=(said,), effects=(effect,))


def _standings(talk: Talk) -> list[Standing]:
    return talk.world.gathered.standings(talk.world.folder, talk.world.today)


def _find(talk: Talk, name: str | None) -> Standing | None:
    return next((standing for standing in _standings(talk) if code(standing) == name), None)


def _states(talk: Talk, standing: Standing) -> list[tuple[str, str]]:
    """List what may be said of an agreement now; of who may not speak on it nothing."""
    if talk.world.phase is Phase.CLOSED:
        return []
    if not people.may_settle(talk.world.person, standing.agreement, talk.world.folder):
        return []
    named = [state for state in AgreementState if standing.states != (state,)]
    order = (AgreementState.DONE, AgreementState.DROPPED, AgreementState.OPEN)
    return [(str(state), talk.say(f"agreement.mark-{state}")) for state in order if state in named]


def _lines(talk: Talk, meeting: models.Meeting, found: list[Standing]) -> Iterator[str]:
    notes = " ".join(LISTING.sub("• ", wording.text_of(meeting.notes, talk.language)).split())
    if notes:
        yield wording.cut(notes, SHOWN_NOTES)
    if meeting.decisions:
        yield talk.say("agreement.decided")
        yield from (f"• {wording.text_of(decision, talk.language)}" for decision in meeting.decisions)
    own = [standing for standing in found if standing.meeting == meeting]
    yield talk.say("agreement.agreed" if own else "agreement.none")
    yield from (f"• {_line(talk, standing)}" for standing in own)
    if earlier := network.still_open(meeting, found):
        yield talk.say("agreement.earlier")
        yield from (f"• {_line(talk, standing)}" for standing in earlier[:LISTED])
    yield _page(talk, meeting.id)


def _line(talk: Talk, standing: Standing) -> str:
    agreement = standing.agreement
    who = wording.organisation(talk.world, agreement.organisation, talk.language) or talk.say("agreement.nobody")
    due = talk.say("agreement.due", day=wording.period(agreement.due, talk.language)) if agreement.due else ""
    bare = wording.without_name(wording.text_of(agreement.text, talk.language), who)
    text = wording.cut(bare, SHOWN_TEXT).rstrip(".")
    state = talk.say("agreement.and").join(_state(talk, state) for state in standing.states)
    return talk.say("agreement.line", who=who, text=text, due=due, state=state)


def _state(talk: Talk, state: AgreementState) -> str:
    closed = talk.world.phase is Phase.CLOSED and state is AgreementState.OPEN
    return talk.say("agreement.unsettled" if closed else f"agreement.state-{state}")


def _statements(talk: Talk, standing: Standing) -> Iterator[str]:
    for said in standing.statements:
        who = wording.organisation(talk.world, said.organisation, talk.language) or talk.say("agreement.file")
        day = wording.period(Period.day(said.on), talk.language)
        state = talk.say(f"agreement.state-{said.state}")
        yield talk.say("agreement.statement", who=who, day=day, state=state)


def _ways(talk: Talk) -> Iterator[tuple[str, str]]:
    if noting.writable(talk):
        yield "write-notes", talk.say("agreement.write-notes")
    yield "next", talk.say("agreement.next")
    yield "menu", talk.say("meeting.menu")


def _short(talk: Talk, standing: Standing) -> str:
    return wording.shorten(wording.text_of(standing.agreement.text, talk.language))


def _title(talk: Talk, standing: Standing) -> str:
    return wording.text_of(standing.meeting.title, talk.language)


def _day(talk: Talk, meeting: models.Meeting) -> str:
    return wording.period(meeting.date, talk.language)


def _page(talk: Talk, name: str) -> str:
    return talk.say("meetings.page", page=talk.world.pages.get(name, ""))


ASK: dict[Step, Callable[[Talk], Reply]] = {
    Step.AGREEMENTS: ask_agreements,
    Step.AGREEMENT: ask_agreement,
    Step.EXCUSE: ask_excuse,
}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {
    Step.AGREEMENTS: choose_agreement,
    Step.AGREEMENT: tell_agreement,
    Step.EXCUSE: tell_excuse,
}
