"""Reviewing: form only, never truth, never for the own organisation; and an organisation's own reports. Pure."""

from __future__ import annotations

from bot import people
from bot.dialogue import understanding, wording
from bot.dialogue.shapes import Choice, Decide, Move, Place, Reply, Step, Talk, Withdraw, Wrong
from monitor import models
from monitor.models import Ground, ReportKind, ReportState

LISTED = 10
OPEN = (ReportState.WAITING, ReportState.RETURNED)


def ask_queue(talk: Talk) -> Reply:
    """List what waits for review, the oldest first."""
    listed = [(f"review {r.id}", _line(talk, "queue.line", r)) for r in talk.world.waiting[:LISTED]]
    return Reply(question=talk.say("queue.ask"), choices=wording.choices(listed))


def choose_waiting(talk: Talk) -> Move | Wrong:
    """Open a report that waits; one of the own organisation is refused."""
    report = _waiting(talk, talk.value if talk.action == "review" else _typed(talk))
    if report is None:
        return Wrong(help=talk.say("review.gone" if talk.action else "choice.none"))
    if not people.may_review(talk.world.person, report, talk.world.folder):
        return Wrong(help=_refusal(talk, report))
    return Move(place=_at(talk, Step.REVIEW, report.id))


def ask_review(talk: Talk) -> Reply:
    """Show a report as the public would see it and ask whether its form is right."""
    report = _waiting(talk, talk.place.about)
    if report is None:
        return Reply(text=talk.say("review.gone"), question=talk.say("anything"))
    listed = [(name, talk.say(f"review.{name}")) for name in ("accept", "return", "decline", "later")]
    return Reply(
        heading=wording.report_heading(talk.world, report, talk.language),
        preview=_preview(talk, report),
        question=talk.say("review.ask"),
        choices=wording.choices(listed),
    )


def review(talk: Talk) -> Move | Wrong:
    """Answer whether the form is right."""
    report = _waiting(talk, talk.place.about)
    if report is None:
        return Move(place=_home(talk), said=(Reply(text=talk.say("review.gone")),), forget=True)
    match talk.action:
        case "accept":
            return _decide(talk, report, ReportState.ACCEPTED)
        case "return":
            return Move(place=_at(talk, Step.QUESTION, report.id))
        case "decline":
            return Move(place=_at(talk, Step.GROUND, report.id))
        case "later":
            return Move(place=Place(), forget=True)
    return Wrong(help=talk.say("choice.none"))


def ask_question(talk: Talk) -> Reply:
    """Ask what the reporter should be asked."""
    return _about(talk, Reply(question=talk.say("review.question")))


def give_question(talk: Talk) -> Move | Wrong:
    """Return a report with a question."""
    report = _waiting(talk, talk.place.about)
    if report is None:
        return Move(place=_home(talk), said=(Reply(text=talk.say("review.gone")),), forget=True)
    text = " ".join(talk.message.text.split())
    if understanding.names_person(text):
        return Wrong(help=talk.say("what.person"))
    if len(text.split()) < understanding.ENOUGH_WORDS:
        return Wrong(help=talk.say("what.short"))
    return _decide(talk, report, ReportState.RETURNED, question=text)


def ask_ground(talk: Talk) -> Reply:
    """Ask on which form ground a report is declined."""
    listed = [(f"ground {ground}", talk.say(f"ground.{ground}")) for ground in Ground]
    return _about(talk, Reply(question=talk.say("review.ground"), choices=wording.choices(listed)))


def give_ground(talk: Talk) -> Move | Wrong:
    """Decline a report on a form ground."""
    report = _waiting(talk, talk.place.about)
    if report is None:
        return Move(place=_home(talk), said=(Reply(text=talk.say("review.gone")),), forget=True)
    if talk.action != "ground":
        return Wrong(help=talk.say("choice.none"))
    return _decide(talk, report, ReportState.DECLINED, ground=Ground(talk.value))


def ask_own(talk: Talk) -> Reply:
    """List the reports of the own organisation, the newest first."""
    listed = [(f"own {r.id}", _line(talk, "own.line", r)) for r in talk.world.own[:LISTED]]
    return Reply(question=talk.say("own.ask"), choices=wording.choices(listed))


def choose_own(talk: Talk) -> Move | Wrong:
    """Open a report of the own organisation."""
    report = _own(talk, talk.value if talk.action == "own" else None)
    if report is None:
        return Wrong(help=talk.say("choice.none"))
    return Move(place=_at(talk, Step.OWN_REPORT, report.id))


def ask_own_report(talk: Talk) -> Reply:
    """Show an own report with its state, and the question or reason that came back."""
    report = _own(talk, talk.place.about)
    if report is None:
        return Reply(text=talk.say("review.gone"), question=talk.say("anything"))
    said = [talk.say("own.state", state=talk.say(f"report.{report.state}"))]
    if report.question and report.state is ReportState.RETURNED:
        said.append(talk.say("own.question", question=report.question))
    if report.ground:
        said.append(talk.say("own.ground", ground=talk.say(f"ground.{report.ground}")))
    if report.state is ReportState.ACCEPTED:
        said.append(talk.say("own.page", page=talk.world.pages.get(report.id, "")))
    ticket = wording.find_ticket(talk.world, report.id)
    if ticket and ticket.answer:
        said.append(talk.say("own.answer", answer=wording.text_of(ticket.answer, talk.language)))
    return Reply(
        heading=wording.report_heading(talk.world, report, talk.language),
        text="\n".join(said),
        preview=_preview(talk, report),
        question=talk.say("own.what"),
        choices=_own_choices(talk, report),
    )


def own_report(talk: Talk) -> Move | Wrong:
    """Change, withdraw or leave an own report."""
    report = _own(talk, talk.place.about)
    if talk.action == "list" or report is None:
        return Move(place=Place(step=Step.OWN, draft=talk.place.draft))
    if talk.action == "withdraw" and report.state in OPEN:
        said = Reply(heading=wording.report_heading(talk.world, report, talk.language), text=talk.say("own.withdrawn"))
        return Move(place=Place(), said=(said,), effects=(Withdraw(report=report.id),), forget=True)
    if talk.action == "change" and report.state in OPEN:
        draft = wording.report_draft(report)
        return Move(place=Place(step=Step.AMEND if draft.is_remark else Step.CHANGE, draft=draft))
    return Wrong(help=talk.say("choice.none"))


def _own_choices(talk: Talk, report: models.Report) -> tuple[Choice, ...]:
    names = ("change", "withdraw", "list") if report.state in OPEN else ("list",)
    return wording.choices([(name, talk.say(f"own.{name}")) for name in names])


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


def _preview(talk: Talk, report: models.Report) -> tuple[str, ...]:
    draft = wording.report_draft(report)
    return wording.preview(talk.world, draft, talk.language, owner=report.organisation)


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


def _own(talk: Talk, report: str | None) -> models.Report | None:
    return next((r for r in talk.world.own if r.id == report), None)


def _line(talk: Talk, name: str, report: models.Report) -> str:
    heading = wording.report_heading(talk.world, report, talk.language)
    if report.kind is not ReportKind.PROGRESS:
        heading = f"{talk.say(f'kind.{report.kind}')} · {heading}"
    return talk.say(
        name,
        milestone=heading,
        organisation=wording.sender(talk.world, report.organisation, talk.language),
        state=talk.say(f"report.{report.state}"),
    )


def _at(talk: Talk, step: Step, about: str) -> Place:
    return Place(step=step, draft=talk.place.draft, about=about)
