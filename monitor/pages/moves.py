"""What moved last in a plan that runs: messages with what was and what is, and changes of the promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from monitor import models, progress
from monitor.models import ChangeKind, Completion
from monitor.pages import addresses
from monitor.pages.parts import decisions, moved, moved_dates, record_link
from monitor.pages.rendering import Pen
from monitor.pages.site import Site
from monitor.periods import quarter_of

AT_LEAST, AT_MOST = 5, 12


def moves(pen: Pen) -> dict[str, Any]:
    """List what moved since the quarter began, and some more where that is little; newest first."""
    site = pen.site
    begun = quarter_of(site.today).earliest or site.today
    updates = sorted(site.all_updates, key=_when, reverse=True)
    promises = decisions(change for change in site.changes if change.kind is ChangeKind.PROMISE)
    rows = [(_when(update), _update(pen, update)) for update in updates[: AT_MOST + 1]]
    rows += [((group[0].published_on, group[0].recorded_at), _promise(pen, group)) for group in promises]
    rows.sort(key=lambda row: row[0], reverse=True)
    fresh_updates = sum(update.published_on >= begun for update in updates)
    fresh_promises = sum(group[0].published_on >= begun for group in promises)
    shown = max(AT_LEAST, min(AT_MOST, fresh_updates + fresh_promises))
    return {
        "rows": [row for _, row in rows[:shown]],
        "since": pen.t(
            "home.since_quarter",
            day=pen.day(begun),
            messages=pen.n("home.messages", fresh_updates) if fresh_updates else pen.t("home.no_message"),
            promises=pen.n("home.promises", fresh_promises) if fresh_promises else pen.t("home.no_promise"),
        ),
    }


def _when(update: models.Update) -> tuple[date, datetime]:
    return update.published_on, update.recorded_at


def _promise(pen: Pen, group: Sequence[models.Change]) -> dict[str, Any]:
    first = group[0]
    told = pen.say(first.what) if first.what else Markup(" ").join(moved(pen, change) for change in group)
    reason = Markup("{} {}").format(pen.t("change.reason"), pen.say(first.reason))
    more = [
        *(moved_dates(pen, group) if first.what else ()),
        *([pen.t("home.decided_by", who=pen.name(first.decided_by))] if first.decided_by else ()),
        reason if first.reason else pen.t("change.without_reason"),
    ]
    return {
        "day": pen.day(first.published_on),
        "tag": pen.t("home.promise_tag"),
        "said": pen.t("home.promise_moved", record=record_link(pen, first.record, within=True), what=told),
        "more": Markup(" ").join(more),
    }


def _update(pen: Pen, update: models.Update) -> dict[str, Any]:
    who = pen.name(update.organisation) if update.organisation else pen.say(update.said_by)
    commitment = pen.site.data.commitments[update.commitment]
    address = f"{pen.commitment_address(commitment)}#{addresses.anchor(update.id)}"
    said, is_named = _said(pen, update, who)
    quoted = Markup("“{}”").format(pen.say(update.text))
    told = [] if update.unchanged else [quoted if is_named else Markup("{}: {}").format(who, quoted)]
    return {
        "day": pen.day(update.published_on),
        "tag": "",
        "said": said,
        "more": Markup(" ").join([*told, pen.link(address, pen.t("rating.read"))]),
    }


def _said(pen: Pen, update: models.Update, who: Markup) -> tuple[Markup, bool]:
    """Say what a message moved: from what to what, or only that it came; and whether that names who said it."""
    record = record_link(pen, update.milestone or update.commitment, within=True)
    if update.completion is None:
        name = "home.said_unchanged" if update.unchanged else "home.said_something"
        return pen.t(name, who=who, record=record), True
    word = Markup("<strong>{}</strong>").format(pen.t(f"completion.{update.completion}"))
    if not update.milestone:
        return pen.t("home.said_claim", who=who, record=record, completion=word), True
    old, new = _before_and_after(pen.site, update)
    if new is not update.completion:
        return pen.t("home.said_earlier", who=who, record=record, completion=word), True
    opening = record_link(pen, update.milestone)
    if old is new:
        return pen.t("home.said_same", record=opening, completion=word), False
    return pen.t("home.said_moved", record=opening, old=pen.t(f"completion.{old}"), new=word), False


def _before_and_after(site: Site, update: models.Update) -> tuple[Completion, Completion]:
    """Give how far a milestone was by what was public before an update, and with it."""
    commitment = site.data.commitments[update.commitment]
    number = str(update.milestone).rpartition("/")[2]
    milestone = next(m for m in commitment.milestones if m.number == number)
    before = [known for known in site.updates(commitment) if _when(known) < _when(update)]
    found = [
        progress.standing(milestone, plan=site.plan, updates=updates, today=site.today).completion
        for updates in (before, [*before, update])
    ]
    return found[0], found[1]
