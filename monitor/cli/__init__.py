"""The commands. Each is loaded when it is asked for, so that checking a file does not wait for the web server."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module

import click

from monitor.errors import MonitorError
from monitor.extension import PACKAGE, load_extensions

FAMILIES = {
    "monitor.cli.serving": ("run", "demo"),
    "monitor.cli.files": ("lint", "fix", "new-plan", "schema"),
    "monitor.cli.publishing": ("publish",),
    "monitor.cli.data": ("sync", "poll", "jobs", "run-job", "health", "init", "backup", "restore"),
    "monitor.cli.telling": ("status", "diff", "feeds"),
    "monitor.cli.archive": ("show-copy", "release-copy", "hold-copy", "take-down", "bundle"),
    "monitor.cli.reading": ("indicators",),
}


class Group(click.Group):
    """A group that loads a command when it is asked for, and ends with one clear line when something is wrong."""

    @cached_property
    def extra(self) -> dict[str, click.Command]:
        """Give the commands that extensions bring."""
        found = (command for extension in load_extensions() for command in extension.commands())
        return {str(command.name): command for command in found}

    def list_commands(self, context: click.Context) -> list[str]:
        """List the commands by name."""
        return sorted([*(name for names in FAMILIES.values() for name in names), *self.extra])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Give a command, or None where there is none of that name."""
        family = next((module for module, names in FAMILIES.items() if name in names), None)
        if family is None:
            return self.extra.get(name)
        found: dict[str, click.Command] = import_module(family).COMMANDS
        return found[name]

    def invoke(self, context: click.Context) -> object:
        """Run a command; turn what went wrong outside into its message."""
        try:
            return super().invoke(context)
        except MonitorError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name=PACKAGE)
def main() -> None:
    """Open Overheid Monitor: the public repository of an action plan.

    Every option can also be given as the MONITOR_… variable that stands behind it. The bot's token is read from
    MONITOR_TELEGRAM_TOKEN, or from the file that MONITOR_TELEGRAM_TOKEN_FILE names; never from an option.
    """
