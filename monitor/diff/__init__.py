"""What the public will see change between two versions of a plan, as Markdown. Pure."""

from monitor.diff.comparing import Difference, Thing, compare
from monitor.diff.markdown import markdown, nothing

__all__ = ["Difference", "Thing", "compare", "markdown", "nothing"]
