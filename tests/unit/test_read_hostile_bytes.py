"""Whatever the bytes, a reader gives tables or a PublicationError that says what to do.

Each series is fed what is no publication at all, and small publications with random damage. The
damage is drawn from a fixed seed: a failure repeats.
"""

import io
import random
import re
import zipfile
from datetime import date

import pytest

from orchestration.read.reading import Document, PublicationError
from orchestration.series.catalog import SERIES
from tests.unit import cbp_documents as cbp
from tests.unit import ice_workbook_writer as ice
from tests.unit import test_cbp_border_patrol_history as history
from tests.unit import test_ohss_workbook as ohss

NAMES = list(SERIES)
STATE = "cbp_nationwide_encounters_state"
CUSTODY = "cbp_custody_transfers"


def zipped(**parts):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


NO_PUBLICATION = {
    "nothing": b"",
    "blanks": b" \r\n" * 1000,
    "zeros": bytes(1000),
    "random bytes": random.Random(1).randbytes(10_000),
    "an error page": b"<!DOCTYPE html><html><body><h1>Access Denied</h1></body></html>",
    "an XML bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
    b"<html><table><tr><td>&b;</td></tr></table></html>",
    "deep tags": b"<html>" + b"<table><tr><td>" * 10_000,
    "a PDF": b"%PDF-1.7\n",
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "JSON": b'{"error": "not found"}',
    "another CSV": b"a,b\n1,2\n",
    "one long line": b"x" * 10_000_000,
    "an open quote": b'"' + b"a,b\n" * 10_000,
    "a zip": zipped(**{"a.txt": "a"}),
    "half a zip": zipped(**{"xl/workbook.xml": "x" * 5000})[:2000],
    "a mark and no more": b"\xef\xbb\xbf",
    "UTF-16": "Fiscal Year,Month\n2024,OCT\n".encode("utf-16"),
}


@pytest.mark.parametrize("series", NAMES)
@pytest.mark.parametrize("what", NO_PUBLICATION)
def test_what_is_no_publication_is_refused_with_file_place_found_expected_and_remedy(series, what):
    with pytest.raises(PublicationError) as raised:
        SERIES[series].read(Document(NO_PUBLICATION[what], "some-file", date(2026, 9, 12)))
    error = raised.value
    assert (error.file, bool(error.place)) == ("some-file", True)
    assert error.found
    assert error.expected
    assert error.remedy.endswith(".")
    assert str(error).isprintable()
    assert len(str(error)) < 3000


def state():
    rows = [
        cbp.state_row(month=month, demographic=demographic)
        for month in ("OCT", "NOV", "DEC", "JAN")
        for demographic in ("FMUA", "UAC")
    ]
    return cbp.csv_document(cbp.STATE_HEADER, *rows)


def custody():
    rows = {"Laredo": ["1,234", "5"], "Other2": ["-", ""], "Total": ["1,234", "5"]}
    return cbp.page(cbp.monthly_table("Title 8 Inadmissibles", ["Oct-25", "Nov-25"], rows))


def months():
    return history.document(history.month_row(10, 2000, 1999), history.month_row(11, 2000, 1999))


TEXTS = [
    "", "-1", "1.5", "1,18", "8.470", "X", "null", "nan", "inf", "1e999", "9" * 400, "0000", "9999",
    "2024", "FY2021", "FY9999", "Total", "Month", "Fiscal Year", "October", "Oct-25", "Oct-99",
    "Name", "Address", "Agency", "<script>alert(1)</script>", "=1+1", "\x1b[31m", "\u202e", "中国",
    "—", "x" * 5000, "through 13/45/2021", "through 01/01/0001", "a: Fiscal Years 2024 to 0000",
    "ICE Removals: FY2021", '"', "&", "</table>",
]  # fmt: skip


def damaged_text(content, chance):
    """Cells of a delimited file or a page replaced, doubled or taken out; bytes changed."""
    for _ in range(chance.choice([1, 2, 5])):
        cells = [cell.span() for cell in re.finditer(rb"[^,|\r\n<>]+|<[^>]*>", content)]
        start, end = chance.choice(cells)
        new = chance.choice([*TEXTS, content[start:end].decode("utf-8", "replace") * 2])
        content = content[:start] + new.encode("utf-8", "replace") + content[end:]
    if chance.random() < 0.2:
        at = chance.randrange(len(content))
        content = content[:at] + chance.randbytes(chance.choice([1, 50])) + content[at:]
    return content[: chance.randrange(len(content))] if chance.random() < 0.1 else content


def damaged_rows(rows, chance):
    """Rows of cells with some of them replaced, doubled, emptied or taken out."""
    rows = [list(row) for row in rows]
    for _ in range(chance.choice([0, 1, 3])):
        row = chance.choice(rows)
        kind = chance.random()
        if kind < 0.7 and row:
            row[chance.randrange(len(row))] = chance.choice([*TEXTS, 0, -5, 1.5, 1e300, True])
        elif kind < 0.8:
            rows.insert(chance.randrange(len(rows)), list(row))
        elif kind < 0.9 and len(rows) > 1:
            rows.remove(row)
        else:
            row.clear()
    return rows


def damaged_ice(chance):
    detention = ice.detention_sheet()
    sheets = {
        "Detention FY21 YTD": detention,
        "Facilities FY21 YTD": [(0, 0, ice.facilities())],
        "Footnotes": [(0, 0, ice.footnotes())],
    }
    return ice.workbook(
        {
            name: [(top, left, damaged_rows(rows, chance)) for top, left, rows in blocks]
            for name, blocks in sheets.items()
        }
    )


def damaged_ohss(chance):
    rows = damaged_rows(ohss.SHEET, chance)
    return ohss.workbook(
        family=rows, **({"unknown": rows} if chance.random() < 0.2 else {})
    ).content


DAMAGED = {
    STATE: lambda chance: damaged_text(state().content, chance),
    CUSTODY: lambda chance: damaged_text(custody().content, chance),
    "cbp_border_patrol_history": lambda chance: damaged_text(months().content, chance),
    "ice_detention_statistics": damaged_ice,
    "ohss_monthly_tables": damaged_ohss,
}


@pytest.mark.parametrize("series", DAMAGED)
def test_a_damaged_publication_gives_tables_or_a_publication_error_and_nothing_else(series):
    outcomes = set()
    for seed in range(80):
        content = DAMAGED[series](random.Random(seed))
        document = Document(content, "FY21_some-fy24-fy24-oct-file", date(2026, 9, 12))
        try:
            reading = SERIES[series].read(document)
        except PublicationError as error:
            outcomes.add("refused")
            assert str(error).isprintable()
            continue
        outcomes.add("read")
        SERIES[series].footings(reading.tables)
        reading.content_sha256()
        assert set(reading.coverage) == set(reading.tables)
        for name, frame in reading.tables.items():
            assert list(frame.columns) == list(SERIES[series].table(name).columns)
        for finding in (*reading.problems, *reading.warnings):
            assert finding.message.isprintable()
            assert len(finding.message) <= 1000
    assert outcomes == {"read", "refused"}
