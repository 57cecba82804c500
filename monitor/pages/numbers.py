"""Indicators as they read: a sentence, a small chart, each reading with its source; what came after the plan apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Phase
from monitor.pages import addresses, drawing
from monitor.pages.backing import Backing, backing
from monitor.pages.reading_states import state_lines
from monitor.pages.rendering import Pen
from monitor.pages.slots import found_of, municipalities_of, slot_views

FROM_SLOTS = ("meetings", "sessions")
FROM_MEETINGS = ("municipalities",)


def number_views(pen: Pen, commitment: models.Commitment) -> list[dict[str, Any]]:
    """Give each indicator with what was read of it up to the plan's end; none that was only read later."""
    shown = [indicator for indicator in commitment.indicators if not _is_apart(pen, commitment, indicator)]
    found = (view_of(pen, commitment, indicator) for indicator in shown)
    return [view for view in found if view]


def view_of(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> dict[str, Any] | None:
    """Give an indicator with what was read of it up to the plan's end; None where it was only read later."""
    rows = _rows(pen, commitment, indicator)
    during = [row for row in rows if not _is_later(pen, row)]
    return _number(pen, commitment, indicator, during) if during or not rows else None


def readings_of(
    pen: Pen, commitment: models.Commitment, indicator: models.Indicator
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the readings of an indicator that speak of the plan's own time or before, and those of after it."""
    rows = _rows(pen, commitment, indicator)
    during = [reading_view(pen, row) for row in rows if not _is_later(pen, row)]
    return during, [reading_view(pen, row) for row in rows if _is_later(pen, row)]


def is_read_now(pen: Pen, indicator: models.Indicator) -> bool:
    """Tell whether an indicator is still read though its plan is over."""
    return bool(pen.site.phase is Phase.CLOSED and indicator.automatic and indicator.address)


def later_numbers(pen: Pen, commitment: models.Commitment) -> list[dict[str, Any]]:
    """Give the readings that speak of after the plan, by indicator: never with a target or a share of it."""
    found = ((i, readings_of(pen, commitment, i)[1]) for i in commitment.indicators)
    return [
        {
            "title": pen.say(indicator.title),
            "readings": later,
            "note": _later_note(pen, indicator),
            "states": state_lines(pen, commitment, indicator),
        }
        for indicator, later in found
        if later or is_read_now(pen, indicator)
    ]


def target_of(indicator: models.Indicator) -> float | None:
    """Give the number that the plan aims at; a number of what happened around the promise is held against none."""
    return indicator.target if indicator.relation is models.Relation.DIRECT else None


def number_backing(pen: Pen, commitment: models.Commitment) -> list[Backing]:
    """Give what carries each indicator and each reading of it."""
    rows: list[Backing] = []
    for indicator in commitment.indicators:
        title = pen.say(indicator.title)
        rows += backing(pen, title, indicator.sources)
        for row in _rows(pen, commitment, indicator):
            what = Markup("{}, {}").format(title, pen.period(row.speaks_of))
            rows += backing(pen, what, pen.site.data.cited.get(row.id, ()))
    return rows


def _rows(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> list[models.MeasurementRow]:
    return pen.site.data.measurements.get((commitment.id, indicator.id), [])


def _is_apart(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> bool:
    """Tell whether an indicator stands with what came later only: context, read now, of a plan that is over."""
    is_context = indicator.relation is models.Relation.CONTEXT
    during = any(not _is_later(pen, row) for row in _rows(pen, commitment, indicator))
    return is_context and is_read_now(pen, indicator) and not during


def _is_later(pen: Pen, row: models.MeasurementRow) -> bool:
    """Tell whether a reading speaks of after the plan; when it became public is told with it."""
    day = row.speaks_of.earliest or row.speaks_of.last_day
    return pen.site.phase is Phase.CLOSED and progress.is_after_plan(pen.site.plan, day)


def _number(
    pen: Pen, commitment: models.Commitment, indicator: models.Indicator, rows: Sequence[models.MeasurementRow]
) -> dict[str, Any] | None:
    if indicator.automatic and not indicator.address and not rows:
        return _counted_here(pen, commitment, indicator)
    readings = [(row.speaks_of, _reading(pen, row), row.value) for row in rows]
    aim = target_of(indicator)
    target = pen.words.decimal(aim) if aim is not None else ""
    return {
        "title": pen.say(indicator.title),
        "sentence": _sentence(pen, pen.plain(indicator.title), readings, target),
        "target": pen.t("indicator.target", number=target) if target else "",
        "note": _notes(pen, indicator),
        "chart": drawing.chart(readings, target=aim) if readings else None,
        "readings": [reading_view(pen, row) for row in rows],
        # Of a plan that is over, what is read now stands with what came later.
        "states": [] if pen.site.phase is Phase.CLOSED else state_lines(pen, commitment, indicator),
        "counted": False,
    }


def _counted_here(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> dict[str, Any] | None:
    """Count an indicator of our own from the meetings; give None where we do not know how."""
    rhythm = next((m for m in commitment.milestones if m.slots), None)
    if rhythm and indicator.id in FROM_SLOTS:
        sentence = found_of(pen, slot_views(pen, rhythm))
    elif rhythm and indicator.id in FROM_MEETINGS and (told := municipalities_of(pen, rhythm)):
        sentence = told
    else:
        return None
    note = Markup(" ").join((pen.t("slot.counted"), pen.say(indicator.target_note))).strip()
    plain = {"title": pen.say(indicator.title), "sentence": sentence, "note": note}
    return plain | {"target": "", "chart": None, "readings": [], "states": [], "counted": True}


def _later_note(pen: Pen, indicator: models.Indicator) -> Markup:
    """Say what later numbers measure; the plan's words about a target say nothing of them."""
    relation = pen.t(f"relation.{indicator.relation}")
    return pen.say(indicator.reading_note) or (relation if target_of(indicator) is not None else _notes(pen, indicator))


def _notes(pen: Pen, indicator: models.Indicator) -> Markup:
    """Say what a number measures: the plan's own words about it before the general ones."""
    return pen.say(indicator.target_note) or pen.t(f"relation.{indicator.relation}")


def _sentence(pen: Pen, title: str, readings: Sequence[tuple[Any, str, float]], target: str) -> Markup:
    if not readings:
        return pen.t("indicator.none_of" if target else "indicator.none", target=target)
    when, value, _ = readings[-1]
    name = "indicator.last_of" if target else "indicator.last"
    return pen.t(name, title=title, value=value, when=pen.words.period(when), target=target)


def _reading(pen: Pen, row: models.MeasurementRow) -> str:
    number = pen.words.measured(row.indicator, row.value)
    return pen.words.text("indicator.at_least", number=number) if row.at_least else number


def reading_view(pen: Pen, row: models.MeasurementRow) -> dict[str, Any]:
    """Say one reading of an indicator: when, how much, what must be said with it, and its sources."""
    cited = pen.site.data.cited.get(row.id, ())
    return {
        "when": pen.period(row.speaks_of),
        "value": _reading(pen, row),
        "words": pen.t("indicator.reading", when=pen.period(row.speaks_of), value=_reading(pen, row)),
        "note": Markup(" ").join(filter(None, (pen.say(row.note) or _day_note(pen, row), _public_note(pen, row)))),
        "sources": pen.cite(cited) if cited else _read_by(pen, row),
    }


def _day_note(pen: Pen, row: models.MeasurementRow) -> Markup:
    """Say whose day a reading carries: the source's own, or that of fetching."""
    return pen.t(f"reading-day.{row.day_from}") if row.day_from else Markup("")


def _public_note(pen: Pen, row: models.MeasurementRow) -> Markup:
    """Say by when a reading of the plan's own time was public, where that was after the plan."""
    if _is_later(pen, row) or not progress.is_after_plan(pen.site.plan, row.published_on):
        return Markup("")
    return pen.t("indicator.public_by", day=pen.day(row.published_on))


def _read_by(pen: Pen, row: models.MeasurementRow) -> Markup:
    """Name the reader of a number that the monitor took itself, linked to what it read."""
    address = addresses.safe(row.address)
    return pen.link(address, row.reader) if address and row.reader else Markup.escape(row.reader or "")
