"""The rules about what changed since a plan was published: nothing dropped, no id used again, no silent change. Pure.

A change of the promise is covered by a new entry under ``changes:`` of its commitment that names its milestone or
none. A new entry of kind ``promise`` in ``plan.yml`` covers every moved date of the plan: a recalibration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

from monitor import models, progress
from monitor.canonical import Comments, emit
from monitor.fields import Place, listing
from monitor.lint.problems import Document, Loaded, Problem
from monitor.lint.whole import number_in
from monitor.lint.wording import DEFAULT, LANGUAGES, phrase
from monitor.models import ChangeKind
from monitor.progress import Moved

DATE_FIELDS = {"due", "due_basis"}
SHOWN = 60
T = TypeVar("T")


@dataclass(frozen=True)
class Base:
    """A plan as it was published, and the day on which it is compared."""

    folder: models.PlanFolder
    today: date


def check(base: Base, loaded: Loaded) -> Iterator[Problem]:
    """List what was dropped, used again or changed in silence since a plan was published."""
    if loaded.folder:
        yield from _Comparison(base, loaded.folder, loaded).check()


class _Comparison:
    def __init__(self, base: Base, new: models.PlanFolder, loaded: Loaded) -> None:
        self.base = base
        self.old = base.folder
        self.new = new
        self.documents = {path.name: document for path, document in loaded.documents.items()}
        self.of_number = {number_in(document): document for document in loaded.documents.values()}
        self.languages = new.plan.languages
        self.other: set[str] = set()

    def check(self) -> Iterator[Problem]:
        yield from self._lists()
        commitments = {commitment.number: commitment for commitment in self.new.commitments}
        for old in self.old.commitments:
            if old.number in commitments:
                yield from self._kept(old, commitments[old.number], self.of_number[old.number])
            else:
                yield self.documents["plan.yml"].problem((), "dropped.commitment", given=old.number)
        yield from self._changes()

    def _lists(self) -> Iterator[Problem]:
        plan, lists = self.documents["plan.yml"], self.documents
        yield from _dropped(self.old.meetings, self.new.meetings, _slug, plan, "meeting")
        if self.old.feeds:
            feeds = lists.get("feeds.yml", plan)
            yield from _dropped(self.old.feeds, self.new.feeds, _id, feeds, "feed")
        for name, same in (("organisation", _same_organisation), ("source", _same_source)):
            document = lists[f"{name}s.yml"]
            old, new = getattr(self.old, f"{name}s"), getattr(self.new, f"{name}s")
            yield from _dropped(old, new, _id, document, name)
            yield from _reused(old, new, _id, same, document, (), name)
        yield from _without(self.old.plan.changes, self.new.plan.changes, plan, self.new.plan.id)

    def _kept(self, old: models.Commitment, new: models.Commitment, document: Document) -> Iterator[Problem]:
        yield from _dropped(old.milestones, new.milestones, _number, document, "milestone")
        yield from _dropped(old.updates, new.updates, _id, document, "update")
        yield from _dropped(old.indicators, new.indicators, _id, document, "indicator")
        others = list(
            _reused(old.milestones, new.milestones, _number, _same_milestone, document, ("milestones",), "milestone")
        )
        self.other |= {problem.values["given"] for problem in others}
        yield from others
        yield from _reused(old.updates, new.updates, _id, _same_update, document, ("updates",), "update")
        yield from _without(old.changes, new.changes, document, new.id)

    def _changes(self) -> Iterator[Problem]:
        """Name each record of the promise that moved without an entry, with the entry to paste."""
        plan_wide = any(e.kind is ChangeKind.PROMISE for e in _fresh(self.old.plan.changes, self.new.plan.changes))
        moves = progress.changes(self.old, self.new)
        for record, grouped in groupby(moves, key=lambda move: move.record):
            moved = [move for move in grouped if not (plan_wide and move.field in DATE_FIELDS)]
            if moved:
                yield from self._silent(record.removeprefix(f"{self.new.plan.id}/"), moved)

    def _silent(self, number: str, moved: Sequence[Moved]) -> Iterator[Problem]:
        old, new = _commitment(self.old, number), _commitment(self.new, number)
        if old is None or new is None:
            return
        milestone = number if "." in number else None
        index = next((n for n, m in enumerate(new.milestones) if m.number == milestone), None)
        if milestone and (index is None or milestone in self.other):
            return
        if any(entry.milestone in (None, milestone) for entry in _fresh(old.changes, new.changes)):
            return
        told = "; ".join(f"{move.field}: {_short(move.old)} → {_short(move.new)}" for move in moved)
        case = "undeclared-change.milestone" if milestone else "undeclared-change.commitment"
        where = _place(new, index, moved[0].field)
        found = self.of_number[new.number].problem(where, case, given=milestone or new.number, moved=told)
        yield replace(found, paste=self._entries(milestone, moved))

    def _entries(self, milestone: str | None, moved: Sequence[Moved]) -> str:
        """Write the entry twice, ready to paste: for a changed promise, and for a corrected record."""
        language = next((one for one in self.languages if one in LANGUAGES), DEFAULT)
        shared: dict[str, Any] = {"on": self.base.today.isoformat()}
        shared |= {"milestone": milestone} if milestone else {}
        shared["what"] = {language: self._what(milestone, moved, language) for language in self.languages}
        shared["reason"] = dict.fromkeys(self.languages, "…")
        promise = {**shared, "kind": "promise", "decided_by": "…", "sources": ["…"]}
        record = {**shared, "kind": "record", "sources": ["…"]}
        return (
            f"# {phrase('promise', language)}\n{_indented(promise, self.languages)}"
            f"# {phrase('record', language)}\n{_indented(record, self.languages)}"
        )

    def _what(self, milestone: str | None, moved: Sequence[Moved], language: str) -> str:
        words = language if language in LANGUAGES else DEFAULT
        about = phrase("this-milestone", words, number=milestone) if milestone else phrase("this-commitment", words)
        return " ".join(_told(move, about, words) for move in moved)


def _place(commitment: models.Commitment, milestone: int | None, field: str) -> Place:
    """Give the place of a field of the promise: of a milestone, of an indicator, or of the commitment itself."""
    name, _, part = field.partition(".")
    if milestone is not None:
        return ("milestones", milestone, name)
    indicator = next((n for n, one in enumerate(commitment.indicators) if name == "target" and one.id == part), None)
    return (name,) if indicator is None else ("indicators", indicator, name)


def _told(move: Moved, about: str, language: str) -> str:
    field = phrase(f"field-{move.field.partition('.')[0]}", language)
    nothing = phrase("nothing", language)
    old, new = move.old or nothing, move.new or nothing
    if len(old) + len(new) > SHOWN or move.field.startswith(("title", "official_text")):
        return phrase("changed", language, field=field, record=about)
    return phrase("was-is", language, field=field, record=about, old=old, new=new)


def _indented(entry: dict[str, Any], languages: Sequence[str]) -> str:
    text = emit([entry], listing(models.ChangeEntry), comments=Comments(), languages=languages)
    return "".join(f"  {line}\n" for line in text.splitlines())


def _short(text: str | None) -> str:
    words = " ".join((text or "—").split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"


def _commitment(folder: models.PlanFolder, number: str) -> models.Commitment | None:
    wanted = int(number.partition(".")[0])
    return next((commitment for commitment in folder.commitments if commitment.number == wanted), None)


def _fresh(old: Sequence[models.ChangeEntry], new: Iterable[models.ChangeEntry]) -> list[models.ChangeEntry]:
    return [entry for entry in new if entry not in old]


def _without(
    old: Sequence[models.ChangeEntry], new: Sequence[models.ChangeEntry], document: Document, record: str
) -> Iterator[Problem]:
    """Say when an entry under changes is gone; its words and sources may be corrected."""
    kept = {(entry.on, entry.kind, entry.milestone) for entry in new}
    if any((entry.on, entry.kind, entry.milestone) not in kept for entry in old):
        yield document.problem(("changes",), "dropped.change", given=record)


def _dropped(
    old: Iterable[T], new: Iterable[T], name: Callable[[T], str], document: Document, what: str
) -> Iterator[Problem]:
    kept = {name(one) for one in new}
    for one in old:
        if name(one) not in kept:
            yield document.problem((f"{what}s",), f"dropped.{what}", given=name(one))


def _reused(
    old: Iterable[T],
    new: Iterable[T],
    name: Callable[[T], str],
    same: Callable[[T, T], bool],
    document: Document,
    place: Place,
    what: str,
) -> Iterator[Problem]:
    before = {name(one): one for one in old}
    for index, one in enumerate(new):
        if name(one) in before and not same(before[name(one)], one):
            yield document.problem((*place, index), f"reused.{what}", given=name(one))


def _id(record: Any) -> str:
    return str(record.id)


def _number(milestone: models.Milestone) -> str:
    return milestone.number


def _slug(meeting: models.Meeting) -> str:
    return meeting.slug


def _shares(old: models.Text, new: models.Text) -> bool:
    return any(new.get(language) == words for language, words in old.items())


def _same_milestone(old: models.Milestone, new: models.Milestone) -> bool:
    """Take a milestone for another when its titles, quote and date all differ."""
    quoted = bool(old.quote) and old.quote == new.quote
    return _shares(old.title, new.title) or quoted or old.due == new.due


def _same_update(old: models.PlanUpdate, new: models.PlanUpdate) -> bool:
    return _shares(old.text, new.text) or old.speaks_of == new.speaks_of or old.published == new.published


def _same_source(old: models.Source, new: models.Source) -> bool:
    return old.title == new.title or (bool(old.address) and old.address == new.address)


def _same_organisation(old: models.Organisation, new: models.Organisation) -> bool:
    identifiers = {old.tooi, old.cbs, old.oin} & {new.tooi, new.cbs, new.oin} - {None}
    return _shares(old.name, new.name) or bool(identifiers)
