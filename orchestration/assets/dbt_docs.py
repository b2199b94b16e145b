"""dbt's own documentation of the project as one page: every model, its columns, tests and lineage.

Put together as `dbt docs generate --static` does, in a tenth of a second and not in ten: dbt's
page, the manifest that the build wrote, and a catalog (types, rows), read from the published file.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from orchestration.warehouse.marts import Mart, one_value, reading, tables_in

_SCHEMAS = ("marts", "meta", "history")
#: what no reader of the page sees: paths on this machine, and dbt's notes to itself
_LEFT_OUT = (
    "build_path", "checksum", "compiled_path", "created_at", "extra_ctes", "root_path",
    "unrendered_config",
)  # fmt: skip

#: dbt's page never asks the network of itself; with this no browser lets it
_NO_REQUESTS = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    "font-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'\">"
)
#: mistakes of the page (dbt 1.11) by which a browser asks for files that are nowhere
_AMENDED = {
    '<link rel="shortcut icon" href="${require(\'./assets/favicons/favicon.ico\')}"/>': (
        '<link rel="icon" href="data:,"/>'
    ),
    'xlink:href="{{ getIcon(': 'ng-attr-href="{{ getIcon(',
}


def dbt_docs(manifest: Path, file: Path) -> str:
    """The page, without the paths of this machine.

    ``manifest``: dbt's manifest.json of the build; ``file``: the version's border.duckdb.
    """
    documented = _documented(json.loads(manifest.read_text(encoding="utf-8")))
    page = resources.files("dbt.task.docs").joinpath("index.html").read_text(encoding="utf-8")
    for wrong, right in _AMENDED.items():
        page = page.replace(wrong, right)
    page = page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{_NO_REQUESTS}', 1)
    page = page.replace('"MANIFEST.JSON INLINE DATA"', _in_script(documented), 1)
    return page.replace('"CATALOG.JSON INLINE DATA"', _in_script(_catalog(documented, file)), 1)


def _documented(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without dbt's own macros (a fourth of it), and without paths."""
    project = manifest["metadata"]["project_name"]
    return manifest | {
        "disabled": {},
        "macros": {
            name: _shown(macro)
            for name, macro in manifest["macros"].items()
            if macro["package_name"] == project
        },
        "nodes": {name: _shown(node) for name, node in manifest["nodes"].items()},
    }


def _shown(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in _LEFT_OUT}


def _catalog(manifest: dict[str, Any], file: Path) -> dict[str, Any]:
    """dbt's catalog.json of the published tables."""
    names = {
        (node["schema"], node.get("alias") or node["name"]): name
        for name, node in manifest["nodes"].items()
    }
    with reading(file) as connection:
        nodes = {
            name: _entry(
                table,
                one_value(connection, f"select count(*) from {table.relation}"),  # noqa: S608
            )
            | {"unique_id": name}
            for schema in _SCHEMAS
            for table in tables_in(connection, schema)
            if (name := names.get((table.schema, table.name)))
        }
    return {"metadata": {}, "nodes": nodes, "sources": {}, "errors": None}


def _entry(table: Mart, rows: int) -> dict[str, Any]:
    counted = {"id": "rows", "label": "Rows", "value": rows, "include": True}
    return {
        "metadata": {"type": "table", "schema": table.schema, "name": table.name, "owner": ""},
        "columns": {
            column.name: {"name": column.name, "type": column.type.lower(), "index": index}
            for index, column in enumerate(table.columns, start=1)
        },
        "stats": {
            "has_stats": {
                "id": "has_stats",
                "label": "Has Stats?",
                "value": True,
                "include": False,
            },
            "rows": counted,
        },
    }


def _in_script(data: dict[str, Any]) -> str:
    """JSON that cannot end the script it stands in."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")
