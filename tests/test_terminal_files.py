"""Files in the terminal: a typed line, a dropped path, a path that is not there, and where a file can be opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from bot import terminal_channel
from bot.conversation import open_desk
from bot.dialogue import Refusal, Reply
from bot.extension import chat
from bot.files import store
from bot.files.cleaning import LIMIT
from bot.files.store import Taken
from bot.terminal_files import Heard, heard
from monitor.settings import FolderKind, Settings, write_folder
from tests.conversation_fixtures import TODAY, TOWN, example_plan, make_settings
from tests.make_files import FOLDER
from tests.test_web_channel import LIVE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a working directory, which is the home too, with a plan whose name has spaces."""
    folder = tmp_path / "thuis"
    folder.mkdir()
    shutil.copy(FOLDER / "plan.pdf", folder / "Plan van aanpak.pdf")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "bestand Plan van aanpak.pdf Het vastgestelde plan",
        "  Bestand  'Plan van aanpak.pdf'  Het vastgestelde plan ",
        'file "Plan van aanpak.pdf" Het vastgestelde plan',
        r"bestand Plan\ van\ aanpak.pdf Het vastgestelde plan",
        "bestand ~/Plan van aanpak.pdf Het vastgestelde plan",
        "bestand './Plan van aanpak.pdf' Het vastgestelde plan",
        "~/Plan van aanpak.pdf Het vastgestelde plan",
        "'~/Plan van aanpak.pdf' Het vastgestelde plan",
    ],
)
def test_a_line_sends_a_file_with_its_words(home: Path, line: str) -> None:
    found = heard(line)
    assert found
    assert (found.path.resolve(), found.text) == (home / "Plan van aanpak.pdf", "Het vastgestelde plan")
    assert found.read(LIMIT) == (home / "Plan van aanpak.pdf").read_bytes()


def test_a_dropped_path_sends_a_file(home: Path) -> None:
    path = home / "Plan van aanpak.pdf"
    for line in (str(path), f"'{path}'", str(path).replace(" ", "\\ "), f"{path} "):
        assert heard(line) == Heard(path)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1.2 is klaar",
        "bestand",
        "Bestand met afspraken is openbaar",
        "/help",
        "/weg/plan.pdf",
        "~",
        "file",
        "stop",
        "'",
    ],
)
def test_another_line_is_text(home: Path, line: str) -> None:
    assert heard(line) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("bestand weg.pdf Het plan", "weg.pdf"),
        ("bestand ~niemand-hier/x.pdf", "~niemand-hier/x.pdf"),
        ("bestand 'een map/weg.pdf' Het plan", "een map/weg.pdf"),
        ("bestand /tmp/", "/tmp"),
    ],
)
def test_a_path_that_is_not_there_is_named(home: Path, line: str, path: str) -> None:
    found = heard(line)
    assert found
    assert (found.path, found.read(LIMIT)) == (Path(path), None)


@hypothesis.given(st.text(max_size=80))
def test_any_line_is_understood(line: str) -> None:
    for typed in (line, f"bestand {line}", f"/{line}"):
        found = heard(typed)
        assert found is None or isinstance(found.read(1), bytes | None)


def run(settings: Settings, typed: str, *more: str) -> str:
    options = ["--data", str(settings.data), "--today", str(TODAY), *more]
    result = CliRunner().invoke(chat, options, input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_path_that_is_not_there_gets_a_clear_line_and_the_conversation_goes_on(settings: Settings) -> None:
    shown = run(settings, "1.1\nbestand weg.pdf Het plan\nhelp\n", "--as", f"lead:{TOWN}")
    after = shown.partition("> bestand weg.pdf Het plan\n\n")[2]
    assert after.startswith(
        "weg.pdf is geen bestand dat te lezen is. Controleer het pad en typ: bestand PAD\nomschrijving\n\n> help"
    )
    english = run(settings, "file weg.pdf The plan\n", "--as", f"lead:{TOWN}", "--language", "en")
    assert "weg.pdf is not a file that can be read. Check the path and type: file PATH description" in english


def test_a_file_is_kept_by_what_it_holds(settings: Settings) -> None:
    run(settings, f"bestand {FOLDER / 'foto.jpg'} Het bord\nbestand {FOLDER / 'plan.docx'}\n", "--as", f"lead:{TOWN}")
    [kept] = (settings.data / store.FOLDER).iterdir()
    assert kept.suffix == ".jpg"


def test_a_refused_or_too_large_file_is_told_to_the_conversation(settings: Settings, tmp_path: Path) -> None:
    large = tmp_path / "groot.pdf"
    large.write_bytes(b"%PDF-" + bytes(LIMIT))
    given = {large: Refusal.LARGE, FOLDER / "plan.docx": Refusal.OFFICE, FOLDER / "leeg.pdf": Refusal.EMPTY}
    with open_desk(settings) as desk:
        person = desk.private.welcome("terminal", "visitor", now=desk.now)
    for path, refused in given.items():
        incoming = terminal_channel._incoming(settings, person, f"bestand {path} Het plan", "nl")
        assert incoming
        assert (incoming.text, incoming.file, incoming.refused) == ("Het plan", None, refused)


def test_in_a_live_folder_nothing_is_kept_before_the_notice_was_read(settings: Settings) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)
    shown = run(settings, f"bestand {FOLDER / 'foto.jpg'} Het bord\n")
    assert "Ministerie verwerkt wat u hier typt" in shown
    assert not (settings.data / store.FOLDER).exists()


def test_who_may_open_a_file_reads_where_it_is(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    taken = store.take(settings.data, (FOLDER / "foto.jpg").read_bytes())
    assert taken == Taken(file=taken.file)
    for file in (taken.file, "a" * 64 + ".pdf"):
        terminal_channel._show(settings, Reply(text="Bericht", file=file), "nl")
    path = settings.data / store.FOLDER / str(taken.file)
    assert capsys.readouterr().out == f"Bericht\n\nHet bestand staat hier: {path}\n\nBericht\n\n"
