"""The files of a version beside its DuckDB file: Parquet and CSV per mart, datapackage.json, and
CITATION.cff, which says how to cite it.

Reads the finished DuckDB file of the version; changes nothing in it.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.answer import guarded
from orchestration.warehouse.marts import Column, Mart, grains_in, one_value
from orchestration.warehouse.query import FILE_NAME
from orchestration.warehouse.versions import About

#: Shown wherever figures are shown; a figure of the sample must never pass for an agency's.
BANNERS = {
    "sample": "SAMPLE: real monthly totals, finer splits modelled. Not for quotation.",
    "folder": "At least in part from a folder of publications, not from the agencies' sites.",
    "live": "From the agencies' sites.",
}

_LICENCE = {
    "name": "other-pd",
    "title": "US Government works, public domain (17 U.S.C. 105)",
    "path": "https://www.usa.gov/government-works",
}

_TITLE = "US border enforcement figures"

#: Who published the figures; this project only put them together.
_PUBLISHERS = (
    "U.S. Customs and Border Protection",
    "U.S. Immigration and Customs Enforcement",
    "Office of Homeland Security Statistics",
)

_FIELD_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "FLOAT": "number",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "VARCHAR": "string",
}


def write_package(
    connection: duckdb.DuckDBPyConnection, folder: Path, version: About, marts: list[Mart]
) -> None:
    """Write ``parquet/``, ``csv/`` and ``datapackage.json`` into the version's folder.

    ``connection`` has the version's file open; rows are ordered by all columns, so that equal
    marts give equal CSV files.
    """
    for kind in ("parquet", "csv"):
        (folder / kind).mkdir()
    for mart in marts:
        rows = connection.sql(f"select * from {mart.relation} order by all")  # noqa: S608
        rows.write_parquet(str(folder / "parquet" / f"{mart.name}.parquet"), compression="zstd")
        guarded(rows).write_csv(str(folder / "csv" / f"{mart.name}.csv"))
    package = _package(connection, folder, version, marts)
    text = json.dumps(package, indent=2, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")
    (folder / "CITATION.cff").write_text(_citation(version), encoding="utf-8")


def _citation(version: About) -> str:
    """How to cite the version, in the Citation File Format 1.2.0; texts quoted as in JSON."""
    fields = {
        "title": f"{_TITLE}, version {version.version}",
        "abstract": " ".join(
            text for text in (BANNERS[version.source_mode], version.notice) if text
        ),
        "version": version.version,
        "date-released": version.built_at.date().isoformat(),
        "license-url": _LICENCE["path"],
    }
    authors = [f"  - name: {json.dumps(name)}" for name in _PUBLISHERS]
    return "\n".join(
        [
            "cff-version: 1.2.0",
            "type: dataset",
            'message: "To cite figures of this version, use these metadata and name the agency."',
            *(f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in fields.items()),
            "authors:",
            *authors,
            "",
        ]
    )


def _package(
    connection: duckdb.DuckDBPyConnection, folder: Path, version: About, marts: list[Mart]
) -> dict[str, Any]:
    grains = grains_in(connection)
    return {
        "profile": "data-package",
        "name": "border-warehouse",
        "title": _TITLE,
        "description": BANNERS[version.source_mode],
        "version": version.version,
        "created": f"{version.built_at.isoformat()}Z",
        "source_mode": version.source_mode,
        "notice": version.notice,
        "licenses": [_LICENCE],
        "sources": _sources(connection),
        "resources": [
            _file(folder, FILE_NAME, "border", "application/vnd.duckdb"),
            *(_csv(connection, folder, mart, grains.get(mart.name, ())) for mart in marts),
            *(_parquet(folder, mart, grains.get(mart.name, ())) for mart in marts),
        ],
    }


def _sources(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The vintages whose figures stand in the marts of this version."""
    vintages = connection.execute(
        "select agency, series, published_name, published_url, vintage_id, known_on::varchar "
        "from meta.vintages where vintage_id in "
        "(select vintage_id from meta.sources_of_this_version) "
        "order by series, known_on, vintage_id"
    ).fetchall()
    return [
        {
            "title": f"{agency}: {name}",
            **({"path": url} if url else {}),
            "series": series,
            "vintage_id": vintage_id,
            "known_on": known_on,
        }
        for agency, series, name, url, vintage_id, known_on in vintages
    ]


def _csv(
    connection: duckdb.DuckDBPyConnection, folder: Path, mart: Mart, grain: Sequence[str]
) -> dict[str, Any]:
    return {
        **_file(folder, f"csv/{mart.name}.csv", mart.name, "text/csv"),
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "rows": one_value(connection, f"select count(*) from {mart.relation}"),  # noqa: S608
        **_schema(mart, grain),
    }


def _parquet(folder: Path, mart: Mart, grain: Sequence[str]) -> dict[str, Any]:
    mediatype = "application/vnd.apache.parquet"
    return {
        **_file(folder, f"parquet/{mart.name}.parquet", f"{mart.name}-parquet", mediatype),
        "type": "file",  # as a table, frictionless takes its NULL counts for text 'nan' and fails
        **_schema(mart, grain),
    }


def _schema(mart: Mart, grain: Sequence[str]) -> dict[str, Any]:
    """``grain``: the columns that no two rows share, where NULL counts as a value. They are the
    primary key too where none of them may be NULL: a primary key of the standard holds no NULL."""
    key = mart.primary_key(grain)
    return {
        "description": mart.comment,
        "grain": list(grain),
        "schema": {
            "fields": [_field(column) for column in mart.columns],
            **({"primaryKey": list(key)} if key else {}),
        },
    }


def _file(folder: Path, path: str, name: str, mediatype: str) -> dict[str, Any]:
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": name,
        "path": path,
        "format": path.rpartition(".")[2],
        "mediatype": mediatype,
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{digest}",
    }


def _field(column: Column) -> dict[str, Any]:
    """A Table Schema field; a DuckDB type without a like there (a list) is 'any'."""
    type_name = "number" if column.type.startswith("DECIMAL") else _FIELD_TYPES.get(column.type)
    return {
        "name": column.name,
        "type": type_name or "any",
        "description": column.comment,
        "constraints": {"required": not column.is_nullable},
    }
