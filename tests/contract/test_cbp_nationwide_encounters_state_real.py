"""The file by state, on the eight real files held: totals, traps, revisions."""

import pandas as pd
import pytest

from orchestration.read.reading import Document, PublicationError
from orchestration.series.cbp_nationwide_encounters_state import SERIES
from tests.contract.cbp_publications import facts, reading_of, sums

KEY = [
    "reference_month", "border_region", "state", "demographic", "citizenship",
    "title_of_authority",
]  # fmt: skip
MONTHLY = {"oct": "2023-10", "nov": "2023-11", "dec": "2023-12", "jan": "2024-01",
           "mar": "2024-03", "apr": "2024-04"}  # fmt: skip
YEARS = ["fy20-fy23", "fy22-fy25", *(f"fy21-fy24-{month}" for month in MONTHLY)]
NATIONWIDE = {
    2020: 646_822, 2021: 1_956_519, 2022: 2_766_582, 2023: 3_201_144, 2024: 2_901_142,
    2025: 691_906,
}  # fmt: skip


@pytest.fixture(scope="module")
def reading(publications):
    folder = publications / "cbp" / "nationwide_encounters_state"
    return lambda years: reading_of(
        SERIES.read, folder / f"nationwide-encounters-{years}-state.csv"
    )


@pytest.fixture(scope="module")
def table(reading):
    return lambda years: reading(years).tables[SERIES.name]


@pytest.mark.parametrize("years", YEARS)
def test_every_real_file_is_read_without_a_warning_and_covers_what_its_name_says(reading, years):
    read = reading(years)
    coverage = read.coverage[SERIES.name]
    last = MONTHLY.get(years[-3:], f"20{years[-2:]}-09")
    assert read.warnings == []
    assert coverage.basis == "stated"
    assert coverage.end.strftime("%Y-%m") == last
    assert coverage.start.isoformat() == f"{2000 + int(years[2:4]) - 1}-10-01"
    assert len(read.fiscal_years) == 4


@pytest.mark.parametrize("years", YEARS)
def test_nationwide_encounters_of_closed_years_are_those_of_every_file(table, years):
    found = sums(table(years), "fiscal_year")
    if years[-3:] in MONTHLY:
        del found[2024]  # open then
    assert found == {year: NATIONWIDE[year] for year in found}
    assert len(found) >= 3


def test_the_open_year_is_marked_in_fy21_fy24_apr_and_read_as_2024(table):
    assert sums(table("fy21-fy24-apr"), "fiscal_year")[2024] == 1_981_177


def test_expulsions_at_both_land_borders(table):
    frames = [table("fy20-fy23"), table("fy22-fy25").query("fiscal_year > 2023")]
    expulsions = pd.concat(frames).query("title_of_authority == 'title_42'")
    found = sums(expulsions, "border_region", "fiscal_year")
    assert {year: found["southwest", year] for year in (2020, 2021, 2022, 2023)} == {
        2020: 204_787, 2021: 1_063_526, 2022: 1_079_507, 2023: 564_380,
    }  # fmt: skip
    assert found["northern", 2020] == 1_996
    assert max(expulsions["reference_month"]) == pd.Timestamp(2023, 5, 1)


def test_months_by_region_and_title_are_the_facts_of_fy20_fy23(publications, table):
    regions = {"Northern Land Border": "northern", "Southwest Land Border": "southwest"}
    published = {
        (
            row["reference_month"],
            regions.get(row["land_border_region"], "other"),
            row["title_of_authority"].lower().replace(" ", "_"),
        ): int(row["encounters"])
        for row in facts(publications, "encounters_by_region")
    }
    frame = table("fy20-fy23").query("fiscal_year <= 2021 and value > 0")
    found = sums(frame, "reference_month", "border_region", "title_of_authority")
    assert found == {key: count for key, count in published.items() if count}


def test_citizenships_of_fy2021_are_the_facts_of_fy20_fy23(publications, table):
    published = {
        (row["citizenship"], row["title_of_authority"]): int(row["encounters"])
        for row in facts(publications, "encounters_by_citizenship_fy2021")
    }
    frame = table("fy20-fy23").query("fiscal_year == 2021")
    assert sums(frame, "citizenship_label", "title_of_authority_label") == published
    assert len(set(frame["citizenship"])) == 22
    assert set(frame["citizenship_group"]) == {
        "Mexico", "Guatemala", "Honduras", "El Salvador", "Other",
    }  # fmt: skip


def test_the_147_explicit_zeros_of_fy20_fy23_are_kept(table):
    assert (table("fy20-fy23")["value"] == 0).sum() == 147
    assert len(table("fy20-fy23")) == 42_532


def test_unaccompanied_children_have_one_code_under_their_old_and_their_new_label(table):
    labels = {
        years: set(table(years).query("demographic == 'unaccompanied_child'")["demographic_label"])
        for years in ("fy20-fy23", "fy22-fy25")
    }
    assert labels == {"fy20-fy23": {"UC / Single Minors"}, "fy22-fy25": {"UAC"}}


def test_remaining_months_of_fy21_fy24_oct_are_figures_too(table):
    frame = table("fy21-fy24-oct")
    assert set(frame["month_grouping"]) == {"FYTD", "Remaining"}
    assert sums(frame.query("month_grouping == 'FYTD'"), "fiscal_year")[2023] < NATIONWIDE[2023]


@pytest.mark.parametrize(
    ("older", "newer", "changed", "net", "vanished"),
    [
        ("fy21-fy24-oct", "fy21-fy24-nov", 76, -84, 2),
        ("fy21-fy24-nov", "fy21-fy24-dec", 99, -82, 9),
        ("fy21-fy24-dec", "fy21-fy24-jan", 149, -193, 11),
        ("fy21-fy24-jan", "fy21-fy24-mar", 157, -187, 9),
        ("fy21-fy24-mar", "fy21-fy24-apr", 177, -156, 2),
        ("fy21-fy24-apr", "fy22-fy25", 469, 370, 17),
        ("fy20-fy23", "fy22-fy25", 0, 0, 0),
        ("fy20-fy23", "fy21-fy24-oct", 0, 0, 0),
    ],
)
def test_the_open_year_is_revised_and_closed_years_are_not(
    table, older, newer, changed, net, vanished
):
    before, after = (table(years).groupby(KEY)["value"].sum() for years in (older, newer))
    before, after = _months_of_both(before, after), _months_of_both(after, before)
    differs = after.sub(before, fill_value=0)
    differs = differs[differs != 0]
    assert (len(differs), differs.sum()) == (changed, net)
    assert len(before.index.difference(after.index)) == vanished
    assert all(month >= pd.Timestamp(2023, 10, 1) for month in differs.index.get_level_values(0))


def _months_of_both(figures, others):
    held = others.index.get_level_values("reference_month")
    return figures[figures.index.get_level_values("reference_month").isin(held)]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_half_of_a_real_file_is_refused(publications, share):
    name = "nationwide-encounters-fy20-fy23-state.csv"
    path = publications / "cbp" / "nationwide_encounters_state" / name
    content = path.read_bytes()
    cut_in_a_line = content[: int(len(content) * share)]
    cut_at_a_line = cut_in_a_line[: cut_in_a_line.rindex(b"\n") + 1]
    for half in (cut_in_a_line, cut_at_a_line):
        with pytest.raises(PublicationError, match="is cut"):
            SERIES.read(Document(half, name))


@pytest.mark.parametrize(
    ("name", "last_month"),
    [
        ("nationwide-encounters-fy20-fy23-state.csv", "September 2023"),
        # months are sorted by their names: of an open year, October stands last
        ("nationwide-encounters-fy21-fy24-apr-state.csv", "October 2023"),
    ],
)
@pytest.mark.parametrize("lacking", [60, 200, 500])
def test_a_real_file_cut_at_the_end_of_a_line_of_its_last_month_is_refused(
    publications, name, last_month, lacking
):
    path = publications / "cbp" / "nationwide_encounters_state" / name
    lines = path.read_bytes().splitlines(keepends=True)
    with pytest.raises(PublicationError, match=rf"last line, {last_month}: found .*is cut"):
        SERIES.read(Document(b"".join(lines[:-lacking]), name))
