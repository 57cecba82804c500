"""What a conversation is carried out with: both databases, the plan, where pages stand, how people are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from bot import people, retention
from bot.dialogue import Reply, wording
from bot.private import Private
from monitor import agenda, models, words
from monitor.models import ReportKind
from monitor.pages import addresses
from monitor.periods import day_of
from monitor.settings import FolderKind
from monitor.storage import Storage

TICKETS = "verbetermeldingen"
IDEAS = "ideeen"
AGENDA, PROPOSALS = "agenda", "voorstellen"
# Where a post stands on the page with what the network knows.
LETTERS = {ReportKind.QUESTION: "q", ReportKind.ANSWER: "r", ReportKind.LESSON: "l", ReportKind.THEME: "t"}


@dataclass(frozen=True)
class Desk:
    """Both databases, the plan, the moment, the day it speaks of, and the public address of the site.

    ``told`` is what the data folder says of itself.
    """

    private: Private
    storage: Storage
    folder: models.PlanFolder
    now: datetime
    today: date
    site: str
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Tell whether people come in by invitation, so that roles lapse."""
        return self.told.get("kind") == FolderKind.LIVE

    @property
    def days(self) -> Mapping[str, int]:
        """Give how long each kind of private data is kept."""
        return retention.shown(self.told)

    def has_lapsed(self, person: models.Person) -> bool:
        """Tell whether somebody's role ended by now; never in a folder for trying out."""
        return self.is_live and people.has_lapsed(person, day_of(self.now))

    def standing(self, person: models.Person) -> models.Person:
        """Give a person as they may act now: whose role ended is a visitor."""
        return people.as_visitor(person) if self.has_lapsed(person) else person

    def reachable(self) -> list[models.Person]:
        """List the people who can be reached, as they may act now."""
        return [self.standing(person) for person in self.private.all(models.Person, reachable=1)]

    @property
    def moment(self) -> datetime:
        """Give a moment on the day that is spoken of: now, unless that day was moved."""
        noon = datetime.combine(self.today, time(12), UTC)
        return self.now if day_of(self.now) == self.today else noon

    @property
    def data(self) -> Path:
        """Give the data folder, which keeps the files beside the databases."""
        return self.private.path.parent

    def tell(
        self, person: models.Person, reply: Reply, key: str, *, at_work: bool = False, kept_for: str | None = None
    ) -> None:
        """Queue a message to a person; a key that is known already queues nothing.

        ``at_work``: nobody waits for it, so that it goes out at working hours of the plan's country only; ``kept_for``
        names other hours.
        """
        state = self.private.state(person.id)
        country = self.folder.plan.country if at_work else kept_for
        revision = state.revision if state else 0
        self.private.queue(person.id, reply, key=key, revision=revision, now=self.now, country=country)

    def language(self, person: models.Person) -> str:
        """Give the language a person chose, else the plan's first."""
        return person.language or self.folder.plan.languages[0]

    def name(self, organisation: str | None, language: str) -> str:
        """Name an organisation."""
        known = next((o for o in self.folder.organisations if o.id == organisation), None)
        return words.choose(known.name, language).words if known else organisation or ""

    def heading(self, report: models.Report, language: str) -> str:
        """Open with number and title of what a report is about."""
        if report.kind.is_post:
            return wording.post_heading(report.kind, report.text, self.asked(report, language), language)
        if report.kind is not ReportKind.PROGRESS:
            return wording.about_heading(self.folder, report.about, language)
        return wording.titled(self.folder, report.milestone or report.commitment or "", language)

    def asked(self, report: models.Report, language: str) -> str:
        """Give the question of the network that a report answers; empty where it answers none."""
        if report.kind is not ReportKind.ANSWER:
            return ""
        public = self.storage.get(models.Question, id=report.about)
        private = self.private.get(models.Report, id=report.about)
        return wording.text_of(public.text, language) if public else private.text if private else ""

    def coordinators(self) -> list[models.Person]:
        """List the people who coordinate this plan and can be reached."""
        return [person for person in self.reachable() if people.is_coordinator(person, self.folder)]

    def health(self, language: str) -> str:
        """Give the public address of the page that says how the monitor goes."""
        return address_of(self.folder, self.site, language) + addresses.about(
            words.of(written(self.folder, language)), "health"
        )

    def page_of(self, report: models.Report, language: str) -> str:
        """Give the public address of an accepted report."""
        return page_of(report, pages(self.folder, self.site, language))


def written(folder: models.PlanFolder, language: str) -> str:
    """Give the language whose pages somebody is sent to: their own where the plan has it, else the plan's first."""
    return language if language in folder.plan.languages else folder.plan.languages[0]


def address_of(folder: models.PlanFolder, site: str, language: str) -> str:
    """Give the public address of the site in a language."""
    shown = written(folder, language)
    return f"{site}/" if shown == folder.plan.languages[0] else f"{site}/{shown}/"


def pages(folder: models.PlanFolder, site: str, language: str) -> dict[str, str]:
    """Give the public addresses of the site, its meetings and input, each commitment and meeting in a language.

    ``<meeting>.ics`` is the calendar file of a meeting. Only languages of the plan have pages.
    """
    root = address_of(folder, site, language)
    found = {c.id: root + addresses.commitment(folder.plan.id, c.number) for c in folder.commitments}
    said = words.of(written(folder, language))
    for meeting in folder.meetings:
        found[meeting.id] = root + addresses.meeting(said, meeting.id)
        found[f"{meeting.id}.ics"] = addresses.calendar(found[meeting.id])
    of_plan = {
        page: addresses.of_plan(said, folder.plan.id, page)
        for page in ("meetings", "tickets", "knowledge", "freshness")
    }
    return found | {"site": root} | {page: root + address for page, address in of_plan.items()}


def agenda_page(
    folder: models.PlanFolder, site: str, language: str, *, organisation: str | None, today: date
) -> str | None:
    """Give the public address of the calendar file of an organisation; None where it has no dates."""
    if organisation is None or not agenda.of_organisation(folder, organisation, today):
        return None
    root = address_of(folder, site, language)
    page = addresses.of_plan(words.of(written(folder, language)), folder.plan.id, "organisations", organisation)
    return root + addresses.calendar(page)


def page_of(record: models.Report | models.Correction, known: dict[str, str]) -> str:
    """Give the public address of an accepted report; what belongs to no commitment stands with the plan's input."""
    kind = record.kind if isinstance(record, models.Report) else wording.ticket_kind(record)
    if isinstance(record, models.Report) and kind.is_post:
        return _page_of_post(record, known)
    page = known.get(record.commitment or "", "")
    if kind is ReportKind.PROGRESS:
        return f"{page}#{addresses.anchor(record.id)}"
    if page:
        return f"{page}#{TICKETS}"
    return f"{known['tickets']}#{IDEAS if kind is ReportKind.IDEA else TICKETS}"


def _page_of_post(report: models.Report, known: dict[str, str]) -> str:
    if report.kind is ReportKind.AGENDA_ITEM:
        page = known.get(report.about or "")
        return f"{page}#{AGENDA}" if page else f"{known['meetings']}#{PROPOSALS}"
    return f"{known['knowledge']}#{addresses.anchor(report.id, LETTERS[report.kind])}"
