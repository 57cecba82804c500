"""Commands for the database and what is made of it."""

from __future__ import annotations

import json
import sys

import click

from monitor import feeds, health, schedule, sync
from monitor.cli.common import PROBLEMS, sync_plans
from monitor.cli.folder import prepare_folder
from monitor.extension import load_extensions
from monitor.options import with_settings
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage


@click.command("sync")
@click.option("--history", is_flag=True, help="First bring in what the files said at each commit, at its time.")
@with_settings()
def sync_command(settings: Settings, history: bool) -> None:
    """Bring the plan files into the database: all of it, or nothing when a file has a problem.

    With --history a new data folder knows every earlier state of the plan; commits that cannot be read with
    today's rules are left out and named.
    """
    prepare_folder(settings)
    with Storage(settings.database) as storage, storage.transaction():
        changed = 0
        if history:
            changed = sync.replay(storage, settings.commitments, say=click.echo, example=settings.is_example)
        changed += sync_plans(settings, storage)
    click.echo(f"{changed} change(s)." if changed else "Nothing changed.")


@click.command("poll")
@click.option("--force", is_flag=True, help="Poll feeds too that were polled a moment ago.")
@with_settings()
def poll_command(settings: Settings, force: bool) -> None:
    """Read the plan's feeds now; a feed that cannot be reached is recorded and stops nothing."""
    feeds.poll(settings, force=force, say=click.echo)


@click.command("jobs")
@with_settings()
def jobs_command(settings: Settings) -> None:
    """List the jobs of the schedule, and how their last run went."""
    with Storage(settings.database) as storage:
        runs = health.last_runs(storage)
    for job in schedule.all_jobs(settings, load_extensions()):
        last = runs.get(job.name)
        told = f"{last.started_at:%Y-%m-%d %H:%M} UTC, {last.error or f'{last.items} item(s)'}" if last else "never ran"
        click.echo(f"{job.name:<12} every {job.every}: {told}")


@click.command("run-job")
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


@click.command("health")
@with_settings()
def health_command(settings: Settings) -> None:
    """Print what /healthz says; ends with 1 where something is ill."""
    state = health.report(settings, load_extensions())
    click.echo(json.dumps(state, indent=2, ensure_ascii=False, default=str))
    sys.exit(0 if state["ok"] else PROBLEMS)


@click.command("init")
@click.option("--live", is_flag=True, help="A folder for the real thing: a role needs an invitation.")
@click.option("--controller", default="", help="Who answers for the personal data.")
@click.option("--legal-basis", default="", help="On which legal basis it is kept.")
@click.option("--dpo-contact", default="", help="How to reach the data-protection officer.")
@click.option("--notice", default="", help="Version of the privacy notice, for example 1.")
@with_settings()
def init_command(settings: Settings, live: bool, **details: str) -> None:
    """Make a data folder: for trying out, or with --live for the real thing."""
    if settings.database.exists():
        # Examples stay examples, also where the file that says so was lost.
        with Storage(settings.database) as storage:
            sync.refuse_mixing((), storage, example=settings.is_example)
    more: dict[str, object] = {**details}
    for extension in load_extensions() if live else ():
        more |= extension.folder_details()
    path = write_folder(settings, FolderKind.LIVE if live else FolderKind.TRY, more)
    click.echo(f"Made {path}. Start it first, then invite people: monitor run --data {settings.data}")


COMMANDS = {
    str(command.name): command
    for command in (
        sync_command,
        poll_command,
        jobs_command,
        run_job_command,
        health_command,
        init_command,
    )
}
