from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor import cli, commitments, diff, models, words
from monitor.diff import comparing
from tests.conftest import ROOT, SHIPPED
from tests.test_commitments import spoil
from tests.test_history import START, commit, git
from tests.test_status import fields

TODAY = date(2019, 2, 1)
FIRST = "### Actiepunt 1: Open besluitvorming bij gemeenten en provincies"
SOURCE = ({"source": "seed"},)


def with_first(folder: models.PlanFolder, **values: object) -> models.PlanFolder:
    """Change the first commitment of a plan."""
    first = models.Commitment.model_validate(dict(folder.commitments[0]) | values)
    return folder.model_copy(update={"commitments": (first, *folder.commitments[1:])})


def with_step(folder: models.PlanFolder, number: str, **values: object) -> models.PlanFolder:
    """Change a milestone of the first commitment."""
    steps = [
        models.Milestone.model_validate(dict(step) | (values if step.number == number else {}))
        for step in folder.commitments[0].milestones
    ]
    return with_first(folder, milestones=tuple(steps))


def entry(**values: object) -> dict[str, Any]:
    given = {
        "on": date(2019, 1, 20),
        "kind": "promise",
        "what": {"nl": "Later.", "en": "Later."},
        "reason": {"nl": "De app was nog niet klaar.", "en": "The app was not ready."},
    }
    return given | values


def lines(old: models.PlanFolder, new: models.PlanFolder, language: str = "nl") -> list[str]:
    """Give the lines below the headings."""
    text = diff.markdown(old, new, language=language, today=TODAY)
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


def test_later_date_with_its_reason(shipped: models.PlanFolder) -> None:
    later = with_first(with_step(shipped, "1.4", due="../2019-06-30"), changes=[entry(milestone="1.4")])
    assert diff.markdown(shipped, later, today=TODAY) == (
        "## Wat het publiek straks ziet veranderen: Actieplan Open Overheid 2018-2020\n\n"
        "**1 verandering van een belofte (elk met een reden).**\n\n"
        f"{FIRST}\n\n"
        "- Mijlpaal 1.4 — uiterste datum: vóór 20 maart 2019 wordt uiterlijk 30 juni 2019 (+103 dagen). "
        "Reden: De app was nog niet klaar.\n"
    ).replace("uiterste datum: ", "")


def test_the_same_in_english_with_who_decided(shipped: models.PlanFolder) -> None:
    later = with_step(shipped, "1.4", due="2019-03-18")
    later = with_first(later, changes=[entry(decided_by="vng")])
    assert lines(shipped, later, "en") == [
        "Milestone 1.4 — before 20 March 2019 becomes by 18 March 2019 (−1 day). Reason: The app was not ready. "
        "Decided by Association of Netherlands Municipalities, 20 January 2019."
    ]


def test_change_without_a_reason_says_so(shipped: models.PlanFolder) -> None:
    later = with_step(shipped, "1.3", due="2019-01")
    text = diff.markdown(shipped, later, language="nl", today=TODAY)
    assert "**1 verandering van een belofte (1 zonder reden).**" in text
    assert lines(shipped, later) == [
        "Mijlpaal 1.3 — uiterlijk december 2018 wordt uiterlijk januari 2019 (+31 dagen). Zonder reden."
    ]


def test_correction_of_our_record_is_not_called_a_decision(shipped: models.PlanFolder) -> None:
    changes = [*shipped.commitments[0].changes, entry(kind="record", reason={"nl": "Typfout.", "en": "Typo."})]
    better = with_first(shipped, title={"nl": "Open besluiten", "en": "Open Local Decision-Making"}, changes=changes)
    assert lines(shipped, better) == [
        "Actiepunt 1 — titel (nl): “Open besluitvorming bij gemeenten en provincies” wordt “Open besluiten”. "
        "Verbetering van onze tekst: Typfout."
    ]


def test_one_entry_of_the_plan_explains_every_date(shipped: models.PlanFolder) -> None:
    later = with_first(shipped, milestones=[dict(step) | {"due": "2021"} for step in shipped.commitments[0].milestones])
    plan = models.Plan.model_validate(dict(shipped.plan) | {"changes": [entry()]})
    told = lines(shipped, later.model_copy(update={"plan": plan}))
    assert len(told) == 4
    assert all(line.endswith("Reden: De app was nog niet klaar.") for line in told)


def change_leads(shipped: models.PlanFolder) -> models.PlanFolder:
    return with_first(shipped, leads=[{"organisation": "vng", "sources": SOURCE}], partners=())


def add_a_step(shipped: models.PlanFolder) -> models.PlanFolder:
    step = {
        "number": "1.5",
        "title": {"nl": "De app wordt beheerd.", "en": "The app is maintained."},
        "origin": "official",
        "due": "2020-Q1",
        "due_basis": "stated",
    }
    return with_first(shipped, milestones=(*shipped.commitments[0].milestones, step))


def drop_a_step(shipped: models.PlanFolder) -> models.PlanFolder:
    return with_first(shipped, milestones=shipped.commitments[0].milestones[1:])


def withdraw_a_step(shipped: models.PlanFolder) -> models.PlanFolder:
    return with_step(shipped, "1.2", withdrawn={"nl": "Geen geld.", "en": "No money."})


def change_a_target(shipped: models.PlanFolder) -> models.PlanFolder:
    first, *others = shipped.commitments[0].indicators
    return with_first(shipped, indicators=[dict(first) | {"target": 10}, *others])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (add_a_step, ["Nieuwe mijlpaal 1.5, uiterlijk eerste kwartaal van 2020: De app wordt beheerd. Zonder reden."]),
        (
            drop_a_step,
            [
                "Mijlpaal 1.1 vervalt: Een kopgroep van provincies maakt Stateninformatie openbaar volgens de huidige "
                "standaard. Zonder reden."
            ],
        ),
        (withdraw_a_step, ["Mijlpaal 1.2 — ingetrokken (nl) erbij: “Geen geld.”; ingetrokken (en) erbij: “No money.”. "
                           "Zonder reden."]),
        (
            change_a_target,
            ["Indicator Provincies met open Stateninformatie — doel: “12” wordt “10”. Zonder reden."],
        ),
    ],
)  # fmt: skip
def test_other_changes_of_a_promise(
    shipped: models.PlanFolder, change: Callable[[models.PlanFolder], models.PlanFolder], expected: list[str]
) -> None:
    assert lines(shipped, change(shipped)) == expected


def test_leads_and_partners_come_and_go(shipped: models.PlanFolder) -> None:
    told = lines(shipped, change_leads(shipped))
    assert "Actiehouder eraf: Provincie Zuid-Holland. Zonder reden." in told
    assert "Partner eraf: Open State Foundation. Zonder reden." in told


def test_commitment_that_comes_or_goes_is_one_line(shipped: models.PlanFolder) -> None:
    fewer = shipped.model_copy(update={"commitments": shipped.commitments[1:]})
    title = "Open besluitvorming bij gemeenten en provincies"
    assert lines(shipped, fewer) == [f"Actiepunt 1 vervalt: {title}. Zonder reden."]
    assert lines(fewer, shipped) == [f"Nieuw actiepunt 1: {title}, met 4 mijlpalen. Zonder reden."]


def test_new_update_and_what_follows_from_it(shipped: models.PlanFolder) -> None:
    said = [
        {
            "id": f"klaar-{number}",
            "milestone": number,
            "organisation": "vng",
            "text": {"nl": "Het is *klaar*.", "en": "It is done."},
            "completion": "complete",
            "speaks_of": "2019-01",
            "published": "2019-01-30",
            "sources": SOURCE,
        }
        for number in ("1.1", "1.2", "1.3", "1.4")
    ]
    told = lines(with_first(shipped, updates=()), with_first(shipped, updates=said))
    assert told[0] == (
        "Nieuw voortgangsbericht over januari 2019, van Vereniging Nederlandse Gemeenten: “Het is \\*klaar\\*.” "
        "Afronding: volledig."
    )
    assert told[-1] == (
        "Uitkomst uit de mijlpalen: nog niet bekend wordt volledig, volgens de berichten in deze bestanden."
    )


def test_dropped_update_is_called_withdrawn(shipped: models.PlanFolder) -> None:
    [first, *_] = lines(shipped, with_first(shipped, updates=()))
    assert first.startswith("Voortgangsbericht ingetrokken over ")


def test_unknown_that_was_resolved(shipped: models.PlanFolder) -> None:
    plan = models.Plan.model_validate(dict(shipped.plan) | {"unknowns": shipped.plan.unknowns[1:]})
    found = shipped.model_copy(update={"plan": plan})
    what = "De officiële mijlpalen met datum van 10 van de 11 actiepunten"
    assert lines(shipped, found) == [f"Opgelost bij wat wij niet vonden: {what}."]
    assert lines(found, shipped) == [f"Nieuw bij wat wij niet vonden: {what}."]


def test_new_source_meeting_and_assessment(shipped: models.PlanFolder) -> None:
    fewer = with_first(shipped, assessments=shipped.commitments[0].assessments[1:]).model_copy(
        update={"sources": shipped.sources[:-1], "meetings": shipped.meetings[1:]}
    )
    irm, *told = lines(fewer, shipped, "en")
    assert irm.startswith("New assessment: IRM")
    assert irm.endswith(", Verifiable (Design Report 2018-2020): Yes.")
    assert told[0].startswith("New meeting on 18 September 2018: ")
    assert told[1].startswith(f"New source {shipped.sources[-1].id}: ")


def test_long_text_is_cut_to_where_it_differs(shipped: models.PlanFolder) -> None:
    text = shipped.commitments[0].official_text["nl"]
    changed = with_first(shipped, official_text={"nl": text.replace("kopgroep van provincies", "groep provincies", 1)})
    around = ("… twee jaar gaat een", "hun Stateninformatie vrijgeven …")
    then, now = (f"“{around[0]} {words} {around[1]}”" for words in ("kopgroep van provincies", "groep provincies"))
    assert lines(shipped, changed) == [f"Actiepunt 1 — officiële tekst (nl): {then} wordt {now}. Zonder reden."]


def test_comments_layout_and_line_breaks_make_no_difference(shipped: models.PlanFolder, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "2018-2020"))
    spoil(folder, "plan.yml", "country: NL\n", "# een opmerking\ncountry:   'NL'\n\n")
    summary = " ".join(shipped.commitments[0].summary["nl"].split())
    other = with_first(commitments.load(folder), summary=shipped.commitments[0].summary | {"nl": f"  {summary}\n"})
    assert diff.markdown(shipped, other, today=TODAY) == ""
    assert diff.compare(shipped, shipped) == []


def test_new_and_gone_plan(shipped: models.PlanFolder) -> None:
    head = "## Wat het publiek straks ziet veranderen: Actieplan Open Overheid 2018-2020\n\n"
    assert diff.markdown(None, shipped, today=TODAY) == (
        f"{head}Nieuw plan: Actieplan Open Overheid 2018-2020, met 11 actiepunten.\n"
    )
    assert diff.markdown(shipped, None, today=TODAY) == (
        f"{head}Het plan Actieplan Open Overheid 2018-2020 verdwijnt van de site.\n"
    )
    assert diff.markdown(None, None, today=TODAY) == ""


def test_text_cannot_make_markup(shipped: models.PlanFolder) -> None:
    wild = with_first(
        shipped, summary={"nl": "<img src=x> [a](b) `c`\n# d", "en": shipped.commitments[0].summary["en"]}
    )
    [line] = lines(shipped, wild)
    assert line.endswith("wordt “\\<img src=x\\> \\[a\\](b) \\`c\\` \\# d”.")


def families() -> Iterator[str]:
    yield from ("plan", "commitment", "meeting", "organisation", "source", "feed")
    yield from (family for family, _ in comparing.PARTS.values())


@pytest.mark.parametrize("language", words.languages())
def test_every_family_and_field_has_its_words(language: str) -> None:
    table = words.read(f"diff/{language}")
    assert [family for family in families() if f"diff.name.{family}" not in table] == []
    parts = (family for family in families() if family != "plan")
    assert [f for f in parts if f"diff.new.{f}" not in table or f"diff.gone.{f}" not in table] == []
    records = (
        models.Plan, models.Commitment, models.Meeting, models.Organisation, models.Source, models.Feed, models.Lead,
        models.Partner, models.Goal, models.Fact, models.Indicator, models.Measurement, models.Assessment,
        models.PlanUpdate, models.FollowOn, models.Conflict, models.Unknown, models.Agreement, models.EndDate,
        models.Milestone,
    )  # fmt: skip
    shown = {name for record in records for name in record.model_fields} - set(comparing.PARTS) - comparing.NAMES
    assert sorted(name for name in shown if f"diff.field.{name}" not in table) == []


def test_words_are_the_same_in_every_language() -> None:
    tables = [words.read(f"diff/{language}") for language in words.languages()]
    for table in tables:
        assert sorted(table) == sorted(tables[0])
        assert {name: fields(text) for name, text in table.items()} == {n: fields(t) for n, t in tables[0].items()}


# The command


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    shutil.copytree(ROOT / "commitments", tmp_path / "commitments")
    commit(tmp_path, START)
    return tmp_path


def monitor(repository: Path, *arguments: str) -> Result:
    shared = ["--commitments", str(repository / "commitments"), "--today", "2019-02-01"]
    return CliRunner().invoke(cli.main, ["diff", *arguments, *shared])


def test_command_compares_with_the_files_as_they_are_now(repository: Path) -> None:
    assert monitor(repository, "HEAD").output == "Het publiek ziet geen verschil.\n"
    folder = repository / "commitments" / "2018-2020"
    spoil(folder, "01-open-besluitvorming.yml", "due: before 2019-03-20", "due: ../2019-06-30")
    line = "- Mijlpaal 1.4 — vóór 20 maart 2019 wordt uiterlijk 30 juni 2019 (+103 dagen). Zonder reden.\n"
    assert monitor(repository, "HEAD").output.endswith(f"{FIRST}\n\n{line}")
    commit(repository)
    assert monitor(repository, "HEAD").output == "Het publiek ziet geen verschil.\n"
    assert monitor(repository, "HEAD~1", "HEAD").output.endswith(line)
    assert monitor(repository, "HEAD", "HEAD~1", "--language", "en").output.endswith(
        "- Milestone 1.4 — by 30 June 2019 becomes before 20 March 2019 (−103 days). Without a reason.\n"
    )


def test_command_ends_with_2_where_a_side_cannot_be_read(repository: Path) -> None:
    unknown = monitor(repository, "nergens")
    assert (unknown.exit_code, unknown.output.partition(": name")[0]) == (2, "Error: nergens: there is no such commit")
    spoil(repository / "commitments" / "2018-2020", "plan.yml", "country: NL\n", "country: [NL\n")
    broken = monitor(repository, "HEAD")
    assert broken.exit_code == 2
    assert broken.output.startswith(f"Error: {repository}/commitments/2018-2020/plan.yml:3:10: yaml: ")
    commit(repository)
    spoil(repository / "commitments" / "2018-2020", "plan.yml", "country: [NL\n", "country: NL\n")
    then = monitor(repository, "HEAD")
    assert then.output.startswith(f"Error: HEAD:{repository}/commitments/2018-2020/plan.yml:3:10: yaml: ")
