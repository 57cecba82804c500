"""The retention table: defaults, what a data folder says, and that nothing is kept longer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import audit_log, forgetting, retention
from bot.dialogue import Draft, Place, Reply, State, Step
from bot.extension import Bot, forget
from bot.private import Private, secret_hash
from monitor import models
from monitor.cli import main
from monitor.models import ReportState, Role
from monitor.periods import Period
from monitor.settings import FolderKind, Settings, SettingsError, write_folder
from tests.conversation_fixtures import MINISTRY, NOW, TODAY, TOWN

DRAFT = Draft(key="1", commitment="2025-2027/01", milestone="1.1", text="Een lijst.")


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Private]:
    with Private(tmp_path / "private.db") as opened:
        yield opened


def person(private: Private, role: Role = Role.LEAD, at: datetime = NOW) -> models.Person:
    organisation = None if role is Role.VISITOR else TOWN
    return private.welcome("web", f"{role}{at}", now=at, role=role, organisation=organisation)


def report(private: Private, sender: models.Person, state: ReportState, **known: object) -> models.Report:
    facts = {
        "id": f"2025-2027/01/{state}",
        "plan": "2025-2027",
        "person": sender.id,
        "organisation": sender.organisation,
        "commitment": "2025-2027/01",
        "text": "Een lijst.",
        "language": "nl",
        "speaks_of": Period.day(TODAY),
        "state": state,
        "created_at": NOW,
        "decided_at": NOW if state not in models.UNDECIDED else None,
    }
    made = models.Report.model_validate(facts | known)
    private.add(made)
    return made


def tidied(private: Private, days: int, **table: int) -> dict[str, int]:
    """Tidy after this many days; give what was erased, without what was not."""
    done = forgetting.tidy(private, now=NOW + timedelta(days=days), days={**retention.DEFAULTS, **table})
    return {kind: count for kind, count in done.items() if count}


def test_a_folder_may_keep_things_shorter_or_longer() -> None:
    assert retention.table({}) == dict(retention.DEFAULTS)
    assert retention.table({"retention": {"drafts": 30}})["drafts"] == 30


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, 'folder.json: retention: is not a table: write it as {"drafts": 180}'),
        ({"drafts": "lang"}, "folder.json: retention: drafts: 'lang' is not a number of days: write 1 or more"),
        ({"drafts": 0}, "folder.json: retention: drafts: 0 is not a number of days: write 1 or more"),
        ({"drafts": True}, "folder.json: retention: drafts: True is not a number of days: write 1 or more"),
        ({"digests": 7}, "folder.json: retention: digests: 7 is not a number of days: write 8 or more"),
        (
            {"names": 9},
            "folder.json: retention: 'names' is not kept: choose one of " + ", ".join(retention.DEFAULTS),
        ),
    ],
)
def test_a_wrong_value_says_what_to_write(given: object, message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        retention.table({"retention": given})
    assert str(raised.value) == message


def test_a_live_folder_says_the_whole_table(tmp_path: Path) -> None:
    told = ["--controller", "M", "--legal-basis", "wet", "--dpo-contact", "fg", "--notice", "1"]
    result = CliRunner().invoke(main, ["init", "--live", "--data", str(tmp_path / "live"), *told])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "live" / "folder.json").read_text())["retention"] == dict(retention.DEFAULTS)


def test_the_job_uses_the_table_of_the_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    write_folder(settings, FolderKind.TRY, {"retention": {"messages": 1}})
    with Private(settings.private_database) as opened:
        old = settings.clock.now() - timedelta(days=2)
        opened.queue(person(opened, at=old).id, Reply(text="hoi"), key="a", revision=1, now=old)
        opened.settle("a", "sent", now=old)
    assert (forget(settings), forget(settings)) == (1, 0)


def test_a_wrong_table_is_told_by_health_and_stops_nothing_else(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    write_folder(settings, FolderKind.TRY, {"retention": {"drafts": -1}})
    assert Bot().health(settings) == {
        "problems": ["folder.json: retention: drafts: -1 is not a number of days: write 1 or more"]
    }
    with pytest.raises(SettingsError):
        forget(settings)


def test_what_could_not_be_read_goes_after_a_week(private: Private) -> None:
    private.receive(7, "{}", now=NOW, state="parked")
    private.receive(8, "{}", now=NOW)
    assert (tidied(private, 6), tidied(private, 8)) == ({}, {"inbox": 1})
    assert private.unhandled() == [(8, "{}")]


def test_messages_go_after_they_were_sent_and_not_before(private: Private) -> None:
    sender = person(private)
    for key in ("a", "b"):
        private.queue(sender.id, Reply(text="hoi"), key=key, revision=1, now=NOW)
    private.settle("a", "sent", now=NOW + timedelta(days=20))
    assert (tidied(private, 49), tidied(private, 51)) == ({}, {"messages": 1})
    assert private.count(models.Delivery, state="queued") == 1


def test_an_untouched_draft_goes_and_old_buttons_stay_old(private: Private) -> None:
    sender = person(private)
    state = State(language="nl", revision=7, kept=(DRAFT,), place=Place(step=Step.WHAT, draft=DRAFT))
    private.keep_state(sender.id, state, over=0, now=NOW)
    assert (tidied(private, 179), tidied(private, 181), tidied(private, 182)) == ({}, {"drafts": 1}, {})
    assert private.state(sender.id) == State(language="nl", revision=7)


def test_an_invitation_goes_after_it_was_used_or_expired(private: Private) -> None:
    expires = NOW + timedelta(days=14)
    private.add(
        models.Invitation(
            id="i",
            secret_sha256=secret_hash("x"),
            role=Role.LEAD,
            created_at=NOW,
            expires_at=expires,
            organisation=TOWN,
        )
    )
    assert (tidied(private, 43), tidied(private, 45)) == ({}, {"invitations": 1})


def test_how_often_somebody_sent_something_is_known_for_a_day(private: Private) -> None:
    private.pace(person(private).id, now=NOW, forget=NOW)
    assert (tidied(private, 0), tidied(private, 2)) == ({}, {"pace": 1})


@pytest.mark.parametrize(
    ("state", "kind", "days"),
    [
        (ReportState.WAITING, "undecided", 730),
        (ReportState.RETURNED, "undecided", 730),
        (ReportState.DECLINED, "refused", 365),
        (ReportState.WITHDRAWN, "refused", 365),
    ],
)
def test_a_report_goes_after_its_time(private: Private, state: ReportState, kind: str, days: int) -> None:
    report(private, person(private), state)
    assert tidied(private, days - 1, roles=9999) == {}
    assert tidied(private, days + 1, roles=9999) == {kind: 1}
    assert private.count(models.Report) == 0


def test_an_accepted_report_stays_and_nobody_knows_who_sent_or_accepted_it(private: Private) -> None:
    sender = person(private)
    alone = report(private, sender, ReportState.ACCEPTED, id="alone")
    checked = report(private, sender, ReportState.ACCEPTED, id="checked", decided_by="somebody")
    assert (tidied(private, 364), tidied(private, 366), tidied(private, 367)) == ({}, {"accepted": 2}, {})
    kept = {found.id: found for found in private.all(models.Report)}
    # That nobody could check a report stays known, since it is published with it.
    assert kept["alone"] == alone.model_copy(update={"person": ""})
    assert kept["checked"] == checked.model_copy(update={"person": "", "decided_by": ""})


def test_a_visitor_goes_after_a_year_without_a_word_and_their_report_waits_on(private: Private) -> None:
    visitor = person(private, Role.VISITOR)
    report(private, visitor, ReportState.WAITING)
    private.keep_state(visitor.id, State(language="nl", revision=1), over=0, now=NOW + timedelta(days=100))
    assert (tidied(private, 464), tidied(private, 466)) == ({}, {"visitors": 1})
    assert private.count(models.Person) == 0
    assert [found.person for found in private.all(models.Report)] == [""]


def test_whose_role_lapsed_goes_a_year_later(private: Private) -> None:
    person(private)
    assert (tidied(private, 729), tidied(private, 732)) == ({}, {"roles": 1})


def test_the_log_is_pruned_and_stays_whole(private: Private) -> None:
    private.audit(at=NOW, actor=MINISTRY, action="submitted", about="x")
    assert (tidied(private, 3649), tidied(private, 3651), tidied(private, 3652)) == ({}, {"audit": 1}, {})
    assert audit_log.verify(private.audit_rows(), private.audit_end()).wrong == ""
