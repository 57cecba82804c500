"""What a reader follows and takes away: valid, the same on every day, and equal to the database."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit
from xml.etree import ElementTree as Tree

import feedparser
import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from monitor import agenda, commitments, exports, models, pages, permanent, progress, publish, sync, web, words
from monitor.exports.tables import COLUMNS, cell
from monitor.pages.site import read_plan
from monitor.settings import Settings, SettingsError, from_environment
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_storage import an_update

ATOM = "{http://www.w3.org/2005/Atom}"
PLAN = "2018-2020"
CONTEXT = pages.SiteContext(
    example=False,
    url="https://monitor.example/",
    version="0.1.0",
    data_as_of=TODAY,
    plan=PLAN,
    telegram_bot="voorbeeld_bot",
    edit_address="https://git.example/edit/main",
)
LATER = NOW + timedelta(days=3)


def write(storage: Storage, target: Path, *, language: str = "nl", today: date = TODAY, **context: object) -> Path:
    exports.write(storage, today=today, language=language, target=target, context=replace(CONTEXT, **context))
    return target


def files(folder: Path, pattern: str) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob(pattern))}


def bodies(folder: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    return iter(files(folder, pattern).items())


@pytest.fixture
def reported(synced: Storage) -> Storage:
    """Give the shipped plan with what may come in: hostile words, a message taken back, an answer, a change."""
    hostile = '=1+1 <b>vet</b> & "x"\x0b ]]>'
    synced.add(an_update(id="2018-2020/04/r1", commitment="2018-2020/04", text={"nl": hostile}, organisation="leoo"))
    synced.add(
        an_update(id="2018-2020/04/r2", commitment="2018-2020/04", withdrawn_at=LATER, withdrawn={"nl": "Dubbel."})
    )
    synced.add(
        models.Evidence(
            id="e1", plan=PLAN, update_id="2018-2020/04/r1", title="Verslag", address="https://stuk.example/1",
            recorded_at=NOW,
        )
    )  # fmt: skip
    synced.add(
        models.Correction(
            id="c1", plan=PLAN, number=1, commitment="2018-2020/04", text={"nl": "Dit klopt niet."}, closed_on=TODAY,
            state=models.TicketState.CLOSED, answer={"nl": "Het is verbeterd."}, published_on=TODAY, recorded_at=NOW,
        )
    )  # fmt: skip
    synced.add(
        models.Change(
            id="w1", plan=PLAN, record="2018-2020/4.2", field="due", old="2018-12-31", new="2019-02-01",
            kind=models.ChangeKind.PROMISE, role="coordinator", published_on=TODAY, recorded_at=NOW,
        )
    )  # fmt: skip
    return synced


@pytest.fixture
def running(storage: Storage) -> Storage:
    """Give a database that holds the running plan of the tests."""
    folder = commitments.load(ROOT / "tests" / "data" / "plans" / "2026-2028")
    sync.sync(storage, folder, sync.Moment(NOW, TODAY))
    return storage


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_feed_has_what_atom_asks(reported: Storage, tmp_path: Path, language: str) -> None:
    root = "https://monitor.example/" if language == "nl" else "https://monitor.example/en/"
    found = files(write(reported, tmp_path, language=language, today=date(2026, 11, 30)), "*.atom")
    folder = reported.folder(PLAN)
    assert len(found) == 1 + len(folder.commitments) + len(folder.organisations)
    for address, body in found.items():
        feed = Tree.fromstring(body)
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        assert [link.get("href") for link in feed.findall(f"{ATOM}link[@rel='self']")] == [root + address]
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Open Overheid Monitor"
        entries = feed.findall(f"{ATOM}entry")
        for element in (feed, *entries):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1
                assert element.findtext(f"{ATOM}{name}")
            assert re.fullmatch(r"tag:monitor\.example,2026-11-23:\S+", element.findtext(f"{ATOM}id") or "")
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated") or "")
            assert len(element.findall(f"{ATOM}link[@rel='alternate']")) == 1
        ids = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert len(set(ids)) == len(ids)
        assert feed.findtext(f"{ATOM}updated") == max(
            (entry.findtext(f"{ATOM}updated") or "" for entry in entries), default="2026-11-23T12:00:00Z"
        )


def test_feed_of_the_plan_has_an_entry_for_everything(reported: Storage, tmp_path: Path) -> None:
    today = date(2026, 11, 30)
    read = feedparser.parse(io.BytesIO((write(reported, tmp_path, today=today) / f"{PLAN}/volgen.atom").read_bytes()))
    assert not read.bozo
    assert read.version == "atom10"
    data = read_plan(reported, PLAN, today)
    assessed = len(data.plan.assessments) + sum(len(c.assessments) for c in data.folder.commitments)
    told = reported.count(models.Update, plan=PLAN)
    assert len(read.entries) == told + assessed + len(data.folder.meetings) + 2
    kinds = [entry.id.partition(f":{PLAN}/")[2].partition("/")[0] for entry in read.entries]
    assert (kinds.count("update"), kinds.count("finding"), kinds.count("meeting")) == (told, assessed, 3)
    titles = {entry.title for entry in read.entries}
    moved = "de belofte is gewijzigd. uiterste datum: van “31 december 2018” naar “1 februari 2019”."
    assert f"Actiepunt 4, mijlpaal 4.2: {moved}" in titles
    assert "Actiepunt 4, Open Parlement: antwoord op een verbetermelding" in titles
    assert "Actiepunt 4, Open Parlement: ingetrokken bericht over derde kwartaal van 2018" in titles


def test_what_somebody_said_stays_text(reported: Storage, tmp_path: Path) -> None:
    folder = write(reported, tmp_path)
    feed = Tree.parse(folder / f"{PLAN}/04/volgen.atom")
    said = [content.text for content in feed.iter(f"{ATOM}content")]
    assert '=1+1 <b>vet</b> & "x" ]]>' in said
    assert {link.get("href") for link in feed.iter(f"{ATOM}link") if link.get("rel") == "related"} == {
        "https://stuk.example/1"
    }
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO((folder / f"{PLAN}/updates.csv").read_text("utf-8")))}
    assert rows["2018-2020/04/r1"]["text_nl"].startswith("'=1+1 <b>")


def test_files_repeat_nothing_of_what_was_withdrawn_but_that_it_was(reported: Storage, tmp_path: Path) -> None:
    words = {"text": {"nl": "Geheim."}, "obstacle": {"nl": "Zeppelin."}, "completion": "limited"}
    name = "2018-2020/04/r4"
    reported.add(an_update(id=name, commitment="2018-2020/04", withdrawn_at=NOW, withdrawn={"nl": "Fout."}, **words))
    given = {"plan": PLAN, "update_id": name, "recorded_at": NOW}
    reported.add(models.Evidence(id="e4", title="Stuk", address="https://stuk.example/4", **given))
    folder = write(reported, tmp_path) / PLAN
    feed, dossier, table = (
        (folder / path).read_text("utf-8") for path in ("04/volgen.atom", "04/dossier.txt", "updates.csv")
    )
    for text in (feed, dossier, table):
        assert (text.count("Geheim"), text.count("Zeppelin")) == (0, 0)
        assert "Fout." in text
    assert "https://stuk.example/4" not in feed


def test_organisation_gets_what_concerns_it(reported: Storage, tmp_path: Path) -> None:
    feed = Tree.parse(write(reported, tmp_path) / f"{PLAN}/organisaties/gemeente-schiedam/volgen.atom")
    data = read_plan(reported, PLAN, TODAY)
    led = {c.id for c in data.folder.commitments if "gemeente-schiedam" in [lead.organisation for lead in c.leads]}
    said = sum(u.commitment in led or u.organisation == "gemeente-schiedam" for us in data.updates.values() for u in us)
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in feed.iter(f"{ATOM}entry")]
    assert sum(":2018-2020/update/" in name for name in ids) == said > 0
    assert any(":2018-2020/meeting/" in name for name in ids)


@pytest.mark.parametrize("plan", ["reported", "running"])
def test_every_calendar_is_as_the_rfc_wants_it(plan: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    found = files(write(request.getfixturevalue(plan), tmp_path), "*.ics")
    assert found
    for body in found.values():
        lines = body.split(b"\r\n")
        assert lines[-1] == b""
        assert max(map(len, lines)) <= 75
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert lines[0] == b"BEGIN:VCALENDAR"
        assert {b"VERSION:2.0", b"END:VCALENDAR"} <= set(lines)
        events = Calendar.from_ical(body).walk("VEVENT")
        assert events
        assert len({str(event["uid"]) for event in events}) == len(events)
        assert {event["dtstamp"].dt for event in events} == {NOW}
        assert all("dtstart" in event and event["summary"] for event in events)


def test_closed_plan_shows_only_what_has_been(synced: Storage, tmp_path: Path) -> None:
    folder = write(synced, tmp_path)
    found = Calendar.from_ical((folder / f"{PLAN}/agenda.ics").read_bytes()).walk("VEVENT")
    assert [str(event["url"]) for event in found] == [
        f"https://monitor.example/2018-2020/bijeenkomsten/{meeting.slug}/"
        for meeting in synced.folder(PLAN).meetings
        if meeting.date.precision == "day"
    ]
    kick_off = Calendar.from_ical((folder / f"{PLAN}/bijeenkomsten/2018-09-18-schiedam/agenda.ics").read_bytes()).walk(
        "VEVENT"
    )[0]
    assert kick_off["dtstart"].dt == datetime(2018, 9, 18, 12, 0, tzinfo=UTC)
    assert kick_off["dtend"].dt == datetime(2018, 9, 18, 15, 0, tzinfo=UTC)
    beside = {path.parent.name for path in folder.glob(f"{PLAN}/bijeenkomsten/*/agenda.ics")}
    assert beside == {m.slug for m in synced.folder(PLAN).meetings if m.date.precision == "day"}


def test_running_plan_shows_the_dates_that_a_source_states(running: Storage, tmp_path: Path) -> None:
    folder = running.folder("2026-2028")
    language = folder.plan.languages[0]
    found = Calendar.from_ical((write(running, tmp_path, language=language) / "2026-2028/agenda.ics").read_bytes())
    days = {str(event["uid"]).partition("@")[0]: event["dtstart"].dt for event in found.walk("VEVENT")}
    stated = {
        f"2026-2028-{m.number}": m.due.latest
        for c in folder.commitments
        for m in c.milestones
        if m.due_basis is models.DueBasis.STATED and not m.withdrawn
    }
    assert stated
    assert {name: day for name, day in days.items() if "." in name} == stated


def test_who_answers_for_a_commitment_has_a_calendar_with_dates_and_ends_of_rounds(
    running: Storage, tmp_path: Path
) -> None:
    folder = running.folder("2026-2028")
    pages.write(running, today=TODAY, language="en", target=tmp_path, context=CONTEXT)
    written = write(running, tmp_path, language="en") / "2026-2028" / "organisations"
    leads = {lead.organisation for commitment in folder.commitments for lead in commitment.leads}
    assert {path.parent.name for path in written.glob("*/agenda.ics")} == leads
    lead = min(leads)
    page = (written / lead / "index.md").read_text("utf-8")
    assert '<a href="agenda.ics" type="text/calendar">Put the dates of this organisation in your calendar</a>' in page
    events = Calendar.from_ical((written / lead / "agenda.ics").read_bytes()).walk("VEVENT")
    own = [c for c in folder.commitments if any(one.organisation == lead for one in c.leads)]
    stated = sum(m.due_basis is models.DueBasis.STATED and not m.withdrawn for c in own for m in c.milestones)
    ends = {str(e["uid"]).partition("@")[0]: e for e in events if "-Q" in str(e["uid"])}
    assert len(events) == stated + len(ends)
    first = ends["2026-2028-2026-Q1"]
    assert (first["dtstart"].dt, first["dtend"].dt) == (date(2026, 4, 14), date(2026, 4, 15))
    assert first["summary"] == "Last day to report on the first quarter of 2026"
    assert first["url"] == "https://monitor.example/2026-2028/freshness/"


def test_nobody_has_dates_in_a_closed_plan(synced: Storage, tmp_path: Path) -> None:
    assert list(write(synced, tmp_path).glob(f"{PLAN}/organisaties/*/agenda.ics")) == []


def test_preparation_and_later_change_what_is_due(running: Storage) -> None:
    folder = running.folder("2026-2028")
    counts = [
        len([o for o in agenda.occasions(folder, day) if o.milestone])
        for day in (date(2020, 1, 1), TODAY, folder.plan.cycle_end + timedelta(days=1))
    ]
    assert counts[0] == counts[2] == 0 < counts[1]


def test_tables_hold_what_the_database_holds(reported: Storage, tmp_path: Path) -> None:
    folder = write(reported, tmp_path)
    rows = {
        name: list(csv.DictReader(io.StringIO((folder / f"{PLAN}/{name}.csv").read_bytes().decode())))
        for name in COLUMNS
    }
    counted = {
        "commitments": reported.count(models.Commitment, plan=PLAN),
        "milestones": sum(len(c.milestones) for c in reported.folder(PLAN).commitments),
        "updates": reported.count(models.Update, plan=PLAN),
        "evidence": reported.count(models.Evidence, plan=PLAN),
    }
    assert {name: len(listed) for name, listed in rows.items()} == counted
    data = read_plan(reported, PLAN, TODAY)
    for commitment in data.folder.commitments:
        row = next(row for row in rows["commitments"] if row["id"] == commitment.id)
        rated = progress.rate(commitment, plan=data.plan, updates=data.updates.get(commitment.id, []), today=TODAY)
        assert (row["title_nl"], row["derived"]) == (cell(commitment.title["nl"]), rated.derived.completion)
        assert row["milestones"] == str(len(commitment.milestones))
        assert row["milestones_counted"] == str(rated.derived.counted)
    for row in rows["milestones"]:
        assert row["due_latest"] >= "2018"
        assert row["address"].startswith("https://monitor.example/2018-2020/")
    assert {row["sha256"] for row in rows["evidence"]} == {e.sha256 or "" for e in reported.all(models.Evidence)}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=SUM(A1)", "'=SUM(A1)"), ("+31", "'+31"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("a=b", "a=b"),
        ("zo; =1+1", "zo;' =1+1"), ('zo;"=1"', "zo;'\"=1\""), ("zo\n- dan", "zo\n'- dan"), ("zo\t@x", "zo\t'@x"),
        ("\uff1d1", "'\uff1d1"), ("zo; dan - en", "zo; dan - en"),
        (None, ""), (True, "1"), (False, "0"), (0, "0"), (["a", "b"], "a b"),
    ],
)  # fmt: skip
def test_cells_run_nothing(value: object, written: str) -> None:
    assert cell(value) == written


def test_whole_plan_is_the_plan_in_the_database(reported: Storage, tmp_path: Path) -> None:
    whole = json.loads((write(reported, tmp_path) / f"{PLAN}/plan.json").read_bytes())
    parts = {name: whole[name] for name in models.PlanFolder.model_fields if name in whole}
    assert models.PlanFolder.model_validate(parts) == read_plan(reported, PLAN, TODAY).folder
    recorded = whole["recorded"]
    assert {models.Update.model_validate(row).id for row in recorded["updates"]} == {
        update.id for update in reported.all(models.Update)
    }
    assert len(recorded["evidence"]) == reported.count(models.Evidence)
    assert len(recorded["measurements"]) == reported.count(models.MeasurementRow)
    assert len(recorded["changes"]) == len([c for c in reported.all(models.Change) if c.published_on <= TODAY])
    assert whole["about"]["unofficial"]
    assert "example" not in whole["about"]


def test_nothing_private_is_in_any_file(reported: Storage, tmp_path: Path) -> None:
    private = (models.Person, models.Report, models.Invitation, models.Subscription, models.Delivery)
    public = {
        name
        for model in (models.Update, models.Evidence, models.Correction, models.Change)
        for name in model.model_fields
    }
    fields = (
        {name for model in private for name in model.model_fields} - public - {"role", "kind", "language", "country"}
    )
    assert "person" in fields
    for address, body in bodies(write(reported, tmp_path), "*.json"):
        assert fields & set(re.findall(r'"(\w+)": ?', body.decode())) - {"question", "cadence"} == set(), address
    assert all(not fields & set(columns) for columns in COLUMNS.values())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_closed_plan_gives_the_same_bytes_on_every_day(synced: Storage, tmp_path: Path, language: str) -> None:
    one = write(synced, tmp_path / "1", language=language, today=date(2027, 1, 1))
    two = write(synced, tmp_path / "2", language=language, today=date(2027, 6, 1))
    assert files(one, "*.*") == files(two, "*.*")


def test_example_data_are_marked_in_every_file(running: Storage, tmp_path: Path) -> None:
    language = running.plans()[0].languages[0]
    found = files(write(running, tmp_path / "out", language=language, example=True), "*.*")
    banner = words.of(language).text("example.text")
    told = {address: body.decode().replace("\r\n ", "").replace("\\,", ",") for address, body in found.items()}
    assert [a for a, text in told.items() if banner not in " ".join(text.split()) and "record.json" not in a] == []


def test_dossier_says_what_the_page_says(reported: Storage, tmp_path: Path) -> None:
    folder = write(reported, tmp_path)
    for commitment in reported.folder(PLAN).commitments:
        text = (folder / f"{PLAN}/{commitment.number:02d}/dossier.txt").read_text("utf-8")
        flat = " ".join(text.split())
        assert all(" ".join(m.title["nl"].split()) in flat for m in commitment.milestones)
        assert all(f"{f.indicator}: {f.value}" in flat for f in commitment.assessments)
        assert all(f"id {u.id} " in flat for u in reported.all(models.Update, commitment=commitment.id))
        assert permanent.public_record(reported, commitment.id).sha256 in text
        cited = {name for names in re.findall(r"\[([A-Za-z0-9, -]+)\]", flat) for name in names.split(", ")}
        assert all(f"[{name}] " in flat for name in cited)
    text = (folder / f"{PLAN}/04/dossier.txt").read_text("utf-8")
    assert "https://stuk.example/1" in text
    assert "Reden: Dubbel." in text
    assert "Het plan is er." not in text


def test_hash_on_the_page_is_that_of_the_record_and_its_link_gives_it_later(
    reported: Storage, settings: Settings, tmp_path: Path
) -> None:
    pages.write(reported, today=TODAY, language="nl", target=tmp_path, context=CONTEXT)
    body = (tmp_path / PLAN / "04" / "index.md").read_text("utf-8")
    before = (write(reported, tmp_path) / f"{PLAN}/04/record.json").read_bytes()
    digest = hashlib.sha256(before).hexdigest()
    assert f'<span class="hash">{digest}</span>' in body
    link = re.search(r'href="([^"]*commitment_record[^"]*)"', body)
    assert link
    reported.add(an_update(id="2018-2020/04/r3", commitment="2018-2020/04", recorded_at=LATER + timedelta(days=1)))
    row = reported.get(models.Update, id="2018-2020/04/r1")
    assert row
    reported.put(row.model_copy(update={"withdrawn_at": LATER + timedelta(days=2)}))
    asked = urlsplit(urljoin("https://monitor.example/2018-2020/04/", link[1].replace("&amp;", "&")))
    values = dict(parse_qsl(asked.query))
    with TestClient(web.make_app(settings, []), base_url="http://127.0.0.1") as client:
        answer = client.get(f"{asked.path}.json", params={"_shape": "array", **values}).json()
    assert hashlib.sha256(answer[0]["record"].encode()).hexdigest() == digest
    assert permanent.public_record(reported, "2018-2020/04").sha256 != digest


def test_record_follows_the_files_by_version(synced: Storage, shipped: models.PlanFolder) -> None:
    before = permanent.public_record(synced, "2018-2020/04")
    told = json.loads(before.text)
    assert told["commitment"]["title"]["nl"] == "Open Parlement"
    assert before.at == "2026-11-23T12:00:00.000000Z"
    changed = tuple(
        c.model_copy(update={"summary": {**c.summary, "nl": "Anders."}}) if c.number == 4 else c
        for c in shipped.commitments
    )
    folder = shipped.model_copy(update={"commitments": changed})
    sync.sync(synced, folder, sync.Moment(LATER, TODAY + timedelta(days=3)))
    assert json.loads(permanent.public_record(synced, "2018-2020/04").text)["commitment"]["summary"]["nl"] == "Anders."
    assert permanent.public_record(synced, "2018-2020/04", before.at) == before


def test_pages_lead_to_files_that_are_there(reported: Storage, tmp_path: Path) -> None:
    written = {
        language: pages.write(reported, today=TODAY, language=language, target=tmp_path / language, context=CONTEXT)
        for language in ("nl", "en")
    }
    for language in written:
        write(reported, tmp_path / language, language=language)
    met = 0
    for language, paths in written.items():
        base = "https://x.example/" if language == "nl" else "https://x.example/en/"
        for path in paths:
            here = base + path.parent.relative_to(tmp_path / language).as_posix().removeprefix(".") + "/"
            for href in re.findall(r'href="([^"]+\.(?:atom|ics|txt|csv|json))"', path.read_text("utf-8")):
                place = urlsplit(urljoin(here.replace("//", "/").replace(":/", "://"), href)).path.lstrip("/")
                file = tmp_path / "en" / place[3:] if place.startswith("en/") else tmp_path / "nl" / place
                assert file.is_file(), (path, href)
                met += 1
    assert met > 100


def test_commitment_page_leads_to_its_own_file_and_the_chat(synced: Storage, tmp_path: Path) -> None:
    pages.write(synced, today=TODAY, language="nl", target=tmp_path, context=CONTEXT)
    for commitment in synced.folder(PLAN).commitments:
        body = (tmp_path / PLAN / f"{commitment.number:02d}" / "index.md").read_text("utf-8")
        edit = re.search(r'href="https://git\.example/edit/main/([^"]+)"', body)
        assert edit
        assert (ROOT / edit[1]).is_file()
        assert f"https://t.me/voorbeeld_bot?start=about_2018-2020_2f{commitment.number:02d}" in body
        assert "stand van <time" in body


def test_files_are_served_as_what_they_are(settings: Settings, synced: Storage) -> None:
    release = settings.data / "releases" / "1"
    write(synced, release)
    publish.Folders(settings.data).pointer.symlink_to(release)
    wanted = {
        f"{PLAN}/volgen.atom": "application/atom+xml; charset=utf-8",
        f"{PLAN}/agenda.ics": "text/calendar; charset=utf-8",
        f"{PLAN}/plan.json": "application/json; charset=utf-8",
        f"{PLAN}/updates.csv": "text/csv; charset=utf-8",
        f"{PLAN}/04/dossier.txt": "text/plain; charset=utf-8",
    }
    with TestClient(web.make_app(settings, []), base_url="http://127.0.0.1") as client:
        answers = {address: client.get(f"/{address}") for address in wanted}
    assert {address: answer.headers["content-type"] for address, answer in answers.items()} == wanted
    assert {answer.status_code for answer in answers.values()} == {200}


def test_name_of_the_bot_is_a_setting() -> None:
    assert from_environment({"MONITOR_TELEGRAM_BOT": "@voorbeeld_bot"}).telegram_bot == "voorbeeld_bot"
    with pytest.raises(SettingsError, match="MONITOR_TELEGRAM_BOT: 'een bot' is no user name of a bot"):
        from_environment({"MONITOR_TELEGRAM_BOT": "een bot"})
