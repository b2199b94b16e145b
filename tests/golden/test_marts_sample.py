"""The figures that the published tables of the bundled sample must show, and what they say of it.

Every monthly total is a real one, carried in the project's own facts; a finer split is modelled and
never asked for here. ``sample_version`` is the path of the border.duckdb built from the sample.
"""

import duckdb
import pytest

from orchestration.mirror.sample_facts import FACTS
from tests.golden.comparison import differences

WARNING = "SAMPLE: real monthly totals, finer splits modelled. Not for quotation."
MONTH = "cast(reference_month || '-01' as date)"
CODES = {
    "Northern Land Border": "northern", "Southwest Land Border": "southwest", "Other": "other",
    "U.S. Border Patrol": "USBP", "Office of Field Operations": "OFO",
    "Single Adults": "single_adult", "FMUA": "family_unit",
    "UC / Single Minors": "unaccompanied_child", "Accompanied Minors": "accompanied_minor",
    "Family Unit Individuals": "family_unit",
    "Unaccompanied Children/Single Minors": "unaccompanied_child",
    "Title 8": "title_8", "Title 42": "title_42", "coastal": "other",
    "Migrant Protection Protocols": "mpp", "Order of Recognizance": "order_of_recognizance",
    "Order of Supervision": "order_of_supervision", "Bonded Out": "bonded_out",
    "Paroled": "paroled", "Convicted Criminal": "convicted_criminal",
    "Pending Criminal Charges": "pending_criminal_charges",
    "Other Immigration Violator": "other_immigration_violator",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(sample_version):
    connection = duckdb.connect()
    connection.execute(f"attach '{sample_version}' as published (read_only)")
    connection.execute("use published")
    connection.execute(f"create temp macro code(label) as coalesce((map {CODES})[label], label)")
    yield connection
    connection.close()


# --- real totals, and nothing beyond them --------------------------------------------------------


def test_the_southwest_totals_are_the_published_ones(sample):
    ask = sample.execute
    assert ask("""
        select component, sum(encounter_count) from marts.encounters
        where border_region = 'southwest' and reference_month = '2020-10-01'
        group by all order by all""").fetchall() == [("OFO", 2_897), ("USBP", 69_032)]
    assert ask("""
        select sum(expulsion_count) from marts.expulsions
        where border_region = 'southwest' and fiscal_year = 2020""").fetchone() == (204_787,)


@pytest.mark.parametrize(
    ("facts", "cut", "column"),
    [
        ("southwest_encounters_by_component", "component", "component"),
        ("southwest_encounters_by_demographic", "demographic", "demographic"),
        ("encounters_by_region", "land_border_region", "border_region"),
    ],
)
def test_every_month_of_encounters_adds_up_to_its_published_total(sample, facts, cut, column):
    scope = "true" if column == "border_region" else "border_region = 'southwest'"
    mart = "encounters_by_state" if column == "border_region" else "encounters"
    assert (
        differences(
            sample,
            f"""select {MONTH}, code({cut}), code(title_of_authority), encounters
                from '{FACTS / facts}.csv' where encounters > 0""",
            f"""select reference_month, {column}, title_of_authority, sum(encounter_count)
                from marts.{mart} where {scope} and encounter_count > 0 group by all""",
        )
        == []
    )


def test_the_border_patrol_series_is_the_published_one_back_to_fy2000(sample):
    facts = FACTS / "border_patrol_monthly_by_region_fy2000_fy2020.csv"
    assert (
        differences(
            sample,
            f"""select {MONTH}, code(border_region), encounters from '{facts}'
                where reference_month < '2018-10'""",
            """select reference_month, border_region, sum(apprehension_count)
                from marts.apprehensions where reference_month < '2018-10-01' group by all""",
        )
        == []
    )


def test_ice_figures_are_the_published_ones(sample):
    assert (
        differences(
            sample,
            f"""select {MONTH}, arresting_agency, book_ins
                from '{FACTS / "ice_book_ins_fy2019_fy2021.csv"}'""",
            "select reference_month, arresting_agency, book_in_count from marts.book_ins",
        )
        == []
    )
    assert (
        differences(
            sample,
            f"""select {MONTH}, code(label), code(criminality), people
                from '{FACTS / "ice_detention_fy2021_to_2021-09-25.csv"}'
                where measure = 'final_releases' and label not in (
                    'Total', 'Bond Set by ICE', 'Bond Set by IJ')
                and criminality not in ('', 'Total')""",
            """select reference_month, release_reason, criminality, release_count
                from marts.releases_from_ice_detention""",
        )
        == []
    )


def test_outcomes_by_family_status_are_the_published_ones(sample):
    facts = FACTS / "southwest_outcomes_by_family_status.csv"
    assert (
        differences(
            sample,
            f"""select {MONTH}, code(family_status), lower(replace(code(outcome), ' ', '_')),
                people_rounded_to_10 from '{facts}' where outcome != 'Total Encounters'""",
            """select reference_month, family_status, outcome, person_count
                from marts.outcomes_by_family_status""",
        )
        == []
    )


@pytest.mark.parametrize(
    "mart",
    [
        "detention_population", "facilities", "ice_removals", "outcomes_by_citizenship",
        "outcomes_by_component", "removals",
    ],
)  # fmt: skip
def test_a_table_without_real_totals_is_empty_and_not_invented(sample, mart):
    assert sample.execute(f"select count(*) from marts.{mart}").fetchone() == (0,)


# --- what it says of itself ----------------------------------------------------------------------


def test_the_file_says_that_it_is_a_sample(sample):
    assert sample.execute(
        "select source_mode, sample_warning, notice like '%not endorsed by CBP.' from meta.about"
    ).fetchall() == [("sample", WARNING, True)]
    assert sample.execute("select distinct source_mode from meta.vintages").fetchall() == [
        ("sample",)
    ]


def test_every_table_says_that_its_figures_are_of_the_sample(sample):
    assert (
        sample.execute(
            """select schema_name, table_name from duckdb_tables()
            where database_name = 'published' and not starts_with(comment, ?)""",
            [WARNING],
        ).fetchall()
        == []
    )
