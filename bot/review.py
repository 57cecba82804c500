"""Accept, return, decline: from a private report to a public update, once and only once.

SQLite does not make a write to two files atomic in WAL mode. So the update has the id of its report, the public file is
written first, and `finish_accepted` completes at start-up what a crash left half done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from bot import following, people, posts, snippet, tickets
from bot.desk import Desk
from bot.dialogue import Decide, Door, Reason, Reply
from bot.files import store
from bot.messages import say
from monitor import models, progress
from monitor.models import EvidenceState, ReportKind, ReportState
from monitor.periods import Period, quarter_of

# In the place of a commitment's number where what members share is counted.
NETWORK = "network"


def accept(desk: Desk, report: models.Report, *, by: str | None) -> None:
    """Publish a report, then mark it accepted; ``by`` is the person who checked it, None where nobody could.

    Raise PermissionError for what somebody could still check, and for the unchecked words of a stranger.
    """
    if by is None and not people.is_alone(desk.folder, report.organisation, report.kind, report.commitment):
        raise PermissionError(f"{report.id}: must be checked by another: leave it waiting for a reviewer")
    make_public(desk, report, by_other=by is not None)
    decided = {"state": ReportState.ACCEPTED, "decided_at": desk.now, "decided_by": by}
    desk.private.put(report.model_copy(update=decided))
    desk.private.audit(at=desk.now, actor=by or "nobody", action="accepted", about=report.id)
    tell_accepted(desk, report)


def decide(desk: Desk, report: models.Report, decision: Decide, *, by: models.Person) -> None:
    """Carry out what a reviewer decided; PermissionError for a report of their own organisation."""
    if report.state is not ReportState.WAITING:
        return
    if not people.may_review(by, report, desk.folder):
        raise PermissionError(f"{report.id}: nobody decides for their own organisation: ask another reviewer")
    if decision.state is ReportState.ACCEPTED:
        if not posts.may_stand(desk, report):
            raise PermissionError(f"{report.id}: its question is not public: accept that first")
        accept(desk, report, by=by.id)
        return
    decided = {
        "state": decision.state,
        "ground": decision.ground,
        "thread": (*report.thread, models.Exchange(question=decision.question)) if decision.question else report.thread,
        "decided_at": desk.now,
        "decided_by": by.id,
    }
    desk.private.put(report.model_copy(update=decided))
    desk.private.audit(at=desk.now, actor=by.id, action=str(decision.state), about=report.id)
    _tell_decided(desk, report, decision)
    if decision.state is ReportState.DECLINED:
        posts.settle_gone(desk, report)


def make_public(desk: Desk, report: models.Report, *, by_other: bool) -> None:
    """Write what a report becomes into the public database; a second time changes nothing."""
    if report.kind.is_post:
        posts.make_public(desk, report, by_other=by_other)
        return
    if report.kind is not ReportKind.PROGRESS:
        tickets.make_public(desk, report, by_other=by_other)
        return
    # A file is where everyone may open it before anything public names it.
    listed = list(_evidence(desk, report))
    with desk.storage.transaction():
        desk.storage.add(as_update(desk, report, by_other=by_other))
        for evidence in listed:
            desk.storage.add(evidence)
        if replaced := _standing(desk, report):
            retract(desk, replaced, Reason.REPLACED, organisation=report.organisation)


def as_update(desk: Desk, report: models.Report, *, by_other: bool) -> models.Update:
    """Turn a report into the update it becomes: the same id, the organisation, never the person."""
    return models.Update(
        id=report.id,
        plan=report.plan,
        commitment=report.commitment or "",
        milestone=report.milestone,
        organisation=report.organisation,
        text={report.language: report.text},
        completion=report.completion,
        unchanged=report.unchanged,
        obstacle={report.language: report.obstacle} if report.obstacle else None,
        speaks_of=report.speaks_of,
        published=Period.day(desk.today),
        published_on=desk.today,
        recorded_at=desk.now,
        way=models.Way.CHAT,
        reviewed_on=desk.today if by_other else None,
        reviewed_by_other=by_other,
        after_plan=progress.is_after_plan(desk.folder.plan, desk.today),
        replaces=report.replaces,
    )


def withdraw(desk: Desk, report: models.Report, reason: Reason | None, *, by: models.Person) -> None:
    """Withdraw a report: one that is public stays to be seen as withdrawn, with the reason.

    Raise PermissionError for a report of somebody else.
    """
    _refuse_others(report, by)
    if report.kind.is_post:
        posts.retract(desk, report)
    else:
        retract(desk, report.id, reason, organisation=report.organisation)
    desk.private.put(report.model_copy(update={"state": ReportState.WITHDRAWN, "decided_at": desk.now}))
    desk.private.audit(at=desk.now, actor=by.id, action="withdrawn", about=report.id)
    following.take_back(desk, report.id)
    posts.settle_gone(desk, report)


def retract(desk: Desk, name: str, reason: Reason | None, *, organisation: str | None) -> None:
    """Mark a public update of an organisation as withdrawn; a second time changes nothing."""
    with desk.storage.transaction():
        update = desk.storage.get(models.Update, id=name)
        if update is None or update.withdrawn_at or update.organisation != organisation:
            return
        why = {code: say(code, f"withdrawn.{reason}") for code in desk.folder.plan.languages} if reason else None
        desk.storage.put(update.model_copy(update={"withdrawn_at": desk.moment, "withdrawn": why}))


def respond(desk: Desk, report: models.Report, answer: str, *, by: models.Person) -> None:
    """Answer the question with which a report came back; it waits for review again.

    Raise PermissionError for a report of somebody else.
    """
    _refuse_others(report, by)
    if report.state is not ReportState.RETURNED:
        return
    thread = (*report.thread[:-1], report.thread[-1].model_copy(update={"answer": answer}))
    waiting = report.model_copy(update={"state": ReportState.WAITING, "thread": thread, "decided_at": None})
    desk.private.put(waiting)
    desk.private.audit(at=desk.now, actor=by.id, action="answered", about=report.id)
    tell_waiting(desk, waiting)


def finish_accepted(desk: Desk) -> int:
    """Complete what a crash left half done, whichever of the two files was written; give how many."""
    done = 0
    for report in desk.private.all(models.Report, plan=desk.folder.plan.id):
        public = _is_public(desk, report)
        if public and report.state is ReportState.WAITING:
            _finish(desk, report)
            done += 1
        elif report.state is ReportState.ACCEPTED and not public and not _erased(desk, report):
            make_public(desk, report, by_other=report.decided_by is not None)
            done += 1
    for report in posts.left_alone(desk):
        with desk.private.transaction():
            accept(desk, report, by=None)
        done += 1
    return done + tickets.finish_answered(desk)


def finish_half_done(desk: Desk, report: models.Report) -> models.Report:
    """Give a report as it stands, after completing an acceptance that a crash left half done."""
    return _finish(desk, report) if report.state is ReportState.WAITING and _is_public(desk, report) else report


def _finish(desk: Desk, report: models.Report) -> models.Report:
    accepted = report.model_copy(update={"state": ReportState.ACCEPTED, "decided_at": desk.now})
    with desk.private.transaction():
        desk.private.put(accepted)
        desk.private.audit(at=desk.now, actor="start-up", action="accepted", about=report.id)
        tell_accepted(desk, accepted)
    return accepted


def _standing(desk: Desk, report: models.Report) -> str | None:
    """Give the public update that a report takes the place of: the last one, where that was corrected before."""
    updates = desk.storage.all(models.Update, commitment=report.commitment)
    after = {update.replaces: update.id for update in updates if update.replaces and update.id != report.id}
    name, seen = report.replaces, {report.id}
    while name in after and name not in seen:
        seen.add(name)
        name = after[name]
    return name


def _refuse_others(report: models.Report, by: models.Person) -> None:
    own = report.organisation == by.organisation if report.organisation else report.person == by.id
    if not own:
        raise PermissionError(f"{report.id}: belongs to somebody else: leave it to them")


def refresh_queue(desk: Desk) -> int:
    """Bring the public counts of what waits for review up to date; give how many rows changed."""
    plan = desk.folder.plan.id
    undecided = desk.private.all(models.Report, plan=plan, state=ReportState.WAITING, order="created_at")
    # What came back with a question is no silence: it does not wait for review, but its quarters are told.
    returned = desk.private.all(models.Report, plan=plan, state=ReportState.RETURNED, order="created_at")
    undecided += [report for report in returned if report.kind is ReportKind.PROGRESS]
    rows: dict[tuple[str, str], models.Queue] = {}
    quarters: dict[tuple[str, str], set[Period]] = defaultdict(set)
    for report in undecided:
        key = (_counted_under(report), report.organisation or "")
        known = rows.get(key)
        count, oldest = (known.waiting, known.oldest_at) if known else (0, report.created_at)
        quarters[key] |= _quarters(report.speaks_of)
        rows[key] = models.Queue(
            plan=plan,
            commitment=key[0],
            organisation=key[1],
            waiting=count + (report.state is ReportState.WAITING),
            oldest_at=oldest,
            quarters=tuple(sorted(quarters[key], key=str)),
        )
    known_rows = desk.storage.all(models.Queue, plan=plan)
    changed = [row for row in rows.values() if row not in known_rows]
    gone = [row for row in known_rows if (row.commitment, row.organisation) not in rows]
    if changed or gone:
        with desk.storage.transaction():
            for row in gone:
                desk.storage.delete(models.Queue, commitment=row.commitment, organisation=row.organisation)
            for row in changed:
                desk.storage.put(row)
    return len(changed) + len(gone)


def _quarters(speaks_of: Period) -> set[Period]:
    """Give the quarter that a report speaks of, and the one before where it answers the question about that too."""
    own = quarter_of(speaks_of.last_day)
    before = quarter_of((own.earliest or speaks_of.last_day) - timedelta(days=1))
    return {own, before} if progress.answers(before, speaks_of) else {own}


def _counted_under(report: models.Report) -> str:
    if report.kind.is_post:
        return f"{report.plan}/{NETWORK}"
    return report.commitment if report.commitment and report.kind is ReportKind.PROGRESS else report.plan


def tell_waiting(desk: Desk, report: models.Report) -> None:
    """Tell those who may review it that a report waits."""
    able = people.reviewers(desk.folder, report.organisation, report.kind, report.commitment)
    for person in desk.reachable():
        if person.organisation in able and people.is_reviewer(person):
            language = desk.language(person)
            name = desk.name(report.organisation, language) or say(language, "role.visitor")
            text = say(language, "notice.waiting", organisation=name)
            key = f"{report.id}:waiting:{desk.now.isoformat()}:{person.id}"
            door = Door(words=say(language, "door.review"), action=f"door-review {report.id}")
            desk.tell(person, Reply(heading=desk.heading(report, language), text=text, doors=(door,)), key)


def tell_accepted(desk: Desk, report: models.Report) -> None:
    """Send the link to the reporter and the snippet for the plan's files to the coordinator; once."""
    if report.kind.is_post:
        posts.tell_published(desk, report)
        return
    if report.kind is not ReportKind.PROGRESS:
        tickets.tell_published(desk, report)
        return
    reporter = desk.private.get(models.Person, id=report.person)
    if reporter:
        language = desk.language(reporter)
        text = say(language, "notice.accepted", page=desk.page_of(report, language))
        heading = desk.heading(report, language)
        desk.tell(reporter, Reply(heading=heading, text=text), f"{report.id}:accepted")
    for person in desk.coordinators():
        desk.tell(person, _snippet(desk, report, desk.language(person)), f"{report.id}:snippet:{person.id}")


def _snippet(desk: Desk, report: models.Report, language: str) -> Reply:
    plan = desk.folder.plan
    number = (report.commitment or "").rpartition("/")[2]
    update = snippet.update_yaml(report, plan.languages, published=desk.today)
    page = desk.page_of(report, plan.languages[0])
    name = desk.name(report.organisation, report.language)
    sources = snippet.sources_yaml(report, page=page, name=name, today=desk.today, site=desk.site)
    told = (
        say(language, "notice.snippet", file=f"commitments/{plan.id}/{number}-….yml, updates"),
        update,
        say(language, "notice.snippet-source", file=f"commitments/{plan.id}/sources.yml"),
        sources,
    )
    return Reply(heading=desk.heading(report, language), text="\n".join(told))


def _tell_decided(desk: Desk, report: models.Report, decision: Decide) -> None:
    reporter = desk.private.get(models.Person, id=report.person)
    if reporter is None:
        return
    language = desk.language(reporter)
    ground = say(language, f"ground.{decision.ground}") if decision.ground else ""
    menu = say(language, "menu.own" if report.organisation else "menu.mine")
    text = say(language, f"notice.{decision.state}", question=decision.question, ground=ground, menu=menu)
    name = "reply" if decision.state is ReportState.RETURNED else "own"
    door = Door(words=say(language, f"door.{name}"), action=f"door-{name} {report.id}")
    reply = Reply(heading=desk.heading(report, language), text=text, doors=(door,))
    desk.tell(reporter, reply, f"{report.id}:{decision.state}:{desk.now.isoformat()}")


def _evidence(desk: Desk, report: models.Report) -> Iterator[models.Evidence]:
    if report.evidence_address:
        yield models.Evidence(
            id=f"{report.id}/1",
            plan=report.plan,
            update_id=report.id,
            title=None if report.evidence_file else report.evidence_title,
            address=report.evidence_address,
            recorded_at=desk.now,
        )
    if report.evidence_file:
        yield _file(desk, report, report.evidence_file)


def _file(desk: Desk, report: models.Report, name: str) -> models.Evidence:
    size = store.release(desk.data, name)
    return models.Evidence(
        id=f"{report.id}/file",
        plan=report.plan,
        update_id=report.id,
        title=report.evidence_title,
        file=name if size else None,
        file_bytes=size,
        sha256=name.partition(".")[0],
        # Only where a backup of one half is older than the other the file is nowhere any more.
        state=EvidenceState.KEPT if size else EvidenceState.GONE,
        recorded_at=desk.now,
    )


def _is_public(desk: Desk, report: models.Report) -> bool:
    if report.kind is ReportKind.PROGRESS:
        return desk.storage.get(models.Update, id=report.id) is not None
    if report.kind.is_post:
        return posts.find(desk, report) is not None
    return tickets.find(desk, report.id) is not None


def _erased(desk: Desk, report: models.Report) -> bool:
    return desk.storage.get(models.Tombstone, id=report.id) is not None
