"""Who is asked for an organisation, and since when somebody of it is bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot import people
from bot.desk import Desk
from monitor import models


def of_each(desk: Desk) -> dict[str, list[models.Person]]:
    """Give by organisation the people to ask, who can be reached and whose role holds: its leads where it has any."""
    groups: dict[str, list[models.Person]] = {}
    for person in desk.reachable():
        if person.organisation:
            groups.setdefault(person.organisation, []).append(person)
    found = {organisation: _first(group) for organisation, group in groups.items()}
    return {organisation: group for organisation, group in found.items() if group}


def of(desk: Desk, organisation: str | None) -> list[models.Person]:
    """Give the people to ask of one organisation."""
    if organisation is None:
        return []
    known = desk.private.all(models.Person, reachable=1, organisation=organisation)
    return _first([person for person in map(desk.standing, known) if person.organisation])


def bound_at(asked: Sequence[models.Person]) -> datetime:
    """Give when the first of these people got the role they have."""
    return min(person.bound_at or person.created_at for person in asked)


def _first(group: Iterable[models.Person]) -> list[models.Person]:
    listed = list(group)
    return next((found for role in people.ASKED if (found := [p for p in listed if p.role is role])), [])
