from __future__ import annotations

import json
import re
import shutil
import socket
from dataclasses import fields
from datetime import time, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from monitor import cli, jobs
from monitor.errors import MonitorError
from monitor.extension import Job
from monitor.lease import lease
from monitor.settings import Settings
from tests.conftest import ROOT
from tests.test_commitments import spoil


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    """Give a copy of the plan files that a test may spoil."""
    return Path(shutil.copytree(ROOT / "commitments", tmp_path / "commitments"))


def monitor(data: Path, *arguments: str, plans: Path = ROOT / "commitments") -> Result:
    shared = ["--data", str(data), "--commitments", str(plans), "--today", "2026-11-23"]
    return CliRunner().invoke(cli.main, [*arguments, *shared])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_lint_says_how_much_it_found(tmp_path: Path) -> None:
    result = monitor(tmp_path, "lint", "--language", "en")
    assert (result.exit_code, result.output.splitlines()[-2]) == (0, "1 plan: 0 problems, 10 warnings.")


def test_lint_prints_every_problem_and_ends_with_1(tmp_path: Path, plans: Path) -> None:
    path = plans / "2018-2020" / "plan.yml"
    line = spoil(path.parent, path.name, "country: NL\n", "")
    result = monitor(tmp_path, "lint", str(path), "--language", "en", plans=plans)
    assert (result.exit_code, result.output.splitlines()[0]) == (
        1,
        f"{path}:{line - 1}:1: [Actieplan Open Overheid 2018-2020] missing-field: 'country' is missing: "
        "add a line 'country: …'",
    )


def test_lint_of_a_folder_without_a_plan_ends_with_2(tmp_path: Path) -> None:
    result = monitor(tmp_path, "lint", str(tmp_path))
    assert (result.exit_code, result.output) == (
        2,
        f"{tmp_path}: there is no plan here: name a folder that holds a plan.yml\n",
    )


def test_sync_says_what_changed_and_then_that_nothing_did(tmp_path: Path) -> None:
    first, second = monitor(tmp_path / "data", "sync"), monitor(tmp_path / "data", "sync")
    assert re.fullmatch(r"\d+ change\(s\)\.\n", first.output), first.output
    assert second.output == "Nothing changed.\n"


def test_sync_of_a_broken_file_changes_nothing_and_names_the_line(tmp_path: Path, plans: Path) -> None:
    monitor(tmp_path / "data", "sync")
    spoil(plans / "2018-2020", "plan.yml", "country: NL\n", "country: [NL\n")
    result = monitor(tmp_path / "data", "sync", plans=plans)
    assert result.exit_code == 1
    assert "plan.yml:3:10: yaml: the list that starts here has no end" in result.output
    assert monitor(tmp_path / "data", "sync").output == "Nothing changed.\n"


def test_jobs_lists_each_job_and_its_last_run(tmp_path: Path) -> None:
    assert re.search(r"^sync +every 0:00:30: never ran$", monitor(tmp_path, "jobs").output, re.MULTILINE)
    assert monitor(tmp_path, "run-job", "sync").exit_code == 0
    assert re.search(
        r"^sync +every 0:00:30: \d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ item\(s\); next when something changed$",
        monitor(tmp_path, "jobs").output,
        re.MULTILINE,
    )


def test_jobs_says_when_a_daily_job_comes_and_how_often_one_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(settings: Settings) -> int:
        raise MonitorError("bron antwoordt niet")

    known = [Job("stuk", timedelta(days=1), fail, at=time(3, 30))]
    monkeypatch.setattr(jobs, "core_jobs", lambda _: known)
    for _ in range(2):
        monitor(tmp_path, "run-job", "stuk")
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    told = rf"^stuk +daily at 03:30: {moment}, bron antwoordt niet, 2 time\(s\) in a row; next {moment}$"
    assert re.search(told, monitor(tmp_path, "jobs").output, re.MULTILINE)


def test_a_job_that_runs_is_not_run_twice_by_hand(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    with lease(tmp_path / "locks" / "heartbeat"):
        result = monitor(tmp_path, "run-job", "heartbeat")
    assert (result.exit_code, result.output) == (
        1,
        "Error: job heartbeat runs already, here or in another program: wait until it is done\n",
    )


def test_unknown_job_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    result = monitor(tmp_path, "run-job", "slapen")
    assert result.exit_code == 1
    assert result.output.startswith("Error: there is no job 'slapen': choose one of sync, publish, ")


def test_failed_job_ends_with_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(settings: Settings) -> int:
        raise MonitorError("bron antwoordt niet")

    monkeypatch.setattr(jobs, "core_jobs", lambda _: [Job("stuk", timedelta(hours=1), fail)])
    result = monitor(tmp_path, "run-job", "stuk")
    assert (result.exit_code, result.output) == (1, "Error: job stuk failed: bron antwoordt niet\n")


def test_publish_without_a_plan_says_what_to_do(tmp_path: Path) -> None:
    result = monitor(tmp_path, "publish")
    assert (result.exit_code, result.output) == (
        1,
        "Error: there is no plan in the database: run monitor sync first\n",
    )


def test_init_makes_a_live_folder_only_when_it_is_told_who_answers(tmp_path: Path) -> None:
    refused = monitor(tmp_path / "live", "init", "--live")
    assert refused.output == (
        "Error: a live folder needs controller, legal_basis, dpo_contact, notice: give them as options\n"
    )
    told = ["--controller", "BZK", "--legal-basis", "taak", "--dpo-contact", "fg", "--notice", "1"]
    assert monitor(tmp_path / "live", "init", "--live", *told).exit_code == 0
    assert json.loads((tmp_path / "live" / "folder.json").read_text("utf-8"))["kind"] == "live"


def test_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = monitor(tmp_path / "data", "run", "--port", str(port))
    assert (result.exit_code, result.output) == (
        1,
        f"Error: port {port} on 127.0.0.1 cannot be used (Address already in use): stop the other program, "
        f"or choose another port: make run PORT={port + 80}\n",
    )


def test_unwritable_data_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "bestand").write_text("", "utf-8")
    result = monitor(tmp_path / "bestand" / "data", "run", "--port", str(free_port()))
    assert (result.exit_code, result.output) == (
        1,
        f"Error: the data folder {tmp_path}/bestand/data cannot be written (Not a directory): "
        "choose another with --data or MONITOR_DATA\n",
    )


def test_broken_plan_file_ends_the_start_with_its_line(tmp_path: Path, plans: Path) -> None:
    spoil(plans / "2018-2020", "plan.yml", "country: NL\n", "country: [NL\n")
    result = monitor(tmp_path / "data", "run", "--port", str(free_port()), plans=plans)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].endswith(
        "plan.yml:3:10: yaml: the list that starts here has no end: put ',' between its parts and ']' at its end"
    )


def commands() -> dict[str, click.Command]:
    with click.Context(cli.main) as context:
        found = {name: cli.main.get_command(context, name) for name in cli.main.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in commands() if f"monitor {name}" not in readme] == []


def test_readme_names_no_command_that_does_not_exist() -> None:
    named = re.findall(r"`(?:\.venv/bin/)?monitor ([a-z-]+)", (ROOT / "README.md").read_text("utf-8"))
    assert set(named) - set(commands()) == set()


def test_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = {option.name for command in commands().values() for option in command.params}
    assert {"data", "today", "url", "port"} <= named
    for variable in ("DATA", "COMMITMENTS", "TODAY", "URL", "CONTACT", "EDIT_URL", "ALLOW_HOSTS", "HOST", "PORT"):
        assert f"MONITOR_{variable}" in readme
    secrets = {"telegram_token", "telegram_secret"}
    read = {f.name for f in fields(Settings)} - {"today"} | {"language", "today"} | {f"{name}_file" for name in secrets}
    table = set(re.findall(r"`MONITOR_([A-Z_]+)`", readme.partition("## Settings")[2].partition("\n## ")[0]))
    assert {name.lower() for name in table} == read


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"`make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_every_file_that_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = [target for target in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in target]
    assert ".github/home.png" in named
    assert [target for target in named if not (ROOT / target).exists()] == []
