"""The periods of a rhythm: which of them hold a meeting we found, which one is planned, and which are to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, network
from monitor.pages.rendering import Pen
from monitor.periods import Period

MARKS = {"found": "complete", "not_found": "unknown", "planned": "not-started", "to_come": "not-started"}
TO_COME = ("planned", "to_come")


def slot_views(pen: Pen, milestone: models.Milestone) -> list[dict[str, Any]]:
    """Say for each period of a recurring milestone whether something was found, and what."""
    views = []
    for slot in milestone.slots:
        part, year = pen.words.part_of_year(slot)
        meetings = [m for m in _own(pen, milestone) if m.slot == slot]
        state = _state(pen, slot, meetings)
        view = {"slot": slot, "part": part, "year": year, "meetings": meetings, "state": state, "mark": MARKS[state]}
        views.append(view | {"word": pen.t(f"slot.{state}")})
    return views


def found_of(pen: Pen, views: Sequence[dict[str, Any]]) -> Markup:
    """Say in how many of the periods a meeting was found, and how many are still to come."""
    found = sum(view["state"] == "found" for view in views)
    coming = sum(view["state"] in TO_COME for view in views)
    periods = pen.known("periods", views[0]["slot"].precision)
    amount = Markup("<strong>{}</strong>").format(pen.words.amount(found))
    told = pen.t("slot.found_of", found=amount, all=pen.words.amount(len(views)), periods=periods)
    return told + " " + pen.n("slot.coming", coming, amount=pen.words.amount(coming)) if coming else told


def municipalities_of(pen: Pen, milestone: models.Milestone) -> Markup:
    """Say how many municipalities hosted or came to the meetings of a rhythm, each once; nothing where none is known.

    A source that names who came rarely names everybody.
    """
    known = pen.site.data.organisations
    held = network.held(_own(pen, milestone), pen.site.today)
    named = {name for meeting in held for name in (*meeting.organisations, meeting.host or "")}
    count = sum(known[name].kind == "municipality" for name in named if name in known)
    return pen.n("slot.municipalities", len(held), amount=pen.words.amount(count)) if count else Markup("")


def slots_anchor(number: str) -> str:
    """Name the place on a commitment's page where the periods of a milestone stand."""
    return f"perioden-{number.replace('.', '-')}"


def _own(pen: Pen, milestone: models.Milestone) -> list[models.Meeting]:
    return [m for m in pen.site.data.folder.meetings if m.milestone == milestone.number]


def _state(pen: Pen, slot: Period, meetings: Sequence[models.Meeting]) -> str:
    if network.held(meetings, pen.site.today):
        return "found"
    if meetings:
        return "planned"
    return "not_found" if slot.is_over(pen.site.today) else "to_come"
