"""Do bytes begin as a page does? Asked before they are stored and before they are read."""

import re

HEAD_BYTES = 4096
_PAGE = re.compile(rb"<!doctype html|<html|<head|<body|^<\?xml")


def is_html(content: bytes) -> bool:
    """Whether the bytes begin as a page of HTML, or as the XML of an error, under whatever name.

    Marks of an encoding, blanks and comments may stand before it.
    """
    head = content[:HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return head.startswith(b"<") and bool(_PAGE.search(head))
