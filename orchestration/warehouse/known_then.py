"""The ledger as it stood on a past day: what was not known yet is taken out of a copy of it.

Verdicts need no second look: a critical rule sees nothing but the vintage itself, so a vintage that
is quarantined today was quarantined on the day it became known. Days of ``known_on`` are estimated
anew from what is left, as they would have been then.
"""

from collections.abc import Mapping
from datetime import date

import duckdb

from orchestration.series.series import Series
from orchestration.warehouse.ledger import create_ledger, mark_same_content, order_estimates

#: sightings are of the past of the home, not of the agencies: those of known bytes stay
_OF_VINTAGES = ("vintage_tables", "sightings", "posted_again", "checks")


class UnknownThenError(Exception):
    """A day on which nothing was known yet. Names the first day on which something was."""


def forget_what_was_not_known(
    connection: duckdb.DuckDBPyConnection, day: date, catalog: Mapping[str, Series]
) -> int:
    """Leave in ``ledger`` what was known on ``day``; the number of vintages. Only for a copy.

    Of ``ledger.runs`` nothing stays: no run of then is known. UnknownThenError if no accepted table
    is left.
    """
    create_ledger(connection)  # a home of before may lack a table
    first = connection.execute("select min(known_on) from ledger.accepted_tables").fetchone()
    connection.execute("delete from ledger.runs")
    for table in ("vintages", "posted_again"):
        connection.execute(f"delete from ledger.{table} where known_on > ?", [day])  # noqa: S608
    for table in _OF_VINTAGES:
        connection.execute(
            f"delete from ledger.{table} "  # noqa: S608
            "where vintage_id not in (select vintage_id from ledger.vintages)"
        )
    for series in catalog.values():
        order_estimates(connection, series.name, series.usual_lag_days)
        mark_same_content(connection, series.name)
    left = connection.execute(
        "select count(*), (select count(*) from ledger.accepted_tables) from ledger.vintages"
    ).fetchone()
    assert first is not None
    assert left is not None
    vintages, accepted = left
    if not accepted:
        raise UnknownThenError(
            f"as of {day}: found no accepted table that was known on that day; expected a day "
            f"{f'from {first[0]} on' if first[0] else 'on which one was'}. Give a later day, or "
            "run `border run` first."
        )
    return int(vintages)
