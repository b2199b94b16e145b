"""The latest figures: for each measure its newest whole month, and the changes on month and year.

A month that was not over when its publication was made is never the latest; it is named beside it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.site.rows import rows_of

_SOUTHWEST = "marts.border_monthly where border_region = 'southwest'"
_DETENTION = "marts.detention_monthly where true"


@dataclass(frozen=True)
class Measure:
    """A figure of the front page: where it stands (columns of a monthly mart), and what it is.

    ``kind``: what must not change between two months for their difference to mean something.
    """

    title: str
    unit: str
    meaning: str
    rows: str
    column: str
    source: str
    rounded: str = "false"
    kind: str = "null"


BORDER = (
    Measure(
        "Encounters",
        "events",
        "Border Patrol and field operations, Title 8 and Title 42. Events, not people.",
        _SOUTHWEST,
        "encounter_count",
        "encounters",
    ),
    Measure(
        "Apprehensions",
        "events",
        "By the Border Patrol between ports of entry, under Title 8.",
        _SOUTHWEST,
        "apprehension_count",
        "apprehensions",
    ),
    Measure(
        "Title 42 expulsions",
        "events",
        "Under the public health order, in force from 20 March 2020 to 11 May 2023.",
        _SOUTHWEST,
        "expulsion_count",
        "encounters",
    ),
    Measure(
        "Released by the Border Patrol",
        "people",
        "Into the US, by the month of the encounter.",
        _SOUTHWEST,
        "usbp_release_count",
        "releases",
        "is_rounded",
        "releases_series",
    ),
    Measure(
        "Paroled at ports of entry",
        "people",
        "Into the US by field operations, by the month of the encounter.",
        _SOUTHWEST,
        "ofo_parole_count",
        "releases",
        "is_rounded",
        "releases_series",
    ),
)
DETENTION = (
    Measure(
        "Book-ins to ICE detention",
        "people",
        "Arrested by CBP or by ICE.",
        _DETENTION,
        "book_in_count",
        "book_ins",
        "is_book_ins_rounded",
        "book_ins_series",
    ),
    Measure(
        "Released from ICE detention",
        "people",
        "Into the US, by the month of release; people arrested in the interior too.",
        _DETENTION,
        "release_count",
        "releases",
        "is_releases_rounded",
        "release_definition",
    ),
    Measure(
        "Average daily population",
        "people a day",
        "In ICE detention. What it could hold is not published.",
        _DETENTION,
        "average_daily_population",
        "population",
    ),
)


@dataclass(frozen=True)
class Change:
    """The difference to an earlier month; ``value`` is None where that month has no figure."""

    month: date
    value: float | None
    percent: float | None
    is_comparable: bool


@dataclass(frozen=True)
class LatestFigure:
    """The figure of the newest whole month, where it comes from, and how it changed.

    ``month`` and ``value`` are None where no month has a figure. ``partial_month``: a newer month
    that is not over in its publication.
    """

    measure: Measure
    month: date | None
    value: float | None
    is_rounded: bool
    published_name: str | None
    known_on: date | None
    on_month: Change | None
    on_year: Change | None
    partial_month: date | None


def latest_figure(connection: duckdb.DuckDBPyConnection, measure: Measure) -> LatestFigure:
    """The newest figure of a whole month of a measure."""
    rows = rows_of(
        connection,
        f"select reference_month as month, {measure.column} as value, is_partial, "  # noqa: S608
        f"{measure.rounded} as is_rounded, {measure.kind} as kind, "
        f"{measure.source}_vintage_id as vintage_id "
        f"from {measure.rows} and {measure.column} is not null order by month",
    )
    by_month = {row["month"]: row for row in rows}
    whole = [row for row in rows if not row["is_partial"]]
    if not whole:
        return LatestFigure(measure, None, None, False, None, None, None, None, None)
    last = whole[-1]
    source = rows_of(
        connection,
        "select published_name, known_on from meta.vintages where vintage_id = ?",
        [last["vintage_id"]],
    )
    return LatestFigure(
        measure=measure,
        month=last["month"],
        value=last["value"],
        is_rounded=last["is_rounded"],
        published_name=source[0]["published_name"] if source else None,
        known_on=source[0]["known_on"] if source else None,
        on_month=_change(last, by_month, months_before(last["month"], 1)),
        on_year=_change(last, by_month, months_before(last["month"], 12)),
        partial_month=rows[-1]["month"] if rows[-1]["is_partial"] else None,
    )


def months_before(month: date, months: int) -> date:
    """The first day of the month so many months earlier."""
    count = month.year * 12 + month.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _change(last: dict[str, Any], by_month: dict[date, dict[str, Any]], month: date) -> Change:
    before = by_month.get(month)
    if before is None or before["is_partial"]:
        return Change(month, None, None, False)
    difference = last["value"] - before["value"]
    percent = 100 * difference / before["value"] if before["value"] else None
    return Change(month, difference, percent, before["kind"] == last["kind"])


def latest_by_region(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The newest month with encounters of each border region: the mart's own columns."""
    return rows_of(
        connection,
        "select border_region, reference_month, encounter_count, encounter_change_on_month, "
        "encounter_change_on_year, apprehension_count, expulsion_count, is_partial "
        "from marts.border_monthly where encounter_count is not null "
        "qualify row_number() over (partition by border_region order by reference_month desc) = 1 "
        "order by encounter_count desc",
    )
