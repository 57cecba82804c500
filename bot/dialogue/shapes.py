"""What a conversation is made of: state, message, reply, and the world it speaks of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.dialogue.drafts import Draft, Refusal, Shape, Step
from bot.dialogue.effects import Effect
from bot.dialogue.evidence_copies import Copy
from bot.dialogue.gathered import NOTHING, Gathered
from bot.dialogue.network_shapes import Hits, Network
from bot.messages import say
from monitor import models
from monitor.models import (
    Completion,
)
from monitor.periods import Period


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
    somebody searches for, or wrote where it is
    asked what that is, ``start`` how much of what was found they saw before. In ``about`` stand the numbers of the
    commitments where several are answered in one go.
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
    digests: int = 0
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
