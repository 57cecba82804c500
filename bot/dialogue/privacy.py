"""What is kept of a person: told, shown, put right, forgotten; and a role that lapsed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import following, wording
from bot.dialogue.drafts import Step
from bot.dialogue.effects import Forget, SpeakLanguage
from bot.dialogue.shapes import Kept, Move, Place, Reply, Talk, Wrong
from bot.messages import TABLES, say
from monitor import models
from monitor.periods import Period, day_of

# Questions asked in between: what stood open before stands open again after them.
ASIDE = (Step.CORRECT, Step.FORGET, Step.LANGUAGE)
TELEGRAM = "telegram"
SHOWN_OF_ADDRESS = 3
YEAR = 365
# What has no number of days, behind the kind it belongs to.
ALSO = {"accepted": "accepted-report", "digests": "following"}


def notice_lines(kept: Kept, channel: str, language: str, *, terms: bool) -> list[str]:
    """Say who answers for the data, what is kept, where it passes and which rights there are, a sentence a line.

    ``terms`` adds the retention of what matters most.
    """
    names = ("controller", "legal_basis", "dpo_contact", "notice")
    values = {name: kept.folder.get(name, "") for name in names}
    values |= {kind: days_in_words(days, language) for kind, days in kept.days.items()}
    live = bool(kept.folder)
    told = ["privacy.controller" if live else "privacy.try", "privacy.kept"]
    told += ["privacy.terms"] if terms else []
    told += ["privacy.telegram"] if channel == TELEGRAM else []
    told += ["privacy.woo", "privacy.rights"] if live else ["privacy.rights"]
    told += ["privacy.contact", "privacy.complaint", "privacy.version"] if live else []
    return [say(language, name, **values) for name in told]


def days_in_words(days: int, language: str) -> str:
    """Write a number of days, as years where it is whole years."""
    if days % YEAR == 0:
        years = days // YEAR
        return say(language, "time.year") if years == 1 else say(language, "time.years", count=years)
    return say(language, "time.day") if days == 1 else say(language, "time.days", count=days)


def tell_privacy(talk: Talk) -> Reply:
    """Give the notice, and how long each kind of data is kept."""
    lines = notice_lines(talk.world.kept, talk.world.person.channel, talk.language, terms=False)
    return Reply(text="\n".join([*lines, talk.say("keep.title"), *_terms(talk.world.kept.days, talk.language)]))


def tell_my_data(talk: Talk) -> Reply:
    """List what is kept of this person in this channel, and how to put it right or have it erased."""
    kept, person = talk.world.kept, talk.world.kept.lapsed or talk.world.person
    language = talk.say(f"language.{talk.language}")
    since = wording.period(Period.day(day_of(person.created_at)), talk.language)
    lines = [talk.say("data.title"), _channel(talk), talk.say("data.role", role=role_name(talk, person))]
    if kept.until:
        lines.append(talk.say("data.until", day=wording.period(Period.day(kept.until), talk.language)))
    lines += [talk.say("data.language", language=language), talk.say("data.since", day=since)]
    if person.notice:
        lines.append(talk.say("data.notice", version=person.notice))
    lines += [_drafts(talk), *_reports(talk), _followed(talk)]
    lines += [talk.say("data.digests", count=kept.digests)] if kept.digests else []
    lines += [talk.say("data.messages", count=kept.messages), talk.say("data.entries", count=kept.entries)]
    if contact := kept.folder.get("dpo_contact"):
        lines.append(talk.say("data.copy", dpo_contact=contact))
    return Reply(text="\n".join([*lines, talk.say("data.how")]))


def ask_correct(talk: Talk) -> Reply:
    """Ask what is wrong in what is kept of this person."""
    others = [code for code in TABLES if code != talk.language]
    spoken = [(f"language {code}", talk.say("correct.language", language=_language(talk, code))) for code in others]
    names = ("report", "role", "nothing")
    choices = wording.choices([*spoken, *((name, talk.say(f"correct.{name}")) for name in names)])
    return Reply(question=talk.say("correct.ask"), choices=choices)


def choose_correct(talk: Talk) -> Move | Wrong:
    """Change the language, lead to the own reports, or say who changes a role."""
    match talk.action:
        case "language":
            return choose_language(talk)
        case "report" if talk.world.own:
            return Move(place=Place(step=Step.OWN))
        case "report":
            return Move(place=Place(), said=(Reply(text=talk.say("correct.no-report")),), back=True)
        case "role":
            return Move(place=Place(), said=(Reply(text=_whom_to_ask(talk)),), back=True)
        case "nothing":
            return Move(place=Place(), back=True)
    return Wrong(help=talk.say("choice.none"))


def ask_language(talk: Talk) -> Reply:
    """Ask in which language to go on."""
    choices = wording.choices([(f"language {code}", say(code, "language.own")) for code in TABLES])
    return Reply(question=talk.say("language.ask"), choices=choices)


def choose_language(talk: Talk) -> Move | Wrong:
    """Go on in a language."""
    if talk.action != "language":
        return Wrong(help=talk.say("choice.none"))
    said = Reply(text=say(talk.value, "language.set"))
    return Move(place=Place(), said=(said,), effects=(SpeakLanguage(language=talk.value),), back=True)


def ask_forget(talk: Talk) -> Reply:
    """Say exactly what goes and what stays, and ask whether it is to be erased."""
    person = talk.world.kept.lapsed or talk.world.person
    lines = [talk.say("forget.goes")]
    lines.append(talk.say("forget.stays-organisation" if person.organisation else "forget.goes-visitor"))
    lines.append(talk.say("forget.stays"))
    choices = wording.choices([(name, talk.say(f"forget.{name}")) for name in ("erase", "keep")])
    return Reply(text="\n".join(lines), question=talk.say("forget.ask"), choices=choices)


def answer_forget(talk: Talk) -> Move | Wrong:
    """Erase, or leave all as it is."""
    if talk.action == "erase":
        done = [talk.say("forget.done")]
        done += [talk.say("forget.done-telegram")] if talk.world.person.channel == TELEGRAM else []
        said = Reply(text="\n".join(done))
        return Move(place=Place(step=Step.STOPPED), said=(said,), effects=(Forget(),))
    if talk.action == "keep":
        return Move(place=Place(), said=(Reply(text=talk.say("forget.kept")),), back=True)
    return Wrong(help=talk.say("choice.none"))


def tell_lapsed(talk: Talk) -> list[str]:
    """Say that a role lapsed and how it is renewed; nothing where it did not."""
    kept = talk.world.kept
    if kept.lapsed is None or kept.until is None:
        return []
    day = wording.period(Period.day(kept.until), talk.language)
    coordinator = wording.organisation(talk.world, talk.world.plan.coordinator, talk.language)
    return [talk.say("role-ended", role=role_name(talk, kept.lapsed), day=day, coordinator=coordinator)]


def role_name(talk: Talk, person: models.Person) -> str:
    """Name a role with its organisation."""
    name = wording.organisation(talk.world, person.organisation, talk.language)
    return talk.say(f"role.{person.role}", organisation=name)


def _terms(days: Mapping[str, int], language: str) -> list[str]:
    terms: list[str] = []
    for kind, most in days.items():
        terms.append(say(language, f"keep.{kind}", time=days_in_words(most, language)))
        terms += [say(language, f"keep.{ALSO[kind]}")] if kind in ALSO else []
    return terms


def _language(talk: Talk, code: str) -> str:
    return talk.say(f"language.{code}")


def _channel(talk: Talk) -> str:
    person = talk.world.person
    return talk.say(f"data.channel.{person.channel}", end=person.address[-SHOWN_OF_ADDRESS:])


def _drafts(talk: Talk) -> str:
    drafts = talk.world.kept.drafts
    named = [wording.draft_heading(talk.world, draft, talk.language) or talk.say("data.draft") for draft in drafts]
    return talk.say("data.drafts", drafts="; ".join(named) or talk.say("data.none"))


def _followed(talk: Talk) -> str:
    return talk.say("data.following", following="; ".join(following.listed(talk)) or talk.say("data.none"))


def _reports(talk: Talk) -> list[str]:
    reports = talk.world.kept.reports
    if not reports:
        return [talk.say("data.reports", reports=talk.say("data.none"))]
    return [talk.say("data.reports", reports=len(reports)), *(_report(talk, report) for report in reports)]


def _report(talk: Talk, report: models.Report) -> str:
    return talk.say(
        "data.report",
        heading=wording.report_heading(talk.world, report, talk.language) or talk.say(f"kind.{report.kind}"),
        day=wording.period(report.speaks_of, talk.language),
        state=talk.say(f"report.{report.state}"),
    )


def _whom_to_ask(talk: Talk) -> str:
    coordinator = wording.organisation(talk.world, talk.world.plan.coordinator, talk.language)
    lines = [talk.say("correct.whom", coordinator=coordinator)]
    if contact := talk.world.kept.folder.get("dpo_contact"):
        lines.append(talk.say("correct.contact", dpo_contact=contact))
    return "\n".join(lines)
