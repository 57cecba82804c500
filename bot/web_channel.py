"""The conversation as plain HTML forms: no script, no cookie; the conversation's secret travels in the POST body."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import admission, copies, following, noting, overdue, pacing, people, receiving, settling, web_bodies
from bot.conversation import Answer, Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Refusal, Reply, subjects
from bot.dialogue import noting as dialogue_noting
from bot.files import store, viewing
from bot.files.store import Taken
from bot.files.viewing import Document
from bot.messages import TABLES, say
from bot.people import RoleError
from bot.private import StaleStateError, secret_hash
from bot.web_bodies import Body
from bot.web_forms import FILE, Form, page
from monitor import models, publish, released, words
from monitor.chat_links import FOLLOW
from monitor.errors import MonitorError
from monitor.settings import FolderKind, Settings

CHANNEL = "web"
PATH = "/melden"
SECRET_BYTES = 24
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
SHELL = "melden-shell/index.html"
TITLE, CONTENT = "<!-- monitor:title -->", "<!-- monitor:content -->"

log = logging.getLogger("bot.web")


@dataclass(frozen=True)
class Sent:
    """The fields of a form that was sent."""

    language: str
    secret: str = ""
    role: str = ""
    invitation: str = ""
    text: str = ""
    action: str | None = None
    revision: int | None = None
    word: str = ""
    about: str | None = None
    upload: bytes | None = None
    too_large: bool = False


class WebChannel:
    """Routes for ``/melden``: GET shows where to begin and changes nothing, POST answers one question."""

    def __init__(self, settings: Settings) -> None:
        """Serve the conversation of a data folder."""
        self.settings = settings

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.take, methods=["POST"]),
            Route(f"{PATH}/{FILE}", self.open, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show where to begin."""
        language = _language(request.query_params.get("lang", ""))
        return await self._respond(self._begin, Sent(language=language, about=request.query_params.get("about")))

    async def take(self, request: Request) -> Response:
        """Take an answer; of a body that is too large only the beginning is kept, which says whose it is."""
        language = _language(request.query_params.get("lang", ""))
        body = await web_bodies.read(request)
        if body.too_large and not body.fields.get("secret"):
            return self._page(language, Form(language, text=say(language or "nl", "web.large")), 413)
        return await self._respond(self._answer, _sent(body, language))

    async def open(self, request: Request) -> Response:
        """Give a file that waits for review to who may see it; to anyone else it is not there."""
        body = await web_bodies.read(request)
        if body.fields.get("paper"):
            return await self._open_paper(body)
        try:
            found = await run_in_threadpool(self._find, body.fields.get("secret", ""), body.fields.get("file", ""))
        except MonitorError:
            log.exception("a file could not be given")
            return PlainTextResponse(say("nl", "web.trouble"), 503, HEADERS)
        if found is None:
            return PlainTextResponse("Not found", 404, HEADERS)
        if isinstance(found, Document):
            return Response(found.body, headers=found.headers | {"cache-control": "no-store"})
        return FileResponse(found, headers=released.content_headers(found.name) | {"cache-control": "no-store"})

    async def _open_paper(self, body: Body) -> Response:
        try:
            return await run_in_threadpool(self._make_paper, body.fields) or PlainTextResponse(
                "Not found", 404, HEADERS
            )
        except MonitorError:
            log.exception("a file could not be made")
            return PlainTextResponse(say("nl", "web.trouble"), 503, HEADERS)

    def _make_paper(self, fields: dict[str, str]) -> Response | None:
        """Make the file that the open question speaks of anew, for who is at it."""
        language = _language(fields.get("language", "")) or "nl"
        with open_desk(self.settings) as desk:
            person = self._known(desk, fields.get("secret", ""))
            state = desk.private.state(person.id) if person else None
            draft = state.place.draft if state else None
            if person is None or draft is None or not draft.notes:
                return None
            acting = desk.standing(person)
            if not dialogue_noting.may_open(draft, acting, desk.folder):
                return None
            if fields["paper"] == noting.PAGE:
                page = noting.preview(desk, draft, by=acting, language=language)
                return HTMLResponse(self._shell(language, page.title, page.content), headers=HEADERS) if page else None
            found = dialogue_noting.papers(desk.folder, draft, settling.gathered(desk))
            made = {paper.name: paper.text for paper in found}
        name = fields["paper"]
        told = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
        return Response(made[name], headers=told, media_type="text/markdown") if name in made else None

    def _known(self, desk: Desk, secret: str) -> models.Person | None:
        person = desk.private.person(CHANNEL, secret_hash(secret)) if secret else None
        return person if person and admission.has_read(person, self.settings) else None

    def _find(self, secret: str, name: str) -> Path | Document | None:
        with open_desk(self.settings) as desk:
            person = self._known(desk, secret)
            if person is None:
                return None
            acting = desk.standing(person)
            if viewing.NAME.fullmatch(name):
                return viewing.find(desk.data, name) if copies.may_open(desk, acting, name) else None
            reviews = people.is_reviewer(acting)
            if not store.may_open(desk.private, desk.folder.plan.id, acting, name, reviews=reviews):
                return None
            return store.find(desk.data, name)

    async def _respond(self, work: Callable[[Sent], tuple[Form, int]], sent: Sent) -> Response:
        try:
            form, status = await run_in_threadpool(work, sent)
        except (MonitorError, StaleStateError):
            log.exception("a message could not be answered")
            form, status = Form(sent.language, text=say(sent.language, "web.trouble"), secret=sent.secret), 503
        return await run_in_threadpool(self._page, sent.language, form, status)

    def _begin(self, sent: Sent) -> tuple[Form, int]:
        with open_desk(self.settings) as desk:
            return self._entry(desk, sent), 200

    def _entry(self, desk: Desk, sent: Sent, wrong: str = "") -> Form:
        language = sent.language or desk.folder.plan.languages[0]
        roles = () if self.settings.kind is FolderKind.LIVE else _roles(desk, language)
        given = sent.about or ""
        subject = subjects.find(desk.folder, given.removeprefix(FOLLOW))
        follows = FOLLOW if given.startswith(FOLLOW) else ""
        return Form(
            language,
            roles=roles,
            entry=True,
            error=wrong,
            about=follows + subject.about if subject else follows or None,
            follows=bool(follows),
            about_words=subjects.name(desk.folder, subject.about, language) if subject else "",
            joins=bool(subject and subject.joins),
        )

    def _answer(self, sent: Sent) -> tuple[Form, int]:
        with open_desk(self.settings) as desk:
            secret = sent.secret or sent.invitation
            person = desk.private.person(CHANNEL, secret_hash(secret)) if secret else None
            if person:
                return self._go_on(desk, sent, person, secret), 200
            return self._enter(desk, sent)

    def _go_on(self, desk: Desk, sent: Sent, person: models.Person, secret: str) -> Form:
        if not admission.has_read(person, self.settings):
            if not admission.agrees(sent.text, sent.action, sent.language):
                return _noticed(self.settings, sent, secret)
            person = admission.take_in(desk, self.settings, CHANNEL, person.address)
            sent = Sent(language=sent.language, about=sent.about)
        opening = not sent.secret
        taken = _taken(desk, person, sent)
        incoming = Incoming(
            text=sent.word or taken.text or sent.text,
            action=None if sent.word else sent.action,
            file=taken.file,
            refused=taken.refused,
            revision=None if opening else sent.revision,
            opening=opening,
            about=sent.about if opening else None,
        )
        answer = converse(desk, person, incoming, language=sent.language or None)
        if opening:
            following.bring(desk, person)
        # Only now, so that no message counts as read when the answer fails.
        news = tuple(overdue.collect(desk, person, answer.language)) if opening else ()
        return _form(desk, person, secret, news, answer)

    def _enter(self, desk: Desk, sent: Sent) -> tuple[Form, int]:
        secret = secrets.token_urlsafe(SECRET_BYTES)
        address = secret_hash(secret)
        if not sent.invitation and pacing.too_many_strangers(desk, CHANNEL):
            language = sent.language or desk.folder.plan.languages[0]
            return Form(language, text=say(language, "flood.strangers")), 429
        if sent.invitation and not admission.works(desk, sent.invitation):
            wrong = say(sent.language or desk.folder.plan.languages[0], "web.invitation.wrong")
            return self._entry(desk, sent, wrong), 403
        if self.settings.kind is not FolderKind.LIVE and not sent.invitation:
            return self._play(desk, sent, secret, address)
        visits = sent.role == models.Role.VISITOR and not sent.invitation
        if not sent.invitation and not visits:
            return self._entry(desk, sent), 200
        is_live = self.settings.kind is FolderKind.LIVE
        if is_live and not admission.agrees(sent.text, sent.action, sent.language):
            return _noticed(self.settings, sent, ""), 200
        notice = admission.notice_version(self.settings)
        begun = Sent(language=sent.language, about=sent.about)
        if visits:
            visitor = desk.private.welcome(CHANNEL, address, now=desk.now, notice=notice)
            return self._go_on(desk, begun, visitor, secret), 200
        person = admission.redeem(desk, sent.invitation, channel=CHANNEL, address=address, notice=notice)
        if person is None:
            return self._entry(desk, sent), 403
        return self._go_on(desk, begun, person, secret), 200

    def _play(self, desk: Desk, sent: Sent, secret: str, address: str) -> tuple[Form, int]:
        try:
            identity = people.parse_identity(sent.role, desk.folder)
        except RoleError:
            return self._entry(desk, sent), 200
        person = admission.play(desk, self.settings, CHANNEL, address, identity)
        return self._go_on(desk, Sent(language=sent.language, about=sent.about), person, secret), 200

    def _page(self, language: str, form: Form, status: int) -> Response:
        title = say(form.language or "nl", "web.title")
        html = page(form, path=PATH)
        return HTMLResponse(self._shell(form.language or language, title, html), status, headers=HEADERS)

    def _shell(self, language: str, title: str, content: Markup) -> str:
        release = publish.current(self.settings)
        if release:
            for path in (release / language / SHELL, release / SHELL):
                if path.exists():
                    return path.read_text("utf-8").replace(TITLE, str(escape(title))).replace(CONTENT, content)
        return str(
            Markup(
                '<!doctype html><html lang="{}"><head><meta charset="utf-8">'
                '<meta name="viewport" content="width=device-width, initial-scale=1">'
                '<meta name="color-scheme" content="light dark"><title>{}</title></head>'
                "<body><main>{}</main></body></html>"
            ).format(language, title, content)
        )


def _form(desk: Desk, person: models.Person, secret: str, news: tuple[Reply, ...], answer: Answer) -> Form:
    name = desk.name(desk.standing(person).organisation, answer.language)
    return Form(
        answer.language,
        replies=(*news, *answer.replies),
        secret="" if answer.forgotten else secret,
        revision=answer.revision,
        organisation=name,
        stopped=answer.stopped,
    )


def _taken(desk: Desk, person: models.Person, sent: Sent) -> Taken:
    if sent.too_large:
        return Taken(refused=Refusal.LARGE)
    if sent.upload is None:
        return Taken()
    return receiving.turn_away(desk, person) or receiving.take(desk, person, sent.upload)


def _noticed(settings: Settings, sent: Sent, secret: str) -> Form:
    language = sent.language or "nl"
    reply = admission.notice(settings, language, CHANNEL)
    role = sent.role if sent.role == models.Role.VISITOR else ""
    return Form(language, replies=(reply,), secret=secret, carried=sent.invitation, carried_role=role, about=sent.about)


def _roles(desk: Desk, language: str) -> tuple[tuple[str, str], ...]:
    names = {o.id: words.choose(o.name, language).words for o in desk.folder.organisations}
    return tuple(
        (str(identity), say(language, f"role.{identity.role}", organisation=names.get(identity.organisation or "", "")))
        for identity in people.playable(desk.folder)
    )


def _sent(body: Body, language: str) -> Sent:
    fields = body.fields
    revision = fields.get("revision", "")
    return Sent(
        language=_language(fields.get("language", "")) or language,
        secret=fields.get("secret", ""),
        role=fields.get("role", ""),
        invitation=fields.get("invitation", ""),
        text=fields.get("text", ""),
        action=fields.get("action"),
        revision=int(revision) if revision.isdecimal() else None,
        word=fields.get("word", ""),
        about=fields.get("about"),
        upload=body.upload,
        too_large=body.too_large,
    )


def _language(given: str) -> str:
    return given if given in TABLES else ""
