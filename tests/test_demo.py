"""The demo: an invented plan made by the real code, the same for ever, that can reach nothing real."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bot.private import Private
from monitor import (
    cli,
    commitments,
    demo,
    evidence,
    feeds,
    fetch,
    indicators,
    jobs,
    lint,
    models,
    pages,
    progress,
    publish,
    schedule,
    status,
)
from monitor.extension import load_extensions
from monitor.lease import lease
from monitor.models import AgreementState, EvidenceState, Freshness, MentionState, Phase, ReportState
from monitor.pages import past
from monitor.pages.commitment import commitment_page
from monitor.pages.freshness import freshness_page, ledger
from monitor.pages.home import root_page
from monitor.pages.lists import changes_page
from monitor.pages.past import past_page
from monitor.pages.rendering import render_page
from monitor.pages.site import Site, SiteContext, read_plan
from monitor.settings import FolderKind, Settings, SettingsError, from_environment, write_folder
from monitor.storage import Storage
from monitor.words import of as words_of
from tests.conftest import ROOT
from tests.site_fixtures import serving

PLAN = demo.PLAN
DAY = date(2025, 5, 20)
LIVE = {"controller": "x", "legal_basis": "x", "dpo_contact": "x", "notice": "1"}
CONTEXT = SiteContext(example=True, url="https://monitor.example/", version="1", data_as_of=DAY, plan=PLAN)
MIXED = "dit plan is verzonnen en mag niet tussen echte gegevens: typ 'monitor demo'. This plan is invented"
REAL = (
    "dit is een echt plan en deze map is voor verzonnen voorbeelden: kies een andere map met --data. "
    "This is a real plan"
)
NOT_EMPTY = (
    "deze map is niet leeg en is geen map met voorbeelden: kies een andere map met --data. This folder is not empty"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give the demo as it is made, to read only."""
    settings = demo.demo_settings(Settings(data=tmp_path_factory.mktemp("demo") / "data"))
    assert demo.make(settings, load_extensions())
    return settings


@pytest.fixture
def own(made: Settings, tmp_path: Path) -> Settings:
    """Give a copy of the demo, to change."""
    return replace(made, data=Path(shutil.copytree(made.data, tmp_path / "demo")))


@pytest.fixture(scope="module")
def storage(made: Settings) -> Iterator[Storage]:
    with Storage(made.database) as opened:
        yield opened


@pytest.fixture(scope="module")
def site(storage: Storage) -> Site:
    return site_on(storage, DAY)


def site_on(storage: Storage, day: date, language: str = "nl") -> Site:
    data = read_plan(storage, PLAN, day)
    return Site(storage, replace(CONTEXT, data_as_of=day), data, tuple(storage.plans()), day, words_of(language))


def run(*arguments: str, data: Path, said: str | None = None) -> Result:
    return CliRunner().invoke(cli.main, [*arguments, "--data", str(data)], input=said)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: opened.execute(f"SELECT * FROM {t}").fetchall() for t in tables if not t.startswith("_sqlite")}


def home(storage: Storage, day: date = DAY, language: str = "nl") -> tuple[str, str]:
    """Give head and body of the home page on a day."""
    site = site_on(storage, day, language)
    head, body = render_page(root_page(site), site).split("\n---\n", 1)
    return head.replace('\\"', '"').replace("\\n", "\n"), body


def section(body: str, anchor: str) -> str:
    return re.split(r"^## ", body.split(f"{{: #{anchor} }}")[1], maxsplit=1, flags=re.MULTILINE)[0]


def bare(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


# What it is


def test_lint_finds_nothing_and_every_address_is_invented() -> None:
    loaded = commitments.read_folder(demo.PLANS / PLAN)
    assert lint.check(loaded) == []
    assert loaded.folder
    told = (demo.PLANS.parent / "story.toml").read_text("utf-8")
    found = [*(s.address or "" for s in loaded.folder.sources), *(f.address for f in loaded.folder.feeds)]
    found += re.findall(r'https?://[^"\s]+', told)
    assert [address for address in found if not re.match(r"https://[a-z.]+\.example/", address)] == []


def test_it_is_the_same_each_time(made: Settings, tmp_path: Path) -> None:
    again = replace(made, data=tmp_path / "again")
    demo.make(again, load_extensions())
    assert rows(again.database) == rows(made.database)


def test_it_runs_in_mid_term_with_every_freshness(storage: Storage) -> None:
    now = status.read(storage, PLAN, as_of=DAY)
    assert now
    assert now.phase is Phase.RUNNING
    assert [(s.milestone.number, s.late_days) for s in now.overdue] == [("2.2", 50), ("5.1", 50), ("4.1", 19)]
    updated, same, none = Freshness.UPDATED, Freshness.UNCHANGED, Freshness.NO_MESSAGE
    untracked, is_open = Freshness.NOT_TRACKED, Freshness.OPEN
    assert [[cell.freshness for cell in line.cells] for line in now.lines] == [
        [untracked, updated, updated, updated, updated, updated],
        [untracked, same, updated, updated, updated, is_open],
        [updated, none, updated, updated, updated, is_open],
        [untracked, none, none, updated, none, is_open],
        [untracked, same, updated, updated, Freshness.RECEIVED, is_open],
        [untracked, updated, untracked, none, none, is_open],
        [untracked, same, updated, updated, updated, updated],
        [untracked, updated, none, updated, same, Freshness.RECEIVED],
    ]


def test_it_holds_something_of_everything(storage: Storage, made: Settings) -> None:
    assert set(Counter(e.state for e in storage.all(models.Evidence))) == {
        EvidenceState.ALIVE, EvidenceState.CHANGED, EvidenceState.MOVED, EvidenceState.GONE,
    }  # fmt: skip
    assert Counter(m.state for m in storage.all(models.Mention)) == {
        MentionState.CONFIRMED: 3, MentionState.SUGGESTED: 2, MentionState.DISMISSED: 2,
    }  # fmt: skip
    assert [f.id for f in storage.folder(PLAN).feeds if f.dead] == ["proefhaven-berichten"]
    tickets = [*storage.all(models.Correction), *storage.all(models.Idea)]
    assert Counter(ticket.state for ticket in tickets) == {"closed": 3, "open": 2}
    assert len(storage.all(models.Theme)) == len(storage.all(models.Question)) == len(storage.all(models.Lesson)) == 4
    assert Counter(a.state for a in storage.all(models.AgreementUpdate)) == {
        AgreementState.DONE: 3, AgreementState.DROPPED: 1,
    }  # fmt: skip
    moved = [(c.record, c.field, c.old, c.new) for c in storage.all(models.Change) if c.field]
    assert moved == [
        (f"{PLAN}/1.2", "due", "2025-04-01", "2025-07-01"),
        (f"{PLAN}/8.3", "withdrawn", None, "yes"),
    ]
    with Private(made.private_database) as private:
        assert Counter(report.state for report in private.all(models.Report)) == {
            ReportState.ACCEPTED: 16, ReportState.WAITING: 4, ReportState.RETURNED: 1,
        }  # fmt: skip


def test_what_an_agreement_or_sign_up_names_is_there(storage: Storage) -> None:
    folder = storage.folder(PLAN)
    agreements = {(meeting.id, a.id) for meeting in folder.meetings for a in meeting.agreements}
    assert {(row.meeting, row.agreement) for row in storage.all(models.AgreementUpdate)} <= agreements
    meetings, organisations = {m.id for m in folder.meetings}, {o.id for o in folder.organisations}
    assert {row.meeting for row in [*storage.all(models.SignUp), *storage.all(models.AgendaItem)]} <= meetings
    told = [*storage.all(models.SignUp), *storage.all(models.Question), *storage.all(models.Lesson)]
    assert {row.organisation for row in told} <= organisations
    themes = {theme.id for theme in storage.all(models.Theme)}
    assert {row.theme for row in [*storage.all(models.Question), *storage.all(models.Lesson)]} == themes
    assert {a.question for a in storage.all(models.Answer)} <= {q.id for q in storage.all(models.Question)}


def test_earlier_days_are_as_they_were(storage: Storage) -> None:
    before, after = status.read(storage, PLAN, as_of=date(2024, 12, 31)), status.read(storage, PLAN, as_of=DAY)
    assert before
    assert after
    assert before.folder.commitments[0].milestones[1].due.text == "2025-04-01"
    assert before.folder.commitments[7].milestones[2].withdrawn is None
    assert any(move.record == f"{PLAN}/7.3" for move in status.between(before, after))


# The conversation goes on where the story ends


def test_the_coordinator_checks_what_waits(own: Settings) -> None:
    talk = run("chat", "--as", "coordinator", data=own.data, said="1\n1\n1\n").output
    assert talk.startswith("Voorbeeldgegevens: alles hier is verzonnen. U speelt de coördinator.")
    assert "Berichten controleren (4)" in talk
    assert "“De kaart toont sinds eind maart alle nieuwe vergunningen.”" in talk
    with Storage(own.database) as storage:
        now = status.read(storage, PLAN, as_of=DAY)
        assert now
        assert [s.milestone.number for s in now.overdue] == ["2.2", "4.1"]
        newest = storage.all(models.Update, order="recorded_at")[-1]
        assert (newest.milestone, newest.published_on, newest.recorded_at.date()) == (f"{PLAN}/5.1", DAY, DAY)


def test_who_was_asked_and_comes_too_late_reads_one_line(own: Settings) -> None:
    talk = run("chat", "--as", "lead:gemeente-proefhaven", data=own.data, said="stop\n").output
    assert talk.count("Nieuw sinds uw vorige bezoek") == 1
    assert "De tijd om te antwoorden over het eerste kwartaal van 2025 is voorbij." in talk


# Nothing of it reaches anything real, and nothing real reaches it


def test_it_takes_the_place_of_examples_only(made: Settings, tmp_path: Path) -> None:
    for name, file in (("try", "monitor.db"), ("papers", "brief.txt")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / file).write_text("echt")
        with pytest.raises(demo.DemoError, match=re.escape(f"{folder}: {NOT_EMPTY}")):
            demo.make(replace(made, data=folder), ())
        assert [path.name for path in folder.iterdir()] == [file]
    live = Settings(data=tmp_path / "live")
    write_folder(live, FolderKind.LIVE, LIVE)
    with pytest.raises(demo.DemoError):
        demo.make(replace(made, data=live.data), ())
    link = tmp_path / "link"
    link.symlink_to(made.data)
    with pytest.raises(demo.DemoError):
        demo.make(replace(made, data=link), ())
    assert made.database.exists()


def test_it_touches_no_other_folder_beside_its_own(made: Settings, tmp_path: Path) -> None:
    beside = tmp_path / "demo.new"
    beside.mkdir()
    (beside / "brief.txt").write_text("echt")
    with pytest.raises(demo.DemoError):
        demo.make(replace(made, data=tmp_path / "demo"), ())
    assert (beside / "brief.txt").exists()


def test_it_is_made_afresh_unless_kept(own: Settings) -> None:
    with Storage(own.database) as storage:
        assert storage.delete(models.Lesson, plan=PLAN) == 4
    assert demo.make(own, (), keep=True) is False
    with Storage(own.database) as storage:
        assert storage.count(models.Lesson) == 0
    assert demo.make(own, ()) is True
    with Storage(own.database) as storage:
        assert storage.count(models.Lesson) == 3


def test_it_is_not_made_anew_while_it_is_served(own: Settings) -> None:
    with lease(own.data / "serve.lock"), pytest.raises(demo.DemoError, match="Another program serves these examples"):
        demo.make(own, ())
    assert own.database.exists()


def test_examples_never_become_the_real_thing(own: Settings) -> None:
    live = ["init", "--live", "--controller", "x", "--legal-basis", "x", "--dpo-contact", "x", "--notice", "1"]
    assert "exists already" in run(*live, data=own.data).output
    (own.data / "folder.json").unlink()
    for command in (live, ["init"]):
        refused = run(*command, data=own.data)
        assert refused.exit_code == 1
        assert f"{PLAN}: {MIXED}" in refused.output
    assert not (own.data / "folder.json").exists()


@pytest.mark.parametrize("command", [["sync"], ["run", "--port", "8999"], ["sync", "--history"]])
def test_a_real_plan_does_not_come_among_examples(own: Settings, command: list[str]) -> None:
    before = rows(own.database)
    refused = run(*command, "--commitments", str(ROOT / "commitments"), data=own.data)
    assert refused.exit_code == 1
    assert f"2018-2020: {REAL}" in refused.output
    assert rows(own.database) == before


@pytest.mark.parametrize("kind", [FolderKind.TRY, FolderKind.LIVE])
def test_examples_do_not_come_among_real_data(tmp_path: Path, kind: FolderKind) -> None:
    settings = Settings(data=tmp_path / "data")
    write_folder(settings, kind, LIVE)
    for command in (["sync"], ["run", "--port", "8999"]):
        refused = run(*command, "--commitments", str(demo.PLANS), data=settings.data)
        assert refused.exit_code == 1
        assert f"{PLAN}: {MIXED}" in refused.output
    with Storage(settings.database) as storage:
        assert storage.plans() == []


def test_a_folder_that_lost_its_mark_takes_nothing_in(own: Settings) -> None:
    (own.data / "folder.json").unlink()
    refused = run("sync", "--commitments", str(demo.PLANS), data=own.data)
    assert f"{PLAN}: {MIXED}" in refused.output
    refused = run("sync", "--commitments", str(ROOT / "commitments"), data=own.data)
    assert f"{PLAN}: {MIXED}" in refused.output


def test_nothing_is_fetched_and_no_bot_speaks(made: Settings) -> None:
    told = {"MONITOR_DATA": str(made.data), "MONITOR_TELEGRAM_TOKEN": "1:x", "MONITOR_ALLOW_HOSTS": "127.0.0.1:8123"}
    settings = from_environment(told)
    assert (settings.telegram_token, settings.telegram_secret, settings.allow_hosts) == ("", "", ())
    for reach in (fetch.Guard.of, feeds.run, evidence.run, indicators.run):
        with pytest.raises(SettingsError, match="holds invented examples: nothing is fetched for them"):
            reach(settings)
    assert "nothing is fetched for them" in run("poll", "--force", data=made.data).output
    names = {job.name for job in jobs.all_jobs(settings, load_extensions())}
    assert names == {
        "sync", "publish", "tidy", "heartbeat", "reports", "delivery", "rounds", "roles", "retention",
        "alarm-messages", "alarms", "weekly",
        "digests", "feed-questions",
        "agreements",
    }  # fmt: skip
    loud = demo.demo_settings(replace(settings, telegram_token="1:x", telegram_webhook="https://x.example"))
    assert (loud.telegram_token, loud.telegram_webhook) == ("", "")


def test_its_time_stands_on_its_day(made: Settings) -> None:
    settings = from_environment({"MONITOR_DATA": str(made.data)})
    assert settings.clock.today() == DAY == settings.clock.now().date()
    assert Settings(data=made.data / "elsewhere", today=DAY).clock.now().date() != DAY


def test_time_goes_on_where_the_folder_cannot_be_read(own: Settings) -> None:
    (own.data / "folder.json").write_text("{")
    assert replace(own, today=DAY).clock.today() == DAY
    with pytest.raises(SettingsError, match="restore it from the backup"):
        _ = own.kind


def test_a_job_of_a_later_hour_runs_after_midnight(own: Settings) -> None:
    job = jobs.core_jobs()[0]
    run_ = models.Run(id="x", job=job.name, started_at=datetime(2025, 5, 20, 23, 59, tzinfo=UTC))
    with Storage(own.database) as storage:
        storage.add(run_)
    assert schedule.due_jobs(own, [job], datetime(2025, 5, 20, 0, 1, tzinfo=UTC)) == [job]


# The site


def test_every_page_says_that_it_is_example_data(own: Settings) -> None:
    (own.data / "folder.json").unlink()
    with Storage(own.database) as storage:
        unmarked = replace(own, today=DAY)
        release = publish.publish(unmarked, storage, now=unmarked.clock.now(), home=ROOT)
    found = list(release.rglob("*.html"))
    assert len(found) > 80
    exported = [path for path in release.rglob("*") if path.suffix in (".atom", ".ics", ".txt", ".json", ".csv")]
    exported = [path for path in exported if not path.name.startswith(".") and "assets" not in path.parts]
    assert len(exported) > 50
    said = re.compile(f"Voorbeeldgegevens|Example data|{PLAN}")
    assert [path for path in exported if not said.search(path.read_text("utf-8")) and PLAN not in str(path)] == []
    assert [path for path in found if not re.search(r'<aside class="banner"', path.read_text("utf-8"))] == []
    write_folder_again(own)
    with serving(own) as address:
        for path, status_code, said in (
            ("/", 200, "Voorbeeldgegevens"),
            ("/en/", 200, "Example data"),
            ("/nergens", 404, "Voorbeeldgegevens"),
            ("/melden", 200, "Voorbeeldgegevens"),
            ("/data/monitor", 200, "Voorbeeldgegevens"),
            ("/data/monitor/updates", 200, "Voorbeeldgegevens"),
            ("/data/monitor/nothing", 404, "Voorbeeldgegevens"),
            ("/data/-/metadata.json", 200, "Voorbeeldgegevens"),
        ):
            answer = httpx.get(address + path, follow_redirects=True)
            assert (answer.status_code, said in answer.text) == (status_code, True), path
        exported = httpx.get(f"{address}/data/monitor/updates.csv").text.splitlines()
        assert [line for line in exported[1:] if PLAN not in line and '"' not in line] == []


def write_folder_again(settings: Settings) -> None:
    (settings.data / "folder.json").write_text(f'{{"kind": "example", "today": "{DAY}"}}')


# The home of a plan that runs


def test_the_picture_equals_the_database(site: Site, storage: Storage) -> None:
    head, _ = home(storage)
    far = Counter(past.state_of(s, site.phase) for s in site.standings)
    recent = Counter(str(row[progress.ledger_quarters(site.plan)[4]].freshness) for row in ledger(site).values())
    assert far == {"complete": 8, "substantial": 4, "limited": 4, "not-started": 4, "message": 1, "unknown": 2}
    assert recent == {"updated": 4, "unchanged": 1, "received": 1, "no-message": 2}
    picture = head.split("picture_html: ")[1].split("\nfacts_html")[0]
    for kind, number in (far | recent).items():
        assert picture.count(f'href="#m-{kind}"') == number, kind
    assert bare(head.split('statement_html: "')[1].split('"\n')[0]) == (
        "Van de 23 mijlpalen zijn er 8 volledig. Drie zijn te laat. "
        "Over het eerste kwartaal van 2025 kwam bij 5 van de 8 actiepunten een bericht."
    )
    assert "Eén mijlpaal is ingetrokken en telt niet mee." in picture
    assert [bare(row) for row in head.split("facts_html: ")[1].splitlines() if row.startswith("<div>")] == [
        "Volgende datum1 juli 2025Mijlpaal 1.2, over 42 dagen",
        "Ontbreekt2 berichtenover het eerste kwartaal van 2025",
        "In controle4 meldingende oudste van 16 mei 2025",
        "Bijeenkomst12 juni 2025Schetsoord",
    ]


def test_what_changed_since_the_quarter_began_stands_first(site: Site, storage: Storage) -> None:
    told = section(home(storage)[1], "veranderd")
    begun = date(2025, 4, 1)
    fresh = [u for u in site.all_updates if u.published_on >= begun]
    assert f"Sinds 1 april 2025: {len(fresh)} berichten en 1 gewijzigde belofte." in bare(told)
    lines = [bare(line) for line in told.splitlines() if line.startswith("<li>")]
    assert len(lines) == len(fresh) + 1 == 9
    assert lines[0] == (
        "15 mei 2025Mijlpaal 1.2 bleef grotendeels.Provincie Denkland: “Gemeente Schetsoord publiceert nu ook volgens "
        "de standaard. Dat maakt negen.” Lees het bericht"
    )
    assert "14 mei 2025Mijlpaal 7.3 ging van nog niet bekend naar volledig." in lines[1] + lines[2]
    assert any(line.startswith("8 april 2025Mijlpaal 1.2 ging van beperkt naar grotendeels.") for line in lines)
    assert (
        "6 mei 2025De belofte bij mijlpaal 8.3 is gewijzigd. De cursus is ingetrokken. belofte"
        "Besluit van: Ministerie van Proefzaken. Reden: Een andere opleiding doet dit al. Het ministerie wil geen "
        "tweede cursus betalen." in lines
    )


def test_a_moved_date_says_from_what_to_what(storage: Storage) -> None:
    told = bare(section(home(storage, date(2025, 1, 25))[1], "veranderd"))
    assert "De datum schuift drie maanden op. belofteuiterste datum: van “1 april 2025” naar “1 juli 2025”." in told


def test_a_decision_is_told_and_counted_once(storage: Storage) -> None:
    site = site_on(storage, DAY)
    told = bare(render_page(changes_page(site), site))
    assert "2 keer is een belofte gewijzigd." in told
    assert told.count("De datum schuift drie maanden op. uiterste datum: van “1 april 2025” naar “1 juli 2025”.") == 1
    assert told.count("is ingetrokken") == 1


def test_the_ledger_names_whose_message_is_missing_and_leaves_what_is_to_come_empty(storage: Storage) -> None:
    site = site_on(storage, DAY)
    told = render_page(freshness_page(site), site)
    assert (
        "Over het eerste kwartaal van 2025 kwam bij 5 van de 8 actiepunten een bericht. "
        "Van 2 ontbreekt het: actiepunt 4 en 6. Van 1 wacht het op controle." in bare(told)
    )
    assert told.count('<span class="hidden">nog niet begonnen</span>') == 2 * 8


def test_whom_we_asked_when_and_how_many_answered_is_counted(storage: Storage) -> None:
    told = render_page(freshness_page(site_on(storage, DAY)), site_on(storage, DAY))
    table = told.partition("{: #gevraagd }")[2].partition("</table>")[0]
    assert [[bare(cell) for cell in re.findall(r"<t[hd] .*?</t[hd]>", row)] for row in table.split("<tr ")[1:]] == [
        [
            "Kwartaal", "Gevraagd op", "Organisaties gevraagd", "Nog eens gevraagd",
            "Over al hun actiepunten kwam een bericht", "Gesloten op",
        ],
        ["eerste kwartaal van 2025", "1 april 2025", "6", "5", "4", "15 april 2025"],
        ["vierde kwartaal van 2024", "2 januari 2025", "4", "3", "3", "15 januari 2025"],
        ["derde kwartaal van 2024", "1 oktober 2024", "4", "4", "2", "15 oktober 2024"],
        ["tweede kwartaal van 2024", "1 juli 2024", "6", "2", "4", "15 juli 2024"],
    ]  # fmt: skip
    before = render_page(freshness_page(early := site_on(storage, date(2025, 4, 3))), early)
    assert "nog open" in bare(before.partition("{: #gevraagd }")[2].partition("</table>")[0])


def test_a_quarter_counts_a_decision_once(storage: Storage) -> None:
    site = site_on(storage, DAY)
    told = bare(render_page(past_page(site), site))
    assert told.count("De belofte werd 1 keer gewijzigd.") == 2


def test_a_commitment_says_which_text_is_official_and_how_to_edit_its_file(storage: Storage) -> None:
    site = site_on(storage, DAY)
    told = bare(render_page(commitment_page(site, site.data.folder.commitments[0]), site))
    assert told.count("Lees de officiële tekst") == told.count("Lees de officiële Engelse tekst") == 1
    assert "Lees hoe u het bestand van deze pagina bewerkt: 01-raadsbesluiten.yml" in told


def test_whose_message_is_missing_and_when_we_asked(storage: Storage) -> None:
    told = bare(section(home(storage)[1], "ontbreekt"))
    assert told == (
        "Ronde over het eerste kwartaal van 2025. Wij vroegen het op 1 april 2025. Wij vroegen het nog eens op "
        "8 april 2025. Gemeente ProefhavenActiepunt 4 De begroting in gewone taal geen bericht ontvangenHet laatste "
        "bericht kwam op 2 december 2024. Dienst ModelwegenActiepunt 6 Uitleg bij algoritmen geen bericht ontvangen"
        "Er kwam nog nooit een bericht van de actiehouder. Dienst Voorbeeldvergunningen, Provincie DenklandActiepunt 5 "
        "Vergunningen die u kunt doorzoeken ontvangen, wacht op controle Meld voortgang Bekijk alle kwartalen"
    )


def test_what_comes_next_are_stated_dates_only(storage: Storage) -> None:
    told = section(home(storage)[1], "komt")
    lines = [bare(line) for line in told.splitlines() if line.startswith("<li>")]
    assert [line.split("Mijlpaal ")[1][:3] for line in lines] == [
        "2.2",
        "5.1",
        "4.1",
        "1.2",
        "4.2",
        "3.3",
        "5.2",
        "1.3",
    ]
    assert lines[2] == (
        "sinds 1 mei 2025Mijlpaal 4.1 De eerste begroting in gewone taal staat online. 19 dagen te laat"
        "Gemeente Proefhaven · niet gestart"
    )


def test_home_by_phase(storage: Storage) -> None:
    head, body = home(storage, date(2026, 1, 15))
    assert "Het plan liep tot en met <time" in head
    assert "OGP sluit het plan" in head
    assert "Wat te laat is" in body
    head, body = home(storage, date(2023, 11, 1))
    assert "Dit plan is in voorbereiding." in head
    assert "nog niet bekend" not in body
    assert "te laat</span>" not in body
    head, body = home(storage, date(2024, 4, 2), "en")
    assert "This monitor has not asked any lead for a message yet." in body
    assert words_of("en").text("home.no_updates") in body


def test_what_the_network_agreed_last_is_two_clicks_away(storage: Storage, tmp_path: Path) -> None:
    pages.write(storage, today=DAY, language="nl", target=tmp_path, context=CONTEXT)
    meetings = (tmp_path / PLAN / "bijeenkomsten" / "index.md").read_text("utf-8")
    assert "2025-03-20-proefhaven" in meetings
    page = (tmp_path / PLAN / "bijeenkomsten" / "2025-03-20-proefhaven" / "index.md").read_text("utf-8")
    assert "Gemeente Modeldam maakt een sjabloon voor een raadsbesluit in gewone taal." in page
