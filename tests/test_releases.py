from __future__ import annotations

import errno
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from monitor import releases
from monitor.releases import Folders, compressed, place


def site(folder: Path, **pages: str) -> Path:
    for name, text in {"index.html": "<h1>Plan</h1>", "en/index.html": "<h1>Plan en</h1>", **pages}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_unchanged_files_are_the_same_files_on_disk(folders: Folders) -> None:
    one = releases.release(folders, site(folders.build / "a"), "1")
    other = releases.release(folders, site(folders.build / "b", **{"en/index.html": "<h1>Anders</h1>"}), "2")
    for name in ("index.html", "index.html.gz"):
        assert (one / name).stat().st_ino == (other / name).stat().st_ino
        assert (other / name).stat().st_nlink == 2
    for name in ("en/index.html", "en/index.html.gz"):
        assert (one / name).stat().st_ino != (other / name).stat().st_ino
        assert (other / name).stat().st_nlink == 1
    assert (one / "en/index.html").read_text("utf-8") == "<h1>Plan en</h1>"
    assert (other / "en/index.html").read_text("utf-8") == "<h1>Anders</h1>"
    assert releases.current(folders) == other.resolve()


def test_a_release_survives_the_one_that_it_shares_with(folders: Folders) -> None:
    made = [releases.release(folders, site(folders.build / str(n)), str(n)) for n in range(5)]
    assert releases.finished(folders) == made[:1:-1]
    assert (made[-1] / "index.html").read_text("utf-8") == "<h1>Plan</h1>"
    assert (made[-1] / "index.html").stat().st_nlink == releases.RELEASES_KEPT


def test_equal_length_is_not_equal(folders: Folders) -> None:
    releases.release(folders, site(folders.build / "a", **{"x.css": "a{}"}), "1")
    other = releases.release(folders, site(folders.build / "b", **{"x.css": "b{}"}), "2")
    assert (other / "x.css").read_text("utf-8") == "b{}"
    assert gzip.decompress(compressed(other / "x.css").read_bytes()) == b"b{}"


def test_a_page_that_is_gone_is_gone_with_its_copy(folders: Folders) -> None:
    releases.release(folders, site(folders.build / "a", **{"weg/index.html": "weg"}), "1")
    other = releases.release(folders, site(folders.build / "b"), "2")
    assert sorted(path.name for path in other.iterdir()) == ["en", "index.html", "index.html.gz"]


def test_a_folder_that_knows_no_links_gets_copies_with_the_same_time(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = releases.release(folders, site(folders.build / "a"), "1")
    os.utime(one / "index.html", (1, 1))
    monkeypatch.setattr(os, "link", refuse)
    other = releases.release(folders, site(folders.build / "b"), "2")
    assert (other / "index.html").stat().st_nlink == 1
    assert (other / "index.html").stat().st_mtime == 1
    assert (other / "index.html").read_text("utf-8") == "<h1>Plan</h1>"


def test_releases_may_stand_on_another_disk_than_the_build(tmp_path: Path, another_disk: Path) -> None:
    before = releases.release(Folders(another_disk), site(tmp_path / "a"), "1")
    place(site(tmp_path / "b"), another_disk / "next", before)
    assert (another_disk / "next" / "index.html").stat().st_ino == (before / "index.html").stat().st_ino
    place(site(tmp_path / "c"), another_disk / "alone", None)
    assert (another_disk / "alone" / "en" / "index.html").read_text("utf-8") == "<h1>Plan en</h1>"


def test_what_a_crash_left_of_a_release_is_not_in_the_next(folders: Folders) -> None:
    site(folders.next, **{"rest.html": "half"})
    made = releases.release(folders, site(folders.build / "a"), "1")
    assert not (made / "rest.html").exists()
    assert releases.finished(folders) == [made]


def test_compressed_copies_tell_no_time_and_pictures_have_none(folders: Folders) -> None:
    made = releases.release(folders, site(folders.build / "a", **{"x.woff2": "font"}), "1")
    assert compressed(made / "index.html").read_bytes()[4:8] == bytes(4)
    assert not compressed(made / "x.woff2").exists()


def test_a_full_disk_while_compressing_is_told(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    one = releases.release(folders, site(folders.build / "a"), "1")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        releases.release(folders, site(folders.build / "b", **{"index.html": "new"}), "2")
    assert releases.current(folders) == one.resolve()
    assert releases.finished(folders) == [one]


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def another_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on another filesystem than the temporary one; there is one in memory on Linux."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second filesystem")
    with TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def test_only_the_newest_stays_where_earlier_ones_may_hold_what_was_erased(folders: Folders) -> None:
    for number in ("1", "2"):
        releases.release(folders, site(folders.build / number), number)
    made = releases.release(folders, site(folders.build / "3"), "3", keep=1)
    assert releases.finished(folders) == [made]
