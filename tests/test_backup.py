"""Backups: whole while in use, closed to others, rotated, put back only where nothing runs, and what was erased."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import forgetting
from bot.extension import Bot
from bot.private import Private
from monitor import backup, models
from monitor.cli import main
from monitor.lease import lease
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage, StorageError
from tests.conftest import NOW

BOT = [Bot()]
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Settings:
    """Give a data folder with both databases, something in each."""
    settings = Settings(data=tmp_path / "data")
    write_folder(settings, FolderKind.TRY, {})
    with Storage(settings.database) as storage, Private(settings.private_database) as private:
        storage.add(models.Run(id="een", job="proef", started_at=NOW))
        private.welcome("web", "1", now=NOW)
    return settings


def runs(path: Path) -> list[str]:
    with Storage(path) as storage:
        return [run.id for run in storage.all(models.Run)]


def people(path: Path) -> list[str]:
    with Private(path) as private:
        return [person.address for person in private.all(models.Person)]


def test_a_backup_holds_both_databases_for_the_owner_only(folder: Settings) -> None:
    assert backup.run(folder, BOT) == 2
    [made] = backup.listed(folder)
    assert sorted(path.name for path in made.iterdir()) == ["folder.json", "monitor.db", "private.db"]
    assert {oct(path.stat().st_mode & 0o777) for path in made.iterdir()} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in (made, made.parent)} == {"0o700"}
    assert (runs(made / "monitor.db"), people(made / "private.db")) == (["een"], ["1"])


def test_a_backup_is_whole_while_others_write(folder: Settings) -> None:
    """Two rows are written in each transaction; a copy that is torn would hold one of them."""
    stop = threading.Event()

    def write() -> None:
        with Storage(folder.database) as storage:
            number = 0
            while not stop.is_set():
                with storage.transaction():
                    for half in ("a", "b"):
                        storage.add(models.Run(id=f"{number}{half}", job="schrijft", started_at=NOW))
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup.make(folder, BOT) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    counts = [len(runs(path / "monitor.db")) for path in made]
    assert [(count - 1) % 2 for count in counts] == [0] * 5
    assert counts == sorted(counts)


def test_a_backup_holds_what_is_only_in_the_write_ahead_log(folder: Settings) -> None:
    with Storage(folder.database) as storage:
        storage.add(models.Run(id="twee", job="proef", started_at=NOW))
        assert folder.database.with_name("monitor.db-wal").stat().st_size > 0
        assert runs(backup.make(folder, BOT) / "monitor.db") == ["een", "twee"]


def test_a_disk_that_is_nearly_full_is_told_and_leaves_nothing_behind(
    folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: usage(0, 0, 100 * 1024 * 1024))
    with pytest.raises(backup.BackupError, match="100 MB are free, this needs 200: free space"):
        backup.make(folder, BOT)
    assert backup.listed(folder) == []


def test_a_copy_that_fails_leaves_no_backup(folder: Settings) -> None:
    folder.private_database.write_bytes(b"geen database" * 1000)
    with pytest.raises(StorageError, match=r"private\.db: cannot be opened as a database"):
        backup.make(folder, BOT)
    assert list((folder.data / "backups").iterdir()) == []


def named(day: datetime) -> Path:
    return Path(day.strftime(backup.STAMP))


def test_a_week_of_days_and_a_month_of_weeks_stay() -> None:
    backups = [named(NOW - day * DAY) for day in range(60)]
    gone = backup.too_many(backups, NOW, 30)
    kept = [(NOW - backup.made_at(path)).days for path in backups if path not in gone]
    assert kept == [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 22, 29]


def test_nothing_stays_longer_than_the_retention_table_says_but_the_newest() -> None:
    old = [named(NOW - day * DAY) for day in (40, 50)]
    assert backup.too_many(old, NOW, 30) == [old[1]]
    replaced = Path(f"{named(NOW - 31 * DAY)}-replaced")
    assert backup.too_many([replaced, *old], NOW, 30) == [replaced, old[1]]


def test_rotation_uses_the_table_of_the_folder(folder: Settings) -> None:
    told = json.loads((folder.data / "folder.json").read_text("utf-8")) | {"retention": {"backups": 3}}
    (folder.data / "folder.json").write_text(json.dumps(told), "utf-8")
    now = folder.clock.now()
    for days in (0, 2, 4):
        (folder.data / "backups" / (now - days * DAY).strftime(backup.STAMP)).mkdir(parents=True)
    (folder.data / "backups" / "20200101T000000000000Z.part").mkdir()
    assert (backup.kept_days(folder), backup.rotate(folder)) == (3, 1)
    assert len(list((folder.data / "backups").iterdir())) == 2


def test_a_wrong_number_of_days_is_told_and_the_default_holds(folder: Settings) -> None:
    (folder.data / "folder.json").write_text('{"kind": "try", "retention": {"backups": 0}}', "utf-8")
    assert backup.kept_days(folder) == 30
    assert Bot().health(folder) == {
        "problems": ["folder.json: retention: backups: 0 is not a number of days: write 1 or more"]
    }


def test_what_is_too_old_goes_also_where_no_new_backup_can_be_made(
    folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = folder.clock.now()
    young, old = ((now - days * DAY).strftime(backup.STAMP) for days in (2, 31))
    for name in (young, old):
        (folder.data / "backups" / name).mkdir(parents=True)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: usage(0, 0, 100 * 1024 * 1024))
    with pytest.raises(backup.BackupError, match="100 MB are free"):
        backup.run(folder, BOT)
    assert [path.name for path in backup.listed(folder)] == [young]


def test_two_programs_do_not_make_a_backup_at_once(folder: Settings) -> None:
    with lease(folder.data / "backup.lock"), pytest.raises(backup.BackupError, match="another program makes a backup"):
        backup.run(folder, BOT)


def test_what_was_erased_ages_out(folder: Settings) -> None:
    """The name somebody forgot is in no file of the data folder once the last backup that held it is gone."""
    with Private(folder.private_database) as private:
        person = private.welcome("web", "heel-bijzonder-adres", now=NOW)
    backup.run(folder, BOT)
    with Private(folder.private_database) as private:
        forgetting.forget(private, person, now=NOW)
        private.scrub()
    [made] = backup.listed(folder)
    assert holding(folder, b"heel-bijzonder-adres") == [made / "private.db"]
    aged = made.with_name((folder.clock.now() - 31 * DAY).strftime(backup.STAMP))
    made.rename(aged)
    backup.run(folder, BOT)
    assert holding(folder, b"heel-bijzonder-adres") == []


def holding(folder: Settings, text: bytes) -> list[Path]:
    return [path for path in folder.data.rglob("*") if path.is_file() and text in path.read_bytes()]


def test_a_restore_brings_back_what_was_and_keeps_what_stood_there(folder: Settings) -> None:
    made = backup.make(folder, BOT)
    with Storage(folder.database) as storage:
        storage.add(models.Run(id="later", job="proef", started_at=NOW))
    done = backup.restore(folder, made, BOT)
    assert (runs(folder.database), people(folder.private_database)) == (["een"], ["1"])
    assert done.replaced is not None
    assert runs(done.replaced / "monitor.db") == ["een", "later"]
    assert oct(folder.private_database.stat().st_mode & 0o777) == "0o600"
    assert backup.listed(folder) == [done.replaced, made]


def lying(folder: Settings) -> list[str]:
    return sorted(str(path.relative_to(folder.data)) for path in folder.data.rglob("*") if path.suffix != ".lock")


def test_a_restore_without_room_moves_nothing(folder: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = backup.make(folder, BOT)
    before = lying(folder)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: usage(0, 0, 100 * 1024 * 1024))
    with pytest.raises(backup.BackupError, match="100 MB are free, this needs 200: free space"):
        backup.restore(folder, made, BOT)
    assert lying(folder) == before


def test_a_restore_whose_disk_runs_full_while_it_copies_moves_nothing(
    folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.make(folder, BOT)
    before, copyfile = lying(folder), shutil.copyfile

    def fill(source: Path, target: Path) -> None:
        if Path(source).name == "private.db":
            Path(target).write_bytes(Path(source).read_bytes()[:100])
            raise OSError(28, "No space left on device")
        copyfile(source, target)

    monkeypatch.setattr(backup.shutil, "copyfile", fill)
    with pytest.raises(backup.BackupError, match="No space left on device"):
        backup.restore(folder, made, BOT)
    assert lying(folder) == before
    assert (runs(folder.database), people(folder.private_database)) == (["een"], ["1"])


def test_a_restore_whose_move_fails_puts_everything_back(folder: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = backup.make(folder, BOT)
    with Storage(folder.database) as storage:
        storage.add(models.Run(id="later", job="proef", started_at=NOW))
    before, move = lying(folder), Path.replace

    def refuse(source: Path, target: Path) -> Path:
        if Path(target) == folder.private_database and source.parent == folder.data:
            raise OSError(5, "Input/output error")
        return move(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(backup.BackupError, match="Input/output error"):
        backup.restore(folder, made, BOT)
    assert lying(folder) == before
    assert (runs(folder.database), people(folder.private_database)) == (["een", "later"], ["1"])


def test_what_a_restore_that_was_broken_off_left_is_not_mixed_in(folder: Settings) -> None:
    made = backup.make(folder, BOT)
    for ending in (".staged", ".staged-wal"):
        (folder.data / f".monitor.db{ending}").write_bytes(b"half" * 5000)
    backup.restore(folder, made, BOT)
    assert runs(folder.database) == ["een"]
    assert [name for name in lying(folder) if "staged" in name] == []


def test_what_is_put_back_is_on_the_disk_before_it_is_in_its_place(
    folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.make(folder, BOT)
    steps: list[str] = []
    move, sync = Path.replace, backup._to_disk

    def moved(source: Path, target: Path) -> Path:
        steps.append(f"{source.name} to {Path(target).name}")
        return move(source, target)

    def synced(path: Path) -> None:
        steps.append(f"sync {path.name}")
        sync(path)

    monkeypatch.setattr(Path, "replace", moved)
    monkeypatch.setattr(backup, "_to_disk", synced)
    done = backup.restore(folder, made, BOT)
    assert done.replaced
    assert steps == [
        "sync ..monitor.db.staged.part",
        "..monitor.db.staged.part to .monitor.db.staged",
        "sync ..private.db.staged.part",
        "..private.db.staged.part to .private.db.staged",
        "monitor.db to monitor.db",
        "private.db to private.db",
        ".monitor.db.staged to monitor.db",
        ".private.db.staged to private.db",
        f"sync {folder.data.name}",
        f"sync {done.replaced.name}",
    ]


def test_a_restore_makes_a_folder_that_was_lost(folder: Settings, tmp_path: Path) -> None:
    made = shutil.copytree(backup.make(folder, BOT), tmp_path / "elsewhere")
    shutil.rmtree(folder.data)
    done = backup.restore(folder, Path(made), BOT)
    assert (done.replaced, runs(folder.database), folder.kind) == (None, ["een"], FolderKind.TRY)


@pytest.mark.parametrize("lock", ["serve.lock", "schedule.lock", "publish.lock"])
def test_a_folder_that_runs_is_not_overwritten(folder: Settings, lock: str) -> None:
    made = backup.make(folder, BOT)
    with lease(folder.data / lock), pytest.raises(backup.BackupError) as raised:
        backup.restore(folder, made, BOT)
    assert str(raised.value) == f"{folder.data}: the monitor runs on this folder: stop it first, then restore"


def test_a_database_that_another_program_has_open_is_not_overwritten(folder: Settings) -> None:
    made = backup.make(folder, BOT)
    talking = "import sys, sqlite3; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM persons')"
    talking += ".fetchall(); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", talking, str(folder.private_database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(backup.BackupError, match=r"private\.db: another program uses it: end it first"):
            backup.restore(folder, made, BOT)
    finally:
        other.communicate()
    assert backup.restore(folder, made, BOT).replaced is not None


def test_a_damaged_backup_is_refused_before_anything_moves(folder: Settings) -> None:
    made = backup.make(folder, BOT)
    body = bytearray((made / "monitor.db").read_bytes())
    body[4096 : 4096 * 3] = os.urandom(4096 * 2)
    (made / "monitor.db").write_bytes(body)
    with pytest.raises(StorageError):
        backup.restore(folder, made, BOT)
    assert runs(folder.database) == ["een"]
    assert sorted(path.name for path in made.iterdir()) == ["folder.json", "monitor.db", "private.db"]


def test_a_damaged_database_can_be_replaced(folder: Settings) -> None:
    made = backup.make(folder, BOT)
    folder.database.write_bytes(b"kapot" * 1000)
    assert backup.restore(folder, made, BOT).to_erase == ()
    assert runs(folder.database) == ["een"]


def test_what_was_erased_since_is_erased_again_or_named(folder: Settings) -> None:
    with Private(folder.private_database) as private:
        gone = private.welcome("web", "2", now=NOW)
    made = backup.make(folder, BOT)
    stone = models.Tombstone(id="2018-2020/01/x", kind="file", ground="avg", role="coordinator", erased_at=NOW)
    with Private(folder.private_database) as private, Storage(folder.database) as storage:
        forgetting.forget(private, gone, now=NOW)
        storage.add(stone)
    done = backup.restore(folder, made, BOT)
    assert (done.erased_again, done.to_erase, people(folder.private_database)) == (1, (stone,), ["1"])


def test_a_folder_without_databases_is_no_backup(folder: Settings, tmp_path: Path) -> None:
    with pytest.raises(backup.BackupError, match="holds no database: name a folder below"):
        backup.restore(folder, tmp_path / "niets", BOT)


def test_commands_make_and_put_back(folder: Settings) -> None:
    made = CliRunner().invoke(main, ["backup", "--data", str(folder.data)])
    [path] = backup.listed(folder)
    assert (made.exit_code, made.output) == (0, f"Made {path}.\n")
    back = CliRunner().invoke(main, ["restore", path.name, "--data", str(folder.data)])
    replaced = backup.listed(folder)[0]
    assert back.output == (
        f"Restored {path}.\n"
        f"What stood there is in {replaced}, and goes with the other backups.\n"
        "0 person(s) who asked to be forgotten since were forgotten again.\n"
    )


def test_the_stamp_tells_the_moment() -> None:
    moment = datetime(2026, 11, 23, 2, 30, 0, 5000, UTC)
    assert (str(named(moment)), backup.made_at(named(moment))) == ("20261123T023000005000Z", moment)
