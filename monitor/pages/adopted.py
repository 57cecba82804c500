"""What a promise said when it was adopted, beside what it says now: kept where it was changed since."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from monitor import models, progress
from monitor.pages.parts import record_link, value_words
from monitor.pages.rendering import Pen

WHOLE = ("title", "official_text")


@dataclass(frozen=True)
class Moved:
    """A part of a promise that reads otherwise now: of what, then and now."""

    about: Markup
    field: Markup
    then: Markup
    now: Markup


def moved_since_adoption(pen: Pen, commitment: models.Commitment) -> list[Moved]:
    """List what of a commitment's promise differs from the text that was adopted; empty where nothing does."""
    was = pen.site.adopted.get(commitment.id)
    if was is None:
        return []
    before, after = (_alone(pen.site.data.folder, one) for one in (was, commitment))
    return [_moved(pen, move) for move in progress.changes(before, after)]


def _alone(folder: models.PlanFolder, commitment: models.Commitment) -> models.PlanFolder:
    return folder.model_copy(update={"commitments": (commitment,)})


def _moved(pen: Pen, move: progress.Moved) -> Moved:
    name, _, language = move.field.partition(".")
    field = escape(pen.known("field", name))
    if name in WHOLE and language:
        field = Markup("{} ({})").format(field, language)
    then, now = (_text(pen, move.field, value) for value in (move.old, move.new))
    return Moved(record_link(pen, move.record), field, then, now)


def _text(pen: Pen, field: str, value: str | None) -> Markup:
    name, _, language = field.partition(".")
    words = escape(value_words(pen, field, value))
    if value is None or name not in WHOLE or language in ("", pen.words.language):
        return words
    return Markup('<span lang="{}">{}</span>').format(language, words)
