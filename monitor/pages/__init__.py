"""From the public database to plain Markdown, one folder per language; knows no site generator.

Five functions are for others: ``read`` reads the plans; ``write`` writes the pages of a language below a folder that
already holds its hand-written pages; ``settings`` gives what the site's configuration must hold beside them, as plain
values; ``data_as_of`` and ``day_that_matters`` give the day that pages name and the one that they depend on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from monitor import words
from monitor.pages import chrome
from monitor.pages.commitment import commitment_page
from monitor.pages.evidence import evidence_page
from monitor.pages.freshness import freshness_page
from monitor.pages.health import health_page
from monitor.pages.home import plan_home, root_page
from monitor.pages.indicators import indicators_page
from monitor.pages.knowledge import knowledge_page
from monitor.pages.lists import (
    changes_page,
    commitments_page,
    not_found_page,
    sources_page,
)
from monitor.pages.meetings import meeting_pages, meetings_page
from monitor.pages.news import news_page
from monitor.pages.ogp import ogp_page
from monitor.pages.organisations import organisation_pages, organisations_page
from monitor.pages.past import past_page
from monitor.pages.quarter import quarter_pages
from monitor.pages.rendering import Page, write_file, write_page
from monitor.pages.self_assessment import self_assessment_files, self_assessment_pages
from monitor.pages.service import shell_page
from monitor.pages.site import PlanData, Site, SiteContext, data_as_of, day_that_matters, read_plan
from monitor.pages.tickets import tickets_page
from monitor.pages.timeline import timeline_page
from monitor.storage import Storage

__all__ = ["SiteContext", "data_as_of", "day_that_matters", "read", "settings", "write"]


def read(storage: Storage, today: date) -> dict[str, PlanData]:
    """Read every plan, the newest first; pages of every language can be written from it."""
    return {plan.id: read_plan(storage, plan.id, today) for plan in storage.plans()}


def write(
    storage: Storage,
    *,
    today: date,
    language: str,
    target: Path,
    context: SiteContext,
    plans: Mapping[str, PlanData] | None = None,
) -> list[Path]:
    """Write every generated page of a language below a folder; give their paths. ``plans`` spares reading them."""
    written: list[Path] = []
    plans = plans or read(storage, today)
    for plan in storage.plans():
        site = _site(storage, plans[plan.id], today=today, language=language, context=context)
        pages = [*_plan_pages(site), *(_site_pages(site) if plan.id == context.plan else ())]
        written += [write_page(page, site, target) for page in pages]
        written += [write_file(file.address, file.text, target) for file in self_assessment_files(site)]
    return written


def settings(
    storage: Storage,
    *,
    today: date,
    language: str,
    context: SiteContext,
    plans: Mapping[str, PlanData] | None = None,
) -> dict[str, Any]:
    """Give what the site's configuration of a language holds under ``extra``: menu, footer, words, languages."""
    plan = (plans or {}).get(context.plan) or read_plan(storage, context.plan, today)
    return chrome.settings(_site(storage, plan, today=today, language=language, context=context))


def _site(storage: Storage, data: PlanData, *, today: date, language: str, context: SiteContext) -> Site:
    return Site(
        storage=storage,
        context=context,
        data=data,
        plans=tuple(storage.plans()),
        today=today,
        words=words.of(language),
    )


def _plan_pages(site: Site) -> Iterator[Page]:
    yield plan_home(site)
    yield commitments_page(site)
    for commitment in site.data.folder.commitments:
        yield commitment_page(site, commitment)
    yield freshness_page(site)
    yield meetings_page(site)
    yield from meeting_pages(site)
    yield knowledge_page(site)
    yield changes_page(site)
    yield past_page(site)
    yield from quarter_pages(site)
    yield not_found_page(site)
    yield organisations_page(site)
    yield from organisation_pages(site)
    yield timeline_page(site)
    yield evidence_page(site)
    yield news_page(site)
    yield indicators_page(site)
    yield tickets_page(site)
    yield sources_page(site)
    yield ogp_page(site)
    yield from self_assessment_pages(site)


def _site_pages(site: Site) -> Iterator[Page]:
    yield root_page(site)
    yield health_page(site)
    yield shell_page(site)
