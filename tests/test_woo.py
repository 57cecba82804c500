"""The export for a request under the Woo: everything that came in on a commitment, without persons."""

from __future__ import annotations

import json
import stat
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.extension import woo_export
from bot.private import Private
from bot.woo import redact
from monitor import models
from monitor.models import Ground, ReportKind, ReportState, Role
from monitor.periods import Period
from monitor.settings import Settings
from tests.conversation_fixtures import NOW, TODAY, TOWN, example_plan, make_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = make_settings(tmp_path, example_plan())
    with Private(made.private_database) as private:
        lead = private.welcome("telegram", "70707070", now=NOW, role=Role.LEAD, organisation=TOWN)
        visitor = private.welcome("web", "x", now=NOW)
        for number, known in enumerate(
            (
                {"text": "Bel 06-12345678 of mail iemand@voorbeeld.example.", "state": ReportState.WAITING},
                {
                    "text": "# Wethouder De Vries opende de lijst.",
                    "state": ReportState.DECLINED,
                    "ground": Ground.PERSONAL_DATA,
                    "decided_at": NOW,
                    "decided_by": lead.id,
                },
                {
                    "text": "Klaar.",
                    "state": ReportState.RETURNED,
                    "thread": [{"question": "Waar staat dat?"}],
                    "decided_at": NOW,
                },
                {"kind": ReportKind.CORRECTION, "organisation": None, "person": visitor.id, "about": "2025-2027/01"},
                {"commitment": "2025-2027/02", "text": "Iets anders."},
            )
        ):
            facts = {
                "id": f"2025-2027/01/{number}",
                "plan": "2025-2027",
                "person": lead.id,
                "organisation": TOWN,
                "commitment": "2025-2027/01",
                "milestone": None,
                "text": "De datum klopt niet.",
                "language": "nl",
                "speaks_of": Period.day(TODAY),
                "created_at": NOW,
            }
            private.add(models.Report.model_validate(facts | known))
    return made


def export(settings: Settings, name: str, folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(woo_export, [name, "--to", str(folder), "--data", str(settings.data)])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["1", "01", "2025-2027/01"])
def test_all_reports_on_a_commitment_without_persons(settings: Settings, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "woo"
    assert export(settings, name, folder) == (
        0,
        f"Wrote 4 report(s) to {folder}. Redacted: 1 mail address(es), 1 name(s), 1 telephone number(s).\n"
        "A human must read every line before this is handed out: a program does not see every name.\n",
    )
    written = "".join(path.read_text() for path in folder.iterdir())
    with Private(settings.private_database) as private:
        persons = private.all(models.Person)
    for secret in (*(p.id for p in persons), "70707070", "06-1234", "iemand@", "Vries", "Iets anders"):
        assert secret not in written
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {"woo": 0o700, "reports.json": 0o600, "reports.md": 0o600}


def test_the_page_reads_as_a_person_would_write_it(settings: Settings, tmp_path: Path) -> None:
    export(settings, "1", tmp_path / "woo")
    assert (tmp_path / "woo" / "reports.md").read_text() == (
        "# 1 Openbare agenda's\n\n"
        "Dit zijn de meldingen hierover die nu nog zijn bewaard, ook wat niet openbaar werd. Concepten en "
        "wat is gewist, staan er niet bij. Een mens moet elke regel lezen voordat dit wordt verstrekt.\n"
        "Het programma verving 3 keer iets door [persoonsgegeven].\n\n"
        "## 1. Voortgang\n\n"
        "- Over: 1 Openbare agenda's\n- Van: Gemeente Voorbeeldstad\n- Verstuurd op: 20 oktober 2026\n"
        "- Over de dag: 20 oktober 2026\n- Stand: wacht op controle\n"
        "- Tekst: Bel [persoonsgegeven] of mail [persoonsgegeven].\n\n"
        "## 2. Voortgang\n\n"
        "- Over: 1 Openbare agenda's\n- Van: Gemeente Voorbeeldstad\n- Verstuurd op: 20 oktober 2026\n"
        "- Over de dag: 20 oktober 2026\n- Stand: afgewezen\n- Besluit op: 20 oktober 2026\n"
        "- Reden van afwijzing: Er staan persoonsgegevens in\n"
        "- Tekst: \\# [persoonsgegeven] opende de lijst.\n\n"
        "## 3. Voortgang\n\n"
        "- Over: 1 Openbare agenda's\n- Van: Gemeente Voorbeeldstad\n- Verstuurd op: 20 oktober 2026\n"
        "- Over de dag: 20 oktober 2026\n- Stand: er is een vraag over\n- Besluit op: 20 oktober 2026\n"
        "- Controle: De vraag van de controleur: “Waar staat dat?”\n- Tekst: Klaar.\n\n"
        "## 4. Verbetermelding\n\n"
        "- Over: 1 Openbare agenda's\n- Van: een bezoeker\n- Verstuurd op: 20 oktober 2026\n"
        "- Over de dag: 20 oktober 2026\n- Stand: wacht op controle\n- Tekst: De datum klopt niet.\n"
    )


def test_the_file_for_programs_holds_the_same(settings: Settings, tmp_path: Path) -> None:
    export(settings, "1", tmp_path / "woo")
    told = json.loads((tmp_path / "woo" / "reports.json").read_text())
    assert (told["commitment"], sum(told["redacted"].values()), len(told["reports"])) == ("2025-2027/01", 3, 4)
    assert told["reports"][3]["sender"] == "een bezoeker"


def test_what_cannot_be_done_is_said(settings: Settings, tmp_path: Path) -> None:
    assert export(settings, "9", tmp_path / "woo") == (
        1,
        "Error: 9: is no commitment: write one of 2025-2027/01, 2025-2027/02, or 2025-2027 for all others\n",
    )
    (tmp_path / "woo").mkdir()
    assert export(settings, "1", tmp_path / "woo") == (
        1,
        f"Error: {tmp_path / 'woo'}: exists already: name a new folder with --to\n",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bel 06-12345678 of +31 20 123 45 67.", "Bel [persoonsgegeven] of [persoonsgegeven]."),
        ("Mevrouw Jansen en wethouder De Vries.", "[persoonsgegeven] en [persoonsgegeven]."),
        ("De minister van BZK en 2018-2020, 100 procent.", "De minister van BZK en 2018-2020, 100 procent."),
    ],
)
def test_what_is_taken_out(text: str, expected: str) -> None:
    found, counted = redact(text)
    assert (found, sum(counted.values())) == (expected, expected.count("[persoonsgegeven]"))
    assert redact(found) == (found, Counter())
