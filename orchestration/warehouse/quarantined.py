"""What is quarantined: vintages, and tables of vintages, with the reasons."""

from dataclasses import dataclass
from datetime import date

import duckdb

_QUARANTINED = """
select vintage_id, null as table_name, series, published_name, 0 as rows, reasons, known_on
from {schema}.vintages
where status = 'quarantined'
union all
select
    vintage_id, table_name, vintages.series, published_name, rows, tables.reasons,
    vintages.known_on
from {schema}.vintage_tables as tables inner join {schema}.vintages as vintages using (vintage_id)
where tables.status = 'quarantined' and ($every_table or vintages.status != 'quarantined')
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
    known_on: date | None = None


def quarantined_in(
    connection: duckdb.DuckDBPyConnection, schema: str, *, every_table: bool = True
) -> dict[tuple[str, str | None], Refused]:
    """All that is quarantined, by vintage_id and table; ``schema`` is ledger or meta.

    ``every_table`` False: a vintage that is quarantined as a whole hides its tables, for those who
    tell each thing once.
    """
    return {
        (vintage_id, table): Refused(series, name, table, rows, tuple(reasons or ()), known_on)
        for vintage_id, table, series, name, rows, reasons, known_on in connection.execute(
            _QUARANTINED.format(schema=schema), {"every_table": every_table}
        ).fetchall()
    }
