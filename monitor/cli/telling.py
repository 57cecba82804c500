"""Commands that tell how a plan stands and what moved."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from monitor import commitments, diff, feed_facts, history, listening, status, telling
from monitor.cli.common import COULD_NOT_RUN
from monitor.commitments import PlanError
from monitor.history import HistoryError
from monitor.models import FeedState, Plan, PlanFolder
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.status import Status
from monitor.storage import Storage

LANGUAGE = click.option("--language", help="Language of the words (default the plan's first).")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("status")
@click.option("--as-of", type=DAY, help="Day to tell of: what the public could know then (default today).")
@click.option("--known-at", type=DAY, help="Tell it by what this monitor had recorded by this day.")
@click.option("--between", type=DAY, nargs=2, help="Tell what moved from the first day to the second.")
@click.option("--plan", "name", help="Which plan (default the newest).")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@LANGUAGE
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


@click.command("diff")
@click.argument("base")
@click.argument("head", required=False)
@LANGUAGE
@with_settings()
def diff_command(settings: Settings, base: str, head: str | None, language: str | None) -> None:
    """Write as Markdown what the public will see change from BASE to HEAD (default the files as they are now).

    BASE and HEAD are revisions of git. Comments and layout make no difference. Ends with 2 where one of the two
    cannot be read.
    """
    try:
        old, new = _folders(settings.commitments, base), _folders(settings.commitments, head)
    except (PlanError, HistoryError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    today = settings.clock.today()
    names = dict.fromkeys([*new, *old])
    texts = [diff.markdown(old.get(name), new.get(name), language=language, today=today) for name in names]
    plans = [folder.plan for folder in (new | old).values()]
    shown = language or (plans[0].languages[0] if plans else "en")
    click.echo("\n".join(text for text in texts if text).rstrip() or diff.nothing(shown))


@click.command("feeds")
@click.option("--plan", "name", help="Which plan (default all).")
@LANGUAGE
@with_settings()
def feeds_command(settings: Settings, name: str | None, language: str | None) -> None:
    """Tell how reading each feed goes: last success, last new entry, failures and next try.

    Says why one is dead or fails, and which new address to suggest in a pull request. Reads nothing.
    """
    with Storage(settings.database) as storage:
        _plan(storage, name, language)
        plans = [plan for plan in storage.plans() if name in (None, plan.id)]
        states = storage.all(FeedState)
        for plan in plans:
            folder, today = storage.folder(plan.id), settings.clock.today()
            found = feed_facts.of_plan(folder, states, today, fetches=settings.fetches)
            lines = commitments.lines_of_feeds(settings.commitments, plan.id)
            click.echo(listening.feeds_text(plan, found, language or plan.languages[0], lines))


def _folders(root: Path, revision: str | None) -> dict[str, PlanFolder]:
    with _files(root, revision) as files:
        try:
            return {path.name: commitments.load(path) for path in commitments.plan_folders(files)}
        except PlanError as error:
            shown = Path(f"{revision}:{root}") if revision else root
            problems = [replace(p, path=shown / p.path.relative_to(files)) for p in error.problems]
            raise PlanError(problems) from error


@contextmanager
def _files(root: Path, revision: str | None) -> Iterator[Path]:
    if revision is None:
        yield root
    else:
        with history.checkout(root, revision) as files:
            yield files


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


COMMANDS = {
    str(command.name): command
    for command in (
        status_command,
        diff_command,
        feeds_command,
    )
}
