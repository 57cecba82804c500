"""What every request of a run keeps to: who we are, whom we may visit, and how long and how often."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from protego import Protego

from monitor.fetch.answers import FetchError
from monitor.fetch.public import is_public
from monitor.settings import Settings, SettingsError

LONGEST_PAUSE = 10.0
# Longer than a job may take: by then its own limit left the address for the next run.
LONGEST_QUEUE = 300.0
ROBOT = "OpenOverheidMonitor"

ADDRESSES_TRIED = 4
ROBOTS_DAY = timedelta(hours=24)
ROBOTS_KEPT, ROBOTS_KEPT_SIZE = 256, 64 * 1024

Resolve = Callable[[str, int], Awaitable[list[str]]]


class Robots:
    """What robots.txt of each origin said, for as long as RFC 9309 lets it be kept: a day."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[str, tuple[Protego, datetime]] = {}

    def get(self, origin: str, now: datetime) -> Protego | None:
        """Give what an origin said less than a day ago."""
        rules, read_at = self._kept.get(origin, (None, now))
        return rules if now - ROBOTS_DAY < read_at <= now else None

    def keep(self, origin: str, rules: Protego, now: datetime) -> None:
        """Keep what an origin said; the oldest makes room."""
        self._kept.pop(origin, None)
        self._kept[origin] = rules, now
        for oldest in list(self._kept)[:-ROBOTS_KEPT]:
            self._kept.pop(oldest, None)


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
        robots: Robots | None = None,
        reach_out: bool = True,
    ) -> None:
        """Take the contact for the User-Agent, ``host:port`` opened besides public ones, and times in seconds.

        ``robots`` are those of earlier runs. Without ``reach_out`` only what was opened by name is visited.
        """
        self.agent = _agent(contact)
        self.allow_hosts = frozenset(allow_hosts)
        self.seconds = seconds
        self.pause = pause
        self.resolve = resolve or _resolve
        self.robots = robots or Robots()
        self.reach_out = reach_out
        self.robots_of_run: dict[str, Protego] = {}
        self.asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.found: dict[tuple[str, int], list[str]] = {}
        self.turns: dict[str, float] = {}
        self.holds: dict[str, timedelta] = {}
        # Keeping no connection open: a kept one belongs to an IP address, and may be another host's.
        self.transport = httpx.AsyncHTTPTransport(
            verify=tls or _tls(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make the guard that these settings ask for; SettingsError where they say that nothing is fetched."""
        if why := settings.why_nothing_is_fetched:
            raise SettingsError(why)
        robots = _robots_of(settings.data.absolute())
        return cls(
            contact=settings.contact or settings.url,
            allow_hosts=settings.allow_hosts,
            robots=robots,
            reach_out=settings.reach_out,
        )

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
        """Wait until this host may be visited again; raise FetchError where too many wait before.

        Hosts that the operator opened need no pause.
        """
        if self.opens(url.host, port_of(url)):
            return
        known = self.robots_of_run.get(origin_of(url))
        pause = min(max(self.pause, (known and known.crawl_delay(ROBOT)) or 0.0), LONGEST_PAUSE)
        now = asyncio.get_running_loop().time()
        start = max(now, self.turns.get(url.host, now))
        if start - now > LONGEST_QUEUE:
            raise FetchError(f"{url}: {url.host} has {start - now:.0f} seconds of visits before: wait for the next try")
        self.turns[url.host] = start + pause
        await asyncio.sleep(start - now)

    def hold(self, url: httpx.URL, wait: timedelta) -> None:
        """Leave a host alone for the rest of this run, as it asked to wait; not one that the operator opened."""
        if not self.opens(url.host, port_of(url)):
            self.holds[url.host] = wait

    def refuse_held(self, url: httpx.URL) -> None:
        """Raise FetchError where this host asked to be left alone earlier in this run."""
        if wait := self.holds.get(url.host):
            raise FetchError(f"{url}: {url.host} asked to wait: wait for the next try", retry_after=wait)

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Resolve a host once; raise FetchError where it has no address that may be visited."""
        host, port = url.raw_host.decode("ascii"), port_of(url)
        if (host, port) not in self.found:
            self.found[host, port] = await self._look_up(host, port)
        return self.found[host, port]

    async def _look_up(self, host: str, port: int) -> list[str]:
        if not (self.reach_out or self.opens(host, port)):
            raise FetchError(f"{host}: nothing is fetched, as MONITOR_REACH_OUT is no: start without it")
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"{host}: cannot be found ({error}): check the name of the host") from error
        named = self.opens(host, port)
        allowed = [address for address in found if named or self.opens(address, port) or is_public(address)]
        if not allowed:
            raise FetchError(f"{host}: is not on the public internet: give a public address")
        return allowed[:ADDRESSES_TRIED]


def port_of(url: httpx.URL) -> int:
    """Give the port of an address, also where it is not written."""
    return url.port or (443 if url.scheme == "https" else 80)


def origin_of(url: httpx.URL) -> str:
    """Give the scheme, host and port of an address."""
    return f"{url.scheme}://{url.host}:{port_of(url)}"


@cache
def _robots_of(folder: Path) -> Robots:
    """Give what robots.txt said to the runs of a data folder in this process."""
    return Robots()


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _agent(contact: str) -> str:
    about = re.sub(r"[^\x21-\x7e]+", " ", contact).strip()
    return f"{ROBOT}/{version('open-overheid-monitor')}" + (f" (+{about})" if about else "")


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
