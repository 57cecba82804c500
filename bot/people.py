"""Who may do what for whom. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import models
from monitor.models import MeetingKind, ReportKind, Role
from monitor.periods import day_of

# Whom an organisation is asked by: its leads, else whoever else there may report.
ASKED = (Role.LEAD, Role.PIONEER, Role.COORDINATOR)
ALONE = frozenset({Role.VISITOR})
MONTHS = 12
TOLD_BEFORE = timedelta(days=30)


class RoleError(Exception):
    """A role cannot be played; the message says which ones can."""


@dataclass(frozen=True)
class Identity:
    """A role and the organisation it is played for."""

    role: Role
    organisation: str | None = None

    def __str__(self) -> str:
        return f"{self.role}:{self.organisation}" if self.organisation else str(self.role)


def parse_identity(text: str, folder: models.PlanFolder) -> Identity:
    """Read ``ROLE[:ORGANISATION]``; raise RoleError with what can be written."""
    name, _, organisation = text.strip().partition(":")
    try:
        role = Role(name.strip().lower())
    except ValueError as error:
        raise RoleError(f"--as {text}: '{name}' is not a role: write one of {', '.join(Role)}") from error
    if role in ALONE:
        return Identity(role)
    given = organisation.strip() or _only(role, folder)
    if given not in _possible(role, folder):
        known = ", ".join(_possible(role, folder))
        wrong = f"'{given}' is not one of this plan's organisations" if given else f"{role} needs an organisation"
        raise RoleError(f"--as {text}: {wrong}: write {role}: and one of {known}")
    return Identity(role, given)


def playable(folder: models.PlanFolder) -> tuple[Identity, ...]:
    """List the roles worth trying in a plan: every lead, coordinator, reviewers, pioneers who met, visitor."""
    leads = dict.fromkeys(lead.organisation for c in folder.commitments for lead in c.leads)
    hosts = [meeting.host for meeting in folder.meetings if meeting.host]
    pioneers = dict.fromkeys([*list(leads)[:2], *hosts])
    others = folder.plan.reviewers or tuple(o for o in leads if o != folder.plan.coordinator)[:1]
    return (
        *(Identity(Role.LEAD, organisation) for organisation in leads),
        Identity(Role.COORDINATOR, folder.plan.coordinator),
        *(Identity(Role.REVIEWER, organisation) for organisation in others),
        *(Identity(Role.PIONEER, organisation) for organisation in pioneers),
        Identity(Role.VISITOR),
    )


def led_by(folder: models.PlanFolder, organisation: str | None) -> tuple[models.Commitment, ...]:
    """List the commitments an organisation answers for."""
    return tuple(c for c in folder.commitments if any(lead.organisation == organisation for lead in c.leads))


def may_report(person: models.Person, commitment: models.Commitment) -> bool:
    """Tell whether a person may report on a commitment: its organisation leads it."""
    return person.organisation is not None and person.organisation in {lead.organisation for lead in commitment.leads}


def may_judge(person: models.Person, commitment: models.Commitment) -> bool:
    """Tell whether a person may say that news is progress on a commitment: who is asked about it."""
    return person.role in ASKED and may_report(person, commitment)


def reviewers(
    folder: models.PlanFolder, organisation: str | None, kind: ReportKind | None, commitment: str | None
) -> frozenset[str]:
    """Name the organisations that may accept what an organisation sent: never that organisation itself.

    A correction or idea is not accepted by who leads the commitment it is about either.
    """
    barred = _barred(folder, organisation, kind, commitment)
    return frozenset({folder.plan.coordinator, *folder.plan.reviewers}) - barred


def is_alone(
    folder: models.PlanFolder, organisation: str | None, kind: ReportKind | None, commitment: str | None
) -> bool:
    """Tell whether nobody else can check what an organisation sends, so that it is published as not checked.

    What a stranger writes is never published unchecked: it waits.
    """
    return organisation is not None and not reviewers(folder, organisation, kind, commitment)


def may_review(person: models.Person, report: models.Report, folder: models.PlanFolder) -> bool:
    """Tell whether a person may decide on a report; nobody decides for an organisation they belong to."""
    barred = _barred(folder, report.organisation, report.kind, report.commitment)
    return is_reviewer(person) and person.organisation not in barred


def may_decide_copy(person: models.Person, citing: Collection[str]) -> bool:
    """Tell whether a person may decide about a copy: not where their own organisation is among those that cite it."""
    return is_reviewer(person) and str(person.organisation) not in citing


def copy_deciders(folder: models.PlanFolder, citing: Iterable[str]) -> frozenset[str]:
    """Name the organisations that may decide about a copy: never one that cites it."""
    return frozenset({folder.plan.coordinator, *folder.plan.reviewers}) - frozenset(citing)


def may_answer(person: models.Person) -> bool:
    """Tell whether a person may give the public answer to a correction or idea."""
    return is_reviewer(person)


def may_attend(person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person signs up for meetings: pioneers, the coordinator, and leads of the plan."""
    if person.organisation is None:
        return False
    if person.role is Role.LEAD:
        return bool(led_by(folder, person.organisation))
    return person.role is Role.PIONEER or is_coordinator(person, folder)


def may_settle(person: models.Person, agreement: models.Agreement, folder: models.PlanFolder) -> bool:
    """Tell whether a person may say how an agreement stands: its own organisation, or the coordinator."""
    if not may_attend(person, folder):
        return False
    return is_coordinator(person, folder) or person.organisation == agreement.organisation


def may_write_notes(person: models.Person, meeting: models.Meeting, folder: models.PlanFolder) -> bool:
    """Tell whether a person may send the notes of a meeting: its host, or the coordinator."""
    if not may_attend(person, folder):
        return False
    return is_coordinator(person, folder) or person.organisation == meeting.host


def hears(person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person hears at once what members share: pioneers, and the coordinator of the plan."""
    if person.role is Role.PIONEER:
        return person.organisation is not None
    return is_coordinator(person, folder)


def is_coordinator(person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person coordinates the plan: not who coordinated it before another organisation did."""
    return person.role is Role.COORDINATOR and person.organisation == folder.plan.coordinator


def is_member(person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person may share: who hears it, and leads of organisations that were at a network meeting."""
    met = {name for m in folder.meetings if m.kind is MeetingKind.NETWORK for name in (m.host, *m.organisations)}
    return hears(person, folder) or (person.role is Role.LEAD and person.organisation in met - {None})


def is_reviewer(person: models.Person) -> bool:
    """Tell whether a person reviews reports at all."""
    return person.role in (Role.REVIEWER, Role.COORDINATOR) and person.organisation is not None


def may_be_invited(identity: Identity, folder: models.PlanFolder) -> bool:
    """Tell whether a plan knows a role for an organisation: its coordinator, its reviewers, its leads."""
    match identity.role:
        case Role.COORDINATOR:
            return identity.organisation == folder.plan.coordinator
        case Role.REVIEWER:
            return identity.organisation in folder.plan.reviewers
        case Role.LEAD:
            return bool(led_by(folder, identity.organisation))
        case _:
            return True


def may_invite(person: models.Person, folder: models.PlanFolder) -> bool:
    """Tell whether a person may invite others: the coordinator of the plan."""
    return is_coordinator(person, folder)


def role_until(person: models.Person) -> date | None:
    """Give the day on which a role by invitation ends, twelve months after it was renewed; None for a visitor."""
    if person.role in ALONE:
        return None
    renewed = day_of(person.renewed_at or person.created_at)
    leap_day = renewed.month == 2 and renewed.day == 29
    return renewed.replace(year=renewed.year + MONTHS // 12, day=28 if leap_day else renewed.day)


def has_lapsed(person: models.Person, today: date) -> bool:
    """Tell whether a role by invitation ended."""
    until = role_until(person)
    return until is not None and today >= until


def ends_soon(person: models.Person, today: date) -> bool:
    """Tell whether a role by invitation ends within a month."""
    until = role_until(person)
    return until is not None and today < until <= today + TOLD_BEFORE


def as_visitor(person: models.Person) -> models.Person:
    """Give a person without role and organisation."""
    return person.model_copy(update={"role": Role.VISITOR, "organisation": None})


def _barred(
    folder: models.PlanFolder, organisation: str | None, kind: ReportKind | None, commitment: str | None
) -> set[str | None]:
    if kind is ReportKind.PROGRESS:
        return {organisation}
    about = (known for known in folder.commitments if known.id == commitment)
    return {organisation, *(lead.organisation for known in about for lead in known.leads)}


def _possible(role: Role, folder: models.PlanFolder) -> tuple[str, ...]:
    if role is Role.COORDINATOR:
        return (folder.plan.coordinator,)
    return tuple(organisation.id for organisation in folder.organisations)


def _only(role: Role, folder: models.PlanFolder) -> str:
    if role is Role.COORDINATOR:
        return folder.plan.coordinator
    return folder.plan.reviewers[0] if role is Role.REVIEWER and len(folder.plan.reviewers) == 1 else ""
