"""The rules that hold for every record of every file: parity, references, sources, links. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from monitor import models
from monitor.fields import Form, Kind, Place
from monitor.lint.problems import Document, Loaded, Problem

# Texts that exist only in the languages in which they were published.
WITHOUT_PARITY = {"official_text"}
ADDRESSES = {"address", "archive_address"}
ORGANISATION = {"organisation", "host", "coordinator", "assessor", "successor"}
ORGANISATIONS: dict[type[models.Model], set[str]] = {
    models.Plan: {"reviewers", "assessors"},
    models.Meeting: {"organisations"},
}
PLACEHOLDERS = {"…", "...", "TODO", "???"}


@dataclass(frozen=True)
class Known:
    """The ids that may be referred to, as written; None where their file cannot be read at all."""

    languages: tuple[str, ...]
    organisations: frozenset[str] | None
    sources: frozenset[str] | None

    @classmethod
    def of(cls, loaded: Loaded) -> Known:
        """Gather the ids of a folder."""
        by_name = {path.name: document.values for path, document in loaded.documents.items()}
        names = ("organisations", "sources")
        return cls(loaded.languages, *(_ids(by_name.get(f"{name}.yml")) for name in names))


def _ids(listed: Any) -> frozenset[str] | None:
    if not isinstance(listed, list):
        return None
    return frozenset(str(one["id"]) for one in listed if isinstance(one, dict) and "id" in one)


def check(document: Document, known: Known) -> Iterator[Problem]:
    """List what is wrong in any record of a file."""
    if document.kind:
        yield from _Rules(document, known).value(document.values, document.kind, ())


class _Rules:
    def __init__(self, document: Document, known: Known) -> None:
        self.problem = document.problem
        self.known = known

    def value(self, value: Any, kind: Kind | None, place: Place) -> Iterator[Problem]:
        if kind is None:
            return
        if isinstance(value, dict):
            yield from self._mapping(value, kind, place)
        elif isinstance(value, list) and kind.form is Form.LIST:
            for index, item in enumerate(value):
                yield from self.value(item, kind.of, (*place, index))
        elif isinstance(value, str):
            yield from self._word(value, kind, place)

    def _mapping(self, value: dict[str, Any], kind: Kind, place: Place) -> Iterator[Problem]:
        if kind.form is Form.MAP and kind.of and kind.of.form is Form.TEXT:
            yield from self._text(value, place)
            return
        if kind.form is Form.RECORD and kind.model:
            yield from self._record(value, kind.model, place)
        for name, part in value.items():
            yield from self.value(part, kind.part(name), (*place, name))

    def _record(self, record: dict[str, Any], model: type[models.Model], place: Place) -> Iterator[Problem]:
        yield from self._sourced(record, model, place)
        if model is models.Citation:
            yield from self._citation(record, place)
        for name in ADDRESSES & record.keys() & model.model_fields.keys():
            yield from self._address(record[name], (*place, name))
        for name in ORGANISATION & record.keys():
            yield from self._organisation(record[name], (*place, name))
        if model is models.Plan and "publisher" in record:
            yield from self._organisation(record["publisher"], (*place, "publisher"))
        for name in ORGANISATIONS.get(model, set()) & record.keys():
            listed = record[name] if isinstance(record[name], list) else []
            for index, organisation in enumerate(listed):
                yield from self._organisation(organisation, (*place, name, index))

    def _text(self, text: dict[str, Any], place: Place) -> Iterator[Problem]:
        if place and place[-1] in WITHOUT_PARITY:
            missing: list[str] = []
        else:
            missing = [language for language in self.known.languages if not text.get(language)]
        for language in missing:
            yield self.problem(place, "parity.missing", language=language)
        for language in sorted(text.keys() - set(self.known.languages)) if self.known.languages else ():
            listed = ", ".join(self.known.languages)
            yield self.problem((*place, language), "language.unknown", language=language, languages=listed)
        for language, words in text.items():
            if isinstance(words, str) and words.strip() in PLACEHOLDERS:
                yield self.problem((*place, language), "placeholder.text", given=words)

    def _sourced(self, record: dict[str, Any], model: type[models.Model], place: Place) -> Iterator[Problem]:
        if "sources" not in model.model_fields:
            return
        sources = record.get("sources")
        if not model.FACTUAL:
            if not sources:
                yield self.problem(place, "source.missing")
        elif isinstance(sources, Mapping) or sources is None:
            for fact in sorted(model.FACTUAL & record.keys()):
                if record[fact] and not (sources or {}).get(fact):
                    yield self.problem((*place, fact), "source.field", name=fact)

    def _word(self, word: str, kind: Kind, place: Place) -> Iterator[Problem]:
        if kind.form is Form.RECORD and kind.model is models.Citation:
            yield from self._source(word, place)
        elif kind.form is Form.TEXT and word.strip() in PLACEHOLDERS:
            yield self.problem(place, "placeholder.text", given=word)

    def _citation(self, citation: dict[str, Any], place: Place) -> Iterator[Problem]:
        if isinstance(source := citation.get("source"), str):
            yield from self._source(source, (*place, "source"))
        if citation.get("certainty") == models.Certainty.DERIVED and not citation.get("reasoning"):
            yield self.problem(place, "reasoning.missing")

    def _source(self, source: str, place: Place) -> Iterator[Problem]:
        if source in PLACEHOLDERS:
            yield self.problem(place, "placeholder.source", given=source)
        elif self.known.sources is not None and source not in self.known.sources:
            yield self._unknown("source", source, self.known.sources, place)

    def _organisation(self, organisation: Any, place: Place) -> Iterator[Problem]:
        known = self.known.organisations
        if isinstance(organisation, str) and known is not None and organisation not in known:
            yield self._unknown("organisation", organisation, known, place)

    def _unknown(self, what: str, given: str, known: frozenset[str], place: Place) -> Problem:
        close = get_close_matches(given, sorted(known), n=1, cutoff=0.75)
        if close:
            return self.problem(place, f"reference.near-{what}", given=given, near=close[0])
        return self.problem(place, f"reference.{what}", given=given)

    def _address(self, address: Any, place: Place) -> Iterator[Problem]:
        if isinstance(address, str) and (case := wrong_address(address)):
            yield self.problem(place, f"link.{case}", address=address)


def wrong_address(address: str) -> str | None:
    """Tell what is wrong with a web address, as the case of rule "link"; None where it is well-formed."""
    try:
        parts = urlsplit(address)
        host, user = parts.hostname or "", parts.username
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return "broken"
    if any(character.isspace() for character in address):
        return "space"
    if parts.scheme not in ("http", "https") or not host:
        return "scheme"
    if user is not None:
        return "login"
    return None if "." in host.strip(".") and "…" not in host else "host"
