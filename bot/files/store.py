"""Keeps files privately by hash until a report with them is accepted, and forgets those that nobody needs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.dialogue import Draft, Refusal, State
from bot.files.checking import Checked, check, read_text
from bot.private import Private
from monitor import models, released
from monitor.models import ReportState
from monitor.storage import Storage, StorageError

FOLDER = "private-files"
KEPT_AT_LEAST = timedelta(days=1)
UNDECIDED = (ReportState.WAITING, ReportState.RETURNED)


@dataclass(frozen=True)
class Taken:
    """What became of a file that was sent: the name it is kept under, its text, or why it was not taken."""

    file: str | None = None
    refused: Refusal | None = None
    text: str | None = None


def take(data_folder: Path, data: bytes) -> Taken:
    """Check, clean and keep a file; StorageError where it cannot be kept."""
    checked = check(data)
    if isinstance(checked, Refusal):
        return Taken(refused=checked)
    return Taken(file=keep(data_folder, checked))


def read(data: bytes) -> Taken:
    """Take the text of a document; the document itself is kept nowhere."""
    found = read_text(data)
    return Taken(refused=found) if isinstance(found, Refusal) else Taken(text=found)


def keep(data_folder: Path, checked: Checked) -> str:
    """Keep a cleaned file for the program's own user only; give its name. A second time only renews its day."""
    path = data_folder / FOLDER / checked.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        if path.exists():
            os.utime(path)
        else:
            released.write(path, checked.data, mode=0o600)
    except OSError as error:
        raise StorageError(f"{path}: cannot be kept ({error}): free space, or make the folder writable") from error
    return checked.name


def lay_down(data_folder: Path, text: str) -> Path:
    """Keep a page that was made for somebody for a day, where the program's own user may open it."""
    data = text.encode()
    name = keep(data_folder, Checked(f"{hashlib.sha256(data).hexdigest()}.html", data))
    return data_folder / FOLDER / name


def path_of(data_folder: Path, name: str) -> Path | None:
    """Give where a file is kept privately; None for what is not there or no name of a file."""
    path = data_folder / FOLDER / name
    return path if released.NAME.fullmatch(name) and path.is_file() else None


def find(data_folder: Path, name: str) -> Path | None:
    """Give where a file is kept, privately or in public."""
    return path_of(data_folder, name) or released.path_of(data_folder, name)


def release(data_folder: Path, name: str) -> int | None:
    """Put a file where everyone may open it and give its size; None where it is kept nowhere any more."""
    path = released.path_of(data_folder, name)
    if path is None and (private := path_of(data_folder, name)):
        path = released.release(data_folder, name, private)
    return path.stat().st_size if path else None


def forget(data_folder: Path, name: str) -> bool:
    """Delete the private copy of a file; tell whether there was one."""
    path = path_of(data_folder, name)
    if path:
        path.unlink(missing_ok=True)
    return path is not None


def forget_unused(private: Private, data_folder: Path, now: datetime, *, kept: timedelta = KEPT_AT_LEAST) -> int:
    """Delete files kept so long that no conversation and no undecided report names; give how many."""
    folder = data_folder / FOLDER
    if not folder.exists():
        return 0
    old = [path for path in folder.iterdir() if _day(path) < now - kept]
    needed = needed_files(private) if old else set()
    # The day is looked at again: somebody may have sent the same file a moment ago.
    unused = [path for path in old if path.name not in needed and _day(path) < now - kept]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)


def needed_files(private: Private) -> set[str]:
    """Name the files that a conversation or an undecided report speaks of."""
    undecided = [report for state in UNDECIDED for report in private.all(models.Report, state=state)]
    named = {report.evidence_file for report in undecided if report.evidence_file}
    return named | {name for text in private.spoken_of() for name in released.NAME.findall(text)}


def may_open(private: Private, plan: str, person: models.Person, name: str, *, reviews: bool) -> bool:
    """Tell whether a person may open a waiting file: their own or their organisation's, or one they review."""
    state = private.state(person.id)
    if any(draft.file == name for draft in (*private.drafts(plan, person), *(_begun(state) if state else ()))):
        return True
    return any(_sees(person, report, reviews=reviews) for report in private.all(models.Report, evidence_file=name))


def erase(storage: Storage, data_folder: Path, name: str, *, ground: models.Text, role: str, now: datetime) -> int:
    """Take a file away everywhere, with a tombstone; the rows stay with hash and ground. Give how many rows."""
    forget(data_folder, name)
    return released.take_down(storage, data_folder, name, ground=ground, role=role, now=now)


def _begun(state: State) -> Iterator[Draft]:
    return (place.draft for place in (state.place, *state.past) if place.draft)


def _sees(person: models.Person, report: models.Report, *, reviews: bool) -> bool:
    if reviews and report.state in UNDECIDED:
        return True
    shared = report.organisation is not None and report.organisation == person.organisation
    return report.person == person.id or shared


def _day(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
