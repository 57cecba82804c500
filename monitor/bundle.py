"""Everything public in one file that can be checked: site, database, released copies and their checksums."""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from monitor import publish, released
from monitor.errors import MonitorError
from monitor.models import CopyDecision, Evidence
from monitor.settings import Settings
from monitor.storage import Storage

SUMS, README, DATABASE, SITE = "SHA256SUMS", "README.txt", "monitor.db", "site"
# As Python writes it: packed at best, no name, no time, no system.
GZIP_START = bytes.fromhex("1f8b08000000000002ff")
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# Zeros pack a thousand to one: so much at once unpacks to no more than some megabytes.
CHUNK, PACKED_CHUNK = 1024 * 1024, 16 * 1024
SUMS_AT_MOST = 64 * 1024 * 1024
# A header says a name and a size; tarfile would read what calls itself one whole.
HEADER_AT_MOST = 64 * 1024
FILES_AT_MOST = 200_000
ABOUT = """\
Open Overheid Monitor: everything public, frozen
=================================================
{example}
Day:        {day}
Version:    {version}
Address:    {address}
Site made:  {made} UTC

NL  site/          de site als bestanden. Zo bekijkt u haar, met de koppelingen tussen de pagina's:
                   python3 -m http.server --bind 127.0.0.1 --directory site 8000
                   en open dan http://127.0.0.1:8000/ in uw browser
    site/bestanden de openbare foto's, stukken en kopieën; <SHA-256>.html is een kopie zonder scripts en beelden,
                   <SHA-256>.html.txt de bytes zoals zij waren
    monitor.db     de openbare gegevens (SQLite)
    SHA256SUMS     de SHA-256 van elk bestand
    Nakijken: monitor bundle verify BESTAND, of na uitpakken: sha256sum -c SHA256SUMS
    Kopieën die niet openbaar zijn en wat mensen nog niet openbaar meldden, zitten hier niet in.

EN  site/          the site as files. To look at it, with the links between its pages:
                   python3 -m http.server --bind 127.0.0.1 --directory site 8000
                   and then open http://127.0.0.1:8000/ in your browser
    site/bestanden the public photos, documents and copies; <SHA-256>.html is a copy without scripts and pictures,
                   <SHA-256>.html.txt the bytes as they were
    monitor.db     the public data (SQLite)
    SHA256SUMS     the SHA-256 of each file
    Check: monitor bundle verify FILE, or after unpacking: sha256sum -c SHA256SUMS
    Copies that are not public, and what people reported that is not public yet, are not in here.

Own words: CC0-1.0. Quoted text and copies keep their publisher's terms.
"""


class BundleError(MonitorError):
    """A bundle cannot be made or read; the message says what to do."""


@dataclass(frozen=True)
class Made:
    """A bundle: where it is, how many files it holds, how many of them copies, and its own hash."""

    path: Path
    files: int
    copies: int
    sha256: str


@dataclass(frozen=True)
class Checked:
    """What a check of a bundle found: how many files it holds, its own hash, and every problem."""

    files: int
    sha256: str
    problems: tuple[str, ...]


def make(settings: Settings, storage: Storage, path: Path, *, version: str) -> Made:
    """Write everything public into one .tar.gz; the same data on the same day gives the same bytes."""
    release, published = publish.current(settings), publish.last(settings)
    if release is None or published is None:
        raise BundleError(f"{settings.data}: has no site yet: run monitor publish first")
    about = ABOUT.format(
        example="\nVOORBEELDGEGEVENS. EXAMPLE DATA: invented.\n" if settings.is_example else "",
        day=settings.clock.today(),
        version=version,
        address=settings.public_url,
        made=f"{published.at:%Y-%m-%d %H:%M}",
    )
    try:
        with tempfile.TemporaryDirectory(dir=settings.data) as scratch:
            database = Path(scratch) / DATABASE
            storage.copy_to(database)
            # What is public is asked of the copy, so that both tell of the same moment.
            with Storage(database) as frozen:
                copies = _copies(frozen, settings.data)
                frozen.compact()
            files = {DATABASE: database, **_site(release), **copies}
            _write(path, files, about.encode(), top=f"open-overheid-monitor-{settings.clock.today()}")
    except OSError as error:
        raise BundleError(f"{path}: cannot be written ({error}): free space, or name another file") from error
    return Made(path, len(files) + 1, len(copies), _hash(path.open("rb")))


def verify(path: Path) -> Checked:
    """Compare each file of a bundle with its checksum; nothing is unpacked."""
    try:
        damage = list(_damage(path))
        with path.open("rb") as file:
            found, sums = _read(file)
        digest = _hash(path.open("rb"))
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise BundleError(f"{path}: cannot be read as a bundle ({error}): get it again") from error
    return Checked(len(found), digest, (*damage, *_problems(found, sums)))


def _site(release: Path) -> dict[str, Path]:
    paths = (path for path in sorted(release.rglob("*")) if path.is_file())
    named = {path.relative_to(release): path for path in paths}
    return {f"{SITE}/{at.as_posix()}": path for at, path in named.items() if not at.name.startswith(".")}


def _copies(storage: Storage, data: Path) -> dict[str, Path]:
    """List the files and copies that everyone may open, as the site serves them."""
    rows = storage.all(Evidence)
    names = {row.file for row in rows if row.file}
    for sha256 in {decided.sha256 for decided in storage.all(CopyDecision)}:
        names.update(released.files_of(released.decision(storage, sha256)))
    found = {name: released.path_of(data, name) for name in sorted(names) if released.is_public(storage, name)}
    return {f"{SITE}/{released.ADDRESS}/{name}": path for name, path in found.items() if path}


def _write(path: Path, files: Mapping[str, Path], about: bytes, *, top: str) -> None:
    sums = {name: _hash(source.open("rb")) for name, source in files.items()}
    sums[README] = hashlib.sha256(about).hexdigest()
    listed = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    part = path.with_name(f".{path.name}.part")
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as bundle,
        ):
            for name, content in ((README, about), (SUMS, listed)):
                _add(bundle, f"{top}/{name}", len(content), BytesIO(content))
            for name, source in sorted(files.items()):
                with source.open("rb") as opened:
                    _add(bundle, f"{top}/{name}", source.stat().st_size, opened)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _add(bundle: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    """Add a file as nobody's, of no moment."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    bundle.addfile(member, content)


def _damage(path: Path) -> Iterator[str]:
    """Look at what no checksum of a file covers: how it is packed, what fills it up, and what comes behind."""
    unpacker, start, end = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", False
    with path.open("rb") as file:
        while chunk := file.read(PACKED_CHUNK):
            start, end = start or chunk[: len(GZIP_START)], end or unpacker.eof
            if not end:
                unpacker.decompress(chunk)
    if start != GZIP_START:
        yield f"{path.name}: does not begin as a bundle does"
    if not unpacker.eof:
        yield f"{path.name}: breaks off"
    if end or unpacker.unused_data:
        yield f"{path.name}: something stands behind its end"


class _Unpacked(gzip.GzipFile):
    """What a bundle unpacks to, of which no more may be read at once than there is ``room`` for."""

    room = HEADER_AT_MOST

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes; raise ReadError where they are more than there is room for."""
        self.room -= size if size is not None and size >= 0 else self.room + 1
        if self.room < 0:
            raise tarfile.ReadError("a header is too long")
        return super().read(size)


def _members(file: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Give the members of a bundle, and what those that are files hold; ReadError for long headers or many files."""
    with _Unpacked(fileobj=file) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as bundle:
        left = FILES_AT_MOST
        while member := bundle.next():
            if not left:
                raise tarfile.ReadError(f"more than {FILES_AT_MOST} files")
            left -= 1
            unpacked.room = member.size + CHUNK
            yield member, bundle.extractfile(member) if member.isreg() else None
            unpacked.room = HEADER_AT_MOST
            bundle.members.clear()  # type: ignore[attr-defined]  # tarfile would keep every one


def _read(file: IO[bytes]) -> tuple[list[tuple[str, str]], str]:
    """Give name and hash of each file in the order they stand, and the list of checksums."""
    found, sums = [], ""
    for member, content in _members(file):
        name = member.name.partition("/")[2] or member.name
        if name == SUMS and content and member.size <= SUMS_AT_MOST:
            sums = content.read().decode("utf-8", "replace")
            continue
        found.append((name, _hash(content) if content else f"no file but of type {member.type!r}"))
    return found, sums


def _problems(found: list[tuple[str, str]], sums: str) -> Iterator[str]:
    matches = [LINE.fullmatch(line) for line in sums.splitlines()]
    if not matches or None in matches:
        yield f"{SUMS}: is missing or damaged"
    wanted = {match[2]: match[1] for match in matches if match}
    seen: set[str] = set()
    for name, digest in found:
        if name in seen:
            yield f"{name}: is in it twice"
        elif name not in wanted:
            yield f"{name}: is extra, {SUMS} does not name it"
        elif digest != wanted[name]:
            yield f"{name}: is changed"
        elif _is_misnamed(name, digest):
            yield f"{name}: does not hold what its name says"
        seen.add(name)
    yield from (f"{name}: is missing" for name in wanted.keys() - seen)


def _is_misnamed(name: str, digest: str) -> bool:
    """Tell whether a copy is named after another hash than its own; what is made of a web page has its page's name."""
    folder, _, file = name.rpartition("/")
    if folder != f"{SITE}/{released.ADDRESS}" or file.endswith(".html"):
        return False
    return file.partition(".")[0] != digest


def _hash(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    with file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
