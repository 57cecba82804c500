"""How reading an indicator goes, as pages say it: read on which day, not read, old, or kept apart."""

from __future__ import annotations

from markupsafe import Markup

from monitor import models
from monitor.pages.rendering import Pen, Voice


def state_lines(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> list[Markup]:
    """Say how reading an automatic indicator goes, and which number is kept apart; nothing of one kept by hand."""
    key = (commitment.id, indicator.id)
    return lines_of(indicator, pen.site.data.indicator_states.get(key), pen.site.data.held.get(key), pen)


def lines_of(
    indicator: models.Indicator, state: models.IndicatorState | None, held: models.HeldMeasurement | None, voice: Voice
) -> list[Markup]:
    """Say it of what is known of the reading."""
    if not (indicator.automatic and indicator.address):
        return []
    if held and state and held.came_last(state):
        return [voice.t("reading-state.apart", tried=voice.day(held.recorded_at)), held_line(voice, held)]
    lines = [_read_line(voice, state)]
    return [*lines, held_line(voice, held)] if held else lines


def held_line(voice: Voice, held: models.HeldMeasurement) -> Markup:
    """Say which number is kept apart, and why."""
    value, before = (voice.words.measured(held.indicator, number) for number in (held.value, held.before))
    return voice.t("reading-state.held", value=value, before=before, day=voice.period(held.speaks_of))


def _read_line(voice: Voice, state: models.IndicatorState | None) -> Markup:
    if state is None or state.last_tried_at is None:
        return voice.t("reading-state.never")
    if not state.failures and state.last_success_at:
        return voice.t("reading-state.well", day=voice.day(state.last_success_at))
    if state.last_success_at is None:
        return voice.t("reading-state.failed_always", day=voice.day(state.last_tried_at))
    # Compared with the last try and not with the clock: a page says the same until something changes.
    name = "stale" if state.is_stale(state.last_tried_at) else "failed"
    return voice.t(f"reading-state.{name}", day=voice.day(state.last_success_at), tried=voice.day(state.last_tried_at))
