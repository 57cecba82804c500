"""Export a commitment's private reports for a request under the Woo: redacted, as Markdown and JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.desk import Desk
from bot.dialogue import wording
from bot.messages import say
from monitor import models, words
from monitor.errors import MonitorError
from monitor.lint.privacy import MAIL, TELEPHONE, title_and_surname
from monitor.periods import Period, day_of

HIDDEN = "[persoonsgegeven]"
PATTERNS = {"mail address(es)": MAIL, "telephone number(s)": TELEPHONE}
NAMES = "name(s)"
MODE, FOLDER_MODE = 0o600, 0o700
Value = str | bool | None


class ExportError(MonitorError):
    """An export cannot be made; the message says what to write."""


@dataclass(frozen=True)
class Done:
    """How many reports were written, and how much of each kind was redacted."""

    reports: int
    redacted: Mapping[str, int]


def redact(text: str) -> tuple[str, Counter[str]]:
    """Take mail addresses, telephone numbers and names behind titles out of a text; count each kind."""
    found: Counter[str] = Counter()
    for kind, pattern in PATTERNS.items():
        text, count = pattern.subn(HIDDEN, text)
        found[kind] += count
    while name := title_and_surname(text):
        text = text.replace(name, HIDDEN, 1)
        found[NAMES] += 1
    return text, +found


def export(desk: Desk, name: str, folder: Path, language: str) -> Done:
    """Write the reports on a commitment into a new folder, or of a plan's id those on no commitment.

    Raise ExportError where that cannot be done.
    """
    plan = desk.folder.plan.id
    commitment = None if name == plan else _commitment(desk, name)
    about = commitment.id if commitment else None
    reports = desk.private.all(models.Report, plan=plan, commitment=about, order="created_at, rowid")
    redacted: Counter[str] = Counter()
    records = [_redacted(_record(desk, report, language), redacted) for report in reports]
    heading = wording.commitment_heading(commitment, language) if commitment else _plan_heading(desk, language)
    written = {
        "reports.json": json.dumps(
            {"commitment": about or plan, "redacted": dict(redacted), "reports": records}, indent=2, ensure_ascii=False
        ),
        "reports.md": "\n".join(_page(heading, records, redacted, language)),
    }
    _write(folder, written)
    return Done(len(records), redacted)


def _commitment(desk: Desk, name: str) -> models.Commitment:
    listed = desk.folder.commitments
    wanted = models.commitment_id(desk.folder.plan.id, int(name)) if re.fullmatch(r"[0-9]{1,3}", name) else name
    found = next((commitment for commitment in listed if commitment.id == wanted), None)
    if found is None:
        known = ", ".join(c.id for c in listed)
        raise ExportError(f"{name}: is no commitment: write one of {known}, or {desk.folder.plan.id} for all others")
    return found


def _plan_heading(desk: Desk, language: str) -> str:
    return say(language, "woo.plan", plan=words.choose(desk.folder.plan.title, language).words)


def _record(desk: Desk, report: models.Report, language: str) -> dict[str, Value]:
    """Give what is told of a report: never who sent it or decided on it, only for which organisation."""
    evidence = desk.storage.all(models.Evidence, update_id=report.id)
    hashes = [found.sha256 for found in evidence if found.sha256]
    own_file = (report.evidence_file or "").partition(".")[0]
    hashes += [own_file] if own_file and own_file not in hashes else []
    return {
        "kind": say(language, f"kind.{report.kind}"),
        "about": desk.heading(report, language),
        "sender": desk.name(report.organisation, language) or say(language, "role.visitor"),
        "sent": str(day_of(report.created_at)),
        "speaks_of": str(report.speaks_of),
        "state": say(language, f"report.{report.state}"),
        "decided": str(day_of(report.decided_at)) if report.decided_at else None,
        "ground": say(language, f"ground.{report.ground}") if report.ground else None,
        "thread": wording.thread(report, language) or None,
        "text": report.text,
        "completion": say(language, f"completion.{report.completion}") if report.completion else None,
        "obstacle": report.obstacle,
        "evidence": report.evidence_address,
        "evidence_title": report.evidence_title,
        "files": ", ".join(hashes) or None,
        "answer": _answer(desk, report, language),
    }


def _answer(desk: Desk, report: models.Report, language: str) -> str | None:
    for model in (models.Correction, models.Idea):
        ticket = desk.storage.get(model, id=report.id)
        if ticket and ticket.answer:
            return words.choose(ticket.answer, language).words
    return None


def _redacted(record: Mapping[str, Value], redacted: Counter[str]) -> dict[str, Value]:
    cleaned: dict[str, Value] = {}
    for name, value in record.items():
        # A hash is no telephone number, though its digits may look like one.
        if isinstance(value, str) and name != "files":
            cleaned[name], found = redact(value)
            redacted.update(found)
        else:
            cleaned[name] = value
    return cleaned


def _page(
    heading: str, records: Iterable[Mapping[str, Value]], redacted: Mapping[str, int], language: str
) -> Iterable[str]:
    yield f"# {heading}"
    yield ""
    yield say(language, "woo.intro")
    yield say(language, "woo.redacted", count=sum(redacted.values()), hidden=HIDDEN)
    for number, record in enumerate(records, start=1):
        yield from ("", f"## {number}. {record['kind']}", "")
        for name, value in record.items():
            if value and name != "kind":
                yield f"- {say(language, f'woo.{name}')}: {_told(name, str(value), language)}"
    yield ""


def _told(name: str, value: str, language: str) -> str:
    if name in ("sent", "decided", "speaks_of"):
        return words.of(language).period(Period.parse(value))
    value = " ".join(value.split())
    # What somebody typed must not become a heading, list or link of the page.
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", value).replace(re.sub(r"([\[\]])", r"\\\1", HIDDEN), HIDDEN)


def _write(folder: Path, written: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, mode=FOLDER_MODE)
        for name, text in written.items():
            path = folder / name
            path.touch(MODE)
            path.write_text(text, "utf-8")
    except FileExistsError as error:
        raise ExportError(f"{folder}: exists already: name a new folder with --to") from error
    except OSError as error:
        raise ExportError(f"{folder}: cannot be written ({error.strerror}): name another folder with --to") from error
