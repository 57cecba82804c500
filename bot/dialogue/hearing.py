"""The words that work at every question, and what is typed behind them. Pure."""

from __future__ import annotations

from bot.dialogue.drafts import Step
from bot.dialogue.picking import plain
from bot.dialogue.places import BARE
from bot.messages import SPOKEN, spoken

EVERYWHERE = (
    "back", "begin", "help", "stop", "concept", "privacy", "mydata", "correct", "forget", "language", "nl", "en",
    "unfollow",
)  # fmt: skip
RESTING = (Step.STOPPED, Step.START, Step.MORE)


def everywhere(text: str, step: Step) -> str | None:
    """Find the word in a text that works at every question; a greeting does where nothing else can be meant."""
    said = plain(text)
    command = said.startswith("/")
    if command:
        said = said[1:].partition("@")[0]
    if step in BARE and said in spoken("greeting"):
        return "begin"
    if behind(text, "unfollow") is not None:
        return "unfollow"
    if _is_language(said, resting=command or step in RESTING):
        return "language"
    named = (name for name in EVERYWHERE if name != "language" and said in spoken(name))
    return next(named, "help" if text.startswith("/") else None)


def behind(text: str, name: str) -> str | None:
    """Give what is typed behind the words of a name, empty where nothing is; None where a text begins otherwise."""
    said = plain(text)
    if said.startswith("/"):
        word, _, rest = said[1:].partition(" ")
        said = f"{word.partition('@')[0]} {rest}".strip()
    found = [words for words in spoken(name) if said == words or said.startswith(f"{words} ")]
    return said[len(max(found, key=len)) :].strip() if found else None


def language_in(text: str) -> str:
    """Give the language that a text names; empty where it names none."""
    said = plain(text).split()
    return next((code for code in SPOKEN if any(word in said for word in (code, *spoken(code)))), "")


def _is_language(said: str, *, resting: bool) -> bool:
    """Tell whether the word for a language stands alone, or with the language, where nothing was asked."""
    rest = behind(said, "language")
    return resting and rest is not None and (not rest or bool(language_in(rest)))
