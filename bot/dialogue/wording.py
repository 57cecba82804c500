"""How things are named in a conversation: milestones, organisations, days, and a report as the public will see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import people
from bot.dialogue import subjects, understanding
from bot.dialogue.drafts import WHOLE, Draft
from bot.dialogue.shapes import Choice, World
from bot.messages import say
from monitor import models, words
from monitor.periods import Period

SHORT = 60
LONG = 90


def text_of(text: models.Text | None, language: str) -> str:
    """Give a text in a language, else in the first language it has."""
    return words.choose(text or {}, language).words


def organisation(world: World, name: str | None, language: str) -> str:
    """Name an organisation."""
    known = world.organisations.get(name or "")
    return text_of(known.name, language) if known else (name or "")


def plan_title(world: World, language: str) -> str:
    """Name the plan."""
    return text_of(world.plan.title, language)


def period(value: Period, language: str) -> str:
    """Write a day or period as the language does."""
    return words.of(language).period(value)


def about_when(value: Period, language: str) -> str:
    """Write after "about" what day or quarter something speaks of."""
    written = period(value, language)
    return say(language, "public.quarter", quarter=written) if value.precision == "quarter" else written


def shorten(text: str, most: int = SHORT) -> str:
    """Cut a text at a word, with an ellipsis where something is left out."""
    return cut(text, most).rstrip(".")


def cut(text: str, most: int) -> str:
    """Cut a text at a word where it is too long, else leave it as it is."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def commitment_heading(commitment: models.Commitment, language: str) -> str:
    """Open with number and title of a commitment."""
    title = text_of(commitment.short_title or commitment.title, language)
    return say(language, "whole.heading", number=commitment.number, title=shorten(title))


def milestone_heading(milestone: models.Milestone, language: str) -> str:
    """Open with number and title of a milestone."""
    return say(language, "whole.heading", number=milestone.number, title=shorten(text_of(milestone.title, language)))


def heading(world: World, commitment: str | None, milestone: str | None, language: str) -> str:
    """Open with number and title of what a report is about; empty where that is not known yet."""
    number = models.milestone_id(world.plan.id, milestone) if milestone else None
    return titled(world.folder, number or commitment or "", language)


def without_name(text: str, name: str) -> str:
    """Give a text without the name that opens it, where that stands before it already."""
    if not name or not text.casefold().startswith(f"{name} ".casefold()):
        return text
    rest = text[len(name) :].strip()
    return rest[:1].upper() + rest[1:]


def titled(folder: models.PlanFolder, name: str, language: str) -> str:
    """Give number and title of the commitment or milestone with this id; empty where there is none."""
    for commitment in folder.commitments:
        if commitment.id == name:
            return commitment_heading(commitment, language)
        for milestone in commitment.milestones:
            if models.milestone_id(folder.plan.id, milestone.number) == name:
                return milestone_heading(milestone, language)
    return ""


def about_heading(folder: models.PlanFolder, about: str | None, language: str) -> str:
    """Open with what a correction or idea is about: number and title where there is one."""
    if not about:
        return ""
    named = subjects.name(folder, about, language)
    return titled(folder, about, language) or shorten(named[:1].upper() + named[1:], LONG)


def draft_heading(world: World, draft: Draft | None, language: str) -> str:
    """Open with number and title of what a draft is about."""
    if draft is None:
        return ""
    if draft.answers:
        ticket = find_ticket(world, draft.answers)
        return ticket_name(ticket, language) if ticket else ""
    if draft.is_remark:
        return about_heading(world.folder, draft.about, language) or _first_words(draft)
    if draft.is_post:
        return post_heading(draft.kind, draft.text or "", asked(world, draft, language), language)
    return heading(world, draft.commitment, draft.milestone, language) or _first_words(draft)


def _first_words(draft: Draft) -> str:
    """Open with what was written, where it is not known yet what that is about."""
    return f"“{shorten(draft.text)}”" if draft.text and not draft.notes else ""


def whole_heading(world: World, draft: Draft, language: str) -> str:
    """Give number and whole title of what a report is about, as pages do."""
    commitment = world.commitments.get(draft.commitment or "")
    if commitment is None:
        return ""
    if not draft.milestone:
        title = text_of(commitment.short_title or commitment.title, language)
        return say(language, "whole.heading", number=commitment.number, title=title.rstrip("."))
    milestone = world.milestones.get(draft.milestone)
    title = text_of(milestone[1].title, language) if milestone else ""
    return say(language, "whole.heading", number=draft.milestone, title=title.rstrip("."))


def report_heading(world: World, report: models.Report, language: str) -> str:
    """Open with number and title of what a report is about."""
    return draft_heading(world, report_draft(report), language)


def report_line(world: World, report: models.Report, name: str, language: str) -> str:
    """Name a report in a list: what it is about, who sent it, how it stands."""
    heading_ = report_heading(world, report, language)
    if report.kind in (models.ReportKind.CORRECTION, models.ReportKind.IDEA):
        heading_ = f"{say(language, f'kind.{report.kind}')} · {heading_}"
    state = say(language, f"report.{report.state}")
    return say(
        language, name, milestone=heading_, organisation=sender(world, report.organisation, language), state=state
    )


def report_preview(world: World, report: models.Report, language: str) -> tuple[str, ...]:
    """Give a report line by line, exactly as the public would see it."""
    return preview(world, report_draft(report), language, owner=report.organisation)


def post_heading(kind: models.ReportKind | None, text: str, question: str, language: str) -> str:
    """Open with what a member shares; an answer names the question."""
    if kind is models.ReportKind.ANSWER and question:
        return say(language, "post.answer-to", text=shorten(question))
    named = say(language, f"kind.{kind}")
    return say(language, "post.named", kind=named, text=shorten(text)) if text else named


def asked(world: World, draft: Draft, language: str) -> str:
    """Give the question that a draft answers, public or not yet; empty where it answers none, or that is gone."""
    return question_text(world, draft.about, language) if draft.kind is models.ReportKind.ANSWER else ""


def question_text(world: World, name: str | None, language: str) -> str:
    """Give the text of a question of the network, public or not yet; empty where it is gone."""
    known = next((question for question in world.network.questions if question.id == name), None)
    if known:
        return text_of(known.text, language)
    return next((report.text for report in world.network.waiting if report.id == name), "")


def theme_name(world: World, name: str | None, language: str) -> str:
    """Name a theme; empty where there is none."""
    known = next((theme for theme in world.network.themes if theme.id == name), None)
    return text_of(known.title, language) if known else ""


def meeting_name(world: World, name: str | None, language: str) -> str:
    """Name a meeting by its day and title; empty where there is none."""
    known = next((meeting for meeting in world.folder.meetings if meeting.id == name), None)
    title = text_of(known.title, language) if known else ""
    return say(language, "meetings.line", day=period(known.date, language), title=title) if known else ""


def thread(report: models.Report, language: str) -> str:
    """Give the questions of reviewers about a report, with the answers."""
    lines: list[str] = []
    for exchange in report.thread:
        lines.append(say(language, "thread.question", question=exchange.question))
        if exchange.answer:
            lines.append(say(language, "thread.answer", answer=exchange.answer))
    return "\n".join(lines)


def find_ticket(world: World, name: str | None) -> models.Correction | None:
    """Give the public correction or idea with this id."""
    return next((ticket for ticket in world.tickets if ticket.id == name), None)


def ticket_name(ticket: models.Correction, language: str) -> str:
    """Name a correction or idea by its number."""
    return f"{say(language, f'kind.{ticket_kind(ticket)}')} {ticket.number}"


def ticket_kind(ticket: models.Correction) -> models.ReportKind:
    """Tell a correction from an idea."""
    return models.ReportKind.IDEA if isinstance(ticket, models.Idea) else models.ReportKind.CORRECTION


def sender(world: World, organisation_: str | None, language: str) -> str:
    """Name the organisation that sent something, or say that it was a visitor."""
    return organisation(world, organisation_, language) if organisation_ else say(language, "role.visitor")


def number_of(report: models.Report | models.Update) -> str:
    """Give the short number of a report's milestone, or the mark of the commitment as a whole."""
    return report.milestone.rpartition("/")[2] if report.milestone else WHOLE


def latest(world: World, commitment: str | None, milestone: str | None) -> models.Update | None:
    """Give the newest public update about a milestone, or about the commitment as a whole."""
    wanted = models.milestone_id(world.plan.id, milestone) if milestone else None
    return next((u for u in world.updates if u.commitment == commitment and u.milestone == wanted), None)


def unchanged_text(world: World, draft: Draft, language: str) -> str:
    """Say that nothing changed since the newest public update."""
    last = latest(world, draft.commitment, draft.milestone)
    return say(language, "public.unchanged", day=about_when(last.speaks_of, language)) if last else ""


def preview(world: World, draft: Draft, language: str, *, owner: str | None) -> tuple[str, ...]:
    """Give a report line by line, exactly as the public will see it; ``owner`` sent it, None for a visitor."""
    if draft.is_remark:
        return _remark_preview(world, draft, language, owner)
    if draft.is_post:
        return _post_preview(world, draft, language, owner)
    day = about_when(draft.speaks_of or Period.day(world.today), language)
    lines = [say(language, "public.about", organisation=organisation(world, owner, language), day=day)]
    lines += [whole_heading(world, draft, language), f"“{draft.text}”"]
    if draft.completion:
        lines.append(say(language, "public.completion", completion=say(language, f"completion.{draft.completion}")))
    if draft.obstacle and draft.obstacle != draft.text:
        lines.append(say(language, "public.obstacle", obstacle=draft.obstacle))
    lines += _evidence(draft, language)
    return (*lines, *_marks(world, draft, owner, language))


def kind_of_file(file: str, language: str) -> str:
    """Name the kind of a file: a photo or a PDF."""
    return say(language, "file.pdf" if file.endswith(".pdf") else "file.photo")


def _evidence(draft: Draft, language: str) -> list[str]:
    lines = [say(language, "public.evidence", address=draft.evidence)] if draft.evidence else []
    if draft.file:
        kind = kind_of_file(draft.file, language)
        lines.append(say(language, "public.file", kind=kind, title=draft.title or ""))
    nothing = not (lines or draft.unchanged or draft.completion is models.Completion.NOT_STARTED)
    return [say(language, "public.no-evidence")] if nothing else lines


def report_draft(report: models.Report) -> Draft:
    """Turn a report that was sent back into a draft."""
    return Draft(
        key=report.id,
        kind=report.kind,
        about=report.about or ("" if report.kind.is_post else None),
        commitment=report.commitment,
        milestone=number_of(report) if report.kind is models.ReportKind.PROGRESS else None,
        text=report.text,
        language=report.language,
        unchanged=report.unchanged,
        completion=report.completion,
        obstacle=report.obstacle or "",
        evidence=report.evidence_address or "",
        file=report.evidence_file,
        title=report.evidence_title,
        speaks_of=report.speaks_of,
        revises=report.id,
        replaces=report.replaces,
    )


def choices(items: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Give numbers from 1 to choices, each given as action and words."""
    return tuple(Choice(number=n, words=text, action=action) for n, (action, text) in enumerate(items, start=1))


def commitment_choices(
    listed: Sequence[models.Commitment], extra: Iterable[tuple[str, str]], language: str
) -> tuple[Choice, ...]:
    """Let commitments keep their own number, and number what comes after them from there on."""
    titles = [(c.number, shorten(text_of(c.short_title or c.title, language))) for c in listed]
    found = [Choice(number=number, words=title, action=f"commitment {number}") for number, title in titles]
    after = max((c.number for c in listed), default=0)
    others = [Choice(number=after + n, words=text, action=action) for n, (action, text) in enumerate(extra, start=1)]
    return (*found, *others)


def is_alone(world: World, draft: Draft) -> bool:
    """Tell whether nobody of another organisation can check what this person sends."""
    return people.is_alone(world.folder, world.person.organisation, draft.kind, draft.commitment)


def warning(draft: Draft, language: str) -> str:
    """Warn where a text seems to name a person; empty where it does not."""
    named = understanding.named_person(f"{draft.text or ''} {draft.obstacle or ''}")
    return say(language, "readback.person", name=named) if named else ""


def _remark_preview(world: World, draft: Draft, language: str, owner: str | None) -> tuple[str, ...]:
    published = find_ticket(world, draft.revises)
    day = period(Period.day(published.published_on if published else world.today), language)
    text = f"“{draft.text}”"
    if draft.answers:
        ticket = find_ticket(world, draft.answers)
        asked = f"“{text_of(ticket.text, language)}”" if ticket else ""
        who = say(language, "public.answer", organisation=sender(world, owner, language), day=day)
        done = say(language, f"public.{draft.outcome}") if draft.outcome else ""
        return tuple(line for line in (draft_heading(world, draft, language), asked, who, done, text) if line)
    kind = say(language, f"kind.{draft.kind}")
    who = say(language, "public.remark", kind=kind, organisation=sender(world, owner, language), day=day)
    about = say(language, "public.remark-about", about=subjects.name(world.folder, draft.about, language))
    return (who, about, text, *_unchecked(world, draft, owner, language))


def _post_preview(world: World, draft: Draft, language: str, owner: str | None) -> tuple[str, ...]:
    kind = say(language, f"kind.{draft.kind}")
    if draft.kind is models.ReportKind.THEME:
        return (say(language, "post.public-theme"), draft.text or "")
    public = world.network.row(draft.revises)
    day = period(Period.day(public.published_on if public else world.today), language)
    lines = [say(language, "public.remark", kind=kind, organisation=sender(world, owner, language), day=day)]
    lines += [*_post_about(world, draft, language), f"“{draft.text}”"]
    lines += [say(language, "post.public-link", address=draft.evidence)] if draft.evidence else []
    return (*lines, *_unchecked(world, draft, owner, language))


def _post_about(world: World, draft: Draft, language: str) -> list[str]:
    if draft.kind is models.ReportKind.ANSWER:
        return [say(language, "post.public-question", text=asked(world, draft, language))]
    if draft.kind is models.ReportKind.AGENDA_ITEM:
        meeting = meeting_name(world, draft.about, language)
        return [say(language, "post.public-meeting", meeting=meeting) if meeting else say(language, "post.no-meeting")]
    theme = theme_name(world, draft.about, language)
    return [say(language, "post.public-under", theme=theme)] if theme else []


def _marks(world: World, draft: Draft, owner: str | None, language: str) -> list[str]:
    marks = [say(language, "public.after")] if world.phase is models.Phase.CLOSED else []
    replaced = next((update for update in world.updates if update.id == draft.replaces), None)
    if replaced:
        marks.append(say(language, "public.replaces", day=about_when(replaced.speaks_of, language)))
    return [*marks, *_unchecked(world, draft, owner, language)]


def _unchecked(world: World, draft: Draft, owner: str | None, language: str) -> list[str]:
    alone = people.is_alone(world.folder, owner, draft.kind, draft.commitment)
    return [say(language, "public.unchecked")] if alone else []
