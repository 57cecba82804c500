"""What the bot brings to the monitor: commands, jobs, routes, and what runs beside the web app."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from starlette.routing import BaseRoute

from bot import (
    admission,
    alarming,
    asking,
    following,
    forgetting,
    people,
    renewing,
    retention,
    review,
    settling,
    suggesting,
    terminal_channel,
    weekly,
)
from bot.conversation import open_desk
from bot.files import store, viewing
from bot.messages import TABLES
from bot.people import RoleError
from bot.private import Private
from bot.record_commands import audit, erase_file, erase_post, woo_export
from bot.web_channel import WebChannel
from monitor import models
from monitor.errors import MonitorError
from monitor.extension import Job
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.storage import Records, Storage, StorageError

if TYPE_CHECKING:
    from bot.telegram_channel import TelegramChannel

log = logging.getLogger("bot.retention")
# Before the backup of that night, so that no new copy holds what was to be forgotten.
FORGET_AT = time(3, 15)
STUCK = timedelta(hours=1)
WELL = ("off", "connecting", "connected", "stopped")


class Bot:
    """The conversation, as an extension of the monitor."""

    def __init__(self) -> None:
        """Bring nothing up yet."""
        self.telegram: TelegramChannel | None = None

    def commands(self) -> Sequence[click.Command]:
        """Give the commands."""
        return [chat, invite, audit, woo_export, erase_file, erase_post]

    def folder_details(self) -> Mapping[str, object]:
        """Give the retention table, in full so that it can be edited, for ``folder.json`` of a live data folder."""
        return {retention.KEY: dict(retention.DEFAULTS)}

    def jobs(self, settings: Settings) -> Sequence[Job]:
        """Give the jobs: keep both databases in step, send, ask leads, tell followers and who has to know, forget."""
        return [
            Job("reports", timedelta(minutes=1), keep_in_step),
            Job("delivery", timedelta(seconds=30), self._deliver),
            Job("rounds", timedelta(hours=1), ask_leads),
            Job("roles", timedelta(hours=1), remind),
            Job("retention", timedelta(days=1), forget, at=FORGET_AT),
            Job("alarm-messages", timedelta(minutes=1), tell_alarms),
            Job("weekly", timedelta(hours=1), summarise),
            Job("digests", timedelta(minutes=1), send_digests),
            Job("feed-questions", timedelta(minutes=15), ask_about_news),
            Job("agreements", timedelta(hours=1), remind_of_agreements),
        ]

    def databases(self) -> Mapping[str, Callable[[Path], Records]]:
        """Give the private database."""
        return {"private.db": Private}

    def restored(self, settings: Settings, replaced: Path) -> int:
        """Forget again who asked for it since the backup that was put back was made."""
        return forgetting.again(settings.private_database, replaced / settings.private_database.name)

    def copy_decided(self, settings: Settings, sha256: str) -> None:
        """Delete what a reviewer got to see of the copy in the terminal."""
        viewing.forget(settings.data, sha256)

    def routes(self, settings: Settings) -> Sequence[BaseRoute]:
        """Give the routes of ``/melden``, and the one that Telegram calls where it was asked to."""
        routes = WebChannel(settings).routes()
        if settings.telegram_token and settings.telegram_webhook:
            from bot.telegram_channel import Webhook  # noqa: PLC0415

            routes.append(Webhook(settings, lambda: self.telegram.take if self.telegram else None).route())
        return routes

    def demo(self, settings: Settings) -> None:
        """Play what people told in the invented plan of the demo."""
        # Brings the reading of feeds along, which no other command waits for.
        from bot import demo  # noqa: PLC0415

        demo.play(settings)

    async def start(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Finish what a crash left half done, and start Telegram where there is a token."""
        try:
            retention.table(settings.folder)
            keep_in_step(settings)
        except MonitorError as error:
            say(f"Chat: {error}")
        if settings.telegram_token:
            # Takes a third of a second to import, which nobody needs without a token.
            from bot.telegram_channel import TelegramChannel  # noqa: PLC0415

            self.telegram = TelegramChannel(settings, say)
            await self.telegram.start()

    async def stop(self) -> None:
        """Stop Telegram."""
        if self.telegram:
            await self.telegram.stop()
            self.telegram = None

    def health(self, settings: Settings) -> dict[str, object]:
        """Tell how many reports wait and since when, and how Telegram goes."""
        try:
            retention.table(settings.folder)
            with Storage(settings.database) as storage:
                rows = storage.all(models.Queue)
            with Private(settings.private_database) as private:
                counts, oldest_kept = private.counts(), private.oldest()
        except MonitorError as error:
            return {"problems": [str(error)]}
        state, mode = (self.telegram.state, self.telegram.mode) if self.telegram else ("off", "off")
        oldest = min((row.oldest_at for row in rows if row.waiting and row.oldest_at), default=None)
        unhandled, unsent = (_age(at, settings.clock.now()) for at in oldest_kept)
        told = {"mode": mode, "state": state, **counts, "oldest_unsent_seconds": unsent}
        stuck = self.telegram is not None and max(unhandled or 0, unsent or 0) > STUCK.total_seconds()
        return {
            "queue": {"waiting": sum(row.waiting for row in rows), "oldest_at": oldest.isoformat() if oldest else None},
            "telegram": told,
            "problems": _problems(state, counts, stuck=stuck),
        }

    def _deliver(self, settings: Settings) -> int:
        """Wake the sender; messages on other channels wait until their reader comes for them."""
        if self.telegram:
            self.telegram.wake()
        with Private(settings.private_database) as private:
            return private.counts()["unsent"] if self.telegram else 0


def keep_in_step(settings: Settings) -> int:
    """Finish what a crash left half done and count in public what waits for review."""
    with open_desk(settings) as desk:
        return review.finish_accepted(desk) + suggesting.settle(desk) + review.refresh_queue(desk)


def ask_leads(settings: Settings) -> int:
    """Ask leads what a round asks of them today."""
    with open_desk(settings) as desk:
        return asking.ask_leads(desk)


def remind(settings: Settings) -> int:
    """Tell whose role ends within a month, and who follows something and is forgotten by then."""
    with open_desk(settings) as desk:
        return renewing.remind(desk) + renewing.remind_readers(desk)


def tell_alarms(settings: Settings) -> int:
    """Tell coordinators of alarms that began or ended."""
    with open_desk(settings) as desk:
        return alarming.tell(desk)


def summarise(settings: Settings) -> int:
    """Tell coordinators once a week what waits for them."""
    with open_desk(settings) as desk:
        return weekly.summarise(desk)


def send_digests(settings: Settings) -> int:
    """Tell followers what became public."""
    with open_desk(settings) as desk:
        return following.send(desk)


def ask_about_news(settings: Settings) -> int:
    """Ask leads whether news is about their commitments."""
    with open_desk(settings) as desk:
        return suggesting.ask(desk)


def remind_of_agreements(settings: Settings) -> int:
    """Tell organisations of their open agreements, a week before they meet."""
    with open_desk(settings) as desk:
        return settling.remind(desk)


def forget(settings: Settings) -> int:
    """Forget what was kept as long as the retention table of the data folder says; give how many things."""
    days = retention.table(settings.folder)
    with Private(settings.private_database) as private:
        now = settings.clock.now()
        done = forgetting.tidy(private, now=now, days=days)
        done["files"] = store.forget_unused(private, settings.data, now, kept=timedelta(days=days["files"]))
    log.info("forgotten: %s", ", ".join(f"{kind} {count}" for kind, count in done.items() if count) or "nothing")
    return sum(done.values())


@click.command("chat")
@click.option("--as", "role", help="Role to play in a folder for trying out, as lead:gemeente-schiedam or coordinator.")
@click.option("--language", type=click.Choice(sorted(TABLES)), help="Language to talk in.")
@click.option("--about", help="Record to report on at once, as 2018-2020/04 or 2018-2020/3.1.")
@with_settings()
def chat(settings: Settings, role: str | None, language: str | None, about: str | None) -> None:
    """Talk with the monitor here: report, review or look something up. Reads a transcript from standard input too."""
    terminal_channel.chat(settings, role=role, language=language, about=about)


@click.command("invite")
@click.argument("role")
@with_settings()
def invite(settings: Settings, role: str) -> None:
    """Make an invitation for ROLE (as lead:gemeente-schiedam): a secret, usable once within two weeks."""
    try:
        with open_desk(settings) as desk:
            secret = admission.invite(desk, people.parse_identity(role, desk.folder))
    except (RoleError, StorageError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{secret}\nGive it to one person: on {settings.public_url}/melden, or in Telegram as /start {secret}")


def _problems(state: str, counts: dict[str, int], *, stuck: bool) -> list[str]:
    found = [f"telegram: {state}"] if state not in WELL else []
    found += ["telegram: messages wait for more than an hour"] if stuck else []
    return [*found, f"telegram: {counts['parked']} message(s) could not be read"] if counts["parked"] else found


def _age(at: datetime | None, now: datetime) -> int | None:
    return max(0, int((now - at).total_seconds())) if at else None
