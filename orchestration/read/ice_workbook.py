"""An ICE detention statistics workbook, bytes to tables.

Here stands what holds for the workbook as a whole: which sheet is the detention sheet, which fiscal
year it holds, what is missing, what is odd. The tables themselves, their coverage, the facilities
and the rest of the cells have modules of their own.
"""

import re
from datetime import date

from orchestration.read import ice_coverage, ice_facilities, ice_tables
from orchestration.read.ice_coverage import Statement
from orchestration.read.ice_facilities import FACILITIES, FacilitySheet
from orchestration.read.ice_other_tables import OTHER_TABLES, read_other_tables
from orchestration.read.ice_tables import COUNT_TABLES, Place, Row, TableError, fiscal_year_in
from orchestration.read.reading import Coverage, Document, Finding, Reading
from orchestration.read.workbook import Sheet, Workbook, open_workbook

TABLES = (*COUNT_TABLES, FACILITIES, OTHER_TABLES)
SHEET_TITLE = re.compile(r"ICE DETENTION DATA", re.IGNORECASE)
NAME_YEAR = re.compile(r"FY ?(\d{2})(?!\d)", re.IGNORECASE)


def read_workbook(document: Document) -> Reading:
    """The tables of a workbook; values count people or events, and people per day in averages.

    PublicationError where the bytes are no workbook, or no main table can be read.
    """
    workbook = open_workbook(document)
    sheet = _detention_sheet(document, workbook)
    fiscal_year = _fiscal_year(document, sheet)
    reading = Reading({}, {}, (fiscal_year,))
    rows: dict[str, list[Row]] = {}
    typed: dict[str, set[Place]] = {}
    for table in COUNT_TABLES:
        try:
            block = ice_tables.find_block(sheet, table, fiscal_year)
            rows[table.name], warnings = ice_tables.read_table(block, table, fiscal_year)
        except TableError as error:
            reading.problems.append(Finding(error.rule, str(error), table.name))
            continue
        reading.warnings += warnings
        typed.setdefault(sheet.name, set()).update(block.places())
    _refuse_without_main_table(document, sheet, rows, reading.problems)
    stated = ice_coverage.stated_in_footnotes(workbook)
    try:
        facilities = _facility_sheet(workbook, fiscal_year)
        rows[FACILITIES.name] = ice_facilities.read_facilities(facilities, fiscal_year)
        typed.setdefault(facilities.sheet.name, set()).update(facilities.places())
        stated |= ice_coverage.stated_above_facilities(facilities.sheet, facilities.header_row)
    except TableError as error:
        reading.problems.append(Finding(error.rule, str(error), FACILITIES.name))
    _add_tables(reading, rows, stated, document.captured_on)
    reading.tables[OTHER_TABLES.name] = read_other_tables(workbook, typed, fiscal_year)
    reading.warnings += _warnings_of_workbook(document, workbook, sheet, fiscal_year)
    return reading


def _detention_sheet(document: Document, workbook: Workbook) -> Sheet:
    """The visible sheet with a main table; of several, that of the latest fiscal year."""
    found = [
        sheet
        for sheet in workbook.sheets
        if sheet.is_visible and any(any(sheet.find(title)) for title in ice_tables.MAIN_TITLES)
    ]
    if not found:
        names = [f"{sheet.name!r}" for sheet in workbook.sheets if sheet.is_visible]
        raise document.error(
            "the workbook",
            f"the visible sheets {', '.join(names)}, none with a main table",
            "a sheet with initial book-ins or final releases (or book-outs)",
            "If ICE renamed its tables, teach the reader their titles.",
        )
    return max(found, key=lambda sheet: _fiscal_year(document, sheet))


def _fiscal_year(document: Document, sheet: Sheet) -> int:
    """From the sheet's title, else its name, else a main table's title; never the file's name."""
    titles = [sheet.text(*place) for place in sheet.find(SHEET_TITLE)]
    of_tables = [
        sheet.text(*place) for title in ice_tables.MAIN_TITLES for place in sheet.find(title)
    ]
    for text in (*titles, sheet.name, *of_tables):
        year = fiscal_year_in(text)
        if year is not None:
            return year
    raise document.error(
        sheet.name,
        f"no fiscal year in the titles {titles + of_tables}",
        "a title such as 'ICE DETENTION DATA, FY21 YTD'",
        "Look at the workbook.",
    )


def _refuse_without_main_table(
    document: Document, sheet: Sheet, rows: dict[str, list[Row]], problems: list[Finding]
) -> None:
    main = [table.name for table in TABLES if table.is_main]
    if not any(name in rows for name in main):
        raise document.error(
            sheet.name,
            "none of its main tables",
            " or ".join(main),
            "If ICE changed its tables, teach the reader their titles and headers.",
            [problem.message for problem in problems],
        )


def _facility_sheet(workbook: Workbook, fiscal_year: int) -> FacilitySheet:
    """The facility sheet; TableError where it is of another year than the detention sheet."""
    facilities = ice_facilities.find_facility_sheet(workbook)
    if facilities.fiscal_year not in (fiscal_year, None):
        raise TableError(
            "facility_sheet_of_another_year",
            f"{facilities.sheet.name}: found facilities of FY{facilities.fiscal_year} beside "
            f"detention tables of FY{fiscal_year}; expected one year. Nothing to do: the next "
            "workbook has them.",
        )
    return facilities


def _add_tables(
    reading: Reading,
    rows: dict[str, list[Row]],
    stated: dict[str, Statement],
    captured_on: date | None,
) -> None:
    """Tables with their coverage, less the months that come after it.

    A table without months, if in doubt, covers what the first main table covers.
    """
    clock = ice_coverage.Clock(reading.fiscal_years[0], captured_on)
    main: Coverage | None = None
    for table in (*COUNT_TABLES, FACILITIES):
        if table.name not in rows:
            continue
        last_month = ice_coverage.last_month_with_figures(rows[table.name])
        coverage, warnings = clock.coverage(
            table.name, stated.get(table.name), last_month, main.end if main else None
        )
        main = main or coverage
        kept = ice_coverage.without_months_to_come(rows[table.name], coverage.end)
        reading.tables[table.name] = ice_tables.frame_of(table, kept)
        reading.coverage[table.name] = coverage
        reading.warnings += warnings
    if main is not None:
        reading.coverage[OTHER_TABLES.name] = main


def _warnings_of_workbook(
    document: Document, workbook: Workbook, sheet: Sheet, fiscal_year: int
) -> list[Finding]:
    warnings = [
        Finding(
            "hidden_sheet",
            f"{hidden.name}: found a hidden sheet with {len(hidden.written)} cells; its cells are "
            f"kept in {OTHER_TABLES.name} only, the figures come from {sheet.name!r}.",
        )
        for hidden in workbook.sheets
        if not hidden.is_visible and hidden.written
    ]
    in_name = NAME_YEAR.search(document.published_name)
    if in_name and 2000 + int(in_name[1]) != fiscal_year:
        warnings.append(
            Finding(
                "fiscal_year_differs_from_name",
                f"{sheet.name}: found FY{fiscal_year} in a publication named "
                f"{document.published_name}; loaded as FY{fiscal_year}.",
            )
        )
    return warnings
