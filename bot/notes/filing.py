"""The Markdown file of a meeting as it stands in the plan, and what the rules for the plan's files say of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.messages import say
from bot.notes import sections
from bot.notes.sections import Notes
from monitor import commitments, lint, models
from monitor.canonical import Comments, emit
from monitor.fields import Kind, listing, record
from monitor.lint import Problem

FOLDER = "commitments"


def with_notes(
    folder: models.PlanFolder, meeting: models.Meeting, notes: str, language: str, used: Collection[str] = ()
) -> models.Meeting:
    """Give a meeting with what its notes say; what its file said of decisions and agreements before stays.

    ``used`` names agreements that recorded rows or older files speak of: a new agreement never gets one of these ids.
    """
    found, languages = read(folder, meeting, notes, language), folder.plan.languages
    fresh = _fresh(meeting.agreements, found.agreements, used, language)
    known = {decision.get(language): decision for decision in meeting.decisions}
    decided = tuple(d for said, d in known.items() if said not in found.decisions)
    changed = {
        "notes": {**meeting.notes, language: _joined(meeting.notes.get(language, ""), found.text)},
        "decisions": (*decided, *(known.get(d) or _in_all(d, language, languages) for d in found.decisions)),
        "agreements": (
            *meeting.agreements,
            *(a.model_copy(update={"text": _in_all(a.text[language], language, languages)}) for a in fresh),
        ),
    }
    return meeting.model_copy(update=changed)


def replaces_nothing(meeting: models.Meeting, notes: Notes, language: str) -> bool:
    """Tell whether the meeting has no notes in a language yet, or these."""
    return not meeting.notes.get(language) or notes.text in meeting.notes[language]


def _joined(before: str, notes: str) -> str:
    """Put new notes below those that stand already: what somebody wrote down is not lost."""
    return before if notes in before else "\n\n".join(part.strip() for part in (before, notes) if part.strip())


def _in_all(text: str, language: str, languages: Iterable[str]) -> models.Text:
    """Give a text in all languages of the plan, as the rules for its files want; those to be translated say so."""
    others = {code: say(code, "snippet.untranslated", text=text) for code in languages if code != language}
    return {code: text if code == language else others[code] for code in dict.fromkeys((*languages, language))}


def read(folder: models.PlanFolder, meeting: models.Meeting, notes: str, language: str) -> Notes:
    """Part the notes of a meeting."""
    held = meeting.date.earliest or meeting.date.last_day
    return sections.read(notes, organisations=folder.organisations, language=language, held=held)


def files(folder: models.PlanFolder, meeting: models.Meeting) -> dict[str, str]:
    """Give the files of a meeting by name: its facts with the notes of the plan's first language, and each other."""
    first = folder.plan.languages[0]
    values = _plain(meeting, exclude={"plan", "slug", "notes"})
    facts = emit(values, record(models.Meeting), comments=Comments(), languages=folder.plan.languages)
    found = {f"{meeting.slug}.md": f"---\n{facts}---\n" + _body(meeting.notes.get(first, ""))}
    for language, text in meeting.notes.items():
        if language != first and text:
            found[f"{meeting.slug}.{language}.md"] = text.strip() + "\n"
    return found


def check(folder: models.PlanFolder, meeting: models.Meeting) -> list[Problem]:
    """List what `monitor lint` would say of the files of a meeting, within the plan as it was last read."""
    root = Path(FOLDER) / folder.plan.id
    others = tuple(m for m in folder.meetings if m.slug != meeting.slug)
    texts = _plan_files(folder)
    for known in (*others, meeting):
        texts |= {f"meetings/{name}": text for name, text in files(folder, known).items()}
    loaded = commitments.parse_folder(root, {name: text.encode() for name, text in texts.items()})
    own = {root / "meetings" / name for name in files(folder, meeting)}
    return [problem for problem in lint.check(loaded) if problem.path in own]


def _plan_files(folder: models.PlanFolder) -> dict[str, str]:
    order = folder.plan.languages

    def text(values: Any, kind: Kind) -> str:
        return emit(values, kind, comments=Comments(), languages=order)

    lists: Mapping[str, tuple[type[models.Model], tuple[models.Model, ...]]] = {
        "organisations.yml": (models.Organisation, folder.organisations),
        "sources.yml": (models.Source, folder.sources),
        "feeds.yml": (models.Feed, folder.feeds),
    }
    found = {"plan.yml": text(_plain(folder.plan), record(models.Plan))}
    found |= {
        n: text([_plain(r) for r in rows], listing(m)) for n, (m, rows) in lists.items() if rows or "feeds" not in n
    }
    for commitment in folder.commitments:
        name = f"{commitment.slug or f'{commitment.number:02d}-x'}.yml"
        found[name] = text(_plain(commitment, exclude={"plan", "slug"}), record(models.Commitment))
    return found


def _plain(known: models.Model, *, exclude: set[str] | None = None) -> Any:
    """Give the values of a record as its file has them: only what is said, everything as text."""
    return _as_written(known.model_dump(mode="json", exclude=exclude, exclude_defaults=True))


def _as_written(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"source"}:
            return value["source"]
        return {name: _as_written(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_written(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _body(text: str) -> str:
    return f"\n{text.strip()}\n" if text.strip() else ""


def _fresh(
    before: Iterable[models.Agreement], found: Iterable[models.Agreement], used: Collection[str], language: str
) -> Iterator[models.Agreement]:
    """Give the agreements whose text the meeting does not have yet, each under an id that was never used."""
    known = {agreement.text.get(language) for agreement in before}
    taken = {*used, *(agreement.id for agreement in before)}
    for agreement in found:
        text = agreement.text.get(language)
        if text not in known:
            known.add(text)
            yield agreement.model_copy(update={"id": _free(agreement.id, taken)})


def _free(name: str, known: set[str]) -> str:
    """Give an id that no agreement of the meeting has."""
    stem, _, number = name.rpartition("-")
    count = int(number)
    while f"{stem}-{count}" in known:
        count += 1
    known.add(f"{stem}-{count}")
    return f"{stem}-{count}"
