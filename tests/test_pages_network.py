"""The pages of the network: meetings, agreements that come back, sign-ups and knowledge, against the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import models, sync, words
from monitor.pages.site import read_plan
from monitor.periods import Period
from monitor.storage import Storage
from tests.test_pages import body, head, write

PLAN = "2018-2020"
THEN = datetime(2019, 4, 1, 9, tzinfo=UTC)
RUNNING = date(2019, 5, 1)
KICK_OFF, SECOND, THIRD = "2018-09-18-schiedam", "2019-02-12-utrecht", "2019-06-20-voorbeeldstad"
MEETINGS = {"nl": "2018-2020/bijeenkomsten", "en": "2018-2020/meetings"}
KNOWLEDGE = {"nl": "2018-2020/kennis", "en": "2018-2020/knowledge"}
PAST_AND_COMING = (
    {
        "slug": SECOND,
        "title": {"nl": "Tweede bijeenkomst", "en": "Second meeting"},
        "date": "2019-02-12",
        "place": "Utrecht",
        "host": "gemeente-utrecht",
        "slot": "2019-Q1",
        "decisions": [{"nl": "Het volgende thema is Open Wob.", "en": "The next theme is Open Wob."}],
        "agreements": [
            {"id": "script", "text": {"nl": "Utrecht deelt een script."}, "organisation": "gemeente-utrecht"},
            {"id": "lijst", "text": {"nl": "Ede maakt een lijst."}, "due": "2019-04", "state": "done"},
        ],
    },
    {
        "slug": THIRD,
        "title": {"nl": "Derde bijeenkomst", "en": "Third meeting"},
        "date": "2019-06-20",
        "time": "13:30-17:00",
        "place": "Voorbeeldstad",
        "theme": {"nl": "Open Wob", "en": "Open Wob"},
        "slot": "2019-Q2",
    },
)
FIRST_AGREED = {"id": "casus", "text": {"nl": "Schiedam beschrijft de casus."}, "organisation": "gemeente-schiedam"}


def with_meetings(folder: models.PlanFolder) -> models.PlanFolder:
    """Give the shipped plan with an agreement of the kick-off, a second meeting and one to come."""
    shared = {"plan": PLAN, "kind": "network", "milestone": "3.1"}
    kick_off = next(m for m in folder.meetings if m.slug == KICK_OFF)
    agreed = kick_off.model_copy(update={"agreements": (models.Agreement.model_validate(FIRST_AGREED),)})
    added = [models.Meeting.model_validate(shared | given) for given in PAST_AND_COMING]
    others = [m for m in folder.meetings if m.slug != KICK_OFF]
    return folder.model_copy(update={"meetings": tuple(sorted((*others, agreed, *added), key=lambda m: str(m.date)))})


@pytest.fixture
def network(storage: Storage, shipped: models.PlanFolder) -> Storage:
    """Give the plan in mid-term, with meetings behind and ahead."""
    sync.sync(storage, with_meetings(shipped), sync.Moment(THEN, THEN.date()))
    return storage


def row(model: Callable[..., Any], **values: Any) -> Any:
    return model(**{"id": str(sorted(values.items())), "plan": PLAN, "recorded_at": THEN, **values})


def moved(meeting: str, agreement: str, state: str, day: date = date(2019, 4, 1), **values: Any) -> Any:
    given = {"meeting": f"{PLAN}/{meeting}", "agreement": agreement, "state": state, "published_on": day}
    return row(models.AgreementUpdate, **given, **values)


def sign_up(organisation: str, people: int, **values: Any) -> Any:
    return row(models.SignUp, meeting=f"{PLAN}/{THIRD}", organisation=organisation, people=people, **values)


def shared(model: Any, text: str, day: date = date(2019, 3, 4), **values: Any) -> Any:
    return row(model, text={"nl": text}, published_on=day, **values)


def section(text: str, anchor: str) -> str:
    """Give the part of a page below the heading with this anchor."""
    found = re.search(rf"^## [^\n]* {{: #{anchor} }}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"no section #{anchor}"
    return found[1]


def titles(text: str) -> list[str]:
    return re.findall(r"^## [^\n]* {: #([^ ]+) }$", text, re.MULTILINE)


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def running(storage: Storage, tmp_path: Path, language: str = "nl", today: date = RUNNING) -> Path:
    return write(storage, tmp_path / language, language=language, today=today)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_figures_of_the_index_are_those_of_the_database(network: Storage, tmp_path: Path, language: str) -> None:
    network.add(moved(SECOND, "script", "done"))
    written, said = running(network, tmp_path, language), words.of(language)
    meetings = network.folder(PLAN).meetings
    quarters = {str(m.slot) for m in meetings if m.milestone == "3.1" and m.date.last_day <= RUNNING}
    [rhythm] = [m for c in network.folder(PLAN).commitments for m in c.milestones if m.number == "3.1"]
    over = [slot for slot in rhythm.slots if slot.is_over(RUNNING)]
    ahead = len(rhythm.slots) - len(over)
    statement = plain(head(written, MEETINGS[language])["statement_html"])
    amount = said.amount(len(quarters))
    assert {"nl": f"Voor {amount} van de acht kwartalen", "en": f"For {amount} of the eight quarters"}[
        language
    ] in statement
    assert {"nl": f"Er komen nog {said.amount(ahead)} perioden.", "en": f"There are {said.amount(ahead)} periods"}[
        language
    ] in statement
    assert statement.endswith(
        {
            "nl": "Wij vonden 3 afspraken. Daarvan staat er 1 open.",
            "en": "We found 3 agreements. Of these 1 is open.",
        }[language]
    )
    picture = head(written, MEETINGS[language])["picture_html"]
    marks = {mark: picture.count(f'"#m-{mark}"') for mark in ("complete", "unknown", "not-started")}
    assert marks == {"complete": len(quarters), "unknown": len(over) - len(quarters), "not-started": ahead}
    table = section(body(written, MEETINGS[language]), "alle-afspraken")
    assert table.count('role="rowheader"') == sum(len(m.agreements) for m in meetings)


def test_periods_are_found_not_found_planned_or_to_come(network: Storage, tmp_path: Path) -> None:
    rows = plain(section(body(running(network, tmp_path), MEETINGS["nl"]), "reeks-1"))
    assert "1e kwartaal 2019 januari tot en met maart Tweede bijeenkomst 12 februari 2019 gevonden" in rows
    assert "4e kwartaal 2018 oktober tot en met december niet gevonden Was u erbij?" in rows
    assert "Derde bijeenkomst 20 juni 2019 Open Wob gepland" in rows
    assert "3e kwartaal 2019 juli tot en met september komt nog" in rows
    assert rows.count("Was u erbij?") == 1


def test_two_meetings_in_one_period_both_show(storage: Storage, shipped: models.PlanFolder, tmp_path: Path) -> None:
    folder = with_meetings(shipped)
    second = next(m for m in folder.meetings if m.slug == SECOND)
    again = second.model_copy(update={"slug": "2019-03-12-ede", "title": {"nl": "Nog een in Ede"}})
    folder = folder.model_copy(update={"meetings": (*folder.meetings, again)})
    sync.sync(storage, folder, sync.Moment(THEN, THEN.date()))
    text = body(running(storage, tmp_path), MEETINGS["nl"])
    assert "Nog een in Ede" in section(text, "reeks-1")
    assert "Nog een in Ede" not in section(text, "andere")


def test_the_next_meeting_stands_first_with_all_that_is_known(network: Storage, tmp_path: Path) -> None:
    for one in (sign_up("gemeente-ede", 2), sign_up("gemeente-utrecht", 1), sign_up("vng", 4, withdrawn_at=THEN)):
        network.add(one)
    network.add(shared(models.AgendaItem, "Wie betaalt?", meeting=f"{PLAN}/{THIRD}", organisation="gemeente-ede"))
    network.add(shared(models.AgendaItem, "Ooit eens.", organisation="gemeente-ede"))
    text = body(running(network, tmp_path), MEETINGS["nl"])
    assert titles(text)[:2] == ["volgende-bijeenkomst", "alle-afspraken"]
    told = plain(section(text, "volgende-bijeenkomst"))
    assert "Derde bijeenkomst Thema: Open Wob Wanneer 20 juni 2019 13:30-17:00 Plaats Voorbeeldstad" in told
    assert "Aanmeldingen 2 organisaties, 3 personen" in told
    assert "Agenda 1 voorstel" in told
    assert 'href="2019-06-20-voorbeeldstad/agenda.ics">Zet in uw agenda</a>' in text
    assert "Ooit eens." in section(text, "voorstellen")


def test_open_agreements_come_back_with_where_they_were_agreed(network: Storage, tmp_path: Path) -> None:
    written = running(network, tmp_path)
    third = body(written, f"{MEETINGS['nl']}/{THIRD}")
    assert titles(third)[:3] == ["nog-open", "agenda", "aangemeld"]
    back = section(third, "nog-open")
    assert re.findall(r'id="(a-[^"]+)"', back) == [f"a-{SECOND}-script", f"a-{KICK_OFF}-casus"]
    assert f'<a href="../{KICK_OFF}/">Kick-off in Schiedam</a>' in back
    assert 'href="../../organisaties/gemeente-schiedam/"' in back
    network.add(moved(KICK_OFF, "casus", "done", organisation="gemeente-schiedam"))
    later = section(body(running(network, tmp_path / "later"), f"{MEETINGS['nl']}/{THIRD}"), "nog-open")
    assert re.findall(r'id="(a-[^"]+)"', later) == [f"a-{SECOND}-script"]


def test_on_the_last_meeting_what_was_agreed_stands_first(network: Storage, tmp_path: Path) -> None:
    text = body(running(network, tmp_path), f"{MEETINGS['nl']}/{SECOND}")
    assert text.lstrip().startswith("## Wat het laatst is afgesproken {: #afspraken }")
    agreed = plain(section(text, "afspraken"))
    assert "Het volgende thema is Open Wob." in agreed
    assert "Ede maakt een lijst. organisatie niet vastgelegd Gedaan, volgens het verslag april 2019 gedaan" in agreed
    assert titles(text)[:2] == ["afspraken", "nog-open"]
    assert titles(body(tmp_path / "nl", f"{MEETINGS['nl']}/{KICK_OFF}"))[0] == "wie"


def test_the_newest_statement_counts_and_contradictions_show_both(network: Storage, tmp_path: Path) -> None:
    network.add(moved(SECOND, "script", "open", organisation="vng", text={"nl": "Wij zagen niets."}))
    network.add(moved(SECOND, "script", "done", organisation="gemeente-utrecht"))
    network.add(moved(KICK_OFF, "casus", "open", date(2019, 1, 1)))
    network.add(moved(KICK_OFF, "casus", "dropped", date(2019, 4, 30)))
    network.add(moved(KICK_OFF, "casus", "done", date(2019, 5, 2)))
    text = plain(section(body(running(network, tmp_path), MEETINGS["nl"]), "alle-afspraken"))
    assert "Berichten van dezelfde dag spreken elkaar tegen." in text
    assert "Open, volgens Vereniging Nederlandse Gemeenten op 1 april 2019 : “Wij zagen niets.”" in text
    assert "Gedaan, volgens Gemeente Utrecht op 1 april 2019" in text
    assert "Vervallen, gemeld op 30 april 2019 Open, gemeld op 1 januari 2019" in text
    assert "2 mei 2019" not in text


def test_home_of_a_running_plan_leads_to_the_next_meeting_and_the_last_agreements(
    network: Storage, tmp_path: Path
) -> None:
    text = body(running(network, tmp_path), PLAN)
    assert "Derde bijeenkomst Thema: Open Wob Wanneer 20 juni 2019" in plain(section(text, "volgende-bijeenkomst"))
    last = section(text, "laatst-afgesproken")
    assert f'<a href="bijeenkomsten/{SECOND}/">Tweede bijeenkomst</a>' in last
    assert '<a href="bijeenkomsten/#alle-afspraken">Alle afspraken</a>' in last
    assert re.findall(r'id="(a-[^"]+)"', last) == [f"a-{SECOND}-script", f"a-{SECOND}-lijst"]


def test_meeting_and_milestone_lead_to_each_other(network: Storage, tmp_path: Path) -> None:
    written = running(network, tmp_path)
    facts = head(written, f"{MEETINGS['nl']}/{SECOND}")["facts_html"]
    assert '<a href="../../03/#m-3-1">Actiepunt 3, mijlpaal 3.1</a>' in facts
    assert '<a href="../../03/#perioden-3-1">eerste kwartaal van 2019</a>' in facts
    commitment = body(written, "2018-2020/03")
    assert '<h3 id="perioden-3-1">' in commitment
    assert f'href="../bijeenkomsten/{SECOND}/" aria-label="gevonden: Tweede bijeenkomst">gevonden</a>' in commitment
    assert f'href="../bijeenkomsten/{THIRD}/" aria-label="gepland: Derde bijeenkomst">gepland</a>' in commitment
    assert 'Daarna</dt><dd><a href="../2019-06-20-voorbeeldstad/">Derde bijeenkomst</a>' in facts
    assert "Daarvoor</dt>" in facts


def test_a_calendar_file_is_offered_only_where_the_day_is_known(
    storage: Storage, shipped: models.PlanFolder, tmp_path: Path
) -> None:
    folder = with_meetings(shipped)
    vague = folder.meetings[-1].model_copy(update={"slug": "2020-najaar", "date": Period.parse("2020-autumn")})
    sync.sync(storage, folder.model_copy(update={"meetings": (*folder.meetings, vague)}), sync.Moment(THEN, RUNNING))
    written = running(storage, tmp_path)
    assert '"agenda.ics">Agendabestand</a>' in head(written, f"{MEETINGS['nl']}/{SECOND}")["facts_html"]
    assert '"agenda.ics">Zet in uw agenda</a>' in head(written, f"{MEETINGS['nl']}/{THIRD}")["facts_html"]
    assert "agenda.ics" not in head(written, f"{MEETINGS['nl']}/2020-najaar")["facts_html"]


def test_sign_ups_name_organisations_and_numbers_and_nobody(network: Storage, tmp_path: Path) -> None:
    network.add(sign_up("gemeente-ede", 2, id="opaque-a"))
    network.add(sign_up("gemeente-utrecht", 1, id="opaque-b"))
    network.add(sign_up("vng", 1, id="opaque-c", withdrawn_at=THEN))
    written = running(network, tmp_path)
    text = section(body(written, f"{MEETINGS['nl']}/{THIRD}"), "aangemeld")
    assert plain(text) == (
        "Organisaties, nooit namen van personen. 2 personen Gemeente Ede 1 persoon Gemeente Utrecht "
        "Meld uw organisatie aan"
    )
    everything = "\n".join(path.read_text("utf-8") for path in written.rglob("*.md"))
    assert "opaque-" not in everything


def test_empty_states_of_a_meeting_to_come_say_who_could_fill_them(network: Storage, tmp_path: Path) -> None:
    written = running(network, tmp_path)
    text = plain(body(written, f"{MEETINGS['nl']}/{THIRD}"))
    assert "Nog geen voorstel voor de agenda Een organisatie van het netwerk kan een onderwerp voorstellen." in text
    assert "Nog geen aanmelding Een organisatie die komt, kan dat melden." in text
    assert "Bij deze bijeenkomst staat geen bron." in text
    assert "Wie er waren" not in text
    assert "Besluiten en afspraken" not in text
    about = f"melden?about={PLAN}/{THIRD}"
    assert body(written, f"{MEETINGS['nl']}/{THIRD}").count(about) == 2


def test_a_running_plan_without_meetings_says_what_is_missing(
    storage: Storage, shipped: models.PlanFolder, tmp_path: Path
) -> None:
    sync.sync(storage, shipped.model_copy(update={"meetings": ()}), sync.Moment(THEN, RUNNING))
    written = running(storage, tmp_path)
    for page in (PLAN, MEETINGS["nl"]):
        told = plain(section(body(written, page), "volgende-bijeenkomst"))
        assert "Geen volgende bijeenkomst bekend Van een volgende bijeenkomst vonden wij niets." in told
        assert "Binnenlandse Zaken" in told
    assert "Geen afspraken gevonden" in section(body(written, PLAN), "laatst-afgesproken")
    assert "Geen afspraken gevonden" in section(body(written, MEETINGS["nl"]), "alle-afspraken")


def test_a_closed_plan_waits_for_nothing(network: Storage, tmp_path: Path) -> None:
    closed = running(network, tmp_path, today=date(2026, 11, 23))
    text = body(closed, MEETINGS["nl"])
    assert "volgende-bijeenkomst" not in titles(text)
    assert 'tag">open<' not in text
    assert "niet als gedaan gemeld" in text
    assert "herinnerd" in text
    assert "open" not in plain(head(closed, MEETINGS["nl"])["statement_html"]).split()
    back = body(closed, f"{MEETINGS['nl']}/{THIRD}")
    assert "## Eerder afgesproken, niet als gedaan gemeld {: #nog-open }" in back
    assert "agenda" not in titles(back)


def test_what_was_agreed_later_is_not_known_earlier(network: Storage, tmp_path: Path) -> None:
    early = running(network, tmp_path, today=date(2019, 1, 10))
    text = body(early, f"{MEETINGS['nl']}/{SECOND}")
    assert "Het volgende thema is Open Wob." not in text
    assert "deelt een script" not in text
    assert "deelt een script" not in body(early, MEETINGS["nl"])
    assert '<span class="tag tag-running">Volgende</span>' in head(early, f"{MEETINGS['nl']}/{SECOND}")["kicker_html"]
    assert '<span class="tag tag-running">komt nog</span>' in head(early, f"{MEETINGS['nl']}/{THIRD}")["kicker_html"]


@pytest.fixture
def knowing(network: Storage) -> Storage:
    """Give the network questions in every state, answers and lessons."""
    for name, title in (("wob", "Wob-verzoeken"), ("data", "Open data")):
        network.add(row(models.Theme, id=name, title={"nl": title, "en": title}))
    asked = {"theme": "wob", "organisation": "gemeente-ede"}
    network.add(shared(models.Question, "Wie deed dit al?", id="r/q1", **asked))
    network.add(shared(models.Question, "Wat kost het?", id="r/q2", **asked))
    network.add(shared(models.Question, "Mag dit online?", id="r/q3", state="closed"))
    network.add(shared(models.Question, "Waar staat het?", id="r/q4", state="closed", theme="onbekend"))
    network.add(shared(models.Answer, "Wij, sinds 2018.", id="r/a1", question="r/q1", organisation="gemeente-utrecht"))
    network.add(shared(models.Answer, "Op de site.", id="r/a2", question="r/q4", organisation="vng"))
    network.add(shared(models.Lesson, "Begin klein.", id="r/l1", theme="wob", address="https://voorbeeld.example/a"))
    network.add(shared(models.Lesson, "Niet doen.", id="r/l2", theme="wob", address="javascript:alert(1)"))
    return network


@pytest.mark.parametrize("language", ["nl", "en"])
def test_figures_of_knowledge_are_those_of_the_database(knowing: Storage, tmp_path: Path, language: str) -> None:
    data = read_plan(knowing, PLAN, RUNNING)
    unanswered = sum(question.id not in data.answers for question in data.questions)
    assert (len(data.questions), len(data.lessons), unanswered) == (4, 2, 2)
    assert (
        head(running(knowing, tmp_path, language), KNOWLEDGE[language])["statement_html"]
        == {
            "nl": "Het netwerk deelde 4 vragen en 2 lessen. 2 vragen zijn zonder antwoord.",
            "en": "The network shared 4 questions and 2 lessons. 2 questions are without an answer.",
        }[language]
    )


def test_knowledge_stands_by_theme_with_its_anchors(knowing: Storage, tmp_path: Path) -> None:
    written = running(knowing, tmp_path)
    text = body(written, KNOWLEDGE["nl"])
    assert titles(text) == ["t-wob", "zonder-thema", "t-data"]
    wob = section(text, "t-wob")
    assert re.findall(r'id="([^"]+)"', wob) == ["q-q2", "q-q1", "r-a1", "l-l2", "l-l1"]
    told = plain(wob)
    assert "2 vragen en 2 lessen." in told
    assert "4 maart 2019 zonder antwoord Gemeente Ede Wat kost het? Weet u het? Meld uw antwoord" in told
    assert (
        "1 antwoord Gemeente Ede Wie deed dit al? 4 maart 2019 Wij, sinds 2018. Antwoord van Gemeente Utrecht" in told
    )
    assert "afzender niet vastgelegd Begin klein. voorbeeld.example" in told
    assert '<a href="https://voorbeeld.example/a" rel="external">' in wob
    assert "javascript" not in text
    loose = plain(section(text, "zonder-thema"))
    assert "gesloten zonder antwoord" in loose
    assert "beantwoord en gesloten" in loose
    assert "Weet u het?" not in loose
    assert "Geen vragen en lessen bij dit thema" in section(text, "t-data")
    picture = head(written, KNOWLEDGE["nl"])["picture_html"]
    assert re.findall(r'#([^"]+)">[^<]+</a> <span class="quiet">(\d)', picture) == [
        ("t-wob", "4"),
        ("zonder-thema", "2"),
        ("t-data", "0"),
    ]


def test_knowledge_of_tomorrow_is_not_public_today(knowing: Storage, tmp_path: Path) -> None:
    tomorrow = date(2019, 5, 2)
    knowing.add(shared(models.Question, "Pas morgen?", tomorrow))
    knowing.add(shared(models.Answer, "Pas morgen.", tomorrow, question="r/q2"))
    knowing.add(row(models.Theme, id="later", title={"nl": "Later"}, recorded_at=THEN.replace(month=6)))
    text = body(running(knowing, tmp_path), KNOWLEDGE["nl"])
    assert "Pas morgen" not in text
    assert "t-later" not in text
    assert section(text, "t-wob").count("zonder antwoord") == 1


@pytest.mark.parametrize(
    ("today", "statement", "who"),
    [
        (RUNNING, "Hier is nog geen vraag of les gedeeld.", "Een organisatie van het netwerk kan een vraag"),
        (date(2026, 11, 23), "Bij dit plan is hier geen vraag of les gedeeld.", "Het plan is afgesloten. Wie meedeed"),
    ],
)
def test_nothing_shared_says_who_could(network: Storage, tmp_path: Path, today: date, statement: str, who: str) -> None:
    written = running(network, tmp_path, today=today)
    assert head(written, KNOWLEDGE["nl"])["statement_html"] == statement
    text = body(written, KNOWLEDGE["nl"])
    assert titles(text) == ["vragen-en-lessen"]
    assert who in text
    assert 'href="../../melden">Meld wat u weet</a>' in text


def test_what_is_withdrawn_is_gone_and_what_nobody_checked_says_so(network: Storage, tmp_path: Path) -> None:
    network.add(shared(models.Lesson, "Begin met één soort stuk.", reviewed_by_other=False))
    network.add(shared(models.Lesson, "Begin met alles.", withdrawn_at=THEN))
    network.add(shared(models.AgendaItem, "Wie betaalt?", reviewed_by_other=False))
    written = running(network, tmp_path)
    told = plain(body(written, KNOWLEDGE["nl"]))
    assert "niet door een ander gecontroleerd Begin met één soort stuk." in told
    assert "Begin met alles." not in told
    proposed = plain(section(body(written, MEETINGS["nl"]), "voorstellen"))
    assert proposed.endswith("Wie betaalt? afzender niet vastgelegd · niet door een ander gecontroleerd")


def test_knowledge_is_escaped(network: Storage, tmp_path: Path) -> None:
    network.add(shared(models.Question, "<script>alert(1)</script> **vet**"))
    text = body(running(network, tmp_path), KNOWLEDGE["nl"])
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_notes_in_another_language_say_so(storage: Storage, shipped: models.PlanFolder, tmp_path: Path) -> None:
    folder = with_meetings(shipped)
    dutch = [m.model_copy(update={"notes": {"nl": "Alleen Nederlands."}}) for m in folder.meetings]
    sync.sync(storage, folder.model_copy(update={"meetings": tuple(dutch)}), sync.Moment(THEN, RUNNING))
    english = running(storage, tmp_path, "en")
    assert '<div class="prose" lang="nl">' in body(english, f"{MEETINGS['en']}/{SECOND}")
