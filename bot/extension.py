"""What the bot brings to the monitor: commands, jobs, routes, and what runs beside the web app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import click
from starlette.routing import BaseRoute

from bot import admission, people, review, terminal_channel
from bot.conversation import open_desk
from bot.messages import TABLES
from bot.people import RoleError
from monitor.extension import Job
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.storage import StorageError


class Bot:
    """The conversation, as an extension of the monitor."""

    def commands(self) -> Sequence[click.Command]:
        """Give the commands ``chat`` and ``invite``."""
        return [chat, invite]

    def jobs(self, settings: Settings) -> Sequence[Job]:
        """Give the jobs that keep reports and public counts in step."""
        return [Job("reports", timedelta(minutes=1), keep_in_step)]

    def routes(self, settings: Settings) -> Sequence[BaseRoute]:
        return []

    async def start(self, settings: Settings, say: Callable[[str], None]) -> None:
        keep_in_step(settings)

    async def stop(self) -> None:
        pass

    def health(self, settings: Settings) -> dict[str, object]:
        return {"problems": []}


def keep_in_step(settings: Settings) -> int:
    """Finish what a crash left half done and count what waits for review."""
    with open_desk(settings) as desk:
        return review.finish_accepted(desk) + review.refresh_queue(desk)


@click.command("chat")
@click.option("--as", "role", help="Role to play in a folder for trying out, as lead:gemeente-schiedam or coordinator.")
@click.option("--language", type=click.Choice(sorted(TABLES)), help="Language to talk in.")
@with_settings()
def chat(settings: Settings, role: str | None, language: str | None) -> None:
    """Talk with the monitor here: report, review or look something up. Reads a transcript from standard input too."""
    terminal_channel.chat(settings, role=role, language=language)


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
