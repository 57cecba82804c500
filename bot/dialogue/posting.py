"""What members share: asked, answered, told and proposed; read back, then sent to the network at once. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot import people
from bot.dialogue import remarks, understanding, wording
from bot.dialogue.drafts import SENT_BY_ITSELF, Draft, Step
from bot.dialogue.effects import Submit
from bot.dialogue.network_shapes import Hit, Hits
from bot.dialogue.shapes import Move, Place, Reply, Talk, World, Wrong
from monitor import models, network
from monitor.models import Phase, ReportKind, TicketState

LISTED = 10
MOST_TITLE = 60
LONGEST_LINE = 240
KINDS = {
    "ask": ReportKind.QUESTION,
    "share": ReportKind.LESSON,
    "theme": ReportKind.THEME,
    "propose": ReportKind.AGENDA_ITEM,
}
WITH_THEME = (ReportKind.QUESTION, ReportKind.LESSON)
TEXTS: dict[ReportKind | None, Callable[[str], str]] = {
    ReportKind.QUESTION: understanding.question,
    ReportKind.LESSON: understanding.lesson,
    ReportKind.THEME: understanding.theme,
}


def next_step(draft: Draft) -> Step:
    """Tell which question a post still needs."""
    if not draft.text:
        return Step.POST
    return Step.UNDER if draft.about is None else Step.SHARE


def advance(talk: Talk, draft: Draft) -> Move:
    """Go to the next question of a post."""
    return Move(place=Place(step=next_step(draft), draft=draft))


def may_share(talk: Talk) -> bool:
    """Tell whether the person who speaks is a member of the network."""
    return people.is_member(talk.world.person, talk.world.folder)


def enter(talk: Talk) -> Move | Wrong:
    """Open what members can do together."""
    return Move(place=Place(step=Step.NETWORK)) if may_share(talk) else Wrong(help=talk.say("place.other-role"))


def enter_questions(talk: Talk) -> Move | Wrong:
    """List what others ask; where nobody asks anything, that is said."""
    if not may_share(talk):
        return Wrong(help=talk.say("place.other-role"))
    if not open_questions(talk.world):
        return Move(place=Place(), said=(Reply(text=talk.say("post.no-questions")),))
    return Move(place=Place(step=Step.ANSWERING))


def begin(talk: Talk) -> Move | Wrong:
    """Begin what the chosen action says; a text that was searched for is the question."""
    if not may_share(talk):
        return Wrong(help=talk.say("place.other-role"))
    draft = Draft(key=talk.key, kind=KINDS[talk.action])
    text = understanding.question(talk.place.sought)
    if talk.action != "ask" or not text or remarks.refusal(talk.place.sought):
        return advance(talk, draft)
    return advance(talk, _placed(talk, draft.model_copy(update={"text": text, "language": talk.language})))


def open_questions(world: World) -> tuple[models.Report | models.Question, ...]:
    """List what others ask and may be answered, public or not yet: those without an answer first, then the newest."""
    answered = {answer.question for answer in world.network.answers}
    asked: list[models.Report | models.Question] = [q for q in world.network.questions if q.state is TicketState.OPEN]
    asked += [report for report in world.network.waiting if report.kind is ReportKind.QUESTION]
    others = [question for question in asked if question.organisation != world.person.organisation]
    newest = sorted(others, key=_since, reverse=True)
    return tuple(sorted(newest, key=lambda question: question.id in answered))


def may_stand(world: World, report: models.Report) -> bool:
    """Tell whether a report may become public: an answer does once its question is."""
    asked = world.network.row(report.about)
    return report.kind is not ReportKind.ANSWER or asked is not None


def choose(talk: Talk) -> Move | Wrong:
    """Choose what to do with the network; a sentence in place of a choice is a question to it."""
    if talk.action in KINDS:
        return begin(talk)
    if talk.action == "answering":
        return enter_questions(talk)
    if not understanding.is_question(talk.message.text):
        return Wrong(help=talk.say("choice.none"))
    return _take_text(talk, Draft(key=talk.key, kind=ReportKind.QUESTION))


def choose_question(talk: Talk) -> Move | Wrong:
    """Choose the question to answer."""
    return enter_answer(talk) if talk.action == "answer" else Wrong(help=talk.say("choice.none"))


def enter_answer(talk: Talk) -> Move | Wrong:
    """Begin the answer to the question that a button names; an answer that was begun goes on."""
    if not may_share(talk):
        return Wrong(help=talk.say("place.other-role"))
    if all(question.id != talk.value for question in open_questions(talk.world)):
        return Move(place=Place(), said=(Reply(text=talk.say("post.gone")),))
    known = (d for d in talk.kept if d.kind is ReportKind.ANSWER and d.about == talk.value and not d.revises)
    return advance(talk, next(known, Draft(key=talk.key, kind=ReportKind.ANSWER, about=talk.value)))


def tell(talk: Talk) -> Move | Wrong:
    """Tell what is asked, answered, shared or proposed."""
    return _take_text(talk, talk.draft)


def choose_earlier(talk: Talk) -> Move | Wrong:
    """Say whether what the site says already helps; else the question goes on."""
    match talk.action:
        case "helped":
            return Move(place=Place(), said=(Reply(text=talk.say("post.helped")),), forget=True)
        case "go-on":
            return advance(talk, talk.draft)
        case "more":
            start = talk.place.start + len(_earlier(talk).shown)
            return Move(place=talk.place.model_copy(update={"start": start}))
    return Wrong(help=talk.say("choice.none"))


def choose_under(talk: Talk) -> Move | Wrong:
    """Choose the theme or the meeting."""
    if talk.action != "under":
        return Wrong(help=talk.say("choice.none"))
    return advance(talk, talk.draft.model_copy(update={"about": talk.value}))


def share(talk: Talk) -> Move | Wrong:
    """Answer the read-back: send, change or throw away."""
    match talk.action:
        case "send":
            return _send(talk)
        case "text":
            return Move(place=Place(step=Step.POST, draft=talk.draft))
        case "under":
            return Move(place=Place(step=Step.UNDER, draft=talk.draft))
        case "cancel":
            return Move(place=Place(), said=(Reply(text=talk.say("cancelled")),), forget=True)
    return Wrong(help=talk.say("choice.none"))


def _take_text(talk: Talk, draft: Draft) -> Move | Wrong:
    sentence = talk.message.text
    if wrong := remarks.refusal(sentence):
        return Wrong(help=talk.say(wrong), draft=draft)
    if draft.kind is ReportKind.LESSON and (link := understanding.find_link(sentence)):
        draft = draft.model_copy(update={"evidence": link})
    text = TEXTS.get(draft.kind, understanding.remark)(sentence)
    if not text:
        return Wrong(help=talk.say(_too_short(draft, sentence)), draft=draft)
    if draft.kind is ReportKind.THEME and len(text) > MOST_TITLE:
        return Wrong(help=talk.say("post.theme-long", most=MOST_TITLE), draft=draft)
    draft = _placed(talk, draft.model_copy(update={"text": text, "language": talk.language}))
    if draft.kind is ReportKind.QUESTION and not draft.revises and talk.world.find(text, 0).total:
        return Move(place=Place(step=Step.EARLIER, draft=draft))
    return advance(talk, draft)


def _too_short(draft: Draft, sentence: str) -> str:
    if draft.kind is ReportKind.THEME:
        return "post.theme-short"
    linked = draft.kind is ReportKind.LESSON and understanding.find_link(sentence)
    return "post.link-only" if linked else "remark.short"


def _placed(talk: Talk, draft: Draft) -> Draft:
    """Put a post under the theme its words name, or on the agenda of the next meeting; a lesson is asked for."""
    if draft.about is not None:
        return draft
    about: str | None = ""
    if draft.kind in WITH_THEME:
        titles = {theme.id: " ".join(theme.title.values()) for theme in talk.world.network.themes}
        named = understanding.by_title(draft.text or "", titles)
        about = named or (None if titles and draft.kind is ReportKind.LESSON else "")
    elif draft.kind is ReportKind.AGENDA_ITEM:
        about = next((meeting.id for meeting in _coming(talk)), "")
    return draft.model_copy(update={"about": about})


def _coming(talk: Talk) -> list[models.Meeting]:
    closed = talk.world.phase is Phase.CLOSED
    return [] if closed else network.coming(talk.world.folder.meetings, talk.world.today)


def _earlier(talk: Talk) -> Hits:
    return talk.world.find(talk.draft.text or "", talk.place.start)


def _send(talk: Talk) -> Move:
    alone = wording.is_alone(talk.world, talk.draft) and _stands(talk)
    page = talk.world.pages.get("knowledge", "")
    said = [talk.say("sent.alone", page=page) if alone else talk.say("post.sent")]
    said += [talk.say(_hearing(talk))] if talk.draft.kind is ReportKind.QUESTION else []
    reply = Reply(heading=_heading(talk), text="\n".join(said))
    return Move(place=Place(), said=(reply,), effects=(Submit(draft=talk.draft, alone=alone),), forget=True)


def _stands(talk: Talk) -> bool:
    return talk.draft.kind is not ReportKind.ANSWER or talk.world.network.row(talk.draft.about) is not None


def _since(question: models.Report | models.Question) -> str:
    day = question.published_on if isinstance(question, models.Question) else question.created_at.date()
    return f"{day} {question.id}"


# The questions


def ask_network(talk: Talk) -> Reply:
    """Ask what to do with the network."""
    count = len(open_questions(talk.world))
    names = ["ask", *(["answering"] if count else []), "share", "theme", "propose"]
    listed = [(name, talk.say(f"post.menu-{name}", count=count)) for name in names]
    return Reply(question=talk.say("post.what"), choices=wording.choices(listed))


def ask_question(talk: Talk) -> Reply:
    """List the questions that may be answered."""
    listed = [(f"answer {q.id}", _line(talk, q)) for q in open_questions(talk.world)[:LISTED]]
    return Reply(question=talk.say("post.which"), choices=wording.choices(listed))


def ask_post(talk: Talk) -> Reply:
    """Ask for the text; of an answer, with the whole question and what was answered already."""
    kind = talk.draft.kind
    text = "\n".join(_thread(talk)) if kind is ReportKind.ANSWER else ""
    return Reply(heading=talk.say(f"kind.{kind}"), text=text, question=talk.say(f"post.ask-{kind}"))


def ask_earlier(talk: Talk) -> Reply:
    """Show what the site says already, and ask whether that helps."""
    hits = _earlier(talk)
    more = hits.total > talk.place.start + len(hits.shown)
    names = ["helped", "go-on", *(["more"] if more else [])]
    listed = [(name, talk.say(f"post.earlier-{name}")) for name in names]
    text = "\n".join([talk.say("post.earlier"), *hit_lines(talk, hits)])
    question, choices = talk.say("post.earlier-ask"), wording.choices(listed)
    return Reply(heading=_heading(talk), text=text, question=question, choices=choices)


def ask_under(talk: Talk) -> Reply:
    """Ask for the theme or the meeting."""
    if talk.draft.kind is ReportKind.AGENDA_ITEM:
        listed = [(m.id, wording.meeting_name(talk.world, m.id, talk.language)) for m in _coming(talk)]
        names = ("post.under-meeting", "post.no-meeting")
    else:
        themes = talk.world.network.themes
        listed = [(theme.id, wording.theme_name(talk.world, theme.id, talk.language)) for theme in themes]
        names = ("post.under-theme", "post.no-theme")
    choices = [(f"under {name}", words) for name, words in (*listed, ("", talk.say(names[1])))]
    return Reply(heading=_heading(talk), question=talk.say(names[0]), choices=wording.choices(choices))


def read_back(talk: Talk) -> Reply:
    """Show a post exactly as the public will see it and ask whether it is right."""
    alone = wording.is_alone(talk.world, talk.draft)
    said = (wording.warning(talk.draft, talk.language), talk.say("readback.title"))
    question = [talk.say("readback.alone")] if alone else []
    return Reply(
        text="\n".join(line for line in said if line),
        preview=wording.preview(talk.world, talk.draft, talk.language, owner=talk.world.person.organisation),
        question="\n".join([*question, talk.say("readback.ask")]),
        choices=wording.choices([(name, talk.say(words)) for name, words in _possible(talk)]),
    )


def _possible(talk: Talk) -> list[tuple[str, str]]:
    known = [("send", "readback.send"), ("text", "post.change-text")]
    if talk.draft.kind in WITH_THEME and talk.world.network.themes:
        known.append(("under", "post.change-theme"))
    if talk.draft.kind is ReportKind.AGENDA_ITEM and _coming(talk):
        known.append(("under", "post.change-meeting"))
    return [*known, ("cancel", "readback.cancel")]


def _thread(talk: Talk) -> list[str]:
    """Give a question whole, and the public answers to it."""
    lines = [f"“{wording.asked(talk.world, talk.draft, talk.language)}”"]
    for answer in talk.world.network.answers:
        if answer.question == talk.draft.about:
            name = wording.organisation(talk.world, answer.organisation, talk.language)
            text = wording.text_of(answer.text, talk.language)
            lines.append(talk.say("post.answered-by", organisation=name, text=text))
    return lines


def _line(talk: Talk, question: models.Report | models.Question) -> str:
    name = wording.organisation(talk.world, question.organisation, talk.language)
    is_public = isinstance(question, models.Question)
    text = wording.text_of(question.text, talk.language) if isinstance(question, models.Question) else question.text
    return talk.say("post.line" if is_public else "post.line-waiting", text=wording.shorten(text), organisation=name)


def _heading(talk: Talk) -> str:
    return wording.draft_heading(talk.world, talk.draft, talk.language)


def _hearing(talk: Talk) -> str:
    """Name how answers reach the asker: where nothing can be sent, by coming back."""
    return "post.hear-answers" if talk.world.person.channel in SENT_BY_ITSELF else "post.read-answers"


def hit_lines(talk: Talk, hits: Hits) -> list[str]:
    """Write what was found: what it is, a line of it, and the address where it stands."""
    lines: list[str] = []
    for hit in hits.shown:
        row = talk.world.network.row(hit.record)
        told = _shared_lines(talk, hit.label, row) if row else _record_lines(talk, hit)
        lines += [line for line in (*told, hit.page) if line]
    return lines


def _record_lines(talk: Talk, hit: Hit) -> tuple[str, str]:
    named = hit.label if hit.label == hit.title else talk.say("search.title", label=hit.label, title=hit.title)
    known = talk.world.commitments.get(hit.record)
    line = wording.text_of(known.summary, talk.language) if known else hit.line.removeprefix(f"{hit.title}. ")
    return named, "" if line == hit.title else wording.cut(line, LONGEST_LINE)


def _shared_lines(talk: Talk, label: str, row: models.Shared) -> tuple[str, str]:
    """Write a question with who answered it, an answer with its question, and whatever else with who shared it."""
    name = wording.organisation(talk.world, row.organisation, talk.language)
    text = wording.cut(wording.text_of(row.text, talk.language), LONGEST_LINE)
    if isinstance(row, models.Question):
        return talk.say("search.title", label=label, title=f"“{text}”"), _answers_line(talk, row.id)
    said = talk.say("post.answered-by", organisation=name, text=text)
    if not isinstance(row, models.Answer):
        return label, said
    asked = wording.shorten(wording.question_text(talk.world, row.question, talk.language), wording.LONG)
    return talk.say("search.title", label=label, title=asked), said


def _answers_line(talk: Talk, question: str) -> str:
    answers = [answer for answer in talk.world.network.answers if answer.question == question]
    names = dict.fromkeys(wording.organisation(talk.world, a.organisation, talk.language) for a in answers)
    if not names:
        return talk.say("search.unanswered")
    return talk.say("search.answered", organisations=", ".join(names))


ASK: dict[Step, Callable[[Talk], Reply]] = {
    Step.NETWORK: ask_network,
    Step.ANSWERING: ask_question,
    Step.POST: ask_post,
    Step.EARLIER: ask_earlier,
    Step.UNDER: ask_under,
    Step.SHARE: read_back,
}
ANSWER: dict[Step, Callable[[Talk], Move | Wrong]] = {
    Step.NETWORK: choose,
    Step.ANSWERING: choose_question,
    Step.POST: tell,
    Step.EARLIER: choose_earlier,
    Step.UNDER: choose_under,
    Step.SHARE: share,
}
