"""Which published figures the agencies changed afterwards, in the real publications."""

from datetime import date

import duckdb
import pytest

STATE = "cbp_nationwide_encounters_state"


@pytest.fixture(scope="module")
def ask(real_version):
    with duckdb.connect(str(real_version), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def summary_of(ask, published_name):
    ((*figures,),) = ask(f"""
        select changed_count, net_difference, month_count, revised_count + appeared_count
            + vanished_count + redefined_count
        from marts.revision_summary inner join meta.vintages using (vintage_id)
        where table_name = '{STATE}' and published_name = '{published_name}'""")
    return figures


@pytest.mark.parametrize(
    ("years", "changed", "net", "months"),
    [
        ("fy21-fy24-nov", 76, -84, 37),
        ("fy21-fy24-dec", 99, -82, 38),
        ("fy21-fy24-jan", 149, -193, 39),
        ("fy21-fy24-mar", 157, -187, 40),
        ("fy21-fy24-apr", 177, -156, 42),
        ("fy22-fy25", 469, 370, 24 + 7),
    ],
)
def test_the_open_year_of_the_state_file_changes_in_every_vintage(ask, years, changed, net, months):
    name = f"nationwide-encounters-{years}-state.csv"
    assert summary_of(ask, name) == [changed, net, months, changed]
    assert ask(f"""
        select count(*), sum(difference), min(fiscal_year)
        from marts.revisions inner join meta.vintages on vintage_after = vintage_id
        where table_name = '{STATE}' and published_name = '{name}'
    """) == [(changed, net, 2024)]


def test_the_closed_years_of_the_state_file_never_changed(ask):
    assert (
        ask(f"""
        select fiscal_year, count(*) from marts.revisions
        where table_name = '{STATE}' and fiscal_year != 2024 group by 1
    """)
        == []
    )
    # and they were compared: FY2021 to FY2023 with October's file, FY2022 to April 2024 at the end
    assert summary_of(ask, "nationwide-encounters-fy21-fy24-oct-state.csv") == [0, 0, 36, 0]
    assert summary_of(ask, "nationwide-encounters-fy22-fy25-state.csv")[2] == 24 + 7


def test_a_row_that_is_gone_from_the_next_file_has_vanished(ask):
    kinds = dict(
        ask(f"select kind, count(*) from marts.revisions where table_name = '{STATE}' group by 1")
    )
    assert set(kinds) == {"revised", "appeared", "vanished"}
    assert ask(f"""
        select count(*) from marts.revisions where table_name = '{STATE}'
        and (old_value is null) != (kind = 'appeared') or (new_value is null) != (kind = 'vanished')
        and kind != 'redefined'
    """) == [(0,)]


def test_the_renaming_of_a_label_is_no_change(ask):
    # "UC / Single Minors" of 2024 is "UAC" in the file of FY2025
    assert ask(f"""
        select count(*) from marts.revisions where table_name = '{STATE}'
        and figure like '%demographic=unaccompanied_child%' and abs(difference) > 100
    """) == [(0,)]


def test_ices_restatement_of_december_2021_is_a_revision_with_a_warning(ask):
    assert ask("""
        select old_value, new_value, difference, round(change_percent, 1), kind,
            was_partial, warning, before.published_name, after.published_name, known_on_after
        from marts.revisions
        inner join meta.vintages as before on vintage_before = before.vintage_id
        inner join meta.vintages as after on vintage_after = after.vintage_id
        where table_name = 'ice_initial_book_ins' and reference_month = '2021-12-01'
            and figure = 'arresting_agency=Total' and abs(difference) > 1000
    """) == [(
        33_856, 30_459, -3_397, -10.0, "revised", False,
        "restated by -10.0 % after the month was over",
        "FY22_detentionStats01102022.xlsx", "FY22_detentionStats01202022.xlsx", date(2022, 1, 22),
    )]  # fmt: skip


def test_book_outs_since_february_2024_are_redefined_not_revised(ask):
    (row,) = ask("""
        select old_value, new_value, kind, published_name, redefinition
        from marts.revisions inner join meta.vintages on vintage_after = vintage_id
        where table_name = 'ice_final_book_outs' and reference_month = '2023-10-01'
            and figure = 'release_reason=total' and difference > 10000""")
    assert row[:4] == (10_028, 20_375, "redefined", "FY24_detentionStats02012024.xlsx")
    assert "final book-outs in place of final releases" in row[4]
    assert ask("""
        select count(*) from marts.revisions inner join meta.vintages on vintage_after = vintage_id
        where table_name = 'ice_final_book_outs' and kind != 'redefined'
            and published_name = 'FY24_detentionStats02012024.xlsx'""") == [(0,)]


def test_ohss_reclassified_between_april_and_june_2024(ask):
    assert ask("""
        select distinct kind, table_name, before.published_name, after.published_name
        from marts.revisions
        inner join meta.vintages as before on vintage_before = before.vintage_id
        inner join meta.vintages as after on vintage_after = after.vintage_id
        where table_name = 'swb_book_outs_by_agency' and before.coverage_end = '2024-04-30'
    """) == [(
        "redefined", "swb_book_outs_by_agency",
        "24-0809_ohss_immigration-enforcement-and-legal-processes-tables-april-2024.xlsx",
        "immigration-enforcement-and-legal-processes-tables-june-2024.xlsx",
    )]  # fmt: skip
    # 56,970 -> 39,520 and 168,360 -> 185,240 for the year; its months are rounded one by one
    changes = dict(
        ask("""
        select split_part(figure, 'column_code=', 2), sum(difference) from marts.revisions
        where table_name = 'swb_book_outs_by_agency' and fiscal_year = 2021 and kind = 'redefined'
            and figure like 'block_code=total;%' group by 1""")
    )
    assert changes["t8_repatriations"] == pytest.approx(39_520 - 56_970, abs=60)
    assert changes["transfers_to_ice"] == pytest.approx(185_240 - 168_360, abs=60)


def test_every_redefinition_is_seen_in_the_files(ask, real_home):
    with duckdb.connect(str(real_home / "warehouse.duckdb"), read_only=True) as warehouse:
        listed = warehouse.execute("select distinct table_name from seeds.redefinitions").fetchall()
    assert set(listed) == set(
        ask("select distinct table_name from marts.revisions where kind = 'redefined'")
    )


def test_a_month_that_was_not_over_grows_and_is_no_revision_of_the_summary(ask):
    assert ask("""
        select count(*) > 70, bool_and(difference > 0), count(warning) from marts.revisions
        where table_name = 'ice_initial_book_ins' and was_partial and figure like '%Total'
    """) == [(True, True, 0)]
    assert ask("""
        select summed.changed_count - counted.change_count from (
            select sum(changed_count) as changed_count from marts.revision_summary
        ) as summed, (
            select count(*) as change_count from marts.revisions
            where not was_partial and not is_overlapping
        ) as counted""") == [(0,)]


def test_the_figures_of_a_month_settle_within_known_days(ask):
    # the final file of FY2025 still changed October 2023, 761 days after that month
    assert ask(f"""
        select max(settled_after_days_most), max(largest_difference) from marts.revision_summary
        where table_name = '{STATE}'""") == [(761, 30)]
