"""The published file as its readers meet it: where it lies, opened for reading, asked in SQL.

Reads the current version only; printing and saving an answer is the command line's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.as_of import marts_as_of, reading_as_of
from orchestration.warehouse.marts import marts_in, reading

FILE_NAME = "border.duckdb"

#: DESCRIBE, SHOW, SUMMARIZE, VALUES, PIVOT and the reading PRAGMAs are SELECTs to DuckDB.
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


class QueryError(Exception):
    """A question that was refused or cannot be answered. The message says what to do."""


class NothingPublishedError(QueryError):
    """No version has been published in this home yet."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            f"{stable_path(settings)}: no published version there; expected the file that a run "
            "publishes. Type `border run` first, or set BORDER_HOME to the home that holds it."
        )


def stable_path(settings: Settings) -> Path:
    """The file that analysts and BI tools open."""
    return settings.published / FILE_NAME


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked-down, read-only connection to the current version; NothingPublishedError if none.

    It keeps the version it opened, whatever is published meanwhile, and so does every further
    connection of this process to that path until all are closed: DuckDB keeps one database for
    each path and process. Close before looking for a new version.
    """
    path = stable_path(settings)
    if not path.is_file():
        raise NothingPublishedError(settings)
    with reading(path) as connection:
        yield connection


@dataclass(frozen=True)
class QueryResult:
    """The answer: column names, their DuckDB types, and the rows in order."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def run_query(settings: Settings, sql: str, as_of: date | None = None) -> QueryResult:
    """Run one reading statement; QueryError, or NothingPublishedError before the first run.

    With ``as_of`` the marts are as they were known on that day, with ``is_as_of_estimated``.

    The statement can reach the published file and nothing else: no other file, no network, no
    extension, no setting.
    """
    with _opened(settings, as_of) as connection:
        try:
            _refuse_all_but_one_reading_statement(connection.extract_statements(sql))
            answer = connection.execute(sql)
            rows = answer.fetchall()
        except duckdb.CatalogException as error:
            raise QueryError(f"{error}\n{_what_there_is(connection, as_of)}") from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        description = answer.description or []
        return QueryResult(
            tuple(column[0] for column in description),
            tuple(str(column[1]) for column in description),
            rows,
        )


def _refuse_all_but_one_reading_statement(statements: list[duckdb.Statement]) -> None:
    # DuckDB makes two statements of a PIVOT, both without a text: the last is its SELECT.
    written = [statement for statement in statements if statement.query] or statements[-1:]
    if len(written) != 1:
        raise QueryError(
            f"found {len(written)} statements; expected one. Write one SELECT; give several "
            "one after the other."
        )
    kind = written[0].type
    if kind not in _READING:
        raise QueryError(
            f"found a statement of the kind {kind.name}; expected one that only reads (SELECT, "
            "FROM, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN). The published file is never changed by "
            "hand: copy it to work on it."
        )


@contextmanager
def _opened(settings: Settings, as_of: date | None) -> Iterator[duckdb.DuckDBPyConnection]:
    if as_of is None:
        with open_published(settings) as connection:
            yield connection
        return
    path = stable_path(settings)
    if not path.is_file():
        raise NothingPublishedError(settings)
    with reading_as_of(path, as_of) as connection:
        yield connection


def _what_there_is(connection: duckdb.DuckDBPyConnection, as_of: date | None) -> str:
    if as_of is not None:
        names = ", ".join(f"marts.{name}" for name in marts_as_of(connection))
        return f"The tables as of {as_of} are: {names}; about the data themselves: schema meta."
    names = ", ".join(f"marts.{mart.name}" for mart in marts_in(connection))
    return f"The tables are: {names}; about the data themselves: SHOW ALL TABLES, schema meta."
