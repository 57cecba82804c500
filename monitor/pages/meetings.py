"""The pages about meetings: the periods of each rhythm, found and not found, and a page for each meeting."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from monitor import agenda, models, network
from monitor.models import Phase, Wording
from monitor.pages import addresses
from monitor.pages.backing import field_backing
from monitor.pages.commitment import origin_of
from monitor.pages.network import (
    Facts,
    agenda_of,
    agreement_views,
    belongs,
    coming,
    is_date_derived,
    meeting_facts,
    meeting_link,
    next_view,
    people,
    signed_up,
    theme_words,
)
from monitor.pages.parts import fact_list, plan_page, plan_pen, twins, unknown_rows
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.pages.slots import found_of, slot_views
from monitor.words import choose


def meetings_page(site: Site) -> Page:
    """Give the page with the next meeting, what was agreed, the periods of the network, and the other meetings."""
    pen = plan_pen(site, "meetings")
    rhythms = [_rhythm(pen, c, m) for c in site.data.folder.commitments for m in c.milestones if m.slots]
    in_slot = {meeting.id for rhythm in rhythms for view in rhythm["slots"] for meeting in view["meetings"]}
    first = next(iter(rhythms), None)
    return plan_page(
        site,
        "meetings",
        statement=_statement(pen, first),
        values={
            "rhythms": rhythms,
            "others": [m for m in site.data.folder.meetings if m.id not in in_slot],
            "coming": coming(site),
            "is_derived": is_date_derived,
            "has_agenda": bool(agenda.occasions(site.data.folder, site.today)),
            "closed": site.phase is Phase.CLOSED,
            "next": next_view(pen),
            "agreements": agreement_views(pen, site.agreements),
            "proposals": agenda_of(site, None),
        },
        head={"picture_html": _picture(pen, first)} if first else {},
    )


def meeting_pages(site: Site) -> list[Page]:
    """Give a page for each meeting."""
    return [meeting_page(site, meeting) for meeting in site.data.folder.meetings]


def _rhythm(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> dict[str, Any]:
    slots = slot_views(pen, milestone)
    for view in slots:
        view["months"] = pen.words.months(view["slot"])
        view["report"] = pen.report(f"{milestone_record(commitment, milestone)}?slot={view['slot']}")
    return {
        "commitment": commitment,
        "milestone": milestone,
        "origin": origin_of(milestone),
        "slots": slots,
    }


def milestone_record(commitment: models.Commitment, milestone: models.Milestone) -> str:
    """Give the id of a milestone."""
    return models.milestone_id(commitment.plan, milestone.number)


def _statement(pen: Pen, rhythm: dict[str, Any] | None) -> Markup:
    parts = [_found(pen, rhythm)]
    if pen.site.phase is not Phase.CLOSED and pen.site.agreements:
        is_open = sum(standing.is_open for standing in pen.site.agreements)
        found = pen.n("count.agreements", len(pen.site.agreements))
        words = pen.n("meetings.open", is_open, agreements=found)
        parts.append(words if is_open else pen.t("meetings.none_open", agreements=found))
    return Markup(" ").join(parts)


def _found(pen: Pen, rhythm: dict[str, Any] | None) -> Markup:
    if rhythm is None:
        return pen.n("meetings.statement", len(pen.site.data.folder.meetings))
    milestone = rhythm["milestone"]
    by_us = milestone.wording.get(pen.words.language) is Wording.OURS
    name = "meetings.promised_ours" if by_us else "meetings.promised"
    return pen.t(name, title=pen.say(milestone.title), found=found_of(pen, rhythm["slots"]))


def _picture(pen: Pen, rhythm: dict[str, Any]) -> Markup:
    return Markup(template("slots.jinja").render(pen=pen, slots=rhythm["slots"]).strip())  # noqa: S704


def meeting_page(site: Site, meeting: models.Meeting) -> Page:
    """Give the page of a meeting."""
    pen = plan_pen(site, "meetings", meeting.slug)
    plan = site.plan.id
    return Page(
        address=pen.here,
        twins=twins(site, lambda words: addresses.of_plan(words, plan, "meetings", meeting.slug)),
        template="meeting.md.jinja",
        title=pen.plain(meeting.title),
        values=_values(pen, meeting),
        head={
            "part": "meetings",
            "phase": str(site.phase),
            "kicker_html": _kicker(pen, meeting),
            "title_html": pen.say(meeting.title),
            "statement_html": theme_words(pen, meeting),
            "facts_html": fact_list(pen, _facts(pen, meeting)),
        },
        crumbs=(
            (pen.words.text("plan.name", plan=plan), addresses.home(plan)),
            (pen.words.text("menu.meetings"), addresses.of_plan(pen.words, plan, "meetings")),
        ),
    )


def _facts(pen: Pen, meeting: models.Meeting) -> Facts:
    return [*meeting_facts(pen, meeting), *belongs(pen, meeting), *_neighbours(pen, meeting)]


def _values(pen: Pen, meeting: models.Meeting) -> dict[str, Any]:
    site = pen.site
    meetings = site.data.folder.meetings
    notes = choose(meeting.notes, pen.words.language)
    to_come = meeting in coming(site)
    return {
        "meeting": meeting,
        "to_come": to_come,
        "closed": site.phase is Phase.CLOSED,
        # What is to come decided nothing yet; a file that was written later is not what was known on this day.
        "decisions": () if to_come and meeting not in network.held(meetings, site.today) else meeting.decisions,
        "organisations": [pen.organisation(name) for name in meeting.organisations],
        "agreements": agreement_views(pen, [s for s in site.agreements if s.meeting == meeting]),
        "earlier": agreement_views(pen, network.still_open(meeting, site.agreements)),
        "is_last": meeting == network.agreed_last(meetings, site.today),
        "agenda": agenda_of(site, meeting),
        "sign_ups": [(pen.organisation(name), people(pen, n)) for name, n in signed_up(site, meeting).items()],
        "notes": note_blocks(notes.words),
        "notes_language": notes.language,
        "unknowns": unknown_rows(pen, meeting.unknowns, meeting.id),
        "backing": field_backing(pen, meeting.sources),
    }


def note_blocks(text: str) -> list[tuple[str, list[str]]]:
    """Part a report into paragraphs and lists; a block whose lines all begin with a dash is a list."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append(("list", [line.removeprefix("- ") for line in lines]))
        elif lines:
            blocks.append(("text", [" ".join(lines)]))
    return blocks


def _kicker(pen: Pen, meeting: models.Meeting) -> Markup:
    kind = pen.t(f"meeting-kind.{meeting.kind}")
    to_come = coming(pen.site)
    if meeting not in to_come:
        return Markup("") if kind == pen.say(meeting.title) else kind
    tag = pen.t("meeting.is_next" if meeting == to_come[0] else "meeting.to_come")
    return Markup('<span class="tag tag-running">{}</span> {}').format(tag, kind)


def _neighbours(pen: Pen, meeting: models.Meeting) -> Facts:
    """Lead to the meeting of the same kind before this one, and to the one after it."""
    own = sorted(
        (m for m in pen.site.data.folder.meetings if m.kind is meeting.kind),
        key=lambda m: (m.date.last_day, m.slug),
    )
    place = own.index(meeting)
    beside = {"meeting.earlier": own[:place][-1:], "meeting.later": own[place + 1 :][:1]}
    return [
        (pen.t(name), [meeting_link(pen, found[0]), pen.period(found[0].date)])
        for name, found in beside.items()
        if found
    ]
