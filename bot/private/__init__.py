"""What is private: people, drafts, reports, messages to send. The only package that speaks the SQL of private.db."""

from bot.private.records import Private, StaleStateError, secret_hash

__all__ = ["Private", "StaleStateError", "secret_hash"]
