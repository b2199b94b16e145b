"""ICE's workbooks of the sample: FY2019, FY2020, and FY2021 in three vintages.

Here stand ICE's layouts and names. The figures are real: book-ins by month, FY2021 releases by
month, reason and criminality, and totals of the fiscal year. Tables without a real total (head
count, average daily population, facilities, alternatives to detention) are absent, and removals
where the total to that date is not known. No restated month of FY2021 is carried: the earlier
vintages hold the final figures of the months they cover.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from xlsxwriter.worksheet import Worksheet

from orchestration.mirror import sample_facts as facts
from orchestration.mirror.sample_publication import SamplePublication, new_workbook
from orchestration.read.fiscal_calendar import MONTHS

SERIES = "ice_detention_statistics"
FOLDER_URL = "https://www.ice.gov/doclib/detention/"
CRIMINALITIES = ("Convicted Criminal", "Pending Criminal Charges", "Other Immigration Violator")
#: 'Bond Set by' are parts of 'Bonded Out'.
REASONS = (
    "Bonded Out", "Bond Set by ICE", "Bond Set by IJ", "Order of Recognizance",
    "Order of Supervision", "Paroled",
)  # fmt: skip
LEGAL_BASIS = (
    "These statistics are made available to the public pursuant to the Fiscal Year 2020 Department "
    "of Homeland Security Appropriations Bill."
)
AGENCY = "U.S. Immigration and Customs Enforcement"
#: 'ICE  ' is written with blanks in the workbooks of FY2020 and FY2021.
AGENCY_LABELS = {2019: ("ICE ", "CBP"), 2020: ("CBP", "ICE  "), 2021: ("CBP", "ICE  ")}


@dataclass(frozen=True)
class DetentionWorkbook:
    """One vintage: a fiscal year's figures up to ``covered_to``."""

    published_name: str
    captured_at: str
    fiscal_year: int
    covered_to: date
    releases_by_month: bool = False  # since April 2021; before, by criminality for the year

    @property
    def year_label(self) -> str:
        """The fiscal year as titles of this workbook write it."""
        labels = {2019: "FY2019 ", 2020: "EOFY2020"}
        return labels.get(self.fiscal_year, f"FY{self.fiscal_year} YTD")

    @property
    def sheet_name(self) -> str:
        """The name of the detention sheet."""
        names = {2019: "Detention FY19", 2020: "Detention EOFY2020"}
        return names.get(self.fiscal_year, f"Detention FY{self.fiscal_year % 100} YTD")

    @property
    def months(self) -> list[str]:
        """The twelve reference months, in order."""
        before = self.fiscal_year - 1
        return [
            *(f"{before}-{month}" for month in (10, 11, 12)),
            *(f"{self.fiscal_year}-{month:02}" for month in range(1, 10)),
        ]

    def covers(self, month: str) -> bool:
        """Whether the month had begun; later ones stand in the workbook as 0."""
        return month <= f"{self.covered_to:%Y-%m}"

    def book_ins(self, agency: str, month: str) -> int:
        """Initial book-ins of people whom ``agency`` ('CBP', 'ICE') had arrested."""
        for row in facts.rows("ice_book_ins_fy2019_fy2021"):
            if (row["reference_month"], row["arresting_agency"]) == (month, agency):
                return int(row["book_ins"])
        raise LookupError(f"ice_book_ins_fy2019_fy2021.csv has no {agency} in {month}")


WORKBOOKS = (
    DetentionWorkbook("FY19-detentionstats.xlsx", "2019-10-06", 2019, date(2019, 9, 30)),
    DetentionWorkbook("FY20-detentionstats.xlsx", "2021-01-14", 2020, date(2020, 9, 30)),
    DetentionWorkbook("FY21-detentionstats.xlsx", "2021-02-11", 2021, date(2021, 1, 31)),
    DetentionWorkbook(
        "FY21_detentionStats210503.xlsx", "2021-05-05", 2021, date(2021, 4, 30), True
    ),
    DetentionWorkbook(
        "FY21_detentionStats10012021.xlsx", "2021-10-01", 2021, date(2021, 9, 25), True
    ),
)


def ice_publications() -> Iterator[SamplePublication]:
    """All vintages of the detention statistics."""
    yield from map(detention_workbook, WORKBOOKS)


def detention_workbook(book: DetentionWorkbook) -> SamplePublication:
    """One vintage of the detention statistics."""
    return SamplePublication(
        agency="ICE",
        series=SERIES,
        folder="ice/detention_statistics",
        published_name=book.published_name,
        published_url=FOLDER_URL + book.published_name,
        captured_at=book.captured_at,
        content=_workbook(book),
    )


def _workbook(book: DetentionWorkbook) -> bytes:
    workbook, content = new_workbook(book.captured_at)
    header = workbook.add_worksheet("Header")
    header.write_column(0, 0, ["ICE Detention Statistics", LEGAL_BASIS])
    detention = workbook.add_worksheet(book.sheet_name)
    detention.write_column(
        0,
        0,
        [AGENCY, LEGAL_BASIS, f"ICE DETENTION DATA, {book.sheet_name.removeprefix('Detention ')}"],
    )
    _write_book_ins(detention, book)
    _write_removals(detention, book)
    if book.releases_by_month:
        _write_releases_by_month(detention, book)
    else:
        _write_releases_of_year(detention, book)
    _write_footnotes(workbook.add_worksheet("Footnotes"), book)
    workbook.close()
    return content.getvalue()


def _write_book_ins(sheet: Worksheet, book: DetentionWorkbook) -> None:
    """To the right of the head count, which the sample does not hold."""
    row, column = 17, 8
    sheet.write(
        row, column, f"ICE Initial Book-Ins by Arresting Agency and Month: {book.year_label}"
    )
    sheet.write_row(row + 1, column, ["Agency", *MONTHS, "Total"])
    by_agency = {
        label: [
            book.book_ins(label.strip(), month) if book.covers(month) else 0
            for month in book.months
        ]
        for label in AGENCY_LABELS[book.fiscal_year]
    }
    totals = [sum(counts) for counts in zip(*by_agency.values(), strict=True)]
    for place, (label, counts) in enumerate({"Total": totals, **by_agency}.items(), row + 2):
        sheet.write_row(place, column, [label, *counts, sum(counts)])


def _write_removals(sheet: Worksheet, book: DetentionWorkbook) -> None:
    """Only where the total up to the workbook's date is known: a fiscal year's last workbook."""
    total = facts.fiscal_year_total(SERIES, book.fiscal_year, "removals")
    if total is None or not book.covers(book.months[-1]):
        return
    sheet.write(26, 13, f"ICE Removals: {book.year_label}")
    sheet.write(27, 15, "Removals")
    sheet.write(28, 13, "Total")
    sheet.write(28, 15, total)


def _releases(reason: str, criminality: str, month: str) -> int:
    for row in facts.rows("ice_detention_fy2021_to_2021-09-25"):
        found = row["measure"], row["label"], row["criminality"], row["reference_month"]
        if found == ("final_releases", reason, criminality, month):
            return int(row["people"])
    raise LookupError(f"no final releases of {reason}, {criminality} in {month} in facts/")


def _write_releases_of_year(sheet: Worksheet, book: DetentionWorkbook) -> None:
    """By criminality; of FY2019 and FY2020 only the year's total is carried."""
    row = 35
    sheet.write(row, 0, f"ICE Final Releases by Release Reason and Criminality: {book.year_label}")
    sheet.write_row(row + 1, 0, ["Release Reason", *CRIMINALITIES, "Total"])
    total = facts.fiscal_year_total(SERIES, book.fiscal_year, "final_releases")
    if total is not None:
        sheet.write(row + 2, 0, "Total")
        sheet.write(row + 2, 4, total)
        return
    months = [month for month in book.months if book.covers(month)]
    lines = {
        reason: [sum(_releases(reason, who, month) for month in months) for who in CRIMINALITIES]
        for reason in REASONS
    }
    whole = [counts for reason, counts in lines.items() if not reason.startswith("Bond Set")]
    lines = {"Total": [sum(counts) for counts in zip(*whole, strict=True)], **lines}
    for place, (reason, counts) in enumerate(lines.items(), row + 2):
        sheet.write_row(place, 0, [reason, *counts, sum(counts)])


def _write_releases_by_month(sheet: Worksheet, book: DetentionWorkbook) -> None:
    """The reason stands in its first row only, criminality in the second column."""
    row = 35
    title = "ICE Final Releases by Release Reason, Month and Criminality"
    sheet.write(row, 0, f"{title}: {book.year_label}")
    sheet.write_row(row + 1, 0, ["Release Reason", "Criminality", *MONTHS, "Total"])
    lines = [("Total", "", _releases_by_month(book, "Total", "Total"))]
    for reason in REASONS:
        lines.append((reason, "Total", _releases_by_month(book, reason, "Total")))
        lines += [("", who, _releases_by_month(book, reason, who)) for who in CRIMINALITIES]
    for place, (reason, who, counts) in enumerate(lines, row + 2):
        sheet.write_row(place, 0, [reason or None, who or None, *counts, sum(counts)])


def _releases_by_month(book: DetentionWorkbook, reason: str, criminality: str) -> list[int]:
    return [
        _releases(reason, criminality, month) if book.covers(month) else 0 for month in book.months
    ]


def _write_footnotes(sheet: Worksheet, book: DetentionWorkbook) -> None:
    """One section per table, which says how far its figures go."""
    year = f"FY{book.fiscal_year}" + (" YTD" if book.fiscal_year == 2021 else "")
    day = f"{book.covered_to:%m/%d/%Y}"
    run = f"{book.covered_to + timedelta(days=2):%m/%d/%Y}"
    source = f"(IIDS v.1.34 run date {run}; EID as of {day})."
    sections = [
        (f"FY{book.fiscal_year} ICE Final Releases", "ICE Final Releases"),
        (f"{year} ICE Initial Book-Ins", "ICE Detention"),
    ]
    if book.covers(book.months[-1]):
        sections.append((f"{year} ICE Removals", "ICE Removals"))
    sheet.write_column(0, 0, [AGENCY, LEGAL_BASIS, "ICE FOOTNOTES"])
    sheet.write_row(3, 0, ["Term", "Definition"])
    is_whole_year = book.covered_to == date(book.fiscal_year, 9, 30)
    verb = "is filtered" if is_whole_year else "are updated"
    for row, (heading, name) in enumerate(sections, 4):
        start = f"EOFY{book.fiscal_year}" if is_whole_year else year
        sheet.write_row(row, 0, [heading, f"{start} {name} data {verb} through {day} {source}"])
