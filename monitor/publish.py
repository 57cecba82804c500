"""Stage, build, check, swap: a new release of the site, or the old one stays."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from monitor import exports, pages, search
from monitor.errors import MonitorError
from monitor.extension import PACKAGE
from monitor.lease import lease
from monitor.models import is_example
from monitor.settings import Settings
from monitor.storage import Storage

FALLBACK_LANGUAGE = "en"
RELEASES_KEPT = 3
BUILD_SECONDS = 300
WAIT_SECONDS = 60
LOOK_SECONDS = 0.05
INLINE_SCRIPTS = ".inline-scripts.json"
PUBLISHED = "published.json"
SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
QUIET = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}


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


@dataclass(frozen=True)
class Folders:
    """Where building happens and where releases stand, below the data folder."""

    data: Path

    @property
    def build(self) -> Path:
        """Give the folder that is thrown away at each build."""
        return self.data / "build"

    @property
    def releases(self) -> Path:
        """Give the folder of releases, each never changed again."""
        return self.data / "releases"

    @property
    def pointer(self) -> Path:
        """Give the link to the release that is served."""
        return self.data / "site"


def current(settings: Settings) -> Path | None:
    """Give the release that is served now, or None before the first."""
    pointer = Folders(settings.data).pointer
    return pointer.resolve() if pointer.exists() else None


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
    """Give a text that differs when a page could differ: data, day, settings, templates, program version."""
    program = Path(__file__).parent
    files = [
        home / "mkdocs.yml",
        *(home / "site").rglob("*"),
        *(program / "templates").rglob("*"),
        *program.rglob("*.py"),
        *(program / "rule_sets").glob("*.toml"),
    ]
    dated = sorted((str(path), path.stat().st_mtime_ns) for path in files if path.is_file())
    told = (storage.fingerprint(), settings.clock.today(), settings.public_url, settings.kind, version(PACKAGE), dated)
    return hashlib.sha256(repr(told).encode()).hexdigest()


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
    except (PublishError, OSError) as error:
        served = current(settings)
        _note(settings, Published(now, served.name if served else "", made_of, str(error)))
        raise
    _note(settings, Published(now, release.name, made_of))
    return release


def _note(settings: Settings, published: Published) -> None:
    fresh = settings.data / f"{PUBLISHED}.next"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(vars(published) | {"at": published.at.isoformat()}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(settings.data / PUBLISHED)


def _publish(settings: Settings, storage: Storage, now: datetime, home: Path, stopping: threading.Event) -> Path:
    folders = Folders(settings.data)
    languages = _languages(storage)
    shutil.rmtree(folders.build, ignore_errors=True)
    configs = [_stage(settings, storage, folders, language, home.resolve()) for language in languages]
    _build(configs, stopping)
    _check(folders, languages)
    release = _release(folders, languages, now)
    _swap(folders, release)
    search.renew(storage, today=settings.clock.today(), release=release)
    _clean(folders, release)
    return release


def _languages(storage: Storage) -> Sequence[str]:
    plans = storage.plans()
    if not plans:
        raise PublishError("there is no plan in the database: run monitor sync first")
    return plans[0].languages


def _stage(settings: Settings, storage: Storage, folders: Folders, language: str, home: Path) -> Path:
    """Copy the hand-written pages, write the generated ones, and give the configuration to build both with."""
    first, source = _languages(storage)[0], folders.build.resolve() / "source" / language
    written = home / "site" / language
    shutil.copytree(written if written.exists() else home / "site" / FALLBACK_LANGUAGE, source)
    shutil.copytree(home / "site" / "assets", source / "assets")
    about, today = _context(settings, storage), settings.clock.today()
    pages.write(storage, today=today, language=language, target=source, context=about)
    exports.write(storage, today=today, language=language, target=source, context=about)
    config = folders.build / f"mkdocs.{language}.yml"
    told = {
        "INHERIT": str(home / "mkdocs.yml"),
        "site_url": about.url if language == first else f"{about.url}{language}/",
        "docs_dir": str(source),
        "site_dir": str(folders.build.resolve() / "site" / language),
        "theme": {"language": language, "custom_dir": str(home / "site" / "overrides")},
        "extra": pages.settings(storage, today=today, language=language, context=about),
    }
    config.write_text(json.dumps(told, indent=2, ensure_ascii=False), "utf-8")
    return config


def _context(settings: Settings, storage: Storage) -> pages.SiteContext:
    plan = storage.plans()[0].id
    return pages.SiteContext(
        example=settings.is_example or is_example(plan),
        url=f"{settings.public_url}/",
        version=version(PACKAGE),
        data_as_of=settings.clock.today(),
        plan=plan,
        edit_address=settings.edit_url or None,
        telegram_bot=settings.telegram_bot or None,
    )


def _build(configs: Sequence[Path], stopping: threading.Event) -> None:
    running = [_start(config) for config in configs]
    until = time.monotonic() + BUILD_SECONDS
    while any(process.poll() is None for process in running):
        if stopping.wait(LOOK_SECONDS) or time.monotonic() > until:
            _end(running)
            break
    if stopping.is_set():
        raise StoppedError("the site was not renewed: the program stops")
    failed = [_told(config) for config, process in zip(configs, running, strict=True) if process.returncode]
    if failed:
        raise PublishError("the site was not renewed, the old one stays: " + "; ".join(failed))


def _start(config: Path) -> subprocess.Popen[bytes]:
    """Start a build in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file", str(config)]
    with config.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            command, env=os.environ | QUIET, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.kill()
        process.wait()


def _told(config: Path) -> str:
    said = config.with_suffix(".log").read_text("utf-8", errors="replace").strip()
    return f"{config.name}: {said[-2000:] or f'took over {BUILD_SECONDS} s'}"


def _check(folders: Folders, languages: Sequence[str]) -> None:
    for language in languages:
        source, built = folders.build / "source" / language, folders.build / "site" / language
        missing = [page for page in _expected(source) if not (built / page).exists()]
        if missing:
            names = ", ".join(str(page) for page in missing[:5])
            raise PublishError(f"the site was not renewed: {len(missing)} pages are missing in '{language}': {names}")


def _expected(source: Path) -> list[Path]:
    found = (path.relative_to(source) for path in source.rglob("*.md"))
    return [p.with_name("index.html") if p.stem == "index" else _page_of(p) for p in found]


def _page_of(path: Path) -> Path:
    return path.with_suffix(".html") if path.stem == "404" else path.with_suffix("") / "index.html"


def _release(folders: Folders, languages: Sequence[str], now: datetime) -> Path:
    folders.releases.mkdir(parents=True, exist_ok=True)
    release = folders.releases / now.strftime("%Y%m%dT%H%M%S%f")
    shutil.move(folders.build / "site" / languages[0], release)
    for language in languages[1:]:
        shutil.move(folders.build / "site" / language, release / language)
    (release / INLINE_SCRIPTS).write_text(json.dumps(_inline_scripts(release)), "utf-8")
    return release


def _inline_scripts(release: Path) -> list[str]:
    scripts = {script for page in release.rglob("*.html") for script in SCRIPT.findall(page.read_bytes())}
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    return sorted(f"'sha256-{digest}'" for digest in digests)


def _swap(folders: Folders, release: Path) -> None:
    fresh = folders.pointer.with_name("site.next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release.relative_to(folders.data))
    fresh.replace(folders.pointer)


def _clean(folders: Folders, release: Path) -> None:
    others = sorted((path for path in folders.releases.iterdir() if path != release), reverse=True)
    for path in others[RELEASES_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(folders.build, ignore_errors=True)
