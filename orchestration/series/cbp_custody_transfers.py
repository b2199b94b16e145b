"""CBP Custody and Transfer Statistics: tables on a web page, one per fiscal year.

The page of the current year is the landing page itself; closed years have pages of their own,
some of which keep only some of the tables. A table is known by the heading before it and its
period by its column headers alone: in September 2026 a table of FY2025 stood beside those of
FY2026. Most figures are of the southwest border; those in custody are averages per day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

from orchestration.big_imports import when_used
from orchestration.read import labels
from orchestration.read.fiscal_calendar import fiscal_year_of, last_day
from orchestration.read.hostile_text import plain
from orchestration.read.html_page import (
    Cell,
    HtmlTable,
    month_of,
    read_tables,
    without_footnotes,
)
from orchestration.read.published_number import read_number
from orchestration.read.reading import Coverage, Document, Finding, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import FOOTING_COLUMNS, Series

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

NAME = "cbp_custody_transfers"
COLUMNS = raw_columns(
    heading="VARCHAR", row_label="VARCHAR", column_label="VARCHAR", row_code="VARCHAR"
)
MAIN = ("title_8_inadmissibles", "usbp_processing_dispositions", "usbp_transfer_destinations")
#: logical table -> its heading without footnotes; the first that fits counts
HEADINGS = {
    "usbp_processing_dispositions": r"(USBP|Border Patrol)\b.*\bDispositions?$",
    "usbp_transfer_destinations": r"(USBP|Border Patrol)\b.*\bTransfer Destinations?$",
    "ofo_credible_fear_dispositions": r"\bCredible Fear\b.*\bDispositions?$",
    "ofo_credible_fear_programs": r"\bCredible Fear\b.*\bPrograms?$",
    "ofo_credible_fear_transfers": r"\bCredible Fear\b.*\bTransfer Destinations?$",
    "title_8_inadmissibles": r"^Title 8 Inadmissibles",
    "usbp_in_custody": r"(USBP|Border Patrol)\b.*\bIn Custody\b",
    "ofo_in_custody": r"(OFO|Field Operations)\b.*\bIn Custody\b",
    "mpp_returns": r"\b(MPP|Migrant Protection Protocols)\b.*\b(Returns?|Sector)\b",
}
OTHER = "custody_other"
#: stands on the page only while the programme runs
NOT_EXPECTED = ("mpp_returns",)
BY_AREA = ("title_8_inadmissibles", "usbp_in_custody", "mpp_returns")
#: averages, each rounded: their rows need not add up to the average of the whole
AVERAGES = ("usbp_in_custody", "ofo_in_custody")
#: capacity stands there for months to come, and tells nothing of coverage
NO_FIGURE_OF_A_MONTH = "in_custody_capacity"
TABLES = tuple(Table(name, NAME, COLUMNS, is_main=name in MAIN) for name in (*HEADINGS, OTHER))
READ_AGAIN = "See the page; if the agency changed the table, teach the reader its new form."


@dataclass(frozen=True)
class MonthlyTable:
    """A table of the page with its label columns and the month of every other column."""

    table: HtmlTable
    label_columns: int
    months: tuple[date | None, ...]  # of the columns after the label columns; None for a total

    @property
    def fiscal_years(self) -> tuple[int, ...]:
        """The fiscal year of each column; a total has the last year of the table."""
        known = [fiscal_year_of(month) for month in self.months if month]
        return tuple(fiscal_year_of(month) if month else max(known) for month in self.months)


def read(document: Document) -> Reading:
    """One row per published cell; ``row_code`` is from custody_row or border_area ('total').

    A known table that is missing or changed is a problem of that table. PublicationError: not a
    page of HTML, or none of the main tables.
    """
    found: dict[str, list[pd.DataFrame]] = {}
    problems: list[Finding] = []
    page = read_tables(document)
    for table in page:
        name = _logical_name(table)
        if name == OTHER:
            continue
        monthly = _as_monthly(table)
        if isinstance(monthly, str):
            problems.append(Finding("header_changed", f"{table.place}, {monthly}", name))
        else:
            found.setdefault(name, []).append(_frame(monthly, name))
    frames = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
    problems += _missing(document, page, frames, problems) + _twice(frames) + _empty(frames)
    bad = {problem.table for problem in problems}
    frames = {name: frame for name, frame in frames.items() if name not in bad}
    if not any(name in frames for name in MAIN):
        raise document.error(
            "the tables of the page", _headings_found(page), f"one of {', '.join(MAIN)}",
            READ_AGAIN, [problem.message for problem in problems],
        )  # fmt: skip
    fiscal_years = sorted({int(y) for frame in frames.values() for y in frame["fiscal_year"]})
    if others := _others(page, fiscal_years[-1]):
        frames[OTHER] = pd.concat(others, ignore_index=True)
    coverage = _coverage(frames, document.captured_on)
    warnings = list(
        chain(
            _number_warnings(frames),
            _new_label_warnings(frames),
            _stale_warnings(frames, coverage),
            _name_warnings(document, fiscal_years),
        )
    )
    tables = {name: frame[list(COLUMNS)] for name, frame in frames.items()}
    return Reading(tables, coverage, tuple(fiscal_years), problems, warnings)


def _logical_name(table: HtmlTable) -> str:
    heading = without_footnotes(table.heading)
    return next(
        (name for name, form in HEADINGS.items() if re.search(form, heading, re.IGNORECASE)), OTHER
    )


def _as_monthly(table: HtmlTable) -> MonthlyTable | str:
    """The table's columns as months, or what is wrong with them."""
    headers = [cell.unmarked for cell in table.header]
    months = [month_of(header) for header in headers]
    first = next((i for i, month in enumerate(months) if month), 0)
    unknown = [
        header
        for header, month in zip(headers[first:], months[first:], strict=True)
        if not month and not re.search(r"total|FYTD", header, re.IGNORECASE)
    ]
    named = [month for month in months if month]
    if not first or unknown or len(named) != len(set(named)) or not table.rows:
        return (
            f"header: found {headers} and {len(table.rows)} rows; expected a label, then months "
            f"such as 'Oct-25', each once, and totals. {READ_AGAIN}"
        )
    ragged = [row[0].text for row in table.rows if len(row) != len(headers) and len(row) > 1]
    if ragged:
        return (
            f"row {ragged[0]!r}: found another number of cells than the {len(headers)} of the "
            f"header; expected the same. {READ_AGAIN}"
        )
    return MonthlyTable(table, first, tuple(months[first:]))


def _frame(monthly: MonthlyTable, name: str) -> pd.DataFrame:
    """The cells of a monthly table as raw rows, with ``warning`` besides the raw columns."""
    table, first = monthly.table, monthly.label_columns
    headers = table.header[first:]
    rows = [
        _cell_row(table, row[:first], header, cell)
        | {"fiscal_year": fiscal_year, "reference_month": month}
        for row in table.rows
        if len({cell.text for cell in row}) > 1  # a line across the table says nothing
        for cell, header, month, fiscal_year in zip(
            row[first:], headers, monthly.months, monthly.fiscal_years, strict=True
        )
    ]
    frame = _typed(rows)
    code_list = "border_area" if name in BY_AREA else "custody_row"
    label = frame["row_label"].map(without_footnotes, na_action="ignore")
    frame["row_code"], frame["is_new_label"] = labels.normalise(label, code_list)
    if name in BY_AREA:
        is_total = label.str.casefold() == "total"
        frame["row_code"] = frame["row_code"].where(~is_total, "total")
        frame["is_new_label"] &= ~is_total
    return frame


def _others(page: list[HtmlTable], fiscal_year: int) -> list[pd.DataFrame]:
    """Every table that is no known one, so that nothing published is lost; months where named."""
    frames = []
    for table in page:
        if _logical_name(table) != OTHER:
            continue
        rows = []
        for row in table.rows:
            for header, cell in zip(table.header[1:], row[1:], strict=False):
                month = month_of(header.unmarked)
                year = fiscal_year_of(month) if month else fiscal_year
                rows.append(
                    _cell_row(table, row[:1], header, cell)
                    | {"fiscal_year": year, "reference_month": month}
                )
        if rows:
            frame = _typed(rows)
            frame["row_code"] = frame["row_label"].map(
                lambda label: labels.slug(without_footnotes(label)), na_action="ignore"
            )
            frames.append(frame.assign(is_new_label=False))
    return frames


def _cell_row(
    table: HtmlTable, row_labels: tuple[Cell, ...], header: Cell, cell: Cell
) -> dict[str, Any]:
    number = read_number(cell.unmarked)
    row_label = " - ".join(dict.fromkeys(label.text for label in row_labels if label.text)) or None
    is_marked = cell.text != cell.unmarked
    return {
        "heading": " > ".join(table.headings) or None,
        "row_label": row_label,
        "column_label": header.text or None,
        "value": number.value,
        "null_reason": number.null_reason,
        "published_text": cell.text if is_marked else number.published_text,
        "warning": number.warning,
        "source_place": plain(
            f"{table.place}, {row_label or 'no label'}, {header.text or 'no header'}"
        ),
    }


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    texts = ("heading", "row_label", "column_label", "null_reason", "published_text", "warning")
    frame = pd.DataFrame(rows).astype({"value": "float64", **dict.fromkeys(texts, "str")})
    frame["reference_month"] = pd.to_datetime(frame["reference_month"]).astype("datetime64[us]")
    return frame


def _figures(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold a figure of a month: not those still to come, not a standing capacity."""
    return frame[
        frame["reference_month"].notna()
        & frame["value"].notna()
        & (frame["row_code"] != NO_FIGURE_OF_A_MONTH)
    ]


def _coverage(frames: Mapping[str, pd.DataFrame], captured_on: date | None) -> dict[str, Coverage]:
    """First to last month with a figure, capped by capture; the page's, where no month is named."""
    everything = pd.concat([_figures(frame) for name, frame in frames.items() if name != OTHER])
    coverage = {}
    for name, frame in frames.items():
        with_figure = _figures(frame)
        months = (everything if with_figure.empty else with_figure)["reference_month"]
        end = last_day(months.max().date())
        coverage[name] = Coverage(months.min().date(), min(end, captured_on or end), "inferred")
    return coverage


def _missing(
    document: Document,
    page: list[HtmlTable],
    frames: Mapping[str, pd.DataFrame],
    problems: list[Finding],
) -> list[Finding]:
    known = {*frames, *(problem.table for problem in problems), *NOT_EXPECTED}
    return [
        Finding(
            "table_missing",
            f"{document.published_name}: found {_headings_found(page)}; expected a table under a "
            f"heading like {form!r}. Pages of closed years keep only some tables; else see the "
            "page for a renamed heading.",
            name,
        )
        for name, form in HEADINGS.items()
        if name not in known
    ]


def _headings_found(page: list[HtmlTable]) -> str:
    headings = [without_footnotes(table.heading) for table in page]
    return f"tables under {headings}" if headings else "no table"


def _twice(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """A figure that stands twice in a logical table would be counted twice."""
    key = ["row_code", "fiscal_year", "reference_month", "column_label"]
    problems = []
    for name, frame in frames.items():
        twice = frame[frame.duplicated(key)]
        if len(twice):
            message = (
                f"{twice['source_place'].iloc[0]}: found a second figure for the same row and "
                f"month ({len(twice)} such); expected one. {READ_AGAIN}"
            )
            problems.append(Finding("figure_twice", message, name))
    return problems


def _empty(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """A table of a year that has only begun: nothing to cover, and nothing to take over."""
    return [
        Finding(
            "no_figure",
            f"{frame['source_place'].iloc[0]}: found no figure in any month; expected at least "
            "one. Wait for the agency to fill the table.",
            name,
        )
        for name, frame in frames.items()
        if _figures(frame).empty
    ]


def _number_warnings(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    return [
        Finding(
            str(row["warning"]),
            f"{row['source_place']}: found {row['published_text']!r}; expected a whole number. "
            "Compare it with the other figures of the table, and correct it in the corrections.",
            name,
        )
        for name, frame in frames.items()
        if name != OTHER
        for _, row in frame[frame["warning"].notna()].iterrows()
    ]


def _new_label_warnings(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    return [
        Finding(
            "new_label",
            f"{name}: found the row {label!r}; it stands in no code list and is loaded as itself. "
            "Add it to the code list.",
            name,
        )
        for name, frame in frames.items()
        for label in frame.loc[frame["is_new_label"], "row_label"].unique()
    ]


def _stale_warnings(
    frames: Mapping[str, pd.DataFrame], coverage: Mapping[str, Coverage]
) -> list[Finding]:
    """Tables of an earlier fiscal year than the page's newest: taken for what their headers say."""
    newest = {name: int(frame["fiscal_year"].max()) for name, frame in frames.items()}
    page_year = max(newest.values())
    return [
        Finding(
            "stale_table",
            f"{name}: found months of FY{year} (through {coverage[name].end}); expected "
            f"FY{page_year}, as in the other tables of the page. Read as FY{year}.",
            name,
        )
        for name, year in newest.items()
        if year < page_year
    ]


def _name_warnings(document: Document, fiscal_years: list[int]) -> list[Finding]:
    form = re.search(r"fy-?(?:20)?(\d{2})\b", document.published_name, re.IGNORECASE)
    if form is None or 2000 + int(form[1]) in fiscal_years:
        return []
    message = (
        f"{document.published_name}: found months of {fiscal_years}; the name promises "
        f"FY{2000 + int(form[1])}. The column headers count."
    )
    return [Finding("fiscal_year_differs_from_name", message)]


def footings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of a table against each 'Total' row below them, per month (FOOTING_COLUMNS).

    7 of 110 columns of Title 8 inadmissibles seen did not foot, nor do the credible fear
    dispositions of FY2022 and FY2023: whether that matters is for the gate.
    """
    found = [
        _rows_against_totals(frame).assign(table_name=name)
        for name, frame in tables.items()
        if name != OTHER and name not in AVERAGES
    ]
    if not found:
        return pd.DataFrame(columns=FOOTING_COLUMNS)
    return pd.concat(found, ignore_index=True)[FOOTING_COLUMNS]


def _rows_against_totals(frame: pd.DataFrame) -> pd.DataFrame:
    month = ["fiscal_year", "reference_month"]
    rows = frame[frame["reference_month"].notna()].assign(
        is_total=lambda row: row["row_code"].str.startswith("total")
    )
    # a total and the rows above it, down from the total before it, have the same number
    rows["block"] = rows.groupby(month)["is_total"].cumsum() - rows["is_total"]
    keys = [*month, "block"]
    parts = rows[~rows["is_total"]].groupby(keys)["value"].sum(min_count=1).rename("parts")
    totals = rows[rows["is_total"]].rename(columns={"value": "published_total"})
    found = totals.join(parts, on=keys).dropna(subset=["parts", "published_total"])
    return found.assign(
        footing="rows_to_" + found["row_code"], place=found["reference_month"].dt.strftime("%b-%y")
    )


SERIES = Series(
    name=NAME,
    agency="CBP",
    title="CBP Custody and Transfer Statistics",
    description=(
        "Southwest border: USBP processing dispositions and transfers, OFO credible fear cases, "
        "Title 8 inadmissibles by field office, people in custody on an average day."
    ),
    kind="html",
    landing_pages=(f"{cbp.SITE}/newsroom/stats/custody-and-transfer-statistics",),
    link_pattern=re.compile(
        r".*/newsroom/stats/custody-and-transfer-statistics-fy-?\d{2}(?:\d{2})?/?$", re.I
    ),
    tables=TABLES,
    read=read,
    footings=footings,
    publication_month=cbp.no_month_in_path,
    usual_lag_days=cbp.USUAL_LAG_DAYS,
    late_after_days=cbp.LATE_AFTER_DAYS,
    notice=cbp.NOTICE,
    page_is_publication=True,
    max_bytes=16 * 2**20,
    hosts=cbp.HOSTS,
)
