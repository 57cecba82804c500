"""The rules that need models: numbers, dates, rhythms, evidence, targets, ids. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from monitor import models, rule_sets
from monitor.fields import Place
from monitor.lint import dates
from monitor.lint.problems import Document, Loaded, Problem
from monitor.models import Completion, MilestoneKind, Relation

LISTS = ("organisations.yml", "sources.yml", "feeds.yml")


def check(loaded: Loaded) -> Iterator[Problem]:
    """List what is wrong between the records of a folder."""
    documents = {path.name: document for path, document in loaded.documents.items()}
    yield from _repeated_ids(documents)
    if loaded.readable:
        found = _Folder(loaded.readable, documents)
        yield from found.check_each()
        if loaded.folder:
            yield from found.check_together()


def number_in(document: Document) -> int | None:
    """Give the number of the commitment that a file holds, as written."""
    number = document.values.get("number") if isinstance(document.values, dict) else None
    return int(number) if isinstance(number, str) and number.isdecimal() else None


def _repeated_ids(documents: dict[str, Document]) -> Iterator[Problem]:
    for name in LISTS:
        values = documents[name].values if name in documents else None
        yield from _repeated([(documents[name], (n,), record, "id") for n, record in _records(values)])
    numbered = [document for document in documents.values() if number_in(document) is not None]
    yield from _repeated([(document, (), document.values, "number") for document in numbered])
    for document in documents.values():
        values = document.values if isinstance(document.values, dict) else {}
        for field, key in (
            ("milestones", "number"), ("updates", "id"), ("indicators", "id"), ("unknowns", "id"), ("agreements", "id"),
        ):  # fmt: skip
            found = [(document, (field, n), record, key) for n, record in _records(values.get(field))]
            yield from _repeated(found)


def _records(values: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    listed = values if isinstance(values, list) else []
    yield from ((index, record) for index, record in enumerate(listed) if isinstance(record, dict))


def _repeated(found: Sequence[tuple[Document, Place, dict[str, Any], str]]) -> Iterator[Problem]:
    counts = Counter(str(record[key]) for _, _, record, key in found if key in record)
    seen: dict[str, str] = {}
    for document, place, record, key in found:
        given = str(record.get(key))
        line, _ = document.place((*place, key))
        if counts[given] > 1 and given in seen:
            yield document.problem((*place, key), "unique.again", given=given, first=seen[given])
        seen.setdefault(given, f"{document.path.name}:{line}")


class _Folder:
    """A whole plan, with the document of each record."""

    def __init__(self, folder: models.PlanFolder, documents: dict[str, Document]) -> None:
        self.folder = folder
        self.documents = documents
        self.of_number = {number_in(document): document for document in documents.values()}
        self.milestones = {m.number for commitment in folder.commitments for m in commitment.milestones}
        self.sources = {source.id: source for source in reversed(folder.sources)}

    def check_each(self) -> Iterator[Problem]:
        """Check the plan and each commitment that is well formed, also where another file is not."""
        plan = self.documents["plan.yml"]
        if self.folder.plan.id != (folder := plan.path.parent.name):
            yield plan.problem(("id",), "file-name.plan", given=self.folder.plan.id, folder=folder)
        yield from dates.of_plan(self.folder.plan, plan)
        if (given := self.folder.plan.rule_set) and given not in (known := rule_sets.names()):
            yield plan.problem(("rule_set",), "reference.rule-set", given=given, known=", ".join(known))
        for commitment in self.folder.commitments:
            yield from self._commitment(commitment, self.of_number[commitment.number])

    def check_together(self) -> Iterator[Problem]:
        """Check what refers to other files; that needs all of them to be well formed."""
        for meeting in self.folder.meetings:
            yield from self._meeting(meeting, self.documents[f"{meeting.slug}.md"])
        for index, source in enumerate(self.folder.sources):
            yield from _source(source, self.documents["sources.yml"], (index,))
        for index, feed in enumerate(self.folder.feeds):
            yield from self._feed(feed, self.documents["feeds.yml"], (index,))

    def _commitment(self, commitment: models.Commitment, document: Document) -> Iterator[Problem]:
        if not document.path.name.startswith(f"{commitment.number:02d}-"):
            yield document.problem(("number",), "file-name.number", number=f"{commitment.number:02d}")
        yield from dates.of_commitment(commitment, self.folder.plan, document)
        for index, milestone in enumerate(commitment.milestones):
            yield from _milestone(milestone, commitment, document, ("milestones", index))
        for index, update in enumerate(commitment.updates):
            yield from self._update(update, commitment, document, ("updates", index))
        for index, indicator in enumerate(commitment.indicators):
            yield from self._target(indicator, commitment, document, ("indicators", index))
        for index, entry in enumerate(commitment.changes):
            yield from self._change(entry, commitment, document, ("changes", index))

    def _update(
        self, update: models.PlanUpdate, commitment: models.Commitment, document: Document, place: Place
    ) -> Iterator[Problem]:
        known = [milestone.number for milestone in commitment.milestones]
        if update.milestone and update.milestone not in known:
            listed = ", ".join(known)
            yield document.problem((*place, "milestone"), "reference.milestone", given=update.milestone, known=listed)
        if update.completion is Completion.COMPLETE and update.sources and not self._shows(update):
            yield document.problem((*place, "completion"), "evidence.missing")
        if not update.organisation and not update.said_by:
            yield document.problem(place, "speaker.missing")

    def _shows(self, update: models.PlanUpdate) -> bool:
        """Tell whether a source behind an update says it itself, or we reasoned from it in so many words."""
        found = any(citation.certainty is models.Certainty.FOUND for citation in update.sources)
        return found or bool(update.completion_reasoning)

    def _change(
        self, entry: models.ChangeEntry, commitment: models.Commitment, document: Document, place: Place
    ) -> Iterator[Problem]:
        known = [milestone.number for milestone in commitment.milestones]
        if entry.milestone and entry.milestone not in known:
            listed = ", ".join(known)
            yield document.problem((*place, "milestone"), "reference.milestone", given=entry.milestone, known=listed)
        if entry.kind is models.ChangeKind.PROMISE and not entry.decided_by:
            yield document.problem(place, "decision.missing")

    def _target(
        self, indicator: models.Indicator, commitment: models.Commitment, document: Document, place: Place
    ) -> Iterator[Problem]:
        """Refuse a target, measured directly, from a source that came after the promise: a later law, for example."""
        end = commitment.period.latest
        if indicator.relation is not Relation.DIRECT or indicator.target is None or end is None:
            return
        for citation in indicator.sources:
            source = self.sources.get(citation.source)
            published = source.published.earliest if source and source.published else None
            if source and published and published > end:
                values = {"source": source.id, "published": source.published, "end": end}
                yield document.problem((*place, "target"), "later-target.source", **values)

    def _meeting(self, meeting: models.Meeting, document: Document) -> Iterator[Problem]:
        if meeting.milestone and meeting.milestone not in self.milestones:
            yield document.problem(("milestone",), "reference.milestone-anywhere", given=meeting.milestone)
        yield from dates.of_meeting(meeting, document)
        if meeting.slot and not meeting.milestone:
            yield document.problem(("slot",), "slots.no-milestone", slot=meeting.slot)
        slots = {m.number: m.slots for commitment in self.folder.commitments for m in commitment.milestones}
        offered = slots.get(meeting.milestone or "", ())
        if meeting.slot and offered and meeting.slot not in offered:
            listed = ", ".join(map(str, offered))
            yield document.problem(("slot",), "slots.unknown", slot=meeting.slot, known=listed)

    def _feed(self, feed: models.Feed, document: Document, place: Place) -> Iterator[Problem]:
        known = {commitment.number for commitment in self.folder.commitments}
        for index, number in enumerate(feed.commitments):
            if number not in known:
                yield document.problem((*place, "commitments", index), "reference.commitment", given=number)


def _milestone(
    milestone: models.Milestone, commitment: models.Commitment, document: Document, place: Place
) -> Iterator[Problem]:
    if not milestone.number.startswith(f"{commitment.number}."):
        values = {"given": milestone.number, "number": commitment.number}
        yield document.problem((*place, "number"), "number.milestone", **values)
    if not milestone.counted and not milestone.note:
        yield document.problem((*place, "counted"), "note.missing")
    recurring = milestone.kind is MilestoneKind.RECURRING
    if recurring and not milestone.slots:
        yield document.problem((*place, "kind"), "slots.missing")
    if milestone.slots and not recurring:
        yield document.problem((*place, "slots"), "slots.not-recurring")
    yield from dates.of_milestone(milestone, document, place)


def _source(source: models.Source, document: Document, place: Place) -> Iterator[Problem]:
    if not source.address and not source.no_address:
        yield document.problem(place, "source.no-address", id=source.id)
    if source.address and source.no_address:
        yield document.problem((*place, "no_address"), "source.both", id=source.id)
    published = source.published.earliest if source.published else None
    if published and published > source.retrieved:
        values = {"published": source.published, "retrieved": source.retrieved}
        yield document.problem((*place, "retrieved"), "dates.retrieved", **values)
