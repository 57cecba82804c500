"""What the files of the invented plan said on a day, worked out from what they say at the end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from monitor import models
from monitor.demo.story import Before
from monitor.periods import Period


def days(folder: models.PlanFolder) -> list[date]:
    """List the days on which the files changed, the first being that on which the monitor began to watch."""
    first = folder.plan.monitored_from
    found = {day for day in _days_of(folder) if day > first}
    return [first, *sorted(found)]


def files_on(folder: models.PlanFolder, day: date, before: Sequence[Before]) -> models.PlanFolder:
    """Give what the files said on a day: nothing that became public later, and no later change."""
    announced = _announced(folder)
    commitments = (_commitment_on(commitment, day, before) for commitment in folder.commitments)
    meetings = (meeting for meeting in folder.meetings if announced[meeting.slug] <= day)
    return folder.model_copy(update={"commitments": tuple(commitments), "meetings": tuple(meetings)})


def _days_of(folder: models.PlanFolder) -> Iterable[date]:
    yield from _announced(folder).values()
    for commitment in folder.commitments:
        yield from (update.published.last_day for update in commitment.updates)
        yield from (entry.on for entry in commitment.changes)
        yield from (_public(assessment.published) for assessment in commitment.assessments)
        yield from (_public(reading.published) for i in commitment.indicators for reading in i.measurements)


def _announced(folder: models.PlanFolder) -> dict[str, date]:
    """Give the day on which the source of each meeting's date became public, when it came into the files."""
    published = {source.id: _public(source.published) for source in folder.sources}
    return {meeting.slug: published[meeting.sources["date"][0].source] for meeting in folder.meetings}


def _public(period: Period | None) -> date:
    return period.last_day if period else date.min


def _commitment_on(commitment: models.Commitment, day: date, before: Sequence[Before]) -> models.Commitment:
    readings = (
        indicator.model_copy(
            update={"measurements": tuple(m for m in indicator.measurements if _public(m.published) <= day)}
        )
        for indicator in commitment.indicators
    )
    return commitment.model_copy(
        update={
            "updates": tuple(update for update in commitment.updates if update.published.last_day <= day),
            "changes": tuple(entry for entry in commitment.changes if entry.on <= day),
            "assessments": tuple(a for a in commitment.assessments if _public(a.published) <= day),
            "indicators": tuple(readings),
            "milestones": tuple(_milestone_on(milestone, day, before) for milestone in commitment.milestones),
        }
    )


def _milestone_on(milestone: models.Milestone, day: date, before: Sequence[Before]) -> models.Milestone:
    for was in before:
        if was.milestone == milestone.number and day < was.on:
            old = {"due": was.due or milestone.due, "withdrawn": milestone.withdrawn if was.withdrawn else None}
            milestone = milestone.model_copy(update=old)
    return milestone
