"""Release folders of a data folder: put a built site in place, share what did not change, swap, keep three."""

from __future__ import annotations

import filecmp
import gzip
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

RELEASES_KEPT = 3
# What is served compressed where the browser takes it; fonts and pictures are so by themselves.
COMPRESSED = {".atom", ".css", ".csv", ".html", ".ics", ".js", ".json", ".md", ".svg", ".txt", ".xml"}


@dataclass(frozen=True)
class Folders:
    """Where building happens and where releases stand, below the data folder."""

    data: Path

    @property
    def build(self) -> Path:
        """Give the folder of builds that go on; all of it is thrown away."""
        return self.data / "build"

    @property
    def releases(self) -> Path:
        """Give the folder of releases, each never changed again."""
        return self.data / "releases"

    @property
    def next(self) -> Path:
        """Give where a release is put together; nothing of it is served."""
        return self.releases / ".next"

    @property
    def pointer(self) -> Path:
        """Give the link to the release that is served."""
        return self.data / "site"


def current(folders: Folders) -> Path | None:
    """Give the release that is served now, or None before the first."""
    return folders.pointer.resolve() if folders.pointer.exists() else None


def finished(folders: Folders) -> list[Path]:
    """List the releases that stand, the newest first."""
    return sorted((p for p in folders.releases.iterdir() if not p.name.startswith(".")), reverse=True)


def release(folders: Folders, built: Path, name: str, *, keep: int = RELEASES_KEPT) -> Path:
    """Make a release of a built site and serve it from now on; what did not change is shared with the one before.

    ``keep`` is how many releases stay, this one included.
    """
    shutil.rmtree(folders.next, ignore_errors=True)
    place(built, folders.next, current(folders))
    made = folders.releases / name
    folders.next.rename(made)
    _swap(folders, made)
    _clean(folders, made, keep)
    return made


def place(built: Path, target: Path, before: Path | None) -> None:
    """Move a built site into a new folder, compressed copies beside it; equal files become hard links to the old."""
    files = sorted(path.relative_to(built) for path in _files(built))
    for folder in {path.parent for path in files}:
        (target / folder).mkdir(parents=True, exist_ok=True)
    shared = {path for path in files if before and _share(built / path, before / path, target / path)}
    for path in files:
        if path not in shared:
            shutil.move(built / path, target / path)
    texts = [path for path in files if path.suffix in COMPRESSED]
    with ThreadPoolExecutor() as pool:
        list(
            pool.map(lambda path: _compress(target / path, before / path if before and path in shared else None), texts)
        )


def compressed(path: Path) -> Path:
    """Give where the compressed copy of a file stands."""
    return path.with_name(f"{path.name}.gz")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz")


def _share(fresh: Path, old: Path, target: Path) -> bool:
    """Link to the old file where the new one is equal; a folder that knows no links gets a copy with its time."""
    if not old.is_file() or not filecmp.cmp(fresh, old, shallow=False):
        return False
    _link(old, target)
    return True


def _link(old: Path, target: Path) -> None:
    try:
        target.hardlink_to(old)
    except OSError:
        shutil.copy2(old, target)


def _compress(path: Path, old: Path | None) -> None:
    """Write the compressed copy without name and time in it, so that equal files have equal copies."""
    if old and compressed(old).is_file():
        _link(compressed(old), compressed(path))
    else:
        compressed(path).write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def _swap(folders: Folders, made: Path) -> None:
    fresh = folders.pointer.with_name("site.next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(made.relative_to(folders.data))
    fresh.replace(folders.pointer)


def _clean(folders: Folders, made: Path, keep: int) -> None:
    others = [path for path in finished(folders) if path != made]
    for path in others[keep - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
