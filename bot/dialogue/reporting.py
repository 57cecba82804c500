"""Reporting: only what is missing is asked; then the report is read back as the public will see it. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import understanding, wording
from bot.dialogue.shapes import WHOLE, Choice, Draft, Move, Place, Reply, Step, Submit, Talk, World, Wrong
from bot.people import led_by, may_report
from monitor import models
from monitor.models import Completion
from monitor.periods import Period

BEHIND = (Completion.NOT_STARTED, Completion.LIMITED)
STEPS = (Completion.NOT_STARTED, Completion.LIMITED, Completion.SUBSTANTIAL, Completion.COMPLETE)
LISTED = 8
SHOWN_TEXT = 300


def next_step(draft: Draft) -> Step:
    """Tell which question a draft still needs."""
    if draft.milestone is None:
        return Step.MILESTONE if draft.commitment else Step.COMMITMENT
    if draft.text is None:
        return Step.WHAT
    if draft.unchanged:
        return Step.READBACK
    if draft.completion is None:
        return Step.COMPLETION
    if draft.completion in BEHIND and draft.obstacle is None:
        return Step.OBSTACLE
    return Step.EVIDENCE if _lacks_evidence(draft) else Step.READBACK


def advance(talk: Talk, draft: Draft, said: tuple[Reply, ...] = ()) -> Move:
    """Go to the next question of a draft; the day is fixed once it is read back."""
    step = next_step(draft)
    if step is Step.COMMITMENT and len(led_by(talk.world.folder, talk.world.person.organisation)) == 1:
        step = Step.MILESTONE
    if step is Step.READBACK and draft.speaks_of is None:
        draft = draft.model_copy(update={"speaks_of": Period.day(talk.world.today)})
    return Move(place=Place(step=step, draft=draft), said=said)


def own_milestones(world: World, draft: Draft | None = None) -> dict[str, str]:
    """Give number and title of the milestones this person may report on, within the draft's commitment."""
    found: dict[str, str] = {}
    for number, (commitment, milestone) in world.milestones.items():
        fits = draft is None or draft.commitment in (None, commitment.id)
        if fits and may_report(world.person, commitment):
            found[number] = " ".join(milestone.title.values())
    return found


def understand(talk: Talk) -> Move | Wrong:
    """Take a free sentence as a report: find the milestone, keep what else is understood."""
    if understanding.names_person(talk.message.text):
        return Wrong(help=talk.say("what.person"))
    heard = understanding.hear(talk.message.text, today=talk.world.today, titles=own_milestones(talk.world))
    draft = _merge(talk, talk.draft, heard)
    if heard.milestone and heard == understanding.Heard(milestone=heard.milestone):
        return pick_milestone(talk, heard.milestone)
    if heard.milestone:
        commitment = talk.world.milestones[heard.milestone][0]
        draft = draft.model_copy(update={"commitment": commitment.id, "milestone": heard.milestone})
        return advance(talk, _with_unchanged(talk, draft, heard))
    led = {c.number: c for c in led_by(talk.world.folder, talk.world.person.organisation)}
    if heard.commitment in led:
        return advance(talk, draft.model_copy(update={"commitment": led[heard.commitment].id, "milestone": None}))
    return Wrong(help=_not_found(talk), draft=draft if talk.place.draft else None)


def choose_commitment(talk: Talk) -> Move | Wrong:
    """Answer the question which commitment it is about."""
    if talk.action == "commitment":
        return pick_commitment(talk, int(talk.value))
    return understand(talk)


def pick_commitment(talk: Talk, number: int) -> Move:
    """Start or continue a draft on a commitment."""
    commitment = models.commitment_id(talk.world.plan.id, number)
    return advance(talk, talk.draft.model_copy(update={"commitment": commitment, "milestone": None}))


def choose_milestone(talk: Talk) -> Move | Wrong:
    """Answer the question which milestone it is about."""
    if talk.action == "milestone":
        return pick_milestone(talk, talk.value)
    if talk.action == "whole":
        commitment = talk.draft.commitment or led_by(talk.world.folder, talk.world.person.organisation)[0].id
        return advance(talk, talk.draft.model_copy(update={"commitment": commitment, "milestone": WHOLE}))
    return understand(talk)


def pick_milestone(talk: Talk, number: str) -> Move:
    """Start or continue a draft on a milestone; one that was put aside goes on."""
    known = next((draft for draft in talk.kept if draft.milestone == number), None)
    if known and not (talk.draft.text or talk.draft.commitment):
        return advance(talk, known)
    commitment = talk.world.milestones[number][0].id
    return advance(talk, talk.draft.model_copy(update={"commitment": commitment, "milestone": number}))


def pick_unchanged(talk: Talk, number: str) -> Move:
    """Say in one go that nothing changed at a milestone."""
    commitment = talk.world.milestones[number][0].id
    draft = talk.draft.model_copy(update={"commitment": commitment, "milestone": number})
    return advance(talk, _unchanged(talk, draft))


def tell_what(talk: Talk) -> Move | Wrong:
    """Answer the question what happened; completion, link and day in the same sentence are understood too."""
    if talk.action == "unchanged":
        return advance(talk, _unchanged(talk, talk.draft))
    sentence = talk.message.text
    if understanding.names_person(sentence):
        return Wrong(help=talk.say("what.person"))
    heard = understanding.hear(sentence, today=talk.world.today, titles={})
    if heard.unchanged and wording.latest(talk.world, talk.draft.commitment, talk.draft.milestone):
        return advance(talk, _unchanged(talk, talk.draft))
    draft = _merge(talk, talk.draft, heard)
    text = understanding.clean(sentence)
    if not text:
        return Wrong(help=talk.say("what.short"), draft=draft.model_copy(update={"text": None}))
    return advance(talk, draft.model_copy(update={"text": text, "language": talk.language, "unchanged": False}))


def tell_completion(talk: Talk) -> Move | Wrong:
    """Answer the question how far it is; a link and what holds it up are understood in the same answer."""
    if talk.action == "completion":
        return advance(talk, talk.draft.model_copy(update={"completion": Completion(talk.value)}))
    sentence = talk.message.text
    if understanding.names_person(sentence):
        return Wrong(help=talk.say("what.person"))
    link = understanding.find_link(sentence)
    completion = understanding.find_completion(understanding.LINK.sub(" ", sentence)) or talk.draft.completion
    draft = _with_standing(talk, completion, link)
    if link and (refusal := _refuse(talk, link)):
        return Wrong(help=refusal, draft=draft)
    return advance(talk, draft) if completion else Wrong(help=talk.say("completion.none"), draft=draft)


def tell_obstacle(talk: Talk) -> Move | Wrong:
    """Answer the question what holds it up."""
    if talk.action == "nothing":
        return advance(talk, talk.draft.model_copy(update={"obstacle": ""}))
    text = talk.message.text
    if understanding.names_person(text):
        return Wrong(help=talk.say("what.person"))
    if talk.draft.evidence is None and (link := understanding.find_link(text)) and not _refuse(talk, link):
        text = understanding.LINK.sub(" ", text).strip()
        talk = replace(talk, place=talk.place.model_copy(update={"draft": _with_standing(talk, None, link)}))
    if len(text) < understanding.SHORTEST_WORD:
        return Wrong(help=talk.say("what.short"))
    return advance(talk, talk.draft.model_copy(update={"obstacle": understanding.as_sentence(text)}))


def tell_evidence(talk: Talk) -> Move | Wrong:
    """Answer the question where anyone can see it; complete needs a link."""
    if talk.action == "substantial":
        changed = {"completion": Completion.SUBSTANTIAL, "evidence": ""}
        return advance(talk, talk.draft.model_copy(update=changed))
    if talk.action == "not-public":
        return advance(talk, talk.draft.model_copy(update={"evidence": ""}))
    return _take_link(talk)


def tell_day(talk: Talk) -> Move | Wrong:
    """Answer the question which day the report is about."""
    day = understanding.find_day(talk.message.text, talk.world.today)
    if day is None:
        return Wrong(help=talk.say("day.none"))
    if day > talk.world.today:
        return Wrong(help=talk.say("day.future"))
    return advance(talk, talk.draft.model_copy(update={"speaks_of": Period.day(day)}))


def confirm(talk: Talk) -> Move | Wrong:
    """Answer the read-back: send, change or throw away; a link or completion word is taken as a change."""
    match talk.action:
        case "send":
            return _send(talk)
        case "change":
            return Move(place=Place(step=Step.CHANGE, draft=talk.draft))
        case "cancel":
            return Move(place=Place(), said=(Reply(text=talk.say("cancelled")),), forget=True)
    if understanding.find_link(talk.message.text):
        return _take_link(talk)
    if found := understanding.find_completion(talk.message.text):
        return advance(talk, talk.draft.model_copy(update={"completion": found}))
    return Wrong(help=talk.say("choice.none"))


def change(talk: Talk) -> Move | Wrong:
    """Answer the question what to change: that one thing is asked again."""
    cleared: dict[str, dict[str, object]] = {
        "milestone": {"milestone": None, "commitment": None},
        "text": {"text": None, "unchanged": False},
        "completion": {"completion": None},
        "obstacle": {"obstacle": None},
        "evidence": {"evidence": None},
    }
    if talk.action == "day":
        return Move(place=Place(step=Step.DAY, draft=talk.draft))
    if talk.action not in cleared:
        return Wrong(help=talk.say("choice.none"))
    return advance(talk, talk.draft.model_copy(update=cleared[talk.action]))


def _send(talk: Talk) -> Move:
    alone = wording.is_alone(talk.world, talk.draft)
    page = talk.world.pages.get(talk.draft.commitment or "", "")
    text = talk.say("sent.alone", page=page) if alone else talk.say("sent")
    said = Reply(heading=wording.draft_heading(talk.world, talk.draft, talk.language), text=text)
    return Move(place=Place(), said=(said,), effects=(Submit(draft=talk.draft, alone=alone),), forget=True)


def _take_link(talk: Talk) -> Move | Wrong:
    link = understanding.find_link(talk.message.text)
    if link is None:
        return Wrong(help=talk.say("evidence.invalid"))
    if refusal := _refuse(talk, link):
        return Wrong(help=refusal)
    return advance(talk, talk.draft.model_copy(update={"evidence": link}))


def _with_standing(talk: Talk, completion: Completion | None, link: str | None) -> Draft:
    found: dict[str, object] = {"completion": completion} if completion else {}
    if link and not _refuse(talk, link):
        found["evidence"] = link
    elif link is None and understanding.says_not_public(talk.message.text):
        found["evidence"] = ""
    if completion in BEHIND and (cause := understanding.find_obstacle(talk.message.text)):
        found["obstacle"] = cause
    return talk.draft.model_copy(update=found)


def _refuse(talk: Talk, link: str) -> str:
    if understanding.names_person(link):
        return talk.say("what.person")
    if not understanding.is_whole_address(link):
        return talk.say("evidence.invalid")
    return "" if understanding.is_public_address(link) else talk.say("evidence.private")


def _lacks_evidence(draft: Draft) -> bool:
    if draft.completion is Completion.COMPLETE:
        return not draft.evidence
    return draft.evidence is None and draft.completion is not Completion.NOT_STARTED


def _merge(talk: Talk, draft: Draft, heard: understanding.Heard) -> Draft:
    found: dict[str, object] = {}
    if heard.completion:
        found["completion"] = heard.completion
    if heard.obstacle and draft.obstacle is None:
        found["obstacle"] = heard.obstacle
    if heard.link and not _refuse(talk, heard.link):
        found["evidence"] = heard.link
    if heard.day and heard.day <= talk.world.today:
        found["speaks_of"] = Period.day(heard.day)
    if heard.text:
        found |= {"text": heard.text, "language": talk.language}
    return draft.model_copy(update=found)


def _with_unchanged(talk: Talk, draft: Draft, heard: understanding.Heard) -> Draft:
    known = wording.latest(talk.world, draft.commitment, draft.milestone)
    return _unchanged(talk, draft) if heard.unchanged and known else draft


def _unchanged(talk: Talk, draft: Draft) -> Draft:
    text = wording.unchanged_text(talk.world, draft, talk.language)
    bare = Draft(key=draft.key, commitment=draft.commitment, milestone=draft.milestone, revises=draft.revises)
    return bare.model_copy(update={"text": text, "language": talk.language, "unchanged": True})


def _not_found(talk: Talk) -> str:
    numbers = understanding.NUMBER.findall(talk.message.text)
    foreign = next((n for n in numbers if n in talk.world.milestones), None)
    if foreign:
        return talk.say("milestone.other", number=foreign)
    return talk.say("milestone.none")


# The questions


def ask_commitment(talk: Talk) -> Reply:
    """Ask which of the own commitments it is about."""
    led = led_by(talk.world.folder, talk.world.person.organisation)
    choices = wording.commitment_choices(led, (), talk.language)
    return Reply(question=talk.say("milestone.which", example=example(talk.world)), choices=choices)


def ask_milestone(talk: Talk) -> Reply:
    """Ask which of the own milestones it is about."""
    heading = wording.heading(talk.world, talk.draft.commitment, None, talk.language)
    listed = milestone_choices(talk.world, talk.draft, talk.language)
    choices = wording.choices([*listed, ("whole", talk.say("milestone.whole"))])
    question = talk.say("milestone.which", example=example(talk.world, talk.draft))
    return Reply(heading=heading, question=question, choices=choices)


def milestone_choices(world: World, draft: Draft | None, language: str) -> list[tuple[str, str]]:
    """List the own milestones as choices, each opening with its number and title."""
    numbers = own_milestones(world, draft)
    return [(f"milestone {n}", wording.milestone_heading(world.milestones[n][1], language)) for n in numbers]


def example(world: World, draft: Draft | None = None) -> str:
    """Give the number of the first own milestone, to show how it is typed."""
    return next(iter(own_milestones(world, draft)), "1.1")


def ask_what(talk: Talk) -> Reply:
    """Show the last update and ask what happened since."""
    heading = wording.draft_heading(talk.world, talk.draft, talk.language)
    last = wording.latest(talk.world, talk.draft.commitment, talk.draft.milestone)
    if last is None:
        return Reply(heading=heading, text=talk.say("what.none"), question=talk.say("what.ask"))
    text = wording.cut(wording.text_of(last.text, talk.language), SHOWN_TEXT)
    said = [talk.say("what.last", day=wording.period(last.speaks_of, talk.language), text=text)]
    if last.completion:
        said.append(talk.say("what.last-completion", completion=talk.say(f"completion.{last.completion}")))
    choices = wording.choices([("unchanged", talk.say("what.unchanged"))])
    return Reply(heading=heading, text="\n".join(said), question=talk.say("what.ask-since"), choices=choices)


def ask_completion(talk: Talk) -> Reply:
    """Ask how far it is, with where that can be seen where both are still to be told."""
    choices = wording.choices([(f"completion {step}", talk.say(f"completion.{step}")) for step in STEPS])
    if talk.draft.evidence is not None:
        return _ask(talk, "completion.ask", choices)
    reply = _ask(talk, "completion.ask-both", choices)
    return reply.model_copy(update={"text": talk.say("completion.example")})


def ask_obstacle(talk: Talk) -> Reply:
    """Ask what holds it up."""
    return _ask(talk, "obstacle.ask", wording.choices([("nothing", talk.say("obstacle.nothing"))]))


def ask_evidence(talk: Talk) -> Reply:
    """Ask for a link; complete is not possible without one."""
    if talk.draft.completion is Completion.COMPLETE:
        choices = wording.choices([("substantial", talk.say("evidence.not-complete"))])
        reply = _ask(talk, "evidence.ask-complete", choices)
        return reply.model_copy(update={"text": talk.say("evidence.needed")})
    return _ask(talk, "evidence.ask", wording.choices([("not-public", talk.say("evidence.not-public"))]))


def ask_day(talk: Talk) -> Reply:
    """Ask which day the report is about."""
    day = wording.period(Period.day(talk.world.today), talk.language)
    return _ask(talk, "day.ask", (), example=day)


def read_back(talk: Talk) -> Reply:
    """Show the report exactly as the public will see it and ask whether it is right."""
    listed = [(name, talk.say(f"readback.{name}")) for name in ("send", "change", "cancel")]
    alone = talk.say("readback.alone") + "\n" if wording.is_alone(talk.world, talk.draft) else ""
    said = (wording.warning(talk.draft, talk.language), talk.say("readback.title"))
    return Reply(
        text="\n".join(line for line in said if line),
        preview=wording.preview(talk.world, talk.draft, talk.language, owner=talk.world.person.organisation),
        question=alone + talk.say("readback.ask"),
        choices=wording.choices(listed),
    )


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
