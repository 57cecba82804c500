"""Stage, build, check, swap: a new release of the site, or the old one stays."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from monitor import exports, pages, releases, search
from monitor.errors import MonitorError
from monitor.extension import PACKAGE
from monitor.lease import lease
from monitor.models import Tombstone, is_example
from monitor.releases import Folders
from monitor.settings import Settings
from monitor.storage import Storage

FALLBACK_LANGUAGE = "en"
BUILD_SECONDS = 900
WAIT_SECONDS = 60
LOOK_SECONDS = 0.05
PUBLISHED = "published.json"
# What the theme brings and our templates do not load.
UNUSED_ASSETS = ("javascripts", "stylesheets")
QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}

# Names of releases sort as the moments they were made at.
NAMED = "%Y%m%dT%H%M%S%f"


class PublishError(MonitorError):
    """The site could not be built; the old one stays."""


class StoppedError(PublishError):
    """The site was not built because the program stops, or another one is at it; that is no failure."""


@dataclass(frozen=True)
class Published:
    """The last attempt at a publication: when, which release is served, of what data, and what went wrong."""

    at: datetime
    release: str
    fingerprint: str
    error: str = ""


def current(settings: Settings) -> Path | None:
    """Give the release that is served now, or None before the first."""
    return releases.current(Folders(settings.data))


def last(settings: Settings) -> Published | None:
    """Give the last attempt at a publication; None before the first, or where the note of it cannot be read."""
    try:
        known = json.loads((settings.data / PUBLISHED).read_text("utf-8"))
        return Published(**(known | {"at": datetime.fromisoformat(known["at"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_due(settings: Settings, storage: Storage, home: Path = Path()) -> bool:
    """Tell whether the last attempt failed, or the served site was made of other data, pages or day than now."""
    known = last(settings)
    if current(settings) is None or known is None or known.error:
        return True
    return known.fingerprint != fingerprint(settings, storage, home)


def fingerprint(settings: Settings, storage: Storage, home: Path = Path()) -> str:
    """Give a text that differs when a page could differ: data, settings, templates, program, day where it counts."""
    program = Path(__file__).parent
    files = [
        home / "mkdocs.yml",
        *(home / "site").rglob("*"),
        *(program / "templates").rglob("*"),
        *program.rglob("*.py"),
        *(program / "rule_sets").glob("*.toml"),
    ]
    told_by = (path for path in files if path.is_file() and path.parent.name != "__pycache__")
    dated = sorted((str(path), path.stat().st_mtime_ns) for path in told_by)
    day = pages.day_that_matters(storage, settings.clock.today())
    shown = (
        settings.public_url,
        settings.edit_url,
        settings.telegram_bot,
        settings.kind,
        settings.fetches,
        version(PACKAGE),
    )
    return hashlib.sha256(repr((storage.fingerprint(), day, shown, dated)).encode()).hexdigest()


def publish(
    settings: Settings,
    storage: Storage,
    *,
    now: datetime,
    home: Path = Path(),
    stopping: threading.Event | None = None,
) -> Path:
    """Build the site of what the database holds and swap it in; raise PublishError and leave the old one.

    ``home`` is the folder with ``mkdocs.yml`` and ``site/``. One at a time for a data folder; ``stopping`` ends it.
    """
    try:
        with lease(settings.data / "publish.lock", wait_seconds=WAIT_SECONDS) as held:
            if not held:
                raise StoppedError(f"{settings.data}: another program is publishing: wait until it is done")
            return _publish_and_note(settings, storage, now, home, stopping or threading.Event())
    except OSError as error:
        raise PublishError(f"{settings.data}: the site was not renewed ({error}): free space, then publish") from error


def _publish_and_note(
    settings: Settings, storage: Storage, now: datetime, home: Path, stopping: threading.Event
) -> Path:
    made_of = fingerprint(settings, storage, home)
    try:
        release = _publish(settings, storage, now, home, stopping)
    except StoppedError:
        raise
    except Exception as error:
        # Whatever it was, the site stays as it is, and the health page has to say so.
        served = current(settings)
        _note(settings, Published(now, served.name if served else "", made_of, _public_words(error)))
        raise
    _note(settings, Published(now, release.name, made_of))
    return release


def _public_words(error: Exception) -> str:
    # What nobody foresaw may hold what somebody typed, and the health page is public.
    known = isinstance(error, MonitorError | OSError) and str(error)
    return known or f"unexpected {type(error).__name__}: see the log"


def _note(settings: Settings, published: Published) -> None:
    fresh = settings.data / f"{PUBLISHED}.next"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(vars(published) | {"at": published.at.isoformat()}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(settings.data / PUBLISHED)


def _publish(settings: Settings, storage: Storage, now: datetime, home: Path, stopping: threading.Event) -> Path:
    folders, languages = Folders(settings.data), _languages(storage)
    shutil.rmtree(folders.build, ignore_errors=True)
    folders.build.mkdir(parents=True, exist_ok=True)
    # A build that a crash left running goes on in a folder that is no longer there.
    build = Path(tempfile.mkdtemp(dir=folders.build))
    try:
        _build(stage(settings, storage, folder=build, home=home), stopping)
        _check(build, languages)
        keep = _kept(storage, releases.current(folders))
        release = releases.release(folders, _joined(build, languages), now.strftime(NAMED), keep=keep)
        search.renew(storage, today=settings.clock.today(), release=release)
        return release
    finally:
        shutil.rmtree(folders.build, ignore_errors=True)


def _kept(storage: Storage, served: Path | None) -> int:
    """Say how many releases stay: none of those that may still hold what was erased since the last one was made."""
    erased = (f"{row.erased_at.astimezone(UTC):{NAMED}}" for row in storage.all(Tombstone))
    return 1 if served and any(at >= served.name for at in erased) else releases.RELEASES_KEPT


def stage(settings: Settings, storage: Storage, *, folder: Path, home: Path = Path()) -> Iterator[Path]:
    """Write what each language is built from below a folder; yield the configuration of each once it is there."""
    today = settings.clock.today()
    context, plans = _context(settings, storage), pages.read(storage, today)
    build, home, assets = folder.resolve(), home.resolve(), _assets(home)
    for language in _languages(storage):
        source = build / "source" / language
        _copy(home, language, source)
        pages.write(storage, today=today, language=language, target=source, context=context, plans=plans)
        exports.write(storage, today=today, language=language, target=source, context=context, plans=plans)
        extra = pages.settings(storage, today=today, language=language, context=context, plans=plans)
        yield _configure(build, home, language, extra | {"assets": assets})


def _languages(storage: Storage) -> Sequence[str]:
    plans = storage.plans()
    if not plans:
        raise PublishError("there is no plan in the database: run monitor sync first")
    return plans[0].languages


def _copy(home: Path, language: str, source: Path) -> None:
    """Copy the hand-written pages of a language, and what every page looks like."""
    written = home / "site" / language
    shutil.copytree(written if written.exists() else home / "site" / FALLBACK_LANGUAGE, source)
    shutil.copytree(home / "site" / "assets", source / "assets")


def _configure(build: Path, home: Path, language: str, extra: dict[str, Any]) -> Path:
    """Write the configuration to build a language with; its folders are told from where it stands, as Zensical asks."""
    config = build / f"mkdocs.{language}.yml"
    told = {
        "INHERIT": str(home / "mkdocs.yml"),
        "site_url": f"{extra['address']}{extra['path']}",
        "docs_dir": f"source/{language}",
        "site_dir": f"site/{language}",
        "theme": {"language": language, "custom_dir": str(home / "site" / "overrides")},
        "extra": extra,
    }
    config.write_text(json.dumps(told, indent=2, ensure_ascii=False), "utf-8")
    return config


def _assets(home: Path) -> str:
    """Give the version of styles and scripts: pages ask for them by it, so that browsers may keep them for good."""
    digest = hashlib.sha256()
    for path in sorted((home / "site" / "assets").rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _context(settings: Settings, storage: Storage) -> pages.SiteContext:
    plan = storage.plans()[0].id
    return pages.SiteContext(
        example=settings.is_example or is_example(plan),
        url=f"{settings.public_url}/",
        version=version(PACKAGE),
        data_as_of=pages.data_as_of(storage, settings.clock.today()),
        plan=plan,
        edit_address=settings.edit_url or None,
        telegram_bot=settings.telegram_bot or None,
        fetches=settings.fetches,
    )


def _build(configs: Iterable[Path], stopping: threading.Event) -> None:
    """Build every language, each from the moment it is staged; raise where one fails, and leave none running."""
    running: dict[Path, subprocess.Popen[bytes]] = {}
    try:
        for config in configs:
            running[config] = _start(config)
        _wait(running.values(), stopping)
        failed = [_told(config) for config, process in running.items() if process.returncode]
    finally:
        _end(running.values())
    if failed:
        raise PublishError("the site was not renewed, the old one stays: " + "; ".join(failed))


def _wait(running: Collection[subprocess.Popen[bytes]], stopping: threading.Event) -> None:
    until = time.monotonic() + BUILD_SECONDS
    while any(process.poll() is None for process in running):
        if stopping.wait(LOOK_SECONDS) or time.monotonic() > until:
            _end(running)
            break
    if stopping.is_set():
        raise StoppedError("the site was not renewed: the program stops")


def _start(config: Path) -> subprocess.Popen[bytes]:
    """Start a build in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file", str(config)]
    with config.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            command, env=os.environ | QUIET, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _end(running: Collection[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.kill()
        process.wait()


def _told(config: Path) -> str:
    said = config.with_suffix(".log").read_text("utf-8", errors="replace").strip()
    return f"{config.name}: {said[-2000:] or f'took over {BUILD_SECONDS} s'}"


def _check(build: Path, languages: Sequence[str]) -> None:
    for language in languages:
        source, built = build / "source" / language, build / "site" / language
        missing = [page for page in _expected(source) if not (built / page).exists()]
        if missing:
            names = ", ".join(str(page) for page in missing[:5])
            raise PublishError(f"the site was not renewed: {len(missing)} pages are missing in '{language}': {names}")


def _expected(source: Path) -> list[Path]:
    found = (path.relative_to(source) for path in source.rglob("*.md"))
    return [p.with_name("index.html") if p.stem == "index" else _page_of(p) for p in found]


def _page_of(path: Path) -> Path:
    return path.with_suffix(".html") if path.stem == "404" else path.with_suffix("") / "index.html"


def _joined(build: Path, languages: Sequence[str]) -> Path:
    """Put the other languages below the first."""
    site = build / "site" / languages[0]
    for language in languages:
        for unused in UNUSED_ASSETS:
            shutil.rmtree(build / "site" / language / "assets" / unused, ignore_errors=True)
    for language in languages[1:]:
        (build / "site" / language).rename(site / language)
    return site
