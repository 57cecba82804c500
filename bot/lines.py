"""The lines of a text as they are kept: nothing behind them, one empty line between. Pure, and imports little."""

from __future__ import annotations

import re

MOST_BREAKS = re.compile(r"\n{3,}")


def tidy(text: str) -> str:
    """Give a text without what is invisible at the end of its lines, and with one empty line for any number."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return MOST_BREAKS.sub("\n\n", lines).strip()
