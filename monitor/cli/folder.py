"""The data folder a command works in."""

from __future__ import annotations

import os

import click

from monitor.settings import Settings


def prepare_folder(settings: Settings) -> None:
    """Make the data folder where it is missing; end the command where it cannot be written."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise click.ClickException(
            f"the data folder {settings.data} cannot be written ({error.strerror}): "
            "choose another with --data or MONITOR_DATA"
        ) from error
