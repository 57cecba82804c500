"""Keep the bot's token out of every log."""

from __future__ import annotations

import logging

HIDDEN = "<token>"
CHATTY = ("httpx", "httpcore", "telegram")


class _Redactor(logging.Filter):
    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self.secret in text:
            record.msg, record.args = text.replace(self.secret, HIDDEN), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = record.exc_text.replace(self.secret, HIDDEN)
        return True


def hide(secret: str) -> None:
    """Silence loggers that print addresses and messages; take a secret out of what handlers at the root write."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Writes a traceback each time Telegram asks to wait, which is no error: the message waits in its queue.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    if not secret:
        return
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, _Redactor) and known.secret == secret for known in handler.filters):
            handler.addFilter(_Redactor(secret))
