"""A small page in the place of a copy that was taken down: when and why, in each language."""

from __future__ import annotations

from markupsafe import Markup

from monitor import words
from monitor.models import CopyDecision
from monitor.periods import day_of

SAID = "\N{WHITE SQUARE}"
PAGE = Markup(
    '<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8"><meta name="robots" content="noindex">'
    "<title>{title}</title></head>\n<body>\n{told}\n</body>\n</html>\n"
)


def page(decided: CopyDecision) -> str:
    """Say that a copy was taken down, as a whole page that needs nothing else."""
    codes = sorted(words.languages(), key=lambda code: code not in decided.ground)
    told = Markup("\n").join(_told(decided, code) for code in codes)
    return str(PAGE.format(language=codes[0], title=words.of(codes[0]).text("copy.gone_title"), told=told))


def _told(decided: CopyDecision, code: str) -> Markup:
    own, ground = words.of(code), words.choose(decided.ground, code)
    said = Markup('<q lang="{}">{}</q>').format(ground.language, ground.words)
    before, _, after = own.text("copy.gone", day=own.day(day_of(decided.recorded_at)), ground=SAID).partition(SAID)
    return Markup('<p lang="{}">{}{}{}</p>').format(code, before, said, after)
