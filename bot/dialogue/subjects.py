"""What a correction or idea is about: a record of the plan, one period of it, or something that was not found. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.dialogue import understanding
from bot.messages import say
from monitor import models, words
from monitor.periods import Period

HASH, SLOT, JOIN = "#", "?slot=", "?join"


@dataclass(frozen=True)
class Subject:
    """A record that is written about, with what of it is meant; the plan as a whole where nothing else is given.

    ``joins``: somebody came to sign up for the meeting.
    """

    about: str
    commitment: models.Commitment | None = None
    milestone: models.Milestone | None = None
    meeting: models.Meeting | None = None
    unknown: models.Unknown | None = None
    slot: Period | None = None
    joins: bool = False


def find(folder: models.PlanFolder, about: str) -> Subject | None:
    """Find what ``about`` of a link names; a part that is gone leaves the record, a record that is gone is None."""
    rest, _, unknown = about.partition(HASH)
    record, _, slot = rest.removesuffix(JOIN).partition(SLOT)
    found = next((subject for subject in _records(folder) if subject.about == record), None)
    if found is None:
        return None
    if found.meeting and rest.endswith(JOIN):
        return replace(found, about=f"{record}{JOIN}", joins=True)
    for known in found.milestone.slots if found.milestone else ():
        if str(known) == slot:
            return replace(found, about=f"{record}{SLOT}{slot}", slot=known)
    for left in _unknowns(folder, found):
        if left.id == unknown:
            return replace(found, about=f"{record}{HASH}{unknown}", unknown=left)
    return found


def search(folder: models.PlanFolder, sentence: str) -> Subject | None:
    """Find what a sentence names: by id, number or title words."""
    given = " ".join(sentence.split())
    if known := find(folder, given):
        return known
    numbers = understanding.NUMBER.findall(given)
    records = list(_records(folder))
    for subject in records:
        if subject.milestone and subject.milestone.number in numbers:
            return subject
    number = int(given) if given.isdecimal() else understanding.commitment_number(given)
    if number is not None:
        return find(folder, models.commitment_id(folder.plan.id, number))
    titled = {s.about: _titles(s) for s in records if not s.milestone and s.about != folder.plan.id}
    return find(folder, understanding.by_title(given, titled) or "")


def commitment_of(folder: models.PlanFolder, subject: Subject) -> str | None:
    """Give the id of the commitment that a subject belongs to, if any."""
    if subject.commitment:
        return subject.commitment.id
    number = (subject.meeting.milestone or "").rpartition("/")[2] if subject.meeting else ""
    found = next((s for s in _records(folder) if s.milestone and s.milestone.number == number), None)
    return found.commitment.id if found and found.commitment else None


def name(folder: models.PlanFolder, about: str | None, language: str) -> str:
    """Name what is written about, as it stands behind "About:"."""
    subject = find(folder, about or "")
    if subject is None:
        return about or ""
    if subject.unknown:
        what = words.choose(subject.unknown.what, language).words
        return say(language, "about.unknown", what=what, record=_name(replace(subject, unknown=None), language))
    return _name(subject, language)


def _name(subject: Subject, language: str) -> str:
    said = words.of(language)
    if subject.milestone:
        title = words.choose(subject.milestone.title, language).words
        known = say(language, "about.milestone", number=subject.milestone.number, title=title)
        return f"{known.rstrip('.')}, {said.period(subject.slot)}" if subject.slot else known
    if subject.commitment:
        title = words.choose(subject.commitment.short_title or subject.commitment.title, language).words
        return say(language, "about.commitment", number=subject.commitment.number, title=title)
    if subject.meeting:
        title = words.choose(subject.meeting.title, language).words
        return say(
            language,
            "about.join" if subject.joins else "about.meeting",
            day=said.period(subject.meeting.date),
            title=title,
        )
    return say(language, "about.plan")


def _records(folder: models.PlanFolder) -> Iterator[Subject]:
    yield Subject(folder.plan.id)
    for commitment in folder.commitments:
        yield Subject(commitment.id, commitment)
        for milestone in commitment.milestones:
            yield Subject(models.milestone_id(folder.plan.id, milestone.number), commitment, milestone)
    for meeting in folder.meetings:
        yield Subject(meeting.id, meeting=meeting)


def _unknowns(folder: models.PlanFolder, subject: Subject) -> tuple[models.Unknown, ...]:
    if subject.milestone:
        return ()
    return (subject.commitment or subject.meeting or folder.plan).unknowns


def _titles(subject: Subject) -> str:
    if subject.commitment:
        return " ".join([*subject.commitment.title.values(), *(subject.commitment.short_title or {}).values()])
    return " ".join((subject.meeting.title if subject.meeting else {}).values())
