"""Reading an ICE workbook: each trap in a workbook of a few cells."""

import json
from datetime import date

import pandas as pd
import pytest

from orchestration.read.ice_workbook import TABLES, read_workbook
from orchestration.read.reading import Document, PublicationError
from tests.unit import ice_workbook_writer as writer


def read(**parts):
    return read_workbook(writer.publication(**parts))


def figures(frame, *labels):
    """Rows as tuples of the labels, month number and value; months and values NULL as None."""
    rows = frame[[*labels, "reference_month", "value"]].astype(object)
    rows = rows.where(rows.notna(), None)
    return {
        (*row[:-2], row[-2] and row[-2].month): row[-1]
        for row in rows.itertuples(index=False, name=None)
    }


def rules(findings):
    return {(finding.rule, finding.table) for finding in findings}


def test_every_table_has_exactly_the_columns_it_declares():
    reading = read()
    assert set(reading.tables) == {table.name for table in TABLES}
    for table in TABLES:
        assert list(reading.tables[table.name].columns) == list(table.columns)
        assert str(reading.tables[table.name]["reference_month"].dtype).startswith("datetime64")
    assert reading.problems == []


def test_tables_side_by_side_are_read_each_for_itself():
    reading = read()
    assert figures(reading.tables["ice_initial_book_ins"], "arresting_agency") == {
        ("Total", 10): 30, ("Total", 11): 50, ("Total", None): 80,
        ("CBP", 10): 10, ("CBP", 11): 20, ("CBP", None): 30,
        ("ICE", 10): 20, ("ICE", 11): 30, ("ICE", None): 50,
    }  # fmt: skip
    assert figures(reading.tables["ice_removals"], "removal_kind") == {
        ("total", None): 900, ("frc", None): 9,
    }  # fmt: skip


def test_a_table_that_stands_elsewhere_with_its_rows_in_another_order_reads_the_same():
    title, header, total, cbp, ice = writer.book_ins()
    moved = writer.detention_sheet(book_ins=None)
    moved.append((90, 17, [title, header, total, ice, cbp]))
    document = Document(writer.workbook({"Detention FY21 YTD": moved}), "FY21.xlsx")
    here = read_workbook(document).tables["ice_initial_book_ins"]
    assert figures(here, "arresting_agency") == figures(
        read().tables["ice_initial_book_ins"], "arresting_agency"
    )


def test_october_lies_in_the_calendar_year_before_the_fiscal_year():
    months = read().tables["ice_initial_book_ins"]["reference_month"].dropna().unique()
    assert sorted(months) == [pd.Timestamp("2020-10-01"), pd.Timestamp("2020-11-01")]


def test_months_to_come_are_not_loaded_whether_zero_or_blank():
    reading = read()
    for name in (
        "ice_initial_book_ins", "ice_final_book_outs", "ice_average_daily_population",
    ):  # fmt: skip
        frame = reading.tables[name]
        assert frame["reference_month"].max() == pd.Timestamp("2020-11-01")


def test_a_figure_after_the_stated_day_is_kept():
    title, header, total, cbp, ice = writer.book_ins()
    total = ["Total", *writer.months(30, 50, 7), 87]
    cbp = ["CBP", *writer.months(10, 20, 7), 37]
    reading = read(
        book_ins=[title, header, total, cbp, ice], footnote_rows=writer.footnotes("11/30/2020")
    )
    assert figures(reading.tables["ice_initial_book_ins"], "arresting_agency")["CBP", 12] == 7
    coverage = reading.coverage["ice_initial_book_ins"]
    assert (coverage.end, coverage.basis) == (date(2020, 11, 30), "stated")


def test_annual_releases_have_no_month_and_a_criminality_per_column():
    frame = read(book_outs=writer.annual_releases()).tables["ice_final_book_outs"]
    found = figures(frame, "release_reason", "criminality")
    assert found["paroled", "convicted_criminal", None] == 2
    assert found["total", None, None] == 12
    assert frame["reference_month"].isna().all()
    assert set(frame["definition"]) == {"final_releases"}


def test_a_monthly_reason_stands_in_its_first_row_and_holds_for_the_rows_below():
    found = figures(read().tables["ice_final_book_outs"], "release_reason", "criminality")
    assert found["bonded_out", None, 10] == 6
    assert found["bonded_out", "other_immigration_violator", 11] == 4
    assert found["total", None, None] == 34


def test_releases_and_book_outs_are_two_definitions():
    releases = read(book_outs=writer.monthly_book_outs("Releases"))
    assert set(releases.tables["ice_final_book_outs"]["definition"]) == {"final_releases"}
    assert set(read().tables["ice_final_book_outs"]["definition"]) == {"final_book_outs"}


def test_bonds_by_who_set_them_are_parts_of_bonded_out():
    frame = read().tables["ice_final_book_outs"]
    parts = frame[frame["is_sub_reason"]]["release_reason"]
    assert set(parts) == {"bond_set_by_ice", "bond_set_by_ij"}


def test_a_reason_written_with_total_behind_it_is_the_same_reason():
    extra = writer.reason("Transferred Total", (0, 0), [(0, 0)] * 3)
    frame = read(book_outs=writer.monthly_book_outs(extra=extra)).tables["ice_final_book_outs"]
    assert "transferred" in set(frame["release_reason"])
    assert not frame["is_new_label"].any()


def test_a_new_reason_is_loaded_as_itself_and_warned_about_once():
    extra = writer.reason("Released by Lottery", (0, 0), [(0, 0)] * 3)
    reading = read(book_outs=writer.monthly_book_outs(extra=extra))
    frame = reading.tables["ice_final_book_outs"]
    new = frame[frame["is_new_label"]]
    assert set(new["release_reason"]) == {"released_by_lottery"}
    assert len(new) == 4 * 3
    warnings = [warning for warning in reading.warnings if warning.rule == "new_label"]
    assert len(warnings) == 1
    assert "'Released by Lottery'" in warnings[0].message


def test_the_text_null_is_no_figure_and_keeps_its_text():
    reading = read()
    frame = reading.tables["ice_final_book_outs"]
    (null,) = frame[frame["null_reason"] == "unreadable"].itertuples()
    assert pd.isna(null.value)
    assert null.published_text == "null"
    assert ("unreadable_number", "ice_final_book_outs") in rules(reading.warnings)


def test_a_blank_part_within_the_coverage_is_null_because_blank():
    frame = read().tables["ice_book_ins_by_facility_type"]
    blank = frame[frame["null_reason"] == "blank"]
    assert list(blank["facility_type"]) == ["family_residential_center"] * 2
    assert blank["value"].isna().all()


def test_shares_of_the_agencies_are_not_people():
    frame = read().tables["ice_currently_detained"]
    ice = frame[(frame["arresting_agency"] == "ICE") & frame["criminality"].isna()]
    assert dict(zip(ice["unit"], ice["value"], strict=True)) == {"people": 6, "share": 0.6}


def test_the_average_of_both_agencies_is_a_total():
    found = figures(
        read().tables["ice_average_daily_population"], "arresting_agency", "criminality"
    )
    assert found["Total", None, 10] == 4.5
    assert found["CBP", "convicted_criminal", None] == 5.0


def test_the_fiscal_year_comes_from_the_sheet_not_from_the_name_of_the_file():
    reading = read(name="FY24_detentionStats11152024.xlsx")
    assert reading.fiscal_years == (2021,)
    assert ("fiscal_year_differs_from_name", None) in rules(reading.warnings)


def test_a_hidden_detention_sheet_in_front_does_not_win_and_its_cells_are_kept():
    old = {"Detention EOFY2020": writer.detention_sheet(year="EOFY2020")}
    reading = read(sheets=old, hidden=["Detention EOFY2020"])
    assert reading.fiscal_years == (2021,)
    assert ("hidden_sheet", None) in rules(reading.warnings)
    others = reading.tables["ice_other_tables"]
    kept = others[(others["sheet"] == "Detention EOFY2020") & (others["value"] == 900)]
    assert list(kept["table_title"]) == ["ICE Removals: EOFY2020"]


def test_a_missing_table_is_a_problem_of_that_table_only():
    reading = read(removals=None)
    assert rules(reading.problems) == {("table_missing", "ice_removals")}
    assert "ice_removals" not in reading.tables
    assert "ice_initial_book_ins" in reading.tables


def test_a_changed_header_is_a_problem_that_names_place_found_and_expected():
    rows = writer.book_ins()
    rows[1][3] = "December"
    reading = read(book_ins=rows)
    (problem,) = reading.problems
    assert (problem.rule, problem.table) == ("header_changed", "ice_initial_book_ins")
    assert "Detention FY21 YTD!I8" in problem.message
    assert "'December'" in problem.message
    assert "'Dec'" in problem.message


def test_a_table_of_another_year_is_not_taken_for_this_years():
    reading = read(removals=writer.removals("FY2020"))
    assert ("table_missing", "ice_removals") in rules(reading.problems)


def test_a_table_that_stands_twice_is_a_problem():
    sheet = writer.detention_sheet()
    sheet.append((100, 0, writer.removals()))
    document = Document(writer.workbook({"Detention FY21 YTD": sheet}), "FY21.xlsx")
    assert ("table_twice", "ice_removals") in rules(read_workbook(document).problems)


def test_a_workbook_without_any_main_table_is_refused_with_both_reasons():
    rows = writer.book_ins()
    rows[1][1] = "October"
    with pytest.raises(PublicationError) as raised:
        read(book_ins=rows, book_outs=None)
    assert "'October'" in str(raised.value)
    assert "ICE Final" in str(raised.value)


def test_a_workbook_whose_only_detention_sheet_is_hidden_is_refused():
    content = writer.workbook(
        {"Detention FY21": writer.detention_sheet(), "Header": [(0, 0, [["ICE"]])]},
        hidden=["Detention FY21"],
    )
    with pytest.raises(PublicationError, match="visible sheets 'Header'"):
        read_workbook(Document(content, "FY21.xlsx"))


def test_facilities_have_zip_codes_with_leading_zeros_and_the_sum_of_their_people():
    (facility,) = read().tables["ice_facilities"].itertuples()
    assert facility.name == "ESSEX COUNTY JAIL"
    assert facility.zip == "07105"
    assert facility.value == 5.0
    assert facility.male_non_criminal == 2.0
    assert json.loads(facility.other_columns) == {"Pending FY21 Inspection": "Scheduled"}
    assert facility.source_place == "Facilities FY21 YTD!A4"


def test_a_facility_without_figures_has_no_population():
    rows = writer.facilities(writer.facility("EMPTY", "00739", figures=("", "", "", "")))
    (facility,) = read(facility_rows=rows).tables["ice_facilities"].itertuples()
    assert pd.isna(facility.value)
    assert facility.null_reason == "blank"


@pytest.mark.parametrize("blank", range(4))
def test_a_facility_without_one_of_its_four_groups_has_no_population_and_says_why(blank):
    groups = [1.5, 2.0, 0.5, 1.0]
    groups[blank] = "-" if blank else ""
    rows = writer.facilities(writer.facility("HALF", "00739", figures=groups))
    (facility,) = read(facility_rows=rows).tables["ice_facilities"].itertuples()
    assert pd.isna(facility.value)
    assert facility.null_reason == ("-" if blank else "blank")


def test_a_facility_sheet_of_another_year_is_left_out_with_its_reason():
    reading = read(facility_rows=writer.facilities(year="FY20 YTD"))
    assert "ice_facilities" not in reading.tables
    (problem,) = reading.problems
    assert problem.rule == "facility_sheet_of_another_year"
    assert "FY2020" in problem.message


def test_a_facility_sheet_without_a_needed_column_is_left_out():
    rows = writer.facilities()
    rows[2] = [header.replace("Zip", "Postcode") for header in rows[2]]
    reading = read(facility_rows=rows)
    assert rules(reading.problems) == {("header_changed", "ice_facilities")}


def test_all_other_cells_are_kept_once_with_title_row_and_column():
    reading = read()
    others = reading.tables["ice_other_tables"]
    (stay,) = others[others["value"] == 40.5].itertuples()
    assert stay.table_title.startswith("ICE Average Length of Stay by Facility Type and Month")
    assert (stay.row_label, stay.column_label) == ("Adult", "Oct")
    assert "ICE DETENTION DATA, FY2021 YTD" in set(others["published_text"])
    typed = pd.concat([reading.tables[table.name] for table in TABLES[:-1]])
    assert not set(typed["source_place"]) & set(others["source_place"])


def test_footnotes_and_notes_below_the_facilities_are_kept_as_texts():
    others = read().tables["ice_other_tables"]
    notes = others[others["table_title"] == "Footnotes"]["published_text"]
    assert notes.str.contains("updated through 11/14/2020").any()
    assert "[1] houses single adults only." in set(others["published_text"])


def coverage(name="ice_initial_book_ins", **parts):
    reading = read(**parts)
    found = reading.coverage[name]
    return (
        found.start,
        found.end,
        found.basis,
        ("coverage_inferred", name) in rules(reading.warnings),
    )


START = date(2020, 10, 1)


def test_each_table_covers_what_its_own_footnote_states():
    rows = writer.footnotes("11/14/2020", removals_day="10/31/2020")
    assert coverage(footnote_rows=rows) == (START, date(2020, 11, 14), "stated", False)
    assert coverage("ice_removals", footnote_rows=rows)[1:3] == (date(2020, 10, 31), "stated")


def test_a_date_left_standing_far_behind_the_book_ins_is_kept_and_warned_about():
    reading = read(footnote_rows=writer.footnotes("11/14/2020", removals_day="10/31/2020"))
    assert ("coverage_lags", "ice_removals") in rules(reading.warnings)


def test_people_in_detention_are_counted_on_one_day():
    day = date(2020, 11, 14)
    assert coverage("ice_currently_detained") == (day, day, "stated", False)


def test_a_head_count_may_be_taken_some_days_after_the_fiscal_year():
    rows = writer.footnotes("10/02/2021")
    assert coverage("ice_currently_detained", footnote_rows=rows)[1:3] == (
        date(2021, 10, 2), "stated",
    )  # fmt: skip


def test_a_footnote_of_another_year_is_not_believed():
    rows = writer.footnotes("06/20/2020", year="FY2020")
    assert coverage(footnote_rows=rows) == (START, date(2020, 11, 30), "inferred", True)


def test_an_inferred_coverage_does_not_go_beyond_the_capture():
    rows = writer.footnotes("06/20/2020", year="FY2020")
    found = coverage(footnote_rows=rows, captured_on=date(2020, 11, 16))
    assert found == (START, date(2020, 11, 16), "inferred", True)


def test_a_stated_day_after_the_capture_is_not_believed():
    found = coverage(captured_on=date(2020, 11, 12))
    assert found == (START, date(2020, 11, 12), "inferred", True)


def test_a_stated_day_long_before_the_last_figures_is_not_believed():
    found = coverage(footnote_rows=writer.footnotes("10/17/2020"))
    assert found == (START, date(2020, 11, 30), "inferred", True)


def test_a_table_without_months_and_without_a_footnote_covers_what_the_book_ins_cover():
    rows = [row for row in writer.footnotes() if "Removals" not in row[0]]
    found = coverage("ice_removals", footnote_rows=rows)
    assert found == (START, date(2020, 11, 14), "inferred", True)


def test_removals_are_found_by_their_footnotes_text_where_the_heading_is_wrong():
    rows = [
        [heading.replace("ICE Removals", "ICE Final Releases"), text]
        for heading, text in writer.footnotes()
    ]
    rows[2][1] = "FY2021 YTD ICE Removals data are updated through 11/07/2020."
    found = coverage("ice_removals", footnote_rows=rows)
    assert found == (START, date(2020, 11, 7), "stated", False)


def test_facilities_cover_what_stands_above_them():
    assert coverage("ice_facilities") == (START, date(2020, 11, 9), "stated", False)
