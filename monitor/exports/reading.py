"""What every file is written from: the plan as the pages read it, and when each record became known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property

from markupsafe import Markup

from monitor import models
from monitor.pages.rendering import Pen
from monitor.pages.site import Site
from monitor.periods import TIME_ZONE

NAME = "Open Overheid Monitor"


@dataclass(frozen=True)
class File:
    """A file to write: its address below the root of its language, and its bytes."""

    address: str
    body: bytes


@dataclass(frozen=True)
class Book:
    """A plan as the pages of a language read it, with every version of its records."""

    site: Site
    versions: dict[tuple[str, str], list[models.Version]]

    @classmethod
    def of(cls, site: Site) -> Book:
        """Read the versions of the plan of a site."""
        known = defaultdict(list)
        for version in site.storage.all(models.Version, plan=site.plan.id):
            known[version.kind, version.record].append(version)
        return cls(site, dict(known))

    @cached_property
    def pen(self) -> Pen:
        """Give the pen for words; its addresses are those below the root of the language."""
        return Pen(self.site, "")

    @property
    def root(self) -> str:
        """Give the public address of the pages of this language, with a slash at the end."""
        return f"{self.site.context.url.rstrip('/')}/{self.pen.language_path}"

    @property
    def banner(self) -> str:
        """Give the words that mark example data, or nothing."""
        words = self.site.words
        return f"{words.text('example.name')}. {words.text('example.text')}" if self.site.context.example else ""

    @property
    def title(self) -> str:
        """Give the name of the plan, marked where its data are invented."""
        name = self.site.words.text("plan.name", plan=self.site.plan.id)
        return f"{name} ({self.site.words.text('example.name')})" if self.banner else name

    @property
    def unofficial(self) -> str:
        """Say that nobody publishes this plan here, or nothing."""
        return self.site.words.text("plan.unofficial_sentence") if self.site.is_unofficial else ""

    def changed_at(self, kind: str, record: str) -> datetime:
        """Give when a record of the files last became different."""
        return self.versions[kind, record][-1].recorded_at

    def found_at(self, kind: str, record: str, part: str) -> datetime:
        """Give when the files first held a part of a record, written as JSON."""
        known = self.versions[kind, record]
        return next(
            (version.recorded_at for version in known if part in (version.content or "")), known[-1].recorded_at
        )

    @cached_property
    def newest_at(self) -> datetime:
        """Give when the files of the plan last became different."""
        return max(version.recorded_at for versions in self.versions.values() for version in versions)


def text_of(markup: Markup | str) -> str:
    """Give the bare words of what stands on a page."""
    return markup.striptags() if isinstance(markup, Markup) else markup


def midnight(day: date) -> datetime:
    """Give the moment at which a day begins for the people of the plan."""
    return datetime.combine(day, time(), TIME_ZONE).astimezone(UTC)


def lines_of(*parts: Markup | str) -> Iterator[str]:
    """Give the words of the parts that say something."""
    return (words for part in parts if (words := text_of(part).strip()))
