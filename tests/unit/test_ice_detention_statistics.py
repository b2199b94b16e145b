"""The ICE series: links, months of posting, and totals that must foot."""

from datetime import date

import pytest

from orchestration.series.ice_detention_statistics import SERIES, footings, publication_month
from orchestration.series.series import FOOTING_COLUMNS
from tests.unit import ice_workbook_writer as writer


@pytest.mark.parametrize(
    "path",
    [
        "/doclib/detention/FY21-detentionstats.xlsx",
        "/doclib/detention/FY21_detention-stats_0301.xlsx",
        "/doclib/detention/FY22_detentionStats03172022b.xlsx",
        "/doclib/detention/FY26_detentionStats_04092026.xlsx",
    ],
)
def test_every_form_of_name_seen_is_a_workbook_of_the_series(path):
    assert SERIES.link_pattern.match(path)


@pytest.mark.parametrize(
    "path",
    [
        "/doclib/detention/FY21-detentionstats.pdf",
        "/doclib/detention/ICE-facilities.xlsx",
        "/doclib/news/FY21-detentionstats.html",
    ],
)
def test_other_links_of_the_page_are_not(path):
    assert not SERIES.link_pattern.match(path)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("FY21_detentionStats04292021.xlsx", date(2021, 4, 1)),
        ("FY26_detentionStats_04092026.xlsx", date(2026, 4, 1)),
        ("FY21_detentionStats060921.xlsx", date(2021, 6, 1)),
        ("FY21_detentionStats210503.xlsx", date(2021, 5, 1)),
        ("FY23_detentionStats230316.xlsx", date(2023, 3, 1)),
        ("FY21_detention-stats_0301.xlsx", date(2021, 3, 1)),
        ("FY22_detentionStats03172022b.xlsx", date(2022, 3, 1)),
        ("FY24_detentionStats11152024.xlsx", date(2024, 11, 1)),
    ],
)
def test_the_month_of_posting_comes_from_the_date_in_the_name(name, month):
    assert publication_month(f"/doclib/detention/{name}") == month


@pytest.mark.parametrize(
    "name",
    [
        "FY21-detentionstats.xlsx",
        "FY24_detentionStats.xlsx",
        "FY21_detentionStats07222020.xlsx",  # posted in July 2021
        "FY21_detentionStats13452021.xlsx",
    ],
)
def test_a_name_without_a_date_that_can_be_true_tells_no_month(name):
    assert publication_month(f"/doclib/detention/{name}") is None


def found(**parts):
    return footings(SERIES.read(writer.publication(**parts)).tables)


def off(frame):
    bad = frame[(frame["parts"] - frame["published_total"]).abs() > 1e-6]
    return {(row.footing, row.place, row.parts, row.published_total) for row in bad.itertuples()}


def test_a_workbook_that_foots_has_no_difference_anywhere():
    frame = found()
    assert list(frame.columns) == FOOTING_COLUMNS
    assert off(frame) == set()
    assert set(frame["footing"]) == {
        "agencies_to_total", "months_to_total", "reasons_to_total", "bond_parts_to_bonded_out",
        "criminality_to_total", "facility_types_to_total",
    }  # fmt: skip


def test_agencies_that_do_not_add_up_in_a_month_are_seen_there():
    rows = writer.book_ins()
    rows[3][1] = 11  # CBP in October
    assert off(found(book_ins=rows)) == {
        ("agencies_to_total", "Oct", 31.0, 30.0),
        ("months_to_total", "CBP", 31.0, 30.0),
    }


def test_a_bond_sub_row_is_not_counted_twice():
    frame = found()
    october = frame[(frame["footing"] == "reasons_to_total") & (frame["place"] == "Total, Oct")]
    assert list(october["parts"]) == [16.0]  # 6 bonded out + 10 to remove, not + 2 + 4


def test_bonds_that_do_not_add_up_to_bonded_out_are_seen():
    rows = writer.annual_releases()
    rows[4][1] = 0  # Bond Set by ICE, convicted
    assert ("bond_parts_to_bonded_out", "convicted_criminal, Total", 0.0, 1.0) in off(
        found(book_outs=rows)
    )


def test_a_cell_without_a_figure_is_no_part():
    frame = found()
    place = frame[
        (frame["footing"] == "criminality_to_total") & (frame["place"] == "release_to_remove, Oct")
    ]
    assert list(place["parts"]) == [10.0]  # 5 + 5 + 'null'


def test_months_of_an_average_are_not_added():
    frame = found()
    population = frame[frame["table_name"] == "ice_average_daily_population"]
    assert "months_to_total" not in set(population["footing"])


def test_shares_are_not_added():
    frame = found()
    detained = frame[frame["table_name"] == "ice_currently_detained"]
    assert set(detained["published_total"]) == {10.0, 5.0, 6.0, 4.0}


def test_a_table_that_is_missing_has_no_footings():
    frame = found(book_outs=None)
    assert "ice_final_book_outs" not in set(frame["table_name"])
