"""What somebody reads who comes back after the time to answer a round."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from bot import asking, overdue
from bot.conversation import open_desk
from bot.extension import chat
from monitor.models import Role
from tests.conversation_fixtures import MINISTRY, example_plan, make_settings
from tests.two_years import at, bind, local

OVER = (
    "De tijd om te antwoorden over het derde kwartaal van 2026 is voorbij. U kunt nog wel melden: kies een mijlpaal, "
    "of schrijf wat er is gebeurd."
)


def test_a_round_that_is_over_is_one_line_for_who_comes_back(tmp_path: Path) -> None:
    with open_desk(make_settings(tmp_path, example_plan())) as desk:
        bind(Role.LEAD, MINISTRY)(at(desk, local("2026-08-01T10:00")))
        assert asking.ask_leads(at(desk, local("2026-10-01T09:00"))) == 1
        [lead] = desk.reachable()
        late = at(desk, local("2026-10-20T09:00"))
        assert [reply.text for reply in overdue.collect(late, lead, "nl")] == [OVER]
        assert overdue.collect(late, lead, "nl") == []


def test_who_comes_back_in_time_reads_the_question(tmp_path: Path) -> None:
    with open_desk(make_settings(tmp_path, example_plan())) as desk:
        bind(Role.LEAD, MINISTRY)(at(desk, local("2026-08-01T10:00")))
        asking.ask_leads(at(desk, local("2026-10-01T09:00")))
        [lead] = desk.reachable()
        [asked] = overdue.collect(at(desk, local("2026-10-14T09:00")), lead, "nl")
        assert "U kunt antwoorden tot en met 14 oktober 2026." in asked.text


def test_the_terminal_says_that_the_time_is_over(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    play = ["--data", str(settings.data), "--as", f"lead:{MINISTRY}"]
    with open_desk(replace(settings, today=date(2026, 8, 3))) as desk:
        desk.private.welcome(
            "terminal", f"lead:{MINISTRY}", now=desk.now, role=Role.LEAD, organisation=MINISTRY, bound_at=desk.moment
        )
        asking.ask_leads(at(desk, local("2026-10-01T09:00")))
    shown = CliRunner().invoke(chat, [*play, "--today", "2026-10-20"], input="").output
    assert OVER in " ".join(shown.split())
    assert "U kunt antwoorden tot en met" not in shown
