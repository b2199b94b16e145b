"""Rows of an open published file as dictionaries, and numbers and dates as a page shows them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb

NOT_PUBLISHED = "not published"


def rows_of(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Every row of the answer, by column name."""
    answer = connection.execute(sql, list(parameters))
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def number(value: float | None) -> str:
    """``1,234``; one decimal below 1,000 only; a missing figure in words, never 0."""
    if value is None:
        return NOT_PUBLISHED
    whole = float(value).is_integer() or abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def signed(value: float) -> str:
    """``+1,234`` or ``−1,234``, with a true minus."""
    return f"{'−' if value < 0 else '+' if value > 0 else '±'}{number(abs(value))}"


def month_name(value: date) -> str:
    """``March 2021``."""
    return f"{value:%B %Y}"


def short_month(value: date) -> str:
    """``Mar 2021``."""
    return f"{value:%b %Y}"


def day(value: date | datetime | None) -> str:
    """``2 March 2021``; a dash where there is none."""
    return "–" if value is None else f"{value.day} {value:%B %Y}"


def redefinition_note(row: dict[str, Any]) -> str:
    """A row of ``meta.redefinitions``: what the agency counts otherwise, and since when."""
    return f"Redefined: {row['reason']} Since {row['publication']}."
