"""The OHSS monthly tables workbook: every sheet is one published table, months down, labels across.

Here stands what these sheets look like: header, fiscal-year blocks, footnotes, labels. What the
tables add up to and where they are published stands in ``series.ohss_monthly_tables``. Which sheet
is which table, and which code lists its labels take, stands in ``code_lists/ohss_table.csv``.
Rows that the workbook hides by outline grouping are read like any other.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestration.big_imports import when_used
from orchestration.read.fiscal_calendar import (
    fiscal_year_start,
    last_day,
    month_in,
    month_number,
)
from orchestration.read.labels import CODE_LISTS, code_list, label_key, slug
from orchestration.read.published_number import read_number
from orchestration.read.reading import (
    Coverage,
    CoverageBasis,
    Document,
    Finding,
    Reading,
    raw_columns,
)
from orchestration.read.workbook import (
    Cell,
    Sheet,
    Workbook,
    column_name,
    is_number,
    open_workbook,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

COLUMNS = raw_columns(
    sheet="VARCHAR",
    table_title="VARCHAR",
    block_label="VARCHAR",
    column_label="VARCHAR",
    block_code="VARCHAR",
    column_code="VARCHAR",
)
#: Where the sheets go that stand in no code list yet; their rows keep the sheet's name.
NEW_SHEETS = "other_new_sheets"
#: Without any of these the workbook is not what this series publishes.
MAIN_TABLES = (
    "swb_book_outs_by_agency",
    "swb_book_outs_by_family_status",
    "swb_book_outs_by_citizenship",
)
CONTENTS = "table of contents"
#: Code of what a block or column totals.
TOTAL = "total"
#: Lists whose codes are names of places: a new name stays as it is written.
NAME_LISTS = ("ohss_citizenship", "ohss_area")

YEAR = re.compile(r"(?:FY ?)?(20\d{2})(?: \(?F?YTD\)?\d?)?", re.IGNORECASE)
YEARS_IN_TITLE = re.compile(r": Fiscal Years? (?:\d{4} to )?(?P<last>20\d{2})\b(?P<rest>.*)")
MONTH_IN_TITLE = re.compile(r"\((?:through )?(?P<month>[A-Z][a-z]+) (?P<year>20\d{2})\)")
#: 'Transfers to ICE4', 'Accompanied Minors (OFO)4', 'Relief1,2'; not 'T42', 'Form I-134', 'Title 8'
FOOTNOTE_MARK = re.compile(r"(?:(?<=[A-Za-z]{2})|(?<=\)))\d{1,2}(?:, ?\d{1,2})*$")
REMEDY = (
    "Compare the sheet with an earlier workbook; teach the reader, or the code list, the change."
)


@dataclass(frozen=True)
class ListedTable:
    """One line of ``ohss_table.csv``: how a table is found, and how its labels become codes."""

    name: str
    sheet_label: str
    title: str
    block_list: str
    column_list: str


@dataclass(frozen=True)
class Column:
    """One column of figures: its position, its labels as published, its codes."""

    position: int
    block_label: str | None
    label: str
    block_code: str | None
    code: str
    is_new: bool


@dataclass(frozen=True)
class Header:
    """Where the table begins, what its title says, and its columns."""

    row: int
    year_column: int
    month_column: int
    title: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class PeriodRow:
    """One row of figures: a month of a fiscal year, or the year's total (month None)."""

    row: int
    fiscal_year: int
    month: date | None


class _TableProblemError(Exception):
    """Why a table cannot be taken from its sheet: becomes a Finding on that table."""

    def __init__(self, rule: str, place: str, found: str, expected: str) -> None:
        self.rule = rule
        super().__init__(f"{place}: found {found}; expected {expected}. {REMEDY}")


@cache
def listed_tables() -> tuple[ListedTable, ...]:
    """The tables that the workbook is known to hold, in the order of the code list."""
    with (CODE_LISTS / "ohss_table.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            ListedTable(
                row["code"], row["label"], row["title"], row["block_list"], row["column_list"]
            )
            for row in csv.DictReader(lines)
        )


def without_footnote_mark(label: str) -> str:
    """A label without the footnote digits that hang on it; a name's own digits stay."""
    return FOOTNOTE_MARK.sub("", unicodedata.normalize("NFKC", label).strip())


def label_code(label: str, list_name: str) -> tuple[str, bool]:
    """The code of a published label, and whether the label stands in no code list."""
    codes = code_list(list_name) if list_name else {}
    plain = without_footnote_mark(label)
    for known in (label, plain):
        if label_key(known) in codes:
            return codes[label_key(known)], False
    return (plain if list_name in NAME_LISTS else slug(plain)), True


def read_ohss_workbook(document: Document) -> Reading:
    """Every table of the workbook, as frames of COLUMNS; one row per cell of figures.

    ``value`` counts people or events, rounded by OHSS to ten. ``reference_month`` is NULL on a
    fiscal year's total. ``block_code`` is NULL where a table has no blocks. PublicationError: no
    workbook, or none of the MAIN_TABLES in it.
    """
    reading = Reading(tables={}, coverage={}, fiscal_years=())
    sheets, new_sheets = _sheets_by_table(open_workbook(document))
    for listed in listed_tables():
        try:
            sheet = _sheet_of(listed, sheets)
            frame, coverage = _table(sheet, listed, reading)
        except _TableProblemError as problem:
            reading.problems.append(Finding(problem.rule, str(problem), listed.name))
        else:
            reading.tables[listed.name], reading.coverage[listed.name] = frame, coverage
    _add_new_sheets(reading, new_sheets)
    _require_a_main_table(document, reading)
    reading.fiscal_years = tuple(
        sorted({int(y) for frame in reading.tables.values() for y in frame["fiscal_year"].unique()})
    )
    return reading


def _table(sheet: Sheet, listed: ListedTable, reading: Reading) -> tuple[pd.DataFrame, Coverage]:
    header = _header(sheet, listed)
    rows = _period_rows(sheet, header)
    coverage = _coverage(sheet, header, rows, listed, reading)
    return _frame(sheet, header, rows, listed, reading), coverage


def _require_a_main_table(document: Document, reading: Reading) -> None:
    if any(name in reading.tables for name in MAIN_TABLES):
        return
    labels = [table.sheet_label for table in listed_tables() if table.name in MAIN_TABLES]
    raise document.error(
        "the workbook",
        "none of the book-out tables",
        f"at least one of the sheets {', '.join(labels)}",
        "Check that this is the monthly tables workbook and not another OHSS publication.",
        [finding.message for finding in reading.problems if finding.table in MAIN_TABLES],
    )


def _sheets_by_table(book: Workbook) -> tuple[dict[str, Sheet], list[Sheet]]:
    """The sheet of each table, found by its name or else by its title; and all other sheets."""
    by_name = {label_key(table.sheet_label): table.name for table in listed_tables()}
    by_title = {label_key(table.title): table.name for table in listed_tables()}
    found: dict[str, Sheet] = {}
    others = [sheet for sheet in book.sheets if label_key(sheet.text(0, 0)) != CONTENTS]
    for names, key_of in ((by_name, _name_key), (by_title, _title_key)):
        left = []
        for sheet in others:
            name = names.get(key_of(sheet))
            if name and name not in found:
                found[name] = sheet
            else:
                left.append(sheet)
        others = left
    return found, others


def _sheet_of(listed: ListedTable, sheets: dict[str, Sheet]) -> Sheet:
    if listed.name not in sheets:
        raise _TableProblemError(
            "table_missing",
            "the workbook",
            f"no sheet named {listed.sheet_label!r} or titled {listed.title!r}",
            "one of them",
        )
    return sheets[listed.name]


def _name_key(sheet: Sheet) -> str:
    return label_key(sheet.name)


def _title_key(sheet: Sheet) -> str:
    title = next(sheet.find(re.compile(".*: Fiscal Year")), None)
    return label_key(sheet.text(*title).split(": Fiscal Year")[0]) if title else ""


def _header(sheet: Sheet, listed: ListedTable) -> Header:
    """The header is where 'Fiscal Year' and 'Month' stand side by side, on row 3 or row 4."""
    for row, column in sheet.find(re.compile("Fiscal Year$", re.IGNORECASE)):
        if label_key(sheet.text(row, column + 1)) == "month":
            break
    else:
        raise _TableProblemError(
            "header_changed", sheet.name, "no such header", "'Fiscal Year' and 'Month' in one row"
        )
    has_blocks = not sheet.text(row - 1, column) and any(
        sheet.text(row - 1, position) for position in range(column + 2, len(sheet.grid[row]))
    )
    titles = (sheet.text(above, column) for above in range(row - 1, -1, -1))
    columns = _columns(sheet, listed, row, column + 2, has_blocks)
    return Header(row, column, column + 1, next(filter(None, titles), ""), columns)


def _columns(
    sheet: Sheet, listed: ListedTable, row: int, first: int, has_blocks: bool
) -> tuple[Column, ...]:
    """The columns of figures; a block label stands on its first column and holds to the next."""
    columns: list[Column] = []
    block_label: str | None = None
    block_code: str | None = None
    is_new_block = False
    for position in range(first, len(sheet.grid[row])):
        if has_blocks and (text := sheet.text(row - 1, position)):
            block_label = text
            block_code, is_new_block = label_code(text, listed.block_list)
        label = sheet.text(row, position)
        if not label:
            continue
        code, is_new = label_code(label, listed.column_list)
        # a total that stands before the first block, e.g. 'Total CBP' of the sectors sheet
        in_no_block = TOTAL if has_blocks and code == TOTAL else None
        code_of_block = block_code if block_label else in_no_block
        is_new = is_new or is_new_block
        columns.append(Column(position, block_label, label, code_of_block, code, is_new))
    pairs = [(column.block_code, column.code) for column in columns]
    if twice := sorted({str(pair) for pair in pairs if pairs.count(pair) > 1}):
        raise _TableProblemError(
            "header_changed", f"{sheet.name}, row {row + 1}",
            f"columns that mean the same: {', '.join(twice)}", "each block and column once",
        )  # fmt: skip
    return tuple(columns)


def _period_rows(sheet: Sheet, header: Header) -> list[PeriodRow]:
    """The rows of figures, down to the footnotes. A fiscal year stands on its Total row only."""
    rows: list[PeriodRow] = []
    fiscal_year: int | None = None
    for row in range(header.row + 1, len(sheet.grid)):
        year_text = sheet.text(row, header.year_column)
        month_text = sheet.text(row, header.month_column)
        year = YEAR.fullmatch(year_text)
        if not month_text and not year:
            if year_text:
                _refuse_figures_below(sheet, header, row)
                break
            if not any(text_of(cell) for cell in sheet.grid[row]):
                continue
        if year:
            fiscal_year = int(year[1])
        if fiscal_year is None or (year_text and not year):
            raise _TableProblemError(
                "row_not_read", sheet.place(row, header.year_column),
                repr(year_text), "a fiscal year such as '2023' or '2024 YTD'",
            )  # fmt: skip
        rows.append(PeriodRow(row, fiscal_year, _month(sheet, header, row, fiscal_year)))
    _check_periods(sheet, header, rows)
    return rows


def _month(sheet: Sheet, header: Header, row: int, fiscal_year: int) -> date | None:
    text = sheet.text(row, header.month_column)
    if label_key(text) == TOTAL:
        return None
    month = month_number(text)
    if month is None:
        raise _TableProblemError(
            "row_not_read", sheet.place(row, header.month_column),
            repr(text), "'Total' or the full name of a month",
        )  # fmt: skip
    return month_in(fiscal_year, month)


def _refuse_figures_below(sheet: Sheet, header: Header, first: int) -> None:
    """Footnotes end the table: figures under them would be lost without a word."""
    positions = {column.position for column in header.columns}
    for row, position in sheet.written:
        if row >= first and position in positions and is_number(sheet.cell(row, position)):
            raise _TableProblemError(
                "row_not_read", sheet.place(row, position),
                f"figures below the footnotes (which begin in row {first + 1})", "none",
            )  # fmt: skip


def _check_periods(sheet: Sheet, header: Header, rows: list[PeriodRow]) -> None:
    periods = [(row.fiscal_year, row.month) for row in rows]
    if not any(month for _, month in periods):
        raise _TableProblemError(
            "header_changed", f"{sheet.name}, row {header.row + 1}", "no month under it", "months"
        )
    if len(set(periods)) < len(periods):
        twice = next(row for row in rows if periods.count((row.fiscal_year, row.month)) > 1)
        raise _TableProblemError(
            "row_not_read", sheet.place(twice.row, header.month_column),
            f"{twice.month or 'the total'} of fiscal year {twice.fiscal_year} twice", "once",
        )  # fmt: skip
    named = {column.position for column in header.columns}
    for row, position in sheet.written:
        in_table = rows[0].row <= row <= rows[-1].row and position > header.month_column
        if in_table and position not in named:
            raise _TableProblemError(
                "header_changed", sheet.place(row, position),
                "a figure without a column label", "a label over every column",
            )  # fmt: skip


def _coverage(
    sheet: Sheet, header: Header, rows: list[PeriodRow], listed: ListedTable, reading: Reading
) -> Coverage:
    """From the first fiscal year's October to the last month with a figure, if the title agrees.

    Titles read 'Fiscal Years 2014 to 2024 YTD (August 2024)'; a closed year has no month.
    """
    positions = [column.position for column in header.columns]
    months = [
        row.month
        for row in rows
        if row.month and any(is_number(sheet.cell(row.row, position)) for position in positions)
    ]
    if not months:
        raise _TableProblemError("row_not_read", sheet.name, "no month with a figure", "figures")
    last = max(months)
    stated = _last_month_of_title(header.title)
    basis: CoverageBasis = "stated" if stated == last else "inferred"
    if basis == "inferred":
        message = (
            f"{sheet.name}: the last month with figures is {last:%Y-%m}; the title "
            f"{header.title!r} does not end with it. Coverage is taken from the figures."
        )
        reading.warnings.append(Finding("coverage_inferred", message, listed.name))
    start = fiscal_year_start(min(row.fiscal_year for row in rows))
    return Coverage(start, last_day(last), basis)


def _last_month_of_title(title: str) -> date | None:
    years = YEARS_IN_TITLE.search(title)
    if not years:
        return None
    named = MONTH_IN_TITLE.search(years["rest"])
    if named:
        month = month_number(named["month"])
        return date(int(named["year"]), month, 1) if month else None
    return None if years["rest"].strip() else date(int(years["last"]), 9, 1)


def _frame(
    sheet: Sheet, header: Header, rows: list[PeriodRow], listed: ListedTable, reading: Reading
) -> pd.DataFrame:
    """One row per figure, in reading order (lists first: a cell costs no pandas call)."""
    columns = header.columns
    letters = [column_name(column.position) for column in columns]
    cells = [sheet.cell(row.row, column.position) for row in rows for column in columns]
    values, reasons, texts = _figures(cells)
    data: dict[str, Any] = {
        "fiscal_year": [row.fiscal_year for row in rows for _ in columns],
        "sheet": [sheet.name.strip()] * len(cells),
        "table_title": [header.title] * len(cells),
        "block_label": [column.block_label for column in columns] * len(rows),
        "column_label": [column.label for column in columns] * len(rows),
        "block_code": [column.block_code for column in columns] * len(rows),
        "column_code": [column.code for column in columns] * len(rows),
        "reference_month": pd.DatetimeIndex([row.month for row in rows]).repeat(len(columns)),
        "value": values,
        "null_reason": reasons,
        "published_text": texts,
        "is_new_label": [column.is_new for column in columns] * len(rows),
        "source_place": [f"{sheet.name}!{x}{row.row + 1}" for row in rows for x in letters],
    }
    frame = pd.DataFrame(
        {
            name: pd.Series(data[name], dtype="str" if kind == "VARCHAR" else None)
            for name, kind in COLUMNS.items()
        }
    ).astype({"value": "float64", "reference_month": "datetime64[us]"})
    reading.warnings += _label_findings(sheet, header, listed) + _figure_findings(frame, listed)
    return frame


def _figures(
    cells: list[Cell],
) -> tuple[list[float | None], list[str | None], list[str | None]]:
    """Values, null reasons and published texts of the cells."""
    values: list[float | None] = []
    reasons: list[str | None] = [None] * len(cells)
    texts: list[str | None] = [None] * len(cells)
    for index, cell in enumerate(cells):
        if is_number(cell):
            values.append(float(cell))
        else:
            number = read_number(text_of(cell))
            values.append(number.value)
            reasons[index], texts[index] = number.null_reason, number.published_text
    return values, reasons, texts


def _label_findings(sheet: Sheet, header: Header, listed: ListedTable) -> list[Finding]:
    """One warning per label that stands in no code list; a new sheet has its own warning."""
    if listed.name == NEW_SHEETS:
        return []
    new = {
        (label, list_name)
        for column in header.columns
        if column.is_new
        for label, list_name in (
            (column.block_label, listed.block_list),
            (column.label, listed.column_list),
        )
        if label and label_code(label, list_name)[1]
    }
    return [
        Finding(
            "new_label",
            f"{sheet.name}: the label {label!r} is new; loaded as "
            f"{label_code(label, list_name)[0]!r}. "
            + (f"Add it to {list_name}.csv." if list_name else "Name its list in ohss_table.csv."),
            listed.name,
        )
        for label, list_name in sorted(new)
    ]


def _figure_findings(frame: pd.DataFrame, listed: ListedTable) -> list[Finding]:
    """One warning per distinct text that is neither a number nor one of OHSS's marks."""
    written = frame[frame["published_text"].notna()]
    findings = []
    for text, cells in written.groupby("published_text"):
        if rule := read_number(str(text)).warning:
            message = (
                f"{cells['source_place'].iloc[0]}: found {text!r} ({len(cells)} cells in all); "
                "expected a number, 'X' or 'NA'. Loaded as published; ask OHSS what it means."
            )
            findings.append(Finding(rule, message, listed.name))
    return findings


def _add_new_sheets(reading: Reading, sheets: list[Sheet]) -> None:
    """Sheets in no code list, as one table: kept with a warning, never a reason to refuse."""
    read = []
    for sheet in sheets:
        message = f"{sheet.name}: a sheet that stands in no code list. Add it to ohss_table.csv."
        try:
            listed = ListedTable(NEW_SHEETS, sheet.name, "", "", "")
            read.append(_table(sheet, listed, reading))
        except _TableProblemError as problem:
            message = f"{message} No table was read from it: {problem}"
        reading.warnings.append(Finding("new_sheet", message))
    if not read:
        return
    reading.tables[NEW_SHEETS] = pd.concat([frame for frame, _ in read], ignore_index=True)
    coverages = [coverage for _, coverage in read]
    reading.coverage[NEW_SHEETS] = Coverage(
        min(coverage.start for coverage in coverages),
        max(coverage.end for coverage in coverages),
        "stated" if all(coverage.basis == "stated" for coverage in coverages) else "inferred",
    )
