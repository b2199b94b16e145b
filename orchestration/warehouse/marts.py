"""What stands in a built or a published file: its marts, their columns and figures.

Reads only. Which marts there are is the dbt project's business; how they are written out is
package.py's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

#: Who reads a published file can read that file and nothing else: no other file, no network.
READ_ONLY_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Column:
    """A column with its DuckDB type; ``comment`` is the description from the dbt contract."""

    name: str
    type: str
    comment: str
    is_nullable: bool

    @property
    def is_measure(self) -> bool:
        """Whether it holds counts that can be summed (``*_count``, ``total``)."""
        is_number = self.type.startswith(_NUMBERS) and not self.type.endswith("[]")
        return is_number and (self.name.endswith("_count") or self.name == "total")


@dataclass(frozen=True)
class Mart:
    """One table that readers see, in the schema ``marts`` if no other is named."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    schema: str = "marts"

    @property
    def relation(self) -> str:
        """Its name in SQL, with the schema: a bare name or one with a database would not hold."""
        return f"{self.schema}.{quoted(self.name)}"

    def primary_key(self, grain: Sequence[str]) -> tuple[str, ...]:
        """The grain as a key; empty if one of its columns may be NULL, which no key can hold."""
        may_be_null = {column.name for column in self.columns if column.is_nullable}
        return tuple(grain) if may_be_null.isdisjoint(grain) else ()


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a literal of DuckDB's SQL, for statements that take no parameter there."""
    return "'" + text.replace("'", "''") + "'"


def one_value(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:  # noqa: ANN401
    """The value of a query that returns one row of one column."""
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def open_for_reading(path: str) -> duckdb.DuckDBPyConnection:
    """A locked-down, read-only connection, for the caller to close."""
    return duckdb.connect(path, read_only=True, config=READ_ONLY_CONFIG)


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked-down, read-only connection to a built or published file."""
    connection = open_for_reading(str(path))
    try:
        yield connection
    finally:
        connection.close()


def marts_in(connection: duckdb.DuckDBPyConnection) -> list[Mart]:
    """All marts by name, columns in their order."""
    return tables_in(connection, "marts")


def tables_in(connection: duckdb.DuckDBPyConnection, schema: str) -> list[Mart]:
    """All tables of a schema by name, columns in their order."""
    columns: dict[str, list[Column]] = {}
    for table, *column in connection.execute(
        "select table_name, column_name, data_type, coalesce(comment, ''), is_nullable "
        "from duckdb_columns() where database_name = current_database() "
        "and schema_name = ? order by table_name, column_index",
        [schema],
    ).fetchall():
        columns.setdefault(table, []).append(Column(*column))
    comments = dict(
        connection.execute(
            "select table_name, coalesce(comment, '') from duckdb_tables() "
            "where database_name = current_database() and schema_name = ?",
            [schema],
        ).fetchall()
    )
    return [Mart(name, comments[name], tuple(columns[name]), schema) for name in sorted(comments)]


def answers_in(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Mart -> the table macro beside it that answers for a past day; only marts that have one."""
    return dict(
        connection.execute(
            "select table_name, macro_name from meta.table_macros "
            "where schema_name = 'marts' order by table_name"
        ).fetchall()
    )


def grains_in(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Mart -> the columns that tell its rows apart; empty in a version older than meta.grains."""
    if not any(table.name == "grains" for table in tables_in(connection, "meta")):
        return {}
    grains = connection.execute("select table_name, key_columns from meta.grains").fetchall()
    return {table: tuple(columns) for table, columns in grains}


def figures(connection: duckdb.DuckDBPyConnection, mart: Mart) -> dict[str, float | None]:
    """The number of ``rows``, and of each measure the sum over all rows (None: all NULL)."""
    measures = [column.name for column in mart.columns if column.is_measure]
    sums = "".join(f", sum({quoted(name)})" for name in measures)
    row = connection.execute(f"select count(*){sums} from {mart.relation}").fetchone()  # noqa: S608
    assert row is not None
    return dict(zip(["rows", *measures], row, strict=True))
