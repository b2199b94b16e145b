"""How each series stands, from the published file: what is held, how old it is, whether it is late.

What one vintage's quarantine was for stands in ``meta.vintages`` and in the release notes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from orchestration.series.catalog import SERIES
from orchestration.series.series import Series
from orchestration.settings import Settings
from orchestration.warehouse.query import open_published
from orchestration.warehouse.versions import about_in

State = Literal["none held", "frozen", "current", "late", "no longer published?", "not judged"]


@dataclass(frozen=True)
class SeriesStatus:
    """One series. Counts are of vintages; ``quarantined_tables``: tables of accepted vintages.

    ``last_vintage`` is the published name of the newest vintage of any status; ``age_days`` counts
    from the day it was known. ``coverage_end``: the last day that an accepted vintage covers.
    """

    series: str
    agency: str
    last_vintage: str | None
    last_vintage_status: str | None
    coverage_end: date | None
    accepted: int
    quarantined: int
    quarantined_tables: int
    age_days: int | None
    state: State

    @property
    def is_late(self) -> bool:
        """Whether the agency has been silent for longer than it usually is."""
        return self.state in {"late", "no longer published?"}

    def cells(self) -> tuple[str, ...]:
        """As texts: series, last vintage, covers to, accepted, quarantined, age, state."""
        last = self.last_vintage or "-"
        if self.last_vintage_status == "quarantined":
            last += " (quarantined)"
        tables = f" + {self.quarantined_tables} tables" if self.quarantined_tables else ""
        return (
            self.series,
            last,
            f"{self.coverage_end or '-'}",
            f"{self.accepted:,}",
            f"{self.quarantined:,}{tables}",
            "-" if self.age_days is None else f"{self.age_days:,} days",
            self.state,
        )


def series_status(
    settings: Settings, series: Mapping[str, Series] = SERIES, today: date | None = None
) -> list[SeriesStatus]:
    """The status of each series on a day, in the order given; NothingPublishedError if no file."""
    day = today or datetime.now(UTC).date()
    with open_published(settings) as connection:
        source_mode = about_in(connection).source_mode
        held = {name: _Held(*rest) for name, *rest in connection.execute(_HELD).fetchall()}
    return [_status(one, held.get(name), source_mode, day) for name, one in series.items()]


@dataclass(frozen=True)
class _Held:
    """What the published file holds of a series."""

    last_vintage: str
    last_vintage_status: str
    known_on: date
    coverage_end: date | None
    accepted: int
    quarantined: int
    quarantined_tables: int


#: the last vintage: as in meta.freshness
_HELD = """
with bad_tables as (
    select vintage_id, count(*) as bad_tables
    from meta.vintage_tables where status = 'quarantined' group by vintage_id
)
select
    series,
    last(published_name order by known_on, coverage_end nulls first, vintage_id),
    last(status order by known_on, coverage_end nulls first, vintage_id),
    max(known_on),
    max(coverage_end) filter (status = 'accepted'),
    count(*) filter (status = 'accepted'),
    count(*) filter (status = 'quarantined'),
    coalesce(sum(bad_tables) filter (status = 'accepted'), 0)::bigint
from meta.vintages left join bad_tables using (vintage_id)
group by series
"""


def _status(series: Series, held: _Held | None, source_mode: str, today: date) -> SeriesStatus:
    age_days = None if held is None else (today - held.known_on).days
    return SeriesStatus(
        series=series.name,
        agency=series.agency,
        last_vintage=held.last_vintage if held else None,
        last_vintage_status=held.last_vintage_status if held else None,
        coverage_end=held.coverage_end if held else None,
        accepted=held.accepted if held else 0,
        quarantined=held.quarantined if held else 0,
        quarantined_tables=held.quarantined_tables if held else 0,
        age_days=age_days,
        state=_state(series, age_days, source_mode),
    )


def _state(series: Series, age_days: int | None, source_mode: str) -> State:
    """Silence of the agency is no failure; in the sample it says nothing about the agency."""
    if age_days is None:
        return "none held"
    if series.frozen:
        return "frozen"
    if source_mode == "sample":
        return "not judged"
    ended_after = series.perhaps_ended_after_days
    if ended_after is not None and age_days > ended_after:
        return "no longer published?"
    return "late" if age_days > series.late_after_days else "current"
