"""Three judgements side by side: what the lead says, what follows from the milestones, what the assessor found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import Certainty, Completion
from monitor.pages import addresses
from monitor.pages.backing import citation_reasons
from monitor.pages.rendering import Pen


def ratings_view(pen: Pen, commitment: models.Commitment) -> list[dict[str, Any]]:
    """Put three judgements side by side, always in the same order."""
    ratings = pen.site.ratings[commitment.id]
    return [_claimed(pen, commitment, ratings), _derived(pen, ratings.derived), _assessed(pen, ratings)]


def differ(pen: Pen, commitment: models.Commitment) -> Markup:
    """Say where the three judgements differ, or why they cannot be compared."""
    ratings = pen.site.ratings[commitment.id]
    known = [r for r in ratings_view(pen, commitment) if r["is_known"]]
    if ratings.differ:
        values = Markup("; ").join(Markup("{}: {}").format(r["who"], r["word"]) for r in known)
        return pen.t("rating.differ", values=values)
    if len(known) > 1:
        return pen.t("rating.agree")
    if known:
        return pen.t(f"rating-alone.{known[0]['kind']}")
    return pen.t("rating.only_said" if said(pen, commitment) else "rating.nobody")


def said(pen: Pen, commitment: models.Commitment) -> models.Update | None:
    """Give the newest message of a lead: about the whole commitment, else about a part of it."""
    leads = {lead.organisation for lead in commitment.leads}
    own = [u for u in pen.site.updates(commitment) if u.organisation in leads and not u.after_plan]
    return next((u for u in own if u.milestone is None), next(iter(own), None))


def findings_view(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    """Part the assessor's other findings into those found as printed and those that we derived."""
    others = [a for a in commitment.assessments if a is not pen.site.ratings[commitment.id].assessment]
    found = [_finding(pen, a) for a in others if not is_ours(a)]
    ours = [_finding(pen, a) for a in others if is_ours(a)]
    reasons = [reason for a in others if not is_ours(a) for reason in citation_reasons(pen, a.sources)]
    return {"found": found, "ours": ours, "reasons": list(dict.fromkeys(reasons))}


def is_ours(assessment: models.Assessment) -> bool:
    """Tell whether a finding is only our reasoning, and no source prints it."""
    return bool(assessment.sources) and all(c.certainty is Certainty.DERIVED for c in assessment.sources)


def translation(pen: Pen, value: str) -> str | None:
    """Give our translation of an assessor's value; None where there is none, or it says the same."""
    ours = pen.known("assessed", value.lower().replace(" ", "-"))
    return ours if ours.replace("-", " ") != value.lower() else None


def _finding(pen: Pen, assessment: models.Assessment) -> dict[str, Any]:
    return {
        "finding": assessment,
        "translated": translation(pen, assessment.value),
        "reasons": citation_reasons(pen, assessment.sources),
    }


def _claimed(pen: Pen, commitment: models.Commitment, ratings: progress.Ratings) -> dict[str, Any]:
    claimed = ratings.claimed
    if claimed is None or claimed.completion is None:
        told = said(pen, commitment)
        return _said(pen, told) if told else _unclaimed(pen, commitment)
    why = pen.say(claimed.text) if len(ratings.claims) == 1 else _each_claim(pen, ratings.claims)
    who = pen.organisation(claimed.organisation)
    return _rating(pen, "claimed", who, claimed.completion, why, _message(pen, claimed))


def _said(pen: Pen, update: models.Update) -> dict[str, Any]:
    unknown = Completion.UNKNOWN
    shown = _rating(pen, "claimed", pen.organisation(update.organisation), unknown, pen.say(update.text), Markup(""))
    return shown | {"mark": "message", "word": pen.t("rating.said"), "source": _message(pen, update)}


def _message(pen: Pen, update: models.Update) -> Markup:
    about = pen.t("update.about", when=pen.period(update.speaks_of))
    if update.milestone:
        about += " · " + pen.t("update.milestone", number=update.milestone.rpartition("/")[2])
    return Markup('{}. <a href="#{}">{}</a>').format(about, addresses.anchor(update.id), pen.t("rating.read"))


def _unclaimed(pen: Pen, commitment: models.Commitment) -> dict[str, Any]:
    who = pen.listing([pen.name(lead.organisation) for lead in commitment.leads])
    return _rating(pen, "claimed", who, Completion.UNKNOWN, pen.t("rating.claimed_none"), pen.t("rating.no_source"))


def _each_claim(pen: Pen, claims: Sequence[models.Update]) -> Markup:
    told = [(pen.name(claim.organisation), pen.t(f"completion.{claim.completion}")) for claim in claims]
    return Markup(" ").join(pen.t("rating.says", who=who, completion=completion) for who, completion in told)


def _derived(pen: Pen, derived: progress.Derived) -> dict[str, Any]:
    if not derived.counted:
        why = pen.t("rating.derived_nothing")
    elif derived.completion is Completion.UNKNOWN:
        known = pen.words.amount(derived.known)
        why = pen.t(
            f"rating.derived_unknown.{'one' if derived.counted == 1 else 'other'}",
            number=pen.words.amount(derived.counted),
            known=known,
        )
    else:
        why = pen.n("rating.derived_known", derived.counted)
    source = pen.t("rating.rules", version=derived.rule_version, day=pen.day(pen.site.said_on))
    return _rating(pen, "derived", pen.t("rating.derived_who"), derived.completion, why, source)


def _assessed(pen: Pen, ratings: progress.Ratings) -> dict[str, Any]:
    found = ratings.assessment
    if found is None:
        why, source = pen.t("rating.assessed_none"), pen.t("rating.no_source")
        return _rating(pen, "assessed", pen.t("rating.assessor"), Completion.UNKNOWN, why, source)
    completion = progress.ASSESSED.get(found.value, Completion.UNKNOWN)
    lines = [pen.t("rating.as_printed", value=Markup('<span lang="en">{}</span>').format(found.value))]
    if ours := translation(pen, found.value):
        lines.append(pen.t("rating.ours", ours=ours.capitalize()))
    why = Markup(" ").join([*lines, pen.say(found.note)]).strip()
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
