"""Bytes of a delimited text file (CSV, pipes) to a frame of texts, with each row's line.

Belongs here: encoding, the header check, rows that are too short or too long, a page of HTML or
a workbook saved under a delimited file's name. What the columns mean belongs to the readers.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read.markup import is_html
from orchestration.read.reading import Document, PublicationError

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

SOURCE_PLACE = "source_place"
FETCH_AGAIN = "Fetch the file again from its landing page; if it is the same, ask the agency."
UPDATE_READER = "If the agency changed the layout, teach the reader of this series the new header."


def read_delimited(document: Document, header: Sequence[str], separator: str = ",") -> pd.DataFrame:
    """The rows of a delimited file as texts: the columns of ``header``, and ``source_place``.

    Texts stand as published, NULL where blank. Lines without any text are skipped; columns are
    found by name, in any order. PublicationError: not delimited text, another header, a row with
    too few or too many fields (half a file), no rows.
    """
    text = _text_of(document)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        names = [name.strip() for name in next(records)]
        _check_header(document, names, header, separator)
        for row in records:
            if len(row) == len(names):
                lines.append(records.line_num)
                rows.append(row)
            elif any(field.strip() for field in row):
                raise _ragged_row(document, records.line_num, row, names)
    except csv.Error as error:
        raise document.error(
            f"line {records.line_num}", f"text that does not parse: {error}",
            f"fields separated by {separator!r}", FETCH_AGAIN,
        ) from error  # fmt: skip
    if not rows:
        raise document.error("line 2", "the end of the file", "rows below the header", FETCH_AGAIN)
    frame = pd.DataFrame(rows, columns=names, dtype="str")
    frame = frame[list(header)]
    frame = frame.mask(frame.apply(lambda texts: texts.str.strip() == ""))
    frame[SOURCE_PLACE] = [f"line {line}" for line in lines]
    # a spreadsheet pads a file with rows of nothing but separators
    has_text = frame[list(header)].notna().any(axis=1)
    return frame[has_text].reset_index(drop=True)


def is_cut_in_last_line(document: Document) -> bool:
    """Whether the file ends without the end of a line: every real file ends with one."""
    return not document.content.endswith((b"\n", b"\r"))


def _text_of(document: Document) -> str:
    """Decoded text: UTF-8 with or without mark, else the agencies' Windows code page."""
    content = document.content
    start = content[:4096].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise document.error("line 1", "an empty file", "a header and rows", FETCH_AGAIN)
    if is_html(content):
        raise document.error(
            "line 1", "a page of HTML", "a delimited file",
            "The site answered with a page (an error, or its bot protection): fetch again later, "
            "or put the file into the inbox by hand.",
        )  # fmt: skip
    if start.startswith((b"pk\x03\x04", b"%pdf", b"\x1f\x8b")):
        raise document.error("line 1", "a ZIP, XLSX, gzip or PDF file", "a text file", FETCH_AGAIN)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise document.error(
            f"line {line}", "a byte of zero (a hole in a download, or UTF-16)", "text in UTF-8",
            FETCH_AGAIN,
        )  # fmt: skip
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _check_header(
    document: Document, names: list[str], header: Sequence[str], separator: str
) -> None:
    missing = [name for name in header if name not in names]
    unexpected = [name for name in names if name not in header]
    twice = [name for name, times in Counter(names).items() if times > 1]
    cause = [
        f"{what}: {', '.join(repr(name) for name in which)}"
        for what, which in (("missing", missing), ("unexpected", unexpected), ("twice", twice))
        if which
    ]
    if cause:
        raise document.error(
            "line 1", f"the header {separator.join(names)[:500]!r}",
            f"the header {separator.join(header)!r}", UPDATE_READER, cause,
        )  # fmt: skip


def _ragged_row(
    document: Document, line: int, row: list[str], names: list[str]
) -> PublicationError:
    return document.error(
        f"line {line}", f"{len(row)} fields ({','.join(row)[:120]!r})",
        f"{len(names)} fields, as in the header",
        f"The file is cut or damaged there. {FETCH_AGAIN}",
    )  # fmt: skip
