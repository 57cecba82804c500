"""The conversation: (state, message, world) -> (state, replies, effects). Pure: no files, no clock, no channel."""

from bot.dialogue.flow import respond, resume, stale
from bot.dialogue.shapes import (
    Choice,
    Close,
    Decide,
    Draft,
    Effect,
    Message,
    Place,
    Refusal,
    Reply,
    SpeakLanguage,
    State,
    Step,
    Submit,
    Turn,
    Withdraw,
    World,
)

__all__ = [
    "Choice",
    "Close",
    "Decide",
    "Draft",
    "Effect",
    "Message",
    "Place",
    "Refusal",
    "Reply",
    "SpeakLanguage",
    "State",
    "Step",
    "Submit",
    "Turn",
    "Withdraw",
    "World",
    "respond",
    "resume",
    "stale",
]
