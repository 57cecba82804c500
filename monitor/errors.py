"""What goes wrong outside the program; a command ends with its message, as one clear line."""

from __future__ import annotations


class MonitorError(Exception):
    """Something outside is wrong; the message says where, what, and what to do.

    ``done`` is how much of the work was done all the same.
    """

    def __init__(self, message: str, *, done: int = 0) -> None:
        """Take the message, and how much was done."""
        super().__init__(message)
        self.done = done


class OutOfTimeError(MonitorError):
    """The time of a run was up before all was read; what was read is kept, what is left goes first at the next run."""

    def __init__(self, where: str, *, left: int, within: float, done: int) -> None:
        """Take what was being read, how many were left after how many seconds, and how much was done."""
        told = f"{where}: time was up after {within:g} seconds with {left} left: wait, those go first at the next run"
        super().__init__(told, done=done)
