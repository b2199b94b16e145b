"""The charts of the front page, drawn with Altair from the points of points.py.

Every chart is a column of panels that share their lines' colours, or a grid of small multiples.
Each is drawn twice, for a wide page and for a phone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt

from orchestration.site.drawing import HOVER
from orchestration.site.latest import months_before
from orchestration.site.points import (
    APPREHENSIONS,
    EXPULSIONS,
    OFO_PAROLES,
    OUTCOMES,
    USBP_RELEASES,
    Fan,
    Point,
    stretches,
)
from orchestration.site.rows import day, month_name, number

PAPER, INK, QUIET, LINE, BAND = "#ffffff", "#1b2733", "#56616d", "#dfe3e8", "#eef1f4"
#: the same thing has the same colour in every chart
COLOUR_OF = {
    EXPULSIONS: "#c8501a",
    APPREHENSIONS: "#087f5f",
    "Expelled under Title 42": "#c8501a",
    "Removed or returned (Title 8)": "#7a3b10",
    "Returned to Mexico to wait (MPP)": "#8a6d00",
    "Transferred to ICE": "#3f4d5c",
    "Transferred to HHS": "#9a4f8c",
    "Other outcomes": "#8a96a3",
    OFO_PAROLES: "#2f9bd0",
    USBP_RELEASES: "#0a66a8",
    "Arrested by CBP": "#087f5f",
    "Arrested by ICE": "#9a4f8c",
}
ONE_LINE = "#0a66a8"
TITLE_42 = (date(2020, 3, 20), date(2023, 5, 11))
_AXIS_ROOM = 54
#: above the lines, for words about a band or a break, which no line then crosses
_WORDS_ROOM = 24

Rows = list[dict[str, Any]]


class _Data:
    """The rows of a chart, named: Altair copies what stands in a chart itself, many times over."""

    def __init__(self) -> None:
        self.sets: dict[str, Rows] = {}

    def named(self, rows: Rows) -> alt.NamedData:
        name = f"d{len(self.sets)}"
        self.sets[name] = rows
        return alt.NamedData(name)


@dataclass(frozen=True)
class Width:
    """A page's width for a chart, in pixels, and how many small multiples stand side by side."""

    pixels: int
    columns: int
    ticks: int
    legend_columns: int


WIDE = Width(pixels=800, columns=3, ticks=10, legend_columns=4)
NARROW = Width(pixels=336, columns=2, ticks=4, legend_columns=1)


@dataclass(frozen=True)
class Panel:
    """One picture of a chart: its title, height, and what is marked in it."""

    title: str
    height: int
    band: tuple[date, date] | None = None
    #: a month from which figures are counted otherwise, and the words for it
    break_at: tuple[date, str] | None = None


@dataclass(frozen=True)
class LineChart:
    """Lines over time. ``side_by_side``: small multiples on one scale, so that they compare."""

    points: Sequence[Point]
    panels: Sequence[Panel]
    side_by_side: bool = False

    def spec(self, width: Width) -> dict[str, Any]:
        """Its Vega-Lite specification for a page's width."""
        data = _Data()
        columns = width.columns if self.side_by_side else 1
        pixels = (width.pixels - columns * _AXIS_ROOM - (columns - 1) * 14) // columns
        drawn = [
            self._panel(data, panel, index, pixels, width)
            for index, panel in enumerate(self.panels)
        ]
        return _spec(drawn, columns, data)

    def _panel(
        self, data: _Data, panel: Panel, index: int, pixels: int, width: Width
    ) -> dict[str, Any]:
        points = [point for point in self.points if point.panel == panel.title]
        months = _months(self.points)
        x = _time_axis(months, 3 if self.side_by_side else width.ticks)
        seen = self.points if self.side_by_side else points
        top = max((p.value for p in seen if p.value is not None), default=1) or 1
        if panel.band or panel.break_at:
            top *= panel.height / (panel.height - _WORDS_ROOM)
        scale = alt.Scale(domain=[0, top])
        axis = alt.Axis(format=",.0f", tickCount=4, minExtent=_AXIS_ROOM - 10)
        y = alt.Y("value:Q", title=None, scale=scale, axis=axis)
        layers = [
            *(_band(data, panel.band, months) if panel.band else ()),
            self._lines(data, points).encode(
                x=x, y=y, color=self._colour(width), detail=alt.Detail("stretch:N")
            ),
            self._dots(data, points).encode(x=x, y=y, color=self._colour(width)),
            *(_break(data, *panel.break_at, months) if panel.break_at else ()),
        ]
        if not self.side_by_side:
            layers.append(_catchers(data, points, panel.height, index))
        return _panel(layers, panel.title, pixels, panel.height)

    def _colour(self, width: Width) -> alt.Color:
        lines = list(dict.fromkeys(point.line for point in self.points))
        legend = [line for line in lines if line in COLOUR_OF]
        return alt.Color(
            "line:N",
            title=None,
            scale=alt.Scale(domain=lines, range=[COLOUR_OF.get(line, ONE_LINE) for line in lines]),
            legend=_legend(width, "stroke", legend) if legend else None,
        )

    def _lines(self, data: _Data, points: Sequence[Point]) -> alt.Chart:
        rows = [
            {"month": _utc(p.month), "line": p.line, "value": p.value, "stretch": f"{index}"}
            for index, stretch in enumerate(stretches(points))
            for p in stretch.points
        ]
        thickness = 1.5 if self.side_by_side else 2
        chart = alt.Chart(data.named(rows))
        lines: alt.Chart = chart.mark_line(strokeWidth=thickness, strokeJoin="round")
        return lines

    def _dots(self, data: _Data, points: Sequence[Point]) -> alt.Chart:
        """Rings on months that were not over, and on months that stand alone."""
        rows = [
            {"month": _utc(p.month), "line": p.line, "value": p.value}
            for stretch in stretches(points)
            for p in stretch.points
            if p.is_partial or len(stretch.points) == 1
        ]
        chart = alt.Chart(data.named(rows))
        dots: alt.Chart = chart.mark_point(size=34, opacity=1, fill=PAPER, strokeWidth=1.6)
        return dots


@dataclass(frozen=True)
class ShareChart:
    """Shares of a whole over time, one above the other, in steps of a month."""

    points: Sequence[Point]
    panels: Sequence[Panel]

    def spec(self, width: Width) -> dict[str, Any]:
        """Its Vega-Lite specification for a page's width."""
        data = _Data()
        drawn = [self._panel(data, panel, index, width) for index, panel in enumerate(self.panels)]
        return _spec(drawn, 1, data)

    def _panel(self, data: _Data, panel: Panel, index: int, width: Width) -> dict[str, Any]:
        points = [point for point in self.points if point.panel == panel.title]
        lines = [line for line in OUTCOMES.values() if any(p.line == line for p in self.points)]
        axis = alt.Axis(format="%", tickCount=5, minExtent=_AXIS_ROOM - 10)
        colour = alt.Color(
            "line:N",
            title=None,
            scale=alt.Scale(domain=lines, range=[COLOUR_OF[line] for line in lines]),
            legend=_legend(width, "square", lines),
        )
        areas = (
            alt.Chart(data.named(_stacked(points, lines)))
            .mark_area(interpolate="step-after", opacity=1, stroke=PAPER, strokeWidth=0.6)
            .encode(
                x=_time_axis(_months(self.points), width.ticks),
                y=alt.Y("low:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis),
                y2=alt.Y2("high:Q"),
                color=colour,
                detail=alt.Detail("stretch:N"),
            )
        )
        hover = _catchers(data, points, panel.height, index)
        pixels = width.pixels - _AXIS_ROOM
        return _panel([areas, hover], panel.title, pixels, panel.height)


def _stacked(points: Sequence[Point], lines: Sequence[str]) -> Rows:
    """Each line's share of the month, from ``low`` to ``high``.

    A step reaches to the next month's first day, so the last month of a stretch is given twice.
    """
    values: dict[date, dict[str, float]] = {}
    for point in points:
        if point.value is not None and point.line in lines:
            values.setdefault(point.month, {})[point.line] = point.value
    rows: Rows = []
    stretch = 0
    for month in sorted(values):
        whole = sum(values[month].values())
        if not whole:
            continue
        if months_before(month, 1) not in values:
            stretch += 1
        ends = [month] if months_before(month, -1) in values else [month, months_before(month, -1)]
        low = 0.0
        for line in lines:
            high = low + values[month].get(line, 0) / whole
            share = {"line": line, "low": low, "high": high, "stretch": f"{stretch}"}
            rows += [share | {"month": _utc(end)} for end in ends]
            low = high
    return rows


@dataclass(frozen=True)
class FanChart:
    """What each vintage said of one month: steps over the days on which the vintages were known."""

    fans: Sequence[Fan]

    def spec(self, width: Width) -> dict[str, Any]:
        """Its Vega-Lite specification for a page's width."""
        data = _Data()
        drawn = [self._panel(data, fan, index, width) for index, fan in enumerate(self.fans)]
        return _spec(drawn, 1, data)

    def _panel(self, data: _Data, fan: Fan, index: int, width: Width) -> dict[str, Any]:
        rows = [
            {
                "known_on": _utc(said["known_on"]),
                "value": said["value"],
                "tip": "\n".join(
                    [day(said["known_on"]), number(said["value"]), said["published_name"] or "–"]
                ),
            }
            for said in fan.said
        ]
        time = alt.Axis(tickCount=width.ticks // 2, format="%b %Y", grid=False)
        figures = alt.Axis(format=",.0f", tickCount=4, minExtent=_AXIS_ROOM - 10)
        x = alt.X("known_on:T", title=None, axis=time)
        y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, padding=8), axis=figures)
        chart = alt.Chart(data.named(rows)).encode(x=x, y=y)
        line = chart.mark_line(interpolate="step-after", strokeWidth=2, color=ONE_LINE)
        dots = chart.mark_point(size=40, filled=True, opacity=1, color=ONE_LINE)
        catch = (
            chart.mark_point(size=500, filled=True, opacity=0, shape="square")
            .encode(description=alt.Description("tip:N"))
            .properties(name=f"{HOVER}_{index}")
        )
        title = f"{fan.title}, {month_name(fan.month)}"
        return _panel([line, dots, catch], title, width.pixels - _AXIS_ROOM - 8, 120)


def _utc(day_of: date) -> int:
    """Milliseconds since 1970 in UTC: Vega reads a text in the time zone of the machine."""
    return (day_of - date(1970, 1, 1)).days * 86_400_000


def _months(points: Sequence[Point]) -> tuple[date, date]:
    """The first month with a figure, and the month after the last."""
    months = [point.month for point in points if point.value is not None]
    return min(months), months_before(max(months), -1)


def _time_axis(months: tuple[date, date], ticks: int) -> alt.X:
    """The axis of months; over few years its ticks are within years, and say so."""
    is_short = months[1] - months[0] < timedelta(days=366 * ticks / 2)
    return alt.X(
        "month:T",
        title=None,
        scale=alt.Scale(type="utc", domain=[_utc(month) for month in months]),
        axis=alt.Axis(
            tickCount=ticks // 2 if is_short else ticks,
            format="%b %Y" if is_short else "%Y",
            grid=False,
        ),
    )


def _legend(width: Width, symbol: str, lines: list[str]) -> alt.Legend:
    return alt.Legend(
        orient="bottom",
        columns=width.legend_columns,
        symbolType=symbol,
        symbolStrokeWidth=3 if symbol == "stroke" else 0,
        values=lines,
        offset=10,
    )


def _panel(layers: Iterable[alt.Chart], title: str, width: int, height: int) -> dict[str, Any]:
    """The layers as one picture. Altair's own layer() copies all that is in them many times."""
    return {
        "layer": [_bare(layer) for layer in layers],
        "title": {"text": title},
        "width": width,
        "height": height,
    }


def _bare(chart: alt.Chart) -> dict[str, Any]:
    spec = chart.to_dict(validate=False)
    return {key: part for key, part in spec.items() if key not in {"$schema", "config"}}


def _top() -> alt.YValue:
    return alt.YValue(0)  # type: ignore[no-untyped-call]


def _bottom(height: int) -> alt.Y2Value:
    return alt.Y2Value(height)  # type: ignore[no-untyped-call]


def _band(data: _Data, band: tuple[date, date], months: tuple[date, date]) -> list[alt.Chart]:
    start, end = max(band[0], months[0]), min(band[1], months[1])
    if start >= end:
        return []
    row = {"month": _utc(start), "end": _utc(end), "text": "Title 42 in force"}
    chart = alt.Chart(data.named([row]))
    words = chart.mark_text(align="right", baseline="top", dx=-5, dy=4, color=QUIET, fontSize=11)
    return [
        chart.mark_rect(color=BAND, opacity=0.6).encode(x=alt.X("month:T"), x2=alt.X2("end:T")),
        words.encode(x=alt.X("end:T"), y=_top(), text=alt.Text("text:N")),
    ]


def _break(data: _Data, month: date, words: str, months: tuple[date, date]) -> list[alt.Chart]:
    chart = alt.Chart(data.named([{"month": _utc(month), "text": words}]))
    is_late = month - months[0] > months[1] - month
    text = chart.mark_text(
        align="right" if is_late else "left",
        baseline="top",
        dx=-5 if is_late else 5,
        dy=2,
        color=QUIET,
        fontSize=11,
    )
    return [
        chart.mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x=alt.X("month:T")),
        text.encode(x=alt.X("month:T"), y=_top(), text=alt.Text("text:N")),
    ]


def _catchers(data: _Data, points: Iterable[Point], height: int, index: int) -> alt.Chart:
    """Unseen bars, one a month, that say the month's figures to who points at them."""
    tips: dict[date, list[str]] = {}
    for point in points:
        if point.value is not None:
            about = " (part of the month)" if point.is_partial else ""
            tip = tips.setdefault(point.month, [month_name(point.month) + about])
            tip.append(f"{point.line}: {'≈ ' if point.is_rounded else ''}{number(point.value)}")
    rows: Rows = [
        {"month": _utc(month), "end": _utc(months_before(month, -1)), "tip": "\n".join(tip)}
        for month, tip in sorted(tips.items())
    ]
    chart = alt.Chart(data.named(rows), name=f"{HOVER}_{index}").mark_rect(opacity=0)
    catchers: alt.Chart = chart.encode(
        x=alt.X("month:T"),
        x2=alt.X2("end:T"),
        y=_top(),
        y2=_bottom(height),
        description=alt.Description("tip:N"),
    )
    return catchers


_CONFIG: Mapping[str, Any] = {
    "background": PAPER,
    "font": "Arial, Helvetica, 'Liberation Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "labelFontSize": 11,
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": LINE,
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 260},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 13,
        "fontWeight": 600,
        "color": INK,
        "offset": 8,
    },
    "padding": 6,
}


def _spec(panels: list[dict[str, Any]], columns: int, data: _Data) -> dict[str, Any]:
    return {
        "$schema": alt.SCHEMA_URL,
        "config": dict(_CONFIG),
        "datasets": data.sets,
        "concat": panels,
        "columns": columns,
        "spacing": {"row": 18, "column": 14},
    }
