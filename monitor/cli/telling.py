"""Commands that tell how a plan stands and what moved."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime

import click

from monitor import status, telling
from monitor.cli.common import COULD_NOT_RUN
from monitor.models import Plan
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.status import Status
from monitor.storage import Storage

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("status")
@click.option("--as-of", type=DAY, help="Day to tell of: what the public could know then (default today).")
@click.option("--known-at", type=DAY, help="Tell it by what this monitor had recorded by this day.")
@click.option("--between", type=DAY, nargs=2, help="Tell what moved from the first day to the second.")
@click.option("--plan", "name", help="Which plan (default the newest).")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--language", help="Language of the words (default the plan's first).")
@with_settings()
def status_command(
    settings: Settings,
    as_of: datetime | None,
    known_at: datetime | None,
    between: tuple[datetime, datetime] | None,
    name: str | None,
    form: str,
    language: str | None,
) -> None:
    """Print completion, ratings, lateness and freshness of a plan for any day, or what moved between two days.

    Ends with 2 where nothing of the plan was known by that day.
    """
    known = known_at.date() if known_at else None
    day = as_of.date() if as_of else known or settings.clock.today()
    days = [moment.date() for moment in between] if between else [day]
    with Storage(settings.database) as storage:
        plan = _plan(storage, name, language)
        found = [_read(storage, plan, one, known, language) for one in days]
    click.echo(_told(found, form, language or plan.languages[0]))


def _plan(storage: Storage, name: str | None, language: str | None) -> Plan:
    plans = [plan for plan in storage.plans() if name in (None, plan.id)]
    if not plans:
        click.echo(telling.no_plan(language or "en"), err=True)
        sys.exit(COULD_NOT_RUN)
    return plans[0]


def _read(storage: Storage, plan: Plan, day: date, known: date | None, language: str | None) -> Status:
    found = status.read(storage, plan.id, as_of=day, known_at=known)
    if found is None:
        click.echo(telling.not_known(plan.id, known or day, language or plan.languages[0]), err=True)
        sys.exit(COULD_NOT_RUN)
    return found


def _told(found: Sequence[Status], form: str, language: str) -> str:
    if len(found) == 1:
        return _json(status.as_data(found[0])) if form == "json" else telling.status_text(found[0], language)
    before, after = found
    moves = status.between(before, after)
    if form == "json":
        days = {"from": before.as_of.isoformat(), "to": after.as_of.isoformat()}
        return _json({"plan": after.folder.plan.id, **days, "moved": status.moves_as_data(moves)})
    return telling.moves_text(moves, after, before.as_of, language)


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


TELLING_COMMANDS = (status_command,)
