"""Listed corrections: what they change in the real publications and in the sample, and no more."""

import csv

import duckdb
import pytest

from orchestration.warehouse.as_of import create_macros
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


#: Made-up corrections: id, series, table, vintage, key, column, published, corrected, status.
MADE_UP = [
    ("already_put_right", "cbp_custody_transfers", "title_8_inadmissibles", "all",
     "row_code=San Diego; reference_month=2022-09-01", "value", 3, 1, "applied"),
    ("not_judged_yet", "cbp_custody_transfers", "title_8_inadmissibles", "all",
     "row_code=San Diego; reference_month=2022-09-01", "value", 7109, 1, "proposed"),
    ("taken_back", "cbp_custody_transfers", "title_8_inadmissibles", "all",
     "row_code=San Diego; reference_month=2022-09-01", "value", 7109, 1, "withdrawn"),
    ("area_file", "cbp_nationwide_encounters_aor", "cbp_nationwide_encounters_aor", "all",
     "area_of_responsibility=El Paso; component=USBP; demographic=single_adult; "
     "citizenship=Honduras; title_of_authority=title_42; reference_month=2021-01-01",
     "value", 1195, 1205, "applied"),
    ("state_file_figure", "cbp_nationwide_encounters_state", "cbp_nationwide_encounters_state",
     "all", "state=ID; demographic=single_adult; citizenship=Canada; title_of_authority=title_8; "
     "reference_month=2021-01-01", "value", 1, 5, "applied"),
    ("state_file_label", "cbp_nationwide_encounters_state", "cbp_nationwide_encounters_state",
     "all", "state=MT; demographic=single_adult; citizenship=Canada; title_of_authority=title_8; "
     "reference_month=2021-01-01", "demographic", "single_adult", "family_unit", "applied"),
    ("ice_book_outs", "ice_detention_statistics", "ice_final_book_outs", "all",
     "release_reason=paroled; criminality=other_immigration_violator; reference_month=2020-12-01",
     "value", 393, 390, "applied"),
    ("ice_book_ins_of_one_vintage", "ice_detention_statistics", "ice_initial_book_ins",
     "{known on 2021-05-05}", "arresting_agency=CBP; reference_month=2020-12-01",
     "value", 2553, 2653, "applied"),
    ("ohss", "ohss_monthly_tables", "swb_book_outs_by_family_status", "all",
     "block_code=single_adult; column_code=usbp_releases; reference_month=2021-02-01",
     "value", 870, 880, "applied"),
]  # fmt: skip


@pytest.fixture(scope="module")
def changed(sample_home, tmp_path_factory):
    """The sample built again in a copy, with more corrections in the list, and its table macros."""
    folder = tmp_path_factory.mktemp("corrections")
    home, project = copy_of_home(sample_home, folder / "home"), copy_of_project(folder / "project")
    ((known_in_may,),) = ask(
        home / "warehouse.duckdb",
        "select vintage_id from ledger.vintages "
        "where series = 'ice_detention_statistics' and known_on = '2021-05-05'",
    )
    with (project / "seeds" / "corrections.csv").open("a") as seed:
        for *correction, status in MADE_UP:
            correction[3] = correction[3].replace("{known on 2021-05-05}", known_in_may)
            row = [*correction, "a test", "a test", status]
            csv.writer(seed, lineterminator="\n").writerow(row)
    dbt(home, project, "build", "--resource-type", "seed", "--resource-type", "model")
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        create_macros(connection)
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


def test_the_list_of_corrections_says_how_many_figures_each_of_them_changed(changed):
    counts = corrections(changed)
    assert {name: counts[name] for name, *_, status in MADE_UP if status == "applied"} == {
        "already_put_right": 0,
        "area_file": 2,  # the vintages of April and October 2021 have January
        "state_file_figure": 2,
        "state_file_label": 2,
        "ice_book_outs": 2,
        "ice_book_ins_of_one_vintage": 1,
        "ohss": 2,
    }


@pytest.mark.parametrize(
    ("mart", "figure", "where", "found"),
    [
        ("encounters_by_area", "encounter_count",
         "area_of_responsibility = 'El Paso' and component = 'USBP' and citizenship = 'Honduras' "
         "and demographic = 'single_adult' and title_of_authority = 'title_42' "
         "and reference_month = '2021-01-01'", (1205, 1195)),
        ("encounters_by_state", "encounter_count",
         "state = 'ID' and citizenship = 'Canada' and reference_month = '2021-01-01'", (5, 1)),
        ("book_outs", "book_out_count",
         "release_reason = 'paroled' and criminality = 'other_immigration_violator' "
         "and reference_month = '2020-12-01'", (390, 393)),
        ("releases_from_ice_detention", "release_count",
         "release_reason = 'paroled' and criminality = 'other_immigration_violator' "
         "and reference_month = '2020-12-01'", (390, 393)),
        ("releases_from_border_custody", "release_count",
         "family_status = 'single_adult' and release_type = 'usbp_release' "
         "and reference_month = '2021-02-01'", (880, 870)),
        ("outcomes_by_family_status", "person_count",
         "family_status = 'single_adult' and outcome = 'usbp_releases' "
         "and reference_month = '2021-02-01'", (880, 870)),
    ],
)  # fmt: skip
def test_a_corrected_cell_is_corrected_in_each_mart_now_and_as_of_a_day(
    changed, mart, figure, where, found
):
    for relation in (f"marts.{mart}", f"marts.{mart}_as_of('2030-01-01')"):
        assert ask(
            changed,
            f"select {figure}, published_{figure}, is_corrected from {relation} where {where}",
        ) == [(*found, True)]


@pytest.mark.parametrize(
    ("mart", "figure", "where"),
    [
        ("encounters", "encounter_count", "component = 'USBP' and title_of_authority = 'title_42'"),
        ("expulsions", "expulsion_count", "component = 'USBP'"),
        ("sector_monthly", "encounter_count", "area_of_responsibility = 'El Paso'"),
    ],
)
def test_a_sum_with_a_corrected_part_says_what_was_published_in_its_place(
    changed, sample_version, mart, figure, where
):
    ((corrected, published),) = ask(
        changed,
        f"select sum({figure}), sum(published_{figure}) from marts.{mart} "
        f"where is_corrected and {where}",
    )
    assert corrected - published == 10
    total = f"select sum({figure}) from marts.{mart} where border_region = 'southwest'"
    assert ask(changed, total)[0][0] - ask(sample_version, total)[0][0] == 10


def test_wide_marts_name_the_figures_that_a_correction_changed(changed, sample_version):
    ((encounters, expulsions),) = ask(
        sample_version,
        "select encounter_count, expulsion_count from marts.border_monthly "
        "where border_region = 'southwest' and reference_month = '2021-01-01'",
    )
    assert ask(
        changed,
        "select reference_month::varchar, published_figures from marts.border_monthly "
        "where is_corrected and border_region = 'southwest' order by 1",
    ) == [
        ("2021-01-01", f"encounter_count: {encounters}; expulsion_count: {expulsions}"),
        ("2021-02-01", "usbp_release_count: 8880"),
    ]
    ((released,),) = ask(
        sample_version,
        "select release_count from marts.detention_monthly where reference_month = '2020-12-01'",
    )
    assert ask(
        changed,
        "select published_figures, release_count from marts.detention_monthly where is_corrected",
    ) == [(f"release_count: {released}", released - 3)]


def test_a_corrected_label_moves_the_figure_and_leaves_nothing_behind(changed):
    assert ask(
        changed,
        "select demographic, encounter_count, published_encounter_count, is_corrected "
        "from marts.encounters_by_state where state = 'MT' and border_region = 'northern' "
        "and citizenship = 'Canada' and title_of_authority = 'title_8' "
        "and reference_month = '2021-01-01' order by 1",
    ) == [("family_unit", 8, 1, True), ("single_adult", 0, 7, True)]


def test_a_correction_of_one_vintage_holds_while_that_vintage_counts(changed):
    def cbp_in_december(relation):
        return ask(
            changed,
            f"select book_in_count, published_book_in_count, is_corrected from {relation} "
            "where arresting_agency = 'CBP' and reference_month = '2020-12-01'",
        )

    assert cbp_in_december("marts.book_ins_as_of('2021-03-01')") == [(2553, None, False)]
    assert cbp_in_december("marts.book_ins_as_of('2021-06-01')") == [(2653, 2553, True)]
    assert cbp_in_december("marts.book_ins") == [(2553, None, False)]
    assert ask(
        changed,
        "select old_value, new_value from marts.revisions where figure = 'arresting_agency=CBP' "
        "and reference_month = '2020-12-01' order by known_on_after",
    ) == [(2553, 2653), (2653, 2553)]


def test_reconciliation_holds_the_corrected_figure_against_the_published_total(changed):
    assert ask(
        changed,
        "select published, ours_now, status from marts.reconciliation "
        "where measure = 'book-outs by month and reason' and scope = 'paroled' "
        "and period = '2020-12'",
    ) == [(422, 419, "not comparable: the publication's own parts do not add up to its total")]


def test_no_figure_is_marked_that_no_correction_is_about(changed):
    with duckdb.connect(str(changed), read_only=True) as connection:
        marts = connection.execute(
            "select table_name from duckdb_columns() "
            "where schema_name = 'marts' and column_name = 'is_corrected'"
        ).fetchall()
        marked = {
            mart: connection.execute(
                f"select count(*) from marts.{mart} where is_corrected"
            ).fetchone()[0]
            for (mart,) in marts
        }
    assert {mart: count for mart, count in marked.items() if count} == {
        "custody_inadmissibles": 1,
        "encounters": 3,  # two in the north, from the state file
        "encounters_by_area": 1,
        "encounters_by_state": 3,
        "expulsions": 1,
        "sector_monthly": 1,
        "border_monthly": 3,
        "book_outs": 1,
        "releases_from_ice_detention": 1,
        "detention_monthly": 1,
        "releases_from_border_custody": 1,
        "outcomes_by_family_status": 1,
    }


def test_a_correction_of_a_column_that_no_figure_is_made_of_is_refused(sample_home, tmp_path):
    home, project = copy_of_home(sample_home, tmp_path / "home"), copy_of_project(tmp_path / "dbt")
    with (project / "seeds" / "corrections.csv").open("a") as seed:
        seed.write(
            "of_a_label,cbp_custody_transfers,title_8_inadmissibles,all,row_code=Laredo; "
            "reference_month=2022-09-01,row_label,Laredo,Loredo,a test,a test,applied\n"
        )
    with pytest.raises(AssertionError, match="found a correction of the column row_label of cbp"):
        dbt(home, project, "build", "--select", "+stg_cbp__custody_transfers")
