"""What people sent in: corrections and ideas, what each says, by whom, and the public answer it got."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from monitor import models
from monitor.models import TicketState
from monitor.pages import addresses
from monitor.pages.parts import plan_page, plan_pen, record_link
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.periods import Period

NUMBERED = re.compile(r"[^/]+(/[0-9]+(\.[0-9]+)?)?")


@dataclass(frozen=True)
class TicketView:
    """A correction or idea as it reads on a page."""

    anchor: str
    name: Markup
    day: Markup
    who: Markup
    about: Markup
    text: Markup
    is_answered: bool
    answer: Markup
    answered: Markup
    outcome: Markup
    waits: Markup
    is_checked: bool


def tickets_page(site: Site) -> Page:
    """Give the page with every correction and idea, and what was done with them."""
    pen = plan_pen(site, "tickets")
    corrections, ideas = newest_first(site.data.corrections), newest_first(site.data.ideas)
    answered = sum(is_answered(ticket, site.today) for ticket in (*corrections, *ideas))
    return plan_page(
        site,
        "tickets",
        statement=_statement(pen, len(corrections), len(ideas), answered),
        values={
            "corrections": [ticket_view(pen, ticket) for ticket in corrections],
            "ideas": [ticket_view(pen, ticket) for ticket in ideas],
            "answered": answered,
            "open": len(corrections) + len(ideas) - answered,
            "waiting": waiting(site),
        },
        head={"part": ""},
    )


def newest_first(tickets: Sequence[models.Correction]) -> list[models.Correction]:
    """Put corrections or ideas in order, the newest first."""
    return sorted(tickets, key=lambda ticket: (ticket.published_on, ticket.number), reverse=True)


def waiting(site: Site) -> int:
    """Count the corrections and ideas that await their check; they are counted under the plan's own id."""
    return sum(row.waiting for row in site.data.queue if row.commitment == site.plan.id)


def is_answered(ticket: models.Correction, today: date) -> bool:
    """Tell whether a correction or idea had its public answer on a day."""
    return ticket.state is TicketState.CLOSED and (ticket.closed_on is None or ticket.closed_on <= today)


def kind_of(ticket: models.Correction) -> str:
    """Tell a correction from an idea."""
    return "idea" if isinstance(ticket, models.Idea) else "correction"


def anchor_of(ticket: models.Correction) -> str:
    """Give the anchor of a correction or idea, the same on each page that shows it."""
    return f"{kind_of(ticket)}-{ticket.number}"


def ticket_view(pen: Pen, ticket: models.Correction, but: str = "") -> TicketView:
    """Say all that a correction or idea says; ``but`` is the record whose page it stands on."""
    answered = is_answered(ticket, pen.site.today)
    return TicketView(
        anchor=anchor_of(ticket),
        name=pen.t(f"ticket-kind.{kind_of(ticket)}", number=ticket.number),
        day=pen.day(ticket.published_on),
        who=pen.organisation(ticket.organisation) if ticket.organisation else pen.t("ticket.visitor"),
        about=Markup("") if ticket.about == but else about_link(pen, ticket.about or ticket.commitment),
        text=pen.say(ticket.text),
        is_answered=answered,
        answer=pen.say(ticket.answer) if answered else Markup(""),
        answered=_answered(pen, ticket) if answered else Markup(""),
        outcome=pen.t(f"ticket-outcome.{ticket.outcome}") if answered and ticket.outcome else Markup(""),
        waits=Markup("") if answered else pen.t("ticket.waits", day=pen.day(ticket.published_on)),
        is_checked=ticket.reviewed_by_other,
    )


def about_link(pen: Pen, about: str | None) -> Markup:
    """Link to the record that something was sent in about, to one of its periods, or to what is unknown of it."""
    record, _, unknown = (about or "").partition("#")
    record, _, slot = record.partition("?slot=")
    if unknown:
        return _unknown(pen, record, unknown)
    meeting = next((m for m in pen.site.data.folder.meetings if m.id == record), None)
    if meeting:
        address = addresses.of_plan(pen.words, meeting.plan, "meetings", meeting.slug)
        return pen.link(address, pen.say(meeting.title))
    if not NUMBERED.fullmatch(record):
        return Markup("")
    link = record_link(pen, record)
    return Markup("{}, {}").format(link, pen.period(Period.parse(slot))) if slot else link


def _unknown(pen: Pen, record: str, name: str) -> Markup:
    folder = pen.site.data.folder
    records: list[models.Plan | models.Commitment | models.Meeting] = [folder.plan, *folder.commitments]
    owner = next((known for known in (*records, *folder.meetings) if known.id == record), folder.plan)
    unknown = next((known for known in owner.unknowns if known.id == name), None)
    if unknown is None:
        # What was found since is no longer on that page.
        return pen.t("ticket.found_since")
    return pen.link(f"{pen.page_address('not-found')}#{record.rpartition('/')[2]}-{name}", pen.say(unknown.what))


def _answered(pen: Pen, ticket: models.Correction) -> Markup:
    closed_on = ticket.closed_on or ticket.published_on
    number = (closed_on - ticket.published_on).days
    days = pen.n("ticket.days", number) if number else pen.t("ticket.same_day")
    day = pen.day(closed_on)
    if ticket.answered_by:
        return pen.t("ticket.answered_by", day=day, who=pen.organisation(ticket.answered_by), days=days)
    return pen.t("ticket.answered_on", day=day, days=days)


def _statement(pen: Pen, corrections: int, ideas: int, answered: int) -> Markup:
    if not corrections and not ideas:
        return pen.t("tickets-page.none")
    kinds = [pen.n("tickets-page.corrections", corrections)] if corrections else []
    kinds += [pen.n("tickets-page.ideas", ideas)] if ideas else []
    told = pen.t("tickets-page.statement", kinds=pen.listing(kinds))
    strong = Markup("<strong>{}</strong>").format(answered)
    return Markup("{} {}").format(told, pen.t("tickets-page.answered", answered=strong))


def of_commitment(pen: Pen, commitment: models.Commitment) -> list[TicketView]:
    """Give the corrections and ideas about a commitment, the newest first."""
    own = [t for t in (*pen.site.data.corrections, *pen.site.data.ideas) if t.commitment == commitment.id]
    return [ticket_view(pen, ticket, commitment.id) for ticket in newest_first(own)]
