"""The front page: the latest figures, and charts with their notes and their figures as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
from markupsafe import Markup

from orchestration.site import points
from orchestration.site.charts import (
    COLOUR_OF,
    NARROW,
    TITLE_42,
    WIDE,
    FanChart,
    LineChart,
    Panel,
    ShareChart,
    Width,
)
from orchestration.site.drawing import COLOURS, drawn, inline, write_pictures
from orchestration.site.latest import BORDER, DETENTION, latest_by_region, latest_figure
from orchestration.site.points import Fan, Point
from orchestration.site.rows import day, month_name, number, redefinition_note, rows_of

CHARTS = "charts"


class _Drawable(Protocol):
    def spec(self, width: Width) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Cell:
    """A figure of a chart's table; ``text`` is a dash where nothing was published."""

    text: str
    is_partial: bool = False
    is_rounded: bool = False


@dataclass(frozen=True)
class FigureTable:
    """The figures of a chart, newest first; the first header is of the row's name."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Chart:
    """A chart before it is drawn: what it shows, what to know before reading it, its figures."""

    key: str
    title: str
    summary: str
    notes: tuple[str, ...]
    tables: str
    drawing: _Drawable
    figures: FigureTable
    #: what each colour means, as the CSS variable of the colour and the words
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ChartOnPage:
    """A chart as it stands in the page, for a wide page and for a phone."""

    chart: Chart
    wide: Markup
    narrow: Markup


def front_page(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Any]:
    """What the template of the front page shows; the charts are also written to ``folder``."""
    (folder / CHARTS).mkdir()
    return {
        "border": [latest_figure(connection, measure) for measure in BORDER],
        "detention": [latest_figure(connection, measure) for measure in DETENTION],
        "regions": [
            row | {"region": points.REGIONS.get(row["border_region"], row["border_region"])}
            for row in latest_by_region(connection)
        ],
        "charts": [_on_page(chart, folder / CHARTS) for chart in charts(connection)],
    }


def _on_page(chart: Chart, folder: Path) -> ChartOnPage:
    wide, narrow = (drawn(chart.drawing.spec(width)) for width in (WIDE, NARROW))
    write_pictures(wide, folder, chart.key)
    return ChartOnPage(chart, *(inline(svg, chart.title, chart.summary) for svg in (wide, narrow)))


def charts(connection: duckdb.DuckDBPyConnection) -> list[Chart]:
    """Every chart that this version has figures for, in the order of the page."""
    found = [make(connection) for make in _CHARTS]
    return [chart for chart in found if chart is not None]


def _border(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = _with_figures(points.border_points(connection))
    if not found:
        return None
    regions = [*points.REGIONS.values(), *sorted({p.panel for p in found})]
    panels = [
        Panel(region, 240 if region == regions[0] else 130, TITLE_42)
        for region in dict.fromkeys(regions)
        if _has_figures(found, region)
    ]
    return Chart(
        "border",
        "Expelled, apprehended, released",
        "Title 42 expulsions, Border Patrol apprehensions under Title 8, and releases by CBP, by "
        "month and border region. Each region has its own scale.",
        (
            "Fiscal year 2021 counts are not like those of earlier years: under Title 42 a person "
            "could be expelled and try again within days, and each try counts.",
            "Releases are counted in the month of the encounter and are published for the "
            "southwest only. Those from OHSS are rounded to 10.",
            *_where_components_are_unknown(found),
        ),
        "marts.border_monthly",
        LineChart(found, panels),
        _figures(found),
        _legend(found),
    )


def _where_components_are_unknown(found: Sequence[Point]) -> list[str]:
    """For each region whose apprehensions end before its expulsions do: since when, and why."""
    ends: dict[str, dict[str, date]] = {}
    for point in found:
        if point.value is not None:
            known = ends.setdefault(point.panel, {})
            known[point.line] = max(point.month, known.get(point.line, point.month))
    return [
        f"{region}: the files held do not say which encounters after {month_name(until)} were the "
        "Border Patrol's, so apprehensions end there."
        for region, last in ends.items()
        if (until := last.get(points.APPREHENSIONS, date.max)) < last.get(points.EXPULSIONS, until)
    ]


def _long(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = _with_figures(points.long_points(connection))
    if not found:
        return None
    panels = [Panel(points.REGIONS["southwest"], 220, TITLE_42)]
    return Chart(
        "since-1999",
        "Apprehensions since October 1999",
        "Border Patrol apprehensions under Title 8 at the southwest border by month, with the "
        "Title 42 expulsions of Border Patrol and field operations beside them.",
        (
            "Apprehensions are the Border Patrol's alone; expulsions are of both components. The "
            "two are never one line: they are different powers.",
        ),
        "marts.border_monthly",
        LineChart(found, panels),
        _figures(found),
        _legend(found),
    )


def _outcomes(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = _with_figures(points.outcome_points(connection))
    if not found:
        return None
    panels = [Panel(name, 200) for name in points.FAMILIES.values() if _has_figures(found, name)]
    return Chart(
        "outcomes",
        "What became of families and of single adults",
        "Share of the people met at the southwest border in each month by what became of them: "
        "expelled, returned, transferred or released.",
        (
            "By the month of the encounter, not of the outcome. Counts are rounded to 10 by OHSS; "
            "a month's outcomes are shares of those that have a figure.",
            *_redefinitions(connection, "outcomes_by_family_status"),
        ),
        "marts.outcomes_by_family_status",
        ShareChart(found, panels),
        _figures(found),
        _legend(found),
    )


def _sectors(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = _with_figures(points.sector_points(connection))
    if not found:
        return None
    panels = [Panel(name, 100) for name in points.west_to_east({p.panel for p in found})]
    return Chart(
        "sectors",
        "Along the border, sector by sector",
        "Border Patrol encounters by month in each southwest sector, from the Pacific to the "
        "Gulf, all on one scale.",
        (
            "A line breaks where its source changes: the Border Patrol's own history, then OHSS, "
            "rounded to 10, or CBP's area file. From March 2020 encounters include Title 42 "
            "expulsions.",
        ),
        "marts.sector_monthly",
        LineChart(found, panels, side_by_side=True),
        _figures(found),
    )


def _detention(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = _with_figures(points.detention_points(connection))
    if not found:
        return None
    redefined = points.redefinition_month(found)
    break_at = (redefined, "counted otherwise from here") if redefined else None
    panels = [
        panel
        for panel in (
            Panel(points.BOOK_INS, 160),
            Panel(points.ICE_RELEASES, 150, break_at=break_at),
            Panel(points.POPULATION, 130),
        )
        if _has_figures(found, panel.title)
    ]
    return Chart(
        "detention",
        "ICE detention: in, out, and held",
        "Book-ins to ICE detention by arresting agency, releases into the US, and the average "
        "daily population, by month.",
        (
            "A ring marks a month that was not over when its last publication was made; some stay "
            "so for good.",
            "A line breaks where its source changes: before ICE's own workbooks OHSS, rounded to "
            "10.",
            *_redefinitions(connection, "releases_from_ice_detention"),
            "ICE's releases count people in the month of release, and people arrested in the "
            "interior too; CBP's count them in the month of the encounter. The two are never "
            "added.",
        ),
        "marts.detention_monthly",
        LineChart(found, panels),
        _figures(found),
        _legend(found),
    )


def _redefinitions(connection: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    """Where what a mart shows is counted otherwise than before: why, and since when."""
    return [redefinition_note(row) for row in rows_of(connection, _REDEFINED, [mart])]


#: only those that a vintage in use came after
_REDEFINED = """
select reason, publication
from meta.redefinitions as points
where
    mart = ?
    and exists (
        from meta.sources_of_this_version as used
        inner join meta.vintage_tables as tables using (vintage_id, table_name)
        where
            used.series = points.series
            and used.table_name = points.table_name
            and tables.coverage_end >= points.from_coverage_end
    )
order by all
"""


def _has_figures(found: Sequence[Point], panel: str) -> bool:
    return any(point.panel == panel and point.value is not None for point in found)


def _legend(found: Sequence[Point]) -> tuple[tuple[str, str], ...]:
    lines = [line for line in COLOUR_OF if any(point.line == line for point in found)]
    return tuple((COLOURS[COLOUR_OF[line]], line) for line in lines)


def _with_figures(found: Sequence[Point]) -> list[Point]:
    """Without the panels that this version has no figure for."""
    return [point for point in found if _has_figures(found, point.panel)]


def _figures(found: Sequence[Point]) -> FigureTable:
    panels = {point.panel for point in found}
    lines = {point.line for point in found}
    columns = list(dict.fromkeys((point.panel, point.line) for point in found))
    by_month: dict[date, dict[tuple[str, str], Point]] = {}
    for point in found:
        if point.value is not None:
            by_month.setdefault(point.month, {})[point.panel, point.line] = point
    return FigureTable(
        headers=(
            "Month",
            *(
                line if len(panels) == 1 else panel if len(lines) == 1 else f"{panel}: {line}"
                for panel, line in columns
            ),
        ),
        rows=tuple(
            (month_name(month), tuple(_cell(by_month[month].get(column)) for column in columns))
            for month in sorted(by_month, reverse=True)
        ),
    )


def _cell(point: Point | None) -> Cell:
    if point is None:
        return Cell("–")
    return Cell(number(point.value), point.is_partial, point.is_rounded)


def _vintages(connection: duckdb.DuckDBPyConnection) -> Chart | None:
    found = points.fans(connection)
    if not found:
        return None
    return Chart(
        "vintages",
        "One month, as each publication gave it",
        "The figure of one month by the day on which each publication was known. Scales do not "
        "start at zero.",
        (
            "Each dot is a publication. Of the months that were over, the one whose figure "
            "changed most often is shown for each measure.",
        ),
        "history.reigns, history.encounters, history.book_ins and history.book_outs",
        FanChart(found),
        _fan_figures(found),
    )


def _fan_figures(found: Sequence[Fan]) -> FigureTable:
    return FigureTable(
        headers=("Figure", "Known on", "Value", "Publication"),
        rows=tuple(
            (
                f"{fan.title}, {month_name(fan.month)}",
                (
                    Cell(day(said["known_on"]) + (" (estimated)" if said["is_estimated"] else "")),
                    Cell(number(said["value"])),
                    Cell(said["published_name"] or "–"),
                ),
            )
            for fan in found
            for said in fan.said
        ),
    )


_CHARTS = (_border, _outcomes, _sectors, _detention, _long, _vintages)
