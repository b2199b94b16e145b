"""Opening workbooks: what is none is refused with words that help."""

import re

import pytest

from orchestration.read.reading import Document, PublicationError
from orchestration.read.workbook import column_name, open_workbook, text_of
from tests.unit.ice_workbook_writer import workbook


def refusal(content):
    with pytest.raises(PublicationError) as raised:
        open_workbook(Document(content, "FY21.xlsx"))
    return str(raised.value)


def test_an_html_error_page_saved_as_xlsx_is_refused_by_name():
    message = refusal(b"\n<!DOCTYPE html><html>Access Denied</html>")
    assert "FY21.xlsx" in message
    assert "HTML page" in message


def test_an_empty_file_is_refused():
    assert "an empty file" in refusal(b"")


def test_half_a_workbook_is_refused_as_truncated():
    whole = workbook({"One": [(0, 0, [["a"] * 50] * 50)]})
    assert "truncated" in refusal(whole[: len(whole) // 2])


def test_a_zip_that_is_no_workbook_is_refused():
    assert "whole XLSX workbook" in refusal(b"PK\x03\x04 nothing more")


def test_places_count_from_the_corner_of_the_sheet_even_below_empty_rows():
    content = workbook({"Detention FY21 YTD": [(19, 8, [["Total"]])]})
    (sheet,) = open_workbook(Document(content, "x.xlsx")).sheets
    (found,) = sheet.find(re.compile("Total"))
    assert found == (19, 8)
    assert sheet.place(*found) == "Detention FY21 YTD!I20"


def test_a_hidden_sheet_is_read_and_known_as_hidden():
    content = workbook({"Old": [(0, 0, [["a"]])], "New": [(0, 0, [["b"]])]}, hidden=["Old"])
    sheets = open_workbook(Document(content, "x.xlsx")).sheets
    assert [(sheet.name, sheet.is_visible) for sheet in sheets] == [("Old", False), ("New", True)]


def test_columns_after_z_have_two_letters():
    assert [column_name(column) for column in (0, 25, 26, 701, 702)] == [
        "A", "Z", "AA", "ZZ", "AAA",
    ]  # fmt: skip


def test_a_whole_number_is_written_without_its_fraction():
    assert text_of(31815.0) == "31815"
    assert text_of("ICE  \n Average ") == "ICE Average"
