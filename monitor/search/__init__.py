"""Finds what is public by its words, for the site and for the conversation alike.

``renew`` keeps the index equal to what the site shows, ``add`` brings what was shared just now, ``forget`` takes what
was erased; ``find`` asks it, in a language. None knows a page's look.
"""

from monitor.search.finding import Found, Piece, Result, find
from monitor.search.renewing import add, forget, renew

__all__ = ["Found", "Piece", "Result", "add", "find", "forget", "renew"]
