"""The command that publishes; apart from the others, because building a site should not wait for what they load."""

from __future__ import annotations

import time

import click

from monitor import publish
from monitor.cli.folder import prepare_folder
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.storage import Storage


@click.command("publish")
@with_settings()
def publish_command(settings: Settings) -> None:
    """Build the site of what the database holds, and swap it in."""
    prepare_folder(settings)
    started = time.monotonic()
    with Storage(settings.database) as storage:
        release = publish.publish(settings, storage, now=settings.clock.now())
    click.echo(f"Published {release} in {time.monotonic() - started:.1f} s.")


COMMANDS = {"publish": publish_command}
