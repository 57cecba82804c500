"""The questions that a report asks, and its read-back. Pure."""

from __future__ import annotations

from bot.dialogue import wording
from bot.dialogue.drafts import Draft
from bot.dialogue.reporting import BEHIND, lacks_obstacle, own_milestones
from bot.dialogue.shapes import Choice, Reply, Talk, World
from bot.people import led_by
from monitor import models
from monitor.models import Completion
from monitor.periods import Period

STEPS = (Completion.NOT_STARTED, Completion.LIMITED, Completion.SUBSTANTIAL, Completion.COMPLETE)
LISTED = 8
SHOWN_TEXT = 300


def ask_commitment(talk: Talk) -> Reply:
    """Ask which of the own commitments it is about."""
    led = led_by(talk.world.folder, talk.world.person.organisation)
    choices = wording.commitment_choices(led, (), talk.language)
    return Reply(question=talk.say("milestone.which", example=example(talk.world)), choices=choices)


def ask_milestone(talk: Talk) -> Reply:
    """Ask which of the own milestones it is about."""
    heading = wording.heading(talk.world, talk.draft.commitment, None, talk.language)
    listed = milestone_choices(talk.world, talk.draft, talk.language)
    whole = [] if talk.draft.hint and not talk.draft.commitment else [("whole", talk.say("milestone.whole"))]
    choices = wording.choices([*listed, *whole])
    question = talk.say("milestone.which", example=example(talk.world, talk.draft))
    return Reply(heading=heading, question=question, choices=choices)


def milestone_choices(world: World, draft: Draft | None, language: str) -> list[tuple[str, str]]:
    """List the own milestones as choices, each opening with its number and title."""
    numbers = own_milestones(world, draft)
    return [(f"milestone {n}", wording.milestone_heading(world.milestones[n][1], language)) for n in numbers]


def example(world: World, draft: Draft | None = None) -> str:
    """Give the number of the first own milestone, to show how it is typed."""
    return next(iter(own_milestones(world, draft)), "1.1")


def ask_completion(talk: Talk) -> Reply:
    """Show the last update and ask how far it is now; "nothing changed" is one of the answers."""
    listed = [(f"completion {step}", talk.say(f"completion.{step}")) for step in STEPS]
    last = wording.latest(talk.world, talk.draft.commitment, talk.draft.milestone)
    if last and talk.draft.text is None:
        listed.append(("unchanged", talk.say("what.unchanged")))
    reply = _ask(talk, "completion.ask", wording.choices(listed))
    return reply.model_copy(update={"text": _told_last(talk, last), "files": True})


def _told_last(talk: Talk, last: models.Update | None) -> str:
    if last is None:
        return talk.say("what.none") if talk.draft.text is None else ""
    text = wording.cut(wording.text_of(last.text, talk.language), SHOWN_TEXT)
    said = [talk.say("what.last", day=wording.about_when(last.speaks_of, talk.language), text=text)]
    if last.completion:
        said.append(talk.say("what.last-completion", completion=talk.say(f"completion.{last.completion}")))
    return "\n".join(said)


def ask_what(talk: Talk) -> Reply:
    """Ask what happened and where that is to be seen, or what holds it up."""
    completion = talk.draft.completion or Completion.SUBSTANTIAL
    reply = _ask(talk, f"what.ask-{completion}", ())
    help_ = talk.say("what.evidence") if completion not in BEHIND else ""
    return reply.model_copy(update={"text": help_, "files": completion is not Completion.NOT_STARTED})


def ask_description(talk: Talk) -> Reply:
    """Ask what a file shows, and warn of people who can be recognised."""
    reply = _ask(talk, "file.describe", ())
    return reply.model_copy(update={"text": talk.say("file.people"), "files": True})


def ask_obstacle(talk: Talk) -> Reply:
    """Ask what holds it up."""
    return _ask(talk, "obstacle.ask", wording.choices([("nothing", talk.say("obstacle.nothing"))]))


def ask_evidence(talk: Talk) -> Reply:
    """Ask for a link or file; complete is not possible without one."""
    if talk.draft.completion is Completion.COMPLETE:
        choices = wording.choices([("substantial", talk.say("evidence.not-complete"))])
        reply = _ask(talk, "evidence.ask-complete", choices)
        return reply.model_copy(update={"text": talk.say("evidence.needed"), "files": True})
    reply = _ask(talk, "evidence.ask", wording.choices([("not-public", talk.say("evidence.none"))]))
    return reply.model_copy(update={"files": True})


def ask_day(talk: Talk) -> Reply:
    """Ask which day the report is about."""
    day = wording.period(Period.day(talk.world.today), talk.language)
    return _ask(talk, "day.ask", (), example=day)


def read_back(talk: Talk) -> Reply:
    """Show the report exactly as the public will see it and ask whether it is right."""
    listed = [(name, talk.say(f"readback.{name}")) for name in ("send", "change", "concept", "cancel")]
    alone = talk.say("readback.alone") + "\n" if wording.is_alone(talk.world, talk.draft) else ""
    said = (wording.warning(talk.draft, talk.language), *_hints(talk), talk.say("readback.title"))
    return Reply(
        text="\n".join(line for line in said if line),
        preview=wording.preview(talk.world, talk.draft, talk.language, owner=talk.world.person.organisation),
        question=alone + talk.say("readback.ask"),
        choices=wording.choices(listed),
        files=not talk.draft.unchanged,
        file=talk.draft.file,
    )


def _hints(talk: Talk) -> list[str]:
    """Say what may still be added in one go: what holds it up, or something to see."""
    draft, hints = talk.draft, []
    if draft.file:
        hints.append(talk.say("file.people"))
    if lacks_obstacle(draft):
        hints.append(talk.say("readback.obstacle"))
    seen = draft.evidence is not None or draft.file or draft.completion is Completion.NOT_STARTED
    if not seen and not draft.unchanged:
        hints.append(talk.say("readback.evidence"))
    return hints


def ask_change(talk: Talk) -> Reply:
    """Ask what to change."""
    names = ["text", "milestone", "day"]
    if not talk.draft.unchanged:
        names[1:1] = ["completion", "evidence"]
    if talk.draft.completion in BEHIND:
        names.insert(2, "obstacle")
    return _ask(talk, "change.ask", wording.choices([(name, talk.say(f"change.{name}")) for name in names]))


def _ask(talk: Talk, name: str, choices: tuple[Choice, ...], **values: object) -> Reply:
    heading = wording.draft_heading(talk.world, talk.draft, talk.language)
    return Reply(heading=heading, question=talk.say(name, **values), choices=choices)
