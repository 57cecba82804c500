"""An accepted report as YAML for the plan's own files, ready to paste. Pure.

Texts are written as double-quoted JSON strings, which YAML reads as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date

from bot.messages import say
from monitor import models, released


def source_id(report: models.Report) -> str:
    """Give the id of the source that stands for a report itself."""
    return f"monitor-{report.id.rpartition('/')[2]}"


def update_yaml(report: models.Report, languages: Iterable[str], *, published: date) -> str:
    """Write the item for ``updates:`` of the commitment's file."""
    sources = [source_id(report), *(name for name, _, _ in _evidence(report, ""))]
    lines = [f"- id: {_text(report.id.rpartition('/')[2])}"]
    if report.milestone:
        lines.append(f"  milestone: {_text(report.milestone.rpartition('/')[2])}")
    lines += [f"  organisation: {report.organisation}", *_each("text", report.text, report.language, languages)]
    lines += [f"  completion: {report.completion}"] if report.completion else []
    lines += ["  unchanged: true"] if report.unchanged else []
    lines += _each("obstacle", report.obstacle, report.language, languages) if report.obstacle else []
    lines += [f"  speaks_of: {_text(str(report.speaks_of))}", f"  published: {_text(published.isoformat())}"]
    return "\n".join([*lines, f"  sources: [{', '.join(_text(source) for source in sources)}]"]) + "\n"


def sources_yaml(report: models.Report, *, page: str, name: str, today: date, site: str) -> str:
    """Write the items for ``sources.yml``: the report on the site, and its evidence where there is some."""
    title = say(report.language, "snippet.title", organisation=name)
    lines = _source(source_id(report), title, page, today, publisher=name)
    for source, shows, address in _evidence(report, site):
        lines += _source(source, shows or say(report.language, "snippet.evidence", organisation=name), address, today)
    return "\n".join(lines) + "\n"


def _evidence(report: models.Report, site: str) -> Iterator[tuple[str, str | None, str]]:
    """Give id, title and address of the evidence: the link, and the file that the site keeps."""
    if report.evidence_address:
        title = None if report.evidence_file else report.evidence_title
        yield f"{source_id(report)}-1", title, report.evidence_address
    if report.evidence_file:
        address = f"{site}/{released.ADDRESS}/{report.evidence_file}"
        yield f"{source_id(report)}-file", report.evidence_title, address


def _source(name: str, title: str, address: str, today: date, publisher: str | None = None) -> list[str]:
    lines = [f"- id: {_text(name)}", f"  title: {_text(title)}"]
    lines += [f"  publisher: {_text(publisher)}"] if publisher else []
    return [*lines, f"  address: {_text(address)}", f"  retrieved: {_text(today.isoformat())}"]


def _each(field: str, text: str, language: str, languages: Iterable[str]) -> list[str]:
    lines = [f"  {field}:"]
    for code in languages:
        words = text if code == language else say(code, "snippet.untranslated", text=text)
        lines.append(f"    {code}: {_text(words)}")
    return lines


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
