"""An invented country, English and French, four commitments, running: nothing is tied to the plan that is shipped."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import catalogue, cli, commitments, diff, lint, models, pages, status, sync
from monitor.models import Completion, Freshness, Phase
from monitor.punctuality import Kept
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_commitments import spoil
from tests.test_history import commit, git

ASKED = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)

PLANS = ROOT / "tests" / "data" / "plans"
NAME = "2026-2028"


@pytest.fixture(scope="module")
def folder() -> models.PlanFolder:
    return commitments.load(PLANS / NAME)


@pytest.fixture(scope="module")
def second(folder: models.PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Give a database that holds the plan, to read only."""
    with Storage(tmp_path_factory.mktemp("second") / "monitor.db") as storage:
        sync.sync(storage, folder, sync.Moment(NOW, TODAY))
        yield storage


@pytest.fixture(scope="module")
def now(second: Storage) -> status.Status:
    found = status.read(second, NAME, as_of=TODAY)
    assert found
    return found


def run(data: Path, *arguments: str, said: str | None = None, plans: Path = PLANS) -> Result:
    shared = ["--data", str(data), "--commitments", str(plans), "--today", TODAY.isoformat()]
    return CliRunner().invoke(cli.main, [*arguments, *shared], input=said)


def test_lint_finds_nothing() -> None:
    assert lint.check(commitments.read_folder(PLANS / NAME)) == []


def test_sync_keeps_all_of_it_and_twice_changes_nothing(second: Storage, folder: models.PlanFolder) -> None:
    assert second.folder(NAME) == sync.without_recorded(folder)
    assert second.count(models.Update) == 6
    assert sync.sync(second, folder, sync.Moment(NOW, TODAY)) == 0


def test_it_runs_and_a_stated_date_is_late(now: status.Status) -> None:
    assert now.phase is Phase.RUNNING
    assert [(s.milestone.number, s.late_days, s.completion) for s in now.overdue] == [("1.2", 54, Completion.LIMITED)]


def test_completions_ratings_and_where_they_differ(now: status.Status) -> None:
    told = [
        (line.ratings.derived.completion, line.ratings.derived.known, line.ratings.derived.counted)
        for line in now.lines
    ]
    assert told == [
        (Completion.UNKNOWN, 2, 3),
        (Completion.LIMITED, 1, 1),
        (Completion.SUBSTANTIAL, 2, 2),
        (Completion.UNKNOWN, 0, 1),
    ]
    third = now.lines[2].ratings
    assert third.claimed
    assert (third.claimed.organisation, third.claimed.completion, third.differ) == (
        "treasury",
        Completion.COMPLETE,
        True,
    )
    first = now.lines[0].ratings.assessment
    assert first
    assert first.value == "Limited"


def test_dates_are_kept_or_not_by_organisation(now: status.Status) -> None:
    assert {one.organisation: [due.kept for due in one.dates] for one in now.punctuality} == {
        "ministry-of-voices": [Kept.NOT_YET_DUE, Kept.NOT_YET_DUE],
        "port-clair": [Kept.NOT_YET_DUE],
        "treasury": [Kept.ON_TIME],
        "water-agency": [Kept.ON_TIME, Kept.OVERDUE, Kept.NOT_YET_DUE],
    }


def test_freshness_of_the_quarters_that_began(now: status.Status) -> None:
    told = {line.commitment.number: [cell.freshness for cell in line.cells] for line in now.lines}
    none = Freshness.NOT_TRACKED
    assert told == {
        1: [Freshness.UPDATED, none, Freshness.UPDATED, Freshness.OPEN],
        2: [none, Freshness.UPDATED, none, Freshness.OPEN],
        3: [none, Freshness.UPDATED, Freshness.UPDATED, Freshness.OPEN],
        4: [none, none, none, Freshness.OPEN],
    }


def test_asked_and_silent_is_said_after_the_answer_was_due(folder: models.PlanFolder) -> None:
    leads = {lead.organisation for commitment in folder.commitments for lead in commitment.leads}
    asked = [
        models.Reminder(id=name, plan=NAME, round="2026-Q3", organisation=name, kind="round", sent_at=ASKED)
        for name in leads
    ]
    found = status.compute(folder, [], as_of=TODAY, reminders=asked)
    asked = [line.cells[2].freshness for line in found.lines]
    assert asked == [Freshness.NO_MESSAGE, Freshness.NO_MESSAGE, Freshness.NO_MESSAGE, Freshness.NOT_TRACKED]


def test_status_speaks_the_languages_it_has(tmp_path: Path) -> None:
    run(tmp_path, "sync")
    english, french = run(tmp_path, "status").output, run(tmp_path, "status", "--language", "fr").output
    assert english.startswith(
        "Open Government Action Plan of Varenne 2026-2028, as of 23 November 2026\nPhase: running.\n"
    )
    assert "  1.2 The archive of ten years is open: third quarter of 2026, 54 days late. We know: limited.\n" in english
    assert french.startswith("Plan d'action de Varenne pour un gouvernement ouvert 2026-2028, as of 23 novembre 2026\n")
    assert "Un portail du budget" in french


def test_history_diff_and_earlier_days(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    root = Path(shutil.copytree(PLANS, tmp_path / "plans"))
    commit(tmp_path, NOW.replace(month=1))
    spoil(root / NAME, "01-water-levels.yml", "due: 2026-Q3", "due: 2027-03-31")
    commit(tmp_path, NOW.replace(month=10))
    assert run(tmp_path / "data", "sync", "--history", plans=root).exit_code == 0
    told = run(tmp_path / "data", "diff", "HEAD~1", plans=root).output
    assert told.splitlines()[-1] == (
        "- Milestone 1.2 — by third quarter of 2026 becomes by 31 March 2027 (+182 days). Without a reason."
    )
    late = [
        re.search(r"^1 .*", run(tmp_path / "data", "status", "--as-of", day, plans=root).output, re.MULTILINE)
        for day in ("2026-10-10", "2026-11-23")
    ]
    assert ["10 days" in one[0] for one in late if one] == [True, False]
    moved = run(tmp_path / "data", "status", "--between", "2026-10-10", "2026-11-23", plans=root).output
    assert "2026-2028/1.2: due date: from third quarter of 2026 to 31 March 2027.\n" in moved
    assert "2026-2028/1.2: late: from yes to no.\n" in moved


def test_both_languages_stand_in_a_diff(folder: models.PlanFolder) -> None:
    first = folder.commitments[0].model_copy(update={"title": {"en": "Water levels", "fr": "Niveaux d'eau"}})
    later = folder.model_copy(update={"commitments": (first, *folder.commitments[1:])})
    [line] = [one for one in diff.markdown(folder, later, today=TODAY).splitlines() if one.startswith("- ")]
    assert line == (
        "- Commitment 1 — title (en): “Open water levels” becomes “Water levels”; "
        "title (fr): “Niveaux d'eau ouverts” becomes “Niveaux d'eau”. Without a reason."
    )


def test_pages_show_it_running_and_official(second: Storage, tmp_path: Path) -> None:
    context = pages.SiteContext(example=False, url="https://monitor.example/", version="1", data_as_of=TODAY, plan=NAME)
    written = pages.write(second, today=TODAY, language="en", target=tmp_path, context=context)
    text = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in written}
    whole = "\n".join(text.values())
    assert sum(path.startswith(f"{NAME}/0") for path in text) == 4
    assert "54 days late" in whole
    assert "Unofficial" not in whole
    # The sources of OGP's rules name the plans they are about.
    elsewhere = "\n".join(words for path, words in text.items() if path != f"{NAME}/ogp/index.md")
    assert not re.search(r"2018-2020|Netherlands|Nederland|\bBZK\b|\beleven\b", elsewhere)


@pytest.mark.parametrize("name", catalogue.QUESTIONS)
def test_ready_questions_answer_for_it(second: Storage, name: str) -> None:
    asked = {"plan": NAME, "day": TODAY.isoformat(), "start": "", "from": "", "to": "", "commitment": "", "at": ""}
    rows = list(second.db.query(catalogue.QUESTIONS[name]["sql"], asked))
    if name == "overdue":
        assert [(row["number"], row["days_late"]) for row in rows] == [("1.2", 54)]
    if name == "state_on_a_day":
        assert len(rows) == 9


def test_a_lead_reports_the_named_reviewer_accepts_and_the_state_follows(tmp_path: Path) -> None:
    run(tmp_path, "sync")
    said = "1.3 the first warnings were sent, see https://water.varenne.example/warnings\n2\n1\n1\n"
    reported = run(tmp_path, "chat", "--as", "lead:water-agency", said=said).output
    assert "1.3 Warnings go out by message" in reported
    with Storage(tmp_path / "monitor.db") as storage:
        assert [(row.commitment, row.waiting) for row in storage.all(models.Queue)] == [(f"{NAME}/01", 1)]
    accepted = run(tmp_path, "chat", "--as", "reviewer:court-of-accounts", said="1\n1\n1\n").output
    assert "Accepted. The message is public" in accepted
    row = re.search(r"^1  Open water levels .*", run(tmp_path, "status").output, re.MULTILINE)
    assert row
    assert row[0].split("  ")[-1] == "updated"
    assert "substantial, 3 of 3 known" in row[0]


def test_as_of_an_earlier_day_it_had_not_begun(second: Storage) -> None:
    before = status.read(second, NAME, as_of=date(2025, 12, 31))
    assert before
    assert (before.phase, before.overdue, [line.cells for line in before.lines]) == (Phase.PREPARATION, [], [()] * 4)
