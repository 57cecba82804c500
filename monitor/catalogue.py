"""What the public database says of itself: every table titled and described, and questions ready to ask."""

from __future__ import annotations

from typing import Any

TABLES: dict[str, tuple[str, str, str]] = {
    "plans": ("Plans · actieplannen", "Action plans with their dates and rules.", "De actieplannen."),
    "organisations": ("Organisations · organisaties", "Bodies, with public identifiers.", "Organisaties in het plan."),
    "sources": ("Sources · bronnen", "Where facts come from.", "Waar de feiten vandaan komen."),
    "citations": ("Citations · verwijzingen", "Which source carries which field.", "Welke bron bij welk feit hoort."),
    "commitments": ("Commitments · actiepunten", "The promises of a plan.", "De beloften van een plan."),
    "leads": ("Leads · actiehouders", "Who answers for a commitment.", "Wie er over een actiepunt gaat."),
    "partners": ("Partners", "Who helps with a commitment.", "Wie er meehelpt."),
    "goals": ("Goals · doelen", "Aims within the term and beyond it.", "Doelen binnen en na de looptijd."),
    "milestones": (
        "Milestones · mijlpalen",
        "Verifiable steps, with due date and basis.",
        "Stappen die u kunt nagaan.",
    ),
    "facts": ("Facts · feiten", "Other things that sources say.", "Wat bronnen nog meer melden."),
    "indicators": ("Indicators · indicatoren", "Numbers that tell how far it reaches.", "Getallen bij een actiepunt."),
    "measurements": ("Measurements · metingen", "Dated readings of indicators.", "Metingen met hun datum."),
    "held_measurements": (
        "Held measurements · apart gehouden",
        "Readings that jump too far: kept apart, never facts.",
        "Metingen die te veel afwijken: geen feit, een mens kijkt ernaar.",
    ),
    "indicator_states": (
        "Indicator states · toestand",
        "How reading each indicator goes.",
        "Hoe het ophalen van de cijfers gaat.",
    ),
    "assessments": (
        "Assessments · oordelen",
        "Findings of an assessor; what we derived says so.",
        "Oordelen; wat wij afleidden staat erbij.",
    ),
    "follow_on": ("Follow-on · vervolg", "Later commitments and plans.", "Latere actiepunten en plannen."),
    "conflicts": ("Conflicts · tegenspraak", "Where sources differ.", "Waar bronnen verschillen."),
    "unknowns": ("Unknowns · niet gevonden", "What was looked for and not found.", "Wat wij zochten en niet vonden."),
    "meetings": ("Meetings · bijeenkomsten", "Meetings that a source tells of.", "Bijeenkomsten met een bron."),
    "agreements": ("Agreements · afspraken", "What a meeting agreed.", "Wat er is afgesproken."),
    "feeds": ("Feeds · nieuwsbronnen", "Addresses read for news.", "Adressen die wij volgen."),
    "updates": ("Updates · voortgangsberichten", "What was said about which day.", "Wat er gemeld is, over welke dag."),
    "evidence": ("Evidence · bewijs", "Links, photos and documents behind updates.", "Links, foto's en stukken."),
    "copies": (
        "Copies · kopieën",
        "Whether a kept copy may be seen, who decided so and why.",
        "Of een bewaarde kopie openbaar is, wie dat besloot en waarom.",
    ),
    "entries": ("Entries · nieuwsberichten", "Items of feeds, as they first came.", "Berichten uit de nieuwsbronnen."),
    "mentions": (
        "Mentions · vermeldingen",
        "Entries that may concern a commitment.",
        "Berichten die erover kunnen gaan.",
    ),
    "feed_states": ("Feed states · toestand", "How reading each feed goes.", "Hoe het lezen van de bronnen gaat."),
    "changes": ("Changes · wijzigingen", "What moved in a promise or in our record.", "Wat er veranderde en waarom."),
    "versions": (
        "Versions · eerdere teksten",
        "What the plan files said of each record, and since when.",
        "Wat er in de bestanden stond, en sinds wanneer.",
    ),
    "corrections": ("Corrections · verbetermeldingen", "Reported errors and answers.", "Gemelde fouten en antwoorden."),
    "ideas": ("Ideas · ideeën", "Ideas and their answers.", "Ideeën en antwoorden."),
    "questions": ("Questions · vragen", "What members ask the network.", "Vragen aan het netwerk."),
    "answers": ("Answers · antwoorden", "What members answer.", "Antwoorden van leden."),
    "lessons": ("Lessons · lessen", "What members learned.", "Wat leden leerden."),
    "themes": ("Themes · thema's", "Subjects of the network.", "Onderwerpen van het netwerk."),
    "agenda_items": ("Agenda items · agendapunten", "Proposals for meetings.", "Voorstellen voor bijeenkomsten."),
    "sign_ups": ("Sign-ups · aanmeldingen", "Organisations that come.", "Organisaties die komen."),
    "agreement_updates": ("Agreement updates", "How agreements moved on.", "Hoe het met afspraken ging."),
    "rounds": ("Rounds · rondes", "When leads were asked for progress.", "Wanneer wij om voortgang vroegen."),
    "reminders": (
        "Reminders · herinneringen",
        "Whom the monitor asked or told, and when.",
        "Wie wij iets vroegen of vertelden, en wanneer.",
    ),
    "queue": ("Queue · in controle", "How many reports await their check.", "Hoeveel er op controle wacht."),
    "runs": ("Runs · taken", "Each run of a job.", "Elke keer dat een taak liep."),
    "alarms": ("Alarms · storingen", "What is ill, and since when.", "Wat er stuk is en sinds wanneer."),
    "health": ("Health · werking", "How each part of the monitor goes.", "Hoe het met elk onderdeel gaat."),
    "tombstones": ("Tombstones · gewist", "What was erased, and on which ground.", "Wat er gewist is en waarom."),
}

_SHARED = {
    "reviewed_by_other": "0 where nobody of another organisation could check it. "
    "0 als niemand van een andere organisatie het kon controleren.",
    "withdrawn_at": "Since when it is withdrawn; it stands on no page any more. "
    "Sinds wanneer het is ingetrokken; het staat op geen pagina meer.",
}

COLUMNS: dict[str, dict[str, str]] = {
    "questions": _SHARED,
    "answers": _SHARED,
    "lessons": _SHARED,
    "agenda_items": _SHARED,
    "feed_states": {
        "let_go": "Old entries without a mention that made place for new ones. "
        "Oude berichten zonder actiepunt die plaats maakten.",
        "left_out": "New entries with a mention that found no place when the feed was last read. "
        "Nieuwe berichten met een actiepunt waarvoor bij de laatste keer lezen geen plaats was.",
    },
    "measurements": {
        "day_from": "Where the day comes from: named by the answer, or the day of fetching. "
        "Waar de dag vandaan komt: uit het antwoord (answer) of van het ophalen (fetch).",
    },
    "evidence": {
        "file": "A photo or PDF kept here: its address is /bestanden/ and this. "
        "Een foto of pdf die hier staat, op /bestanden/ en deze naam.",
        "file_bytes": "How large that file is. Hoe groot dat bestand is.",
        "sha256": "What the evidence held, as SHA-256; of a file the hash of the copy without metadata. "
        "De SHA-256 van wat het bewijs bevatte; bij een bestand van de kopie zonder verborgen gegevens.",
        "tried_at": "The last attempt, with or without an answer. De laatste poging, met of zonder antwoord.",
        "checked_at": "The last answer that told something. Het laatste antwoord dat iets zei.",
        "status": "The HTTP status of the last answer. De HTTP-status van het laatste antwoord.",
        "page_title": "What the page calls itself, where everyone may see its copy. "
        "Hoe de pagina zichzelf noemt, als iedereen de kopie mag zien.",
        "moved_to": "Where the page says to be now, for good. Waar de pagina voortaan zegt te staan.",
        "fetched_at": "When what the SHA-256 names was kept. Wanneer bewaard is wat de SHA-256 noemt.",
        "missing_since": "The first of the answers in a row that it is not there. "
        "Het eerste antwoord op rij dat het er niet is.",
        "misses": "How many such answers in a row; it takes three to be gone. "
        "Hoeveel zulke antwoorden op rij; na drie heet het weg.",
    },
    "copies": {
        "state": "released, held or taken-down; the newest row of a hash counts. "
        "openbaar, achtergehouden of weggehaald; de nieuwste rij van een hash telt.",
        "role": "The role that decided; 'plan' where the plan names the host. "
        "De rol die besloot; 'plan' als het plan de site noemt.",
        "file": "The name of the copy below /bestanden/. De naam van de kopie onder /bestanden/.",
    },
}

_DAY = "coalesce(nullif(:day, ''), date('now'))"
_PLAN = "coalesce(nullif(:plan, ''), (SELECT id FROM plans ORDER BY period DESC LIMIT 1))"
_SEEN = f"u.published_on <= {_DAY} AND (u.withdrawn_at IS NULL OR date(u.withdrawn_at) > {_DAY}) AND NOT u.after_plan"
_COMPLETION = f"""
  (SELECT u.completion FROM updates u WHERE u.milestone = m.id AND u.completion IS NOT NULL AND {_SEEN}
   ORDER BY u.speaks_of_latest DESC, u.published_on DESC, u.recorded_at DESC, u.id DESC LIMIT 1)"""
_QUARTER = "substr({0}, 1, 4) || '-Q' || ((CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3)"
_BELOW = "substr({0}, 1, length(asked.id) + 1) = asked.id || '/'"
_WORDS = "(SELECT group_concat(value, ' / ') FROM json_each({0}))"

QUESTIONS: dict[str, dict[str, Any]] = {
    "state_on_a_day": {
        "title": "State of the plan on a day · stand op een dag",
        "params": ["plan", "commitment", "day"],
        "description": "Each milestone as the public could know it on :day (empty: today), of the whole plan or of one "
        ":commitment (2018-2020/04). "
        "Unknown is not 'not started'. Milestones that do not count have counted 0.",
        "sql": f"""
SELECT m.record AS "commitment", m.number, {_WORDS.format("m.title")} AS milestone,
  m.due, m.due_basis, m.origin, m.counted, coalesce({_COMPLETION}, 'unknown') AS completion,
  (SELECT count(*) FROM updates u WHERE u.milestone = m.id AND {_SEEN}) AS updates
FROM milestones m JOIN plans p ON p.id = m.plan
WHERE m.plan = {_PLAN} AND coalesce(nullif(:commitment, ''), m.record) = m.record
ORDER BY m.record, m.position""",
    },
    "commitment_record": {
        "title": "Record of a commitment at a moment · actiepunt zoals het was",
        "params": ["commitment", "at"],
        "description": "What the plan files said of a :commitment (2018-2020/04) and its updates at a moment (:at, a "
        "UTC time as in the tables; empty: the newest), and what came in by chat with its evidence. One line of JSON: "
        "the SHA-256 on the page of the commitment is the hash of these bytes.",
        "sql": f"""
WITH asked AS (
  SELECT :commitment AS id, coalesce(nullif(rtrim(:at, 'Z'), ''), '9999') AS at
),
said AS (
  SELECT v.kind, v.record, v.content, v.recorded_at, max(v.rowid) FROM versions v, asked
  WHERE (v.kind = 'commitment' AND v.record = asked.id OR v.kind = 'update' AND {_BELOW.format("v.record")})
    AND rtrim(v.recorded_at, 'Z') <= asked.at
  GROUP BY v.kind, v.record
),
reports AS (
  SELECT u.* FROM updates u, asked WHERE u."commitment" = asked.id AND u.way <> 'pull-request'
    AND rtrim(u.recorded_at, 'Z') <= asked.at
),
standing AS (
  SELECT u.* FROM reports u, asked WHERE u.withdrawn_at IS NULL OR rtrim(u.withdrawn_at, 'Z') > asked.at
),
proof AS (
  SELECT e.* FROM evidence e JOIN standing u ON u.id = e.update_id, asked WHERE rtrim(e.recorded_at, 'Z') <= asked.at
)
SELECT json_object(
  'commitment', (SELECT json(content) FROM said WHERE kind = 'commitment'),
  'updates', (SELECT json_group_array(json_object('id', record, 'update', json(content))) FROM (
    SELECT record, content FROM said WHERE kind = 'update' AND content IS NOT NULL ORDER BY record)),
  'reports', (SELECT json_group_array(json_object(
      'id', id, 'milestone', milestone, 'organisation', organisation, 'completion', completion, 'text', json(text),
      'obstacle', json(obstacle), 'unchanged', unchanged, 'speaks_of', speaks_of, 'published_on', published_on,
      'recorded_at', recorded_at, 'way', way)) FROM (SELECT * FROM standing ORDER BY id)),
  'evidence', (SELECT json_group_array(json_object(
      'id', id, 'update', update_id, 'title', title, 'address', address,
      'sha256', CASE WHEN address IS NULL THEN sha256 END, 'recorded_at', recorded_at))
    FROM (SELECT * FROM proof ORDER BY id))
  ) AS record,
  (SELECT max(rtrim(at, 'Z')) || 'Z' FROM (
    SELECT recorded_at AS at FROM said UNION ALL SELECT recorded_at FROM reports UNION ALL SELECT recorded_at FROM proof
    UNION ALL SELECT u.withdrawn_at FROM reports u, asked WHERE rtrim(u.withdrawn_at, 'Z') <= asked.at)) AS since""",
    },
    "overdue": {
        "title": "Overdue on a day · te laat op een dag",
        "params": ["plan", "day"],
        "description": "Only a stated date can be missed. In a closed plan nothing is late; nor is a step of which "
        "nothing is known, on a day before this monitor watched.",
        "sql": f"""
SELECT m.record AS "commitment", m.number, {_WORDS.format("m.title")} AS milestone, m.due,
  CAST(julianday({_DAY}) - julianday(m.due_latest) AS INTEGER) AS days_late
FROM milestones m JOIN plans p ON p.id = m.plan
WHERE m.plan = {_PLAN} AND m.due_basis = 'stated' AND m.counted AND m.withdrawn IS NULL
  AND m.due_latest < {_DAY} AND {_DAY} <= p.cycle_end AND coalesce({_COMPLETION}, 'unknown') <> 'complete'
  AND ({_DAY} >= p.monitored_from OR coalesce({_COMPLETION}, 'unknown') <> 'unknown')
ORDER BY days_late DESC""",
    },
    "freshness": {
        "title": "Freshness by quarter · hoe recent",
        "params": ["plan", "day"],
        "description": "The quarters that an update speaks of; one about a longer stretch is in none. "
        "A quarter without a row is not silence: silence exists only where this monitor asked (table reminders).",
        "sql": f"""
SELECT u."commitment", {_QUARTER.format("u.speaks_of_latest")} AS quarter,
  CASE WHEN min(u.unchanged) THEN 'unchanged' ELSE 'updated' END AS freshness, count(*) AS updates
FROM updates u WHERE u.plan = {_PLAN} AND {_SEEN}
  AND {_QUARTER.format("u.speaks_of_earliest")} = {_QUARTER.format("u.speaks_of_latest")}
GROUP BY u."commitment", quarter ORDER BY u."commitment", quarter""",
    },
    "claims_without_evidence": {
        "title": "Claims without evidence · zonder bewijs",
        "params": ["plan", "day"],
        "description": "Updates behind which there is nothing to open. Where the source is known but its address "
        "is withheld, because it names a person, there is evidence. A photo or document kept here is evidence too.",
        "sql": f"""
SELECT u.id, u."commitment", u.milestone, u.organisation, u.completion, {_WORDS.format("u.text")} AS text,
  u.published_on
FROM updates u
WHERE u.plan = {_PLAN} AND u.published_on <= {_DAY} AND u.withdrawn_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM evidence e WHERE e.update_id = u.id AND coalesce(e.address, e.file, e.no_address) IS NOT NULL)
ORDER BY u.published_on DESC""",
    },
    "changes_between": {
        "title": "Changes between two days · wijzigingen",
        "params": ["plan", "start", "day"],
        "description": "What moved in the promise or in our record of it, from :start to :day "
        "(empty: everything until today).",
        "sql": f"""
SELECT c.published_on, c.record, c.field, c.old, c.new, c.kind, c.what, c.reason, c.decided_by, c.revision
FROM changes c
WHERE c.plan = {_PLAN} AND c.published_on BETWEEN coalesce(nullif(:start, ''), '0001-01-01') AND {_DAY}
ORDER BY c.published_on DESC, c.record""",
    },
    "how_it_goes": {
        "title": "How the monitor goes · werking van de monitor",
        "params": [],
        "description": "Jobs, feeds, indicators, evidence, publication, disk (MB free), backups and version as they "
        "were looked at last, and alarms that are open or ended within a year.",
        "sql": """
SELECT topic, about, CASE WHEN well THEN 'well' ELSE 'ill' END AS state, last_at, next_at, number, note, checked_at
FROM health
UNION ALL
SELECT 'alarm', trim(kind || ' ' || about),
  CASE WHEN ended_at IS NULL AND kind <> 'feed-moved' THEN 'ill' ELSE 'well' END, started_at, NULL,
  NULL, (SELECT group_concat(value, ' / ') FROM json_each(message)), ended_at
FROM alarms WHERE ended_at IS NULL OR julianday('now') - julianday(ended_at) < 365
ORDER BY topic, about""",
    },
    "crosswalk": {
        "title": "Numbers at OGP · nummers bij OGP",
        "params": ["plan"],
        "description": "Each commitment with its number and titles, its number at OGP and its place in the row there "
        "(derived: the order of those numbers), the later commitments that go on with it, and its official milestones.",
        "sql": f"""
SELECT c.number, c.id AS "commitment", {_WORDS.format("c.title")} AS titles, c.ogp_id,
  CASE WHEN c.ogp_id IS NOT NULL THEN
    (SELECT count(*) FROM commitments o WHERE o.plan = c.plan AND o.ogp_id <= c.ogp_id) END AS place_at_ogp,
  (SELECT group_concat(f.ogp_id, ' / ') FROM follow_on f WHERE f.record = c.id) AS follow_on,
  (SELECT group_concat(m.official_number, ' / ') FROM milestones m
   WHERE m.record = c.id AND m.origin = 'official') AS official_milestones
FROM commitments c
WHERE c.plan = {_PLAN}
ORDER BY c.number""",
    },
}


def _columns(table: str) -> dict[str, Any]:
    return {"columns": COLUMNS[table]} if table in COLUMNS else {}


def metadata(*, example: bool = False) -> dict[str, Any]:
    """Give Datasette's metadata for the database ``monitor``, titled as example data where it is that."""
    title = ("Voorbeeldgegevens, example data. " if example else "") + "Open Overheid Monitor: data"
    tables: dict[str, dict[str, Any]] = {
        name: {"title": title, "description": f"{english} {dutch}"} | _columns(name)
        for name, (title, english, dutch) in TABLES.items()
    }
    for name in ("plans", "commitments"):
        tables[name]["label_column"] = "id"  # else a link to a record shows its title in every language as JSON
    # What the search page compares: every text of it stands in another table.
    tables |= {name: {"hidden": True} for name in ("_sqlite_migrations", "passages", "passages_fts")}
    asked = {name: {**question, "hide_sql": True} for name, question in QUESTIONS.items()}
    return {
        "title": title,
        "description": "Everything the site shows, to query and download. Alles wat op de site staat, om te bevragen.",
        "license": "CC0-1.0 for our own words; quoted text keeps its publisher's terms",
        "databases": {
            "monitor": {
                "title": title,
                "description": "Everything the site shows. Alles wat op de site staat.",
                "tables": tables,
                "queries": asked,
            }
        },
    }
