"""Commands by role and language: what Telegram offers, and what each word opens wherever it is typed."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dialogue import Step, places
from bot.dialogue.hearing import EVERYWHERE
from bot.messages import SPOKEN, spoken
from bot.private import Private
from bot.telegram_channel.commands import LAST, WORD, Offers, offered
from monitor.models import Role
from monitor.settings import FolderKind, Settings, write_folder
from tests.conversation_fixtures import COURT, MINISTRY, TOWN, PureWorld, Section, example_plan, make_settings
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_dialogue import COORDINATOR, LEAD, talk
from tests.test_telegram_channel import run, server
from tests.test_web_channel import LIVE

__all__ = ["server"]

VISITOR = Section("visitor", "nl", "")
MEETINGS = {
    "nl": ("bijeenkomsten", "aanmelden", "afspraken", "verslag"),
    "en": ("meetings", "signup", "agreements", "notes"),
}
SHARING = {"nl": ["netwerk", "vraag", "deel"], "en": ["network", "ask", "share"]}


@pytest.fixture
def settings(tmp_path: Path, server: TelegramServer) -> Settings:
    made = make_settings(tmp_path, example_plan())
    return replace(made, telegram_token=TOKEN, telegram_api=server.address)


def words(role: Role, language: str, *, leads: bool = False) -> list[str]:
    return [word for word, _ in offered(role, leads=leads, language=language)]


def set_for(server: TelegramServer, scope: object) -> list[tuple[str, list[str]]]:
    """List language and commands of each time commands were set for a scope."""
    return [
        (fields.get("language_code", ""), [command["command"] for command in json.loads(fields["commands"])])
        for method, fields in server.asked
        if method == "setMyCommands" and json.loads(fields.get("scope", "null")) == scope
    ]


@pytest.mark.parametrize(
    ("role", "leads", "dutch", "english"),
    [
        (
            Role.LEAD,
            True,
            ["melden", "berichten", *MEETINGS["nl"], "zoek", "opzoeken", "opmerking", "volg"],
            ["report", "messages", *MEETINGS["en"], "search", "lookup", "remark", "follow"],
        ),
        (
            Role.LEAD,
            False,
            ["zoek", "opzoeken", "opmerking", "volg"],
            ["search", "lookup", "remark", "follow"],
        ),
        (
            Role.COORDINATOR,
            True,
            [
                "controleren",
                "beantwoorden",
                *MEETINGS["nl"],
                "melden",
                "berichten",
                *SHARING["nl"],
                "zoek",
                "opzoeken",
                "opmerking",
                "kopieen",
                "volg",
            ],
            [
                "review",
                "answer",
                *MEETINGS["en"],
                "report",
                "messages",
                *SHARING["en"],
                "search",
                "lookup",
                "remark",
                "copies",
                "follow",
            ],
        ),
        (
            Role.REVIEWER,
            False,
            ["controleren", "beantwoorden", "zoek", "opzoeken", "opmerking", "kopieen", "volg"],
            ["review", "answer", "search", "lookup", "remark", "copies", "follow"],
        ),
        (
            Role.PIONEER,
            False,
            [*MEETINGS["nl"], *SHARING["nl"], "zoek", "opzoeken", "opmerking", "volg"],
            [*MEETINGS["en"], *SHARING["en"], "search", "lookup", "remark", "follow"],
        ),
        (
            Role.VISITOR,
            False,
            ["opmerking", "berichten", "zoek", "volg", "opzoeken"],
            ["remark", "messages", "search", "follow", "lookup"],
        ),
    ],
)
def test_each_role_is_offered_its_places(role: Role, leads: bool, dutch: list[str], english: list[str]) -> None:
    for language, own in (("nl", dutch), ("en", english)):
        first, *rest = words(role, language, leads=leads)
        assert (first, rest[: len(own)]) == ("begin", own)
        assert len(rest) - len(own) == len([name for name in LAST if name in SPOKEN[language]])


def test_commands_are_what_telegram_allows_and_the_dialogue_hears() -> None:
    for language, heard in SPOKEN.items():
        for role in Role:
            for word, described in offered(role, leads=True, language=language):
                assert re.fullmatch(WORD, word)
                assert 1 <= len(described) <= 256
                assert any(word in said for said in heard.values())
    for name in places.PLACES:
        assert not set(spoken(name)) & {word for other in EVERYWHERE for word in spoken(other)}


def test_everyone_is_offered_commands_in_each_language(settings: Settings, server: TelegramServer) -> None:
    run(settings, lambda: server.wait_for(lambda: len(set_for(server, None)) == 3))
    nl, en = words(Role.VISITOR, "nl"), words(Role.VISITOR, "en")
    assert set_for(server, None) == [("nl", nl), ("", nl), ("en", en)]


def test_a_person_is_offered_commands_once_and_again_when_role_or_language_changes(
    settings: Settings, server: TelegramServer
) -> None:
    scope = {"type": "chat", "chat_id": 7}

    def story() -> None:
        for number, text in enumerate(
            (f"/start lead:{TOWN}", "hulp", "english", "/start coordinator", "help"), start=1
        ):
            server.say(text)
            expected = (1, 1, 2, 3, 3)[number - 1]
            server.wait_for(lambda n=number: len(server.sent) == n)
            server.wait_for(lambda e=expected: len(set_for(server, scope)) == e)

    run(settings, story)
    assert set_for(server, scope) == [
        ("", words(Role.LEAD, "nl", leads=True)),
        ("", words(Role.LEAD, "en", leads=True)),
        ("", words(Role.COORDINATOR, "en", leads=True)),
    ]


# What a word opens


@pytest.mark.parametrize(
    ("section", "line", "step"),
    [
        (LEAD, "/melden", Step.MILESTONE),
        (LEAD, "/report@monitor_bot", Step.MILESTONE),
        (LEAD, "Melden", Step.MILESTONE),
        (LEAD, "/opzoeken", Step.LOOKUP),
        (LEAD, "/controleren", Step.START),
        (LEAD, "/opmerking", Step.KIND),
        (LEAD, "/melden 1.2 niets veranderd", Step.READBACK),
        (LEAD, "/opzoeken 2", Step.MORE),
        (COORDINATOR, "/queue", Step.START),
        (COORDINATOR, "/review", Step.MORE),
        (COORDINATOR, "berichten", Step.MORE),
        (COORDINATOR, "/beantwoorden", Step.MORE),
        (VISITOR, "melden", Step.KIND),
        (VISITOR, "/bijeenkomsten", Step.MEETING),
        (VISITOR, "sign up", Step.MEETING),
        (COORDINATOR, "/aanmelden", Step.MEETING),
        (COORDINATOR, "Afspraken.", Step.AGREEMENTS),
        (LEAD, "verslag", Step.AGREEMENTS),
    ],
)
def test_a_word_opens_its_place(section: Section, line: str, step: Step) -> None:
    assert talk(PureWorld(example_plan()), section, line).state.place.step is step


def test_a_command_sets_a_draft_aside_and_it_can_be_gone_on_with() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, LEAD, "1.2", "De raad stelde het plan vast.", "/opzoeken")
    assert turn.state.place.step is Step.LOOKUP
    assert [draft.text for draft in turn.state.kept] == ["De raad stelde het plan vast."]
    turn = world.say(LEAD, "/begin")
    assert turn.replies[-1].choices[0].words.startswith("Verder met 1.2")
    assert world.say(LEAD, "1").state.place.step is Step.COMPLETION


def test_a_draft_goes_on_when_its_milestone_is_picked_again() -> None:
    turn = talk(PureWorld(example_plan()), LEAD, "1.2", "De raad stelde het plan vast.", "/melden", "1.2")
    assert turn.state.place.draft
    assert turn.state.place.draft.text == "De raad stelde het plan vast."
    assert turn.state.place.step is Step.COMPLETION


def test_a_word_without_a_slash_is_an_answer_where_words_are_asked() -> None:
    turn = talk(PureWorld(example_plan()), LEAD, "1.2", "grotendeels", "melden")
    assert turn.state.place.step is Step.WHAT
    turn = talk(PureWorld(example_plan()), LEAD, "1.2 niets veranderd", "melden")
    assert turn.state.place.step is Step.READBACK


def test_what_belongs_to_another_role_is_said_and_loses_nothing() -> None:
    turn = talk(PureWorld(example_plan()), LEAD, "1.2", "grotendeels", "/controleren")
    assert turn.replies[-1].text == "Dat hoort niet bij uw rol. Wij gaan verder met deze vraag:"
    assert turn.state.place.step is Step.WHAT


def test_back_after_a_command_leads_to_the_menu() -> None:
    assert talk(PureWorld(example_plan()), LEAD, "/opzoeken", "terug").state.place.step is Step.START


def test_places_follow_the_organisation() -> None:
    world = PureWorld(example_plan())
    assert places.leads(world.folder, world.person(Section(f"coordinator:{MINISTRY}", "nl", "")))
    assert not places.leads(world.folder, world.person(VISITOR))


def test_a_folder_that_cannot_be_read_does_not_end_sending(settings: Settings, server: TelegramServer) -> None:
    path = settings.data / "folder.json"

    def story() -> None:
        server.say(f"/start lead:{TOWN}")
        server.wait_for(lambda: len(set_for(server, None)) == 3 and server.sent)
        path.write_text("{")
        offers = Offers(settings)
        offers.look_at("7")
        asyncio.run(offers.renew(None))  # type: ignore[arg-type]
        path.unlink()
        server.say("hulp")
        server.wait_for(lambda: len(server.sent) == 2)

    run(settings, story)


def test_whose_role_ended_is_offered_what_a_visitor_is(settings: Settings) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)
    ended = settings.clock.now() - timedelta(days=800)
    with Private(settings.private_database) as private:
        private.welcome("telegram", "7", now=ended, role=Role.REVIEWER, organisation=COURT)
    found = Offers(settings)._wanted("7")
    assert found == offered(Role.VISITOR, leads=False, language="nl")
