"""The commands about what is recorded: check the audit log, export private reports, and take a file or post away."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import audit_log, erasing, woo
from bot.conversation import open_desk
from bot.files import store
from bot.messages import TABLES
from bot.private import Private
from monitor import released
from monitor.models import Role
from monitor.options import public_text, with_settings
from monitor.settings import Settings
from monitor.storage import StorageError

BROKEN = 1


@click.group("audit")
def audit() -> None:
    """Check the log of who did what."""


@audit.command("verify")
@click.option("--expect", default="", help="Hash that was the last one at an earlier check: it must still be there.")
@with_settings()
def verify(settings: Settings, expect: str) -> None:
    """Check that nothing of the audit log was changed or removed; ends with 1 where something was.

    Write down the last hash that it prints, elsewhere: who can write the file can also write a whole new log.
    """
    try:
        with Private(settings.private_database) as private:
            found = audit_log.verify(private.audit_rows(), private.audit_end(), expect.strip())
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    if found.wrong:
        click.echo(f"{settings.private_database}: {found.wrong}: compare with a backup")
        sys.exit(BROKEN)
    click.echo(f"The audit log is whole: {found.count} entries. The last hash is {found.last}.")


@click.command("woo-export")
@click.argument("commitment")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="New folder to write into.")
@click.option("--language", type=click.Choice(sorted(TABLES)), default="nl", help="Language of what stands around it.")
@with_settings()
def woo_export(settings: Settings, commitment: str, folder: Path, language: str) -> None:
    """Write the private reports on COMMITMENT (as 2018-2020/04 or 4) as Markdown and JSON, redacted.

    A plan's id gives those on no commitment, such as what members of the network shared. All states are in it, those of
    visitors too. A human must read it before it is handed out.
    """
    try:
        with open_desk(settings) as desk:
            done = woo.export(desk, commitment, folder, language)
    except (woo.ExportError, StorageError) as error:
        raise click.ClickException(str(error)) from error
    redacted = ", ".join(f"{count} {kind}" for kind, count in sorted(done.redacted.items())) or "nothing"
    click.echo(f"Wrote {done.reports} report(s) to {folder}. Redacted: {redacted}.")
    click.echo("A human must read every line before this is handed out: a program does not see every name.")


@click.command("erase-file")
@click.argument("name")
@click.option(
    "--ground", required=True, callback=public_text, help="Why it is taken away, in Dutch; everyone may read this."
)
@click.option("--ground-en", default="", callback=public_text, help="The same in English.")
@with_settings()
def erase_file(settings: Settings, name: str, ground: str, ground_en: str) -> None:
    """Take the file NAME (as in its address on the site) away for good; its hash and the ground stay in public."""
    grounds = {"nl": ground.strip()} | ({"en": ground_en.strip()} if ground_en.strip() else {})
    if not released.NAME.fullmatch(name):
        raise click.ClickException(f"{name}: is no name of a file: write it as it stands in its address")
    if not grounds["nl"]:
        raise click.ClickException("--ground: is empty: write why the file is taken away")
    try:
        with open_desk(settings) as desk:
            was_there = store.find(desk.data, name) is not None
            rows = store.erase(desk.storage, desk.data, name, ground=grounds, role=Role.COORDINATOR, now=desk.now)
            if not was_there and not rows:
                raise click.ClickException(f"{name}: is not kept here: check the name")
            desk.private.audit(at=desk.now, actor="command", action="erased-file", about=name)
    except (StorageError, OSError) as error:
        raise click.ClickException(str(error)) from error
    kept = "" if was_there else " It was gone already."
    click.echo(f"Erased {name}.{kept} Rows of evidence that now say why: {rows}.")
    click.echo("The pages say so after the next 'monitor publish'. Backups still hold the file.")


@click.command("erase-post")
@click.argument("name", metavar="ID")
@click.option("--ground", required=True, callback=public_text, help="Why it is taken away; everyone may read this.")
@with_settings()
def erase_post(settings: Settings, name: str, ground: str) -> None:
    """Take what a member shared away for good, a question with its answers; that it was there and the ground stay.

    ID is as in the open data, or as in the address of its place on the page (q-0123456789ab).
    """
    if not ground:
        raise click.ClickException("--ground: is empty: write why it is taken away")
    try:
        with open_desk(settings) as desk:
            stones = erasing.erase(desk, name, ground=ground, role=Role.COORDINATOR)
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    if not stones:
        raise click.ClickException(f"{name}: nothing that a member shared has this id: check it")
    for stone in stones:
        click.echo(f"Erased {stone.kind} {stone.id}.")
    click.echo("The pages and the open data are without it after the next 'monitor publish'. Backups still hold it.")
