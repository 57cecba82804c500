"""The commands that serve plan, site, data, chat and schedule in one process: the real thing, and a demo."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Sequence
from types import FrameType

import click
import uvicorn
from babel import Locale

from monitor import demo, jobs, publish, schedule, web
from monitor.cli.common import sync_plans
from monitor.cli.folder import prepare_folder
from monitor.extension import Extension, load_extensions
from monitor.lease import lease
from monitor.options import with_settings
from monitor.settings import ADDRESS_FILE, Settings
from monitor.storage import Storage

STOP_SECONDS = 5


@click.command("run")
@with_settings(serving=True)
def run(settings: Settings) -> None:
    """Load the plan, build the site, and serve site, data and chat with the schedule running."""
    _check_port(settings)
    prepare_folder(settings)
    _run(settings, load_extensions())


@click.command("demo")
@click.option("--keep", is_flag=True, help="Go on with the demo that is there, with what was typed in it.")
@with_settings(serving=True, only=("data", "url"), data="var/demo")
def demo_command(settings: Settings, keep: bool) -> None:
    """Show an invented plan in mid-term, made afresh in a folder of its own that nothing of it can leave."""
    settings = demo.demo_settings(settings)
    extensions = load_extensions()
    _check_port(settings)
    if demo.make(settings, extensions, keep=keep):
        click.echo(f"Demo     made an invented plan in {settings.data}/")
    _run(settings, extensions)


def _run(settings: Settings, extensions: Sequence[Extension]) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with lease(settings.data / "serve.lock") as alone:
        _keep_address(settings, alone=alone)
        _tell_reach(settings)
        with Storage(settings.database) as storage:
            _load(settings, storage)
            _renew_site(settings, storage)
            languages = storage.plans()[0].languages
        _serve(settings, extensions, languages)
    click.echo(f"Stopped. Everything is kept in {settings.data}/.")


def _keep_address(settings: Settings, *, alone: bool) -> None:
    """Keep where the folder is served, for links; a second server of the folder leaves that to the first."""
    if alone:
        (settings.data / ADDRESS_FILE).write_text(f"{settings.local_url}\n", "utf-8")
    else:
        click.echo(f"Note     {settings.data} is served already at {settings.public_url}; links keep that address.")


def _tell_reach(settings: Settings) -> None:
    """Say it at once where nothing comes in by itself because the operator wants it so."""
    if not settings.fetches and not settings.is_example:
        click.echo(
            "Note     no feed, number or evidence is fetched: MONITOR_REACH_OUT is no; leave it out to fetch them."
        )


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


def _load(settings: Settings, storage: Storage) -> None:
    click.echo(f"Plan     reading {settings.commitments}/ …")
    changed = sync_plans(settings, storage)
    for plan in storage.plans():
        folder = storage.folder(plan.id)
        milestones = sum(len(commitment.milestones) for commitment in folder.commitments)
        click.echo(
            f"         {plan.id}: {len(folder.commitments)} commitments, {milestones} milestones, "
            f"{len(folder.meetings)} meetings, {len(folder.sources)} sources"
            f"{'' if changed else ', nothing changed'}"
        )


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


def _serve(settings: Settings, extensions: Sequence[Extension], languages: Sequence[str]) -> None:
    ticking = schedule.Schedule(settings, jobs.all_jobs(settings, extensions), click.echo)

    def started() -> None:
        ticking.start()
        click.echo(_welcome(settings, languages))

    app = web.make_app(settings, extensions, started=started, say=click.echo)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        click.echo()
    finally:
        ticking.stop()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let SIGTERM end the program as Ctrl-C does."""
    raise KeyboardInterrupt


def _welcome(settings: Settings, languages: Sequence[str]) -> str:
    url = settings.url or settings.local_url
    sites = [
        (f"{url}/" if language == languages[0] else f"{url}/{language}/", f"the plan, in {_name(language)}")
        for language in languages
    ]
    addresses = [*sites, (f"{url}/melden", "report in the browser"), (f"{url}/data/", "ask the data with SQL")]
    width = max(len(address) for address, _ in addresses) + 3
    opened = "\n         ".join(f"{address:<{width}}{what}" for address, what in addresses)
    chat = f"make chat DATA={settings.data}" if settings.is_example else "make chat"
    width = max(width, len(chat) + 18)
    return (
        f"\nOpen     {opened}\n"
        f"Type     {chat:<{width}}to report in this terminal, in a second window\n"
        f"         {f'{chat} AS=coordinator':<{width}}to review what came in\n"
        f"Stop     Ctrl-C. Everything is kept in {settings.data}/"
    )


def _name(language: str) -> str:
    return Locale.parse(language).english_name or language


COMMANDS = {"run": run, "demo": demo_command}
