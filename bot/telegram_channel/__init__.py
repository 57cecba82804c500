"""The conversation on Telegram. The only package that knows python-telegram-bot."""

import os

# The library's waiting times become timedeltas, as they will always be in its next version.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from bot.telegram_channel.channel import TelegramChannel
from bot.telegram_channel.webhook import Webhook

__all__ = ["TelegramChannel", "Webhook"]
