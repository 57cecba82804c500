"""Commands for the plan files."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from monitor import commitments, history, lint, schemas
from monitor.cli.common import COULD_NOT_RUN, PROBLEMS, plan_folders
from monitor.lint import Base, Loaded, Problem, printing, wording
from monitor.options import with_settings
from monitor.settings import Settings

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
PLAN_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
TEMPLATE = "new-plan"


@click.command("lint")
@PATHS
@click.option(
    "--language",
    type=click.Choice(wording.LANGUAGES),
    default="nl",
    envvar="MONITOR_LANGUAGE",
    help="Language of the messages (default nl). [MONITOR_LANGUAGE]",
)
@click.option("--format", "form", type=click.Choice(printing.FORMATS), default="text", help="How to write them.")
@click.option("--changed-since", "revision", metavar="REV", help="Compare with a revision: what changed, what is gone.")
@with_settings()
def lint_command(settings: Settings, paths: Sequence[Path], language: str, form: str, revision: str | None) -> None:
    """Check the plan files and print every problem: file, line, rule and repair.

    PATHS are folders of a plan, the folder above them, or single files. Ends with 0, 1 (problems) or 2 (could not
    run). Warnings are advice and stop nothing.
    """
    today = settings.clock.today()
    folders = _folders(paths, settings)
    problems = [
        problem
        for folder in folders
        for problem in _check(folder, revision, today, language)
        if _is_asked(problem.path, paths)
    ]
    _print(problems, len(folders), language, form)
    if revision is None:
        click.echo(wording.phrase("no-base", language), err=form == "json")
    sys.exit(PROBLEMS if any(not problem.warning for problem in problems) else 0)


@click.command("fix")
@PATHS
@with_settings()
def fix_command(settings: Settings, paths: Sequence[Path]) -> None:
    """Bring the plan files into their canonical form; comments stay and the meaning does not change."""
    changed = []
    for folder in _folders(paths, settings):
        loaded = commitments.read_folder(folder)
        asked = {path: document for path, document in loaded.documents.items() if _is_asked(path, paths)}
        try:
            changed += commitments.fix(Loaded(loaded.readable, asked, loaded.problems, loaded.languages))
        except commitments.FixError as error:
            _stop(str(error))
    click.echo("\n".join(f"Wrote {path}." for path in changed) or "Every file is in its canonical form.")


@click.command("new-plan")
@click.argument("name", metavar="ID")
@with_settings()
def new_plan_command(settings: Settings, name: str) -> None:
    """Write a skeleton for the plan ID, such as 2027-2029; lint then says what to fill in."""
    folder = settings.commitments / name
    template = settings.commitments / "templates" / TEMPLATE
    if not PLAN_ID.fullmatch(name):
        _stop(f"'{name}' cannot be the id of a plan: use small letters, digits and dashes, such as 2027-2029")
    if folder.exists():
        _stop(f"{folder}: exists already: choose another id, or edit its files")
    if not template.is_dir():
        _stop(f"{template}: the templates are missing: give the folder that holds them with --commitments")
    for path in _copy(template, folder, name):
        click.echo(f"Wrote {path}.")
    click.echo(f"Next: fill the files in, and type: monitor lint {folder}")


@click.command("schema")
@with_settings()
def schema_command(settings: Settings) -> None:
    """Write the JSON Schema of the plan files, for editors."""
    changed = schemas.write(settings.commitments / "schema")
    click.echo("\n".join(f"Wrote {path}." for path in changed) or "Every schema is up to date.")


def _folders(paths: Sequence[Path], settings: Settings) -> list[Path]:
    found = [folder for path in paths or [settings.commitments] for folder in plan_folders(_plan_of(path))]
    return list(dict.fromkeys(found))


def _plan_of(path: Path) -> Path:
    """Give the folder of the plan that a file belongs to."""
    return path.parent.parent if path.parent.name == "meetings" and not path.is_dir() else path


def _is_asked(path: Path, paths: Sequence[Path]) -> bool:
    """Tell whether a file was named, or everything was: a folder, or nothing."""
    files = {one for one in paths if not one.is_dir()}
    return not files or path in files or any(one.is_dir() and path.is_relative_to(one) for one in paths)


def _check(folder: Path, revision: str | None, today: date, language: str) -> list[Problem]:
    loaded = commitments.read_folder(folder)
    return lint.check(loaded, _base(folder, revision, today, language) if revision else None)


def _base(folder: Path, revision: str, today: date, language: str) -> Base | None:
    """Read a plan as it was at a revision; None where it was not there yet."""
    try:
        with history.checkout(folder, revision) as old:
            if not (old / "plan.yml").exists():
                return None
            loaded = commitments.read_folder(old)
    except history.HistoryError as error:
        _stop(str(error))
    if loaded.folder is None:
        _stop(wording.phrase("base-unreadable", language, folder=folder, revision=revision))
    return Base(loaded.folder, today)


def _print(problems: Sequence[Problem], folders: int, language: str, form: str) -> None:
    writers: dict[str, Callable[[Sequence[Problem], str], str]] = {
        "text": printing.text,
        "json": printing.as_json,
        "github": printing.github,
    }
    click.echo(writers[form](problems, language), nl=False)
    if form != "json":
        click.echo(printing.summary(problems, folders, language))


def _copy(template: Path, folder: Path, name: str) -> Iterator[Path]:
    for path in sorted(template.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(template)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text("utf-8").replace(TEMPLATE, name), "utf-8")
            yield target


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(COULD_NOT_RUN)


COMMANDS = {
    str(command.name): command
    for command in (
        lint_command,
        fix_command,
        new_plan_command,
        schema_command,
    )
}
