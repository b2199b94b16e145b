"""Which days the tables of an ICE workbook cover: from its footnotes, or else from its figures.

The Footnotes sheet states a date per table. It is believed only where it can be true: footnotes
of another year stood beside the figures of FY2021 (FY21_detentionStats061121), and a facility
sheet was dated a year too early (FY23_detentionStats02032023).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.read import ice_tables
from orchestration.read.fiscal_calendar import fiscal_year_end, fiscal_year_start, last_day
from orchestration.read.ice_tables import Row
from orchestration.read.reading import Coverage, Finding
from orchestration.read.workbook import Sheet, Workbook

DATED = re.compile(r"(?:through|snapshot as(?: of)?) (\d{1,2})/(\d{1,2})/(\d{4})", re.IGNORECASE)
SOURCE_DATE = re.compile(r"Source: .*?(\d{1,2})/(\d{1,2})/(\d{4})")
FOOTNOTES = re.compile(r"\s*Footnotes\b", re.IGNORECASE)
FACILITIES = "ice_facilities"
#: table -> heading of its section in column A of the footnotes
SECTIONS = {
    ice_tables.BOOK_INS.name: re.compile(r"ICE Initial Book-?Ins", re.IGNORECASE),
    ice_tables.BY_FACILITY_TYPE.name: re.compile(r"ICE Initial Book-?Ins", re.IGNORECASE),
    ice_tables.BOOK_OUTS.name: re.compile(r"ICE Final (Releases|Book ?-?Outs)", re.IGNORECASE),
    ice_tables.REMOVALS.name: re.compile(r"ICE Removals", re.IGNORECASE),
    ice_tables.DETAINED.name: re.compile(r"ICE Currently Detained", re.IGNORECASE),
    ice_tables.POPULATION.name: re.compile(r"ICE Average Daily Population", re.IGNORECASE),
}
#: In FY22_detentionStats03172022b and _03312022 the section of removals is headed Final Releases.
REMOVALS_TEXT = re.compile(r"FY\d{4} (YTD )?ICE Removals data", re.IGNORECASE)
#: Data are drawn some days after the stated date: 7 book-ins of December 2024 stand beside
#: 'through 11/30/2024' (FY25_detentionStats12122024).
DAYS_TO_THE_DRAW = 7
#: A fiscal year's last workbook counts heads, and draws its data, some days into the next year.
DAYS_AFTER_YEAR_END = 31


@dataclass(frozen=True)
class Statement:
    """A date as a workbook states it, and where."""

    day: date
    place: str


def date_in(year: str, month: str, day: str) -> date | None:
    """The date, None where there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def stated_in_footnotes(workbook: Workbook) -> dict[str, Statement]:
    """Table -> the first date stated in its section of the footnotes."""
    stated: dict[str, Statement] = {}
    removals_by_text: Statement | None = None
    for sheet in workbook.sheets:
        if not (sheet.is_visible and FOOTNOTES.match(sheet.name)):
            continue
        section = ""
        for (row, column), text in sheet.texts.items():
            if column == 0:
                section = text
            if not (found := DATED.search(text)):
                continue
            day = date_in(found[3], found[1], found[2])
            if day is None:
                continue
            statement = Statement(day, sheet.place(row, column))
            for table, heading in SECTIONS.items():
                if heading.search(section):
                    stated.setdefault(table, statement)
            if removals_by_text is None and REMOVALS_TEXT.match(text):
                removals_by_text = statement
    if removals_by_text is not None:
        stated.setdefault(ice_tables.REMOVALS.name, removals_by_text)
    return stated


def stated_above_facilities(sheet: Sheet, header_row: int) -> dict[str, Statement]:
    """The 'Source: ICE Integrated Decision Support (IIDS), 01/25/2021' above the facilities."""
    for (row, column), text in sheet.texts.items():
        if row < header_row and (found := SOURCE_DATE.search(text)):
            day = date_in(found[3], found[1], found[2])
            return {FACILITIES: Statement(day, sheet.place(row, column))} if day else {}
    return {}


def last_month_with_figures(rows: Iterable[Row]) -> date | None:
    """The last reference month with a figure other than 0; None for a table without months."""
    months = [
        month
        for row in rows
        if isinstance(month := row.get("reference_month"), date) and row["value"]
    ]
    return max(months, default=None)


@dataclass(frozen=True)
class Clock:
    """What bounds the coverage of every table of one workbook."""

    fiscal_year: int
    captured_on: date | None

    def _doubt(
        self, statement: Statement | None, last_month: date | None, slack: int
    ) -> str | None:
        """Why a stated date cannot be true; None where it can."""
        if statement is None:
            return "no date is stated"
        latest = fiscal_year_end(self.fiscal_year) + timedelta(days=slack)
        where = f"{statement.place} states {statement.day}"
        if not fiscal_year_start(self.fiscal_year) <= statement.day <= latest:
            return f"{where}, outside FY{self.fiscal_year}"
        if self.captured_on and statement.day > self.captured_on:
            return f"{where}, after the capture on {self.captured_on}"
        if last_month and last_month > statement.day + timedelta(days=DAYS_TO_THE_DRAW):
            return f"{where}, but figures stand in {last_month:%B %Y}"
        return None

    def _lag(self, table: str, end: date, of_book_ins: date | None) -> list[Finding]:
        """A warning for a date that was left standing: removals in FY25_detentionStats08292025."""
        if table == FACILITIES or not of_book_ins:
            return []
        if of_book_ins - end < timedelta(days=DAYS_TO_THE_DRAW):
            return []
        message = f"stated to cover to {end}, the book-ins to {of_book_ins}; kept as stated."
        return [Finding("coverage_lags", message, table)]

    def coverage(
        self,
        table: str,
        statement: Statement | None,
        last_month: date | None,
        otherwise: date | None,
    ) -> tuple[Coverage, list[Finding]]:
        """The days a table covers, and a warning where they are inferred.

        Inferred: to the end of the last month with figures, at most to the capture; a table
        without months covers what the workbook's book-ins cover (``otherwise``). A head count
        covers its one day.
        """
        is_head_count = table == ice_tables.DETAINED.name
        may_run_over = is_head_count or table == FACILITIES
        doubt = self._doubt(statement, last_month, DAYS_AFTER_YEAR_END if may_run_over else 0)
        year_end = fiscal_year_end(self.fiscal_year)
        if doubt is None and statement is not None:
            end = statement.day if is_head_count else min(statement.day, year_end)
        elif last_month is not None:
            end, by = min(last_day(last_month), self.captured_on or year_end), "its last month"
        else:
            end, by = otherwise or min(year_end, self.captured_on or year_end), "the book-ins"
        start = end if is_head_count else fiscal_year_start(self.fiscal_year)
        if doubt is None:
            warnings = self._lag(table, end, otherwise)
            return Coverage(start, end, "stated"), warnings
        warning = Finding("coverage_inferred", f"{doubt}; covered to {end}, by {by}.", table)
        return Coverage(start, end, "inferred"), [warning]


def without_months_to_come(rows: Iterable[Row], covered_to: date) -> list[Row]:
    """The rows, less those of months after the coverage's end that hold 0 or nothing.

    Months to come are 0 on total rows and blank on others: neither is a count of 0.
    """
    return [
        row
        for row in rows
        if not (
            isinstance(month := row.get("reference_month"), date)
            and month > covered_to
            and (row["value"] == 0 or row["null_reason"] == "blank")
        )
    ]
