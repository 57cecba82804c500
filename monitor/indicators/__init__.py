"""Reads indicators from their sources, one small reader a source; an answer of another shape fails and names itself."""

from __future__ import annotations

from monitor.indicators.measuring import IndicatorError, Wanted, automatic, measure, run
from monitor.indicators.reading import Reader, Reading, ReadingError
from monitor.indicators.registry import READERS, reader_of

__all__ = [
    "READERS",
    "IndicatorError",
    "Reader",
    "Reading",
    "ReadingError",
    "Wanted",
    "automatic",
    "measure",
    "reader_of",
    "run",
]
