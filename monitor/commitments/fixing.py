"""Bring plan files into their canonical form, changing no meaning."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from monitor.commitments.yaml_text import read_document
from monitor.errors import MonitorError
from monitor.lint import Document, Loaded


class FixError(MonitorError):
    """A file cannot be brought into its canonical form; the message says why and what to do."""


def fix(loaded: Loaded) -> list[Path]:
    """Write every file of a folder that is not canonical; give the files that changed."""
    return [path for path, document in loaded.documents.items() if _fix(document, loaded.languages)]


def _fix(document: Document, languages: Sequence[str]) -> bool:
    if document.values is None or document.kind is None or _is_unsure(document):
        return False
    wanted = document.canonical(languages).encode("utf-8")
    if wanted == document.path.read_bytes():
        return False
    _compare(document, wanted.decode("utf-8"))
    _replace(document.path, wanted)
    return True


def _is_unsure(document: Document) -> bool:
    """Tell whether writing would lose something: a key that stands twice, an anchor, a tag."""
    return any(problem.rule in ("duplicate-key", "yaml") for problem in document.problems)


def _compare(document: Document, whole: str) -> None:
    start, end = (len(part) for part in document.around)
    text = whole[start : len(whole) - end]
    again = read_document(document.path, text, document.kind)
    if again.problems or again.values != document.values or _remarks(again) != _remarks(document):
        raise FixError(f"{document.path}: its canonical form would say something else: nothing was written; tell us")


def _remarks(document: Document) -> list[str]:
    """List the comments of a file, whatever they stand at."""
    comments = document.comments
    found = [line for lines in comments.before.values() for line in lines]
    found += [*comments.beside.values(), *comments.after]
    return sorted(line for line in found if line and "yaml-language-server" not in line)


def _replace(path: Path, body: bytes) -> None:
    """Replace a file in one step, so that nobody ever reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(body)
        temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FixError(f"{path}: cannot be written ({error.strerror}): check that you may write there") from error
