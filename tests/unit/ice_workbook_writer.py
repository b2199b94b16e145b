"""Small workbooks in ICE's layout for the tests: tables side by side, titles, footnotes."""

from io import BytesIO

import xlsxwriter

from orchestration.read.reading import Document

MONTHS = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
CRIMINALITIES = ["Convicted Criminal", "Pending Criminal Charges", "Other Immigration Violator"]
FACILITY_HEADER = [
    "Name", "Address", "City", "State", "Zip", "AOR", "Type Detailed", "Male/Female", "FY21 ALOS",
    "Male Crim", "Male Non-Crim", "Female Crim", "Female Non-Crim", "Pending FY21 Inspection",
]  # fmt: skip


def months(*figures, rest=0):
    """Twelve cells: the figures, then ``rest`` for each month to come."""
    return [*figures, *[rest] * (12 - len(figures))]


def book_ins(year="FY2021 YTD"):
    return [
        [f"ICE Initial Book-Ins by Arresting Agency and Month: {year}"],
        ["Agency", *MONTHS, "Total"],
        ["Total", *months(30, 50), 80],
        ["CBP", *months(10, 20), 30],
        ["ICE  ", *months(20, 30), 50],
    ]


def removals(year="FY2021 YTD"):
    return [
        [f"ICE Removals: {year}"],
        ["", "", "Removals"],
        ["Total", "", 900],
        ["Removals with an FRC Detention", "", 9],
    ]


def annual_releases(year="FY2021 YTD"):
    return [
        [f"ICE Final Releases by Release Reason and Criminality: {year}"],
        ["Release Reason", *CRIMINALITIES, "Total"],
        ["Total", 3, 4, 5, 12],
        ["Bonded Out", 1, 2, 3, 6],
        ["Bond Set by ICE", 1, 0, 1, 2],
        ["Bond Set by IJ", 0, 2, 2, 4],
        ["Paroled", 2, 2, 2, 6],
    ]


def reason(label, total, parts, rest=""):
    """The four rows of a reason in the monthly form; the reason stands in the first only."""
    names = ["Total", *CRIMINALITIES]
    rows = []
    for name, figures in zip(names, [total, *parts], strict=True):
        filled = [figure for figure in figures if isinstance(figure, int)]
        fill = 0 if name == "Total" else rest
        rows.append(["" if rows else label, name, *months(*figures, rest=fill), sum(filled)])
    return rows


def monthly_book_outs(kind="Book Outs", year="FY2021 YTD", extra=()):
    rows = [
        [f"ICE Final {kind} by Release Reason, Month and Criminality: {year}"],
        ["Release Reason", "Criminality", *MONTHS, "Total"],
        ["Total", "", *months(16, 18), 34],
        *reason("Bonded Out", (6, 8), [(1, 2), (2, 2), (3, 4)]),
        *reason("Bond Set by ICE", (2, 3), [(0, 1), (1, 1), (1, 1)]),
        *reason("Bond Set by IJ", (4, 5), [(1, 1), (1, 1), (2, 3)]),
        *reason("Release to Remove", (10, 10), [(5, 5), (5, 5), ("null", 0)]),
    ]
    return [*rows, *extra]


def currently_detained():
    return [
        ["ICE Currently Detained by Criminality and Arresting Agency"],
        ["Criminality", "ICE", "Percent ICE", "CBP", "Percent CBP", "Total"],
        ["Total", 6, 0.6, 4, 0.4, 10],
        ["Convicted Criminal", 5, 1.0, 0, 0.0, 5],
        ["Other Immigration Violator", 1, 0.2, 4, 0.8, 5],
    ]


def average_daily_population(year="FY2021 YTD"):
    return [
        [f"ICE Average Daily Population by Arresting Agency, Month and Criminality: {year}"],
        ["Agency", *MONTHS, "FY Overall"],
        ["CBP Average", *months(4.5, 5.5), 5.0],
        ["Convicted Criminal", *months(4.5, 5.5), 5.0],
        ["Average  ", *months(4.5, 5.5), 5.0],
        ["Convicted Criminal", *months(4.5, 5.5), 5.0],
    ]


def book_ins_by_facility_type(year="FY2021 YTD"):
    return [
        [f"ICE Initial Book-Ins by Facility Type and Criminality: {year}"],
        ["Facility Type", *CRIMINALITIES, "Total"],
        ["Total", 30, 20, 30, 80],
        ["Adult", 30, 20, 20, 70],
        ["FRC", "", "", 10, 10],
    ]


def length_of_stay(year="FY2021 YTD"):
    return [
        [f"ICE Average Length of Stay by Facility Type and Month: {year}"],
        ["Facility Type", *MONTHS, "FY Overall"],
        ["Adult", *months(40.5, 41.5), 41.0],
    ]


def facilities(*rows, year="FY21 YTD"):
    """Rows of the facility sheet: titles, source, header, facilities, a note."""
    return [
        [f"ICE FACILITIES DATA, {year}"],
        ["Source: ICE Integrated Decision Support (IIDS), 11/09/2020"],
        FACILITY_HEADER,
        *(rows or [facility("ESSEX COUNTY JAIL", 7105.0)]),
        ["[1] houses single adults only."],
    ]


def facility(name, zip_code, figures=(1.5, 2.0, 0.5, 1.0)):
    return [
        name, "1 MAIN ST.", "NEWARK", "NJ", zip_code, "NEW", "IGSA", "Male", 12.5, *figures,
        "Scheduled",
    ]  # fmt: skip


def footnotes(day="11/14/2020", *, year="FY2021", removals_day=None):
    sections = {
        f"{year} YTD ICE Average Daily Population and ICE Average Length of Stay": day,
        f"{year} ICE Final Releases": day,
        f"{year} YTD ICE Removals": removals_day or day,
        f"{year} YTD ICE Initial Book-Ins": day,
    }
    rows = [
        [heading, f"{year} YTD ICE data are updated through {stated} (IIDS run date 11/16/2020)."]
        for heading, stated in sections.items()
    ]
    snapshot = f"ICE National Docket data are a snapshot as of {day} (IIDS v.1.34)."
    return [*rows, ["ICE Currently Detained Population Breakdown", snapshot]]


def detention_sheet(*, year="FY2021 YTD", **replaced):
    """Blocks of the detention sheet as (row, column, rows); ``replaced`` by name, None to omit."""
    blocks = {
        "currently_detained": (6, 0, currently_detained()),
        "book_ins": (6, 8, book_ins(year)),
        "by_facility_type": (15, 0, book_ins_by_facility_type(year)),
        "removals": (15, 9, removals(year)),
        "book_outs": (24, 0, monthly_book_outs(year=year)),
        "population": (60, 0, average_daily_population(year)),
        "length_of_stay": (70, 0, length_of_stay(year)),
    }
    title = (2, 0, [[f"ICE DETENTION DATA, {year}"]])
    kept = [(row, column, replaced.get(name, rows)) for name, (row, column, rows) in blocks.items()]
    return [title, *((row, column, rows) for row, column, rows in kept if rows is not None)]


def workbook(sheets, hidden=()):
    """The bytes of a workbook: sheet name -> blocks (row, column, rows), in that order."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for name, blocks in sheets.items():
        sheet = book.add_worksheet(name)
        for top, left, rows in blocks:
            for down, cells in enumerate(rows):
                for right, cell in enumerate(cells):
                    if cell != "":
                        sheet.write(top + down, left + right, cell)
    for name in hidden:
        book.get_worksheet_by_name(name).hide()
    next(sheet for sheet in book.worksheets() if sheet.get_name() not in hidden).activate()
    book.close()
    return stream.getvalue()


def publication(
    *, name="FY21_detentionStats11162020.xlsx", captured_on=None, sheets=None, hidden=(),
    facility_rows=None, footnote_rows=None, **detention,
):  # fmt: skip
    """A whole workbook as captured; ``detention`` goes to ``detention_sheet``."""
    whole = {
        **(sheets or {}),
        "Detention FY21 YTD": detention_sheet(**detention),
        "Facilities FY21 YTD": [(0, 0, facility_rows or facilities())],
        "Footnotes": [(0, 0, footnote_rows or footnotes())],
    }
    return Document(workbook(whole, hidden), name, captured_on)
