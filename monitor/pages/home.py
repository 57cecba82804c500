"""The home page of a plan: one sentence, one picture, then the list; by phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Completion, DueBasis, Freshness, Phase
from monitor.pages import addresses
from monitor.pages.backing import Backing, citation_reasons, field_backing, follow_on_backing
from monitor.pages.commitment import follow_on_link
from monitor.pages.following import following
from monitor.pages.freshness import last_quarter, ledger
from monitor.pages.network import next_view
from monitor.pages.parts import change_rows, fact_list, feed_heads, phase_tag, twins, unknown_rows
from monitor.pages.past import newest_address
from monitor.pages.ratings import is_ours, translation
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.pages.steps import SHOWN_MARKS, mark_of
from monitor.progress import Shown

NEXT_SHOWN = 5
UNKNOWNS_SHOWN = 5
FRESHNESS_ORDER = (
    Freshness.UPDATED,
    Freshness.UNCHANGED,
    Freshness.RECEIVED,
    Freshness.OPEN,
    Freshness.NO_MESSAGE,
    Freshness.NOT_TRACKED,
)
COMPLETION_ORDER = (
    Completion.COMPLETE,
    Completion.SUBSTANTIAL,
    Completion.LIMITED,
    Completion.NOT_STARTED,
    Completion.UNKNOWN,
)
ASSESSED_COLUMNS = ("completion", "early results")


def home_page(site: Site, address: str) -> Page:
    """Give the home page of a plan, for its own address or for the root of the site."""
    pen = Pen(site, address)
    kind = {Phase.CLOSED: "closed", Phase.PREPARATION: "preparation"}.get(site.phase, "running")
    values: dict[str, Any] = {
        "reasons": lambda citations: citation_reasons(pen, citations),
        "motto": _motto(pen),
        "backing": plan_backing(pen),
        **following(site),
    }
    values |= {"closed": _closed, "preparation": _preparation, "running": _running}[kind](pen)
    return Page(
        address=address,
        twins=twins(site, lambda words: address),
        template=f"home-{kind}.md.jinja",
        title=pen.plain(site.plan.title),
        values=values,
        head=_head(pen, kind, values),
    )


def _head(pen: Pen, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    picture = template(f"home-{kind}-picture.jinja").render(pen=pen, **values).strip()
    return {
        "home": True,
        "search": None if pen.here else {"exclude": True},
        "phase": str(pen.site.phase),
        "kicker_html": Markup("{} {}").format(phase_tag(pen), _kicker(pen)),
        "title_html": _title(pen),
        "statement_html": values["statement"],
        "description": values["statement"].striptags(),
        "picture_html": picture,
        "facts_html": fact_list(pen, values["facts"]),
        "feeds": feed_heads(pen, addresses.home(pen.site.plan.id), pen.t("plan.name", plan=pen.site.plan.id)),
    }


def _motto(pen: Pen) -> Markup:
    """Quote the plan's motto as printed, with our translation beside it on a page in another language."""
    motto, first = pen.site.plan.motto, pen.site.languages[0]
    if not motto:
        return Markup("")
    if first == pen.words.language or first not in motto or pen.plain(motto) == motto[first]:
        return pen.t("home.motto", motto=pen.say(motto))
    printed = Markup('<span lang="{}">{}</span>').format(first, motto[first])
    return pen.t("home.motto_ours", motto=printed, ours=pen.say(motto))


def plan_backing(pen: Pen) -> list[Backing]:
    """Give what carries the statements about the plan as a whole."""
    return field_backing(pen, pen.site.plan.sources) + follow_on_backing(pen, pen.site.plan.follow_on)


def _kicker(pen: Pen) -> Markup:
    plan = pen.site.plan
    parts = [pen.say(plan.kicker)]
    if pen.site.phase is Phase.CLOSING:
        parts.append(pen.t("home.until", day=pen.day(plan.cycle_end)))
    if pen.site.is_unofficial:
        parts.append(Markup('<span class="tag tag-ours">{}</span>').format(pen.t("plan.unofficial")))
    return Markup(" ").join(parts)


def _title(pen: Pen) -> Markup:
    title = pen.say(pen.site.plan.title)
    for together in ("Open Overheid", "Open Government", pen.site.plan.id):
        title = title.replace(together, Markup('<span class="keep">{}</span>').format(together), 1)
    return title


def _closed(pen: Pen) -> dict[str, Any]:
    site = pen.site
    shown = Counter(standing.shown for standing in site.standings)
    return {
        "statement": pen.t(
            "home.closed_statement",
            commitments=pen.words.amount(len(site.ratings)),
            milestones=len(site.standings),
            outcome=_amount(pen, shown[Shown.OUTCOME]),
            message=_amount(pen, shown[Shown.MESSAGE]),
            nothing=_amount(pen, shown[Shown.NOTHING]),
        ),
        "facts": _plan_facts(pen),
        "stand": [(shown[kind], pen.t(f"shown.{kind}"), [SHOWN_MARKS[kind]] * shown[kind]) for kind in Shown],
        "rows": [closed_row(pen, c) for c in site.data.folder.commitments],
        "official": official_commitments(site),
        "findings": site.plan.assessments,
        "found_values": _found_values(pen),
        "unknowns": _unknowns(pen),
        "unknown_count": count_unknowns(site),
        "follow_on": [(c, [follow_on_link(pen, f) for f in c.follow_on]) for c in _followed(site)],
        "plan_follow_on": [follow_on_link(pen, f) for f in site.plan.follow_on],
    }


def _amount(pen: Pen, number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(pen.words.amount(number))


def _strong(number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(number)


def _plan_facts(pen: Pen) -> list[tuple[Markup, list[Markup]]]:
    plan = pen.site.plan
    differ = any(end.period.latest != plan.period.latest for end in plan.end_dates)
    ends = [pen.link("#over-het-plan", pen.t("home.sources_differ"))] if differ else []
    name = "home.ran" if pen.site.phase in (Phase.CLOSED, Phase.CLOSING) else "home.runs"
    rows = [(pen.t(name), [pen.period(plan.period), *ends])]
    rows.append((pen.t("home.coordinator"), [pen.organisation(plan.coordinator)]))
    if plan.assessors:
        rows.append((pen.t("home.assessor"), [Markup(", ").join(pen.organisation(name) for name in plan.assessors)]))
    if plan.follow_on:
        rows.append((pen.t("home.follow_on"), [Markup(", ").join(follow_on_link(pen, f) for f in plan.follow_on)]))
    return rows


def closed_row(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    """Say of a commitment of a closed plan what was shown and what the assessor found."""
    standings = pen.site.ratings[commitment.id].derived.standings
    counts = Counter(standing.shown for standing in standings)
    best = next((kind for kind in Shown if counts[kind]), Shown.NOTHING)
    return {
        "commitment": commitment,
        "leads": Markup(", ").join(pen.name(lead.organisation) for lead in commitment.leads),
        "marks": [mark_of(standing, pen.site.phase) for standing in standings],
        "sentence": pen.t("home.of", number=counts[best], all=len(standings), state=pen.t(f"shown.{best}")),
        "assessed": [_assessed(pen, commitment, name) for name in ASSESSED_COLUMNS],
    }


def _assessed(pen: Pen, commitment: models.Commitment, indicator: str) -> dict[str, Any] | None:
    found = next((a for a in commitment.assessments if a.indicator.lower() == indicator and not is_ours(a)), None)
    if found is None:
        return None
    completion = progress.ASSESSED.get(found.value) if indicator == "completion" else None
    return {"value": found.value, "mark": completion, "translated": translation(pen, found.value)}


def official_commitments(site: Site) -> list[int]:
    """Name the commitments that have milestones from an official table."""
    return [c.number for c in site.data.folder.commitments if any(m.origin == "official" for m in c.milestones)]


def _found_values(pen: Pen) -> list[dict[str, Any]]:
    return [
        {"commitment": commitment, "assessment": assessment}
        for commitment in pen.site.data.folder.commitments
        for assessment in commitment.assessments
        if assessment.indicator.lower() in ASSESSED_COLUMNS and not assessment.value.lower().startswith("no ")
    ]


def _unknowns(pen: Pen) -> list[dict[str, Any]]:
    return unknown_rows(pen, pen.site.plan.unknowns, pen.site.plan.id)[:UNKNOWNS_SHOWN]


def count_unknowns(site: Site) -> int:
    """Count what was looked for and not found."""
    folder = site.data.folder
    in_parts = sum(len(c.unknowns) for c in folder.commitments) + sum(len(m.unknowns) for m in folder.meetings)
    return len(folder.plan.unknowns) + in_parts


def _followed(site: Site) -> list[models.Commitment]:
    return [c for c in site.data.folder.commitments if c.follow_on]


def _preparation(pen: Pen) -> dict[str, Any]:
    site = pen.site
    return {
        "statement": pen.t(
            "home.preparation_statement",
            start=pen.period(site.plan.period),
            commitments=pen.words.amount(len(site.ratings)),
        ),
        "facts": _plan_facts(pen),
        "cards": [_card(pen, c, None) for c in site.data.folder.commitments],
        "changes": change_rows(pen, site.data.changes[:NEXT_SHOWN], ()),
    }


def _running(pen: Pen) -> dict[str, Any]:
    site = pen.site
    cells = ledger(site)
    quarter = last_quarter(site)
    now = {record: row[quarter] for record, row in cells.items()} if quarter else {}
    recent = Counter(cell.freshness for cell in now.values())
    far = Counter("withdrawn" if s.milestone.withdrawn else str(s.completion) for s in site.standings)
    late = progress.overdue(site.plan, site.standings)
    return {
        "statement": _running_statement(pen, far, len(late), recent, quarter is not None),
        "facts": _plan_facts(pen),
        "far": [
            (far[str(c)], pen.t(f"completion.{c}"), [str(c)] * far[str(c)]) for c in COMPLETION_ORDER if far[str(c)]
        ],
        "recent": [(recent[f], pen.t(f"freshness.{f}"), [str(f)] * recent[f]) for f in FRESHNESS_ORDER if recent[f]],
        "quarter": quarter,
        "counts": {"milestones": len(site.standings), "commitments": len(site.ratings)},
        "changes": change_rows(pen, site.data.changes[:NEXT_SHOWN], ()),
        "updates": _latest(site),
        "since_quarter": newest_address(site),
        "late": [(s, pen.n("milestone.late", s.late_days or 0), _owner(site, s)) for s in late],
        "next": [(s, _owner(site, s)) for s in _next(site)],
        "missing": [site.data.commitments[r] for r, cell in now.items() if cell.freshness is Freshness.NO_MESSAGE],
        "cards": [_card(pen, c, now.get(c.id)) for c in site.data.folder.commitments],
        "network": next_view(pen),
    }


def _stand(pen: Pen, family: str, counts: Counter[Any], order: Sequence[str]) -> list[tuple[int, Markup, list[str]]]:
    return [(counts[kind], pen.t(f"{family}.{kind}"), [str(kind)] * counts[kind]) for kind in order if counts[kind]]


def _running_statement(pen: Pen, far: Counter[str], late: int, recent: Counter[Freshness], has_quarter: bool) -> Markup:
    total = sum(far.values())
    parts = [pen.t("home.running_statement", milestones=total, complete=_strong(far[Completion.COMPLETE]))]
    parts.append(pen.n("home.late", late) if late else pen.t("home.none_late"))
    if has_quarter and recent[Freshness.NO_MESSAGE]:
        parts.append(pen.n("home.silent", recent[Freshness.NO_MESSAGE]))
    return Markup(" ").join(parts)


def _latest(site: Site) -> list[models.Update]:
    return sorted(site.all_updates, key=lambda u: (u.published_on, u.recorded_at), reverse=True)[:NEXT_SHOWN]


def _next(site: Site) -> list[progress.Standing]:
    waiting = [s for s in site.standings if s.completion is not Completion.COMPLETE and not s.milestone.withdrawn]
    dated = [s for s in waiting if s.milestone.due_basis is DueBasis.STATED and not s.milestone.due.is_over(site.today)]
    return sorted(dated, key=lambda s: s.milestone.due.last_day)[:NEXT_SHOWN]


def _owner(site: Site, standing: progress.Standing) -> models.Commitment:
    number = int(standing.milestone.number.partition(".")[0])
    return site.data.commitments[models.commitment_id(site.plan.id, number)]


def _card(pen: Pen, commitment: models.Commitment, cell: progress.Cell | None) -> dict[str, Any]:
    derived = pen.site.ratings[commitment.id].derived
    done = sum(s.completion is Completion.COMPLETE for s in derived.standings)
    return {
        "commitment": commitment,
        "leads": Markup(", ").join(pen.name(lead.organisation) for lead in commitment.leads),
        "mark": str(derived.completion),
        "word": pen.t(f"completion.{derived.completion}"),
        "sentence": pen.t("home.done_of", number=done, all=derived.counted),
        "freshness": cell.freshness if cell else None,
    }


def root_page(site: Site) -> Page:
    """Give the page at the root of a language: the home of the current plan."""
    return home_page(site, "")


def plan_home(site: Site) -> Page:
    """Give the home page at the plan's own address."""
    return home_page(site, addresses.home(site.plan.id))
