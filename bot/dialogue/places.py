"""Places of the conversation that a word opens at any time, and who has them. Pure."""

from __future__ import annotations

from bot import people
from bot.dialogue import understanding
from bot.dialogue.drafts import Step
from bot.messages import spoken
from monitor import models
from monitor.models import Role

PLACES = (
    "report", "own", "queue", "tickets", "meetings", "sign-up", "agreements", "notes", "lookup", "remark", "copies",
    "follow", "network", "ask", "share", "search",
)  # fmt: skip
SHARING = ("network", "ask", "share")
FOR_REVIEWERS = ("queue", "tickets", "copies")
FOR_MEMBERS = (*SHARING, "answering")
MEETINGS = ("meetings", "sign-up", "agreements", "notes")
# Here what is typed behind the word is the first answer, also without a slash.
WITH_WORDS = ("search",)
# Here one word without a slash cannot be an answer in somebody's own words, nor a yes to what is read back.
BARE = (
    Step.STOPPED, Step.START, Step.MORE, Step.QUEUE, Step.REVIEW, Step.OWN, Step.OWN_REPORT, Step.TICKETS, Step.COPIES,
    Step.COPY, Step.MEETING, Step.AGREEMENTS, Step.AGREEMENT, Step.EXCUSE, Step.NOTES_OF, Step.NETWORK, Step.ANSWERING,
    Step.FOUND,
)  # fmt: skip


def of_role(role: Role, *, leads: bool) -> tuple[str, ...]:
    """List the places of a role; ``leads`` tells whether its organisation answers for a commitment."""
    report = ("report", "own") if leads else ()
    match role:
        case Role.COORDINATOR:
            shared = (*MEETINGS, *report, *SHARING)
            return ("queue", "tickets", *shared, "search", "lookup", "remark", "copies", "follow")
        case Role.REVIEWER:
            return ("queue", "tickets", *report, "search", "lookup", "remark", "copies", "follow")
        case Role.PIONEER:
            return (*MEETINGS, *SHARING, "search", *report, "lookup", "remark", "follow")
        case Role.LEAD:
            return (*report, *(MEETINGS if leads else ()), "search", "lookup", "remark", "follow")
        case _:
            return ("remark", "own", "search", "follow", "lookup")


def leads(folder: models.PlanFolder, person: models.Person) -> bool:
    """Tell whether a person's organisation answers for a commitment."""
    return bool(people.led_by(folder, person.organisation))


def may_open(folder: models.PlanFolder, person: models.Person, place: str) -> bool:
    """Tell whether a place is there for a person."""
    if place in FOR_MEMBERS:
        return people.is_member(person, folder)
    return place not in FOR_REVIEWERS or people.is_reviewer(person)


def meant(folder: models.PlanFolder, person: models.Person, place: str) -> str:
    """Give the place that a word opens for this person: a member answers questions, who reports nothing remarks."""
    if place == "tickets" and not people.is_reviewer(person) and people.is_member(person, folder):
        return "answering"
    return "remark" if place == "report" and not leads(folder, person) else place


def named(text: str, step: Step) -> tuple[str, str] | None:
    """Find the place that a command or one word opens, and what was typed after the command."""
    said = " ".join(text.casefold().split()).strip(".!?")
    if step in BARE and (place := next((name for name in PLACES if said in spoken(name)), None)):
        return place, ""
    if step in BARE and understanding.asks_next_meeting(text):
        return "meetings", ""
    word, _, rest = text.strip().partition(" ")
    plain = word.casefold().partition("@")[0]
    command = plain.startswith("/")
    plain = plain.removeprefix("/").strip(".!?")
    found = next((name for name in PLACES if plain in spoken(name)), None)
    if not command and (step not in BARE or (rest and found not in WITH_WORDS)):
        return None
    return (found, rest.strip()) if found else None
