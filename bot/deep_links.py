"""What a link that opens the conversation on Telegram was about; ``monitor.chat_links`` writes such links. Pure."""

from __future__ import annotations

import re

from monitor.chat_links import ABOUT

CODED = re.compile(rb"_([0-9a-f]{2})|([A-Za-z0-9-])")


def record(word: str) -> str | None:
    """Read the record's id from the word after /start; None where that is something else."""
    coded = word.removeprefix(ABOUT).encode("utf-8", "replace")
    found = list(CODED.finditer(coded))
    if not word.startswith(ABOUT) or b"".join(match[0] for match in found) != coded:
        return None
    named = b"".join(bytes.fromhex(match[1].decode()) if match[1] else match[2] for match in found)
    return named.decode("utf-8", "replace")
