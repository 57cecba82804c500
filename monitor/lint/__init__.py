"""The rules for the files of a plan: every problem at once, with line, rule and repair. Pure."""

from __future__ import annotations

from monitor.fields import Place
from monitor.lint import everywhere, form, privacy, promise, readability, whole
from monitor.lint.invalid import invalid
from monitor.lint.problems import Document, Loaded, Problem
from monitor.lint.promise import Base

__all__ = ["Base", "Document", "Loaded", "Place", "Problem", "check", "invalid"]


def check(loaded: Loaded, base: Base | None = None, *, advice: bool = True) -> list[Problem]:
    """List every problem of a plan's folder, in the order of files and lines.

    ``base`` is the plan as it was published, for the rules about what changed since; without it they do not run.
    Without ``advice`` the warnings are left out.
    """
    found = list(loaded.problems)
    known = everywhere.Known.of(loaded)
    for document in loaded.documents.values():
        found += everywhere.check(document, known)
        found += privacy.check(document)
        found += form.traps(document)
    found += whole.check(loaded)
    if base:
        found += promise.check(base, loaded)
    broken = {problem.path for problem in found}
    for document in loaded.documents.values() if advice else ():
        found += privacy.advise(document)
        found += readability.advise(document)
        if document.path not in broken:
            found += form.advise(document, loaded.languages)
    return sorted(found, key=lambda problem: (str(problem.path), problem.line, problem.column, problem.code))
