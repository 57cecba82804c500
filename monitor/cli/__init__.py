"""The commands."""

from __future__ import annotations

import click

from monitor import publish
from monitor.cli.common import Group
from monitor.cli.data import DATA_COMMANDS
from monitor.cli.files import FILE_COMMANDS
from monitor.cli.serving import run
from monitor.cli.telling import TELLING_COMMANDS
from monitor.extension import load_extensions


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name=publish.PACKAGE)
def main() -> None:
    """Open Overheid Monitor: the public repository of an action plan.

    Every option can also be given as the MONITOR_… variable that stands behind it. The bot's token is read from
    MONITOR_TELEGRAM_TOKEN, or from the file that MONITOR_TELEGRAM_TOKEN_FILE names; never from an option.
    """


def _add_commands() -> None:
    own = [run, *FILE_COMMANDS, *DATA_COMMANDS, *TELLING_COMMANDS]
    extra = [command for extension in load_extensions() for command in extension.commands()]
    for command in (*own, *extra):
        main.add_command(command)


_add_commands()
