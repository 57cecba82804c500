"""How long things stay in private.db: erasing, counting what comes in, and the audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.audit_log import FIRST_HASH, PRUNED, Row, boundary, digest
from bot.dialogue import State
from monitor import models
from monitor.rows import stamp
from monitor.storage import Records


class Keeping(Records):
    """What is kept in private.db, for as long as may be."""

    # Erasing

    def tidy(self, now: datetime, days: Mapping[str, int]) -> dict[str, int]:
        """Delete what hangs from nobody's report and was kept for its days; give how much of each kind."""
        before = {kind: stamp(now - timedelta(days=most)) for kind, most in days.items()}
        inbox = "DELETE FROM inbox WHERE state <> 'new' AND received_at < ?"
        sent = "DELETE FROM deliveries WHERE state IN ('sent', 'given-up') AND coalesce(sent_at, created_at) < ?"
        digests = "DELETE FROM digests WHERE created_at < ?"
        invitations = "DELETE FROM invitations WHERE coalesce(used_at, revoked_at, expires_at) < ?"
        with self.transaction():
            return {
                "inbox": self._write(inbox, [before["inbox"]]),
                "pace": sum(
                    self._write(f"DELETE FROM {table} WHERE at < ?", [before["pace"]])  # noqa: S608
                    for table in ("pace", "file_pace")
                ),
                "messages": self._write(sent, [before["messages"]]),
                "digests": self._write(digests, [before["digests"]]),
                "invitations": self._write(invitations, [before["invitations"]]),
                "drafts": self._drop_drafts(before["drafts"]),
            }

    def _drop_drafts(self, before: str) -> int:
        # The revision stays, so that a button or a message of long ago is not taken for one of now.
        rows = self.db.conn.execute("SELECT person, payload FROM states WHERE changed_at < ?", [before]).fetchall()
        dropped = self._write("DELETE FROM drafts WHERE changed_at < ?", [before])
        for person, payload in rows:
            dropped += self._begin_anew(person, payload)
        return dropped

    def _begin_anew(self, person: str, payload: str) -> int:
        known = State.model_validate_json(payload)
        bare = State(language=known.language, revision=known.revision, role=known.role).model_dump_json()
        return self._write("UPDATE states SET payload = ? WHERE person = ?", [bare, person]) if bare != payload else 0

    def last_active(self) -> dict[str, datetime]:
        """Give when each person was last heard of."""
        rows = self.db.conn.execute(
            "SELECT p.id, max(coalesce(s.changed_at, ''), coalesce(p.renewed_at, ''), p.created_at) "
            "FROM persons p LEFT JOIN states s ON s.person = p.id"
        )
        return {row[0]: datetime.fromisoformat(row[1]) for row in rows.fetchall()}

    def remove(self, person: models.Person) -> None:
        """Remove a person with all that hangs from them: state, drafts, messages, and what could not be read.

        A draft stays with the organisation where a colleague may go on with it.
        """
        self.delete(models.Person, id=person.id)
        shared = "UPDATE drafts SET person = '' WHERE person = ? AND organisation IN (SELECT organisation FROM persons)"
        self._write(shared, [person.id])
        self._write("DELETE FROM drafts WHERE person = ?", [person.id])
        for update_id, payload in self.db.conn.execute(
            "SELECT update_id, payload FROM inbox WHERE state = 'parked' AND payload IS NOT NULL"
        ).fetchall():
            if person.channel == "telegram" and _is_from(json.loads(payload), person.address):
                self._write("UPDATE inbox SET payload = NULL WHERE update_id = ?", [update_id])

    def wipe(self, words: Sequence[str]) -> int:
        """Erase the messages and drafts that hold one of these words, and begin conversations anew that do."""
        wiped = 0
        for table, key in (("deliveries", "id"), ("drafts", "key"), ("states", "person")):
            for name, payload in self.db.conn.execute(f"SELECT {key}, payload FROM {table}").fetchall():  # noqa: S608
                if not _holds(f"{name} {payload}", words):
                    continue
                if table == "states":
                    wiped += self._begin_anew(name, payload)
                else:
                    wiped += self._write(f"DELETE FROM {table} WHERE {key} = ?", [name])  # noqa: S608
        return wiped

    def scrub(self) -> None:
        """Take what was erased out of the write-ahead log too, as far as no other reader is in the way."""
        self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # How much comes in

    def paces(self, person: str) -> list[datetime]:
        """List when a person sent something, the oldest first."""
        rows = self.db.conn.execute("SELECT at FROM pace WHERE person = ? ORDER BY at", [person]).fetchall()
        return [datetime.fromisoformat(row[0]) for row in rows]

    def pace(self, person: str, *, now: datetime, forget: datetime) -> None:
        """Note that a person sent something, and forget what they sent before a moment."""
        self._write("DELETE FROM pace WHERE person = ? AND at < ?", [person, stamp(forget)])
        self._write("INSERT INTO pace (person, at) VALUES (?, ?)", [person, stamp(now)])

    def note_file(self, person: str, *, now: datetime, since: datetime, most: int) -> bool:
        """Note that a person sent a file, unless they sent the most that may be since a moment; tell whether noted."""
        with self.transaction():
            self._write("DELETE FROM file_pace WHERE person = ? AND at < ?", [person, stamp(since)])
            known = self.db.conn.execute("SELECT count(*) FROM file_pace WHERE person = ?", [person]).fetchone()[0]
            if known >= most:
                return False
            self._write("INSERT INTO file_pace (person, at) VALUES (?, ?)", [person, stamp(now)])
            return True

    def reports_since(self, person: str, since: datetime) -> int:
        """Count the reports that a person sent since a moment."""
        sql = "SELECT count(*) FROM reports WHERE person = ? AND created_at >= ?"
        return int(self.db.conn.execute(sql, [person, stamp(since)]).fetchone()[0])

    def people_since(self, channel: str, since: datetime) -> int:
        """Count the visitors who came in by a channel since a moment."""
        sql = "SELECT count(*) FROM persons WHERE channel = ? AND role = 'visitor' AND created_at >= ?"
        return int(self.db.conn.execute(sql, [channel, stamp(since)]).fetchone()[0])

    # Who did what

    def audit(self, *, at: datetime, actor: str, action: str, about: str) -> models.AuditEntry:
        """Append to the log of who did what; each entry holds the hash of the one before."""
        with self.transaction():
            number, previous = self.audit_end() or (0, FIRST_HASH)
            known: dict[str, Any] = {"id": number + 1, "at": at, "actor": actor, "action": action, "about": about}
            sha256 = digest(number + 1, at, actor, action, about, previous)
            entry = models.AuditEntry(**known, previous_sha256=previous, sha256=sha256)
            self.add(entry)
            return entry

    def audit_rows(self) -> list[Row]:
        """List the audit log as it stands in the file."""
        rows = self.db.conn.execute(f"SELECT {', '.join(Row._fields)} FROM audit ORDER BY id").fetchall()  # noqa: S608
        return [Row(*row) for row in rows]

    def audit_end(self) -> tuple[int, str] | None:
        """Give number and hash of the last entry, as noted beside the log; None where there was never one."""
        row = self.db.conn.execute("SELECT id, sha256 FROM audit_end").fetchone()
        return (row[0], row[1]) if row else None

    def prune_audit(self, *, before: datetime, now: datetime) -> int:
        """Remove the entries before a moment; a new entry says where the rest begins, so that it can be checked."""
        row = self.db.conn.execute(
            "SELECT id, sha256 FROM audit a WHERE at < ? AND NOT EXISTS "
            "(SELECT 1 FROM audit b WHERE b.id < a.id AND b.at >= ?) ORDER BY id DESC LIMIT 1",
            [stamp(before), stamp(before)],
        ).fetchone()
        if row is None:
            return 0
        with self.transaction():
            self.audit(at=now, actor="retention", action=PRUNED, about=boundary(row[0], row[1]))
            return self._write("DELETE FROM audit WHERE id <= ?", [row[0]])


def _holds(payload: str, words: Sequence[str]) -> bool:
    """Tell whether JSON holds one of these words, whichever way it writes letters."""
    return any(json.dumps(word, ensure_ascii=plain)[1:-1] in payload for word in words for plain in (True, False))


def _is_from(update: dict[str, Any], address: str) -> bool:
    chat = (update.get("message") or {}).get("chat")
    sender = (update.get("callback_query") or {}).get("from")
    return any(isinstance(one, dict) and str(one.get("id")) == address for one in (chat, sender))
