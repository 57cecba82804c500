"""What a page calls itself: public only with a copy that everyone may see, never where it seems to name a person."""

from __future__ import annotations

from monitor import documents, released
from monitor.lint import privacy
from monitor.models import CopyState, Evidence
from monitor.storage import Storage


def public_title(content_type: str, body: bytes) -> str | None:
    """Give what a page calls itself; None where it does not, or where that seems to name a person."""
    title = documents.title_of(content_type, body)
    return None if title is None or privacy.may_name_somebody(title) else title


def may_stand(storage: Storage, sha256: str | None) -> bool:
    """Tell whether the title of what a hash names may be public: everyone may see its copy."""
    decided = released.decision(storage, sha256) if sha256 else None
    return decided is not None and decided.state is CopyState.RELEASED


def give(storage: Storage, sha256: str, title: str | None) -> None:
    """Write a title at the evidence of a hash that has none, or take away what stands there."""
    for row in storage.all(Evidence, sha256=sha256):
        if row.page_title != title and (title is None or not row.title):
            storage.put(row.model_copy(update={"page_title": title}))


def clear(storage: Storage) -> None:
    """Take away every title that may not stand."""
    with storage.transaction():
        for row in storage.all(Evidence):
            if row.page_title and not may_stand(storage, row.sha256):
                storage.put(row.model_copy(update={"page_title": None}))
