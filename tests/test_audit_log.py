"""The audit log: append-only, chained, and it is noticed when somebody with the file in hand changes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import audit_log
from bot.extension import audit
from bot.private import Private
from monitor import models
from monitor.settings import Settings
from monitor.storage import StorageError
from tests.conversation_fixtures import NOW

COLUMNS = ("at", "actor", "action", "about", "previous_sha256", "sha256")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def private(settings: Settings) -> Iterator[Private]:
    with Private(settings.private_database) as opened:
        for number in range(5):
            opened.audit(at=NOW + timedelta(days=number), actor=f"p{number}", action="submitted", about="x")
        yield opened


def tamper(private: Private, sql: str) -> None:
    """Change the file as somebody who can write it: without the triggers."""
    with sqlite3.connect(private.path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql)
    connection.close()


def check(private: Private, expected: str = "") -> str:
    return audit_log.verify(private.audit_rows(), private.audit_end(), expected).wrong


def verify(settings: Settings, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(audit, ["verify", "--data", str(settings.data), *more])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'q' WHERE id = 2",
        "DELETE FROM audit WHERE id = 5",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 3",
        "INSERT INTO audit SELECT 9, at, actor, action, about, previous_sha256, sha256 FROM audit WHERE id = 3",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(private: Private, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the audit log is append-only"):
        private.db.conn.execute(sql)
    assert check(private) == ""


def test_a_known_entry_is_not_written_again(private: Private) -> None:
    entry = private.get(models.AuditEntry, id=3)
    assert entry
    with pytest.raises(StorageError, match="append-only"):
        private.put(entry.model_copy(update={"actor": "q"}))


def test_a_whole_log_tells_its_length_and_last_hash(private: Private, settings: Settings) -> None:
    end = private.audit_end()
    assert end
    assert verify(settings) == (0, f"The audit log is whole: 5 entries. The last hash is {end[1]}.\n")


def test_an_empty_log_is_whole(settings: Settings) -> None:
    with Private(settings.private_database):
        pass
    assert verify(settings) == (0, f"The audit log is whole: 0 entries. The last hash is {'0' * 64}.\n")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_is_noticed(private: Private, settings: Settings, column: str) -> None:
    tamper(private, f"UPDATE audit SET {column} = '2020-01-01T00:00:00Z' WHERE id = 3")
    code, said = verify(settings)
    assert code == 1
    assert "entry 3 does not fit" in said


def test_a_moment_that_is_none_is_noticed(private: Private) -> None:
    tamper(private, "UPDATE audit SET at = 'gisteren' WHERE id = 3")
    assert check(private) == "entry 3 does not fit: it was changed"


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("DELETE FROM audit WHERE id = 3", "entry 4 does not fit: entry 3 was removed"),
        ("UPDATE audit SET id = 9 WHERE id = 3", "entry 4 does not fit: entry 3 was removed"),
        ("DELETE FROM audit WHERE id < 3", "entry 3 does not fit: what came before it was removed"),
        ("DELETE FROM audit WHERE id = 5", "the log ends at entry 4, and entry 5 was noted as the last"),
        ("DELETE FROM audit", "the log ends at entry 0, and entry 5 was noted as the last"),
    ],
)
def test_an_entry_that_is_gone_is_noticed(private: Private, sql: str, wrong: str) -> None:
    tamper(private, sql)
    assert check(private) == wrong


def test_a_log_cut_off_with_its_end_is_noticed_by_the_hash_that_was_noted(private: Private, settings: Settings) -> None:
    end = private.audit_end()
    assert end
    private.audit(at=NOW, actor="p", action="accepted", about="x")
    assert verify(settings, "--expect", end[1])[0] == 0
    tamper(private, "DELETE FROM audit WHERE id > 4")
    tamper(private, "UPDATE audit_end SET id = 4, sha256 = (SELECT sha256 FROM audit WHERE id = 4)")
    assert verify(settings)[0] == 0
    code, said = verify(settings, "--expect", end[1])
    assert (code, f"no entry has the hash {end[1]}" in said) == (1, True)


def test_a_pruned_log_can_still_be_checked(private: Private) -> None:
    before = NOW + timedelta(days=3)
    assert private.prune_audit(before=before, now=NOW + timedelta(days=9)) == 3
    assert [row.id for row in private.audit_rows()] == [4, 5, 6]
    assert check(private) == ""
    assert private.prune_audit(before=before, now=NOW + timedelta(days=9)) == 0
    private.audit(at=NOW + timedelta(days=10), actor="p", action="accepted", about="x")
    assert private.prune_audit(before=NOW + timedelta(days=9), now=NOW + timedelta(days=11)) == 2
    assert [(row.id, row.action) for row in private.audit_rows()] == [
        (6, "pruned"),
        (7, "accepted"),
        (8, "pruned"),
    ]
    assert check(private) == ""
    tamper(private, "DELETE FROM audit WHERE id = 6")
    assert check(private) == "entry 7 does not fit: what came before it was removed"


def test_what_a_prune_left_is_refused_to_go(private: Private) -> None:
    private.prune_audit(before=NOW + timedelta(days=3), now=NOW + timedelta(days=9))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        private.db.conn.execute("DELETE FROM audit WHERE id = 4")
