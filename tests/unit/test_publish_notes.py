"""Release notes: what is new, what was quarantined, what changed in the tables."""

from datetime import date

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.difference import DifferenceError, difference
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import stable_path
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


def test_a_table_that_did_not_change_is_only_counted(settings):
    make_build(settings)
    notes(settings)
    make_build(settings, october=68826)
    table = section(notes(settings), "Tables")
    assert table[0].endswith("Tables as before: 1.")
    assert not any(line.startswith("| book_ins") for line in table)


def test_changed_figures_and_labels_come_before_the_vintages(settings):
    make_build(settings)
    change_build(settings, FIGURES + _figure("Mexico", 100, "a1"))
    notes(settings)
    make_build(settings)
    add_vintage(settings, "b2", known_on=date(2021, 2, 10))
    change_build(settings, FIGURES + _figure("Mexico", 90, "b2") + _figure("a|b", 5, "b2"))
    text = notes(settings)
    changed = section(text, "Changed figures")
    assert "| expulsions | appeared | 1 | +5 | 5 |" in changed
    assert "| expulsions | revised | 1 | -10 | 10 |" in changed
    assert (
        "- expulsions, reference_month 2021-01-01, citizenship Mexico: "
        "100 -> 90 (-10, -10.0 %), revised" in changed
    )
    assert section(text, "New labels") == ["- expulsions.citizenship: new: a\\|b"]
    assert section(text, "Revised by the agencies") == ["Nothing."]
    assert text.index("## Changed figures") < text.index("## Vintages")


FIGURES = """
create table marts.expulsions (
    reference_month date, citizenship varchar, expulsion_count bigint, null_reason varchar,
    series varchar, vintage_id varchar, is_partial boolean
);
create table meta.grains as
    select 'expulsions' as table_name, ['reference_month', 'citizenship'] as key_columns;
"""


def _figure(citizenship: str, count: int, vintage_id: str) -> str:
    return (
        f"insert into marts.expulsions values ('2021-01-01', '{citizenship}', {count}, null, "
        f"'cbp_southwest_encounters', '{vintage_id}', false);"
    )


def test_a_long_list_is_cut_and_says_how_many_more_there_are(settings):
    make_build(settings)
    notes(settings)
    for number in range(25):
        add_vintage(settings, f"v{number:02}", published_name=f"{number:02}.csv")
    lines = section(notes(settings), "New vintages")
    assert len(lines) == 21
    assert lines[-1] == "- and 5 more"


def test_a_version_before_that_cannot_be_compared_does_not_stop_publishing(settings):
    make_build(settings)
    notes(settings)
    change_build(settings, "alter table meta.vintages drop column warnings")  # as of another time
    change_build(settings, "update meta.about set version = '2020.01.01.1'")
    settings.build.replace(stable_path(settings))
    make_build(settings, october=68826)
    with pytest.raises(DifferenceError):
        difference(stable_path(settings), settings.build)
    text = notes(settings)
    assert "Not compared with the version before: " in text
    assert "First version" not in text
    assert "| encounters | encounter_count | 68,826 | - | - |" in text


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
    assert section(notes(settings), "Newly quarantined") == ["None."]


def test_a_published_name_cannot_bring_markup_into_the_notes(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "x1", published_name="a|b<script>\n# [c](http://x)`d`.csv")
    (line,) = section(notes(settings), "New vintages")
    assert "a\\|b&lt;script> # \\[c](http://x)\\`d\\`.csv" in line


def test_a_backslash_in_a_published_name_cannot_undo_what_keeps_markup_out(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "x1", published_name=r"\[c](http://x) a\|b \`d\`.csv")
    (line,) = section(notes(settings), "New vintages")
    assert r"\\\[c](http://x) a\\\|b \\\`d\\\`.csv" in line


def test_sums_of_average_populations_keep_a_decimal_and_all_null_is_no_sum(settings):
    make_build(settings)
    change_build(
        settings,
        "create table marts.population (month date, person_count double, other_count bigint); "
        "insert into marts.population values (date '2021-01-01', 15012.25, null)",
    )
    table = section(notes(settings), "Tables")
    assert "| population | person_count | 15,012.2 | - | - |" in table
    assert "| population | rows | 1 | - | - |" in table
    assert not any("other_count" in line for line in table)


def test_vintages_are_listed_by_the_day_they_were_known(settings):
    make_build(settings)
    notes(settings)
    add_vintage(settings, "c", published_name="march.csv", known_on=date(2021, 3, 1))
    add_vintage(settings, "d", published_name="february.csv", known_on=date(2021, 2, 1))
    lines = section(notes(settings), "New vintages")
    assert [line.split()[2] for line in lines] == ["february.csv", "march.csv"]
