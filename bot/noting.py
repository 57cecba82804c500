"""Show the page that the notes of a meeting would become, and give the files again to who is at it."""

from __future__ import annotations

from bot import attending, people, settling
from bot.desk import Desk
from bot.dialogue import Draft, Paper, Reply, noting
from monitor import models, previews

PAGE = "voorbeeld.html"


def show(desk: Desk, draft: Draft, *, by: models.Person, language: str) -> Reply | None:
    """Give the page that a draft of notes would become; None where it says nothing yet.

    Raise PermissionError for who may not send the notes of that meeting.
    """
    page = preview(desk, draft, by=by, language=language)
    paper = (Paper(name=PAGE, text=page.whole),) if page else ()
    return noting.page_reply(language).model_copy(update={"papers": paper}) if page else None


def preview(desk: Desk, draft: Draft, *, by: models.Person, language: str) -> previews.Preview | None:
    """Make the page of the meeting with the notes of a draft."""
    meeting = noting.with_notes(desk.folder, draft, settling.gathered(desk))
    if meeting is None:
        return None
    if not people.may_write_notes(by, meeting, desk.folder):
        raise PermissionError(f"{meeting.id}: only its host and the coordinator send notes: leave it to them")
    mark = noting.page_reply(language).text
    known = attending.context(desk)
    return previews.of_meeting(desk.storage, meeting, today=desk.today, language=language, context=known, mark=mark)
