"""Feeds: reading them (polling), which commitments their entries mention (matching), what is kept of them (keeping)."""

from monitor.entries.parsing import FeedError, ParsedEntry, parse
from monitor.feeds.keeping import MENTIONED_KEPT, UNMENTIONED_KEPT, Recorded, record
from monitor.feeds.matching import Rule, mentions
from monitor.feeds.polling import FEEDS_AT_ONCE, Polled, poll, read_feeds, run

__all__ = [
    "FEEDS_AT_ONCE",
    "MENTIONED_KEPT",
    "UNMENTIONED_KEPT",
    "FeedError",
    "ParsedEntry",
    "Polled",
    "Recorded",
    "Rule",
    "mentions",
    "parse",
    "poll",
    "read_feeds",
    "record",
    "run",
]
