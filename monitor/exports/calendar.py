"""iCalendar (RFC 5545): an agenda of the plan, of a commitment, of who answers for any, and of each dated meeting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from monitor import agenda, models
from monitor.agenda import Occasion
from monitor.exports.reading import NAME, Book, File
from monitor.pages import addresses
from monitor.pages.network import is_date_derived
from monitor.periods import TIME_ZONE, Period

MAKER = f"-//{NAME}//agenda//"
CLOCK = re.compile(r"\b([01]?\d|2[0-3])[:.]([0-5]\d)\b")


def calendars(book: Book) -> Iterator[File]:
    """Give every calendar that holds something; the RFC knows no empty one."""
    plan, words, folder = book.site.plan.id, book.site.words, book.site.data.folder
    found = agenda.occasions(folder, book.site.today)
    yield from _calendar(book, addresses.home(plan), book.title, found)
    for commitment in folder.commitments:
        title = f"{book.title}: {words.text('commitment.number', number=commitment.number)}"
        own = agenda.of_commitment(found, commitment)
        yield from _calendar(book, addresses.commitment(plan, commitment.number), title, own)
    for organisation in folder.organisations:
        page = addresses.of_plan(words, plan, "organisations", organisation.id)
        title = f"{book.title}: {book.pen.plain(organisation.name)}"
        own = agenda.of_organisation(folder, organisation.id, book.site.today)
        yield from _calendar(book, page, title, own)
    for meeting in folder.meetings:
        yield from of_meeting(book, meeting)


def of_meeting(book: Book, meeting: models.Meeting) -> Iterator[File]:
    """Give the calendar of one meeting; none where its day is not known."""
    if agenda.has_day(meeting):
        page = addresses.of_plan(book.site.words, meeting.plan, "meetings", meeting.slug)
        title = book.pen.plain(meeting.title)
        yield from _calendar(book, page, title, [Occasion(meeting.date.last_day, meeting=meeting)])


def _calendar(book: Book, page: str, title: str, found: Sequence[Occasion]) -> Iterator[File]:
    if not found:
        return
    made = Calendar()
    made.add("prodid", f"{MAKER}{book.site.words.language.upper()}")
    made.add("version", "2.0")
    made.add("x-wr-calname", title)
    for occasion in found:
        made.add_component(_event(book, occasion))
    yield File(addresses.calendar(page), made.to_ical())


def _event(book: Book, occasion: Occasion) -> Event:
    event = Event()
    host = urlsplit(book.site.context.url).hostname or "localhost"
    record = f"{book.site.plan.id}/{occasion.record}" if occasion.quarter else occasion.record
    event.add("uid", f"{record.replace('/', '-')}@{host}")
    if occasion.meeting:
        _fill_meeting(book, event, occasion.meeting)
    elif occasion.commitment and occasion.milestone:
        _fill_due(book, event, occasion, occasion.commitment, occasion.milestone)
    elif occasion.quarter:
        _fill_round(book, event, occasion, occasion.quarter)
    return event


def _fill_meeting(book: Book, event: Event, meeting: models.Meeting) -> None:
    pen, words = book.pen, book.site.words
    page = addresses.of_plan(words, meeting.plan, "meetings", meeting.slug)
    derived = words.text("meeting.date_derived") if is_date_derived(meeting) else ""
    _stamp(event, book.changed_at("meeting", meeting.id))
    _when(event, meeting)
    event.add("summary", pen.plain(meeting.title))
    place = words.text("meeting.online") if meeting.online else meeting.place
    if place:
        event.add("location", place)
    _tell(book, event, page, pen.plain(meeting.theme), derived)


def _fill_due(
    book: Book, event: Event, occasion: Occasion, commitment: models.Commitment, milestone: models.Milestone
) -> None:
    words = book.site.words
    page = f"{addresses.commitment(commitment.plan, commitment.number)}#{addresses.step(milestone.number)}"
    _stamp(event, book.changed_at("commitment", commitment.id))
    _all_day(event, occasion)
    event.add("summary", words.text("agenda.due", number=milestone.number, title=book.pen.plain(milestone.title)))
    _tell(book, event, page, words.text("agenda.due_note", due=words.period(milestone.due)))


def _fill_round(book: Book, event: Event, occasion: Occasion, quarter: Period) -> None:
    words, plan = book.site.words, book.site.plan.id
    _stamp(event, book.changed_at("plan", plan))
    _all_day(event, occasion)
    event.add("summary", words.text("agenda.round", quarter=words.period(quarter)))
    _tell(book, event, addresses.of_plan(words, plan, "freshness"), words.text("agenda.round_note"))


def _all_day(event: Event, occasion: Occasion) -> None:
    event.add("dtstart", occasion.day)
    event.add("dtend", occasion.day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")


def _stamp(event: Event, moment: datetime) -> None:
    event.add("dtstamp", moment.replace(microsecond=0))
    event.add("last-modified", moment.replace(microsecond=0))


def _when(event: Event, meeting: models.Meeting) -> None:
    """Set begin and end; a meeting whose time is not known takes the day, one whose end is not known has no end."""
    day = meeting.date.last_day
    clock = [time(int(hour), int(minute)) for hour, minute in CLOCK.findall(meeting.time or "")]
    moments = [datetime.combine(day, at, TIME_ZONE).astimezone(UTC) for at in clock[:2]]
    if not moments:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        return
    event.add("dtstart", moments[0])
    if len(moments) > 1 and moments[1] > moments[0]:
        event.add("dtend", moments[1])


def _tell(book: Book, event: Event, page: str, *lines: str) -> None:
    event.add("description", "\n".join(line for line in (book.banner, *lines, book.root + page) if line))
    event.add("url", book.root + page)
