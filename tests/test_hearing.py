"""What people type in their own words, and the place, question or draft that it leads to."""

from __future__ import annotations

import pytest

from bot.dialogue import Step
from bot.messages import say
from tests.conversation_fixtures import TOWN, PureWorld, Section, example_plan
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
