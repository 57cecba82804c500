"""Bounded, guarded HTTP: addresses are checked before and while they are read, whoever named them.

A host is resolved once, every address that is not on the public internet is refused, and the connection goes to
the address that was checked. Each redirect is checked again. Bodies are counted after decompression.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import TracebackType
from typing import Self

import httpx
from protego import Protego

from monitor.settings import Settings, SettingsError

FEED_LIMIT = 5 * 1024 * 1024
ROBOTS_LIMIT = 512 * 1024
REDIRECTS = 5
CONNECT_SECONDS = 5.0
LONGEST_WAIT = timedelta(hours=24)
LONGEST_PAUSE = 10.0
ROBOT = "OpenOverheidMonitor"
LASTING = frozenset({301, 308})
REDIRECTING = LASTING | {302, 303, 307}
TRANSLATED = IPv6Network("64:ff9b::/96")
TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")

Resolve = Callable[[str, int], Awaitable[list[str]]]


class FetchError(Exception):
    """An address gave no answer that may be used; the message says where, what and what to do.

    ``retry_after`` is how long the server asks to wait, at most 24 hours; ``gone`` says that waiting is of no use.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None, gone: bool = False) -> None:
        """Take the message, and what the server said of a next try."""
        super().__init__(message)
        self.retry_after = retry_after
        self.gone = gone


@dataclass(frozen=True)
class Answer:
    """What an address answered. The body is read for successes only; ``sha256`` is that of the body.

    ``permanent_redirect`` is the address to use from now on, where the server said so. ``retry_after`` is at most
    24 hours.
    """

    asked: str
    address: str
    status: int
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    permanent_redirect: str | None = None
    retry_after: timedelta | None = None

    @property
    def sha256(self) -> str:
        """Give the hash of the body in hexadecimals."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def is_gone(self) -> bool:
        """Tell whether the server said that the address is gone for good."""
        return self.status == httpx.codes.GONE

    @property
    def is_unchanged(self) -> bool:
        """Tell whether the server said that nothing changed since the last answer."""
        return self.status == httpx.codes.NOT_MODIFIED

    @property
    def redirect(self) -> str | None:
        """Give where the server sends us on to, or None."""
        return self.headers.get("location") if self.status in REDIRECTING else None

    def require_success(self) -> Self:
        """Give this answer back; raise FetchError where it is not a success."""
        if httpx.codes.is_success(self.status):
            return self
        if self.is_gone:
            raise FetchError(f"{self.asked}: answered 410, gone for good: give its new address", gone=True)
        message = f"{self.asked}: answered {self.status}: look at the address in a browser"
        raise FetchError(message, retry_after=self.retry_after)


class Guard:
    """What every request of a run keeps to: who we are, whom we may visit, and how long and how often."""

    def __init__(
        self,
        *,
        contact: str = "",
        allow_hosts: Iterable[str] = (),
        seconds: float = 20.0,
        pause: float = 1.0,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take the contact for the User-Agent, ``host:port`` opened besides public ones, and times in seconds."""
        self.agent = _agent(contact)
        self.allow_hosts = frozenset(allow_hosts)
        self.seconds = seconds
        self.pause = pause
        self.resolve = resolve or _resolve
        self.robots: dict[str, Protego] = {}
        self.turns: dict[str, float] = {}
        # Keeping no connection open: a kept one belongs to an IP address, and may be another host's.
        self.transport = httpx.AsyncHTTPTransport(
            verify=tls or _tls(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make the guard that these settings ask for; SettingsError among example data, which reach nothing."""
        if settings.is_example:
            raise SettingsError(f"{settings.data}: holds invented examples: nothing is fetched for them")
        return cls(contact=settings.contact or settings.url, allow_hosts=settings.allow_hosts)

    async def __aenter__(self) -> Self:
        await self.transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.transport.__aexit__(kind, error, at)

    def opens(self, host: str, port: int) -> bool:
        """Tell whether the operator opened this host and port by name."""
        return f"{host}:{port}" in self.allow_hosts

    async def turn(self, url: httpx.URL) -> None:
        """Wait until this host may be visited again; hosts that the operator opened need no pause."""
        if self.opens(url.host, _port(url)):
            return
        known = self.robots.get(_origin(url))
        pause = min(max(self.pause, (known and known.crawl_delay(ROBOT)) or 0.0), LONGEST_PAUSE)
        now = asyncio.get_running_loop().time()
        start = max(now, self.turns.get(url.host, now))
        self.turns[url.host] = start + pause
        await asyncio.sleep(start - now)

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Resolve a host once; raise FetchError where it has no address that may be visited."""
        host, port = url.raw_host.decode("ascii"), _port(url)
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"{host}: cannot be found ({error}): check the name of the host") from error
        named = self.opens(host, port)
        allowed = [address for address in found if named or self.opens(address, port) or is_public(address)]
        if not allowed:
            raise FetchError(f"{host}: is not on the public internet: give a public address")
        return allowed


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
    visit = _Visit(address, guard, now, limit, conditions, ask)
    url = _url(address, address)
    await guard.turn(url)
    try:
        async with asyncio.timeout(most):
            return await visit.follow(url)
    except TimeoutError as error:
        raise FetchError(f"{address}: no whole answer in {most:g} seconds: wait for the next try") from error


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the public internet, also the one that it wraps."""
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if isinstance(ip, IPv6Address) and (ip.is_site_local or ip in TRANSLATED_LOCALLY):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


@dataclass(frozen=True)
class _Visit:
    """One address that is asked for, through all its redirects."""

    asked: str
    guard: Guard
    now: datetime
    limit: int
    conditions: Mapping[str, str] = field(default_factory=dict)
    ask: bytes | None = None

    async def follow(self, url: httpx.URL) -> Answer:
        lasting, permanent = True, None
        for hop in range(REDIRECTS + 1):
            if hop:
                await self.guard.turn(url)
            await self.ask_robots(url)
            answer = await self.get(url)
            if not answer.redirect:
                return replace(answer, permanent_redirect=permanent)
            lasting = lasting and answer.status in LASTING
            url = _next(url, answer.redirect, self.asked)
            permanent = str(url) if lasting else permanent
        raise FetchError(f"{self.asked}: more than {REDIRECTS} redirects: give the address where they end")

    async def ask_robots(self, url: httpx.URL) -> None:
        robots, origin = self.guard.robots, _origin(url)
        if origin not in robots:
            page = url.copy_with(raw_path=b"/robots.txt")
            robots[origin] = await _Visit(str(page), self.guard, self.now, ROBOTS_LIMIT).read_robots(page)
        if not robots[origin].can_fetch(str(url), ROBOT):
            raise FetchError(f"{url}: robots.txt asks robots to stay away: ask its publisher, or read it by hand")

    async def read_robots(self, url: httpx.URL) -> Protego:
        """Read robots.txt as RFC 9309 says: a missing one allows all, one that fails allows nothing."""
        answer = await self.get(url)
        for _ in range(REDIRECTS):
            if not answer.redirect:
                break
            url = _next(url, answer.redirect, self.asked)
            answer = await self.get(url)
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status == httpx.codes.TOO_MANY_REQUESTS:
            what = f"{self.asked}: answered {answer.status}, so nothing may be read: wait for the next try"
            raise FetchError(what, retry_after=answer.retry_after)
        return Protego.parse(answer.body.decode("utf-8", "replace"))

    async def get(self, url: httpx.URL) -> Answer:
        try:
            response = await self.connect(url)
            try:
                body = await _body(url, response, self.limit) if response.is_success else b""
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            raise FetchError(f"{url}: cannot be read ({what}): look at the address in a browser") from error
        return Answer(
            asked=self.asked,
            address=str(url),
            status=response.status_code,
            fetched_at=self.now,
            headers=dict(response.headers),
            body=body,
            retry_after=_retry_after(response.headers.get("retry-after", ""), self.now),
        )

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


async def _body(url: httpx.URL, response: httpx.Response, limit: int) -> bytes:
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"{url}: is packed as '{packing[:20]}', not as gzip: ask its publisher to repair that")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in packing else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += _unpacked(url, chunk, unpacker, limit + 1 - len(body)) if unpacker else chunk
        if len(body) > limit:
            raise FetchError(f"{url}: is larger than {limit} bytes: give the address of a smaller part")
    if unpacker and body and not unpacker.eof:
        raise FetchError(f"{url}: its gzip breaks off: wait for the next try")
    return bytes(body)


def _unpacked(url: httpx.URL, chunk: bytes, unpacker: zlib._Decompress, room: int) -> bytes:
    try:
        return unpacker.decompress(chunk, room)
    except zlib.error as error:
        raise FetchError(f"{url}: its gzip is broken ({error}): ask its publisher to repair that") from error


def _next(url: httpx.URL, location: str, asked: str) -> httpx.URL:
    try:
        return _url(str(url.join(location)), asked)
    except httpx.InvalidURL as error:
        raise FetchError(f"{asked}: redirects to what is no address ({error}): ask its publisher") from error


def _url(address: str, asked: str) -> httpx.URL:
    try:
        url = httpx.URL(address).copy_with(fragment=None)
    except httpx.InvalidURL as error:
        raise FetchError(f"{asked}: is no address ({error}): write it as https://example.nl/feed") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(f"{asked}: leads to '{address[:100]}', which is neither http nor https: give a web address")
    if url.userinfo:
        raise FetchError(f"{asked}: carries a name or password: give an address that everyone may read")
    return url


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.host}:{_port(url)}"


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _agent(contact: str) -> str:
    about = re.sub(r"[^\x21-\x7e]+", " ", contact).strip()
    return f"{ROBOT}/{version('open-overheid-monitor')}" + (f" (+{about})" if about else "")


def _retry_after(text: str, now: datetime) -> timedelta | None:
    if text.isdecimal():
        return timedelta(seconds=min(float(text), LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
