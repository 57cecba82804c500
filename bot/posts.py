"""What members share: told to the network at once, public once it was checked, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from bot import following, people
from bot.desk import Desk
from bot.dialogue import Door, Network, Reply, wording
from bot.messages import say
from monitor import models, network, search
from monitor.models import ReportKind, ReportState

ROWS: tuple[type[models.Shared], ...] = (models.Question, models.Answer, models.Lesson, models.AgendaItem)
Public = models.Shared | models.Theme


def as_public(report: models.Report, *, today: date, now: datetime, by_other: bool) -> Public:
    """Turn a post into what it becomes in public: the same id, the organisation, never the person."""
    text = {report.language: report.text}
    if report.kind is ReportKind.THEME:
        return models.Theme(id=report.id, plan=report.plan, title=text, recorded_at=now)
    known: dict[str, Any] = {
        "id": report.id,
        "plan": report.plan,
        "organisation": report.organisation,
        "text": text,
        "reviewed_by_other": by_other,
        "published_on": today,
        "recorded_at": now,
    }
    match report.kind:
        case ReportKind.QUESTION:
            return models.Question(**known, theme=report.about)
        case ReportKind.ANSWER:
            return models.Answer(**known, question=report.about or "")
        case ReportKind.LESSON:
            return models.Lesson(**known, theme=report.about, address=report.evidence_address)
    return models.AgendaItem(**known, meeting=report.about)


def find(desk: Desk, report: models.Report) -> Public | None:
    """Give what a post became in public, withdrawn or not; None where it is not public."""
    if report.kind is ReportKind.THEME:
        return desk.storage.get(models.Theme, id=report.id)
    return next((row for model in ROWS if (row := desk.storage.get(model, id=report.id))), None)


def network_of(desk: Desk) -> Network:
    """Give what members share: what is public, and what was sent and is not decided on yet."""
    plan = desk.folder.plan.id
    rows = (row for model in ROWS for row in desk.storage.all(model, plan=plan, order="published_on, rowid"))
    undecided = [
        report
        for state in models.UNDECIDED
        for report in desk.private.all(models.Report, plan=plan, state=state)
        if report.kind.is_post
    ]
    return Network(
        rows=tuple(network.shared(rows, desk.today)),
        themes=tuple(desk.storage.all(models.Theme, plan=plan)),
        waiting=tuple(sorted(undecided, key=lambda report: report.created_at)),
    )


def may_stand(desk: Desk, report: models.Report) -> bool:
    """Tell whether a report may become public: an answer does once its question is, and while that stands."""
    if report.kind is not ReportKind.ANSWER:
        return True
    asked = desk.storage.get(models.Question, id=report.about)
    return asked is not None and asked.withdrawn_at is None


def make_public(desk: Desk, report: models.Report, *, by_other: bool) -> None:
    """Write an accepted post into the public database, where it is found at once; a second time changes nothing."""
    with desk.storage.transaction():
        if find(desk, report) is None:
            desk.storage.add(as_public(report, today=desk.today, now=desk.now, by_other=by_other))
            search.add(desk.storage, report.plan, today=desk.today)


def tell(desk: Desk, report: models.Report, before: models.Report | None = None) -> None:
    """Tell the members what one of them shares, at once and as not checked; and who may check it that it waits.

    Who asked and is no member any more hears an answer once it is public.
    ``before`` is what it said until now: where that is the same, nobody hears it again.
    """
    if before and (before.text, before.evidence_address) == (report.text, report.evidence_address):
        return
    asker = _asker(desk, report)
    able = people.reviewers(desk.folder, report.organisation, report.kind, report.commitment)
    for person in desk.reachable():
        reviews = person.organisation in able and people.is_reviewer(person)
        hears = people.hears(person, desk.folder) or _asked_it(desk, person, asker)
        if person.id != report.person and (reviews or hears):
            name = "told-change" if before else "told-answer" if person.id == asker else "told"
            doors = _doors(desk, report, person, reviews=reviews)
            key = f"{report.id}{following.TOLD_AT_ONCE}{desk.now.isoformat()}:{person.id}"
            desk.tell(person, _message(desk, report, person, name).model_copy(update={"doors": doors}), key)


def tell_published(desk: Desk, report: models.Report) -> None:
    """Send the page to who shared it, and an answer to who asked and did not hear it before; once."""
    author = desk.private.get(models.Person, id=report.person)
    if author:
        desk.tell(author, _published(desk, report, author), f"{report.id}:accepted")
    asker = _asker(desk, report)
    for person in desk.reachable():
        if person.id == asker != report.person and not people.is_member(person, desk.folder):
            reply = _published(desk, report, person)
            text = f"“{report.text}”\n{reply.text}"
            desk.tell(person, reply.model_copy(update={"text": text}), f"{report.id}:answered")


def retract(desk: Desk, report: models.Report) -> None:
    """Take a post off the site; the row stays, and says since when.

    Raise PermissionError for a question that others answered, and for a theme, under which others share.
    """
    with desk.storage.transaction():
        row = find(desk, report)
        if row is None or (isinstance(row, models.Shared) and row.withdrawn_at):
            return
        answers = desk.storage.all(models.Answer, question=report.id)
        if isinstance(row, models.Theme) or network.shared(answers, desk.today):
            raise PermissionError(f"{report.id}: others share under it: leave it, or ask the coordinator to erase it")
        desk.storage.put(row.model_copy(update={"withdrawn_at": desk.moment}))


def settle_gone(desk: Desk, report: models.Report) -> None:
    """Say what follows from a post that was declined or withdrawn, never what it said.

    What nobody read yet is not sent any more. Answers that wait are withdrawn with their question; who asked hears that
    an answer does not count any more.
    """
    if not report.kind.is_post:
        return
    desk.private.take_back(f"{report.id}{following.TOLD_AT_ONCE}", desk.now)
    if report.kind is ReportKind.QUESTION:
        for answer in desk.private.all(models.Report, kind=ReportKind.ANSWER, about=report.id):
            if answer.state in models.UNDECIDED:
                _withdraw_answer(desk, answer)
    asker, was_public = _asker(desk, report), find(desk, report) is not None
    for person in desk.reachable():
        if person.id == asker != report.person and (was_public or people.is_member(person, desk.folder)):
            language = desk.language(person)
            text = say(language, "post.answer-gone", organisation=desk.name(report.organisation, language))
            heading = wording.post_heading(report.kind, "", desk.asked(report, language), language)
            desk.tell(person, Reply(heading=heading, text=text), f"{report.id}:gone")


def left_alone(desk: Desk) -> Iterable[models.Report]:
    """List the answers that wait for nobody: no other can check them, and their question is public by now."""
    waiting = desk.private.all(models.Report, plan=desk.folder.plan.id, state=ReportState.WAITING)
    for report in waiting:
        alone = people.is_alone(desk.folder, report.organisation, report.kind, report.commitment)
        if report.kind is ReportKind.ANSWER and alone and may_stand(desk, report):
            yield report


def _asker(desk: Desk, report: models.Report) -> str:
    """Give who asked the question that an answer is to; empty where that is nobody who is known."""
    asked = desk.private.get(models.Report, id=report.about) if report.kind is ReportKind.ANSWER else None
    return asked.person if asked else ""


def _asked_it(desk: Desk, person: models.Person, asker: str) -> bool:
    return person.id == asker and people.is_member(person, desk.folder)


def _published(desk: Desk, report: models.Report, person: models.Person) -> Reply:
    language = desk.language(person)
    text = say(language, "post.published", page=desk.page_of(report, language))
    return Reply(heading=desk.heading(report, language), text=text)


def _withdraw_answer(desk: Desk, answer: models.Report) -> None:
    desk.private.put(answer.model_copy(update={"state": ReportState.WITHDRAWN, "decided_at": desk.now}))
    desk.private.audit(at=desk.now, actor="question", action="withdrawn", about=answer.id)
    author = desk.private.get(models.Person, id=answer.person)
    if author:
        language = desk.language(author)
        # The question may be what had to go: it is not named.
        text = say(language, "post.question-gone", text=answer.text)
        desk.tell(author, Reply(text=text), f"{answer.id}:gone")


def _message(desk: Desk, report: models.Report, person: models.Person, name: str) -> Reply:
    language = desk.language(person)
    kind, organisation = say(language, f"kind.{report.kind}"), desk.name(report.organisation, language)
    question = desk.asked(report, language)
    lines = [say(language, "post.public-question", text=question)] if question else []
    lines.append(f"“{report.text}”")
    lines += [report.evidence_address] if report.evidence_address else []
    alone = people.is_alone(desk.folder, report.organisation, report.kind, report.commitment)
    lines.append(say(language, "post.alone" if alone else "post.unchecked"))
    return Reply(heading=say(language, f"post.{name}", kind=kind, organisation=organisation), text="\n".join(lines))


def _doors(desk: Desk, report: models.Report, person: models.Person, *, reviews: bool) -> tuple[Door, ...]:
    language = desk.language(person)
    doors = []
    others = person.organisation != report.organisation and people.is_member(person, desk.folder)
    if report.kind is ReportKind.QUESTION and others:
        doors.append(Door(words=say(language, "post.door-answer"), action=f"door-answer {report.id}"))
    if reviews:
        doors.append(Door(words=say(language, "door.review"), action=f"door-review {report.id}"))
    return tuple(doors)
