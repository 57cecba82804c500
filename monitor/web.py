"""One ASGI app: the site, Datasette under ``/data/``, health, and what extensions add."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import NotModifiedResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor import catalogue, health, publish, released, releases, words
from monitor.extension import PACKAGE, Extension, Job
from monitor.jobs import all_jobs
from monitor.models import CopyState
from monitor.pages import addresses, gone
from monitor.pages import health as telling
from monitor.releases import Folders
from monitor.search import answering
from monitor.settings import Settings
from monitor.storage import Storage, StorageError

log = logging.getLogger("monitor.web")
TEMPLATES = Path(__file__).parent / "templates" / "data"
SQL_SECONDS = 3
ROWS_AT_MOST = 2000
# The longest value that is kept has some 20,000 letters; the number is SQLite's own name for this limit.
SQLITE_LIMIT_LENGTH, VALUE_BYTES = 0, 1_000_000
BOUNDS = "monitor-bounds"
# On a page; JSON, CSV and the page of the row have all of it.
CELL_LETTERS = 240
# Pages of Datasette about the machine: where the database lies, what the threads do.
OF_THE_MACHINE = ("databases", "threads")
DAY_SECONDS = 24 * 60 * 60
ASSET_SECONDS = 5 * 60
COMPRESS_FROM = 1024
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)
SITE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def make_app(
    settings: Settings,
    extensions: Sequence[Extension],
    *,
    started: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = print,
) -> Starlette:
    """Make the app; ``started`` is called once everything answers."""
    datasette = make_datasette(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await datasette.invoke_startup()
        for extension in extensions:
            await _guarded(extension.start(settings, say), say)
        started()
        yield
        for extension in extensions:
            await _guarded(extension.stop(), say)

    jobs, started_at = all_jobs(settings, extensions), settings.clock.now()
    routes = [
        Route("/healthz", lambda request: _healthz(settings, extensions, jobs, started_at)),
        Route("/favicon.ico", lambda request: RedirectResponse("/assets/glyph.svg")),
        Route("/data", lambda request: RedirectResponse("/data/", 308)),
        Route("/data/", lambda request: RedirectResponse("/data/monitor")),
        *(Route(f"/data/-/{name}{{ending:path}}", _nothing_here) for name in OF_THE_MACHINE),
        Mount("/data", app=GZipMiddleware(_WithHeaders(_Below("/data", datasette.app()), DATA_POLICY), COMPRESS_FROM)),
        Route(f"/{released.ADDRESS}/{{name}}", Files(settings).respond, methods=["GET", "HEAD"]),
        *(route for extension in extensions for route in extension.routes(settings)),
        *Search(settings).routes(),
        *Health(settings).routes(),
        Route("/{path:path}", Site(settings).respond, methods=["GET", "HEAD"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _guarded(work: Awaitable[None], say: Callable[[str], None]) -> None:
    """Let an extension fail without taking the site with it."""
    try:
        await work
    except Exception as error:
        log.exception("an extension failed")
        say(f"An extension failed, the rest goes on: {error}")


def _bound_values(conn: Any) -> None:
    """Bound what one value of an answer may weigh, which neither time nor rows do."""
    conn.setlimit(SQLITE_LIMIT_LENGTH, VALUE_BYTES)


if not pm.has_plugin(BOUNDS):
    _plugin = ModuleType(BOUNDS)
    vars(_plugin)["prepare_connection"] = hookimpl(_bound_values)
    pm.register(_plugin, name=BOUNDS)


def make_datasette(settings: Settings) -> Datasette:
    """Open the public database read-only, every table described, SQL bounded in time, rows and size of a value."""
    made = Datasette(
        [str(settings.database)],
        metadata=catalogue.metadata(example=settings.is_example),
        template_dir=str(TEMPLATES),
        settings={
            "base_url": "/data/",
            "suggest_facets": False,
            "sql_time_limit_ms": SQL_SECONDS * 1000,
            "max_returned_rows": ROWS_AT_MOST,
            "allow_download": False,
            "truncate_cells_html": CELL_LETTERS,
        },
    )
    made.jinja_env.globals["is_example"] = settings.is_example
    return made


# Python's own table knows only some of these, and asks the machine for the others.
MEDIA_TYPES = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class Site:
    """Serves the published release; each request resolves the pointer once."""

    def __init__(self, settings: Settings) -> None:
        """Serve the releases of a data folder."""
        self.settings = settings

    async def respond(self, request: Request) -> Response:
        """Answer with a page or file of the current release, else with its own 404 page."""
        release = publish.current(self.settings)
        if release is None:
            return PlainTextResponse("The site is being built for the first time. Try again in a minute.", 503)
        path = request.path_params["path"]
        found = await run_in_threadpool(self._find, release, path)
        if found and found.is_dir():
            return RedirectResponse(f"/{path}/", 308)
        return self._file(request, found) if found else self._not_found(release, path)

    def _find(self, release: Path, path: str) -> Path | None:
        found = _inside(release, path)
        if found or not path.startswith("assets/"):
            return found
        older = (folder for folder in releases.finished(Folders(self.settings.data)) if folder.name != release.name)
        return next((file for folder in older if (file := _inside(folder, path))), None)

    def _not_found(self, release: Path, path: str) -> Response:
        page = _inside(release, f"{path.partition('/')[0]}/404.html") or _inside(release, "404.html")
        if page is None:
            return PlainTextResponse("Not found", 404)
        return HTMLResponse(answering.fill_lost(page.read_text("utf-8"), path), 404, headers=_headers())

    def _file(self, request: Request, path: Path) -> Response:
        """Answer with a file, compressed where the browser takes it, or with nothing where it has it already."""
        headers = _headers(_caching(request, path))
        kind, sent = MEDIA_TYPES.get(path.suffix), releases.compressed(path)
        if path.suffix in releases.COMPRESSED and sent.is_file():
            headers["vary"] = "accept-encoding"
            if TAKES_GZIP.search(request.headers.get("accept-encoding", "")):
                headers["content-encoding"], path = "gzip", sent
        return _sent(request, path, headers, kind)


class Search:
    """Serves the search page of each language, filled in with what a query finds."""

    def __init__(self, settings: Settings) -> None:
        """Search the public database of a data folder."""
        self.settings = settings
        self.site = Site(settings)

    def routes(self) -> list[Route]:
        """Give the routes: the page at the root and below each language, and the same without its last stroke."""
        slugs = sorted({words.of(language).slug("search") for language in words.languages()})
        pages = [path for slug in slugs for path in (f"/{slug}", f"/{{language}}/{slug}")]
        methods = ["GET", "HEAD"]
        return [
            *(Route(f"{page}/", self.respond, methods=methods) for page in pages),
            *(Route(page, _with_stroke, methods=methods) for page in pages),
        ]

    async def respond(self, request: Request) -> Response:
        """Answer a query; where the data cannot be read, with the page as it was built, which searches by script."""
        release = publish.current(self.settings)
        page = _inside(release, request.url.path.lstrip("/")) if release else None
        if release is None or page is None:
            request.path_params["path"] = request.url.path.lstrip("/")
            return await self.site.respond(request)
        query, number = (request.query_params.get(name, "") for name in ("q", "p"))
        html = await run_in_threadpool(self._fill, page, query, number)
        return HTMLResponse(html, headers=_headers() | ({"x-robots-tag": "noindex"} if query else {}))

    def _fill(self, page: Path, query: str, number: str) -> str:
        html = page.read_text("utf-8")
        try:
            with Storage(self.settings.database) as storage:
                return answering.fill(html, storage, query, number)
        except StorageError as error:
            log.warning("%s", error)
            return html


class Health:
    """Serves the health page of each language as things are now, not as they were when the site was built."""

    def __init__(self, settings: Settings) -> None:
        """Tell of a data folder."""
        self.settings = settings
        self.site = Site(settings)

    def routes(self) -> list[Route]:
        """Give the routes: the page at the root and below its language."""
        found = {addresses.about(words.of(language), "health") for language in words.languages()}
        paths = [path for page in sorted(found) for path in (f"/{page}", f"/{{language}}/{page}")]
        return [Route(path, self.respond, methods=["GET", "HEAD"]) for path in paths]

    async def respond(self, request: Request) -> Response:
        """Answer with the page; where the data cannot be read, as it was built."""
        release = publish.current(self.settings)
        path = request.url.path.lstrip("/")
        page = _inside(release, path) if release else None
        if release is None or page is None:
            request.path_params["path"] = path
            return await self.site.respond(request)
        return HTMLResponse(await run_in_threadpool(self._fill, page), headers=_headers())

    def _fill(self, page: Path) -> str:
        html, clock = page.read_text("utf-8"), self.settings.clock
        try:
            with Storage(self.settings.database) as storage:
                return telling.fill(
                    html,
                    storage,
                    now=clock.now(),
                    today=clock.today(),
                    version=version(PACKAGE),
                    fetches=self.settings.fetches,
                )
        except StorageError as error:
            log.warning("%s", error)
            return telling.unread(html)


class Files:
    """Serves the files behind updates, so that they can do no harm."""

    def __init__(self, settings: Settings) -> None:
        """Serve the public files of a data folder."""
        self.settings = settings

    async def respond(self, request: Request) -> Response:
        """Answer with a file that evidence names; anything else is not found."""
        name = request.path_params["name"]
        try:
            path = await run_in_threadpool(self._find, name)
            if path is None:
                return await run_in_threadpool(self._why_not, name)
        except StorageError as error:
            log.warning("%s", error)
            return PlainTextResponse("The data cannot be read now. Try again in a minute.", 503, HEADERS)
        # What is under a hash never changes, but it may be taken away: nobody shows a copy without asking.
        return _sent(request, path, released.content_headers(name) | {"cache-control": "no-cache"})

    def _why_not(self, name: str) -> Response:
        """Say of a copy that was taken down when and why."""
        if not released.PUBLIC_NAME.fullmatch(name):
            return PlainTextResponse("Not found", 404, HEADERS)
        with Storage(self.settings.database) as storage:
            decided = released.decision(storage, name.partition(".")[0])
        if decided is None or decided.state is not CopyState.TAKEN_DOWN:
            return PlainTextResponse("Not found", 404, HEADERS)
        headers = HEADERS | {"content-security-policy": "default-src 'none'", "x-robots-tag": "noindex"}
        return HTMLResponse(gone.page(decided), 410, headers | {"cache-control": "no-cache"})

    def _find(self, name: str) -> Path | None:
        path = released.path_of(self.settings.data, name)
        if path is None:
            return None
        with Storage(self.settings.database) as storage:
            return path if released.is_public(storage, name) else None


def _sent(request: Request, path: Path, headers: Mapping[str, str], kind: str | None = None) -> Response:
    """Answer with a file, or with nothing where the browser has it already."""
    answer = FileResponse(path, headers=headers, media_type=kind, stat_result=path.stat())
    if answer.headers["etag"] in _known(request.headers.get("if-none-match", "")):
        return NotModifiedResponse(answer.headers)
    return answer


def _known(tags: str) -> list[str]:
    """List the versions of a file that a browser says it has."""
    return [tag.strip().removeprefix("W/") for tag in tags.split(",")]


def _caching(request: Request, path: Path) -> str:
    """Say how long a browser may keep a file: for good where it was asked for by version, a page until it is asked."""
    if path.suffix in (".css", ".js") and "v" in request.query_params:
        return f"max-age={365 * DAY_SECONDS}, immutable"
    if path.suffix == ".woff2":
        return f"max-age={30 * DAY_SECONDS}"
    return f"max-age={ASSET_SECONDS}" if path.suffix in (".css", ".js", ".svg") else "no-cache"


def _inside(release: Path, path: str) -> Path | None:
    """Find a file or folder of a release; None for what is not there, hidden, outside, or no path at all."""
    if path.endswith(".gz") or any(part.startswith(".") for part in Path(path).parts):
        return None
    try:
        wanted = (release / path).resolve()
        if path == "" or path.endswith("/"):
            wanted = wanted / "index.html"
        return wanted if wanted.is_relative_to(release.resolve()) and wanted.exists() else None
    except (OSError, ValueError):
        return None


def _nothing_here(_: Request) -> Response:
    return PlainTextResponse("Not found", 404, HEADERS)


async def _with_stroke(request: Request) -> Response:
    """Lead to the same address with a stroke at its end; the query goes along."""
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/", scheme="", netloc=""), 308)


def _headers(caching: str = "no-cache") -> dict[str, str]:
    return HEADERS | {"content-security-policy": SITE_POLICY, "cache-control": caching}


def _healthz(
    settings: Settings, extensions: Sequence[Extension], jobs: Sequence[Job], started_at: datetime
) -> Response:
    state = health.report(settings, extensions, jobs, started_at=started_at)
    return JSONResponse(state, status_code=200 if state["ok"] else 503, headers={"cache-control": "no-store"})


class _Below:
    """Hands a request on with the prefix taken off, as Datasette with a base_url wants it."""

    def __init__(self, prefix: str, app: ASGIApp) -> None:
        self.prefix = prefix
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self.prefix) or "/"
        raw = scope.get("raw_path", scope["path"].encode()).removeprefix(self.prefix.encode()) or b"/"
        await self.app({**scope, "path": path, "raw_path": raw, "root_path": ""}, receive, send)


class _WithHeaders:
    """Adds the security headers that an app does not send itself."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = HEADERS | {"content-security-policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
