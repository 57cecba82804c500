"""What stands around every page: menu, languages, footer and the words of the theme."""

from __future__ import annotations

from typing import Any

from monitor import models, words
from monitor.pages import addresses
from monitor.pages.following import downloads
from monitor.pages.site import Site

MENU = ("commitments", "freshness", "meetings", "changes", "not-found")
ABOUT = ("method", "decisions", "privacy", "accessibility", "changelog", "health")
USE = ("take-part", "edit")
# Pages of the plan that the menu has no room for, in the order of the footer; the menu's own pages stand above.
REST = (
    "timeline",
    "past",
    "evidence",
    "news",
    "indicators",
    "tickets",
    "knowledge",
    "organisations",
    "sources",
    "ogp",
)


def settings(site: Site) -> dict[str, Any]:
    """Give what the theme needs to know, as plain values."""
    first = site.languages[0]
    language = site.words.language
    return {
        "language": language,
        "languages": [_language(code, first) for code in site.languages],
        "path": _path(language, first),
        "up": "" if language == first else "../",
        "absolute": "" if language == first else f"/{language}",
        "address": site.context.url.rstrip("/") + "/" if site.context.url else "",
        "plan": {"name": site.words.text("plan.name", plan=site.plan.id), "url": addresses.home(site.plan.id)},
        "menu": _menu(site),
        "search": f"{site.words.slug('search')}/",
        "report_path": site.context.report_path,
        "report": site.context.report_path + ("" if language == first else f"?lang={language}"),
        "footer": _footer(site),
        "words": site.words.table_of("theme"),
        "example": _example(site),
        "unofficial": ""
        if site.plan.publisher or site.context.example
        else site.words.text("plan.unofficial_sentence"),
        "as_of": site.context.data_as_of.isoformat(),
        "as_of_words": site.words.day(site.context.data_as_of),
        "version": site.context.version,
        "take_away": [_take_away(site, plan) for plan in site.plans],
    }


def _take_away(site: Site, plan: models.Plan) -> dict[str, Any]:
    return {"name": site.words.text("plan.name", plan=plan.id), "links": downloads(site, plan.id)}


def _path(language: str, first: str) -> str:
    return "" if language == first else f"{language}/"


def _language(code: str, first: str) -> dict[str, str]:
    return {"code": code, "name": words.of(code).text("language.name"), "path": _path(code, first)}


def _menu(site: Site) -> list[dict[str, str]]:
    items = [
        {"key": page, "word": site.words.text(f"menu.{page}"), "url": addresses.of_plan(site.words, site.plan.id, page)}
        for page in MENU
    ]
    return [*items, {"key": "about", "word": site.words.text("menu.about"), "url": addresses.about(site.words)}]


def _footer(site: Site) -> list[dict[str, Any]]:
    plan = site.plan.id
    use = [
        {"word": site.words.text("footer.data"), "url": site.context.data_path, "root": True},
        *(_link(site, page) for page in ("data", *USE)),
    ]
    about = [_link(site, page) for page in ABOUT]
    rest = [
        {"word": site.words.text(f"title.{page}"), "url": addresses.of_plan(site.words, plan, page)} for page in REST
    ]
    return [
        {"title": site.words.text("footer.plan"), "links": rest},
        {"title": site.words.text("footer.use"), "links": use},
        {"title": site.words.text("footer.about"), "links": about},
    ]


def _link(site: Site, page: str) -> dict[str, str]:
    return {"word": site.words.text(f"about-page.{page}"), "url": addresses.about(site.words, page)}


def _example(site: Site) -> dict[str, str] | None:
    if not site.context.example:
        return None
    return {"name": site.words.text("example.name"), "text": site.words.text("example.text")}
