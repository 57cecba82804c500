"""A status in words, for a terminal: a table, what is late, where judgements differ, and what moved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor import models, words
from monitor.models import Phase
from monitor.periods import Period, PeriodError
from monitor.progress import Ratings, Standing
from monitor.punctuality import Kept, Punctuality
from monitor.status import Line, Move, Status
from monitor.words import Words

TITLE_WIDTH = 44


@dataclass(frozen=True)
class Voice:
    """Two tables of one language: the words of the pages, and those of one command."""

    site: Words
    own: Words

    @classmethod
    def of(cls, language: str, family: str) -> Voice:
        """Give the words of a language for ``status``, ``diff`` or ``feeds``; without a table those of English."""
        site = words.of(language)
        return cls(site, Words(language, f"{family}/{site.table}"))

    def chosen(self, text: models.Text) -> str:
        """Choose the words of a text in this language, on one line."""
        return " ".join(words.choose(text, self.site.language).words.split())


def status_text(status: Status, language: str) -> str:
    """Tell how a plan stands, for a terminal."""
    voice = Voice.of(language, "status")
    parts = [_head(status, voice), _table(status, voice), _overdue(status, voice), _differences(status, voice)]
    parts.append(_punctuality(status, voice))
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def moves_text(moves: Sequence[Move], status: Status, start: date, language: str) -> str:
    """Tell what moved from a day to the day of a status."""
    voice = Voice.of(language, "status")
    title = voice.chosen(status.folder.plan.title)
    head = voice.own.text("moved.head", title=title, start=voice.site.day(start), day=voice.site.day(status.as_of))
    lines = [_move(move, voice) for move in moves] or [voice.own.text("moved.nothing")]
    return "\n".join([head, "", *lines])


def not_known(plan: str, day: date, language: str) -> str:
    """Say that nothing of a plan was known by a day."""
    voice = Voice.of(language, "status")
    return voice.own.text("status.not_known", plan=plan, day=voice.site.day(day))


def no_plan(language: str) -> str:
    """Say that there is no plan yet, and what to do."""
    return Voice.of(language, "status").own.text("status.no_plan")


def _head(status: Status, voice: Voice) -> list[str]:
    title = voice.chosen(status.folder.plan.title)
    lines = [voice.own.text("status.head", title=title, day=voice.site.day(status.as_of))]
    if status.known_at:
        lines.append(voice.own.text("status.known", day=voice.site.day(status.known_at)))
    phase = voice.own.text("status.phase", phase=voice.site.text(f"phase.{status.phase}").lower())
    closed = [voice.own.text("status.closed")] if status.phase is Phase.CLOSED else []
    return [*lines, " ".join([phase, *closed])]


def _table(status: Status, voice: Voice) -> list[str]:
    quarter = next((line.cells[-1].quarter for line in status.lines if line.cells), None)
    names = ["commitment", "derived", "claimed", "assessed", "late"]
    head = ["", *(voice.own.text(f"status.{name}") for name in names), *([str(quarter)] if quarter else [])]
    return columns([head, *(_row(line, voice) for line in status.lines)])


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out as a table, with a line below the first."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    laid_out = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [laid_out[0], "  ".join("-" * width for width in widths), *laid_out[1:]]


def _row(line: Line, voice: Voice) -> list[str]:
    late = max((standing.late_days or 0 for standing in line.ratings.derived.standings), default=0)
    nothing = voice.own.text("status.nothing")
    row = [
        str(line.commitment.number),
        _short(voice.chosen(line.commitment.short_title or line.commitment.title)),
        _derived(line.ratings, voice),
        _claimed(line.ratings, voice) or nothing,
        line.ratings.assessment.value if line.ratings.assessment else nothing,
        voice.own.count("status.days", late) if late else nothing,
    ]
    return row + [voice.site.text(f"freshness.{cell.freshness}") for cell in line.cells[-1:]]


def _short(title: str) -> str:
    return title if len(title) <= TITLE_WIDTH else f"{title[: TITLE_WIDTH - 1].rstrip()}…"


def _derived(ratings: Ratings, voice: Voice) -> str:
    derived = ratings.derived
    said = voice.site.text(f"completion.{derived.completion}")
    return voice.own.text("status.known_of", completion=said, known=derived.known, counted=derived.counted)


def _claimed(ratings: Ratings, voice: Voice) -> str:
    said = dict.fromkeys(claim.completion for claim in ratings.claims if claim.completion)
    return " / ".join(voice.site.text(f"completion.{completion}") for completion in said)


def _overdue(status: Status, voice: Voice) -> list[str]:
    lines = [f"  {_late_line(standing, voice)}" for standing in status.overdue]
    return [voice.own.text("status.overdue.title"), *lines] if lines else []


def _late_line(standing: Standing, voice: Voice) -> str:
    return voice.own.text(
        "status.overdue.line",
        milestone=standing.milestone.number,
        title=voice.chosen(standing.milestone.title).rstrip("."),
        due=voice.site.period(standing.milestone.due),
        days=voice.own.count("status.days", standing.late_days or 0),
        completion=voice.site.text(f"completion.{standing.completion}"),
    )


def _differences(status: Status, voice: Voice) -> list[str]:
    lines = [
        "  "
        + voice.own.text(
            "status.differ.line",
            commitment=f"{line.commitment.number} {_short(voice.chosen(line.commitment.title))}",
            one=voice.own.text(f"status.differ.{difference.one}"),
            other=voice.own.text(f"status.differ.{difference.other}"),
            steps=voice.own.count("status.steps", difference.steps),
        )
        for line in status.lines
        for difference in line.ratings.differences
    ]
    return [voice.own.text("status.differ.title"), *lines] if lines else []


def _punctuality(status: Status, voice: Voice) -> list[str]:
    names = {organisation.id: voice.chosen(organisation.name) for organisation in status.folder.organisations}
    lines = sorted(f"  {_kept_line(one, names, voice)}" for one in status.punctuality)
    return [voice.own.text("status.punctuality.title"), *lines] if lines else []


def _kept_line(one: Punctuality, names: dict[str, str], voice: Voice) -> str:
    parts = [voice.own.text(f"status.kept.{kept}", number=one.count(kept)) for kept in Kept if one.count(kept)]
    organisation = names.get(one.organisation, one.organisation)
    return voice.own.text("status.punctuality.line", organisation=organisation, parts=", ".join(parts))


def _move(move: Move, voice: Voice) -> str:
    family, _, part = move.what.partition(".")
    what = voice.own.text(f"moved.what.{family}") + (f" ({part})" if part else "")
    old, new = _value(family, move.old, voice), _value(family, move.new, voice)
    form = "moved.added" if old is None else "moved.gone" if new is None else "moved.line"
    return voice.own.text(form, record=move.record, what=what, old=old, new=new)


def _value(family: str, value: str | None, voice: Voice) -> str | None:
    if value is None:
        return None
    if family in ("derived", "claimed", "completion"):
        return voice.site.text(f"completion.{value}")
    if family in ("late", "withdrawn"):
        return voice.own.text(f"moved.value.{value}")
    if family == "due_basis":
        return voice.site.text(f"due-basis.{value}")
    return period_words(value, voice) if family in ("due", "period") else f"“{' '.join(value.split())}”"


def period_words(text: str, voice: Voice) -> str:
    """Write a period as the language does; what is none stays as it is."""
    try:
        return voice.site.period(Period.parse(text))
    except PeriodError:
        return text
