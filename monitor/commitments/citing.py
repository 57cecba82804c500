"""Every citation of a plan, with the record and field that it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor import models


def citations(folder: models.PlanFolder) -> list[models.CitationRow]:
    """List every citation of a plan with the record and field that it carries."""
    plan = folder.plan.id
    records: list[tuple[str, models.Model]] = [(plan, folder.plan)]
    records += [(record.id, record) for record in folder.commitments]
    records += [(record.id, record) for record in folder.meetings]
    records += [(f"{plan}/organisation/{record.id}", record) for record in folder.organisations]
    records += [(f"{plan}/feed/{record.id}", record) for record in folder.feeds]
    return [
        models.CitationRow(**vars(citation), plan=plan, record=record, field=where, position=position)
        for record, model in records
        for where, position, citation in _cited(model, "")
    ]


def _cited(model: models.Model, prefix: str) -> Iterator[tuple[str, int, models.Citation]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name == "sources":
            by_field = value.items() if isinstance(value, Mapping) else [("", value)]
            for where, listed in by_field:
                for position, citation in enumerate(listed):
                    yield f"{prefix}{where}".rstrip("."), position, citation
        elif isinstance(value, models.Model):
            yield from _cited(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, models.Model):
                    yield from _cited(part, f"{prefix}{name}.{index}.")
