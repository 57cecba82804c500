"""The page of a commitment: what was promised, what is shown, what nobody knows, and where it says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Completion, Phase
from monitor.pages import addresses, drawing
from monitor.pages.parts import change_rows, fact_list, phase_tag, twins, unknown_rows
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.pages.steps import citation_reasons, milestone_view, update_view

LABEL_LENGTH = 52


def commitment_page(site: Site, commitment: models.Commitment) -> Page:
    """Give the page of a commitment."""
    address = addresses.commitment(commitment.plan, commitment.number)
    pen = Pen(site, address)
    return Page(
        address=address,
        twins=twins(site, lambda words: addresses.commitment(commitment.plan, commitment.number)),
        template="commitment.md.jinja",
        title=pen.plain(commitment.title),
        values=_values(pen, commitment),
        head=_head(pen, commitment),
        crumbs=(
            (pen.words.text("plan.name", plan=site.plan.id), addresses.home(site.plan.id)),
            (pen.words.text("menu.commitments"), addresses.of_plan(pen.words, site.plan.id, "commitments")),
        ),
    )


def _head(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    kicker = [pen.t("commitment.number", number=commitment.number), phase_tag(pen)]
    if commitment.ogp_id:
        kicker.append(Markup('<span class="quiet">{}</span>').format(pen.t("commitment.ogp", id=commitment.ogp_id)))
    return {
        "part": "commitments",
        "phase": str(pen.site.phase),
        "kicker_html": Markup(" ").join(kicker),
        "title_html": pen.say(commitment.title),
        "statement_html": pen.say(commitment.summary),
        "description": pen.plain(commitment.summary),
        "facts_html": fact_list(pen, _facts(pen, commitment)),
        "edit": edit_address(pen.site, commitment),
    }


def edit_address(site: Site, commitment: models.Commitment) -> str | None:
    """Give the address where the files of the plan are edited."""
    base = site.context.edit_address
    return f"{base}/commitments/{commitment.plan}" if base else None


def _facts(pen: Pen, commitment: models.Commitment) -> list[tuple[Markup, list[Markup]]]:
    leads = [pen.organisation(lead.organisation) for lead in commitment.leads]
    doubts = [pen.say(lead.doubt) for lead in commitment.leads if lead.doubt]
    rows = [(pen.n("commitment.lead", len(leads)), [_and(pen, leads), *dict.fromkeys(doubts)])]
    if commitment.partners:
        partners = [_partner(pen, partner) for partner in commitment.partners]
        notes = [pen.say(partner.doubt) for partner in commitment.partners if partner.doubt]
        rows.append((pen.n("commitment.partner", len(partners)), [_and(pen, partners), *dict.fromkeys(notes)]))
    rows.append((pen.t("commitment.period"), [pen.period(commitment.period)]))
    if pen.site.phase is Phase.CLOSED:
        rows.append((pen.t("commitment.follow_on"), [_follow_on(pen, commitment)]))
    return rows


def _partner(pen: Pen, partner: models.Partner) -> Markup:
    return pen.organisation(partner.organisation) if partner.organisation else pen.say(partner.name)


def _follow_on(pen: Pen, commitment: models.Commitment) -> Markup:
    if not commitment.follow_on:
        return pen.t("commitment.no_follow_on")
    return Markup(", ").join(follow_on_link(pen, follow) for follow in commitment.follow_on)


def follow_on_link(pen: Pen, follow: models.FollowOn) -> Markup:
    """Name a later commitment or plan, linked where its address is known."""
    words = pen.say(follow.title) or pen.t("plan.name", plan=follow.next_plan)
    label = Markup("{} ({})").format(words, follow.ogp_id) if follow.title and follow.ogp_id else follow.ogp_id or words
    address = addresses.safe(follow.address)
    return pen.link(address, label) if address else Markup("{}").format(label)


def _and(pen: Pen, parts: Sequence[Markup]) -> Markup:
    if len(parts) < 2:
        return Markup("").join(parts)
    return pen.t("join.last", first=Markup(", ").join(parts[:-1]), last=parts[-1])


def _values(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    site = pen.site
    updates = site.updates(commitment)
    return {
        "commitment": commitment,
        "ratings": ratings_view(pen, commitment),
        "findings": [a for a in commitment.assessments if a is not site.ratings[commitment.id].assessment],
        "origins": sorted({str(m.origin) for m in commitment.milestones}),
        "wording": _translated(pen, commitment),
        "milestones": [milestone_view(pen, commitment, m) for m in commitment.milestones],
        "slots": {m.number: slot_views(pen, m) for m in commitment.milestones if m.slots},
        "line": _time_line(pen, commitment),
        "updates": [update_view(pen, u) for u in updates if not u.after_plan],
        "later": [update_view(pen, u) for u in updates if u.after_plan],
        "charts": [chart_view(pen, commitment, indicator) for indicator in commitment.indicators],
        "meetings": _meetings(site, commitment),
        "news": _news(site, commitment),
        "unknowns": unknown_rows(pen, commitment.unknowns, commitment.id),
        "changes": change_rows(pen, [c for c in site.data.changes if _is_about(c, commitment)], commitment.changes),
        "tickets": [t for t in (*site.data.corrections, *site.data.ideas) if t.commitment == commitment.id],
        "differ": differ(pen, commitment),
        "has_starts": any(m.start for m in commitment.milestones),
        "rule_version": progress.RULE_VERSION,
        "reasons": lambda citations: citation_reasons(pen, citations),
        "edit": edit_address(site, commitment),
    }


def _is_about(change: models.Change, commitment: models.Commitment) -> bool:
    return change.record == commitment.id or change.record.startswith(f"{commitment.plan}/{commitment.number}.")


def ratings_view(pen: Pen, commitment: models.Commitment) -> list[dict[str, Any]]:
    """Put three judgements side by side, always in the same order."""
    ratings = pen.site.ratings[commitment.id]
    return [_claimed(pen, commitment, ratings), _derived(pen, ratings.derived), _assessed(pen, ratings)]


def differ(pen: Pen, commitment: models.Commitment) -> Markup:
    """Say where the three judgements differ, or why they cannot be compared."""
    ratings = pen.site.ratings[commitment.id]
    known = [r for r in ratings_view(pen, commitment) if r["is_known"]]
    if ratings.differ:
        return pen.t(
            "rating.differ", values=Markup("; ").join(Markup("{}: {}").format(r["who"], r["word"]) for r in known)
        )
    if len(known) > 1:
        return pen.t("rating.agree")
    if known:
        return pen.t(f"rating-alone.{known[0]['kind']}")
    return pen.t("rating.nobody")


def _claimed(pen: Pen, commitment: models.Commitment, ratings: progress.Ratings) -> dict[str, Any]:
    claimed = ratings.claimed
    who = _and(pen, [pen.name(lead.organisation) for lead in commitment.leads])
    if claimed is None or claimed.completion is None:
        why = pen.t("rating.claimed_none")
        return _rating(pen, "claimed", who, Completion.UNKNOWN, why, pen.t("rating.no_source"))
    why = pen.say(claimed.text) if len(ratings.claims) == 1 else _each_claim(pen, ratings.claims)
    source = pen.t("update.about", when=pen.period(claimed.speaks_of))
    return _rating(pen, "claimed", pen.organisation(claimed.organisation), claimed.completion, why, source)


def _each_claim(pen: Pen, claims: Sequence[models.Update]) -> Markup:
    said = [(pen.name(claim.organisation), pen.t(f"completion.{claim.completion}")) for claim in claims]
    return Markup(" ").join(pen.t("rating.says", who=who, completion=completion) for who, completion in said)


def _derived(pen: Pen, derived: progress.Derived) -> dict[str, Any]:
    if not derived.counted:
        why = pen.t("rating.derived_nothing")
    elif derived.completion is Completion.UNKNOWN:
        why = pen.n("rating.derived_unknown", derived.counted, known=derived.known)
    else:
        why = pen.n("rating.derived_known", derived.counted)
    source = pen.t("rating.rules", version=derived.rule_version, day=pen.day(pen.site.today))
    return _rating(pen, "derived", pen.t("rating.derived_who"), derived.completion, why, source)


def _assessed(pen: Pen, ratings: progress.Ratings) -> dict[str, Any]:
    found = ratings.assessment
    if found is None:
        why, source = pen.t("rating.assessed_none"), pen.t("rating.no_source")
        return _rating(pen, "assessed", pen.t("rating.assessor"), Completion.UNKNOWN, why, source)
    completion = progress.ASSESSED.get(found.value, Completion.UNKNOWN)
    why = Markup("{} {}").format(pen.t("rating.as_printed", value=found.value), pen.say(found.note))
    source = Markup("{}, {}").format(found.report, pen.cite(found.sources))
    return _rating(pen, "assessed", pen.name(found.assessor), completion, why, source, is_found=True)


def _rating(
    pen: Pen, kind: str, who: Markup, completion: Completion, why: Markup, source: Markup, *, is_found: bool = False
) -> dict[str, Any]:
    return {
        "title": pen.t(f"rating.{kind}"),
        "who": who,
        "mark": str(completion),
        "word": pen.t(f"completion.{completion}"),
        "why": why,
        "source": source,
        "is_open": completion is Completion.UNKNOWN and not is_found,
        "is_ours": kind == "derived",
        "kind": kind,
        "is_known": completion is not Completion.UNKNOWN,
    }


def _translated(pen: Pen, commitment: models.Commitment) -> list[Markup]:
    wordings = {m.wording.get(pen.words.language) for m in commitment.milestones} - {None}
    return [pen.t(f"wording.{wording}") for wording in sorted(str(wording) for wording in wordings)]


def slot_views(pen: Pen, milestone: models.Milestone) -> list[dict[str, Any]]:
    """Say for each period of a recurring milestone whether something was found."""
    filled = progress.slots(milestone, pen.site.data.folder.meetings)
    views = []
    for slot, meeting in filled.items():
        part, year = pen.words.short_quarter(slot)
        views.append({"slot": slot, "part": part, "year": year, "meeting": meeting})
    return views


def _time_line(pen: Pen, commitment: models.Commitment) -> drawing.TimeLine | None:
    labels = {m.number: _short(pen.plain(m.title)) for m in commitment.milestones}
    today = None if pen.site.phase is Phase.CLOSED else pen.site.today
    return drawing.time_line(commitment, labels=labels, cycle_end=pen.site.plan.cycle_end, today=today)


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= LABEL_LENGTH else text[:LABEL_LENGTH].rsplit(" ", 1)[0] + " …"


def chart_view(pen: Pen, commitment: models.Commitment, indicator: models.Indicator) -> dict[str, Any]:
    """Say what an indicator reads, as a sentence and as a small chart."""
    rows = pen.site.data.measurements.get((commitment.id, indicator.id), [])
    readings = [(row.speaks_of, _reading(pen, row), row.value) for row in rows]
    title = pen.plain(indicator.title)
    last = readings[-1] if readings else None
    target = pen.words.decimal(indicator.target) if indicator.target is not None else ""
    return {
        "title": pen.say(indicator.title),
        "sentence": _chart_sentence(pen, title, last, target),
        "target": pen.t("indicator.target", number=target) if target else "",
        "note": pen.say(indicator.target_note),
        "chart": drawing.chart(readings, target=indicator.target) if readings else None,
        "relation": pen.t(f"relation.{indicator.relation}"),
        "rows": [(pen.period(row.speaks_of), _reading(pen, row), pen.say(row.note)) for row in rows],
    }


def _chart_sentence(pen: Pen, title: str, last: tuple[Any, str, float] | None, target: str) -> Markup:
    if last is None:
        return pen.t("indicator.none_of" if target else "indicator.none", target=target)
    name = "indicator.last_of" if target else "indicator.last"
    return pen.t(name, title=title, value=last[1], when=pen.words.period(last[0]), target=target)


def _reading(pen: Pen, row: models.MeasurementRow) -> str:
    number = pen.words.decimal(row.value)
    return pen.words.text("indicator.at_least", number=number) if row.at_least else number


def _meetings(site: Site, commitment: models.Commitment) -> list[models.Meeting]:
    numbers = {m.number for m in commitment.milestones}
    return [m for m in site.data.folder.meetings if m.milestone in numbers]


def _news(site: Site, commitment: models.Commitment) -> list[models.Entry]:
    confirmed = [m for m in site.data.mentions if m.commitment == commitment.id and m.state == "confirmed"]
    return [site.data.entries[m.entry] for m in confirmed if m.entry in site.data.entries]
