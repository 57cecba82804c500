"""Commands for the plan files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from monitor import commitments, lint, schemas
from monitor.cli.common import PROBLEMS, plan_folders
from monitor.options import with_settings
from monitor.settings import Settings


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@with_settings()
def lint_command(settings: Settings, paths: Sequence[Path]) -> None:
    """Check the plan files and print every problem: file, line, rule and repair.

    PATHS are folders of a plan, or the folder above them. Ends with 0, 1 (problems) or 2 (could not run).
    """
    folders = [folder for path in paths or [settings.commitments] for folder in plan_folders(path)]
    problems = [problem for folder in folders for problem in lint.check(commitments.read_folder(folder))]
    for problem in problems:
        click.echo(str(problem))
    errors = sum(not problem.warning for problem in problems)
    click.echo(f"{len(folders)} plan(s): {errors} problem(s), {len(problems) - errors} warning(s).")
    sys.exit(PROBLEMS if errors else 0)


@click.command("schema")
@with_settings()
def schema_command(settings: Settings) -> None:
    """Write the JSON Schema of the plan files, for editors."""
    changed = schemas.write(settings.commitments / "schema")
    click.echo("\n".join(f"Wrote {path}." for path in changed) or "Every schema is up to date.")


FILE_COMMANDS = (lint_command, schema_command)
