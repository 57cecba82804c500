"""How reading an indicator goes, as pages say it: read on which day, not read, old, or kept apart."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from monitor import models
from monitor.pages.rendering import Pen
from monitor.pages.site import Site


def state_lines(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> list[Markup]:
    """Say how reading an automatic indicator goes, and which number is kept apart; nothing of one kept by hand."""
    if not (indicator.automatic and indicator.address):
        return []
    key = (commitment.id, indicator.id)
    state = pen.site.data.indicator_states.get(key)
    held = pen.site.data.held.get(key)
    lines = [_read_line(pen, state)]
    return [*lines, held_line(pen, held)] if held else lines


def health_rows(pen: Pen) -> list[dict[str, Any]]:
    """Say of each automatic indicator how reading it goes, with the error where there is one."""
    rows = []
    for commitment in pen.site.data.folder.commitments:
        for indicator in commitment.indicators:
            state = pen.site.data.indicator_states.get((commitment.id, indicator.id))
            lines = state_lines(pen, commitment, indicator)
            lines += [escape(state.error)] if lines and state and state.error else []
            address = f"{pen.page('indicators')}#{commitment.number}-{indicator.id}"
            rows += [{"title": pen.say(indicator.title), "address": address, "lines": lines}] if lines else []
    return rows


def is_well(site: Site) -> bool:
    """Tell whether no indicator failed and no number is kept apart."""
    return not site.data.held and not any(state.failures for state in site.data.indicator_states.values())


def held_line(pen: Pen, held: models.HeldMeasurement) -> Markup:
    """Say which number is kept apart, and why."""
    value, before = pen.words.decimal(held.value), pen.words.decimal(held.before)
    return pen.t("reading-state.held", value=value, before=before, day=pen.period(held.speaks_of))


def _read_line(pen: Pen, state: models.IndicatorState | None) -> Markup:
    if state is None or state.last_tried_at is None:
        return pen.t("reading-state.never")
    if not state.failures and state.last_success_at:
        return pen.t("reading-state.well", day=pen.day(state.last_success_at))
    if state.last_success_at is None:
        return pen.t("reading-state.failed_always", day=pen.day(state.last_tried_at))
    # Compared with the last try and not with the clock: a page says the same until something changes.
    name = "stale" if state.is_stale(state.last_tried_at) else "failed"
    return pen.t(f"reading-state.{name}", day=pen.day(state.last_success_at), tried=pen.day(state.last_tried_at))
