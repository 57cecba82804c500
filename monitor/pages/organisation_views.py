"""What the page of an organisation tells: how far its commitments are, its dates, agreements, and what it asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from monitor import models, network, progress
from monitor.models import AgreementState, Phase
from monitor.pages import addresses
from monitor.pages.freshness import Ledger, last_quarter, ledger
from monitor.pages.home import closed_row
from monitor.pages.rendering import Pen
from monitor.pages.site import Site
from monitor.pages.tickets import TicketView, newest_first, ticket_view
from monitor.punctuality import DueDate, Kept


@dataclass(frozen=True)
class Said:
    """Something an organisation said to the network: on which day, of which kind, and what."""

    day: Markup
    kind: Markup
    text: Markup
    below: Markup | None = None


def states(pen: Pen, commitments: Sequence[models.Commitment]) -> dict[str, dict[str, Any]]:
    """Give for each commitment its marks and what can be said of it, by id."""
    return {commitment.id: _state(pen, commitment) for commitment in commitments}


def _state(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    row = closed_row(pen, commitment)
    derived = pen.site.ratings[commitment.id].derived
    if not derived.standings:
        return {"marks": [], "sentence": pen.t("rating.derived_nothing"), "mark": "", "word": ""}
    if pen.site.phase is Phase.CLOSED:
        return {"marks": row["marks"], "sentence": row["sentence"], "mark": "", "word": ""}
    done = sum(s.completion is models.Completion.COMPLETE for s in derived.standings)
    sentence = pen.t("home.done_of", number=done, all=derived.counted)
    mark = str(derived.completion)
    return {"marks": row["marks"], "sentence": sentence, "mark": mark, "word": pen.t(f"completion.{mark}")}


def ledger_of(site: Site, commitments: Sequence[models.Commitment]) -> dict[str, Any] | None:
    """Give the rows of the ledger that an organisation answers for, as the ledger's own page shows them."""
    if not commitments:
        return None
    cells: Ledger = ledger(site)
    return {
        "quarters": progress.ledger_quarters(site.plan),
        "rows": [(commitment, cells[commitment.id]) for commitment in commitments],
        "last": last_quarter(site),
        "shown": {cell.freshness for c in commitments for cell in cells[c.id].values()},
    }


def kept_of(pen: Pen, name: str) -> dict[str, Any] | None:
    """Say what became of each date that a source states for an organisation's steps, with the rule; never a ranking."""
    dates = pen.site.kept.get(name, ())
    if not dates:
        return None
    seen = [row for row in dates if row.kept is not Kept.NOT_SHOWN]
    counts = [(kind, sum(row.kept is kind for row in dates)) for kind in Kept]
    return {
        "rows": [_kept_row(pen, row) for row in (dates if seen else ())],
        "sentence": pen.n("organisation.kept_dates" if seen else "organisation.kept_nothing", len(dates)),
        "counts": [(pen.t(f"kept.{kind}"), number) for kind, number in counts if number and seen],
        "rules": [(pen.t(f"kept.{kind}"), pen.t(f"kept-means.{kind}")) for kind, number in counts if number],
        "version": progress.RULE_VERSION,
    }


def _kept_row(pen: Pen, row: DueDate) -> dict[str, Any]:
    number = int(row.milestone.partition(".")[0])
    address = addresses.commitment(pen.site.plan.id, number)
    said = None
    if row.decided_by:
        said = pen.link(f"{address}#{addresses.anchor(row.decided_by)}", pen.t("rating.read"))
    return {
        "due": pen.period(row.due),
        "milestone": pen.link(
            f"{address}#{addresses.step(row.milestone)}", pen.t("milestone.number", number=row.milestone)
        ),
        "title": pen.say(_title(pen, number, row.milestone)),
        "words": pen.t(f"kept.{row.kept}"),
        "is_late": row.kept is Kept.OVERDUE,
        "days": pen.n("organisation.kept_days", row.days) if row.days and row.kept is Kept.OVERDUE else None,
        "said": said,
    }


def _title(pen: Pen, number: int, milestone: str) -> models.Text:
    commitment = pen.site.data.commitments[models.commitment_id(pen.site.plan.id, number)]
    return next(m.title for m in commitment.milestones if m.number == milestone)


def agreements_of(pen: Pen, name: str) -> list[dict[str, Any]]:
    """List what meetings agreed that an organisation does, with its state as last told; open ones first."""
    latest = {(u.meeting, u.agreement): u for u in pen.site.data.agreement_updates}
    rows = []
    for meeting in pen.site.data.folder.meetings:
        for agreement in meeting.agreements:
            if agreement.organisation == name:
                told = latest.get((meeting.id, agreement.id))
                rows.append(
                    {"meeting": meeting, "agreement": agreement, "state": told.state if told else agreement.state}
                )
    return sorted(rows, key=lambda row: row["state"] is not AgreementState.OPEN)


def said_of(pen: Pen, name: str) -> list[Said]:
    """List what an organisation asked, answered, learned and proposed in the network, the newest first."""
    site, plan = pen.site, pen.site.plan.id
    questions = site.storage.all(models.Question, plan=plan)
    asked = {question.id: question for question in questions}
    found: list[tuple[Any, Said]] = [(q, _said(pen, "question", q)) for q in _own(site, questions, name)]
    for answer in _own(site, site.storage.all(models.Answer, plan=plan), name):
        question = asked.get(answer.question)
        to = pen.t("organisation.said_to", text=pen.say(question.text)) if question else None
        found.append((answer, _said(pen, "answer", answer, to)))
    lessons, proposals = site.storage.all(models.Lesson, plan=plan), site.storage.all(models.AgendaItem, plan=plan)
    found += [(lesson, _said(pen, "lesson", lesson)) for lesson in _own(site, lessons, name)]
    found += [(item, _said(pen, "agenda", item)) for item in _own(site, proposals, name)]
    found.sort(key=lambda pair: (pair[0].published_on, pair[0].id), reverse=True)
    return [said for _, said in found]


def _own(site: Site, rows: Sequence[Any], name: str) -> Iterator[Any]:
    return (row for row in network.shared(rows, site.today) if row.organisation == name)


def _said(pen: Pen, kind: str, row: Any, below: Markup | None = None) -> Said:
    return Said(pen.day(row.published_on), pen.t(f"said-kind.{kind}"), pen.say(row.text), below)


def tickets_of(pen: Pen, name: str) -> list[TicketView]:
    """List the corrections and ideas that an organisation sent in or answered, the newest first."""
    tickets = (*pen.site.data.corrections, *pen.site.data.ideas)
    return [ticket_view(pen, t) for t in newest_first([t for t in tickets if name in (t.organisation, t.answered_by)])]
