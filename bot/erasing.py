"""Erase what a member shared: rows, what can be found, reports, messages and drafts; a tombstone says that it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from bot import following, posts, review
from bot.desk import LETTERS, Desk
from bot.dialogue import Reply
from bot.messages import say
from monitor import models, search
from monitor.models import FollowKind, ReportKind
from monitor.pages import addresses

KINDS: dict[type[posts.Public], ReportKind] = {
    models.Question: ReportKind.QUESTION,
    models.Answer: ReportKind.ANSWER,
    models.Lesson: ReportKind.LESSON,
    models.AgendaItem: ReportKind.AGENDA_ITEM,
    models.Theme: ReportKind.THEME,
}
# So much of a text is enough to know it by where it was quoted; what is shorter may be anybody's words.
SHORTEST, QUOTED = 12, 40


def erase(desk: Desk, name: str, *, ground: str, role: str) -> list[models.Tombstone]:
    """Erase a post, a question with its answers; give a tombstone for each, none where nothing has that name.

    The tombstones are there first: a crash after them publishes nothing again, and a second time erases the rest.
    """
    rows = _rows(desk, name)
    known = {row.id for row in rows} | {name}
    reports = [report for report in desk.private.all(models.Report) if _goes(report, known)]
    kinds = {row.id: KINDS[type(row)] for row in rows} | {report.id: report.kind for report in reports}
    stones = [
        models.Tombstone(id=one, kind=kind, ground=ground, role=role, erased_at=desk.now) for one, kind in kinds.items()
    ]
    if stones:
        _erase_public(desk, rows, stones)
        _erase_private(desk, reports, said=[*_said(rows), *(r.text for r in reports)], stones=stones)
        review.refresh_queue(desk)
    return stones


def _rows(desk: Desk, name: str) -> list[posts.Public]:
    """List what is public under an id, or under the name of its place on the page; with a question its answers."""
    found = [row for model, kind in KINDS.items() for row in desk.storage.all(model) if _is_named(row, kind, name)]
    answers = [desk.storage.all(models.Answer, question=row.id) for row in found if isinstance(row, models.Question)]
    return [*found, *(answer for each in answers for answer in each)]


def _is_named(row: posts.Public, kind: ReportKind, name: str) -> bool:
    return row.id == name or (kind in LETTERS and addresses.anchor(row.id, LETTERS[kind]) == name)


def _goes(report: models.Report, known: Collection[str]) -> bool:
    """Tell whether a report is one of these posts, or an answer to one."""
    is_answer = report.kind is ReportKind.ANSWER and report.about in known
    return is_answer or (report.kind.is_post and report.id in known)


def _said(rows: Iterable[posts.Public]) -> Iterator[str]:
    for row in rows:
        yield from (row.title if isinstance(row, models.Theme) else row.text).values()


def _erase_public(desk: Desk, rows: Sequence[posts.Public], stones: Sequence[models.Tombstone]) -> None:
    # What is erased is overwritten, not only marked as free.
    desk.storage.db.execute("PRAGMA secure_delete = ON")
    with desk.storage.transaction():
        for stone in stones:
            desk.storage.add(stone)
        for row in rows:
            desk.storage.delete(type(row), id=row.id)
        # What stands under a theme is found by its title too.
        under = [
            each
            for model in (models.Question, models.Lesson)
            for row in rows
            for each in desk.storage.all(model, theme=row.id)
        ]
        for plan in {row.plan for row in rows}:
            search.forget(desk.storage, [row.id for row in (*rows, *under)], plan, today=desk.today)
    desk.storage.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _erase_private(
    desk: Desk, reports: Iterable[models.Report], *, said: Iterable[str], stones: Sequence[models.Tombstone]
) -> None:
    quotes = [text[:QUOTED] for text in said if len(text) >= SHORTEST]
    with desk.private.transaction():
        for stone in stones:
            following.take_back(desk, stone.id)
            following.drop_told(desk, stone.id)
            desk.private.delete(models.Subscription, kind=FollowKind.THEME, about=stone.id)
            desk.private.audit(at=desk.now, actor="command", action="erased-post", about=stone.id)
        desk.private.wipe([*(stone.id for stone in stones), *quotes])
        for report in reports:
            desk.private.delete(models.Report, id=report.id)
            _tell(desk, report, stones[0].ground)
    desk.private.scrub()


def _tell(desk: Desk, report: models.Report, ground: str) -> None:
    author = desk.private.get(models.Person, id=report.person)
    if author:
        language = desk.language(author)
        reply = Reply(heading=say(language, f"kind.{report.kind}"), text=say(language, "post.erased", ground=ground))
        desk.tell(author, reply, f"{report.id}:erased")
