"""The words of the monitor: one frozen model for each, and the only definition of each.

Texts that people read are mappings from a language code of the plan to the words in that language.
Times are UTC. An id of a commitment reads ``2018-2020/01``, of a milestone ``2018-2020/1.2``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor.periods import Period

Text = dict[str, str]
# A plan whose id begins so is invented, which every record's id, address and export then says.
EXAMPLE = "voorbeeld-"
# The kinds of reminder that ask about a quarter: for the first time, and once more.
ASKED, ASKED_AGAIN = "round", "again"
ASKING = frozenset({ASKED, ASKED_AGAIN})
# Indicators are read weekly; one that failed to be read three times over is old.
STALE_AFTER = timedelta(days=21)


class Phase(StrEnum):
    """Where a plan stands between its first and its last day."""

    PREPARATION = "preparation"
    RUNNING = "running"
    CLOSING = "closing"
    CLOSED = "closed"


class Completion(StrEnum):
    """How far a milestone or commitment is; unknown is none of the other four."""

    NOT_STARTED = "not-started"
    LIMITED = "limited"
    SUBSTANTIAL = "substantial"
    COMPLETE = "complete"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """Whether a source says it, or we reasoned it from a source."""

    FOUND = "found"
    DERIVED = "derived"


class Origin(StrEnum):
    """Who made a milestone: the official table, or our reading of the plan's prose."""

    OFFICIAL = "official"
    PLAN_TEXT = "plan-text"


class Wording(StrEnum):
    """Who worded a text in a language."""

    PLAN = "plan"
    OGP = "ogp"
    OURS = "ours"


class DueBasis(StrEnum):
    """What carries a due date; only a stated one can be late."""

    STATED = "stated"
    DERIVED = "derived"
    PERIOD = "period"
    PLAN_END = "plan-end"


class MilestoneKind(StrEnum):
    """A deliverable, a rhythm with a slot per period, or a numeric target."""

    DELIVERABLE = "deliverable"
    RECURRING = "recurring"
    TARGET = "target"


class Way(StrEnum):
    """By which way an update came in."""

    CHAT = "chat"
    FEED = "feed"
    PULL_REQUEST = "pull-request"


class Freshness(StrEnum):
    """How recent a commitment's news is in a quarter."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    RECEIVED = "received"
    OPEN = "open"
    NO_MESSAGE = "no-message"
    NOT_TRACKED = "not-tracked"


class Relation(StrEnum):
    """Whether an indicator measures the promise itself or only what happened around it."""

    DIRECT = "direct"
    CONTEXT = "context"


class DayFrom(StrEnum):
    """Where the day that a reading speaks of comes from: the answer names it, or it is the day of fetching."""

    ANSWER = "answer"
    FETCH = "fetch"


class MeetingKind(StrEnum):
    """Who meets."""

    NETWORK = "network"
    OWNERS = "owners"
    FORUM = "forum"
    SESSION = "session"
    PUBLIC = "public"


class AgreementState(StrEnum):
    """Whether an agreement still stands open."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class MentionState(StrEnum):
    """What became of a suggestion that an entry concerns a commitment."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class EvidenceState(StrEnum):
    """What the last check of an address found; or that a copy is kept here, or was taken away."""

    UNCHECKED = "unchecked"
    ALIVE = "alive"
    CHANGED = "changed"
    MOVED = "moved"
    MISSING = "missing"
    GONE = "gone"
    KEPT = "kept"
    ERASED = "erased"


class CopyState(StrEnum):
    """Whether a copy of what an address held may be seen by everyone, is held back, or was taken away."""

    RELEASED = "released"
    HELD = "held"
    TAKEN_DOWN = "taken-down"


class ChangeKind(StrEnum):
    """Adoption of a text, a change of the promise, or a change of our record of it."""

    ADOPTION = "adoption"
    PROMISE = "promise"
    RECORD = "record"


class TicketState(StrEnum):
    """Whether a correction, idea or question has its public answer."""

    OPEN = "open"
    CLOSED = "closed"


class TicketOutcome(StrEnum):
    """Whether anything was changed because of a correction or idea; its public answer says what, or why not."""

    CHANGED = "changed"
    NOT_CHANGED = "not-changed"


class ReportKind(StrEnum):
    """What a report is: progress of a lead, anyone's correction or idea, or a post of a member of the network."""

    PROGRESS = "progress"
    CORRECTION = "correction"
    IDEA = "idea"
    QUESTION = "question"
    ANSWER = "answer"
    LESSON = "lesson"
    THEME = "theme"
    AGENDA_ITEM = "agenda-item"

    @property
    def is_post(self) -> bool:
        """Tell whether it is what a member shares with the network."""
        return self in POSTS


POSTS = frozenset({ReportKind.QUESTION, ReportKind.ANSWER, ReportKind.LESSON, ReportKind.THEME, ReportKind.AGENDA_ITEM})


class ReportState(StrEnum):
    """Where a report is between typing and publication."""

    WAITING = "waiting"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# Nobody decided yet.
UNDECIDED = (ReportState.WAITING, ReportState.RETURNED)


class Ground(StrEnum):
    """The form grounds on which a report may be declined; none of them is about truth."""

    WRONG_COMMITMENT = "wrong-commitment"
    UNREADABLE = "unreadable"
    EVIDENCE_DOES_NOT_OPEN = "evidence-does-not-open"
    PERSONAL_DATA = "personal-data"
    UNLAWFUL = "unlawful"


class Role(StrEnum):
    """What a person may do."""

    VISITOR = "visitor"
    LEAD = "lead"
    PIONEER = "pioneer"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"


class Model(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    FACTUAL: ClassVar[frozenset[str]] = frozenset()


class Source(Model):
    """Where a fact comes from: a title and publisher, an address or the reason why there is none.

    ``language`` is that of the title; ``short`` is what stands behind a fact in place of the id.
    """

    id: str
    title: str
    language: str | None = None
    short: Text | None = None
    publisher: str | None = None
    published: Period | None = None
    address: str | None = None
    no_address: Text | None = None
    retrieved: date
    note: Text | None = None


class Citation(Model):
    """A source behind a fact, with the reasoning where the fact is derived from it."""

    source: str
    certainty: Certainty = Certainty.FOUND
    reasoning: Text | None = None
    quote: str | None = None


def _citation(value: Any) -> Any:
    return {"source": value} if isinstance(value, str) else value


Citations = tuple[Annotated[Citation, BeforeValidator(_citation)], ...]
SourcesByField = dict[str, Citations]


class Fact(Model):
    """Something known that is none of the other words: what, its value, its sources."""

    what: Text
    value: Text
    sources: Citations = ()


class Statement(Model):
    """What one source says where sources differ."""

    value: Text
    sources: Citations = ()


class Conflict(Model):
    """Sources that differ about one thing; all are kept."""

    about: Text
    statements: tuple[Statement, ...]


class Unknown(Model):
    """What was looked for and not found, and where a person could look."""

    id: str
    what: Text
    note: Text | None = None
    where: Text


class Assessment(Model):
    """A finding of an assessor, as printed, never translated in the value."""

    assessor: str
    indicator: str
    value: str
    scheme: str
    report: str
    published: Period | None = None
    note: Text | None = None
    sources: Citations = ()


class EndDate(Model):
    """One of the days on which a plan is said to end, and who says so."""

    what: Text
    period: Period
    sources: Citations = ()


class Rounds(Model):
    """The rhythm in which leads are asked for progress."""

    cadence: str = "quarter"
    period: Period


class FollowOn(Model):
    """A later commitment or plan that goes on with this one."""

    next_plan: str
    ogp_id: str | None = None
    title: Text | None = None
    address: str | None = None
    sources: Citations = ()


class Organisation(Model):
    """A body, with its public identifiers where they were found."""

    FACTUAL: ClassVar[frozenset[str]] = frozenset({"name", "tooi", "cbs", "oin", "valid_until", "successor"})
    id: str
    name: Text
    short: Text | None = None
    kind: str
    tooi: str | None = None
    cbs: str | None = None
    oin: str | None = None
    valid_until: date | None = None
    successor: str | None = None
    note: Text | None = None
    sources: SourcesByField = {}


class Lead(Model):
    """An organisation that answers for a commitment, with doubts noted."""

    organisation: str
    doubt: Text | None = None
    confirmed_on: date | None = None
    sources: Citations = ()


class Partner(Model):
    """Who helps: an organisation of the plan, or a name as printed."""

    organisation: str | None = None
    name: Text | None = None
    doubt: Text | None = None
    sources: Citations = ()


class Goal(Model):
    """An aim of a commitment within its term, or beyond it where ``ultimate``."""

    text: Text
    quote: str | None = None
    ultimate: bool = False
    sources: Citations = ()


class Milestone(Model):
    """A verifiable step. ``counted`` is false where the text is too weak to count; then a note says why."""

    number: str = Field(pattern=r"^\d+\.\d+$")
    title: Text
    wording: dict[str, Wording] = {}
    quote: str | None = None
    kind: MilestoneKind = MilestoneKind.DELIVERABLE
    origin: Origin
    official_number: str | None = None
    start: Period | None = None
    due: Period
    due_basis: DueBasis
    due_note: Text | None = None
    slots: tuple[Period, ...] = ()
    counted: bool = True
    withdrawn: Text | None = None
    note: Text | None = None
    sources: Citations = ()


class Measurement(Model):
    """One dated reading of an indicator. ``at_least`` where the source says "more than"."""

    speaks_of: Period
    published: Period | None = None
    value: float
    at_least: bool = False
    note: Text | None = None
    sources: Citations = ()


class Indicator(Model):
    """A number that tells how far a commitment reaches, with its target if the plan names one.

    ``reading_note`` says what must be known of the numbers that the monitor reads at ``address``. One whose ``id`` ends
    in ``year`` gives a year.
    """

    id: str
    title: Text
    target: float | None = None
    target_note: Text | None = None
    relation: Relation
    automatic: bool = False
    address: str | None = None
    reading_note: Text | None = None
    measurements: tuple[Measurement, ...] = ()
    sources: Citations = ()


class PlanUpdate(Model):
    """An update written in YAML: what an organisation or publication said about a day in the past."""

    id: str
    milestone: str | None = None
    organisation: str | None = None
    said_by: Text | None = None
    text: Text
    completion: Completion | None = None
    completion_reasoning: Text | None = None
    unchanged: bool = False
    obstacle: Text | None = None
    speaks_of: Period
    published: Period
    withdrawn: Text | None = None
    sources: Citations = ()


class Closing(Model):
    """What a person wrote at the end of a plan: promised, shown, unknown."""

    promised: Text
    shown: Text
    unknown: Text
    sources: Citations = ()


class ChangeEntry(Model):
    """Who decided a change of a file, when and why."""

    on: date
    kind: ChangeKind
    what: Text
    reason: Text
    decided_by: str | None = None
    milestone: str | None = None
    sources: Citations = ()


class Commitment(Model):
    """A promise of a plan; ``slug`` is the name of its file without what stands behind the dot.

    ``also_called`` are the words by which news means it, ``with_organisation`` those that mean it only beside the name
    of a lead or partner. An ellipsis stands between words that need not follow each other: ``Wob … dashboard``.
    """

    FACTUAL: ClassVar[frozenset[str]] = frozenset({"title", "official_text", "ogp_id", "period"})
    plan: str
    slug: str | None = None
    number: int
    ogp_id: str | None = None
    title: Text
    short_title: Text | None = None
    also_called: tuple[str, ...] = ()
    with_organisation: tuple[str, ...] = ()
    wording: dict[str, Wording] = {}
    summary: Text
    official_text: Text = {}
    period: Period
    leads: tuple[Lead, ...]
    partners: tuple[Partner, ...] = ()
    goals: tuple[Goal, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    facts: tuple[Fact, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    updates: tuple[PlanUpdate, ...] = ()
    follow_on: tuple[FollowOn, ...] = ()
    closing: Closing | None = None
    conflicts: tuple[Conflict, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    changes: tuple[ChangeEntry, ...] = ()
    sources: SourcesByField = {}

    @property
    def id(self) -> str:
        """Give the id, for example ``2018-2020/01``."""
        return commitment_id(self.plan, self.number)


class Plan(Model):
    """An action plan of a country, with the rules it is read by."""

    FACTUAL: ClassVar[frozenset[str]] = frozenset(
        {"title", "ogp_id", "ogp_number", "period", "cycle_end", "coordinator"}
    )
    id: str
    country: str
    languages: tuple[str, ...]
    title: Text
    wording: dict[str, Wording] = {}
    motto: Text | None = None
    kicker: Text
    summary: Text
    ogp_id: str | None = None
    ogp_number: int | None = None
    period: Period
    cycle_end: date
    end_dates: tuple[EndDate, ...] = ()
    publisher: str | None = None
    coordinator: str
    reviewers: tuple[str, ...] = ()
    assessors: tuple[str, ...] = ()
    rounds: Rounds | None = None
    monitored_from: date
    rule_set: str | None = None
    publish_copies: tuple[str, ...] = ()
    follow_on: tuple[FollowOn, ...] = ()
    facts: tuple[Fact, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    changes: tuple[ChangeEntry, ...] = ()
    sources: SourcesByField = {}


class Agreement(Model):
    """What a meeting agreed: who does what by when."""

    id: str
    text: Text
    organisation: str | None = None
    due: Period | None = None
    state: AgreementState = AgreementState.OPEN


class Meeting(Model):
    """People of the plan who met; ``slot`` is the period of a recurring milestone that it fills."""

    FACTUAL: ClassVar[frozenset[str]] = frozenset({"date", "time", "place", "host", "theme", "organisations"})
    plan: str
    slug: str
    kind: MeetingKind
    title: Text
    date: Period
    time: str | None = None
    place: str | None = None
    online: bool = False
    host: str | None = None
    theme: Text | None = None
    milestone: str | None = None
    slot: Period | None = None
    organisations: tuple[str, ...] = ()
    also_present: Text | None = None
    notes: Text = {}
    decisions: tuple[Text, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    afterwards: Text | None = None
    unknowns: tuple[Unknown, ...] = ()
    sources: SourcesByField = {}

    @property
    def id(self) -> str:
        """Give the id, for example ``2018-2020/2018-09-18-schiedam``."""
        return f"{self.plan}/{self.slug}"


class Feed(Model):
    """An address that is read for news about commitments."""

    id: str
    title: str
    address: str
    organisation: str | None = None
    commitments: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    interval_hours: int = Field(default=6, ge=1, le=24 * 31)
    after_plan: bool = False
    dead: Text | None = None
    note: Text | None = None
    sources: Citations = ()


class PlanFolder(Model):
    """All that one folder below ``commitments/`` says."""

    plan: Plan
    organisations: tuple[Organisation, ...]
    sources: tuple[Source, ...]
    commitments: tuple[Commitment, ...]
    meetings: tuple[Meeting, ...] = ()
    feeds: tuple[Feed, ...] = ()


class CitationRow(Citation):
    """A citation with the record and field that it carries, for those who query."""

    plan: str
    record: str
    field: str
    position: int


class Rule(Model):
    """A rule that plans are held against: what it asks, in which years, and how it is checked.

    ``since`` and ``until`` are the first and last year in force, where known; ``seen`` are the years of which a
    source shows that this text held. ``check`` names a function of ``monitor.rules``; a rule whose text was not
    found, or that nothing here can check, says ``why`` it is not assessed and ``where`` a person could look.
    """

    id: str
    group: str
    text: Text
    text_found: bool = True
    since: int | None = None
    until: int | None = None
    seen: Period | None = None
    years_note: Text | None = None
    check: str | None = None
    why: Text | None = None
    where: Text | None = None
    sources: Citations


class RuleSet(Model):
    """The rules of a body for its members' plans, in groups, with their own sources."""

    id: str
    title: Text
    groups: dict[str, Text]
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]


# Recorded: append-only rows of the public database


class Update(Model):
    """What an organisation said about a day, public since ``published_on``; never a person."""

    id: str
    plan: str
    commitment: str
    milestone: str | None = None
    organisation: str | None = None
    said_by: Text | None = None
    text: Text
    completion: Completion | None = None
    completion_reasoning: Text | None = None
    unchanged: bool = False
    obstacle: Text | None = None
    speaks_of: Period
    published: Period
    published_on: date
    recorded_at: datetime
    way: Way
    reviewed_on: date | None = None
    reviewed_by_other: bool = False
    after_plan: bool = False
    replaces: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn: Text | None = None


class Evidence(Model):
    """A link or document behind an update.

    ``file`` is ``<sha256>.<type>`` of a copy of ``file_bytes`` that everyone may open here. ``tried_at`` is the last
    attempt and ``checked_at`` the last answer that told something; ``fetched_at`` is when what ``sha256`` names was
    kept; ``missing_since`` the first of ``misses`` answers in a row that it is not there. ``page_title`` is what the
    page calls itself, only with a copy that everyone may see; ``moved_to`` where it says to be now.
    """

    id: str
    plan: str
    update_id: str
    title: str | None = None
    address: str | None = None
    no_address: Text | None = None
    file: str | None = None
    file_bytes: int | None = None
    source: str | None = None
    sha256: str | None = None
    state: EvidenceState = EvidenceState.UNCHECKED
    checked_at: datetime | None = None
    tried_at: datetime | None = None
    status: int | None = None
    page_title: str | None = None
    fetched_at: datetime | None = None
    missing_since: datetime | None = None
    misses: int = 0
    moved_to: str | None = None
    archive_address: str | None = None
    recorded_at: datetime


class CopyDecision(Model):
    """That a copy kept under its hash may be seen by everyone or not: by which role, when and on which ground.

    The newest one of a hash counts. ``file`` is the name it is served under; ``role`` is ``plan`` where the plan names
    the host it came from.
    """

    id: str
    sha256: str
    state: CopyState
    role: str
    ground: Text
    file: str | None = None
    file_bytes: int | None = None
    recorded_at: datetime


class Entry(Model):
    """An item of a feed, as it first came."""

    id: str
    plan: str
    feed: str
    title: str
    address: str | None = None
    summary: str = ""
    published_on: date | None = None
    recorded_at: datetime
    changed_at: datetime | None = None


class Mention(Model):
    """An entry that may concern a commitment, with the rule and words that matched."""

    id: str
    plan: str
    entry: str
    commitment: str
    milestone: str | None = None
    rule: str
    words: tuple[str, ...] = ()
    state: MentionState = MentionState.SUGGESTED
    recorded_at: datetime


class FeedState(Model):
    """How reading a feed goes: last success, failures in a row, when it is tried again.

    ``address`` is the one that was read; ``moved_to`` is the one that it says to use from now on. ``let_go`` counts
    old entries without a mention that made place, ``left_out`` the new ones that found none when it was last read.
    """

    feed: str
    plan: str
    address: str | None = None
    etag: str | None = None
    modified: str | None = None
    last_tried_at: datetime | None = None
    last_success_at: datetime | None = None
    last_entry_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    next_at: datetime | None = None
    moved_to: str | None = None
    let_go: int = 0
    left_out: int = 0


class MeasurementRow(Model):
    """A recorded reading of an indicator, from a file or by a reader."""

    id: str
    plan: str
    commitment: str
    indicator: str
    speaks_of: Period
    day_from: DayFrom | None = None
    published_on: date
    value: float
    at_least: bool = False
    note: Text | None = None
    address: str | None = None
    status: int | None = None
    sha256: str | None = None
    reader: str | None = None
    recorded_at: datetime


class HeldMeasurement(MeasurementRow):
    """A reading that jumps too far from the one before: kept apart until a person has looked, never a fact."""

    before: float

    def came_last(self, state: IndicatorState) -> bool:
        """Tell whether this is what the last attempt gave: then the source did answer."""
        return self.recorded_at == state.last_tried_at


class IndicatorState(Model):
    """How reading an indicator goes: by which reader, last success, failures in a row, when it is tried again."""

    plan: str
    commitment: str
    indicator: str
    address: str | None = None
    reader: str | None = None
    last_tried_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    next_at: datetime | None = None

    def is_stale(self, now: datetime) -> bool:
        """Tell whether the last success is so long ago that its number says little of now."""
        return self.last_success_at is None or now - self.last_success_at > STALE_AFTER


class Change(Model):
    """A field of the promise or of our record that moved: from, to, why and by which role."""

    id: str
    plan: str
    record: str
    field: str
    old: str | None = None
    new: str | None = None
    kind: ChangeKind
    what: Text | None = None
    reason: Text | None = None
    decided_by: str | None = None
    role: str
    revision: str | None = None
    published_on: date
    recorded_at: datetime


class Version(Model):
    """What the files said of one record from a moment on, as JSON; ``content`` is None from the moment it was gone."""

    id: str
    plan: str
    kind: str
    record: str
    content: str | None = None
    role: str
    revision: str | None = None
    recorded_at: datetime


class Correction(Model):
    """A public ticket that something here is wrong; closed only with a public answer.

    ``number`` counts within the plan and kind; ``about`` is the record it names: of the plan, a commitment, a
    milestone (``?slot=`` for one of its periods), a meeting, or ``#`` and something unknown of one of these.
    ``organisation`` sent it, None for a visitor; ``answered_by`` is the organisation that answered; ``outcome`` is
    None where the answer was given without saying it.
    """

    id: str
    plan: str
    number: int
    commitment: str | None = None
    about: str | None = None
    organisation: str | None = None
    text: Text
    reviewed_by_other: bool = False
    state: TicketState = TicketState.OPEN
    answer: Text | None = None
    answered_by: str | None = None
    outcome: TicketOutcome | None = None
    published_on: date
    closed_on: date | None = None
    recorded_at: datetime
    closed_at: datetime | None = None


class Idea(Correction):
    """A public ticket with an idea; closed only with a public answer."""


class Shared(Model):
    """What a member shared with the network; one that is withdrawn stands on no page any more."""

    id: str
    plan: str
    organisation: str | None = None
    text: Text
    reviewed_by_other: bool = True
    withdrawn_at: datetime | None = None
    published_on: date
    recorded_at: datetime


class Question(Shared):
    """What a member asks the network."""

    theme: str | None = None
    state: TicketState = TicketState.OPEN


class Answer(Shared):
    """A member's answer to a question."""

    question: str


class Lesson(Shared):
    """What a member learned and shares, under a theme."""

    theme: str | None = None
    address: str | None = None


class Theme(Model):
    """A subject of the network."""

    id: str
    plan: str
    title: Text
    recorded_at: datetime


class AgendaItem(Shared):
    """What a member proposes for a meeting."""

    meeting: str | None = None


class SignUp(Model):
    """An organisation that comes to a meeting; how many, never who."""

    id: str
    plan: str
    meeting: str
    organisation: str
    people: int = 1
    withdrawn_at: datetime | None = None
    recorded_at: datetime


class AgreementUpdate(Model):
    """A statement that an agreement moved to another state."""

    id: str
    plan: str
    meeting: str
    agreement: str
    organisation: str | None = None
    state: AgreementState
    text: Text | None = None
    published_on: date
    recorded_at: datetime


class Round(Model):
    """A round of asking leads about a quarter."""

    id: str
    plan: str
    quarter: Period
    opened_at: datetime
    closed_at: datetime | None = None


class Reminder(Model):
    """That an organisation was asked, reminded or told something, about what and when.

    ``kind`` is round or again (asked about the quarter in ``round``), due (a date comes near), missing (told who gave
    no message), weekly (the summary of a week) or agreements (told what is open before a meeting).
    """

    id: str
    plan: str
    round: str | None = None
    organisation: str
    kind: str
    commitment: str | None = None
    sent_at: datetime


class Queue(Model):
    """How many reports wait for review, and since when the oldest does; for each plan.

    Corrections and ideas are no progress: they are counted under the plan's id in place of a commitment's, and under
    no organisation where a visitor sent them; what members share is counted under ``<plan>/network``. ``quarters`` are
    those that the reports speak of, also reports that came back with a question: these do not count as waiting, and
    ``oldest_at`` is theirs only where nothing waits.
    """

    plan: str
    commitment: str
    organisation: str
    waiting: int
    oldest_at: datetime | None = None
    quarters: tuple[Period, ...] = ()


# The job that does nothing: its runs tell that jobs are run.
HEARTBEAT = "heartbeat"


class Run(Model):
    """One run of a job, without an end as long as it goes on.

    ``failures`` in a row, since ``failing_since_at``; ``quiet_since_at`` is since when each run gave nothing.
    ``mark`` is a hash of what the run was made of, where the job runs only when that changed.
    """

    id: str
    job: str
    started_at: datetime
    ended_at: datetime | None = None
    items: int = 0
    failures: int = 0
    error: str | None = None
    failing_since_at: datetime | None = None
    quiet_since_at: datetime | None = None
    mark: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the run goes on, or was broken off without a word."""
        return self.ended_at is None and self.error is None


FEED_MOVED = "feed-moved"


class Alarm(Model):
    """Something that is ill or asks for somebody's hand, since when, and when it ended."""

    id: str
    kind: str
    about: str
    message: Text
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def is_suggestion(self) -> bool:
        """Tell whether nothing is ill, and somebody is only asked to change a plan file."""
        return self.kind == FEED_MOVED


class HealthRow(Model):
    """How one thing the monitor depends on goes, as it was looked at last; ``number`` is in the unit of its topic."""

    topic: str
    about: str
    well: bool
    last_at: datetime | None = None
    next_at: datetime | None = None
    number: int | None = None
    note: str | None = None
    checked_at: datetime


class Tombstone(Model):
    """That something was erased: what kind, when, on which ground, by which role."""

    id: str
    kind: str
    ground: str
    role: str
    erased_at: datetime


class Passage(Model):
    """A piece of public text that can be found, in one language, and the address below it where the text stands.

    ``label`` says what it is in words; ``keys``, ``words`` and ``stems`` are what is compared, with a space around
    each. ``title_language`` and ``text_language`` are those the words are in.
    """

    record: str
    kind: str
    plan: str
    language: str
    address: str
    label: str
    title: str
    title_language: str
    text: str
    text_language: str
    keys: str
    words: str
    stems: str


# Private: rows of private.db, never public


class Person(Model):
    """Somebody who talks with the bot: a channel's address, a role, an organisation; no name.

    ``bound_at`` is since when they have this role, by the day that was spoken of then.
    """

    id: str
    channel: str
    address: str
    role: Role = Role.VISITOR
    organisation: str | None = None
    language: str | None = None
    notice: str | None = None
    reachable: bool = True
    created_at: datetime
    renewed_at: datetime | None = None
    bound_at: datetime | None = None


class Invitation(Model):
    """A secret, usable once before it expires, that binds a person to a role and organisation."""

    id: str
    secret_sha256: str
    role: Role
    organisation: str | None = None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Exchange(Model):
    """A question that a report came back with, and its answer; both stay private."""

    question: str
    answer: str | None = None


class Report(Model):
    """What was typed and awaits review. Accepted, it becomes what its kind says, with the same id.

    Progress always has an organisation and a commitment, a post an organisation; ``about`` is the record of a
    correction or idea, the question that is answered, the theme, or the meeting.
    """

    id: str
    plan: str
    kind: ReportKind = ReportKind.PROGRESS
    person: str
    organisation: str | None = None
    commitment: str | None = None
    about: str | None = None
    milestone: str | None = None
    completion: Completion | None = None
    text: str = ""
    language: str
    evidence_address: str | None = None
    evidence_file: str | None = None
    evidence_title: str | None = None
    obstacle: str | None = None
    unchanged: bool = False
    speaks_of: Period
    state: ReportState = ReportState.WAITING
    ground: Ground | None = None
    thread: tuple[Exchange, ...] = ()
    replaces: str | None = None
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None

    @property
    def question(self) -> str | None:
        """Give the question that has no answer yet."""
        return self.thread[-1].question if self.thread and self.thread[-1].answer is None else None


class FollowKind(StrEnum):
    """What can be followed."""

    PLAN = "plan"
    COMMITMENT = "commitment"
    ORGANISATION = "organisation"
    THEME = "theme"


class Cadence(StrEnum):
    """How often somebody hears of what they follow."""

    AT_ONCE = "at-once"
    WEEKLY = "weekly"


class Subscription(Model):
    """What a person follows, and how often; ``about`` is its id. ``told_at`` is until when news of it was looked at."""

    id: str
    person: str
    plan: str
    kind: FollowKind
    about: str
    cadence: Cadence = Cadence.WEEKLY
    created_at: datetime
    told_at: datetime | None = None


class Digest(Model):
    """The bundled news of a person for a stretch of time; ``told`` names what it held, so that none comes twice."""

    id: str
    person: str
    since_at: datetime
    until_at: datetime
    told: tuple[str, ...] = ()
    created_at: datetime


class Delivery(Model):
    """A message to send: queued, tried, sent or given up.

    ``country`` is set where nobody waits for it, so that it is sent only while people of that country work.
    """

    id: str
    person: str
    position: int
    country: str | None = None
    payload: dict[str, Any]
    state: str = "queued"
    attempts: int = 0
    next_at: datetime | None = None
    created_at: datetime
    sent_at: datetime | None = None


class AuditEntry(Model):
    """Who did what, by opaque id, chained by hash."""

    id: int
    at: datetime
    actor: str
    action: str
    about: str
    previous_sha256: str
    sha256: str


def is_example(plan: str) -> bool:
    """Tell whether a plan, or a record of it, is invented to show the monitor with."""
    return plan.startswith(EXAMPLE)


def commitment_id(plan: str, number: int) -> str:
    """Give the id of a commitment: plan and two-digit number."""
    return f"{plan}/{number:02d}"


def milestone_id(plan: str, number: str) -> str:
    """Give the id of a milestone: plan and dotted number."""
    return f"{plan}/{number}"


def commitment_of(record: str) -> str:
    """Give the id of the commitment that a commitment's or milestone's id belongs to."""
    plan, _, number = record.partition("/")
    return commitment_id(plan, int(number.partition(".")[0]))
