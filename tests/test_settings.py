from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.options import SERVING, SHARED, with_settings
from monitor.settings import FolderKind, Settings, SettingsError, from_environment, write_folder


def test_defaults() -> None:
    assert from_environment({}) == Settings()
    assert Settings().public_url == "http://127.0.0.1:8000"


def test_other_processes_know_where_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("http://127.0.0.1:8080\n", "utf-8")
    assert Settings(data=tmp_path).public_url == "http://127.0.0.1:8080"
    assert Settings(data=tmp_path, url="https://monitor.example").public_url == "https://monitor.example"


def test_variables_are_read() -> None:
    found = from_environment(
        {
            "MONITOR_DATA": "var/x",
            "MONITOR_PORT": "8080",
            "MONITOR_TODAY": "2019-06-30",
            "MONITOR_URL": "https://monitor.example/",
            "MONITOR_ALLOW_HOSTS": "127.0.0.1:1 127.0.0.1:2",
            "MONITOR_TELEGRAM_TOKEN": "geheim",
        }
    )
    assert (found.data, found.port, found.today) == (Path("var/x"), 8080, date(2019, 6, 30))
    assert (found.reach_out, from_environment({"MONITOR_REACH_OUT": "no"}).reach_out) == (True, False)
    assert (found.public_url, found.allow_hosts) == ("https://monitor.example", ("127.0.0.1:1", "127.0.0.1:2"))
    assert found.clock.today() == date(2019, 6, 30)


def test_token_is_never_printed() -> None:
    assert "geheim" not in repr(from_environment({"MONITOR_TELEGRAM_TOKEN": "geheim"}))


def test_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("geheim\n", "utf-8")
    assert from_environment({"MONITOR_TELEGRAM_TOKEN_FILE": str(tmp_path / "token")}).telegram_token == "geheim"


def test_webhook_and_its_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("een-geheim-van-ons\n", "utf-8")
    given = {
        "MONITOR_TELEGRAM_WEBHOOK": "https://monitor.example/",
        "MONITOR_TELEGRAM_SECRET_FILE": str(tmp_path / "secret"),
    }
    found = from_environment(given)
    assert (found.telegram_webhook, found.telegram_secret) == ("https://monitor.example", "een-geheim-van-ons")
    assert "een-geheim-van-ons" not in repr(found)


def test_a_secret_that_telegram_refuses_is_refused_and_not_shown() -> None:
    for secret in ("te kort", "kort", "x" * 257):
        with pytest.raises(SettingsError) as raised:
            from_environment({"MONITOR_TELEGRAM_SECRET": secret})
        told = "MONITOR_TELEGRAM_SECRET: is not fit: write 16 to 256 letters, digits, _ or -"
        assert str(raised.value) == told


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "MONITOR_TELEGRAM_WEBHOOK",
            "http://monitor.example",
            "MONITOR_TELEGRAM_WEBHOOK: 'http://monitor.example' is not a public address: "
            "write it as https://monitor.example",
        ),
        ("MONITOR_PORT", "tachtig", "MONITOR_PORT: 'tachtig' is not a port: write a number from 1 to 65535"),
        ("MONITOR_PORT", "0", "MONITOR_PORT: '0' is not a port: write a number from 1 to 65535"),
        ("MONITOR_TODAY", "30-06-2019", "MONITOR_TODAY: '30-06-2019' is not a day: write it as 2019-06-30"),
    ],
)
def test_wrong_value_names_the_variable_and_the_repair(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_environment({name: value})
    assert str(raised.value) == message


def test_missing_token_file_names_the_variable() -> None:
    with pytest.raises(SettingsError, match=r"^MONITOR_TELEGRAM_TOKEN_FILE: .*name a file that can be read$"):
        from_environment({"MONITOR_TELEGRAM_TOKEN_FILE": "/nergens"})


def test_new_folder_is_for_trying_out(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).kind is FolderKind.TRY


def test_live_folder_wants_to_know_who_answers(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "live")
    with pytest.raises(SettingsError) as raised:
        write_folder(settings, FolderKind.LIVE, {"controller": "Ministerie van BZK"})
    assert str(raised.value) == "a live folder needs legal_basis, dpo_contact, notice: give them as options"
    assert not settings.data.exists()


def test_live_folder_keeps_what_it_was_told_and_is_private(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "live")
    told = {"controller": "BZK", "legal_basis": "taak", "dpo_contact": "fg", "notice": "1"}
    path = write_folder(settings, FolderKind.LIVE, told)
    assert json.loads(path.read_text("utf-8")) == {"kind": "live", **told}
    assert (settings.kind, settings.data.stat().st_mode & 0o777) == (FolderKind.LIVE, 0o700)
    with pytest.raises(SettingsError, match="exists already"):
        write_folder(settings, FolderKind.LIVE, told)


@pytest.mark.parametrize("spoiled", ["{", "{}", "[]", '{"kind": "echt"}'])
def test_spoiled_folder_file_says_what_to_do(tmp_path: Path, spoiled: str) -> None:
    (tmp_path / "folder.json").write_text(spoiled, "utf-8")
    with pytest.raises(SettingsError, match=r"folder\.json: cannot be read .*restore it from the backup"):
        Settings(data=tmp_path).folder  # noqa: B018


@click.command()
@with_settings(serving=True)
def show(settings: Settings) -> None:
    click.echo(f"{settings.port} {settings.today}")


def test_option_goes_before_variable() -> None:
    variables = {"MONITOR_PORT": "8001", "MONITOR_TODAY": "2019-01-01"}
    assert CliRunner().invoke(show, ["--port", "8002"], env=variables).output == "8002 2019-01-01\n"


def test_wrong_option_ends_with_one_line() -> None:
    result = CliRunner().invoke(show, ["--today", "gisteren"])
    assert (result.exit_code, result.output) == (
        1,
        "Error: MONITOR_TODAY: 'gisteren' is not a day: write it as 2019-06-30\n",
    )


def test_help_lists_every_option_with_its_variable() -> None:
    text = CliRunner().invoke(show, ["--help"]).output
    for name in SHARED | SERVING:
        assert f"--{name}" in text
        assert f"MONITOR_{name.upper().replace('-', '_')}" in text
