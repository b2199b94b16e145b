"""Each figure is that of the very vintage which its row names, and no other vintage adds to it.

On the real publications, mart against raw table, row by row. What the files themselves hold is
compared in test_marts_from_the_files.py.
"""

import duckdb
import pytest

from tests.golden.comparison import differences


@pytest.fixture(scope="module")
def both(real_home, real_version):
    """The published tables, and the raw tables that they were made of as ``held.raw``."""
    connection = duckdb.connect()
    connection.execute(f"attach '{real_version}' as published (read_only)")
    connection.execute(f"attach '{real_home / 'warehouse.duckdb'}' as held (read_only)")
    connection.execute("use published")
    yield connection
    connection.close()


#: Of each mart its figures as published, by vintage, period and line; and the same of raw tables.
FIGURES = {
    "encounters": (
        """select vintage_id, reference_month as period, border_region, component, demographic,
            citizenship_group, title_of_authority, sum(encounter_count)::bigint
        from marts.encounters group by all""",
        """select vintage_id, reference_month as period, border_region, null as component,
            demographic, citizenship_group, title_of_authority, sum(value)::bigint
        from held.raw.cbp_nationwide_encounters_state
        -- the southwest has a file of its own until it ends
        where border_region != 'southwest' or reference_month > '2024-11-01'
        group by all
        union all
        select vintage_id, reference_month, 'southwest', component, demographic, citizenship_group,
            title_of_authority, sum(value)::bigint
        from held.raw.cbp_southwest_encounters group by all""",
    ),
    "book_outs": (
        """select vintage_id, reference_month as period, release_reason, criminality,
            sum(book_out_count)::bigint
        from marts.book_outs group by all""",
        """select vintage_id, reference_month as period, release_reason, criminality,
            sum(value)::bigint
        from held.raw.ice_final_book_outs
        where release_reason != 'total' and not is_sub_reason and criminality is not null
        group by all
        union all
        select vintage_id, reference_month, column_code, block_code, sum(value)::bigint
        from held.raw.ohss_monthly_tables
        where table_name = 'ice_book_outs_by_criminality'
            and block_code != 'total' and column_code != 'total'
        group by all""",
    ),
    "removals: returns": (
        """select vintage_id, reference_month as period, return_class, sum(removal_count)::bigint
        from marts.removals where kind = 'return' group by all""",
        """select vintage_id, reference_month as period, replace(block_code, '_return', ''),
            sum(value)::bigint
        from held.raw.ohss_monthly_tables
        where table_name = 'dhs_repatriations_by_type' and column_code = 'total'
            and block_code in ('enforcement_return', 'administrative_return')
        group by all""",
    ),
    "custody_inadmissibles": (
        """select vintage_id, reference_month as period, field_office,
            sum(coalesce(published_inadmissible_count, inadmissible_count))
        from marts.custody_inadmissibles group by all""",
        """select vintage_id, reference_month as period, row_code, sum(value)
        from held.raw.cbp_custody_transfers
        where table_name = 'title_8_inadmissibles' and row_code != 'total' group by all""",
    ),
    "book_ins_by_facility_type": (
        """select vintage_id, fiscal_year as period, facility_type, criminality,
            sum(coalesce(published_book_in_count, book_in_count))
        from marts.book_ins_by_facility_type group by all""",
        """select vintage_id, fiscal_year as period, facility_type, criminality, sum(value)
        from held.raw.ice_book_ins_by_facility_type
        where facility_type != 'total' and criminality is not null group by all""",
    ),
    "facilities": (
        """select vintage_id, fiscal_year as period, facility_name, address,
            list(average_daily_population order by average_daily_population)
        from marts.facilities group by all""",
        """select vintage_id, fiscal_year as period, name, address, list(value order by value)
        from held.raw.ice_facilities group by all""",
    ),
}


@pytest.mark.parametrize(("of_mart", "of_raw"), FIGURES.values(), ids=FIGURES)
def test_a_month_holds_all_figures_of_the_vintage_it_names_and_no_other_figure(
    both, of_mart, of_raw
):
    of_these = f"from ({of_raw}) semi join ({of_mart}) using (vintage_id, period)"
    assert differences(both, of_these, of_mart) == []
