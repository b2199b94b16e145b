"""The southwest file, on the two real files held."""

from datetime import date

import pytest

from orchestration.read.reading import Coverage, Document, PublicationError
from orchestration.series.cbp_southwest_encounters import SERIES
from tests.contract.cbp_publications import facts, reading_of, sums


@pytest.fixture(scope="module")
def reading(publications):
    folder = publications / "cbp" / "southwest_land_border_encounters"
    return lambda years: reading_of(SERIES.read, folder / f"sbo-encounters-{years}.csv")


@pytest.fixture(scope="module")
def closed(reading):
    return reading("fy19-fy22").tables[SERIES.name]


@pytest.fixture(scope="module")
def to_november(reading):
    return reading("fy22-fy25-nov").tables[SERIES.name]


def test_both_files_are_read_without_a_warning(reading):
    assert reading("fy19-fy22").coverage[SERIES.name] == Coverage(
        date(2018, 10, 1), date(2022, 9, 30), "stated"
    )
    assert reading("fy22-fy25-nov").coverage[SERIES.name] == Coverage(
        date(2021, 10, 1), date(2024, 11, 30), "stated"
    )
    assert reading("fy19-fy22").warnings == reading("fy22-fy25-nov").warnings == []


def test_counts_written_as_floats_in_fy19_fy22_are_whole(closed):
    assert (closed["value"] % 1 == 0).all()
    assert closed["published_text"].isna().all()
    assert sums(closed, "fiscal_year") == {
        2019: 977_509, 2020: 458_088, 2021: 1_734_686, 2022: 2_378_944,
    }  # fmt: skip


def test_border_patrol_and_field_operations_of_fy2020(closed):
    found = sums(closed.query("fiscal_year == 2020"), "component", "title_of_authority")
    assert found == {
        ("USBP", "title_8"): 203_608, ("USBP", "title_42"): 197_043,
        ("OFO", "title_8"): 49_693, ("OFO", "title_42"): 7_744,
    }  # fmt: skip
    assert 197_043 + 7_744 == 204_787


@pytest.mark.parametrize(("year", "expulsions"), [(2021, 1_063_526), (2022, 1_079_507)])
def test_expulsions_of_a_year(closed, year, expulsions):
    found = sums(closed.query("encounter_type == 'expulsion'"), "fiscal_year")
    assert found[year] == expulsions


def test_expulsions_labelled_apprehensions_in_fy19_fy22_are_expulsions(closed):
    mislabelled = closed.query(
        "title_of_authority == 'title_42' and encounter_type_label == 'Apprehensions'"
    )
    assert sums(mislabelled, "fiscal_year", "component") == {(2022, "USBP"): 1_054_084}
    assert set(mislabelled["encounter_type"]) == {"expulsion"}


def test_expulsions_end_in_may_2023_in_fy22_fy25_nov(to_november):
    expulsions = to_november.query("encounter_type == 'expulsion'")
    assert sums(expulsions, "fiscal_year") == {2022: 1_079_507, 2023: 564_380}
    assert set(expulsions["encounter_type_label"]) <= {"Expulsions", "Apprehensions"}


def test_every_row_has_a_type(closed, to_november):
    for frame in (closed, to_november):
        assert set(frame["encounter_type"]) == {"apprehension", "inadmissible", "expulsion"}


def test_months_by_component_are_the_facts_of_fy19_fy22(publications, closed):
    _agree(publications, "southwest_encounters_by_component", "component", closed)


def test_months_by_demographic_are_the_facts_of_fy19_fy22(publications, closed):
    _agree(publications, "southwest_encounters_by_demographic", "demographic", closed)


def _agree(publications, name, cut, frame):
    published = {
        (row["reference_month"], row[cut], row["title_of_authority"]): int(row["encounters"])
        for row in facts(publications, name)
    }
    found = sums(frame, "reference_month", f"{cut}_label", "title_of_authority_label")
    months = {month for month, _, _ in published}
    held = {key: count for key, count in found.items() if key[0] in months}
    assert {key: held[key] for key in published} == published
    assert not any(count for key, count in held.items() if key not in published)
    assert len(months) == 36


def test_fy2022_is_the_same_in_both_files(closed, to_november):
    key = ["reference_month", "component", "demographic", "citizenship_group", "encounter_type"]
    one, other = (
        frame.query("fiscal_year == 2022 and value > 0").groupby(key)["value"].sum()
        for frame in (closed, to_november)
    )
    assert one.to_dict() == other.to_dict()


def test_the_first_quarter_of_fy2021_as_published_later(closed):
    quarter = closed.query("component == 'USBP' and '2020-10' <= reference_month < '2021-01'")
    found = sums(quarter, "reference_month")
    assert found["2020-10"] == 69_032
    assert sum(found.values()) == 209_342


def test_a_file_cut_at_the_end_of_a_line_of_its_last_month_is_refused(publications):
    name = "sbo-encounters-fy22-fy25-nov.csv"
    path = publications / "cbp" / "southwest_land_border_encounters" / name
    lines = path.read_bytes().splitlines(keepends=True)
    for lacking in (5, 20):
        with pytest.raises(PublicationError, match=r"last line, October 2024: found .*is cut"):
            SERIES.read(Document(b"".join(lines[:-lacking]), name))
