"""The schema of the public database, one function a change.

Synced tables can be rebuilt from git; recorded tables are append-only. Columns ending ``_at`` are UTC times,
``_on`` are days, periods are texts of ``monitor.periods``, texts for people are JSON by language.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

SYNCED = {
    "plans": """
        id TEXT PRIMARY KEY, country TEXT NOT NULL, languages TEXT NOT NULL, title TEXT NOT NULL,
        wording TEXT NOT NULL, motto TEXT,
        kicker TEXT NOT NULL, summary TEXT NOT NULL, ogp_id TEXT, ogp_number INTEGER, period TEXT NOT NULL,
        cycle_end TEXT NOT NULL, end_dates TEXT NOT NULL, publisher TEXT, coordinator TEXT NOT NULL,
        reviewers TEXT NOT NULL, assessors TEXT NOT NULL, rounds TEXT, monitored_from TEXT NOT NULL,
        rule_set TEXT, publish_copies TEXT NOT NULL, changes TEXT NOT NULL, sources TEXT NOT NULL
    """,
    "organisations": """
        plan TEXT NOT NULL REFERENCES plans(id), id TEXT NOT NULL, name TEXT NOT NULL, short TEXT,
        kind TEXT NOT NULL, tooi TEXT, cbs TEXT, oin TEXT, valid_until TEXT, successor TEXT, note TEXT,
        sources TEXT NOT NULL, PRIMARY KEY (plan, id)
    """,
    "sources": """
        plan TEXT NOT NULL REFERENCES plans(id), id TEXT NOT NULL, title TEXT NOT NULL, language TEXT,
        short TEXT, publisher TEXT,
        published TEXT, address TEXT, no_address TEXT, retrieved TEXT NOT NULL, note TEXT,
        PRIMARY KEY (plan, id)
    """,
    "commitments": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL REFERENCES plans(id), number INTEGER NOT NULL, ogp_id TEXT,
        title TEXT NOT NULL, short_title TEXT, wording TEXT NOT NULL, summary TEXT NOT NULL,
        official_text TEXT NOT NULL, period TEXT NOT NULL, closing TEXT, changes TEXT NOT NULL,
        sources TEXT NOT NULL, UNIQUE (plan, number)
    """,
    "meetings": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL REFERENCES plans(id), slug TEXT NOT NULL, kind TEXT NOT NULL,
        title TEXT NOT NULL, date TEXT NOT NULL, time TEXT, place TEXT, online INTEGER NOT NULL, host TEXT,
        theme TEXT, milestone TEXT, slot TEXT, organisations TEXT NOT NULL, also_present TEXT,
        notes TEXT NOT NULL, decisions TEXT NOT NULL, afterwards TEXT, sources TEXT NOT NULL
    """,
    "feeds": """
        plan TEXT NOT NULL REFERENCES plans(id), id TEXT NOT NULL, title TEXT NOT NULL, address TEXT NOT NULL,
        organisation TEXT, commitments TEXT NOT NULL, words TEXT NOT NULL, interval_hours INTEGER NOT NULL,
        after_plan INTEGER NOT NULL, dead TEXT, note TEXT, sources TEXT NOT NULL, PRIMARY KEY (plan, id)
    """,
    "leads": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        organisation TEXT NOT NULL, doubt TEXT, confirmed_on TEXT, sources TEXT NOT NULL,
        PRIMARY KEY (record, position)
    """,
    "partners": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        organisation TEXT, name TEXT, doubt TEXT, sources TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "goals": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        text TEXT NOT NULL, quote TEXT, ultimate INTEGER NOT NULL, sources TEXT NOT NULL,
        PRIMARY KEY (record, position)
    """,
    "milestones": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        id TEXT GENERATED ALWAYS AS (plan || '/' || number) STORED, number TEXT NOT NULL, title TEXT NOT NULL,
        wording TEXT NOT NULL, quote TEXT, kind TEXT NOT NULL, origin TEXT NOT NULL, official_number TEXT,
        start TEXT, due TEXT NOT NULL, due_latest TEXT, due_basis TEXT NOT NULL, due_note TEXT,
        slots TEXT NOT NULL,
        counted INTEGER NOT NULL, withdrawn TEXT, note TEXT, sources TEXT NOT NULL,
        PRIMARY KEY (record, position)
    """,
    "facts": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        what TEXT NOT NULL, value TEXT NOT NULL, sources TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "indicators": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        id TEXT NOT NULL, title TEXT NOT NULL, target REAL, target_note TEXT, relation TEXT NOT NULL,
        automatic INTEGER NOT NULL, address TEXT, sources TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "assessments": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        assessor TEXT NOT NULL, indicator TEXT NOT NULL, value TEXT NOT NULL, scheme TEXT NOT NULL,
        report TEXT NOT NULL, published TEXT, note TEXT, sources TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "follow_on": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        next_plan TEXT NOT NULL, ogp_id TEXT, title TEXT, address TEXT, sources TEXT NOT NULL,
        PRIMARY KEY (record, position)
    """,
    "conflicts": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        about TEXT NOT NULL, statements TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "unknowns": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        id TEXT NOT NULL, what TEXT NOT NULL, note TEXT, "where" TEXT NOT NULL, PRIMARY KEY (record, position)
    """,
    "agreements": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, position INTEGER NOT NULL,
        id TEXT NOT NULL, text TEXT NOT NULL, organisation TEXT, due TEXT, state TEXT NOT NULL,
        PRIMARY KEY (record, position)
    """,
    "citations": """
        plan TEXT NOT NULL REFERENCES plans(id), record TEXT NOT NULL, field TEXT NOT NULL,
        position INTEGER NOT NULL, source TEXT NOT NULL, certainty TEXT NOT NULL, reasoning TEXT, quote TEXT,
        PRIMARY KEY (record, field, position), FOREIGN KEY (plan, source) REFERENCES sources(plan, id)
    """,
}

RECORDED = {
    "updates": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, commitment TEXT NOT NULL, milestone TEXT, organisation TEXT,
        said_by TEXT, text TEXT NOT NULL, completion TEXT, completion_reasoning TEXT,
        unchanged INTEGER NOT NULL, obstacle TEXT, speaks_of TEXT NOT NULL, speaks_of_earliest TEXT,
        speaks_of_latest TEXT,
        published TEXT NOT NULL,
        published_on TEXT NOT NULL, recorded_at TEXT NOT NULL, way TEXT NOT NULL, reviewed_on TEXT,
        reviewed_by_other INTEGER NOT NULL, after_plan INTEGER NOT NULL, withdrawn_at TEXT, withdrawn TEXT
    """,
    "evidence": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, update_id TEXT NOT NULL, title TEXT, address TEXT,
        no_address TEXT, source TEXT, sha256 TEXT, state TEXT NOT NULL, checked_at TEXT, archive_address TEXT,
        recorded_at TEXT NOT NULL
    """,
    "entries": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, feed TEXT NOT NULL, title TEXT NOT NULL, address TEXT,
        summary TEXT NOT NULL, published_on TEXT, recorded_at TEXT NOT NULL, changed_at TEXT
    """,
    "mentions": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, entry TEXT NOT NULL, commitment TEXT NOT NULL, milestone TEXT,
        rule TEXT NOT NULL, words TEXT NOT NULL, state TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "feed_states": """
        feed TEXT NOT NULL, plan TEXT NOT NULL, etag TEXT, modified TEXT, last_tried_at TEXT,
        last_success_at TEXT, last_entry_at TEXT, failures INTEGER NOT NULL, error TEXT, next_at TEXT,
        moved_to TEXT, PRIMARY KEY (plan, feed)
    """,
    "measurements": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, commitment TEXT NOT NULL, indicator TEXT NOT NULL,
        speaks_of TEXT NOT NULL, published_on TEXT NOT NULL, value REAL NOT NULL, at_least INTEGER NOT NULL,
        note TEXT, address TEXT, status INTEGER, sha256 TEXT, reader TEXT, recorded_at TEXT NOT NULL
    """,
    "changes": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL, old TEXT, new TEXT,
        kind TEXT NOT NULL, what TEXT, reason TEXT, decided_by TEXT, role TEXT NOT NULL, revision TEXT,
        published_on TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "versions": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, kind TEXT NOT NULL, record TEXT NOT NULL, content TEXT,
        role TEXT NOT NULL, revision TEXT, recorded_at TEXT NOT NULL
    """,
    "corrections": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, commitment TEXT, text TEXT NOT NULL, state TEXT NOT NULL,
        answer TEXT, published_on TEXT NOT NULL, closed_on TEXT, recorded_at TEXT NOT NULL
    """,
    "ideas": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, commitment TEXT, text TEXT NOT NULL, state TEXT NOT NULL,
        answer TEXT, published_on TEXT NOT NULL, closed_on TEXT, recorded_at TEXT NOT NULL
    """,
    "questions": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, organisation TEXT, theme TEXT, text TEXT NOT NULL,
        state TEXT NOT NULL, published_on TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "answers": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, question TEXT NOT NULL, organisation TEXT, text TEXT NOT NULL,
        published_on TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "lessons": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, organisation TEXT, theme TEXT, text TEXT NOT NULL,
        address TEXT, published_on TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "themes": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, title TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "agenda_items": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, meeting TEXT, organisation TEXT, text TEXT NOT NULL,
        published_on TEXT NOT NULL, recorded_at TEXT NOT NULL
    """,
    "sign_ups": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, meeting TEXT NOT NULL, organisation TEXT NOT NULL,
        people INTEGER NOT NULL, withdrawn_at TEXT, recorded_at TEXT NOT NULL
    """,
    "agreement_updates": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, meeting TEXT NOT NULL, agreement TEXT NOT NULL,
        organisation TEXT, state TEXT NOT NULL, text TEXT, published_on TEXT NOT NULL,
        recorded_at TEXT NOT NULL
    """,
    "rounds": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, quarter TEXT NOT NULL, opened_at TEXT NOT NULL,
        closed_at TEXT
    """,
    "reminders": """
        id TEXT PRIMARY KEY, plan TEXT NOT NULL, round TEXT, organisation TEXT NOT NULL, kind TEXT NOT NULL,
        commitment TEXT, sent_at TEXT NOT NULL
    """,
    "queue": """
        plan TEXT NOT NULL, commitment TEXT NOT NULL, organisation TEXT NOT NULL, waiting INTEGER NOT NULL,
        oldest_at TEXT, PRIMARY KEY (commitment, organisation)
    """,
    "runs": """
        id TEXT PRIMARY KEY, job TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
        items INTEGER NOT NULL, failures INTEGER NOT NULL, error TEXT
    """,
    "alarms": """
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, about TEXT NOT NULL, message TEXT NOT NULL,
        started_at TEXT NOT NULL, ended_at TEXT
    """,
    "tombstones": """
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, ground TEXT NOT NULL, role TEXT NOT NULL,
        erased_at TEXT NOT NULL
    """,
}

# Tables that came later, each made by a change of its own.
ADDED = {
    "copies": """
        id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, state TEXT NOT NULL, role TEXT NOT NULL, ground TEXT NOT NULL,
        file TEXT, file_bytes INTEGER, recorded_at TEXT NOT NULL
    """,
    "held_measurements": f"{RECORDED['measurements']}, day_from TEXT, before REAL NOT NULL",
    "indicator_states": """
        plan TEXT NOT NULL, commitment TEXT NOT NULL, indicator TEXT NOT NULL, address TEXT, reader TEXT,
        last_tried_at TEXT, last_success_at TEXT, failures INTEGER NOT NULL, error TEXT, next_at TEXT,
        PRIMARY KEY (plan, commitment, indicator)
    """,
    "health": """
        topic TEXT NOT NULL, about TEXT NOT NULL, well INTEGER NOT NULL, last_at TEXT, next_at TEXT, number INTEGER,
        note TEXT, checked_at TEXT NOT NULL, PRIMARY KEY (topic, about)
    """,
}

INDEXES = (
    "CREATE UNIQUE INDEX milestones_id ON milestones(id)",
    "CREATE INDEX updates_commitment ON updates(commitment, published_on)",
    "CREATE INDEX evidence_update ON evidence(update_id)",
    "CREATE INDEX mentions_commitment ON mentions(commitment, state)",
    "CREATE INDEX changes_record ON changes(record, published_on)",
    "CREATE INDEX versions_record ON versions(plan, record, recorded_at)",
    "CREATE INDEX runs_job ON runs(job, started_at)",
)

# Recorded tables whose text can be found.
FOUND = ("updates", "entries", "corrections", "ideas", "questions", "answers", "lessons", "agenda_items")

public = Migrations("public")


@public()
def create_tables(db: Database) -> None:
    """Create a table for every word of the design."""
    for name, columns in (SYNCED | RECORDED).items():
        db.execute(f"CREATE TABLE {name} ({columns})")
    for statement in INDEXES:
        db.execute(statement)


@public()
def number_tickets(db: Database) -> None:
    """Let corrections and ideas have a number, say what they are about, who sent them and who answered."""
    for table in ("corrections", "ideas"):
        for column in (
            "number INTEGER NOT NULL DEFAULT 0",
            "about TEXT",
            "organisation TEXT",
            "reviewed_by_other INTEGER NOT NULL DEFAULT 0",
            "answered_by TEXT",
        ):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
        db.execute(f"CREATE UNIQUE INDEX {table}_number ON {table}(plan, number)")


@public()
def name_files(db: Database) -> None:
    """Let evidence be a file that is kept here."""
    db.execute("ALTER TABLE evidence ADD COLUMN file TEXT")


@public()
def name_replaced(db: Database) -> None:
    """Let an update name the one it takes the place of."""
    db.execute("ALTER TABLE updates ADD COLUMN replaces TEXT")


@public()
def measure_files(db: Database) -> None:
    """Keep how large a file behind an update is."""
    db.execute("ALTER TABLE evidence ADD COLUMN file_bytes INTEGER")


@public()
def name_commitment_files(db: Database) -> None:
    """Keep the name of the file that a commitment stands in, so that a page leads to that very file."""
    db.execute("ALTER TABLE commitments ADD COLUMN slug TEXT")


@public()
def quarters_of_queue(db: Database) -> None:
    """Keep which quarters the reports that wait speak of."""
    db.execute("ALTER TABLE queue ADD COLUMN quarters TEXT NOT NULL DEFAULT '[]'")


@public()
def find_passages(db: Database) -> None:
    """Let public text be found by any three letters of it; what changes or goes is not found any more, at once."""
    db.execute("""CREATE TABLE passages (
        id INTEGER PRIMARY KEY, record TEXT NOT NULL, kind TEXT NOT NULL, plan TEXT NOT NULL, language TEXT NOT NULL,
        address TEXT NOT NULL, label TEXT NOT NULL, title TEXT NOT NULL, title_language TEXT NOT NULL,
        text TEXT NOT NULL, text_language TEXT NOT NULL, keys TEXT NOT NULL, words TEXT NOT NULL,
        stems TEXT NOT NULL)""")
    db.execute("CREATE INDEX passages_record ON passages(record)")
    db.table("passages").enable_fts(["keys", "words", "stems"], tokenize="trigram", create_triggers=True)
    for table in FOUND:
        # A row that is replaced counts as inserted only.
        for event, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
            leave = f"DELETE FROM passages WHERE record = {row}.id"
            db.execute(f"CREATE TRIGGER {table}_{event.lower()}_passages AFTER {event} ON {table} BEGIN {leave}; END")


@public()
def name_in_news(db: Database) -> None:
    """Keep the words by which news means a commitment."""
    for column in ("also_called", "with_organisation"):
        db.execute(f"ALTER TABLE commitments ADD COLUMN {column} TEXT NOT NULL DEFAULT '[]'")


@public()
def keep_copies(db: Database) -> None:
    """Tell an attempt from an answer, since when a page is gone, what was kept and who may see the copy."""
    for column in (
        "tried_at TEXT",
        "status INTEGER",
        "page_title TEXT",
        "fetched_at TEXT",
        "missing_since TEXT",
        "misses INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(f"ALTER TABLE evidence ADD COLUMN {column}")
    db.execute("UPDATE evidence SET tried_at = checked_at")
    # An attempt that got no answer was recorded as a check until now.
    db.execute("UPDATE evidence SET checked_at = NULL WHERE state = 'unchecked'")
    db.execute("UPDATE evidence SET missing_since = checked_at WHERE state = 'gone' AND address IS NOT NULL")
    db.execute(f"CREATE TABLE copies ({ADDED['copies']})")
    db.execute("CREATE INDEX copies_sha256 ON copies(sha256, recorded_at)")
    db.execute("CREATE INDEX evidence_sha256 ON evidence(sha256)")


@public()
def name_read_addresses(db: Database) -> None:
    """Keep which address of a feed was read: what was learnt of another one does not count."""
    db.execute("ALTER TABLE feed_states ADD COLUMN address TEXT")
    db.execute(
        "UPDATE feed_states SET address = "
        "(SELECT address FROM feeds WHERE feeds.id = feed AND feeds.plan = feed_states.plan)"
    )


@public()
def watch_indicators(db: Database) -> None:
    """Keep how reading each indicator goes, where its day comes from, and apart what jumps too far to be a fact."""
    db.execute("ALTER TABLE measurements ADD COLUMN day_from TEXT")
    for name in ("held_measurements", "indicator_states"):
        db.execute(f"CREATE TABLE {name} ({ADDED[name]})")


@public()
def follow_runs(db: Database) -> None:
    """Keep since when a job fails or gives nothing and what it was made of, and how everything goes."""
    for column in ("failing_since_at", "quiet_since_at", "mark"):
        db.execute(f"ALTER TABLE runs ADD COLUMN {column} TEXT")
    db.execute(f"CREATE TABLE health ({ADDED['health']})")


@public()
def bound_feeds(db: Database) -> None:
    """Keep how many entries of a feed made place for new ones, and how many found none."""
    for column in ("let_go", "left_out"):
        db.execute(f"ALTER TABLE feed_states ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")


@public()
def tell_of_readings(db: Database) -> None:
    """Keep what must be known of the numbers that the monitor reads of an indicator."""
    db.execute("ALTER TABLE indicators ADD COLUMN reading_note TEXT")


@public()
def tell_where(db: Database) -> None:
    """Keep the new address of evidence whose page says that it moved for good."""
    db.execute("ALTER TABLE evidence ADD COLUMN moved_to TEXT")


@public()
def tell_what_was_done(db: Database) -> None:
    """Keep whether a correction or idea changed anything, and the moment at which it got its answer."""
    for table in ("corrections", "ideas"):
        for column in ("outcome", "closed_at"):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")


@public()
def withdraw_what_is_shared(db: Database) -> None:
    """Let what the network shares be withdrawn, and say where nobody else could check it."""
    for table in ("questions", "answers", "lessons", "agenda_items"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN reviewed_by_other INTEGER NOT NULL DEFAULT 1")
        db.execute(f"ALTER TABLE {table} ADD COLUMN withdrawn_at TEXT")
