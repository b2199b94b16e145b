"""What stands in the files. A bad file costs only itself: all are posted at once.

Quarantined: it is archived, its reasons stand in the ledger and in `meta.vintages`, the run ends
with code 3, and the last good vintage keeps serving. Whatever is taken from it later (a reader that
has learnt the new form) is read from the archive.
"""

import io
import shutil
import struct
import zipfile

import duckdb
import pytest

from orchestration.acquire.archive import Archive
from tests.fault.agencies import (
    GOOD_FIGURES,
    ICE,
    STATE,
    Agencies,
    ice_url,
    state_file,
    state_lines,
    state_url,
    workbook,
)
from tests.unit.cbp_documents import STATE_HEADER, csv_document

LINES = state_lines("FEB")
GOOD = state_file("FEB")
FEBRUARY_ADULTS = b"FEB,Southwest Land Border,TX,Single Adults,MEXICO,Title 8,100"
assert FEBRUARY_ADULTS in GOOD


def with_header(header, change=lambda line: line):
    return csv_document(header, *map(change, LINES)).content


def with_count(count):
    return GOOD.replace(FEBRUARY_ADULTS, FEBRUARY_ADULTS.replace(b",100", b"," + count))


def zeros_in_february():
    lines = [f"{line.rpartition(',')[0]},0" if ",FEB," in line else line for line in LINES]
    return csv_document(STATE_HEADER, *lines).content


def csv_case(content, found, remedy, *, what, happens, told):
    return pytest.param(
        content, found, remedy, marks=pytest.mark.fault(what, happens, told), id=what
    )


BAD_FILES = [
    csv_case(
        GOOD + b"\r\n" * 3000 + bytes(10), "line 3017: found a byte of zero",
        "Fetch the file again",
        what="CSV with NULs", happens="quarantined; the last good one serves",
        told="the line of the first, and to fetch it again",
    ),
    csv_case(
        GOOD.replace(b"MEXICO", b'"MEXICO', 1), "text that does not parse", "Fetch the file again",
        what="CSV with a quote that is not closed", happens="quarantined; the last good one serves",
        told="the line, and to fetch it again",
    ),
    csv_case(
        GOOD + b"x" * 10_000_000, "line 17: found text that does not parse: field larger",
        "Fetch the file again",
        what="CSV with a line of 10 MB", happens="quarantined; the last good one serves",
        told="the line, and to fetch it again",
    ),
    csv_case(
        with_header(STATE_HEADER.replace("State,", "Demographic,")), "twice: 'Demographic'",
        "teach the reader",
        what="CSV with a header that stands twice", happens="quarantined; the last good one serves",
        told="which column stands twice or is missing",
    ),
    csv_case(
        with_header(f"{STATE_HEADER},Notes", lambda line: f"{line},x"), "unexpected: 'Notes'",
        "teach the reader",
        what="CSV with a column more", happens="quarantined; the last good one serves",
        told="which column is new, and to teach the reader",
    ),
    csv_case(
        with_header(
            STATE_HEADER.replace("Land Border Region,", ""),
            lambda line: line.replace("Southwest Land Border,", ""),
        ),
        "missing: 'Land Border Region'", "teach the reader",
        what="CSV with a column less", happens="quarantined; the last good one serves",
        told="which column is missing",
    ),
    csv_case(
        with_header(STATE_HEADER.replace("Encounter Count", "Encounters")),
        "missing: 'Encounter Count'; unexpected: 'Encounters'", "teach the reader",
        what="CSV with a renamed column", happens="quarantined; the last good one serves",
        told="which is missing and which is new",
    ),
    csv_case(
        with_count(b"-5"), "negative_value", "source_place line 15",
        what="a negative count", happens="quarantined; the last good one serves",
        told="the rule, its reason, how many rows, and where the first is",
    ),
    csv_case(
        with_count(b"10.5"), "fractional_count", "source_place line 15",
        what="a fraction of a person", happens="quarantined; the last good one serves",
        told="the rule, its reason, how many rows, and where the first is",
    ),
    csv_case(
        with_count(b"1180"), "month_far_above_the_one_before", "source_place line 1",
        what="ten times the month before", happens="quarantined; the last good one serves",
        told="the rule, its reason, how many rows, and where the first is",
    ),
    csv_case(
        zeros_in_february(), "month_all_zero", "source_place line 1",
        what="a month of zeros", happens="quarantined; the last good one serves",
        told="the rule, its reason, how many rows, and where the first is",
    ),
    csv_case(
        GOOD + csv_document(LINES[-1].rpartition(",")[0] + ",11").content, "duplicate_row",
        "source_place line 1",
        what="the same month and labels twice in one file, with different figures",
        happens="quarantined; the last good one serves",
        told="the rule, its reason, how many rows, and where the first is",
    ),
]  # fmt: skip

GOOD_FILES = [
    pytest.param(
        b"\xef\xbb\xbf" + GOOD, 120.0, id="mark",
        marks=pytest.mark.fault(
            "CSV with a byte order mark", "accepted with the same figures; the mark is no text"
        ),
    ),
    pytest.param(
        GOOD.replace(b"MEXICO", b"M\xc9XICO"), 120.0, id="latin-1",
        marks=pytest.mark.fault(
            "CSV in latin-1 (Windows)", "accepted; letters are kept, a label in no list is flagged",
            "a warning that names the new label",
        ),
    ),
]  # fmt: skip


def workbook_with(**parts):
    """ICE's workbook with further parts in its zip archive."""
    written = io.BytesIO(workbook())
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return written.getvalue()


def a_million_entries():
    """A zip archive whose directory lists one file a million times."""
    name = b"a"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0
    )
    directory = (entry + name) * 1_000_000
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(local), 0
    )
    return local + directory + end


def a_million_columns():
    """The workbook with a cell in column ZZZZ of row 50,000, and nothing between."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                far = b'<row r="50000"><c r="ZZZZ50000"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far)
            target.writestr(name, content)
    return written.getvalue()


LINK = (
    '<Relationships><Relationship Target="http://169.254.169.254/x.xlsx" TargetMode="External"/>'
    "</Relationships>"
)
WORKBOOKS = [
    pytest.param(
        lambda: workbook_with(xl__zeros=bytes(300 * 2**20)), "bytes when unpacked", id="bomb",
        marks=pytest.mark.fault(
            "a zip bomb as .xlsx", "quarantined; nothing of it is unpacked",
            "its size unpacked, and the most that is taken",
        ),
    ),
    pytest.param(
        a_million_entries, "about 1,000,000 entries", id="entries",
        marks=pytest.mark.fault(
            "a zip archive of a million entries as .xlsx", "quarantined; its directory is not read",
            "how many entries it has, and the most that is taken",
        ),
    ),
    pytest.param(
        a_million_columns, "cells as far out as column 475,254", id="columns",
        marks=pytest.mark.fault(
            "a workbook with a sheet of hundreds of thousands of columns",
            "quarantined; the grid between its cells is not filled",
            "how far out its cells are, and the most that is taken",
        ),
    ),
    pytest.param(
        lambda: workbook_with(
            xl__vbaProject_dot_bin=b"\xd0\xcf\x11\xe0",
            xl__externalLinks__externalLink1_dot_xml="<externalLink/>",
            xl__externalLinks___rels__externalLink1_dot_xml_dot_rels=LINK,
        ),
        "", id="macros",
        marks=pytest.mark.fault(
            "a workbook with macros and links to other workbooks",
            "accepted; nothing of them is run or followed",
        ),
    ),
]  # fmt: skip


def name_of(number):
    return f"nationwide-encounters-fy24-fy24-feb-state_{number}.csv"


def url_of(number):
    return f"{state_url('FEB').rpartition('/')[0]}/{name_of(number)}"


def contents(cases):
    return [case.values[0] for case in cases]


@pytest.fixture(scope="module")
def taken(good_home, tmp_path_factory):
    """One run in which every bad file was posted; and the agencies."""
    place = tmp_path_factory.mktemp("bad")
    shutil.copytree(good_home, place / "home")
    agencies = Agencies(place)
    for number, content in enumerate([*contents(BAD_FILES), *contents(GOOD_FILES)]):
        agencies.post(STATE, url_of(number), content, f"2024-03-{number + 10}")
    for number, content in enumerate(contents(WORKBOOKS)):
        agencies.post(ICE, ice_url(f"FY21_detentionStats1117202{number}.xlsx"), content())
    with agencies.mirror:
        taken = agencies.take()
    assert taken.errors == []
    return agencies, taken


@pytest.mark.parametrize(("content", "found", "remedy"), BAD_FILES)
def test_a_bad_file_is_quarantined_with_a_reason_that_tells_what_to_do(
    taken, content, found, remedy
):
    agencies, run = taken
    name = name_of(contents(BAD_FILES).index(content))
    reasons = run.reasons(name)
    assert found in reasons
    assert remedy in reasons
    assert reasons.isprintable()
    assert len(reasons) < 3000
    with duckdb.connect(str(agencies.settings.warehouse), read_only=True) as connection:
        accepted = connection.execute(
            "select count(*) from ledger.accepted_tables inner join ledger.vintages "
            "using (vintage_id) where published_name = ?",
            [name],
        ).fetchone()
    assert accepted == (0,)


@pytest.mark.parametrize(("content", "february"), GOOD_FILES)
def test_a_file_in_another_encoding_gives_the_same_figures(taken, content, february):
    agencies, run = taken
    name = name_of(len(BAD_FILES) + contents(GOOD_FILES).index(content))
    assert run.reasons(name) == ""
    with duckdb.connect(str(agencies.settings.warehouse), read_only=True) as connection:
        figures = connection.execute(
            "select sum(raw.value), min(citizenship_label) "
            "from raw.cbp_nationwide_encounters_state as raw inner join ledger.vintages "
            "using (vintage_id) where published_name = ? and reference_month = '2024-02-01'",
            [name],
        ).fetchone()
    assert figures == (february, "MÉXICO" if b"\xc9" in content else "MEXICO")


@pytest.mark.parametrize(("content", "found"), WORKBOOKS)
def test_a_workbook_made_to_do_harm_does_none(taken, content, found):
    _, run = taken
    name = f"FY21_detentionStats1117202{contents(WORKBOOKS).index(content)}.xlsx"
    (vintage,) = [it for it in run.loaded if it.published_name == name]
    assert vintage.status == ("quarantined" if found else "accepted")
    assert found in run.reasons(name)


def test_bad_files_are_kept_and_the_good_ones_serve(taken):
    agencies, run = taken
    archive = Archive(agencies.settings.archive)
    assert len(run.new) == len(BAD_FILES) + len(GOOD_FILES) + len(WORKBOOKS)
    for one in (STATE, ICE):
        for sidecar in archive.vintages(one):
            assert archive.read(sidecar.vintage_id)
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}


@pytest.mark.fault(
    "the same month posted twice with different figures",
    "two vintages; the one known last counts, the other stays for as-of answers and revisions",
)
def test_of_two_postings_of_a_month_the_later_counts(agencies):
    agencies.post(
        STATE,
        state_url("JAN").replace(".csv", "_0.csv"),
        state_file("JAN", {"NOV": "90"}),
        "2024-02-27",
    )
    taken = agencies.take(STATE)
    assert [it.status for it in taken.loaded] == ["accepted"]
    assert agencies.figures() == GOOD_FIGURES | {"2023-11": 110.0}
    assert len(Archive(agencies.settings.archive).vintages(STATE)) == 2


@pytest.mark.fault(
    "a vintage older than the one held",
    "accepted into its place in time; current figures do not change",
)
def test_an_older_vintage_changes_no_current_figure(agencies):
    older = agencies.post(STATE, state_url("DEC"), state_file("DEC", {"NOV": "90"}), "2024-01-18")
    taken = agencies.take(STATE)
    assert taken.new == [older]
    assert [it.status for it in taken.loaded] == ["accepted"]
    assert agencies.figures() == GOOD_FIGURES
