"""How a home stands, as far as somebody must be told: read from the published file, not written.

Nothing here knows what was told before (told.py) or how it is said (messages.py). Failed runs are
handed in, by those who know Dagster.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from orchestration.mirror.source import Source
from orchestration.settings import Settings
from orchestration.warehouse.quarantined import quarantined_in
from orchestration.warehouse.query import NothingPublishedError, open_published
from orchestration.warehouse.status import SeriesStatus, series_status
from orchestration.warehouse.unexplained import Unexplained, unexplained_in
from orchestration.warehouse.versions import About, about_in

#: failing rows of a table to name the places of
PLACES = 5


@dataclass(frozen=True)
class FailedRun:
    """A run that failed: the step and its innermost cause. ``ended_at`` in UTC.

    ``stands``: no run has succeeded since.
    """

    run_id: str
    job: str
    stage: str
    message: str
    ended_at: datetime
    stands: bool


@dataclass(frozen=True)
class Refusal:
    """A quarantined vintage, or one table of it; ``places``: where in it failing rows stand."""

    vintage_id: str
    series: str
    published_name: str
    table_name: str | None
    reasons: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same for as long as it is the same vintage and table."""
        return f"{self.vintage_id} {self.table_name or 'whole'}"


@dataclass(frozen=True)
class Silence:
    """A series of which nothing new came for longer than usual; ``known_on``: its newest."""

    status: SeriesStatus
    known_on: date

    @property
    def key(self) -> str:
        """The same from day to day: another vintage, or another state, is another silence."""
        return f"{self.status.series} {self.status.last_vintage} {self.known_on} " + (
            self.status.state
        )


@dataclass(frozen=True)
class Standing:
    """What there is to be told of a home; ``version`` is None before anything is published."""

    source_mode: str
    version: About | None
    failed_runs: tuple[FailedRun, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unexplained: tuple[Unexplained, ...] = ()
    silences: tuple[Silence, ...] = ()


def how_it_stands(
    settings: Settings, failed_runs: Iterable[FailedRun], today: date | None = None
) -> Standing:
    """How the home stands on a day (UTC); opens the published file only, for reading."""
    runs = tuple(failed_runs)
    day = today or datetime.now(UTC).date()
    try:
        with open_published(settings) as connection:
            version = about_in(connection)
            refusals, unexplained = _refusals(connection), unexplained_in(connection)
    except NothingPublishedError:
        return Standing(Source.remembered(settings).mode, None, runs)
    silences = _silences(series_status(settings, today=day), day)
    return Standing(version.source_mode, version, runs, refusals, unexplained, silences)


def _refusals(connection: duckdb.DuckDBPyConnection) -> tuple[Refusal, ...]:
    samples = connection.execute(
        "select vintage_id, table_name, sample from meta.checks "
        "where not passed and severity = 'critical' and sample is not null"
    ).fetchall()
    places: dict[tuple[str, str | None], list[str]] = {}
    for vintage_id, table, sample in samples:
        places.setdefault((vintage_id, table), []).extend(_places(json.loads(sample)))
    return tuple(
        Refusal(
            vintage_id,
            one.series,
            one.published_name,
            table,
            one.reasons,
            tuple(dict.fromkeys(places.get((vintage_id, table), [])))[:PLACES],
        )
        for (vintage_id, table), one in quarantined_in(
            connection, "meta", every_table=False
        ).items()
    )


def _places(rows: Sequence[dict[str, object]]) -> list[str]:
    """Where the failing rows of a check stand; a footing has a place, a value a source_place."""
    found = [row.get("source_place") or row.get("place") for row in rows]
    return [str(place) for place in found if place]


def _silences(statuses: Iterable[SeriesStatus], today: date) -> tuple[Silence, ...]:
    return tuple(
        Silence(status, today - timedelta(days=status.age_days))
        for status in statuses
        if status.is_late and status.age_days is not None
    )
