"""The vintages of a home in the order in which they became known."""

from datetime import date
from pathlib import Path

import duckdb


def vintages_by_day(home: Path) -> dict[date, list[str]]:
    """Each day on which a vintage became known, in order, and the vintages of that day."""
    days: dict[date, list[str]] = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for day, vintage_id in connection.execute(
            "select known_on, vintage_id from ledger.vintages order by all"
        ).fetchall():
            days.setdefault(day, []).append(vintage_id)
    return days
