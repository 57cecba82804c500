"""The time line of a plan: each dated step, meeting and round in one picture, and the same in order of date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Completion, DueBasis, Phase
from monitor.pages import addresses
from monitor.pages.drawing import is_derived_in_part
from monitor.pages.parts import plan_page, plan_pen
from monitor.pages.plan_drawing import Band, Lane, plan_line
from monitor.pages.rendering import Page, Pen, is_derived
from monitor.pages.site import Site
from monitor.pages.steps import MilestoneView, milestone_view
from monitor.periods import day_of

KINDS = ("start", "milestone", "meeting", "round", "end", "cycle", "today")
LABEL_LENGTH = 52
NAME_LENGTH = 34


@dataclass(frozen=True)
class Label:
    """The words at a lane: where there is room, where there is none, and whether a step of it is late."""

    wide: str
    small: str
    is_late: bool


@dataclass(frozen=True)
class Event:
    """One row of the list: on or until which day, of which kind, and what; ``view`` where it is a milestone."""

    day: date
    kind: str
    when: Markup
    what: Markup
    below: Markup | None = None
    view: MilestoneView | None = None
    lines: tuple[Markup, ...] = ()


def timeline_page(site: Site) -> Page:
    """Give the page with the time line."""
    pen = plan_pen(site, "timeline")
    events = sorted(_events(pen), key=lambda event: (event.day, KINDS.index(event.kind)))
    line = plan_line(
        site.data.folder,
        rounds=site.data.rounds,
        found=lambda milestone: progress.slots(milestone, site.data.folder.meetings),
        today=site.today,
        is_closed=site.phase is Phase.CLOSED,
    )
    return plan_page(
        site,
        "timeline",
        statement=_statement(pen),
        values={
            "line": line,
            "label": lambda band, lane: _label(pen, band, lane),
            "name": lambda band, length: _name(pen, band, length),
            "names": (NAME_LENGTH, 2 * LABEL_LENGTH),
            "years": [(year, list(own)) for year, own in groupby(events, key=lambda event: event.day.year)],
        },
        head={"part": ""},
    )


def _events(pen: Pen) -> Iterator[Event]:
    plan = pen.site.plan
    if plan.period.earliest:
        yield Event(plan.period.earliest, "start", pen.day(plan.period.earliest), pen.t("timeline-page.plan_starts"))
    if plan.period.latest:
        yield Event(plan.period.latest, "end", pen.day(plan.period.latest), pen.t("timeline-page.plan_ends"))
    yield Event(plan.cycle_end, "cycle", pen.day(plan.cycle_end), pen.t("timeline-page.cycle_ends"))
    yield from (_of_milestone(pen, c, m) for c in pen.site.data.folder.commitments for m in c.milestones)
    yield from (_of_meeting(pen, meeting) for meeting in pen.site.data.folder.meetings)
    yield from (_of_round(pen, one) for one in pen.site.data.rounds)
    if pen.site.phase is not Phase.CLOSED:
        yield Event(pen.site.today, "today", pen.day(pen.site.today), pen.t("timeline-page.today"))


def _of_milestone(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> Event:
    view = milestone_view(pen, commitment, milestone)
    address = f"{pen.commitment_address(commitment)}#{addresses.step(milestone.number)}"
    name = commitment.short_title or commitment.title
    of = pen.t("not_found.of_commitment", number=commitment.number, title=pen.say(name))
    what = Markup("{}: {}").format(pen.link(address, milestone.number), pen.say(milestone.title))
    return Event(milestone.due.last_day, "milestone", view.due, what, of, view, _basis(pen, view))


def _basis(pen: Pen, view: MilestoneView) -> tuple[Markup, ...]:
    starts = (pen.t("timeline-page.starts", when=view.start),) if view.milestone.start else ()
    return (*starts, *view.due_lines)


def _of_meeting(pen: Pen, meeting: models.Meeting) -> Event:
    address = addresses.of_plan(pen.words, meeting.plan, "meetings", meeting.slug)
    derived = is_derived(meeting.sources.get("date", ()))
    lines = (pen.t("meeting.date_derived"),) if derived else ()
    title = pen.link(address, pen.say(meeting.title))
    day = meeting.date.latest or meeting.date.earliest or date.max
    return Event(day, "meeting", pen.period(meeting.date), title, pen.t(f"meeting-kind.{meeting.kind}"), lines=lines)


def _of_round(pen: Pen, one: models.Round) -> Event:
    day = day_of(one.opened_at)
    about = pen.t("timeline-page.round", quarter=pen.words.period(one.quarter))
    return Event(day, "round", pen.day(day), pen.link(pen.page_address("freshness"), about))


def _statement(pen: Pen) -> Markup:
    milestones = [m for c in pen.site.data.folder.commitments for m in c.milestones]
    stated = [m for m in milestones if m.due_basis is DueBasis.STATED]
    partly = sum(is_derived_in_part(m) for m in stated)
    told = pen.t(
        "timeline-page.statement",
        milestones=pen.n("count.milestones", len(milestones)),
        commitments=pen.n("count.commitments", len(pen.site.data.folder.commitments)),
        counted=sum(m.counted and not m.withdrawn for m in milestones),
        stated=Markup("<strong>{}</strong>").format(len(stated)),
    )
    parts = [told, pen.n("timeline-page.partly", partly)] if partly else [told]
    parts += [pen.t("timeline-page.others")] if len(stated) < len(milestones) else []
    return Markup(" ").join([*parts, *_running(pen)])


def _running(pen: Pen) -> list[Markup]:
    """Say what is late and what is to come, where a plan still runs; only stated dates of steps that count."""
    site = pen.site
    if site.phase is Phase.CLOSED:
        return []
    late = len(progress.overdue(site.plan, site.standings))
    coming = sum(
        s.milestone.due_basis is DueBasis.STATED
        and s.completion is not Completion.COMPLETE
        and not s.milestone.due.is_over(site.today)
        for s in site.standings
    )
    late_words = (
        pen.n("home.late", late, amount=pen.words.amount(late).capitalize()) if late else pen.t("home.none_late")
    )
    coming_words = pen.n("timeline-page.coming", coming, amount=pen.words.amount(coming).capitalize())
    return [late_words, coming_words] if coming else [late_words]


def _label(pen: Pen, band: Band, lane: Lane) -> Label:
    """Label a lane: number and title of one step where there is room, else the numbers, each with its state."""
    steps = [m for m in band.commitment.milestones if m.number in lane.numbers]
    states = [_state(pen, band.commitment, step) for step in steps]
    numbers = [f"{step.number} {state}".strip() for step, state in zip(steps, states, strict=True)]
    wide = ", ".join(numbers)
    if len(steps) == 1:
        title = _short(pen.plain(steps[0].title), LABEL_LENGTH)
        wide = f"{steps[0].number} {title}, {states[0]}" if states[0] else f"{steps[0].number} {title}"
    return Label(wide, ", ".join(numbers), any(_is_late(pen, band.commitment, step) for step in steps))


def _state(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> str:
    if milestone.withdrawn:
        return pen.words.text("completion.withdrawn")
    return pen.words.text("timeline-page.late") if _is_late(pen, commitment, milestone) else ""


def _is_late(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> bool:
    return milestone.counted and bool(pen.site.standing(commitment, milestone).late_days)


def _name(pen: Pen, band: Band, length: int) -> str:
    title = pen.plain(band.commitment.short_title or band.commitment.title)
    return f"{band.commitment.number} {_short(title, length)}"


def _short(text: str, length: int) -> str:
    text = text.rstrip(".")
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"
