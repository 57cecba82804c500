from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import commitments, models, sync
from monitor.commitments import PlanError
from monitor.storage import RECORDED, Storage
from tests.conftest import NOW, TODAY
from tests.test_commitments import folder, spoil

__all__ = ["folder"]
MOMENT = sync.Moment(NOW, TODAY)
LATEST = dataclasses.replace(MOMENT, now=NOW + timedelta(days=2), today=TODAY + timedelta(days=2))
LATER = dataclasses.replace(MOMENT, now=NOW + timedelta(days=1), today=TODAY + timedelta(days=1))


def rows(storage: Storage) -> dict[str, list[models.Model]]:
    return {table.name: storage.all(model) for model, table in RECORDED.items()}


def test_first_sync_records_what_the_files_say(synced: Storage, shipped: models.PlanFolder) -> None:
    written = [update for commitment in shipped.commitments for update in commitment.updates]
    readings = [m for c in shipped.commitments for i in c.indicators for m in i.measurements]
    assert synced.count(models.Update, way=models.Way.PULL_REQUEST) == len(written)
    assert synced.count(models.MeasurementRow) == len(readings)
    assert synced.count(models.Evidence) == sum(len({s.source for s in update.sources}) for update in written)
    assert models.ChangeKind.PROMISE not in {change.kind for change in synced.all(models.Change)}


def test_twice_changes_nothing(synced: Storage, shipped: models.PlanFolder) -> None:
    before, version = rows(synced), synced.fingerprint()
    assert sync.sync(synced, shipped, LATER) == 0
    assert (rows(synced), synced.fingerprint()) == (before, version)


def test_changed_date_is_recorded_with_its_reason(synced: Storage, folder: Path) -> None:
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: 2020-Q3")
    spoil(
        folder,
        "03-pioniersnetwerk.yml",
        "changes:\n",
        "changes:\n  - on: 2026-11-24\n    kind: promise\n    milestone: '3.1'\n    what: {nl: Later, en: Later}\n"
        "    reason: {nl: Een besluit., en: A decision.}\n    sources: [seed]\n",
    )
    sync.sync(synced, commitments.load(folder), LATER)
    [moved] = synced.all(models.Change, field="due")
    assert (moved.record, moved.old, moved.new, moved.kind, moved.reason, moved.published_on) == (
        "2018-2020/3.1",
        "2020-Q2",
        "2020-Q3",
        models.ChangeKind.PROMISE,
        {"nl": "Een besluit.", "en": "A decision."},
        LATER.today,
    )


def test_change_without_entry_is_a_promise_without_reason(synced: Storage, folder: Path) -> None:
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: 2020-Q3")
    sync.sync(synced, commitments.load(folder), LATER)
    [moved] = synced.all(models.Change, field="due")
    assert (moved.kind, moved.reason) == (models.ChangeKind.PROMISE, None)


def test_dropped_update_is_withdrawn_and_kept(synced: Storage, shipped: models.PlanFolder) -> None:
    gone = next(commitment for commitment in shipped.commitments if commitment.updates)
    bare = tuple(c.model_copy(update={"updates": ()}) if c.number == gone.number else c for c in shipped.commitments)
    sync.sync(synced, shipped.model_copy(update={"commitments": bare}), LATER)
    kept = synced.all(models.Update, commitment=gone.id)
    assert [update.withdrawn_at for update in kept] == [LATER.now] * len(gone.updates)


def test_corrected_text_keeps_the_day_we_knew(synced: Storage, folder: Path) -> None:
    name = "01-open-besluitvorming.yml"
    loaded = commitments.load(folder)
    text = loaded.commitments[0].updates[0].text["nl"].split()[0]
    head, marker, tail = (folder / name).read_text("utf-8").partition("\nupdates:")
    (folder / name).write_text(head + marker + tail.replace(text, f"Nieuw: {text}", 1), "utf-8")
    sync.sync(synced, commitments.load(folder), LATER)
    corrected = [u for u in synced.all(models.Update) if u.text["nl"].startswith("Nieuw: ")]
    assert [update.recorded_at for update in corrected] == [NOW]


def test_file_with_a_fault_changes_nothing(synced: Storage, folder: Path) -> None:
    spoil(folder, "03-pioniersnetwerk.yml", "due: 2020-Q2", "due: ooit")
    before = synced.fingerprint()
    with pytest.raises(PlanError):
        sync.sync_all(synced, folder.parent, now=NOW, today=TODAY)
    assert synced.fingerprint() == before


def test_folder_without_a_plan_says_so(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"there is no plan here: add a folder with a plan\.yml"):
        sync.sync_all(storage, tmp_path, now=NOW, today=TODAY)


def test_what_chat_recorded_stays(synced: Storage, shipped: models.PlanFolder) -> None:
    said = models.Update(
        id="r-1",
        plan="2018-2020",
        commitment="2018-2020/03",
        text={"nl": "Er was een bijeenkomst."},
        speaks_of="2019-Q1",
        published="2026-11-23",
        published_on=TODAY,
        recorded_at=NOW,
        way="chat",
        after_plan=True,
    )
    synced.add(said)
    sync.sync(synced, shipped, LATER)
    assert synced.get(models.Update, id="r-1") == said


def test_corrected_measurement_and_evidence_take_the_place_of_what_was(synced: Storage, folder: Path) -> None:
    spoil(folder, "01-open-besluitvorming.yml", "        value: 6\n", "        value: 7\n")
    spoil(folder, "sources.yml", "publisher: Open Government Partnership", "publisher: OGP")
    before = {row.id: row.value for row in synced.all(models.MeasurementRow)}
    sync.sync(synced, commitments.load(folder), LATER)
    after = {row.id: row.value for row in synced.all(models.MeasurementRow)}
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {
        "2018-2020/01/provinces/2020-06/2020-08": (6.0, 7.0)
    }
    assert {row.recorded_at for row in synced.all(models.MeasurementRow)} == {NOW}


def test_update_marked_withdrawn_counts_no_more_from_that_moment(synced: Storage, shipped: models.PlanFolder) -> None:
    owner = next(commitment for commitment in shipped.commitments if commitment.updates)
    marked = tuple(u.model_copy(update={"withdrawn": {"nl": "Fout.", "en": "Wrong."}}) for u in owner.updates)
    sync.sync(synced, with_commitment(shipped, owner.model_copy(update={"updates": marked})), LATER)
    assert {u.withdrawn_at for u in synced.all(models.Update, commitment=owner.id)} == {LATER.now}
    assert sync.sync(synced, shipped, dataclasses.replace(LATER, now=LATER.now + timedelta(days=1))) == len(marked)
    assert {u.withdrawn_at for u in synced.all(models.Update, commitment=owner.id)} == {None}


def test_entry_of_the_plan_explains_a_recalibration(synced: Storage, shipped: models.PlanFolder) -> None:
    entry = models.ChangeEntry.model_validate(
        {"on": LATER.today, "kind": "promise", "what": {"nl": "Alles later"}, "reason": {"nl": "Besluit."}}
    )
    steps = tuple(m.model_copy(update={"due": m.due.parse("2021")}) for m in shipped.commitments[0].milestones)
    later = with_commitment(shipped, shipped.commitments[0].model_copy(update={"milestones": steps}))
    plan = shipped.plan.model_copy(update={"changes": (*shipped.plan.changes, entry)})
    sync.sync(synced, later.model_copy(update={"plan": plan}), LATER)
    moved = synced.all(models.Change, field="due")
    assert [(change.record, change.reason) for change in moved] == [
        (f"2018-2020/{step.number}", {"nl": "Besluit."}) for step in steps
    ]


def test_typo_in_an_entry_is_corrected_in_place(synced: Storage, shipped: models.PlanFolder) -> None:
    owner = shipped.commitments[0]
    said = owner.changes[0].model_copy(update={"what": {"nl": "Beter gezegd.", "en": "Better said."}})
    before = synced.count(models.Change)
    sync.sync(synced, with_commitment(shipped, owner.model_copy(update={"changes": (said,)})), LATER)
    [entry] = [c for c in synced.all(models.Change, record=owner.id) if c.kind is models.ChangeKind.ADOPTION]
    assert (entry.what, entry.recorded_at, synced.count(models.Change)) == (said.what, NOW, before)


def with_commitment(folder: models.PlanFolder, commitment: models.Commitment) -> models.PlanFolder:
    """Put a commitment in the place of the one with its number."""
    listed = tuple(commitment if c.number == commitment.number else c for c in folder.commitments)
    return folder.model_copy(update={"commitments": listed})


def test_pasted_snippet_of_a_chat_update_leaves_it_as_it_came(synced: Storage, shipped: models.PlanFolder) -> None:
    said = models.Update(
        id="2018-2020/03/0123456789ab",
        plan="2018-2020",
        commitment="2018-2020/03",
        organisation="gemeente-schiedam",
        text={"nl": "Er was een bijeenkomst."},
        speaks_of="2019-Q1",
        published="2026-11-23",
        published_on=TODAY,
        recorded_at=NOW,
        way="chat",
        reviewed_on=TODAY,
        reviewed_by_other=True,
        after_plan=True,
    )
    synced.add(said)
    pasted = models.PlanUpdate(
        id="0123456789ab", text=said.text, speaks_of=said.speaks_of, published=said.published, sources=("seed",)
    )
    told = tuple(
        commitment.model_copy(update={"updates": (*commitment.updates, pasted)})
        if commitment.number == 3
        else commitment
        for commitment in shipped.commitments
    )
    sync.sync(synced, shipped.model_copy(update={"commitments": told}), LATER)
    assert synced.get(models.Update, id=said.id) == said
    sync.sync(synced, shipped, LATEST)
    withdrawn = synced.get(models.Update, id=said.id)
    assert withdrawn == said.model_copy(update={"withdrawn_at": LATEST.now})


def test_reading_without_a_day_of_publication_was_public_from_when_we_knew_it(
    storage: Storage, shipped: models.PlanFolder
) -> None:
    def undated(commitment: models.Commitment) -> models.Commitment:
        bare = tuple(
            indicator.model_copy(
                update={"measurements": tuple(m.model_copy(update={"published": None}) for m in indicator.measurements)}
            )
            for indicator in commitment.indicators
        )
        return commitment.model_copy(update={"indicators": bare})

    told = shipped.model_copy(update={"commitments": tuple(undated(commitment) for commitment in shipped.commitments)})
    sync.sync(storage, told, MOMENT)
    assert {row.published_on for row in storage.all(models.MeasurementRow)} == {TODAY}
