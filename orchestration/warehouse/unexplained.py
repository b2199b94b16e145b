"""Published totals that ours differ from, and no rule says why: for the pages and the alerts."""

import hashlib
from dataclasses import dataclass
from datetime import date

import duckdb

_UNEXPLAINED = """
select
    comparison, measure, scope, period, published, published_on, published_source, our_table,
    ours_as_of_then, ours_now, difference
from marts.reconciliation
where status = 'unexplained'
order by
    abs(difference) desc nulls first, measure, scope, period, comparison, published_source,
    our_table
"""


@dataclass(frozen=True)
class Unexplained:
    """A row of ``marts.reconciliation`` whose status is 'unexplained'."""

    comparison: str
    measure: str
    scope: str
    period: str
    published: float | None
    published_on: date | None
    published_source: str
    our_table: str
    ours_as_of_then: float | None
    ours_now: float | None
    difference: float | None

    @property
    def key(self) -> str:
        """The same for the same total of the same source, in however many versions."""
        total = (self.comparison, self.measure, self.scope, self.period, self.published_source)
        return hashlib.sha256(repr((*total, self.our_table)).encode()).hexdigest()[:16]


def unexplained_in(connection: duckdb.DuckDBPyConnection) -> tuple[Unexplained, ...]:
    """All of a published version, the largest difference first."""
    return tuple(Unexplained(*row) for row in connection.execute(_UNEXPLAINED).fetchall())
