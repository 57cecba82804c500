from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
from click.testing import CliRunner, Result

from monitor import cli, commitments, history, models, status, sync, telling, words
from monitor.models import Way
from monitor.periods import Period
from monitor.settings import Settings
from monitor.status import Move
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_storage import an_update
from tests.test_versions import DAYS, START, lived, plans, rebuilt

__all__ = ["lived", "plans", "rebuilt"]
PLAN = "2018-2020"
SECOND = ROOT / "tests" / "data" / "plans" / "2026-2028"


def data(storage: Storage, as_of: date, known_at: date | None = None) -> dict[str, object]:
    found = status.read(storage, PLAN, as_of=as_of, known_at=known_at)
    assert found
    return status.as_data(found) | {"known_at": None}


def test_a_day_rebuilt_from_git_equals_the_day_as_recorded_then(
    plans: Path, tmp_path: Path, rebuilt: tuple[Storage, list[str]]
) -> None:
    then: dict[date, dict[str, object]] = {}
    with Storage(tmp_path / "then.db") as storage:
        for one in history.commits(plans):
            with history.checkout(plans, one.revision) as files:
                loaded = commitments.read_folder(files / PLAN)
            if loaded.folder:
                sync.sync(storage, loaded.folder, sync.Moment(one.at, one.at.date(), one.revision))
            then[one.at.date()] = data(storage, one.at.date())
    assert {day: data(rebuilt[0], day, known_at=day) for day in then} == then
    assert len({json.dumps(one, sort_keys=True) for one in then.values()}) == len(DAYS)


def test_as_of_today_equals_now(lived: Storage, plans: Path) -> None:
    today = DAYS[-1].date() + timedelta(days=1)
    folder = commitments.load(plans / PLAN)
    now = status.compute(folder, lived.all(models.Update), as_of=today)
    assert data(lived, today) == status.as_data(now)


def test_the_tables_and_the_versions_say_the_same(lived: Storage) -> None:
    today = DAYS[-1].date()
    found = status.read(lived, PLAN, as_of=today)
    assert found
    from_tables = status.compute(lived.folder(PLAN), lived.all(models.Update), as_of=today)
    assert status.between(found, from_tables) == status.between(from_tables, found) == []


def test_before_anything_was_known_there_is_nothing(lived: Storage) -> None:
    assert status.read(lived, PLAN, as_of=TODAY, known_at=START.date() - timedelta(days=1)) is None


def test_a_day_in_the_past_shows_the_promise_of_that_day(lived: Storage) -> None:
    dues = [
        found.lines[2].standings[0].milestone.due.text
        for day in DAYS
        if (found := status.read(lived, PLAN, as_of=day.date()))
    ]
    assert dues == ["2020-Q2", "2020-Q3", "2020-Q3", "2020-Q3", "2020-Q4"]


def test_between_names_what_moved(lived: Storage) -> None:
    before, after = (status.read(lived, PLAN, as_of=DAYS[number].date()) for number in (0, 1))
    assert before
    assert after
    assert status.between(before, after) == [Move("2018-2020/3.1", "due", "2020-Q2", "2020-Q3")]


def test_what_chat_said_counts_from_when_it_was_known_until_withdrawn(synced: Storage) -> None:
    said = an_update(
        id="r-1", milestone="2018-2020/1.2", completion="complete", speaks_of="2019-05-01", published_on="2019-06-01"
    )
    gone = NOW + timedelta(days=4)
    synced.add(said.model_copy(update={"recorded_at": NOW + timedelta(days=2), "withdrawn_at": gone}))
    assert said.way is Way.CHAT
    found = {
        (as_of, known): status.read(synced, PLAN, as_of=as_of, known_at=known)
        for as_of in (date(2019, 5, 31), date(2019, 6, 1))
        for known in (TODAY, TODAY + timedelta(days=2), TODAY + timedelta(days=4))
    }
    completions = {
        key[0].day * 10 + key[1].day % 10: one.lines[0].standings[1].completion for key, one in found.items() if one
    }
    assert {key: str(value) for key, value in completions.items()} == {
        313: "unknown", 315: "unknown", 317: "unknown", 13: "unknown", 15: "complete", 17: "complete",
    }  # fmt: skip


def test_what_waits_for_its_check_now_did_not_wait_before_it_came(second: Storage) -> None:
    came = datetime(2026, 11, 10, 9, tzinfo=UTC)
    waits = models.Queue(
        plan="2026-2028",
        commitment="2026-2028/04",
        organisation="ministry-of-voices",
        waiting=1,
        oldest_at=came,
        quarters=(Period.parse("2026-Q4"),),
    )
    second.put(waits)
    days = (date(2026, 11, 9), date(2026, 11, 10), date(2026, 9, 30))
    found = [status.read(second, "2026-2028", as_of=day) for day in days]
    assert [str(one.lines[3].cells[-1].freshness) for one in found if one] == ["open", "received", "open"]


def test_pasted_snippet_counts_once_and_as_it_came(synced: Storage, shipped: models.PlanFolder) -> None:
    written = next(c for c in shipped.commitments if c.updates)
    name = f"{written.id}/{written.updates[0].id}"
    came = an_update(id=name, commitment=written.id, text={"nl": "Zoals gezegd."}, recorded_at=NOW)
    synced.put(came)
    found = status.read(synced, PLAN, as_of=TODAY)
    assert found
    freshest = [name for line in found.lines for cell in line.cells for name in cell.updates]
    assert freshest.count(name) == 1


@pytest.fixture
def second(settings: Settings) -> Iterator[Storage]:
    """Give a database that holds the invented plan."""
    with Storage(settings.database) as storage:
        sync.sync(storage, commitments.load(SECOND), sync.Moment(NOW, TODAY))
        yield storage


def test_data_explains_itself(second: Storage) -> None:
    read = status.read(second, "2026-2028", as_of=TODAY)
    assert read
    found = status.as_data(read)
    step = found["commitments"][0]["milestones"][1]
    assert (found["rule_version"], found["phase"], found["known_at"]) == ("1", "running", None)
    assert step == {
        "id": "2026-2028/1.2",
        "title": {"en": "The archive of ten years is open.", "fr": "Les archives de dix ans sont ouvertes."},
        "counted": True,
        "origin": "official",
        "due": "2026-Q3",
        "due_latest": "2026-09-30",
        "due_basis": "stated",
        "due_sources": ["plan"],
        "completion": "limited",
        "shown": "message",
        "late_days": 54,
        "decided_by": "2026-2028/01/archive-later",
        "contradicted_by": [],
        "updates": [{"id": "2026-2028/01/archive-later", "sources": ["slower"]}],
    }
    slots = found["commitments"][1]["milestones"][0]["slots"]
    assert slots[:2] == [
        {"slot": "2026-H1", "meeting": "2026-2028/2026-05-12-port-clair"},
        {"slot": "2026-H2", "meeting": None},
    ]


def test_nothing_is_late_where_nobody_watched(synced: Storage) -> None:
    assert data(synced, date(2019, 7, 1))["overdue"] == []


def test_only_what_was_public_is_found_by_the_assessor(synced: Storage) -> None:
    found = [
        one.lines[3].ratings.assessment
        for day in (date(2019, 7, 1), TODAY)
        if (one := status.read(synced, PLAN, as_of=day))
    ]
    assert [assessment.value if assessment else None for assessment in found] == [None, "Limited"]


# The command


@pytest.fixture
def synced_data(settings: Settings, synced: Storage) -> Path:
    return settings.data


def monitor(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["status", *arguments, "--data", str(data), "--today", "2026-11-23"])


def test_command_prints_a_table_in_the_language_asked_for(synced_data: Path) -> None:
    dutch, english = monitor(synced_data), monitor(synced_data, "--language", "en")
    assert dutch.output.startswith(
        "Actieplan Open Overheid 2018-2020, stand op 23 november 2026\n"
        "Fase: afgesloten. In een afgesloten plan is niets te laat.\n\n"
    )
    assert re.search(
        r"^4   Open Parlement .* nog niet bekend, 0 van 5 bekend  —  +Limited ", dutch.output, re.MULTILINE
    )
    assert english.output.startswith("Netherlands Action Plan 2018-2020, as of 23 November 2026\n")
    assert "Stated dates per organisation, by name; this is not a ranking\n" in english.output


def test_command_prints_data(synced_data: Path) -> None:
    found = json.loads(monitor(synced_data, "--format", "json", "--as-of", "2019-07-01").output)
    assert (found["as_of"], found["phase"], len(found["commitments"])) == ("2019-07-01", "running", 11)


def test_command_says_what_moved(second: Storage) -> None:
    days = ["--between", "2026-09-30", "2026-11-22"]
    text = monitor(second.path.parent, *days, "--language", "nl").output
    assert text == (
        "Open Government Action Plan of Varenne 2026-2028: wat er veranderde van 30 september 2026 "
        "tot en met 22 november 2026\n\n"
        "2026-2028/01: de beoordelaar vond: nu “Limited”.\n"
        "2026-2028/1.2: afronding: van nog niet bekend naar beperkt.\n"
        "2026-2028/1.2: te laat: van nee naar ja.\n"
    )
    assert json.loads(monitor(second.path.parent, *days, "--format", "json").output) == {
        "plan": "2026-2028",
        "from": "2026-09-30",
        "to": "2026-11-22",
        "moved": [
            {"record": "2026-2028/01", "what": "assessment", "old": None, "new": "Limited"},
            {"record": "2026-2028/1.2", "what": "completion", "old": "unknown", "new": "limited"},
            {"record": "2026-2028/1.2", "what": "late", "old": "no", "new": "yes"},
        ],
    }


def test_command_ends_with_2_where_nothing_was_known(synced_data: Path, tmp_path: Path) -> None:
    early = monitor(synced_data, "--known-at", "2020-01-01")
    assert (early.exit_code, early.output) == (
        2,
        "2018-2020: op 1 januari 2020 was hier nog niets van dit plan bekend.\n",
    )
    empty = monitor(tmp_path / "empty")
    assert (empty.exit_code, empty.output) == (2, "There is no plan in the data: run monitor sync first.\n")


def test_moves_are_told_in_words(synced: Storage) -> None:
    found = status.read(synced, PLAN, as_of=TODAY)
    assert found
    moves = [
        Move("2018-2020/1.4", "due", "before 2019-03-20", "2019-06-30"),
        Move("2018-2020/1.4", "due_basis", "stated", "derived"),
        Move("2018-2020/1.4", "late", "no", "yes"),
        Move("2018-2020/01", "derived", "unknown", "limited"),
        Move("2018-2020/01", "title.nl", "a", None),
    ]
    assert telling.moves_text(moves, found, TODAY, "nl").splitlines()[2:] == [
        "2018-2020/1.4: uiterste datum: van vóór 20 maart 2019 naar 30 juni 2019.",
        "2018-2020/1.4: grond van de datum: van genoemd door de bron naar door ons afgeleid.",
        "2018-2020/1.4: te laat: van nee naar ja.",
        "2018-2020/01: uitkomst uit de mijlpalen: van nog niet bekend naar beperkt.",
        "2018-2020/01: titel (nl): was “a”, nu leeg.",
    ]
    assert telling.moves_text([], found, TODAY, "en").splitlines()[-1] == "Nothing moved."


@pytest.mark.parametrize("family", ["status"])
def test_words_are_the_same_in_every_language(family: str) -> None:
    tables = [words.read(f"{family}/{language}") for language in words.languages()]
    for table in tables:
        assert sorted(table) == sorted(tables[0])
        assert {name: fields(text) for name, text in table.items()} == {n: fields(t) for n, t in tables[0].items()}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
