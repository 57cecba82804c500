"""The files that become public of a kept copy, made without holding anything up."""

from __future__ import annotations

from monitor import apart, documents, words
from monitor.evidence.archive import EvidenceError, Kept
from monitor.periods import day_of
from monitor.storage import Storage


class NotShownError(EvidenceError):
    """A copy cannot be shown here, whoever decides about it; the message says why."""


def files(storage: Storage, kept: Kept, name: str) -> dict[str, bytes]:
    """Give what becomes public: the bytes as they are; of a web page those as text, and a rendition to look at."""
    if not name.endswith(f".{documents.HTML}"):
        return {name: kept.body}
    address, raw, fetched = kept.entry.address, f"{name}.{documents.TEXT}", day_of(kept.entry.fetched_at)
    told = {
        code: words.of(code).text("copy.heading", address=address, day=words.of(code).day(fetched), file=raw)
        for code in dict.fromkeys(language for plan in storage.plans() for language in plan.languages)
    }
    page = apart.harmless(documents.text_of(kept.content_type, kept.body), address, heading=told)
    if page is None:
        raise NotShownError(
            f"{kept.entry.sha256}: its page takes too much time or memory to be made harmless: refer to its address"
        )
    return {raw: kept.body, name: page}
