"""OHSS sheets in small: what each form of header, row, label and mark means."""

from datetime import date
from io import BytesIO

import pandas as pd
import pytest
import xlsxwriter

from orchestration.read.labels import code_list
from orchestration.read.ohss_workbook import (
    COLUMNS,
    NEW_SHEETS,
    label_code,
    listed_tables,
    read_ohss_workbook,
    without_footnote_mark,
)
from orchestration.read.reading import Document, PublicationError

FAMILY = "CBP SWB Book-Outs by Family"
TITLE = (
    "CBP SW Border Encounters Book-Outs by Family Status: Fiscal Years 2024 to 2025 YTD "
    "(November 2024)"
)
BLOCKS = ["", "", "Total Encounters", "", "Family Unit Individuals", "", ""]
LABELS = [
    "Fiscal Year", "Month", "Total Encounters", "T42 expulsions2",
    "Total Encounters", "T42 expulsions2", "USBP Releases6",
]  # fmt: skip
MONTHS = [
    [2024, "Total", 500, "X", 300, "X", 120],
    ["", "October", 200, "X", 100, "X", 50],
    ["", "September", 300, "X", 200, "X", 70],
    ["2025 YTD", "Total", 90, "X", 40, "X", 20],
    ["", "October", 40, "X", 20, "X", 10],
    ["", "November", 50, "X", 20, "NA", 10],
]
FOOTNOTES = [
    ["X Not applicable."],
    ["2Expulsions pursuant to the public health order."],
    ["Source: Office of Homeland Security Statistics."],
]
SHEET = [["Return to Table of Contents."], [TITLE], BLOCKS, LABELS, *MONTHS, *FOOTNOTES]


def workbook(hidden_rows=(), **sheets):
    """A workbook of the given rows; keyword names stand for sheets through NAMES."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(NAMES.get(name, name))
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, column, cell)
        for number in hidden_rows:
            sheet.set_row(number, None, None, {"level": 1, "hidden": True})
    book.close()
    return Document(stream.getvalue(), "tables-november-2024.xlsx")


NAMES = {"family": FAMILY, "chnv": "CHNV Paroles ", "toc": "TOC"}


def family(rows=SHEET, **options):
    """The reading of a workbook with only the family sheet, and that table."""
    reading = read_ohss_workbook(workbook(family=rows, **options))
    return reading, reading.tables.get("swb_book_outs_by_family_status")


def replaced(row, column, cell):
    """SHEET with one cell written anew."""
    rows = [list(cells) for cells in SHEET]
    rows[row][column] = cell
    return rows


def figure(table, month, block, column):
    found = table[
        table["reference_month"].eq(pd.Timestamp(month))
        & table["block_code"].eq(block)
        & table["column_code"].eq(column)
    ]
    assert len(found) == 1
    return found.iloc[0]


def findings(reading, rule):
    return [finding for finding in (*reading.problems, *reading.warnings) if finding.rule == rule]


def test_a_block_label_holds_from_its_first_column_to_the_next_block():
    _, table = family()
    assert list(table.columns) == list(COLUMNS)
    assert figure(table, "2023-10-01", "total", "total_encounters")["value"] == 200
    assert figure(table, "2023-10-01", "family_unit", "total_encounters")["value"] == 100
    assert figure(table, "2023-10-01", "family_unit", "usbp_releases")["value"] == 50


def test_labels_keep_their_footnote_digits_and_codes_lose_them():
    _, table = family()
    row = figure(table, "2024-11-01", "family_unit", "usbp_releases")
    assert row["column_label"] == "USBP Releases6"
    assert row["block_label"] == "Family Unit Individuals"
    assert row["table_title"] == TITLE
    assert not table["is_new_label"].any()


def test_the_fiscal_year_stands_on_the_total_row_and_holds_for_its_months():
    _, table = family()
    months = table.drop_duplicates(["fiscal_year", "reference_month"])
    assert list(months["fiscal_year"]) == [2024, 2024, 2024, 2025, 2025, 2025]
    assert months["reference_month"].isna().tolist() == [True, False, False, True, False, False]
    assert list(months["reference_month"].dropna()) == [
        pd.Timestamp(day) for day in ("2023-10-01", "2024-09-01", "2024-10-01", "2024-11-01")
    ]


def test_x_and_na_are_null_with_their_reason_and_never_zero():
    _, table = family()
    not_applicable = figure(table, "2024-11-01", "total", "t42_expulsions")
    not_available = figure(table, "2024-11-01", "family_unit", "t42_expulsions")
    assert pd.isna(not_applicable["value"])
    assert (not_applicable["null_reason"], not_applicable["published_text"]) == ("X", "X")
    assert pd.isna(not_available["value"])
    assert not_available["null_reason"] == "NA"
    assert not table["value"].eq(0).any()


def test_a_blank_cell_is_null_and_says_blank():
    _, table = family(replaced(5, 6, ""))
    assert figure(table, "2023-10-01", "family_unit", "usbp_releases")["null_reason"] == "blank"


def test_a_text_that_is_no_figure_is_null_and_warned_about_once():
    rows = replaced(5, 6, "D")
    rows[6][6] = "D"
    reading, table = family(rows)
    row = figure(table, "2023-10-01", "family_unit", "usbp_releases")
    assert pd.isna(row["value"])
    assert (row["null_reason"], row["published_text"]) == ("unreadable", "D")
    (warning,) = findings(reading, "unreadable_number")
    assert f"{FAMILY}!G6: found 'D' (2 cells in all)" in warning.message


def test_the_place_of_a_figure_is_its_sheet_and_cell():
    _, table = family()
    place = figure(table, "2024-11-01", "family_unit", "usbp_releases")["source_place"]
    assert place == f"{FAMILY}!G10"


def test_rows_hidden_by_outline_grouping_are_read():
    _, shown = family()
    _, hidden = family(hidden_rows=(5, 6, 8, 9))
    pd.testing.assert_frame_equal(shown, hidden)


def test_the_header_is_found_by_its_labels_wherever_it_stands():
    _, table = family()
    _, moved = family([["A new notice."], [], *SHEET])
    drop = ["source_place"]
    pd.testing.assert_frame_equal(table.drop(columns=drop), moved.drop(columns=drop))


def test_a_table_of_one_tier_has_no_blocks():
    rows = [
        ["Return to Table of Contents.", "", "* Please click"],
        ["Confirmed CHNV Paroles by Process: Fiscal Years 2023 to 2024"],
        ["Fiscal Year", "Month", "Total", "Cuba"],
        [2023, "Total", 30, 10],
        ["", "September", 30, 10],
        [2024, "Total", 30, 10],
        ["", "September", 30, 10],
    ]
    reading = read_ohss_workbook(workbook(family=SHEET, chnv=rows))
    table = reading.tables["other_chnv_paroles"]
    assert table["block_code"].isna().all()
    assert list(table["column_code"].unique()) == ["total", "Cuba"]
    assert set(table["sheet"]) == {"CHNV Paroles"}
    # 'to 2024' without a month: the year is closed
    assert reading.coverage["other_chnv_paroles"].basis == "stated"


def test_coverage_runs_from_the_first_october_to_the_month_in_the_title():
    reading, _ = family()
    coverage = reading.coverage["swb_book_outs_by_family_status"]
    assert (coverage.start, coverage.end) == (date(2023, 10, 1), date(2024, 11, 30))
    assert coverage.basis == "stated"
    assert not findings(reading, "coverage_inferred")
    assert reading.fiscal_years == (2024, 2025)


def test_months_without_a_figure_are_not_covered():
    rows = replaced(9, 2, "X")
    rows[9][4:] = ["X", "X", "X"]
    reading, _ = family(rows)
    coverage = reading.coverage["swb_book_outs_by_family_status"]
    assert (coverage.end, coverage.basis) == (date(2024, 10, 31), "inferred")
    (warning,) = findings(reading, "coverage_inferred")
    assert "2024-10" in warning.message


def test_a_new_label_is_loaded_as_itself_flagged_and_warned_about():
    reading, table = family(replaced(3, 6, "Transfers to DOJ9"))
    new = table[table["is_new_label"]]
    assert set(new["column_code"]) == {"transfers_to_doj"}
    assert new["value"].tolist() == [120, 50, 70, 20, 10, 10]
    (warning,) = findings(reading, "new_label")
    assert "Transfers to DOJ9" in warning.message
    assert "outcome.csv" in warning.message


def test_a_new_block_flags_every_column_under_it():
    reading, table = family(replaced(2, 4, "Accompanied Adults"))
    assert set(table.loc[table["is_new_label"], "block_code"]) == {"accompanied_adults"}
    assert len(findings(reading, "new_label")) == 1


def test_a_sheet_without_header_takes_only_its_own_table_out():
    chnv = [["CHNV"], ["Fiscal Period", "Month", "Total"], [2023, "Total", 10]]
    reading = read_ohss_workbook(workbook(family=SHEET, chnv=chnv))
    (problem,) = findings(reading, "header_changed")
    assert problem.table == "other_chnv_paroles"
    assert "'Fiscal Year' and 'Month'" in problem.message
    assert list(reading.tables) == ["swb_book_outs_by_family_status"]


def test_every_missing_sheet_is_a_problem_of_its_table():
    reading, _ = family()
    missing = {finding.table for finding in findings(reading, "table_missing")}
    assert missing == {table.name for table in listed_tables()} - set(reading.tables)


def test_a_renamed_sheet_is_found_by_its_title():
    reading = read_ohss_workbook(workbook(**{"Book-Outs (Family)": SHEET}))
    table = reading.tables["swb_book_outs_by_family_status"]
    assert set(table["sheet"]) == {"Book-Outs (Family)"}


def test_a_sheet_that_is_in_no_list_is_kept_with_a_warning():
    rows = [["Flights: Fiscal Year 2025"], ["Fiscal Year", "Month", "Flights1"]]
    rows += [[2025, "Total", 20], ["", "October", 20]]
    toc = [["Table of Contents"], ["Category", "Table"]]
    reading = read_ohss_workbook(workbook(toc=toc, family=SHEET, Flights=rows))
    table = reading.tables[NEW_SHEETS]
    assert table["value"].tolist() == [20, 20]
    assert set(table["sheet"]) == {"Flights"}
    assert set(table["column_code"]) == {"flights"}
    assert table["is_new_label"].all()
    (warning,) = findings(reading, "new_sheet")
    assert "Flights" in warning.message
    assert not findings(reading, "new_label")


def test_a_new_sheet_of_text_is_a_warning_and_no_problem():
    reading = read_ohss_workbook(workbook(family=SHEET, Glossary=[["Words"]]))
    assert NEW_SHEETS not in reading.tables
    (warning,) = findings(reading, "new_sheet")
    assert "Glossary" in warning.message
    assert "'Fiscal Year' and 'Month'" in warning.message
    assert warning not in reading.problems


@pytest.mark.parametrize(
    ("row", "column", "cell", "rule", "place"),
    [
        (5, 1, "Octobre", "row_not_read", "B6"),
        (6, 1, "October", "row_not_read", "B6"),  # the same month twice
        (4, 0, "FY-24", "row_not_read", "A5"),
        (5, 1, "", "row_not_read", "B6"),
        (11, 4, 7, "row_not_read", "E12"),  # a figure beside the footnotes
        (3, 3, "", "header_changed", "D5"),  # figures under no label
        (3, 5, "Total Encounters", "header_changed", "row 4"),  # one column twice
    ],
)
def test_a_changed_layout_is_named_with_its_place(row, column, cell, rule, place):
    rows = replaced(row, column, cell) if column < len(SHEET[row]) else [*map(list, SHEET)]
    rows[row] = [*rows[row], *[""] * (7 - len(rows[row]))]
    rows[row][column] = cell
    chnv = [["T: Fiscal Year 2024"], ["Fiscal Year", "Month", "Total"], [2024, "Total", 1]]
    agency = "CBP SWB Book-Outs by Agency"
    document = workbook(**{"family": rows, agency: SHEET, "chnv": [*chnv, ["", "October", 1]]})
    reading = read_ohss_workbook(document)
    problem = next(
        finding
        for finding in findings(reading, rule)
        if finding.table == "swb_book_outs_by_family_status"
    )
    assert place in problem.message
    assert "swb_book_outs_by_family_status" not in reading.tables
    assert "other_chnv_paroles" in reading.tables


def test_a_workbook_without_book_outs_is_not_this_series():
    rows = [["T: Fiscal Year 2024"], ["Fiscal Year", "Month", "Total"], [2024, "Total", 1]]
    with pytest.raises(PublicationError, match=r"none of the book-out tables") as error:
        read_ohss_workbook(workbook(chnv=[*rows, ["", "October", 1]]))
    assert "tables-november-2024.xlsx" in str(error.value)
    assert FAMILY in str(error.value)


def test_an_error_page_saved_as_a_workbook_is_refused():
    page = Document(b"<!DOCTYPE html><html><body>Access Denied</body></html>", "tables.xlsx")
    with pytest.raises(PublicationError, match="HTML"):
        read_ohss_workbook(page)


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("T42 expulsions2", "T42 expulsions"),
        ("Single Adults1", "Single Adults"),
        ("Transfers to ICE4", "Transfers to ICE"),
        ("Accompanied Minors (OFO)4", "Accompanied Minors (OFO)"),
        ("Total Title 8 Repatriations4", "Total Title 8 Repatriations"),
        ("Relief1,2", "Relief"),
        ("Paroled⁵", "Paroled"),
        ("Form I-134", "Form I-134"),
        ("Title 42", "Title 42"),
        ("T42", "T42"),
    ],
)
def test_only_digits_that_hang_on_a_word_are_footnotes(label, plain):
    assert without_footnote_mark(label) == plain


def test_a_new_country_keeps_its_name_as_code():
    assert label_code("Cabo Verde3", "ohss_citizenship") == ("Cabo Verde", True)


def test_sectors_and_countries_have_the_codes_of_the_cbp_series():
    assert set(code_list("ohss_area").values()) - {"total"} <= set(
        code_list("border_area").values()
    )
    assert set(code_list("citizenship").values()) <= set(code_list("ohss_citizenship").values())


def test_every_list_named_for_a_table_exists():
    for table in listed_tables():
        for name in filter(None, (table.block_list, table.column_list)):
            assert "total" in code_list(name).values() or name == "outcome"
