"""Accept, return, decline: from a private report to a public update, once and only once.

SQLite does not make a write to two files atomic in WAL mode. So the update has the id of its report, the public file is
written first, and `finish_accepted` completes at start-up what a crash left half done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot import people, snippet
from bot.dialogue import Decide, Reply, wording
from bot.messages import say
from bot.private import Private
from monitor import models, progress, words
from monitor.models import ReportState
from monitor.pages import addresses
from monitor.periods import Period
from monitor.storage import Storage


@dataclass(frozen=True)
class Desk:
    """What reviewing needs: both databases, the plan, the moment, the day it speaks of, and where pages stand."""

    private: Private
    storage: Storage
    folder: models.PlanFolder
    now: datetime
    today: date
    site: str


def accept(desk: Desk, report: models.Report, *, by: str | None) -> None:
    """Publish a report, then mark it accepted; ``by`` is the person who checked it, None where nobody could."""
    make_public(desk, report, by_other=by is not None)
    decided = {"state": ReportState.ACCEPTED, "decided_at": desk.now, "decided_by": by}
    desk.private.put(report.model_copy(update=decided))
    desk.private.audit(at=desk.now, actor=by or "nobody", action="accepted", about=report.id)
    tell_accepted(desk, report)


def decide(desk: Desk, report: models.Report, decision: Decide, *, by: models.Person) -> None:
    """Carry out what a reviewer decided; PermissionError for a report of their own organisation."""
    if not people.may_review(by, report):
        raise PermissionError(f"{report.id}: nobody decides for their own organisation: ask another reviewer")
    if decision.state is ReportState.ACCEPTED:
        accept(desk, report, by=by.id)
        return
    decided = {
        "state": decision.state,
        "ground": decision.ground,
        "question": decision.question,
        "decided_at": desk.now,
        "decided_by": by.id,
    }
    desk.private.put(report.model_copy(update=decided))
    desk.private.audit(at=desk.now, actor=by.id, action=str(decision.state), about=report.id)
    _tell_decided(desk, report, decision)


def make_public(desk: Desk, report: models.Report, *, by_other: bool) -> None:
    """Write update and evidence of a report into the public database; a second time changes nothing."""
    with desk.storage.transaction():
        desk.storage.add(as_update(desk, report, by_other=by_other))
        for evidence in _evidence(desk, report):
            desk.storage.add(evidence)


def as_update(desk: Desk, report: models.Report, *, by_other: bool) -> models.Update:
    """Turn a report into the update it becomes: the same id, the organisation, never the person."""
    return models.Update(
        id=report.id,
        plan=report.plan,
        commitment=report.commitment,
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
    )


def finish_accepted(desk: Desk) -> int:
    """Complete what a crash left half done, whichever of the two files was written; give how many."""
    done = 0
    for report in desk.private.all(models.Report, plan=desk.folder.plan.id):
        public = desk.storage.get(models.Update, id=report.id) is not None
        if public and report.state is ReportState.WAITING:
            with desk.private.transaction():
                decided = {"state": ReportState.ACCEPTED, "decided_at": desk.now}
                desk.private.put(report.model_copy(update=decided))
                desk.private.audit(at=desk.now, actor="start-up", action="accepted", about=report.id)
                tell_accepted(desk, report)
            done += 1
        elif report.state is ReportState.ACCEPTED and not public and not _erased(desk, report):
            make_public(desk, report, by_other=report.decided_by is not None)
            done += 1
    return done


def refresh_queue(desk: Desk) -> int:
    """Bring the public counts of what waits for review up to date; give how many rows changed."""
    plan = desk.folder.plan.id
    waiting = desk.private.all(models.Report, plan=plan, state=ReportState.WAITING, order="created_at")
    rows: dict[tuple[str, str], models.Queue] = {}
    for report in waiting:
        key = (report.commitment, report.organisation)
        known = rows.get(key)
        count, oldest = (known.waiting, known.oldest_at) if known else (0, report.created_at)
        rows[key] = models.Queue(plan=plan, commitment=key[0], organisation=key[1], waiting=count + 1, oldest_at=oldest)
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


def page_of(desk: Desk, report: models.Report, language: str) -> str:
    """Give the public address of an accepted report."""
    anchor = addresses.anchor(report.id)
    return f"{pages(desk.folder, desk.site, language)[report.commitment]}#{anchor}"


def pages(folder: models.PlanFolder, site: str, language: str) -> dict[str, str]:
    """Give the public addresses of the site, the meetings and each commitment in a language."""
    root = f"{site}/" if language == folder.plan.languages[0] else f"{site}/{language}/"
    found = {c.id: root + addresses.commitment(folder.plan.id, c.number) for c in folder.commitments}
    meetings = addresses.of_plan(words.of(language), folder.plan.id, "meetings")
    return found | {"site": root, "meetings": root + meetings}


def tell_waiting(desk: Desk, report: models.Report) -> None:
    """Tell those who may review it that a report waits."""
    for person in desk.private.all(models.Person, reachable=1):
        if person.organisation in people.reviewers(desk.folder, report.organisation) and people.is_reviewer(person):
            language = _language(desk, person)
            name = _name(desk, report.organisation, language)
            text = say(language, "notice.waiting", organisation=name)
            key = f"{report.id}:waiting:{desk.now.isoformat()}:{person.id}"
            _tell(desk, person, Reply(heading=_heading(desk, report, language), text=text), key)


def tell_accepted(desk: Desk, report: models.Report) -> None:
    """Send the link to the reporter and the snippet for the plan's files to the coordinator; once."""
    reporter = desk.private.get(models.Person, id=report.person)
    if reporter:
        language = _language(desk, reporter)
        text = say(language, "notice.accepted", page=page_of(desk, report, language))
        heading = _heading(desk, report, language)
        _tell(desk, reporter, Reply(heading=heading, text=text), f"{report.id}:accepted")
    for person in _coordinators(desk):
        _tell(desk, person, _snippet(desk, report, _language(desk, person)), f"{report.id}:snippet:{person.id}")


def _snippet(desk: Desk, report: models.Report, language: str) -> Reply:
    plan = desk.folder.plan
    number = report.commitment.rpartition("/")[2]
    update = snippet.update_yaml(report, plan.languages, published=desk.today)
    page = page_of(desk, report, plan.languages[0])
    name = _name(desk, report.organisation, report.language)
    sources = snippet.sources_yaml(report, page=page, name=name, today=desk.today)
    told = (
        say(language, "notice.snippet", file=f"commitments/{plan.id}/{number}-….yml, updates:"),
        update,
        say(language, "notice.snippet-source", file=f"commitments/{plan.id}/sources.yml"),
        sources,
    )
    return Reply(heading=_heading(desk, report, language), text="\n".join(told))


def _tell_decided(desk: Desk, report: models.Report, decision: Decide) -> None:
    reporter = desk.private.get(models.Person, id=report.person)
    if reporter is None:
        return
    language = _language(desk, reporter)
    ground = say(language, f"ground.{decision.ground}") if decision.ground else ""
    text = say(language, f"notice.{decision.state}", question=decision.question, ground=ground)
    reply = Reply(heading=_heading(desk, report, language), text=text)
    _tell(desk, reporter, reply, f"{report.id}:{decision.state}:{desk.now.isoformat()}")


def _tell(desk: Desk, person: models.Person, reply: Reply, key: str) -> None:
    state = desk.private.state(person.id)
    desk.private.queue(person.id, reply, key=key, revision=state.revision if state else 0, now=desk.now)


def _evidence(desk: Desk, report: models.Report) -> Iterator[models.Evidence]:
    if report.evidence_address:
        yield models.Evidence(
            id=f"{report.id}/1",
            plan=report.plan,
            update_id=report.id,
            title=report.evidence_title,
            address=report.evidence_address,
            recorded_at=desk.now,
        )


def _coordinators(desk: Desk) -> list[models.Person]:
    listed = desk.private.all(models.Person, role=models.Role.COORDINATOR, reachable=1)
    return [person for person in listed if person.organisation == desk.folder.plan.coordinator]


def _erased(desk: Desk, report: models.Report) -> bool:
    return desk.storage.get(models.Tombstone, id=report.id) is not None


def _heading(desk: Desk, report: models.Report, language: str) -> str:
    return wording.titled(desk.folder, report.milestone or report.commitment, language)


def _name(desk: Desk, organisation: str, language: str) -> str:
    known = next((o for o in desk.folder.organisations if o.id == organisation), None)
    return words.choose(known.name, language).words if known else organisation


def _language(desk: Desk, person: models.Person) -> str:
    return person.language or desk.folder.plan.languages[0]
