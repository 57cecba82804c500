"""Feeds: what they hold (parsing), which commitment an entry may concern (matching), and reading them (polling)."""

from monitor.feeds.matching import Rule, mentions
from monitor.feeds.parsing import FeedError, ParsedEntry, parse
from monitor.feeds.polling import FEEDS_AT_ONCE, Polled, poll, read_feeds, record, run

__all__ = [
    "FEEDS_AT_ONCE",
    "FeedError",
    "ParsedEntry",
    "Polled",
    "Rule",
    "mentions",
    "parse",
    "poll",
    "read_feeds",
    "record",
    "run",
]
