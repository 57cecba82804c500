"""Write who comes to a meeting: an organisation and a number, public at once; and give the calendar file."""

from __future__ import annotations

from bot import people
from bot.desk import Desk, pages
from bot.dialogue import Attend, Paper, Reply, meetings
from monitor import exports, models, network
from monitor.models import Phase
from monitor.pages.site import SiteContext
from monitor.progress import phase
from monitor.settings import FolderKind

CALENDAR = "agenda.ics"


def attend(desk: Desk, effect: Attend, *, by: models.Person, language: str) -> Reply | None:
    """Sign an organisation up, change its number or take it back; what stands already is not written again.

    Who comes now and did not before gets the calendar file. Raise PermissionError for who may not sign up.
    """
    if not people.may_attend(by, desk.folder):
        raise PermissionError(f"{effect.meeting}: only members of the network sign up: ask the coordinator")
    meeting = find(desk, effect.meeting)
    if meeting is None or phase(desk.folder.plan, desk.today) is Phase.CLOSED or meeting.date.is_over(desk.today):
        return None
    before = _standing(desk, effect, str(by.organisation))
    if _write(desk, effect, str(by.organisation)):
        action = "signed-up" if effect.people else "signed-off"
        desk.private.audit(at=desk.now, actor=by.id, action=action, about=effect.meeting)
    return calendar(desk, meeting, language) if effect.people and not before else None


def calendar(desk: Desk, meeting: models.Meeting | None, language: str) -> Reply | None:
    """Give the calendar file of a meeting with its address; None where its day is not known."""
    if meeting is None:
        return None
    file = pages(desk.folder, desk.site, language)[f"{meeting.id}.ics"]
    reply = meetings.calendar_reply(meeting, file, language)
    made = exports.meeting_calendar(desk.storage, meeting, today=desk.today, language=language, context=context(desk))
    return reply.model_copy(update={"papers": (Paper(name=CALENDAR, text=made.decode()),)}) if reply and made else reply


def find(desk: Desk, name: str | None) -> models.Meeting | None:
    """Give the meeting with this id."""
    return next((meeting for meeting in desk.folder.meetings if meeting.id == name), None)


def context(desk: Desk) -> SiteContext:
    """Give what pages and files made for one person need to know of the site."""
    example = desk.told.get("kind") == FolderKind.EXAMPLE or models.is_example(desk.folder.plan.id)
    return SiteContext(
        example=example, url=f"{desk.site}/", version="", data_as_of=desk.today, plan=desk.folder.plan.id
    )


def _standing(desk: Desk, effect: Attend, organisation: str) -> int:
    rows = desk.storage.all(models.SignUp, meeting=effect.meeting, organisation=organisation)
    return network.signed_up(rows, desk.today).get(organisation, 0)


def _write(desk: Desk, effect: Attend, organisation: str) -> bool:
    with desk.storage.transaction():
        rows = desk.storage.all(models.SignUp, meeting=effect.meeting, organisation=organisation)
        if _standing(desk, effect, organisation) == effect.people:
            return False
        if not effect.people:
            *_, newest = sorted(rows, key=lambda row: row.recorded_at)
            desk.storage.put(newest.model_copy(update={"withdrawn_at": desk.moment}))
            return True
        return desk.storage.add(
            models.SignUp(
                id=f"{effect.meeting}/{organisation}/{len(rows) + 1}",
                plan=desk.folder.plan.id,
                meeting=effect.meeting,
                organisation=organisation,
                people=effect.people,
                recorded_at=desk.now,
            )
        )
