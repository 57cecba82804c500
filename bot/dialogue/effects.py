"""What a conversation asks to be done: each effect is carried out by a room of its own. Pure."""

from __future__ import annotations

from bot.dialogue.drafts import Draft, Excuse, Reason, Shape
from monitor import models
from monitor.models import (
    AgreementState,
    Cadence,
    CopyState,
    FollowKind,
    Ground,
    MentionState,
    ReportState,
    Role,
    TicketOutcome,
)


class Submit(Shape):
    """Send a report; ``alone`` where nobody else can check it, so that it is published at once."""

    draft: Draft
    alone: bool = False


class Decide(Shape):
    """Accept, return or decline a report."""

    report: str
    state: ReportState
    ground: Ground | None = None
    question: str | None = None


class Withdraw(Shape):
    """Withdraw an own report; what was public stays to be seen as withdrawn, with the reason."""

    report: str
    reason: Reason | None = None


class Respond(Shape):
    """Answer the question with which a report came back; it waits for review again."""

    report: str
    answer: str


class Invite(Shape):
    """Make an invitation for a role of an organisation; its secret is told once."""

    role: Role
    organisation: str


class Close(Shape):
    """Close a correction or idea with its public answer."""

    ticket: str
    text: str
    language: str
    outcome: TicketOutcome | None = None


class SpeakLanguage(Shape):
    """Remember the language a person chose."""

    language: str


class Forget(Shape):
    """Erase what is kept of the person who speaks."""


class Follow(Shape):
    """Follow something from now on, or change how often."""

    kind: FollowKind
    about: str
    cadence: Cadence


class Unfollow(Shape):
    """Stop following: the ids of the subscriptions that end."""

    subscriptions: tuple[str, ...]


class JudgeMention(Shape):
    """Say whether an entry of a feed concerns a commitment of the own organisation."""

    mention: str
    state: MentionState


class DecideCopy(Shape):
    """Release a kept copy, hold it back or take it down; ``before`` is how it stood when that was decided."""

    sha256: str
    state: CopyState
    before: CopyState | None
    ground: models.Text


class Attend(Shape):
    """Say how many people an organisation brings to a meeting; with 0 it does not come."""

    meeting: str
    people: int


class GiveCalendar(Shape):
    """Give the calendar file of a meeting."""

    meeting: str


class Settle(Shape):
    """State in public how an agreement stands; the excuse tells why it is no longer needed."""

    meeting: str
    agreement: str
    state: AgreementState
    excuse: Excuse | None = None


class ShowPage(Shape):
    """Show the page that the notes of a meeting would become; nothing becomes public by it."""

    draft: Draft


Effect = (
    Submit
    | Decide
    | Withdraw
    | Respond
    | Invite
    | Close
    | SpeakLanguage
    | Forget
    | DecideCopy
    | Follow
    | Unfollow
    | JudgeMention
    | Attend
    | GiveCalendar
    | Settle
    | ShowPage
)
