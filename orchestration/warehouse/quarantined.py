"""What is quarantined: vintages, and tables of vintages, with the reasons."""

from dataclasses import dataclass

import duckdb

_QUARANTINED = """
select vintage_id, null as table_name, series, published_name, 0 as rows, reasons
from {schema}.vintages
where status = 'quarantined'
union all
select vintage_id, table_name, vintages.series, published_name, rows, tables.reasons
from {schema}.vintage_tables as tables inner join {schema}.vintages as vintages using (vintage_id)
where tables.status = 'quarantined'
order by series, published_name, vintage_id, table_name nulls first
"""


@dataclass(frozen=True)
class Refused:
    """A quarantined vintage (``table`` None), or one table of a vintage, and why."""

    series: str
    published_name: str
    table: str | None
    rows: int
    reasons: tuple[str, ...]


def quarantined_in(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> dict[tuple[str, str | None], Refused]:
    """All that is quarantined, by vintage_id and table; ``schema`` is ledger or meta."""
    return {
        (vintage_id, table): Refused(series, name, table, rows, tuple(reasons or ()))
        for vintage_id, table, series, name, rows, reasons in connection.execute(
            _QUARANTINED.format(schema=schema)
        ).fetchall()
    }
