"""A page is known by how its bytes begin, never by its name."""

import pytest

from orchestration.read.markup import is_html


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html>\n<html><body>Access Denied</body></html>",
        b"\xef\xbb\xbf\r\n<html lang='en'>",
        b"<!-- bot protection --><head>",
        "<html><body>".encode("utf-16"),
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    ],
)
def test_a_page_is_a_page_whatever_stands_before_it(content):
    assert is_html(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Fiscal Year,Note\n2024,see <html> and <body>\n",
        b"PK\x03\x04<html>",
        b"<5,Under five\n",
    ],
)
def test_a_file_of_figures_is_no_page(content):
    assert not is_html(content)
