"""Web pages to tables: headings, spans, footnotes, month headers, and hostile pages."""

from datetime import date

import pytest

from orchestration.read.html_page import MAX_BYTES, month_of, read_tables, without_footnotes
from orchestration.read.reading import Document, PublicationError
from tests.unit.cbp_documents import page


def texts(table):
    return [[cell.text for cell in row] for row in [table.header, *table.rows]]


def test_a_table_stands_under_the_headings_before_it():
    tables = read_tables(
        page(
            "<h4>Newsroom</h4><h2><button>\n Field\n Operations </button></h2>",
            "<h3>By sector</h3><table><tr><td>a</td></tr></table>",
            "<h3>By office</h3><p>text</p><table><tr><td>b</td></tr></table>",
            "<h2>Custody</h2><table><caption>On a day</caption><tr><td>c</td></tr></table>",
        )
    )
    assert [table.headings for table in tables] == [
        ("Field Operations", "By sector"), ("Field Operations", "By office"),
        ("Custody", "On a day"),
    ]  # fmt: skip
    assert [table.place for table in tables] == ["table 1", "table 2", "table 3"]


def test_spans_are_filled_in():
    (table,) = read_tables(
        page(
            "<table><tr><th>Component</th><th>Place</th><th colspan='2'>Oct-20</th></tr>",
            "<tr><td rowspan='2'>USBP</td><td>Yuma</td><td>1</td><td>2</td></tr>",
            "<tr><td>Tucson</td><td>3</td><td>4</td></tr></table>",
        )
    )
    assert texts(table) == [
        ["Component", "Place", "Oct-20", "Oct-20"],
        ["USBP", "Yuma", "1", "2"],
        ["USBP", "Tucson", "3", "4"],
    ]


def test_rows_without_text_are_left_out():
    (table,) = read_tables(
        page("<table><tr><td>a</td></tr><tr><td>&nbsp;</td></tr><tr><td>1</td></tr></table>")
    )
    assert texts(table) == [["a"], ["1"]]


def test_raised_marks_are_kept_in_the_text_and_left_out_beside_it():
    (table,) = read_tables(
        page("<table><tr><td><b>Other</b><span><sup>2</sup></span></td></tr></table>")
    )
    assert (table.header[0].text, table.header[0].unmarked) == ("Other2", "Other")


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("Other2", "Other"),
        ("Notice to Appear (NTA)2,7", "Notice to Appear (NTA)"),
        ("Migrant Protection Protocols (MPP)4 - Initial returns",
         "Migrant Protection Protocols (MPP) - Initial returns"),
        ('Interim Final Rule "Securing the Border"1', 'Interim Final Rule "Securing the Border"'),
        ("%2", "%"),
        ("Southwest Border in Custody1", "Southwest Border in Custody"),
        ("Total Title 8 Inadmissibles", "Total Title 8 Inadmissibles"),
        ("Title 42", "Title 42"),
        ("New Hampshire FY21 - FY25", "New Hampshire FY21 - FY25"),
    ],
)  # fmt: skip
def test_hanging_digits_are_footnotes_and_numbers_are_not(label, plain):
    assert without_footnotes(label) == plain


@pytest.mark.parametrize(
    ("header", "month"),
    [
        ("Oct-25", date(2025, 10, 1)),
        ("Sept-21", date(2021, 9, 1)),
        ("October 2025", date(2025, 10, 1)),
        ("Oct. 2025", date(2025, 10, 1)),
        (" May-26 ", date(2026, 5, 1)),
        ("Total", None),
        ("Smarch-25", None),
        ("FY-25", None),
        ("", None),
    ],
)
def test_a_header_names_a_month_or_none(header, month):
    assert month_of(header) == month


def test_scripts_in_a_cell_are_no_text():
    (table,) = read_tables(page("<table><tr><td>1<script>steal()</script></td></tr></table>"))
    assert table.header[0].text == "1"


def test_a_table_for_layout_gives_way_to_the_table_in_it():
    tables = read_tables(
        page("<table><tr><td><table><tr><td>inner</td></tr></table></td></tr></table>")
    )
    assert [texts(table) for table in tables] == [[["inner"]]]


@pytest.mark.parametrize("span", ["999999999", "-3", "many", "0", "²"])
def test_absurd_spans_do_no_harm(span):
    (table,) = read_tables(
        page(f"<table><tr><td colspan='{span}' rowspan='{span}'>x</td></tr></table>")
    )
    assert 1 <= len(table.header) <= 60


def test_a_page_of_nothing_but_open_tags_is_read_as_what_is_left_of_it():
    deep = page("<div>" * 100_000, "<table><tr><td>x</td></tr></table>")
    assert len(read_tables(deep)) <= 1


def test_a_page_with_too_many_cells_is_refused():
    row = f"<tr>{'<td colspan=60>x</td>' * 50}</tr>"
    with pytest.raises(PublicationError, match="more than 200,000 cells"):
        read_tables(page("<table>", row * 100, "</table>"))


def test_a_page_too_large_is_refused_before_it_is_parsed():
    with pytest.raises(PublicationError, match="bytes; expected at most"):
        read_tables(Document(b"<html>" + b" " * MAX_BYTES, "page"))


def test_external_entities_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    content = (
        f'<!DOCTYPE html [<!ENTITY e SYSTEM "file://{secret}">]>'
        "<html><table><tr><td>&e;</td></tr></table></html>"
    )
    tables = read_tables(Document(content.encode(), "page"))
    assert "secret" not in str([texts(table) for table in tables])


@pytest.mark.parametrize("content", [b"", b"State,Count\nTX,1\n", b"PK\x03\x04workbook", b"\0\0"])
def test_what_is_no_page_is_refused(content):
    with pytest.raises(PublicationError, match="expected a page of HTML"):
        read_tables(Document(content, "page"))


def test_a_windows_page_keeps_its_letters():
    content = "<html><table><tr><td>Córdoba</td></tr></table></html>".encode("cp1252")
    (table,) = read_tables(Document(content, "page"))
    assert table.header[0].text == "Córdoba"


def test_a_hole_in_a_page_is_no_page():
    with pytest.raises(PublicationError, match="a byte of zero"):
        read_tables(Document(b"<html><table><tr><td>1\0\0</td></tr></table></html>", "page"))
