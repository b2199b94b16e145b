"""What the charts show, as points read from the marts; how they are drawn is charts.py's business.

A point without a value is a gap. Points are joined only where month follows month and the kind of
figure (its series, its definition) stays the same: a break in the data is a break in the line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import duckdb

from orchestration.site.latest import months_before
from orchestration.site.rows import rows_of


@dataclass(frozen=True)
class Point:
    """One figure of a line of a panel. ``month``: its reference month (in a fan: the day known)."""

    panel: str
    line: str
    month: date
    value: float | None
    kind: str | None = None
    is_partial: bool = False
    is_rounded: bool = False


@dataclass(frozen=True)
class Stretch:
    """Points that may be joined, in order of time."""

    panel: str
    line: str
    points: tuple[Point, ...]


def stretches(points: Iterable[Point]) -> list[Stretch]:
    """The points with a value, cut at each missing month and at each change of kind."""
    ordered = sorted(points, key=lambda point: (point.panel, point.line, point.month))
    found = []
    for (panel, line), of_line in groupby(ordered, key=lambda point: (point.panel, point.line)):
        stretch: list[Point] = []
        for point in of_line:
            if stretch and not _joins(stretch[-1], point):
                found.append(Stretch(panel, line, tuple(stretch)))
                stretch = []
            if point.value is not None:
                stretch.append(point)
        if stretch:
            found.append(Stretch(panel, line, tuple(stretch)))
    return found


def _joins(before: Point, point: Point) -> bool:
    follows = months_before(point.month, 1) == before.month
    return follows and point.value is not None and point.kind == before.kind


REGIONS = {
    "southwest": "Southwest land border",
    "northern": "Northern land border",
    "other": "Coasts, airports and interior",
}
EXPULSIONS = "Title 42 expulsions"
APPREHENSIONS = "Border Patrol apprehensions"
USBP_RELEASES = "Released by the Border Patrol"
OFO_PAROLES = "Paroled at ports of entry"

_BORDER_LINES = {
    EXPULSIONS: ("expulsion_count", "null", "false"),
    APPREHENSIONS: ("apprehension_count", "null", "false"),
    USBP_RELEASES: ("usbp_release_count", "releases_series", "is_rounded"),
    OFO_PAROLES: ("ofo_parole_count", "releases_series", "is_rounded"),
}


def border_points(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """Expulsions, apprehensions and releases by month and border region (``border_monthly``).

    From the first month with encounters of the region on: before it there were no expulsions.
    """
    points = []
    for line, (column, kind, rounded) in _BORDER_LINES.items():
        points += [
            Point(REGIONS.get(region, region), line, *rest)
            for region, *rest in connection.execute(
                f"select border_region, reference_month, {column}, {kind}, is_partial, {rounded} "  # noqa: S608
                "from marts.border_monthly as b where reference_month >= (select "
                "min(reference_month) from marts.border_monthly where encounter_count is not null)"
            ).fetchall()
        ]
    with_figures = {(p.panel, p.line) for p in points if p.value is not None}
    return [point for point in points if (point.panel, point.line) in with_figures]


def long_points(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """Apprehensions and expulsions at the southwest border, as far back as they go."""
    panel = REGIONS["southwest"]
    return [
        Point(panel, line, *rest)
        for line, column in ((APPREHENSIONS, "apprehension_count"), (EXPULSIONS, "expulsion_count"))
        for rest in connection.execute(
            f"select reference_month, {column}, null, is_partial, false "  # noqa: S608
            "from marts.border_monthly where border_region = 'southwest'"
        ).fetchall()
    ]


#: from what leaves a person outside the US to what leaves them inside
OUTCOMES = {
    "t42_expulsions": "Expelled under Title 42",
    "t8_repatriations": "Removed or returned (Title 8)",
    "mpp": "Returned to Mexico to wait (MPP)",
    "transfers_to_ice": "Transferred to ICE",
    "transfers_to_hhs": "Transferred to HHS",
    "other_outcomes": "Other outcomes",
    "ofo_paroles": OFO_PAROLES,
    "usbp_releases": USBP_RELEASES,
}
FAMILIES = {"family_unit": "People in families", "single_adult": "Single adults"}


def outcome_points(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """Outcomes of families and of single adults by month of the encounter."""
    return [
        Point(FAMILIES[status], OUTCOMES.get(outcome, outcome), *rest)
        for status, outcome, *rest in connection.execute(
            "select family_status, outcome, reference_month, person_count, series, is_partial, "
            "is_rounded from marts.outcomes_by_family_status where family_status in "
            "('family_unit', 'single_adult')"
        ).fetchall()
    ]


#: along the border from the Pacific to the Gulf
SECTORS_WEST_TO_EAST = (
    "San Diego",
    "El Centro",
    "Yuma",
    "Tucson",
    "El Paso",
    "Big Bend",
    "Del Rio",
    "Laredo",
    "Rio Grande Valley",
)


def sector_points(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """Encounters of the Border Patrol in each southwest sector; the panel is the sector."""
    return [
        Point(sector, "Encounters", *rest)
        for sector, *rest in connection.execute(
            "select area_of_responsibility, reference_month, encounter_count, series, is_partial, "
            "is_rounded from marts.sector_monthly "
            "where border_region = 'southwest' and component = 'USBP'"
        ).fetchall()
    ]


def west_to_east(sectors: Iterable[str]) -> list[str]:
    """The sectors in their order along the border; names that are new come last."""
    found = set(sectors)
    known = [sector for sector in SECTORS_WEST_TO_EAST if sector in found]
    return known + sorted(found.difference(known))


BOOK_INS = "Book-ins by arresting agency"
ICE_RELEASES = "Released into the US"
POPULATION = "Average daily population"

_DETENTION_LINES = (
    (BOOK_INS, "Arrested by CBP", "cbp_book_in_count", "book_ins_series", "is_book_ins_rounded"),
    (BOOK_INS, "Arrested by ICE", "ice_book_in_count", "book_ins_series", "is_book_ins_rounded"),
    (
        ICE_RELEASES,
        "Released",
        "release_count",
        "release_definition",
        "is_releases_rounded",
    ),
    (POPULATION, "People a day", "average_daily_population", "population_series", "false"),
)


def detention_points(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """ICE's book-ins by arresting agency, releases and population (``detention_monthly``)."""
    return [
        Point(panel, line, *rest)
        for panel, line, column, kind, rounded in _DETENTION_LINES
        for rest in connection.execute(
            f"select reference_month, {column}, {kind}, is_partial, {rounded} "  # noqa: S608
            "from marts.detention_monthly"
        ).fetchall()
    ]


def redefinition_month(points: Sequence[Point]) -> date | None:
    """The first month in which ICE's releases are counted among its book-outs."""
    months = [point.month for point in points if point.kind == "final_book_outs"]
    return min(months, default=None)


@dataclass(frozen=True)
class Fan:
    """What each vintage said of one month: of all whole months the one that was changed most."""

    title: str
    month: date
    said: tuple[dict[str, Any], ...]  # known_on, value, published_name, is_estimated


_FANS = (
    (
        "Southwest encounters",
        "encounters",
        "encounter_count",
        "border_region = 'southwest'",
    ),
    ("Book-ins to ICE detention", "book_ins", "book_in_count", "true"),
    ("Released from ICE detention", "book_outs", "book_out_count", "is_released_into_us"),
)


def fans(connection: duckdb.DuckDBPyConnection) -> list[Fan]:
    """For each of three measures the newest of the months whose figure took the most values.

    Vintages made before the month was over are left out. A measure that never changed is left out.
    """
    found = []
    for title, mart, column, condition in _FANS:
        rows = rows_of(connection, _SAID.format(mart=mart, column=column, condition=condition))
        if rows:
            month = rows[0]["month"]
            found.append(Fan(title, month, tuple(rows)))
    return found


_SAID = """
with reigning as (
    select
        reference_month as month, valid_from as known_on, vintage_id,
        is_as_of_estimated as is_estimated
    from history.reigns
    where
        mart = '{mart}' and not is_partial
        and coalesce(border_region, 'southwest') = 'southwest'
),

said as (
    select
        month, known_on, any_value(vintage_id) as vintage_id, is_estimated,
        sum({column})::double as value
    from reigning
    inner join history.{mart} as figure
        on
            figure.reference_month = month and figure.valid_from <= known_on
            and (figure.valid_to is null or figure.valid_to > known_on)
    where {condition} and {column} is not null
    group by month, known_on, is_estimated
),

chosen as (
    select month from said group by month having count(distinct value) > 1
    order by count(distinct value) desc, month desc limit 1
)

select month, said.known_on, value, published_name, is_estimated
from said
inner join chosen using (month)
left join meta.vintages using (vintage_id)
order by said.known_on
"""
