"""What stands behind each message: every claim with its evidence, claims without any, and links that are not right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from monitor import models
from monitor.models import EvidenceState
from monitor.pages.parts import fact_list, plan_page, plan_pen
from monitor.pages.rendering import Page, Pen
from monitor.pages.site import Site
from monitor.pages.steps import EvidenceView, UpdateView, evidence_view, is_checkable, state_of, update_view

BROKEN = (EvidenceState.GONE, EvidenceState.MOVED)
# What links are said to do, in this order. Any other byte makes a page changed: that is no broken link.
LINKS = {
    "broken": BROKEN,
    "alive": (EvidenceState.ALIVE, EvidenceState.CHANGED),
    "missing": (EvidenceState.MISSING,),
}


@dataclass(frozen=True)
class Claim:
    """A message that stands, where it is told whole, and the evidence behind it."""

    update: models.Update
    commitment: models.Commitment
    view: UpdateView
    way: str
    evidence: tuple[models.Evidence, ...]
    rows: tuple[EvidenceView, ...]


@dataclass(frozen=True)
class Broken:
    """A piece of evidence whose page moved or was not found, and the claim it stands behind."""

    view: EvidenceView
    claim: Claim


def evidence_page(site: Site) -> Page:
    """Give the page of evidence."""
    pen = plan_pen(site, "evidence")
    claims = claims_of(pen)
    backed = [claim for claim in claims if claim.evidence]
    pieces = [piece for claim in backed for piece in claim.evidence]
    broken = [row for claim in backed for row in _broken(claim)]
    return plan_page(
        site,
        "evidence",
        statement=_statement(pen, claims, backed, pieces),
        values={
            "claims": len(claims),
            "groups": [(c, list(own)) for c, own in groupby(backed, key=lambda claim: claim.commitment)],
            "without": [claim for claim in claims if not claim.evidence],
            "broken": broken,
            "links": _links(pen, pieces),
        },
        head={"part": "", "facts_html": fact_list(pen, _facts(pen, pieces)) if pieces else None},
    )


def claims_of(pen: Pen) -> list[Claim]:
    """List what was said and stands, by commitment and the newest first, each with its evidence."""
    site = pen.site
    return [_claim(pen, c, update) for c in site.data.folder.commitments for update in site.updates(c)]


def is_evidence(piece: models.Evidence) -> bool:
    """Tell whether a row is evidence: it can be opened, or it says why no address stands there."""
    return bool(piece.address or piece.file or piece.no_address)


def _claim(pen: Pen, commitment: models.Commitment, update: models.Update) -> Claim:
    pieces = tuple(piece for piece in pen.site.data.evidence.get(update.id, ()) if is_evidence(piece))
    view = update_view(pen, update)
    rows = tuple(evidence_view(pen, piece, update) for piece in pieces)
    return Claim(update, commitment, view, f"{pen.commitment(commitment)}#{view.anchor}", pieces, rows)


def _broken(claim: Claim) -> list[Broken]:
    found = zip(claim.evidence, claim.rows, strict=True)
    return [Broken(row, claim) for piece, row in found if piece.state in BROKEN]


def _statement(pen: Pen, claims: Sequence[Claim], backed: Sequence[Claim], pieces: Sequence[models.Evidence]) -> Markup:
    if not claims:
        return pen.t("evidence-page.none")
    parts = [pen.t("evidence-page.statement", backed=_strong(len(backed)), all=len(claims), pieces=len(pieces))]
    return Markup(" ").join([*parts, *_links(pen, pieces)])


def _links(pen: Pen, pieces: Sequence[models.Evidence]) -> list[Markup]:
    """Say what looking at the links found, each address once; one that could not be read is neither dead nor alive."""
    links = {piece.address: piece for piece in pieces if is_checkable(piece)}.values()
    counts = {name: sum(piece.state in states for piece in links) for name, states in LINKS.items()}
    if any(counts.values()):
        return [pen.n(f"evidence-page.{name}", count) for name, count in counts.items() if count]
    tried = any(piece.tried_at for piece in links)
    return [pen.t("evidence-page.none_answered" if tried else "evidence-page.none_checked")] if links else []


def _facts(pen: Pen, pieces: Sequence[models.Evidence]) -> list[tuple[Markup, list[Markup]]]:
    counts = Counter(state_of(piece) for piece in pieces)
    rows = [(pen.t("evidence-page.pieces"), [escape(len(pieces))])]
    states = [(name, counts[name]) for name in pen.words.table_of("evidence-count") if counts[name]]
    return rows + [(pen.t(f"evidence-count.{name}").capitalize(), [escape(number)]) for name, number in states]


def _strong(number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(number)
