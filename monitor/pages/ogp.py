"""The page that holds a plan against OGP's rules, and names it as OGP does: check list, crosswalk, sources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from monitor import models, rule_sets, rules
from monitor.models import Origin, Phase
from monitor.pages import addresses
from monitor.pages.backing import citation_reasons
from monitor.pages.commitment import follow_on_link
from monitor.pages.parts import plan_page, plan_pen
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.periods import Period
from monitor.rules import Basis, Finding, Outcome, Years

# Square is how far: full, empty, searched for and not found; a dash is what was not for this plan.
MARKS = {
    Outcome.MET: "complete",
    Outcome.NOT_MET: "not-started",
    Outcome.NOT_ASSESSED: "unknown",
    Outcome.NOT_APPLICABLE: "not-tracked",
}
# Values that an assessor printed, in English.
PRINTED = {"indicator", "value", "report"}


@dataclass(frozen=True)
class RuleView:
    """A rule as it reads on the page."""

    rule: models.Rule
    anchor: str
    years: Markup
    derived: bool
    mark: str
    word: Markup
    outcome_lines: tuple[Markup, ...]
    basis: tuple[Markup, ...]
    why: tuple[Markup, ...]
    sources: Markup
    reasons: tuple[Markup, ...]


@dataclass(frozen=True)
class CrossRow:
    """A commitment here and at OGP."""

    commitment: models.Commitment
    order: int | None
    address: str | None
    title: Markup
    follow_on: tuple[Markup, ...]
    official: tuple[str, ...]


def rule_set_of(plan: models.Plan) -> models.RuleSet | None:
    """Give the rules that a plan names; None where it names none that is here."""
    return rule_sets.load(plan.rule_set) if plan.rule_set in rule_sets.names() and plan.rule_set else None


def ogp_page(site: Site) -> Page:
    """Give the page with the check list and the crosswalk."""
    pen = plan_pen(site, "ogp")
    rule_set = rule_set_of(site.plan)
    found = findings(site, rule_set) if rule_set else []
    rows = crosswalk(pen)
    return plan_page(
        site,
        "ogp",
        statement=_statement(pen, rule_set, found),
        values={
            "rule_set": rule_set,
            "groups": _groups(pen, rule_set, found) if rule_set else [],
            "crosswalk": rows,
            "other_order": (orders := [row.order for row in rows if row.order]) != sorted(orders),
            "sources": [_source_view(source) for source in rule_set.sources] if rule_set else [],
            "crosswalk_sources": _crosswalk_sources(pen),
        },
        head={"picture_html": _picture(pen, found)} if found else {},
    )


def findings(site: Site, rule_set: models.RuleSet) -> list[Finding]:
    """Hold the plan against its rules with what is public today."""
    known = rules.Known(site.data.folder, site.all_updates, site.data.evidence, site.today)
    return rules.assess(rule_set, known)


def _statement(pen: Pen, rule_set: models.RuleSet | None, found: list[Finding]) -> Markup:
    if rule_set is None:
        return pen.t("ogp.no_rules_statement")
    counts = Counter(finding.outcome for finding in found)
    parts = [
        pen.n(f"outcome-count.{_tense(pen, outcome)}", counts[outcome], amount=_strong(pen, counts[outcome]))
        for outcome in Outcome
        if counts[outcome]
    ]
    return pen.t("ogp.statement", all=len(found), parts=pen.listing(parts))


def _picture(pen: Pen, found: list[Finding]) -> Markup:
    """Draw every rule as a mark, by outcome."""
    counts = Counter(finding.outcome for finding in found)
    stand = [
        (counts[outcome], pen.t(f"outcome.{_tense(pen, outcome)}"), [MARKS[outcome]] * counts[outcome])
        for outcome in Outcome
        if counts[outcome]
    ]
    return Markup(template("ogp-picture.jinja").render(pen=pen, stand=stand).strip())  # noqa: S704


def _strong(pen: Pen, number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(pen.words.amount(number))


def _tense(pen: Pen, outcome: Outcome) -> str:
    """Name the words of an outcome; that a rule was not for a closed plan is said in the past."""
    past = outcome is Outcome.NOT_APPLICABLE and pen.site.phase is Phase.CLOSED
    return f"{outcome}-closed" if past else str(outcome)


def _groups(pen: Pen, rule_set: models.RuleSet, found: list[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "anchor": f"r-{name}",
            "title": pen.say(title),
            "rows": [_rule_view(pen, rule_set, finding) for finding in found if finding.rule.group == name],
        }
        for name, title in rule_set.groups.items()
    ]


def _rule_view(pen: Pen, rule_set: models.RuleSet, finding: Finding) -> RuleView:
    rule = finding.rule
    reasons = [*citation_reasons(pen, rule.sources)]
    if rule.years_note:
        reasons.append(pen.t("ogp.years_note", text=pen.say(rule.years_note)))
    return RuleView(
        rule=rule,
        anchor=f"regel-{rule.id}",
        years=_years(pen, rule),
        derived=bool(rule.years_note) and finding.years is Years.IN_FORCE,
        mark=MARKS[finding.outcome],
        word=pen.t(f"outcome.{_tense(pen, finding.outcome)}"),
        outcome_lines=_outcome_lines(pen, finding),
        basis=tuple(_basis_line(pen, basis) for basis in finding.basis),
        why=_why(pen, finding),
        sources=cite_rule(pen, rule_set, rule.sources),
        reasons=tuple(reasons),
    )


def _years(pen: Pen, rule: models.Rule) -> Markup:
    if rule.since and rule.until:
        same = rule.since == rule.until
        return pen.t("ogp.only_in" if same else "ogp.from_until", since=rule.since, until=rule.until)
    if rule.since:
        return pen.t("ogp.since", since=rule.since)
    if rule.until:
        return pen.t("ogp.until", until=rule.until)
    return pen.t("ogp.seen", years=pen.period(rule.seen)) if rule.seen else pen.t("ogp.years_unknown")


def _outcome_lines(pen: Pen, finding: Finding) -> tuple[Markup, ...]:
    if finding.outcome is not Outcome.NOT_ASSESSED:
        return ()
    if not finding.rule.text_found:
        return (pen.t("ogp.text_not_found"),)
    return (pen.t("ogp.years_not_known"),) if finding.years is Years.NOT_KNOWN and finding.rule.check else ()


def _why(pen: Pen, finding: Finding) -> tuple[Markup, ...]:
    """Say why a rule is not assessed, and where a person could look."""
    if finding.outcome is not Outcome.NOT_ASSESSED:
        return ()
    lines = [pen.say(finding.rule.why)] if finding.rule.why else []
    if not lines and finding.years is Years.IN_FORCE:
        lines.append(pen.t(f"unsettled.{finding.rule.check}"))
    if finding.rule.where:
        lines.append(pen.t("ogp.where", where=pen.say(finding.rule.where)))
    return tuple(lines)


def _basis_line(pen: Pen, basis: Basis) -> Markup:
    values = {name: _value(pen, name, value) for name, value in basis.values.items()}
    links = pen.listing([_record(pen, record) for record in basis.records])
    listed = pen.link(pen.page_address("commitments"), pen.t("ogp.commitments"))
    line = pen.t(f"basis.{basis.name}", **values, records=links, commitments=listed)
    sources = pen.cite(basis.sources)
    return Markup('{} <span class="quiet">({})</span>').format(line, sources) if sources else line


def _value(pen: Pen, name: str, value: rules.Value) -> Markup | str:
    if isinstance(value, Period):
        return pen.period(value)
    if isinstance(value, int):
        return pen.words.amount(value)
    if name in PRINTED:
        return Markup('<span lang="en">{}</span>').format(value)
    if isinstance(value, str):
        return pen.organisation(value) if name == "publisher" else value
    return pen.day(value)


def _record(pen: Pen, record: str) -> Markup:
    """Link to a plan, commitment, milestone, meeting or message, by its number or its name."""
    plan, _, name = record.partition("/")
    if not name:
        return pen.link(addresses.home(plan), pen.t("plan.name", plan=plan))
    meeting = next((m for m in pen.site.data.folder.meetings if m.id == record), None)
    if meeting:
        return pen.link(addresses.of_plan(pen.words, plan, "meetings", meeting.slug), pen.say(meeting.title))
    update = next((u for u in pen.site.all_updates if u.id == record), None)
    if update:
        number = int(update.commitment.rpartition("/")[2])
        where = f"{addresses.commitment(plan, number)}#{addresses.anchor(update.id)}"
        return pen.link(where, pen.t("ogp.message", number=number, when=pen.period(update.speaks_of)))
    number = int(name.partition(".")[0])
    anchor = f"#{addresses.step(name)}" if "." in name else ""
    return pen.link(addresses.commitment(plan, number) + anchor, name if anchor else str(number))


def cite_rule(pen: Pen, rule_set: models.RuleSet, citations: models.Citations) -> Markup:
    """Name the sources of a rule, each with its place in the list on the page of rules."""
    known = {source.id: source for source in rule_set.sources}
    page = pen.page_address("ogp")
    links = [
        pen.link(f"{page}#bron-{name}", pen.say(known[name].short) or known[name].title)
        for name in dict.fromkeys(citation.source for citation in citations)
    ]
    return Markup(", ").join(links)


def _source_view(source: models.Source) -> dict[str, Any]:
    return {"source": source, "address": addresses.safe(source.address), "anchor": f"bron-{source.id}"}


def crosswalk(pen: Pen) -> list[CrossRow]:
    """Put each commitment beside its number, title and page at OGP."""
    commitments = pen.site.data.folder.commitments
    ids = sorted(commitment.ogp_id for commitment in commitments if commitment.ogp_id)
    return [_cross_row(pen, commitment, ids) for commitment in commitments]


def _cross_row(pen: Pen, commitment: models.Commitment, ids: list[str]) -> CrossRow:
    return CrossRow(
        commitment=commitment,
        order=ids.index(commitment.ogp_id) + 1 if commitment.ogp_id else None,
        address=ogp_address(pen.site, commitment),
        title=_title_at_ogp(pen, commitment),
        follow_on=tuple(follow_on_link(pen, follow) for follow in commitment.follow_on if follow.ogp_id),
        official=tuple(
            m.official_number for m in commitment.milestones if m.origin is Origin.OFFICIAL and m.official_number
        ),
    )


def ogp_address(site: Site, commitment: models.Commitment) -> str | None:
    """Give the address of a commitment at OGP: that of a source of the commitment that holds its number there."""
    if not commitment.ogp_id:
        return None
    cited = [c for citations in commitment.sources.values() for c in citations]
    cited += [c for assessment in commitment.assessments for c in assessment.sources]
    cited += [c for lead in commitment.leads for c in lead.sources]
    cited += [c for partner in commitment.partners for c in partner.sources]
    known = (site.data.sources.get(citation.source) for citation in cited)
    found = (addresses.safe(source.address) for source in known if source)
    wanted = f"/{commitment.ogp_id.lower()}"
    return next((a for a in found if a and a.lower().rstrip("/").endswith(wanted)), None)


def _title_at_ogp(pen: Pen, commitment: models.Commitment) -> Markup:
    """Give the title in the language that OGP worded; nothing where no text of OGP is here."""
    for language, wording in commitment.wording.items():
        if wording is models.Wording.OGP and language in commitment.title:
            return pen.say({language: commitment.title[language]})
    return Markup("")


def _crosswalk_sources(pen: Pen) -> Markup:
    """Name the sources of the numbers at OGP, each once."""
    commitments = pen.site.data.folder.commitments
    return pen.cite(tuple(c for commitment in commitments for c in commitment.sources.get("ogp_id", ())))
