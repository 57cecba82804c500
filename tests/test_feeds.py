"""Feeds: what is read from them, which commitments they may concern, and what is stored of a poll."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor import feeds, models
from monitor.entries import apart, parsing
from monitor.entries.bounds import shortened, too_much
from monitor.entries.parsing import plain
from monitor.feeds import FeedError, ParsedEntry, Rule, parse
from monitor.feeds.polling import failed
from monitor.fetch import FetchError, Guard
from monitor.models import Commitment, Entry, Feed, FeedState, Mention, MentionState
from monitor.settings import Settings
from monitor.storage import Storage
from tests.hostile_server import HostileServer, Reply, Seen, gzip_bomb, hostile_server
from tests.test_apart import BREAKING

FEEDS = Path(__file__).parent / "data" / "feeds"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUNNING, CLOSED = date(2019, 6, 30), date(2026, 11, 23)
HEAD = "<rss version='2.0'><channel><title>t</title>"
TAIL = "</channel></rss>"


def read(name: str, content_type: str = "") -> list[ParsedEntry]:
    address = "https://nieuws.example/feeds/rss"
    return parse((FEEDS / name).read_bytes(), now=NOW, address=address, content_type=content_type)


def rss(*items: str) -> bytes:
    return (HEAD + "".join(f"<item>{item}</item>" for item in items) + TAIL).encode()


# Reading


def test_rss_becomes_plain_text_with_safe_links() -> None:
    assert read("rss.xml") == [
        ParsedEntry(
            key="item-1",
            title="Oproep: test OpenBesluitvorming & denk mee",
            address="https://nieuws.example/2018/10/oproep?a=1&b=2",
            summary="Eerste alinea. Tweede alinea.",
            published_on=date(2018, 10, 19),
        ),
        ParsedEntry(
            key="https://nieuws.example/2018/11/zonder-guid",
            title="Zonder guid",
            address="https://nieuws.example/2018/11/zonder-guid",
            summary="Lees verder",
            published_on=date(2018, 11, 2),
        ),
        ParsedEntry(key="item-3", title="Zonder adres", address=None, summary="", published_on=None),
    ]


def test_atom_rdf_and_json_feed_are_read_too() -> None:
    assert read("atom.xml") == [
        ParsedEntry("urn:example:1", "1 < 2 & 3", "https://documenten.example/1", "Een samenvatting", date(2020, 6, 1)),
        ParsedEntry("urn:example:2", "Open Parlement", "https://nieuws.example/2", "Inhoud", date(2020, 6, 1)),
    ]
    assert read("rdf.xml") == [
        ParsedEntry("https://oud.example/1", "Een oud bericht", "https://oud.example/1", "Tekst", date(2019, 3, 20))
    ]
    assert read("feed.json") == [
        ParsedEntry("7", "Zeven", "https://json.example/7", "a < b", date(2019, 7, 1)),
        ParsedEntry("8", "Alleen inhoud", "https://elders.example/8", "Alleen inhoud", None),
    ]


def test_broken_xml_is_recovered() -> None:
    assert [(entry.title, entry.summary) for entry in read("broken.xml")] == [
        ("Wob & Woo", "Een zin"),
        ("Zonder einde", ""),
    ]


@pytest.mark.parametrize(
    "said", ["", "text/xml", "text/xml; charset=utf-8", "text/xml; charset=iso-8859-1", "x; charset=?"]
)
def test_a_wrong_character_set_is_recovered(said: str) -> None:
    assert [entry.title for entry in read("latin.xml", said)] == ["Financiën"]


def test_odd_dates_become_none_and_dutch_ones_are_read() -> None:
    assert {entry.title: entry.published_on for entry in read("dates.xml")} == {
        "di 3 december 2019 10:00": date(2019, 12, 3),
        "23 mrt. 2020": date(2020, 3, 23),
        "23/11/2019": date(2019, 11, 23),
        "05-05-2019": date(2019, 5, 5),
        "05/11/2019": None,
        "31 februari 2019": None,
        "31/31/2019": None,
        "gisteren": None,
        "1795-01-01T00:00:00Z": None,
        "Thu, 01 Jan 2099 00:00:00 GMT": None,
        "Sat, 31 Dec 9999 23:59:59 GMT": None,
        "0001-01-01T00:00:00+14:00": None,
        "Mon, 23 Nov 2026 23:30:00 GMT": date(2026, 11, 24),
    }


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Tue, 03 Dec 2019 23:30:00 GMT", date(2019, 12, 4)),
        ("Tue, 03 Dec 2019 23:30:00 CET", date(2019, 12, 3)),
        ("Tue, 03 Dec 2019 23:30:00 MET", date(2019, 12, 3)),
        ("Wed, 04 Dec 2019 00:30:00 CET", date(2019, 12, 4)),
        ("Wed, 03 Jul 2019 23:30:00 CEST", date(2019, 7, 3)),
        ("Thu, 04 Jul 2019 00:30:00 cest", date(2019, 7, 4)),
        ("2019-07-03T23:30:00+02:00", date(2019, 7, 3)),
        ("woensdag 3 juli 2019", date(2019, 7, 3)),
        ("za 5 okt. 2019", date(2019, 10, 5)),
        ("23/11/2026", date(2026, 11, 23)),
        ("eergisteren", None),
    ],
)
def test_a_moment_is_the_day_it_is_in_the_netherlands(written: str, day: date | None) -> None:
    (entry,) = parse(rss(f"<title>x</title><pubDate>{written}</pubDate>"), now=NOW)
    assert entry.published_on == day


def test_an_id_used_twice_names_nothing_and_the_address_does() -> None:
    assert [(entry.key, entry.title) for entry in read("ids.xml")] == [
        ("https://a.example/1", "Eerste"),
        ("https://a.example/2", "Tweede"),
        ("9", "Negende"),
    ]


def test_entity_tricks_neither_grow_nor_read_files() -> None:
    entries = read("lol.xml")
    assert sum(len(entry.title + entry.summary) for entry in entries) < 100
    assert "root:" not in repr(entries)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty: look at the address in a browser and give that of the feed"),
        (b" \n", "is empty: look at the address in a browser and give that of the feed"),
        (b"<html><p>hi</html>", "is not a feed: look at the address in a browser and give that of the feed"),
        (b"/etc/passwd", "is not a feed: look at the address in a browser and give that of the feed"),
        (b"http://127.0.0.1/", "is not a feed: look at the address in a browser and give that of the feed"),
        (b"[]", "is not a feed: look at the address in a browser and give that of the feed"),
        (b"{}", "is JSON, but not a JSON Feed: look at the address in a browser and give that of the feed"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(body, now=NOW)
    assert str(caught.value) == message


@pytest.mark.parametrize("body", [b'{"version": ', b'{"a":' * 100_000])
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(FeedError, match=r"^is not a feed, and broken JSON \("):
        parse(body, now=NOW)


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss("<title>geheim</title>"))
    with pytest.raises(FeedError, match="is not a feed"):
        parse(str(path).encode(), now=NOW)


def test_no_more_than_two_hundred_entries_are_taken() -> None:
    body = rss(*(f"<guid>{number}</guid><title>{number}</title>" for number in range(1000)))
    assert [entry.title for entry in parse(body, now=NOW)] == [str(number) for number in range(200)]


def test_markup_that_never_ends_is_cut_before_it_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []

    def clean(text: str, **more: object) -> str:
        cleaned.append(len(text))
        return whole(text, **more)

    whole = parsing.nh3.clean
    monkeypatch.setattr(parsing.nh3, "clean", clean)
    parse(rss(f"<title>a</title><description>{'&lt;!--' * 40_000}</description>"), now=NOW)
    assert max(cleaned) == parsing.HTML_LENGTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open <b>Over</b>heid", "Open Overheid"),
        ("<p>een</p><p>twee<br>drie</p>", "een twee drie"),
        ("<script>alert(1)</script>x<style>y</style>", "x"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;x", "x"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("on\u00adzicht\u200bbaar \u202eom\u202c", "onzichtbaar om"),
        ("a\x00b\ud800c", "abc"),
        ("&lt;b&gt;x &amp;lt;b&amp;gt;", "x"),
        ("x" * 30, "x" * 19 + "…"),
    ],
)
def test_html_becomes_a_plain_line(text: str, expected: str) -> None:
    assert plain(text, 20) == expected


@hypothesis_settings(deadline=None)
@given(st.text(alphabet="<>&;/!abltgmp\"'= \n#x0", max_size=60))
def test_plain_text_holds_no_tag(text: str) -> None:
    line = plain(text, 200)
    assert not any(f"<{char}" in line for char in "abltgmpx/!?")
    assert "\n" not in line


def said_of(body: bytes) -> str:
    """Parse, and give what was wrong with the feed, or nothing."""
    try:
        entries = parse(body, now=NOW)
    except FeedError as error:
        return str(error)
    assert len({entry.key for entry in entries}) == len(entries)
    return ""


@hypothesis_settings(deadline=None)
@given(st.binary(max_size=200))
def test_parsing_gives_entries_or_says_why_not(body: bytes) -> None:
    assert said_of(body) == "" or ": look at the address in a browser" in said_of(body)


def test_spoiled_feeds_give_entries_or_say_why_not() -> None:
    dice, whole = random.Random(2018), (FEEDS / "rss.xml").read_bytes()
    for _ in range(60):
        spoiled = bytearray(whole)
        for _ in range(12):
            spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
        said = said_of(bytes(spoiled[: dice.randrange(len(spoiled))]))
        assert said == "" or ": look at the address in a browser" in said


# Mentions


def commitment(number: int, nl: str, en: str = "", **more: object) -> Commitment:
    values = {
        "plan": "2018-2020",
        "number": number,
        "title": {"nl": nl, "en": en} if en else {"nl": nl},
        "summary": {"nl": "Een zin."},
        "period": "2018-07-01/2020-06-30",
        "leads": (),
        **more,
    }
    return Commitment.model_validate(values)


COMMITMENTS = (
    commitment(1, "Open besluitvorming bij gemeenten en provincies", "Open Local Decision-Making", ogp_id="NL0032"),
    commitment(2, "Transparantie financiën decentrale politieke partijen"),
    commitment(4, "Open Parlement", summary={"nl": "Documenten worden toegankelijk volgens WCAG."}),
    commitment(6, "Open Algoritmen", "Open Algorithms"),
    commitment(7, "Project 'Dilemmalogica'", short_title={"nl": "Dilemmalogica"}),
    commitment(10, "Open aanbesteden", "Open Contracting"),
)


def found(
    title: str, summary: str = "", *, words: tuple[str, ...] = (), only: tuple[int, ...] = ()
) -> list[tuple[str, str, tuple[str, ...]]]:
    entry = Entry(id="2018-2020/bron/1", plan="2018-2020", feed="bron", title=title, summary=summary, recorded_at=NOW)
    feed = Feed(id="bron", title="Bron", address="https://bron.example/", words=words, commitments=only)
    return [(known.commitment, known.rule, known.words) for known in feeds.mentions(entry, feed, COMMITMENTS)]


def test_a_mention_names_entry_commitment_rule_and_words() -> None:
    entry = Entry(id="2018-2020/bron/1", plan="2018-2020", feed="bron", title="Over NL0032", recorded_at=NOW)
    feed = Feed(id="bron", title="Bron", address="https://bron.example/")
    assert feeds.mentions(entry, feed, COMMITMENTS) == [
        Mention(
            id="2018-2020/bron/1/01",
            plan="2018-2020",
            entry="2018-2020/bron/1",
            commitment="2018-2020/01",
            rule=Rule.OGP_ID,
            words=("NL0032",),
            state=MentionState.SUGGESTED,
            recorded_at=NOW,
        )
    ]


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("Nieuws van het OPEN PARLEMENT", "", ("2018-2020/04", "title", ("OPEN", "PARLEMENT"))),
        ("Verslag", "Het open parlements-debat", ("2018-2020/04", "title", ("open", "parlements"))),
        ("Waarom open algoritmes nodig zijn", "", ("2018-2020/06", "title", ("open", "algoritmes"))),
        ("Open algorithms", "", ("2018-2020/06", "title", ("Open", "algorithms"))),
        ("Dilemmalogica in de praktijk", "", ("2018-2020/07", "title", ("Dilemmalogica",))),
        (
            "Politieke partijen: transparantie gevraagd",
            "Ook decentrale partijen krijgen regels voor hun financien.",
            (
                "2018-2020/02",
                "title-words",
                ("transparantie", "financien", "decentrale", "Politieke", "partijen"),
            ),
        ),
    ],
)
def test_titles_are_found_with_inflections_compounds_and_accents(
    title: str, summary: str, expected: tuple[str, str, tuple[str, ...]]
) -> None:
    assert found(title, summary) == [expected]


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Open dag bij het parlement", ""),
        ("Algoritmen en open data", ""),
        ("Heropen parlement", ""),
        ("Gemeenten en provincies openen loket", "Besluitvorming volgt"),
        ("Politieke partijen vragen transparantie", ""),
        ("", ""),
    ],
)
def test_what_only_looks_like_a_title_is_not_suggested(title: str, summary: str) -> None:
    assert found(title, summary) == []


def test_a_feed_with_words_is_read_for_those_words_only() -> None:
    assert found("Open Contracting in Kenya", words=("Nederland", "Dutch")) == []
    assert found("Open Contracting in Nederland", words=("Nederland", "Dutch")) == [
        ("2018-2020/10", "title", ("Open", "Contracting"))
    ]
    assert found("Nieuws uit Nederland", words=("Nederland", "Dutch")) == []


def test_words_of_a_feed_are_enough_for_the_one_commitment_it_names() -> None:
    assert found("Algoritmeregister gestart", words=("algoritme",), only=(6,)) == [
        ("2018-2020/06", "feed-words", ("Algoritmeregister",))
    ]
    assert found("Wobverzoek", words=("Wob",), only=(6,)) == [("2018-2020/06", "feed-words", ("Wobverzoek",))]
    assert found("Wob-verzoek", words=("Wob",), only=(6,)) == [("2018-2020/06", "feed-words", ("Wob",))]


def test_words_of_a_feed_for_more_commitments_count_where_the_commitment_uses_them() -> None:
    assert found("Onderzoek naar WCAG en partijen", words=("WCAG",), only=(2, 4)) == [
        ("2018-2020/04", "feed-words", ("WCAG",))
    ]
    assert found("Open algoritmen en WCAG", words=("WCAG",), only=(2, 4)) == [("2018-2020/04", "feed-words", ("WCAG",))]


def test_one_entry_may_concern_more_commitments() -> None:
    assert [known[0] for known in found("Open Parlement en Open Algoritmen")] == ["2018-2020/04", "2018-2020/06"]


# Bounds


def test_of_a_long_feed_only_the_entries_that_count_are_parsed() -> None:
    long = rss(*(f"<title>{number}</title>" for number in range(5)))
    assert shortened(long, 2) == rss("<title>0</title>", "<title>1</title>")
    assert shortened(long, 5) == long
    assert shortened(b"<feed><entry>1</entry ><atom:entry>2</atom:entry><entry/></feed>", 1) == (
        b"<feed><entry>1</entry ><entry/></feed>"
    )


def test_tags_within_tags_are_counted_before_they_are_parsed() -> None:
    assert too_much(b"<a>" * 20_000) is None
    assert too_much(b"<a>" * 20_001) == "has more than 20000 tags within each other"
    assert too_much(b"<a></a><b/><br >" * 15_000) is None
    assert too_much(b"<" * 300_000) is None
    assert too_much(b"<" * 300_001) == "has more than 300000 tags"


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "cp037", "cp500"])
def test_tags_are_counted_in_every_character_set(charset: str) -> None:
    deep = f"<?xml version='1.0' encoding='{charset}'?><rss version='2.0'><channel>{'<a>' * 20_001}".encode(charset)
    with pytest.raises(FeedError, match=r"^has more than 20000 tags within each other: ask its publisher"):
        parse(deep, now=NOW, content_type=f"application/xml; charset={charset}")


# Polling


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def with_feeds(storage: Storage, shipped: models.PlanFolder, *found: Feed) -> None:
    """Put a plan in the database that has these feeds."""
    folder = shipped.model_copy(update={"feeds": found})
    storage.replace_folder(folder, [])


def feed(server: HostileServer, path: str, **more: object) -> Feed:
    values = {"id": path.strip("/"), "title": path.strip("/"), "address": server.url(path), **more}
    return Feed.model_validate(values)


def poll(
    storage: Storage,
    server: HostileServer,
    *,
    now: datetime = NOW,
    today: date = RUNNING,
    force: bool = False,
    seconds: float = 5.0,
) -> list[str]:
    """Read the feeds with a guard that opens the server; give the lines said, sorted."""
    said: list[str] = []

    async def visit() -> None:
        async with Guard(allow_hosts=[server.host], seconds=seconds) as guard:
            await feeds.read_feeds(storage, guard=guard, now=now, today=today, force=force, say=said.append)

    asyncio.run(visit())
    return sorted(said)


def state_of(storage: Storage, name: str) -> FeedState:
    found = storage.get(FeedState, plan="2018-2020", feed=name)
    assert found
    return found


PARLEMENT = "<guid isPermaLink='false'>1</guid><title>Open Parlement</title><link>https://a.example/1</link>"


def test_a_poll_stores_entries_mentions_and_state(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/goed", interval_hours=6))
    server.pages["/goed"] = Reply(rss(PARLEMENT), headers={"ETag": '"1"', "Last-Modified": "then"})
    assert poll(storage, server) == ["goed: 1 new entry, 1 suggestion"]
    (entry,) = storage.all(Entry)
    assert entry == Entry(
        id="2018-2020/goed/6b86b273ff34fce1",
        plan="2018-2020",
        feed="goed",
        title="Open Parlement",
        address="https://a.example/1",
        recorded_at=NOW,
    )
    (mention,) = storage.all(Mention)
    assert (mention.entry, mention.commitment, mention.rule) == (entry.id, "2018-2020/04", "title")
    assert state_of(storage, "goed") == FeedState(
        feed="goed",
        plan="2018-2020",
        address=server.url("/goed"),
        etag='"1"',
        modified="then",
        last_tried_at=NOW,
        last_success_at=NOW,
        last_entry_at=NOW,
        next_at=NOW + timedelta(hours=6),
    )


def test_an_entry_is_stored_once_and_keeps_its_first_version(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/goed"))
    server.pages["/goed"] = Reply(rss(PARLEMENT))
    poll(storage, server)
    assert poll(storage, server, force=True) == ["goed: 0 new entries, 0 suggestions"]
    assert storage.all(Entry)[0].changed_at is None
    server.pages["/goed"] = Reply(rss(PARLEMENT.replace("Parlement", "Kamer")))
    for hours in (1, 2):
        poll(storage, server, now=NOW + timedelta(hours=hours), force=True)
    (entry,) = storage.all(Entry)
    assert (entry.title, entry.recorded_at, entry.changed_at) == ("Open Parlement", NOW, NOW + timedelta(hours=1))


def test_half_a_character_in_a_feed_is_left_out(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    item = '{"id": "\\ud800", "title": "Open \\ud800Parlement", "url": "https://a.example/\\ud800"}'
    body = '{"version": "https://jsonfeed.org/version/1", "items": [' + item + "]}"
    server.pages["/half"] = Reply(body.encode())
    with_feeds(storage, shipped, feed(server, "/half"))
    assert poll(storage, server) == ["half: 1 new entry, 1 suggestion"]
    assert [(entry.title, entry.address) for entry in storage.all(Entry)] == [("Open Parlement", None)]


def test_a_new_id_for_the_same_entry_makes_no_second_one(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/goed"))
    server.pages["/goed"] = Reply(rss(PARLEMENT, PARLEMENT.replace(">1<", ">2<")))
    assert poll(storage, server) == ["goed: 1 new entry, 1 suggestion"]
    server.pages["/goed"] = Reply(rss(PARLEMENT.replace(">1<", ">3<")))
    assert poll(storage, server, force=True) == ["goed: 0 new entries, 0 suggestions"]


def test_a_dismissed_mention_stays_dismissed(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/goed"))
    server.pages["/goed"] = Reply(rss(PARLEMENT))
    poll(storage, server)
    (mention,) = storage.all(Mention)
    storage.put(mention.model_copy(update={"state": MentionState.DISMISSED}))
    poll(storage, server, force=True)
    assert [known.state for known in storage.all(Mention)] == [MentionState.DISMISSED]


def test_a_feed_is_asked_whether_it_changed_and_not_before_its_time(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    def page(request: Seen) -> Reply:
        known = (request.headers.get("if-none-match"), request.headers.get("if-modified-since")) == ('"1"', "then")
        return Reply(status=304) if known else Reply(rss(PARLEMENT), headers={"ETag": '"1"', "Last-Modified": "then"})

    with_feeds(storage, shipped, feed(server, "/goed", interval_hours=6))
    server.pages["/goed"] = page
    poll(storage, server)
    assert poll(storage, server, now=NOW + timedelta(hours=5)) == ["goed: not read before 2026-11-23 18:00 UTC"]
    later = NOW + timedelta(hours=6)
    assert poll(storage, server, now=later) == ["goed: 0 new entries, 0 suggestions"]
    assert len(server.asked("/goed")) == 2
    state = state_of(storage, "goed")
    assert (state.etag, state.modified, state.last_success_at, state.last_entry_at) == ('"1"', "then", later, NOW)


def test_sick_feeds_are_recorded_and_stop_nothing(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages |= {
        "/500": Reply(b"oh", 500),
        "/html": Reply(b"<html><p>hi</html>", headers={"Content-Type": "text/html"}),
        "/leeg": Reply(b""),
        "/druppel": Reply(b"<rss>", drips=True),
        "/bom": gzip_bomb(6_000_000),
        "/binnen": Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        "/429": Reply(status=429, headers={"Retry-After": "36000"}),
        "/410": Reply(status=410),
        "/goed": Reply(rss(PARLEMENT)),
    }
    with_feeds(storage, shipped, *(feed(server, path) for path in [*server.pages, "/weg"]))
    at = server.url
    errors = {
        "500": f"{at('/500')}: answered 500: wait for the next try; if this lasts, look at the address in a browser",
        "html": f"{at('/html')}: is not a feed: look at the address in a browser and give that of the feed",
        "leeg": f"{at('/leeg')}: is empty: look at the address in a browser and give that of the feed",
        "druppel": f"{at('/druppel')}: no whole answer in 0.5 seconds: wait for the next try",
        "bom": f"{at('/bom')}: is larger than 5242880 bytes: give the address of a smaller part",
        "binnen": "127.0.0.1: is not on the public internet: give a public address",
        "429": f"{at('/429')}: answered 429 and asks to wait 10:00:00: wait for the next try",
        "410": f"{at('/410')}: answered 410, gone for good: give its new address",
        "weg": f"{at('/weg')}: answered 404: look at the address in a browser",
    }
    said = poll(storage, server, seconds=0.5)
    assert said == sorted([*(f"{name}: {error}" for name, error in errors.items()), "goed: 1 new entry, 1 suggestion"])
    assert {state.feed: state.error for state in storage.all(FeedState) if state.error} == errors
    assert {state.feed: state.next_at for state in storage.all(FeedState)} == {
        **dict.fromkeys(errors, NOW + timedelta(hours=2)),
        "429": NOW + timedelta(hours=10),
        "410": None,
        "goed": NOW + timedelta(hours=6),
    }


def test_a_feed_that_is_gone_is_asked_again_only_when_told_to(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/410"))
    server.pages["/410"] = Reply(status=410)
    said = [f"410: {server.url('/410')}: answered 410, gone for good: give its new address"]
    assert poll(storage, server) == said
    assert poll(storage, server, now=NOW + timedelta(days=400)) == said
    assert len(server.asked("/410")) == 1
    server.pages["/410"] = Reply(rss(PARLEMENT))
    assert poll(storage, server, force=True) == ["410: 1 new entry, 1 suggestion"]
    assert (state_of(storage, "410").failures, state_of(storage, "410").error) == (0, None)


def test_what_was_learnt_of_an_old_address_does_not_count_for_the_new_one(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/oud"] = Reply(rss(PARLEMENT), headers={"ETag": '"1"'})
    server.pages["/nieuw"] = Reply(rss(PARLEMENT))
    with_feeds(storage, shipped, feed(server, "/oud", id="nieuws", title="nieuws"))
    poll(storage, server)
    server.pages["/oud"] = Reply(status=410)
    poll(storage, server, now=NOW + timedelta(hours=1), force=True)
    with_feeds(storage, shipped, feed(server, "/nieuw", id="nieuws", title="nieuws"))
    assert poll(storage, server, now=NOW + timedelta(hours=2)) == ["nieuws: 0 new entries, 0 suggestions"]
    assert "if-none-match" not in server.asked("/nieuw")[0].headers
    state = state_of(storage, "nieuws")
    assert (state.address, state.failures, state.last_entry_at) == (server.url("/nieuw"), 0, NOW)


def test_a_mark_that_is_long_is_not_kept(storage: Storage, shipped: models.PlanFolder, server: HostileServer) -> None:
    with_feeds(storage, shipped, feed(server, "/goed"))
    server.pages["/goed"] = Reply(rss(PARLEMENT), headers={"ETag": "x" * 501, "Last-Modified": "x" * 500})
    poll(storage, server)
    state = state_of(storage, "goed")
    assert (state.etag, state.modified) == (None, "x" * 500)


def test_what_nobody_foresaw_stays_with_its_feed(
    storage: Storage,
    shipped: models.PlanFolder,
    server: HostileServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(apart, "CHILD", BREAKING)
    server.pages |= {"/goed": Reply(rss(PARLEMENT)), "/vreemd": Reply(rss("<title>x</title>"))}
    with_feeds(storage, shipped, feed(server, "/goed"), feed(server, "/vreemd"))
    error = f"{server.url('/vreemd')}: cannot be read (ZeroDivisionError): report this with the log"
    assert poll(storage, server) == ["goed: 1 new entry, 1 suggestion", f"vreemd: {error}"]
    assert (state_of(storage, "vreemd").error, state_of(storage, "vreemd").failures) == (error, 1)
    assert [record.getMessage() for record in caplog.records] == ["feed vreemd of 2018-2020"]


def test_failures_double_the_wait_up_to_a_day() -> None:
    state, waits = FeedState(feed="f", plan="p"), []
    for _ in range(7):
        state = failed(state, FetchError("x"), now=NOW)
        assert state.next_at
        waits.append((state.next_at - NOW) / timedelta(hours=1))
    assert (waits, state.failures, state.last_success_at) == ([2, 4, 8, 16, 24, 24, 24], 7, None)
    soon = failed(FeedState(feed="f", plan="p"), FetchError("x", retry_after=timedelta(minutes=1)), now=NOW)
    assert soon.next_at == NOW + timedelta(hours=2)


def test_a_lasting_redirect_is_remembered_until_it_ends(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    with_feeds(storage, shipped, feed(server, "/oud"))
    server.pages["/oud"] = Reply(status=308, headers={"Location": "/nieuw"})
    server.pages["/nieuw"] = Reply(rss(PARLEMENT))
    assert poll(storage, server) == ["oud: 1 new entry, 1 suggestion"]
    assert state_of(storage, "oud").moved_to == server.url("/nieuw")
    server.pages["/oud"] = Reply(rss(PARLEMENT))
    poll(storage, server, force=True)
    assert state_of(storage, "oud").moved_to is None


def test_dead_feeds_and_those_of_a_closed_plan_are_not_read(
    storage: Storage, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/goed"] = server.pages["/later"] = Reply(rss(PARLEMENT))
    dead = feed(server, "/dood", dead={"nl": "Bestaat niet meer."})
    with_feeds(storage, shipped, dead, feed(server, "/goed"), feed(server, "/later", after_plan=True))
    assert poll(storage, server, today=CLOSED, force=True) == [
        "dood: dead, not read",
        "goed: the plan is closed, not read",
        "later: 1 new entry, 1 suggestion",
    ]
    assert {request.path for request in server.seen} == {"/robots.txt", "/later"}


def test_the_command_and_the_job_read_what_is_due(
    settings: Settings, shipped: models.PlanFolder, server: HostileServer
) -> None:
    server.pages["/goed"] = Reply(rss(PARLEMENT))
    with Storage(settings.database) as storage:
        with_feeds(storage, shipped, feed(server, "/goed"))
    told = replace(settings, allow_hosts=(server.host,), today=RUNNING)
    said: list[str] = []
    assert feeds.poll(told, force=True, say=said.append) == 1
    assert said == ["goed: 1 new entry, 1 suggestion"]
    assert feeds.run(told) == 0
    assert len(server.asked("/goed")) == 1
