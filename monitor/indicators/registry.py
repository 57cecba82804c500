"""Every reader there is. A source that has no reader here is kept by hand."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.indicators import algoritmes, eiti, organisaties, raadsinformatie, tenderned, tweede_kamer
from monitor.indicators.reading import Reader, ReadingError

READERS: tuple[Reader, ...] = (
    raadsinformatie.READER,
    tweede_kamer.READER,
    organisaties.READER,
    algoritmes.READER,
    algoritmes.OF_RIJKSWATERSTAAT,
    eiti.READER,
    tenderned.NOTICES,
    tenderned.DATA_FILES,
)


def reader_of(address: str, name: str, readers: Sequence[Reader] = READERS) -> Reader:
    """Give the reader of an indicator; raise ReadingError where none knows its address or its name."""
    known = [reader for reader in readers if reader.address == address]
    if not known:
        raise ReadingError(f"{address}: no reader knows it: take out 'automatic', or write a reader")
    for reader in known:
        if name in reader.gives:
            return reader
    listed = ", ".join(sorted(given for reader in known for given in reader.gives))
    raise ReadingError(f"{address}: gives no '{name}': name the indicator one of {listed}")
