"""Release notes: what is new, what was quarantined, what changed in the tables."""

from datetime import date

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.publish import publish
from tests.build_file import add_vintage, change_build, make_build


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def notes(settings) -> str:
    folder = publish(settings, "sample", "run-1", "accepted-1").path
    return (folder / "release_notes.md").read_text()


def section(text: str, title: str) -> list[str]:
    lines = text.split(f"## {title}\n\n")[1].split("\n\n## ", maxsplit=1)[0].splitlines()
    return [line for line in lines if line]


def test_a_first_version_says_so_and_shows_the_banner_and_the_notice(settings):
    make_build(settings)
    text = notes(settings)
    assert "First version." in text
    assert "**SAMPLE" in text
    assert "not endorsed by CBP." in text
    assert "| cbp_southwest_encounters | 1 | 1 | 0 |" in text
    assert "| encounters | encounter_count | 67,639 | - | - |" in text


def test_a_later_version_shows_the_difference_in_rows_and_totals(settings):
    make_build(settings)
    notes(settings)
    make_build(settings, october=68826)
    change_build(settings, "delete from marts.book_ins where agency = 'CBP'")
    table = section(notes(settings), "Tables")
    assert "| encounters | encounter_count | 68,826 | 67,639 | 1,187 |" in table
    assert "| encounters | rows | 2 | 2 | 0 |" in table
    assert "| book_ins | rows | 1 | 2 | -1 |" in table


def test_a_table_that_came_or_went_is_shown_with_what_it_held(settings):
    make_build(settings)
    notes(settings)
    change_build(settings, "alter table marts.book_ins rename to arrivals")
    table = section(notes(settings), "Tables")
    assert "| arrivals | rows | 2 | - | - |" in table
    assert "| book_ins | rows | - | 2 | - |" in table


def test_only_vintages_that_the_version_before_did_not_hold_are_new(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "b2", published_name="sbo-encounters-fy21-jan.csv")
    text = notes(settings)
    assert section(text, "New vintages") == [
        "- cbp_southwest_encounters: sbo-encounters-fy21-jan.csv (accepted)"
    ]
    assert "| cbp_southwest_encounters | 2 | 1 | 0 |" in text


def test_a_quarantined_vintage_and_table_are_told_once_with_their_reasons(settings):
    make_build(settings)
    add_vintage(settings, "q1", published_name="half.csv", status="quarantined", reasons=("cut",))
    add_vintage(
        settings,
        "t1",
        series="ice_detention_statistics",
        published_name="FY21_detentionStats.xlsx",
        reasons=("1,882 facilities",),
        bad_table="ice_facilities",
    )
    assert section(notes(settings), "Newly quarantined") == [
        "- cbp_southwest_encounters: half.csv, whole: cut",
        "- ice_detention_statistics: FY21_detentionStats.xlsx, ice_facilities: 1,882 facilities",
    ]
    assert section(notes(settings), "Newly quarantined") == ["Nothing."]


def test_a_published_name_cannot_bring_markup_into_the_notes(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "x1", published_name="a|b<script>\n# [c](http://x)`d`.csv")
    (line,) = section(notes(settings), "New vintages")
    assert "a\\|b&lt;script> # \\[c](http://x)\\`d\\`.csv" in line


def test_sums_of_average_populations_keep_a_decimal_and_all_null_is_no_figure(settings):
    make_build(settings)
    change_build(
        settings,
        "create table marts.population (month date, person_count double, other_count bigint); "
        "insert into marts.population values (date '2021-01-01', 15012.25, null)",
    )
    table = section(notes(settings), "Tables")
    assert "| population | person_count | 15,012.2 | - | - |" in table
    assert "| population | other_count | - | - | - |" in table


def test_vintages_are_listed_by_the_day_they_were_known(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "c", published_name="march.csv", known_on=date(2021, 3, 1))
    add_vintage(settings, "d", published_name="february.csv", known_on=date(2021, 2, 1))
    lines = section(notes(settings), "New vintages")
    assert [line.split()[2] for line in lines] == ["february.csv", "march.csv"]
