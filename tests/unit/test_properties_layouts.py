"""A table rendered in an agency's layout, by the writers of the sample, is read back equal."""

from datetime import date
from itertools import product

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from orchestration.mirror import sample_cbp, sample_ohss
from orchestration.mirror.sample_publication import new_workbook
from orchestration.read.reading import Document
from orchestration.series.catalog import SERIES
from tests.properties import examples
from tests.unit import ice_workbook_writer as ice

COUNT = st.integers(0, 999_999)
DEMOGRAPHICS = ("FMUA", "Single Adults", "UC / Single Minors")
CITIZENSHIPS = ("MEXICO", "CHINA, PEOPLES REPUBLIC OF", 'A "NEW" COUNTRY', "CÔTE D'IVOIRE")
MONTHS = [f"2019-{month}" for month in (10, 11, 12)] + [f"2020-{month:02}" for month in range(1, 9)]


def as_month(text):
    return pd.Timestamp(f"{text}-01")


def figures(size):
    """A count for each of ``size`` places, from few drawn ones: hypothesis is slow with many."""
    return st.lists(COUNT, min_size=1, max_size=20).map(
        lambda drawn: [(drawn[at % len(drawn)] * 31 + at) % 1_000_000 for at in range(size)]
    )


@examples(25)
@given(
    through=st.sampled_from(MONTHS),
    is_closed=st.booleans(),
    counts=figures(len(DEMOGRAPHICS) * len(CITIZENSHIPS) * len(MONTHS)),
)
def test_cbps_file_by_state(through, is_closed, counts):
    posting = sample_cbp.Posting("2021-10-22", "2020-09" if is_closed else through)
    months = MONTHS[: MONTHS.index(through) + 1]
    written = dict(zip(product(months, DEMOGRAPHICS, CITIZENSHIPS), counts, strict=False))
    body = [
        [*posting.row_start(month), "Southwest Land Border", "TX", demographic, citizenship,
         "Title 8", count]
        for (month, demographic, citizenship), count in written.items()
    ]  # fmt: skip
    content = sample_cbp._delimited([sample_cbp.STATE_HEADER, *body])
    name = "nationwide-encounters-fy20-fy20-state.csv"
    series = SERIES["cbp_nationwide_encounters_state"]
    table = series.read(Document(content, name)).tables[series.name]
    assert {
        (row.reference_month, row.demographic_label, row.citizenship_label): row.value
        for row in table.itertuples()
    } == {(as_month(month), *labels): count for (month, *labels), count in written.items()}
    assert set(table["fiscal_year"]) == {2020}


CELL = COUNT.map(lambda count: (f"{count:,}", float(count))) | st.just(("-", None))
OFFICES = ("Laredo", "El Paso", "San Diego", "Tucson", "Total")


@examples(25)
@given(
    months=st.integers(1, 12),
    cells=st.lists(CELL, min_size=len(OFFICES) * 12, max_size=len(OFFICES) * 12),
)
def test_cbps_custody_page(months, cells):
    days = list(pd.date_range("2022-10-01", periods=months, freq="MS"))
    headers = [f"{day:%b-%y}" for day in days]
    written = dict(zip(product(OFFICES, headers), cells, strict=False))
    page = sample_cbp._custody_page(
        [
            {"field_office": office, "month_header": month, "value_text": text}
            for (office, month), (text, _) in written.items()
        ]
    )
    series = SERIES["cbp_custody_transfers"]
    reading = series.read(Document(page, "custody-and-transfer-statistics", date(2026, 9, 12)))
    table = reading.tables["title_8_inadmissibles"]
    found = {
        (row.row_label, row.column_label): None if pd.isna(row.value) else row.value
        for row in table.itertuples()
    }
    assert found == {place: value for place, (_, value) in written.items()}
    by_header = dict(zip(headers, days, strict=True))
    for row in table.itertuples():
        assert row.reference_month == by_header[row.column_label]
        assert (row.null_reason == "-") == pd.isna(row.value)


@examples(20)
@given(counts=figures(25 * 12), months=st.integers(1, 12))
def test_cbps_border_patrol_history(counts, months):
    *counted, fiscal_year, calendar_year = sample_cbp.HISTORY_COLUMNS[1:]
    assert (len(counted), fiscal_year, calendar_year) == (25, "fy", "cy")
    days = list(pd.date_range("1999-10-01", periods=months, freq="MS"))
    lines = [counts[25 * at : 25 * at + 25] for at in range(months)]
    body = [[day.month, *line, 2000, day.year] for day, line in zip(days, lines, strict=True)]
    content = sample_cbp._delimited([sample_cbp.HISTORY_COLUMNS, *body], separator="|")
    series = SERIES["cbp_border_patrol_history"]
    table = series.read(Document(content, "history.csv")).tables[series.name]
    found = {(row.reference_month, row.sector_label): row.value for row in table.itertuples()}
    assert found == {
        (day, column): count
        for day, line in zip(days, lines, strict=True)
        for column, count in zip(counted, line, strict=True)
    }


@examples(8)
@given(
    drawn=st.lists(
        COUNT.map(lambda count: count * 10) | st.sampled_from(["X", "NA"]), min_size=3, max_size=30
    ),
    outcomes=st.permutations(list(sample_ohss.OUTCOMES.items())[1:]),
)
def test_ohsss_monthly_table(drawn, outcomes):
    vintage = sample_ohss.VINTAGES[0]
    columns = [
        (block, outcome, label)
        for block in (sample_ohss.TOTAL, *sample_ohss.FAMILY_STATUSES)
        for outcome, label in [(sample_ohss.TOTAL, sample_ohss.TOTAL), *outcomes[:3]]
    ]
    months = sample_ohss._months(vintage)
    written = [
        [drawn[(at * 7 + place) % len(drawn)] for place in range(len(columns))]
        for at in range(len(months))
    ]
    workbook, content = new_workbook("2021-05-21")
    title = vintage.title("CBP SW Border Encounters Book-Outs by Family Status")
    sample_ohss._write_table(
        workbook.add_worksheet("CBP SWB Book-Outs by Family"),
        title,
        columns,
        sample_ohss._lines(vintage, written),
        sample_ohss.FAMILY_NOTES,
    )
    workbook.close()
    document = Document(content.getvalue(), vintage.published_name, date(2021, 5, 21))
    table = SERIES["ohss_monthly_tables"].read(document).tables["swb_book_outs_by_family_status"]
    monthly = table[table["reference_month"].notna()]
    found = [
        (row.reference_month, row.null_reason if pd.isna(row.value) else row.value)
        for row in monthly.itertuples()
    ]
    assert sorted(found, key=str) == sorted(
        (
            (as_month(month), figure)
            for month, line in zip(months, written, strict=True)
            for figure in line
        ),
        key=lambda place: str((place[0], place[1] if place[1] in ("X", "NA") else float(place[1]))),
    )


@examples(20)
@given(cbp=st.tuples(COUNT, COUNT), from_ice=st.tuples(COUNT, COUNT), ice_first=st.booleans())
def test_ices_book_ins(cbp, from_ice, ice_first):
    lines = [["CBP", *ice.months(*cbp), sum(cbp)], ["ICE  ", *ice.months(*from_ice), sum(from_ice)]]
    if ice_first:
        lines.reverse()
    totals = [first + second for first, second in zip(cbp, from_ice, strict=True)]
    rows = [*ice.book_ins()[:2], ["Total", *ice.months(*totals), sum(totals)], *lines]
    reading = SERIES["ice_detention_statistics"].read(ice.publication(book_ins=rows))
    table = next(frame for name, frame in reading.tables.items() if "book_ins" in name)
    days = (pd.Timestamp("2020-10-01"), pd.Timestamp("2020-11-01"))
    found = {
        (row.arresting_agency.casefold(), row.reference_month): row.value
        for row in table.itertuples()
        if row.reference_month in days
    }
    by_agency = {"cbp": cbp, "ice": from_ice, "total": totals}
    assert found == {
        (agency, day): count
        for agency, counts in by_agency.items()
        for day, count in zip(days, counts, strict=True)
    }
