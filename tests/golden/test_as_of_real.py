"""What the agencies said on a past day, against their own files; where that is kept, and how small.

Which file was the newest known on a day is written out, from the manifest of the publications.
"""

import shutil
from datetime import date

import duckdb
import pytest

from tests.conftest import border
from tests.golden.comparison import differences
from tests.golden.test_marts_from_the_files import CODES, STATE, cbp_file


@pytest.fixture(scope="module")
def published(real_version, tmp_path_factory):
    """A renamed copy of the published file, attached under a name of its own."""
    copy = tmp_path_factory.mktemp("renamed") / "figures of 2026.duckdb"
    shutil.copyfile(real_version, copy)
    connection = duckdb.connect()
    connection.execute(f"attach '{copy}' as another_name (read_only)")
    connection.execute("use another_name")
    connection.execute(f"create temp macro code(label) as (map {CODES})[label]")
    yield connection
    connection.close()


def marts_with_a_past(connection):
    rows = connection.execute(
        "select table_name from meta.table_macros where schema_name = 'marts' order by 1"
    )
    return [mart for (mart,) in rows.fetchall()]


def as_of(mart, day):
    return f"select * exclude (is_as_of_estimated) from marts.{mart}_as_of('{day}')"


# --- the same tables ----------------------------------------------------------------------------


def test_every_table_of_figures_has_a_past(published):
    marts = {
        mart
        for (mart,) in published.execute(
            "select table_name from duckdb_tables() "
            "where schema_name = 'marts' and database_name = 'another_name'"
        ).fetchall()
    }
    assert marts - set(marts_with_a_past(published)) == {"claims", "corrections", "reconciliation"}


def test_a_past_answer_has_the_columns_and_types_of_its_mart_and_says_if_it_is_estimated(published):
    for mart in marts_with_a_past(published):
        columns = [row[:2] for row in published.execute(f"describe marts.{mart}").fetchall()]
        answer = published.execute(f"describe from marts.{mart}_as_of('2024-03-01')").fetchall()
        assert [row[:2] for row in answer] == [*columns, ("is_as_of_estimated", "BOOLEAN")], mart


def test_what_is_known_at_the_end_of_all_days_is_what_the_marts_say(published):
    for mart in marts_with_a_past(published):
        now, then = f"select * from marts.{mart}", as_of(mart, "2199-12-31")
        rows = published.execute(
            f"select * from (({now}) except all ({then})) union all (({then}) except all ({now}))"
        ).fetchall()
        assert rows == [], mart


def test_before_anything_was_published_nothing_was_known(published):
    for mart in marts_with_a_past(published):
        assert published.execute(as_of(mart, "2019-10-05")).fetchall() == [], mart


# --- what the files say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "newest_files"),
    [
        # the file of September, in the folder of November; then October's, about 45 days after it
        ("2023-12-01", {"fy20-fy23": ">= 2020"}),
        ("2023-12-31", {"fy20-fy23": "= 2020", "fy21-fy24-oct": ">= 2021"}),
        ("2024-03-01", {"fy20-fy23": "= 2020", "fy21-fy24-dec": ">= 2021"}),
        ("2025-11-29", {"fy20-fy23": "= 2020", "fy21-fy24-apr": ">= 2021"}),
    ],
)
def test_encounters_by_state_as_of_a_day_are_those_of_the_file_that_was_newest(
    publications, published, day, newest_files
):
    labels = {
        "region": "Land Border Region", "state": "State", "demographic": "Demographic",
        "citizenship": "Citizenship", "title": "Title of Authority",
    }  # fmt: skip
    files = " union all ".join(
        f"select * from ({cbp_file(publications / STATE.format(name), labels)})"
        f" where fiscal_year {years}"
        for name, years in newest_files.items()
    )
    expected = f"""
        select fiscal_year, month, code(region), state, code(demographic), upper(citizenship),
            code(title), sum(figure)::bigint from ({files}) group by all"""
    found = f"""
        select fiscal_year, reference_month, border_region, state, demographic, upper(citizenship),
            title_of_authority, encounter_count from marts.encounters_by_state_as_of('{day}')"""
    assert differences(published, expected, found) == []


def test_the_book_ins_of_december_2021_were_restated_on_22_january_2022(published):
    for day, count in [("2022-01-21", 33_856), ("2022-01-22", 30_459)]:
        assert published.execute(f"""
            select sum(book_in_count), bool_or(is_as_of_estimated)
            from marts.book_ins_as_of('{day}') where reference_month = '2021-12-01'
        """).fetchone() == (count, False)


def test_the_book_outs_of_october_2023_count_something_else_from_2_february_2024(published):
    for day, count, definition in [
        ("2024-02-01", 10_028, "final_releases"),
        ("2024-02-02", 20_375, "final_book_outs"),
    ]:
        assert published.execute(f"""
            select sum(book_out_count), any_value(definition), count(distinct definition)
            from marts.book_outs_as_of('{day}') where reference_month = '2023-10-01'
        """).fetchone() == (count, definition, 1)


@pytest.mark.parametrize(
    ("day", "month", "count", "blank_cells"),
    [
        ("2025-08-20", "2025-05-01", 2753, 1),  # paroled: blank, 2 and 36, and 38 in all
        ("2025-09-01", "2025-05-01", 2754, 1),
        ("2026-01-10", "2026-01-01", 138, 2),  # paroled: null, 2 and null, and 2 in all
    ],
)
def test_releases_whose_total_ice_prints_are_published_though_a_cell_is_blank(
    published, day, month, count, blank_cells
):
    assert published.execute(f"""
        select release_count, null_reason like '%releases:%'
        from marts.detention_monthly_as_of('{day}') where reference_month = '{month}'
    """).fetchone() == (count, False)
    assert published.execute(f"""
        select sum(release_count), count_if(release_count is null)
        from marts.releases_from_ice_detention_as_of('{day}') where reference_month = '{month}'
    """).fetchone() == (count, blank_cells)


def test_releases_as_of_a_day_are_those_of_the_book_outs_as_of_that_day(published):
    assert (
        published.execute("""
        select sum(release_count) from marts.releases_from_ice_detention_as_of('2024-02-02')
        where reference_month = '2023-10-01'
    """).fetchone()
        == published.execute("""
        select sum(book_out_count) from marts.book_outs_as_of('2024-02-02')
        where reference_month = '2023-10-01' and is_released_into_us
    """).fetchone()
    )


def test_a_lower_series_answers_until_the_higher_one_is_known(published):
    # the custody page (known at the end of September 2026) never comes before OHSS where that has
    # the month; before it was known its months were not there at all
    sources = "select distinct series from marts.releases_from_border_custody_as_of('{}')"
    assert published.execute(sources.format("2026-09-29")).fetchall() == [("ohss_monthly_tables",)]
    assert len(published.execute(sources.format("2026-09-30")).fetchall()) == 2
    # OHSS (from August 2024) has sectors of months that the Border Patrol history had before
    assert published.execute("""
        select list(distinct series) from marts.sector_monthly_as_of('2024-08-08')
        where border_region = 'southwest' and reference_month = '2015-01-01'
    """).fetchone() == (["cbp_border_patrol_history"],)
    assert published.execute("""
        select list(distinct series) from marts.sector_monthly_as_of('2024-08-09')
        where border_region = 'southwest' and reference_month = '2015-01-01'
    """).fetchone() == (["ohss_monthly_tables"],)


def test_an_answer_that_rests_on_an_estimated_day_says_so(published):
    estimated = published.execute("""
        select reference_month, any_value(is_as_of_estimated) from
        marts.encounters_by_state_as_of('2024-03-01')
        where reference_month in ('2020-01-01', '2023-12-01') group by all order by all
    """).fetchall()
    # FY2020 stands in the file of the folder 2023-Nov only, December in one without any date
    assert estimated == [(date(2020, 1, 1), False), (date(2023, 12, 1), True)]


# --- when a vintage was known --------------------------------------------------------------------


def test_no_vintage_is_known_before_a_date_inside_it_and_estimates_keep_the_order(published):
    assert (
        published.execute("""
        select vintages.published_name from meta.vintages
        inner join meta.vintage_tables using (vintage_id)
        where vintages.known_on < vintage_tables.coverage_end
    """).fetchall()
        == []
    )
    assert (
        published.execute("""
        select estimated.published_name, other.published_name
        from meta.vintages as estimated inner join meta.vintages as other using (series)
        where estimated.known_on_basis = 'estimated'
            and estimated.coverage_end < other.coverage_end and estimated.known_on > other.known_on
    """).fetchall()
        == []
    )


def test_a_month_of_capture_counts_with_its_last_day(published):
    assert published.execute("""
        select known_on, known_on_basis from meta.vintages where series = 'cbp_custody_transfers'
    """).fetchall() == [(date(2026, 9, 30), "captured")]


# --- how it is kept ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mart", "vintages", "times"),
    [("encounters_by_state", 8, 1.1), ("book_ins", 90, 4), ("book_outs", 80, 4)],
)
def test_a_history_of_many_vintages_takes_a_few_times_the_rows_of_one(
    published, mart, vintages, times
):
    held, now, kept = published.execute(f"""
        select
            (select count(distinct vintage_id) from history.reigns where mart = '{mart}'),
            (select count(*) from marts.{mart}), (select count(*) from history.{mart})
    """).fetchone()
    assert held >= vintages
    assert now < kept <= times * now


# --- border query --as-of ------------------------------------------------------------------------


def test_border_query_asks_every_mart_as_of_a_day(published, real_home):
    counts = " union all ".join(
        f"select '{mart}' as mart, count(*) as row_count, count(is_as_of_estimated) as flags"
        f" from marts.{mart}"
        for mart in marts_with_a_past(published)
    )
    said = border(real_home, "query", "--as-of", "2024-03-01", f"{counts} order by 1")
    assert said.returncode == 0, said.stderr
    expected = [
        published.execute(f"select count(*) from marts.{mart}_as_of('2024-03-01')").fetchone()[0]
        for mart in marts_with_a_past(published)
    ]
    rows = [line.split() for line in said.stdout.splitlines() if "_" in line or "s" in line]
    found = {row[0]: row[1:] for row in rows if row[0] in marts_with_a_past(published)}
    assert found == {
        mart: [str(count)] * 2
        for mart, count in zip(marts_with_a_past(published), expected, strict=True)
    }


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select * from marts.claims", "as of 2024-03-01 are: marts.apprehensions"),
        ("drop view marts.encounters", "expected one that only reads"),
        ("create table marts.mine as select 1", "expected one that only reads"),
        ("select * from read_text('/etc/hostname')", "disabled"),
        ("set enable_external_access = true", "expected one that only reads"),
    ],
)
def test_border_query_as_of_a_day_reads_the_past_and_nothing_else(real_home, sql, word):
    said = border(real_home, "query", "--as-of", "2024-03-01", sql)
    assert said.returncode == 1
    assert word in " ".join(said.stderr.split())


def test_border_query_as_of_a_day_reads_what_is_known_about_the_vintages(real_home):
    said = border(
        real_home, "query", "--as-of", "2024-03-01",
        "select count(*) as held from meta.vintages inner join marts.encounters using (vintage_id)",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
