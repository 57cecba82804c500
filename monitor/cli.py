"""The commands."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import uvicorn

from monitor import commitments, feeds, health, lint, publish, schedule, schemas, sync, web
from monitor.commitments import PlanError
from monitor.extension import Extension, load_extensions
from monitor.options import with_settings
from monitor.settings import FolderKind, Settings, SettingsError, write_folder
from monitor.storage import Storage, StorageError

STOP_SECONDS = 5
PROBLEMS, COULD_NOT_RUN = 1, 2


class _Group(click.Group):
    """A group whose commands end with one clear line when something outside is wrong."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (PlanError, StorageError, SettingsError, publish.PublishError, schedule.JobError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name=publish.PACKAGE)
def main() -> None:
    """Open Overheid Monitor: the public repository of an action plan.

    Every option can also be given as the MONITOR_… variable that stands behind it. The bot's token is read from
    MONITOR_TELEGRAM_TOKEN, or from the file that MONITOR_TELEGRAM_TOKEN_FILE names; never from an option.
    """


@main.command("run")
@with_settings(serving=True)
def run(settings: Settings) -> None:
    """Load the plan, build the site, and serve site, data and chat with the schedule running."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _check_port(settings)
    _prepare_folder(settings)
    with Storage(settings.database) as storage:
        _load(settings, storage)
        _renew_site(settings, storage)
    _serve(settings, load_extensions())
    click.echo(f"Stopped. Everything is kept in {settings.data}/.")


@main.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@with_settings()
def lint_command(settings: Settings, paths: Sequence[Path]) -> None:
    """Check the plan files and print every problem: file, line, rule and repair.

    PATHS are folders of a plan, or the folder above them. Ends with 0, 1 (problems) or 2 (could not run).
    """
    folders = [folder for path in paths or [settings.commitments] for folder in _plan_folders(path)]
    problems = [problem for folder in folders for problem in lint.check(commitments.read_folder(folder))]
    for problem in problems:
        click.echo(str(problem))
    errors = sum(not problem.warning for problem in problems)
    click.echo(f"{len(folders)} plan(s): {errors} problem(s), {len(problems) - errors} warning(s).")
    sys.exit(PROBLEMS if errors else 0)


@main.command("sync")
@with_settings()
def sync_command(settings: Settings) -> None:
    """Bring the plan files into the database: all of it, or nothing when a file has a problem."""
    _prepare_folder(settings)
    with Storage(settings.database) as storage:
        changed = _sync(settings, storage)
    click.echo(f"{changed} change(s)." if changed else "Nothing changed.")


@main.command("publish")
@with_settings()
def publish_command(settings: Settings) -> None:
    """Build the site of what the database holds, and swap it in."""
    _prepare_folder(settings)
    started = time.monotonic()
    with Storage(settings.database) as storage:
        release = publish.publish(settings, storage, now=settings.clock.now())
    click.echo(f"Published {release} in {time.monotonic() - started:.1f} s.")


@main.command("poll")
@click.option("--force", is_flag=True, help="Poll feeds too that were polled a moment ago.")
@with_settings()
def poll_command(settings: Settings, force: bool) -> None:
    """Read the plan's feeds now; a feed that cannot be reached is recorded and stops nothing."""
    feeds.poll(settings, force=force, say=click.echo)


@main.command("jobs")
@with_settings()
def jobs_command(settings: Settings) -> None:
    """List the jobs of the schedule, and how their last run went."""
    with Storage(settings.database) as storage:
        runs = health.last_runs(storage)
    for job in schedule.all_jobs(settings, load_extensions()):
        last = runs.get(job.name)
        told = f"{last.started_at:%Y-%m-%d %H:%M} UTC, {last.error or f'{last.items} item(s)'}" if last else "never ran"
        click.echo(f"{job.name:<12} every {job.every}: {told}")


@main.command("run-job")
@click.argument("name")
@with_settings()
def run_job_command(settings: Settings, name: str) -> None:
    """Run one job of the schedule now."""
    jobs = {job.name: job for job in schedule.all_jobs(settings, load_extensions())}
    if name not in jobs:
        raise schedule.JobError(f"there is no job '{name}': choose one of {', '.join(jobs)}")
    done = schedule.run_job(settings, jobs[name])
    if done.error:
        raise schedule.JobError(f"job {name} failed: {done.error}")
    click.echo(f"{name}: {done.items} item(s).")


@main.command("health")
@with_settings()
def health_command(settings: Settings) -> None:
    """Print what /healthz says; ends with 1 where something is ill."""
    state = health.report(settings, load_extensions())
    click.echo(json.dumps(state, indent=2, ensure_ascii=False, default=str))
    sys.exit(0 if state["ok"] else PROBLEMS)


@main.command("schema")
@with_settings()
def schema_command(settings: Settings) -> None:
    """Write the JSON Schema of the plan files, for editors."""
    changed = schemas.write(settings.commitments / "schema")
    click.echo("\n".join(f"Wrote {path}." for path in changed) or "Every schema is up to date.")


@main.command("init")
@click.option("--live", is_flag=True, help="A folder for the real thing: people come in by invitation only.")
@click.option("--controller", default="", help="Who answers for the personal data.")
@click.option("--legal-basis", default="", help="On which legal basis it is kept.")
@click.option("--dpo-contact", default="", help="How to reach the data-protection officer.")
@click.option("--notice", default="", help="Version of the privacy notice, for example 1.")
@with_settings()
def init_command(settings: Settings, live: bool, **details: str) -> None:
    """Make a data folder: for trying out, or with --live for the real thing."""
    path = write_folder(settings, FolderKind.LIVE if live else FolderKind.TRY, details)
    click.echo(f"Made {path}. Start it with: monitor run --data {settings.data}")


for _extension in load_extensions():
    for _command in _extension.commands():
        main.add_command(_command)


def _plan_folders(path: Path) -> list[Path]:
    folder = path if path.is_dir() else path.parent
    if (folder / "plan.yml").exists():
        return [folder]
    found = commitments.plan_folders(folder)
    if not found:
        click.echo(f"{path}: there is no plan here: name a folder that holds a plan.yml", err=True)
        sys.exit(COULD_NOT_RUN)
    return found


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
                f"stop the other program, or choose another port: make run PORT={settings.port + 80}"
            ) from error


def _prepare_folder(settings: Settings) -> None:
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


def _load(settings: Settings, storage: Storage) -> None:
    click.echo(f"Plan     reading {settings.commitments}/ …")
    changed = _sync(settings, storage)
    for plan in storage.plans():
        folder = storage.folder(plan.id)
        milestones = sum(len(commitment.milestones) for commitment in folder.commitments)
        click.echo(
            f"         {plan.id}: {len(folder.commitments)} commitments, {milestones} milestones, "
            f"{len(folder.meetings)} meetings, {len(folder.sources)} sources"
            f"{'' if changed else ', nothing changed'}"
        )


def _sync(settings: Settings, storage: Storage) -> int:
    clock = settings.clock
    return sync.sync_all(storage, settings.commitments, now=clock.now(), today=clock.today())


def _renew_site(settings: Settings, storage: Storage) -> None:
    if not publish.is_due(settings, storage):
        click.echo("Site     up to date")
        return
    click.echo("Site     building every language …")
    started = time.monotonic()
    try:
        publish.publish(settings, storage, now=settings.clock.now())
    except publish.PublishError:
        if publish.current(settings) is None:
            raise
        click.echo("Site     could not be renewed, the old one stays; see /healthz", err=True)
    else:
        click.echo(f"         built in {time.monotonic() - started:.1f} s")


def _serve(settings: Settings, extensions: Sequence[Extension]) -> None:
    ticking = schedule.Schedule(settings, schedule.all_jobs(settings, extensions), click.echo)

    def started() -> None:
        ticking.start()
        click.echo(_welcome(settings))

    app = web.make_app(settings, extensions, started=started, say=click.echo)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        click.echo()
    finally:
        ticking.stop()


def _welcome(settings: Settings) -> str:
    url = settings.public_url
    return (
        f"\nOpen     {url}/            the plan, in Dutch\n"
        f"         {url}/en/         the plan, in English\n"
        f"         {url}/melden      report in the browser\n"
        f"         {url}/data/       ask the data with SQL\n"
        f"Type     make chat                         to report in this terminal, in a second window\n"
        f"         make chat AS=coordinator          to review what came in\n"
        f"Stop     Ctrl-C. Everything is kept in {settings.data}/"
    )
