"""What people type in their own words, and the place, question or draft that it leads to."""

from __future__ import annotations

import pytest

from bot.dialogue import Step, Unfollow
from bot.messages import say
from tests.conversation_fixtures import COURT, TOWN, PureWorld, Section, example_plan, network_plan
from tests.test_dialogue import talk

VISITOR = Section("visitor", "nl", "")


def offered(world: PureWorld, section: Section, *lines: str) -> list[str]:
    """Say these lines, and list the words of the choices that are offered then."""
    return [choice.words for choice in talk(world, section, *lines).replies[-1].choices]


def test_a_remark_without_content_leaves_no_draft() -> None:
    world = PureWorld(example_plan())
    for said in ("hoe meld ik een fout?", "dit klopt niet", "Ik heb een idee"):
        assert not [words for words in offered(world, VISITOR, said, "begin") if words.startswith("Verder met")]


def test_a_draft_is_named_by_its_first_words_where_it_is_about_nothing_yet() -> None:
    world = PureWorld(example_plan())
    lines = ("idee: zet de data in een agenda", "begin", "De datum van de raad klopt niet", "begin")
    assert offered(world, VISITOR, *lines)[:2] == [
        "Verder met “De datum van de raad klopt niet”",
        "Verder met “Idee: zet de data in een agenda”",
    ]


@pytest.mark.parametrize("said", ["er staat een fout bij actiepunt 2", "Mijlpaal 1.2 klopt niet"])
def test_what_is_wrong_is_asked_where_a_sentence_only_says_where(said: str) -> None:
    turn = talk(PureWorld(example_plan()), VISITOR, said)
    assert (turn.state.place.step, turn.replies[-1].question) == (
        Step.REMARK,
        "Wat klopt niet, of wat ontbreekt? Schrijf één of twee zinnen; een link mag erbij.",
    )


PIONEER = Section(f"pioneer:{TOWN}", "nl", "")


@pytest.mark.parametrize("word", ["beantwoorden", "answer"])
def test_a_pioneer_answers_questions_of_the_network_by_one_word(word: str) -> None:
    turn = talk(PureWorld(example_plan()), PIONEER, word)
    assert turn.state.place.step is Step.ANSWERING
    assert turn.replies[-1].choices[0].words == (
        "Wie heeft al een register van algoritmes? · Ministerie van Voorbeeldzaken"
    )


def test_a_visitor_answers_nothing_by_that_word() -> None:
    turn = talk(PureWorld(example_plan()), VISITOR, "beantwoorden")
    assert turn.replies[-1].text == say("nl", "place.other-role")


def test_a_member_without_questions_of_others_hears_so() -> None:
    world = PureWorld(example_plan())
    world.shared.clear()
    assert talk(world, PIONEER, "beantwoorden").replies[0].text == say("nl", "post.no-questions")


FOLLOWS = ("volg 1", "1", "volg 2", "1")


@pytest.mark.parametrize(
    "lines",
    [("stopvolgen",), ("stop volgen",), ("Ik wil stoppen met volgen.",), ("volgen", "afmelden"), ("stop met volgen",)],
)
def test_following_stops_at_the_words_people_use(lines: tuple[str, ...]) -> None:
    turn = talk(PureWorld(example_plan()), VISITOR, *FOLLOWS, *lines)
    [effect] = turn.effects
    assert isinstance(effect, Unfollow)
    assert len(effect.subscriptions) == 2


def test_one_thing_is_no_longer_followed_where_it_is_named_behind_the_words() -> None:
    world = PureWorld(example_plan())
    talk(world, VISITOR, *FOLLOWS, "stop met volgen 1")
    assert [sub.about for sub in world.following["visitor"].values()] == ["2025-2027/02"]


def test_who_stops_hears_how_to_stop_following() -> None:
    world = PureWorld(example_plan())
    assert talk(world, VISITOR, "stop").replies[0].text == say("nl", "stop")
    said = talk(world, VISITOR, *FOLLOWS, "stop").replies[0].text
    assert said == f"{say('nl', 'stop')}\n{say('nl', 'stop.follows')}"


@pytest.mark.parametrize(
    "lines",
    [
        ("volg het thema algoritmen",),
        ("volg algoritme",),
        ("volgen", "algoritmen"),
        ("volgen", "Thema Algoritmes"),
        ("volg het thema", "algoritme"),
        ("follow the theme algorithm",),
    ],
)
def test_a_theme_is_found_by_its_title_in_singular_or_plural(lines: tuple[str, ...]) -> None:
    place = talk(PureWorld(network_plan()), VISITOR, *lines).state.place
    assert (place.step, place.about) == (Step.FOLLOW_HOW, "theme 2025-2027/algoritmes")


@pytest.mark.parametrize("lines", [("zoek taal",), ("zoeken", "taal"), ("zoek algoritmes", "taal")])
def test_a_word_that_is_looked_for_changes_no_language(lines: tuple[str, ...]) -> None:
    turn = talk(PureWorld(example_plan()), VISITOR, *lines)
    assert (turn.state.language, turn.state.place.step, turn.state.place.sought) == ("nl", Step.FOUND, "taal")


def test_the_word_for_language_asks_which_one() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, VISITOR, "taal")
    assert (turn.state.language, turn.replies[-1].question) == ("nl", say("nl", "language.ask"))
    assert [choice.words for choice in turn.replies[-1].choices] == ["Nederlands", "English"]
    assert world.say(VISITOR, "2").state.language == "en"


@pytest.mark.parametrize(("said", "language"), [("taal engels", "en"), ("/taal", "en"), ("taal van de raad", "nl")])
def test_a_language_that_is_named_or_a_command_changes_it(said: str, language: str) -> None:
    assert talk(PureWorld(example_plan()), VISITOR, said).state.language == language


@pytest.mark.parametrize("said", ["hallo", "Hoi!", "hello", "wat kan ik hier?", "What can I do here?"])
def test_a_greeting_gives_the_menu(said: str) -> None:
    turn = talk(PureWorld(example_plan()), VISITOR, "netwerk", "opzoeken", "1", said)
    assert (turn.state.place.step, len(turn.replies)) == (Step.START, 1)
    assert turn.replies[0].text.startswith("Welkom bij de monitor")


@pytest.mark.parametrize("role", ["visitor", f"pioneer:{TOWN}", f"lead:{TOWN}", "coordinator", f"reviewer:{COURT}"])
@pytest.mark.parametrize(
    "said",
    [
        "wanneer is de volgende bijeenkomst?",
        "Ik wil weten wanneer de volgende bijeenkomst is",
        "When is the next meeting?",
        "I would like to know when the next meeting is.",
    ],
)
def test_who_asks_when_the_next_meeting_is_sees_it(role: str, said: str) -> None:
    turn = talk(PureWorld(network_plan()), Section(role, "nl", ""), said)
    assert (turn.state.place.step, turn.replies[-1].heading) == (Step.MEETING, "Bijeenkomst over algoritmen")


def test_a_question_that_asks_more_than_when_is_searched_for() -> None:
    turn = talk(PureWorld(network_plan()), PIONEER, "Wanneer ging een bijeenkomst over lobbycontacten?")
    assert turn.state.place.step is Step.FOUND


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("vraag stellen", Step.POST),
        ("ask a question", Step.POST),
        ("deel een les", Step.POST),
        ("fout melden", Step.KIND),
        ("Hoe meld ik een fout?", Step.KIND),
        ("report a mistake", Step.KIND),
        ("afspraak is klaar", Step.AGREEMENTS),
        ("the agreement is done", Step.AGREEMENTS),
    ],
)
def test_what_somebody_wants_to_do_opens_its_place(said: str, step: Step) -> None:
    assert talk(PureWorld(network_plan()), PIONEER, said).state.place.step is step
