"""Backups of the databases below the data folder: made while they are in use, rotated, and put back.

A backup is a folder ``backups/20261123T023000Z/`` with a copy of each database and of ``folder.json``. Files that
are kept by their hash beside the databases never change: copy those folders along with ``backups/``.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import models
from monitor.errors import MonitorError
from monitor.extension import Extension
from monitor.lease import lease
from monitor.settings import FOLDER_FILE, Settings
from monitor.storage import Records, Storage, StorageError

FOLDER = "backups"
KIND = "backups"
KEPT_DAYS = 30
EVERY_ONE_DAYS = 7
# What stays free beside the copies.
SPARE = 200 * 1024 * 1024
STAMP = "%Y%m%dT%H%M%S%fZ"
NAME = re.compile(r"\d{8}T\d{12}Z(-replaced)?")
REPLACED = "-replaced"
STAGED = ".staged"
LOCK = "backup.lock"
LOCKS = (LOCK, "serve.lock", "schedule.lock", "publish.lock")
BESIDE = ("", "-wal", "-shm", "-journal")

Open = Callable[[Path], Records]


class BackupError(MonitorError):
    """A backup could not be made or put back; the message says why and what to do."""


@dataclass(frozen=True)
class Restored:
    """What was put back: the backup, where what stood there went, and what is to be erased again by hand."""

    backup: Path
    replaced: Path | None
    erased_again: int
    to_erase: tuple[models.Tombstone, ...]


def run(settings: Settings, extensions: Sequence[Extension] = ()) -> int:
    """Make a backup and let old ones go; give how many databases were copied."""
    made, _ = renew(settings, extensions)
    return sum(path.suffix == ".db" for path in made.iterdir())


def renew(settings: Settings, extensions: Sequence[Extension]) -> tuple[Path, int]:
    """Make a backup, unless another program is at it, and let old ones go; give its folder, and how many went."""
    with lease(settings.data / LOCK) as held:
        if not held:
            raise BackupError(f"{settings.data}: another program makes a backup: wait until it is done")
        # Before too: what is too old makes place, and goes also where no new backup can be made.
        gone = rotate(settings)
        return make(settings, extensions), gone + rotate(settings)


def make(settings: Settings, extensions: Sequence[Extension]) -> Path:
    """Copy every database, each checked; the folder gets its name when it is whole."""
    now = settings.clock.now()
    target = settings.data / FOLDER / now.strftime(STAMP)
    part = target.with_suffix(".part")
    present = {name: how for name, how in _databases(extensions).items() if (settings.data / name).exists()}
    _need_space(settings, [path for name in present for path in settings.data.glob(f"{name}*")])
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(exist_ok=True, mode=0o700)
        part.mkdir(mode=0o700)
        for name, opener in present.items():
            with opener(settings.data / name) as database:
                database.copy_to(part / name)
        if (settings.data / FOLDER_FILE).exists():
            _copy(settings.data / FOLDER_FILE, part / FOLDER_FILE)
        part.replace(target)
        _to_disk(target.parent)
    except OSError as error:
        raise BackupError(f"{target}: could not be made ({error}): free space, or make it writable") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def listed(settings: Settings) -> list[Path]:
    """List the backups, the newest first; what a restore replaced is one too."""
    folder = settings.data / FOLDER
    found = [path for path in folder.iterdir() if NAME.fullmatch(path.name)] if folder.exists() else []
    return sorted(found, key=lambda path: path.name, reverse=True)


def made(settings: Settings) -> list[Path]:
    """List the backups that were made, the newest first: not what a restore replaced."""
    return [path for path in listed(settings) if not path.name.endswith(REPLACED)]


def made_at(path: Path) -> datetime:
    """Tell when a backup was made."""
    return datetime.strptime(path.name.removesuffix(REPLACED), STAMP).replace(tzinfo=UTC)


def kept_days(settings: Settings) -> int:
    """Give for how many days the retention table of the data folder lets backups stand."""
    table = settings.folder.get("retention", {})
    days = table.get(KIND, KEPT_DAYS) if isinstance(table, Mapping) else KEPT_DAYS
    return days if type(days) is int and days > 0 else KEPT_DAYS


def rotate(settings: Settings) -> int:
    """Delete the backups that are old enough; give how many. What was erased is gone with the last that held it."""
    gone = too_many(listed(settings), settings.clock.now(), kept_days(settings))
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    for part in (settings.data / FOLDER).glob("*.part"):
        shutil.rmtree(part, ignore_errors=True)
    return len(gone)


def too_many(backups: Sequence[Path], now: datetime, days: int) -> list[Path]:
    """Tell which backups go: all of the last week stay, then one a week, none longer than these days. Pure.

    The newest whole backup stays whatever its age: without it there is none.
    """
    kept_weeks: set[tuple[int, int]] = set()
    newest = next((path for path in backups if not path.name.endswith(REPLACED)), None)
    gone = []
    for path in backups:
        age, week = now - made_at(path), made_at(path).isocalendar()[:2]
        stays = age <= timedelta(days=EVERY_ONE_DAYS) or week not in kept_weeks
        if path != newest and (age > timedelta(days=days) or not stays):
            gone.append(path)
        elif age > timedelta(days=EVERY_ONE_DAYS):
            kept_weeks.add(week)
    return gone


def restore(settings: Settings, backup: Path, extensions: Sequence[Extension]) -> Restored:
    """Put a backup in the place of the databases of a folder that nobody uses; what stood there becomes a backup.

    What was erased since, as far as what stood there tells, is erased again or named.
    """
    names = [name for name in _databases(extensions) if (backup / name).is_file()]
    if not names:
        raise BackupError(f"{backup}: holds no database: name a folder below {settings.data / FOLDER}")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as held:
        for lock in LOCKS:
            if not held.enter_context(lease(settings.data / lock)):
                raise BackupError(f"{settings.data}: the monitor runs on this folder: stop it first, then restore")
        _unstage(settings)
        try:
            staged = _stage(settings, backup, names, extensions)
            replaced = _swap(settings, staged, extensions)
        finally:
            _unstage(settings)
        return _restored(settings, backup, replaced, extensions)


def _restored(settings: Settings, backup: Path, replaced: Path | None, extensions: Sequence[Extension]) -> Restored:
    if replaced is None:
        return Restored(backup, None, 0, ())
    again = sum(extension.restored(settings, replaced) for extension in extensions)
    return Restored(backup, replaced, again, _erased_since(settings, replaced))


def _erased_since(settings: Settings, replaced: Path) -> tuple[models.Tombstone, ...]:
    if not (replaced / settings.database.name).exists():
        return ()
    try:
        with Storage(replaced / settings.database.name) as before, Storage(settings.database) as now:
            known = {stone.id for stone in now.all(models.Tombstone)}
            return tuple(stone for stone in before.all(models.Tombstone) if stone.id not in known)
    except StorageError:
        return ()  # What was damaged tells nothing; the command says that it cannot be known.


def _databases(extensions: Sequence[Extension]) -> dict[str, Open]:
    found: dict[str, Open] = {"monitor.db": Storage}
    for extension in extensions:
        found |= extension.databases()
    return found


def _stage(settings: Settings, backup: Path, names: Sequence[str], extensions: Sequence[Extension]) -> dict[Path, Path]:
    """Copy what is put back beside its place and check it, before anything is put aside; give place and copy."""
    openers = _databases(extensions)
    has_folder_file = (settings.data / FOLDER_FILE).exists() or not (backup / FOLDER_FILE).exists()
    files = [*names, *([] if has_folder_file else [FOLDER_FILE])]
    _need_space(settings, [backup / name for name in files])
    staged = {settings.data / name: settings.data / f".{name}{STAGED}" for name in files}
    for place, copy in staged.items():
        _copy(backup / place.name, copy)
    for name in names:
        with openers[name](staged[settings.data / name]) as database:
            database.check()
    return staged


def _unstage(settings: Settings) -> None:
    """Delete what was staged and not put in its place, of a restore that was broken off too."""
    for path in settings.data.glob(f".*{STAGED}*"):
        path.unlink(missing_ok=True)


def _swap(settings: Settings, staged: Mapping[Path, Path], extensions: Sequence[Extension]) -> Path | None:
    """Move what stands there into a folder that ages out with the backups, and the copies into its place.

    Where a move fails, everything is moved back.
    """
    present = [settings.data / name for name in _databases(extensions) if (settings.data / name).exists()]
    for path in present:
        if not _is_alone(path):
            raise BackupError(f"{path}: another program uses it: end it first, then restore")
    aside = settings.data / FOLDER / f"{settings.clock.now().strftime(STAMP)}{REPLACED}"
    beside = (path.with_name(f"{path.name}{ending}") for path in present for ending in BESIDE)
    moves = {path: aside / path.name for path in beside if path.exists()} | {copy: at for at, copy in staged.items()}
    try:
        if present:
            aside.mkdir(parents=True, mode=0o700)
        _move_all(moves)
    except OSError as error:
        with suppress(OSError):
            aside.rmdir()
        raise BackupError(f"{aside}: cannot be written ({error}): free space, or make it writable") from error
    return aside if present else None


def _move_all(moves: Mapping[Path, Path]) -> None:
    """Move files, all or none, for their owner only."""
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves.items():
            source.replace(target)
            done.append((source, target))
            target.chmod(0o600)
        for folder in sorted({target.parent for target in moves.values()}):
            _to_disk(folder)
    except BaseException:
        for source, target in reversed(done):
            target.replace(source)
        raise


def _is_alone(path: Path) -> bool:
    """Tell whether no program has a database open; one that cannot be read is in nobody's use."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        # SQLite leaves the write-ahead log behind only when nobody else has the file open.
        return bool(connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.DatabaseError:
        return True
    finally:
        connection.close()


def _copy(source: Path, target: Path) -> None:
    """Copy a file for its owner only, whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        shutil.copyfile(source, part)
        _to_disk(part)
        part.replace(target)
    except OSError as error:
        raise BackupError(f"{target}: cannot be written ({error}): free space, or make it writable") from error
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file, or which files a folder holds, is on the disk and survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _need_space(settings: Settings, files: Sequence[Path]) -> None:
    needed = sum(path.stat().st_size for path in files if path.is_file())
    free = shutil.disk_usage(settings.data).free
    if free < needed + SPARE:
        raise BackupError(
            f"{settings.data}: {free // 1024**2} MB are free, this needs {(needed + SPARE) // 1024**2}: free space"
        )
