"""Visits an address: its host checked, robots.txt asked, redirects followed, all within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx
from protego import Protego

from monitor.fetch.answers import LASTING, Answer, FetchError, retry_after
from monitor.fetch.bodies import read_body
from monitor.fetch.guard import ROBOT, ROBOTS_KEPT_SIZE, Guard, origin_of

FEED_LIMIT = 5 * 1024 * 1024
ROBOTS_LIMIT = 512 * 1024
REDIRECTS = 5
CONNECT_SECONDS = 5.0
LONGEST_ADDRESS = 2000
# A host that pretends to be written in another script is read late, and then raises a ValueError.
NO_ADDRESS = (httpx.InvalidURL, ValueError)
ASKING_TO_WAIT = frozenset({429, 503})


async def fetch(
    address: str,
    *,
    guard: Guard,
    now: datetime,
    etag: str | None = None,
    modified: str | None = None,
    ask: bytes | None = None,
    limit: int = FEED_LIMIT,
    seconds: float | None = None,
) -> Answer:
    """Get an address, at most ``limit`` bytes of it; raise FetchError where it cannot or may not be read.

    ``etag`` and ``modified`` are those of the last answer; with them the server can say that nothing changed.
    ``ask`` is a question in JSON for a server that wants one (POST); ``seconds`` a time of its own for a large answer.
    """
    most = seconds or guard.seconds
    given = {"If-None-Match": etag, "If-Modified-Since": modified}
    conditions = {name: value for name, value in given.items() if value and value.isascii()}
    visit = _Visit(address, guard, now, limit, conditions, ask=ask)
    try:
        return await visit.follow(_url(address, address), most)
    except TimeoutError as error:
        raise FetchError(f"{address}: no whole answer in {most:g} seconds: wait for the next try") from error


@dataclass(frozen=True)
class _Visit:
    """One address that is asked for, through all its redirects."""

    asked: str
    guard: Guard
    now: datetime
    limit: int
    conditions: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    ask: bytes | None = None

    async def follow(self, url: httpx.URL, seconds: float) -> Answer:
        """Ask for so many seconds in all; waiting for a turn is no fault of the host, and does not count."""
        lasting, permanent, left = True, None, seconds
        for _ in range(REDIRECTS + 1):
            self.guard.refuse_held(url)
            await self.guard.turn(url)
            answer, took = await self.timed(url, left)
            left -= took
            if not answer.redirect:
                return replace(answer, permanent_redirect=permanent)
            lasting = lasting and answer.status in LASTING
            url = next_url(url, answer.redirect, self.asked)
            permanent = str(url) if lasting else permanent
        raise FetchError(f"{self.asked}: more than {REDIRECTS} redirects: give the address where they end")

    async def timed(self, url: httpx.URL, seconds: float) -> tuple[Answer, float]:
        """Ask for one address; give the answer and the seconds it took."""
        clock = asyncio.get_running_loop().time
        started = clock()
        async with asyncio.timeout(seconds):
            await self.ask_robots(url)
            answer = await self.get(url)
        return answer, clock() - started

    async def ask_robots(self, url: httpx.URL) -> None:
        known, origin = self.guard.robots_of_run, origin_of(url)
        async with self.guard.asking[origin]:
            if origin not in known:
                known[origin] = self.guard.robots.get(origin, self.now) or await self.read_robots(origin, url)
        if not known[origin].can_fetch(str(url), ROBOT):
            raise FetchError(f"{url}: robots.txt asks robots to stay away: ask its publisher, or read it by hand")

    async def read_robots(self, origin: str, url: httpx.URL) -> Protego:
        """Read robots.txt as RFC 9309 says: a missing one allows all, one that fails allows nothing."""
        page = url.copy_with(raw_path=b"/robots.txt")
        visit = _Visit(str(page), self.guard, self.now, ROBOTS_LIMIT, cut=True)
        answer = await visit.get(page)
        for _ in range(REDIRECTS):
            if not answer.redirect:
                break
            page = next_url(page, answer.redirect, visit.asked)
            answer = await visit.get(page)
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status == httpx.codes.TOO_MANY_REQUESTS:
            what = f"{visit.asked}: answered {answer.status}, so nothing may be read: wait for the next try"
            raise FetchError(what, retry_after=answer.retry_after)
        rules = Protego.parse(answer.body.decode("utf-8", "replace"))
        if len(answer.body) <= ROBOTS_KEPT_SIZE:
            self.guard.robots.keep(origin, rules, self.now)
        return rules

    async def get(self, url: httpx.URL) -> Answer:
        self.guard.refuse_held(url)  # also where it asked while we waited, or where a redirect leads to it
        try:
            response = await self.connect(url)
            try:
                body = await self.body(url, response) if response.is_success else b""
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            raise FetchError(f"{url}: cannot be read ({what}): look at the address in a browser") from error
        wait = retry_after(response.headers.get("retry-after", ""), self.now)
        if wait and response.status_code in ASKING_TO_WAIT:
            self.guard.hold(url, wait)
        return Answer(
            asked=self.asked,
            address=str(url),
            status=response.status_code,
            fetched_at=self.now,
            headers=dict(response.headers),
            body=body,
            retry_after=wait,
        )

    async def body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        return await read_body(url, response, self.limit, cut=self.cut)

    async def connect(self, url: httpx.URL) -> httpx.Response:
        *others, last = await self.guard.addresses(url)
        for address in others:
            try:
                return await self.guard.transport.handle_async_request(self.request(url, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self.guard.transport.handle_async_request(self.request(url, last))

    def request(self, url: httpx.URL, address: str) -> httpx.Request:
        """Ask a checked IP address for a page of a host; TLS names the host, and its certificate must too."""
        timeout = httpx.Timeout(self.guard.seconds, connect=min(CONNECT_SECONDS, self.guard.seconds))
        headers = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self.guard.agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            **self.conditions,
        }
        extensions = {"sni_hostname": url.raw_host.decode("ascii"), "timeout": timeout.as_dict()}
        target = url.copy_with(host=address)
        if self.ask is None:
            return httpx.Request("GET", target, headers=headers, extensions=extensions)
        headers |= {"Content-Type": "application/json"}
        return httpx.Request("POST", target, headers=headers, content=self.ask, extensions=extensions)


def next_url(url: httpx.URL, location: str, asked: str) -> httpx.URL:
    """Give where a redirect leads; raise FetchError where that is no web address."""
    try:
        return _url(str(url.join(location)), asked)
    except NO_ADDRESS as error:
        raise FetchError(f"{asked}: redirects to what is no address ({error}): ask its publisher") from error


def _url(address: str, asked: str) -> httpx.URL:
    try:
        url = httpx.URL(address).copy_with(fragment=None)
        host = url.host
    except NO_ADDRESS as error:
        raise FetchError(f"{asked}: is no address ({error}): write it as https://example.nl/feed") from error
    if len(str(url)) > LONGEST_ADDRESS:
        raise FetchError(f"{asked[:100]}: leads to an address of {len(str(url))} characters: give a shorter one")
    if url.scheme not in ("http", "https") or not host:
        raise FetchError(f"{asked}: leads to '{address[:100]}', which is neither http nor https: give a web address")
    if url.userinfo:
        raise FetchError(f"{asked}: carries a name or password: give an address that everyone may read")
    return url
