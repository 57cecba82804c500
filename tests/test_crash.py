"""The program killed at random moments while many people report: nothing confirmed is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot import review
from bot.conversation import Incoming, converse, open_desk
from bot.messages import say
from bot.private import Private
from monitor.models import Question, Report, ReportState, Role
from monitor.settings import Settings
from tests.conftest import MEASURED, ROOT
from tests.conversation_fixtures import NOW, TOWN, example_plan, make_settings
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_telegram_channel import inbox, run

PEOPLE, KILLS, SEED = 40, 8, 20261120
LINES = (f"/start lead:{TOWN}", "1.2 Het plan ligt nu bij de raad van dit jaar", "grotendeels", "ja")
WAIT_SECONDS = 60
THANKS = say("nl", "sent").partition(". U ")[0]
PROGRAM = """
import asyncio, sys
from pathlib import Path
from bot.telegram_channel import TelegramChannel
from monitor.settings import Settings

async def main():
    settings = Settings(data=Path(sys.argv[1]), telegram_token=sys.argv[2], telegram_api=sys.argv[3])
    await TelegramChannel(settings, print, first_wait=0.01).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""

# Accepts the one report that waits, and dies at the commit after so many.
ACCEPTING = """
import os, signal, sys
from pathlib import Path
from bot.conversation import Incoming, converse, open_desk
from monitor.settings import Settings
from monitor.models import Role
from tests.conversation_fixtures import MINISTRY, NOW

with open_desk(Settings(data=Path(sys.argv[1]))) as desk:
    reviewer = desk.private.welcome("web", "c", now=NOW, role=Role.COORDINATOR, organisation=MINISTRY)
    for text in ("controleren", "1"):
        converse(desk, reviewer, Incoming(text=text))
    left = int(sys.argv[2])
    def count(sql):
        global left
        if sql.startswith("COMMIT"):
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
    for half in (desk.private, desk.storage):
        half.db.conn.set_trace_callback(count)
    converse(desk, reviewer, Incoming(text="1"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killing_it_at_random_moments_loses_and_doubles_no_report(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with TelegramServer() as server:
        made = make_settings(tmp_path, example_plan())
        settings = replace(made, telegram_token=TOKEN, telegram_api=server.address)
        for line in LINES:
            for number in range(PEOPLE):
                server.say(line, chat=100 + number)
        everything = PEOPLE * len(LINES)
        for _ in range(KILLS):
            before = inbox(settings).get("done", 0)
            more = min(before + chance.randint(1, everything // KILLS), everything)
            command = [sys.executable, "-c", PROGRAM, str(settings.data), TOKEN, server.address]
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
            server.wait_for(lambda more=more: inbox(settings).get("done", 0) >= more, WAIT_SECONDS)
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.wait()
        let_leases_end(settings)
        run(settings, lambda: server.wait_for(lambda: is_settled(settings, everything), WAIT_SECONDS))
    with Private(settings.private_database) as private:
        reports = Counter(report.person for report in private.all(Report, state=ReportState.WAITING))
        revisions = private.db.conn.execute("SELECT revision, count(*) FROM states GROUP BY revision").fetchall()
    thanked = Counter(sent.chat for sent in server.sent if THANKS in sent.text)
    lost, doubled = PEOPLE - len(reports), sum(count - 1 for count in reports.values())
    again = sum(thanked.values()) - len(thanked)
    MEASURED.append(
        f"Crash test: {KILLS} kills, {PEOPLE} reports confirmed in {everything} messages: {lost} lost, "
        f"{doubled} doubled; {PEOPLE - len(thanked)} not thanked, {again} thanked twice"
    )
    assert (lost, doubled, PEOPLE - len(thanked)) == (0, 0, 0)
    assert revisions == [(len(LINES), PEOPLE)]
    # What was on its way when it was killed may be said again.
    assert again <= KILLS


@pytest.mark.parametrize("commits", [0, 1, 2, 3])
def test_killing_it_while_a_post_is_accepted_leaves_it_waiting_or_public_and_once(tmp_path: Path, commits: int) -> None:
    settings = make_settings(tmp_path, example_plan())
    with open_desk(settings) as desk:
        pioneer = desk.private.welcome("web", "p", now=NOW, role=Role.PIONEER, organisation=TOWN)
        for text in ("/vraag Hoe doet u dat daar?", "ja"):
            converse(desk, pioneer, Incoming(text=text))
    command = [sys.executable, "-c", ACCEPTING, str(settings.data), str(commits)]
    process = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert process.returncode == -signal.SIGKILL
    # The public file is written first; what comes before that changes nothing.
    accepted = commits > 0
    with open_desk(settings) as desk:
        assert review.finish_accepted(desk) == int(commits == 1)
        [report] = desk.private.all(Report)
        assert report.state is (ReportState.ACCEPTED if accepted else ReportState.WAITING)
        assert desk.storage.count(Question, organisation=TOWN) == int(accepted)
        assert len([r for r in desk.private.collect(pioneer.id, NOW) if "openbaar:" in r.text]) == int(accepted)


def let_leases_end(settings: Settings) -> None:
    """Let the time pass after which what a killed process was sending is sent by another."""
    with Private(settings.private_database) as private:
        private.db.execute("UPDATE deliveries SET next_at = NULL WHERE state = 'sending'")


def is_settled(settings: Settings, everything: int) -> bool:
    """Tell whether everything said was handled and every answer was sent."""
    with Private(settings.private_database) as private:
        return inbox(settings) == {"done": everything} and not private.counts()["unsent"]
