"""What the families of commands share."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor import commitments, sync
from monitor.settings import Settings
from monitor.storage import Storage

PROBLEMS, COULD_NOT_RUN = 1, 2


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
    return sync.sync_all(
        storage, settings.commitments, now=clock.now(), today=clock.today(), example=settings.is_example
    )
