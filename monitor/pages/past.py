"""The pages that look back: the plan as public on each quarter's last day, and what differs between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from monitor import permanent, status
from monitor.models import Phase
from monitor.pages import addresses
from monitor.pages.moments import Moment, Past, Place
from monitor.pages.moved import move_views
from monitor.pages.parts import decisions, plan_page, plan_pen
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.pages.steps import SHOWN_MARKS
from monitor.progress import Shown, Standing

STATES = ("complete", "substantial", "limited", "not-started", "message", "unknown")


def past_page(site: Site) -> Page:
    """Give the page with a row per quarter, and the whole term."""
    pen, past = plan_pen(site, "past"), site.past
    rows = {str(place): [_row(pen, moment) for moment in past.of(place)] if past else [] for place in Place}
    return plan_page(
        site,
        "past",
        statement=_statement(pen, past),
        values={"rows": rows, "whole": _whole(pen, past) if past else None, "other": other_day(pen, past)},
        head={"part": "changes"},
    )


def newest_address(site: Site) -> str | None:
    """Give the address of what changed since last quarter; None before the plan began, and once it is closed."""
    if site.past is None or site.phase is Phase.CLOSED:
        return None
    return quarter_address(site, site.past.moments[-1]) + "#veranderd"


def quarter_address(site: Site, moment: Moment) -> str:
    """Give the address of a quarter."""
    return addresses.of_plan(site.words, site.plan.id, "past", moment.name)


def state_of(standing: Standing, phase: Phase) -> str:
    """Name how far a step was for the public of a day; in a closed plan, what was shown by its end."""
    if standing.milestone.withdrawn:
        return "withdrawn"
    if phase is Phase.CLOSED:
        return SHOWN_MARKS[standing.shown]
    told = standing.shown is Shown.MESSAGE and standing.completion == "unknown"
    return "message" if told else str(standing.completion)


def state_word(pen: Pen, state: str, phase: Phase) -> Markup:
    """Give the word that goes with a state."""
    if state == "message":
        return pen.t("shown.message")
    if phase is Phase.CLOSED and state in ("complete", "unknown"):
        return pen.t("shown.outcome" if state == "complete" else "shown.nothing")
    return pen.t(f"completion.{state}")


def state_line(pen: Pen, found: status.Status) -> Markup:
    """Count in a sentence what was promised on a day and how far the public could know it was."""
    states = _states(found)
    numbers = {
        "commitments": pen.n("count.commitments", len(found.lines)),
        "milestones": pen.n("count.milestones", states.total()),
    }
    if not states:
        return pen.t("past.state_none", **numbers)
    parts = [
        Markup("<strong>{}</strong> {}").format(states[name], state_word(pen, name, found.phase))
        for name in STATES
        if states[name]
    ]
    late = len(found.overdue)
    return pen.t("past.state", **numbers, states=pen.listing(parts)) + (
        Markup(" ") + pen.n("past.late", late) if late else ""
    )


def marks_of(found: status.Status) -> list[str]:
    """Give one mark per milestone that counts, the furthest first."""
    states = _states(found)
    return [name for name in STATES for _ in range(states[name])]


def brought_line(pen: Pen, moment: Moment) -> Markup:
    """Count in a sentence what a quarter brought."""
    counted = {
        "updates": len(moment.updates),
        "withdrawn": len(moment.withdrawn),
        "findings": len(moment.findings),
        "numbers": len(readings_of(pen.site, moment)),
        "changes": len(decisions(moment.changes)),
        "moves": len(move_views(pen, moment.moves, moment.before, moment.stand)),
    }
    lines = [pen.n(f"past-brought.{name}", number) for name, number in counted.items() if number]
    return Markup(" ").join(lines) if lines else pen.t("past.nothing_moved")


def readings_of(site: Site, moment: Moment) -> list[Any]:
    """List the numbers that became public in a quarter."""
    rows = (row for readings in site.data.measurements.values() for row in readings)
    return [row for row in rows if moment.holds(row.published_on)]


def said_line(pen: Pen, number: int) -> Markup:
    """Say how many updates were public."""
    return pen.n("past.said", number) if number else pen.t("past.said_none")


def other_day(pen: Pen, past: Past | None, moment: Moment | None = None) -> dict[str, Any] | None:
    """Give the ways to ask for any other day: the ready question, filled in, and the command."""
    if past is None:
        return None
    day, since = (moment.day, moment.since) if moment else (past.end, past.start)
    plan = pen.site.plan.id
    command = f"monitor status --plan {plan}"
    question = pen.site.context.data_path + permanent.question(permanent.STATE, plan=plan, day=day.isoformat())
    return {
        "day": pen.day(day),
        "question": pen.root(question),
        "commands": [f"{command} {asked}" for asked in (f"--as-of {day}", f"--between {since} {day}")],
    }


def _states(found: status.Status) -> Counter[str]:
    counted = (standing for line in found.lines for standing in line.ratings.derived.standings)
    return Counter(state_of(standing, found.phase) for standing in counted)


def _statement(pen: Pen, past: Past | None) -> Markup:
    if past is None:
        ahead = pen.site.phase is Phase.PREPARATION
        return pen.t("past.statement_preparation" if ahead else "past.statement_nothing")
    parts = [pen.n("past.statement", len(past.of(Place.TERM)))]
    if after := len(past.of(Place.AFTER)):
        parts.append(pen.n("past.statement_after", after))
    return Markup(" ").join(parts)


def _row(pen: Pen, moment: Moment) -> dict[str, Any]:
    return {
        "moment": moment,
        "address": pen.to(quarter_address(pen.site, moment)),
        "name": " ".join(pen.words.part_of_year(moment.quarter)),
        "day": pen.day(moment.day),
        "state": state_line(pen, moment.stand),
        "marks": marks_of(moment.stand),
        "said": said_line(pen, len(moment.said)),
        "brought": brought_line(pen, moment),
        "previous": pen.period(moment.previous) if moment.previous else None,
    }


def _whole(pen: Pen, past: Past) -> list[dict[str, Any]]:
    """Give what differs over the whole term, and since its end where that is behind us."""
    parts = [_stretch(pen, past.at_start, past.at_end, "term")]
    if past.until > past.end:
        parts.append(_stretch(pen, past.at_end, past.now, "later"))
    return parts


def _stretch(pen: Pen, before: status.Status, after: status.Status, name: str) -> dict[str, Any]:
    return {
        "title": pen.t(f"past.whole_{name}", first=pen.day(before.as_of), last=pen.day(after.as_of)),
        "first": pen.day(before.as_of),
        "last": pen.day(after.as_of),
        "days": [(pen.day(found.as_of), state_line(pen, found), marks_of(found)) for found in (before, after)],
        "moves": move_views(pen, status.between(before, after), before, after),
    }


def neighbours(pen: Pen, moment: Moment) -> Iterator[tuple[str, Markup]]:
    """Give the quarter before and the one after, as links."""
    moments = pen.site.past.moments if pen.site.past else ()
    place = [known.quarter for known in moments].index(moment.quarter)
    for name, index in (("previous", place - 1), ("next", place + 1)):
        if 0 <= index < len(moments):
            other = moments[index]
            yield name, pen.link(quarter_address(pen.site, other), pen.period(other.quarter))
