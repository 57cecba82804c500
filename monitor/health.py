"""How the monitor is doing, for machines and for the health page."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from monitor import models, publish
from monitor.extension import PACKAGE, Extension
from monitor.settings import Settings
from monitor.storage import Storage, StorageError

DISK_AT_LEAST = 200 * 1024 * 1024


def report(settings: Settings, extensions: Sequence[Extension] = ()) -> dict[str, Any]:
    """Tell version, jobs, feeds, publication and disk; ``problems`` stop the service, ``notes`` do not."""
    problems: list[str] = []
    notes: list[str] = []
    state: dict[str, Any] = {"version": version(PACKAGE), "folder": settings.kind}
    try:
        with Storage(settings.database) as storage:
            state |= _of_database(storage, settings.clock.now(), problems, notes)
    except StorageError as error:
        problems.append(str(error))
    state["publication"] = _publication(settings, problems)
    free = shutil.disk_usage(settings.data).free
    if free < DISK_AT_LEAST:
        problems.append(f"disk: only {free // 1024 // 1024} MB are free")
    for extension in extensions:
        told = extension.health(settings)
        notes += [str(problem) for problem in _list(told.pop("problems", []))]
        state |= told
    return {"ok": not problems, "problems": problems, "notes": notes, **state}


def last_runs(storage: Storage) -> dict[str, models.Run]:
    """Give the newest run of each job."""
    newest: dict[str, models.Run] = {}
    for run in storage.all(models.Run, order="started_at"):
        newest[run.job] = run
    return newest


def _of_database(storage: Storage, now: datetime, problems: list[str], notes: list[str]) -> dict[str, Any]:
    plans = storage.plans()
    if not plans:
        problems.append("plan: none was loaded")
    runs = last_runs(storage)
    notes += [f"job {run.job}: {run.error}" for run in runs.values() if run.error]
    feeds = storage.all(models.FeedState)
    notes += [f"feed {feed.feed}: {feed.error}" for feed in feeds if feed.failures]
    return {
        "indicators": _indicators(storage, now, notes),
        "plans": [plan.id for plan in plans],
        "jobs": {name: run.model_dump(mode="json", exclude={"id", "job"}) for name, run in sorted(runs.items())},
        "feeds": {
            feed.feed: feed.model_dump(mode="json", include={"last_success_at", "last_entry_at", "failures", "next_at"})
            for feed in feeds
        },
    }


def _indicators(storage: Storage, now: datetime, notes: list[str]) -> dict[str, Any]:
    """Tell how reading each indicator goes; name what failed, what is old and what is kept apart."""
    told = {}
    for state in storage.all(models.IndicatorState):
        name = f"{state.commitment}/{state.indicator}"
        stale = state.is_stale(now)
        told[name] = state.model_dump(
            mode="json", include={"reader", "last_tried_at", "last_success_at", "failures", "next_at"}
        ) | {"stale": stale}
        if state.failures or stale:
            notes.append(f"indicator {name}: {'old: ' if stale else ''}{state.error}")
    return told


def _publication(settings: Settings, problems: list[str]) -> dict[str, Any]:
    published = publish.last(settings)
    if published is None:
        problems.append("publication: nothing was published yet")
        return {}
    if published.error:
        problems.append(f"publication: {published.error}")
    return {"at": published.at.isoformat(), "release": published.release, "error": published.error}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
