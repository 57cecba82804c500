"""The public record of a commitment as it stood at a moment: its text, its hash, and where it can be had again later.

The text is what the ready question ``commitment_record`` gives, byte for byte. It holds what only grows: what the plan
files said of the commitment and its updates, and what came in by chat with its evidence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from monitor import catalogue
from monitor.storage import Storage

DATABASE = "monitor"
RECORD, STATE = "commitment_record", "state_on_a_day"


@dataclass(frozen=True)
class PublicRecord:
    """A commitment's record: its text, and the moment from which it reads so."""

    commitment: str
    text: str
    at: str

    @property
    def sha256(self) -> str:
        """Give the hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def question(self) -> str:
        """Give the address below the data folder where the same text can be had later."""
        return question(RECORD, commitment=self.commitment, at=self.at)


def public_record(storage: Storage, commitment: str, at: str = "") -> PublicRecord:
    """Give the record of a commitment at a moment (a UTC time as the tables write it); empty is the newest."""
    asked = {"commitment": commitment, "at": at}
    row = storage.ask(catalogue.QUESTIONS[RECORD]["sql"], asked)[0]
    return PublicRecord(commitment, row["record"], row["since"])


def question(name: str, **values: str) -> str:
    """Give the address of a ready question with its values filled in, below the data folder."""
    return f"{DATABASE}/{name}?{urlencode(values, safe='/:')}"
