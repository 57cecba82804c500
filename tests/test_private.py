"""The private database: closed to others, one transaction, no stale states, order kept."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.dialogue import Reply, State, with_shared
from bot.private import Private, StaleStateError
from bot.private.schema import schema
from bot.retention import DEFAULTS
from monitor import models
from monitor.models import Role
from monitor.storage import StorageError
from tests.conversation_fixtures import NOW, TOWN


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Private]:
    with Private(tmp_path / "private.db") as opened:
        yield opened


def lead(private: Private, address: str = "1", channel: str = "telegram") -> models.Person:
    return private.welcome(channel, address, now=NOW, role=Role.LEAD, organisation=TOWN)


def test_files_are_closed_to_others(private: Private) -> None:
    lead(private)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in private.path.parent.iterdir()}
    assert modes == {"private.db": 0o600, "private.db-wal": 0o600, "private.db-shm": 0o600}


def test_a_file_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    path.touch(0o644)
    with Private(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_person_keeps_an_opaque_id_and_no_name(private: Private) -> None:
    first = lead(private)
    assert lead(private) == first
    again = private.welcome("telegram", "1", now=NOW, role=Role.COORDINATOR, organisation="x")
    assert (again.id, again.role, len(again.id)) == (first.id, Role.COORDINATOR, 32)
    columns = {row[1] for row in private.db.conn.execute("PRAGMA table_info(persons)")}
    assert not columns & {"name", "first_name", "username"}


def test_every_private_word_has_a_table(private: Private) -> None:
    for model, table in private.tables.items():
        columns = {row[1] for row in private.db.conn.execute(f"PRAGMA table_info({table.name})")}
        assert columns == set(model.model_fields), table.name


def test_a_stale_state_is_refused(private: Private) -> None:
    person = lead(private)
    private.keep_state(person.id, State(language="nl", revision=1), over=0, now=NOW)
    private.keep_state(person.id, State(language="nl", revision=2), over=1, now=NOW)
    with pytest.raises(StaleStateError):
        private.keep_state(person.id, State(language="en", revision=2), over=1, now=NOW)
    assert private.state(person.id) == State(language="nl", revision=2)


def test_all_or_nothing(private: Private) -> None:
    person = lead(private)
    with pytest.raises(StorageError, match="nothing was written"), private.transaction():  # noqa: PT012
        private.receive(7, "{}", now=NOW)
        private.queue(person.id, Reply(text="hoi"), key="a", revision=1, now=NOW)
        private.keep_state("nobody", State(language="nl", revision=1), over=0, now=NOW)
    assert private.counts() == {"unhandled": 0, "parked": 0, "unsent": 0}


def test_messages_go_out_in_order_for_each_person(private: Private) -> None:
    one, two = lead(private, "1"), lead(private, "2")
    for key, person in (("a", one), ("b", one), ("c", two)):
        private.queue(person.id, Reply(text=key), key=key, revision=1, now=NOW)
    first = private.claim("telegram", NOW)
    assert first
    assert first.id == "a"
    private.settle("a", "queued", now=NOW, next_at=NOW + timedelta(seconds=4))
    other = private.claim("telegram", NOW)
    assert other
    assert other.id == "c"
    assert private.claim("telegram", NOW) is None
    later = private.claim("telegram", NOW + timedelta(seconds=5))
    assert later
    assert (later.id, later.attempts) == ("a", 2)


def test_a_message_that_was_taken_and_never_sent_is_taken_again(private: Private) -> None:
    private.queue(lead(private).id, Reply(text="hoi"), key="a", revision=1, now=NOW)
    assert private.claim("telegram", NOW)
    assert private.claim("telegram", NOW + timedelta(minutes=1)) is None
    assert private.claim("telegram", NOW + timedelta(minutes=3))


def test_a_key_is_queued_once(private: Private) -> None:
    person = lead(private)
    assert private.queue(person.id, Reply(text="hoi"), key="a", revision=1, now=NOW)
    assert not private.queue(person.id, Reply(text="hoi"), key="a", revision=1, now=NOW)


def test_who_blocked_us_is_left_alone(private: Private) -> None:
    person = lead(private)
    private.queue(person.id, Reply(text="hoi"), key="a", revision=1, now=NOW)
    private.unreachable(person.id)
    assert private.claim("telegram", NOW) is None
    assert private.counts()["unsent"] == 0


def test_the_inbox_keeps_each_update_once_and_forgets_what_it_said(private: Private) -> None:
    assert private.receive(7, '{"text": "geheim"}', now=NOW)
    assert not private.receive(7, '{"text": "geheim"}', now=NOW)
    assert private.unhandled() == [(7, '{"text": "geheim"}')]
    private.mark_handled(7)
    assert private.unhandled() == []
    assert not private.receive(7, '{"text": "geheim"}', now=NOW)
    assert private.db.conn.execute("SELECT payload FROM inbox").fetchall() == [(None,)]


def test_retention_forgets_parked_after_a_week(private: Private) -> None:
    private.receive(7, "{}", now=NOW, state="parked")
    assert private.tidy(NOW + timedelta(days=6), DEFAULTS)["inbox"] == 0
    assert private.tidy(NOW + timedelta(days=8), DEFAULTS)["inbox"] == 1


def test_the_audit_log_is_a_chain(private: Private) -> None:
    first = private.audit(at=NOW, actor="a", action="submitted", about="x")
    second = private.audit(at=NOW, actor="b", action="accepted", about="x")
    assert (first.id, second.id) == (1, 2)
    assert second.previous_sha256 == first.sha256


def test_many_may_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def opened(path: Path) -> int:
        together.wait()
        with Private(path) as private:
            return private.count(models.Person)

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            path = tmp_path / f"{number}" / "private.db"
            assert list(pool.map(opened, [path] * 4)) == [0] * 4


def test_drafts_of_the_version_before_are_shared_and_threads_kept(tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    db = Database(path)
    schema.apply(db, stop_before="take_files")
    draft = {"key": "3", "commitment": "2025-2027/01", "milestone": "1.1", "text": "Half af.", "language": "nl"}
    place = {"step": "completion", "draft": draft}
    state = {"place": place, "kept": [{**draft, "key": "1", "milestone": "1.2"}], "language": "nl", "revision": 4}
    db.execute(
        "INSERT INTO persons VALUES ('p', 'web', 'x', 'lead', 'town', 'nl', NULL, 1, '2026-11-24T00:00:00Z', NULL)"
    )
    db.execute("INSERT INTO states VALUES ('p', 4, ?, '2026-11-24T00:00:00Z')", [json.dumps(state)])
    db.conn.commit()
    db.close()
    with Private(path) as private:
        person = private.person("web", "x")
        known = private.state("p")
        assert person
        assert known
        drafts = private.drafts("2025-2027", person)
        assert sorted(d.milestone or "" for d in drafts) == ["1.1", "1.2"]
        assert with_shared(known, drafts)[1] is None
        assert known.place.draft in drafts


@pytest.mark.parametrize("asked", ["actor = 'a'", "action = 'joined' AND about = 'a'"])
def test_the_audit_log_is_searched_by_an_index(private: Private, asked: str) -> None:
    [row] = private.db.conn.execute(f"EXPLAIN QUERY PLAN SELECT id FROM audit WHERE {asked}").fetchall()
    assert row[3].startswith("SEARCH audit USING")
