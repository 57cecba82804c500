"""Settings: command options and ``MONITOR_…`` variables that mean the same, and the data folder's kind."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.clock import Clock
from monitor.errors import MonitorError

FOLDER_FILE = "folder.json"
ADDRESS_FILE = "address"
LIVE_NEEDS = ("controller", "legal_basis", "dpo_contact", "notice")


class SettingsError(MonitorError):
    """A setting is missing or wrong; the message says which and what to write."""


class FolderKind(StrEnum):
    """What a data folder is for: trying out, the real thing, or invented examples."""

    TRY = "try"
    LIVE = "live"
    EXAMPLE = "example"


@dataclass(frozen=True)
class Settings:
    """All that the program is told from outside; secrets come from the environment or a file only."""

    data: Path = Path("var/try")
    commitments: Path = Path("commitments")
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = ""
    today: date | None = None
    contact: str = ""
    edit_url: str = ""
    allow_hosts: tuple[str, ...] = ()
    reach_out: bool = True
    save_at: str = ""
    telegram_token: str = field(default="", repr=False)
    telegram_api: str = "https://api.telegram.org"
    telegram_webhook: str = ""
    telegram_secret: str = field(default="", repr=False)
    telegram_bot: str = ""

    @property
    def clock(self) -> Clock:
        """Give the clock that these settings ask for; among example data the time stands on their day too.

        Time goes on where the folder cannot be read: what needs to know its kind says what is wrong.
        """
        try:
            stands_on = self.folder.get("today") if self.is_example else None
        except SettingsError:
            stands_on = None
        if stands_on is None:
            return Clock(self.today)
        return Clock(self.today or date.fromisoformat(stands_on), moves_time=True)

    @property
    def public_url(self) -> str:
        """Give the address people open, without a slash at the end: as told, else where it was last served."""
        return (self.url or self._served_at() or self.local_url).rstrip("/")

    @property
    def local_url(self) -> str:
        """Give the address on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def _served_at(self) -> str:
        path = self.data / ADDRESS_FILE
        return path.read_text("utf-8").strip() if path.exists() else ""

    @property
    def database(self) -> Path:
        """Give the path of the public database."""
        return self.data / "monitor.db"

    @property
    def private_database(self) -> Path:
        """Give the path of the private database."""
        return self.data / "private.db"

    @property
    def folder(self) -> Mapping[str, Any]:
        """Read what the data folder says of itself; a new folder is for trying out."""
        path = self.data / FOLDER_FILE
        if not path.exists():
            return {"kind": FolderKind.TRY}
        try:
            known: dict[str, Any] = json.loads(path.read_text("utf-8"))
            FolderKind(known["kind"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{path}: cannot be read ({error}): restore it from the backup") from error
        return known

    @property
    def kind(self) -> FolderKind:
        """Tell what the data folder is for."""
        return FolderKind(self.folder["kind"])

    @property
    def is_example(self) -> bool:
        """Tell whether the data folder holds invented examples, which may reach nothing outside it."""
        return self.kind is FolderKind.EXAMPLE

    @property
    def why_nothing_is_fetched(self) -> str:
        """Say why no feed, number or evidence is fetched and what to do, or nothing where they are."""
        if self.is_example:
            return f"{self.data}: holds invented examples: nothing is fetched for them"
        if not (self.reach_out or self.allow_hosts):
            return "MONITOR_REACH_OUT: is no, so nothing is fetched: leave it out, or write yes"
        return ""

    @property
    def fetches(self) -> bool:
        """Tell whether feeds, numbers and evidence are fetched."""
        return not self.why_nothing_is_fetched

    def without_reach(self) -> Settings:
        """Give these settings without what reaches outside this machine: no bot, no host that may be fetched."""
        return replace(self, telegram_token="", telegram_webhook="", telegram_secret="", allow_hosts=(), save_at="")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the ``MONITOR_…`` variables; raise SettingsError with the variable's name where one is wrong."""
    env = os.environ if environment is None else environment
    given = {name.removeprefix("MONITOR_").lower(): value for name, value in env.items() if name.startswith("MONITOR_")}
    settings = _read(given)
    return settings.without_reach() if settings.is_example else settings


def _read(given: Mapping[str, str]) -> Settings:
    return Settings(
        data=Path(given.get("data", "var/try")),
        commitments=Path(given.get("commitments", "commitments")),
        host=given.get("host", "127.0.0.1"),
        port=_number("MONITOR_PORT", given.get("port", "8000")),
        url=given.get("url", ""),
        today=_day("MONITOR_TODAY", given.get("today", "")),
        contact=given.get("contact", ""),
        edit_url=given.get("edit_url", "").rstrip("/"),
        allow_hosts=tuple(given.get("allow_hosts", "").split()),
        reach_out=_choice("MONITOR_REACH_OUT", given.get("reach_out", "yes")),
        save_at=given.get("save_at", ""),
        telegram_token=_secret(given, "telegram_token"),
        telegram_api=given.get("telegram_api", "https://api.telegram.org").rstrip("/"),
        telegram_webhook=_https("MONITOR_TELEGRAM_WEBHOOK", given.get("telegram_webhook", "")),
        telegram_secret=_telegram_secret(_secret(given, "telegram_secret")),
        telegram_bot=_telegram_bot(given.get("telegram_bot", "")),
    )


def write_folder(settings: Settings, kind: FolderKind, details: Mapping[str, Any]) -> Path:
    """Make a data folder of a kind; a live one needs controller, legal basis, contact and notice version."""
    missing = [name for name in LIVE_NEEDS if not details.get(name)] if kind is FolderKind.LIVE else []
    if missing:
        raise SettingsError(f"a live folder needs {', '.join(missing)}: give them as options")
    path = settings.data / FOLDER_FILE
    if path.exists():
        raise SettingsError(f"{path}: exists already: choose another folder with --data")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(json.dumps({"kind": kind, **details}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _secret(given: Mapping[str, str], name: str) -> str:
    if path := given.get(f"{name}_file"):
        try:
            return Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(f"MONITOR_{name.upper()}_FILE: {error}: name a file that can be read") from error
    return given.get(name, "").strip()


def _telegram_secret(secret: str) -> str:
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise SettingsError("MONITOR_TELEGRAM_SECRET: is not fit: write 16 to 256 letters, digits, _ or -")
    return secret


def _telegram_bot(name: str) -> str:
    name = name.removeprefix("@")
    if name and not re.fullmatch(r"[A-Za-z0-9_]{5,32}", name):
        raise SettingsError(f"MONITOR_TELEGRAM_BOT: '{name}' is no user name of a bot: write it as voorbeeld_bot")
    return name


def _https(name: str, address: str) -> str:
    if address and not re.fullmatch(r"https://[^\s/?#@]+(/[^\s?#]*)?", address):
        raise SettingsError(f"{name}: '{address}' is not a public address: write it as https://monitor.example")
    return address.rstrip("/")


def _choice(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise SettingsError(f"{name}: '{text}' is no choice: write yes or no")
    return text == "yes"


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name}: '{text}' is not a port: write a number from 1 to 65535")
    return int(text)


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError(f"{name}: '{text}' is not a day: write it as 2019-06-30") from error
