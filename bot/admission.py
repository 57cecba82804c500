"""Who somebody is in a channel: a role played in a folder for trying out, an invitation or a visit in a live one."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from bot import people, retention
from bot.desk import Desk
from bot.dialogue import Choice, Invite, Kept, Reply, privacy
from bot.messages import say, spoken
from bot.people import Identity, RoleError
from bot.private import secret_hash
from monitor import models
from monitor.settings import FolderKind, Settings

VALID = timedelta(days=14)
SECRET_BYTES = 18
SECRET = re.compile(r"[\w-]{24}", re.ASCII)
AGREE = "agree"


def play(desk: Desk, settings: Settings, channel: str, address: str, identity: Identity) -> models.Person:
    """Let somebody play a role in a folder for trying out; RoleError in a live one."""
    if settings.kind is FolderKind.LIVE:
        raise RoleError(f"{settings.data}: is a live folder: roles come by invitation, so leave the role out")
    return desk.private.welcome(
        channel,
        address,
        now=desk.now,
        role=identity.role,
        organisation=identity.organisation,
        bound_at=desk.moment,
    )


def invite(desk: Desk, identity: Identity, *, by: str = "command") -> str:
    """Make a secret, usable once within two weeks, that binds somebody to a role; RoleError for an unknown one."""
    if not people.may_be_invited(identity, desk.folder):
        raise RoleError(f"{identity}: the plan does not name this: add it to plan.yml or a commitment first")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = models.Invitation(
        id=secrets.token_hex(8),
        secret_sha256=secret_hash(secret),
        role=identity.role,
        organisation=identity.organisation,
        created_at=desk.now,
        expires_at=desk.now + VALID,
    )
    with desk.private.transaction():
        desk.private.add(invitation)
        desk.private.audit(at=desk.now, actor=by, action="invited", about=invitation.id)
    return secret


def invited(desk: Desk, effect: Invite, *, by: models.Person, language: str) -> Reply:
    """Make the invitation that the coordinator asked for in the conversation, and tell its secret once."""
    if not people.may_invite(by, desk.folder):
        raise PermissionError("only the coordinator of the plan invites people")
    identity = Identity(effect.role, effect.organisation)
    secret = invite(desk, identity, by=by.id)
    who = say(language, f"role.{effect.role}", organisation=desk.name(effect.organisation, language))
    return Reply(text=say(language, "invite.made", who=who, secret=secret, page=f"{desk.site}/melden"))


def works(desk: Desk, secret: str) -> bool:
    """Tell whether the secret of an invitation is known, unused, not revoked and not expired."""
    found = desk.private.get(models.Invitation, secret_sha256=secret_hash(secret.strip()))
    return found is not None and not (found.used_at or found.revoked_at or found.expires_at < desk.now)


def redeem(desk: Desk, secret: str, *, channel: str, address: str, notice: str | None = None) -> models.Person | None:
    """Bind somebody to the role of an invitation, for twelve months; None where it is unknown, used or expired."""
    with desk.private.transaction():
        found = desk.private.get(models.Invitation, secret_sha256=secret_hash(secret.strip()))
        if found is None or found.used_at or found.revoked_at or found.expires_at < desk.now:
            return None
        desk.private.put(found.model_copy(update={"used_at": desk.now}))
        person = desk.private.welcome(
            channel,
            address,
            now=desk.now,
            role=found.role,
            organisation=found.organisation,
            notice=notice,
            bound_at=desk.moment,
        ).model_copy(update={"renewed_at": desk.now})
        desk.private.change_person(person)
        desk.private.audit(at=desk.now, actor=person.id, action="joined", about=found.id)
        return person


def notice_version(settings: Settings) -> str | None:
    """Give the version of the privacy notice that people must have read; None in a folder for trying out."""
    return settings.folder.get("notice") if settings.kind is FolderKind.LIVE else None


def has_read(person: models.Person | None, settings: Settings) -> bool:
    """Tell whether somebody read the notice that now holds."""
    version = notice_version(settings)
    return version is None or (person is not None and person.notice == version)


def notice(settings: Settings, language: str, channel: str, secret: str = "") -> Reply:
    """Say what is kept, before anything is kept; an invitation's secret travels in the answer."""
    kept = Kept(folder=settings.folder, days=retention.shown(settings.folder))
    lines = [say(language, "privacy.first"), *privacy.notice_lines(kept, channel, language, terms=True)]
    action = f"{AGREE} {secret}".strip()
    agree = Choice(number=1, words=say(language, "notice.agree"), action=action)
    return Reply(text="\n".join(lines), choices=(agree,))


def take_in(desk: Desk, settings: Settings, channel: str, address: str) -> models.Person:
    """Keep that somebody read the notice; who is new comes in as a visitor, who is known keeps their role."""
    version, known = notice_version(settings), desk.private.person(channel, address)
    if known is None:
        return desk.private.welcome(channel, address, now=desk.now, notice=version)
    if known.notice != version:
        known = known.model_copy(update={"notice": version})
        desk.private.change_person(known)
    return known


def renew(desk: Desk, person: models.Person, text: str) -> models.Person | None:
    """Take a new invitation that somebody typed in a conversation; None where it is none."""
    if not desk.is_live or not SECRET.fullmatch(text.strip()):
        return None
    return redeem(desk, text, channel=person.channel, address=person.address, notice=person.notice)


def agrees(text: str, action: str | None, language: str) -> bool:
    """Tell whether an answer to the notice is the one choice there is."""
    said = " ".join(text.casefold().split())
    if action is not None:
        return action.partition(" ")[0] == AGREE
    return said in ("1", say(language, "notice.agree").casefold(), *spoken("yes"))
