"""The rules about dates: what has to come before what. Milestones may lie outside their commitment's period. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor import models
from monitor.fields import Place
from monitor.lint.problems import Document, Problem
from monitor.periods import Period


def of_plan(plan: models.Plan, document: Document) -> Iterator[Problem]:
    """Check that a plan starts, ends and closes in that order."""
    if plan.period.latest and plan.cycle_end < plan.period.latest:
        values = {"cycle_end": plan.cycle_end, "end": plan.period.latest}
        yield document.problem(("cycle_end",), "dates.cycle-end", **values)


def of_commitment(commitment: models.Commitment, plan: models.Plan, document: Document) -> Iterator[Problem]:
    """Check a commitment's period, and the two days of each update and measurement."""
    whole = Period(str(plan.period), plan.period.earliest, max(plan.cycle_end, plan.period.last_day))
    if not _overlap(commitment.period, whole):
        values = {"given": commitment.period, "plan": plan.period}
        yield document.problem(("period",), "dates.outside-plan", **values)
    for index, update in enumerate(commitment.updates):
        yield from _public_after(update.speaks_of, update.published, document, ("updates", index))
    for index, indicator in enumerate(commitment.indicators):
        for number, reading in enumerate(indicator.measurements):
            place = ("indicators", index, "measurements", number)
            yield from _public_after(reading.speaks_of, reading.published, document, place)


def of_milestone(milestone: models.Milestone, document: Document, place: Place) -> Iterator[Problem]:
    """Check that a milestone starts before it is due, and that its slots follow each other."""
    start = milestone.start.earliest if milestone.start else None
    if start and start > milestone.due.last_day:
        values = {"start": milestone.start, "due": milestone.due}
        yield document.problem((*place, "due"), "dates.due-before-start", **values)
    last: date | None = None
    for index, slot in enumerate(milestone.slots):
        if last and (slot.earliest or date.min) <= last:
            yield document.problem((*place, "slots", index), "dates.slots", slot=slot)
        last = slot.last_day


def of_meeting(meeting: models.Meeting, document: Document) -> Iterator[Problem]:
    """Check that file name, slot and agreements fit the day of a meeting."""
    day = meeting.date.earliest
    if day and meeting.date.precision == "day" and not meeting.slug.startswith(str(meeting.date)):
        yield document.problem(("date",), "file-name.date", given=meeting.date, slug=meeting.slug)
    if day and meeting.slot and not meeting.slot.contains(day):
        yield document.problem(("slot",), "dates.slot", slot=meeting.slot, given=meeting.date)
    for index, agreement in enumerate(meeting.agreements):
        if day and agreement.due and agreement.due.last_day < day:
            values = {"due": agreement.due, "given": meeting.date}
            yield document.problem(("agreements", index, "due"), "dates.agreement", **values)


def _public_after(speaks_of: Period, published: Period | None, document: Document, place: Place) -> Iterator[Problem]:
    begins = speaks_of.earliest
    if published and begins and published.last_day < begins:
        values = {"published": published, "speaks_of": speaks_of}
        yield document.problem((*place, "published"), "dates.published-before", **values)


def _overlap(one: Period, other: Period) -> bool:
    starts = max(one.earliest or date.min, other.earliest or date.min)
    return starts <= min(one.last_day, other.last_day)
