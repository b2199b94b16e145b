"""What a published file said on a past day: its table macros, made, proved and put to use.

The queries stand in the dbt project, which writes their text into ``meta.table_macros``. A macro
keeps the name of the database in which it is made, so they are made in the finished file, here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from orchestration.warehouse.marts import READ_ONLY_CONFIG, answers_in, literal, quoted

#: The column that an answer for a past day has beyond those of the mart.
ESTIMATED = "is_as_of_estimated"


class MacroError(Exception):
    """A table macro that cannot be made, or does not answer like its mart. Names the macro."""


#: A table of the marts in a query, not a macro: no bracket follows.
_TABLE_OF_MARTS = re.compile(r"\bmarts\.(\w+)\b(?!\()")


def create_macros(connection: duckdb.DuckDBPyConnection, tables_in: str | None = None) -> None:
    """Make ``marts.<mart>_as_of(date)`` for each row of ``meta.table_macros`` in the open database.

    ``tables_in``: the attached database whose tables of the marts they read, if it is another.
    """
    for schema, table, name, definition in connection.execute(
        "select schema_name, table_name, macro_name, definition from meta.table_macros "
        "order by creation_order"
    ).fetchall():
        macro = f"{quoted(schema)}.{quoted(name)}"
        query = definition
        if tables_in is not None:
            query = _TABLE_OF_MARTS.sub(rf"{tables_in}.marts.\1", definition)
        try:
            connection.execute(f"create macro {macro}(as_of_date) as table ({query})")
        except duckdb.Error as error:
            raise MacroError(
                f"meta.table_macros, {name}: found SQL that DuckDB refuses ({error}); expected a "
                "query on tables and macros of this file. Correct the macro of the dbt project."
            ) from error
        connection.execute(
            f"comment on macro table {macro} is 'The rows of {schema}.{table} as of a day: what "
            f"the newest publication known on that day said, and {ESTIMATED}.'"
        )


def prove_macros(file: Path) -> None:
    """Ask every macro for a day with the file attached under a strange name; MacroError if not fit.

    An answer must have the columns and types of its mart, then ``is_as_of_estimated``.
    """
    connection = duckdb.connect()
    try:
        attach(connection, file, "under_another_name")
        connection.execute("use under_another_name")
        for mart, name in answers_in(connection).items():
            expected = [*_columns(connection, f"marts.{quoted(mart)}"), (ESTIMATED, "BOOLEAN")]
            found = _columns(connection, f"marts.{quoted(name)}(current_date)")
            if found != expected:
                raise MacroError(
                    f"{name}: found the columns {found}; expected {expected}. Correct the macro of "
                    "the dbt project."
                )
    finally:
        connection.close()


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    described = connection.execute(f"describe from {relation}").fetchall()
    return [(name, kind) for name, kind, *_ in described]


@contextmanager
def reading_as_of(file: Path, day: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked-down connection in which ``marts.x`` is the answer of ``marts.x_as_of(day)``.

    ``meta`` and ``history`` are those of the file. A mart without such an answer is not there.
    """
    connection = duckdb.connect()
    try:
        attach(connection, file, "published")
        for schema in ("meta", "history"):
            connection.execute(f"create schema {schema}")
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() "
                "where database_name = 'published' and schema_name = ?",
                [schema],
            ).fetchall():
                name = f"{schema}.{quoted(table)}"
                connection.execute(f"create view {name} as from published.{name}")
        connection.execute("create schema marts")
        create_macros(connection, tables_in="published")
        for mart, macro in answers_in(connection).items():
            connection.execute(
                f"create view marts.{quoted(mart)} as "
                f"from marts.{quoted(macro)}(date '{day.isoformat()}')"
            )
        for setting, value in READ_ONLY_CONFIG.items():
            connection.execute(f"set {setting} = {value}")
        yield connection
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, file: Path, alias: str) -> None:
    """Attach a file for reading under a name of the caller's choice."""
    connection.execute(f"attach {literal(str(file))} as {alias} (read_only)")
