"""The custody and transfer page, on hand-written pages in its form."""

from datetime import date

import pandas as pd
import pytest

from orchestration.read.reading import Coverage, Document, PublicationError
from orchestration.series.cbp_custody_transfers import SERIES
from tests.unit.cbp_documents import monthly_table, page

MONTHS = ["Oct-25", "Nov-25"]


def inadmissibles(months=MONTHS, **rows):
    offices = {"Laredo": ["1,200", "-"], "Tucson": ["300", ""], "Total": ["1,500", "-"]} | rows
    return monthly_table("Title 8 Inadmissibles", months, offices)


def dispositions(rows):
    heading = "USBP Monthly Southwest Border Encounters by Processing Disposition"
    return monthly_table(heading, MONTHS, rows, corner="Processing Disposition")


def rules(findings, table=None):
    return {finding.rule for finding in findings if table in (None, finding.table)}


def test_a_page_that_holds_one_main_table_is_read_and_says_what_is_missing():
    reading = SERIES.read(page(inadmissibles()))
    assert list(reading.tables) == ["title_8_inadmissibles"]
    assert rules(reading.problems) == {"table_missing"}
    missing = {problem.table for problem in reading.problems}
    assert "usbp_processing_dispositions" in missing
    assert "title_8_inadmissibles" not in missing
    assert "mpp_returns" not in missing


def test_a_table_has_the_columns_of_the_raw_table_in_order():
    frame = SERIES.read(page(inadmissibles())).tables["title_8_inadmissibles"]
    assert list(frame.columns) == list(SERIES.table("title_8_inadmissibles").columns)
    assert frame["reference_month"].dtype == "datetime64[us]"


def test_a_dash_and_a_blank_are_null_with_their_reason_and_no_zero():
    frame = SERIES.read(page(inadmissibles())).tables["title_8_inadmissibles"]
    november = frame[frame["column_label"] == "Nov-25"].set_index("row_code")
    assert november["value"].isna().all()
    assert november["null_reason"].to_dict() == {"Laredo": "-", "Tucson": "blank", "total": "-"}


def test_coverage_ends_with_the_last_month_that_has_a_figure():
    reading = SERIES.read(page(inadmissibles()))
    assert reading.coverage["title_8_inadmissibles"] == Coverage(
        date(2025, 10, 1), date(2025, 10, 31), "inferred"
    )


def test_coverage_does_not_end_after_the_capture():
    document = page(inadmissibles())
    early = Document(document.content, document.published_name, date(2025, 10, 20))
    assert SERIES.read(early).coverage["title_8_inadmissibles"].end == date(2025, 10, 20)


def test_a_standing_capacity_does_not_stretch_the_coverage():
    custody = monthly_table(
        "Field Operations - Southwest Border in Custody<sup>1</sup>", MONTHS,
        {"In Custody Capacity": ["902", "902"], "%<sup>2</sup>": ["42 (4.66%)", "-"]},
    )  # fmt: skip
    reading = SERIES.read(page(inadmissibles(), custody))
    frame = reading.tables["ofo_in_custody"]
    assert reading.coverage["ofo_in_custody"].end == date(2025, 10, 31)
    people = frame[frame["row_code"] == "in_custody"]
    assert people["value"].tolist()[0] == 42
    assert people["published_text"].tolist()[0] == "42 (4.66%)"
    assert people["row_label"].tolist()[0] == "%2"


def test_the_period_is_from_the_column_headers_and_an_older_table_is_called_stale():
    stale = inadmissibles(months=["Oct-24", "Nov-24"])
    reading = SERIES.read(page(stale, dispositions({"Paroles": ["0", "1"], "Total": ["0", "1"]})))
    assert reading.tables["title_8_inadmissibles"]["fiscal_year"].unique().tolist() == [2025]
    assert rules(reading.warnings, "title_8_inadmissibles") == {"stale_table"}
    assert reading.fiscal_years == (2025, 2026)


def test_footnotes_stay_in_the_label_and_not_in_the_code():
    frame = SERIES.read(
        page(dispositions({"Other<sup>2</sup>": ["5", "6"], "Notice to Report (NTR)1": ["1", "1"]}))
    ).tables["usbp_processing_dispositions"]
    assert frame["row_label"].unique().tolist() == ["Other2", "Notice to Report (NTR)1"]
    assert frame["row_code"].unique().tolist() == ["other", "ntr"]
    assert not frame["is_new_label"].any()


def test_a_new_row_is_loaded_as_itself_flagged_and_warned_about_once():
    reading = SERIES.read(page(dispositions({"Sent to the Moon": ["5", "6"]})))
    frame = reading.tables["usbp_processing_dispositions"]
    assert frame["row_code"].unique().tolist() == ["sent_to_the_moon"]
    assert frame["is_new_label"].all()
    assert [warning.rule for warning in reading.warnings] == ["new_label"]


def test_8_point_470_is_read_as_it_stands_and_called_ambiguous():
    reading = SERIES.read(page(inadmissibles(Laredo=["8.470", "1,18"])))
    laredo = reading.tables["title_8_inadmissibles"].query("row_code == 'Laredo'")
    assert laredo["value"].tolist()[0] == 8.47
    assert laredo["published_text"].tolist() == ["8.470", "1,18"]
    assert laredo["null_reason"].tolist()[1] == "unreadable"
    assert rules(reading.warnings) == {"ambiguous_number", "unreadable_number"}


@pytest.mark.parametrize(
    "months", [["Oct-25", "Novvember"], ["Oct-25", "Oct-25"], ["Fiscal", "Year"]]
)
def test_changed_column_headers_quarantine_that_table_only(months):
    reading = SERIES.read(page(inadmissibles(months), dispositions({"Paroles": ["0", "1"]})))
    assert list(reading.tables) == ["usbp_processing_dispositions"]
    assert rules(reading.problems, "title_8_inadmissibles") == {"header_changed"}


def test_a_row_with_a_cell_too_few_quarantines_that_table_only():
    reading = SERIES.read(
        page(inadmissibles(Laredo=["1,200"]), dispositions({"Paroles": ["0", "1"]}))
    )
    assert list(reading.tables) == ["usbp_processing_dispositions"]
    assert "row 'Laredo'" in next(
        problem.message for problem in reading.problems if problem.rule == "header_changed"
    )


def test_the_same_table_twice_is_not_counted_twice():
    reading = SERIES.read(
        page(inadmissibles(), inadmissibles(), dispositions({"Paroles": ["0", "1"]}))
    )
    assert "title_8_inadmissibles" not in reading.tables
    assert rules(reading.problems, "title_8_inadmissibles") == {"figure_twice"}


def test_a_table_of_a_year_that_has_only_begun_waits_for_its_first_figure():
    reading = SERIES.read(
        page(
            inadmissibles(),
            dispositions({"Paroles": ["-", "-"], "Total Apprehensions": ["-", "-"]}),
        )
    )
    assert rules(reading.problems, "usbp_processing_dispositions") == {"no_figure"}


def test_a_total_column_has_a_fiscal_year_and_no_month():
    frame = SERIES.read(
        page(inadmissibles([*MONTHS, "FY26 Total"], Laredo=["1", "2", "3"], Tucson=["1", "1", "2"],
                           Total=["2", "3", "5"]))
    ).tables["title_8_inadmissibles"]  # fmt: skip
    total = frame[frame["column_label"] == "FY26 Total"]
    assert total["reference_month"].isna().all()
    assert total["fiscal_year"].tolist() == [2026] * 3


def test_tables_that_nobody_asked_for_are_kept():
    programs = (
        "<h3>SPP Program</h3><table><tr><th>Program</th><th>Inception</th><th>Since</th></tr>"
        "<tr><td>MPP</td><td>1/28/2019</td><td>82,228</td></tr></table>"
    )
    new_hampshire = "<h3>New Hampshire</h3>" + monthly_table(
        "Fiscal Year 2021", ["Oct-20"], {"Swanton": ["2"]}, corner="Region"
    ).replace("h3", "h4")
    reading = SERIES.read(page(inadmissibles(), programs, new_hampshire))
    frame = reading.tables["custody_other"]
    assert frame["published_text"].tolist()[0] == "1/28/2019"
    assert frame["value"].tolist()[1:] == [82228, 2]
    assert frame["heading"].tolist()[-1] == "New Hampshire > Fiscal Year 2021"
    assert frame["fiscal_year"].tolist() == [2026, 2026, 2021]
    assert reading.fiscal_years == (2026,)


def test_rows_foot_to_the_total_below_them_and_not_to_a_second_total():
    reading = SERIES.read(
        page(
            dispositions({
                "Paroles": ["1", "-"], "Voluntary Return": ["2", "-"],
                "Total Apprehensions": ["4", "-"], "Total Title 8 Inadmissibles": ["9", "-"],
            })
        )
    )  # fmt: skip
    footings = SERIES.footings(reading.tables)
    assert footings[["footing", "place", "parts", "published_total"]].to_dict("records") == [
        {"footing": "rows_to_total_apprehensions", "place": "Oct-25", "parts": 3.0,
         "published_total": 4.0}
    ]  # fmt: skip
    assert footings["reference_month"].tolist() == [pd.Timestamp(2025, 10, 1)]


def test_averages_per_day_need_not_foot():
    custody = monthly_table(
        "USBP Average Daily Subjects In Custody by Southwest Border Sector", MONTHS,
        {"Big Bend": ["6", "7"], "Rio Grande": ["5", "5"], "Total": ["12", "12"]}, "Sector",
    )  # fmt: skip
    reading = SERIES.read(page(inadmissibles(), custody))
    codes = reading.tables["usbp_in_custody"]["row_code"].unique().tolist()
    assert codes == ["Big Bend", "Rio Grande Valley", "total"]
    assert "usbp_in_custody" not in set(SERIES.footings(reading.tables)["table_name"])


def test_no_tables_means_no_footings():
    assert SERIES.footings({}).empty


def test_a_page_of_an_error_is_no_publication():
    with pytest.raises(PublicationError, match="found no table"):
        SERIES.read(page("<h1>Access Denied</h1><p>Reference 18.6f</p>"))


def test_a_page_whose_main_tables_all_changed_is_no_publication():
    with pytest.raises(PublicationError, match="expected one of title_8_inadmissibles"):
        SERIES.read(page(inadmissibles(["A", "B"])))


def test_a_closed_years_name_over_another_years_months_is_warned_about():
    name = "custody-and-transfer-statistics-fy2023"
    reading = SERIES.read(page(inadmissibles(), name=name))
    assert rules(reading.warnings) == {"fiscal_year_differs_from_name"}


@pytest.mark.parametrize(
    ("path", "is_linked"),
    [
        ("/newsroom/stats/custody-and-transfer-statistics-fy2023", True),
        ("/newsroom/stats/custody-and-transfer-statistics-fy22", True),
        ("/newsroom/stats/custody-and-transfer-statistics", False),
        ("/newsroom/stats/migrant-protection-protocols-fy-2020", False),
    ],
)
def test_pages_of_closed_years_are_found_by_their_links(path, is_linked):
    assert bool(SERIES.link_pattern.fullmatch(path)) == is_linked
    assert SERIES.page_is_publication
