"""Commands for the database and what is made of it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click

from monitor import backup, feeds, health, jobs, models, runs, sync, timing
from monitor.cli.common import PROBLEMS, sync_plans
from monitor.cli.folder import prepare_folder
from monitor.extension import Job, load_extensions
from monitor.models import ReportKind, Run
from monitor.options import with_settings
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage

POSTS = frozenset(str(kind) for kind in ReportKind if kind.is_post)


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
        last = storage.last_runs()
    for job in jobs.all_jobs(settings, load_extensions()):
        click.echo(f"{job.name:<14} {_when(job)}: {_went(job, last.get(job.name))}")
    for name in sorted(jobs.REACHING_OUT):
        if why := jobs.why_not(settings, name):
            click.echo(f"{name:<14} does not run: {why}")


def _when(job: Job) -> str:
    return f"daily at {job.at:%H:%M}" if job.at else f"every {job.every}"


def _went(job: Job, last: Run | None) -> str:
    if last is None:
        return "never ran"
    told = "runs now, or was broken off" if last.is_open else last.error or f"{last.items} item(s)"
    start = timing.next_start(job, last)
    more = f", {last.failures} time(s) in a row" if last.failures else ""
    then = f"; next {start:%Y-%m-%d %H:%M} UTC" if start and not job.mark else "; next when something changed"
    return f"{last.started_at:%Y-%m-%d %H:%M} UTC, {told}{more}{then}"


@click.command("run-job")
@click.argument("name")
@with_settings()
def run_job_command(settings: Settings, name: str) -> None:
    """Run one job of the schedule now."""
    known = {job.name: job for job in jobs.all_jobs(settings, load_extensions())}
    if why := jobs.why_not(settings, name):
        raise runs.JobError(f"job {name} does not run: {why}")
    if name not in known:
        raise runs.JobError(f"there is no job '{name}': choose one of {', '.join(known)}")
    done = runs.run_job(settings, known[name])
    if done is None:
        raise runs.JobError(f"job {name} runs already, here or in another program: wait until it is done")
    if done.error:
        raise runs.JobError(f"job {name} failed: {done.error}")
    click.echo(f"{name}: {done.items} item(s).")


@click.command("health")
@with_settings()
def health_command(settings: Settings) -> None:
    """Print what /healthz says, as the job "alarms" found it last; ends with 1 where something is ill."""
    extensions = load_extensions()
    state = health.report(settings, extensions, jobs.all_jobs(settings, extensions))
    click.echo(json.dumps(state, indent=2, ensure_ascii=False, default=str))
    sys.exit(0 if state["ok"] else PROBLEMS)


@click.command("backup")
@with_settings()
def backup_command(settings: Settings) -> None:
    """Copy the databases as they are now into a folder of their own, also while the monitor runs."""
    made, gone = backup.renew(settings, load_extensions())
    click.echo(f"Made {made}." + (f" {gone} old one(s) deleted." if gone else ""))


@click.command("restore")
@click.argument("folder", metavar="BACKUP", type=click.Path(path_type=Path))
@with_settings()
def restore_command(settings: Settings, folder: Path) -> None:
    """Put BACKUP in the place of the databases of a data folder that nothing runs on.

    BACKUP is a folder, or the name of one below backups/ of the data folder. What stood there becomes a backup.
    """
    path = folder if folder.exists() else settings.data / backup.FOLDER / folder
    done = backup.restore(settings, path, load_extensions())
    click.echo(f"Restored {done.backup}.")
    if done.replaced:
        click.echo(f"What stood there is in {done.replaced}, and goes with the other backups.")
        click.echo(f"{done.erased_again} person(s) who asked to be forgotten since were forgotten again.")
    else:
        click.echo("Nothing stood there, so nobody can tell what was erased since: check, and erase it again.")
    for stone in done.to_erase:
        click.echo(f"Erase again: {stone.kind} {stone.id}, erased {stone.erased_at:%Y-%m-%d}, ground: {stone.ground}")
        nothing = "Nothing that was put back names it. Look again after the next sync."
        click.echo(f"  {_erasing(settings, stone) or nothing}")


def _erasing(settings: Settings, stone: models.Tombstone) -> str:
    """Give the line to paste that erases something again; empty where what was put back does not hold it."""
    with Storage(settings.database) as storage:
        row = storage.get(models.Evidence, id=stone.id)
        cited = storage.count(models.Evidence, sha256=stone.id)
    shared = ["--ground", stone.ground, "--data", str(settings.data)]
    if stone.kind == "copy" and cited:
        return shlex.join(["monitor", "take-down", stone.id, "--role", stone.role, *shared])
    if stone.kind == "file" and row and row.file:
        return shlex.join(["monitor", "erase-file", row.file, *shared])
    if stone.kind in POSTS:
        return shlex.join(["monitor", "erase-post", stone.id, *shared])
    return ""


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
        backup_command,
        restore_command,
        init_command,
    )
}
