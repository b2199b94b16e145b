"""The transcription of the Border Patrol's months by sector, on hand-written rows."""

from datetime import date

import pytest

from orchestration.read.reading import Coverage, Document, PublicationError
from orchestration.series.cbp_border_patrol_history import HEADER, SERIES

NAME = "usbp_monthly_encounters_fy2000-fy2020.csv"


def month_row(month, fiscal_year, year, total=None, **changed):
    """One encounter in each of the 21 sectors; ``total`` overrides the month's published total."""
    counts = dict.fromkeys(HEADER[1:22], 1) | changed
    counts |= {"coastal_border": 4, "northern_border": 8, "southwest_border": 9}
    counts |= {"month": month, "fy": fiscal_year, "cy": year, "monthly_total": total or 21}
    return "|".join(str(counts[column]) for column in HEADER)


def document(*rows):
    return Document("\n".join(["|".join(HEADER), *rows, ""]).encode(), NAME)


def table(*rows):
    return SERIES.read(document(*rows)).tables[SERIES.name]


def test_a_row_becomes_its_sectors_its_region_totals_and_its_total():
    frame = table(month_row(10, 2000, 1999))
    assert frame["level"].value_counts().to_dict() == {
        "sector": 21, "region_total": 3, "total": 1,
    }  # fmt: skip
    assert list(frame.columns) == list(SERIES.tables[0].columns)
    assert frame["fiscal_year"].unique().tolist() == [2000]
    assert frame["reference_month"].dt.date.unique().tolist() == [date(1999, 10, 1)]


def test_totals_are_in_no_sector_and_the_month_total_in_no_region():
    frame = table(month_row(10, 2000, 1999)).set_index("sector_label")
    assert frame.loc["rio_grande_valley", "sector"] == "Rio Grande Valley"
    assert frame.loc["livermore", "border_region"] == "coastal"
    assert frame.loc[["coastal_border", "monthly_total"], "sector"].isna().all()
    assert frame.loc["northern_border", "border_region"] == "northern"
    assert frame.loc[["monthly_total"], "border_region"].isna().all()


def test_no_sector_is_a_new_label():
    frame = table(month_row(10, 2000, 1999))
    assert not frame["is_new_label"].any()
    assert frame.loc[frame["level"] == "sector", "sector"].is_unique


def test_sectors_foot_to_regions_and_regions_to_the_month():
    footings = SERIES.footings({SERIES.name: table(month_row(10, 2000, 1999, total=22, yuma=5))})
    found = footings.set_index("footing")[["parts", "published_total"]].to_dict("index")
    assert found == {
        "sectors_to_coastal": {"parts": 4, "published_total": 4},
        "sectors_to_northern": {"parts": 8, "published_total": 8},
        "sectors_to_southwest": {"parts": 13, "published_total": 9},
        "regions_to_total": {"parts": 21, "published_total": 22},
    }
    assert footings["place"].unique().tolist() == ["1999-10"]


def test_a_month_in_the_wrong_fiscal_year_is_an_error_that_names_the_line():
    with pytest.raises(PublicationError, match=r"line 3: found month '11', fy '1999', cy '1999'"):
        SERIES.read(document(month_row(10, 2000, 1999), month_row(11, 1999, 1999)))


def test_a_month_that_stands_twice_or_not_at_all_is_an_error():
    with pytest.raises(PublicationError, match="twice or not at all: 1999-10"):
        SERIES.read(document(month_row(10, 2000, 1999), month_row(10, 2000, 1999)))
    with pytest.raises(PublicationError, match="twice or not at all: 1999-11"):
        SERIES.read(document(month_row(10, 2000, 1999), month_row(12, 2000, 1999)))


def test_an_unreadable_count_is_null_and_warned_about():
    reading = SERIES.read(document(month_row(10, 2000, 1999, yuma="4O")))
    messages = [w.message for w in reading.warnings if w.rule == "unreadable_number"]
    assert len(messages) == 1
    assert "line 2, yuma: found '4O'" in messages[0]
    assert reading.tables[SERIES.name]["value"].isna().sum() == 1


def test_a_transcription_that_stops_early_covers_what_it_holds_with_a_warning():
    reading = SERIES.read(document(month_row(10, 2000, 1999)))
    assert reading.coverage[SERIES.name] == Coverage(
        date(1999, 10, 1), date(1999, 10, 31), "inferred"
    )
    assert [warning.rule for warning in reading.warnings] == ["coverage_inferred"]


def test_the_series_is_frozen_and_comes_through_the_inbox():
    assert SERIES.frozen
    assert SERIES.live_from_inbox
    assert SERIES.link_pattern.fullmatch(f"/sites/default/files/{NAME}")


@pytest.mark.parametrize("month", ["2.5", "0", "13", "1e9", "-1", "May", ""])
def test_what_is_no_month_is_an_error_that_names_the_line(month):
    with pytest.raises(PublicationError, match="line 2: found month"):
        table(month_row(month, 2000, 2000))
