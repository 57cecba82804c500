"""The pure conversation: transcripts that a policy officer can read, and what must hold whatever is typed."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import dialogue
from bot.desk import agenda_page, pages
from bot.dialogue import Draft, Message, Place, State, Step, Submit, subjects, understanding
from bot.dialogue.picking import pick
from bot.dialogue.questions import ANSWER, ASK
from bot.messages import SPOKEN, TABLES, say
from bot.terminal_channel import render
from monitor import models
from monitor.models import Completion, ReportState
from monitor.periods import Period
from tests.conversation_fixtures import (
    COURT,
    MINISTRY,
    SITE,
    TODAY,
    TOWN,
    PureWorld,
    Section,
    example_plan,
    outcome,
    plan_named,
    plan_with_copies,
    read_transcript,
    shared_before,
    transcripts,
    without_ids,
)

LEAD = Section(f"lead:{TOWN}", "nl", "")
COORDINATOR = Section("coordinator", "nl", "")
TITLES = {"1.1": "Een lijst van alle overleggen", "1.2": "Plan van aanpak voor openbare agenda's"}


def talk(world: PureWorld, section: Section, *lines: str) -> dialogue.Turn:
    """Open a conversation, say these lines, and give the last turn."""
    turn = world.say(section, None)
    for line in lines:
        turn = world.say(section, line)
    return turn


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_transcript_is_answered_word_for_word(
    path: Path, shipped: models.PlanFolder, shipped_updates: list[models.Update]
) -> None:
    transcript = read_transcript(path)
    world = PureWorld(plan_named(transcript.plan, shipped), shipped_updates)
    for section in transcript.sections:
        world.say(section, None)
        for line, shown in zip(section.lines, section.answers, strict=True):
            replies = world.say(section, line).replies
            # Where a file is kept only the terminal of that computer tells.
            told = re.sub(r"\n\n(?:Het bestand staat hier|The file is here): \S+", "", shown)
            assert without_ids("\n\n".join(render(reply) for reply in replies)) == told


def test_there_are_transcripts_in_both_languages() -> None:
    spoken = [section.language for path in transcripts() for section in read_transcript(path).sections]
    assert len(transcripts()) >= 8
    assert {"nl", "en"} == set(spoken)


def test_one_line_is_a_whole_report() -> None:
    world = PureWorld(example_plan())
    turn = talk(
        world, LEAD, "1.2 De raad stelde het plan vast op 6 oktober 2026, het is klaar, zie https://a.example/p"
    )
    assert turn.state.place.step is Step.READBACK
    assert turn.replies[-1].preview == (
        "Gemeente Voorbeeldstad, over 6 oktober 2026",
        "1.2 Plan van aanpak voor openbare agenda's",
        "“De raad stelde het plan vast op 6 oktober 2026, het is klaar.”",
        "Afronding: volledig",
        "Bewijs: https://a.example/p",
    )


def test_the_read_back_is_what_becomes_public() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1", "Wij vroegen alle afdelingen om hun lijst.", "2", "Het kost tijd.", "1", "ja")
    talk(world, COORDINATOR, "1", "1", "1")
    [update] = outcome([], world.updates).updates
    assert update["text"] == {"nl": "Wij vroegen alle afdelingen om hun lijst."}
    assert (update["completion"], update["obstacle"]) == ("limited", {"nl": "Het kost tijd."})
    assert (update["organisation"], update["milestone"], update["speaks_of"]) == (TOWN, "2025-2027/1.1", str(TODAY))
    assert (update["reviewed_by_other"], update["after_plan"]) == (True, False)


def test_messages_that_a_person_needs() -> None:
    ways = {
        "one sentence": ["1.2 De raad stelde het plan vast, volledig, https://a.example/p", "ja"],
        "number and link": ["1.2 is klaar, zie https://a.example/p", "De raad stelde het plan vast.", "ja"],
        "complete": ["1.2", "volledig", "De raad stelde het plan vast, zie https://a.example/p", "ja"],
        "substantial": ["1.2", "grotendeels", "Het plan ligt bij de raad.", "ja"],
        "limited": ["1.2", "beperkt", "Wij schreven een eerste versie. Er is te weinig tijd.", "ja"],
        "not started": ["1.2", "niet gestart", "Er is nog niemand voor gevonden.", "ja"],
        "delay": ["mijlpaal 2 loopt vertraging op door corona", "beperkt", "ja"],
        "nothing changed": ["1.2 niets veranderd", "ja"],
        "nothing changed, tapped": ["3", "1"],
    }
    for name, lines in ways.items():
        world = PureWorld(example_plan())
        assert [e for e in talk(world, LEAD, *lines).effects if isinstance(e, Submit)], name
        assert len(lines) <= (2 if name.startswith("nothing") else 4)


def test_what_holds_it_up_is_taken_from_the_answer() -> None:
    for answer, text, obstacle in (
        (
            "Wij schreven een eerste versie. Er is te weinig tijd.",
            "Wij schreven een eerste versie.",
            "Er is te weinig tijd.",
        ),
        ("De eerste versie is er door ziekte niet.", "De eerste versie is er door ziekte niet.", "Ziekte niet."),
        ("Wij schreven een eerste versie", "Wij schreven een eerste versie.", None),
    ):
        world = PureWorld(example_plan())
        draft = talk(world, LEAD, "1.2", "beperkt", answer).state.place.draft
        assert draft
        assert (draft.text, draft.obstacle) == (text, obstacle)


def test_obstacle_that_is_missing_can_be_typed_at_the_read_back() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, LEAD, "1.2", "beperkt", "Wij schreven een eerste versie")
    assert "Wat het tegenhoudt, staat er nog niet bij." in turn.replies[-1].text
    turn = world.say(LEAD, "Er is te weinig tijd")
    assert "Belemmering: Er is te weinig tijd." in turn.replies[-1].preview


def test_colleague_goes_on_with_a_draft_and_the_first_is_told() -> None:
    world = PureWorld(example_plan())
    colleague = Section(f"pioneer:{TOWN}", "nl", "")
    talk(world, LEAD, "1.1", "grotendeels")
    menu = talk(world, colleague).replies[-1].choices
    draft = next(choice for choice in menu if choice.words.startswith("Verder met 1.1"))
    turn = world.say(colleague, str(draft.number))
    turn = world.say(colleague, "De lijst is bijna klaar en staat bij de griffie.")
    assert turn.state.place.step is Step.READBACK
    turn = world.say(LEAD, "Een zin die te laat komt voor dit concept.")
    assert turn.replies[0].text == say("nl", "draft.changed")
    assert turn.state.place.draft
    assert turn.state.place.draft.text == "De lijst is bijna klaar en staat bij de griffie."
    world.say(colleague, "ja")
    turn = world.say(LEAD, "ja")
    assert turn.replies[0].text == say("nl", "draft.gone")
    assert len(world.reports) == 1


def test_a_sentence_about_another_milestone_leaves_the_open_draft_alone() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1", "volledig")
    turn = world.say(LEAD, "1.2 Het plan van aanpak ligt nu bij de raad, grotendeels")
    assert turn.state.place.draft
    assert (turn.state.place.draft.milestone, turn.state.place.draft.completion) == ("1.2", Completion.SUBSTANTIAL)
    assert [draft.milestone for draft in turn.state.kept] == ["1.1"]
    turn = world.say(LEAD, "1.7 is klaar")
    assert turn.replies[-1].text.startswith(say("nl", "milestone.none"))
    assert turn.state.place.step is Step.READBACK


def test_the_public_text_stays_in_sight_after_a_refused_file() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.2 Het plan van aanpak ligt nu bij de raad, grotendeels")
    state, known = world.states[LEAD.role], world.world(world.person(LEAD), "nl")
    turn = dialogue.respond(state, Message(refused=dialogue.Refusal.LOCKED), known)
    assert turn.replies[-1].preview


def test_what_holds_it_up_is_taken_from_an_earlier_sentence() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, LEAD, "1.1 het plan gaat niet door wegens te weinig geld", "beperkt")
    assert "Belemmering: Te weinig geld." in turn.replies[-1].preview


def test_who_comes_back_hears_which_draft_is_open() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1", "volledig")
    turn = world.say(LEAD, None)
    assert turn.replies[0].text == say("nl", "draft.resumed", about="1.1 Een lijst van alle overleggen")


def test_reviewer_decides_on_nothing_that_was_not_shown() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1 De lijst is bijna klaar en telt 40 overleggen", "ja")
    talk(world, COORDINATOR, "1", "1")
    talk(world, LEAD, "berichten", "1", "aanpassen", "de tekst", "Koop nu iets heel anders bij ons.", "ja")
    turn = world.say(COORDINATOR, "accepteren")
    assert (turn.effects, turn.replies[0].text) == ((), say("nl", "review.changed"))
    assert "“Koop nu iets heel anders bij ons.”" in turn.replies[-1].preview
    turn = world.say(COORDINATOR, "afwijzen")
    talk(world, LEAD, "berichten", "1", "aanpassen", "de tekst", "De lijst is bijna klaar voor de raad.", "ja")
    turn = world.say(COORDINATOR, "1")
    assert (turn.effects, turn.replies[0].text) == ((), say("nl", "review.changed"))
    assert world.say(COORDINATOR, "accepteren").effects


def test_a_colleagues_draft_on_the_same_milestone_stays() -> None:
    world = PureWorld(example_plan())
    colleague = Section(f"pioneer:{TOWN}", "nl", "")
    talk(world, LEAD, "1.1 De lijst is bijna klaar en telt 40 overleggen")
    talk(world, colleague, "1.1 Wij zijn deels begonnen met de lijst van overleggen")
    assert len(world.drafts[TOWN]) == 2
    assert world.say(LEAD, "ja").effects


def test_a_chat_in_a_language_without_pages_links_to_the_first_of_the_plan() -> None:
    folder = example_plan()
    abroad = folder.model_copy(update={"plan": folder.plan.model_copy(update={"languages": ("en", "fr")})})
    assert pages(abroad, SITE, "nl") == pages(abroad, SITE, "en")
    assert pages(abroad, SITE, "nl")["freshness"] == f"{SITE}/2025-2027/freshness/"
    assert pages(abroad, SITE, "fr")["site"] == f"{SITE}/fr/"
    dates = [agenda_page(abroad, SITE, language, organisation=TOWN, today=TODAY) for language in ("nl", "en")]
    assert dates == [f"{SITE}/2025-2027/organisations/{TOWN}/agenda.ics"] * 2


def test_typed_words_that_nothing_changed_answer_the_quarter_that_was_asked_about() -> None:
    world = PureWorld(plan_named("asked", example_plan()))
    which = talk(world, LEAD, "niets veranderd").replies[-1]
    assert which.question == (
        "Bij welk actiepunt is er niets veranderd in het derde kwartaal van 2026: 2, 3 of bij alle?"
    )
    assert [(choice.number, choice.words) for choice in which.choices] == [
        (2, "Niets veranderd bij 2"),
        (3, "Niets veranderd bij 3"),
        (4, "Bij alle"),
    ]
    one = talk(world, LEAD, "3").replies[-1]
    about = "Gemeente Voorbeeldstad, over het derde kwartaal van 2026"
    said = "“Niets veranderd in het derde kwartaal van 2026.”"
    assert one.preview == (about, "3 Besluiten op één plek", said)


def test_nothing_changed_at_all_that_was_asked_is_one_answer() -> None:
    for line in ("allebei", "2 en 3"):
        world = PureWorld(plan_named("asked", example_plan()))
        both = talk(world, LEAD, "geen nieuws", line).replies[-1]
        assert [line for line in both.preview if line[0].isdigit()] == [
            "2 Register van lobbycontacten",
            "3 Besluiten op één plek",
        ]
        turn = world.say(LEAD, "ja")
        assert [effect.draft.speaks_of for effect in turn.effects if isinstance(effect, Submit)] == [
            Period.parse("2026-Q3")
        ] * 2
        assert not turn.replies[-1].choices[0].words.startswith("Antwoorden over")
        assert sorted(report.commitment or "" for report in world.reports.values()) == ["2025-2027/02", "2025-2027/03"]


def test_a_lead_who_writes_of_a_mistake_is_asked_what_it_is() -> None:
    line = "er staat een fout bij 1.2: het zijn er acht, geen negen"
    world = PureWorld(example_plan())
    doubt = talk(world, LEAD, line).replies[-1]
    assert doubt.text == f"“{line}”"
    assert doubt.question == "Is dit een verbetermelding of een bericht over voortgang?"
    assert world.say(LEAD, "verbetermelding").replies[-1].preview[0].startswith("Verbetermelding")
    other = PureWorld(example_plan())
    turn = talk(other, LEAD, line, "voortgang")
    assert (turn.state.place.step, turn.replies[-1].heading) == (
        Step.COMPLETION,
        "1.2 Plan van aanpak voor openbare agenda's",
    )


def test_two_milestones_in_a_sentence_are_two_messages() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, LEAD, "geen nieuws over 1.2 en 1.1")
    assert turn.replies[0].text == "Dit bericht gaat alleen over 1.2. Stuur daarna een eigen bericht over: 1.1."
    assert turn.state.place.step is Step.READBACK
    assert understanding.listed_milestones("1.1 is klaar, daarna begint 1.2") == []
    assert understanding.listed_milestones("Nothing new on 1.1, 1.2 and 2.1.") == ["1.1", "1.2", "2.1"]


def test_the_period_of_a_milestone_follows_its_title_without_a_full_stop() -> None:
    folder = example_plan()
    first = folder.commitments[0]
    quarter = Period.parse("2026-Q2")
    ends = first.milestones[0].model_copy(update={"title": {"nl": "Er is een netwerk."}, "slots": (quarter,)})
    plan = folder.model_copy(update={"commitments": (first.model_copy(update={"milestones": (ends,)}),)})
    about = f"{models.milestone_id(folder.plan.id, '1.1')}?slot=2026-Q2"
    assert subjects.name(plan, about, "nl") == "mijlpaal 1.1, Er is een netwerk, tweede kwartaal van 2026"


def test_many_drafts_are_all_kept_and_the_menu_stays_short() -> None:
    world = PureWorld(example_plan())
    drafts = {f"d{n}": Draft(key=f"d{n}", commitment="2025-2027/01", milestone="1.1") for n in range(30)}
    world.drafts[TOWN] = dict(drafts)
    menu = talk(world, LEAD, "1.2", "begin").replies[-1].choices
    assert sum(choice.action.startswith("draft ") for choice in menu) == 8
    assert len(world.drafts[TOWN]) == 31


def test_a_door_opens_at_any_time_and_keeps_what_was_being_written() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.2 niets veranderd", "ja")
    [report] = world.reports.values()
    talk(world, COORDINATOR, "voortgang", "2.1", "beperkt")
    state, known = world.states[COORDINATOR.role], world.world(world.person(COORDINATOR), "nl")
    turn = dialogue.respond(state, Message(action=f"door-review {report.id}"), known)
    assert turn.state.place.step is Step.REVIEW
    assert [draft.milestone for draft in turn.state.kept] == ["2.1"]
    visitor = world.world(world.person(Section("visitor", "nl", "")), "nl")
    turn = dialogue.respond(State(language="nl"), Message(action=f"door-review {report.id}"), visitor)
    assert (turn.effects, turn.state.place.step) == ((), Step.MORE)


def test_a_file_is_evidence_with_what_it_shows() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1", "volledig", "De lijst is klaar en getest.")
    state, known = world.states[LEAD.role], world.world(world.person(LEAD), "nl")
    file = f"{'a' * 64}.pdf"
    turn = dialogue.respond(state, Message(file=file), known)
    assert turn.state.place.step is Step.DESCRIBE
    assert "geen herkenbare mensen" in turn.replies[-1].text
    turn = dialogue.respond(turn.state, Message(text="De vastgestelde lijst"), known)
    assert "Bewijs: pdf, “De vastgestelde lijst”" in turn.replies[-1].preview
    for refusal in dialogue.Refusal:
        refused = dialogue.respond(state, Message(refused=refusal), known)
        assert refused.replies[-1].text == say("nl", f"file.refused-{refusal}")
        assert refused.state.place.draft == state.place.draft


def test_a_file_is_not_taken_from_a_visitor_or_at_another_question() -> None:
    world = PureWorld(example_plan())
    visitor = Section("visitor", "nl", "")
    talk(world, visitor)
    known = world.world(world.person(visitor), "nl")
    turn = dialogue.respond(world.states["visitor"], Message(file=f"{'a' * 64}.pdf"), known)
    assert turn.replies[-1].text == say("nl", "file.nobody")


def test_complete_needs_evidence() -> None:
    world = PureWorld(example_plan())
    turn = talk(world, LEAD, "1.1", "De lijst staat online voor iedereen.", "volledig", "nog niet openbaar")
    assert turn.state.place.step is Step.EVIDENCE
    turn = world.say(LEAD, "1")
    assert turn.state.place.draft
    assert turn.state.place.draft.completion is Completion.SUBSTANTIAL


def test_nothing_changed_is_offered_only_where_there_is_something_to_compare_with() -> None:
    world = PureWorld(example_plan())
    assert talk(world, LEAD, "1.2").replies[-1].choices[-1].words == "Niets veranderd"
    assert talk(world, LEAD, "terug", "1.1").replies[-1].choices[-1].words == "volledig"


def test_wrong_answer_gets_help_and_the_same_question() -> None:
    world = PureWorld(example_plan())
    asked = talk(world, LEAD, "1.1")
    again = world.say(LEAD, "paars")
    assert again.replies[-1].question == asked.replies[-1].question == "Hoe ver is het nu?"
    assert again.replies[-1].text == "Kies één van de vier, bijvoorbeeld “grotendeels”."
    assert again.state.place == asked.state.place


@pytest.mark.parametrize("word", ["terug", "back", "/terug", "/back", "vorige"])
def test_back_works_in_every_spelling(word: str) -> None:
    world = PureWorld(example_plan())
    before = talk(world, LEAD, "1.1")
    world.say(LEAD, "grotendeels")
    assert world.say(LEAD, word).state.place == before.state.place


def test_back_at_the_review_is_not_the_choice_that_begins_the_same() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.2 niets veranderd", "ja")
    talk(world, COORDINATOR, "1", "1")
    assert world.say(COORDINATOR, "terug").state.place.step is Step.QUEUE


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.STOPPED])
def test_every_question_can_be_asked_and_answered(step: Step) -> None:
    assert step in ASK
    assert step in ANSWER


def test_one_question_a_message_and_choices_numbered() -> None:
    world = PureWorld(example_plan())
    for lines in (("1.1",), ("1.1", "Wij vroegen alle afdelingen om hun lijst.", "2", "Tijd kost het.", "1", "2")):
        for reply in talk(world, LEAD, "begin", *lines).replies:
            assert reply.question.count("?") <= 1
            assert [c.number for c in reply.choices] == list(range(1, len(reply.choices) + 1))


def test_old_button_says_it_is_old_and_changes_nothing() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD, "1.1")
    state, known = world.states[LEAD.role], world.world(world.person(LEAD), "nl")
    turn = dialogue.stale(state, known)
    assert turn.replies[0].text == say("nl", "button.old")
    assert (turn.state.place, turn.effects) == (state.place, ())


def test_an_action_that_was_not_offered_does_nothing() -> None:
    world = PureWorld(example_plan())
    talk(world, LEAD)
    state, known = world.states[LEAD.role], world.world(world.person(LEAD), "nl")
    turn = dialogue.respond(state, Message(action="milestone 2.2"), known)
    assert turn.effects == ()
    assert turn.state.place.draft is None


def test_a_reviewer_cannot_decide_on_a_report_of_the_own_organisation() -> None:
    world = PureWorld(example_plan())
    ministry = Section(f"lead:{MINISTRY}", "nl", "")
    talk(world, ministry, "2.1 De test met vijf afdelingen is gedaan", "beperkt", "ja")
    turn = talk(world, COORDINATOR, "1", "1")
    assert turn.effects == ()
    assert turn.replies[-1].text.startswith("Dit bericht is van uw eigen organisatie.")
    assert turn.replies[-1].text.endswith("Dit kan wel: Rekenkamer Voorbeeld.")
    talk(world, Section(f"reviewer:{COURT}", "nl", ""), "1", "1", "1")
    assert [report.state for report in world.reports.values()] == [ReportState.ACCEPTED]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("1.2 is klaar, zie https://a.example/p.", {"milestone": "1.2", "completion": "complete", "text": ""}),
        ("1.2 is nog niet klaar", {"completion": None}),
        ("1.2 klaar? nee, wij wachten op de raad", {"completion": None}),
        ("1.2 is voor 80% gereed", {"completion": None}),
        ("1.2 is done for 80 percent", {"completion": None}),
        ("niks nieuws bij 1.2", {"milestone": "1.2", "unchanged": True}),
        ("1.1 is bijna klaar, zie www.a.example/lijst", {"link": "https://www.a.example/lijst"}),
        (
            "1.1 is klaar, zie https://a.example/b. De griffie schreef een overzicht.",
            {"text": "1.1 is klaar. De griffie schreef een overzicht."},
        ),
        ("we are behind on 1.1 because of illness", {"obstacle": "Illness."}),
        ("1.2 is almost done", {"completion": "substantial"}),
        ("mijlpaal 2 loopt vertraging op door corona", {"milestone": "1.2", "obstacle": "Corona."}),
        ("de lijst van overleggen is bijna af", {"milestone": "1.1", "completion": "substantial"}),
        ("1.1: 3 mei 2026 gehouden in Utrecht", {"milestone": "1.1", "day": "2026-05-03"}),
        ("1.1 was held on May 3, 2026", {"day": "2026-05-03"}),
        ("1.2 geen verandering", {"unchanged": True}),
        ("actiepunt 3 gaat goed", {"milestone": None, "commitment": 3}),
        ("niets hiervan", {"milestone": None, "completion": None, "unchanged": False}),
        ("versie 1.2.3 van 10.1 procent", {"milestone": None}),
    ],
)
def test_free_sentence_is_understood(sentence: str, expected: dict[str, object]) -> None:
    heard = understanding.hear(sentence, today=TODAY, titles=TITLES)
    found = {name: getattr(heard, name) for name in expected}
    assert {name: str(v) if name == "day" else v for name, v in found.items()} == expected


@pytest.mark.parametrize(
    "link",
    ["https://localhost/x", "https://a", "https:///x", "javascript:alert(1)", "https://[1", "ftp://a.example/x"],
)
def test_address_that_is_not_whole_is_refused(link: str) -> None:
    assert not understanding.is_whole_address(link)


@pytest.mark.parametrize("link", ["https://u:p@a.example/", "https://wiki.intranet/x", "https://x.local/"])
def test_address_that_is_not_public_is_refused(link: str) -> None:
    assert not understanding.is_public_address(link)


def test_number_word_or_beginning_picks_a_choice() -> None:
    world = PureWorld(example_plan())
    offered = talk(world, LEAD, "1.1", "Wij vroegen alle afdelingen om hun lijst.").replies[-1].choices
    assert {pick(text, offered) for text in ("4", "4.", "4)", "Volledig", "VOLLEDIG.", "klaar", "complete")} == {
        "completion complete"
    }
    assert pick("5", offered) is None


# Every word of one language has its twin in the others


def test_languages_say_the_same_things_with_the_same_placeholders() -> None:
    def places(words: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(words) if name}

    assert TABLES["nl"].keys() == TABLES["en"].keys()
    assert SPOKEN["nl"].keys() == SPOKEN["en"].keys()
    assert {name for name, words in TABLES["nl"].items() if places(words) != places(TABLES["en"][name])} == set()


def test_every_word_is_used() -> None:
    sources = [path.read_text("utf-8") for path in Path("bot").rglob("*.py") if path.parent.name != "messages"]
    strings: set[str] = set()
    starts: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                starts.add(str(node.values[0].value))
    families = {start for start in starts if "." in start}
    unused = {n for n in TABLES["nl"] if n not in strings and not any(n.startswith(f) for f in families)}
    assert unused == set()


# Whatever somebody types


WORDS = st.sampled_from(
    [
        "1", "2", "3", "4", "9", "1.1", "1.2", "2.1", "ja", "nee", "terug", "stop", "begin", "help", "english", "/x",
        "volledig", "beperkt", "niet gestart", "niets veranderd", "https://a.example/x", "https://", "accepteren",
        "nog niet openbaar", "Wij vroegen alle afdelingen om hun lijst.", "1.2 is klaar, zie https://a.example/x",
        "netwerk", "vraag", "deel", "zoek", "zoek algoritmes", "Wie heeft al een register van lobbycontacten?",
        "Wij schreven op hoe dat werkt.", "meer", "klaar", "later", "concept", "berichten", "intrekken", "corrigeren",
        "antwoorden", "iemand uitnodigen",
        "wat staat er open",
        "grotendeels", "1.2 Het plan van aanpak ligt nu bij de raad, grotendeels", "/privacy", "mijn gegevens", "nee",
        "Welke raad was dat precies?", "www.a.example/x", "x" * 1200, "  ",
        "kopieën", "vrijgeven", "weghalen", "niet openbaar maken",
        "\x00\u202e", "<b>&\"'{}%s", "1.1 loopt vertraging op door regen", "31-02-2026",
    ]
)  # fmt: skip
WHO = st.sampled_from(
    [f"lead:{TOWN}", f"lead:{MINISTRY}", "coordinator", f"reviewer:{COURT}", "visitor", f"pioneer:{TOWN}"]
)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WHO, WORDS | st.text(max_size=40)), max_size=40))
def test_it_never_raises_loses_or_publishes_the_unreviewed(said: list[tuple[str, str]]) -> None:
    world = PureWorld(plan_with_copies())
    confirmed: set[str] = set()
    for role, text in said:
        turn = world.say(Section(role, "nl", ""), text)
        confirmed |= set(world.reports)
        assert turn.replies
        assert turn.state == State.model_validate_json(turn.state.model_dump_json())
        assert isinstance(turn.state.place, Place)
    assert confirmed == set(world.reports)
    before = {row.id for row in shared_before(example_plan())}
    told: dict[str, models.Update | models.Shared | models.Theme] = {
        update.id: update for update in world.updates if update.way is models.Way.CHAT
    }
    told |= {name: row for name, row in world.shared.items() if name not in before}
    accepted = {r.id for r in world.reports.values() if r.state is ReportState.ACCEPTED}
    assert accepted <= set(told)
    # What is public beside that was accepted once, and is withdrawn now.
    assert all(getattr(told[name], "withdrawn_at", None) for name in set(told) - accepted)
