"""The web page of a published version, written for a test; and a version of hostile texts."""

import json
import shutil
from pathlib import Path

import duckdb

from orchestration.site.write import write_site_to
from orchestration.warehouse.marts import quoted

PAGES = ("index.html", "claims.html", "quality.html", "checks.html", "catalog.html")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'--><!--"

#: columns by whose codes the page finds its figures: with other codes it would have none to show
CODES = (
    "border_region", "component", "family_status", "outcome", "status", "comparison", "mart",
    "release_definition", "source_mode", "schema_name",
)  # fmt: skip


def version_folder(home: Path) -> Path:
    current = json.loads((home / "published" / "current.json").read_text(encoding="utf-8"))
    return home / "published" / current["version"]


def site_of(home: Path, folder: Path) -> Path:
    """The folder of the site of a home's current version."""
    return write_site_to(version_folder(home), folder).parent


def make_hostile(version: Path, folder: Path) -> Path:
    """A copy of a published file in which every text ends in markup; every comment too."""
    file = folder / "border.duckdb"
    shutil.copyfile(version, file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        texts = connection.execute(
            "select schema_name, table_name, list(column_name order by column_index) "
            "from duckdb_columns() where data_type in ('VARCHAR', 'VARCHAR[]') "
            "and database_name = current_database() "
            "and schema_name in ('marts', 'meta', 'history') "
            "group by all"
        ).fetchall()
        for schema, table, columns in texts:
            name = f"{quoted(schema)}.{quoted(table)}"
            types = dict(
                connection.execute(
                    "select column_name, data_type from duckdb_columns() "
                    "where schema_name = ? and table_name = ?",
                    [schema, table],
                ).fetchall()
            )
            changes = ", ".join(
                f"{quoted(column)} = {_with_markup(column, types[column])}"
                for column in columns
                if column not in CODES
            )
            if changes:
                connection.execute(f"update {name} set {changes}")
            connection.execute(f"comment on table {name} is '{_sql(HOSTILE)}'")
            connection.execute(
                f"comment on column {name}.{quoted(columns[0])} is '{_sql(HOSTILE)}'"
            )
        connection.execute("update meta.vintages set published_url = 'javascript:alert(1)'")
    file.chmod(0o444)
    return file


def _with_markup(column: str, data_type: str) -> str:
    if data_type == "VARCHAR[]":
        return f"list_append({quoted(column)}, '{_sql(HOSTILE)}')"
    if column == "sample":  # rows as JSON: a label of each
        label = json.dumps({HOSTILE: HOSTILE}).removesuffix("}")
        return f"replace(sample, '{{', '{_sql(label)}, ')"
    return f"{quoted(column)} || '{_sql(HOSTILE)}'"


def _sql(text: str) -> str:
    return text.replace("'", "''")
