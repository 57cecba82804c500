"""Whether a new number can stand beside the one before it, or has to wait for a person to look."""

from __future__ import annotations

# A number this many times as large or as small as the one before is kept apart.
TIMES = 5
# Small numbers jump easily: fewer than this apart is never odd.
APART = 10


def is_jump(value: float, before: float | None) -> bool:
    """Tell whether a number moved more than it plausibly can; nothing to compare with is no jump."""
    if before is None or abs(value - before) < APART:
        return False
    small, large = sorted((abs(value), abs(before)))
    return large >= TIMES * max(small, 1)
