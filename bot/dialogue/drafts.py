"""What a person is busy with: the question that stands open, and the draft that the answers fill. Pure."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from monitor.models import Completion, ReportKind, TicketOutcome
from monitor.periods import Period

WHOLE = ""
ID_LENGTH = 12
# Channels in which a message comes by itself; elsewhere it waits until its reader comes back.
SENT_BY_ITSELF = ("telegram",)


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
    LANGUAGE = "language"
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
    DOUBT = "doubt"
    SAME_WHICH = "same-which"
    SAME_CHECK = "same-check"
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
    LONG = "long"
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
    With ``notes`` the text is that of the meeting ``about``. ``news`` is the id of the mention that it began with.
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
    news: str | None = None

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
