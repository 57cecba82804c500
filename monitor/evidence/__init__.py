"""Fetches what updates cite, keeps it where the public does not come, looks again, and releases copies that may be."""

from monitor.evidence.archive import Archive, EvidenceError, Kept
from monitor.evidence.checking import AGAIN_AFTER, GONE_AFTER, GONE_TRIES, SOON_AGAIN, check, due, judged, run
from monitor.evidence.copies import PLAN, TakenDownError, hold, release, remaining, take_down, why_down
from monitor.evidence.renditions import NotShownError
from monitor.evidence.settling import settle, tidy

__all__ = [
    "AGAIN_AFTER",
    "GONE_AFTER",
    "GONE_TRIES",
    "PLAN",
    "SOON_AGAIN",
    "Archive",
    "EvidenceError",
    "Kept",
    "NotShownError",
    "TakenDownError",
    "check",
    "due",
    "hold",
    "judged",
    "release",
    "remaining",
    "run",
    "settle",
    "take_down",
    "tidy",
    "why_down",
]
