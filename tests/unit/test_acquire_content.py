import io
import zipfile

import pytest

from orchestration.acquire.content import refuse_wrong_content
from orchestration.acquire.errors import AcquireError
from tests.fake_series import custody_series, ice_series, state_series

URL = "https://www.ice.gov/doclib/detention/FY21.xlsx"
ERROR_PAGE = (
    b"\xef\xbb\xbf\n<!DOCTYPE html><html><head><title>Access \x1b[31mDenied</title></head></html>"
)


def a_workbook():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    return buffer.getvalue()


def refusal(series, content, is_end_proven=True):
    with pytest.raises(AcquireError) as caught:
        refuse_wrong_content(series, URL, content, "Look.", is_end_proven)
    return str(caught.value)


@pytest.mark.parametrize("series", [ice_series(), state_series()])
def test_an_html_error_page_under_a_file_name_is_refused_by_its_title(series):
    message = refusal(series, ERROR_PAGE)
    assert "an HTML page titled 'Access [31mDenied'" in message
    assert URL in message
    assert "\x1b" not in message


@pytest.mark.parametrize("series", [ice_series(), state_series(), custody_series()])
def test_an_empty_file_is_refused(series):
    assert "an empty file" in refusal(series, b" \n")


def test_a_workbook_passes():
    refuse_wrong_content(ice_series(), URL, a_workbook(), "Look.")


def test_half_a_workbook_is_refused():
    content = a_workbook()
    assert "half a zip archive" in refusal(ice_series(), content[: len(content) // 2])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "an old .xls"),
        (b"GIF89a", "bytes that begin b'GIF89a'"),
    ],
)
def test_another_kind_of_file_is_named_in_the_refusal(content, found):
    assert found in refusal(ice_series(), content)


@pytest.mark.parametrize("content", [a_workbook(), b"a,b\n\0\0\0", b"%PDF-1.7\n"])
def test_binary_bytes_are_no_csv(content):
    assert "a text file of separated values" in refusal(state_series(), content)


def test_a_csv_passes_with_a_byte_order_mark_and_with_pipes():
    refuse_wrong_content(state_series(), URL, b"\xef\xbb\xbfFiscal Year,State\r\n2021,TX\r\n", "")
    refuse_wrong_content(state_series(), URL, b"year|month\n2020|10", "")


def test_a_csv_that_ends_within_a_line_is_refused_where_no_length_proves_its_end():
    assert "ends within a line" in refusal(state_series(), b"a,b\n1,2\n1", is_end_proven=False)


def test_a_page_without_a_table_is_no_publication():
    assert "without a table" in refusal(custody_series(), ERROR_PAGE)


def test_a_page_after_a_comment_passes():
    page = b"<!-- trimmed --><html><body><table><tr><td>1</td></tr></table></body></html>"
    refuse_wrong_content(custody_series(), URL, page, "Look.", is_end_proven=False)
    assert "without its end" in refusal(custody_series(), page[:-20], is_end_proven=False)


def test_a_file_larger_than_the_series_allows_is_refused():
    assert "more than" in refusal(state_series(max_bytes=4), b"a,b\n1,2\n")


def test_every_real_publication_passes(publications):
    for path in publications.glob("ice/*/*.xlsx"):
        refuse_wrong_content(ice_series(), path.name, path.read_bytes(), "", is_end_proven=False)
    for path in publications.glob("cbp/*/*.csv"):
        refuse_wrong_content(state_series(), path.name, path.read_bytes(), "", is_end_proven=False)
    page = publications / "cbp/pages/newsroom-stats-custody-and-transfer-statistics.html"
    refuse_wrong_content(custody_series(), page.name, page.read_bytes(), "", is_end_proven=False)
