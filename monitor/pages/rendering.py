"""A page: its head as front matter, its body as Markdown headings with HTML below them, all of it escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from monitor import chat_links, models
from monitor.pages import addresses
from monitor.pages.site import Site
from monitor.periods import Period, day_of
from monitor.words import Words, choose

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class Page:
    """A page to write: where it stands, the same page in other languages, what its templates need.

    ``head`` goes into the front matter as it is; a name that ends in ``_html`` holds escaped HTML.
    """

    address: str
    twins: Mapping[str, str]
    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, Any] = field(default_factory=dict)
    crumbs: tuple[tuple[str, str], ...] = ()


class Voice:
    """Says things in the words of a language, escaped."""

    @property
    def words(self) -> Words:
        """Give the interface words."""
        raise NotImplementedError

    def t(self, name: str, /, **values: Any) -> Markup:
        """Give interface words; values are escaped unless they are markup."""
        return Markup(escape(self.words.text(name))).format(**values) if values else escape(self.words.text(name))  # noqa: S704

    def n(self, name: str, number: int, /, **values: Any) -> Markup:
        """Give interface words for one or several."""
        form = "one" if number == 1 else "other"
        return self.t(f"{name}.{form}", number=number, **values)

    def say(self, text: models.Text | None) -> Markup:
        """Give a text of the data, marked where it is in another language than the page."""
        if not text:
            return Markup("")
        phrase = choose(text, self.words.language)
        if phrase.language == self.words.language:
            return escape(phrase.words)
        return Markup('<span lang="{}">{}</span>').format(phrase.language, phrase.words)

    def plain(self, text: models.Text | None) -> str:
        """Give a text of the data as bare words, for attributes."""
        return choose(text, self.words.language).words if text else ""

    def day(self, day: date) -> Markup:
        """Give a day in words."""
        moment = day_of(day) if isinstance(day, datetime) else day
        return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), self.words.day(moment))

    def moment(self, moment: datetime) -> Markup:
        """Give a day and time in words."""
        return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), self.words.moment(moment))

    def period(self, period: Period) -> Markup:
        """Give a period in words; as a time where HTML has a form for it."""
        if period.precision == "range" and period.earliest and period.latest:
            first, _, last = period.text.partition("/")
            return self.t("period.range", first=self.period(Period.parse(first)), last=self.period(Period.parse(last)))
        words = self.words.period(period)
        if period.precision in ("day", "month", "year"):
            return Markup('<time datetime="{}">{}</time>').format(period.text, words)
        return escape(words)

    def known(self, family: str, name: str) -> str:
        """Give the word for a name that data may bring, else the name itself."""
        return self.words.table_of(family).get(name, name)


@dataclass(frozen=True)
class Teller(Voice):
    """Says things on no page in particular."""

    names: Words

    @property
    def words(self) -> Words:
        """Give the interface words."""
        return self.names


@dataclass(frozen=True)
class Pen(Voice):
    """What a template writes with: words, dates and links as they read on one page."""

    site: Site
    here: str

    @property
    def words(self) -> Words:
        """Give the interface words."""
        return self.site.words

    def report(self, about: str = "") -> str:
        """Give the way to the form that takes reports and corrections, about a record or in general."""
        asked = {"about": about, "lang": "" if self.words.language == self.site.languages[0] else self.words.language}
        query = urlencode({name: value for name, value in asked.items() if value}, safe="/.:")
        return self.root(self.site.context.report_path) + (f"?{query}" if query else "")

    def link(self, address: str, words: Any) -> Markup:
        """Link to an address of this site or elsewhere."""
        return Markup('<a href="{}">{}</a>').format(self.to(address), words)

    def to(self, address: str) -> str:
        """Give the way from this page to an address below the root of its language."""
        return addresses.relative(address, self.here)

    def root(self, path: str) -> str:
        """Give the way from this page to a path at the root of the whole site."""
        prefix = "../" if self.language_path else ""
        return addresses.relative(prefix + path, self.here)

    def page(self, name: str, below: str = "") -> str:
        """Give the way to a page of the plan by its name."""
        return self.to(addresses.of_plan(self.words, self.site.plan.id, name, below))

    def page_address(self, name: str) -> str:
        """Give the address of a page of the plan by its name."""
        return addresses.of_plan(self.words, self.site.plan.id, name)

    def about_address(self, name: str) -> str:
        """Give the address of a page about the monitor by its name."""
        return addresses.about(self.words, name)

    def commitment_address(self, commitment: models.Commitment) -> str:
        """Give the address of a commitment."""
        return addresses.commitment(commitment.plan, commitment.number)

    @property
    def language_path(self) -> str:
        """Give what stands between the root of the site and the pages of this language."""
        return "" if self.words.language == self.site.languages[0] else f"{self.words.language}/"

    def listing(self, parts: Sequence[Markup]) -> Markup:
        """Join parts as the language does: a, b and c."""
        if len(parts) < 2:
            return Markup("").join(parts)
        return self.t("join.last", first=Markup(", ").join(parts[:-1]), last=parts[-1])

    def numbers(self, numbers: Sequence[int]) -> str:
        """List numbers as the language does."""
        return self.words.listing([str(number) for number in numbers])

    def organisation(self, name: str | None) -> Markup:
        """Link to an organisation of the plan."""
        known = self.site.data.organisations.get(name or "")
        if known is None:
            return escape(name or "")
        return Markup('<a href="{}">{}</a>').format(self.page("organisations", known.id), self.name(known.id))

    def name(self, name: str | None, *, short: bool = False) -> Markup:
        """Give the name of an organisation of the plan."""
        known = self.site.data.organisations.get(name or "")
        if known is None:
            return escape(name or "")
        text = known.short if short and known.short else known.name
        phrase = choose(text, self.words.language)
        if phrase.language == self.words.language:
            return escape(phrase.words)
        return Markup('<span lang="{}">{}</span>').format(phrase.language, phrase.words)

    def cite(self, citations: models.Citations) -> Markup:
        """Name the sources of a fact, each once."""
        return Markup(", ").join(self._source(name) for name in dict.fromkeys(c.source for c in citations))

    def _source(self, source: str) -> Markup:
        where = self.page("sources") + f"#{source.lower()}"
        known = self.site.data.sources.get(source)
        name = self.say(known.short) if known and known.short else self.t("source.short", id=source)
        return Markup('<a href="{}">{}</a>').format(where, name)

    def title(self, source: models.Source) -> Markup:
        """Give the title of a source, marked where it is in another language than the page."""
        if source.language in (None, self.words.language):
            return escape(source.title)
        return Markup('<span lang="{}">{}</span>').format(source.language, source.title)

    def commitment(self, commitment: models.Commitment) -> str:
        """Give the way to a commitment."""
        return self.to(addresses.commitment(commitment.plan, commitment.number))


def write_page(page: Page, site: Site, target: Path) -> Path:
    """Write a page below a folder as Markdown; give its path."""
    path = target / page.address / "index.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(page, site), encoding="utf-8")
    return path


def write_file(address: str, text: str, target: Path) -> Path:
    """Write a file that readers take along below a folder; give its path."""
    path = target / address
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def render_page(page: Page, site: Site) -> str:
    """Give a page as Markdown with front matter."""
    body = template(page.template).render(pen=Pen(site, page.address), site=site, **page.values)
    return front_matter(_head(page, site)) + body.strip() + "\n"


def front_matter(values: Mapping[str, Any]) -> str:
    """Write front matter, one line a name; JSON is YAML."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
    return "\n".join(("---", *lines, "---", "", ""))


class Compiled(FileSystemBytecodeCache):
    """Keeps compiled templates beside them, as Python does with its modules; where it may not, it goes without."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def template(name: str) -> Template:
    """Load a template; everything that is put into it is escaped."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    kept = TEMPLATES / "__pycache__"
    with suppress(OSError):
        kept.mkdir(exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=Compiled(str(kept)) if kept.is_dir() else None,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {name: getattr(addresses, name) for name in ("feed", "calendar", "dossier")}
    environment.globals |= {
        "anchor": addresses.anchor,
        "telegram": chat_links.address,
        "safe": addresses.safe,
        "step": addresses.step,
        "derived": is_derived,
    }
    return environment


def is_derived(citations: models.Citations) -> bool:
    """Tell whether a fact is our reasoning from a source."""
    return any(citation.certainty is models.Certainty.DERIVED for citation in citations)


def _head(page: Page, site: Site) -> dict[str, Any]:
    head = {name: str(value) if isinstance(value, str) else value for name, value in page.head.items()}
    crumbs = [{"word": word, "url": address} for word, address in page.crumbs]
    return {"title": page.title, "phase": head.pop("phase", None), "crumbs": crumbs, "twins": dict(page.twins)} | head
