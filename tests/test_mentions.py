"""How well mentions are found, in a set labelled by hand; what words mean; and that a mention changes no completion."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import feeds, models
from monitor.feeds import Rule
from monitor.models import Entry, Mention, MentionState
from monitor.status import read
from monitor.storage import Storage
from tests.conftest import MEASURED, TODAY

LABELLED: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "data" / "mentions.toml").read_text(encoding="utf-8")
)["entry"]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# Precision and recall that were reached, the least that is taken.
REACHED = {"all": (1.0, 55 / 60), "nl": (1.0, 37 / 40), "en": (1.0, 18 / 20)}


def found(folder: models.PlanFolder, feed: str, title: str, summary: str = "") -> list[Mention]:
    entry = Entry(id="2018-2020/x/1", plan="2018-2020", feed=feed, title=title, summary=summary, recorded_at=NOW)
    known = next(one for one in folder.feeds if one.id == feed)
    return feeds.mentions(entry, known, folder.commitments, folder.organisations)


def numbers(mentions: Iterable[Mention]) -> list[int]:
    return [int(mention.commitment.rpartition("/")[2]) for mention in mentions]


# The labelled set


def judged(folder: models.PlanFolder, language: str) -> Iterator[tuple[str, str]]:
    """Give right, wrong and missed suggestions, each with what it is."""
    for labelled in LABELLED:
        if language not in ("all", labelled["language"]):
            continue
        got = set(numbers(found(folder, labelled["feed"], labelled["title"], labelled["summary"])))
        wanted = set(labelled["commitments"])
        for kind, which in (("right", got & wanted), ("wrong", got - wanted), ("missed", wanted - got)):
            yield from ((kind, f"{number}: {labelled['title']}") for number in sorted(which))


@pytest.mark.parametrize("language", REACHED)
def test_precision_and_recall_stay_what_they_are(shipped: models.PlanFolder, language: str) -> None:
    outcome = list(judged(shipped, language))
    count = Counter(kind for kind, _ in outcome)
    precision = count["right"] / (count["right"] + count["wrong"])
    recall = count["right"] / (count["right"] + count["missed"])
    MEASURED.append(
        f"Mentions ({language}): precision {precision:.3f}, recall {recall:.3f} "
        f"({count['right']} right, {count['wrong']} wrong, {count['missed']} missed)."
    )
    least_precision, least_recall = REACHED[language]
    amiss = [line for line in outcome if line[0] != "right"]
    assert precision >= least_precision, amiss
    assert recall >= least_recall, amiss


def test_the_set_is_large_mixed_and_covers_every_commitment(shipped: models.PlanFolder) -> None:
    assert len(LABELLED) >= 60
    none = sum(not labelled["commitments"] for labelled in LABELLED)
    assert 0.4 <= none / len(LABELLED) <= 0.6
    for language in ("nl", "en"):
        covered = {n for labelled in LABELLED if labelled["language"] == language for n in labelled["commitments"]}
        assert covered == {known.number for known in shipped.commitments}
    texts = [(labelled["title"], labelled["summary"]) for labelled in LABELLED]
    assert len(set(texts)) == len(texts)


# What words mean


@pytest.mark.parametrize(
    "written",
    ["Open Wob", "open wob", "OPEN WOB", "Open-Wob", "OpenWob", "open Wobverzoeken", "Open Wob-besluiten", "openWOB"],
)
def test_open_wob_is_found_however_it_is_written(shipped: models.PlanFolder, written: str) -> None:
    assert numbers(found(shipped, "rijksoverheid", f"Verslag over {written} in de provincie")) == [5]


@pytest.mark.parametrize("written", ["wob", "Wob", "WOB"])
def test_the_wob_is_found_beside_what_was_promised(shipped: models.PlanFolder, written: str) -> None:
    assert [
        (known.rule, known.words) for known in found(shipped, "rijksoverheid", f"Een dashboard voor {written}")
    ] == [(Rule.ALSO_CALLED, (written, "dashboard"))]


@pytest.mark.parametrize(
    "title",
    ["De open Wobbe-index", "Een dashboard dat wobbelt", "Open Wobsite", "Wob", "Wob-verzoek", "Heropen Wob", "De Woo"],
)
def test_what_only_begins_as_wob_or_stands_alone_is_nothing(shipped: models.PlanFolder, title: str) -> None:
    assert found(shipped, "rijksoverheid", title) == []


def test_words_may_stand_apart_but_not_far_apart(shipped: models.PlanFolder) -> None:
    near = "Het dashboard toont straks van elke provincie iedere Wob"
    far = "Het dashboard toont hoe druk het is op straat, en verder staat er niets in over de Wob"
    assert [known.words for known in found(shipped, "rijksoverheid", near)] == [("Wob", "dashboard")]
    assert found(shipped, "rijksoverheid", far) == []


def test_some_words_count_beside_the_name_of_who_answers_or_in_their_own_feed(shipped: models.PlanFolder) -> None:
    title = "Algoritmes zijn nu openbaar"
    assert found(shipped, "rijksoverheid", title) == []
    (named,) = found(shipped, "rijksoverheid", f"Rijkswaterstaat: {title}")
    assert (named.commitment, named.rule) == ("2018-2020/06", Rule.ORGANISATION)
    assert named.words == ("Rijkswaterstaat", "Algoritmes", "openbaar")
    (own,) = found(shipped, "rijkswaterstaat", title)
    assert (own.rule, own.words) == (Rule.ORGANISATION, ("Algoritmes", "openbaar"))


def test_an_organisation_alone_is_no_reason(shipped: models.PlanFolder) -> None:
    for body in shipped.organisations:
        for name in body.name.values():
            for feed in ("rijksoverheid", "vng", "open-state"):
                assert found(shipped, feed, f"Nieuws van {name}") == [], name


def test_a_title_within_the_name_of_an_organisation_is_no_title(shipped: models.PlanFolder) -> None:
    title = "Open Contracting Partnership: open contracting werkt"
    assert numbers(found(shipped, "rijksoverheid", title)) == [10]
    assert numbers(found(shipped, "rijksoverheid", "Open Contracting Partnership werkt")) == []


def test_every_word_for_news_finds_its_commitment_and_no_other(shipped: models.PlanFolder) -> None:
    feed = models.Feed(id="x", title="x", address="https://x.example/")
    for commitment in shipped.commitments:
        for phrase in commitment.also_called:
            title = phrase.replace(" …", "")
            entry = Entry(id="x", plan="2018-2020", feed="x", title=title, recorded_at=NOW)
            suggested = feeds.mentions(entry, feed, shipped.commitments)
            assert numbers(suggested) == [commitment.number], phrase


# What a mention does not do


def test_a_mention_changes_no_completion(synced: Storage, shipped: models.PlanFolder) -> None:
    before = read(synced, "2018-2020", as_of=TODAY)
    feed = models.Feed(id="x", title="x", address="https://x.example/")
    for number, commitment in enumerate(shipped.commitments):
        title = f"{commitment.ogp_id}: volledig klaar, complete"
        entry = Entry(id=f"2018-2020/x/{number}", plan="2018-2020", feed="x", title=title, recorded_at=NOW)
        synced.add(entry)
        (mention,) = feeds.mentions(entry, feed, shipped.commitments)
        synced.add(mention.model_copy(update={"state": MentionState.CONFIRMED}))
    assert len(synced.all(Mention)) == len(shipped.commitments)
    assert read(synced, "2018-2020", as_of=TODAY) == before
