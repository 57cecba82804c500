"""Feeds: what they hold (parsing), which commitment an entry may concern (matching), and reading them (polling)."""

from monitor.feeds.matching import Rule, mentions
from monitor.feeds.parsing import FeedError, ParsedEntry, parse
from monitor.feeds.polling import Polled, poll, read_feeds, record, run

__all__ = ["FeedError", "ParsedEntry", "Polled", "Rule", "mentions", "parse", "poll", "read_feeds", "record", "run"]
