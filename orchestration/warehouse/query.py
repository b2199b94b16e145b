"""The published file as its readers meet it: where it lies, opened for reading, asked in SQL.

Reads the current version, or on request the private warehouse behind it. An answer as a file is
written by answer.py; printing one is the command line's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.as_of import reading_as_of
from orchestration.warehouse.connection import reading_warehouse
from orchestration.warehouse.marts import answers_in, marts_in, reading

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


def run_query(
    settings: Settings, sql: str, as_of: date | None = None, raw: bool = False
) -> QueryResult:
    """Run one reading statement; errors and meaning of the arguments as in ``answering``."""
    with answering(settings, sql, as_of, raw) as answer:
        rows = answer.fetchall()
        description = answer.description or []
        return QueryResult(
            tuple(column[0] for column in description),
            tuple(str(column[1]) for column in description),
            rows,
        )


@contextmanager
def answering(
    settings: Settings, sql: str, as_of: date | None = None, raw: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that has run one reading statement, to fetch its rows from.

    With ``as_of`` the marts are as they were known on that day, with ``is_as_of_estimated``. With
    ``raw`` the private warehouse is asked (schemas raw and ledger), and no run can begin meanwhile.

    The statement can reach that one file and nothing else: no other file, no network, no
    extension, no setting. QueryError if it is refused or fails; NothingPublishedError before the
    first run; WarehouseBusyError if ``raw`` is asked while a run is going on.
    """
    if raw and as_of is not None:
        raise QueryError(
            "found both a past day and the raw tables; expected one of the two. The raw tables "
            "hold every vintage: choose by vintage_id and ledger.vintages.known_on."
        )
    opened = _opened_raw(settings) if raw else _opened(settings, as_of)
    with opened as connection:
        try:
            _refuse_all_but_one_reading_statement(connection.extract_statements(sql))
            yield connection.execute(sql)
        except duckdb.CatalogException as error:
            there_is = _raw_tables(connection) if raw else _what_there_is(connection, as_of)
            raise QueryError(f"{error}\n{there_is}") from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error


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
            "FROM, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN). No file of this project is changed by "
            "hand: copy the published one to work on it."
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


@contextmanager
def _opened_raw(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    if not settings.warehouse.is_file():
        raise QueryError(
            f"{settings.warehouse}: no such file; expected the private warehouse that a run "
            "writes. Type `border run` first, or set BORDER_HOME to the home that holds it."
        )
    with reading_warehouse(settings) as connection:
        yield connection


def _raw_tables(connection: duckdb.DuckDBPyConnection) -> str:
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name in ('raw', 'ledger') order by 1"
    ).fetchall()
    return f"The tables are: {', '.join(name for (name,) in names)}."


def _what_there_is(connection: duckdb.DuckDBPyConnection, as_of: date | None) -> str:
    if as_of is not None:
        names = ", ".join(f"marts.{name}" for name in answers_in(connection))
        return f"The tables as of {as_of} are: {names}; about the data themselves: schema meta."
    names = ", ".join(f"marts.{mart.name}" for mart in marts_in(connection))
    return f"The tables are: {names}; about the data themselves: SHOW ALL TABLES, schema meta."
