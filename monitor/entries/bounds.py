"""What would be too much work for a parser, found and left out before anything is parsed. Pure.

What is looked at is in UTF-8. What gets past these bounds is ended with the process that parses it.
"""

from __future__ import annotations

import re

# With so many tags five seconds of parsing are near, and every tag that is open takes a quarter of a kilobyte.
TAGS = 300_000
OPEN_TAGS = 20_000
LOOK_FROM = OPEN_TAGS

_ENTRY_END = re.compile(rb"</(?:(?:atom|rss):)?(?:item|entry)\s*>")
_TAG = re.compile(rb"<(/?)[A-Za-z_][^<>]*?(/?)>")


def shortened(body: bytes, entries: int) -> bytes:
    """Leave out the entries of a feed after so many, as text, so that a long one takes no longer than a short one."""
    ends = [found.end() for found in _ENTRY_END.finditer(body)]
    return body[: ends[entries - 1]] + body[ends[-1] :] if len(ends) > entries else body


def too_much(body: bytes) -> str | None:
    """Say why a body of XML is too much to parse, or None: no limit of a parser bounds its time and memory."""
    tags = body.count(b"<")
    if tags > TAGS:
        return f"has more than {TAGS} tags"
    return f"has more than {OPEN_TAGS} tags within each other" if tags > LOOK_FROM and _is_deep(body) else None


def _is_deep(body: bytes) -> bool:
    open_tags = 0
    for closing, empty in (tag.groups() for tag in _TAG.finditer(body)):
        open_tags += -1 if closing else not empty
        if open_tags > OPEN_TAGS:
            return True
    return False
