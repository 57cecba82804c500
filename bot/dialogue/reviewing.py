"""Reviewing: form only, never truth, and never for the own organisation. Pure."""

from __future__ import annotations

import hashlib

from bot import people
from bot.dialogue import posting, understanding, wording
from bot.dialogue.drafts import Step
from bot.dialogue.effects import Decide
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from monitor import models
from monitor.models import Ground, ReportState

LISTED = 10
SEEN_LENGTH = 12
ENOUGH_WORDS = 2


def ask_queue(talk: Talk) -> Reply:
    """List what waits for review, the oldest first."""
    listed = [
        (f"review {r.id}", wording.report_line(talk.world, r, "queue.line", talk.language))
        for r in talk.world.waiting[:LISTED]
    ]
    return Reply(question=talk.say("queue.ask"), choices=wording.choices(listed))


def choose_waiting(talk: Talk) -> Move | Wrong:
    """Open a report that waits; one of the own organisation is refused."""
    report = _waiting(talk, talk.value if talk.action == "review" else _typed(talk))
    if report is None:
        return Wrong(help=talk.say("review.gone" if talk.action else "choice.none"))
    if not people.may_review(talk.world.person, report, talk.world.folder):
        return Wrong(help=_refusal(talk, report))
    return Move(place=_at(talk, Step.REVIEW, report))


def enter(talk: Talk) -> Move | Wrong:
    """Open the report that a button below an older message names; one that was decided meanwhile says so."""
    report = _waiting(talk, talk.value)
    if report is None:
        return Move(place=Place(), said=(Reply(text=talk.say("review.gone")),))
    if not people.may_review(talk.world.person, report, talk.world.folder):
        return Move(place=Place(), said=(Reply(text=_refusal(talk, report)),))
    return Move(place=Place(step=Step.REVIEW, about=report.id, seen=_content(report)))


def ask_review(talk: Talk) -> Reply:
    """Show a report as the public would see it and ask whether its form is right."""
    report = _waiting(talk, talk.place.about)
    if report is None:
        return Reply(text=talk.say("review.gone"), question=talk.say("anything"))
    stands = posting.may_stand(talk.world, report)
    names = (*(("accept",) if stands else ()), "return", "decline", "later")
    listed = [(name, talk.say(f"review.{name}")) for name in names]
    said = [wording.thread(report, talk.language), "" if stands else talk.say("post.question-first")]
    return Reply(
        heading=wording.report_heading(talk.world, report, talk.language),
        text="\n".join(line for line in said if line),
        preview=wording.report_preview(talk.world, report, talk.language),
        question=talk.say("review.ask"),
        choices=wording.choices(listed),
        file=report.evidence_file,
    )


def review(talk: Talk) -> Move | Wrong:
    """Answer whether the form is right."""
    report = _waiting(talk, talk.place.about)
    if report is None or talk.place.seen != _content(report):
        return _look_again(talk, report)
    match talk.action:
        case "accept" if posting.may_stand(talk.world, report):
            return _decide(talk, report, ReportState.ACCEPTED)
        case "return":
            return Move(place=_at(talk, Step.QUESTION, report))
        case "decline":
            return Move(place=_at(talk, Step.GROUND, report))
        case "later":
            return Move(place=Place(), forget=True)
    return Wrong(help=talk.say("choice.none"))


def ask_question(talk: Talk) -> Reply:
    """Ask what the reporter should be asked."""
    return _about(talk, Reply(question=talk.say("review.question")))


def give_question(talk: Talk) -> Move | Wrong:
    """Return a report with a question."""
    report = _waiting(talk, talk.place.about)
    if report is None or talk.place.seen != _content(report):
        return _look_again(talk, report)
    text = " ".join(talk.message.text.split())
    if understanding.names_person(text):
        return Wrong(help=talk.say("what.person"))
    if len(text.split()) < ENOUGH_WORDS:
        return Wrong(help=talk.say("review.short"))
    return _decide(talk, report, ReportState.RETURNED, question=text)


def ask_ground(talk: Talk) -> Reply:
    """Ask on which form ground a report is declined."""
    report = _waiting(talk, talk.place.about)
    shared = report is not None and report.kind.is_post
    grounds = [ground for ground in Ground if not (shared and ground is Ground.WRONG_COMMITMENT)]
    listed = [(f"ground {ground}", talk.say(f"ground.{ground}")) for ground in grounds]
    return _about(talk, Reply(question=talk.say("review.ground"), choices=wording.choices(listed)))


def give_ground(talk: Talk) -> Move | Wrong:
    """Decline a report on a form ground."""
    report = _waiting(talk, talk.place.about)
    if report is None or talk.place.seen != _content(report):
        return _look_again(talk, report)
    if talk.action != "ground":
        return Wrong(help=talk.say("choice.none"))
    return _decide(talk, report, ReportState.DECLINED, ground=Ground(talk.value))


def _decide(
    talk: Talk, report: models.Report, state: ReportState, *, ground: Ground | None = None, question: str | None = None
) -> Move:
    text = talk.say(f"review.{state}", page=talk.world.pages.get(report.id, ""))
    said = Reply(heading=wording.report_heading(talk.world, report, talk.language), text=text)
    effect = Decide(report=report.id, state=state, ground=ground, question=question)
    return Move(place=_home(talk, done=report), said=(said,), effects=(effect,), forget=True)


def _home(talk: Talk, done: models.Report | None = None) -> Place:
    left = [r for r in talk.world.waiting if r != done and people.may_review(talk.world.person, r, talk.world.folder)]
    return Place(step=Step.QUEUE) if left else Place()


def _about(talk: Talk, reply: Reply) -> Reply:
    report = _waiting(talk, talk.place.about)
    heading = wording.report_heading(talk.world, report, talk.language) if report else ""
    return reply.model_copy(update={"heading": heading})


def _refusal(talk: Talk, report: models.Report) -> str:
    able = sorted(people.reviewers(talk.world.folder, report.organisation, report.kind, report.commitment))
    named = ", ".join(wording.organisation(talk.world, name, talk.language) for name in able)
    own = talk.world.person.organisation == report.organisation
    return talk.say("review.own" if own else "review.own-commitment", reviewers=named or talk.say("review.nobody"))


def _typed(talk: Talk) -> str | None:
    numbers = understanding.NUMBER.findall(talk.message.text)
    fitting = [r.id for r in talk.world.waiting if wording.number_of(r) in numbers]
    return fitting[0] if len(fitting) == 1 else None


def _waiting(talk: Talk, report: str | None) -> models.Report | None:
    return next((r for r in talk.world.waiting if r.id == report), None)


def _look_again(talk: Talk, report: models.Report | None) -> Move:
    """Show a report again that was changed while somebody looked at it; one that was decided is gone."""
    if report is None:
        return Move(place=_home(talk), said=(Reply(text=talk.say("review.gone")),), forget=True)
    return Move(place=_at(talk, Step.REVIEW, report), said=(Reply(text=talk.say("review.changed")),))


def _content(report: models.Report) -> str:
    """Give what stands for all that a reviewer sees of a report."""
    shown = report.model_dump_json(exclude={"state", "created_at", "decided_at", "decided_by"})
    return hashlib.sha256(shown.encode()).hexdigest()[:SEEN_LENGTH]


def _at(talk: Talk, step: Step, report: models.Report) -> Place:
    return Place(step=step, draft=talk.place.draft, about=report.id, seen=_content(report))
