"""The page with what the network knows: questions with their answers and lessons, by theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from monitor import models
from monitor.models import Phase, TicketState
from monitor.pages import addresses
from monitor.pages.parts import plan_page, plan_pen
from monitor.pages.rendering import Page, Pen, template
from monitor.pages.site import Site
from monitor.words import choose


@dataclass(frozen=True)
class Shared:
    """Something an organisation shared, as it reads on the page."""

    anchor: str
    on: Markup
    who: Markup
    text: Markup
    is_checked: bool = True
    state: Markup | None = None
    address: str | None = None
    host: str = ""


@dataclass(frozen=True)
class Asked(Shared):
    """A question with its answers; its state says how it stands, ``waits`` that an answer is welcome."""

    waits: bool = False
    answers: tuple[Shared, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A theme with the questions and lessons under it."""

    anchor: str
    title: Markup
    counted: Markup
    questions: tuple[Asked, ...]
    lessons: tuple[Shared, ...]

    @property
    def rows(self) -> tuple[Shared, ...]:
        """Give all that stands under the theme."""
        return (*self.questions, *self.lessons)


def knowledge_page(site: Site) -> Page:
    """Give the page with questions, answers and lessons."""
    pen = plan_pen(site, "knowledge")
    subjects = _subjects(pen)
    return plan_page(
        site,
        "knowledge",
        statement=_statement(pen, subjects),
        values={"subjects": subjects, "closed": site.phase is Phase.CLOSED},
        head={"picture_html": _picture(subjects)} if len(subjects) > 1 else {},
        part="meetings",
    )


def _subjects(pen: Pen) -> list[Subject]:
    """List the themes by title, then what has no known theme, then the themes without anything."""
    themes = sorted(pen.site.data.themes.values(), key=lambda theme: choose(theme.title, pen.words.language).words)
    found = [_subject(pen, theme) for theme in themes]
    filled = [subject for subject in (*found, _subject(pen, None)) if subject.rows]
    return [*filled, *(subject for subject in found if not subject.rows)]


def _subject(pen: Pen, theme: models.Theme | None) -> Subject:
    data = pen.site.data
    name = theme.id if theme else None
    questions = [_asked(pen, q) for q in data.questions if _theme_of(pen, q) == name]
    lessons = [_lesson(pen, lesson) for lesson in data.lessons if _theme_of(pen, lesson) == name]
    return Subject(
        anchor=addresses.anchor(theme.id, "t") if theme else "zonder-thema",
        title=pen.say(theme.title) if theme else pen.t("knowledge.no_theme"),
        counted=_counted(pen, len(questions), len(lessons)),
        # What waits for an answer stands first.
        questions=tuple(sorted(questions, key=lambda asked: bool(asked.answers))),
        lessons=tuple(lessons),
    )


def _theme_of(pen: Pen, row: models.Question | models.Lesson) -> str | None:
    return row.theme if row.theme in pen.site.data.themes else None


def _asked(pen: Pen, question: models.Question) -> Asked:
    answers = pen.site.data.answers.get(question.id, [])
    return Asked(
        **_shared(pen, question, "q"),
        state=_state(pen, question, len(answers)),
        waits=not answers and question.state is TicketState.OPEN,
        answers=tuple(Shared(**_shared(pen, answer, "r")) for answer in answers),
    )


def _state(pen: Pen, question: models.Question, answers: int) -> Markup:
    if question.state is TicketState.OPEN:
        return pen.n("knowledge.answers", answers) if answers else pen.t("knowledge.no_answer")
    return pen.t("knowledge.closed" if answers else "knowledge.closed_unanswered")


def _lesson(pen: Pen, lesson: models.Lesson) -> Shared:
    address = addresses.safe(lesson.address)
    return Shared(**_shared(pen, lesson, "l"), address=address, host=urlsplit(address or "").netloc)


def _shared(pen: Pen, row: models.Shared, kind: str) -> dict[str, Any]:
    who = pen.organisation(row.organisation) or pen.t("update.who_unknown")
    return {
        "anchor": addresses.anchor(row.id, kind),
        "on": pen.day(row.published_on),
        "who": who,
        "text": pen.say(row.text),
        "is_checked": row.reviewed_by_other,
    }


def _statement(pen: Pen, subjects: Sequence[Subject]) -> Markup:
    asked = [question for subject in subjects for question in subject.questions]
    shared = _counted(pen, len(asked), sum(len(subject.lessons) for subject in subjects))
    if not shared:
        return pen.t("knowledge.nothing_closed" if pen.site.phase is Phase.CLOSED else "knowledge.nothing")
    parts = [pen.t("knowledge.statement", shared=shared)]
    unanswered = sum(not question.answers for question in asked)
    if unanswered:
        parts.append(pen.n("knowledge.unanswered", unanswered))
    return Markup(" ").join(parts)


def _counted(pen: Pen, questions: int, lessons: int) -> Markup:
    counts = {"count.questions": questions, "count.lessons": lessons}
    return pen.listing([pen.n(name, number) for name, number in counts.items() if number])


def _picture(subjects: Sequence[Subject]) -> Markup:
    return Markup(template("groups.jinja").render(groups=subjects).strip())  # noqa: S704 - the template escapes
