"""The shell that the web form is shown in."""

from __future__ import annotations

from monitor.pages.parts import twins
from monitor.pages.rendering import Page
from monitor.pages.site import Site

SHELL = "melden-shell/"


def shell_page(site: Site) -> Page:
    """Give the page whose body the web channel fills in: the look of the site around a form."""
    return Page(
        address=SHELL,
        twins=twins(site, lambda words: SHELL),
        template="shell.md.jinja",
        title=site.words.text("title.report"),
        head={"shell": True, "phase": str(site.phase), "search": {"exclude": True}},
    )
