"""Tell the coordinator once a week what waits for them: on its first working morning, and only where there is anything.

Each line counts one thing and leads to the page that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot import asking, hours, rounds, suggesting
from bot.desk import Desk, pages
from bot.dialogue import Reply
from bot.messages import say
from monitor import feed_facts, models, network, progress, words
from monitor.models import EvidenceState, MentionState, ReportKind, ReportState
from monitor.pages import addresses
from monitor.periods import Period, day_of

WEEKLY = "weekly"
WEEK = timedelta(days=7)
DEAD = (EvidenceState.GONE, EvidenceState.MOVED)


@dataclass(frozen=True)
class Line:
    """A line of the summary: its name, the page it leads to, and the values in it.

    ``is_news`` is false for what alone is no reason for a summary.
    """

    name: str
    page: str
    values: dict[str, object]
    is_news: bool = True


def summarise(desk: Desk) -> int:
    """Queue the summary of this week where it is time for it; give how many people were told."""
    plan = desk.folder.plan
    week = f"{desk.today:%G-W%V}"
    is_time = rounds.is_asking(plan, desk.today) and hours.is_open(desk.moment, plan.country)
    if not is_time or desk.today != hours.first_working_day(desk.today, plan.country):
        return 0
    logged = asking.reminder(desk, WEEKLY, plan.coordinator, week)
    told = [] if desk.storage.get(models.Reminder, id=logged.id) else desk.coordinators()
    if not told or not any(line.is_news for line in lines(desk, desk.language(told[0]))):
        return 0
    # Queued first, logged after, as with a round.
    with desk.private.transaction():
        for person in told:
            summary = _summary(desk, desk.language(person))
            desk.tell(person, summary, f"{WEEKLY}:{week}:{person.id}", at_work=True)
    with desk.storage.transaction():
        desk.storage.add(logged)
    return len(told)


def lines(desk: Desk, language: str) -> Iterator[Line]:
    """Give what there is to say."""
    yield from _queue(desk, language)
    yield from _silent(desk, language)
    yield from _counted(desk)
    yield from _feeds(desk)


def _summary(desk: Desk, language: str) -> Reply:
    known = pages(desk.folder, desk.site, language)
    told = [
        say(language, f"weekly.{line.name}", page=_page(desk, line.page, known, language), **line.values)
        for line in lines(desk, language)
    ]
    title = words.choose(desk.folder.plan.title, language).words
    return Reply(text="\n".join([say(language, "weekly.opening", plan=title), *told]))


def _page(desk: Desk, page: str, known: dict[str, str], language: str) -> str:
    if page == "health":
        return desk.health(language)
    return known["site"] + addresses.of_plan(words.of(language), desk.folder.plan.id, page)


def _queue(desk: Desk, language: str) -> Iterator[Line]:
    waiting = desk.private.all(models.Report, plan=desk.folder.plan.id, state=ReportState.WAITING, order="created_at")
    if waiting:
        oldest = day_of(waiting[0].created_at)
        values = {"count": len(waiting), "day": words.of(language).period(Period.day(oldest))}
        yield Line("queue", "freshness", values)


def _silent(desk: Desk, language: str) -> Iterator[Line]:
    """Name who gave no message about the last quarter whose round is over."""
    facts = asking.facts_of(desk)
    over = [one for one in facts.rounds if one.quarter == rounds.quarter_before(desk.today) and one.closed_at]
    for one in over:
        silent = rounds.silent(facts, one.quarter)
        if silent:
            names = "; ".join(asking.silent_line(desk, name, known, language) for name, known in silent.items())
            values: dict[str, object] = {"quarter": words.of(language).period(one.quarter), "names": names}
            # It is told as long as it is so, but no coordinator is written to each week for that alone.
            is_news = one.closed_at is not None and day_of(one.closed_at) > desk.today - WEEK
            yield Line("silent", "freshness", values, is_news=is_news)


def _counted(desk: Desk) -> Iterator[Line]:
    counts = (
        ("links", "evidence", _dead_links(desk)),
        ("alarms", "health", _alarms(desk)),
        ("questions", "knowledge", _questions(desk)),
        ("proposals", "news", _proposals(desk)),
    )
    for name, page, count in counts:
        if count:
            yield Line(name, page, {"count": count})


def _alarms(desk: Desk) -> int:
    """Count the alarms that last; of a feed that moved another line tells."""
    return sum(alarm.kind != models.FEED_MOVED for alarm in desk.storage.all(models.Alarm, ended_at=None))


def _dead_links(desk: Desk) -> int:
    plan = desk.folder.plan.id
    standing = {update.id for update in progress.as_of(desk.storage.all(models.Update, plan=plan), desk.today)}
    listed = desk.storage.all(models.Evidence, plan=plan)
    return sum(piece.state in DEAD and bool(piece.address) and piece.update_id in standing for piece in listed)


def _questions(desk: Desk) -> int:
    """Count the questions to the network that nobody answered in time, those that wait for review among them."""
    plan, before = desk.folder.plan.id, desk.today - network.ANSWERED_WITHIN
    asked, answers = desk.storage.all(models.Question, plan=plan), desk.storage.all(models.Answer, plan=plan)
    waiting = desk.private.all(models.Report, plan=plan, kind=ReportKind.QUESTION, state=ReportState.WAITING)
    late = network.unanswered(asked, answers, desk.today)
    return len(late) + _since([day_of(report.created_at) for report in waiting], before)


def _proposals(desk: Desk) -> int:
    """Count the entries of feeds that were put to a lead and that nobody answered in time."""
    suggested = desk.storage.all(models.Mention, plan=desk.folder.plan.id, state=MentionState.SUGGESTED)
    put = [at for mention in suggested if (at := suggesting.put_at(desk, mention))]
    return _since([day_of(at) for at in put], desk.today - network.ANSWERED_WITHIN)


def _since(days: list[date], before: date) -> int:
    return sum(day <= before for day in days)


def _feeds(desk: Desk) -> Iterator[Line]:
    states = desk.storage.all(models.FeedState, plan=desk.folder.plan.id)
    moved = [f.feed.title for f in feed_facts.of_plan(desk.folder, states, desk.today, fetches=True) if f.moved_to]
    if moved:
        yield Line("feeds", "health", {"names": ", ".join(moved)})
