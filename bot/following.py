"""Follow, stop, and bring followers what became public: each thing once, whatever crashed in between."""

from __future__ import annotations

import hashlib
from typing import Any

from bot import digests, hours
from bot.desk import Desk
from bot.dialogue import Follow, Unfollow
from bot.dialogue.drafts import SENT_BY_ITSELF
from monitor import models, words
from monitor.exports.happening import Told
from monitor.exports.reading import Book
from monitor.models import Cadence, ReportState
from monitor.pages import addresses
from monitor.pages.site import PlanData, Site, SiteContext, read_plan
from monitor.rows import stamp

ID_LENGTH = 12
# What the key of a message holds, behind the id of a post that members hear at once.
TOLD_AT_ONCE = ":post:"


class News:
    """The plan as read now, in each language that somebody asks for; read once, and only when asked."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self.desk = desk
        self._data: PlanData | None = None
        self._told: dict[str, Told] = {}

    def of(self, language: str) -> Told:
        """Give what became public, in a language of the plan."""
        plan = self.desk.folder.plan
        spoken = language if language in plan.languages else plan.languages[0]
        if spoken not in self._told:
            self._data = self._data or read_plan(self.desk.storage, plan.id, self.desk.today)
            self._told[spoken] = Told(Book.of(self._site(self._data, spoken)))
        return self._told[spoken]

    def _site(self, data: PlanData, language: str) -> Site:
        desk, plan = self.desk, self.desk.folder.plan
        context = SiteContext(
            example=models.is_example(plan.id),
            url=f"{desk.site}/",
            version="",
            data_as_of=desk.today,
            plan=plan.id,
        )
        return Site(desk.storage, context, data, tuple(desk.storage.plans()), desk.today, words.of(language))


def change(desk: Desk, person: models.Person, effect: Follow | Unfollow) -> None:
    """Follow something, or stop."""
    if isinstance(effect, Follow):
        follow(desk, person, effect)
    else:
        unfollow(desk, person, effect)


def follow(desk: Desk, person: models.Person, effect: Follow) -> None:
    """Follow something from now on; what is followed already only changes how often."""
    what: dict[str, Any] = {
        "person": person.id,
        "plan": desk.folder.plan.id,
        "kind": effect.kind,
        "about": effect.about,
    }
    known = desk.private.get(models.Subscription, **what)
    name = hashlib.sha256("\n".join(what.values()).encode()).hexdigest()[:ID_LENGTH]
    fresh = models.Subscription(id=name, created_at=desk.now, **what)
    desk.private.put((known or fresh).model_copy(update={"cadence": effect.cadence}))


def unfollow(desk: Desk, person: models.Person, effect: Unfollow) -> None:
    """Stop following; what was not told yet is not told any more, nor what waits to be sent."""
    stopped = [desk.private.delete(models.Subscription, id=name, person=person.id) for name in effect.subscriptions]
    if any(stopped):
        for digest in desk.private.all(models.Digest, person=person.id):
            _take_back(desk, digest)


def take_back(desk: Desk, record: str) -> None:
    """Send no news any more that tells of a record which was taken back; the rest of it is told anew."""
    for digest in desk.private.all(models.Digest):
        if any(digests.named(key) == record for key in digest.told):
            _take_back(desk, digest)


def drop_told(desk: Desk, record: str) -> None:
    """Delete the messages that told of a record, also those that went out."""
    for digest in desk.private.all(models.Digest):
        if any(digests.named(key) == record for key in digest.told):
            desk.private.delete(models.Delivery, id=f"digest:{digest.id}")


def _take_back(desk: Desk, digest: models.Digest) -> None:
    """Delete a message that did not go out, and look again from where it began for what is still followed."""
    if not desk.private.take_back(f"digest:{digest.id}", desk.now):
        return
    desk.private.delete(models.Digest, id=digest.id)
    for sub in desk.private.all(models.Subscription, person=digest.person):
        if sub.told_at and sub.told_at > digest.since_at:
            begun = digest.since_at if digest.since_at > sub.created_at else None
            desk.private.put(sub.model_copy(update={"told_at": begun}))


def subscriptions(desk: Desk, person: models.Person) -> list[models.Subscription]:
    """List what a person follows, in the order in which they began to."""
    return desk.private.all(models.Subscription, person=person.id, order="created_at, rowid")


def send(desk: Desk) -> int:
    """Queue what followers are told by channels that send; give how many got something."""
    if not hours.is_awake(desk.now):
        return 0
    following = {sub.person for sub in desk.private.all(models.Subscription, plan=desk.folder.plan.id)}
    people = [p for p in desk.reachable() if p.id in following and p.channel in SENT_BY_ITSELF]
    news = News(desk)
    return sum(_bring(desk, person, news, rests=True) for person in people)


def bring(desk: Desk, person: models.Person) -> bool:
    """Queue what is new for somebody who comes back to a channel that cannot send; tell whether anything was."""
    if person.channel in SENT_BY_ITSELF or not subscriptions(desk, person):
        return False
    return _bring(desk, person, News(desk), rests=False)


def _bring(desk: Desk, person: models.Person, news: News, *, rests: bool) -> bool:
    """Tell a person once what is new; watermark, what was told and the message are written together."""
    plan, now, language = desk.folder.plan.id, desk.now, desk.language(person)
    told = news.of(language)
    with desk.private.transaction():
        known = [sub for sub in subscriptions(desk, person) if sub.plan == plan]
        before = desk.private.all(models.Digest, person=person.id, order="created_at")
        last = before[-1].created_at if before and rests else None
        due = digests.due(known, now=now, last=last)
        new = digests.fresh(told.happenings, due, {key for digest in before for key in digest.told}, now=now)
        heard = _heard(desk, person) if new else frozenset()
        fresh = [happening for happening in new if digests.named(happening.key) not in heard]
        for sub in due:
            # Weekly news is looked at once a week, also where there was none.
            if fresh or sub.cadence is Cadence.WEEKLY:
                desk.private.put(sub.model_copy(update={"told_at": now}))
        if not fresh:
            return False
        since = min(sub.told_at or sub.created_at for sub in due)
        digest = models.Digest(
            id=f"{person.id}:{stamp(now)}",
            person=person.id,
            since_at=since,
            until_at=now,
            told=tuple(happening.key for happening in fresh),
            created_at=now,
        )
        desk.private.add(digest)
        page = told.book.root + addresses.of_plan(told.book.site.words, plan, "changes")
        moves = told.moves(fresh, since)
        reply = digests.digest(language, moves, fresh, due, page=page)
        desk.tell(person, reply, f"digest:{digest.id}", kept_for=hours.BY_DAY)
    return True


def _heard(desk: Desk, person: models.Person) -> frozenset[str]:
    """Name what somebody sent, or heard already when another shared it: neither is news to them."""
    own = desk.private.all(models.Report, person=person.id, state=ReportState.ACCEPTED)
    told = desk.private.all(models.Delivery, person=person.id)
    shared = (delivery.id.partition(TOLD_AT_ONCE) for delivery in told if delivery.state != "given-up")
    return frozenset((*(report.id for report in own), *(name for name, mark, _ in shared if mark)))
