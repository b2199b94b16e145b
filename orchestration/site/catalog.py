"""The catalog: every table and column of the version, where its rows come from, and downloads.

Names, types and meanings are those in the file itself, so the page cannot drift from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.site.rows import redefinition_note, rows_of
from orchestration.warehouse.marts import (
    Column,
    Mart,
    answers_in,
    grains_in,
    quoted,
    tables_in,
)
from orchestration.warehouse.query import FILE_NAME

_UNIT = re.compile(r"\s*Unit: ([^.]+)\.\s*$")
_GRAIN = re.compile(r"One row (?:is|per) ([^.]+)\.?")
SCHEMAS = {
    "marts": "What analysts ask: figures, one measure a row, and what was made of them.",
    "meta": "Where the figures come from and how far to trust them.",
    "history": "What the figures were before, and from when to when.",
}


@dataclass(frozen=True)
class ColumnEntry:
    """A column; ``unit`` is taken out of its comment, where one is named."""

    name: str
    type: str
    meaning: str
    unit: str
    may_be_null: bool


@dataclass(frozen=True)
class Download:
    """A file of the version beside the page, with its size in bytes."""

    label: str
    link: str
    size: int


@dataclass(frozen=True)
class TableEntry:
    """A table: what it is, of what one row is, what it came from, and what to mind.

    ``key``: the columns that no two rows share (meta.grains).
    """

    schema: str
    name: str
    meaning: str
    grain: str
    key: tuple[str, ...]
    rows: int
    columns: tuple[ColumnEntry, ...]
    sources: tuple[dict[str, Any], ...]
    caveats: tuple[str, ...]
    as_of: str
    downloads: tuple[Download, ...]


def catalog_page(
    connection: duckdb.DuckDBPyConnection, version_folder: Path, link: str
) -> dict[str, Any]:
    """What the template shows; ``link`` leads from the page to the folder of the version."""
    about = _About(connection)
    whole = [(FILE_NAME, "DuckDB, all tables"), ("datapackage.json", "Data package, with hashes")]
    return {
        "schemas": SCHEMAS,
        "tables": {
            schema: [
                _entry(connection, table, about, version_folder, link)
                for table in tables_in(connection, schema)
            ]
            for schema in SCHEMAS
        },
        "downloads": [
            Download(label, f"{link}/{name}", (version_folder / name).stat().st_size)
            for name, label in whole
            if (version_folder / name).is_file()
        ],
    }


class _About:
    """What meta says of the marts: keys (meta.grains), answers for a past day (meta.table_macros),
    and where an agency began to count something else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.keys = grains_in(connection)
        self.answers = answers_in(connection)
        self.redefinitions: dict[str, list[str]] = {}
        for row in rows_of(connection, _REDEFINITIONS):
            self.redefinitions.setdefault(row["mart"], []).append(redefinition_note(row))


_REDEFINITIONS = "select mart, reason, publication from meta.redefinitions order by all"


def _entry(
    connection: duckdb.DuckDBPyConnection,
    table: Mart,
    about: _About,
    version_folder: Path,
    link: str,
) -> TableEntry:
    is_mart = table.schema == "marts"
    grain = _GRAIN.search(table.comment)
    counted = rows_of(connection, _counts(table))[0]
    return TableEntry(
        table.schema,
        table.name,
        meaning=table.comment,
        grain=grain.group(1) if grain else "",
        key=about.keys.get(table.name, ()) if is_mart else (),
        rows=counted["rows"],
        columns=tuple(map(_column, table.columns)),
        sources=tuple(rows_of(connection, _sources(table)) if is_mart else ()),
        caveats=(*_caveats(counted), *about.redefinitions.get(table.name, ())),
        as_of=about.answers.get(table.name, "") if is_mart else "",
        downloads=_downloads(table.name, version_folder, link) if is_mart else (),
    )


def _column(column: Column) -> ColumnEntry:
    unit = _UNIT.search(column.comment)
    return ColumnEntry(
        name=column.name,
        type=column.type,
        meaning=_UNIT.sub("", column.comment),
        unit=unit.group(1) if unit else "",
        may_be_null=column.is_nullable,
    )


_MARKS = {
    "is_partial": "cover only a part of their period",
    "is_rounded": "are rounded to 10 by their source",
    "is_corrected": "were corrected by us, by a listed correction",
}


def _counts(table: Mart) -> str:
    """The number of rows, of those with each mark, and of those without their figure."""
    names = [column.name for column in table.columns]
    marks = [f"count_if({mark}) as {mark}" for mark in _MARKS if mark in names]
    figures = [n for n in names if n.endswith("_count") and "null_reason" in names]
    missing = [f"count_if({quoted(figures[0])} is null) as missing"] if len(figures) == 1 else []
    return f"select {', '.join(['count(*) as rows', *marks, *missing])} from {table.relation}"  # noqa: S608


def _caveats(counted: dict[str, Any]) -> tuple[str, ...]:
    found = [
        f"{counted[mark]:,} of {counted['rows']:,} rows {words}."
        for mark, words in _MARKS.items()
        if counted.get(mark)
    ]
    if counted.get("missing"):
        found.append(f"{counted['missing']:,} rows have no figure: it was not published (NULL).")
    return tuple(found)


def _sources(table: Mart) -> str:
    """The series that gave a table's rows, each with its vintages and the months it covers."""
    columns = [column.name for column in table.columns]
    prefixes = [c.removesuffix("series") for c in columns if c == "series" or c.endswith("_series")]
    has = set(columns)
    period = "reference_month" if "reference_month" in has else "null::date"
    parts = [
        f"select {prefix}series as series, "  # noqa: S608
        f"{f'{prefix}vintage_id' if f'{prefix}vintage_id' in has else 'null'} as vintage_id, "
        f"{period} as period from {table.relation}"
        for prefix in prefixes
    ]
    if not parts:
        return "select null as series where false"
    return (
        "select series, count(distinct vintage_id) as vintages, min(period) as first_month, "  # noqa: S608
        f"max(period) as last_month from ({' union all '.join(parts)}) "
        "where series is not null group by series order by last_month desc, series"
    )


def _downloads(mart: str, version_folder: Path, link: str) -> tuple[Download, ...]:
    return tuple(
        Download(label, f"{link}/{kind}/{mart}.{kind}", file.stat().st_size)
        for kind, label in (("parquet", "Parquet"), ("csv", "CSV"))
        if (file := version_folder / kind / f"{mart}.{kind}").is_file()
    )
