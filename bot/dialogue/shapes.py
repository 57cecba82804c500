"""What a conversation is made of: state, message, reply, effect, and the world it speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from bot.dialogue.evidence_copies import Copy
from bot.dialogue.gathered import NOTHING, Gathered
from bot.dialogue.network_shapes import Hits, Network
from bot.messages import say
from monitor import models
from monitor.models import (
    AgreementState,
    Cadence,
    Completion,
    CopyState,
    FollowKind,
    Ground,
    MentionState,
    ReportKind,
    ReportState,
    Role,
    TicketOutcome,
)
from monitor.periods import Period

WHOLE = ""
ID_LENGTH = 12


class Shape(BaseModel):
    """A frozen part of a conversation that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(StrEnum):
    """The question that stands open."""

    STOPPED = "stopped"
    START = "start"
    MORE = "more"
    COMMITMENT = "commitment"
    MILESTONE = "milestone"
    WHAT = "what"
    COMPLETION = "completion"
    OBSTACLE = "obstacle"
    EVIDENCE = "evidence"
    DESCRIBE = "describe"
    DAY = "day"
    READBACK = "readback"
    CHANGE = "change"
    OWN = "own"
    OWN_REPORT = "own-report"
    REPLY = "reply"
    WHY = "why"
    INVITE = "invite"
    INVITE_FOR = "invite-for"
    QUEUE = "queue"
    REVIEW = "review"
    QUESTION = "question"
    GROUND = "ground"
    LOOKUP = "lookup"
    KIND = "kind"
    ABOUT = "about"
    REMARK = "remark"
    CHECK = "check"
    AMEND = "amend"
    TICKETS = "tickets"
    ANSWER = "answer"
    CORRECT = "correct"
    FORGET = "forget"
    OUTCOME = "outcome"
    FOLLOW = "follow"
    FOLLOW_ORGANISATION = "follow-organisation"
    FOLLOW_THEME = "follow-theme"
    FOLLOW_HOW = "follow-how"
    UNFOLLOW = "unfollow"
    NEWS = "news"
    COPIES = "copies"
    COPY = "copy"
    RELEASE_COPY = "release-copy"
    HOLD_COPY = "hold-copy"
    TAKE_DOWN_COPY = "take-down-copy"
    ASKED = "asked"
    MEETING = "meeting"
    ATTEND = "attend"
    AGREEMENTS = "agreements"
    AGREEMENT = "agreement"
    EXCUSE = "excuse"
    NOTES_OF = "notes-of"
    NOTES = "notes"
    NOTES_NAMES = "notes-names"
    NOTES_READY = "notes-ready"
    NETWORK = "network"
    ANSWERING = "answering"
    POST = "post"
    EARLIER = "earlier"
    UNDER = "under"
    SHARE = "share"
    SEARCH = "search"
    FOUND = "found"


class Refusal(StrEnum):
    """Why a file cannot be taken; the value ends the name of the words that say so."""

    EMPTY = "empty"
    LARGE = "large"
    KIND = "kind"
    OFFICE = "office"
    LOCKED = "locked"
    BROKEN = "broken"
    MANY = "many"
    TEXT = "text"


class Reason(StrEnum):
    """Why an organisation withdraws what it said in public; the value ends the name of the words that say so."""

    WRONG = "wrong"
    MISTAKE = "mistake"
    ELSEWHERE = "elsewhere"
    REPLACED = "replaced"


class Excuse(StrEnum):
    """Why an agreement is no longer needed; the value ends the name of the words that say so."""

    OTHERS = "others"
    OVERTAKEN = "overtaken"
    IMPOSSIBLE = "impossible"


class Draft(Shape):
    """What is known of a report so far; None is still to be asked.

    ``milestone`` is a number, or empty for the commitment as a whole; ``hint`` is the part of a number that was said
    where several commitments have it. ``obstacle`` and ``evidence`` are empty where the person said there is none.
    ``file`` is evidence too: ``<sha256>.<type>``, with ``title`` saying what it shows. ``key`` makes the id of the
    report; ``revises`` is one that waits for review and is changed, ``replaces`` one that is public already.
    A correction or idea has ``about`` for its record, and no kind until that is chosen; ``answers`` is the id of the
    correction or idea that the text is the public answer to, and ``outcome`` says whether anything was changed.
    With ``notes`` the text is that of the meeting ``about``.
    What a member shares has ``about`` for the question that it answers, for its theme or its meeting; it is empty
    where there is none.
    """

    key: str
    kind: ReportKind | None = ReportKind.PROGRESS
    about: str | None = None
    answers: str | None = None
    outcome: TicketOutcome | None = None
    commitment: str | None = None
    milestone: str | None = None
    hint: str = ""
    text: str | None = None
    language: str = ""
    unchanged: bool = False
    completion: Completion | None = None
    obstacle: str | None = None
    evidence: str | None = None
    file: str | None = None
    title: str | None = None
    speaks_of: Period | None = None
    revises: str | None = None
    replaces: str | None = None
    notes: bool = False

    def report_id(self, plan: str) -> str:
        """Give the id of the report that this becomes; the same draft always gets the same."""
        digest = hashlib.sha256(self.key.encode()).hexdigest()[:ID_LENGTH]
        return self.revises or f"{self.commitment or plan}/{digest}"

    @property
    def is_remark(self) -> bool:
        """Tell whether this is a correction, an idea or an answer to one, and not progress."""
        return self.answers is not None or not (self.kind is ReportKind.PROGRESS or self.is_post)

    @property
    def is_post(self) -> bool:
        """Tell whether this is what a member shares with the network."""
        return self.kind is not None and self.kind.is_post

    @property
    def is_begun(self) -> bool:
        """Tell whether there is something in it that is worth keeping."""
        return bool(self.commitment or self.text or (self.about and not (self.is_post or self.notes)))


class Choice(Shape):
    """One answer that may be picked: by number, by words, or by its action."""

    number: int
    words: str
    action: str


class Door(Shape):
    """A button below a message that leads somewhere at any time."""

    words: str
    action: str


class Paper(Shape):
    """A small file made for who reads a message: a calendar file, a page, its Markdown; ``name`` ends in its type."""

    name: str
    text: str


class Reply(Shape):
    """A message to a person: at most one question. ``preview`` is text exactly as the public will see it.

    ``files`` says that a file may be sent in answer, ``file`` names one that this is about and that may be opened.
    ``doors`` are buttons that lead somewhere at any time, also when the question of then is long gone.
    ``documents`` says that a long text or a document may be sent in answer, ``papers`` come along with the message.
    """

    heading: str = ""
    text: str = ""
    preview: tuple[str, ...] = ()
    question: str = ""
    choices: tuple[Choice, ...] = ()
    files: bool = False
    file: str | None = None
    doors: tuple[Door, ...] = ()
    documents: bool = False
    papers: tuple[Paper, ...] = ()


class Place(Shape):
    """Where a conversation stands: the open question, the draft, the report it is about.

    ``seen`` stands for what a reviewer was shown of that report, so that nothing else is decided on. ``sought`` is what
    somebody searches for, ``start`` how much of what was found they saw before.
    """

    step: Step = Step.MORE
    draft: Draft | None = None
    about: str | None = None
    seen: str = ""
    sought: str = ""
    start: int = 0


class State(Shape):
    """What is remembered of a conversation between two messages; ``role`` is the one it was last held in."""

    place: Place = Place(step=Step.STOPPED)
    offered: tuple[Choice, ...] = ()
    kept: tuple[Draft, ...] = ()
    past: tuple[Place, ...] = ()
    language: str
    revision: int = 0
    role: str | None = None


class Message(Shape):
    """What a person typed, or the action of the choice they tapped.

    ``file`` names a file that came with it, checked and kept privately; ``refused`` says why one was not taken.
    ``whole`` is the text with its lines, as it was typed or stood in a document.
    """

    text: str = ""
    action: str | None = None
    file: str | None = None
    refused: Refusal | None = None
    whole: str = ""


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


class Turn(Shape):
    """What follows from a message: the next state, what is said, what is to be done."""

    state: State
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...] = ()


class Move(Shape):
    """Where an answer leads: the next place, words said on the way, what is to be done.

    ``back`` leads to the question that stood open before, in place of ``place``.
    """

    place: Place
    said: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    forget: bool = False
    back: bool = False


class Wrong(Shape):
    """An answer that does not fit: helpful words; the question is put again, with what was understood kept."""

    help: str
    draft: Draft | None = None


@dataclass(frozen=True)
class Kept:
    """What is kept of the person who speaks, for how long anything is kept, and who answers for that.

    ``folder`` is what a data folder says of itself, empty where it is for trying out; ``days`` the retention table.
    ``until`` is the day on which a role ends, ``lapsed`` the person as they were before that day.
    """

    folder: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    until: date | None = None
    lapsed: models.Person | None = None
    reports: tuple[models.Report, ...] = ()
    drafts: tuple[Draft, ...] = ()
    messages: int = 0
    entries: int = 0


def _nothing(query: str, start: int) -> Hits:
    return Hits()


@dataclass(frozen=True)
class Suggested:
    """An entry of a feed that may concern a commitment of the own organisation, and the title of the feed."""

    mention: models.Mention
    entry: models.Entry
    feed: str


@dataclass(frozen=True)
class World:
    """What a conversation may know: the plan, what is public, what waits, and who is speaking.

    ``updates`` are public and newest first; ``waiting`` is oldest first, ``own`` newest first; ``tickets`` are the
    public corrections and ideas, oldest first; ``following`` is what the person follows, ``suggested`` what the news
    may say of the own commitments, oldest first. ``pages`` gives the public address of a commitment's id, of a
    report's, of ``site`` and of ``meetings``. ``key`` names a draft that begins now; ``kept`` is what is known of the
    person who speaks. ``copies`` are those of evidence, for reviewers, the oldest first. ``asked`` are the commitments
    and quarters about which the own organisation was asked and may still answer; ``agenda`` in ``pages`` is there where
    it has dates. ``find`` gives what is public and holds these words, from a place in the list on.
    """

    folder: models.PlanFolder
    today: date
    person: models.Person
    phase: models.Phase
    updates: tuple[models.Update, ...] = ()
    waiting: tuple[models.Report, ...] = ()
    own: tuple[models.Report, ...] = ()
    tickets: tuple[models.Correction, ...] = ()
    standing: Mapping[str, tuple[Completion, int, int]] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    kept: Kept = Kept()
    following: tuple[models.Subscription, ...] = ()
    suggested: tuple[Suggested, ...] = ()
    copies: tuple[Copy, ...] = ()
    asked: tuple[tuple[str, Period], ...] = ()
    gathered: Gathered = NOTHING
    network: Network = field(default_factory=Network)
    find: Callable[[str, int], Hits] = _nothing

    @property
    def plan(self) -> models.Plan:
        """Give the plan spoken of."""
        return self.folder.plan

    @cached_property
    def commitments(self) -> dict[str, models.Commitment]:
        """Give the commitments by id."""
        return {commitment.id: commitment for commitment in self.folder.commitments}

    @cached_property
    def milestones(self) -> dict[str, tuple[models.Commitment, models.Milestone]]:
        """Give the milestones that are not withdrawn, by number, each with its commitment."""
        return {m.number: (c, m) for c in self.folder.commitments for m in c.milestones if not m.withdrawn}

    @cached_property
    def organisations(self) -> dict[str, models.Organisation]:
        """Give the organisations by id."""
        return {organisation.id: organisation for organisation in self.folder.organisations}


@dataclass(frozen=True)
class Talk:
    """One answer to one question: where the conversation stands, what was said, in which world.

    ``key`` names a draft that begins here; ``kept`` are drafts put aside.
    """

    place: Place
    message: Message
    world: World
    language: str
    key: str = ""
    kept: tuple[Draft, ...] = ()

    @property
    def draft(self) -> Draft:
        """Give the draft that is worked on, or a new one."""
        return self.place.draft or Draft(key=self.key)

    @property
    def action(self) -> str:
        """Give the name of the choice that was picked, without its value."""
        return (self.message.action or "").partition(" ")[0]

    @property
    def value(self) -> str:
        """Give the value of the choice that was picked."""
        return (self.message.action or "").partition(" ")[2]

    def say(self, name: str, /, **values: object) -> str:
        """Give words of the bot in the language of the conversation."""
        return say(self.language, name, **values)
