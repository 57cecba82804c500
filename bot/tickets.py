"""From a correction or idea that was accepted to its public ticket, and from an answer to its closing; once each."""

from __future__ import annotations

from bot import people
from bot.desk import Desk
from bot.dialogue import Close, Reply, wording
from bot.messages import say
from monitor import models
from monitor.models import ReportKind, TicketState

MODELS: dict[ReportKind, type[models.Correction]] = {
    ReportKind.CORRECTION: models.Correction,
    ReportKind.IDEA: models.Idea,
}
ANSWERED = "answered"


def find(desk: Desk, name: str) -> models.Correction | None:
    """Give the public correction or idea with this id."""
    return desk.storage.get(models.Correction, id=name) or desk.storage.get(models.Idea, id=name)


def of_plan(desk: Desk) -> list[models.Correction]:
    """List the public corrections and ideas of the plan, the oldest first."""
    plan = desk.folder.plan.id
    found = [*desk.storage.all(models.Correction, plan=plan), *desk.storage.all(models.Idea, plan=plan)]
    return sorted(found, key=lambda ticket: (ticket.recorded_at, ticket.id))


def make_public(desk: Desk, report: models.Report, *, by_other: bool) -> None:
    """Write an accepted correction or idea into the public database under the next number; once."""
    model = MODELS[report.kind]
    with desk.storage.transaction():
        if desk.storage.get(model, id=report.id):
            return
        numbers = [ticket.number for ticket in desk.storage.all(model, plan=report.plan)]
        desk.storage.add(
            model(
                id=report.id,
                plan=report.plan,
                number=max(numbers, default=0) + 1,
                commitment=report.commitment,
                about=report.about,
                organisation=report.organisation,
                text={report.language: report.text},
                reviewed_by_other=by_other,
                published_on=desk.today,
                recorded_at=desk.now,
            )
        )


def tell_published(desk: Desk, report: models.Report) -> None:
    """Send number and page to who reported it, and tell the coordinator that it waits for an answer; once."""
    ticket = find(desk, report.id)
    number = ticket.number if ticket else ""
    reporter = desk.private.get(models.Person, id=report.person)
    told = [(reporter, "published", f"{report.id}:accepted")] if reporter else []
    told += [(person, "open", f"{report.id}:open:{person.id}") for person in desk.coordinators() if person != reporter]
    for person, name, key in told:
        language = desk.language(person)
        kind, page = say(language, f"kind.{report.kind}"), desk.page_of(report, language)
        text = say(language, f"notice.{name}", kind=kind, number=number, page=page)
        desk.tell(person, Reply(heading=desk.heading(report, language), text=text), key)


def close(desk: Desk, effect: Close, *, by: models.Person) -> None:
    """Close a correction or idea with its public answer; one that has an answer keeps it.

    Raise PermissionError for who may not answer, and ValueError where there is no answer to give.
    """
    if not people.may_answer(by):
        raise PermissionError(f"{effect.ticket}: only the coordinator or a reviewer answers: ask one of them")
    if not effect.text.strip():
        raise ValueError(f"{effect.ticket}: has no answer, so it stays open: write one")
    with desk.storage.transaction():
        ticket = find(desk, effect.ticket)
        if ticket is None or ticket.state is TicketState.CLOSED:
            return
        closed = {
            "state": TicketState.CLOSED,
            "answer": {effect.language: effect.text},
            "answered_by": by.organisation,
            "outcome": effect.outcome,
            "closed_on": desk.today,
            "closed_at": desk.now,
        }
        desk.storage.put(ticket.model_copy(update=closed))
    _tell_answered(desk, effect.ticket, actor=by.id)


def finish_answered(desk: Desk) -> int:
    """Tell who reported it of an answer that a crash kept from them; give how many."""
    closed = [ticket for ticket in of_plan(desk) if ticket.state is TicketState.CLOSED]
    left = [t.id for t in closed if not desk.private.count(models.AuditEntry, action=ANSWERED, about=t.id)]
    for name in left:
        with desk.private.transaction():
            _tell_answered(desk, name, actor="start-up")
    return len(left)


def _tell_answered(desk: Desk, name: str, *, actor: str) -> None:
    desk.private.audit(at=desk.now, actor=actor, action=ANSWERED, about=name)
    ticket, report = find(desk, name), desk.private.get(models.Report, id=name)
    reporter = desk.private.get(models.Person, id=report.person) if report else None
    if ticket is None or report is None or reporter is None:
        return
    language = desk.language(reporter)
    answer = wording.text_of(ticket.answer, language)
    done = say(language, f"public.{ticket.outcome}") if ticket.outcome else ""
    told = say(language, "notice.answered", answer=answer, page=desk.page_of(report, language))
    text = "\n".join(line for line in (done, told) if line)
    heading = f"{wording.ticket_name(ticket, language)} · {desk.heading(report, language)}"
    desk.tell(reporter, Reply(heading=heading, text=text), f"{name}:{ANSWERED}")
