"""The schema of private.db, one function a change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

# What an entry of the audit log may be: the next one, for good, until an entry "pruned" says that it may go.
APPEND_ONLY = (
    "CREATE TABLE audit_end (only INTEGER PRIMARY KEY CHECK (only = 1), id INTEGER NOT NULL, sha256 TEXT NOT NULL)",
    "CREATE TRIGGER audit_next BEFORE INSERT ON audit WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_noted AFTER INSERT ON audit "
    "BEGIN DELETE FROM audit_end; INSERT INTO audit_end VALUES (1, NEW.id, NEW.sha256); END",
    "CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_whole BEFORE DELETE ON audit WHEN OLD.id > (SELECT coalesce(max(CAST(about AS INTEGER)), 0) "
    "FROM audit WHERE action = 'pruned') BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "INSERT INTO audit_end SELECT 1, id, sha256 FROM audit ORDER BY id DESC LIMIT 1",
)
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
    plan = db.execute("SELECT plan FROM reports ORDER BY created_at DESC LIMIT 1").fetchone()
    states = db.execute(
        "SELECT s.person, s.payload, s.changed_at, p.organisation FROM states s JOIN persons p ON p.id = s.person"
    ).fetchall()
    for person, payload, changed_at, organisation in states:
        state = json.loads(payload)
        for draft in _drafts_in(state, person):
            named = draft.get("commitment") or draft.get("about") or ""
            row = [draft["key"], named.partition("/")[0] or (plan[0] if plan else ""), organisation, person]
            db.execute("INSERT OR IGNORE INTO drafts VALUES (?, ?, ?, ?, ?, ?)", [*row, json.dumps(draft), changed_at])
        state["kept"] = []
        db.execute("UPDATE states SET payload = ? WHERE person = ?", [json.dumps(state), person])


def _drafts_in(state: dict[str, Any], person: str) -> list[dict[str, Any]]:
    """Take the drafts out of a conversation's state, each with a key that no other person's draft has."""
    open_draft = state["place"].get("draft")
    found = [draft for draft in (open_draft, *state.get("kept", ())) if draft]
    for draft in found:
        if not draft.get("revises"):
            draft["key"] = hashlib.sha256(f"{person}:{draft['key']}".encode()).hexdigest()[:12]
    return [draft for draft in found if draft.get("commitment") or draft.get("text") or draft.get("about")]


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


@schema()
def append_to_the_audit_log_only(db: Database) -> None:
    """Refuse to change or remove entries of the audit log, and note where it ends."""
    for statement in APPEND_ONLY:
        db.execute(statement)


@schema()
def count_what_comes_in(db: Database) -> None:
    """Keep for a while when each person sent something."""
    db.execute("CREATE TABLE pace (person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE, at TEXT NOT NULL)")
    db.execute("CREATE INDEX pace_person ON pace(person, at)")


@schema()
def find_in_the_audit_log(db: Database) -> None:
    """Find what somebody did, and what was done with something, without reading the whole log."""
    db.execute("CREATE INDEX audit_actor ON audit(actor)")
    db.execute("CREATE INDEX audit_about ON audit(action, about)")


@schema()
def count_files(db: Database) -> None:
    """Keep for a day when each person sent a file."""
    db.execute(
        "CREATE TABLE file_pace (person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE, at TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX file_pace_person ON file_pace(person, at)")


@schema()
def keep_since_when_a_role_holds(db: Database) -> None:
    """Keep since when somebody has their role, so that nobody is asked about the time before."""
    db.execute("ALTER TABLE persons ADD COLUMN bound_at TEXT")
    db.execute("UPDATE persons SET bound_at = created_at")


@schema()
def send_at_working_hours(db: Database) -> None:
    """Keep which messages nobody waits for, so that they are sent at working hours only, also after an outage."""
    db.execute("ALTER TABLE deliveries ADD COLUMN country TEXT")


@schema()
def follow(db: Database) -> None:
    """Keep until when news was looked at for what somebody follows, and what each digest told them."""
    db.execute("ALTER TABLE subscriptions ADD COLUMN told_at TEXT")
    db.execute("ALTER TABLE digests ADD COLUMN told TEXT NOT NULL DEFAULT '[]'")
    db.execute("CREATE INDEX subscriptions_person ON subscriptions(person)")
    db.execute("CREATE INDEX digests_person ON digests(person, created_at)")
