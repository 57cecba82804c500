"""Drafts that an organisation shares: what one person begins, a colleague may go on with. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue.drafts import Draft, Step
from bot.dialogue.shapes import Place, State

GONE, CHANGED = "draft.gone", "draft.changed"


def held(state: State) -> dict[str, Draft]:
    """Give the drafts of a conversation that are worth keeping, by key: the open one and those put aside."""
    drafts = [state.place.draft, *state.kept]
    return {draft.key: draft for draft in drafts if draft and draft.is_begun}


def with_shared(state: State, drafts: Sequence[Draft]) -> tuple[State, str | None]:
    """Put the shared drafts, the newest first, in the place of those remembered; tell how a colleague overtook.

    The second value names the words to say: a colleague sent or threw away the open draft, or changed it.
    """
    shared = {draft.key: draft for draft in drafts}
    mine = state.place.draft
    kept = tuple(draft for draft in drafts if mine is None or draft.key != mine.key)
    state = state.model_copy(update={"kept": kept})
    if mine is None or mine.key not in held(state):
        return state, None
    if mine.key not in shared:
        return state.model_copy(update={"place": Place(step=Step.START), "past": (), "offered": ()}), GONE
    if shared[mine.key] == mine:
        return state, None
    place = state.place.model_copy(update={"draft": shared[mine.key]})
    return state.model_copy(update={"place": place, "past": ()}), CHANGED


def moved(before: Mapping[str, Draft], after: Mapping[str, Draft]) -> tuple[list[Draft], list[str]]:
    """Tell which drafts are new or changed, and the keys of those that are gone."""
    changed = [draft for key, draft in after.items() if before.get(key) != draft]
    return changed, [key for key in before if key not in after]
