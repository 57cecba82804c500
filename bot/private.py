"""What is private: people, drafts, reports, messages to send. The only module that speaks the SQL of private.db."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.dialogue import Draft, Reply, State
from monitor import models
from monitor.storage import Records, StorageError, Table

MODE = 0o600
LEASE = timedelta(minutes=2)
PARKED = timedelta(days=7)
SENT = timedelta(days=30)
FIRST_HASH = "0" * 64
SCHEMA = {
    "persons": """
        id TEXT PRIMARY KEY, channel TEXT NOT NULL, address TEXT NOT NULL, role TEXT NOT NULL, organisation TEXT,
        language TEXT, notice TEXT, reachable INTEGER NOT NULL, created_at TEXT NOT NULL, renewed_at TEXT,
        UNIQUE (channel, address)
    """,
    "invitations": """
        id TEXT PRIMARY KEY, secret_sha256 TEXT NOT NULL UNIQUE, role TEXT NOT NULL, organisation TEXT,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT, revoked_at TEXT
    """,
    "states": """
        person TEXT PRIMARY KEY REFERENCES persons(id) ON DELETE CASCADE, revision INTEGER NOT NULL,
        payload TEXT NOT NULL, changed_at TEXT NOT NULL
    """,
    "reports": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, person TEXT NOT NULL, organisation TEXT NOT NULL,
        commitment TEXT NOT NULL, milestone TEXT, completion TEXT, text TEXT NOT NULL, language TEXT NOT NULL,
        evidence_address TEXT, evidence_title TEXT, obstacle TEXT, unchanged INTEGER NOT NULL,
        speaks_of TEXT NOT NULL, state TEXT NOT NULL, ground TEXT, question TEXT, created_at TEXT NOT NULL,
        decided_at TEXT, decided_by TEXT
    """,
    "subscriptions": """
        id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE, plan TEXT NOT NULL,
        kind TEXT NOT NULL, about TEXT NOT NULL, cadence TEXT NOT NULL, created_at TEXT NOT NULL
    """,
    "digests": """
        id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE,
        since_at TEXT NOT NULL, until_at TEXT NOT NULL, created_at TEXT NOT NULL
    """,
    "deliveries": """
        id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE,
        position INTEGER NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
        next_at TEXT, created_at TEXT NOT NULL, sent_at TEXT
    """,
    "inbox": """
        update_id INTEGER PRIMARY KEY, payload TEXT, state TEXT NOT NULL, received_at TEXT NOT NULL
    """,
    "audit": """
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, about TEXT NOT NULL,
        previous_sha256 TEXT NOT NULL, sha256 TEXT NOT NULL
    """,
}
INDEXES = (
    "CREATE INDEX reports_state ON reports(state, created_at)",
    "CREATE INDEX reports_organisation ON reports(organisation, created_at)",
    "CREATE INDEX deliveries_due ON deliveries(state, person, position)",
    "CREATE INDEX inbox_state ON inbox(state, update_id)",
)
UNSENT = (
    "FROM deliveries d JOIN persons p ON p.id = d.person "
    "WHERE p.channel = 'telegram' AND p.reachable AND d.state IN ('queued', 'sending')"
)
TABLES: Mapping[type[models.Model], Table] = {
    models.Person: Table("persons"),
    models.Invitation: Table("invitations"),
    models.Report: Table("reports"),
    models.Subscription: Table("subscriptions"),
    models.Digest: Table("digests"),
    models.Delivery: Table("deliveries"),
    models.AuditEntry: Table("audit"),
}

schema = Migrations("private")


@schema()
def create_tables(db: Database) -> None:
    """Create a table for every private word of the design."""
    for name, columns in SCHEMA.items():
        db.execute(f"CREATE TABLE {name} ({columns})")
    for statement in INDEXES:
        db.execute(statement)


@schema()
def take_corrections_and_ideas(db: Database) -> None:
    """Let a report be a correction or idea, of a visitor too, about any record of the plan."""
    db.execute("ALTER TABLE reports ADD COLUMN kind TEXT NOT NULL DEFAULT 'progress'")
    db.execute("ALTER TABLE reports ADD COLUMN about TEXT")
    db.table("reports").transform(not_null={"organisation": False, "commitment": False})


@schema()
def take_files(db: Database) -> None:
    """Let the evidence of a report be a file."""
    db.execute("ALTER TABLE reports ADD COLUMN evidence_file TEXT")


@schema()
def share_drafts(db: Database) -> None:
    """Keep drafts by themselves, so that an organisation shares them."""
    db.execute(
        "CREATE TABLE drafts (key TEXT PRIMARY KEY, plan TEXT NOT NULL, organisation TEXT, person TEXT NOT NULL, "
        "payload TEXT NOT NULL, changed_at TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX drafts_owner ON drafts(plan, organisation, person)")


@schema()
def keep_threads(db: Database) -> None:
    """Keep every question and answer about a report, and which public report it takes the place of."""
    db.execute("ALTER TABLE reports ADD COLUMN thread TEXT NOT NULL DEFAULT '[]'")
    db.execute("ALTER TABLE reports ADD COLUMN replaces TEXT")
    db.execute(
        "UPDATE reports SET thread = json_array(json_object('question', question, 'answer', NULL)) "
        "WHERE question IS NOT NULL"
    )
    db.table("reports").transform(drop={"question"})


class StaleStateError(Exception):
    """A conversation went on elsewhere since its state was read; read it again."""


class Private(Records):
    """The private database of a data folder, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Open or create ``private.db`` with mode 0600; raise StorageError where that fails."""
        _close_to_others(path)
        super().__init__(path, TABLES, schema)

    def person(self, channel: str, address: str) -> models.Person | None:
        """Give the person behind a channel's address."""
        return self.get(models.Person, channel=channel, address=address)

    def welcome(
        self,
        channel: str,
        address: str,
        *,
        now: datetime,
        role: models.Role = models.Role.VISITOR,
        organisation: str | None = None,
        notice: str | None = None,
    ) -> models.Person:
        """Keep a person under an opaque id; one who is known gets the role and organisation given here."""
        with self.transaction():
            known = self.person(channel, address)
            if known and (known.role, known.organisation, known.notice) == (role, organisation, notice):
                return known
            person = models.Person(
                id=known.id if known else secrets.token_hex(16),
                channel=channel,
                address=address,
                role=role,
                organisation=organisation,
                language=known.language if known else None,
                notice=notice,
                created_at=known.created_at if known else now,
                renewed_at=now,
            )
            self.change_person(person) if known else self.add(person)
            return person

    def change_person(self, person: models.Person) -> None:
        """Write what changed of a person, leaving what hangs from it in place."""
        self._write(
            "UPDATE persons SET role = ?, organisation = ?, language = ?, notice = ?, reachable = ?, renewed_at = ? "
            "WHERE id = ?",
            [
                person.role,
                person.organisation,
                person.language,
                person.notice,
                person.reachable,
                person.renewed_at.isoformat() if person.renewed_at else None,
                person.id,
            ],
        )

    def state(self, person: str) -> State | None:
        """Give where the conversation with a person stands."""
        row = self.db.conn.execute("SELECT payload FROM states WHERE person = ?", [person]).fetchone()
        return State.model_validate_json(row[0]) if row else None

    def keep_state(self, person: str, state: State, *, over: int, now: datetime) -> None:
        """Write a conversation's state in the place of revision ``over``; raise StaleStateError if that is gone."""
        payload = state.model_dump_json()
        changed = self._write(
            "INSERT INTO states (person, revision, payload, changed_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (person) DO UPDATE SET revision = excluded.revision, payload = excluded.payload, "
            "changed_at = excluded.changed_at WHERE revision = ?",
            [person, state.revision, payload, now.isoformat(), over],
        )
        if not changed:
            raise StaleStateError(f"{self.path}: the conversation went on elsewhere: read it again")

    # Drafts, which the people of an organisation share

    def drafts(self, plan: str, person: models.Person) -> list[Draft]:
        """List the drafts of a person's organisation, or of a person without one; the newest first."""
        rows = self.db.conn.execute(
            "SELECT payload FROM drafts WHERE plan = ? AND (organisation = ? OR (organisation IS NULL AND person = ?)) "
            "ORDER BY changed_at DESC, rowid DESC",
            [plan, person.organisation, person.id],
        ).fetchall()
        return [Draft.model_validate_json(row[0]) for row in rows]

    def keep_draft(self, draft: Draft, plan: str, person: models.Person, *, now: datetime) -> None:
        """Write a draft, new or changed."""
        self._write(
            "INSERT INTO drafts (key, plan, organisation, person, payload, changed_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET person = excluded.person, payload = excluded.payload, "
            "changed_at = excluded.changed_at",
            [draft.key, plan, person.organisation, person.id, draft.model_dump_json(), _stamp(now)],
        )

    def drop_draft(self, key: str) -> None:
        """Forget a draft that was sent or thrown away."""
        self._write("DELETE FROM drafts WHERE key = ?", [key])

    def spoken_of(self) -> list[str]:
        """Give all conversations and drafts as they are kept."""
        rows = self.db.conn.execute("SELECT payload FROM states UNION ALL SELECT payload FROM drafts")
        return [row[0] for row in rows.fetchall()]

    # Messages to send

    def queue(self, person: str, reply: Reply, *, key: str, revision: int, now: datetime) -> bool:
        """Queue a message to a person; a key that is known already queues nothing."""
        last = self.db.conn.execute("SELECT coalesce(max(position), 0) FROM deliveries").fetchone()[0]
        payload = {"reply": reply.model_dump(mode="json"), "revision": revision}
        return self.add(models.Delivery(id=key, person=person, position=last + 1, payload=payload, created_at=now))

    def claim(self, channel: str, now: datetime) -> models.Delivery | None:
        """Take the next message to send in a channel; nobody else gets it until the lease ends.

        Of each person only the oldest unsent message is taken, so that order is kept; what failed least goes first.
        """
        with self.transaction():
            row = self.db.conn.execute(
                "SELECT d.id FROM deliveries d JOIN persons p ON p.id = d.person "
                "WHERE p.channel = ? AND p.reachable AND d.state IN ('queued', 'sending') "
                "AND (d.next_at IS NULL OR d.next_at <= ?) AND NOT EXISTS (SELECT 1 FROM deliveries e "
                "WHERE e.person = d.person AND e.position < d.position AND e.state IN ('queued', 'sending')) "
                "ORDER BY d.attempts, d.position LIMIT 1",
                [channel, _stamp(now)],
            ).fetchone()
            if row is None:
                return None
            self._write(
                "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_at = ? WHERE id = ?",
                [_stamp(now + LEASE), row[0]],
            )
            return self.get(models.Delivery, id=row[0])

    def settle(self, delivery: str, state: str, *, now: datetime, next_at: datetime | None = None) -> None:
        """Write how sending a message went: ``sent``, ``queued`` again, or ``given-up``."""
        sent = _stamp(now) if state == "sent" else None
        self._write(
            "UPDATE deliveries SET state = ?, sent_at = ?, next_at = ? WHERE id = ?",
            [state, sent, _stamp(next_at) if next_at else None, delivery],
        )

    def collect(self, person: str, now: datetime) -> Sequence[Reply]:
        """Hand over the messages that wait for a person who came to read them."""
        with self.transaction():
            waiting = self.all(models.Delivery, person=person, state="queued", order="position")
            for delivery in waiting:
                self.settle(delivery.id, "sent", now=now)
        return [Reply.model_validate(delivery.payload["reply"]) for delivery in waiting]

    def unreachable(self, person: str) -> None:
        """Mark a person who cannot be reached any more, and give up what was queued for them."""
        with self.transaction():
            self._write("UPDATE persons SET reachable = 0 WHERE id = ?", [person])
            given_up = "UPDATE deliveries SET state = 'given-up', next_at = NULL WHERE person = ? AND state <> 'sent'"
            self._write(given_up, [person])

    # The inbox of a channel that hands over each message only once

    def receive(self, update_id: int, payload: str, *, now: datetime, state: str = "new") -> bool:
        """Keep what came in before anything else happens with it; tell whether it is new."""
        added = self._write(
            "INSERT OR IGNORE INTO inbox (update_id, payload, state, received_at) VALUES (?, ?, ?, ?)",
            [update_id, payload, state, _stamp(now)],
        )
        return added > 0

    def unhandled(self) -> list[tuple[int, str]]:
        """List what came in and was not handled, in the order of arrival."""
        rows = self.db.conn.execute("SELECT update_id, payload FROM inbox WHERE state = 'new' ORDER BY update_id")
        return [(row[0], row[1]) for row in rows.fetchall()]

    def is_handled(self, update_id: int) -> bool:
        """Tell whether something that came in was handled or parked."""
        row = self.db.conn.execute("SELECT state FROM inbox WHERE update_id = ?", [update_id]).fetchone()
        return row is not None and row[0] != "new"

    def mark_handled(self, update_id: int) -> None:
        """Mark something that came in as handled, and forget what it said."""
        self._write(
            "UPDATE inbox SET state = 'done', payload = NULL WHERE update_id = ? AND state <> 'parked'", [update_id]
        )

    def park(self, update_id: int) -> None:
        """Put something aside that cannot be handled, for seven days."""
        self._write("UPDATE inbox SET state = 'parked' WHERE update_id = ?", [update_id])

    def counts(self) -> dict[str, int]:
        """Count what waits to be handled, is parked, or waits to be sent to who can be reached."""
        inbox = dict(self.db.conn.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall())
        sending = self.db.conn.execute(f"SELECT count(*) {UNSENT}").fetchone()[0]
        return {"unhandled": inbox.get("new", 0), "parked": inbox.get("parked", 0), "unsent": sending}

    def oldest(self) -> tuple[datetime | None, datetime | None]:
        """Give since when the oldest update waits to be handled, and the oldest message to be sent."""
        received = self.db.conn.execute("SELECT min(received_at) FROM inbox WHERE state = 'new'").fetchone()[0]
        queued = self.db.conn.execute(f"SELECT min(d.created_at) {UNSENT}").fetchone()[0]
        return (_moment(received), _moment(queued))

    def tidy(self, now: datetime) -> int:
        """Forget parked messages after seven days, sent ones and used or expired invitations after thirty."""
        with self.transaction():
            gone = self._write("DELETE FROM inbox WHERE state <> 'new' AND received_at < ?", [_stamp(now - PARKED)])
            gone += self._write(
                "DELETE FROM deliveries WHERE state IN ('sent', 'given-up') AND created_at < ?", [_stamp(now - SENT)]
            )
            return gone + self._write(
                "DELETE FROM invitations WHERE coalesce(used_at, revoked_at, expires_at) < ?", [_stamp(now - SENT)]
            )

    # Who did what

    def audit(self, *, at: datetime, actor: str, action: str, about: str) -> models.AuditEntry:
        """Append to the log of who did what; each entry holds the hash of the one before."""
        with self.transaction():
            row = self.db.conn.execute("SELECT id, sha256 FROM audit ORDER BY id DESC LIMIT 1").fetchone()
            number, previous = (row[0] + 1, row[1]) if row else (1, FIRST_HASH)
            known: dict[str, Any] = {"id": number, "at": at, "actor": actor, "action": action, "about": about}
            told = "\x1f".join([previous, str(number), at.isoformat(), actor, action, about])
            digest = hashlib.sha256(told.encode()).hexdigest()
            entry = models.AuditEntry(**known, previous_sha256=previous, sha256=digest)
            self.add(entry)
            return entry


def secret_hash(secret: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(at: datetime) -> str:
    # As pydantic writes times, so that columns compare as text.
    return at.isoformat().replace("+00:00", "Z")


def _moment(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None


def _close_to_others(path: Path) -> None:
    """Make the file with mode 0600 before SQLite opens it; -wal and -shm get the mode of the file itself.

    The file itself is never opened here: closing any handle on it would drop the locks that SQLite holds in this
    process and corrupt it (https://www.sqlite.org/howtocorrupt.html, 2.2). So it is made under another name.
    """
    try:
        if path.exists():
            if stat.S_IMODE(path.stat().st_mode) != MODE:
                path.chmod(MODE)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        empty = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        os.close(os.open(empty, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(empty)
        empty.unlink()
    except OSError as error:
        raise StorageError(f"{path}: cannot be made private ({error}): check who owns the folder") from error
