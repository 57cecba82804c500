"""Forget a person who asks for it, and all that was kept long enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from bot import people
from bot.private import Private
from monitor import models
from monitor.models import ReportState, Role
from monitor.storage import StorageError

# In the place of an opaque id that belongs to nobody any more.
NOBODY = ""
JOINED, FORGOTTEN = "joined", "forgotten"
REFUSED = (ReportState.DECLINED, ReportState.WITHDRAWN)


def forget(private: Private, person: models.Person, *, now: datetime) -> None:
    """Erase a person in one transaction; an organisation's reports stay in its name, a visitor's go unless accepted."""
    with private.transaction():
        for report in private.all(models.Report, person=person.id):
            if report.organisation is None and report.state is not ReportState.ACCEPTED:
                private.delete(models.Report, id=report.id)
        remove(private, person)
        private.audit(at=now, actor=person.id, action=FORGOTTEN, about=person.id)


def again(path: Path, replaced: Path) -> int:
    """Forget those who asked for it before a backup took the place of what knew that; give how many people."""
    if not path.exists() or not replaced.exists():
        return 0
    try:
        with Private(replaced) as before:
            asked = {entry.about: entry.at for entry in before.all(models.AuditEntry, action=FORGOTTEN)}
    except StorageError:
        return 0  # What was damaged tells nothing.
    with Private(path) as private:
        people_again = [person for person in private.all(models.Person) if person.id in asked]
        for person in people_again:
            forget(private, person, now=asked[person.id])
        if people_again:
            private.scrub()
    return len(people_again)


def remove(private: Private, person: models.Person) -> None:
    """Remove a person with the invitations they used, and unlink the reports they sent or decided on."""
    for report in private.all(models.Report, person=person.id):
        private.put(report.model_copy(update={"person": NOBODY}))
    for report in private.all(models.Report, decided_by=person.id):
        private.put(report.model_copy(update={"decided_by": NOBODY}))
    for entry in private.all(models.AuditEntry, actor=person.id, action=JOINED):
        private.delete(models.Invitation, id=entry.about)
    private.remove(person)


def tidy(private: Private, *, now: datetime, days: Mapping[str, int]) -> dict[str, int]:
    """Apply the retention table; give how much of each kind was erased."""
    before = {kind: now - timedelta(days=most) for kind, most in days.items()}
    with private.transaction():
        done = private.tidy(now, days)
        done["undecided"] = _erase(private, _older(private, models.UNDECIDED, before["undecided"]))
        done["refused"] = _erase(private, _older(private, REFUSED, before["refused"]))
        done["accepted"] = _unlink(private, _older(private, (ReportState.ACCEPTED,), before["accepted"]))
        gone = _inactive(private, now, days)
        for person in gone:
            remove(private, person)
        done["visitors"] = sum(person.role is Role.VISITOR for person in gone)
        done["roles"] = len(gone) - done["visitors"]
        done["audit"] = private.prune_audit(before=before["audit"], now=now)
    if any(done.values()):
        private.scrub()
    return done


def _older(private: Private, states: Iterable[ReportState], before: datetime) -> list[models.Report]:
    found = (report for state in states for report in private.all(models.Report, state=state))
    return [report for report in found if (report.decided_at or report.created_at) < before]


def _erase(private: Private, reports: Iterable[models.Report]) -> int:
    return sum(private.delete(models.Report, id=report.id) for report in reports)


def _unlink(private: Private, reports: Iterable[models.Report]) -> int:
    linked = [report for report in reports if report.person or report.decided_by or report.thread]
    for report in linked:
        # Who could not be checked by anybody has no reviewer, which stays so.
        decided_by = report.decided_by and NOBODY
        private.put(report.model_copy(update={"person": NOBODY, "decided_by": decided_by, "thread": ()}))
    return len(linked)


def forgotten_at(person: models.Person, active: datetime, days: Mapping[str, int]) -> datetime:
    """Give when somebody is forgotten who was heard of last at a moment, unless they are heard of again."""
    held = people.role_until(person)
    last = max(active, datetime.combine(held, time.max, UTC)) if held else active
    return last + timedelta(days=days["visitors" if person.role is Role.VISITOR else "roles"])


def _inactive(private: Private, now: datetime, days: Mapping[str, int]) -> list[models.Person]:
    active = private.last_active()
    return [person for person in private.all(models.Person) if forgotten_at(person, active[person.id], days) < now]
