"""Write docs/data_dictionary.md: every published table and column, and the private raw tables.

What a published table or column means is said once, in the contracts of the dbt project; this
script reads dbt's manifest, and needs no warehouse. Raw tables come from the series; only the
columns that no published table has are described here.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.assets.manifest import prepare_manifest
from orchestration.read.reading import MEANINGS, raw_columns
from orchestration.series.catalog import SERIES
from orchestration.series.series import Series

SHARED_RAW_COLUMNS = {"vintage_id": "VARCHAR", "table_name": "VARCHAR"} | raw_columns()
DICTIONARY = Path(__file__).with_name("data_dictionary.md")

HEAD = """\
# Data dictionary

<!-- Written by docs/build_data_dictionary.py: `make docs` writes it again. Do not edit it here. -->

The same descriptions stand as comments in `border.duckdb` and in `datapackage.json`.

- Types are DuckDB's. "null" says whether a column may be NULL. A missing count is NULL, never 0.
- "Key" names the columns that no two rows of a table share. NULL counts as a value there.
- Which table answers which question, and which tables are never added: [README](../README.md).
"""
META_HEAD = """\
Where the figures come from and how far to trust them. These tables lie in the same file.
"""
RAW_HEAD = """\
What the agencies published, in the private file `warehouse.duckdb`, schema `raw`. Every vintage is
here, those that were refused too. Only the pipeline opens this file; the published tables are built
from it. One row is one published cell (in files of rows: one line).

A "logical table" is one table as an agency publishes it. It is what the gate accepts or refuses,
and `table_name` names it. Several may share one raw table. A vintage with none of its main logical
tables is refused as a whole.
"""

#: Columns of raw tables that no published table has, or that mean something else here. A name with
#: a table in front is for that table only.
RAW_COLUMNS = MEANINGS | {
    "month_grouping": "FYTD or Remaining, as published; changes at every publication.",
    "component": "USBP or OFO.",
    "aor_abbv": "Short form of the sector or field office, as published.",
    "heading": "The headings above the table on the page.",
    "row_code": "Our code for the row; a total begins with 'total'.",
    "level": "sector, region_total or total.",
    "sector": "Border Patrol sector; NULL on totals.",
    "cbp_border_patrol_history.border_region": "southwest, northern or coastal; NULL on the total.",
    "criminality": "As in the published tables; NULL on a total.",
    "arresting_agency": "CBP or ICE; 'Total' on a total.",
    "release_reason": "Our code for the reason; 'total' on the grand total.",
    "is_sub_reason": "True for bonds set by ICE or by a judge: parts of 'bonded_out'.",
    "facility_type": "Our code for the kind of facility; 'total' on a total.",
    "removal_kind": "Our code for the row: total, frc, famu, or the label as a code.",
    "unit": "people or share.",
    "name": "Name of the facility as published.",
    "ice_facilities.state": "State, as published.",
    "ice_facilities.area_of_responsibility": "ERO field office responsible, as published.",
    "other_columns": "Columns of the facility sheet that we do not know, as JSON.",
    "sheet": "Name of the sheet.",
    "table_title": "Title above the table (in ICE workbooks 'Footnotes' for footnotes).",
    "block_code": "Our code for the block of columns; 'total' on the block of totals.",
    "column_code": "Our code for the column; 'total' on a total.",
}


def data_dictionary() -> str:
    """The whole dictionary as Markdown."""
    manifest = json.loads(prepare_manifest().read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    by_schema = {
        schema: sorted((m for m in models if m["schema"] == schema), key=lambda m: m["alias"])
        for schema in ("marts", "meta")
    }
    keys = _keys(manifest)
    sections = [
        HEAD,
        "## Published tables: schema `marts`\n",
        _contents(by_schema["marts"]),
        *(_model(model, keys) for model in by_schema["marts"]),
        "## About the data: schema `meta`\n",
        META_HEAD,
        _contents(by_schema["meta"]),
        *(_model(model, keys) for model in by_schema["meta"]),
        "## Private tables: schema `raw`\n",
        RAW_HEAD,
        *_raw_tables(manifest, _meanings(by_schema["marts"])),
    ]
    return "\n".join(sections)


def _keys(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Model -> the columns of its grain, from the test that proves it."""
    return {
        node["attached_node"]: node["test_metadata"]["kwargs"]["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "unique_grain"
    }


def _contents(models: list[dict[str, Any]]) -> str:
    links = (f"[{model['alias']}](#{model['alias']})" for model in models)
    return f"{', '.join(links)}\n"


def _model(model: Mapping[str, Any], keys: Mapping[str, list[str]]) -> str:
    key = keys.get(model["unique_id"])
    lines = [f"### {model['alias']}\n", f"{_line(model['description'])}\n"]
    if key:
        lines.append(f"Key: {', '.join(f'`{column}`' for column in key)}.\n")
    lines += ["| column | type | unit | null | description |", "|---|---|---|---|---|"]
    for name, column in model["columns"].items():
        is_required = any(rule["type"] == "not_null" for rule in column["constraints"])
        lines.append(
            f"| `{name}` | {column['data_type'].upper()} | {column['config']['meta']['unit']} "
            f"| {'no' if is_required else 'yes'} | {_cell(column['description'])} |"
        )
    return "\n".join([*lines, ""])


def _meanings(models: list[dict[str, Any]]) -> dict[str, str]:
    """Column -> its description in the published tables; the first one written counts."""
    meanings: dict[str, str] = {}
    for model in models:
        for name, column in model["columns"].items():
            meanings.setdefault(name, _line(column["description"]))
    return meanings


def _raw_tables(manifest: Mapping[str, Any], meanings: Mapping[str, str]) -> Iterator[str]:
    described = {
        source["name"]: _line(source["description"])
        for source in manifest["sources"].values()
        if source["source_name"] == "raw"
    }
    yield "Every raw table begins and ends with these columns:\n"
    yield _raw_columns("", SHARED_RAW_COLUMNS, meanings)
    yield "The columns between them:\n"
    for series in SERIES.values():
        for raw_table in dict.fromkeys(table.raw_table for table in series.tables):
            used = described.get(raw_table, "No published table is built from it.")
            yield _raw_table(series, raw_table, used, meanings)


def _raw_table(
    series: Series, raw_table: str, description: str, meanings: Mapping[str, str]
) -> str:
    tables = [table for table in series.tables if table.raw_table == raw_table]
    names = ", ".join(f"`{t.name}`{' (main)' if t.is_main else ''}" for t in tables)
    own = {name: kind for name, kind in tables[0].columns.items() if name not in SHARED_RAW_COLUMNS}
    return "\n".join(
        [
            f"### raw.{raw_table}\n",
            f"{description} Series: `{series.name}`.\n",
            f"Logical tables: {names}.\n",
            _raw_columns(raw_table, own, meanings),
        ]
    )


def _raw_columns(raw_table: str, columns: Mapping[str, str], meanings: Mapping[str, str]) -> str:
    lines = ["| column | type | description |", "|---|---|---|"]
    for name, kind in columns.items():
        meaning = _cell(_raw_meaning(raw_table, name, meanings))
        lines.append(f"| `{name}` | {kind} | {meaning} |")
    return "\n".join([*lines, ""])


def _raw_meaning(raw_table: str, name: str, meanings: Mapping[str, str]) -> str:
    if meaning := RAW_COLUMNS.get(f"{raw_table}.{name}", RAW_COLUMNS.get(name)):
        return meaning
    if name.endswith("_label"):
        words = name.removesuffix("_label").replace("_", " ")
        return f"{words.capitalize()}, label as published."
    if name in meanings:
        return meanings[name]
    raise KeyError(
        f"raw.{raw_table}, column {name}: found no description; expected one in RAW_COLUMNS of "
        f"{Path(__file__).name}. Write it there."
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


if __name__ == "__main__":
    DICTIONARY.write_text(data_dictionary(), encoding="utf-8")
