"""The pages about meetings: the periods of each rhythm, found and not found, and a page for each meeting."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from monitor import agenda, models
from monitor.models import Wording
from monitor.pages import addresses
from monitor.pages.backing import field_backing
from monitor.pages.commitment import origin_of
from monitor.pages.parts import fact_list, plan_page, plan_pen, twins, unknown_rows
from monitor.pages.rendering import Page, Pen, is_derived, template
from monitor.pages.site import Site
from monitor.pages.slots import found_of, slot_views


def meetings_page(site: Site) -> Page:
    """Give the page with the periods of the network, and the other meetings."""
    pen = plan_pen(site, "meetings")
    rhythms = [_rhythm(pen, c, m) for c in site.data.folder.commitments for m in c.milestones if m.slots]
    in_slot = {view["meeting"].id for rhythm in rhythms for view in rhythm["slots"] if view["meeting"]}
    first = next(iter(rhythms), None)
    return plan_page(
        site,
        "meetings",
        statement=_statement(pen, first),
        values={
            "rhythms": rhythms,
            "others": [m for m in site.data.folder.meetings if m.id not in in_slot],
            "is_derived": is_date_derived,
            "has_agenda": bool(agenda.occasions(site.data.folder, site.today)),
        },
        head={"picture_html": _picture(pen, first)} if first else {},
    )


def meeting_pages(site: Site) -> list[Page]:
    """Give a page for each meeting."""
    return [_meeting_page(site, meeting) for meeting in site.data.folder.meetings]


def is_date_derived(meeting: models.Meeting) -> bool:
    """Tell whether the day of a meeting is our reading of its source."""
    return is_derived(meeting.sources.get("date", ()))


def _rhythm(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> dict[str, Any]:
    slots = slot_views(pen, milestone)
    for view in slots:
        view["months"] = pen.words.months(view["slot"])
        view["report"] = pen.report(f"{milestone_record(commitment, milestone)}?slot={view['slot']}")
        view["over"] = view["slot"].is_over(pen.site.today)
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
    if rhythm is None:
        return pen.n("meetings.statement", len(pen.site.data.folder.meetings))
    milestone = rhythm["milestone"]
    by_us = milestone.wording.get(pen.words.language) is Wording.OURS
    name = "meetings.promised_ours" if by_us else "meetings.promised"
    return pen.t(name, title=pen.say(milestone.title), found=found_of(pen, rhythm["slots"]))


def _picture(pen: Pen, rhythm: dict[str, Any]) -> Markup:
    return Markup(template("slots.jinja").render(pen=pen, slots=rhythm["slots"]).strip())  # noqa: S704


def _meeting_page(site: Site, meeting: models.Meeting) -> Page:
    pen = plan_pen(site, "meetings", meeting.slug)
    plan = site.plan.id
    updates = {(u.meeting, u.agreement): u for u in site.data.agreement_updates}
    return Page(
        address=pen.here,
        twins=twins(site, lambda words: addresses.of_plan(words, plan, "meetings", meeting.slug)),
        template="meeting.md.jinja",
        title=pen.plain(meeting.title),
        values={
            "meeting": meeting,
            "organisations": [pen.organisation(name) for name in meeting.organisations],
            "agreements": [(a, updates.get((meeting.id, a.id))) for a in meeting.agreements],
            "notes": note_blocks(pen.plain(meeting.notes)),
            "unknowns": unknown_rows(pen, meeting.unknowns, meeting.id),
            "backing": field_backing(pen, meeting.sources),
        },
        head={
            "part": "meetings",
            "phase": str(site.phase),
            "kicker_html": pen.t(f"meeting-kind.{meeting.kind}"),
            "title_html": pen.say(meeting.title),
            "statement_html": _meeting_statement(pen, meeting),
            "facts_html": fact_list(pen, _facts(pen, meeting)),
        },
        crumbs=(
            (pen.words.text("plan.name", plan=plan), addresses.home(plan)),
            (pen.words.text("menu.meetings"), addresses.of_plan(pen.words, plan, "meetings")),
        ),
    )


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


def _meeting_statement(pen: Pen, meeting: models.Meeting) -> Markup:
    if meeting.theme:
        return pen.t("meeting.statement", theme=pen.say(meeting.theme))
    return pen.t("meeting.no_theme")


def _facts(pen: Pen, meeting: models.Meeting) -> list[tuple[Markup, list[Markup]]]:
    when = [pen.period(meeting.date)]
    if meeting.time:
        when.append(escape(meeting.time))
    if is_date_derived(meeting):
        when.append(_tag(pen.t("meeting.date_derived")))
    found_place = escape(meeting.place) if meeting.place else pen.t("meeting.no_place")
    place = pen.t("meeting.online") if meeting.online else found_place
    rows = [(pen.t("meeting.when"), when), (pen.t("meeting.place"), [place])]
    if meeting.host:
        derived = [_tag(pen.t("meeting.derived"))] if is_derived(meeting.sources.get("host", ())) else []
        rows.append((pen.t("meeting.host"), [pen.organisation(meeting.host), *derived]))
    if meeting.milestone:
        number = int(meeting.milestone.partition(".")[0])
        address = f"{addresses.commitment(meeting.plan, number)}#m-{meeting.milestone.replace('.', '-')}"
        words = pen.t("meeting.of_milestone", commitment=number, milestone=meeting.milestone)
        rows.append((pen.t("meeting.belongs"), [pen.link(address, words)]))
    return rows


def _tag(words: Markup) -> Markup:
    return Markup('<span class="tag tag-ours">{}</span>').format(words)
