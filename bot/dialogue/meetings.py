"""The next meeting: when and where, what is proposed, who comes, and signing up the own organisation. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot import people
from bot.dialogue import posting, wording
from bot.dialogue.drafts import Step
from bot.dialogue.effects import Attend, Effect, GiveCalendar, Settle
from bot.dialogue.shapes import Move, Place, Reply, Talk, World, Wrong
from bot.messages import say
from monitor import agenda, models, network
from monitor.models import Phase

TOLD = "told"
SHOWN_PAST = 3
SHOWN_ITEMS = 8
BUTTONS = 6
MOST_PEOPLE = 99


def coming(world: World) -> list[models.Meeting]:
    """List the meetings still to come, the next one first; a closed plan has none."""
    return [] if world.phase is Phase.CLOSED else network.coming(world.folder.meetings, world.today)


def find(world: World, name: str | None) -> models.Meeting | None:
    """Give the meeting with this id, else the one that comes next."""
    known = next((meeting for meeting in world.folder.meetings if meeting.id == name), None)
    return known or next(iter(coming(world)), None)


def start(talk: Talk, name: str | None = None) -> Move:
    """Show a meeting, the next one where none is named."""
    return Move(place=Place(step=Step.MEETING, about=name))


def enter(talk: Talk) -> Move:
    """Show the meeting that a button names."""
    return start(talk, f"{talk.world.plan.id}/{talk.value}")


def start_sign_up(talk: Talk, name: str | None = None) -> Move:
    """Ask how many come to a meeting; who may not sign up hears why, and sees the meeting."""
    meeting = find(talk.world, name)
    if meeting is None or meeting not in coming(talk.world):
        return start(talk, name)
    if not _may_sign_up(talk, meeting):
        coordinator = wording.organisation(talk.world, talk.world.plan.coordinator, talk.language)
        said = Reply(text=talk.say("meeting.not-yours", coordinator=coordinator))
        return Move(place=Place(step=Step.MEETING, about=meeting.id), said=(said,))
    return Move(place=Place(step=Step.ATTEND, about=meeting.id))


def ask_meeting(talk: Talk) -> Reply:
    """Say all that is known of a meeting, and ask what somebody wants with it."""
    meeting = find(talk.world, talk.place.about)
    listed = list(_choices(talk, meeting))
    question, choices = talk.say("start.what"), wording.choices(listed)
    if talk.place.seen == TOLD:
        return Reply(question=talk.say("sent.more"), choices=choices)
    if meeting is None:
        return Reply(text="\n".join(_no_next(talk)), question=question, choices=choices)
    return Reply(
        heading=wording.text_of(meeting.title, talk.language),
        text="\n".join(_lines(talk, meeting)),
        question=question,
        choices=choices,
    )


def choose_meeting(talk: Talk) -> Move | Wrong:
    """Sign up, change the number or take it back, keep it in a calendar, or look at another meeting."""
    meeting = find(talk.world, talk.place.about)
    match talk.action:
        case "meeting":
            return enter(talk)
        case "agreements":
            return Move(place=Place(step=Step.AGREEMENTS))
        case "propose":
            return posting.begin(talk)
        case "menu":
            return Move(place=Place())
    if meeting is None:
        return Wrong(help=talk.say("choice.none"))
    match talk.action:
        case "sign-up" if _may_sign_up(talk, meeting) and talk.value.isdecimal():
            return _attend(talk, meeting, int(talk.value))
        case "attend" if _may_sign_up(talk, meeting):
            return Move(place=Place(step=Step.ATTEND, about=meeting.id))
        case "calendar":
            return _told(meeting, (), (GiveCalendar(meeting=meeting.id),))
    return Wrong(help=talk.say("choice.none"))


def ask_number(talk: Talk) -> Reply:
    """Ask how many people an organisation brings."""
    meeting = find(talk.world, talk.place.about)
    heading = wording.text_of(meeting.title, talk.language) if meeting else ""
    listed = [(f"people {number}", _people(talk, number)) for number in range(1, BUTTONS + 1)]
    return Reply(
        heading=heading,
        text="\n".join((wording.period(meeting.date, talk.language), talk.say("meeting.public"))) if meeting else "",
        question=talk.say("meeting.how-many", organisation=_own(talk)),
        choices=wording.choices(listed),
    )


def tell_number(talk: Talk) -> Move | Wrong:
    """Answer how many people come; a number that is on no button can be typed."""
    meeting = find(talk.world, talk.place.about)
    if meeting is None or not _may_sign_up(talk, meeting):
        return start(talk, talk.place.about)
    given = talk.value if talk.action == "people" else talk.message.text.strip(" .")
    if not given.isdecimal() or int(given) > MOST_PEOPLE:
        return Wrong(help=talk.say("meeting.number", most=MOST_PEOPLE))
    return _attend(talk, meeting, int(given))


def after(world: World, effects: Iterable[Effect]) -> World:
    """Give the world as it is once somebody signed up or said how an agreement stands."""
    gathered, plan, own = world.gathered, world.plan.id, world.person.organisation
    for effect in effects:
        if isinstance(effect, Attend) and own:
            gathered = gathered.with_people(plan, effect.meeting, own, effect.people)
        elif isinstance(effect, Settle):
            key = (effect.meeting, effect.agreement)
            gathered = gathered.with_state(plan, key, effect.state, organisation=own, today=world.today)
    return world if gathered is world.gathered else replace(world, gathered=gathered)


def calendar_reply(meeting: models.Meeting, file: str, language: str) -> Reply | None:
    """Say at which address the calendar file of a meeting is; None where its day is not known."""
    return Reply(text=say(language, "meeting.file", file=file)) if agenda.has_day(meeting) else None


def _attend(talk: Talk, meeting: models.Meeting, number: int) -> Move:
    values = {"organisation": _own(talk), "people": _people(talk, number)}
    said = Reply(
        heading=wording.text_of(meeting.title, talk.language),
        text=talk.say("meeting.signed-up" if number else "meeting.signed-off", **values),
    )
    return _told(meeting, (said,), (Attend(meeting=meeting.id, people=number),))


def _told(meeting: models.Meeting, said: tuple[Reply, ...], effects: tuple[Effect, ...]) -> Move:
    return Move(place=Place(step=Step.MEETING, about=meeting.id, seen=TOLD), said=said, effects=effects)


def _may_sign_up(talk: Talk, meeting: models.Meeting) -> bool:
    return meeting in coming(talk.world) and people.may_attend(talk.world.person, talk.world.folder)


def _own(talk: Talk) -> str:
    return wording.organisation(talk.world, talk.world.person.organisation, talk.language)


def _people(talk: Talk, number: int) -> str:
    return talk.say("meeting.person") if number == 1 else talk.say("meeting.people", count=number)


def _lines(talk: Talk, meeting: models.Meeting) -> Iterator[str]:
    yield from _facts(talk, meeting)
    items = [item for item in talk.world.gathered.agenda if item.meeting == meeting.id][:SHOWN_ITEMS]
    yield talk.say("meeting.agenda" if items else "meeting.no-agenda")
    yield from (f"• {wording.text_of(item.text, talk.language)}" for item in items)
    yield _who(talk, meeting)
    if _may_sign_up(talk, meeting):
        yield talk.say("meeting.public")
    yield talk.say("meetings.page", page=talk.world.pages.get(meeting.id, ""))


def _facts(talk: Talk, meeting: models.Meeting) -> Iterator[str]:
    day = wording.period(meeting.date, talk.language)
    place = talk.say("meeting.online") if meeting.online else meeting.place
    yield ", ".join(part for part in (day, meeting.time, place or talk.say("meeting.no-place")) if part)
    if meeting.host:
        yield talk.say("meeting.host", host=wording.organisation(talk.world, meeting.host, talk.language))
    if meeting.theme:
        yield talk.say("meeting.theme", theme=wording.text_of(meeting.theme, talk.language))


def _who(talk: Talk, meeting: models.Meeting) -> str:
    found = talk.world.gathered.signed_up(meeting.id, talk.world.today)
    named = [f"{wording.organisation(talk.world, name, talk.language)} ({count})" for name, count in found.items()]
    if not named:
        return talk.say("meeting.nobody")
    return talk.say("meeting.who", organisations=", ".join(named), people=_people(talk, sum(found.values())))


def _no_next(talk: Talk) -> Iterator[str]:
    past = network.held(talk.world.folder.meetings, talk.world.today)[:SHOWN_PAST]
    yield talk.say("meetings.no-next")
    yield talk.say("meetings.found" if past else "meetings.none")
    for meeting in past:
        day = wording.period(meeting.date, talk.language)
        yield talk.say("meetings.line", day=day, title=wording.text_of(meeting.title, talk.language))
    yield talk.say("meetings.page", page=talk.world.pages.get("meetings", ""))


def _choices(talk: Talk, meeting: models.Meeting | None) -> Iterator[tuple[str, str]]:
    if meeting and _may_sign_up(talk, meeting):
        yield from _sign_up_choices(talk, meeting)
    if meeting and agenda.has_day(meeting) and meeting in coming(talk.world) and talk.place.seen != TOLD:
        yield "calendar", talk.say("meeting.calendar")
    if meeting and meeting in coming(talk.world) and posting.may_share(talk):
        yield "propose", talk.say("post.menu-propose")
    for other in coming(talk.world):
        if other != meeting:
            day = wording.period(other.date, talk.language)
            yield f"meeting {other.slug}", talk.say("meetings.line", day=day, title=_title(talk, other))
    if network.held(talk.world.folder.meetings, talk.world.today):
        yield "agreements", talk.say("meeting.agreements")
    yield "menu", talk.say("meeting.menu")


def _sign_up_choices(talk: Talk, meeting: models.Meeting) -> Iterator[tuple[str, str]]:
    brought = talk.world.gathered.signed_up(meeting.id, talk.world.today).get(talk.world.person.organisation or "")
    if brought:
        yield "attend", talk.say("meeting.change", people=_people(talk, brought))
        yield "sign-up 0", talk.say("meeting.sign-off")
    else:
        yield "sign-up 1", talk.say("meeting.sign-up", organisation=_own(talk))
        yield "attend", talk.say("meeting.more-people")


def _title(talk: Talk, meeting: models.Meeting) -> str:
    return wording.shorten(wording.text_of(meeting.title, talk.language))


ASK: dict[Step, Callable[[Talk], Reply]] = {Step.MEETING: ask_meeting, Step.ATTEND: ask_number}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {Step.MEETING: choose_meeting, Step.ATTEND: tell_number}
