"""The page of one quarter: the plan as public on its last day, and what the quarter brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import ChangeKind, Completion, Phase
from monitor.pages import addresses
from monitor.pages.commitment import origin_of
from monitor.pages.moments import Moment
from monitor.pages.moved import assessed_value, marked, move_views
from monitor.pages.numbers import reading_view
from monitor.pages.parts import change_rows, fact_list, phase_tag, plan_pen, twins
from monitor.pages.past import (
    neighbours,
    other_day,
    readings_of,
    said_line,
    state_line,
    state_of,
    state_word,
)
from monitor.pages.ratings import is_ours
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.pages.steps import UpdateView, due_lines, due_words, update_view
from monitor.periods import day_of
from monitor.progress import Standing
from monitor.status import Line


def quarter_pages(site: Site) -> Iterator[Page]:
    """Give a page for each quarter that lies behind, or runs."""
    for moment in site.past.moments if site.past else ():
        yield _page(site, moment)


def _page(site: Site, moment: Moment) -> Page:
    pen, plan = plan_pen(site, "past", moment.name), site.plan.id
    title = site.words.period(moment.quarter)
    return Page(
        address=pen.here,
        twins=twins(site, lambda words: addresses.of_plan(words, plan, "past", moment.name)),
        template="past-quarter.md.jinja",
        title=title[:1].upper() + title[1:],
        values=_values(pen, moment),
        head={
            "part": "changes",
            # What a reader searches for stands on the page of the commitment; these say the same of earlier days.
            "search": {"exclude": True},
            "phase": str(site.phase),
            "kicker_html": Markup("{} <span>{}</span>").format(
                phase_tag(pen), pen.t("past.as_of", day=pen.day(moment.day))
            ),
            "statement_html": Markup("{} {}").format(state_line(pen, moment.stand), said_line(pen, len(moment.said))),
            "facts_html": fact_list(pen, list(_facts(pen, moment))),
        },
        crumbs=(
            (pen.words.text("plan.name", plan=plan), addresses.home(plan)),
            (pen.words.text("title.past"), addresses.of_plan(pen.words, plan, "past")),
        ),
    )


def _facts(pen: Pen, moment: Moment) -> Iterator[tuple[Markup, list[Markup]]]:
    running = [pen.t("past.runs")] if moment.runs else []
    yield pen.t("past.day"), [pen.day(moment.day), *running]
    yield pen.t("past.phase"), [pen.t(f"past-phase.{moment.stand.phase}")]
    for name, link in neighbours(pen, moment):
        yield pen.t(f"past.{name}"), [link]


def _values(pen: Pen, moment: Moment) -> dict[str, Any]:
    later = _later(pen, moment)
    return {
        "moment": moment,
        "since": pen.day(moment.since),
        "day": pen.day(moment.day),
        "moves": move_views(pen, moment.moves, moment.before, moment.stand),
        "updates": list(_updates(pen, moment)),
        "withdrawn": [_withdrawn(pen, u) for u in moment.withdrawn],
        "findings": [_finding(pen, owner, found) for owner, found in moment.findings],
        "readings": [_reading(pen, row) for row in readings_of(pen.site, moment)],
        "changes": change_rows(pen, moment.changes, ()),
        "meetings": [m for m in pen.site.data.folder.meetings if _was_in(m, moment)],
        "lines": [_line(pen, line, moment, later) for line in moment.stand.lines],
        "late_note": pen.t("past.only_stated_late" if _may_be_late(pen, moment) else "milestone.closed_nothing_late"),
        "other": other_day(pen, pen.site.past, moment),
        "neighbours": list(neighbours(pen, moment)),
        "report": pen.report(),
    }


def _commitment_link(pen: Pen, record: str) -> Markup:
    number = int(record.rpartition("/")[2])
    known = pen.site.data.commitments.get(record)
    words = pen.t("commitment.number", number=number)
    if known is None:
        return words
    name = Markup("{}: {}").format(words, pen.say(known.short_title or known.title))
    return pen.link(addresses.commitment(known.plan, number), name)


def _update(pen: Pen, update: models.Update) -> UpdateView:
    """Say an update; its anchor names the commitment, for here updates of all of them stand together."""
    name = update.commitment.rpartition("/")[2]
    view = update_view(pen, update)
    return replace(view, anchor=f"u-{name}-{view.anchor.removeprefix('u-')}")


def _updates(pen: Pen, moment: Moment) -> Iterator[tuple[Markup, list[UpdateView | Markup]]]:
    """Give what became public by commitment; of what was withdrawn since only that it was there."""
    ordered = sorted(moment.updates, key=lambda update: update.commitment)
    for record, group in groupby(ordered, key=lambda update: update.commitment):
        views = [_withdrawn(pen, u) if u.id in _gone(pen, record) else _update(pen, u) for u in group]
        yield _commitment_link(pen, record), views


def _gone(pen: Pen, record: str) -> set[str]:
    return {update.id for update in pen.site.data.withdrawn.get(record, ())}


def _may_be_late(pen: Pen, moment: Moment) -> bool:
    return pen.site.phase is not Phase.CLOSED or bool(moment.stand.overdue)


def _withdrawn(pen: Pen, update: models.Update) -> Markup:
    """Say that a message was withdrawn, and since when; its words stand on the page of its commitment only."""
    address = addresses.commitment(pen.site.plan.id, int(update.commitment.rpartition("/")[2]))
    about = pen.t("past.by_message", when=pen.period(update.speaks_of))
    day = pen.day(day_of(update.withdrawn_at)) if update.withdrawn_at else Markup("")
    link = pen.link(f"{address}#{addresses.anchor(update.id)}", about)
    return Markup("{}: {} {}").format(_commitment_link(pen, update.commitment), link, pen.t("past.gone", day=day))


def _finding(pen: Pen, owner: models.Commitment | None, found: models.Assessment) -> dict[str, Any]:
    return {
        "about": _commitment_link(pen, owner.id) if owner else pen.t("not_found.of_plan"),
        "finding": found,
        "value": assessed_value(pen, found.value),
        "published": pen.period(found.published) if found.published else pen.t("past.undated"),
        "is_ours": is_ours(found),
    }


def _reading(pen: Pen, row: models.MeasurementRow) -> dict[str, Any]:
    commitment = pen.site.data.commitments[row.commitment]
    title = next(pen.say(i.title) for i in commitment.indicators if i.id == row.indicator)
    return {"about": _commitment_link(pen, row.commitment), "title": title} | reading_view(pen, row)


def _was_in(meeting: models.Meeting, moment: Moment) -> bool:
    return moment.quarter.contains(meeting.date.last_day) and meeting.date.last_day <= moment.day


def _line(pen: Pen, line: Line, moment: Moment, later: dict[str, Markup]) -> dict[str, Any]:
    commitment = line.commitment
    return {
        "number": commitment.number,
        "name": _name_then(pen, commitment),
        "link": _link_then(pen, commitment),
        "changed": later.get(commitment.id),
        "origins": sorted({origin_of(milestone) for milestone in commitment.milestones}),
        "silent": _silence(pen, line),
        "ratings": [
            (pen.t("rating.claimed"), _claimed(pen, line)),
            (pen.t("rating.derived"), _derived(pen, line)),
            (pen.t("rating.assessed"), _assessed(pen, line)),
        ],
        "milestones": [_milestone(pen, standing, moment, later) for standing in line.standings],
    }


def _later(pen: Pen, moment: Moment) -> dict[str, Markup]:
    """Say of each record whose promise was changed after the day that it was; also where its old text was not kept."""
    later = [c for c in moment.known.changes if c.kind is ChangeKind.PROMISE and c.published_on > moment.day]
    unkept = {c.record: pen.t("past.changed_unkept", day=pen.day(c.published_on)) for c in later if not c.field}
    moved = progress.changes(moment.stand.folder, pen.site.data.folder)
    return unkept | {move.record: pen.t("past.changed_later") for move in moved}


def _name_then(pen: Pen, commitment: models.Commitment) -> Markup:
    return Markup("{} {}").format(commitment.number, pen.say(commitment.short_title or commitment.title))


def _link_then(pen: Pen, commitment: models.Commitment) -> Markup:
    """Name a commitment as it was called then, linked where it is still there."""
    words = _name_then(pen, commitment)
    known = commitment.id in pen.site.data.commitments
    return pen.link(addresses.commitment(commitment.plan, commitment.number), words) if known else words


def _silence(pen: Pen, line: Line) -> Markup | None:
    """Say in one sentence that none of the three judgements was public; None where one was."""
    ratings = line.ratings
    if ratings.claims or ratings.assessment or ratings.derived.completion is not Completion.UNKNOWN:
        return None
    if not ratings.derived.counted:
        return pen.t("rating.derived_nothing")
    return pen.n("past.silent", ratings.derived.counted, known=pen.words.amount(ratings.derived.known))


def _claimed(pen: Pen, line: Line) -> Markup:
    said = [
        Markup('{}<span class="quiet-line">{}</span>').format(
            marked(str(claim.completion), pen.t(f"completion.{claim.completion}")), pen.organisation(claim.organisation)
        )
        for claim in line.ratings.claims
    ]
    return Markup("").join(said) or pen.t("past.no_judgement")


def _derived(pen: Pen, line: Line) -> Markup:
    derived = line.ratings.derived
    if not derived.counted:
        return pen.t("rating.derived_nothing")
    known = pen.t("past.known_of", known=derived.known, number=derived.counted)
    word = marked(str(derived.completion), pen.t(f"completion.{derived.completion}"))
    return Markup('{}<span class="quiet-line">{}</span>').format(word, known)


def _assessed(pen: Pen, line: Line) -> Markup:
    found = line.ratings.assessment
    if found is None:
        return pen.t("past.no_judgement")
    completion = progress.ASSESSED.get(found.value, Completion.UNKNOWN)
    word = marked(str(completion), assessed_value(pen, found.value))
    return Markup('{}<span class="quiet-line">{}</span>').format(word, pen.cite(found.sources))


def _milestone(pen: Pen, standing: Standing, moment: Moment, later: dict[str, Markup]) -> dict[str, Any]:
    milestone, phase = standing.milestone, moment.stand.phase
    state = state_of(standing, phase)
    return {
        "milestone": milestone,
        "origin": origin_of(milestone),
        "due": due_words(pen, milestone),
        "due_lines": [line for line in due_lines(pen, milestone) if line],
        "state": marked(state, state_word(pen, state, phase)),
        "notes": list(_notes(pen, standing, state, moment)),
        "late": pen.n("milestone.late", standing.late_days) if standing.late_days else None,
        "changed": later.get(models.milestone_id(pen.site.plan.id, milestone.number)),
    }


def _notes(pen: Pen, standing: Standing, state: str, moment: Moment) -> Iterator[Markup]:
    """Say which message a state rests on, and what it said where the state itself does not."""
    if state == "withdrawn":
        yield pen.say(standing.milestone.withdrawn)
    if state == "message" and standing.completion is not Completion.UNKNOWN:
        yield pen.t("shown-state.last_said", completion=pen.t(f"completion.{standing.completion}"))
    if standing.contradicted_by:
        yield pen.t("update.contradicted")
    name = standing.decided_by or next(iter(standing.updates), None)
    update = next((update for update in moment.said if update.id == name), None)
    if update:
        address = addresses.commitment(pen.site.plan.id, int(update.commitment.rpartition("/")[2]))
        told = pen.t("past.by_message", when=pen.period(update.speaks_of))
        yield pen.link(f"{address}#{addresses.anchor(update.id)}", told)
