"""Differences as Markdown: a heading per record, a line per thing, promises with their reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from monitor import models, progress, versions
from monitor.diff.comparing import Difference, Thing, compare
from monitor.models import ChangeKind, Completion
from monitor.periods import Period
from monitor.telling import Voice, period_words

LONG = 160
AROUND = 4
SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
PERIODS = {"due", "period", "date", "start", "speaks_of", "published", "cycle_end", "monitored_from", "slot"}
NAMED = {"organisation", "organisations", "host", "coordinator", "reviewers", "assessors", "publisher", "successor"}
TITLES = ("title", "name", "what", "about", "text", "indicator")


def markdown(
    old: models.PlanFolder | None, new: models.PlanFolder | None, *, language: str | None = None, today: date
) -> str:
    """Write what the public will see change in a plan; empty where nothing does. Language: the plan's first."""
    known = new or old
    if known is None:
        return ""
    voice = Voice.of(language or known.plan.languages[0], "diff")
    head = "## " + voice.own.text("diff.title", plan=_plain(voice.chosen(known.plan.title)))
    if old is None or new is None:
        return f"{head}\n\n{_whole_plan(known, voice, is_new=old is None)}\n"
    differences = compare(old, new)
    if not differences:
        return ""
    writer = _Writer(old, new, voice)
    parts = [head, _summary(differences, voice), *writer.sections(differences, today)]
    return "\n\n".join(parts) + "\n"


def nothing(language: str) -> str:
    """Say that the public sees no difference."""
    return Voice.of(language, "diff").own.text("diff.nothing")


def _whole_plan(folder: models.PlanFolder, voice: Voice, *, is_new: bool) -> str:
    title = _plain(voice.chosen(folder.plan.title))
    commitments = voice.own.count("diff.commitments", len(folder.commitments))
    return voice.own.text("diff.new_plan" if is_new else "diff.gone_plan", title=title, commitments=commitments)


def _summary(differences: Sequence[Difference], voice: Voice) -> str:
    promises = [difference for difference in differences if difference.promised]
    without = sum(difference.entry is None for difference in promises)
    others = len(differences) - len(promises)
    explained = voice.own.count("diff.unexplained", without) if without else voice.own.text("diff.unexplained.none")
    parts = [f"{voice.own.count('diff.promises', len(promises))} ({explained})"] if promises else []
    parts += [voice.own.count("diff.others", others)] if others else []
    return f"**{voice.site.listing(parts)}.**"


class _Writer:
    """Writes the differences between two versions of one plan in one language."""

    def __init__(self, old: models.PlanFolder, new: models.PlanFolder, voice: Voice) -> None:
        self.old, self.new, self.voice = old, new, voice
        self.organisations = {o.id: o for o in (*old.organisations, *new.organisations)}

    def sections(self, differences: Iterable[Difference], today: date) -> Iterator[str]:
        by_heading: dict[str, list[str]] = {}
        for difference in differences:
            by_heading.setdefault(self._heading(difference), []).append(f"- {self._line(difference)}")
        for heading, outcome in self._outcomes(today):
            by_heading.setdefault(heading, []).append(f"- {outcome}")
        for heading, lines in by_heading.items():
            yield f"### {heading}\n\n" + "\n".join(lines)

    def _heading(self, difference: Difference) -> str:
        if difference.thing.family in ("organisation", "source", "feed"):
            return self.voice.own.text("diff.section.lists")
        return self._heading_of(difference.thing.owner)

    def _heading_of(self, owner: str) -> str:
        for folder in (self.new, self.old):
            for commitment in folder.commitments:
                if commitment.id == owner:
                    return self._text("diff.section.commitment", commitment, number=commitment.number)
            for meeting in folder.meetings:
                if meeting.id == owner:
                    return self._text("diff.section.meeting", meeting, day=self.voice.site.period(meeting.date))
        return self.voice.own.text("diff.section.plan")

    def _text(self, name: str, record: models.Model, **values: object) -> str:
        return self.voice.own.text(name, title=self._title(record), **values)

    def _line(self, difference: Difference) -> str:
        thing = difference.thing
        if difference.old and difference.new:
            parts = "; ".join(self._part(thing, *field) for field in difference.fields.items())
            name = self.voice.own.text(f"diff.name.{thing.family}", **self._values(thing, difference.new))
            told = self.voice.own.text("diff.line", name=name, parts=_without_stop(parts))
        else:
            form, record = ("new", difference.new) if difference.new else ("gone", difference.old)
            told = self.voice.own.text(f"diff.{form}.{thing.family}", **self._values(thing, record))
        return f"{told} {self._reason(difference)}" if difference.promised else told

    def _reason(self, difference: Difference) -> str:
        entry = difference.entry
        if entry is None:
            return self.voice.own.text("diff.no_reason")
        reason = _plain(self.voice.chosen(entry.reason))
        if entry.kind is ChangeKind.RECORD:
            return self.voice.own.text("diff.record", reason=reason)
        if entry.decided_by is None:
            return self.voice.own.text("diff.reason", reason=reason)
        decided_by, day = self._organisation(entry.decided_by), self.voice.site.day(entry.on)
        return self.voice.own.text("diff.decided", reason=reason, organisation=decided_by, day=day)

    def _part(self, thing: Thing, path: str, values: tuple[str | None, str | None]) -> str:
        family, _, rest = path.partition(".")
        label = self.voice.own.text(f"diff.field.{family}") + (f" ({rest.replace('.', ', ')})" if rest else "")
        old, new = values
        if old is None:
            return self.voice.own.text("diff.added", field=label, new=self._value(family, rest, new or ""))
        if new is None:
            return self.voice.own.text("diff.emptied", field=label, old=self._value(family, rest, old))
        if thing.family == "milestone" and path == "due":
            return self._due_moved(Period.parse(old), Period.parse(new))
        short_old, short_new = _excerpts(old, new)
        shown = {"old": self._value(family, rest, short_old), "new": self._value(family, rest, short_new)}
        return self.voice.own.text("diff.from_to", field=label, **shown)

    def _due_moved(self, old: Period, new: Period) -> str:
        told = {"old": self._due(old), "new": self._due(new)}
        if old.latest is None or new.latest is None or old.latest == new.latest:
            return self.voice.own.text("diff.due", **told)
        moved = (new.latest - old.latest).days
        days = self.voice.own.count("diff.days", abs(moved), sign="+" if moved > 0 else "−")
        return self.voice.own.text("diff.due_days", **told, days=days)

    def _due(self, due: Period) -> str:
        last = Period.parse(due.text.removeprefix("../"))
        if last.precision in ("before", "range"):
            return self.voice.site.period(due)
        return self.voice.own.text("diff.by", day=self.voice.site.period(last))

    def _value(self, family: str, rest: str, text: str) -> str:
        if family in PERIODS and not rest:
            return period_words(text, self.voice)
        if family in NAMED and not rest:
            return self.voice.site.listing([self._organisation(name) for name in text.split(", ")])
        if family == "due_basis":
            return self.voice.site.text(f"due-basis.{text}")
        if family == "completion" and text in set(Completion):
            return self.voice.site.text(f"completion.{text}")
        if text in ("yes", "no"):
            return self.voice.own.text(f"diff.value.{text}")
        return self.voice.own.text("diff.quote", text=_plain(text))

    def _values(self, thing: Thing, record: models.Model | None) -> Mapping[str, object]:
        given = {name: getattr(record, name) for name in type(record).model_fields} if record else {}
        when = given.get("speaks_of") or given.get("date") or given.get("period")
        told = self.voice.own.text("diff.quote", text=_plain(self._chosen(given.get("text"))))
        if given.get("completion"):
            completion = self.voice.site.text(f"completion.{given['completion']}")
            told = f"{told} " + self.voice.own.text("diff.and_completion", completion=completion)
        return {
            "key": _plain(thing.key),
            "number": given.get("number", ""),
            "count": len(given.get("milestones", ())),
            "title": self._title(record),
            "value": _plain(self._chosen(given.get("value"))),
            "text": told,
            "due": self._due(given["due"]) if isinstance(given.get("due"), Period) else "",
            "day": self.voice.site.period(when) if isinstance(when, Period) else "",
            "who": self._who(given),
        }

    def _who(self, given: Mapping[str, Any]) -> str:
        if given.get("organisation"):
            return self._organisation(given["organisation"])
        return _plain(self._chosen(given.get("said_by"))) or self.voice.own.text("diff.somebody")

    def _title(self, record: models.Model | None) -> str:
        if isinstance(record, models.Lead | models.Partner) and record.organisation:
            return self._organisation(record.organisation)
        if isinstance(record, models.FollowOn):
            return _plain(f"{record.next_plan} {record.ogp_id or ''}".strip())
        if isinstance(record, models.Assessment):
            return _plain(f"{self._organisation(record.assessor)}, {record.indicator} ({record.report})")
        found = (getattr(record, name, None) for name in TITLES)
        return _plain(self._chosen(next((title for title in found if title), "")))

    def _organisation(self, name: str) -> str:
        known = self.organisations.get(name)
        return _plain(self.voice.chosen(known.name)) if known else _plain(name)

    def _chosen(self, text: object) -> str:
        return self.voice.chosen(text) if isinstance(text, dict) and text else "" if text is None else str(text)

    def _outcomes(self, today: date) -> Iterator[tuple[str, str]]:
        before, after = _outcomes(self.old, today), _outcomes(self.new, today)
        for name, completion in after.items():
            if name in before and before[name] is not completion:
                told = {
                    "old": self.voice.site.text(f"completion.{before[name]}"),
                    "new": self.voice.site.text(f"completion.{completion}"),
                }
                yield self._heading_of(name), self.voice.own.text("diff.outcome", **told)


def _outcomes(folder: models.PlanFolder, today: date) -> dict[str, Completion]:
    moment = versions.Moment(datetime.combine(today, time(), UTC), today)
    updates = versions.updates_of(versions.fresh((), folder, moment), folder.plan)
    return {
        commitment.id: progress.derive(commitment, plan=folder.plan, updates=updates, today=today).completion
        for commitment in folder.commitments
    }


def _plain(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _without_stop(text: str) -> str:
    return text.removesuffix(".")


def _excerpts(old: str, new: str) -> tuple[str, str]:
    """Cut long texts down to where they differ, with a few words around it."""
    if max(len(old), len(new)) <= LONG:
        return old, new
    one, other = old.split(), new.split()
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    room = min(len(one), len(other)) - start
    backwards = zip(reversed(one), reversed(other), strict=False)
    end = next((i for i, (a, b) in enumerate(backwards) if a != b), room)
    return _cut(one, start, min(end, room)), _cut(other, start, min(end, room))


def _cut(words: list[str], start: int, end: int) -> str:
    first, last = max(0, start - AROUND), min(len(words), len(words) - end + AROUND)
    shown = " ".join(words[first:last])
    return f"{'… ' if first else ''}{shown}{' …' if last < len(words) else ''}"
