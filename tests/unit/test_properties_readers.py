"""Properties of the readers: of any bytes they make tables or a PublicationError, nothing else.

Damage is done to whole publications in the agencies' layouts: bits flipped, bytes cut out, doubled,
moved and put in, and the end cut off; in a workbook within the parts of its zip archive too.
"""

import io
import zipfile
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.read.reading import Document, PublicationError
from orchestration.series.catalog import SERIES
from tests.properties import examples
from tests.unit import cbp_documents as cbp
from tests.unit import ice_workbook_writer as ice
from tests.unit import test_cbp_border_patrol_history as history
from tests.unit import test_ohss_workbook as ohss

STATE = "cbp_nationwide_encounters_state"
AOR = "cbp_nationwide_encounters_aor"
SOUTHWEST = "cbp_southwest_encounters"
#: what spreadsheets and pages are made of
PIECES = [
    b",", b"|", b'"', b"\r\n", b"\n", b"\0", b"\xef\xbb\xbf", b"\xff", b"-", b".", b"e9", b"X",
    b"null", b"9" * 30, b"FYTD", b"Total", b"2024", b"OCT", b"<td>", b"</table>", b"<th colspan=9>",
    b"<v>1</v>", b"</row>", b'<c r="A1">', b't="s"', b"&#x1b;", b"=1+1",
]  # fmt: skip
FRACTION = st.floats(0, 1)
DAMAGE = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), FRACTION, st.integers(0, 7)),
        st.tuples(st.sampled_from(["drop", "double"]), FRACTION, st.integers(1, 60)),
        st.tuples(st.just("move"), FRACTION, FRACTION),
        st.tuples(st.just("insert"), FRACTION, st.sampled_from(PIECES) | st.binary(max_size=8)),
        st.tuples(st.just("end"), FRACTION, st.none()),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content: bytes, damage) -> bytes:
    """The bytes after each damage in turn; places are fractions of the length."""
    for kind, where, how in damage:
        at = int(where * (len(content) - 1)) if content else 0
        if kind == "flip" and content:
            content = content[:at] + bytes([content[at] ^ 1 << how]) + content[at + 1 :]
        elif kind == "drop":
            content = content[:at] + content[at + how :]
        elif kind == "double":
            content = content[: at + how] + content[at:]
        elif kind == "move":
            to = int(how * len(content))
            content = content[:to] + content[at : at + 40] + content[to:]
        elif kind == "insert":
            content = content[:at] + how + content[at:]
        elif kind == "end":
            content = content[:at]
    return content


def damaged_part(content: bytes, part: float, damage) -> bytes:
    """A workbook with one part of its zip archive damaged, and the archive itself whole."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w") as target:
        names = source.namelist()
        chosen = names[int(part * (len(names) - 1))]
        for name in names:
            inside = source.read(name)
            target.writestr(name, damaged(inside, damage) if name == chosen else inside)
    return written.getvalue()


@cache
def publication(series: str) -> bytes:
    """A whole small publication of a series."""
    if series == STATE:
        rows = [cbp.state_row(month=month) for month in ("OCT", "NOV", "DEC")]
        return cbp.csv_document(cbp.STATE_HEADER, *rows).content
    if series == AOR:
        row = (
            "2024,FYTD,{},U.S. Border Patrol,Southwest Land Border,El Paso Sector,EPT,FMUA,MEXICO,"
            "Title 8,Apprehensions,3"
        )
        return cbp.csv_document(cbp.AOR_HEADER, row.format("OCT"), row.format("NOV")).content
    if series == SOUTHWEST:
        row = "2024,FYTD,{},U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,3.0"
        return cbp.csv_document(cbp.SOUTHWEST_HEADER, row.format("OCT"), row.format("NOV")).content
    if series == "cbp_custody_transfers":
        rows = {"Laredo": ["1,234", "5"], "Other2": ["-", ""], "Total": ["1,234", "5"]}
        table = cbp.monthly_table("Title 8 Inadmissibles", ["Oct-25", "Nov-25"], rows)
        return cbp.page(table).content
    if series == "cbp_border_patrol_history":
        months = (history.month_row(10, 2000, 1999), history.month_row(11, 2000, 1999))
        return history.document(*months).content
    if series == "ohss_monthly_tables":
        return ohss.workbook(family=ohss.SHEET).content
    return ice.publication().content


def read_or_refuse(series: str, content: bytes) -> None:
    document = Document(content, "FY21_some-fy24-fy24-oct-file", date(2026, 9, 12))
    try:
        reading = SERIES[series].read(document)
    except PublicationError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 4000
        return
    SERIES[series].footings(reading.tables)
    reading.content_sha256()
    assert reading.tables.keys() == reading.coverage.keys()
    for name, frame in reading.tables.items():
        assert list(frame.columns) == list(SERIES[series].table(name).columns)
        assert not frame["value"].isin([float("inf"), float("-inf")]).any()
    for finding in (*reading.problems, *reading.warnings):
        assert finding.message.isprintable()


@pytest.mark.parametrize("series", SERIES)
def test_a_whole_small_publication_is_read(series):
    name = {STATE: "nationwide-encounters-fy24-fy24-dec-state.csv"}.get(series, "FY21.xlsx")
    assert SERIES[series].read(Document(publication(series), name)).tables


@pytest.mark.parametrize("series", SERIES)
@examples(40)
@given(damage=DAMAGE)
def test_any_damage_to_the_bytes_gives_tables_or_a_publication_error(series, damage):
    read_or_refuse(series, damaged(publication(series), damage))


@pytest.mark.parametrize("series", ["ice_detention_statistics", "ohss_monthly_tables"])
@examples(60)
@given(part=FRACTION, damage=DAMAGE)
def test_any_damage_within_a_workbook_gives_tables_or_a_publication_error(series, part, damage):
    read_or_refuse(series, damaged_part(publication(series), part, damage))


@pytest.mark.parametrize("series", SERIES)
@examples(20)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_any_bytes_at_all_give_tables_or_a_publication_error(series, content):
    read_or_refuse(series, content)
