"""Do bytes look like what a series publishes? By magic bytes and sniffing, never by name.

What stands in a file, table by table, is judged after reading, at the gate.
"""

import io
import re
import zipfile

from orchestration.acquire.errors import AcquireError
from orchestration.read.hostile_text import plain
from orchestration.read.markup import is_html
from orchestration.series.series import Series

HEAD_BYTES = 4096
EXPECTED = {
    "xlsx": "an XLSX workbook (a whole zip archive)",
    "csv": "a text file of separated values",
    "html": "a whole HTML page with a table",
}


def refuse_wrong_content(
    series: Series, place: str, content: bytes, remedy: str, is_end_proven: bool = True
) -> None:
    """Raise AcquireError where ``content`` is not of the series' kind, or visibly cut short.

    ``place`` is the URL or the file, ``remedy`` what to do about wrong content. ``is_end_proven``
    False (no Content-Length, no chunks): a text must also end as a text does.
    """
    if len(content) > series.max_bytes:
        found = f"{len(content):,} bytes (more than the series' max_bytes {series.max_bytes:,})"
    elif series.kind == "xlsx":
        found = "" if _is_zip(content) else _found(content)
    elif series.kind == "csv":
        found = _found(content) if not _is_text(content) or is_html(content) else ""
        if not found and not is_end_proven and not content.endswith((b"\n", b"\r")):
            found = "a text that ends within a line (a download cut short?)"
    else:
        found = _wrong_page(content, is_end_proven)
    if found:
        raise AcquireError(place, found, EXPECTED[series.kind], remedy)


def page_title(content: bytes) -> str:
    """The title of an HTML page, for an error message; '' where it has none."""
    title = re.search(rb"<title[^>]*>(.{0,300}?)</title", content[: 16 * HEAD_BYTES], re.I | re.S)
    return plain(title[1].decode("utf-8", "replace"), 80) if title else ""


def _wrong_page(content: bytes, is_end_proven: bool) -> str:
    if not is_html(content):
        return _found(content)
    if b"<table" not in content.lower():
        return f"{_found(content)} without a table"
    if not is_end_proven and b"</html" not in content[-HEAD_BYTES:].lower():
        return "a page without its end (a download cut short?)"
    return ""


def _is_zip(content: bytes) -> bool:
    # The directory stands at a zip's end: half a file has none.
    return content.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(content))


def _is_text(content: bytes) -> bool:
    head = content[:HEAD_BYTES]
    return (
        bool(head.strip()) and b"\0" not in head and not head.startswith((b"PK\x03\x04", b"%PDF"))
    )


def _found(content: bytes) -> str:
    if not content.strip():
        return "an empty file"
    if is_html(content):
        title = page_title(content)
        return f"an HTML page titled '{title}'" if title else "an HTML page"
    if content.startswith(b"PK\x03\x04"):
        return "a zip archive" if _is_zip(content) else "half a zip archive"
    if content.startswith(b"%PDF"):
        return "a PDF"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old .xls or a workbook with a password"
    return f"bytes that begin {content[:16]!r}"
