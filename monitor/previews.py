"""The page that a meeting would have, from the same templates as the site, before any of it is public."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import markdown
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from monitor import models, words
from monitor.pages.meetings import meeting_page
from monitor.pages.rendering import render_page
from monitor.pages.site import Site, SiteContext, read_plan
from monitor.storage import Storage

OVERRIDES = Path("site") / "overrides"
PAGE = '{% include "partials/head.html" %}<div class="wrap main">{% include "partials/sections.html" %}</div>'
EXTENSIONS = ("attr_list", "tables")
LINK = re.compile(r'(?<= href=")(?![a-z]+:|#)[^"]*')
BANNER = Markup('<div class="banner" role="note"><p class="wrap">{}</p></div>')
STYLES = ("tokens", "site", "parts")


@dataclass(frozen=True)
class Preview:
    """A page as it would be: its title, what stands in it, and the address of the site it is made for."""

    title: str
    language: str
    content: Markup
    root: str

    @property
    def whole(self) -> str:
        """Give the page as a file of its own, which takes its looks from the site."""
        style = Markup('<link rel="stylesheet" href="{}assets/css/{}.css">')
        styles = Markup("").join(style.format(self.root, name) for name in STYLES)
        return str(
            Markup(
                '<!doctype html>\n<html lang="{}">\n<head><meta charset="utf-8">'
                '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" '
                'content="noindex"><title>{}</title>{}</head>\n<body><main>{}</main></body>\n</html>\n'
            ).format(self.language, self.title, styles, self.content)
        )


def of_meeting(
    storage: Storage,
    meeting: models.Meeting,
    *,
    today: date,
    language: str,
    context: SiteContext,
    mark: str,
    home: Path = Path(),
) -> Preview:
    """Make the page of a meeting as its file would give it; ``home`` is the folder with ``site/``.

    ``mark`` stands above it, so that nobody takes it for the page itself.
    """
    data = read_plan(storage, meeting.plan, today)
    others = tuple(known for known in data.folder.meetings if known.id != meeting.id)
    folder = data.folder.model_copy(update={"meetings": (*others, meeting)})
    site = Site(storage, context, replace(data, folder=folder), tuple(storage.plans()), today, words.of(language))
    page = meeting_page(site, meeting)
    head, body = _parts(render_page(page, site))
    here = urljoin(context.url, ("" if language == site.languages[0] else f"{language}/") + page.address)
    content = _dressed(head, body, site, home) if (home / OVERRIDES).is_dir() else _bare(head, body)
    content = Markup(LINK.sub(lambda m: urljoin(here, m[0]), content))  # noqa: S704
    return Preview(page.title, language, BANNER.format(mark) + content, context.url)


def _parts(text: str) -> tuple[dict[str, Any], str]:
    """Part a page into its head and its body as HTML."""
    _, front, body = text.split("---\n", 2)
    pairs = (line.partition(": ") for line in front.splitlines() if line)
    head = {name: json.loads(value) for name, _, value in pairs}
    return head, markdown.markdown(body, extensions=list(EXTENSIONS))


def _dressed(head: dict[str, Any], body: str, site: Site, home: Path) -> str:
    """Put a page together with the templates of the site; its parts are escaped already."""
    environment = Environment(loader=FileSystemLoader(home / OVERRIDES))  # noqa: S701
    root = site.context.url + ("" if site.words.language == site.languages[0] else site.words.language)
    told = {"words": site.words.table_of("theme")}
    return environment.from_string(PAGE).render(meta=head, site=told, base=root.rstrip("/"), page={"content": body})


def _bare(head: dict[str, Any], body: str) -> str:
    title = head.get("title_html") or Markup.escape(head["title"])
    return f"<h1>{title}</h1><p>{head.get('statement_html', '')}</p>{head.get('facts_html', '')}{body}"
