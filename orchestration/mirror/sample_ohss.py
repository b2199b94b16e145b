"""OHSS's monthly tables of the sample: two sheets, in three vintages of growing coverage.

Real, rounded to 10: outcomes by family status and encounters by sector or field office, of each
month. Totals over years, family status or areas are 'NA' where none is carried: OHSS rounds them
from exact counts, and counts people in them whom no column shows, so that they are not the sum of
the figures beside them. No restated month is carried: the vintages differ in coverage only.
"""

from calendar import month_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from xlsxwriter.worksheet import Worksheet

from orchestration.mirror import sample_facts as facts
from orchestration.mirror.sample_facts import Month
from orchestration.mirror.sample_publication import SamplePublication, new_workbook

SERIES = "ohss_monthly_tables"
FIRST_YEAR, LAST_YEAR = 2019, 2021
BACK_LINK = "Return to Table of Contents."
HINT = (
    '* Please click on the "plus" sign to the left of the years to expand to see monthly data or '
    'the "minus" sign to hide it.'
)
#: A footnote's digit hangs on the label.
OUTCOMES = {
    "Total Encounters": "Total Encounters",
    "T8 repatriations": "T8 repatriations1",
    "T42 expulsions": "T42 expulsions2",
    "Migrant Protection Protocols": "Migrant Protection Protocols3",
    "Transfers to ICE": "Transfers to ICE4",
    "Transfers to HHS": "Transfers to HHS5",
    "USBP Releases": "USBP Releases6",
    "OFO Paroles": "OFO Paroles7",
    "Other outcomes": "Other outcomes8",
}
TOTAL = "Total Encounters"
FAMILY_STATUSES = (
    "Single Adults", "Family Unit Individuals", "Unaccompanied Children/Single Minors",
)  # fmt: skip
UNACCOMPANIED = FAMILY_STATUSES[-1]
USBP_AREAS = (
    "San Diego, CA", "El Centro, CA", "Yuma, AZ", "Tucson, AZ", "El Paso, TX", "Big Bend, TX",
    "Del Rio, TX", "Laredo, TX", "Rio Grande Valley, TX",
)  # fmt: skip
OFO_AREAS = ("San Diego, CA", "Tucson, AZ", "El Paso, TX", "Laredo, TX")
ROUNDED = (
    "Notes: To protect privacy, table cells are rounded to the nearest ten. The totals may not sum "
    "due to rounding. Encounters are limited to SW Border (at and between ports of entry)."
)
FAMILY_NOTES = (
    "NA Not available.",
    "X Not applicable.",
    "1Includes removals and returns directly from CBP custody.",
    "2Expulsions pursuant to CDC’s Title 42 public health order began on March 20, 2020.",
    "3Returns to Mexico under the Migrant Protection Protocols.",
    "4Includes noncitizens transferred to ERO for additional processing and custody determination.",
    "5Includes Unaccompanied Children transferred to the care and custody of HHS.",
    "6Includes individuals processed by USBP and released.",
    "7Includes individuals processed at a POE and released from custody.",
    "8Includes transfers to other law enforcement and less common outcomes.",
    f"{ROUNDED} Book-outs reported by encounter date.",
    "Source: Office of Homeland Security Statistics Persist Dataset.",
)
SECTOR_NOTES = (ROUNDED, "Source: Office of Homeland Security Statistics Persist Dataset.")

Figure = int | str  # a count rounded to 10, 'X' not applicable, 'NA' not available
#: one published column: its block, its key in the facts, its label
Column = tuple[str, str, str]


@dataclass(frozen=True)
class MonthlyTables:
    """One vintage: figures up to the month ``through``."""

    posted_on: str
    through: Month

    @property
    def month_words(self) -> tuple[str, str]:
        """The last month as ``('January', '2021')``."""
        year, month = self.through.split("-")
        return month_name[int(month)], year

    @property
    def published_name(self) -> str:
        """As OHSS names them: day of posting, then the month they go to."""
        month, year = self.month_words
        day = self.posted_on[:4] + "_" + self.posted_on[5:].replace("-", "")
        title = "ohss_immigration-enforcement-and-legal-processes-tables"
        return f"{day}_{title}-{month.lower()}-{year}.xlsx"

    def title(self, table: str) -> str:
        """The title of a sheet; it names the last month, as an open year's does."""
        open_year = "" if self.through.endswith("-09") else " YTD"
        return (
            f"{table}: Fiscal Years {FIRST_YEAR} to {LAST_YEAR}{open_year} "
            f"({' '.join(self.month_words)})"
        )

    def encounters_by_area(self) -> dict[tuple[Month, str, str], int]:
        """Rounded encounters by (month, 'USBP' or 'OFO', sector or field office)."""
        return {
            (row["reference_month"], row["component"], row["area_of_responsibility"]): int(
                row["encounters_rounded_to_10"]
            )
            for row in facts.rows("southwest_encounters_by_sector")
        }


#: posted about 110 days after the last month, as in 2024
VINTAGES = (
    MonthlyTables("2021-05-21", "2021-01"),
    MonthlyTables("2021-09-18", "2021-05"),
    MonthlyTables("2022-01-18", "2021-09"),
)


def ohss_publications() -> Iterator[SamplePublication]:
    """All vintages of the monthly tables."""
    yield from map(monthly_tables, VINTAGES)


def monthly_tables(vintage: MonthlyTables) -> SamplePublication:
    """One vintage of the monthly tables."""
    return SamplePublication(
        agency="OHSS",
        series=SERIES,
        folder="ohss/monthly_tables",
        published_name=vintage.published_name,
        published_url=(
            f"https://ohss.dhs.gov/sites/default/files/{vintage.posted_on[:7]}/"
            f"{vintage.published_name}"
        ),
        captured_at=vintage.posted_on,
        content=_workbook(vintage),
    )


def _workbook(vintage: MonthlyTables) -> bytes:
    workbook, content = new_workbook(vintage.posted_on)
    contents = workbook.add_worksheet("TOC")
    by_sector = "CBP SW Border Encounters by Agency and Sector or Field Office"
    by_family = "CBP SW Border Encounters Book-Outs by Family Status"
    contents.write(0, 0, "Table of Contents")
    contents.write(2, 0, "Click link for corresponding tab:")
    contents.write_row(4, 0, ["Category", "Table", "Starting Date"])
    contents.write_row(5, 0, ["Encounters", by_sector, FIRST_YEAR])
    contents.write_row(6, 0, ["Book-Outs", by_family, FIRST_YEAR])
    _write_sectors(
        workbook.add_worksheet("SWB Enc by Sector+Field Ofc"), vintage, vintage.title(by_sector)
    )
    _write_families(
        workbook.add_worksheet("CBP SWB Book-Outs by Family"), vintage, vintage.title(by_family)
    )
    workbook.close()
    return content.getvalue()


def _write_sectors(sheet: Worksheet, vintage: MonthlyTables, title: str) -> None:
    columns: list[Column] = [("", "Total CBP", "Total CBP")]
    for component, areas in (("USBP", USBP_AREAS), ("OFO", OFO_AREAS)):
        columns.append((component, f"Total {component}", f"Total {component}"))
        columns += [(component, area, area) for area in areas]
    figures = vintage.encounters_by_area()

    def monthly(month: Month, block: str, key: str) -> Figure:
        return figures.get((month, block, key), "NA")

    lines = _lines(vintage, [[monthly(m, b, k) for b, k, _ in columns] for m in _months(vintage)])
    _write_table(sheet, title, columns, lines, SECTOR_NOTES)


def _write_families(sheet: Worksheet, vintage: MonthlyTables, title: str) -> None:
    columns: list[Column] = [(TOTAL, outcome, label) for outcome, label in OUTCOMES.items()]
    published = {(status, outcome) for _, status, outcome in _outcomes()}
    for status in FAMILY_STATUSES:
        columns += [
            (status, outcome, label)
            for outcome, label in OUTCOMES.items()
            if (status, outcome) in published
        ]
    months = [[_outcome(month, b, k) for b, k, _ in columns] for month in _months(vintage)]
    lines = _lines(vintage, months)
    if vintage.through == f"{LAST_YEAR}-09":
        totals = next(figures for year, _, figures in lines if year == LAST_YEAR)
        for place, (block, outcome, _) in enumerate(columns):
            total = facts.fiscal_year_total(SERIES, LAST_YEAR, outcome)
            if block == TOTAL and total is not None:
                totals[place] = total
    _write_table(sheet, title, columns, lines, FAMILY_NOTES)


@cache
def _outcomes() -> dict[tuple[Month, str, str], Figure]:
    return {
        (row["reference_month"], row["family_status"], row["outcome"]): (
            int(row["people_rounded_to_10"]) if row["people_rounded_to_10"] else "X"
        )
        for row in facts.rows("southwest_outcomes_by_family_status")
    }


def _outcome(month: Month, block: str, outcome: str) -> Figure:
    """Only unaccompanied children go to HHS, so that their figure is the total's too."""
    if block != TOTAL:
        return _outcomes()[month, block, outcome]
    if outcome == "Transfers to HHS":
        return _outcomes()[month, UNACCOMPANIED, outcome]
    of_statuses = [_outcomes().get((month, status, outcome)) for status in FAMILY_STATUSES]
    return "X" if all(figure in ("X", None) for figure in of_statuses) else "NA"


def _months(vintage: MonthlyTables) -> list[Month]:
    return [month for month in sorted(facts.southwest_totals()) if month <= vintage.through]


def _lines(
    vintage: MonthlyTables, figures: list[list[Figure]]
) -> list[tuple[int | str | None, str, list[Figure]]]:
    """(fiscal year or nothing, 'Total' or month, figures): a year's Total before its months."""
    lines: list[tuple[int | str | None, str, list[Figure]]] = []
    months = _months(vintage)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        of_year = [
            (month, line)
            for month, line in zip(months, figures, strict=True)
            if facts.fiscal_year(month) == year
        ]
        is_open = year == LAST_YEAR and len(of_year) < 12
        totals = [_total(column) for column in zip(*(line for _, line in of_year), strict=True)]
        lines.append((f"{year} YTD" if is_open else year, "Total", totals))
        lines += [(None, month_name[int(month[5:])], line) for month, line in of_year]
    return lines


def _total(figures: Sequence[Figure]) -> Figure:
    """A year's total: not applicable where no month is, else not available."""
    return "X" if all(figure == "X" for figure in figures) else "NA"


def _write_table(
    sheet: Worksheet,
    title: str,
    columns: list[Column],
    lines: list[tuple[int | str | None, str, list[Figure]]],
    notes: Sequence[str],
) -> None:
    """Two header rows; months are hidden below their year, which the outline unfolds."""
    sheet.write(0, 0, BACK_LINK)
    sheet.write(0, 2, HINT)
    sheet.write(1, 0, title)
    previous = ""
    for place, (block, _, label) in enumerate(columns, 2):
        if block != previous:
            sheet.write(2, place, block)
        previous = block
        sheet.write(3, place, label)
    sheet.write_row(3, 0, ["Fiscal Year", "Month"])
    for row, (year, month, figures) in enumerate(lines, 4):
        sheet.write_row(row, 0, [year, month, *figures])
        if month != "Total":
            sheet.set_row(row, None, None, {"level": 1, "hidden": True})
    sheet.write_column(4 + len(lines), 0, notes)
