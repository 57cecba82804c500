"""The program started as ``make run`` starts it: report, accept, and find the update in public."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MEASURED, ROOT
from tests.test_cli import free_port

# What is promised to people; what it takes is said at the end of the run, since it depends on what else a machine does.
PUBLIC_SECONDS = 60
RESTART_SECONDS = 30
TEXT = "Het plan van aanpak staat online"


class Program:
    """A running monitor with a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.environment = os.environ | {"MONITOR_DATA": str(data), "MONITOR_TODAY": "2026-11-23"}
        self.environment.pop("MONITOR_TELEGRAM_TOKEN", None)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it, and give what it said up to the welcome."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Stop "):
                return said
        pytest.fail(f"it did not start:\n{said}")

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """End it, and give its exit code and what it still said."""
        assert self.process
        self.process.send_signal(how)
        said = self.process.communicate(timeout=30)[0]
        code, self.process = self.process.returncode, None
        return code, said

    def chat(self, who: str, *lines: str) -> str:
        """Give what a conversation in the terminal said."""
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "chat", "--as", who, "--language", "nl"],
            cwd=ROOT,
            env=self.environment,
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def get(self, path: str) -> str:
        """Give the body at a path; empty where there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            return ""

    def wait_for(self, path: str, text: str, seconds: float) -> float:
        """Wait until a page shows a text; give the seconds it took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if text in self.get(path):
                return time.monotonic() - started
            time.sleep(0.2)
        pytest.fail(f"{path} does not show {text!r} after {seconds} s")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Give a program that is ended when the test ends."""
    made = Program(tmp_path / "data")
    yield made
    if made.process:
        made.end(signal.SIGKILL)


def report(program: Program) -> str:
    return program.chat("lead:provincie-zuid-holland", "1.2", TEXT, "volledig", "https://example.org/plan", "1")


def test_report_is_accepted_and_public_in_both_languages_and_in_the_data(program: Program) -> None:
    said = program.start()
    for address in ("/ ", "/en/", "/melden", "/data/", "make chat"):
        assert address in said
    assert "Zo ziet iedereen dit" in report(program)
    assert TEXT not in program.get("/2018-2020/01/")

    accepted = program.chat("coordinator", "1", "1", "1")
    assert f"http://127.0.0.1:{program.port}/2018-2020/01/" in accepted
    took = program.wait_for("/2018-2020/01/", TEXT, PUBLIC_SECONDS)
    MEASURED.append(f"End to end: what was accepted in the terminal was public on the site after {took:.1f} s.")
    program.wait_for("/en/2018-2020/01/", TEXT, PUBLIC_SECONDS)
    [row] = json.loads(program.get("/data/monitor/updates.json?_shape=array&way=chat"))
    assert (row["milestone"], row["completion"], row["organisation"], row["after_plan"], row["reviewed_by_other"]) == (
        "2018-2020/1.2",
        "complete",
        "provincie-zuid-holland",
        1,
        1,
    )
    code, last = program.end(signal.SIGINT)
    assert (code, last.splitlines()[-1]) == (0, f"Stopped. Everything is kept in {program.data}/.")


def test_killing_it_loses_nothing_that_was_confirmed(program: Program) -> None:
    program.start()
    report(program)
    program.end(signal.SIGKILL)
    started = time.monotonic()
    said = program.start()
    assert time.monotonic() - started < RESTART_SECONDS
    assert re.search(r"nothing changed", said)
    assert TEXT in program.chat("coordinator", "1", "1", "1")
    program.end(signal.SIGKILL)
    program.start()
    took = program.wait_for("/2018-2020/01/", TEXT, PUBLIC_SECONDS)
    MEASURED.append(f"End to end: what was accepted in the terminal was public on the site after {took:.1f} s.")
    [row] = json.loads(program.get("/data/monitor/updates.json?_shape=array&way=chat"))
    assert row["text"] == json.dumps({"nl": TEXT}) or TEXT in row["text"]


def test_a_second_program_on_the_same_port_ends_with_one_line(program: Program) -> None:
    program.start()
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run", "--port", str(program.port)],
        cwd=ROOT,
        env=program.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: port {program.port} on 127.0.0.1 cannot be used")
    assert json.loads(program.get("/healthz"))["ok"]
