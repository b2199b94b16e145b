"""The facility sheet of an ICE workbook: one row per detention facility.

The header row moves (row 6 to 10) and its columns change with the inspections, so that it is found
by the words Name and Address; columns we do not know are kept in ``other_columns``.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from orchestration.read.ice_tables import Place, Row, TableError, fiscal_year_in, number_in
from orchestration.read.reading import Table, raw_columns
from orchestration.read.workbook import Cell, Sheet, Workbook, text_of

TEXT_COLUMNS = {
    "name": r"Name",
    "address": r"Address",
    "city": r"City",
    "state": r"State",
    "zip": r"Zip",
    "area_of_responsibility": r"AOR",
    "type_detailed": r"Type Detailed",
    "gender": r"Male/Female",
}
NUMBER_COLUMNS = {
    "average_length_of_stay": r"FY\d\d ALOS",
    "level_a": r"Level A",
    "level_b": r"Level B",
    "level_c": r"Level C",
    "level_d": r"Level D",
    "male_criminal": r"Male Crim",
    "male_non_criminal": r"Male Non-Crim",
    "female_criminal": r"Female Crim",
    "female_non_criminal": r"Female Non-Crim",
    "threat_level_1": r"ICE Threat Level 1",
    "threat_level_2": r"ICE Threat Level 2",
    "threat_level_3": r"ICE Threat Level 3",
    "no_threat_level": r"No ICE Threat Level",
    "mandatory": r"Mandatory",
    "guaranteed_minimum": r"Guaranteed Minimum",
}
#: From FY2023 the inspections of ICE's own office (ODO); the earlier contractor's stay with others.
INSPECTION_COLUMNS = {
    "last_inspection_type": r"Last Inspection Type",
    "last_inspection_standard": r"(ODO )?Last Inspection Standard",
    "last_inspection_rating": r"Last Inspection Rating - Final|Last Final Rating|ODO Final Rating",
    "last_inspection_date": r"Last Inspection Date|(Last|ODO) Inspection End Date",
}
POPULATION_PARTS = (
    "male_criminal",
    "male_non_criminal",
    "female_criminal",
    "female_non_criminal",
)
#: Without these a row says neither which facility it is nor how many people it held.
REQUIRED = ("name", "address", "city", "state", "zip", *POPULATION_PARTS)

FACILITIES = Table(
    "ice_facilities",
    "ice_facilities",
    raw_columns(
        **dict.fromkeys(TEXT_COLUMNS, "VARCHAR"),
        **dict.fromkeys(NUMBER_COLUMNS, "DOUBLE"),
        **dict.fromkeys(INSPECTION_COLUMNS, "VARCHAR"),
        other_columns="VARCHAR",  # JSON object: header -> text
    ),
)


@dataclass(frozen=True)
class FacilitySheet:
    """The visible sheet with facilities: its header row and the column of each header."""

    sheet: Sheet
    header_row: int
    columns: dict[str, int]
    others: dict[str, int]

    @property
    def fiscal_year(self) -> int | None:
        """From its title ('ICE FACILITIES DATA, FY21 YTD'), else from the header 'FY21 ALOS'."""
        for (row, _), text in self.sheet.texts.items():
            is_title = re.match(r"ICE FACILITIES DATA", text, re.IGNORECASE)
            if row <= self.header_row and (is_title or row == self.header_row):
                year = fiscal_year_in(text)
                if year is not None:
                    return year
        return None

    def rows(self) -> Iterator[int]:
        """The rows of facilities: a name and some part of an address (notes have only a text)."""
        where = [self.columns[name] for name in ("address", "city", "state", "zip")]
        for row in range(self.header_row + 1, len(self.sheet.grid)):
            if self.sheet.text(row, self.columns["name"]) and any(
                self.sheet.text(row, column) for column in where
            ):
                yield row

    def places(self) -> Iterator[Place]:
        """Every place of the header and of the facilities."""
        for row in (self.header_row, *self.rows()):
            for column in (*self.columns.values(), *self.others.values()):
                yield row, column


def find_facility_sheet(workbook: Workbook) -> FacilitySheet:
    """The facility sheet; TableError where no visible sheet is one, or columns are missing."""
    for sheet in workbook.sheets:
        if not sheet.is_visible:
            continue
        for row, first in sheet.find(re.compile(r"Name$")):
            headers = {
                sheet.text(row, column): column for column in range(first, len(sheet.grid[row]))
            }
            if "Address" in headers:
                return _facility_sheet(sheet, row, headers)
    raise TableError(
        "table_missing",
        "workbook: found no visible sheet with a header row of Name and Address; expected the "
        "facilities. Look at the workbook.",
    )


def _facility_sheet(sheet: Sheet, row: int, headers: dict[str, int]) -> FacilitySheet:
    columns: dict[str, int] = {}
    for name, pattern in (TEXT_COLUMNS | NUMBER_COLUMNS | INSPECTION_COLUMNS).items():
        for header, column in headers.items():
            if re.fullmatch(pattern, header, re.IGNORECASE):
                columns.setdefault(name, column)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise TableError(
            "header_changed",
            f"{sheet.place(row, 0)}: found no column for {', '.join(missing)} in the header "
            f"{list(headers)}; expected all of {', '.join(REQUIRED)}. Teach the reader the new "
            "header.",
        )
    others = {
        header: column
        for header, column in headers.items()
        if header and column not in columns.values()
    }
    return FacilitySheet(sheet, row, columns, others)


def _written_text(cell: Cell) -> str | None:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return text_of(cell) or None


def _zip(cell: Cell) -> str | None:
    """A zip code with its leading zeros: 7105.0 is 07105."""
    text = text_of(cell)
    return text.zfill(5) if text.isdigit() else text or None


def read_facilities(facilities: FacilitySheet, fiscal_year: int) -> list[Row]:
    """The facilities; ``value`` is the average daily population of the fiscal year to date.

    It is the sum of men and women with and without convictions; NULL unless all four are published.
    """
    return [_facility(facilities, row, fiscal_year) for row in facilities.rows()]


def _facility(facilities: FacilitySheet, row: int, fiscal_year: int) -> Row:
    sheet, columns = facilities.sheet, facilities.columns
    facility: Row = {"fiscal_year": fiscal_year}
    for name in (*TEXT_COLUMNS, *INSPECTION_COLUMNS):
        facility[name] = _written_text(sheet.cell(row, columns[name])) if name in columns else None
    facility["zip"] = _zip(sheet.cell(row, columns["zip"]))
    for name in NUMBER_COLUMNS:
        cell = sheet.cell(row, columns[name]) if name in columns else ""
        facility[name] = number_in(cell).value
    others = {
        header: text
        for header, column in facilities.others.items()
        if (text := _written_text(sheet.cell(row, column)))
    }
    facility["other_columns"] = json.dumps(others) if others else None
    parts = [number_in(sheet.cell(row, columns[name])) for name in POPULATION_PARTS]
    held = [part.value for part in parts if part.value is not None]
    facility["value"] = sum(held) if len(held) == len(parts) else None
    facility["null_reason"] = next((part.null_reason for part in parts if part.value is None), None)
    facility["is_new_label"] = False
    facility["source_place"] = sheet.place(row, columns["name"])
    return facility
