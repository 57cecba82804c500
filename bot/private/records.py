"""People, where conversations stand, drafts, messages to send, and what comes in."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.dialogue import Draft, Reply, State
from bot.private.keeping import Keeping
from bot.private.schema import schema
from monitor import models
from monitor.rows import stamp
from monitor.storage import StorageError, Table

MODE = 0o600
LEASE = timedelta(minutes=2)
UNSENT = (
    "FROM deliveries d JOIN persons p ON p.id = d.person "
    "WHERE p.channel = 'telegram' AND p.reachable AND d.state IN ('queued', 'sending')"
)
CLAIM = (
    "SELECT d.id FROM deliveries d JOIN persons p ON p.id = d.person "
    "WHERE p.channel = ? AND p.reachable AND d.state IN ('queued', 'sending') "
    "AND (d.next_at IS NULL OR d.next_at <= ?) AND NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value = d.country) "
    "AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.person = d.person AND e.position < d.position "
    "AND e.state IN ('queued', 'sending') AND NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value = e.country)) "
    "ORDER BY d.attempts, d.position LIMIT 1"
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


class StaleStateError(Exception):
    """A conversation went on elsewhere since its state was read; read it again."""


class Private(Keeping):
    """The private database of a data folder, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Open or create ``private.db`` with mode 0600; raise StorageError where that fails."""
        _close_to_others(path)
        super().__init__(path, TABLES, schema)
        # What is erased is overwritten, not only marked as free.
        self.db.execute("PRAGMA secure_delete = ON")

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
        bound_at: datetime | None = None,
    ) -> models.Person:
        """Keep a person under an opaque id; one who is known gets the role and organisation given here.

        ``bound_at`` is a moment on the day that is spoken of, where that is not the day of ``now``.
        """
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
                bound_at=_bound_at(known, role, organisation) or bound_at or now,
            )
            self.change_person(person) if known else self.add(person)
            return person

    def change_person(self, person: models.Person) -> None:
        """Write what changed of a person, leaving what hangs from it in place."""
        self._write(
            "UPDATE persons SET role = ?, organisation = ?, language = ?, notice = ?, reachable = ?, renewed_at = ?, "
            "bound_at = ? WHERE id = ?",
            [
                person.role,
                person.organisation,
                person.language,
                person.notice,
                person.reachable,
                stamp(person.renewed_at) if person.renewed_at else None,
                stamp(person.bound_at) if person.bound_at else None,
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
            [person, state.revision, payload, stamp(now), over],
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
            [draft.key, plan, person.organisation, person.id, draft.model_dump_json(), stamp(now)],
        )

    def drop_draft(self, key: str) -> None:
        """Forget a draft that was sent or thrown away."""
        self._write("DELETE FROM drafts WHERE key = ?", [key])

    def spoken_of(self) -> list[str]:
        """Give all conversations and drafts as they are kept."""
        rows = self.db.conn.execute("SELECT payload FROM states UNION ALL SELECT payload FROM drafts")
        return [row[0] for row in rows.fetchall()]

    # Messages to send

    def queue(
        self, person: str, reply: Reply, *, key: str, revision: int, now: datetime, country: str | None = None
    ) -> bool:
        """Queue a message to a person; a key that is known already queues nothing.

        ``country`` is that whose working hours it is sent at, or the mark for by day, where nobody waits for it.
        """
        last = self.db.conn.execute("SELECT coalesce(max(position), 0) FROM deliveries").fetchone()[0]
        payload = {"reply": reply.model_dump(mode="json"), "revision": revision}
        known = {"id": key, "person": person, "position": last + 1, "payload": payload, "country": country}
        return self.add(models.Delivery(**known, created_at=now))

    def queued(self, kind: str) -> list[tuple[str, datetime | None]]:
        """List the keys of the messages of a kind, which opens them, and when each was sent."""
        sql = "SELECT id, CASE state WHEN 'sent' THEN sent_at END FROM deliveries WHERE id >= ? AND id < ? ORDER BY id"
        rows = self.db.conn.execute(sql, [f"{kind}:", f"{kind};"]).fetchall()
        return [(row[0], _moment(row[1])) for row in rows]

    def countries(self) -> list[str]:
        """List the countries whose working hours messages wait for, and the mark for by day."""
        sql = "SELECT DISTINCT country FROM deliveries WHERE state IN ('queued', 'sending') AND country IS NOT NULL"
        return [row[0] for row in self.db.conn.execute(sql).fetchall()]

    def claim(self, channel: str, now: datetime, *, at_rest: Sequence[str] = ()) -> models.Delivery | None:
        """Take the next message to send in a channel; nobody else gets it until the lease ends.

        Of each person only the oldest unsent message is taken, so that order is kept; what failed least goes first.
        What nobody waits for is left, and holds up nothing, where people of its country are ``at_rest``.
        """
        resting = json.dumps(list(at_rest))
        with self.transaction():
            row = self.db.conn.execute(CLAIM, [channel, stamp(now), resting, resting]).fetchone()
            if row is None:
                return None
            self._write(
                "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_at = ? WHERE id = ?",
                [stamp(now + LEASE), row[0]],
            )
            return self.get(models.Delivery, id=row[0])

    def settle(self, delivery: str, state: str, *, now: datetime, next_at: datetime | None = None) -> None:
        """Write how sending a message went: ``sent``, ``queued`` again, or ``given-up``."""
        sent = stamp(now) if state == "sent" else None
        self._write(
            "UPDATE deliveries SET state = ?, sent_at = ?, next_at = ? WHERE id = ?",
            [state, sent, stamp(next_at) if next_at else None, delivery],
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

    def take_back(self, start: str, now: datetime) -> int:
        """Delete the messages whose key begins like this and that nobody got or is getting; give how many."""
        end = f"{start[:-1]}{chr(ord(start[-1]) + 1)}"
        unsent = "(state = 'queued' OR (state = 'sending' AND next_at <= ?))"
        return self._write(f"DELETE FROM deliveries WHERE id >= ? AND id < ? AND {unsent}", [start, end, stamp(now)])  # noqa: S608

    # The inbox of a channel that hands over each message only once

    def receive(self, update_id: int, payload: str, *, now: datetime, state: str = "new") -> bool:
        """Keep what came in before anything else happens with it; tell whether it is new."""
        added = self._write(
            "INSERT OR IGNORE INTO inbox (update_id, payload, state, received_at) VALUES (?, ?, ?, ?)",
            [update_id, payload, state, stamp(now)],
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
        """Give since when the oldest update waits to be handled, and the oldest message that somebody waits for."""
        received = self.db.conn.execute("SELECT min(received_at) FROM inbox WHERE state = 'new'").fetchone()[0]
        queued = self.db.conn.execute(f"SELECT min(d.created_at) {UNSENT} AND d.country IS NULL").fetchone()[0]
        return (_moment(received), _moment(queued))


def secret_hash(secret: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _bound_at(known: models.Person | None, role: models.Role, organisation: str | None) -> datetime | None:
    """Give since when somebody has a role already; None where it is new to them."""
    return known.bound_at if known and (known.role, known.organisation) == (role, organisation) else None


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
