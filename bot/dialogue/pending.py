"""What stands open for an organisation: drafts, questions, what waits for review, and dates that come near. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot import people
from bot.dialogue import own, wording
from bot.dialogue.shapes import Reply, Talk
from monitor import models, progress
from monitor.models import Completion, DueBasis, Phase, ReportState

NEAR = timedelta(days=120)


def tell(talk: Talk) -> Reply:
    """Say what stands open for the own organisation."""
    lines = [*_asked(talk), *_drafts(talk), *_questions(talk), *_waiting(talk), *_due(talk)]
    closed = talk.world.phase is Phase.CLOSED
    said = lines or [talk.say("open.nothing")]
    page = talk.world.pages.get("agenda")
    said += [talk.say("round.agenda", page=page)] if page else []
    return Reply(text="\n".join([*said, talk.say("open.closed")] if closed else said))


def _asked(talk: Talk) -> list[str]:
    return [
        talk.say(
            "open.asked",
            about=wording.titled(talk.world.folder, record, talk.language),
            quarter=wording.period(quarter, talk.language),
        )
        for record, quarter in talk.world.asked
    ]


def _drafts(talk: Talk) -> list[str]:
    return [
        talk.say("open.draft", about=wording.draft_heading(talk.world, draft, talk.language)) for draft in talk.kept
    ]


def _questions(talk: Talk) -> list[str]:
    return [
        talk.say("open.question", about=wording.report_heading(talk.world, report, talk.language))
        for report in own.asked_back(talk)
    ]


def _waiting(talk: Talk) -> list[str]:
    waiting = [report for report in talk.world.own if report.state is ReportState.WAITING]
    return [
        talk.say("open.waiting", about=wording.report_heading(talk.world, report, talk.language)) for report in waiting
    ]


def _due(talk: Talk) -> Iterator[str]:
    """Name own milestones with a stated date that is near or past, and that are not shown to be complete."""
    plan, today = talk.world.plan, talk.world.today
    if talk.world.phase is Phase.CLOSED:
        return
    for commitment in people.led_by(talk.world.folder, talk.world.person.organisation):
        for milestone in commitment.milestones:
            standing = progress.standing(milestone, plan=plan, updates=talk.world.updates, today=today)
            stated = milestone.due_basis is DueBasis.STATED and not milestone.withdrawn
            if not stated or standing.completion is Completion.COMPLETE or milestone.due.last_day > today + NEAR:
                continue
            yield _due_line(talk, milestone, standing)


def _due_line(talk: Talk, milestone: models.Milestone, standing: progress.Standing) -> str:
    about = wording.milestone_heading(milestone, talk.language)
    day = wording.period(milestone.due, talk.language)
    known = talk.say(f"completion.{standing.completion}")
    name = "open.late" if standing.late_days else "open.due"
    return talk.say(name, about=about, day=day, completion=known)
