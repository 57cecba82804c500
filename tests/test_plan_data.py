"""The shipped plan says nothing without a source, and nothing more than its sources.

Each check lists what is wrong in a plan. It is run on the real files, and on a copy with one fault, which it must find.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Set
from datetime import date
from typing import Any

import pytest

from monitor import models
from tests.conftest import SHIPPED

Check = Callable[[models.PlanFolder], list[str]]
Mutation = Callable[[dict[str, Any]], object]

# number: due, basis, origin, kind; as read from the plan's text and, for 4, from the official table
MILESTONES = {
    "1.1": ("2020-06-30", "period", "plan-text", "deliverable"),
    "1.2": ("2020-06-30", "period", "plan-text", "deliverable"),
    "1.3": ("2018-12", "stated", "plan-text", "deliverable"),
    "1.4": ("before 2019-03-20", "stated", "plan-text", "deliverable"),
    "2.1": ("2020-06-30", "period", "plan-text", "deliverable"),
    "2.2": ("2020-06-30", "period", "plan-text", "deliverable"),
    "3.1": ("2020-Q2", "stated", "plan-text", "recurring"),
    "4.1": ("2018-10-01", "stated", "official", "deliverable"),
    "4.2": ("2018-12-31", "stated", "official", "deliverable"),
    "4.3": ("2020-06-30", "stated", "official", "deliverable"),
    "4.4": ("2020-09-23", "stated", "official", "deliverable"),
    "4.5": ("2020-09-23", "stated", "official", "deliverable"),
    "5.1": ("2018", "stated", "plan-text", "deliverable"),
    "5.2": ("2020-06-30", "period", "plan-text", "deliverable"),
    "5.3": ("2020-06-30", "period", "plan-text", "deliverable"),
    "5.4": ("2020-06-30", "period", "plan-text", "target"),
    "5.5": ("2020-06-30", "period", "plan-text", "deliverable"),
    "6.1": ("2020-06-30", "period", "plan-text", "deliverable"),
    "6.2": ("2020-06-30", "period", "plan-text", "deliverable"),
    "6.3": ("2020-06-30", "period", "plan-text", "deliverable"),
    "6.4": ("2020-06-30", "period", "plan-text", "deliverable"),
    "7.3": ("2020-06-30", "period", "plan-text", "deliverable"),
    "7.4": ("2020-06-30", "period", "plan-text", "deliverable"),
    "7.5": ("2020-06-30", "period", "plan-text", "deliverable"),
    "8.1": ("2020-06-30", "period", "plan-text", "deliverable"),
    "8.2": ("2020-H1", "stated", "plan-text", "recurring"),
    "8.3": ("2020-06-30/2020-08-31", "plan-end", "plan-text", "deliverable"),
    "8.4": ("2020-06-30/2020-08-31", "plan-end", "plan-text", "deliverable"),
    "9.1": ("2020-07", "period", "plan-text", "deliverable"),
    "10.2": ("2018", "stated", "plan-text", "deliverable"),
    "10.3": ("2020-06-30", "period", "plan-text", "deliverable"),
    "11.1": ("2019-12-31", "period", "plan-text", "deliverable"),
    "11.2": ("2019-12-31", "period", "plan-text", "deliverable"),
    "11.4": ("2019-12-31", "period", "plan-text", "deliverable"),
}
# worded by OGP in English beside its official table: read from the text at OGP, not from the Dutch plan
OGP_WORDED = {"6.4", "6.5"}
TOO_WEAK = {"2.3", "6.5", "7.1", "7.2", "9.2", "10.1", "10.4", "11.3"}
SLOTS = {
    "3.1": ["2018-Q3", "2018-Q4", "2019-Q1", "2019-Q2", "2019-Q3", "2019-Q4", "2020-Q1", "2020-Q2"],
    "8.2": ["2018-H2", "2019-H1", "2019-H2", "2020-H1"],
}
STARTS = {"4.1": "2018-06-01", "4.2": "2018-10-01", "4.3": "2019-01-01", "4.4": "2020-07-01"}
LATEST = {"1.3": "2018-12-31", "1.4": "2019-03-19", "5.1": "2018-12-31", "8.3": "2020-08-31", "9.1": "2020-07-31"}
OGP_IDS = ("NL0032", "NL0038", "NL0037", "NL0035", "NL0036", "NL0031", "NL0029", "NL0033", "NL0030", "NL0034", "NL0028")
FOLLOW_ON = {2: "NL0039", 5: "NL0042", 10: "NL0047", 11: "NL0041"}
CONTEXT_ONLY = {4, 5, 6, 10}
TARGETS = {
    (1, "provinces"): 12,
    (1, "municipalities"): 380,
    (5, "organisations"): 10,
}
READINGS = {
    (1, "provinces"): [("2018-10", 5, False), ("2020-06/2020-08", 6, False)],
    (1, "municipalities"): [("2018-10", 108, False), ("2020-06/2020-08", 145, True)],
    (6, "registered"): [("2026-05", 1431, False)],
    (9, "eiti-implementing"): [("2018-06-28", 1, False)],
    (9, "eiti-validation"): [("2021", 56, False)],
}
# where a source says which organisation reported; elsewhere only the publication is known
SENDERS = {
    (1, "update-9"): "leoo",
    (2, "klaar-gemeld"): "ministerie-bzk",
    (9, "toetreding"): "eiti",
    (9, "eerste-rapport"): "eiti",
}
# as printed in the sources; "derived" where no source prints it
ASSESSED = {
    1: {"Verifiable": "Yes", "Relevant to OGP Values": "Access to Information, Public Accountability"},
    2: {"Relevant to OGP Values": "Access to Information", "Ambition": "High", "Early Results": "No IRM Data"},
    3: {"Verifiable": "Yes", "Relevant to OGP Values": "Access to Information"},
    4: {"Ambition": "Low", "Potential Impact": "Minor", "Completion": "Limited", "Early Results": "No IRM Data"},
    5: {"Relevant to OGP Values": "Yes", "Ambition": "Low", "Early Results": "No IRM Data"},
    6: {"Relevant to OGP Values": "Access to Information, Technology", "Ambition": "High"},
    7: {},
    8: {"Relevant to OGP Values": "Access to Information", "Ambition": "Low", "Early Results": "Major"},
    9: {"Relevant to OGP Values": "Access to Information, Civic Participation", "Ambition": "Low"},
    10: {"Relevant to OGP Values": "Access to Information, Civic Participation, Technology", "Ambition": "High"},
    11: {"Ambition": "High", "Early Results": "Major"},
}
# the first twelve digits of the SHA-256 of names that stand in the sources and never enter here
NAMES = {
    "20d29c0aebb7", "33f4bfcb9028", "3dafc68e64f0", "4757908c60ee", "5f16795c54ab", "83c2e7db8aee", "896c6008e570",
    "9551dadbf76a", "a2bae9825fdf", "a9be7536cde1", "aa7982161510", "bb6c5e3adda1", "be98d444b68c", "d870f85ad760",
    "e30a3c04af6c",
}  # fmt: skip
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
TELEPHONE = re.compile(r"(?<![\w/.-])(?:\+31|0031|0)[ -]?[1-9](?:[ -]?\d){8}(?![\w/]|[.-]\w)")
SHORTENED = re.compile(r"\bAP ?\d", re.IGNORECASE)
NO_TEXTS = {"sources", "wording", "official_text"}


def records(value: Any, where: str = "") -> Iterator[tuple[str, models.Model]]:
    """Walk every record below a value, with its place."""
    if isinstance(value, models.Model):
        name = str(getattr(value, "id", "") or getattr(value, "number", ""))
        where = f"{where}/{name}" if name else where
        yield where, value
        for field, part in value:
            yield from records(part, f"{where}.{field}")
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from records(part, f"{where}[{index}]")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from records(part, f"{where}.{key}")


def texts(folder: models.PlanFolder) -> Iterator[tuple[str, dict[str, str]]]:
    """Walk every text that must stand in each language, with its place."""
    for where, record in records(folder):
        for field, value in record:
            listed = value if isinstance(value, tuple) else (value,)
            for part in listed:
                if isinstance(part, dict) and field not in NO_TEXTS:
                    yield f"{where}.{field}", part


def milestones(folder: models.PlanFolder) -> dict[str, models.Milestone]:
    return {m.number: m for c in folder.commitments for m in c.milestones}


def different(found: object, wanted: object, where: str) -> list[str]:
    return [] if found == wanted else [f"{where}: {found} is not {wanted}"]


def facts_without_source(folder: models.PlanFolder) -> list[str]:
    return [
        f"{where}.{field}"
        for where, record in records(folder)
        for field in sorted(type(record).FACTUAL)
        if getattr(record, field) and not record.sources.get(field)  # type: ignore[attr-defined]
    ]


def records_without_source(folder: models.PlanFolder) -> list[str]:
    listed = ((where, getattr(record, "sources", None)) for where, record in records(folder))
    return [where for where, sources in listed if sources == ()]


def sources_without_fields(folder: models.PlanFolder) -> list[str]:
    return [
        f"{where}.sources.{field}"
        for where, record in records(folder)
        if isinstance(getattr(record, "sources", None), dict)
        for field, cited in record.sources.items()  # type: ignore[attr-defined]
        if not cited or not getattr(record, field, None)
    ]


def sources_out_of_step(folder: models.PlanFolder) -> list[str]:
    cited = {record.source for _, record in records(folder) if isinstance(record, models.Citation)}
    listed = [source.id for source in folder.sources]
    twice = [f"twice: {id_}" for id_ in listed if listed.count(id_) > 1]
    return twice + [f"not in step: {id_}" for id_ in sorted(cited ^ set(listed))]


def sources_without_short_name(folder: models.PlanFolder) -> list[str]:
    ids = {source.id.lower() for source in folder.sources} - {"algoritmeregister"}
    unnamed = [s.id for s in folder.sources if not s.short or s.language not in folder.plan.languages]
    return unnamed + [s.id for s in folder.sources if s.short and ids & {name.lower() for name in s.short.values()}]


def reasonings_with_an_id(folder: models.PlanFolder) -> list[str]:
    """List reasonings and notes that name a source by its id, which says nothing to a reader."""
    named = re.compile(r"\bS\d+[a-z]?\b")
    told = ((where, part) for where, text in texts(folder) for part in text.values())
    return [f"{where}: {part}" for where, part in told if named.search(part)]


def messages_without_sender(folder: models.PlanFolder) -> list[str]:
    found = {(c.number, u.id): u.organisation for c in folder.commitments for u in c.updates if u.organisation}
    return different(found, SENDERS, "senders")


def sources_without_address(folder: models.PlanFolder) -> list[str]:
    return [s.id for s in folder.sources if bool(s.address) == bool(s.no_address) or not s.title]


def derived_without_reasoning(folder: models.PlanFolder) -> list[str]:
    return [
        where
        for where, record in records(folder)
        if isinstance(record, models.Citation)
        and (record.certainty is models.Certainty.DERIVED) != bool(record.reasoning)
    ]


def named_organisations(record: models.Model) -> Iterator[str]:
    for field in ("organisation", "host", "coordinator", "assessor", "publisher", "successor"):
        if (value := getattr(record, field, None)) and not isinstance(record, models.Source):
            yield value
    for field in ("organisations", "assessors", "reviewers"):
        if not isinstance(record, models.PlanFolder):
            yield from getattr(record, field, ())


def broken_references(folder: models.PlanFolder) -> list[str]:
    known = {organisation.id for organisation in folder.organisations}
    steps, numbers = milestones(folder), {c.number for c in folder.commitments}
    found = [f"{w}: organisation {n}" for w, r in records(folder) for n in named_organisations(r) if n not in known]
    for where, record in records(folder):
        number = getattr(record, "milestone", None)
        if number and number not in steps:
            found.append(f"{where}: milestone {number}")
        elif isinstance(record, models.Meeting) and record.slot and record.slot not in steps[str(number)].slots:
            found.append(f"{where}: slot {record.slot}")
    return found + [f"feed {f.id}: {n}" for f in folder.feeds for n in f.commitments if n not in numbers]


def missing_languages(folder: models.PlanFolder) -> list[str]:
    wanted = list(folder.plan.languages)
    return [where for where, text in texts(folder) if list(text) != wanted or not all(text.values())]


def milestones_off_the_list(folder: models.PlanFolder) -> list[str]:
    counted = {n: m for n, m in milestones(folder).items() if m.counted}
    found = {n: (str(m.due), m.due_basis.value, m.origin.value, m.kind.value) for n, m in counted.items()}
    shown = set(milestones(folder)) - set(counted)
    slots = {n: [str(slot) for slot in m.slots] for n, m in milestones(folder).items() if m.slots}
    starts = {n: str(m.start) for n, m in milestones(folder).items() if m.start}
    latest = {n: str(counted[n].due.last_day) for n in LATEST if n in counted}
    return [
        *different(found, MILESTONES, "counted"),
        *different(shown, TOO_WEAK, "shown, not counted"),
        *different(slots, SLOTS, "slots"),
        *different(starts, STARTS, "starts"),
        *different(latest, LATEST, "latest days"),
    ]


def milestones_without_note(folder: models.PlanFolder) -> list[str]:
    steps = milestones(folder).values()
    weak = [m.number for m in steps if (not m.counted or m.number == "4.5") and not m.note]
    undated = [m.number for m in steps if m.due_basis is not models.DueBasis.STATED and not m.due_note]
    return weak + undated


def milestones_worded_by_others(folder: models.PlanFolder) -> list[str]:
    found = {n: {k: v.value for k, v in m.wording.items()} for n, m in milestones(folder).items()}
    wanted = {n: {"nl": "ours", "en": "ogp" if n.startswith("4.") or n in OGP_WORDED else "ours"} for n in found}
    official = {n: m.official_number for n, m in milestones(folder).items() if m.official_number}
    return different(found, wanted, "wording") + different(
        official, {f"4.{n}": f"4.{n}" for n in range(1, 6)}, "official"
    )


def plain(text: str) -> str:
    return " ".join(text.replace("[sic] ", "").split())


def quotes_of_the_plan(commitment: models.Commitment) -> Iterator[str]:
    for _, record in records(commitment):
        quote = getattr(record, "quote", None)
        if isinstance(record, models.Citation):
            yield from [quote] if quote and record.source == "seed" else []
        elif quote and any(citation.source == "seed" for citation in record.sources):  # type: ignore[attr-defined]
            yield quote


def quotes_not_in_the_plan(folder: models.PlanFolder) -> list[str]:
    return [
        f"{c.number}: {quote}"
        for c in folder.commitments
        for quote in quotes_of_the_plan(c)
        if plain(quote) not in plain(f"{c.official_text['nl']} {c.title['nl']}")
    ]


def milestones_without_quote(folder: models.PlanFolder) -> list[str]:
    read = (m for m in milestones(folder).values() if m.origin is models.Origin.PLAN_TEXT)
    return [m.number for m in read if not m.quote]


def completions_claimed(folder: models.PlanFolder) -> list[str]:
    complete = [(c.number, u) for c in folder.commitments for u in c.updates if u.completion]
    found = [(number, update.milestone, str(update.completion)) for number, update in complete]
    bare = [update.id for _, update in complete if not (update.sources and update.completion_reasoning)]
    return different(found, [(9, "9.1", "complete")], "completions") + bare


def updates_without_speaker(folder: models.PlanFolder) -> list[str]:
    updates = [u for c in folder.commitments for u in c.updates]
    twice = [u.id for u in updates if [v.id for v in updates].count(u.id) > 1]
    return twice + [u.id for u in updates if not (u.organisation or u.said_by)]


def assessments_off_the_list(folder: models.PlanFolder) -> list[str]:
    found = []
    for commitment in folder.commitments:
        printed = {a.indicator: a.value for a in commitment.assessments if not is_derived(a)}
        wanted = ASSESSED[commitment.number]
        found += different({k: printed.get(k) for k in wanted}, wanted, f"{commitment.number}")
        found += [
            f"{commitment.number}: {a.value}" for a in commitment.assessments if a.value.lower() == "not relevant"
        ]
        found += [f"{commitment.number}: {a.indicator}" for a in commitment.assessments if is_derived(a) and not a.note]
    codes = [c.number for c in folder.commitments for a in c.assessments if a.indicator == "Completion"]
    return found + different(codes, [4], "completion codes")


def is_derived(assessment: models.Assessment) -> bool:
    return assessment.sources[0].certainty is models.Certainty.DERIVED


def indicators_off_the_list(folder: models.PlanFolder) -> list[str]:
    listed = [(c.number, i) for c in folder.commitments for i in c.indicators]
    targets = {(n, i.id): i.target for n, i in listed if i.target}
    readings = {
        (n, i.id): [(str(m.speaks_of), m.value, m.at_least) for m in i.measurements]
        for n, i in listed
        if i.measurements
    }
    context = {n for n, i in listed if i.relation is models.Relation.CONTEXT}
    direct = {n for n, i in listed if i.relation is models.Relation.DIRECT}
    return [
        *different(targets, TARGETS, "targets"),
        *different(readings, READINGS, "readings"),
        *different(context, CONTEXT_ONLY, "context"),
        *different(direct & CONTEXT_ONLY, set(), "both"),
    ]


def plan_off_the_list(folder: models.PlanFolder) -> list[str]:
    plan = folder.plan
    follow = {c.number: f.ogp_id for c in folder.commitments for f in c.follow_on}
    conflicts = [c.about["en"] for c in plan.conflicts]
    return [
        *different([str(e.period) for e in plan.end_dates], ["2020-06-30", "2020-08-31", "2020"], "end dates"),
        *different((str(plan.period), plan.cycle_end), ("2018-07-01/2020-06-30", date(2020, 8, 31)), "period"),
        *different((plan.publisher, plan.reviewers, plan.rounds), (None, (), None), "nobody was named or asked"),
        *different(tuple(c.ogp_id for c in folder.commitments), OGP_IDS, "OGP ids"),
        *different(follow, FOLLOW_ON, "follow-on"),
        *different([f.id for f in folder.feeds if f.after_plan], ["ogp"], "feeds after the plan"),
        *different(len(conflicts), 3, "conflicts"),
    ]


def strings(value: Any) -> Iterator[str]:
    """Walk every text and address below a dumped value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value


def names_of_people(folder: models.PlanFolder, names: Set[str] = NAMES) -> list[str]:
    said = "\n".join(strings(folder.model_dump(mode="json"))).lower()
    words = sorted(set(re.findall(r"[^\W\d_]+", said)))
    found = [word for word in words if hashlib.sha256(word.encode()).hexdigest()[:12] in names]
    return found + [s.id for s in folder.sources if s.address and "/author/" in s.address]


def ways_to_reach_people(folder: models.PlanFolder) -> list[str]:
    said = "\n".join(strings(folder.model_dump(mode="json")))
    return MAIL.findall(said) + TELEPHONE.findall(said)


def shortened_words(folder: models.PlanFolder) -> list[str]:
    return [f"{where}: {part}" for where, text in texts(folder) for part in text.values() if SHORTENED.search(part)]


def unknowns_without_place(folder: models.PlanFolder) -> list[str]:
    listed = [r for _, r in records(folder) if isinstance(r, models.Plan | models.Commitment | models.Meeting)]
    twice = [u.id for r in listed for u in r.unknowns if [v.id for v in r.unknowns].count(u.id) > 1]
    bare = [r.title["en"] for r in listed if not r.unknowns]
    return twice + bare


def first(folder: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = folder["commitments"][number - 1]
    return found


def step(folder: dict[str, Any], number: str) -> dict[str, Any]:
    listed = first(folder, int(number.split(".", maxsplit=1)[0]))["milestones"]
    return next(m for m in listed if m["number"] == number)


CHECKS: dict[Check, list[Mutation]] = {
    facts_without_source: [
        lambda f: first(f, 1)["sources"].pop("period"),
        lambda f: f["plan"]["sources"].pop("cycle_end"),
        lambda f: f["organisations"][0]["sources"].pop("tooi"),
        lambda f: f["meetings"][0]["sources"].pop("host"),
    ],
    records_without_source: [
        lambda f: step(f, "1.2").update(sources=[]),
        lambda f: first(f, 9)["updates"][0].update(sources=[]),
        lambda f: f["plan"]["conflicts"][0]["statements"][0].update(sources=[]),
        lambda f: first(f, 3)["closing"].update(sources=[]),
    ],
    sources_without_fields: [
        lambda f: first(f, 1)["sources"].update(sumary=["seed"]),
        lambda f: f["plan"]["sources"].update(publisher=["seed"]),
    ],
    sources_out_of_step: [
        lambda f: f["sources"].pop(),
        lambda f: f["sources"].append(f["sources"][0]),
        lambda f: f["sources"].append(f["sources"][0] | {"id": "S99"}),
        lambda f: step(f, "1.2").update(sources=["S98"]),
    ],
    sources_without_short_name: [
        lambda f: f["sources"][0].update(short=None),
        lambda f: f["sources"][0].update(short={"nl": "seed", "en": "seed"}),
        lambda f: f["sources"][0].update(language=None),
    ],
    reasonings_with_an_id: [
        lambda f: first(f, 1)["sources"]["ogp_id"][0]["reasoning"].update(en="S2 lists it."),
        lambda f: f["sources"][0]["note"].update(en="Together with S20a."),
    ],
    messages_without_sender: [
        lambda f: first(f, 2)["updates"][0].update(organisation=None),
        lambda f: first(f, 5)["updates"][1].update(organisation="provincie-noord-holland"),
    ],
    sources_without_address: [
        lambda f: f["sources"][0].update(no_address=None),
        lambda f: f["sources"][0].update(address="https://example.org/"),
    ],
    derived_without_reasoning: [
        lambda f: first(f, 1)["sources"]["ogp_id"][0].update(reasoning=None),
        lambda f: first(f, 1)["sources"]["ogp_id"][0].update(certainty="found"),
    ],
    broken_references: [
        lambda f: first(f, 1)["leads"][0].update(organisation="provincie-nergens"),
        lambda f: first(f, 1)["assessments"][0].update(assessor="iemand"),
        lambda f: first(f, 1)["updates"][0].update(milestone="1.9"),
        lambda f: f["meetings"][0]["organisations"].append("gemeente-nergens"),
        lambda f: f["meetings"][0].update(slot="2020-Q3"),
        lambda f: f["feeds"][0].update(commitments=[12]),
    ],
    missing_languages: [
        lambda f: first(f, 1)["summary"].pop("en"),
        lambda f: first(f, 1)["sources"]["ogp_id"][0]["reasoning"].pop("en"),
        lambda f: f["meetings"][1]["notes"].pop("en"),
        lambda f: f["plan"]["unknowns"][0]["where"].update(en=""),
    ],
    milestones_off_the_list: [
        lambda f: step(f, "1.4").update(due="2019-03-20"),
        lambda f: step(f, "5.2").update(due_basis="stated"),
        lambda f: step(f, "2.3").update(counted=True),
        lambda f: step(f, "8.2")["slots"].pop(),
        lambda f: step(f, "4.2").update(start=None),
        lambda f: first(f, 3)["milestones"].append(step(f, "3.1") | {"number": "3.2"}),
    ],
    milestones_without_note: [
        lambda f: step(f, "2.3").update(note=None),
        lambda f: step(f, "4.5").update(note=None),
        lambda f: step(f, "8.3").update(due_note=None),
    ],
    milestones_worded_by_others: [
        lambda f: step(f, "1.1").update(wording={"nl": "plan", "en": "ours"}),
        lambda f: step(f, "1.1").update(official_number="1"),
        lambda f: step(f, "6.4").update(wording={"nl": "ours", "en": "ours"}),
    ],
    milestones_without_quote: [lambda f: step(f, "9.1").update(quote=None)],
    quotes_not_in_the_plan: [
        lambda f: step(f, "7.4").update(quote="Op onze communicatierijk.nl wordt een leernetwerk ontwikkeld."),
        lambda f: first(f, 1)["goals"][0].update(quote="Alle provincies doen mee."),
        lambda f: first(f, 8)["facts"][0]["sources"][0].update(quote="Openheid vooraf."),
    ],
    completions_claimed: [
        lambda f: first(f, 2)["updates"][0].update(completion="complete"),
        lambda f: first(f, 9)["updates"][0].update(completion_reasoning=None),
        lambda f: first(f, 9)["updates"][0].update(sources=[]),
    ],
    updates_without_speaker: [
        lambda f: first(f, 5)["updates"][0].update(said_by=None),
        lambda f: first(f, 1)["updates"].append(first(f, 1)["updates"][0]),
    ],
    assessments_off_the_list: [
        lambda f: first(f, 1)["assessments"][1].update(value="Access to Information"),
        lambda f: first(f, 7)["assessments"][0].update(value="Not Relevant"),
        lambda f: first(f, 7)["assessments"][0].update(note=None),
        lambda f: first(f, 8)["assessments"].append(first(f, 4)["assessments"][4]),
    ],
    indicators_off_the_list: [
        lambda f: first(f, 1)["indicators"][1].update(target=342),
        lambda f: first(f, 1)["indicators"][1]["measurements"][1].update(at_least=False),
        lambda f: first(f, 5)["indicators"][0].update(relation="direct"),
    ],
    plan_off_the_list: [
        lambda f: f["plan"]["end_dates"].pop(),
        lambda f: f["plan"].update(publisher="ministerie-bzk"),
        lambda f: first(f, 3).update(ogp_id="NL0032"),
        lambda f: first(f, 3).update(follow_on=first(f, 2)["follow_on"]),
        lambda f: f["feeds"][0].update(after_plan=True),
        lambda f: f["plan"]["conflicts"].pop(),
    ],
    names_of_people: [
        lambda f: f["sources"][1].update(address="https://www.open-overheid.nl/author/iemand/"),
    ],
    ways_to_reach_people: [
        lambda f: first(f, 4)["closing"]["unknown"].update(nl="Mail naar iemand@example.org."),
        lambda f: first(f, 4)["closing"]["unknown"].update(nl="Bel 070 123 45 67."),
    ],
    shortened_words: [lambda f: first(f, 4)["closing"]["unknown"].update(nl="Zie AP4 voor de rest.")],
    unknowns_without_place: [
        lambda f: first(f, 9).update(unknowns=[]),
        lambda f: first(f, 1)["unknowns"].append(first(f, 1)["unknowns"][0]),
    ],
}
FAULTS = [(check, mutate) for check, mutations in CHECKS.items() for mutate in mutations]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_shipped_plan(shipped: models.PlanFolder, check: Check) -> None:
    assert check(shipped) == []


@pytest.mark.parametrize(("check", "mutate"), FAULTS, ids=[f"{c.__name__}-{n}" for n, (c, _) in enumerate(FAULTS)])
def test_fault_is_found(shipped: models.PlanFolder, check: Check, mutate: Mutation) -> None:
    folder = shipped.model_dump(mode="json")
    mutate(folder)
    assert check(models.PlanFolder.model_validate(folder)) != []


def test_name_is_found(shipped: models.PlanFolder) -> None:
    assert names_of_people(shipped, {hashlib.sha256(b"schiedam").hexdigest()[:12]}) == ["schiedam"]


def test_how_many_are_shipped(shipped: models.PlanFolder) -> None:
    counted = [sum(m.counted for m in c.milestones) for c in shipped.commitments]
    assert counted == [4, 2, 1, 5, 5, 4, 3, 4, 1, 2, 3]
    assert [m.id for m in shipped.meetings] == [
        "2018-2020/2018-09-18-schiedam",
        "2018-2020/2019-07-11-actiehouders",
        "2018-2020/2020-06-09-actiehouders",
    ]


def tidy(text: str) -> list[str]:
    return [
        line
        for line in text.splitlines()
        if line != line.rstrip() or "\t" in line or (len(line) > 110 and not re.fullmatch(r" *(- )?\w+: \S+", line))
    ]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yml")), ids=lambda path: path.name)
def test_file_is_tidy(path: object) -> None:
    text = SHIPPED.joinpath(str(path)).read_text("utf-8")
    assert re.match(r"# yaml-language-server: \$schema=\.\./schema/\w+\.schema\.json\n", text)
    assert tidy(text) == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_untidy_lines_are_found() -> None:
    assert tidy("a: b \nc:\td\nfine: yes\n" + "e: " + "word " * 30 + "end") == [
        "a: b ",
        "c:\td",
        f"e: {'word ' * 30}end",
    ]
