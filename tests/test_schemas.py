from __future__ import annotations

import json
from pathlib import Path

from monitor import schemas
from tests.conftest import ROOT, SHIPPED

FOLDER = ROOT / "commitments" / "schema"


def test_schema_files_are_those_of_the_models() -> None:
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert kept == schemas.schemas(), "run: monitor schema"


def test_every_plan_file_names_its_schema_in_its_first_line() -> None:
    for path in SHIPPED.glob("*.yml"):
        first = path.read_text("utf-8").splitlines()[0]
        name = first.removeprefix("# yaml-language-server: $schema=../schema/")
        expected = path.stem if path.stem in schemas.FILES else "commitment"
        assert name == f"{expected}.schema.json", path.name


def test_citation_may_be_just_the_id_of_a_source() -> None:
    lead = json.loads(schemas.schemas()["commitment.schema.json"])["$defs"]["Lead"]
    assert lead["properties"]["sources"]["items"]["anyOf"] == [
        {"type": "string", "description": "The id of a source."},
        {"$ref": "#/$defs/Citation"},
    ]


def test_folder_gives_the_plan_so_no_file_has_to(tmp_path: Path) -> None:
    assert "plan" not in json.loads(schemas.schemas()["commitment.schema.json"])["properties"]
    assert sorted(path.name for path in schemas.write(tmp_path)) == sorted(schemas.schemas())
    assert schemas.write(tmp_path) == []
