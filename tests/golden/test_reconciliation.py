"""Published totals beside ours: on the real publications and the sample, nothing is unexplained."""

import duckdb
import pytest

from tests.golden.rebuilding import DBT_PROJECT, copy_of_home, dbt

NOT_SPLIT = "the publications held do not say which component"


def ask(file, sql, *values):
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def unexplained(file):
    return ask(
        file,
        "select comparison, measure, scope, period, published, ours_now from marts.reconciliation "
        "where status = 'unexplained' order by all",
    )


def compared(file, measure, scope, period):
    return ask(
        file,
        "select published, ours_now, difference, status from marts.reconciliation "
        "where measure = ? and scope = ? and period = ? order by published",
        measure,
        scope,
        period,
    )


def test_no_total_of_the_real_files_is_unexplained(real_version):
    assert unexplained(real_version) == []


def test_no_total_of_the_sample_is_unexplained(sample_version):
    assert unexplained(sample_version) == []


@pytest.mark.parametrize("version", ["real_version", "sample_version"])
def test_every_carried_in_total_has_its_row(version, request):
    file = request.getfixturevalue(version)
    assert ask(
        file, "select count(*) from marts.reconciliation where comparison = 'published total'"
    ) == [(125,)]


def test_the_totals_that_the_files_can_answer_are_answered(real_version):
    statuses = ask(
        real_version,
        "select split_part(status, ':', 1), count(*) from marts.reconciliation "
        "where comparison = 'published total' group by 1 order by 1",
    )
    assert statuses == [
        ("differs between sources", 1),
        ("differs, no vintage held from then", 11),
        ("exact", 44),
        ("not comparable", 69),
    ]


def test_the_totals_of_december_2020_and_january_2021_were_ours_then_and_are_revised(
    sample_version,
):
    found = ask(
        sample_version,
        "select measure, period, published, ours_as_of_then, ours_now from marts.reconciliation "
        "where status = 'revised since' order by all",
    )
    assert len(found) == 11
    assert [then for *_, then, _ in found] == [published for *_, published, _, _ in found]
    assert ("USBP encounters", "FY2021 Q1", 207968, 207968, 209342) in found
    assert ("USBP encounters", "FY2021 OCT", 67639, 67639, 69032) in found


def test_what_cannot_be_compared_says_why(real_version):
    assert compared(real_version, "OFO Total", "North", "FY2020 FY") == [
        (30220, None, None, f"not comparable: {NOT_SPLIT} (northern)")
    ]


def test_border_patrol_of_the_whole_country_is_answered_from_its_history(real_version):
    assert compared(real_version, "USBP encounters nationwide", "nationwide", "FY2019") == [
        (859501, 859501, 0, "exact")
    ]


def test_a_file_of_an_open_year_differs_from_the_final_one_by_19_and_7(real_version):
    found = ask(
        real_version,
        "select period, difference, status from marts.reconciliation "
        "where measure = 'southwest encounters by state' and difference != 0 order by 1",
    )
    assert found == [
        ("2024-10", 19, "differs between sources"),
        ("2024-11", 7, "differs between sources"),
    ]


def test_recognizance_of_fy2023_is_39626_by_ice_and_39700_by_ohss(real_version):
    found = compared(
        real_version, "ice book outs by fiscal year", "order_of_recognizance", "FY2023"
    )
    assert found == [(39700, 39626, -74, "differs between sources")]


def test_book_ins_of_fy2021_are_207572_by_ice_and_211450_by_ohss(real_version):
    found = compared(real_version, "ice book ins by fiscal year", "all agencies", "FY2021")
    assert found == [(211450, 207572, -3878, "differs between sources")]


#: What the table that is named as ours gives for a row of a comparison with another series.
OURS = {
    "southwest inadmissibles": (
        "select sum(encounter_count) from marts.{our_table} "
        "where reference_month = '{first_month}' and border_region = 'southwest' "
        "and component = 'OFO' and title_of_authority = 'title_8'"
    ),
    "ice book ins by fiscal year": (
        "select sum(total) from marts.{our_table} where fiscal_year = year(date '{last_month}') "
        "and if(breakdown is null, measure = 'book_ins' and '{scope}' = 'all agencies', "
        "measure = 'book_ins_by_arresting_agency' and breakdown = '{scope}')"
    ),
}


@pytest.mark.parametrize("measure", OURS)
def test_the_table_that_is_named_as_ours_has_our_figure(real_version, measure):
    rows = ask(
        real_version,
        "select our_table, scope, first_month, last_month, ours_now from marts.reconciliation "
        "where comparison = 'other series' and measure = ?",
        measure,
    )
    assert rows
    for our_table, scope, first_month, last_month, ours_now in rows:
        query = OURS[measure].format(
            our_table=our_table, scope=scope, first_month=first_month, last_month=last_month
        )
        assert ask(real_version, query) == [(ours_now,)]


def test_ohss_agrees_with_cbp_within_rounding_where_they_were_drawn_alike(real_version):
    statuses = dict(
        ask(
            real_version,
            "select status, count(*) from marts.reconciliation "
            "where measure = 'southwest encounters by month' group by 1",
        )
    )
    assert statuses == {"exact": 6, "rounding": 56, "differs between sources": 9}


def test_the_totals_that_ice_prints_are_the_sums_of_our_rows(real_version):
    found = ask(
        real_version,
        "select status, count(*) > 100 from marts.reconciliation where comparison = 'own total' "
        "and published_source like 'ice_detention_statistics%' group by 1",
    )
    assert found == [("exact", True)]


def test_columns_of_the_custody_page_that_do_not_foot_are_the_agencys_slips(sample_version):
    found = ask(
        sample_version,
        "select period, difference, status from marts.reconciliation "
        "where measure = 'inadmissibles by month' and difference != 0 order by 1",
    )
    assert {status for *_, status in found} == {
        "not comparable: the publication's own parts do not add up to its total"
    }
    assert [abs(difference) <= 2 for _, difference, _ in found] == [True] * 4


@pytest.fixture(scope="module")
def spoiled(sample_home, tmp_path_factory):
    """Reconciled again after a figure of three marts was made wrong by 1,000."""
    home = copy_of_home(sample_home, tmp_path_factory.mktemp("spoiled") / "home")
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        for change in (
            "update marts.encounters set encounter_count = encounter_count + 1000 where rowid = ("
            "select min(rowid) from marts.encounters where reference_month = '2020-05-01' and "
            "border_region = 'southwest' and component = 'OFO' "
            "and title_of_authority = 'title_42')",
            "update marts.book_ins set book_in_count = book_in_count + 1000 "
            "where reference_month = '2020-12-01' and arresting_agency = 'CBP'",
            "update marts.outcomes_by_family_status set person_count = person_count + 1000 "
            "where reference_month = '2021-02-01' and family_status = 'family_unit' "
            "and outcome = 't42_expulsions'",
        ):
            assert connection.execute(change).fetchone() == (1,)
    dbt(home, DBT_PROJECT, "run", "--select", "reconciliation")
    return home / "build.duckdb"


def test_a_wrong_figure_becomes_unexplained_wherever_it_is_held_against_another(spoiled):
    wrong = {(measure, scope, period) for _, measure, scope, period, *_ in unexplained(spoiled)}
    assert wrong == {
        ("OFO Title 42 Expulsions", "SW", "FY2020 MAY"),
        ("OFO Title 42 Expulsions", "SW", "FY2020 FY"),
        ("OFO Total", "SW", "FY2020 MAY"),
        ("OFO Total", "SW", "FY2020 FY"),
        ("Total enforcement encounters nationwide", "nationwide", "FY2020"),
        ("southwest encounters by state", "all encounters", "2020-05"),
        ("book-ins by month", "all agencies", "2020-12"),
        ("book-ins by fiscal year", "all agencies", "FY2021"),
        ("outcomes of encounters by month and family_status", "family_unit", "2021-02"),
    }
