"""How milestones, updates and evidence read: the mark, the word and the lines below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from monitor import models, released
from monitor.models import Completion, CopyState, DueBasis, EvidenceState, Phase
from monitor.pages import addresses, drawing
from monitor.pages.backing import Quote, citation_reasons, quotes
from monitor.pages.rendering import Pen
from monitor.periods import Period, day_of
from monitor.progress import Shown, Standing

BEHIND = (Completion.NOT_STARTED, Completion.LIMITED)
KILOBYTE, MEGABYTE = 1000, 1_000_000
SHOWN_MARKS = {Shown.OUTCOME: "complete", Shown.MESSAGE: "message", Shown.NOTHING: "unknown"}


@dataclass(frozen=True)
class HowFar:
    """A mark, its word, and what must be said with it."""

    mark: str
    word: Markup
    notes: tuple[Markup, ...] = ()


@dataclass(frozen=True)
class EvidenceView:
    """Evidence as it reads on a page."""

    title: Markup | None
    address: str | None
    host: str
    lines: tuple[Markup, ...]
    sha256: str | None
    file: str | None = None
    copy: str | None = None


@dataclass(frozen=True)
class UpdateView:
    """An update as it reads on a page."""

    anchor: str
    speaks_of: Markup
    published: Markup
    withdrawn: tuple[Markup, ...]
    tags: tuple[Markup, ...]
    who: Markup
    milestone: Markup
    text: Markup
    extra: tuple[Markup, ...]
    evidence: tuple[EvidenceView, ...]
    reasons: tuple[Markup, ...]


@dataclass(frozen=True)
class MilestoneView:
    """A milestone as it reads on a page."""

    milestone: models.Milestone
    how_far: HowFar
    start: Markup
    due: Markup
    due_lines: tuple[Markup, ...]
    tags: tuple[Markup, ...]
    lines: tuple[Markup, ...]
    quotes: tuple[Quote, ...]
    backing: tuple[Markup, ...]
    late_days: int | None
    decided_by: str | None


def mark_of(standing: Standing, phase: Phase) -> str:
    """Name the mark of a milestone."""
    if standing.milestone.withdrawn:
        return "withdrawn"
    return SHOWN_MARKS[standing.shown] if phase is Phase.CLOSED else str(standing.completion)


def how_far(pen: Pen, standing: Standing) -> HowFar:
    """Say how far a milestone is; in a closed plan, what was shown by its end."""
    mark = mark_of(standing, pen.site.phase)
    if standing.milestone.withdrawn:
        return HowFar(mark, pen.t("completion.withdrawn"), (pen.say(standing.milestone.withdrawn),))
    contradicted = (pen.t("update.contradicted"),) if standing.contradicted_by else ()
    if pen.site.phase is not Phase.CLOSED:
        return HowFar(mark, pen.t(f"completion.{standing.completion}"), contradicted)
    return HowFar(mark, pen.t(f"shown-state.{standing.shown}"), _end_notes(pen, standing) + contradicted)


def milestone_view(pen: Pen, commitment: models.Commitment, milestone: models.Milestone) -> MilestoneView:
    """Say all that a row about a milestone says."""
    standing = pen.site.standing(commitment, milestone)
    return MilestoneView(
        milestone=milestone,
        how_far=how_far(pen, standing),
        start=pen.period(milestone.start) if milestone.start else pen.t("milestone.no_start"),
        due=due_words(pen, milestone),
        due_lines=tuple(filter(None, due_lines(pen, milestone))),
        tags=() if milestone.counted else (pen.t("milestone.not_counted"),),
        lines=tuple(_milestone_lines(pen, milestone)),
        quotes=quotes(pen, commitment, milestone),
        backing=tuple(_milestone_backing(pen, milestone)),
        late_days=standing.late_days,
        decided_by=addresses.anchor(standing.decided_by) if standing.decided_by else None,
    )


def update_view(pen: Pen, update: models.Update) -> UpdateView:
    """Say all that an update says; never who typed it."""
    evidence = pen.site.data.evidence.get(update.id, [])
    return UpdateView(
        anchor=addresses.anchor(update.id),
        speaks_of=pen.period(update.speaks_of),
        published=published(pen, update.published),
        withdrawn=tuple(_withdrawn(pen, update)),
        tags=tuple(_update_tags(pen, update)),
        who=_who(pen, update),
        milestone=_about_milestone(pen, update),
        text=pen.say(update.text),
        extra=tuple(_update_extra(pen, update)),
        evidence=tuple(evidence_view(pen, item, update) for item in evidence),
        reasons=tuple(citation_reasons(pen, pen.site.data.cited.get(update.id, ()))),
    )


def published(pen: Pen, when: Period) -> Markup:
    """Say since when something is public, in the precision that is known."""
    if when.precision == "range" and when.earliest and when.latest:
        first, last = pen.day(when.earliest), pen.day(when.latest)
        return pen.t("update.public_between", first=first, last=last)
    name = {"day": "public_since", "month": "public_in", "year": "public_in"}.get(when.precision, "public_other")
    return pen.t(f"update.{name}", when=pen.period(when))


def _withdrawn(pen: Pen, update: models.Update) -> list[Markup]:
    if not update.withdrawn_at:
        return []
    lines = [pen.t("update.withdrawn_on", day=pen.day(day_of(update.withdrawn_at)))]
    return [*lines, pen.t("update.withdrawn_why", text=pen.say(update.withdrawn))] if update.withdrawn else lines


def _end_notes(pen: Pen, standing: Standing) -> tuple[Markup, ...]:
    if standing.shown is Shown.OUTCOME:
        return ()
    after = standing.milestone.due.latest and standing.milestone.due.latest > pen.site.plan.cycle_end
    notes = [pen.t("shown-state.due_later" if after else "shown-state.by_end")]
    if standing.shown is Shown.MESSAGE:
        notes.append(pen.t("shown-state.but_message"))
    if standing.completion is not Completion.UNKNOWN:
        notes.append(pen.t("shown-state.last_said", completion=pen.t(f"completion.{standing.completion}")))
    return tuple(notes)


def due_words(pen: Pen, milestone: models.Milestone) -> Markup:
    """Write until when a milestone was promised."""
    if milestone.due.precision == "before" and milestone.due.latest:
        return pen.day(milestone.due.latest)
    return pen.period(milestone.due)


def basis_of(milestone: models.Milestone) -> str:
    """Name what a due date rests on; a stated one of which we filled in a part is stated in part only."""
    partly = milestone.due_basis is DueBasis.STATED and drawing.is_derived_in_part(milestone)
    return "partly" if partly else str(milestone.due_basis)


def due_lines(pen: Pen, milestone: models.Milestone) -> list[Markup]:
    """Say whose date it is, and what must be known with it."""
    if milestone.due.precision == "before":
        return [pen.t("due-basis.before", due=pen.words.period(milestone.due)), pen.say(milestone.due_note)]
    lines = [pen.t(f"due-basis.{basis_of(milestone)}")]
    return lines if milestone.due_basis is DueBasis.PERIOD else [*lines, pen.say(milestone.due_note)]


def _milestone_lines(pen: Pen, milestone: models.Milestone) -> list[Markup]:
    if milestone.note:
        return [pen.say(milestone.note)]
    return [] if milestone.counted else [pen.t("milestone.not_counted_why")]


def _milestone_backing(pen: Pen, milestone: models.Milestone) -> list[Markup]:
    lines = [pen.t("milestone.sources", sources=pen.cite(milestone.sources))] if milestone.sources else []
    lines += citation_reasons(pen, milestone.sources)
    if milestone.due_note and milestone.due_basis is DueBasis.PERIOD:
        lines.append(pen.t("milestone.date", text=pen.say(milestone.due_note)))
    return lines


def _update_tags(pen: Pen, update: models.Update) -> list[Markup]:
    tags = []
    if update.speaks_of.precision != "day" or update.published.precision != "day":
        tags.append(pen.t("update.imprecise"))
    if update.unchanged:
        tags.append(pen.t("update.unchanged"))
    if update.way is models.Way.CHAT and not update.reviewed_by_other:
        tags.append(pen.t("update.not_reviewed"))
    return tags


def _who(pen: Pen, update: models.Update) -> Markup:
    """Name who said it; where a report says it of an organisation, both, so that nobody is quoted at first hand."""
    told = pen.say(update.said_by)
    if update.organisation:
        name = pen.organisation(update.organisation)
        return Markup("{}. {}").format(name, told) if told else name
    return told or pen.t("update.who_unknown")


def _about_milestone(pen: Pen, update: models.Update) -> Markup:
    if not update.milestone:
        return Markup("")
    return pen.t("update.milestone", number=update.milestone.rpartition("/")[2])


def _update_extra(pen: Pen, update: models.Update) -> list[Markup]:
    lines = []
    if update.completion:
        lines.append(pen.t("update.completion", completion=pen.t(f"completion.{update.completion}")))
    if update.completion_reasoning:
        lines.append(pen.t("update.reasoning", text=pen.say(update.completion_reasoning)))
    # What somebody wrote of a step that has not begun is often nothing but what holds it up.
    if update.obstacle and update.obstacle != update.text:
        lines.append(pen.t("update.obstacle", text=pen.say(update.obstacle)))
    elif not update.obstacle and update.completion in BEHIND:
        lines.append(pen.t("update.obstacle_unstated"))
    replaced = next(
        (known for known in pen.site.data.withdrawn.get(update.commitment, ()) if known.id == update.replaces), None
    )
    if replaced:
        lines.append(pen.t("update.replaces", when=pen.period(replaced.speaks_of)))
    return [*lines, _way(pen, update)]


def _way(pen: Pen, update: models.Update) -> Markup:
    """Say by which way a message came in, and how its form was checked."""
    way = pen.t(f"way.{update.way}")
    if update.way is models.Way.PULL_REQUEST or not update.reviewed_by_other:
        return way
    if update.reviewed_on is None:
        return Markup("{} {}").format(way, pen.t("update.reviewed"))
    return Markup("{} {}").format(way, pen.t("update.reviewed_on", day=pen.day(update.reviewed_on)))


def evidence_view(pen: Pen, item: models.Evidence, update: models.Update) -> EvidenceView:
    """Say what a piece of evidence is, since when it is known, what its last check found, and where it opens."""
    if item.file:
        return _file_view(pen, item, item.file, open_to_all=not update.withdrawn_at)
    source = pen.site.data.sources.get(item.source or "")
    address = addresses.safe(item.address or (source.address if source else None))
    lines = [pen.cite((models.Citation(source=source.id),))] if source else []
    lines.append(_dated(pen, item, source))
    if not address and item.no_address:
        lines.append(pen.say(item.no_address))
    lines += [*_checked(pen, item), *_copy(pen, item, open_to_all=not update.withdrawn_at)]
    if archive := addresses.safe(item.archive_address):
        lines.append(pen.link(archive, pen.t("evidence.archive")))
    named = escape(item.title or item.page_title) if item.title or item.page_title else None
    title = pen.title(source) if source and item.title in (None, source.title) else named
    copy = _copy_of(pen, item, open_to_all=not update.withdrawn_at)
    return EvidenceView(title, address, _host(address), tuple(lines), item.sha256, copy=copy)


def is_checkable(item: models.Evidence) -> bool:
    """Tell whether a piece of evidence is a link that can be looked at."""
    return bool(item.address) and not item.file


def state_of(item: models.Evidence) -> str:
    """Name what is known of a piece of evidence; without an address there is nothing to look at."""
    if item.state is not EvidenceState.UNCHECKED:
        return str(item.state)
    if not is_checkable(item):
        return "no-address"
    return "unanswered" if item.tried_at else "unchecked"


def _checked(pen: Pen, item: models.Evidence) -> Iterator[Markup]:
    """Say what the last answer of a link told and on which day, and of a later attempt that it told nothing."""
    state = pen.t(f"evidence-state.{state_of(item)}")
    if item.state is EvidenceState.GONE and item.missing_since:
        # Of a page that we never saw open nobody here knows since when it is gone.
        name = "gone_since" if item.sha256 else "never_found"
        state = pen.t(f"evidence.{name}", day=pen.day(day_of(item.missing_since)))
    elif item.state is EvidenceState.MOVED and (new := addresses.safe(item.moved_to)):
        state = pen.t("evidence.moved_to", address=pen.link(new, escape(new)))
    checked = [pen.t("evidence.checked", day=pen.day(day_of(item.checked_at)))] if item.checked_at else []
    if item.checked_at or not item.tried_at:
        yield Markup(", ").join([state, *checked])
    if item.tried_at and item.tried_at != item.checked_at:
        tried = pen.day(day_of(item.tried_at))
        coded = {"status": item.status} if item.status else {}
        yield pen.t("evidence.refused" if coded else "evidence.unread", day=tried, **coded)


def _copy_of(pen: Pen, item: models.Evidence, *, open_to_all: bool) -> str | None:
    """Give the name of the public copy of what a link held."""
    decided = pen.site.data.copies.get(item.sha256 or "")
    return decided.file if decided and item.fetched_at and open_to_all else None


def _copy(pen: Pen, item: models.Evidence, *, open_to_all: bool) -> Iterator[Markup]:
    """Say of what a link held whether a copy can be seen here, and if not, why not."""
    decided = pen.site.data.copies.get(item.sha256 or "")
    copy = _copy_of(pen, item, open_to_all=open_to_all)
    if decided and decided.state is CopyState.TAKEN_DOWN:
        day, ground = pen.day(day_of(decided.recorded_at)), pen.say(decided.ground)
        yield pen.t("copy.taken_down", day=day, ground=ground)
    elif item.fetched_at and decided and copy:
        shown = pen.t("copy.shown", day=pen.day(day_of(item.fetched_at)))
        yield Markup('<a href="{}">{}</a>').format(pen.root(f"{released.ADDRESS}/{copy}"), shown)
        yield pen.t("copy.why", ground=pen.say(decided.ground))
    elif item.fetched_at:
        held = decided.ground if decided and decided.state is CopyState.HELD else None
        why = pen.say(held) or pen.t("copy.withdrawn" if decided and decided.file else "copy.not_released")
        yield pen.t("copy.private", day=pen.day(day_of(item.fetched_at)), why=why)


def _dated(pen: Pen, item: models.Evidence, source: models.Source | None) -> Markup:
    """Say when evidence appeared where its source says so, else since when we have it."""
    if source and source.published:
        return pen.t("sources.published", when=pen.period(source.published))
    if source:
        return pen.t("sources.retrieved", day=pen.day(source.retrieved))
    return pen.t("evidence.since", day=pen.day(day_of(item.recorded_at)))


def _file_view(pen: Pen, item: models.Evidence, name: str, *, open_to_all: bool) -> EvidenceView:
    """Say of a file that is kept here what it is and how large, that it was cleaned, and where it opens."""
    kind = pen.t(f"file-type.{name.rpartition('.')[2]}")
    title = escape(item.title) if item.title else pen.t("evidence.untitled")
    size = pen.t("evidence.file", kind=kind, size=_size(pen, item.file_bytes or 0))
    kept = pen.t(f"evidence-state.{item.state}")
    lines = (_dated(pen, item, None), size, kept, pen.t("evidence.cleaned"))
    address = pen.root(f"{released.ADDRESS}/{name}") if open_to_all else None
    return EvidenceView(title, address, "", lines, item.sha256, name)


def _size(pen: Pen, size: int) -> str:
    if size < MEGABYTE:
        return pen.words.text("size.kb", number=pen.words.decimal(max(1, round(size / KILOBYTE))))
    return pen.words.text("size.mb", number=pen.words.decimal(round(size / MEGABYTE, 1)))


def _host(address: str | None) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
