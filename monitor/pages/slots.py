"""The periods of a rhythm: which of them hold a meeting we found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.pages.rendering import Pen


def slot_views(pen: Pen, milestone: models.Milestone) -> list[dict[str, Any]]:
    """Say for each period of a recurring milestone whether something was found."""
    views = []
    for slot, meeting in progress.slots(milestone, pen.site.data.folder.meetings).items():
        part, year = pen.words.part_of_year(slot)
        views.append({"slot": slot, "part": part, "year": year, "meeting": meeting})
    return views


def found_of(pen: Pen, views: Sequence[dict[str, Any]]) -> Markup:
    """Say in how many of the periods a meeting was found."""
    found = sum(view["meeting"] is not None for view in views)
    periods = pen.known("periods", views[0]["slot"].precision)
    amount = Markup("<strong>{}</strong>").format(pen.words.amount(found))
    return pen.t("slot.found_of", found=amount, all=pen.words.amount(len(views)), periods=periods)


def count_municipalities(pen: Pen, milestone: models.Milestone) -> int:
    """Count the municipalities that hosted or came to the meetings of a rhythm, each once."""
    known = pen.site.data.organisations
    own = [m for m in pen.site.data.folder.meetings if m.milestone == milestone.number]
    named = {name for meeting in own for name in (*meeting.organisations, meeting.host or "")}
    return sum(known[name].kind == "municipality" for name in named if name in known)
