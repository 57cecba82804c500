"""Fetching: what may be visited, how much is read, and what a hostile server can do."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from protego import Protego

from monitor.fetch import FEED_LIMIT, ROBOT, Answer, FetchError, Guard, fetch, is_public
from monitor.fetch.bodies import read_body
from monitor.fetch.guard import Robots
from monitor.fetch.visiting import next_url
from monitor.settings import Settings
from tests.hostile_server import HostileServer, Reply, Seen, gzip_bomb, hostile_server
from tests.leaping import leaping

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def get(address: str, *, server: HostileServer | None = None, limit: int = FEED_LIMIT, **guard: object) -> Answer:
    """Fetch with a guard that opens the server's own address."""
    hosts = (server.host,) if server else ()
    given = {"allow_hosts": hosts, "seconds": 5.0, "pause": 0.0, **guard}

    async def visit() -> Answer:
        async with Guard(**given) as opened:  # type: ignore[arg-type]
            return await fetch(address, guard=opened, now=NOW, limit=limit)

    return asyncio.run(visit())


def refusal(address: str, **given: object) -> str:
    with pytest.raises(FetchError) as caught:
        get(address, **given)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_answer_carries_address_status_headers_body_hash_and_time(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"<rss/>", headers={"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})
    answer = get(server.url("/feed"), server=server)
    assert (answer.asked, answer.address, answer.status) == (server.url("/feed"), server.url("/feed"), 200)
    assert (answer.body, answer.sha256) == (b"<rss/>", hashlib.sha256(b"<rss/>").hexdigest())
    assert (answer.headers["etag"], answer.fetched_at) == ('"1"', NOW)
    assert (answer.permanent_redirect, answer.retry_after, answer.redirect) == (None, None, None)
    assert answer.require_success() is answer


def test_it_says_who_asks_and_how_to_reach_them(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    get(server.url("/feed"), server=server, contact="monitor@example.nl\r\nX-Evil: 1")
    request = server.asked("/feed")[0]
    assert request.headers["user-agent"] == f"{ROBOT}/0.1.0 (+monitor@example.nl X-Evil: 1)"
    assert request.headers["host"] == server.host
    assert "x-evil" not in request.headers


def test_settings_make_the_guard() -> None:
    async def agent(settings: Settings) -> tuple[str, bool]:
        async with Guard.of(settings) as guard:
            return guard.agent, guard.opens("127.0.0.1", 8123)

    assert asyncio.run(agent(Settings())) == (f"{ROBOT}/0.1.0", False)
    told = Settings(contact="monitor@example.nl", allow_hosts=("127.0.0.1:8123",))
    assert asyncio.run(agent(told)) == (f"{ROBOT}/0.1.0 (+monitor@example.nl)", True)


def test_a_conditional_request_may_be_answered_with_304(server: HostileServer) -> None:
    def page(request: Seen) -> Reply:
        known = request.headers.get("if-none-match") == '"1"' and request.headers.get("if-modified-since") == "then"
        return Reply(status=304) if known else Reply(b"new")

    server.pages["/feed"] = page

    async def visit() -> Answer:
        async with Guard(allow_hosts=[server.host]) as guard:
            return await fetch(server.url("/feed"), guard=guard, now=NOW, etag='"1"', modified="then")

    answer = asyncio.run(visit())
    assert (answer.status, answer.is_unchanged, answer.body) == (304, True, b"")


def test_an_etag_that_cannot_be_sent_back_is_left_out(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"new")

    async def visit() -> Answer:
        async with Guard(allow_hosts=[server.host]) as guard:
            return await fetch(server.url("/feed"), guard=guard, now=NOW, etag='"é"')

    assert asyncio.run(visit()).status == 200
    assert "if-none-match" not in server.asked("/feed")[0].headers


PUBLIC = ["145.100.1.1", "2002:9164:101::", "2a00:1450:400e::1", "::ffff:145.100.1.1", "64:ff9b::9164:101"]
PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::145.100.1.1",
    "::ffff:0:127.0.0.1",
    "100::1",
    "2001::1",
    "2002:c0a8:101::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "::ffff:127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_taken(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_off_the_public_internet_are_refused(address: str) -> None:
    assert not is_public(address)

    async def resolve(host: str, port: int) -> list[str]:
        return [address]

    assert refusal("http://feeds.example/rss", resolve=resolve) == (
        "feeds.example: is not on the public internet: give a public address"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_in_every_spelling(host: str, server: HostileServer) -> None:
    port = server.host.partition(":")[2]
    assert ": is not on the public internet: give a public address" in refusal(f"http://{host}:{port}/feed")
    assert server.seen == []


def test_the_allow_list_opens_one_port_only(server: HostileServer) -> None:
    message = refusal("http://127.0.0.1:1/feed", server=server)
    assert message == ("127.0.0.1: is not on the public internet: give a public address")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://example.nl/x", "leads to 'ftp://example.nl/x', which is neither http nor https: give a web address"),
        ("file:///etc/passwd", "leads to 'file:///etc/passwd', which is neither http nor https: give a web address"),
        ("example.nl", "leads to 'example.nl', which is neither http nor https: give a web address"),
        ("http://", "leads to 'http://', which is neither http nor https: give a web address"),
        ("http://me:secret@example.nl/", "carries a name or password: give an address that everyone may read"),
        ("http://a:b:c/", "is no address (Invalid port: 'b:c'): write it as https://example.nl/feed"),
    ],
)
def test_what_is_no_public_web_address_is_refused(address: str, message: str) -> None:
    assert refusal(address) == f"{address}: {message}"


def test_a_host_that_cannot_be_found_says_so() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert refusal("http://nowhere.example/rss", resolve=resolve) == (
        "nowhere.example: cannot be found (no such name): check the name of the host"
    )


def test_the_checked_address_is_the_one_connected_to(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    port = server.host.partition(":")[2]
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    get(f"http://feeds.example:{port}/feed", server=server, resolve=rebinding)
    assert [request.headers["host"] for request in server.seen] == [f"feeds.example:{port}"] * 2
    assert asked == ["feeds.example"]


def test_of_mixed_addresses_only_public_ones_are_visited() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["10.0.0.1", "145.100.1.1", "::ffff:127.0.0.1", "2a00:1450:400e::1", "fe80::1"]

    async def allowed() -> list[str]:
        async with Guard(resolve=mixed) as guard:
            return await guard.addresses(httpx.URL("https://feeds.example/rss"))

    assert asyncio.run(allowed()) == ["145.100.1.1", "2a00:1450:400e::1"]


def test_the_next_address_is_tried_where_the_first_does_not_answer(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    host, _, port = server.host.partition(":")

    async def two(name: str, number: int) -> list[str]:
        return ["::1", host]

    hosts = [server.host, f"::1:{port}"]
    assert get(f"http://feeds.example:{port}/feed", allow_hosts=hosts, resolve=two).status == 200


def test_a_closed_port_is_an_error() -> None:
    message = refusal("http://127.0.0.1:1/feed", allow_hosts=["127.0.0.1:1"])
    assert message == (
        "http://127.0.0.1:1/robots.txt: cannot be read (All connection attempts failed): "
        "look at the address in a browser"
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_only_lasting_ones_are_told(status: int, server: HostileServer) -> None:
    server.pages["/old"] = Reply(status=status, headers={"Location": "/new#part"})
    server.pages["/new"] = Reply(b"here")
    answer = get(server.url("/old"), server=server)
    assert (answer.asked, answer.address, answer.body) == (server.url("/old"), server.url("/new"), b"here")
    assert answer.permanent_redirect == (server.url("/new") if status in (301, 308) else None)


def test_a_redirect_lasts_up_to_the_first_one_that_does_not(server: HostileServer) -> None:
    server.pages["/1"] = Reply(status=301, headers={"Location": "/2"})
    server.pages["/2"] = Reply(status=302, headers={"Location": "/3"})
    server.pages["/3"] = Reply(status=301, headers={"Location": "/4"})
    server.pages["/4"] = Reply(b"here")
    answer = get(server.url("/1"), server=server)
    assert (answer.address, answer.permanent_redirect) == (server.url("/4"), server.url("/2"))


def test_more_than_five_redirects_are_refused(server: HostileServer) -> None:
    for number in range(9):
        server.pages[f"/{number}"] = Reply(status=302, headers={"Location": f"/{number + 1}"})
    message = f"{server.url('/0')}: more than 5 redirects: give the address where they end"
    assert refusal(server.url("/0"), server=server) == message
    assert len(server.seen) == 7  # robots.txt and six pages


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:1/x", "http://10.0.0.1/x", "http://[::1]/x", "http://169.254.169.254/"]
)
def test_a_redirect_off_the_public_internet_is_refused(place: str, server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=302, headers={"Location": place})
    assert ": is not on the public internet: give a public address" in refusal(server.url("/feed"), server=server)


@pytest.mark.parametrize("place", ["file:/etc/passwd", "javascript:alert(1)", "gopher://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(place: str, server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=302, headers={"Location": place})
    assert refusal(server.url("/feed"), server=server) == (
        f"{server.url('/feed')}: leads to '{place}', which is neither http nor https: give a web address"
    )


def test_a_redirect_to_an_endless_address_is_refused(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=302, headers={"Location": "/" + "x" * 3000})
    length = len(server.url("/")) + 3000
    message = f"{server.url('/feed')}: leads to an address of {length} characters: give a shorter one"
    assert refusal(server.url("/feed"), server=server) == message


ODD_PLACES = ["http://[", "//[::1", "http://a:99999999/", "http://xn--a.example", "HTTP://XN--0", "\x00", "http:"]


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.text() | st.sampled_from(ODD_PLACES))
def test_whatever_a_redirect_names_is_an_address_or_refused(location: str) -> None:
    said = ""
    try:
        found = next_url(httpx.URL("https://feeds.example/rss"), location, "asked")
    except FetchError as error:
        said = str(error)
    assert said.startswith("asked: ") if said else found.scheme in ("http", "https") and found.host


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_other_statuses_are_answers_without_a_body(status: int, server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"<html>sorry</html>", status)
    answer = get(server.url("/feed"), server=server)
    assert (answer.status, answer.body, answer.is_gone) == (status, b"", status == 410)
    with pytest.raises(FetchError) as caught:
        answer.require_success()
    lasting = "wait for the next try; if this lasts, " if status in (429, 500, 503) else ""
    what = "gone for good: give its new address" if status == 410 else f"{lasting}look at the address in a browser"
    start = f"{server.url('/feed')}: answered {status}"
    assert str(caught.value) == (f"{start}, {what}" if status == 410 else f"{start}: {what}")
    assert caught.value.gone == (status == 410)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("9" * 5000, timedelta(hours=24)),
        ("Mon, 23 Nov 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Mon, 23 Nov 2026 13:00:00 -0000", timedelta(hours=1)),
        ("Fri, 01 Jan 2100 00:00:00 GMT", timedelta(hours=24)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("Mon, 23 Nov 99999999999999999999 13:00:00 GMT", None),
        ("Mon, 23 Nov 2026 13:00:00 +99999999999999999999", None),
        ("-5", None),
    ],
)
def test_retry_after_is_told_up_to_a_day(text: str, wait: timedelta | None, server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=429, headers={"Retry-After": text})
    answer = get(server.url("/feed"), server=server)
    assert answer.retry_after == wait
    with pytest.raises(FetchError) as caught:
        answer.require_success()
    assert caught.value.retry_after == wait


def test_a_body_over_the_limit_is_refused(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x" * 1001)
    server.pages["/just"] = Reply(b"x" * 1000)
    assert refusal(server.url("/feed"), server=server, limit=1000) == (
        f"{server.url('/feed')}: is larger than 1000 bytes: give the address of a smaller part"
    )
    assert len(get(server.url("/just"), server=server, limit=1000).body) == 1000


def test_a_gzip_bomb_is_counted_unpacked(server: HostileServer) -> None:
    bomb = gzip_bomb(20_000_000)
    server.pages["/feed"] = bomb
    assert len(bomb.body) < 30_000
    assert "is larger than 100000 bytes" in refusal(server.url("/feed"), server=server, limit=100_000)


def test_gzip_is_unpacked_and_broken_gzip_refused(server: HostileServer) -> None:
    packed, header = gzip.compress(b"<rss/>" * 50), {"Content-Encoding": "gzip"}
    server.pages["/whole"] = Reply(packed, headers=header)
    server.pages["/cut"] = Reply(packed[:-9], headers=header)
    server.pages["/none"] = Reply(b"<rss/>", headers=header)
    server.pages["/other"] = Reply(b"<rss/>", headers={"Content-Encoding": "br"})
    assert get(server.url("/whole"), server=server).body == b"<rss/>" * 50
    assert refusal(server.url("/cut"), server=server).endswith("/cut: its gzip breaks off: wait for the next try")
    assert "its gzip is broken (" in refusal(server.url("/none"), server=server)
    assert refusal(server.url("/other"), server=server).endswith(
        "/other: is packed as 'br', not as gzip: ask its publisher to repair that"
    )


PARTS = gzip.compress(b"<rss>") + gzip.compress(b"") + gzip.compress(b"</rss>")


def unpacked(packed: bytes, *, at_once: int, limit: int = 1000) -> bytes:
    """Read a body that comes in so many bytes at once."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(packed), at_once):
            yield packed[start : start + at_once]

    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=pieces())
    return asyncio.run(read_body(httpx.URL("http://a.example/"), answer, limit))


@pytest.mark.parametrize("at_once", [1, 7, 26, 1000])
def test_gzip_of_several_parts_is_read_to_its_end(at_once: int) -> None:
    assert unpacked(PARTS, at_once=at_once) == b"<rss></rss>"
    assert unpacked(PARTS + b"\0" * 600, at_once=at_once) == b"<rss></rss>"
    assert unpacked(PARTS + b"\x1f", at_once=at_once) == b"<rss></rss>"
    with pytest.raises(FetchError, match=r"^http://a\.example/: its gzip breaks off: wait for the next try$"):
        unpacked(PARTS[:-3], at_once=at_once)
    with pytest.raises(FetchError, match=r"^http://a\.example/: its gzip is broken \("):
        unpacked(PARTS + b"\x1f\x8bx" + b"\0" * 60, at_once=at_once)
    with pytest.raises(FetchError, match=r"^http://a\.example/: is larger than 10 bytes: "):
        unpacked(PARTS, at_once=at_once, limit=10)


def test_gzip_of_parts_without_end_is_refused() -> None:
    with pytest.raises(FetchError, match=r": its gzip has more than 1000 parts: ask its publisher to repair that$"):
        unpacked(gzip.compress(b"") * 1001, at_once=20_000)


def test_what_follows_the_end_of_gzip_is_not_read(server: HostileServer) -> None:
    header = {"Content-Encoding": "gzip"}
    server.pages["/endless"] = Reply(gzip.compress(b"<rss/>") + b"x", headers=header, drips=True)
    assert get(server.url("/endless"), server=server).body == b"<rss/>"


def test_gzip_that_unpacks_to_nothing_is_counted_too(server: HostileServer) -> None:
    nothing = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0\0\0\xff\xff" * 20_000
    server.pages["/feed"] = Reply(nothing, headers={"Content-Encoding": "gzip"})
    server.pages["/less"] = Reply(nothing[:1000], headers={"Content-Encoding": "gzip"})
    assert "/feed: is larger than 1000 bytes" in refusal(server.url("/feed"), server=server, limit=1000)
    assert "/less: its gzip breaks off" in refusal(server.url("/less"), server=server, limit=1000)


def test_a_body_shorter_than_announced_is_an_error(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"<rss", headers={"Content-Length": "100"})
    assert "cannot be read (peer closed connection" in refusal(server.url("/feed"), server=server)


@pytest.mark.parametrize("path", ["/feed", "/robots.txt"])
def test_an_endless_drip_ends_in_time(path: str, server: HostileServer) -> None:
    server.pages[path] = Reply(b"<rss>", drips=True)
    message = refusal(server.url("/feed"), server=server, seconds=0.3)
    assert message == f"{server.url('/feed')}: no whole answer in 0.3 seconds: wait for the next try"


def test_robots_are_asked_once_and_obeyed(server: HostileServer) -> None:
    server.pages["/robots.txt"] = Reply(f"User-agent: {ROBOT}\nDisallow: /private\n\nUser-agent: *\nAllow: /".encode())
    server.pages["/feed"] = server.pages["/private/feed"] = Reply(b"x")

    async def visit() -> str:
        async with Guard(allow_hosts=[server.host]) as guard:
            await fetch(server.url("/feed"), guard=guard, now=NOW)
            with pytest.raises(FetchError) as caught:
                await fetch(server.url("/private/feed"), guard=guard, now=NOW)
            return str(caught.value)

    assert asyncio.run(visit()) == (
        f"{server.url('/private/feed')}: robots.txt asks robots to stay away: ask its publisher, or read it by hand"
    )
    assert [request.path for request in server.seen] == ["/robots.txt", "/feed"]


def test_robots_hold_for_redirects_too(server: HostileServer) -> None:
    server.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private")
    server.pages["/feed"] = Reply(status=302, headers={"Location": "/private"})
    assert "robots.txt asks robots to stay away" in refusal(server.url("/feed"), server=server)


def test_robots_that_move_are_followed_and_ones_that_fail_allow_nothing(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    server.pages["/robots.txt"] = Reply(status=301, headers={"Location": "/elsewhere"})
    assert get(server.url("/feed"), server=server).status == 200
    server.pages["/robots.txt"] = Reply(status=503, headers={"Retry-After": "60"})
    with pytest.raises(FetchError) as caught:
        get(server.url("/feed"), server=server)
    assert str(caught.value) == (
        f"{server.url('/robots.txt')}: answered 503, so nothing may be read: wait for the next try"
    )
    assert caught.value.retry_after == timedelta(seconds=60)


def test_robots_are_kept_for_a_day(server: HostileServer) -> None:
    server.pages["/robots.txt"], server.pages["/feed"] = Reply(b"User-agent: *\nDisallow: /private"), Reply(b"x")
    robots = Robots()

    async def visit(hours: int) -> int:
        async with Guard(allow_hosts=[server.host], robots=robots) as guard:
            await fetch(server.url("/feed"), guard=guard, now=NOW + timedelta(hours=hours))
        return len(server.asked("/robots.txt"))

    assert [asyncio.run(visit(hours)) for hours in (0, 6, 23, 24, 25, -1)] == [1, 1, 1, 2, 2, 3]


def test_a_run_knows_the_robots_of_earlier_runs_of_its_data_folder(tmp_path: Path) -> None:
    async def robots(folder: str) -> Robots:
        async with Guard.of(Settings(data=tmp_path / folder)) as guard:
            return guard.robots

    one = asyncio.run(robots("one"))
    assert asyncio.run(robots("one")) is one
    assert asyncio.run(robots("two")) is not one


def test_of_many_origins_the_oldest_make_room() -> None:
    robots, rules = Robots(), Protego.parse("")
    for number in range(300):
        robots.keep(f"http://{number}.example:80", rules, NOW)
    assert [robots.get(f"http://{number}.example:80", NOW) is rules for number in (0, 43, 44, 299)] == [
        False,
        False,
        True,
        True,
    ]


def test_of_long_robots_the_first_half_megabyte_counts(server: HostileServer) -> None:
    rules = "User-agent: *\nDisallow: /private\n" + "#" * 524_288 + "\nDisallow: /feed\n"
    server.pages["/robots.txt"], server.pages["/feed"] = Reply(rules.encode()), Reply(b"x")
    assert get(server.url("/feed"), server=server).body == b"x"
    assert "robots.txt asks robots to stay away" in refusal(server.url("/private"), server=server)


def test_robots_are_asked_once_by_those_who_come_together(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")

    async def visits() -> None:
        async with Guard(allow_hosts=[server.host]) as guard:
            await asyncio.gather(*(fetch(server.url("/feed"), guard=guard, now=NOW) for _ in range(3)))

    asyncio.run(visits())
    assert sorted(request.path for request in server.seen) == ["/feed", "/feed", "/feed", "/robots.txt"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_to_wait_is_left_alone_for_the_run(status: int, server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=status, headers={"Retry-After": "36000"})
    port = server.host.partition(":")[2]

    async def visits() -> FetchError:
        async with Guard(allow_hosts=[server.host], pause=0.0, resolve=loopback) as guard:
            await fetch(f"http://feeds.example:{port}/feed", guard=guard, now=NOW)
            await fetch(f"http://other.example:{port}/more", guard=guard, now=NOW)
            with pytest.raises(FetchError) as caught:
                await fetch(f"http://feeds.example:{port}/more", guard=guard, now=NOW)
            return caught.value

    error = asyncio.run(visits())
    assert str(error) == f"http://feeds.example:{port}/more: feeds.example asked to wait: wait for the next try"
    assert error.retry_after == timedelta(hours=10)
    assert [request.headers["host"] for request in server.asked("/more")] == [f"other.example:{port}"]


def test_a_host_that_asks_to_wait_is_left_alone_by_redirects_and_those_in_line(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(status=503, headers={"Retry-After": "3600"})
    port = server.host.partition(":")[2]
    place = f"http://feeds.example:{port}/elsewhere"
    server.pages["/old"] = Reply(status=301, headers={"Location": place})
    server.pages["/elsewhere"] = Reply(b"x")

    async def said(guard: Guard, address: str) -> str:
        with pytest.raises(FetchError) as caught:
            await fetch(address, guard=guard, now=NOW)
        return str(caught.value)

    async def visits() -> list[str]:
        async with Guard(allow_hosts=[server.host], pause=5.0, seconds=60.0, resolve=loopback) as guard:
            await fetch(f"http://feeds.example:{port}/feed", guard=guard, now=NOW)
            redirected = await said(guard, f"http://other.example:{port}/old")
            wait = guard.holds.pop("feeds.example")
            in_line = asyncio.ensure_future(said(guard, place))
            await asyncio.sleep(0)
            guard.hold(httpx.URL(place), wait)
            return [redirected, await in_line]

    told, slept = leaping(visits())
    assert told == [f"{place}: feeds.example asked to wait: wait for the next try"] * 2
    assert (slept, server.asked("/elsewhere")) == (5, [])


def test_a_host_is_visited_no_more_than_once_a_pause(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    port = server.host.partition(":")[2]

    async def visits(host: str) -> int:
        async with Guard(allow_hosts=[server.host], pause=9.0, seconds=60.0, resolve=loopback) as guard:
            address = f"http://{host}:{port}/feed"
            return len(await asyncio.gather(*(fetch(address, guard=guard, now=NOW) for _ in range(3))))

    assert leaping(visits("feeds.example")) == (3, 18)
    assert leaping(visits("127.0.0.1")) == (3, 0)


@pytest.mark.parametrize(("asked", "kept_to"), [(7, 7), (3600, 10)])
def test_a_host_may_ask_for_a_longer_pause(asked: int, kept_to: int, server: HostileServer) -> None:
    server.pages["/robots.txt"] = Reply(f"User-agent: *\nCrawl-delay: {asked}".encode())
    server.pages["/feed"] = Reply(b"x")
    address = f"http://feeds.example:{server.host.partition(':')[2]}/feed"

    async def visits() -> None:
        async with Guard(allow_hosts=[server.host], pause=0.0, resolve=loopback) as guard:
            for _ in range(3):
                await fetch(address, guard=guard, now=NOW)

    # The first is visited before robots.txt is known.
    assert leaping(visits())[1] == kept_to


def test_waiting_for_a_turn_does_not_count_as_a_slow_answer(server: HostileServer) -> None:
    for number in range(6):
        server.pages[f"/{number}"] = Reply(status=302, headers={"Location": f"/{number + 1}"})
    server.pages["/5"] = Reply(b"here")
    address = f"http://feeds.example:{server.host.partition(':')[2]}/0"

    async def visit() -> bytes:
        async with Guard(allow_hosts=[server.host], pause=10.0, seconds=9.0, resolve=loopback) as guard:
            return (await fetch(address, guard=guard, now=NOW)).body

    assert leaping(visit()) == (b"here", 50)


def test_all_the_asking_counts_together(server: HostileServer) -> None:
    def slow(request: Seen) -> Reply:
        server.closing.wait(0.2)
        return Reply(status=302, headers={"Location": f"{request.path}x"})

    server.pages |= {f"/{'x' * number}": slow for number in range(6)}
    message = refusal(server.url("/"), server=server, seconds=0.5)
    assert message == f"{server.url('/')}: no whole answer in 0.5 seconds: wait for the next try"
    assert len(server.seen) < 6


def test_who_would_wait_too_long_for_a_turn_is_told_so(server: HostileServer) -> None:
    server.pages["/feed"] = Reply(b"x")
    port = server.host.partition(":")[2]
    address = f"http://feeds.example:{port}/feed"

    async def visit(seconds: int) -> int:
        async with Guard(allow_hosts=[server.host], resolve=loopback) as guard:
            guard.turns["feeds.example"] = asyncio.get_running_loop().time() + seconds
            return (await fetch(address, guard=guard, now=NOW)).status

    assert leaping(visit(299)) == (200, 299)
    with pytest.raises(
        FetchError, match=r"/feed: feeds\.example has 400 seconds of visits before: wait for the next try$"
    ):
        leaping(visit(400))


def test_the_certificate_must_name_the_host(server: HostileServer) -> None:
    certificate = Path(__file__).parent / "data" / "answers" / "feeds.example.pem"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    server.pages["/feed"] = Reply(b"x")
    port = server.host.partition(":")[2]
    trusting = {"server": server, "resolve": loopback, "tls": ssl.create_default_context(cafile=certificate)}
    assert get(f"https://feeds.example:{port}/feed", **trusting).body == b"x"  # type: ignore[arg-type]
    message = refusal(f"https://other.example:{port}/feed", **trusting)
    assert "Hostname mismatch, certificate is not valid for 'other.example'" in message
    assert "self-signed certificate" in refusal(f"https://feeds.example:{port}/feed", server=server, resolve=loopback)
