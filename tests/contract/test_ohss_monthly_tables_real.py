"""The three OHSS workbooks held, April, June and August 2024, read whole and right."""

import re
import zipfile
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
import python_calamine

from orchestration.read.ohss_workbook import listed_tables
from orchestration.read.reading import Coverage, Document, Reading
from orchestration.series.ohss_monthly_tables import SERIES

APRIL = "24-0809_ohss_immigration-enforcement-and-legal-processes-tables-april-2024.xlsx"
JUNE = "immigration-enforcement-and-legal-processes-tables-june-2024.xlsx"
AUGUST = "2024_1206_ohss_immigration-enforcement-and-legal-processes-tables-august-2024.xlsx"
LAST_MONTH = {APRIL: date(2024, 4, 30), JUNE: date(2024, 6, 30), AUGUST: date(2024, 8, 31)}
WORKBOOKS = pytest.mark.parametrize("name", list(LAST_MONTH))
FAMILY_STATUS = {
    "Single Adults": "single_adult",
    "Family Unit Individuals": "family_unit",
    "Unaccompanied Children/Single Minors": "unaccompanied_child",
}


def path_of(publications: Path, name: str) -> Path:
    return publications / "ohss" / "monthly_tables" / name


@cache
def read(path: Path) -> Reading:
    return SERIES.read(Document(path.read_bytes(), path.name))


@cache
def footings(path: Path) -> pd.DataFrame:
    return SERIES.footings(read(path).tables)


def year_total(table: pd.DataFrame, fiscal_year: int, block: str, column: str) -> float:
    (value,) = table.loc[
        table["fiscal_year"].eq(fiscal_year)
        & table["reference_month"].isna()
        & table["block_code"].eq(block)
        & table["column_code"].eq(column),
        "value",
    ]
    return value


def month_figure(table: pd.DataFrame, month: str, block: str, column: str) -> pd.Series:
    found = table[
        table["reference_month"].eq(pd.Timestamp(month))
        & table["block_code"].eq(block)
        & table["column_code"].eq(column)
    ]
    assert len(found) == 1
    return found.iloc[0]


def rows_hidden_in(path: Path) -> dict[str, set[int]]:
    """Sheet name -> numbers of its hidden rows, from the XML itself."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as archive:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): link.get("Target") for link in links}
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        return {
            sheet.get("name"): {
                int(row.get("r"))
                for row in ElementTree.fromstring(
                    archive.read(f"xl/{targets[sheet.get(relation)]}")
                ).iter(f"{main}row")
                if row.get("hidden") == "1"
            }
            for sheet in book.iter(f"{main}sheet")
        }


@WORKBOOKS
def test_all_tables_of_a_workbook_are_read_without_problems(publications, name):
    reading = read(path_of(publications, name))
    assert reading.problems == []
    assert set(reading.tables) == {table.name for table in listed_tables()}
    assert reading.fiscal_years == tuple(range(2014, 2025))
    for table_name, table in reading.tables.items():
        assert list(table.columns) == list(SERIES.table(table_name).columns)
        assert not table["is_new_label"].any(), table_name
        assert table["published_text"].dropna().isin(["X", "NA"]).all(), table_name


@WORKBOOKS
def test_no_figure_of_a_workbook_is_lost(publications, name):
    """Every number below a header, counted apart from the reader."""
    path = path_of(publications, name)
    book = python_calamine.CalamineWorkbook.from_path(path)
    counted = {}
    for sheet in book.sheet_names[1:]:
        grid = book.get_sheet_by_name(sheet).to_python()
        header = next(row for row, cells in enumerate(grid) if "Fiscal Year" in cells)
        figures = [
            cell for cells in grid[header + 1 :] for cell in cells[2:] if isinstance(cell, float)
        ]
        counted[sheet.strip()] = (len(figures), sum(figures))
    read_figures = {
        table["sheet"].iloc[0]: (int(table["value"].notna().sum()), table["value"].sum())
        for table in read(path).tables.values()
    }
    assert len(counted) == 34
    assert read_figures == counted


@WORKBOOKS
def test_rows_hidden_by_outline_grouping_are_read(publications, name):
    path = path_of(publications, name)
    hidden = {sheet: rows for sheet, rows in rows_hidden_in(path).items() if rows}
    assert len(hidden) >= 30
    for table in read(path).tables.values():
        sheet, _ = table["source_place"].iloc[0].rsplit("!", 1)
        numbers = table["source_place"].str.extract(r"!\D+(\d+)$")[0].astype(int)
        assert hidden.get(sheet, set()) <= set(numbers), sheet


@WORKBOOKS
def test_coverage_ends_with_the_month_in_the_titles(publications, name):
    reading = read(path_of(publications, name))
    starts = {2014: date(2013, 10, 1), 2018: date(2017, 10, 1), 2019: date(2018, 10, 1)}
    for table_name, coverage in reading.coverage.items():
        first = int(reading.tables[table_name]["fiscal_year"].min())
        start = starts.get(first, date(2022, 10, 1))
        basis = "inferred" if (name, table_name) == (APRIL, "other_nationwide_ofo") else "stated"
        assert coverage == Coverage(start, LAST_MONTH[name], basis), table_name


def test_the_april_title_that_names_june_does_not_stretch_coverage(publications):
    warnings = read(path_of(publications, APRIL)).warnings
    assert [(finding.rule, finding.table) for finding in warnings] == [
        ("coverage_inferred", "other_nationwide_ofo")
    ]
    assert "June 2024" in warnings[0].message
    assert read(path_of(publications, JUNE)).warnings == []
    assert read(path_of(publications, AUGUST)).warnings == []


@pytest.mark.parametrize(
    ("outcome", "people"),
    [
        ("t42_expulsions", 1_063_520),
        ("mpp", 3_240),
        ("transfers_to_ice", 185_240),
        ("transfers_to_hhs", 121_790),
        ("usbp_releases", 293_470),
        ("ofo_paroles", 25_010),
    ],
)
def test_southwest_outcomes_of_fiscal_year_2021(publications, outcome, people):
    tables = read(path_of(publications, AUGUST)).tables
    for name in ("agency", "family_status", "citizenship"):
        assert year_total(tables[f"swb_book_outs_by_{name}"], 2021, "total", outcome) == people


@pytest.mark.parametrize(
    ("month", "outcome", "people"),
    [
        ("2020-10-01", "t42_expulsions", 4_220),
        ("2020-10-01", "usbp_releases", 30),
        ("2021-02-01", "t42_expulsions", 9_480),
        ("2021-02-01", "usbp_releases", 8_010),
    ],
)
def test_families_were_expelled_in_october_2020_and_released_in_february_2021(
    publications, month, outcome, people
):
    table = read(path_of(publications, AUGUST)).tables["swb_book_outs_by_family_status"]
    assert month_figure(table, month, "family_unit", outcome)["value"] == people


@pytest.mark.parametrize(
    ("outcome", "before", "after"),
    [("t8_repatriations", 56_970, 39_520), ("transfers_to_ice", 168_360, 185_240)],
)
def test_outcomes_were_reclassified_between_the_april_and_june_tables(
    publications, outcome, before, after
):
    table = "swb_book_outs_by_agency"
    april, june, august = (
        year_total(read(path_of(publications, name)).tables[table], 2021, "total", outcome)
        for name in (APRIL, JUNE, AUGUST)
    )
    assert (april, june, august) == (before, after, after)


def test_expulsions_before_march_2020_are_null_and_not_zero(publications):
    table = read(path_of(publications, AUGUST)).tables["swb_book_outs_by_family_status"]
    expulsions = table[table["column_code"].eq("t42_expulsions")]
    before = expulsions[expulsions["reference_month"].lt(pd.Timestamp("2020-03-01"))]
    assert len(before) == 4 * 77
    assert before["value"].isna().all()
    assert before["null_reason"].eq("X").all()


def test_monthly_encounters_by_sector_are_those_compiled_in_facts(publications):
    facts = pd.read_csv(publications.parent / "facts" / "southwest_encounters_by_sector.csv")
    table = read(path_of(publications, AUGUST)).tables["swb_encounters_by_sector"]
    keys = ["reference_month", "component", "area_of_responsibility"]
    ours = table.assign(
        reference_month=table["reference_month"].dt.strftime("%Y-%m"),
        component=table["block_code"],
        area_of_responsibility=table["column_label"],
    ).set_index(keys)["value"]
    expected = facts.set_index(keys)["encounters_rounded_to_10"].astype(float)
    assert len(expected) == 468
    pd.testing.assert_series_equal(ours.loc[expected.index], expected, check_names=False)


def test_monthly_outcomes_by_family_status_are_those_compiled_in_facts(publications):
    facts = pd.read_csv(publications.parent / "facts" / "southwest_outcomes_by_family_status.csv")
    table = read(path_of(publications, AUGUST)).tables["swb_book_outs_by_family_status"]
    ours = table.assign(
        month=table["reference_month"].dt.strftime("%Y-%m"),
        outcome=[re.sub(r"\d$", "", label) for label in table["column_label"]],
    ).set_index(["month", "block_code", "outcome"])["value"]
    expected = facts.assign(block_code=facts["family_status"].map(FAMILY_STATUS)).set_index(
        ["reference_month", "block_code", "outcome"]
    )["people_rounded_to_10"]
    assert len(expected) == 720
    pd.testing.assert_series_equal(
        ours.loc[expected.index], expected.astype(float), check_names=False
    )


def test_the_same_figures_stand_under_the_same_codes_in_other_cuts(publications):
    """ICE book-outs by reason are the same in the cut by criminality and in that by agency."""
    tables = read(path_of(publications, AUGUST)).tables
    reasons = tables["ice_book_outs_by_criminality"]["column_code"].unique()
    assert set(reasons) == {
        "total", "release_to_remove", "order_of_supervision", "bonded_out",
        "order_of_recognizance", "paroled", "relief_granted_by_ij", "other",
    }  # fmt: skip
    for reason in reasons:
        by_criminality, by_agency = (
            year_total(tables[f"ice_book_outs_by_{cut}"], 2024, "total", reason)
            for cut in ("criminality", "arresting_agency")
        )
        assert by_criminality == by_agency > 0, reason


@WORKBOOKS
def test_parts_miss_their_totals_by_rounding_only(publications, name):
    """The one exception: MPP returns of February 2019 are 'X', though FY2019 holds them."""
    found = footings(path_of(publications, name))
    counts = found.groupby("footing").size()
    assert counts["months_to_fiscal_year"] > 5_000
    assert counts["columns_to_total"] > 5_000
    assert counts["blocks_to_total"] > 5_000
    assert not found.duplicated(["table_name", "footing", "place"]).any()
    parts = 12 + 90 * found["table_name"].isin(
        ["other_nationwide_usbp", "other_nationwide_ofo", "other_swb_usbp"]
    )
    off = found[(found["parts"] - found["published_total"]).abs() > 5 * (parts + 1)]
    assert not off.empty
    assert off["place"].str.contains(r"2019-02|FY2019, .*mpp").all()
    assert off["table_name"].str.startswith("swb_book_outs_by_").all()
