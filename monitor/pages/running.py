"""The home of a plan that runs: how far beside how recent, what changed, what comes, whose message is missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Completion, DueBasis, Freshness, Phase
from monitor.pages import addresses
from monitor.pages.freshness import last_quarter, ledger
from monitor.pages.moves import moves
from monitor.pages.network import next_meeting, next_view
from monitor.pages.parts import FactRow
from monitor.pages.past import STATES, newest_address, state_of, state_word
from monitor.pages.rendering import Pen
from monitor.pages.site import Site
from monitor.periods import Period, day_of
from monitor.progress import Cell

NEXT_SHOWN = 5
FRESHNESS_ORDER = (
    Freshness.UPDATED,
    Freshness.UNCHANGED,
    Freshness.RECEIVED,
    Freshness.OPEN,
    Freshness.NO_MESSAGE,
    Freshness.NOT_TRACKED,
)
ASKED, ASKED_AGAIN = "round", "again"


def values(pen: Pen) -> dict[str, Any]:
    """Give what the home page of a plan that runs, or runs out, is written from."""
    site = pen.site
    quarter = last_quarter(site)
    now = {record: row[quarter] for record, row in ledger(site).items()} if quarter else {}
    far = Counter(state_of(standing, site.phase) for standing in site.standings)
    recent = Counter(cell.freshness for cell in now.values())
    return {
        "statement": _statement(pen, far, recent, quarter),
        "facts": _facts(pen, now, quarter),
        "far": [(far[name], state_word(pen, name, site.phase), [name] * far[name]) for name in STATES if far[name]],
        "recent": [
            (recent[kind], pen.t(f"freshness.{kind}"), [kind] * recent[kind])
            for kind in FRESHNESS_ORDER
            if recent[kind]
        ],
        "quarter": quarter,
        "counts": {"milestones": len(site.standings), "commitments": len(site.ratings)},
        "withdrawn": sum(bool(m.withdrawn) for c in site.data.folder.commitments for m in c.milestones),
        "moves": moves(pen),
        "late": [_due(pen, s) for s in progress.overdue(site.plan, site.standings)],
        "next": coming(pen),
        "asked": _asked(pen, quarter),
        "missing": [_silent(pen, record) for record, cell in now.items() if cell.freshness is Freshness.NO_MESSAGE],
        "received": [site.data.commitments[r] for r, cell in now.items() if cell.freshness is Freshness.RECEIVED],
        "since_quarter": newest_address(site),
        "network": next_view(pen),
        "cards": [card(pen, c, now.get(c.id)) for c in site.data.folder.commitments],
    }


def place_in_time(pen: Pen) -> Markup:
    """Say in which quarter of the plan today is, or until when it is open after its last day."""
    plan = pen.site.plan
    if pen.site.phase is Phase.CLOSING:
        return pen.t("home.until", day=pen.day(plan.cycle_end))
    quarters = progress.ledger_quarters(plan)
    number = next((n for n, quarter in enumerate(quarters, 1) if quarter.contains(pen.site.today)), len(quarters))
    return pen.t("home.quarter_of", number=number, all=len(quarters), day=pen.day(plan.period.last_day))


def coming(pen: Pen) -> list[dict[str, Any]]:
    """List the steps that come next of those that are not complete and whose date a source states."""
    return [_due(pen, standing) for standing in _next(pen.site)[:NEXT_SHOWN]]


def card(pen: Pen, commitment: models.Commitment, cell: Cell | None) -> dict[str, Any]:
    """Say of a commitment how far it is and, where a quarter is looked at, how recent its news."""
    derived = pen.site.ratings[commitment.id].derived
    done = sum(s.completion is Completion.COMPLETE for s in derived.standings)
    late = max((s.late_days or 0 for s in derived.standings), default=0)
    return {
        "commitment": commitment,
        "leads": Markup(", ").join(pen.name(lead.organisation) for lead in commitment.leads),
        "mark": str(derived.completion),
        "word": pen.t(f"completion.{derived.completion}"),
        "sentence": _sentence(pen, derived, done),
        "late": pen.n("milestone.late", late) if late else "",
        "freshness": cell.freshness if cell else None,
    }


def _sentence(pen: Pen, derived: progress.Derived, done: int) -> Markup:
    if derived.known < derived.counted:
        return pen.t("home.known_of", number=derived.known, all=derived.counted)
    return pen.t("home.done_of", number=done, all=derived.counted)


def _statement(pen: Pen, far: Counter[str], recent: Counter[Freshness], quarter: Period | None) -> Markup:
    site = pen.site
    late = len(progress.overdue(site.plan, site.standings))
    parts = [pen.t("home.ended", day=pen.day(site.plan.period.last_day))] if site.phase is Phase.CLOSING else []
    parts.append(pen.t("home.running_statement", milestones=far.total(), complete=_strong(far[Completion.COMPLETE])))
    parts.append(
        pen.n("home.late", late, amount=pen.words.amount(late).capitalize()) if late else pen.t("home.none_late")
    )
    if quarter and site.rounds:
        told = _strong(recent[Freshness.UPDATED] + recent[Freshness.UNCHANGED])
        parts.append(pen.t("freshness-page.running", quarter=pen.words.period(quarter), told=told, all=recent.total()))
    return Markup(" ").join(parts)


def _strong(number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(number)


def _facts(pen: Pen, now: dict[str, Cell], quarter: Period | None) -> list[FactRow]:
    rows = [_next_date(pen), _missing(pen, now, quarter), _waiting(pen), _meeting(pen)]
    return [row for row in rows if row]


def _next_date(pen: Pen) -> FactRow:
    if pen.site.phase is Phase.CLOSING:
        return pen.t("home.closes"), [pen.day(pen.site.plan.cycle_end)]
    found = _next(pen.site)
    if not found:
        return pen.t("home.next_date"), [pen.t("home.nothing_coming")]
    milestone = found[0].milestone
    days = (milestone.due.last_day - pen.site.today).days
    when = pen.n("home.in_days", days) if days else pen.t("home.is_today")
    link = pen.link(_address(pen, milestone), pen.t("milestone.number", number=milestone.number))
    return pen.t("home.next_date"), [pen.day(milestone.due.last_day), pen.t("home.date_of", milestone=link, when=when)]


def _missing(pen: Pen, now: dict[str, Cell], quarter: Period | None) -> FactRow | None:
    if quarter is None or not pen.site.rounds:
        return None
    silent = sum(cell.freshness is Freshness.NO_MESSAGE for cell in now.values())
    about = pen.t("home.about_quarter", quarter=pen.words.period(quarter))
    told = pen.link("#ontbreekt", pen.n("home.messages", silent)) if silent else pen.t("home.no_message")
    return pen.t("home.is_missing"), [told, about]


def _waiting(pen: Pen) -> FactRow | None:
    queue = [row for row in pen.site.data.queue if row.waiting]
    if not queue:
        return None
    oldest = min((row.oldest_at for row in queue if row.oldest_at), default=None)
    since = [pen.t("home.oldest", day=pen.day(day_of(oldest)))] if oldest else []
    return pen.t("home.in_review"), [pen.n("health.reports", sum(row.waiting for row in queue)), *since]


def _meeting(pen: Pen) -> FactRow | None:
    following = next_meeting(pen.site)
    if following is None:
        return None
    address = addresses.of_plan(pen.words, pen.site.plan.id, "meetings", following.slug)
    place = [Markup("{}").format(following.place)] if following.place else []
    return pen.t("home.next_meeting"), [pen.link(address, pen.period(following.date)), *place]


def _next(site: Site) -> list[progress.Standing]:
    waiting = [s for s in site.standings if s.completion is not Completion.COMPLETE]
    dated = [s for s in waiting if s.milestone.due_basis is DueBasis.STATED and not s.milestone.due.is_over(site.today)]
    return sorted(dated, key=lambda s: s.milestone.due.last_day)


def _due(pen: Pen, standing: progress.Standing) -> dict[str, Any]:
    milestone = standing.milestone
    owner = pen.site.data.commitments[models.commitment_of(f"{pen.site.plan.id}/{milestone.number}")]
    return {
        "day": pen.day(milestone.due.last_day),
        "link": pen.link(_address(pen, milestone), pen.t("milestone.number", number=milestone.number)),
        "title": pen.say(milestone.title),
        "leads": Markup(", ").join(pen.name(lead.organisation) for lead in owner.leads),
        "word": pen.t(f"completion.{standing.completion}"),
        "late": pen.n("milestone.late", standing.late_days) if standing.late_days else "",
    }


def _address(pen: Pen, milestone: models.Milestone) -> str:
    number = int(milestone.number.partition(".")[0])
    return f"{addresses.commitment(pen.site.plan.id, number)}#{addresses.step(milestone.number)}"


def _asked(pen: Pen, quarter: Period | None) -> list[Markup]:
    """Say about which quarter was asked, and on which days we asked and asked again."""
    if quarter is None or not pen.site.rounds:
        return []
    sent = pen.site.storage.all(models.Reminder, plan=pen.site.plan.id, round=str(quarter), order="sent_at")
    days = {kind: day_of(row.sent_at) for row in reversed(sent) for kind in [row.kind]}
    told = [pen.t("home.missing_note", quarter=pen.words.period(quarter))]
    if ASKED in days:
        told.append(pen.t("home.asked_on", day=pen.day(days[ASKED])))
    if ASKED_AGAIN in days:
        told.append(pen.t("home.asked_again_on", day=pen.day(days[ASKED_AGAIN])))
    return told


def _silent(pen: Pen, record: str) -> dict[str, Any]:
    commitment = pen.site.data.commitments[record]
    leads = {lead.organisation for lead in commitment.leads}
    told = [update for update in pen.site.updates(commitment) if update.organisation in leads]
    last = max(told, key=lambda update: update.published_on, default=None)
    return {
        "commitment": commitment,
        "leads": Markup(", ").join(pen.organisation(lead.organisation) for lead in commitment.leads),
        "last": pen.t("home.last_message", day=pen.day(last.published_on)) if last else pen.t("home.never_message"),
    }
