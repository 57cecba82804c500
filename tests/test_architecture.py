"""Who may import whom. An undeclared module fails."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each module of monitor/ and the modules of monitor/ it may import; errors everyone may.
MONITOR: dict[str, set[str]] = {
    "periods": set(),
    "models": {"periods"},
    "progress": {"models", "periods"},
    "fields": {"models"},
    "rules": {"models", "periods"},
    "rule_sets": {"models"},
    "canonical": {"fields"},
    "lint": {"models", "periods", "progress", "fields", "canonical", "rule_sets"},
    "words": {"models", "periods"},
    "clock": {"periods"},
    "errors": set(),
    "lease": set(),
    "settings": {"clock"},
    "commitments": {"models", "fields", "canonical", "lint"},
    "history": set(),
    "migrations": set(),
    "rows": {"models"},
    "storage": {"models", "migrations", "periods", "rows"},
    "fetch": {"settings", "models"},
    "punctuality": {"models", "periods", "progress"},
    "versions": {"models", "periods", "progress"},
    "network": {"models", "periods"},
    "status": {"models", "periods", "progress", "punctuality", "storage", "versions"},
    "telling": {"models", "periods", "progress", "punctuality", "status", "words"},
    "feed_facts": {"models", "progress"},
    "listening": {"feed_facts", "models", "telling"},
    "diff": {"models", "periods", "progress", "telling", "versions"},
    "sync": {"commitments", "history", "lint", "models", "periods", "progress", "storage", "versions"},
    "catalogue": set(),
    "agenda": {"models", "periods", "progress"},
    "chat_links": set(),
    "permanent": {"catalogue", "storage"},
    "schemas": {"models"},
    "entries": {"periods"},
    "feeds": {"entries", "models", "periods", "progress", "storage", "fetch", "settings", "clock"},
    "markup": set(),
    "documents": {"markup"},
    "apart": {"documents"},
    "evidence": {
        "apart", "documents", "fetch", "lease", "lint", "models", "periods", "released", "settings", "storage", "words",
    },
    "bundle": {"models", "publish", "released", "settings", "storage"},
    "indicators": {"models", "periods", "progress", "storage", "fetch", "settings", "clock"},
    "pages": {"feed_facts", "models", "network", "periods", "progress", "punctuality", "versions", "words", "storage",
              "settings", "catalogue", "released", "agenda", "chat_links", "permanent", "rules", "rule_sets", "status"},
    "exports": {
        "agenda", "models", "pages", "periods", "permanent", "progress", "released", "rows", "storage", "words",
    },
    "previews": {"models", "pages", "storage", "words"},
    "search": {"models", "pages", "storage", "words"},
    "publish": {"exports", "extension", "lease", "models", "pages", "releases", "search", "settings", "storage"},
    "extension": {"settings", "storage"},
    "released": {"models", "storage"},
    "releases": set(),
    "timing": {"extension", "models", "periods"},
    "alarms": {"extension", "models", "rows", "timing", "words"},
    "backup": {"extension", "lease", "models", "settings", "storage"},
    "health": {
        "alarms", "backup", "commitments", "evidence", "extension", "feed_facts", "indicators", "models", "publish",
        "settings", "storage", "timing",
    },
    "runs": {"extension", "lease", "models", "settings", "storage"},
    "jobs": {
        "backup", "evidence", "extension", "feeds", "health", "indicators", "models", "publish", "settings",
        "storage", "sync",
    },
    "options": {"lint", "settings"},
    "schedule": {"extension", "jobs", "lease", "models", "publish", "runs", "settings", "storage", "timing"},
    "web": {
        "catalogue", "extension", "health", "jobs", "models", "pages", "publish", "released", "releases", "search",
        "settings", "storage", "words",
    },
    "demo": {
        "commitments", "extension", "feeds", "lease", "models", "periods", "settings", "storage", "sync", "versions",
    },
    "cli": {
        "backup", "bundle", "commitments", "demo", "diff", "evidence", "extension", "feed_facts", "feeds", "health",
        "history", "indicators", "jobs", "lease", "lint", "listening", "models", "options", "publish", "released",
        "runs", "schedule", "schemas", "settings", "status", "storage", "sync", "telling", "timing", "web", "words",
    },
    "__init__": set(),
    "__main__": {"cli"},
}  # fmt: skip
# Libraries that only some modules may import.
ONLY_IN: dict[str, set[str]] = {
    "sqlite_utils": {"monitor.storage", "monitor.migrations", "bot.private"},
    "sqlite3": {"monitor.storage", "monitor.backup", "bot.private"},
    "yaml": {"monitor.commitments"},
    "httpx": {"monitor.fetch", "bot.telegram_channel"},
    "telegram": {"bot.telegram_channel"},
    "datasette": {"monitor.web"},
    "apscheduler": {"monitor.schedule"},
    "feedparser": {"monitor.entries"},
    "icalendar": {"monitor.exports"},
    "markdown": {"monitor.previews"},
    "mammoth": {"bot.files"},
    "nh3": {"monitor.documents", "monitor.entries"},
    "pypdf": {"bot.files"},
    "warcio": {"monitor.evidence"},
    "mkdocs": set(),
    "pyphen": {"monitor.lint"},
    "holidays": {"bot.hours"},
    "PIL": {"bot.files"},
    "pikepdf": {"bot.files"},
    "subprocess": {"monitor.apart", "monitor.history", "monitor.publish", "bot.files"},
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("datetime", "today"), ("time", "time")}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """Give the room of a module: ``monitor.pages`` for every file of the package pages."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:2])


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(f"relative import in {path}")
    return found


def rooms(path: Path, package: str) -> set[str]:
    """Name the rooms of a package that a module imports."""
    known = {name_of(module).split(".")[1] for module in modules(package)}
    parts = (name.split(".") for name in imports(path) if name.startswith(f"{package}."))
    return {part[1] for part in parts if part[1] in known}


@pytest.mark.parametrize("path", modules("monitor"), ids=lambda path: str(path.relative_to(ROOT)))
def test_monitor_module_imports_only_what_the_table_allows(path: Path) -> None:
    room = name_of(path).split(".")[1]
    assert room in MONITOR, f"{path.name} is not in the table: add it with what it may import"
    assert rooms(path, "monitor") - {room, "errors"} <= MONITOR[room]


def test_monitor_never_imports_the_bot() -> None:
    assert [str(path) for path in modules("monitor") if any(n.split(".")[0] == "bot" for n in imports(path))] == []


@pytest.mark.parametrize("path", modules("monitor") + modules("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_library_is_imported_only_where_it_belongs(path: Path) -> None:
    libraries = {name.split(".")[0] for name in imports(path)}
    room = name_of(path)
    assert {library for library in libraries & ONLY_IN.keys() if room not in ONLY_IN[library]} == set()


@pytest.mark.parametrize("path", modules("monitor") + modules("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_reads_the_clock(path: Path) -> None:
    if path.name == "clock.py":
        return
    calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    read = [
        (call.value.id, call.attr)
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and (call.value.id, call.attr) in CLOCKS
    ]
    assert read == []


@pytest.mark.parametrize("path", modules("monitor") + modules("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_gives_a_name_one_value(path: Path) -> None:
    assigned = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign))
    targets = (name for node in assigned for target in node.targets for name in ast.walk(target))
    names = [name.id for name in targets if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)]
    assert len(names) == len(set(names))


def test_site_folder_holds_no_python() -> None:
    assert list((ROOT / "site").rglob("*.py")) == []


def test_top_level_holds_only_what_the_design_names() -> None:
    named = {
        "monitor", "bot", "commitments", "site", "mkdocs.yml", "pyproject.toml", "tests", "README.md", "Makefile",
        ".ci", ".github", "benchmarks", "deploy", "LICENSE", "NOTICE", "publiccode.yml", "requirements.txt",
        "requirements-dev.txt", ".gitignore", "package.json", "package-lock.json", ".npmrc", "CHANGELOG.md",
    }  # fmt: skip
    made = {".git", ".venv", "var", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "node_modules"}
    here = {path.name for path in ROOT.iterdir() if not path.name.endswith(".egg-info")}
    assert here - made <= named
