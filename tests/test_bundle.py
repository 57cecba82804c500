"""Everything public in one file: whole, the same twice, without anything private, and any damage is found."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import shlex
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from monitor import bundle, evidence, publish
from monitor.bundle import BundleError, verify
from monitor.cli import main
from monitor.evidence import Archive
from monitor.fetch import Answer
from monitor.models import Evidence
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, TODAY
from tests.conversation_fixtures import example_plan, make_settings

UPDATE = "2025-2027/01/earlier"
PAGE = b"<html><title>Besluit</title><script>alert(1)</script><p>Openbaar besluit</p></html>"
SECRET = b"Een bewaarde tekst die niemand mag zien"
TOP = f"open-overheid-monitor-{TODAY}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give a data folder with a site, a released copy, a copy that is not, and what people typed."""
    made = replace(make_settings(tmp_path, example_plan()), today=TODAY)
    with Storage(made.database) as storage:
        for name, body, kind in (("besluit", PAGE, "text/html"), ("geheim", SECRET, "text/plain")):
            address = f"https://a.example/{name}"
            Archive(made.data).keep(Answer(address, address, 200, NOW, {"content-type": kind}, body))
            sha256 = hashlib.sha256(body).hexdigest()
            given = {"address": address, "sha256": sha256, "fetched_at": NOW, "recorded_at": NOW}
            storage.add(Evidence(id=name, plan="2025-2027", update_id=UPDATE, **given))
        released = {"ground": {"nl": "Gelezen."}, "role": "reviewer", "now": NOW}
        evidence.release(storage, Archive(made.data), made.data, hashlib.sha256(PAGE).hexdigest(), **released)
    (made.data / "private.db").write_bytes(SECRET)
    site = made.data / "releases" / "1"
    for path, text in (("index.html", "<h1>Monitor</h1>"), ("en/index.html", "<h1>Monitor, English</h1>")):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, "utf-8")
    (site / ".inline-scripts.json").write_text("[]", "utf-8")
    (made.data / "site").symlink_to("releases/1")
    published = f'{{"at": "{NOW.isoformat()}", "release": "1", "fingerprint": "x"}}'
    (made.data / publish.PUBLISHED).write_text(published, "utf-8")
    return made


def make(settings: Settings, path: Path) -> bundle.Made:
    with Storage(settings.database) as storage:
        return bundle.make(settings, storage, path, version="1.2.3")


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as opened:
        found = {member.name: opened.extractfile(member) for member in opened}
        return {name.removeprefix(f"{TOP}/"): file.read() for name, file in found.items() if file}


def test_it_holds_everything_public_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    made = make(settings, tmp_path / "alles.tar.gz")
    held, page = members(made.path), hashlib.sha256(PAGE).hexdigest()
    assert sorted(held) == [
        "README.txt",
        "SHA256SUMS",
        "monitor.db",
        f"site/bestanden/{page}.html",
        f"site/bestanden/{page}.html.txt",
        "site/en/index.html",
        "site/index.html",
    ]
    assert held[f"site/bestanden/{page}.html.txt"] == PAGE
    assert b"<script" not in held[f"site/bestanden/{page}.html"]
    assert b"Openbaar besluit" in held[f"site/bestanden/{page}.html"]
    assert not [name for name, body in held.items() if SECRET in body]
    told = held["README.txt"].decode()
    assert f"Day:        {TODAY}\nVersion:    1.2.3\n" in told
    assert "EXAMPLE DATA" not in told
    assert (made.files, made.copies) == (7 - 1, 2)
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()


def test_its_checksums_are_those_of_sha256sum(settings: Settings, tmp_path: Path) -> None:
    held = members(make(settings, tmp_path / "alles.tar.gz").path)
    sums = held.pop("SHA256SUMS").decode()
    assert sums == "".join(f"{hashlib.sha256(held[name]).hexdigest()}  {name}\n" for name in sorted(held))


def test_its_database_is_whole_and_without_what_was_deleted(settings: Settings, tmp_path: Path) -> None:
    with Storage(settings.database) as storage:
        storage.add(Evidence(id="weg", plan="p", update_id="u", title="Gewiste woorden", recorded_at=NOW))
        storage.delete(Evidence, id="weg")
        before = storage.count(Evidence)
        held = members(bundle.make(settings, storage, tmp_path / "x.tar.gz", version="1").path)["monitor.db"]
    assert b"Gewiste woorden" not in held
    (tmp_path / "kopie.db").write_bytes(held)
    opened = sqlite3.connect(f"file:{tmp_path / 'kopie.db'}?mode=ro&immutable=1", uri=True)
    assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert opened.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert opened.execute("SELECT count(*) FROM evidence").fetchone() == (before,)
    opened.close()


def test_the_same_data_on_the_same_day_gives_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    first = make(settings, tmp_path / "een.tar.gz")
    with Storage(settings.database) as storage:
        storage.add(Evidence(id="x", plan="p", update_id="u", recorded_at=NOW))
        storage.delete(Evidence, id="x")
    second = make(settings, tmp_path / "twee.tar.gz")
    assert first.sha256 == second.sha256
    assert make(replace(settings, today=date(2026, 11, 24)), tmp_path / "drie.tar.gz").sha256 != first.sha256


def test_what_is_taken_down_is_not_in_the_next_one(settings: Settings, tmp_path: Path) -> None:
    page = hashlib.sha256(PAGE).hexdigest()
    with Storage(settings.database) as storage:
        taken = {"ground": {"nl": "Toch niet."}, "role": "reviewer", "now": NOW}
        evidence.take_down(storage, Archive(settings.data), settings.data, page, **taken)
    held = members(make(settings, tmp_path / "x.tar.gz").path)
    assert [name for name in held if "bestanden" in name] == []
    assert page.encode() in held["monitor.db"], "its hash and the ground stay"
    assert b"Toch niet." in held["monitor.db"]


def test_a_bundle_is_whole(settings: Settings, tmp_path: Path) -> None:
    made = make(settings, tmp_path / "x.tar.gz")
    assert verify(made.path) == bundle.Checked(6, made.sha256, ())


def problems(path: Path) -> list[str]:
    """List what a check finds, or that the file cannot be read at all."""
    try:
        return list(verify(path).problems)
    except BundleError as error:
        return [str(error)]


def test_any_changed_byte_is_found(settings: Settings, tmp_path: Path) -> None:
    path = make(settings, tmp_path / "x.tar.gz").path
    whole, chance = path.read_bytes(), random.Random(1)
    places = [*range(12), *range(len(whole) - 8, len(whole)), *(chance.randrange(len(whole)) for _ in range(60))]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        assert problems(path), place


def packed(files: list[tuple[str, bytes]]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as opened:
        for name, body in files:
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size = len(body)
            opened.addfile(member, io.BytesIO(body))
    return zipped(raw.getvalue())


def zipped(body: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as file:
        file.write(body)
    return out.getvalue()


def listed(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    kept = [(name, body) for name, body in files if name != "SHA256SUMS"]
    return [*kept, ("SHA256SUMS", "".join(f"{hashlib.sha256(b).hexdigest()}  {n}\n" for n, b in kept).encode())]


Files = list[tuple[str, bytes]]
COPY = f"site/bestanden/{hashlib.sha256(PAGE).hexdigest()}.html.txt"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: [(n, b + b" " if n == "README.txt" else b) for n, b in files], ["README.txt: is changed"]),
        (lambda files: [f for f in files if f[0] != "site/index.html"], ["site/index.html: is missing"]),
        (lambda files: [*files, ("extra.txt", b"x")], ["extra.txt: is extra, SHA256SUMS does not name it"]),
        (lambda files: [*files, files[0]], ["README.txt: is in it twice"]),
        (
            lambda files: listed([(n, b"anders" if n == COPY else b) for n, b in files]),
            [f"{COPY}: does not hold what its name says"],
        ),
        (lambda files: [(n, b"" if n == "SHA256SUMS" else b) for n, b in files], ["SHA256SUMS: is missing or damaged"]),
    ],
)  # fmt: skip
def test_a_changed_missing_or_extra_file_is_named(
    spoil: Callable[[Files], Files], said: list[str], settings: Settings, tmp_path: Path
) -> None:
    path = make(settings, tmp_path / "x.tar.gz").path
    files = list(members(path).items())
    path.write_bytes(packed(files))
    assert verify(path).problems == ()
    path.write_bytes(packed(spoil(files)))
    assert list(verify(path).problems)[: len(said)] == said


def test_what_stands_behind_its_end_is_found(settings: Settings, tmp_path: Path) -> None:
    path = make(settings, tmp_path / "x.tar.gz").path
    whole = path.read_bytes()
    path.write_bytes(whole + zipped(b"meer"))
    assert verify(path).problems == ("x.tar.gz: something stands behind its end",)
    path.write_bytes(whole[:-2000])
    with pytest.raises(BundleError, match=r"cannot be read as a bundle \(.*\): get it again$"):
        verify(path)


def test_no_link_or_folder_passes_for_a_file(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as opened:
        link = tarfile.TarInfo(f"{TOP}/private.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(link)
    (tmp_path / "x.tar.gz").write_bytes(zipped(raw.getvalue()))
    assert "private.db: is extra, SHA256SUMS does not name it" in verify(tmp_path / "x.tar.gz").problems


def header(kind: bytes, size: int, name: str = "x") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.USTAR_FORMAT)


def sparse() -> bytes:
    """Give the start of a file with holes whose list of holes goes on."""
    first = bytearray(header(tarfile.GNUTYPE_SPARSE, 0))
    first[482] = 1
    first[148:156] = b"%06o\0 " % (256 + sum(first[:148]) + sum(first[156:512]))
    return bytes(first)


HOLES = (b"00000000001\0" * 42).ljust(504, b"\0") + b"\1" + b"\0" * 7
PAX_HOLES = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n".ljust(512, b"\0")
MUCH = 64 * 2**20
GREEDY: dict[str, Callable[[], bytes]] = {
    "pax": lambda: header(tarfile.XHDTYPE, MUCH) + b"\0" * MUCH,
    "global pax": lambda: header(tarfile.XGLTYPE, MUCH) + b"\0" * MUCH,
    "long name": lambda: header(tarfile.GNUTYPE_LONGNAME, MUCH) + b"x" * MUCH,
    "holes": lambda: sparse() + HOLES * (MUCH // 512),
    "pax holes": lambda: (
        header(tarfile.XHDTYPE, 44) + PAX_HOLES + header(tarfile.REGTYPE, MUCH) + b"99999999\n" + b"1\n" * (MUCH // 2)
    ),
    "a chain of headers": lambda: (header(tarfile.XHDTYPE, 10) + b"10 a=bcde\n".ljust(512, b"\0")) * 2000,
}


@pytest.mark.parametrize("shape", GREEDY)
def test_headers_that_ask_for_much_are_not_read(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(zipped(GREEDY[shape]()))
    code = "import sys; from pathlib import Path; from monitor import bundle; from tests.poll_alone import kilobytes\n"
    code += "before = kilobytes()\ntry: print(bundle.verify(Path(sys.argv[1])).problems)\n"
    code += "except bundle.BundleError as error: print(error)\nprint(kilobytes() - before)"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    said, took = done.stdout.splitlines()
    assert said == f"{path}: cannot be read as a bundle (a header is too long): get it again"
    assert int(took) < 32 * 1024


def test_files_beyond_what_a_bundle_holds_are_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundle, "FILES_AT_MOST", 4)
    path = tmp_path / "x.tar.gz"
    path.write_bytes(packed(listed([(f"{number}.txt", b"x") for number in range(3)])))
    assert verify(path).problems == ()
    path.write_bytes(packed(listed([(f"{number}.txt", b"x") for number in range(4)])))
    with pytest.raises(BundleError, match=r": cannot be read as a bundle \(more than 4 files\): get it again$"):
        verify(path)


def test_files_with_long_names_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(packed(listed([(f"site/{'é' * 90}/{'x' * 90}/{'y' * 90}.html", b"x" * 3 * 2**20)])))
    assert verify(path).problems == ()


def test_the_commands(settings: Settings, tmp_path: Path) -> None:
    path, data = tmp_path / "x.tar.gz", ["--data", str(settings.data), "--today", str(TODAY)]
    made = CliRunner().invoke(main, ["bundle", "--out", str(path), *data])
    assert made.output.startswith("Note: the site is older than the data: run monitor publish first")
    assert f"Wrote {path}: 6 files, 2 of them files and copies behind messages.\n" in made.output
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"SHA-256 {digest}." in made.output
    good = CliRunner().invoke(main, ["bundle", "verify", str(path)])
    assert (good.exit_code, good.output) == (
        0,
        f"{path} is whole: 6 files are as their checksums say. Its SHA-256 is {digest}.\n",
    )
    path.write_bytes(packed([*members(path).items(), ("extra", b"x")]))
    bad = CliRunner().invoke(main, ["bundle", "verify", str(path)])
    assert (bad.exit_code, bad.output) == (
        1,
        f"extra: is extra, SHA256SUMS does not name it\n{path}: 1 problem(s): get it again from where it was made\n",
    )
    none = CliRunner().invoke(main, ["bundle", "verify", str(tmp_path / "weg")])
    assert none.output.startswith(f"Error: {tmp_path / 'weg'}: cannot be read as a bundle (")


def test_its_readme_says_how_to_walk_the_site(settings: Settings, tmp_path: Path) -> None:
    path = make(settings, tmp_path / "x.tar.gz").path
    told = members(path)["README.txt"].decode()
    line = "python3 -m http.server --bind 127.0.0.1 --directory site 8000"
    assert told.count(line) == 2, "in each language"
    with tarfile.open(path) as opened:
        opened.extractall(tmp_path, filter="data")
    asked = shlex.split(line.replace("8000", "0"))
    with subprocess.Popen(
        [sys.executable, "-u", *asked[1:]],
        cwd=tmp_path / TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as served:
        try:
            assert served.stdout
            address = served.stdout.readline().partition("(")[2].partition(")")[0]
            page = hashlib.sha256(PAGE).hexdigest()
            found = {name: httpx.get(f"{address}{name}").text for name in ("", "en/", f"bestanden/{page}.html")}
        finally:
            served.terminate()
            served.communicate()
    assert (found[""], found["en/"]) == ("<h1>Monitor</h1>", "<h1>Monitor, English</h1>")
    assert "Openbaar besluit" in found[f"bestanden/{page}.html"]


def test_without_a_site_there_is_nothing_to_freeze(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "new", example_plan())
    with pytest.raises(BundleError, match=r": has no site yet: run monitor publish first$"):
        make(settings, tmp_path / "x.tar.gz")


def test_a_bundle_that_cannot_be_written_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r": cannot be written \(.*\): free space, or name another file$"):
        make(settings, tmp_path / "weg" / "x.tar.gz")


@pytest.fixture(autouse=True)
def _leaves_no_scratch(settings: Settings) -> Iterator[None]:
    yield
    assert [path.name for path in settings.data.iterdir() if path.name.startswith("tmp")] == []
