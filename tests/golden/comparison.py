"""Comparing a published table with what it must hold, row by row; and files by all their marts."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.marts import Mart, answers_in, marts_in, one_value, quoted, reading


def differences(connection: duckdb.DuckDBPyConnection, expected: str, found: str) -> list[Any]:
    """Up to five rows of two queries of the same columns that are not in both.

    An empty expectation would agree with an empty table and prove nothing: it fails.
    """
    if connection.execute(f"select count(*) from ({expected})").fetchone() == (0,):
        raise AssertionError(f"found no row to expect; expected some from {expected}")
    rows = connection.execute(
        f"(({expected}) except ({found})) union all (({found}) except ({expected}))"
        " order by all limit 5"
    )
    return rows.fetchall()


def mart_hashes(path: Path, as_of: date | None = None) -> dict[str, str]:
    """The sha256 of every mart of a file: its columns, types and rows, whatever their order.

    Two files have equal hashes if and only if their marts hold the same rows. Meta is not hashed:
    it holds the times of runs. With ``as_of``: of the file's answers for that day, for each mart
    that has them, without the column by which an answer has more than its mart.
    """
    with reading(path) as connection:
        marts = marts_in(connection)
        if as_of is None:
            return {mart.name: _hash(connection, mart, mart.relation) for mart in marts}
        answers = answers_in(connection)
        return {
            mart.name: _hash(
                connection, mart, f"marts.{quoted(answers[mart.name])}(date '{as_of}')"
            )
            for mart in marts
            if mart.name in answers
        }


def _hash(connection: duckdb.DuckDBPyConnection, mart: Mart, relation: str) -> str:
    columns = [(column.name, column.type) for column in mart.columns]
    names = ", ".join(quoted(column.name) for column in mart.columns)
    # JSON tells NULL from 'null' and from ''; the row hashes are ordered, so equal rows count.
    hashed = (
        "select sha256(to_json(whole_row)::varchar) as row_hash "
        f"from (select {names} from {relation}) as whole_row"
    )
    rows = one_value(
        connection,
        f"select coalesce(string_agg(row_hash, '' order by row_hash), '') from ({hashed})",
    )
    return hashlib.sha256(f"{columns}{rows}".encode()).hexdigest()
