"""The public database: the only module that speaks its SQL."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from monitor import migrations, models
from monitor.errors import MonitorError
from monitor.periods import Period, day_of, day_starts
from monitor.rows import condition_of, insertion, record_of, row_of, stamp, values_of

BUSY_TIMEOUT_MS = 10_000
WAL_TRIES, WAL_WAIT = 400, 0.025
M = TypeVar("M", bound=models.Model)


class StorageError(MonitorError):
    """A database could not be opened, read or written; the message says which and what to do."""


class Table(NamedTuple):
    """Where records of a model are kept, and the columns that name one."""

    name: str
    key: tuple[str, ...] = ("id",)


RECORDED: dict[type[models.Model], Table] = {
    models.Update: Table("updates"),
    models.Evidence: Table("evidence"),
    models.CopyDecision: Table("copies"),
    models.Entry: Table("entries"),
    models.Mention: Table("mentions"),
    models.FeedState: Table("feed_states", ("plan", "feed")),
    models.MeasurementRow: Table("measurements"),
    models.HeldMeasurement: Table("held_measurements"),
    models.IndicatorState: Table("indicator_states", ("plan", "commitment", "indicator")),
    models.Change: Table("changes"),
    models.Version: Table("versions"),
    models.Correction: Table("corrections"),
    models.Idea: Table("ideas"),
    models.Question: Table("questions"),
    models.Answer: Table("answers"),
    models.Lesson: Table("lessons"),
    models.Theme: Table("themes"),
    models.AgendaItem: Table("agenda_items"),
    models.SignUp: Table("sign_ups"),
    models.AgreementUpdate: Table("agreement_updates"),
    models.Round: Table("rounds"),
    models.Reminder: Table("reminders"),
    models.Queue: Table("queue", ("commitment", "organisation")),
    models.Run: Table("runs"),
    models.Alarm: Table("alarms"),
    models.HealthRow: Table("health", ("topic", "about")),
    models.Tombstone: Table("tombstones"),
}
SYNCED: dict[type[models.Model], Table] = {
    models.Plan: Table("plans"),
    models.Organisation: Table("organisations", ("plan", "id")),
    models.Source: Table("sources", ("plan", "id")),
    models.Commitment: Table("commitments"),
    models.Meeting: Table("meetings"),
    models.Feed: Table("feeds", ("plan", "id")),
    models.CitationRow: Table("citations", ("record", "field", "position")),
}
# Fields of a record that are tables of their own: one row each, with `record` and `position`.
PARTS: dict[type[models.Model], dict[str, type[models.Model]]] = {
    models.Plan: {
        "facts": models.Fact,
        "assessments": models.Assessment,
        "conflicts": models.Conflict,
        "unknowns": models.Unknown,
        "follow_on": models.FollowOn,
    },
    models.Commitment: {
        "leads": models.Lead,
        "partners": models.Partner,
        "goals": models.Goal,
        "milestones": models.Milestone,
        "facts": models.Fact,
        "indicators": models.Indicator,
        "assessments": models.Assessment,
        "follow_on": models.FollowOn,
        "conflicts": models.Conflict,
        "unknowns": models.Unknown,
    },
    models.Meeting: {"agreements": models.Agreement, "unknowns": models.Unknown},
}
# What moves without any page but the health page becoming different.
WORKINGS = {"runs", "feed_states", "indicator_states", "health", "_sqlite_migrations"}
# Where it says on which day something became public, or was taken back; moments stand in columns ending `_at`.
PUBLIC_DAYS = [
    (table.name, column)
    for model, table in (RECORDED | SYNCED).items()
    for column in ("published_on", "closed_on", "retrieved", "withdrawn_at")
    if column in model.model_fields
] + [("entries", "recorded_at"), ("mentions", "recorded_at"), ("assessments", "published")]
PASSAGES = "passages"
# Fields that become recorded rows at sync, so they are not kept twice.
RECORDED_FIELDS: dict[type[models.Model], set[str]] = {
    models.Commitment: {"updates"},
    models.Indicator: {"measurements"},
}


class Records:
    """Frozen models as rows of one SQLite file: WAL, foreign keys, immediate transactions."""

    def __init__(self, path: Path, tables: Mapping[type[models.Model], Table], schema: Migrations) -> None:
        """Open the file and bring its schema up to date; raise StorageError where that fails."""
        self.path = path
        self.tables = tables
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.db = Database(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None))
            self._prepare(schema)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"{path}: cannot be opened as a database ({error}): "
                "check that the folder exists, is writable and has space"
            ) from error

    def _prepare(self, schema: Migrations) -> None:
        self._write_ahead()
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            self.db.execute(f"PRAGMA {pragma}")
        if schema.pending(self.db):
            # Who opens a new file at the same moment waits here, and then finds nothing pending.
            with self.transaction():
                schema.apply(self.db)

    def _write_ahead(self) -> None:
        for _ in range(WAL_TRIES):
            try:
                self.db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # For this one change SQLite does not wait until others are ready, whatever the timeout.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(WAL_WAIT)
            else:
                return
        self.db.execute("PRAGMA journal_mode = WAL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.db.conn.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; a transaction within a transaction joins it."""
        if self.db.conn.in_transaction:
            yield
            return
        try:
            self.db.conn.execute("BEGIN IMMEDIATE")
            yield
            self.db.conn.execute("COMMIT")
        except sqlite3.Error as error:
            self.db.rollback()
            raise StorageError(f"{self.path}: nothing was written ({error}): free space or try again") from error
        except BaseException:
            self.db.rollback()
            raise

    def add(self, record: models.Model) -> bool:
        """Append a record once; tell whether it is new."""
        return self._insert("OR IGNORE ", self.tables[type(record)].name, row_of(record)) > 0

    def put(self, record: models.Model) -> None:
        """Write the present state of a record, new or known."""
        self._insert("OR REPLACE ", self.tables[type(record)].name, row_of(record))

    def get(self, model: type[M], **key: object) -> M | None:
        """Give the record with these values, or None."""
        sql, values = self._select("*", self.tables[model].name, key, "rowid")
        return next((record_of(model, row) for row in self._read(sql, values)), None)

    def all(self, model: type[M], *, order: str = "rowid", **where: object) -> list[M]:
        """List records whose columns equal these values; None means empty."""
        rows = self._read(*self._select("*", self.tables[model].name, where, order))
        return [record_of(model, row) for row in rows]

    def count(self, model: type[models.Model], **where: object) -> int:
        """Count records whose columns equal these values."""
        sql, values = self._select("count(*)", self.tables[model].name, where, "1")
        return int(self._read(sql, values)[0]["count(*)"])

    def delete(self, model: type[models.Model], **where: object) -> int:
        """Delete records whose columns equal these values; give how many. At least one value is needed."""
        condition, values = condition_of(where)
        if not where:
            raise ValueError("delete needs at least one column to compare")
        return self._write(f"DELETE FROM {self.tables[model].name}{condition}", values)

    def copy_to(self, path: Path) -> None:
        """Copy the database as it is now to a new file for its owner only, while others go on with it; check it."""
        try:
            path.touch(mode=0o600, exist_ok=False)
            copy = sqlite3.connect(path, isolation_level=None)
            try:
                # All pages in one step: a copy in steps begins anew each time another connection writes.
                self.db.conn.backup(copy, pages=-1)
                # A copy is one file: what it was made of may write ahead, the copy has nothing beside it.
                copy.execute("PRAGMA journal_mode = DELETE").fetchall()
                found = copy.execute("PRAGMA integrity_check").fetchone()[0]
            finally:
                copy.close()
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{path}: cannot be written ({error}): free space, or make it writable") from error
        if found != "ok":
            raise StorageError(f"{self.path}: is damaged ({found}): restore the last backup")

    def check(self) -> None:
        """Raise StorageError where the file is damaged."""
        found = str(self._read("PRAGMA integrity_check")[0]["integrity_check"])
        if found != "ok":
            raise StorageError(f"{self.path}: is damaged ({found}): restore another backup")

    def compact(self) -> None:
        """Write the file anew, as one file without what was deleted; no other connection may be open."""
        try:
            self.db.conn.execute("PRAGMA journal_mode = DELETE").fetchall()
            self.db.conn.execute("VACUUM")
        except sqlite3.Error as error:
            raise StorageError(f"{self.path}: cannot be written anew ({error}): free space, then try again") from error

    def made_at(self) -> datetime:
        """Tell when the file was made: when it was first given a schema."""
        return datetime.fromisoformat(self._read("SELECT min(applied_at) AS at FROM _sqlite_migrations")[0]["at"])

    def data_version(self) -> int:
        """Give a number that changes when another connection commits."""
        return int(self._read("PRAGMA data_version")[0]["data_version"])

    def ask(self, sql: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
        """Answer a ready question as those who query the data get it answered."""
        return self._read(sql, values)

    def _read(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        try:
            cursor = self.db.conn.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise StorageError(f"{self.path}: cannot be read ({error}): try again, or restore the backup") from error

    def _select(self, what: str, table: str, where: Mapping[str, object], order: str) -> tuple[str, list[object]]:
        condition, values = condition_of(where)
        return f"SELECT {what} FROM {table}{condition} ORDER BY {order}", values

    def _insert(self, conflict: str, table: str, row: Mapping[str, object]) -> int:
        return self._write(insertion(conflict, table, tuple(row)), list(row.values()))

    def _write(self, sql: str, values: list[object]) -> int:
        if self.db.conn.in_transaction:
            return self.db.conn.execute(sql, values).rowcount
        with self.transaction():
            return self.db.conn.execute(sql, values).rowcount


class Storage(Records):
    """The public database of a data folder."""

    def __init__(self, path: Path) -> None:
        """Open or create ``monitor.db``; raise StorageError where that fails."""
        super().__init__(path, RECORDED | SYNCED | {models.Passage: Table(PASSAGES)}, migrations.public)

    def plans(self) -> list[models.Plan]:
        """List the plans, the newest first."""
        rows = self._read("SELECT * FROM plans ORDER BY period DESC, id DESC")
        return [self._whole(models.Plan, row, str(row["id"])) for row in rows]

    def folder(self, plan: str) -> models.PlanFolder:
        """Give a plan as last synced; its updates and measurements are recorded rows, so those are empty here."""
        found = next((known for known in self.plans() if known.id == plan), None)
        if found is None:
            raise StorageError(f"{self.path}: has no plan '{plan}': run monitor sync")
        return models.PlanFolder(
            plan=found,
            organisations=tuple(self._rows(models.Organisation, plan)),
            sources=tuple(self._rows(models.Source, plan)),
            commitments=tuple(self._rows(models.Commitment, plan, order="number")),
            meetings=tuple(self._rows(models.Meeting, plan, order="date, id")),
            feeds=tuple(self._rows(models.Feed, plan)),
        )

    def last_runs(self) -> dict[str, models.Run]:
        """Give the run of each job that was written last, by the job's name."""
        rows = self._read("SELECT * FROM runs WHERE rowid IN (SELECT max(rowid) FROM runs GROUP BY job) ORDER BY job")
        return {str(row["job"]): record_of(models.Run, row) for row in rows}

    def replace_folder(self, folder: models.PlanFolder, citations: Iterable[models.CitationRow]) -> None:
        """Put a plan in the place of what was synced before; recorded rows stay."""
        plan = folder.plan.id
        with self.transaction():
            self.db.conn.execute("PRAGMA defer_foreign_keys = ON")
            self._forget(plan)
            self._keep(folder.plan, plan, plan)
            for record in (*folder.organisations, *folder.sources, *folder.feeds):
                self._keep(record, plan, "")
            for commitment in folder.commitments:
                self._keep(commitment, plan, commitment.id)
            for meeting in folder.meetings:
                self._keep(meeting, plan, meeting.id)
            for citation in citations:
                self._insert("", "citations", row_of(citation))

    def find_passages(self, match: str, language: str, *, limit: int) -> list[models.Passage]:
        """List the passages of a language that an expression of FTS5 finds, the best first."""
        found = f"{PASSAGES} JOIN {PASSAGES}_fts ON {PASSAGES}_fts.rowid = id"
        condition = f"{PASSAGES}_fts MATCH ? AND language = ?"
        sql = f"SELECT {PASSAGES}.* FROM {found} WHERE {condition} ORDER BY rank, id LIMIT ?"
        return [record_of(models.Passage, row) for row in self._read(sql, [match, language, limit])]

    def replace_passages(self, passages: Sequence[models.Passage]) -> bool:
        """Put these passages in the place of those that were found until now; tell whether they differ."""
        with self.transaction():
            known = {record_of(models.Passage, row): row["id"] for row in self._read(f"SELECT * FROM {PASSAGES}")}
            fresh = [passage for passage in dict.fromkeys(passages) if passage not in known]
            gone = known.keys() - set(passages)
            for passage in gone:
                self.db.conn.execute(f"DELETE FROM {PASSAGES} WHERE id = ?", [known[passage]])
            for passage in fresh:
                self.add(passage)
            # What was deleted, here or since, would else stay readable in the index's file.
            self.db.table(PASSAGES).optimize()
        return bool(gone or fresh)

    def add_passage(self, passage: models.Passage) -> None:
        """Let a passage be found that is not there yet."""
        row = row_of(passage)
        condition = " AND ".join(f'"{name}" IS ?' for name in row)
        if not self._read(f"SELECT 1 FROM {PASSAGES} WHERE {condition}", list(row.values())):
            self.add(passage)

    def fingerprint(self) -> str:
        """Give a text that differs when anything that pages show differs."""
        tables = sorted(name for name in set(self.db.table_names()) - WORKINGS if not name.startswith(PASSAGES))
        rows = (self.db.conn.execute(f"SELECT count(*), max(rowid) FROM {table}").fetchone() for table in tables)
        ill = sorted(f"{state.feed} {state.error}" for state in self.all(models.FeedState) if state.failures)
        ill += sorted(
            f"{state.commitment} {state.indicator} {state.last_tried_at} {state.error}"
            for state in self.all(models.IndicatorState)
        )
        failed = sorted(name for name, run in self.last_runs().items() if run.error)
        told = repr([[tuple(row) for row in rows], ill, failed, [plan.model_dump_json() for plan in self.plans()]])
        return hashlib.sha256(told.encode()).hexdigest()

    def newest_day(self, until: date) -> date | None:
        """Give the newest day, not after a day, on which something became public; None where nothing did."""
        end = day_starts(until + timedelta(days=1))
        selects = [f"SELECT max({column}) AS newest FROM {table} WHERE {column} < ?" for table, column in PUBLIC_DAYS]
        ends = [stamp(end) if column.endswith("_at") else day_of(end).isoformat() for _, column in PUBLIC_DAYS]
        found = [row["newest"] for row in self._read(" UNION ALL ".join(selects), ends) if row["newest"]]
        return max((_first_day(text) for text in found), default=None)

    def _forget(self, plan: str) -> None:
        for table in migrations.SYNCED:
            column = "id" if table == "plans" else "plan"
            self.db.conn.execute(f"DELETE FROM {table} WHERE {column} = ?", [plan])

    def _keep(self, record: models.Model, plan: str, owner: str) -> None:
        parts = PARTS.get(type(record), {})
        row = row_of(record, leave=set(parts) | RECORDED_FIELDS.get(type(record), set()))
        if not isinstance(record, models.Plan):
            row["plan"] = plan
        if isinstance(record, models.Commitment | models.Meeting):
            row["id"] = record.id
        self._insert("", SYNCED[type(record)].name, row)
        for field in parts:
            for position, part in enumerate(getattr(record, field)):
                kept = row_of(part, leave=RECORDED_FIELDS.get(type(part), set()))
                self._insert("", field, {"plan": plan, "record": owner, "position": position, **kept})

    def _rows(self, model: type[M], plan: str, order: str = "rowid") -> list[M]:
        sql = f"SELECT * FROM {SYNCED[model].name} WHERE plan = ? ORDER BY {order}"
        return [self._whole(model, row, str(row["id"])) for row in self._read(sql, [plan])]

    def _whole(self, model: type[M], row: dict[str, Any], owner: str) -> M:
        values = values_of(model, row)
        for field, part in PARTS.get(model, {}).items():
            rows = self._read(f"SELECT * FROM {field} WHERE record = ? ORDER BY position", [owner])
            values[field] = [values_of(part, found) for found in rows]
        return model.model_validate(values)


def _first_day(text: str) -> date:
    return day_of(datetime.fromisoformat(text)) if "T" in text else Period.parse(text).earliest or date.min
