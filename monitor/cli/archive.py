"""Commands for kept copies, and for everything public in one file."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from monitor import bundle, evidence, publish, released
from monitor.cli.common import PROBLEMS
from monitor.extension import PACKAGE, load_extensions
from monitor.models import CopyState, Role
from monitor.options import public_text, with_settings
from monitor.settings import Settings
from monitor.storage import Storage

HASH = re.compile(r"[0-9a-f]{64}")
PAGES = "The pages say so after the next 'monitor publish'; a running monitor does that by itself."


def _hash(context: click.Context, parameter: click.Parameter, given: str) -> str:
    if not HASH.fullmatch(given.lower()):
        raise click.BadParameter("is no SHA-256: copy the 64 letters and digits from the page")
    return given.lower()


def _filled(context: click.Context, parameter: click.Parameter, given: str) -> str:
    if not given.strip():
        raise click.BadParameter("is empty: write why; everyone may read this")
    return public_text(context, parameter, given)


def _decides(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every decision about a copy names: the hash, the ground and the role."""
    roles = click.Choice([Role.REVIEWER.value, Role.COORDINATOR.value])
    for option in (
        click.option("--role", type=roles, default=Role.REVIEWER.value, help="Who decided (default reviewer)."),
        click.option("--ground-en", default="", callback=public_text, help="The same in English."),
        click.option("--ground", required=True, callback=_filled, help="Why, in Dutch; everyone may read this."),
        click.argument("digest", metavar="HASH", callback=_hash),
    ):
        command = option(command)
    return command


@click.command("show-copy")
@click.argument("digest", metavar="HASH", callback=_hash)
@click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="New file to write it into.")
@with_settings()
def show_copy(settings: Settings, digest: str, path: Path) -> None:
    """Write the kept copy with this HASH into a file for your own eyes, to read it before it is released."""
    kept = evidence.Archive(settings.data).read(digest)
    if kept is None:
        with Storage(settings.database) as storage:
            decided = released.decision(storage, digest)
        is_down = decided is not None and decided.state is CopyState.TAKEN_DOWN
        why = evidence.why_down(decided) if decided and is_down else "is not kept here: copy the hash from its page"
        raise click.ClickException(f"{digest}: {why}")
    if path.exists():
        raise click.ClickException(f"{path}: exists already: name a new file with --to")
    try:
        released.write(path, kept.body, mode=0o600)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written ({error.strerror}): name another file") from error
    click.echo(f"Wrote {path}: {kept.content_type or 'no type'}, {len(kept.body)} bytes, from {kept.entry.address}")
    click.echo("Open it with care: it is as it came, scripts too. Delete it when you have read it.")


@click.command("release-copy")
@_decides
@with_settings()
def release_copy(settings: Settings, digest: str, ground: str, ground_en: str, role: str) -> None:
    """Let everyone see the kept copy with this HASH, after a reviewer found no personal data in it."""
    with Storage(settings.database) as storage:
        done = evidence.release(
            storage,
            evidence.Archive(settings.data),
            settings.data,
            digest,
            ground=_ground(ground, ground_en),
            role=role,
            now=settings.clock.now(),
        )
    _tell_extensions(settings, digest)
    click.echo(f"Released {settings.public_url}/{released.ADDRESS}/{done.file}")
    click.echo(PAGES)


@click.command("hold-copy")
@_decides
@with_settings()
def hold_copy(settings: Settings, digest: str, ground: str, ground_en: str, role: str) -> None:
    """Keep the copy with this HASH from the public, also where the plan names its host; it stays in the store."""
    with Storage(settings.database) as storage:
        evidence.hold(
            storage, settings.data, digest, ground=_ground(ground, ground_en), role=role, now=settings.clock.now()
        )
    _tell_extensions(settings, digest)
    click.echo(f"Held {digest} back. Release it with monitor release-copy.")
    click.echo(PAGES)


@click.command("take-down")
@_decides
@click.option("--keep-private", is_flag=True, help="Keep it in the store that is not public; not for personal data.")
@with_settings()
def take_down(settings: Settings, digest: str, ground: str, ground_en: str, role: str, keep_private: bool) -> None:
    """Take the copy with this HASH away for good; its hash and the ground stay in public."""
    archive = evidence.Archive(settings.data)
    with Storage(settings.database) as storage:
        evidence.take_down(
            storage,
            archive,
            settings.data,
            digest,
            ground=_ground(ground, ground_en),
            role=role,
            now=settings.clock.now(),
            keep_private=keep_private,
        )
        left = [known for known in evidence.remaining(storage, archive, digest) if known != digest]
    _tell_extensions(settings, digest)
    kept = "It is still kept where the public does not come." if keep_private else "It is not kept any more."
    click.echo(f"Took {digest} down. {kept} Backups and bundles made before still hold it.")
    click.echo("Nothing of its address is kept from now on. A web archive may hold it too: ask there.")
    for known in left:
        click.echo(f"Still kept: {known}, another version of the page. Look: {_look(settings, known)}")
    click.echo(PAGES)


def _look(settings: Settings, digest: str) -> str:
    return shlex.join(["monitor", "show-copy", digest, "--to", f"{digest[:12]}.copy", "--data", str(settings.data)])


def _tell_extensions(settings: Settings, digest: str) -> None:
    for extension in load_extensions():
        extension.copy_decided(settings, digest)


@click.group("bundle", invoke_without_command=True)
@click.option("--out", type=click.Path(path_type=Path), help="New file to write (default monitor-<day>.tar.gz).")
@with_settings()
@click.pass_context
def bundle_command(context: click.Context, settings: Settings, out: Path | None) -> None:
    """Freeze everything public in one file: site, database, released copies, checksums."""
    if context.invoked_subcommand:
        return
    path = out or Path(f"monitor-{settings.clock.today()}.tar.gz")
    if path.exists():
        raise click.ClickException(f"{path}: exists already: name a new file with --out")
    with Storage(settings.database) as storage:
        if publish.is_due(settings, storage):
            click.echo("Note: the site is older than the data: run monitor publish first to have them alike.", err=True)
        made = bundle.make(settings, storage, path, version=version(PACKAGE))
    click.echo(f"Wrote {made.path}: {made.files} files, {made.copies} of them files and copies behind messages.")
    click.echo(f"SHA-256 {made.sha256}. Write it down elsewhere: who can change the file can change its checksums.")


@bundle_command.command("verify")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
def verify_command(path: Path) -> None:
    """Check each file of a bundle against its checksums; ends with 1 where one is changed, missing or extra."""
    found = bundle.verify(path)
    for problem in found.problems:
        click.echo(problem)
    if found.problems:
        click.echo(f"{path}: {len(found.problems)} problem(s): get it again from where it was made")
        sys.exit(PROBLEMS)
    click.echo(f"{path} is whole: {found.files} files are as their checksums say. Its SHA-256 is {found.sha256}.")


def _ground(dutch: str, english: str) -> dict[str, str]:
    return {"nl": dutch} | ({"en": english.strip()} if english.strip() else {})


COMMANDS = {str(command.name): command for command in (show_copy, release_copy, hold_copy, take_down, bundle_command)}
