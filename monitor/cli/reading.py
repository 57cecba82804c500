"""The command that tells what each reader of indicators last read, when, and how it went."""

from __future__ import annotations

from collections.abc import Iterator

import click

from monitor import indicators, models, words
from monitor.options import with_settings
from monitor.settings import Settings
from monitor.storage import Storage

LANGUAGES = ("nl", "en")


@click.command("indicators")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    envvar="MONITOR_LANGUAGE",
    help="Language of the lines (default nl). [MONITOR_LANGUAGE]",
)
@with_settings()
def indicators_command(settings: Settings, language: str) -> None:
    """List the readers: what each last read, when, and how it went; 'run-job indicators' reads what is due."""
    with Storage(settings.database) as storage:
        wanted = list(indicators.automatic(storage, today=settings.clock.today()))
        for reader in indicators.READERS:
            own = [want for want in wanted if _is_of(reader, want.indicator)]
            click.echo("\n".join(_lines(storage, reader, own, words.of(language))))


def _is_of(reader: indicators.Reader, indicator: models.Indicator) -> bool:
    return indicator.address == reader.address and indicator.id in reader.gives


def _lines(
    storage: Storage, reader: indicators.Reader, wanted: list[indicators.Wanted], said: words.Words
) -> Iterator[str]:
    yield f"{reader.name}  {reader.address}"
    if not wanted:
        yield f"  {said.text('indicators-told.unused')}"
    for want in wanted:
        yield f"  {want.id}: {_told(storage, want, said)}"


def _told(storage: Storage, want: indicators.Wanted, said: words.Words) -> str:
    state = storage.get(models.IndicatorState, **want.key)
    if state is None or state.last_tried_at is None:
        return said.text("indicators-told.never")
    if any(held.came_last(state) for held in storage.all(models.HeldMeasurement, **want.key)):
        return said.text("indicators-told.apart", tried=said.moment(state.last_tried_at), error=state.error)
    if state.failures:
        since = said.moment(state.last_success_at) if state.last_success_at else said.text("indicators-told.not_once")
        tried, error = said.moment(state.last_tried_at), state.error
        return said.count("indicators-told.failed", state.failures, tried=tried, since=since, error=error)
    row = max(
        (row for row in storage.all(models.MeasurementRow, **want.key) if row.reader),
        key=lambda row: (row.speaks_of.last_day, row.recorded_at),
    )
    value, day = said.measured(row.indicator, row.value), said.period(row.speaks_of)
    return said.text("indicators-told.well", value=value, day=day, moment=said.moment(state.last_tried_at))


COMMANDS = {str(indicators_command.name): indicators_command}
