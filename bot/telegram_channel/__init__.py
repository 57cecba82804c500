"""The conversation on Telegram. The only package that knows python-telegram-bot."""

from bot.telegram_channel.channel import TelegramChannel

__all__ = ["TelegramChannel"]
