"""Kept copies of evidence in the conversation: which there are, who may look, and what a decision does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot import people
from bot.desk import Desk
from bot.dialogue import Copy, DecideCopy, Reply
from bot.dialogue.copies import told
from bot.files import viewing
from bot.messages import say
from monitor import evidence, models, released
from monitor.models import CopyDecision, CopyState, Evidence
from monitor.periods import day_of


def of_plan(desk: Desk) -> tuple[Copy, ...]:
    """List the kept copies that messages of the plan cite and that were not taken down, the oldest first."""
    updates = {update.id: update for update in desk.storage.all(models.Update)}
    decided = {row.sha256: row for row in desk.storage.all(CopyDecision, order="recorded_at, rowid")}
    return listed(desk.storage.all(Evidence), updates, decided, plan=desk.folder.plan.id)


def listed(
    evidence_rows: Iterable[Evidence],
    updates: Mapping[str, models.Update],
    decided: Mapping[str, CopyDecision],
    *,
    plan: str,
) -> tuple[Copy, ...]:
    """Give the copies of one plan; whoever cites the same bytes, in any plan, is among those that cite it."""
    rows: dict[str, list[Evidence]] = {}
    for row in evidence_rows:
        if row.sha256 and row.address and row.fetched_at and row.update_id in updates:
            rows.setdefault(row.sha256, []).append(row)
    made = (_copy(sha256, found, updates, decided.get(sha256), plan) for sha256, found in rows.items())
    return tuple(sorted((copy for copy in made if copy), key=lambda copy: (copy.day, copy.address, copy.sha256)))


def may_open(desk: Desk, person: models.Person, name: str) -> bool:
    """Tell whether a person may look at a kept copy: who may decide about it."""
    found = next((copy for copy in of_plan(desk) if copy.file == name), None)
    return found is not None and people.may_decide_copy(person, found.citing)


def decide(desk: Desk, effect: DecideCopy, *, by: models.Person, language: str) -> Reply:
    """Carry out what a reviewer decided about a copy, and say what became of it.

    Raise PermissionError for evidence of their own organisation.
    """
    copy = next((copy for copy in of_plan(desk) if copy.sha256 == effect.sha256), None)
    if copy is None:
        return Reply(text=say(language, "copies.gone"))
    if not people.may_decide_copy(by, copy.citing):
        raise PermissionError(f"{effect.sha256}: nobody decides for their own organisation: ask another reviewer")
    # Decided already and not by this message: only where a crash kept the log from hearing of it.
    if copy.state not in (effect.before, effect.state):
        return Reply(text=say(language, "copies.gone"))
    if effect.state is CopyState.RELEASED and evidence.Archive(desk.data).read(effect.sha256) is None:
        return Reply(text=say(language, "copies.lost"))
    try:
        if copy.state is not effect.state:
            WAYS[effect.state](desk, effect, str(by.role))
    except evidence.NotShownError:
        return Reply(text=say(language, "copies.kind"))
    except evidence.TakenDownError:
        return Reply(text=say(language, "copies.gone"))
    viewing.forget(desk.data, effect.sha256)
    desk.private.audit(at=desk.now, actor=by.id, action=f"copy-{effect.state}", about=effect.sha256)
    decided = released.decision(desk.storage, effect.sha256)
    page = f"{desk.site}/{released.ADDRESS}/{decided.file}" if decided and decided.file else ""
    return told(effect, language, page=page)


def _release(desk: Desk, effect: DecideCopy, role: str) -> None:
    archive = evidence.Archive(desk.data)
    evidence.release(desk.storage, archive, desk.data, effect.sha256, ground=effect.ground, role=role, now=desk.now)


def _hold(desk: Desk, effect: DecideCopy, role: str) -> None:
    evidence.hold(desk.storage, desk.data, effect.sha256, ground=effect.ground, role=role, now=desk.now)


def _take_down(desk: Desk, effect: DecideCopy, role: str) -> None:
    archive = evidence.Archive(desk.data)
    evidence.take_down(desk.storage, archive, desk.data, effect.sha256, ground=effect.ground, role=role, now=desk.now)


WAYS: Mapping[CopyState, Callable[[Desk, DecideCopy, str], None]] = {
    CopyState.RELEASED: _release,
    CopyState.HELD: _hold,
    CopyState.TAKEN_DOWN: _take_down,
}


def _copy(
    sha256: str,
    rows: list[Evidence],
    updates: Mapping[str, models.Update],
    decided: CopyDecision | None,
    plan: str,
) -> Copy | None:
    citing = [updates[row.update_id] for row in rows]
    # What everyone may see goes with the messages: there is nothing to decide where all of them were withdrawn.
    standing = [update for update in citing if update.plan == plan and not update.withdrawn_at]
    if not standing or (decided and decided.state is CopyState.TAKEN_DOWN):
        return None
    first = next(row for row in rows if updates[row.update_id] in standing)
    return Copy(
        sha256=sha256,
        address=first.address or "",
        title=first.title or first.page_title or "",
        day=min(day_of(row.fetched_at) for row in rows if row.fetched_at),
        about=tuple(dict.fromkeys(update.milestone or update.commitment for update in standing)),
        citing=frozenset(update.organisation for update in citing if update.organisation),
        # Where no organisation says so of itself.
        said_by=tuple(update.said_by for update in standing if update.said_by and not update.organisation),
        # What the plan no longer names was never looked at by anybody.
        state=None
        if decided and decided.state is CopyState.HELD and decided.role == evidence.PLAN
        else _state(decided),
        ground=decided.ground if decided else {},
    )


def _state(decided: CopyDecision | None) -> CopyState | None:
    return decided.state if decided else None
