"""The real custody page of September 2026, and twelve captures of its Title 8 table."""

from datetime import date
from itertools import groupby

import pytest

from orchestration.read.reading import Coverage
from orchestration.series.cbp_custody_transfers import SERIES
from tests.contract.cbp_publications import facts, reading_of
from tests.unit.cbp_documents import monthly_table, page

PAGE = "newsroom-stats-custody-and-transfer-statistics.html"


@pytest.fixture(scope="module")
def reading(publications):
    return reading_of(SERIES.read, publications / "cbp" / "pages" / PAGE, date(2026, 9, 12))


def figure(reading, table, row_code, column):
    frame = reading.tables[table]
    found = frame[(frame["row_code"] == row_code) & (frame["column_label"] == column)]
    (value,) = found["value"]
    return value


def test_every_table_of_the_page_is_found_and_no_label_is_new(reading):
    assert set(reading.tables) == {table.name for table in SERIES.tables} - {"mpp_returns"}
    assert reading.problems == []
    assert not any(frame["is_new_label"].any() for frame in reading.tables.values())
    assert sum(len(frame) for frame in reading.tables.values()) == 942


@pytest.mark.parametrize(
    ("table", "row_code", "column", "value"),
    [
        ("usbp_processing_dispositions", "expedited_removal", "Oct-25", 4_224),
        ("usbp_processing_dispositions", "total_apprehensions", "May-26", 10_007),
        ("usbp_processing_dispositions", "nta_or", "Jul-26", 0),
        ("usbp_transfer_destinations", "provisional_releases", "Apr-26", 9),
        ("usbp_transfer_destinations", "total_transferred", "Jul-26", 8_384),
        ("ofo_credible_fear_dispositions", "notice_to_appear", "Nov-25", 27),
        ("ofo_credible_fear_dispositions", "total_title_8_inadmissibles", "Jul-26", 3_435),
        ("ofo_credible_fear_programs", "mpp_initial_returns", "Oct-25", 0),
        ("ofo_credible_fear_transfers", "ice_ero", "Oct-25", 74),
        ("title_8_inadmissibles", "Laredo", "Oct-24", 22_175),
        ("title_8_inadmissibles", "total", "Jun-25", 3_234),
        ("usbp_in_custody", "Rio Grande Valley", "Jul-26", 377),
        ("ofo_in_custody", "in_custody", "Feb-26", 47),
    ],
)
def test_a_figure_is_the_one_on_the_page(reading, table, row_code, column, value):
    assert figure(reading, table, row_code, column) == value


def test_the_stale_table_of_fy2025_is_read_as_fy2025(reading):
    frame = reading.tables["title_8_inadmissibles"]
    assert frame["fiscal_year"].unique().tolist() == [2025]
    assert reading.coverage["title_8_inadmissibles"] == Coverage(
        date(2024, 10, 1), date(2025, 6, 30), "inferred"
    )
    assert [(warning.rule, warning.table) for warning in reading.warnings] == [
        ("stale_table", "title_8_inadmissibles")
    ]


def test_the_other_tables_are_covered_to_july_2026(reading):
    ends = {name: coverage.end for name, coverage in reading.coverage.items()}
    del ends["title_8_inadmissibles"]
    assert set(ends.values()) == {date(2026, 7, 31)}


def test_months_to_come_are_null_and_not_zero(reading):
    frame = reading.tables["usbp_processing_dispositions"]
    to_come = frame[frame["column_label"].isin(["Aug-26", "Sep-26"])]
    assert to_come["value"].isna().all()
    assert set(to_come["null_reason"]) == {"-"}


def test_one_column_of_the_page_does_not_foot(reading):
    footings = SERIES.footings(reading.tables)
    off = footings[footings["parts"] != footings["published_total"]]
    assert len(footings) == 59
    assert off[["table_name", "place", "parts", "published_total"]].to_dict("records") == [
        {"table_name": "usbp_processing_dispositions", "place": "Jan-26", "parts": 6_077.0,
         "published_total": 6_076.0}
    ]  # fmt: skip


@pytest.fixture(scope="module")
def captures(publications):
    """The Title 8 table of each capture, on a page in the form of the real one."""
    rows = facts(publications, "custody_title8_inadmissibles_vintages")
    pages = {}
    for (url, through), group in groupby(
        rows, lambda row: (row["source_url"], row["vintage_through"])
    ):
        cells = list(group)
        months = list(dict.fromkeys(cell["month_header"] for cell in cells))
        table = {}
        for cell in cells:
            table.setdefault(cell["field_office"], []).append(cell["value_text"])
        document = page(monthly_table("Title 8 Inadmissibles", months, table), name=url)
        pages[through] = (cells, SERIES.read(document))
    return pages


def test_every_figure_of_twelve_captures_is_read(captures):
    assert len(captures) == 12
    for cells, reading in captures.values():
        frame = reading.tables["title_8_inadmissibles"]
        found = {(row.row_label, row.column_label): row.value for row in frame.itertuples()}
        assert found == {
            (cell["field_office"], cell["month_header"]): float(cell["value_text"].replace(",", ""))
            for cell in cells
        }


def test_seven_of_110_columns_do_not_foot(captures):
    footings = [SERIES.footings(reading.tables) for _, reading in captures.values()]
    off = [frame[frame["parts"] != frame["published_total"]] for frame in footings]
    assert sum(len(frame) for frame in footings) == 110
    assert sum(len(frame) for frame in off) == 7


def test_8_point_470_on_the_final_page_of_fy2022_is_called_ambiguous(captures):
    found = {
        through: [warning.message for warning in reading.warnings if "8.470" in warning.message]
        for through, (_, reading) in captures.items()
    }
    assert [through for through, messages in found.items() if messages] == ["Sep-22 (final)"]
    assert "Sep-22" in found["Sep-22 (final)"][0]


def test_the_final_page_of_fy2021_lacks_september(captures):
    (through,) = [name for name in captures if name.startswith("Aug-21")]
    _, reading = captures[through]
    assert reading.coverage["title_8_inadmissibles"].end == date(2021, 8, 31)
    assert reading.fiscal_years == (2021,)
