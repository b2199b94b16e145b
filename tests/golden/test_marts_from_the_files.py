"""The published tables against the agencies' own files, read here in another way than our readers.

Nothing of ours reads or normalises: CSV files through DuckDB, workbooks cell by cell through
calamine, labels written out below. What the tables hold beyond, or less, than the file does, fails.
Which vintage is the newest is written out too, so a wrong choice fails as well.
"""

import re
from collections import Counter
from datetime import date

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from tests.golden.comparison import differences

STATE = "cbp/nationwide_encounters_state/nationwide-encounters-{}-state.csv"
SOUTHWEST = "cbp/southwest_land_border_encounters/sbo-encounters-{}.csv"
HISTORY = "cbp/border_patrol_history/usbp_monthly_encounters_fy2000-fy2020.csv"
OHSS = "ohss/monthly_tables/2024_1206_ohss_*.xlsx"
ICE = "ice/detention_statistics/{}.xlsx"

CALENDAR = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
CODES = {
    "Northern Land Border": "northern", "Southwest Land Border": "southwest", "Other": "other",
    "Single Adults": "single_adult", "FMUA": "family_unit", "UAC": "unaccompanied_child",
    "UC / Single Minors": "unaccompanied_child", "Accompanied Minors": "accompanied_minor",
    "U.S. Border Patrol": "USBP", "Office of Field Operations": "OFO",
    "Title 8": "title_8", "Title 42": "title_42",
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(real_version):
    """The published tables, with the codes written out above."""
    connection = duckdb.connect()
    connection.execute(f"attach '{real_version}' as published (read_only)")
    connection.execute("use published")
    connection.execute(f"create temp macro code(label) as (map {CODES})[label]")
    yield connection
    connection.close()


def cbp_file(path, labels):
    """A query on a CBP file as it lies there: fiscal year, month, the given labels, figure."""
    month = f'list_position({CALENDAR}, "Month (abbv)")'
    year = 'cast(left("Fiscal Year", 4) as integer)'
    columns = ", ".join(f'"{label}" as "{name}"' for name, label in labels.items())
    return f"""
        select {year} as fiscal_year,
            make_date({year} - if({month} > 9, 1, 0), {month}, 1) as month, {columns},
            cast("Encounter Count" as double) as figure
        from read_csv('{path}', all_varchar = true, header = true)"""


# --- CBP ---------------------------------------------------------------------------------------


def test_every_figure_by_state_is_that_of_the_newest_state_file(publications, tables):
    labels = {
        "region": "Land Border Region", "state": "State", "demographic": "Demographic",
        "citizenship": "Citizenship", "title": "Title of Authority",
    }  # fmt: skip
    newest = {"fy20-fy23": "= 2020", "fy21-fy24-apr": "= 2021", "fy22-fy25": ">= 2022"}
    files = " union all ".join(
        f"select * from ({cbp_file(publications / STATE.format(name), labels)})"
        f" where fiscal_year {years}"
        for name, years in newest.items()
    )
    assert (
        differences(
            tables,
            f"""select fiscal_year, month, code(region), state, code(demographic),
                upper(citizenship), code(title), sum(figure)::bigint from ({files}) group by all""",
            """select fiscal_year, reference_month, border_region, state, demographic,
                upper(citizenship), title_of_authority, encounter_count
                from marts.encounters_by_state""",
        )
        == []
    )
    assert tables.execute(
        "select count(*), sum(encounter_count) from marts.encounters_by_state"
    ).fetchone() == (64_593, 12_164_115)


@pytest.fixture(scope="module")
def southwest_files(publications):
    labels = {
        "component": "Component", "demographic": "Demographic",
        "citizenship": "Citizenship Grouping", "title": "Title of Authority",
    }  # fmt: skip
    newest = {"fy19-fy22": "< 2022", "fy22-fy25-nov": ">= 2022"}
    return " union all ".join(
        f"select * from ({cbp_file(publications / SOUTHWEST.format(name), labels)})"
        f" where fiscal_year {years}"
        for name, years in newest.items()
    )


def test_every_southwest_figure_is_that_of_the_newest_southwest_file(tables, southwest_files):
    assert (
        differences(
            tables,
            f"""select month, code(component), code(demographic), upper(citizenship), code(title),
                sum(figure)::bigint from ({southwest_files}) group by all""",
            """select reference_month, component, demographic, upper(citizenship_group),
                title_of_authority, encounter_count from marts.encounters
                where border_region = 'southwest' and series = 'cbp_southwest_encounters'""",
        )
        == []
    )


def test_southwest_apprehensions_are_the_files_border_patrol_title_8(tables, southwest_files):
    assert (
        differences(
            tables,
            f"""select month, sum(figure)::bigint from ({southwest_files})
                where component = 'U.S. Border Patrol' and title = 'Title 8' group by all""",
            """select reference_month, sum(apprehension_count)::bigint from marts.apprehensions
                where border_region = 'southwest' and reference_month >= '2018-10-01'
                group by all""",
        )
        == []
    )


COASTAL = ["livermore", "miami", "new_orleans", "ramey"]
NORTHERN = [
    "blaine", "buffalo", "detroit", "grand_forks", "havre", "houlton", "spokane", "swanton"
]  # fmt: skip
NO_SECTOR = [
    "month", "fy", "cy", "coastal_border", "northern_border", "southwest_border", "monthly_total"
]  # fmt: skip


@pytest.fixture(scope="module")
def history(publications):
    return f"""
        select make_date(cy, month, 1) as month, replace(sector, '_', ' ') as sector, figure,
            case when sector in {tuple(COASTAL)} then 'other'
                when sector in {tuple(NORTHERN)} then 'northern' else 'southwest' end as region
        from (unpivot (from read_csv('{publications / HISTORY}', delim = '|', header = true))
            on columns(* exclude ({", ".join(NO_SECTOR)})) into name sector value figure)"""


@pytest.mark.parametrize(
    ("mart", "sector", "figure", "last_southwest", "last_elsewhere"),
    [
        ("apprehensions", "sector", "apprehension_count", "2018-09-01", "2020-02-01"),
        ("sector_monthly", "area_of_responsibility", "encounter_count", "2013-09-01", "2020-09-01"),
    ],
)
def test_the_history_serves_each_sector_until_a_better_series_begins(
    tables, history, mart, sector, figure, last_southwest, last_elsewhere
):
    assert (
        differences(
            tables,
            f"""select month, region, sector, figure from ({history}) where month <= if(
                region = 'southwest', date '{last_southwest}', date '{last_elsewhere}')""",
            f"""select reference_month, border_region, lower({sector}), {figure} from marts.{mart}
                where series = 'cbp_border_patrol_history'""",
        )
        == []
    )


# --- ICE: the totals that each workbook prints, month by month ----------------------------------

FISCAL_MONTHS = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
NEWEST_WORKBOOK = {
    2019: "2019-10-06__FY19-detentionstats",
    2020: "2021-01-14__FY20-detentionstats",
    2021: "2021-10-01__FY21_detentionStats10012021",
    2022: "2022-12-10__FY22-detentionStats",
    2023: "2023-11-08__FY23_detentionStats10312023",
    2024: "2024-12-20__FY24_detentionStats",
    2025: "2025-10-30__FY25_detentionStats09242025",
    2026: "2026-02-13__FY26_detentionStats_02122026",
}
BOOK_INS = r"ICE Initial Book-?Ins by Arresting Agency"
BOOK_OUTS = r"ICE Final (Releases|Book Outs) by Release Reason, Month"
POPULATION = r"ICE Average Daily Population by Arresting Agency"


@pytest.fixture(scope="module")
def workbook_rows(publications):
    """The rows of the detention sheet of a fiscal year's newest workbook, cell by cell."""
    sheets = {}
    for fiscal_year, name in NEWEST_WORKBOOK.items():
        workbook = CalamineWorkbook.from_path(publications / ICE.format(name))
        (sheet,) = (name for name in workbook.sheet_names if name.startswith("Detention"))
        sheets[fiscal_year] = workbook.get_sheet_by_name(sheet).to_python()
    return sheets


def place_of(rows, title):
    """Row and column of the first cell that matches."""
    return next(
        (i, j)
        for i, row in enumerate(rows)
        for j, cell in enumerate(row)
        if isinstance(cell, str) and re.search(title, cell)
    )


def printed_months(rows, fiscal_year, title, labels):
    """{(month, label): figure} of the lines of a table that bear one of the labels."""
    top, left = place_of(rows, title)
    columns = {}
    for place in range(left + 1, len(rows[top + 1])):
        month = str(rows[top + 1][place]).strip()[:3]
        if month in FISCAL_MONTHS:
            columns.setdefault(month, place)
    found = {}
    for row in rows[top + 2 : top + 60]:
        label = str(row[left]).strip()
        if label not in labels:
            continue
        for month, place in columns.items():
            number = FISCAL_MONTHS.index(month)
            first = date(fiscal_year - (number < 3), (number + 9) % 12 + 1, 1)
            if row[place]:  # months to come are 0 or blank
                found.setdefault((first, label), row[place])
    return found


def as_dict(connection, sql):
    return {tuple(key): figure for *key, figure in connection.execute(sql).fetchall()}


@pytest.mark.parametrize("fiscal_year", NEWEST_WORKBOOK)
def test_book_ins_are_those_printed_in_the_workbook(tables, workbook_rows, fiscal_year):
    printed = printed_months(workbook_rows[fiscal_year], fiscal_year, BOOK_INS, {"CBP", "ICE"})
    assert printed
    assert printed == as_dict(
        tables,
        f"""select reference_month, arresting_agency, book_in_count from marts.book_ins
        where fiscal_year = {fiscal_year}""",
    )


@pytest.mark.parametrize("fiscal_year", range(2021, 2027))
def test_book_outs_of_a_month_add_up_to_the_total_that_ice_prints(
    tables, workbook_rows, fiscal_year
):
    printed = printed_months(workbook_rows[fiscal_year], fiscal_year, BOOK_OUTS, {"Total"})
    assert printed
    assert printed == as_dict(
        tables,
        f"""select reference_month, 'Total', sum(book_out_count)::bigint from marts.book_outs
        where fiscal_year = {fiscal_year} group by all""",
    )


@pytest.mark.parametrize("fiscal_year", NEWEST_WORKBOOK)
def test_the_average_population_of_a_month_is_the_one_printed(tables, workbook_rows, fiscal_year):
    printed = printed_months(workbook_rows[fiscal_year], fiscal_year, POPULATION, {"Average"})
    assert printed
    assert printed == as_dict(
        tables,
        f"""select reference_month, 'Average', average_daily_population
        from marts.detention_monthly
        where fiscal_year = {fiscal_year} and average_daily_population is not null""",
    )
    assert {month: figure for (month, _), figure in printed.items()} == pytest.approx(
        {
            month: figure
            for (month,), figure in as_dict(
                tables,
                f"""select reference_month, sum(person_count) from marts.detention_population
                where fiscal_year = {fiscal_year} and measure = 'average_daily_population'
                group by all""",
            ).items()
        },
        abs=0.001,
    )


@pytest.mark.parametrize("fiscal_year", NEWEST_WORKBOOK)
def test_the_people_detained_on_a_workbooks_day_are_those_printed(
    tables, workbook_rows, fiscal_year
):
    rows = workbook_rows[fiscal_year]
    top, left = place_of(rows, r"ICE Currently Detained by Criminality")
    agencies = [str(cell).strip() for cell in rows[top + 1]]
    total = rows[top + 2]
    assert str(total[left]).strip() == "Total"
    captured, name = NEWEST_WORKBOOK[fiscal_year].split("__")
    found = as_dict(
        tables,
        f"""select arresting_agency, sum(person_count) from marts.detention_population
        join meta.vintages using (vintage_id)
        where measure = 'currently_detained' and published_name = '{name}.xlsx'
        and captured_at::date = date '{captured}' group by all""",
    )
    assert found == {
        (agency,): total[agencies.index(agency, left)]
        for agency in ("CBP", "ICE")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fiscal_year", "facilities", "population"),
    [(2019, 213, 49_142.455), (2022, 130, 21_344.312), (2024, 109, 36_277.415),
     (2026, 220, 67_140.827)],
)  # fmt: skip
def test_facilities_are_the_lines_of_the_newest_list(tables, fiscal_year, facilities, population):
    """Lines with a name and a state, and the sum of their four groups, counted in the sheets."""
    count, people = tables.execute(f"""
        select count(*), sum(average_daily_population) from marts.facilities
        where fiscal_year = {fiscal_year}""").fetchone()
    assert (count, people) == (facilities, pytest.approx(population, abs=0.001))


# --- OHSS: every monthly cell of the sheets that marts are made of ------------------------------

MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]  # fmt: skip
OUTCOMES = {
    "T8 repatriations": "t8_repatriations", "T42 expulsions": "t42_expulsions",
    "Migrant Protection Protocols": "mpp", "Transfers to ICE": "transfers_to_ice",
    "Transfers to HHS": "transfers_to_hhs", "USBP Releases": "usbp_releases",
    "OFO Paroles": "ofo_paroles", "Other outcomes": "other_outcomes",
}  # fmt: skip
FAMILY = {
    "Single Adults": "single_adult", "Family Unit Individuals": "family_unit",
    "Unaccompanied Children/Single Minors": "unaccompanied_child",
}  # fmt: skip
BOOK_OUT_REASONS = {
    "Removal Book-out": "release_to_remove", "Order of Supervision": "order_of_supervision",
    "Bonded Out": "bonded_out", "Order of Recognizance": "order_of_recognizance",
    "Paroled": "paroled", "Relief": "relief_granted_by_ij", "Other": "other",
}  # fmt: skip
CRIMINALITY = {
    "Convicted Criminals": "convicted_criminal",
    "Pending Criminal Charges": "pending_criminal_charges",
    "Other Immigration Violators": "other_immigration_violator",
}


@pytest.fixture(scope="module")
def ohss(publications):
    return CalamineWorkbook.from_path(next(publications.glob(OHSS)))


def cells(workbook, sheet):
    """(month, block, column, cell) of each monthly cell; footnote digits taken off the labels."""
    rows = workbook.get_sheet_by_name(sheet).to_python()
    head = next(i for i, row in enumerate(rows) if row[0] == "Fiscal Year")
    block, blocks = "", []
    for label in rows[head - 1]:
        block = re.sub(r"\d+$", "", label).strip() or block
        blocks.append(block)
    columns = [re.sub(r"\d+$", "", label).strip() for label in rows[head]]
    fiscal_year = None
    for row in rows[head + 1 :]:
        if year := re.match(r"\d{4}", str(row[0])):
            fiscal_year = int(year.group())
        if row[1] in MONTH_NAMES:
            number = MONTH_NAMES.index(row[1]) + 1
            month = date(fiscal_year - (number > 9), number, 1)
            for place in range(2, len(columns)):
                yield month, blocks[place], columns[place], row[place]


def published(cell):
    """The figure of a cell; None where it is X or NA."""
    return int(cell) if isinstance(cell, float | int) else None


@pytest.mark.parametrize(
    ("sheet", "mart", "cut", "blocks"),
    [
        ("CBP SWB Book-Outs by Agency", "outcomes_by_component", "component", {"USBP", "OFO"}),
        ("CBP SWB Book-Outs by Family", "outcomes_by_family_status", "family_status", FAMILY),
        ("CBP SWB Book-Outs by Citp", "outcomes_by_citizenship", "citizenship", {
            "Mexico", "Venezuela", "Guatemala", "Honduras", "Cuba", "Colombia", "Ecuador", "Haiti",
            "El Salvador", "China, People's Republic", "Others"}),
    ],
)  # fmt: skip
def test_every_outcome_is_the_cell_of_the_newest_workbook(tables, ohss, sheet, mart, cut, blocks):
    codes = FAMILY | {
        "Others": "Other",
        "China, People's Republic": "China, Peoples Republic of",  # as CBP writes it
    }
    expected = {
        (month, codes.get(block, block), OUTCOMES[column]): published(cell)
        for month, block, column, cell in cells(ohss, sheet)
        if block in blocks and column != "Total Encounters"
    }
    assert len(expected) > 1_800
    assert expected == as_dict(
        tables, f"select reference_month, {cut}, outcome, person_count from marts.{mart}"
    )


def test_sectors_from_2013_on_are_the_cells_of_the_newest_workbook(tables, ohss):
    expected = {
        (month, block, column.split(",")[0]): published(cell)
        for month, block, column, cell in cells(ohss, "SWB Enc by Sector+Field Ofc")
        if not column.startswith("Total")
    }
    assert len(expected) == 131 * 13
    assert expected == as_dict(
        tables,
        """select reference_month, component, area_of_responsibility, encounter_count
        from marts.sector_monthly where series = 'ohss_monthly_tables'""",
    )


def test_book_outs_before_ice_printed_months_are_the_cells_of_ohss(tables, ohss):
    expected = {
        (month, BOOK_OUT_REASONS[column], CRIMINALITY[block]): published(cell)
        for month, block, column, cell in cells(ohss, "ICE Book-Outs by Criminality")
        if column != "Total" and block in CRIMINALITY and month < date(2020, 10, 1)
    }
    assert len(expected) == 36 * 7 * 3
    assert expected == as_dict(
        tables,
        """select reference_month, release_reason, criminality, book_out_count
        from marts.book_outs where series = 'ohss_monthly_tables'""",
    )


def test_book_ins_before_the_oldest_workbook_are_the_cells_of_ohss(tables, ohss):
    expected = {
        (month, column): published(cell)
        for month, _, column, cell in cells(ohss, "ICE Book-Ins by Arrest Agency")
        if column != "Total" and month < date(2018, 10, 1)
    }
    assert len(expected) == 60 * 2
    assert expected == as_dict(
        tables,
        """select reference_month, arresting_agency, book_in_count from marts.book_ins
        where series = 'ohss_monthly_tables' and not is_derived""",
    )


def test_book_ins_of_no_named_agency_are_what_the_total_of_ohss_holds_beyond_cbp_and_ice(
    tables, ohss
):
    rest = Counter()
    for month, _, column, cell in cells(ohss, "ICE Book-Ins by Arrest Agency"):
        if month < date(2018, 10, 1):
            rest[month] += published(cell) * (1 if column == "Total" else -1)
    beyond_rounding = {(month,): count for month, count in rest.items() if count > 10}
    assert len(beyond_rounding) == 3
    assert beyond_rounding == as_dict(
        tables,
        """select reference_month, book_in_count from marts.book_ins
        where arresting_agency = 'other_or_unknown' and is_derived""",
    )


@pytest.mark.parametrize(
    ("sheet", "rows_of"),
    [
        ("ICE ERO R&R by Arrest Agcy", "marts.ice_removals"),
        ("DHS Removals by Arrest Agcy", "marts.removals where kind = 'removal'"),
    ],
)
def test_removals_by_agency_add_up_to_the_total_that_ohss_prints(tables, ohss, sheet, rows_of):
    """FY2014: 1,080 of 404,700 removals were by other or unknown agencies, and are counted."""
    printed = {(m, column): published(c) for m, _, column, c in cells(ohss, sheet)}
    ours = as_dict(
        tables, f"select reference_month, arresting_agency, removal_count from {rows_of}"
    )
    for agency in ("CBP", "ICE"):
        assert {key: printed[key] for key in printed if key[1] == agency} == {
            key: ours[key] for key in ours if key[1] == agency
        }
    months = {month for month, _ in printed}
    assert len(months) == 131
    for month in months:
        total = sum(figure for key, figure in ours.items() if key[0] == month)
        assert total == pytest.approx(printed[(month, "Total")], abs=10)


def test_all_removals_and_returns_are_the_title_8_repatriations(tables, ohss):
    printed = {
        (month,): published(cell)
        for month, _, column, cell in cells(ohss, "DHS Repats by Type")
        if column == "Total Title 8 Repatriations"
    }
    assert printed == pytest.approx(
        as_dict(
            tables,
            """select reference_month, sum(removal_count)::bigint from marts.removals
            group by all""",
        ),
        abs=30,
    )


@pytest.mark.parametrize(
    ("outcome", "release_type"), [("USBP Releases", "usbp_release"), ("OFO Paroles", "ofo_parole")]
)
def test_releases_at_the_border_add_up_to_the_total_that_ohss_prints(
    tables, ohss, outcome, release_type
):
    """Paroled accompanied minors are in the total and in no block: 110 in a month of FY2024."""
    printed = {
        (month,): published(cell)
        for month, block, column, cell in cells(ohss, "CBP SWB Book-Outs by Family")
        if block == "Total Encounters" and column == outcome
    }
    ours = as_dict(
        tables,
        f"""select reference_month, sum(release_count)::bigint
        from marts.releases_from_border_custody
        where release_type = '{release_type}' and series = 'ohss_monthly_tables' group by all""",
    )
    assert ours == pytest.approx(printed, abs=10)
    first_derived = tables.execute("""
        select min(fiscal_year) from marts.releases_from_border_custody where is_derived""")
    assert first_derived.fetchone() == (2018,)
