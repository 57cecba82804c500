"""Where the operator lets nothing be fetched, each command says so, and nothing is recorded as failed."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import cli, models, pages
from monitor.jobs import REACHING_OUT
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import ROOT, TODAY
from tests.test_commitments import spoil
from tests.test_pages import CONTEXT, body, write

WHY = "MONITOR_REACH_OUT: is no, so nothing is fetched: leave it out, or write yes"


def monitor(settings: Settings, *arguments: str, reach_out: str = "no", plans: Path = ROOT / "commitments") -> Result:
    shared = ["--data", str(settings.data), "--commitments", str(plans), "--today", "2026-11-23"]
    return CliRunner().invoke(cli.main, [*arguments, *shared, "--reach-out", reach_out])


def test_a_poll_says_why_nothing_is_fetched_and_records_nothing(settings: Settings, synced: Storage) -> None:
    done = monitor(settings, "poll", "--force")
    assert (done.exit_code, done.output) == (1, f"Error: {WHY}\n")
    assert synced.all(models.FeedState) == []


@pytest.mark.parametrize("job", sorted(REACHING_OUT))
def test_a_job_says_why_it_does_not_run(settings: Settings, synced: Storage, job: str) -> None:
    done = monitor(settings, "run-job", job)
    assert (done.exit_code, done.output) == (1, f"Error: job {job} does not run: {WHY}\n")
    assert synced.all(models.Run) == []


def test_the_list_of_jobs_names_those_that_do_not_run(settings: Settings, synced: Storage) -> None:
    lines = monitor(settings, "jobs").output.splitlines()
    assert lines[-3:] == [f"{job:<14} does not run: {WHY}" for job in ("evidence", "feeds", "indicators")]
    assert "does not run" not in monitor(settings, "jobs", reach_out="yes").output


@pytest.mark.parametrize(
    ("reach_out", "first"),
    [
        (
            "no",
            "Note     no feed, number or evidence is fetched: MONITOR_REACH_OUT is no; leave it out to fetch them.",
        ),
        ("yes", "Plan     reading "),
    ],
)
def test_the_first_line_of_a_start_says_it(settings: Settings, tmp_path: Path, reach_out: str, first: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    # A plan that cannot be read ends the start after its first lines.
    done = monitor(settings, "run", "--port", port, reach_out=reach_out, plans=broken(tmp_path))
    assert done.exit_code == 1
    assert done.output.startswith(first)


def broken(folder: Path) -> Path:
    plan = folder / "plans" / "2018-2020"
    plan.mkdir(parents=True)
    (plan / "plan.yml").write_text((ROOT / "commitments/2018-2020/plan.yml").read_text("utf-8"), "utf-8")
    spoil(plan, "plan.yml", "country: NL\n", "country: [NL\n")
    return folder / "plans"


def test_news_does_not_look_as_if_a_source_waits(synced: Storage, tmp_path: Path) -> None:
    off = replace(CONTEXT, fetches=False)
    pages.write(synced, today=TODAY, language="nl", target=tmp_path / "uit", context=off)
    text = body(tmp_path / "uit", "2018-2020/nieuws")
    assert "wordt niet gelezen: dat staat uit" in text
    assert "nog niet gelezen" not in text
    assert "dat staat uit" not in body(write(synced, tmp_path / "aan"), "2018-2020/nieuws")
