"""Corrections and ideas of anyone, and the public answers that close them: asked, read back, confirmed. Pure."""

from __future__ import annotations

from bot import people
from bot.dialogue import subjects, understanding, wording
from bot.dialogue.drafts import Draft, Step
from bot.dialogue.effects import Close, Submit
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from monitor import models
from monitor.models import ReportKind, ReportState, TicketOutcome, TicketState

KINDS = (ReportKind.CORRECTION, ReportKind.IDEA)
LISTED = 10
MOST_WAITING = 5


def next_step(draft: Draft) -> Step:
    """Tell which question a correction, idea or answer still needs."""
    if draft.answers:
        return Step.OUTCOME if draft.outcome is None else Step.CHECK if draft.text else Step.ANSWER
    if draft.kind is None:
        return Step.KIND
    if draft.about is None:
        return Step.ABOUT
    return Step.CHECK if draft.text else Step.REMARK


def advance(talk: Talk, draft: Draft) -> Move:
    """Go to the next question of a draft."""
    return Move(place=Place(step=next_step(draft), draft=draft))


def start(talk: Talk, about: str | None = None) -> Move:
    """Begin a correction or idea, about a record where a page named one; strangers have a few at a time."""
    if _has_too_many(talk):
        return Move(place=Place(), said=(Reply(text=talk.say("remark.many", most=MOST_WAITING)),))
    draft = Draft(key=talk.key, kind=None)
    subject = subjects.find(talk.world.folder, about) if about else None
    return advance(talk, _with_subject(talk, draft, subject) if subject else draft)


def from_sentence(talk: Talk) -> Move | Wrong | None:
    """Take a free sentence as a correction or idea where its words say so; None where they do not."""
    kind = understanding.remark_kind(talk.message.text)
    if kind is None or not understanding.remark(talk.message.text) or _has_too_many(talk):
        return None
    return _take_or_ask(talk, _with_kind(talk, Draft(key=talk.key, kind=None), kind))


def choose_kind(talk: Talk) -> Move | Wrong:
    """Answer what is to be reported; a sentence in place of a choice is the report itself."""
    if talk.action == "kind":
        return advance(talk, _with_kind(talk, talk.draft, ReportKind(talk.value)))
    if not understanding.remark(talk.message.text):
        return Wrong(help=talk.say("choice.none"))
    kind = understanding.remark_kind(talk.message.text) or ReportKind.CORRECTION
    return _take_or_ask(talk, _with_kind(talk, talk.draft, kind))


def choose_about(talk: Talk) -> Move | Wrong:
    """Answer what it is about."""
    given = talk.value if talk.action in ("commitment", "about") else talk.message.text
    subject = subjects.search(talk.world.folder, given)
    return advance(talk, _with_subject(talk, talk.draft, subject)) if subject else Wrong(help=talk.say("about.none"))


def tell_remark(talk: Talk) -> Move | Wrong:
    """Answer what is wrong or missing, or what the idea is."""
    return _take_text(talk, talk.draft)


def choose_outcome(talk: Talk) -> Move | Wrong:
    """Answer whether anything was changed because of a correction or idea."""
    if talk.action != "outcome":
        return Wrong(help=talk.say("choice.none"))
    return advance(talk, talk.draft.model_copy(update={"outcome": TicketOutcome(talk.value)}))


def tell_answer(talk: Talk) -> Move | Wrong:
    """Give the public answer to a correction or idea."""
    return _take_text(talk, talk.draft)


def check(talk: Talk) -> Move | Wrong:
    """Answer the read-back: send, change or throw away."""
    match talk.action:
        case "send":
            return _answer(talk) if talk.draft.answers else _send(talk)
        case "change" if talk.draft.answers:
            return advance(talk, talk.draft.model_copy(update={"text": None, "outcome": None}))
        case "change":
            return Move(place=Place(step=Step.AMEND, draft=talk.draft))
        case "cancel":
            return Move(place=Place(), said=(Reply(text=talk.say("cancelled")),), forget=True)
    return Wrong(help=talk.say("choice.none"))


def amend(talk: Talk) -> Move | Wrong:
    """Answer what to change: that one thing is asked again."""
    cleared: dict[str, dict[str, object]] = {
        "kind": {"kind": None},
        "about": {"about": None, "commitment": None},
        "text": {"text": None},
    }
    if talk.action not in cleared:
        return Wrong(help=talk.say("choice.none"))
    return advance(talk, talk.draft.model_copy(update=cleared[talk.action]))


def open_tickets(talk: Talk) -> tuple[models.Correction, ...]:
    """List the corrections and ideas without an answer, the oldest first, for who may answer them."""
    if not people.may_answer(talk.world.person):
        return ()
    return tuple(ticket for ticket in talk.world.tickets if ticket.state is TicketState.OPEN)


def choose_ticket(talk: Talk) -> Move | Wrong:
    """Open a correction or idea to answer it."""
    ticket = next((t for t in open_tickets(talk) if talk.action == "ticket" and t.id == talk.value), None)
    if ticket is None:
        return Wrong(help=talk.say("ticket.gone" if talk.action else "choice.none"))
    known = next((draft for draft in talk.kept if draft.answers == ticket.id), None)
    return advance(talk, known or Draft(key=talk.key, answers=ticket.id))


def refusal(sentence: str) -> str:
    """Name the words that say why a text cannot be public: a person can be reached by it, or not its link by all."""
    if understanding.names_person(sentence):
        return "what.person"
    link = understanding.find_link(sentence)
    if link and not understanding.is_whole_address(link):
        return "evidence.invalid"
    return "evidence.private" if link and not understanding.is_public_address(link) else ""


def _take_text(talk: Talk, draft: Draft) -> Move | Wrong:
    sentence = talk.message.text
    if wrong := refusal(sentence):
        return Wrong(help=talk.say(wrong), draft=draft)
    text = understanding.remark(sentence)
    if not text:
        return Wrong(help=talk.say("remark.short"), draft=draft)
    return advance(talk, draft.model_copy(update={"text": text, "language": talk.language}))


def _take_or_ask(talk: Talk, draft: Draft) -> Move | Wrong:
    """Take a sentence as the text, where it says what is wrong or what the idea is; else that is asked."""
    return _take_text(talk, draft) if understanding.says_what(talk.message.text) else advance(talk, draft)


def _with_kind(talk: Talk, draft: Draft, kind: ReportKind) -> Draft:
    draft = draft.model_copy(update={"kind": kind})
    named = bool(understanding.NUMBER.search(talk.message.text) or understanding.commitment_number(talk.message.text))
    subject = subjects.search(talk.world.folder, talk.message.text) if named and draft.about is None else None
    return _with_subject(talk, draft, subject) if subject else draft


def _with_subject(talk: Talk, draft: Draft, subject: subjects.Subject) -> Draft:
    commitment = subjects.commitment_of(talk.world.folder, subject)
    return draft.model_copy(update={"about": subject.about, "commitment": commitment})


def _has_too_many(talk: Talk) -> bool:
    waiting = [report for report in talk.world.own if report.state is ReportState.WAITING]
    return talk.world.person.organisation is None and len(waiting) >= MOST_WAITING


def _nobody(talk: Talk) -> bool:
    draft = talk.draft
    return not people.reviewers(talk.world.folder, talk.world.person.organisation, draft.kind, draft.commitment)


def _send(talk: Talk) -> Move:
    alone = wording.is_alone(talk.world, talk.draft)
    page = talk.world.pages.get(talk.draft.commitment or "site", "")
    name = "remark.nobody" if _nobody(talk) else "remark.sent"
    text = talk.say("sent.alone", page=page) if alone else talk.say(name)
    said = Reply(heading=wording.draft_heading(talk.world, talk.draft, talk.language), text=text)
    return Move(place=Place(), said=(said,), effects=(Submit(draft=talk.draft, alone=alone),), forget=True)


def _answer(talk: Talk) -> Move:
    ticket = next((t for t in open_tickets(talk) if t.id == talk.draft.answers), None)
    if ticket is None:
        return Move(place=Place(), said=(Reply(text=talk.say("ticket.gone")),), forget=True)
    text = talk.say("ticket.closed", page=talk.world.pages.get(ticket.id, ""))
    said = Reply(heading=wording.ticket_name(ticket, talk.language), text=text)
    effect = Close(
        ticket=ticket.id, text=talk.draft.text or "", language=talk.draft.language, outcome=talk.draft.outcome
    )
    return Move(place=Place(), said=(said,), effects=(effect,), forget=True)


# The questions


def ask_kind(talk: Talk) -> Reply:
    """Ask what is to be reported."""
    choices = wording.choices([(f"kind {kind}", talk.say(f"remark.{kind}")) for kind in KINDS])
    return Reply(heading=_heading(talk), question=talk.say("remark.kind"), choices=choices)


def ask_about(talk: Talk) -> Reply:
    """Ask what it is about."""
    plan = (f"about {talk.world.plan.id}", talk.say("about.whole"))
    choices = wording.commitment_choices(talk.world.folder.commitments, [plan], talk.language)
    return Reply(question=talk.say("about.ask"), choices=choices)


def ask_remark(talk: Talk) -> Reply:
    """Ask what is wrong or missing, or what the idea is."""
    return Reply(heading=_heading(talk), question=talk.say(f"remark.ask-{talk.draft.kind}"))


def read_back(talk: Talk) -> Reply:
    """Show a correction, idea or answer exactly as the public will see it and ask whether it is right."""
    listed = [(name, talk.say(f"readback.{name}")) for name in ("send", "change", "cancel")]
    alone = not talk.draft.answers and wording.is_alone(talk.world, talk.draft)
    question = [talk.say("readback.alone")] if alone else []
    said = (wording.warning(talk.draft, talk.language), talk.say("readback.title"))
    return Reply(
        text="\n".join(line for line in said if line),
        preview=wording.preview(talk.world, talk.draft, talk.language, owner=talk.world.person.organisation),
        question="\n".join([*question, talk.say("readback.ask")]),
        choices=wording.choices(listed),
    )


def ask_amend(talk: Talk) -> Reply:
    """Ask what to change."""
    choices = wording.choices([(name, talk.say(f"amend.{name}")) for name in ("text", "kind", "about")])
    return Reply(heading=_heading(talk), question=talk.say("change.ask"), choices=choices)


def ask_tickets(talk: Talk) -> Reply:
    """List what has no answer yet, the oldest first."""
    listed = [(f"ticket {ticket.id}", _line(talk, ticket)) for ticket in open_tickets(talk)[:LISTED]]
    return Reply(question=talk.say("ticket.ask"), choices=wording.choices(listed))


def ask_outcome(talk: Talk) -> Reply:
    """Show a correction or idea and ask whether anything was changed because of it."""
    ticket = wording.find_ticket(talk.world, talk.draft.answers)
    about = subjects.name(talk.world.folder, ticket.about, talk.language) if ticket else ""
    text = wording.text_of(ticket.text, talk.language) if ticket else ""
    said = f"{talk.say('public.remark-about', about=about)}\n“{text}”"
    choices = wording.choices([(f"outcome {outcome}", talk.say(f"ticket.{outcome}")) for outcome in TicketOutcome])
    return Reply(heading=_heading(talk), text=said, question=talk.say("ticket.outcome"), choices=choices)


def ask_answer(talk: Talk) -> Reply:
    """Ask for the public answer to a correction or idea: what was changed, or why nothing was."""
    return Reply(heading=_heading(talk), question=talk.say(f"ticket.answer-{talk.draft.outcome}"))


def _heading(talk: Talk) -> str:
    return wording.draft_heading(talk.world, talk.draft, talk.language)


def _line(talk: Talk, ticket: models.Correction) -> str:
    about = wording.about_heading(talk.world.folder, ticket.about, talk.language)
    return f"{wording.ticket_name(ticket, talk.language)} · {about}"


ASK = {Step.OUTCOME: ask_outcome}
ANSWER = {Step.OUTCOME: choose_outcome}
