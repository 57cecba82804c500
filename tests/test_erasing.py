"""What a member shared is erased everywhere: rows, search, reports, messages, drafts and files; a tombstone stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import conversation, erasing, following, posts, review
from bot.conversation import Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Decide, Follow
from monitor import models, search
from monitor.cli import main
from monitor.cli.data import _erasing
from monitor.models import Cadence, FollowKind, ReportKind, ReportState, Role
from monitor.settings import Settings
from tests.conversation_fixtures import COURT, MINISTRY, NOW, TOWN, example_plan, make_settings
from tests.test_posts import PLAN, TOLD, decide, heard, person, send

SECRET = "Wie belt met buurvrouw Voorbeeldnaam over lobby?"
GROUND = "Er stond een naam in."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield replace(opened, now=NOW)


def answered(desk: Desk) -> tuple[models.Report, models.Report, models.Person, models.Person]:
    """Give a public question, its public answer, who asked and who answered."""
    asker, other = person(desk, Role.PIONEER, TOWN), person(desk, Role.PIONEER, COURT)
    question = send(desk, asker, ReportKind.QUESTION, SECRET)
    decide(desk, question, ReportState.ACCEPTED)
    answer = send(desk, other, ReportKind.ANSWER, TOLD, question.id)
    coordinator = person(desk, Role.COORDINATOR, MINISTRY)
    review.decide(desk, answer, Decide(report=answer.id, state=ReportState.ACCEPTED), by=coordinator)
    return question, answer, asker, other


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.db*")))


def test_a_question_goes_with_its_answers_and_tombstones_stay(desk: Desk, settings: Settings) -> None:
    question, answer, asker, other = answered(desk)
    waits = send(desk, other, ReportKind.ANSWER, "Dit antwoord wacht nog.", question.id)
    kept = send(desk, other, ReportKind.LESSON, "Begin met één soort stuk.")
    decide_by = person(desk, Role.COORDINATOR, MINISTRY)
    review.decide(desk, kept, Decide(report=kept.id, state=ReportState.ACCEPTED), by=decide_by)
    turn = converse(desk, other, Incoming(action=f"door-answer {question.id}"))
    assert SECRET in turn.replies[-1].text
    following.follow(
        replace(desk, now=NOW - timedelta(days=1)),
        person(desk, Role.VISITOR, "", "telegram"),
        Follow(kind=FollowKind.PLAN, about=PLAN, cadence=Cadence.AT_ONCE),
    )
    assert following.send(replace(desk, now=NOW + timedelta(minutes=5))) == 1
    anchor = f"q-{question.id.rpartition('/')[2]}"
    stones = erasing.erase(desk, anchor, ground=GROUND, role=Role.COORDINATOR)
    assert {(stone.id, stone.kind) for stone in stones} == {
        (question.id, "question"),
        (answer.id, "answer"),
        (waits.id, "answer"),
    }
    assert {(s.id, s.ground, s.role) for s in desk.storage.all(models.Tombstone)} == {
        (stone.id, GROUND, "coordinator") for stone in stones
    }
    assert [posts.find(desk, report) is None for report in (question, answer, kept)] == [True, True, False]
    assert [report.id for report in desk.private.all(models.Report)] == [kept.id]
    assert search.find(desk.storage, "Voorbeeldnaam", "nl").results == ()
    assert search.find(desk.storage, "soort stuk", "nl").results[0].passage.record == kept.id
    assert (desk.storage.count(models.Queue), review.finish_accepted(desk)) == (0, 0)
    told = {who.id: [(r.heading, r.text) for r in heard(desk, who)][-1] for who in (asker, other)}
    assert told == {
        asker.id: ("Vraag", f"Wij hebben dit gewist. De reden: {GROUND}"),
        other.id: ("Antwoord", f"Wij hebben dit gewist. De reden: {GROUND}"),
    }
    left = everything(settings.data)
    assert [word in left for word in (b"buurvrouw", TOLD.encode(), b"wacht nog", b"soort stuk")] == [
        False,
        False,
        False,
        True,
    ]
    assert erasing.erase(desk, anchor, ground=GROUND, role=Role.COORDINATOR) == []


def test_a_theme_goes_and_what_was_shared_under_it_stays(desk: Desk) -> None:
    member = person(desk, Role.PIONEER, TOWN)
    theme = send(desk, member, ReportKind.THEME, "Buurvrouw Voorbeeldnaam")
    decide(desk, theme, ReportState.ACCEPTED)
    lesson = send(desk, member, ReportKind.LESSON, "Begin met één soort stuk.", theme.id)
    decide(desk, lesson, ReportState.ACCEPTED)
    reader = person(desk, Role.VISITOR, "", "telegram")
    following.follow(desk, reader, Follow(kind=FollowKind.THEME, about=theme.id, cadence=Cadence.AT_ONCE))
    assert search.find(desk.storage, "Voorbeeldnaam", "nl").results
    [stone] = erasing.erase(desk, theme.id, ground=GROUND, role=Role.COORDINATOR)
    assert (stone.id, stone.kind) == (theme.id, "theme")
    assert (posts.find(desk, theme), following.subscriptions(desk, reader)) == (None, [])
    assert posts.find(desk, lesson)
    assert conversation._report(desk, lesson.id).state is ReportState.ACCEPTED
    assert search.find(desk.storage, "Voorbeeldnaam", "nl").results == ()
    assert search.find(desk.storage, "soort stuk", "nl").results[0].passage.record == lesson.id


def test_a_crash_between_the_two_files_is_finished_by_doing_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, answer, *_ = answered(desk)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_erase_private", crash)
        with pytest.raises(RuntimeError):
            erasing.erase(desk, question.id, ground=GROUND, role=Role.COORDINATOR)
    assert review.finish_accepted(desk) == 0
    assert (posts.find(desk, question), posts.find(desk, answer)) == (None, None)
    assert len(erasing.erase(desk, question.id, ground=GROUND, role=Role.COORDINATOR)) == 2
    assert (desk.private.count(models.Report), desk.storage.count(models.Tombstone)) == (0, 2)


def test_a_command_erases_a_post_once_and_a_restored_backup_says_how_again(desk: Desk, settings: Settings) -> None:
    question, answer, *_ = answered(desk)
    asked = ["erase-post", question.id, "--ground", GROUND, "--data", str(settings.data)]
    done = CliRunner().invoke(main, asked)
    assert done.output == (
        f"Erased question {question.id}.\nErased answer {answer.id}.\n"
        "The pages and the open data are without it after the next 'monitor publish'. Backups still hold it.\n"
    )
    entries = [(e.actor, e.action, e.about) for e in desk.private.all(models.AuditEntry)][-2:]
    assert entries == [("command", "erased-post", question.id), ("command", "erased-post", answer.id)]
    again = CliRunner().invoke(main, asked)
    wrong = f"Error: {question.id}: nothing that a member shared has this id: check it\n"
    assert (again.exit_code, again.output) == (1, wrong)
    empty = CliRunner().invoke(main, [*asked[:3], " ", *asked[4:]])
    assert "--ground: is empty: write why it is taken away" in empty.output
    stone = desk.storage.get(models.Tombstone, id=question.id)
    assert stone
    assert _erasing(settings, stone) == (f"monitor erase-post {question.id} --ground '{GROUND}' --data {settings.data}")
