"""dbt's page on the project, as it stands beside the figures of a version."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.assets.build import manifest
from orchestration.assets.dbt_docs import dbt_docs
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.marts import reading

HOSTILE = "</script><script>alert(1)</script><!--"


@pytest.fixture(scope="module")
def page(sample_home: Path, sample_version: Path) -> str:
    return dbt_docs(manifest(Settings(home=sample_home)), sample_version)


def data(page: str, name: str) -> dict:
    """The manifest or the catalog that stands in the page."""
    start = page.index(f"{name}:", page.index("n={manifest:")) + len(name) + 1
    return json.JSONDecoder().raw_decode(page, start)[0]


def test_the_page_holds_every_model_and_statement_with_its_lineage(page: str) -> None:
    found = data(page, "manifest")
    models = {path.stem for path in (PROJECT_ROOT / "dbt_project" / "models").rglob("*.sql")}
    assert {n["name"] for n in found["nodes"].values() if n["resource_type"] == "model"} == models
    assert "model.border.history_encounters" in found["parent_map"]["model.border.encounters"]
    assert "exposure.border.web_page" in found["exposures"]


def test_types_and_rows_are_those_of_the_published_file(page: str, sample_version: Path) -> None:
    nodes = data(page, "catalog")["nodes"]
    with reading(sample_version) as connection:
        for model, table in (("encounters", "encounters"), ("corrections_made", "corrections")):
            node = nodes[f"model.border.{model}"]
            (rows,) = connection.execute(f"select count(*) from marts.{table}").fetchone()
            assert node["stats"]["rows"]["value"] == rows
            described = connection.execute(f"describe marts.{table}").fetchall()
            assert {c["name"]: c["type"].upper() for c in node["columns"].values()} == {
                column: kind for column, kind, *_ in described
            }
        (published,) = connection.execute(
            "select count(*) from duckdb_tables() where schema_name in ('marts', 'meta', 'history')"
        ).fetchone()
    assert len(nodes) == published


def test_the_page_names_no_path_of_this_machine(page: str, sample_home: Path) -> None:
    assert str(sample_home) not in page
    assert str(PROJECT_ROOT) not in page


def test_a_description_cannot_end_the_script_it_stands_in(
    sample_home: Path, sample_version: Path, tmp_path: Path, page: str
) -> None:
    hostile = tmp_path / "manifest.json"
    found = json.loads(manifest(Settings(home=sample_home)).read_text(encoding="utf-8"))
    found["nodes"]["model.border.encounters"]["description"] = HOSTILE
    hostile.write_text(json.dumps(found))
    file = shutil.copyfile(sample_version, tmp_path / "border.duckdb")
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f'alter table marts.encounters add column "{HOSTILE}" integer')
    written = dbt_docs(hostile, file)
    for mark in ("</script", "<!--"):
        assert len(re.findall(mark, written)) == len(re.findall(mark, page))
    assert data(written, "manifest")["nodes"]["model.border.encounters"]["description"] == HOSTILE
    assert HOSTILE in data(written, "catalog")["nodes"]["model.border.encounters"]["columns"]
