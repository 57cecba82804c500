"""Whether a file that somebody sends is looked at, before anything of it is checked or kept."""

from __future__ import annotations

from bot import pacing, people
from bot.desk import Desk
from bot.dialogue import Refusal, Step
from bot.files import store
from bot.files.store import Taken
from monitor import models

# The name of a file that is kept nowhere: the conversation says that no file can go with this.
NOT_KEPT = Taken(file=f"{'0' * 64}.pdf")


def reads_text(desk: Desk, person: models.Person | None) -> bool:
    """Tell whether the open question takes the text of a document, the notes of a meeting, and no file."""
    state = desk.private.state(person.id) if person else None
    return state is not None and state.place.step is Step.NOTES


def take(desk: Desk, person: models.Person | None, data: bytes) -> Taken:
    """Take a file that was sent: its text where that is asked, else the file itself as evidence."""
    return store.read(data) if reads_text(desk, person) else store.take(desk.data, data)


def turn_away(desk: Desk, person: models.Person | None) -> Taken | None:
    """Give what the conversation hears in the place of a file; None, noting that it came, where it may be taken."""
    if person is None:
        return NOT_KEPT
    if pacing.is_held_back(desk.private, person, desk.now):
        return Taken()
    if not reads_text(desk, person) and not people.led_by(desk.folder, desk.standing(person).organisation):
        return NOT_KEPT
    return None if pacing.note_file(desk, person) else Taken(refused=Refusal.MANY)
