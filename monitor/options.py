"""Command options and ``MONITOR_…`` variables that mean the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click

from monitor.settings import Settings, SettingsError, from_environment

SHARED = {
    "data": "Folder that keeps everything (default var/try).",
    "commitments": "Folder with the plans (default commitments).",
    "today": "Day that rules, pages and conversation speak of, as 2019-06-30.",
    "url": "Public address, for links in messages and feeds.",
    "contact": "Address that feeds and sites see in our User-Agent.",
    "edit-url": "Address of the plan files for 'edit this page'.",
    "save-at": "Web archive that saves what updates cite, as https://web.archive.org/save/ (default none).",
    "reach-out": "With 'no' nothing is fetched: no feed, no number, no evidence (default yes).",
    "allow-hosts": "Local hosts that may be fetched, as '127.0.0.1:8123 …'; for tests.",
}
SERVING = {"host": "Address to listen on (default 127.0.0.1).", "port": "Port to listen on (default 8000)."}


def with_settings(
    *, serving: bool = False, only: Sequence[str] = tuple(SHARED), data: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the shared options, or ``only`` these of them, and pass it ``settings``.

    ``data`` is the data folder where nobody names one.
    """
    options = {name: text for name, text in SHARED.items() if name in only} | (SERVING if serving else {})
    if data:
        options["data"] = f"Folder that keeps everything (default {data})."

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(**given: Any) -> Any:
            own = {name.replace("-", "_"): given.pop(name.replace("-", "_")) for name in options}
            return command(settings=read_settings(own, data=data), **given)

        for name, text in reversed(options.items()):
            run = click.option(f"--{name}", help=f"{text} [{_variable(name)}]")(run)
        return run

    return decorate


def read_settings(given: dict[str, str | None], *, data: str = "") -> Settings:
    """Read the settings: what was given goes before the environment; a wrong one ends the command."""
    told = {_variable(name): value for name, value in given.items() if value is not None}
    unless_told = {_variable("data"): data} if data else {}
    try:
        return from_environment(unless_told | os.environ | told)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def public_text(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """Refuse a text for everyone that holds personal data, as the conversation does."""
    from monitor.lint import privacy  # noqa: PLC0415  Brings the models along, which most commands do not wait for.

    if why := privacy.why_not_public(given):
        raise click.BadParameter(f"{why}: write it without; everyone may read this")
    return given.strip()


def _variable(name: str) -> str:
    return f"MONITOR_{name.upper().replace('-', '_')}"
