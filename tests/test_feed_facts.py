"""How each feed does: the facts, and the words of ``monitor feeds`` in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from monitor import feed_facts, models
from monitor.cli import main
from monitor.feed_facts import Condition, FeedFacts
from monitor.models import Feed, FeedState
from monitor.settings import Settings
from monitor.storage import Storage

NOW = datetime(2019, 6, 30, 12, 0, tzinfo=UTC)
RUNNING, CLOSED = date(2019, 6, 30), date(2026, 11, 23)
LATER = NOW + timedelta(hours=6)
NEW = "https://nieuw.example/rss"


def feed(name: str, **more: object) -> Feed:
    return Feed.model_validate({"id": name, "title": name, "address": f"https://{name}.example/rss", **more})


def state(name: str, **more: object) -> FeedState:
    given = {"feed": name, "plan": "2018-2020", "address": f"https://{name}.example/rss", "last_tried_at": NOW, **more}
    return FeedState.model_validate(given)


READ = {"last_success_at": NOW, "next_at": LATER}
FEEDS = (
    feed("goed"),
    feed("verhuisd"),
    feed("ziek"),
    feed("weg"),
    feed("nieuw"),
    feed("dood", dead={"nl": "Bestaat niet meer.", "en": "Is not there any more."}),
)
STATES = (
    state("goed", **READ, last_entry_at=NOW - timedelta(days=3)),
    state("verhuisd", **READ, moved_to=NEW),
    state("ziek", failures=3, error="https://ziek.example/rss: answered 500: look", next_at=LATER),
    state("weg", failures=1, error="https://weg.example/rss: answered 410, gone for good: give its new address"),
    state("dood", failures=9, error="old", moved_to=NEW, next_at=LATER),
)


@pytest.fixture
def folder(shipped: models.PlanFolder) -> models.PlanFolder:
    return shipped.model_copy(update={"feeds": FEEDS})


def short(found: FeedFacts) -> tuple[str, datetime | None, str | None]:
    return found.condition, found.next_at, found.moved_to


def test_each_feed_has_a_condition_a_next_try_and_perhaps_a_new_address(folder: models.PlanFolder) -> None:
    found = {known.feed.id: short(known) for known in feed_facts.of_plan(folder, STATES, RUNNING, fetches=True)}
    assert found == {
        "goed": (Condition.READ, LATER, None),
        "verhuisd": (Condition.READ, LATER, NEW),
        "ziek": (Condition.FAILING, LATER, None),
        "weg": (Condition.GONE, None, None),
        "nieuw": (Condition.NOT_YET, None, None),
        "dood": (Condition.DEAD, None, None),
    }


def test_after_the_plan_only_feeds_that_go_on_are_tried(shipped: models.PlanFolder) -> None:
    feeds = (feed("goed"), feed("verhuisd", after_plan=True), feed("dood", dead={"nl": "x"}))
    folder = shipped.model_copy(update={"feeds": feeds})
    assert [short(known) for known in feed_facts.of_plan(folder, STATES, CLOSED, fetches=True)] == [
        (Condition.ENDED, None, None),
        (Condition.READ, LATER, NEW),
        (Condition.DEAD, None, None),
    ]


def test_where_nothing_is_fetched_no_feed_looks_as_if_it_waits(folder: models.PlanFolder) -> None:
    found = {known.feed.id: short(known) for known in feed_facts.of_plan(folder, STATES, RUNNING, fetches=False)}
    off = (Condition.OFF, None, None)
    assert found == {
        "goed": off,
        "verhuisd": (Condition.OFF, None, NEW),
        "ziek": off,
        "weg": off,
        "nieuw": off,
        "dood": (Condition.DEAD, None, None),
    }


def test_what_another_address_did_is_not_told_of_this_one(shipped: models.PlanFolder) -> None:
    moved = feed("weg").model_copy(update={"address": NEW})
    folder = shipped.model_copy(update={"feeds": (moved,)})
    other_plan = STATES[0].model_copy(update={"plan": "2020-2022", "feed": "weg", "address": NEW})
    (known,) = feed_facts.of_plan(folder, [*STATES, other_plan], RUNNING, fetches=True)
    assert (known.condition, known.state) == (
        Condition.NOT_YET,
        FeedState(feed="weg", plan="2018-2020", address=NEW),
    )


def test_a_suggestion_ends_when_the_file_names_the_new_address(shipped: models.PlanFolder) -> None:
    folder = shipped.model_copy(update={"feeds": (feed("goed"),)})
    here = state("goed", **READ, moved_to="https://goed.example/rss")
    found = feed_facts.of_plan(folder, [here], RUNNING, fetches=True)
    assert [known.moved_to for known in found] == [None]


DUTCH = """\
Nieuwsbronnen van Actieplan Open Overheid 2018-2020

Bron      Toestand          Laatst gelezen           Laatste nieuwe bericht   Mislukt        Volgende keer
--------  ----------------  -----------------------  -----------------------  -------------  -----------------------
goed      goed              30 juni 2019, 14:00 uur  27 juni 2019, 14:00 uur  —              30 juni 2019, 20:00 uur
verhuisd  goed              30 juni 2019, 14:00 uur  —                        —              30 juni 2019, 20:00 uur
ziek      mislukt           —                        —                        3 keer op rij  30 juni 2019, 20:00 uur
weg       weg               —                        —                        1 keer         —
nieuw     nog niet gelezen  —                        —                        —              bij de volgende ronde
dood      dood              —                        —                        9 keer op rij  —

Wat er aan de hand is
  ziek: lezen mislukt. Melding: https://ziek.example/rss: answered 500: look
  weg: lezen mislukt. Melding: https://weg.example/rss: answered 410, gone for good: give its new address
  dood: Bestaat niet meer.

Verhuisd: stel deze wijziging voor met een pull request
  2018-2020/feeds.yml, bij verhuisd: vervang https://verhuisd.example/rss door https://nieuw.example/rss
"""
ENGLISH = """\
News sources of Netherlands Action Plan 2018-2020

Source    Condition     Last read                 Last new entry            Failed            Next try
--------  ------------  ------------------------  ------------------------  ----------------  ------------------------
goed      well          30 June 2019, 14:00 CEST  27 June 2019, 14:00 CEST  —                 30 June 2019, 20:00 CEST
verhuisd  well          30 June 2019, 14:00 CEST  —                         —                 30 June 2019, 20:00 CEST
ziek      failing       —                         —                         3 times in a row  30 June 2019, 20:00 CEST
weg       gone          —                         —                         1 time            —
nieuw     not read yet  —                         —                         —                 in the next round
dood      dead          —                         —                         9 times in a row  —

What is wrong
  ziek: reading failed. Message: https://ziek.example/rss: answered 500: look
  weg: reading failed. Message: https://weg.example/rss: answered 410, gone for good: give its new address
  dood: Is not there any more.

Moved: suggest this change in a pull request
  2018-2020/feeds.yml, at verhuisd: replace https://verhuisd.example/rss by https://nieuw.example/rss
"""


@pytest.mark.parametrize(("language", "told"), [("nl", DUTCH), ("en", ENGLISH)])
def test_the_command_tells_it_in_both_languages(
    settings: Settings, folder: models.PlanFolder, language: str, told: str
) -> None:
    with Storage(settings.database) as storage:
        storage.replace_folder(folder, [])
        for known in STATES:
            storage.put(known)
    asked = ["feeds", "--data", str(settings.data), "--today", "2019-06-30", "--language", language]
    asked += ["--reach-out", "yes"]
    done = CliRunner().invoke(main, asked)
    assert (done.exit_code, done.output) == (0, told)


@pytest.mark.parametrize(
    ("language", "told", "condition"),
    [
        (
            "nl",
            "Er wordt niets gelezen: MONITOR_REACH_OUT staat op no, of dit zijn verzonnen voorbeelden.",
            "nieuw     staat uit  —                        —                        —              —",
        ),
        (
            "en",
            "Nothing is read: MONITOR_REACH_OUT is no, or these are invented examples.",
            "nieuw     switched off  —                         —                         —                 —",
        ),
    ],
)
def test_the_command_says_that_nothing_is_fetched(
    settings: Settings, folder: models.PlanFolder, language: str, told: str, condition: str
) -> None:
    with Storage(settings.database) as storage:
        storage.replace_folder(folder, [])
        for known in STATES:
            storage.put(known)
    asked = ["feeds", "--data", str(settings.data), "--today", "2019-06-30", "--language", language]
    done = CliRunner().invoke(main, [*asked, "--reach-out", "no"])
    assert done.exit_code == 0
    assert done.output.splitlines()[2] == told
    assert condition in done.output.splitlines()


def test_without_feeds_or_plan_the_command_says_so(settings: Settings, shipped: models.PlanFolder) -> None:
    asked = ["feeds", "--data", str(settings.data)]
    none = CliRunner().invoke(main, asked)
    assert (none.exit_code, none.output.strip()) == (2, "There is no plan in the data: run monitor sync first.")
    with Storage(settings.database) as storage:
        storage.replace_folder(shipped.model_copy(update={"feeds": ()}), [])
    done = CliRunner().invoke(main, asked)
    said = "Nieuwsbronnen van Actieplan Open Overheid 2018-2020\n\nDit plan noemt geen nieuwsbronnen.\n"
    assert (done.exit_code, done.output) == (0, said)
