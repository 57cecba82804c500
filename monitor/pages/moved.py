"""What differs between two days, in words: what it is about, how it was, how it became."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from monitor import models
from monitor.models import Completion, Phase
from monitor.pages.parts import record_link
from monitor.pages.ratings import translation
from monitor.pages.rendering import Pen
from monitor.periods import Period
from monitor.status import Move, Status

JUDGED = ("derived", "claimed", "completion")
NAMED = ("leads", "partners")
DATED = ("due", "period")


@dataclass(frozen=True)
class MoveView:
    """One difference as it reads on a page."""

    about: Markup
    title: Markup
    what: Markup
    old: Markup
    new: Markup


def move_views(pen: Pen, moves: Sequence[Move], before: Status, after: Status) -> list[MoveView]:
    """Say what differs between two days; a record that came or went is one line."""
    ordered = sorted(moves, key=lambda move: _order(move.record))
    views: list[MoveView] = []
    for record, group in groupby(ordered, key=lambda move: move.record):
        own = list(group)
        old, new = _title(pen, before, record), _title(pen, after, record)
        about = record_link(pen, record) if new is not None else _gone(pen, record)
        if old is None or new is None:
            was, became = (pen.t("assessed.no" if title is None else "assessed.yes") for title in (old, new))
            views.append(MoveView(about, new or old or Markup(""), pen.t("past-what.record"), was, became))
        else:
            views += [MoveView(about, new, *_words(pen, move, after)) for move in _of_page(pen, own)]
    return views


def _order(record: str) -> tuple[int, ...]:
    number = record.partition("/")[2]
    return tuple(int(part) for part in number.split(".")) if number else ()


def _title(pen: Pen, status: Status, record: str) -> Markup | None:
    """Give the title that a commitment or milestone had; None where it was not there."""
    owner = models.commitment_of(record)
    commitment = next((line.commitment for line in status.lines if line.commitment.id == owner), None)
    if commitment is None or record == owner:
        return pen.say(commitment.short_title or commitment.title) if commitment else None
    number = record.rpartition("/")[2]
    return next((pen.say(m.title) for m in commitment.milestones if m.number == number), None)


def _gone(pen: Pen, record: str) -> Markup:
    number = record.rpartition("/")[2]
    if "." in number:
        return pen.t("milestone.number", number=number)
    return pen.t("commitment.number", number=int(number))


def _of_page(pen: Pen, moves: Sequence[Move]) -> Iterator[Move]:
    """Leave out texts in other languages where the same text moved in the language of the page."""
    here = {move.what.partition(".")[0] for move in moves if move.what.endswith(f".{pen.words.language}")}
    for move in moves:
        family, _, part = move.what.partition(".")
        if family not in here or part == pen.words.language:
            yield move


def _words(pen: Pen, move: Move, after: Status) -> tuple[Markup, Markup, Markup]:
    family = move.what.partition(".")[0]
    if family == "official_text":
        return _field(pen, family), pen.t("past.text_old"), pen.t("past.text_new")
    if family == "late":
        return pen.t("past-what.late"), pen.t(f"past-late.{move.old}"), _late(pen, move, after)
    what = pen.t(f"past-what.{family}") if family in (*JUDGED, "assessment") else _field(pen, family)
    return what, _value(pen, move.what, move.old), _value(pen, move.what, move.new)


def _field(pen: Pen, family: str) -> Markup:
    return escape(pen.known("field", family))


def _late(pen: Pen, move: Move, after: Status) -> Markup:
    """Say that a step is late no more only because its plan was closed, where that is why."""
    closed = after.phase is Phase.CLOSED and move.new == "no" and not _is_complete(after, move.record)
    return pen.t("past-late.closed" if closed else f"past-late.{move.new}")


def _is_complete(status: Status, record: str) -> bool:
    number = record.rpartition("/")[2]
    found = (s for line in status.lines for s in line.standings if s.milestone.number == number)
    return any(standing.completion is Completion.COMPLETE for standing in found)


def _value(pen: Pen, what: str, value: str | None) -> Markup:
    family, _, part = what.partition(".")
    if family == "withdrawn":
        return pen.t("completion.withdrawn" if value else "past.not_withdrawn")
    if value is None:
        return pen.t("past.no_judgement" if family in (*JUDGED, "assessment") else "change.nothing")
    if family in JUDGED:
        return marked(value, pen.t(f"completion.{value}"))
    if family == "assessment":
        return assessed_value(pen, value)
    if family in DATED:
        return pen.period(Period.parse(value))
    if family == "due_basis":
        return pen.t(f"due-basis.{value}")
    if family in NAMED:
        return pen.listing([pen.name(name) for name in value.split(", ") if name]) or pen.t("change.nothing")
    return Markup('<span lang="{}">{}</span>').format(part, value) if family == "title" else escape(value)


def marked(mark: str, word: Markup) -> Markup:
    """Put a mark before its word."""
    return Markup(
        '<span class="marked"><svg class="mark" aria-hidden="true"><use href="#m-{}"/></svg><span>{}</span></span>'
    ).format(mark, word)


def assessed_value(pen: Pen, value: str) -> Markup:
    """Give an assessor's value as printed, with our translation."""
    printed = Markup('<span lang="en">{}</span>').format(value)
    ours = translation(pen, value)
    return Markup("{} ({})").format(printed, pen.t("home.our_translation", text=ours)) if ours else printed
