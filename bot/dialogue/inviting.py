"""Inviting people to a role: the coordinator picks role and organisation, and gets a code to hand on. Pure."""

from __future__ import annotations

from bot import people
from bot.dialogue import understanding, wording
from bot.dialogue.drafts import Step
from bot.dialogue.effects import Invite
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from bot.people import Identity
from monitor import models
from monitor.models import Role

ROLES = (Role.LEAD, Role.REVIEWER, Role.PIONEER, Role.COORDINATOR)


def ask_role(talk: Talk) -> Reply:
    """Ask which role somebody is invited to."""
    roles = [role for role in ROLES if _organisations(talk, role)]
    choices = wording.choices([(f"invite {role}", talk.say(f"invite.{role}")) for role in roles])
    return Reply(question=talk.say("invite.ask"), choices=choices)


def choose_role(talk: Talk) -> Move | Wrong:
    """Answer which role; a role with one possible organisation is invited at once."""
    if talk.action != "invite" or not people.may_invite(talk.world.person, talk.world.folder):
        return Wrong(help=talk.say("choice.none"))
    role = Role(talk.value)
    possible = _organisations(talk, role)
    if len(possible) == 1:
        return _invite(talk, role, possible[0])
    return Move(place=Place(step=Step.INVITE_FOR, about=role))


def ask_organisation(talk: Talk) -> Reply:
    """Ask for which organisation."""
    listed = _organisations(talk, Role(talk.place.about or Role.LEAD))
    choices = wording.choices([(f"for {o.id}", wording.text_of(o.name, talk.language)) for o in listed])
    return Reply(question=talk.say("invite.for"), choices=choices)


def choose_organisation(talk: Talk) -> Move | Wrong:
    """Answer for which organisation; part of a name will do."""
    role = Role(talk.place.about or Role.LEAD)
    possible = {o.id: o for o in _organisations(talk, role)}
    named = talk.value if talk.action == "for" else _typed(talk, possible)
    if named not in possible:
        return Wrong(help=talk.say("choice.none"))
    return _invite(talk, role, possible[named])


def _invite(talk: Talk, role: Role, organisation: models.Organisation) -> Move:
    return Move(place=Place(), effects=(Invite(role=role, organisation=organisation.id),), forget=True)


def _organisations(talk: Talk, role: Role) -> list[models.Organisation]:
    folder = talk.world.folder
    return [o for o in folder.organisations if people.may_be_invited(Identity(role, o.id), folder)]


def _typed(talk: Talk, possible: dict[str, models.Organisation]) -> str:
    titles = {name: " ".join(o.name.values()) for name, o in possible.items()}
    return understanding.by_title(talk.message.text, titles) or ""
