"""What the files said on an earlier day: read from versions, taken back for the promise, rebuilt from git."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import commitments, history, models, sync, versions
from monitor.storage import Storage
from tests.conftest import ROOT
from tests.test_commitments import spoil
from tests.test_history import commit, git

START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
DAYS = [START + timedelta(days=10 * number) for number in range(5)]
NAME = "03-pioniersnetwerk.yml"


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository whose plan was changed four times: a date, a break, its repair without updates, a date."""
    tmp_path = tmp_path_factory.mktemp("repository")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    root = Path(shutil.copytree(ROOT / "commitments", tmp_path / "commitments"))
    folder = root / "2018-2020"
    commit(tmp_path, DAYS[0])
    spoil(folder, NAME, "due: 2020-Q2", "due: 2020-Q3")
    commit(tmp_path, DAYS[1])
    spoil(folder, NAME, "due: 2020-Q3", "due: ooit")
    commit(tmp_path, DAYS[2])
    spoil(folder, NAME, "due: ooit", "due: 2020-Q3")
    first = folder / "01-open-besluitvorming.yml"
    first.write_text(re.sub(r"^updates:\n(?:[ -].*\n|\n)+", "", first.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    commit(tmp_path, DAYS[3])
    spoil(folder, NAME, "due: 2020-Q3", "due: 2020-Q4")
    commit(tmp_path, DAYS[4])
    return root


@pytest.fixture(scope="session")
def lived(plans: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Give a database that was synced at each commit, as a running monitor does; to read only."""
    with Storage(tmp_path_factory.mktemp("lived") / "monitor.db") as storage:
        for one in history.commits(plans):
            with history.checkout(plans, one.revision) as files:
                loaded = commitments.read_folder(files / "2018-2020")
                if loaded.folder:
                    sync.sync(storage, loaded.folder, sync.Moment(one.at, one.at.date(), one.revision))
        yield storage


@pytest.fixture(scope="session")
def rebuilt(plans: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Storage, list[str]]]:
    """Give a new database with the history replayed, and what was said meanwhile; to read only."""
    said: list[str] = []
    with Storage(tmp_path_factory.mktemp("rebuilt") / "monitor.db") as storage:
        sync.replay(storage, plans, say=said.append)
        yield storage, said


def rows(storage: Storage) -> list[list[models.Model]]:
    kept = (models.Version, models.Change, models.Update, models.Evidence, models.MeasurementRow)
    return [storage.all(model) for model in kept]


def test_a_database_rebuilt_from_git_equals_the_one_that_lived(
    lived: Storage, rebuilt: tuple[Storage, list[str]]
) -> None:
    assert rows(rebuilt[0]) == rows(lived)
    assert rebuilt[0].folder("2018-2020") == lived.folder("2018-2020")


def test_commit_that_cannot_be_read_is_left_out_and_named(plans: Path, rebuilt: tuple[Storage, list[str]]) -> None:
    broken = history.commits(plans)[2].revision[:12]
    [line] = rebuilt[1]
    assert line.startswith(f"{broken} of 2026-12-21 10:00 UTC left out, 1 problem(s): 2018-2020/{NAME}:")
    assert "period: " in line


def test_replayed_twice_changes_nothing_and_a_new_commit_comes_at_its_time(
    plans: Path, storage: Storage, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(plans.parent, tmp_path / "repository")) / "commitments"
    said: list[str] = []
    assert sync.replay(storage, root, say=said.append) > 0
    before = rows(storage)
    assert (sync.replay(storage, root, say=said.append), rows(storage), len(said)) == (0, before, 1)
    spoil(root / "2018-2020", NAME, "due: 2020-Q4", "due: 2021-Q1")
    later = DAYS[4] + timedelta(days=1)
    commit(root, later)
    assert sync.replay(storage, root, say=said.append) == 1
    assert storage.all(models.Change, field="due")[-1].recorded_at == later


def test_database_adopted_later_says_what_it_leaves_out(plans: Path, storage: Storage) -> None:
    said: list[str] = []
    sync.sync_all(storage, plans, now=DAYS[4], today=DAYS[4].date())
    assert sync.replay(storage, plans, say=said.append) == 0
    assert said == [
        "2018-2020: this database knows the plan since 2027-01-10 10:00 UTC; 4 earlier commit(s) left out: "
        "use a new data folder to know them"
    ]


@pytest.mark.parametrize(
    ("day", "due", "updates"),
    [
        (date(2026, 11, 30), None, 0),
        (date(2026, 12, 1), "2020-Q2", 1),
        (date(2026, 12, 11), "2020-Q3", 1),
        (date(2026, 12, 21), "2020-Q3", 1),
        (date(2026, 12, 31), "2020-Q3", 0),
        (date(2027, 1, 10), "2020-Q4", 0),
    ],
)
def test_a_day_is_read_from_the_versions_known_by_then(
    lived: Storage, day: date, due: str | None, updates: int
) -> None:
    known = versions.until(lived.all(models.Version), day)
    folder = versions.folder_of(known)
    found = str(folder.commitments[2].milestones[0].due) if folder else None
    assert (found, bool(folder and folder.commitments[0].updates)) == (due, bool(updates))
    if folder:
        public = [u for u in versions.updates_of(known, folder.plan) if u.commitment == "2018-2020/01"]
        assert {u.withdrawn_at for u in public} == ({None} if updates else {DAYS[3]})


def test_newest_versions_are_the_files(lived: Storage, plans: Path) -> None:
    assert versions.folder_of(lived.all(models.Version)) == commitments.load(plans / "2018-2020")


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2018, 12, 1), "2020-Q2"),
        (date(2026, 12, 10), "2020-Q2"),
        (date(2026, 12, 11), "2020-Q3"),
        (date(2027, 1, 9), "2020-Q3"),
        (date(2027, 1, 10), "2020-Q4"),
    ],
)
def test_promise_of_a_day_takes_back_what_changed_later(lived: Storage, day: date, due: str) -> None:
    known = lived.all(models.Version)
    folder = versions.folder_of(known)
    assert folder
    then = versions.promise_on(day, folder, changes=lived.all(models.Change), known=known)
    assert str(then.commitments[2].milestones[0].due) == due


def changed(storage: Storage, folder: models.PlanFolder, **values: object) -> models.PlanFolder:
    """Sync a plan, then with its first commitment changed, and give it as promised the day before."""
    sync.sync(storage, folder, sync.Moment(DAYS[0], DAYS[0].date()))
    first = folder.commitments[0].model_copy(update=values)
    later = folder.model_copy(update={"commitments": (first, *folder.commitments[1:])})
    sync.sync(storage, later, sync.Moment(DAYS[1], DAYS[1].date()))
    known = storage.all(models.Version)
    return versions.promise_on(DAYS[0].date(), later, changes=storage.all(models.Change), known=known)


def test_every_part_of_a_promise_is_taken_back(storage: Storage, shipped: models.PlanFolder) -> None:
    first = shipped.commitments[0]
    new_step = first.milestones[0].model_copy(update={"number": "1.9"})
    renamed = first.milestones[1].model_copy(
        update={"title": {"nl": "Iets anders.", "en": first.milestones[1].title["en"]}}
    )
    target = first.indicators[0].model_copy(update={"target": 99.0})
    then = changed(
        storage,
        shipped,
        title={"nl": "Nieuwe titel"},
        leads=first.leads[:1],
        partners=(),
        period=first.period.parse("2019"),
        milestones=(renamed, *first.milestones[2:], new_step),
        indicators=(target, *first.indicators[1:]),
    )
    assert then == shipped


def test_added_and_removed_commitments_are_taken_back(storage: Storage, shipped: models.PlanFolder) -> None:
    sync.sync(storage, shipped, sync.Moment(DAYS[0], DAYS[0].date()))
    extra = shipped.commitments[1].model_copy(update={"number": 12, "milestones": ()})
    later = shipped.model_copy(update={"commitments": (*shipped.commitments[1:], extra)})
    sync.sync(storage, later, sync.Moment(DAYS[1], DAYS[1].date()))
    known, moved = storage.all(models.Version), storage.all(models.Change)
    then = versions.promise_on(DAYS[0].date(), later, changes=moved, known=known)
    assert [commitment.id for commitment in then.commitments] == [commitment.id for commitment in shipped.commitments]
    assert versions.promise_on(DAYS[1].date(), later, changes=moved, known=known) == later


def test_a_correction_of_our_record_holds_for_earlier_days_too(storage: Storage, shipped: models.PlanFolder) -> None:
    entry = models.ChangeEntry.model_validate(
        {"on": DAYS[1].date(), "kind": "record", "what": {"nl": "Typfout"}, "reason": {"nl": "Typfout."}}
    )
    first = shipped.commitments[0]
    then = changed(storage, shipped, title={"nl": "Beter"}, changes=(*first.changes, entry))
    assert then.commitments[0].title == {"nl": "Beter"}
