"""What goes wrong outside the program; a command ends with its message, as one clear line."""

from __future__ import annotations


class MonitorError(Exception):
    """Something outside is wrong; the message says where, what, and what to do."""
