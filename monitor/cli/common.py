"""What the families of commands share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from monitor import commitments, publish, schedule, sync
from monitor.commitments import PlanError
from monitor.history import HistoryError
from monitor.settings import Settings, SettingsError
from monitor.storage import Storage, StorageError

PROBLEMS, COULD_NOT_RUN = 1, 2


class Group(click.Group):
    """A group whose commands end with one clear line when something outside is wrong."""

    def invoke(self, context: click.Context) -> object:
        """Run a command; turn what went wrong outside into its message."""
        try:
            return super().invoke(context)
        except (PlanError, StorageError, SettingsError, HistoryError, publish.PublishError, schedule.JobError) as error:
            raise click.ClickException(str(error)) from error


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


def plan_folders(path: Path) -> list[Path]:
    """List the plans at or below a path; end the command with 2 where there is none."""
    folder = path if path.is_dir() else path.parent
    if (folder / "plan.yml").exists():
        return [folder]
    found = commitments.plan_folders(folder)
    if not found:
        click.echo(f"{path}: there is no plan here: name a folder that holds a plan.yml", err=True)
        sys.exit(COULD_NOT_RUN)
    return found


def sync_plans(settings: Settings, storage: Storage) -> int:
    """Bring the plan files into the database; give how many things changed."""
    clock = settings.clock
    return sync.sync_all(storage, settings.commitments, now=clock.now(), today=clock.today())
