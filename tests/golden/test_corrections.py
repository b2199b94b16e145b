"""Listed corrections: what they change in the real publications and in the sample, and no more."""

import duckdb
import pytest

from tests.golden.rebuilding import copy_of_home, copy_of_project, dbt

SWAPPED_IN_JANUARY_2021 = "6c63df07b7b58387fcfa139738a07769a29c423c92d3a4d89ced272b3395c20c"


def ask(file, sql):
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def corrections(file):
    return dict(
        ask(file, "select correction_id, corrected_figure_count from marts.corrections order by 1")
    )


def test_every_correction_changes_a_figure_of_the_real_files_or_of_the_sample(
    real_version, sample_version
):
    real, sample = corrections(real_version), corrections(sample_version)
    assert real.keys() == sample.keys() != set()
    assert [name for name in real if not real[name] + sample[name]] == []


def test_a_correction_whose_vintage_is_not_held_says_so_and_stops_nothing(sample_version):
    assert ask(
        sample_version,
        "select distinct is_applied_here, not_applied_reason from marts.corrections "
        "where series = 'ice_detention_statistics'",
    ) == [(False, "no accepted vintage held here has this figure")]


def test_laredo_in_september_2022_is_8470_and_the_published_8_470_stays_beside(sample_version):
    assert ask(
        sample_version,
        "select inadmissible_count, published_inadmissible_count, is_corrected "
        "from marts.custody_inadmissibles "
        "where field_office = 'Laredo' and reference_month = '2022-09-01'",
    ) == [(8470, 8.47, True)]


def test_the_corrected_month_adds_up_to_the_total_that_the_page_prints(sample_version):
    assert ask(
        sample_version,
        "select published, ours_now, status from marts.reconciliation "
        "where measure = 'inadmissibles by month' and period = '2022-09'",
    ) == [(18170, 18170, "exact")]


def test_no_other_figure_of_the_custody_page_is_changed(sample_version):
    assert ask(
        sample_version,
        "select count(*), count(published_inadmissible_count) from marts.custody_inadmissibles "
        "where is_corrected",
    ) == [(1, 1)]


def test_the_adults_of_fy2020_are_not_booked_in_to_family_centers(real_version):
    assert ask(
        real_version,
        "select facility_type, sum(book_in_count), sum(published_book_in_count), "
        "bool_and(is_corrected), any_value(vintage_id) "
        "from marts.book_ins_by_facility_type where fiscal_year = 2020 group by 1 order by 1",
    ) == [
        ("adult", 181039, 1830, True, SWAPPED_IN_JANUARY_2021),
        ("family_residential_center", 1830, 181039, True, SWAPPED_IN_JANUARY_2021),
    ]


def test_in_no_year_do_family_facilities_exceed_the_adult_ones(real_version):
    assert (
        ask(
            real_version,
            "select fiscal_year from marts.book_ins_by_facility_type group by 1 "
            "having sum(book_in_count) filter (facility_type = 'adult') "
            "<= sum(book_in_count) filter (facility_type != 'adult')",
        )
        == []
    )


def test_the_raw_table_keeps_what_was_published(sample_home):
    assert ask(
        sample_home / "warehouse.duckdb",
        "select distinct value, published_text from raw.cbp_custody_transfers "
        "where row_code = 'Laredo' and reference_month = '2022-09-01'",
    ) == [(8.47, "8.470")]


@pytest.fixture(scope="module")
def changed(sample_home, tmp_path_factory):
    """Corrections rebuilt in a copy, with three more in the list."""
    folder = tmp_path_factory.mktemp("corrections")
    home, project = copy_of_home(sample_home, folder / "home"), copy_of_project(folder / "project")
    with (project / "seeds" / "corrections.csv").open("a") as seed:
        for name, published, status in [
            ("already_put_right", 3, "applied"),
            ("not_judged_yet", 7109, "proposed"),
            ("taken_back", 7109, "withdrawn"),
        ]:
            seed.write(
                f"{name},cbp_custody_transfers,title_8_inadmissibles,all,"
                "row_code=San Diego; reference_month=2022-09-01,value,"
                f"{published},1,a test,a test,{status}\n"
            )
    selected = "--select +corrections_made +custody_inadmissibles"
    kinds = "--resource-type seed --resource-type model"
    dbt(home, project, "build", *selected.split(), *kinds.split())
    return home / "build.duckdb"


def test_a_correction_of_what_is_published_no_longer_matches_nothing(changed, sample_version):
    assert "already_put_right" not in corrections(sample_version)
    assert corrections(changed)["already_put_right"] == 0


def test_only_an_applied_correction_changes_a_figure(changed):
    assert ask(
        changed,
        "select correction_id, matched_figure_count, corrected_figure_count from marts.corrections "
        "where correction_id in ('not_judged_yet', 'taken_back') order by 1",
    ) == [("not_judged_yet", 1, 0), ("taken_back", 0, 0)]
    assert ask(
        changed,
        "select inadmissible_count, is_corrected from marts.custody_inadmissibles "
        "where field_office = 'San Diego' and reference_month = '2022-09-01'",
    ) == [(7109, False)]
