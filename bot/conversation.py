"""One message, start to end: read what is known, let the dialogue decide, write all or nothing."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot import (
    admission,
    asking,
    copies,
    dialogue,
    following,
    forgetting,
    gathering,
    pacing,
    people,
    posts,
    review,
    rounds,
    seeking,
    settling,
    suggesting,
    tickets,
)
from bot.desk import Desk, agenda_page, page_of, pages, written
from bot.dialogue import (
    Attend,
    Close,
    Decide,
    DecideCopy,
    Draft,
    Follow,
    Forget,
    GiveCalendar,
    Invite,
    JudgeMention,
    Kept,
    Message,
    Refusal,
    Reply,
    Respond,
    Settle,
    ShowPage,
    SpeakLanguage,
    State,
    Step,
    Submit,
    Turn,
    Unfollow,
    Withdraw,
    World,
    noting,
)
from bot.dialogue.drafts import ID_LENGTH
from bot.flood import REPORTS
from bot.messages import TABLES, say
from bot.people import Identity
from bot.private import Private
from monitor import models, progress
from monitor.models import ReportKind, ReportState
from monitor.periods import Period
from monitor.settings import Settings
from monitor.storage import Storage, StorageError

log = logging.getLogger("bot.conversation")

KEY_BYTES = 6


@dataclass(frozen=True)
class Incoming:
    """What came in by a channel.

    ``revision`` is that of the question a tapped button belongs to; ``update_id`` names a row of the inbox;
    ``queued`` asks to queue the replies for sending in the place of handing them back only. ``about`` is the record
    of the page somebody came from to report on it, empty where it had none.
    """

    text: str = ""
    action: str | None = None
    file: str | None = None
    refused: Refusal | None = None
    revision: int | None = None
    update_id: int | None = None
    queued: bool = False
    opening: bool = False
    about: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a person is told now, and the revision of the question that stands open.

    ``forgotten``: nothing is kept of the person any more, so that the replies cannot be queued and are only here.
    """

    replies: tuple[Reply, ...]
    revision: int
    language: str
    stopped: bool = False
    forgotten: bool = False


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """Open both databases and the plan that ``/`` shows; StorageError where there is no plan yet."""
    with Private(settings.private_database) as private, Storage(settings.database) as storage:
        plans = storage.plans()
        if not plans:
            raise StorageError(f"{settings.database}: has no plan yet: run 'make run' or 'monitor sync' first")
        clock = settings.clock
        folder = storage.folder(plans[0].id)
        yield Desk(private, storage, folder, clock.now(), clock.today(), settings.public_url, settings.folder)


def converse(desk: Desk, person: models.Person, incoming: Incoming, *, language: str | None = None) -> Answer:
    """Answer what came in; report, state, messages to send and the mark in the inbox are written together.

    ``language`` is what the channel knows of the person; a stored choice goes before it. What somebody may not do is
    answered with that, and nothing else of it is kept.
    """
    try:
        return _converse(desk, person, incoming, language)
    except PermissionError as error:
        # The system says with the same exception that it may not read or write a file.
        if error.errno is not None:
            raise
        log.warning("what a conversation asked for was refused: %s", error)
    with desk.private.transaction():
        state = _state(desk, person, language)
        key = f"refused:{incoming.update_id or desk.now.isoformat()}"
        return _only_told(desk, person, incoming, state, say(state.language, "refused"), key=key)


def _converse(desk: Desk, person: models.Person, incoming: Incoming, language: str | None) -> Answer:
    updates = progress.as_of(desk.storage.all(models.Update, plan=desk.folder.plan.id), desk.today)
    with desk.private.transaction():
        if incoming.update_id is not None and desk.private.is_handled(incoming.update_id):
            return Answer((), 0, language or "")
        state = _state(desk, person, language)
        if words := pacing.hold_back(desk, person, state.language):
            return _held_back(desk, person, incoming, state, words)
        if renewed := admission.renew(desk, person, incoming.text):
            person, incoming = renewed, replace(incoming, text="", action=None, opening=True)
        acting = desk.standing(person)
        role = str(Identity(acting.role, acting.organisation))
        state, overtaken = dialogue.with_shared(dialogue.in_another_role(state, role), _drafts(desk, acting))
        world = replace(_world(desk, acting, state.language, updates), kept=_kept(desk, person))
        turn = dialogue.overtaken(state, world, overtaken) if overtaken else _turn(state, incoming, world)
        if _is_flood(desk, person, turn):
            return _held_back(desk, person, incoming, state, say(state.language, "flood.reports", most=REPORTS))
        told = [said for effect in turn.effects if (said := _carry_out(desk, acting, turn, effect))]
        turn = turn.model_copy(update={"replies": (*turn.replies[:-1], *told, *turn.replies[-1:])})
        forgotten = any(isinstance(effect, Forget) for effect in turn.effects)
        if not forgotten:
            _keep(desk, acting, state, turn.state)
        _settle_incoming(desk, person, incoming, turn, queued=incoming.queued and not forgotten)
    if turn.effects:
        suggesting.settle(desk)
        review.refresh_queue(desk)
    if forgotten:
        desk.private.scrub()
    stopped = turn.state.place.step is Step.STOPPED
    return Answer(turn.replies, turn.state.revision, turn.state.language, stopped, forgotten)


def report_of(draft: Draft, *, person: models.Person, plan: str, now: datetime, today: date) -> models.Report:
    """Turn a draft into a report."""
    return models.Report(
        id=draft.report_id(plan),
        plan=plan,
        kind=draft.kind or ReportKind.PROGRESS,
        person=person.id,
        organisation=person.organisation,
        commitment=draft.commitment,
        about=draft.about or None,
        milestone=models.milestone_id(plan, draft.milestone) if draft.milestone else None,
        completion=draft.completion,
        text=draft.text or "",
        language=draft.language,
        evidence_address=draft.evidence or None,
        evidence_file=draft.file,
        evidence_title=draft.title,
        obstacle=draft.obstacle or None,
        unchanged=draft.unchanged,
        speaks_of=draft.speaks_of or Period.day(today),
        replaces=draft.replaces,
        created_at=now,
    )


def _state(desk: Desk, person: models.Person, language: str | None) -> State:
    known = desk.private.state(person.id)
    if known:
        return known.model_copy(update={"language": person.language}) if person.language else known
    spoken = person.language or language or ""
    return State(language=spoken if spoken in TABLES else desk.folder.plan.languages[0])


def _drafts(desk: Desk, person: models.Person) -> list[Draft]:
    """List the drafts that a person shares with colleagues; notes, which may name persons, for who may send them."""
    shared = desk.private.drafts(desk.folder.plan.id, person)
    return [draft for draft in shared if noting.may_open(draft, person, desk.folder)]


def _keep(desk: Desk, person: models.Person, before: State, after: State) -> None:
    """Keep where the conversation stands; drafts apart, since an organisation shares them."""
    changed, gone = dialogue.moved(dialogue.held(before), dialogue.held(after))
    for draft in changed:
        desk.private.keep_draft(draft, desk.folder.plan.id, person, now=desk.now)
    for key in gone:
        desk.private.drop_draft(key)
    bare = after.model_copy(update={"kept": ()})
    desk.private.keep_state(person.id, bare, over=before.revision, now=desk.now)


def _kept(desk: Desk, person: models.Person) -> Kept:
    return Kept(
        folder=desk.told if desk.is_live else {},
        days=desk.days,
        until=people.role_until(person) if desk.is_live else None,
        lapsed=person if desk.has_lapsed(person) else None,
        reports=tuple(desk.private.all(models.Report, person=person.id, order="created_at DESC, rowid DESC")),
        drafts=tuple(_drafts(desk, person)),
        messages=desk.private.count(models.Delivery, person=person.id, state="queued"),
        digests=desk.private.count(models.Digest, person=person.id),
        entries=desk.private.count(models.AuditEntry, actor=person.id),
    )


def _is_flood(desk: Desk, person: models.Person, turn: Turn) -> bool:
    return any(isinstance(effect, Submit) for effect in turn.effects) and pacing.too_many_reports(desk, person)


def _held_back(desk: Desk, person: models.Person, incoming: Incoming, state: State, words: str) -> Answer:
    """Answer a flood with one line in a minute where it is queued."""
    return _only_told(desk, person, incoming, state, words, key=f"held:{desk.now:%Y-%m-%dT%H:%M}")


def _only_told(desk: Desk, person: models.Person, incoming: Incoming, state: State, words: str, *, key: str) -> Answer:
    """Answer with one line, queued once under its key; nothing else changes."""
    reply = Reply(text=words, question=say(state.language, "anything"))
    if incoming.queued:
        desk.private.queue(person.id, reply, key=f"{person.id}:{key}", revision=state.revision, now=desk.now)
    if incoming.update_id is not None:
        desk.private.mark_handled(incoming.update_id)
    return Answer((reply,), state.revision, state.language)


def _turn(state: State, incoming: Incoming, world: World) -> Turn:
    if incoming.revision is not None and incoming.revision != state.revision:
        return dialogue.stale(state, world)
    if incoming.opening:
        return dialogue.resume(state, world, incoming.about)
    message = Message(text=incoming.text, action=incoming.action, file=incoming.file, refused=incoming.refused)
    return dialogue.respond(state, message, world)


def _world(desk: Desk, person: models.Person, language: str, updates: Sequence[models.Update]) -> World:
    plan = desk.folder.plan
    waiting: list[models.Report] = []
    if people.is_reviewer(person):
        waiting = desk.private.all(models.Report, plan=plan.id, state=ReportState.WAITING, order="created_at, rowid")
    # Strangers share no organisation: each sees only what they sent themselves.
    mine = {"organisation": person.organisation} | ({} if person.organisation else {"person": person.id})
    own = desk.private.all(models.Report, plan=plan.id, order="created_at DESC, rowid DESC", **mine)
    public = tickets.of_plan(desk)
    derived = {c.id: progress.derive(c, plan=plan, updates=updates, today=desk.today) for c in desk.folder.commitments}
    known = pages(desk.folder, desk.site, language)
    known |= {report.id: page_of(report, known) for report in (*waiting, *own)}
    known |= {ticket.id: page_of(ticket, known) for ticket in public}
    dates = agenda_page(desk.folder, desk.site, language, organisation=person.organisation, today=desk.today)
    known |= {"agenda": dates} if dates else {}
    return World(
        folder=desk.folder,
        today=desk.today,
        person=person,
        phase=progress.phase(plan, desk.today),
        updates=tuple(updates),
        waiting=tuple(waiting),
        own=tuple(own),
        tickets=tuple(public),
        standing={name: (found.completion, found.known, found.counted) for name, found in derived.items()},
        pages=known,
        gathered=settling.gathered(desk),
        network=posts.network_of(desk),
        find=seeking.finder(desk.storage, known["site"], written(desk.folder, language)),
        key=secrets.token_hex(KEY_BYTES),
        following=tuple(following.subscriptions(desk, person)),
        suggested=tuple(suggesting.shown_to(desk, person)),
        copies=copies.of_plan(desk) if people.is_reviewer(person) else (),
        asked=rounds.open_questions(asking.facts_of(desk), person.organisation),
    )


def _carry_out(desk: Desk, person: models.Person, turn: Turn, effect: dialogue.Effect) -> Reply | None:
    """Do what an effect asks; give what is to be said of it beside the answer, if anything."""
    match effect:
        case Submit() | Decide() | Withdraw() | Respond():
            _change_report(desk, person, effect)
        case Invite():
            return admission.invited(desk, effect, by=person, language=turn.state.language)
        case Close():
            tickets.close(desk, effect, by=person)
        case DecideCopy():
            return copies.decide(desk, effect, by=person, language=turn.state.language)
        case SpeakLanguage():
            known = desk.private.get(models.Person, id=person.id) or person
            desk.private.change_person(known.model_copy(update={"language": effect.language}))
        case Forget():
            forgetting.forget(desk.private, person, now=desk.now)
        case Follow() | Unfollow():
            following.change(desk, person, effect)
        case JudgeMention():
            suggesting.judge(desk, effect, by=person)
        case Attend() | GiveCalendar() | Settle() | ShowPage():
            return gathering.carry_out(desk, effect, by=person, language=turn.state.language)
    return None


def _change_report(desk: Desk, person: models.Person, effect: Submit | Decide | Withdraw | Respond) -> None:
    match effect:
        case Submit():
            submit(desk, person, effect.draft, alone=effect.alone)
        case Decide():
            review.decide(desk, _report(desk, effect.report), effect, by=person)
        case Withdraw():
            review.withdraw(desk, _report(desk, effect.report), effect.reason, by=person)
        case Respond():
            review.respond(desk, _report(desk, effect.report), effect.answer, by=person)


def submit(desk: Desk, person: models.Person, draft: Draft, *, alone: bool = False) -> None:
    """Send a report: it waits for review, or is published at once where nobody else can check it."""
    report = _to_send(desk, person, draft)
    known = desk.private.get(models.Report, id=report.id)
    if known and known.state in models.UNDECIDED and draft.revises:
        # A changed report keeps its place in the queue.
        desk.private.put(report.model_copy(update={"thread": known.thread, "created_at": known.created_at}))
    elif not desk.private.add(report):
        return
    desk.private.audit(at=desk.now, actor=person.id, action="submitted", about=report.id)
    if alone and posts.may_stand(desk, report):
        review.accept(desk, report, by=None)
    elif not report.kind.is_post:
        review.tell_waiting(desk, report)
    if report.kind.is_post:
        posts.tell(desk, report, known if draft.revises else None)


def _to_send(desk: Desk, person: models.Person, draft: Draft) -> models.Report:
    """Make the report of a draft; where what it changes was decided meanwhile, it becomes a report of its own."""
    while True:
        report = report_of(draft, person=person, plan=desk.folder.plan.id, now=desk.now, today=desk.today)
        known = desk.private.get(models.Report, id=report.id)
        known = review.finish_half_done(desk, known) if known else None
        if not draft.revises or known is None or known.state in models.UNDECIDED:
            return report
        own = hashlib.sha256(f"{known.id}:{known.decided_at}".encode()).hexdigest()[:ID_LENGTH]
        public = known.state is ReportState.ACCEPTED and known.kind is ReportKind.PROGRESS
        changed = {"revises": f"{draft.commitment or desk.folder.plan.id}/{own}"}
        draft = draft.model_copy(update=changed | ({"replaces": known.id} if public else {}))


def _report(desk: Desk, name: str) -> models.Report:
    report = desk.private.get(models.Report, id=name)
    if report is None:
        raise StorageError(f"{desk.private.path}: has no report {name}: open the list again")
    return review.finish_half_done(desk, report)


def _settle_incoming(desk: Desk, person: models.Person, incoming: Incoming, turn: Turn, *, queued: bool) -> None:
    if queued:
        for number, reply in enumerate(turn.replies):
            key = f"{person.id}:{turn.state.revision}:{number}"
            desk.private.queue(person.id, reply, key=key, revision=turn.state.revision, now=desk.now)
    if incoming.update_id is not None:
        desk.private.mark_handled(incoming.update_id)
