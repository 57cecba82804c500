"""Where a conversation starts, and what anyone may look up. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot import people
from bot.dialogue import (
    agreements,
    asked,
    copies,
    doubting,
    following,
    meetings,
    news,
    noting,
    own,
    pending,
    posting,
    privacy,
    remarks,
    report_questions,
    reporting,
    searching,
    understanding,
    wording,
)
from bot.dialogue.drafts import Draft, Step
from bot.dialogue.shapes import Choice, Move, Place, Reply, Talk, Wrong
from monitor import models
from monitor.models import Phase, Role

LISTED_DRAFTS = 8
SHOWN_TEXT = 300


BEGIN: dict[str, Callable[[Talk], Move | Wrong]] = {
    "milestone": lambda talk: reporting.pick_milestone(talk, talk.value),
    "commitment": lambda talk: reporting.pick_commitment(talk, int(talk.value)),
    "unchanged": lambda talk: reporting.pick_unchanged(talk, talk.value),
    "report": lambda talk: reporting.advance(talk, talk.draft),
    "remark": remarks.start,
    "reply": own.enter_reply,
    "round": asked.open_list,
    "follow": lambda talk: following.start(talk, talk.value),
    "news": news.start,
    "meetings": meetings.start,
    "sign-up": meetings.start_sign_up,
    "agreements": agreements.start,
    "notes": agreements.start,
    "network": posting.enter,
    "answering": posting.enter_questions,
    "ask": posting.begin,
    "share": posting.begin,
    "search": searching.enter,
}


def ask_start(talk: Talk) -> Reply:
    """Welcome a person, say it when the plan is closed, and ask what it is about."""
    name = wording.organisation(talk.world, talk.world.person.organisation, talk.language)
    plan = wording.plan_title(talk.world, talk.language)
    said = [talk.say(f"start.{talk.world.person.role}", organisation=name, plan=plan), *privacy.tell_lapsed(talk)]
    if _leads(talk):
        said += _closed(talk)
    elif talk.world.person.role is Role.LEAD:
        said.append(talk.say("start.leads-nothing"))
    return Reply(text="\n".join(said), question=_question(talk), choices=_choices(talk))


def ask_more(talk: Talk) -> Reply:
    """Ask whether there is anything else."""
    return Reply(question=talk.say("sent.more"), choices=_choices(talk))


def choose(talk: Talk) -> Move | Wrong:
    """Take a choice of the menu, or a free sentence as a report or as a search."""
    if talk.action:
        return _picked(talk)
    if followed := following.from_sentence(talk):
        return followed
    if same := asked.from_sentence(talk):
        return same
    if searched := searching.from_question(talk):
        return searched
    found = doubting.understand(talk) if _leads(talk) else Wrong(help=talk.say("choice.none"))
    if isinstance(found, Wrong) and (remark := remarks.from_sentence(talk)):
        return remark
    if isinstance(found, Move) or understanding.NUMBER.search(talk.message.text):
        return found
    known = find_commitment(talk)
    if known and not _leads(talk):
        return _told(look_up(talk, known))
    return searching.from_sentence(talk) or Wrong(help=talk.say("choice.none"))


def choose_search(talk: Talk) -> Move | Wrong:
    """Tell how the commitment stands whose number was typed; words are searched for."""
    known = find_commitment(talk) if talk.message.text.strip().isdecimal() else None
    return _told(look_up(talk, known)) if known else searching.tell_search(talk)


def choose_found(talk: Talk) -> Move | Wrong:
    """Take the next step after a search: look at a commitment that was found, follow it, or what searching offers."""
    if talk.action == "follow":
        return _picked(talk)
    if talk.action != "show":
        return searching.choose_found(talk)
    return _told(look_up(talk, talk.world.commitments[models.commitment_id(talk.world.plan.id, int(talk.value))]))


def choose_after_stop(talk: Talk) -> Move | Wrong:
    """Take a first message: a report if it is one, else the welcome."""
    found = choose(talk)
    return Move(place=Place(step=Step.START)) if isinstance(found, Wrong) else found


def ask_lookup(talk: Talk) -> Reply:
    """Ask which commitment is looked for."""
    choices = wording.commitment_choices(talk.world.folder.commitments, (), talk.language)
    return Reply(question=talk.say("lookup.which"), choices=choices)


def choose_lookup(talk: Talk) -> Move | Wrong:
    """Tell how a commitment stands."""
    known = find_commitment(talk)
    return _told(look_up(talk, known)) if known else Wrong(help=talk.say("lookup.none"))


def find_commitment(talk: Talk) -> models.Commitment | None:
    """Find a commitment by choice, number or words of its title."""
    number = talk.value if talk.action == "commitment" else talk.message.text.strip()
    if number.isdecimal():
        return talk.world.commitments.get(models.commitment_id(talk.world.plan.id, int(number)))
    if not talk.message.text:
        return None
    titles = {name: _titles(known) for name, known in talk.world.commitments.items()}
    return talk.world.commitments.get(understanding.by_title(talk.message.text, titles) or "")


def look_up(talk: Talk, commitment: models.Commitment) -> Reply:
    """Tell who leads a commitment, how far it is and what was said last."""
    leads = [wording.organisation(talk.world, lead.organisation, talk.language) for lead in commitment.leads]
    completion, known, counted = talk.world.standing[commitment.id]
    named = talk.say(f"completion.{completion}")
    said = [
        talk.say("lookup.leads", leads=", ".join(leads)),
        talk.say("lookup.state", completion=named, known=known, counted=counted),
        _last(talk, commitment),
        talk.say("lookup.page", page=talk.world.pages.get(commitment.id, "")),
    ]
    return Reply(heading=wording.commitment_heading(commitment, talk.language), text="\n".join(said))


def _titles(commitment: models.Commitment) -> str:
    return " ".join([*commitment.title.values(), *(commitment.short_title or {}).values()])


def _last(talk: Talk, commitment: models.Commitment) -> str:
    last = next((u for u in talk.world.updates if u.commitment == commitment.id), None)
    if last is None:
        return talk.say("lookup.no-update")
    text = wording.cut(wording.text_of(last.text, talk.language), SHOWN_TEXT)
    return talk.say("lookup.last", day=wording.about_when(last.speaks_of, talk.language), text=text)


def _picked(talk: Talk) -> Move | Wrong:
    if talk.action in BEGIN:
        return BEGIN[talk.action](talk)
    match talk.action:
        case "draft":
            return _resume(talk)
        case "queue":
            return _open_list(talk, Step.QUEUE, bool(talk.world.waiting), "queue.empty")
        case "own":
            return _open_list(talk, Step.OWN, bool(talk.world.own), "own.none")
        case "tickets":
            return _open_list(talk, Step.TICKETS, bool(remarks.open_tickets(talk)), "ticket.none")
        case "copies":
            return _open_list(talk, Step.COPIES, bool(talk.world.copies), "copies.none")
        case "lookup":
            return Move(place=Place(step=Step.LOOKUP))
        case "invite":
            return Move(place=Place(step=Step.INVITE))
        case "open":
            return _told(pending.tell(talk))
        case "about" | "roles":
            values = {"plan": wording.plan_title(talk.world, talk.language), "site": talk.world.pages.get("site", "")}
            return _told(Reply(text=talk.say(talk.action, **values)))
    return Wrong(help=talk.say("choice.none"))


def _resume(talk: Talk) -> Move | Wrong:
    draft = next((draft for draft in talk.kept if draft.key == talk.value), None)
    if draft is None:
        return Wrong(help=talk.say("choice.none"))
    if draft.notes:
        return noting.resume(talk, draft)
    if draft.is_post:
        return posting.advance(talk, draft)
    return remarks.advance(talk, draft) if draft.is_remark else reporting.advance(talk, draft)


def _open_list(talk: Talk, step: Step, filled: bool, empty: str) -> Move:
    return Move(place=Place(step=step)) if filled else _told(Reply(text=talk.say(empty)))


def _told(reply: Reply) -> Move:
    return Move(place=Place(step=Step.MORE), said=(reply,))


def _leads(talk: Talk) -> bool:
    return bool(people.led_by(talk.world.folder, talk.world.person.organisation))


def _closed(talk: Talk) -> list[str]:
    if talk.world.phase is not Phase.CLOSED:
        return []
    day = wording.period(talk.world.plan.period.day(talk.world.plan.cycle_end), talk.language)
    return [talk.say("start.closed", day=day)]


def _question(talk: Talk) -> str:
    if talk.world.person.role is Role.LEAD and _leads(talk):
        return talk.say("start.which", example=report_questions.example(talk.world))
    return talk.say("start.what")


def _choices(talk: Talk) -> tuple[Choice, ...]:
    drafts = asked.menu_choices(talk)
    drafts += [(f"reply {report.id}", _reply_words(talk, report)) for report in own.asked_back(talk)]
    drafts += [(f"draft {draft.key}", _draft_words(talk, draft)) for draft in talk.kept[:LISTED_DRAFTS]]
    if talk.world.person.role is Role.LEAD and _leads(talk):
        news_ = [("news", _menu_words(talk, "news"))] if news.waiting(talk) else []
        return _lead_choices(talk, [*news_, *drafts])
    return wording.choices(drafts + [(name, _menu_words(talk, name)) for name in _menu(talk)])


def _reply_words(talk: Talk, report: models.Report) -> str:
    return talk.say("menu.reply", about=wording.report_heading(talk.world, report, talk.language))


def _draft_words(talk: Talk, draft: Draft) -> str:
    return talk.say("menu.draft", milestone=wording.draft_heading(talk.world, draft, talk.language))


def _lead_choices(talk: Talk, drafts: list[tuple[str, str]]) -> tuple[Choice, ...]:
    after = [(name, _menu_words(talk, name)) for name in ("own", "open", *_network(talk), "search", "remark", "follow")]
    listed = report_questions.milestone_choices(talk.world, None, talk.language)
    if len(listed) <= report_questions.LISTED:
        begun = {f"milestone {draft.milestone}" for draft in talk.kept}
        fresh = [(action, text) for action, text in listed if action not in begun]
        return wording.choices([*drafts, *fresh, *_unchanged_choices(talk), *after])
    led = people.led_by(talk.world.folder, talk.world.person.organisation)
    return wording.commitment_choices(led, [*drafts, *after], talk.language)


def _unchanged_choices(talk: Talk) -> list[tuple[str, str]]:
    numbers = reporting.own_milestones(talk.world)
    known = [n for n in numbers if wording.latest(talk.world, talk.world.milestones[n][0].id, n)]
    return [(f"unchanged {number}", talk.say("menu.unchanged", number=number)) for number in known]


def _menu(talk: Talk) -> list[str]:
    report = ["report"] if _leads(talk) else []
    report += ["news"] if news.waiting(talk) else []
    mine = ["own"] if _leads(talk) or talk.world.own else []
    mine += ["open"] if _leads(talk) else []
    match talk.world.person.role:
        case Role.COORDINATOR | Role.REVIEWER:
            invite = ["invite"] if people.may_invite(talk.world.person, talk.world.folder) else []
            met = ["meetings"] if people.may_attend(talk.world.person, talk.world.folder) else []
            kept = ["copies"] if talk.world.copies else []
            return ["queue", "tickets", *met, *report, *mine, *_network(talk), "search", "remark", *invite, *kept]
        case Role.PIONEER:
            return ["meetings", *_network(talk), "search", *report, *mine, "remark", "about", "follow"]
        case _:
            return ["remark", *mine, "about", "roles", "follow", *_network(talk), "search"]


def _network(talk: Talk) -> list[str]:
    return ["network"] if posting.may_share(talk) else []


def _menu_words(talk: Talk, name: str) -> str:
    if name == "own" and talk.world.person.organisation is None:
        return talk.say("menu.mine")
    counted = {"copies": copies.undecided(talk.world.copies), "news": news.waiting(talk)}
    return talk.say(f"menu.{name}", count=len(counted.get(name, talk.world.waiting)))
