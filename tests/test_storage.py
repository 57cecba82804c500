from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import migrations, models
from monitor.rows import DERIVED
from monitor.storage import PARTS, RECORDED, RECORDED_FIELDS, SYNCED, Storage, StorageError
from monitor.sync import without_recorded
from tests.conftest import NOW


def an_update(**values: object) -> models.Update:
    given = {
        "id": "2018-2020/01/x",
        "plan": "2018-2020",
        "commitment": "2018-2020/01",
        "text": {"nl": "Het plan is er."},
        "speaks_of": "2018-Q3",
        "published": "2018",
        "published_on": date(2018, 12, 31),
        "recorded_at": NOW,
        "way": "chat",
    }
    return models.Update.model_validate(given | values)


def columns(model: type[models.Model]) -> set[str]:
    own = set(model.model_fields) - set(PARTS.get(model, {})) - RECORDED_FIELDS.get(model, set())
    return own | set(DERIVED.get(model, {}))


@pytest.mark.parametrize(("model", "table"), (RECORDED | SYNCED).items(), ids=str)
def test_table_has_the_fields_of_its_model(storage: Storage, model: type[models.Model], table: object) -> None:
    name = (RECORDED | SYNCED)[model].name
    found = {column.name for column in storage.db[name].columns}
    extra = {"id", "plan"} if model in SYNCED else set()
    assert found - extra == columns(model) - extra


def test_every_part_has_a_table_with_its_fields(storage: Storage) -> None:
    for parts in PARTS.values():
        for table, model in parts.items():
            found = {column.name for column in storage.db[table].columns} - {"plan", "record", "position"}
            if table == "milestones":
                assert "id" in {row["name"] for row in storage.db.query("PRAGMA table_xinfo(milestones)")}
            assert found - {"id"} == columns(model) - {"id"}, table


def test_every_table_belongs_to_a_model(storage: Storage) -> None:
    known = {table.name for table in (RECORDED | SYNCED).values()} | {t for parts in PARTS.values() for t in parts}
    assert set(migrations.SYNCED | migrations.RECORDED | migrations.ADDED) == known


def test_add_keeps_the_first(storage: Storage) -> None:
    first, second = an_update(), an_update(text={"nl": "Iets anders."})
    assert (storage.add(first), storage.add(second)) == (True, False)
    assert storage.all(models.Update) == [first]


def test_put_takes_the_place_of_what_was(storage: Storage) -> None:
    storage.put(an_update())
    storage.put(an_update(withdrawn_at=NOW))
    assert storage.all(models.Update) == [an_update(withdrawn_at=NOW)]


def test_transaction_writes_all_or_nothing(storage: Storage) -> None:
    def fail_half_way() -> None:
        with storage.transaction():
            storage.add(an_update())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert storage.count(models.Update) == 0


def test_where_none_finds_empty_columns(storage: Storage) -> None:
    storage.add(an_update(id="a", milestone="2018-2020/1.1"))
    storage.add(an_update(id="b"))
    assert [update.id for update in storage.all(models.Update, milestone=None)] == ["b"]


def test_delete_wants_something_to_compare(storage: Storage) -> None:
    with pytest.raises(ValueError, match="at least one column"):
        storage.delete(models.Update)


def test_database_that_cannot_be_opened_says_which_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").mkdir()
    with pytest.raises(StorageError, match=r"monitor\.db: cannot be opened .*check that the folder"):
        Storage(tmp_path / "monitor.db")


def test_database_of_another_kind_says_so(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_text("geen database", "utf-8")
    with pytest.raises(StorageError, match="file is not a database"):
        Storage(tmp_path / "monitor.db")


def test_full_disk_leaves_what_was_there(storage: Storage) -> None:
    storage.add(an_update())
    pages = storage.db.conn.execute("PRAGMA page_count").fetchone()[0]
    storage.db.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="nothing was written"):
        storage.add(an_update(id="groot", text={"nl": "x" * 2_000_000}))
    assert [update.id for update in storage.all(models.Update)] == ["2018-2020/01/x"]


def test_plan_comes_back_as_it_went_in(synced: Storage, shipped: models.PlanFolder) -> None:
    assert synced.folder("2018-2020") == without_recorded(shipped)


def test_unknown_plan_says_what_to_do(storage: Storage) -> None:
    with pytest.raises(StorageError, match="has no plan 'x': run monitor sync"):
        storage.folder("x")


def test_fingerprint_moves_with_data_and_with_the_health_of_jobs(synced: Storage) -> None:
    def after(record: models.Model) -> str:
        synced.add(record)
        return synced.fingerprint()

    before = after(models.Run(id="1", job="sync", started_at=NOW))
    assert after(models.Run(id="2", job="sync", started_at=NOW)) == before
    failed = after(models.Run(id="3", job="sync", started_at=NOW + timedelta(minutes=1), error="stuk"))
    assert failed != before
    assert after(models.Run(id="4", job="sync", started_at=NOW + timedelta(minutes=2))) == before
    assert after(an_update()) != before


def test_readers_see_a_commit_and_nothing_before_it(storage: Storage) -> None:
    other = sqlite3.connect(f"file:{storage.path}?mode=ro", uri=True)
    with storage.transaction():
        storage.add(an_update())
        assert other.execute("SELECT count(*) FROM updates").fetchone() == (0,)
    assert other.execute("SELECT count(*) FROM updates").fetchone() == (1,)
    other.close()


def test_database_that_cannot_be_read_any_more_says_so(storage: Storage) -> None:
    storage.db.conn.execute("DROP TABLE updates")
    for read in (storage.all, storage.get, storage.count):
        with pytest.raises(StorageError, match=r"monitor\.db: cannot be read .*no such table: updates"):
            read(models.Update)


def test_moments_sort_as_text_also_on_a_whole_second(tmp_path: Path) -> None:
    whole = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
    moments = [whole + timedelta(milliseconds=number) for number in (0, 345, 1000)]
    with Storage(tmp_path / "monitor.db") as storage:
        for number, moment in enumerate(moments):
            storage.add(models.Theme(id=f"t{number}", plan="p", title={"nl": "Thema"}, recorded_at=moment))
        found = storage.all(models.Theme, order="recorded_at")
    assert [theme.recorded_at for theme in found] == moments


def test_newest_day_is_that_of_what_is_public_on_a_day(synced: Storage) -> None:
    days = [date(2018, 1, 1), date(2019, 6, 1), date(2026, 11, 23), date(2036, 1, 1)]
    assert [synced.newest_day(day) for day in days] == [
        None,
        date(2018, 12, 31),
        date(2026, 11, 23),
        date(2026, 11, 24),
    ]
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    synced.put(an_update(withdrawn_at=late))
    assert synced.newest_day(date(2026, 11, 30)) == date(2026, 11, 24)
    assert synced.newest_day(date(2036, 1, 1)) == date(2026, 12, 1)
