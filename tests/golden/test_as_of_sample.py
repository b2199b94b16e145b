"""What the bundled sample says as of the days on which its vintages were known."""

import duckdb
import pytest

SOUTHWEST = "border_region = 'southwest' and component = 'USBP'"


@pytest.fixture(scope="module")
def sample(sample_version):
    with duckdb.connect(str(sample_version), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("day", "october"), [("2020-12-20", 67_639), ("2021-02-01", 68_826), ("2026-01-01", 69_032)]
)
def test_the_encounters_of_october_2020_as_they_were_told(sample, day, october):
    assert sample.execute(f"""
        select sum(encounter_count), bool_or(is_as_of_estimated)
        from marts.encounters_as_of(date '{day}')
        where {SOUTHWEST} and reference_month = '2020-10-01'
    """).fetchone() == (october, False)


@pytest.mark.parametrize(
    ("day", "quarter", "expelled"),
    [("2021-02-01", 207_968, 183_434), ("2026-01-01", 209_342, 184_874)],
)
def test_the_first_quarter_of_fy2021_as_it_was_told(sample, day, quarter, expelled):
    assert sample.execute(f"""
        select sum(encounter_count),
            sum(encounter_count) filter (where encounter_type = 'expulsion')
        from marts.encounters_as_of('{day}')
        where {SOUTHWEST} and reference_month between '2020-10-01' and '2020-12-01'
    """).fetchone() == (quarter, expelled)
    assert sample.execute(f"""
        select sum(expulsion_count) from marts.expulsions_as_of('{day}')
        where {SOUTHWEST} and reference_month between '2020-10-01' and '2020-12-01'
    """).fetchone() == (expelled,)


def test_the_day_before_a_publication_still_says_what_was_said_before(sample):
    months = """
        select max(reference_month)::varchar from marts.encounters_as_of('{}')
        where border_region = 'southwest'"""
    assert sample.execute(months.format("2021-01-06")).fetchone() == ("2020-11-01",)
    assert sample.execute(months.format("2021-01-07")).fetchone() == ("2020-12-01",)


def test_the_change_of_october_2020_is_listed_as_a_revision(sample):
    assert sample.execute("""
        select vintages.published_name, revisions.kind, sum(revisions.difference)
        from marts.revisions
        inner join meta.vintages on revisions.vintage_after = vintages.vintage_id
        where table_name = 'cbp_southwest_encounters' and reference_month = '2020-10-01'
            and figure like 'component=USBP%' and kind = 'revised'
        group by all order by any_value(vintages.known_on)
    """).fetchall() == [
        ("sbo-encounters-fy19-fy21-dec.csv", "revised", 68_826 - 67_639),
        ("sbo-encounters-fy19-fy21-mar.csv", "revised", 69_032 - 68_826),
    ]
