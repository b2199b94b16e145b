"""The gate on every real publication: what is accepted, what is refused, and for which reason."""

import csv
import io
import re
import zipfile
from calendar import monthrange
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from orchestration.read.reading import Document
from orchestration.series.catalog import SERIES
from orchestration.warehouse.load import load

ICE = "ice_detention_statistics"
STATE = "cbp_nationwide_encounters_state"
HISTORY = "cbp_border_patrol_history"
FY21 = "ice/detention_statistics/2021-10-01__FY21_detentionStats10012021.xlsx"
FY20_FY23 = "cbp/nationwide_encounters_state/nationwide-encounters-fy20-fy23-state.csv"
TRANSCRIPTION = "cbp/border_patrol_history/usbp_monthly_encounters_fy2000-fy2020.csv"


def manifest(publications):
    with (publications / "manifest.csv").open() as file:
        return [row for row in csv.DictReader(file) if not row["path"].endswith(".pdf")]


def captured(row):
    day = row["captured_at"][:10]
    if len(day) == 7:
        year, month = int(day[:4]), int(day[5:])
        return date(year, month, monthrange(year, month)[1])
    return date.fromisoformat(day) if day else None


def archived(publications, row, content=None):
    """A publication as the archive hands it to the loader; ``content`` in place of its bytes."""
    content = content or (publications / row["path"]).read_bytes()
    sidecar = {
        "vintage_id": row["path"],
        "agency": row["agency"],
        "published_name": row["published_name"],
        "published_url": row["published_url"] or None,
        "captured_at": captured(row) and captured(row).isoformat(),
        "fetched_at": "2026-11-01T00:00:00+00:00",
        "bytes": len(content),
        "source_mode": "folder",
    }
    return sidecar, Document(content, row["published_name"], captured(row))


@pytest.fixture(scope="module")
def ask(real_home):
    """Rows of a query on the warehouse of a home that loaded all real publications in one run."""
    with duckdb.connect(str(real_home / "warehouse.duckdb"), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def load_changed(publications, path, series_name, *changes):
    """One real publication with changes (from, to) in its bytes or in its workbook's parts."""
    content = (publications / path).read_bytes()
    is_workbook = content.startswith(b"PK")
    for before, after in changes:
        content = (replaced_in_workbook if is_workbook else replaced)(content, before, after)
    row = next(row for row in manifest(publications) if row["path"] == path)
    with duckdb.connect() as connection:
        result = load(
            connection, SERIES[series_name], [archived(publications, row, content)], "run"
        )
    return result.vintages[0]


def replaced(content, before, after):
    assert content.count(before) >= 1, f"{before!r} does not stand in the publication"
    return content.replace(before, after, 1)


def replaced_in_workbook(content, before, after):
    """The workbook with one text of its XML replaced, which must stand there once."""
    written, found = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if re.fullmatch(r"xl/(worksheets/\w+|sharedStrings)\.xml", name):
                found += part.count(before)
                part = part.replace(before, after)
            target.writestr(name, part, zipfile.ZIP_DEFLATED)
    assert found == 1, f"{before!r} stands {found} times in the workbook"
    return written.getvalue()


def test_book_ins_and_releases_of_all_94_ice_workbooks_are_accepted(ask):
    assert ask(f"""
        select status, count(*) from ledger.vintages where series = '{ICE}' group by all
    """) == [("accepted", 94)]
    assert ask("""
        select table_name, status, count(*) from ledger.vintage_tables
        where table_name in ('ice_initial_book_ins', 'ice_final_book_outs')
        group by all order by all
    """) == [("ice_final_book_outs", "accepted", 94), ("ice_initial_book_ins", "accepted", 94)]


def test_two_ice_tables_are_refused_each_for_a_true_reason(ask):
    assert ask(f"""
        select known_on::varchar, published_name, table_name,
            list_transform(refused.reasons, lambda reason: split_part(reason, ':', 1))
        from ledger.vintage_tables as refused
        inner join ledger.vintages using (vintage_id)
        where refused.series = '{ICE}' and refused.status = 'quarantined' order by all
    """) == [
        ("2021-01-13", "FY21-detentionstats.xlsx", "ice_facilities", [
            "duplicate_row",  # the rooms of Frederick and others stand twice among the 1,882
            "number_of_facilities",
        ]),
        ("2021-06-10", "FY21_detentionStats060921.xlsx", "ice_facilities", [
            "facility_sheet_of_another_year"  # FY2021 beside the detention tables of FY2020
        ]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "key", "dimension", "total"),
    [
        ("ice_initial_book_ins", "reference_month", "arresting_agency", "Total"),
        ("ice_currently_detained", "criminality", "arresting_agency", "Total"),
        ("ice_final_book_outs", "reference_month", "release_reason", "total"),
    ],
)
def test_no_accepted_figure_is_wrong_against_the_workbooks_own_total(
    ask, table, key, dimension, total
):
    extra = {
        "ice_currently_detained": "and unit = 'people'",
        "ice_final_book_outs": "and not is_sub_reason and criminality is null",
    }.get(table, "")
    ((compared, wrong),) = ask(
        f"""
        with sums as (
            select vintage_id, {key},
                sum(value) filter ({dimension} <> '{total}') as parts,
                sum(value) filter ({dimension} = '{total}') as published
            from raw.{table}
            inner join ledger.accepted_tables using (vintage_id, table_name)
            where true {extra}
            group by all
        )
        select count(*), count(*) filter (abs(parts - published) > 0.001) from sums
        where parts is not null and published is not null
        """
    )
    assert compared > 250
    assert wrong == 0


@pytest.mark.parametrize(
    ("series", "vintages"),
    [
        (STATE, 8),
        ("cbp_southwest_encounters", 2),
        ("ohss_monthly_tables", 3),
        ("cbp_custody_transfers", 1),
        (HISTORY, 1),
    ],
)
def test_every_vintage_and_table_of_the_other_series_is_accepted(ask, series, vintages):
    for of_series, held in (("vintages", vintages), ("vintage_tables", None)):
        found = dict(ask(f"""
            select status, count(*) from ledger.{of_series} where series = '{series}' group by all
        """))  # fmt: skip
        assert found.keys() == {"accepted"}
        assert held in (None, found["accepted"])


def test_the_custody_page_is_warned_about_for_the_column_that_does_not_foot(ask):
    ((warning,),) = ask("""
        from (select unnest(warnings) as warning from ledger.vintage_tables
            where table_name = 'usbp_processing_dispositions')
        where warning like 'total_does_not_foot%'
    """)
    assert "Jan-26" in warning


def test_the_two_workbooks_that_swap_adults_and_families_are_warned_about(ask):
    """Kept as published: a person puts them right in the corrections."""
    assert ask("""
        select distinct known_on::varchar, published_name
        from (select vintage_id, unnest(warnings) as warning from ledger.vintage_tables
            where table_name = 'ice_book_ins_by_facility_type')
        inner join ledger.vintages using (vintage_id)
        where warning like 'family_exceeds_adult%Adult and FRC are swapped%' order by all
    """) == [
        ("2021-01-14", "FY20-detentionstats.xlsx"),
        ("2021-06-10", "FY21_detentionStats060921.xlsx"),
    ]


def test_no_month_of_a_real_publication_is_far_from_the_one_before(ask):
    ((judged, failed),) = ask("""
        select count(*), count(*) filter (not passed) from ledger.checks
        where starts_with(rule, 'month_far') or starts_with(rule, 'month_all_zero')
    """)
    assert judged > 0
    assert failed == 0


def test_no_vintage_is_known_before_its_figures_end(ask):
    assert ask("select published_name from ledger.vintages where known_on < coverage_end") == []


def test_one_changed_cell_of_a_real_workbook_quarantines_its_table_only(publications):
    vintage = load_changed(publications, FY21, ICE, (b"<v>33044</v>", b"<v>33144</v>"))
    assert vintage.status == "accepted"
    assert list(vintage.quarantined_tables) == ["ice_initial_book_ins"]
    assert "total_does_not_foot" in vintage.quarantined_tables["ice_initial_book_ins"][0]
    assert "Aug" in vintage.quarantined_tables["ice_initial_book_ins"][0]


def test_negative_removals_are_refused(publications):
    vintage = load_changed(publications, FY21, ICE, (b"<v>57627</v>", b"<v>-57627</v>"))
    (reason,) = [
        reason
        for reason in vintage.quarantined_tables["ice_removals"]
        if reason.startswith("negative_value")
    ]
    assert "P29" in reason


def test_a_renamed_header_quarantines_the_tables_that_have_it(publications):
    vintage = load_changed(publications, FY21, ICE, (b"<t>Agency</t>", b"<t>Bureau</t>"))
    assert vintage.status == "accepted"
    assert {
        table: reasons[0].split(":")[0] for table, reasons in vintage.quarantined_tables.items()
    } == {
        "ice_initial_book_ins": "header_changed",
        "ice_average_daily_population": "header_changed",
    }


def test_a_negative_count_in_a_state_file_quarantines_it(publications):
    first = b"2020,FYTD,APR,Northern Land Border,ID,Single Adults,CANADA,Title 8,2"
    vintage = load_changed(publications, FY20_FY23, STATE, (first, first[:-1] + b"-2"))
    assert vintage.status == "quarantined"
    assert "negative_value" in vintage.quarantined_tables[STATE][0]
    assert "line 2" in vintage.quarantined_tables[STATE][0]


def test_a_line_that_stands_twice_in_a_state_file_quarantines_it(publications):
    first = b"2020,FYTD,APR,Northern Land Border,ID,Single Adults,CANADA,Title 8,2\r\n"
    first = first if first in (publications / FY20_FY23).read_bytes() else first[:-2] + b"\n"
    vintage = load_changed(publications, FY20_FY23, STATE, (first, first + first))
    assert "duplicate_row" in vintage.quarantined_tables[STATE][0]


def test_a_renamed_column_of_a_state_file_quarantines_it_without_rows(publications):
    vintage = load_changed(publications, FY20_FY23, STATE, (b"Encounter Count", b"Encounters"))
    assert (vintage.status, vintage.rows) == ("quarantined", 0)
    assert "Encounters" in vintage.reasons[0]


def test_a_mistyped_month_of_the_history_does_not_foot_and_is_refused(publications):
    line = (publications / TRANSCRIPTION).read_bytes().splitlines()[1]
    cells = line.split(b"|")
    cells[5] = str(int(cells[5]) + 1).encode()
    vintage = load_changed(publications, TRANSCRIPTION, HISTORY, (line, b"|".join(cells)))
    assert vintage.status == "quarantined"
    assert "total_does_not_foot" in vintage.quarantined_tables[HISTORY][0]


def changed_state(publications, of_month):
    """The real file of FY2020 to FY2023 with the counts of April 2022 changed by ``of_month``."""
    lines = (publications / FY20_FY23).read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith((b"2022,FYTD,APR,", b"2022,Remaining,APR,")):
            start, count = line.rstrip().rsplit(b",", 1)
            lines[number] = start + b"," + of_month(count) + b"\r\n"
    row = next(row for row in manifest(publications) if row["path"] == FY20_FY23)
    with duckdb.connect() as connection:
        document = archived(publications, row, b"".join(lines))
        (vintage,) = load(connection, SERIES[STATE], [document], "run").vintages
    return [reason.split(":")[0] for reason in vintage.quarantined_tables.get(STATE, [])]


@pytest.mark.parametrize(
    ("of_month", "reasons"),
    [
        (lambda count: count, []),
        (lambda count: count + b"00", ["month_far_above_the_one_before"]),
        (lambda _: b"0", ["month_all_zero"]),
        (lambda _: b"", ["count_unreadable"]),
        (lambda count: b'"1,18"' if count == b"11" else count, ["count_unreadable"]),
        (lambda count: b"-" + count, ["negative_value"]),
        (lambda count: count + b".5", ["fractional_count"]),
    ],
)
def test_a_spoilt_month_of_a_real_state_file_quarantines_it(publications, of_month, reasons):
    found = changed_state(publications, of_month)
    assert set(reasons) <= set(found)
    assert bool(found) == bool(reasons)


def test_months_of_a_real_workbook_that_do_not_add_up_to_the_total_quarantine_its_table(
    publications,
):
    """Both agencies and their sum are changed alike: only the year's total tells."""
    row = next(row for row in manifest(publications) if row["path"] == FY21)
    (sidecar, document) = archived(publications, row)
    reading = SERIES[ICE].read(document)
    frame = reading.tables["ice_initial_book_ins"]
    of_august = frame["reference_month"] == "2021-08-01"
    changed = of_august & frame["arresting_agency"].isin(["ICE", "Total"])
    frame.loc[changed, "value"] += 7
    series = replace(SERIES[ICE], read=lambda _: reading)
    with duckdb.connect() as connection:
        (vintage,) = load(connection, series, [(sidecar, document)], "run").vintages
    (reason,) = vintage.quarantined_tables["ice_initial_book_ins"]
    assert reason.startswith("total_does_not_foot")
    assert "footing months_to_total" in reason
    assert vintage.status == "accepted"


def test_a_real_workbook_saved_without_the_value_of_a_total_has_its_table_quarantined(publications):
    vintage = load_changed(publications, FY21, ICE, (b"<v>33044</v>", b""))
    assert list(vintage.quarantined_tables) == ["ice_initial_book_ins"]
    reasons = [r.split(":")[0] for r in vintage.quarantined_tables["ice_initial_book_ins"]]
    assert sorted(reasons) == ["total_does_not_foot", "total_without_figure"]
