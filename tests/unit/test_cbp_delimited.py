"""Bytes of delimited files: encodings, headers, lines, and what only looks like a CSV file."""

import pytest

from orchestration.read.delimited import is_cut_in_last_line, read_delimited
from orchestration.read.reading import Document, PublicationError

HEADER = ["State", "Count"]


def read(content, separator=","):
    return read_delimited(Document(content, "file.csv"), HEADER, separator)


def test_each_row_knows_its_line_past_blank_lines_and_line_breaks_in_quotes():
    frame = read(b'State,Count\n\nTX,1\n"New\nMexico",2\n,\nAZ,3\n')
    assert frame["State"].tolist() == ["TX", "New\nMexico", "AZ"]
    assert frame["source_place"].tolist() == ["line 3", "line 5", "line 7"]


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert read(b"\xef\xbb\xbfState,Count\nTX,1\n")["State"].tolist() == ["TX"]


def test_a_windows_file_keeps_its_letters():
    assert read("State,Count\nCórdoba,1\n".encode("cp1252"))["State"].tolist() == ["Córdoba"]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"State,Count\nT\0X,1\n", 2), (b"State,Count\nTX,1\n\0\0", 3),
     ("State,Count\nTX,1\n".encode("utf-16"), 1)],
)  # fmt: skip
def test_a_byte_of_zero_is_a_hole_in_the_file_and_an_error(content, line):
    with pytest.raises(PublicationError, match=f"line {line}: found a byte of zero"):
        read(content)


def test_a_blank_cell_is_null_and_other_texts_stand_as_published():
    frame = read(b"State,Count\nTX, \n TX ,007\n")
    assert frame["Count"].isna().tolist() == [True, False]
    assert frame["State"].tolist() == ["TX", " TX "]
    assert frame["Count"].tolist()[1] == "007"


def test_pipes_separate_as_well_as_commas():
    assert read(b"State|Count\nTX|1,000\n", "|")["Count"].tolist() == ["1,000"]


def test_columns_are_found_by_name_in_any_order():
    assert read(b"Count,State\n1,TX\n")["State"].tolist() == ["TX"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"State,Encounters", "missing: 'Count'; unexpected: 'Encounters'"),
        (b"State", "missing: 'Count'"),
        (b"State,Count,Sex", "unexpected: 'Sex'"),
        (b"State,Count,Count", "twice: 'Count'"),
    ],
)
def test_another_header_is_an_error_that_says_what_differs(header, said):
    with pytest.raises(PublicationError) as caught:
        read(header + b"\nTX,1\n")
    message = str(caught.value)
    assert message.startswith("file.csv, line 1: found the header")
    assert said in message
    assert "expected the header 'State,Count'" in message


def test_half_a_file_is_an_error_that_names_the_line():
    with pytest.raises(PublicationError, match=r"file\.csv, line 3: found 1 fields .*expected 2"):
        read(b"State,Count\nTX,1\nCA")


def test_a_row_with_too_many_fields_is_an_error():
    with pytest.raises(PublicationError, match="line 2: found 3 fields"):
        read(b"State,Count\nTX,1,000\n")


def test_an_open_quote_that_swallows_the_rest_is_an_error():
    with pytest.raises(PublicationError, match="does not parse"):
        read(b'State,Count\n"TX,1\nCA,2\n')


@pytest.mark.parametrize("content", [b"", b" \r\n \n", b"\xef\xbb\xbf", b"\0\0\0"])
def test_an_empty_file_is_an_error(content):
    with pytest.raises(PublicationError, match="an empty file"):
        read(content)


def test_a_header_without_rows_is_an_error():
    with pytest.raises(PublicationError, match="expected rows below the header"):
        read(b"State,Count\n")


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html>\n<html><body>Access Denied</body></html>",
        b"\n\n  <HTML><head><title>Just a moment...</title>",
        b"\xef\xbb\xbf<!-- bot protection --><html lang='en'>",
    ],
)
def test_a_page_saved_under_the_name_of_a_csv_file_is_called_a_page(content):
    with pytest.raises(PublicationError, match="found a page of HTML"):
        read(content)


def test_a_workbook_under_the_name_of_a_csv_file_is_refused():
    with pytest.raises(PublicationError, match="ZIP, XLSX"):
        read(b"PK\x03\x04rest of a workbook")


def test_a_file_that_stops_within_its_last_line_is_noticed():
    assert is_cut_in_last_line(Document(b"State,Count\nTX,15", "file.csv"))
    assert not is_cut_in_last_line(Document(b"State,Count\nTX,153\r\n", "file.csv"))
