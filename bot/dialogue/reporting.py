"""Reporting: only what is missing is asked; then the report is read back as the public will see it. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import understanding, wording
from bot.dialogue.drafts import WHOLE, Draft, Step
from bot.dialogue.effects import Effect, JudgeMention, Submit
from bot.dialogue.shapes import Move, Place, Reply, Talk, World, Wrong
from bot.people import led_by, may_judge, may_report
from monitor import models
from monitor.lint import privacy
from monitor.models import Completion, MentionState
from monitor.pages import addresses
from monitor.periods import Period

BEHIND = (Completion.NOT_STARTED, Completion.LIMITED)
MOST_TITLE = 120


def next_step(draft: Draft) -> Step:
    """Tell which question a draft still needs: at most two after the milestone, then the read-back."""
    if draft.milestone is None:
        return Step.MILESTONE if draft.commitment or draft.hint else Step.COMMITMENT
    if draft.unchanged:
        return Step.READBACK
    if draft.completion is None:
        return Step.COMPLETION
    if draft.text is None:
        return Step.WHAT
    if draft.file and not draft.title:
        return Step.DESCRIBE
    return Step.EVIDENCE if lacks_evidence(draft) else Step.READBACK


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
        hinted = draft is None or not draft.hint or number.endswith(f".{draft.hint}")
        if fits and hinted and may_report(world.person, commitment):
            found[number] = " ".join(milestone.title.values())
    return found


def understand(talk: Talk) -> Move | Wrong:
    """Take a free sentence as a report: find the milestone, keep what else is understood."""
    if understanding.names_person(talk.message.text):
        return Wrong(help=talk.say("what.person"))
    titles = own_milestones(talk.world)
    heard = understanding.hear(talk.message.text, today=talk.world.today, titles=titles)
    draft = _with_file(talk, _merge(talk, talk.draft, heard))
    refusal = _refuse(talk, heard.link) if heard.link else ""
    said = (Reply(text=refusal),) if refusal else ()
    if heard == understanding.Heard(milestone=heard.milestone) and heard.milestone and not draft.file:
        return pick_milestone(talk, heard.milestone)
    if heard.milestone:
        commitment = talk.world.milestones[heard.milestone][0]
        draft = draft.model_copy(update={"commitment": commitment.id, "milestone": heard.milestone})
        others = _each_its_own(talk, heard.milestone, titles)
        return advance(talk, _with_unchanged(talk, draft, heard), (*said, *others))
    led = {c.number: c for c in led_by(talk.world.folder, talk.world.person.organisation)}
    if heard.commitment in led:
        return advance(talk, draft.model_copy(update={"commitment": led[heard.commitment].id, "milestone": None}))
    numbered = understanding.NUMBER.search(privacy.LINK.sub(" ", talk.message.text))
    if not numbered and (heard.is_report or draft.file):
        # What was told is kept; only which milestone it is about is asked.
        return advance(talk, draft.model_copy(update={"hint": understanding.milestone_hint(talk.message.text, titles)}))
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
    fresh = (draft for draft in talk.kept if not (draft.revises or draft.replaces))
    known = next((draft for draft in fresh if draft.milestone == number), None)
    if known and not (talk.draft.text or talk.draft.commitment):
        return advance(talk, known)
    commitment = talk.world.milestones[number][0].id
    return advance(talk, talk.draft.model_copy(update={"commitment": commitment, "milestone": number, "hint": ""}))


def pick_unchanged(talk: Talk, number: str) -> Move:
    """Say in one go that nothing changed at a milestone."""
    commitment = talk.world.milestones[number][0].id
    draft = talk.draft.model_copy(update={"commitment": commitment, "milestone": number})
    return advance(talk, _unchanged(talk, draft))


def tell_completion(talk: Talk) -> Move | Wrong:
    """Answer how far it is; what happened, a link, a file and a day are understood in the same answer."""
    if talk.action == "completion":
        return advance(talk, _with_cause(talk.draft.model_copy(update={"completion": Completion(talk.value)})))
    if talk.action == "unchanged":
        return advance(talk, _unchanged(talk, talk.draft))
    sentence = talk.message.text
    if understanding.names_person(sentence):
        return Wrong(help=talk.say("what.person"))
    heard = understanding.hear(sentence, today=talk.world.today, titles={})
    if heard.unchanged and wording.latest(talk.world, talk.draft.commitment, talk.draft.milestone):
        return advance(talk, _unchanged(talk, talk.draft))
    draft = _with_file(talk, _merge(talk, talk.draft, heard))
    if heard.link and (refusal := _refuse(talk, heard.link)):
        return Wrong(help=refusal, draft=draft)
    if draft.completion is None:
        noted = draft.text is not None or draft.file is not None
        return Wrong(help=talk.say("completion.noted" if noted else "completion.none"), draft=draft)
    return advance(talk, draft)


def tell_what(talk: Talk) -> Move | Wrong:
    """Answer what happened and where that is to be seen, or what holds it up."""
    sentence = talk.message.text
    if understanding.names_person(sentence):
        return Wrong(help=talk.say("what.person"))
    heard = understanding.hear(sentence, today=talk.world.today, titles={})
    known = talk.draft.completion
    # How far it is was answered before; words like it in a sentence don't change that.
    draft = _with_file(talk, _merge(talk, talk.draft, replace(heard, completion=None)))
    text = understanding.clean(sentence)
    if known in BEHIND and not draft.obstacle:
        text, obstacle = _apart(known, sentence, text)
        draft = draft.model_copy(update={"obstacle": obstacle})
    if heard.link and (refusal := _refuse(talk, heard.link)):
        return Wrong(help=refusal, draft=_with_text(talk, draft, text) if text else draft)
    if not text:
        return Wrong(help=talk.say("what.short"), draft=draft.model_copy(update={"text": None}))
    return advance(talk, _with_text(talk, draft, text))


def tell_description(talk: Talk) -> Move | Wrong:
    """Answer what a file shows; another file takes the place of the first."""
    draft = _with_file(talk, talk.draft)
    title = " ".join(talk.message.text.split()).rstrip(".")
    if understanding.names_person(title):
        return Wrong(help=talk.say("what.person"), draft=draft)
    if len(title) < understanding.SHORTEST_WORD:
        return Wrong(help=talk.say("what.short"), draft=draft)
    return advance(talk, draft.model_copy(update={"title": wording.cut(title, MOST_TITLE)}))


def tell_obstacle(talk: Talk) -> Move | Wrong:
    """Answer the question what holds it up."""
    if talk.action == "nothing":
        return advance(talk, talk.draft.model_copy(update={"obstacle": ""}))
    return _take_obstacle(talk)


def tell_evidence(talk: Talk) -> Move | Wrong:
    """Answer the question where anyone can see it; complete needs a link or file."""
    if talk.action == "substantial":
        changed = {"completion": Completion.SUBSTANTIAL, "evidence": ""}
        return advance(talk, talk.draft.model_copy(update=changed))
    if talk.action == "not-public":
        return advance(talk, talk.draft.model_copy(update={"evidence": "", "file": None, "title": None}))
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
    """Answer the read-back; a link, a file, a completion word or what holds it up is taken as a change."""
    match talk.action:
        case "send":
            return _send(talk)
        case "change":
            return Move(place=Place(step=Step.CHANGE, draft=talk.draft))
        case "concept":
            return Move(place=talk.place, said=(as_concept(talk),))
        case "cancel":
            return Move(place=Place(), said=(Reply(text=talk.say("cancelled")),), forget=True)
    sentence = talk.message.text
    if talk.message.file or understanding.find_link(sentence):
        return _take_link(talk)
    words = understanding.WORD.findall(sentence)
    if lacks_obstacle(talk.draft) and len(words) >= understanding.ENOUGH_WORDS:
        return _take_obstacle(talk)
    if found := understanding.find_completion(sentence):
        return advance(talk, talk.draft.model_copy(update={"completion": found}))
    return Wrong(help=talk.say("choice.none"))


def as_concept(talk: Talk) -> Reply:
    """Give a draft as plain text, to be sent on to a colleague."""
    draft, owner = talk.draft, talk.world.person.organisation
    lines = [talk.say("concept.title"), *wording.preview(talk.world, draft, talk.language, owner=owner)]
    return Reply(text="\n".join(line for line in lines if line))


def change(talk: Talk) -> Move | Wrong:
    """Answer the question what to change: that one thing is asked again."""
    asked = {
        "text": Step.WHAT,
        "completion": Step.COMPLETION,
        "obstacle": Step.OBSTACLE,
        "evidence": Step.EVIDENCE,
        "day": Step.DAY,
    }
    if talk.action == "milestone":
        return advance(talk, talk.draft.model_copy(update={"milestone": None, "commitment": None}))
    if talk.action not in asked:
        return Wrong(help=talk.say("choice.none"))
    draft = talk.draft
    if talk.action == "text":
        draft = draft.model_copy(update={"text": None, "unchanged": False})
    return Move(place=Place(step=_needed(draft, asked[talk.action]), draft=draft))


def lacks_evidence(draft: Draft) -> bool:
    """Tell whether a draft says complete without anything to show for it."""
    return draft.completion is Completion.COMPLETE and not (draft.evidence or draft.file)


def lacks_obstacle(draft: Draft) -> bool:
    """Tell whether a draft is behind without saying why."""
    return draft.completion in BEHIND and draft.obstacle is None


def _needed(draft: Draft, step: Step) -> Step:
    # A report that said "nothing changed" has no completion yet, which comes before what happened.
    return Step.COMPLETION if step is Step.WHAT and draft.completion is None else step


def _send(talk: Talk) -> Move:
    said, effect = submit(talk, talk.draft)
    return Move(place=Place(), said=(said,), effects=(effect, *_judged(talk)), forget=True)


def submit(talk: Talk, draft: Draft) -> tuple[Reply, Submit]:
    """Send a draft: give what is said of that, and what is to be done."""
    alone = wording.is_alone(talk.world, draft)
    page = talk.world.pages.get(draft.commitment or "", "")
    page += f"#{addresses.anchor(draft.report_id(talk.world.plan.id))}"
    text = talk.say("sent.alone", page=page) if alone else talk.say("sent")
    heading = wording.draft_heading(talk.world, draft, talk.language)
    return Reply(heading=heading, text=text), Submit(draft=draft, alone=alone)


def _judged(talk: Talk) -> tuple[Effect, ...]:
    """Say with the report itself that the news it began with is progress, so that nothing is public before it."""
    known = next((c for c in talk.world.folder.commitments if c.id == talk.draft.commitment), None)
    if not talk.draft.news or known is None or not may_judge(talk.world.person, known):
        return ()
    return (JudgeMention(mention=talk.draft.news, state=MentionState.CONFIRMED),)


def _take_link(talk: Talk) -> Move | Wrong:
    link = understanding.find_link(talk.message.text)
    if talk.message.file:
        return _take_file(talk)
    if link is None:
        return Wrong(help=talk.say("evidence.invalid"))
    if refusal := _refuse(talk, link):
        return Wrong(help=refusal)
    return advance(talk, talk.draft.model_copy(update={"evidence": link}))


def _take_file(talk: Talk) -> Move | Wrong:
    if understanding.names_person(talk.message.text):
        return Wrong(help=talk.say("what.person"))
    return advance(talk, _with_file(talk, talk.draft))


def _with_file(talk: Talk, draft: Draft) -> Draft:
    """Take the file of a message as evidence; what was written with it says what it shows."""
    if talk.message.file is None:
        return draft
    title = " ".join(understanding.without_link(talk.message.text).split()).rstrip(".")
    shown = wording.cut(title, MOST_TITLE) if len(title) >= understanding.SHORTEST_WORD else None
    return draft.model_copy(update={"file": talk.message.file, "title": shown})


def _with_text(talk: Talk, draft: Draft, text: str) -> Draft:
    return draft.model_copy(update={"text": text, "language": talk.language, "unchanged": False})


def _with_cause(draft: Draft) -> Draft:
    """Take what holds it up from what was written before, where it is behind."""
    if draft.completion not in BEHIND or draft.obstacle is not None or not draft.text:
        return draft
    return draft.model_copy(update={"obstacle": understanding.find_obstacle(draft.text)})


def _apart(completion: Completion | None, sentence: str, text: str) -> tuple[str, str | None]:
    """Take apart what happened and what holds it up: a named cause, else the last of several sentences."""
    if cause := understanding.find_obstacle(sentence):
        return text, cause
    *before, last = understanding.sentences(text) or [""]
    if before:
        return " ".join(before), last
    return text, last or None if completion is Completion.NOT_STARTED else None


def _take_obstacle(talk: Talk) -> Move | Wrong:
    text = talk.message.text
    if understanding.names_person(text):
        return Wrong(help=talk.say("what.person"))
    bare = understanding.without_link(text).strip()
    if len(bare) < understanding.SHORTEST_WORD:
        return Wrong(help=talk.say("what.short"))
    return advance(talk, talk.draft.model_copy(update={"obstacle": understanding.as_sentence(bare)}))


def _refuse(talk: Talk, link: str) -> str:
    if understanding.names_person(link):
        return talk.say("what.person")
    if not understanding.is_whole_address(link):
        return talk.say("evidence.invalid")
    return "" if understanding.is_public_address(link) else talk.say("evidence.private")


def _merge(talk: Talk, draft: Draft, heard: understanding.Heard) -> Draft:
    found: dict[str, object] = {}
    if heard.completion:
        found["completion"] = heard.completion
    if heard.obstacle and draft.obstacle is None:
        found["obstacle"] = heard.obstacle
    if heard.link and not _refuse(talk, heard.link):
        found["evidence"] = heard.link
    elif heard.link is None and understanding.says_not_public(talk.message.text):
        found["evidence"] = ""
    if heard.day and heard.day <= talk.world.today:
        found["speaks_of"] = Period.day(heard.day)
    if heard.text:
        found |= {"text": heard.text, "language": talk.language}
    return draft.model_copy(update=found)


def _with_unchanged(talk: Talk, draft: Draft, heard: understanding.Heard) -> Draft:
    known = wording.latest(talk.world, draft.commitment, draft.milestone)
    if heard.unchanged and not known:
        return draft.model_copy(update={"speaks_of": _quarter(talk, draft) or draft.speaks_of})
    return _unchanged(talk, draft) if heard.unchanged else draft


def _unchanged(talk: Talk, draft: Draft) -> Draft:
    text = wording.unchanged_text(talk.world, draft, talk.language)
    bare = Draft(key=draft.key, commitment=draft.commitment, milestone=draft.milestone, revises=draft.revises)
    # What a round asks is answered about its quarter; else it speaks of today.
    said = {"text": text, "language": talk.language, "unchanged": True, "speaks_of": _quarter(talk, draft)}
    return bare.model_copy(update=said)


def _quarter(talk: Talk, draft: Draft) -> Period | None:
    """Give the quarter that a draft answers: the one it began with, else the one that was asked about."""
    if draft.speaks_of and draft.speaks_of.precision == "quarter":
        return draft.speaks_of
    return next((quarter for commitment, quarter in talk.world.asked if commitment == draft.commitment), None)


def _not_found(talk: Talk) -> str:
    """Say that a milestone is of another organisation where a sentence names one by its number."""
    numbers = understanding.NUMBER.findall(talk.message.text)
    foreign = next((n for n in numbers if n in talk.world.milestones), None)
    return talk.say("milestone.other", number=foreign) if foreign else talk.say("milestone.none")


def _each_its_own(talk: Talk, taken: str, titles: dict[str, str]) -> tuple[Reply, ...]:
    others = [n for n in understanding.listed_milestones(talk.message.text) if n in titles and n != taken]
    text = talk.say("milestone.own-message", number=taken, others=", ".join(others))
    return (Reply(text=text),) if others else ()
