"""The conversation in the terminal: transcripts as a person sees them, and what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.extension import chat, invite
from bot.private import Private
from monitor import models
from monitor.settings import FolderKind, Settings, write_folder
from tests.conversation_fixtures import (
    SITE,
    TODAY,
    TOWN,
    PureWorld,
    example_plan,
    in_terminal,
    make_settings,
    plan_named,
    read_transcript,
    stored,
    transcripts,
)

LIVE = {"controller": "Ministerie van Voorbeeldzaken", "legal_basis": "wet", "dpo_contact": "fg", "notice": "1"}


def options(settings: Settings, *more: str) -> list[str]:
    return ["--data", str(settings.data), "--today", str(TODAY), "--url", SITE, *more]


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_transcript_reads_and_stores_as_the_file_says(
    path: Path, tmp_path: Path, shipped: models.PlanFolder, shipped_updates: list[models.Update]
) -> None:
    transcript = read_transcript(path)
    folder = plan_named(transcript.plan, shipped)
    settings = make_settings(tmp_path, folder)
    assert in_terminal(transcript, settings) == [section.shown for section in transcript.sections]
    assert stored(settings) == PureWorld(folder, shipped_updates).run(transcript)


def test_unknown_organisation_names_the_known_ones(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    result = CliRunner().invoke(chat, options(settings, "--as", "lead:gemeente-onbekend"))
    assert result.exit_code == 1
    assert result.output.strip() == (
        "Error: --as lead:gemeente-onbekend: 'gemeente-onbekend' is not one of this plan's organisations: "
        "write lead: and one of ministerie-voorbeeldzaken, gemeente-voorbeeldstad, rekenkamer-voorbeeld"
    )


def test_without_a_plan_it_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "empty")
    result = CliRunner().invoke(chat, options(settings))
    assert result.exit_code == 1
    assert "has no plan yet: run 'make run' or 'monitor sync' first" in result.output


def test_live_folder_refuses_to_play_a_role(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    write_folder(settings, FolderKind.LIVE, LIVE)
    result = CliRunner().invoke(chat, options(settings, "--as", f"lead:{TOWN}"))
    assert result.exit_code == 1
    assert "is a live folder: roles come by invitation, so leave --as out" in result.output


def test_live_folder_shows_the_notice_before_it_keeps_anything(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    write_folder(settings, FolderKind.LIVE, LIVE)
    refused = CliRunner().invoke(chat, options(settings), input="nee\nwat is dit\n")
    assert "Ministerie van Voorbeeldzaken verwerkt wat u hier typt" in refused.output
    with Private(settings.private_database) as private:
        assert private.count(models.Person) == 0
    agreed = CliRunner().invoke(chat, options(settings), input="1\n1\n")
    assert "Welkom bij de monitor van Voorbeeldplan 2025-2027." in agreed.output


def test_another_language_is_taken_up_where_the_conversation_stood(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    play = options(settings, "--as", f"lead:{TOWN}")
    CliRunner().invoke(chat, [*play, "--language", "nl"], input="1.1\n")
    again = CliRunner().invoke(chat, [*play, "--language", "en"], input="")
    assert "How far is it now?" in again.output


def test_without_a_role_a_transcript_is_a_visitor(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    result = CliRunner().invoke(chat, options(settings), input="")
    assert "Welkom bij de monitor van Voorbeeldplan 2025-2027." in result.output


def test_end_of_input_says_goodbye_and_keeps_the_draft(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    play = options(settings, "--as", f"lead:{TOWN}")
    first = CliRunner().invoke(chat, play, input="1.1\nWij vroegen alle afdelingen om hun lijst.\n")
    assert first.output.rstrip().endswith("Tot ziens. Wat u begon, is bewaard.")
    again = CliRunner().invoke(chat, play, input="")
    assert "Dat heb ik genoteerd" not in again.output
    assert "Hoe ver is het nu?" in again.output.replace("\n", " ")


def test_invitation_is_made_only_for_what_the_plan_names(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    made = CliRunner().invoke(invite, [*options(settings), f"lead:{TOWN}"])
    assert made.exit_code == 0
    assert f"{SITE}/melden" in made.output
    refused = CliRunner().invoke(invite, [*options(settings), "reviewer:gemeente-voorbeeldstad"])
    assert refused.exit_code == 1
    assert "the plan does not name this" in refused.output


def test_before_the_notice_is_read_any_other_answer_says_how_to_go_on(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, example_plan())
    write_folder(settings, FolderKind.LIVE, LIVE)
    result = CliRunner().invoke(chat, options(settings), input="1.1 is klaar\nja\nstop\n")
    assert "Lees dit eerst. Typ dan 1 of “ja” om verder te gaan" in " ".join(result.output.split())
    assert "Welkom bij de monitor van Voorbeeldplan 2025-2027." in result.output
