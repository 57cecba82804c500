"""The notes of a meeting: sent, cleared of persons, shown as the page they make, given as a file. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot import people
from bot.dialogue import wording
from bot.dialogue.drafts import Draft, Step
from bot.dialogue.effects import ShowPage
from bot.dialogue.gathered import Gathered
from bot.dialogue.shapes import Move, Paper, Place, Reply, Talk, Wrong
from bot.messages import say
from bot.notes import filing, sections
from monitor import models, network
from monitor.lint import Problem, printing

LISTED = 5
SHORTEST = 40
MOST_CHARACTERS = 12_000
MOST_PROBLEMS = 12
SHOWN_AGREEMENTS = 20
SHOWN_NAMES = 8
SHOWN_TEXT = 80


def writable(talk: Talk) -> list[models.Meeting]:
    """List the meetings that were held and whose notes a person may send, the last one first."""
    held = network.held(talk.world.folder.meetings, talk.world.today)
    may = [meeting for meeting in held if people.may_write_notes(talk.world.person, meeting, talk.world.folder)]
    return may[:LISTED]


def start(talk: Talk) -> Move | Wrong:
    """Ask for notes; of which meeting where there are several."""
    found = writable(talk)
    if not found:
        return Move(place=Place(step=Step.AGREEMENTS))
    return _of(talk, found[0]) if len(found) == 1 else Move(place=Place(step=Step.NOTES_OF))


def may_open(draft: Draft, person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person may see a draft that colleagues share: notes are only for who may send them."""
    return not draft.notes or _meeting_of(draft, person, folder) is not None


def resume(talk: Talk, draft: Draft) -> Move | Wrong:
    """Go on with notes that were begun."""
    if not may_open(draft, talk.world.person, talk.world.folder):
        return Wrong(help=talk.say("choice.none"))
    return _ready(draft) if draft.text else Move(place=Place(step=Step.NOTES, draft=draft))


def ask_which(talk: Talk) -> Reply:
    """Ask of which meeting the notes are."""
    listed = [(f"notes-of {meeting.slug}", _named(meeting, talk.language)) for meeting in writable(talk)]
    return Reply(question=talk.say("noting.which"), choices=wording.choices(listed))


def choose_which(talk: Talk) -> Move | Wrong:
    """Take the meeting of which the notes are."""
    meeting = next((m for m in writable(talk) if talk.action == "notes-of" and m.slug == talk.value), None)
    return _of(talk, meeting) if meeting else Wrong(help=talk.say("choice.none"))


def ask_notes(talk: Talk) -> Reply:
    """Ask for the notes, and say how they are read."""
    return Reply(
        heading=wording.draft_heading(talk.world, talk.draft, talk.language),
        text=talk.say("noting.how"),
        question=talk.say("noting.ask"),
        documents=True,
    )


def tell_notes(talk: Talk) -> Move | Wrong:
    """Take the notes; names of persons are to be taken out before anything is made of them."""
    if not _meeting(talk):
        return start(talk)
    text = talk.message.whole or talk.message.text
    if len(text) < SHORTEST:
        return Wrong(help=talk.say("noting.short"))
    draft = talk.draft.model_copy(update={"text": text, "language": talk.language})
    return Move(place=Place(step=Step.NOTES_NAMES, draft=draft)) if sections.persons(text) else _ready(draft)


def ask_names(talk: Talk) -> Reply:
    """Show what looks like persons, and ask to take it out."""
    if not _meeting(talk):
        return _gone(talk)
    named = sections.persons(talk.draft.text or "")
    shown = ", ".join(f"“{name}”" for name in named[:SHOWN_NAMES])
    ways = [(name, talk.say(f"noting.{name}", mark=talk.say("noting.mark"))) for name in ("strip", "again", "cancel")]
    return Reply(
        heading=wording.draft_heading(talk.world, talk.draft, talk.language),
        text=talk.say("noting.names", names=shown),
        question=talk.say("noting.names-ask"),
        choices=wording.choices(ways),
    )


def tell_names(talk: Talk) -> Move | Wrong:
    """Take out what looks like persons, or take the notes again."""
    if not _meeting(talk):
        return start(talk)
    match talk.action:
        case "strip":
            text = sections.without_persons(talk.draft.text or "", talk.say("noting.mark"))
            return _ready(talk.draft.model_copy(update={"text": text}))
        case "again":
            return _again(talk)
        case "cancel":
            return _cancel(talk)
    return Wrong(help=talk.say("choice.none"))


def ask_ready(talk: Talk) -> Reply:
    """Say what was found in the notes and what the file still lacks; the file comes along."""
    meeting = _meeting(talk)
    if meeting is None or not talk.draft.text:
        return _gone(talk)
    ways = [(name, talk.say(f"noting.{name}")) for name in ("finish", "again", "cancel")]
    return Reply(
        heading=wording.draft_heading(talk.world, talk.draft, talk.language),
        text="\n".join(_summary(talk, meeting)),
        question=talk.say("noting.ready", files=", ".join(papers_named(talk))),
        choices=wording.choices(ways),
        papers=papers(talk.world.folder, talk.draft, talk.world.gathered),
    )


def tell_ready(talk: Talk) -> Move | Wrong:
    """Finish, take the notes again, or throw them away."""
    if not _meeting(talk):
        return start(talk)
    match talk.action:
        case "finish":
            said = Reply(text=talk.say("noting.done", folder=f"commitments/{talk.world.plan.id}/meetings/"))
            return Move(place=Place(), said=(said,), forget=True)
        case "again":
            return _again(talk)
        case "cancel":
            return _cancel(talk)
    return Wrong(help=talk.say("choice.none"))


def papers(folder: models.PlanFolder, draft: Draft, gathered: Gathered) -> tuple[Paper, ...]:
    """Make the files of the meeting as they would stand in the plan; of what is gone or empty, nothing."""
    changed = with_notes(folder, draft, gathered)
    if changed is None:
        return ()
    known = next(m for m in folder.meetings if m.id == changed.id)
    before = filing.files(folder, known)
    made = filing.files(folder, changed)
    return tuple(Paper(name=name, text=text) for name, text in made.items() if before.get(name) != text)


def papers_named(talk: Talk) -> list[str]:
    """Name the files that come along."""
    return [paper.name for paper in papers(talk.world.folder, talk.draft, talk.world.gathered)]


def with_notes(folder: models.PlanFolder, draft: Draft, gathered: Gathered) -> models.Meeting | None:
    """Give the meeting of a draft with what its notes say; None where either is missing."""
    meeting = next((meeting for meeting in folder.meetings if draft.notes and meeting.id == draft.about), None)
    if meeting is None or not draft.text:
        return None
    return filing.with_notes(folder, meeting, draft.text, draft.language, gathered.agreements_of(meeting.id))


def page_reply(language: str) -> Reply:
    """Say that the page comes along which the notes would become."""
    return Reply(text=say(language, "noting.page"))


def _of(talk: Talk, meeting: models.Meeting) -> Move | Wrong:
    known = next((draft for draft in talk.kept if draft.notes and draft.about == meeting.id), None)
    return resume(talk, known or Draft(key=talk.key, kind=None, about=meeting.id, notes=True))


def _ready(draft: Draft) -> Move:
    if sections.persons(draft.text or ""):
        return Move(place=Place(step=Step.NOTES_NAMES, draft=draft))
    return Move(place=Place(step=Step.NOTES_READY, draft=draft), effects=(ShowPage(draft=draft),))


def _again(talk: Talk) -> Move:
    return Move(place=Place(step=Step.NOTES, draft=talk.draft.model_copy(update={"text": None})))


def _cancel(talk: Talk) -> Move:
    return Move(place=Place(), said=(Reply(text=talk.say("noting.cancelled")),), forget=True)


def _meeting(talk: Talk) -> models.Meeting | None:
    return _meeting_of(talk.draft, talk.world.person, talk.world.folder)


def _meeting_of(draft: Draft, person: models.Person, folder: models.PlanFolder) -> models.Meeting | None:
    meeting = next((meeting for meeting in folder.meetings if meeting.id == draft.about), None)
    return meeting if meeting and people.may_write_notes(person, meeting, folder) else None


def _gone(talk: Talk) -> Reply:
    return Reply(text=talk.say("noting.gone"), question=talk.say("anything"))


def _named(meeting: models.Meeting, language: str) -> str:
    day = wording.period(meeting.date, language)
    return say(language, "meetings.line", day=day, title=wording.shorten(wording.text_of(meeting.title, language)))


def _summary(talk: Talk, meeting: models.Meeting) -> Iterator[str]:
    draft = talk.draft
    found = filing.read(talk.world.folder, meeting, draft.text or "", draft.language)
    yield talk.say("noting.found", decisions=len(found.decisions), agreements=len(found.agreements))
    for agreement in found.agreements[:SHOWN_AGREEMENTS]:
        who = wording.organisation(talk.world, agreement.organisation, talk.language) or talk.say("noting.who-unknown")
        day = wording.period(agreement.due, talk.language) if agreement.due else talk.say("noting.day-unknown")
        bare = wording.without_name(wording.text_of(agreement.text, talk.language), who)
        text = wording.shorten(bare, SHOWN_TEXT)
        yield f"• {talk.say('noting.agreement', who=who, text=text, day=day)}"
    if (more := len(found.agreements) - SHOWN_AGREEMENTS) > 0:
        yield f"• {talk.say('noting.more', count=more)}"
    if not (found.decisions or found.agreements) and sections.speaks_of_either(draft.text or ""):
        yield talk.say("noting.own-lines")
    if not filing.replaces_nothing(meeting, found, draft.language):
        yield talk.say("noting.below")
    if found.headings:
        yield talk.say("noting.headings", headings=", ".join(f"“{heading}”" for heading in found.headings))
    yield talk.say("noting.look")
    changed = with_notes(talk.world.folder, draft, talk.world.gathered)
    yield from _checked(talk, filing.check(talk.world.folder, changed) if changed else [])


def _checked(talk: Talk, problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        yield talk.say("noting.right")
        return
    yield talk.say("noting.problems", count=len(problems))
    for problem in problems[:MOST_PROBLEMS]:
        yield f"• {printing.short(problem, talk.language)}"


ASK: dict[Step, Callable[[Talk], Reply]] = {
    Step.NOTES_OF: ask_which,
    Step.NOTES: ask_notes,
    Step.NOTES_NAMES: ask_names,
    Step.NOTES_READY: ask_ready,
}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {
    Step.NOTES_OF: choose_which,
    Step.NOTES: tell_notes,
    Step.NOTES_NAMES: tell_names,
    Step.NOTES_READY: tell_ready,
}
