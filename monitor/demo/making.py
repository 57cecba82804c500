"""The data folder of the demo: made beside its place from plan files and story, then put there; guarded both ways."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

from monitor import commitments, feeds, models, sync
from monitor.demo.editing import days, files_on
from monitor.demo.story import PLAN, Story, at, read_story
from monitor.errors import MonitorError
from monitor.extension import Extension
from monitor.lease import lease
from monitor.models import EvidenceState
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage

PLANS = Path(__file__).parent / "plans"
NOT_EMPTY = (
    "deze map is niet leeg en is geen map met voorbeelden: kies een andere map met --data. "
    "This folder is not empty and holds no examples: choose another folder with --data"
)
IN_USE = (
    "een ander programma toont deze voorbeelden nu: stop dat eerst. "
    "Another program serves these examples now: stop that first"
)
CHECKED_BEFORE = timedelta(days=2)


class DemoError(MonitorError):
    """The demo cannot be put in this folder; the message says why, in Dutch and English."""


def demo_settings(settings: Settings) -> Settings:
    """Give the settings of a demo: its own plan and day, and nothing that reaches outside this machine."""
    return replace(settings.without_reach(), commitments=PLANS, today=None, edit_url="")


def make(settings: Settings, extensions: Sequence[Extension], *, keep: bool = False) -> bool:
    """Make the demo afresh, or ``keep`` the one that is there; tell whether it was made. Raise DemoError."""
    _check(settings.data, settings)
    if keep and settings.database.exists():
        return False
    fresh = replace(settings, data=settings.data.with_name(f"{settings.data.name}.new"))
    _check(fresh.data, fresh)
    shutil.rmtree(fresh.data, ignore_errors=True)
    _fill(fresh, extensions)
    _put_in_place(fresh.data, settings.data)
    return True


def _check(folder: Path, settings: Settings) -> None:
    """Refuse a folder that holds anything but examples: it will be thrown away."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise DemoError(f"{folder}: {NOT_EMPTY}")
    if folder.exists() and any(folder.iterdir()) and not settings.is_example:
        raise DemoError(f"{folder}: {NOT_EMPTY}")


def _put_in_place(fresh: Path, place: Path) -> None:
    if place.exists():
        with lease(place / "serve.lock") as alone:
            if not alone:
                raise DemoError(f"{place}: {IN_USE}")
            shutil.rmtree(place)
    fresh.rename(place)


def _fill(settings: Settings, extensions: Sequence[Extension]) -> None:
    story, folder = read_story(), commitments.load(PLANS / PLAN)
    write_folder(settings, FolderKind.EXAMPLE, {"today": story.day.isoformat()})
    with Storage(settings.database) as storage, storage.transaction():
        for day in days(folder):
            sync.sync(storage, files_on(folder, day, story.before), sync.Moment(at(day), day))
        for row in (*story.rows, *_news(folder, story)):
            storage.put(row)
    for extension in extensions:
        extension.demo(settings)
    with Storage(settings.database) as storage, storage.transaction():
        for row in _checked(storage.all(models.Evidence, plan=PLAN), story):
            storage.put(row)


def _news(folder: models.PlanFolder, story: Story) -> Iterator[models.Entry | models.Mention]:
    """Give the entries of the feeds, and what the real rules find in them."""
    known = {feed.id: feed for feed in folder.feeds}
    for item in story.entries:
        yield item.entry
        for mention in feeds.mentions(item.entry, known[item.entry.feed], folder.commitments, folder.organisations):
            yield mention.model_copy(update={"state": item.said})


def _checked(evidence: Sequence[models.Evidence], story: Story) -> Iterator[models.Evidence]:
    """Give the evidence as a check two days before the story's day would have left it."""
    found = {checked.source: checked.state for checked in story.checked}
    moment = datetime.combine(story.day, time(4), at(story.day).tzinfo) - CHECKED_BEFORE
    for row in evidence:
        if row.address:
            digest = hashlib.sha256(row.address.encode()).hexdigest()
            state = found.get(row.source or "", EvidenceState.ALIVE)
            seen = {"state": state, "checked_at": moment, "tried_at": moment, "sha256": digest}
            since = {"missing_since": moment} if state is EvidenceState.GONE else {}
            yield row.model_copy(update=seen | since)
