"""What an extension brings, and how extensions are found: entry points of the group ``monitor.extensions``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

import click

from monitor.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.routing import BaseRoute

    from monitor.storage import Records

PACKAGE = "open-overheid-monitor"
GROUP = "monitor.extensions"


@dataclass(frozen=True)
class Job:
    """A piece of work that runs every so often: idempotent, bounded in time, also a command.

    ``run`` gets the settings, and gives the number of items it handled. ``at`` is the local time of a daily job.
    ``mark`` tells what the work is made of: the same as at the last run, then there is nothing to do.
    A job that gives nothing for longer than ``delivers_within`` is ill, where ``expects`` says there is work for it.
    """

    name: str
    every: timedelta
    run: Callable[[Settings], int]
    limit: timedelta = timedelta(minutes=5)
    at: time | None = None
    mark: Callable[[Settings], str] | None = None
    delivers_within: timedelta | None = None
    expects: Callable[[Settings], bool] | None = None


class Extension(Protocol):
    """What the monitor loads beside itself."""

    def commands(self) -> Sequence[click.Command]:
        """Give commands to add to ``monitor``."""

    def jobs(self, settings: Settings) -> Sequence[Job]:
        """Give jobs for the schedule."""

    def databases(self) -> Mapping[str, Callable[[Path], Records]]:
        """Give the databases to back up, by file name in the data folder, with what opens each."""

    def restored(self, settings: Settings, replaced: Path) -> int:
        """Do again what was erased since a backup that was put back; ``replaced`` is the folder it took the place of.

        Give how many things were erased again.
        """

    def copy_decided(self, settings: Settings, sha256: str) -> None:
        """Let go of what was laid out to look at of a kept copy, now that somebody decided about it."""

    def routes(self, settings: Settings) -> Sequence[BaseRoute]:
        """Give routes for the web app."""

    def folder_details(self) -> Mapping[str, object]:
        """Give what ``folder.json`` of a new live data folder says besides who answers for the data."""

    def demo(self, settings: Settings) -> None:
        """Add to a new example folder what its story says that came in by this extension."""

    async def start(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Start what runs beside the web app; ``say`` prints a line. A failure here must not stop the rest."""

    async def stop(self) -> None:
        """Stop what was started, within a few seconds."""

    def health(self, settings: Settings) -> dict[str, object]:
        """Tell in plain values how it goes; the key ``problems`` lists what is ill."""


def load_extensions() -> list[Extension]:
    """Load the installed extensions."""
    return [point.load()() for point in entry_points(group=GROUP)]
