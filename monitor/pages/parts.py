"""Parts that several pages share: page heads, lists of facts, rows of unknowns and of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from monitor import models, words
from monitor.pages import addresses
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.periods import Period
from monitor.words import Words

FactRow = tuple[Markup, Sequence[Markup]]


def twins(site: Site, address: Callable[[Words], str]) -> dict[str, str]:
    """Give the address of the same page in the other languages."""
    others = (language for language in site.languages if language != site.words.language)
    return {language: address(words.of(language)) for language in others}


def plan_page(
    site: Site, name: str, *, statement: Markup, values: Mapping[str, Any], head: Mapping[str, Any], part: str = ""
) -> Page:
    """Give a page of the plan that has one address, such as the ledger."""
    return Page(
        address=addresses.of_plan(site.words, site.plan.id, name),
        twins=twins(site, lambda other: addresses.of_plan(other, site.plan.id, name)),
        template=f"{name}.md.jinja",
        title=site.words.text(f"title.{name}"),
        values=values,
        head={"part": part or name, "phase": str(site.phase), "statement_html": statement} | dict(head),
        crumbs=((site.words.text("plan.name", plan=site.plan.id), addresses.home(site.plan.id)),),
    )


def plan_pen(site: Site, name: str, below: str = "") -> Pen:
    """Give the pen for a page of the plan."""
    return Pen(site, addresses.of_plan(site.words, site.plan.id, name, below))


def fact_list(pen: Pen, rows: Sequence[FactRow]) -> Markup:
    """Give the fact list of a page head: a name, its value, then what must be said with it."""
    return Markup(template("facts.jinja").render(pen=pen, rows=rows).strip())  # noqa: S704 - the template escapes


def feed_heads(pen: Pen, page: str, what: str) -> list[dict[str, str]]:
    """Give the Atom feed beside a page, for the head of the document."""
    return [{"title": pen.words.text("follow.feed", what=what), "url": addresses.feed(pen.words, page)}]


def phase_tag(pen: Pen) -> Markup:
    """Give the phase of the plan as a tag."""
    phase = pen.site.phase
    return Markup('<span class="tag tag-{}">{}</span>').format(str(phase), pen.t(f"phase.{phase}"))


def unknown_rows(pen: Pen, unknowns: Iterable[models.Unknown], record: str) -> list[dict[str, Any]]:
    """Give what was not found about a record, each with the way to report it."""
    return [
        {"unknown": u, "anchor": f"{record.rpartition('/')[2]}-{u.id}", "report": pen.report(f"{record}#{u.id}")}
        for u in unknowns
    ]


def change_rows(
    pen: Pen, recorded: Iterable[models.Change], entries: Iterable[models.ChangeEntry]
) -> list[dict[str, Any]]:
    """Give the changes that were recorded; what a file says stands in for what is not recorded yet."""
    rows = [_change_row(pen, group) for group in decisions(recorded)]
    return rows or [_entry_row(pen, entry) for entry in sorted(entries, key=lambda e: e.on, reverse=True)]


def decisions(changes: Iterable[models.Change]) -> list[list[models.Change]]:
    """Put together what one decision moved: fields of one day with the same words about it."""
    groups: dict[tuple[Any, ...], list[models.Change]] = {}
    for change in changes:
        told = str(change.what) if change.what else change.id
        groups.setdefault((change.kind, change.published_on, told), []).append(change)
    return list(groups.values())


def record_link(pen: Pen, record: str, *, within: bool = False) -> Markup:
    """Link to the plan, commitment or milestone that a change is about; ``within`` a sentence without a capital."""
    plan, _, number = record.partition("/")
    if not number:
        return pen.link(addresses.home(plan), pen.t("plan.name", plan=plan))
    commitment = int(number.partition(".")[0])
    address = addresses.commitment(plan, commitment)
    word = pen.t("commitment.number", number=commitment)
    if "." in number:
        address, word = f"{address}#{addresses.step(number)}", pen.t("milestone.number", number=number)
    return pen.link(address, word[:1].lower() + word[1:] if within else word)


def _change_row(pen: Pen, group: Sequence[models.Change]) -> dict[str, Any]:
    change = group[0]
    return {
        "on": pen.day(change.published_on),
        "kind": change.kind,
        "about": _records(pen, group),
        "what": pen.say(change.what) if change.what else moved(pen, change),
        "moved": moved_dates(pen, group) if change.what else [],
        "reason": pen.say(change.reason),
        "unexplained": change.kind is models.ChangeKind.PROMISE and not change.reason,
        "decided_by": pen.name(change.decided_by),
    }


def _records(pen: Pen, group: Iterable[models.Change]) -> Markup:
    """Name every record that one decision is about, not only the first."""
    first, *others = sorted({change.record for change in group})
    return pen.listing([record_link(pen, first), *(record_link(pen, record, within=True) for record in others)])


def moved_dates(pen: Pen, group: Iterable[models.Change]) -> list[Markup]:
    """Say from what to what a decision moved dates, which its own words may leave out."""
    return [moved(pen, change) for change in group if change.field in ("due", "period")]


def moved(pen: Pen, change: models.Change) -> Markup:
    """Say what a field of the promise was and became."""
    field = pen.words.table_of("field").get(change.field.partition(".")[0], change.field)
    return pen.t(
        "change.moved",
        field=field,
        old=value_words(pen, change.field, change.old),
        new=value_words(pen, change.field, change.new),
    )


def value_words(pen: Pen, field: str, value: str | None) -> Markup | str:
    """Write a value that moved as a person would: dates and bases in words, the rest as it stands."""
    if value is None:
        return pen.t("change.nothing")
    if field in ("due", "period"):
        return pen.period(Period.parse(value))
    return pen.t(f"due-basis.{value}") if field == "due_basis" else value


def _entry_row(pen: Pen, entry: models.ChangeEntry) -> dict[str, Any]:
    return {
        "on": pen.day(entry.on),
        "kind": entry.kind,
        "about": Markup(""),
        "what": pen.say(entry.what),
        "moved": [],
        "reason": pen.say(entry.reason),
        "decided_by": pen.name(entry.decided_by),
    }
