"""What a page is written from: the settings of the site, and a plan read once from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from monitor import models, network, progress, punctuality, status, versions, words
from monitor.pages import moments
from monitor.periods import day_of
from monitor.storage import Storage

T = TypeVar("T")


@dataclass(frozen=True)
class SiteContext:
    """What only the program that publishes knows.

    ``url`` is the public address and ends with a slash; ``edit_address`` is what a file name of the
    repository is put behind to edit it; ``plan`` is the plan that ``/`` shows; ``fetches`` tells
    whether feeds, numbers and evidence are fetched.
    """

    example: bool
    url: str
    version: str
    data_as_of: date
    plan: str
    telegram_bot: str | None = None
    edit_address: str | None = None
    report_path: str = "melden"
    data_path: str = "data/"
    fetches: bool = True


@dataclass(frozen=True)
class PlanData:
    """A plan as last synced, with what was recorded about it up to a day."""

    folder: models.PlanFolder
    updates: dict[str, list[models.Update]]
    withdrawn: dict[str, list[models.Update]]
    cited: dict[str, models.Citations]
    evidence: dict[str, list[models.Evidence]]
    copies: dict[str, models.CopyDecision]
    measurements: dict[tuple[str, str], list[models.MeasurementRow]]
    changes: list[models.Change]
    entries: dict[str, models.Entry]
    mentions: list[models.Mention]
    feed_states: dict[str, models.FeedState]
    indicator_states: dict[tuple[str, str], models.IndicatorState]
    held: dict[tuple[str, str], models.HeldMeasurement]
    rounds: list[models.Round]
    reminders: list[models.Reminder]
    queue: list[models.Queue]
    corrections: list[models.Correction]
    ideas: list[models.Idea]
    agreement_updates: list[models.AgreementUpdate]
    agreements_since: dict[network.Key, datetime]
    agenda_items: list[models.AgendaItem]
    sign_ups: dict[str, list[models.SignUp]]
    questions: list[models.Question]
    answers: dict[str, list[models.Answer]]
    lessons: list[models.Lesson]
    themes: dict[str, models.Theme]

    @property
    def plan(self) -> models.Plan:
        """Give the plan itself."""
        return self.folder.plan

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """Keep what several pages show, in whatever language, and is worked out once, by name."""
        return {}

    @cached_property
    def organisations(self) -> dict[str, models.Organisation]:
        """Give the organisations by id."""
        return {organisation.id: organisation for organisation in self.folder.organisations}

    @cached_property
    def sources(self) -> dict[str, models.Source]:
        """Give the sources by id."""
        return {source.id: source for source in self.folder.sources}

    @cached_property
    def commitments(self) -> dict[str, models.Commitment]:
        """Give the commitments by id."""
        return {commitment.id: commitment for commitment in self.folder.commitments}


@dataclass(frozen=True)
class Site:
    """All that the pages of one language are written from."""

    storage: Storage
    context: SiteContext
    data: PlanData
    plans: tuple[models.Plan, ...]
    today: date
    words: words.Words

    @property
    def plan(self) -> models.Plan:
        """Give the plan whose pages are written."""
        return self.data.plan

    @property
    def is_unofficial(self) -> bool:
        """Tell whether nobody publishes this plan here; example data say so in another way."""
        return not self.plan.publisher and not self.context.example

    @cached_property
    def phase(self) -> models.Phase:
        """Tell where the plan stands today."""
        return progress.phase(self.plan, self.today)

    @property
    def said_on(self) -> date:
        """Give the day that a page says it speaks of: today while the day matters, else that of the data."""
        return self.context.data_as_of if self.phase is models.Phase.CLOSED else self.today

    @cached_property
    def ratings(self) -> dict[str, progress.Ratings]:
        """Give what each commitment's lead, milestones and assessor say, by id."""
        return {commitment.id: self._rate(commitment) for commitment in self.data.folder.commitments}

    @cached_property
    def standings(self) -> list[progress.Standing]:
        """List how far every counted milestone of the plan is."""
        return [standing for ratings in self.ratings.values() for standing in ratings.derived.standings]

    @property
    def worked_out(self) -> dict[str, Any]:
        """Give what several pages show and is worked out once for all languages, by name."""
        return self.data.worked_out

    def updates(self, commitment: models.Commitment) -> list[models.Update]:
        """List what was said about a commitment, the newest first."""
        return self.data.updates.get(commitment.id, [])

    @cached_property
    def changes(self) -> list[models.Change]:
        """List the changes, the newest first; what the files say of a decision is told once, with what it moved."""
        told = {(c.kind, str(c.what)) for c in self.data.changes if c.field and c.what}
        return [c for c in self.data.changes if c.field or (c.kind, str(c.what)) not in told]

    @cached_property
    def rounds(self) -> list[models.Round]:
        """List the rounds that were asked by today: those about quarters that are over, the oldest first."""
        return [round_ for round_ in self.data.rounds if round_.quarter.is_over(self.today)]

    @property
    def all_updates(self) -> list[models.Update]:
        """List every update of the plan."""
        return [update for updates in self.data.updates.values() for update in updates]

    def standing(self, commitment: models.Commitment, milestone: models.Milestone) -> progress.Standing:
        """Tell how far one milestone is, counted or not."""
        updates = self.updates(commitment)
        return progress.standing(milestone, plan=self.plan, updates=updates, today=self.today)

    @property
    def past(self) -> moments.Past | None:
        """Give the plan as public on each quarter's last day; None where no earlier day is known."""
        if "past" not in self.worked_out:
            self.worked_out["past"] = self._look_back()
        found: moments.Past | None = self.worked_out["past"]
        return found

    def _look_back(self) -> moments.Past | None:
        known = status.load(self.storage, self.plan.id)
        # Once a plan is closed only new data can change a page, so its last day is theirs and not today's.
        until = min(self.today, self.context.data_as_of) if self.phase is models.Phase.CLOSED else self.today
        readings = [row.published_on for rows in self.data.measurements.values() for row in rows]
        return moments.past(known, until=until, readings=readings) if known else None

    @cached_property
    def agreements(self) -> list[network.Standing]:
        """Tell how everything that meetings agreed stands, the open ones first."""
        return network.standings(
            self.data.folder.meetings,
            self.data.agreement_updates,
            since=self.data.agreements_since,
            today=self.today,
        )

    @cached_property
    def kept(self) -> dict[str, tuple[punctuality.DueDate, ...]]:
        """Tell by organisation what became of the dates that sources state for its milestones."""
        found = punctuality.punctuality(self.data.folder, updates=self.all_updates, today=self.today)
        return {row.organisation: row.dates for row in found}

    @cached_property
    def adopted(self) -> dict[str, models.Commitment]:
        """Give the commitments as they were promised first, by id, where their promise was changed since."""
        moved = [c for c in self.data.changes if c.kind is models.ChangeKind.PROMISE and c.field]
        if not moved:
            return {}
        known = self.storage.all(models.Version, plan=self.plan.id)
        first = versions.promise_on(date.min, self.data.folder, changes=moved, known=known)
        changed = {models.commitment_of(change.record) for change in moved}
        return {commitment.id: commitment for commitment in first.commitments if commitment.id in changed}

    def _rate(self, commitment: models.Commitment) -> progress.Ratings:
        return progress.rate(commitment, plan=self.plan, updates=self.updates(commitment), today=self.today)

    @property
    def languages(self) -> tuple[str, ...]:
        """List the languages of the site; the first one stands at its root."""
        return self.plan.languages


def day_that_matters(storage: Storage, today: date) -> date:
    """Give the day that pages depend on: today while any plan is not closed, else that of the newest record."""
    closed = all(progress.phase(plan, today) is models.Phase.CLOSED for plan in storage.plans())
    return data_as_of(storage, today) if closed else today


def data_as_of(storage: Storage, today: date) -> date:
    """Give the day on which the newest of what is public today became so."""
    return storage.newest_day(today) or today


def read_plan(storage: Storage, plan: str, today: date) -> PlanData:
    """Read a plan and what the public could know about it on a day."""
    updates = storage.all(models.Update, plan=plan)
    entries = {entry.id: entry for entry in storage.all(models.Entry, plan=plan) if _appeared(entry, today)}
    mentions = _recorded(storage.all(models.Mention, plan=plan), today)
    return PlanData(
        folder=_as_published(storage.folder(plan), today),
        updates=_grouped(progress.as_of(updates, today), "commitment"),
        withdrawn=_grouped((u for u in _known(updates, today) if _is_withdrawn(u, today)), "commitment"),
        cited=_cited(storage, plan),
        evidence=_grouped(storage.all(models.Evidence, plan=plan), "update_id"),
        copies={copy.sha256: copy for copy in storage.all(models.CopyDecision, order="recorded_at, rowid")},
        measurements=_measurements(storage, plan, today),
        changes=_known(storage.all(models.Change, plan=plan, order="published_on DESC, rowid DESC"), today),
        entries=entries,
        mentions=[mention for mention in mentions if mention.entry in entries],
        feed_states={state.feed: state for state in storage.all(models.FeedState, plan=plan)},
        indicator_states={(s.commitment, s.indicator): s for s in storage.all(models.IndicatorState, plan=plan)},
        held=open_held(storage, plan),
        rounds=storage.all(models.Round, plan=plan, order="quarter"),
        reminders=[r for r in storage.all(models.Reminder, plan=plan, order="sent_at") if day_of(r.sent_at) <= today],
        queue=storage.all(models.Queue, plan=plan),
        corrections=_known(storage.all(models.Correction, plan=plan), today),
        ideas=_known(storage.all(models.Idea, plan=plan), today),
        agreement_updates=_known(storage.all(models.AgreementUpdate, plan=plan), today),
        agreements_since=network.written(storage.all(models.Version, plan=plan, kind="meeting")),
        agenda_items=network.shared(storage.all(models.AgendaItem, plan=plan), today),
        sign_ups=_grouped(_recorded(storage.all(models.SignUp, plan=plan), today), "meeting"),
        questions=network.shared(storage.all(models.Question, plan=plan, order="published_on DESC, rowid DESC"), today),
        answers=_grouped(
            network.shared(storage.all(models.Answer, plan=plan, order="published_on, rowid"), today), "question"
        ),
        lessons=network.shared(storage.all(models.Lesson, plan=plan, order="published_on DESC, rowid DESC"), today),
        themes={theme.id: theme for theme in _recorded(storage.all(models.Theme, plan=plan), today)},
    )


def _as_published(folder: models.PlanFolder, today: date) -> models.PlanFolder:
    """Leave out what assessors published after a day."""
    commitments = tuple(
        commitment.model_copy(update={"assessments": _published(commitment.assessments, today)})
        for commitment in folder.commitments
    )
    plan = folder.plan.model_copy(update={"assessments": _published(folder.plan.assessments, today)})
    return folder.model_copy(update={"plan": plan, "commitments": commitments})


def _published(found: tuple[models.Assessment, ...], today: date) -> tuple[models.Assessment, ...]:
    return tuple(a for a in found if not (a.published and a.published.earliest and a.published.earliest > today))


def _measurements(storage: Storage, plan: str, today: date) -> dict[tuple[str, str], list[models.MeasurementRow]]:
    found: dict[tuple[str, str], list[models.MeasurementRow]] = defaultdict(list)
    for row in _known(storage.all(models.MeasurementRow, plan=plan), today):
        found[row.commitment, row.indicator].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: row.speaks_of.last_day)
    return dict(found)


def open_held(storage: Storage, plan: str) -> dict[tuple[str, str], models.HeldMeasurement]:
    """Give the newest number kept apart of each indicator, unless a measurement was recorded since."""
    newest = {(row.commitment, row.indicator): row for row in storage.all(models.HeldMeasurement, plan=plan)}
    for row in storage.all(models.MeasurementRow, plan=plan):
        key = (row.commitment, row.indicator)
        if key in newest and row.recorded_at > newest[key].recorded_at:
            del newest[key]
    return newest


def _cited(storage: Storage, plan: str) -> dict[str, models.Citations]:
    """Give the citations of what the plan's files say of recorded things, by the id of the update or reading."""
    written = versions.folder_of(storage.all(models.Version, plan=plan))
    commitments = written.commitments if written else ()
    updates = {f"{c.id}/{update.id}": update.sources for c in commitments for update in c.updates}
    readings = {
        f"{c.id}/{indicator.id}/{reading.speaks_of}": reading.sources
        for c in commitments
        for indicator in c.indicators
        for reading in indicator.measurements
    }
    return updates | readings


def _is_withdrawn(update: models.Update, today: date) -> bool:
    return update.withdrawn_at is not None and day_of(update.withdrawn_at) <= today


def _known(rows: Iterable[T], today: date) -> list[T]:
    return [row for row in rows if getattr(row, "published_on") <= today]  # noqa: B009 - shared by unrelated models


def _recorded(rows: Iterable[T], today: date) -> list[T]:
    return [row for row in rows if day_of(getattr(row, "recorded_at")) <= today]  # noqa: B009 - as above


def _appeared(entry: models.Entry, today: date) -> bool:
    """Tell whether an item was there on a day: since its own date, else since we saw it."""
    return (entry.published_on or day_of(entry.recorded_at)) <= today


def _grouped(rows: Iterable[T], field: str) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[getattr(row, field)].append(row)
    return dict(found)
