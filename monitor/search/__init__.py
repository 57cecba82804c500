"""Finds what is public by its words, for the site and for the conversation alike.

``renew`` keeps the index equal to what the site shows; ``find`` asks it, in a language. Neither knows a page's look.
"""

from monitor.search.finding import Found, Piece, Result, find
from monitor.search.renewing import renew

__all__ = ["Found", "Piece", "Result", "find", "renew"]
