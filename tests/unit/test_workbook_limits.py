"""Workbooks made to fill the memory are refused before anything of them is unpacked."""

import io
import re
import zipfile

import pytest

from orchestration.read import workbook_limits
from orchestration.read.reading import Document, PublicationError
from orchestration.read.workbook import open_workbook
from tests.unit.ice_workbook_writer import workbook

SMALL = workbook({"One": [(0, 0, [["a", 1], ["b", 2]])]})
SHEET = "xl/worksheets/sheet1.xml"


def with_parts(change, extra=()):
    """SMALL with its parts changed by ``change(name, content)``, and with ``extra`` parts."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(SMALL)) as source,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, content in extra:
            target.writestr(name, content)
    return written.getvalue()


def with_sheet(before, after):
    def change(name, content):
        assert name != SHEET or before in content
        return content.replace(before, after) if name == SHEET else content

    return with_parts(change)


def refusal(content):
    with pytest.raises(PublicationError) as raised:
        open_workbook(Document(content, "FY21.xlsx"))
    return str(raised.value)


def first_sheet(content):
    return open_workbook(Document(content, "FY21.xlsx")).sheets[0]


def test_a_zip_bomb_is_refused_by_its_size_unpacked():
    content = with_parts(lambda _, part: part, [("xl/media/zeros", bytes(257 * 2**20))])
    assert len(content) < 2**20
    message = refusal(content)
    assert re.search(r"found 269,\d{3},\d{3} bytes when unpacked; expected at most", message)


def test_an_entry_that_is_longer_than_it_says_is_refused():
    content = bytearray(with_parts(lambda _, part: part, [("xl/media/zeros", bytes(1_234_567))]))
    size = (1_234_567).to_bytes(4, "little")
    assert content.count(size) == 2  # before the entry, and in the directory
    assert "Bad CRC-32" in refusal(bytes(content.replace(size, (99).to_bytes(4, "little"))))


def test_a_zip_of_very_many_entries_is_refused_before_they_are_listed(monkeypatch):
    monkeypatch.setattr(workbook_limits, "MOST_ENTRIES", 100)
    content = with_parts(lambda _, part: part, [(f"e{number}", b"") for number in range(200)])
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "entries; expected at most 100" in refusal(content)


def test_a_workbook_with_a_password_is_refused():
    content = bytearray(SMALL)
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    content[6] |= 1
    assert "password" in refusal(bytes(content))


@pytest.mark.parametrize("place", [b"XFD1048576", b"ZZZZ2", b"A99999999", b"xfd1048576"])
def test_two_cells_far_apart_are_refused_since_the_grid_between_them_would_be_filled(place):
    message = refusal(with_sheet(b'r="B2"', b'r="' + place + b'"'))
    assert "xl/worksheets/sheet1.xml" in message
    assert "a grid of at most 20,000,000 cells" in message


def test_quotes_and_blanks_around_a_reference_do_not_hide_it():
    assert "a grid of at most" in refusal(with_sheet(b'r="B2"', b"r = 'XFD1048576'"))


def test_formats_out_to_column_xfc_of_row_1041_are_no_reason_to_refuse():
    """So wide is a sheet of FY25_detentionStats06052025."""
    wide = with_sheet(b"</sheetData>", b'<row r="1041"><c r="XFC1041" s="0"/></row></sheetData>')
    assert first_sheet(wide).text(0, 0) == "a"


def test_a_dimension_of_a_million_rows_that_are_not_there_is_not_believed():
    wide = with_sheet(b'<dimension ref="A1:B2"/>', b'<dimension ref="A1:XFD1048576"/>')
    assert first_sheet(wide).grid == [["a", 1], ["b", 2]]


def test_macros_and_links_to_other_workbooks_are_left_alone():
    extra = [
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
        ("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
        (
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            b'<Relationships><Relationship Target="http://169.254.169.254/x.xlsx" '
            b'TargetMode="External"/></Relationships>',
        ),
    ]
    assert first_sheet(with_parts(lambda _, part: part, extra)).grid == [["a", 1], ["b", 2]]


def test_totals_that_are_formulas_have_the_value_that_was_saved_with_them():
    formula = with_sheet(b"<v>2</v>", b"<f>B1+1</f><v>2</v>")
    assert first_sheet(formula).cell(1, 1) == 2


@pytest.mark.parametrize("value", [b"1E999", b"-1E999", b"NaN"])
def test_a_number_without_end_is_no_number(value):
    from orchestration.read.ice_tables import number_in

    cell = first_sheet(with_sheet(b"<v>2</v>", b"<v>" + value + b"</v>")).cell(1, 1)
    assert number_in(cell).null_reason == "unreadable"


def test_every_real_workbook_is_within_the_limits(publications):
    workbooks = list(publications.glob("*/*/*.xlsx"))
    assert len(workbooks) == 97
    for path in workbooks:
        document = Document(path.read_bytes(), path.name)
        workbook_limits.refuse_what_would_fill_the_memory(document)
