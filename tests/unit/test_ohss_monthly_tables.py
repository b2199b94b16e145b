"""What adds up in the OHSS tables, and how their links look."""

from datetime import date

import pandas as pd
import pytest

from orchestration.read.ohss_workbook import MAIN_TABLES, NEW_SHEETS, listed_tables
from orchestration.series.ohss_monthly_tables import SERIES
from orchestration.series.series import FOOTING_COLUMNS

OCTOBER, NOVEMBER = pd.Timestamp("2023-10-01"), pd.Timestamp("2023-11-01")


def table(*figures, sheet="Sheet"):
    """Figures as (month, block, column, value or mark)."""
    return pd.DataFrame(
        [
            {
                "fiscal_year": 2024,
                "sheet": sheet,
                "block_code": block,
                "column_code": column,
                "reference_month": month,
                "value": None if isinstance(value, str) else float(value),
                "null_reason": value if isinstance(value, str) else None,
            }
            for month, block, column, value in figures
        ]
    ).astype({"reference_month": "datetime64[us]", "value": "float64", "null_reason": "str"})


def footings(**tables):
    found = SERIES.footings(tables)
    assert list(found.columns) == FOOTING_COLUMNS
    return found


def sums(found, footing):
    rows = found[found["footing"] == footing]
    return {
        place: (parts, total)
        for place, parts, total in zip(
            rows["place"], rows["parts"], rows["published_total"], strict=True
        )
    }


def test_months_add_up_to_the_fiscal_year_and_x_adds_nothing():
    found = footings(
        swb_book_outs_by_agency=table(
            (pd.NaT, "USBP", "mpp", 30),
            (OCTOBER, "USBP", "mpp", "X"),
            (NOVEMBER, "USBP", "mpp", 20),
        )
    )
    assert sums(found, "months_to_fiscal_year") == {"Sheet, FY2024, USBP, mpp": (20, 30)}
    assert found["reference_month"].isna().all()


def test_a_year_with_an_unavailable_month_is_not_judged():
    found = footings(
        swb_book_outs_by_agency=table(
            (pd.NaT, "USBP", "mpp", 30),
            (OCTOBER, "USBP", "mpp", "NA"),
            (NOVEMBER, "USBP", "mpp", 20),
        )
    )
    assert found.empty


def test_columns_add_up_to_the_total_of_their_block():
    found = footings(
        swb_book_outs_by_agency=table(
            (OCTOBER, "OFO", "total_encounters", 50),
            (OCTOBER, "OFO", "ofo_paroles", 30),
            (OCTOBER, "OFO", "t42_expulsions", 10),
        )
    )
    assert sums(found, "columns_to_total") == {"Sheet, 2023-10, OFO": (40, 50)}


def test_blocks_add_up_to_the_total_block_column_by_column():
    found = footings(
        swb_book_outs_by_agency=table(
            (OCTOBER, "total", "t8_repatriations", 70),
            (OCTOBER, "USBP", "t8_repatriations", 40),
            (OCTOBER, "OFO", "t8_repatriations", 30),
        )
    )
    assert sums(found, "blocks_to_total") == {"Sheet, 2023-10, t8_repatriations": (70, 70)}


def test_a_total_that_holds_people_of_unknown_status_is_not_judged():
    figures = table(
        (OCTOBER, "total", "total_encounters", 90),
        (OCTOBER, "single_adult", "total_encounters", 40),
        (OCTOBER, "family_unit", "total_encounters", 30),
    )
    assert footings(swb_book_outs_by_family_status=figures).empty
    assert len(footings(swb_book_outs_by_citizenship=figures)) == 1


def test_repatriations_add_up_without_counting_enforcement_repatriations_twice():
    found = footings(
        dhs_repatriations_by_type=table(
            (OCTOBER, "total", "total", 100),
            (OCTOBER, "total", "title_8_repatriations", 60),
            (OCTOBER, "total", "title_8_enforcement_repatriations", 50),
            (OCTOBER, "total", "title_42_expulsions", 40),
            (OCTOBER, "removal", "total", 30),
            (OCTOBER, "enforcement_return", "total", 20),
            (OCTOBER, "administrative_return", "total", 10),
        )
    )
    assert sums(found, "columns_to_total") == {"Sheet, 2023-10, total": (100, 100)}
    assert sums(found, "blocks_to_total") == {"Sheet, 2023-10, title_8_repatriations": (60, 60)}


def test_a_workbook_without_tables_has_no_footings():
    assert footings().empty


@pytest.mark.parametrize(
    ("path", "month"),
    [
        (
            "/sites/default/files/2024-12/2024_1206_ohss_immigration-enforcement-and-legal-"
            "processes-tables-august-2024.xlsx",
            date(2024, 12, 1),
        ),
        (
            "/sites/default/files/2024-10/24-1011_ohss_immigration-enforcement-and-legal-"
            "processes-tables-june-2024_2.xlsx",
            date(2024, 10, 1),
        ),
        (
            "/sites/default/files/immigration-enforcement-and-legal-processes-tables-june-2024.xlsx",
            None,
        ),
    ],
)
def test_the_folder_and_never_the_name_gives_the_publication_month(path, month):
    assert SERIES.link_pattern.match(path)
    assert SERIES.publication_month(path) == month


@pytest.mark.parametrize(
    "path",
    [
        "/sites/default/files/2024-12/ohss_yearbook_lawful_permanent_residents_fy2023.xlsx",
        "/sites/default/files/2024-12/immigration-enforcement-and-legal-processes-tables.pdf",
        "/topics/immigration/immigration-enforcement/monthly-tables",
    ],
)
def test_other_links_of_the_page_are_left_alone(path):
    assert not SERIES.link_pattern.search(path)


def test_every_listed_sheet_is_a_table_of_the_series():
    names = [table.name for table in SERIES.tables]
    assert len(names) == len(set(names)) == 35
    assert set(names) == {table.name for table in listed_tables()} | {NEW_SHEETS}
    assert {table.name for table in SERIES.tables if table.is_main} == set(MAIN_TABLES)
    assert {table.raw_table for table in SERIES.tables} == {"ohss_monthly_tables"}
