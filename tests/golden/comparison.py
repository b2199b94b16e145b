"""Comparing a published table with what it must hold, row by row."""

from typing import Any

import duckdb


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
