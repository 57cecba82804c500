"""Bounded, guarded HTTP: addresses are checked before and while they are read, whoever named them.

A host is resolved once, every address that is not on the public internet is refused (public), and the connection goes
to the address that was checked (visiting). Each redirect is checked again. Bodies are counted after decompression
(bodies). A guard holds what all requests of a run keep to.
"""

from monitor.fetch.answers import Answer, FetchError
from monitor.fetch.guard import ROBOT, Guard
from monitor.fetch.public import is_public
from monitor.fetch.visiting import FEED_LIMIT, fetch

__all__ = ["FEED_LIMIT", "ROBOT", "Answer", "FetchError", "Guard", "fetch", "is_public"]
