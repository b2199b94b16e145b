"""The six tables of counts on the detention sheet of an ICE workbook: found by title, read whole.

The tables stand side by side and wander from workbook to workbook, so that a table is what lies
below a known title: its header row, the columns to the header's end, the rows to the first one
that is blank. Which sheet and which fiscal year, coverage and the other sheets stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read import labels
from orchestration.read.fiscal_calendar import MONTHS, month_in, month_number
from orchestration.read.published_number import PublishedNumber, read_number
from orchestration.read.reading import Finding, Table, raw_columns
from orchestration.read.workbook import Cell, Sheet, is_number

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

#: October opens the fiscal year.
CRIMINALITIES = ("Convicted Criminal", "Pending Criminal Charges", "Other Immigration Violator")
FISCAL_YEAR = re.compile(r"FY ?(\d{4}|\d{2})\b")

BOOK_INS = Table(
    "ice_initial_book_ins",
    "ice_initial_book_ins",
    raw_columns(arresting_agency_label="VARCHAR", arresting_agency="VARCHAR"),
    is_main=True,
)
BOOK_OUTS = Table(
    "ice_final_book_outs",
    "ice_final_book_outs",
    raw_columns(
        release_reason_label="VARCHAR",
        release_reason="VARCHAR",
        criminality_label="VARCHAR",
        criminality="VARCHAR",
        definition="VARCHAR",
        is_sub_reason="BOOLEAN",
    ),
    is_main=True,
)
REMOVALS = Table(
    "ice_removals", "ice_removals", raw_columns(removal_label="VARCHAR", removal_kind="VARCHAR")
)
DETAINED = Table(
    "ice_currently_detained",
    "ice_currently_detained",
    raw_columns(
        criminality_label="VARCHAR",
        criminality="VARCHAR",
        arresting_agency_label="VARCHAR",
        arresting_agency="VARCHAR",
        unit="VARCHAR",
    ),
)
POPULATION = Table(
    "ice_average_daily_population",
    "ice_average_daily_population",
    raw_columns(
        arresting_agency_label="VARCHAR",
        arresting_agency="VARCHAR",
        criminality_label="VARCHAR",
        criminality="VARCHAR",
    ),
)
BY_FACILITY_TYPE = Table(
    "ice_book_ins_by_facility_type",
    "ice_book_ins_by_facility_type",
    raw_columns(
        facility_type_label="VARCHAR",
        facility_type="VARCHAR",
        criminality_label="VARCHAR",
        criminality="VARCHAR",
    ),
)

TITLES: dict[str, re.Pattern[str]] = {
    BOOK_INS.name: re.compile(r"ICE Initial Book-?Ins by Arresting Agency and Month", re.I),
    BOOK_OUTS.name: re.compile(r"ICE Final (Releases|Book ?-?Outs) by Release Reason", re.I),
    REMOVALS.name: re.compile(r"ICE Removals\s*:", re.I),
    DETAINED.name: re.compile(r"ICE Currently Detained by Criminality", re.I),
    POPULATION.name: re.compile(r"ICE Average Daily Population by Arresting Agency", re.I),
    # 'by Facility Type and Criminality'; 'by Criminality' while all facilities held adults only
    BY_FACILITY_TYPE.name: re.compile(
        r"ICE Initial Book-?Ins by (Facility Type|Criminality)", re.I
    ),
}
COUNT_TABLES = (BOOK_INS, BOOK_OUTS, REMOVALS, DETAINED, POPULATION, BY_FACILITY_TYPE)
MAIN_TITLES = tuple(TITLES[table.name] for table in COUNT_TABLES if table.is_main)

Row = dict[str, object]
Place = tuple[int, int]


class TableError(Exception):
    """A table that is missing or looks different from what is known: it is left out, and said."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


@dataclass(frozen=True)
class Block:
    """One published table: ``headers`` by column, ``rows`` the sheet's rows that belong to it."""

    sheet: Sheet
    title: str
    title_place: Place
    header_row: int
    headers: dict[int, str]
    rows: range

    @property
    def first_column(self) -> int:
        """The column of the row labels."""
        return self.title_place[1]

    @property
    def header_place(self) -> str:
        """The header's place, for messages."""
        return self.sheet.place(self.header_row, self.first_column)

    def label(self, row: int) -> str:
        """The label of a row, '' where it is blank."""
        return self.sheet.text(row, self.first_column)

    def places(self) -> Iterator[Place]:
        """Every place of the table, title included."""
        yield self.title_place
        last = max(self.headers)
        for row in (self.header_row, *self.rows):
            for column in range(self.first_column, last + 1):
                yield row, column

    def expect(self, *headers: str) -> None:
        """TableError unless the headers are these, in this order."""
        found = [header for header in self.headers.values() if header]
        if [header.casefold() for header in found] != [header.casefold() for header in headers]:
            raise TableError(
                "header_changed",
                f"{self.header_place}: found the header {found}; expected {list(headers)}. "
                "Compare the workbook with the one before and teach the reader the new header.",
            )


def fiscal_year_in(text: str) -> int | None:
    """The fiscal year that a title names (FY21 YTD, EOFY2024, FY 2026), or None."""
    found = FISCAL_YEAR.search(text)
    return 2000 + int(found[1][-2:]) if found else None


def month_of(header: str, fiscal_year: int) -> date | None:
    """The first day of the month that a column is headed by; None for a column of totals."""
    month = month_number(header) if header in MONTHS else None
    return month_in(fiscal_year, month) if month else None


def find_block(sheet: Sheet, table: Table, fiscal_year: int) -> Block:
    """The block of a table on the detention sheet; TableError if it is not there just once."""
    titles = list(sheet.find(TITLES[table.name]))
    of_year = [
        place for place in titles if fiscal_year_in(sheet.text(*place)) in (fiscal_year, None)
    ]
    if len(of_year) != 1:
        found = [f"{sheet.place(*place)} {sheet.text(*place)!r}" for place in titles]
        raise TableError(
            "table_missing" if not of_year else "table_twice",
            f"{sheet.name}: found {found or 'no such title'}; expected one title like "
            f"{TITLES[table.name].pattern!r} for FY{fiscal_year}. If ICE renamed the table, "
            "teach the reader its title.",
        )
    return _block_below(sheet, of_year[0])


def _block_below(sheet: Sheet, title_place: Place) -> Block:
    title_row, first = title_place
    # The header of removals may begin two columns to the right of the title.
    header_row = next(
        (row for row in (title_row + 1, title_row + 2) if sheet.text(row, first)
         or sheet.text(row, first + 2)), None,
    )  # fmt: skip
    if header_row is None:
        raise TableError(
            "header_changed",
            f"{sheet.place(title_row, first)}: found no header below the title; expected one in "
            "the next two rows. Look at the workbook.",
        )
    last = first
    while sheet.text(header_row, last + 1):
        last += 1
    if last - first < 2 and sheet.text(header_row, first + 2):
        last = first + 2
    end = header_row + 1
    while any(sheet.text(end, column) for column in range(first, last + 1)):
        end += 1
    headers = {column: sheet.text(header_row, column) for column in range(first, last + 1)}
    return Block(
        sheet,
        sheet.text(*title_place),
        title_place,
        header_row,
        headers,
        range(header_row + 1, end),
    )


def number_in(cell: Cell) -> PublishedNumber:
    """The number in a cell of a workbook; the text 'null' stands in FY26_detentionStats01082026."""
    if is_number(cell):
        return PublishedNumber(float(cell))
    return read_number(str(cell))


def _values(block: Block, row: int, fiscal_year: int, skip: int = 1) -> Iterator[tuple[str, Row]]:
    """(header, closing columns) of each value cell of a row; ``skip`` label columns."""
    for column, header in block.headers.items():
        if column < block.first_column + skip or not header:
            continue
        number = number_in(block.sheet.cell(row, column))
        yield (
            header,
            {
                "fiscal_year": fiscal_year,
                "reference_month": month_of(header, fiscal_year),
                "value": number.value,
                "null_reason": number.null_reason,
                "published_text": number.published_text,
                "source_place": block.sheet.place(row, column),
            },
        )


def read_book_ins(block: Block, fiscal_year: int) -> Iterator[Row]:
    """Book-ins by arresting agency and month; the order of the agencies differs by year."""
    block.expect("Agency", *MONTHS, "Total")
    for row in block.rows:
        for _, value in _values(block, row, fiscal_year):
            yield {"arresting_agency_label": block.label(row)} | value


def read_book_outs(block: Block, fiscal_year: int) -> Iterator[Row]:
    """Releases or book-outs by reason and criminality: annual to 2021-04-01, then by month.

    In the monthly form the reason stands in its first row only.
    """
    is_monthly = "Criminality" in block.headers.values()
    if is_monthly:
        block.expect("Release Reason", "Criminality", *MONTHS, "Total")
    else:
        block.expect("Release Reason", *CRIMINALITIES, "Total")
    definition = "final_releases" if "releases" in block.title.casefold() else "final_book_outs"
    reason = ""
    for row in block.rows:
        reason = block.label(row) or reason
        criminality = block.sheet.text(row, block.first_column + 1) if is_monthly else None
        for header, value in _values(block, row, fiscal_year, 2 if is_monthly else 1):
            yield {
                "release_reason_label": reason,
                "criminality_label": criminality or None if is_monthly else header,
                "definition": definition,
            } | value


def read_removals(block: Block, fiscal_year: int) -> Iterator[Row]:
    """Removals (with returns) in the fiscal year to date; its parts are not a partition."""
    found = [header for header in block.headers.values() if header]
    if found not in (["Removals"], ["Removals", "Total"]):
        block.expect("Removals", "Total")
    value_column = max(block.headers)
    for row in block.rows:
        label = block.label(row)
        for _, value in _values(block, row, fiscal_year, value_column - block.first_column):
            yield {"removal_label": label, "removal_kind": _removal_kind(label)} | value


def _removal_kind(label: str) -> str:
    """'Removals with an FRC Detention', later 'a FSC Detention', later 'a FAMU Identifier'."""
    kind = re.fullmatch(r"Removals with an? (FRC|FSC|FAMU) \w+", label)
    return kind[1].casefold() if kind else labels.slug(label)


def read_currently_detained(block: Block, fiscal_year: int) -> Iterator[Row]:
    """People in detention on one day, and the agencies' shares of them."""
    block.expect("Criminality", "ICE", "Percent ICE", "CBP", "Percent CBP", "Total")
    for row in block.rows:
        for header, value in _values(block, row, fiscal_year):
            yield {
                "criminality_label": block.label(row),
                "arresting_agency_label": header.removeprefix("Percent "),
                "unit": "share" if header.startswith("Percent ") else "people",
            } | value


def read_average_daily_population(block: Block, fiscal_year: int) -> Iterator[Row]:
    """Average people per day; a row 'CBP Average' opens the rows of that agency."""
    block.expect("Agency", *MONTHS, "FY Overall")
    agency = ""
    for row in block.rows:
        label = block.label(row)
        is_agency = label.casefold().endswith("average")
        agency = label if is_agency else agency
        for _, value in _values(block, row, fiscal_year):
            yield {
                "arresting_agency_label": agency,
                "criminality_label": None if is_agency else label,
            } | value


def read_book_ins_by_facility_type(block: Block, fiscal_year: int) -> Iterator[Row]:
    """Book-ins of the fiscal year to date by type of the first facility."""
    block.expect("Facility Type", *CRIMINALITIES, "Total")
    for row in block.rows:
        for header, value in _values(block, row, fiscal_year):
            yield {"facility_type_label": block.label(row), "criminality_label": header} | value


READERS: dict[str, Callable[[Block, int], Iterator[Row]]] = {
    BOOK_INS.name: read_book_ins,
    BOOK_OUTS.name: read_book_outs,
    REMOVALS.name: read_removals,
    DETAINED.name: read_currently_detained,
    POPULATION.name: read_average_daily_population,
    BY_FACILITY_TYPE.name: read_book_ins_by_facility_type,
}
CODE_LISTS = ("arresting_agency", "criminality", "facility_type", "release_reason")
REMOVAL_KINDS = {"total", "frc", "fsc", "famu"}


@cache
def sub_reasons() -> frozenset[str]:
    """Codes of release reasons that are part of another one (bonds by who set them)."""
    rows = pd.read_csv(labels.CODE_LISTS / "release_reason.csv", dtype=str, keep_default_na=False)
    return frozenset(rows.loc[rows["part_of"] != "", "code"])


def read_table(block: Block, table: Table, fiscal_year: int) -> tuple[list[Row], list[Finding]]:
    """The rows of a block, and a warning per new label and per text in place of a number."""
    rows = list(READERS[table.name](block, fiscal_year))
    if not rows:
        raise TableError(
            "table_missing",
            f"{block.header_place}: found no row below the header of {block.title!r}; expected "
            "rows of figures. Look at the workbook.",
        )
    seen: dict[tuple[str, object], Finding] = {}
    for row in rows:
        for code, label in _add_codes(row, table):
            message = (
                f"{row['source_place']}: found the label {label!r}, which is not known as "
                f"{code}; loaded as it is. Add it to the code lists with its meaning."
            )
            seen.setdefault((code, label), Finding("new_label", message, table.name))
        if row["null_reason"] == "unreadable":
            text = row["published_text"]
            message = f"{row['source_place']}: found the text {text!r}, no number; loaded as NULL."
            seen.setdefault(("value", text), Finding("unreadable_number", message, table.name))
    return rows, list(seen.values())


def _add_codes(row: Row, table: Table) -> list[tuple[str, str]]:
    """Adds the codes of the row's labels; returns (code column, label) of each new label.

    'Total' is no criminality: such a row has none.
    """
    new = []
    for code in CODE_LISTS:
        if code not in table.columns:
            continue
        label = row[f"{code}_label"]
        if not isinstance(label, str) or (code == "criminality" and label.casefold() == "total"):
            row[code] = None
            continue
        known = labels.code_list(code).get(labels.label_key(label))
        row[code] = known or labels.slug(label)
        if known is None:
            new.append((code, label))
    if table is BOOK_OUTS:
        row["is_sub_reason"] = row["release_reason"] in sub_reasons()
    if table is REMOVALS and row["removal_kind"] not in REMOVAL_KINDS:
        new.append(("removal_kind", str(row["removal_label"])))
    row["is_new_label"] = bool(new)
    return new


def frame_of(table: Table, rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as the table's frame: its columns in order, a column that a row lacks is NULL."""
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in table.columns})
    numbers = [name for name, kind in table.columns.items() if kind == "DOUBLE"]
    frame["reference_month"] = pd.to_datetime(frame["reference_month"])
    return frame.astype(dict.fromkeys(numbers, "float64"))
