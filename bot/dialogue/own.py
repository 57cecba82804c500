"""The reports of the own organisation: how they stand, answering a question, changing and withdrawing. Pure."""

from __future__ import annotations

from bot import people
from bot.dialogue import understanding, wording
from bot.dialogue.drafts import Draft, Reason, Step
from bot.dialogue.effects import Respond, Withdraw
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from monitor import models
from monitor.models import ReportKind, ReportState

LISTED = 10
REASONS = (Reason.WRONG, Reason.MISTAKE, Reason.ELSEWHERE)


def asked_back(talk: Talk) -> tuple[models.Report, ...]:
    """List the own reports with a question that waits for an answer, the newest first."""
    return tuple(report for report in talk.world.own if report.state is ReportState.RETURNED)


def ask_own(talk: Talk) -> Reply:
    """List the reports of the own organisation, the newest first."""
    lines = [wording.report_line(talk.world, r, "own.line", talk.language) for r in talk.world.own[:LISTED]]
    listed = [(f"own {r.id}", line) for r, line in zip(talk.world.own, lines, strict=False)]
    return Reply(question=talk.say("own.ask"), choices=wording.choices(listed))


def choose_own(talk: Talk) -> Move | Wrong:
    """Open a report of the own organisation."""
    report = _own(talk, talk.value if talk.action == "own" else None)
    if report is None:
        return Wrong(help=talk.say("choice.none"))
    return Move(place=_at(talk, Step.OWN_REPORT, report.id))


def enter(talk: Talk) -> Move | Wrong:
    """Open the own report that a button names."""
    report = _own(talk, talk.value)
    return Move(place=Place(step=Step.OWN_REPORT, about=report.id)) if report else Wrong(help=talk.say("own.gone"))


def enter_reply(talk: Talk) -> Move | Wrong:
    """Go straight to answering the question about a report; where it has none any more, the report is shown."""
    report = _own(talk, talk.value)
    if report and report.state is ReportState.RETURNED:
        return Move(place=Place(step=Step.REPLY, about=report.id))
    return enter(talk)


def ask_own_report(talk: Talk) -> Reply:
    """Show an own report with its state, and the questions or reason that came back."""
    report = _own(talk, talk.place.about)
    if report is None:
        return Reply(text=talk.say("own.gone"), question=talk.say("anything"))
    return Reply(
        heading=wording.report_heading(talk.world, report, talk.language),
        text="\n".join(_standing(talk, report)),
        preview=wording.report_preview(talk.world, report, talk.language),
        question=talk.say("own.what"),
        choices=wording.choices([(name, talk.say(f"own.{name}")) for name in _possible(talk, report)]),
        file=report.evidence_file,
    )


def own_report(talk: Talk) -> Move | Wrong:
    """Answer, change, withdraw or leave an own report."""
    report = _own(talk, talk.place.about)
    if talk.action == "list" or report is None:
        return Move(place=Place(step=Step.OWN, draft=talk.place.draft))
    if talk.action not in _possible(talk, report):
        return Wrong(help=talk.say("choice.none"))
    match talk.action:
        case "reply":
            return Move(place=_at(talk, Step.REPLY, report.id))
        case "withdraw" if report.state is ReportState.ACCEPTED and not report.kind.is_post:
            return Move(place=_at(talk, Step.WHY, report.id))
        case "withdraw":
            return _withdraw(talk, report, None)
        case "again":
            return _change(wording.report_draft(report).model_copy(update={"key": talk.key, "revises": None}))
        case "correct":
            draft = wording.report_draft(report).model_copy(
                update={"key": talk.key, "revises": None, "replaces": report.id}
            )
            return Move(place=Place(step=Step.CHANGE, draft=draft))
    return _change(wording.report_draft(report))


def ask_reply(talk: Talk) -> Reply:
    """Put the question of the reviewer."""
    report = _own(talk, talk.place.about)
    if report is None:
        return Reply(text=talk.say("own.gone"), question=talk.say("anything"))
    return Reply(
        heading=wording.report_heading(talk.world, report, talk.language),
        text=wording.thread(report, talk.language),
        question=talk.say("reply.ask"),
    )


def tell_reply(talk: Talk) -> Move | Wrong:
    """Give the answer to the reviewer's question; the report waits for review again."""
    report = _own(talk, talk.place.about)
    if report is None or report.state is not ReportState.RETURNED:
        return Move(place=Place(), said=(Reply(text=talk.say("own.gone")),), forget=True)
    text = " ".join(talk.message.text.split())
    if understanding.names_person(text):
        return Wrong(help=talk.say("reply.person"))
    if not understanding.WORD.search(text):
        return Wrong(help=talk.say("what.short"))
    said = Reply(heading=wording.report_heading(talk.world, report, talk.language), text=talk.say("reply.sent"))
    return Move(place=Place(), said=(said,), effects=(Respond(report=report.id, answer=text),), forget=True)


def ask_why(talk: Talk) -> Reply:
    """Ask why a public message is withdrawn; the reason is one of a few, so that nothing unchecked gets public."""
    report = _own(talk, talk.place.about)
    listed = [(f"why {reason}", talk.say(f"why.{reason}")) for reason in REASONS]
    heading = wording.report_heading(talk.world, report, talk.language) if report else ""
    choices = wording.choices([*listed, ("list", talk.say("why.keep"))])
    return Reply(heading=heading, text=talk.say("why.stays"), question=talk.say("why.ask"), choices=choices)


def tell_why(talk: Talk) -> Move | Wrong:
    """Withdraw a public message for a reason."""
    report = _own(talk, talk.place.about)
    if report is None or talk.action == "list":
        return Move(place=Place(step=Step.OWN))
    if talk.action != "why":
        return Wrong(help=talk.say("choice.none"))
    return _withdraw(talk, report, Reason(talk.value))


def _withdraw(talk: Talk, report: models.Report, reason: Reason | None) -> Move:
    public = report.kind.is_post and report.state is ReportState.ACCEPTED
    text = talk.say("post.retracted" if public else "own.retracted" if reason else "own.withdrawn")
    said = Reply(heading=wording.report_heading(talk.world, report, talk.language), text=text)
    return Move(place=Place(), said=(said,), effects=(Withdraw(report=report.id, reason=reason),), forget=True)


def _change(draft: Draft) -> Move:
    if draft.is_post:
        return Move(place=Place(step=Step.SHARE, draft=draft))
    return Move(place=Place(step=Step.AMEND if draft.is_remark else Step.CHANGE, draft=draft))


def _possible(talk: Talk, report: models.Report) -> tuple[str, ...]:
    """Name what can be done with an own report now."""
    match report.state:
        case ReportState.RETURNED:
            return ("reply", "change", "withdraw", "list")
        case ReportState.WAITING:
            return ("change", "withdraw", "list")
        case ReportState.DECLINED:
            return ("again", "list")
        case ReportState.ACCEPTED if _is_public(talk, report):
            return ("correct", "withdraw", "list")
        case ReportState.ACCEPTED if _may_be_taken_back(talk, report):
            return ("withdraw", "list")
    return ("list",)


def _is_public(talk: Talk, report: models.Report) -> bool:
    """Tell whether a report is public progress that this person may speak for."""
    commitment = talk.world.commitments.get(report.commitment or "")
    mine = commitment is not None and people.may_report(talk.world.person, commitment)
    return report.kind is ReportKind.PROGRESS and mine and _is_shown(talk, report)


def _may_be_taken_back(talk: Talk, report: models.Report) -> bool:
    """Tell whether a report is a public post that may go: on a question no answer of another hangs."""
    answered = any(answer.question == report.id for answer in talk.world.network.answers)
    return talk.world.network.row(report.id) is not None and not answered


def _is_shown(talk: Talk, report: models.Report) -> bool:
    """Tell whether what a report became is public and not withdrawn or replaced."""
    if report.kind.is_post:
        # A theme stays: others share under it.
        return report.kind is ReportKind.THEME or talk.world.network.row(report.id) is not None
    return any(update.id == report.id for update in talk.world.updates)


def _standing(talk: Talk, report: models.Report) -> list[str]:
    may_go = report.kind is ReportKind.PROGRESS or report.kind.is_post
    gone = report.state is ReportState.ACCEPTED and may_go and not _is_shown(talk, report)
    state = ReportState.WITHDRAWN if gone else report.state
    said = [talk.say("own.state", state=talk.say(f"report.{state}"))]
    if report.state is ReportState.RETURNED:
        said.append(wording.thread(report, talk.language))
    if report.ground:
        said.append(talk.say("own.ground", ground=talk.say(f"ground.{report.ground}")))
    if report.state is ReportState.ACCEPTED and not gone:
        said.append(talk.say("own.page", page=talk.world.pages.get(report.id, "")))
    ticket = wording.find_ticket(talk.world, report.id)
    if ticket and ticket.outcome:
        said.append(talk.say(f"public.{ticket.outcome}"))
    if ticket and ticket.answer:
        said.append(talk.say("own.answer", answer=wording.text_of(ticket.answer, talk.language)))
    return said


def _own(talk: Talk, report: str | None) -> models.Report | None:
    return next((r for r in talk.world.own if r.id == report), None)


def _at(talk: Talk, step: Step, about: str) -> Place:
    return Place(step=step, draft=talk.place.draft, about=about)
