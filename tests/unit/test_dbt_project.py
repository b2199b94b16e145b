"""The dbt project on a warehouse that holds almost nothing: it builds, and its own tests pass.

The rules that choose vintages and series are dbt unit tests beside the models; the build here runs
them. What the real publications give is asked in tests/golden.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse.ledger import create_ledger
from orchestration.warehouse.load import create_raw_tables

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
MARTS = {
    "apprehensions", "book_ins", "book_ins_by_facility_type", "book_outs", "border_monthly",
    "claims", "corrections", "custody_inadmissibles", "detention_monthly", "detention_population",
    "encounters", "encounters_by_area", "encounters_by_state",
    "expulsions", "facilities", "ice_fiscal_year_totals", "ice_removals", "outcomes_by_citizenship",
    "outcomes_by_component", "outcomes_by_family_status", "reconciliation",
    "releases_from_border_custody", "releases_from_ice_detention", "removals", "revision_summary",
    "revisions", "sector_monthly",
}  # fmt: skip
META = {
    "about", "checks", "freshness", "grains", "redefinitions", "runs", "sightings",
    "sources_of_this_version", "table_macros", "vintage_tables", "vintages",
}  # fmt: skip

# No AOR file is held, so this is made up; one label in it stands in no code list.
FEW_FIGURES = """
insert into ledger.vintages by name
    select unnest(['area', 'southwest']) as vintage_id, 'CBP' as agency,
        unnest(['cbp_nationwide_encounters_aor', 'cbp_southwest_encounters']) as series,
        'made up' as published_name, 'accepted' as status, date '2024-11-20' as known_on,
        date '2024-11-01' as publication_month, 'captured' as known_on_basis,
        now()::timestamp as loaded_at, 'a test' as loaded_with;
insert into ledger.vintage_tables by name
    select vintage_id, series, series as table_name, 'accepted' as status,
        date '2024-10-01' as coverage_start, date '2024-10-31' as coverage_end, 2 as rows
    from ledger.vintages;
insert into raw.cbp_nationwide_encounters_aor by name
    select 'area' as vintage_id, 'cbp_nationwide_encounters_aor' as table_name,
        2025 as fiscal_year, date '2024-10-01' as reference_month, 'USBP' as component,
        'southwest' as border_region, unnest(['El Paso', 'Tucson']) as area_of_responsibility,
        unnest(['single_adult', 'a_new_demographic']) as demographic, 'Mexico' as citizenship,
        'Mexico' as citizenship_group, 'title_8' as title_of_authority,
        'apprehension' as encounter_type, unnest([10, 5]) as value;
insert into raw.cbp_southwest_encounters by name
    select 'southwest' as vintage_id, 'cbp_southwest_encounters' as table_name,
        2025 as fiscal_year, date '2024-10-01' as reference_month, 'USBP' as component,
        'single_adult' as demographic, 'Mexico' as citizenship_group,
        'title_8' as title_of_authority, 'apprehension' as encounter_type, 14 as value;
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The home of a warehouse with a few figures after one `dbt build`, and what dbt said."""
    home = tmp_path_factory.mktemp("home")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        create_ledger(connection)
        for series in SERIES.values():
            create_raw_tables(connection, series)
        connection.execute(FEW_FIGURES)
    said = dbt(home, "build")
    assert said.returncode == 0, said.stdout[-5000:]
    return home, said.stdout


def dbt(home, *arguments):
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments],
        cwd=DBT_PROJECT,
        env=os.environ
        | {
            "BORDER_HOME": str(home),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_LOG_PATH": str(home / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def ask(built):
    with duckdb.connect(str(built[0] / "build.duckdb"), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_the_project_builds_and_its_unit_tests_pass_on_tables_without_rows(built):
    assert re.search(r"ERROR=0 SKIP=0", built[1])
    assert re.search(r"[1-9]\d* unit tests", built[1])


def test_the_marts_and_meta_of_the_contract_are_tables_of_the_build_file(ask):
    tables = ask("select schema_name, table_name from duckdb_tables()")
    assert {name for schema, name in tables if schema == "marts"} == MARTS
    assert {name for schema, name in tables if schema == "meta"} == META
    made_of_others = {
        "expulsions", "releases_from_ice_detention", "border_monthly", "detention_monthly",
        "claims", "corrections", "reconciliation", "revisions", "revision_summary",
    }  # fmt: skip
    assert {name for schema, name in tables if schema == "history"} == (
        MARTS - made_of_others | {"reigns", "detention_totals"}
    )
    assert ask("select count(*) from duckdb_views() where not internal") == [(0,)]


def test_every_staged_table_is_in_the_list_of_those_that_are_chosen_from_and_corrected():
    staged = [
        path.stem
        for path in (DBT_PROJECT / "models/staging").rglob("stg_*.sql")
        if "with_corrections(" in path.read_text()
    ]
    macros = (DBT_PROJECT / "macros/corrections.sql").read_text()
    (listed,) = re.findall(r"macro staged_tables\(\).*?return\(\[(.*?)\]\)", macros, re.DOTALL)
    assert sorted(staged) == sorted(
        "stg_" + table.replace("_", "__", 1) for table in re.findall(r"'(\w+)'", listed)
    )


#: Codes of which an agency can have any number.
WITHOUT_A_LIST = {
    "book_outs.release_reason",
    "detention_monthly.release_definition",
    "encounters_by_state.state",
    "facilities.area_of_responsibility",
    "facilities.state",
    "facilities.type_detailed",
    "facilities.zip",
    "ice_fiscal_year_totals.breakdown",
}


def test_every_code_of_a_mart_has_a_list_that_it_must_stand_in(built, ask):
    compiled = (built[0] / "target/compiled/border").rglob("*.sql")
    tested = {
        ".".join(names)
        for path in compiled
        for names in re.findall(
            r"'(\w+)' as table_name,\s+'(\w+)' as column_name", path.read_text()
        )
    }
    # what the tables left out hold are rows of others
    codes = ask("""
        select table_name || '.' || column_name from duckdb_columns()
        where schema_name = 'marts' and comment like '%Unit: code.' and table_name not in (
            'expulsions', 'releases_from_ice_detention', 'border_monthly')""")
    assert {code for (code,) in codes} - tested == WITHOUT_A_LIST


def test_every_column_that_names_a_vintage_is_held_against_the_list_of_vintages(built, ask):
    (compiled,) = (built[0] / "target/compiled").rglob("every_vintage_is_listed.sql")
    tested = set(re.findall(r"'(\w+\.\w+)' as named_in", compiled.read_text()))
    named = ask("""
        select table_name || '.' || column_name from duckdb_columns()
        where schema_name in ('marts', 'meta', 'history') and data_type = 'VARCHAR'
            and column_name similar to '.*vintage_(id|before|after)'""")
    # a correction can be of a vintage that is not held, or of all
    assert tested == {name for (name,) in named} - {"vintages.vintage_id", "corrections.vintage_id"}


def test_a_vintage_that_nobody_knows_and_a_code_that_nobody_wrote_end_the_build(built, tmp_path):
    for name in ("warehouse.duckdb", "build.duckdb"):
        shutil.copyfile(built[0] / name, tmp_path / name)
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute("update marts.encounters set vintage_id = 'nobody', date_basis = 'day'")
    said = dbt(tmp_path, "test", "--select", "every_vintage_is_listed", "our_own_codes")
    assert said.returncode != 0
    failed = re.findall(r"FAIL 1 (\w+) \.", said.stdout)
    assert sorted(failed) == ["every_vintage_is_listed", "our_own_codes"]


def test_every_column_carries_its_description_and_unit_into_the_file(ask):
    assert (
        ask("""
        select table_name, column_name from duckdb_columns()
        where schema_name in ('marts', 'meta', 'history')
            and coalesce(comment, '') not like '_% Unit: _%.'
    """)
        == []
    )


def test_a_figure_never_lacks_its_month_series_and_vintage(ask):
    nullable = ask("""
        select table_name, column_name from duckdb_columns()
        where schema_name = 'marts' and is_nullable
        and column_name in ('reference_month', 'fiscal_year', 'series', 'vintage_id')""")
    assert nullable == []


def test_the_area_file_takes_precedence_and_a_new_label_warns_and_stays(built, ask):
    assert ask("""
        select demographic, encounter_count, series from marts.encounters order by demographic
    """) == [
        ("a_new_demographic", 5, "cbp_nationwide_encounters_aor"),
        ("single_adult", 10, "cbp_nationwide_encounters_aor"),
    ]
    assert re.search(r"WARN 1 codes_of_encounters ", built[1])


def test_the_fiscal_year_begins_in_october(built):
    with duckdb.connect(str(built[0] / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("""
            select fiscal_year, fiscal_quarter, month_end::varchar
            from intermediate.int_fiscal_calendar
            where reference_month in ('2020-02-01', '2021-09-01', '2021-10-01')
            order by reference_month""").fetchall() == [
            (2020, 2, "2020-02-29"),
            (2021, 4, "2021-09-30"),
            (2022, 1, "2021-10-31"),
        ]
