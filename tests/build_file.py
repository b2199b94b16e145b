"""A built file as dbt leaves it, made by hand: two small marts and the meta tables, with comments.

The figures are real (USBP southwest encounters of October 2020 in two vintages; FY2024 book-ins).
"""

from datetime import date
from pathlib import Path

import duckdb

from orchestration.settings import Settings

NOTICE = "This product uses U.S. Customs and Border Protection data, but is not endorsed by CBP."

_MARTS = """
create schema marts;
create table marts.encounters (
    reference_month date not null, component varchar, citizenship varchar, null_reason varchar,
    encounter_count bigint, covered_through date, is_partial boolean not null
);
comment on table marts.encounters is 'Encounters by month and component; one row per both.';
comment on column marts.encounters.reference_month is 'Month the figure is about (first day).';
comment on column marts.encounters.encounter_count is 'Encounters (events, not people).';
insert into marts.encounters values
    ('2020-10-01', 'USBP', 'Mexico', null, {october}, '2020-12-31', false),
    ('2020-11-01', 'USBP', null, '-', null, '2020-12-31', false);
create table marts.book_ins (fiscal_year integer not null, agency varchar, book_in_count bigint);
comment on table marts.book_ins is 'Book-ins to ICE detention by fiscal year and agency.';
insert into marts.book_ins values (2024, 'CBP', 187298), (2024, 'ICE', 90615);
"""

_META = """
create schema meta;
create table meta.about (version varchar, built_at timestamp, source_mode varchar, notice varchar);
comment on table meta.about is 'What this file is.';
insert into meta.about values ('unpublished', now()::timestamp, 'unknown', '{notice}');
create table meta.vintages (
    vintage_id varchar, series varchar, agency varchar, published_name varchar,
    published_url varchar, known_on date, coverage_end date, status varchar, reasons varchar[],
    warnings varchar[]
);
create table meta.vintage_tables (
    vintage_id varchar, table_name varchar, status varchar, reasons varchar[], warnings varchar[],
    coverage_end date, rows bigint
);
create table meta.sources_of_this_version (
    vintage_id varchar, series varchar, table_name varchar, known_on date
);
create table meta.table_macros (
    creation_order integer, schema_name varchar, table_name varchar, macro_name varchar,
    definition varchar
);
create table meta.checks (
    run_id varchar, series varchar, vintage_id varchar, table_name varchar, engine varchar,
    rule varchar, severity varchar, reason varchar, passed boolean, failing_count bigint,
    sample varchar, checked_at timestamp
);
"""


def make_build(settings: Settings, october: int = 67639) -> Path:
    """Write ``settings.build`` anew; ``october`` is the encounter count of October 2020."""
    settings.build.parent.mkdir(parents=True, exist_ok=True)
    settings.build.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute(_MARTS.format(october=october))
        connection.execute(_META.format(notice=NOTICE))
    add_vintage(settings, "a1", known_on=date(2021, 1, 10), coverage_end=date(2020, 12, 31))
    return settings.build


def add_vintage(
    settings: Settings,
    vintage_id: str,
    series: str = "cbp_southwest_encounters",
    published_name: str = "sbo-encounters-fy21.csv",
    known_on: date = date(2021, 1, 10),
    coverage_end: date | None = None,
    status: str = "accepted",
    reasons: tuple[str, ...] = (),
    bad_table: str | None = None,
) -> None:
    """Add a vintage to the built file; ``bad_table`` is a table of it that was quarantined."""
    agency = series.partition("_")[0].upper()
    url = f"https://www.cbp.gov/{published_name}"
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute(
            "insert into meta.vintages values (?, ?, ?, ?, ?, ?, ?, ?, ?, [])",
            [vintage_id, series, agency, published_name, url, known_on, coverage_end, status,
             list(reasons)],
        )  # fmt: skip
        if status == "accepted":
            connection.execute(
                "insert into meta.sources_of_this_version values (?, ?, ?, ?)",
                [vintage_id, series, series, known_on],
            )
        if bad_table:
            connection.execute(
                "insert into meta.vintage_tables values (?, ?, 'quarantined', ?, [], null, 7)",
                [vintage_id, bad_table, list(reasons)],
            )


def change_build(settings: Settings, sql: str) -> None:
    """Run SQL on the built file."""
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute(sql)
